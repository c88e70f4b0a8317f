/* versioned.h — a set of rows that comes from files, kept with its history (used by names, numbers, routes and who).
 *
 * Each import is a generation. A row carries `born` (the generation that brought it) and `dead` (the one that closed
 * it, 0 = none) and is visible while born ≤ current < dead, where `current` is the source's row in import_source. So an
 * import writes beside the live rows in short transactions, and takes effect by moving `current` in one: readers see
 * all of it or none, and one that dies half-way leaves nothing visible (the next import sweeps it).
 *
 * Steps: the room's codec parses each line into a record → records go to a private stage on disk (memory stays flat) →
 * they are read back in key order and merged with the live rows of the source in key order → new, changed and gone rows
 * are written in batches → the flip, one journal entry with the file's digest.
 *
 * Times of a row: valid_from (as the record says when from_record is 1, else when we first saw the change), valid_to,
 * first_seen; last_seen is the source's seen_at while open (moved only by a file that held every open row of the
 * source), and once closed the time of the import that closed it (import_generation).
 *
 * A changed row is closed where the new one begins: at the record's own date when that lies after the old row's
 * beginning and not after the file's, else at the file's date. A key that comes back after it was closed begins no
 * earlier than that closing.
 */
#ifndef STORE_VERSIONED_H
#define STORE_VERSIONED_H
#include "base/csv.h"
#include "store/store.h"

#define VERSIONED_COLS 16

struct import; /* a running import */

/* What a room says of its set. The table has, before the set's own columns: id SERIAL_ID, source BIGINT, key BYTEA,
 * born, dead, valid_from, valid_to, from_record, first_seen BIGINT (dead and valid_to 0 while open). The key is the
 * bytes of record.key, because the merge needs the same order everywhere and the order of TEXT is the database's. */
struct versioned {
	const char *table;   /* "numbers_holding" */
	const char *room;    /* for the journal */
	int ncols;	     /* the set's own columns, compared to tell a changed row */
	const char *columns; /* "registry, cc, kind, …" in order of record.v */
	/* Is called with every key of the file in order before anything is written, to list overlaps (import_note),
	 * and at the end with NULL; a set without it has none. */
	void (*in_order)(struct import *im, void *state, int64_t line, const char *key);
	size_t state_size; /* zeroed memory for in_order */
	/* A key as people write it, for what is listed; NULL: as it is. */
	const char *(*say)(const char *key, char *out, size_t n);
};

struct record {
	const char *key;    /* unique within the source and the file */
	int64_t valid_from; /* TIME_NONE: the record does not say */
	struct val v[VERSIONED_COLS];
};

struct import_error {
	int64_t line;
	const char *file;
	char msg[240];
};
struct import_opts {
	const char *file;   /* for messages; the rooms' import functions set it */
	const char *source; /* "holdings:apnic", "origins:FILE", "names:tw", "contacts:SOURCE": whose rows these are */
	bool closes;	    /* rows of the source that the file lacks are closed, unless it has bad lines */
	const char *closes_where; /* narrows what may be closed, e.g. "cc = 'TW'"; a constant of the room or NULL */
	struct val closes_val;	  /* its $1 */
	bool keep_going;
	int64_t as_of; /* the file's own date (for closing), or TIME_NONE: now */
	void (*say)(void *ctx, const char *phase, double done);
	void *say_ctx;
};
struct import_result {
	int64_t lines, good, bad, added, changed, closed, same, conflicts;
	bool unchanged;
	struct hash digest;
};

/* A running import: begin, add each record, then finish or abandon. Never NULL: what went wrong comes out of
 * import_finish. Two imports of one source at the same time: the later one wins, the earlier one ends with ST_CONFLICT.
 */
struct import *import_begin(struct store *s, struct req *rq, const struct versioned *set, const struct import_opts *o);
enum st import_add(struct import *im, int64_t line, const struct record *r);
/* A line that could not be used: kept, to be listed (the first 1000 in full, all counted). */
void import_bad(struct import *im, int64_t line, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* A thing worth saying that is no error (an overlap): listed with its line. */
void import_note(struct import *im, int64_t line, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* Merges and flips. With bad lines and without keep_going nothing is imported: ST_INVALID. Two records of one key that
 * differ are a conflict: both lines are listed and count as bad. */
enum st import_finish(struct import *im, const struct hash *digest, struct import_result *out);
/* The first half of import_finish: finds conflicts and calls in_order. A room that fills several imports from one file
 * checks them all before it finishes any. */
enum st import_check(struct import *im);
/* Reads a file line by line (blank ones left out) into `fn`, whose ST_INVALID makes the line bad, whose ST_CONFLICT
 * says that the rest can't be read either (a wrong header), and whose other failures end the import too. `mem` is
 * emptied after each line. *digest is of the whole file. */
typedef enum st (*import_line_fn)(void *ctx, struct import *im, struct arena *mem, int64_t line, char *text,
				  struct err *e);
enum st import_lines(struct import *im, const char *path, import_line_fn fn, void *ctx, struct hash *digest);
struct import_result import_so_far(const struct import *im);
struct store *import_store(const struct import *im);
const char *import_source(const struct import *im);
void import_absorb(struct import *im,
		   struct import *other); /* other's errors and notes are listed and counted with im's */
void import_keep_open(struct import *im); /* closes nothing after all */
int import_errors(const struct import *im, const struct import_error **list);
int import_notes(const struct import *im, const struct import_error **list);
void import_free(struct import *im);

/* What the source's row knows beside its rows: when the file was last seen whole. */
enum st import_seen(struct req *rq, const char *source, int64_t *seen_at);

/* For a room's queries: join `import_source s ON s.id = t.source` and add this. */
#define VERSIONED_LIVE(t, s) " " #t ".born <= " #s ".current AND (" #t ".dead = 0 OR " #t ".dead > " #s ".current) "

/* The same at an instant: `at` is a parameter ("$2") that holds versioned_at(at), which also stands for "now" when at
 * is 0. */
#define VERSIONED_AT(t, s, at)                                                                                         \
	" " #t ".born <= " #s ".current AND (" #t ".dead = 0 OR " #t ".dead > " #s ".current OR " #t ".valid_to > " at \
	") AND " #t ".valid_from <= " at " "
/* When a row was last seen; see above. An import that has written but not taken effect closes nothing yet. */
#define VERSIONED_LAST_SEEN(t, s)                                                                                      \
	" CASE WHEN " #t ".dead = 0 THEN " #s                                                                          \
	".seen_at ELSE COALESCE((SELECT g.at FROM import_generation g WHERE g.source = " #t                            \
	".source AND g.generation = " #t ".dead), " #s ".seen_at) END"
static inline int64_t versioned_at(int64_t at)
{
	return at ? at : INT64_MAX;
}

extern const struct migration versioned_migrations[];

#endif
