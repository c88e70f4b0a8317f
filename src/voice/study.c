/* study.c — a study from its first line to its end: draft, drawn, open, closed, published. */
#include <string.h>
#include "base/clock.h"
#include "base/hash.h"
#include "base/text.h"
#include "voice/newsletter.h"
#include "voice/coding_int.h"
#include "voice/interview_int.h"
#include "who/permit.h"
#include "who/privacy.h"

static struct {
	uint8_t key[HASH_LEN];
	int64_t rate;
} site; /* immutable once set */

void voice_setup(const uint8_t *token_key, int64_t rate)
{
	memcpy(site.key, token_key, sizeof site.key);
	site.rate = rate;
}

void voice_token(const uint8_t seed[LINK_SEED], char token[LINK_TOKEN])
{
	link_token(site.key, "survey", seed, token);
}

void voice_reader_token(const uint8_t seed[LINK_SEED], char token[LINK_TOKEN])
{
	link_token(site.key, "newsletter", seed, token);
}

void voice_interview_token(const uint8_t seed[LINK_SEED], char token[LINK_TOKEN])
{
	link_token(site.key, "interview", seed, token);
}

struct hash voice_answer_key(const char *token)
{
	uint8_t text[96] = "survey-answer ";
	size_t n = strlen((char *)text), t = strnlen(token, 64);
	memcpy(text + n, token, t);
	return hash_mac(site.key, sizeof site.key, text, n + t);
}

struct hash voice_address(struct arena *mem, const char *email)
{
	uint8_t text[400] = "survey-address ";
	size_t n = strlen((char *)text);
	char *low = text_lower(mem, email);
	size_t t = strnlen(low, sizeof text - n);
	memcpy(text + n, low, t);
	return hash_mac(site.key, sizeof site.key, text, n + t);
}

const char *voice_state_name(enum study_state s)
{
	static const char *const names[] = { "draft", "drawn", "open", "closing", "closed", "published" };
	return names[s];
}

const char *voice_state_text(enum study_state s)
{
	static const char *const texts[] = { N_("a draft"), N_("drawn"),  N_("in the field"),
					     N_("closing"), N_("closed"), N_("published") };
	return texts[s];
}

/* ── reading ── */

#define COLUMNS                                                                                                        \
	"id, name, questionnaire, version, state, seed, made_at, opened_at, closes_at, closed_at, published_at, "      \
	"digest"

static void take(struct rows *r, struct voice_study *s)
{
	*s = (struct voice_study){ .id = rows_int(r, 0),
				   .name = rows_dup(r, 1),
				   .questionnaire = rows_dup(r, 2),
				   .version = (int)rows_int(r, 3),
				   .state = (enum study_state)rows_int(r, 4),
				   .seed = rows_int(r, 5),
				   .made_at = rows_int(r, 6),
				   .opened_at = rows_int(r, 7),
				   .closes_at = rows_int(r, 8),
				   .closed_at = rows_int(r, 9),
				   .published_at = rows_int(r, 10),
				   .digest = rows_dup(r, 11) };
}

#define STUDY_BY(column) "SELECT " COLUMNS " FROM voice_study WHERE " column " = $1"

static enum st one(struct req *rq, struct rows *r, struct voice_study *out, const char *which)
{
	bool found = rows_next(r);
	if (found)
		take(r, out);
	if (rows_end(r))
		return rq->err.code;
	return found ? ST_OK
		     : err_set(&rq->err, ST_NOTFOUND, N_("there is no study %.40s; `nicert survey studies` lists them"),
			       which);
}

/* A write that asks by name is staff's, and holds the study: it is not published under a quote that is decided. */
enum st voice_study_get(struct req *rq, const char *name, struct voice_study *out)
{
	struct rows r;
	return sql_query(rq, &r, SQL_HELD(rq, STUDY_BY("name")), V(name)) ? rq->err.code : one(rq, &r, out, name);
}

enum st voice_study_by_id(struct req *rq, int64_t id, struct voice_study *out)
{
	struct rows r;
	return sql_query(rq, &r, STUDY_BY("id"), V(id))
		       ? rq->err.code
		       : one(rq, &r, out, arena_printf(rq->mem, "%lld", (long long)id));
}

