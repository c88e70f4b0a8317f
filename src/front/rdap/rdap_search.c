/* Searches (RFC 9082 §3.2) with paging and sorting (8977), partial response (8982), reverse search (9536). */
#include <stdio.h>
#include <string.h>
#include "base/text.h"
#include "front/app.h"
#include "front/rdap/rdap_int.h"

struct search {
	struct look_search q;
	struct rdap_asker who;
	struct rdap_view view;
	struct rdap_results r;
	struct look *found[SEARCH_PAGE];
	const struct look *list[SEARCH_PAGE];
	struct look_page page;
};

/* Which members of the query name a search. Entities are for the authenticated. */
static const struct {
	const char *path, *member;
	enum look_kind kind;
	enum look_by by;
	enum look_level least;
} searches[] = {
	{ "/rdap/domains", "name", LOOK_DOMAIN, BY_NAME, LEVEL_PUBLIC },
	{ "/rdap/domains", "nsLdhName", LOOK_DOMAIN, BY_NS_NAME, LEVEL_PUBLIC },
	{ "/rdap/domains", "nsIp", LOOK_DOMAIN, BY_NS_ADDR, LEVEL_PUBLIC },
	{ "/rdap/nameservers", "name", LOOK_NAMESERVER, BY_NAME, LEVEL_PUBLIC },
	{ "/rdap/nameservers", "ip", LOOK_NAMESERVER, BY_ADDR, LEVEL_PUBLIC },
	{ "/rdap/entities", "handle", LOOK_ENTITY, BY_HANDLE, LEVEL_PARTNER },
};

static bool refuse_public(struct http *h, const struct search *s, enum look_level least)
{
	if (s->who.level >= least)
		return false;
	http_set_header(h, "WWW-Authenticate", "Bearer realm=\"rdap\"");
	rdap_error(h, 401, "this search is for partners");
	return true;
}

/* ── members of the query that every search has ── */

static bool field_set(struct http *h, struct search *s)
{
	static const char *const names[] = { "full", "brief", "id" };
	const char *set = http_query(h, "fieldSet");
	for (int i = 0; set && *set && i < 3; i++)
		if (!strcmp(set, names[i])) {
			s->view.set = i;
			return true;
		}
	if (set && *set)
		rdap_error(h, 400, "fieldSet: expected full, brief or id");
	return !set || !*set;
}

static bool sort(struct http *h, struct search *s)
{
	const char *want = http_query(h, "sort"), *have = s->q.kind == LOOK_ENTITY ? "handle" : "name";
	size_t n = strlen(have);
	if (!want || !*want || !strcmp(want, have) || (!strncmp(want, have, n) && !strcmp(want + n, ":a")))
		return true;
	rdap_error(h, 422, "sort: results come in order of their names, ascending; other orders would scan");
	return false;
}

/* Opaque: what came last, in hexadecimal. */
static bool cursor(struct http *h, struct search *s)
{
	const char *c = http_query(h, "cursor");
	size_t n = c ? strlen(c) : 0;
	if (!n)
		return true;
	uint8_t *raw = arena_alloc(s->view.mem, n / 2 + 1);
	long got = n <= 1200 ? hex_decode(c, n, raw) : -1;
	if (got < 1 || !utf8_valid((char *)raw, (size_t)got)) {
		rdap_error(h, 400, "cursor: not one of ours");
		return false;
	}
	s->q.after = arena_dup(s->view.mem, raw, (size_t)got);
	return true;
}

static void urls(struct search *s, const char *path, const char *member)
{
	static const char *const sets[] = { "full", "brief", "id" };
	struct arena *mem = s->view.mem;
	const char *self = arena_printf(mem, "%s%s?%s=%s&fieldSet=%s", s->view.base, path, member,
					rdap_url_safe(mem, s->q.pattern, "-._~*"), sets[s->view.set]);
	s->r.self = self;
	if (s->page.next)
		s->r.next =
			arena_printf(mem, "%s&cursor=%s", self, hex_encode(mem, s->page.next, strlen(s->page.next)));
}

