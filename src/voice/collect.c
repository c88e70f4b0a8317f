/* collect.c — answers that came on paper or through another tool. A line that names its invitation fills that one, and is
 * its person's like an answer by the link; any other is counted to its group and leaves every invitation as it is. */
#include <string.h>
#include "voice/voice_int.h"

struct collecting {
	struct req *rq;
	struct voice_form f; /* study and questionnaire */
	struct voice_segment segment[CROSS_SEGMENTS_MAX];
	int nsegments;
	struct {
		int64_t opened, filled;
	} unnamed[VOICE_GROUPS_MAX];
};

/* `link` NULL: nothing leads to it. */
static enum st answer_put(const struct collecting *k, const struct voice_collected *c, int64_t segments,
			  const struct hash *link)
{
	struct req *rq = k->rq;
	const struct questionnaire *q = &k->f.q;
	uint8_t packed[Q_PACKED_MAX];
	int64_t id = 0;
	for (int i = 0; i < q->nitems; i++)
		if (c->answer[i] != CROSS_NOT_ASKED && !questionnaire_bits_ok(q, i, c->answer[i]))
			return err_set(&rq->err, ST_INVALID, N_("%s: these answers don't go together"),
				       questionnaire_item_id(rq->mem, q, i));
	size_t n = questionnaire_pack(c->answer, q->nitems, packed);
	random_bytes(&id, sizeof id);
	id &= INT64_MAX;
	if (sql_run(rq,
		    "INSERT INTO voice_response(id, study, link, segments, state, revision, seconds, begun, reason,"
		    " packed) VALUES($1, $2, $3, $4, 1, 1, $5, 0, '', $6)",
		    V(id), V(k->f.study.id), link ? V_BLOB(link->b, HASH_LEN) : V_NULL, V(segments), V(c->seconds),
		    V_BLOB(packed, n)))
		return rq->err.code;
	for (int i = 0; i < q->nitems; i++) /* of what was not asked nothing is kept, as behind a link */
		if (c->word[i] && c->answer[i] != CROSS_NOT_ASKED &&
		    voice_word_put(rq, k->f.study.id, id, q, i, c->word[i]))
			return rq->err.code;
	return ST_OK;
}

/* ── a line that names its invitation ── */

struct named {
	bool found, begun, linked;
	int64_t segments;
	struct hash link;
};

static enum st named_read(const struct collecting *k, const struct voice_collected *c, struct named *v)
{
	struct rows r;
	char token[LINK_TOKEN];
	if (sql_query(k->rq, &r,
		      "SELECT segments, started, seed FROM voice_invite WHERE id = $1 AND study = $2 AND position = $3",
		      V(c->invite), V(k->f.study.id), V(c->group)))
		return k->rq->err.code;
	if ((v->found = rows_next(&r))) {
		struct blob seed = rows_blob(&r, 2);
		v->segments = rows_int(&r, 0);
		v->begun = rows_int(&r, 1) != 0;
		if ((v->linked = seed.n == LINK_SEED)) {
			voice_token(seed.p, token);
			v->link = voice_answer_key(token);
		}
	}
	return rows_end(&r);
}

static enum st named_put(const struct collecting *k, const struct voice_collected *c)
{
	struct req *rq = k->rq;
	struct named v = { 0 };
	if (named_read(k, c, &v))
		return rq->err.code;
	if (!v.found)
		return err_set(&rq->err, ST_NOTFOUND,
			       "group %d has no invitation %lld; `nicert survey links` lists them", c->group + 1,
			       (long long)c->invite);
	if (c->opened_only)
		return sql_run(rq, "UPDATE voice_invite SET opened = 1 WHERE id = $1", V(c->invite));
	if (v.begun)
		return err_set(&rq->err, ST_CONFLICT, N_("invitation %lld was answered already, or begun by its link"),
			       (long long)c->invite);
	if (sql_run(rq, "UPDATE voice_invite SET opened = 1, started = 1, filled = 1 WHERE id = $1", V(c->invite)))
		return rq->err.code;
	return answer_put(k, c, v.segments, v.linked ? &v.link : NULL);
}

/* ── one that names none ── */

static enum st unnamed_put(struct collecting *k, const struct voice_collected *c)
{
	uint64_t segments = 1ULL << c->group;
	int i = 0;
	k->unnamed[c->group].opened++;
	if (c->opened_only)
		return ST_OK;
	k->unnamed[c->group].filled++;
	if (c->segment && *c->segment) {
		while (i < k->nsegments &&
		       (strcmp(k->segment[i].kind, "list") != 0 || strcmp(k->segment[i].name, c->segment) != 0))
			i++;
		if (i == k->nsegments)
			return err_set(&k->rq->err, ST_NOTFOUND, "%.40s is no segment of study %s", c->segment,
				       k->f.study.name);
		segments |= 1ULL << k->segment[i].bit;
	}
	return answer_put(k, c, (int64_t)segments, NULL);
}

/* No group has more who looked than were invited. */
static enum st group_count(const struct collecting *k, int group)
{
	struct req *rq = k->rq;
	int64_t left = 0;
	if (sql_run(rq,
		    "UPDATE voice_group SET opened = opened + $3, filled = filled + $4 WHERE study = $1 AND position ="
		    " $2",
		    V(k->f.study.id), V(group), V(k->unnamed[group].opened), V(k->unnamed[group].filled)) ||
	    sql_number(rq, &left,
		       "SELECT g.drawn - g.opened - (SELECT count(*) FROM voice_invite i WHERE i.study = g.study AND"
		       " i.position = g.position AND i.opened = 1) FROM voice_group g WHERE g.study = $1 AND"
		       " g.position = $2",
		       V(k->f.study.id), V(group)))
		return rq->err.code;
	return left >= 0 ? ST_OK
			 : err_set(&rq->err, ST_CONFLICT,
				   N_("group %d: %lld more would have looked than invitations are left"), group + 1,
				   (long long)-left);
}

enum st voice_collect(struct req *rq, void *collect)
{
	struct voice_collect *a = collect;
	struct collecting *k = arena_new_of(rq->mem, struct collecting);
	k->rq = rq;
	a->refused = 0;
	if (voice_study_in(rq, a->study, 1u << STUDY_OPEN, &k->f.study) ||
	    voice_questionnaire(rq, k->f.study.questionnaire, k->f.study.version, &k->f.q) ||
	    voice_segments(rq, k->f.study.id, k->segment, &k->nsegments))
		return rq->err.code;
	for (int64_t i = 0; i < a->n; i++)
		if (a->row[i].invite ? named_put(k, &a->row[i]) : unnamed_put(k, &a->row[i]))
			return a->refused = i + 1, rq->err.code;
	for (int g = 0; g < VOICE_GROUPS_MAX; g++)
		if (k->unnamed[g].opened && group_count(k, g))
			return rq->err.code;
	return voice_fact(rq, k->f.study.name, "answers-collected",
			  arena_printf(rq->mem, "{\"lines\":%lld,\"digest\":\"%s\"}", (long long)a->n, a->digest));
}
