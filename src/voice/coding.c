/* coding.c — two people read the same answers apart, then what they differ in is decided, and shares are counted. */
#include <stdlib.h>
#include <string.h>
#include "voice/coding_int.h"
#include "who/permit.h"

enum { SLOT_DECIDED = CODERS };

/* ── reading ── */

enum st voice_numbered(struct req *rq, const struct voice_book *b, int64_t no, int64_t *response, char **text)
{
	struct rows r;
	bool found;
	if (sql_query(rq, &r,
		      "SELECT m.response, w.text FROM voice_number m JOIN voice_response a ON a.id = m.response JOIN"
		      " voice_word w ON w.response = m.response AND w.item = m.item WHERE m.study = $1 AND m.item = $2"
		      " AND m.no = $3 AND a.state = 1 AND a.reason = ''",
		      V(b->study.id), V(b->item), V(no)))
		return rq->err.code;
	if ((found = rows_next(&r))) {
		*response = rows_int(&r, 0);
		*text = rows_dup(&r, 1);
	}
	if (rows_end(&r))
		return rq->err.code;
	return found ? ST_OK
		     : err_set(&rq->err, ST_NOTFOUND, "%s has no answer %lld that is counted", b->item_id,
			       (long long)no);
}

static enum st both_done(struct req *rq, const struct voice_book *b)
{
	return b->both ? ST_OK
		       : err_set(&rq->err, ST_CONFLICT,
				 N_("%s: what the two coders chose is seen when both are done with every answer"),
				 b->item_id);
}

/* What may be seen of a row whose columns from `at` on are the codes of both and what was decided. */
static void codes_take(struct rows *r, int at, const struct voice_book *b, struct voice_coded *out)
{
	int64_t by[CODERS + 1];
	for (int i = 0; i <= CODERS; i++)
		by[i] = rows_null(r, at + i) ? CODES_NONE : rows_int(r, at + i);
	out->mine = b->me < 0 ? CODES_NONE : by[b->me];
	out->by[0] = out->by[1] = out->agreed = CODES_NONE;
	if (!b->both)
		return;
	memcpy(out->by, by, sizeof out->by);
	out->agreed = by[0] == by[1] ? by[0] : by[SLOT_DECIDED];
}

enum st voice_coded(struct req *rq, const struct voice_book *b, enum coded_list which, int64_t from,
		    struct voice_coded *out, int max, int *n)
{
	struct rows r;
	*n = 0;
	if (permit(rq, MAY_CODE_ANSWERS) || (which == CODED_DIFFER && both_done(rq, b)) ||
	    sql_query(
		    rq, &r,
		    "SELECT m.no, w.text, x.codes, y.codes, d.codes FROM voice_number m JOIN voice_response a ON a.id ="
		    " m.response JOIN voice_word w ON w.response = m.response AND w.item = m.item"
		    " LEFT JOIN voice_coding x ON x.study = m.study AND x.item = m.item AND x.slot = 0 AND x.response ="
		    " m.response"
		    " LEFT JOIN voice_coding y ON y.study = m.study AND y.item = m.item AND y.slot = 1 AND y.response ="
		    " m.response"
		    " LEFT JOIN voice_coding d ON d.study = m.study AND d.item = m.item AND d.slot = 2 AND d.response ="
		    " m.response"
		    " WHERE m.study = $1 AND m.item = $2 AND m.no >= $3 AND a.state = 1 AND a.reason = '' AND"
		    " (CAST($4 AS BIGINT) = 3"
		    " OR (CAST($4 AS BIGINT) = 2 AND x.codes <> y.codes)"
		    " OR (CAST($4 AS BIGINT) = 1 AND CASE CAST($5 AS BIGINT) WHEN 0 THEN x.codes WHEN 1 THEN y.codes"
		    " END IS NOT NULL)"
		    " OR (CAST($4 AS BIGINT) = 0 AND CASE CAST($5 AS BIGINT) WHEN 0 THEN x.codes WHEN 1 THEN y.codes"
		    " END IS NULL)) ORDER BY m.no LIMIT $6",
		    V(b->study.id), V(b->item), V(from), V((int)which), V(b->me), V(max)))
		return rq->err.code;
	while (*n < max && rows_next(&r)) {
		struct voice_coded *k = &out[(*n)++];
		k->no = rows_int(&r, 0);
		k->text = rows_dup(&r, 1);
		codes_take(&r, 2, b, k);
	}
	return rows_end(&r);
}

