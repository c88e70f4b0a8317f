/* Letters to holders of names: what names/registrant.h says of an entry, made into letters as the desk's are. */
#include "out/mail/mail_int.h"
#include <string.h>

static const struct {
	const char *template_, *subject; /* msgid; %s: the name, or the zone */
} kinds[] = {
	[HOLDER_LINK] = { "holder-link", N_("Your names: the link to your page") },
	[HOLDER_CHECK] = { "holder-check", N_("%s waits for your confirmation") },
	[HOLDER_CODE] = { "holder-code", N_("%s: a transfer code was fetched") },
	[HOLDER_POLICY] = { "holder-policy", N_("The rules of .%s change") },
};

enum st holder_letters(struct req *rq, const struct entry *e, const char *public_url, struct letters *out)
{
	struct registrant_letter *r = arena_array(rq->mem, struct registrant_letter, out->max);
	enum st st = registrant_letters(rq, e, public_url, r, out->max, &out->n);
	for (int i = 0; !st && i < out->n; i++) {
		const char *subject = tr(r[i].lang, kinds[r[i].kind].subject);
		const char *about = r[i].kind == HOLDER_POLICY ? r[i].zone : r[i].uname;
		out->letter[i] =
			(struct letter){ .to = r[i].to,
					 .message_id = r[i].message_id,
					 .lang = r[i].lang,
					 .template_ = arena_strdup(rq->mem, kinds[r[i].kind].template_),
					 .link = r[i].link,
					 .kind = MAIL_TO_REPORTER,
					 .subject = strstr(subject, "%s") ? arena_printf(rq->mem, subject, about)
									  : arena_strdup(rq->mem, subject),
					 .holder = &r[i] };
	}
	return st;
}

/* "example.tw", "example.tw and 4 more". */
const char *holder_names(const struct sheet *p, const struct registrant_letter *r)
{
	if (r->names <= 1)
		return r->uname;
	return arena_printf(p->mem, tr(p->lang, N_("%s and %lld more")), r->uname, (long long)r->names - 1);
}

const char *holder_change(const struct sheet *p, const struct policy_change *c)
{
	const char *what = *c->place ? arena_printf(p->mem, tr(p->lang, N_("%s (%s)")), c->what, c->place) : c->what;
	return arena_printf(p->mem, tr(p->lang, N_("%s: so far %s; then %s")), what, c->was, c->is);
}
