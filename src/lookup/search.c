#include "lookup/search.h"
#include <stdlib.h>
#include <string.h>
#include "base/idn.h"
#include "base/text.h"
#include "lookup/lookup_int.h"
#include "names/find.h"

enum { ASKED = SEARCH_PAGE + 1, SOURCES = 3, ALL = FIND_SCAN + 1 };

const struct look_sort look_sorts[] = {
	{ LOOK_DOMAIN, "name", "ldhName", -1, -1, LEVEL_PUBLIC },
	{ LOOK_DOMAIN, "registrationDate", "events[?(@.eventAction==\"registration\")].eventDate", FIND_CREATED, -1,
	  LEVEL_PUBLIC },
	{ LOOK_DOMAIN, "lastChangedDate", "events[?(@.eventAction==\"last changed\")].eventDate", FIND_CHANGED, -1,
	  LEVEL_PUBLIC },
	{ LOOK_DOMAIN, "expirationDate", "events[?(@.eventAction==\"expiration\")].eventDate", FIND_EXPIRES, -1,
	  LEVEL_PUBLIC },
	{ LOOK_DOMAIN, "transferDate", "events[?(@.eventAction==\"transfer\")].eventDate", FIND_TRANSFERRED, -1,
	  LEVEL_PUBLIC },
	{ LOOK_NAMESERVER, "name", "ldhName", -1, -1, LEVEL_PUBLIC },
	{ LOOK_NAMESERVER, "ipv4", "ipAddresses.v4[0]", -1, FIND_IPV4, LEVEL_PUBLIC },
	{ LOOK_NAMESERVER, "ipv6", "ipAddresses.v6[0]", -1, FIND_IPV6, LEVEL_PUBLIC },
	{ LOOK_NAMESERVER, "registrationDate", "events[?(@.eventAction==\"registration\")].eventDate", FIND_CREATED, -1,
	  LEVEL_PUBLIC },
	{ LOOK_NAMESERVER, "lastChangedDate", "events[?(@.eventAction==\"last changed\")].eventDate", FIND_CHANGED, -1,
	  LEVEL_PUBLIC },
	{ LOOK_NAMESERVER, "transferDate", "events[?(@.eventAction==\"transfer\")].eventDate", FIND_TRANSFERRED, -1,
	  LEVEL_PUBLIC },
	{ LOOK_ENTITY, "handle", "handle", -1, -1, LEVEL_PUBLIC },
	{ LOOK_ENTITY, "fn", "vcardArray[1][?(@[0]==\"fn\")][3]", -1, FIND_FN, LEVEL_PARTNER },
	{ LOOK_ENTITY, "org", "vcardArray[1][?(@[0]==\"org\")][3]", -1, FIND_ORG, LEVEL_PARTNER },
	{ LOOK_ENTITY, "email", "vcardArray[1][?(@[0]==\"email\")][3]", -1, FIND_EMAIL, LEVEL_PARTNER },
	{ LOOK_ENTITY, "voice", "vcardArray[1][?(@[1].type==\"voice\")][3]", -1, FIND_VOICE, LEVEL_PARTNER },
	{ LOOK_ENTITY, "cc", "vcardArray[1][?(@[0]==\"adr\")][1].cc", -1, FIND_CC, LEVEL_PARTNER },
	{ LOOK_ENTITY, "city", "vcardArray[1][?(@[0]==\"adr\")][3][3]", -1, FIND_CITY, LEVEL_PARTNER },
	{ LOOK_ENTITY, "registrationDate", "events[?(@.eventAction==\"registration\")].eventDate", FIND_CREATED, -1,
	  LEVEL_PUBLIC },
	{ LOOK_ENTITY, "lastChangedDate", "events[?(@.eventAction==\"last changed\")].eventDate", FIND_CHANGED, -1,
	  LEVEL_PUBLIC },
};
const int look_sorts_count = (int)(sizeof look_sorts / sizeof *look_sorts);

