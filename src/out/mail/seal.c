/* A letter under PGP (RFC 3156): encrypted and signed for who has a key here, only signed for others where `pgp.sign` says
 * so. The Message-ID stays the same, so a repeat is known as one although no two encryptions are the same bytes. */
#include "out/mail/mail_int.h"
#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "base/hash.h"
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

static void boundary_of(const char *id, char out[40])
{
	char hex[65];
	struct hash h = hash_of2("pgp", 3, id, strlen(id));
	snprintf(out, 40, "=_%.24s", hash_hex(&h, hex));
}

/* ── encrypted ── */

/* Inside the true subject (protected headers), outside the case's number alone. */
static void protect(const struct split *s, struct buf *out)
{
	static const char type[] = "Content-Type: multipart/alternative;";
	const char *p = buf_cstr(&s->inner), *at = strstr(p, type);
	buf_add(out, s->subject, s->subject_n);
	if (!at) {
		buf_add(out, p, s->inner.n);
		return;
	}
	at += sizeof type - 1;
	buf_add(out, p, (size_t)(at - p));
	buf_str(out, " protected-headers=\"v1\";");
	buf_add(out, at, s->inner.n - (size_t)(at - p));
}

/* Lines of armour end in LF; on the way they end in CRLF. */
static void add_lines(struct buf *out, const struct buf *text)
{
	for (size_t i = 0; i < text->n; i++) {
		if (text->p[i] == '\n' && (!i || text->p[i - 1] != '\r'))
			buf_char(out, '\r');
		buf_char(out, text->p[i]);
	}
}

static void write_encrypted(const struct split *s, const char *number, const char *id, const struct buf *armour,
			    struct buf *out)
{
	char mark[40];
	boundary_of(id, mark);
	buf_add(out, s->outer.p, s->outer.n);
	buf_printf(out, *number ? "Subject: [%s]\r\n" : "Subject: ...\r\n", number);
	buf_printf(out,
		   "MIME-Version: 1.0\r\n"
		   "Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\";\r\n boundary=\"%s\"\r\n"
		   "\r\n--%s\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n\r\n"
		   "--%s\r\nContent-Type: application/octet-stream; name=\"encrypted.asc\"\r\n\r\n",
		   mark, mark, mark);
	add_lines(out, armour);
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
	char mark[40];
	if (pgp_seal(role, &what, &armour, e))
		return e->code;
	struct buf *out = &p->message;
	boundary_of(p->id, mark);
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
	add_lines(out, &armour);
	buf_printf(out, "\r\n--%s--\r\n", mark);
	return ST_OK;
}

/* ── which ── */

static enum fate seal_with(struct pgp *role, const struct pgp_key *key, const char *number, struct parcel *p,
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
	if (!st && p->message.bad)
		st = err_set(e, ST_LIMIT, "the sealed letter is too long");
	return !st ? FATE_SENT : st == ST_CONFLICT ? FATE_HELD : st == ST_BUSY ? FATE_AWAY : FATE_REFUSED;
}

static enum fate hold(const struct config *cfg, struct err *e, const char *why)
{
	if (!strcmp(cfg->pgp_expired, "clear"))
		return FATE_SENT;
	err_set(e, ST_CONFLICT, "%s", why);
	return FATE_HELD;
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
		return role && cfg->pgp_sign ? seal_with(role, NULL, number, p, e) : FATE_SENT;
	if (key.expires_at && key.expires_at <= clock_now())
		return hold(cfg, e, N_("A letter waits: the recipient's PGP key has expired. Ask for a new one"));
	if (!key.encrypts)
		return role && cfg->pgp_sign ? seal_with(role, NULL, number, p, e) : FATE_SENT;
	if (!role)
		return hold(cfg, e, N_("A letter waits: it must be encrypted, but we have no PGP key of our own yet"));
	enum fate fate = seal_with(role, &key, number, p, e);
	if (fate != FATE_HELD)
		return fate;
	return hold(cfg, e, N_("A letter waits: the recipient's PGP key can't be used. Ask for a new one"));
}
