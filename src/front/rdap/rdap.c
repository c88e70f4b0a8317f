/* rdap.c — routes and single objects. */
#include "front/rdap/rdap.h"
#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/phrase.h"
#include "base/text.h"
#include "front/app.h"
#include "front/disclose.h"
#include "front/rdap/rdap_int.h"
#include "lookup/service.h"

static void get_domain(struct http *h);
static void get_nameserver(struct http *h);
static void get_entity(struct http *h);
static void get_ip(struct http *h);
static void get_autnum(struct http *h);
static void get_help(struct http *h);
static void get_unknown(struct http *h);
static void options_any(struct http *h);

const struct route rdap_routes[] = {
	{ "GET", "/rdap/domain/*", get_domain, 0, 0, "RDAP: a domain, or a name of reverse DNS" },
	{ "GET", "/rdap/nameserver/*", get_nameserver, 0, 0, "RDAP: a name server" },
	{ "GET", "/rdap/entity/*", get_entity, 0, 0, "RDAP: a registrar or contact" },
	{ "GET", "/rdap/ip/**", get_ip, 0, 0, "RDAP: the network of an address or prefix" },
	{ "GET", "/rdap/autnum/*", get_autnum, 0, 0, "RDAP: an AS number" },
	{ "GET", "/rdap/help", get_help, 0, 0, "RDAP: what this service offers" },
	{ "GET", "/rdap/domains", rdap_get_search, 0, 0, "RDAP: domains by name, nsLdhName or nsIp" },
	{ "GET", "/rdap/nameservers", rdap_get_search, 0, 0, "RDAP: name servers by name or ip" },
	{ "GET", "/rdap/entities", rdap_get_search, 0, 0, "RDAP: entities by handle or fn (for partners)" },
	{ "GET", "/rdap/domains/reverse_search/entity", rdap_get_reverse, 0, 0,
	  "RDAP: domains by an entity's handle, fn or email and role (for partners)" },
	{ "GET", "/rdap/nameservers/reverse_search/entity", rdap_get_reverse_hosts, 0, 0,
	  "RDAP: name servers by their registrar's handle (for partners)" },
	{ "GET", "/rdap/**", get_unknown, 0, 0, "RDAP: a query that there is not" },
	{ "OPTIONS", "/rdap/**", options_any, 0, 0, "RDAP: what a browser's script may ask (CORS)" },
	{ 0 },
};

/* ── what the answers share ── */

void rdap_headers(struct http *h)
{
	http_set_header(h, "Access-Control-Allow-Origin", "*");
	http_set_header(h, "Access-Control-Expose-Headers", "ETag, Link, Retry-After, Location");
	http_set_header(h, "Vary", "Accept, Accept-Language, Authorization");
}

static void options_any(struct http *h)
{
	rdap_headers(h);
	http_set_header(h, "Access-Control-Allow-Methods", "GET, HEAD, OPTIONS");
	http_set_header(h, "Access-Control-Allow-Headers", "Authorization, If-None-Match");
	http_set_header(h, "Access-Control-Max-Age", "86400");
	http_status(h, 204);
}

/* Read and rendered once for all answers in a language. */
static void notices_load(struct req *rq, struct rdap_view *v)
{
	char etag[17];
	const char *key = v->lang == LANG_EN ? "n-en" : "n-zh";
	if ((v->notices = lookup_cached(rq->mem, key, etag).p))
		return;
	int64_t head = lookup_head(rq);
	struct notice *n = arena_array(rq->mem, struct notice, NOTICES_MAX);
	BUF_SCOPE b = BUF_INIT;
	v->notice = n;
	if (notice_list(rq, v->lang, n, NOTICES_MAX, &v->nnotices)) {
		v->nnotices = 0;
		return;
	}
	rdap_notices_text(&b, v);
	if (!b.bad)
		lookup_keep_text(key, (struct blob){ b.p, b.n }, head);
}

struct rdap_view rdap_view_of(struct http *h, bool notices)
{
	struct req *rq = http_req(h);
	const struct config *cfg = front_app(h)->cfg;
	struct rdap_view v = { .mem = rq->mem,
			       .base = front_base(cfg, rq->mem),
			       .lang = http_lang(h),
			       .now = clock_now(),
			       .no_whois = !cfg->whois_listen || !*cfg->whois_listen };
	struct err before = rq->err;
	if (notices)
		notices_load(rq, &v);
	rq->err = before;
	return v;
}

