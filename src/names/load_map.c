/* A hash table in an unlinked temporary file: open addressing, at most half full. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "names/load_int.h"

struct load_map {
	struct load_slot *slot;
	size_t size, n;
	uint64_t seed[2];
};

static struct load_slot *map_file(size_t size)
{
	const char *dir = getenv("TMPDIR");
	char path[512];
	snprintf(path, sizeof path, "%.400s/nicert-load-XXXXXX", dir && *dir ? dir : "/tmp");
	int fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		return NULL;
	unlink(path);
	void *p = MAP_FAILED;
	/* Its room is taken now: a full disk must not end the process later. */
	if (posix_fallocate(fd, 0, (off_t)(size * sizeof(struct load_slot))) == 0)
		p = mmap(NULL, size * sizeof(struct load_slot), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	return p == MAP_FAILED ? NULL : p;
}

struct load_map *load_map_new(struct err *e)
{
	struct load_map *m = calloc(1, sizeof *m);
	if (!m)
		abort(); /* out of memory */
	m->size = 1 << 12;
	random_bytes(m->seed, sizeof m->seed);
	if ((m->slot = map_file(m->size)))
		return m;
	err_set(e, ST_BUSY, "load: a temporary file could not be made (is TMPDIR full?)");
	free(m);
	return NULL;
}

void load_map_free(struct load_map *m)
{
	if (!m)
		return;
	munmap(m->slot, m->size * sizeof *m->slot);
	free(m);
}

static uint64_t mix(uint64_t x)
{
	x ^= x >> 32;
	x *= 0xd6e8feb86659fd93u;
	x ^= x >> 32;
	x *= 0xd6e8feb86659fd93u;
	return x ^ x >> 32;
}

static uint64_t hash(const char *key, uint64_t seed)
{
	uint64_t h = seed;
	size_t n = strlen(key), at = 0;
	for (; at < n; at += 8) {
		uint64_t w = 0;
		memcpy(&w, key + at, n - at < 8 ? n - at : 8);
		h = mix(h ^ w) + 0x9e3779b97f4a7c15u;
	}
	return mix(h ^ n);
}

static struct load_slot *find(struct load_slot *slot, size_t size, uint64_t h, uint32_t h2)
{
	size_t i = h & (size - 1);
	while (slot[i].used && (slot[i].h != h || slot[i].h2 != h2))
		i = (i + 1) & (size - 1);
	return &slot[i];
}

struct load_slot *load_map_get(struct load_map *m, const char *key)
{
	struct load_slot *s = find(m->slot, m->size, hash(key, m->seed[0]), (uint32_t)hash(key, m->seed[1]));
	return s->used ? s : NULL;
}

static bool grow(struct load_map *m)
{
	size_t size = m->size * 2;
	struct load_slot *to = map_file(size);
	if (!to)
		return false;
	for (size_t i = 0; i < m->size; i++)
		if (m->slot[i].used)
			*find(to, size, m->slot[i].h, m->slot[i].h2) = m->slot[i];
	munmap(m->slot, m->size * sizeof *m->slot);
	m->slot = to;
	m->size = size;
	return true;
}

struct load_slot *load_map_add(struct load_map *m, const char *key, bool *fresh)
{
	if (m->n * 2 >= m->size && !grow(m))
		return NULL;
	uint64_t h = hash(key, m->seed[0]);
	uint32_t h2 = (uint32_t)hash(key, m->seed[1]);
	struct load_slot *s = find(m->slot, m->size, h, h2);
	*fresh = !s->used;
	if (*fresh) {
		*s = (struct load_slot){ .h = h, .h2 = h2, .who = -1, .used = true };
		m->n++;
	}
	return s;
}

int64_t load_map_asked(const struct load_map *m)
{
	int64_t n = 0;
	for (size_t i = 0; i < m->size; i++)
		n += m->slot[i].used && !(m->slot[i].flags & (LOAD_IN_FILE | LOAD_LIVE));
	return n;
}

int64_t load_map_in_file(const struct load_map *m)
{
	int64_t n = 0;
	for (size_t i = 0; i < m->size; i++)
		n += m->slot[i].used && (m->slot[i].flags & LOAD_IN_FILE);
	return n;
}
