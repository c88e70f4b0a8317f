/* Digests: what joins them, when they are closed, what follows from their letter. */
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "desk/desk_digest_int.h"
#include "desk/desk_open.h"
#include "who/privacy.h"
#include "work/due.h"

/* Of one pass of the due row. A refused notice routes all it is about to the next in the chain, which takes much
 * memory. */
enum { TOLD_A_PASS = 25, FAILED_A_PASS = 5, GIVEN_UP_A_PASS = 20 };

const char *const desk_digest_sentences[] = {
	N_("One of many findings of little weight: it goes out in the day's digest."),
	NULL,
};

/* What machines of ours find in bulk. A person's single report of the same goes as before. */
const struct migration desk_digest_migrations[] = {
	{ 313, "desk digests",
	  "CREATE TABLE desk_digest(id SERIAL_ID, email TEXT NOT NULL, lang TEXT NOT NULL, due_at BIGINT NOT NULL,"
	  " made_at BIGINT NOT NULL, sent_at BIGINT NOT NULL, fate BIGINT NOT NULL, link BIGINT NOT NULL, message_id "
	  "TEXT NOT NULL);"
	  "CREATE UNIQUE INDEX desk_digest_open ON desk_digest(email) WHERE made_at = 0;"
	  "CREATE INDEX desk_digest_email ON desk_digest(email, id);"
	  "CREATE TABLE desk_digest_notice(digest BIGINT NOT NULL, notice BIGINT NOT NULL, again BIGINT NOT NULL, told "
	  "BIGINT NOT NULL, PRIMARY KEY(digest, notice));"
	  "CREATE INDEX desk_digest_notice_notice ON desk_digest_notice(notice, digest)" },
	{ 314, "desk digest policies",
	  "INSERT INTO desk_policy(position, class, source, confidence, at_once, sentence)"
	  " SELECT 4 * k.position + s.n - 1000, k.id, s.source, 'staff', 2, 'One of many findings of little weight: it "
	  "goes out in the day''s digest.' FROM desk_class k, (SELECT 1 AS n, 'api' AS source UNION ALL SELECT 2, "
	  "'cli' UNION ALL SELECT 3, 'mail') s WHERE k.id IN ('scanner', 'brute-force', 'vulnerable', 'weak-crypto', "
	  "'ddos-amplifier', 'exposed-service', 'information-disclosure')" },
	{ 0 },
};

/* ── does it go by digest? ── */

/* An unknown level in the configuration holds nothing back. */
static enum st is_grave(struct req *rq, const char *severity, bool *yes)
{
	const char *level = desk_the_site()->digest.severity;
	int64_t below = 0;
	enum st st = sql_number(rq, &below,
				"SELECT count(*) FROM desk_severity a, desk_severity b WHERE a.id = $1 AND b.id = $2 "
				"AND a.position < b.position",
				V(severity), V(level && *level ? level : "3"));
	*yes = below == 0;
	return st;
}

enum st desk_digest_way(struct req *rq, const char *severity, enum notice_way *way)
{
	bool grave = false;
	if (*way != WAY_DIGEST)
		return ST_OK;
	if (is_grave(rq, severity, &grave))
		return rq->err.code;
	*way = grave ? WAY_AT_ONCE : WAY_DIGEST;
	return ST_OK;
}

enum st desk_digest_way_of(struct req *rq, const struct case_row *c, enum notice_way *way)
{
	struct rows r;
	char *source = NULL, *sentence;
	*way = WAY_AT_ONCE;
	if (sql_query(rq, &r, "SELECT source FROM desk_case WHERE id = $1", V(c->id)))
		return rq->err.code;
	if (rows_next(&r))
		source = rows_dup(&r, 0);
	if (rows_end(&r) || desk_policy(rq, c->class_id, source ? source : "", "staff", way, &sentence))
		return rq->err.code;
	*way = *way == WAY_DIGEST ? WAY_DIGEST : WAY_AT_ONCE;
	return desk_digest_way(rq, c->severity, way);
}

bool desk_digest_by_hand(const struct req *rq)
{
	return rq->who && rq->who->account != 0;
}

/* ── joining ── */

