/* registrar add|list|show|set|disable|enable|password|cert|deposit: who may use the EPP port. */
#include <stdio.h>
#include <string.h>
#include "base/json.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/keypair.h"
#include "names/portfolio.h"
#include "who/account.h"

enum { REGISTRARS = 500, SESSIONS = 10, RATE = 100 };

/* ── what is there ── */

static char *credit_text(struct cli *c, const char *handle, int64_t *balance, char currency[4])
{
	*balance = 0;
	currency[0] = 0;
	if (ledger_balance(&c->rq, arena_printf(c->mem, "registrar:%s", handle), balance, currency)) {
		err_clear(&c->rq.err);
		return arena_strdup(c->mem, "-");
	}
	return money_text(c->mem, *balance, currency);
}

static void registrar_json(struct cli *c, struct jw *w, const struct registrar *r)
{
	int64_t balance;
	char currency[4];
	credit_text(c, r->handle, &balance, currency);
	j_obj(w, NULL);
	j_str(w, "id", r->handle);
	j_str(w, "name", r->name);
	j_str(w, "email", r->email);
	j_str(w, "lang", r->lang);
	j_str(w, "state", r->disabled_at ? "disabled" : "active");
	j_int(w, "credit", balance);
	j_str(w, "currency", currency);
	j_int(w, "session_max", r->session_max);
	j_int(w, "rate", r->rate);
	j_time(w, "password_set_at", r->password_set_at);
}

static int run_list(struct cli *c)
{
	static const char *const heads[] = { "ID", "NAME", "E-MAIL", "CREDIT", "STATE" };
	struct registrar *r = arena_array(c->mem, struct registrar, REGISTRARS);
	int n;
	if (registrar_list(&c->rq, r, REGISTRARS, &n))
		return cli_fail_rq(c);
	struct table *t = table_new(c->mem, heads, 5);
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_arr(&w, NULL);
	for (int i = 0; i < n; i++) {
		int64_t balance;
		char currency[4];
		table_row(t, (const char *[]){ r[i].handle, r[i].name, r[i].email,
					       credit_text(c, r[i].handle, &balance, currency),
					       r[i].disabled_at ? "disabled" : "active" });
		registrar_json(c, &w, &r[i]);
		j_end(&w);
	}
	j_end(&w);
	return list_end(c, &b, t);
}

static void show_json(struct cli *c, const struct registrar *r, int64_t below, const struct registrar_cert *cert, int n)
{
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	registrar_json(c, &w, r);
	j_int(&w, "low_balance", below);
	j_arr(&w, "certificates");
	for (int i = 0; i < n; i++)
		j_str(&w, NULL, cert[i].fingerprint);
	j_end(&w);
	j_end(&w);
	puts(buf_cstr(&b));
}

static int run_show(struct cli *c)
{
	struct registrar r;
	struct registrar_cert cert[REGISTRAR_CERTS];
	int n;
	int64_t balance, below;
	char currency[4];
	if (registrar_get(&c->rq, c->arg[0], &r) || portfolio_low_balance(&c->rq, r.handle, &below) ||
	    registrar_certs(&c->rq, r.handle, cert, REGISTRAR_CERTS, &n))
		return cli_fail_rq(c);
	if (c->json)
		return show_json(c, &r, below, cert, n), DONE;
	printf("%s  %s%s\n", r.handle, r.name, r.disabled_at ? "  (disabled)" : "");
	printf("  e-mail    %s\n  language  %s\n  credit    %s\n", *r.email ? r.email : "-", r.lang,
	       credit_text(c, r.handle, &balance, currency));
	if (below)
		printf("  warned    below %s\n", money_text(c->mem, below, currency));
	printf("  sessions  at most %lld, %lld commands/s\n  password  %s\n", (long long)r.session_max,
	       (long long)r.rate, r.password_set_at ? time_iso(c->mem, r.password_set_at) : "none");
	for (int i = 0; i < n; i++)
		printf("  cert      %s  since %s\n", cert[i].fingerprint, time_iso(c->mem, cert[i].added_at));
	return DONE;
}

/* ── adding ── */

struct add {
	struct registrar r;
	int64_t credit;
	const char *currency;
	struct certificate cert;
};

