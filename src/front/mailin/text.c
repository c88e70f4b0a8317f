/* Bytes to text: transfer encodings, character sets, and what language it is. */
#include <errno.h>
#include <gmime/gmime.h>
#include <iconv.h>
#include "front/mailin/mailin_int.h"

/* ── transfer encodings ── */

size_t decode_bytes(enum mail_encoding encoding, const char *p, size_t n, char *out, size_t max)
{
	GMimeEncoding state;
	char piece[3072];
	size_t o = 0;
	if (encoding == MAIL_IDENTITY) {
		n = n < max ? n : max;
		memcpy(out, p, n);
		return n;
	}
	g_mime_encoding_init_decode(&state, encoding == MAIL_BASE64 ? GMIME_CONTENT_ENCODING_BASE64
								    : GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE);
	for (size_t i = 0; i < n && o < max; i += 1024) {
		size_t k = g_mime_encoding_step(&state, p + i, n - i < 1024 ? n - i : 1024, piece);
		k = k < max - o ? k : max - o;
		memcpy(out + o, piece, k);
		o += k;
	}
	return o;
}

void mailin_decode(const struct mail_file *f, void (*take)(void *to, const char *p, size_t n), void *to)
{
	GMimeEncoding state;
	char piece[3 * 4096];
	if (f->encoding == MAIL_IDENTITY) {
		take(to, f->p, f->n);
		return;
	}
	g_mime_encoding_init_decode(&state, f->encoding == MAIL_BASE64 ? GMIME_CONTENT_ENCODING_BASE64
								       : GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE);
	for (size_t i = 0; i < f->n; i += 4096)
		take(to, piece, g_mime_encoding_step(&state, f->p + i, f->n - i < 4096 ? f->n - i : 4096, piece));
}

/* ── character sets ── */

static const char hz[] = "HZ"; /* which the C library doesn't know */

/* What mail uses, and no other: each is code of the C library that reads hostile bytes. */
static const struct {
	const char *said, *used;
} charsets[] = {
	{ "big5", "BIG5-HKSCS" },
	{ "big5-hkscs", "BIG5-HKSCS" },
	{ "cp950", "CP950" },
	{ "x-big5", "BIG5-HKSCS" },
	{ "x-x-big5", "BIG5-HKSCS" },
	{ "gb2312", "GB18030" },
	{ "gbk", "GB18030" },
	{ "gb18030", "GB18030" },
	{ "cp936", "GB18030" },
	{ "x-gbk", "GB18030" },
	{ "gb_2312-80", "GB18030" },
	{ "hz-gb-2312", hz },
	{ "euc-tw", "EUC-TW" },
	{ "iso-2022-jp", "ISO-2022-JP" },
	{ "shift_jis", "CP932" },
	{ "sjis", "CP932" },
	{ "x-sjis", "CP932" },
	{ "windows-31j", "CP932" },
	{ "cp932", "CP932" },
	{ "euc-jp", "EUC-JP" },
	{ "euc-kr", "CP949" },
	{ "ks_c_5601-1987", "CP949" },
	{ "windows-949", "CP949" },
	{ "cp949", "CP949" },
	{ "iso-2022-kr", "ISO-2022-KR" },
	{ "utf-7", "UTF-7" },
	{ "unicode-1-1-utf-7", "UTF-7" },
	{ "utf-16", "UTF-16" },
	{ "utf-16le", "UTF-16LE" },
	{ "utf-16be", "UTF-16BE" },
	{ "koi8-r", "KOI8-R" },
	{ "koi8-u", "KOI8-U" },
	{ "tis-620", "TIS-620" },
	{ "windows-874", "CP874" },
	{ "iso-8859-1", "CP1252" },
	{ "latin1", "CP1252" },
	{ "windows-1252", "CP1252" },
	{ "cp1252", "CP1252" },
	{ "iso-8859-2", "ISO-8859-2" },
	{ "iso-8859-3", "ISO-8859-3" },
	{ "iso-8859-4", "ISO-8859-4" },
	{ "iso-8859-5", "ISO-8859-5" },
	{ "iso-8859-6", "ISO-8859-6" },
	{ "iso-8859-7", "ISO-8859-7" },
	{ "iso-8859-8", "ISO-8859-8" },
	{ "iso-8859-8-i", "ISO-8859-8" },
	{ "iso-8859-9", "ISO-8859-9" },
	{ "iso-8859-10", "ISO-8859-10" },
	{ "iso-8859-11", "ISO-8859-11" },
	{ "iso-8859-13", "ISO-8859-13" },
	{ "iso-8859-14", "ISO-8859-14" },
	{ "iso-8859-15", "ISO-8859-15" },
	{ "iso-8859-16", "ISO-8859-16" },
	{ "windows-1250", "CP1250" },
	{ "windows-1251", "CP1251" },
	{ "windows-1253", "CP1253" },
	{ "windows-1254", "CP1254" },
	{ "windows-1255", "CP1255" },
	{ "windows-1256", "CP1256" },
	{ "windows-1257", "CP1257" },
	{ "windows-1258", "CP1258" },
	{ "ibm437", "IBM437" },
	{ "cp437", "IBM437" },
	{ "ibm850", "IBM850" },
	{ "cp850", "IBM850" },
	{ "ibm866", "IBM866" },
	{ "cp866", "IBM866" },
	{ "macintosh", "MACINTOSH" },
};

