#include "base/note.h"
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include "base/bytes.h"
#include "base/text.h"

enum {
	SIG_LEN = 64,
	ID_LEN = 4,
	KEY_LEN = 1 + 32,
	NOTE_MAX = 1 << 20,  /* bytes of a whole note */
	SIGS_MAX = 100,	     /* signature lines */
	SIG_TEXT_MAX = 8192, /* base64 of one signature; the post-quantum ones need near 7,000 */
	EXTRA_TEXT_MAX = 65536,
	PATH_MAX_HASHES = 64,
	HASH_TEXT = 44,
};

static const char dash[] = "\xe2\x80\x94 "; /* U+2014 and a blank */
static const char proof_line[] = "c2sp.org/tlog-proof@v1\n";
static const char cosign_line[] = "cosignature/v1\n";

/* A piece of a text that is being taken apart; `p` moves, `end` stays. */
struct text {
	const char *p, *end;
};

/* One signature line, taken apart. `blob` is key id ‖ signature. */
struct sig {
	char name[256];
	uint8_t blob[SIG_TEXT_MAX / 4 * 3];
	long n;
};

static void buf_b64(struct buf *out, const void *p, size_t n)
{
	unsigned char text[144];
	if (n > 96) {
		out->bad = true;
		return;
	}
	buf_add(out, text, (size_t)EVP_EncodeBlock(text, p, (int)n));
}

/* The next line without its newline; false when there is none, or the last one is not ended. */
static bool next_line(struct text *t, const char **line, size_t *n)
{
	const char *nl = t->p < t->end ? memchr(t->p, '\n', (size_t)(t->end - t->p)) : NULL;
	if (!nl)
		return false;
	*line = t->p;
	*n = (size_t)(nl - t->p);
	t->p = nl + 1;
	return true;
}

/* Decimal as C2SP writes it: no sign, no leading zero. */
static bool decimal(const char *s, size_t n, uint64_t *out)
{
	uint64_t v = 0;
	if (!n || n > 20 || (n > 1 && *s == '0'))
		return false;
	for (size_t i = 0; i < n; i++) {
		uint64_t d = (uint64_t)(s[i] - '0');
		if (s[i] < '0' || s[i] > '9' || __builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, d, &v))
			return false;
	}
	*out = v;
	return true;
}

static bool hash_line(const char *s, size_t n, struct hash *out)
{
	uint8_t raw[HASH_TEXT / 4 * 3];
	if (n != HASH_TEXT || b64_decode(s, n, raw) != HASH_LEN)
		return false;
	memcpy(out->b, raw, HASH_LEN);
	return true;
}

/* Valid UTF-8 without ASCII controls but newline (c2sp.org/signed-note). */
static bool note_chars_ok(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] < 0x20 && s[i] != '\n')
			return false;
	return utf8_valid(s, n);
}

/* Unicode's White_Space outside ASCII, in UTF-8. */
static bool space_at(const char *s)
{
	static const char *const spaces[] = {
		"\xc2\x85",	"\xc2\xa0",	"\xe1\x9a\x80", "\xe2\x80\xa8",
		"\xe2\x80\xa9", "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80",
	};
	for (size_t i = 0; i < sizeof spaces / sizeof *spaces; i++)
		if (!strncmp(s, spaces[i], strlen(spaces[i])))
			return true;
	/* U+2000 to U+200A */
	return !strncmp(s, "\xe2\x80", 2) && (unsigned char)s[2] >= 0x80 && (unsigned char)s[2] <= 0x8a;
}

bool note_name_ok(const char *name)
{
	size_t n = strlen(name);
	if (!n || n >= sizeof((struct vkey *)0)->name || !utf8_valid(name, n))
		return false;
	for (const char *p = name; *p; p++)
		if ((unsigned char)*p <= ' ' || *p == '+' || *p == 0x7f || space_at(p))
			return false;
	return true;
}

static bool copy_name(char out[256], const char *s, size_t n)
{
	if (n >= 256 || memchr(s, 0, n))
		return false;
	memcpy(out, s, n);
	out[n] = 0;
	return note_name_ok(out);
}

/* ── keys ── */

void vkey_make(struct vkey *out, const char *name, uint8_t type, const uint8_t pub[32])
{
	uint8_t text[sizeof out->name + 1 + KEY_LEN];
	size_t n;
	*out = (struct vkey){ .type = type };
	snprintf(out->name, sizeof out->name, "%s", name);
	memcpy(out->pub, pub, sizeof out->pub);
	n = strlen(out->name);
	memcpy(text, out->name, n);
	text[n++] = '\n';
	text[n++] = type;
	memcpy(text + n, pub, 32);
	struct hash h = hash_of(text, n + 32);
	struct rd r = rd_of(h.b, sizeof h.b);
	out->id = rd_u32(&r);
}