/* Answers come at once: they share it, against whoever would close it. */
enum st voice_study_answered(struct req *rq, int64_t id, struct voice_study *out)
{
	struct rows r;
	const char *sql = store_must_hold(rq) ? STUDY_BY("id") " FOR SHARE" : STUDY_BY("id");
	return sql_query(rq, &r, sql, V(id)) ? rq->err.code
					     : one(rq, &r, out, arena_printf(rq->mem, "%lld", (long long)id));
}

enum st voice_studies(struct req *rq, struct voice_study *out, int max, int *n)
{
	struct rows r;
	*n = 0;
	if (permit(rq, MAY_SEE_SURVEY) ||
	    sql_query(rq, &r, "SELECT " COLUMNS " FROM voice_study ORDER BY id LIMIT $1", V(max)))
		return rq->err.code;
	while (*n < max && rows_next(&r))
		take(&r, &out[(*n)++]);
	return rows_end(&r);
}

enum st voice_published(struct req *rq, int64_t from, struct voice_study *out, int max, int *n)
{
	struct rows r;
	*n = 0;
	if (sql_query(rq, &r,
		      "SELECT " COLUMNS
		      " FROM voice_study WHERE state = $1 ORDER BY published_at DESC, id DESC LIMIT $2 OFFSET $3",
		      V(STUDY_PUBLISHED), V(max), V(from)))
		return rq->err.code;
	while (*n < max && rows_next(&r))
		take(&r, &out[(*n)++]);
	return rows_end(&r);
}

enum st voice_studies_like(struct req *rq, const struct voice_study *s, enum study_state from, struct voice_study *out,
			   int max, int *n)
{
	struct rows r;
	*n = 0;
	if (sql_query(
		    rq, &r,
		    "SELECT " COLUMNS
		    " FROM voice_study WHERE questionnaire = $1 AND id <> $2 AND state >= $3 ORDER BY id DESC LIMIT $4",
		    V(s->questionnaire), V(s->id), V((int)from), V(max)))
		return rq->err.code;
	while (*n < max && rows_next(&r))
		take(&r, &out[(*n)++]);
	return rows_end(&r);
}

enum st voice_study_in(struct req *rq, const char *name, unsigned states, struct voice_study *out)
{
	if (permit(rq, MAY_RUN_SURVEY) || voice_study_get(rq, name, out))
		return rq->err.code;
	if (1u << out->state & states)
		return ST_OK;
	return err_set(&rq->err, ST_CONFLICT, N_("study %s is %s: too late, or too early, for this"), name,
		       voice_state_text(out->state));
}

enum st voice_may_see(struct req *rq, const struct voice_study *s)
{
	return s->state == STUDY_PUBLISHED ? ST_OK : permit(rq, MAY_SEE_SURVEY);
}

/* ── beginning ── */

enum st voice_study_new(struct req *rq, void *voice_new)
{
	const struct voice_new *a = voice_new;
	struct voice_version v;
	int64_t there = 0;
	if (permit(rq, MAY_RUN_SURVEY))
		return rq->err.code;
	if (!strcmp(a->name, "questionnaires"))
		return err_set(&rq->err, ST_INVALID, "%s: the pages of questionnaires are called so", a->name);
	if (!q_name_ok(a->name))
		return err_set(&rq->err, ST_INVALID, "%.40s: a study is named with a-z, 0-9 and hyphen", a->name);
	if (voice_version_get(rq, a->questionnaire, a->version, &v) ||
	    sql_number(rq, &there, "SELECT count(*) FROM voice_study WHERE name = $1", V(a->name)))
		return rq->err.code;
	if (there)
		return err_set(&rq->err, ST_CONFLICT, "there is a study %s already", a->name);
	if (sql_run(rq,
		    "INSERT INTO voice_study(name, questionnaire, version, state, seed, quiet_days, made_at, opened_at,"
		    " closes_at, closed_at, published_at, digest) VALUES($1, $2, $3, 0, 0, $5, $4, 0, 0, 0, 0, '')",
		    V(a->name), V(v.name), V(v.version), V(clock_now()), V(a->quiet_days)))
		return rq->err.code;
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_obj(&w, NULL);
	j_str(&w, "questionnaire", v.name);
	j_int(&w, "version", v.version);
	j_end(&w);
	return voice_fact(rq, a->name, "study-made", buf_cstr(&b));
}

