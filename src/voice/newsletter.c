#include "voice/newsletter.h"
#include <string.h>
#include "base/clock.h"
#include "base/hash.h"
#include "base/text.h"
#include "voice/voice_int.h"
#include "who/permit.h"
#include "who/privacy.h"
#include "work/task.h"

#define DAY (86400 * USEC)
#define HOUR (3600 * USEC)
#define COLUMNS "id, email, lang, source, asked_at, confirmed_at, seed, returns, returned_at, failing"

const char newsletter_due[] = "newsletter-forget";

struct row {
	struct newsletter_reader r;
	uint8_t seed[LINK_SEED];
};

static void take(struct rows *r, struct row *out)
{
	struct blob seed = rows_blob(r, 6);
	*out = (struct row){ .r = { .id = rows_int(r, 0),
				    .email = rows_dup(r, 1),
				    .lang = lang_of(rows_text(r, 2)),
				    .source = rows_dup(r, 3),
				    .asked_at = rows_int(r, 4),
				    .confirmed_at = rows_int(r, 5),
				    .returns = rows_int(r, 7),
				    .returned_at = rows_int(r, 8),
				    .failing = rows_int(r, 9) } };
	memcpy(out->seed, seed.p, seed.n < LINK_SEED ? seed.n : LINK_SEED);
}

static enum st one(struct req *rq, const char *sql, struct val key, struct row *out)
{
	struct rows r;
	bool found;
	if (sql_query_vals(rq, &r, sql, &key, 1))
		return rq->err.code;
	if ((found = rows_next(&r)))
		take(&r, out);
	if (rows_end(&r))
		return rq->err.code;
	return found ? ST_OK : err_set(&rq->err, ST_NOTFOUND, "no such reader of the newsletter");
}

static enum st by_email(struct req *rq, const char *email, struct row *out)
{
	return one(rq, "SELECT " COLUMNS " FROM voice_reader WHERE email = $1", V(text_lower(rq->mem, email)), out);
}

static enum st by_token(struct req *rq, const char *token, struct row *out)
{
	size_t n = strnlen(token, 65);
	struct hash h = hash_of(token, n < 65 ? n : 64);
	if (n != LINK_TOKEN - 1)
		return err_set(&rq->err, ST_NOTFOUND, N_("the link is not known"));
	return one(rq, "SELECT " COLUMNS " FROM voice_reader WHERE token = $1", V_BLOB(h.b, HASH_LEN), out);
}

/* A fact about a reader names its row, never the address. */
static enum st fact(struct req *rq, const char *verb, int64_t id, int64_t at)
{
	return voice_fact(rq, "newsletter", verb,
			  arena_printf(rq->mem, "{\"reader\":%lld,\"at\":%lld}", (long long)id, (long long)at));
}

static char *subject_of(struct req *rq, int64_t id)
{
	return arena_printf(rq->mem, "%lld", (long long)id);
}

/* ── in ── */

static enum st add(struct req *rq, const char *email, enum lang lang, const char *source, int64_t now, bool confirmed,
		   int64_t *id)
{
	uint8_t seed[LINK_SEED];
	char token[LINK_TOKEN];
	random_bytes(seed, sizeof seed);
	voice_reader_token(seed, token);
	struct hash h = hash_of(token, LINK_TOKEN - 1);
	int64_t keep = confirmed ? privacy_keep("voice_reader") : NEWSLETTER_UNCONFIRMED_DAYS * DAY;
	if (sql_number(
		    rq, id,
		    "INSERT INTO voice_reader(email, lang, seed, token, source, asked_at, confirmed_at) VALUES($1, $2,"
		    " $3, $4, $5, $6, $7) RETURNING id",
		    V(text_lower(rq->mem, email)), V(lang_tag(lang)), V_BLOB(seed, LINK_SEED), V_BLOB(h.b, HASH_LEN),
		    V(source), V(now), V(confirmed ? now : 0)))
		return rq->err.code;
	return due_set(rq, newsletter_due, subject_of(rq, *id), now + keep);
}

