/* The cache of rendered answers: found, dropped by what it depends on, never kept when it was outrun or not wanted. */
#include "inwrite.h"
#include "lookup/cache.h"
#include "lookup/service.h"

#define FAR INT64_MAX

static struct arena *mem;
static char etag[17];

static void put(struct cache *c, const char *key, const char *body, const char *dep, int64_t head)
{
	struct look_deps d = { .dep = { look_dep("names", dep), look_dep("import", "who") }, .n = 2 };
	cache_put(c, key, (struct blob){ body, strlen(body) }, "0123456789abcdef", &d, head, FAR);
}

static const char *get(struct cache *c, const char *key)
{
	return cache_get(c, mem, key, 1, etag).p;
}

static void test_found_and_dropped(void **state)
{
	struct cache *c = cache_new(1 << 20);
	put(c, "a", "answer a", "con1", 5);
	put(c, "b", "answer b", "con2", 5);
	assert_string_equal(get(c, "a"), "answer a");
	assert_string_equal(etag, "0123456789abcdef");
	cache_drop(c, look_dep("names", "con1"), 5);
	assert_null(get(c, "a"));
	assert_string_equal(get(c, "b"), "answer b");
	cache_drop(c, look_dep("import", "who"), 6);
	assert_null(get(c, "b"));
	cache_free(c);
}

/* Read at head 5; entry 5 changes it while it is being rendered: must not come in. Entry 4 was seen: may. */
static void test_outrun(void **state)
{
	struct cache *c = cache_new(1 << 20);
	cache_drop(c, look_dep("names", "con1"), 5);
	put(c, "a", "old", "con1", 5);
	assert_null(get(c, "a"));
	put(c, "a", "new", "con1", 6);
	assert_string_equal(get(c, "a"), "new");
	cache_clear(c, 9);
	put(c, "a", "old", "con1", 9);
	assert_null(get(c, "a"));
	put(c, "a", "newer", "con1", 10);
	assert_string_equal(get(c, "a"), "newer");
	cache_free(c);
}

static void test_fresh_until(void **state)
{
	struct cache *c = cache_new(1 << 20);
	struct look_deps none = { .n = 0 }, over = { .over = true };
	cache_put(c, "a", (struct blob){ "x", 1 }, "0123456789abcdef", &none, 0, 100);
	assert_non_null(cache_get(c, mem, "a", 99, etag).p);
	assert_null(cache_get(c, mem, "a", 100, etag).p);
	cache_put(c, "b", (struct blob){ "x", 1 }, "0123456789abcdef", &over, 0, 100);
	assert_null(get(c, "b"));
	cache_free(c);
}

static void test_cap(void **state)
{
	enum { CAP = 1 << 20, N = 20000 };
	struct cache *c = cache_new(CAP);
	struct cache_stats st;
	char key[20], body[500];
	memset(body, 'x', sizeof body - 1);
	body[sizeof body - 1] = 0;
	for (int i = 0; i < N; i++) {
		snprintf(key, sizeof key, "key%d", i);
		put(c, key, body, key, 1);
	}
	cache_stats(c, &st);
	assert_true(st.bytes <= CAP);
	assert_true(st.entries > 500 && st.evicted > 0);
	assert_non_null(get(c, key));
	cache_drop(c, look_dep("import", "who"), 2);
	cache_stats(c, &st);
	assert_int_equal(st.entries, 0);
	assert_int_equal(st.bytes, 0);
	cache_free(c);
	c = cache_new(0);
	put(c, "a", "x", "con1", 1);
	assert_null(get(c, "a"));
	cache_free(c);
}

/* Against a plain table: the same answers after any order of puts and drops. */
static void test_model(void **state)
{
	enum { KEYS = 40, DEPS = 10, STEPS = 20000 };
	struct cache *c = cache_new(64 << 20);
	bool there[KEYS] = { false };
	int dep_of[KEYS] = { 0 };
	unsigned seed = 7;
	char key[20], dep[20];
	for (int i = 0; i < STEPS; i++) {
		seed = seed * 1664525u + 1013904223u;
		int k = (int)(seed >> 8) % KEYS, d = (int)(seed >> 20) % DEPS;
		snprintf(key, sizeof key, "k%d", k);
		snprintf(dep, sizeof dep, "d%d", d);
		if (seed >> 31) {
			put(c, key, key, dep, i + 1);
			there[k] = true;
			dep_of[k] = d;
		} else {
			cache_drop(c, look_dep("names", dep), i);
			for (int j = 0; j < KEYS; j++)
				there[j] &= dep_of[j] != d;
		}
		const char *got = get(c, key);
		assert_int_equal(got != NULL, there[k]);
		arena_reset(mem);
	}
	cache_free(c);
}

/* A ring that is full all the time: what is found is what was put last, whole, and nothing of what was dropped; what is
 * asked for again and again outlives what is not. */
