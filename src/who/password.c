/* Passwords: argon2id (RFC 9106) in its usual encoded form, $argon2id$v=19$m=…,t=…,p=…$salt$hash. */
#include "base/buf.h"
#include "base/text.h"
#include "who/account.h"
#include "who/who_int.h"
#include <argon2.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

/* OWASP's first choice for argon2id. RFC 9106's second recommendation (64 MiB) would be more than the whole program
 * has. */
enum { MEM_KIB = 19456, PASSES = 2, LANES = 1, SALT_LEN = 16, TAG_LEN = 32 };
enum { CHARS_MIN = 12, BYTES_MAX = 256, ENCODED_MAX = 160 };

struct cost {
	uint32_t mem, passes, lanes;
};

/* One at a time, so that many people signing in at once take 19 MiB and not 19 MiB each. */
static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;

/* Straight from the kernel and back: malloc would keep the freed 19 MiB in the process from the second time on. */
static int mem_take(uint8_t **p, size_t n)
{
	void *got = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	*p = got == MAP_FAILED ? NULL : got;
	return *p ? ARGON2_OK : ARGON2_MEMORY_ALLOCATION_ERROR;
}

static void mem_give(uint8_t *p, size_t n)
{
	munmap(p, n);
}

static bool derive(const char *password, const uint8_t salt[SALT_LEN], struct cost cost, uint8_t tag[TAG_LEN])
{
	argon2_context c = { .out = tag,
			     .outlen = TAG_LEN,
			     .pwd = (uint8_t *)(uintptr_t)password,
			     .pwdlen = (uint32_t)strlen(password),
			     .salt = (uint8_t *)(uintptr_t)salt,
			     .saltlen = SALT_LEN,
			     .t_cost = cost.passes,
			     .m_cost = cost.mem,
			     .lanes = cost.lanes,
			     .threads = 1,
			     .version = ARGON2_VERSION_13,
			     .allocate_cbk = mem_take,
			     .free_cbk = mem_give };
	pthread_mutex_lock(&one_at_a_time);
	int rc = argon2_ctx(&c, Argon2_id);
	pthread_mutex_unlock(&one_at_a_time);
	return rc == ARGON2_OK;
}

/* ── the encoded form: base64 without padding ── */

static char *b64_bare(struct arena *mem, const uint8_t *p, size_t n)
{
	char *s = b64_encode(mem, p, n);
	s[strcspn(s, "=")] = 0;
	return s;
}

static bool b64_bare_read(const char *s, uint8_t *out, size_t want)
{
	char padded[64];
	uint8_t bytes[48];
	size_t n = strlen(s), full = (n + 3) / 4 * 4;
	if (full >= sizeof padded)
		return false;
	memset(padded, '=', full);
	memcpy(padded, s, n);
	if (b64_decode(padded, full, bytes) != (long)want)
		return false;
	memcpy(out, bytes, want);
	return true;
}

static bool encoded_read(const char *encoded, struct cost *cost, uint8_t salt[SALT_LEN], uint8_t tag[TAG_LEN])
{
	char salt64[33], tag64[49];
	int end = 0;
	if (sscanf(encoded, "$argon2id$v=19$m=%7u,t=%3u,p=%2u$%32[A-Za-z0-9+/]$%48[A-Za-z0-9+/]%n", &cost->mem,
		   &cost->passes, &cost->lanes, salt64, tag64, &end) != 5 ||
	    encoded[end])
		return false;
	return b64_bare_read(salt64, salt, SALT_LEN) && b64_bare_read(tag64, tag, TAG_LEN);
}

/* ── the rules ── */

static size_t chars_of(const char *s)
{
	size_t n = 0;
	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

enum st password_check(const char *password, const char *login, struct err *e)
{
	size_t n = strlen(password);
	if (n > BYTES_MAX)
		return err_set(e, ST_INVALID, N_("password: at most %d bytes"), BYTES_MAX);
	if (!utf8_valid(password, n))
		return err_set(e, ST_INVALID, N_("password: this is not valid text (UTF-8)"));
	if (chars_of(password) < CHARS_MIN)
		return err_set(e, ST_INVALID,
			       N_("password: at least %d characters; a short sentence is easy to remember"), CHARS_MIN);
	if (login && text_eq_nocase(password, login))
		return err_set(e, ST_INVALID, N_("password: it must not be the same as the login name"));
	return ST_OK;
}

char *password_hash(struct arena *mem, const char *password, struct err *e)
{
	struct cost cost = { MEM_KIB, PASSES, LANES };
	uint8_t salt[SALT_LEN], tag[TAG_LEN];
	if (password_check(password, NULL, e))
		return NULL;
	random_bytes(salt, sizeof salt);
	if (!derive(password, salt, cost, tag)) {
		err_set(e, ST_BUSY, N_("password: no memory to hash it; try again in a few seconds"));
		return NULL;
	}
	return arena_printf(mem, "$argon2id$v=19$m=%u,t=%u,p=%u$%s$%s", cost.mem, cost.passes, cost.lanes,
			    b64_bare(mem, salt, sizeof salt), b64_bare(mem, tag, sizeof tag));
}

bool password_matches(const char *encoded, const char *password)
{
	struct cost cost = { MEM_KIB, PASSES, LANES };
	uint8_t salt[SALT_LEN] = { 0 }, tag[TAG_LEN] = { 0 }, found[TAG_LEN];
	bool known = encoded && encoded_read(encoded, &cost, salt, tag);
	if (strlen(password) > BYTES_MAX)
		password = "";
	bool done = derive(password, salt, cost, found);
	return done & known & bytes_equal_ct(tag, found, TAG_LEN);
}
