#include "signer/signer_int.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "base/arena.h"
#include "base/clock.h"
#include "base/text.h"

#define KEY_FILE "journal.key"
#define STATE_FILE "journal.state"
#define TMP_SUFFIX ".tmp"
#define KEY_PREFIX "PRIVATE+KEY+"
static const char first_state[] = "1 - -\n";

enum { KEY_TEXT_MAX = 512, STATE_MAX = 128 * 1024, LOCK_TRIES = 40, LOCK_PAUSE_NS = 50 * 1000 * 1000 };

/* ── files in the keys folder ── */

static enum st write_all(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t w = write(fd, p, n);
		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0)
			return ST_BUSY;
		p += w;
		n -= (size_t)w;
	}
	return ST_OK;
}

/* Written aside, synced, renamed, and the folder synced: after ST_OK the file is the new one, whatever happens. */
static enum st file_put(int dir, const char *name, const char *text, size_t n, struct err *e)
{
	char tmp[64];
	snprintf(tmp, sizeof tmp, "%s" TMP_SUFFIX, name);
	int fd = openat(dir, tmp, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_set(e, ST_BUSY, "keys/%s: %s", tmp, strerror(errno));
	bool bad = write_all(fd, text, n) || fsync(fd);
	int why = errno;
	close(fd);
	if (!bad && (renameat(dir, tmp, dir, name) || fsync(dir))) {
		bad = true;
		why = errno;
	}
	return bad ? err_set(e, ST_BUSY, "keys/%s can't be written: %s", name, strerror(why)) : ST_OK;
}

/* The whole file; ST_NOTFOUND when there is none. */
static enum st file_get(int dir, const char *name, struct buf *out, struct err *e)
{
	char piece[4096];
	struct stat st;
	ssize_t n = -1;
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return err_set(e, errno == ENOENT ? ST_NOTFOUND : ST_INTERNAL, "keys/%s: %s", name, strerror(errno));
	bool open_to_others = fstat(fd, &st) || !S_ISREG(st.st_mode) || (st.st_mode & 077);
	while (!open_to_others && (n = read(fd, piece, sizeof piece)) > 0)
		buf_add(out, piece, (size_t)n);
	explicit_bzero(piece, sizeof piece);
	close(fd);
	if (open_to_others)
		return err_set(e, ST_DENIED, "keys/%s must be a file that only its owner may read: chmod 600", name);
	return n || out->bad ? err_set(e, ST_INTERNAL, "keys/%s can't be read", name) : ST_OK;
}

/* ── the key ── */

static enum st key_text(struct buf *out, const char *origin, const uint8_t seed[32], struct err *e)
{
	uint8_t raw[33], pub[32];
	struct vkey k;
	if (!ed25519_public(seed, pub))
		return err_set(e, ST_INTERNAL, "no Ed25519 key can be made");
	vkey_make(&k, origin, NOTE_ED25519, pub);
	raw[0] = NOTE_ED25519;
	memcpy(raw + 1, seed, 32);
	struct arena *a = arena_new(4096);
	char *b64 = b64_encode(a, raw, sizeof raw);
	buf_printf(out, KEY_PREFIX "%s+%08x+%s\n", origin, k.id, b64);
	explicit_bzero(b64, strlen(b64));
	explicit_bzero(raw, sizeof raw);
	arena_free(a);
	return ST_OK;
}

/* Reads what key_text writes: taken apart, then written again and compared, so no other form passes. */
static enum st key_parse(struct signer_keys *k, char *text, struct err *e)
{
	char *origin = text + strlen(KEY_PREFIX), *id, *b64, *nl;
	uint8_t raw[33];
	BUF_SCOPE again = { .max = KEY_TEXT_MAX };
	enum st st = ST_INVALID;
	struct arena *a = arena_new(4096);
	char *whole = arena_strdup(a, text);
	if (!strncmp(text, KEY_PREFIX, strlen(KEY_PREFIX)) && (id = strchr(origin, '+')) &&
	    (b64 = strchr(id + 1, '+')) && (nl = strchr(b64, '\n'))) {
		*id = *nl = 0;
		if (strlen(origin) <= ORIGIN_BASE_MAX && note_name_ok(origin) && strlen(b64 + 1) == 44 &&
		    b64_decode(b64 + 1, 44, raw) == sizeof raw && raw[0] == NOTE_ED25519) {
			snprintf(k->base, sizeof k->base, "%s", origin);
			memcpy(k->seed, raw + 1, sizeof k->seed);
			st = key_text(&again, k->base, k->seed, e);
		}
	}
	if (!st && (again.bad || strcmp(buf_cstr(&again), whole)))
		st = ST_INVALID;
	explicit_bzero(raw, sizeof raw);
	explicit_bzero(whole, strlen(whole));
	if (again.n)
		explicit_bzero(again.p, again.n);
	arena_free(a);
	if (!st && !ed25519_public(k->seed, k->pub))
		st = ST_INTERNAL;
	return st ? err_set(e, st, "keys/" KEY_FILE " is damaged: restore it from a backup") : ST_OK;
}

static enum st key_read(struct signer_keys *k, struct err *e)
{
	BUF_SCOPE text = { .max = KEY_TEXT_MAX };
	enum st st = file_get(k->dir, KEY_FILE, &text, e);
	if (!st && (!text.n || strlen(text.p) != text.n))
		st = err_set(e, ST_INVALID, "keys/" KEY_FILE " is damaged: restore it from a backup");
	if (!st)
		st = key_parse(k, text.p, e);
	if (text.p)
		explicit_bzero(text.p, text.n);
	return st;
}

/* ── the state ── */

static void origin_name(const struct signer_keys *k, int generation, char out[256])
{
	if (generation == 1)
		snprintf(out, 256, "%s", k->base);
	else
		snprintf(out, 256, "%.*s/%d", ORIGIN_BASE_MAX, k->base, generation);
}

static void origin_use(struct signer_keys *k)
{
	char name[256];
	origin_name(k, k->generation, name);
	vkey_make(&k->key, name, NOTE_ED25519, k->pub);
}

static void state_text(const struct signer_keys *k, struct buf *out)
{
	struct arena *a = arena_new(256 * 1024);
	for (int g = 1; g <= k->generation; g++) {
		const struct signed_head *h = &k->heads[g - 1];
		if (h->any)
			buf_printf(out, "%d %llu %s\n", g, (unsigned long long)h->size,
				   b64_encode(a, h->root.b, HASH_LEN));
		else
			buf_printf(out, "%d - -\n", g);
	}
	arena_free(a);
}

static enum st state_write(struct signer_keys *k, struct err *e)
{
	BUF_SCOPE text = { .max = STATE_MAX };
	state_text(k, &text);
	k->dirty = true;
	if (text.bad)
		return err_set(e, ST_INTERNAL, "keys/" STATE_FILE " would be too long");
	if (file_put(k->dir, STATE_FILE, text.p, text.n, e))
		return ST_BUSY;
	k->dirty = false;
	return ST_OK;
}

/* One line, without its newline. What does not fit is found out when the whole is written again and compared. */
static bool state_line(struct signer_keys *k, const char *line)
{
	char root[48];
	uint8_t raw[33];
	int g;
	unsigned long long size;
	struct signed_head *h = &k->heads[k->generation];
	if (sscanf(line, "%d %llu %47s", &g, &size, root) == 3) {
		if (strlen(root) != 44 || b64_decode(root, 44, raw) != HASH_LEN)
			return false;
		*h = (struct signed_head){ .any = true, .size = size };
		memcpy(h->root.b, raw, HASH_LEN);
	}
	k->generation++;
	return true;
}

static enum st state_read(struct signer_keys *k, struct err *e)
{
	BUF_SCOPE text = { .max = STATE_MAX };
	BUF_SCOPE again = { .max = STATE_MAX };
	if (file_get(k->dir, STATE_FILE, &text, e))
		return e->code;
	bool ok = text.n && strlen(text.p) == text.n;
	for (const char *p = text.p, *nl; ok && *p; p = nl + 1) {
		nl = strchr(p, '\n');
		ok = nl && k->generation < GENERATION_MAX && state_line(k, p);
		if (!nl)
			break;
	}
	if (ok)
		state_text(k, &again);
	if (!ok || again.bad || strcmp(buf_cstr(&again), text.p))
		return err_set(e, ST_INVALID,
			       "keys/" STATE_FILE
			       " is damaged, so what was signed is not known: restore it from a backup");
	return ST_OK;
}

/* ── for the role ── */

/* Two roles on one folder would sign two histories; the lock goes with the process. */
static enum st keys_lock(int dir, struct err *e)
{
	struct timespec pause = { .tv_nsec = LOCK_PAUSE_NS };
	for (int i = 0; flock(dir, LOCK_EX | LOCK_NB); i++) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return err_set(e, ST_INTERNAL, "keys: can't be locked: %s", strerror(errno));
		if (i == LOCK_TRIES)
			return err_set(e, ST_BUSY, "keys: another signer is running on this data folder");
		nanosleep(&pause, NULL);
	}
	return ST_OK;
}

