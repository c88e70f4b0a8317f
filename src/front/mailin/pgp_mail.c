/* Opens what PGP closed around a message, through the role. */
#include "front/mailin/mailin_int.h"
#include "pgp/pgp.h"
#include "who/pgp_key.h"

enum { LAYERS = 2 }; /* encrypted, and within it signed by itself */

struct wrapping {
	struct req *rq;
	const struct mailin_site *site;
	struct pgp_key key; /* bound to the author */
	bool bound;
	struct pgp_verdict v;
	bool partly; /* the signature that counts is of one part among others */
};

typedef enum st (*key_fn)(struct req *rq, const char *what, struct pgp_key *out);

/* The reader is given back at once: what comes next may wait for gpg. */
static enum st find_key(const struct wrapping *w, key_fn find, const char *what, struct pgp_key *out)
{
	if (mailin_read_begin(w->rq, w->site))
		return w->rq->err.code;
	enum st st = find(w->rq, what, out);
	mailin_read_end(w->rq, w->site);
	return st;
}

static enum st author_key(struct wrapping *w, const char *p, size_t n)
{
	struct mime m;
	mime_read(w->rq->mem, p, n, &m);
	char *from = m.n ? field_text(w->rq->mem, &m.part[0], "From", false) : NULL;
	char *address = mail_address(w->rq->mem, from, NULL);
	enum st st = address ? find_key(w, pgp_key_get, address, &w->key) : ST_NOTFOUND;
	w->bound = !st;
	return st == ST_NOTFOUND ? ST_OK : st;
}

static struct pgp *role_of(const struct mailin_site *site, struct err *e)
{
	return site->pgp ? site->pgp : site->pgp_start(site->ctx, e);
}

static enum st ask(struct wrapping *w, const struct pgp_open *q, struct buf *plain)
{
	struct pgp *role = role_of(w->site, &w->rq->err);
	struct pgp_key other;
	enum st st = role ? pgp_open(role, q, &w->v, plain, &w->rq->err) : w->rq->err.code;
	if (st || w->v.is != PGP_UNKNOWN_KEY || !*w->v.fingerprint)
		return st;
	/* A stranger to this author may be known to us by another address: then say whose key it is. */
	st = find_key(w, pgp_key_by_fingerprint, w->v.fingerprint, &other);
	if (st)
		return st == ST_NOTFOUND ? ST_OK : st;
	struct pgp_open again = *q;
	again.key = other.armour;
	buf_reset(plain);
	return pgp_open(role, &again, &w->v, plain, &w->rq->err);
}

static enum st open_part(struct wrapping *w, const struct pgp_part *at, struct buf *plain)
{
	BUF_SCOPE lines = { .max = 2 * (size_t)MAIL_MAX };
	struct pgp_open q = { .key = w->bound ? w->key.armour : NULL, .p = at->p, .n = at->n };
	if (at->kind != PGP_PART_SIGNED)
		return ask(w, &q, plain);
	BUF_SCOPE nothing = { .max = MAIL_MAX };
	text_crlf(&lines, at->p, at->n); /* in what is signed lines end so (RFC 3156 §5) */
	q.p = buf_cstr(&lines);
	q.n = lines.n;
	q.sig = at->sig;
	q.sign = at->sign;
	buf_add(plain, at->p, at->n);
	/* Empty there is no signature to look at: never the same as none asked for. */
	if (!q.sign) {
		w->v = (struct pgp_verdict){ .is = PGP_BAD };
		return ST_OK;
	}
	return ask(w, &q, &nothing);
}

/* Of a message that is more than the role takes: that will not change, so it is said and not tried again. */
static enum st look_at(struct wrapping *w, const struct pgp_part *at, struct buf *plain)
{
	enum st st = open_part(w, at, plain);
	if (st != ST_LIMIT)
		return st;
	err_clear(&w->rq->err);
	w->v = (struct pgp_verdict){ .opened = PGP_TOO_LARGE, .encrypted = pgp_part_encrypted(at) };
	return ST_OK;
}

/* What the layers say together: encrypted if one was, and the first signature that is there. */
static void add_up(struct pgp_verdict *sum, const struct pgp_verdict *v)
{
	bool encrypted = sum->encrypted || v->encrypted;
	if (sum->is)
		v = sum;
	*sum = *v;
	sum->encrypted = encrypted;
}

static enum st unwrap_layers(struct wrapping *w, const char **p, size_t *n, struct buf *inner, struct pgp_verdict *sum)
{
	struct req *rq = w->rq;
	for (int i = 0; i < LAYERS; i++) {
		struct pgp_part at;
		BUF_SCOPE plain = { .max = MAIL_MAX };
		BUF_SCOPE next = { .max = MAIL_MAX };
		struct arena *mem = arena_new((size_t)64 << 20);
		pgp_find(mem, *p, *n, &at);
		enum st st = at.kind ? look_at(w, &at, &plain) : ST_OK;
		bool inside = !st && at.kind && w->v.opened == PGP_OPENED;
		if (inside)
			pgp_splice(mem, *p, *n, &at, buf_cstr(&plain), plain.n, &next);
		arena_free(mem);
		if (st || !at.kind)
			return st;
		if (inside && next.bad)
			w->v.opened = PGP_TOO_LARGE;
		if (!sum->is)
			w->partly = w->v.is && at.beside;
		add_up(sum, &w->v);
		sum->opened = w->v.opened;
		if (w->v.opened != PGP_OPENED)
			return ST_OK;
		buf_reset(inner);
		buf_add(inner, next.p, next.n);
		*p = buf_cstr(inner);
		*n = inner->n;
		if (inner->bad)
			return err_set(&rq->err, ST_BUSY, "no memory for the message within");
	}
	return ST_OK;
}

/* Without a key of ours nothing can be said of what is there: neither that it is signed nor that it is not. */
static void not_here(const char *p, size_t n, struct pgp_verdict *sum)
{
	struct pgp_part at;
	struct arena *mem = arena_new((size_t)64 << 20);
	pgp_find(mem, p, n, &at);
	if (at.kind)
		*sum = (struct pgp_verdict){ .opened = PGP_NO_KEY_HERE, .encrypted = pgp_part_encrypted(&at) };
	arena_free(mem);
}

bool pgp_is_in(const char *p, size_t n)
{
	struct pgp_verdict v = { 0 };
	not_here(p, n, &v);
	return v.opened != PGP_OPENED;
}

enum st pgp_unwrap(struct req *rq, const struct mailin_site *site, const char **p, size_t *n, struct buf *inner,
		   struct desk_pgp *out)
{
	struct wrapping w = { .rq = rq, .site = site };
	struct pgp_verdict sum = { 0 };
	struct pgp_key signer;
	enum st st = ST_OK;
	if (author_key(&w, *p, *n))
		return rq->err.code;
	if (site->pgp || site->pgp_start)
		st = unwrap_layers(&w, p, n, inner, &sum);
	else
		not_here(*p, *n, &sum);
	if (!st && *sum.fingerprint && !(st = find_key(&w, pgp_key_by_fingerprint, sum.fingerprint, &signer)))
		out->bound = signer.address;
	if (st && st != ST_NOTFOUND)
		return st;
	err_clear(&rq->err);
	/* A key may be bound to several addresses of one party. */
	if (w.bound && !strcmp(w.key.fingerprint, sum.fingerprint))
		out->bound = w.key.address;
	out->partly = w.partly;
	desk_pgp_judge(out, &sum, w.bound ? &w.key : NULL);
	return ST_OK;
}
