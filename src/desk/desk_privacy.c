/* A person's right: what the desk keeps of a reporter, told or erased. The case goes on without them. */
#include <string.h>
#include "base/clock.h"
#include "desk/desk_int.h"
#include "desk/desk_question.h"
#include "desk/desk_search.h"
#include "who/person.h"
#include "work/due.h"

static enum st export_list(struct req *rq, struct jw *w, const char *key, const char *sql, int64_t report, bool file)
{
	struct rows r;
	if (sql_query(rq, &r, sql, V(report)))
		return rq->err.code;
	j_arr(w, key);
	while (rows_next(&r)) {
		j_obj(w, NULL);
		j_time(w, "at", rows_int(&r, 0));
		j_str(w, file ? "name" : "text", rows_text(&r, 1));
		if (file) {
			j_str(w, "sha256", rows_text(&r, 2));
			j_int(w, "size", rows_int(&r, 3));
		}
		j_end(w);
	}
	j_end(w);
	return rows_end(&r);
}

struct kept {
	int64_t id, at;
	char *number, *class_id, *words, *source, *lang, *digest;
	bool share, withdrawn;
};

static enum st kept_reports(struct req *rq, int64_t person, struct kept **out, int *n)
{
	struct rows r;
	int64_t all = 0;
	*n = 0;
	if (sql_number(rq, &all, "SELECT count(*) FROM desk_report WHERE person = $1 AND person <> 0", V(person)) ||
	    sql_query(rq, &r,
		      "SELECT r.id, r.filed_at, c.number, r.class, r.words, r.source, r.lang, r.digest, r.share_words, "
		      "r.withdrawn_at"
		      " FROM desk_report r JOIN desk_case c ON c.id = r.case_id WHERE r.person = $1 AND r.person <> 0 "
		      "ORDER BY r.id",
		      V(person)))
		return rq->err.code;
	*out = arena_array(rq->mem, struct kept, all + 1);
	while (*n < all && rows_next(&r))
		(*out)[(*n)++] =
			(struct kept){ rows_int(&r, 0),	     rows_int(&r, 1),	  rows_dup(&r, 2), rows_dup(&r, 3),
				       rows_dup(&r, 4),	     rows_dup(&r, 5),	  rows_dup(&r, 6), rows_dup(&r, 7),
				       rows_int(&r, 8) != 0, rows_int(&r, 9) != 0 };
	return rows_end(&r);
}

enum st desk_person_export(struct req *rq, const struct person *p, struct jw *w)
{
	struct kept *k = NULL;
	int n = 0;
	if (kept_reports(rq, p->id, &k, &n))
		return rq->err.code;
	j_arr(w, "reports");
	for (int i = 0; i < n; i++) {
		j_obj(w, NULL);
		j_str(w, "case", k[i].number);
		j_time(w, "filed_at", k[i].at);
		j_str(w, "class", k[i].class_id);
		j_str(w, "words", k[i].words);
		j_str(w, "source", k[i].source);
		j_str(w, "language", k[i].lang);
		j_str(w, "digest", k[i].digest);
		j_bool(w, "share_words", k[i].share);
		j_bool(w, "withdrawn", k[i].withdrawn);
		if (export_list(rq, w, "additions",
				"SELECT at, text FROM desk_addition WHERE report_id = $1 ORDER BY id", k[i].id,
				false) ||
		    export_list(rq, w, "files",
				"SELECT at, name, sha256, size FROM desk_file WHERE report_id = $1 ORDER BY id",
				k[i].id, true) ||
		    desk_questions_export(rq, k[i].id, w))
			return rq->err.code;
		j_end(w);
	}
	j_end(w);
	return ST_OK;
}

/* ── erasing ── */

static enum st forget_files(struct req *rq, int64_t person)
{
	struct rows r;
	char **sha;
	int64_t all = 0;
	int n = 0;
	if (sql_number(rq, &all,
		       "SELECT count(*) FROM desk_file f JOIN desk_report r ON r.id = f.report_id WHERE r.person = $1 "
		       "AND r.person <> 0",
		       V(person)) ||
	    sql_query(rq, &r,
		      "SELECT f.sha256 FROM desk_file f JOIN desk_report r ON r.id = f.report_id WHERE r.person = $1 "
		      "AND r.person <> 0",
		      V(person)))
		return rq->err.code;
	sha = arena_array(rq->mem, char *, all + 1);
	while (n < all && rows_next(&r))
		sha[n++] = rows_dup(&r, 0);
	if (rows_end(&r))
		return rq->err.code;
	for (int i = 0; i < n; i++)
		if (due_set(rq, "file-forget", sha[i], clock_now()))
			return rq->err.code;
	return sql_run(rq,
		       "DELETE FROM desk_file WHERE report_id IN (SELECT id FROM desk_report WHERE person = $1 AND "
		       "person <> 0)",
		       V(person));
}

/* Their own address may stand in a case as an observable. */
static enum st forget_address(struct req *rq, const struct person *p)
{
	if (!p->email)
		return ST_OK;
	if (sql_run(rq,
		    "UPDATE desk_case SET first_obs = '' WHERE id IN (SELECT case_id FROM desk_observable WHERE vkey = "
		    "$1 AND value = $2)"
		    " AND first_obs = $2",
		    V(desk_value_key(p->email)), V(p->email)))
		return rq->err.code;
	return sql_run(rq, "UPDATE desk_observable SET value = '', vkey = 0, open = 0 WHERE vkey = $1 AND value = $2",
		       V(desk_value_key(p->email)), V(p->email));
}

enum st desk_person_erase(struct req *rq, const struct person *p)
{
	int64_t person = p->id;
	if (person <= 0)
		return ST_OK;
	if (desk_stale_person(rq, p) || forget_address(rq, p) || forget_files(rq, person) ||
	    desk_mail_forget(rq, 0, person) || desk_questions_forget(rq, 0, person) ||
	    sql_run(rq,
		    "DELETE FROM desk_addition WHERE report_id IN (SELECT id FROM desk_report WHERE person = $1 AND "
		    "person <> 0)",
		    V(person)))
		return rq->err.code;
	return sql_run(rq,
		       "UPDATE desk_report SET person = 0, words = '', lang = '', share_words = 0, token_hash = NULL, "
		       "seed = NULL,"
		       " confirm = NULL, idem = NULL, digest = '', erased_at = $2 WHERE person = $1 AND person <> 0",
		       V(person), V(clock_now()));
}
