/* A notice's life: waiting → approved → sent → answered or silent; and who is told when a party does not act. */
#include <string.h>
#include "base/clock.h"
#include "desk/desk_int.h"
#include "work/due.h"

enum { NOTICES_A_PAGE = 100 };

#define NOTICE_COLUMNS                                                                                                 \
	"id, case_id, role, party, person, email, lang, state, seed, created_at, approved_at, sent_at, due_at, "       \
	"deadline, answered_at,"                                                                                       \
	" answer, answer_text, until_at, why, reason, nobs, first_obs, message_id"

static void notice_of(struct rows *r, struct notice_row *n)
{
	struct blob seed = rows_blob(r, 8);
	*n = (struct notice_row){ .id = rows_int(r, 0),
				  .case_id = rows_int(r, 1),
				  .role = (enum link_role)(rows_int(r, 2) & 3),
				  .party = rows_dup(r, 3),
				  .person = rows_int(r, 4) != 0,
				  .email = rows_dup(r, 5),
				  .lang = rows_dup(r, 6),
				  .state = (enum notice_state)rows_int(r, 7),
				  .created_at = rows_int(r, 9),
				  .approved_at = rows_int(r, 10),
				  .sent_at = rows_int(r, 11),
				  .due_at = rows_int(r, 12),
				  .deadline = rows_int(r, 13),
				  .answered_at = rows_int(r, 14),
				  .answer = (enum answer_kind)rows_int(r, 15),
				  .answer_text = rows_dup(r, 16),
				  .until = rows_int(r, 17),
				  .why = rows_dup(r, 18),
				  .reason = rows_dup(r, 19),
				  .nobs = (int)rows_int(r, 20),
				  .first_obs = rows_dup(r, 21),
				  .message_id = rows_dup(r, 22) };
	if (seed.n == SEED_LEN)
		memcpy(n->seed, seed.p, SEED_LEN);
}

static enum st one_notice(struct req *rq, struct rows *r, struct notice_row *out)
{
	bool found = rows_next(r);
	if (found)
		notice_of(r, out);
	if (rows_end(r))
		return rq->err.code;
	return found ? ST_OK : err_set(&rq->err, ST_NOTFOUND, N_("no such notice"));
}

enum st desk_notice_get(struct req *rq, int64_t id, struct notice_row *out)
{
	struct rows r;
	if (desk_case_hold_of(rq, "SELECT case_id FROM desk_notice WHERE id = $1", V(id)))
		return rq->err.code;
	if (sql_query(rq, &r, "SELECT " NOTICE_COLUMNS " FROM desk_notice WHERE id = $1", V(id)))
		return rq->err.code;
	return one_notice(rq, &r, out);
}

enum st desk_notice_by_token(struct req *rq, const char *token, struct notice_row *out)
{
	struct rows r;
	struct hash h = desk_token_hash(token);
	if (desk_case_hold_of(rq, "SELECT case_id FROM desk_notice WHERE token_hash = $1", V_BLOB(h.b, HASH_LEN)))
		return rq->err.code;
	if (sql_query(rq, &r, "SELECT " NOTICE_COLUMNS " FROM desk_notice WHERE token_hash = $1",
		      V_BLOB(h.b, HASH_LEN)))
		return rq->err.code;
	return one_notice(rq, &r, out);
}

static enum st notices_after(struct req *rq, int64_t case_id, int64_t after, struct notice_row *out, int max, int *n)
{
	struct rows r;
	*n = 0;
	if (sql_query(rq, &r,
		      "SELECT " NOTICE_COLUMNS " FROM desk_notice WHERE case_id = $1 AND id > $2 ORDER BY id LIMIT $3",
		      V(case_id), V(after), V(max)))
		return rq->err.code;
	while (*n < max && rows_next(&r))
		notice_of(&r, &out[(*n)++]);
	return rows_end(&r);
}

enum st desk_notices_of(struct req *rq, int64_t case_id, struct notice_row *out, int max, int *n)
{
	return notices_after(rq, case_id, 0, out, max, n);
}

