/* Lists of zones and of the versions of their policies, for people. */
#include <string.h>
#include "base/clock.h"
#include "names/registry_int.h"
#include "who/permit.h"

enum st zones_list(struct req *rq, struct zone_row *out, int max, int *n)
{
	struct rows r;
	*n = 0;
	if (sql_query(rq, &r,
		      "SELECT tld, kind, added_at, (SELECT count(*) FROM names_policy p WHERE p.zone = z.tld)"
		      " FROM names_zone z ORDER BY tld LIMIT $1",
		      V(max)))
		return rq->err.code;
	while (*n < max && rows_next(&r))
		out[(*n)++] = (struct zone_row){ .name = rows_dup(&r, 0),
						 .authoritative = !strcmp(rows_text(&r, 1), "authoritative"),
						 .added_at = rows_int(&r, 2),
						 .versions = (int)rows_int(&r, 3) };
	return rows_end(&r);
}

enum st policy_version_text(struct req *rq, const char *zone, int version, char **text)
{
	struct rows r;
	*text = NULL;
	if (sql_query(rq, &r, "SELECT text FROM names_policy WHERE zone = $1 AND version = $2", V(zone), V(version)))
		return rq->err.code;
	if (rows_next(&r))
		*text = rows_dup(&r, 0);
	if (rows_end(&r))
		return rq->err.code;
	return *text ? ST_OK : err_set(&rq->err, ST_NOTFOUND, "zone %.100s has no version %d", zone, version);
}

enum st policy_withdraw(struct req *rq, const char *zone, int version)
{
	int64_t n = 0, from = 0, now = clock_now();
	if (permit(rq, MAY_SET_POLICY) ||
	    sql_number(rq, &from, "SELECT effective_at FROM names_policy WHERE zone = $1 AND version = $2", V(zone),
		       V(version)))
		return rq->err.code;
	if (sql_run_count(rq, &n,
			  "UPDATE names_policy SET withdrawn_at = $3 WHERE zone = $1 AND version = $2"
			  " AND effective_at > $3 AND withdrawn_at = 0",
			  V(zone), V(version), V(now)))
		return rq->err.code;
	if (!n)
		return err_set(&rq->err, ST_CONFLICT,
			       N_("version %d of zone %.100s is in force, or was withdrawn already"), version, zone);
	char *said = arena_printf(rq->mem, "{\"version\":%d}", version);
	if (ledger_price_unset(rq, zone, from) ||
	    due_cancel(rq, "policy-notice", arena_printf(rq->mem, "%s/%d", zone, version)))
		return rq->err.code;
	return journal_append(rq, &(struct fact){ "names", zone, "policy-withdrawn", said, 0 });
}

enum st policy_versions(struct req *rq, const char *zone, struct policy_version *out, int max, int *n)
{
	struct rows r;
	*n = 0;
	if (sql_query(rq, &r,
		      "SELECT version, effective_at, set_at, set_by, digest, withdrawn_at FROM names_policy WHERE zone "
		      "= $1"
		      " ORDER BY version LIMIT $2",
		      V(zone), V(max)))
		return rq->err.code;
	while (*n < max && rows_next(&r))
		out[(*n)++] = (struct policy_version){ .version = (int)rows_int(&r, 0),
						       .effective_at = rows_int(&r, 1),
						       .set_at = rows_int(&r, 2),
						       .set_by = rows_dup(&r, 3),
						       .digest = rows_dup(&r, 4),
						       .withdrawn_at = rows_int(&r, 5) };
	return rows_end(&r);
}
