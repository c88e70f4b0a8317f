/* One file may hold records of several registries (the NRO's own does): each registry's are a source of their own. A
 * file's version line lets it close those of the registry it names, or of all it holds when that is the NRO. */
#include <string.h>
#include "base/text.h"
#include "numbers/numbers_int.h"

#define REGISTRIES_MAX 8

struct intake {
	struct store *store;
	struct req *rq;
	struct import_opts o;
	const char *country; /* the file is the whole of it; NULL: not said */
	struct stats_file file;
	int64_t version_line;
	struct import *log; /* reads the file and keeps what is told of its lines; never holds a record */
	struct part {
		char registry[sizeof((struct stats_file *)0)->registry];
		struct import *im;
	} part[REGISTRIES_MAX];
	int n;
};

/* Whether the file may close is known by now: a version line comes before the first record. */
static struct import *part_begin(struct intake *in, struct part *p, const char *registry)
{
	struct import_opts o = in->o;
	char source[32] = "holdings:";
	memcpy(p->registry, registry, strlen(registry) + 1);
	memcpy(source + strlen(source), registry, strlen(registry) + 1);
	bool named = strcmp(in->file.registry, registry) == 0 || strcmp(in->file.registry, "nro") == 0;
	o.source = source;
	o.closes = in->country || (in->file.versioned && named);
	o.closes_where = in->country ? "country = $1" : NULL;
	o.closes_val = V(in->country);
	o.as_of = in->file.versioned && in->file.as_of != TIME_NONE ? in->file.as_of : in->o.as_of;
	o.keep_going = true; /* the file as a whole has been judged before any part is finished */
	return p->im = import_begin(in->store, in->rq, &holding_set, &o);
}

static struct import *part_of(struct intake *in, const char *registry)
{
	for (int i = 0; i < in->n; i++)
		if (strcmp(in->part[i].registry, registry) == 0)
			return in->part[i].im;
	return in->n < REGISTRIES_MAX ? part_begin(in, &in->part[in->n++], registry) : NULL;
}

static enum st version_seen(struct intake *in, int64_t line, struct err *e)
{
	if (in->version_line)
		return err_set(e, ST_INVALID, "a second version line; the first is line %lld",
			       (long long)in->version_line);
	if (in->n)
		return err_set(e, ST_INVALID, "expected the version line before the first record");
	in->version_line = line;
	return ST_OK;
}

static enum st line_in(void *ctx, struct import *log, struct arena *mem, int64_t line, char *text, struct err *e)
{
	struct intake *in = ctx;
	struct holding h;
	struct record r;
	struct bin bin;
	char key[RANGE_KEY];
	switch (holding_parse(mem, text, &h, &in->file, e)) {
	case LINE_BAD:
		return ST_INVALID;
	case LINE_VERSION:
		return version_seen(in, line, e);
	case LINE_SKIP:
		return ST_OK;
	case LINE_RECORD:
		break;
	}
	struct import *im = part_of(in, h.registry);
	if (!im)
		return err_set(e, ST_INVALID, "expected at most %d registries in one file", REGISTRIES_MAX);
	holding_record(&h, &bin, key, &r);
	return import_add(im, line, &r);
}

/* Bad lines anywhere in the file keep every part from closing. */
static void spread_bad(struct intake *in)
{
	if (!import_so_far(in->log).bad)
		return;
	for (int i = 0; i < in->n; i++)
		import_keep_open(in->part[i].im);
	import_note(in->log, 0, "because of the bad lines nothing is closed");
}

/* A file with fewer records than its version line says was cut short, or edited: it is not the whole of anything. */
static void count_check(struct intake *in)
{
	int64_t found = import_so_far(in->log).bad;
	for (int i = 0; i < in->n; i++)
		found += import_so_far(in->part[i].im).good;
	if (in->file.versioned && found != in->file.records)
		import_note(in->log, in->version_line, "the version line says %lld records, the file has %lld%s",
			    (long long)in->file.records, (long long)found,
			    found < in->file.records ? ": nothing is closed" : "");
	for (int i = 0; i < in->n && in->file.versioned && found < in->file.records; i++)
		import_keep_open(in->part[i].im);
}

static enum st check_all(struct intake *in)
{
	count_check(in);
	if (in->n == 0 && !import_so_far(in->log).bad)
		return err_set(&in->rq->err, ST_INVALID, "%s: no records; nothing was imported", in->o.file);
	for (int i = 0; i < in->n; i++) {
		if (import_check(in->part[i].im)) {
			struct import_result none;
			return import_finish(in->part[i].im, &(struct hash){ 0 }, &none); /* says why */
		}
		import_absorb(in->log, in->part[i].im);
	}
	return ST_OK;
}

static enum st finish_all(struct intake *in, const struct hash *digest, struct import_result *sum)
{
	struct import_result one;
	bool unchanged = true;
	for (int i = 0; i < in->n; i++) {
		enum st st = import_finish(in->part[i].im, digest, &one);
		if (st)
			return st;
		sum->good += one.good;
		sum->added += one.added;
		sum->changed += one.changed;
		sum->closed += one.closed;
		sum->same += one.same;
		unchanged = unchanged && one.unchanged;
	}
	sum->unchanged = unchanged;
	return ST_OK;
}

static enum st import_all(struct intake *in, const char *path, struct import_result *out)
{
	struct hash digest = { 0 };
	enum st st = import_lines(in->log, path, line_in, in, &digest);
	if (!st && check_all(in))
		return in->rq->err.code;
	*out = import_so_far(in->log);
	out->digest = digest;
	if (st || (out->bad && !in->o.keep_going))
		return import_finish(in->log, &digest, out); /* says why */
	spread_bad(in);
	st = finish_all(in, &digest, out);
	out->conflicts = import_so_far(in->log).conflicts;
	return st;
}

enum st holding_import(struct store *s, struct req *rq, const char *path, const char *complete_country,
		       const struct import_opts *o, struct import_result *out, struct import **log)
{
	struct intake in = { .store = s, .rq = rq, .o = *o };
	char *country = arena_strdup(rq->mem, complete_country ? complete_country : "");
	for (char *p = country; *p; p++)
		*p = (char)(*p >= 'a' && *p <= 'z' ? *p - 32 : *p);
	in.country = complete_country ? country : NULL;
	in.o.file = path;
	in.o.source = "holdings";
	in.o.closes = false;
	*out = (struct import_result){ 0 };
	*log = in.log = import_begin(s, rq, &holding_set, &in.o);
	enum st st = import_all(&in, path, out);
	for (int i = 0; i < in.n; i++)
		import_free(in.part[i].im);
	return st;
}
