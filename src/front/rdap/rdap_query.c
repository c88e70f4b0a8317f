/* Who asks, within which budget, and the record of what they see beyond the public. */
#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "base/text.h"
#include "front/app.h"
#include "front/rdap/rdap_int.h"
#include "lookup/service.h"

enum { PURPOSE_MAX = 200 };

static bool refuse(struct http *h, const struct err *why)
{
	http_set_header(h, "WWW-Authenticate", "Bearer realm=\"rdap\", error=\"invalid_token\"");
	rdap_error_of(h, 401, why);
	return false;
}

static bool within_budget(struct http *h)
{
	int64_t wait;
	if (lookup_allows(http_client(h), &wait))
		return true;
	http_set_header(h, "Retry-After", arena_printf(http_req(h)->mem, "%lld", (long long)wait));
	rdap_error(h, 429, N_("your network has used up its budget: ask more slowly"));
	return false;
}

static bool by_token(struct http *h, const char *credentials, struct look_asker *out)
{
	struct req *rq = http_req(h);
	enum st st = look_by_credentials(rq, credentials, out);
	if (st == ST_INVALID || st == ST_NOTFOUND)
		return refuse(h, &rq->err);
	if (st)
		rdap_fail(h, &rq->err);
	return st == ST_OK;
}

bool rdap_who(struct http *h, struct look_asker *out)
{
	const char *credentials = http_header(h, "Authorization"), *purpose = http_query(h, "purpose");
	*out = (struct look_asker){ .level = LEVEL_PUBLIC };
	snprintf(out->who.id, sizeof out->who.id, "anonymous");
	bool staff = !credentials && look_by_session(http_req(h), http_cookie(h, "staff"), out);
	if (!staff && (!within_budget(h) || (credentials && !by_token(h, credentials, out))))
		return false;
	if (out->level > LEVEL_PUBLIC && purpose && *purpose) {
		if (strlen(purpose) > PURPOSE_MAX || !text_clean(purpose, strlen(purpose))) {
			rdap_error(h, 400, N_("purpose: at most 200 characters"));
			return false;
		}
		out->purpose = arena_strdup(http_req(h)->mem, purpose);
	}
	return true;
}

/* What the write and what comes after it share. */
struct told {
	struct look_disclosure d;
	http_then render;
	void *arg;
};

static enum st told_write(struct req *rq, void *arg)
{
	return look_disclosed_write(rq, &((struct told *)arg)->d);
}

static void told_then(struct http *h, void *arg, const struct err *outcome)
{
	struct told *t = arg;
	t->render(h, t->arg, outcome);
}

void rdap_disclose(struct http *h, const struct look_asker *a, const struct look_disclosure *what, http_then render,
		   void *arg)
{
	struct arena *mem = http_req(h)->mem;
	if (a->level == LEVEL_PUBLIC || (!what->parts && !what->at && !what->found)) {
		render(h, arg, NULL);
		return;
	}
	struct told *t = arena_new_of(mem, struct told);
	*t = (struct told){ .d = *what, .render = render, .arg = arg };
	t->d.purpose = a->purpose;
	t->d.partner = a->partner;
	t->d.level = a->level;
	lookup_count_disclosure();
	http_act_as(h, &a->who);
	http_write(h, told_write, t, told_then);
}
