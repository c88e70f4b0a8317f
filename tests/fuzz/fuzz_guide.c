/* The guide of interviews: what is taken is within its bounds, and written out line by line it is taken again and the same; what is
 * not says why. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/buf.h"
#include "voice/interview.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void check(struct arena *mem, const struct guide *g)
{
	BUF_SCOPE b = BUF_INIT;
	struct guide again = { 0 };
	int questions = 0;
	must(g->nquestions > 0 && g->nquestions <= GUIDE_QUESTIONS && g->nlines <= GUIDE_LINES);
	for (int i = 0; i < g->nlines; i++) {
		const struct guide_line *l = &g->line[i];
		must(l->number == 0 || l->number == ++questions);
		must(*l->in[LANG_EN] && strlen(l->in[LANG_EN]) <= GUIDE_TEXT_MAX && !strchr(l->in[LANG_ZH_TW], '|'));
		must(!l->number || guide_question(g, l->number, LANG_EN) == l->in[LANG_EN]);
		buf_printf(&b, "%s%s | %s\n", l->number ? "" : "# ", l->in[LANG_EN], l->in[LANG_ZH_TW]);
	}
	/* What was near the cap may be over it with its blanks. */
	if (b.n > GUIDE_MAX)
		return;
	must(guide_parse(mem, buf_cstr(&b), b.n, &again, NULL) == ST_OK && again.nlines == g->nlines);
	for (int i = 0; i < g->nlines; i++)
		must(again.line[i].number == g->line[i].number &&
		     !strcmp(again.line[i].in[LANG_ZH_TW], g->line[i].in[LANG_ZH_TW]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *mem = arena_new((size_t)4 << 20);
	struct guide g = { 0 };
	struct err e = { 0 };
	char *text = arena_dup(mem, data, n);
	if (guide_parse(mem, text, n, &g, &e) == ST_OK)
		check(mem, &g);
	else
		must((e.code == ST_INVALID || e.code == ST_LIMIT) && e.msg[0]);
	arena_free(mem);
	return 0;
}