/* ── the field ── */

static const char letters_due[] = "survey-letters";

/* Where nothing is throttled a larger one: at the end of each the relay has nothing to do for a moment. */
enum { BATCH_THROTTLED = 200 };

int voice_batch(void)
{
	return site.rate ? BATCH_THROTTLED : VOICE_BATCH;
}

int64_t voice_batch_step(void)
{
	return site.rate ? voice_batch() * 60 * USEC / site.rate : 0;
}

/* A due row a batch: "STUDY/FROM/TO". With a rate they are spread over time. */
static enum st queue_letters(struct req *rq, const struct voice_study *s)
{
	int64_t first = 0, last = 0, at = clock_now(), n = voice_batch();
	if (sql_number(rq, &first, "SELECT coalesce(min(id), 0) FROM voice_invite WHERE study = $1", V(s->id)) ||
	    sql_number(rq, &last, "SELECT coalesce(max(id), 0) FROM voice_invite WHERE study = $1", V(s->id)))
		return rq->err.code;
	for (int64_t from = first; first && from <= last; from += n, at += voice_batch_step())
		if (due_set(rq, letters_due,
			    arena_printf(rq->mem, "%lld/%lld/%lld", (long long)s->id, (long long)from,
					 (long long)(from + n - 1 < last ? from + n - 1 : last)),
			    at))
			return rq->err.code;
	return ST_OK;
}

enum st voice_open(struct req *rq, void *open)
{
	const struct voice_open *o = open;
	struct voice_study s;
	struct questionnaire q;
	struct q_finding f;
	int64_t asked = 0;
	if (voice_study_in(rq, o->study, 1u << STUDY_DRAWN, &s) ||
	    sql_number(rq, &asked, "SELECT coalesce(sum(drawn), 0) FROM voice_group WHERE study = $1", V(s.id)) ||
	    voice_questionnaire(rq, s.questionnaire, s.version, &q))
		return rq->err.code;
	if (questionnaire_check(rq->mem, &q, &f, 1))
		return err_set(&rq->err, ST_CONFLICT, "line %d: %s (`nicert survey check` shows all)", f.line, f.text);
	if (o->until <= clock_now())
		return err_set(&rq->err, ST_INVALID, "a study closes in the future");
	if (o->until > clock_now() + VOICE_FIELD_DAYS * 86400 * USEC)
		return err_set(&rq->err, ST_INVALID, N_("a study closes within %d days"), VOICE_FIELD_DAYS);
	if (!asked)
		return err_set(&rq->err, ST_CONFLICT,
			       N_("study %s asks nobody: its groups found no one, or all of them are left out"),
			       s.name);
	s.state = STUDY_OPEN;
	s.opened_at = clock_now();
	s.closes_at = o->until;
	if (sql_run(rq, "UPDATE voice_study SET state = 2, opened_at = $2, closes_at = $3 WHERE id = $1", V(s.id),
		    V(s.opened_at), V(s.closes_at)) ||
	    due_set(rq, voice_close_due, s.name, o->until) || queue_letters(rq, &s) || voice_reminders_open(rq, &s))
		return rq->err.code;
	return voice_fact(rq, s.name, "study-opened", NULL);
}

/* The mail follower writes what follows from this entry. */
static enum st letters_of(struct req *rq, const char *subject)
{
	struct voice_study s;
	int64_t id = 0;
	char *at = arena_strdup(rq->mem, subject), *slash = strchr(at, '/');
	if (slash)
		*slash = 0;
	if (!slash || !text_int(at, 1, INT64_MAX, &id) || voice_study_by_id(rq, id, &s))
		return rq->err.code ? rq->err.code : ST_OK;
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_obj(&w, NULL);
	j_str(&w, "invitations", slash + 1);
	j_end(&w);
	return s.state == STUDY_OPEN ? voice_fact(rq, s.name, "letters-due", buf_cstr(&b)) : ST_OK;
}

