#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "base/lang.h"
#include "base/text.h"
#include "net/http_int.h"

/* ── checks before any handler ── */

struct seen { /* headers that decide how the message is cut, RFC 9112 §6 */
	int lengths, codings, hosts;
	const char *length, *coding;
	size_t bytes; /* of MHD's pool that the request takes */
	bool many;
};
struct collect {
	struct http *h;
	struct seen seen;
};

static enum MHD_Result header_add(void *cls, enum MHD_ValueKind kind, const char *name, size_t name_n,
				  const char *value, size_t value_n)
{
	struct collect *c = cls;
	struct http *h = c->h;
	struct seen *s = &c->seen;
	if (h->nheaders == HTTP_HEADERS_MAX) {
		s->many = true;
		return MHD_NO;
	}
	value = value ? value : "";
	s->bytes += name_n + value_n + HTTP_POOL_ENTRY;
	if (!strcasecmp(name, "Content-Length")) {
		s->lengths++;
		s->length = value;
	} else if (!strcasecmp(name, "Transfer-Encoding")) {
		s->codings++;
		s->coding = value;
	} else if (!strcasecmp(name, "Host")) {
		s->hosts++;
	}
	h->header[h->nheaders].name = name;
	h->header[h->nheaders++].value = value;
	return MHD_YES;
}

/* MHD cuts the query too, and keeps an entry for each of its fields. */
static size_t pool_cost(const char *target)
{
	size_t n = strlen(target) + 2 * HTTP_POOL_ENTRY;
	for (const char *p = target; (p = strchr(p, '&')); p++)
		n += HTTP_POOL_ENTRY;
	return n;
}

static void refuse(struct http *h, int code, const char *why)
{
	h->close = true;
	http_fail(h, code, "%s", why);
}

static bool framing_ok(struct http *h, const struct seen *s, const char *version)
{
	if (s->many)
		refuse(h, 400, N_("more than 64 headers"));
	else if (s->bytes > HTTP_HEAD_MAX)
		refuse(h, 431, N_("the headers are too large"));
	else if (s->lengths > 1)
		refuse(h, 400, "more than one Content-Length");
	else if (s->lengths && s->codings)
		refuse(h, 400, "Content-Length with Transfer-Encoding");
	else if (s->codings > 1 || (s->codings && strcasecmp(s->coding, "chunked") != 0))
		refuse(h, 400, "a Transfer-Encoding other than chunked");
	else if (s->codings && strcmp(version, "HTTP/1.1") != 0)
		refuse(h, 400, "Transfer-Encoding needs HTTP/1.1");
	else if (s->hosts > 1)
		refuse(h, 400, "more than one Host");
	return !h->failed;
}

/* MHD cuts the request line with 0 bytes, so one that was sent ends the target early: then the version is not next. */
static bool target_has_zero(const struct http *h, const char *version)
{
	const char *p = h->uri_seen + strlen(h->target);
	return version - p != 1;
}

static bool target_ok(struct http *h, const char *version)
{
	char *raw = h->target, *query = NULL;
	const char *why = target_has_zero(h, version) ? N_("the path holds a 0 byte") : NULL;
	if (!why)
		why = target_parse(h->mem, h->target, &raw, &query, &h->path);
	if (why) {
		h->target = raw;
		h->path = "";
		refuse(h, 400, why);
		return false;
	}
	h->target = raw;
	h->nquery = *query ? form_parse(h->mem, query, strlen(query), NULL, &h->query) : 0;
	if (h->nquery < 0) {
		h->nquery = 0;
		http_fail(h, 400, N_("the query is not valid UTF-8, or has too many fields"));
		return false;
	}
	return true;
}

static bool route_ok(struct http *h)
{
	struct match *m = &h->match;
	router_match(h->srv->router, h->method, h->target, m);
	if (!m->known) {
		http_fail(h, 404, N_("there is nothing at this address"));
	} else if (!m->route) {
		http_set_header(h, "Allow", m->allow);
		http_fail(h, 405, N_("this address does not take %s"), h->method);
	}
	for (int i = 0; m->route && i < m->nargs; i++) {
		char *arg = arena_dup(h->mem, m->arg[i].p, m->arg[i].n);
		long n = pct_decode(arg, m->arg[i].n, false, true);
		if (n < 0) {
			http_fail(h, 400, N_("the path is not valid UTF-8"));
			break;
		}
		arg[n] = 0;
		h->arg[i] = arg;
	}
	return !h->failed;
}

static size_t body_cap(const struct http *h)
{
	size_t cap = h->match.route->body_max, all = (size_t)h->srv->cfg->http_body_max;
	return all && cap > all ? all : cap;
}

/* `length` as announced, or 0 for chunks. */
static void body_check(struct http *h, const struct seen *s)
{
	int64_t length = 0;
	if (s->lengths && !text_int(s->length, 0, INT64_MAX, &length)) {
		refuse(h, 400, "a Content-Length that is no number");
		return;
	}
	h->body_left = length || s->codings;
	if (!h->match.route)
		return;
	h->body_cap = body_cap(h);
	if (h->body_cap)
		body_begin(h, http_header(h, "Content-Type"));
	if (!h->failed && (!body_fits(h, length) || (s->codings && !h->body_cap)))
		http_fail(h, 413, N_("the body is larger than the %zu bytes this address takes"), h->body_cap);
}

