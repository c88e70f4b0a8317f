/* What gpg is asked to do, through GPGME. Each operation is started, looked after, and cancelled when it takes too
 * long; what comes out is capped. */
#include <errno.h>
#include <gpgme.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/text.h"
#include "pgp/pgp_int.h"

enum { PAUSE_NS = 2 * 1000 * 1000, SIGNATURES = 20 };

enum { HOME_MAX = 1024, SWEEP_MAX = 1000 };

struct engine {
	gpgme_ctx_t ctx;
	gpgme_key_t own;
	char home[HOME_MAX];
};

static enum st fail(struct err *e, enum st st, const char *what, gpgme_error_t err)
{
	char words[120] = "";
	gpgme_strerror_r(err, words, sizeof words);
	return err_set(e, st, "gpg: %s: %s", what, words);
}

struct engine *engine_new(const char *home, struct err *e)
{
	struct engine *g = calloc(1, sizeof *g);
	gpgme_check_version(NULL);
	gpgme_error_t err = g ? gpgme_new(&g->ctx) : gpg_error(GPG_ERR_ENOMEM);
	if (!err)
		err = gpgme_set_protocol(g->ctx, GPGME_PROTOCOL_OpenPGP);
	if (!err)
		err = gpgme_ctx_set_engine_info(g->ctx, GPGME_PROTOCOL_OpenPGP, NULL, home);
	if (!err)
		err = gpgme_set_pinentry_mode(g->ctx, GPGME_PINENTRY_MODE_LOOPBACK);
	if (err) {
		fail(e, ST_INTERNAL, "can't be used (Debian package gnupg)", err);
		engine_free(g);
		return NULL;
	}
	snprintf(g->home, sizeof g->home, "%s", home);
	gpgme_set_offline(g->ctx, 1);
	gpgme_set_armor(g->ctx, 1);
	return g;
}

void engine_free(struct engine *g)
{
	if (!g)
		return;
	if (g->own)
		gpgme_key_unref(g->own);
	if (g->ctx)
		gpgme_release(g->ctx);
	free(g);
}

/* ── an operation, bounded ── */

static gpgme_error_t finish(struct engine *g, gpgme_error_t started)
{
	int64_t until = clock_mono() + PGP_OP;
	gpgme_error_t err = 0;
	if (started)
		return started;
	while (!gpgme_wait(g->ctx, &err, 0)) {
		if (clock_mono() > until) {
			gpgme_cancel(g->ctx);
			return gpg_error(GPG_ERR_TIMEOUT);
		}
		nanosleep(&(struct timespec){ .tv_nsec = PAUSE_NS }, NULL);
	}
	return err;
}

static ssize_t out_write(void *handle, const void *p, size_t n)
{
	struct buf *b = handle;
	buf_add(b, p, n);
	if (!b->bad)
		return (ssize_t)n;
	errno = EFBIG;
	return -1;
}

static struct gpgme_data_cbs out_calls = { .write = out_write };

struct data {
	gpgme_data_t in, sig, out;
};

static gpgme_error_t data_open(struct data *d, struct view in, struct view sig, struct buf *out)
{
	gpgme_error_t err = gpgme_data_new_from_mem(&d->in, in.p, in.n, 0);
	if (!err && sig.n)
		err = gpgme_data_new_from_mem(&d->sig, sig.p, sig.n, 0);
	return err ? err : gpgme_data_new_from_cbs(&d->out, &out_calls, out);
}

static void data_close(struct data *d)
{
	gpgme_data_t all[] = { d->in, d->sig, d->out };
	for (int i = 0; i < 3; i++)
		if (all[i])
			gpgme_data_release(all[i]);
}

/* ── reading ── */

static enum pgp_signed signed_of(gpgme_error_t status)
{
	switch (gpgme_err_code(status)) {
	case GPG_ERR_NO_ERROR:
		return PGP_GOOD;
	case GPG_ERR_NO_PUBKEY:
		return PGP_UNKNOWN_KEY;
	case GPG_ERR_KEY_EXPIRED:
		return PGP_EXPIRED_KEY;
	case GPG_ERR_SIG_EXPIRED:
		return PGP_EXPIRED_SIGNATURE;
	case GPG_ERR_CERT_REVOKED:
		return PGP_REVOKED_KEY;
	default:
		return PGP_BAD;
	}
}

static void fingerprint_of(struct engine *g, const char *named, char out[PGP_FPR])
{
	gpgme_key_t key = NULL;
	if (!gpgme_get_key(g->ctx, named, &key, 0) && key && key->fpr)
		named = key->fpr;
	snprintf(out, PGP_FPR, "%s", named);
	if (strspn(out, "0123456789ABCDEF") != strlen(out))
		*out = 0;
	if (key)
		gpgme_key_unref(key);
}