enum st signer_keys_open(struct signer_keys *k, const char *keys_dir, struct err *e)
{
	*k = (struct signer_keys){ .dir = open(keys_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) };
	if (k->dir < 0)
		return err_set(e, ST_NOTFOUND, "%s: %s", keys_dir, strerror(errno));
	if (keys_lock(k->dir, e) || key_read(k, e) || state_read(k, e)) {
		signer_keys_close(k);
		return e->code;
	}
	origin_use(k);
	return ST_OK;
}

void signer_keys_close(struct signer_keys *k)
{
	if (k->dir >= 0)
		close(k->dir);
	k->dir = -1;
	explicit_bzero(k->seed, sizeof k->seed);
}

enum st signer_keys_advance(struct signer_keys *k, uint64_t size, const struct hash *root, struct err *e)
{
	struct signed_head *h = &k->heads[k->generation - 1];
	if (h->any && size < h->size)
		return err_set(e, ST_CONFLICT, "the journal has %llu entries, but a head of %llu was signed already",
			       (unsigned long long)size, (unsigned long long)h->size);
	bool same = h->any && size == h->size;
	if (same && !hash_equal(root, &h->root))
		return err_set(e, ST_CONFLICT, "another head of %llu entries was signed already",
			       (unsigned long long)size);
	if (same && !k->dirty)
		return ST_OK;
	/* Also kept when the write fails: it may have reached the disk. */
	*h = (struct signed_head){ .any = true, .size = size, .root = *root };
	return state_write(k, e);
}

