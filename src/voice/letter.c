/* letter.c — the invitations that follow from a fact "letters-due", and the reminders from "reminders-due": composed from
 * rows, so a repeat is the same. Who answered or stopped gets none. */
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/text.h"
#include "voice/voice_int.h"
#include "work/task.h"

bool voice_posts(const struct entry *e)
{
	return !strcmp(e->room, "voice") && (!strcmp(e->verb, "letters-due") || !strcmp(e->verb, "reminders-due"));
}

/* {"reminder":NUMBER,"invitations":"FROM/TO"}, the first of reminders only. */
static bool range_of(struct req *rq, const struct entry *e, int64_t *from, int64_t *to, int64_t *reminder)
{
	struct json *o = json_parse(rq->mem, e->payload, strlen(e->payload), &rq->err);
	if (!strcmp(e->verb, "reminders-due") && (!o || !json_int(json_get(o, "reminder"), reminder)))
		return false;
	const char *text = o ? json_str(json_get(o, "invitations")) : NULL;
	char *copy = arena_strdup(rq->mem, text), *slash = copy ? strchr(copy, '/') : NULL;
	if (!slash)
		return false;
	*slash = 0;
	return text_int(copy, 1, INT64_MAX, from) && text_int(slash + 1, 1, INT64_MAX, to);
}

static void letter_take(struct req *rq, struct rows *r, const struct voice_study *s, const struct questionnaire *q,
			const char *url, int reminder, struct voice_letter *l)
{
	char token[LINK_TOKEN];
	struct blob seed = rows_blob(r, 3);
	*l = (struct voice_letter){ .id = rows_int(r, 0), .to = rows_dup(r, 1), .lang = lang_of(rows_text(r, 2)) };
	l->reminder = reminder;
	voice_token(seed.p, token);
	l->link = arena_printf(rq->mem, "%s/survey/%s", url, token);
	l->stop = arena_printf(rq->mem, "%s/survey/%s/stop", url, token);
	l->message_id = arena_printf(rq->mem, "survey-%lld%s@%s", (long long)l->id,
				     reminder ? arena_printf(rq->mem, "-r%d", reminder) : "", url_host(rq->mem, url));
	l->title = q_words_in(&q->title, l->lang);
	l->intro = q_words_in(&q->intro, l->lang);
	l->closes_at = s->closes_at;
}

/* Also of who answered or wants no more, as long as it is not said that their letter went out: before a kill it may have
 * (voice_letters_wanted). */
static enum st invitation_rows(struct req *rq, struct rows *r, int64_t study, int64_t from, int64_t to, int max)
{
	return sql_query(rq, r,
			 "SELECT id, email, lang, seed FROM voice_invite WHERE study = $1 AND id BETWEEN $2 AND $3 AND"
			 " sent_at = 0 AND failed = 0 AND email <> '' ORDER BY id LIMIT $4",
			 V(study), V(from), V(to), V(max));
}

enum st voice_letters(struct req *rq, const struct entry *e, const char *public_url, struct voice_letter *out, int max,
		      int *n)
{
	struct rows r;
	struct voice_study s;
	struct questionnaire q;
	int64_t from, to, reminder = 0;
	*n = 0;
	if (!range_of(rq, e, &from, &to, &reminder))
		return err_set(&rq->err, ST_INVALID, "an entry of invitations names none");
	if (voice_study_get(rq, e->subject, &s) || voice_questionnaire(rq, s.questionnaire, s.version, &q))
		return rq->err.code;
	if (s.state < STUDY_OPEN || (reminder && s.state != STUDY_OPEN))
		return ST_OK;
	if (reminder ? voice_reminder_rows(rq, &r, s.id, (int)reminder, from, to, max)
		     : invitation_rows(rq, &r, s.id, from, to, max))
		return rq->err.code;
	while (*n < max && rows_next(&r))
		if (rows_blob(&r, 3).n == LINK_SEED)
			letter_take(rq, &r, &s, &q, public_url, (int)reminder, &out[(*n)++]);
	return rows_end(&r);
}

enum st voice_letters_wanted(struct req *rq, const struct voice_letter *l, int n, bool *wanted)
{
	struct rows r;
	int i = 0;
	memset(wanted, 0, sizeof *wanted * (size_t)n);
	if (n < 1)
		return ST_OK;
	if (sql_query(rq, &r,
		      "SELECT i.id FROM voice_invite i JOIN voice_study s ON s.id = i.study WHERE i.id BETWEEN $1 AND "
		      "$2 AND i.filled = 0 AND i.stopped = 0 AND"
		      " i.failed = 0 AND i.email <> '' AND s.state = $3 AND s.closes_at > $4 ORDER BY i.id",
		      V(l[0].id), V(l[n - 1].id), V(STUDY_OPEN), V(clock_now())))
		return rq->err.code;
	while (rows_next(&r)) {
		int64_t id = rows_int(&r, 0);
		while (i < n && l[i].id < id)
			i++;
		if (i < n && l[i].id == id)
			wanted[i] = true;
	}
	return rows_end(&r);
}

/* The relay's words without the address: they stay in the task when the person is long erased. */
static char *without(struct arena *mem, const char *words, const char *email)
{
	BUF_SCOPE b = BUF_INIT;
	const char *at;
	size_t n = strlen(email);
	while (n && (at = strcasestr(words, email))) {
		buf_add(&b, words, (size_t)(at - words));
		buf_str(&b, "…");
		words = at + n;
	}
	buf_str(&b, words);
	return arena_strdup(mem, buf_cstr(&b));
}

