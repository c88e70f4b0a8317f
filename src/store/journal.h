/* journal.h — the append-only record of facts, in commit order, as a Merkle tree (RFC 6962 hashing).
 *
 * An entry is one fact: who did what to which subject, with a payload. Its canonical text is one line of JSON with the
 * keys at, actor, room, subject, verb, payload in this order. What the tree holds of it is a commitment: SHA-256(salt ‖
 * canonical), salt of 16 random bytes; the tree's leaf hash is SHA-256(0x00 ‖ commitment). So the tree tells nothing,
 * and erasing an entry's content and salt breaks no proof.
 *
 * Positions (seq, from 0) are given at the end of a group's transaction under a lock on the head row, so whoever reads
 * `seq ≥ N` misses nothing. Complete tiles of 256 hashes are stored once; the incomplete right edge lives in memory and
 * is read back at start (at most 255 rows a level). A head is signed after the commit, by the signer (signer/signer.h).
 */
#ifndef STORE_JOURNAL_H
#define STORE_JOURNAL_H
#include <stdint.h>
#include "base/buf.h"
#include "store/store.h"
#include "base/tree.h"

struct fact {
	const char *room;    /* "desk" */
	const char *subject; /* "NC-2026-000001", a name, a prefix */
	const char *verb;    /* "report-filed": what happened, past tense */
	const char *payload; /* a JSON object as text; NULL is {} */
	int64_t person;	     /* who_person whose right it is to have this erased; 0: none */
};
/* Inside a write. The entry gets its position at the group's end. */
enum st journal_append(struct req *rq, const struct fact *f);

struct entry {
	int64_t seq, at;
	char *actor, *room, *subject, *verb, *payload; /* in rq->mem; empty (but verb) when erased */
	struct blob salt;
	struct hash commitment;
	int64_t erased_at;
};
/* RFC 3339 in UTC with six digits of a second: how an entry (and a receipt) says its time. */
char *journal_time(struct arena *a, int64_t at);
/* The canonical text of an entry, byte for byte what was committed to; NULL when it is longer than a buffer may be. */
char *journal_canonical(struct arena *a, int64_t at, const char *actor, const char *room, const char *subject,
			const char *verb, const char *payload);

enum st journal_head(struct req *rq, int64_t *size); /* entries committed */
enum st journal_entry(struct req *rq, int64_t seq, struct entry *out);
/* Up to max entries from seq on, in order; *n is how many. */
enum st journal_read(struct req *rq, int64_t from, int max, struct entry *out, int *n);
/* Entries about a subject, oldest first. */
enum st journal_about(struct req *rq, const char *subject, int max, struct entry *out, int *n);

/* Tree service over the stored tiles; tile data is ≤ 256 hashes. */
enum st journal_tile(struct req *rq, int level, int64_t index, int width, struct buf *out); /* width 0: complete */
enum st journal_entry_bundle(struct req *rq, int64_t index, int width, struct buf *out); /* tlog-tiles entry bundle */
enum st journal_root(struct req *rq, int64_t size, struct hash *out);
enum st journal_inclusion(struct req *rq, int64_t seq, int64_t size, struct hash *path, int *n);
enum st journal_consistency(struct req *rq, int64_t old_size, int64_t size, struct hash *path, int *n);

/* Heads that were signed: the newest, or the first that covers an entry (size > seq). ST_NOTFOUND when none does yet.
 */
struct checkpoint {
	int64_t size;
	int64_t signed_at;
	char *note;	 /* the C2SP note with its signatures */
	char *witnessed; /* JSON array */
};
enum st journal_checkpoint(struct req *rq, struct checkpoint *out);
enum st journal_checkpoint_for(struct req *rq, int64_t seq, struct checkpoint *out);
enum st journal_checkpoint_put(struct req *rq, const struct checkpoint *c); /* inside a write */

/* Erases the content of a person's entries (not their commitments): inside a write; *n counts them. */
enum st journal_erase_person(struct req *rq, int64_t person, int64_t *n);

/* Walks the whole journal: recomputes every commitment that is not erased, every tile, the head, and compares. `say` is
 * called with progress 0–1. On a mistake: ST_INVALID and the first wrong position. */
struct journal_report {
	int64_t entries, erased, tiles;
	struct hash root;
};
enum st journal_verify(struct req *rq, struct journal_report *out, void (*say)(void *, double), void *ctx);

/* ── followers: positions in the database; see out/ ── */
enum st follower_position(struct req *rq, const char *name,
			  int64_t *next); /* made at the present head's start (0) when new */
enum st follower_advance(struct req *rq, const char *name, int64_t next); /* inside a write */
/* It can't go on for now: after so many tries, why; `next` is where a new one stands. Until it advances. Inside a
 * write. */
enum st follower_wait(struct req *rq, const char *name, int64_t next, int tries, const char *why);
/* Those that can't: `behind` counts the entries that wait, the one in hand too; `since`: when that was first said. */
struct waiting {
	char *follower, *why;
	int64_t behind, tries, since;
};
enum st follower_waiting(struct req *rq, int max, struct waiting *out, int *n);
enum st follower_park(struct req *rq, const char *name, int64_t seq,
		      const char *why); /* a poisoned entry, seen by staff */
struct parked {
	int64_t seq, at;
	char *follower, *why;
};
enum st follower_parked(struct req *rq, int max, struct parked *out, int *n);

extern const struct migration journal_migrations[];

#endif
