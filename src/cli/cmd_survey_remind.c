/* survey remind|reminders: who was asked and has not answered is asked once more. */
#include <stdio.h>
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/commands.h"
#include "voice/voice.h"

static int rows_show(struct cli *c, const struct voice_study *s)
{
	static const char *const heads[] = { "REMINDER", "DAY OF THE FIELD", "GOES OUT", "WENT OUT", "LETTERS" };
	struct voice_reminder k[VOICE_REMINDERS_MAX];
	int n;
	if (voice_reminders(&c->rq, s, k, &n))
		return cli_fail_rq(c);
	struct table *t = table_new(c->mem, heads, 5);
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_arr(&w, NULL);
	for (int i = 0; i < n; i++) {
		table_row(t, (const char *[]){ arena_printf(c->mem, "%d", k[i].number),
					       k[i].days ? arena_printf(c->mem, "%lld", (long long)k[i].days) : "",
					       k[i].at ? time_iso(c->mem, k[i].at) : "",
					       k[i].ran_at ? time_iso(c->mem, k[i].ran_at) : "",
					       arena_printf(c->mem, "%lld", (long long)k[i].letters) });
		j_obj(&w, NULL);
		j_int(&w, "reminder", k[i].number);
		j_int(&w, "days", k[i].days);
		j_time(&w, "at", k[i].at);
		j_time(&w, "ran_at", k[i].ran_at);
		j_int(&w, "letters", k[i].letters);
		j_end(&w);
	}
	j_end(&w);
	return list_end(c, &b, t);
}

static int run_reminders(struct cli *c)
{
	struct voice_study s;
	if (voice_study_get(&c->rq, c->arg[0], &s))
		return cli_fail_rq(c);
	return rows_show(c, &s);
}

static int drop(struct cli *c, const char *number)
{
	int64_t v;
	struct voice_unremind a = { .study = c->arg[0] };
	if (!text_int(number, 1, VOICE_REMINDERS_MAX, &v))
		return cli_usage(c, "--drop: the number of a reminder; `nicert survey reminders STUDY` lists them");
	a.number = (int)v;
	if (store_write(c->store, &c->rq, voice_unremind, &a))
		return cli_fail_rq(c);
	if (c->json)
		return printf("{\"study\":\"%s\",\"dropped\":%d}\n", a.study, a.number), DONE;
	return printf("reminder %d of study %s will not go out\n", a.number, a.study), DONE;
}

static int said(struct cli *c, const struct voice_remind *a)
{
	const char *when = a->when ? time_iso(c->mem, a->when)
				   : arena_printf(c->mem, "%lld days after the study opens", (long long)a->days);
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	if (!c->json)
		return printf("reminder %d of study %s goes out: %s\n%lld would have it if it went out now\n",
			      a->number, a->study, when, (long long)a->waiting),
		       DONE;
	j_obj(&w, NULL);
	j_str(&w, "study", a->study);
	j_int(&w, "reminder", a->number);
	j_int(&w, "days", a->days);
	j_time(&w, "at", a->when);
	j_int(&w, "waiting", a->waiting);
	j_end(&w);
	return puts(buf_cstr(&b)), DONE;
}

static int run_remind(struct cli *c)
{
	struct voice_remind a = { .study = c->arg[0] };
	const char *after = opt(c, "--after"), *at = opt(c, "--at"), *dropped = opt(c, "--drop");
	int64_t span;
	if ((after != NULL) + (at != NULL) + (dropped != NULL) > 1)
		return cli_usage(c, "expected one of --after, --at and --drop");
	if (dropped)
		return drop(c, dropped);
	if (after && !text_int(after, 1, VOICE_REMIND_DAYS, &a.days))
		return cli_usage(c, "--after: days of the field, 1 to 365");
	if (at && (a.at = time_parse(at)) == TIME_NONE) {
		if (!time_span_parse(at, &span) || span <= 0)
			return cli_usage(c, "--at: a time such as 2026-12-31, or from now on, such as 3d");
		a.at = clock_now() + span;
	}
	if (store_write(c->store, &c->rq, voice_remind, &a))
		return cli_fail_rq(c);
	return said(c, &a);
}

static const struct option_row as_options[] = { AS_USER, { 0 } };
static const struct option_row remind_options[] = {
	AS_USER,
	{ "--after", "DAYS", "so many days after the study opens" },
	{ "--at", "TIME", "or at a time: 2026-12-31, or 3d from now (now)" },
	{ "--drop", "N", "takes back a reminder that is still to come" },
	{ 0 },
};

const struct command survey_remind_commands[] = {
	{ "survey", "remind", "STUDY", "Writes again to who has not answered", 1, 1, NEED_STORE | ACTS_AS,
	  remind_options, run_remind },
	{ "survey", "reminders", "STUDY", "The reminders of a study", 1, 1, NEED_STORE | ACTS_AS, as_options,
	  run_reminders },
	{ 0 },
};
