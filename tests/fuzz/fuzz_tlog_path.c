/* Paths under /journal/tile/: one path a tile, so that a cache holds each once. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "front/tlog/tlog.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void write_path(const struct tile_path *t, char *out, size_t size)
{
	char level[12] = "entries", index[40], width[16] = "";
	int at = sizeof index - 1;
	int64_t rest = t->index / 1000;
	if (!t->entries)
		snprintf(level, sizeof level, "%d", t->level);
	if (t->width)
		snprintf(width, sizeof width, ".p/%d", t->width);
	index[at] = 0;
	at -= 3;
	char group[8];
	snprintf(group, sizeof group, "%03d", (int)(t->index % 1000));
	memcpy(index + at, group, 3);
	for (; rest > 0; rest /= 1000) {
		at -= 5;
		snprintf(group, sizeof group, "x%03d/", (int)(rest % 1000));
		memcpy(index + at, group, 5);
	}
	snprintf(out, size, "%s/%s%s", level, index + at, width);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char s[200], again[200];
	struct tile_path t;
	if (n >= sizeof s)
		return 0;
	memcpy(s, data, n);
	s[n] = 0;
	if (!tile_path_parse(s, &t))
		return 0;
	if (t.level < 0 || t.level > 63 || t.index < 0 || t.width < 0 || t.width > 255)
		abort();
	write_path(&t, again, sizeof again);
	if (strcmp(s, again) != 0)
		abort();
	return 0;
}
