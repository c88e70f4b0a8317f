/* template.c — the rows: who set which words when. */
#include <string.h>
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "letter/letter_int.h"
#include "store/journal.h"
#include "who/permit.h"

static const char room[] = "letter";

/* A version without a text stands for the words as delivered. */
static void words_of(struct req *rq, struct letter_template *t)
{
	int version = t->w.version;
	t->delivered = !*t->w.text;
	if (t->delivered)
		letter_delivered(rq->mem, t->purpose, t->lang, &t->w);
	t->w.version = version;
}

static enum st read_rows(struct req *rq, struct rows *r, enum purpose purpose, enum lang lang,
			 struct letter_template *out, int max, int *n)
{
	while (*n < max && rows_next(r)) {
		struct letter_template *t = &out[(*n)++];
		*t = (struct letter_template){
			.purpose = purpose,
			.lang = lang,
			.w = { (int)rows_int(r, 0), rows_dup(r, 1), rows_dup(r, 2), rows_dup(r, 3) },
			.actor = rows_dup(r, 4),
			.note = rows_dup(r, 5),
			.at = rows_int(r, 6),
		};
		words_of(rq, t);
	}
	return rows_end(r);
}

static void as_delivered(struct req *rq, enum purpose purpose, enum lang lang, struct letter_template *out)
{
	*out = (struct letter_template){ .purpose = purpose, .lang = lang, .delivered = true };
	letter_delivered(rq->mem, purpose, lang, &out->w);
	out->actor = out->note = arena_strdup(rq->mem, "");
}

/* Versions up to `version`, newest first. */
static enum st rows_of(struct req *rq, enum purpose purpose, enum lang lang, int64_t version,
		       struct letter_template *out, int max, int *n)
{
	struct rows r;
	*n = 0;
	if (sql_query(rq, &r,
		      "SELECT t.version, t.subject, t.text, t.html, COALESCE(a.login, t.actor), t.note, t.at FROM "
		      "letter_template t LEFT JOIN who_account a ON a.id = t.account WHERE t.purpose = $1 AND t.lang = "
		      "$2 AND t.version <= $3 ORDER BY t.version DESC LIMIT $4",
		      V(letter_purposes[purpose].name), V(lang_tag(lang)), V(version), V(max)))
		return rq->err.code;
	return read_rows(rq, &r, purpose, lang, out, max, n);
}

static enum st newest(struct req *rq, enum purpose purpose, enum lang lang, struct letter_template *out)
{
	int n = 0;
	if (rows_of(rq, purpose, lang, INT32_MAX, out, 1, &n))
		return rq->err.code;
	if (!n)
		as_delivered(rq, purpose, lang, out);
	return ST_OK;
}

enum st letter_wording(struct req *rq, enum purpose purpose, enum lang lang, int64_t at, struct wording *out)
{
	struct rows r;
	struct letter_template t = { 0 };
	int n = 0;
	if (sql_query(
		    rq, &r,
		    "SELECT version, subject, text, html, actor, note, at FROM letter_template WHERE purpose = $1 AND "
		    "lang = $2 AND at < $3 ORDER BY version DESC LIMIT 1",
		    V(letter_purposes[purpose].name), V(lang_tag(lang)), V(at)) ||
	    read_rows(rq, &r, purpose, lang, &t, 1, &n))
		return rq->err.code;
	if (!n)
		as_delivered(rq, purpose, lang, &t);
	*out = t.w;
	if (t.delivered)
		out->version = 0; /* with the subject that the letter comes with */
	return ST_OK;
}

enum st letter_template_list(struct req *rq, struct letter_template *out, int *n)
{
	*n = 0;
	if (permit(rq, MAY_SEE_CASE))
		return rq->err.code;
	for (int p = 0; p < PURPOSES; p++)
		for (int l = 0; l < LANG_COUNT; l++)
			if (newest(rq, (enum purpose)p, (enum lang)l, &out[(*n)++]))
				return rq->err.code;
	return ST_OK;
}

static enum st get(struct req *rq, enum purpose purpose, enum lang lang, int version, struct letter_template *out)
{
	int n = 0;
	if (version < 0)
		return newest(rq, purpose, lang, out);
	if (version == 0)
		return as_delivered(rq, purpose, lang, out), ST_OK;
	if (rows_of(rq, purpose, lang, version, out, 1, &n))
		return rq->err.code;
	if (n && out->w.version == version)
		return ST_OK;
	return err_set(&rq->err, ST_NOTFOUND,
		       N_("template %s has no version %d in %s; `nicert template history` lists them"),
		       letter_purposes[purpose].name, version, lang_tag(lang));
}

enum st letter_template_get(struct req *rq, enum purpose purpose, enum lang lang, int version,
			    struct letter_template *out)
{
	return permit(rq, MAY_SEE_CASE) ? rq->err.code : get(rq, purpose, lang, version, out);
}

