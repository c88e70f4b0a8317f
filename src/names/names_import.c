#include <string.h>
#include "base/idn.h"
#include "base/text.h"
#include "names/find.h"
#include "names/names_int.h"

static const struct versioned name_set = {
	.table = "names_domain",
	.room = "names",
	.ncols = 10,
	.columns = NAMES_COLUMNS,
};

enum { AUTHORITATIVE_MAX = 64 };

struct intake {
	struct name_columns cols;
	bool header;
	char *ours[AUTHORITATIVE_MAX]; /* zones whose names are registered, not imported */
	int nours;
};

static struct val time_val(int64_t t)
{
	return t == TIME_NONE ? V_NULL : V(t);
}

static enum st record_in(struct import *im, int64_t line, const struct name *n)
{
	const char *cc = names_country_of(n->zone);
	struct record r = {
		.key = n->name,
		.valid_from = n->valid_from,
		.v = { V(n->zone), V(cc ? cc : ""), time_val(n->registered), time_val(n->expires), V(n->sponsor),
		       V(n->holder), V(n->holder_kind), V(n->country), V(n->status), V(n->nameservers) },
	};
	return import_add(im, line, &r);
}

static enum st line_in(void *ctx, struct import *im, struct arena *mem, int64_t line, char *text, struct err *e)
{
	struct intake *in = ctx;
	struct name n;
	if (!in->header) {
		/* Without its header nothing of the file can be read, whatever the options. */
		in->header = true;
		if (names_header(text, &in->cols, e) == ST_OK)
			return ST_OK;
		return e->code = ST_CONFLICT;
	}
	if (names_parse(mem, text, &in->cols, &n, e))
		return e->code;
	for (int i = 0; i < in->nours; i++)
		if (!strcmp(in->ours[i], n.zone))
			return err_set(
				e, ST_INVALID,
				"%.100s: .%s is an authoritative zone: its names are registered here, not imported",
				n.name, n.zone);
	if (name_is_suffix(n.name))
		import_note(im, line, "%.80s is a public suffix: it governs no name below it", n.name);
	return record_in(im, line, &n);
}

static enum st zones_kept(struct store *s, struct req *rq, struct intake *in)
{
	struct req own = { .mem = rq->mem, .who = rq->who, .db = store_reader(s, &rq->err) };
	if (!own.db)
		return rq->err.code;
	if (zones_authoritative(&own, in->ours, AUTHORITATIVE_MAX, &in->nours))
		rq->err = own.err;
	store_reader_done(s);
	return rq->err.code;
}

enum st names_import(struct store *s, struct req *rq, const char *path, const struct import_opts *o,
		     struct import_result *out, struct import **log)
{
	struct intake in = { .header = false };
	struct import_opts own = *o;
	struct hash digest = { 0 };
	*log = NULL;
	if (zones_kept(s, rq, &in))
		return rq->err.code;
	own.file = path;
	own.source = o->source ? o->source : "names";
	/* What the file is the whole of: the zones of a country, or everything of its source. */
	own.closes_where = o->closes && o->closes_val.t == VAL_TEXT ? "zone_country = upper($1)" : NULL;
	*log = import_begin(s, rq, &name_set, &own);
	import_lines(*log, path, line_in, &in, &digest);
	if (import_finish(*log, &digest, out))
		return rq->err.code;
	return names_servers_index(s, rq, own.source, own.say, own.say_ctx);
}
