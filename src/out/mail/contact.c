/* Letters to addresses that are checked: what desk/desk_check.h says of an entry, made into letters. */
#include "out/mail/mail_int.h"

static const struct {
	const char *template_, *subject;
} kinds[] = {
	[ADDRESS_CHECK] = { "contact-check", N_("Is this still the right address?") },
	[ADDRESS_REMIND] = { "contact-check", N_("Reminder: is this still the right address?") },
	[ADDRESS_NOTICES] = { "contact-notices", N_("Your open notices: the link to your page") },
};

enum st contact_letters(struct req *rq, const struct entry *e, const char *public_url, struct letters *out)
{
	struct address_letter *a = arena_new_of(rq->mem, struct address_letter);
	enum st st = desk_address_letters(rq, e, public_url, a, &out->n);
	if (st || !out->n)
		return st;
	*out->letter = (struct letter){ .to = a->to,
					.message_id = a->message_id,
					.lang = a->lang,
					.template_ = arena_strdup(rq->mem, kinds[a->kind].template_),
					.link = a->link,
					.kind = MAIL_TO_REPORTER,
					.subject = arena_strdup(rq->mem, tr(a->lang, kinds[a->kind].subject)),
					.check = a };
	return ST_OK;
}