static const char *title_of(int code)
{
	static const struct {
		int code;
		const char *title;
	} rows[] = {
		{ 400, N_("Bad request") },	  { 401, N_("Who are you?") },	     { 403, N_("Not allowed") },
		{ 404, N_("Object not found") },  { 405, N_("Method not allowed") }, { 406, N_("Not acceptable") },
		{ 422, N_("Can't be answered") }, { 429, N_("Too many requests") },  { 501, N_("Not implemented") },
		{ 503, N_("Try again later") },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].code == code)
			return rows[i].title;
	return code >= 500 ? N_("Internal error") : N_("Bad request");
}

/* `why` in the reader's language. */
static void say_error(struct http *h, int code, const char *why)
{
	struct rdap_view v = rdap_view_of(h, code < 500);
	buf_reset(http_out(h));
	rdap_render_error(http_out(h), &v, code, title_of(code), code == 500 ? NULL : why);
	http_status(h, code);
	http_type(h, RDAP_TYPE);
	rdap_headers(h);
}

void rdap_error(struct http *h, int code, const char *why)
{
	say_error(h, code, tr(http_lang(h), why));
}

void rdap_unrouted(struct http *h, int code)
{
	const char *said = http_why(h);
	say_error(h, code, said ? said : tr(http_lang(h), title_of(code)));
}

/* What a parser or a room found wrong with what was asked. */
void rdap_error_of(struct http *h, int code, const struct err *e)
{
	say_error(h, code, err_say(http_req(h)->mem, http_lang(h), e));
}

void rdap_fail(struct http *h, const struct err *e)
{
	struct err copy = *e;
	int code = copy.code == ST_INVALID ? 400 : http_code(copy.code);
	if (code == 503)
		http_set_header(h, "Retry-After", "5");
	rdap_error_of(h, code, &copy);
}

/* RFC 7480 §4.2: JSON of either name gets RDAP, and so does a browser; what Accept says of RDAP's own name decides. */
bool rdap_acceptable(struct http *h)
{
	int own = http_accepts(h, RDAP_TYPE);
	if (own > 0 || (own < 0 && (http_accepts(h, "application/json") > 0 || http_accepts(h, "text/html") > 0)))
		return true;
	rdap_error(h, 406, N_("this service speaks application/rdap+json"));
	return false;
}

/* ── one object ── */

struct one {
	struct look_ask q;
	struct look_asker who;
	struct look *found;
	char key[300];
	int64_t head;
};

static void send(struct http *h, struct blob body, const char etag[17], bool anyone)
{
	rdap_headers(h);
	http_set_header(h, "Cache-Control", anyone ? "no-cache" : "private, no-store");
	http_static(h, RDAP_TYPE, body.p, body.n, etag);
}

void rdap_send(struct http *h, struct blob body, bool anyone)
{
	char etag[17];
	lookup_etag(body, etag);
	send(h, body, etag, anyone);
}

static void render(struct http *h, void *arg, const struct err *outcome)
{
	struct one *o = arg;
	if (outcome && outcome->code) {
		rdap_fail(h, outcome);
		return;
	}
	struct rdap_view v = rdap_view_of(h, true);
	bool anyone = o->q.level == LEVEL_PUBLIC;
	if (anyone) /* nothing was written since it was read */
		v.rq = http_req(h);
	struct buf *b = http_out(h); /* it has its memory from earlier answers */
	char etag[17];
	rdap_render(b, &v, o->found);
	if (b->bad) {
		rdap_error(h, 500, N_("the answer is too large"));
		return;
	}
	struct blob body = { arena_dup(v.mem, buf_cstr(b), b->n), b->n };
	lookup_etag(body, etag);
	if (anyone && *o->key)
		lookup_keep(o->key, body, etag, o->found, o->head);
	send(h, body, etag, anyone);
}

