/* codebook.c — the codes of an item, who its coders are and how far they are. */
#include <string.h>
#include "base/text.h"
#include "voice/coding_int.h"
#include "who/permit.h"

bool voice_takes_words(const struct questionnaire *q, int item)
{
	const struct q_question *k = &q->question[q->item[item].question];
	for (int i = 0; i < k->noptions; i++)
		if (k->option[i].text)
			return true;
	return k->kind == Q_OPEN;
}

enum st voice_words_item(struct req *rq, const struct questionnaire *q, const char *item, int *out)
{
	*out = questionnaire_item(q, item, strlen(item));
	return *out >= 0 && voice_takes_words(q, *out)
		       ? ST_OK
		       : err_set(&rq->err, ST_NOTFOUND, "%.60s is no item of %s that takes words", item, q->name);
}

/* ── reading ── */

static enum st codes_read(struct req *rq, struct voice_book *b)
{
	struct rows r;
	if (sql_query(
		    rq, &r,
		    "SELECT id, bit, title_en, title_zh, about, retired FROM voice_code WHERE study = $1 AND item = $2"
		    " ORDER BY bit",
		    V(b->study.id), V(b->item)))
		return rq->err.code;
	while (b->ncodes < CODES_MAX && rows_next(&r)) {
		struct voice_code *k = &b->code[b->ncodes++];
		*k = (struct voice_code){ .id = rows_dup(&r, 0),
					  .bit = (int)rows_int(&r, 1),
					  .about = rows_dup(&r, 4),
					  .retired = rows_int(&r, 5) != 0 };
		k->title[LANG_EN] = rows_dup(&r, 2);
		k->title[LANG_ZH_TW] = rows_dup(&r, 3);
	}
	return rows_end(&r);
}

static enum st coders_read(struct req *rq, struct voice_book *b)
{
	struct rows r;
	b->me = -1;
	if (sql_query(
		    rq, &r,
		    "SELECT k.slot, k.who, k.done, (SELECT count(*) FROM voice_coding c JOIN voice_response a ON a.id ="
		    " c.response WHERE c.study = k.study AND c.item = k.item AND c.slot = k.slot AND a.state = 1 AND"
		    " a.reason = '') FROM voice_coder k WHERE k.study = $1 AND k.item = $2 ORDER BY k.slot",
		    V(b->study.id), V(b->item)))
		return rq->err.code;
	while (rows_next(&r)) {
		int64_t slot = rows_int(&r, 0);
		if (slot < 0 || slot >= CODERS)
			continue;
		b->coder[slot] = (struct voice_coder){ rows_dup(&r, 1), rows_int(&r, 3), rows_int(&r, 2) != 0 };
		if (rq->who && !strcmp(b->coder[slot].who, rq->who->id))
			b->me = (int)slot;
	}
	return rows_end(&r);
}

static bool finished(const struct voice_book *b)
{
	for (int i = 0; i < CODERS; i++)
		if (!b->coder[i].done || b->coder[i].coded < b->answers)
			return false;
	return b->answers > 0;
}

static enum st differences_read(struct req *rq, struct voice_book *b)
{
	struct rows r;
	if (sql_query(
		    rq, &r,
		    "SELECT count(*), coalesce(sum(CASE WHEN d.response IS NULL THEN 1 ELSE 0 END), 0) FROM"
		    " voice_coding x JOIN voice_coding y ON y.study = x.study AND y.item = x.item AND y.slot = 1 AND"
		    " y.response = x.response JOIN voice_response a ON a.id = x.response LEFT JOIN voice_coding d ON"
		    " d.study = x.study AND d.item = x.item AND d.slot = 2 AND d.response = x.response WHERE x.study ="
		    " $1 AND x.item = $2 AND x.slot = 0 AND x.codes <> y.codes AND a.state = 1 AND a.reason = ''",
		    V(b->study.id), V(b->item)))
		return rq->err.code;
	if (rows_next(&r)) {
		b->differ = rows_int(&r, 0);
		b->undecided = rows_int(&r, 1);
	}
	return rows_end(&r);
}

enum st voice_book_read(struct req *rq, struct voice_book *b)
{
	if (codes_read(rq, b) || coders_read(rq, b) ||
	    sql_number(rq, &b->answers,
		       "SELECT count(*) FROM voice_word w JOIN voice_response a ON a.id = w.response WHERE w.study = $1"
		       " AND w.item = $2 AND w.kind <> 1 AND w.text <> '' AND a.state = 1 AND a.reason = ''",
		       V(b->study.id), V(b->item)))
		return rq->err.code;
	b->both = finished(b);
	return b->both ? differences_read(rq, b) : ST_OK;
}

