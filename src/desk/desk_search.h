/* desk_search.h — cases by the words in them.
 *
 * WHAT IS FOUND. Case numbers, observables, the class's title in every language, reporters' words and what they added,
 * names of files, notes, messages, answers, mail, names of holders and parties. All words asked for must be in the case;
 * "words in quotes" must stand together in one text of it (the newest PHRASE_LOOKS cases with these words are read for
 * that). When nothing fits, words that begin so count. What needs MAY_SEE_REPORTER is under keys of its own, which are
 * not read for who may not see it.
 *
 * HOW MANY. The newest cases come first, and a page shows a few of them, so nobody waits for the rest: totals are exact up
 * to SEARCH_EXACT, of more it is only said that there are more (struct queue_list). Later pages look further. Common
 * words that are hardly ever together are looked for in the newest cases, and in older ones when asked again
 * (queue_list.below).
 *
 * THE INDEX. Cases are cut into blocks of BLOCK_CASES by their id; a row of desk_word holds the cases of one block with
 * one word, two characters each. So a new case only touches the newest block, and several common words are intersected
 * as bit maps of the newest blocks (desk_hunt.h), however many cases there are. It follows the journal a moment behind (its follower
 * is called "search"): filing pays nothing for it. Rows of desk_stale name cases to be read again, of which words may
 * have to go (erasing, keeping times, merging).
 */
#ifndef DESK_DESK_SEARCH_H
#define DESK_DESK_SEARCH_H
#include "desk/desk.h"

enum { SEARCH_WORDS = 12, PHRASE_LOOKS = 100, SEARCH_EXACT = 1000 };

/* ── keeping the index; one thread of one process ── */
struct desk_indexer;
struct desk_indexer *desk_index_start(struct store *s);
void desk_index_stop(struct desk_indexer *x);
/* One bounded step in the caller: *left tells whether there is more. `mem` is reset. Only while store_lead(s,
 * "search"). */
enum st desk_index_step(struct store *s, struct arena *mem, bool *left);
/* Entries and cases that are not read yet. */
enum st desk_index_behind(struct req *rq, int64_t *n);
/* Inside a write: these cases are read again, some words may go. */
enum st desk_stale(struct req *rq, int64_t case_id);
enum st desk_stale_person(struct req *rq, const struct person *p); /* every case they reported or stand in */
/* Inside a write: the next 2000 cases after *(int64_t *)after, which is moved on; -1 at the end. */
enum st desk_stale_some(struct req *rq, void *after);

extern const struct migration desk_search_migrations[];
#endif
