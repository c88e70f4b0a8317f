#include "base/json.h"
#include "base/base_int.h"
#include "base/text.h"
#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { JSON_DEPTH = 32 };

/* --- out -------------------------------------------------------------------------------------------------------- */

static const char *escape_of(uint8_t c)
{
	static const char *const low[0x20] = {
		"\\u0000", "\\u0001", "\\u0002", "\\u0003", "\\u0004", "\\u0005", "\\u0006", "\\u0007",
		"\\b",	   "\\t",     "\\n",	 "\\u000b", "\\f",     "\\r",	  "\\u000e", "\\u000f",
		"\\u0010", "\\u0011", "\\u0012", "\\u0013", "\\u0014", "\\u0015", "\\u0016", "\\u0017",
		"\\u0018", "\\u0019", "\\u001a", "\\u001b", "\\u001c", "\\u001d", "\\u001e", "\\u001f",
	};
	return c < 0x20 ? low[c] : c == '"' ? "\\\"" : c == '\\' ? "\\\\" : NULL;
}

static void put_escaped(struct buf *b, const char *s, size_t n)
{
	size_t from = 0;
	for (size_t i = 0; i < n; i++) {
		const char *escape = escape_of((uint8_t)s[i]);
		if (!escape)
			continue;
		buf_add(b, s + from, i - from);
		buf_str(b, escape);
		from = i + 1;
	}
	buf_add(b, s + from, n - from);
}

/* Text that is not UTF-8 (or holds a 0, which the stores refuse): character by character. */
static void put_repaired(struct buf *b, const char *s, size_t n)
{
	for (size_t i = 0, len; i < n; i += len) {
		for (len = n - i < 4 ? n - i : 4; len && !utf8_valid(s + i, len); len--)
			;
		if (len) {
			put_escaped(b, s + i, len);
		} else {
			buf_str(b, "\uFFFD");
			len = 1;
		}
	}
}

/* Has any of eight bytes a meaning of its own in a string: a control character, '"', '\\', or outside ASCII? */
static bool marked8(uint64_t w)
{
	const uint64_t ones = 0x0101010101010101u, high = 0x8080808080808080u;
	uint64_t quote = w ^ ones * '"', slash = w ^ ones * '\\';
	return (w | (w - ones * 0x20) | (quote - ones) | (slash - ones)) & high;
}

/* Of one to seven bytes: each at least once. */
static uint64_t few_bytes(const char *s, size_t n)
{
	uint32_t first, last;
	if (n < sizeof first) /* first, middle, last, and one that is plain */
		return (uint64_t)(uint8_t)s[0] << 56 | (uint64_t)(uint8_t)s[n / 2] << 48 |
		       (uint64_t)(uint8_t)s[n - 1] << 40 | 0x2020202020u;
	memcpy(&first, s, sizeof first);
	memcpy(&last, s + n - sizeof last, sizeof last);
	return (uint64_t)first << 32 | last;
}

static bool plain(const char *s, size_t n)
{
	uint64_t w;
	if (n < sizeof w)
		return !n || !marked8(few_bytes(s, n));
	for (; n > sizeof w; s += sizeof w, n -= sizeof w) {
		memcpy(&w, s, sizeof w);
		if (marked8(w))
			return false;
		if (n < 2 * sizeof w) /* the last eight, of which some were looked at */
			s -= 2 * sizeof w - n, n = 2 * sizeof w;
	}
	memcpy(&w, s, sizeof w);
	return !marked8(w);
}

/* Room for n bytes and the 0 behind them, without asking for more? */
static bool fits(const struct buf *b, size_t n)
{
	size_t room = b->size < b->max ? b->size : b->max;
	return !b->bad && b->n < room && n < room - b->n;
}

/* buf_char, here without a call. */
static void put_mark(struct buf *b, char c)
{
	if (!fits(b, 1))
		return buf_char(b, c);
	b->p[b->n++] = c;
	b->p[b->n] = 0;
}

static void put_string(struct buf *b, const char *s, size_t n)
{
	if (fits(b, n + 2) && plain(s, n)) {
		char *p = b->p + b->n;
		p[0] = '"';
		memcpy(p + 1, s, n);
		p[n + 1] = '"';
		p[n + 2] = 0;
		b->n += n + 2;
		return;
	}
	buf_char(b, '"');
	if (utf8_valid(s, n))
		put_escaped(b, s, n);
	else
		put_repaired(b, s, n);
	buf_char(b, '"');
}

/* All of it at once, where it fits: every value of an object comes by here. */
static void put_key(struct buf *b, bool comma, const char *key, size_t n)
{
	char *p = b->p + b->n;
	if (comma)
		*p++ = ',';
	*p++ = '"';
	memcpy(p, key, n);
	p += n;
	*p++ = '"';
	*p++ = ':';
	*p = 0;
	b->n = (size_t)(p - b->p);
}

