/* `nicert import warninglist FILE…`: what must not be taken for an indicator only because a mail mentions it. */
#include <stdio.h>
#include <zlib.h>
#include "base/json.h"
#include "cli/commands.h"
#include "intel/warnlist.h"

static int read_file(struct cli *c, const char *path, struct buf *to)
{
	char piece[65536];
	int n;
	gzFile f = gzopen(path, "rbe");
	if (!f)
		return cli_fail(c, "%s: can't be read", path);
	while ((n = gzread(f, piece, sizeof piece)) > 0)
		buf_add(to, piece, (size_t)n);
	gzclose(f);
	if (n < 0)
		return cli_fail(c, "%s: can't be read", path);
	return to->bad ? cli_fail(c, "%s: larger than %d MB", path, WARN_BYTES >> 20) : DONE;
}

static void print(struct cli *c, const char *path, const struct warnlist *l)
{
	if (!c->json) {
		printf("%s: %s: %d items%s\n", path, l->name, l->n,
		       l->passed_over ? arena_printf(c->mem, ", %d passed over", l->passed_over) : "");
		return;
	}
	BUF_SCOPE out = BUF_INIT;
	struct jw w = jw_of(&out);
	j_obj(&w, NULL);
	j_str(&w, "file", path);
	j_str(&w, "list", l->name);
	j_int(&w, "items", l->n);
	j_int(&w, "passed_over", l->passed_over);
	j_end(&w);
	puts(buf_cstr(&out));
}

static int import_one(struct cli *c, const char *path)
{
	BUF_SCOPE text = { .max = WARN_BYTES };
	struct warnlist l;
	struct arena *mem = arena_new((size_t)512 << 20);
	int st = read_file(c, path, &text);
	if (!st && warnlist_parse(mem, buf_cstr(&text), text.n, &l, &c->err))
		st = cli_fail(c, "%s: %s", path, c->err.msg);
	if (!st && store_write(c->store, cli_fresh(c), warnlist_write, &l))
		st = cli_fail(c, "%s: %s", path, c->rq.err.msg);
	if (!st)
		print(c, path, &l);
	arena_free(mem);
	return st;
}

static int run_warninglist(struct cli *c)
{
	int worst = DONE;
	for (int i = 0; i < c->nargs; i++) {
		int st = import_one(c, c->arg[i]);
		worst = st > worst ? st : worst;
	}
	return worst;
}

const struct command warninglist_commands[] = {
	{ "import", "warninglist", "FILE…", "What a mention must not be taken for: MISP's warning lists", 1, -1,
	  NEED_STORE, NULL, run_warninglist },
	{ 0 },
};