enum st voice_book(struct req *rq, const char *study, const char *item, struct voice_book *b)
{
	*b = (struct voice_book){ .me = -1 };
	if (permit(rq, MAY_CODE_ANSWERS) || voice_study_get(rq, study, &b->study) ||
	    voice_questionnaire(rq, b->study.questionnaire, b->study.version, &b->q) ||
	    voice_words_item(rq, &b->q, item, &b->item))
		return rq->err.code;
	b->item_id = questionnaire_item_id(rq->mem, &b->q, b->item);
	if (b->study.state < STUDY_CLOSED)
		return err_set(&rq->err, ST_CONFLICT, N_("study %s is %s: answers are coded once it is closed"),
			       b->study.name, voice_state_text(b->study.state));
	return voice_book_read(rq, b);
}

enum st voice_book_write(struct req *rq, const char *study, const char *item, struct voice_book *b)
{
	if (voice_book(rq, study, item, b))
		return rq->err.code;
	if (b->study.state != STUDY_CLOSED)
		return err_set(&rq->err, ST_CONFLICT,
			       N_("the report of %s is published: its codes don't change any more"), b->study.name);
	return ST_OK;
}

/* ── codes as words ── */

int voice_code_bit(const struct voice_book *b, const char *id, size_t n)
{
	for (int i = 0; i < b->ncodes; i++)
		if (strlen(b->code[i].id) == n && !memcmp(b->code[i].id, id, n))
			return b->code[i].bit;
	return -1;
}

int64_t voice_codes_offered(const struct voice_book *b)
{
	int64_t bits = 0;
	for (int i = 0; i < b->ncodes; i++)
		if (!b->code[i].retired)
			bits |= (int64_t)1 << b->code[i].bit;
	return bits;
}

enum st voice_codes_parse(const struct voice_book *b, const char *text, int64_t *bits, struct err *e)
{
	*bits = 0;
	while (*(text += strspn(text, " ,;"))) {
		size_t n = strcspn(text, " ,;");
		int bit = voice_code_bit(b, text, n);
		if (n == 1 && *text == '-')
			bit = -2;
		if (bit == -1)
			return err_set(e, ST_INVALID, N_("%.*s is no code of %s: take one of its codebook"),
				       n > 40 ? 40 : (int)n, text, b->item_id);
		if (bit >= 0 && !(voice_codes_offered(b) >> bit & 1))
			return err_set(e, ST_INVALID, N_("code %.*s is retired: choose another"), (int)n, text);
		if (bit >= 0)
			*bits |= (int64_t)1 << bit;
		text += n;
	}
	return ST_OK;
}

char *voice_codes_text(struct arena *mem, const struct voice_book *b, int64_t bits)
{
	char *s = arena_strdup(mem, "");
	if (bits <= 0)
		return arena_strdup(mem, bits ? "" : "-");
	for (int i = 0; i < b->ncodes; i++)
		if (bits >> b->code[i].bit & 1)
			s = arena_printf(mem, "%s%s%s", s, *s ? " " : "", b->code[i].id);
	return s;
}

/* ── changing ── */

enum st voice_item_fact(struct req *rq, const struct voice_book *b, const char *verb, const char *code, int64_t n)
{
	BUF_SCOPE out = BUF_INIT;
	struct jw w = jw_of(&out);
	j_obj(&w, NULL);
	j_str(&w, "item", b->item_id);
	if (code)
		j_str(&w, "code", code);
	if (n >= 0)
		j_int(&w, "n", n);
	j_end(&w);
	return voice_fact(rq, b->study.name, verb, buf_cstr(&out));
}

static bool text_ok(const char *s, size_t max, bool needed)
{
	size_t n = s ? strlen(s) : 0;
	return n ? n <= max && text_clean(s, n) && !memchr(s, '\n', n) : !needed;
}

/* Once: the answers of a closed study don't change. Numbers of responses are random, so their remainders are an order
 * that says nothing; another divisor an item gives another order. */
static enum st numbers_give(struct req *rq, const struct voice_book *b)
{
	return sql_run(rq,
		       "INSERT INTO voice_number(study, item, no, response) SELECT w.study, w.item, row_number() OVER"
		       " (ORDER BY w.response % CAST($3 AS BIGINT), w.response), w.response FROM voice_word w JOIN"
		       " voice_response a ON a.id = w.response WHERE w.study = $1 AND w.item = $2 AND w.kind <> 1 AND"
		       " w.text <> '' AND a.state = 1 AND NOT EXISTS (SELECT 1 FROM voice_number WHERE study = $1 AND"
		       " item = $2)",
		       V(b->study.id), V(b->item), V(1000003 + 2 * b->item));
}