/* The next time of day in the site's zone. */
static int64_t next_time(int64_t now)
{
	const struct desk_site *s = desk_the_site();
	int64_t zone = (int64_t)s->zone * 60 * USEC, at = (int64_t)s->digest.minute * 60 * USEC;
	int64_t day = (now + zone) / DAY_USEC * DAY_USEC, then = day + at - zone;
	return then > now ? then : then + DAY_USEC;
}

static enum st turn_at(struct req *rq, int64_t id, int64_t at)
{
	return due_set(rq, "digest", arena_printf(rq->mem, "%lld", (long long)id), at);
}

static enum st open_new(struct req *rq, const char *email, const char *lang, int64_t at)
{
	return sql_run(
		rq,
		"INSERT INTO desk_digest(email, lang, due_at, made_at, sent_at, fate, link, message_id) VALUES($1, "
		"$2, $3, 0, 0, 0, 0, '') ON CONFLICT DO NOTHING",
		V(email), V(lang), V(at));
}

enum st desk_digest_join(struct req *rq, const char *email, const char *lang, int64_t notice, bool again,
			 int64_t *digest)
{
	struct desk_digest d;
	if (open_new(rq, email, lang, next_time(clock_now())) || digest_open_of(rq, email, &d) ||
	    desk_digest_leave(rq, notice) ||
	    sql_run(rq, "INSERT INTO desk_digest_notice(digest, notice, again, told) VALUES($1, $2, $3, 0)", V(d.id),
		    V(notice), V(again)))
		return rq->err.code;
	*digest = d.id;
	return turn_at(rq, d.id, d.due_at);
}

enum st desk_digest_leave(struct req *rq, int64_t notice)
{
	return sql_run(rq, "DELETE FROM desk_digest_notice WHERE notice = $1 AND told = 0", V(notice));
}

enum st desk_digest_remind(struct req *rq, const struct notice_row *n, const struct case_row *c, int64_t *digest)
{
	enum notice_way way;
	*digest = 0;
	if (desk_digest_by_hand(rq) || desk_digest_way_of(rq, c, &way) || way != WAY_DIGEST)
		return rq->err.code;
	return desk_digest_join(rq, n->email, n->lang, n->id, true, digest);
}

/* ── rows ── */

#define DIGEST_COLUMNS                                                                                                 \
	"d.id, d.due_at, d.made_at, d.sent_at, d.link, d.email, d.lang, d.fate, d.message_id, (SELECT count(*) FROM "  \
	"desk_digest_notice m WHERE m.digest = d.id)"

static void digest_of(struct rows *r, struct desk_digest *out)
{
	*out = (struct desk_digest){ .id = rows_int(r, 0),
				     .due_at = rows_int(r, 1),
				     .made_at = rows_int(r, 2),
				     .sent_at = rows_int(r, 3),
				     .link = rows_int(r, 4),
				     .email = rows_dup(r, 5),
				     .lang = rows_dup(r, 6),
				     .fate = (enum digest_fate)rows_int(r, 7),
				     .message_id = rows_dup(r, 8),
				     .notices = rows_int(r, 9) };
}

static enum st one_digest(struct req *rq, struct rows *r, struct desk_digest *out)
{
	bool found = rows_next(r);
	if (found)
		digest_of(r, out);
	if (rows_end(r))
		return rq->err.code;
	return found ? ST_OK
		     : err_set(&rq->err, ST_NOTFOUND, "no digest waits for this address; see `nicert digest list`");
}

enum st digest_get(struct req *rq, int64_t id, struct desk_digest *out)
{
	struct rows r;
	if (sql_query(rq, &r, "SELECT " DIGEST_COLUMNS " FROM desk_digest d WHERE d.id = $1", V(id)))
		return rq->err.code;
	return one_digest(rq, &r, out);
}

enum st digest_open_of(struct req *rq, const char *email, struct desk_digest *out)
{
	struct rows r;
	if (sql_query(rq, &r, "SELECT " DIGEST_COLUMNS " FROM desk_digest d WHERE d.email = $1 AND d.made_at = 0",
		      V(email)))
		return rq->err.code;
	return one_digest(rq, &r, out);
}

