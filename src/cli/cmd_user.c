/* user add|list|invite|disable, privacy export|erase. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/json.h"
#include "base/text.h"
#include "cli/account.h"
#include "desk/desk.h"
#include "out/mail/mail.h"
#include "who/account.h"
#include "who/person.h"
#include "who/privacy.h"
#include "who/view.h"

struct add {
	const char *login, *name;
	unsigned role;
	char invite[27];
};
static enum st do_add(struct req *rq, void *arg)
{
	struct add *a = arg;
	return account_add(rq, a->login, a->name, a->role, a->invite);
}
static enum st do_invite(struct req *rq, void *arg)
{
	struct add *a = arg;
	return account_invite(rq, a->login, a->invite);
}
static enum st do_disable(struct req *rq, void *arg)
{
	return account_disable(rq, arg);
}

static int print_invite(struct cli *c, const struct add *a)
{
	char *url = arena_printf(c->mem, "%s/staff/invite/%s", public_url(c->mem, &c->cfg), a->invite);
	if (c->json)
		printf("{\"login\":\"%s\",\"link\":\"%s\"}\n", a->login, url);
	else
		printf("%s sets a password and a second factor here (opens once, for 72 hours):\n  %s\n", a->login,
		       url);
	return DONE;
}

static int run_add(struct cli *c)
{
	const char *roles[8];
	struct add a = { c->arg[0], opt(c, "--name") ? opt(c, "--name") : c->arg[0], 0 };
	int n = opt_all(c, "--role", roles, 8);
	int bad = roles_of(c, roles, n, &a.role);
	if (bad)
		return bad;
	if (!a.role)
		a.role = ROLE_HANDLER;
	return store_write(c->store, &c->rq, do_add, &a) ? cli_fail_rq(c) : print_invite(c, &a);
}

static int run_invite(struct cli *c)
{
	struct add a = { c->arg[0] };
	return store_write(c->store, &c->rq, do_invite, &a) ? cli_fail_rq(c) : print_invite(c, &a);
}

static int run_disable(struct cli *c)
{
	if (store_write(c->store, &c->rq, do_disable, c->arg[0]))
		return cli_fail_rq(c);
	return printf("%s can't sign in any more\n", c->arg[0]), DONE;
}

static int run_list(struct cli *c)
{
	struct account a[500];
	int n;
	static const char *const heads[] = { "LOGIN", "NAME", "ROLES", "LAST SEEN", "STATE" };
	if (account_list(&c->rq, a, 500, &n))
		return cli_fail_rq(c);
	struct table *t = table_new(c->mem, heads, 5);
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_arr(&w, NULL);
	for (int i = 0; i < n; i++) {
		const char *state = account_state(&a[i]);
		table_row(t, (const char *[]){ a[i].login, a[i].name, roles_text(c->mem, a[i].role),
					       a[i].last_seen ? time_iso(c->mem, a[i].last_seen) : "-", state });
		j_obj(&w, NULL);
		j_str(&w, "login", a[i].login);
		j_str(&w, "name", a[i].name);
		j_str(&w, "roles", roles_text(c->mem, a[i].role));
		j_time(&w, "last_seen", a[i].last_seen);
		j_str(&w, "state", state);
		j_end(&w);
	}
	j_end(&w);
	return list_end(c, &b, t);
}

/* Of somebody who is a person of ours; others (addresses that only a room keeps) have no number to be named by. */
static enum st export_viewed(struct cli *c, const char *subject)
{
	struct person p = { 0 };
	int64_t id = 0;
	if (!strncmp(subject, "person:", 7))
		text_int(subject + 7, 1, INT64_MAX, &id);
	else if (person_find(&c->rq, subject, &p) == ST_OK)
		id = p.id;
	err_clear(&c->rq.err);
	return viewed(c,
		      &(struct viewed){ "export", arena_printf(c->mem, "person:%lld", (long long)id), &id, id != 0 });
}

static int run_export(struct cli *c)
{
	BUF_SCOPE b = { .max = (size_t)256 << 20 };
	if (privacy_export(&c->rq, c->arg[0], &b) || export_viewed(c, c->arg[0]))
		return cli_fail_rq(c);
	return puts(buf_cstr(&b)), DONE;
}

