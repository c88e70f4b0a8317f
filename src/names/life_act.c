/* Time's events made facts, and the preview of them. */
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/text.h"
#include "names/registry_int.h"

enum { STEPS_AT_ONCE = 32 };

static const char *const verbs[EVENTS] = {
	[EV_APPROVE] = "domain-approved",  [EV_REFUSE] = "domain-refused",
	[EV_SUSPEND] = "domain-suspended", [EV_AUTORENEW] = "domain-auto-renewed",
	[EV_RENEW] = "domain-renewed",	   [EV_RELEASE] = "domain-released",
	[EV_CANCEL] = "domain-deleted",	   [EV_DELETE] = "domain-deleted",
	[EV_RESTORE] = "domain-restored",  [EV_LAPSE] = "domain-redemption-ended",
	[EV_DROP] = "domain-dropped",	   [EV_TRANSFER] = "domain-transfer-approved",
	[EV_REPORT] = "domain-restored",   [EV_OVERDUE] = "domain-restore-lapsed",
};

/* "clTRID/svTRID" of the command that made it. */
static enum st frame_of(struct req *rq, const struct dom *d, char **cltrid, char **svtrid)
{
	struct rows r;
	if (sql_query(rq, &r,
		      "SELECT frame FROM registry_history WHERE kind = 'domain' AND object = $1 ORDER BY id LIMIT 1",
		      V(d->d.c.id)))
		return rq->err.code;
	char *frame = rows_next(&r) ? rows_dup(&r, 0) : NULL, *slash = frame ? strrchr(frame, '/') : NULL;
	*svtrid = slash ? slash + 1 : NULL;
	*cltrid = slash && slash != frame ? frame : NULL;
	if (slash)
		*slash = 0;
	return rows_end(&r);
}

/* RFC 5731 §3.3: what became of a name that was pending. */
static enum st pan(struct req *rq, const struct dom *d, bool ok)
{
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	char *cltrid = NULL, *svtrid = NULL;
	if (frame_of(rq, d, &cltrid, &svtrid))
		return rq->err.code;
	j_obj(&w, NULL);
	j_bool(&w, "result", ok);
	if (cltrid)
		j_str(&w, "cltrid", cltrid);
	if (svtrid)
		j_str(&w, "svtrid", svtrid);
	j_time(&w, "at", clock_now());
	j_end(&w);
	char *text = arena_printf(rq->mem, "%s %s", d->d.name, ok ? "was let through" : "was refused");
	return poll_add(rq, d->d.c.sponsor, "domain-pending", d->d.name, text, buf_cstr(&b));
}

/* What goes with an event beside the state. EV_AUTORENEW without money becomes EV_SUSPEND: nobody's name is dropped for
 * it at once. */
static enum st money(struct req *rq, const struct policy *p, struct dom *d, enum event *e, int64_t at)
{
	int64_t now = clock_now();
	if (*e == EV_AUTORENEW) {
		int64_t until = at + p->grace[GRACE_AUTORENEW];
		enum st st = bill(rq, d, p, d->d.c.sponsor, "renew", 1, GRACE_AUTORENEW, until, NULL);
		if (st != ST_LIMIT)
			return st;
		err_clear(&rq->err);
		*e = EV_SUSPEND;
	}
	if (*e == EV_REFUSE)
		return refund(rq, d, 1u << GRACE_ADD, GRACE_ALL, now, "refused", NULL) || pan(rq, d, false)
			       ? rq->err.code
			       : ST_OK;
	if (*e == EV_APPROVE) {
		d->d.grace_until[GRACE_ADD] = now + p->grace[GRACE_ADD];
		return paid_until(rq, d, GRACE_ADD, d->d.grace_until[GRACE_ADD]) || pan(rq, d, true) ? rq->err.code
												     : ST_OK;
	}
	return ST_OK;
}

enum st life_do(struct req *rq, const struct policy *p, struct dom *d, enum event e, int64_t at)
{
	struct dom *before = dom_copy(rq->mem, d);
	if (e == EV_OVERDUE)
		d->reason = "no restore report came in time";
	if (money(rq, p, d, &e, at))
		return rq->err.code;
	if (e == EV_TRANSFER && transfer_end(rq, p, d, TRANSFER_SERVER_APPROVED))
		return rq->err.code;
	if (!life_apply(p, d, e, at))
		return err_set(&rq->err, ST_CONFLICT, "%s is %s: it can't %s", d->d.name, life_name(d->life),
			       event_name(e));
	bool leaving = d->life != LIFE_ACTIVE && d->life != LIFE_SUSPENDED;
	if (leaving && d->d.transfer.state == TRANSFER_PENDING && transfer_end(rq, p, d, TRANSFER_SERVER_CANCELLED))
		return rq->err.code;
	return dom_changed(rq, before, d, p, verbs[e]);
}

