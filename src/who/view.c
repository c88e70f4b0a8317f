#include "who/view.h"
#include <string.h>
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "store/journal.h"
#include "who/permit.h"
#include "who/privacy.h"

#define AGAIN (600 * USEC)
enum { SWEEP = 20 };

const struct migration view_migrations[] = {
	{ 282, "view",
	  "CREATE TABLE who_view (id SERIAL_ID, at BIGINT NOT NULL, actor TEXT NOT NULL, account BIGINT NOT NULL,"
	  " page TEXT NOT NULL, subject TEXT NOT NULL, people BIGINT NOT NULL);"
	  "CREATE INDEX who_view_again ON who_view (actor, subject, page, at);"
	  "CREATE INDEX who_view_by ON who_view (account, id);"
	  "CREATE TABLE who_view_of (person BIGINT NOT NULL, view BIGINT NOT NULL, PRIMARY KEY (person, view));"
	  "CREATE INDEX who_view_of_view ON who_view_of (view)" },
	{ 0 },
};

enum st view_due(struct req *rq, const struct viewed *v, bool *yes)
{
	struct rows r;
	bool before = false, *seen = arena_array(rq->mem, bool, v->n + 1);
	memset(seen, 0, (size_t)v->n + 1);
	if (sql_query(rq, &r,
		      "SELECT coalesce(o.person, 0) FROM who_view v LEFT JOIN who_view_of o ON o.view = v.id"
		      " WHERE v.actor = $1 AND v.subject = $2 AND v.page = $3 AND v.at > $4",
		      V(rq->who ? rq->who->id : "anonymous"), V(v->subject), V(v->page), V(clock_now() - AGAIN)))
		return rq->err.code;
	while (rows_next(&r)) {
		before = true;
		for (int i = 0; i < v->n; i++)
			seen[i] |= v->person[i] == rows_int(&r, 0);
	}
	*yes = !before || memchr(seen, false, (size_t)v->n);
	return rows_end(&r);
}

/* What is older than promised goes, a few rows with each new one: mostly there are none, which one look at the first
 * tells. */
static enum st sweep(struct req *rq)
{
	struct rows r;
	int64_t old[SWEEP];
	int n = 0;
	if (sql_query(rq, &r, "SELECT x.id FROM (SELECT id, at FROM who_view ORDER BY id LIMIT $2) x WHERE x.at < $1",
		      V(clock_now() - privacy_keep("who_view")), V(SWEEP)))
		return rq->err.code;
	while (n < SWEEP && rows_next(&r))
		old[n++] = rows_int(&r, 0);
	if (rows_end(&r))
		return rq->err.code;
	for (int i = 0; i < n; i++)
		if (sql_run(rq, "DELETE FROM who_view_of WHERE view = $1", V(old[i])) ||
		    sql_run(rq, "DELETE FROM who_view WHERE id = $1", V(old[i])))
			return rq->err.code;
	return ST_OK;
}

static enum st told(struct req *rq, const struct viewed *v)
{
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_obj(&w, NULL);
	j_str(&w, "page", v->page);
	j_arr(&w, "people");
	for (int i = 0; i < v->n; i++)
		j_int(&w, NULL, v->person[i]);
	j_end(&w);
	j_end(&w);
	return journal_append(rq, &(struct fact){ "who", v->subject, "personal-data-viewed",
						  arena_strdup(rq->mem, buf_cstr(&b)), 0 });
}

enum st view_write(struct req *rq, void *view)
{
	const struct viewed *v = view;
	int64_t id = 0;
	bool due = false;
	if (view_due(rq, v, &due) || !due || sweep(rq) ||
	    sql_number(
		    rq, &id,
		    "INSERT INTO who_view (at, actor, account, page, subject, people) VALUES ($1, $2, $3, $4, $5, $6)"
		    " RETURNING id",
		    V(clock_now()), V(rq->who ? rq->who->id : "anonymous"), V(rq->who ? rq->who->account : 0),
		    V(v->page), V(v->subject), V(v->n)))
		return rq->err.code;
	for (int i = 0; i < v->n; i++)
		if (sql_run(rq, "INSERT INTO who_view_of (person, view) VALUES ($1, $2) ON CONFLICT DO NOTHING",
			    V(v->person[i]), V(id)))
			return rq->err.code;
	return told(rq, v);
}

/* ── lists ── */

#define COLUMNS                                                                                                        \
	"SELECT v.id, v.at, v.actor, coalesce(a.login, ''), coalesce(a.name, ''), v.page, v.subject, v.people FROM "
#define TAIL " ORDER BY v.id DESC LIMIT $2"

static enum st rows_of(struct req *rq, const struct view_query *q, int max, struct rows *r)
{
	int64_t before = q->before ? q->before : INT64_MAX;
	if (q->person)
		return sql_query(rq, r,
				 COLUMNS "who_view_of o JOIN who_view v ON v.id = o.view LEFT JOIN who_account a ON "
					 "a.id = v.account WHERE o.person = $3 AND o.view < $1 AND ($4 = 0 OR "
					 "v.account = $4)" TAIL,
				 V(before), V(max), V(q->person), V(q->account));
	if (q->account)
		return sql_query(rq, r,
				 COLUMNS "who_view v LEFT JOIN who_account a ON a.id = v.account WHERE v.id < $1 AND "
					 "v.account = $3" TAIL,
				 V(before), V(max), V(q->account));
	return sql_query(rq, r, COLUMNS "who_view v LEFT JOIN who_account a ON a.id = v.account WHERE v.id < $1" TAIL,
			 V(before), V(max));
}

enum st view_list(struct req *rq, const struct view_query *q, struct view_row *out, int max, int *n)
{
	struct rows r;
	*n = 0;
	if (permit(rq, MAY_SEE_JOURNAL_OF_VIEWS) || rows_of(rq, q, max, &r))
		return rq->err.code;
	while (*n < max && rows_next(&r))
		out[(*n)++] = (struct view_row){ .id = rows_int(&r, 0),
						 .at = rows_int(&r, 1),
						 .actor = rows_dup(&r, 2),
						 .login = rows_dup(&r, 3),
						 .name = rows_dup(&r, 4),
						 .page = rows_dup(&r, 5),
						 .subject = rows_dup(&r, 6),
						 .people = rows_int(&r, 7) };
	return rows_end(&r);
}
