/* Where a name stands in its zone, and the key of its bundle. */
#include <idn2.h>
#include <stdio.h>
#include <string.h>
#include "base/idn.h"
#include "names/registry_int.h"

/* ── the key ── */

/* Code points of valid UTF-8; −1: more than max. */
int label_codepoints(const char *s, uint32_t *out, int max)
{
	int n = 0;
	while (*s) {
		unsigned char c = (unsigned char)*s++;
		int more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : c >= 0xc0 ? 1 : 0;
		uint32_t cp = more == 3 ? c & 7u : more == 2 ? c & 15u : more ? c & 31u : c;
		for (; more && *s; more--)
			cp = cp << 6 | ((unsigned char)*s++ & 63u);
		if (n == max)
			return -1;
		out[n++] = cp;
	}
	return n;
}

static size_t cp_put(char *out, uint32_t cp)
{
	if (cp < 0x80)
		return out[0] = (char)cp, 1;
	if (cp < 0x800)
		return out[0] = (char)(0xc0 | cp >> 6), out[1] = (char)(0x80 | (cp & 63)), 2;
	if (cp < 0x10000)
		return out[0] = (char)(0xe0 | cp >> 12), out[1] = (char)(0x80 | (cp >> 6 & 63)),
		       out[2] = (char)(0x80 | (cp & 63)), 3;
	return out[0] = (char)(0xf0 | cp >> 18), out[1] = (char)(0x80 | (cp >> 12 & 63)),
	       out[2] = (char)(0x80 | (cp >> 6 & 63)), out[3] = (char)(0x80 | (cp & 63)), 4;
}

/* The smallest code point that any table says is the same, until none says a smaller one. A zone of several languages
 * has one answer this way: a label of one table meets its variant of another. */
static uint32_t smallest(const struct policy *p, uint32_t cp)
{
	for (uint32_t before = cp + 1; cp != before;) {
		before = cp;
		for (int t = 0; t < p->ntables; t++) {
			const struct idn_variant *v = NULL;
			int n = p->table[t] ? idntable_variants(p->table[t], cp, &v) : 0;
			for (int i = 0; i < n; i++)
				cp = v[i].cp < cp ? v[i].cp : cp;
		}
	}
	return cp;
}

void label_key(const struct policy *p, const char *ulabel, char out[256])
{
	uint32_t cp[LABEL_CPS_MAX];
	int n = label_codepoints(ulabel, cp, LABEL_CPS_MAX);
	size_t at = 0;
	if (n < 0) { /* longer than a label can be: its own */
		snprintf(out, 256, "%s", ulabel);
		return;
	}
	for (int i = 0; i < n; i++)
		at += cp_put(out + at, smallest(p, cp[i]));
	out[at] = 0;
}

/* ── the place ── */

static bool ends_in(const char *name, const char *place, size_t *label)
{
	size_t n = strlen(name), k = strlen(place);
	if (n <= k + 1 || name[n - k - 1] != '.' || strcmp(name + n - k, place))
		return false;
	*label = n - k - 1;
	return true;
}

static void place_under(const struct policy *p, struct placed *out, size_t *label)
{
	out->under = p->zone;
	out->who = p->general;
	*label = strlen(out->name) - strlen(p->zone) - 1;
	for (int i = 0; i < p->nsecond; i++)
		if (ends_in(out->name, p->second[i].name, label)) {
			out->under = p->second[i].name;
			out->who = p->second[i].who;
			return;
		}
}

static void tables_try(struct placed *out)
{
	uint32_t cp[LABEL_CPS_MAX];
	struct err quiet = { 0 };
	int n = label_codepoints(out->ulabel, cp, LABEL_CPS_MAX);
	out->table = NULL;
	out->lang = "";
	for (int i = 0; n > 0 && i < out->policy->ntables && !out->table; i++)
		if (out->policy->table[i] && idntable_label(out->policy->table[i], cp, n, &quiet) == ST_OK) {
			out->table = out->policy->table[i];
			out->lang = out->policy->table_spec[i].lang;
		}
}

static void label_place(struct req *rq, struct placed *out)
{
	char key[256];
	bool idn = strncmp(out->label, "xn--", 4) == 0;
	snprintf(out->ulabel, sizeof out->ulabel, "%s", idn ? name_unicode(rq->mem, out->label) : out->label);
	if (idn) {
		tables_try(out);
		label_key(out->policy, out->ulabel, key);
	}
	snprintf(out->key, sizeof out->key, "%s/%s", out->under, idn ? key : out->label);
}

