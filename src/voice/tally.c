/* tally.c — stored answers through the counting engine, once over all of them; and what may be compared. */
#include <string.h>
#include "voice/voice_int.h"

static enum st tally_rows(struct req *rq, struct voice_tally *t)
{
	struct rows r;
	uint64_t answer[Q_ITEMS_MAX];
	enum st st = ST_OK;
	if (sql_query(rq, &r,
		      "SELECT segments, packed FROM voice_response WHERE study = $1 AND state = 1 AND reason = ''",
		      V(t->study.id)))
		return rq->err.code;
	while (!st && rows_next(&r)) {
		struct blob b = rows_blob(&r, 1);
		st = questionnaire_unpack(b.p, b.n, t->q.nitems, answer)
			     ? cross_add(t->cross, (uint64_t)rows_int(&r, 0), answer, &rq->err)
			     : err_set(&rq->err, ST_INTERNAL, "answers that can't be read");
		t->kept++;
	}
	struct err first = rq->err;
	enum st end = rows_end(&r);
	if (st)
		rq->err = first;
	return st ? st : end;
}

enum st voice_tally(struct req *rq, const char *study, struct voice_tally *t)
{
	*t = (struct voice_tally){ 0 };
	if (voice_study_get(rq, study, &t->study) || voice_may_see(rq, &t->study) ||
	    voice_questionnaire(rq, t->study.questionnaire, t->study.version, &t->q) ||
	    voice_segments(rq, t->study.id, t->segment, &t->nsegments))
		return rq->err.code;
	struct cross_question *k = arena_array(rq->mem, struct cross_question, t->q.nitems + 1);
	for (int i = 0; i < t->q.nitems; i++)
		k[i] = (struct cross_question){ t->q.item[i].options,
						t->q.question[t->q.item[i].question].kind == Q_MULTIPLE };
	t->cross = cross_new(rq->mem, k, t->q.nitems, t->nsegments, &rq->err);
	if (!t->cross || voice_counts_read(rq, t))
		return rq->err.code;
	return t->forgotten ? ST_OK : tally_rows(rq, t);
}

struct grid voice_grid(const struct voice_tally *t, int item, int segment)
{
	struct grid g = { 0 };
	for (int i = 0; i < GRID_POINTS; i++)
		g.n[i] = cross_share(t->cross, item, segment, i).n;
	return g;
}

/* ── year over year ── */

static bool same_words(const struct q_words *a, const struct q_words *b)
{
	for (int l = 0; l < LANG_COUNT; l++)
		if ((a->in[l] == NULL) != (b->in[l] == NULL) || (a->in[l] && strcmp(a->in[l], b->in[l]) != 0))
			return false;
	return true;
}

static bool same_options(const struct q_question *a, const struct q_question *b)
{
	if (a->kind != b->kind || a->noptions != b->noptions || a->has_unknown != b->has_unknown ||
	    !same_words(&a->low, &b->low) || !same_words(&a->high, &b->high))
		return false;
	for (int i = 0; i < a->noptions; i++)
		if (strcmp(a->option[i].id, b->option[i].id) != 0 ||
		    !same_words(&a->option[i].words, &b->option[i].words))
			return false;
	return true;
}

/* Whom the questionnaire led to a question, as a text that is the same where they were the same people: what it depends on,
 * what that depends on in its turn, and what ends the survey before it. */
static void route_print(struct arena *mem, const struct questionnaire *q, int question, bool *seen, struct buf *out)
{
	const struct q_question *k = &q->question[question];
	if (seen[question])
		return;
	seen[question] = true;
	for (int i = 0; i < k->nconditions; i++) {
		const struct q_condition *c = &k->condition[i];
		buf_printf(out, "%s if %s%s", k->id, questionnaire_item_id(mem, q, c->item), c->negated ? " !=" : " =");
		for (int o = 0; o < q->item[c->item].options; o++)
			if (c->options >> o & 1)
				buf_printf(out, " %s", questionnaire_option_id(q, c->item, o));
		buf_str(out, "\n");
		route_print(mem, q, q->item[c->item].question, seen, out);
	}
}

static const char *route_text(struct arena *mem, const struct questionnaire *q, int question)
{
	bool seen[Q_QUESTIONS_MAX] = { false };
	BUF_SCOPE b = { .max = Q_FILE_MAX };
	route_print(mem, q, question, seen, &b);
	for (int i = 0; i < question; i++)
		for (int o = 0; o < q->question[i].noptions; o++)
			if (q->question[i].option[o].ends)
				buf_printf(&b, "%s ends %s\n", q->question[i].id, q->question[i].option[o].id);
	return arena_strdup(mem, buf_cstr(&b));
}

/* Who was asked: the same groups by the same rules, whatever they found. Two lists are not the same rule: who is on one
 * is for people to say. */
static enum st same_frame(struct req *rq, const struct voice_study *now, const struct voice_study *before)
{
	struct voice_group a[VOICE_GROUPS_MAX], b[VOICE_GROUPS_MAX];
	int na, nb;
	if (voice_groups(rq, now, a, &na) || voice_groups(rq, before, b, &nb))
		return rq->err.code;
	if (na != nb)
		return err_set(&rq->err, ST_CONFLICT, N_("not comparable: %d groups were asked, then %d"), nb, na);
	for (int i = 0; i < na; i++)
		if (strcmp(a[i].name, b[i].name) != 0 || strcmp(a[i].rule, b[i].rule) != 0)
			return err_set(&rq->err, ST_CONFLICT,
				       N_("not comparable: the frame of group %.32s was \"%.60s\", now \"%.60s\""),
				       a[i].name, b[i].rule, a[i].rule);
	return ST_OK;
}

enum st voice_comparable(struct req *rq, const struct voice_tally *now, const struct voice_tally *before, int item)
{
	const struct q_item *i = &now->q.item[item];
	const struct q_question *a = &now->q.question[i->question];
	const char *id = questionnaire_item_id(rq->mem, &now->q, item);
	int there = questionnaire_item(&before->q, id, strlen(id));
	if (there < 0)
		return err_set(&rq->err, ST_CONFLICT, N_("not comparable: %s was not asked then"), id);
	const struct q_item *j = &before->q.item[there];
	const struct q_question *b = &before->q.question[j->question];
	if (!same_words(&a->words, &b->words) ||
	    (i->row >= 0 && !same_words(&a->row[i->row].words, &b->row[j->row].words)))
		return err_set(&rq->err, ST_CONFLICT, N_("not comparable: %s was worded otherwise"), id);
	if (!same_options(a, b))
		return err_set(&rq->err, ST_CONFLICT, N_("not comparable: %s had other options"), id);
	if (strcmp(route_text(rq->mem, &now->q, i->question), route_text(rq->mem, &before->q, j->question)) != 0)
		return err_set(&rq->err, ST_CONFLICT, N_("not comparable: %s was asked of others"), id);
	return same_frame(rq, &now->study, &before->study);
}
