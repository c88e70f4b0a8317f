/* user show|role|roles|sessions|sign-out: what staff may do, and where they are signed in. */
#include <stdio.h>
#include <string.h>
#include "base/json.h"
#include "base/text.h"
#include "cli/account.h"
#include "who/account.h"

/* Words of --role and of arguments; USAGE (told) when one is none of ours. */
int roles_of(struct cli *c, const char *const *word, int n, unsigned *out)
{
	*out = 0;
	for (int i = 0; i < n; i++) {
		unsigned r;
		if (!role_parse(word[i], &r))
			return cli_usage(c, "%s is no role: expected one or several of %s", word[i],
					 role_words(c->mem));
		*out |= r;
	}
	return DONE;
}

char *roles_text(struct arena *mem, unsigned roles)
{
	char *s = role_name(mem, roles);
	for (char *p = s; *p; p++)
		*p = *p == '+' ? ' ' : *p;
	return s;
}

const char *account_state(const struct account *a)
{
	return a->disabled_at ? "disabled" : a->ready ? "active" : "invited";
}

/* ── one account ── */

static void show_may(struct cli *c, unsigned role)
{
	puts("  may:");
	for (int i = 0; i < PERMISSIONS; i++)
		if (role_may(role, permit_rows[i].what))
			printf("    %-20s %s\n", permit_rows[i].name, permit_rows[i].doc);
}

static void show_json(const struct account *a, struct arena *mem)
{
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_obj(&w, NULL);
	j_str(&w, "login", a->login);
	j_str(&w, "name", a->name);
	j_str(&w, "roles", roles_text(mem, a->role));
	j_str(&w, "state", account_state(a));
	j_time(&w, "created_at", a->created_at);
	j_time(&w, "last_seen", a->last_seen);
	j_arr(&w, "may");
	for (int i = 0; i < PERMISSIONS; i++)
		if (role_may(a->role, permit_rows[i].what))
			j_str(&w, NULL, permit_rows[i].name);
	j_end(&w);
	j_end(&w);
	puts(buf_cstr(&b));
}

static int show(struct cli *c, const char *login)
{
	struct account a;
	if (account_by_login(cli_fresh(c), login, &a))
		return cli_fail_rq(c);
	if (c->json)
		return show_json(&a, c->mem), DONE;
	printf("%s  %s\n  roles: %s\n  state: %s, last seen %s\n", a.login, a.name, roles_text(c->mem, a.role),
	       account_state(&a), cli_when(c, a.last_seen));
	show_may(c, a.role);
	return DONE;
}

static int run_show(struct cli *c)
{
	return show(c, c->arg[0]);
}

struct change {
	const char *login;
	unsigned role;
};
static enum st do_role(struct req *rq, void *arg)
{
	struct change *x = arg;
	return account_role(rq, x->login, x->role);
}

static int run_role(struct cli *c)
{
	struct change x = { .login = c->arg[0] };
	int bad = roles_of(c, (const char *const *)c->arg + 1, c->nargs - 1, &x.role);
	if (bad)
		return bad;
	return store_write(c->store, &c->rq, do_role, &x) ? cli_fail_rq(c) : show(c, x.login);
}

/* ── all roles ── */

static void roles_json(void)
{
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_arr(&w, NULL);
	for (int i = 0; i < role_count; i++) {
		j_obj(&w, NULL);
		j_str(&w, "role", role_rows[i].name);
		j_str(&w, "title", role_rows[i].title);
		j_str(&w, "what", role_rows[i].doc);
		j_arr(&w, "may");
		for (int k = 0; k < PERMISSIONS; k++)
			if (permit_rows[k].roles & role_rows[i].role)
				j_str(&w, NULL, permit_rows[k].name);
		j_end(&w);
		j_end(&w);
	}
	j_end(&w);
	puts(buf_cstr(&b));
}