static enum st place_found(struct req *rq, struct placed *out)
{
	size_t label;
	const struct policy *p = out->policy;
	for (int i = 0; i < p->nsecond; i++)
		if (!strcmp(p->second[i].name, out->name))
			return err_set(&rq->err, ST_INVALID, N_("%s is a second level: names are registered below it"),
				       out->name);
	place_under(p, out, &label);
	out->label = arena_dup(rq->mem, out->name, label);
	if (strchr(out->label, '.'))
		return err_set(&rq->err, ST_INVALID, N_("%s is more than one label below %s"), out->name, out->under);
	out->zone = p->zone;
	label_place(rq, out);
	return ST_OK;
}

enum st policy_place_in(struct req *rq, const struct policy *p, const char *ascii, struct placed *out)
{
	const char *tld = name_tld(ascii);
	*out = (struct placed){ .lang = "", .policy = p };
	if (tld == ascii)
		return err_set(&rq->err, ST_INVALID, N_("%s is the zone itself"), tld);
	out->variant_zone = strcmp(tld, p->zone) != 0;
	int n = snprintf(out->name, sizeof out->name, "%.*s%s", (int)(tld - ascii), ascii, p->zone);
	if (n < 0 || (size_t)n > 253)
		return err_set(&rq->err, ST_INVALID, N_("%.100s... is longer than 253 octets"), ascii);
	return place_found(rq, out);
}

enum st policy_place(struct req *rq, const char *ascii, int64_t at, struct placed *out)
{
	const struct policy *p;
	int64_t next_at;
	*out = (struct placed){ .lang = "" };
	if (policy_and_next(rq, name_tld(ascii), at, &p, &next_at) || policy_place_in(rq, p, ascii, out))
		return rq->err.code;
	out->next_at = next_at;
	return ST_OK;
}

bool place_stays(struct req *rq, const struct policy *then, const char *ascii, const char *key)
{
	struct placed at;
	struct req look = { .mem = rq->mem, .who = rq->who };
	return policy_place_in(&look, then, ascii, &at) == ST_OK && !strcmp(at.key, key);
}

enum st place_lost(struct req *rq, const struct placed *at, int64_t *from)
{
	const struct policy *then;
	*from = 0;
	for (int64_t next_at = at->next_at; next_at && !*from;) {
		int64_t begins = next_at;
		if (policy_and_next(rq, at->zone, begins, &then, &next_at))
			return rq->err.code;
		if (!place_stays(rq, then, at->name, at->key))
			*from = begins;
	}
	return ST_OK;
}

/* ── is it a good label? ── */

static enum st ascii_label(const char *s, struct err *e)
{
	size_t n = strlen(s);
	if (n >= 4 && s[2] == '-' && s[3] == '-')
		return err_set(e, ST_INVALID, N_("hyphens in the 3rd and 4th place are for A-labels"));
	if (strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-") != n || s[0] == '-' || s[n - 1] == '-' || n > 63)
		return err_set(e, ST_INVALID, N_("letters, digits and inner hyphens only"));
	return ST_OK;
}

enum st label_good(const struct placed *at, struct err *e)
{
	uint32_t cp[LABEL_CPS_MAX];
	char *checked = NULL;
	if (strncmp(at->label, "xn--", 4))
		return ascii_label(at->label, e);
	/* RFC 5891 §4: as for registration, contextual and Bidi rules with it. */
	int code = idn2_register_u8(NULL, (const uint8_t *)at->label, (uint8_t **)&checked, 0);
	idn2_free(checked);
	if (code != IDN2_OK)
		return err_set(e, ST_INVALID, N_("no label of IDNA2008: %s"), idn2_strerror(code));
	if (at->table)
		return ST_OK;
	if (!at->policy->ntables)
		return err_set(e, ST_INVALID, N_("%s takes ASCII names only"), at->zone);
	int n = label_codepoints(at->ulabel, cp, LABEL_CPS_MAX);
	const struct idntable *first = at->policy->table[0];
	if (n <= 0 || !first)
		return err_set(e, ST_INVALID, N_("no table of %s takes this label"), at->zone);
	return idntable_label(first, cp, n, e) ? e->code : err_set(e, ST_INVALID, N_("no table takes this label"));
}