enum st letter_template_history(struct req *rq, enum purpose purpose, enum lang lang, struct letter_template *out,
				int max, int *n)
{
	if (permit(rq, MAY_SEE_CASE) || rows_of(rq, purpose, lang, INT32_MAX, out, max - 1, n))
		return rq->err.code;
	as_delivered(rq, purpose, lang, &out[(*n)++]);
	return ST_OK;
}

/* ── setting ── */

static enum st check_base(struct req *rq, const struct template_arg *a, const struct letter_template *now)
{
	if (a->w.version < 0 || a->w.version == now->w.version)
		return ST_OK;
	return err_set(&rq->err, ST_CONFLICT,
		       N_("somebody else set version %d meanwhile; look at what it says, then write yours again"),
		       now->w.version);
}

static enum st check_note(struct req *rq, const char *note)
{
	if (strlen(note) <= TEMPLATE_NOTE && text_clean(note, strlen(note)))
		return ST_OK;
	return err_set(&rq->err, ST_INVALID, N_("note: at most %d bytes of plain text"), TEMPLATE_NOTE);
}

static enum st fact_of(struct req *rq, const struct template_arg *a, const char *verb)
{
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_obj(&w, NULL);
	j_str(&w, "purpose", letter_purposes[a->purpose].name);
	j_str(&w, "lang", lang_tag(a->lang));
	j_int(&w, "version", a->version);
	if (a->back >= 0)
		j_int(&w, "back_to", a->back);
	else
		j_str(&w, "subject", a->w.subject);
	j_str(&w, "note", a->note);
	j_end(&w);
	char *subject = arena_printf(rq->mem, "template:%s/%s", letter_purposes[a->purpose].name, lang_tag(a->lang));
	return journal_append(rq, &(struct fact){ room, subject, verb, arena_strdup(rq->mem, buf_cstr(&b)), 0 });
}

/* A letter of the same microsecond has the words of before; so the row's time is behind all that were. */
static enum st insert(struct req *rq, const struct template_arg *a, const struct wording *w)
{
	return sql_run(rq,
		       "INSERT INTO letter_template(purpose, lang, version, subject, text, html, note, actor, account, "
		       "at) VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
		       V(letter_purposes[a->purpose].name), V(lang_tag(a->lang)), V(a->version), V(w->subject),
		       V(w->text), V(w->html), V(a->note), V(rq->who ? rq->who->id : ""),
		       V(rq->who ? rq->who->account : 0), V(clock_now()));
}

static enum st begin(struct req *rq, struct template_arg *a, struct letter_template *now)
{
	a->note = a->note ? a->note : "";
	if (permit(rq, MAY_SET_TEMPLATE) || check_note(rq, a->note) || newest(rq, a->purpose, a->lang, now) ||
	    check_base(rq, a, now))
		return rq->err.code;
	a->version = now->w.version + 1;
	return ST_OK;
}

static bool same(const struct wording *a, const struct wording *b)
{
	return !strcmp(a->subject, b->subject) && !strcmp(a->text, b->text) && !strcmp(a->html, b->html);
}

enum st letter_template_set(struct req *rq, void *template_arg)
{
	struct template_arg *a = template_arg;
	struct letter_template now;
	a->back = -1;
	if (begin(rq, a, &now) || letter_check(a->purpose, &a->w, &rq->err))
		return rq->err.code;
	if (same(&a->w, &now.w))
		return err_set(&rq->err, ST_CONFLICT, N_("text: these are the words of version %d already"),
			       now.w.version);
	return insert(rq, a, &a->w) ? rq->err.code : fact_of(rq, a, "template-set");
}

enum st letter_template_restore(struct req *rq, void *template_arg)
{
	static const struct wording empty = { 0, "", "", "" };
	struct template_arg *a = template_arg;
	struct letter_template now, was;
	if (begin(rq, a, &now) || get(rq, a->purpose, a->lang, a->back, &was) ||
	    (!was.delivered && letter_check(a->purpose, &was.w, &rq->err)))
		return rq->err.code;
	if (was.delivered ? now.delivered : !now.delivered && same(&was.w, &now.w))
		return err_set(&rq->err, ST_CONFLICT, N_("version %d says the same already"), now.w.version);
	return insert(rq, a, was.delivered ? &empty : &was.w) ? rq->err.code : fact_of(rq, a, "template-restored");
}

const struct migration letter_migrations[] = {
	{ 310, "letter templates",
	  "CREATE TABLE letter_template(purpose TEXT NOT NULL, lang TEXT NOT NULL, version BIGINT NOT NULL, subject "
	  "TEXT NOT NULL, text TEXT NOT NULL, html TEXT NOT NULL, note TEXT NOT NULL, actor TEXT NOT NULL, account "
	  "BIGINT NOT NULL, at BIGINT NOT NULL, PRIMARY KEY(purpose, lang, version))" },
	{ 0 },
};