/* What isn't ours may be known to be somebody's: RFC 7480 §5.2. The query's own text follows the base. */
static void not_here(struct http *h, const struct look_ask *q, const struct err *e)
{
	struct err why = *e;
	char *base;
	if (why.code == ST_NOTFOUND && !q->at && look_elsewhere(http_req(h), q->kind, q->what, &base) == ST_OK) {
		struct rdap_view v = rdap_view_of(h, false);
		if (strncmp(base, v.base, strlen(v.base)) != 0) { /* not to ourselves */
			http_redirect(h, arena_printf(v.mem, "%s%s/%s", base, look_kind_name(q->kind), q->what));
			http_status(h, 302);
			rdap_headers(h);
			return;
		}
	}
	rdap_fail(h, &why);
}

static bool look(struct http *h, struct one *o)
{
	struct req *rq = http_req(h);
	const char *at = http_query(h, "at");
	o->q.level = o->who.level;
	o->q.base = front_base(front_app(h)->cfg, rq->mem);
	if (at && *at) {
		if (o->q.level == LEVEL_PUBLIC) {
			http_set_header(h, "WWW-Authenticate", "Bearer realm=\"rdap\"");
			rdap_error(h, 401, N_("former versions are for partners and staff"));
			return false;
		}
		if ((o->q.at = time_parse(at)) == TIME_NONE) {
			rdap_error(h, 400, N_("at: expected a time like 2026-11-24T14:05:00Z"));
			return false;
		}
	}
	o->found = arena_new_of(rq->mem, struct look);
	o->head = *o->key ? lookup_head(rq) : -1;
	if (look_find(rq, &o->q, o->found)) {
		not_here(h, &o->q, &rq->err);
		return false;
	}
	return true;
}

/* The key is the query as it came, in lower case: other spellings of one name are other keys, dropped with it. */
static bool key_of(struct http *h, const struct look_ask *q, char *key, size_t n)
{
	if (http_query(h, "at") || strlen(q->what) > 255)
		return false;
	int len = snprintf(key, n, "r%d%d", (int)http_lang(h), (int)q->kind);
	for (const char *s = q->what; *s && (size_t)len + 1 < n; s++)
		key[len++] = *s >= 'A' && *s <= 'Z' && q->kind != LOOK_ENTITY ? (char)(*s + 32) : *s;
	key[len] = 0;
	return true;
}

static void get_one(struct http *h, enum look_kind kind, const char *what)
{
	struct req *rq = http_req(h);
	struct one *o = arena_new_of(rq->mem, struct one);
	char etag[17];
	o->q = (struct look_ask){ .kind = kind, .what = what };
	if (!rdap_who(h, &o->who) || !rdap_acceptable(h))
		return;
	if (o->who.level == LEVEL_PUBLIC && key_of(h, &o->q, o->key, sizeof o->key)) {
		struct blob body = lookup_cached(rq->mem, o->key, etag);
		if (body.p) {
			send(h, body, etag, true);
			return;
		}
	}
	if (!look(h, o))
		return;
	const struct look_disclosure d = { .subject = what, .parts = look_disclosed(o->found), .at = o->q.at };
	front_disclose(h, &o->who, &d, render, o);
}

static void get_domain(struct http *h)
{
	get_one(h, LOOK_DOMAIN, http_arg(h, 0));
}
static void get_nameserver(struct http *h)
{
	get_one(h, LOOK_NAMESERVER, http_arg(h, 0));
}
static void get_entity(struct http *h)
{
	get_one(h, LOOK_ENTITY, http_arg(h, 0));
}
static void get_ip(struct http *h)
{
	get_one(h, LOOK_IP, http_arg(h, 0));
}
static void get_autnum(struct http *h)
{
	get_one(h, LOOK_AUTNUM, http_arg(h, 0));
}

static void get_unknown(struct http *h)
{
	rdap_error(h, 400,
		   N_("expected domain/, nameserver/, entity/, ip/ or autnum/ and what is asked for, or a search"));
}

static void get_help(struct http *h)
{
	if (!rdap_acceptable(h))
		return;
	struct rdap_view v = rdap_view_of(h, true);
	BUF_SCOPE b = BUF_INIT;
	rdap_render_help(&b, &v);
	rdap_send(h, (struct blob){ arena_dup(v.mem, buf_cstr(&b), b.n), b.n }, true);
}
