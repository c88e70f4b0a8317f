/* The follower that keeps the index of words: reads what the journal and desk_stale name, outside a write, and puts it
 * in together with its position. A case that changes between the two is named again by the change. */
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/worker.h"
#include "desk/desk_figures.h"
#include "desk/desk_int.h"
#include "desk/desk_search.h"
#include "desk/desk_text.h"
#include "desk/desk_word.h"

enum {
	ENTRIES = 128, /* of a step */
	STALE = 128,
	CASE_WORDS = 4000, /* of a case; a text with more is found by those */
	SLOTS = 16384,
	IDLE_MSEC = 200,
	AT_ONCE = 32,
};

/* ── which cases ── */

struct step {
	struct req *rq;
	struct reread *c;
	int n, max;
	int64_t next;
	bool moved;
	struct pair *pair;
	int pairs, room;
};

static void add_case(struct step *s, struct reread c)
{
	for (int i = 0; i < s->n; i++)
		if (s->c[i].id == c.id && !c.stale) {
			s->c[i].queue = c.queue;
			return;
		}
	if (s->n < s->max)
		s->c[s->n++] = c;
}

static enum st add_entry(struct step *s, const struct entry *e)
{
	struct rows r;
	if (strcmp(e->room, "desk") != 0 && strcmp(e->room, "work") != 0)
		return ST_OK;
	if (sql_query(s->rq, &r, "SELECT id, queue FROM desk_case WHERE number = $1", V(e->subject)))
		return s->rq->err.code;
	bool fresh = strcmp(e->verb, "report-filed") == 0 && strstr(e->payload, "\"joined\":false");
	if (rows_next(&r)) /* else: a fact of something else */
		add_case(s, (struct reread){ .id = rows_int(&r, 0), .fresh = fresh, .queue = (int)rows_int(&r, 1) });
	return rows_end(&r);
}

static enum st read_entries(struct step *s)
{
	struct entry *e = arena_array(s->rq->mem, struct entry, ENTRIES);
	int n = 0;
	if (follower_position(s->rq, "search", &s->next) || journal_read(s->rq, s->next, ENTRIES, e, &n))
		return s->rq->err.code;
	for (int i = 0; i < n; i++) {
		if (!e[i].erased_at && add_entry(s, &e[i]))
			return s->rq->err.code;
		s->next = e[i].seq + 1;
		s->moved = true;
	}
	return ST_OK;
}

static enum st read_stale(struct step *s)
{
	struct rows r;
	if (sql_query(s->rq, &r,
		      "SELECT s.case_id, s.id, s.scrub, c.queue FROM (SELECT id, case_id, scrub FROM desk_stale ORDER "
		      "BY id"
		      " LIMIT $1) s JOIN desk_case c ON c.id = s.case_id",
		      V(STALE)))
		return s->rq->err.code;
	while (rows_next(&r))
		add_case(s, (struct reread){ .id = rows_int(&r, 0),
					     .stale = rows_int(&r, 1),
					     .scrub = rows_int(&r, 2) != 0,
					     .queue = (int)rows_int(&r, 3) });
	return rows_end(&r);
}

/* ── their words ── */

struct reading {
	struct step *s;
	const struct reread *c;
	const char **slot;
	int words;
	char key;
};

static unsigned slot_of(const char *word)
{
	return hash_quick(word, strlen(word)) % SLOTS;
}

static void add_pair(struct step *s, struct pair p)
{
	if (s->pairs == s->room) {
		int room = s->room ? 2 * s->room : 4096;
		struct pair *more = arena_array(s->rq->mem, struct pair, room);
		if (s->pairs)
			memcpy(more, s->pair, sizeof *more * (size_t)s->pairs);
		s->pair = more;
		s->room = room;
	}
	s->pair[s->pairs++] = p;
}

static bool add_word(void *ctx, const struct word *w)
{
	struct reading *r = ctx;
	char key[WORD_MAX + 2] = { r->key };
	memcpy(key + 1, w->p, w->n + 1);
	unsigned i = slot_of(key);
	while (r->slot[i] && strcmp(r->slot[i], key) != 0)
		i = (i + 1) % SLOTS;
	if (r->slot[i])
		return true;
	r->slot[i] = arena_strdup(r->s->rq->mem, key);
	add_pair(r->s, (struct pair){ r->c->id, r->slot[i], r->c->fresh });
	return ++r->words < CASE_WORDS;
}

static void add_words(struct reading *r, const char *text)
{
	if (r->words < CASE_WORDS)
		words_each(text, strlen(text), WORDS_KEPT, add_word, r);
}

static bool add_text(void *ctx, enum text_from from, const char *text)
{
	struct reading *r = ctx;
	r->key = from < TEXT_REPORT ? WORD_OPEN : WORD_REPORTER;
	add_words(r, text);
	for (int l = 0; from == TEXT_CLASS && l < LANG_COUNT; l++)
		add_words(r, tr((enum lang)l, text));
	if (from == TEXT_OBSERVABLE && strstr(text, "xn--"))
		for (const char *const *k = (const char *const[]){ "url", "email", "name", NULL }; *k; k++)
			add_words(r, desk_shown(r->s->rq->mem, *k, text));
	return r->words < CASE_WORDS;
}

static enum st read_case(struct step *s, const struct reread *c, const char **slot)
{
	struct reading r = { .s = s, .c = c, .slot = slot };
	memset(slot, 0, sizeof *slot * SLOTS);
	return desk_texts(s->rq, c->id, true, add_text, &r);
}

