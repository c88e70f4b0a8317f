/* Amounts as text. */
#include <stdio.h>
#include <string.h>
#include "ledger/ledger.h"

/* New Taiwan dollars have cents by law and none in practice. */
static const struct {
	const char *code, *sign;
	bool whole;
} shown[] = {
	{ "TWD", "NT$", true },
	{ "JPY", "JPY", true },
	{ "KRW", "KRW", true },
};

char *money_text(struct arena *a, int64_t amount, const char *currency)
{
	const char *sign = currency;
	bool whole = false;
	for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
		if (strcmp(currency, shown[i].code) == 0) {
			sign = shown[i].sign;
			whole = shown[i].whole;
		}
	uint64_t v = amount < 0 ? 0 - (uint64_t)amount : (uint64_t)amount;
	char digits[24], out[40];
	int n = snprintf(digits, sizeof digits, "%llu", (unsigned long long)(v / 100)), k = 0;
	for (int i = 0; i < n; i++) {
		if (i && (n - i) % 3 == 0)
			out[k++] = ',';
		out[k++] = digits[i];
	}
	out[k] = 0;
	const char *minus = amount < 0 ? "-" : "";
	if (whole && v % 100 == 0)
		return arena_printf(a, "%s%s %s", minus, sign, out);
	return arena_printf(a, "%s%s %s.%02d", minus, sign, out, (int)(v % 100));
}

bool money_parse(const char *s, int64_t *amount)
{
	bool minus = *s == '-';
	int64_t v = 0;
	int decimals = -1; /* before the point */
	s += minus;
	if (*s < '0' || *s > '9')
		return false;
	for (; *s; s++) {
		if (*s == '.' && decimals < 0 && s[1]) {
			decimals = 0;
			continue;
		}
		if (*s < '0' || *s > '9' || decimals == 2 || v > LEDGER_AMOUNT_MAX)
			return false;
		v = v * 10 + (*s - '0');
		decimals += decimals >= 0;
	}
	for (int i = decimals < 0 ? 0 : decimals; i < 2; i++)
		v *= 10;
	if (v > LEDGER_AMOUNT_MAX)
		return false;
	*amount = minus ? -v : v;
	return true;
}
