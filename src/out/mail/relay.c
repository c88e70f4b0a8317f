/* Messages that are passed on to holders: what lookup/relay.h says of an entry, made into letters. */
#include "out/mail/mail_int.h"

enum st relay_mails(struct req *rq, const struct entry *e, const char *public_url, struct letters *out)
{
	struct relay_letter *r = arena_new_of(rq->mem, struct relay_letter);
	enum st st = relay_letters(rq, e, public_url, r, out->max, &out->n);
	if (st || !out->n)
		return st;
	const char *subject = r->confirm ? N_("Confirm your message about %s") : N_("A message about %s");
	*out->letter = (struct letter){ .to = r->to,
					.message_id = r->message_id,
					.lang = r->lang,
					.template_ = (char *)(uintptr_t)(r->confirm ? "relay-confirm" : "relay"),
					.link = r->link,
					.reply_to = r->reply_to,
					.kind = MAIL_TO_REPORTER,
					.subject = arena_printf(rq->mem, tr(r->lang, subject), r->shown),
					.relay = r };
	return ST_OK;
}
