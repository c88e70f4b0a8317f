/* answer.c — answers behind a personal link: kept a page at a time, sent off once, taken back until the study closes.
 * The two tables are reached by two hashes of the token (voice.h, APART). */
#include <string.h>
#include "base/clock.h"
#include "base/text.h"
#include "voice/coding_int.h"

enum { RESPONSE_DRAFT, RESPONSE_FILLED, RESPONSE_WITHDRAWN };
enum { WORD_TEXT, WORD_NUMBER, WORD_OPEN };

/* ── by a link ── */

#define INVITE "SELECT id, study, segments, opened, filled FROM voice_invite WHERE token = $1"

/* `hold`: in a write, until its end; only where its study is held already, which is the order of all who hold both. */
static enum st invite_read(struct req *rq, const char *token, bool hold, struct voice_form *f, int64_t *study)
{
	struct rows r;
	size_t n = strnlen(token, 65);
	struct hash h = hash_of(token, n);
	*study = 0;
	if (n < 20 || n > 64)
		return ST_OK;
	if (sql_query(rq, &r, hold ? SQL_HELD(rq, INVITE) : INVITE, V_BLOB(h.b, HASH_LEN)))
		return rq->err.code;
	if (rows_next(&r)) {
		f->invite = rows_int(&r, 0);
		*study = rows_int(&r, 1);
		f->segments = rows_int(&r, 2);
		f->opened = rows_int(&r, 3) != 0;
		f->state = rows_int(&r, 4) ? LINK_FILLED : LINK_OPEN;
	}
	return rows_end(&r);
}

static enum st words_read(struct req *rq, struct voice_form *f)
{
	struct rows r;
	if (sql_query(rq, &r, "SELECT item, kind, number, text FROM voice_word WHERE response = $1", V(f->response)))
		return rq->err.code;
	while (rows_next(&r)) {
		int64_t item = rows_int(&r, 0);
		if (item < 0 || item >= f->q.nitems)
			continue;
		f->word[item] = rows_int(&r, 1) == WORD_NUMBER
					? arena_printf(rq->mem, "%lld", (long long)rows_int(&r, 2))
					: rows_dup(&r, 3);
	}
	return rows_end(&r);
}

static enum st response_read(struct req *rq, const char *token, struct voice_form *f)
{
	struct rows r;
	struct hash h = voice_answer_key(token);
	bool bad = false;
	if (sql_query(rq, &r, "SELECT id, revision, packed, state, begun, seconds FROM voice_response WHERE link = $1",
		      V_BLOB(h.b, HASH_LEN)))
		return rq->err.code;
	if (rows_next(&r)) {
		struct blob b = rows_blob(&r, 2);
		f->response = rows_int(&r, 0);
		f->revision = rows_int(&r, 1);
		bad = b.n && !questionnaire_unpack(b.p, b.n, f->q.nitems, f->answer);
		if (rows_int(&r, 3) == RESPONSE_WITHDRAWN)
			f->state = LINK_WITHDRAWN;
		f->begun = rows_int(&r, 4);
		f->seconds = rows_int(&r, 5);
	}
	if (rows_end(&r))
		return rq->err.code;
	return bad ? err_set(&rq->err, ST_INTERNAL, "answers that can't be read") : words_read(rq, f);
}

enum st voice_form_get(struct req *rq, const char *token, struct voice_form *f)
{
	int64_t study;
	*f = (struct voice_form){ .state = LINK_UNKNOWN };
	if (invite_read(rq, token, false, f, &study))
		return rq->err.code;
	if (!study)
		return ST_OK;
	/* Its study does not close, nor do two tabs write, before this write has ended. */
	if (voice_study_answered(rq, study, &f->study) || invite_read(rq, token, true, f, &study))
		return rq->err.code;
	if (!study)
		return f->state = LINK_UNKNOWN, ST_OK;
	if (voice_questionnaire(rq, f->study.questionnaire, f->study.version, &f->q))
		return rq->err.code;
	f->answer = arena_array(rq->mem, uint64_t, f->q.nitems + 1);
	f->word = arena_array(rq->mem, char *, f->q.nitems + 1);
	for (int i = 0; i < f->q.nitems; i++)
		f->answer[i] = CROSS_NOT_ASKED;
	/* Past its time the link leads to the answers until the closing has cut it. */
	if (f->study.state == STUDY_OPEN && response_read(rq, token, f))
		return rq->err.code;
	if (f->study.state != STUDY_OPEN || (f->study.closes_at <= clock_now() && f->state != LINK_WITHDRAWN))
		f->state = LINK_CLOSED;
	return ST_OK;
}

