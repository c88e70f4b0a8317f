/* survey answers: what people wrote, for those who may read it. */
#include <stdio.h>
#include <string.h>
#include "base/json.h"
#include "cli/commands.h"
#include "voice/voice.h"
#include "who/view.h"

enum { WORDS = 20000 };

static int run_answers(struct cli *c)
{
	static const char *const heads[] = { "ANSWER", "TEXT" };
	struct voice_word *v = arena_array(c->mem, struct voice_word, WORDS);
	int n;
	const struct viewed view = { "survey-answers", arena_printf(c->mem, "survey:%s", c->arg[0]), NULL, 0 };
	if (voice_words(&c->rq, c->arg[0], c->arg[1], opt(c, "--search"), v, WORDS, &n) || viewed(c, &view))
		return cli_fail_rq(c);
	struct table *t = table_new(c->mem, heads, 2);
	BUF_SCOPE b = { .max = (size_t)128 << 20 };
	struct jw w = jw_of(&b);
	j_arr(&w, NULL);
	for (int i = 0; i < n; i++) {
		table_row(t, (const char *[]){ arena_printf(c->mem, "%d", i + 1), v[i].text });
		j_obj(&w, NULL);
		j_int(&w, "answer", i + 1);
		j_str(&w, "text", v[i].text);
		j_end(&w);
	}
	j_end(&w);
	return list_end(c, &b, t);
}

static const struct option_row answers_options[] = {
	AS_USER,
	{ "--search", "TEXT", "only those with this in them" },
	{ 0 },
};

const struct command survey_open_commands[] = {
	{ "survey", "answers", "STUDY ITEM", "What people wrote, once the study is closed", 2, 2, NEED_STORE | ACTS_AS,
	  answers_options, run_answers },
	{ 0 },
};
