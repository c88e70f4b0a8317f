/* exclude.c — who is not asked, whatever group finds them. */
#include <stdlib.h>
#include <string.h>
#include "voice/voice_int.h"

struct excluding {
	struct req *rq;
	struct arena *mem; /* of its own: a list may be large */
	struct voice_study s;
	const char **old, **given; /* what is there, what comes, both in key order */
	int64_t nold, ngiven;
};

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static enum st old_read(struct excluding *x)
{
	struct rows r;
	int64_t n = 0;
	if (sql_number(x->rq, &n, "SELECT count(*) FROM voice_exclude WHERE study = $1", V(x->s.id)))
		return x->rq->err.code;
	if (n + x->ngiven > 2 * (int64_t)VOICE_CANDIDATES_MAX)
		return err_set(&x->rq->err, ST_LIMIT, N_("more than %d addresses"), 2 * VOICE_CANDIDATES_MAX);
	x->old = arena_array(x->mem, const char *, n + 1);
	if (sql_query(x->rq, &r, "SELECT email FROM voice_exclude WHERE study = $1", V(x->s.id)))
		return x->rq->err.code;
	while (x->nold < n && rows_next(&r))
		x->old[x->nold++] = arena_strdup(x->mem, rows_text(&r, 0));
	qsort(x->old, (size_t)x->nold, sizeof *x->old, by_text);
	return rows_end(&r);
}

/* Each once, and not what is there already. */
static enum st new_write(struct excluding *x)
{
	struct bulk *b = bulk_open(x->rq, "voice_exclude", "study, email", 2);
	enum st st = ST_OK;
	if (!b)
		return x->rq->err.code;
	for (int64_t i = 0, at = 0; i < x->ngiven && !st; i++) {
		const char *email = x->given[i];
		while (at < x->nold && strcmp(x->old[at], email) < 0)
			at++;
		bool there = (at < x->nold && !strcmp(x->old[at], email)) || (i && !strcmp(x->given[i - 1], email));
		if (!there)
			st = bulk_row(b, (const struct val[]){ V(x->s.id), V(email) });
	}
	return bulk_close(b) || st ? x->rq->err.code : ST_OK;
}

enum st voice_exclude(struct req *rq, void *exclude)
{
	const struct voice_exclude *a = exclude;
	struct excluding x = { .rq = rq, .ngiven = a->n };
	if (voice_study_in(rq, a->study, 1u << STUDY_DRAFT | 1u << STUDY_DRAWN, &x.s))
		return rq->err.code;
	x.mem = arena_new((size_t)1 << 30);
	x.given = arena_array(x.mem, const char *, a->n + 1);
	if (a->n)
		memcpy(x.given, a->email, sizeof *x.given * (size_t)a->n);
	qsort(x.given, (size_t)a->n, sizeof *x.given, by_text);
	enum st st = old_read(&x) ? rq->err.code : new_write(&x);
	arena_free(x.mem);
	return st ? st
		  : voice_fact(rq, x.s.name, "addresses-excluded",
			       arena_printf(rq->mem, "{\"addresses\":%lld}", (long long)a->n));
}

enum st voice_excluded(struct req *rq, const struct voice_study *s, int64_t *n, int64_t *drawn)
{
	if (voice_may_see(rq, s) ||
	    sql_number(rq, n, "SELECT count(*) FROM voice_exclude WHERE study = $1", V(s->id)) ||
	    sql_number(rq, drawn,
		       "SELECT count(*) FROM voice_invite i JOIN voice_exclude x ON x.study = i.study AND x.email ="
		       " i.email WHERE i.study = $1",
		       V(s->id)))
		return rq->err.code;
	return ST_OK;
}
