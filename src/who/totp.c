#include "base/buf.h"
#include "base/text.h"
#include "who/who_int.h"
#include <liboath/oath.h>
#include <string.h>
#include <threads.h>

enum { TOTP_DIGITS = 6, TOTP_WINDOW = 1 };

static once_flag oath_once = ONCE_FLAG_INIT;
static void oath_begin(void)
{
	oath_init();
}

char *totp_base32(struct arena *mem, const uint8_t *p, size_t n)
{
	static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	char *out = arena_alloc(mem, n * 8 / 5 + 2), *o = out;
	uint32_t bits = 0;
	int have = 0;
	for (size_t i = 0; i < n; i++) {
		bits = bits << 8 | p[i];
		for (have += 8; have >= 5; have -= 5)
			*o++ = digit[bits >> (have - 5) & 31];
	}
	if (have)
		*o++ = digit[bits << (5 - have) & 31];
	return out;
}

/* RFC 3986 §2.3: everything but the unreserved characters, so that an issuer in any script and with any ':' or '&'
 * stays one. */
static void uri_escape(struct buf *b, const char *s)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
		if (plain || strchr("-._~", c))
			buf_char(b, (char)c);
		else
			buf_printf(b, "%%%02X", c);
	}
}

char *totp_uri(struct arena *mem, const char *issuer, const char *login, const char *secret_base32)
{
	BUF_SCOPE b = BUF_INIT;
	buf_str(&b, "otpauth://totp/");
	uri_escape(&b, issuer);
	buf_char(&b, ':');
	uri_escape(&b, login);
	buf_printf(&b, "?secret=%s&issuer=", secret_base32);
	uri_escape(&b, issuer);
	buf_printf(&b, "&algorithm=SHA1&digits=%d&period=%d", TOTP_DIGITS, TOTP_STEP);
	return arena_strdup(mem, buf_cstr(&b));
}

static bool code_ok(const char *code)
{
	return code && strlen(code) == TOTP_DIGITS && strspn(code, "0123456789") == TOTP_DIGITS;
}

bool totp_check(const uint8_t *secret, size_t n, const char *code, int64_t now, int64_t last_step, int64_t *step)
{
	uint64_t counter = 0;
	/* liboath takes the number of digits from the code itself. */
	if (!code_ok(code) || now < TOTP_STEP * USEC)
		return false;
	call_once(&oath_once, oath_begin);
	if (oath_totp_validate3((const char *)secret, n, (time_t)(now / USEC), TOTP_STEP, 0, TOTP_WINDOW, NULL,
				&counter, code) < 0)
		return false;
	*step = (int64_t)counter;
	return *step > last_step;
}
