/* epp_client.h — an EPP client over TLS for tests: certificates, frames, answers that must validate. */
#ifndef TESTS_EPP_CLIENT_H
#define TESTS_EPP_CLIENT_H
#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "epp_schema.h"

static char dir[] = "/tmp/epp_test-XXXXXX"; /* with epp.crt, epp.key, client.crt, … */
static int client_port;
static xmlSchema *schemas; /* NULL: answers are not validated */

struct client {
	int fd;
	SSL *ssl;
	char text[70000];
	int n;
};

static inline X509 *certificate_of(const char *name, EVP_PKEY **key)
{
	char path[200];
	snprintf(path, sizeof path, "%s/%s.crt", dir, name);
	FILE *f = fopen(path, "r");
	X509 *x = PEM_read_X509(f, NULL, NULL, NULL);
	fclose(f);
	snprintf(path, sizeof path, "%s/%s.key", dir, name);
	f = fopen(path, "r");
	*key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
	fclose(f);
	return x;
}

/* `by` NULL: it signs itself; else the one that signs it is sent behind it. */
static inline void certificate_by(const char *name, const char *by, char out[65])
{
	EVP_PKEY *signer_key = NULL;
	X509 *signer = by ? certificate_of(by, &signer_key) : NULL;
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x = X509_new();
	char path[200];
	uint8_t md[32];
	ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
	X509_gmtime_adj(X509_getm_notBefore(x), -60);
	X509_gmtime_adj(X509_getm_notAfter(x), 86400L * 7);
	X509_set_pubkey(x, key);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1,
				   0);
	X509_set_issuer_name(x, X509_get_subject_name(signer ? signer : x));
	X509_sign(x, signer ? signer_key : key, EVP_sha256());
	X509_digest(x, EVP_sha256(), md, NULL);
	for (int i = 0; out && i < 32; i++)
		snprintf(out + 2 * i, 3, "%02x", md[i]);
	snprintf(path, sizeof path, "%s/%s.crt", dir, name);
	FILE *f = fopen(path, "w");
	PEM_write_X509(f, x);
	if (signer)
		PEM_write_X509(f, signer);
	fclose(f);
	snprintf(path, sizeof path, "%s/%s.key", dir, name);
	f = fopen(path, "w");
	PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL);
	fclose(f);
	X509_free(x);
	EVP_PKEY_free(key);
	X509_free(signer);
	EVP_PKEY_free(signer_key);
}
static inline void certificate(const char *name, char out[65])
{
	certificate_by(name, NULL, out);
}

static inline int dial(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct timeval tv = { .tv_sec = 20 };
	struct sockaddr_in sa = { .sin_family = AF_INET, .sin_port = htons((uint16_t)client_port) };
	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv);
	assert_int_equal(connect(fd, (struct sockaddr *)&sa, sizeof sa), 0);
	return fd;
}

static inline bool read_all(struct client *c, char *p, int n)
{
	for (int at = 0; at < n;) {
		int k = SSL_read(c->ssl, p + at, n - at);
		if (k <= 0)
			return false;
		at += k;
	}
	return true;
}

/* The next frame as a string; NULL when the server closed. */
static inline const char *hear(struct client *c)
{
	uint8_t head[4];
	if (!read_all(c, (char *)head, 4))
		return NULL;
	c->n = (head[0] << 24 | head[1] << 16 | head[2] << 8 | head[3]) - 4;
	assert_in_range(c->n, 1, sizeof c->text - 1);
	assert_true(read_all(c, c->text, c->n));
	c->text[c->n] = 0;
	if (schemas && !schema_valid(schemas, c->text, (size_t)c->n))
		fail_msg("not valid: %s", c->text);
	return c->text;
}

static inline void put(struct client *c, const void *p, size_t n)
{
	if (n)
		SSL_write(c->ssl, p, (int)n);
}
static inline void head_of(uint8_t h[4], uint32_t n)
{
	h[0] = (uint8_t)(n >> 24);
	h[1] = (uint8_t)(n >> 16);
	h[2] = (uint8_t)(n >> 8);
	h[3] = (uint8_t)n;
}
static inline void say(struct client *c, const char *s)
{
	size_t n = strlen(s);
	char *frame = malloc(n + 4);
	head_of((uint8_t *)frame, (uint32_t)n + 4);
	memcpy(frame + 4, s, n);
	put(c, frame, n + 4);
	free(frame);
}

static inline void ask(struct client *c, const char *s, int code)
{
	char text[32];
	snprintf(text, sizeof text, "code=\"%d\"", code);
	say(c, s);
	const char *a = hear(c);
	if (!a || !strstr(a, text))
		fail_msg("wanted %d: %s", code, a ? a : "closed");
}

static inline struct client *client_raw(SSL_CTX *t)
{
	struct client *c = calloc(1, sizeof *c);
	c->fd = dial();
	c->ssl = SSL_new(t);
	SSL_set_fd(c->ssl, c->fd);
	assert_int_equal(SSL_connect(c->ssl), 1);
	return c;
}
static inline struct client *client_new(SSL_CTX *t)
{
	struct client *c = client_raw(t);
	const char *g = hear(c);
	assert_non_null(g);
	assert_non_null(strstr(g, "<greeting><svID>"));
	return c;
}
static inline void client_end(struct client *c)
{
	SSL_free(c->ssl);
	close(c->fd);
	free(c);
}

static inline SSL_CTX *client_tls(const char *name)
{
	char crt[200], key[200];
	SSL_CTX *t = SSL_CTX_new(TLS_client_method());
	snprintf(crt, sizeof crt, "%s/%s.crt", dir, name);
	snprintf(key, sizeof key, "%s/%s.key", dir, name);
	if (SSL_CTX_use_certificate_chain_file(t, crt) != 1 ||
	    SSL_CTX_use_PrivateKey_file(t, key, SSL_FILETYPE_PEM) != 1)
		abort();
	return t;
}

static inline void client_clean(const char *const *names, int n)
{
	char path[200];
	for (int i = 0; i < n; i++)
		for (int k = 0; k < 2; k++) {
			snprintf(path, sizeof path, "%s/%s.%s", dir, names[i], k ? "key" : "crt");
			unlink(path);
		}
	rmdir(dir);
}
#endif
