/* The figures of a period, added up from what desk_day.h hands over. */
#include <stdlib.h>
#include <string.h>
#include "base/hash.h"
#include "desk/desk_day.h"
#include "desk/desk_int.h"

/* ── spans: so many cases took so many minutes ── */

enum {
	MINUTES = 1 << 17, /* three months; longer ones stand in a list */
	LONG_FIRST = 256
};

struct minutes {
	int64_t minute, n;
};
struct spread {
	int64_t all, *n; /* by minute */
	struct minutes *longer;
	int nlonger, room;
};

static void spread_add(struct arena *mem, struct spread *s, int64_t minute, int64_t n)
{
	if (!s->n)
		s->n = arena_array(mem, int64_t, MINUTES);
	s->all += n;
	if (minute < MINUTES) {
		s->n[minute] += n;
		return;
	}
	if (s->nlonger == s->room) {
		int room = s->room ? 2 * s->room : LONG_FIRST;
		struct minutes *more = arena_array(mem, struct minutes, room);
		if (s->nlonger)
			memcpy(more, s->longer, sizeof *more * (size_t)s->nlonger);
		s->longer = more;
		s->room = room;
	}
	s->longer[s->nlonger++] = (struct minutes){ minute, n };
}

static int by_minute(const void *a, const void *b)
{
	const struct minutes *x = a, *y = b;
	return (x->minute > y->minute) - (x->minute < y->minute);
}

/* Seconds of the case at this rank, from 0. */
static int64_t at_rank(const struct spread *s, int64_t rank)
{
	for (int64_t i = 0; i < MINUTES; i++) {
		if (rank < s->n[i])
			return i * 60;
		rank -= s->n[i];
	}
	for (int i = 0; i < s->nlonger; i++) {
		if (rank < s->longer[i].n)
			return s->longer[i].minute * 60;
		rank -= s->longer[i].n;
	}
	return 0;
}

/* ── labels and how often each was met ── */

enum { LABELS_FIRST = 1 << 12 };

struct label {
	const char *text; /* NULL: free */
	int64_t n;
	uint32_t hash;
};
struct labels {
	struct label *slot;
	uint32_t size, n;
};

static struct label *label_slot(struct label *slot, uint32_t size, uint32_t hash, const char *text)
{
	uint32_t i = (hash ^ hash >> 15) & (size - 1);
	while (slot[i].text && (slot[i].hash != hash || strcmp(slot[i].text, text) != 0))
		i = (i + 1) & (size - 1);
	return &slot[i];
}

static void labels_grow(struct arena *mem, struct labels *l)
{
	uint32_t size = l->size ? 4 * l->size : LABELS_FIRST;
	struct label *slot = arena_array(mem, struct label, size);
	for (uint32_t i = 0; i < l->size; i++)
		if (l->slot[i].text)
			*label_slot(slot, size, l->slot[i].hash, l->slot[i].text) = l->slot[i];
	l->slot = slot;
	l->size = size;
}

static void labels_add(struct arena *mem, struct labels *l, const char *text, int64_t n)
{
	if (l->n >= l->size / 2)
		labels_grow(mem, l);
	uint32_t hash = hash_quick(text, strlen(text));
	struct label *at = label_slot(l->slot, l->size, hash, text);
	if (!at->text) {
		*at = (struct label){ arena_strdup(mem, text), 0, hash };
		l->n++;
	}
	at->n += n;
}

static bool comes_before(const struct label *a, const struct figure_top *b)
{
	return a->n != b->n ? a->n > b->n : strcmp(a->text, b->label) < 0;
}

static int labels_most(const struct labels *l, struct arena *mem, struct figure_top out[FIGURES_TOP])
{
	int n = 0;
	for (uint32_t i = 0; i < l->size; i++) {
		const struct label *x = &l->slot[i];
		int at = n;
		while (x->text && at > 0 && comes_before(x, &out[at - 1]))
			at--;
		if (!x->text || at == FIGURES_TOP)
			continue;
		n += n < FIGURES_TOP;
		memmove(&out[at + 1], &out[at], sizeof *out * (size_t)(n - 1 - at));
		out[at] = (struct figure_top){ (char *)x->text, x->n };
	}
	for (int i = 0; i < n; i++)
		out[i].label = arena_strdup(mem, out[i].label);
	return n;
}

