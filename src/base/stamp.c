/* Through OpenSSL, which knows ASN.1 and CMS. */
#include "base/stamp.h"
#include <openssl/err.h>
#include <openssl/ts.h>
#include <openssl/x509_vfy.h>
#include <string.h>
#include "base/hash.h"
#include "base/text.h"

/* ── asking ── */

static TS_MSG_IMPRINT *imprint_of(const char *note, size_t n)
{
	struct hash h = hash_of(note, n);
	TS_MSG_IMPRINT *m = TS_MSG_IMPRINT_new();
	X509_ALGOR *a = X509_ALGOR_new();
	X509_ALGOR_set0(a, OBJ_nid2obj(NID_sha256), V_ASN1_NULL, NULL);
	TS_MSG_IMPRINT_set_algo(m, a);
	TS_MSG_IMPRINT_set_msg(m, h.b, HASH_LEN);
	X509_ALGOR_free(a);
	return m;
}

enum st stamp_query(const char *note, size_t n, uint64_t nonce, struct buf *der, struct err *e)
{
	TS_REQ *q = TS_REQ_new();
	TS_MSG_IMPRINT *m = imprint_of(note, n);
	ASN1_INTEGER *k = ASN1_INTEGER_new();
	unsigned char *p = NULL;
	ASN1_INTEGER_set_uint64(k, nonce);
	TS_REQ_set_version(q, 1);
	TS_REQ_set_msg_imprint(q, m);
	TS_REQ_set_nonce(q, k);
	TS_REQ_set_cert_req(q, 1);
	int len = i2d_TS_REQ(q, &p);
	if (len > 0)
		buf_add(der, p, (size_t)len);
	OPENSSL_free(p);
	ASN1_INTEGER_free(k);
	TS_MSG_IMPRINT_free(m);
	TS_REQ_free(q);
	return len > 0 ? ST_OK : err_set(e, ST_INTERNAL, "a time-stamp query could not be made");
}

