/* The timeline: the entries of a case that its reader is told, and what is expected. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "desk/desk_move.h"
#include "desk/desk_ladder.h"

enum { STEPS_MAX = 400, ENTRIES_MAX = 20000 };
#define ENTRIES_CAP ((size_t)48 << 20)

int64_t desk_payload_int(struct arena *mem, const struct entry *e, const char *key)
{
	int64_t v = 0;
	const struct json *o = e->payload && *e->payload ? json_parse(mem, e->payload, strlen(e->payload), NULL) : NULL;
	json_int(json_get(o, key), &v);
	return v;
}

static const char *const expected[] = {
	N_("A reminder to %s"),
	N_("Nobody acted after %s was told: the case is referred"),
	N_("Nobody acted after %s was told: we decide what to do"),
	N_("On hold: what follows when %s does not answer"),
	N_("An answer from %s, or we tell the next in line"),
	N_("An answer from %s, or we decide what to do"),
};

static void expect(struct req *rq, struct case_view *v, const struct case_notice *n, const char *text, int64_t at,
		   enum lang l)
{
	if (v->nsteps < STEPS_MAX)
		v->step[v->nsteps++] = (struct case_step){
			.at = at,
			.state = "next",
			.text = arena_printf(rq->mem, tr(l, text), desk_party(rq->mem, l, n->role, n->party)),
		};
}

/* What comes if nobody does anything: at most the end of the wait and the reminder before it. */
static void add_expected(struct req *rq, struct case_view *v, enum lang l)
{
	for (int i = v->nnotices - 1; i >= 0 && v->state != CASE_CLOSED && v->state != CASE_VERIFIED; i--) {
		const struct case_notice *n = &v->notice[i];
		bool sent = n->state == NOTICE_SENT, chain = true;
		const char *then = n->then ? n->then : "";
		if (n->held) {
			expect(rq, v, n, expected[3], 0, l);
			continue;
		}
		if (sent && (!strcmp(then, "referral") || !strcmp(then, "task")))
			chain = false;
		if (sent && n->due_at)
			expect(rq, v, n, expected[chain ? 4 : 5], n->due_at, l);
		if (sent && !strcmp(then, "remind"))
			expect(rq, v, n, expected[0], n->then_at, l);
		if (n->state == NOTICE_SILENT && *then)
			expect(rq, v, n, expected[strcmp(then, "referral") ? 2 : 1], n->then_at, l);
	}
}

/* Another reporter's filing is most of what a much-reported case has; it is told apart without being parsed. */
static bool foreign(const struct entry *e, int64_t report)
{
	char mine[48];
	if (!report || strcmp(e->verb, "report-filed") != 0)
		return false;
	snprintf(mine, sizeof mine, "{\"report\":%lld,", (long long)report);
	return strncmp(e->payload, mine, strlen(mine)) != 0;
}

/* Two facts of one moment can be the same news (two notices approved at once are one check). */
static bool said_already(const struct case_view *v, const struct case_step *s)
{
	const struct case_step *last = v->nsteps ? &v->step[v->nsteps - 1] : NULL;
	return last && s->text && last->text && !strcmp(last->text, s->text) &&
	       !strcmp(last->more ? last->more : "", s->more ? s->more : "") && last->at - s->at < 60 * USEC;
}

static enum st read_about(struct req *own, const char *number, struct entry **list, int *n)
{
	for (int max = 200;; max *= 10) {
		*list = arena_array(own->mem, struct entry, max);
		if (journal_about(own, number, max, *list, n))
			return own->err.code;
		if (*n < max || max >= ENTRIES_MAX)
			return ST_OK;
	}
}

static int by_seq(const void *a, const void *b)
{
	int64_t x = ((const struct entry *)a)->seq, y = ((const struct entry *)b)->seq;
	return (x > y) - (x < y);
}

/* Of the case and of those that rows came from or went to, in the order of the journal. */
static enum st read_trail(struct req *own, const struct trail *t, struct entry **list, int *n)
{
	if (read_about(own, t->number[0], list, n))
		return own->err.code;
	for (int i = 1; i < t->n && *n < ENTRIES_MAX; i++) {
		struct entry *more = NULL;
		int k = 0;
		if (read_about(own, t->number[i], &more, &k))
			return own->err.code;
		struct entry *both = arena_array(own->mem, struct entry, *n + k + 1);
		memcpy(both, *list, sizeof *both * (size_t)*n);
		memcpy(both + *n, more, sizeof *both * (size_t)k);
		*list = both;
		*n += k;
	}
	if (t->n > 1)
		qsort(*list, (size_t)*n, sizeof **list, by_seq);
	return ST_OK;
}

/* Newest first; the newest that happened is "now" while the case is open. Entries are read into a region of their own.
 */
static enum st tell_all(struct req *rq, struct req *own, struct case_view *v, const struct step_args *a)
{
	struct entry *list = NULL;
	int n = 0;
	if (read_trail(own, a->trail, &list, &n)) {
		rq->err = own->err;
		return rq->err.code;
	}
	bool first = true;
	for (int i = n - 1; i >= 0 && v->nsteps < STEPS_MAX; i--) {
		struct case_step s;
		if (foreign(&list[i], a->report) || !desk_step_of(a, &list[i], &s) || said_already(v, &s))
			continue;
		if (first && v->state != CASE_CLOSED && strcmp(s.state, "done") == 0)
			s.state = "now";
		first = false;
		v->step[v->nsteps++] = s;
	}
	return ST_OK;
}

enum st desk_case_steps(struct req *rq, struct case_view *v, enum audience who, int64_t report, enum lang l)
{
	struct trail trail;
	if (desk_trail(rq, v->id, v->number, report, &trail))
		return rq->err.code;
	struct req own = { .mem = arena_new(ENTRIES_CAP), .db = rq->db, .who = rq->who };
	struct step_args a = { rq, v, who, report, l, &trail };
	v->step = arena_array(rq->mem, struct case_step, STEPS_MAX);
	add_expected(rq, v, l);
	enum st st = tell_all(rq, &own, v, &a);
	arena_free(own.mem);
	return st;
}
