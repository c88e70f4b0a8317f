/* One or more days counted from the tables, and a day's counts as bytes. */
#include <string.h>
#include "base/bytes.h"
#include "desk/desk_day.h"
#include "desk/desk_int.h"

/* ── from the tables: each statement walks a range of an index that holds all columns it reads ── */

static enum st count_reports(struct req *rq, int64_t from, int64_t to, const struct day_sink *k)
{
	struct rows r;
	if (sql_query(rq, &r,
		      "SELECT (filed_at - $3) / $4, class, source, count(*) FROM desk_report"
		      " WHERE filed_at >= $1 AND filed_at < $2 GROUP BY 1, 2, 3",
		      V(from), V(to), V(from), V(DAY_USEC)))
		return rq->err.code;
	while (rows_next(&r))
		k->reports(k->to, from + rows_int(&r, 0) * DAY_USEC, rows_text(&r, 1), rows_text(&r, 2),
			   rows_int(&r, 3));
	return rows_end(&r);
}

static enum st count_cases(struct req *rq, int64_t from, int64_t to, const struct day_sink *k)
{
	struct rows r;
	if (sql_query(rq, &r,
		      "SELECT (opened_at - $3) / $4, class, count(*), sum(CASE WHEN closed_at > 0 THEN 1 ELSE 0 END)"
		      " FROM desk_case WHERE opened_at >= $1 AND opened_at < $2 GROUP BY 1, 2",
		      V(from), V(to), V(from), V(DAY_USEC)))
		return rq->err.code;
	while (rows_next(&r))
		k->cases(k->to, from + rows_int(&r, 0) * DAY_USEC, rows_text(&r, 1), rows_int(&r, 2), rows_int(&r, 3));
	return rows_end(&r);
}

#define SPAN_OF(column)                                                                                                \
	"SELECT (" column " - opened_at) / 60000000, count(*) FROM desk_case WHERE opened_at >= $1 AND opened_at < $2" \
	" AND " column " >= opened_at GROUP BY 1 ORDER BY 1"

static enum st count_spans(struct req *rq, int64_t from, int64_t to, const struct day_sink *k)
{
	static const char *const sql[SPANS] = { SPAN_OF("acted_at"), SPAN_OF("told_at"), SPAN_OF("answered_at"),
						SPAN_OF("closed_at") };
	for (int s = 0; s < SPANS; s++) {
		struct rows r;
		if (sql_query(rq, &r, sql[s], V(from), V(to)))
			return rq->err.code;
		while (rows_next(&r))
			k->span(k->to, (enum figure_span)s, rows_int(&r, 0), rows_int(&r, 1));
		if (rows_end(&r))
			return rq->err.code;
	}
	return ST_OK;
}

/* Names of cases that few people see are in no list. */
static enum st count_tops(struct req *rq, int64_t from, int64_t to, const struct day_sink *k)
{
	struct rows r;
	if (sql_query(
		    rq, &r,
		    "SELECT o.matched, o.sponsor, count(*) FROM desk_case c JOIN desk_observable o ON o.case_id = c.id"
		    " WHERE c.opened_at >= $1 AND c.opened_at < $2 AND o.responsible = 1 AND c.class NOT IN"
		    " (SELECT k.id FROM desk_class k WHERE k.personal = 1) GROUP BY 1, 2",
		    V(from), V(to)))
		return rq->err.code;
	while (rows_next(&r)) {
		const char *matched = rows_text(&r, 0);
		if (*matched)
			k->top(k->to, strchr(matched, '/') ? DAY_NETWORK : DAY_NAME, matched, rows_int(&r, 2));
		const char *sponsor = rows_text(&r, 1);
		if (*sponsor)
			k->top(k->to, DAY_REGISTRAR, sponsor, rows_int(&r, 2));
	}
	return rows_end(&r);
}

