#include "cli/keypair.h"
#include <errno.h>
#include <fcntl.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/hash.h"

enum { DAYS = 730, PATH_ROOM = 800 };

static bool fingerprint_of(const X509 *x, char out[65])
{
	unsigned char *der = NULL;
	int n = i2d_X509(x, &der);
	if (n <= 0)
		return false;
	struct hash h = hash_of(der, (size_t)n);
	OPENSSL_free(der);
	hash_hex(&h, out);
	return true;
}

static void serial_set(X509 *x)
{
	uint8_t serial[16];
	random_bytes(serial, sizeof serial);
	serial[0] &= 0x7f;
	BIGNUM *bn = BN_bin2bn(serial, sizeof serial, NULL);
	BN_to_ASN1_INTEGER(bn, X509_get_serialNumber(x));
	BN_free(bn);
}

static void extension(X509 *x, int nid, const char *value)
{
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
	if (e)
		X509_add_ext(x, e, -1);
	X509_EXTENSION_free(e);
}

static X509 *client_certificate(EVP_PKEY *key, const char *name)
{
	X509 *x = X509_new();
	X509_NAME *subject = X509_get_subject_name(x);
	serial_set(x);
	X509_set_version(x, 2);
	X509_gmtime_adj(X509_getm_notBefore(x), -3600);
	X509_gmtime_adj(X509_getm_notAfter(x), DAYS * 86400L);
	X509_set_pubkey(x, key);
	X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, (const unsigned char *)name, -1, -1, 0);
	X509_set_issuer_name(x, subject);
	extension(x, NID_basic_constraints, "critical,CA:FALSE");
	extension(x, NID_key_usage, "critical,digitalSignature");
	extension(x, NID_ext_key_usage, "clientAuth");
	X509_sign(x, key, EVP_sha256());
	return x;
}

static void path_of(char out[PATH_ROOM], const char *dir, const char *name, const char *suffix)
{
	snprintf(out, PATH_ROOM, "%s/%s.%s", dir, name, suffix);
}

static FILE *make(const char *path, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	return fd < 0 ? NULL : fdopen(fd, "w");
}

static bool finish(FILE *f)
{
	bool ok = fflush(f) == 0 && fsync(fileno(f)) == 0;
	return fclose(f) == 0 && ok;
}

static bool write_key(FILE *f, EVP_PKEY *key)
{
	bool ok = PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL);
	return finish(f) && ok;
}

static bool write_certificate(FILE *f, const X509 *x)
{
	bool ok = PEM_write_X509(f, x);
	return finish(f) && ok;
}

/* Both files or none. */
static enum st files_make(const char *dir, const char *name, EVP_PKEY *key, const X509 *x, struct err *e)
{
	char kpath[PATH_ROOM], cpath[PATH_ROOM];
	path_of(kpath, dir, name, "key");
	path_of(cpath, dir, name, "crt");
	FILE *k = make(kpath, 0600);
	if (!k)
		return err_set(e, errno == EEXIST ? ST_CONFLICT : ST_INTERNAL, "%.200s: %s", kpath, strerror(errno));
	bool ok = write_key(k, key);
	FILE *c = ok ? make(cpath, 0644) : NULL;
	if (c && write_certificate(c, x))
		return ST_OK;
	enum st st = err_set(e, errno == EEXIST ? ST_CONFLICT : ST_INTERNAL, "%.200s: %s", c || ok ? cpath : kpath,
			     strerror(errno));
	unlink(kpath);
	if (c)
		unlink(cpath);
	return st;
}

enum st keypair_make(const char *dir, const char *name, char fingerprint[65], struct err *e)
{
	if (mkdir(dir, 0700) && errno != EEXIST)
		return err_set(e, ST_INTERNAL, "%.200s: %s", dir, strerror(errno));
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x = key ? client_certificate(key, name) : NULL;
	enum st st = x && fingerprint_of(x, fingerprint) ? files_make(dir, name, key, x, e)
							 : err_set(e, ST_INTERNAL, "no key could be made");
	X509_free(x);
	EVP_PKEY_free(key);
	return st;
}

void keypair_remove(const char *dir, const char *name)
{
	char path[PATH_ROOM];
	path_of(path, dir, name, "key");
	unlink(path);
	path_of(path, dir, name, "crt");
	unlink(path);
}

enum st keypair_read(const char *path, struct certificate *out, struct err *e)
{
	char bytes[CERTIFICATE_TEXT_MAX + 1];
	struct err why = { 0 };
	FILE *f = fopen(path, "re");
	if (!f)
		return err_set(e, ST_NOTFOUND, "%.200s: %s", path, strerror(errno));
	size_t n = fread(bytes, 1, sizeof bytes, f);
	fclose(f);
	bool der = n && bytes[0] == 0x30; /* a SEQUENCE; text begins with a dash or a digit */
	if (der && memchr(bytes, 0, n) && certificate_read_der(bytes, n, out, &why) == ST_OK)
		return ST_OK;
	if (certificate_read(bytes, n, out, &why) == ST_OK)
		return ST_OK;
	return err_set(e, ST_INVALID, "%.100s: %.140s", path, why.msg);
}
