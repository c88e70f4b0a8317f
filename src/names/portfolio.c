/* The list of a registrar's names, a page at a time. */
#include "names/portfolio.h"
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/idn.h"
#include "base/text.h"
#include "names/registry_int.h"

/* What is neither active nor quiet is little: those indexes cost nothing when a name is registered. 2 is LIFE_ACTIVE;
 * 66 are the two holds; tr_state 1 is pending. */
const struct migration portfolio_migrations[] = {
	{ 221, "portfolio",
	  "CREATE INDEX portfolio_domain_name ON registry_domain(sponsor, name);"
	  "CREATE INDEX portfolio_domain_expiry ON registry_domain(sponsor, expires_at, id);"
	  "CREATE INDEX portfolio_domain_unquiet ON registry_domain(sponsor, life, name) WHERE life <> 2;"
	  "CREATE INDEX portfolio_domain_held ON registry_domain(sponsor, name) WHERE (status & 66) <> 0;"
	  "CREATE INDEX portfolio_domain_moving ON registry_domain(sponsor, name) WHERE tr_state = 1;"
	  "CREATE INDEX portfolio_domain_coming ON registry_domain(tr_requester, name) WHERE tr_state = 1;"
	  "CREATE INDEX portfolio_contact ON registry_contact(sponsor, id)" },
	{ 0 },
};

static const enum portfolio_state state_of_life[LIVES] = {
	[LIFE_PENDING_CREATE] = PORTFOLIO_PENDING,  [LIFE_ACTIVE] = PORTFOLIO_ACTIVE,
	[LIFE_SUSPENDED] = PORTFOLIO_SUSPENDED,	    [LIFE_REDEMPTION] = PORTFOLIO_REDEMPTION,
	[LIFE_PENDING_DELETE] = PORTFOLIO_DELETING,
};

/* Life comes first: a suspended name with a hold is suspended. */
static enum portfolio_state state_of(enum life life, statuses kept, bool moving)
{
	if (life != LIFE_ACTIVE)
		return life < LIFE_GONE ? state_of_life[life]
					: PORTFOLIO_REDEMPTION; /* its restore waits for a report */
	if (moving)
		return PORTFOLIO_TRANSFER;
	return kept & (BIT(STATUS_CLIENT_HOLD) | BIT(STATUS_SERVER_HOLD)) ? PORTFOLIO_HOLD : PORTFOLIO_ACTIVE;
}

/* ── the statements: one text for each sort and set ── */

/* $1 registrar, $2 after (name or time), $3 after (id), $4 zone or '', $5 life, $6 expires before, $7 pattern, $8 how
 * many */
#define ROW "id, name, zone, expires_at, life, status, tr_state, ds, add_until, renew_until, transfer_until"
#define SELECT_NAMES                                                                                                   \
	"SELECT " ROW " FROM registry_domain WHERE sponsor = $1 AND ($4 = '' OR zone = $4) AND expires_at < $6"        \
	" AND ($7 = '' OR name LIKE $7 ESCAPE '!')"
#define BY_NAME " AND name > $2 AND $3 = $3 ORDER BY name LIMIT $8"
#define BY_EXPIRY                                                                                                      \
	" AND expires_at >= CAST($2 AS BIGINT) AND (expires_at > CAST($2 AS BIGINT) OR id > $3)"                       \
	" ORDER BY expires_at, id LIMIT $8"
#define BY_EXPIRY_LAST                                                                                                 \
	" AND expires_at <= CAST($2 AS BIGINT) AND (expires_at < CAST($2 AS BIGINT) OR id < $3)"                       \
	" ORDER BY expires_at DESC, id DESC LIMIT $8"
#define ANY " AND $5 = $5"
#define ACTIVE " AND life = 2 AND $5 = $5"
#define UNQUIET " AND life <> 2 AND life = $5"
#define HELD " AND (status & 66) <> 0 AND $5 = $5"
#define MOVING " AND tr_state = 1 AND $5 = $5"

