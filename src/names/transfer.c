/* domain:transfer (RFC 5731 §3.2.4). The fee is taken when the transfer is asked for and given back when it comes to
 * nothing, so that a transfer that is approved by time can't fail for want of money. */
#include <string.h>
#include "base/clock.h"
#include "base/text.h"
#include "names/registry_int.h"

/* ── messages ── */

static enum st tell(struct req *rq, const char *registrar, const struct dom *d)
{
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	transfer_json(&w, NULL, &d->d.transfer);
	char *text = arena_printf(rq->mem, "Transfer of %s: %s", d->d.name, transfer_name(d->d.transfer.state));
	return poll_add(rq, registrar, "domain-transfer", d->d.name, text, buf_cstr(&b));
}

/* ── the end of one ── */

static bool approved(enum transfer_state s)
{
	return s == TRANSFER_CLIENT_APPROVED || s == TRANSFER_SERVER_APPROVED;
}

/* Whoever did not act is told; both when it was the clock. d still names the losing sponsor. */
static enum st tell_both(struct req *rq, const struct dom *d)
{
	const char *me = registry_actor(rq), *losing = d->d.c.sponsor, *gaining = d->d.transfer.requester;
	if ((!me || strcmp(me, losing)) && tell(rq, losing, d))
		return rq->err.code;
	return (!me || strcmp(me, gaining)) && tell(rq, gaining, d) ? rq->err.code : ST_OK;
}

static enum st handed_over(struct req *rq, const struct policy *p, struct dom *d)
{
	int64_t now = clock_now(), until = now + p->grace[GRACE_TRANSFER];
	/* An automatic renewal that is still in its grace is the losing sponsor's no more, and its year goes with it.
	 */
	bool year_back = d->d.grace_until[GRACE_AUTORENEW] > now;
	const unsigned theirs = GRACE_ALL & ~(1u << GRACE_TRANSFER);
	if (refund(rq, d, 1u << GRACE_AUTORENEW, theirs, now, "transferred in the auto-renew period", NULL) ||
	    paid_until(rq, d, GRACE_TRANSFER, until))
		return rq->err.code;
	if (year_back && d->d.transfer.years)
		d->d.expires_at = time_add_years(d->d.expires_at, -1);
	for (int g = GRACE_ADD; g <= GRACE_AUTORENEW; g++)
		d->d.grace_until[g] = 0;
	d->d.grace_until[GRACE_TRANSFER] = until;
	int64_t most = time_add_years(now, p->term_max), to = time_add_years(d->d.expires_at, d->d.transfer.years);
	d->d.expires_at = to < most || !d->d.transfer.years ? to : most;
	d->d.transfer.new_expiry = d->d.expires_at;
	d->d.c.sponsor = d->d.transfer.requester;
	d->d.c.transferred_at = now;
	d->d.authinfo = NULL; /* RFC 9154 §5.4: used up */
	if (d->life == LIFE_SUSPENDED && d->d.expires_at > now)
		life_apply(p, d, EV_RENEW, now);
	return sql_run(rq, "UPDATE registry_host SET sponsor = $2, transferred_at = $3 WHERE domain = $1", V(d->d.c.id),
		       V(d->d.c.sponsor), V(now)); /* RFC 5731 §3.2.4: hosts below follow */
}

enum st transfer_end(struct req *rq, const struct policy *p, struct dom *d, enum transfer_state as)
{
	const char *me = registry_actor(rq);
	d->d.transfer.state = as;
	d->d.transfer.acted_at = clock_now();
	d->d.transfer.actor = arena_strdup(rq->mem, me ? me : "");
	if (tell_both(rq, d))
		return rq->err.code;
	if (approved(as))
		return handed_over(rq, p, d);
	d->d.transfer.new_expiry = 0;
	return refund(rq, d, 1u << GRACE_TRANSFER, 0, clock_now(), "transfer came to nothing", NULL);
}

/* ── request ── */

static enum st may_ask(struct req *rq, const struct dom *d, const char *me, const char *authinfo, struct outcome *why)
{
	if (!me || !strcmp(me, d->d.c.sponsor))
		return refuse(rq, why, R_NOT_TRANSFERABLE, "name", d->d.name, N_("%s sponsors it already"),
			      d->d.c.sponsor);
	if (d->d.transfer.state == TRANSFER_PENDING)
		return refuse(rq, why, R_PENDING_TRANSFER, "name", d->d.name, N_("a transfer is pending since %s"),
			      time_iso(rq->mem, d->d.transfer.requested_at));
	if (status_forbids(rq, d->d.c.status, DOING_TRANSFER, why))
		return rq->err.code;
	if (d->life != LIFE_ACTIVE)
		return refuse(rq, why, R_NOT_TRANSFERABLE, "name", d->d.name, "the name is %s", life_name(d->life));
	return authinfo_fits(d->d.authinfo, authinfo) ? ST_OK
						      : refuse(rq, why, R_BAD_AUTHINFO, "authInfo", "",
							       N_("the authorisation information is not the domain's"));
}

