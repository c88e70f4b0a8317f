/* The listener, the query line, budgets, and the cache. */
#include "front/whois/whois.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/text.h"
#include "lookup/service.h"

enum { LINE_MAX_WHOIS = 512, ANSWER_MAX = 64 << 10, CONNS = 4096, CONNS_NET = 128, MEM = 512 << 10, LOOPS = 16 };
#define TIMEOUT (10 * USEC)

static struct whois {
	struct lines_server *lines;
	struct store *store;
	char *base;
} * _Atomic running;

/* ── the query ── */

static const struct {
	const char *word;
	enum look_kind kind;
} words[] = {
	{ "domain", LOOK_DOMAIN },   { "nameserver", LOOK_NAMESERVER },
	{ "host", LOOK_NAMESERVER }, { "entity", LOOK_ENTITY },
	{ "contact", LOOK_ENTITY },  { "registrar", LOOK_ENTITY },
	{ "ip", LOOK_IP },	     { "as", LOOK_AUTNUM },
	{ "autnum", LOOK_AUTNUM },
};

/* "-T dn,ace example.de", "-B 192.0.2.1": flags and their values go. */
static char *flags_skip(char *s)
{
	static const char *const valued[] = { "-T", "-V", "-C", "-s", "-h" };
	while (*s == '-') {
		size_t n = strcspn(s, " \t");
		bool value = false;
		for (size_t i = 0; i < sizeof valued / sizeof *valued; i++)
			value |= n == 2 && !strncmp(s, valued[i], 2);
		s += n;
		s += strspn(s, " \t");
		if (value) {
			s += strcspn(s, " \t");
			s += strspn(s, " \t");
		}
	}
	return s;
}

enum st whois_parse(struct arena *mem, const char *line, enum look_kind *kind, char **what, bool *help, struct err *e)
{
	if (!utf8_valid(line, strlen(line)) || !text_clean(line, strlen(line)))
		return err_set(e, ST_INVALID, "the query is no UTF-8 text");
	char *s = flags_skip(text_trim(mem, line));
	*help = !*s || !strcmp(s, "?") || text_eq_nocase(s, "help");
	*what = s;
	*kind = LOOK_DOMAIN;
	if (*help)
		return ST_OK;
	size_t n = strcspn(s, " \t");
	for (size_t i = 0; s[n] && i < sizeof words / sizeof *words; i++) {
		if (strlen(words[i].word) != n || !text_eq_nocase(arena_dup(mem, s, n), words[i].word))
			continue;
		*kind = words[i].kind;
		*what = s + n + strspn(s + n, " \t");
		return ST_OK;
	}
	if (s[n])
		return err_set(e, ST_INVALID,
			       "expected one thing to look for, or a kind and a thing; `help` says more");
	*kind = look_guess(s);
	return ST_OK;
}

/* ── answers ── */

static void refused(struct buf *out, const char *why)
{
	buf_printf(out, "%% %s\r\n", why);
}

static void not_found(struct buf *out, struct req *rq, enum look_kind kind, const char *what)
{
	struct err why = rq->err;
	if (why.code != ST_NOTFOUND) {
		refused(out, why.code == ST_INVALID ? why.msg : "The service is busy, try again later.");
		return;
	}
	buf_printf(out, "No match for \"%.200s\".\r\n%% %s\r\n", what, why.msg);
	const char *refer = look_referral(rq, kind, what);
	if (refer)
		buf_printf(out, "refer: %s\r\n", refer);
}

static void render(struct whois *w, struct req *rq, enum look_kind kind, const char *what, const char *key,
		   struct buf *out)
{
	struct look_ask q = { .kind = kind, .what = what, .base = w->base };
	struct look *l = arena_new_of(rq->mem, struct look);
	int64_t head = lookup_head(rq);
	if (look_find(rq, &q, l)) {
		not_found(out, rq, kind, what);
		return;
	}
	whois_render(out, rq->mem, l, w->base);
	if (!out->bad)
		lookup_keep(key, (struct blob){ out->p, out->n }, "0000000000000000", l, head);
}

