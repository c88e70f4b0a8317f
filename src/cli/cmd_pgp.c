/* pgp: the CERT's key, and whose key is whose. These commands run gpg themselves; of the secret key they only ever make
 * it. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/commands.h"
#include "pgp/pgp.h"
#include "store/journal.h"
#include "who/pgp_key.h"

enum { KEYS = 10000, DAYS = 730 };

/* ── init ── */

static const char *own_address(struct cli *c)
{
	const char *const all[] = { c->cfg.mail_from, c->cfg.mailin_address, c->cfg.site_contact };
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (all[i] && text_email_ok(all[i]))
			return all[i];
	return NULL;
}

struct own_key {
	const char *armoured, *fingerprint;
};

static enum st keep_public(struct req *rq, void *own_key)
{
	const struct own_key *k = own_key;
	if (setting_put(rq, PGP_PUBLIC_SETTING, k->armoured) ||
	    setting_put(rq, PGP_FINGERPRINT_SETTING, k->fingerprint))
		return rq->err.code;
	return journal_append(rq, &(struct fact){ "who", "pgp:own", "pgp-key-made", NULL, 0 });
}

static void print_own(struct cli *c, const struct pgp_key_info *k)
{
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	if (!c->json) {
		printf("%s\n%s\nexpires %s\nRestart `nicert serve`: it then reads encrypted mail and signs its own.\n"
		       "The public key is at %s/pgp.asc; `nicert backup` keeps the secret one.\n",
		       k->user, k->fingerprint, k->expires_at ? time_iso(c->mem, k->expires_at) : "never",
		       public_url(c->mem, &c->cfg));
		return;
	}
	j_obj(&w, NULL);
	j_str(&w, "user_id", k->user);
	j_str(&w, "fingerprint", k->fingerprint);
	j_time(&w, "expires_at", k->expires_at);
	j_end(&w);
	puts(buf_cstr(&b));
}

static int run_init(struct cli *c)
{
	BUF_SCOPE public = { .max = PGP_KEY_MAX };
	struct pgp_key_info k;
	int64_t days = DAYS;
	const char *address = own_address(c), *name = *c->cfg.site_name ? c->cfg.site_name : "CERT";
	if (opt(c, "--days") && !text_int(opt(c, "--days"), 0, 36500, &days))
		return cli_usage(c, "--days %s: expected a number of days, 0 for a key without an end",
				 opt(c, "--days"));
	if (!address)
		return cli_fail(c, "whose key is it? Set mail.from (or mailin.address) in nicert.conf first");
	if (strpbrk(name, "<>\n") || strpbrk(address, "<>\n"))
		return cli_fail(c, "site.name and mail.from may not hold < and > for a key");
	if (pgp_init(c->cfg.dir, arena_printf(c->mem, "%s <%s>", name, address), (int)days, &k, &public, &c->err))
		return cli_fail(c, "%s", c->err.msg);
	struct own_key own = { buf_cstr(&public), k.fingerprint };
	if (store_write(c->store, &c->rq, keep_public, &own))
		return cli_fail_rq(c);
	print_own(c, &k);
	return DONE;
}

/* ── import ── */

static void put_key(struct jw *w, const struct pgp_key *k)
{
	j_obj(w, NULL);
	j_str(w, "address", k->address);
	j_str(w, "fingerprint", k->fingerprint);
	j_str(w, "user_id", k->user);
	j_time(w, "expires_at", k->expires_at);
	j_bool(w, "expired", k->expires_at && k->expires_at <= clock_now());
	j_bool(w, "encrypts", k->encrypts);
	j_bool(w, "always_signs", pgp_key_always(k));
	j_end(w);
}