enum st erased_list_keep(struct req *rq, const char *dir, struct err *e)
{
	char path[600], tmp[620];
	BUF_SCOPE b = BUF_INIT;
	snprintf(path, sizeof path, "%s/erased.list", dir);
	snprintf(tmp, sizeof tmp, "%s.new", path);
	if (!rq->db || privacy_erased_list(rq, &b))
		return err_set(e, ST_INTERNAL, "%s", rq->err.msg);
	FILE *f = fopen(tmp, "w");
	bool ok = f && fwrite(buf_cstr(&b), 1, b.n, f) == b.n && fflush(f) == 0 && fsync(fileno(f)) == 0;
	if (f && fclose(f))
		ok = false;
	return ok && rename(tmp, path) == 0 ? ST_OK : err_set(e, ST_INTERNAL, "%s can't be written", path);
}

struct erase {
	const char *subject;
	struct privacy_erased out;
};
static enum st do_erase(struct req *rq, void *arg)
{
	struct erase *e = arg;
	return privacy_erase(rq, e->subject, &e->out);
}

/* The address behind SUBJECT, while it is still known. */
static char *email_of(struct cli *c, const char *subject)
{
	struct person p;
	int64_t id;
	if (strncmp(subject, "person:", 7) != 0)
		return arena_strdup(c->mem, subject);
	bool found = text_int(subject + 7, 1, INT64_MAX, &id) && person_get(&c->rq, id, &p) == ST_OK;
	err_clear(&c->rq.err);
	return found ? p.email : NULL;
}

static int run_erase(struct cli *c)
{
	struct erase e = { c->arg[0] };
	if (!opt_on(c, "--yes"))
		return cli_fail(c, "this can't be undone; look at `nicert privacy export %s` first, then say --yes",
				c->arg[0]);
	int64_t letters = 0;
	char *email = email_of(c, c->arg[0]);
	if (store_write(c->store, &c->rq, do_erase, &e))
		return cli_fail_rq(c);
	if (email && mail_forget(&c->cfg, email, &letters, &c->err))
		return cli_fail(c, "erased, but letters to the address may lie in the outbox: %s", c->err.msg);
	int n;
	if (due_run(c->store, cli_fresh(c), desk_due_kinds, desk_due_count, &n)) /* the person's files leave the disk */
		return cli_fail_rq(c);
	if (erased_list_keep(cli_fresh(c), c->cfg.dir, &c->err))
		return cli_fail(c, "erased, but not remembered for a restore: %s", c->err.msg);
	if (c->json)
		printf("{\"person\":%lld,\"entries\":%lld,\"letters\":%lld}\n", (long long)e.out.person,
		       (long long)e.out.entries, (long long)letters);
	else
		printf("Erased person %lld: %lld journal entries emptied; their proofs stay intact.\n",
		       (long long)e.out.person, (long long)e.out.entries);
	return DONE;
}

static const struct option_row add_options[] = {
	{ "--name", "NAME", "as colleagues see it" },
	{ "--role", "ROLE", "handler (default) or another of `user roles`; may be repeated" },
	{ 0 },
};
static const struct option_row erase_options[] = { { "--yes", NULL, "really" }, { 0 } };

const struct command user_commands[] = {
	{ "user", "add", "LOGIN", "Adds an account and prints its one-time link", 1, 1, NEED_STORE, add_options,
	  run_add },
	{ "user", "list", NULL, "Lists accounts", 0, 0, NEED_STORE, NULL, run_list },
	{ "user", "invite", "LOGIN", "A new one-time link for an account (password or device lost)", 1, 1, NEED_STORE,
	  NULL, run_invite },
	{ "user", "disable", "LOGIN", "Takes an account out of use", 1, 1, NEED_STORE, NULL, run_disable },
	{ 0 },
};
const struct command privacy_commands[] = {
	{ "privacy", "export", "SUBJECT", "Everything kept about a person (e-mail address or person:N) as JSON", 1, 1,
	  NEED_STORE, NULL, run_export },
	{ "privacy", "erase", "SUBJECT", "Erases a person's data; the journal's proofs stay intact", 1, 1, NEED_STORE,
	  erase_options, run_erase },
	{ 0 },
};
