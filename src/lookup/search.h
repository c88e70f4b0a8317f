/* search.h — which objects fit a pattern (RFC 9082 §3.2, RFC 9536), page by page in a fixed order. A pattern has at
 * most one `*`, at the end of its first label (names) or of the whole (handles), and at least SEARCH_LEAST characters
 * before it: anything that would scan is refused with ST_INVALID. On PostgreSQL the database has to be in a C locale.
 */
#ifndef LOOKUP_SEARCH_H
#define LOOKUP_SEARCH_H
#include "lookup/lookup.h"

enum { SEARCH_PAGE = 50, SEARCH_LEAST = 3, SEARCH_SCAN = 2000 };
enum look_by {
	BY_NAME,    /* domains, nameservers */
	BY_NS_NAME, /* domains: of name servers that … */
	BY_NS_ADDR, /* domains */
	BY_ADDR,    /* nameservers */
	BY_HANDLE,  /* entities; reverse search of domains: that have such an entity */
};
struct look_search {
	enum look_kind kind;
	enum look_by by;
	const char *pattern;
	unsigned role;	   /* of a reverse search: one bit or 0 any */
	const char *after; /* cursor: what came last, NULL the first page */
};
struct look_page {
	char *key[SEARCH_PAGE];
	int n;
	char *next; /* cursor, NULL: that was all */
};
enum st look_search(struct req *rq, const struct look_search *q, struct look_page *out);
/* Pure: splits "exam*.com.tw" into the part before the star and what follows it. ST_INVALID with the reason. */
enum st search_pattern(struct arena *mem, const char *s, char **stem, char **rest, bool *star, struct err *e);
/* Every name, in order: of the registry (own) or of imported files, those after `after`. For checks. */
enum st look_names(struct req *rq, bool own, const char *after, char **out, int max, int *n);
enum st look_names_count(struct req *rq, int64_t *n); /* roughly: rows, former ones of files too */
#endif
