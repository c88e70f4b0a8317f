/* Proposals: rows, and what may become of them. */
#include "desk/desk_proposal.h"
#include <stddef.h>
#include <string.h>
#include "base/clock.h"
#include "desk/desk_int.h"
#include "names/registry.h"
#include "who/permit.h"
#include "work/due.h"

enum { TARGET_MAX = 253, REF_MAX = 200, REASON_MAX = 1000, OPEN_MAX = 20 };

static const char tables[] =
	"CREATE TABLE desk_basis(id TEXT PRIMARY KEY, title TEXT NOT NULL, legal BIGINT NOT NULL, max_days BIGINT NOT "
	"NULL, position BIGINT NOT NULL);"
	"INSERT INTO desk_basis(id, title, legal, max_days, position) VALUES"
	"('court-order', 'Court order', 0, 365, 1),"
	"('statute', 'Article of a statute', 1, 90, 2),"
	"('emergency', 'Emergency clause of the registration terms', 0, 3, 3);"
	"CREATE TABLE desk_proposal(id SERIAL_ID, case_id BIGINT NOT NULL, kind BIGINT NOT NULL, target TEXT NOT NULL,"
	" domain BIGINT NOT NULL, ours BIGINT NOT NULL, basis TEXT NOT NULL, basis_ref TEXT NOT NULL, reason TEXT NOT "
	"NULL, state BIGINT NOT NULL, proposed_by TEXT NOT NULL, proposed_at BIGINT NOT NULL, expires_at BIGINT NOT "
	"NULL,"
	" seconded_by TEXT NOT NULL, seconded_at BIGINT NOT NULL, ended_by TEXT NOT NULL, ended_at BIGINT NOT NULL,"
	" end_reason TEXT NOT NULL);"
	"CREATE INDEX desk_proposal_case ON desk_proposal(case_id);"
	"CREATE INDEX desk_proposal_open ON desk_proposal(id) WHERE state = 0";
const struct migration desk_proposal_migrations[] = {
	{ 272, "desk proposal", tables },
	{ 329, "desk proposal targets", "CREATE INDEX desk_proposal_target ON desk_proposal(target, kind)" },
	{ 0 },
};

/* Titles of the rows above, as they are looked up in po/. */
const char *const desk_basis_titles[] = { N_("Court order"), N_("Article of a statute"),
					  N_("Emergency clause of the registration terms"), NULL };

static const char *const kinds[PROPOSAL_KINDS] = { "suspend-name", "null-address" };
static const char *const states[PROPOSAL_STATES] = { "proposed", "carried-out", "undone",
						     "expired",	 "withdrawn",	"refused" };

const char *proposal_kind_name(enum proposal_kind k)
{
	return (unsigned)k < PROPOSAL_KINDS ? kinds[k] : "";
}
const char *proposal_state_name(enum proposal_state s)
{
	return (unsigned)s < PROPOSAL_STATES ? states[s] : "";
}

bool proposal_kind_parse(const char *s, enum proposal_kind *out)
{
	for (int i = 0; i < PROPOSAL_KINDS; i++)
		if (strcmp(kinds[i], s) == 0) {
			*out = (enum proposal_kind)i;
			return true;
		}
	return false;
}

/* ── reading ── */

enum st desk_bases(struct req *rq, struct basis *out, int max, int *n)
{
	struct rows r;
	*n = 0;
	if (sql_query0(rq, &r, "SELECT id, title, legal, max_days FROM desk_basis ORDER BY position"))
		return rq->err.code;
	while (*n < max && rows_next(&r))
		out[(*n)++] = (struct basis){ rows_dup(&r, 0), rows_dup(&r, 1), rows_int(&r, 2) != 0, rows_int(&r, 3) };
	return rows_end(&r);
}