static void test_full_ring(void **state)
{
	enum { CAP = 256 << 10, KEYS = 3000, STEPS = 60000, BODY = 1500 };
	struct cache *c = cache_new(CAP);
	struct cache_stats st;
	static int last[KEYS], length[KEYS];
	unsigned seed = 11;
	long found = 0;
	char key[20], body[BODY + 40], want[40];
	for (int i = 1; i < STEPS; i++) {
		seed = seed * 1664525u + 1013904223u;
		int k = (int)(seed >> 8) % KEYS, n = (int)(seed >> 12) % BODY;
		snprintf(key, sizeof key, "k%d", k);
		if (last[k] && i % 3 == 0) {
			cache_drop(c, look_dep("names", key), i);
			last[k] = 0;
		} else if (!last[k] || i % 5 == 0) {
			int at = snprintf(body, sizeof body, "%s %d ", key, i);
			memset(body + at, 'a' + i % 26, (size_t)n);
			body[at + n] = 0;
			put(c, key, body, key, i + 1);
			length[k] = at + n;
			last[k] = i;
		}
		const char *got = get(c, key);
		found += got != NULL;
		if (got && !last[k])
			fail_msg("%s was dropped", key);
		snprintf(want, sizeof want, "%s %d ", key, last[k]);
		if (got && (strncmp(got, want, strlen(want)) != 0 || (int)strlen(got) != length[k] ||
			    (length[k] > (int)strlen(want) && got[length[k] - 1] != 'a' + last[k] % 26)))
			fail_msg("%s is not what was put", key);
		arena_reset(mem);
	}
	cache_stats(c, &st);
	assert_true(found > 1000 && st.evicted > 1000 && st.bytes <= CAP && st.entries > 50);
	cache_clear(c, STEPS);
	cache_stats(c, &st);
	assert_int_equal(st.entries, 0);
	assert_int_equal(st.bytes, 0);
	cache_free(c);
}

static void test_used_stays(void **state)
{
	enum { CAP = 256 << 10, N = 4000 };
	struct cache *c = cache_new(CAP);
	char key[20], body[400];
	memset(body, 'x', sizeof body - 1);
	body[sizeof body - 1] = 0;
	put(c, "asked", "the answer", "d", 1);
	put(c, "forgotten", "another", "e", 1);
	for (int i = 0; i < N; i++) {
		snprintf(key, sizeof key, "key%d", i);
		put(c, key, body, key, 1);
		assert_string_equal(get(c, "asked"), "the answer");
		arena_reset(mem);
	}
	assert_null(get(c, "forgotten"));
	cache_drop(c, look_dep("names", "d"), 2); /* its links went with it when it moved */
	assert_null(get(c, "asked"));
	cache_free(c);
}

/* As the service puts: what is asked for once, when there is no room, isn't kept and drives nothing out; the second time
 * it is. What went makes room for anything. */
static void test_wants(void **state)
{
	enum { CAP = 256 << 10, MANY = 4000 };
	struct cache *c = cache_new(CAP);
	struct cache_stats st;
	char key[20], body[400];
	int kept = 0;
	memset(body, 'x', sizeof body - 1);
	body[sizeof body - 1] = 0;
	for (int i = 0; i < MANY; i++) {
		snprintf(key, sizeof key, "key%d", i);
		if (cache_wants(c, key, sizeof body))
			put(c, key, body, key, 1), kept++;
	}
	cache_stats(c, &st);
	assert_int_equal(st.entries, kept);
	assert_int_equal(st.passed, MANY - kept);
	assert_true(kept > 200 && st.evicted == 0);
	assert_non_null(get(c, "key0"));
	assert_false(cache_wants(c, "new", sizeof body));
	assert_true(cache_wants(c, "new", sizeof body));
	put(c, "new", body, "new", 1);
	assert_non_null(get(c, "new"));
	cache_drop(c, look_dep("import", "who"), 2);
	assert_true(cache_wants(c, "another", sizeof body));
	cache_free(c);
	c = cache_new(0);
	assert_false(cache_wants(c, "a", 1));
	assert_false(cache_wants(c, "a", 1));
	cache_free(c);
}

static int begin(void **state)
{
	mem = arena_new(1 << 20);
	return 0;
}
static int end(void **state)
{
	arena_free(mem);
	return 0;
}

/* ── tags ── */

/* Any byte that changes, appears or goes away makes another tag; the same bytes make the same one, wherever they lie. */
static void test_tags(void **state)
{
	char text[100], tag[17], other[17];
	memset(text, 0, sizeof text);
	for (size_t n = 0; n < sizeof text; n++) {
		lookup_etag((struct blob){ text, n }, tag);
		assert_int_equal(strlen(tag), 16);
		lookup_etag((struct blob){ text, n + 1 }, other);
		assert_string_not_equal(tag, other); /* a zero more */
		for (size_t i = 0; i < n; i++) {
			text[i] ^= 1;
			lookup_etag((struct blob){ text, n }, other);
			assert_string_not_equal(tag, other);
			text[i] ^= 1;
		}
		char moved[sizeof text + 1];
		memcpy(moved + 1, text, n);
		lookup_etag((struct blob){ moved + 1, n }, other);
		assert_string_equal(tag, other);
	}
}

static int by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Texts as much alike as answers are: none has another's. */
static void test_few_clash(void **state)
{
	enum { MANY = 20000 };
	char(*tag)[17] = malloc(sizeof *tag * MANY);
	for (int i = 0; i < MANY; i++) {
		char text[80];
		int n = snprintf(text, sizeof text, "{\"objectClassName\":\"domain\",\"ldhName\":\"n%d.tw\",\"n\":%d}",
				 i, i % 7);
		lookup_etag((struct blob){ text, (size_t)n }, tag[i]);
	}
	qsort(tag, MANY, sizeof *tag, by_text);
	for (int i = 1; i < MANY; i++)
		assert_string_not_equal(tag[i - 1], tag[i]);
	free(tag);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_found_and_dropped, begin, end),
		cmocka_unit_test_setup_teardown(test_outrun, begin, end),
		cmocka_unit_test_setup_teardown(test_fresh_until, begin, end),
		cmocka_unit_test_setup_teardown(test_cap, begin, end),
		cmocka_unit_test_setup_teardown(test_model, begin, end),
		cmocka_unit_test_setup_teardown(test_full_ring, begin, end),
		cmocka_unit_test_setup_teardown(test_used_stays, begin, end),
		cmocka_unit_test_setup_teardown(test_wants, begin, end),
		cmocka_unit_test(test_tags),
		cmocka_unit_test(test_few_clash),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
