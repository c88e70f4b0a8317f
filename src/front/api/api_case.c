/* api_case.c — reading a case, its receipt, and the holder of a thing. */
#include <string.h>
#include "base/text.h"
#include "desk/desk.h"
#include "front/api/api.h"
#include "front/disclose.h"

/* The case when number and token belong together; otherwise answered as if there were none. */
static bool load(struct http *h, struct case_view **out, const char **token)
{
	struct req *rq = http_req(h);
	*out = arena_new_of(rq->mem, struct case_view);
	*token = http_query(h, "token");
	if (!*token || !**token) {
		struct api_faults f = { 0 };
		api_fault(&f, "token", N_("the reporter's token is needed"));
		api_problem(h, 422, N_("the query lacks the token"), &f);
		return false;
	}
	if (desk_case_reporter(rq, *token, http_arg(h, 0), http_lang(h), *out) == ST_OK)
		return true;
	http_fail_err(h, &rq->err);
	return false;
}

void api_get_case(struct http *h)
{
	struct case_view *v;
	const char *token;
	if (!load(h, &v, &token))
		return;
	desk_case_json(http_out(h), v, FOR_REPORTER);
	api_json(h);
}

void api_get_receipt(struct http *h)
{
	struct req *rq = http_req(h);
	struct case_view *v;
	const char *token;
	if (!load(h, &v, &token))
		return;
	enum st s = desk_receipt(rq, token, NULL, http_out(h));
	if (s != ST_OK && s != ST_BUSY) {
		http_fail_err(h, &rq->err);
		return;
	}
	if (s == ST_BUSY) {
		buf_reset(http_out(h));
		buf_str(http_out(h), "{\"status\":\"being made\"}");
		http_status(h, 202);
		http_set_header(h, "Retry-After", "1");
	}
	api_json(h);
}

/* ── the holder ── */

static void holder_send(struct http *h, void *arg, const struct err *outcome)
{
	const struct answer *a = arg;
	if (outcome && outcome->code) {
		http_fail_err(h, outcome);
		return;
	}
	holder_json(http_req(h)->mem, http_out(h), a);
	api_json(h);
	http_set_header(h, "Access-Control-Allow-Origin", "*");
}

/* Who answered for it once is told to whom RDAP tells former versions, and it is written down that they were told. */
static bool may_look_back(struct http *h, struct look_asker *who)
{
	struct req *rq = http_req(h);
	const char *credentials = http_header(h, "Authorization");
	if (who->level > LEVEL_PUBLIC || (credentials && look_by_credentials(rq, credentials, who) == ST_OK))
		return true;
	if (credentials && rq->err.code != ST_INVALID && rq->err.code != ST_NOTFOUND) {
		http_fail_err(h, &rq->err);
		return false;
	}
	err_clear(&rq->err);
	http_set_header(h, "WWW-Authenticate",
			credentials ? "Bearer realm=\"nicert\", error=\"invalid_token\"" : "Bearer realm=\"nicert\"");
	api_problem(h, 401, N_("former versions are for partners and staff"), NULL);
	return false;
}

static void holder_answer(struct http *h, struct look_asker *who, const char *thing, int64_t at)
{
	struct req *rq = http_req(h);
	struct answer *a = arena_new_of(rq->mem, struct answer);
	if (at && !may_look_back(h, who))
		return;
	if (holder_find(rq, thing, at, a) || look_chain_public(rq, a, at)) {
		http_fail_err(h, &rq->err);
		return;
	}
	front_disclose(h, who, &(struct look_disclosure){ .subject = thing, .at = at }, holder_send, a);
}

void api_get_holder(struct http *h)
{
	struct req *rq = http_req(h);
	const char *thing = http_query(h, "thing"), *at = http_query(h, "at");
	struct look_asker who = { .level = LEVEL_PUBLIC };
	struct api_faults f = { 0 };
	int64_t when = at && *at ? time_parse(at) : 0;
	const char *why;
	if (!look_by_session(rq, http_cookie(h, "staff"), &who) && !front_lookup_allowed(h, &why)) {
		http_fail(h, 429, "%s", why);
		return;
	}
	if (!thing || !*thing)
		api_fault(&f, "thing", N_("say which name, address, route, AS number or URL"));
	if (when == TIME_NONE)
		api_fault(&f, "at", N_("must be a time like 2026-11-24T14:05:00Z"));
	if (f.n > 0)
		api_problem(h, 422, N_("the query has mistakes"), &f);
	else
		holder_answer(h, &who, thing, when);
}
