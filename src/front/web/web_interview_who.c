/* web_interview_who.c — /staff/surveys/…/interviews/N/person: who it is, each look written down, and when and where one meets.
 * Behind web_guard. */
#include "front/web/web.h"
#include <string.h>
#include "base/clock.h"
#include "base/text.h"
#include "front/web/pages.h"
#include "letter/letter.h"

enum { LOCAL_MINUTE = 16 }; /* 2026-12-01T14:00 */

const char *interview_when(const struct page *p, const struct interview *i)
{
	struct face face = { .cfg = p->cfg };
	struct sheet s = { .lang = p->lang, .mem = p->mem, .face = &face };
	return arena_printf(p->mem, tr(p->lang, N_("%s, %d minutes")), letter_time(&s, i->meets_at), i->meets_minutes);
}

/* ── the page ── */

static void who_show(struct http *h, void *arg)
{
	struct interview_who *v = arg;
	struct page p = staff_page(h, N_("Who it is"), NAV_SURVEYS);
	p.title = arena_printf(p.mem, tr(p.lang, N_("Who %s is")), interview_no(&p, v->i.no));
	p.path = interviews_path(&p, &v->study, arena_printf(p.mem, "interviews/%lld/person", (long long)v->i.no));
	p.bad = v->bad.n > 0;
	http_status(h, v->status);
	web_interview_who(&p, v);
}

/* What stands in the form unless something came back. */
static void form_fill(struct http *h, struct interview_who *v)
{
	struct arena *mem = http_req(h)->mem;
	if (v->at)
		return;
	v->at = "";
	v->place = v->e.place;
	v->minutes = arena_printf(mem, "%d", v->i.meets_at ? v->i.meets_minutes : 60);
	if (v->i.meets_at)
		v->at = arena_printf(mem, "%.*s", LOCAL_MINUTE,
				     time_iso(mem, v->i.meets_at + front_app(h)->cfg->site_zone * 60 * USEC));
}

/* Somebody we talk to is no person of the desk's: the fact names the interview. */
static void who_read(struct http *h, struct interview_who *v, int status)
{
	struct req *rq = http_req(h);
	int64_t no = 0;
	if (!interview_number(http_arg(h, 1), &no)) {
		http_fail(h, 404, "no such interview");
		return;
	}
	if (voice_study_get(rq, http_arg(h, 0), &v->study) || voice_interview(rq, &v->study, no, &v->i) ||
	    voice_interviewee(rq, &v->i, &v->e)) {
		http_fail_err(h, &rq->err);
		return;
	}
	form_fill(h, v);
	v->status = status;
	struct viewed view = { "interview", arena_printf(rq->mem, "interview:%s/I-%lld", v->study.name, (long long)no),
			       NULL, 0 };
	view_first(h, &view, who_show, v);
}

void web_get_interview_who(struct http *h)
{
	if (staff_may(h, MAY_RUN_SURVEY))
		who_read(h, arena_new_of(http_req(h)->mem, struct interview_who), 200);
}

/* ── the appointment ── */

struct appointing {
	struct interview_who view;
	struct interview_meet meet;
	bool talks; /* the person agreed */
};

static enum st meet_write(struct req *rq, void *arg)
{
	return voice_interview_meet(rq, &((struct appointing *)arg)->meet);
}

static void met(struct http *h, void *arg, const struct err *outcome)
{
	struct appointing *a = arg;
	if (outcome->code == ST_CONFLICT && a->talks && a->meet.letter && a->meet.at) {
		form_bad(&a->view.bad, "no-letter",
			 tr(http_lang(h), N_("This person wants no letters about surveys: tell them another way.")));
		who_read(h, &a->view, 409);
	} else if (outcome->code) {
		http_fail_err(h, outcome);
	} else {
		http_redirect(h, arena_printf(http_req(h)->mem, "/staff/surveys/%s/interviews/%lld?done=interview-%s",
					      a->meet.study, (long long)a->meet.no,
					      a->meet.at ? "appointed" : "appointment-off"));
	}
}

static void meet_take(struct http *h, struct appointing *a)
{
	struct interview_who *v = &a->view;
	int64_t minutes = 0;
	v->at = form_text(h, "at");
	v->place = form_text(h, "place");
	v->minutes = form_text(h, "minutes");
	v->no_letter = *form_text(h, "no-letter") != 0;
	a->meet.at = form_minute(h, "at");
	if (a->meet.at <= clock_now() || a->meet.at > clock_now() + MEETING_DAYS * 86400 * USEC)
		form_bad(&v->bad, "at", tr(http_lang(h), N_("Choose a day and a time in the year to come.")));
	if (!text_int(v->minutes, MEETING_LEAST, MEETING_MOST, &minutes))
		form_bad(&v->bad, "minutes",
			 arena_printf(http_req(h)->mem, tr(http_lang(h), N_("A whole number from %d to %d.")),
				      MEETING_LEAST, MEETING_MOST));
	if (strlen(v->place) > INTERVIEWEE_TEXT_MAX || !text_clean(v->place, strlen(v->place)) ||
	    strchr(v->place, '\n'))
		form_bad(&v->bad, "place", tr(http_lang(h), N_("Write one short line.")));
	a->meet.minutes = (int)minutes;
	a->meet.place = v->place;
	a->meet.letter = !v->no_letter;
}

void web_post_interview_who(struct http *h)
{
	struct appointing *a = arena_new_of(http_req(h)->mem, struct appointing);
	if (!staff_may(h, MAY_RUN_SURVEY))
		return;
	if (!interview_number(http_arg(h, 1), &a->meet.no)) {
		http_fail(h, 404, "no such interview");
		return;
	}
	if (voice_study_get(http_req(h), http_arg(h, 0), &a->view.study) ||
	    voice_interview(http_req(h), &a->view.study, a->meet.no, &a->view.i)) {
		http_fail_err(h, &http_req(h)->err);
		return;
	}
	a->talks = consents(a->view.i.consent, CONSENT_TALK);
	a->meet.study = a->view.study.name;
	a->meet.letter = *form_text(h, "no-letter") == 0;
	if (!strcmp(form_text(h, "act"), "set"))
		meet_take(h, a);
	if (a->view.bad.n)
		who_read(h, &a->view, 422);
	else
		http_write(h, meet_write, a, met);
}
