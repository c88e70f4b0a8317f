/* NRO statistics exchange format, delegated and delegated-extended:
 * "registry|cc|type|start|value|date|status[|opaque-id…]". Sources: the RIRs' "RIR statistics exchange format", version
 * 2, and the NRO's description of the extended format. */
#include <string.h>
#include "base/text.h"
#include "numbers/bins.h"
#include "numbers/numbers.h"

enum { REGISTRY, CC, TYPE, START, VALUE, DATE, STATUS, OPAQUE };
enum { V_VERSION, V_REGISTRY, V_SERIAL, V_RECORDS, V_START, V_END };
#define FIELDS_MAX 16
#define OPAQUE_MAX 120

static enum line_kind bad(struct err *e, const char *want, const char *found)
{
	err_set(e, ST_INVALID, "expected %s, found \"%.60s\"", want, found);
	return LINE_BAD;
}

static bool registry_ok(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-");
	return n > 0 && n < sizeof((struct stats_file *)0)->registry && s[n] == 0;
}

/* yyyymmdd; empty, 0 and 00000000 mean unknown. */
static bool date_parse(const char *s, int64_t *out)
{
	*out = TIME_NONE;
	if (s[strspn(s, "0")] == 0)
		return true;
	if (strlen(s) == 8)
		*out = time_parse(s);
	return *out != TIME_NONE;
}

static enum line_kind version_line(char **f, int n, struct stats_file *file, struct err *e)
{
	int64_t end, serial, records;
	if (n < 6)
		return bad(e, "a version line version|registry|serial|records|startdate|enddate|UTCoffset",
			   f[V_VERSION]);
	if (!registry_ok(f[V_REGISTRY]))
		return bad(e, "a registry such as apnic in lower case", f[V_REGISTRY]);
	if (!text_int(f[V_RECORDS], 0, INT64_MAX, &records))
		return bad(e, "the number of records", f[V_RECORDS]);
	if (!date_parse(f[V_END], &end))
		return bad(e, "an end date yyyymmdd", f[V_END]);
	if (end == TIME_NONE && date_parse(f[V_SERIAL], &serial))
		end = serial;
	memcpy(file->registry, f[V_REGISTRY], strlen(f[V_REGISTRY]) + 1);
	file->records = records;
	file->as_of = end;
	file->versioned = true;
	return LINE_VERSION;
}

static bool country_parse(struct arena *mem, const char *s, char **out)
{
	char cc[3] = { 0 };
	for (size_t i = 0; i < 2 && s[i]; i++)
		cc[i] = (char)(s[i] >= 'a' && s[i] <= 'z' ? s[i] - 32 : s[i]);
	bool letters = strspn(cc, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 2 && s[2] == 0;
	*out = arena_strdup(mem, !letters || strcmp(cc, "ZZ") == 0 ? "" : cc);
	return letters || *s == 0;
}

static bool status_ok(const char *s)
{
	static const char *const known[] = { "allocated", "assigned", "available", "reserved", "ianapool" };
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strcmp(s, known[i]) == 0)
			return true;
	return false;
}

static enum line_kind asn_fields(char **f, struct holding *h, struct err *e)
{
	int64_t first, count;
	if (!text_int(f[START], 0, UINT32_MAX, &first))
		return bad(e, "the first AS number, 0 to 4294967295", f[START]);
	if (!text_int(f[VALUE], 1, (int64_t)UINT32_MAX + 1 - first, &count))
		return bad(e, "how many AS numbers, at least 1 and within 32 bits", f[VALUE]);
	h->kind = HOLDING_ASN;
	h->asn_first = (uint32_t)first;
	h->asn_count = (uint32_t)count;
	h->range = asn_range((uint32_t)first, (uint32_t)(first + count - 1));
	return LINE_RECORD;
}

