#include "base/tree.h"
#include <string.h>

enum { TILE_BITS = 8, LEAF_PREFIX = 0, NODE_PREFIX = 1 };

/* A proof is found by walking from the root down to a place and noting the sibling at each step: the deepest comes
 * first. */
struct walk {
	tree_read_fn rd;
	void *ctx;
	struct hash *path;
	int n;
	bool bad;
};

struct hash tree_leaf(const void *data, size_t n)
{
	static const uint8_t prefix = LEAF_PREFIX;
	return hash_of2(&prefix, 1, data, n);
}

struct hash tree_node(const struct hash *l, const struct hash *r)
{
	uint8_t b[1 + 2 * HASH_LEN];
	b[0] = NODE_PREFIX;
	memcpy(b + 1, l->b, HASH_LEN);
	memcpy(b + 1 + HASH_LEN, r->b, HASH_LEN);
	return hash_of(b, sizeof b);
}

struct hash tree_empty(void)
{
	return hash_of("", 0);
}

/* The root over n hashes, n a power of two ≤ 256. */
static struct hash perfect_root(const struct hash *h, int n)
{
	struct hash row[TILE_WIDTH / 2];
	if (n == 1)
		return *h;
	for (int i = 0; i < n / 2; i++)
		row[i] = tree_node(&h[2 * i], &h[2 * i + 1]);
	for (n /= 2; n > 1; n /= 2)
		for (int i = 0; i < n / 2; i++)
			row[i] = tree_node(&row[2 * i], &row[2 * i + 1]);
	return row[0];
}

struct hash tree_tile_root(const struct hash *h)
{
	return perfect_root(h, TILE_WIDTH);
}

void tree_append(struct tree *t, const struct hash *leaf, tree_full_fn full, void *ctx)
{
	struct hash h = *leaf;
	uint64_t index = t->size++;
	for (int level = 0; level < TREE_LEVELS; level++) {
		t->edge[level][t->n[level]++] = h;
		if (t->n[level] < TILE_WIDTH)
			return;
		index >>= TILE_BITS;
		if (full)
			full(ctx, level, index, t->edge[level]);
		h = tree_tile_root(t->edge[level]);
		t->n[level] = 0;
	}
}

/* The complete subtrees of a tree, largest first, are joined from the right. */
struct hash tree_root(const struct tree *t)
{
	struct hash root = tree_empty();
	bool any = false;
	for (int level = 0; level < TREE_LEVELS; level++)
		for (int left = t->n[level], width; left; left -= width) {
			width = left & -left;
			struct hash peak = perfect_root(&t->edge[level][left - width], width);
			root = any ? tree_node(&peak, &root) : peak;
			any = true;
		}
	return root;
}

/* The root of the complete subtree of 2^bits leaves that begins at leaf `at` (a multiple of 2^bits). */
static struct hash read_subtree(struct walk *w, uint64_t at, int bits)
{
	struct hash h[TILE_WIDTH / 2] = { 0 };
	int level = bits / TILE_BITS, width = 1 << bits % TILE_BITS;
	if (w->bad || level >= TREE_LEVELS || !w->rd(w->ctx, level, at >> level * TILE_BITS, width, h)) {
		w->bad = true;
		return h[0];
	}
	return perfect_root(h, width);
}

/* MTH(D[lo:hi]), hi > lo, where lo is a multiple of the largest power of two ≤ hi - lo. */
static struct hash read_range(struct walk *w, uint64_t lo, uint64_t hi)
{
	struct hash root = { 0 };
	bool any = false;
	for (uint64_t left = hi - lo, width; left; left -= width) {
		width = left & -left;
		struct hash peak = read_subtree(w, lo + left - width, __builtin_ctzll(width));
		root = any ? tree_node(&peak, &root) : peak;
		any = true;
	}
	return root;
}

/* RFC 6962's k: the largest power of two smaller than n, n ≥ 2. */
static uint64_t split_of(uint64_t n)
{
	return 1ULL << (63 - __builtin_clzll(n - 1));
}

static void walk_add(struct walk *w, uint64_t lo, uint64_t hi)
{
	if (w->n == TREE_PATH_MAX)
		w->bad = true;
	if (!w->bad)
		w->path[w->n++] = read_range(w, lo, hi);
}

static bool walk_end(struct walk *w, int *n)
{
	for (int i = 0, j = w->n - 1; i < j; i++, j--) {
		struct hash swap = w->path[i];
		w->path[i] = w->path[j];
		w->path[j] = swap;
	}
	*n = w->bad ? 0 : w->n;
	return !w->bad;
}

