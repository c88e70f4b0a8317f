/* `nicert lookup …` and `nicert partner …`: what RDAP and WHOIS say, who else can be asked, who may see more. */
#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/lookup_check.h"
#include "front/rdap/rdap.h"
#include "front/whois/whois.h"
#include "lookup/partner.h"

extern const struct command lookup_commands[];

enum { FILE_MAX = 8 << 20, PARTNERS = 500 };

/* ── show ── */

static bool level_of(const char *s, enum look_level *out)
{
	for (int i = 0; i < LEVELS; i++)
		if (!strcmp(s, look_level_name(i))) {
			*out = i;
			return true;
		}
	return false;
}

/* Beyond public it is a disclosure here as well: journalled before it is printed, with what it is for. */
static bool told(struct cli *c, const struct look *l, enum look_level level)
{
	const char *purpose = opt(c, "--purpose");
	struct look_disclosure d = { .subject = c->arg[0],
				     .purpose = purpose && *purpose ? purpose : "at the command line",
				     .level = level,
				     .parts = look_disclosed(l) };
	return !d.parts || store_write(c->store, &c->rq, look_disclosed_write, &d) == ST_OK;
}

static int run_show(struct cli *c)
{
	struct look_ask q = { .kind = look_guess(c->arg[0]), .what = c->arg[0] };
	struct look *l = arena_new_of(c->mem, struct look);
	BUF_SCOPE b = BUF_INIT;
	lookup_site_set(c);
	if (opt(c, "--as") && !level_of(opt(c, "--as"), &q.level))
		return cli_usage(c, "--as %s: expected public, partner or staff", opt(c, "--as"));
	if (opt(c, "--at") && (q.at = time_parse(opt(c, "--at"))) == TIME_NONE)
		return cli_usage(c, "--at %s: expected a time like 2026-11-24T14:05:00Z", opt(c, "--at"));
	if (opt(c, "--purpose") && !text_clean(opt(c, "--purpose"), strlen(opt(c, "--purpose"))))
		return cli_usage(c, "--purpose: expected a line of text");
	if (look_find(&c->rq, &q, l) || !told(c, l, q.level))
		return cli_fail_rq(c);
	if (c->json) {
		struct rdap_view v = { .mem = c->mem, .base = look_site()->base, .now = clock_now() };
		rdap_render(&b, &v, l);
		puts(buf_cstr(&b));
	} else {
		whois_render(&b, c->mem, l, look_site()->base);
		fputs(buf_cstr(&b), stdout);
	}
	return DONE;
}

/* ── files ── */

struct boot {
	const char *text, *kind;
	size_t len;
	int n;
};

static enum st boot_write(struct req *rq, void *arg)
{
	struct boot *b = arg;
	return bootstrap_load(rq, b->text, b->len, &b->kind, &b->n);
}

static int run_bootstrap(struct cli *c)
{
	for (int i = 0; i < c->nargs; i++) {
		struct boot b = { 0 };
		BUF_SCOPE text = { .max = FILE_MAX };
		if (!cli_file(c, c->arg[i], &text))
			return FAILED;
		b.text = buf_cstr(&text);
		b.len = text.n;
		if (store_write(c->store, &c->rq, boot_write, &b))
			return cli_fail(c, "%s: %s", c->arg[i], c->rq.err.msg);
		printf("%s: %d entries of kind %s\n", c->arg[i], b.n, b.kind);
	}
	return DONE;
}

static enum st notice_write(struct req *rq, void *arg)
{
	return notice_put(rq, arg);
}

static int run_notice(struct cli *c)
{
	struct notice n = { .kind = c->arg[0],
			    .lang = (char *)(uintptr_t)lang_tag(lang_of(c->arg[1])),
			    .title = (char *)(uintptr_t)opt(c, "--title"),
			    .link = (char *)(uintptr_t)opt(c, "--link") };
	BUF_SCOPE file = { .max = FILE_MAX };
	n.title = n.title ? n.title : n.kind;
	n.link = n.link ? n.link : "";
	if (opt(c, "--file") && !cli_file(c, opt(c, "--file"), &file))
		return FAILED;
	const char *body = opt(c, "--file") ? buf_cstr(&file) : opt(c, "--text");
	n.body = arena_strdup(c->mem, body ? body : "");
	if (!utf8_valid(n.body, strlen(n.body)))
		return cli_fail(c, "the notice is not UTF-8 text");
	return store_write(c->store, &c->rq, notice_write, &n) ? cli_fail_rq(c) : DONE;
}

/* ── partners ── */