static enum st do_add(struct req *rq, void *arg)
{
	struct add *a = arg;
	if (registrar_add(rq, &a->r, a->credit, a->currency))
		return rq->err.code;
	return registrar_cert_add(rq, a->r.handle, &a->cert);
}

/* What our zones' prices are in; TWD while there is none. */
static const char *currency_of(struct cli *c)
{
	struct zone_row *z = arena_array(c->mem, struct zone_row, 64);
	const struct policy *p;
	int n = 0;
	const char *found = opt(c, "--currency");
	if (!found && zones_list(&c->rq, z, 64, &n))
		err_clear(&c->rq.err);
	for (int i = 0; i < n && !found; i++)
		if (z[i].authoritative && policy_of(&c->rq, z[i].name, 0, &p) == ST_OK && p->nprices)
			found = p->price[0].price.currency;
	err_clear(&c->rq.err);
	return found ? found : "TWD";
}

static bool limit_of(struct cli *c, const char *option, int64_t def, int64_t *out)
{
	*out = def;
	return !opt(c, option) || text_int(opt(c, option), 1, 100000, out);
}

/* Where its key goes: DIR/registrars, or --out. */
static const char *key_folder(struct cli *c)
{
	return opt(c, "--out") ? opt(c, "--out") : arena_printf(c->mem, "%s/registrars", c->cfg.dir);
}

static void added_json(const struct add *a, const char *password, const char *key)
{
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_obj(&w, NULL);
	j_str(&w, "id", a->r.handle);
	j_str(&w, "password", password);
	j_str(&w, "fingerprint", a->cert.fingerprint);
	if (key) {
		BUF_SCOPE path = BUF_INIT;
		buf_printf(&path, "%s.key", key);
		j_str(&w, "key", buf_cstr(&path));
		buf_reset(&path);
		buf_printf(&path, "%s.crt", key);
		j_str(&w, "certificate", buf_cstr(&path));
	}
	j_end(&w);
	puts(buf_cstr(&b));
}

static int run_add(struct cli *c)
{
	struct add a = { .r = { .handle = c->arg[0] }, .currency = currency_of(c) };
	const char *cert = opt(c, "--tls-cert"), *name = opt(c, "--name"), *dir = key_folder(c);
	char password[17];
	if (opt(c, "--credit") && !money_parse(opt(c, "--credit"), &a.credit))
		return cli_usage(c, "--credit %s: expected an amount such as 100000 or 99.50", opt(c, "--credit"));
	if (!limit_of(c, "--sessions", SESSIONS, &a.r.session_max) || !limit_of(c, "--rate", RATE, &a.r.rate))
		return cli_usage(c, "--sessions and --rate: numbers from 1 to 100000");
	if (registrar_get(&c->rq, a.r.handle, &(struct registrar){ 0 }) == ST_OK)
		return cli_fail(c, "there is already a registrar %s", a.r.handle);
	err_clear(&c->rq.err);
	registrar_password_make(password);
	a.r.name = arena_strdup(c->mem, name ? name : c->arg[0]);
	a.r.email = arena_strdup(c->mem, opt(c, "--email"));
	a.r.lang = arena_strdup(c->mem, opt(c, "--lang") ? opt(c, "--lang") : c->cfg.site_lang);
	a.r.password = password_hash(c->mem, password, &c->err);
	if (strpbrk(a.r.handle, "/") || !a.r.password)
		return cli_fail(c, "%s", a.r.password ? "an ID has no slash in it" : c->err.msg);
	if (cert ? keypair_read(cert, &a.cert, &c->err) : keypair_make(dir, a.r.handle, a.cert.fingerprint, &c->err))
		return cli_fail(c, "%s", c->err.msg);
	if (store_write(c->store, &c->rq, do_add, &a)) {
		if (!cert)
			keypair_remove(dir, a.r.handle);
		return cli_fail_rq(c);
	}
	char *key = cert ? NULL : arena_printf(c->mem, "%s/%s", dir, a.r.handle);
	if (c->json)
		return added_json(&a, password, key), DONE;
	printf("Registrar %s may log in with the password (shown this once)\n  %s\n", a.r.handle, password);
	if (key)
		printf("and with this key and certificate, which are theirs alone:\n  %s.key\n  %s.crt\n", key, key);
	else
		printf("and the certificate %s\n  SHA-256 %s\n", cert, a.cert.fingerprint);
	return DONE;
}

