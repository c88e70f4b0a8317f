/* survey theme add|list|show|drop: what comes up again in interviews. */
#include <stdio.h>
#include <string.h>
#include "base/json.h"
#include "base/text.h"
#include "cli/commands.h"
#include "voice/interview.h"
#include "who/view.h"

enum { PASSAGES = 2000 };

static int theme_write(struct cli *c, bool drop)
{
	struct theme_set a = { .study = c->arg[1], .drop = drop, .theme = { .id = c->arg[2] } };
	a.theme.title[LANG_EN] = opt(c, "--en");
	a.theme.title[LANG_ZH_TW] = opt(c, "--zh");
	a.theme.about = opt(c, "--about");
	if (c->nargs < 3)
		return cli_usage(c, "expected the THEME, a short name");
	if (store_write(c->store, &c->rq, voice_theme_set, &a))
		return cli_fail_rq(c);
	if (c->json)
		return printf("{\"theme\":\"%s\",\"dropped\":%s}\n", a.theme.id, drop ? "true" : "false"), DONE;
	return printf(drop ? "theme %s is gone\n" : "theme %s is kept\n", a.theme.id), DONE;
}

static int theme_add(struct cli *c)
{
	return theme_write(c, false);
}

static int theme_drop(struct cli *c)
{
	return theme_write(c, true);
}

static int theme_list(struct cli *c)
{
	static const char *const heads[] = { "THEME", "INTERVIEWS", "NOTES", "ENGLISH", "CHINESE", "WHAT IT MEANS" };
	struct theme *k = arena_array(c->mem, struct theme, THEMES_MAX);
	struct voice_study s;
	int n;
	if (voice_study_get(&c->rq, c->arg[1], &s) || voice_themes(&c->rq, &s, k, THEMES_MAX, &n))
		return cli_fail_rq(c);
	struct table *t = table_new(c->mem, heads, 6);
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_arr(&w, NULL);
	for (int i = 0; i < n; i++) {
		table_row(t, (const char *[]){ k[i].id, arena_printf(c->mem, "%lld", (long long)k[i].interviews),
					       arena_printf(c->mem, "%lld", (long long)k[i].notes), k[i].title[LANG_EN],
					       k[i].title[LANG_ZH_TW], k[i].about });
		j_obj(&w, NULL);
		j_str(&w, "theme", k[i].id);
		j_int(&w, "interviews", k[i].interviews);
		j_int(&w, "notes", k[i].notes);
		j_str(&w, "en", k[i].title[LANG_EN]);
		j_str(&w, "zh", k[i].title[LANG_ZH_TW]);
		j_str(&w, "about", k[i].about);
		j_end(&w);
	}
	j_end(&w);
	return list_end(c, &b, t);
}

static int theme_show(struct cli *c)
{
	static const char *const heads[] = { "INTERVIEW", "NOTE", "QUESTION", "TEXT" };
	struct interview_note *k = arena_array(c->mem, struct interview_note, PASSAGES);
	struct voice_study s;
	int n;
	if (c->nargs < 3)
		return cli_usage(c, "expected the THEME; `nicert survey theme list` shows them");
	const struct viewed view = { "interview-notes", arena_printf(c->mem, "survey:%s", c->arg[1]), NULL, 0 };
	if (voice_study_get(&c->rq, c->arg[1], &s) || voice_notes(&c->rq, &s, NULL, c->arg[2], k, PASSAGES, &n) ||
	    (n && viewed(c, &view)))
		return cli_fail_rq(c);
	struct table *t = table_new(c->mem, heads, 4);
	BUF_SCOPE b = { .max = (size_t)64 << 20 };
	struct jw w = jw_of(&b);
	j_arr(&w, NULL);
	for (int i = 0; i < n; i++) {
		table_row(t, (const char *[]){ arena_printf(c->mem, "I-%lld", (long long)k[i].no),
					       arena_printf(c->mem, "%lld", (long long)k[i].id),
					       k[i].question ? arena_printf(c->mem, "%d", k[i].question) : "-",
					       k[i].text });
		j_obj(&w, NULL);
		j_int(&w, "interview", k[i].no);
		j_int(&w, "note", k[i].id);
		j_int(&w, "question", k[i].question);
		j_str(&w, "text", k[i].text);
		j_end(&w);
	}
	j_end(&w);
	return list_end(c, &b, t);
}

static int run_theme(struct cli *c)
{
	static const struct {
		const char *name;
		int (*run)(struct cli *c);
	} acts[] = { { "add", theme_add }, { "list", theme_list }, { "show", theme_show }, { "drop", theme_drop } };
	for (size_t i = 0; i < sizeof acts / sizeof *acts; i++)
		if (!strcmp(acts[i].name, c->arg[0]))
			return acts[i].run(c);
	return cli_usage(c, "%s: expected add, list, show or drop", c->arg[0]);
}

static const struct option_row theme_options[] = {
	AS_USER,
	{ "--en", "TITLE", "in English" },
	{ "--zh", "TITLE", "in Chinese" },
	{ "--about", "TEXT", "what it means" },
	{ 0 },
};

const struct command survey_theme_commands[] = {
	{ "survey", "theme", "add|list|show|drop STUDY [THEME]", "What comes up again in interviews, with its passages",
	  2, 3, NEED_STORE | ACTS_AS, theme_options, run_theme },
	{ 0 },
};
