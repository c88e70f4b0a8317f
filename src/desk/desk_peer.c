/* What a partner's programs may do, what it files with us, and the tokens that staff give it. */
#include "desk/desk_peer.h"
#include <string.h>
#include "base/clock.h"
#include "desk/desk_share_int.h"
#include "who/permit.h"

const struct migration desk_peer_migrations[] = {
	{ 322, "reports of partners",
	  "ALTER TABLE desk_report ADD COLUMN partner BIGINT NOT NULL DEFAULT 0;"
	  "CREATE INDEX desk_report_partner ON desk_report(partner) WHERE partner <> 0" },
	{ 0 },
};

/* ── who asks ── */

enum st desk_peer_open(struct req *rq, const char *token, struct peer *out)
{
	struct api_token t;
	if (api_token_open(rq, API_PARTNER, token, &t))
		return rq->err.code;
	out->token = t.id;
	out->used_at = t.used_at;
	if (desk_partner_get(rq, t.owner, &out->p))
		return rq->err.code;
	return out->p.disabled_at ? err_set(&rq->err, ST_NOTFOUND, "this partner is disabled") : ST_OK;
}

enum st desk_peer_shares(struct req *rq, const struct peer *p, int64_t after, struct desk_share *out, int max, int *n)
{
	return share_list_of(rq, p->p.id, after, out, max, n);
}

enum st desk_peer_share(struct req *rq, const struct peer *p, int64_t id, char token[LINK_TOKEN])
{
	struct desk_share s;
	if (share_get(rq, id, &s))
		return rq->err.code;
	if (s.partner != p->p.id || s.state == SHARE_CANCELLED)
		return err_set(&rq->err, ST_NOTFOUND, N_("nothing was shared under this link"));
	if (*s.person)
		return err_set(&rq->err, ST_DENIED,
			       N_("it is for the person whom the source named: by the link in the letter"));
	desk_token("share", s.seed, token);
	return ST_OK;
}

/* ── a report of theirs ── */

static bool their_address(const struct desk_partner *p, const char *email)
{
	for (int i = 0; i < p->nmails; i++)
		if (text_eq_nocase(p->mail[i], email))
			return true;
	return false;
}

enum st desk_peer_report(struct req *rq, struct report *r)
{
	struct desk_partner p;
	if (desk_partner_get(rq, arena_printf(rq->mem, "%lld", (long long)r->partner), &p))
		return rq->err.code;
	if (p.disabled_at)
		return err_set(&rq->err, ST_DENIED, N_("this partner is disabled"));
	r->email = text_lower(rq->mem, r->email);
	if (r->email && !their_address(&p, r->email))
		return err_set(&rq->err, ST_INVALID, N_("email: one of the addresses that we have of you"));
	/* What we have not agreed to keep for them is not taken at all, rather than kept under another label. */
	if (r->labelled && r->label > p.ceiling)
		return err_set(&rq->err, ST_INVALID,
			       N_("tlp: stricter than %s, which is agreed with you; ask us first"),
			       tlp_name(p.ceiling));
	r->confidence = "confirmed";
	return ST_OK;
}

/* ── tokens ── */

enum st desk_peer_token_add(struct req *rq, void *peer_token_arg)
{
	struct peer_token_arg *a = peer_token_arg;
	struct desk_partner p;
	if (permit(rq, MAY_SET_PARTNER) || desk_partner_get(rq, a->handle, &p))
		return rq->err.code;
	if (p.disabled_at)
		return err_set(&rq->err, ST_CONFLICT, N_("partner %s is disabled"), p.handle);
	a->made = (struct api_token){ .side = API_PARTNER,
				      .owner = arena_printf(rq->mem, "%lld", (long long)p.id),
				      .label = a->label,
				      .until = a->until };
	return api_token_make(rq, &a->made, a->token);
}

enum st desk_api_token_end(struct req *rq, void *api_token_end)
{
	const struct api_token_end *a = api_token_end;
	struct desk_partner p;
	if (permit(rq, MAY_SET_PARTNER))
		return rq->err.code;
	if (a->handle)
		return desk_partner_get(rq, a->handle, &p)
			       ? rq->err.code
			       : api_token_revoke(rq, a->id, API_PARTNER,
						  arena_printf(rq->mem, "%lld", (long long)p.id));
	enum st st = api_token_revoke(rq, a->id, API_PARTNER, NULL);
	return st == ST_NOTFOUND ? (err_clear(&rq->err), api_token_revoke(rq, a->id, API_CONTACT, NULL)) : st;
}

enum st desk_api_tokens(struct req *rq, enum api_side side, const char *owner, bool live, struct api_token *out,
			int max, int *n)
{
	return permit(rq, MAY_SEE_PARTNERS) ? rq->err.code : api_token_list(rq, side, owner, live, out, max, n);
}
