/* URLs the way a browser reads them (WHATWG URL Standard, where it differs from RFC 3986 in ways that phishers use:
 * backslashes, user parts, hosts written as one number), put into one normal form. */
#include <string.h>
#include <strings.h>
#include <stdlib.h>
#include "base/addr.h"
#include "base/buf.h"
#include "base/idn.h"
#include "base/text.h"
#include "intel/intel_int.h"

static const struct {
	const char *name;
	int port;
	bool web; /* backslash is a slash, any number of slashes after the colon */
} schemes[] = {
	{ "https", 443, true },	 { "http", 80, true },	{ "ftp", 21, true },	 { "ftps", 990, false },
	{ "wss", 443, true },	 { "ws", 80, true },	{ "sftp", 22, false },	 { "ssh", 22, false },
	{ "tcp", 0, false },	 { "udp", 0, false },	{ "telnet", 23, false }, { "ldap", 389, false },
	{ "ldaps", 636, false }, { "smb", 445, false }, { "rtsp", 554, false },
};
enum { SCHEMES = sizeof schemes / sizeof *schemes };

static int scheme_at(const char *s)
{
	for (int i = 0; i < SCHEMES; i++) {
		size_t n = strlen(schemes[i].name);
		if (strncasecmp(s, schemes[i].name, n) == 0 && s[n] == ':' && (s[n + 1] == '/' || s[n + 1] == '\\'))
			return i;
	}
	return -1;
}

