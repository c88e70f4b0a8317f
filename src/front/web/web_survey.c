/* web_survey.c — /survey/TOKEN: a person answers, a section a page, without scripts. Looking changes nothing but that
 * somebody looked, which is only indicative; each page is kept when it is sent. */
#include "front/web/survey_walk.h"
#include <stdio.h>
#include <string.h>
#include "base/text.h"
#include "front/web/pages.h"

bool survey_shows(const struct survey_view *v, int question)
{
	const struct q_question *k = &v->form->q.question[question];
	return k->section == v->section && v->form->answer[k->item] != CROSS_NOT_ASKED;
}

const char *survey_field(const struct page *p, int item)
{
	return arena_printf(p->mem, "q%d", item);
}

const char *survey_path(const struct page *p, const struct survey_view *v, const char *rest)
{
	return v->preview ? arena_printf(p->mem, "%s%s", v->preview, rest)
			  : arena_printf(p->mem, "/survey/%s%s", v->token, rest);
}

const char *survey_words(const struct page *p, const struct q_words *w)
{
	return q_words_in(w, p->lang);
}

/* ── which page ── */

static bool section_shown(const struct voice_form *f, int section)
{
	for (int i = 0; i < f->q.nquestions; i++)
		if (f->q.question[i].section == section && f->answer[f->q.question[i].item] != CROSS_NOT_ASKED)
			return true;
	return false;
}

/* The first from there on with something to ask; nsections: none. */
int survey_section_from(const struct voice_form *f, int section)
{
	while (section < f->q.nsections && !section_shown(f, section))
		section++;
	return section;
}

/* Where somebody who comes back goes on: the page after the last one with an answer, or one before it with an empty answer
 * that must be there. */
static int section_open(const struct voice_form *f)
{
	int missing = f->q.nsections, last = -1;
	for (int i = f->q.nitems - 1; i >= 0; i--) {
		const struct q_question *k = &f->q.question[f->q.item[i].question];
		if (f->answer[i] == CROSS_NOT_ASKED)
			continue;
		if (k->required && !f->answer[i])
			missing = k->section;
		if (f->answer[i] && k->section > last)
			last = k->section;
	}
	int next = survey_section_from(f, last + 1);
	return next < missing ? next : missing;
}

static void go(struct http *h, const char *token, int section)
{
	http_redirect(h, arena_printf(http_req(h)->mem, "/survey/%s/%d", token, section + 1));
}

/* ── the link ── */

static void say_state(struct http *h, enum link_state state)
{
	static const struct {
		int status;
		const char *head, *text;
	} says[] = {
		[LINK_UNKNOWN] = { 404, N_("We don't know this link"),
				   N_("Part of it may be missing. Open it from the letter again, or copy all of it.") },
		[LINK_CLOSED] = { 410, N_("This survey is closed"),
				  N_("It takes no more answers. Nobody can tell any more which answers were yours.") },
		[LINK_WITHDRAWN] = { 410, N_("Your answers were deleted"),
				     N_("You took them back. We don't ask you again in this survey.") },
	};
	web_say(h, says[state].status, says[state].head, says[state].text);
}

/* What stands behind the link; NULL: it has answered. `filled`: also who has sent answers off. */
static struct answering *answering_of(struct http *h, bool filled)
{
	struct req *rq = http_req(h);
	struct answering *a = arena_new_of(rq->mem, struct answering);
	http_set_header(h, "X-Robots-Tag", "noindex");
	a->view.token = arena_strdup(rq->mem, http_arg(h, 0));
	if (voice_form_get(rq, a->view.token, &a->form)) {
		http_fail_err(h, &rq->err);
		return NULL;
	}
	if (a->form.state == LINK_FILLED && !filled)
		http_redirect(h, arena_printf(rq->mem, "/survey/%s", a->view.token));
	else if (a->form.state != LINK_OPEN && a->form.state != LINK_FILLED)
		say_state(h, a->form.state);
	else {
		questionnaire_route(&a->form.q, a->form.answer);
		a->view.form = &a->form;
		a->view.answer = a->form.answer;
		a->view.word = a->form.word;
		a->save.token = a->view.token;
		return a;
	}
	return NULL;
}

struct page survey_page(struct http *h, const struct answering *a)
{
	struct page p = page_of(h, N_("Survey"), NAV_NONE);
	p.title = survey_words(&p, &a->form.q.title);
	p.task = true;
	p.bad = a->view.bad.n > 0;
	return p;
}

