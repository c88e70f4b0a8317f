/* Transfers of contacts between registrars (RFC 5733 §3.2.4, RFC 5730 §2.9.3.4): asked for with the authinfo, answered
 * by the sponsor, by silence after CONTACT_TRANSFER_WAIT, or taken back by who asked. Who else is concerned hears of it
 * by poll message. */
#include <string.h>
#include "base/clock.h"
#include "base/text.h"
#include "names/contact_int.h"

#define CONTACT_TRANSFER_WAIT (5 * 86400 * USEC)

/* ── rows ── */

static enum st transfer_read(struct req *rq, int64_t id, struct transfer *t)
{
	struct rows r;
	if (sql_query(rq, &r,
		      "SELECT tr_state, tr_requester, tr_actor, tr_requested_at, tr_acted_at FROM registry_contact"
		      " WHERE id = $1",
		      V(id)))
		return rq->err.code;
	if (rows_next(&r))
		*t = (struct transfer){ .state = (enum transfer_state)rows_int(&r, 0),
					.requester = rows_dup(&r, 1),
					.actor = rows_dup(&r, 2),
					.requested_at = rows_int(&r, 3),
					.acted_at = rows_int(&r, 4) };
	return rows_end(&r);
}

static enum st transfer_write(struct req *rq, int64_t id, const struct transfer *t)
{
	return sql_run(rq,
		       "UPDATE registry_contact SET tr_state = $2, tr_requester = $3, tr_actor = $4,"
		       " tr_requested_at = $5, tr_acted_at = $6 WHERE id = $1",
		       V(id), V((int)t->state), V(t->requester), V(t->actor), V(t->requested_at), V(t->acted_at));
}

/* ── messages ── */

static char *payload_of(struct req *rq, const struct transfer *t)
{
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_obj(&w, NULL);
	j_str(&w, "state", transfer_name(t->state));
	j_str(&w, "requester", t->requester);
	j_time(&w, "requested_at", t->requested_at);
	j_str(&w, "actor", t->actor);
	j_time(&w, "acted_at", t->acted_at);
	j_end(&w);
	return arena_strdup(rq->mem, buf_cstr(&b));
}

/* To each of both sides that did not do it themselves. */
static enum st tell(struct req *rq, const struct contact_object *c, const char *loser, const struct transfer *t)
{
	static const char *const text[] = {
		[TRANSFER_PENDING] = "Transfer requested.",
		[TRANSFER_CLIENT_APPROVED] = "Transfer approved.",
		[TRANSFER_CLIENT_REJECTED] = "Transfer rejected.",
		[TRANSFER_CLIENT_CANCELLED] = "Transfer cancelled.",
		[TRANSFER_SERVER_APPROVED] = "Transfer approved by the registry.",
		[TRANSFER_SERVER_CANCELLED] = "Transfer cancelled by the registry.",
	};
	const char *me = registry_actor(rq), *to[] = { loser, t->requester };
	char *payload = payload_of(rq, t);
	for (int i = 0; i < 2; i++)
		if ((!me || strcmp(me, to[i]) != 0) &&
		    poll_add(rq, to[i], "contact-transfer", c->handle, text[t->state], payload))
			return rq->err.code;
	return ST_OK;
}

/* ── what is asked ── */

static enum st query(struct req *rq, const char *handle, const char *authinfo, struct transfer *out,
		     struct outcome *why)
{
	struct contact_object c;
	const char *me = registry_actor(rq);
	enum st st = contact_object_get(rq, handle, &c);
	if (st == ST_NOTFOUND)
		return refuse(rq, why, R_NOT_THERE, "id", handle, N_("there is no contact %.40s"), handle);
	if (st || transfer_read(rq, c.c.id, out))
		return rq->err.code;
	bool party = !me || !strcmp(me, c.c.sponsor) || (out->requester && !strcmp(me, out->requester)) ||
		     (out->actor && !strcmp(me, out->actor));
	if (!party && !authinfo)
		return refuse(rq, why, R_AUTHORIZATION, "id", handle, "only both registrars see this transfer");
	if (!party && !authinfo_fits(c.authinfo, authinfo))
		return refuse(rq, why, R_BAD_AUTHINFO, "authInfo", "", N_("the authorisation information is wrong"));
	if (out->state == TRANSFER_NONE)
		return refuse(rq, why, R_NOT_PENDING_TRANSFER, "id", handle, "no transfer of it was ever requested");
	return ST_OK;
}

