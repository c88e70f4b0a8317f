/* rules_page.h — what the desk goes by, set by staff: ladders, whom to refer to, legal bases; and the form of a partner.
 * Included by page.h. */
#ifndef WEB_RULES_PAGE_H
#define WEB_RULES_PAGE_H
#include "desk/desk_ladder.h"
#include "desk/desk_partner.h"
#include "desk/desk_proposal.h"
#include "desk/desk_sort.h"

enum { LADDERS_SHOWN = 500, REFERRALS_SHOWN = 200, BASES_SHOWN = 50 };
struct ladders_page {
	struct ladder *ladder; /* in force and to come */
	int n;
	struct referral *referral;
	int nreferrals;
	struct desk_class *class_;
	int nclasses;
	struct desk_choice *level;
	int nlevels;
	const char *id, *title, *email, *lang; /* of the referral that is typed */
	struct form_errors bad;
};
struct rung_field {
	const char *what, *hours, *clock; /* what: "remind" … "referral:police"; clock: "w", "h" */
};
struct ladder_page {
	const char *class_id, *severity, *class_title, *severity_title;
	struct ladder *version; /* newest first */
	int n;
	struct referral *referral;
	int nreferrals;
	struct rung_field rung[RUNGS_MAX];
	int nrungs; /* rows of the form */
	const char *from;
	struct form_errors bad;
};
struct bases_page {
	struct basis *basis;
	int n;
	const char *id, *title, *days; /* typed */
	bool legal, there;	       /* there: it is an old one that changes */
	struct form_errors bad;
};
struct partner_form {
	struct desk_partner p;
	const char *mails; /* one a line */
	bool there, active;
	struct form_errors bad;
};
const char *ladder_class(const struct page *p, const struct ladders_page *v, const char *id); /* "every class" … */
const char *ladder_level(const struct page *p, const struct ladders_page *v, const char *id);
const char *rung_sentence(const struct page *p, const struct rung *r); /* "a reminder, after 8 working hours" */
/* "in force", "from …", "until …": newest first. */
const char *ladder_state(const struct page *p, const struct ladder_page *v, int i);

void web_get_ladders(struct http *h), web_get_ladder(struct http *h), web_post_ladder(struct http *h),
	web_post_referral(struct http *h), web_get_bases(struct http *h), web_post_basis(struct http *h),
	web_get_partner_form(struct http *h), web_post_partner_form(struct http *h);
#endif
