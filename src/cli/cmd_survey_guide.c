/* survey guide set|show|history: what the interviews of a study ask. */
#include <stdio.h>
#include <string.h>
#include "base/json.h"
#include "base/text.h"
#include "base/textdiff.h"
#include "cli/commands.h"
#include "voice/interview.h"

static bool read_file(struct cli *c, const char *path, struct buf *out)
{
	char piece[8192];
	size_t n;
	FILE *f = strcmp(path, "-") ? fopen(path, "rbe") : stdin;
	if (!f)
		return cli_fail(c, "%s can't be read: %m", path), false;
	out->max = GUIDE_MAX + 1;
	while (!out->bad && (n = fread(piece, 1, sizeof piece, f)) > 0)
		buf_add(out, piece, n);
	bool failed = ferror(f) != 0;
	if (f != stdin)
		fclose(f);
	if (failed || out->bad)
		return cli_fail(c, failed ? "%s can't be read" : "%s is larger than a guide may be", path), false;
	return true;
}

static int guide_set(struct cli *c)
{
	BUF_SCOPE text = BUF_INIT;
	struct guide g;
	if (c->nargs < 3)
		return cli_usage(c, "expected the FILE of the guide, - for standard input");
	if (!read_file(c, c->arg[2], &text))
		return FAILED;
	if (guide_parse(c->mem, buf_cstr(&text), text.n, &g, &c->err))
		return cli_fail(c, "%s: %s", c->arg[2], c->err.msg);
	struct guide_set a = { .study = c->arg[1], .text = buf_cstr(&text), .n = text.n };
	if (store_write(c->store, &c->rq, voice_guide_set, &a))
		return cli_fail_rq(c);
	if (c->json)
		return printf("{\"study\":\"%s\",\"version\":%d,\"questions\":%d,\"same\":%s}\n", a.study, a.version,
			      g.nquestions, a.same ? "true" : "false"),
		       DONE;
	return printf("version %d of the guide of %s asks %d questions%s\n", a.version, a.study, g.nquestions,
		      a.same ? "; it was there already" : ""),
	       DONE;
}

/* ── show ── */

static void guide_json(const struct guide *g, const char *study)
{
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_obj(&w, NULL);
	j_str(&w, "study", study);
	j_int(&w, "version", g->version);
	j_time(&w, "made_at", g->made_at);
	j_str(&w, "made_by", g->made_by);
	j_int(&w, "interviews", g->used);
	j_arr(&w, "lines");
	for (int i = 0; i < g->nlines; i++) {
		j_obj(&w, NULL);
		if (g->line[i].number)
			j_int(&w, "question", g->line[i].number);
		else
			j_null(&w, "question");
		j_str(&w, "en", g->line[i].in[LANG_EN]);
		j_str(&w, "zh", g->line[i].in[LANG_ZH_TW]);
		j_end(&w);
	}
	j_end(&w);
	j_str(&w, "text", g->text);
	j_end(&w);
	puts(buf_cstr(&b));
}

static bool version_of(struct cli *c, const char *name, int *out)
{
	int64_t v = 0;
	if (opt(c, name) && !text_int(opt(c, name), 1, GUIDES_MAX, &v))
		return cli_usage(c, "%s: a version; `nicert survey guide history` lists them", name), false;
	*out = (int)v;
	return true;
}

static int changes_show(struct cli *c, const struct guide *was, const struct guide *is)
{
	struct diff_line *d;
	int n = text_diff(c->mem, was->text, is->text, &d);
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	if (!c->json) {
		for (int i = 0; i < n; i++)
			if (d[i].kind != ' ')
				printf("%c %s\n", d[i].kind, d[i].text);
		return DONE;
	}
	j_obj(&w, NULL);
	j_int(&w, "from", was->version);
	j_int(&w, "to", is->version);
	j_arr(&w, "changes");
	for (int i = 0; i < n; i++)
		if (d[i].kind != ' ')
			j_str(&w, NULL, arena_printf(c->mem, "%c %s", d[i].kind, d[i].text));
	j_end(&w);
	j_end(&w);
	return puts(buf_cstr(&b)), DONE;
}

static int guide_show(struct cli *c)
{
	struct voice_study s;
	struct guide g, was;
	int version, against;
	if (!version_of(c, "--version", &version) || !version_of(c, "--against", &against))
		return USAGE;
	if (voice_study_get(&c->rq, c->arg[1], &s) || voice_may_see(&c->rq, &s) ||
	    voice_guide(&c->rq, &s, version, &g) || (against && voice_guide(&c->rq, &s, against, &was)))
		return cli_fail_rq(c);
	if (against)
		return changes_show(c, &was, &g);
	if (c->json)
		return guide_json(&g, s.name), DONE;
	return fputs(g.text, stdout), DONE;
}

static int guide_history(struct cli *c)
{
	static const char *const heads[] = { "VERSION", "MADE", "BY", "INTERVIEWS" };
	struct guide *g = arena_array(c->mem, struct guide, GUIDES_MAX);
	struct voice_study s;
	int n;
	if (voice_study_get(&c->rq, c->arg[1], &s) || voice_guides(&c->rq, &s, g, GUIDES_MAX, &n))
		return cli_fail_rq(c);
	struct table *t = table_new(c->mem, heads, 4);
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_arr(&w, NULL);
	for (int i = 0; i < n; i++) {
		table_row(t, (const char *[]){ arena_printf(c->mem, "%d", g[i].version), time_iso(c->mem, g[i].made_at),
					       g[i].made_by, arena_printf(c->mem, "%lld", (long long)g[i].used) });
		j_obj(&w, NULL);
		j_int(&w, "version", g[i].version);
		j_time(&w, "made_at", g[i].made_at);
		j_str(&w, "made_by", g[i].made_by);
		j_int(&w, "interviews", g[i].used);
		j_end(&w);
	}
	j_end(&w);
	return list_end(c, &b, t);
}

static int run_guide(struct cli *c)
{
	static const struct {
		const char *name;
		int (*run)(struct cli *c);
	} acts[] = { { "set", guide_set }, { "show", guide_show }, { "history", guide_history } };
	for (size_t i = 0; i < sizeof acts / sizeof *acts; i++)
		if (!strcmp(acts[i].name, c->arg[0]))
			return acts[i].run(c);
	return cli_usage(c, "%s: expected set, show or history", c->arg[0]);
}

static const struct option_row guide_options[] = {
	AS_USER,
	{ "--version", "N", "this version (the last)" },
	{ "--against", "N", "what changed since that one" },
	{ 0 },
};

const struct command survey_guide_commands[] = {
	{ "survey", "guide", "set|show|history STUDY [FILE]",
	  "What interviews ask, one question a line: English | 中文", 2, 3, NEED_STORE | ACTS_AS, guide_options,
	  run_guide },
	{ 0 },
};