unsigned desk_basis_bad(const struct basis *b)
{
	size_t id = strlen(b->id), title = strlen(b->title);
	unsigned bad = 0;
	if (!id || id > 40 || strspn(b->id, "abcdefghijklmnopqrstuvwxyz0123456789-") != id)
		bad |= BASIS_BAD_ID;
	if (!title || title > BASIS_TITLE || !text_clean(b->title, title) || strpbrk(b->title, "\r\n\t"))
		bad |= BASIS_BAD_TITLE;
	if (b->max_days < 1 || b->max_days > BASIS_DAYS)
		bad |= BASIS_BAD_DAYS;
	return bad;
}

static enum st basis_check(struct req *rq, const struct basis *b)
{
	unsigned bad = desk_basis_bad(b);
	if (bad & BASIS_BAD_ID)
		return err_set(&rq->err, ST_INVALID, N_("id: 1 to 40 letters a-z, digits and hyphens"));
	if (bad & BASIS_BAD_TITLE)
		return err_set(&rq->err, ST_INVALID, N_("title: 1 to %d bytes on one line"), BASIS_TITLE);
	return bad ? err_set(&rq->err, ST_INVALID, N_("days: 1 to %d"), BASIS_DAYS) : ST_OK;
}

static enum st basis_fact(struct req *rq, const struct basis *b)
{
	char *payload = arena_printf(rq->mem, "{\"days\":%lld,\"legal\":%s}", (long long)b->max_days,
				     b->legal ? "true" : "false");
	return desk_fact(rq, arena_printf(rq->mem, "basis:%s", b->id), "basis-set", payload, 0);
}

enum st desk_basis_add(struct req *rq, void *basis)
{
	const struct basis *b = basis;
	int64_t added = 0;
	if (permit(rq, MAY_SET_LADDER) || basis_check(rq, b) ||
	    sql_run_count(rq, &added,
			  "INSERT INTO desk_basis(id, title, legal, max_days, position) SELECT $1, $2, $3, $4, "
			  "COALESCE(max(position), 0) + 1 FROM desk_basis WHERE 1 = 1 ON CONFLICT (id) DO NOTHING",
			  V(b->id), V(b->title), V(b->legal), V(b->max_days)))
		return rq->err.code;
	return added ? basis_fact(rq, b) : err_set(&rq->err, ST_CONFLICT, N_("id: there is a basis %s already"), b->id);
}

/* What was proposed or is in force keeps the end it has. */
enum st desk_basis_change(struct req *rq, void *basis)
{
	const struct basis *b = basis;
	int64_t changed = 0;
	if (permit(rq, MAY_SET_LADDER) || basis_check(rq, b) ||
	    sql_run_count(rq, &changed, "UPDATE desk_basis SET title = $2, legal = $3, max_days = $4 WHERE id = $1",
			  V(b->id), V(b->title), V(b->legal), V(b->max_days)))
		return rq->err.code;
	return changed ? basis_fact(rq, b) : err_set(&rq->err, ST_NOTFOUND, "there is no basis %s", b->id);
}

#define PROPOSAL_ROWS                                                                                                  \
	"SELECT p.id, k.number, p.kind, p.target, p.ours, p.basis, b.title, b.legal, p.basis_ref, p.reason, p.state, " \
	"p.proposed_by, p.proposed_at, p.expires_at, p.seconded_by, p.seconded_at, p.ended_by, p.ended_at, "           \
	"p.end_reason, p.case_id FROM desk_proposal p JOIN desk_case k ON k.id = p.case_id JOIN desk_basis b ON b.id " \
	"= p.basis "

static struct proposal proposal_of(struct rows *r)
{
	return (struct proposal){ .id = rows_int(r, 0),
				  .number = rows_dup(r, 1),
				  .kind = (enum proposal_kind)rows_int(r, 2),
				  .target = rows_dup(r, 3),
				  .ours = rows_int(r, 4) != 0,
				  .basis = rows_dup(r, 5),
				  .basis_title = rows_dup(r, 6),
				  .legal = rows_int(r, 7) != 0,
				  .basis_ref = rows_dup(r, 8),
				  .reason = rows_dup(r, 9),
				  .state = (enum proposal_state)rows_int(r, 10),
				  .by = rows_dup(r, 11),
				  .at = rows_int(r, 12),
				  .expires_at = rows_int(r, 13),
				  .seconded_by = rows_dup(r, 14),
				  .seconded_at = rows_int(r, 15),
				  .ended_by = rows_dup(r, 16),
				  .ended_at = rows_int(r, 17),
				  .end_reason = rows_dup(r, 18),
				  .case_id = rows_int(r, 19) };
}

