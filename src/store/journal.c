/* The journal: entries, their positions at the end of a group, reading, erasing, followers' positions. */
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "store/store_int.h"

const struct migration journal_migrations[] = {
	{ 1, "journal",
	  "CREATE TABLE journal_head(id BIGINT PRIMARY KEY, size BIGINT NOT NULL);"
	  "INSERT INTO journal_head(id, size) VALUES(1, 0);"
	  "CREATE TABLE journal_entry(seq BIGINT PRIMARY KEY, at BIGINT NOT NULL, actor TEXT NOT NULL, room TEXT NOT "
	  "NULL,"
	  " subject TEXT NOT NULL, verb TEXT NOT NULL, payload TEXT NOT NULL, salt BYTEA, commitment BYTEA NOT NULL,"
	  " person BIGINT NOT NULL, erased_at BIGINT NOT NULL);"
	  "CREATE INDEX journal_subject ON journal_entry(subject, seq);"
	  "CREATE INDEX journal_person ON journal_entry(person, seq) WHERE person <> 0;"
	  "CREATE TABLE journal_tile(level BIGINT NOT NULL, idx BIGINT NOT NULL, hashes BYTEA NOT NULL, root BYTEA NOT "
	  "NULL,"
	  " PRIMARY KEY(level, idx));"
	  "CREATE TABLE journal_checkpoint(size BIGINT PRIMARY KEY, signed_at BIGINT NOT NULL, note TEXT NOT NULL,"
	  " witnessed TEXT NOT NULL);"
	  "CREATE INDEX journal_witnessed ON journal_checkpoint(size) WHERE witnessed <> '[]';"
	  "CREATE TABLE journal_follower(name TEXT PRIMARY KEY, next BIGINT NOT NULL);"
	  "CREATE TABLE journal_parked(name TEXT NOT NULL, seq BIGINT NOT NULL, at BIGINT NOT NULL, why TEXT NOT NULL,"
	  " PRIMARY KEY(name, seq));" },
	{ 347, "followers that wait",
	  "ALTER TABLE journal_follower ADD COLUMN tries BIGINT NOT NULL DEFAULT 0;"
	  "ALTER TABLE journal_follower ADD COLUMN since BIGINT NOT NULL DEFAULT 0;"
	  "ALTER TABLE journal_follower ADD COLUMN why TEXT NOT NULL DEFAULT '';" },
	{ 0 },
};

/* ── appending ── */

char *journal_time(struct arena *a, int64_t at)
{
	char *t = time_iso(a, at);
	return arena_printf(a, "%.19s.%06dZ", t, (int)(((at % USEC) + USEC) % USEC));
}

char *journal_canonical(struct arena *a, int64_t at, const char *actor, const char *room, const char *subject,
			const char *verb, const char *payload)
{
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_obj(&w, NULL);
	j_str(&w, "at", journal_time(a, at));
	j_str(&w, "actor", actor);
	j_str(&w, "room", room);
	j_str(&w, "subject", subject);
	j_str(&w, "verb", verb);
	j_raw(&w, "payload", payload);
	j_end(&w);
	return b.bad ? NULL : arena_strdup(a, buf_cstr(&b));
}

static struct pending *pending_add(struct tx *tx)
{
	if (tx->n == tx->size) {
		tx->size = tx->size ? tx->size * 2 : 64;
		tx->p = realloc(tx->p, sizeof *tx->p * (size_t)tx->size);
		if (!tx->p)
			abort();
	}
	return &tx->p[tx->n++];
}

enum st journal_append(struct req *rq, const struct fact *f)
{
	struct tx *tx = &rq->db->tx;
	if (!rq->db->writer || !tx->mem)
		return err_set(&rq->err, ST_INTERNAL, "journal: %s outside a write", f->verb);
	struct pending *p = pending_add(tx);
	const char *text[5] = { rq->who ? rq->who->id : "anonymous", f->room, f->subject, f->verb,
				f->payload ? f->payload : "{}" };
	for (int i = 0; i < 5; i++)
		p->text[i] = arena_strdup(tx->mem, text[i] ? text[i] : "");
	p->at = clock_now();
	p->person = f->person;
	p->erased_at = 0;
	random_bytes(p->salt, sizeof p->salt);
	char *line = journal_canonical(tx->mem, p->at, text[0], p->text[1], p->text[2], p->text[3], p->text[4]);
	if (!line) {
		tx->n--;
		return err_set(&rq->err, ST_LIMIT, "journal: %s is longer than an entry may be", f->verb);
	}
	p->commitment = hash_of2(p->salt, sizeof p->salt, line, strlen(line));
	return ST_OK;
}

