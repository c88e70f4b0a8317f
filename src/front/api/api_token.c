/* api_token.c — who asks by a token, within which budget, and the note that the token was used. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "base/clock.h"
#include "base/text.h"
#include "front/api/api.h"
#include "who/api_token.h"

enum { TOKEN_MAX = 200 };

const char *api_bearer(struct http *h)
{
	const char *s = http_header(h, "Authorization");
	if (!s)
		return NULL;
	if (strncasecmp(s, "Bearer ", 7) != 0)
		return "";
	const char *token = text_trim(http_req(h)->mem, s + 7);
	return strlen(token) <= TOKEN_MAX ? token : "";
}

static bool within(struct http *h, struct limit *l, const struct addr *who, const char *detail)
{
	int64_t wait = 0;
	if (!l || limit_take(l, who, clock_now(), &wait))
		return true;
	http_set_header(h, "Retry-After", arena_printf(http_req(h)->mem, "%lld", (long long)(wait > 0 ? wait : 1)));
	api_problem(h, 429, detail, NULL);
	return false;
}

bool api_may_send(struct http *h)
{
	return within(h, front_app(h)->report_limit, http_client(h), N_("your network has sent too much in an hour"));
}

void api_unknown(struct http *h)
{
	bool tried = http_header(h, "Authorization") != NULL;
	if (tried &&
	    !within(h, front_app(h)->login_limit, http_client(h), N_("your network has tried too many tokens")))
		return;
	/* RFC 6750, section 3: no error code where no token came. */
	http_set_header(h, "WWW-Authenticate",
			tried ? "Bearer realm=\"nicert\", error=\"invalid_token\"" : "Bearer realm=\"nicert\"");
	api_problem(h, 401, N_("expected `Authorization: Bearer TOKEN` with a token that is good here"), NULL);
}

/* Budgets are kept by network; a token's stands in the table as a network of its own. */
static struct addr as_network(int64_t token)
{
	struct addr a = { .family = 6 };
	for (int i = 0; i < 6; i++)
		a.b[i] = (uint8_t)(token >> (40 - 8 * i));
	return a;
}

/* ── its last use, written at most once a minute, beside the request: nobody waits for it ── */

struct use {
	struct write w;
	int64_t token;
};

static enum st use_write(struct req *rq, void *arg)
{
	return api_token_used(rq, *(int64_t *)arg);
}

static void use_done(struct write *w)
{
	struct use *u = w->user;
	arena_free(u->w.mem);
	free(u);
}

static void note_use(struct http *h, const struct api_program *p)
{
	if (clock_now() - p->used_at < 60 * USEC)
		return;
	struct use *u = calloc(1, sizeof *u);
	if (!u)
		return;
	u->token = p->token;
	u->w = (struct write){ .fn = use_write,
			       .arg = &u->token,
			       .who = *http_req(h)->who,
			       .mem = arena_new(64 << 10),
			       .done = use_done,
			       .user = u };
	if (store_submit(front_app(h)->store, &u->w))
		use_done(&u->w);
}

bool api_come_in(struct http *h, const struct api_program *p)
{
	struct addr own = as_network(p->token);
	struct actor who = { .role = 0 };
	if (!within(h, front_app(h)->token_limit, &own, N_("this token has sent too much in an hour")))
		return false;
	snprintf(who.id, sizeof who.id, "%s", p->name);
	http_act_as(h, &who);
	note_use(h, p);
	return true;
}
