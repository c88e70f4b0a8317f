/* The letters that follow from a fact of the holder's door. Composed from rows alone, so that a repeat composes the
 * same letter under the same message id; whether there is anybody to write to is found out here. */
#include <string.h>
#include "base/clock.h"
#include "base/idn.h"
#include "base/json.h"
#include "base/text.h"
#include "names/registrant_int.h"

struct post {
	struct req *rq;
	const struct entry *e;
	const char *url;
	struct registrant_letter *out;
	int max, n;
};

static int64_t payload_int(struct post *p, const char *key)
{
	int64_t n = 0;
	const struct json *o = json_parse(p->rq->mem, p->e->payload, strlen(p->e->payload), NULL);
	return json_int(json_get(o, key), &n) ? n : 0;
}

static struct registrant_letter *letter_new(struct post *p, const char *kind, int64_t ref)
{
	if (p->n == p->max)
		return NULL;
	struct registrant_letter *l = &p->out[p->n++];
	*l = (struct registrant_letter){ .message_id =
						 arena_printf(p->rq->mem, "<nc-%lld-%s-%lld@%s>", (long long)p->e->seq,
							      kind, (long long)ref, url_host(p->rq->mem, p->url)) };
	return l;
}

/* The first of the names, how many there are, and who sponsors it. */
static void about(struct registrant_letter *l, const struct held_name *h, int64_t total)
{
	l->name = h->name;
	l->uname = h->uname;
	l->names = total;
	l->sponsor_name = h->sponsor_name;
	l->sponsor_email = h->sponsor_email;
}

static struct registrant_letter *linked(struct post *p, const struct registrant_link *row, const char *token,
					const char *kind)
{
	struct registrant_letter *l = letter_new(p, kind, row->id);
	if (!l)
		return NULL;
	l->id = row->id;
	l->lang = row->lang;
	l->to = row->email;
	l->link = arena_printf(p->rq->mem, "%s/mynames/%s", p->url, token);
	l->until = row->expires_at;
	l->sent_at = row->sent_at;
	return l;
}

/* Somebody asked: an address that holds nothing gets no letter, and none gets more than a few a day. */
static enum st post_asked(struct post *p, const struct registrant_link *row, const char *token)
{
	struct held_name h;
	int64_t total = 1, earlier = 0;
	int n = 1;
	if (sql_number(
		    p->rq, &earlier,
		    "SELECT count(*) FROM registrant_link WHERE email = $1 AND kind = $2 AND id < $3 AND made_at > $4",
		    V(row->email), V(DOOR_ASKED), V(row->id), V(row->made_at - DAY_USEC)))
		return p->rq->err.code;
	if (earlier >= LETTERS_A_DAY)
		return ST_OK;
	enum st st = *row->name ? registrant_name(p->rq, row->email, row->name, &h)
				: registrant_names(p->rq, row->email, 0, &h, 1, &n, &total);
	if (st || !n) /* nobody we know, or a name that is somebody else's */
		return st == ST_INVALID ? ST_NOTFOUND : st;
	struct registrant_letter *l = linked(p, row, token, "holder");
	if (l) {
		l->kind = HOLDER_LINK;
		about(l, &h, total);
	}
	return ST_OK;
}

/* A name waits: it is the first one that is pending, whichever was made first. */
static enum st post_check(struct post *p, const struct registrant_link *row, const char *token)
{
	struct held_name *h = arena_array(p->rq->mem, struct held_name, 50);
	int64_t total = 0;
	int n = 0, i = 0;
	if (registrant_names(p->rq, row->email, 0, h, 50, &n, &total))
		return p->rq->err.code;
	while (i < n && strcmp(h[i].life, "pending-create") != 0)
		i++;
	struct registrant_letter *l = i < n ? linked(p, row, token, "check") : NULL;
	if (l) {
		l->kind = HOLDER_CHECK;
		about(l, &h[i], total);
	}
	return ST_OK;
}

static enum st post_link(struct post *p)
{
	struct registrant_link row;
	char token[TOKEN_SIZE];
	if (registrant_link_get(p->rq, payload_int(p, "link"), &row, token))
		return p->rq->err.code;
	return row.kind == DOOR_CHECK ? post_check(p, &row, token) : post_asked(p, &row, token);
}

/* ── a code was given out ── */

static enum st post_code(struct post *p)
{
	struct contact_object c;
	struct held_name h;
	const struct json *o = json_parse(p->rq->mem, p->e->payload, strlen(p->e->payload), NULL);
	const char *contact = json_str(json_get(o, "contact")), *until = json_str(json_get(o, "until"));
	if (!contact || contact_object_get(p->rq, contact, &c))
		return contact ? p->rq->err.code : ST_OK;
	if (!c.email || registrant_name(p->rq, c.email, p->e->subject, &h))
		return p->rq->err.code;
	struct registrant_letter *l = letter_new(p, "code", c.c.id);
	if (!l)
		return ST_OK;
	l->kind = HOLDER_CODE;
	l->to = c.email;
	l->lang = registrant_lang(c.lang);
	l->until = until ? time_parse(until) : 0;
	about(l, &h, 1);
	return ST_OK;
}

