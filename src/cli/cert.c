#include "cli/cert.h"
#include <fcntl.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <unistd.h>
#include "base/hash.h"

static X509 *self_signed(EVP_PKEY *key)
{
	uint8_t serial[16];
	X509 *x = X509_new();
	X509_NAME *name = X509_get_subject_name(x);
	BIGNUM *bn;
	random_bytes(serial, sizeof serial);
	serial[0] &= 0x7f;
	bn = BN_bin2bn(serial, sizeof serial, NULL);
	BN_to_ASN1_INTEGER(bn, X509_get_serialNumber(x));
	BN_free(bn);
	X509_set_version(x, 2);
	X509_gmtime_adj(X509_getm_notBefore(x), -3600);
	X509_gmtime_adj(X509_getm_notAfter(x), 10L * 365 * 86400);
	X509_set_pubkey(x, key);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)"localhost", -1, -1, 0);
	X509_set_issuer_name(x, name);
	X509_EXTENSION *san = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
	X509_add_ext(x, san, -1);
	X509_EXTENSION_free(san);
	X509_sign(x, key, EVP_sha256());
	return x;
}

static FILE *make(const char *dir, const char *name, const char *suffix, mode_t mode)
{
	char path[700];
	snprintf(path, sizeof path, "%s/%s.%s", dir, name, suffix);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	return fd < 0 ? NULL : fdopen(fd, "w");
}

enum st cert_make(const char *dir, const char *name, struct err *e)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x = key ? self_signed(key) : NULL;
	FILE *k = make(dir, name, "key", 0600), *c = make(dir, name, "crt", 0644);
	bool ok = x && k && c && PEM_write_PrivateKey(k, key, NULL, NULL, 0, NULL, NULL) && PEM_write_X509(c, x);
	if (k && fclose(k))
		ok = false;
	if (c && fclose(c))
		ok = false;
	X509_free(x);
	EVP_PKEY_free(key);
	return ok ? ST_OK : err_set(e, ST_INTERNAL, "%s/%s.crt could not be made", dir, name);
}