const struct look_sort *look_sort_of(enum look_kind kind, const char *name)
{
	for (int i = 0; i < look_sorts_count; i++)
		if (look_sorts[i].kind == kind && !strcmp(look_sorts[i].name, name))
			return &look_sorts[i];
	return NULL;
}

/* ── patterns ── */

enum st search_pattern(struct arena *mem, const char *s, char **stem, char **rest, bool *star, struct err *e)
{
	char *low = text_lower(mem, s), *at = strchr(low, '*');
	if (strlen(low) > 255 || !utf8_valid(low, strlen(low)))
		return err_set(e, ST_INVALID, N_("a pattern has at most 255 characters"));
	*star = at != NULL;
	*stem = at ? arena_dup(mem, low, (size_t)(at - low)) : low;
	*rest = at ? at + 1 : low + strlen(low);
	if (strchr(*rest, '*'))
		return err_set(e, ST_INVALID, N_("a pattern has one * at most (RFC 9082, section 4.1)"));
	if (at && strlen(*stem) < SEARCH_LEAST)
		return err_set(e, ST_INVALID, N_("a pattern needs %d characters before its *: shorter ones would scan"),
			       SEARCH_LEAST);
	/* RFC 9082 §6.1: what is kept is in A-labels, of which the beginnings of U-labels are no beginnings. */
	if (at && !text_ascii(*stem, strlen(*stem)))
		return err_set(e, ST_INVALID,
			       N_("a name in other letters is found whole, or by the beginning of its A-label "
				  "(xn--)"));
	if (at && **rest && (**rest != '.' || strchr(*stem, '.')))
		return err_set(e, ST_INVALID, N_("the * stands at the end of the first label"));
	return ST_OK;
}

/* A star at the end or none; the case stays. */
static enum st whole_pattern(struct req *rq, const char *s, struct find *f)
{
	size_t n = strlen(s);
	const char *star = strchr(s, '*');
	if (n > 255)
		return err_set(&rq->err, ST_INVALID, N_("a pattern has at most 255 characters"));
	if (star && (star != s + n - 1 || n <= SEARCH_LEAST))
		return err_set(&rq->err, ST_INVALID, N_("a pattern has one *, at its end, and %d characters before it"),
			       SEARCH_LEAST);
	if (star)
		find_prefix(rq->mem, arena_dup(rq->mem, s, n - 1), f);
	else
		find_exact(rq->mem, s, f);
	return ST_OK;
}

/* Bounds for the registry's own (0) and for files (1). */
typedef enum st bounds_fn(struct req *rq, const struct look_search *q, struct find f[2]);

static enum st domain_bounds(struct req *rq, const struct look_search *q, struct find f[2])
{
	char *stem, *rest;
	bool star;
	if (search_pattern(rq->mem, q->pattern, &stem, &rest, &star, &rq->err))
		return rq->err.code;
	if (*rest != '.' || !rest[1])
		return err_set(&rq->err, ST_INVALID, N_("say which zone: a pattern looks like exam*.tw"));
	char *zone = name_ascii(rq->mem, rest + 1, true, &rq->err);
	if (!zone || find_place(rq, stem, zone, &f[0]))
		return rq->err.code;
	find_prefix(rq->mem, stem, &f[1]);
	f[1].rest = arena_printf(rq->mem, ".%s", zone);
	return ST_OK;
}

static enum st host_bounds(struct req *rq, const struct look_search *q, struct find f[2])
{
	const char *ascii = strchr(q->pattern, '*') ? text_lower(rq->mem, q->pattern)
						    : name_ascii(rq->mem, q->pattern, false, &rq->err);
	if (!ascii || !text_ascii(ascii, strlen(ascii)) || whole_pattern(rq, ascii, &f[0]))
		return err_set(&rq->err, ST_INVALID, N_("expected a name server: its name, or ns1.exam*"));
	f[1] = f[0];
	return ST_OK;
}

static enum st addr_bounds(struct req *rq, const struct look_search *q, struct find f[2])
{
	struct addr a;
	char text[ADDR_TEXT];
	if (!addr_parse(q->pattern, &a))
		return err_set(&rq->err, ST_INVALID, N_("expected one whole address"));
	find_exact(rq->mem, addr_text(&a, text), &f[0]);
	f[1] = f[0];
	return ST_OK;
}

