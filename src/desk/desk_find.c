/* The way back to one's case: asked for, looked up later, forgotten after a day. */
#include "desk/desk_find.h"
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "desk/desk_move.h"
#include "who/person.h"

#define KEPT DAY_USEC
#define PAUSE (3600 * USEC)

const struct migration desk_find_migrations[] = {
	{ 316, "desk find",
	  "CREATE TABLE desk_find(id SERIAL_ID, number TEXT NOT NULL, email TEXT NOT NULL, made_at BIGINT NOT NULL, "
	  "decided BIGINT NOT NULL, report BIGINT NOT NULL);"
	  "CREATE INDEX desk_find_report ON desk_find(report, made_at) WHERE report <> 0;"
	  "CREATE INDEX desk_find_email ON desk_find(lower(email))" },
	{ 0 },
};

/* ── asking ── */

static enum st find_due(struct req *rq, int64_t id, int64_t at)
{
	return due_set(rq, "case-link", arena_printf(rq->mem, "%012lld", (long long)id), at);
}

/* As numbers are written; what can't be one is no number. */
static char *tidy(struct arena *mem, const char *typed)
{
	char *s = arena_strdup(mem, typed ? typed : "");
	if (strlen(s) >= NUMBER_SIZE || !text_clean(s, strlen(s)))
		*s = 0;
	for (char *c = s; *c; c++)
		if (*c >= 'a' && *c <= 'z')
			*c = (char)(*c - 'a' + 'A');
	return s;
}

enum st desk_find_ask(struct req *rq, void *find_ask)
{
	const struct find_ask *a = find_ask;
	int64_t id = 0, now = clock_now();
	if (!text_email_ok(a->email))
		return err_set(&rq->err, ST_INVALID, N_("email: this is no e-mail address"));
	if (sql_number(rq, &id,
		       "INSERT INTO desk_find(number, email, made_at, decided, report) VALUES($1, $2, $3, 0, 0) "
		       "RETURNING id",
		       V(tidy(rq->mem, a->number)), V(a->email), V(now)) ||
	    find_due(rq, id, now))
		return rq->err.code;
	char *payload = arena_printf(rq->mem, "{\"find\":%lld}", (long long)id);
	return desk_fact(rq, arena_printf(rq->mem, "find:%lld", (long long)id), "case-link-asked", payload, 0);
}

/* ── what is known, after the answer went to whoever asked ── */

struct find {
	int64_t id, made_at, decided;
	char *number, *email;
};

static enum st find_get(struct req *rq, int64_t id, struct find *out)
{
	struct rows r;
	if (sql_query(rq, &r, "SELECT made_at, decided, number, email FROM desk_find WHERE id = $1", V(id)))
		return rq->err.code;
	bool found = rows_next(&r);
	if (found)
		*out = (struct find){ id, rows_int(&r, 0), rows_int(&r, 1), rows_dup(&r, 2), rows_dup(&r, 3) };
	if (rows_end(&r))
		return rq->err.code;
	return found ? ST_OK : err_set(&rq->err, ST_NOTFOUND, "nobody asked that");
}

/* The newest report of theirs that is or was in the case of this number; a merged case's old number leads on. */
static enum st find_report(struct req *rq, const struct find *f, const struct person *who, int64_t *report)
{
	struct case_row c;
	enum st st = desk_case_get(rq, f->number, &c);
	*report = 0;
	if (st == ST_NOTFOUND)
		return err_clear(&rq->err), ST_OK;
	if (st)
		return st;
	return sql_number(
		rq, report,
		"SELECT COALESCE(max(r.id), 0) FROM desk_report r WHERE r.person = $1 AND r.person <> 0 AND "
		"r.withdrawn_at = 0 "
		"AND r.erased_at = 0 AND r.seed IS NOT NULL AND (r.case_id = $2 OR r.id IN (SELECT d.row_id "
		"FROM desk_move v JOIN desk_moved d ON d.move = v.id AND d.kind = $3 WHERE v.from_case = $2))",
		V(who->id), V(c.id), V(MOVED_REPORT));
}

