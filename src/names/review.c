/* Who may register at a place that is not open to everybody: one decision about a holder and a place, made on papers
 * that are kept, and asked again for the holder's next name there. */
#include <string.h>
#include "base/clock.h"
#include "names/registrant.h"
#include "names/registry_int.h"
#include "who/permit.h"
#include "work/task.h"

enum { ASKED, APPROVED, REFUSED };

static bool reviewed(enum eligibility who)
{
	return who == ELIGIBLE_REVIEW || who == ELIGIBLE_LICENCE;
}

/* ── what a create asks ── */

static enum st email_verified(struct req *rq, const char *contact, bool *yes)
{
	int64_t at = 0;
	enum st st = sql_number(rq, &at, "SELECT verified_at FROM registry_contact WHERE handle = $1", V(contact));
	if (st == ST_NOTFOUND)
		err_clear(&rq->err); /* the links will say so */
	*yes = at != 0;
	return st == ST_NOTFOUND ? ST_OK : st;
}

enum st review_need(struct req *rq, const struct placed *at, const char *registrant, bool *pending, struct outcome *why)
{
	int64_t state = ASKED;
	bool verified = true;
	*pending = false;
	if (!registry_actor(rq))
		return ST_OK;
	if (at->who == ELIGIBLE_EMAIL) {
		if (email_verified(rq, registrant, &verified))
			return rq->err.code;
		*pending = !verified;
	}
	if (!reviewed(at->who))
		return ST_OK;
	enum st st = sql_number(rq, &state,
				"SELECT r.state FROM registry_review r JOIN registry_contact c ON c.id = r.contact"
				" WHERE c.handle = $1 AND r.place = $2",
				V(registrant), V(at->under));
	if (st == ST_NOTFOUND)
		err_clear(&rq->err);
	else if (st)
		return st;
	if (state == REFUSED)
		return refuse(rq, why, R_POLICY, "registrant", registrant, N_("this registrant was refused at %.60s"),
			      at->under);
	*pending = state == ASKED;
	return ST_OK;
}

static enum st contact_id(struct req *rq, const char *handle, int64_t *id)
{
	struct linked c;
	enum st st = contact_find(rq, handle, &c);
	*id = c.id;
	return st;
}

enum st review_ask(struct req *rq, const struct placed *at, const struct dom *d)
{
	int64_t task = 0, contact;
	if (!reviewed(at->who))
		return registrant_check(rq, at->policy, d->d.c.id, d->d.registrant);
	char *text = arena_printf(rq->mem, "May registrant %.40s register at %.60s? First name: %.150s",
				  d->d.registrant, at->under, d->d.name);
	if (contact_id(rq, d->d.registrant, &contact) ||
	    task_add(rq, "eligibility", arena_printf(rq->mem, "registrant:%s", d->d.registrant), text, &task))
		return rq->err.code;
	return sql_run(rq,
		       "INSERT INTO registry_review(contact, place, state, task, asked_at, decided_at)"
		       " VALUES($1, $2, 0, $3, $4, 0) ON CONFLICT(contact, place) DO NOTHING",
		       V(contact), V(at->under), V(task), V(clock_now()));
}

/* ── papers ── */

enum st review_paper(struct req *rq, const char *contact, const char *place, const char *sha256, const char *title)
{
	int64_t id, n = 0;
	if (strlen(sha256) != 64 || strspn(sha256, "0123456789abcdef") != 64)
		return err_set(&rq->err, ST_INVALID, "a paper is named by the 64 hexadecimal digits of its SHA-256");
	if (contact_id(rq, contact, &id) ||
	    sql_run_count(rq, &n,
			  "INSERT INTO registry_paper(contact, place, sha256, title, added_at, added_by)"
			  " VALUES($1, $2, $3, $4, $5, $6) ON CONFLICT(contact, place, sha256) DO NOTHING",
			  V(id), V(place), V(sha256), V(title), V(clock_now()), V(rq->who->id)))
		return rq->err.code;
	char *said = arena_printf(rq->mem, "{\"place\":\"%s\",\"sha256\":\"%s\"}", place, sha256);
	return n ? journal_append(rq, &(struct fact){ "names", contact, "paper-added", said, 0 }) : ST_OK;
}

/* ── the decision ── */

enum { PENDING_PAGE = 100 };