static enum st request(struct req *rq, struct contact_object *c, const char *authinfo, struct transfer *out,
		       struct outcome *why)
{
	const char *me = registry_actor(rq);
	int64_t now = clock_now();
	if (!me)
		return refuse(rq, why, R_AUTHORIZATION, "id", c->handle, "a registrar requests a transfer");
	if (!strcmp(me, c->c.sponsor))
		return refuse(rq, why, R_NOT_TRANSFERABLE, "id", c->handle, N_("you sponsor this contact already"));
	if (status_forbids(rq, c->c.status, DOING_TRANSFER, why))
		return rq->err.code;
	if (!authinfo_fits(c->authinfo, authinfo))
		return refuse(rq, why, R_BAD_AUTHINFO, "authInfo", "", N_("the authorisation information is wrong"));
	*out = (struct transfer){ .state = TRANSFER_PENDING,
				  .requester = arena_strdup(rq->mem, me),
				  .actor = c->c.sponsor,
				  .requested_at = now,
				  .acted_at = now + CONTACT_TRANSFER_WAIT };
	c->c.status |= BIT(STATUS_PENDING_TRANSFER);
	if (transfer_write(rq, c->c.id, out) || contact_keep(rq, c, "contact-transfer-requested") ||
	    due_set(rq, CONTACT_TRANSFER_DUE, c->handle, out->acted_at))
		return rq->err.code;
	return tell(rq, c, c->c.sponsor, out);
}

/* Who may give which answer, and what comes of it. An absent row can't be asked for. */
static const struct answer_row {
	enum transfer_op op;
	bool by_requester; /* else the sponsor's */
	enum transfer_state client, server;
	const char *verb;
} answers[] = {
	{ OP_APPROVE, false, TRANSFER_CLIENT_APPROVED, TRANSFER_SERVER_APPROVED, "contact-transfer-approved" },
	{ OP_REJECT, false, TRANSFER_CLIENT_REJECTED, TRANSFER_SERVER_CANCELLED, "contact-transfer-rejected" },
	{ OP_CANCEL, true, TRANSFER_CLIENT_CANCELLED, TRANSFER_SERVER_CANCELLED, "contact-transfer-cancelled" },
};

/* The password that moved it is used up (RFC 9154 §4.1). */
static enum st settle(struct req *rq, struct contact_object *c, const struct answer_row *row, struct transfer *t)
{
	const char *me = registry_actor(rq);
	char *loser = c->c.sponsor;
	t->state = me ? row->client : row->server;
	t->actor = me ? arena_strdup(rq->mem, me) : loser;
	t->acted_at = clock_now();
	c->c.status &= ~BIT(STATUS_PENDING_TRANSFER);
	if (row->op == OP_APPROVE) {
		c->c.sponsor = t->requester;
		c->c.transferred_at = t->acted_at;
		c->authinfo = NULL;
	}
	if (transfer_write(rq, c->c.id, t) || contact_keep(rq, c, row->verb) ||
	    due_cancel(rq, CONTACT_TRANSFER_DUE, c->handle))
		return rq->err.code;
	return tell(rq, c, loser, t);
}

static enum st answer(struct req *rq, struct contact_object *c, enum transfer_op op, struct transfer *out,
		      struct outcome *why)
{
	const struct answer_row *row = answers;
	const char *me = registry_actor(rq);
	while (row->op != op)
		row++;
	if (transfer_read(rq, c->c.id, out))
		return rq->err.code;
	if (out->state != TRANSFER_PENDING)
		return refuse(rq, why, R_NOT_PENDING_TRANSFER, "id", c->handle, N_("no transfer of it is pending"));
	if (me && strcmp(me, row->by_requester ? out->requester : c->c.sponsor) != 0)
		return refuse(rq, why, R_AUTHORIZATION, "id", c->handle, "only the %s does that",
			      row->by_requester ? "registrar that asked" : "sponsoring registrar");
	return settle(rq, c, row, out);
}

enum st contact_transfer(struct req *rq, enum transfer_op op, const char *handle, const char *authinfo,
			 struct transfer *out, struct outcome *why)
{
	struct contact_object c;
	*out = (struct transfer){ 0 };
	if (op == OP_QUERY)
		return query(rq, handle, authinfo, out, why);
	if (contact_hold(rq, handle, &c, why))
		return rq->err.code;
	return op == OP_REQUEST ? request(rq, &c, authinfo, out, why) : answer(rq, &c, op, out, why);
}

/* Silence is consent. The row may be about a transfer that was answered in the meantime. */
enum st contact_transfer_due(struct req *rq, const char *handle)
{
	struct transfer t;
	struct outcome why = { 0 };
	enum st st = contact_transfer(rq, OP_APPROVE, handle, NULL, &t, &why);
	if (st && (why.code == R_NOT_PENDING_TRANSFER || why.code == R_NOT_THERE)) {
		err_clear(&rq->err);
		return ST_OK;
	}
	return st;
}
