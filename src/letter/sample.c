/* sample.c — a template looked at on a real case: the letter as it would be, with links that open nothing. */
#include <string.h>
#include "base/clock.h"
#include "base/text.h"
#include "letter/letter_int.h"
#include "who/permit.h"

enum { PART_MAX = 1 << 20 };
#define NO_TOKEN "xxxxxxxxxxxxxxxxxxxxxxxxxx"

static bool to_reporter(enum purpose p)
{
	return p == FOR_RECEIPT || p == FOR_PROGRESS || p == FOR_CLOSED;
}

static bool is_share(enum purpose p)
{
	return p == FOR_SHARE || p == FOR_SHARE_REMINDER;
}

/* What somebody, or the program, would have written there. */
static const char *text_of(const struct sheet *p, enum purpose purpose)
{
	static const char *const rows[PURPOSES] = {
		[FOR_MEASURE] = N_("(Here stands what was done, and until when.)"),
		[FOR_PROGRESS] = N_("(Here stands what happened.)"),
		[FOR_MESSAGE] = N_("(Here stands what a handler writes.)"),
		[FOR_SHARE] = N_("(Here stands what a handler writes.)"),
	};
	return rows[purpose] ? tr(p->lang, rows[purpose]) : NULL;
}

static const char *words_of(const struct sheet *p, enum purpose purpose, const struct case_view *v)
{
	if (purpose == FOR_MEASURE)
		return tr(p->lang, N_("(Here stand the legal basis and the reason.)"));
	enum link_role role;
	for (int i = 0; purpose_role(purpose, &role) && i < v->nreporters; i++)
		if (v->reporter[i].share_words && v->reporter[i].words)
			return v->reporter[i].words;
	return NULL;
}

/* The case's own of that role, or one as it would be. */
static const struct case_notice *notice_of(struct arena *mem, const struct case_view *v, enum purpose purpose)
{
	struct case_notice *n = arena_new_of(mem, struct case_notice);
	enum link_role role;
	bool any = !purpose_role(purpose, &role);
	*n = (struct case_notice){ .role = any ? LINK_HOLDER : role };
	for (int i = v->nnotices - 1; i >= 0; i--)
		if (any || v->notice[i].role == role)
			*n = v->notice[i];
	n->sent_at = n->sent_at ? n->sent_at : clock_now();
	n->due_at = n->due_at ? n->due_at : clock_now() + 86400 * USEC;
	return n;
}

/* Those nearer in this case whose letter has gone out. */
static void put_told(struct arena *mem, enum purpose purpose, const struct case_view *v, struct letter *l)
{
	enum link_role role;
	int roles = purpose_role(purpose, &role) ? (int)role : purpose == FOR_REFERRAL ? LINK_AUTHORITY + 1 : 0;
	if (!roles)
		return;
	l->told = arena_array(mem, struct case_notice, v->nnotices + 1);
	for (int r = LINK_HOLDER; r < roles; r++)
		for (int i = 0; i < v->nnotices; i++) {
			const struct case_notice *n = &v->notice[i];
			if ((int)n->role != r || !n->sent_at)
				continue;
			struct case_notice *t = &l->told[l->ntold++];
			*t = *n;
			if (n->nobs >= v->nobs)
				t->first_obs = NULL;
		}
}

/* As letters do: what is RED for a reporter or a partner stands on their page alone. */
static void hide(const struct sheet *p, enum purpose purpose, struct letter *l, struct case_view *v)
{
	if (v->tlp != TLP_RED || (!to_reporter(purpose) && !is_share(purpose)))
		return;
	v->class_title = v->title = arena_strdup(p->mem, tr(p->lang, N_("see your page")));
	v->nobs = 0;
	l->text = NULL;
}

static const char *subject_of(const struct sheet *p, enum purpose purpose, const struct case_view *v, const char *class)
{
	const char *format = letter_purposes[purpose].subject;
	char *mark = arena_printf(p->mem, "%s] [%s", v->number, tlp_name(v->tlp));
	return arena_printf(p->mem, tr(p->lang, format ? format : N_("[%s] A measure: %s")), mark,
			    format || !v->nobs ? class : v->obs[0].value);
}

static void fill(const struct sheet *p, enum purpose purpose, struct case_view *v, struct letter *l)
{
	const char *page = to_reporter(purpose) ? "case" : is_share(purpose) ? "share" : "answer";
	*l = (struct letter){ .lang = p->lang,
			      .template_ = arena_strdup(p->mem, letter_purposes[purpose].name),
			      .tlp = tlp_name(v->tlp),
			      .tlp_note = tr(p->lang, tlp_sentence(v->tlp)),
			      .link = (char *)letter_home(p, arena_printf(p->mem, "/%s/%s", page, NO_TOKEN)),
			      .text = (char *)text_of(p, purpose),
			      .words = (char *)words_of(p, purpose, v),
			      .about = v,
			      .notice = (struct case_notice *)notice_of(p->mem, v, purpose),
			      .kind = to_reporter(purpose) ? MAIL_TO_REPORTER
				      : is_share(purpose)  ? MAIL_TO_PARTNER
							   : MAIL_TO_HOLDER };
	if (purpose == FOR_RECEIPT)
		l->confirm_link = (char *)letter_home(p, "/confirm/" NO_TOKEN);
	if (purpose == FOR_REFERRAL || purpose == FOR_MEASURE)
		l->link = NULL;
	put_told(p->mem, purpose, v, l);
	v->next = v->next_more = NULL; /* in a staff's words */
	v->nnotices = 0;
	hide(p, purpose, l, v);
	l->subject = (char *)subject_of(p, purpose, v, letter_class(p, l));
}

static void people_of(struct req *rq, const struct case_view *v, struct viewed *out)
{
	*out = (struct viewed){ "case", v->number, arena_array(rq->mem, int64_t, v->nreporters + 1), 0 };
	for (int i = 0; i < v->nreporters && out->n < VIEW_PEOPLE_MAX; i++)
		if (v->reporter[i].person)
			out->person[out->n++] = v->reporter[i].person;
}

enum st letter_template_sample(struct req *rq, const struct face *face, enum purpose purpose, enum lang lang,
			       const struct wording *w, const char *number, struct template_sample *out)
{
	struct sheet p = { .lang = lang, .mem = rq->mem, .face = face, .date = clock_now() };
	struct case_view *v = arena_new_of(rq->mem, struct case_view);
	struct letter l;
	BUF_SCOPE text = { .max = PART_MAX };
	BUF_SCOPE html = { .max = PART_MAX };
	if (permit(rq, MAY_SET_TEMPLATE) || permit(rq, MAY_SEE_REPORTER) ||
	    (w->version && letter_check(purpose, w, &rq->err)) || desk_case_staff(rq, number, lang, v))
		return rq->err.code;
	people_of(rq, v, &out->viewed);
	fill(&p, purpose, v, &l);
	if (letter_write(&p, &l, w, &out->subject, &text, &html, &rq->err))
		return rq->err.code;
	out->text = arena_strdup(rq->mem, buf_cstr(&text));
	out->html = arena_strdup(rq->mem, buf_cstr(&html));
	return ST_OK;
}