enum st desk_digest_list(struct req *rq, struct desk_digest *out, int max, int *n)
{
	struct rows r;
	*n = 0;
	if (permit(rq, MAY_SEE_QUEUE) ||
	    sql_query(rq, &r,
		      "SELECT " DIGEST_COLUMNS " FROM desk_digest d ORDER BY CASE d.made_at WHEN 0 THEN 0 ELSE 1 END, "
		      "d.made_at DESC, d.due_at, d.id LIMIT $1",
		      V(max)))
		return rq->err.code;
	while (*n < max && rows_next(&r))
		digest_of(&r, &out[(*n)++]);
	return rows_end(&r);
}

enum st desk_digest_of(struct req *rq, struct case_view *v)
{
	struct rows r;
	if (sql_query(rq, &r,
		      "SELECT m.notice, d.due_at FROM desk_notice n JOIN desk_digest_notice m ON m.notice = n.id AND "
		      "m.told = 0 JOIN desk_digest d ON d.id = m.digest AND d.made_at = 0 WHERE n.case_id = $1 AND "
		      "n.state = "
		      "$2",
		      V(v->id), V(NOTICE_APPROVED)))
		return rq->err.code;
	while (rows_next(&r))
		for (int i = 0; i < v->nnotices; i++)
			if (v->notice[i].id == rows_int(&r, 0))
				v->notice[i].digest_at = rows_int(&r, 1);
	return rows_end(&r);
}

/* ── closing it ── */

static enum st digest_fact(struct req *rq, int64_t id, const char *verb, int64_t notices)
{
	char *payload = arena_printf(rq->mem, "{\"digest\":%lld,\"notices\":%lld}", (long long)id, (long long)notices);
	char *subject = arena_printf(rq->mem, "digest:%lld", (long long)id);
	return journal_append(rq, &(struct fact){ "desk", subject, verb, payload, 0 });
}

/* A label that became stricter holds its notices back already; this is for one that came another way. */
static enum st hold_strict(struct req *rq, int64_t id)
{
	struct rows r;
	int64_t *held = arena_array(rq->mem, int64_t, DIGEST_NOTICES);
	enum tlp *label = arena_array(rq->mem, enum tlp, DIGEST_NOTICES);
	int n = 0;
	if (sql_query(
		    rq, &r,
		    "SELECT DISTINCT c.id, c.tlp FROM desk_digest_notice m JOIN desk_notice n ON n.id = m.notice JOIN "
		    "desk_case c ON c.id = n.case_id WHERE m.digest = $1 AND n.state = $2 AND c.tlp > $3 LIMIT $4",
		    V(id), V(NOTICE_APPROVED), V(TLP_CLEAR), V(DIGEST_NOTICES)))
		return rq->err.code;
	while (n < DIGEST_NOTICES && rows_next(&r)) {
		label[n] = (enum tlp)rows_int(&r, 1);
		if (!tlp_allows(label[n], TLP_TO_HOLDER))
			held[n++] = rows_int(&r, 0);
	}
	if (rows_end(&r))
		return rq->err.code;
	for (int i = 0; i < n; i++)
		if (desk_tlp_keep(rq, held[i], label[i]) || desk_case_settle(rq, held[i]))
			return rq->err.code;
	return ST_OK;
}

#define IS_LIVE                                                                                                        \
	" FROM desk_digest_notice m JOIN desk_notice n ON n.id = m.notice JOIN desk_case c ON c.id = n.case_id WHERE " \
	"m.digest = $1 AND m.told = 0 AND ((m.again = 0 AND n.state = $2) OR (m.again = 1 AND n.state = $3)) AND "     \
	"c.state <> $4"

/* *last: the last notice that the letter has room for; *more: others follow. */
static enum st measure(struct req *rq, int64_t id, int64_t *count, int64_t *last, bool *more)
{
	struct rows r;
	int64_t rows = 0, bytes = 0;
	*count = 0;
	*more = false;
	if (sql_query(rq, &r,
		      "SELECT n.id, (SELECT count(*) FROM desk_notice_obs x WHERE x.notice_id = n.id), (SELECT "
		      "coalesce(sum(length(o.value)), 0) FROM desk_notice_obs x JOIN desk_observable o ON o.id = "
		      "x.obs_id WHERE x.notice_id = n.id)" IS_LIVE " ORDER BY n.id LIMIT $5",
		      V(id), V(NOTICE_APPROVED), V(NOTICE_SENT), V(CASE_CLOSED), V(DIGEST_NOTICES + 1)))
		return rq->err.code;
	while (!*more && rows_next(&r)) {
		rows += rows_int(&r, 1);
		bytes += 1600 * rows_int(&r, 1) + 5 * rows_int(&r, 2);
		*more = *count && (*count == DIGEST_NOTICES || rows > DIGEST_ROWS || bytes > DIGEST_BYTES);
		if (!*more) {
			*last = rows_int(&r, 0);
			++*count;
		}
	}
	return rows_end(&r);
}

