#include "store/receipt_check.h"
#include <stdio.h>
#include <string.h>
#include "base/bytes.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/stamp.h"
#include "base/text.h"
#include "base/tree.h"

enum { COSIGNATURE_LEN = 4 + 8 + 64, ARENA_MAX = 16 << 20 };
#define LAST_SECOND 253402300799 /* 9999-12-31T23:59:59Z */

static const char *const receipt_keys[] = { "version", "case", "filed_at", "digest",
					    "entry",   "salt", "proof",	   "witnessed" };
static const char *const entry_keys[] = { "at", "actor", "room", "subject", "verb", "payload" };
enum { RECEIPT_KEYS = sizeof receipt_keys / sizeof *receipt_keys, ENTRY_KEYS = sizeof entry_keys / sizeof *entry_keys };

/* ── the writer ── */

static void mark_write(struct jw *w, const struct witness_mark *m)
{
	j_obj(w, NULL);
	j_str(w, "kind", m->kind);
	if (m->name)
		j_str(w, "name", m->name);
	j_str(w, "time", m->time);
	if (m->token)
		j_str(w, "token", m->token);
	j_end(w);
}

void receipt_write(struct buf *out, const struct receipt *r)
{
	if (r->salt_n < RECEIPT_SALT_MIN || r->salt_n > RECEIPT_SALT_MAX || r->n < 0 || r->n > RECEIPT_WITNESSES) {
		out->bad = true;
		return;
	}
	struct arena *a = arena_new(4096);
	struct jw w = jw_of(out);
	j_obj(&w, NULL);
	j_int(&w, "version", 1);
	j_str(&w, "case", r->case_number);
	j_str(&w, "filed_at", r->filed_at);
	j_str(&w, "digest", r->digest);
	j_str(&w, "entry", r->entry);
	j_str(&w, "salt", b64_encode(a, r->salt, r->salt_n));
	j_str(&w, "proof", r->proof);
	j_arr(&w, "witnessed");
	for (int i = 0; i < r->n; i++)
		mark_write(&w, &r->witnessed[i]);
	j_end(&w);
	j_end(&w);
	buf_char(out, '\n');
	arena_free(a);
}

/* ── reading ── */

/* Exactly these members, in this order. */
static bool keys_are(const struct json *o, const char *const *keys, int n)
{
	if (!json_is_object(o) || json_count(o) != n)
		return false;
	for (int i = 0; i < n; i++)
		if (strcmp(json_key(json_at(o, i)), keys[i]))
			return false;
	return true;
}

static const char *member(const struct json *o, const char *key)
{
	return json_str(json_get(o, key));
}

static bool b64_text_ok(struct arena *a, const char *s)
{
	size_t n = strlen(s);
	return n && b64_decode(s, n, arena_alloc(a, n / 4 * 3 + 3)) > 0;
}

static bool time_ok(struct arena *a, const char *s)
{
	int64_t t = time_parse(s);
	return t != TIME_NONE && !strcmp(time_iso(a, t), s);
}

static bool mark_parse(struct arena *a, const struct json *o, struct witness_mark *m)
{
	static const char *const c2sp[] = { "kind", "name", "time" }, *const rfc3161[] = { "kind", "time", "token" };
	*m = (struct witness_mark){ member(o, "kind"), member(o, "name"), member(o, "time"), member(o, "token") };
	if (!m->kind || !m->time || !time_ok(a, m->time))
		return false;
	if (!strcmp(m->kind, "c2sp"))
		return keys_are(o, c2sp, 3) && m->name && note_name_ok(m->name);
	return !strcmp(m->kind, "rfc3161") && keys_are(o, rfc3161, 3) && m->token && b64_text_ok(a, m->token);
}

