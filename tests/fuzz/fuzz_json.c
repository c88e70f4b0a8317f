/* JSON from outside: whatever parses can be walked in full, writes out as JSON, and that parses to the same text again.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void write_value(struct jw *w, const char *key, const struct json *v, int depth)
{
	int64_t number;
	if (depth > 32)
		abort();
	if (json_is_object(v) || json_is_array(v)) {
		json_is_object(v) ? j_obj(w, key) : j_arr(w, key);
		for (int i = 0; i < json_count(v); i++)
			write_value(w, json_key(json_at(v, i)), json_at(v, i), depth + 1);
		j_end(w);
	} else if (json_str(v)) {
		j_str(w, key, json_str(v));
	} else if (json_int(v, &number)) {
		j_int(w, key, number);
	} else if (json_is_bool(v)) {
		j_bool(w, key, json_true(v));
	} else {
		j_null(w, key);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	if (n > 65536)
		return 0;
	struct arena *mem = arena_new((size_t)64 << 20);
	struct err e = { 0 };
	const struct json *v = json_parse(mem, (const char *)data, n, &e);
	if (!v) {
		if (e.code == ST_OK || !e.msg[0])
			abort();
		arena_free(mem);
		return 0;
	}
	struct buf first = { .max = (size_t)8 << 20 }, second = { .max = (size_t)8 << 20 };
	struct jw w = jw_of(&first);
	write_value(&w, NULL, v, 0);
	const struct json *again = json_parse(mem, buf_cstr(&first), first.n, &e);
	if (!again)
		abort();
	w = jw_of(&second);
	write_value(&w, NULL, again, 0);
	if (first.bad || second.bad || first.n != second.n || memcmp(buf_cstr(&first), buf_cstr(&second), first.n) != 0)
		abort();
	buf_free(&first);
	buf_free(&second);
	arena_free(mem);
	return 0;
}
