/* interview.c — whom a study talks to: planned, found again, and who it is. */
#include "voice/interview_int.h"
#include <string.h>
#include "base/clock.h"
#include "base/text.h"
#include "who/privacy.h"

const struct interview_kind interview_kinds[] = {
	{ "registrar", N_("a registrar") },
	{ "registrant", N_("a holder of domain names") },
	{ "ip-member", N_("a member who holds addresses") },
	{ "isp", N_("an internet provider") },
	{ "hosting", N_("a hosting company") },
	{ "company", N_("a company") },
	{ "authority", N_("a public authority") },
	{ "education", N_("a school or university") },
	{ "cert", N_("a security team") },
	{ "association", N_("an association") },
	{ "abroad", N_("a partner abroad") },
	{ "person", N_("a private person") },
	{ 0 },
};

const char *interview_kind_title(const char *id)
{
	for (const struct interview_kind *k = interview_kinds; k->id; k++)
		if (!strcmp(k->id, id))
			return k->title;
	return NULL;
}

const char *interview_state_name(enum interview_state s)
{
	static const char *const names[] = { "planned", "agreed", "declined", "held", "withdrawn" };
	return names[s];
}

const char *consent_name(enum consent c)
{
	static const char *const names[] = { "talk", "quote", "named" };
	return names[c];
}

bool interview_number(const char *s, int64_t *no)
{
	if (!strncmp(s, "I-", 2) || !strncmp(s, "i-", 2))
		s += 2;
	return text_int(s, 1, INTERVIEWS_MAX, no);
}

bool interview_line_ok(const char *s, size_t max, bool needed)
{
	size_t n = s ? strlen(s) : 0;
	return n ? n <= max && text_clean(s, n) && !memchr(s, '\n', n) : !needed;
}

enum st interview_study(struct req *rq, enum permission may, const char *name, struct voice_study *out)
{
	if (permit(rq, may) || voice_study_get(rq, name, out))
		return rq->err.code;
	return out->state < STUDY_PUBLISHED
		       ? ST_OK
		       : err_set(&rq->err, ST_CONFLICT,
				 N_("the report of %s is published: nothing comes to it any more"), out->name);
}

enum st interview_fact(struct req *rq, const char *study, const char *verb, int64_t no, const char *more)
{
	return voice_fact(
		rq, study, verb,
		arena_printf(rq->mem, "{\"interview\":%lld%s%s}", (long long)no, more ? "," : "", more ? more : ""));
}

/* ── reading ── */

#define COLUMNS                                                                                                        \
	"SELECT id, study, no, state, guide, lang, consent, kind, how, said_by, said_at, failed, made_at, (SELECT"     \
	" count(*) FROM voice_note n WHERE n.study = voice_interview.study AND n.interview = voice_interview.id),"     \
	" CASE meets WHEN 1 THEN meets_at ELSE 0 END, meets_minutes FROM voice_interview WHERE "
#define BY_NO COLUMNS "study = $1 AND no = $2"
#define BY_TOKEN COLUMNS "token = $1"
#define BY_ID COLUMNS "id = $1"

static void take(struct rows *r, struct interview *i)
{
	*i = (struct interview){ .id = rows_int(r, 0),
				 .study = rows_int(r, 1),
				 .no = rows_int(r, 2),
				 .state = (enum interview_state)rows_int(r, 3),
				 .guide = (int)rows_int(r, 4),
				 .lang = lang_of(rows_text(r, 5)),
				 .consent = (unsigned)rows_int(r, 6),
				 .kind = rows_dup(r, 7),
				 .how = rows_dup(r, 8),
				 .said_by = rows_dup(r, 9),
				 .said_at = rows_int(r, 10),
				 .failed = rows_int(r, 11),
				 .made_at = rows_int(r, 12),
				 .notes = rows_int(r, 13),
				 .meets_at = rows_int(r, 14),
				 .meets_minutes = (int)rows_int(r, 15) };
}

static enum st one(struct req *rq, struct rows *r, struct interview *out)
{
	bool found = rows_next(r);
	if (found)
		take(r, out);
	if (rows_end(r))
		return rq->err.code;
	return found ? ST_OK : err_set(&rq->err, ST_NOTFOUND, "there is no such interview");
}

enum st interview_by_no(struct req *rq, const struct voice_study *s, int64_t no, struct interview *out)
{
	struct rows r;
	if (sql_query(rq, &r, SQL_HELD(rq, BY_NO), V(s->id), V(no)))
		return rq->err.code;
	enum st st = one(rq, &r, out);
	return st == ST_NOTFOUND ? err_set(&rq->err, st, "study %s has no interview I-%lld", s->name, (long long)no)
				 : st;
}

