/* registry_page.h — views and handlers of the registry's pages: the holder's (/mynames, /complaint) and the officers'
 * (/staff/zones and what hangs on it). Included by page.h, so that templates know them. */
#ifndef WEB_REGISTRY_PAGE_H
#define WEB_REGISTRY_PAGE_H
#include "base/textdiff.h"
#include "names/idnlook.h"
#include "names/registrant.h"

/* ── holders ── */
struct names_ask {
	const char *email, *name;
	bool asked;
	struct form_errors bad;
};
struct names_view {
	const char *token;
	struct registrant_link link;
	struct held_name *name;
	int n, page, pages;
	int64_t total;
	bool confirmed;
	const struct policy_news *news; /* of a notice's link */
};
struct code_view {
	const char *token, *code; /* code NULL: not fetched yet */
	struct held_name name;
	int64_t until;
};
struct variants_view {
	const char *token;
	struct held_name name;
};
struct complaint_form {
	const char *about, *kind, *name, *description, *email, *token;
	struct form_errors bad;
};
struct label life_label(const struct page *p, const char *life);
const char *names_path(const struct page *p, const char *token, int page);
bool held_movable(const struct held_name *h); /* may a code be fetched for it now? */
bool held_steady(const struct held_name *h);  /* may its holder choose its spellings now? */

void web_get_mynames(struct http *h), web_post_mynames(struct http *h), web_get_names(struct http *h),
	web_post_names_confirm(struct http *h), web_post_names_read(struct http *h), web_get_code(struct http *h),
	web_get_variants(struct http *h), web_post_variants(struct http *h), web_post_code(struct http *h);
void web_get_complaint(struct http *h), web_post_complaint(struct http *h);

/* ── officers: zones and their rules ── */
enum { POLICY_SHOWN = 300 << 10 }; /* bytes of a policy's text that a page shows */
struct zone_view {
	const char *zone, *uname;
	int version; /* in force */
	int64_t since;
	struct policy_version *v; /* newest first */
	int nv;
	struct policy_notices *notice;
	int nnotices;
	char **line;
	int nlines;
	bool cut, may_set;
};
struct diff_row { /* one row of two columns; `gap` unchanged lines were left out before it */
	int gap;
	const struct diff_line *was, *is;
};
/* Gone and new lines beside each other; unchanged ones only near a change. How many rows. */
int diff_rows(struct arena *mem, const struct diff_line *d, int n, struct diff_row **out);
struct diff_view {
	const char *zone, *uname;
	int a, b;
	struct policy_version *v;
	int nv;
	struct diff_row *row;
	int n;
	bool cut;
	struct policy_change *change;
	int nchanges;
};
struct plan_form {
	const char *zone, *uname, *text, *from, *seal; /* seal: of what was checked, NULL not yet */
	struct form_errors bad;
	struct policy_change *change;
	int nchanges;
	int64_t names, from_at;
	const char *line; /* the line that could not be read */
	int nline;
};
struct why_view {
	const char *name, *registrar;
	struct why *y;
};
struct life_view {
	const char *zone, *until;
	int64_t until_at;
	struct life_step *step;
	int n, page, pages;
	int64_t total, from;
	struct form_errors bad;
};
struct idn_view {
	const char *zone, *uname, *label, *why;
	struct idn_look *look;
};
struct registrar_line {
	struct registrar r;
	const char *balance;
};
struct reviews_view {
	struct review *r;
	int n;
	bool all;
};
struct review_view {
	struct review r;
	struct contact_object c;
	struct paper *paper;
	int npapers;
	char **name;
	int nnames;
	const char *reason;
	struct form_errors bad;
};
bool staff_may(struct http *h, enum permission what); /* else answered with the refusal */
/* The zone of the route's first `*` as the tables have it, when it is one of ours; NULL: answered. */
const char *staff_zone(struct http *h);
const char *zone_path(const struct page *p, const char *zone, const char *rest);
const char *review_path(const struct page *p, const struct review *r, const char *rest);
const char *life_path(const struct page *p, const struct life_view *v, const char *page, int number);
const char *event_word(const struct page *p, const char *event);
struct label version_label(const struct page *p, const struct zone_view *z, const struct policy_version *v);
const char *price_word(const struct page *p, const struct price *pr);
const char *name_shown(const struct page *p, const char *ascii);

void web_get_zones(struct http *h), web_get_zone(struct http *h), web_get_diff(struct http *h),
	web_get_plan(struct http *h), web_post_plan(struct http *h), web_post_withdraw_policy(struct http *h);
void web_get_why(struct http *h), web_get_lifecycle(struct http *h), web_get_lifecycle_csv(struct http *h),
	web_get_zone_idn(struct http *h), web_get_registrars(struct http *h);
void web_get_reviews(struct http *h), web_get_review(struct http *h), web_post_paper(struct http *h),
	web_get_paper(struct http *h), web_post_decide(struct http *h);

#endif
