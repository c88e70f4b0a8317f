/* `nicert mailin`: one message from a pipe, as Postfix, Exim or a delivery agent gives it. Exit status as in
 * sysexits.h: 0 only once it is durable, EX_TEMPFAIL when the sender is to try again, EX_DATAERR for what can't be
 * taken, EX_USAGE for an option that is none. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include "base/json.h"
#include "cli/commands.h"
#include "front/mailin/mailin.h"
#include "pgp/pgp.h"

enum { RECIPIENTS = 50 };

static int failed(struct cli *c, int status)
{
	cli_fail(c, "%s", c->err.code ? c->err.msg : c->rq.err.msg);
	return status;
}

/* Whatever can't be read or is no mail is the sender's; all else is ours, and passes. */
static int status_of(enum st st)
{
	switch (st) {
	case ST_OK:
		return EX_OK;
	case ST_INVALID:
	case ST_LIMIT:
		return EX_DATAERR;
	case ST_NOTFOUND:
	case ST_DENIED:
	case ST_CONFLICT:
	case ST_BUSY:
	case ST_INTERNAL:
		break;
	}
	return EX_TEMPFAIL;
}

static int read_message(struct cli *c, struct buf *to)
{
	char piece[65536];
	size_t n;
	while ((n = fread(piece, 1, sizeof piece, stdin)) > 0)
		buf_add(to, piece, n);
	if (ferror(stdin))
		return failed(c, EX_TEMPFAIL);
	if (to->bad) {
		err_set(&c->err, ST_LIMIT, "the message is larger than %d MB", MAIL_MAX >> 20);
		return failed(c, EX_DATAERR);
	}
	return EX_OK;
}

static int show(struct cli *c, const struct mailin_site *site, const struct buf *message, const char *const *to)
{
	BUF_SCOPE out = BUF_INIT;
	struct mailin *m = arena_new_of(c->mem, struct mailin);
	if (mailin_parse(c->mem, buf_cstr(message), message->n, &site->own, opt(c, "--sender"), to, m, &c->err))
		return failed(c, status_of(c->err.code));
	mailin_json(&out, m);
	puts(buf_cstr(&out));
	return EX_OK;
}

static void print(struct cli *c, const struct desk_mailed *d)
{
	if (!c->json) {
		printf("%s%s%s%s\n", mail_fate_name(d->fate), *d->number ? " " : "", d->number,
		       d->repeated ? " (taken before)" : "");
		return;
	}
	BUF_SCOPE out = BUF_INIT;
	struct jw w = jw_of(&out);
	j_obj(&w, NULL);
	j_str(&w, "fate", mail_fate_name(d->fate));
	j_str(&w, "case", *d->number ? d->number : NULL);
	j_bool(&w, "repeated", d->repeated);
	j_end(&w);
	puts(buf_cstr(&out));
}

/* A pipe has no server behind it: a role of its own opens what PGP closed, once a message needs it. */
struct pipe {
	struct cli *c;
	struct pgp *role;
};

static struct pgp *start_pgp(void *pipe, struct err *e)
{
	struct pipe *p = pipe;
	if (!p->role)
		p->role = pgp_spawn(p->c->self, p->c->dir, e);
	return p->role;
}

static int take(struct cli *c, struct mailin_site *site, struct pipe *pipe, const struct buf *message,
		const char *const *to)
{
	static const struct actor mail = { "mail", 0, 0 };
	struct desk_mail_arg arg;
	if (cli_store(c))
		return failed(c, EX_TEMPFAIL);
	c->rq.who = &mail;
	if (pgp_made(c->cfg.dir)) {
		site->pgp_start = start_pgp;
		site->ctx = pipe;
	}
	if (mailin_open(&c->rq, site, buf_cstr(message), message->n, opt(c, "--sender"), to, &arg) ||
	    store_write(c->store, &c->rq, desk_mail_write, &arg))
		return failed(c, status_of(c->rq.err.code));
	print(c, &arg.out);
	return EX_OK;
}

static int run_mailin(struct cli *c)
{
	BUF_SCOPE message = { .max = MAIL_MAX };
	struct mailin_site site;
	const char *to[RECIPIENTS + 1] = { NULL };
	opt_all(c, "--recipient", to, RECIPIENTS);
	if (cli_load(c))
		return failed(c, EX_TEMPFAIL);
	mailin_site_of(c->mem, &c->cfg, &site);
	int st = read_message(c, &message);
	if (st)
		return st;
	struct pipe pipe = { .c = c };
	st = opt_on(c, "--dry-run") ? show(c, &site, &message, to) : take(c, &site, &pipe, &message, to);
	pgp_free(pipe.role);
	return st;
}

static const struct option_row options[] = {
	{ "-d", "DIR", "the data folder (default: $NICERT_DIR, else the current folder)" },
	{ "--sender", "ADDRESS", "of the envelope; empty for the null sender" },
	{ "--recipient", "ADDRESS", "of the envelope; may be repeated" },
	{ "--dry-run", NULL, "only prints, as JSON, what the message is understood as" },
	{ 0 },
};

const struct command mailin_commands[] = {
	{ "mailin", NULL, NULL, "Takes one mail from standard input; exit status 0, 64, 65 or 75 as in sysexits.h", 0,
	  0, SYSEXITS, options, run_mailin },
	{ 0 },
};
