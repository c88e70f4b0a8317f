/* Words of a text. Where they lie is decided on the text as it stands, so that a hit can be marked in it; each is folded
 * by itself. */
#include "base/words.h"
#include <glib.h>
#include <string.h>
#include "base/text.h"

enum { CHUNK_MAX = 256, UNIT_MAX = 24, LABELS_MAX = 16 };

struct walk {
	enum words_for why;
	word_fn *fn;
	void *ctx;
	size_t at, end; /* of what is being told */
	bool enough;
};

static void tell(struct walk *w, const char *p, size_t n)
{
	char word[WORD_MAX + 1];
	if (n == 0 || w->enough)
		return;
	if (n > WORD_MAX)
		n = utf8_cut(p, n, WORD_MAX);
	memcpy(word, p, n);
	word[n] = 0;
	w->enough = !w->fn(w->ctx, &(struct word){ word, n, w->at, w->end });
}

/* ── folding ── */

static size_t fold_ascii(const char *s, size_t n, char *out)
{
	for (size_t i = 0; i < n; i++)
		out[i] = s[i] >= 'A' && s[i] <= 'Z' ? (char)(s[i] + 32) : s[i];
	out[n] = 0;
	return n;
}

/* Composed, folded, composed again: folding takes some characters apart. */
static size_t fold(const char *s, size_t n, char *out, size_t max)
{
	if (text_ascii(s, n))
		return fold_ascii(s, n < max ? n : max, out);
	char *whole = g_utf8_normalize(s, (gssize)n, G_NORMALIZE_NFKC);
	char *folded = whole ? g_utf8_casefold(whole, -1) : NULL;
	char *again = folded ? g_utf8_normalize(folded, -1, G_NORMALIZE_NFKC) : NULL;
	size_t len = again ? strlen(again) : 0;
	if (len > max)
		len = utf8_cut(again, len, max);
	if (len)
		memcpy(out, again, len);
	out[len] = 0;
	g_free(whole);
	g_free(folded);
	g_free(again);
	return len;
}

char *words_fold(struct arena *mem, const char *s)
{
	size_t n = strlen(s), max = 4 * n + UNIT_MAX, k = 0;
	char *out = arena_alloc(mem, max + 1);
	n = fold(s, n, out, max);
	for (size_t i = 0; i < n; i++) {
		bool blank = strchr(" \t\r\n", out[i]) != NULL;
		if (!blank)
			out[k++] = out[i];
		else if (k && out[k - 1] != ' ')
			out[k++] = ' ';
	}
	out[k - (k && out[k - 1] == ' ')] = 0;
	return out;
}

/* ── characters ── */

enum kind { APART, LETTER, JOINER, DENSE, MARK };

/* Written without blanks between words. */
static bool dense(gunichar c)
{
	if (c < 0x1100)
		return false;
	if (c == 0x3005 || c == 0x30fc || c == 0xff70) /* the marks of repetition and length belong to both kana */
		return true;
	switch (g_unichar_get_script(c)) {
	case G_UNICODE_SCRIPT_HAN:
	case G_UNICODE_SCRIPT_HIRAGANA:
	case G_UNICODE_SCRIPT_KATAKANA:
	case G_UNICODE_SCRIPT_BOPOMOFO:
	case G_UNICODE_SCRIPT_HANGUL:
		return g_unichar_isalnum(c);
	default:
		return false;
	}
}

static enum kind kind_of(gunichar c)
{
	if (c < 0x80)
		return g_ascii_isalnum((char)c) ? LETTER : c && strchr(".-_@:", (int)c) ? JOINER : APART;
	if (dense(c))
		return DENSE;
	return g_unichar_ismark(c) ? MARK : g_unichar_isalnum(c) ? LETTER : APART;
}

/* The character at s: its length, 1 and APART for what is none. */
static size_t next(const char *s, size_t n, enum kind *k)
{
	if ((unsigned char)*s < 0x80) {
		*k = kind_of((gunichar)*s);
		return 1;
	}
	gunichar c = g_utf8_get_char_validated(s, (gssize)(n < 6 ? n : 6));
	if (c >= 0x110000) {
		*k = APART;
		return 1;
	}
	*k = kind_of(c);
	return (size_t)g_unichar_to_utf8(c, NULL);
}

/* ── joined words ── */

static bool parts_are_numbers(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != '.' && (p[i] < '0' || p[i] > '9'))
			return false;
	return true;
}

/* A label, and what stands between its hyphens. */
static void tell_label(struct walk *w, const char *p, size_t n)
{
	tell(w, p, n);
	for (size_t i = 0, from = 0; i <= n; i++)
		if (i == n || p[i] == '-' || p[i] == '_') {
			if (i - from < n)
				tell(w, p + from, i - from);
			from = i + 1;
		}
}

/* 192.0.2.55 by 192.0.2 and 192.0. */
static void tell_beginnings(struct walk *w, const char *p, size_t n)
{
	int dots = 0;
	for (size_t i = 0; i < n && dots < LABELS_MAX; i++)
		if (p[i] == '.' && ++dots > 1)
			tell(w, p, i);
}