/* ── the scheduler's row: everything of one name that has fallen due ── */

static enum st life_fire(struct req *rq, const char *subject)
{
	struct dom d;
	const struct policy *p;
	int64_t id = strtoll(subject, NULL, 10);
	enum st st = dom_lock_id(rq, id, &d);
	if (st == ST_NOTFOUND)
		return err_clear(&rq->err), ST_OK;
	if (st || dom_links(rq, &d) || policy_of(rq, d.d.zone, 0, &p))
		return rq->err.code;
	for (int i = 0; i < STEPS_AT_ONCE && d.life != LIFE_GONE; i++) {
		struct life_event e = life_next(p, &d);
		if (!e.event || e.at > clock_now())
			return i ? ST_OK : life_due(rq, p, &d); /* the policy was changed since: later, then */
		if (life_do(rq, p, &d, e.event, e.at))
			return rq->err.code;
	}
	return ST_OK;
}

const struct due_kind registry_due_kinds[] = { { "domain", life_fire },
					       { CONTACT_TRANSFER_DUE, contact_transfer_due },
					       { RELOCK_DUE, relock_due } };
const int registry_due_count = sizeof registry_due_kinds / sizeof *registry_due_kinds;

/* ── the preview: the same steps on the same table, in memory ── */

struct preview {
	const char *zone;
	int64_t until, total;
	struct life_step *out;
	int max, n;
	const struct policy *policy;
};

/* Keeps the earliest, in order of time. */
static void step_add(struct arena *mem, struct preview *v, const struct life_step *s)
{
	v->total++;
	if (v->n == v->max && (!v->max || v->out[v->n - 1].at <= s->at))
		return;
	int i = v->n < v->max ? v->n++ : v->max - 1;
	for (; i > 0 && v->out[i - 1].at > s->at; i--)
		v->out[i] = v->out[i - 1];
	v->out[i] = *s;
	v->out[i].name = arena_strdup(mem, s->name);
}

/* A transfer that time approves, without its money: the dates are what is asked for. */
static void transfer_pretend(const struct policy *p, struct dom *d)
{
	d->d.transfer.state = TRANSFER_SERVER_APPROVED;
	if (d->d.transfer.years)
		d->d.expires_at = time_add_years(d->d.expires_at, d->d.transfer.years);
	(void)p;
}

static void preview_one(struct arena *mem, struct preview *v, struct dom *d)
{
	for (int i = 0; i < STEPS_AT_ONCE; i++) {
		struct life_event e = life_next(v->policy, d);
		struct life_step s = {
			.name = d->d.name, .event = event_name(e.event), .at = e.at, .from = life_name(d->life)
		};
		if (!e.event || e.at > v->until)
			return;
		if (e.event == EV_TRANSFER)
			transfer_pretend(v->policy, d);
		if (!life_apply(v->policy, d, e.event, e.at))
			return;
		s.to = life_name(d->life);
		step_add(mem, v, &s);
		if (d->life == LIFE_GONE)
			return;
	}
}

enum { PAGE = 500 };

static enum st page_walk(struct req *rq, struct arena *keep, struct preview *v, char *const *subject, int n)
{
	struct dom d;
	for (int i = 0; i < n; i++) {
		enum st st = dom_by_id(rq, strtoll(subject[i], NULL, 10), &d);
		if (st == ST_NOTFOUND) {
			err_clear(&rq->err);
			continue;
		}
		if (st)
			return st;
		if (v->zone && strcmp(v->zone, d.d.zone))
			continue;
		if ((!v->policy || strcmp(v->policy->zone, d.d.zone)) && policy_of(rq, d.d.zone, 0, &v->policy))
			return rq->err.code;
		preview_one(keep, v, &d);
	}
	return ST_OK;
}

enum st lifecycle_preview(struct req *rq, const char *zone, int64_t until, struct life_step *out, int max, int *n,
			  int64_t *total)
{
	struct preview v = { .zone = zone, .until = until, .out = out, .max = max };
	struct arena *keep = rq->mem, *mem = arena_new((size_t)4 << 20);
	char *subject[PAGE], last[32] = "";
	int k = 0;
	enum st st = ST_OK;
	rq->mem = mem; /* a page's rows are forgotten with it: five million names fit */
	do {
		st = due_page(rq, "domain", last, until, subject, PAGE, &k);
		if (!st && k && strlen(subject[k - 1]) < sizeof last)
			memcpy(last, subject[k - 1], strlen(subject[k - 1]) + 1);
		st = st ? st : page_walk(rq, keep, &v, subject, k);
		arena_reset(mem);
	} while (!st && k == PAGE);
	rq->mem = keep;
	arena_free(mem);
	*n = v.n;
	*total = v.total;
	return st;
}