enum st voice_opened(struct req *rq, void *token)
{
	struct hash h = hash_of(token, strnlen(token, 64));
	return sql_run(rq, "UPDATE voice_invite SET opened = 1 WHERE token = $1 AND opened = 0", V_BLOB(h.b, HASH_LEN));
}

/* ── keeping ── */

static int word_kind(const struct questionnaire *q, int item)
{
	enum q_kind k = q->question[q->item[item].question].kind;
	return k == Q_NUMBER ? WORD_NUMBER : k == Q_OPEN ? WORD_OPEN : WORD_TEXT;
}

enum st voice_word_put(struct req *rq, int64_t study, int64_t response, const struct questionnaire *q, int item,
		       const char *word)
{
	const struct q_question *k = &q->question[q->item[item].question];
	int kind = word_kind(q, item);
	int64_t number = 0;
	if (sql_run(rq, "DELETE FROM voice_word WHERE response = $1 AND item = $2", V(response), V(item)))
		return rq->err.code;
	if (!word || !*word)
		return ST_OK;
	size_t n = strlen(word);
	if (kind == WORD_NUMBER && !text_int(word, k->min, k->max, &number))
		return err_set(&rq->err, ST_INVALID, N_("%s: expected a whole number from %lld to %lld"), k->id,
			       (long long)k->min, (long long)k->max);
	if (n > Q_TEXT_MAX || !text_clean(word, n))
		return err_set(&rq->err, ST_INVALID, N_("%s: at most %d bytes of plain text"), k->id, Q_TEXT_MAX);
	return sql_run(
		rq, "INSERT INTO voice_word(response, study, item, kind, number, text) VALUES($1, $2, $3, $4, $5, $6)",
		V(response), V(study), V(item), V(kind), V(number), V(kind == WORD_NUMBER ? "" : word));
}

static enum st response_begin(struct req *rq, struct voice_form *f, const struct voice_save *s)
{
	struct hash h = voice_answer_key(s->token);
	do {
		random_bytes(&f->response, sizeof f->response);
		f->response &= INT64_MAX;
	} while (!f->response);
	if (sql_run(rq,
		    "INSERT INTO voice_response(id, study, link, segments, state, revision, seconds, begun, reason,"
		    " packed) VALUES($1, $2, $3, $4, 0, 0, 0, $5, '', $6)",
		    V(f->response), V(f->study.id), V_BLOB(h.b, HASH_LEN), V(f->segments), V(clock_now()),
		    V_BLOB("", 0)))
		return rq->err.code;
	return sql_run(rq, "UPDATE voice_invite SET opened = 1, started = 1 WHERE id = $1", V(f->invite));
}

/* What is required of those who were asked. */
static enum st complete(struct req *rq, const struct voice_form *f)
{
	for (int i = 0; i < f->q.nitems; i++) {
		const struct q_question *k = &f->q.question[f->q.item[i].question];
		if (k->required && f->answer[i] == 0)
			return err_set(&rq->err, ST_INVALID, N_("%s has no answer yet"), k->id);
	}
	return ST_OK;
}

static enum st page_take(struct req *rq, struct voice_form *f, const struct voice_save *s)
{
	for (int i = s->from; i < s->to && i < f->q.nitems; i++) {
		if (s->answer[i] != CROSS_NOT_ASKED && !questionnaire_bits_ok(&f->q, i, s->answer[i]))
			return err_set(&rq->err, ST_INVALID, N_("%s: these answers don't go together"),
				       questionnaire_item_id(rq->mem, &f->q, i));
		f->answer[i] = s->answer[i];
		if (voice_word_put(rq, f->study.id, f->response, &f->q, i, s->word[i]))
			return rq->err.code;
	}
	questionnaire_route(&f->q, f->answer);
	for (int i = 0; i < f->q.nitems; i++)
		if (f->answer[i] == CROSS_NOT_ASKED &&
		    sql_run(rq, "DELETE FROM voice_word WHERE response = $1 AND item = $2", V(f->response), V(i)))
			return rq->err.code;
	return ST_OK;
}

