/* What IANA's registries say of address space as a whole: special purposes, and which regional registry was given which
 * block. */
#include "holder/holder_int.h"

const char *range_special(const struct range *r)
{
	static const struct {
		const char *prefix, *what;
	} special[] = {
		{ "0.0.0.0/8", "\"this network\" (RFC 791)" },
		{ "10.0.0.0/8", "private use (RFC 1918)" },
		{ "100.64.0.0/10", "shared use inside providers (RFC 6598)" },
		{ "127.0.0.0/8", "loopback (RFC 1122)" },
		{ "169.254.0.0/16", "link-local use (RFC 3927)" },
		{ "172.16.0.0/12", "private use (RFC 1918)" },
		{ "192.0.2.0/24", "documentation (RFC 5737)" },
		{ "192.168.0.0/16", "private use (RFC 1918)" },
		{ "198.18.0.0/15", "benchmarking (RFC 2544)" },
		{ "198.51.100.0/24", "documentation (RFC 5737)" },
		{ "203.0.113.0/24", "documentation (RFC 5737)" },
		{ "224.0.0.0/4", "multicast (RFC 5771)" },
		{ "240.0.0.0/4", "future use (RFC 1112)" },
		{ "::/127", "loopback and \"no address\" (RFC 4291)" },
		{ "2001:db8::/32", "documentation (RFC 3849)" },
		{ "3fff::/20", "documentation (RFC 9637)" },
		{ "fc00::/7", "private use (RFC 4193)" },
		{ "fe80::/10", "link-local use (RFC 4291)" },
		{ "ff00::/8", "multicast (RFC 4291)" },
	};
	for (size_t i = 0; i < sizeof special / sizeof *special; i++) {
		struct range known;
		if (range_parse(special[i].prefix, &known) && range_has(&known, &r->first) &&
		    range_has(&known, &r->last))
			return special[i].what;
	}
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