enum st desk_notices_each(struct req *rq, int64_t case_id, unsigned states, notice_fn fn, void *ctx)
{
	struct notice_row *page = arena_array(rq->mem, struct notice_row, NOTICES_A_PAGE);
	int64_t after = 0;
	for (int n = NOTICES_A_PAGE; n == NOTICES_A_PAGE;) {
		if (notices_after(rq, case_id, after, page, NOTICES_A_PAGE, &n))
			return rq->err.code;
		for (int i = 0; i < n; i++) {
			after = page[i].id;
			if (states >> page[i].state & 1 && fn(rq, &page[i], ctx))
				return rq->err.code;
		}
	}
	return ST_OK;
}

static enum st notice_fact(struct req *rq, const char *number, const char *verb, const struct notice_row *n,
			   int64_t digest)
{
	char *payload = arena_printf(rq->mem, "{\"notice\":%lld,\"role\":%d}", (long long)n->id, (int)n->role);
	if (digest)
		payload = arena_printf(rq->mem, "{\"notice\":%lld,\"role\":%d,\"digest\":%lld}", (long long)n->id,
				       (int)n->role, (long long)digest);
	return desk_fact(rq, number, verb, payload, 0);
}

enum st desk_notice_approve_row(struct req *rq, const struct notice_row *n, const char *number, enum notice_way way)
{
	int64_t digest = 0;
	if (desk_tlp_check(rq, n->case_id, TLP_TO_HOLDER))
		return rq->err.code;
	if (way == WAY_DIGEST ? desk_digest_join(rq, n->email, n->lang, n->id, false, &digest)
			      : desk_digest_leave(rq, n->id))
		return rq->err.code;
	if (sql_run(rq, "UPDATE desk_notice SET state = $2, approved_at = $3 WHERE id = $1", V(n->id),
		    V(NOTICE_APPROVED), V(clock_now())))
		return rq->err.code;
	return notice_fact(rq, number, "notice-approved", n, digest);
}

enum st desk_notice_cancel_row(struct req *rq, const struct notice_row *n, const char *number)
{
	if (sql_run(rq, "UPDATE desk_notice SET state = $2, due_at = 0 WHERE id = $1", V(n->id), V(NOTICE_CANCELLED)))
		return rq->err.code;
	return notice_fact(rq, number, "notice-cancelled", n, 0);
}

/* ── the transport's word ── */

enum st desk_notice_sent(struct req *rq, void *sent_arg)
{
	struct sent_arg *a = sent_arg;
	struct notice_row n;
	struct case_row c;
	if (desk_notice_get(rq, a->notice, &n) || desk_case_of(rq, n.case_id, &c))
		return rq->err.code;
	int64_t now = clock_now();
	/* Cancelled while the letter was on its way: its link must not lead nowhere. */
	if (n.state == NOTICE_CANCELLED && !n.sent_at)
		return sql_run(rq, "UPDATE desk_notice SET sent_at = $2 WHERE id = $1", V(n.id), V(now));
	if (n.state != NOTICE_APPROVED)
		return ST_OK; /* said before */
	if (sql_run(rq, "UPDATE desk_notice SET state = $2, sent_at = $3, message_id = $4 WHERE id = $1", V(n.id),
		    V(NOTICE_SENT), V(now), V(a->message_id ? a->message_id : "")) ||
	    desk_climb_begin(rq, &n, &c, now))
		return rq->err.code;
	if (desk_first_told(rq, c.id) || notice_fact(rq, c.number, "notice-sent", &n, a->digest))
		return rq->err.code;
	return desk_case_settle(rq, c.id);
}

/* An address that does not exist is no usable contact: the same task, the same next step. */
enum st desk_notice_failed(struct req *rq, void *sent_arg)
{
	static const char *const tasks[] = {
		[LINK_HOLDER] = N_("Find a contact of the holder"),
		[LINK_SPONSOR] = N_("Find a contact of the sponsor"),
		[LINK_UPSTREAM] = N_("Find a contact of the upstream network"),
		[LINK_AUTHORITY] = N_("Find a contact of the national authority"),
	};
	struct sent_arg *a = sent_arg;
	struct notice_row n;
	struct case_row c;
	if (desk_notice_get(rq, a->notice, &n) || desk_case_of(rq, n.case_id, &c))
		return rq->err.code;
	if ((n.state != NOTICE_APPROVED && n.state != NOTICE_SENT) || c.state == CASE_CLOSED)
		return ST_OK;
	if (sql_run(rq, "UPDATE desk_notice SET state = $2, due_at = 0 WHERE id = $1", V(n.id), V(NOTICE_CANCELLED)) ||
	    desk_climb_end(rq, n.id) || desk_task(rq, c.number, "find-contact", tasks[n.role]) ||
	    notice_fact(rq, c.number, "notice-failed", &n, a->digest) || desk_notice_next(rq, &n, "no-contact"))
		return rq->err.code;
	return desk_case_settle(rq, c.id);
}

