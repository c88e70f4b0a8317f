/* counts.c — what stays of a published study when its answers are forgotten: how many there were of each, and no answer. The
 * report goes on saying what it said, to the byte. */
#include <string.h>
#include "base/clock.h"
#include "voice/coding_int.h"

enum { KEEP_ARENA = 64 << 20 };

/* ── keeping ── */

struct keeping {
	struct req *rq;
	int64_t study;
	struct bulk *bulk;
};

static enum st count_keep(void *ctx, int item, int segment, int option, int64_t n)
{
	struct keeping *k = ctx;
	return n ? bulk_row(k->bulk, (const struct val[]){ V(k->study), V(item), V(segment), V(option), V(n) }) : ST_OK;
}

static enum st cross_keep(struct keeping *k, const struct voice_tally *t)
{
	k->bulk = bulk_open(k->rq, "voice_count", "study, item, segment, option, n", 5);
	if (!k->bulk)
		return k->rq->err.code;
	enum st st = cross_each(t->cross, count_keep, k);
	return bulk_close(k->bulk) || st ? k->rq->err.code : ST_OK;
}

/* How many answers there were, as the funnel says it: item -1. */
static enum st answers_keep(struct keeping *k, int segment)
{
	return sql_run(k->rq,
		       "INSERT INTO voice_count(study, item, segment, option, n) SELECT CAST($1 AS BIGINT), -1,"
		       " CAST($2 AS BIGINT), 0, count(*) FROM voice_response WHERE study = $1 AND state = 1 AND"
		       " reason = '' AND (CAST($3 AS BIGINT) = 0 OR (segments & $3) <> 0)",
		       V(k->study), V(segment), V(segment < 0 ? 0 : (int64_t)1 << segment));
}

/* Of numbers and codes: what no counter of the cross-tab says. */
static enum st figures_keep(struct keeping *k, const struct voice_tally *t, int segment)
{
	struct voice_figure *f = arena_array(k->rq->mem, struct voice_figure, VOICE_FIGURES_MAX);
	int n = 0;
	if (voice_figures(k->rq, t, segment, f, VOICE_FIGURES_MAX, &n))
		return k->rq->err.code;
	for (int i = 0; i < n; i++) {
		if (f[i].kind < FIGURE_NUMBER_MEAN)
			continue;
		const struct val v[] = { V(k->study),
					 V(f[i].item),
					 V(segment),
					 V(i),
					 V((int)f[i].kind),
					 V(f[i].share.n),
					 V(f[i].share.base),
					 V(f[i].halves),
					 V(f[i].code ? f[i].code : ""),
					 V(f[i].title[LANG_EN] ? f[i].title[LANG_EN] : ""),
					 V(f[i].title[LANG_ZH_TW] ? f[i].title[LANG_ZH_TW] : "") };
		if (sql_run_vals(k->rq, NULL,
				 "INSERT INTO voice_count_figure(study, item, segment, position, kind, n, base, halves,"
				 " code, title_en, title_zh) VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
				 v, sizeof v / sizeof *v))
			return k->rq->err.code;
	}
	return ST_OK;
}

static enum st keep(struct keeping *k, const char *study)
{
	struct req *rq = k->rq;
	struct voice_tally *t = arena_new_of(rq->mem, struct voice_tally);
	if (voice_tally(rq, study, t))
		return rq->err.code;
	k->study = t->study.id;
	if (cross_keep(k, t) || answers_keep(k, VOICE_ALL) || figures_keep(k, t, VOICE_ALL))
		return rq->err.code;
	for (int i = 0; i < t->nsegments; i++)
		if (answers_keep(k, t->segment[i].bit) || figures_keep(k, t, t->segment[i].bit))
			return rq->err.code;
	return sql_run(rq, "UPDATE voice_study SET forgotten_at = $2, kept = $3 WHERE id = $1", V(k->study),
		       V(clock_now()), V(t->kept));
}

enum st voice_counts_keep(struct req *rq, const char *study)
{
	struct keeping k = { .rq = rq };
	struct arena *mem = rq->mem;
	rq->mem = arena_new(KEEP_ARENA);
	enum st st = keep(&k, study);
	arena_free(rq->mem);
	rq->mem = mem;
	return st;
}

/* ── reading ── */

static enum st cross_read(struct req *rq, struct voice_tally *t)
{
	struct rows r;
	if (sql_query(rq, &r, "SELECT item, segment, option, n FROM voice_count WHERE study = $1", V(t->study.id)))
		return rq->err.code;
	while (rows_next(&r))
		cross_put(t->cross, (int)rows_int(&r, 0), (int)rows_int(&r, 1), (int)rows_int(&r, 2), rows_int(&r, 3));
	return rows_end(&r);
}

enum st voice_counts_read(struct req *rq, struct voice_tally *t)
{
	struct rows r;
	if (sql_query(rq, &r, "SELECT kept FROM voice_study WHERE id = $1 AND forgotten_at > 0", V(t->study.id)))
		return rq->err.code;
	if ((t->forgotten = rows_next(&r)))
		t->kept = rows_int(&r, 0);
	return rows_end(&r) ? rq->err.code : t->forgotten ? cross_read(rq, t) : ST_OK;
}

enum st voice_counts_figures(struct req *rq, const struct voice_tally *t, int question, int item, int segment,
			     enum figure_kind from, enum figure_kind to, struct voice_figure *out, int max, int *n)
{
	struct rows r;
	*n = 0;
	if (sql_query(rq, &r,
		      "SELECT kind, n, base, halves, code, title_en, title_zh FROM voice_count_figure WHERE study = $1"
		      " AND item = $2 AND segment = $3 AND kind BETWEEN $4 AND $5 ORDER BY position",
		      V(t->study.id), V(item), V(segment), V((int)from), V((int)to)))
		return rq->err.code;
	while (*n < max && rows_next(&r)) {
		struct voice_figure *f = &out[(*n)++];
		*f = (struct voice_figure){
			(enum figure_kind)rows_int(&r, 0), question, item, -1, { rows_int(&r, 1), rows_int(&r, 2) }
		};
		f->halves = rows_int(&r, 3);
		f->code = *rows_text(&r, 4) ? rows_dup(&r, 4) : NULL;
		f->title[LANG_EN] = rows_dup(&r, 5);
		f->title[LANG_ZH_TW] = rows_dup(&r, 6);
	}
	return rows_end(&r);
}
