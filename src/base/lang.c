#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>
#include "base/lang_int.h"
#include "base/text.h"

#define ACCEPT_ITEMS_MAX 64

static const char *const tags[LANG_COUNT] = { [LANG_EN] = "en", [LANG_ZH_TW] = "zh-TW" };

const char *lang_tag(enum lang l)
{
	return tags[l < LANG_COUNT ? l : LANG_EN];
}

/* ---- tags (RFC 5646) ---- */

static bool subtag_is(const char *s, size_t n, const char *what)
{
	return n == strlen(what) && strncasecmp(s, what, n) == 0;
}

static size_t subtag_len(const char *s, size_t n)
{
	size_t i = 0;
	while (i < n && s[i] != '-' && s[i] != '_')
		i++;
	return i;
}

bool lang_tag_ok(const char *tag)
{
	size_t len = strspn(tag, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
	bool ok = len >= 2 && len <= 8;
	for (tag += len; ok && (*tag == '-' || *tag == '_'); tag += 1 + len) {
		len = strspn(tag + 1, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
		ok = len >= 1 && len <= 8;
	}
	return ok && !*tag;
}

/* Chinese in traditional characters; simplified is another written language, and its readers are not served by it. */
static bool is_traditional(const char *rest, size_t n)
{
	for (size_t len; n > 0; rest += len, n -= len) {
		rest++;
		n--;
		len = subtag_len(rest, n);
		if (subtag_is(rest, len, "Hant"))
			return true;
		if (subtag_is(rest, len, "Hans") || subtag_is(rest, len, "CN") || subtag_is(rest, len, "SG"))
			return false;
	}
	return true;
}

/* The language of a tag, or -1 when it is none of ours. */
static int match(const char *tag, size_t n)
{
	size_t primary = subtag_len(tag, n);
	if (subtag_is(tag, primary, "en"))
		return LANG_EN;
	if (subtag_is(tag, primary, "zh") && is_traditional(tag + primary, n - primary))
		return LANG_ZH_TW;
	return -1;
}

enum lang lang_of(const char *tag)
{
	int l = tag ? match(tag, strnlen(tag, 64)) : -1;
	return l < 0 ? LANG_EN : (enum lang)l;
}

/* ---- Accept-Language ---- */

static const char *skip_blanks(const char *s)
{
	return s + strspn(s, " \t");
}

/* `;q=0.123` in thousandths; 1000 without one, -1 for what is not in the grammar. */
static int weight(const char *s, const char *end)
{
	s = skip_blanks(s);
	if (s >= end)
		return 1000;
	if (*s != ';')
		return -1;
	s = skip_blanks(s + 1);
	if (end - s < 2 || (*s != 'q' && *s != 'Q') || s[1] != '=')
		return -1;
	size_t n = strcspn(s, ", \t");
	return skip_blanks(s + n) >= end ? text_weight(s + 2, n - 2) : -1;
}

enum lang lang_accept(const char *accept_language, enum lang fallback)
{
	int best_q = 0;
	enum lang best = fallback;
	const char *s = accept_language ? accept_language : "";
	for (int i = 0; *s && i < ACCEPT_ITEMS_MAX; i++) {
		const char *end = s + strcspn(s, ",");
		s = skip_blanks(s);
		size_t n = strcspn(s, ",; \t");
		int q = weight(s + n, end), l = n == 1 && *s == '*' ? (int)fallback : match(s, n);
		if (l >= 0 && q > best_q) {
			best = (enum lang)l;
			best_q = q;
		}
		s = *end ? end + 1 : end;
	}
	return best;
}

/* ---- texts ---- */

static uint32_t text_hash(const char *s, size_t n)
{
	uint64_t h = n;
	for (size_t i = 0; i < n; i += 8) {
		uint64_t word = 0;
		memcpy(&word, s + i, n - i < 8 ? n - i : 8);
		h = (h ^ le64toh(word)) * 0x9e3779b97f4a7c15ULL;
		h ^= h >> 32;
	}
	return (uint32_t)h;
}

const char *tr(enum lang l, const char *msgid)
{
	const struct lang_table *t = &lang_tables[l < LANG_COUNT ? l : LANG_EN];
	if (!t->entries || !msgid)
		return msgid;
	uint32_t hash = text_hash(msgid, strlen(msgid));
	for (uint32_t at = hash & t->mask; t->entries[at].id; at = (at + 1) & t->mask)
		if (t->entries[at].hash == hash && strcmp(t->entries[at].id, msgid) == 0)
			return t->entries[at].text;
	return msgid;
}
