#include "who/contact_failing.h"
#include "base/clock.h"
#include "base/text.h"

const struct migration contact_failing_migrations[] = {
	{ 242, "contact failing",
	  "CREATE TABLE who_contact_failing(email TEXT PRIMARY KEY, since BIGINT NOT NULL, last_at BIGINT NOT NULL,"
	  " times BIGINT NOT NULL, why TEXT NOT NULL)" },
	{ 0 },
};

enum st contact_failing_mark(struct req *rq, const char *email, const char *why)
{
	return sql_run(
		rq,
		"INSERT INTO who_contact_failing(email, since, last_at, times, why) VALUES($1, $2, $2, 1, $3)"
		" ON CONFLICT(email) DO UPDATE SET last_at = $2, times = who_contact_failing.times + 1, why = $3",
		V(text_lower(rq->mem, email)), V(clock_now()), V(why));
}

enum st contact_failing_clear(struct req *rq, const char *email)
{
	return sql_run(rq, "DELETE FROM who_contact_failing WHERE email = $1", V(text_lower(rq->mem, email)));
}

enum st contact_failing_get(struct req *rq, const char *email, struct failing *out)
{
	struct rows r;
	if (sql_query(rq, &r, "SELECT since, last_at, times, why FROM who_contact_failing WHERE email = $1",
		      V(text_lower(rq->mem, email))))
		return rq->err.code;
	bool found = rows_next(&r);
	if (found)
		*out = (struct failing){ rows_int(&r, 0), rows_int(&r, 1), (int)rows_int(&r, 2), rows_dup(&r, 3) };
	if (rows_end(&r))
		return rq->err.code;
	return found ? ST_OK : err_set(&rq->err, ST_NOTFOUND, "no mail has come back from there");
}
