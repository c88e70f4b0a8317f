/* `nicert init`: a data folder from nothing. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/text.h"
#include "cli/commands.h"
#include "cli/cert.h"
#include "names/names.h"
#include "who/account.h"

static enum st write_file(const char *dir, const char *name, const char *text, struct err *e)
{
	char path[700];
	snprintf(path, sizeof path, "%s/%s", dir, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	size_t n = strlen(text);
	bool ok = fd >= 0 && write(fd, text, n) == (ssize_t)n && fsync(fd) == 0;
	if (fd >= 0)
		close(fd);
	return ok ? ST_OK : err_set(e, errno == EEXIST ? ST_CONFLICT : ST_INTERNAL, "%s: %s", path, strerror(errno));
}

static enum st make_dirs(const char *dir, struct err *e)
{
	static const char *const subs[] = { "", "/outbox", "/files", "/tmp" };
	char path[700];
	snprintf(path, sizeof path, "%s/nicert.conf", dir);
	if (access(path, F_OK) == 0)
		return err_set(e, ST_CONFLICT, "%s is a data folder already; nothing was changed", dir);
	for (size_t i = 0; i < sizeof subs / sizeof *subs; i++) {
		snprintf(path, sizeof path, "%s%s", dir, subs[i]);
		if (mkdir(path, 0700) && errno != EEXIST)
			return err_set(e, ST_INTERNAL, "%s: %s", path, strerror(errno));
	}
	return ST_OK;
}

static char *config_text(struct cli *c, const char *country, const char *const *lines, int n)
{
	BUF_SCOPE b = BUF_INIT;
	buf_str(&b, "# nicert: `nicert config --help` lists every key with its default.\n\n");
	if (country)
		buf_printf(&b, "site.country = %s\n", country);
	for (int i = 0; i < n; i++) {
		const char *eq = strchr(lines[i], '=');
		if (eq)
			buf_printf(&b, "%.*s = %s\n", (int)(eq - lines[i]), lines[i], eq + 1);
	}
	return arena_strdup(c->mem, buf_cstr(&b));
}

struct first {
	const char *country, *login;
	char invite[27];
};

static enum st first_rows(struct req *rq, void *arg)
{
	struct first *f = arg;
	const char *zone[16];
	int n = f->country ? names_zones_of(f->country, zone, 16) : 0;
	for (int i = 0; i < n; i++)
		if (names_zone_add(rq, zone[i]))
			return rq->err.code;
	/* The first person does everything until there are others. */
	return account_add(rq, f->login, "Administrator", ROLE_ADMIN | ROLE_HANDLER | ROLE_OFFICER | ROLE_DPO,
			   f->invite);
}

/* The journal's name: who it belongs to, unique in the world: the host of public.url, or country and a random part. */
static char *origin_of(struct cli *c)
{
	if (*c->cfg.journal_origin)
		return c->cfg.journal_origin;
	const char *host = url_host(c->mem, c->cfg.public_url);
	char token[27];
	if (*host && !strstr(host, "127.0.0.1") && !strstr(host, "localhost"))
		return arena_printf(c->mem, "%s/journal", host);
	random_token(token);
	return arena_printf(c->mem, "nicert-%.8s.invalid/journal", token);
}

enum st init_make(struct cli *c, const char *dir, const char *country, const char *const *lines, int n, char **invite)
{
	struct first f = { country, opt(c, "--admin") ? opt(c, "--admin") : "admin" };
	char real[PATH_MAX];
	if (make_dirs(dir, &c->err) || write_file(dir, "nicert.conf", config_text(c, country, lines, n), &c->err))
		return c->err.code;
	if (!realpath(dir, real))
		return err_set(&c->err, ST_INTERNAL, "%s: %s", dir, strerror(errno));
	c->dir = arena_strdup(c->mem, real);
	if (core_key_make(c->dir, &c->err) || cli_load(c) || signer_init(c->dir, origin_of(c), &c->err) ||
	    cert_make(c->dir, "epp", &c->err))
		return c->err.code;
	c->store = store_open(&(struct store_opts){ .url = c->cfg.store_url, .create = true }, &c->err);
	if (!c->store)
		return c->err.code;
	c->rq = (struct req){ .mem = c->mem, .who = &actor_cli };
	if (store_write(c->store, &c->rq, first_rows, &f)) {
		c->err = c->rq.err;
		return c->err.code;
	}
	cli_fresh(c);
	*invite = arena_printf(c->mem, "%s/staff/invite/%s", public_url(c->mem, &c->cfg), f.invite);
	return ST_OK;
}

static int run_init(struct cli *c)
{
	char *invite, *dir = c->arg[0];
	const char *country = opt(c, "--country");
	if (country && !cli_country(country))
		return cli_usage(c, "--country %s: expected the two letters of ISO 3166, such as TW", country);
	if (init_make(c, dir, country, c->sets, c->nsets, &invite)) {
		if (c->err.code != ST_CONFLICT && access(dir, F_OK) == 0)
			fprintf(stderr, "nicert: %s was left as far as it came; remove it before trying again\n", dir);
		return cli_fail(c, "%s", c->err.msg);
	}
	if (c->json)
		printf("{\"dir\":\"%s\",\"admin_link\":\"%s\"}\n", c->dir, invite);
	else
		printf("Made %s.\n\nFirst administrator (opens once, for 72 hours; `nicert user invite admin` makes "
		       "another):\n  %s\n\n"
		       "Start it with\n  nicert serve -d %s\n",
		       c->dir, invite, dir);
	return DONE;
}

static int run_config(struct cli *c)
{
	BUF_SCOPE b = BUF_INIT;
	if (opt_on(c, "--markdown"))
		config_reference(&b);
	else if (c->json)
		config_json(&b);
	else
		config_help(&b);
	printf("%s%s", buf_cstr(&b), c->json ? "\n" : "");
	return DONE;
}

static const struct option_row init_options[] = {
	{ "--country", "CC", "the country this registry answers for (ISO 3166)" },
	{ "--admin", "LOGIN", "login of the first administrator (admin)" },
	{ 0 },
};
static const struct option_row config_options[] = { { "--help", NULL, "the same" },
						    { "--markdown", NULL, "as the reference page" },
						    { 0 } };

const struct command init_commands[] = {
	{ "init", NULL, "DIR", "Makes a data folder: configuration, database, keys, first administrator", 1, 1, 0,
	  init_options, run_init },
	{ "config", NULL, NULL, "Lists every setting with its default and bounds", 0, 0, HIDDEN, config_options,
	  run_config },
	{ 0 },
};