const struct due_kind voice_due_kinds[] = { { letters_due, letters_of },
					    { voice_close_due, voice_close_at_its_time },
					    { voice_cut_due, voice_cut },
					    { voice_forget_due, voice_forget_addresses },
					    { voice_answers_due, voice_forget_answers },
					    { voice_remind_due, voice_remind_now },
					    { voice_reminders_due, voice_reminders_of },
					    { newsletter_due, newsletter_forget },
					    { interview_remind_due, interview_remind },
					    { interview_names_due, interview_names_forget },
					    { interview_words_due, interview_words_forget } };
const int voice_due_count = sizeof voice_due_kinds / sizeof *voice_due_kinds;

/* ── how far it is ── */

/* What came another way and named no invitation. */
static enum st collected_add(struct req *rq, int64_t study, int group, struct voice_funnel *f)
{
	struct rows r;
	if (sql_query(rq, &r,
		      "SELECT coalesce(sum(opened), 0), coalesce(sum(filled), 0) FROM voice_group WHERE study = $1 AND"
		      " ($2 < 0 OR position = $2)",
		      V(study), V(group)))
		return rq->err.code;
	if (rows_next(&r)) {
		f->opened += rows_int(&r, 0);
		f->started += rows_int(&r, 1);
		f->filled += rows_int(&r, 1);
	}
	return rows_end(&r);
}

enum st voice_funnel(struct req *rq, const struct voice_study *s, int group, struct voice_funnel *f)
{
	struct rows r;
	int64_t study = s->id;
	*f = (struct voice_funnel){ 0 };
	if (voice_may_see(rq, s))
		return rq->err.code;
	if (sql_query(rq, &r,
		      "SELECT count(*), coalesce(sum(CASE WHEN sent_at > 0 THEN 1 ELSE 0 END), 0),"
		      " coalesce(sum(failed), 0), coalesce(sum(opened), 0), coalesce(sum(started), 0),"
		      " coalesce(sum(filled), 0), coalesce(sum(stopped), 0), coalesce(sum(CASE WHEN reminded > 0 THEN 1"
		      " ELSE 0 END), 0) FROM voice_invite"
		      " WHERE study = $1 AND ($2 < 0 OR position = $2)",
		      V(study), V(group)))
		return rq->err.code;
	if (rows_next(&r))
		*f = (struct voice_funnel){ rows_int(&r, 0), rows_int(&r, 1), rows_int(&r, 2),
					    rows_int(&r, 3), rows_int(&r, 4), rows_int(&r, 5),
					    rows_int(&r, 6), rows_int(&r, 7), 0 };
	if (rows_end(&r) || collected_add(rq, study, group, f))
		return rq->err.code;
	return sql_number(rq, &f->kept,
			  "SELECT (SELECT count(*) FROM voice_response WHERE study = $1 AND state = 1 AND reason = ''"
			  " AND ($2 = 0 OR (segments & $2) <> 0)) + (SELECT coalesce(sum(n), 0) FROM voice_count WHERE"
			  " study = $1 AND item = -1 AND segment = $3)",
			  V(study), V(group < 0 ? 0 : (int64_t)1 << group), V(group < 0 ? VOICE_ALL : group));
}

enum st voice_links(struct req *rq, int64_t study, voice_link_fn say, void *arg)
{
	struct rows r;
	if (permit(rq, MAY_SEE_LINKS))
		return rq->err.code;
	if (sql_query(rq, &r, "SELECT id, email, lang, seed FROM voice_invite WHERE study = $1 ORDER BY id", V(study)))
		return rq->err.code;
	while (rows_next(&r)) {
		struct blob seed = rows_blob(&r, 3);
		char token[LINK_TOKEN];
		if (seed.n != LINK_SEED)
			continue;
		voice_token(seed.p, token);
		say(arg, rows_int(&r, 0), rows_text(&r, 1), rows_text(&r, 2), token);
	}
	return rows_end(&r);
}