/* Without @ and colon: a name, an address of version 4, or a word with hyphens. */
static void tell_name(struct walk *w, const char *p, size_t n)
{
	bool number = parts_are_numbers(p, n);
	int labels = 0;
	for (size_t i = 0, from = 0; i <= n && labels < LABELS_MAX; i++) {
		if (i < n && p[i] != '.')
			continue;
		if (!number && from && n - from <= WORD_MAX)
			tell(w, p + from, n - from);
		if (!number && (from || i < n || memchr(p, '-', n) || memchr(p, '_', n)))
			tell_label(w, p + from, i - from);
		from = i + 1;
		labels++;
	}
	if (number)
		tell_beginnings(w, p, n);
}

static void tell_parts(struct walk *w, const char *p, size_t n)
{
	for (size_t i = 0, from = 0; i <= n; i++)
		if (i == n || p[i] == '@' || p[i] == ':') {
			if (i - from < n && i - from <= WORD_MAX)
				tell(w, p + from, i - from);
			tell_name(w, p + from, i - from);
			from = i + 1;
		}
}

/* Of what is too long to be one word, the joined parts that are not. */
static void tell_long(struct walk *w, const char *p, size_t n)
{
	for (size_t i = 0, from = 0; i <= n; i++)
		if (i == n || strchr(".-_@:", p[i])) {
			tell(w, p + from, i - from);
			from = i + 1;
		}
}

static void tell_chunk(struct walk *w, const char *s, size_t at, size_t end)
{
	char folded[4 * CHUNK_MAX + 1];
	while (at < end && strchr(".-_@:", s[at]))
		at++;
	while (end > at && strchr(".-_@:", s[end - 1]))
		end--;
	w->at = at;
	w->end = end;
	size_t n = fold(s + at, end - at, folded, sizeof folded - 1);
	bool joined = strpbrk(folded, ".-_@:") != NULL;
	if (n <= WORD_MAX || !joined)
		tell(w, folded, n);
	else
		tell_long(w, folded, n);
	if (w->why == WORDS_KEPT && joined)
		tell_parts(w, folded, n);
}

/* From `at` on: the end of the run of letters and joiners, and of CHUNK_MAX at most. */
static size_t chunk_end(const char *s, size_t n, size_t at)
{
	enum kind k;
	size_t i = at;
	while (i < n) {
		size_t len = next(s + i, n - i, &k);
		if (k == APART || k == DENSE || i + len - at > CHUNK_MAX)
			break;
		i += len;
	}
	return i;
}

/* ── dense scripts ── */

struct unit {
	char p[UNIT_MAX + 1];
	size_t n, at;
};

/* A character with the marks that follow it. */
static size_t unit_read(const char *s, size_t n, size_t at, struct unit *u)
{
	enum kind k;
	size_t i = at + next(s + at, n - at, &k);
	while (i < n) {
		size_t len = next(s + i, n - i, &k);
		if (k != MARK || i + len - at > UNIT_MAX)
			break;
		i += len;
	}
	u->at = at;
	u->n = fold(s + at, i - at, u->p, UNIT_MAX);
	return i;
}

static void tell_pair(struct walk *w, const struct unit *a, const struct unit *b, size_t end)
{
	char pair[2 * UNIT_MAX + 1];
	memcpy(pair, a->p, a->n);
	memcpy(pair + a->n, b->p, b->n);
	w->at = a->at;
	w->end = end;
	tell(w, pair, a->n + b->n);
}

static size_t tell_dense(struct walk *w, const char *s, size_t n, size_t at)
{
	struct unit u[2];
	enum kind k = DENSE;
	int i = 0;
	for (; at < n && !w->enough; i++) {
		next(s + at, n - at, &k);
		if (k != DENSE)
			break;
		struct unit *now = &u[i & 1];
		at = unit_read(s, n, at, now);
		w->at = now->at;
		w->end = at;
		if (w->why == WORDS_KEPT)
			tell(w, now->p, now->n);
		if (i)
			tell_pair(w, &u[(i & 1) ^ 1], now, at);
	}
	if (i == 1 && w->why == WORDS_ASKED)
		tell(w, u[0].p, u[0].n);
	return at;
}

void words_each(const char *s, size_t n, enum words_for why, word_fn *fn, void *ctx)
{
	struct walk w = { .why = why, .fn = fn, .ctx = ctx };
	for (size_t i = 0; i < n && !w.enough;) {
		enum kind k;
		size_t len = next(s + i, n - i, &k);
		if (k == DENSE) {
			i = tell_dense(&w, s, n, i);
		} else if (k == APART) {
			i += len;
		} else {
			size_t end = chunk_end(s, n, i);
			tell_chunk(&w, s, i, end);
			i = end;
		}
	}
}

/* ── a place in a text ── */

enum { BEFORE = 60, AFTER = 90 };

/* n bytes, blanks for line ends. */
static char *one_line(struct arena *mem, const char *s, size_t n)
{
	char *out = arena_dup(mem, s, n);
	for (char *p = out; *p; p++)
		if (strchr("\r\n\t", *p))
			*p = ' ';
	return out;
}

void words_excerpt(struct arena *mem, const char *text, size_t at, size_t end, struct excerpt *out)
{
	size_t from = at > BEFORE ? at - BEFORE : 0, n = strlen(text + end);
	while (from < at && ((unsigned char)text[from] & 0xc0) == 0x80)
		from++;
	size_t to = n > AFTER ? utf8_cut(text + end, n, AFTER) : n;
	out->before = arena_printf(mem, "%s%s", from ? "…" : "", one_line(mem, text + from, at - from));
	out->hit = one_line(mem, text + at, end - at);
	out->after = arena_printf(mem, "%s%s", one_line(mem, text + end, to), to < n ? "…" : "");
}
