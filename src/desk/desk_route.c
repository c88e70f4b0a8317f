/* To whom: for each observable the first link that may be told and can be written to; one notice a party. */
#include <string.h>
#include "base/clock.h"
#include "desk/desk_int.h"

enum { TO_MAX = OBS_MAX };

void desk_route_begin(struct route *r, struct req *rq, int64_t case_id, const char *number, int64_t deadline,
		      const char *reason)
{
	*r = (struct route){ .rq = rq,
			     .case_id = case_id,
			     .number = number,
			     .deadline = deadline,
			     .reason = reason,
			     .at = clock_now() };
	r->to = arena_array(rq->mem, struct routed, TO_MAX);
}

enum st desk_route_load(struct route *r)
{
	struct rows rows;
	if (sql_query(r->rq, &rows,
		      "SELECT n.id, n.email, n.state, (SELECT max(CASE d.made_at WHEN 0 THEN 1 ELSE 2 END) FROM "
		      "desk_digest_notice m JOIN desk_digest d ON d.id = m.digest WHERE m.notice = n.id AND m.told = 0 "
		      "AND m.again = 0) FROM desk_notice n WHERE case_id = $1 AND state <> $2 ORDER BY id DESC "
		      "LIMIT $3",
		      V(r->case_id), V(NOTICE_CANCELLED), V(TO_MAX / 2)))
		return r->rq->err.code;
	while (rows_next(&rows)) {
		struct routed *t = &r->to[r->n++];
		t->id = rows_int(&rows, 0);
		t->email = rows_dup(&rows, 1);
		t->state = (enum notice_state)rows_int(&rows, 2);
		int64_t digest = t->state == NOTICE_APPROVED ? rows_int(&rows, 3) : 0;
		t->way = t->state == NOTICE_WAITING ? WAY_CLICK : digest == 1 ? WAY_DIGEST : WAY_AT_ONCE;
		if (digest == 2) /* its letter is made */
			t->state = NOTICE_SENT;
	}
	return rows_end(&rows);
}

static const struct holder_contact *usable(const struct chain_link *l)
{
	for (int i = 0; i < l->contacts && i < 4; i++)
		if (l->contact[i].email && text_email_ok(l->contact[i].email))
			return &l->contact[i];
	return NULL;
}

bool desk_route_reaches(const struct chain_link *l)
{
	return usable(l) != NULL;
}

int desk_route_first(const struct chain_link *chain, int links, enum link_role role)
{
	for (int i = 0; i < links; i++)
		if (chain[i].role >= role)
			return i;
	return links;
}

/* A notice that can still take the observable in: a new one, one that waits as this would wait, one whose letter has
 * not gone out. */
static struct routed *open_to(struct route *r, const char *email, enum notice_way way, bool mention)
{
	for (int i = 0; i < r->n; i++) {
		struct routed *t = &r->to[i];
		if (strcmp(t->email, email) != 0 || t->nobs >= OBS_MAX)
			continue;
		if (t->id == 0 && (mention || t->way == way))
			return t;
		if (t->id && t->way == way && t->state == (way == WAY_CLICK ? NOTICE_WAITING : NOTICE_APPROVED))
			return t;
	}
	return NULL;
}

static struct routed *open_new(struct route *r, const struct chain_link *l, const char *email, enum notice_way way,
			       const char *why)
{
	if (r->n >= TO_MAX)
		return NULL;
	struct routed *t = &r->to[r->n++];
	*t = (struct routed){ .link = l, .email = arena_strdup(r->rq->mem, email), .way = way, .why = why };
	return t;
}

int desk_route_add(struct route *r, int obs, const struct chain_link *chain, int links, int from, enum notice_way way,
		   const char *why, bool mention)
{
	bool held = !tlp_allows(r->tlp, TLP_TO_HOLDER);
	way = held ? WAY_CLICK : way;
	for (int i = from; i < links; i++) {
		const struct holder_contact *c = usable(&chain[i]);
		if (!c) {
			r->missing |= 1u << chain[i].role;
			continue;
		}
		char *email = text_lower(r->rq->mem, c->email);
		struct routed *t = open_to(r, email, way, mention);
		if (!t)
			t = open_new(r, &chain[i], email, mention ? WAY_CLICK : way,
				     held      ? desk_held_sentence
				     : mention ? desk_mention_sentence
					       : why);
		if (!t)
			break;
		if (!t->obs)
			t->obs = arena_array(r->rq->mem, int, OBS_MAX);
		t->obs[t->nobs++] = obs;
		t->fresh = true;
		return i;
	}
	r->nobody++;
	return -1;
}

int desk_route_waiting(const struct route *r)
{
	int n = 0;
	for (int i = 0; i < r->n; i++)
		n += !r->to[i].id && r->to[i].way == WAY_CLICK;
	return n;
}