/* Of several signatures the worst counts, so that a good one can't be put beside a bad one; more than are looked at
 * are no signature that anybody means. */
static void take_signatures(struct engine *g, struct pgp_verdict *v)
{
	gpgme_verify_result_t r = gpgme_op_verify_result(g->ctx);
	gpgme_signature_t s = r ? r->signatures : NULL;
	char named[PGP_FPR] = "";
	for (int n = 0; s && n < SIGNATURES; s = s->next, n++) {
		enum pgp_signed is = signed_of(s->status);
		if (!pgp_worse(is, v->is))
			continue;
		v->is = is;
		snprintf(named, sizeof named, "%s", s->fpr ? s->fpr : "");
	}
	if (s)
		v->is = PGP_BAD;
	if (*named)
		fingerprint_of(g, named, v->fingerprint);
}

static bool all_for_others(struct engine *g)
{
	gpgme_decrypt_result_t r = gpgme_op_decrypt_result(g->ctx);
	if (!r || !r->recipients)
		return false;
	for (gpgme_recipient_t x = r->recipients; x; x = x->next)
		if (gpgme_err_code(x->status) != GPG_ERR_NO_SECKEY)
			return false;
	return true;
}

static enum pgp_opened opened_of(struct engine *g, gpgme_error_t err, const struct buf *plain)
{
	if (plain->bad)
		return PGP_TOO_LARGE;
	if (!err)
		return PGP_OPENED;
	if (gpgme_err_code(err) == GPG_ERR_TIMEOUT)
		return PGP_TOO_SLOW;
	if (gpgme_err_code(err) == GPG_ERR_NO_SECKEY || all_for_others(g))
		return PGP_OTHER_KEY;
	return PGP_DAMAGED;
}

/* What needs no key to be read: signed, but not encrypted. */
static void open_signed(struct engine *g, struct view sig, struct view message, struct pgp_verdict *v,
			struct buf *plain)
{
	struct data d = { 0 };
	gpgme_error_t err = data_open(&d, message, sig, plain);
	if (!err)
		err = finish(g, gpgme_op_verify_start(g->ctx, d.sig ? d.sig : d.in, d.sig ? d.in : NULL,
						      d.sig ? NULL : d.out));
	v->opened = opened_of(g, err, plain);
	if (v->opened == PGP_OPENED)
		take_signatures(g, v);
	/* A detached signature that can't even be read vouches for nothing; what it is of can be read all the same. Around
	 * a text, it leaves nothing to be read. */
	if (d.sig && v->opened == PGP_DAMAGED)
		v->opened = PGP_OPENED;
	if (d.sig && v->is == PGP_UNSIGNED)
		v->is = PGP_BAD;
	else if (v->is == PGP_UNSIGNED && v->opened == PGP_OPENED)
		v->opened = PGP_DAMAGED;
	data_close(&d);
}

static bool encrypts(struct view m)
{
	static const char head[] = "-----BEGIN PGP SIGNED";
	return m.n < sizeof head || memcmp(m.p, head, sizeof head - 1) != 0;
}

void engine_open(struct engine *g, struct view sig, struct view message, struct pgp_verdict *v, struct buf *plain)
{
	struct data d = { 0 };
	*v = (struct pgp_verdict){ 0 };
	if (sig.n || !encrypts(message)) {
		open_signed(g, sig, message, v, plain);
		return;
	}
	gpgme_error_t err = data_open(&d, message, sig, plain);
	if (!err)
		err = finish(g, gpgme_op_decrypt_verify_start(g->ctx, d.in, d.out));
	v->opened = opened_of(g, err, plain);
	bool only_signed = gpgme_err_code(err) == GPG_ERR_NO_DATA && !plain->n;
	v->encrypted = !only_signed;
	if (v->opened == PGP_OPENED)
		take_signatures(g, v);
	data_close(&d);
	if (only_signed)
		open_signed(g, (struct view){ 0 }, message, v, plain);
}

/* ── writing ── */

enum st engine_own(struct engine *g, const char *fingerprint, struct err *e)
{
	const char *want = fingerprint && *fingerprint ? fingerprint : NULL;
	gpgme_error_t err = gpgme_op_keylist_start(g->ctx, want, 1);
	if (!err)
		err = gpgme_op_keylist_next(g->ctx, &g->own);
	gpgme_op_keylist_end(g->ctx);
	if (!err) {
		gpgme_signers_clear(g->ctx);
		err = gpgme_signers_add(g->ctx, g->own);
	}
	return err ? fail(e, ST_NOTFOUND, "the CERT's key", err) : ST_OK;
}

