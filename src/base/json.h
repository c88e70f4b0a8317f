/* json.h — JSON out through a small emitter that escapes (RFC 8259, UTF-8, no BOM), JSON in through cJSON with caps.
 *
 * The emitter keeps commas itself: j_obj/j_arr open, j_end closes the innermost; `key` is NULL inside an array.
 *   struct jw w = jw_of(&buf); j_obj(&w, NULL); j_str(&w, "case", number); j_int(&w, "n", 3); j_end(&w);
 * Bad UTF-8 in a value becomes U+FFFD. Nesting is capped at 32.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H
#include <stdbool.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

struct jw {
	struct buf *b;
	int depth;
	char close[32];
	bool more[33];
};

static inline struct jw jw_of(struct buf *b)
{
	return (struct jw){ .b = b };
}
void j_obj(struct jw *w, const char *key);
void j_arr(struct jw *w, const char *key);
void j_end(struct jw *w);
void j_str(struct jw *w, const char *key, const char *s); /* NULL writes null */
void j_strn(struct jw *w, const char *key, const char *s, size_t n);
void j_int(struct jw *w, const char *key, int64_t v);
void j_bool(struct jw *w, const char *key, bool v);
void j_null(struct jw *w, const char *key);
void j_raw(struct jw *w, const char *key, const char *json); /* already JSON */
/* A value that is JSON around one string: before "s" after. */
void j_framed(struct jw *w, const char *before, const char *s, const char *after);
void j_time(struct jw *w, const char *key, int64_t t); /* RFC 3339, or null for TIME_NONE and 0 */

/* In: a read-only view, memory in the arena; ≤ max_depth 32. Duplicate keys and bytes after the value are errors. */
struct json;
struct json *json_parse(struct arena *a, const char *s, size_t n, struct err *e); /* NULL on error */
const struct json *json_get(const struct json *o, const char *key);		  /* NULL if absent or not an object */
const char *json_str(const struct json *v);					  /* NULL if not a string */
bool json_int(const struct json *v, int64_t *out);
bool json_is_bool(const struct json *v), json_is_null(const struct json *v), json_is_array(const struct json *v),
	json_is_object(const struct json *v);
bool json_true(const struct json *v);
int json_count(const struct json *v);			 /* of an array or object */
const struct json *json_at(const struct json *v, int i); /* member of an array or object, in order */
const char *json_key(const struct json *v);		 /* the member's key, NULL in an array */

#endif
