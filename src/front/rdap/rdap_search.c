/* Searches (RFC 9082 §3.2) with paging and sorting (8977), partial response (8982), reverse search (9536). */
#include <stdio.h>
#include <string.h>
#include "base/text.h"
#include "front/app.h"
#include "front/disclose.h"
#include "front/rdap/rdap_int.h"

struct search {
	struct look_search q;
	struct look_asker who;
	struct rdap_view view;
	struct rdap_results r;
	struct look *found[SEARCH_PAGE];
	const struct look *list[SEARCH_PAGE];
	struct look_page page;
	bool kept; /* not for everybody: what it finds is a disclosure */
};

/* Which members of the query name a search. `kept`: for those of rdap.entity_search. */
static const struct {
	const char *path, *member;
	enum look_kind kind;
	enum look_by by;
	bool kept;
} searches[] = {
	{ "/rdap/domains", "name", LOOK_DOMAIN, BY_NAME, false },
	{ "/rdap/domains", "nsLdhName", LOOK_DOMAIN, BY_NS_NAME, false },
	{ "/rdap/domains", "nsIp", LOOK_DOMAIN, BY_NS_ADDR, false },
	{ "/rdap/nameservers", "name", LOOK_NAMESERVER, BY_NAME, false },
	{ "/rdap/nameservers", "ip", LOOK_NAMESERVER, BY_ADDR, false },
	{ "/rdap/entities", "handle", LOOK_ENTITY, BY_HANDLE, true },
	{ "/rdap/entities", "fn", LOOK_ENTITY, BY_FN, true },
};

static enum look_level audience(const char *name)
{
	for (int i = 0; i < LEVELS; i++)
		if (!strcmp(look_level_name(i), name))
			return (enum look_level)i;
	return LEVEL_STAFF;
}

static void refuse_public(struct http *h)
{
	http_set_header(h, "WWW-Authenticate", "Bearer realm=\"rdap\"");
	rdap_error(h, 401, N_("this search is for partners"));
}

static bool refused(struct http *h, const struct search *s, const char *who)
{
	if (s->who.level >= audience(who))
		return false;
	if (s->who.level > LEVEL_PUBLIC)
		rdap_error(h, 403, N_("this search is for staff"));
	else
		refuse_public(h);
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
		rdap_error(h, 400, N_("fieldSet: expected full, brief or id"));
	return !set || !*set;
}

/* "name", "registrationDate:d,name:a": RFC 8977 §2.3. */
enum st rdap_sort_read(struct arena *mem, const char *want, enum look_level level, struct look_search *q, struct err *e)
{
	char *list = arena_strdup(mem, want);
	for (char *one; list && (one = strsep(&list, ","));) {
		char *order = strchr(one, ':');
		if (order)
			*order++ = 0;
		const struct look_sort *by = look_sort_of(q->kind, one);
		if (!by || by->least > level || (order && strcmp(order, "a") != 0 && strcmp(order, "d") != 0))
			return err_set(e, ST_INVALID,
				       N_("sort: not a property of these results, with :a or :d after it"));
		if (q->nsort == SEARCH_SORTS)
			return err_set(e, ST_INVALID, N_("sort: at most three properties"));
		q->sort[q->nsort].by = by;
		q->sort[q->nsort++].down = order && *order == 'd';
	}
	return ST_OK;
}

/* Opaque: what came last, in hexadecimal. */
enum st rdap_cursor_read(struct arena *mem, const char *c, struct look_search *q, struct err *e)
{
	size_t n = strlen(c);
	uint8_t *raw = arena_alloc(mem, n / 2 + 1);
	long got = n <= 1200 ? hex_decode(c, n, raw) : -1;
	if (got < 1 || !utf8_valid((char *)raw, (size_t)got))
		return err_set(e, ST_INVALID, N_("cursor: not one of ours"));
	q->after = arena_dup(mem, raw, (size_t)got);
	return ST_OK;
}

static bool order_and_place(struct http *h, struct search *s)
{
	const char *want = http_query(h, "sort"), *after = http_query(h, "cursor");
	struct err e = { 0 };
	s->r.sort = want && *want ? want : NULL;
	if ((s->r.sort && rdap_sort_read(s->view.mem, want, s->who.level, &s->q, &e)) ||
	    (after && *after && rdap_cursor_read(s->view.mem, after, &s->q, &e)))
		rdap_error_of(h, 400, &e);
	return !e.code;
}

