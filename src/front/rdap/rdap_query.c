/* Who asks, and within which budget. */
#include <stdio.h>
#include <string.h>
#include "base/text.h"
#include "front/disclose.h"
#include "front/rdap/rdap_int.h"

enum { PURPOSE_MAX = 200 };

static bool refuse(struct http *h, const struct err *why)
{
	http_set_header(h, "WWW-Authenticate", "Bearer realm=\"rdap\", error=\"invalid_token\"");
	rdap_error_of(h, 401, why);
	return false;
}

static bool within_budget(struct http *h)
{
	const char *why;
	if (front_lookup_allowed(h, &why))
		return true;
	rdap_error(h, 429, why);
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