static bool begun(const struct voice_book *b)
{
	return b->coder[0].who || b->coder[1].who;
}

static int bit_free(const struct voice_book *b)
{
	uint64_t used = 0;
	for (int i = 0; i < b->ncodes; i++)
		used |= 1ULL << b->code[i].bit;
	for (int i = 0; i < CODES_MAX; i++)
		if (!(used >> i & 1))
			return i;
	return -1;
}

unsigned voice_code_bad(const struct voice_code *k)
{
	unsigned bad = q_name_ok(k->id) ? 0 : CODE_BAD_ID;
	bad |= text_ok(k->title[LANG_EN], CODE_TEXT_MAX, true) ? 0 : CODE_BAD_EN;
	bad |= text_ok(k->title[LANG_ZH_TW], CODE_TEXT_MAX, true) ? 0 : CODE_BAD_ZH;
	return bad | (text_ok(k->about, CODE_ABOUT_MAX, false) ? 0 : CODE_BAD_ABOUT);
}

static enum st code_ok(struct req *rq, const struct voice_book *b, const struct voice_code *k)
{
	unsigned bad = voice_code_bad(k);
	if (bad & CODE_BAD_ID)
		return err_set(&rq->err, ST_INVALID, N_("%.40s: a code is named with a-z, 0-9 and hyphen"), k->id);
	if (bad)
		return err_set(
			&rq->err, ST_INVALID,
			N_("a code has a title in both languages, of at most %d bytes, and at most %d bytes about it"),
			CODE_TEXT_MAX, CODE_ABOUT_MAX);
	if (begun(b) && voice_code_bit(b, k->id, strlen(k->id)) >= 0)
		return err_set(&rq->err, ST_CONFLICT,
			       N_("coding has begun: what %s means doesn't change any more; retire it and add another"),
			       k->id);
	if (b->coder[0].done || b->coder[1].done)
		return err_set(&rq->err, ST_CONFLICT, N_("a coder is done with %s: a new code would come too late"),
			       b->item_id);
	return ST_OK;
}

static enum st code_put(struct req *rq, const struct voice_book *b, const struct voice_code *k)
{
	int bit = voice_code_bit(b, k->id, strlen(k->id));
	if (code_ok(rq, b, k))
		return rq->err.code;
	if (bit < 0)
		bit = bit_free(b);
	if (bit < 0)
		return err_set(&rq->err, ST_LIMIT, N_("no more than %d codes a question"), CODES_MAX);
	return sql_run(
		rq,
		"INSERT INTO voice_code(study, item, id, bit, title_en, title_zh, about, retired) VALUES($1, $2,"
		" $3, $4, $5, $6, $7, 0) ON CONFLICT(study, item, id) DO UPDATE SET title_en = excluded.title_en,"
		" title_zh = excluded.title_zh, about = excluded.about, retired = 0",
		V(b->study.id), V(b->item), V(k->id), V(bit), V(k->title[LANG_EN]), V(k->title[LANG_ZH_TW]),
		V(k->about ? k->about : ""));
}

static enum st code_end(struct req *rq, const struct voice_book *b, enum code_deed deed, const char *id)
{
	if (voice_code_bit(b, id, strlen(id)) < 0)
		return err_set(&rq->err, ST_NOTFOUND, "%.40s is no code of %s", id, b->item_id);
	if (deed == CODE_RETIRE)
		return sql_run(rq, "UPDATE voice_code SET retired = 1 WHERE study = $1 AND item = $2 AND id = $3",
			       V(b->study.id), V(b->item), V(id));
	if (begun(b))
		return err_set(&rq->err, ST_CONFLICT,
			       N_("coding has begun, and answers may have %s: it can be retired, not deleted"), id);
	return sql_run(rq, "DELETE FROM voice_code WHERE study = $1 AND item = $2 AND id = $3", V(b->study.id),
		       V(b->item), V(id));
}

enum st voice_code_set(struct req *rq, void *code_set)
{
	static const char *const verbs[] = { "code-set", "code-deleted", "code-retired" };
	const struct voice_code_set *a = code_set;
	struct voice_book b;
	if (voice_book_write(rq, a->study, a->item, &b))
		return rq->err.code;
	if (a->deed == CODE_SET ? code_put(rq, &b, &a->code) || numbers_give(rq, &b)
				: code_end(rq, &b, a->deed, a->code.id))
		return rq->err.code;
	return voice_item_fact(rq, &b, verbs[a->deed], a->code.id, -1);
}
