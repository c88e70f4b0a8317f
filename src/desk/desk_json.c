/* A case as the API tells it. For a reporter only what the reporter's view holds. */
#include <string.h>
#include "desk/desk_int.h"
#include "desk/desk_pgp.h"
#include "desk/desk_question.h"

static void put_chain(struct jw *w, const struct case_obs *o, bool staff)
{
	j_arr(w, "chain");
	for (int i = 0; i < o->links; i++) {
		const struct chain_link *l = &o->chain[i];
		j_obj(w, NULL);
		j_str(w, "role", link_role_name(l->role));
		j_str(w, "name", staff || !l->person ? l->name : NULL);
		j_bool(w, "turn", i == o->now);
		if (staff) {
			j_str(w, "handle", l->handle);
			j_str(w, "email", l->contacts ? l->contact[0].email : NULL);
		}
		j_end(w);
	}
	j_end(w);
}

static void put_obs(struct jw *w, const struct case_view *v, bool staff)
{
	j_arr(w, "observables");
	for (int i = 0; i < v->nobs; i++) {
		const struct case_obs *o = &v->obs[i];
		j_obj(w, NULL);
		j_int(w, "id", o->id);
		j_str(w, "value", o->value);
		j_str(w, "kind", o->kind);
		j_bool(w, "attributed", o->attributed);
		j_bool(w, "responsible", o->responsible);
		j_bool(w, "no_contact", o->no_contact);
		j_bool(w, "harmless", o->harmless);
		j_bool(w, "mention", o->mention);
		j_str(w, "matched", o->matched);
		j_str(w, "country", o->country);
		j_str(w, "elsewhere", o->elsewhere);
		if (staff)
			j_str(w, "other_case", o->other_case);
		put_chain(w, o, staff);
		j_end(w);
	}
	j_end(w);
}

static void put_notices(struct jw *w, const struct case_view *v, bool staff)
{
	j_arr(w, "notices");
	for (int i = 0; i < v->nnotices; i++) {
		const struct case_notice *n = &v->notice[i];
		j_obj(w, NULL);
		j_int(w, "id", n->id);
		j_str(w, "role", link_role_name(n->role));
		j_str(w, "party", staff || !n->person ? n->party : NULL);
		j_str(w, "state", notice_state_name(n->state));
		j_time(w, "sent_at", n->sent_at);
		j_time(w, "due", n->due_at);
		j_str(w, "answer", n->answered_at ? answer_kind_name(n->answer) : NULL);
		j_time(w, "answered_at", n->answered_at);
		j_time(w, "until", n->until);
		if (n->then) {
			j_str(w, "then", n->then);
			j_time(w, "then_at", n->then_at);
		}
		if (staff) {
			j_bool(w, "held", n->held);
			j_str(w, "email", n->email);
			j_str(w, "lang", n->lang);
			j_str(w, "why_waiting", n->why_waiting);
			if (n->digest_at)
				j_time(w, "digest_at", n->digest_at);
			j_str(w, "answer_text", n->answer_text);
			j_int(w, "observables", n->nobs);
		}
		j_end(w);
	}
	j_end(w);
}

static void put_steps(struct jw *w, const struct case_view *v)
{
	j_arr(w, "steps");
	for (int i = 0; i < v->nsteps; i++) {
		const struct case_step *s = &v->step[i];
		j_obj(w, NULL);
		j_time(w, "at", s->at);
		j_str(w, "state", s->state);
		j_str(w, "text", s->text);
		j_str(w, "more", s->more);
		if (s->actor)
			j_str(w, "actor", s->actor);
		j_end(w);
	}
	j_end(w);
}

