#include "base/text.h"
#include "base/buf.h"
#include <string.h>

/* --- UTF-8 ------------------------------------------------------------------------------------------------------ */

static uint64_t load8(const uint8_t *p)
{
	uint64_t w;
	memcpy(&w, p, sizeof w);
	return w;
}

#define EACH_BYTE(x) (UINT64_C(0x0101010101010101) * (x))

/* True when none of the eight bytes is 0 or ≥ 0x80. */
static bool plain8(uint64_t w)
{
	return !((w | (w - EACH_BYTE(1))) & EACH_BYTE(0x80));
}

/* Length of the well-formed character at p (Unicode table 3-7), 0 when it is none. */
static size_t utf8_len(const uint8_t *p, const uint8_t *end)
{
	uint8_t c = p[0], lo = 0x80, hi = 0xBF;
	if (c < 0x80)
		return c != 0;
	size_t n = c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
	if (c < 0xC2 || c > 0xF4 || (size_t)(end - p) < n)
		return 0;
	if (c == 0xE0)
		lo = 0xA0; /* shorter forms exist */
	else if (c == 0xED)
		hi = 0x9F; /* surrogates */
	else if (c == 0xF0)
		lo = 0x90;
	else if (c == 0xF4)
		hi = 0x8F; /* past U+10FFFF */
	if (p[1] < lo || p[1] > hi)
		return 0;
	for (size_t i = 2; i < n; i++)
		if ((p[i] & 0xC0) != 0x80)
			return 0;
	return n;
}

bool utf8_valid(const char *s, size_t n)
{
	const uint8_t *p = (const uint8_t *)s, *end = p + n;
	while (p < end) {
		if (end - p >= 8 && plain8(load8(p))) {
			p += 8;
			continue;
		}
		size_t len = utf8_len(p, end);
		if (!len)
			return false;
		p += len;
	}
	return true;
}

size_t utf8_cut(const char *s, size_t n, size_t max)
{
	if (n <= max)
		return n;
	size_t cut = max;
	while (cut && max - cut < 3 && ((uint8_t)s[cut] & 0xC0) == 0x80)
		cut--;
	return cut;
}

bool utf8_mend(char *s, size_t n)
{
	bool mended = false;
	for (uint8_t *p = (uint8_t *)s, *end = p + n; p < end;) {
		size_t len = utf8_len(p, end);
		if (!len)
			*p = '?';
		mended |= !len;
		p += len ? len : 1;
	}
	return mended;
}

bool text_ascii(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] >= 0x80)
			return false;
	return true;
}

bool text_clean(const char *s, size_t n)
{
	if (!utf8_valid(s, n))
		return false;
	for (const uint8_t *p = (const uint8_t *)s, *end = p + n; p < end; p++) {
		if ((*p < 0x20 && *p != '\n' && *p != '\r' && *p != '\t') || *p == 0x7F)
			return false;
		if (*p == 0xC2 && p[1] < 0xA0) /* C1: terminals act on U+009B */
			return false;
	}
	return true;
}

bool text_one_line(const char *s, size_t max)
{
	size_t n = s ? strlen(s) : 0;
	return n <= max && (!n || (text_clean(s, n) && !strpbrk(s, "\r\n")));
}

/* --- base64 and hex --------------------------------------------------------------------------------------------- */

static const char b64_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

char *b64_encode(struct arena *a, const void *p, size_t n)
{
	const uint8_t *in = p;
	char *out = arena_alloc(a, (n + 2) / 3 * 4 + 1), *o = out;
	for (size_t i = 0; i < n; i += 3) {
		size_t left = n - i;
		uint32_t v =
			(uint32_t)in[i] << 16 | (left > 1 ? (uint32_t)in[i + 1] << 8 : 0) | (left > 2 ? in[i + 2] : 0u);
		*o++ = b64_digits[v >> 18];
		*o++ = b64_digits[v >> 12 & 63];
		*o++ = left > 1 ? b64_digits[v >> 6 & 63] : '=';
		*o++ = left > 2 ? b64_digits[v & 63] : '=';
	}
	return out;
}

static int b64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

long b64_decode(const char *s, size_t n, uint8_t *out)
{
	if (n % 4)
		return -1;
	size_t pad = n && s[n - 1] == '=' ? 1 + (s[n - 2] == '=') : 0;
	uint32_t v = 0;
	long len = 0;
	for (size_t i = 0; i < n; i++) {
		int d = i < n - pad ? b64_value(s[i]) : 0;
		if (d < 0)
			return -1;
		v = v << 6 | (uint32_t)d;
		if (i % 4 < 3)
			continue;
		size_t keep = i == n - 1 ? 3 - pad : 3;
		if (v & 0xFFFFu >> (8 * (keep - 1)))
			return -1; /* bits that an encoder leaves 0 */
		for (size_t k = 0; k < keep; k++)
			out[len++] = (uint8_t)(v >> (16 - 8 * k));
	}
	return len;
}

