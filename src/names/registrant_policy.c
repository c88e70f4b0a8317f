/* Holders hear of a change before it takes effect: a walk over the zone's names in batches, each a write of its own,
 * that makes one link a holder; the letters follow from the entry of the batch. */
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/text.h"
#include "names/registrant_int.h"

/* NOTICES_AT_ONCE is what one entry of the journal may make letters of, with room to spare. */
enum { NAMES_AT_ONCE = 1000, NOTICES_AT_ONCE = 150, FORGET_AT_ONCE = 2000, GROUP = 100 };

static char *job_of(struct arena *mem, const char *zone, int version)
{
	return arena_printf(mem, "%s/%d", zone, version);
}

/* The places where it matters, between blanks; "" everywhere. */
static const char *places_of(struct arena *mem, const struct policy_change *c, int n)
{
	BUF_SCOPE b = { .max = 64 << 10 };
	for (int i = 0; i < n; i++) {
		if (c[i].holders && !*c[i].place)
			return "";
		if (c[i].holders)
			buf_printf(&b, " %s ", c[i].place);
	}
	return arena_strdup(mem, buf_cstr(&b));
}

enum st registrant_policy_set(struct req *rq, const struct policy *is)
{
	const struct policy *was;
	struct policy_change *c = arena_array(rq->mem, struct policy_change, POLICY_CHANGES);
	int64_t now = clock_now();
	bool matters = false;
	if (is->effective_at <= now)
		return ST_OK;
	enum st st = policy_of(rq, is->zone, is->effective_at - 1, &was);
	if (st == ST_NOTFOUND)
		return err_clear(&rq->err), ST_OK;
	if (st)
		return st;
	int n = policy_changes(rq->mem, LANG_EN, was, is, c, POLICY_CHANGES);
	for (int i = 0; i < n; i++)
		matters = matters || c[i].holders;
	if (!matters)
		return ST_OK;
	if (sql_run(rq,
		    "INSERT INTO registrant_policy_job(zone, version, places, next, mark, done_at) VALUES($1, $2, $3, "
		    "0, 0, 0)",
		    V(is->zone), V(is->version), V(places_of(rq->mem, c, n))))
		return rq->err.code;
	char *job = job_of(rq->mem, is->zone, is->version);
	if (due_set(rq, "policy-forget", job, is->effective_at + POLICY_LIFE))
		return rq->err.code;
	return due_set(rq, "policy-notice", job, now);
}

/* ── a batch ── */

struct batch {
	char *zone, *places;
	int version;
	int64_t next, mark, effective_at, first, last;
	int made;
	bool more;
};

static bool batch_wants(const struct batch *b, struct arena *mem, const char *place)
{
	return !*b->places || strstr(b->places, arena_printf(mem, " %s ", place));
}

struct holder_row {
	int64_t domain;
	char *place, *email, *lang;
};

static enum st holders_read(struct req *rq, const struct batch *b, struct holder_row *out, int *n)
{
	struct rows r;
	*n = 0;
	if (sql_query(rq, &r,
		      "SELECT d.id, d.place, c.email, c.lang FROM registry_domain d JOIN registry_domain_contact dc"
		      " ON dc.domain = d.id AND dc.type = 'r' JOIN registry_contact c ON c.id = dc.contact"
		      " WHERE d.id > $1 AND d.zone = $2 ORDER BY d.id LIMIT $3",
		      V(b->next), V(b->zone), V(NAMES_AT_ONCE)))
		return rq->err.code;
	while (*n < NAMES_AT_ONCE && rows_next(&r))
		out[(*n)++] = (struct holder_row){ rows_int(&r, 0), rows_dup(&r, 1), rows_dup(&r, 2), rows_dup(&r, 3) };
	return rows_end(&r);
}

static enum st notice_make(struct req *rq, struct batch *b, const struct holder_row *h)
{
	int64_t id = 0;
	struct link_new l = { .kind = DOOR_POLICY,
			      .email = h->email,
			      .zone = b->zone,
			      .version = b->version,
			      .lang = registrant_lang(h->lang),
			      .expires_at = b->effective_at + POLICY_LIFE };
	if (registrant_link_add(rq, &l, &id))
		return rq->err.code;
	if (id) {
		b->made++;
		b->first = b->first ? b->first : id;
		b->last = id;
	}
	return ST_OK;
}