static enum st witnessed_parse(struct receipt *r, struct arena *a, const struct json *list, struct err *e)
{
	if (!json_is_array(list))
		return err_set(e, ST_INVALID, "receipt: \"witnessed\" is not an array");
	if (json_count(list) > RECEIPT_WITNESSES)
		return err_set(e, ST_LIMIT, "receipt: more than %d witnesses", RECEIPT_WITNESSES);
	r->n = 0;
	for (int i = 0; i < json_count(list); i++)
		if (!mark_parse(a, json_at(list, i), &r->witnessed[r->n++]))
			return err_set(e, ST_INVALID, "receipt: member %d of \"witnessed\" is malformed", i + 1);
	return ST_OK;
}

enum st receipt_witnessed(struct receipt *r, struct arena *a, const char *json, struct err *e)
{
	const struct json *list = json_parse(a, json, strlen(json), e);
	return list ? witnessed_parse(r, a, list, e) : ST_INVALID;
}

static bool salt_parse(struct receipt *r, struct arena *a, const char *text)
{
	size_t n = text ? strlen(text) : 0;
	if (!n || n > RECEIPT_SALT_MAX * 2)
		return false;
	uint8_t *salt = arena_alloc(a, n);
	long len = b64_decode(text, n, salt);
	r->salt = salt;
	r->salt_n = len < 0 ? 0 : (size_t)len;
	return r->salt_n >= RECEIPT_SALT_MIN && r->salt_n <= RECEIPT_SALT_MAX;
}

static enum st receipt_parse(struct receipt *r, struct arena *a, const char *text, size_t n, struct err *e)
{
	int64_t version;
	if (n > RECEIPT_MAX)
		return err_set(e, ST_LIMIT, "receipt: longer than %zu bytes", RECEIPT_MAX);
	const struct json *o = json_parse(a, text, n, e);
	if (!o)
		return err_set(e, ST_INVALID, "receipt: %s", e->msg);
	if (!keys_are(o, receipt_keys, RECEIPT_KEYS))
		return err_set(
			e, ST_INVALID,
			"receipt: its keys are not version, case, filed_at, digest, entry, salt, proof, witnessed");
	if (!json_int(json_get(o, "version"), &version) || version != 1)
		return err_set(e, ST_INVALID, "receipt: its version is not 1");
	r->case_number = member(o, "case");
	r->filed_at = member(o, "filed_at");
	r->digest = member(o, "digest");
	r->entry = member(o, "entry");
	r->proof = member(o, "proof");
	if (!r->case_number || !r->filed_at || !r->digest || !r->entry || !r->proof)
		return err_set(e, ST_INVALID, "receipt: one of case, filed_at, digest, entry, proof is not a text");
	if (!salt_parse(r, a, member(o, "salt")))
		return err_set(e, ST_INVALID, "receipt: its salt is not base64 of %d to %d bytes", RECEIPT_SALT_MIN,
			       RECEIPT_SALT_MAX);
	return witnessed_parse(r, a, json_get(o, "witnessed"), e);
}

static enum st check_form(const struct receipt *r, const char *text, size_t n, struct err *e)
{
	BUF_SCOPE again = { .max = 8 * RECEIPT_MAX };
	size_t i = 0;
	receipt_write(&again, r);
	while (i < n && i < again.n && text[i] == again.p[i])
		i++;
	if (again.bad || i < n || i < again.n)
		return err_set(e, ST_INVALID, "receipt: byte %zu is not as a receipt is written", i);
	return ST_OK;
}

/* ── the claims ── */

static bool digest_ok(const char *s)
{
	return strlen(s) == 2 * HASH_LEN && strspn(s, "0123456789abcdef") == 2 * HASH_LEN;
}

static bool keep(char *out, size_t size, const char *s)
{
	return snprintf(out, size, "%s", s) < (int)size;
}

