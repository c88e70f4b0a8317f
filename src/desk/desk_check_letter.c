/* The letters of contact checks, composed from rows: a repeat composes the same, a pointless one is none. */
#include <string.h>
#include "base/clock.h"
#include "desk/desk_check_int.h"
#include "desk/desk_int.h"
#include "desk/desk_mail.h"
#include "desk/desk_open.h"

static enum lang lang_for(const char *tag)
{
	return tag && *tag ? lang_of(tag) : desk_site_lang();
}

static enum st post_check(struct req *rq, const struct entry *e, const char *url, bool reminder,
			  struct address_letter *out, int *n)
{
	struct contact_check c;
	char token[LINK_TOKEN];
	if (contact_check_get(rq, desk_payload_int(rq->mem, e, "check"), &c) || desk_check_stands(rq, &c, &out->things))
		return rq->err.code;
	/* A newer letter, or an answer, has made this one pointless. */
	if (c.state != (reminder ? CHECK_REMINDED : CHECK_ASKED) || c.asked_at != desk_payload_int(rq->mem, e, "asked"))
		return ST_OK;
	desk_token("check", c.seed, token);
	out->kind = reminder ? ADDRESS_REMIND : ADDRESS_CHECK;
	out->id = c.id;
	out->lang = lang_for(c.lang);
	out->to = c.email;
	out->link = arena_printf(rq->mem, "%s/contact/verify/%s", url, token);
	out->message_id = desk_letter_id(rq->mem, e->seq, "check", c.id, url_host(rq->mem, url));
	out->asked_at = c.asked_at;
	out->sent_at = c.sent_at;
	out->until = e->at + (int64_t)desk_the_site()->check.wait_days * DAY_USEC;
	*n = 1;
	return ST_OK;
}

static enum st post_asked(struct req *rq, const struct entry *e, const char *url, struct address_letter *out, int *n)
{
	return post_check(rq, e, url, false, out, n);
}

static enum st post_reminded(struct req *rq, const struct entry *e, const char *url, struct address_letter *out, int *n)
{
	return post_check(rq, e, url, true, out, n);
}

static enum st post_link(struct req *rq, const struct entry *e, const char *url, struct address_letter *out, int *n)
{
	struct open_link l;
	char token[LINK_TOKEN];
	if (desk_open_link_get(rq, desk_payload_int(rq->mem, e, "link"), &l))
		return rq->err.code;
	desk_token("notices", l.seed, token);
	*out = (struct address_letter){ .kind = ADDRESS_NOTICES,
					.id = l.id,
					.lang = l.lang,
					.to = l.email,
					.link = arena_printf(rq->mem, "%s/notices/%s", url, token),
					.message_id = desk_letter_id(rq->mem, e->seq, "notices", l.id,
								     url_host(rq->mem, url)),
					.sent_at = l.sent_at,
					.until = l.until };
	*n = 1;
	return ST_OK;
}

static const struct {
	const char *verb;
	enum st (*post)(struct req *rq, const struct entry *e, const char *url, struct address_letter *out, int *n);
} posts[] = {
	{ "contact-asked", post_asked },
	{ "contact-reminded", post_reminded },
	{ "notices-link-made", post_link },
};

bool desk_address_posts(const struct entry *e)
{
	if (e->erased_at || strcmp(e->room, "desk") != 0)
		return false;
	for (size_t i = 0; i < sizeof posts / sizeof *posts; i++)
		if (!strcmp(posts[i].verb, e->verb))
			return true;
	return false;
}

enum st desk_address_letters(struct req *rq, const struct entry *e, const char *public_url, struct address_letter *out,
			     int *n)
{
	enum st st = ST_OK;
	*n = 0;
	err_clear(&rq->err);
	*out = (struct address_letter){ .id = 0 };
	for (size_t i = 0; i < sizeof posts / sizeof *posts; i++)
		if (!strcmp(posts[i].verb, e->verb))
			st = posts[i].post(rq, e, public_url, out, n);
	if (st == ST_NOTFOUND) { /* the row has gone */
		err_clear(&rq->err);
		st = ST_OK;
	}
	return st;
}

enum st desk_address_sent(struct req *rq, const struct address_letter *l, const char *refused)
{
	if (l->kind == ADDRESS_NOTICES)
		return refused ? ST_OK : desk_open_sent(rq, l->id);
	return refused ? desk_check_bounced(rq, l->id, refused) : contact_check_sent(rq, l->id, clock_now());
}
