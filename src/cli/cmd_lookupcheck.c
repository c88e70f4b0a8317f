/* `nicert check lookup`: every object there is, or some of each kind. */
#include <stdio.h>
#include <string.h>
#include "base/text.h"
#include "cli/lookup_check.h"
#include "names/find.h"
#include "numbers/numbers.h"

enum { PAGE = 500, SHOWN = 20 };

void lookup_site_set(struct cli *c)
{
	look_setup(&(struct look_site){ c->cfg.site_country, c->cfg.site_name, c->cfg.site_name_zh, c->cfg.site_contact,
					public_url(c->mem, &c->cfg) });
}

/* ── where they are ── */

typedef enum st (*list_fn)(struct req *rq, char after[300], char **out, int max, int *n);

static enum st imported_domains(struct req *rq, char after[300], char **out, int max, int *n)
{
	return find_every_domain(rq, false, after, out, max, n);
}

static enum st own_domains(struct req *rq, char after[300], char **out, int max, int *n)
{
	return find_every_domain(rq, true, after, out, max, n);
}

static enum st numbers(struct req *rq, bool asn, char after[300], char **out, int max, int *n)
{
	struct holding *g = arena_array(rq->mem, struct holding, max);
	int64_t id = 0;
	char text[ADDR_TEXT];
	text_int(*after ? after : "0", 0, INT64_MAX, &id);
	if (holding_every(rq, asn, look_site()->country, &id, g, max, n))
		return rq->err.code;
	for (int i = 0; i < *n; i++)
		out[i] = asn ? arena_printf(rq->mem, "%u", g[i].asn_first)
			     : arena_strdup(rq->mem, addr_text(&g[i].range.first, text));
	snprintf(after, 300, "%lld", (long long)id);
	return ST_OK;
}

static enum st addresses(struct req *rq, char after[300], char **out, int max, int *n)
{
	return numbers(rq, false, after, out, max, n);
}

static enum st asns(struct req *rq, char after[300], char **out, int max, int *n)
{
	return numbers(rq, true, after, out, max, n);
}

static enum st holders(struct req *rq, char after[300], char **out, int max, int *n)
{
	if (holding_opaques(rq, "", "\x7f", after, out, max, n))
		return rq->err.code;
	if (*n)
		snprintf(after, 300, "%s", out[*n - 1]);
	return ST_OK;
}

enum { NUMBERS = -1 };
static const struct {
	enum look_kind kind;
	const char *what;
	list_fn list;
	int count; /* enum find_what */
} lists[] = {
	{ LOOK_DOMAIN, "imported domains", imported_domains, FIND_IMPORTED },
	{ LOOK_DOMAIN, "domains", own_domains, FIND_DOMAINS },
	{ LOOK_NAMESERVER, "name servers", find_every_host, FIND_HOSTS },
	{ LOOK_ENTITY, "contacts", find_every_contact, FIND_CONTACTS },
	{ LOOK_ENTITY, "registrars", find_every_registrar, FIND_REGISTRARS },
	{ LOOK_ENTITY, "holders", holders, NUMBERS },
	{ LOOK_IP, "networks", addresses, NUMBERS },
	{ LOOK_AUTNUM, "AS numbers", asns, NUMBERS },
};
enum { LISTS = sizeof lists / sizeof *lists };

/* ── the walk ── */

struct walk {
	struct cli *c;
	const struct config *served; /* NULL: what is rendered here */
	int64_t checked[LISTS], wrong, seen, all, every;
};

static enum st check_some(struct walk *w, int list, char *const *what, int n)
{
	struct cli *c = w->c;
	for (int i = 0; i < n; i++) {
		char why[200] = "";
		if (w->seen++ % w->every)
			continue;
		struct req rq = { .mem = arena_new((size_t)4 << 20), .db = c->rq.db, .who = c->rq.who };
		enum st st = lookup_check(&rq, w->served, lists[list].kind, what[i], why);
		if (st == ST_BUSY || st == ST_LIMIT) {
			c->rq.err = rq.err;
			arena_free(rq.mem);
			return st;
		}
		w->checked[list] += st != ST_NOTFOUND;
		if (st && st != ST_NOTFOUND && w->wrong++ < SHOWN)
			fprintf(stderr, "nicert: %s: %s\n", what[i], st == ST_CONFLICT ? why : rq.err.msg);
		arena_free(rq.mem);
	}
	cli_progress(c, lists[list].what, w->all ? (double)w->seen / (double)w->all : 1);
	return ST_OK;
}

static enum st walk(struct walk *w, int list)
{
	char *what[PAGE], after[300] = "";
	struct cli *c = w->c;
	w->seen = 0;
	for (int n = PAGE; n == PAGE;) {
		struct arena *mem = arena_new((size_t)4 << 20);
		struct req rq = { .mem = mem, .who = c->rq.who };
		rq.db = cli_fresh(c)->db;
		enum st st = lists[list].list(&rq, after, what, PAGE, &n);
		if (st)
			err_set(&c->rq.err, st, "%s", rq.err.msg);
		else
			st = check_some(w, list, what, n);
		arena_free(mem);
		if (st)
			return st;
	}
	return ST_OK;
}

static void report(const struct walk *w)
{
	int64_t all = 0;
	for (int i = 0; i < LISTS; i++)
		all += w->checked[i];
	if (!w->c->json) {
		for (int i = 0; i < LISTS; i++)
			printf("%10lld %s\n", (long long)w->checked[i], lists[i].what);
		printf("%10lld checked, %lld differ\n", (long long)all, (long long)w->wrong);
		return;
	}
	printf("{\"checked\":%lld,\"different\":%lld,\"kinds\":{", (long long)all, (long long)w->wrong);
	for (int i = 0; i < LISTS; i++)
		printf("%s\"%s\":%lld", i ? "," : "", lists[i].what, (long long)w->checked[i]);
	puts("}}");
}

int lookup_check_run(struct cli *c)
{
	struct walk w = { .c = c };
	int64_t sample = 0;
	lookup_site_set(c);
	w.served = opt_on(c, "--served") ? &c->cfg : NULL;
	if (w.served && !*c->cfg.whois_listen)
		return cli_fail(c, "--served: WHOIS is off (whois.listen)");
	if (opt(c, "--sample") && !text_int(opt(c, "--sample"), 1, INT64_MAX, &sample))
		return cli_usage(c, "--sample %s: expected a number", opt(c, "--sample"));
	for (int i = 0; i < LISTS; i++) {
		int count = lists[i].count;
		if (count == NUMBERS ? holding_count(&c->rq, &w.all)
				     : find_count(&c->rq, (enum find_what)count, &w.all))
			return cli_fail_rq(c);
		w.every = sample && w.all > sample ? w.all / sample : 1;
		if (walk(&w, i))
			return cli_fail_rq(c);
	}
	cli_progress_end();
	report(&w);
	return w.wrong ? FAILED : DONE;
}

const struct option_row lookup_check_options[] = {
	{ "--sample", "N", "about so many of each kind instead of all" },
	{ "--served", NULL, "what the running server answers, kept or not, instead of what is made here" },
	{ 0 }
};
