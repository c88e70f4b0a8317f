#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "base/lang.h"
#include "base/text.h"
#include "net/http_int.h"

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Without a look at what the bytes are. */
static long pct_bytes(char *s, size_t n, bool plus, bool strict)
{
	size_t out = 0;
	for (size_t i = 0; i < n; i++) {
		char c = s[i];
		if (c == '+' && plus) {
			c = ' ';
		} else if (c == '%') {
			int hi = i + 2 < n ? hex_digit(s[i + 1]) : -1;
			int lo = hi >= 0 ? hex_digit(s[i + 2]) : -1;
			if (lo >= 0) {
				c = (char)(hi << 4 | lo);
				i += 2;
			} else if (strict) {
				return -1;
			}
		}
		s[out++] = c;
	}
	return (long)out;
}

long pct_decode(char *s, size_t n, bool plus, bool strict)
{
	long out = pct_bytes(s, n, plus, strict);
	return out >= 0 && utf8_valid(s, (size_t)out) ? out : -1;
}

static bool has_dot_segment(const char *path)
{
	for (const char *p = path; *p; p += strcspn(p, "/")) {
		p += *p == '/';
		size_t n = strcspn(p, "/");
		if ((n == 1 && p[0] == '.') || (n == 2 && p[0] == '.' && p[1] == '.'))
			return true;
	}
	return false;
}

static bool has_control(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return true;
	return false;
}

/* Absolute form: the part after the authority. NULL for what is neither form. */
static char *origin_form(char *target)
{
	if (*target == '/')
		return target;
	size_t scheme = !strncasecmp(target, "http://", 7) ? 7 : !strncasecmp(target, "https://", 8) ? 8 : 0;
	if (!scheme)
		return NULL;
	char *p = target + scheme + strcspn(target + scheme, "/?");
	if (p == target + scheme)
		return NULL;
	if (*p != '/') /* "http://host?q": the path is empty, and there is room for its slash */
		*--p = '/';
	return p;
}

const char *target_parse(struct arena *a, char *target, char **raw, char **query, const char **decoded)
{
	char *path = origin_form(target);
	if (!path)
		return N_("the request target is not a path");
	char *mark = strchr(path, '?');
	*query = mark ? mark + 1 : path + strlen(path);
	if (mark)
		*mark = 0;
	*raw = path;
	*decoded = path;
	size_t n = strlen(path);
	if (strpbrk(path, "#\\"))
		return N_("the path holds a character that must be encoded");
	if (strchr(path, '%')) {
		char *copy = arena_dup(a, path, n);
		long len = pct_decode(copy, n, false, true);
		if (len < 0)
			return N_("the path is not valid UTF-8, or its percent-encoding is broken");
		copy[len] = 0;
		*decoded = copy;
	} else if (!utf8_valid(path, n)) {
		return N_("the path is not valid UTF-8");
	}
	if (has_control(*decoded))
		return N_("the path holds a control character");
	if (has_dot_segment(*decoded))
		return N_("the path holds a dot segment");
	return NULL;
}

/* A name or value as text in the arena. `bad`: told of invalid UTF-8, which is mended; NULL: that is an error (NULL). */
static const char *form_piece(struct arena *a, const char *s, size_t n, bool *bad, size_t *len)
{
	char *text = arena_dup(a, s, n);
	long out = pct_bytes(text, n, true, false);
	bool mended = out > 0 && utf8_mend(text, (size_t)out);
	if (mended && !bad)
		return NULL;
	if (mended)
		*bad = true;
	text[out] = 0;
	*len = (size_t)out;
	return text;
}

int form_parse(struct arena *a, char *s, size_t n, bool *bad, const struct http_field **out)
{
	*out = NULL;
	int count = 0;
	for (size_t i = 0; i < n; count++) {
		char *amp = memchr(s + i, '&', n - i);
		i = amp ? (size_t)(amp - s) + 1 : n;
		if (count == HTTP_FIELDS_MAX && !bad)
			return -1;
		if (count == HTTP_FIELDS_MAX) {
			*bad = true;
			break;
		}
	}
	struct http_field *f = count ? arena_array(a, struct http_field, count) : NULL;
	int used = 0;
	for (char *p = s, *end = s + n; p < end && used < count;) {
		char *amp = memchr(p, '&', (size_t)(end - p)), *stop = amp ? amp : end;
		char *eq = memchr(p, '=', (size_t)(stop - p)), *value = eq ? eq + 1 : stop;
		size_t name_n = (size_t)((eq ? eq : stop) - p);
		if (stop > p) {
			size_t cn, vn;
			const char *name = form_piece(a, p, name_n, bad, &cn);
			const char *text = form_piece(a, value, (size_t)(stop - value), bad, &vn);
			if (!name || !text)
				return -1;
			f[used++] = (struct http_field){ name, text, vn };
		}
		p = amp ? amp + 1 : end;
	}
	*out = f;
	return used;
}

