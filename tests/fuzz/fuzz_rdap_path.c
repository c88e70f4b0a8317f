/* What follows ip/, autnum/, domain/, nameserver/ and entity/ in a path of RDAP: what is taken for a range is one, a number
 * and a name are read the same again, and the link that leads back to a thing is the thing when it is decoded. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/idn.h"
#include "base/text.h"
#include "front/rdap/rdap_int.h"
#include "lookup/lookup_int.h"
#include "net/http_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void ip(struct arena *mem, const char *what)
{
	struct range r, again;
	char text[2 * ADDR_TEXT];
	if (!ip_asked(mem, what, &r))
		return;
	must(r.first.family == r.last.family && addr_cmp(&r.first, &r.last) <= 0);
	must(strchr(what, '/') || addr_cmp(&r.first, &r.last) == 0);
	struct prefix p;
	must(range_prefixes(&r, &p, 1) == 1); /* RFC 9082 §3.1.1: an address or a network */
	must(ip_asked(mem, range_text(&r, text), &again) && !addr_cmp(&r.first, &again.first) &&
	     !addr_cmp(&r.last, &again.last));
}

static void autnum(const char *what)
{
	uint32_t asn, again;
	char text[16];
	if (!asn_parse(what, &asn))
		return;
	snprintf(text, sizeof text, "%u", asn);
	must(asn_parse(text, &again) && asn == again);
}

static void name(struct arena *mem, const char *what)
{
	struct err e = { 0 };
	struct prefix p;
	char *ascii = name_ascii(mem, what, true, &e);
	if (!ascii) {
		must(e.code && *e.msg);
		return;
	}
	if (reverse_parse(ascii, &p))
		must(p.len > 0 && p.len <= addr_bits(&p.a) && p.len % (p.a.family == 4 ? 8 : 4) == 0);
}

static void link_back(struct arena *mem, const char *what)
{
	char *back = arena_strdup(mem, rdap_url_safe(mem, what, "-._~"));
	must(!back[strcspn(back, "/?#\"<> \r\n")]);
	long n = pct_decode(back, strlen(back), false, true);
	must(n == (long)strlen(what) && !memcmp(back, what, (size_t)n));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 1024)
		return 0;
	struct arena *mem = arena_new(4 << 20);
	char *what = arena_dup(mem, data, size);
	if (utf8_valid(what, strlen(what))) { /* look_find takes nothing else */
		ip(mem, what);
		autnum(what);
		name(mem, what);
		link_back(mem, what);
		must(look_guess(what) < LOOK_KINDS);
	}
	arena_free(mem);
	return 0;
}