/* Where the origin in force has signed nothing it is new already, so a repeated request begins no second one. */
enum st signer_keys_new_origin(struct signer_keys *k, struct err *e)
{
	if (!k->heads[k->generation - 1].any)
		return k->dirty ? state_write(k, e) : ST_OK;
	if (k->generation == GENERATION_MAX)
		return err_set(e, ST_LIMIT, "no more than %d origins: begin a new data folder", GENERATION_MAX);
	k->heads[k->generation++] = (struct signed_head){ 0 };
	origin_use(k);
	return state_write(k, e);
}

enum st signer_keys_last(const struct signer_keys *k, struct checkpoint_text *out, struct err *e)
{
	for (int g = k->generation; g > 0; g--) {
		const struct signed_head *h = &k->heads[g - 1];
		if (!h->any)
			continue;
		origin_name(k, g, out->origin);
		out->size = h->size;
		out->root = h->root;
		return ST_OK;
	}
	return err_set(e, ST_NOTFOUND, "no head was signed yet");
}

/* ── for `init` ── */

static enum st keys_folder(const char *dir, int *out, struct err *e)
{
	char path[1024];
	struct stat st;
	if (snprintf(path, sizeof path, "%s/keys", dir) >= (int)sizeof path)
		return err_set(e, ST_INVALID, "%s: too long for a data folder", dir);
	if (mkdir(path, 0700) && errno != EEXIST)
		return err_set(e, ST_INTERNAL, "%s: %s", path, strerror(errno));
	*out = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (*out < 0)
		return err_set(e, ST_INTERNAL, "%s: %s", path, strerror(errno));
	if (fstat(*out, &st) || (st.st_mode & 077)) {
		close(*out);
		return err_set(e, ST_DENIED, "%s: others may enter it: chmod 700", path);
	}
	return ST_OK;
}

/* The state first, the key last: a folder with a key is whole. A state left by an init that ended between the two, in
 * which nothing was signed, may be written again. */
static enum st keys_make(int dir, const char *origin, struct err *e)
{
	BUF_SCOPE state = { .max = STATE_MAX };
	BUF_SCOPE key = { .max = KEY_TEXT_MAX };
	uint8_t seed[32];
	enum st st = file_get(dir, STATE_FILE, &state, e);
	if (!faccessat(dir, KEY_FILE, F_OK, AT_SYMLINK_NOFOLLOW) || (!st && strcmp(buf_cstr(&state), first_state)))
		return err_set(e, ST_CONFLICT, "keys: a journal key was made here already");
	if (st && st != ST_NOTFOUND)
		return st;
	random_bytes(seed, sizeof seed);
	st = key_text(&key, origin, seed, e);
	explicit_bzero(seed, sizeof seed);
	if (!st)
		st = file_put(dir, STATE_FILE, first_state, sizeof first_state - 1, e);
	if (!st)
		st = file_put(dir, KEY_FILE, buf_cstr(&key), key.n, e);
	if (key.p)
		explicit_bzero(key.p, key.n);
	return st;
}

enum st signer_init(const char *dir, const char *origin, struct err *e)
{
	struct err own = { 0 };
	int fd = -1;
	if (!e)
		e = &own;
	if (strlen(origin) > ORIGIN_BASE_MAX || !note_name_ok(origin))
		return err_set(
			e, ST_INVALID,
			"journal origin \"%.80s\": up to %d bytes without blanks or '+', such as journal.example.org",
			origin, ORIGIN_BASE_MAX);
	if (keys_folder(dir, &fd, e))
		return e->code;
	enum st st = keys_lock(fd, e);
	if (!st)
		st = keys_make(fd, origin, e);
	close(fd);
	if (!st)
		err_clear(e);
	return st;
}
