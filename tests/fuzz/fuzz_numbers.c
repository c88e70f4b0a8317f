/* NRO statistics, line by line. A record's range is one, lies in its bin, and its key and handle give it back. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "numbers/bins.h"
#include "numbers/numbers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void check(const struct holding *h)
{
	static const uint8_t tags[] = { [HOLDING_ASN] = BIN_ASN, [HOLDING_IPV4] = BIN_IPV4, [HOLDING_IPV6] = BIN_IPV6 };
	char key[RANGE_KEY];
	uint8_t tag;
	struct range back;
	struct prefix bin = range_bin(&h->range);
	struct range around = prefix_range(&bin);
	must(addr_cmp(&h->range.first, &h->range.last) <= 0);
	must(range_has(&around, &h->range.first) && range_has(&around, &h->range.last));
	range_key(&h->range, tags[h->kind], key);
	must(range_key_parse(key, &tag, &back) && tag == tags[h->kind]);
	must(addr_cmp(&back.first, &h->range.first) == 0 && addr_cmp(&back.last, &h->range.last) == 0);
	must(h->kind != HOLDING_ASN || h->asn_count == asn_of_addr(&h->range.last) - asn_of_addr(&h->range.first) + 1);
	must(strlen(h->country) == 0 || strlen(h->country) == 2);
	must(strncmp(h->handle, h->registry, strlen(h->registry)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *mem = arena_new(1 << 20);
	char *text = arena_dup(mem, data, n), *line;
	struct stats_file file = { .as_of = TIME_NONE };
	while ((line = strsep(&text, "\n"))) {
		struct err e = { 0 };
		struct holding h;
		switch (holding_parse(mem, line, &h, &file, &e)) {
		case LINE_RECORD:
			check(&h);
			break;
		case LINE_VERSION:
			must(file.versioned && strlen(file.registry) < sizeof file.registry);
			break;
		case LINE_BAD:
			must(e.code == ST_INVALID && e.msg[0]);
			break;
		case LINE_SKIP:
			break;
		}
	}
	arena_free(mem);
	return 0;
}
