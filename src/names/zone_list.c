/* Lists of zones and of the versions of their policies, for people. */
#include <string.h>
#include "names/registry_int.h"

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

enum st policy_versions(struct req *rq, const char *zone, struct policy_version *out, int max, int *n)
{
	struct rows r;
	*n = 0;
	if (sql_query(rq, &r,
		      "SELECT version, effective_at, set_at, set_by, digest FROM names_policy WHERE zone = $1"
		      " ORDER BY version LIMIT $2",
		      V(zone), V(max)))
		return rq->err.code;
	while (*n < max && rows_next(&r))
		out[(*n)++] = (struct policy_version){ .version = (int)rows_int(&r, 0),
						       .effective_at = rows_int(&r, 1),
						       .set_at = rows_int(&r, 2),
						       .set_by = rows_dup(&r, 3),
						       .digest = rows_dup(&r, 4) };
	return rows_end(&r);
}
