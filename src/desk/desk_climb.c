/* One notice on its ladder: where it stands, when its next rung comes, and what that rung does. */
#include <string.h>
#include "base/clock.h"
#include "desk/desk_int.h"
#include "desk/desk_ladder.h"
#include "work/calendar.h"
#include "work/due.h"

static const char *due_of(struct req *rq, int64_t notice)
{
	return arena_printf(rq->mem, "%lld", (long long)notice);
}

static int party_of(enum rung_what w)
{
	return w == RUNG_SPONSOR     ? LINK_SPONSOR
	       : w == RUNG_UPSTREAM  ? LINK_UPSTREAM
	       : w == RUNG_AUTHORITY ? LINK_AUTHORITY
				     : -1;
}

/* From `from` on, the first rung that is for a notice to this role; -1: none. */
static int next_rung(const struct ladder *l, int from, enum link_role role)
{
	for (int i = from; i < l->n; i++) {
		int party = party_of(l->rung[i].what);
		if (party < 0 || party > (int)role)
			return i;
	}
	return -1;
}

/* Whoever is told as the sponsor begins behind the rung that told the sponsor. */
static int first_rung(const struct ladder *l, enum link_role role)
{
	int from = 0;
	for (int i = 0; i < l->n; i++) {
		int party = party_of(l->rung[i].what);
		if (party >= 0 && party <= (int)role)
			from = i + 1;
	}
	return next_rung(l, from, role);
}

static int first_without_party(const struct ladder *l, int from)
{
	for (int i = from; i < l->n; i++)
		if (party_of(l->rung[i].what) < 0 && l->rung[i].what != RUNG_REMIND)
			return i;
	return -1;
}

/* ── hours ── */

enum { CALENDAR_MEM = 4 << 20 };

/* A calendar without enough working hours would let a step wait for ever: then all hours count. */
enum reckoning { RECKON_ADD, RECKON_BETWEEN };

/* The calendar is as long as its holidays are many, and is asked for each rung: it gets memory of its own. */
static int64_t reckon(struct req *rq, enum reckoning how, int64_t from, int64_t x)
{
	struct req own = *rq;
	struct calendar c;
	int64_t found = TIME_NONE;
	own.mem = arena_new(CALENDAR_MEM);
	err_clear(&own.err);
	enum st st = calendar_load(&own, CALENDAR_SITE, desk_the_site()->zone, &c);
	if (!st)
		found = how == RECKON_ADD ? calendar_add(&c, from, x) : calendar_between(&c, from, x);
	if (st && st != ST_NOTFOUND)
		rq->err = own.err;
	arena_free(own.mem);
	return found;
}

static int64_t later(struct req *rq, int64_t from, int64_t usec, bool working)
{
	int64_t at = working ? reckon(rq, RECKON_ADD, from, (usec + USEC - 1) / USEC) : TIME_NONE;
	return at == TIME_NONE ? from + usec : at;
}

static int64_t remaining(struct req *rq, int64_t from, int64_t to, bool working)
{
	if (to <= from)
		return 0;
	int64_t left = working ? reckon(rq, RECKON_BETWEEN, from, to) : TIME_NONE;
	return left == TIME_NONE ? to - from : left;
}

static int64_t rung_at(struct req *rq, const struct rung *r, int64_t from)
{
	return later(rq, from, r->hours * 3600 * USEC, r->working);
}

int desk_climb_plan(struct req *rq, const struct climb *c, enum link_role role, int64_t at[RUNGS_MAX])
{
	int n = 0;
	if (c->next < 0)
		return 0;
	int64_t t = c->held ? later(rq, clock_now(), c->left, c->ladder.rung[c->next].working) : c->at;
	at[n++] = t;
	for (int i = c->next + 1; i < c->ladder.n; i++) {
		bool applies = next_rung(&c->ladder, i, role) == i;
		if (applies)
			t = rung_at(rq, &c->ladder.rung[i], t);
		at[n++] = applies ? t : -1;
	}
	return n;
}

/* When the party is no longer waited for: the first rung that does more than remind. 0: never. */
static int64_t deadline_of(struct req *rq, const struct climb *c, enum link_role role)
{
	int64_t at[RUNGS_MAX];
	int n = c->held ? 0 : desk_climb_plan(rq, c, role, at);
	for (int i = 0; i < n; i++)
		if (at[i] >= 0 && c->ladder.rung[c->next + i].what != RUNG_REMIND)
			return at[i];
	return 0;
}

/* ── rows ── */