static const char *charset_used(const char *said)
{
	for (size_t i = 0; said && i < sizeof charsets / sizeof *charsets; i++)
		if (text_eq_nocase(said, charsets[i].said))
			return charsets[i].used;
	return NULL;
}

static const char replacement[] = "\xef\xbf\xbd";

/* Length of the valid character at s (n bytes left), 0 when there is none. */
static size_t char_len(const unsigned char *s, size_t n)
{
	size_t k = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : s[0] < 0xf5 ? 4 : 0;
	return k && k <= n && (k == 1 || utf8_valid((const char *)s, k)) ? k : 0;
}

char *text_cleaned(struct arena *mem, const char *p, size_t n)
{
	const unsigned char *s = (const unsigned char *)p;
	char *out = arena_alloc(mem, 3 * n + 1), *o = out;
	for (size_t i = 0; i < n;) {
		size_t k = char_len(s + i, n - i);
		bool control = k == 1 && (s[i] < 0x20 || s[i] == 0x7f) && s[i] != '\n' && s[i] != '\t';
		bool c1 = k == 2 && s[i] == 0xc2 && s[i + 1] < 0xa0;
		if (!k) {
			memcpy(o, replacement, 3);
			o += 3;
		} else if (k == 1 && s[i] == '\r') {
			if (i + 1 == n || s[i + 1] != '\n')
				*o++ = '\n';
		} else if (!control && !c1) {
			memcpy(o, s + i, k);
			o += k;
		}
		i += k ? k : 1;
	}
	*o = 0;
	return out;
}

/* RFC 1843: between ~{ and ~}, or the end of the line, two octets are a character of GB 2312 without their high bits; ~~ is ~,
 * and ~ at the end of a line joins it with the next. As EUC, which GB 18030 contains. */
static char *hz_to_euc(struct arena *mem, const char *p, size_t *n)
{
	char *out = arena_alloc(mem, *n + 1), *o = out;
	bool two = false;
	for (size_t i = 0; i < *n; i++) {
		char next = i + 1 < *n ? p[i + 1] : 0;
		if (p[i] == '~' && next && strchr("~{}\n", next)) {
			two = next == '{' || (two && next == '~');
			if (next == '~')
				*o++ = '~';
			i++;
		} else if (two && p[i] > 0x20 && p[i] < 0x7f && next > 0x20 && next < 0x7f) {
			*o++ = (char)(p[i] | 0x80);
			*o++ = (char)(next | 0x80);
			i++;
		} else {
			two = two && p[i] != '\n';
			*o++ = p[i];
		}
	}
	*n = (size_t)(o - out);
	return out;
}

