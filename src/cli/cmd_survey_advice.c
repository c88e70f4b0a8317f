/* survey say|advise|advice: words beside a report's figures, and recommendations that are tracked. */
#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/commands.h"
#include "voice/voice.h"

static int run_say(struct cli *c)
{
	struct voice_text t = { .study = c->arg[0], .place = c->arg[1] };
	t.in[LANG_EN] = opt(c, "--en");
	t.in[LANG_ZH_TW] = opt(c, "--zh");
	if (!t.in[LANG_EN] && !t.in[LANG_ZH_TW])
		return cli_usage(c, "expected --en TEXT, --zh TEXT or both");
	if (store_write(c->store, &c->rq, voice_text_set, &t))
		return cli_fail_rq(c);
	if (c->json)
		return printf("{\"study\":\"%s\"}\n", t.study), DONE;
	return puts("kept"), DONE;
}

static int run_advise(struct cli *c)
{
	struct voice_advice a = { .study = c->arg[0], .owner = opt(c, "--owner") };
	const char *due = opt(c, "--due"), *state = opt(c, "--state"), *id = opt(c, "--change");
	a.in[LANG_EN] = opt(c, "--en");
	a.in[LANG_ZH_TW] = opt(c, "--zh");
	if (due && (a.due_at = time_parse(due)) == TIME_NONE)
		return cli_usage(c, "--due: a day such as 2027-03-31");
	if (state && !advice_state_parse(state, &a.state))
		return cli_usage(c, "--state: open, doing, done or dropped");
	if (id && !text_int(id, 1, INT64_MAX, &a.id))
		return cli_usage(c, "--change: the number of a recommendation; `nicert survey advice` lists them");
	if (id && !state)
		return cli_usage(c, "--change goes with --state: how far it is now");
	if (store_write(c->store, &c->rq, voice_advise, &a))
		return cli_fail_rq(c);
	if (c->json)
		return printf("{\"advice\":%lld,\"state\":\"%s\"}\n", (long long)a.which, advice_state_name(a.state)),
		       DONE;
	return printf("recommendation %lld: %s\n", (long long)a.which, advice_state_name(a.state)), DONE;
}

static int run_advice(struct cli *c)
{
	static const char *const heads[] = { "NO", "STATE", "DUE", "OWNER", "RECOMMENDATION" };
	struct voice_advice *a = arena_array(c->mem, struct voice_advice, VOICE_ADVICE_MAX);
	struct voice_study s;
	int n;
	if (voice_study_get(&c->rq, c->arg[0], &s) || voice_may_see(&c->rq, &s) ||
	    voice_advices(&c->rq, &s, a, VOICE_ADVICE_MAX, &n))
		return cli_fail_rq(c);
	struct table *t = table_new(c->mem, heads, 5);
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_arr(&w, NULL);
	for (int i = 0; i < n; i++) {
		table_row(t, (const char *[]){ arena_printf(c->mem, "%lld", (long long)a[i].id),
					       arena_printf(c->mem, "%s%s", advice_state_name(a[i].state),
							    voice_advice_late(&a[i]) ? ", late" : ""),
					       time_iso(c->mem, a[i].due_at), a[i].owner, a[i].in[LANG_EN] });
		j_obj(&w, NULL);
		j_int(&w, "advice", a[i].id);
		j_str(&w, "state", advice_state_name(a[i].state));
		j_time(&w, "due_at", a[i].due_at);
		j_bool(&w, "late", voice_advice_late(&a[i]));
		j_str(&w, "owner", a[i].owner);
		j_str(&w, "en", a[i].in[LANG_EN]);
		j_str(&w, "zh", a[i].in[LANG_ZH_TW]);
		j_end(&w);
	}
	j_end(&w);
	return list_end(c, &b, t);
}

static const struct option_row as_options[] = { AS_USER, { 0 } };
static const struct option_row say_options[] = {
	AS_USER,
	{ "--en", "TEXT", "in English; \"\": none" },
	{ "--zh", "TEXT", "in Chinese" },
	{ 0 },
};
static const struct option_row advise_options[] = {
	AS_USER,
	{ "--en", "TEXT", "what should be done" },
	{ "--zh", "TEXT", "in Chinese" },
	{ "--owner", "WHO", "who sees to it" },
	{ "--due", "DAY", "until when" },
	{ "--change", "NO", "not a new one: this one changes" },
	{ "--state", "STATE", "open, doing, done or dropped" },
	{ 0 },
};

const struct command survey_advice_commands[] = {
	{ "survey", "say", "STUDY PLACE", "Words of a report: beside a question, or at the \"top\"", 2, 2,
	  NEED_STORE | ACTS_AS, say_options, run_say },
	{ "survey", "advise", "STUDY", "A recommendation, or how far one is", 1, 1, NEED_STORE | ACTS_AS,
	  advise_options, run_advise },
	{ "survey", "advice", "STUDY", "Recommendations, who sees to them and until when", 1, 1, NEED_STORE | ACTS_AS,
	  as_options, run_advice },
	{ 0 },
};