static void client_set(struct http *h)
{
	char *all = NULL;
	for (int i = 0; h->srv->ntrusted && i < h->nheaders; i++)
		if (!strcasecmp(h->header[i].name, "X-Forwarded-For"))
			all = all ? arena_printf(h->mem, "%s,%s", all, h->header[i].value)
				  : arena_strdup(h->mem, h->header[i].value);
	h->client = client_find(&h->c->peer, all, h->srv->trusted, h->srv->ntrusted);
}

void request_begin(struct http *h, struct MHD_Connection *mc, const char *method, const char *version)
{
	struct collect c = { .h = h, .seen = { .bytes = pool_cost(h->target) } };
	h->mc = mc;
	h->head = !strcmp(method, "HEAD");
	h->method = h->head ? "GET" : method;
	MHD_get_connection_values_n(mc, MHD_HEADER_KIND, header_add, &c);
	client_set(h);
	h->body_left = c.seen.lengths || c.seen.codings;
	if (target_ok(h, version) && framing_ok(h, &c.seen, version)) /* the target first: it says how to refuse */
		route_ok(h);
	if (!h->failed || (h->failed != 400 && h->failed != 431))
		body_check(h, &c.seen);
	if (h->failed && h->body_left)
		h->close = true;
}

/* ── what a handler asks ── */

const char *http_method(const struct http *h)
{
	return h->method;
}
bool http_begins(const struct http *h, const char *path)
{
	const char *s = h->path && *h->path ? h->path : h->target;
	return s && !strncmp(s, path, strlen(path));
}

const char *http_path(const struct http *h)
{
	return h->path;
}
void *http_app(const struct http *h)
{
	return h->srv->app;
}
const struct addr *http_client(const struct http *h)
{
	return &h->client;
}

const char *http_arg(const struct http *h, int i)
{
	return i >= 0 && i < HTTP_ARGS_MAX && h->arg[i] ? h->arg[i] : "";
}

const char *http_header(const struct http *h, const char *name)
{
	for (int i = 0; i < h->nheaders; i++)
		if (!strcasecmp(h->header[i].name, name))
			return h->header[i].value;
	return NULL;
}

const char *http_cookie(const struct http *h, const char *name)
{
	for (int i = 0; i < h->nheaders; i++) {
		char *v =
			strcasecmp(h->header[i].name, "Cookie") ? NULL : cookie_find(h->mem, h->header[i].value, name);
		if (v)
			return v;
	}
	return NULL;
}

static const char *field_find(const struct http_field *f, int n, const char *name)
{
	for (int i = 0; i < n; i++)
		if (!strcmp(f[i].name, name))
			return f[i].value;
	return NULL;
}

const char *http_query(const struct http *h, const char *name)
{
	return field_find(h->query, h->nquery, name);
}
const char *http_form(const struct http *h, const char *name)
{
	return field_find(h->form, h->nform, name);
}

int http_form_all(const struct http *h, const struct http_field **list)
{
	*list = h->form;
	return h->nform;
}

int http_files(const struct http *h, const struct http_file **list)
{
	*list = h->file;
	return h->nfiles;
}

void http_file_take(struct http *h, int i)
{
	if (i >= 0 && i < h->nfiles)
		h->file_taken[i] = true;
}

struct blob http_body(const struct http *h)
{
	bool raw = h->kind == BODY_RAW;
	return (struct blob){ raw ? buf_cstr(&h->m->body) : "", raw ? h->m->body.n : 0 };
}

int http_accepts(const struct http *h, const char *type)
{
	const char *accept = http_header(h, "Accept");
	return accept && *accept ? media_weight(accept, type) : 1000;
}

bool http_wants_json(const struct http *h)
{
	return accepts_json_first(http_header(h, "Accept"));
}

/* A tag that names one of our languages, not merely anything. */
static bool lang_named(const char *tag, enum lang *out)
{
	if (!tag)
		return false;
	*out = lang_of(tag);
	return text_eq_nocase(tag, lang_tag(*out)) || !strncasecmp(tag, lang_tag(*out), 2);
}

static enum lang lang_choose(struct http *h)
{
	enum lang l, kept;
	const char *cookie = http_cookie(h, "lang");
	bool has_kept = lang_named(cookie, &kept);
	if (lang_named(http_query(h, "lang"), &l)) {
		if (!has_kept || kept != l)
			http_set_cookie(h, "lang", lang_tag(l), 365 * 86400);
		return l;
	}
	return has_kept ? kept : lang_accept(http_header(h, "Accept-Language"), h->srv->lang);
}

enum lang http_lang(const struct http *h)
{
	if (h->lang < 0) {
		struct http *mine = (struct http *)h; /* remembers what it found; nothing else of the request changes */
		mine->lang = (int)lang_choose(mine);
	}
	return (enum lang)h->lang;
}

struct req *http_req(struct http *h)
{
	return &h->rq;
}

void http_act_as(struct http *h, const struct actor *who)
{
	h->who = *who;
	h->rq.who = &h->who;
}