enum st day_count(struct req *rq, int64_t from, int64_t to, const struct day_sink *k)
{
	if (count_reports(rq, from, to, k) || count_cases(rq, from, to, k) || count_spans(rq, from, to, k))
		return rq->err.code;
	return k->top ? count_tops(rq, from, to, k) : ST_OK;
}

/* ── as bytes ── */

enum { VERSION = 1, DAY_BYTES = 64 << 20 };

static void put_int(struct buf *b, int64_t v)
{
	uint64_t u = (uint64_t)v;
	for (; u >= 128; u >>= 7)
		buf_char(b, (char)(u | 128));
	buf_char(b, (char)u);
}

static void put_text(struct buf *b, const char *s)
{
	size_t n = strlen(s);
	put_int(b, (int64_t)n);
	buf_add(b, s, n + 1); /* with its end, so that it is read in place */
}

static void pack_reports(void *to, int64_t day, const char *class_id, const char *source, int64_t n)
{
	(void)day;
	buf_char(to, 'r');
	put_text(to, class_id);
	put_text(to, source);
	put_int(to, n);
}
static void pack_cases(void *to, int64_t day, const char *class_id, int64_t n, int64_t closed)
{
	(void)day;
	buf_char(to, 'c');
	put_text(to, class_id);
	put_int(to, n);
	put_int(to, closed);
}
static void pack_span(void *to, enum figure_span s, int64_t minute, int64_t n)
{
	buf_char(to, (char)('0' + s));
	put_int(to, minute);
	put_int(to, n);
}
static void pack_top(void *to, enum day_top what, const char *label, int64_t n)
{
	buf_char(to, (char)('A' + what));
	put_text(to, label);
	put_int(to, n);
}

enum st day_pack(struct req *rq, int64_t day, struct buf *out)
{
	const struct day_sink k = { out, pack_reports, pack_cases, pack_span, pack_top };
	buf_reset(out);
	out->max = DAY_BYTES;
	buf_char(out, VERSION);
	if (day_count(rq, day, day + DAY_USEC, &k))
		return rq->err.code;
	return out->bad ? err_set(&rq->err, ST_LIMIT, "too much happened that day to be kept in one row") : ST_OK;
}

/* ── and back ── */

static int64_t get_int(struct rd *r)
{
	uint64_t u = 0;
	for (unsigned shift = 0; shift < 63; shift += 7) {
		uint8_t b = rd_u8(r);
		u |= (uint64_t)(b & 127) << shift;
		if (b < 128)
			return (int64_t)(u & INT64_MAX);
	}
	r->bad = true;
	return 0;
}

static const char *get_text(struct rd *r)
{
	size_t n = (size_t)get_int(r);
	if (r->bad || n >= rd_left(r) || r->p[n]) {
		r->bad = true;
		return "";
	}
	return (const char *)rd_bytes(r, n + 1);
}

static void unpack_one(struct rd *r, int64_t day, const struct day_sink *k)
{
	char what = (char)rd_u8(r);
	const char *text = what >= 'A' ? get_text(r) : "";
	const char *source = what == 'r' ? get_text(r) : "";
	int64_t a = get_int(r), b = what == 'r' || (what >= 'A' && what < 'A' + DAY_TOPS) ? 0 : get_int(r);
	if (r->bad)
		return;
	if (what == 'r')
		k->reports(k->to, day, text, source, a);
	else if (what == 'c')
		k->cases(k->to, day, text, a, b);
	else if (what >= '0' && what < '0' + SPANS)
		k->span(k->to, (enum figure_span)(what - '0'), a, b);
	else if (what < 'A' || what >= 'A' + DAY_TOPS)
		r->bad = true;
	else if (k->top)
		k->top(k->to, (enum day_top)(what - 'A'), text, a);
}

bool day_unpack(struct blob b, int64_t day, const struct day_sink *k)
{
	struct rd r = rd_of(b.p, b.n);
	r.bad = rd_u8(&r) != VERSION;
	while (!r.bad && !rd_at_end(&r))
		unpack_one(&r, day, k);
	return !r.bad;
}