/* ── coding ── */

/* The actor's place among the coders; a free one is taken. */
static enum st place_of(struct req *rq, struct voice_book *b)
{
	for (int i = 0; i < CODERS && b->me < 0; i++) {
		if (b->coder[i].who)
			continue;
		b->me = i;
		b->coder[i].who = rq->who->id;
		if (sql_run(rq, "INSERT INTO voice_coder(study, item, slot, who, done) VALUES($1, $2, $3, $4, 0)",
			    V(b->study.id), V(b->item), V(i), V(rq->who->id)) ||
		    voice_item_fact(rq, b, "coding-begun", NULL, -1))
			return rq->err.code;
	}
	return b->me >= 0 ? ST_OK
			  : err_set(&rq->err, ST_CONFLICT, N_("%s has its two coders already: %s and %s"), b->item_id,
				    b->coder[0].who, b->coder[1].who);
}

static enum st codes_put(struct req *rq, const struct voice_book *b, int slot, const struct voice_chosen *c)
{
	int64_t response, there = 0;
	char *text;
	if (c->codes < 0 || c->codes & ~voice_codes_offered(b))
		return err_set(&rq->err, ST_INVALID, N_("answer %lld: a code that is none, or retired"),
			       (long long)c->no);
	if (voice_numbered(rq, b, c->no, &response, &text))
		return rq->err.code;
	if (slot < CODERS && b->coder[slot].done) {
		if (sql_number(rq, &there,
			       "SELECT count(*) FROM voice_coding WHERE study = $1 AND item = $2 AND slot = $3 AND"
			       " response = $4",
			       V(b->study.id), V(b->item), V(slot), V(response)))
			return rq->err.code;
		if (there)
			return err_set(&rq->err, ST_CONFLICT,
				       N_("you said that you are done: what you chose stands, so that agreement is of "
					  "two independent readings"));
	}
	return sql_run(rq,
		       "INSERT INTO voice_coding(study, item, slot, response, codes) VALUES($1, $2, $3, $4, $5)"
		       " ON CONFLICT(study, item, slot, response) DO UPDATE SET codes = excluded.codes |"
		       " (voice_coding.codes & CAST($6 AS BIGINT))",
		       V(b->study.id), V(b->item), V(slot), V(response), V(c->codes),
		       V(INT64_MAX & ~voice_codes_offered(b))); /* one that was retired since stays with the answer */
}

enum st voice_code_answers(struct req *rq, void *coding)
{
	const struct voice_coding *a = coding;
	struct voice_book b;
	if (voice_book_write(rq, a->study, a->item, &b))
		return rq->err.code;
	if (!b.ncodes)
		return err_set(&rq->err, ST_CONFLICT, N_("%s has no codes yet: its codebook comes first"), a->item);
	if (a->n < 1 || a->n > CODED_MAX)
		return err_set(&rq->err, ST_LIMIT, N_("expected 1 to %d answers at a time"), CODED_MAX);
	if (place_of(rq, &b))
		return rq->err.code;
	for (int64_t i = 0; i < a->n; i++)
		if (codes_put(rq, &b, b.me, &a->row[i]))
			return rq->err.code;
	return voice_item_fact(rq, &b, "answers-coded", NULL, a->n);
}

