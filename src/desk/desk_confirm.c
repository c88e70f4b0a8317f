/* The link in a receipt letter: whoever uses it reads that mailbox, and stands by that one report. */
#include <string.h>
#include "desk/desk_int.h"
#include "who/person.h"

struct confirmed {
	int64_t id, case_id, filed_at;
	char *source, *class_id;
};

/* Which of the person's reports was this token mailed for? Tokens are kept under a pad, so each is uncovered and
 * compared. */
static enum st find(struct req *rq, int64_t person, const char *token, struct confirmed *out)
{
	struct rows r;
	if (strlen(token) != 26)
		return ST_OK;
	if (sql_query(rq, &r,
		      "SELECT id, case_id, filed_at, source, class, seed, confirm FROM desk_report WHERE person = $1 "
		      "AND person <> 0 "
		      "AND confidence = "
		      "'unconfirmed' AND confirm IS NOT NULL ORDER BY id DESC LIMIT 200",
		      V(person)))
		return rq->err.code;
	while (!out->id && rows_next(&r)) {
		char clear[26];
		struct blob seed = rows_blob(&r, 5), covered = rows_blob(&r, 6);
		if (seed.n != SEED_LEN || covered.n != sizeof clear)
			continue;
		desk_token_cover("confirm", seed.p, covered.p, clear);
		if (bytes_equal_ct(clear, token, sizeof clear))
			*out = (struct confirmed){ rows_int(&r, 0), rows_int(&r, 1), rows_int(&r, 2), rows_dup(&r, 3),
						   rows_dup(&r, 4) };
	}
	return rows_end(&r);
}

struct release {
	const struct confirmed *f;
	const char *why;
	enum notice_way way;
	struct case_row c;
};

static enum st let_one_go(struct req *rq, const struct notice_row *n, void *ctx)
{
	const struct release *l = ctx;
	bool its = n->created_at == l->f->filed_at && n->why && l->why && !strcmp(n->why, l->why);
	return its ? desk_notice_approve_row(rq, n, l->c.number, l->way) : ST_OK;
}

/* What this report brought into the case and what waited only because nobody stood by it (`why`) goes out. */
static enum st let_go(struct req *rq, const struct confirmed *f, const char *why, enum notice_way way)
{
	struct release l = { .f = f, .why = why, .way = way };
	if (desk_case_of(rq, f->case_id, &l.c) || desk_digest_way(rq, l.c.severity, &l.way))
		return rq->err.code;
	if (l.c.state != CASE_CLOSED && desk_notices_each(rq, l.c.id, 1u << NOTICE_WAITING, let_one_go, &l))
		return rq->err.code;
	int gone;
	if (desk_stand_by(rq, &l.c, f->id, f->source, "confirmed", &gone))
		return rq->err.code;
	return desk_case_settle(rq, l.c.id);
}

enum st desk_report_confirm(struct req *rq, void *token)
{
	int64_t person = 0;
	struct confirmed f = { 0 };
	enum notice_way way, waits;
	char *why, *why_unconfirmed;
	if (person_confirm(rq, token, &person) || find(rq, person, token, &f))
		return rq->err.code;
	if (!f.id)
		return ST_OK;
	if (sql_run(rq, "UPDATE desk_report SET confidence = 'confirmed' WHERE id = $1", V(f.id)) ||
	    desk_policy(rq, f.class_id, f.source, "unconfirmed", &waits, &why_unconfirmed) ||
	    desk_policy(rq, f.class_id, f.source, "confirmed", &way, &why))
		return rq->err.code;
	return way == WAY_CLICK ? ST_OK : let_go(rq, &f, why_unconfirmed, way);
}