/* ── sealing: positions in commit order ── */

struct tile_sink {
	struct req *rq;
	enum st st;
};

static void tile_store(void *ctx, int level, uint64_t index, const struct hash hashes[TILE_WIDTH])
{
	struct tile_sink *k = ctx;
	struct hash root = tree_tile_root(hashes);
	if (!k->st)
		k->st = sql_run(k->rq, "INSERT INTO journal_tile(level, idx, hashes, root) VALUES($1, $2, $3, $4)",
				V(level), V((int64_t)index), V_BLOB(hashes, sizeof(struct hash) * TILE_WIDTH),
				V_BLOB(root.b, HASH_LEN));
}

static enum st edge_load(struct req *rq, struct tree *t, int level, const char *sql, int64_t from, bool commitments)
{
	struct rows r;
	if (sql_query(rq, &r, sql, V(from), V(level - 1), V((int64_t)t->size)))
		return rq->err.code;
	while (t->n[level] < TILE_WIDTH - 1 && rows_next(&r)) {
		struct blob h = rows_blob(&r, 0);
		struct hash *at = &t->edge[level][t->n[level]++];
		if (commitments)
			*at = tree_leaf(h.p, h.n);
		else if (h.n == HASH_LEN)
			memcpy(at->b, h.p, HASH_LEN);
	}
	return rows_end(&r);
}

/* The right edge of the tree of `size` leaves from what is stored: at most 255 rows a level. */
enum st journal_edge(struct req *rq, uint64_t size, struct tree *t)
{
	memset(t, 0, sizeof *t);
	t->size = size;
	static const char leaves[] =
		"SELECT commitment FROM journal_entry WHERE seq >= $1 AND seq < $3 AND $2 < 0 ORDER BY seq";
	static const char tiles[] =
		"SELECT root FROM journal_tile WHERE level = $2 AND idx >= $1 AND $3 > 0 ORDER BY idx";
	for (int level = 0; level < TREE_LEVELS; level++) {
		uint64_t here = size >> (8 * level); /* hashes on this level so far */
		int64_t from = (int64_t)(here & ~(uint64_t)(TILE_WIDTH - 1));
		if (here % TILE_WIDTH == 0)
			continue;
		if (edge_load(rq, t, level, level ? tiles : leaves, from, level == 0))
			return rq->err.code;
		if (t->n[level] != (int)(here % TILE_WIDTH))
			return err_set(&rq->err, ST_INTERNAL, "journal: level %d holds %d hashes at its edge, not %d",
				       level, t->n[level], (int)(here % TILE_WIDTH));
	}
	return ST_OK;
}

static enum st entries_store(struct req *rq, int64_t seq)
{
	struct tx *tx = &rq->db->tx;
	struct bulk *b =
		bulk_open(rq, "journal_entry",
			  "seq, at, actor, room, subject, verb, payload, salt, commitment, person, erased_at", 11);
	if (!b)
		return rq->err.code;
	for (int i = 0; i < tx->n; i++) {
		struct pending *p = &tx->p[i];
		bool gone = p->erased_at;
		const struct val v[] = { V(seq + i),
					 V(p->at),
					 V(gone ? "" : p->text[0]),
					 V(gone ? "" : p->text[1]),
					 V(gone ? "" : p->text[2]),
					 V(p->text[3]),
					 V(gone ? "" : p->text[4]),
					 gone ? V_NULL : V_BLOB(p->salt, sizeof p->salt),
					 V_BLOB(p->commitment.b, HASH_LEN),
					 V(p->person),
					 V(p->erased_at) };
		if (bulk_row(b, v))
			return rq->err.code;
	}
	return bulk_close(b);
}

static enum st head_lock(struct req *rq, int64_t *size)
{
	bool lite = store_is_sqlite(rq->db->s);
	return sql_number0(rq, size,
			   lite ? "SELECT size FROM journal_head WHERE id = 1"
				: "SELECT size FROM journal_head WHERE id = 1 FOR UPDATE");
}