/* ── a policy will change ── */

static enum st post_one_policy(struct post *p, int64_t id, const struct policy_news *news[LANG_COUNT])
{
	struct registrant_link row;
	struct held_name h;
	char token[TOKEN_SIZE];
	int64_t total = 0;
	int n = 0;
	if (registrant_link_get(p->rq, id, &row, token))
		return p->rq->err.code;
	if (!news[row.lang]) {
		struct policy_news *made = arena_new_of(p->rq->mem, struct policy_news);
		if (registrant_policy_news(p->rq, &row, row.lang, made))
			return p->rq->err.code;
		news[row.lang] = made;
	}
	const struct policy_news *what = news[row.lang];
	if (what->withdrawn || !what->n)
		return ST_OK;
	if (registrant_names(p->rq, row.email, 0, &h, 1, &n, &total))
		return p->rq->err.code;
	struct registrant_letter *l = n ? linked(p, &row, token, "policy") : NULL;
	if (!l)
		return ST_OK;
	l->kind = HOLDER_POLICY;
	l->zone = name_unicode(p->rq->mem, row.zone);
	l->effective_at = what->effective_at;
	l->change = what->change;
	l->nchanges = what->n;
	about(l, &h, total);
	return ST_OK;
}

static enum st post_policy(struct post *p)
{
	struct rows r;
	const struct policy_news *news[LANG_COUNT] = { NULL };
	int64_t *id = arena_array(p->rq->mem, int64_t, p->max);
	int n = 0;
	if (sql_query(p->rq, &r,
		      "SELECT id FROM registrant_link WHERE zone = $1 AND version = $2 AND version > 0 AND id >= $3 "
		      "AND id <= $4"
		      " ORDER BY id LIMIT $5",
		      V(p->e->subject), V(payload_int(p, "version")), V(payload_int(p, "first")),
		      V(payload_int(p, "last")), V(p->max)))
		return p->rq->err.code;
	while (n < p->max && rows_next(&r))
		id[n++] = rows_int(&r, 0);
	if (rows_end(&r))
		return p->rq->err.code;
	for (int i = 0; i < n; i++) {
		enum st st = post_one_policy(p, id[i], news);
		if (st == ST_NOTFOUND)
			err_clear(&p->rq->err);
		else if (st)
			return st;
	}
	return ST_OK;
}

static const struct {
	const char *verb;
	enum st (*post)(struct post *p);
} posts[] = {
	{ "registrant-link-made", post_link },
	{ "authinfo-given", post_code },
	{ "policy-notices-made", post_policy },
};

bool registrant_posts(const struct entry *e)
{
	if (e->erased_at || strcmp(e->room, "names") != 0)
		return false;
	for (size_t i = 0; i < sizeof posts / sizeof *posts; i++)
		if (!strcmp(posts[i].verb, e->verb))
			return true;
	return false;
}

enum st registrant_letters(struct req *rq, const struct entry *e, const char *public_url, struct registrant_letter *out,
			   int max, int *n)
{
	struct post p = { rq, e, public_url, out, max, 0 };
	enum st st = ST_OK;
	*n = 0;
	err_clear(&rq->err);
	for (size_t i = 0; registrant_posts(e) && i < sizeof posts / sizeof *posts; i++)
		if (!strcmp(posts[i].verb, e->verb))
			st = posts[i].post(&p);
	if (st == ST_NOTFOUND) { /* what it was about has gone */
		err_clear(&rq->err);
		st = ST_OK;
	}
	*n = st ? 0 : p.n;
	return st;
}

static enum st letter_unreachable(struct req *rq, int64_t id)
{
	struct rows r;
	if (sql_query(rq, &r, "SELECT email FROM registrant_link WHERE id = $1", V(id)))
		return rq->err.code;
	char *email = rows_next(&r) ? rows_dup(&r, 0) : NULL;
	if (rows_end(&r))
		return rq->err.code;
	return email ? contact_unreachable(rq, email) : ST_OK;
}

enum st registrant_letter_sent(struct req *rq, int64_t id, bool failed)
{
	if (failed && letter_unreachable(rq, id))
		return rq->err.code;
	return failed ? sql_run(rq, "UPDATE registrant_link SET failed_at = $2 WHERE id = $1", V(id), V(clock_now()))
		      : sql_run(rq, "UPDATE registrant_link SET sent_at = $2 WHERE id = $1 AND sent_at = 0", V(id),
				V(clock_now()));
}