enum st desk_proposals(struct req *rq, const char *number, bool open_only, struct proposal *out, int max, int *n)
{
	struct rows r;
	*n = 0;
	if (permit(rq, MAY_SEE_CASE))
		return rq->err.code;
	enum st st = number ? sql_query(rq, &r,
					PROPOSAL_ROWS
					"WHERE k.number = $1 AND ($2 = 0 OR p.state = 0) ORDER BY p.id DESC LIMIT $3",
					V(number), V(open_only), V(max))
		     : open_only
			     ? sql_query(rq, &r, PROPOSAL_ROWS "WHERE p.state = 0 ORDER BY p.id DESC LIMIT $1", V(max))
			     : sql_query(rq, &r, PROPOSAL_ROWS "ORDER BY p.id DESC LIMIT $1", V(max));
	if (st)
		return st;
	while (*n < max && rows_next(&r))
		out[(*n)++] = proposal_of(&r);
	return rows_end(&r) ? rq->err.code
			    : desk_drop_closed(rq, out, sizeof *out, offsetof(struct proposal, case_id), n);
}

enum st desk_proposal_see(struct req *rq, int64_t id, struct proposal *out)
{
	if (permit(rq, MAY_SEE_CASE) || desk_proposal_get(rq, id, out))
		return rq->err.code;
	return desk_case_open_to(rq, out->case_id);
}

enum st desk_proposal_get(struct req *rq, int64_t id, struct proposal *out)
{
	struct rows r;
	if (sql_query(rq, &r, PROPOSAL_ROWS "WHERE p.id = $1", V(id)))
		return rq->err.code;
	bool found = rows_next(&r);
	if (found)
		*out = proposal_of(&r);
	if (rows_end(&r))
		return rq->err.code;
	return found ? ST_OK : err_set(&rq->err, ST_NOTFOUND, "there is no proposal %lld", (long long)id);
}

/* ── proposing ── */

/* Two signatures are two people's: a shell is nobody. */
static enum st person_acts(struct req *rq)
{
	return rq->who && rq->who->account
		       ? ST_OK
		       : err_set(&rq->err, ST_DENIED, "only a person with an account signs: give --as USER");
}

static enum st line_ok(struct req *rq, const char *field, const char *s, int max)
{
	size_t n = s ? strlen(s) : 0;
	if (!n || n > (size_t)max || !text_clean(s, n) || !s[strspn(s, " \t\r\n")])
		return err_set(&rq->err, ST_INVALID, N_("%s: 1 to %d bytes of plain text are needed"), field, max);
	return ST_OK;
}

static enum st basis_ok(struct req *rq, const struct proposal *p)
{
	int64_t days = 0;
	enum st st =
		sql_number(rq, &days, "SELECT max_days FROM desk_basis WHERE id = $1", V(p->basis ? p->basis : ""));
	if (st == ST_NOTFOUND)
		return err_set(&rq->err, ST_INVALID, N_("basis: court-order, statute or emergency is needed"));
	if (st)
		return st;
	if (p->expires_at <= clock_now() || p->expires_at > clock_now() + days * DAY_USEC)
		return err_set(&rq->err, ST_INVALID,
			       N_("until: a time from now until %s is needed (%lld days on this basis)"),
			       time_iso(rq->mem, clock_now() + days * DAY_USEC), (long long)days);
	return ST_OK;
}