enum st journal_seal(struct req *rq, bool *locked)
{
	struct store *s = rq->db->s;
	struct tx *tx = &rq->db->tx;
	int64_t size;
	*locked = false;
	if (!tx->n)
		return ST_OK;
	if (head_lock(rq, &size))
		return rq->err.code;
	pthread_mutex_lock(&s->tree_lock);
	*locked = true;
	/* Another process may have appended meanwhile: then the edge is read again. */
	if ((!s->tree_ok || s->tree->size != (uint64_t)size) && journal_edge(rq, (uint64_t)size, s->tree))
		return rq->err.code;
	s->tree_ok = false;
	if (entries_store(rq, size))
		return rq->err.code;
	struct tile_sink sink = { rq, ST_OK };
	for (int i = 0; i < tx->n; i++) {
		struct hash leaf = tree_leaf(tx->p[i].commitment.b, HASH_LEN);
		tree_append(s->tree, &leaf, tile_store, &sink);
	}
	return sink.st ? sink.st : sql_run(rq, "UPDATE journal_head SET size = $1 WHERE id = 1", V(size + tx->n));
}

void journal_settle(struct store *s, bool locked, bool committed)
{
	if (!locked)
		return;
	s->tree_ok = committed;
	pthread_mutex_unlock(&s->tree_lock);
}

/* ── reading ── */

#define ENTRY_COLUMNS "seq, at, actor, room, subject, verb, payload, salt, commitment, erased_at"

static void entry_of(struct rows *r, struct entry *e)
{
	struct blob salt = rows_blob(r, 7), c = rows_blob(r, 8);
	*e = (struct entry){ .seq = rows_int(r, 0),
			     .at = rows_int(r, 1),
			     .actor = rows_dup(r, 2),
			     .room = rows_dup(r, 3),
			     .subject = rows_dup(r, 4),
			     .verb = rows_dup(r, 5),
			     .payload = rows_dup(r, 6),
			     .erased_at = rows_int(r, 9) };
	if (salt.n)
		e->salt = (struct blob){ arena_dup(r->rq->mem, salt.p, salt.n), salt.n };
	if (c.n == HASH_LEN)
		memcpy(e->commitment.b, c.p, HASH_LEN);
}

static enum st entries_of(struct rows *r, struct entry *out, int max, int *n)
{
	for (*n = 0; *n < max && rows_next(r); ++*n)
		entry_of(r, &out[*n]);
	return rows_end(r);
}

enum st journal_head(struct req *rq, int64_t *size)
{
	return sql_number0(rq, size, "SELECT size FROM journal_head WHERE id = 1");
}

enum st journal_read(struct req *rq, int64_t from, int max, struct entry *out, int *n)
{
	struct rows r;
	if (sql_query(rq, &r, "SELECT " ENTRY_COLUMNS " FROM journal_entry WHERE seq >= $1 ORDER BY seq LIMIT $2",
		      V(from), V(max)))
		return rq->err.code;
	return entries_of(&r, out, max, n);
}

enum st journal_entry(struct req *rq, int64_t seq, struct entry *out)
{
	int n;
	if (journal_read(rq, seq, 1, out, &n))
		return rq->err.code;
	return n == 1 && out->seq == seq
		       ? ST_OK
		       : err_set(&rq->err, ST_NOTFOUND, "the journal has no entry %lld", (long long)seq);
}

enum st journal_about(struct req *rq, const char *subject, int max, struct entry *out, int *n)
{
	struct rows r;
	if (sql_query(rq, &r, "SELECT " ENTRY_COLUMNS " FROM journal_entry WHERE subject = $1 ORDER BY seq LIMIT $2",
		      V(subject), V(max)))
		return rq->err.code;
	return entries_of(&r, out, max, n);
}

/* ── signed heads ── */

static enum st checkpoint_of(struct req *rq, struct rows *r, struct checkpoint *out)
{
	bool found = rows_next(r);
	if (found)
		*out = (struct checkpoint){ rows_int(r, 0), rows_int(r, 1), rows_dup(r, 2), rows_dup(r, 3) };
	if (rows_end(r))
		return rq->err.code;
	return found ? ST_OK : err_set(&rq->err, ST_NOTFOUND, "no signed head yet");
}

enum st journal_checkpoint(struct req *rq, struct checkpoint *out)
{
	struct rows r;
	if (sql_query0(rq, &r,
		       "SELECT size, signed_at, note, witnessed FROM journal_checkpoint ORDER BY size DESC LIMIT 1"))
		return rq->err.code;
	return checkpoint_of(rq, &r, out);
}

enum st journal_checkpoint_for(struct req *rq, int64_t seq, struct checkpoint *out)
{
	struct rows r;
	/* The first head that a witness saw, where there is one: then the receipt says more; else the first at all. */
	if (sql_query(rq, &r,
		      "SELECT size, signed_at, note, witnessed FROM journal_checkpoint WHERE size > $1 AND witnessed "
		      "<> '[]' ORDER BY size LIMIT 1",
		      V(seq)))
		return rq->err.code;
	if (checkpoint_of(rq, &r, out) != ST_NOTFOUND)
		return rq->err.code;
	err_clear(&rq->err);
	if (sql_query(rq, &r,
		      "SELECT size, signed_at, note, witnessed FROM journal_checkpoint WHERE size > $1 ORDER BY size "
		      "LIMIT 1",
		      V(seq)))
		return rq->err.code;
	return checkpoint_of(rq, &r, out);
}