bool tree_root_at(uint64_t size, tree_read_fn rd, void *ctx, struct hash *out)
{
	struct walk w = { .rd = rd, .ctx = ctx };
	*out = size ? read_range(&w, 0, size) : tree_empty();
	return !w.bad;
}

/* RFC 6962 §2.1.1, PATH(m, D[n]). */
bool tree_inclusion(uint64_t leaf, uint64_t size, tree_read_fn rd, void *ctx, struct hash path[TREE_PATH_MAX], int *n)
{
	struct walk w = { .rd = rd, .ctx = ctx, .path = path };
	uint64_t lo = 0, hi = size;
	*n = 0;
	if (leaf >= size)
		return false;
	while (hi - lo > 1 && !w.bad) {
		uint64_t mid = lo + split_of(hi - lo);
		if (leaf < mid) {
			walk_add(&w, mid, hi);
			hi = mid;
		} else {
			walk_add(&w, lo, mid);
			lo = mid;
		}
	}
	return walk_end(&w, n);
}

/* RFC 6962 §2.1.2, PROOF(m, D[n]). From nothing, and from a tree to itself, the proof is empty. */
bool tree_consistency(uint64_t old_size, uint64_t size, tree_read_fn rd, void *ctx, struct hash path[TREE_PATH_MAX],
		      int *n)
{
	struct walk w = { .rd = rd, .ctx = ctx, .path = path };
	uint64_t lo = 0, hi = size;
	*n = 0;
	if (old_size > size)
		return false;
	if (!old_size || old_size == size)
		return true;
	while (hi != old_size && !w.bad) {
		uint64_t mid = lo + split_of(hi - lo);
		if (old_size <= mid) {
			walk_add(&w, mid, hi);
			hi = mid;
		} else {
			walk_add(&w, lo, mid);
			lo = mid;
		}
	}
	if (lo) /* else the subtree reached is the old tree itself, which the verifier knows */
		walk_add(&w, lo, hi);
	return walk_end(&w, n);
}

bool tree_check_inclusion(const struct hash *leaf_hash, uint64_t leaf, uint64_t size, const struct hash *path, int n,
			  const struct hash *root)
{
	uint64_t fn = leaf, sn = size - 1;
	struct hash r = *leaf_hash;
	if (leaf >= size || n < 0 || n > TREE_PATH_MAX)
		return false;
	for (int i = 0; i < n; i++) {
		if (!sn)
			return false;
		if ((fn & 1) || fn == sn) {
			r = tree_node(&path[i], &r);
			while (!(fn & 1) && fn) {
				fn >>= 1;
				sn >>= 1;
			}
		} else {
			r = tree_node(&r, &path[i]);
		}
		fn >>= 1;
		sn >>= 1;
	}
	return !sn && hash_equal(&r, root);
}

/* The part of RFC 9162 §2.1.4.2 after the trivial cases: 0 < old_size < size. */
static bool check_growth(uint64_t old_size, const struct hash *old_root, uint64_t size, const struct hash *root,
			 const struct hash *path, int n)
{
	uint64_t fn = old_size - 1, sn = size - 1;
	bool power = !(old_size & (old_size - 1));
	struct hash fr = power ? *old_root : path[0], sr = fr;
	while (fn & 1) {
		fn >>= 1;
		sn >>= 1;
	}
	for (int i = power ? 0 : 1; i < n; i++) {
		if (!sn)
			return false;
		if ((fn & 1) || fn == sn) {
			fr = tree_node(&path[i], &fr);
			sr = tree_node(&path[i], &sr);
			while (!(fn & 1) && fn) {
				fn >>= 1;
				sn >>= 1;
			}
		} else {
			sr = tree_node(&sr, &path[i]);
		}
		fn >>= 1;
		sn >>= 1;
	}
	return !sn && hash_equal(&fr, old_root) && hash_equal(&sr, root);
}

bool tree_check_consistency(uint64_t old_size, const struct hash *old_root, uint64_t size, const struct hash *root,
			    const struct hash *path, int n)
{
	struct hash none = tree_empty();
	if (old_size > size || n < 0 || n > TREE_PATH_MAX)
		return false;
	if (old_size == size)
		return !n && hash_equal(old_root, root) && (size || hash_equal(root, &none));
	if (!old_size)
		return !n && hash_equal(old_root, &none);
	return n > 0 && check_growth(old_size, old_root, size, root, path, n);
}