static enum st failed(struct req *rq, int64_t invite, const char *study, const char *words)
{
	int64_t task;
	char *text = arena_printf(rq->mem, "invitation %lld: %s", (long long)invite, words);
	text[utf8_cut(text, strlen(text), 400)] = 0;
	return task_add(rq, "address-failing", arena_printf(rq->mem, "survey:%s", study), text, &task);
}

static enum st refused(struct req *rq, int64_t invite, const char *words)
{
	struct rows r;
	char *study = NULL, *email = NULL;
	if (sql_query(
		    rq, &r,
		    "UPDATE voice_invite SET failed = 1 WHERE id = $1 RETURNING email, (SELECT name FROM voice_study s"
		    " WHERE s.id = study)",
		    V(invite)))
		return rq->err.code;
	if (rows_next(&r)) {
		email = rows_dup(&r, 0);
		study = rows_dup(&r, 1);
	}
	if (rows_end(&r) || !study)
		return rq->err.code;
	return failed(rq, invite, study, without(rq->mem, words, email));
}

enum st voice_letter_returned(struct req *rq, const char *token, const char *why, bool *known)
{
	struct rows r;
	struct hash h = hash_of(token, strnlen(token, LINK_TOKEN));
	int64_t invite = 0, failed_before = 0;
	if (sql_query(rq, &r, "SELECT id, failed FROM voice_invite WHERE token = $1", V_BLOB(h.b, HASH_LEN)))
		return rq->err.code;
	if ((*known = rows_next(&r))) {
		invite = rows_int(&r, 0);
		failed_before = rows_int(&r, 1);
	}
	return rows_end(&r) || !*known || failed_before ? rq->err.code : refused(rq, invite, why);
}

enum st voice_letter_refused(struct req *rq, const struct voice_letter *l, const char *why)
{
	return refused(rq, l->id, why);
}

/* ── what went out: written down together, since each statement is a question to PostgreSQL ── */

#define FIFTY                                                                                                          \
	"$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, "   \
	"$24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38, $39, $40, $41, $42, $43, $44, "    \
	"$45, $46, $47, $48, $49, $50"
#define AGAIN " ON CONFLICT(address) DO UPDATE SET day = excluded.day"
enum { ASKED_AT_ONCE = 10 };

static int by_hash(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct hash));
}

/* Remembered by the hash of the address, so that the next study leaves it in peace for a while. */
static enum st asked(struct req *rq, struct hash *h, int n)
{
	static const char ten[] = "INSERT INTO voice_asked(address, day) VALUES($1, $11), ($2, $11), ($3, $11), ($4, "
				  "$11), ($5, $11), ($6, $11), ($7, $11), ($8, $11), ($9, $11), ($10, $11)" AGAIN;
	static const char one[] = "INSERT INTO voice_asked(address, day) VALUES($1, $2)" AGAIN;
	int different = 0;
	qsort(h, (size_t)n, sizeof *h, by_hash);
	for (int i = 0; i < n; i++) /* no statement may change a row twice */
		if (!different || by_hash(&h[different - 1], &h[i]))
			h[different++] = h[i];
	for (int i = 0, k; i < different; i += k) {
		struct val v[ASKED_AT_ONCE + 1];
		k = different - i < ASKED_AT_ONCE ? 1 : ASKED_AT_ONCE;
		for (int j = 0; j < k; j++)
			v[j] = V_BLOB(h[i + j].b, HASH_LEN);
		v[k] = V(clock_now() / (86400 * USEC));
		if (sql_run_vals(rq, NULL, k > 1 ? ten : one, v, k + 1))
			return rq->err.code;
	}
	return ST_OK;
}

/* Of what is known already to have gone out, nothing is written again. */
enum st voice_letters_sent(struct req *rq, const struct voice_letter *const *l, int n)
{
	static const char first[] =
		"UPDATE voice_invite SET sent_at = $51 WHERE sent_at = 0 AND id IN (" FIFTY ") RETURNING email";
	static const char reminder[] =
		"UPDATE voice_invite SET reminded = reminded | $51 WHERE id IN (" FIFTY ") RETURNING email";
	struct hash h[VOICE_SENT_MAX];
	struct val v[VOICE_SENT_MAX + 1];
	struct rows r;
	int people = 0, number = n ? l[0]->reminder : 0;
	if (n > VOICE_SENT_MAX)
		return err_set(&rq->err, ST_INTERNAL, "more than %d letters at once", VOICE_SENT_MAX);
	for (int i = 0; i < VOICE_SENT_MAX; i++)
		v[i] = i < n ? V(l[i]->id) : V_NULL;
	v[VOICE_SENT_MAX] = V(number ? voice_reminder_bit(number) : clock_now());
	if (sql_query_vals(rq, &r, number ? reminder : first, v, VOICE_SENT_MAX + 1))
		return rq->err.code;
	while (rows_next(&r))
		if (people < n && *rows_text(&r, 0)) /* it may be erased by now */
			h[people++] = voice_address(rq->mem, rows_text(&r, 0));
	return rows_end(&r) ? rq->err.code : asked(rq, h, people);
}