char *hex_encode(struct arena *a, const void *p, size_t n)
{
	const uint8_t *in = p;
	char *out = arena_alloc(a, 2 * n + 1);
	for (size_t i = 0; i < n; i++) {
		out[2 * i] = "0123456789abcdef"[in[i] >> 4];
		out[2 * i + 1] = "0123456789abcdef"[in[i] & 15];
	}
	return out;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}
static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static int hex_value(char c)
{
	c = lower(c);
	return is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

long hex_decode(const char *s, size_t n, uint8_t *out)
{
	if (n % 2)
		return -1;
	for (size_t i = 0; i < n; i += 2) {
		int hi = hex_value(s[i]), lo = hex_value(s[i + 1]);
		if (hi < 0 || lo < 0)
			return -1;
		out[i / 2] = (uint8_t)(hi << 4 | lo);
	}
	return (long)(n / 2);
}

/* --- numbers and words ------------------------------------------------------------------------------------------ */

bool text_int(const char *s, int64_t min, int64_t max, int64_t *out)
{
	bool neg = s && *s == '-';
	int64_t v = 0;
	if (!s || !*(s += neg))
		return false;
	for (; *s; s++) {
		/* Downwards, because INT64_MIN has no positive twin. */
		if (!is_digit(*s) || __builtin_mul_overflow(v, 10, &v) || __builtin_sub_overflow(v, *s - '0', &v))
			return false;
	}
	if (!neg && __builtin_sub_overflow(0, v, &v))
		return false;
	if (v < min || v > max)
		return false;
	*out = v;
	return true;
}

int text_weight(const char *s, size_t n)
{
	if (n < 1 || n > 5 || (s[0] != '0' && s[0] != '1') || (n > 1 && s[1] != '.'))
		return -1;
	int q = (s[0] - '0') * 1000, unit = 100;
	for (size_t i = 2; i < n; i++, unit /= 10) {
		if (s[i] < '0' || s[i] > '9')
			return -1;
		q += (s[i] - '0') * unit;
	}
	return q <= 1000 ? q : -1;
}

bool text_eq_nocase(const char *a, const char *b)
{
	while (*a && lower(*a) == lower(*b))
		a++, b++;
	return lower(*a) == lower(*b);
}

char *text_lower(struct arena *a, const char *s)
{
	char *out = arena_strdup(a, s);
	for (char *p = out; p && *p; p++)
		*p = lower(*p);
	return out;
}

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

char *text_trim(struct arena *a, const char *s)
{
	if (!s)
		return NULL;
	while (is_blank(*s))
		s++;
	size_t n = strlen(s);
	while (n && is_blank(s[n - 1]))
		n--;
	return arena_dup(a, s, n);
}

/* --- e-mail addresses ------------------------------------------------------------------------------------------- */

static bool is_alnum(char c)
{
	return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z');
}
static bool is_utf8(char c)
{
	return (uint8_t)c >= 0x80;
}
static bool is_atext(char c)
{
	return c && (is_alnum(c) || is_utf8(c) || strchr("!#$%&'*+-/=?^_`{|}~", c));
}
static bool is_label(char c)
{
	return is_alnum(c) || is_utf8(c) || c == '-';
}

/* Parts of 1–63 octets that `ok` accepts, joined by single dots. */
static bool dotted(const char *s, size_t n, bool (*ok)(char), size_t part_max)
{
	size_t part = 0;
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '.' ? !part : !ok(s[i]) || part == part_max)
			return false;
		part = s[i] == '.' ? 0 : part + 1;
	}
	return part > 0;
}

static bool hyphens_inside(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (s[i] == '-' && (i == 0 || s[i - 1] == '.' || i + 1 == n || s[i + 1] == '.'))
			return false;
	return true;
}

char *text_lf(struct arena *a, const char *s)
{
	char *out = arena_strdup(a, s), *to = out;
	for (const char *from = out; *from; from++)
		if (*from != '\r')
			*to++ = *from;
	*to = 0;
	return out;
}

char *url_host(struct arena *a, const char *url)
{
	const char *host = strstr(url, "://");
	host = host ? host + 3 : url;
	size_t n = strcspn(host, "/?#");
	const char *at = memrchr(host, '@', n);
	if (at) {
		n -= (size_t)(at + 1 - host);
		host = at + 1;
	}
	size_t end = *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":");
	return arena_dup(a, host, end < n ? end : n);
}

bool text_email_ok(const char *s)
{
	size_t n = s ? strlen(s) : 0;
	const char *at = n ? strchr(s, '@') : NULL;
	if (!at || n > 254 || !text_clean(s, n))
		return false;
	size_t local = (size_t)(at - s), domain = n - local - 1;
	return local <= 64 && dotted(s, local, is_atext, 64) && dotted(at + 1, domain, is_label, 63) &&
	       hyphens_inside(at + 1, domain);
}

void text_crlf(struct buf *out, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (p[i] == '\n' && (!i || p[i - 1] != '\r'))
			buf_char(out, '\r');
		buf_char(out, p[i]);
	}
}