enum st interview_by_token(struct req *rq, const char *token, struct interview *out)
{
	struct rows r;
	size_t n = strnlen(token, 65);
	struct hash h = hash_of(token, n < 65 ? n : 64);
	if (n != LINK_TOKEN - 1)
		return err_set(&rq->err, ST_NOTFOUND, N_("the link is not known"));
	if (sql_query(rq, &r, SQL_HELD(rq, BY_TOKEN), V_BLOB(h.b, HASH_LEN)))
		return rq->err.code;
	return one(rq, &r, out);
}

enum st interview_by_id(struct req *rq, int64_t id, struct interview *out)
{
	struct rows r;
	if (sql_query(rq, &r, SQL_HELD(rq, BY_ID), V(id)))
		return rq->err.code;
	return one(rq, &r, out);
}

enum st voice_interview(struct req *rq, const struct voice_study *s, int64_t no, struct interview *out)
{
	return permit(rq, MAY_CODE_ANSWERS) || interview_by_no(rq, s, no, out) ? rq->err.code : ST_OK;
}

/* An appointment that is past and has no note yet is what comes next, too. */
#define MEETS_NEXT "(meets = 1 AND (state = 1 OR meets_at > $2))"
_Static_assert(INTERVIEW_AGREED == 1 && INTERVIEW_PLANNED == 0 && INTERVIEW_HELD == 3 && MEETS_SET == 1,
	       "the numbers in the statements");
#define NEXT_FIRST                                                                                                     \
	" ORDER BY CASE WHEN " MEETS_NEXT " THEN 0 WHEN state = 1 THEN 1 WHEN state = 0 THEN 2 WHEN state = 3 THEN 3"  \
	" ELSE 4 END, CASE WHEN " MEETS_NEXT " THEN meets_at ELSE 0 END, no LIMIT $3 OFFSET $4"

enum st voice_interviews(struct req *rq, const struct voice_study *s, int from, struct interview *out, int max, int *n)
{
	struct rows r;
	*n = 0;
	if (permit(rq, MAY_CODE_ANSWERS) ||
	    sql_query(rq, &r, COLUMNS "study = $1" NEXT_FIRST, V(s->id), V(clock_now()), V(max), V(from)))
		return rq->err.code;
	while (*n < max && rows_next(&r))
		take(&r, &out[(*n)++]);
	return rows_end(&r);
}

enum st voice_interview_counts(struct req *rq, const struct voice_study *s, int in_state[INTERVIEW_STATES])
{
	struct rows r;
	memset(in_state, 0, sizeof *in_state * INTERVIEW_STATES);
	if (permit(rq, MAY_CODE_ANSWERS) ||
	    sql_query(rq, &r, "SELECT state, count(*) FROM voice_interview WHERE study = $1 GROUP BY state", V(s->id)))
		return rq->err.code;
	while (rows_next(&r)) {
		int64_t k = rows_int(&r, 0);
		if (k >= 0 && k < INTERVIEW_STATES)
			in_state[k] = (int)rows_int(&r, 1);
	}
	return rows_end(&r);
}

enum st voice_interviewee(struct req *rq, const struct interview *i, struct interviewee *out)
{
	struct rows r;
	char token[LINK_TOKEN];
	bool found;
	if (permit(rq, MAY_RUN_SURVEY) || sql_query(rq, &r,
						    "SELECT e.name, e.email, e.organisation, i.seed, e.place FROM "
						    "voice_interviewee e JOIN voice_interview i ON"
						    " i.id = e.interview WHERE e.interview = $1",
						    V(i->id)))
		return rq->err.code;
	if ((found = rows_next(&r))) {
		struct blob seed = rows_blob(&r, 3);
		*out = (struct interviewee){ .name = rows_dup(&r, 0),
					     .email = rows_dup(&r, 1),
					     .organisation = rows_dup(&r, 2),
					     .place = rows_dup(&r, 4) };
		if (seed.n == LINK_SEED) {
			voice_interview_token(seed.p, token);
			out->token = arena_strdup(rq->mem, token);
		}
	}
	if (rows_end(&r))
		return rq->err.code;
	return found ? ST_OK : err_set(&rq->err, ST_NOTFOUND, "who I-%lld was is not kept any more", (long long)i->no);
}

/* ── planning ── */

