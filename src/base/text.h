/* text.h — UTF-8, base64 (RFC 4648 §4, padded, strict), hex, numbers, and times as text. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/err.h"

bool utf8_valid(const char *s, size_t n);	      /* RFC 3629: no surrogates, no overlong forms; 0 bytes refused */
size_t utf8_cut(const char *s, size_t n, size_t max); /* the longest prefix ≤ max that ends at a whole character */
/* Puts '?' for each byte that makes it invalid, in place; true when there was one. */
bool utf8_mend(char *s, size_t n);
bool text_ascii(const char *s, size_t n);
bool text_clean(const char *s, size_t n);      /* valid UTF-8 without control characters but \n \r \t */
bool text_one_line(const char *s, size_t max); /* the same, of one line of at most `max` bytes; NULL is an empty one */

char *b64_encode(struct arena *a, const void *p, size_t n);
/* Returns decoded length, or -1 for anything a strict encoder would not have written. `out` holds n/4*3 bytes. */
long b64_decode(const char *s, size_t n, uint8_t *out);
char *hex_encode(struct arena *a, const void *p, size_t n); /* lower case */
long hex_decode(const char *s, size_t n, uint8_t *out);	    /* either case; -1 if odd or not hex */

bool text_int(const char *s, int64_t min, int64_t max, int64_t *out); /* the whole string, decimal, no blanks, no '+' */
bool text_eq_nocase(const char *a, const char *b);		      /* ASCII only */
char *text_lower(struct arena *a, const char *s);		      /* ASCII only */
char *text_trim(struct arena *a, const char *s);		      /* ASCII blanks at both ends */
bool text_email_ok(const char *s); /* RFC 5321 addr-spec, ≤ 254 octets, no quoted local part, UTF-8 (6531) allowed */
/* A weight of RFC 9110 §12.4.2 ("0.5", "1") in thousandths; −1 for anything else. */
int text_weight(const char *s, size_t n);

char *text_lf(struct arena *a, const char *s); /* without CR: a form's lines end in CRLF */
/* Of a URL, without user and port; what has no scheme begins with it. "": there is none. */
char *url_host(struct arena *a, const char *url);

struct buf;
void text_crlf(struct buf *out, const char *p, size_t n); /* lines that end in LF end in CRLF; those in CRLF stay */

/* Times are microseconds since 1970 UTC. */
#define USEC 1000000LL
#define TIME_NONE INT64_MIN
char *time_iso(struct arena *a, int64_t t);	/* 2026-11-24T14:05:00Z (seconds; RFC 3339) */
char *time_rfc5322(struct arena *a, int64_t t); /* Tue, 24 Nov 2026 14:05:00 +0000 */
char *time_http(struct arena *a, int64_t t);	/* Tue, 24 Nov 2026 14:05:00 GMT */
/* 2026-11-24, 20261124, 2026-11-24T14:05[:00[.123]](Z|±hh:mm); without a zone it is UTC. TIME_NONE if it is none of
 * these. */
int64_t time_parse(const char *s);
bool time_span_parse(const char *s, int64_t *out); /* 90s 15m 36h 7d 2w, may be negative */
int time_year(int64_t t);
int64_t time_from_civil(int y, int m, int d, int hh, int mm, int ss);
/* People's time: "24 Nov 2026, 14:05" / "2026 年 11 月 24 日 14:05", in a zone given as minutes east of UTC. */
char *time_people(struct arena *a, int64_t t, const char *lang, int zone_minutes);

#endif