/* What the case is not about can't be acted on through it. */
static enum st target_of_case(struct req *rq, const struct case_row *c, const char *target)
{
	int64_t n = 0;
	if (sql_number(rq, &n,
		       "SELECT count(*) FROM desk_observable WHERE case_id = $1 AND (value = $2 OR matched = $2)",
		       V(c->id), V(target)))
		return rq->err.code;
	return n ? ST_OK
		 : err_set(&rq->err, ST_INVALID,
			   N_("target: %.200s is not what case %s is about: take one of its observables"), target,
			   c->number);
}

static enum st name_ok(struct req *rq, struct proposal *p)
{
	struct domain d;
	enum st st = domain_get(rq, p->target, &d);
	if (st == ST_NOTFOUND || st == ST_INVALID) {
		err_clear(&rq->err);
		return err_set(&rq->err, ST_INVALID,
			       N_("target: %.150s is in no zone of ours, so it can't be suspended here; tell its "
				  "sponsor (the next party of the notice), or its registry"),
			       p->target);
	}
	p->target = d.name;
	return st;
}

static enum st address_ok(struct req *rq, const struct proposal *p)
{
	struct answer a;
	enum st st = holder_find(rq, p->target, 0, &a);
	if (st == ST_INVALID)
		err_clear(&rq->err);
	if (st && st != ST_INVALID)
		return st;
	return !st && a.kind == THING_ADDR
		       ? ST_OK
		       : err_set(&rq->err, ST_INVALID, N_("target: one IPv4 or IPv6 address is needed"));
}

static enum st fact_of(struct req *rq, const struct proposal *p, const char *verb)
{
	char *payload = arena_printf(rq->mem, "{\"proposal\":%lld,\"kind\":\"%s\",\"basis\":\"%s\",\"until\":%lld}",
				     (long long)p->id, proposal_kind_name(p->kind), p->basis, (long long)p->expires_at);
	return desk_fact(rq, p->number, verb, payload, 0);
}

static const char *due_of(struct req *rq, int64_t id)
{
	return arena_printf(rq->mem, "%lld", (long long)id);
}

static enum st insert(struct req *rq, struct proposal *p, int64_t case_id)
{
	return sql_number(
		rq, &p->id,
		"INSERT INTO desk_proposal(case_id, kind, target, domain, ours, basis, basis_ref, reason, state,"
		" proposed_by, proposed_at, expires_at, seconded_by, seconded_at, ended_by, ended_at, end_reason)"
		" VALUES($1, $2, $3, 0, 0, $4, $5, $6, 0, $7, $8, $9, '', 0, '', 0, '') RETURNING id",
		V(case_id), V(p->kind), V(p->target), V(p->basis), V(p->basis_ref), V(p->reason), V(rq->who->id),
		V(clock_now()), V(p->expires_at));
}

enum st desk_proposal_add(struct req *rq, void *proposal)
{
	struct proposal *p = proposal;
	struct case_row c;
	int64_t open = 0;
	int next;
	if (person_acts(rq) || desk_case_take(rq, MAY_PROPOSE, p->number, &c) ||
	    line_ok(rq, "target", p->target, TARGET_MAX) || line_ok(rq, "reference", p->basis_ref, REF_MAX) ||
	    line_ok(rq, "reason", p->reason, REASON_MAX) || basis_ok(rq, p))
		return rq->err.code;
	if (desk_case_may(rq, &c, CASE_EV_CHANGE, &next))
		return rq->err.code;
	if (desk_tlp_check(rq, c.id, TLP_TO_HOLDER)) /* they will be told of it */
		return rq->err.code;
	if ((unsigned)p->kind >= PROPOSAL_KINDS)
		return err_set(&rq->err, ST_INVALID, N_("kind: suspend-name or null-address is needed"));
	p->number = c.number;
	p->target = text_lower(rq->mem, text_trim(rq->mem, p->target));
	if ((p->kind == PROPOSAL_SUSPEND ? name_ok(rq, p) : address_ok(rq, p)) || target_of_case(rq, &c, p->target) ||
	    sql_number(rq, &open, "SELECT count(*) FROM desk_proposal WHERE case_id = $1 AND state = 0", V(c.id)))
		return rq->err.code;
	if (open >= OPEN_MAX)
		return err_set(&rq->err, ST_LIMIT, N_("case %s has %d proposals that await a signature"), c.number,
			       OPEN_MAX);
	if (insert(rq, p, c.id) || due_set(rq, "proposal-end", due_of(rq, p->id), p->expires_at))
		return rq->err.code;
	return fact_of(rq, p, "proposal-made");
}

