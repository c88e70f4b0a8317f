#include "store/memo.h"
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/hash.h"
#include "store/store_int.h"

struct slot {
	const char *room;
	int64_t age;
	size_t size, cap;
	char *value, key[MEMO_KEY_MAX + 1];
};
struct memo {
	int64_t version, until, age; /* age: of the slots that count */
	struct slot slot[MEMO_SLOTS];
};

void memo_free(struct memo *m)
{
	for (int i = 0; m && i < MEMO_SLOTS; i++)
		free(m->slot[i].value);
	free(m);
}

/* The reader's memo as it is good for what is read now; NULL: there is none. */
static struct memo *memo_of(struct req *rq)
{
	struct db *db = rq->db;
	struct err before = rq->err;
	if (db->writer || !store_is_sqlite(db->s))
		return NULL;
	if (snapshot_begin(rq) || !db->snapshot) {
		rq->err = before;
		return NULL;
	}
	if (!db->memo && !(db->memo = calloc(1, sizeof *db->memo)))
		abort(); /* out of memory */
	struct memo *m = db->memo;
	if (db->memo_used)
		return m;
	int64_t now = clock_mono();
	if (!m->age || m->version != db->version || m->until < now) {
		m->age++;
		m->version = db->version;
		m->until = now + MEMO_USEC;
	}
	db->memo_used = true;
	return m;
}

static struct slot *slot_of(struct memo *m, const char *room, const char *key)
{
	uint32_t h = hash_quick(key, strlen(key)) ^ (uint32_t)((uintptr_t)room >> 3);
	return &m->slot[(h ^ h >> 16) % MEMO_SLOTS];
}

static const struct slot *slot_find(struct req *rq, const char *room, const char *key)
{
	struct memo *m = memo_of(rq);
	const struct slot *s = m ? slot_of(m, room, key) : NULL;
	return s && s->age == m->age && s->room == room && strcmp(s->key, key) == 0 ? s : NULL;
}

bool memo_get(struct req *rq, const char *room, const char *key, void *value, size_t size)
{
	const struct slot *s = slot_find(rq, room, key);
	if (!s || s->size != size)
		return false;
	memcpy(value, s->value, size);
	return true;
}

struct blob memo_blob(struct req *rq, const char *room, const char *key)
{
	const struct slot *s = slot_find(rq, room, key);
	return s ? (struct blob){ arena_dup(rq->mem, s->value, s->size), s->size } : (struct blob){ 0 };
}

void memo_put(struct req *rq, const char *room, const char *key, const void *value, size_t size)
{
	struct memo *m = memo_of(rq);
	if (!m || size > MEMO_MAX || strlen(key) > MEMO_KEY_MAX)
		return;
	struct slot *s = slot_of(m, room, key);
	if (size > s->cap && !(s->value = realloc(s->value, s->cap = size)))
		abort(); /* out of memory */
	s->room = room;
	s->age = m->age;
	s->size = size;
	memcpy(s->key, key, strlen(key) + 1);
	if (size)
		memcpy(s->value, value, size);
}
