/* clean.c — which answers are not counted, and why: each rule gives a reason code, every decision is a row, and can be
 * taken back. Nothing is deleted. */
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "voice/voice_int.h"

const struct voice_clean_rule voice_clean_rules[] = {
	{ "speeder", "took less than a third of the median time" },
	{ "straight-line", "the same point in every row of every grid, at least five rows" },
	{ "duplicate", "the same answers, words and group as another, with at least ten items" },
	{ "partial", "left half or more of what was asked empty, open questions that need no answer aside" },
	{ 0 },
};
enum { SPEEDER, STRAIGHT, DUPLICATE, PARTIAL };

struct one {
	int64_t id, seconds, segments;
	uint64_t print; /* of the answers, to find the same again */
	bool straight, partial, worded;
};
struct cleaning {
	struct req *rq;
	struct voice_study s;
	struct questionnaire q;
	struct one *one;
	const struct one *kept; /* the last that was not taken out */
	int64_t n, median;
};

static bool straight(const struct questionnaire *q, const uint64_t *a)
{
	uint64_t first = 0;
	int rows = 0;
	for (int i = 0; i < q->nitems; i++) {
		if (q->item[i].row < 0 || a[i] == CROSS_NOT_ASKED || !(a[i] & 31))
			continue;
		if (first && a[i] != first)
			return false;
		first = a[i];
		rows++;
	}
	return rows >= 5;
}

static bool partial(const struct questionnaire *q, const uint64_t *a)
{
	int asked = 0, empty = 0;
	for (int i = 0; i < q->nitems; i++) {
		const struct q_question *k = &q->question[q->item[i].question];
		if (a[i] == CROSS_NOT_ASKED || (k->kind == Q_OPEN && !k->required))
			continue;
		asked++;
		empty += a[i] == 0;
	}
	return asked && 2 * empty >= asked;
}

static enum st responses_read(struct cleaning *c)
{
	struct rows r;
	int64_t all = 0;
	uint64_t answer[Q_ITEMS_MAX];
	if (sql_number(c->rq, &all,
		       "SELECT count(*) FROM voice_response WHERE study = $1 AND state = 1 AND reason = ''",
		       V(c->s.id)))
		return c->rq->err.code;
	c->one = calloc((size_t)all + 1, sizeof *c->one);
	if (!c->one)
		return err_set(&c->rq->err, ST_BUSY, "out of memory");
	if (sql_query(c->rq, &r,
		      "SELECT r.id, r.seconds, r.segments, r.packed, (SELECT count(*) FROM voice_word w WHERE "
		      "w.response ="
		      " r.id) FROM voice_response r WHERE r.study = $1 AND r.state = 1 AND r.reason = '' ORDER BY r.id",
		      V(c->s.id)))
		return c->rq->err.code;
	while (c->n < all && rows_next(&r)) {
		struct blob b = rows_blob(&r, 3);
		struct hash h = hash_of(b.p, b.n);
		struct one *o = &c->one[c->n];
		if (!questionnaire_unpack(b.p, b.n, c->q.nitems, answer))
			continue;
		*o = (struct one){ .id = rows_int(&r, 0), .seconds = rows_int(&r, 1), .segments = rows_int(&r, 2) };
		memcpy(&o->print, h.b, sizeof o->print);
		o->straight = straight(&c->q, answer);
		o->partial = partial(&c->q, answer);
		o->worded = rows_int(&r, 4) > 0;
		c->n++;
	}
	return rows_end(&r);
}

/* Of all answers whose time is known, also of those that are out already: so a second run takes out nothing more. */
static enum st median_read(struct cleaning *c)
{
	int64_t timed = 0;
	if (sql_number(c->rq, &timed,
		       "SELECT count(*) FROM voice_response WHERE study = $1 AND state = 1 AND seconds > 0",
		       V(c->s.id)))
		return c->rq->err.code;
	return timed ? sql_number(c->rq, &c->median,
				  "SELECT seconds FROM voice_response WHERE study = $1 AND state = 1 AND seconds > 0"
				  " ORDER BY seconds LIMIT 1 OFFSET $2",
				  V(c->s.id), V(timed / 2))
		     : ST_OK;
}

static int by_print(const void *a, const void *b)
{
	const struct one *x = a, *y = b;
	if (x->segments != y->segments)
		return x->segments < y->segments ? -1 : 1;
	if (x->print != y->print)
		return x->print < y->print ? -1 : 1;
	if (x->worded != y->worded)
		return x->worded ? 1 : -1;
	return x->id < y->id ? -1 : x->id > y->id;
}