char *vkey_text(struct arena *a, const struct vkey *k)
{
	uint8_t raw[KEY_LEN];
	raw[0] = k->type;
	memcpy(raw + 1, k->pub, sizeof k->pub);
	return arena_printf(a, "%s+%08x+%s", k->name, k->id, b64_encode(a, raw, sizeof raw));
}

bool vkey_parse(const char *s, struct vkey *out, struct err *e)
{
	const char *id = strchr(s, '+'), *key = id ? strchr(id + 1, '+') : NULL;
	uint8_t raw[HASH_TEXT / 4 * 3];
	char name[256], want[9];
	if (!key || !copy_name(name, s, (size_t)(id - s))) {
		err_set(e, ST_INVALID, "verifier key: not of the form name+id+key");
		return false;
	}
	if (strlen(key + 1) != HASH_TEXT || b64_decode(key + 1, HASH_TEXT, raw) != KEY_LEN) {
		err_set(e, ST_INVALID, "verifier key %s: its last part is not base64 of a type and 32 bytes", name);
		return false;
	}
	if (raw[0] != NOTE_ED25519 && raw[0] != NOTE_COSIGNATURE_V1) {
		err_set(e, ST_INVALID, "verifier key %s: type %d is not supported", name, raw[0]);
		return false;
	}
	vkey_make(out, name, raw[0], raw + 1);
	snprintf(want, sizeof want, "%08x", out->id);
	if (key - id != 9 || memcmp(id + 1, want, 8)) {
		err_set(e, ST_INVALID, "verifier key %s: its id is not %s, so a part of it was changed", name, want);
		return false;
	}
	return true;
}

/* ── notes ── */

bool note_sign_line(struct buf *out, const struct vkey *k, const uint8_t seed[32], const char *text, size_t n)
{
	uint8_t blob[ID_LEN + SIG_LEN];
	if (k->type != NOTE_ED25519 || !note_name_ok(k->name) || !n || n > NOTE_MAX || text[n - 1] != '\n' ||
	    !note_chars_ok(text, n))
		return false;
	put_u32(blob, k->id);
	if (!ed25519_sign(seed, text, n, blob + ID_LEN))
		return false;
	buf_str(out, dash);
	buf_str(out, k->name);
	buf_char(out, ' ');
	buf_b64(out, blob, sizeof blob);
	buf_char(out, '\n');
	return !out->bad;
}

/* The text ends before the last empty line: *text_n counts its newline, the signatures begin one byte later. */
static bool note_split(const char *note, size_t n, size_t *text_n)
{
	if (n < 3 || n > NOTE_MAX || note[n - 1] != '\n' || !note_chars_ok(note, n))
		return false;
	for (size_t i = n - 2; i > 0; i--)
		if (note[i] == '\n' && note[i - 1] == '\n') {
			*text_n = i;
			return true;
		}
	return false;
}

static bool sig_parse(const char *line, size_t n, struct sig *out)
{
	size_t skip = sizeof dash - 1;
	const char *name = line + skip, *blank;
	if (n <= skip || memcmp(line, dash, skip) || !(blank = memchr(name, ' ', n - skip)) ||
	    !copy_name(out->name, name, (size_t)(blank - name)))
		return false;
	size_t left = (size_t)(line + n - blank - 1);
	out->n = left && left <= SIG_TEXT_MAX ? b64_decode(blank + 1, left, out->blob) : -1;
	return out->n > ID_LEN;
}

/* c2sp.org/tlog-cosignature: the message has two lines before the checkpoint's text. */
static bool cosignature_ok(const struct vkey *k, const uint8_t sig[8 + SIG_LEN], const char *text, size_t n,
			   uint64_t *when)
{
	struct rd r = rd_of(sig, 8);
	uint64_t t = rd_u64(&r);
	BUF_SCOPE msg = { .max = NOTE_MAX + 128 };
	if (t > INT64_MAX)
		return false;
	buf_printf(&msg, "%stime %llu\n", cosign_line, (unsigned long long)t);
	buf_add(&msg, text, n);
	if (msg.bad || !ed25519_verify(k->pub, msg.p, msg.n, sig + 8))
		return false;
	if (when)
		*when = t;
	return true;
}

static bool sig_ok(const struct vkey *k, const struct sig *s, const char *text, size_t n, uint64_t *when)
{
	const uint8_t *sig = s->blob + ID_LEN;
	if (k->type == NOTE_ED25519)
		return s->n == ID_LEN + SIG_LEN && ed25519_verify(k->pub, text, n, sig);
	return k->type == NOTE_COSIGNATURE_V1 && s->n == ID_LEN + 8 + SIG_LEN && cosignature_ok(k, sig, text, n, when);
}