/* ── changing ── */

struct change {
	const char *handle, *value;
	const struct certificate *cert;
	const struct registrar_change *to;
	int64_t amount;
	bool on;
};

static enum st do_set(struct req *rq, void *arg)
{
	struct change *k = arg;
	return registrar_set(rq, k->handle, k->to);
}

static enum st do_disable(struct req *rq, void *arg)
{
	struct change *k = arg;
	return registrar_disable(rq, k->handle, k->on);
}

static enum st do_password(struct req *rq, void *arg)
{
	struct change *k = arg;
	return registrar_password_set(rq, k->handle, k->value);
}

static enum st do_cert(struct req *rq, void *arg)
{
	struct change *k = arg;
	return k->on ? registrar_cert_add(rq, k->handle, k->cert)
		     : registrar_cert_remove(rq, k->handle, k->cert->fingerprint);
}

static enum st do_deposit(struct req *rq, void *arg)
{
	struct change *k = arg;
	return registrar_deposit(rq, k->handle, k->amount, k->value);
}

/* One value of a registrar as JSON, or a sentence. */
static int said(struct cli *c, const char *key, const char *value, const char *sentence)
{
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	if (!c->json)
		return printf("%s\n", sentence), DONE;
	j_obj(&w, NULL);
	j_str(&w, "id", c->arg[0]);
	j_str(&w, key, value);
	j_end(&w);
	return puts(buf_cstr(&b)), DONE;
}

static int run_set(struct cli *c)
{
	struct registrar_change to = { .name = opt(c, "--name"),
				       .email = opt(c, "--email"),
				       .lang = opt(c, "--lang"),
				       .low_balance = REGISTRAR_KEEP };
	const char *below = opt(c, "--low-balance");
	struct change k = { .handle = c->arg[0], .to = &to };
	if (!limit_of(c, "--sessions", REGISTRAR_KEEP, &to.session_max) ||
	    !limit_of(c, "--rate", REGISTRAR_KEEP, &to.rate))
		return cli_usage(c, "--sessions and --rate: numbers from 1 to 100000");
	if (below && (!money_parse(below, &to.low_balance) || to.low_balance < 0))
		return cli_usage(c, "--low-balance %s: expected an amount such as 5000 or 99.50; 0: never", below);
	if (!to.name && !to.email && !to.lang && !below && !opt(c, "--sessions") && !opt(c, "--rate"))
		return cli_usage(c, "say what changes: --name, --email, --lang, --sessions, --rate or --low-balance");
	if (store_write(c->store, &c->rq, do_set, &k))
		return cli_fail_rq(c);
	cli_fresh(c);
	return run_show(c);
}

static int disable(struct cli *c, bool on)
{
	struct change k = { .handle = c->arg[0], .on = on };
	if (store_write(c->store, &c->rq, do_disable, &k))
		return cli_fail_rq(c);
	return said(c, "state", on ? "disabled" : "active",
		    arena_printf(c->mem, "%s %s", c->arg[0], on ? "can't log in any more" : "may log in again"));
}

static int run_disable(struct cli *c)
{
	return disable(c, true);
}

static int run_enable(struct cli *c)
{
	return disable(c, false);
}

static int run_password(struct cli *c)
{
	char password[17];
	struct change k = { .handle = c->arg[0] };
	registrar_password_make(password);
	if (!(k.value = password_hash(c->mem, password, &c->err)))
		return cli_fail(c, "%s", c->err.msg);
	if (store_write(c->store, &c->rq, do_password, &k))
		return cli_fail_rq(c);
	return said(c, "password", password,
		    arena_printf(c->mem, "The new password of %s (shown this once):\n  %s", c->arg[0], password));
}