enum set { SET_ANY, SET_ACTIVE, SET_UNQUIET, SET_HELD, SET_MOVING, SETS };
static const char *const statements[PORTFOLIO_SORTS][SETS] = {
	[SORT_NAME] = { SELECT_NAMES ANY BY_NAME, SELECT_NAMES ACTIVE BY_NAME, SELECT_NAMES UNQUIET BY_NAME,
			SELECT_NAMES HELD BY_NAME, SELECT_NAMES MOVING BY_NAME },
	[SORT_EXPIRY] = { SELECT_NAMES ANY BY_EXPIRY, SELECT_NAMES ACTIVE BY_EXPIRY, SELECT_NAMES UNQUIET BY_EXPIRY,
			  SELECT_NAMES HELD BY_EXPIRY, SELECT_NAMES MOVING BY_EXPIRY },
	[SORT_EXPIRY_LAST] = { SELECT_NAMES ANY BY_EXPIRY_LAST, SELECT_NAMES ACTIVE BY_EXPIRY_LAST,
			       SELECT_NAMES UNQUIET BY_EXPIRY_LAST, SELECT_NAMES HELD BY_EXPIRY_LAST,
			       SELECT_NAMES MOVING BY_EXPIRY_LAST },
};
static const struct {
	enum set set;
	enum life life;
} sets[PORTFOLIO_STATES] = {
	[PORTFOLIO_ALL] = { SET_ANY, LIFE_NONE },
	[PORTFOLIO_ACTIVE] = { SET_ACTIVE, LIFE_NONE },
	[PORTFOLIO_PENDING] = { SET_UNQUIET, LIFE_PENDING_CREATE },
	[PORTFOLIO_SUSPENDED] = { SET_UNQUIET, LIFE_SUSPENDED },
	[PORTFOLIO_REDEMPTION] = { SET_UNQUIET, LIFE_REDEMPTION },
	[PORTFOLIO_DELETING] = { SET_UNQUIET, LIFE_PENDING_DELETE },
	[PORTFOLIO_HOLD] = { SET_HELD, LIFE_NONE },
	[PORTFOLIO_TRANSFER] = { SET_MOVING, LIFE_NONE },
};

/* ── the cursor: "NAME" or "TIME.ID" ── */

struct cursor {
	char *text; /* name, or the time as digits */
	int64_t id;
};

static enum st cursor_read(struct req *rq, const struct portfolio_ask *q, struct cursor *c)
{
	bool first = !q->after || !*q->after;
	int64_t t;
	*c = (struct cursor){ arena_strdup(rq->mem, first ? "" : q->after), 0 };
	if (q->sort == SORT_NAME)
		return strlen(c->text) > 255 ? err_set(&rq->err, ST_INVALID, N_("after: no such place in the list"))
					     : ST_OK;
	if (first) {
		bool last = q->sort == SORT_EXPIRY_LAST;
		*c = (struct cursor){ arena_printf(rq->mem, "%lld", last ? (long long)INT64_MAX : 0LL),
				      last ? INT64_MAX : 0 };
		return ST_OK;
	}
	char *dot = strchr(c->text, '.');
	if (dot)
		*dot = 0;
	if (!dot || !text_int(c->text, 0, INT64_MAX, &t) || !text_int(dot + 1, 0, INT64_MAX, &c->id))
		return err_set(&rq->err, ST_INVALID, N_("after: no such place in the list"));
	return ST_OK;
}

static char *cursor_of(struct req *rq, enum portfolio_sort sort, const struct portfolio_row *r)
{
	if (sort == SORT_NAME)
		return r->name;
	return arena_printf(rq->mem, "%lld.%lld", (long long)r->expires_at, (long long)r->id);
}

/* ── one page ── */

static char *pattern_of(struct arena *mem, const char *part)
{
	BUF_SCOPE b = BUF_INIT;
	buf_char(&b, '%');
	for (; *part; part++) {
		if (strchr("%_!", *part))
			buf_char(&b, '!');
		buf_char(&b, *part);
	}
	buf_char(&b, '%');
	return arena_strdup(mem, buf_cstr(&b));
}

static struct portfolio_row row_of(struct req *rq, struct rows *r)
{
	int64_t now = clock_now();
	struct portfolio_row p = { .id = rows_int(r, 0),
				   .name = rows_dup(r, 1),
				   .zone = rows_dup(r, 2),
				   .expires_at = rows_int(r, 3),
				   .is_signed = rows_int(r, 7) > 0,
				   .in_grace = rows_int(r, 8) > now || rows_int(r, 9) > now || rows_int(r, 10) > now };
	p.uname = name_unicode(rq->mem, p.name);
	p.state = state_of((enum life)rows_int(r, 4), (statuses)rows_int(r, 5), rows_int(r, 6) == TRANSFER_PENDING);
	return p;
}

