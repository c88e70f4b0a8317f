/* api.h — the JSON face (/api/v1), and what machines ask for on the side: /healthz, /metrics, /api/openapi.json.
 * Every error is a problem document (RFC 9457). Shapes are those of the design document and of openapi.c; extend, don't
 * rename. */
#ifndef API_API_H
#define API_API_H
#include "base/json.h"
#include "front/app.h"

extern const struct route api_routes[];
void api_error(struct http *h, int code);

/* One wrong member: a JSON pointer (RFC 6901) and why, a msgid or what is said already in the reader's language. */
struct api_fault {
	const char *pointer, *detail;
};
struct api_faults {
	struct api_fault f[16];
	int n;
};
void api_fault(struct api_faults *f, const char *pointer, const char *detail);
void api_problem(struct http *h, int code, const char *detail,
		 const struct api_faults *faults); /* faults may be NULL */

/* ── bodies (api_body.c) ── */
const char *api_pointer(struct arena *mem, const char *name); /* of a member (RFC 6901) */
/* A body that is an object of strings: fills what `m` names, null and absent leave it NULL. false: it has answered. */
struct api_member {
	const char *name;
	char **to;
	size_t max; /* bytes */
};
bool api_strings(struct http *h, const struct api_member *m, int n);
/* Idempotency-Key, NULL if absent. false: it has answered. */
bool api_key(struct http *h, const char **key);
/* What the desk says begins with the field's name, "text: …" or "observables[2]: …": told as a pointer to it. */
void api_explain(struct http *h, const struct err *e, bool (*known)(const char *name), const char *detail);
void api_answer_refused(struct http *h, const struct err *why);
void api_json(struct http *h); /* headers of an answer that nobody else is to keep */

/* ── tokens (api_token.c) ── */
/* Of `Authorization: Bearer TOKEN`. NULL: there is no such header; "": it holds no token. */
const char *api_bearer(struct http *h);
/* 401, the same for a token that is wrong, somebody else's, over or taken back; 429 to a network that guesses. */
void api_unknown(struct http *h);
/* The program whose token this is has come: its budget, its name in the journal, that the token was used. false: it has
 * answered 429. */
struct api_program {
	int64_t token, used_at;
	const char *name;
};
bool api_come_in(struct http *h, const struct api_program *p);
bool api_may_send(struct http *h); /* a network's budget, for whoever has no such token; false: it has answered 429 */

/* The part of an operation that a table of routes does not say, as JSON (openapi.c). */
struct api_doc {
	const char *method, *pattern, *json;
};
extern const struct api_doc api_docs[];
extern const char api_schemas[]; /* members of "schemas" */
/* A property of a schema, those of one together; `?` before its name: not required. No other member is in any. */
struct api_schema {
	const char *object, *property, *json;
};
extern const struct api_schema api_party_schemas[];

void api_post_report(struct http *h), api_get_case(struct http *h), api_get_receipt(struct http *h),
	api_get_holder(struct http *h);
void api_get_notices(struct http *h), api_get_notice(struct http *h), api_post_notice_answer(struct http *h);
void api_get_shares(struct http *h), api_get_share(struct http *h), api_post_share_answer(struct http *h),
	api_get_share_csv(struct http *h), api_get_share_xarf(struct http *h);
void api_get_openapi(struct http *h), api_get_health(struct http *h), api_get_metrics(struct http *h);

#endif
