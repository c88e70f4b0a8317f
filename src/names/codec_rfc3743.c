/* RFC 3743 tables: `valid;preferred variants;character variants`, each code point U+XXXX with the numbers of its
 * references behind.
 *
 * A label is allocatable when every character is a preferred variant of the original's; every other combination is
 * blocked. Which script form the table prefers, and which characters stand in both, its references tell: Taiwan's and
 * mainland China's tables note for each mapping whether it comes from the standard of simplified characters, and for
 * each character whether GB 2312 or Big5 has it. A table without such references has no forms.
 */
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "names/idn_int.h"

enum { COLUMN_MAX = 64, REFERENCES = 64, FILE_MAX = 32 << 20 };

struct cp_ref {
	uint32_t cp;
	uint64_t refs;
};
struct column {
	struct cp_ref at[COLUMN_MAX];
	int n;
};

struct reader {
	struct build b;
	struct err *e;
	int line;
	uint64_t simplified, gb, big5;		/* bits of the references of that title */
	int pref, other, self_pref, self_other; /* types */
	uint32_t *target;			/* code points that some other is the simplification of */
	int ntargets, targets_size;
	int to_traditional, to_simplified; /* mappings of what is not preferred itself */
};

struct text {
	const char *p, *end;
};

static void blanks(struct text *s)
{
	while (s->p < s->end && (*s->p == ' ' || *s->p == '\t'))
		s->p++;
}

static bool take(struct text *s, char c)
{
	blanks(s);
	if (s->p == s->end || *s->p != c)
		return false;
	s->p++;
	return true;
}

static bool number(struct text *s, int *out)
{
	int v = 0, digits = 0;
	blanks(s);
	for (; s->p < s->end && *s->p >= '0' && *s->p <= '9' && digits < 4; s->p++, digits++)
		v = v * 10 + (*s->p - '0');
	*out = v;
	return digits > 0;
}

