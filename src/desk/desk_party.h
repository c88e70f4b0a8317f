/* desk_party.h — a party's own programs: which notices are theirs, and the tokens by which they ask.
 *
 * Three things open notices: the link of one notice (/answer/TOKEN, desk.h), that notice; the link of the page of all
 * (desk_open.h), those of its address; a program's token (who/api_token.h) the same, as long as its address is verified
 * (who/contact_check.h). Tokens are made and taken back on that page. An answer is always the notice's own
 * (desk_answer_write).
 */
#ifndef DESK_DESK_PARTY_H
#define DESK_DESK_PARTY_H
#include "desk/desk_open.h"
#include "who/api_token.h"

struct party {
	char *email;
	int64_t token, used_at; /* of a program's token; 0: a link */
};
/* ST_NOTFOUND: neither a program's token nor such a link, over, taken back, or its address is verified no more. */
enum st desk_party_open(struct req *rq, const char *token, struct party *out);
/* By the link alone. */
enum st desk_party_by_link(struct req *rq, const char *token, struct party *out);
/* The own token of a notice that went to them, open or not; ST_NOTFOUND. */
enum st desk_party_notice(struct req *rq, const struct party *p, int64_t id, char token[LINK_TOKEN]);

/* ── tokens, on the page of all notices ── */
struct party_tokens {
	bool verified; /* else none can be made */
	struct api_token token[API_TOKENS];
	int n;
};
enum st desk_party_tokens(struct req *rq, const char *email, struct party_tokens *out);
struct party_token_arg {
	char *link, *label; /* link: token of the page */
	int64_t id;	    /* to be taken back */
	char token[27];	    /* out: the new one, shown once */
};
/* Inside a write. ST_DENIED: the address is not verified. */
enum st desk_party_token_make(struct req *rq, void *party_token_arg);
enum st desk_party_token_end(struct req *rq, void *party_token_arg);
#endif
