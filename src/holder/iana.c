/* What IANA's registries say of addresses and AS numbers as a whole: special purposes, and which regional registry was
 * given which block. */
#include <string.h>
#include "base/lang.h"
#include "holder/holder_int.h"

const char *range_special(const struct range *r)
{
	static const struct {
		const char *prefix, *what;
	} special[] = {
		{ "0.0.0.0/8", N_("\"this network\" (RFC 791)") },
		{ "10.0.0.0/8", N_("private use (RFC 1918)") },
		{ "100.64.0.0/10", N_("shared use inside providers (RFC 6598)") },
		{ "127.0.0.0/8", N_("loopback (RFC 1122)") },
		{ "169.254.0.0/16", N_("link-local use (RFC 3927)") },
		{ "172.16.0.0/12", N_("private use (RFC 1918)") },
		{ "192.0.2.0/24", N_("documentation (RFC 5737)") },
		{ "192.168.0.0/16", N_("private use (RFC 1918)") },
		{ "198.18.0.0/15", N_("benchmarking (RFC 2544)") },
		{ "198.51.100.0/24", N_("documentation (RFC 5737)") },
		{ "203.0.113.0/24", N_("documentation (RFC 5737)") },
		{ "224.0.0.0/4", N_("multicast (RFC 5771)") },
		{ "240.0.0.0/4", N_("future use (RFC 1112)") },
		{ "::/127", N_("loopback and \"no address\" (RFC 4291)") },
		{ "2001:db8::/32", N_("documentation (RFC 3849)") },
		{ "3fff::/20", N_("documentation (RFC 9637)") },
		{ "fc00::/7", N_("private use (RFC 4193)") },
		{ "fe80::/10", N_("link-local use (RFC 4291)") },
		{ "ff00::/8", N_("multicast (RFC 4291)") },
	};
	for (size_t i = 0; i < sizeof special / sizeof *special; i++) {
		struct range known;
		if (range_parse(special[i].prefix, &known) && range_has(&known, &r->first) &&
		    range_has(&known, &r->last))
			return special[i].what;
	}
	return NULL;
}

const char *tld_special(const char *tld)
{
	/* IANA Special-Use Domain Names; "internal" is ICANN's, of 2024. */
	static const struct {
		const char *tld, *what;
	} special[] = {
		{ "alt", N_("names outside of the DNS (RFC 9476)") },
		{ "example", N_("documentation (RFC 2606)") },
		{ "internal", N_("private use (ICANN)") },
		{ "invalid", N_("names that are to be wrong (RFC 6761)") },
		{ "local", N_("the local network (RFC 6762)") },
		{ "localhost", N_("one's own machine (RFC 6761)") },
		{ "onion", N_("services of the Tor network (RFC 7686)") },
		{ "test", N_("tests (RFC 6761)") },
	};
	for (size_t i = 0; i < sizeof special / sizeof *special; i++)
		if (strcmp(tld, special[i].tld) == 0)
			return special[i].what;
	return NULL;
}

/* IANA IPv4 Address Space Registry: who administers each /8. */
static const char v4_regions[256 + 1] = "-praaraaaa-aaapaaaaaaaaaarapaaaraaaaprapafppaaraapararaaarppppra"
					"aaaaaaaaaaaaarrrrrrrrrrrrrrrrrrraaaaapfpafpaarppppppppppppppppp-"
					"aaaaapaaaaaaaraaaraaaaprapfaaaaaaaapaaaaaaapaaaprlrlplpparllrlll"
					"arrrffaallppaaaaaapprraaarpppppp--------------------------------";

static const char *region_name(char c)
{
	switch (c) {
	case 'a':
		return "ARIN";
	case 'f':
		return "AFRINIC";
	case 'l':
		return "LACNIC";
	case 'p':
		return "APNIC";
	case 'r':
		return "RIPE NCC";
	}
	return NULL;
}

static const char *v6_region(const struct range *r)
{
	/* IANA IPv6 Global Unicast Address Assignments. */
	static const struct {
		const char *prefix, *registry;
	} given[] = {
		{ "2001:200::/23", "APNIC" },	  { "2001:400::/23", "ARIN" },	    { "2001:600::/23", "RIPE NCC" },
		{ "2001:800::/22", "RIPE NCC" },  { "2001:c00::/22", "APNIC" },	    { "2001:1200::/23", "LACNIC" },
		{ "2001:1400::/22", "RIPE NCC" }, { "2001:1800::/23", "ARIN" },	    { "2001:1a00::/23", "RIPE NCC" },
		{ "2001:1c00::/22", "RIPE NCC" }, { "2001:2000::/19", "RIPE NCC" }, { "2001:4000::/23", "RIPE NCC" },
		{ "2001:4200::/23", "AFRINIC" },  { "2001:4400::/23", "APNIC" },    { "2001:4600::/23", "RIPE NCC" },
		{ "2001:4800::/23", "ARIN" },	  { "2001:4a00::/23", "RIPE NCC" }, { "2001:4c00::/23", "RIPE NCC" },
		{ "2001:5000::/20", "RIPE NCC" }, { "2001:8000::/19", "APNIC" },    { "2001:a000::/20", "APNIC" },
		{ "2001:b000::/20", "APNIC" },	  { "2003::/18", "RIPE NCC" },	    { "2400::/12", "APNIC" },
		{ "2410::/12", "APNIC" },	  { "2600::/12", "ARIN" },	    { "2610::/23", "ARIN" },
		{ "2620::/23", "ARIN" },	  { "2630::/12", "ARIN" },	    { "2800::/12", "LACNIC" },
		{ "2a00::/12", "RIPE NCC" },	  { "2a10::/12", "RIPE NCC" },	    { "2c00::/12", "AFRINIC" },
	};
	for (size_t i = 0; i < sizeof given / sizeof *given; i++) {
		struct range known;
		if (range_parse(given[i].prefix, &known) && range_has(&known, &r->first) && range_has(&known, &r->last))
			return given[i].registry;
	}
	return NULL;
}

