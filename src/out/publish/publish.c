#include "out/publish/publish.h"
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/log.h"
#include "store/follow.h"
#include "store/journal.h"

#define DAY (86400 * USEC)
enum { SIGNED_MAX = 512 << 10, MEM_MAX = 8 << 20 };

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

static enum st sign(const struct publish *p, struct req *rq, struct published *is, const char *key)
{
	BUF_SCOPE b = { .max = SIGNED_MAX };
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

static enum st publish_one(const struct publish *p, struct req *rq, const struct published_text *t, struct look *l)
{
	struct published is;
	bool fresh;
	/* As the rows are now: those of a batch of entries are older, and what was just written would be made again. */
	if (!(rq->db = store_reader(p->o.store, &rq->err)))
		return err_set(&rq->err, ST_BUSY, "the store can't be read");
	if (published_now(rq, p->o.cfg, t, PUBLISH_RENEW_DAYS * DAY, &is, &fresh))
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
	for (const struct published_text *t = p->o.text; t->name; t++)
		if (publish_one(p, rq, t, &l))
			return rq->err.code;
	int64_t at = !l.left ? l.renew : signing ? now + DAY : now;
	return at ? store_write(p->o.store, rq, due_write, &at) : ST_OK;
}

/* ── following ── */

static enum st follow(void *self, struct req *rq, const struct entry *e, bool *more)
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
	enum st st = publish_all(p, &rq, false);
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
