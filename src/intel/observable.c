#include <libpsl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include "base/addr.h"
#include "base/idn.h"
#include "base/text.h"
#include "intel/intel_int.h"

static const char *const kind_names[OBS_KINDS] = {
	[OBS_URL] = "url", [OBS_NAME] = "name",	  [OBS_IPV4] = "ipv4", [OBS_IPV6] = "ipv6", [OBS_PREFIX] = "prefix",
	[OBS_ASN] = "asn", [OBS_EMAIL] = "email", [OBS_MD5] = "md5",   [OBS_SHA1] = "sha1", [OBS_SHA256] = "sha256",
};

enum { V4_PREFIX_MIN = 8, V6_PREFIX_MIN = 16 }; /* anything wider is a continent, not an observable */

const char *obs_kind_name(enum obs_kind k)
{
	return (unsigned)k < OBS_KINDS ? kind_names[k] : "";
}

static bool parse_hash(struct arena *mem, const char *s, struct observable *out)
{
	static const char *const labels[] = { "md5:", "sha1:", "sha-1:", "sha256:", "sha-256:" };
	for (size_t i = 0; i < sizeof labels / sizeof *labels; i++)
		if (strncasecmp(s, labels[i], strlen(labels[i])) == 0) {
			s += strlen(labels[i]);
			while (*s == ' ')
				s++;
			break;
		}
	size_t n = strlen(s);
	if ((n != 32 && n != 40 && n != 64) || strspn(s, "0123456789abcdefABCDEF") != n)
		return false;
	out->kind = n == 32 ? OBS_MD5 : n == 40 ? OBS_SHA1 : OBS_SHA256;
	out->value = text_lower(mem, s);
	return true;
}

/* "AS3462" and "AS 3462"; a lone number is none. */
static bool parse_asn(struct arena *mem, const char *s, struct observable *out)
{
	uint32_t asn;
	if (strncasecmp(s, "as", 2) != 0)
		return false;
	const char *digits = s + 2;
	while (*digits == ' ')
		digits++;
	if (*digits < '0' || *digits > '9' || !asn_parse(digits, &asn))
		return false;
	out->kind = OBS_ASN;
	out->value = arena_printf(mem, "AS%u", asn);
	return true;
}

static void take_addr(struct arena *mem, const struct addr *a, struct observable *out)
{
	struct addr v = *a;
	addr_unmap(&v);
	char text[ADDR_TEXT];
	out->kind = v.family == 4 ? OBS_IPV4 : OBS_IPV6;
	out->value = arena_strdup(mem, addr_text(&v, text));
}

/* Takes ":443" off "192.0.2.1:443" and "[2001:db8::1]:443"; true when an address is left in `text`. */
static bool addr_of_endpoint(const char *s, struct addr *a)
{
	char text[ADDR_TEXT + 16];
	int64_t port;
	size_t n = strlen(s);
	if (n >= sizeof text)
		return false;
	memcpy(text, s, n + 1);
	if (addr_parse(text, a))
		return true;
	char *colon = strrchr(text, ':');
	if (text[0] == '[') {
		char *close = strchr(text, ']');
		if (!close || (close[1] && (close[1] != ':' || !text_int(close + 2, 0, 65535, &port))))
			return false;
		*close = 0;
		return addr_parse(text + 1, a) && a->family == 6;
	}
	if (!colon || !text_int(colon + 1, 0, 65535, &port))
		return false;
	*colon = 0;
	return addr_parse(text, a) && a->family == 4;
}

/* 0: not a prefix at all; else taken or refused. "192.0.2.1/24" means the host in its network: the address is taken. */
static int parse_prefix(struct arena *mem, const char *s, struct observable *out, struct err *e)
{
	struct prefix p;
	struct addr a;
	char text[PREFIX_TEXT];
	const char *slash = strchr(s, '/');
	int64_t len;
	if (!slash || strlen(s) >= sizeof text || !text_int(slash + 1, 0, 128, &len))
		return 0;
	memcpy(text, s, (size_t)(slash - s));
	text[slash - s] = 0;
	if (!addr_parse(text, &a) || len > addr_bits(&a))
		return 0;
	if (!prefix_parse(s, &p) || p.len == addr_bits(&a)) {
		take_addr(mem, &a, out);
		return 1;
	}
	if (p.len < (a.family == 4 ? V4_PREFIX_MIN : V6_PREFIX_MIN)) {
		err_set(e, ST_INVALID, N_("prefix %s is too wide: at least /%d"), s,
			a.family == 4 ? V4_PREFIX_MIN : V6_PREFIX_MIN);
		return -1;
	}
	out->kind = OBS_PREFIX;
	out->value = arena_strdup(mem, prefix_text(&p, text));
	return 1;
}

