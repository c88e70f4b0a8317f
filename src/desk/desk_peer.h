/* desk_peer.h — a partner's own programs: what was shared with it, its answers, and reports that it files with us.
 *
 * A partner's token (who/api_token.h) is given out by staff, is the organisation's, and dies when the partner is disabled.
 * It opens what the links of its letters open, but not what was shared with one named person. What a partner files goes
 * the way of every report, from source "partner", under a label within the ceiling agreed with it, and counts in the
 * totals of both ways.
 */
#ifndef DESK_DESK_PEER_H
#define DESK_DESK_PEER_H
#include "desk/desk_share.h"
#include "who/api_token.h"

struct peer {
	struct desk_partner p;
	int64_t token, used_at;
};
/* ST_NOTFOUND: no partner's token, over, taken back, or its partner is disabled. */
enum st desk_peer_open(struct req *rq, const char *token, struct peer *out);

enum { PEER_SHARES = 200 };
/* In order of their numbers, behind `after`: nothing of their matter. */
enum st desk_peer_shares(struct req *rq, const struct peer *p, int64_t after, struct desk_share *out, int max, int *n);
/* The token of a share's link, for share_view, share_file and share_answer. ST_NOTFOUND: not theirs; ST_DENIED: it is for
 * one named person. */
enum st desk_peer_share(struct req *rq, const struct peer *p, int64_t id, char token[LINK_TOKEN]);

/* For desk_report_prepare: who files is r->partner. ST_INVALID names the field. */
enum st desk_peer_report(struct req *rq, struct report *r);

/* ── tokens, by staff; inside a write each but the list ── */
struct peer_token_arg {
	char *handle, *label;
	int64_t until; /* 0: a year from now */
	struct api_token made;
	char token[27]; /* shown once */
};
enum st desk_peer_token_add(struct req *rq, void *peer_token_arg);
struct api_token_end {
	int64_t id;
	char *handle; /* of the partner whose it must be; NULL: anybody's, a contact's too */
};
enum st desk_api_token_end(struct req *rq, void *api_token_end);
enum st desk_api_tokens(struct req *rq, enum api_side side, const char *owner, bool live, struct api_token *out,
			int max, int *n);

extern const struct migration desk_peer_migrations[];
#endif
