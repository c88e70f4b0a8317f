/* Who else can be asked: RFC 9224's files, and the WHOIS servers of the regional registries. */
#include <ctype.h>
#include <string.h>
#include "base/bytes.h"
#include "base/idn.h"
#include "base/json.h"
#include "base/text.h"
#include "lookup/partner.h"
#include "names/names.h"
#include "store/journal.h"

struct span {
	const char *kind;
	uint8_t first[256], last[256];
	size_t n;
};

static bool span_of_prefix(const char *s, struct span *out)
{
	struct prefix p;
	if (!strchr(s, '/') || !prefix_parse(s, &p))
		return false;
	struct range r = prefix_range(&p);
	out->kind = p.a.family == 4 ? "ipv4" : "ipv6";
	out->n = p.a.family == 4 ? 4 : 16;
	memcpy(out->first, r.first.b, out->n);
	memcpy(out->last, r.last.b, out->n);
	return true;
}

static bool span_of_asn(struct arena *mem, const char *s, struct span *out)
{
	char *a = arena_strdup(mem, s), *b = strchr(a, '-');
	int64_t first, last;
	if (b)
		*b++ = 0;
	if (!text_int(a, 0, UINT32_MAX, &first))
		return false;
	last = first;
	if (b && !text_int(b, first, UINT32_MAX, &last))
		return false;
	out->kind = "asn";
	out->n = 4;
	put_u32(out->first, (uint32_t)first);
	put_u32(out->last, (uint32_t)last);
	return true;
}

static bool span_of(struct arena *mem, const char *s, bool tag, struct span *out)
{
	struct err e = { 0 };
	if (!tag && (span_of_prefix(s, out) || span_of_asn(mem, s, out)))
		return true;
	char *name = tag ? text_lower(mem, s) : name_ascii(mem, s, true, &e);
	if (!name || !*name || strlen(name) > 255)
		return false;
	out->kind = tag ? "tag" : "dns";
	out->n = strlen(name);
	memcpy(out->first, name, out->n);
	memcpy(out->last, name, out->n);
	return true;
}

/* https before http, as RFC 9224 §3 asks; made to end with '/'. */
static char *url_best(struct arena *mem, const struct json *urls)
{
	const char *best = NULL;
	for (int i = 0; i < json_count(urls); i++) {
		const char *u = json_str(json_at(urls, i));
		if (u && (!strncmp(u, "https://", 8) || (!best && !strncmp(u, "http://", 7))))
			best = u;
	}
	if (!best || best[strcspn(best, " \t\r\n\"<>")])
		return NULL;
	size_t n = strlen(best);
	return arena_printf(mem, "%s%s", best, best[n - 1] == '/' ? "" : "/");
}

static enum st service_put(struct req *rq, const struct json *service, const char **kind, int *n)
{
	int members = json_count(service);
	if (!json_is_array(service) || members < 2 || members > 3)
		return err_set(&rq->err, ST_INVALID, "a service is not a pair of lists (RFC 9224 §3)");
	bool tag = members == 3;
	const struct json *keys = json_at(service, members - 2);
	char *url = url_best(rq->mem, json_at(service, members - 1));
	for (int i = 0; url && i < json_count(keys); i++) {
		struct span s;
		const char *key = json_str(json_at(keys, i));
		if (!key || !span_of(rq->mem, key, tag, &s))
			return err_set(&rq->err, ST_INVALID, "%.80s: expected a top level, prefix or AS numbers",
				       key ? key : "(no text)");
		if (*kind && strcmp(*kind, s.kind) != 0)
			return err_set(&rq->err, ST_INVALID, "%.80s is of another kind than those before it", key);
		if (!*kind && sql_run(rq, "DELETE FROM lookup_bootstrap WHERE kind = $1", V(s.kind)))
			return rq->err.code;
		*kind = s.kind;
		(*n)++;
		if (sql_run(rq, "INSERT INTO lookup_bootstrap(kind, first, last, url) VALUES($1, $2, $3, $4)",
			    V(s.kind), V_BLOB(s.first, s.n), V_BLOB(s.last, s.n), V(url)))
			return rq->err.code;
	}
	return ST_OK;
}

enum st bootstrap_load(struct req *rq, const char *text, size_t len, const char **kind, int *n)
{
	*kind = NULL;
	*n = 0;
	struct json *o = json_parse(rq->mem, text, len, &rq->err);
	const struct json *services = json_get(o, "services");
	if (!o)
		return rq->err.code;
	if (!json_is_array(services))
		return err_set(&rq->err, ST_INVALID, "no bootstrap file: it lacks the list `services` (RFC 9224 §3)");
	for (int i = 0; i < json_count(services); i++)
		if (service_put(rq, json_at(services, i), kind, n))
			return rq->err.code;
	if (!*kind)
		return err_set(&rq->err, ST_INVALID, "the file names no service");
	return journal_append(rq, &(struct fact){ "lookup", *kind, "bootstrap-loaded", NULL, 0 });
}

