/* rdap_int.h — what the files of front/rdap share. */
#ifndef FRONT_RDAP_INT_H
#define FRONT_RDAP_INT_H
#include "front/rdap/rdap.h"

/* rdap_json.c */
void rdap_object(struct jw *w, const struct rdap_view *v, const struct look *l, const char *key, const char *path);
/* Percent-encodes all but letters, digits and `keep`. */
const char *rdap_url_safe(struct arena *mem, const char *s, const char *keep);
/* rdap_card.c */
void rdap_entity(struct jw *w, const struct rdap_view *v, const struct look_entity *e, const char *key);
/* The members of the open object, for an entity that is the answer. */
void rdap_entity_body(struct jw *w, const struct rdap_view *v, const struct look_entity *e);
void rdap_redacted(struct jw *w, const struct rdap_view *v, const struct look *l, const char *path);
/* rdap_notice.c */
enum {
	CONFORMS_REDACTED = 1,
	CONFORMS_CIDR = 2,
	CONFORMS_ORIGIN = 4,
	CONFORMS_PAGING = 8,
	CONFORMS_SORTING = 16,
	CONFORMS_SUBSET = 32,
	CONFORMS_REVERSE = 64,
	CONFORMS_ALL = 127
};
void rdap_conformance(struct jw *w, unsigned what);
unsigned rdap_conforms(const struct look *l);
/* The array by itself. */
void rdap_notices_text(struct buf *out, const struct rdap_view *v);
void rdap_notices(struct jw *w, const struct rdap_view *v, const char *const *lacks); /* up to a NULL; NULL: nothing */
void rdap_link(struct jw *w, const char *value, const char *rel, const char *href, const char *type);
#define RDAP_TYPE "application/rdap+json"

/* rdap_query.c: who asks, and for what. */
/* false: it has answered (401, 429). */
bool rdap_who(struct http *h, struct look_asker *out);
struct rdap_view rdap_view_of(struct http *h, bool notices);
void rdap_fail(struct http *h, const struct err *e);
/* `why`: a text that po/ knows. */
void rdap_error(struct http *h, int code, const char *why);
void rdap_error_of(struct http *h, int code, const struct err *e);
void rdap_headers(struct http *h);
bool rdap_acceptable(struct http *h); /* false: it has answered (406) */
/* With an ETag of its own; `body` is in the request's memory. anyone: it may be kept, and asked for again by that tag. */
void rdap_send(struct http *h, struct blob body, bool anyone);

/* rdap_search.c. Pure: the members `sort` and `cursor` of a query, with the reason for people. */
enum st rdap_sort_read(struct arena *mem, const char *want, enum look_level level, struct look_search *q,
		       struct err *e);
enum st rdap_cursor_read(struct arena *mem, const char *c, struct look_search *q, struct err *e);
void rdap_get_search(struct http *h);
void rdap_get_reverse(struct http *h);
void rdap_get_reverse_hosts(struct http *h);
#endif