/* A part of a name and no other filter: the index alone is read until the page is full. The names' rows lie anywhere;
 * to look at each of a million would take seconds. $1 registrar, $2 after, $3 pattern, $4 how many */
static const char by_part[] =
	"SELECT " ROW " FROM registry_domain JOIN (SELECT name AS found FROM registry_domain WHERE sponsor = $1"
	" AND name > $2 AND name LIKE $3 ESCAPE '!' ORDER BY name LIMIT $4) AS f ON found = name"
	" WHERE sponsor = $1 ORDER BY name";

static bool part_alone(const struct portfolio_ask *q, const char *pattern)
{
	return *pattern && q->sort == SORT_NAME && q->state == PORTFOLIO_ALL && !q->expires_before &&
	       !(q->zone && *q->zone);
}

static enum st names_query(struct req *rq, const struct portfolio_ask *q, const struct cursor *c, const char *pattern,
			   int max, struct rows *r)
{
	if (part_alone(q, pattern))
		return sql_query(rq, r, by_part, V(q->registrar), V(c->text), V(pattern), V(max));
	const struct val v[] = { V(q->registrar),
				 V(c->text),
				 V(c->id),
				 V(q->zone ? q->zone : ""),
				 V(sets[q->state].life),
				 V(q->expires_before ? q->expires_before : INT64_MAX),
				 V(pattern),
				 V(max) };
	return sql_query_vals(rq, r, statements[q->sort][sets[q->state].set], v, 8);
}

static enum st page_plain(struct req *rq, const struct portfolio_ask *q, const struct cursor *c,
			  struct portfolio_row *out, int max, int *n, char **next)
{
	struct rows r;
	const char *pattern = q->part && *q->part ? pattern_of(rq->mem, text_lower(rq->mem, q->part)) : "";
	if (names_query(rq, q, c, pattern, max + 1, &r))
		return rq->err.code;
	while (*n < max && rows_next(&r))
		out[(*n)++] = row_of(rq, &r);
	bool more = *n == max && rows_next(&r);
	*next = more ? cursor_of(rq, q->sort, &out[*n - 1]) : NULL;
	return rows_end(&r);
}

/* What is stored are A-labels: a part in another script is looked for in the Unicode form of the names that have one.
 */
static enum st page_unicode(struct req *rq, const struct portfolio_ask *q, const struct cursor *c,
			    struct portfolio_row *out, int max, int *n, char **next)
{
	struct rows r;
	struct arena *keep = rq->mem, *mem = arena_new((size_t)1 << 20);
	char *last = NULL;
	int seen = 0;
	if (names_query(rq, q, c, "%xn--%", PORTFOLIO_SCAN_MAX, &r)) {
		arena_free(mem);
		return rq->err.code;
	}
	for (; *n < max && rows_next(&r); seen++) {
		bool fits = strstr(name_unicode(mem, rows_text(&r, 1)), q->part) != NULL;
		arena_reset(mem);
		if (fits)
			out[(*n)++] = row_of(rq, &r);
		if (fits || seen == PORTFOLIO_SCAN_MAX - 1) {
			struct portfolio_row here = row_of(rq, &r);
			last = cursor_of(rq, q->sort, &here);
		}
	}
	rq->mem = keep;
	arena_free(mem);
	*next = *n == max || seen == PORTFOLIO_SCAN_MAX ? last : NULL;
	return rows_end(&r);
}

/* ── the holders of a page ── */

static char *some(struct rows *r, int from, int to)
{
	for (int i = from; i < to; i++)
		if (!rows_null(r, i) && *rows_text(r, i))
			return rows_dup(r, i);
	return NULL;
}

static enum st holder_of(struct req *rq, int64_t domain, char **out)
{
	struct rows r;
	*out = NULL;
	if (sql_query(rq, &r,
		      "SELECT c.loc_org, c.int_org, c.loc_name, c.int_name, c.handle FROM registry_domain_contact dc"
		      " JOIN registry_contact c ON c.id = dc.contact WHERE dc.domain = $1 AND dc.type = 'r'",
		      V(domain)))
		return rq->err.code;
	if (rows_next(&r))
		*out = some(&r, 0, 5);
	return rows_end(&r);
}

