/* libidn2 and libpsl keep no state between calls, so everything here may run in any thread. libidn2 is asked about one
 * label at a time, and only about those that are not plain ASCII: names with a label it would refuse ("r3---sn" has two
 * hyphens in the wrong place, "_dmarc" an underscore) exist and must be reportable. */
#include <idn2.h>
#include <libpsl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "base/hash.h"
#include "base/idn.h"
#include "base/text.h"

#define NAME_MAX_OCTETS 253
#define LABEL_MAX_OCTETS 63
#define ULABEL_MAX (4 * LABEL_MAX_OCTETS) /* bytes: an octet of an A-label is one character at the most */
#define NAME_IN_MAX 2048		  /* bytes of UTF-8 that can still map to 253 octets, and some */
#define IDN_FLAGS (IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL)

static const psl_ctx_t *loaded_list;

void idn_setup(void)
{
	if (!loaded_list)
		loaded_list = psl_latest(NULL);
}

static const psl_ctx_t *suffix_list(void)
{
	return loaded_list ? loaded_list : psl_builtin();
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool is_alabel(const char *s)
{
	return strncasecmp(s, "xn--", 4) == 0;
}

/* Bytes of the dot at s, 0 if there is none: U+002E and what RFC 3490 §3.1 counts as one (U+3002, U+FF0E, U+FF61). */
static size_t dot_at(const char *s)
{
	if (*s == '.')
		return 1;
	return strncmp(s, "\xe3\x80\x82", 3) == 0 || strncmp(s, "\xef\xbc\x8e", 3) == 0 ||
			       strncmp(s, "\xef\xbd\xa1", 3) == 0
		       ? 3
		       : 0;
}

/* A lower-case ASCII label: letters, digits and inner hyphens; underscores unless it is an A-label. */
static enum st label_check(const char *s, size_t n, struct err *e)
{
	if (n == 0)
		return err_set(e, ST_INVALID, N_("empty label in a domain name"));
	if (n > LABEL_MAX_OCTETS)
		return err_set(e, ST_INVALID, N_("label \"%.20s...\" is longer than 63 octets"), s);
	if (s[0] == '-' || s[n - 1] == '-')
		return err_set(e, ST_INVALID, N_("label \"%.*s\" begins or ends with a hyphen"), (int)n, s);
	for (size_t i = 0; i < n; i++) {
		bool ok = (s[i] >= 'a' && s[i] <= 'z') || (s[i] >= '0' && s[i] <= '9') || s[i] == '-' ||
			  (s[i] == '_' && !is_alabel(s));
		if (!ok)
			return err_set(e, ST_INVALID, N_("character 0x%02x is not allowed in a domain name"),
				       (unsigned char)s[i]);
	}
	return ST_OK;
}

/* An A-label stands for exactly one U-label, and that one for it (RFC 5891 §5.4). NULL: it is none. Good until the
 * thread's next call: the last ones are remembered, since whoever has checked a name soon wants to read it, and many
 * names lie under few. */
static const char *alabel_decode(const char *label)
{
	enum { SLOTS = 16 };
	static _Thread_local struct {
		char label[LABEL_MAX_OCTETS + 1], text[ULABEL_MAX + 1];
	} known[SLOTS];
	size_t n = strlen(label);
	uint32_t hash = hash_quick(label, n);
	char *u = NULL, *back = NULL, *kept = known[hash % SLOTS].label, *text = known[hash % SLOTS].text;
	if (*kept && strcmp(kept, label) == 0)
		return text;
	bool ok = idn2_to_unicode_8z8z(label, &u, 0) == IDN2_OK && !text_ascii(u, strlen(u)) &&
		  idn2_to_ascii_8z(u, &back, IDN_FLAGS) == IDN2_OK && strcmp(back, label) == 0 &&
		  strlen(u) <= ULABEL_MAX && n <= LABEL_MAX_OCTETS;
	if (ok) {
		memcpy(kept, label, n + 1);
		memcpy(text, u, strlen(u) + 1);
	}
	idn2_free(back);
	idn2_free(u);
	return ok ? text : NULL;
}

/* RFC 5891–5893's rules, for people. */
static const char *idn_reason(int code)
{
	switch (code) {
	case IDN2_DISALLOWED:
	case IDN2_UNASSIGNED:
		return N_("it holds a character that no domain name may have");
	case IDN2_CONTEXTJ:
	case IDN2_CONTEXTJ_NO_RULE:
	case IDN2_CONTEXTO:
	case IDN2_CONTEXTO_NO_RULE:
		return N_("it holds a character that may not stand in that place");
	case IDN2_BIDI:
		return N_("it mixes directions of writing");
	case IDN2_2HYPHEN:
	case IDN2_HYPHEN_STARTEND:
		return N_("its hyphens stand where none may");
	case IDN2_LEADING_COMBINING:
		return N_("it begins with a mark that belongs to the letter before it");
	case IDN2_TOO_BIG_LABEL:
	case IDN2_TOO_BIG_DOMAIN:
		return N_("it is too long");
	case IDN2_NOT_NFC:
	case IDN2_ENCODING_ERROR:
		return N_("it is not written in normal form");
	}
	return N_("IDNA 2008 does not allow it");
}

/* One label that is not plain ASCII, or an A-label, to at most 63 octets of ASCII. */
static enum st label_encode(const char *label, size_t n, char out[LABEL_MAX_OCTETS + 1], struct err *e)
{
	char in[NAME_IN_MAX + 1], *ascii = NULL;
	memcpy(in, label, n);
	in[n] = 0;
	for (char *p = in; *p; p++)
		*p = lower(*p);
	int code = is_alabel(in) ? IDN2_OK : idn2_to_ascii_8z(in, &ascii, IDN_FLAGS);
	const char *got = ascii ? ascii : in;
	enum st st = ST_OK;
	if (code != IDN2_OK)
		st = err_set(e, ST_INVALID, N_("label \"%.*s\": %s"), (int)utf8_cut(in, n, 120), in, idn_reason(code));
	else if (label_check(got, strlen(got), e))
		st = ST_INVALID;
	else if (is_alabel(got) && !alabel_decode(got))
		st = err_set(e, ST_INVALID, N_("label \"%s\" is no valid A-label"), got);
	else
		memcpy(out, got, strlen(got) + 1);
	idn2_free(ascii);
	return st;
}

static enum st label_add(char *out, size_t *at, const char *label, size_t n, struct err *e)
{
	char encoded[LABEL_MAX_OCTETS + 1];
	if (!text_ascii(label, n) || (n >= 4 && is_alabel(label))) {
		if (label_encode(label, n, encoded, e))
			return ST_INVALID;
		label = encoded;
		n = strlen(encoded);
	}
	if (*at + n + (*at > 0) > NAME_MAX_OCTETS)
		return err_set(e, ST_INVALID, N_("domain name is longer than 253 octets"));
	if (*at > 0)
		out[(*at)++] = '.';
	for (size_t i = 0; i < n; i++)
		out[*at + i] = lower(label[i]);
	out[*at + n] = 0;
	if (label_check(out + *at, n, e))
		return ST_INVALID;
	*at += n;
	return ST_OK;
}

/* A last label of digits alone is an address or a slip, and no TLD can be one (RFC 3696 §2). */
static enum st labels_check(const char *name, bool single, struct err *e)
{
	const char *tld = name_tld(name);
	if (tld == name)
		return single ? ST_OK : err_set(e, ST_INVALID, N_("\"%s\" is a single label"), name);
	if (tld[strspn(tld, "0123456789")] == 0)
		return err_set(e, ST_INVALID, N_("\"%.200s\" ends in a number, so it is no domain name"), name);
	return ST_OK;
}

char *name_ascii(struct arena *a, const char *s, bool single, struct err *e)
{
	char out[NAME_MAX_OCTETS + 1];
	size_t at = 0, n = strnlen(s, NAME_IN_MAX + 1);
	if (n == 0 || n > NAME_IN_MAX) {
		err_set(e, ST_INVALID, n ? N_("domain name is longer than 253 octets") : N_("empty domain name"));
		return NULL;
	}
	if (!text_ascii(s, n) && !utf8_valid(s, n)) {
		err_set(e, ST_INVALID, N_("domain name is not UTF-8"));
		return NULL;
	}
	for (const char *label = s, *p = s;; p++) {
		size_t dot = dot_at(p);
		if (*p && !dot)
			continue;
		if (label_add(out, &at, label, (size_t)(p - label), e))
			return NULL;
		if (!p[0] || !p[dot])
			break;
		label = p + dot;
		p = label - 1;
	}
	return labels_check(out, single, e) ? NULL : arena_dup(a, out, at);
}

/* The U-label of n octets, or NULL; as above. */
static const char *label_decode(const char *label, size_t n)
{
	char one[LABEL_MAX_OCTETS + 1];
	if (n > LABEL_MAX_OCTETS || !is_alabel(label))
		return NULL;
	memcpy(one, label, n);
	one[n] = 0;
	return alabel_decode(one);
}

char *name_unicode(struct arena *a, const char *ascii)
{
	char out[NAME_MAX_OCTETS * 4 + 1]; /* an octet of an A-label is one character at the most */
	size_t at = 0;
	for (const char *label = ascii, *end; label; label = *end ? end + 1 : NULL) {
		size_t n = strcspn(label, ".");
		const char *u = label_decode(label, n);
		size_t un = u ? strlen(u) : n;
		end = label + n;
		bool fits = at + un + 1 < sizeof out;
		if (fits) {
			memcpy(out + at, u ? u : label, un);
			at += un;
			out[at++] = '.';
		}
		if (!fits)
			return arena_strdup(a, ascii);
	}
	return arena_dup(a, out, at - 1);
}

const char *name_parent(const char *ascii)
{
	const char *dot = strchr(ascii, '.');
	return dot ? dot + 1 : NULL;
}

const char *name_tld(const char *ascii)
{
	const char *dot = strrchr(ascii, '.');
	return dot ? dot + 1 : ascii;
}

int name_labels(const char *ascii)
{
	int n = *ascii != 0;
	for (; *ascii; ascii++)
		n += *ascii == '.';
	return n;
}

bool name_tld_known(const char *ascii_tld)
{
	return psl_is_public_suffix2(suffix_list(), ascii_tld, PSL_TYPE_ICANN | PSL_TYPE_NO_STAR_RULE) == 1;
}

/* A TLD the list does not know yet counts as a suffix (the list's rule "*"), so new TLDs work before Debian's update. The
 * few that most names lie under are remembered: the list has ten thousand. */
bool name_is_suffix(const char *ascii)
{
	enum { SLOTS = 64, SHORT = 24 };
	static _Thread_local char known[SLOTS][SHORT];
	const psl_ctx_t *list = suffix_list();
	size_t n = strlen(ascii);
	if (!list)
		return !strchr(ascii, '.');
	bool brief = n && n < SHORT && name_labels(ascii) < 3;
	unsigned slot =
		brief ? ((unsigned char)ascii[0] * 7u + (unsigned char)ascii[n / 2] + (unsigned)n * 3u) % SLOTS : 0;
	if (brief && strcmp(known[slot], ascii) == 0)
		return true;
	bool yes = psl_is_public_suffix2(list, ascii, PSL_TYPE_ICANN) == 1;
	if (brief && yes)
		memcpy(known[slot], ascii, n + 1);
	return yes;
}

const char *name_registrable(const char *ascii)
{
	const char *up = name_parent(ascii);
	if (name_is_suffix(ascii))
		return NULL;
	for (; up; up = name_parent(ascii = up))
		if (name_is_suffix(up))
			return ascii;
	return NULL;
}
