/* What is planned (RFC 9167). Rows are never removed: what was cancelled or is over stays, with its dates. Every
 * registrar gets a poll message about each step. */
#include <string.h>
#include "base/clock.h"
#include "base/text.h"
#include "names/registry_int.h"
#include "who/permit.h"

enum { TEXT_BYTES = 1000, LINK_BYTES = 400, SYSTEM_BYTES = 60 };
#define COLUMNS                                                                                                        \
	"id, start_at, end_at, systems, emergency, reason, reason_zh, link, intervention, added_at, changed_at,"       \
	" cancelled_at"

static const char *const impacts[] = { "none", "partial", "full" };

const char *impact_name(enum impact i)
{
	return impacts[i];
}

/* ── systems as a text ── */

static bool system_take(struct arena *mem, char *one, struct maintenance *m)
{
	char *space = strrchr(one, ' ');
	int impact = IMPACT_FULL;
	for (int i = 0; space && i <= IMPACT_FULL; i++)
		if (!strcmp(space + 1, impacts[i])) {
			impact = i;
			*space = 0;
			break;
		}
	size_t n = strlen(one);
	if (!n || n > SYSTEM_BYTES || m->nsystems == MAINTENANCE_SYSTEMS || !text_clean(one, n))
		return false;
	m->system[m->nsystems].name = arena_strdup(mem, one);
	m->system[m->nsystems++].impact = (enum impact)impact;
	return true;
}

bool maintenance_systems(struct arena *mem, const char *text, struct maintenance *m)
{
	char *copy = arena_strdup(mem, text);
	m->nsystems = 0;
	for (char *one; (one = strsep(&copy, ","));) {
		one += strspn(one, " ");
		if (!system_take(mem, one, m))
			return false;
	}
	return true;
}

static char *systems_text(struct arena *mem, const struct maintenance *m)
{
	BUF_SCOPE b = BUF_INIT;
	for (int i = 0; i < m->nsystems; i++)
		buf_printf(&b, "%s%s %s", i ? ", " : "", m->system[i].name, impacts[m->system[i].impact]);
	return arena_strdup(mem, buf_cstr(&b));
}

/* ── reading ── */

static void take(struct req *rq, struct rows *r, struct maintenance *m)
{
	int64_t todo = rows_int(r, 8);
	*m = (struct maintenance){ .id = rows_int(r, 0),
				   .start_at = rows_int(r, 1),
				   .end_at = rows_int(r, 2),
				   .emergency = rows_int(r, 4),
				   .reason = rows_dup(r, 5),
				   .reason_zh = rows_dup(r, 6),
				   .link = rows_dup(r, 7),
				   .connection = todo & 1,
				   .implementation = todo & 2,
				   .added_at = rows_int(r, 9),
				   .changed_at = rows_int(r, 10),
				   .cancelled_at = rows_int(r, 11) };
	maintenance_systems(rq->mem, rows_text(r, 3), m);
}

enum st maintenance_get(struct req *rq, int64_t id, struct maintenance *out)
{
	struct rows r;
	if (sql_query(rq, &r, "SELECT " COLUMNS " FROM registry_maintenance WHERE id = $1", V(id)))
		return rq->err.code;
	bool found = rows_next(&r);
	if (found)
		take(rq, &r, out);
	if (rows_end(&r))
		return rq->err.code;
	return found ? ST_OK : err_set(&rq->err, ST_NOTFOUND, "there is no maintenance %lld", (long long)id);
}

enum st maintenance_list(struct req *rq, bool all, struct maintenance *out, int max, int *n)
{
	struct rows r;
	*n = 0;
	if (sql_query(rq, &r,
		      "SELECT " COLUMNS " FROM registry_maintenance WHERE $1 = 1 OR (end_at > $2 AND cancelled_at = 0)"
		      " ORDER BY start_at, id LIMIT $3",
		      V(all), V(clock_now()), V(max)))
		return rq->err.code;
	while (*n < max && rows_next(&r))
		take(rq, &r, &out[(*n)++]);
	return rows_end(&r);
}

/* ── changing ── */

static enum st whole(struct req *rq, const struct maintenance *m)
{
	if (!m->start_at || m->end_at <= m->start_at)
		return err_set(&rq->err, ST_INVALID, N_("maintenance ends after it has started"));
	if (m->end_at <= clock_now())
		return err_set(&rq->err, ST_INVALID, N_("maintenance that is over can't be announced"));
	if (!m->nsystems)
		return err_set(&rq->err, ST_INVALID, N_("which systems? For example: EPP full, RDAP partial"));
	if (!m->reason || !*m->reason || !text_one_line(m->reason, TEXT_BYTES) ||
	    !text_one_line(m->reason_zh, TEXT_BYTES))
		return err_set(&rq->err, ST_INVALID, N_("a reason of 1 to %d bytes on one line is needed"), TEXT_BYTES);
	if (!text_one_line(m->link, LINK_BYTES) || (m->link && *m->link && strncmp(m->link, "https://", 8) != 0))
		return err_set(&rq->err, ST_INVALID, N_("a link begins with https:// and has at most %d bytes"),
			       LINK_BYTES);
	return ST_OK;
}

