#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/hash.h"
#include "net/http_int.h"

/* Patterns are few and short: chains by the hash of the first segment, most specific first; patterns that begin with a
 * wildcard have a chain of their own, searched last. */
enum { CHAINS = 64, WILD = CHAINS };
struct entry {
	const struct route *r;
	struct entry *next;
};
struct router {
	struct entry *chain[CHAINS + 1];
	struct entry *all;
};

static unsigned segment_hash(const char *p)
{
	return hash_quick(p, strcspn(p, "/")) % CHAINS;
}

/* 0 literal, 1 `*`, 2 `**` */
static int segment_kind(const char *p, size_t n)
{
	return n == 1 && p[0] == '*' ? 1 : n == 2 && p[0] == '*' && p[1] == '*' ? 2 : 0;
}

static int by_specificity(const void *x, const void *y)
{
	const char *a = (*(const struct route *const *)x)->pattern, *b = (*(const struct route *const *)y)->pattern;
	while (*a && *b) {
		a++, b++;
		size_t an = strcspn(a, "/"), bn = strcspn(b, "/");
		int order = segment_kind(a, an) - segment_kind(b, bn);
		if (order)
			return order;
		a += an, b += bn;
	}
	return (*b != 0) - (*a != 0);
}

static bool pattern_ok(const struct route *r)
{
	const char *p = r->pattern;
	if (!r->handle || !p || *p != '/')
		return false;
	int args = 0;
	while (*p == '/') {
		size_t n = strcspn(++p, "/");
		int kind = segment_kind(p, n);
		args += kind != 0;
		p += n;
		if (kind == 2 && *p)
			return false; /* the rest is the rest */
	}
	return args <= HTTP_ARGS_MAX;
}

void router_free(struct router *r)
{
	if (r)
		free(r->all);
	free(r);
}

struct router *router_new(const struct route *const *tables, struct err *e)
{
	size_t n = 0;
	for (const struct route *const *t = tables; *t; t++)
		for (const struct route *r = *t; r->method; r++, n++)
			if (!pattern_ok(r)) {
				err_set(e, ST_INVALID, "route %s %s is not well formed", r->method,
					r->pattern ? r->pattern : "(none)");
				return NULL;
			}
	struct router *router = calloc(1, sizeof *router);
	struct entry *all = calloc(n + 1, sizeof *all);
	const struct route **sorted = calloc(n + 1, sizeof(struct route *));
	if (!router || !all || !sorted)
		abort();
	router->all = all;
	size_t k = 0;
	for (const struct route *const *t = tables; *t; t++)
		for (const struct route *r = *t; r->method; r++)
			sorted[k++] = r;
	qsort(sorted, n, sizeof(struct route *), by_specificity);
	while (k--) { /* from the last, so that each chain ends up in order */
		const char *first = sorted[k]->pattern + 1;
		unsigned chain = segment_kind(first, strcspn(first, "/")) ? WILD : segment_hash(first);
		all[k] = (struct entry){ sorted[k], router->chain[chain] };
		router->chain[chain] = &all[k];
	}
	free(sorted);
	return router;
}

static bool pattern_match(const char *pattern, const char *path, struct match *m)
{
	m->nargs = 0;
	while (*pattern == '/' && *path == '/') {
		size_t want = strcspn(++pattern, "/"), n = strcspn(++path, "/");
		int kind = segment_kind(pattern, want);
		if (kind == 2)
			n = strlen(path);
		if (kind == 0 ? want != n || memcmp(pattern, path, n) != 0 : kind == 1 && !n)
			return false;
		if (kind) {
			m->arg[m->nargs].p = path;
			m->arg[m->nargs++].n = n;
		}
		pattern += want, path += n;
	}
	return !*pattern && !*path;
}

static void allow_add(struct match *m, const char *method)
{
	size_t n = strlen(m->allow);
	if (!strstr(m->allow, method))
		snprintf(m->allow + n, sizeof m->allow - n, "%s%s%s", n ? ", " : "", method,
			 !strcmp(method, "GET") ? ", HEAD" : "");
}

void router_match(const struct router *r, const char *method, const char *path, struct match *m)
{
	*m = (struct match){ 0 };
	const unsigned chains[] = { segment_hash(path + (*path == '/')), WILD };
	for (int i = 0; i < 2; i++)
		for (const struct entry *e = r->chain[chains[i]]; e; e = e->next) {
			if (!pattern_match(e->r->pattern, path, m))
				continue;
			m->known = true;
			if (!strcmp(e->r->method, method)) {
				m->route = e->r;
				return;
			}
			allow_add(m, e->r->method);
		}
}
