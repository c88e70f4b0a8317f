#include "out/witness/witness.h"
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/log.h"
#include "base/stamp.h"
#include "base/text.h"
#include "base/worker.h"
#include "store/journal.h"

enum { REPLY_MAX = 64 << 10, REQUEST_SECONDS = 10 };

struct witness {
	struct store *s;
	char *url;
	struct worker work;
	int64_t pause; /* microseconds to the next try */
	struct witness_stats stats;
};

static size_t on_bytes(char *p, size_t one, size_t n, void *to)
{
	struct buf *b = to;
	buf_add(b, p, n);
	return b->bad ? 0 : n * one;
}

static enum st ask(const char *url, const struct buf *query, struct buf *reply, struct err *e)
{
	CURL *h = curl_easy_init();
	struct curl_slist *heads = curl_slist_append(NULL, "Content-Type: application/timestamp-query");
	long code = 0;
	curl_easy_setopt(h, CURLOPT_URL, url);
	curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(h, CURLOPT_HTTPHEADER, heads);
	curl_easy_setopt(h, CURLOPT_POSTFIELDS, query->p);
	curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE, (long)query->n);
	curl_easy_setopt(h, CURLOPT_TIMEOUT, (long)REQUEST_SECONDS);
	curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, on_bytes);
	curl_easy_setopt(h, CURLOPT_WRITEDATA, reply);
	CURLcode rc = curl_easy_perform(h);
	curl_easy_getinfo(h, CURLINFO_RESPONSE_CODE, &code);
	curl_slist_free_all(heads);
	curl_easy_cleanup(h);
	if (rc != CURLE_OK)
		return err_set(e, ST_BUSY, "the witness does not answer: %s", curl_easy_strerror(rc));
	return code == 200 ? ST_OK : err_set(e, ST_BUSY, "the witness answered %ld", code);
}

static char *mark(struct arena *mem, const struct buf *token, int64_t when)
{
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_arr(&w, NULL);
	j_obj(&w, NULL);
	j_str(&w, "kind", "rfc3161");
	j_str(&w, "time", time_iso(mem, when));
	j_str(&w, "token", b64_encode(mem, token->p, token->n));
	j_end(&w);
	j_end(&w);
	return arena_strdup(mem, buf_cstr(&b));
}

static enum st put(struct req *rq, void *checkpoint)
{
	return journal_checkpoint_put(rq, checkpoint);
}

/* The newest signed head, if nobody has witnessed it yet. */
static enum st stamp_newest(struct witness *w, struct req *rq)
{
	struct checkpoint c;
	BUF_SCOPE query = BUF_INIT, reply = { .max = REPLY_MAX }, token = BUF_INIT;
	char signer[256];
	uint64_t nonce;
	int64_t when;
	enum st st = journal_checkpoint(rq, &c);
	if (st || (c.witnessed && strcmp(c.witnessed, "[]") != 0))
		return st == ST_NOTFOUND ? ST_OK : st;
	store_reader_done(w->s);
	random_bytes(&nonce, sizeof nonce);
	nonce >>= 1;
	size_t n = strlen(c.note);
	if (stamp_query(c.note, n, nonce, &query, &rq->err) || ask(w->url, &query, &reply, &rq->err) ||
	    stamp_reply(reply.p, reply.n, c.note, n, nonce, &token, &when, &rq->err) ||
	    stamp_check(token.p, token.n, c.note, n, NULL, &when, signer, &rq->err))
		return rq->err.code;
	c.witnessed = mark(rq->mem, &token, when);
	if (store_write(w->s, rq, put, &c))
		return rq->err.code;
	w->stats.tokens++;
	return ST_OK;
}

/* Back-off from one second to five minutes while the witness is away. */
static void pass(struct witness *w, struct arena *mem)
{
	struct err err = { 0 };
	arena_reset(mem);
	struct req rq = { .mem = mem, .db = store_reader(w->s, &err), .who = &actor_clock };
	enum st st = rq.db ? stamp_newest(w, &rq) : ST_BUSY;
	store_reader_done(w->s);
	if (st == ST_OK) {
		w->pause = USEC;
		return;
	}
	w->stats.failures++;
	w->pause = w->pause * 2 < 300 * USEC ? w->pause * 2 : 300 * USEC;
	log_warn("no time stamp", LOG_T("why", rq.db ? rq.err.msg : err.msg), LOG_N("again_s", w->pause / USEC));
}

static void *run(void *arg)
{
	struct witness *w = arg;
	struct arena *mem = arena_new(4 << 20);
	while (worker_rest(&w->work, w->pause))
		if (store_lead(w->s, "witness"))
			pass(w, mem);
	arena_free(mem);
	return NULL;
}

struct witness *witness_start(struct store *s, const struct config *cfg, struct err *e)
{
	const char *setting = cfg->journal_witness;
	err_clear(e);
	if (!setting || !*setting)
		return NULL;
	if (strncmp(setting, "rfc3161:http", 12) != 0) {
		err_set(e, ST_INVALID, "journal.witness: expected rfc3161:http://… or rfc3161:https://…");
		return NULL;
	}
	struct witness *w = calloc(1, sizeof *w);
	*w = (struct witness){ .s = s, .url = strdup(setting + strlen("rfc3161:")), .pause = USEC };
	if (!worker_begin(&w->work, run, w)) {
		err_set(e, ST_INTERNAL, "a thread could not be started");
		free(w->url);
		free(w);
		return NULL;
	}
	return w;
}

void witness_stop(struct witness *w)
{
	if (!w)
		return;
	worker_end(&w->work);
	free(w->url);
	free(w);
}

void witness_stats(struct witness *w, struct witness_stats *out)
{
	*out = w ? w->stats : (struct witness_stats){ 0 };
}