size_t intel_scheme(const char *s)
{
	int i = scheme_at(s);
	return i < 0 ? 0 : strlen(schemes[i].name) + 1;
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int escaped(const char *s)
{
	return s[0] == '%' && hex(s[1]) >= 0 && hex(s[2]) >= 0 ? hex(s[1]) << 4 | hex(s[2]) : -1;
}

/* One part of a host as inet_aton(3) and browsers take it: decimal, 0octal, 0xhex. */
static bool number_part(const char *s, size_t n, uint64_t *out)
{
	char text[24];
	if (n == 0 || n >= sizeof text)
		return false;
	memcpy(text, s, n);
	text[n] = 0;
	int base = 10;
	const char *p = text;
	if (p[0] == '0' && (p[1] | 0x20) == 'x') {
		base = 16;
		p += 2;
	} else if (p[0] == '0' && p[1]) {
		base = 8;
		p++;
	}
	if (*p == '-' || *p == '+' || *p == ' ')
		return false;
	char *end;
	*out = *p ? strtoull(p, &end, base) : 0;
	return !*p || (*end == 0 && *out <= UINT32_MAX);
}

/* "2130706433", "0x7f.1", "0177.0.0.1", "1.2.3.4": an IPv4 address in disguise (WHATWG §3.5). */
static bool host_number(const char *host, struct addr *out)
{
	uint64_t part[4];
	int n = 0;
	for (const char *p = host;; p++) {
		size_t len = strcspn(p, ".");
		if (n == 4 || !number_part(p, len, &part[n]))
			return false;
		n++;
		p += len;
		if (!p[0] || !p[1])
			break;
	}
	uint64_t v = part[n - 1];
	if (v >> (8 * (5 - n)) != 0)
		return false;
	for (int i = 0; i < n - 1; i++) {
		if (part[i] > 255)
			return false;
		v |= part[i] << (8 * (3 - i));
	}
	*out = (struct addr){ .family = 4,
			      .b = { (uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v } };
	return true;
}

static char *host_decode(struct arena *mem, const char *s, size_t n)
{
	char *out = arena_alloc(mem, n + 1);
	size_t at = 0;
	for (size_t i = 0; i < n; i++) {
		int c = n - i > 2 ? escaped(s + i) : -1;
		out[at++] = c > 0 ? (char)c : s[i];
		i += c > 0 ? 2 : 0;
	}
	out[at] = 0;
	return out;
}

static enum st host_read(struct arena *mem, const char *s, size_t n, char **host, bool *v6, struct err *e)
{
	struct addr a;
	char text[ADDR_TEXT];
	*v6 = n > 1 && s[0] == '[' && s[n - 1] == ']';
	if (*v6) {
		char *inner = arena_dup(mem, s + 1, n - 2);
		if (!addr_parse(inner, &a) || a.family != 6)
			return err_set(e, ST_INVALID, N_("\"%.60s\" is no IPv6 address"), inner);
		*host = arena_strdup(mem, addr_text(&a, text));
		return ST_OK;
	}
	char *decoded = host_decode(mem, s, n);
	if (host_number(decoded, &a)) {
		*host = arena_strdup(mem, addr_text(&a, text));
		return ST_OK;
	}
	*host = name_ascii(mem, decoded, false, e);
	return *host ? ST_OK : ST_INVALID;
}

static bool unreserved(int c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
	       c == '_' || c == '~';
}

/* RFC 3986 §6.2.2: escapes only where needed and in capitals; what is not ASCII is escaped. */
static void put_escaped(struct buf *b, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int c = n - i > 2 ? escaped(s + i) : -1;
		unsigned char plain = (unsigned char)s[i];
		if (c >= 0) {
			if (unreserved(c))
				buf_char(b, (char)c);
			else
				buf_printf(b, "%%%02X", (unsigned)c);
			i += 2;
		} else if (plain <= 0x20 || plain >= 0x7f || strchr("\"<>`", plain)) {
			buf_printf(b, "%%%02X", plain);
		} else {
			buf_char(b, (char)plain);
		}
	}
}

/* RFC 3986 §5.2.4, over a path that begins with a slash; in place. */
static void dots_remove(char *path)
{
	char *to = path;
	for (char *p = path; *p;) {
		size_t n = 1 + strcspn(p + 1, "/");
		bool last = p[n] == 0;
		bool here = n == 2 && p[1] == '.', up = n == 3 && p[1] == '.' && p[2] == '.';
		if (up)
			while (to > path && *--to != '/')
				;
		if (!here && !up) {
			memmove(to, p, n);
			to += n;
		} else if (last) {
			*to++ = '/';
		}
		p += n;
	}
	if (to == path)
		*to++ = '/'; /* room: a path is never empty here */
	*to = 0;
}

static char *path_normal(struct arena *mem, const char *s, size_t n, bool web)
{
	BUF_SCOPE b = BUF_INIT;
	put_escaped(&b, s, n);
	char *path = n ? arena_dup(mem, buf_cstr(&b), b.n) : arena_strdup(mem, "/");
	for (char *p = path; web && *p; p++)
		if (*p == '\\')
			*p = '/';
	dots_remove(path);
	return path;
}

static bool port_read(const char *s, size_t n, int *port)
{
	int64_t v;
	char text[8];
	if (n == 0)
		return true;
	if (n >= sizeof text)
		return false;
	memcpy(text, s, n);
	text[n] = 0;
	if (!text_int(text, 0, 65535, &v))
		return false;
	*port = (int)v;
	return true;
}

enum st intel_url(struct arena *mem, const char *s, struct observable *out, struct err *e)
{
	int scheme = scheme_at(s), port = -1;
	bool web = scheme < 0 || schemes[scheme].web, v6 = false;
	const char *name = scheme < 0 ? "http" : schemes[scheme].name;
	if (scheme >= 0) {
		s += strlen(name) + 1;
		s += web ? strspn(s, "/\\") : strspn(s, "/") < 2 ? strspn(s, "/") : 2;
	}
	size_t authority = strcspn(s, web ? "/\\?#" : "/?#");
	const char *host = s, *rest = s + authority;
	for (const char *p = s; p < rest; p++)
		if (*p == '@')
			host = p + 1;
	const char *bracket = *host == '[' ? memchr(host, ']', (size_t)(rest - host)) : NULL,
		   *end = bracket ? bracket + 1 : host;
	while (end < rest && *end != ':')
		end++;
	if (end < rest && !port_read(end + 1, (size_t)(rest - end - 1), &port))
		return err_set(e, ST_INVALID, N_("\"%.20s\" is no port"), end + 1);
	if (host_read(mem, host, (size_t)(end - host), &out->host, &v6, e))
		return ST_INVALID;
	if (scheme >= 0 && port == schemes[scheme].port)
		port = -1;
	else if (scheme < 0 && port == 80)
		port = -1;
	size_t path = strcspn(rest, "?#"), query = strcspn(rest + path, "#");
	BUF_SCOPE b = BUF_INIT;
	buf_printf(&b, v6 ? "%s://[%s]" : "%s://%s", name, out->host);
	if (port >= 0)
		buf_printf(&b, ":%d", port);
	buf_str(&b, path_normal(mem, rest, path, web));
	put_escaped(&b, rest + path, query);
	out->kind = OBS_URL;
	out->value = arena_dup(mem, buf_cstr(&b), b.n);
	return ST_OK;
}
