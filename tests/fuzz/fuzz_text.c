/* Small texts people and machines send: times, spans, numbers, base64, hex, addresses of e-mail, settings, lines of
 * CSV. The first byte chooses; what a parser accepts, its writer writes so that the parser reads the same again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/config.h"
#include "base/csv.h"
#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void try_time(struct arena *mem, const char *s)
{
	int64_t t = time_parse(s), span;
	if (t != TIME_NONE) {
		int64_t second = t >= 0 ? t - t % USEC : t - (USEC + t % USEC) % USEC;
		check(time_parse(time_iso(mem, t)) == second);
		time_rfc5322(mem, t);
		time_http(mem, t);
		check(utf8_valid(time_people(mem, t, "zh-TW", 480), strlen(time_people(mem, t, "zh-TW", 480))));
	}
	time_span_parse(s, &span);
}

static void try_number(struct arena *mem, const char *s)
{
	int64_t v;
	if (text_int(s, INT64_MIN, INT64_MAX, &v)) {
		int64_t again;
		check(text_int(arena_printf(mem, "%lld", (long long)v), v, v, &again) && again == v);
	}
}

static void try_bytes(struct arena *mem, const char *s, size_t n)
{
	uint8_t *out = arena_alloc(mem, n + 4);
	long got = b64_decode(s, n, out);
	if (got >= 0) {
		char *again = b64_encode(mem, out, (size_t)got);
		check(strlen(again) == n && memcmp(again, s, n) == 0);
	}
	got = hex_decode(s, n, out);
	check(got < 0 || text_eq_nocase(hex_encode(mem, out, (size_t)got), arena_dup(mem, s, n)));
	char *encoded = b64_encode(mem, s, n);
	uint8_t *back = arena_alloc(mem, n + 4);
	check(b64_decode(encoded, strlen(encoded), back) == (long)n && memcmp(back, s, n) == 0);
}

static void try_words(struct arena *mem, const char *s, size_t n)
{
	if (text_email_ok(s))
		check(strlen(s) <= 254 && strchr(s, '@') && !strpbrk(s, " \t\r\n<>") && utf8_valid(s, strlen(s)));
	size_t cut = utf8_cut(s, n, n / 2);
	check(cut <= n / 2 && (!utf8_valid(s, n) || utf8_valid(s, cut)));
	check(!text_clean(s, n) || utf8_valid(s, n));
	check(strlen(text_trim(mem, s)) <= strlen(s) && strlen(text_lower(mem, s)) == strlen(s));
}

static void try_setting(struct arena *mem, char *s)
{
	struct config c = { 0 };
	struct err e = { 0 };
	const char *sets[] = { s };
	if (config_load(&c, "/nonexistent", sets, 1, false, &e) == ST_OK) {
		struct buf out = BUF_INIT;
		config_reference(&out);
		buf_free(&out);
	} else {
		check(e.msg[0]);
	}
	config_free(&c);
}

static void try_csv(char *s)
{
	char *fields[16];
	size_t n = strlen(s), total = 0;
	int got = csv_split(s, ',', fields, 16);
	check(got <= 16);
	for (int i = 0; i < got; i++)
		total += strlen(fields[i]);
	check(total <= n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	if (n < 1 || n > 20000)
		return 0;
	struct arena *mem = arena_new((size_t)16 << 20);
	char *s = arena_dup(mem, data + 1, n - 1);
	switch (data[0]) {
	case 't':
		try_time(mem, s);
		break;
	case 'n':
		try_number(mem, s);
		break;
	case 'b':
		try_bytes(mem, s, n - 1);
		break;
	case 'w':
		try_words(mem, s, n - 1);
		break;
	case 'c':
		try_setting(mem, s);
		break;
	case 'v':
		try_csv(s);
		break;
	}
	arena_free(mem);
	return 0;
}
