#include "store/seal.h"
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "base/note.h"
#include "base/worker.h"
#include "store/store_int.h"

#define PAUSE_USEC 100000

struct sealer {
	struct store *s;
	struct signer *signer;
	struct worker work;
	pthread_mutex_t m; /* over state */
	bool checked;
	int64_t said_at; /* when the last failure was logged: once a minute is enough */
	struct sealer_state state;
};

static enum st put(struct req *rq, void *arg)
{
	return journal_checkpoint_put(rq, arg);
}

static enum st keep_key(struct req *rq, void *vkey)
{
	return setting_put(rq, "journal.vkey", vkey);
}

char *journal_vkey_kept(struct req *rq)
{
	return setting_get(rq, "journal.vkey");
}

/* Kept beside the heads it verifies; written only when it changed. */
static enum st key_keep(struct store *s, struct req *rq, struct signer *signer)
{
	BUF_SCOPE b = BUF_INIT;
	char *old = journal_vkey_kept(rq);
	if (signer_vkey(signer, &b, &rq->err))
		return rq->err.code;
	if (old && !strcmp(old, buf_cstr(&b)))
		return ST_OK;
	return store_write(s, rq, keep_key, arena_strdup(rq->mem, buf_cstr(&b)));
}

static int64_t signed_size(struct req *rq)
{
	struct checkpoint c;
	return journal_checkpoint(rq, &c) == ST_OK ? c.size : 0;
}

enum st seal_once(struct store *s, struct req *rq, struct signer *signer)
{
	int64_t size;
	struct hash root;
	BUF_SCOPE note = BUF_INIT;
	if (journal_head(rq, &size))
		return rq->err.code;
	if (size == signed_size(rq))
		return ST_OK;
	err_clear(&rq->err);
	if (key_keep(s, rq, signer) || journal_root(rq, size, &root) ||
	    signer_sign_head(signer, (uint64_t)size, &root, &note, &rq->err))
		return rq->err.code;
	struct checkpoint c = { size, clock_now(), arena_strdup(rq->mem, buf_cstr(&note)), NULL };
	return store_write(s, rq, put, &c);
}

enum st seal_check(struct req *rq, struct signer *signer)
{
	BUF_SCOPE text = BUF_INIT;
	struct checkpoint_text last;
	struct hash root;
	int64_t size;
	enum st st = signer_last_head(signer, &text, &rq->err);
	if (st == ST_NOTFOUND) {
		err_clear(&rq->err);
		return ST_OK;
	}
	if (st || checkpoint_parse(buf_cstr(&text), text.n, &last, &rq->err) || journal_head(rq, &size))
		return rq->err.code;
	if ((uint64_t)size < last.size)
		return err_set(&rq->err, ST_CONFLICT,
			       "the journal holds %lld entries, but a head of %llu was signed; after a restore run "
			       "`nicert journal renew`",
			       (long long)size, (unsigned long long)last.size);
	if (last.size && journal_root(rq, (int64_t)last.size, &root))
		return rq->err.code;
	if (last.size && !hash_equal(&root, &last.root))
		return err_set(&rq->err, ST_CONFLICT,
			       "the journal is not the one whose head of %llu entries was signed; after a restore run "
			       "`nicert journal renew`",
			       (unsigned long long)last.size);
	return ST_OK;
}

static enum st cite(struct req *rq, void *arg)
{
	const struct checkpoint_text *old = arg;
	char hex[65];
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_obj(&w, NULL);
	j_str(&w, "old_origin", old->origin);
	j_int(&w, "old_size", (int64_t)old->size);
	j_str(&w, "old_root", hash_hex(&old->root, hex));
	j_end(&w);
	return journal_append(rq, &(struct fact){ "journal", old->origin, "origin-begun", buf_cstr(&b) });
}

enum st seal_renew(struct store *s, struct req *rq, struct signer *signer)
{
	BUF_SCOPE text = BUF_INIT;
	struct checkpoint_text old;
	if (signer_last_head(signer, &text, &rq->err) || checkpoint_parse(buf_cstr(&text), text.n, &old, &rq->err) ||
	    store_write(s, rq, cite, &old) || signer_new_origin(signer, &rq->err))
		return rq->err.code;
	return seal_once(s, rq, signer);
}

/* ── the thread ── */

static void complain(struct sealer *x, struct sealer_state *now, const struct err *e)
{
	now->failures++;
	now->refused = e->code == ST_CONFLICT;
	if (clock_mono() - x->said_at < 60 * USEC && x->said_at)
		return;
	x->said_at = clock_mono();
	log_error("the journal's head could not be signed", LOG_T("why", e->msg));
}

static void seal_now(struct sealer *x, struct arena *mem)
{
	struct err err = { 0 };
	struct sealer_state now = x->state; /* written by this thread alone */
	arena_reset(mem);
	struct req rq = { .mem = mem, .db = store_reader(x->s, &err), .who = &actor_clock };
	enum st st = rq.db ? ST_OK : ST_BUSY;
	if (!st && !x->checked)
		st = seal_check(&rq, x->signer);
	x->checked = st == ST_OK;
	if (!st)
		st = journal_head(&rq, &now.head);
	if (!st && now.head != now.signed_size) {
		st = seal_once(x->s, &rq, x->signer);
		if (!st)
			now.signed_size = now.head;
	}
	store_reader_done(x->s);
	if (st)
		complain(x, &now, rq.db ? &rq.err : &err);
	else
		now.refused = false;
	pthread_mutex_lock(&x->m);
	x->state = now;
	pthread_mutex_unlock(&x->m);
}

static void *run(void *arg)
{
	struct sealer *x = arg;
	struct arena *mem = arena_new(4 << 20);
	do {
		if (store_lead(x->s, "sealer"))
			seal_now(x, mem);
	} while (worker_rest(&x->work, PAUSE_USEC));
	if (store_lead(x->s, "sealer"))
		seal_now(x, mem);
	arena_free(mem);
	return NULL;
}

struct sealer *sealer_start(struct store *s, struct signer *signer)
{
	struct sealer *x = calloc(1, sizeof *x);
	if (!x)
		abort(); /* out of memory */
	*x = (struct sealer){ .s = s, .signer = signer };
	pthread_mutex_init(&x->m, NULL);
	if (worker_begin(&x->work, run, x))
		return x;
	free(x);
	return NULL;
}

void sealer_stop(struct sealer *x)
{
	if (!x)
		return;
	worker_end(&x->work);
	free(x);
}

void sealer_state(struct sealer *x, struct sealer_state *out)
{
	pthread_mutex_lock(&x->m);
	*out = x->state;
	pthread_mutex_unlock(&x->m);
}