const char *range_region(const struct range *r)
{
	if (r->first.family == 6)
		return v6_region(r);
	return r->first.b[0] == r->last.b[0] ? region_name(v4_regions[r->first.b[0]]) : NULL;
}

const char *asn_special(uint32_t asn)
{
	/* IANA Special-Purpose AS Numbers. */
	static const struct {
		uint32_t first, last;
		const char *what;
	} special[] = {
		{ 0, 0, N_("\"no network\" (RFC 7607)") },
		{ 112, 112, N_("the sink for reverse names of private addresses (RFC 7534)") },
		{ 23456, 23456, N_("routers that know no four-byte numbers (RFC 6793)") },
		{ 64496, 64511, N_("documentation (RFC 5398)") },
		{ 64512, 65534, N_("private use (RFC 6996)") },
		{ 65535, 65535, N_("routers' own use (RFC 7300)") },
		{ 65536, 65551, N_("documentation (RFC 5398)") },
		{ 4200000000U, 4294967294U, N_("private use (RFC 6996)") },
		{ 4294967295U, 4294967295U, N_("routers' own use (RFC 7300)") },
	};
	for (size_t i = 0; i < sizeof special / sizeof *special; i++)
		if (special[i].first <= asn && asn <= special[i].last)
			return special[i].what;
	return NULL;
}

const char *asn_region(uint32_t asn)
{
	/* IANA Autonomous System (AS) Numbers; the first block that has the number, ARIN's being what is left of the
	 * two-byte ones. Four-byte numbers are given from one 65,536 for each region. */
	static const struct {
		uint32_t first, last;
		char region;
	} given[] = {
		{ 248, 251, 'r' },	 { 1101, 1200, 'r' },	  { 1267, 1275, 'r' },	   { 1877, 1901, 'r' },
		{ 2043, 2043, 'r' },	 { 2047, 2047, 'r' },	  { 2057, 2136, 'r' },	   { 2387, 2488, 'r' },
		{ 2497, 2528, 'p' },	 { 2585, 2614, 'r' },	  { 2773, 2822, 'r' },	   { 2830, 2879, 'r' },
		{ 3154, 3353, 'r' },	 { 4608, 4864, 'p' },	  { 5377, 5631, 'r' },	   { 6656, 6911, 'r' },
		{ 7467, 7722, 'p' },	 { 8192, 9215, 'r' },	  { 9216, 10239, 'p' },	   { 12288, 13311, 'r' },
		{ 15360, 16383, 'r' },	 { 17408, 18431, 'p' },	  { 20480, 21503, 'r' },   { 23552, 24575, 'p' },
		{ 24576, 25599, 'r' },	 { 26592, 26623, 'l' },	  { 27648, 28671, 'l' },   { 28672, 29695, 'r' },
		{ 30980, 30999, 'f' },	 { 30720, 31743, 'r' },	  { 34515, 34519, 'f' },   { 33792, 35839, 'r' },
		{ 36864, 37887, 'f' },	 { 37888, 38911, 'p' },	  { 38912, 39935, 'r' },   { 40960, 45055, 'r' },
		{ 45056, 46079, 'p' },	 { 47104, 52223, 'r' },	  { 52224, 53247, 'l' },   { 55296, 56319, 'p' },
		{ 56320, 58367, 'r' },	 { 58368, 59391, 'p' },	  { 59392, 61439, 'r' },   { 61440, 61951, 'l' },
		{ 61952, 62463, 'r' },	 { 63488, 64098, 'p' },	  { 64198, 64296, 'r' },   { 64297, 64395, 'p' },
		{ 64396, 64495, 'r' },	 { 1, 63487, 'a' },	  { 131072, 196607, 'p' }, { 196608, 262143, 'r' },
		{ 262144, 327679, 'l' }, { 327680, 393215, 'f' }, { 393216, 458751, 'a' },
	};
	for (size_t i = 0; i < sizeof given / sizeof *given; i++)
		if (given[i].first <= asn && asn <= given[i].last)
			return region_name(given[i].region);
	return NULL;
}