char *cookie_find(struct arena *a, const char *header, const char *name)
{
	size_t want = strlen(name);
	for (const char *p = header; *p;) {
		p += strspn(p, " \t;");
		size_t n = strcspn(p, ";");
		if (n > want && p[want] == '=' && !memcmp(p, name, want)) {
			const char *v = p + want + 1, *end = p + n;
			while (end > v && (end[-1] == ' ' || end[-1] == '\t'))
				end--;
			if (end - v >= 2 && *v == '"' && end[-1] == '"')
				v++, end--;
			return arena_dup(a, v, (size_t)(end - v));
		}
		p += n;
	}
	return NULL;
}

bool forwarded_parse(const char *s, size_t n, struct addr *out)
{
	char text[ADDR_TEXT + 10];
	while (n && (*s == ' ' || *s == '\t'))
		s++, n--;
	while (n && (s[n - 1] == ' ' || s[n - 1] == '\t'))
		n--;
	if (!n || n >= sizeof text)
		return false;
	memcpy(text, s, n);
	text[n] = 0;
	char *p = text, *colon = strchr(text, ':');
	if (*p == '[') {
		char *close = strchr(p, ']');
		if (!close || (close[1] && close[1] != ':'))
			return false;
		*close = 0;
		p++;
	} else if (colon && !strchr(colon + 1, ':')) {
		*colon = 0;
	}
	if (!addr_parse(p, out))
		return false;
	addr_unmap(out);
	return true;
}

static bool is_trusted(const struct addr *a, const struct prefix *trusted, int n)
{
	for (int i = 0; i < n; i++) {
		struct range r = prefix_range(&trusted[i]);
		if (range_has(&r, a))
			return true;
	}
	return false;
}

struct addr client_find(const struct addr *peer, const char *forwarded, const struct prefix *trusted, int n)
{
	struct addr now = *peer;
	addr_unmap(&now);
	size_t end = forwarded ? strlen(forwarded) : 0;
	while (end && is_trusted(&now, trusted, n)) {
		size_t from = end;
		while (from && forwarded[from - 1] != ',')
			from--;
		struct addr hop;
		if (!forwarded_parse(forwarded + from, end - from, &hop))
			break; /* "unknown" or nonsense: the last hop we can believe */
		now = hop;
		end = from ? from - 1 : 0;
	}
	return now;
}

bool media_type_is(const char *content_type, const char *type)
{
	size_t n = strlen(type);
	return content_type && !strncasecmp(content_type, type, n) && strchr("; \t", content_type[n]);
}

bool etag_match(const char *if_none_match, const char *etag)
{
	size_t want = strlen(etag);
	for (const char *p = if_none_match; *p;) {
		p += strspn(p, " \t,");
		if (*p == '*')
			return true;
		if (!strncmp(p, "W/", 2))
			p += 2;
		size_t n = strcspn(p, ",");
		const char *end = p + n;
		while (end > p && (end[-1] == ' ' || end[-1] == '\t'))
			end--;
		if ((size_t)(end - p) == want && !memcmp(p, etag, want))
			return true;
		p += n;
	}
	return false;
}

bool accepts_json_first(const char *accept)
{
	const char *json = accept ? strcasestr(accept, "json") : NULL;
	const char *html = accept ? strcasestr(accept, "text/html") : NULL;
	return json && (!html || json < html);
}

/* Of `;charset=utf-8;q=0.5` in thousandths: 1000 without one, -1 for one that is not in the grammar. */
static int media_q(const char *s, const char *end)
{
	while (s < end && *s == ';') {
		s++;
		s += strspn(s, " \t");
		const char *value = s + 2;
		if (end - s >= 2 && !strncasecmp(s, "q=", 2))
			return text_weight(value, (size_t)(s + strcspn(s, ";, \t") - value));
		s += strcspn(s, ";,");
	}
	return 1000;
}

/* Which of two ranges is closer: the type itself, "application" and any, any; 0 names it not. */
static int media_closeness(const char *range, size_t n, const char *type)
{
	size_t major = strcspn(type, "/") + 1;
	if (n == strlen(type) && !strncasecmp(range, type, n))
		return 3;
	if (n == major + 1 && range[major] == '*' && !strncasecmp(range, type, major))
		return 2;
	return n == 3 && !memcmp(range, "*/*", 3);
}

int media_weight(const char *accept, const char *type)
{
	int closest = 0, weight = -1;
	for (const char *s = accept; *s;) {
		const char *end = s + strcspn(s, ",");
		s += strspn(s, " \t");
		size_t n = strcspn(s, ";, \t");
		int closeness = media_closeness(s, n, type), q = media_q(s + n + strspn(s + n, " \t"), end);
		if (closeness > closest && q >= 0) {
			closest = closeness;
			weight = q;
		}
		s = *end ? end + 1 : end;
	}
	return weight;
}

bool listen_parse(struct arena *a, const char *s, char **host, char **port)
{
	const char *colon = strrchr(s, ':');
	int64_t number;
	if (!colon || !text_int(colon + 1, 0, 65535, &number))
		return false;
	size_t n = (size_t)(colon - s);
	if (n && s[0] == '[') {
		if (s[n - 1] != ']' || n < 3)
			return false;
		s++, n -= 2;
	} else if (memchr(s, ':', n)) {
		return false; /* an IPv6 address needs its brackets */
	}
	*host = arena_dup(a, s, n);
	*port = arena_strdup(a, colon + 1);
	if (!strcmp(*host, "*"))
		**host = 0;
	return true;
}