static enum st opened_write(struct req *rq, void *arg)
{
	return voice_opened(rq, (char *)(uintptr_t)((struct answering *)arg)->view.token);
}

static void begin_show(struct http *h, const struct answering *a)
{
	struct page p = survey_page(h, a);
	web_survey_begin(&p, &a->view);
}

static void opened(struct http *h, void *arg, const struct err *outcome)
{
	(void)outcome; /* a count that is only indicative: the page comes either way */
	begin_show(h, arg);
}

void web_get_survey(struct http *h)
{
	struct answering *a = answering_of(h, true);
	if (!a)
		return;
	if (a->form.state == LINK_FILLED) {
		struct page p = survey_page(h, a);
		web_survey_done(&p, &a->view);
	} else if (a->form.response) {
		go(h, a->view.token, section_open(&a->form));
	} else if (a->form.opened) {
		begin_show(h, a);
	} else {
		http_write(h, opened_write, a, opened);
	}
}

/* Of the budget that every form takes from; false: answered. */
static bool budget_left(struct http *h)
{
	struct form_errors bad = { 0 };
	if (may_send(h, &bad, ""))
		return true;
	web_say(h, 429, N_("Too much at once"), N_("Your network has sent a lot. Send it again in some minutes."));
	return false;
}

/* ── beginning ── */

static enum st save_write(struct req *rq, void *arg)
{
	return voice_save(rq, &((struct answering *)arg)->save);
}

static void begun(struct http *h, void *arg, const struct err *outcome)
{
	struct answering *a = arg;
	if (outcome->code)
		http_fail_err(h, outcome);
	else
		go(h, a->view.token, survey_section_from(&a->form, 0));
}

void web_post_survey(struct http *h)
{
	struct answering *a = answering_of(h, false);
	if (!a || !budget_left(h))
		return;
	a->save.begin = true;
	http_write(h, save_write, a, begun);
}

/* ── a page ── */

void survey_steps(struct answering *a)
{
	a->view.step = a->view.steps = 0;
	for (int s = 0; s < a->form.q.nsections; s++)
		if (section_shown(&a->form, s)) {
			a->view.steps++;
			a->view.step += s <= a->view.section;
		}
}

bool survey_section_arg(struct http *h, struct answering *a)
{
	int64_t n;
	if (!text_int(http_arg(h, 1), 1, a->form.q.nsections + 1, &n)) {
		http_fail(h, 404, "no such page");
		return false;
	}
	a->view.section = (int)n - 1;
	survey_steps(a);
	return true;
}

void survey_show(struct http *h, struct answering *a, int status)
{
	struct page p = survey_page(h, a);
	http_status(h, status);
	if (a->view.section == a->form.q.nsections)
		web_survey_send(&p, &a->view);
	else
		web_survey(&p, &a->view);
}

void web_get_survey_page(struct http *h)
{
	struct answering *a = answering_of(h, false);
	if (!a || !survey_section_arg(h, a))
		return;
	int section = survey_section_from(&a->form, a->view.section);
	if (!a->form.response)
		http_redirect(h, arena_printf(http_req(h)->mem, "/survey/%s", a->view.token));
	else if (section != a->view.section)
		go(h, a->view.token, section);
	else
		survey_show(h, a, 200);
}

static void choice_read(struct http *h, int item, int options, uint64_t *bits)
{
	const struct http_field *f;
	char name[16];
	int n = http_form_all(h, &f);
	snprintf(name, sizeof name, "q%d", item);
	for (int i = 0; i < n; i++) {
		int64_t o;
		if (!strcmp(f[i].name, name) && text_int(f[i].value, 0, options - 1, &o))
			*bits |= 1ULL << o;
	}
}

static void word_of_choice(struct http *h, int item, char **word)
{
	const char *text = form_text(h, arena_printf(http_req(h)->mem, "t%d", item));
	*word = *text ? arena_strdup(http_req(h)->mem, text) : NULL;
}

/* A word written in belongs to an option that was chosen: without one it is not dropped, but asked about. */
static bool word_alone(const struct q_question *k, uint64_t bits, const char *word)
{
	uint64_t takes = 0;
	for (int o = 0; o < k->noptions; o++)
		if (k->option[o].text)
			takes |= 1ULL << o;
	return word && takes && !(bits & takes);
}

