/* Whoever stands by a report, staff or a confirmed reporter, lets go what waited in its case only because nobody did. */
#include <string.h>
#include "desk/desk_int.h"

struct stand {
	int64_t report;
	char *anonymous, *unconfirmed; /* why such notices wait */
	enum notice_way way;
};

/* Does the report name all that the notice tells of? Another's part is not vouched for. */
static enum st names_all(struct req *rq, int64_t report, int64_t notice, bool *all)
{
	int64_t others = 0;
	enum st st = sql_number(
		rq, &others,
		"SELECT count(*) FROM desk_notice_obs x JOIN desk_observable o ON o.id = x.obs_id WHERE x.notice_id = "
		"$1 AND o.report_id <> $2 AND NOT EXISTS (SELECT 1 FROM desk_report_obs r WHERE r.report_id = $2 AND "
		"r.obs_id = o.id AND r.mention = 0)",
		V(notice), V(report));
	*all = others == 0;
	return st;
}

static bool waits_for_somebody(const struct stand *s, const struct notice_row *n)
{
	return n->state == NOTICE_WAITING && n->why &&
	       ((s->anonymous && !strcmp(n->why, s->anonymous)) || (s->unconfirmed && !strcmp(n->why, s->unconfirmed)));
}

/* Those that tell of what the report names and somebody else had brought. */
static enum st waiting(struct req *rq, int64_t report, int64_t *out, int max, int *n)
{
	struct rows r;
	*n = 0;
	if (sql_query(rq, &r,
		      "SELECT DISTINCT x.notice_id FROM desk_report_obs o JOIN desk_notice_obs x ON x.obs_id = o.obs_id"
		      " JOIN desk_notice n ON n.id = x.notice_id WHERE o.report_id = $1 AND o.mention = 0"
		      " AND n.state = 0 ORDER BY 1 LIMIT $2",
		      V(report), V(max)))
		return rq->err.code;
	while (*n < max && rows_next(&r))
		out[(*n)++] = rows_int(&r, 0);
	return rows_end(&r);
}

/* Only where the policy for the case's own class, too, lets such a report through. */
static enum st begin(struct req *rq, const struct case_row *c, const char *source, const char *confidence,
		     struct stand *s)
{
	enum notice_way not_it;
	char *why;
	if (desk_policy(rq, c->class_id, source, confidence, &s->way, &why) || s->way == WAY_CLICK)
		return rq->err.code;
	if (desk_policy(rq, c->class_id, source, "anonymous", &not_it, &s->anonymous) ||
	    desk_policy(rq, c->class_id, source, "unconfirmed", &not_it, &s->unconfirmed))
		return rq->err.code;
	return desk_digest_way(rq, c->severity, &s->way);
}

enum st desk_stand_by(struct req *rq, const struct case_row *c, int64_t report, const char *source,
		      const char *confidence, int *gone)
{
	struct stand s = { .report = report };
	int64_t id[OBS_MAX];
	int n = 0;
	*gone = 0;
	if (c->state == CASE_CLOSED || !tlp_allows(c->tlp, TLP_TO_HOLDER) || waiting(rq, report, id, OBS_MAX, &n) || !n)
		return rq->err.code;
	if (begin(rq, c, source, confidence, &s) || s.way == WAY_CLICK)
		return rq->err.code;
	for (int i = 0; i < n; i++) {
		struct notice_row row;
		bool all = false;
		if (desk_notice_get(rq, id[i], &row) || names_all(rq, report, id[i], &all))
			return rq->err.code;
		if (!all || row.case_id != c->id || !waits_for_somebody(&s, &row))
			continue;
		if (desk_notice_approve_row(rq, &row, c->number, s.way))
			return rq->err.code;
		++*gone;
	}
	return ST_OK;
}
