/* registrar user add|list|invite|disable: a registrar's people, who work in the console. */
#include <stdio.h>
#include <string.h>
#include "base/json.h"
#include "base/text.h"
#include "cli/commands.h"
#include "names/registry.h"
#include "who/account.h"

enum { PEOPLE = 500 };

struct user {
	const char *registrar, *login, *name;
	unsigned role;
	char invite[27];
};

static enum st do_add(struct req *rq, void *arg)
{
	struct user *u = arg;
	struct registrar r;
	if (registrar_get(rq, u->registrar, &r))
		return rq->err.code;
	return registrar_user_add(rq, r.handle, u->login, u->name, u->role, u->invite);
}

static enum st do_invite(struct req *rq, void *arg)
{
	struct user *u = arg;
	return registrar_user_invite(rq, u->registrar, u->login, u->invite);
}

static enum st do_disable(struct req *rq, void *arg)
{
	struct user *u = arg;
	return registrar_user_disable(rq, u->registrar, u->login);
}

static int print_invite(struct cli *c, const struct user *u)
{
	char *url = arena_printf(c->mem, "%s/staff/invite/%s", public_url(c->mem, &c->cfg), u->invite);
	if (c->json)
		printf("{\"registrar\":\"%s\",\"login\":\"%s\",\"link\":\"%s\"}\n", u->registrar, u->login, url);
	else
		printf("%s of %s sets a password and a second factor here (opens once, for 72 hours):\n  %s\n",
		       u->login, u->registrar, url);
	return DONE;
}

static const char *level(unsigned role)
{
	return role & ROLE_REGISTRAR_USERS ? "users" : role & ROLE_REGISTRAR_WRITE ? "write" : "read";
}

static int list(struct cli *c, const char *registrar)
{
	static const char *const heads[] = { "LOGIN", "NAME", "MAY", "LAST SEEN", "STATE" };
	struct account *a = arena_array(c->mem, struct account, PEOPLE);
	struct registrar r;
	int n;
	if (registrar_get(&c->rq, registrar, &r) || registrar_user_list(&c->rq, r.handle, a, PEOPLE, &n))
		return cli_fail_rq(c);
	struct table *t = table_new(c->mem, heads, 5);
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_arr(&w, NULL);
	for (int i = 0; i < n; i++) {
		const char *state = a[i].disabled_at ? "disabled" : a[i].ready ? "active" : "invited";
		table_row(t, (const char *[]){ a[i].login, a[i].name, level(a[i].role),
					       a[i].last_seen ? time_iso(c->mem, a[i].last_seen) : "-", state });
		j_obj(&w, NULL);
		j_str(&w, "login", a[i].login);
		j_str(&w, "name", a[i].name);
		j_str(&w, "may", level(a[i].role));
		j_time(&w, "last_seen", a[i].last_seen);
		j_str(&w, "state", state);
		j_end(&w);
	}
	j_end(&w);
	return list_end(c, &b, t);
}

int registrar_user_command(struct cli *c)
{
	const char *act = c->arg[0];
	struct user u = { .registrar = c->arg[1], .login = c->nargs > 2 ? c->arg[2] : NULL };
	if (!strcmp(act, "list") && !u.login)
		return list(c, u.registrar);
	if (!u.login)
		return cli_usage(c, "expected add, invite or disable with ID and LOGIN, or list with ID");
	u.name = opt(c, "--name") ? opt(c, "--name") : u.login;
	if (!role_registrar_parse(opt(c, "--may") ? opt(c, "--may") : "users", &u.role))
		return cli_usage(c, "--may %s: expected read, write or users", opt(c, "--may"));
	if (!strcmp(act, "add"))
		return store_write(c->store, &c->rq, do_add, &u) ? cli_fail_rq(c) : print_invite(c, &u);
	if (!strcmp(act, "invite"))
		return store_write(c->store, &c->rq, do_invite, &u) ? cli_fail_rq(c) : print_invite(c, &u);
	if (strcmp(act, "disable") != 0)
		return cli_usage(c, "%s: expected add, list, invite or disable", act);
	if (store_write(c->store, &c->rq, do_disable, &u))
		return cli_fail_rq(c);
	return printf("%s can't sign in any more\n", u.login), DONE;
}