/* The comma and the key before a value. */
static void j_begin(struct jw *w, const char *key)
{
	if (w->depth > JSON_DEPTH)
		return; /* the buffer is bad already */
	bool comma = w->more[w->depth];
	w->more[w->depth] = true;
	size_t n = key ? strlen(key) : 0;
	if (key && fits(w->b, n + 4) && plain(key, n)) {
		put_key(w->b, comma, key, n);
		return;
	}
	if (comma)
		put_mark(w->b, ',');
	if (key) {
		put_string(w->b, key, n);
		put_mark(w->b, ':');
	}
}

static void j_open(struct jw *w, const char *key, char open, char close)
{
	j_begin(w, key);
	if (w->depth >= JSON_DEPTH) {
		w->b->bad = true;
		w->depth++;
		return;
	}
	put_mark(w->b, open);
	w->close[w->depth++] = close;
	w->more[w->depth] = false;
}

void j_obj(struct jw *w, const char *key)
{
	j_open(w, key, '{', '}');
}
void j_arr(struct jw *w, const char *key)
{
	j_open(w, key, '[', ']');
}

void j_end(struct jw *w)
{
	if (w->depth == 0)
		w->b->bad = true;
	else if (--w->depth < JSON_DEPTH)
		put_mark(w->b, w->close[w->depth]);
}

void j_strn(struct jw *w, const char *key, const char *s, size_t n)
{
	if (!s)
		return j_null(w, key);
	j_begin(w, key);
	put_string(w->b, s, n);
}

void j_str(struct jw *w, const char *key, const char *s)
{
	j_strn(w, key, s, s ? strlen(s) : 0);
}

void j_int(struct jw *w, const char *key, int64_t v)
{
	j_begin(w, key);
	buf_int(w->b, v);
}

void j_raw(struct jw *w, const char *key, const char *json)
{
	j_begin(w, key);
	buf_str(w->b, json ? json : "null");
}

void j_framed(struct jw *w, const char *before, const char *s, const char *after)
{
	j_begin(w, NULL);
	buf_str(w->b, before);
	put_string(w->b, s, strlen(s));
	buf_str(w->b, after);
}

void j_bool(struct jw *w, const char *key, bool v)
{
	j_raw(w, key, v ? "true" : "false");
}
void j_null(struct jw *w, const char *key)
{
	j_raw(w, key, "null");
}

void j_time(struct jw *w, const char *key, int64_t t)
{
	char iso[TIME_ISO_SIZE];
	if (t == TIME_NONE || t == 0)
		return j_null(w, key);
	j_strn(w, key, iso, time_iso_put(iso, t, 0));
}

/* --- in --------------------------------------------------------------------------------------------------------- */

