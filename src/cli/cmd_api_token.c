/* api-token add|list|revoke: the tokens by which partners' and contacts' programs ask (who/api_token.h). */
#include <stdio.h>
#include <string.h>
#include "base/json.h"
#include "base/text.h"
#include "cli/commands.h"
#include "desk/desk_peer.h"

enum { SHOWN = 2000 };

static int run_add(struct cli *c)
{
	const char *until = opt(c, "--until"), *label = opt(c, "--label");
	struct peer_token_arg a = { .handle = c->arg[0], .label = arena_strdup(c->mem, label ? label : "") };
	a.until = until ? time_parse(until) : 0;
	if (a.until == TIME_NONE)
		return cli_usage(c, "--until %s: expected a date (2027-01-01) or a time (2027-01-01T00:00:00Z)", until);
	if (store_write(c->store, &c->rq, desk_peer_token_add, &a))
		return cli_fail_rq(c);
	if (!c->json) {
		const char *url = public_url(c->mem, &c->cfg);
		printf("Token %lld of %s until %s, shown this once:\n  %s\n"
		       "  curl -H 'Authorization: Bearer %s' %s/api/v1/shares\n",
		       (long long)a.made.id, c->arg[0], time_iso(c->mem, a.made.until), a.token, a.token, url);
		return DONE;
	}
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_obj(&w, NULL);
	j_int(&w, "id", a.made.id);
	j_str(&w, "partner", c->arg[0]);
	j_str(&w, "token", a.token);
	j_time(&w, "until", a.made.until);
	j_end(&w);
	puts(buf_cstr(&b));
	return DONE;
}

/* Partners are known by their handle, contacts by their address. */
static const char *owner_of(struct cli *c, const struct api_token *t)
{
	struct desk_partner p;
	if (t->side == API_PARTNER && desk_partner_get(&c->rq, t->owner, &p) == ST_OK)
		return p.handle;
	return t->owner;
}

static const char *state_of(const struct api_token *t)
{
	return t->revoked_at ? "revoked" : api_token_live(t) ? "usable" : "expired";
}

static int run_list(struct cli *c)
{
	static const char *const heads[] = { "TOKEN", "OWNER", "LABEL", "STATE", "MADE", "UNTIL", "LAST USED" };
	struct api_token *t = arena_array(c->mem, struct api_token, SHOWN);
	enum api_side side = opt_on(c, "--contacts") ? API_CONTACT : API_PARTNER;
	int n = 0;
	if (desk_api_tokens(cli_fresh(c), side, NULL, !opt_on(c, "--all"), t, SHOWN, &n))
		return cli_fail_rq(c);
	struct table *out = table_new(c->mem, heads, 7);
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_arr(&w, NULL);
	for (int i = 0; i < n; i++) {
		t[i].owner = arena_strdup(c->mem, owner_of(c, &t[i]));
		api_token_json(&w, &t[i]);
		table_row(out,
			  (const char *[]){ arena_printf(c->mem, "%lld", (long long)t[i].id), t[i].owner,
					    *t[i].label ? t[i].label : "-", state_of(&t[i]), cli_when(c, t[i].made_at),
					    cli_when(c, t[i].until), cli_when(c, t[i].used_at) });
	}
	j_end(&w);
	return list_end(c, &b, out);
}

static int run_revoke(struct cli *c)
{
	struct api_token_end a = { 0 };
	if (!text_int(c->arg[0], 1, INT64_MAX, &a.id))
		return cli_usage(c, "%s: expected the number of a token; `nicert api-token list` shows them",
				 c->arg[0]);
	if (store_write(c->store, &c->rq, desk_api_token_end, &a))
		return cli_fail_rq(c);
	if (c->json)
		printf("{\"id\":%lld,\"state\":\"revoked\"}\n", (long long)a.id);
	else
		printf("Token %lld opens nothing any more.\n", (long long)a.id);
	return DONE;
}

static const struct option_row add_options[] = { AS_USER,
						 { "--label", "TEXT", "which of their programs has it" },
						 { "--until", "TIME", "valid until then (a year)" },
						 { 0 } };
static const struct option_row list_options[] = { AS_USER,
						  { "--contacts", NULL, "those that contacts made for themselves" },
						  { "--all", NULL, "revoked and expired ones too" },
						  { 0 } };
static const struct option_row as_options[] = { AS_USER, { 0 } };

const struct command api_token_commands[] = {
	{ "api-token", "add", "PEER", "A token for a partner's programs; printed once", 1, 1, NEED_STORE | ACTS_AS,
	  add_options, run_add },
	{ "api-token", "list", NULL, "Tokens by which programs may ask, newest first", 0, 0, NEED_STORE | ACTS_AS,
	  list_options, run_list },
	{ "api-token", "revoke", "ID", "Takes a token back", 1, 1, NEED_STORE | ACTS_AS, as_options, run_revoke },
	{ 0 },
};