static enum st new_ok(struct req *rq, const struct interview_new *a)
{
	if (!interview_line_ok(a->name, INTERVIEWEE_TEXT_MAX, true) ||
	    !interview_line_ok(a->organisation, INTERVIEWEE_TEXT_MAX, false))
		return err_set(
			&rq->err, ST_INVALID,
			N_("whom you talk to has a name, and may have an organisation: a line of at most %d bytes"),
			INTERVIEWEE_TEXT_MAX);
	if (!a->email || !text_email_ok(a->email))
		return err_set(&rq->err, ST_INVALID, N_("email: expected an address like name@example.tw"));
	if (!a->kind || !interview_kind_title(a->kind))
		return err_set(&rq->err, ST_INVALID,
			       N_("%.40s is no kind of organisation; `nicert survey interview kinds` lists them"),
			       a->kind ? a->kind : "");
	return ST_OK;
}

enum st interview_stopped(struct req *rq, const char *email, bool *yes)
{
	int64_t n = 0;
	struct hash h = voice_address(rq->mem, email);
	enum st st = sql_number(rq, &n, "SELECT count(*) FROM voice_stop WHERE address = $1", V_BLOB(h.b, HASH_LEN));
	*yes = n > 0;
	return st;
}

/* Once a person; and no letter to who wants none. */
static enum st address_free(struct req *rq, const struct voice_study *s, const struct interview_new *a)
{
	int64_t there = 0;
	bool stopped;
	if (sql_number(rq, &there,
		       "SELECT coalesce(max(i.no), 0) FROM voice_interviewee e JOIN voice_interview i ON i.id ="
		       " e.interview WHERE e.study = $1 AND e.email = $2",
		       V(s->id), V(text_lower(rq->mem, a->email))) ||
	    interview_stopped(rq, a->email, &stopped))
		return rq->err.code;
	if (there)
		return err_set(&rq->err, ST_CONFLICT, N_("there is an interview with this person already: I-%lld"),
			       (long long)there);
	if (stopped && a->letter)
		return err_set(&rq->err, ST_CONFLICT,
			       N_("this person wants no letters about surveys: ask another way, and say that no letter "
				  "goes out"));
	return ST_OK;
}

static enum st insert(struct req *rq, const struct voice_study *s, int guide, const struct interview_new *a,
		      int64_t *id)
{
	uint8_t seed[LINK_SEED];
	char token[LINK_TOKEN];
	random_bytes(seed, sizeof seed);
	voice_interview_token(seed, token);
	struct hash h = hash_of(token, LINK_TOKEN - 1);
	if (sql_number(
		    rq, id,
		    "INSERT INTO voice_interview(study, no, state, guide, lang, consent, kind, how, said_by, said_at,"
		    " failed, made_at, seed, token) VALUES($1, $2, 0, $3, $4, 0, $5, '', '', 0, 0, $6, $7, $8)"
		    " RETURNING id",
		    V(s->id), V(a->no), V(guide), V(lang_tag(a->lang)), V(a->kind), V(clock_now()),
		    V_BLOB(seed, LINK_SEED), V_BLOB(h.b, HASH_LEN)))
		return rq->err.code;
	return sql_run(
		rq,
		"INSERT INTO voice_interviewee(interview, study, name, email, organisation) VALUES($1, $2, $3, $4,"
		" $5)",
		V(*id), V(s->id), V(a->name), V(text_lower(rq->mem, a->email)),
		V(a->organisation ? a->organisation : ""));
}

enum st voice_interview_add(struct req *rq, void *interview_new)
{
	struct interview_new *a = interview_new;
	struct voice_study s;
	struct guide g;
	int64_t id = 0;
	if (interview_study(rq, MAY_RUN_SURVEY, a->study, &s) || new_ok(rq, a) || voice_guide(rq, &s, 0, &g) ||
	    address_free(rq, &s, a) ||
	    sql_number(rq, &a->no, "SELECT coalesce(max(no), 0) + 1 FROM voice_interview WHERE study = $1", V(s.id)))
		return rq->err.code;
	if (a->no > INTERVIEWS_MAX)
		return err_set(&rq->err, ST_LIMIT, N_("no more than %d interviews a study"), INTERVIEWS_MAX);
	if (insert(rq, &s, g.version, a, &id))
		return rq->err.code;
	/* A study that never closes has no keep time of its own: at the latest then. */
	char *subject = arena_printf(rq->mem, "%lld", (long long)id);
	if (due_set(rq, interview_names_due, subject, clock_now() + privacy_keep("voice_interviewee")) ||
	    due_set(rq, interview_words_due, subject, clock_now() + privacy_keep("voice_note")))
		return rq->err.code;
	return interview_fact(
		rq, s.name, "interview-planned", a->no,
		arena_printf(rq->mem, "\"row\":%lld,\"letter\":%s", (long long)id, a->letter ? "true" : "false"));
}