enum st note_verify(const char *note, size_t n, const struct vkey *k, size_t *text_n, uint64_t *when, struct err *e)
{
	const char *line;
	size_t len, body;
	struct sig s;
	bool good = false;
	if (!note_split(note, n, &body))
		return err_set(e, ST_INVALID, "note: not a text, an empty line and signatures in UTF-8");
	struct text t = { note + body + 1, note + n };
	for (int i = 1; t.p < t.end; i++) {
		if (i > SIGS_MAX)
			return err_set(e, ST_LIMIT, "note: more than %d signatures", SIGS_MAX);
		if (!next_line(&t, &line, &len) || !sig_parse(line, len, &s))
			return err_set(e, ST_INVALID, "note: signature line %d is malformed", i);
		struct rd r = rd_of(s.blob, ID_LEN);
		if (rd_u32(&r) != k->id || strcmp(s.name, k->name))
			continue;
		if (good)
			return err_set(e, ST_INVALID, "note: %s signed it twice", k->name);
		if (!sig_ok(k, &s, note, body, when))
			return err_set(e, ST_INVALID, "note: the signature of %s does not fit its text", k->name);
		good = true;
	}
	if (!good)
		return err_set(e, ST_INVALID, "note: no signature by the key %s+%08x", k->name, k->id);
	if (text_n)
		*text_n = body;
	return ST_OK;
}

/* ── checkpoints ── */

void checkpoint_write(struct buf *out, const struct checkpoint_text *c)
{
	buf_printf(out, "%s\n%llu\n", c->origin, (unsigned long long)c->size);
	buf_b64(out, c->root.b, HASH_LEN);
	buf_char(out, '\n');
}

/* Extension lines, which the format allows and discourages, are refused: neither we nor whom we follow write them. */
enum st checkpoint_parse(const char *s, size_t n, struct checkpoint_text *out, struct err *e)
{
	struct text t = { s, s + n };
	const char *line;
	size_t len;
	if (!next_line(&t, &line, &len) || !copy_name(out->origin, line, len))
		return err_set(e, ST_INVALID, "checkpoint: its first line is no origin");
	if (!next_line(&t, &line, &len) || !decimal(line, len, &out->size))
		return err_set(e, ST_INVALID, "checkpoint of %s: its second line is no tree size", out->origin);
	if (!next_line(&t, &line, &len) || !hash_line(line, len, &out->root))
		return err_set(e, ST_INVALID, "checkpoint of %s: its third line is no root hash", out->origin);
	if (t.p != t.end)
		return err_set(e, ST_INVALID, "checkpoint of %s: more than three lines", out->origin);
	return ST_OK;
}

/* ── proofs ── */

void tlog_proof_write(struct buf *out, const struct tlog_proof *p)
{
	buf_printf(out, "%sindex %llu\n", proof_line, (unsigned long long)p->index);
	for (int i = 0; i < p->n; i++) {
		buf_b64(out, p->path[i].b, HASH_LEN);
		buf_char(out, '\n');
	}
	buf_char(out, '\n');
	buf_add(out, p->note, p->note_n);
}

static bool starts(const char *line, size_t n, const char *with)
{
	return n >= strlen(with) && !memcmp(line, with, strlen(with));
}

/* Nothing in the format binds the extra data, so it is checked for its form and passed over. */
static bool extra_ok(const char *line, size_t n)
{
	uint8_t raw[EXTRA_TEXT_MAX / 4 * 3];
	return n > 6 && n - 6 <= EXTRA_TEXT_MAX && b64_decode(line + 6, n - 6, raw) >= 0;
}

enum st tlog_proof_parse(const char *s, size_t n, struct tlog_proof *out, struct err *e)
{
	struct text t = { s, s + n };
	const char *line;
	size_t len;
	*out = (struct tlog_proof){ 0 };
	if (n > NOTE_MAX + EXTRA_TEXT_MAX)
		return err_set(e, ST_LIMIT, "proof: longer than %d bytes", NOTE_MAX + EXTRA_TEXT_MAX);
	if (!next_line(&t, &line, &len) || len != sizeof proof_line - 2 || memcmp(line, proof_line, len))
		return err_set(e, ST_INVALID, "proof: does not begin with c2sp.org/tlog-proof@v1");
	bool more = next_line(&t, &line, &len);
	if (more && starts(line, len, "extra ")) {
		if (!extra_ok(line, len))
			return err_set(e, ST_INVALID, "proof: its extra line is not base64");
		more = next_line(&t, &line, &len);
	}
	if (!more || !starts(line, len, "index ") || !decimal(line + 6, len - 6, &out->index))
		return err_set(e, ST_INVALID, "proof: no line with an index");
	while ((more = next_line(&t, &line, &len)) && len) {
		if (out->n == PATH_MAX_HASHES)
			return err_set(e, ST_LIMIT, "proof: more than %d hashes", PATH_MAX_HASHES);
		if (!hash_line(line, len, &out->path[out->n++]))
			return err_set(e, ST_INVALID, "proof: hash %d is not base64 of 32 bytes", out->n);
	}
	if (!more || t.p == t.end)
		return err_set(e, ST_INVALID, "proof: it carries no checkpoint");
	out->note = t.p;
	out->note_n = (size_t)(t.end - t.p);
	return ST_OK;
}
