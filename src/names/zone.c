/* A zone becomes ours. */
#include <string.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/embed.h"
#include "base/idn.h"
#include "names/registry_int.h"

/* A built-in policy without the tables whose files are not there: what a registry has no table for it does not
 * register. */
static char *with_tables(struct arena *mem, const char *text, const char *dir)
{
	static const char key[] = "idn-table ";
	BUF_SCOPE out = BUF_INIT;
	char *copy = arena_strdup(mem, text);
	for (char *line; (line = strsep(&copy, "\n"));) {
		const char *file = strrchr(line, ' ');
		bool table = !strncmp(line, key, sizeof key - 1) && file;
		bool there = table && dir && access(arena_printf(mem, "%s/%s", dir, file + 1), R_OK) == 0;
		buf_printf(&out, "%s%s%s", table && !there ? "# its file was not there: " : "", line, copy ? "\n" : "");
	}
	return arena_strdup(mem, buf_cstr(&out));
}

static enum st zone_put(struct req *rq, const char *tld)
{
	int64_t n = 0;
	if (sql_run_count(rq, &n,
			  "INSERT INTO names_zone(tld, kind, added_at) VALUES($1, 'authoritative', $2)"
			  " ON CONFLICT(tld) DO UPDATE SET kind = excluded.kind, added_at = excluded.added_at"
			  " WHERE names_zone.kind <> 'authoritative'",
			  V(tld), V(clock_now())))
		return rq->err.code;
	return n ? ST_OK : err_set(&rq->err, ST_CONFLICT, "%s is an authoritative zone already", tld);
}

/* policies/TLD.policy, generated; the first is that of all others */
extern const struct embedded policies_delivered[];

const char *policy_builtin(const char *tld)
{
	const struct embedded *own = embedded_find(policies_delivered, tld);
	return own ? own->data : policies_delivered[0].data;
}

enum st zone_authoritative_add(struct req *rq, const char *tld, const char *text, const char *dir)
{
	const struct policy *p;
	int version;
	char *zone = name_ascii(rq->mem, tld, true, &rq->err);
	if (!zone)
		return rq->err.code;
	if (name_labels(zone) != 1)
		return err_set(&rq->err, ST_INVALID, "%s is no top level: its second levels stand in its policy", zone);
	text = text ? text : with_tables(rq->mem, policy_builtin(zone), dir);
	if (zone_put(rq, zone) || policy_set(rq, zone, text, 0, dir, &version) || policy_of(rq, zone, 0, &p))
		return rq->err.code;
	if (p->variant_zone && zone_put(rq, p->variant_zone))
		return rq->err.code;
	return journal_append(rq, &(struct fact){ "names", zone, "zone-authoritative", NULL, 0 });
}

/* ── what an import must keep out of ── */

enum st zones_authoritative(struct req *rq, char **out, int max, int *n)
{
	struct rows r;
	*n = 0;
	if (sql_query(rq, &r, "SELECT tld FROM names_zone WHERE kind = 'authoritative' ORDER BY tld LIMIT $1", V(max)))
		return rq->err.code;
	while (*n < max && rows_next(&r))
		out[(*n)++] = rows_dup(&r, 0);
	return rows_end(&r);
}
