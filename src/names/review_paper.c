/* One review as whoever decides sees it: its papers, and the names that wait for it. */
#include "names/registry_int.h"

enum st review_papers(struct req *rq, const char *contact, const char *place, struct paper *out, int max, int *n)
{
	struct rows r;
	*n = 0;
	if (sql_query(rq, &r,
		      "SELECT p.sha256, p.title, p.added_by, p.added_at FROM registry_paper p JOIN registry_contact c"
		      " ON c.id = p.contact WHERE c.handle = $1 AND p.place = $2 ORDER BY p.id LIMIT $3",
		      V(contact), V(place), V(max)))
		return rq->err.code;
	while (*n < max && rows_next(&r))
		out[(*n)++] = (struct paper){ rows_dup(&r, 0), rows_dup(&r, 1), rows_dup(&r, 2), rows_int(&r, 3) };
	return rows_end(&r);
}

enum st review_paper_kept(struct req *rq, const char *sha256, bool *yes)
{
	int64_t n = 0;
	enum st st = sql_number(rq, &n, "SELECT count(*) FROM registry_paper WHERE sha256 = $1", V(sha256));
	*yes = n > 0;
	return st;
}

enum st review_get(struct req *rq, const char *contact, const char *place, struct review *out)
{
	struct rows r;
	if (sql_query(rq, &r,
		      "SELECT c.handle, r.place, r.decided_by, r.reason, r.state, r.task, r.asked_at, r.decided_at"
		      " FROM registry_review r JOIN registry_contact c ON c.id = r.contact"
		      " WHERE c.handle = $1 AND r.place = $2",
		      V(contact), V(place)))
		return rq->err.code;
	bool found = rows_next(&r);
	if (found)
		*out = (struct review){ rows_dup(&r, 0),      rows_dup(&r, 1), rows_dup(&r, 2), rows_dup(&r, 3),
					(int)rows_int(&r, 4), rows_int(&r, 5), rows_int(&r, 6), rows_int(&r, 7) };
	if (rows_end(&r))
		return rq->err.code;
	return found ? ST_OK : err_set(&rq->err, ST_NOTFOUND, "nobody asked about this registrant there");
}

enum st review_names(struct req *rq, const char *contact, const char *place, char **out, int max, int *n)
{
	struct rows r;
	*n = 0;
	if (sql_query(rq, &r,
		      "SELECT d.name FROM registry_contact c JOIN registry_domain_contact dc ON dc.contact = c.id"
		      " AND dc.type = 'r' JOIN registry_domain d ON d.id = dc.domain"
		      " WHERE c.handle = $1 AND d.place = $2 AND d.life = $3 ORDER BY d.id LIMIT $4",
		      V(contact), V(place), V(LIFE_PENDING_CREATE), V(max)))
		return rq->err.code;
	while (*n < max && rows_next(&r))
		out[(*n)++] = rows_dup(&r, 0);
	return rows_end(&r);
}
