/* The holder's one place: links, the list, answers to several notices. */
#include "desk/desk_open.h"
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "desk/desk_check.h"
#include "desk/desk_int.h"

#define LINK_LIFE DAY_USEC
enum { LINKS_A_DAY = 5 };

const struct migration desk_open_migrations[] = {
	{ 294, "desk open notices",
	  "CREATE TABLE desk_open_link(id SERIAL_ID, email TEXT NOT NULL, lang TEXT NOT NULL, seed BYTEA NOT NULL,"
	  " token_hash BYTEA NOT NULL UNIQUE, made_at BIGINT NOT NULL, expires_at BIGINT NOT NULL, sent_at BIGINT NOT "
	  "NULL, decided BIGINT NOT NULL);"
	  "CREATE INDEX desk_open_link_email ON desk_open_link(email, made_at);"
	  "CREATE INDEX desk_notice_email ON desk_notice(email, id)" },
	{ 0 },
};

/* ── asking ── */

static enum st link_fact(struct req *rq, int64_t id, const char *verb)
{
	char *payload = arena_printf(rq->mem, "{\"link\":%lld}", (long long)id);
	char *subject = arena_printf(rq->mem, "notices:%lld", (long long)id);
	return journal_append(rq, &(struct fact){ "desk", subject, verb, payload, 0 });
}

static enum st link_due(struct req *rq, int64_t id, int64_t at)
{
	return due_set(rq, "notices-link", arena_printf(rq->mem, "%012lld", (long long)id), at);
}

static enum st link_new(struct req *rq, const char *email, enum lang lang, int64_t until, int decided, int64_t *id)
{
	uint8_t seed[LINK_SEED];
	char token[LINK_TOKEN];
	random_bytes(seed, sizeof seed);
	desk_token("notices", seed, token);
	struct hash h = desk_token_hash(token);
	return sql_number(
		rq, id,
		"INSERT INTO desk_open_link(email, lang, seed, token_hash, made_at, expires_at, sent_at, decided)"
		" VALUES($1, $2, $3, $4, $5, $6, 0, $7) RETURNING id",
		V(text_lower(rq->mem, email)), V(lang_tag(lang)), V_BLOB(seed, LINK_SEED), V_BLOB(h.b, HASH_LEN),
		V(clock_now()), V(until), V(decided));
}

enum st desk_open_ask(struct req *rq, void *open_ask)
{
	const struct open_ask *a = open_ask;
	int64_t id = 0, now = clock_now();
	if (!text_email_ok(a->email))
		return err_set(&rq->err, ST_INVALID, N_("email: this is no e-mail address"));
	if (link_new(rq, a->email, a->lang, now + LINK_LIFE, 0, &id) || link_due(rq, id, now))
		return rq->err.code;
	return link_fact(rq, id, "notices-asked");
}

enum st desk_open_give(struct req *rq, const char *email, enum lang lang, int64_t life, int64_t *id)
{
	int64_t until = clock_now() + life;
	return link_new(rq, email, lang, until, 2, id) ? rq->err.code : link_due(rq, *id, until);
}

/* ── links ── */

#define LINK_COLUMNS "id, made_at, expires_at, sent_at, email, lang, seed"

static enum st link_one(struct req *rq, struct rows *r, struct open_link *out)
{
	bool found = rows_next(r);
	if (found) {
		struct blob seed = rows_blob(r, 6);
		*out = (struct open_link){ .id = rows_int(r, 0),
					   .made_at = rows_int(r, 1),
					   .until = rows_int(r, 2),
					   .sent_at = rows_int(r, 3),
					   .email = rows_dup(r, 4),
					   .lang = lang_of(rows_text(r, 5)) };
		if (seed.n == LINK_SEED)
			memcpy(out->seed, seed.p, LINK_SEED);
	}
	if (rows_end(r))
		return rq->err.code;
	return found ? ST_OK : err_set(&rq->err, ST_NOTFOUND, N_("this link is no longer valid"));
}

enum st desk_open_link_get(struct req *rq, int64_t id, struct open_link *out)
{
	struct rows r;
	if (sql_query(rq, &r, "SELECT " LINK_COLUMNS " FROM desk_open_link WHERE id = $1", V(id)))
		return rq->err.code;
	return link_one(rq, &r, out);
}