static enum st handle_bounds(struct req *rq, const struct look_search *q, struct find f[2])
{
	enum st st = whole_pattern(rq, q->pattern, &f[0]);
	f[1] = f[0];
	return st;
}

/* As the indexes have it: A–Z as a–z, nothing else. */
static enum st text_bounds(struct req *rq, const struct look_search *q, struct find f[2])
{
	char *low = arena_strdup(rq->mem, q->pattern);
	for (char *s = low; *s; s++)
		*s = (char)(*s >= 'A' && *s <= 'Z' ? *s + 32 : *s);
	if (whole_pattern(rq, low, &f[0]))
		return rq->err.code;
	f[1] = f[0];
	return ST_OK;
}

static enum st holders(struct req *rq, const struct find *f, struct find_hit *out, int *n)
{
	char **id = arena_array(rq->mem, char *, f->max);
	if (holding_opaques(rq, f->low, f->high, f->after, id, f->max, n))
		return rq->err.code;
	for (int i = 0; i < *n; i++)
		out[i] = (struct find_hit){ .name = id[i], .key = id[i] };
	return ST_OK;
}

/* ── what is searched how ── */

/* least: who may search it. A contact is found by what only partners see of it (disclosure_rows): that it is found would
 * tell the public. */
struct source {
	find_fn *fn;
	bool files;
	enum look_level least;
};
/* merged: the sources' keys are the names themselves, so their pages are put together; else one follows the other. */
static const struct row {
	enum look_kind kind;
	enum look_by by;
	bounds_fn *bounds;
	bool merged;
	struct source from[SOURCES];
} rows[] = {
	{ LOOK_DOMAIN, BY_NAME, domain_bounds, false, { { find_domains, false }, { find_file_domains, true } } },
	{ LOOK_DOMAIN,
	  BY_NS_NAME,
	  host_bounds,
	  false,
	  { { find_domains_of_hosts, false }, { find_file_domains_of_hosts, true } } },
	{ LOOK_DOMAIN,
	  BY_NS_ADDR,
	  addr_bounds,
	  false,
	  { { find_domains_of_addr, false }, { find_file_domains_of_addr, true } } },
	{ LOOK_DOMAIN, BY_OF_HANDLE, handle_bounds, false, { { find_domains_of_handle, false } } },
	{ LOOK_DOMAIN, BY_OF_FN, text_bounds, false, { { find_domains_of_fn, false, LEVEL_PARTNER } } },
	{ LOOK_DOMAIN, BY_OF_EMAIL, text_bounds, false, { { find_domains_of_email, false, LEVEL_PARTNER } } },
	{ LOOK_NAMESERVER, BY_NAME, host_bounds, true, { { find_hosts, false }, { find_file_hosts, true } } },
	{ LOOK_NAMESERVER, BY_ADDR, addr_bounds, true, { { find_hosts_of_addr, false } } },
	{ LOOK_NAMESERVER, BY_OF_HANDLE, handle_bounds, true, { { find_hosts_of_registrar, false } } },
	{ LOOK_ENTITY,
	  BY_HANDLE,
	  handle_bounds,
	  true,
	  { { find_registrars, false }, { find_contacts, false }, { holders, false } } },
	{ LOOK_ENTITY,
	  BY_FN,
	  text_bounds,
	  true,
	  { { find_registrars_by_fn, false }, { find_contacts_by_fn, false, LEVEL_PARTNER } } },
};

static const struct row *row_of(enum look_kind kind, enum look_by by)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].kind == kind && rows[i].by == by)
			return &rows[i];
	return NULL;
}

bool look_searchable(enum look_kind kind, enum look_by by)
{
	return row_of(kind, by) != NULL;
}

