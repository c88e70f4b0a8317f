/* Policy: whether a notice waits for a click, goes at once, or in the day's digest. Class × source × confidence; the
 * first row that fits decides. */
#include <string.h>
#include "desk/desk_digest_int.h"

static const char *const ways[] = { [WAY_CLICK] = "click", [WAY_AT_ONCE] = "at-once", [WAY_DIGEST] = "digest" };
enum { WAYS = sizeof ways / sizeof *ways };

const char *notice_way_name(enum notice_way w)
{
	return (unsigned)w < WAYS ? ways[w] : ways[WAY_CLICK];
}

bool notice_way_parse(const char *s, enum notice_way *out)
{
	for (int i = 0; i < WAYS; i++)
		if (strcmp(ways[i], s) == 0) {
			*out = (enum notice_way)i;
			return true;
		}
	return false;
}

/* What a row says that we don't know waits for a person. */
static enum notice_way way_of(int64_t stored)
{
	return stored > 0 && stored < WAYS ? (enum notice_way)stored : WAY_CLICK;
}

enum st desk_policy(struct req *rq, const char *class_id, const char *source, const char *confidence,
		    enum notice_way *way, char **sentence)
{
	struct rows r;
	*way = WAY_CLICK;
	*sentence = NULL;
	if (sql_query(rq, &r,
		      "SELECT at_once, sentence FROM desk_policy WHERE (class = $1 OR class = '*') AND (source = $2 OR "
		      "source = '*')"
		      " AND (confidence = $3 OR confidence = '*') ORDER BY position LIMIT 1",
		      V(class_id), V(source), V(confidence)))
		return rq->err.code;
	if (rows_next(&r)) {
		*way = way_of(rows_int(&r, 0));
		*sentence = rows_dup(&r, 1);
	}
	return rows_end(&r);
}

enum st desk_policies(struct req *rq, struct desk_policy_row *out, int max, int *n)
{
	struct rows r;
	*n = 0;
	if (sql_query(rq, &r,
		      "SELECT class, source, confidence, sentence, at_once FROM desk_policy ORDER BY position "
		      "LIMIT $1",
		      V(max)))
		return rq->err.code;
	while (*n < max && rows_next(&r))
		out[(*n)++] = (struct desk_policy_row){ .class_id = rows_dup(&r, 0),
							.source = rows_dup(&r, 1),
							.confidence = rows_dup(&r, 2),
							.sentence = rows_dup(&r, 3),
							.way = way_of(rows_int(&r, 4)) };
	return rows_end(&r);
}

/* Notices that were decided before stay decided. */
enum st desk_policy_set(struct req *rq, void *desk_policy_row)
{
	const struct desk_policy_row *p = desk_policy_row;
	struct rows r;
	int64_t position = 0;
	enum notice_way was = WAY_CLICK;
	if (permit(rq, MAY_SET_LADDER) || sql_query(rq, &r,
						    "SELECT position, at_once FROM desk_policy WHERE class = $1 AND "
						    "source = $2 AND confidence = $3 ORDER "
						    "BY position LIMIT 1",
						    V(p->class_id), V(p->source), V(p->confidence)))
		return rq->err.code;
	bool found = rows_next(&r);
	if (found) {
		position = rows_int(&r, 0);
		was = way_of(rows_int(&r, 1));
	}
	if (rows_end(&r))
		return rq->err.code;
	if (!found)
		return err_set(&rq->err, ST_NOTFOUND,
			       "no row for %.40s %.40s %.40s; `nicert desk-policy list` shows them", p->class_id,
			       p->source, p->confidence);
	if (sql_run(rq, "UPDATE desk_policy SET at_once = $2 WHERE position = $1", V(position), V(p->way)))
		return rq->err.code;
	char *payload = arena_printf(rq->mem, "{\"position\":%lld,\"from\":\"%s\",\"to\":\"%s\"}", (long long)position,
				     notice_way_name(was), notice_way_name(p->way));
	return journal_append(rq, &(struct fact){ "desk", "policy", "policy-set", payload, 0 });
}
