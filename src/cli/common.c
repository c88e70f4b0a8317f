/* common.c — what several commands do: times in cells, whole files, work that follows the journal. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "base/text.h"
#include "cli/commands.h"
#include "voice/address_list.h"

#define LOOK_NSEC 500000000
#define STEP_BYTES ((size_t)256 << 20)

const char *cli_when(struct cli *c, int64_t t)
{
	return t && t != TIME_NONE ? time_iso(c->mem, t) : "-";
}

static char *size_text(struct arena *mem, size_t n)
{
	bool mega = n >= 1 << 20 && n % (1 << 20) == 0;
	return arena_printf(mem, "%zu %s", mega ? n >> 20 : n >> 10, mega ? "MB" : "KB");
}

bool cli_file(struct cli *c, const char *path, struct buf *out)
{
	bool in = strcmp(path, "-") == 0;
	FILE *f = in ? stdin : fopen(path, "rbe");
	char piece[8192];
	size_t got;
	if (!f)
		return cli_fail(c, "%s: %s", path, strerror(errno)), false;
	while (!out->bad && (got = fread(piece, 1, sizeof piece, f)) > 0)
		buf_add(out, piece, got);
	bool failed = ferror(f) != 0;
	if (!in)
		fclose(f);
	if (failed)
		cli_fail(c, "%s: can't be read", path);
	else if (out->bad)
		cli_fail(c, "%s: larger than %s", path, size_text(c->mem, out->max));
	return !failed && !out->bad;
}

bool cli_addresses(struct cli *c, const char *path, struct address_list *k)
{
	struct lines *l = lines_open(path, &c->err);
	if (!l)
		return cli_fail(c, "%s", c->err.msg), false;
	bool ok = address_list_read(c->mem, l, k);
	lines_close(l);
	for (int i = 0; i < k->nfaults; i++)
		cli_fail(c, "%s:%lld: %s", path, (long long)k->fault[i].line, k->fault[i].why.msg);
	return ok;
}

static int step(struct cli *c, const struct cli_follower *f, struct arena *mem, bool *more)
{
	if (!store_lead(c->store, f->job))
		nanosleep(&(struct timespec){ 0, LOOK_NSEC }, NULL);
	else if (f->step(c->store, mem, more))
		return cli_fail(c, "%s; try again", f->failed);
	return DONE;
}

int cli_catch_up(struct cli *c, const struct cli_follower *f, int64_t *left)
{
	struct arena *mem = arena_new(STEP_BYTES);
	int64_t all = *left;
	bool more = true;
	int st = DONE;
	while (!st && *left > 0 && more) {
		cli_progress(NULL, f->phase, *left < all ? 1 - (double)*left / (double)all : 0);
		st = step(c, f, mem, &more);
		if (!st && f->behind(cli_fresh(c), left))
			st = cli_fail_rq(c);
	}
	arena_free(mem);
	cli_progress_end();
	return st;
}
