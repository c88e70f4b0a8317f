#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/buf.h"
#include "base/clock.h"
#include "base/text.h"
#include "store/memo.h"
#include "who/contact.h"

#define CONTACTS_MAX 64 /* of one resource that are looked at */
#define PREFIX_GROUP 33

const struct migration contact_migrations[] = {
	{ 110, "contacts",
	  "CREATE TABLE who_contact(id SERIAL_ID, source BIGINT NOT NULL, key BYTEA NOT NULL, born BIGINT NOT NULL, "
	  "dead BIGINT NOT NULL,"
	  " valid_from BIGINT NOT NULL, valid_to BIGINT NOT NULL, from_record BIGINT NOT NULL, first_seen BIGINT NOT "
	  "NULL,"
	  " resource TEXT NOT NULL, organisation TEXT NOT NULL, role TEXT NOT NULL, email TEXT NOT NULL, phone TEXT "
	  "NOT NULL,"
	  " lang TEXT NOT NULL, contact_source TEXT NOT NULL, verified_at BIGINT);"
	  "CREATE UNIQUE INDEX who_contact_key ON who_contact(source, key, born);"
	  "CREATE INDEX who_contact_resource ON who_contact(resource)" },
	{ 0 },
};

static const struct versioned contact_set = {
	.table = "who_contact",
	.room = "who",
	.ncols = 8,
	.columns = "resource, organisation, role, email, phone, lang, contact_source, verified_at",
};

/* ── import ── */

struct intake {
	struct contact_columns cols;
	bool header;
};

/* One contact is a resource's role at an address (or, without one, at a telephone). */
static enum st record_in(struct import *im, struct arena *mem, int64_t line, const struct contact *c)
{
	struct record r = {
		.key = arena_printf(mem, "%s %s %s", c->resource, c->role, c->email[0] ? c->email : c->phone),
		.valid_from = c->verified_at,
		.v = { V(c->resource), V(c->organisation), V(c->role), V(c->email), V(c->phone), V(c->lang),
		       V(c->source), c->verified_at == TIME_NONE ? V_NULL : V(c->verified_at) },
	};
	return import_add(im, line, &r);
}

static enum st line_in(void *ctx, struct import *im, struct arena *mem, int64_t line, char *text, struct err *e)
{
	struct intake *in = ctx;
	struct contact c;
	if (!in->header) {
		/* Without its header nothing of the file can be read, whatever the options. */
		in->header = true;
		if (contact_header(text, &in->cols, e) == ST_OK)
			return ST_OK;
		return e->code = ST_CONFLICT;
	}
	return contact_parse(mem, text, &in->cols, &c, e) ? e->code : record_in(im, mem, line, &c);
}

enum st contact_import(struct store *s, struct req *rq, const char *path, const struct import_opts *o,
		       struct import_result *out, struct import **log)
{
	struct intake in = { .header = false };
	struct import_opts own = *o;
	struct hash digest = { 0 };
	own.file = path;
	own.source = o->source ? o->source : "contacts";
	own.closes_where = NULL;
	*log = import_begin(s, rq, &contact_set, &own);
	import_lines(*log, path, line_in, &in, &digest);
	return import_finish(*log, &digest, out);
}

/* ── finding ── */

/* `at` as for VERSIONED_AT. Most resources have none: what a row needs of other tables stands in subqueries, which SQLite
 * doesn't open before there is a row. */
#define CONTACT_SELECT(which, at, condition)                                                                           \
	"SELECT t.resource, t.organisation, t.role, t.email, t.phone, t.lang, t.contact_source, t.verified_at, "       \
	"t.valid_from, " which ", (SELECT k.verified_at FROM who_contact_check k WHERE k.email = lower(t.email)) "     \
	"FROM who_contact t WHERE " condition " AND EXISTS(SELECT 1 FROM import_source s WHERE s.id = t.source "       \
	"AND" VERSIONED_AT(t, s, at) ")"

struct found {
	struct contact c;
	int64_t valid_from;
	int rank;
};

static int rank_of(const char *role)
{
	static const char *const order[] = { "abuse", "tech", "admin", "billing" };
	for (int i = 0; i < 4; i++)
		if (strcmp(role, order[i]) == 0)
			return i;
	return 4;
}

static int by_trust(const void *a, const void *b)
{
	const struct found *x = a, *y = b;
	if (x->rank != y->rank)
		return x->rank - y->rank;
	/* TIME_NONE is the least, so not verified comes last by itself. */
	if (x->c.verified_at != y->c.verified_at)
		return x->c.verified_at > y->c.verified_at ? -1 : 1;
	if (x->valid_from != y->valid_from)
		return x->valid_from > y->valid_from ? -1 : 1;
	return strcmp(x->c.email, y->c.email);
}

/* An answer to our own letter counts from when it was given (who/contact_check.h). */
static int64_t verified(struct rows *r, int64_t at)
{
	int64_t said = rows_null(r, 7) ? TIME_NONE : rows_int(r, 7), answered = rows_int(r, 10);
	return answered > 0 && answered <= versioned_at(at) && answered > said ? answered : said;
}

static void contact_take(struct rows *r, int64_t at, struct found *f)
{
	f->c = (struct contact){ rows_dup(r, 0), rows_dup(r, 1), rows_dup(r, 2), rows_dup(r, 3),
				 rows_dup(r, 4), rows_dup(r, 5), rows_dup(r, 6), verified(r, at) };
	f->valid_from = rows_int(r, 8);
	f->rank = rank_of(f->c.role);
}

static int hand_out(struct found *f, int k, struct contact *out, int max)
{
	if (k > 1)
		qsort(f, (size_t)k, sizeof *f, by_trust);
	int n = k < max ? k : max;
	for (int i = 0; i < n; i++)
		out[i] = f[i].c;
	return n;
}