static int run_cert(struct cli *c)
{
	struct certificate cert;
	struct change k = { .handle = c->arg[0], .cert = &cert, .on = !opt_on(c, "--remove") };
	if (keypair_read(c->arg[1], &cert, &c->err))
		return cli_fail(c, "%s", c->err.msg);
	if (store_write(c->store, &c->rq, do_cert, &k))
		return cli_fail_rq(c);
	return said(c, "fingerprint", cert.fingerprint,
		    arena_printf(c->mem, "%s %s the certificate %s", c->arg[0],
				 k.on ? "may log in with" : "no longer has", cert.fingerprint));
}

static int run_deposit(struct cli *c)
{
	int64_t balance;
	char currency[4];
	struct change k = { .handle = c->arg[0], .value = opt(c, "--note") ? opt(c, "--note") : "" };
	if (!money_parse(c->arg[1], &k.amount))
		return cli_usage(c, "%s: expected an amount such as 100000 or 99.50", c->arg[1]);
	if (store_write(c->store, &c->rq, do_deposit, &k))
		return cli_fail_rq(c);
	cli_fresh(c);
	char *credit = credit_text(c, c->arg[0], &balance, currency);
	return said(c, "credit", credit, arena_printf(c->mem, "%s now has %s", c->arg[0], credit));
}

static const struct option_row add_options[] = {
	{ "--name", "NAME", "as people know it (the ID)" },
	{ "--email", "ADDRESS", "where it is written to" },
	{ "--lang", "TAG", "language of what it gets (site.lang)" },
	{ "--credit", "AMOUNT", "a first deposit" },
	{ "--currency", "CUR", "of its account (that of our prices)" },
	{ "--tls-cert", "FILE", "its client certificate; without, a key and a certificate are made" },
	{ "--out", "FOLDER", "where these go (DIR/registrars)" },
	{ "--sessions", "N", "EPP sessions at a time (10)" },
	{ "--rate", "N", "commands a second (100)" },
	{ 0 },
};
static const struct option_row set_options[] = {
	{ "--name", "NAME", "as people know it" },
	{ "--email", "ADDRESS", "where it is written to (\"\": nowhere)" },
	{ "--lang", "TAG", "language of what it gets" },
	{ "--sessions", "N", "EPP sessions at a time" },
	{ "--rate", "N", "commands a second" },
	{ "--low-balance", "AMOUNT", "told by message when its credit falls below (0: never)" },
	{ 0 },
};
static const struct option_row cert_options[] = { { "--remove", NULL, "takes it away instead" }, { 0 } };
static const struct option_row user_options[] = {
	{ "--name", "NAME", "as colleagues see it (add)" },
	{ "--may", "WHAT", "read, write or users: everything, access too (add; users)" },
	{ 0 },
};
static const struct option_row deposit_options[] = { { "--note", "TEXT", "kept with the entry" }, { 0 } };

const struct command registrar_commands[] = {
	{ "registrar", "add", "ID", "Adds a registrar; prints its password once", 1, 1, NEED_STORE, add_options,
	  run_add },
	{ "registrar", "list", NULL, "Lists registrars and their credit", 0, 0, NEED_STORE, NULL, run_list },
	{ "registrar", "show", "ID", "Everything about one registrar", 1, 1, NEED_STORE, NULL, run_show },
	{ "registrar", "set", "ID", "Changes what is given, nothing else", 1, 1, NEED_STORE, set_options, run_set },
	{ "registrar", "disable", "ID", "Refuses its logins; its objects stay", 1, 1, NEED_STORE, NULL, run_disable },
	{ "registrar", "enable", "ID", "Takes that back", 1, 1, NEED_STORE, NULL, run_enable },
	{ "registrar", "password", "ID", "A new password, printed once", 1, 1, NEED_STORE, NULL, run_password },
	{ "registrar", "cert", "ID FILE", "Adds a client certificate (PEM or DER)", 2, 2, NEED_STORE, cert_options,
	  run_cert },
	{ "registrar", "user", "add|list|invite|disable ID [LOGIN]", "Its people, who work in the console", 2, 3,
	  NEED_STORE, user_options, registrar_user_command },
	{ "registrar", "deposit", "ID AMOUNT", "Books money received to its credit", 2, 2, NEED_STORE, deposit_options,
	  run_deposit },
	{ 0 },
};
