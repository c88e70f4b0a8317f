/* receipt.c — an entry of the journal with its proof, as a receipt. */
#include "store/receipt.h"
#include <string.h>
#include "store/receipt_check.h"

enum st receipt_of(struct req *rq, const struct entry *e, const char *digest, struct buf *out)
{
	struct checkpoint cp;
	struct hash path[64];
	struct receipt r = { .case_number = e->subject, .digest = digest };
	int n = 0;
	enum st st = journal_checkpoint_for(rq, e->seq, &cp);
	if (st)
		return st == ST_NOTFOUND
			       ? err_set(&rq->err, ST_BUSY, "the receipt is being made; try again in a few seconds")
			       : st;
	if (journal_inclusion(rq, e->seq, cp.size, path, &n))
		return rq->err.code;
	r.entry = journal_canonical(rq->mem, e->at, e->actor, e->room, e->subject, e->verb, e->payload);
	/* {"at":"2026-11-24T14:05:00.000000Z",…: the same text, so that the two can't differ */
	r.filed_at = arena_dup(rq->mem, r.entry + 7, strcspn(r.entry + 7, "\""));
	r.salt = e->salt.p;
	r.salt_n = e->salt.n;
	BUF_SCOPE proof = BUF_INIT;
	struct tlog_proof tp = { .index = (uint64_t)e->seq, .n = n, .note = cp.note, .note_n = strlen(cp.note) };
	memcpy(tp.path, path, sizeof tp.path);
	tlog_proof_write(&proof, &tp);
	r.proof = buf_cstr(&proof);
	if (receipt_witnessed(&r, rq->mem, cp.witnessed, &rq->err))
		return rq->err.code;
	receipt_write(out, &r);
	return out->bad ? err_set(&rq->err, ST_INTERNAL, "the receipt could not be written") : ST_OK;
}