enum st voice_coding_done(struct req *rq, void *coding)
{
	const struct voice_coding *a = coding;
	struct voice_book b;
	if (voice_book_write(rq, a->study, a->item, &b))
		return rq->err.code;
	if (b.me < 0)
		return err_set(&rq->err, ST_CONFLICT, N_("you are no coder of %s"), b.item_id);
	if (b.coder[b.me].coded < b.answers)
		return err_set(&rq->err, ST_CONFLICT, N_("%lld answers of %s have no codes of yours yet"),
			       (long long)(b.answers - b.coder[b.me].coded), b.item_id);
	if (sql_run(rq, "UPDATE voice_coder SET done = 1 WHERE study = $1 AND item = $2 AND slot = $3", V(b.study.id),
		    V(b.item), V(b.me)))
		return rq->err.code;
	return voice_item_fact(rq, &b, "coding-done", NULL, b.answers);
}

enum st voice_coding_leave(struct req *rq, void *leave)
{
	const struct voice_leave *a = leave;
	const char *who = a->who ? a->who : rq->who->id;
	struct voice_book b;
	int slot = -1;
	if (voice_book_write(rq, a->study, a->item, &b) ||
	    (strcmp(who, rq->who->id) != 0 && permit(rq, MAY_RUN_SURVEY)))
		return rq->err.code;
	for (int i = 0; i < CODERS; i++)
		if (b.coder[i].who && !strcmp(b.coder[i].who, who))
			slot = i;
	if (slot < 0)
		return err_set(&rq->err, ST_NOTFOUND, "%.40s is no coder of %s", who, b.item_id);
	if (b.coder[slot].done)
		return err_set(&rq->err, ST_CONFLICT, N_("%.40s is done with %s: what was chosen stands"), who,
			       b.item_id);
	if (sql_run(rq, "DELETE FROM voice_coding WHERE study = $1 AND item = $2 AND slot = $3", V(b.study.id),
		    V(b.item), V(slot)) ||
	    sql_run(rq, "DELETE FROM voice_coder WHERE study = $1 AND item = $2 AND slot = $3", V(b.study.id),
		    V(b.item), V(slot)))
		return rq->err.code;
	return voice_item_fact(rq, &b, "coder-left", NULL, -1);
}

/* ── deciding ── */

static enum st decide_one(struct req *rq, const struct voice_book *b, const struct voice_chosen *c)
{
	struct voice_coded k;
	int n;
	if (voice_coded(rq, b, CODED_DIFFER, c->no, &k, 1, &n))
		return rq->err.code;
	if (!n || k.no != c->no)
		return err_set(&rq->err, ST_NOTFOUND, "the coders don't differ in answer %lld of %s", (long long)c->no,
			       b->item_id);
	return codes_put(rq, b, SLOT_DECIDED, c);
}

enum st voice_code_decide(struct req *rq, void *coding)
{
	const struct voice_coding *a = coding;
	struct voice_book b;
	if (permit(rq, MAY_RUN_SURVEY) || voice_book_write(rq, a->study, a->item, &b) || both_done(rq, &b))
		return rq->err.code;
	if (b.me >= 0)
		return err_set(&rq->err, ST_DENIED, N_("you coded %s yourself: a third person decides"), b.item_id);
	if (a->n < 1 || a->n > CODED_MAX)
		return err_set(&rq->err, ST_LIMIT, N_("expected 1 to %d answers at a time"), CODED_MAX);
	for (int64_t i = 0; i < a->n; i++)
		if (decide_one(rq, &b, &a->row[i]))
			return rq->err.code;
	return voice_item_fact(rq, &b, "codes-decided", NULL, a->n);
}

/* ── agreement ── */

static enum st cells_read(struct req *rq, const struct voice_book *b, struct voice_agreement *out)
{
	struct rows r;
	if (sql_query(
		    rq, &r,
		    "SELECT x.codes, y.codes FROM voice_coding x JOIN voice_coding y ON y.study = x.study AND y.item ="
		    " x.item AND y.slot = 1 AND y.response = x.response JOIN voice_response a ON a.id = x.response"
		    " WHERE x.study = $1 AND x.item = $2 AND x.slot = 0 AND a.state = 1 AND a.reason = ''",
		    V(b->study.id), V(b->item)))
		return rq->err.code;
	while (rows_next(&r)) {
		int64_t x = rows_int(&r, 0), y = rows_int(&r, 1);
		out->answers++;
		out->same += x == y;
		for (int i = 0; i < b->ncodes; i++) {
			int bit = b->code[i].bit;
			out->code[i].cell[(x >> bit & 1 ? 0 : 2) + (y >> bit & 1 ? 0 : 1)]++;
		}
	}
	return rows_end(&r);
}