/* ── the second signature ── */

static enum st begin(struct req *rq, enum permission what, int64_t id, enum proposal_state in, struct proposal *p)
{
	if (permit(rq, what) || person_acts(rq) || desk_proposal_get(rq, id, p) || desk_case_open_to(rq, p->case_id))
		return rq->err.code;
	return p->state == in ? ST_OK
			      : err_set(&rq->err, ST_CONFLICT, N_("proposal %lld is %s"), (long long)id,
					proposal_state_name(p->state));
}

enum st desk_proposal_may_second(struct req *rq, const struct proposal *p)
{
	if (permit(rq, p->legal ? MAY_SECOND_LEGAL : MAY_SECOND_PROPOSAL) || person_acts(rq))
		return rq->err.code;
	if (p->state != PROPOSAL_PROPOSED)
		return err_set(&rq->err, ST_CONFLICT, N_("proposal %lld is %s"), (long long)p->id,
			       proposal_state_name(p->state));
	if (strcmp(p->by, rq->who->id) == 0)
		return err_set(&rq->err, ST_CONFLICT,
			       N_("you proposed this: the second signature must be another person's"));
	return ST_OK;
}

static enum st suspend(struct req *rq, const struct proposal *p, struct hold *h)
{
	struct outcome why;
	char *by = arena_printf(rq->mem, "proposal:%lld", (long long)p->id);
	char *reason = arena_printf(rq->mem, "%s: %s, %s", p->number, p->basis_title, p->basis_ref);
	enum st st = domain_hold(rq, p->target, by, reason, h, &why);
	if (st == ST_DENIED || st == ST_INTERNAL || !st)
		return st;
	char *said = arena_strdup(rq->mem, rq->err.msg);
	err_clear(&rq->err);
	return err_set(&rq->err, ST_CONFLICT, N_("it can't be carried out: %.180s"), said);
}

static enum st told_by_task(struct req *rq, const struct proposal *p, const char *text)
{
	return p->kind == PROPOSAL_NULL ? desk_task(rq, p->number, "null-address", text) : ST_OK;
}

static enum st carry_out(struct req *rq, struct proposal *p)
{
	struct hold h = { 0 };
	if ((p->kind == PROPOSAL_SUSPEND && suspend(rq, p, &h)) ||
	    told_by_task(rq, p, N_("See with the network operator that the address is nulled")))
		return rq->err.code;
	return sql_run(rq,
		       "UPDATE desk_proposal SET state = $2, seconded_by = $3, seconded_at = $4, domain = $5, ours = $6"
		       " WHERE id = $1",
		       V(p->id), V(PROPOSAL_DONE), V(rq->who->id), V(clock_now()), V(h.domain), V(h.ours));
}

enum st desk_proposal_second(struct req *rq, void *proposal_act)
{
	struct proposal_act *a = proposal_act;
	struct proposal p;
	struct case_row c;
	if (desk_proposal_get(rq, a->id, &p) || desk_proposal_may_second(rq, &p) || desk_case_get(rq, p.number, &c) ||
	    desk_case_open_to(rq, c.id) || desk_tlp_check(rq, c.id, TLP_TO_HOLDER))
		return rq->err.code;
	if (p.expires_at <= clock_now())
		return err_set(&rq->err, ST_CONFLICT, N_("proposal %lld has expired"), (long long)p.id);
	if (fact_of(rq, &p, "proposal-seconded") || carry_out(rq, &p) || fact_of(rq, &p, "proposal-carried-out"))
		return rq->err.code;
	return desk_case_settle(rq, c.id);
}

