/* tlog.c — /journal/…: what is complete never changes, and may be kept for ever. */
#include "front/tlog/tlog.h"
#include <string.h>
#include "store/journal.h"

enum { LEVEL_MAX = 63, GROUPS_MAX = 6, WIDTH_MAX = 255 };

/* ── paths ── */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* A number without leading zeroes, at most `max`; *s moves behind it. */
static bool read_number(const char **s, int max, int *out)
{
	const char *start = *s;
	int v = 0;
	for (; is_digit(**s); (*s)++) {
		v = v * 10 + (**s - '0');
		if (v > max)
			return false;
	}
	*out = v;
	return *s > start && (*start != '0' || *s == start + 1);
}

static bool read_group(const char **s, int64_t *index)
{
	if (!is_digit((*s)[0]) || !is_digit((*s)[1]) || !is_digit((*s)[2]))
		return false;
	*index = *index * 1000 + ((*s)[0] - '0') * 100 + ((*s)[1] - '0') * 10 + ((*s)[2] - '0');
	*s += 3;
	return true;
}

/* Groups of three digits, all but the last with an x; no group of zeroes in front. */
static bool read_index(const char **s, int64_t *index)
{
	*index = 0;
	for (int i = 0; i < GROUPS_MAX; i++) {
		bool more = **s == 'x';
		*s += more;
		if (!read_group(s, index) || (i == 0 && more && *index == 0))
			return false;
		if (!more)
			return true;
		if (**s != '/')
			return false;
		(*s)++;
	}
	return false;
}

bool tile_path_parse(const char *s, struct tile_path *out)
{
	*out = (struct tile_path){ 0 };
	if (strncmp(s, "entries/", 8) == 0) {
		out->entries = true;
		s += 8;
	} else if (!read_number(&s, LEVEL_MAX, &out->level) || *s++ != '/') {
		return false;
	}
	if (!read_index(&s, &out->index))
		return false;
	if (strncmp(s, ".p/", 3) == 0) {
		s += 3;
		if (!read_number(&s, WIDTH_MAX, &out->width) || out->width == 0)
			return false;
	}
	return *s == 0;
}

/* ── handlers ── */

static void open_to_all(struct http *h, const char *type, const char *cache)
{
	http_type(h, type);
	http_set_header(h, "Cache-Control", cache);
	http_set_header(h, "Access-Control-Allow-Origin", "*");
	http_set_header(h, "X-Content-Type-Options", "nosniff");
}

static void get_checkpoint(struct http *h)
{
	struct req *rq = http_req(h);
	struct checkpoint c = { 0 };
	if (journal_checkpoint(rq, &c)) {
		http_fail_err(h, &rq->err);
		return;
	}
	buf_str(http_out(h), c.note);
	open_to_all(h, "text/plain; charset=utf-8", "no-cache");
}

static void get_key(struct http *h)
{
	struct front_app *app = front_app(h);
	struct err e = { 0 };
	if (!app->vkey) {
		http_fail(h, 503, "the signer is not there");
	} else if (app->vkey(app, http_out(h), &e)) {
		http_fail_err(h, &e);
	} else {
		struct buf *out = http_out(h);
		if (out->n > 0 && out->p[out->n - 1] != '\n')
			buf_char(out, '\n');
		open_to_all(h, "text/plain; charset=utf-8", "no-cache");
	}
}

static void get_tile(struct http *h)
{
	struct req *rq = http_req(h);
	struct tile_path t;
	enum st s;
	if (!tile_path_parse(http_arg(h, 0), &t)) {
		http_fail(h, 404, "a tile's path is LEVEL/N or entries/N, N like x001/234, and .p/W for a part");
		return;
	}
	if (t.entries)
		s = journal_entry_bundle(rq, t.index, t.width, http_out(h));
	else
		s = journal_tile(rq, t.level, t.index, t.width, http_out(h));
	if (s) {
		buf_reset(http_out(h));
		http_fail_err(h, &rq->err);
		return;
	}
	open_to_all(h, "application/octet-stream",
		    t.width ? "public, max-age=3600" : "public, max-age=31536000, immutable");
}

const struct route tlog_routes[] = {
	{ "GET", "/journal/checkpoint", get_checkpoint, 0, 0, "The newest signed head (c2sp.org/tlog-checkpoint)" },
	{ "GET", "/journal/key", get_key, 0, 0, "The verifier key (c2sp.org/signed-note)" },
	{ "GET", "/journal/tile/**", get_tile, 0, 0, "Hashes and entries (c2sp.org/tlog-tiles)" },
	{ 0 },
};
