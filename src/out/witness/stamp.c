/* RFC 3161 queries and replies through OpenSSL. That the token is the authority's own is for the receipt's reader to
 * check, who has the certificate; here: it was granted, and for our bytes and our nonce. */
#include <openssl/ts.h>
#include <string.h>
#include "base/hash.h"
#include "base/text.h"
#include "out/witness/witness.h"

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

static bool is_ours(TS_TST_INFO *info, const char *note, size_t n, uint64_t nonce)
{
	uint64_t got = 0;
	struct hash h = hash_of(note, n);
	TS_MSG_IMPRINT *m = TS_TST_INFO_get_msg_imprint(info);
	ASN1_OCTET_STRING *msg = TS_MSG_IMPRINT_get_msg(m);
	const ASN1_INTEGER *k = TS_TST_INFO_get_nonce(info);
	return k && ASN1_INTEGER_get_uint64(&got, k) && got == nonce && ASN1_STRING_length(msg) == HASH_LEN &&
	       !memcmp(ASN1_STRING_get0_data(msg), h.b, HASH_LEN);
}

static enum st take(TS_RESP *r, const char *note, size_t n, uint64_t nonce, struct buf *token, int64_t *when,
		    struct err *e)
{
	long status = ASN1_INTEGER_get(TS_STATUS_INFO_get0_status(TS_RESP_get_status_info(r)));
	TS_TST_INFO *info = TS_RESP_get_tst_info(r);
	unsigned char *p = NULL;
	if ((status != TS_STATUS_GRANTED && status != TS_STATUS_GRANTED_WITH_MODS) || !info)
		return err_set(e, ST_DENIED, "the time stamping authority refused (status %ld)", status);
	if (!is_ours(info, note, n, nonce))
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