enum json_type { JSON_NULL, JSON_FALSE, JSON_TRUE, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json {
	const char *key;
	union {
		const char *str;
		double num;
		struct json *kids;
	};
	int n; /* of kids */
	enum json_type type;
};

/* cJSON is lenient (control characters as blanks and inside strings, no UTF-8 check, NULs that cut strings) and
 * allocates as it goes; so the text is vetted first, and its values are counted, from above, before memory is spent. */
struct vet {
	size_t values, at;
	int depth;
	const char *wrong;
};

/* Moves `at` past the string that begins there. */
static void vet_string(struct vet *v, const char *s, size_t n)
{
	for (v->at++; v->at < n && s[v->at] != '"'; v->at++) {
		if ((uint8_t)s[v->at] < 0x20)
			v->wrong = N_("a control character inside a string");
		else if (n - v->at > 5 && memcmp(s + v->at, "\\u0000", 6) == 0)
			v->wrong = N_("\\u0000 inside a string");
		if (v->wrong)
			return;
		v->at += s[v->at] == '\\';
	}
}

static void vet_mark(struct vet *v, char c)
{
	v->values += c == ',' || c == '[' || c == '{';
	v->depth += (c == '[' || c == '{') - (c == ']' || c == '}');
	if (v->depth > JSON_DEPTH)
		v->wrong = N_("nested deeper than 32");
	if ((uint8_t)c < ' ' && c != '\t' && c != '\n' && c != '\r')
		v->wrong = N_("a control character");
}

static struct vet json_vet(const char *s, size_t n)
{
	struct vet v = { .values = 1 };
	for (; v.at < n && !v.wrong; v.at += !v.wrong) {
		if (s[v.at] == '"')
			vet_string(&v, s, n);
		else
			vet_mark(&v, s[v.at]);
	}
	return v;
}

/* Both pools are as large as the vetted text can need, so the copy below never checks. */
struct pools {
	struct json *node;
	char *text;
	struct err *e;
};

static const char *keep_text(struct pools *p, const char *s)
{
	size_t n = strlen(s) + 1;
	p->text += n;
	return memcpy(p->text - n, s, n);
}

static int key_order(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static enum st keys_differ(const struct json *o, struct err *e)
{
	const char **keys = o->n > 1 ? malloc((size_t)o->n * sizeof *keys) : NULL;
	enum st st = o->n > 1 && !keys ? err_set(e, ST_BUSY, "out of memory") : ST_OK;
	for (int i = 0; keys && i < o->n; i++)
		keys[i] = o->kids[i].key;
	if (keys)
		qsort(keys, (size_t)o->n, sizeof *keys, key_order);
	for (int i = 1; keys && !st && i < o->n; i++)
		if (strcmp(keys[i - 1], keys[i]) == 0)
			st = err_set(e, ST_INVALID, N_("JSON: the key \"%s\" occurs twice"), keys[i]);
	free(keys);
	return st;
}

static enum st copy_value(struct pools *p, struct json *to, const cJSON *from)
{
	static const struct {
		int theirs;
		enum json_type ours;
	} types[] = {
		{ cJSON_NULL, JSON_NULL },     { cJSON_False, JSON_FALSE },   { cJSON_True, JSON_TRUE },
		{ cJSON_Number, JSON_NUMBER }, { cJSON_String, JSON_STRING }, { cJSON_Array, JSON_ARRAY },
		{ cJSON_Object, JSON_OBJECT },
	};
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (types[i].theirs == (from->type & 0xFF))
			to->type = types[i].ours;
	if (to->type == JSON_NUMBER)
		to->num = from->valuedouble;
	if (to->type == JSON_STRING)
		to->str = keep_text(p, from->valuestring);
	if (to->type < JSON_ARRAY)
		return ST_OK;
	to->kids = p->node;
	for (const cJSON *kid = from->child; kid; kid = kid->next)
		to->n++;
	p->node += to->n;
	struct json *slot = to->kids;
	for (const cJSON *kid = from->child; kid; kid = kid->next, slot++) {
		slot->key = to->type == JSON_OBJECT ? keep_text(p, kid->string) : NULL;
		enum st st = copy_value(p, slot, kid);
		if (st)
			return st;
	}
	return to->type == JSON_OBJECT ? keys_differ(to, p->e) : ST_OK;
}

struct json *json_parse(struct arena *a, const char *s, size_t n, struct err *e)
{
	if (!utf8_valid(s, n))
		return err_set(e, ST_INVALID, N_("JSON: not UTF-8")), NULL;
	struct vet v = json_vet(s, n);
	if (v.wrong)
		return err_set(e, ST_INVALID, N_("JSON: %s at byte %zu"), v.wrong, v.at), NULL;
	size_t left = arena_left(a);
	if (n > left || v.values > (left - n) / sizeof(struct json))
		return err_set(e, ST_LIMIT, N_("JSON: more than %zu bytes of values"), left), NULL;
	const char *end = s;
	cJSON *tree = n ? cJSON_ParseWithLengthOpts(s, n, &end, false) : NULL;
	if (!tree)
		return err_set(e, ST_INVALID, N_("JSON: not understood at byte %zu"), (size_t)(end - s)), NULL;
	while (end < s + n && (*end == ' ' || *end == '\t' || *end == '\n' || *end == '\r'))
		end++;
	struct json *root = NULL;
	if (end == s + n) {
		struct pools p = { .node = arena_array(a, struct json, v.values), .text = arena_alloc(a, n), .e = e };
		root = p.node++;
		if (copy_value(&p, root, tree))
			root = NULL;
	} else {
		err_set(e, ST_INVALID, N_("JSON: more text after the value, at byte %zu"), (size_t)(end - s));
	}
	cJSON_Delete(tree);
	return root;
}

static bool is(const struct json *v, enum json_type type)
{
	return v && v->type == type;
}

bool json_is_null(const struct json *v)
{
	return is(v, JSON_NULL);
}
bool json_is_bool(const struct json *v)
{
	return is(v, JSON_TRUE) || is(v, JSON_FALSE);
}
bool json_is_array(const struct json *v)
{
	return is(v, JSON_ARRAY);
}
bool json_is_object(const struct json *v)
{
	return is(v, JSON_OBJECT);
}
bool json_true(const struct json *v)
{
	return is(v, JSON_TRUE);
}
const char *json_str(const struct json *v)
{
	return is(v, JSON_STRING) ? v->str : NULL;
}
const char *json_key(const struct json *v)
{
	return v ? v->key : NULL;
}
int json_count(const struct json *v)
{
	return v ? v->n : 0;
}
const struct json *json_at(const struct json *v, int i)
{
	return v && i >= 0 && i < v->n ? &v->kids[i] : NULL;
}

const struct json *json_get(const struct json *o, const char *key)
{
	for (int i = 0; is(o, JSON_OBJECT) && i < o->n; i++)
		if (strcmp(o->kids[i].key, key) == 0)
			return &o->kids[i];
	return NULL;
}

/* Past 2^53 two integers share a double, so the sender's number is no longer known (RFC 8259 §6). */
bool json_int(const struct json *v, int64_t *out)
{
	if (!is(v, JSON_NUMBER) || !(fabs(v->num) < 9007199254740992.0) || v->num != trunc(v->num))
		return false;
	*out = (int64_t)v->num;
	return true;
}