static int run_roles(struct cli *c)
{
	const char *heads[16] = { "PERMISSION" }, *cells[16];
	if (c->json)
		return roles_json(), DONE;
	for (int i = 0; i < role_count; i++)
		printf("%-9s %s: %s\n", role_rows[i].name, role_rows[i].title, role_rows[i].doc);
	puts("");
	for (int i = 0; i < role_count; i++)
		heads[i + 1] = role_rows[i].name;
	struct table *t = table_new(c->mem, heads, role_count + 1);
	for (int k = 0; k < PERMISSIONS; k++) {
		cells[0] = permit_rows[k].name;
		for (int i = 0; i < role_count; i++)
			cells[i + 1] = permit_rows[k].roles & role_rows[i].role ? "yes" : "-";
		if (permit_rows[k].roles & role_staff)
			table_row(t, cells);
	}
	table_print(t);
	return DONE;
}

/* ── sessions ── */

static int run_sessions(struct cli *c)
{
	static const char *const heads[] = { "SESSION", "LOGIN", "SINCE", "LAST SEEN", "ADDRESS", "BROWSER" };
	struct session_row *s = arena_array(c->mem, struct session_row, SESSIONS_MAX);
	struct account a = { 0 };
	int n = 0;
	if ((c->nargs && account_by_login(&c->rq, c->arg[0], &a)) || session_list(&c->rq, a.id, s, SESSIONS_MAX, &n))
		return cli_fail_rq(c);
	struct table *t = table_new(c->mem, heads, 6);
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_arr(&w, NULL);
	for (int i = 0; i < n; i++) {
		table_row(t, (const char *[]){ s[i].id, s[i].login, cli_when(c, s[i].created_at),
					       cli_when(c, s[i].seen_at), *s[i].address ? s[i].address : "-",
					       s[i].browser });
		j_obj(&w, NULL);
		j_str(&w, "session", s[i].id);
		j_str(&w, "login", s[i].login);
		j_time(&w, "since", s[i].created_at);
		j_time(&w, "last_seen", s[i].seen_at);
		j_str(&w, "address", s[i].address);
		j_str(&w, "browser", s[i].browser);
		j_end(&w);
	}
	j_end(&w);
	if (c->json)
		puts(buf_cstr(&b));
	else if (n)
		table_print(t);
	else
		puts("Nobody is signed in.");
	return DONE;
}

struct ending {
	int64_t account, n;
	const char *id;
};
static enum st do_end(struct req *rq, void *arg)
{
	struct ending *e = arg;
	return session_end(rq, e->account, e->id, &e->n);
}

static int run_sign_out(struct cli *c)
{
	struct account a;
	struct ending e = { .id = opt(c, "--session") };
	if (account_by_login(&c->rq, c->arg[0], &a))
		return cli_fail_rq(c);
	e.account = a.id;
	if (store_write(c->store, &c->rq, do_end, &e))
		return cli_fail_rq(c);
	if (c->json)
		printf("{\"login\":\"%s\",\"ended\":%lld}\n", a.login, (long long)e.n);
	else
		printf("%s: %lld session%s ended\n", a.login, (long long)e.n, e.n == 1 ? "" : "s");
	return DONE;
}

static const struct option_row sign_out_options[] = {
	{ "--session", "ID", "only this one, as `user sessions` names it" },
	{ 0 },
};

const struct command account_commands[] = {
	{ "user", "show", "LOGIN", "Shows an account: roles, and what they allow", 1, 1, NEED_STORE, NULL, run_show },
	{ "user", "role", "LOGIN ROLE…", "Gives an account these roles and no others; ends its sessions", 2, 9,
	  NEED_STORE, NULL, run_role },
	{ "user", "roles", NULL, "Lists the roles of staff and what each may do", 0, 0, 0, NULL, run_roles },
	{ "user", "sessions", "[LOGIN]", "Lists who is signed in, since when, from where", 0, 1, NEED_STORE, NULL,
	  run_sessions },
	{ "user", "sign-out", "LOGIN", "Ends the sessions of an account", 1, 1, NEED_STORE, sign_out_options,
	  run_sign_out },
	{ 0 },
};
