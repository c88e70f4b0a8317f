/* tlog.h — the journal for other people's tools: checkpoint, verifier key, tiles and entry bundles
 * (c2sp.org/tlog-tiles). */
#ifndef TLOG_TLOG_H
#define TLOG_TLOG_H
#include <stdbool.h>
#include <stdint.h>
#include "front/app.h"

extern const struct route tlog_routes[];

/* What a tile's path names. Pure: "0/x001/x234/067", "1/003.p/17", "entries/000". */
struct tile_path {
	bool entries;
	int level;
	int64_t index;
	int width; /* 0: complete */
};
bool tile_path_parse(const char *s, struct tile_path *out);

#endif