/* The row as it is now, to everybody who may log in, and to the journal. */
static enum st announce(struct req *rq, const struct maintenance *m, const char *step, const char *verb)
{
	static const char form[] = "{\"maintenance\":%lld,\"step\":\"%s\"}";
	char *subject = arena_printf(rq->mem, "%lld", (long long)m->id);
	char *payload = arena_printf(rq->mem, form, (long long)m->id, step);
	char *text = arena_printf(rq->mem, "Maintenance %lld (%s): %s to %s", (long long)m->id, step,
				  time_iso(rq->mem, m->start_at), time_iso(rq->mem, m->end_at));
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_obj(&w, NULL);
	j_int(&w, "id", m->id);
	j_time(&w, "start_at", m->start_at);
	j_time(&w, "end_at", m->end_at);
	j_str(&w, "systems", systems_text(rq->mem, m));
	j_str(&w, "reason", m->reason);
	j_end(&w);
	if (sql_run(rq,
		    "INSERT INTO registry_poll(registrar, at, kind, object, text, payload)"
		    " SELECT handle, CAST($1 AS BIGINT), 'maintenance', CAST($2 AS TEXT), CAST($3 AS TEXT), CAST($4 AS "
		    "TEXT)"
		    " FROM registry_registrar WHERE disabled_at = 0 ORDER BY id",
		    V(clock_now()), V(subject), V(text), V(payload)))
		return rq->err.code;
	return journal_append(
		rq, &(struct fact){ "names", arena_printf(rq->mem, "maintenance:%s", subject), verb, buf_cstr(&b), 0 });
}

static int64_t todo_of(const struct maintenance *m)
{
	return (m->connection ? 1 : 0) | (m->implementation ? 2 : 0);
}

enum st maintenance_add(struct req *rq, struct maintenance *m)
{
	m->added_at = clock_now();
	m->changed_at = m->cancelled_at = 0;
	if (permit(rq, MAY_ANNOUNCE) || whole(rq, m) ||
	    sql_number(rq, &m->id,
		       "INSERT INTO registry_maintenance(start_at, end_at, systems, emergency, reason, reason_zh, link,"
		       " intervention, added_at, added_by, changed_at, cancelled_at)"
		       " VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, 0) RETURNING id",
		       V(m->start_at), V(m->end_at), V(systems_text(rq->mem, m)), V(m->emergency), V(m->reason),
		       V(m->reason_zh ? m->reason_zh : ""), V(m->link ? m->link : ""), V(todo_of(m)), V(m->added_at),
		       V(rq->who->id)))
		return rq->err.code;
	return announce(rq, m, "create", "maintenance-added");
}

/* One that is over, or was cancelled, changes no more. */
static enum st still_open(struct req *rq, int64_t id, struct maintenance *was)
{
	if (permit(rq, MAY_ANNOUNCE) || maintenance_get(rq, id, was))
		return rq->err.code;
	if (was->cancelled_at)
		return err_set(&rq->err, ST_CONFLICT, N_("maintenance %lld was cancelled"), (long long)id);
	return was->end_at > clock_now()
		       ? ST_OK
		       : err_set(&rq->err, ST_CONFLICT, N_("maintenance %lld is over"), (long long)id);
}

enum st maintenance_change(struct req *rq, const struct maintenance *m)
{
	struct maintenance was;
	if (still_open(rq, m->id, &was) || whole(rq, m) ||
	    sql_run(rq,
		    "UPDATE registry_maintenance SET start_at = $2, end_at = $3, systems = $4, emergency = $5, reason "
		    "= $6,"
		    " reason_zh = $7, link = $8, intervention = $9, changed_at = $10 WHERE id = $1",
		    V(m->id), V(m->start_at), V(m->end_at), V(systems_text(rq->mem, m)), V(m->emergency), V(m->reason),
		    V(m->reason_zh ? m->reason_zh : ""), V(m->link ? m->link : ""), V(todo_of(m)), V(clock_now())))
		return rq->err.code;
	return announce(rq, m, "update", "maintenance-changed");
}

enum st maintenance_cancel(struct req *rq, int64_t id)
{
	struct maintenance was;
	if (still_open(rq, id, &was) ||
	    sql_run(rq, "UPDATE registry_maintenance SET cancelled_at = $2, changed_at = $2 WHERE id = $1", V(id),
		    V(clock_now())))
		return rq->err.code;
	return announce(rq, &was, "delete", "maintenance-cancelled");
}
