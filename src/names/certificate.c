#include "names/certificate.h"
#include <ctype.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>
#include <time.h>
#include "base/hash.h"
#include "base/text.h"

/* "AB:CD…" or 64 digits; blanks at the ends don't count. */
static bool digits_read(const char *text, size_t n, char out[65])
{
	int k = 0;
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)text[i];
		if (c == ':' || isspace(c))
			continue;
		if (k == 64 || !isxdigit(c))
			return false;
		out[k++] = (char)tolower(c);
	}
	out[k] = 0;
	return k == 64;
}

static int64_t time_of(const ASN1_TIME *t)
{
	struct tm tm;
	if (!t || !ASN1_TIME_to_tm(t, &tm))
		return 0;
	return time_from_civil(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/* What people may see of it: one line of clean text. */
static void subject_of(X509 *x, char out[256])
{
	BIO *b = BIO_new(BIO_s_mem());
	char *p;
	if (b && X509_NAME_print_ex(b, X509_get_subject_name(x), 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) >= 0) {
		long n = BIO_get_mem_data(b, &p);
		size_t cut = n > 0 && utf8_valid(p, (size_t)n) ? utf8_cut(p, (size_t)n, 255) : 0;
		if (text_clean(p, cut))
			memcpy(out, p, cut), out[cut] = 0;
	}
	BIO_free(b);
}

static int rsa_bits(const X509 *x)
{
	EVP_PKEY *key = X509_get0_pubkey(x);
	int kind = key ? EVP_PKEY_base_id(key) : 0;
	return kind == EVP_PKEY_RSA || kind == EVP_PKEY_RSA_PSS ? EVP_PKEY_bits(key) : 0;
}

/* Takes x, which may be NULL. */
static bool x509_take(X509 *x, struct certificate *out)
{
	unsigned char *der = NULL;
	int len = x ? i2d_X509(x, &der) : 0;
	if (len > 0) {
		struct hash h = hash_of(der, (size_t)len);
		hash_hex(&h, out->fingerprint);
		out->not_after = time_of(X509_get0_notAfter(x));
		out->expired = X509_cmp_current_time(X509_get0_notAfter(x)) < 0;
		out->rsa_bits = rsa_bits(x);
		subject_of(x, out->subject);
	}
	OPENSSL_free(der);
	X509_free(x);
	ERR_clear_error();
	return len > 0;
}

static bool pem_read(const char *text, size_t n, struct certificate *out)
{
	BIO *b = BIO_new_mem_buf(text, (int)n);
	bool ok = x509_take(b ? PEM_read_bio_X509(b, NULL, NULL, NULL) : NULL, out);
	BIO_free(b);
	return ok;
}

enum st certificate_read(const char *text, size_t n, struct certificate *out, struct err *e)
{
	*out = (struct certificate){ 0 };
	if (n > CERTIFICATE_TEXT_MAX)
		return err_set(e, ST_INVALID, N_("certificate: at most %d bytes"), CERTIFICATE_TEXT_MAX);
	if (memmem(text, n, "PRIVATE KEY", 11))
		return err_set(e, ST_INVALID,
			       N_("certificate: a private key is in it; keep that to yourself, make a new one"));
	if (digits_read(text, n, out->fingerprint) || pem_read(text, n, out))
		return ST_OK;
	return err_set(e, ST_INVALID, N_("certificate: neither a certificate (PEM) nor 64 hex digits of its SHA-256"));
}

enum st certificate_read_der(const void *der, size_t n, struct certificate *out, struct err *e)
{
	const unsigned char *p = der;
	*out = (struct certificate){ 0 };
	X509 *x = n <= CERTIFICATE_TEXT_MAX ? d2i_X509(NULL, &p, (long)n) : NULL;
	return x509_take(x, out) ? ST_OK : err_set(e, ST_INVALID, N_("certificate: it can't be read as DER"));
}

enum st certificate_fits(const struct certificate *c, struct err *e)
{
	if (c->expired)
		return err_set(e, ST_INVALID, N_("This certificate has expired: make a new one."));
	if (c->rsa_bits && c->rsa_bits < CERTIFICATE_RSA_BITS)
		return err_set(
			e, ST_INVALID,
			N_("The RSA key of this certificate has %d bits, and %d are needed: make a new key (P-256 "
			   "is good, too)."),
			c->rsa_bits, CERTIFICATE_RSA_BITS);
	return ST_OK;
}