/* From a known set; what it can't read becomes U+FFFD. *bad counts these. */
static char *converted(struct arena *mem, const char *p, size_t n, const char *used, size_t *bad)
{
	size_t room = 3 * n + 16, left = room;
	char *out = arena_alloc(mem, room + 1), *o = out, *in = (char *)p;
	iconv_t cd = g_mime_iconv_open("UTF-8", used);
	*bad = n;
	if (cd == (iconv_t)-1)
		return NULL;
	*bad = 0;
	while (n && left > 4) {
		if (iconv(cd, &in, &n, &o, &left) != (size_t)-1 || (errno != EILSEQ && errno != EINVAL))
			break;
		memcpy(o, replacement, 3);
		o += 3;
		left -= 3;
		in++;
		n--;
		++*bad;
	}
	/* Some sets hold a character back until it is known whether a mark follows (windows-1255, windows-1258). */
	iconv(cd, NULL, NULL, &o, &left);
	g_mime_iconv_close(cd);
	return text_cleaned(mem, out, (size_t)(o - out));
}

/* Nothing said, or nonsense: what reads with the least trouble. Big5 first, as most mail here that says nothing is. */
static char *guessed(struct arena *mem, const char *p, size_t n)
{
	static const char *const tried[] = { "BIG5-HKSCS", "GB18030" };
	for (size_t i = 0; i < 2; i++) {
		size_t bad;
		char *out = converted(mem, p, n < 2048 ? n : 2048, tried[i], &bad);
		if (out && bad <= 1)
			return n <= 2048 ? out : converted(mem, p, n, tried[i], &bad);
	}
	return text_cleaned(mem, p, n);
}

/* One broken byte, or a cut inside a character, is no sign of another set. */
static bool mostly_utf8(const char *p, size_t n)
{
	size_t good = 0, bad = 0;
	for (size_t i = 0; i < n;) {
		size_t k = char_len((const unsigned char *)p + i, n - i);
		good += k > 1;
		bad += !k;
		i += k ? k : 1;
	}
	return bad <= good;
}

char *text_of_bytes(struct arena *mem, const char *p, size_t n, const char *charset)
{
	if (n > SOURCE_MAX)
		n = SOURCE_MAX;
	const char *used = charset_used(charset);
	bool high = false, escaped = false;
	for (size_t i = 0; i < n; i++) {
		high |= (unsigned char)p[i] >= 0x80;
		escaped |= p[i] == 0x1b || p[i] == '~' || p[i] == '+' || !p[i];
	}
	size_t bad;
	char *out = NULL;
	if (used == hz) {
		p = hz_to_euc(mem, p, &n);
		used = "GB18030";
	}
	if (used && (high || escaped))
		out = converted(mem, p, n, used, &bad);
	if (out)
		return out;
	return !high || mostly_utf8(p, n) ? text_cleaned(mem, p, n) : guessed(mem, p, n);
}

char *entity_text(struct arena *mem, const struct entity *e)
{
	if (e->encoding == MAIL_IDENTITY)
		return text_of_bytes(mem, e->body, e->bodyn, e->charset);
	size_t max = e->bodyn < SOURCE_MAX ? e->bodyn : SOURCE_MAX;
	char *plain = arena_alloc(mem, max + 1);
	size_t n = decode_bytes(e->encoding, e->body, e->bodyn, plain, max);
	return text_of_bytes(mem, plain, n, e->charset);
}

/* ── words ── */

bool text_begins(const char *s, const char *with)
{
	return strncasecmp(s, with, strlen(with)) == 0;
}

const char *text_find(const char *s, const char *what)
{
	return strcasestr(s, what);
}

/* Han beside Latin: a letter in Chinese that quotes an English page is still Chinese. */
enum lang text_lang(const char *s)
{
	size_t han = 0, words = 0;
	bool in = false;
	for (const unsigned char *c = (const unsigned char *)s; *c; c++) {
		han += *c >= 0xe4 && *c <= 0xe9;
		bool letter = (*c | 0x20) >= 'a' && (*c | 0x20) <= 'z';
		words += letter && !in;
		in = letter || (in && (*c == '.' || *c == '/' || *c == ':' || *c == '-'));
	}
	return han >= 4 && han * 4 >= words ? LANG_ZH_TW : LANG_EN;
}
