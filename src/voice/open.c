/* open.c — what people wrote, for those who may read it. */
#include <string.h>
#include "voice/voice_int.h"
#include "who/permit.h"

static bool takes_words(const struct questionnaire *q, int item)
{
	const struct q_question *k = &q->question[q->item[item].question];
	for (int i = 0; i < k->noptions; i++)
		if (k->option[i].text)
			return true;
	return k->kind == Q_OPEN;
}

enum st voice_words(struct req *rq, const char *study, const char *item, const char *search, struct voice_word *out,
		    int max, int *n)
{
	struct voice_study s;
	struct questionnaire q;
	struct rows r;
	*n = 0;
	if (permit(rq, MAY_SEE_ANSWERS) || voice_study_get(rq, study, &s) ||
	    voice_questionnaire(rq, s.questionnaire, s.version, &q))
		return rq->err.code;
	if (s.state < STUDY_CLOSED)
		return err_set(&rq->err, ST_CONFLICT, "study %s is %s: single answers are read once it is closed",
			       s.name, voice_state_name(s.state));
	int at = questionnaire_item(&q, item, strlen(item));
	if (at < 0 || !takes_words(&q, at))
		return err_set(&rq->err, ST_NOTFOUND, "%.60s is no item of %s that takes words", item, q.name);
	if (sql_query(rq, &r,
		      "SELECT w.response, w.text FROM voice_word w JOIN voice_response a ON a.id = w.response WHERE"
		      " w.study = $1 AND w.item = $2 AND w.kind <> 1 AND w.text <> '' AND a.state = 1 AND a.reason = ''"
		      " ORDER BY w.response",
		      V(s.id), V(at)))
		return rq->err.code;
	while (*n < max && rows_next(&r)) {
		const char *text = rows_text(&r, 1);
		if (!search || strcasestr(text, search))
			out[(*n)++] = (struct voice_word){ rows_int(&r, 0), arena_strdup(rq->mem, text) };
	}
	return rows_end(&r);
}
