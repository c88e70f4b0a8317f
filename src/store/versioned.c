/* An import from its first line to the decision whether anything is to be written. What is written is in
 * versioned_merge.c. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/text.h"
#include "store/versioned_int.h"

#define LINE_ARENA (4 << 20)
#define SAY_LINES 4096

const struct migration versioned_migrations[] = {
	{ 100, "versioned",
	  "CREATE TABLE import_source(id SERIAL_ID, name TEXT NOT NULL UNIQUE, set_name TEXT NOT NULL, current BIGINT "
	  "NOT NULL,"
	  " pending BIGINT NOT NULL, lease BIGINT NOT NULL, as_of BIGINT, seen_at BIGINT, file TEXT, digest BYTEA);"
	  "CREATE TABLE import_generation(source BIGINT NOT NULL, generation BIGINT NOT NULL, at BIGINT NOT NULL, "
	  "as_of BIGINT,"
	  " file TEXT, digest BYTEA, added BIGINT NOT NULL, changed BIGINT NOT NULL, closed BIGINT NOT NULL,"
	  " PRIMARY KEY(source, generation))" },
	{ 0 },
};

/* ── what is told about lines ── */

static void issue_add(struct issues *is, const struct import_error *x)
{
	is->all++;
	if (is->n >= ISSUES_MAX)
		return;
	if (is->n == is->size) {
		is->size = is->size ? is->size * 2 : 16;
		is->list = realloc(is->list, sizeof *is->list * (size_t)is->size);
		if (!is->list)
			abort(); /* out of memory */
	}
	is->list[is->n++] = *x;
}

__attribute__((format(printf, 4, 0))) static void issue(struct issues *is, struct import *im, int64_t line,
							const char *fmt, va_list ap)
{
	struct import_error x = { .line = line, .file = im->o.file };
	vsnprintf(x.msg, sizeof x.msg, fmt, ap);
	size_t n = strlen(x.msg);
	x.msg[n == sizeof x.msg - 1 ? utf8_cut(x.msg, n, n - 3) : n] = 0;
	issue_add(is, &x);
}

void import_bad(struct import *im, int64_t line, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	issue(&im->errors, im, line, fmt, ap);
	va_end(ap);
	im->res.bad++;
}

void import_note(struct import *im, int64_t line, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	issue(&im->notes, im, line, fmt, ap);
	va_end(ap);
	im->res.conflicts++;
}

/* The other import goes before this one, and its name of the file with it. */
static void issues_take(struct import *im, struct issues *to, const struct issues *from)
{
	for (int i = 0; i < from->n; i++) {
		struct import_error x = from->list[i];
		x.file = im->o.file;
		issue_add(to, &x);
	}
	to->all += from->all - from->n;
}

void import_absorb(struct import *im, struct import *other)
{
	issues_take(im, &im->errors, &other->errors);
	issues_take(im, &im->notes, &other->notes);
	im->res.bad += other->res.bad;
	im->res.conflicts += other->res.conflicts;
}

static int issue_order(const void *a, const void *b)
{
	const struct import_error *x = a, *y = b;
	return x->line < y->line ? -1 : x->line > y->line;
}

static int issues_sorted(const struct issues *is, const struct import_error **list)
{
	if (is->n)
		qsort(is->list, (size_t)is->n, sizeof *is->list, issue_order);
	*list = is->list;
	return is->n;
}

int import_errors(const struct import *im, const struct import_error **list)
{
	return issues_sorted(&im->errors, list);
}
int import_notes(const struct import *im, const struct import_error **list)
{
	return issues_sorted(&im->notes, list);
}
void import_keep_open(struct import *im)
{
	im->o.closes = false;
}
struct store *import_store(const struct import *im)
{
	return im->store;
}
const char *import_source(const struct import *im)
{
	return im->o.source;
}
struct import_result import_so_far(const struct import *im)
{
	return im->res;
}

void import_say(struct import *im, const char *phase, double done)
{
	if (im->o.say)
		im->o.say(im->o.say_ctx, phase, done);
}

/* ── taking records in ── */

struct import *import_begin(struct store *s, struct req *rq, const struct versioned *set, const struct import_opts *o)
{
	struct import *im = calloc(1, sizeof *im);
	if (!im || !(im->state = calloc(1, set->state_size + 1)))
		abort(); /* out of memory */
	im->store = s;
	im->caller = rq;
	im->set = set;
	im->mem = arena_new(1 << 20);
	im->o = *o;
	im->o.source = arena_strdup(im->mem, o->source);
	im->o.file = arena_strdup(im->mem, o->file ? o->file : o->source);
	im->o.closes_where = o->closes ? o->closes_where : NULL;
	if (o->closes_val.t == VAL_TEXT || o->closes_val.t == VAL_BLOB)
		im->o.closes_val.p = arena_dup(im->mem, o->closes_val.p, o->closes_val.n);
	im->sql = set_sql_of(set, im->o.closes_where);
	im->stage = stage_new(set->ncols, &im->err);
	return im;
}

void import_free(struct import *im)
{
	if (!im)
		return;
	stage_free(im->stage);
	free(im->errors.list);
	free(im->notes.list);
	free(im->state);
	arena_free(im->mem);
	free(im);
}

/* What is no fault of the line (a full disk) ends the import. */
static enum st stop(struct import *im, const struct err *e)
{
	if (!im->err.code)
		im->err = *e;
	return im->err.code;
}

enum st import_add(struct import *im, int64_t line, const struct record *r)
{
	struct err e = { 0 };
	if (im->err.code)
		return im->err.code;
	enum st st = stage_add(im->stage, line, r, &e);
	if (st == ST_OK)
		im->res.good++;
	else if (st == ST_INVALID || st == ST_LIMIT)
		import_bad(im, line, "%s", e.msg);
	else
		return stop(im, &e);
	return ST_OK;
}