static gpgme_error_t encrypt(struct engine *g, const char *fingerprint, const struct data *d)
{
	gpgme_key_t to[2] = { NULL, NULL };
	gpgme_error_t err = gpgme_get_key(g->ctx, fingerprint, &to[0], 0);
	if (!err)
		err = finish(g, gpgme_op_encrypt_sign_start(g->ctx, to, GPGME_ENCRYPT_ALWAYS_TRUST, d->in, d->out));
	if (to[0])
		gpgme_key_unref(to[0]);
	return err;
}

/* Can this key, or the secret one, not be used now? Read anew: it may have been made valid for longer. */
static bool is_over(struct engine *g, const char *fingerprint, bool secret)
{
	gpgme_key_t key = NULL;
	if (gpgme_get_key(g->ctx, fingerprint, &key, secret))
		return false;
	bool over = key->expired || key->revoked || key->disabled || key->invalid ||
		    !(secret ? key->can_sign : key->can_encrypt);
	gpgme_key_unref(key);
	return over;
}

/* A key is to blame only when it says so itself: everything else may pass. */
static enum st seal_failed(struct engine *g, const char *fingerprint, gpgme_error_t err, struct err *e)
{
	gpgme_encrypt_result_t r = *fingerprint ? gpgme_op_encrypt_result(g->ctx) : NULL;
	bool theirs = r && r->invalid_recipients;
	if (theirs || (*fingerprint && is_over(g, fingerprint, false)))
		return fail(e, ST_CONFLICT, "encrypting", err);
	if (is_over(g, g->own->fpr, true))
		return fail(e, ST_NOTFOUND, "our own key", err);
	return fail(e, ST_BUSY, *fingerprint ? "encrypting" : "signing", err);
}

enum st engine_seal(struct engine *g, const char *fingerprint, struct view message, struct buf *out, struct err *e)
{
	struct data d = { 0 };
	gpgme_error_t err = data_open(&d, message, (struct view){ 0 }, out);
	if (!err && *fingerprint)
		err = encrypt(g, fingerprint, &d);
	else if (!err)
		err = finish(g, gpgme_op_sign_start(g->ctx, d.in, d.out, GPGME_SIG_MODE_DETACH));
	data_close(&d);
	if (out->bad)
		return err_set(e, ST_LIMIT, "gpg: what comes out is longer than its cap");
	return err ? seal_failed(g, fingerprint, err, e) : ST_OK;
}

enum st engine_sign(struct engine *g, struct view text, struct buf *out, struct err *e)
{
	struct data d = { 0 };
	gpgme_error_t err = data_open(&d, text, (struct view){ 0 }, out);
	if (!err)
		err = finish(g, gpgme_op_sign_start(g->ctx, d.in, d.out, GPGME_SIG_MODE_CLEAR));
	data_close(&d);
	if (out->bad)
		return err_set(e, ST_LIMIT, "gpg: what comes out is longer than its cap");
	return err ? seal_failed(g, "", err, e) : ST_OK;
}

/* ── keys ── */

/* When the last of what can be encrypted to, or the key itself, is over. */
static void describe(gpgme_key_t key, struct pgp_key_info *out)
{
	int64_t last = 0;
	bool forever = false;
	*out = (struct pgp_key_info){ 0 };
	snprintf(out->fingerprint, sizeof out->fingerprint, "%s", key->fpr);
	snprintf(out->user, sizeof out->user, "%s", key->uids && key->uids->uid ? key->uids->uid : "");
	out->user[utf8_cut(out->user, strlen(out->user), sizeof out->user - 1)] = 0;
	for (gpgme_subkey_t s = key->subkeys; s; s = s->next) {
		if (!s->can_encrypt || s->revoked)
			continue;
		out->encrypts = true;
		forever |= !s->expires;
		last = s->expires > last ? s->expires : last;
	}
	int64_t own = key->subkeys ? key->subkeys->expires : 0;
	last = forever || !out->encrypts ? 0 : last;
	out->expires_at = (own && (!last || own < last) ? own : last) * USEC;
}

static enum st key_describe(struct engine *g, const char *fingerprint, struct pgp_key_info *out, struct err *e)
{
	gpgme_key_t key = NULL;
	gpgme_error_t err = gpgme_get_key(g->ctx, fingerprint, &key, 0);
	if (err)
		return fail(e, ST_INVALID, "the key can't be read", err);
	describe(key, out);
	gpgme_key_unref(key);
	return ST_OK;
}