enum st newsletter_ask(struct req *rq, void *ask)
{
	const struct newsletter_ask *a = ask;
	struct row k;
	int64_t now = clock_now();
	if (!text_email_ok(a->email))
		return err_set(&rq->err, ST_INVALID, N_("email: expected an address like name@example.tw"));
	enum st st = by_email(rq, a->email, &k);
	if (st == ST_NOTFOUND) {
		err_clear(&rq->err);
		if (add(rq, a->email, a->lang, "form", now, false, &k.r.id))
			return rq->err.code;
		return fact(rq, "newsletter-asked", k.r.id, now);
	}
	/* Somebody else's mailbox is not filled by asking again and again. */
	if (st || k.r.asked_at > now - HOUR)
		return st;
	if (sql_run(rq,
		    "UPDATE voice_reader SET asked_at = $2, lang = CASE WHEN confirmed_at = 0 THEN $3 ELSE lang END"
		    " WHERE id = $1",
		    V(k.r.id), V(now), V(lang_tag(a->lang))) ||
	    (!k.r.confirmed_at &&
	     due_set(rq, newsletter_due, subject_of(rq, k.r.id), now + NEWSLETTER_UNCONFIRMED_DAYS * DAY)))
		return rq->err.code;
	return fact(rq, "newsletter-asked", k.r.id, now);
}

static enum st confirm_row(struct req *rq, int64_t id)
{
	int64_t now = clock_now();
	if (sql_run(rq, "UPDATE voice_reader SET confirmed_at = $2 WHERE id = $1", V(id), V(now)) ||
	    due_set(rq, newsletter_due, subject_of(rq, id), now + privacy_keep("voice_reader")))
		return rq->err.code;
	return fact(rq, "newsletter-confirmed", id, now);
}

static enum st resume_row(struct req *rq, int64_t id)
{
	if (sql_run(rq, "UPDATE voice_reader SET returns = 0, returned_at = 0, failing = 0 WHERE id = $1", V(id)))
		return rq->err.code;
	return fact(rq, "newsletter-resumed", id, clock_now());
}

enum st newsletter_confirm(struct req *rq, void *say)
{
	const struct newsletter_say *a = say;
	struct row k;
	if (by_token(rq, a->token, &k))
		return rq->err.code;
	if (a->lang != k.r.lang &&
	    (sql_run(rq, "UPDATE voice_reader SET lang = $2 WHERE id = $1", V(k.r.id), V(lang_tag(a->lang))) ||
	     fact(rq, "newsletter-language", k.r.id, clock_now())))
		return rq->err.code;
	if (k.r.failing && resume_row(rq, k.r.id))
		return rq->err.code;
	return k.r.confirmed_at ? ST_OK : confirm_row(rq, k.r.id);
}

enum st newsletter_get(struct req *rq, const char *token, struct newsletter_reader *out)
{
	struct row k;
	if (by_token(rq, token, &k))
		return rq->err.code;
	*out = k.r;
	return ST_OK;
}

/* ── out ── */

static enum st delete_row(struct req *rq, int64_t id, const char *verb)
{
	if (sql_run(rq, "DELETE FROM voice_reader WHERE id = $1", V(id)) ||
	    due_cancel(rq, newsletter_due, subject_of(rq, id)))
		return rq->err.code;
	return fact(rq, verb, id, clock_now());
}

enum st newsletter_leave(struct req *rq, void *token)
{
	struct row k;
	enum st st = by_token(rq, token, &k);
	if (st == ST_NOTFOUND)
		err_clear(&rq->err);
	return st == ST_NOTFOUND ? ST_OK : st ? st : delete_row(rq, k.r.id, "newsletter-left");
}

enum st newsletter_remove(struct req *rq, void *email)
{
	struct row k;
	if (permit(rq, MAY_RUN_NEWSLETTER) || by_email(rq, email, &k))
		return rq->err.code;
	return delete_row(rq, k.r.id, "newsletter-removed");
}

/* ── mail that came back ── */

enum st newsletter_resume(struct req *rq, void *email)
{
	struct row k;
	if (permit(rq, MAY_RUN_NEWSLETTER) || by_email(rq, email, &k))
		return rq->err.code;
	return k.r.failing ? resume_row(rq, k.r.id) : err_set(&rq->err, ST_CONFLICT, "this reader is not failing");
}

