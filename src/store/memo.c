#include "store/memo.h"
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/hash.h"
#include "store/store_int.h"

struct slot {
	const char *room;
	char key[MEMO_KEY_MAX + 1], value[MEMO_MAX];
	size_t size;
};
struct memo {
	int64_t version, until;
	struct slot slot[MEMO_SLOTS];
};

/* The reader's memo as it is good for what is read now; NULL: there is none. The first to ask in a request asks for the
 * version. */
static struct memo *memo_of(struct req *rq)
{
	struct db *db = rq->db;
	struct err before = rq->err;
	if (db->writer || !store_is_sqlite(db->s))
		return NULL;
	if (db->memo && db->snapshot && db->memo_good)
		return db->memo;
	int64_t version = 0, now = clock_mono();
	if (sql_number0(rq, &version, "PRAGMA data_version")) {
		rq->err = before;
		return NULL;
	}
	if (!db->memo && !(db->memo = calloc(1, sizeof *db->memo)))
		abort(); /* out of memory */
	if (db->memo->version != version || db->memo->until < now) {
		memset(db->memo->slot, 0, sizeof db->memo->slot);
		db->memo->version = version;
		db->memo->until = now + MEMO_USEC;
	}
	db->memo_good = db->snapshot;
	return db->memo;
}

static struct slot *slot_of(struct memo *m, const char *room, const char *key)
{
	uint32_t h = hash_quick(key, strlen(key)) ^ (uint32_t)((uintptr_t)room >> 3);
	return &m->slot[(h ^ h >> 16) % MEMO_SLOTS];
}

bool memo_get(struct req *rq, const char *room, const char *key, void *value, size_t size)
{
	struct memo *m = memo_of(rq);
	struct slot *s = m ? slot_of(m, room, key) : NULL;
	if (!s || s->room != room || s->size != size || strcmp(s->key, key) != 0)
		return false;
	memcpy(value, s->value, size);
	return true;
}

void memo_put(struct req *rq, const char *room, const char *key, const void *value, size_t size)
{
	struct memo *m = memo_of(rq);
	if (!m || size > MEMO_MAX || strlen(key) > MEMO_KEY_MAX)
		return;
	struct slot *s = slot_of(m, room, key);
	s->room = room;
	s->size = size;
	memcpy(s->key, key, strlen(key) + 1);
	memcpy(s->value, value, size);
}
