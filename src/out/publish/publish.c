#include "out/publish/publish.h"
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/log.h"
#include "store/follow.h"
#include "store/journal.h"

#define DAY (86400 * USEC)
enum { TEXT_MAX = 256 << 10, MEM_MAX = 8 << 20 };

struct publish {
	struct publish_opts o;
	struct follower *follower;
};

static const char kind[] = "text-renew", due_verb[] = "text-due";

/* What a text may say something about. An entry too many costs a look, an entry too few a day. */
static const char *const verbs[] = {
	"text-due", "pgp-key-made", "ladder-set", "hours-set", "queue-set", "tlp-default-set", NULL,
};

/* ── one text ── */

static enum st make(const struct publish *p, struct req *rq, const struct publish_text *t, const struct published *is,
		    char **out)
{
	BUF_SCOPE b = { .max = TEXT_MAX };
	if (t->make(rq, p->o.cfg, is, &b))
		return rq->err.code;
	if (b.bad)
		return err_set(&rq->err, ST_LIMIT, "%s: longer than %d kB", t->name, TEXT_MAX >> 10);
	*out = arena_strdup(rq->mem, buf_cstr(&b));
	return ST_OK;
}

/* Says the same as its row and is good for a while: *is stays; else *is begins a new version. */
static enum st bring_up(const struct publish *p, struct req *rq, const struct publish_text *t, struct published *is,
			bool *fresh)
{
	char *text = NULL;
	int64_t now = clock_now();
	enum st st = published_get(rq, t->name, is);
	*fresh = true;
	if (st && st != ST_NOTFOUND)
		return st;
	if (!st && make(p, rq, t, is, &text))
		return rq->err.code;
	if (text && !strcmp(text, is->text) && (!t->expires || is->expires_at - now >= PUBLISH_RENEW_DAYS * DAY)) {
		*fresh = false;
		return ST_OK;
	}
	is->version++;
	is->changed_at = now / USEC * USEC;
	is->expires_at = t->expires ? (now / DAY + PUBLISH_LIFE_DAYS) * DAY : 0;
	is->signed_ = is->key = arena_strdup(rq->mem, "");
	return make(p, rq, t, is, &is->text);
}

static enum st sign(const struct publish *p, struct req *rq, struct published *is, const char *key)
{
	BUF_SCOPE b = { .max = 2 * TEXT_MAX };
	struct err e = { 0 };
	enum st st = pgp_sign(p->o.pgp, is->text, strlen(is->text), &b, &e);
	is->signed_ = arena_strdup(rq->mem, st ? "" : buf_cstr(&b));
	is->key = arena_strdup(rq->mem, st ? "" : key);
	if (st == ST_BUSY)
		return err_set(&rq->err, ST_BUSY, "%s", e.msg);
	if (st)
		log_warn("a public text can't be signed", LOG_T("text", is->name), LOG_T("why", e.msg));
	return ST_OK;
}

struct look {
	bool signing;  /* the role may be asked */
	bool left;     /* a signature is wanting */
	int64_t renew; /* when the first is to be renewed; 0: none is */
};

static enum st publish_one(const struct publish *p, struct req *rq, const struct publish_text *t, struct look *l)
{
	struct published is = { 0 };
	bool fresh;
	if (bring_up(p, rq, t, &is, &fresh))
		return rq->err.code;
	int64_t renew = is.expires_at - PUBLISH_RENEW_DAYS * DAY + 1;
	if (t->expires && (!l->renew || renew < l->renew))
		l->renew = renew;
	const char *key = p->o.pgp ? published_key(rq) : "";
	bool wants = strcmp(is.key, key) != 0;
	if (!fresh && !wants)
		return ST_OK;
	is.signed_ = wants && !fresh ? arena_strdup(rq->mem, "") : is.signed_;
	is.key = wants && !fresh ? arena_strdup(rq->mem, "") : is.key;
	if (wants && *key && l->signing && sign(p, rq, &is, key))
		return rq->err.code;
	l->left |= *key && !*is.key;
	return store_write(p->o.store, rq, published_put, &is);
}

static enum st due_write(struct req *rq, void *at)
{
	return due_set(rq, kind, "all", *(int64_t *)at);
}

/* The next look: when the first of them is to be renewed; sooner where a signature is wanting. */
static enum st publish_all(const struct publish *p, struct req *rq, bool signing)
{
	struct look l = { .signing = signing };
	int64_t now = clock_now();
	for (const struct publish_text *t = p->o.text; t->name; t++)
		if (publish_one(p, rq, t, &l))
			return rq->err.code;
	int64_t at = !l.left ? l.renew : signing ? now + DAY : now;
	return at ? store_write(p->o.store, rq, due_write, &at) : ST_OK;
}

/* ── following ── */

static enum st follow(void *self, struct req *rq, const struct entry *e)
{
	for (const char *const *v = verbs; *v; v++)
		if (!strcmp(*v, e->verb))
			return publish_all(self, rq, true);
	return ST_NOTFOUND;
}

static enum st text_due(struct req *rq, const char *subject)
{
	return journal_append(rq,
			      &(struct fact){ "work", arena_printf(rq->mem, "text:%s", subject), due_verb, NULL, 0 });
}

const struct due_kind publish_due_kinds[] = { { kind, text_due } };
const int publish_due_count = sizeof publish_due_kinds / sizeof *publish_due_kinds;

/* ── starting and stopping ── */

static enum st first_look(const struct publish *p, struct err *e)
{
	struct req rq = { .mem = arena_new(MEM_MAX), .who = &actor_clock };
	rq.db = store_reader(p->o.store, &rq.err);
	enum st st = rq.db ? publish_all(p, &rq, false) : rq.err.code;
	store_reader_done(p->o.store);
	if (st)
		err_set(e, st, "%s", rq.err.msg);
	arena_free(rq.mem);
	return st;
}

struct publish *publish_start(const struct publish_opts *o, struct err *e)
{
	struct publish *p = calloc(1, sizeof *p);
	if (!p)
		abort();
	p->o = *o;
	if (!first_look(p, e) && !(p->follower = follower_start(o->store, "texts", follow, p)))
		err_set(e, ST_INTERNAL, "a thread could not be started");
	if (p->follower)
		return p;
	publish_stop(p);
	return NULL;
}

void publish_stop(struct publish *p)
{
	if (!p)
		return;
	if (p->follower)
		follower_stop(p->follower);
	free(p);
}