/* ── a step ── */

static enum st step_write(struct req *rq, void *arg)
{
	struct step *s = arg;
	if (word_rows_write(rq, s->c, s->n, s->pair, s->pairs))
		return rq->err.code;
	for (int i = 0; i < s->n; i++) {
		if (s->c[i].scrub)
			store_scrub(rq);
		if (s->c[i].stale && sql_run(rq, "DELETE FROM desk_stale WHERE id = $1", V(s->c[i].stale)))
			return rq->err.code;
	}
	return s->moved ? follower_advance(rq, "search", s->next) : ST_OK;
}

static enum st step_read(struct step *s)
{
	const char **slot = arena_array(s->rq->mem, const char *, SLOTS);
	s->max = ENTRIES + STALE;
	s->c = arena_array(s->rq->mem, struct reread, s->max);
	if (read_stale(s) || read_entries(s))
		return s->rq->err.code;
	for (int i = 0; i < s->n; i++)
		if (read_case(s, &s->c[i], slot))
			return s->rq->err.code;
	return ST_OK;
}

enum st desk_index_step(struct store *st, struct arena *mem, bool *left)
{
	arena_reset(mem);
	struct req rq = { .mem = mem, .who = &actor_clock };
	struct step s = { .rq = &rq };
	*left = false;
	rq.db = store_reader(st, &rq.err);
	if (!rq.db)
		return ST_BUSY;
	enum st said = step_read(&s);
	store_reader_done(st);
	if (said || (!s.moved && !s.n))
		return said;
	*left = true;
	return store_write(st, &rq, step_write, &s);
}

enum st desk_index_behind(struct req *rq, int64_t *n)
{
	int64_t next = 0, head = 0, stale = 0;
	if (follower_position(rq, "search", &next) || journal_head(rq, &head) ||
	    sql_number0(rq, &stale, "SELECT count(*) FROM desk_stale"))
		return rq->err.code;
	*n = stale + (head > next ? head - next : 0);
	return ST_OK;
}

/* ── naming cases ── */

enum st desk_stale(struct req *rq, int64_t case_id)
{
	return sql_run(rq, "INSERT INTO desk_stale(case_id, scrub) VALUES($1, 1)", V(case_id));
}

#define OF_PERSON                                                                                                      \
	"(SELECT case_id AS id FROM desk_report WHERE person = $1 AND person <> 0 UNION SELECT case_id FROM "          \
	"desk_observable WHERE vkey = $2 AND value = $3 AND value <> '') x"

/* Their words go in the write that erases them; what the cases still say is put in again by the follower. Of a person
 * in very many cases the follower also takes out the rest. */
enum st desk_stale_person(struct req *rq, const struct person *p)
{
	struct rows r;
	int64_t id[AT_ONCE];
	int n = 0;
	const char *email = p->email ? p->email : "";
	int64_t key = desk_value_key(email);
	if (sql_query(rq, &r, "SELECT x.id FROM " OF_PERSON " ORDER BY x.id DESC LIMIT $4", V(p->id), V(key), V(email),
		      V(AT_ONCE)))
		return rq->err.code;
	while (n < AT_ONCE && rows_next(&r))
		id[n++] = rows_int(&r, 0);
	if (rows_end(&r) || word_rows_scrub(rq, id, n))
		return rq->err.code;
	return sql_run(rq, "INSERT INTO desk_stale(case_id, scrub) SELECT x.id, 1 FROM " OF_PERSON " ORDER BY x.id",
		       V(p->id), V(key), V(email));
}

enum st desk_stale_some(struct req *rq, void *after)
{
	int64_t *from = after, to = 0;
	enum st st = sql_number(rq, &to,
				"SELECT max(id) FROM (SELECT id FROM desk_case WHERE id > $1 ORDER BY id LIMIT 2000) x",
				V(*from));
	if (st)
		return st;
	if (to &&
	    sql_run(rq,
		    "INSERT INTO desk_stale(case_id, scrub) SELECT id, 1 FROM desk_case WHERE id > $1 AND id <= $2"
		    " ORDER BY id",
		    V(*from), V(to)))
		return rq->err.code;
	*from = to ? to : -1;
	return ST_OK;
}

/* ── the thread ── */

struct desk_indexer {
	struct store *s;
	struct worker work;
};

/* It takes a quarter of a processor at most: people who file come first. */
static void *run(void *arg)
{
	struct desk_indexer *x = arg;
	struct arena *mem = arena_new((size_t)256 << 20);
	int64_t pause = IDLE_MSEC;
	while (worker_rest(&x->work, pause * 1000)) {
		bool left = false, days = false;
		int64_t began = clock_mono();
		pause = IDLE_MSEC;
		if (!store_lead(x->s, "search"))
			continue;
		if (desk_index_step(x->s, mem, &left) || figures_step(x->s, mem, false, &days))
			pause = 2000;
		else if (left || days)
			pause = 20 + 3 * (clock_mono() - began) / 1000;
	}
	arena_free(mem);
	return NULL;
}

struct desk_indexer *desk_index_start(struct store *s)
{
	struct desk_indexer *x = calloc(1, sizeof *x);
	if (!x)
		abort(); /* out of memory */
	x->s = s;
	if (worker_begin(&x->work, run, x))
		return x;
	free(x);
	return NULL;
}

void desk_index_stop(struct desk_indexer *x)
{
	if (!x)
		return;
	worker_end(&x->work);
	free(x);
}