static enum st bad(struct reader *r, const char *what)
{
	return err_set(r->e, ST_INVALID, "line %d: %s", r->line, what);
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static enum st refs_read(struct reader *r, struct text *s, uint64_t *refs)
{
	int n;
	*refs = 0;
	if (!take(s, '('))
		return ST_OK;
	do {
		if (!number(s, &n) || n >= REFERENCES)
			return bad(r, "expected the number of a reference, 0 to 63");
		*refs |= (uint64_t)1 << n;
	} while (take(s, ','));
	return take(s, ')') ? ST_OK : bad(r, "expected ) after the references");
}

static enum st cp_read(struct reader *r, struct text *s, struct cp_ref *out)
{
	int digits = 0;
	blanks(s);
	if (s->end - s->p < 2 || (s->p[0] != 'U' && s->p[0] != 'u') || s->p[1] != '+')
		return bad(r, "expected a code point, U+XXXX");
	out->cp = 0;
	for (s->p += 2; s->p < s->end && hex(*s->p) >= 0 && digits < 6; s->p++, digits++)
		out->cp = out->cp * 16 + (uint32_t)hex(*s->p);
	if (digits < 4 || !cp_scalar(out->cp))
		return bad(r, "a code point has four to six digits and is a character");
	if (refs_read(r, s, &out->refs))
		return ST_INVALID;
	blanks(s);
	if (s->p < s->end && (*s->p == 'U' || *s->p == 'u'))
		return bad(r, "sequences of code points are not supported");
	return ST_OK;
}

static enum st column_read(struct reader *r, struct text *s, struct column *c)
{
	c->n = 0;
	blanks(s);
	if (s->p == s->end || *s->p == ';')
		return ST_OK;
	do {
		if (c->n == COLUMN_MAX)
			return bad(r, "more than 64 variants");
		if (cp_read(r, s, &c->at[c->n++]))
			return ST_INVALID;
	} while (take(s, ','));
	return ST_OK;
}

static const struct cp_ref *column_find(const struct column *c, uint32_t cp)
{
	for (int i = 0; i < c->n; i++)
		if (c->at[i].cp == cp)
			return &c->at[i];
	return NULL;
}

/* ── a row ── */

/* In which forms a character stands, seen from a table that prefers traditional; turned about at the end if it is the
 * other. */
static enum self_kind self_of(struct reader *r, const struct column *valid, const struct column *pref,
			      const struct column *var)
{
	uint32_t cp = valid->at[0].cp;
	const struct cp_ref *self = column_find(pref, cp);
	uint64_t refs = 0;
	for (int i = 0; i < pref->n; i++)
		refs |= pref->at[i].cp == cp ? 0 : pref->at[i].refs;
	if (!pref->n || (self && pref->n == 1 && !var->n))
		return SELF_PLAIN;
	if (self)
		return pref->n > 1 ? SELF_BOTH : SELF_TRADITIONAL;
	r->to_traditional += refs & r->big5 && !(refs & r->gb);
	r->to_simplified += refs & r->gb && !(refs & r->big5);
	return refs & r->simplified ? SELF_SIMPLIFIED : SELF_OTHER;
}

static enum st target_add(struct reader *r, uint32_t cp)
{
	void *p = idn_grow(r->target, r->ntargets, &r->targets_size, sizeof *r->target, IDN_VARIANTS_MAX);
	if (!p)
		return err_set(r->e, ST_LIMIT, "line %d: too many variants", r->line);
	r->target = p;
	r->target[r->ntargets++] = cp;
	return ST_OK;
}

static enum st mappings(struct reader *r, const struct column *valid, const struct column *pref,
			const struct column *var)
{
	uint32_t cp = valid->at[0].cp;
	for (int k = 0; k < 2; k++) {
		const struct column *c = k ? var : pref;
		for (int i = 0; i < c->n; i++) {
			const struct cp_ref *x = &c->at[i];
			bool preferred = k == 0;
			if (x->cp == cp || (k && column_find(pref, x->cp)))
				continue;
			if (preferred && x->refs & r->simplified && target_add(r, x->cp))
				return r->e->code;
			if (build_var(&r->b, x->cp, preferred ? r->pref : r->other, 0,
				      preferred ? VARIANT_BOTH : VARIANT_BLOCKED, r->line))
				return r->e->code;
		}
	}
	return ST_OK;
}

static enum st row_read(struct reader *r, struct text *s)
{
	struct column valid = { 0 }, pref, var;
	valid.n = 1;
	if (cp_read(r, s, &valid.at[0]))
		return ST_INVALID;
	if (!take(s, ';') || column_read(r, s, &pref))
		return r->e->code ? ST_INVALID : bad(r, "expected ; and the preferred variants");
	if (!take(s, ';') || column_read(r, s, &var))
		return r->e->code ? ST_INVALID : bad(r, "expected ; and the character variants");
	take(s, ';');
	blanks(s);
	if (s->p < s->end && *s->p != '#')
		return bad(r, "something stands behind the last column");
	const struct cp_ref *self = column_find(&pref, valid.at[0].cp);
	if (build_row(&r->b, valid.at[0].cp, 0, 0, r->line))
		return r->e->code;
	enum self_kind kind = self_of(r, &valid, &pref, &var);
	/* The standard of the other form has it too: it stands in both. */
	if (kind == SELF_TRADITIONAL && self && self->refs & r->gb && self->refs & r->big5)
		kind = SELF_BOTH;
	build_self(&r->b, !pref.n || self ? r->self_pref : r->self_other, kind);
	return mappings(r, &valid, &pref, &var);
}

/* ── lines ── */

static bool titled(struct text s, const char *word)
{
	return memmem(s.p, (size_t)(s.end - s.p), word, strlen(word)) != NULL;
}

static enum st reference(struct reader *r, struct text *s)
{
	int n;
	if (!number(s, &n) || n >= REFERENCES)
		return bad(r, "expected the number of a reference, 0 to 63");
	uint64_t bit = (uint64_t)1 << n;
	r->simplified |= titled(*s, "Simplified") ? bit : 0;
	r->gb |= titled(*s, "GB2312") || titled(*s, "GB 2312") ? bit : 0;
	r->big5 |= titled(*s, "BIG5") || titled(*s, "Big5") ? bit : 0;
	return ST_OK;
}

static bool word(struct text *s, const char *w)
{
	size_t n = strlen(w);
	if ((size_t)(s->end - s->p) < n || memcmp(s->p, w, n) != 0 ||
	    (s->p + n < s->end && s->p[n] != ' ' && s->p[n] != '\t'))
		return false;
	s->p += n;
	return true;
}

static enum st line_read(struct reader *r, struct text s)
{
	if (s.end > s.p && s.end[-1] == '\r')
		s.end--;
	blanks(&s);
	if (s.p == s.end || *s.p == '#' || word(&s, "Version"))
		return ST_OK;
	if (word(&s, "Reference"))
		return reference(r, &s);
	return row_read(r, &s);
}

/* ── the end ── */

static enum st actions(struct reader *r)
{
	const struct {
		enum disp disp;
		char test;
		uint64_t types;
		const char *name;
	} row[] = {
		{ DISP_BLOCKED, 'y', (uint64_t)1 << r->other, "not preferred" },
		{ DISP_VALID, 'l', (uint64_t)1 << r->self_pref | (uint64_t)1 << r->self_other, "as it is" },
		{ DISP_ALLOCATABLE, 'o', (uint64_t)1 << r->self_pref | (uint64_t)1 << r->pref, "preferred" },
		{ DISP_BLOCKED, 'y', (uint64_t)1 << r->pref, "partly preferred" },
		{ DISP_VALID, 0, 0, "any other" },
	};
	for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
		struct action *a = build_action(&r->b);
		*a = (struct action){
			.disp = row[i].disp, .match = NO_NODE, .test = row[i].test, .types = row[i].types
		};
		a->name = strdup(row[i].name);
	}
	return ST_OK;
}