static enum st years_of(struct req *rq, const struct policy *p, int *years, struct outcome *why)
{
	const struct price *pr = policy_price(p, "transfer");
	*years = *years ? *years : pr && pr->per_year ? 1 : 0;
	return *years <= p->term_max && *years >= 0
		       ? ST_OK
		       : refuse(rq, why, R_PARAM_RANGE, "period", arena_printf(rq->mem, "%d", *years),
				N_("at most %d years"), p->term_max);
}

static enum st request(struct req *rq, const struct policy *p, struct dom *d, const char *authinfo, int years,
		       struct outcome *why)
{
	const char *me = registry_actor(rq);
	int64_t now = clock_now();
	if (may_ask(rq, d, me, authinfo, why) || years_of(rq, p, &years, why) ||
	    bill(rq, d, p, me, "transfer", years, GRACE_TRANSFER, UNTIL_DECIDED, why))
		return rq->err.code;
	d->d.transfer = (struct transfer){ .state = TRANSFER_PENDING,
					   .requester = arena_strdup(rq->mem, me),
					   .actor = d->d.c.sponsor,
					   .requested_at = now,
					   .acted_at = life_after(p, now, p->transfer_wait),
					   .new_expiry = years ? time_add_years(d->d.expires_at, years) : 0,
					   .years = years };
	if (!p->transfer_wait)
		return transfer_end(rq, p, d, TRANSFER_SERVER_APPROVED);
	why->code = R_PENDING;
	return tell(rq, d->d.c.sponsor, d);
}

/* ── answers ── */

static enum st answer(struct req *rq, enum transfer_op op, const struct policy *p, struct dom *d, struct outcome *why)
{
	const char *me = registry_actor(rq);
	bool requester = me && d->d.transfer.requester && !strcmp(me, d->d.transfer.requester);
	bool sponsor = me && !strcmp(me, d->d.c.sponsor);
	if (d->d.transfer.state != TRANSFER_PENDING)
		return refuse(rq, why, R_NOT_PENDING_TRANSFER, "name", d->d.name, N_("no transfer is pending"));
	if (me && !(op == OP_CANCEL ? requester : sponsor))
		return refuse(rq, why, R_AUTHORIZATION, "", "", "%s",
			      op == OP_CANCEL ? N_("only who asked for it may cancel it")
					      : N_("only the sponsor may answer it"));
	if (op == OP_APPROVE)
		return transfer_end(rq, p, d, me ? TRANSFER_CLIENT_APPROVED : TRANSFER_SERVER_APPROVED);
	if (!me)
		return transfer_end(rq, p, d, TRANSFER_SERVER_CANCELLED);
	return transfer_end(rq, p, d, op == OP_REJECT ? TRANSFER_CLIENT_REJECTED : TRANSFER_CLIENT_CANCELLED);
}

/* RFC 5731 §3.1.3: either side, and whoever has the authorisation information. */
static enum st query(struct req *rq, const char *name, const char *authinfo, struct domain *out, struct outcome *why)
{
	const char *me = registry_actor(rq);
	*why = (struct outcome){ .code = R_DONE };
	enum st st = domain_get(rq, name, out);
	if (st == ST_NOTFOUND)
		return refuse(rq, why, R_NOT_THERE, "name", name, N_("%.150s is not registered here"), name);
	if (st)
		return st;
	bool side =
		!me || !strcmp(me, out->c.sponsor) || (out->transfer.requester && !strcmp(me, out->transfer.requester));
	if (!side && !authinfo_fits(out->authinfo, authinfo))
		return refuse(rq, why, authinfo ? R_BAD_AUTHINFO : R_AUTHORIZATION, "", "",
			      "neither side of the transfer");
	return out->transfer.state
		       ? ST_OK
		       : refuse(rq, why, R_NOT_PENDING_TRANSFER, "name", name, N_("no transfer was asked for"));
}

enum st domain_transfer(struct req *rq, enum transfer_op op, const char *name, const char *authinfo, int years,
			struct domain *out, struct outcome *why)
{
	static const char *const verb[] = { [OP_REQUEST] = "domain-transfer-requested",
					    [OP_APPROVE] = "domain-transfer-approved",
					    [OP_REJECT] = "domain-transfer-rejected",
					    [OP_CANCEL] = "domain-transfer-cancelled" };
	struct dom d, *before;
	const struct policy *p;
	if (op == OP_QUERY)
		return query(rq, name, authinfo, out, why);
	if (dom_for_change(rq, name, &d, &p, why))
		return rq->err.code;
	before = dom_copy(rq->mem, &d);
	if (op == OP_REQUEST ? request(rq, p, &d, authinfo, years, why) : answer(rq, op, p, &d, why))
		return rq->err.code;
	if (dom_changed(rq, before, &d, p, verb[op]))
		return rq->err.code;
	*out = d.d;
	return ST_OK;
}
