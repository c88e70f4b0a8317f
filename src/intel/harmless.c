/* What must never become a notice: addresses that are nobody's (IANA special-purpose registries, RFC 6890 and later),
 * names that are not in the DNS (RFC 6761, 6762, 8375), and ourselves. */
#include <stdlib.h>
#include <string.h>
#include "base/addr.h"
#include "base/idn.h"
#include "base/text.h"
#include "intel/intel_int.h"

static const struct {
	uint8_t b[4];
	uint8_t len;
} v4[] = {
	{ { 0 }, 8 },		  /* RFC 791 this network */
	{ { 10 }, 8 },		  /* RFC 1918 */
	{ { 100, 64 }, 10 },	  /* RFC 6598 shared */
	{ { 127 }, 8 },		  /* RFC 1122 loopback */
	{ { 169, 254 }, 16 },	  /* RFC 3927 link local */
	{ { 172, 16 }, 12 },	  /* RFC 1918 */
	{ { 192, 0, 0 }, 24 },	  /* RFC 6890 */
	{ { 192, 0, 2 }, 24 },	  /* RFC 5737 documentation */
	{ { 192, 168 }, 16 },	  /* RFC 1918 */
	{ { 198, 18 }, 15 },	  /* RFC 2544 benchmarks */
	{ { 198, 51, 100 }, 24 }, /* RFC 5737 */
	{ { 203, 0, 113 }, 24 },  /* RFC 5737 */
	{ { 224 }, 4 },		  /* RFC 5771 multicast */
	{ { 240 }, 4 },		  /* RFC 1112 reserved, broadcast */
};

static const struct {
	uint8_t b[6];
	uint8_t len;
} v6[] = {
	{ { 0 }, 96 },				  /* ::, ::1, IPv4-compatible (RFC 4291) */
	{ { 0x01 }, 64 },			  /* RFC 6666 discard-only */
	{ { 0x20, 0x01, 0x0d, 0xb8 }, 32 },	  /* RFC 3849 documentation */
	{ { 0x20, 0x01, 0x00, 0x02, 0, 0 }, 48 }, /* RFC 5180 benchmarks */
	{ { 0x3f, 0xff }, 20 },			  /* RFC 9637 documentation */
	{ { 0xfc }, 7 },			  /* RFC 4193 unique local */
	{ { 0xfe, 0x80 }, 10 },			  /* RFC 4291 link local */
	{ { 0xfe, 0xc0 }, 10 },			  /* RFC 3879 site local */
	{ { 0xff }, 8 },			  /* RFC 4291 multicast */
};

static const char *const names[] = { "localhost", "local",	 "internal",  "invalid",
				     "test",	  "localdomain", "home.arpa", "lan" };

/* The block holds all of `p` (an address is a /32 or /128). */
static bool within(const struct prefix *p, const uint8_t *block, size_t bytes, uint8_t len)
{
	struct addr a = { .family = p->a.family };
	memcpy(a.b, block, bytes);
	if (p->len < len)
		return false;
	struct prefix mine = prefix_of(&p->a, len);
	return addr_cmp(&mine.a, &a) == 0;
}

static bool prefix_harmless(const struct prefix *p)
{
	for (size_t i = 0; p->a.family == 4 && i < sizeof v4 / sizeof *v4; i++)
		if (within(p, v4[i].b, sizeof v4[i].b, v4[i].len))
			return true;
	for (size_t i = 0; p->a.family == 6 && i < sizeof v6 / sizeof *v6; i++)
		if (within(p, v6[i].b, sizeof v6[i].b, v6[i].len))
			return true;
	return false;
}

/* RFC 5398 documentation, RFC 6996 private, RFC 7607 and 7300 reserved, AS_TRANS. */
static bool asn_harmless(uint32_t a)
{
	return a == 0 || a == 23456 || (a >= 64496 && a <= 65551) || a >= 4200000000u;
}

/* Where the public has mailboxes: a CERT that writes from one owns neither the name nor its neighbours' addresses. */
static const char *const providers[] = {
	"gmail.com",	"googlemail.com", "outlook.com", "hotmail.com",	  "live.com",	 "msn.com", "yahoo.com",
	"yahoo.com.tw", "yahoo.co.jp",	  "icloud.com",	 "me.com",	  "aol.com",	 "gmx.net", "gmx.de",
	"proton.me",	"protonmail.com", "zoho.com",	 "fastmail.com",  "mail.ru",	 "qq.com",  "163.com",
	"126.com",	"hinet.net",	  "seed.net.tw", "pchome.com.tw", "kimo.com.tw",
};

static bool of_many(const char *domain)
{
	for (size_t i = 0; i < sizeof providers / sizeof *providers; i++)
		if (text_eq_nocase(domain, providers[i]))
			return true;
	return name_is_suffix(domain);
}

bool obs_ours(const struct observable *o, const char *host, const char *const *address, int n)
{
	const char *at = o->kind == OBS_EMAIL ? strrchr(o->value, '@') : NULL;
	const char *place = at ? at + 1 : o->host ? o->host : o->kind == OBS_NAME ? o->value : NULL;
	if (!place)
		return false;
	if (host && text_eq_nocase(place, host))
		return true;
	for (int i = 0; i < n; i++) {
		const char *domain = address[i] ? strrchr(address[i], '@') : NULL;
		if (!domain)
			continue;
		if (at && text_eq_nocase(o->value, address[i]))
			return true;
		bool same = text_eq_nocase(place, domain + 1) ||
			    (!strncmp(place, "www.", 4) && text_eq_nocase(place + 4, domain + 1));
		if (same && !of_many(domain + 1))
			return true;
	}
	return false;
}

static bool below(const char *name, const char *top)
{
	size_t n = strlen(name), t = strlen(top);
	return n >= t && strcmp(name + n - t, top) == 0 && (n == t || name[n - t - 1] == '.');
}

static bool host_harmless(const char *host, const char *own)
{
	struct prefix p;
	if (prefix_parse(host, &p))
		return prefix_harmless(&p) || (own && strcmp(host, own) == 0);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (below(host, names[i]))
			return true;
	return own && *own && below(host, own);
}

bool obs_harmless(const struct observable *o, const char *own_host)
{
	switch (o->kind) {
	case OBS_URL:
	case OBS_EMAIL:
		return host_harmless(o->host, own_host);
	case OBS_NAME:
	case OBS_IPV4:
	case OBS_IPV6:
	case OBS_PREFIX:
		return host_harmless(o->value, own_host);
	case OBS_ASN:
		return asn_harmless((uint32_t)strtoul(o->value + 2, NULL, 10));
	default:
		return false;
	}
}