enum st journal_checkpoint_put(struct req *rq, const struct checkpoint *c)
{
	return sql_run(rq,
		       "INSERT INTO journal_checkpoint(size, signed_at, note, witnessed) VALUES($1, $2, $3, $4) "
		       "ON CONFLICT(size) DO UPDATE SET note = excluded.note, witnessed = excluded.witnessed",
		       V(c->size), V(c->signed_at), V(c->note), V(c->witnessed ? c->witnessed : "[]"));
}

/* ── erasing ── */

enum st journal_erase_person(struct req *rq, int64_t person, int64_t *n)
{
	*n = 0;
	if (person == 0)
		return ST_OK;
	if (sql_run_count(rq, n,
			  "UPDATE journal_entry SET actor = '', room = '', subject = '', payload = '', salt = NULL, "
			  "person = 0, "
			  "erased_at = $2 WHERE person = $1 AND person <> 0",
			  V(person), V(clock_now())))
		return rq->err.code;
	/* Others of the same group may have said something of this person that has no position yet. */
	for (int i = 0; i < rq->db->tx.n; i++)
		if (rq->db->tx.p[i].person == person) {
			rq->db->tx.p[i].person = 0;
			rq->db->tx.p[i].erased_at = clock_now();
			++*n;
		}
	return ST_OK;
}

/* ── followers ── */

enum st follower_position(struct req *rq, const char *name, int64_t *next)
{
	enum st st = sql_number(rq, next, "SELECT next FROM journal_follower WHERE name = $1", V(name));
	if (st == ST_NOTFOUND) {
		*next = 0;
		err_clear(&rq->err);
		return ST_OK;
	}
	return st;
}

enum st follower_advance(struct req *rq, const char *name, int64_t next)
{
	return sql_run(rq,
		       "INSERT INTO journal_follower(name, next) VALUES($1, $2) ON CONFLICT(name) DO UPDATE SET next = "
		       "excluded.next, tries = 0, since = 0, why = ''",
		       V(name), V(next));
}

enum st follower_wait(struct req *rq, const char *name, int64_t next, int tries, const char *why)
{
	return sql_run(rq,
		       "INSERT INTO journal_follower(name, next, tries, since, why) VALUES($1, $2, $3, $4, $5)"
		       " ON CONFLICT(name) DO UPDATE SET tries = excluded.tries, why = excluded.why,"
		       " since = CASE WHEN journal_follower.tries = 0 THEN excluded.since ELSE journal_follower.since "
		       "END",
		       V(name), V(next), V(tries), V(clock_now()), V(why));
}

enum st follower_waiting(struct req *rq, int max, struct waiting *out, int *n)
{
	struct rows r;
	int64_t head = 0;
	*n = 0;
	if (journal_head(rq, &head) ||
	    sql_query(rq, &r,
		      "SELECT name, next, tries, since, why FROM journal_follower WHERE tries > 0 ORDER BY name LIMIT "
		      "$1",
		      V(max)))
		return rq->err.code;
	while (*n < max && rows_next(&r))
		out[(*n)++] = (struct waiting){ rows_dup(&r, 0), rows_dup(&r, 4), head - rows_int(&r, 1),
						rows_int(&r, 2), rows_int(&r, 3) };
	return rows_end(&r);
}

enum st follower_park(struct req *rq, const char *name, int64_t seq, const char *why)
{
	return sql_run(rq,
		       "INSERT INTO journal_parked(name, seq, at, why) VALUES($1, $2, $3, $4) "
		       "ON CONFLICT(name, seq) DO UPDATE SET why = excluded.why",
		       V(name), V(seq), V(clock_now()), V(why));
}

enum st follower_parked(struct req *rq, int max, struct parked *out, int *n)
{
	struct rows r;
	if (sql_query(rq, &r, "SELECT seq, at, name, why FROM journal_parked ORDER BY at DESC LIMIT $1", V(max)))
		return rq->err.code;
	for (*n = 0; *n < max && rows_next(&r); ++*n)
		out[*n] = (struct parked){ rows_int(&r, 0), rows_int(&r, 1), rows_dup(&r, 2), rows_dup(&r, 3) };
	return rows_end(&r);
}
