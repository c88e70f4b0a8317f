/* web_preview.c — a questionnaire as people will see it, by the same pages and the same reading of them. Answers are not
 * kept: each page carries those before it, packed, in a hidden field. */
#include "front/web/survey_walk.h"
#include <string.h>
#include "base/clock.h"
#include "base/hash.h"
#include "front/web/pages.h"
#include "who/permit.h"

enum { SAMPLE_DAYS = 14 }; /* how long it says that it is open */

/* ── the answers that a page carries ── */

/* Anything may come: what is no answers is none. */
static void state_read(struct http *h, struct answering *a)
{
	const char *s = form_text(h, "state");
	uint8_t packed[Q_PACKED_MAX];
	long n = strlen(s) <= 2 * sizeof packed ? hex_decode(s, strlen(s), packed) : -1;
	uint64_t *answer = arena_array(http_req(h)->mem, uint64_t, a->form.q.nitems + 1);
	if (n < 0 || !questionnaire_unpack(packed, (size_t)n, a->form.q.nitems, answer))
		return;
	for (int i = 0; i < a->form.q.nitems; i++)
		if (answer[i] != CROSS_NOT_ASKED && !questionnaire_bits_ok(&a->form.q, i, answer[i]))
			return;
	memcpy(a->form.answer, answer, sizeof *answer * (size_t)a->form.q.nitems);
}

static void state_write(struct http *h, struct answering *a)
{
	uint8_t packed[Q_PACKED_MAX];
	size_t n = questionnaire_pack(a->form.answer, a->form.q.nitems, packed);
	a->view.state = hex_encode(http_req(h)->mem, packed, n);
}

/* ── pages ── */

/* NULL: answered. */
static struct answering *preview_of(struct http *h)
{
	struct req *rq = http_req(h);
	struct answering *a = arena_new_of(rq->mem, struct answering);
	struct session s = { .csrf = (char *)"" };
	if (!staff_may(h, MAY_RUN_SURVEY))
		return NULL;
	if (voice_questionnaire(rq, http_arg(h, 0), 0, &a->form.q)) {
		http_fail_err(h, &rq->err);
		return NULL;
	}
	staff_session(h, &s);
	a->form.study.closes_at = clock_now() + SAMPLE_DAYS * 86400 * USEC;
	a->form.answer = arena_array(rq->mem, uint64_t, a->form.q.nitems + 1);
	a->form.word = arena_array(rq->mem, char *, a->form.q.nitems + 1);
	for (int i = 0; i < a->form.q.nitems; i++)
		a->form.answer[i] = CROSS_NOT_ASKED;
	state_read(h, a);
	questionnaire_route(&a->form.q, a->form.answer);
	a->view.form = &a->form;
	a->view.token = "";
	a->view.preview = arena_printf(rq->mem, "/staff/surveys/questionnaires/%s/preview", a->form.q.name);
	a->view.editor = arena_printf(rq->mem, "/staff/surveys/questionnaires/%s", a->form.q.name);
	a->view.csrf = arena_strdup(rq->mem, s.csrf);
	a->view.answer = a->form.answer;
	a->view.word = a->form.word;
	return a;
}

static void begin(struct http *h, struct answering *a)
{
	struct page p = survey_page(h, a);
	web_survey_begin(&p, &a->view);
}

static void section_show(struct http *h, struct answering *a, int section)
{
	a->view.section = section;
	a->view.answer = a->form.answer;
	survey_steps(a);
	state_write(h, a);
	survey_show(h, a, 200);
}

void web_get_preview(struct http *h)
{
	struct answering *a = preview_of(h);
	if (a)
		begin(h, a);
}

void web_post_preview(struct http *h)
{
	struct answering *a = preview_of(h);
	if (a)
		section_show(h, a, survey_section_from(&a->form, 0));
}

/* A page needs the answers before it, which only a form carries. */
void web_get_preview_page(struct http *h)
{
	struct answering *a = preview_of(h);
	if (a)
		http_redirect(h, a->view.preview);
}

static void page_sent(struct http *h, struct answering *a)
{
	survey_page_read(h, a);
	if (a->view.bad.n) {
		state_write(h, a);
		survey_show(h, a, 422);
		return;
	}
	memcpy(a->form.answer, a->save.answer, sizeof *a->form.answer * (size_t)a->form.q.nitems);
	questionnaire_route(&a->form.q, a->form.answer);
	section_show(h, a, survey_section_from(&a->form, a->view.section + !survey_grew(a, a->form.answer)));
}

void web_post_preview_page(struct http *h)
{
	struct answering *a = preview_of(h);
	if (!a)
		return;
	if (!strcmp(http_arg(h, 1), "send")) {
		struct page p = survey_page(h, a);
		web_survey_done(&p, &a->view);
	} else if (!strcmp(http_arg(h, 1), "withdraw")) {
		http_redirect(h, a->view.preview);
	} else if (survey_section_arg(h, a)) {
		if (a->view.section == a->form.q.nsections)
			http_fail(h, 404, "no such page");
		else
			page_sent(h, a);
	}
}