static int64_t time_of(const ASN1_GENERALIZEDTIME *t)
{
	struct tm tm;
	if (!t || !ASN1_TIME_to_tm(t, &tm))
		return TIME_NONE;
	return time_from_civil(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

static bool imprint_is(TS_TST_INFO *info, const char *note, size_t n)
{
	struct hash h = hash_of(note, n);
	TS_MSG_IMPRINT *m = TS_TST_INFO_get_msg_imprint(info);
	ASN1_OCTET_STRING *msg = TS_MSG_IMPRINT_get_msg(m);
	const ASN1_OBJECT *algo = NULL;
	X509_ALGOR_get0(&algo, NULL, NULL, TS_MSG_IMPRINT_get_algo(m));
	return OBJ_obj2nid(algo) == NID_sha256 && ASN1_STRING_length(msg) == HASH_LEN &&
	       !memcmp(ASN1_STRING_get0_data(msg), h.b, HASH_LEN);
}

static bool nonce_is(TS_TST_INFO *info, uint64_t nonce)
{
	uint64_t got = 0;
	const ASN1_INTEGER *k = TS_TST_INFO_get_nonce(info);
	return k && ASN1_INTEGER_get_uint64(&got, k) && got == nonce;
}

static enum st take(TS_RESP *r, const char *note, size_t n, uint64_t nonce, struct buf *token, int64_t *when,
		    struct err *e)
{
	long status = ASN1_INTEGER_get(TS_STATUS_INFO_get0_status(TS_RESP_get_status_info(r)));
	TS_TST_INFO *info = TS_RESP_get_tst_info(r);
	unsigned char *p = NULL;
	if ((status != TS_STATUS_GRANTED && status != TS_STATUS_GRANTED_WITH_MODS) || !info)
		return err_set(e, ST_DENIED, "the time stamping authority refused (status %ld)", status);
	if (!imprint_is(info, note, n) || !nonce_is(info, nonce))
		return err_set(e, ST_INVALID, "the time stamp is for other bytes or another query");
	*when = time_of(TS_TST_INFO_get_time(info));
	int len = i2d_PKCS7(TS_RESP_get_token(r), &p);
	if (len > 0)
		buf_add(token, p, (size_t)len);
	OPENSSL_free(p);
	return len > 0 && *when != TIME_NONE ? ST_OK : err_set(e, ST_INVALID, "the time stamp can't be read");
}

enum st stamp_reply(const void *der, size_t n, const char *note, size_t note_n, uint64_t nonce, struct buf *token,
		    int64_t *when, struct err *e)
{
	const unsigned char *p = der;
	TS_RESP *r = d2i_TS_RESP(NULL, &p, (long)n);
	if (!r)
		return err_set(e, ST_INVALID, "the answer is no time-stamp reply (RFC 3161)");
	enum st st = p == (const unsigned char *)der + n ? take(r, note, note_n, nonce, token, when, e)
							 : err_set(e, ST_INVALID, "bytes follow the time-stamp reply");
	TS_RESP_free(r);
	return st;
}

/* ── a token by itself ── */

/* What may vouch for the signer: the roots given, else the signer's own certificate. At the token's time, not today's:
 * a stamp outlives its certificate. */
static X509_STORE *trust(X509 *signer, const char *roots, int64_t when)
{
	X509_STORE *s = X509_STORE_new();
	if (!s)
		return NULL;
	if (roots ? X509_STORE_load_file(s, roots) : X509_STORE_add_cert(s, signer)) {
		X509_STORE_set_flags(s, roots ? 0 : X509_V_FLAG_PARTIAL_CHAIN);
		X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(s), (time_t)(when / USEC));
		return s;
	}
	X509_STORE_free(s);
	return NULL;
}

static bool signed_well(PKCS7 *token, X509 *signer, const char *roots, int64_t when)
{
	TS_VERIFY_CTX *c = TS_VERIFY_CTX_new();
	X509_STORE *s = trust(signer, roots, when);
	bool good = false;
	if (c && s) {
		TS_VERIFY_CTX_set_flags(c, TS_VFY_VERSION | TS_VFY_SIGNATURE);
		TS_VERIFY_CTX_set_store(c, s);
		s = NULL; /* the context's now */
		good = TS_RESP_verify_token(c, token) == 1;
	}
	X509_STORE_free(s);
	TS_VERIFY_CTX_free(c);
	return good;
}

static bool same_bytes(PKCS7 *token, const void *der, size_t n)
{
	unsigned char *p = NULL;
	int len = i2d_PKCS7(token, &p);
	bool same = len > 0 && (size_t)len == n && !memcmp(p, der, n);
	OPENSSL_free(p);
	return same;
}

static bool algorithm_fits(X509_ALGOR *named, X509_ALGOR *digest, EVP_PKEY *key)
{
	const ASN1_OBJECT *digest_id, *id;
	int of_digest = NID_undef, of_key = NID_undef;
	X509_ALGOR_get0(&digest_id, NULL, NULL, digest);
	X509_ALGOR_get0(&id, NULL, NULL, named);
	if (OBJ_obj2nid(id) == NID_rsaEncryption)
		return EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA;
	return OBJ_find_sigid_algs(OBJ_obj2nid(id), &of_digest, &of_key) && of_key == EVP_PKEY_get_base_id(key) &&
	       of_digest == OBJ_obj2nid(digest_id);
}

static bool same_name(const X509_NAME *a, const X509_NAME *b)
{
	const unsigned char *p, *q;
	size_t n, k;
	return X509_NAME_get0_der(a, &p, &n) && X509_NAME_get0_der(b, &q, &k) && n == k && !memcmp(p, q, n);
}

/* What stands around the signature and OpenSSL does not hold against it: versions, the list of digests, what the
 * algorithm is called, the exact bytes of the issuer's name (RFC 5652 §5.1, §5.3). */
static bool framed_well(PKCS7 *token, X509 *signer)
{
	PKCS7_SIGNED *d = token->d.sign;
	PKCS7_SIGNER_INFO *si = sk_PKCS7_SIGNER_INFO_value(d->signer_info, 0);
	EVP_PKEY *key = X509_get0_pubkey(signer);
	X509_ALGOR *digest, *named;
	if (!si || !key || ASN1_INTEGER_get(d->version) != 3 || ASN1_INTEGER_get(si->version) != 1)
		return false;
	PKCS7_SIGNER_INFO_get0_algs(si, NULL, &digest, &named);
	return sk_X509_ALGOR_num(d->md_algs) == 1 && !X509_ALGOR_cmp(sk_X509_ALGOR_value(d->md_algs, 0), digest) &&
	       algorithm_fits(named, digest, key) &&
	       same_name(si->issuer_and_serial->issuer, X509_get_issuer_name(signer));
}

static X509 *signer_of(PKCS7 *token)
{
	STACK_OF(X509) *all = PKCS7_get0_signers(token, NULL, 0);
	X509 *one = sk_X509_num(all) == 1 ? sk_X509_value(all, 0) : NULL;
	sk_X509_free(all);
	return one;
}

static enum st token_check(PKCS7 *token, TS_TST_INFO *info, const char *note, size_t n, const char *roots,
			   int64_t *when, char signer[256], struct err *e)
{
	X509 *x = PKCS7_type_is_signed(token) ? signer_of(token) : NULL;
	if (!x)
		return err_set(e, ST_INVALID, "the time stamp does not carry the one certificate it is signed with");
	if (!imprint_is(info, note, n))
		return err_set(e, ST_INVALID, "the time stamp is for other bytes");
	if ((*when = time_of(TS_TST_INFO_get_time(info))) == TIME_NONE)
		return err_set(e, ST_INVALID, "the time stamp has no time");
	X509_NAME_oneline(X509_get_subject_name(x), signer, 256);
	if (!signed_well(token, x, NULL, *when) || !framed_well(token, x))
		return err_set(e, ST_INVALID, "the time stamp's signature does not hold");
	if (roots && !signed_well(token, x, roots, *when))
		return err_set(e, ST_INVALID, "the time stamp's signer, %s, is not vouched for by %s", signer, roots);
	return ST_OK;
}

enum st stamp_check(const void *der, size_t n, const char *note, size_t note_n, const char *roots, int64_t *when,
		    char signer[256], struct err *e)
{
	const unsigned char *p = der;
	PKCS7 *token = n < INT32_MAX ? d2i_PKCS7(NULL, &p, (long)n) : NULL;
	TS_TST_INFO *info = token ? PKCS7_to_TS_TST_INFO(token) : NULL;
	enum st st = info && same_bytes(token, der, n)
			     ? token_check(token, info, note, note_n, roots, when, signer, e)
			     : err_set(e, ST_INVALID, "the token is no time stamp (RFC 3161)");
	TS_TST_INFO_free(info);
	PKCS7_free(token);
	ERR_clear_error();
	return st;
}
