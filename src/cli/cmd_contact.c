/* contact verify list|run: which contacts are asked whether their mail is read, and what they said. */
#include <stdio.h>
#include <string.h>
#include "base/json.h"
#include "base/text.h"
#include "cli/commands.h"
#include "desk/desk_check.h"
#include "who/permit.h"

enum { CHECKS = 5000 };

static void check_json(struct jw *w, const struct contact_check *k, const struct check_things *t)
{
	j_obj(w, NULL);
	j_str(w, "email", k->email);
	j_str(w, "state", check_state_name(k->state));
	j_time(w, "verified_at", k->verified_at);
	j_time(w, "asked_at", k->asked_at);
	j_time(w, "next_at", k->next_at);
	j_arr(w, "stands_for");
	for (int i = 0; i < t->n; i++)
		j_str(w, NULL, t->name[i]);
	j_end(w);
	j_int(w, "stands_for_total", t->total);
	j_end(w);
}

static const char *things_text(struct cli *c, const struct check_things *t)
{
	if (!t->n)
		return "-";
	return t->total > 1 ? arena_printf(c->mem, "%s +%lld", t->name[0], (long long)t->total - 1) : t->name[0];
}

static int run_list(struct cli *c)
{
	static const char *const heads[] = { "ADDRESS", "STATE", "VERIFIED", "ASKED", "NEXT", "STANDS FOR" };
	struct contact_check *k = arena_array(c->mem, struct contact_check, CHECKS);
	int n;
	if (permit(&c->rq, MAY_CHECK_CONTACT))
		return cli_fail_rq(c);
	if (contact_check_list(&c->rq, opt_on(c, "--all"), k, CHECKS, &n))
		return cli_fail_rq(c);
	struct table *t = table_new(c->mem, heads, 6);
	BUF_SCOPE b = { .max = (size_t)16 << 20 };
	struct jw w = jw_of(&b);
	j_arr(&w, NULL);
	for (int i = 0; i < n; i++) {
		struct check_things things;
		if (desk_check_stands(&c->rq, &k[i], &things))
			return cli_fail_rq(c);
		table_row(t, (const char *[]){ k[i].email, check_state_name(k[i].state), cli_when(c, k[i].verified_at),
					       cli_when(c, k[i].asked_at), cli_when(c, k[i].next_at),
					       things_text(c, &things) });
		check_json(&w, &k[i], &things);
	}
	j_end(&w);
	return list_end(c, &b, t);
}

/* ── now ── */

static int run_now(struct cli *c)
{
	char *email = c->nargs > 1 ? (char *)(uintptr_t)c->arg[1] : NULL;
	if (store_write(c->store, &c->rq, email ? desk_check_now : desk_check_walk_now, email))
		return cli_fail_rq(c);
	if (c->json) {
		BUF_SCOPE b = BUF_INIT;
		struct jw w = jw_of(&b);
		j_obj(&w, NULL);
		j_str(&w, "email", email);
		j_str(&w, "state", email ? check_state_name(CHECK_ASKED) : "looking");
		j_end(&w);
		puts(buf_cstr(&b));
	} else if (email) {
		printf("%s is asked now; the letter goes out while `nicert serve` runs.\n", email);
	} else {
		puts("Addresses to ask are looked for now, while `nicert serve` runs.");
	}
	return DONE;
}

static int run_verify(struct cli *c)
{
	bool list = !strcmp(c->arg[0], "list");
	if ((!list && strcmp(c->arg[0], "run") != 0) || (list && c->nargs > 1))
		return cli_usage(c, "list or run [ADDRESS] is needed after `contact verify`");
	if (act_as(c) != DONE)
		return FAILED;
	return list ? run_list(c) : run_now(c);
}

static const struct option_row verify_options[] = {
	{ "--all", NULL, "list: those that wait for their turn too" },
	{ "--as", "USER", "act as this account, with its permissions" },
	{ 0 },
};

const struct command contact_commands[] = {
	{ "contact", "verify", "list|run [ADDRESS]", "Contacts that are asked twice a year whether their mail is read",
	  1, 2, NEED_STORE, verify_options, run_verify },
	{ 0 },
};
