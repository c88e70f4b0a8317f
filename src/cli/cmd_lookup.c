/* `nicert lookup …` and `nicert partner …`: what RDAP and WHOIS say, who else can be asked, who may see more. */
#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "base/idn.h"
#include "base/text.h"
#include "cli/commands.h"
#include "front/rdap/rdap.h"
#include "front/whois/whois.h"
#include "lookup/partner.h"
#include "lookup/search.h"
#include "names/names.h"

extern const struct command lookup_commands[];
/* Compares what RDAP and WHOIS say about a name with its rows; ST_CONFLICT and why when they differ. */
enum st lookup_check_name(struct req *rq, const char *name, char why[200]);

enum { FILE_MAX = 8 << 20, PARTNERS = 500, PAGE = 500, SHOWN = 20 };

static void site_set(struct cli *c)
{
	look_setup(&(struct look_site){ c->cfg.site_country, c->cfg.site_name, c->cfg.site_name_zh, c->cfg.site_contact,
					public_url(c->mem, &c->cfg) });
}

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

static int run_show(struct cli *c)
{
	struct look_ask q = { .kind = look_guess(c->arg[0]), .what = c->arg[0] };
	struct look *l = arena_new_of(c->mem, struct look);
	BUF_SCOPE b = BUF_INIT;
	site_set(c);
	if (opt(c, "--as") && !level_of(opt(c, "--as"), &q.level))
		return cli_usage(c, "--as %s: expected public, partner or staff", opt(c, "--as"));
	if (opt(c, "--at") && (q.at = time_parse(opt(c, "--at"))) == TIME_NONE)
		return cli_usage(c, "--at %s: expected a time like 2026-11-24T14:05:00Z", opt(c, "--at"));
	if (look_find(&c->rq, &q, l))
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

static char *file_text(struct cli *c, const char *path, size_t *n)
{
	FILE *f = strcmp(path, "-") ? fopen(path, "rb") : stdin;
	BUF_SCOPE b = { .max = FILE_MAX };
	char part[8192];
	size_t got;
	if (!f)
		return NULL;
	while ((got = fread(part, 1, sizeof part, f)) > 0)
		buf_add(&b, part, got);
	bool bad = ferror(f) || b.bad;
	if (f != stdin)
		fclose(f);
	*n = b.n;
	return bad ? NULL : arena_dup(c->mem, buf_cstr(&b), b.n);
}

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
		if (!(b.text = file_text(c, c->arg[i], &b.len)))
			return cli_fail(c, "%s: can't be read, or is over %d bytes", c->arg[i], (int)FILE_MAX);
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
	size_t len = 0;
	n.title = n.title ? n.title : n.kind;
	n.link = n.link ? n.link : "";
	n.body = opt(c, "--file") ? file_text(c, opt(c, "--file"), &len) : (char *)(uintptr_t)opt(c, "--text");
	if (!n.body && opt(c, "--file"))
		return cli_fail(c, "%s can't be read", opt(c, "--file"));
	n.body = n.body ? n.body : "";
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

/* ── check: RDAP, WHOIS and the rows ── */

struct said {
	struct arena *mem;
	const struct json *rdap;
	const char *whois;
	size_t nwhois, nrdap;
	const char *raw;
	char *why;
	bool differs;
};

static void differ(struct said *s, const char *what, const char *rows)
{
	if (!s->differs)
		snprintf(s->why, 200, "%s: the rows say %.100s", what, rows);
	s->differs = true;
}

static bool whois_has(const struct said *s, const char *key, const char *value)
{
	const char *want = arena_printf(s->mem, "%s: %s", key, value);
	size_t n = strlen(want);
	for (const char *l = s->whois; *l;) {
		if (!strncmp(l, want, n) && (l[n] == '\r' || l[n] == ' '))
			return true;
		l = strchr(l, '\n');
		l = l ? l + 1 : "";
	}
	return false;
}

static int whois_count(const struct said *s, const char *key)
{
	int n = 0;
	size_t len = strlen(key);
	for (const char *l = s->whois; *l;) {
		n += !strncmp(l, key, len) && l[len] == ':';
		l = strchr(l, '\n');
		l = l ? l + 1 : "";
	}
	return n;
}

static const struct json *member_with(const struct json *list, const char *key, const char *value)
{
	for (int i = 0; i < json_count(list); i++) {
		const char *s = json_str(json_get(json_at(list, i), key));
		if (s && !strcmp(s, value))
			return json_at(list, i);
	}
	return NULL;
}

static void check_time(struct said *s, const char *action, const char *key, int64_t t)
{
	const struct json *e = member_with(json_get(s->rdap, "events"), "eventAction", action);
	const char *got = json_str(json_get(e, "eventDate"));
	const char *want = t > 0 ? time_iso(s->mem, t) : "nothing";
	if ((t > 0) != (got != NULL) || (got && time_parse(got) / USEC != t / USEC))
		differ(s, arena_printf(s->mem, "RDAP %s", action), want);
	if ((t > 0) != (whois_count(s, key) > 0) || (t > 0 && !whois_has(s, key, want)))
		differ(s, arena_printf(s->mem, "WHOIS %s", key), want);
}

static void check_servers(struct said *s, char *const *ns, int n)
{
	const struct json *list = json_get(s->rdap, "nameservers");
	if (json_count(list) != n || whois_count(s, "Name Server") != n)
		differ(s, "number of name servers", arena_printf(s->mem, "%d", n));
	for (int i = 0; i < n; i++)
		if (!member_with(list, "ldhName", ns[i]) || !whois_has(s, "Name Server", ns[i]))
			differ(s, "name server", ns[i]);
}

static bool rdap_status(const struct said *s, const char *word)
{
	const struct json *list = json_get(s->rdap, "status");
	for (int i = 0; i < json_count(list); i++)
		if (!strcmp(json_str(json_at(list, i)), word))
			return true;
	return false;
}

static void check_statuses(struct said *s, const struct look_head *h)
{
	if (json_count(json_get(s->rdap, "status")) != h->nstatus || whois_count(s, "Domain Status") != h->nstatus)
		differ(s, "number of statuses", arena_printf(s->mem, "%d", h->nstatus));
	for (int i = 0; i < h->nstatus; i++)
		if (!rdap_status(s, look_status_rdap(h->status[i])) || !whois_has(s, "Domain Status", h->status[i]))
			differ(s, "status", h->status[i]);
}

/* What must not be told stands in neither; in JSON text is escaped only where it holds quotes or backslashes. */
static void check_absent(struct said *s, const char *what, const char *secret, const char *name)
{
	if (!secret || strlen(secret) < 4 || strstr(name, secret))
		return;
	if (strstr(s->raw, arena_printf(s->mem, "\"%s\"", secret)) ||
	    strstr(s->whois, arena_printf(s->mem, ": %s\r", secret)))
		differ(s, what, "that it is not told to the public");
}

static void check_sponsor(struct said *s, const char *sponsor)
{
	const struct json *list = json_get(s->rdap, "entities");
	if (*sponsor && (!member_with(list, "handle", sponsor) || !whois_has(s, "Registrar ID", sponsor)))
		differ(s, "registrar", sponsor);
}

static enum st check_imported(struct req *rq, struct said *s, const char *name)
{
	struct name *n = arena_new_of(rq->mem, struct name);
	char *ns[LOOK_NS];
	int count = 0;
	if (names_find(rq, name, 0, n))
		return rq->err.code;
	for (char *list = arena_strdup(rq->mem, n->nameservers), *one; (one = strsep(&list, " ")) && count < LOOK_NS;)
		if (*one)
			ns[count++] = one;
	check_time(s, "registration", "Creation Date", n->registered);
	check_time(s, "expiration", "Registry Expiry Date", n->expires);
	check_servers(s, ns, count);
	check_sponsor(s, n->sponsor);
	if (strcmp(n->holder_kind, "org") != 0)
		check_absent(s, "holder", n->holder, n->name);
	else if (*n->holder && !whois_has(s, "Registrant Organization", n->holder))
		differ(s, "WHOIS holder", n->holder);
	return ST_OK;
}

static void check_contact(struct req *rq, struct said *s, const char *handle, const char *name)
{
	struct contact_object *c = arena_new_of(rq->mem, struct contact_object);
	if (!handle || contact_object_get(rq, handle, c)) {
		err_clear(&rq->err);
		return;
	}
	bool open = c->disclose_set && c->disclose_flag;
	for (int i = 0; c->person && !open && i < POSTALS; i++)
		check_absent(s, "contact's name", c->postal[i].name, name);
	if (c->person && !open)
		check_absent(s, "contact's e-mail", c->email, name);
	if (!member_with(json_get(s->rdap, "entities"), "handle", handle))
		differ(s, "RDAP contact", handle);
}

static enum st check_own(struct req *rq, struct said *s, const char *name)
{
	struct domain *d = arena_new_of(rq->mem, struct domain);
	if (domain_get(rq, name, d))
		return rq->err.code;
	check_time(s, "registration", "Creation Date", d->c.created_at);
	check_time(s, "expiration", "Registry Expiry Date", d->expires_at);
	check_time(s, "last changed", "Updated Date", d->c.updated_at);
	check_servers(s, d->ns, d->nns);
	check_sponsor(s, d->c.sponsor);
	check_contact(rq, s, d->registrant, d->name);
	for (int i = 0; i < d->ncontacts; i++)
		check_contact(rq, s, d->contact[i].handle, d->name);
	if (whois_count(s, "DNSSEC DS Data") != d->nds ||
	    json_count(json_get(json_get(s->rdap, "secureDNS"), "dsData")) != d->nds)
		differ(s, "number of DS", arena_printf(s->mem, "%d", d->nds));
	return ST_OK;
}

enum st lookup_check_name(struct req *rq, const char *name, char why[200])
{
	struct look_ask q = { .kind = LOOK_DOMAIN, .what = name };
	struct look *l = arena_new_of(rq->mem, struct look);
	BUF_SCOPE rdap = BUF_INIT;
	BUF_SCOPE whois = BUF_INIT;
	if (look_find(rq, &q, l))
		return rq->err.code;
	struct rdap_view v = { .mem = rq->mem, .base = "https://check.invalid", .now = clock_now() };
	rdap_render(&rdap, &v, l);
	whois_render(&whois, rq->mem, l, v.base);
	struct said s = { .mem = rq->mem, .raw = buf_cstr(&rdap), .whois = buf_cstr(&whois), .why = why };
	if (!(s.rdap = json_parse(rq->mem, rdap.p, rdap.n, &rq->err)))
		return rq->err.code;
	const char *ldh = json_str(json_get(s.rdap, "ldhName"));
	if (!ldh || strcmp(ldh, l->domain.name) != 0 || !whois_has(&s, "Domain Name", l->domain.name))
		differ(&s, "name", l->domain.name);
	check_statuses(&s, &l->h);
	bool own = l->h.source && !strcmp(l->h.source, "registry");
	enum st st = own ? check_own(rq, &s, l->domain.name) : check_imported(rq, &s, l->domain.name);
	return st ? st : s.differs ? err_set(&rq->err, ST_CONFLICT, "%.90s: %.150s", name, why) : ST_OK;
}

struct walk {
	int64_t checked, wrong, every, seen;
};

static void check_some(struct cli *c, struct walk *w, char *const *name, int n)
{
	for (int i = 0; i < n; i++) {
		char why[200] = "";
		if (w->seen++ % w->every)
			continue;
		struct req rq = { .mem = arena_new((size_t)4 << 20), .db = c->rq.db, .who = c->rq.who };
		enum st st = lookup_check_name(&rq, name[i], why);
		w->checked++;
		if (st && st != ST_NOTFOUND && w->wrong++ < SHOWN)
			fprintf(stderr, "nicert: %s: %s\n", name[i], st == ST_CONFLICT ? why : rq.err.msg);
		arena_free(rq.mem);
	}
}

static enum st walk(struct cli *c, struct walk *w, bool own)
{
	char *name[PAGE];
	char after[300] = "";
	for (int n = PAGE; n == PAGE;) {
		struct arena *mem = arena_new((size_t)4 << 20);
		struct req rq = { .mem = mem, .db = c->rq.db, .who = c->rq.who };
		enum st st = look_names(&rq, own, after, name, PAGE, &n);
		if (n)
			snprintf(after, sizeof after, "%s", name[n - 1]);
		check_some(c, w, name, st ? 0 : n);
		arena_free(mem);
		if (st)
			return err_set(&c->rq.err, st, "%s", rq.err.msg);
	}
	return ST_OK;
}

static int run_check(struct cli *c)
{
	struct walk w = { .every = 1 };
	int64_t sample = 0, all = 0;
	site_set(c);
	if (opt(c, "--sample") && !text_int(opt(c, "--sample"), 1, INT64_MAX, &sample))
		return cli_usage(c, "--sample %s: expected a number", opt(c, "--sample"));
	if (sample && look_names_count(&c->rq, &all))
		return cli_fail_rq(c);
	w.every = sample && all > sample ? all / sample : 1;
	if (walk(c, &w, false) || walk(c, &w, true))
		return cli_fail_rq(c);
	if (c->json)
		printf("{\"checked\":%lld,\"different\":%lld}\n", (long long)w.checked, (long long)w.wrong);
	else
		printf("%lld names checked, %lld differ\n", (long long)w.checked, (long long)w.wrong);
	return w.wrong ? FAILED : DONE;
}

static const struct option_row show_options[] = { { "--as", "LEVEL", "public (default), partner or staff" },
						  { "--at", "TIME", "as it was then" },
						  { 0 } };
static const struct option_row notice_options[] = { { "--title", "TEXT", "its heading" },
						    { "--text", "TEXT", "what it says; empty removes it" },
						    { "--file", "FILE", "read it from there" },
						    { "--link", "URL", "more about it" },
						    { 0 } };
static const struct option_row add_options[] = { { "--purpose", "TEXT", "what the partner may use it for" },
						 { "--staff", NULL, "sees what staff see" },
						 { 0 } };
static const struct option_row check_options[] = { { "--sample", "N", "about so many names instead of all" }, { 0 } };

const struct command lookup_commands[] = {
	{ "lookup", "show", "THING", "What is told about a name, address, AS number or handle (--json: as RDAP)", 1, 1,
	  NEED_STORE, show_options, run_show },
	{ "lookup", "check", "", "Compares what RDAP and WHOIS say with the rows", 0, 0, NEED_STORE, check_options,
	  run_check },
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
