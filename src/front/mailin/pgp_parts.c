/* Where in a message PGP is, and the message without it: pure. PGP/MIME as RFC 3156 writes it, also as Exchange mangles it
 * (multipart/mixed with the same two parts); armour in a text. What stands around a signed part is not signed, so only
 * the outermost structure counts: a signed message that a list has wrapped is not signed any more. */
#include <stdio.h>
#include "front/mailin/mailin_int.h"

static const char armour_begin[] = "-----BEGIN PGP MESSAGE-----", armour_end[] = "-----END PGP MESSAGE-----",
		  signed_begin[] = "-----BEGIN PGP SIGNED MESSAGE-----", signed_end[] = "-----END PGP SIGNATURE-----";

enum { CHILDREN = 4 };

static bool is(const struct entity *e, const char *type)
{
	return !strcmp(e->type, type);
}

/* The direct children of the message, at most CHILDREN. */
static int children(const struct mime *m, const struct entity *out[CHILDREN])
{
	int n = 0;
	for (int i = 1; i < m->n && n < CHILDREN; i++)
		if (m->part[i].parent == 0)
			out[n++] = &m->part[i];
	return n;
}

static void decoded(struct arena *mem, const struct entity *e, const char **p, size_t *n)
{
	*p = e->body;
	*n = e->bodyn;
	if (e->encoding == MAIL_IDENTITY)
		return;
	char *plain = arena_alloc(mem, e->bodyn + 1);
	*n = decode_bytes(e->encoding, e->body, e->bodyn, plain, e->bodyn);
	*p = plain;
}

/* ── PGP/MIME ── */

static void find_mime(struct arena *mem, const struct mime *m, struct pgp_part *out)
{
	const struct entity *c[CHILDREN], *top = &m->part[0];
	int n = children(m, c);
	if (strncmp(top->type, "multipart/", 10) != 0 || n < 2)
		return;
	if (is(top, "multipart/signed")) {
		if (n != 2 || !is(c[1], "application/pgp-signature"))
			return;
		out->kind = PGP_PART_SIGNED;
		out->p = c[0]->head;
		out->n = (size_t)(c[0]->body + c[0]->bodyn - c[0]->head);
		decoded(mem, c[1], &out->sig, &out->sign);
		return;
	}
	if (!is(top, "multipart/encrypted") && !is(top, "multipart/mixed"))
		return;
	for (int i = 0; i + 1 < n; i++)
		if (is(c[i], "application/pgp-encrypted") && is(c[i + 1], "application/octet-stream")) {
			out->kind = PGP_PART_ENCRYPTED;
			decoded(mem, c[i + 1], &out->p, &out->n);
			return;
		}
}

/* ── armour in a text ── */

static const char *line_with(const char *p, size_t n, const char *what)
{
	size_t k = strlen(what);
	for (const char *at = p, *end = p + n; (at = memmem(at, (size_t)(end - at), what, k)); at += k)
		if (at == p || at[-1] == '\n')
			return at;
	return NULL;
}

static bool find_armour(const char *p, size_t n, struct pgp_part *out)
{
	static const char *const pairs[][2] = { { armour_begin, armour_end }, { signed_begin, signed_end } };
	for (int i = 0; i < 2; i++) {
		const char *from = line_with(p, n, pairs[i][0]);
		const char *to = from ? line_with(from, (size_t)(p + n - from), pairs[i][1]) : NULL;
		if (!to)
			continue;
		out->kind = PGP_PART_INLINE;
		out->p = from;
		out->n = (size_t)(to - from) + strlen(pairs[i][1]);
		return true;
	}
	return false;
}

/* The first text of the message, when it is the message or stands directly in it. */
static void find_inline(struct arena *mem, const struct mime *m, const char *p, size_t n, struct pgp_part *out)
{
	const struct entity *c[CHILDREN], *e = &m->part[0];
	const char *text;
	size_t textn;
	int n_children = strncmp(e->type, "multipart/", 10) ? 0 : children(m, c);
	if (n_children)
		e = c[0];
	bool inside = e->head >= p && e->body + e->bodyn <= p + n;
	if (!is(e, "text/plain") || !inside)
		return;
	decoded(mem, e, &text, &textn);
	if (!find_armour(text, textn, out))
		return;
	out->charset = e->charset;
	out->beside = n_children > 1;
	if (e != &m->part[0]) {
		out->from = e->head;
		out->to = e->body + e->bodyn;
	}
}

bool pgp_part_encrypted(const struct pgp_part *at)
{
	bool clear = at->n > sizeof signed_begin && !memcmp(at->p, signed_begin, sizeof signed_begin - 1);
	return at->kind == PGP_PART_ENCRYPTED || (at->kind == PGP_PART_INLINE && !clear);
}

void pgp_find(struct arena *mem, const char *p, size_t n, struct pgp_part *out)
{
	struct mime m;
	*out = (struct pgp_part){ 0 };
	mime_read(mem, p, n, &m);
	if (!m.n)
		return;
	find_mime(mem, &m, out);
	if (out->kind == PGP_PART_NONE)
		find_inline(mem, &m, p, n, out);
}

/* ── the message without it ── */

static bool about_content(const struct field *f)
{
	return (f->nn > 8 && !strncasecmp(f->name, "Content-", 8)) ||
	       (f->nn == 12 && !strncasecmp(f->name, "MIME-Version", 12));
}

/* Protected headers: a Subject inside is the true one. */
static void outer_headers(const struct mime *m, bool subject, struct buf *out)
{
	const struct entity *e = &m->part[0];
	for (int i = 0; i < e->nfields; i++) {
		const struct field *f = &e->field[i];
		bool drop = about_content(f) || (!subject && f->nn == 7 && !strncasecmp(f->name, "Subject", 7));
		if (drop)
			continue;
		buf_add(out, f->name, f->nn);
		buf_str(out, ": ");
		size_t n = f->vn;
		while (n && (f->value[n - 1] == '\n' || f->value[n - 1] == '\r'))
			n--;
		buf_add(out, f->value, n);
		buf_str(out, "\r\n");
	}
}

static void text_headers(const struct pgp_part *at, struct buf *out)
{
	/* A name only: nothing of the message may end this line. */
	const char *charset = at->charset ? at->charset : "utf-8";
	size_t n = strspn(charset, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:");
	buf_printf(out, "Content-Type: text/plain; charset=%.*s\r\nContent-Transfer-Encoding: 8bit\r\n\r\n",
		   n && n < 60 ? (int)n : 5, n && n < 60 ? charset : "utf-8");
}

void pgp_splice(struct arena *mem, const char *p, size_t n, const struct pgp_part *at, const char *plain,
		size_t plain_n, struct buf *out)
{
	struct mime outer, inner;
	if (at->kind == PGP_PART_INLINE && at->from) {
		buf_add(out, p, (size_t)(at->from - p));
		text_headers(at, out);
		buf_add(out, plain, plain_n);
		buf_str(out, "\r\n");
		buf_add(out, at->to, (size_t)(p + n - at->to));
		return;
	}
	mime_read(mem, p, n, &outer);
	if (at->kind == PGP_PART_INLINE) {
		outer_headers(&outer, true, out);
		text_headers(at, out);
	} else {
		mime_read(mem, plain, plain_n, &inner);
		outer_headers(&outer, !inner.n || !field_find(&inner.part[0], "Subject"), out);
	}
	buf_add(out, plain, plain_n);
}