static enum st pending_of(struct req *rq, int64_t contact, const char *place, int64_t after, int64_t out[PENDING_PAGE],
			  int *n)
{
	struct rows r;
	*n = 0;
	if (sql_query(rq, &r,
		      "SELECT d.id FROM registry_domain_contact dc JOIN registry_domain d ON d.id = dc.domain"
		      " WHERE dc.contact = $1 AND dc.type = 'r' AND d.life = $3 AND ($2 = '' OR d.place = $2)"
		      " AND d.id > $4 ORDER BY d.id LIMIT 100",
		      V(contact), V(place), V(LIFE_PENDING_CREATE), V(after)))
		return rq->err.code;
	while (*n < PENDING_PAGE && rows_next(&r))
		out[(*n)++] = rows_int(&r, 0);
	return rows_end(&r);
}

static enum st decide_one(struct req *rq, int64_t id, bool email_only, enum event e)
{
	struct dom d;
	struct placed at;
	if (dom_lock_id(rq, id, &d) || dom_links(rq, &d) || policy_place(rq, d.d.name, 0, &at))
		return rq->err.code;
	if (email_only && at.who != ELIGIBLE_EMAIL)
		return ST_OK;
	return life_do(rq, at.policy, &d, e, clock_now());
}

static enum st decide_all(struct req *rq, int64_t contact, const char *place, bool email_only, enum event e)
{
	int64_t id[PENDING_PAGE], after = 0;
	int n;
	do {
		if (pending_of(rq, contact, place, after, id, &n))
			return rq->err.code;
		for (int i = 0; i < n; i++)
			if (decide_one(rq, id[i], email_only, e))
				return rq->err.code;
		after = n ? id[n - 1] : 0;
	} while (n == PENDING_PAGE);
	return ST_OK;
}

static enum st task_end(struct req *rq, int64_t task)
{
	enum st st = task ? task_done(rq, task) : ST_OK;
	if (st == ST_NOTFOUND) /* somebody has ticked it off already */
		err_clear(&rq->err);
	return st == ST_NOTFOUND ? ST_OK : st;
}

enum st review_decide(struct req *rq, const char *contact, const char *place, bool approve, const char *reason)
{
	int64_t id, task;
	if (registry_actor(rq))
		return err_set(&rq->err, ST_DENIED, N_("only the registry decides who may register at %.60s"), place);
	if (permit(rq, MAY_REVIEW))
		return rq->err.code;
	if (contact_id(rq, contact, &id))
		return rq->err.code;
	if (sql_number(
		    rq, &task,
		    "INSERT INTO registry_review(contact, place, state, task, asked_at, decided_at, decided_by, reason)"
		    " VALUES($1, $2, $3, 0, $4, $4, $5, $6) ON CONFLICT(contact, place) DO UPDATE SET state = "
		    "excluded.state,"
		    " decided_at = excluded.decided_at, decided_by = excluded.decided_by, reason = excluded.reason"
		    " RETURNING task",
		    V(id), V(place), V(approve ? APPROVED : REFUSED), V(clock_now()), V(rq->who->id), V(reason)))
		return rq->err.code;
	char *said = arena_printf(rq->mem, "{\"place\":\"%s\",\"approved\":%s}", place, approve ? "true" : "false");
	if (task_end(rq, task) ||
	    journal_append(rq, &(struct fact){ "names", contact, "registrant-reviewed", said, 0 }))
		return rq->err.code;
	return decide_all(rq, id, place, false, approve ? EV_APPROVE : EV_REFUSE);
}

enum st review_email_ok(struct req *rq, const char *contact)
{
	int64_t id;
	if (contact_id(rq, contact, &id) || contact_verified(rq, contact, NULL))
		return rq->err.code;
	return decide_all(rq, id, "", true, EV_APPROVE);
}

enum st review_list(struct req *rq, bool open_only, struct review *out, int max, int *n)
{
#define REVIEWS                                                                                                        \
	"SELECT c.handle, r.place, r.decided_by, r.reason, r.state, r.task, r.asked_at, r.decided_at FROM "            \
	"registry_review r JOIN registry_contact c ON c.id = r.contact "
	struct rows r;
	*n = 0;
	if (open_only ? sql_query(rq, &r, REVIEWS "WHERE r.state = 0 ORDER BY r.id LIMIT $1", V(max))
		      : sql_query(rq, &r, REVIEWS "ORDER BY r.id LIMIT $1", V(max)))
		return rq->err.code;
	while (*n < max && rows_next(&r))
		out[(*n)++] =
			(struct review){ rows_dup(&r, 0),      rows_dup(&r, 1), rows_dup(&r, 2), rows_dup(&r, 3),
					 (int)rows_int(&r, 4), rows_int(&r, 5), rows_int(&r, 6), rows_int(&r, 7) };
	return rows_end(&r);
}
