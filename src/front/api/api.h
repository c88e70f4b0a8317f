/* api.h — the JSON face (/api/v1), and what machines ask for on the side: /healthz, /metrics, /api/openapi.json.
 * Every error is a problem document (RFC 9457). Shapes are those of the design document and of openapi.c; extend, don't
 * rename. */
#ifndef API_API_H
#define API_API_H
#include "base/json.h"
#include "front/app.h"

extern const struct route api_routes[];
void api_error(struct http *h, int code, const char *why);

/* One wrong member: a JSON pointer (RFC 6901) and why. */
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

/* The part of an operation that a table of routes does not say, as JSON (openapi.c). */
struct api_doc {
	const char *method, *pattern, *json;
};
extern const struct api_doc api_docs[];
extern const char api_schemas[];

void api_post_report(struct http *h), api_get_case(struct http *h), api_get_receipt(struct http *h),
	api_get_holder(struct http *h);
void api_get_openapi(struct http *h), api_get_health(struct http *h), api_get_metrics(struct http *h);

#endif