enum st portfolio_names(struct req *rq, const struct portfolio_ask *q, struct portfolio_row *out, int max, int *n,
			char **next)
{
	struct cursor c;
	*n = 0;
	*next = NULL;
	if ((unsigned)q->state >= PORTFOLIO_STATES || (unsigned)q->sort >= PORTFOLIO_SORTS)
		return err_set(&rq->err, ST_INVALID, N_("no such state or order"));
	if (cursor_read(rq, q, &c))
		return rq->err.code;
	bool plain = !q->part || text_ascii(q->part, strlen(q->part));
	if (plain ? page_plain(rq, q, &c, out, max, n, next) : page_unicode(rq, q, &c, out, max, n, next))
		return rq->err.code;
	for (int i = 0; i < *n; i++)
		if (holder_of(rq, out[i].id, &out[i].holder))
			return rq->err.code;
	return ST_OK;
}

/* ── counts ── */

#define COUNT(where) "SELECT count(*) FROM (SELECT 1 FROM " where " LIMIT 20000) AS c"

enum st portfolio_counts(struct req *rq, const char *registrar, struct portfolio_counts *out)
{
	int64_t soon = clock_now() + 30 * 86400 * USEC;
	*out = (struct portfolio_counts){ 0 };
	if (sql_number(rq, &out->names, COUNT("registry_domain WHERE sponsor = $1"), V(registrar)) ||
	    sql_number(rq, &out->expiring, COUNT("registry_domain WHERE sponsor = $1 AND expires_at < $2"),
		       V(registrar), V(soon)) ||
	    sql_number(rq, &out->ending,
		       COUNT("registry_domain WHERE sponsor = $1 AND life <> 2 AND life IN (3, 4, 5, 7)"),
		       V(registrar)) ||
	    sql_number(rq, &out->held, COUNT("registry_domain WHERE sponsor = $1 AND (status & 66) <> 0"),
		       V(registrar)) ||
	    sql_number(rq, &out->transfers, COUNT("registry_domain WHERE sponsor = $1 AND tr_state = 1"),
		       V(registrar)) ||
	    sql_number(rq, &out->messages, COUNT("registry_poll WHERE registrar = $1"), V(registrar)))
		return rq->err.code;
	return ST_OK;
}

/* ── one name ── */

enum st portfolio_name(struct req *rq, const char *registrar, const char *name, struct portfolio_name *out)
{
	struct placed at;
	struct dom d;
	*out = (struct portfolio_name){ 0 };
	enum st st = dom_place(rq, name, &at);
	if (st || (st = dom_by_key(rq, at.key, &d)))
		return st;
	out->own = d.d.c.sponsor && !strcmp(d.d.c.sponsor, registrar);
	bool asked = d.d.transfer.state == TRANSFER_PENDING && d.d.transfer.requester &&
		     !strcmp(d.d.transfer.requester, registrar);
	if (!out->own && !asked)
		return err_set(&rq->err, ST_NOTFOUND, "%.200s is not one of your names", d.d.name);
	if (dom_links(rq, &d) || holder_of(rq, d.d.c.id, &out->holder))
		return rq->err.code;
	out->d = d.d;
	out->place = d.place;
	out->state = state_of(d.life, d.kept, d.d.transfer.state == TRANSFER_PENDING);
	return ST_OK;
}

enum st portfolio_transfers(struct req *rq, const char *registrar, struct portfolio_transfer *out, int max, int *n)
{
	struct rows r;
	*n = 0;
	if (sql_query(rq, &r,
		      "SELECT name, tr_requester, tr_requested_at, tr_acted_at, 0 FROM registry_domain"
		      " WHERE sponsor = $1 AND tr_state = 1 UNION ALL"
		      " SELECT name, sponsor, tr_requested_at, tr_acted_at, 1 FROM registry_domain"
		      " WHERE tr_requester = $1 AND tr_state = 1 ORDER BY 3 LIMIT $2",
		      V(registrar), V(max)))
		return rq->err.code;
	for (; *n < max && rows_next(&r); ++*n) {
		out[*n] = (struct portfolio_transfer){ .name = rows_dup(&r, 0),
						       .other = rows_dup(&r, 1),
						       .requested_at = rows_int(&r, 2),
						       .decides_at = rows_int(&r, 3),
						       .in = rows_int(&r, 4) != 0 };
		out[*n].uname = name_unicode(rq->mem, out[*n].name);
	}
	return rows_end(&r);
}
