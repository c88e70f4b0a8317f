/* share_page.h — views and handlers of sharing: partners, shares, and the page behind a share's link. Included by
 * page.h. */
#ifndef WEB_SHARE_PAGE_H
#define WEB_SHARE_PAGE_H
#include "desk/desk_peer.h"

struct partner_page {
	struct desk_partner p;
	struct programs programs;
	struct desk_share *share;
	int n;
};
struct share_form {
	const char *number, *text, *person, *named_by;
	struct desk_partner *partner;
	int npartners;
	char *to[SHARE_TO_MAX]; /* chosen */
	int nto;
	struct share_preview *v; /* NULL: not looked at yet */
	int may;		 /* how many of those chosen may have it */
	struct form_errors bad;
};
struct shares_page {
	struct share_total *total;
	int ntotals;
	struct desk_share *share;
	int n;
	const char *partner; /* handle, "" all */
};
struct shared_form {
	const char *token, *answer, *text;
	bool sent;
	struct form_errors bad;
	struct share_view v;
};
struct label share_label(const struct page *p, enum share_state s);
const char *share_answer_word(const struct page *p, enum share_state s); /* as the partner says it */
const char *share_answer_hint(const struct page *p, enum share_state s);
const char *partner_kind_word(const struct page *p, const char *kind);
bool share_chosen(const struct share_form *f, const struct desk_partner *p);

void web_get_partners(struct http *h), web_get_partner(struct http *h), web_get_shares(struct http *h),
	web_get_shares_csv(struct http *h), web_get_shares_json(struct http *h), web_get_share_form(struct http *h),
	web_post_share_form(struct http *h);
void web_post_partner_token(struct http *h), web_post_partner_token_end(struct http *h);
void partner_show(struct http *h, struct partner_page *v, int status); /* v->p.handle and v->programs are what came */
void web_get_shared(struct http *h), web_post_shared(struct http *h), web_get_shared_csv(struct http *h),
	web_get_shared_xarf(struct http *h);
#endif
