/* survey quote|quotes: words of an answer for the report, which another person lets out. */
#include <stdio.h>
#include <string.h>
#include "base/json.h"
#include "base/text.h"
#include "cli/commands.h"
#include "voice/interview.h"
#include "who/view.h"

static int kept(struct cli *c, int64_t id)
{
	if (c->json)
		return printf("{\"quote\":%lld,\"state\":\"proposed\"}\n", (long long)id), DONE;
	return printf("quote %lld waits for another person\n", (long long)id), DONE;
}

/* Of an interview. */
static int said_proposed(struct cli *c, const char *note)
{
	struct said_new a = { .study = c->arg[0], .text = opt(c, "--text") };
	if (!a.text || opt(c, "--item") || opt(c, "--answer") || !text_int(note, 1, INT64_MAX, &a.note))
		return cli_usage(c, "a quote of an interview takes --note NO and --text TEXT");
	return store_write(c->store, &c->rq, voice_said_propose, &a) ? cli_fail_rq(c) : kept(c, a.id);
}

static int proposed(struct cli *c)
{
	struct voice_quote_new a = { .study = c->arg[0], .item = opt(c, "--item"), .text = opt(c, "--text") };
	const char *no = opt(c, "--answer");
	if (opt(c, "--note"))
		return said_proposed(c, opt(c, "--note"));
	if (!a.item || !a.text || !no || !text_int(no, 1, INT64_MAX, &a.no))
		return cli_usage(c, "a quote takes --item ITEM and --answer NO, or --note NO, and --text TEXT");
	return store_write(c->store, &c->rq, voice_quote_propose, &a) ? cli_fail_rq(c) : kept(c, a.id);
}

static int run_quote(struct cli *c)
{
	static const char *const deeds[] = { "--approve", "--refuse", "--drop" };
	static const char *const states[] = { "approved", "refused", "dropped" };
	struct voice_quote_decide d = { .study = c->arg[0] };
	int deed = -1;
	for (int i = 0; i < 3; i++)
		if (opt(c, deeds[i])) {
			if (deed >= 0 || !text_int(opt(c, deeds[i]), 1, INT64_MAX, &d.id))
				return cli_usage(c,
						 "expected the number of one quote; `nicert survey quotes` lists them");
			deed = i;
		}
	if (deed < 0)
		return proposed(c);
	d.approve = deed == 0;
	if (store_write(c->store, &c->rq, deed == 2 ? voice_quote_drop : voice_quote_decide, &d))
		return cli_fail_rq(c);
	if (c->json)
		return printf("{\"quote\":%lld,\"state\":\"%s\"}\n", (long long)d.id, states[deed]), DONE;
	return printf("quote %lld is %s\n", (long long)d.id, states[deed]), DONE;
}

/* 0: it is forgotten. */
static void number_json(struct jw *w, const char *key, int64_t n)
{
	if (n)
		j_int(w, key, n);
	else
		j_null(w, key);
}

/* item NULL: of an interview. */
static void quote_row(struct cli *c, struct table *t, struct jw *w, const struct voice_quote *q, int64_t note)
{
	const char *item = q->item ? q->item : q->no ? arena_printf(c->mem, "I-%lld", (long long)q->no) : "interview";
	int64_t no = q->item ? q->no : note;
	table_row(t, (const char *[]){ arena_printf(c->mem, "%lld", (long long)q->id), quote_state_name(q->state), item,
				       no ? arena_printf(c->mem, "%lld", (long long)no) : "", q->by, q->text });
	j_obj(w, NULL);
	j_int(w, "quote", q->id);
	j_str(w, "state", quote_state_name(q->state));
	if (!q->item) {
		number_json(w, "interview", q->no);
		number_json(w, "note", note);
	} else {
		j_str(w, "item", q->item);
		number_json(w, "answer", q->no);
	}
	j_str(w, "text", q->text);
	j_str(w, "original", *q->original ? q->original : NULL);
	j_str(w, "by", q->by);
	j_str(w, "decided_by", *q->decided_by ? q->decided_by : NULL);
	j_end(w);
}

static int run_quotes(struct cli *c)
{
	static const char *const heads[] = { "NO", "STATE", "OF", "ANSWER OR NOTE", "BY", "QUOTE" };
	struct voice_quote *q = arena_array(c->mem, struct voice_quote, QUOTES_MAX);
	struct voice_said *said = arena_array(c->mem, struct voice_said, QUOTES_MAX);
	struct voice_study s;
	int n, nsaid;
	const struct viewed view = { "survey-quotes", arena_printf(c->mem, "survey:%s", c->arg[0]), NULL, 0 };
	if (voice_study_get(&c->rq, c->arg[0], &s) || voice_quotes(&c->rq, &s, q, QUOTES_MAX, &n) ||
	    voice_said(&c->rq, &s, said, QUOTES_MAX, &nsaid) || ((n || nsaid) && viewed(c, &view)))
		return cli_fail_rq(c);
	struct table *t = table_new(c->mem, heads, 6);
	BUF_SCOPE out = BUF_INIT;
	struct jw w = jw_of(&out);
	j_arr(&w, NULL);
	for (int i = 0; i < n; i++)
		quote_row(c, t, &w, &q[i], 0);
	for (int i = 0; i < nsaid; i++)
		quote_row(c, t, &w, &said[i].quote, said[i].note);
	j_end(&w);
	return list_end(c, &out, t);
}

static const struct option_row as_options[] = { AS_USER, { 0 } };
static const struct option_row quote_options[] = {
	AS_USER,
	{ "--item", "ITEM", "of this question" },
	{ "--answer", "NO", "and this answer" },
	{ "--note", "NO", "or of this note of an interview" },
	{ "--text", "TEXT", "its words; what is left out is marked by […] or ▇" },
	{ "--approve", "NO", "lets another person's proposal into the report" },
	{ "--refuse", "NO", "does not" },
	{ "--drop", "NO", "takes a quote away, also from a published report" },
	{ 0 },
};

const struct command survey_quote_commands[] = {
	{ "survey", "quote", "STUDY", "Proposes a quote, or decides on another person's", 1, 1, NEED_STORE | ACTS_AS,
	  quote_options, run_quote },
	{ "survey", "quotes", "STUDY", "Quotes, and who let them out", 1, 1, NEED_STORE | ACTS_AS, as_options,
	  run_quotes },
	{ 0 },
};