static enum line_kind ipv4_fields(char **f, struct holding *h, struct err *e)
{
	struct addr a;
	int64_t count;
	if (!addr_parse(f[START], &a) || a.family != 4)
		return bad(e, "the first IPv4 address as a dotted quad", f[START]);
	if (!text_int(f[VALUE], 1, (int64_t)1 << 32, &count) || !range_from_count(&a, (uint64_t)count, &h->range))
		return bad(e, "how many addresses, at least 1 and within IPv4", f[VALUE]);
	h->kind = HOLDING_IPV4;
	return LINE_RECORD;
}

static enum line_kind ipv6_fields(char **f, struct holding *h, struct err *e)
{
	struct addr a;
	int64_t len;
	if (!addr_parse(f[START], &a) || a.family != 6)
		return bad(e, "the first IPv6 address", f[START]);
	if (!text_int(f[VALUE], 0, 128, &len))
		return bad(e, "a prefix length, 0 to 128", f[VALUE]);
	struct prefix p = prefix_of(&a, (int)len);
	if (addr_cmp(&p.a, &a) != 0)
		return bad(e, "the address that begins the prefix", f[START]);
	h->kind = HOLDING_IPV6;
	h->range = prefix_range(&p);
	return LINE_RECORD;
}

static enum line_kind number_fields(char **f, struct holding *h, struct err *e)
{
	if (strcmp(f[TYPE], "asn") == 0)
		return asn_fields(f, h, e);
	if (strcmp(f[TYPE], "ipv4") == 0)
		return ipv4_fields(f, h, e);
	if (strcmp(f[TYPE], "ipv6") == 0)
		return ipv6_fields(f, h, e);
	return bad(e, "asn, ipv4 or ipv6", f[TYPE]);
}

static enum line_kind record_line(struct arena *mem, char **f, int n, struct holding *h, struct err *e)
{
	if (n < STATUS + 1) {
		err_set(e, ST_INVALID, "expected registry|cc|type|start|value|date|status, found %d fields", n);
		return LINE_BAD;
	}
	if (!registry_ok(f[REGISTRY]))
		return bad(e, "a registry such as apnic in lower case", f[REGISTRY]);
	if (!country_parse(mem, f[CC], &h->country))
		return bad(e, "a country of two letters, or none", f[CC]);
	if (number_fields(f, h, e) == LINE_BAD)
		return LINE_BAD;
	if (!date_parse(f[DATE], &h->valid_from))
		return bad(e, "a date yyyymmdd, or none", f[DATE]);
	if (!status_ok(f[STATUS]))
		return bad(e, "allocated, assigned, available, reserved or ianapool", f[STATUS]);
	if (n > OPAQUE && strlen(f[OPAQUE]) > OPAQUE_MAX)
		return bad(e, "an opaque id of at most 120 bytes", f[OPAQUE]);
	h->from_record = h->valid_from != TIME_NONE;
	h->registry = arena_strdup(mem, f[REGISTRY]);
	h->status = arena_strdup(mem, f[STATUS]);
	h->opaque = arena_strdup(mem, n > OPAQUE ? f[OPAQUE] : "");
	h->handle = arena_printf(mem, "%s|%s|%s|%s", f[REGISTRY], f[TYPE], f[START], f[VALUE]);
	return LINE_RECORD;
}

enum line_kind holding_parse(struct arena *mem, char *line, struct holding *out, struct stats_file *file, struct err *e)
{
	char *f[FIELDS_MAX] = { line };
	int n = 0;
	*out = (struct holding){ .valid_from = TIME_NONE };
	if (line[0] == '#' || line[0] == 0)
		return LINE_SKIP;
	for (char *p = line; p && n < FIELDS_MAX; n++) {
		f[n] = p;
		p = strchr(p, '|');
		if (p)
			*p++ = 0;
	}
	if (f[0][0] && f[0][strspn(f[0], "0123456789.")] == 0)
		return version_line(f, n, file, e);
	if (n >= 6 && strcmp(f[DATE], "summary") == 0)
		return LINE_SKIP;
	return record_line(mem, f, n, out, e);
}