static enum st check_entry(const struct receipt *r, struct arena *a, struct receipt_facts *f, struct err *e)
{
	struct err why = { 0 };
	const struct json *o = json_parse(a, r->entry, strlen(r->entry), &why);
	if (!o || !keys_are(o, entry_keys, ENTRY_KEYS) || !json_is_object(json_get(o, "payload")))
		return err_set(e, ST_INVALID, "receipt: its entry is not a journal entry");
	const char *at = member(o, "at"), *subject = member(o, "subject"), *room = member(o, "room"),
		   *verb = member(o, "verb");
	const char *digest = member(json_get(o, "payload"), "digest");
	if (!at || !subject || !room || !verb || !member(o, "actor"))
		return err_set(e, ST_INVALID, "receipt: its entry lacks at, actor, room, subject or verb");
	if (strcmp(subject, r->case_number))
		return err_set(e, ST_INVALID, "receipt: its entry is not about the case %s", r->case_number);
	if (strcmp(at, r->filed_at))
		return err_set(e, ST_INVALID, "receipt: its entry was not filed at %s", r->filed_at);
	if (!digest_ok(r->digest) || !digest || strcmp(digest, r->digest))
		return err_set(e, ST_INVALID, "receipt: its digest is not the one in the entry");
	if (!keep(f->case_number, sizeof f->case_number, subject) || !keep(f->filed_at, sizeof f->filed_at, at) ||
	    !keep(f->digest, sizeof f->digest, digest) || !keep(f->room, sizeof f->room, room) ||
	    !keep(f->verb, sizeof f->verb, verb))
		return err_set(e, ST_LIMIT, "receipt: a text of its entry is too long");
	return ST_OK;
}

/* The proof holds nothing that its parts don't account for: no extra data. */
static bool proof_canonical(const struct tlog_proof *p, const char *text)
{
	BUF_SCOPE again = { .max = RECEIPT_MAX };
	tlog_proof_write(&again, p);
	return !again.bad && !strcmp(buf_cstr(&again), text);
}

/* A line of a note's signatures that is a cosignature by the witness m (its form; we have no key for it). */
static bool line_is_mark(struct arena *a, const char *line, size_t n, const struct witness_mark *m)
{
	const char *head = arena_printf(a, "\xe2\x80\x94 %s ", m->name);
	size_t skip = strlen(head);
	uint8_t blob[(COSIGNATURE_LEN + 2) / 3 * 3];
	if (n < skip || memcmp(line, head, skip) || n - skip != (COSIGNATURE_LEN + 2) / 3 * 4 ||
	    b64_decode(line + skip, n - skip, blob) != COSIGNATURE_LEN)
		return false;
	struct rd r = rd_of(blob + 4, 8);
	uint64_t t = rd_u64(&r);
	return t <= LAST_SECOND && !strcmp(time_iso(a, (int64_t)t * USEC), m->time);
}

static const struct witness_mark *next_cosigner(const struct receipt *r, int *i)
{
	while (*i < r->n && strcmp(r->witnessed[*i].kind, "c2sp"))
		++*i;
	return *i < r->n ? &r->witnessed[(*i)++] : NULL;
}

/* The rule of receipt_check.h: the key's line first, then one line for each c2sp mark, in order. */
static enum st check_lines(const struct receipt *r, struct arena *a, const struct tlog_proof *p, size_t text_n,
			   const struct vkey *key, struct receipt_facts *f, struct err *e)
{
	const char *line = p->note + text_n + 1, *end = p->note + p->note_n;
	const char *first = arena_printf(a, "\xe2\x80\x94 %s ", key->name);
	int mark = 0;
	if ((size_t)(end - line) < strlen(first) || memcmp(line, first, strlen(first)))
		return err_set(e, ST_INVALID, "receipt: the first signature of its checkpoint is not by %s", key->name);
	for (line = (const char *)memchr(line, '\n', (size_t)(end - line)) + 1; line < end;) {
		const char *nl = memchr(line, '\n', (size_t)(end - line));
		const struct witness_mark *m = next_cosigner(r, &mark);
		if (!nl || !m || !line_is_mark(a, line, (size_t)(nl - line), m))
			return err_set(
				e, ST_INVALID,
				"receipt: its checkpoint carries a signature that \"witnessed\" does not tell of");
		f->cosigned++;
		line = nl + 1;
	}
	if (next_cosigner(r, &mark))
		return err_set(e, ST_INVALID,
			       "receipt: \"witnessed\" tells of a cosignature that its checkpoint does not carry");
	return ST_OK;
}

