/* Invitations to surveys: what voice/voice.h says of an entry, made into letters. */
#include "out/mail/mail_int.h"

enum st survey_mails(struct req *rq, const struct entry *e, const char *public_url, struct letter *out, int max, int *n)
{
	struct voice_letter *v = arena_array(rq->mem, struct voice_letter, max);
	enum st st = voice_letters(rq, e, public_url, v, max, n);
	for (int i = 0; i < *n && !st; i++)
		out[i] = (struct letter){ .to = v[i].to,
					  .message_id = v[i].message_id,
					  .lang = v[i].lang,
					  .template_ = (char *)(uintptr_t) "survey",
					  .link = v[i].link,
					  .kind = MAIL_TO_REPORTER,
					  .subject = arena_strdup(rq->mem, v[i].title),
					  .survey = &v[i] };
	return st;
}
