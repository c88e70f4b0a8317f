/* search.h — which objects fit a pattern (RFC 9082 §3.2, RFC 9536), page by page in a fixed order, or in the order of
 * properties (RFC 8977). A pattern has at most one `*`, at the end of its first label (names) or of the whole, and at
 * least SEARCH_LEAST bytes before it. What would read more than FIND_SCAN rows is refused with ST_INVALID: a part that
 * too much fits, an order or a count over more than that.
 */
#ifndef LOOKUP_SEARCH_H
#define LOOKUP_SEARCH_H
#include "lookup/lookup.h"

enum { SEARCH_PAGE = 50, SEARCH_LEAST = 3, SEARCH_SORTS = 3 };
enum look_by {
	BY_NAME,      /* domains, nameservers */
	BY_NS_NAME,   /* domains: of name servers that … */
	BY_NS_ADDR,   /* domains */
	BY_ADDR,      /* nameservers */
	BY_HANDLE,    /* entities */
	BY_FN,	      /* entities */
	BY_OF_HANDLE, /* reverse search of domains and nameservers: that have such an entity */
	BY_OF_FN,
	BY_OF_EMAIL,
};
/* What a kind's results can be put in the order of, in RFC 8977 §2.3.1's words; the first is the order without one.
 * path: within a result. */
struct look_sort {
	enum look_kind kind;
	const char *name, *path;
	int time, text;	       /* of struct find_hit; −1: not this */
	enum look_level least; /* who sees it of everybody */
};
extern const struct look_sort look_sorts[];
extern const int look_sorts_count;
const struct look_sort *look_sort_of(enum look_kind kind, const char *name);

struct look_search {
	enum look_kind kind;
	enum look_by by;
	const char *pattern;
	unsigned role;	   /* of a reverse search: one bit or 0 any */
	const char *after; /* cursor: what came last, NULL the first page */
	struct {
		const struct look_sort *by;
		bool down;
	} sort[SEARCH_SORTS];
	int nsort;
	bool count;
	enum look_level level; /* who asks: what they don't see of contacts finds none for them */
};
struct look_page {
	char *key[SEARCH_PAGE];
	int n;
	char *next;	/* cursor, NULL: that was all */
	int64_t total;	/* −1: not asked for */
	bool own_only;	/* there are names of files, and this search doesn't find what they say */
	bool kept_back; /* a part was not searched, because it would find what q->level doesn't see */
};
/* ST_DENIED: all that this would search is more than q->level sees. */
enum st look_search(struct req *rq, const struct look_search *q, struct look_page *out);
bool look_searchable(enum look_kind kind, enum look_by by);
/* Pure: splits "exam*.com.tw" into the part before the star and what follows it. ST_INVALID with the reason. */
enum st search_pattern(struct arena *mem, const char *s, char **stem, char **rest, bool *star, struct err *e);
#endif