static void ask(struct whois *w, struct arena *mem, const char *line, struct buf *out)
{
	struct req rq = { .mem = mem, .who = &actor_anonymous };
	enum look_kind kind;
	char *what, etag[17];
	bool help;
	if (whois_parse(mem, line, &kind, &what, &help, &rq.err)) {
		refused(out, rq.err.msg);
		return;
	}
	if (help) {
		whois_help(out, w->base);
		return;
	}
	const char *key = arena_printf(mem, "w%d%s", (int)kind, kind == LOOK_ENTITY ? what : text_lower(mem, what));
	struct blob kept = lookup_cached(mem, key, etag);
	if (kept.p) {
		buf_add(out, kept.p, kept.n);
		return;
	}
	rq.db = store_reader(w->store, &rq.err);
	if (!rq.db) {
		refused(out, "The service is busy, try again later.");
		return;
	}
	render(w, &rq, kind, what, key, out);
	store_reader_done(w->store);
}

static void answer(void *app, const struct addr *client, const char *line, struct buf *out)
{
	struct limit *l = lookup_limit_whois();
	int64_t wait;
	if (l && !limit_take(l, client, clock_now(), &wait)) {
		lookup_count_limited(true);
		buf_printf(out, "%% Too many queries from your network: try again in %lld seconds.\r\n",
			   (long long)wait);
		return;
	}
	if (!line) {
		refused(out, "The query is one line of UTF-8 text of at most 510 bytes; `help` says more.");
		return;
	}
	struct arena *mem = arena_new(MEM);
	ask(app, mem, line, out);
	arena_free(mem);
}

/* ── start and stop ── */

enum st whois_start(const struct whois_opts *o, struct err *e)
{
	if (!o->listen || !*o->listen)
		return ST_OK;
	struct whois *w = calloc(1, sizeof *w);
	if (!w || !(w->base = strdup(o->base ? o->base : "")))
		abort();
	w->store = o->store;
	w->lines = lines_start(&(struct lines_opts){ .listen = o->listen,
						     .loops = o->loops,
						     .line_max = LINE_MAX_WHOIS,
						     .answer_max = ANSWER_MAX,
						     .max = CONNS,
						     .per_net = CONNS_NET,
						     .timeout = TIMEOUT,
						     .answer = answer,
						     .app = w },
			       e);
	if (!w->lines) {
		free(w->base);
		free(w);
		return e->code;
	}
	running = w;
	return ST_OK;
}

void whois_stop(void)
{
	struct whois *w = running;
	running = NULL;
	if (!w)
		return;
	lines_stop(w->lines);
	free(w->base);
	free(w);
}

int whois_port(void)
{
	struct whois *w = running;
	return w ? lines_port(w->lines) : 0;
}

void whois_stats(struct lines_stats *out)
{
	struct whois *w = running;
	lines_stats(w ? w->lines : NULL, out);
}

void whois_metrics(struct buf *out)
{
	struct lines_stats s;
	whois_stats(&s);
	const struct {
		const char *name, *type, *help;
		int64_t value;
	} rows[] = {
		{ "whois_connections", "gauge", "Open WHOIS connections.", s.open },
		{ "whois_accepted_total", "counter", "WHOIS connections taken.", s.accepted },
		{ "whois_answered_total", "counter", "WHOIS queries answered.", s.answered },
		{ "whois_refused_total", "counter", "Connections closed: too many, or too long a line.", s.refused },
		{ "whois_timeouts_total", "counter", "Connections closed: too slow.", s.timeouts },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		buf_printf(out, "# HELP nicert_%s %s\n# TYPE nicert_%s %s\nnicert_%s %lld\n", rows[i].name,
			   rows[i].help, rows[i].name, rows[i].type, rows[i].name, (long long)rows[i].value);
}
