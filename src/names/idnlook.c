#include "names/idnlook.h"
#include <stdio.h>
#include <string.h>
#include "base/idn.h"
#include "base/text.h"
#include "names/registry_int.h"

struct telling {
	struct arena *mem;
	struct idn_look *out;
	const char *a, *b;
};

static void tell(void *ctx, const char *sentence)
{
	struct telling *t = ctx;
	if (t->out->ndifferences < LOOK_DIFFERENCES)
		t->out->difference[t->out->ndifferences++] = arena_printf(t->mem, "%s / %s: %s", t->a, t->b, sentence);
	t->out->differences++;
}

static void label_at(struct req *rq, const struct idntable *t, const uint32_t *cp, int n, struct idn_one *o)
{
	struct err why = { 0 };
	o->takes = idntable_label(t, cp, n, &why) == ST_OK;
	o->why = arena_strdup(rq->mem, why.msg);
	if (!o->takes)
		return;
	o->nvariants = idntable_allocatable(t, rq->mem, cp, n, o->variant, LOOK_VARIANTS, &o->total, &o->more);
	idntable_key(t, cp, n, o->key);
}

/* Of the label's own code points: who knows it, and with how many variants. */
static void disagree(struct req *rq, const struct policy *p, int a, int b, const uint32_t *cp, int n,
		     struct idn_look *out)
{
	struct telling t = { rq->mem, out, p->table_spec[a].lang, p->table_spec[b].lang };
	for (int i = 0; i < n; i++) {
		const struct idn_variant *v, *w;
		char text[160];
		bool in_a = idntable_has(p->table[a], cp[i]), in_b = idntable_has(p->table[b], cp[i]);
		if (in_a != in_b) {
			snprintf(text, sizeof text, "U+%04X is in %s alone", cp[i], in_a ? t.a : t.b);
			tell(&t, text);
			continue;
		}
		if (!in_a)
			continue;
		int x = idntable_variants(p->table[a], cp[i], &v), y = idntable_variants(p->table[b], cp[i], &w);
		bool same = x == y;
		for (int k = 0; same && k < x; k++)
			same = v[k].cp == w[k].cp && v[k].kind == w[k].kind;
		if (!same) {
			snprintf(text, sizeof text, "U+%04X has %d variants in %s and %d in %s, or others", cp[i], x,
				 t.a, y, t.b);
			tell(&t, text);
		}
	}
}

enum st idn_look(struct req *rq, const char *zone, const char *label, struct idn_look *out)
{
	const struct policy *p;
	uint32_t cp[LABEL_CPS_MAX];
	int n = 0;
	*out = (struct idn_look){ 0 };
	if (policy_of(rq, zone, 0, &p))
		return rq->err.code;
	if (label && *label) {
		char *ascii = name_ascii(rq->mem, label, true, &rq->err);
		if (!ascii)
			return rq->err.code;
		if (name_labels(ascii) != 1)
			return err_set(&rq->err, ST_INVALID, N_("one label, without a dot"));
		out->label = name_unicode(rq->mem, ascii);
		n = label_codepoints(out->label, cp, LABEL_CPS_MAX);
		if (n < 0)
			return err_set(&rq->err, ST_INVALID, N_("a label has at most %d characters"), LABEL_CPS_MAX);
	}
	for (int i = 0; i < p->ntables; i++) {
		if (!p->table[i])
			continue;
		struct idn_one *o = &out->table[out->ntables++];
		*o = (struct idn_one){ .lang = p->table_spec[i].lang,
				       .format = p->table_spec[i].format,
				       .file = p->table_spec[i].file,
				       .language = arena_strdup(rq->mem, idntable_language(p->table[i])),
				       .size = idntable_size(p->table[i]) };
		if (out->label)
			label_at(rq, p->table[i], cp, n, o);
	}
	for (int a = 0; a < p->ntables; a++)
		for (int b = a + 1; b < p->ntables; b++) {
			struct telling t = { rq->mem, out, p->table_spec[a].lang, p->table_spec[b].lang };
			if (!p->table[a] || !p->table[b])
				continue;
			if (out->label)
				disagree(rq, p, a, b, cp, n, out);
			else
				idntable_compare(p->table[a], p->table[b], tell, &t);
		}
	return ST_OK;
}