static enum st check_stamps(const struct receipt *r, struct arena *a, const struct tlog_proof *p, const char *roots,
			    struct receipt_facts *f, struct err *e)
{
	for (int i = 0; i < r->n; i++) {
		const struct witness_mark *m = &r->witnessed[i];
		char signer[256];
		int64_t when;
		if (strcmp(m->kind, "rfc3161") != 0)
			continue;
		size_t len = strlen(m->token);
		uint8_t *der = arena_alloc(a, len / 4 * 3 + 3);
		long n = b64_decode(m->token, len, der);
		if (n <= 0 || stamp_check(der, (size_t)n, p->note, p->note_n, roots, &when, signer, e))
			return err_set(e, ST_INVALID, "receipt: witness %d: %s", i + 1,
				       n <= 0 ? "no base64" : arena_strdup(a, e->msg));
		if (strcmp(time_iso(a, when), m->time))
			return err_set(e, ST_INVALID, "receipt: witness %d: its time is not the one in its token",
				       i + 1);
		if (!f->stamped++ || when < f->seen_at) {
			f->seen_at = when;
			memcpy(f->seen_by, signer, sizeof signer);
		}
	}
	return ST_OK;
}

static enum st check_proof(const struct receipt *r, struct arena *a, const struct vkey *key, const char *roots,
			   struct receipt_facts *f, struct err *e)
{
	struct tlog_proof p;
	struct checkpoint_text head;
	size_t text_n;
	if (tlog_proof_parse(r->proof, strlen(r->proof), &p, e))
		return e->code;
	if (!proof_canonical(&p, r->proof))
		return err_set(e, ST_INVALID, "receipt: its proof carries more than a proof");
	if (note_verify(p.note, p.note_n, key, &text_n, NULL, e) || checkpoint_parse(p.note, text_n, &head, e))
		return e->code;
	if (strcmp(head.origin, key->name))
		return err_set(e, ST_INVALID, "receipt: its checkpoint is of the journal %s, the key is of %s",
			       head.origin, key->name);
	struct hash commitment = hash_of2(r->salt, r->salt_n, r->entry, strlen(r->entry));
	struct hash leaf = tree_leaf(commitment.b, HASH_LEN);
	if (!tree_check_inclusion(&leaf, p.index, head.size, p.path, p.n, &head.root))
		return err_set(e, ST_INVALID, "receipt: its proof does not lead from the entry to the signed head");
	f->index = p.index;
	f->size = head.size;
	f->root = head.root;
	memcpy(f->origin, head.origin, sizeof f->origin);
	return check_lines(r, a, &p, text_n, key, f, e) ? e->code : check_stamps(r, a, &p, roots, f, e);
}

enum st receipt_check(const char *json, size_t n, const struct vkey *key, const char *roots, struct receipt_facts *out,
		      struct err *e)
{
	struct err own = { 0 };
	struct receipt r = { 0 };
	struct arena *a = arena_new(ARENA_MAX);
	*out = (struct receipt_facts){ 0 };
	if (!e)
		e = &own;
	enum st st = receipt_parse(&r, a, json, n, e);
	if (!st)
		st = check_form(&r, json, n, e);
	if (!st)
		st = check_entry(&r, a, out, e);
	if (!st)
		st = check_proof(&r, a, key, roots, out, e);
	if (!st && arena_over(a))
		st = err_set(e, ST_LIMIT, "receipt: too large to check");
	arena_free(a);
	return st;
}

enum st receipt_cosigned(const char *json, size_t n, const struct vkey *witness, uint64_t *when, struct err *e)
{
	struct err own = { 0 };
	struct receipt r = { 0 };
	struct tlog_proof p;
	struct arena *a = arena_new(ARENA_MAX);
	if (!e)
		e = &own;
	enum st st = receipt_parse(&r, a, json, n, e);
	if (!st && !(st = tlog_proof_parse(r.proof, strlen(r.proof), &p, e)))
		st = note_verify(p.note, p.note_n, witness, NULL, when, e);
	arena_free(a);
	return st;
}