static enum st batch_make(struct req *rq, struct batch *b)
{
	struct holder_row *h = arena_array(rq->mem, struct holder_row, NAMES_AT_ONCE);
	int n = 0, i = 0;
	if (holders_read(rq, b, h, &n))
		return rq->err.code;
	for (; i < n && b->made < NOTICES_AT_ONCE; i++) {
		b->next = h[i].domain;
		bool wanted = h[i].email && *h[i].email && batch_wants(b, rq->mem, h[i].place);
		if (wanted && notice_make(rq, b, &h[i]))
			return rq->err.code;
	}
	b->more = i < n || n == NAMES_AT_ONCE;
	return ST_OK;
}

static enum st job_read(struct req *rq, const char *subject, struct batch *b)
{
	struct rows r;
	const char *slash = strrchr(subject, '/');
	*b = (struct batch){ .zone = slash ? arena_dup(rq->mem, subject, (size_t)(slash - subject)) : NULL,
			     .version = slash ? (int)strtol(slash + 1, NULL, 10) : 0 };
	if (sql_query(rq, &r,
		      "SELECT j.places, j.next, p.effective_at, j.mark FROM registrant_policy_job j JOIN names_policy p"
		      " ON p.zone = j.zone AND p.version = j.version WHERE j.zone = $1 AND j.version = $2"
		      " AND j.done_at = 0 AND p.withdrawn_at = 0",
		      V(b->zone), V(b->version)))
		return rq->err.code;
	bool found = rows_next(&r);
	if (found) {
		b->places = rows_dup(&r, 0);
		b->next = rows_int(&r, 1);
		b->effective_at = rows_int(&r, 2);
		b->mark = rows_int(&r, 3);
	}
	if (rows_end(&r))
		return rq->err.code;
	return found ? ST_OK : err_set(&rq->err, ST_NOTFOUND, "no such job");
}

/* Letters go out one after another, in the order of the journal: a batch is made when the one before has gone, so that
 * nobody's receipt waits behind a million notices. `mark` was the journal's size when that one was made: its entry came
 * within the next GROUP. */
static enum st post_is_busy(struct req *rq, int64_t mark, int64_t *head, bool *busy)
{
	int64_t next = 0;
	if (follower_position(rq, "mail", &next) || journal_head(rq, head))
		return rq->err.code;
	*busy = mark && next < (*head < mark + GROUP ? *head : mark + GROUP);
	return ST_OK;
}

/* The links of a batch have ascending numbers; others may stand between them. */
enum st policy_batch_due(struct req *rq, const char *subject)
{
	struct batch b;
	bool busy = false;
	int64_t head = 0, now = clock_now();
	enum st st = job_read(rq, subject, &b);
	if (st == ST_NOTFOUND) /* done, or withdrawn */
		return err_clear(&rq->err), ST_OK;
	if (st || post_is_busy(rq, b.mark, &head, &busy))
		return rq->err.code;
	if (busy)
		return due_set(rq, "policy-notice", subject, now + USEC / 4);
	if (batch_make(rq, &b) ||
	    sql_run(rq,
		    "UPDATE registrant_policy_job SET next = $3, done_at = $4, mark = $5 WHERE zone = $1 AND version = "
		    "$2",
		    V(b.zone), V(b.version), V(b.next), V(b.more ? 0 : now), V(head)))
		return rq->err.code;
	char *said = arena_printf(rq->mem, "{\"version\":%d,\"notices\":%d,\"first\":%lld,\"last\":%lld}", b.version,
				  b.made, (long long)b.first, (long long)b.last);
	if (b.made && journal_append(rq, &(struct fact){ "names", b.zone, "policy-notices-made", said, 0 }))
		return rq->err.code;
	return b.more ? due_set(rq, "policy-notice", subject, now + 1) : ST_OK;
}

/* "ZONE/VERSION", and "/LINK" where it went on. */
static bool read_round(struct arena *mem, const char *subject, char **zone, int64_t *version, int64_t *after)
{
	char *save = NULL;
	char *copy = arena_strdup(mem, subject), *v;
	*zone = strtok_r(copy, "/", &save);
	v = strtok_r(NULL, "/", &save);
	char *link = strtok_r(NULL, "/", &save);
	*after = 0;
	return *zone && v && text_int(v, 1, INT64_MAX, version) && (!link || text_int(link, 1, INT64_MAX, after));
}

/* The links are over: who they were for is forgotten, what became of them is not. */
enum st policy_forget_due(struct req *rq, const char *subject)
{
	int64_t version, after, last = 0;
	char *zone;
	if (!read_round(rq->mem, subject, &zone, &version, &after))
		return ST_OK;
	if (sql_number(rq, &last,
		       "SELECT coalesce(max(x.id), 0) FROM (SELECT id FROM registrant_link WHERE zone = $1 AND version "
		       "= $2 AND"
		       " version > 0 AND id > $3 ORDER BY id LIMIT $4) x",
		       V(zone), V(version), V(after), V(FORGET_AT_ONCE)))
		return rq->err.code;
	if (!last)
		return ST_OK;
	if (sql_run(rq,
		    "UPDATE registrant_link SET email = CAST(id AS TEXT) WHERE zone = $1 AND version = $2 AND version "
		    "> 0"
		    " AND id > $3 AND id <= $4",
		    V(zone), V(version), V(after), V(last)))
		return rq->err.code;
	char *next = arena_printf(rq->mem, "%s/%lld/%lld", zone, (long long)version, (long long)last);
	return due_set(rq, "policy-forget", next, clock_now() + 1);
}