enum st desk_climb_get(struct req *rq, int64_t notice, struct climb *out)
{
	struct rows r;
	char *class_id = NULL, *severity = NULL;
	int64_t from = 0;
	*out = (struct climb){ .notice = notice };
	if (sql_query(
		    rq, &r,
		    "SELECT class, severity, valid_from, done, next, at, left_usec, paused_until, held FROM desk_climb "
		    "WHERE notice_id = $1",
		    V(notice)))
		return rq->err.code;
	bool found = rows_next(&r);
	if (found) {
		class_id = rows_dup(&r, 0);
		severity = rows_dup(&r, 1);
		from = rows_int(&r, 2);
		out->done = (int)rows_int(&r, 3);
		out->next = (int)rows_int(&r, 4);
		out->at = rows_int(&r, 5);
		out->left = rows_int(&r, 6);
		out->paused_until = rows_int(&r, 7);
		out->held = rows_int(&r, 8) != 0;
	}
	if (rows_end(&r))
		return rq->err.code;
	if (!found)
		return err_set(&rq->err, ST_NOTFOUND, N_("this notice is on no ladder"));
	if (desk_ladder_version(rq, class_id, severity, from, &out->ladder))
		return rq->err.code;
	if (out->next >= out->ladder.n)
		out->next = -1;
	return ST_OK;
}

static enum st save(struct req *rq, const struct climb *c)
{
	if (sql_run(rq,
		    "INSERT INTO desk_climb(notice_id, class, severity, valid_from, done, next, at, left_usec, "
		    "paused_until, held) VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (notice_id) DO "
		    "UPDATE SET done = excluded.done, next = excluded.next, at = excluded.at, left_usec = "
		    "excluded.left_usec, paused_until = excluded.paused_until, held = excluded.held",
		    V(c->notice), V(c->ladder.class_id), V(c->ladder.severity), V(c->ladder.valid_from), V(c->done),
		    V(c->next), V(c->at), V(c->left), V(c->paused_until), V(c->held)))
		return rq->err.code;
	return c->next >= 0 && !c->held ? due_set(rq, "notice-due", due_of(rq, c->notice), c->at)
					: due_cancel(rq, "notice-due", due_of(rq, c->notice));
}

/* What the party and the lists read as its deadline. */
static enum st save_with_deadline(struct req *rq, const struct climb *c, const struct notice_row *n)
{
	if (save(rq, c))
		return rq->err.code;
	return n->state == NOTICE_SENT ? sql_run(rq, "UPDATE desk_notice SET due_at = $2 WHERE id = $1", V(n->id),
						 V(deadline_of(rq, c, n->role)))
				       : ST_OK;
}

static enum st climb_new(struct req *rq, const struct notice_row *n, const struct case_row *k, int64_t from,
			 struct climb *out)
{
	*out = (struct climb){ .notice = n->id };
	if (desk_ladder_of(rq, k->class_id, k->severity, from, &out->ladder))
		return rq->err.code;
	out->next = first_rung(&out->ladder, n->role);
	out->at = out->next >= 0 ? rung_at(rq, &out->ladder.rung[out->next], from) : 0;
	return ST_OK;
}

enum st desk_climb_begin(struct req *rq, struct notice_row *n, const struct case_row *k, int64_t now)
{
	struct climb c;
	n->state = NOTICE_SENT;
	return climb_new(rq, n, k, now, &c) ? rq->err.code : save_with_deadline(rq, &c, n);
}

enum st desk_climb_deadline(struct req *rq, const struct notice_row *n, const struct case_row *k, int64_t from,
			    int64_t *deadline)
{
	struct climb c;
	if (climb_new(rq, n, k, from, &c))
		return rq->err.code;
	*deadline = deadline_of(rq, &c, n->role);
	return ST_OK;
}

enum st desk_climb_view(struct req *rq, struct case_view *v)
{
	struct rows r;
	if (sql_query(rq, &r,
		      "SELECT c.notice_id, c.at, c.held, l.what FROM desk_climb c JOIN desk_notice n ON n.id = "
		      "c.notice_id"
		      " JOIN desk_ladder l ON l.class = c.class AND l.severity = c.severity AND l.valid_from = "
		      "c.valid_from AND l.step = c.next + 1 WHERE n.case_id = $1 ORDER BY c.notice_id",
		      V(v->id)))
		return rq->err.code;
	for (int i = 0; rows_next(&r);) {
		while (i < v->nnotices && v->notice[i].id < rows_int(&r, 0))
			i++;
		if (i == v->nnotices)
			break;
		struct case_notice *n = &v->notice[i];
		if (n->id != rows_int(&r, 0) || (n->state != NOTICE_SENT && n->state != NOTICE_SILENT))
			continue;
		n->then_at = rows_int(&r, 1);
		n->held = rows_int(&r, 2) != 0;
		n->then = rows_dup(&r, 3);
	}
	return rows_end(&r);
}

