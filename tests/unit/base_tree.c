/* Tree hashing and proofs against RFC 6962 §2.1 written down naively here, and Certificate Transparency's own vectors.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/text.h"
#include "base/tree.h"

enum { SMALL = 600, LARGE = 70000 };

/* ── RFC 6962, as it stands there ── */

static uint64_t rfc_k(uint64_t n)
{
	uint64_t k = 1;
	while (k * 2 < n)
		k *= 2;
	return k;
}

static struct hash rfc_node(struct hash l, struct hash r)
{
	uint8_t b[65] = { 1 };
	memcpy(b + 1, l.b, 32);
	memcpy(b + 33, r.b, 32);
	return hash_of(b, sizeof b);
}

static struct hash rfc_mth(const struct hash *leaf, uint64_t n)
{
	if (!n)
		return hash_of("", 0);
	if (n == 1)
		return leaf[0];
	uint64_t k = rfc_k(n);
	return rfc_node(rfc_mth(leaf, k), rfc_mth(leaf + k, n - k));
}

static int rfc_path(uint64_t m, const struct hash *leaf, uint64_t n, struct hash *out)
{
	if (n == 1)
		return 0;
	uint64_t k = rfc_k(n);
	int len = m < k ? rfc_path(m, leaf, k, out) : rfc_path(m - k, leaf + k, n - k, out);
	out[len] = m < k ? rfc_mth(leaf + k, n - k) : rfc_mth(leaf, k);
	return len + 1;
}

static int rfc_subproof(uint64_t m, const struct hash *leaf, uint64_t n, bool whole, struct hash *out)
{
	if (m == n) {
		if (whole)
			return 0;
		out[0] = rfc_mth(leaf, n);
		return 1;
	}
	uint64_t k = rfc_k(n);
	int len = m <= k ? rfc_subproof(m, leaf, k, whole, out) : rfc_subproof(m - k, leaf + k, n - k, false, out);
	out[len] = m <= k ? rfc_mth(leaf + k, n - k) : rfc_mth(leaf, k);
	return len + 1;
}

/* ── a store of tiles in memory, fed only by the `full` callback and the edge of the tree ── */

struct tiles {
	struct tree tree;
	struct hash *leaf;		/* the naive side */
	struct hash *full[TREE_LEVELS]; /* complete tiles, one after the other */
	uint64_t n_full[TREE_LEVELS];
	int64_t reads, fail_at;
};

static void keep_tile(void *ctx, int level, uint64_t index, const struct hash h[TILE_WIDTH])
{
	struct tiles *t = ctx;
	assert_int_equal(index, t->n_full[level]);
	size_t n = (size_t)++t->n_full[level] * TILE_WIDTH;
	t->full[level] = realloc(t->full[level], n * sizeof *h);
	assert_non_null(t->full[level]);
	memcpy(t->full[level] + n - TILE_WIDTH, h, TILE_WIDTH * sizeof *h);
}

static bool read_tiles(void *ctx, int level, uint64_t at, int n, struct hash *out)
{
	struct tiles *t = ctx;
	if (++t->reads == t->fail_at)
		return false;
	assert_in_range(level, 0, TREE_LEVELS - 1);
	assert_in_range(n, 1, TILE_WIDTH);
	assert_int_equal(at / TILE_WIDTH, (at + (uint64_t)n - 1) / TILE_WIDTH); /* never over the end of a tile */
	for (int i = 0; i < n; i++) {
		uint64_t j = at + (uint64_t)i, edge = t->n_full[level] * TILE_WIDTH;
		if (j >= edge + (uint64_t)t->tree.n[level])
			return false;
		out[i] = j < edge ? t->full[level][j] : t->tree.edge[level][j - edge];
	}
	return true;
}

