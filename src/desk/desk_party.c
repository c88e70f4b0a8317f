/* What a party's programs may do, and the tokens that say whose they are. */
#include "desk/desk_party.h"
#include "desk/desk_int.h"
#include "who/contact_check.h"

static enum st is_verified(struct req *rq, const char *email, bool *yes)
{
	struct contact_check c;
	enum st st = contact_check_find(rq, email, &c);
	*yes = !st && c.verified_at;
	return st == ST_NOTFOUND ? (err_clear(&rq->err), ST_OK) : st;
}

/* ── who asks ── */

enum st desk_party_by_link(struct req *rq, const char *token, struct party *out)
{
	struct open_link l;
	if (desk_open_link_by(rq, token, &l))
		return rq->err.code;
	*out = (struct party){ .email = l.email };
	return ST_OK;
}

enum st desk_party_open(struct req *rq, const char *token, struct party *out)
{
	struct api_token t;
	bool verified = false;
	enum st st = api_token_open(rq, API_CONTACT, token, &t);
	if (st == ST_NOTFOUND)
		return err_clear(&rq->err), desk_party_by_link(rq, token, out);
	if (st || is_verified(rq, t.owner, &verified))
		return rq->err.code;
	*out = (struct party){ t.owner, t.id, t.used_at };
	return verified ? ST_OK : err_set(&rq->err, ST_NOTFOUND, "this address is not verified any more");
}

enum st desk_party_notice(struct req *rq, const struct party *p, int64_t id, char token[LINK_TOKEN])
{
	struct rows r;
	bool found = false;
	if (sql_query(rq, &r, "SELECT seed FROM desk_notice WHERE id = $1 AND email = $2 AND email <> ''", V(id),
		      V(p->email)))
		return rq->err.code;
	if (rows_next(&r)) {
		struct blob seed = rows_blob(&r, 0);
		found = seed.n == LINK_SEED;
		if (found)
			desk_token("answer", seed.p, token);
	}
	if (rows_end(&r))
		return rq->err.code;
	return found ? ST_OK : err_set(&rq->err, ST_NOTFOUND, N_("no such notice"));
}

/* ── tokens ── */

enum st desk_party_tokens(struct req *rq, const char *email, struct party_tokens *out)
{
	*out = (struct party_tokens){ .n = 0 };
	if (is_verified(rq, email, &out->verified))
		return rq->err.code;
	return api_token_list(rq, API_CONTACT, email, true, out->token, API_TOKENS, &out->n);
}

enum st desk_party_token_make(struct req *rq, void *party_token_arg)
{
	struct party_token_arg *a = party_token_arg;
	struct party p;
	bool verified = false;
	if (desk_party_by_link(rq, a->link, &p) || is_verified(rq, p.email, &verified))
		return rq->err.code;
	if (!verified)
		return err_set(&rq->err, ST_DENIED, N_("only the address of a verified contact has tokens"));
	struct api_token t = { .side = API_CONTACT, .owner = p.email, .label = a->label };
	return api_token_make(rq, &t, a->token);
}

enum st desk_party_token_end(struct req *rq, void *party_token_arg)
{
	struct party_token_arg *a = party_token_arg;
	struct party p;
	if (desk_party_by_link(rq, a->link, &p))
		return rq->err.code;
	return api_token_revoke(rq, a->id, API_CONTACT, p.email);
}