static void item_check(struct http *h, struct answering *a, int item, uint64_t bits, const char *word)
{
	const struct q_question *k = &a->form.q.question[a->form.q.item[item].question];
	enum lang l = http_lang(h);
	int64_t n;
	const char *id = arena_printf(http_req(h)->mem, "q%d", item);
	if (a->view.bad.n == 8)
		return;
	if (k->kind <= Q_MULTIPLE && word_alone(k, bits, word))
		form_bad(&a->view.bad, id,
			 tr(l, N_("You wrote something in. Choose the answer that it belongs to, or delete it.")));
	else if (k->required && !bits)
		form_bad(&a->view.bad, id,
			 tr(l, k->kind >= Q_NUMBER ? N_("This needs an answer.") : N_("Choose an answer.")));
	else if (!questionnaire_bits_ok(&a->form.q, item, bits))
		form_bad(&a->view.bad, id,
			 tr(l, N_("These answers don't go together. Leave only the one that is right.")));
	else if (k->kind == Q_NUMBER && word && !text_int(word, k->min, k->max, &n))
		form_bad(&a->view.bad, id,
			 arena_printf(http_req(h)->mem, tr(l, N_("Write a whole number from %lld to %lld.")),
				      (long long)k->min, (long long)k->max));
	else if (word && (strlen(word) > Q_TEXT_MAX || !text_clean(word, strlen(word))))
		form_bad(&a->view.bad, id, tr(l, N_("The text is too long. Send the most important part.")));
}

/* A number as it comes off a keyboard for Chinese: U+FF10 to U+FF19 are its digits. Blanks around it are none of it. */
static char *number_typed(struct arena *mem, const char *text)
{
	char *out = text_trim(mem, text), *to = out;
	for (const char *p = out; *p;)
		if (!strncmp(p, "\xef\xbc", 2) && (uint8_t)p[2] >= 0x90 && (uint8_t)p[2] <= 0x99) {
			*to++ = (char)('0' + ((uint8_t)p[2] - 0x90));
			p += 3;
		} else {
			*to++ = *p++;
		}
	*to = 0;
	return out;
}

/* The page as it was sent: items that it showed. */
void survey_page_read(struct http *h, struct answering *a)
{
	struct req *rq = http_req(h);
	const struct questionnaire *q = &a->form.q;
	uint64_t *answer = arena_array(rq->mem, uint64_t, q->nitems + 1);
	char **word = arena_array(rq->mem, char *, q->nitems + 1);
	memcpy(answer, a->form.answer, sizeof *answer * (size_t)q->nitems);
	memcpy(a->asked_before, a->form.answer, sizeof *answer * (size_t)q->nitems);
	memcpy(word, a->form.word, sizeof *word * (size_t)q->nitems);
	a->save.from = q->nitems;
	for (int i = 0; i < q->nitems; i++) {
		const struct q_question *k = &q->question[q->item[i].question];
		if (k->section != a->view.section)
			continue;
		a->save.from = a->save.from < i ? a->save.from : i;
		a->save.to = i + 1;
		if (answer[i] == CROSS_NOT_ASKED)
			continue;
		answer[i] = 0;
		if (k->kind >= Q_NUMBER) {
			const char *text = form_text(h, arena_printf(rq->mem, "q%d", i));
			if (k->kind == Q_NUMBER)
				text = number_typed(rq->mem, text);
			word[i] = *text ? arena_strdup(rq->mem, text) : NULL;
			answer[i] = *text != 0;
		} else {
			choice_read(h, i, q->item[i].options, &answer[i]);
			word_of_choice(h, i, &word[i]);
		}
		item_check(h, a, i, answer[i], word[i]);
	}
	a->view.answer = a->save.answer = answer;
	a->view.word = a->save.word = word;
}

/* Did an answer on this page bring a question onto it? */
bool survey_grew(const struct answering *a, const uint64_t *now)
{
	for (int i = 0; i < a->form.q.nitems; i++)
		if (a->form.q.question[a->form.q.item[i].question].section == a->view.section &&
		    a->asked_before[i] == CROSS_NOT_ASKED && now[i] != CROSS_NOT_ASKED)
			return true;
	return false;
}

