/* proposal_page.h — pages of what needs two people. Included by page.h, so that templates know them. */
#ifndef WEB_PROPOSAL_PAGE_H
#define WEB_PROPOSAL_PAGE_H
#include "desk/desk_proposal.h"

struct proposals_view {
	struct proposal *p;
	bool *mine, *sign; /* proposed by the reader; waits for the reader's signature */
	int n;
	bool all, lifts; /* lifts: the reader may undo */
};
struct propose_target {
	const char *value, *shown;
};
struct propose_form {
	const char *number, *target, *basis, *reference, *reason, *until;
	struct propose_target *to;
	int nto;
	struct basis *bases;
	int nbases;
	int64_t latest; /* on any basis */
	struct form_errors bad;
};
struct label proposal_label(const struct page *p, enum proposal_state s);
const char *proposal_word(const struct page *p, const struct proposal *x); /* "suspend bad.shop" */
void web_get_proposals(struct http *h), web_post_proposal(struct http *h), web_get_propose(struct http *h),
	web_post_propose(struct http *h);
#endif