/* The reader's own messages begin with "file:line: ", which is told beside them here. */
static const char *without_place(const char *msg)
{
	const char *p = strstr(msg, ": ");
	return p ? p + 2 : msg;
}

/* One turn of the reader: false at the end. */
static bool import_line(struct import *im, struct lines *l, struct arena *mem, import_line_fn fn, void *ctx)
{
	struct err e = { 0 };
	char *text;
	size_t n;
	int got = lines_next(l, &text, &n, &e);
	if (got == 0)
		return false;
	im->res.lines++;
	if (got < 0) {
		/* A damaged file is not a line to be left out: what follows it can't be known. */
		if (e.code == ST_INTERNAL)
			stop(im, &e);
		else
			import_bad(im, lines_number(l), "%s", without_place(e.msg));
		return e.code != ST_INTERNAL;
	}
	if (text[strspn(text, " \t")] == 0)
		return true;
	enum st st = fn(ctx, im, mem, lines_number(l), text, &e);
	if (arena_over(mem))
		st = err_set(&e, ST_INVALID, "the line needs too much memory");
	arena_reset(mem);
	if (st == ST_INVALID || st == ST_CONFLICT)
		import_bad(im, lines_number(l), "%s", e.msg);
	if (st == ST_CONFLICT) {
		struct err why = e;
		err_set(&e, ST_INVALID, "%s:%lld: %s", im->o.file, (long long)lines_number(l), why.msg);
	}
	if (st && st != ST_INVALID)
		stop(im, &e);
	return !im->err.code;
}

enum st import_lines(struct import *im, const char *path, import_line_fn fn, void *ctx, struct hash *digest)
{
	struct err e = { 0 };
	struct lines *l = im->err.code ? NULL : lines_open(path, &e);
	if (!l)
		return stop(im, &e);
	struct arena *mem = arena_new(LINE_ARENA);
	while (import_line(im, l, mem, fn, ctx))
		if (im->res.lines % SAY_LINES == 0)
			import_say(im, "reading", lines_progress(l));
	*digest = lines_digest(l);
	arena_free(mem);
	lines_close(l);
	return im->err.code;
}

/* ── conflicts ── */

/* What stands under one key: the first record, and whether another differs from it. */
struct run {
	char key[520];
	int64_t id, line;
	bool clash;
};

static void clash_list(struct import *im, struct run *first, const struct staged *s)
{
	char text[200];
	const char *key = im->set->say ? im->set->say(s->key, text, sizeof text) : s->key;
	if (!first->clash) {
		import_bad(im, first->line, "line %lld says something else of the same: %.80s", (long long)s->line,
			   key);
		stage_mark(im->stage, first->id, STAGE_CONFLICT);
		im->res.good--;
		im->res.conflicts++;
	}
	import_bad(im, s->line, "line %lld says something else of the same: %.80s", (long long)first->line, key);
	im->res.good--;
	first->clash = true;
}

static void run_see(struct import *im, struct run *r, const struct staged *s)
{
	if (r->id && strcmp(r->key, s->key) == 0) {
		if (r->clash || !stage_equal(im->stage, r->id, s->id))
			clash_list(im, r, s);
		stage_mark(im->stage, s->id, r->clash ? STAGE_CONFLICT : STAGE_DUPLICATE);
		return;
	}
	snprintf(r->key, sizeof r->key, "%s", s->key);
	r->id = s->id;
	r->line = s->line;
	r->clash = false;
	if (im->set->in_order)
		im->set->in_order(im, im->state, s->line, s->key);
}

enum st import_check(struct import *im)
{
	struct run run = { .id = 0 };
	struct staged s;
	struct err e = { 0 };
	if (im->err.code || im->checked)
		return im->err.code;
	im->checked = true;
	import_say(im, "checking", 0);
	if (stage_rewind(im->stage, false, &e))
		return stop(im, &e);
	while (stage_next(im->stage, &s, &e))
		run_see(im, &run, &s);
	if (im->set->in_order)
		im->set->in_order(im, im->state, 0, NULL);
	return e.code ? stop(im, &e) : ST_OK;
}

/* ── the end ── */

static enum st refuse_bad(struct import *im)
{
	const struct import_error *list;
	int n = import_errors(im, &list);
	if (n == 0)
		return err_set(&im->err, ST_INVALID, "%s: bad lines; nothing was imported", im->o.file);
	return err_set(&im->err, ST_INVALID, "%s:%lld: %.120s (%lld bad line%s; nothing was imported)", list[0].file,
		       (long long)list[0].line, list[0].msg, (long long)im->res.bad, im->res.bad == 1 ? "" : "s");
}

enum st import_finish(struct import *im, const struct hash *digest, struct import_result *out)
{
	im->digest = *digest;
	im->res.digest = *digest;
	if (!import_check(im) && im->res.bad && !im->o.keep_going)
		refuse_bad(im);
	if (!im->err.code && im->o.closes && !stage_count(im->stage))
		err_set(&im->err, ST_INVALID, "%s: no records; nothing was imported", im->o.file);
	if (im->o.closes && im->res.bad) {
		/* What a bad line was about is not gone, and can't be told from what is. */
		im->o.closes = false;
		import_note(im, 0, "because of the bad lines nothing is closed");
	}
	if (!im->err.code)
		import_merge(im);
	*out = im->res;
	if (im->err.code)
		im->caller->err = im->err;
	return im->err.code;
}

enum st import_seen(struct req *rq, const char *source, int64_t *seen_at)
{
	return sql_number(rq, seen_at, "SELECT seen_at FROM import_source WHERE name = $1", V(source));
}