/* ── the sum ── */

struct sum {
	struct figures *f;
	struct arena *mem;
	struct spread span[SPANS];
	struct labels top[DAY_TOPS];
};

static struct figure_class *class_at(struct figures *f, const char *id)
{
	for (int i = 0; i < f->classes; i++)
		if (strcmp(f->class_[i].id, id) == 0)
			return &f->class_[i];
	return NULL;
}

static int source_at(const char *name)
{
	for (int i = 0; i < FIGURE_SOURCES; i++)
		if (strcmp(report_source_name((enum report_source)i), name) == 0)
			return i;
	return -1;
}

static int week_of(const struct figures *f, int64_t day)
{
	return (int)((day - f->week_at[0]) / (7 * DAY_USEC));
}

static void add_reports(void *to, int64_t day, const char *class_id, const char *source, int64_t n)
{
	struct figures *f = ((struct sum *)to)->f;
	struct figure_class *k = class_at(f, class_id);
	int from = source_at(source), week = week_of(f, day);
	if (week < 0 || week >= f->weeks)
		return;
	f->reports += n;
	f->reports_week[week] += n;
	if (k)
		k->reports += n;
	if (from >= 0)
		f->by_source[from] += n;
}

static void add_cases(void *to, int64_t day, const char *class_id, int64_t n, int64_t closed)
{
	struct figures *f = ((struct sum *)to)->f;
	struct figure_class *k = class_at(f, class_id);
	int week = week_of(f, day);
	if (week < 0 || week >= f->weeks)
		return;
	f->cases += n;
	f->closed += closed;
	f->cases_week[week] += n;
	if (!k)
		return;
	k->cases += n;
	k->closed += closed;
	k->week[week] += n;
}

static void add_span(void *to, enum figure_span s, int64_t minute, int64_t n)
{
	struct sum *x = to;
	spread_add(x->mem, &x->span[s], minute, n);
}

static void add_top(void *to, enum day_top what, const char *label, int64_t n)
{
	struct sum *x = to;
	labels_add(x->mem, &x->top[what], label, n);
}

/* The lower of the two in the middle; nearest rank for the 90th. */
static void put_span(struct sum *x, enum figure_span i)
{
	struct spread *s = &x->span[i];
	if (!s->all)
		return;
	if (s->nlonger)
		qsort(s->longer, (size_t)s->nlonger, sizeof *s->longer, by_minute);
	x->f->span[i].n = s->all;
	x->f->span[i].median = at_rank(s, (s->all - 1) / 2);
	x->f->span[i].p90 = at_rank(s, (s->all * 9 + 9) / 10 - 1);
}

enum st figures_sum(struct req *rq, struct figures *f, bool tops)
{
	struct sum x = { .f = f, .mem = arena_new((size_t)512 << 20) };
	const struct day_sink k = { &x, add_reports, add_cases, add_span, tops ? add_top : NULL };
	enum st st = days_read(rq, f->from, f->to, &k);
	for (int i = 0; i < SPANS && !st; i++)
		put_span(&x, (enum figure_span)i);
	if (!st && tops) {
		f->nnames = labels_most(&x.top[DAY_NAME], rq->mem, f->names);
		f->nnetworks = labels_most(&x.top[DAY_NETWORK], rq->mem, f->networks);
		f->nregistrars = labels_most(&x.top[DAY_REGISTRAR], rq->mem, f->registrars);
	}
	if (!st && arena_over(x.mem))
		st = err_set(&rq->err, ST_LIMIT, N_("too much was reported in this time; ask for a shorter one"));
	arena_free(x.mem);
	return st;
}