/* Only the link that was decided to go out opens anything. */
enum st desk_open_link_by(struct req *rq, const char *token, struct open_link *out)
{
	struct rows r;
	struct hash h = desk_token_hash(token);
	if (sql_query(rq, &r,
		      "SELECT " LINK_COLUMNS
		      " FROM desk_open_link WHERE token_hash = $1 AND expires_at > $2 AND decided = 2",
		      V_BLOB(h.b, HASH_LEN), V(clock_now())))
		return rq->err.code;
	return link_one(rq, &r, out);
}

enum st desk_open_sent(struct req *rq, int64_t id)
{
	return sql_run(rq, "UPDATE desk_open_link SET sent_at = $2 WHERE id = $1 AND sent_at = 0", V(id),
		       V(clock_now()));
}

/* ── what is known of the address, after the answer went to whoever asked ── */

static enum st decide(struct req *rq, const struct open_link *l)
{
	struct contact_check c;
	int64_t earlier = 0;
	enum st st = contact_check_find(rq, l->email, &c);
	if (st == ST_NOTFOUND)
		return err_clear(&rq->err), ST_OK;
	if (st || sql_number(rq, &earlier,
			     "SELECT count(*) FROM desk_open_link WHERE email = $1 AND id < $2 AND made_at > $3 AND "
			     "decided = 2",
			     V(l->email), V(l->id), V(l->made_at - DAY_USEC)))
		return rq->err.code;
	if (!c.verified_at)
		return desk_check_asked_for(rq, &c);
	if (earlier >= LINKS_A_DAY)
		return ST_OK;
	return sql_run(rq, "UPDATE desk_open_link SET decided = 2 WHERE id = $1", V(l->id))
		       ? rq->err.code
		       : link_fact(rq, l->id, "notices-link-made");
}

/* Twice: first to decide, then to be forgotten. */
static enum st link_turn(struct req *rq, const char *subject)
{
	struct open_link l;
	int64_t decided = 0, id = strtoll(subject, NULL, 10);
	enum st st = desk_open_link_get(rq, id, &l);
	if (st == ST_NOTFOUND)
		return err_clear(&rq->err), ST_OK;
	if (st || sql_number(rq, &decided, "SELECT decided FROM desk_open_link WHERE id = $1", V(id)))
		return rq->err.code;
	if (decided || l.until <= clock_now())
		return sql_run(rq, "DELETE FROM desk_open_link WHERE id = $1", V(id));
	if (sql_run(rq, "UPDATE desk_open_link SET decided = 1 WHERE id = $1", V(id)) || decide(rq, &l))
		return rq->err.code;
	return link_due(rq, id, l.until);
}

const struct due_kind desk_open_due_kinds[] = { { "notices-link", link_turn } };
const int desk_open_due_count = sizeof desk_open_due_kinds / sizeof *desk_open_due_kinds;

/* ── the list ── */

#define IS_OPEN                                                                                                        \
	" FROM desk_notice n JOIN desk_case c ON c.id = n.case_id WHERE n.email = $1 AND n.state IN ($2, $3) AND "     \
	"c.state <> $4"

static void notice_take(struct rows *r, enum lang l, struct arena *mem, struct open_notice *out)
{
	struct blob seed = rows_blob(r, 7);
	*out = (struct open_notice){ .id = rows_int(r, 0),
				     .number = rows_dup(r, 1),
				     .class_title = arena_strdup(mem, tr(l, rows_text(r, 2))),
				     .first_obs = rows_dup(r, 3),
				     .nobs = (int)rows_int(r, 4),
				     .state = (enum notice_state)rows_int(r, 5),
				     .sent_at = rows_int(r, 6),
				     .due_at = rows_int(r, 8),
				     .extended = rows_int(r, 9) != 0 };
	if (seed.n == LINK_SEED)
		desk_token("answer", seed.p, out->token);
}

#define NOTICE_COLUMNS                                                                                                 \
	"SELECT n.id, c.number, (SELECT k.title FROM desk_class k WHERE k.id = c.class), n.first_obs, "                \
	"n.nobs, n.state, n.sent_at, n.seed, n.due_at, n.until_at" IS_OPEN

static enum st count(struct req *rq, const char *email, struct open_page *out)
{
	out->notice = arena_array(rq->mem, struct open_notice, OPEN_NOTICES);
	return sql_number(rq, &out->total, "SELECT count(*)" IS_OPEN, V(email), V(NOTICE_SENT), V(NOTICE_SILENT),
			  V(CASE_CLOSED));
}

