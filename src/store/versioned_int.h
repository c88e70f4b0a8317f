/* versioned_int.h — what the files of the versioned import share. Not for rooms. */
#ifndef STORE_VERSIONED_INT_H
#define STORE_VERSIONED_INT_H
#include "store/stage.h"
#include "store/versioned.h"

#define ISSUES_MAX 1000 /* listed in full; the rest is counted */

struct issues {
	struct import_error *list;
	int n, size;
	int64_t all;
};

/* The texts of a set's statements: made once, kept for the process, because statements are known by their address. */
struct set_sql {
	const struct versioned *set;
	const char *closes_where;
	char *live, *close, *drop, *reopen, *sweep, *columns;
	struct set_sql *next;
};

struct import {
	struct store *store;
	struct req *caller;
	struct arena *mem;
	const struct versioned *set;
	const struct set_sql *sql;
	struct import_opts o;
	struct stage *stage;
	struct issues errors, notes;
	struct import_result res;
	struct err err; /* the first failure that is no bad line: ends the import */
	void *state;
	bool checked;
	/* of the source, once the merge has begun */
	int64_t source, current, lease, dirty, as_of, now, when;
	int64_t left; /* open rows that the file lacks and that stay open */
	struct hash digest;
};

const struct set_sql *set_sql_of(const struct versioned *set, const char *closes_where);
enum st import_merge(struct import *im); /* everything after the check */
void import_say(struct import *im, const char *phase, double done);

/* ── batches of changes, each one write ── */
enum change_kind { CHANGE_ADD, CHANGE_CLOSE, CHANGE_DROP, CHANGE_REOPEN };
struct batch;
struct batch *batch_new(struct import *im);
/* A new row; `v` is copied. */
enum st batch_add(struct batch *b, const struct staged *s, int64_t valid_from, bool from_record);
enum st batch_change(struct batch *b, enum change_kind kind, int64_t id, int64_t valid_to);
enum st batch_flush(struct batch *b);
bool batch_wrote(const struct batch *b);
void batch_free(struct batch *b);

#endif
