/* desk_open.h — a holder's open notices in one place, behind a link that is mailed on request.
 *
 * Whoever asks causes the same work, known or not: one row, one due row, one entry. What is known is looked up when the
 * due row runs: an address that answered a check (desk/desk_check.h) gets the link; one that has not yet is asked whether
 * its mail is read first; to any other nothing is written. Looking changes nothing; an answer is the notice's own
 * (desk_answer_write), so each notice keeps its deadline and its entries.
 */
#ifndef DESK_DESK_OPEN_H
#define DESK_DESK_OPEN_H
#include "desk/desk.h"

enum { OPEN_NOTICES = 200 }; /* of a page; *total says how many there are */
struct open_ask {
	char *email;
	enum lang lang;
};
enum st desk_open_ask(struct req *rq, void *open_ask); /* inside a write; ST_INVALID: no address */

struct open_link {
	int64_t id, made_at, until, sent_at;
	char *email;
	enum lang lang;
	uint8_t seed[LINK_SEED];
};
struct open_notice {
	int64_t id;
	char *number, *class_title, *first_obs;
	char token[LINK_TOKEN]; /* of /answer/TOKEN */
	int nobs;
	enum notice_state state;
	int64_t sent_at, due_at;
	bool extended; /* they said until when they need */
};
struct open_page {
	struct open_link link;
	struct open_notice *notice; /* due first */
	int n;
	int64_t total;
};
/* ST_NOTFOUND: no link of ours, or over. */
enum st desk_open_page(struct req *rq, const char *token, enum lang l, struct open_page *out);

enum st desk_open_link_by(struct req *rq, const char *token, struct open_link *out); /* ST_NOTFOUND likewise */
/* In order of their numbers, behind `after`: what a program walks through. */
enum st desk_open_after(struct req *rq, const char *email, int64_t after, enum lang l, struct open_page *out);

/* One answer to several of them; not "need until", whose day is each notice's own. */
struct open_answer {
	char *token, *text;
	enum answer_kind kind;
	int64_t *id;
	int n;
};
/* Inside a write: all or none. ST_INVALID: none chosen, or one that is not theirs. */
enum st desk_open_answer(struct req *rq, void *open_answer);

/* For the letter (desk/desk_check_letter.c). */
enum st desk_open_link_get(struct req *rq, int64_t id, struct open_link *out);
enum st desk_open_sent(struct req *rq, int64_t id);

/* A link for a letter that goes to this address anyway: good for `life`. Inside a write. */
enum st desk_open_give(struct req *rq, const char *email, enum lang lang, int64_t life, int64_t *id);

extern const struct due_kind desk_open_due_kinds[];
extern const int desk_open_due_count;
enum st desk_open_export(struct req *rq, const struct person *p, struct jw *w);
enum st desk_open_erase(struct req *rq, const struct person *p);
enum st desk_open_knows(struct req *rq, const char *email, bool *yes);
extern const struct migration desk_open_migrations[];
#endif
