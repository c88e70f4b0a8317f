/* A letter under PGP (RFC 3156): encrypted and signed for who has a key here, only signed for others where `pgp.sign` says
 * so. The Message-ID stays the same, so a repeat is known as one although no two encryptions are the same bytes. */
#include "out/mail/mail_int.h"
#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "base/lang.h"
#include "base/text.h"
#include "pgp/pgp.h"
#include "who/pgp_key.h"

/* The composed message taken apart: fields about the content go inside, the others stay outside. */
struct split {
	struct buf outer, inner;
	const char *subject; /* the folded field, with its line end */
	size_t subject_n;
};

static bool begins(const char *p, size_t n, const char *word)
{
	size_t k = strlen(word);
	return n >= k && !strncasecmp(p, word, k);
}

static size_t field_length(const char *p, const char *end)
{
	const char *at = p;
	do {
		const char *nl = memchr(at, '\n', (size_t)(end - at));
		at = nl ? nl + 1 : end;
	} while (at < end && (*at == ' ' || *at == '\t'));
	return (size_t)(at - p);
}

static void split_fields(const char *p, const char *end, struct split *s)
{
	while (p < end && *p != '\r' && *p != '\n') {
		size_t n = field_length(p, end);
		if (begins(p, n, "Subject:")) {
			s->subject = p;
			s->subject_n = n;
		} else if (begins(p, n, "Content-")) {
			buf_add(&s->inner, p, n);
		} else if (!begins(p, n, "MIME-Version:")) {
			buf_add(&s->outer, p, n);
		}
		p += n;
	}
	buf_add(&s->inner, p, (size_t)(end - p));
}

/* ── encrypted ── */

/* Inside the true subject (protected headers), outside the case's number alone. Which part they belong to says the
 * message's own header, whatever its parts say of themselves. */
static void protect(const struct split *s, struct buf *out)
{
	const char *p = buf_cstr(&s->inner), *end = p + s->inner.n;
	buf_add(out, s->subject, s->subject_n);
	while (p < end && *p != '\r' && *p != '\n') {
		size_t n = field_length(p, end);
		const char *more = begins(p, n, "Content-Type:") ? memchr(p, ';', n) : NULL;
		size_t k = more ? (size_t)(more + 1 - p) : n;
		buf_add(out, p, k);
		if (more)
			buf_str(out, " protected-headers=\"v1\";");
		buf_add(out, p + k, n - k);
		p += n;
	}
	buf_add(out, p, (size_t)(end - p));
}

static void write_encrypted(const struct split *s, const char *number, const char *id, const struct buf *armour,
			    struct buf *out)
{
	char mark[BOUNDARY];
	letter_boundary("pgp", id, mark);
	buf_add(out, s->outer.p, s->outer.n);
	buf_printf(out, *number ? "Subject: [%s]\r\n" : "Subject: ...\r\n", number);
	buf_printf(out,
		   "MIME-Version: 1.0\r\n"
		   "Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\";\r\n boundary=\"%s\"\r\n"
		   "\r\n--%s\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n\r\n"
		   "--%s\r\nContent-Type: application/octet-stream; name=\"encrypted.asc\"\r\n\r\n",
		   mark, mark, mark);
	text_crlf(out, buf_cstr(armour), armour->n);
	buf_printf(out, "\r\n--%s--\r\n", mark);
}

static enum st encrypt(struct pgp *role, const struct pgp_key *key, const struct split *s, const char *number,
		       struct parcel *p, struct err *e)
{
	BUF_SCOPE inside = { .max = PGP_TEXT_MAX };
	BUF_SCOPE armour = { .max = PGP_TEXT_MAX };
	protect(s, &inside);
	struct pgp_seal what = { key->armour, key->fingerprint, buf_cstr(&inside), inside.n };
	if (pgp_seal(role, &what, &armour, e))
		return e->code;
	buf_reset(&p->message);
	write_encrypted(s, number, p->id, &armour, &p->message);
	return ST_OK;
}

/* ── signed ── */