/* ── asking ── */

static enum st url_around(struct req *rq, const struct span *s, char **url)
{
	struct rows r;
	*url = NULL;
	if (sql_query(rq, &r,
		      "SELECT url FROM lookup_bootstrap WHERE kind = $1 AND first <= $2 AND last >= $3"
		      " ORDER BY first DESC LIMIT 1",
		      V(s->kind), V_BLOB(s->first, s->n), V_BLOB(s->last, s->n)))
		return rq->err.code;
	if (rows_next(&r))
		*url = rows_dup(&r, 0);
	if (rows_end(&r))
		return rq->err.code;
	return *url ? ST_OK : err_set(&rq->err, ST_NOTFOUND, N_("nobody is known who holds it"));
}

/* The longest ancestor that has a service; reverse names stand in the dns file only by their ends, so they go by their
 * network (look_elsewhere's caller asks for that). */
static enum st name_around(struct req *rq, const char *what, char **url)
{
	enum st st = ST_NOTFOUND;
	char *ascii = name_ascii(rq->mem, what, true, &rq->err);
	for (const char *s = ascii; s && st == ST_NOTFOUND; s = name_parent(s)) {
		struct span sp = { .kind = "dns" };
		sp.n = strlen(s);
		memcpy(sp.first, s, sp.n + 1);
		memcpy(sp.last, s, sp.n + 1);
		st = url_around(rq, &sp, url);
	}
	return st;
}

enum st look_elsewhere(struct req *rq, enum look_kind kind, const char *what, char **base)
{
	struct span s;
	*base = NULL;
	err_clear(&rq->err);
	if (kind == LOOK_DOMAIN || kind == LOOK_NAMESERVER)
		return name_around(rq, what, base);
	if (kind == LOOK_ENTITY) { /* RFC 8521: what follows the last hyphen */
		const char *tag = strrchr(what, '-');
		if (!tag || !tag[1] || !span_of(rq->mem, tag + 1, true, &s))
			return err_set(&rq->err, ST_NOTFOUND, N_("nobody is known who holds it"));
		return url_around(rq, &s, base);
	}
	const char *text = what;
	if (kind == LOOK_IP && !strchr(what, '/'))
		text = arena_printf(rq->mem, "%s/%d", what, strchr(what, ':') ? 128 : 32);
	if (kind == LOOK_AUTNUM && (what[0] == 'A' || what[0] == 'a'))
		text = what + 2;
	if (!span_of(rq->mem, text, false, &s) || !strcmp(s.kind, "dns"))
		return err_set(&rq->err, ST_NOTFOUND, N_("nobody is known who holds it"));
	return url_around(rq, &s, base);
}

/* The registry's WHOIS server after its RDAP service's host; the five are few and don't move. */
/* Whoever is sent on from a name below a zone of ours comes back. */
static bool zone_is_ours(struct req *rq, const char *what)
{
	struct err e = { 0 };
	bool ours = false;
	char *ascii = name_ascii(rq->mem, what, true, &e);
	const char *country = ascii ? names_country_of(name_tld(ascii)) : NULL;
	if (country && look_site()->country && !strcmp(country, look_site()->country))
		return true;
	if (ascii && names_zone_ours(rq, name_tld(ascii), &ours))
		err_clear(&rq->err);
	return ours;
}

const char *look_referral(struct req *rq, enum look_kind kind, const char *what)
{
	static const struct {
		const char *part, *server;
	} rows[] = {
		{ "apnic", "whois.apnic.net" },	  { "arin", "whois.arin.net" },	      { "ripe", "whois.ripe.net" },
		{ "lacnic", "whois.lacnic.net" }, { "afrinic", "whois.afrinic.net" },
	};
	char *url;
	if ((kind == LOOK_DOMAIN || kind == LOOK_NAMESERVER) && zone_is_ours(rq, what))
		return NULL;
	enum st st = look_elsewhere(rq, kind, what, &url);
	err_clear(&rq->err);
	for (size_t i = 0; st == ST_OK && i < sizeof rows / sizeof *rows; i++)
		if (strstr(url, rows[i].part))
			return rows[i].server;
	return kind == LOOK_ENTITY ? NULL : "whois.iana.org";
}