/* One task for all that fail until somebody has seen to it. */
static enum st failing_row(struct req *rq, int64_t id, int64_t now)
{
	int64_t task = 0;
	if (sql_run(rq, "UPDATE voice_reader SET failing = $2 WHERE id = $1", V(id), V(now)) ||
	    task_add(rq, "address-failing", "newsletter",
		     N_("Newsletters come back for good: `nicert newsletter list --failing`"), &task))
		return rq->err.code;
	return fact(rq, "newsletter-failing", id, now);
}

/* The server's words may hold the address; they are not kept. One issue comes back once, or from two servers. */
enum st newsletter_letter_returned(struct req *rq, const char *token, const char *why, bool *known)
{
	struct row k;
	struct rows r;
	int64_t now = clock_now(), returns = 0;
	enum st st = by_token(rq, token, &k);
	(void)why;
	*known = st == ST_OK;
	if (st == ST_NOTFOUND)
		return err_clear(&rq->err), ST_OK;
	if (st || !k.r.confirmed_at ||
	    sql_query(rq, &r,
		      "UPDATE voice_reader SET returns = CASE WHEN returned_at < $3 THEN 1 ELSE returns + 1 END,"
		      " returned_at = $2 WHERE id = $1 AND failing = 0 AND returned_at <= $4 RETURNING returns",
		      V(k.r.id), V(now), V(now - NEWSLETTER_RETURN_DAYS * DAY), V(now - DAY)))
		return rq->err.code;
	if (rows_next(&r))
		returns = rows_int(&r, 0);
	if (rows_end(&r) || !returns || fact(rq, "newsletter-returned", k.r.id, now))
		return rq->err.code;
	return returns < NEWSLETTER_RETURNS ? ST_OK : failing_row(rq, k.r.id, now);
}

/* Nobody confirmed it in a week; or it was kept as long as the privacy notice says. The scheduler deletes the row. */
enum st newsletter_forget(struct req *rq, const char *subject)
{
	int64_t id = 0, n = 0;
	if (!text_int(subject, 1, INT64_MAX, &id))
		return err_set(&rq->err, ST_INVALID, "%.40s is no reader", subject);
	if (sql_run_count(rq, &n, "DELETE FROM voice_reader WHERE id = $1", V(id)))
		return rq->err.code;
	return n ? fact(rq, "newsletter-forgotten", id, clock_now()) : ST_OK;
}

/* ── lists ── */

enum st newsletter_readers(struct req *rq, bool failing, const char *after, struct newsletter_reader *out, int max,
			   int *n)
{
	struct rows r;
	struct row k;
	*n = 0;
	const char *sql = failing ? "SELECT " COLUMNS " FROM voice_reader WHERE email > $1 AND failing > 0 ORDER BY"
				    " email LIMIT $2"
				  : "SELECT " COLUMNS " FROM voice_reader WHERE email > $1 ORDER BY email LIMIT $2";
	if (permit(rq, MAY_RUN_NEWSLETTER) || sql_query(rq, &r, sql, V(after), V(max)))
		return rq->err.code;
	while (*n < max && rows_next(&r)) {
		take(&r, &k);
		out[(*n)++] = k.r;
	}
	return rows_end(&r);
}

enum st newsletter_export(struct req *rq, newsletter_fn say, void *arg)
{
	struct rows r;
	struct row k;
	char token[LINK_TOKEN];
	if (permit(rq, MAY_RUN_NEWSLETTER) ||
	    sql_query(rq, &r,
		      "SELECT " COLUMNS " FROM voice_reader WHERE confirmed_at > $1 AND failing = 0 ORDER BY email",
		      V(0)))
		return rq->err.code;
	while (rows_next(&r)) {
		take(&r, &k);
		voice_reader_token(k.seed, token);
		say(arg, &k.r, token);
	}
	return rows_end(&r);
}

static enum st import_one(struct req *rq, const struct voice_frame_row *w, int64_t *added)
{
	struct row k;
	enum st st = by_email(rq, w->email, &k);
	if (st == ST_NOTFOUND) {
		err_clear(&rq->err);
		++*added;
		return add(rq, w->email, lang_of(w->lang), "import", clock_now(), true, &k.r.id);
	}
	if (st || k.r.confirmed_at)
		return st;
	++*added;
	return confirm_row(rq, k.r.id);
}

