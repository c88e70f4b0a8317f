#include "intel/tlp.h"
#include <ctype.h>
#include <string.h>
#include <strings.h>
#include "base/lang.h"

/* FIRST, TLP 2.0 §4. AMBER reaches the recipient's organisation and its clients: our clients are those who answer for
 * the thing. A partner is told on a need-to-know basis as our counterpart; AMBER+STRICT stays in this house. RED
 * is for people the source has named, and is never given to an organisation as such. Whatever the label, its source may
 * hear what it told us. */
static const bool allowed[TLP_LABELS][TLP_RECIPIENTS] = {
	[TLP_CLEAR] = { true, true, true, true, true, true, true, true, true },
	[TLP_GREEN] = { true, true, true, true, true, true, true, true, false },
	[TLP_AMBER] = { true, true, true, true, true, true, true, false, false },
	[TLP_AMBER_STRICT] = { true, true, true, false, false, false, false, false, false },
	[TLP_RED] = { true, true, false, false, false, false, false, false, false },
};

static const struct {
	const char *name, *id, *sentence;
} labels[TLP_LABELS] = {
	[TLP_CLEAR] = { "TLP:CLEAR", "clear", N_("You may pass this on without limit.") },
	[TLP_GREEN] = { "TLP:GREEN", "green", N_("Share this only within your community, not in public.") },
	[TLP_AMBER] = { "TLP:AMBER", "amber",
			N_("Share this only in your organisation and with your own clients, as far as they need it.") },
	[TLP_AMBER_STRICT] = { "TLP:AMBER+STRICT", "amber+strict",
			       N_("Share this only in your organisation, as far as it is needed there.") },
	[TLP_RED] = { "TLP:RED", "red", N_("This is for you alone. Do not pass it on.") },
};

static const struct {
	const char *name, *title;
} recipients[TLP_RECIPIENTS] = {
	[TLP_TO_NAMED] = { "named", N_("a person named by the source") },
	[TLP_TO_SOURCE] = { "source", N_("whoever told us") },
	[TLP_TO_STAFF] = { "staff", N_("everybody in our organisation") },
	[TLP_TO_HOLDER] = { "holder", N_("those who are responsible for it") },
	[TLP_TO_CLIENT] = { "client", N_("the recipient's own clients") },
	[TLP_TO_CERT] = { "cert", N_("a partner CERT") },
	[TLP_TO_OFFICIAL] = { "official", N_("police and regulators") },
	[TLP_TO_MEMBER] = { "member", N_("members of our community") },
	[TLP_TO_PUBLIC] = { "public", N_("the public") },
};

static bool known(enum tlp label)
{
	return (unsigned)label < TLP_LABELS;
}

bool tlp_allows(enum tlp label, enum tlp_to recipient)
{
	return known(label) && (unsigned)recipient < TLP_RECIPIENTS && allowed[label][recipient];
}

const char *tlp_name(enum tlp label)
{
	return known(label) ? labels[label].name : "";
}

const char *tlp_id(enum tlp label)
{
	return known(label) ? labels[label].id : "";
}

const char *tlp_sentence(enum tlp label)
{
	return known(label) ? labels[label].sentence : "";
}

const char *tlp_to_name(enum tlp_to recipient)
{
	return (unsigned)recipient < TLP_RECIPIENTS ? recipients[recipient].name : "";
}

const char *tlp_to_title(enum tlp_to recipient)
{
	return (unsigned)recipient < TLP_RECIPIENTS ? recipients[recipient].title : "";
}

/* ── reading ── */

static const struct {
	const char *word;
	enum tlp is;
} words[] = {
	{ "clear", TLP_CLEAR }, { "white", TLP_CLEAR }, { "green", TLP_GREEN },
	{ "amber", TLP_AMBER }, { "red", TLP_RED },
};

static const char *after_blanks(const char *s)
{
	return s + strspn(s, " \t");
}

/* AMBER may go on: "+STRICT", " strict", "-STRICT". */
static const char *strict(const char *s)
{
	const char *p = after_blanks(s);
	p = after_blanks(p + (*p == '+' || *p == '-' || *p == '_'));
	return p > s && strncasecmp(p, "strict", 6) == 0 && !isalnum((unsigned char)p[6]) ? p + 6 : NULL;
}

/* A label's word at s: where it ends; NULL when it is none. */
static const char *read_word(const char *s, enum tlp *out)
{
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		size_t n = strlen(words[i].word);
		if (strncasecmp(s, words[i].word, n) != 0 || isalnum((unsigned char)s[n]))
			continue;
		const char *end = words[i].is == TLP_AMBER ? strict(s + n) : NULL;
		*out = end ? TLP_AMBER_STRICT : words[i].is;
		return end ? end : s + n;
	}
	return NULL;
}

/* "TLP:", also with the colon that Chinese keyboards write; NULL when it does not stand here. */
static const char *read_mark(const char *s)
{
	static const char wide[] = "：";
	if (strncasecmp(s, "tlp", 3) != 0)
		return NULL;
	s = after_blanks(s + 3);
	size_t n = *s == ':' ? 1 : strncmp(s, wide, sizeof wide - 1) == 0 ? sizeof wide - 1 : 0;
	return n ? after_blanks(s + n) : NULL;
}

bool tlp_parse(const char *s, enum tlp *out)
{
	const char *mark = s ? read_mark(after_blanks(s)) : NULL;
	const char *end = s ? read_word(mark ? mark : after_blanks(s), out) : NULL;
	return end && !*after_blanks(end);
}

bool tlp_find(const char *text, enum tlp *out)
{
	bool found = false;
	for (const char *p = text; p && *p; p++) {
		enum tlp one;
		const char *mark = p > text && isalnum((unsigned char)p[-1]) ? NULL : read_mark(p);
		if (!mark || !read_word(mark, &one))
			continue;
		*out = !found || one > *out ? one : *out;
		found = true;
	}
	return found;
}