static void saved(struct http *h, void *arg, const struct err *outcome)
{
	struct answering *a = arg;
	if (outcome->code == ST_CONFLICT) {
		struct voice_form now;
		if (voice_form_get(http_req(h), a->view.token, &now) == ST_OK)
			a->form.revision = now.revision;
		a->view.clash = true;
		survey_show(h, a, 409);
		return;
	}
	if (outcome->code) {
		http_fail_err(h, outcome);
		return;
	}
	uint64_t *now = arena_array(http_req(h)->mem, uint64_t, a->form.q.nitems + 1);
	memcpy(now, a->save.answer, sizeof *now * (size_t)a->form.q.nitems);
	questionnaire_route(&a->form.q, now);
	a->form.answer = now;
	go(h, a->view.token, survey_section_from(&a->form, a->view.section + !survey_grew(a, now)));
}

void web_post_survey_page(struct http *h)
{
	struct answering *a = answering_of(h, false);
	if (!a || !survey_section_arg(h, a))
		return;
	if (a->view.section == a->form.q.nsections || !a->form.response) {
		http_fail(h, 404, "no such page");
		return;
	}
	survey_page_read(h, a);
	if (!text_int(form_text(h, "revision"), 0, INT64_MAX, &a->save.revision))
		a->save.revision = -1;
	if (!may_send(h, &a->view.bad, arena_printf(http_req(h)->mem, "q%d", a->save.from)))
		survey_show(h, a, 429);
	else if (a->view.bad.n)
		survey_show(h, a, 422);
	else
		http_write(h, save_write, a, saved);
}

/* ── the end ── */

static void sent(struct http *h, void *arg, const struct err *outcome)
{
	struct answering *a = arg;
	struct arena *mem = http_req(h)->mem;
	if (outcome->code == ST_OK)
		http_redirect(h, arena_printf(mem, "/survey/%s", a->view.token));
	else if (outcome->code == ST_INVALID || outcome->code == ST_CONFLICT)
		go(h, a->view.token, section_open(&a->form));
	else
		http_fail_err(h, outcome);
}

void web_post_survey_send(struct http *h)
{
	struct answering *a = answering_of(h, false);
	if (!a || !budget_left(h))
		return;
	a->save.fill = true;
	a->save.answer = a->form.answer;
	a->save.word = a->form.word;
	a->save.revision = -1;
	text_int(form_text(h, "revision"), 0, INT64_MAX, &a->save.revision);
	http_write(h, save_write, a, sent);
}

static enum st withdraw_write(struct req *rq, void *arg)
{
	return voice_withdraw(rq, arg);
}

static void withdrawn(struct http *h, void *arg, const struct err *outcome)
{
	if (outcome->code == ST_CONFLICT)
		web_say(h, 410, N_("This survey is closed"),
			N_("Your answers can't be deleted any more: nobody can tell which were yours."));
	else if (outcome->code == ST_NOTFOUND)
		say_state(h, LINK_UNKNOWN);
	else if (outcome->code)
		http_fail_err(h, outcome);
	else
		say_state(h, LINK_WITHDRAWN);
}

void web_post_survey_withdraw(struct http *h)
{
	http_set_header(h, "X-Robots-Tag", "noindex");
	if (budget_left(h))
		http_write(h, withdraw_write, arena_strdup(http_req(h)->mem, http_arg(h, 0)), withdrawn);
}

/* ── no more letters (RFC 8058: one POST, without a page before it) ── */

void web_get_survey_stop(struct http *h)
{
	struct survey_view v = { .token = http_arg(h, 0) };
	struct page p = page_of(h, N_("No more letters about surveys?"), NAV_NONE);
	p.task = true;
	web_survey_stop(&p, &v);
}

static enum st stop_write(struct req *rq, void *arg)
{
	return voice_stop(rq, arg);
}

static void stopped(struct http *h, void *arg, const struct err *outcome)
{
	if (outcome->code)
		http_fail_err(h, outcome);
	else
		web_say(h, 200, N_("No more letters"), N_("We don't invite this address again."));
}

/* Takes from no budget: it comes from the mail program's house for all who read there. A link that we don't know writes
 * nothing. */
void web_post_survey_stop(struct http *h)
{
	struct req *rq = http_req(h);
	struct voice_form f;
	if (voice_form_get(rq, http_arg(h, 0), &f))
		http_fail_err(h, &rq->err);
	else if (f.state == LINK_UNKNOWN)
		say_state(h, LINK_UNKNOWN);
	else
		http_write(h, stop_write, arena_strdup(http_req(h)->mem, http_arg(h, 0)), stopped);
}