static enum st sign(struct pgp *role, const struct split *s, struct parcel *p, struct err *e)
{
	BUF_SCOPE armour = { .max = 64 << 10 };
	struct pgp_seal what = { NULL, NULL, buf_cstr(&s->inner), s->inner.n };
	char mark[BOUNDARY];
	if (pgp_seal(role, &what, &armour, e))
		return e->code;
	struct buf *out = &p->message;
	letter_boundary("pgp", p->id, mark);
	BUF_SCOPE subject = { .max = 8192 };
	buf_add(&subject, s->subject, s->subject_n); /* a view of what is written over now */
	buf_reset(out);
	buf_add(out, s->outer.p, s->outer.n);
	buf_add(out, subject.p, subject.n);
	buf_printf(out,
		   "MIME-Version: 1.0\r\nContent-Type: multipart/signed; micalg=pgp-sha512;\r\n"
		   " protocol=\"application/pgp-signature\"; boundary=\"%s\"\r\n\r\n--%s\r\n",
		   mark, mark);
	buf_add(out, s->inner.p, s->inner.n);
	buf_printf(out, "\r\n--%s\r\nContent-Type: application/pgp-signature; name=\"signature.asc\"\r\n\r\n", mark);
	text_crlf(out, buf_cstr(&armour), armour.n);
	buf_printf(out, "\r\n--%s--\r\n", mark);
	return ST_OK;
}

/* ── which ── */

static enum st seal_with(struct pgp *role, const struct pgp_key *key, const char *number, struct parcel *p,
			 struct err *e)
{
	struct split s = { { .max = PGP_TEXT_MAX }, { .max = PGP_TEXT_MAX }, "", 0 };
	const char *text = buf_cstr(&p->message);
	split_fields(text, text + p->message.n, &s);
	enum st st = s.outer.bad || s.inner.bad ? err_set(e, ST_LIMIT, "the letter is too long to be sealed")
		     : key			? encrypt(role, key, &s, number, p, e)
						: sign(role, &s, p, e);
	buf_free(&s.outer);
	buf_free(&s.inner);
	return !st && p->message.bad ? err_set(e, ST_LIMIT, "the sealed letter is too long") : st;
}

/* A letter that can't be sealed now waits alone: others need no key, or another. */
static enum fate fate_of(enum st st)
{
	return !st ? FATE_SENT : st == ST_BUSY ? FATE_LATER : FATE_FAULT;
}

static enum fate for_staff(struct parcel *p, const char *key, const char *task, enum fate fate, struct err *e)
{
	p->key = key;
	p->task = task;
	err_set(e, ST_CONFLICT, "%s", task);
	return fate;
}

/* Their key is to blame; only then may the configuration let the letter go in clear. */
static enum fate hold(const struct config *cfg, const struct pgp_key *key, struct parcel *p, const char *task,
		      struct err *e)
{
	if (!strcmp(cfg->pgp_expired, "clear"))
		return FATE_SENT;
	return for_staff(p, key->fingerprint, task, FATE_HELD, e);
}

/* Nobody waits for a signature that nobody has asked for. */
static enum fate only_sign(struct pgp *role, const struct config *cfg, const char *number, struct parcel *p,
			   struct err *e)
{
	if (!role || !cfg->pgp_sign)
		return FATE_SENT;
	enum st st = seal_with(role, NULL, number, p, e);
	if (st == ST_NOTFOUND)
		return for_staff(
			p, "own",
			N_("Letters go out without a signature: our own PGP key has expired. Make it valid for "
			   "longer"),
			FATE_SENT, e);
	return fate_of(st);
}

/* What can't be told goes the long way, which says why. */
bool parcels_in_clear(struct req *rq, struct pgp *role, const struct config *cfg)
{
	struct pgp_key key;
	int n = 1;
	enum st st = pgp_key_list(rq, &key, 1, &n);
	err_clear(&rq->err);
	return !st && !n && !(role && cfg->pgp_sign);
}

enum fate parcel_seal(struct req *rq, struct pgp *role, const struct config *cfg, const char *number, struct parcel *p,
		      struct err *e)
{
	struct pgp_key key;
	enum st st = pgp_key_get(rq, p->to, &key);
	if (st && st != ST_NOTFOUND) {
		*e = rq->err;
		return FATE_AWAY;
	}
	if (st == ST_NOTFOUND)
		return only_sign(role, cfg, number, p, e);
	if (key.expires_at && key.expires_at <= clock_now())
		return hold(cfg, &key, p, N_("A letter waits: the recipient's PGP key has expired. Ask for a new one"),
			    e);
	if (!key.encrypts)
		return only_sign(role, cfg, number, p, e);
	if (!role)
		return for_staff(p, "own",
				 N_("A letter waits: it must be encrypted, but we have no PGP key of our own yet"),
				 FATE_HELD, e);
	st = seal_with(role, &key, number, p, e);
	if (st == ST_CONFLICT)
		return hold(cfg, &key, p,
			    N_("A letter waits: the recipient's PGP key can't be used. Ask for a new one"), e);
	if (st == ST_NOTFOUND)
		return for_staff(p, "own", N_("A letter waits: our own PGP key has expired. Make it valid for longer"),
				 FATE_HELD, e);
	return fate_of(st);
}
