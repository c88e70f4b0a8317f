/* Whether a registry's file claims what another registry's file holds already: the rows of each other source are read
 * along with the file's keys, both in order, a page at a time. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "numbers/numbers_int.h"

#define OTHERS_MAX 8
#define PAGE_ROWS 2000
#define ACTIVE_MAX 16

/* One other source: the page in hand, and those of its ranges that reach as far as the file's last key. */
struct other {
	int64_t source;
	char name[40];
	char page[PAGE_ROWS][RANGE_KEY];
	int n, at;
	bool end;
	struct range active[ACTIVE_MAX];
	int nactive;
	uint8_t tag;
};

struct others {
	struct store *store;
	struct arena *mem;
	int n;
	struct other *of[OTHERS_MAX];
};

struct others *others_open(struct store *s, const char *source)
{
	struct others *x = calloc(1, sizeof *x);
	struct rows r;
	if (!x)
		abort(); /* out of memory */
	x->store = s;
	x->mem = arena_new(1 << 20);
	struct req rq = { .mem = x->mem };
	rq.db = store_reader(s, &rq.err);
	if (rq.db &&
	    !sql_query(&rq, &r, "SELECT id, name FROM import_source WHERE set_name = 'numbers_holding' AND name <> $1",
		       V(source))) {
		while (x->n < OTHERS_MAX && rows_next(&r)) {
			struct other *o = x->of[x->n++] = calloc(1, sizeof *o);
			if (!o)
				abort(); /* out of memory */
			o->source = rows_int(&r, 0);
			snprintf(o->name, sizeof o->name, "%s", rows_text(&r, 1));
		}
		rows_end(&r);
	}
	store_reader_done(s);
	return x;
}

void others_close(struct others *x)
{
	if (!x)
		return;
	for (int i = 0; i < x->n; i++)
		free(x->of[i]);
	arena_free(x->mem);
	free(x);
}

static void page_fill(struct others *x, struct other *o)
{
	char last[RANGE_KEY] = "";
	if (o->n)
		memcpy(last, o->page[o->n - 1], sizeof last);
	o->n = o->at = 0;
	arena_reset(x->mem);
	struct req rq = { .mem = x->mem };
	struct rows r;
	rq.db = store_reader(x->store, &rq.err);
	if (rq.db && !sql_query(&rq, &r,
				"SELECT t.key FROM numbers_holding t JOIN import_source s ON s.id = t.source WHERE "
				"t.source = $1 AND t.key > $2 AND" VERSIONED_LIVE(t, s) "ORDER BY t.key LIMIT $3",
				V(o->source), V_BLOB(last, strlen(last)), V(PAGE_ROWS))) {
		while (o->n < PAGE_ROWS && rows_next(&r)) {
			struct blob b = rows_blob(&r, 0);
			size_t n = b.n < RANGE_KEY ? b.n : 0;
			memcpy(o->page[o->n], b.p, n);
			o->page[o->n++][n] = 0;
		}
		rows_end(&r);
	}
	store_reader_done(x->store);
	o->end = o->n < PAGE_ROWS;
}

/* Takes in what begins before `key`'s range ends, lets go of what ended before it begins. */
static void follow(struct others *x, struct other *o, const char *upto, const struct range *r, uint8_t tag)
{
	struct range next;
	uint8_t next_tag;
	int kept = 0;
	for (int i = 0; i < o->nactive; i++)
		if (o->tag == tag && addr_cmp(&o->active[i].last, &r->first) >= 0)
			o->active[kept++] = o->active[i];
	o->nactive = kept;
	o->tag = tag;
	for (;; o->at++) {
		if (o->at == o->n && (o->end || (page_fill(x, o), o->n == 0)))
			return;
		if (strcmp(o->page[o->at], upto) > 0)
			return;
		if (range_key_parse(o->page[o->at], &next_tag, &next) && next_tag == tag &&
		    addr_cmp(&next.last, &r->first) >= 0 && o->nactive < ACTIVE_MAX)
			o->active[o->nactive++] = next;
	}
}

const char *others_see(struct others *x, const struct range *r, uint8_t tag, struct range *which)
{
	char upto[RANGE_KEY];
	const char *found = NULL;
	struct range top = { r->last, r->last };
	memset(top.last.b, 0xff, r->first.family == 4 ? 4 : 16);
	range_key(&top, tag, upto);
	for (int i = 0; i < x->n; i++) {
		struct other *o = x->of[i];
		follow(x, o, upto, r, tag);
		for (int k = 0; k < o->nactive && !found; k++)
			if (addr_cmp(&o->active[k].first, &r->last) <= 0) {
				found = o->name;
				*which = o->active[k];
			}
	}
	return found;
}