/* Phones begin what is typed with a capital. */
static enum st find_person(struct req *rq, const struct find *f, struct person *who)
{
	enum st st = person_find(rq, f->email, who);
	if (st != ST_NOTFOUND)
		return st;
	err_clear(&rq->err);
	return person_find(rq, text_lower(rq->mem, f->email), who);
}

static enum st enough(struct req *rq, const struct find *f, int64_t person, int64_t report, bool *yes)
{
	int64_t hour = 0, day = 0;
	if (sql_number(rq, &hour, "SELECT count(*) FROM desk_find WHERE report = $1 AND report <> 0 AND made_at > $2",
		       V(report), V(f->made_at - PAUSE)) ||
	    sql_number(rq, &day,
		       "SELECT count(*) FROM desk_find f JOIN desk_report r ON r.id = f.report WHERE r.person = $1 AND "
		       "r.person <> 0 AND f.report <> 0 AND "
		       "f.made_at > $2",
		       V(person), V(f->made_at - DAY_USEC)))
		return rq->err.code;
	*yes = hour > 0 || day >= LETTERS_A_DAY;
	return ST_OK;
}

static enum st decide(struct req *rq, const struct find *f)
{
	struct person who;
	int64_t report = 0;
	bool much = false;
	struct report_row row;
	struct case_row c;
	enum st st = find_person(rq, f, &who);
	if (st == ST_NOTFOUND)
		return err_clear(&rq->err), ST_OK;
	if (st || find_report(rq, f, &who, &report) || !report || enough(rq, f, who.id, report, &much) || much)
		return rq->err.code;
	if (sql_run(rq, "UPDATE desk_find SET report = $2 WHERE id = $1", V(f->id), V(report)) ||
	    desk_report_get(rq, report, &row) || desk_case_of(rq, row.case_id, &c))
		return rq->err.code;
	char *payload = arena_printf(rq->mem, "{\"report\":%lld,\"find\":%lld}", (long long)report, (long long)f->id);
	return desk_fact(rq, c.number, "case-link-made", payload, who.id);
}

/* Twice: first to decide, then to be forgotten. */
static enum st find_turn(struct req *rq, const char *subject)
{
	struct find f = { 0 };
	int64_t id = strtoll(subject, NULL, 10), over;
	enum st st = find_get(rq, id, &f);
	if (st == ST_NOTFOUND)
		return err_clear(&rq->err), ST_OK;
	if (st)
		return st;
	over = f.made_at + KEPT;
	if (f.decided || over <= clock_now())
		return sql_run(rq, "DELETE FROM desk_find WHERE id = $1", V(id));
	if (sql_run(rq, "UPDATE desk_find SET decided = 1 WHERE id = $1", V(id)) || decide(rq, &f))
		return rq->err.code;
	return find_due(rq, id, over);
}

const struct due_kind desk_find_due_kinds[] = { { "case-link", find_turn } };
const int desk_find_due_count = sizeof desk_find_due_kinds / sizeof *desk_find_due_kinds;

/* ── personal data ── */

enum st desk_find_export(struct req *rq, const struct person *p, struct jw *w)
{
	struct rows r;
	if (sql_query(rq, &r, "SELECT made_at, number FROM desk_find WHERE lower(email) = $1 ORDER BY id",
		      V(p->email ? text_lower(rq->mem, p->email) : "")))
		return rq->err.code;
	j_arr(w, "asked");
	while (!w->b->bad && rows_next(&r)) {
		j_obj(w, NULL);
		j_time(w, "at", rows_int(&r, 0));
		j_str(w, "case", rows_text(&r, 1));
		j_end(w);
	}
	j_end(w);
	return rows_end(&r);
}

enum st desk_find_erase(struct req *rq, const struct person *p)
{
	return p->email ? sql_run(rq, "DELETE FROM desk_find WHERE lower(email) = $1", V(text_lower(rq->mem, p->email)))
			: ST_OK;
}

enum st desk_find_knows(struct req *rq, const char *email, bool *yes)
{
	int64_t n = 0;
	enum st st = sql_number(rq, &n, "SELECT count(*) FROM desk_find WHERE lower(email) = $1",
				V(text_lower(rq->mem, email)));
	*yes = n > 0;
	return st;
}