static enum st insert_notice(struct route *r, struct routed *t, const char *lang, const char *first_obs)
{
	struct req *rq = r->rq;
	uint8_t seed[SEED_LEN];
	char token[TOKEN_SIZE];
	random_bytes(seed, sizeof seed);
	desk_token("answer", seed, token);
	struct hash h = desk_token_hash(token);
	int64_t now = r->at;
	return sql_number(rq, &t->id,
			  "INSERT INTO desk_notice(case_id, role, party, person, email, lang, state, token_hash, seed, "
			  "created_at,"
			  " approved_at, sent_at, due_at, deadline, answered_at, answer, answer_text, until_at, why, "
			  "reason, nobs,"
			  " first_obs, message_id) VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, 0, $12, 0, "
			  "0, '', 0, $13, $14,"
			  " $15, $16, '') RETURNING id",
			  V(r->case_id), V(t->link->role), V(t->link->name ? t->link->name : t->link->handle),
			  V(t->link->person), V(t->email), V(lang),
			  V(t->way == WAY_CLICK ? NOTICE_WAITING : NOTICE_APPROVED), V_BLOB(h.b, HASH_LEN),
			  V_BLOB(seed, sizeof seed), V(now), V(t->way == WAY_CLICK ? 0 : now), V(r->deadline),
			  V(t->way == WAY_CLICK ? t->why : NULL), V(r->reason), V(t->nobs), V(first_obs));
}

static enum st link_obs(struct route *r, const struct routed *t, const int64_t *obs_id)
{
	for (int i = 0; i < t->nobs; i++)
		if (sql_run(r->rq,
			    "INSERT INTO desk_notice_obs(notice_id, obs_id) VALUES($1, $2) ON CONFLICT DO NOTHING",
			    V(t->id), V(obs_id[t->obs[i]])))
			return r->rq->err.code;
	return ST_OK;
}

static enum st write_new(struct route *r, struct routed *t, const int64_t *obs_id, char *const *shown)
{
	const struct holder_contact *c = usable(t->link);
	const char *lang = c->lang && *c->lang ? c->lang : lang_tag(desk_site_lang());
	int64_t digest = 0;
	if (insert_notice(r, t, lang, shown[t->obs[0]]) || link_obs(r, t, obs_id) ||
	    (t->way == WAY_DIGEST && desk_digest_join(r->rq, t->email, lang, t->id, false, &digest)))
		return r->rq->err.code;
	char *payload = arena_printf(r->rq->mem,
				     "{\"notice\":%lld,\"role\":%d,\"waits\":%s,\"why\":\"%s\",\"nobs\":%d,"
				     "\"digest\":%lld}",
				     (long long)t->id, (int)t->link->role, t->way == WAY_CLICK ? "true" : "false",
				     r->reason, t->nobs, (long long)digest);
	return desk_fact(r->rq, r->number, "notice-made", payload, 0);
}

static enum st write_more(struct route *r, const struct routed *t, const int64_t *obs_id)
{
	if (link_obs(r, t, obs_id))
		return r->rq->err.code;
	return sql_run(r->rq,
		       "UPDATE desk_notice SET nobs = (SELECT count(*) FROM desk_notice_obs WHERE notice_id = $1) "
		       "WHERE id = $1",
		       V(t->id));
}

/* "No usable contact" is an answer too: staff get the task, the timeline says it. */
static enum st write_missing(struct route *r)
{
	static const char *const tasks[] = {
		[LINK_HOLDER] = N_("Find a contact of the holder"),
		[LINK_SPONSOR] = N_("Find a contact of the sponsor"),
		[LINK_UPSTREAM] = N_("Find a contact of the upstream network"),
		[LINK_AUTHORITY] = N_("Find a contact of the national authority"),
	};
	for (int role = 0; role <= LINK_AUTHORITY; role++) {
		if (!(r->missing & 1u << role))
			continue;
		char *payload = arena_printf(r->rq->mem, "{\"role\":%d}", role);
		if (desk_task(r->rq, r->number, "find-contact", tasks[role]) ||
		    desk_fact(r->rq, r->number, "contact-missing", payload, 0))
			return r->rq->err.code;
	}
	return ST_OK;
}

enum st desk_route_write(struct route *r, const int64_t *obs_id, char *const *shown)
{
	if (write_missing(r))
		return r->rq->err.code;
	for (int i = 0; i < r->n; i++) {
		struct routed *t = &r->to[i];
		if (t->fresh && (t->id ? write_more(r, t, obs_id) : write_new(r, t, obs_id, shown)))
			return r->rq->err.code;
	}
	return ST_OK;
}
