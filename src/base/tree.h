/* tree.h — Merkle tree hashing and proofs (RFC 6962 §2.1), tiled as C2SP tlog-tiles (256 hashes a tile). Pure: no I/O.
 *
 * A tree of n leaves is known by its right edge: for each level L of tiles the hashes of the last, incomplete tile.
 * Level 0 holds leaf hashes; level L+1 holds the root of each complete tile of level L.
 */
#ifndef BASE_TREE_H
#define BASE_TREE_H
#include <stdbool.h>
#include <stdint.h>
#include "base/hash.h"

#define TILE_WIDTH 256
#define TREE_LEVELS 7 /* 256^7 leaves: 2^56 */
#define TREE_PATH_MAX 64

struct tree {
	uint64_t size;
	int n[TREE_LEVELS]; /* hashes in the edge tile of each level, 0–255 */
	struct hash edge[TREE_LEVELS][TILE_WIDTH];
};

struct hash tree_leaf(const void *data, size_t n);		   /* SHA-256(0x00 ‖ data) */
struct hash tree_node(const struct hash *l, const struct hash *r); /* SHA-256(0x01 ‖ l ‖ r) */
struct hash tree_empty(void);					   /* SHA-256("") */
struct hash tree_tile_root(const struct hash *h);		   /* root of a complete tile: 256 hashes */

/* Appends one leaf hash. For each tile that becomes complete (level 0 upwards) calls `full` (NULL: not). */
typedef void (*tree_full_fn)(void *ctx, int level, uint64_t index, const struct hash hashes[TILE_WIDTH]);
void tree_append(struct tree *t, const struct hash *leaf, tree_full_fn full, void *ctx);
struct hash tree_root(const struct tree *t);

/* Proofs at any size read tile hashes through a callback: `n` hashes from `at` on, at tile level `level` (hash i of
 * tile level L covers leaves [i·256^L, (i+1)·256^L)). Returns false when they can't be had. */
typedef bool (*tree_read_fn)(void *ctx, int level, uint64_t at, int n, struct hash *out);
bool tree_root_at(uint64_t size, tree_read_fn rd, void *ctx, struct hash *out);
bool tree_inclusion(uint64_t leaf, uint64_t size, tree_read_fn rd, void *ctx, struct hash path[TREE_PATH_MAX], int *n);
bool tree_consistency(uint64_t old_size, uint64_t size, tree_read_fn rd, void *ctx, struct hash path[TREE_PATH_MAX],
		      int *n);

/* Verifying (RFC 9162 §2.1.3.2, §2.1.4.2). */
bool tree_check_inclusion(const struct hash *leaf_hash, uint64_t leaf, uint64_t size, const struct hash *path, int n,
			  const struct hash *root);
bool tree_check_consistency(uint64_t old_size, const struct hash *old_root, uint64_t size, const struct hash *root,
			    const struct hash *path, int n);

#endif