/* What the letter has no room for is a digest of its own, at once. */
static enum st carry_over(struct req *rq, const struct desk_digest *d, int64_t last)
{
	struct desk_digest next;
	int64_t now = clock_now();
	if (open_new(rq, d->email, d->lang, now) || digest_open_of(rq, d->email, &next) ||
	    sql_run(rq, "UPDATE desk_digest_notice SET digest = $2 WHERE digest = $1 AND notice > $3 AND told = 0",
		    V(d->id), V(next.id), V(last)))
		return rq->err.code;
	return turn_at(rq, next.id, now + 1);
}

static enum st forget(struct req *rq, int64_t id)
{
	return sql_run(rq, "DELETE FROM desk_digest_notice WHERE digest = $1", V(id))
		       ? rq->err.code
		       : sql_run(rq, "DELETE FROM desk_digest WHERE id = $1", V(id));
}

/* What was cancelled or answered since, or whose case was closed, is not in the letter: so it is not told by it. */
static enum st drop_dead(struct req *rq, int64_t id)
{
	return sql_run(
		rq,
		"DELETE FROM desk_digest_notice WHERE digest = $1 AND told = 0 AND notice NOT IN (SELECT n.id" IS_LIVE
		")",
		V(id), V(NOTICE_APPROVED), V(NOTICE_SENT), V(CASE_CLOSED));
}

static enum st make(struct req *rq, const struct desk_digest *d)
{
	int64_t count, last = 0, link = 0, now = clock_now();
	bool more;
	if (hold_strict(rq, d->id) || drop_dead(rq, d->id) || measure(rq, d->id, &count, &last, &more))
		return rq->err.code;
	if (!count)
		return forget(rq, d->id);
	if (desk_open_give(rq, d->email, lang_of(d->lang), DIGEST_LINK_DAYS * DAY_USEC, &link) ||
	    sql_run(rq, "UPDATE desk_digest SET made_at = $2, link = $3 WHERE id = $1", V(d->id), V(now), V(link)) ||
	    turn_at(rq, d->id, now + privacy_keep("desk_digest")) || (more && carry_over(rq, d, last)))
		return rq->err.code;
	return digest_fact(rq, d->id, "digest-made", count);
}

/* ── what follows from the letter ── */

static enum st letter_went(struct req *rq, const struct sent_arg *a, enum digest_fate fate)
{
	struct desk_digest d;
	enum st st = digest_get(rq, a->notice, &d);
	if (st == ST_NOTFOUND)
		return err_clear(&rq->err), ST_OK;
	if (st || !d.made_at || d.fate == fate)
		return st;
	if (sql_run(rq, "UPDATE desk_digest SET fate = $2, sent_at = $3, message_id = $4 WHERE id = $1", V(d.id),
		    V(fate), V(d.sent_at ? d.sent_at : clock_now()), V(a->message_id ? a->message_id : d.message_id)) ||
	    (fate == DIGEST_REFUSED &&
	     sql_run(rq, "UPDATE desk_digest_notice SET told = 0 WHERE digest = $1 AND again = 0", V(d.id))))
		return rq->err.code;
	return digest_fact(rq, d.id, fate == DIGEST_SENT ? "digest-sent" : "digest-failed", d.notices)
		       ? rq->err.code
		       : turn_at(rq, d.id, clock_now() + 1); /* a due row that is set to its own time is over */
}

enum st desk_digest_sent(struct req *rq, void *sent_arg)
{
	return letter_went(rq, sent_arg, DIGEST_SENT);
}

enum st desk_digest_failed(struct req *rq, void *sent_arg)
{
	return letter_went(rq, sent_arg, DIGEST_REFUSED);
}