static struct tiles *tiles_make(int n)
{
	struct tiles *t = calloc(1, sizeof *t);
	t->leaf = calloc((size_t)n, sizeof *t->leaf);
	for (int i = 0; i < n; i++) {
		uint8_t data[4] = { (uint8_t)(i >> 24), (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i };
		t->leaf[i] = tree_leaf(data, sizeof data);
		tree_append(&t->tree, &t->leaf[i], keep_tile, t);
	}
	return t;
}

static void tiles_free(struct tiles *t)
{
	for (int level = 0; level < TREE_LEVELS; level++)
		free(t->full[level]);
	free(t->leaf);
	free(t);
}

static void same(const struct hash *a, const struct hash *b)
{
	assert_memory_equal(a->b, b->b, HASH_LEN);
}

/* ── tests ── */

static void ct_vectors(void **state) /* certificate-transparency's merkle tree tests */
{
	static const char *const data[] = {
		"", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"
	};
	static const char *const roots[] = {
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
		"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
		"aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
		"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
		"4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
		"76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
		"ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
		"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
	};
	struct tree *t = calloc(1, sizeof *t);
	for (int n = 0; n <= 8; n++) {
		char hex[65];
		uint8_t raw[32];
		struct hash root = tree_root(t);
		assert_string_equal(hash_hex(&root, hex), roots[n]);
		if (n == 8)
			break;
		long len = hex_decode(data[n], strlen(data[n]), raw);
		struct hash leaf = tree_leaf(raw, (size_t)len);
		tree_append(t, &leaf, NULL, NULL);
	}
	free(t);
}

static void every_small_size(void **state)
{
	struct tiles *t = tiles_make(SMALL);
	struct tree *grown = calloc(1, sizeof *grown);
	for (uint64_t n = 0; n <= SMALL; n++) {
		struct hash want = rfc_mth(t->leaf, n), got = tree_root(grown), read;
		same(&got, &want);
		assert_true(tree_root_at(n, read_tiles, t, &read));
		same(&read, &want);
		if (n < SMALL)
			tree_append(grown, &t->leaf[n], NULL, NULL);
	}
	free(grown);
	tiles_free(t);
}

static void inclusion_at(struct tiles *t, uint64_t leaf, uint64_t size)
{
	struct hash path[TREE_PATH_MAX], want[TREE_PATH_MAX], root = rfc_mth(t->leaf, size);
	int n;
	assert_true(tree_inclusion(leaf, size, read_tiles, t, path, &n));
	assert_int_equal(n, rfc_path(leaf, t->leaf, size, want));
	assert_memory_equal(path, want, (size_t)n * sizeof *path);
	assert_true(tree_check_inclusion(&t->leaf[leaf], leaf, size, path, n, &root));
}

/* Each way of bending a good proof is refused. */
static void inclusion_bent(struct tiles *t, uint64_t leaf, uint64_t size)
{
	struct hash path[TREE_PATH_MAX + 1] = { 0 }, root = rfc_mth(t->leaf, size);
	int n;
	assert_true(tree_inclusion(leaf, size, read_tiles, t, path, &n));
	for (int i = 0; i < n; i++) {
		path[i].b[i % 32] ^= 1;
		assert_false(tree_check_inclusion(&t->leaf[leaf], leaf, size, path, n, &root));
		path[i].b[i % 32] ^= 1;
	}
	for (uint64_t other = 0; other <= size + 2; other++)
		assert_int_equal(tree_check_inclusion(&t->leaf[leaf], other, size, path, n, &root), other == leaf);
	assert_false(tree_check_inclusion(&t->leaf[leaf], leaf, size, path, n + 1, &root));
	assert_false(tree_check_inclusion(&t->leaf[leaf], leaf, size, path, -1, &root));
	if (n)
		assert_false(tree_check_inclusion(&t->leaf[leaf], leaf, size, path, n - 1, &root));
	assert_false(tree_check_inclusion(&t->leaf[(leaf + 1) % SMALL], leaf, size, path, n, &root));
	assert_false(tree_check_inclusion(&t->leaf[leaf], leaf, 0, path, n, &root));
}

static void inclusion(void **state)
{
	static const int sizes[] = { 1, 2, 3, 5, 7, 8, 9, 31, 64, 100, 255, 256, 257, 300, 511, 512, 513, 600 };
	struct tiles *t = tiles_make(SMALL);
	struct hash path[TREE_PATH_MAX];
	int n;
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
		for (int leaf = 0; leaf < sizes[i]; leaf++)
			inclusion_at(t, (uint64_t)leaf, (uint64_t)sizes[i]);
	for (int size = 1; size <= SMALL; size++) {
		inclusion_at(t, (uint64_t)size - 1, (uint64_t)size);
		inclusion_at(t, (uint64_t)(size * 7919 % size), (uint64_t)size);
		inclusion_at(t, (uint64_t)(7919 % size), (uint64_t)size);
	}
	for (int size = 1; size < 80; size += 3)
		for (int leaf = 0; leaf < size; leaf += 2)
			inclusion_bent(t, (uint64_t)leaf, (uint64_t)size);
	assert_false(tree_inclusion(5, 5, read_tiles, t, path, &n));
	assert_false(tree_inclusion(0, 0, read_tiles, t, path, &n));
	assert_false(tree_inclusion(0, SMALL + 1, read_tiles, t, path, &n)); /* what is not there can't be read */
	tiles_free(t);
}

static void consistency_at(struct tiles *t, uint64_t old, uint64_t size, bool bend)
{
	struct hash path[TREE_PATH_MAX + 1] = { 0 }, want[TREE_PATH_MAX];
	struct hash old_root = rfc_mth(t->leaf, old), root = rfc_mth(t->leaf, size);
	int n;
	assert_true(tree_consistency(old, size, read_tiles, t, path, &n));
	if (old) {
		assert_int_equal(n, rfc_subproof(old, t->leaf, size, true, want));
		assert_memory_equal(path, want, (size_t)n * sizeof *path);
	}
	assert_true(tree_check_consistency(old, &old_root, size, &root, path, n));
	if (!bend)
		return;
	for (int i = 0; i < n; i++) {
		path[i].b[i % 32] ^= 0x80;
		assert_false(tree_check_consistency(old, &old_root, size, &root, path, n));
		path[i].b[i % 32] ^= 0x80;
	}
	assert_false(tree_check_consistency(old, &old_root, size, &root, path, n + 1));
	if (n)
		assert_false(tree_check_consistency(old, &old_root, size, &root, path, n - 1));
	root.b[0] ^= 1;
	assert_false(old && tree_check_consistency(old, &old_root, size, &root, path, n));
	root.b[0] ^= 1;
	old_root.b[31] ^= 1;
	assert_false(tree_check_consistency(old, &old_root, size, &root, path, n));
}

static void consistency(void **state)
{
	struct tiles *t = tiles_make(SMALL);
	struct hash path[TREE_PATH_MAX];
	int n;
	for (uint64_t size = 0; size <= 70; size++)
		for (uint64_t old = 0; old <= size; old++)
			consistency_at(t, old, size, true);
	for (uint64_t size = 71; size <= SMALL; size += 23)
		for (uint64_t old = 1; old <= size; old += 5)
			consistency_at(t, old, size, old % 3 == 0);
	for (uint64_t old = 1; old <= SMALL; old++)
		consistency_at(t, old, SMALL, false);
	assert_false(tree_consistency(3, 2, read_tiles, t, path, &n));
	tiles_free(t);
}

static void a_large_tree(void **state)
{
	struct tiles *t = tiles_make(LARGE);
	static const uint64_t sizes[] = { 65535, 65536, 65537, 65792, 69999, LARGE };
	assert_int_equal(t->n_full[0], LARGE / 256);
	assert_int_equal(t->n_full[1], 1); /* 65,536 leaves */
	assert_int_equal(t->tree.n[2], 1);
	struct hash got = tree_root(&t->tree), want = rfc_mth(t->leaf, LARGE);
	same(&got, &want);
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		assert_true(tree_root_at(sizes[i], read_tiles, t, &got));
		want = rfc_mth(t->leaf, sizes[i]);
		same(&got, &want);
		inclusion_at(t, 0, sizes[i]);
		inclusion_at(t, sizes[i] / 3, sizes[i]);
		inclusion_at(t, sizes[i] - 1, sizes[i]);
		consistency_at(t, 65536, sizes[i] < 65536 ? 65536 : sizes[i], false);
		consistency_at(t, 12345, sizes[i], true);
	}
	tiles_free(t);
}

/* Whichever read fails, the answer is "no", never half a proof. */
static void reads_that_fail(void **state)
{
	struct tiles *t = tiles_make(SMALL);
	struct hash path[TREE_PATH_MAX], root;
	int n;
	for (int fail = 1; fail < 40; fail++) {
		t->reads = 0, t->fail_at = fail;
		bool ok = tree_inclusion(300, SMALL, read_tiles, t, path, &n);
		assert_int_equal(ok, t->reads < fail);
		assert_true(ok || n == 0);
		t->reads = 0;
		ok = tree_consistency(333, SMALL, read_tiles, t, path, &n);
		assert_int_equal(ok, t->reads < fail);
		t->reads = 0;
		ok = tree_root_at(599, read_tiles, t, &root);
		assert_int_equal(ok, t->reads < fail);
	}
	tiles_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ct_vectors),  cmocka_unit_test(every_small_size), cmocka_unit_test(inclusion),
		cmocka_unit_test(consistency), cmocka_unit_test(a_large_tree),	   cmocka_unit_test(reads_that_fail),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
