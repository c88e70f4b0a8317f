/* past.c — last time's figures, to hold this time's against. */
#include <string.h>
#include "base/text.h"
#include "voice/voice_int.h"

static char *tenths_of(struct share s, char text[COUNT_TEXT])
{
	int tenths = 0;
	count_share(s, &tenths, NULL);
	count_tenths_text(tenths, false, text);
	return text;
}

/* No count of this base gives it: which are the nearest two? */
static enum st impossible(const struct past_told *t, struct err *e)
{
	char told[COUNT_TEXT], low[COUNT_TEXT], high[COUNT_TEXT];
	int64_t below = (int64_t)((__int128)t->base * t->tenths / 1000);
	below = below < t->base ? below : t->base - 1;
	count_tenths_text(t->tenths, false, told);
	return err_set(e, ST_INVALID,
		       N_("no count of %lld gives %s %%: %lld are %s %%, %lld are %s %%; leave the base out to keep it "
			  "as it is"),
		       (long long)t->base, told, (long long)below, tenths_of((struct share){ below, t->base }, low),
		       (long long)below + 1, tenths_of((struct share){ below + 1, t->base }, high));
}

static enum st from_percent(const struct past_told *t, struct past *out, struct err *e)
{
	int64_t from, to;
	*out = (struct past){ .tenths = t->tenths };
	if (t->base < 0)
		return ST_OK;
	if (!count_possible((struct claim){ t->tenths, 1 }, t->base, &from, &to))
		return impossible(t, e);
	if (from < to)
		return err_set(e, ST_INVALID,
			       N_("%lld to %lld of %lld give that percentage: say which, or leave the base out"),
			       (long long)from, (long long)to, (long long)t->base);
	out->counts = (struct share){ from, t->base };
	return ST_OK;
}

enum st voice_past_told(const struct past_told *t, struct past *out, struct err *e)
{
	int tenths;
	char text[COUNT_TEXT];
	if (t->n < 0 && t->tenths < 0)
		return err_set(e, ST_INVALID, N_("expected a count and its base, or a percentage"));
	if (t->n < 0)
		return from_percent(t, out, e);
	if (t->base < 0)
		return err_set(e, ST_INVALID, N_("expected the base, too: of how many answers"));
	*out = (struct past){ .counts = { t->n, t->base } };
	if (count_share(out->counts, &tenths, e))
		return ST_INVALID;
	if (t->tenths >= 0 && t->tenths != tenths)
		return err_set(e, ST_INVALID, N_("%lld of %lld are %s %%: the percentage says otherwise"),
			       (long long)t->n, (long long)t->base, tenths_of(out->counts, text));
	return ST_OK;
}

/* Once people are drawn its segments are known: a name that is none of them would be kept, and never shown. */
static enum st past_segment(struct req *rq, const struct voice_study *s, const char *name)
{
	struct voice_segment k[CROSS_SEGMENTS_MAX];
	int n = 0;
	if (!*name || s->state < STUDY_DRAWN)
		return ST_OK;
	if (voice_segments(rq, s->id, k, &n))
		return rq->err.code;
	for (int i = 0; i < n; i++)
		if (!strcmp(k[i].name, name))
			return ST_OK;
	return err_set(&rq->err, ST_NOTFOUND, N_("%.60s is no group or segment of %s"), name, s->name);
}

static enum st past_fact(struct req *rq, const struct voice_study *s, const char *verb, const char *item,
			 const char *segment)
{
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_obj(&w, NULL);
	j_str(&w, "item", item);
	j_str(&w, "segment", segment);
	j_end(&w);
	return voice_fact(rq, s->name, verb, buf_cstr(&b));
}

enum st voice_past_set(struct req *rq, void *past_set)
{
	const struct voice_past_set *a = past_set;
	const struct voice_past *p = &a->past;
	struct voice_study s;
	struct questionnaire q;
	int tenths;
	if (voice_study_in(rq, a->study, ~(1u << STUDY_PUBLISHED), &s) ||
	    voice_questionnaire(rq, s.questionnaire, s.version, &q))
		return rq->err.code;
	if (questionnaire_item(&q, p->item, strlen(p->item)) < 0)
		return err_set(&rq->err, ST_NOTFOUND, N_("%s has no item %.60s"), q.name, p->item);
	if (!text_one_line(p->label, VOICE_LABEL_MAX))
		return err_set(&rq->err, ST_INVALID, N_("where a figure is from is one line of at most %d bytes"),
			       VOICE_LABEL_MAX);
	if (past_segment(rq, &s, p->segment) || (p->past.counts.base && count_share(p->past.counts, &tenths, &rq->err)))
		return rq->err.code;
	if (sql_run(rq,
		    "INSERT INTO voice_past(study, item, segment, label, n, base, tenths) VALUES($1, $2, $3, $4, $5, "
		    "$6, $7)"
		    " ON CONFLICT(study, item, segment) DO UPDATE SET label = excluded.label, n = excluded.n, base ="
		    " excluded.base, tenths = excluded.tenths",
		    V(s.id), V(p->item), V(p->segment), V(p->label), V(p->past.counts.n), V(p->past.counts.base),
		    V(p->past.tenths)))
		return rq->err.code;
	return past_fact(rq, &s, "past-figure-set", p->item, p->segment);
}

enum st voice_past_drop(struct req *rq, void *past_drop)
{
	const struct voice_past_drop *a = past_drop;
	struct voice_study s;
	int64_t gone = 0;
	if (voice_study_in(rq, a->study, ~(1u << STUDY_PUBLISHED), &s) ||
	    sql_run_count(rq, &gone, "DELETE FROM voice_past WHERE study = $1 AND item = $2 AND segment = $3", V(s.id),
			  V(a->item), V(a->segment)))
		return rq->err.code;
	if (!gone)
		return err_set(&rq->err, ST_NOTFOUND, N_("there is no figure of last time of %.60s"), a->item);
	return past_fact(rq, &s, "past-figure-removed", a->item, a->segment);
}

enum st voice_pasts(struct req *rq, const struct voice_study *s, struct voice_past *out, int max, int *n)
{
	struct rows r;
	*n = 0;
	if (voice_may_see(rq, s) ||
	    sql_query(rq, &r,
		      "SELECT item, segment, label, n, base, tenths FROM voice_past WHERE study = $1 ORDER BY item, "
		      "segment",
		      V(s->id)))
		return rq->err.code;
	while (*n < max && rows_next(&r))
		out[(*n)++] = (struct voice_past){ rows_dup(&r, 0),
						   rows_dup(&r, 1),
						   rows_dup(&r, 2),
						   { { rows_int(&r, 3), rows_int(&r, 4) }, (int)rows_int(&r, 5) } };
	return rows_end(&r);
}