static enum st tell_one(struct req *rq, const struct desk_digest *d, int64_t notice, bool again)
{
	struct sent_arg a = { .notice = notice, .message_id = d->message_id, .digest = d->id };
	if (sql_run(rq, "UPDATE desk_digest_notice SET told = 1 WHERE digest = $1 AND notice = $2", V(d->id),
		    V(notice)))
		return rq->err.code;
	if (again) /* it was sent before: the ladder, not this letter, says what is next */
		return ST_OK;
	return d->fate == DIGEST_SENT ? desk_notice_sent(rq, &a) : desk_notice_failed(rq, &a);
}

static bool is_old(const struct desk_digest *d)
{
	return clock_now() >= d->made_at + privacy_keep("desk_digest");
}

static enum st tell_some(struct req *rq, const struct desk_digest *d)
{
	struct rows r;
	int64_t notice[TOLD_A_PASS];
	bool again[TOLD_A_PASS];
	int n = 0, max = d->fate == DIGEST_SENT ? TOLD_A_PASS : FAILED_A_PASS;
	if (sql_query(rq, &r,
		      "SELECT notice, again FROM desk_digest_notice WHERE digest = $1 AND told = 0 ORDER BY notice "
		      "LIMIT $2",
		      V(d->id), V(max)))
		return rq->err.code;
	for (; n < max && rows_next(&r); n++) {
		notice[n] = rows_int(&r, 0);
		again[n] = rows_int(&r, 1) != 0;
	}
	if (rows_end(&r))
		return rq->err.code;
	for (int i = 0; i < n; i++)
		if (tell_one(rq, d, notice[i], again[i]))
			return rq->err.code;
	if (n == max)
		return turn_at(rq, d->id, clock_now() + 1);
	return is_old(d) ? forget(rq, d->id) : turn_at(rq, d->id, d->made_at + privacy_keep("desk_digest"));
}

/* No letter went for as long as an address is kept: there was nothing left to say in one, or it was held all that time.
 * Then what it would have told is told to the next in the chain. */
static enum st never_went(struct req *rq, const struct desk_digest *d)
{
	struct sent_arg a = { .notice = d->id };
	int64_t count, last;
	bool more;
	if (drop_dead(rq, d->id) || measure(rq, d->id, &count, &last, &more))
		return rq->err.code;
	return count ? letter_went(rq, &a, DIGEST_REFUSED) : forget(rq, d->id);
}

static enum st digest_turn(struct req *rq, const char *subject)
{
	struct desk_digest d;
	enum st st = digest_get(rq, strtoll(subject, NULL, 10), &d);
	if (st == ST_NOTFOUND)
		return err_clear(&rq->err), ST_OK;
	if (st)
		return st;
	if (!d.made_at)
		return make(rq, &d);
	if (d.fate != DIGEST_OPEN)
		return tell_some(rq, &d);
	return is_old(&d) ? never_went(rq, &d) : ST_OK;
}

const struct due_kind desk_digest_due_kinds[] = { { "digest", digest_turn } };
const int desk_digest_due_count = sizeof desk_digest_due_kinds / sizeof *desk_digest_due_kinds;

/* ── by staff, and by what changes in a case ── */

static enum st hasten(struct req *rq, const char *number, const struct notice_row *n)
{
	char *payload = arena_printf(rq->mem, "{\"notice\":%lld,\"role\":%d}", (long long)n->id, (int)n->role);
	return desk_digest_leave(rq, n->id) ? rq->err.code : desk_fact(rq, number, "notice-hastened", payload, 0);
}

static enum st waits_in_digest(struct req *rq, int64_t notice, bool *yes)
{
	int64_t n = 0;
	enum st st = sql_number(rq, &n,
				"SELECT count(*) FROM desk_digest_notice m JOIN desk_digest d ON d.id = m.digest WHERE "
				"m.notice = $1 AND m.told = 0 AND m.again = 0 AND d.made_at = 0",
				V(notice));
	*yes = n > 0;
	return st;
}