/* ── ending ── */

static enum st ended(struct req *rq, const struct proposal *p, enum proposal_state s, const char *text,
		     const char *verb)
{
	if (sql_run(rq,
		    "UPDATE desk_proposal SET state = $2, ended_by = $3, ended_at = $4, end_reason = $5 WHERE id = $1",
		    V(p->id), V(s), V(rq->who->id), V(clock_now()), V(text ? text : "")))
		return rq->err.code;
	return fact_of(rq, p, verb);
}

static enum st undo(struct req *rq, const struct proposal *p, const char *text)
{
	int64_t domain = 0;
	bool lifted = false;
	char *by = arena_printf(rq->mem, "proposal:%lld", (long long)p->id);
	char *reason = arena_printf(rq->mem, "%s: %s", p->number, "the suspension is over");
	struct case_row c;
	if (desk_case_get(rq, p->number, &c) ||
	    sql_number(rq, &domain, "SELECT domain FROM desk_proposal WHERE id = $1", V(p->id)) ||
	    (p->kind == PROPOSAL_SUSPEND && domain_hold_end(rq, domain, by, reason, &lifted)) ||
	    told_by_task(rq, p, N_("See with the network operator that the address is no longer nulled")) ||
	    ended(rq, p, PROPOSAL_UNDONE, text, "proposal-undone"))
		return rq->err.code;
	return desk_case_settle(rq, c.id);
}

enum st desk_proposal_withdraw(struct req *rq, void *proposal_act)
{
	struct proposal_act *a = proposal_act;
	struct proposal p;
	if (begin(rq, MAY_PROPOSE, a->id, PROPOSAL_PROPOSED, &p))
		return rq->err.code;
	if (strcmp(p.by, rq->who->id) != 0)
		return err_set(&rq->err, ST_DENIED, N_("only who proposed it withdraws it; another may refuse it"));
	if (due_cancel(rq, "proposal-end", due_of(rq, p.id)))
		return rq->err.code;
	return ended(rq, &p, PROPOSAL_WITHDRAWN, a->text, "proposal-withdrawn");
}

enum st desk_proposal_refuse(struct req *rq, void *proposal_act)
{
	struct proposal_act *a = proposal_act;
	struct proposal p;
	if (desk_proposal_get(rq, a->id, &p) || desk_case_open_to(rq, p.case_id) || desk_proposal_may_second(rq, &p) ||
	    line_ok(rq, "text", a->text, REASON_MAX) || due_cancel(rq, "proposal-end", due_of(rq, p.id)))
		return rq->err.code;
	return ended(rq, &p, PROPOSAL_REFUSED, a->text, "proposal-refused");
}

enum st desk_proposal_lift(struct req *rq, void *proposal_act)
{
	struct proposal_act *a = proposal_act;
	struct proposal p;
	if (begin(rq, MAY_SECOND_PROPOSAL, a->id, PROPOSAL_DONE, &p) || line_ok(rq, "text", a->text, REASON_MAX) ||
	    due_cancel(rq, "proposal-end", due_of(rq, p.id)))
		return rq->err.code;
	return undo(rq, &p, a->text);
}

enum st desk_proposal_due(struct req *rq, const char *id_text)
{
	struct proposal p;
	int64_t id = 0;
	if (!text_int(id_text, 1, INT64_MAX, &id) || desk_proposal_get(rq, id, &p))
		return rq->err.code;
	if (p.expires_at > clock_now())
		return due_set(rq, "proposal-end", id_text, p.expires_at);
	if (p.state == PROPOSAL_PROPOSED)
		return ended(rq, &p, PROPOSAL_EXPIRED, "", "proposal-expired");
	return p.state == PROPOSAL_DONE ? undo(rq, &p, "") : ST_OK;
}