/* ── waiting longer ── */

static bool none(struct req *rq, enum st st)
{
	if (st == ST_NOTFOUND)
		err_clear(&rq->err);
	return st != ST_OK;
}

/* The time that was left goes on at `until`; a second "need until" does not count the pause as time that passed. Whoever
 * had answered, or answers before the letter's sending is written down, has the whole time of a step from then on. */
enum st desk_climb_pause(struct req *rq, const struct notice_row *n, const struct case_row *k, int64_t until)
{
	struct climb c;
	struct notice_row now = *n;
	enum st st = desk_climb_get(rq, n->id, &c);
	now.state = NOTICE_SENT;
	if (st == ST_NOTFOUND) {
		err_clear(&rq->err);
		return climb_new(rq, n, k, until, &c) ? rq->err.code : save_with_deadline(rq, &c, &now);
	}
	if (st)
		return st;
	if (c.next < 0 && (c.next = next_rung(&c.ladder, c.done, n->role)) >= 0) {
		c.at = rung_at(rq, &c.ladder.rung[c.next], until);
	} else if (c.next >= 0 && !c.held) {
		bool working = c.ladder.rung[c.next].working;
		int64_t from = clock_now() > c.paused_until ? clock_now() : c.paused_until;
		c.at = later(rq, until, remaining(rq, from, c.at, working), working);
	}
	c.paused_until = until;
	return save_with_deadline(rq, &c, &now);
}

enum st desk_climb_wake(struct req *rq, const struct notice_row *n, int64_t soonest)
{
	struct climb c;
	enum st st = desk_climb_get(rq, n->id, &c);
	if (st == ST_NOTFOUND) {
		int64_t due = n->due_at > soonest ? n->due_at : soonest;
		err_clear(&rq->err);
		if (n->state != NOTICE_SENT ||
		    sql_run(rq, "UPDATE desk_notice SET due_at = $2 WHERE id = $1", V(n->id), V(due)))
			return rq->err.code;
		return due_set(rq, "notice-due", due_of(rq, n->id), due);
	}
	if (st || c.next < 0 || c.held)
		return st;
	c.at = c.at > soonest ? c.at : soonest;
	return save_with_deadline(rq, &c, n);
}

enum st desk_climb_end(struct req *rq, int64_t notice)
{
	if (sql_run(rq, "UPDATE desk_climb SET next = -1, at = 0, held = 0 WHERE notice_id = $1", V(notice)))
		return rq->err.code;
	return due_cancel(rq, "notice-due", due_of(rq, notice));
}

/* ── what a rung does ── */

static enum st silence(struct req *rq, struct notice_row *n, const struct case_row *k)
{
	int64_t hours = (clock_now() - n->sent_at) / (3600 * USEC);
	char *payload = arena_printf(rq->mem, "{\"notice\":%lld,\"role\":%d,\"hours\":%lld}", (long long)n->id,
				     (int)n->role, (long long)hours);
	if (n->state != NOTICE_SENT)
		return ST_OK;
	n->state = NOTICE_SILENT;
	if (sql_run(rq, "UPDATE desk_notice SET state = $2, due_at = 0 WHERE id = $1", V(n->id), V(NOTICE_SILENT)))
		return rq->err.code;
	return desk_fact(rq, k->number, "notice-silent", payload, 0);
}

static enum st remind(struct req *rq, const struct notice_row *n, const struct case_row *k)
{
	int64_t digest = 0;
	if (desk_digest_remind(rq, n, k, &digest))
		return rq->err.code;
	char *payload = arena_printf(rq->mem, "{\"notice\":%lld,\"role\":%d,\"digest\":%lld}", (long long)n->id,
				     (int)n->role, (long long)digest);
	return desk_fact(rq, k->number, "notice-reminded", payload, 0);
}

static enum st refer(struct req *rq, const struct notice_row *n, const struct case_row *k, const char *whom)
{
	struct referral f;
	if (none(rq, desk_referral_get(rq, whom, &f)))
		return rq->err.code;
	if (!tlp_allows(k->tlp, TLP_TO_OFFICIAL)) /* a person asks the source, lowers the label and refers it */
		return desk_task(rq, k->number, "refer",
				 N_("Refer the case: its TLP label does not let it go by itself"));
	char *payload = arena_printf(rq->mem, "{\"referral\":\"%s\",\"notice\":%lld,\"letter\":%s}", f.id,
				     (long long)n->id, *f.email ? "true" : "false");
	if (!*f.email && desk_task(rq, k->number, "refer", N_("Refer the case: nobody's address is set for it")))
		return rq->err.code;
	return desk_fact(rq, k->number, "case-referred", payload, 0);
}

