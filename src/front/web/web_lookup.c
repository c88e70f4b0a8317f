/* web_lookup.c — /lookup: who answers for it (the chain), what the register says of it, what it was before (for staff),
 * and the same for machines. */
#include "front/web/web.h"
#include <string.h>
#include "base/json.h"
#include "base/text.h"
#include "front/disclose.h"
#include "front/web/pages.h"
#include "lookup/relay.h"
#include "names/registry.h"

enum { VERSIONS = 30, LINES = 80 };

/* ── what the register says ── */

/* What of the answer is an object: a host's registered name, an address's network. */
static const char *object_of(const struct lookup_view *v)
{
	const struct answer *a = v->a;
	if (!a)
		return v->q;
	if (a->kind == THING_NAME || a->kind == THING_URL || a->kind == THING_OTHER)
		return a->matched ? a->matched : a->host ? a->host : v->q;
	return v->q;
}

static bool object_find(struct http *h, struct lookup_view *v)
{
	struct req *rq = http_req(h);
	struct look *l = arena_new_of(rq->mem, struct look);
	const char *what = object_of(v);
	struct look_ask q = { .kind = look_guess(what), .what = what, .base = front_base(front_app(h)->cfg, rq->mem) };
	if (look_find(rq, &q, l)) {
		err_clear(&rq->err);
		return false;
	}
	v->l = l;
	return true;
}

static const char *key_of(const struct lookup_view *v)
{
	const struct look *l = v->l;
	return l->kind == LOOK_DOMAIN	    ? l->domain.name
	       : l->kind == LOOK_NAMESERVER ? l->host.ns.name
	       : l->kind == LOOK_ENTITY	    ? l->who.e.handle
					    : object_of(v);
}

static void machines(struct http *h, struct lookup_view *v)
{
	struct arena *mem = http_req(h)->mem;
	const char *key = key_of(v), *listen = front_app(h)->cfg->whois_listen;
	v->rdap = arena_printf(mem, "/rdap/%s/%s", look_kind_name(v->l->kind), key);
	if (v->l->kind == LOOK_AUTNUM)
		v->rdap = arena_printf(mem, "/rdap/autnum/%u", v->l->autnum.first);
	const char *base = front_base(front_app(h)->cfg, mem), *host = strstr(base, "://");
	if (listen && *listen && host)
		v->whois = arena_printf(mem, "whois -h %.*s %s", (int)strcspn(host + 3, ":/"), host + 3, key);
}

/* The first whose address is withheld. */
static void relay(struct lookup_view *v)
{
	const struct look *l = v->l;
	if (l->kind == LOOK_ENTITY)
		v->relay = l->who.e.relay;
	for (int i = 0; i < l->h.nentities && !v->relay; i++)
		v->relay = l->h.entity[i]->relay;
	const char *path = v->relay ? strstr(v->relay, "/contact/") : NULL;
	v->relay = path;
}

/* ── what it was ── */

struct lines {
	char *line[LINES];
	int n;
};

static void lines_of(struct arena *mem, const struct json *o, const char *key, struct lines *out)
{
	const char *s = json_str(o);
	if (out->n == LINES || json_is_null(o) || json_is_bool(o))
		return;
	int64_t v;
	if (s)
		out->line[out->n++] = arena_printf(mem, "%s\t%s", key, s);
	else if (json_int(o, &v))
		out->line[out->n++] = arena_printf(mem, "%s\t%lld", key, (long long)v);
	for (int i = 0; !s && i < json_count(o); i++) {
		const char *name = json_key(json_at(o, i));
		lines_of(mem, json_at(o, i), name ? *key ? arena_printf(mem, "%s %s", key, name) : name : key, out);
	}
}

static bool line_in(const struct lines *list, const char *line)
{
	for (int i = 0; i < list->n; i++)
		if (!strcmp(list->line[i], line))
			return true;
	return false;
}

static void change_put(struct arena *mem, struct lookup_version *v, const char *line, bool added)
{
	const char *tab = strchr(line, '\t');
	if (v->n == LOOKUP_CHANGES || !strncmp(line, "updated_at\t", 11) || !strncmp(line, "updater\t", 8))
		return;
	v->change[v->n++] = (struct lookup_change){ arena_dup(mem, line, (size_t)(tab - line)), tab + 1, added };
}