/* With the sources that the asker may search. Only domains have contacts of roles; a registrar's are those it sponsors. */
static struct row row_for(const struct row *r, const struct look_search *q, bool *kept_back)
{
	struct row out = *r;
	int n = 0;
	memset(out.from, 0, sizeof out.from);
	for (int i = 0; i < SOURCES && r->from[i].fn; i++)
		if (r->from[i].least <= q->level)
			out.from[n++] = r->from[i];
		else
			*kept_back = true;
	if (q->by == BY_OF_HANDLE && q->kind == LOOK_DOMAIN && q->role == ROLE_OF_REGISTRAR)
		out.from[0].fn = find_domains_of_registrar;
	return out;
}

static char role_letter(unsigned role)
{
	return role == ROLE_OF_REGISTRANT ? 'r'
	       : role == ROLE_OF_ADMIN	  ? 'a'
	       : role == ROLE_OF_TECH	  ? 't'
	       : role == ROLE_OF_BILLING  ? 'b'
	       : role			  ? '-'
					  : 0;
}

/* ── pages ── */

struct found {
	struct req *rq;
	const struct look_search *q;
	struct row row;
	struct find f[2];
	struct find_hit *hit;
	int n;
};

static enum st from_source(struct found *s, int i, const char *after, int max)
{
	struct find f = s->f[s->row.from[i].files];
	int n = 0;
	f.max = max;
	f.after = after;
	f.role = role_letter(s->q->role);
	enum st st = s->row.from[i].fn(s->rq, &f, s->hit + s->n, &n);
	s->n += n;
	return st == ST_LIMIT ? (s->rq->err.code = ST_INVALID) : st;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct find_hit *)a)->name, ((const struct find_hit *)b)->name);
}

static void sorted_once(struct found *s)
{
	int n = 0;
	qsort(s->hit, (size_t)s->n, sizeof *s->hit, by_name);
	for (int i = 0; i < s->n; i++)
		if (!n || strcmp(s->hit[i].name, s->hit[n - 1].name))
			s->hit[n++] = s->hit[i];
	s->n = n;
}

static void page_take(struct found *s, int from, struct look_page *out)
{
	for (; out->n < SEARCH_PAGE && from + out->n < s->n; out->n++)
		out->key[out->n] = s->hit[from + out->n].name;
}

/* "m" and the last name. */
static enum st merged_page(struct found *s, struct look_page *out)
{
	const char *after = s->q->after && *s->q->after == 'm' ? s->q->after + 1 : NULL;
	for (int i = 0; i < SOURCES && s->row.from[i].fn; i++)
		if (from_source(s, i, after, ASKED))
			return s->rq->err.code;
	sorted_once(s);
	page_take(s, 0, out);
	if (s->n > SEARCH_PAGE)
		out->next = arena_printf(s->rq->mem, "m%s", out->key[SEARCH_PAGE - 1]);
	return ST_OK;
}

/* The source's number and the last one's key. */
static enum st next_page(struct found *s, struct look_page *out)
{
	const char *after = s->q->after && s->q->after[0] ? s->q->after : NULL;
	int first = after && *after >= '0' && *after < '0' + SOURCES ? *after - '0' : 0, source[2 * ASKED];
	for (int i = first; i < SOURCES && s->row.from[i].fn && s->n < ASKED; i++) {
		int before = s->n;
		if (from_source(s, i, i == first && after && after[1] ? after + 1 : NULL, ASKED - s->n))
			return s->rq->err.code;
		for (; before < s->n; before++)
			source[before] = i;
	}
	page_take(s, 0, out);
	if (s->n > SEARCH_PAGE)
		out->next = arena_printf(s->rq->mem, "%d%s", source[SEARCH_PAGE - 1], s->hit[SEARCH_PAGE - 1].key);
	return ST_OK;
}

/* ── all of them: in another order, or counted ── */

static int text_order(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) : (a != NULL) - (b != NULL);
}