struct adding {
	struct partner p;
	char token[27];
};

static enum st add_write(struct req *rq, void *arg)
{
	struct adding *a = arg;
	return partner_add(rq, &a->p, a->token);
}

static int run_partner_add(struct cli *c)
{
	struct adding a = { .p = { .name = c->arg[0], .level = LEVEL_PARTNER } };
	const char *purpose = opt(c, "--purpose");
	a.p.purpose = (char *)(uintptr_t)(purpose ? purpose : "as agreed");
	if (opt_on(c, "--staff"))
		a.p.level = LEVEL_STAFF;
	if (store_write(c->store, &c->rq, add_write, &a))
		return cli_fail_rq(c);
	if (c->json)
		printf("{\"partner\":\"%s\",\"token\":\"%s\"}\n", a.p.name, a.token);
	else
		printf("Token of %s, shown this once: %s\n  curl -H 'Authorization: Bearer %s' %s/rdap/help\n",
		       a.p.name, a.token, a.token, public_url(c->mem, &c->cfg));
	return DONE;
}

static enum st disable_write(struct req *rq, void *arg)
{
	return partner_disable(rq, arg);
}

static int run_partner_disable(struct cli *c)
{
	return store_write(c->store, &c->rq, disable_write, c->arg[0]) ? cli_fail_rq(c) : DONE;
}

static void partners_json(const struct partner *p, int n)
{
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_arr(&w, NULL);
	for (int i = 0; i < n; i++) {
		j_obj(&w, NULL);
		j_str(&w, "name", p[i].name);
		j_str(&w, "level", look_level_name(p[i].level));
		j_str(&w, "purpose", p[i].purpose);
		j_time(&w, "added", p[i].created_at);
		j_time(&w, "disabled", p[i].disabled_at);
		j_end(&w);
	}
	j_end(&w);
	puts(buf_cstr(&b));
}

static int run_partner_list(struct cli *c)
{
	static const char *const heads[] = { "name", "level", "purpose", "added", "disabled" };
	struct partner *p = arena_array(c->mem, struct partner, PARTNERS);
	int n = 0;
	if (partner_list(&c->rq, p, PARTNERS, &n))
		return cli_fail_rq(c);
	if (c->json) {
		partners_json(p, n);
		return DONE;
	}
	struct table *t = table_new(c->mem, heads, 5);
	for (int i = 0; i < n; i++)
		table_row(t, (const char *const[]){ p[i].name, look_level_name(p[i].level), p[i].purpose,
						    time_iso(c->mem, p[i].created_at),
						    p[i].disabled_at ? time_iso(c->mem, p[i].disabled_at) : "" });
	table_print(t);
	return DONE;
}

static const struct option_row show_options[] = { { "--as", "LEVEL", "public (default), partner or staff" },
						  { "--at", "TIME", "as it was then" },
						  { "--purpose", "TEXT",
						    "why, where it shows more than the public sees: it is journalled" },
						  { 0 } };
static const struct option_row notice_options[] = { { "--title", "TEXT", "its heading" },
						    { "--text", "TEXT", "what it says; empty removes it" },
						    { "--file", "FILE", "read it from there" },
						    { "--link", "URL", "more about it" },
						    { 0 } };
static const struct option_row add_options[] = { { "--purpose", "TEXT", "what the partner may use it for" },
						 { "--staff", NULL, "sees what staff see" },
						 { 0 } };

const struct command lookup_commands[] = {
	{ "lookup", "show", "THING", "What is told about a name, address, AS number or handle (--json: as RDAP)", 1, 1,
	  NEED_STORE, show_options, run_show },
	{ "check", "lookup", "", "Compares what RDAP and WHOIS say of every object with its rows", 0, 0, NEED_STORE,
	  lookup_check_options, lookup_check_run },
	{ "lookup", "bootstrap", "FILE…", "Loads RFC 9224 files: where RDAP queries for others' objects go", 1, -1,
	  NEED_STORE, NULL, run_bootstrap },
	{ "lookup", "notice", "KIND LANG", "Sets a notice that every RDAP answer carries (terms, status, report, …)", 2,
	  2, NEED_STORE, notice_options, run_notice },
	{ "partner", "add", "NAME", "Somebody who may see more than the public; prints a token", 1, 1, NEED_STORE,
	  add_options, run_partner_add },
	{ "partner", "list", "", "Partners", 0, 0, NEED_STORE, NULL, run_partner_list },
	{ "partner", "disable", "NAME", "A partner's token is valid no more", 1, 1, NEED_STORE, NULL,
	  run_partner_disable },
	{ 0 },
};