enum st newsletter_import(struct req *rq, void *import)
{
	struct newsletter_import *a = import;
	a->added = 0;
	if (permit(rq, MAY_RUN_NEWSLETTER))
		return rq->err.code;
	for (int64_t i = 0; i < a->n; i++)
		if (import_one(rq, &a->row[i], &a->added))
			return rq->err.code;
	return voice_fact(rq, "newsletter", "newsletter-imported",
			  arena_printf(rq->mem, "{\"added\":%lld,\"lines\":%lld,\"digest\":\"%s\"}",
				       (long long)a->added, (long long)a->n, a->digest));
}

/* ── the letter ── */

bool newsletter_posts(const struct entry *e)
{
	return !strcmp(e->room, "voice") && !strcmp(e->verb, "newsletter-asked");
}

enum st newsletter_letters(struct req *rq, const struct entry *e, const char *public_url, struct newsletter_letter *out,
			   int *n)
{
	struct row k;
	char token[LINK_TOKEN];
	int64_t id = 0, at = 0;
	struct json *o = json_parse(rq->mem, e->payload, strlen(e->payload), &rq->err);
	*n = 0;
	if (!o || !json_int(json_get(o, "reader"), &id) || !json_int(json_get(o, "at"), &at))
		return err_set(&rq->err, ST_INVALID, "an entry of the newsletter names no reader");
	enum st st = one(rq, "SELECT " COLUMNS " FROM voice_reader WHERE id = $1", V(id), &k);
	if (st == ST_NOTFOUND)
		err_clear(&rq->err);
	/* Gone since, or asked again since. */
	if (st || k.r.asked_at != at)
		return st == ST_NOTFOUND ? ST_OK : st;
	voice_reader_token(k.seed, token);
	*out = (struct newsletter_letter){
		.to = k.r.email,
		.lang = k.r.lang,
		.confirmed = k.r.confirmed_at != 0,
		.message_id = arena_printf(rq->mem, "newsletter-%lld-%lld@%s", (long long)id, (long long)(at / USEC),
					   url_host(rq->mem, public_url)),
		.link = arena_printf(rq->mem, "%s/newsletter/%s", public_url, token),
		.stop = arena_printf(rq->mem, "%s/newsletter/%s/stop", public_url, token),
	};
	*n = 1;
	return ST_OK;
}

/* ── personal data ── */

enum st newsletter_person_export(struct req *rq, const struct person *p, struct jw *w)
{
	struct row k;
	enum st st = by_email(rq, p->email ? p->email : "", &k);
	if (st == ST_NOTFOUND)
		err_clear(&rq->err);
	if (st && st != ST_NOTFOUND)
		return st;
	j_arr(w, "newsletter");
	if (st == ST_OK) {
		j_obj(w, NULL);
		j_str(w, "email", k.r.email);
		j_str(w, "language", lang_tag(k.r.lang));
		j_str(w, "source", k.r.source);
		j_time(w, "asked_at", k.r.asked_at);
		j_time(w, "confirmed_at", k.r.confirmed_at);
		j_int(w, "returns", k.r.returns);
		j_time(w, "returned_at", k.r.returned_at);
		j_time(w, "failing_since", k.r.failing);
		j_end(w);
	}
	j_end(w);
	return ST_OK;
}

enum st newsletter_person_erase(struct req *rq, const struct person *p)
{
	struct row k;
	enum st st = by_email(rq, p->email ? p->email : "", &k);
	if (st == ST_NOTFOUND)
		err_clear(&rq->err);
	return st == ST_NOTFOUND ? ST_OK : st ? st : delete_row(rq, k.r.id, "newsletter-forgotten");
}

enum st newsletter_person_knows(struct req *rq, const char *email, bool *yes)
{
	int64_t n = 0;
	enum st st =
		sql_number(rq, &n, "SELECT count(*) FROM voice_reader WHERE email = $1", V(text_lower(rq->mem, email)));
	*yes = n > 0;
	return st;
}
