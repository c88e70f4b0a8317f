/* The weekly walk that finds addresses to check: a page a write, its place kept in a setting. */
#include <string.h>
#include "base/clock.h"
#include "desk/desk_check_int.h"
#include "desk/desk_int.h"
#include "names/registrant.h"
#include "who/permit.h"

/* The walks' due rows; stores that began with them in another step keep theirs. */
const struct migration desk_check_migrations[] = {
	{ 295, "contact enrol",
	  "INSERT INTO work_due(kind, subject, at, tries, error) VALUES('contact-enrol', 'files', 0, 0, ''),"
	  " ('contact-enrol', 'registry', 0, 0, '') ON CONFLICT DO NOTHING" },
	{ 0 },
};

enum { PAGE = 200 };
static const char *const walks[] = { "files", "registry" };

struct walk {
	struct req *rq;
	const char *which;
	int64_t last; /* row */
	int seen, fresh;
};

static char *place_key(struct req *rq, const char *which)
{
	return arena_printf(rq->mem, "contact-enrol.%s", which);
}

/* Somewhere in the half-year, but for its first sixth; a full one after a file says that somebody answered. */
static int64_t first_turn(struct req *rq, const char *email, int64_t verified_at)
{
	int64_t every = desk_check_every(), grace = every / 6;
	int64_t at = clock_now() + grace + desk_check_spread(rq->mem, email, every - grace);
	int64_t after = verified_at > 0 && verified_at <= clock_now() ? verified_at + every : 0;
	return after > at ? after : at;
}

static enum st enrol(struct walk *w, const char *email, const char *lang, const char *resource, int64_t verified_at)
{
	struct check_seen s = { email, lang, resource, first_turn(w->rq, email, verified_at) };
	int64_t id = 0;
	bool fresh = false;
	if (!text_email_ok(email))
		return ST_OK;
	if (contact_check_see(w->rq, &s, &id, &fresh))
		return w->rq->err.code;
	w->fresh += fresh;
	return fresh ? due_set(w->rq, "contact-check", arena_printf(w->rq->mem, "%012lld", (long long)id), s.next_at)
		     : ST_OK;
}

static enum st files_page(struct walk *w)
{
	struct contact_seen *c = arena_array(w->rq->mem, struct contact_seen, PAGE);
	if (contact_check_page(w->rq, &w->last, c, PAGE, &w->seen))
		return w->rq->err.code;
	for (int i = 0; i < w->seen; i++) {
		bool yes = false;
		if (desk_check_stands_for(w->rq, c[i].resource, c[i].email, &yes) ||
		    (yes && enrol(w, c[i].email, c[i].lang, c[i].resource, c[i].verified_at)))
			return w->rq->err.code;
	}
	return ST_OK;
}

static enum st registry_page(struct walk *w)
{
	struct held_address *c = arena_array(w->rq->mem, struct held_address, PAGE);
	if (registrant_addresses(w->rq, &w->last, c, PAGE, &w->seen))
		return w->rq->err.code;
	for (int i = 0; i < w->seen; i++)
		if (enrol(w, c[i].email, c[i].lang, NULL, c[i].verified_at))
			return w->rq->err.code;
	return ST_OK;
}

static enum st enrolled(struct walk *w)
{
	char *payload = arena_printf(w->rq->mem, "{\"addresses\":%d}", w->fresh);
	char *subject = arena_printf(w->rq->mem, "contacts:%s", w->which);
	return w->fresh ? journal_append(w->rq, &(struct fact){ "desk", subject, "contacts-enrolled", payload, 0 })
			: ST_OK;
}

/* The first run only sets out: nothing happens on the day of an installation. */
enum st desk_check_enrol(struct req *rq, const char *which)
{
	struct walk w = { .rq = rq, .which = which };
	const char *place = setting_get(rq, place_key(rq, which));
	if (rq->err.code)
		return rq->err.code;
	bool first = !place;
	if (place && !text_int(place, 0, INT64_MAX, &w.last))
		w.last = 0;
	if (!first && desk_the_site()->check.on && (!strcmp(which, "files") ? files_page(&w) : registry_page(&w)))
		return rq->err.code;
	bool more = w.seen == PAGE;
	char *now_at = arena_printf(rq->mem, "%lld", more ? (long long)w.last : 0LL);
	int64_t pause = first ? DAY_USEC : more ? USEC / 4 : 7 * DAY_USEC;
	if (enrolled(&w) || setting_put(rq, place_key(rq, which), now_at))
		return rq->err.code;
	return due_set(rq, "contact-enrol", which, clock_now() + pause);
}

enum st desk_check_walk_now(struct req *rq, void *unused)
{
	(void)unused;
	if (permit(rq, MAY_CHECK_CONTACT))
		return rq->err.code;
	/* The due row first, as the scheduler takes them. */
	for (size_t i = 0; i < sizeof walks / sizeof *walks; i++)
		if (due_set(rq, "contact-enrol", walks[i], clock_now()) ||
		    setting_put(rq, place_key(rq, walks[i]), "0"))
			return rq->err.code;
	return ST_OK;
}