static enum st take_all(struct req *rq, struct rows *r, enum lang l, struct open_page *out)
{
	while (out->n < OPEN_NOTICES && rows_next(r))
		notice_take(r, l, rq->mem, &out->notice[out->n++]);
	return rows_end(r);
}

static enum st list(struct req *rq, const char *email, enum lang l, struct open_page *out)
{
	struct rows r;
	if (count(rq, email, out) ||
	    sql_query(rq, &r,
		      NOTICE_COLUMNS " ORDER BY CASE n.due_at WHEN 0 THEN 1 ELSE 0 END, n.due_at, n.id LIMIT $5",
		      V(email), V(NOTICE_SENT), V(NOTICE_SILENT), V(CASE_CLOSED), V(OPEN_NOTICES)))
		return rq->err.code;
	return take_all(rq, &r, l, out);
}

enum st desk_open_after(struct req *rq, const char *email, int64_t after, enum lang l, struct open_page *out)
{
	struct rows r;
	*out = (struct open_page){ .n = 0 };
	if (count(rq, email, out) ||
	    sql_query(rq, &r, NOTICE_COLUMNS " AND n.id > $5 ORDER BY n.id LIMIT $6", V(email), V(NOTICE_SENT),
		      V(NOTICE_SILENT), V(CASE_CLOSED), V(after), V(OPEN_NOTICES)))
		return rq->err.code;
	return take_all(rq, &r, l, out);
}

enum st desk_open_page(struct req *rq, const char *token, enum lang l, struct open_page *out)
{
	*out = (struct open_page){ .n = 0 };
	return desk_open_link_by(rq, token, &out->link) ? rq->err.code : list(rq, out->link.email, l, out);
}

/* ── answering ── */

static const struct open_notice *theirs(const struct open_page *p, int64_t id)
{
	for (int i = 0; i < p->n; i++)
		if (p->notice[i].id == id)
			return &p->notice[i];
	return NULL;
}

enum st desk_open_answer(struct req *rq, void *open_answer)
{
	const struct open_answer *a = open_answer;
	struct open_page p;
	if (desk_open_page(rq, a->token, LANG_EN, &p))
		return rq->err.code;
	if (!a->n || a->kind == ANSWER_NEED_UNTIL)
		return err_set(&rq->err, ST_INVALID,
			       a->n ? N_("answer: fixed, false-alarm or not-ours") : N_("notices: none was chosen"));
	for (int i = 0; i < a->n; i++) {
		const struct open_notice *n = theirs(&p, a->id[i]);
		if (!n)
			return err_set(&rq->err, ST_INVALID, N_("notices: %lld is none of the open ones"),
				       (long long)a->id[i]);
		struct answer_arg one = { .token = (char *)(uintptr_t)n->token, .kind = a->kind, .text = a->text };
		if (desk_answer_write(rq, &one))
			return rq->err.code;
	}
	return ST_OK;
}

/* ── personal data ── */

enum st desk_open_export(struct req *rq, const struct person *p, struct jw *w)
{
	struct rows r;
	if (sql_query(rq, &r, "SELECT made_at, expires_at, sent_at FROM desk_open_link WHERE email = $1 ORDER BY id",
		      V(p->email ? text_lower(rq->mem, p->email) : "")))
		return rq->err.code;
	j_arr(w, "links");
	while (!w->b->bad && rows_next(&r)) {
		j_obj(w, NULL);
		j_time(w, "made_at", rows_int(&r, 0));
		j_time(w, "expires_at", rows_int(&r, 1));
		j_time(w, "sent_at", rows_int(&r, 2));
		j_end(w);
	}
	j_end(w);
	return rows_end(&r);
}

enum st desk_open_erase(struct req *rq, const struct person *p)
{
	return p->email ? sql_run(rq, "DELETE FROM desk_open_link WHERE email = $1", V(text_lower(rq->mem, p->email)))
			: ST_OK;
}

enum st desk_open_knows(struct req *rq, const char *email, bool *yes)
{
	int64_t n = 0;
	enum st st = sql_number(rq, &n, "SELECT count(*) FROM desk_open_link WHERE email = $1",
				V(text_lower(rq->mem, email)));
	*yes = n > 0;
	return st;
}
