/* token add|list|revoke: who has an allocation token may register a reserved name, once (RFC 8495). */
#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "base/idn.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/commands.h"
#include "names/registry.h"

enum { TOKENS = 5000 };

static enum st do_add(struct req *rq, void *arg)
{
	return token_add(rq, arg);
}

static int run_add(struct cli *c)
{
	struct token_new t = { .under = c->arg[0], .registrar = opt(c, "--registrar"), .note = opt(c, "--note") };
	const char *until = opt(c, "--until");
	t.until = until ? time_parse(until) : 0;
	if (t.until == TIME_NONE)
		return cli_usage(c, "--until %s: expected a date (2027-01-01) or a time (2027-01-01T00:00:00Z)", until);
	if (act_as(c))
		return FAILED;
	if (store_write(c->store, &c->rq, do_add, &t))
		return cli_fail_rq(c);
	if (c->json) {
		BUF_SCOPE b = BUF_INIT;
		struct jw w = jw_of(&b);
		j_obj(&w, NULL);
		j_int(&w, "id", t.id);
		j_str(&w, "token", t.token);
		j_str(&w, "zone", t.zone);
		j_end(&w);
		puts(buf_cstr(&b));
	} else {
		printf("Token %lld for %s (shown this once):\n  %s\n", (long long)t.id, c->arg[0], t.token);
	}
	return DONE;
}

static const char *state_of(const struct token *t)
{
	if (t->used_at)
		return "used";
	if (t->revoked_at)
		return "revoked";
	return t->until && t->until <= clock_now() ? "expired" : "usable";
}

static void token_json(struct jw *w, const struct token *t)
{
	j_obj(w, NULL);
	j_int(w, "id", t->id);
	j_str(w, "zone", t->zone);
	if (*t->name)
		j_str(w, "name", t->name);
	if (*t->registrar)
		j_str(w, "registrar", t->registrar);
	j_str(w, "state", state_of(t));
	j_time(w, "added_at", t->added_at);
	j_str(w, "added_by", t->added_by);
	if (t->until)
		j_time(w, "until", t->until);
	if (t->used_at) {
		j_time(w, "used_at", t->used_at);
		j_str(w, "used_by", t->used_by);
		j_str(w, "used_for", t->used_for);
	}
	if (*t->note)
		j_str(w, "note", t->note);
	j_end(w);
}

static int run_list(struct cli *c)
{
	static const char *const heads[] = { "ID", "FOR", "REGISTRAR", "STATE", "UNTIL", "USED FOR", "NOTE" };
	struct token *t = arena_array(c->mem, struct token, TOKENS);
	int n;
	if (token_list(&c->rq, !opt_on(c, "--all"), t, TOKENS, &n))
		return cli_fail_rq(c);
	struct table *out = table_new(c->mem, heads, 7);
	BUF_SCOPE b = { .max = (size_t)16 << 20 };
	struct jw w = jw_of(&b);
	j_arr(&w, NULL);
	for (int i = 0; i < n; i++) {
		const char *what = *t[i].name ? name_unicode(c->mem, t[i].name)
					      : arena_printf(c->mem, "any under %s", name_unicode(c->mem, t[i].zone));
		table_row(out, (const char *[]){ arena_printf(c->mem, "%lld", (long long)t[i].id), what,
						 *t[i].registrar ? t[i].registrar : "any", state_of(&t[i]),
						 t[i].until ? time_iso(c->mem, t[i].until) : "-",
						 *t[i].used_for ? t[i].used_for : "-", t[i].note });
		token_json(&w, &t[i]);
	}
	j_end(&w);
	return list_end(c, &b, out);
}

static enum st do_revoke(struct req *rq, void *arg)
{
	return token_revoke(rq, *(int64_t *)arg);
}

static int run_revoke(struct cli *c)
{
	int64_t id;
	if (!text_int(c->arg[0], 1, INT64_MAX, &id))
		return cli_usage(c, "%s: expected the number of a token; `nicert token list` shows them", c->arg[0]);
	if (act_as(c))
		return FAILED;
	if (store_write(c->store, &c->rq, do_revoke, &id))
		return cli_fail_rq(c);
	if (c->json)
		printf("{\"id\":%lld,\"state\":\"revoked\"}\n", (long long)id);
	else
		printf("Token %lld opens nothing any more.\n", (long long)id);
	return DONE;
}

#define AS                                                                                                             \
	{                                                                                                              \
		"--as", "USER", "act as this account, with its permissions"                                            \
	}
static const struct option_row add_options[] = {
	{ "--registrar", "ID", "for this registrar only (any)" },
	{ "--until", "TIME", "valid until then (for ever)" },
	{ "--note", "TEXT", "who got it, and why" },
	AS,
	{ 0 },
};
static const struct option_row list_options[] = { { "--all", NULL, "used, revoked and expired ones too" }, { 0 } };
static const struct option_row as_options[] = { AS, { 0 } };

const struct command token_commands[] = {
	{ "token", "add", "NAME|ZONE", "An allocation token for a reserved name, or for any of a zone; printed once", 1,
	  1, NEED_STORE, add_options, run_add },
	{ "token", "list", NULL, "Tokens that can still be used", 0, 0, NEED_STORE, list_options, run_list },
	{ "token", "revoke", "ID", "Takes a token back that nobody has used", 1, 1, NEED_STORE, as_options,
	  run_revoke },
	{ 0 },
};