static int hit_order(const void *x, const void *y, void *arg)
{
	const struct find_hit *a = x, *b = y;
	const struct look_search *q = arg;
	for (int i = 0; i < q->nsort; i++) {
		const struct look_sort *s = q->sort[i].by;
		int order = s->time >= 0   ? (a->at[s->time] > b->at[s->time]) - (a->at[s->time] < b->at[s->time])
			    : s->text >= 0 ? text_order(a->text[s->text], b->text[s->text])
					   : strcmp(a->name, b->name);
		if (order)
			return q->sort[i].down ? -order : order;
	}
	return strcmp(a->name, b->name);
}

/* "o" and how many came before. */
static enum st all_page(struct found *s, struct look_page *out)
{
	int64_t from = 0;
	for (int i = 0; i < SOURCES && s->row.from[i].fn; i++) {
		if (from_source(s, i, NULL, ALL))
			return s->rq->err.code;
		if (s->n >= ALL)
			return err_set(&s->rq->err, ST_INVALID,
				       N_("more than %d fit: too many to be put in order or counted; give more of it"),
				       FIND_SCAN);
	}
	sorted_once(s);
	qsort_r(s->hit, (size_t)s->n, sizeof *s->hit, hit_order, (void *)(uintptr_t)s->q);
	if (s->q->after && *s->q->after == 'o' && !text_int(s->q->after + 1, 0, ALL, &from))
		from = 0;
	page_take(s, (int)from, out);
	if (from + out->n < s->n)
		out->next = arena_printf(s->rq->mem, "o%lld", (long long)from + out->n);
	out->total = s->q->count ? s->n : -1;
	return ST_OK;
}

/* ── the one ── */

static enum st one(struct req *rq, const struct look_search *q, struct look_page *out)
{
	struct look_ask ask = { .kind = q->kind, .what = q->pattern };
	struct look *l = arena_new_of(rq->mem, struct look);
	enum st st = look_find(rq, &ask, l);
	if (st == ST_OK)
		out->key[out->n++] = q->kind == LOOK_DOMAIN	  ? l->domain.name
				     : q->kind == LOOK_NAMESERVER ? l->host.ns.name
								  : l->who.e.handle;
	out->total = q->count ? out->n : -1;
	if (st == ST_NOTFOUND)
		err_clear(&rq->err);
	return st == ST_NOTFOUND ? ST_OK : st;
}

/* Files have their names and name servers in order, not what else they say of a name. */
static enum st files_unsearched(struct req *rq, const struct row *r, bool *yes)
{
	char after[300] = "", *name;
	int n = 0;
	for (int i = 0; i < SOURCES; i++)
		if (r->from[i].files)
			return ST_OK;
	enum st st = find_every_domain(rq, false, after, &name, 1, &n);
	*yes = n > 0;
	return st;
}

/* Is it the order in which pages come anyway? */
static bool plain_order(const struct look_search *q, const struct row *r)
{
	const struct look_sort *by = q->nsort ? q->sort[0].by : NULL;
	return !by ||
	       (q->nsort == 1 && !q->sort[0].down && by->time < 0 && by->text < 0 && (r->merged || q->by == BY_NAME));
}

enum st look_search(struct req *rq, const struct look_search *q, struct look_page *out)
{
	const struct row *r = row_of(q->kind, q->by);
	*out = (struct look_page){ .total = -1 };
	if (!r)
		return err_set(&rq->err, ST_INVALID, N_("no such search"));
	if ((q->by == BY_NAME || q->by == BY_HANDLE) && !strchr(q->pattern, '*'))
		return one(rq, q, out);
	bool all = q->count || !plain_order(q, r);
	if (files_unsearched(rq, r, &out->own_only))
		return rq->err.code;
	struct found s = { .rq = rq, .q = q, .row = row_for(r, q, &out->kept_back) };
	if (!s.row.from[0].fn)
		return err_set(&rq->err, ST_DENIED, N_("this search is for partners"));
	s.hit = arena_array(rq->mem, struct find_hit, all ? SOURCES * ALL : SOURCES * ASKED);
	if (r->bounds(rq, q, s.f))
		return rq->err.code;
	return all ? all_page(&s, out) : r->merged ? merged_page(&s, out) : next_page(&s, out);
}