static enum st response_put(struct req *rq, struct voice_form *f, bool fill)
{
	uint8_t packed[Q_PACKED_MAX];
	size_t n = questionnaire_pack(f->answer, f->q.nitems, packed);
	if (sql_run(rq, "UPDATE voice_response SET packed = $2, revision = revision + 1 WHERE id = $1", V(f->response),
		    V_BLOB(packed, n)))
		return rq->err.code;
	if (!fill)
		return ST_OK;
	/* How long it took is kept, when is not. */
	if (sql_run(rq,
		    "UPDATE voice_response SET state = 1, seconds = ($2 - begun) / 1000000, begun = 0 WHERE id = $1",
		    V(f->response), V(clock_now())) ||
	    sql_run(rq, "UPDATE voice_invite SET filled = 1 WHERE id = $1", V(f->invite)))
		return rq->err.code;
	return voice_fact(rq, f->study.name, "answers-given", NULL);
}

enum st voice_save(struct req *rq, void *save)
{
	const struct voice_save *s = save;
	struct voice_form f;
	if (voice_form_get(rq, s->token, &f))
		return rq->err.code;
	if (f.state == LINK_UNKNOWN)
		return err_set(&rq->err, ST_NOTFOUND, N_("the link is not known"));
	if (f.state != LINK_OPEN)
		return err_set(&rq->err, ST_DENIED, N_("the answers can't be changed any more"));
	if (!f.response) {
		if (!s->begin)
			return err_set(&rq->err, ST_CONFLICT, N_("nothing was begun"));
		if (response_begin(rq, &f, s))
			return rq->err.code;
	} else if (s->begin) {
		return ST_OK;
	} else if (s->revision != f.revision) {
		return err_set(&rq->err, ST_CONFLICT, N_("the page was changed in another window"));
	}
	if (page_take(rq, &f, s) || (s->fill && complete(rq, &f)))
		return rq->err.code;
	return response_put(rq, &f, s->fill);
}

static enum st answers_delete(struct req *rq, const struct voice_form *f)
{
	if (!f->response || f->state == LINK_WITHDRAWN)
		return ST_OK;
	if (sql_run(rq, "DELETE FROM voice_word WHERE response = $1", V(f->response)) ||
	    sql_run(rq,
		    "UPDATE voice_response SET state = 2, packed = $2, seconds = 0, begun = 0, revision = revision + 1"
		    " WHERE id = $1",
		    V(f->response), V_BLOB("", 0)) ||
	    sql_run(rq, "UPDATE voice_invite SET filled = 0, stopped = 1 WHERE id = $1", V(f->invite)))
		return rq->err.code;
	return voice_fact(rq, f->study.name, "answers-withdrawn", NULL);
}

enum st voice_withdraw(struct req *rq, void *token)
{
	struct voice_form f;
	if (voice_form_get(rq, token, &f))
		return rq->err.code;
	if (f.state == LINK_UNKNOWN)
		return err_set(&rq->err, ST_NOTFOUND, N_("the link is not known"));
	if (f.state == LINK_CLOSED)
		return err_set(&rq->err, ST_CONFLICT, N_("study %s is closed: answers can't be taken back any more"),
			       f.study.name);
	return answers_delete(rq, &f);
}

enum st voice_forget(struct req *rq, const char *token)
{
	struct voice_form f;
	return voice_form_get(rq, token, &f) || answers_delete(rq, &f) ? rq->err.code : ST_OK;
}

enum st voice_stop(struct req *rq, void *token)
{
	struct rows r;
	struct hash h = hash_of(token, strnlen(token, 64));
	char *email = NULL;
	int64_t n = 0;
	if (sql_query(rq, &r, "SELECT email FROM voice_invite WHERE token = $1", V_BLOB(h.b, HASH_LEN)))
		return rq->err.code;
	if (rows_next(&r))
		email = rows_dup(&r, 0);
	if (rows_end(&r))
		return rq->err.code;
	if (!email || !*email)
		return err_set(&rq->err, ST_NOTFOUND, N_("the link is not known"));
	struct hash a = voice_address(rq->mem, email);
	if (sql_run_count(rq, &n, "INSERT INTO voice_stop(address, at) VALUES($1, $2) ON CONFLICT(address) DO NOTHING",
			  V_BLOB(a.b, HASH_LEN), V(clock_now())) ||
	    sql_run(rq, "UPDATE voice_invite SET stopped = 1 WHERE email = $1", V(email)))
		return rq->err.code;
	return n ? voice_fact(rq, "letters", "letters-stopped", NULL) : ST_OK;
}
