/* Invitations to surveys and reminders of them: what voice/voice.h says of an entry, made into letters. */
#include "out/mail/mail_int.h"

enum st survey_mails(struct req *rq, const struct entry *e, const char *public_url, struct letters *out)
{
	struct voice_letter *v = arena_array(rq->mem, struct voice_letter, out->max);
	enum st st = voice_letters(rq, e, public_url, v, out->max, &out->n);
	for (int i = 0; i < out->n && !st; i++)
		out->letter[i] = (struct letter){
			.to = v[i].to,
			.message_id = v[i].message_id,
			.lang = v[i].lang,
			.template_ = (char *)(uintptr_t) "survey",
			.link = v[i].link,
			.unsubscribe = v[i].stop,
			.kind = MAIL_TO_REPORTER,
			.subject = v[i].reminder ? arena_printf(rq->mem, tr(v[i].lang, N_("Reminder: %s")), v[i].title)
						 : arena_strdup(rq->mem, v[i].title),
			.survey = &v[i]
		};
	return st;
}

/* ── to somebody we want to talk to ── */

enum st interview_mails(struct req *rq, const struct entry *e, const char *public_url, struct letters *out)
{
	static const char *const subject[] = { [POST_ASKED] = N_("May we talk with you? %s"),
					       [POST_APPOINTED] = N_("Our appointment: %s"),
					       [POST_OFF] = N_("No appointment any more: %s"),
					       [POST_TOMORROW] = N_("Tomorrow: our appointment. %s") };
	struct interview_letter *v = arena_new_of(rq->mem, struct interview_letter);
	enum st st = interview_letters(rq, e, public_url, v, &out->n);
	if (st || !out->n)
		return st;
	*out->letter =
		(struct letter){ .to = v->to,
				 .message_id = v->message_id,
				 .lang = v->lang,
				 .template_ = (char *)(uintptr_t)(v->what == POST_ASKED ? "interview" : "appointment"),
				 .link = v->link,
				 .unsubscribe = v->stop,
				 .kind = MAIL_TO_REPORTER,
				 .subject = arena_printf(rq->mem, tr(v->lang, subject[v->what]), v->title),
				 .interview = v };
	return ST_OK;
}

/* ── to readers of the newsletter ── */

enum st newsletter_mails(struct req *rq, const struct entry *e, const char *public_url, struct letters *out)
{
	struct newsletter_letter v;
	enum st st = newsletter_letters(rq, e, public_url, &v, &out->n);
	if (st || !out->n)
		return st;
	*out->letter = (struct letter){ .to = v.to,
					.message_id = v.message_id,
					.lang = v.lang,
					.template_ = (char *)(uintptr_t)(v.confirmed ? "newsletter-yes" : "newsletter"),
					.link = v.link,
					.unsubscribe = v.stop,
					.kind = MAIL_TO_REPORTER,
					.subject = arena_strdup(
						rq->mem, tr(v.lang, v.confirmed ? N_("You read our newsletter")
										: N_("Confirm: our newsletter"))) };
	return ST_OK;
}
