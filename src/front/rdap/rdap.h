/* rdap.h — RDAP (RFC 7480, 7481, 9082, 9083) over lookup/: routes, and the pure rendering of its structs.
 *
 * Answers are `application/rdap+json` with CORS and an ETag. Extensions said in rdapConformance only where they are
 * used: redacted (9537), cidr0, arin_originas0, paging and sorting (8977), subsetting (8982), reverse_search (9536).
 *
 * Beyond public: `Authorization: Bearer TOKEN`, or Basic with a partner's name and token, or a signed-in member of
 * staff; `purpose=` says why when it is another than the partner's own, `at=` asks for a past instant.
 */
#ifndef FRONT_RDAP_RDAP_H
#define FRONT_RDAP_RDAP_H
#include "base/json.h"
#include "lookup/partner.h"
#include "lookup/search.h"
#include "net/http.h"

extern const struct route rdap_routes[];
/* For http_start's error function: paths under /rdap/. */
void rdap_unrouted(struct http *h, int code);

/* ── rendering: pure, but for what a reader remembers (rq) ── */

enum rdap_set { SET_FULL, SET_BRIEF, SET_ID }; /* RFC 8982 §2.1 */
struct rdap_view {
	struct arena *mem;
	const char *base; /* "https://rdap.example" without "/rdap/" */
	enum lang lang;
	const struct notice *notice;
	int nnotices;
	const char *notices; /* rendered already, or NULL */
	int64_t now;
	enum rdap_set set;
	bool no_whois; /* nothing listens there: no port43 */
	/* Whoever reads what is rendered, in the same view of the store: what many answers have in common stays in its memo
	 * (store/memo.h). NULL: nothing does. */
	struct req *rq;
};
void rdap_render(struct buf *out, const struct rdap_view *v, const struct look *l);
struct rdap_results {
	enum look_kind kind;
	const struct look *const *found;
	int n;
	const char *self, *next; /* URLs; next NULL: that was all */
	int64_t total;		 /* −1: not asked for */
	const char *property;	 /* of a reverse search: what was asked for, NULL none */
	bool role;		 /* and by role */
	const char *sort;	 /* as asked, NULL none */
	const char *lacks[3];	 /* what was left out, a sentence each, up to a NULL */
	enum look_level level;
};
void rdap_render_results(struct buf *out, const struct rdap_view *v, const struct rdap_results *r);
void rdap_render_help(struct buf *out, const struct rdap_view *v);
void rdap_render_error(struct buf *out, const struct rdap_view *v, int code, const char *title, const char *why);
#endif