enum st desk_digest_take_out(struct req *rq, void *desk_act)
{
	const struct desk_act *a = desk_act;
	struct case_row c;
	struct notice_row n;
	bool waits = false;
	if (desk_case_take(rq, MAY_APPROVE_NOTICE, a->number, &c) || desk_case_move(rq, &c, CASE_EV_APPROVE) ||
	    desk_own_notice(rq, &c, a->id, &n) || waits_in_digest(rq, n.id, &waits))
		return rq->err.code;
	if (n.state != NOTICE_APPROVED || !waits)
		return err_set(&rq->err, ST_CONFLICT, N_("this notice waits for no digest"));
	if (desk_tlp_check(rq, c.id, TLP_TO_HOLDER))
		return rq->err.code;
	return hasten(rq, c.number, &n) ? rq->err.code : desk_case_settle(rq, c.id);
}

static enum st hasten_waiting(struct req *rq, const struct notice_row *n, void *number)
{
	bool waits = false;
	if (waits_in_digest(rq, n->id, &waits))
		return rq->err.code;
	return waits ? hasten(rq, number, n) : ST_OK;
}

enum st desk_digest_recheck(struct req *rq, int64_t case_id)
{
	struct case_row c;
	enum notice_way way;
	if (desk_case_of(rq, case_id, &c) || desk_digest_way_of(rq, &c, &way) || way == WAY_DIGEST)
		return rq->err.code;
	return desk_notices_each(rq, c.id, 1u << NOTICE_APPROVED, hasten_waiting, c.number);
}

enum st desk_digest_send(struct req *rq, void *email)
{
	struct desk_digest d;
	char *to = text_lower(rq->mem, email);
	if (permit(rq, MAY_APPROVE_NOTICE) || digest_open_of(rq, to, &d))
		return rq->err.code;
	if (due_cancel(rq, "digest", arena_printf(rq->mem, "%lld", (long long)d.id)))
		return rq->err.code;
	return make(rq, &d);
}

/* ── personal data ── */

enum st desk_digest_export(struct req *rq, const struct person *p, struct jw *w)
{
	struct rows r;
	if (sql_query(rq, &r, "SELECT made_at, sent_at FROM desk_digest WHERE email = $1 ORDER BY id",
		      V(p->email ? text_lower(rq->mem, p->email) : "")))
		return rq->err.code;
	j_arr(w, "digests");
	while (!w->b->bad && rows_next(&r)) {
		j_obj(w, NULL);
		j_time(w, "made_at", rows_int(&r, 0));
		j_time(w, "sent_at", rows_int(&r, 1));
		j_end(w);
	}
	j_end(w);
	return rows_end(&r);
}

/* Nobody is written to at an erased address: what waited for a letter to it is told to the next in the chain. */
static enum st give_up(struct req *rq, const char *email, bool *more)
{
	struct rows r;
	int64_t id[GIVEN_UP_A_PASS];
	int n = 0;
	if (sql_query(rq, &r, "SELECT id FROM desk_digest WHERE email = $1 AND fate = $2 ORDER BY id LIMIT $3",
		      V(email), V(DIGEST_OPEN), V(GIVEN_UP_A_PASS)))
		return rq->err.code;
	while (n < GIVEN_UP_A_PASS && rows_next(&r))
		id[n++] = rows_int(&r, 0);
	if (rows_end(&r))
		return rq->err.code;
	for (int i = 0; i < n; i++)
		if (sql_run(rq,
			    "UPDATE desk_digest SET made_at = CASE made_at WHEN 0 THEN $2 ELSE made_at END, fate = $3 "
			    "WHERE "
			    "id = $1",
			    V(id[i]), V(clock_now()), V(DIGEST_REFUSED)) ||
		    turn_at(rq, id[i], clock_now()))
			return rq->err.code;
	*more = n == GIVEN_UP_A_PASS;
	return ST_OK;
}

enum st desk_digest_erase(struct req *rq, const struct person *p)
{
	char *email = p->email ? text_lower(rq->mem, p->email) : NULL;
	for (bool more = email != NULL; more;)
		if (give_up(rq, email, &more))
			return rq->err.code;
	return email ? sql_run(rq, "UPDATE desk_digest SET email = '', lang = '' WHERE email = $1", V(email)) : ST_OK;
}

enum st desk_digest_knows(struct req *rq, const char *email, bool *yes)
{
	int64_t n = 0;
	enum st st =
		sql_number(rq, &n, "SELECT count(*) FROM desk_digest WHERE email = $1", V(text_lower(rq->mem, email)));
	*yes = n > 0;
	return st;
}
