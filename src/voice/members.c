/* members.c — IP members as a frame: who answers for addresses and AS numbers, by the class of what they hold. */
#include <stdlib.h>
#include <string.h>
#include "base/addr.h"
#include "base/text.h"
#include "voice/voice_int.h"

/* APNIC's tiers of membership: the higher of what the IPv4 addresses and the IPv6 networks of /64 come to. */
const char *const voice_classes[] = { "associate", "very-small", "small",	"medium",
				      "large",	   "very-large", "extra-large", NULL };
static const struct tier {
	int v4, v6; /* up to and including 2^v4 addresses, 2^v6 networks */
} tiers[] = { { -1, -1 }, { 10, 29 }, { 13, 32 }, { 16, 35 }, { 19, 38 }, { 22, 41 }, { 64, 64 } };
enum { TIERS = sizeof tiers / sizeof *tiers };
_Static_assert(sizeof voice_classes / sizeof *voice_classes == TIERS + 1, "a name for each");

struct member {
	char *email, *lang;
	int tier;
};

/* Of one member at a time: what its contacts stand at. */
struct holding_sum {
	struct range *range;
	size_t n, room;
};

static int by_first(const void *a, const void *b)
{
	const struct range *x = a, *y = b;
	int c = addr_cmp(&x->first, &y->first);
	return c ? c : addr_cmp(&y->last, &x->last);
}

/* The address as a number; of IPv6 the number of its /64. */
static uint64_t place(const struct addr *a)
{
	uint64_t v = 0;
	for (int i = 0; i < (a->family == 4 ? 4 : 8); i++)
		v = v << 8 | a->b[i];
	return v;
}

/* What is held twice, or inside of what is held, counts once. */
static uint64_t held(struct holding_sum *h, int family)
{
	uint64_t sum = 0, next = 0;
	qsort(h->range, h->n, sizeof *h->range, by_first);
	for (size_t i = 0; i < h->n; i++) {
		if (h->range[i].first.family != family)
			continue;
		uint64_t from = place(&h->range[i].first), to = place(&h->range[i].last);
		from = from < next ? next : from;
		if (to < from)
			continue;
		sum += to - from + 1;
		next = to + 1;
		if (!next)
			break; /* the last /64 there is */
	}
	return sum;
}

static bool within(uint64_t n, int bits)
{
	return bits >= 64 || n <= (bits < 0 ? 0 : (uint64_t)1 << bits);
}

static int tier_of(struct holding_sum *h)
{
	int t = 0;
	uint64_t v4 = held(h, 4), v6 = held(h, 6);
	while (!within(v4, tiers[t].v4) || !within(v6, tiers[t].v6))
		t++;
	return t;
}

static bool hold(struct holding_sum *h, const char *resource)
{
	struct range r;
	if (!range_parse(resource, &r))
		return true; /* an AS number */
	if (h->n == h->room) {
		size_t room = h->room ? 2 * h->room : 64;
		void *more = realloc(h->range, room * sizeof *h->range);
		if (!more)
			return false;
		h->range = more;
		h->room = room;
	}
	h->range[h->n++] = r;
	return true;
}

static enum st members_read(struct req *rq, struct rows *r, struct holding_sum *h, struct member *out, int64_t *n)
{
	*n = 0;
	while (rows_next(r)) {
		const char *email = rows_text(r, 0);
		if (!*n || strcmp(out[*n - 1].email, email) != 0) {
			if (*n)
				out[*n - 1].tier = tier_of(h);
			if (*n == VOICE_CANDIDATES_MAX)
				return err_set(&rq->err, ST_LIMIT, "more than %d members", VOICE_CANDIDATES_MAX);
			h->n = 0;
			out[(*n)++] = (struct member){ .email = rows_dup(r, 0), .lang = rows_dup(r, 1) };
		}
		if (!hold(h, rows_text(r, 2)))
			return err_set(&rq->err, ST_BUSY, "out of memory");
	}
	if (*n)
		out[*n - 1].tier = tier_of(h);
	return ST_OK;
}

static int by_address(const void *a, const void *b)
{
	return strcmp(((const struct member *)a)->email, ((const struct member *)b)->email);
}

static enum st members_put(struct req *rq, int64_t study, int position, int only, struct member *m, int64_t n)
{
	qsort(m, (size_t)n, sizeof *m, by_address);
	struct bulk *b = bulk_open(rq, "voice_candidate", "study, position, email, lang, segment", 5);
	if (!b)
		return rq->err.code;
	enum st st = ST_OK;
	for (int64_t i = 0; i < n && !st; i++)
		if (only < 0 || m[i].tier == only)
			st = bulk_row(b, (const struct val[]){ V(study), V(position), V(m[i].email), V(m[i].lang),
							       V(voice_classes[m[i].tier]) });
	return bulk_close(b) || st ? rq->err.code : ST_OK;
}

static enum st find(struct req *rq, int64_t study, int position, int only, struct member *m)
{
	struct rows r;
	struct holding_sum h = { 0 };
	int64_t n = 0;
	if (sql_query0(rq, &r,
		       "SELECT lower(c.email) AS email, coalesce(c.lang, ''), c.resource FROM who_contact c JOIN"
		       " import_source s ON s.id = c.source WHERE c.born <= s.current AND (c.dead = 0 OR c.dead >"
		       " s.current) AND c.email <> '' AND (c.resource LIKE '%/%' OR c.resource LIKE 'AS%')"
		       " ORDER BY lower(c.email), c.id"))
		return rq->err.code;
	enum st st = members_read(rq, &r, &h, m, &n), end = rows_end(&r);
	free(h.range);
	return st || end ? rq->err.code : members_put(rq, study, position, only, m, n);
}

enum st voice_members(struct req *rq, int64_t study, int position, const char *tier)
{
	int only = -1;
	for (int i = 0; i < TIERS; i++)
		if (!strcmp(tier, voice_classes[i]))
			only = i;
	struct member *m = calloc(VOICE_CANDIDATES_MAX, sizeof *m);
	if (!m)
		return err_set(&rq->err, ST_BUSY, "out of memory");
	enum st st = find(rq, study, position, only, m);
	free(m);
	return st;
}