/* *nobody: observables with nobody left to tell. */
static enum st do_rung(struct req *rq, struct notice_row *n, const struct case_row *k, const struct rung *r,
		       int *nobody)
{
	*nobody = 0;
	if (r->what == RUNG_REMIND)
		return n->state == NOTICE_SENT ? remind(rq, n, k) : ST_OK;
	if (silence(rq, n, k))
		return rq->err.code;
	if (r->what == RUNG_REFERRAL)
		return refer(rq, n, k, r->whom);
	if (r->what == RUNG_TASK)
		return desk_task(rq, k->number, "nobody-answered", desk_nobody_sentence);
	return desk_notice_behind(rq, n, (enum link_role)(party_of(r->what) - 1), "silent", nobody);
}

/* The next rung counts from when this one was to come, even if nothing ran then: the deadline stands in a letter. */
static enum st step(struct req *rq, struct climb *c, struct notice_row *n, const struct case_row *k, int64_t now)
{
	const struct rung *r = &c->ladder.rung[c->next];
	int nobody;
	if (do_rung(rq, n, k, r, &nobody))
		return rq->err.code;
	c->done = c->next + 1;
	if (party_of(r->what) >= 0) { /* whoever was told climbs on from here */
		c->next = nobody ? first_without_party(&c->ladder, c->done) : -1;
		c->at = now;
		if (nobody && c->next < 0)
			return desk_task(rq, k->number, "nobody-answered", desk_nobody_sentence);
		return ST_OK;
	}
	c->next = next_rung(&c->ladder, c->done, n->role);
	c->at = c->next >= 0 ? rung_at(rq, &c->ladder.rung[c->next], now) : 0;
	return ST_OK;
}

enum st desk_climb_run(struct req *rq, struct climb *c, struct notice_row *n, const struct case_row *k)
{
	int64_t now = clock_now();
	if (c->held || c->at > now) /* brought forward */
		c->at = now;
	c->held = false;
	do {
		if (step(rq, c, n, k, c->at))
			return rq->err.code;
	} while (c->next >= 0 && c->at <= now);
	return save_with_deadline(rq, c, n) ? rq->err.code : desk_case_settle(rq, k->id);
}

enum st desk_climb_due(struct req *rq, struct notice_row *n, const struct case_row *k)
{
	struct climb c;
	enum st st = desk_climb_get(rq, n->id, &c);
	if (st == ST_NOTFOUND) { /* sent before there were ladders */
		err_clear(&rq->err);
		if (n->state != NOTICE_SENT)
			return ST_OK;
		return silence(rq, n, k) || desk_notice_next(rq, n, "silent") ? rq->err.code
									      : desk_case_settle(rq, k->id);
	}
	if (st || c.next < 0 || c.held)
		return st;
	if (c.at > clock_now())
		return due_set(rq, "notice-due", due_of(rq, n->id), c.at);
	return desk_climb_run(rq, &c, n, k);
}

/* Held, or let go on, or moved past its next rung. */
enum st desk_climb_hold(struct req *rq, struct climb *c, const struct notice_row *n)
{
	int64_t from = clock_now() > c->paused_until ? clock_now() : c->paused_until;
	c->left = remaining(rq, from, c->at, c->ladder.rung[c->next].working);
	c->held = true;
	c->at = 0;
	return save_with_deadline(rq, c, n);
}

enum st desk_climb_resume(struct req *rq, struct climb *c, const struct notice_row *n)
{
	c->at = later(rq, clock_now(), c->left, c->ladder.rung[c->next].working);
	c->held = false;
	c->left = 0;
	return save_with_deadline(rq, c, n);
}

enum st desk_climb_skip(struct req *rq, struct climb *c, const struct notice_row *n)
{
	int64_t from = c->held ? later(rq, clock_now(), c->left, c->ladder.rung[c->next].working) : c->at;
	c->done = c->next + 1;
	c->next = next_rung(&c->ladder, c->done, n->role);
	c->at = c->next >= 0 ? rung_at(rq, &c->ladder.rung[c->next], from) : 0;
	c->held = false;
	c->left = 0;
	return save_with_deadline(rq, c, n);
}