/* Keeps the rows of the longest prefix. */
static enum st take_longest(struct rows *r, int64_t at, struct contact *out, int max, int *n)
{
	struct found f[CONTACTS_MAX];
	int k = 0, longest = -1;
	while (k < CONTACTS_MAX && rows_next(r)) {
		struct prefix p = { .len = 0 };
		prefix_parse(rows_text(r, 0), &p);
		int len = p.len;
		if (len < longest)
			continue;
		if (len > longest)
			k = 0;
		longest = len;
		contact_take(r, at, &f[k++]);
	}
	if (rows_end(r))
		return r->rq->err.code;
	*n = hand_out(f, k, out, max);
	return ST_OK;
}

/* A resource's contacts, best first, as one piece: of each when it was verified, then its texts. */
static void pack(struct buf *b, const struct found *f, int n)
{
	for (int i = 0; i < n; i++) {
		const struct contact *c = &f[i].c;
		const char *const text[] = { c->resource, c->organisation, c->role,  c->email,
					     c->phone,	  c->lang,	   c->source };
		buf_add(b, &c->verified_at, sizeof c->verified_at);
		for (size_t k = 0; k < sizeof text / sizeof *text; k++)
			buf_add(b, text[k], strlen(text[k]) + 1);
	}
}

static char *next_text(char **p)
{
	char *text = *p;
	*p += strlen(text) + 1;
	return text;
}

static int unpack(struct blob kept, struct contact *out, int max)
{
	char *p = (char *)kept.p, *end = p + kept.n;
	int n = 0;
	for (; p < end && n < max; n++) {
		struct contact *c = &out[n];
		memcpy(&c->verified_at, p, sizeof c->verified_at);
		p += sizeof c->verified_at;
		char **const text[] = { &c->resource, &c->organisation, &c->role,  &c->email,
					&c->phone,    &c->lang,		&c->source };
		for (size_t k = 0; k < sizeof text / sizeof *text; k++)
			*text[k] = next_text(&p);
	}
	return n;
}

static const char memo_room[] = "contacts";

static enum st ask_rows(struct req *rq, struct contact_ask ask[2], int n, int64_t at)
{
	/* A point look-up each, where IN (…) would build a table first. */
	static const char one[] = CONTACT_SELECT("0", "$2", "t.resource = $1");
	static const char two[] =
		CONTACT_SELECT("0", "$3", "t.resource = $1") " UNION ALL " CONTACT_SELECT("1", "$3", "t.resource = $2");
	struct found f[2][CONTACTS_MAX];
	struct val v[3] = { V(ask[0].resource) };
	struct rows r;
	int k[2] = { 0, 0 };
	if (n > 1)
		v[1] = V(ask[1].resource);
	v[n] = V(versioned_at(at));
	if (sql_query_vals(rq, &r, n > 1 ? two : one, v, n + 1))
		return rq->err.code;
	while (rows_next(&r)) {
		int64_t which = rows_int(&r, 9);
		if (k[which] < CONTACTS_MAX)
			contact_take(&r, at, &f[which][k[which]++]);
	}
	if (rows_end(&r))
		return rq->err.code;
	for (int i = 0; i < n; i++)
		ask[i].n = hand_out(f[i], k[i], ask[i].out, ask[i].max);
	if (n == 1 || at)
		return ST_OK;
	BUF_SCOPE b = { .max = MEMO_MAX };
	pack(&b, f[1], k[1]);
	if (!b.bad)
		memo_put(rq, memo_room, ask[1].resource, buf_cstr(&b), b.n);
	return ST_OK;
}

enum st contact_of_both(struct req *rq, struct contact_ask ask[2], int64_t at)
{
	ask[0].n = ask[1].n = 0;
	if (!ask[1].resource)
		return ask_rows(rq, ask, 1, at);
	struct blob kept = at ? (struct blob){ 0 } : memo_blob(rq, memo_room, ask[1].resource);
	if (!kept.p)
		return ask_rows(rq, ask, 2, at);
	ask[1].n = unpack(kept, ask[1].out, ask[1].max);
	return ask_rows(rq, ask, 1, at);
}

enum st contact_of(struct req *rq, const char *resource, int64_t at, struct contact *out, int max, int *n)
{
	struct contact_ask ask[2] = { { .resource = resource, .out = out, .max = max } };
	enum st st = contact_of_both(rq, ask, at);
	*n = ask[0].n;
	return st;
}

#define PREFIX_PARAMS                                                                                                  \
	"$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, "   \
	"$24, $25, $26, "                                                                                              \
	"$27, $28, $29, $30, $31, $32, $33"

/* One statement for each group of lengths, longest first, until one has contacts. */
enum st contact_around(struct req *rq, const struct prefix *around, int min_len, int64_t at, struct contact *out,
		       int max, int *n)
{
	*n = 0;
	for (int len = around->len; len >= min_len && *n == 0; len -= PREFIX_GROUP) {
		char text[PREFIX_GROUP][PREFIX_TEXT];
		struct val v[PREFIX_GROUP + 1];
		struct rows r;
		for (int i = 0; i < PREFIX_GROUP; i++) {
			struct prefix p = prefix_of(&around->a, len - i < 0 ? 0 : len - i);
			v[i] = len - i < min_len ? V_NULL : V((const char *)prefix_text(&p, text[i]));
		}
		v[PREFIX_GROUP] = V(versioned_at(at));
		if (sql_query_vals(rq, &r, CONTACT_SELECT("0", "$34", "t.resource IN (" PREFIX_PARAMS ")"), v,
				   PREFIX_GROUP + 1) ||
		    take_longest(&r, at, out, max, n))
			return rq->err.code;
	}
	return ST_OK;
}