/* Not defined is no fault: it is said in its place. */
static void kappa_of(struct voice_kappa *k, enum st st)
{
	k->known = st == ST_OK;
}

char *voice_kappa_text(struct arena *mem, const struct voice_kappa *k, const char *minus, const char *none)
{
	int n = abs(k->thousandths);
	if (!k->known)
		return arena_strdup(mem, none);
	return arena_printf(mem, "%s%d.%03d", k->thousandths < 0 ? minus : "", n / 1000, n % 1000);
}

enum st voice_agreement(struct req *rq, const struct voice_book *b, struct voice_agreement *out)
{
	int64_t(*cell)[4] = arena_alloc(rq->mem, sizeof *cell * CODES_MAX);
	*out = (struct voice_agreement){ 0 };
	if (permit(rq, MAY_CODE_ANSWERS) || both_done(rq, b) || cells_read(rq, b, out))
		return rq->err.code;
	for (int i = 0; i < b->ncodes; i++) {
		struct voice_kappa *k = &out->code[i];
		memcpy(cell[i], k->cell, sizeof cell[i]);
		kappa_of(k, count_kappa(k->cell, 2, &k->thousandths, NULL));
	}
	kappa_of(&out->all, count_kappa_pooled((const int64_t(*)[4])cell, b->ncodes, &out->all.thousandths, NULL));
	return ST_OK;
}

/* ── what the report counts ── */

enum st voice_code_counts(struct req *rq, const struct voice_study *s, int item, int segment, struct voice_code *code,
			  int64_t *n, int *ncodes, int64_t *base)
{
	struct voice_book b = { .study = *s, .item = item, .item_id = "" };
	struct rows r;
	*base = -1;
	if (voice_book_read(rq, &b))
		return rq->err.code;
	if (!b.ncodes || !b.both || b.undecided)
		return ST_OK;
	*base = 0;
	*ncodes = b.ncodes;
	memcpy(code, b.code, sizeof *code * (size_t)b.ncodes);
	memset(n, 0, sizeof *n * (size_t)b.ncodes);
	if (sql_query(
		    rq, &r,
		    "SELECT coalesce(d.codes, x.codes) FROM voice_coding x JOIN voice_response a ON a.id = x.response"
		    " LEFT JOIN voice_coding d ON d.study = x.study AND d.item = x.item AND d.slot = 2 AND d.response ="
		    " x.response WHERE x.study = $1 AND x.item = $2 AND x.slot = 0 AND a.state = 1 AND a.reason = ''"
		    " AND (CAST($3 AS BIGINT) = 0 OR (a.segments & $3) <> 0)",
		    V(s->id), V(item), V(segment < 0 ? 0 : (int64_t)(1ULL << segment))))
		return rq->err.code;
	while (rows_next(&r)) {
		int64_t bits = rows_int(&r, 0);
		++*base;
		for (int i = 0; i < b.ncodes; i++)
			n[i] += bits >> b.code[i].bit & 1;
	}
	return rows_end(&r);
}

enum st voice_coding_forget(struct req *rq, int64_t study)
{
	static const char *const sql[] = {
		"DELETE FROM voice_quote WHERE study = $1 AND kept = 0",
		"DELETE FROM voice_coding WHERE study = $1",
		"DELETE FROM voice_number WHERE study = $1",
	};
	for (int i = 0; i < 3; i++)
		if (sql_run(rq, sql[i], V(study)))
			return rq->err.code;
	return ST_OK;
}
