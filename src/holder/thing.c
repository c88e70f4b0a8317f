/* Recognising what is asked about: URL, name, address, prefix, AS number, or the host of an e-mail address. */
#include <string.h>
#include "base/idn.h"
#include "base/text.h"
#include "holder/holder_int.h"

#define THING_MAX 2048

static enum st about_range(struct arena *mem, const char *s, struct thing *out)
{
	struct prefix p;
	char text[PREFIX_TEXT];
	if (!prefix_parse(s, &p))
		return ST_INVALID;
	bool lone = p.len == addr_bits(&p.a) && !strchr(s, '/');
	if (lone) {
		addr_unmap(&p.a);
		p.len = (uint8_t)addr_bits(&p.a);
	}
	out->about = lone ? THING_ADDR : THING_PREFIX;
	out->range = prefix_range(&p);
	out->text = arena_strdup(mem, lone ? addr_text(&p.a, text) : prefix_text(&p, text));
	return ST_OK;
}

/* AS3462, as3462, AS0.3462; a lone number too. */
static bool about_asn(struct arena *mem, const char *s, struct thing *out)
{
	bool marked = (s[0] == 'A' || s[0] == 'a') && (s[1] == 'S' || s[1] == 's') && s[2] >= '0' && s[2] <= '9';
	const char *digits = marked ? s + 2 : s;
	if (digits[strspn(digits, marked ? "0123456789." : "0123456789")] || !asn_parse(s, &out->asn))
		return false;
	out->about = THING_ASN;
	out->text = arena_printf(mem, "AS%u", out->asn);
	return true;
}

static enum st about_host(struct arena *mem, const char *host, struct thing *out, struct err *e)
{
	if (about_range(mem, host, out) == ST_OK)
		return ST_OK;
	out->about = THING_NAME;
	out->text = name_ascii(mem, host, false, e);
	return out->text ? ST_OK : ST_INVALID;
}

/* RFC 3986 §3.2: [userinfo@]host[:port], where the host may be in brackets. */
static enum st about_authority(struct arena *mem, const char *s, size_t n, struct thing *out, struct err *e)
{
	char *host = arena_dup(mem, s, n), *at = strrchr(host, '@');
	host = at ? at + 1 : host;
	if (host[0] == '[') {
		char *close = strchr(host, ']');
		if (!close)
			return err_set(e, ST_INVALID, N_("expected ] after the address in a URL"));
		*close = 0;
		host++;
	} else {
		host[strcspn(host, ":")] = 0;
	}
	return about_host(mem, host, out, e);
}

static enum st about_url(struct arena *mem, const char *authority, struct thing *out, struct err *e)
{
	out->kind = THING_URL;
	return about_authority(mem, authority, strcspn(authority, "/?#\\"), out, e);
}

/* 1.34.5.6/15: an address and a length that don't make a prefix, and no URL either. */
static bool host_bits(const char *s)
{
	char host[ADDR_TEXT];
	struct addr a;
	size_t n = strcspn(s, "/");
	if (!s[n] || !s[n + 1] || s[n + 1 + strspn(s + n + 1, "0123456789")] || n >= sizeof host)
		return false;
	memcpy(host, s, n);
	host[n] = 0;
	struct prefix p;
	return addr_parse(host, &a) && !prefix_parse(s, &p);
}

enum st thing_parse(struct arena *mem, const char *s, struct thing *out, struct err *e)
{
	struct err why = { 0 };
	*out = (struct thing){ .kind = THING_OTHER };
	if (strnlen(s, THING_MAX + 1) > THING_MAX)
		return err_set(e, ST_INVALID, N_("a question is at most %d bytes long"), THING_MAX);
	char *text = text_trim(mem, s);
	const char *scheme = strstr(text, "://"), *at = strrchr(text, '@');
	enum st st;
	if (host_bits(text)) {
		st = err_set(&why, ST_INVALID, N_("the prefix has bits set after its length"));
	} else if (scheme) {
		st = about_url(mem, scheme + 3, out, &why);
	} else if (about_asn(mem, text, out) || about_range(mem, text, out) == ST_OK) {
		out->kind = out->about;
		return ST_OK;
	} else if (at && !strchr(text, '/')) {
		st = about_host(mem, at + 1, out, &why);
	} else if (strpbrk(text, "/?#") || (strchr(text, '.') && strchr(text, ':'))) {
		st = about_url(mem, text, out, &why); /* www.example.tw/path, example.tw:8080 */
	} else {
		st = about_host(mem, text, out, &why);
		out->kind = THING_NAME;
	}
	if (st && e)
		*e = why; /* it stands inside: err_say finds it there */
	return st ? err_set(e, ST_INVALID, N_("\"%.60s\": expected a name, address, prefix, AS number or URL (%.120s)"),
			    text, why.msg)
		  : ST_OK;
}