/* ── answers ── */

static void render(struct http *h, void *arg, const struct err *outcome)
{
	struct search *s = arg;
	if (outcome && outcome->code) {
		rdap_fail(h, outcome);
		return;
	}
	rdap_render_results(http_out(h), &s->view, &s->r);
	http_type(h, RDAP_TYPE);
	rdap_headers(h);
	http_set_header(h, "Cache-Control", s->who.level == LEVEL_PUBLIC ? "no-cache" : "private, no-store");
}

/* The rows that fit, each in its level's view. One that has gone meanwhile is left out. */
static unsigned load(struct http *h, struct search *s)
{
	struct req *rq = http_req(h);
	unsigned disclosed = 0;
	for (int i = 0; i < s->page.n; i++) {
		struct look_ask q = {
			.kind = s->q.kind, .what = s->page.key[i], .level = s->who.level, .base = s->view.base
		};
		struct look *l = arena_new_of(rq->mem, struct look);
		if (look_find(rq, &q, l)) {
			err_clear(&rq->err);
			continue;
		}
		if (s->view.set != SET_ID)
			disclosed |= look_disclosed(l);
		s->list[s->r.n++] = l;
	}
	s->r.found = s->list;
	return disclosed;
}

static void search(struct http *h, struct search *s, const char *path, const char *member)
{
	struct req *rq = http_req(h);
	const char *count = http_query(h, "count");
	s->r.kind = s->q.kind;
	s->r.count = count && !strcmp(count, "true");
	if (!field_set(h, s) || !sort(h, s) || !cursor(h, s))
		return;
	if (look_search(rq, &s->q, &s->page)) {
		struct err e = rq->err;
		rdap_error(h, http_code(e.code), e.msg);
		return;
	}
	unsigned disclosed = load(h, s);
	urls(s, path, member);
	const char *subject = arena_printf(s->view.mem, "%s?%s=%s", path, member, s->q.pattern);
	rdap_disclose(h, &s->who, subject, disclosed, render, s);
}

static struct search *search_new(struct http *h)
{
	struct search *s = arena_new_of(http_req(h)->mem, struct search);
	if (!rdap_who(h, &s->who))
		return NULL;
	s->view = rdap_view_of(h, true);
	return s;
}

void rdap_get_search(struct http *h)
{
	struct search *s = search_new(h);
	for (size_t i = 0; s && i < sizeof searches / sizeof *searches; i++) {
		const char *pattern = http_query(h, searches[i].member);
		if (strcmp(http_path(h), searches[i].path) != 0 || !pattern || !*pattern)
			continue;
		s->q = (struct look_search){ searches[i].kind, searches[i].by, pattern, 0, NULL };
		if (!refuse_public(h, s, searches[i].least))
			search(h, s, searches[i].path, searches[i].member);
		return;
	}
	if (!s)
		return;
	if (http_query(h, "fn"))
		rdap_error(h, 501, "entities are found by handle, not by fn");
	else
		rdap_error(h, 400, "say what is searched for: name, nsLdhName, nsIp, ip or handle");
}

void rdap_get_reverse(struct http *h)
{
	static const char path[] = "/rdap/domains/reverse_search/entity";
	struct search *s = search_new(h);
	const char *handle = http_query(h, "handle"), *role = http_query(h, "role");
	if (!s || refuse_public(h, s, LEVEL_PARTNER))
		return;
	if (!handle || !*handle) {
		rdap_error(h, 400, "reverse search is by handle (RFC 9536); fn and email are not offered");
		return;
	}
	s->q = (struct look_search){ LOOK_DOMAIN, BY_HANDLE, handle, 0, NULL };
	for (int i = 0; role && *role && i < LOOK_ROLES; i++)
		if (!strcmp(look_role_name(1u << i), role))
			s->q.role = 1u << i;
	if (role && *role && !s->q.role) {
		rdap_error(h, 400, "role: expected registrant, administrative, technical or billing");
		return;
	}
	s->r.reverse = true;
	search(h, s, path, "handle");
}
