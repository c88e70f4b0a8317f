/* Addresses, prefixes, ranges and AS numbers: what is taken is written so that it reads the same again, and a range's
 * prefixes make it up without a gap. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/addr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void try_addr(const char *s)
{
	struct addr a, b;
	char text[ADDR_TEXT];
	if (!addr_parse(s, &a))
		return;
	must(a.family == 4 || a.family == 6);
	must(addr_parse(addr_text(&a, text), &b) && addr_cmp(&a, &b) == 0);
	struct addr up = a;
	must(!addr_next(&up) || (addr_cmp(&a, &up) < 0 && addr_prev(&up) && addr_cmp(&a, &up) == 0));
}

static void try_prefix(const char *s)
{
	struct prefix p, q;
	char text[PREFIX_TEXT];
	if (!prefix_parse(s, &p))
		return;
	must(p.len <= addr_bits(&p.a));
	must(prefix_parse(prefix_text(&p, text), &q) && addr_cmp(&p.a, &q.a) == 0 && p.len == q.len);
	struct range r = prefix_range(&p);
	struct prefix one[2], bin = range_bin(&r);
	must(range_prefixes(&r, one, 2) == 1 && one[0].len == p.len && bin.len == p.len);
}

static void try_range(const char *s)
{
	struct range r, again;
	struct prefix p[254];
	char text[2 * ADDR_TEXT];
	if (!range_parse(s, &r))
		return;
	must(r.first.family == r.last.family && addr_cmp(&r.first, &r.last) <= 0);
	must(range_parse(range_text(&r, text), &again) && addr_cmp(&r.first, &again.first) == 0 &&
	     addr_cmp(&r.last, &again.last) == 0);
	int n = range_prefixes(&r, p, 254);
	must(n > 0);
	struct addr at = r.first;
	for (int i = 0; i < n; i++) {
		struct range here = prefix_range(&p[i]);
		must(addr_cmp(&here.first, &at) == 0 && range_has(&r, &here.last));
		at = here.last;
		must(i == n - 1 ? addr_cmp(&at, &r.last) == 0 : addr_next(&at));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char s[300], text[16];
	uint32_t asn, again;
	if (n >= sizeof s)
		return 0;
	memcpy(s, data, n);
	s[n] = 0;
	try_addr(s);
	try_prefix(s);
	try_range(s);
	if (asn_parse(s, &asn)) {
		snprintf(text, sizeof text, "AS%u", asn);
		must(asn_parse(text, &again) && again == asn);
	}
	return 0;
}
