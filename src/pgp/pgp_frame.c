/* Messages as packets, and what is in them: pure. */
#include <string.h>
#include "pgp/pgp_int.h"

static const char *const signed_names[PGP_SIGNED_COUNT] = {
	"none", "good", "bad", "unknown-key", "expired-key", "expired-signature", "revoked-key",
};

const char *pgp_signed_name(enum pgp_signed s)
{
	return (unsigned)s < PGP_SIGNED_COUNT ? signed_names[s] : "none";
}

bool pgp_worse(enum pgp_signed is, enum pgp_signed than)
{
	static const int rank[PGP_SIGNED_COUNT] = {
		[PGP_UNSIGNED] = 0,    [PGP_GOOD] = 1,	      [PGP_EXPIRED_SIGNATURE] = 2,
		[PGP_EXPIRED_KEY] = 3, [PGP_UNKNOWN_KEY] = 4, [PGP_REVOKED_KEY] = 5,
		[PGP_BAD] = 6,
	};
	return rank[is] > rank[than];
}

static bool drop(struct pgp_join *j)
{
	buf_reset(&j->whole);
	j->open = false;
	return false;
}

bool pgp_join_add(struct pgp_join *j, const uint8_t *packet, size_t n)
{
	struct rd r = rd_of(packet, n);
	uint32_t id = rd_u32(&r);
	uint8_t op = rd_u8(&r), flags = rd_u8(&r);
	uint32_t total = rd_u32(&r);
	if (r.bad || n > PGP_PACKET || total > PGP_WHOLE_MAX)
		return drop(j);
	if (flags & PGP_FIRST) {
		drop(j);
		j->whole.max = PGP_WHOLE_MAX;
		j->id = id;
		j->op = op;
		j->total = total;
		j->open = true;
	}
	size_t piece = rd_left(&r);
	if (!j->open || id != j->id || op != j->op || total != j->total || piece > total - j->whole.n ||
	    (!piece && total))
		return drop(j);
	buf_add(&j->whole, rd_bytes(&r, piece), piece);
	if (j->whole.bad)
		return drop(j);
	if (j->whole.n < total)
		return false;
	j->open = false;
	return true;
}

void pgp_join_free(struct pgp_join *j)
{
	buf_free(&j->whole);
	j->open = false;
}

size_t pgp_cut(uint8_t packet[PGP_PACKET], uint32_t id, uint8_t op, const void *whole, size_t n, size_t *at)
{
	size_t piece = n - *at < PGP_PIECE ? n - *at : PGP_PIECE;
	put_u32(packet, id);
	packet[4] = op;
	packet[5] = *at ? 0 : PGP_FIRST;
	put_u32(packet + 6, (uint32_t)n);
	if (piece)
		memcpy(packet + PGP_HEAD, (const char *)whole + *at, piece);
	*at += piece;
	return PGP_HEAD + piece;
}

struct view pgp_take(struct rd *r)
{
	uint32_t n = rd_u32(r);
	if (r->bad || n > rd_left(r)) {
		r->bad = true;
		return (struct view){ "", 0 };
	}
	return (struct view){ (const char *)rd_bytes(r, n), n };
}

struct view pgp_rest(struct rd *r)
{
	size_t n = r->bad ? 0 : rd_left(r);
	return (struct view){ n ? (const char *)rd_bytes(r, n) : "", n };
}

void pgp_give(struct buf *b, const void *p, size_t n)
{
	uint8_t head[4];
	put_u32(head, (uint32_t)n);
	buf_add(b, head, sizeof head);
	if (n)
		buf_add(b, p, n);
}

void pgp_verdict_write(struct buf *b, const struct pgp_verdict *v)
{
	size_t n = strlen(v->fingerprint);
	buf_char(b, (char)v->opened);
	buf_char(b, (char)v->is);
	buf_char(b, (char)v->encrypted);
	buf_char(b, (char)n);
	buf_add(b, v->fingerprint, n);
}

/* A fingerprint is hexadecimal and nothing else, since it goes into look-ups and pages. */
bool pgp_verdict_read(struct rd *r, struct pgp_verdict *v)
{
	uint8_t opened = rd_u8(r), is = rd_u8(r), encrypted = rd_u8(r), n = rd_u8(r);
	*v = (struct pgp_verdict){ 0 };
	if (r->bad || opened >= PGP_OPENED_COUNT || is >= PGP_SIGNED_COUNT || encrypted > 1 || n >= PGP_FPR ||
	    n > rd_left(r))
		return false;
	memcpy(v->fingerprint, rd_bytes(r, n), n);
	v->opened = (enum pgp_opened)opened;
	v->is = (enum pgp_signed)is;
	v->encrypted = encrypted;
	return strspn(v->fingerprint, "0123456789ABCDEF") == n;
}