/* ── what became of them ── */

enum st registrant_policy_notices(struct req *rq, const char *zone, struct policy_notices *out, int max, int *n)
{
	struct rows r;
	*n = 0;
	if (sql_query(rq, &r,
		      "SELECT j.version, p.effective_at, j.done_at,"
		      " (SELECT count(*) FROM registrant_link l WHERE l.zone = j.zone AND l.version = j.version AND "
		      "l.version > 0),"
		      " (SELECT count(*) FROM registrant_link l WHERE l.zone = j.zone AND l.version = j.version AND "
		      "l.version > 0 AND "
		      "l.sent_at > "
		      "0),"
		      " (SELECT count(*) FROM registrant_link l WHERE l.zone = j.zone AND l.version = j.version AND "
		      "l.version > 0 AND "
		      "l.read_at > "
		      "0),"
		      " (SELECT count(*) FROM registrant_link l WHERE l.zone = j.zone AND l.version = j.version AND "
		      "l.version > 0 AND "
		      "l.failed_at "
		      "> 0), p.withdrawn_at"
		      " FROM registrant_policy_job j JOIN names_policy p ON p.zone = j.zone AND p.version = j.version"
		      " WHERE j.zone = $1 ORDER BY j.version LIMIT $2",
		      V(zone), V(max)))
		return rq->err.code;
	while (*n < max && rows_next(&r))
		out[(*n)++] = (struct policy_notices){ .version = (int)rows_int(&r, 0),
						       .effective_at = rows_int(&r, 1),
						       .under_way = !rows_int(&r, 2) && !rows_int(&r, 7),
						       .made = rows_int(&r, 3),
						       .sent = rows_int(&r, 4),
						       .read = rows_int(&r, 5),
						       .failed = rows_int(&r, 6),
						       .withdrawn_at = rows_int(&r, 7) };
	return rows_end(&r);
}

enum st registrant_policy_each(struct req *rq, const char *zone, int version, int64_t after, struct policy_notice *out,
			       int max, int *n, int64_t *last)
{
	struct rows r;
	*n = 0;
	*last = after;
	if (sql_query(rq, &r,
		      "SELECT id, email, sent_at, read_at, failed_at FROM registrant_link WHERE zone = $1 AND version "
		      "= $2 AND version > 0 AND id > $3 ORDER BY id LIMIT $4",
		      V(zone), V(version), V(after), V(max)))
		return rq->err.code;
	while (*n < max && rows_next(&r)) {
		*last = rows_int(&r, 0);
		out[(*n)++] =
			(struct policy_notice){ rows_dup(&r, 1), rows_int(&r, 2), rows_int(&r, 3), rows_int(&r, 4) };
	}
	return rows_end(&r);
}

/* ── as a holder reads it ── */

enum st registrant_policy_news(struct req *rq, const struct registrant_link *l, enum lang lang, struct policy_news *out)
{
	struct rows r;
	const struct policy *was, *is;
	*out = (struct policy_news){ .change = arena_array(rq->mem, struct policy_change, POLICY_CHANGES) };
	if (sql_query(rq, &r, "SELECT effective_at, withdrawn_at FROM names_policy WHERE zone = $1 AND version = $2",
		      V(l->zone), V(l->version)))
		return rq->err.code;
	bool found = rows_next(&r);
	if (found) {
		out->effective_at = rows_int(&r, 0);
		out->withdrawn = rows_int(&r, 1) != 0;
	}
	if (rows_end(&r))
		return rq->err.code;
	if (!found)
		return err_set(&rq->err, ST_NOTFOUND, "there is no such policy");
	if (out->withdrawn)
		return ST_OK;
	if (policy_of(rq, l->zone, out->effective_at - 1, &was) || policy_of(rq, l->zone, out->effective_at, &is))
		return rq->err.code;
	struct policy_change all[POLICY_CHANGES];
	int n = policy_changes(rq->mem, lang, was, is, all, POLICY_CHANGES);
	for (int i = 0; i < n; i++)
		if (all[i].holders)
			out->change[out->n++] = all[i];
	return ST_OK;
}
