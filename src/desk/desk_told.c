/* What the letter to a party may say of those who are nearer to what it is about: who was written to when, and what came
 * of it. Whom nobody wrote to is not named, so that a sponsor who is told first never reads that the holder was. */
#include <string.h>
#include "desk/desk_int.h"

enum { TOLD_MAX = 20 };

struct nearer {
	struct case_notice told[TOLD_MAX];
	int n;
};

static void take(struct rows *r, const struct letter *x, struct case_notice *out)
{
	*out = (struct case_notice){ .id = rows_int(r, 0),
				     .role = (enum link_role)(rows_int(r, 1) & 3),
				     .state = (enum notice_state)rows_int(r, 2),
				     .answer = (enum answer_kind)rows_int(r, 3),
				     .until = rows_int(r, 4),
				     .sent_at = rows_int(r, 5) };
	int n = (int)rows_int(r, 6);
	for (int i = 0; n < x->nobs && i < x->nobs; i++)
		if (x->obs[i].id == rows_int(r, 7)) {
			out->nobs = n;
			out->first_obs = x->obs[i].shown;
		}
}

/* Notices to those nearer about the same things: what went out, and what was taken back because it could not. */
static enum st load(struct req *rq, int64_t notice, int roles, const struct letter *x, struct nearer *out)
{
	struct rows r;
	if (sql_query(
		    rq, &r,
		    "SELECT n.id, n.role, n.state, n.answer, n.until_at, n.sent_at, count(*), min(o.obs_id) FROM "
		    "desk_notice_obs mine JOIN desk_notice_obs o ON o.obs_id = mine.obs_id JOIN desk_notice n ON n.id "
		    "= o.notice_id WHERE mine.notice_id = $1 AND n.role < $2 AND (n.sent_at > 0 OR n.state = $3)"
		    " GROUP BY n.id, n.role, n.state, n.answer, n.until_at, n.sent_at ORDER BY n.role, n.sent_at, "
		    "n.id LIMIT $4",
		    V(notice), V(roles), V(NOTICE_CANCELLED), V(TOLD_MAX)))
		return rq->err.code;
	while (out->n < TOLD_MAX && rows_next(&r))
		take(&r, x, &out->told[out->n++]);
	return rows_end(&r);
}

/* A notice that can't be delivered is taken back, and the next party told because of it: of what was taken back, that is
 * the last on the way here. */
static int bounced_role(const struct notice_row *n, const struct nearer *all)
{
	int role = -1;
	if (!n->reason || strcmp(n->reason, "no-contact") != 0)
		return role;
	for (int i = 0; i < all->n; i++)
		if (all->told[i].state == NOTICE_CANCELLED)
			role = (int)all->told[i].role;
	return role;
}

/* Of what the letter is about, somebody stands in this role, and none of them can be written to. */
static bool out_of_reach(const struct letter *x, enum link_role role)
{
	bool there = false;
	for (int i = 0; i < x->nobs; i++)
		for (int k = 0; k < x->obs[i].links; k++) {
			const struct chain_link *l = &x->obs[i].chain[k];
			if (l->role == role && desk_route_reaches(l))
				return false;
			there |= l->role == role;
		}
	return there;
}

static bool went_out(const struct case_notice *t, int bounced)
{
	return t->sent_at && (t->state != NOTICE_CANCELLED || (int)t->role != bounced);
}

enum st desk_told(struct req *rq, const struct notice_row *n, enum link_role first, int roles, struct letter *x)
{
	struct nearer all = { .n = 0 };
	if (load(rq, n->id, roles, x, &all))
		return rq->err.code;
	int bounced = bounced_role(n, &all);
	x->told = arena_array(rq->mem, struct case_notice, all.n + roles);
	x->ntold = 0;
	for (int role = 0; role < roles; role++) {
		int before = x->ntold;
		for (int i = 0; i < all.n; i++)
			if ((int)all.told[i].role == role && went_out(&all.told[i], bounced))
				x->told[x->ntold++] = all.told[i];
		bool lost = role == bounced || (role >= (int)first && out_of_reach(x, (enum link_role)role));
		if (x->ntold == before && lost)
			x->told[x->ntold++] =
				(struct case_notice){ .role = (enum link_role)role, .state = NOTICE_CANCELLED };
	}
	return ST_OK;
}