static void put_reporter(struct jw *w, const struct case_reporter *c)
{
	j_obj(w, NULL);
	j_int(w, "report", c->report);
	j_str(w, "email", c->email);
	j_bool(w, "confirmed", c->confirmed);
	j_bool(w, "share_words", c->share_words);
	j_bool(w, "withdrawn", c->withdrawn);
	j_str(w, "source", c->source);
	j_str(w, "partner", c->partner);
	j_str(w, "language", c->lang);
	j_str(w, "words", c->words);
	j_time(w, "at", c->at);
	j_arr(w, "files");
	for (int i = 0; i < c->nfiles; i++) {
		j_obj(w, NULL);
		j_str(w, "name", c->file[i].name);
		j_str(w, "sha256", c->file[i].sha256);
		j_int(w, "size", c->file[i].size);
		j_end(w);
	}
	j_end(w);
	j_end(w);
}

static void put_staff(struct jw *w, const struct case_view *v)
{
	j_str(w, "assignee", v->assignee && *v->assignee ? v->assignee : NULL);
	j_arr(w, "other_cases");
	for (int i = 0; i < v->nties; i++) {
		j_obj(w, NULL);
		j_str(w, "case", v->tie[i].number);
		j_str(w, "how", tie_kind_name(v->tie[i].kind));
		j_str(w, "state", case_state_name(v->tie[i].state));
		j_str(w, "note", v->tie[i].note && *v->tie[i].note ? v->tie[i].note : NULL);
		j_time(w, "since", v->tie[i].at);
		j_end(w);
	}
	j_end(w);
	j_str(w, "severity", v->severity);
	j_str(w, "queue", v->lane);
	j_str(w, "tags", v->tags);
	j_arr(w, "reporters");
	for (int i = 0; i < v->nreporters; i++)
		put_reporter(w, &v->reporter[i]);
	j_end(w);
	j_arr(w, "tasks");
	for (int i = 0; i < v->ntasks; i++) {
		j_obj(w, NULL);
		j_int(w, "id", v->task[i].id);
		j_str(w, "kind", v->task[i].kind);
		j_str(w, "text", v->task[i].text);
		j_time(w, "created_at", v->task[i].created_at);
		j_time(w, "done_at", v->task[i].done_at);
		j_end(w);
	}
	j_end(w);
}

static void put_questions(struct jw *w, const struct case_view *v)
{
	j_arr(w, "questions");
	for (int i = 0; i < v->nquestions; i++) {
		const struct case_question *q = &v->question[i];
		j_obj(w, NULL);
		j_int(w, "id", q->id);
		j_time(w, "asked_at", q->asked_at);
		j_str(w, "text", q->text);
		j_time(w, "answered_at", q->answered_at);
		j_str(w, "answer", q->answered_at ? q->answer : NULL);
		j_end(w);
	}
	j_end(w);
}

void desk_case_json(struct buf *out, const struct case_view *v, enum audience who)
{
	struct jw w = jw_of(out);
	bool staff = who == FOR_STAFF;
	j_obj(&w, NULL);
	j_str(&w, "case", v->number);
	j_str(&w, "state", case_state_name(v->state));
	j_str(&w, "class", v->class_id);
	j_str(&w, "rsit", v->rsit);
	j_str(&w, "title", v->title);
	j_str(&w, "tlp", tlp_name(v->tlp));
	j_bool(&w, "record_only", v->record_only);
	j_time(&w, "opened_at", v->opened_at);
	j_time(&w, "changed_at", v->changed_at);
	j_time(&w, "closed_at", v->closed_at);
	j_str(&w, "close_reason", v->state == CASE_CLOSED ? v->close_reason : NULL);
	j_str(&w, "next", v->next);
	j_str(&w, "next_more", v->next_more);
	j_time(&w, "due", v->due_at);
	put_obs(&w, v, staff);
	put_notices(&w, v, staff);
	put_steps(&w, v);
	put_questions(&w, v);
	if (staff) {
		put_staff(&w, v);
		desk_pgp_json(&w, v->mail, v->nmail);
	} else {
		j_str(&w, "digest", v->digest);
		j_int(&w, "others", v->others);
	}
	j_end(&w);
}
