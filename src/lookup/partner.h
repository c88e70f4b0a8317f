/* partner.h — who may see more than the public: a name, a level, the purpose they have agreed to, and a token
 * (RFC 6750; also as the password of HTTP Basic, RFC 7617). And the notices that every answer carries. */
#ifndef LOOKUP_PARTNER_H
#define LOOKUP_PARTNER_H
#include "lookup/lookup.h"

struct partner {
	int64_t id, created_at, disabled_at;
	char *name, *purpose;
	enum look_level level;
};
/* Inside a write; journalled. The token is shown once. ST_CONFLICT: there is one of that name. */
enum st partner_add(struct req *rq, const struct partner *p, char token[27]);
enum st partner_disable(struct req *rq, const char *name); /* inside a write; journalled */
enum st partner_list(struct req *rq, struct partner *out, int max, int *n);
/* ST_NOTFOUND: no such token, a disabled one, or not the one of `name` (NULL: any). */
enum st partner_by_token(struct req *rq, const char *token, const char *name, struct partner *out);

/* Who asks, and what for. */
struct look_asker {
	enum look_level level;
	char *partner, *purpose; /* NULL: none */
	struct actor who;
};
/* By the cookie of a session: staff whose role reads what was registered. false, with *out as it was: whoever it is
 * asks as the public does (registrars' people sign in at the same door). */
bool look_by_session(struct req *rq, const char *cookie, struct look_asker *out);

/* By a header's Authorization: a partner's token, "Bearer TOKEN", or Basic with the partner's name and the token.
 * ST_INVALID: neither; ST_NOTFOUND: not a partner's. */
enum st look_by_credentials(struct req *rq, const char *authorization, struct look_asker *out);

/* kind "terms", "status", … in the order of their kinds; lang "en" or "zh-TW". */
struct notice {
	char *kind, *lang, *title, *body, *link;
};
enum { NOTICES_MAX = 8 };
enum st notice_put(struct req *rq, const struct notice *n); /* inside a write; journalled; an empty body removes it */
enum st notice_list(struct req *rq, enum lang lang, struct notice *out, int max,
		    int *n); /* English where the language lacks one */

/* One of RFC 9224's files (dns, ipv4, ipv6, asn; object-tags of RFC 8521): replaces what was loaded of its kind. Inside
 * a write; journalled. *kind is what it was taken for, *n its services' keys. */
enum st bootstrap_load(struct req *rq, const char *text, size_t len, const char **kind, int *n);
#endif