enum st engine_import(struct engine *g, struct view key, struct pgp_key_info *out, struct err *e)
{
	char fingerprint[PGP_FPR];
	gpgme_data_t in = NULL;
	if (key.n > PGP_KEY_MAX)
		return err_set(e, ST_LIMIT, "a key has at most %d kB", PGP_KEY_MAX >> 10);
	gpgme_error_t err = gpgme_data_new_from_mem(&in, key.p, key.n, 0);
	if (!err)
		err = finish(g, gpgme_op_import_start(g->ctx, in));
	if (in)
		gpgme_data_release(in);
	gpgme_import_result_t r = err ? NULL : gpgme_op_import_result(g->ctx);
	if (err)
		return fail(e, gpgme_err_code(err) == GPG_ERR_TIMEOUT ? ST_BUSY : ST_INVALID, "the key can't be read",
			    err);
	if (!r || !r->imports || !r->imports->fpr || r->considered != 1)
		return err_set(e, ST_INVALID, "this holds %d keys: give exactly one public key", r ? r->considered : 0);
	if (r->secret_read)
		return err_set(e, ST_INVALID, "this is a secret key, which its owner keeps: ask for the public one");
	snprintf(fingerprint, sizeof fingerprint, "%s", r->imports->fpr);
	return key_describe(g, fingerprint, out, e);
}

/* The fingerprints of all keys without a secret one, at most SWEEP_MAX. */
static int others(struct engine *g, char (*out)[PGP_FPR])
{
	gpgme_key_t key = NULL;
	int n = 0;
	gpgme_set_keylist_mode(g->ctx, GPGME_KEYLIST_MODE_LOCAL | GPGME_KEYLIST_MODE_WITH_SECRET);
	gpgme_error_t err = gpgme_op_keylist_start(g->ctx, NULL, 0);
	while (!err && n < SWEEP_MAX && !(err = gpgme_op_keylist_next(g->ctx, &key))) {
		if (!key->secret && key->fpr && strcmp(key->fpr, g->own->fpr) != 0)
			snprintf(out[n++], PGP_FPR, "%s", key->fpr);
		gpgme_key_unref(key);
	}
	gpgme_op_keylist_end(g->ctx);
	gpgme_set_keylist_mode(g->ctx, GPGME_KEYLIST_MODE_LOCAL);
	return n;
}

/* gpg keeps the ring as it was before a change beside it: nobody's key stays there either. */
void engine_sweep(struct engine *g)
{
	char path[HOME_MAX + 16], (*fpr)[PGP_FPR] = calloc(SWEEP_MAX, sizeof *fpr);
	int n = fpr ? others(g, fpr) : 0;
	for (int i = 0; i < n; i++) {
		gpgme_key_t key = NULL;
		if (gpgme_get_key(g->ctx, fpr[i], &key, 0))
			continue;
		finish(g, gpgme_op_delete_ext_start(g->ctx, key, GPGME_DELETE_FORCE));
		gpgme_key_unref(key);
	}
	free(fpr);
	snprintf(path, sizeof path, "%s/pubring.kbx~", g->home);
	unlink(path);
}

enum st engine_export(struct engine *g, const char *fingerprint, bool least, struct buf *out, struct err *e)
{
	gpgme_data_t to = NULL;
	gpgme_error_t err = gpgme_data_new_from_cbs(&to, &out_calls, out);
	if (!err)
		err = finish(g, gpgme_op_export_start(g->ctx, fingerprint, least ? GPGME_EXPORT_MODE_MINIMAL : 0, to));
	if (to)
		gpgme_data_release(to);
	return err || out->bad || !out->n ? fail(e, ST_INVALID, "the key can't be written", err) : ST_OK;
}

/* Ed25519 and Curve25519: made at once, and every current program reads them. */
enum st engine_make(struct engine *g, const char *user, int days, struct pgp_key_info *out, struct err *e)
{
	gpgme_error_t err =
		gpgme_op_createkey(g->ctx, user, "future-default", 0, (unsigned long)days * 86400, NULL,
				   GPGME_CREATE_NOPASSWD | (days ? 0 : GPGME_CREATE_NOEXPIRE) | GPGME_CREATE_FORCE);
	gpgme_genkey_result_t r = err ? NULL : gpgme_op_genkey_result(g->ctx);
	if (err || !r || !r->fpr)
		return fail(e, ST_INTERNAL, "no key can be made", err);
	char fingerprint[PGP_FPR];
	snprintf(fingerprint, sizeof fingerprint, "%s", r->fpr);
	return key_describe(g, fingerprint, out, e);
}

void engine_end_agent(const char *home)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	char line[200];
	if (snprintf(a.sun_path, sizeof a.sun_path, "%s/S.gpg-agent", home) >= (int)sizeof a.sun_path)
		return;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct timeval wait = { .tv_sec = 1 };
	if (fd >= 0 && !setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait) &&
	    !connect(fd, (struct sockaddr *)&a, sizeof a) && read(fd, line, sizeof line) > 0 &&
	    write(fd, "KILLAGENT\n", 10) == 10 && read(fd, line, sizeof line) < 0)
		errno = 0;
	if (fd >= 0)
		close(fd);
}
