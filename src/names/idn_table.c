/* A table in use: which labels it takes, and the key of a label's bundle. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "names/idn_int.h"

int idn_find(const struct idntable *t, uint32_t cp)
{
	int lo = 0, hi = t->n;
	while (lo < hi) {
		int mid = (lo + hi) / 2;
		if (t->cp[mid] < cp)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < t->n && t->cp[lo] == cp ? lo : -1;
}

size_t cp_utf8(uint32_t cp, char *out)
{
	if (cp < 0x80) {
		out[0] = (char)cp;
		return 1;
	}
	size_t n = cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;
	static const uint8_t lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	for (size_t i = n - 1; i > 0; i--, cp >>= 6)
		out[i] = (char)(0x80 | (cp & 0x3f));
	out[0] = (char)(lead[n] | cp);
	return n;
}

bool cp_scalar(uint32_t cp)
{
	return cp <= 0x10ffff && !(cp >= 0xd800 && cp <= 0xdfff);
}

/* Control characters are named, not shown. */
char *cp_text(char out[24], uint32_t cp)
{
	int k = snprintf(out, 24, "U+%04X", cp);
	if (cp_scalar(cp) && cp > 0x20 && !(cp >= 0x7f && cp < 0xa0)) {
		out[k++] = ' ';
		k += (int)cp_utf8(cp, out + k);
		out[k] = 0;
	}
	return out;
}

const char *idntable_language(const struct idntable *t)
{
	return t->language;
}
int64_t idntable_size(const struct idntable *t)
{
	return t->size;
}

bool idntable_has(const struct idntable *t, uint32_t cp)
{
	int i = idn_find(t, cp);
	return i >= 0 && t->row[i].in;
}

int idntable_variants(const struct idntable *t, uint32_t cp, const struct idn_variant **out)
{
	int i = idn_find(t, cp);
	*out = i < 0 ? NULL : t->var + t->row[i].var;
	return i < 0 ? 0 : t->row[i].nvar;
}

void idntable_free(struct idntable *t)
{
	if (!t)
		return;
	for (int i = 0; i < t->nnodes; i++) {
		free(t->node[i].name);
		free(t->node[i].tag);
	}
	for (int i = 0; i < t->nactions; i++)
		free(t->action[i].name);
	for (int i = 0; i < t->ntypes; i++)
		free(t->type[i]);
	for (int i = 0; i < t->ntagsets; i++)
		free(t->tagset[i]);
	void *parts[] = { t->cp,   t->row,   t->var,	t->var_type, t->var_context,
			  t->node, t->range, t->action, t->context,  t->tagset };
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		free(parts[i]);
	free(t);
}

/* ── labels ── */

/* RFC 5891 §4.2.3.1. */
static enum st hyphens(const uint32_t *cp, int n, struct err *e)
{
	if (cp[0] == '-' || cp[n - 1] == '-')
		return err_set(e, ST_INVALID, N_("a label neither begins nor ends with a hyphen"));
	if (n >= 4 && cp[2] == '-' && cp[3] == '-')
		return err_set(e, ST_INVALID, N_("a label has no hyphens in its third and fourth place"));
	return ST_OK;
}

static enum st one_form(const struct idntable *t, const uint32_t *cp, const int *row, int n, struct err *e)
{
	char a[24], b[24];
	int form[2] = { -1, -1 };
	for (int i = 0; i < n; i++) {
		enum self_kind k = t->row[row[i]].self;
		if (k == SELF_TRADITIONAL || k == SELF_SIMPLIFIED)
			form[k == SELF_SIMPLIFIED] = i;
	}
	if (form[0] < 0 || form[1] < 0)
		return ST_OK;
	return err_set(e, ST_INVALID, N_("a label is not part traditional (%s), part simplified (%s)"),
		       cp_text(a, cp[form[0]]), cp_text(b, cp[form[1]]));
}

static enum st refused(const struct action *a, struct err *e)
{
	if (a && (a->disp == DISP_VALID || a->disp == DISP_ALLOCATABLE))
		return ST_OK;
	return err_set(e, ST_INVALID, N_("the table's rule \"%.100s\" refuses this label"),
		       a && a->name ? a->name : "default");
}

enum st idntable_label(const struct idntable *t, const uint32_t *cp, int n, struct err *e)
{
	int row[LABEL_CPS_MAX];
	uint64_t types = 0;
	bool unmapped = false;
	char text[24];
	if (n < 1 || n > LABEL_CPS_MAX)
		return err_set(e, ST_INVALID, N_("a label has 1 to %d characters"), LABEL_CPS_MAX);
	if (hyphens(cp, n, e))
		return ST_INVALID;
	struct label l = { t, cp, n };
	for (int i = 0; i < n; i++) {
		row[i] = idn_find(t, cp[i]);
		if (row[i] < 0 || !t->row[row[i]].in)
			return err_set(e, ST_INVALID, N_("%s is not in the table"), cp_text(text, cp[i]));
		const struct idn_row *r = &t->row[row[i]];
		if (r->context && !context_ok(&l, r->context, i))
			return err_set(e, ST_INVALID, N_("%s can't stand there"), cp_text(text, cp[i]));
		if (r->type == NO_TYPE)
			unmapped = true;
		else
			types |= (uint64_t)1 << r->type;
	}
	if (refused(action_for(&l, types, unmapped), e))
		return ST_INVALID;
	return t->by_form ? one_form(t, cp, row, n, e) : ST_OK;
}

void idntable_key(const struct idntable *t, const uint32_t *cp, int n, char out[256])
{
	size_t k = 0;
	for (int i = 0; i < n && i < LABEL_CPS_MAX; i++) {
		int r = idn_find(t, cp[i]);
		k += cp_utf8(r < 0 ? cp[i] : t->row[r].key, out + k);
	}
	out[k] = 0;
}