static enum st parse_email(struct arena *mem, const char *s, struct observable *out, struct err *e)
{
	const char *at = strrchr(s, '@');
	struct addr a;
	if (!text_email_ok(s) || addr_parse(at + 1, &a))
		return err_set(e, ST_INVALID, N_("\"%.100s\" is no e-mail address"), s);
	out->host = name_ascii(mem, at + 1, false, e);
	if (!out->host)
		return ST_INVALID;
	out->kind = OBS_EMAIL;
	out->value = arena_printf(mem, "%.*s@%s", (int)(at - s), s, out->host);
	return ST_OK;
}

static enum st parse_name(struct arena *mem, char *s, struct observable *out, struct err *e)
{
	int64_t port;
	char *colon = strrchr(s, ':');
	if (colon && text_int(colon + 1, 0, 65535, &port))
		*colon = 0;
	while (s[0] == '*' && s[1] == '.')
		s += 2;
	out->value = name_ascii(mem, s, false, NULL);
	if (!out->value)
		return err_set(e, ST_INVALID,
			       N_("\"%.80s\" is not recognised: expected a URL, domain name, IP address, prefix, AS "
				  "number, e-mail address or hash"),
			       s);
	out->kind = OBS_NAME;
	return ST_OK;
}

/* `s` is trimmed, refanged and the caller's to change. */
static enum st parse_plain(struct arena *mem, char *s, struct observable *out, struct err *e)
{
	struct addr a;
	if (strncasecmp(s, "mailto:", 7) == 0) {
		s += 7;
		s[strcspn(s, "?")] = 0;
	}
	if (intel_scheme(s))
		return intel_url(mem, s, out, e);
	if (strstr(s, "://"))
		return err_set(e, ST_INVALID, N_("\"%.40s\": this kind of URL is not known"), s);
	if (parse_hash(mem, s, out) || parse_asn(mem, s, out))
		return ST_OK;
	size_t slash = strcspn(s, "/?#"), at = strcspn(s, "@");
	if (s[at] && at < slash)
		return parse_email(mem, s, out, e);
	if (addr_of_endpoint(s, &a)) {
		take_addr(mem, &a, out);
		return ST_OK;
	}
	int prefix = parse_prefix(mem, s, out, e);
	if (prefix)
		return prefix > 0 ? ST_OK : ST_INVALID;
	return s[slash] ? intel_url(mem, s, out, e) : parse_name(mem, s, out, e);
}

/* What is wrapped around one pasted value: blanks, quotes, angle brackets, a final comma. */
static char *unwrap(char *s)
{
	static const char *const before = " \t\r\n<\"'`", *const after = " \t\r\n>\"'`,;";
	s += strspn(s, before);
	size_t n = strlen(s);
	while (n > 0 && strchr(after, s[n - 1]))
		s[--n] = 0;
	return s;
}

enum st obs_parse(struct arena *mem, const char *s, struct observable *out, struct err *e)
{
	memset(out, 0, sizeof *out);
	size_t n = strnlen(s, OBS_LEN + 1);
	if (n > OBS_LEN)
		return err_set(e, ST_INVALID, N_("longer than %d bytes"), OBS_LEN);
	if (!text_clean(s, n))
		return err_set(e, ST_INVALID, N_("not plain UTF-8 text"));
	char *plain = unwrap(intel_refang(mem, s, n).p);
	if (!*plain)
		return err_set(e, ST_INVALID, N_("empty"));
	out->given = text_trim(mem, s);
	return parse_plain(mem, plain, out, e);
}