static int run_import(struct cli *c)
{
	BUF_SCOPE file = { .max = PGP_KEY_MAX };
	BUF_SCOPE least = { .max = PGP_KEY_MAX };
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	struct pgp_key_info i;
	const char *tmp = arena_printf(c->mem, "%s/tmp", c->cfg.dir);
	if (!opt(c, "--party") || !text_email_ok(opt(c, "--party")))
		return cli_usage(c, "--party ADDRESS: whose key is it?");
	if (mkdir(tmp, 0700) && access(tmp, W_OK))
		return cli_fail(c, "%s can't be made", tmp);
	if (!cli_file(c, c->arg[0], &file))
		return FAILED;
	if (pgp_key_read(tmp, buf_cstr(&file), file.n, &i, &least, &c->err))
		return cli_fail(c, "%s", c->err.msg);
	struct pgp_key k = { .address = text_lower(c->mem, opt(c, "--party")),
			     .fingerprint = i.fingerprint,
			     .user = i.user,
			     .armour = (char *)buf_cstr(&least),
			     .expires_at = i.expires_at,
			     .encrypts = i.encrypts,
			     .always = opt_on(c, "--always-signs") };
	if (store_write(c->store, &c->rq, pgp_key_put, &k))
		return cli_fail_rq(c);
	put_key(&w, &k);
	if (c->json)
		puts(buf_cstr(&b));
	else
		printf("%s is bound to %s (%s). Compare the fingerprint with its owner on another way.\n",
		       k.fingerprint, k.address, k.user);
	if (k.expires_at && k.expires_at <= clock_now())
		fprintf(stderr, "nicert: this key expired at %s: letters to %s wait until there is another\n",
			time_iso(c->mem, k.expires_at), k.address);
	return DONE;
}

/* ── list, export, remove ── */

static int run_list(struct cli *c)
{
	static const char *const heads[] = { "ADDRESS", "FINGERPRINT", "EXPIRES", "ALWAYS SIGNS" };
	struct pgp_key *k = arena_array(c->mem, struct pgp_key, KEYS);
	struct table *t = table_new(c->mem, heads, 4);
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	int n = 0;
	if (pgp_key_list(&c->rq, k, KEYS, &n))
		return cli_fail_rq(c);
	j_arr(&w, NULL);
	for (int i = 0; i < n; i++) {
		const char *until = k[i].expires_at ? time_iso(c->mem, k[i].expires_at) : "never";
		const char *always = k[i].always ? "yes" : pgp_key_always(&k[i]) ? "learned" : "no";
		table_row(t, (const char *[]){ k[i].address, k[i].fingerprint, until, always });
		put_key(&w, &k[i]);
	}
	j_end(&w);
	return list_end(c, &b, t);
}

static int run_export(struct cli *c)
{
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	const char *address = opt(c, "--party"), *text;
	struct pgp_key k = { 0 };
	if (address && pgp_key_get(&c->rq, address, &k))
		return c->rq.err.code ? cli_fail_rq(c) : cli_fail(c, "%s has no key here: nicert pgp list", address);
	text = address ? k.armour : setting_get(&c->rq, PGP_PUBLIC_SETTING);
	if (!text)
		return cli_fail(c, "there is no key of ours yet: nicert pgp init");
	if (!c->json) {
		fputs(text, stdout);
		return DONE;
	}
	j_obj(&w, NULL);
	j_str(&w, "address", address);
	j_str(&w, "key", text);
	j_end(&w);
	puts(buf_cstr(&b));
	return DONE;
}

static int run_remove(struct cli *c)
{
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	if (store_write(c->store, &c->rq, pgp_key_remove, c->arg[0]))
		return cli_fail_rq(c);
	j_obj(&w, NULL);
	j_str(&w, "address", c->arg[0]);
	j_bool(&w, "removed", true);
	j_end(&w);
	if (c->json)
		puts(buf_cstr(&b));
	else
		printf("Letters to %s are no longer encrypted.\n", c->arg[0]);
	return DONE;
}

static const struct option_row init_options[] = { { "--days", "N", "how long it is valid (default: 730)" }, { 0 } };
static const struct option_row import_options[] = {
	{ "--party", "ADDRESS", "whose key it is" },
	{ "--always-signs", NULL, "a message from there without a signature is doubted" },
	{ 0 },
};
static const struct option_row export_options[] = { { "--party", "ADDRESS", "that party's key; else ours" }, { 0 } };

const struct command pgp_commands[] = {
	{ "pgp", "init", NULL, "Makes the CERT's PGP key, for site.name and mail.from", 0, 0, NEED_STORE, init_options,
	  run_init },
	{ "pgp", "import", "FILE", "Binds a public key to a party's address", 1, 1, NEED_STORE, import_options,
	  run_import },
	{ "pgp", "list", NULL, "Whose key is whose", 0, 0, NEED_STORE, NULL, run_list },
	{ "pgp", "export", NULL, "Prints our public key, or a party's", 0, 0, NEED_STORE, export_options, run_export },
	{ "pgp", "remove", "ADDRESS", "Takes a party's key away", 1, 1, NEED_STORE, NULL, run_remove },
	{ 0 },
};