static void version_make(struct arena *mem, const struct lines *was, const struct lines *is, struct lookup_version *v)
{
	for (int i = 0; i < was->n; i++)
		if (!line_in(is, was->line[i]))
			change_put(mem, v, was->line[i], false);
	for (int i = 0; i < is->n; i++)
		if (!line_in(was, is->line[i]))
			change_put(mem, v, is->line[i], true);
}

static void snapshot_lines(struct arena *mem, const char *text, struct lines *out)
{
	struct err quiet = { 0 };
	struct json *o = text ? json_parse(mem, text, strlen(text), &quiet) : NULL;
	*out = (struct lines){ .n = 0 };
	if (o)
		lines_of(mem, o, "", out);
}

/* Newest first. Names and hosts only: a contact's versions are its person's data. For whom RDAP tells former versions. */
static void history(struct http *h, struct lookup_view *v)
{
	struct req *rq = http_req(h);
	bool domain = v->l->kind == LOOK_DOMAIN;
	if (!domain && v->l->kind != LOOK_NAMESERVER)
		return;
	struct former *f = arena_array(rq->mem, struct former, VERSIONS);
	struct lines *was = arena_new_of(rq->mem, struct lines), *is = arena_new_of(rq->mem, struct lines);
	int n = 0;
	if (registry_history(rq, domain ? "domain" : "host", key_of(v), 0, f, VERSIONS, &n)) {
		err_clear(&rq->err);
		return;
	}
	v->version = arena_array(rq->mem, struct lookup_version, n);
	for (int i = 0; i < n; i++) {
		struct lookup_version *one = &v->version[n - 1 - i];
		*one = (struct lookup_version){ .at = f[i].at, .actor = f[i].actor, .verb = f[i].verb };
		snapshot_lines(rq->mem, f[i].object, is);
		version_make(rq->mem, was, is, one);
		*was = *is;
	}
	v->nversions = n;
}

/* ── the page ── */

static void show(struct http *h, void *view, const struct err *outcome)
{
	struct lookup_view *v = view;
	struct page p = page_of(h, N_("Who is responsible?"), NAV_LOOKUP);
	if (outcome && outcome->code) {
		http_fail_err(h, outcome);
		return;
	}
	p.path = path_with(p.mem, "/lookup", "q", v->q);
	if (v->a || v->l) {
		p.title = arena_printf(p.mem, tr(p.lang, N_("Who is responsible for %s")), v->q);
	} else if (*v->q) {
		v->why = tr(p.lang, N_("Enter a domain name, an address, a route, an AS number or a handle."));
		p.bad = true;
		http_status(h, 422);
	}
	web_lookup(&p, v);
}

void web_get_lookup(struct http *h)
{
	struct req *rq = http_req(h);
	const char *q = http_query(h, "q");
	struct answer *a = arena_new_of(rq->mem, struct answer);
	struct lookup_view *v = arena_new_of(rq->mem, struct lookup_view);
	struct look_asker who = { .level = LEVEL_PUBLIC };
	const char *why;
	v->q = q ? text_trim(rq->mem, q) : "";
	bool staff = look_by_session(rq, http_cookie(h, "staff"), &who);
	if (*v->q && !staff && !front_lookup_allowed(h, &why)) {
		http_fail(h, 429, "%s", why);
		return;
	}
	if (*v->q) {
		enum st st = holder_find(rq, v->q, 0, a);
		if (st == ST_OK)
			st = look_chain_public(rq, a, 0);
		if (st != ST_OK && st != ST_INVALID) {
			http_fail_err(h, &rq->err);
			return;
		}
		err_clear(&rq->err);
		v->a = st == ST_OK ? a : NULL;
		if (object_find(h, v)) {
			machines(h, v);
			relay(v);
			if (staff)
				history(h, v);
		}
	}
	/* Former versions are shown once it is written down that they were. */
	struct look_disclosure d = { .subject = v->nversions ? key_of(v) : NULL, .history = v->nversions > 0 };
	front_disclose(h, &who, &d, show, v);
}