/* seconds 0: not known, as on paper. */
static bool breaks(const struct cleaning *c, int rule, int64_t i)
{
	const struct one *o = &c->one[i], *before = c->kept;
	switch (rule) {
	case SPEEDER:
		return o->seconds > 0 && 3 * o->seconds < c->median;
	case STRAIGHT:
		return o->straight;
	case DUPLICATE:
		return before && c->q.nitems >= 10 && !o->worded && !before->worded &&
		       before->segments == o->segments && before->print == o->print;
	default:
		return o->partial;
	}
}

static enum st take_out(struct cleaning *c, int64_t response, const char *reason)
{
	struct req *rq = c->rq;
	if (sql_run(rq, "UPDATE voice_response SET reason = $2 WHERE id = $1", V(response), V(reason)))
		return rq->err.code;
	return sql_run(rq,
		       "INSERT INTO voice_cleaning(study, response, reason, by_whom, at, undone_at) VALUES($1, $2, $3,"
		       " $4, $5, 0)",
		       V(c->s.id), V(response), V(reason), V(rq->who->id), V(clock_now()));
}

static enum st clean_all(struct cleaning *c, struct voice_clean *a)
{
	if (responses_read(c) || median_read(c))
		return c->rq->err.code;
	qsort(c->one, (size_t)c->n, sizeof *c->one, by_print);
	for (int64_t i = 0; i < c->n; i++) {
		int rule = 0;
		while (voice_clean_rules[rule].reason && !breaks(c, rule, i))
			rule++;
		if (!voice_clean_rules[rule].reason) {
			c->kept = &c->one[i];
			continue;
		}
		if (take_out(c, c->one[i].id, voice_clean_rules[rule].reason))
			return c->rq->err.code;
		a->by_reason[rule]++;
		a->n++;
	}
	return ST_OK;
}

enum st voice_clean(struct req *rq, void *clean)
{
	struct voice_clean *a = clean;
	struct cleaning c = { .rq = rq };
	memset(a->by_reason, 0, sizeof a->by_reason);
	a->n = 0;
	if (voice_study_in(rq, a->study, 1u << STUDY_CLOSED, &c.s) ||
	    voice_questionnaire(rq, c.s.questionnaire, c.s.version, &c.q))
		return rq->err.code;
	enum st st = clean_all(&c, a);
	free(c.one);
	if (st)
		return st;
	return voice_fact(rq, c.s.name, "answers-cleaned",
			  arena_printf(rq->mem, "{\"taken_out\":%lld}", (long long)a->n));
}

enum st voice_unclean(struct req *rq, void *unclean)
{
	struct voice_unclean *a = unclean;
	struct voice_study s;
	if (voice_study_in(rq, a->study, 1u << STUDY_CLOSED, &s) ||
	    sql_run_count(rq, &a->n, "UPDATE voice_response SET reason = '' WHERE study = $1 AND reason = $2", V(s.id),
			  V(a->reason)) ||
	    sql_run(rq, "UPDATE voice_cleaning SET undone_at = $3 WHERE study = $1 AND reason = $2 AND undone_at = 0",
		    V(s.id), V(a->reason), V(clock_now())))
		return rq->err.code;
	if (!a->n)
		return err_set(&rq->err, ST_NOTFOUND, "nothing was taken out as %.40s", a->reason);
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_obj(&w, NULL);
	j_str(&w, "reason", a->reason);
	j_int(&w, "put_back", a->n);
	j_end(&w);
	return voice_fact(rq, s.name, "cleaning-undone", buf_cstr(&b));
}

enum st voice_cleanings(struct req *rq, const struct voice_study *s, struct voice_cleaned *out, int max, int *n)
{
	struct rows r;
	*n = 0;
	if (voice_may_see(rq, s) ||
	    sql_query(
		    rq, &r,
		    "SELECT c.reason, d.by_whom, c.taken, c.back, c.at FROM (SELECT reason, sum(CASE WHEN undone_at = 0"
		    " THEN 1 ELSE 0 END) AS taken, sum(CASE WHEN undone_at = 0 THEN 0 ELSE 1 END) AS back, max(at) AS"
		    " at, max(id) AS last FROM voice_cleaning WHERE study = $1 GROUP BY reason) c JOIN voice_cleaning d"
		    " ON d.id = c.last ORDER BY c.reason",
		    V(s->id)))
		return rq->err.code;
	while (*n < max && rows_next(&r))
		out[(*n)++] = (struct voice_cleaned){ rows_dup(&r, 0), rows_dup(&r, 1), rows_int(&r, 2),
						      rows_int(&r, 3), rows_int(&r, 4) };
	return rows_end(&r);
}