static int by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return x < y ? -1 : x > y;
}

/* A preferred character whose variants are other writings only, no simplifications, stands in both forms. */
static enum self_kind form_of(const struct reader *r, const struct build_row *row)
{
	bool target = r->ntargets && bsearch(&row->cp, r->target, (size_t)r->ntargets, sizeof row->cp, by_number);
	return row->self == SELF_TRADITIONAL && r->simplified && !target ? SELF_BOTH : (enum self_kind)row->self;
}

/* Which form the table prefers is what most of its mappings lead to. */
static void forms_settle(struct reader *r)
{
	bool traditional = r->to_traditional > r->to_simplified, simplified = r->to_simplified > r->to_traditional;
	r->b.t->by_form = traditional || simplified;
	if (r->ntargets)
		qsort(r->target, (size_t)r->ntargets, sizeof *r->target, by_number);
	for (int i = 0; i < r->b.nrows; i++) {
		enum self_kind self = form_of(r, &r->b.row[i]);
		if (simplified && (self == SELF_TRADITIONAL || self == SELF_SIMPLIFIED))
			self = self == SELF_TRADITIONAL ? SELF_SIMPLIFIED : SELF_TRADITIONAL;
		r->b.row[i].self = (uint8_t)self;
	}
	for (int i = 0; i < r->b.nvars; i++)
		if (r->b.var[i].kind != VARIANT_BLOCKED)
			r->b.var[i].kind = traditional	? VARIANT_TRADITIONAL
					   : simplified ? VARIANT_SIMPLIFIED
							: VARIANT_BOTH;
}

static enum st load(struct reader *r, const char *text, size_t n, struct idntable **out)
{
	const char *end = text + n;
	if (n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		text += 3;
	while (text < end) {
		const char *nl = memchr(text, '\n', (size_t)(end - text)), *stop = nl ? nl : end;
		r->line++;
		if (line_read(r, (struct text){ text, stop }))
			return r->e->code;
		text = nl ? nl + 1 : end;
	}
	if (!r->b.nrows)
		return err_set(r->e, ST_INVALID, "there is no row in it");
	forms_settle(r);
	return actions(r) ? r->e->code : build_end(&r->b, out);
}

enum st idntable_load_rfc3743(const char *text, size_t n, struct idntable **out, struct err *e)
{
	struct err quiet;
	struct reader r = { .e = e ? e : &quiet };
	err_clear(r.e);
	if (n > FILE_MAX || !utf8_valid(text, n))
		return err_set(r.e, ST_INVALID, "an RFC 3743 table is UTF-8 text of at most 32 MB");
	build_begin(&r.b, r.e);
	r.pref = build_type(&r.b, "pref", 4);
	r.other = build_type(&r.b, "other", 5);
	r.self_pref = build_type(&r.b, "r-pref", 6);
	r.self_other = build_type(&r.b, "r-other", 7);
	enum st st = load(&r, text, n, out);
	build_free(&r.b);
	free(r.target);
	return st;
}