static void urls(struct search *s, const char *path, const char *member)
{
	static const char *const sets[] = { "full", "brief", "id" };
	struct arena *mem = s->view.mem;
	const char *role = s->q.role ? arena_printf(mem, "&role=%s", look_role_name(s->q.role)) : "";
	const char *sorted = s->r.sort ? arena_printf(mem, "&sort=%s", rdap_url_safe(mem, s->r.sort, "-._~:,")) : "";
	const char *self = arena_printf(mem, "%s%s?%s=%s%s&fieldSet=%s%s%s", s->view.base, path, member,
					rdap_url_safe(mem, s->q.pattern, "-._~*"), role, sets[s->view.set], sorted,
					s->q.count ? "&count=true" : "");
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
	struct buf *b = http_out(h);
	rdap_render_results(b, &s->view, &s->r);
	if (b->bad) {
		rdap_error(h, 500, N_("the answer is too large"));
		return;
	}
	struct blob body = { arena_dup(s->view.mem, buf_cstr(b), b->n), b->n };
	rdap_send(h, body, s->who.level == LEVEL_PUBLIC);
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
	s->r.level = s->who.level;
	s->q.level = s->who.level;
	s->q.count = count && !strcmp(count, "true");
	if (!field_set(h, s) || !order_and_place(h, s))
		return;
	if (look_search(rq, &s->q, &s->page)) {
		struct err e = rq->err;
		if (e.code == ST_DENIED) {
			refuse_public(h);
			return;
		}
		rdap_error_of(h, http_code(e.code), &e);
		return;
	}
	s->r.total = s->page.total;
	int n = 0;
	if (s->page.own_only)
		s->r.lacks[n++] =
			tr(s->view.lang,
			   N_("What is known from files of imported zones alone is not found by this search."));
	if (s->page.kept_back)
		s->r.lacks[n++] = tr(s->view.lang, N_("Contacts are found by this search by partners only."));
	unsigned disclosed = load(h, s);
	urls(s, path, member);
	/* A name or an address that was searched for is a person's, and no entry of theirs to be erased: what was found
	 * says enough. */
	bool personal = s->q.by == BY_FN || s->q.by == BY_OF_FN || s->q.by == BY_OF_EMAIL;
	const struct look_disclosure d = { .subject = arena_printf(s->view.mem, "%s?%s=%s", path, member,
								   personal ? "" : s->q.pattern),
					   .parts = disclosed,
					   .found = s->kept && s->page.n ? s->page.key : NULL,
					   .nfound = s->page.n };
	front_disclose(h, &s->who, &d, render, s);
}

static struct search *search_new(struct http *h)
{
	struct search *s = arena_new_of(http_req(h)->mem, struct search);
	if (!rdap_who(h, &s->who) || !rdap_acceptable(h))
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
		s->q = (struct look_search){ .kind = searches[i].kind, .by = searches[i].by, .pattern = pattern };
		s->kept = searches[i].kept;
		if (!searches[i].kept || !refused(h, s, front_app(h)->cfg->rdap_search_level))
			search(h, s, searches[i].path, searches[i].member);
		return;
	}
	if (s)
		rdap_error(h, 400, N_("say what is searched for: name, nsLdhName, nsIp, ip, handle or fn"));
}

/* ── reverse search (RFC 9536): one of handle, fn, email; role with it ── */

static const struct {
	const char *member;
	enum look_by by;
} properties[] = { { "handle", BY_OF_HANDLE }, { "fn", BY_OF_FN }, { "email", BY_OF_EMAIL } };

static bool reverse_role(struct http *h, struct search *s)
{
	const char *role = http_query(h, "role");
	for (int i = 0; role && *role && i < LOOK_ROLES; i++)
		if (!strcmp(look_role_name(1u << i), role))
			s->q.role = 1u << i;
	s->r.role = s->q.role;
	if (!role || !*role || s->q.role)
		return true;
	rdap_error(h, 400, N_("role: expected registrant, administrative, technical, billing or registrar"));
	return false;
}

static void reverse(struct http *h, enum look_kind kind, const char *path)
{
	struct search *s = search_new(h);
	if (!s || refused(h, s, front_app(h)->cfg->rdap_reverse_level))
		return;
	s->q = (struct look_search){ .kind = kind };
	s->kept = true;
	for (size_t i = 0; i < sizeof properties / sizeof *properties; i++) {
		const char *value = http_query(h, properties[i].member);
		if (!value || !*value)
			continue;
		if (s->r.property) {
			rdap_error(h, 501, N_("a reverse search goes by one of handle, fn and email"));
			return;
		}
		s->r.property = properties[i].member;
		s->q.pattern = value;
		s->q.by = properties[i].by;
	}
	if (!s->r.property)
		rdap_error(h, 400, N_("say which entity: handle, fn or email, and role if it matters (RFC 9536)"));
	else if (!look_searchable(kind, s->q.by))
		rdap_error(h, 501, N_("these are found by the handle of their registrar"));
	else if (reverse_role(h, s))
		search(h, s, path, s->r.property);
}

void rdap_get_reverse(struct http *h)
{
	reverse(h, LOOK_DOMAIN, "/rdap/domains/reverse_search/entity");
}

void rdap_get_reverse_hosts(struct http *h)
{
	reverse(h, LOOK_NAMESERVER, "/rdap/nameservers/reverse_search/entity");
}