/* ── the next in the chain ── */

struct following {
	int64_t obs_id[OBS_MAX];
	char *shown[OBS_MAX];
	struct chain_link chain[OBS_MAX][4];
	int links[OBS_MAX], n;
};

static enum st load_following(struct req *rq, int64_t notice, struct following *f)
{
	struct rows r;
	if (sql_query(rq, &r,
		      "SELECT o.id, o.kind, o.value, o.chain FROM desk_notice_obs no JOIN desk_observable o ON o.id = "
		      "no.obs_id"
		      " WHERE no.notice_id = $1 ORDER BY o.id LIMIT $2",
		      V(notice), V(OBS_MAX)))
		return rq->err.code;
	while (f->n < OBS_MAX && rows_next(&r)) {
		int i = f->n++;
		f->obs_id[i] = rows_int(&r, 0);
		f->shown[i] = desk_shown(rq->mem, rows_text(&r, 1), rows_text(&r, 2));
		f->links[i] = desk_chain_read(rq->mem, rows_text(&r, 3), f->chain[i], 4);
	}
	return rows_end(&r);
}

/* Whoever has had a notice about this very observable is passed over. */
static enum st told_about(struct req *rq, int64_t obs, const char *email, bool *yes)
{
	int64_t n = 0;
	if (sql_number(rq, &n,
		       "SELECT count(*) FROM desk_notice_obs no JOIN desk_notice n ON n.id = no.notice_id WHERE "
		       "no.obs_id = $1 AND n.email = $2",
		       V(obs), V(email)))
		return rq->err.code;
	*yes = n > 0;
	return ST_OK;
}

static enum st route_following(struct route *route, struct following *f, int i, enum link_role after,
			       enum notice_way way)
{
	struct req *rq = route->rq;
	int from = desk_route_first(f->chain[i], f->links[i], (enum link_role)(after + 1));
	for (; from < f->links[i]; from++) {
		bool told = false;
		const struct chain_link *l = &f->chain[i][from];
		if (l->contacts > 0 && l->contact[0].email &&
		    told_about(rq, f->obs_id[i], text_lower(rq->mem, l->contact[0].email), &told))
			return rq->err.code;
		if (!told)
			break;
	}
	int turn = desk_route_add(route, i, f->chain[i], f->links[i], from, way, NULL, false);
	return sql_run(rq, "UPDATE desk_observable SET turn = $2 WHERE id = $1", V(f->obs_id[i]), V(turn));
}

/* The first notice was approved by a person or a rule, so the next one goes at once, or as all of its kind in a digest,
 * unless the label has become stricter meanwhile. */
enum st desk_notice_behind(struct req *rq, const struct notice_row *n, enum link_role after, const char *reason,
			   int *nobody)
{
	struct following *f = arena_new_of(rq->mem, struct following);
	struct case_row c;
	struct route route;
	enum notice_way way = WAY_AT_ONCE;
	if (desk_case_of(rq, n->case_id, &c) || load_following(rq, n->id, f) ||
	    (strcmp(reason, "staff") != 0 && !desk_digest_by_hand(rq) && desk_digest_way_of(rq, &c, &way)))
		return rq->err.code;
	desk_route_begin(&route, rq, c.id, c.number, n->deadline, reason);
	route.tlp = c.tlp;
	if (desk_route_load(&route))
		return rq->err.code;
	for (int i = 0; i < f->n; i++)
		if (route_following(&route, f, i, after > n->role ? after : n->role, way))
			return rq->err.code;
	*nobody = route.nobody;
	return desk_route_write(&route, f->obs_id, f->shown);
}

const char desk_nobody_sentence[] = N_("Nobody in the chain acted: decide what to do");

enum st desk_notice_next(struct req *rq, const struct notice_row *n, const char *reason)
{
	struct case_row c;
	int nobody = 0;
	if (desk_notice_behind(rq, n, n->role, reason, &nobody) || !nobody || desk_case_of(rq, n->case_id, &c))
		return rq->err.code;
	return desk_task(rq, c.number, "nobody-answered", desk_nobody_sentence);
}
