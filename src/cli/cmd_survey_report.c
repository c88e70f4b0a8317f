/* survey collect|clean|past|report|publish: answers that came another way, what is counted, and the figures. */
#include <stdio.h>
#include <string.h>
#include "base/csv.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/commands.h"
#include "voice/voice.h"

enum { FIELDS = Q_ITEMS_MAX + 5, COLLECT_MAX = 200000 };

/* ── collect ── */

struct collecting {
	struct cli *c;
	const char *path;
	struct lines *l;
	struct questionnaire q;
	struct voice_group group[VOICE_GROUPS_MAX];
	int ngroups, n, group_at, state_at, seconds_at, invite_at, segment_at, bad;
	int item[FIELDS]; /* of each column; -1: none */
	struct voice_collected *row;
	int64_t *line; /* of each */
	int64_t nrows;
	bool worded; /* some column holds numbers or words */
	char **none; /* else all rows share this */
};

static void bad_line(struct collecting *k, const char *what)
{
	cli_fail(k->c, "%s:%lld: %s", k->path, (long long)lines_number(k->l), what);
	k->bad++;
}

static int *special_at(struct collecting *k, const char *name)
{
	const struct {
		const char *name;
		int *at;
	} rows[] = { { "group", &k->group_at },
		     { "state", &k->state_at },
		     { "seconds", &k->seconds_at },
		     { "invitation", &k->invite_at },
		     { "segment", &k->segment_at } };
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (!strcmp(rows[i].name, name))
			return rows[i].at;
	return NULL;
}

static bool stands_before(char *const *field, int i)
{
	for (int j = 0; j < i; j++)
		if (!strcmp(field[i], field[j]))
			return true;
	return false;
}

static bool header_read(struct collecting *k)
{
	char *line, *field[FIELDS];
	size_t size;
	k->group_at = k->state_at = k->seconds_at = k->invite_at = k->segment_at = -1;
	if (lines_next(k->l, &line, &size, &k->c->err) != 1 || (k->n = csv_split(line, ',', field, FIELDS)) < 1)
		return bad_line(k, "expected a header: group,segment,invitation,state,seconds and items such as q1 or "
				   "q2.speed"),
		       false;
	for (int i = 0; i < k->n; i++) {
		int *special = special_at(k, field[i]);
		if (stands_before(field, i))
			bad_line(k, arena_printf(k->c->mem, "the column %.60s stands twice", field[i]));
		k->item[i] = special ? -1 : questionnaire_item(&k->q, field[i], strlen(field[i]));
		if (special)
			*special = i;
		else if (k->item[i] < 0)
			bad_line(k, arena_printf(k->c->mem, "%.60s is no item of the questionnaire", field[i]));
		else
			k->worded = k->worded || k->q.question[k->q.item[k->item[i]].question].kind >= Q_NUMBER;
	}
	if (k->group_at < 0)
		bad_line(k, "expected a column group");
	return !k->bad;
}

/* "names other": ids of options; a number or words where the question asks for them. */
static void cell_read(struct collecting *k, int item, char *cell, uint64_t *bits, char **word)
{
	const struct q_question *q = &k->q.question[k->q.item[item].question];
	char *id;
	if (q->kind >= Q_NUMBER) {
		char *copy = text_trim(k->c->mem, cell);
		*word = *copy ? copy : NULL;
		*bits = *copy != 0;
		return;
	}
	while ((id = strsep(&cell, " "))) {
		int o = *id ? questionnaire_option(&k->q, item, id) : -1;
		if (o >= 0)
			*bits |= 1ULL << o;
		else if (*id)
			bad_line(k, arena_printf(k->c->mem, "%.60s is no option of %s", id,
						 questionnaire_item_id(k->c->mem, &k->q, item)));
	}
}

static void state_read(struct collecting *k, char **field, bool *opened)
{
	const char *state = k->state_at >= 0 ? field[k->state_at] : "";
	bool answered = false;
	*opened = !strcmp(state, "opened");
	for (int i = 0; i < k->n && *opened; i++)
		answered = answered || (k->item[i] >= 0 && *field[i]);
	if (*state && !*opened && strcmp(state, "filled") != 0)
		bad_line(k,
			 arena_printf(k->c->mem, "state \"%.40s\": expected opened, filled or nothing, which is filled",
				      state));
	else if (answered)
		bad_line(k, "a line \"opened\" has answers: they are only counted as \"filled\"");
}

static void row_read(struct collecting *k, char **field)
{
	k->line[k->nrows] = lines_number(k->l);
	struct voice_collected *r = &k->row[k->nrows++];
	struct arena *mem = k->c->mem;
	r->group = -1;
	for (int i = 0; i < k->ngroups; i++)
		if (!strcmp(k->group[i].name, field[k->group_at]))
			r->group = k->group[i].position;
	if (r->group < 0)
		bad_line(k, arena_printf(mem, "%.40s is no group of the study", field[k->group_at]));
	state_read(k, field, &r->opened_only);
	if (k->seconds_at >= 0 && *field[k->seconds_at] && !text_int(field[k->seconds_at], 0, 10000000, &r->seconds))
		bad_line(k, "seconds: expected a number");
	if (k->invite_at >= 0 && *field[k->invite_at] && !text_int(field[k->invite_at], 1, INT64_MAX, &r->invite))
		bad_line(k, "invitation: expected a number, as `nicert survey links` lists it");
	if (k->segment_at >= 0 && *field[k->segment_at])
		r->segment = arena_strdup(mem, field[k->segment_at]);
	if (r->opened_only)
		return;
	uint64_t *answer = arena_array(mem, uint64_t, k->q.nitems + 1);
	char **word = k->worded ? arena_array(mem, char *, k->q.nitems + 1) : k->none;
	for (int i = 0; i < k->n; i++)
		if (k->item[i] >= 0)
			cell_read(k, k->item[i], field[i], &answer[k->item[i]], &word[k->item[i]]);
	questionnaire_route(&k->q, answer);
	r->answer = answer;
	r->word = word;
}

static void rows_read(struct collecting *k)
{
	BUF_SCOPE more = BUF_INIT; /* words of several lines */
	char *line, *field[FIELDS];
	size_t n;
	int got;
	while (k->bad < 100 && (got = lines_record(k->l, &more, &line, &n, &k->c->err))) {
		if (got > 0 && !n)
			continue;
		if (got < 0)
			cli_fail(k->c, "%s", k->c->err.msg), k->bad++;
		else if (k->nrows == COLLECT_MAX)
			return bad_line(k, "too many lines: split the file");
		else if (csv_split(line, ',', field, FIELDS) != k->n)
			bad_line(k, "expected as many fields as in the header");
		else
			row_read(k, field);
	}
}

static int run_collect(struct cli *c)
{
	struct collecting *k = arena_new_of(c->mem, struct collecting);
	struct voice_study s;
	char hex[65];
	k->c = c;
	k->path = c->arg[1];
	if (voice_study_get(&c->rq, c->arg[0], &s) || voice_groups(&c->rq, &s, k->group, &k->ngroups) ||
	    voice_questionnaire(&c->rq, s.questionnaire, s.version, &k->q))
		return cli_fail_rq(c);
	if (!(k->l = lines_open(k->path, &c->err)))
		return cli_fail(c, "%s", c->err.msg);
	k->row = arena_array(c->mem, struct voice_collected, COLLECT_MAX);
	k->line = arena_array(c->mem, int64_t, COLLECT_MAX);
	k->none = arena_array(c->mem, char *, k->q.nitems + 1);
	if (header_read(k))
		rows_read(k);
	struct hash h = lines_digest(k->l);
	lines_close(k->l);
	if (k->bad)
		return FAILED;
	if (arena_over(c->mem))
		return cli_fail(c, "%s: too much for one file: split it", k->path);
	struct voice_collect a = { c->arg[0], hash_hex(&h, hex), k->row, k->nrows, 0 };
	if (store_write(c->store, &c->rq, voice_collect, &a))
		return a.refused ? cli_fail(c, "%s:%lld: %s", k->path, (long long)k->line[a.refused - 1], c->rq.err.msg)
				 : cli_fail_rq(c);
	if (c->json)
		return printf("{\"study\":\"%s\",\"lines\":%lld}\n", s.name, (long long)a.n), DONE;
	return printf("%lld lines are in\n", (long long)a.n), DONE;
}

/* ── cleaning ── */

static int run_clean(struct cli *c)
{
	static const char *const heads[] = { "REASON", "TAKEN OUT", "RULE" };
	struct voice_clean a = { .study = c->arg[0] };
	struct voice_unclean u = { c->arg[0], opt(c, "--undo"), 0 };
	if (u.reason) {
		if (store_write(c->store, &c->rq, voice_unclean, &u))
			return cli_fail_rq(c);
		if (c->json)
			return printf("{\"put_back\":%lld}\n", (long long)u.n), DONE;
		return printf("%lld answers are counted again\n", (long long)u.n), DONE;
	}
	if (store_write(c->store, &c->rq, voice_clean, &a))
		return cli_fail_rq(c);
	struct table *t = table_new(c->mem, heads, 3);
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_obj(&w, NULL);
	for (int i = 0; voice_clean_rules[i].reason; i++) {
		j_int(&w, voice_clean_rules[i].reason, a.by_reason[i]);
		table_row(t, (const char *[]){ voice_clean_rules[i].reason,
					       arena_printf(c->mem, "%lld", (long long)a.by_reason[i]),
					       voice_clean_rules[i].doc });
	}
	j_end(&w);
	return list_end(c, &b, t);
}

/* ── last year's figures ── */

/* "36/50". */
static bool share_parse(struct cli *c, const char *text, struct past_told *out)
{
	char *s = arena_strdup(c->mem, text), *slash = strchr(s, '/');
	if (!slash)
		return false;
	*slash = 0;
	return text_int(s, 0, COUNT_MAX, &out->n) && text_int(slash + 1, 1, COUNT_MAX, &out->base);
}

static bool told_parse(struct cli *c, struct past_told *out)
{
	const char *counts = opt(c, "--counts"), *percent = opt(c, "--percent"), *base = opt(c, "--base");
	*out = (struct past_told){ -1, -1, -1 };
	if (counts)
		return !percent && !base && share_parse(c, counts, out);
	return percent && count_tenths_parse(percent, &out->tenths) &&
	       (!base || text_int(base, 1, COUNT_MAX, &out->base));
}

static int past_remove(struct cli *c, const char *segment)
{
	struct voice_past_drop a = { c->arg[0], c->arg[1], segment };
	if (store_write(c->store, &c->rq, voice_past_drop, &a))
		return cli_fail_rq(c);
	if (c->json)
		return printf("{\"study\":\"%s\"}\n", c->arg[0]), DONE;
	return puts("removed"), DONE;
}

static int run_past(struct cli *c)
{
	struct past_told told;
	const char *segment = opt(c, "--segment") ? opt(c, "--segment") : "", *label = opt(c, "--label");
	struct voice_past_set a = { c->arg[0],
				    { c->arg[1], arena_strdup(c->mem, segment),
				      arena_strdup(c->mem, label ? label : N_("last time")) } };
	if (opt_on(c, "--remove"))
		return past_remove(c, segment);
	if (!told_parse(c, &told))
		return cli_usage(c,
				 "expected --counts N/BASE, or --percent 74.3 where only that is left, and --base N if "
				 "it is known");
	if (voice_past_told(&told, &a.past.past, &c->err))
		return cli_fail(c, "%s", c->err.msg);
	if (store_write(c->store, &c->rq, voice_past_set, &a))
		return cli_fail_rq(c);
	if (c->json)
		return printf("{\"study\":\"%s\"}\n", c->arg[0]), DONE;
	return puts("kept"), DONE;
}

/* ── the report ── */

struct report {
	struct cli *c;
	struct voice_list list;
};

static const char *item_of(const struct report *r, const struct voice_figure *f)
{
	return voice_figure_item(r->c->mem, &r->list.t.q, f);
}

static const char *what_of(const struct report *r, const struct voice_figure *f)
{
	return voice_figure_what(&r->list.t.q, f);
}

static char *number(struct cli *c, int64_t n)
{
	return arena_printf(c->mem, "%lld", (long long)n);
}

static void report_table(const struct report *r)
{
	static const char *const heads[] = { "ITEM", "WHAT", "N", "BASE", "FIGURE", "NOTE" };
	static const char *const notes[] = { "", "small base", "hidden" };
	struct table *t = table_new(r->c->mem, heads, 6);
	for (int i = 0; i < r->list.n; i++) {
		const struct voice_figure *f = &r->list.f[i];
		bool hidden = f->mark == BASE_HIDDEN;
		table_row(t, (const char *[]){ item_of(r, f), what_of(r, f), hidden ? "-" : number(r->c, f->share.n),
					       hidden ? "<5" : number(r->c, f->share.base),
					       hidden ? "-" : voice_figure_text(r->c->mem, f), notes[f->mark] });
	}
	table_print(t);
}

static void figure_json(const struct report *r, const struct voice_figure *f, struct jw *w)
{
	bool hidden = f->mark == BASE_HIDDEN;
	j_obj(w, NULL);
	j_str(w, "item", item_of(r, f));
	j_str(w, "what", what_of(r, f));
	if (hidden) {
		j_null(w, "n");
		j_null(w, "base");
	} else {
		j_int(w, "n", f->share.n);
		j_int(w, "base", f->share.base);
	}
	j_raw(w, "figure", hidden ? "null" : voice_figure_text(r->c->mem, f));
	j_str(w, "mark", count_mark_name(f->mark));
	if (f->items)
		j_int(w, "items", f->items);
	j_end(w);
}

/* ── against last time ── */

enum { CHANGES_MAX = 2 * Q_ITEMS_MAX };

static void versus_print(struct cli *c, const struct voice_change *v, int n)
{
	static const char *const heads[] = { "ITEM", "BEFORE", "NOW", "POINTS", "NOTE" };
	struct table *t = table_new(c->mem, heads, 5);
	for (int i = 0; i < n; i++)
		table_row(t, (const char *[]){ v[i].item, v[i].before, v[i].now, v[i].points, v[i].note });
	if (n)
		table_print(t);
}

static void report_json(const struct report *r, const struct voice_change *v, int n)
{
	BUF_SCOPE b = { .max = (size_t)64 << 20 };
	struct jw w = jw_of(&b);
	j_obj(&w, NULL);
	j_str(&w, "study", r->list.t.study.name);
	j_str(&w, "state", voice_state_name(r->list.t.study.state));
	j_str(&w, "segment", *r->list.name ? r->list.name : NULL);
	j_int(&w, "answers", r->list.t.kept);
	j_arr(&w, "figures");
	for (int i = 0; i < r->list.n; i++)
		figure_json(r, &r->list.f[i], &w);
	j_end(&w);
	j_arr(&w, "changes");
	for (int i = 0; i < n; i++) {
		j_obj(&w, NULL);
		j_str(&w, "item", v[i].item);
		j_str(&w, "before", v[i].before);
		j_str(&w, "now", v[i].now);
		j_str(&w, "points", v[i].points);
		j_str(&w, "note", v[i].note);
		j_end(&w);
	}
	j_end(&w);
	j_end(&w);
	puts(buf_cstr(&b));
}

static int run_report(struct cli *c)
{
	struct report *r = arena_new_of(c->mem, struct report);
	struct voice_change *v = arena_array(c->mem, struct voice_change, CHANGES_MAX);
	int n;
	r->c = c;
	if (voice_list(&c->rq, c->arg[0], opt(c, "--segment"), &r->list) ||
	    voice_changes(&c->rq, &r->list, opt(c, "--against"), v, CHANGES_MAX, &n))
		return cli_fail_rq(c);
	if (opt(c, "--xlsx"))
		return voice_sheet_file(&r->list, v, n, opt(c, "--xlsx"), &c->err) ? cli_fail(c, "%s", c->err.msg)
										   : DONE;
	if (c->json)
		return report_json(r, v, n), DONE;
	if (opt_on(c, "--csv")) {
		BUF_SCOPE b = { .max = (size_t)64 << 20 };
		voice_sheet_csv(&r->list, &b);
		fputs(buf_cstr(&b), stdout);
		return DONE;
	}
	report_table(r);
	versus_print(c, v, n);
	return DONE;
}

static int run_publish(struct cli *c)
{
	struct voice_publish p = { .study = c->arg[0] };
	if (store_write(c->store, &c->rq, voice_publish, &p))
		return cli_fail_rq(c);
	if (c->json)
		return printf("{\"study\":\"%s\",\"digest\":\"%s\"}\n", p.study, p.digest), DONE;
	return printf("published; SHA-256 of its figures.csv, as in the journal:\n  %s\n", p.digest), DONE;
}

static const struct option_row as_options[] = { AS_USER, { 0 } };
static const struct option_row clean_options[] = { AS_USER, { "--undo", "REASON", "counts them again" }, { 0 } };
static const struct option_row past_options[] = {
	AS_USER,
	{ "--counts", "N/BASE", "as it was counted" },
	{ "--percent", "P", "where only the rounded figure is left" },
	{ "--base", "N", "of how many answers that is: then it must be possible" },
	{ "--segment", "NAME", "of a group or segment (all)" },
	{ "--label", "TEXT", "when it was" },
	{ "--remove", NULL, "takes it away" },
	{ 0 },
};
static const struct option_row report_options[] = {
	AS_USER,
	{ "--segment", "NAME", "of one group or segment (all)" },
	{ "--against", "STUDY", "what changed since that one, or why that can't be said" },
	{ "--csv", NULL, "as CSV" },
	{ "--xlsx", "FILE", "as a spreadsheet, into a file" },
	{ 0 },
};

const struct command survey_report_commands[] = {
	{ "survey", "collect", "STUDY FILE",
	  "Answers on paper or of another tool: CSV group[,segment,invitation,state,seconds],ITEM...", 2, 2,
	  NEED_STORE | ACTS_AS, as_options, run_collect },
	{ "survey", "clean", "STUDY", "Takes out what should not be counted, with reasons", 1, 1, NEED_STORE | ACTS_AS,
	  clean_options, run_clean },
	{ "survey", "past", "STUDY ITEM", "Last time's figure, to compare with", 2, 2, NEED_STORE | ACTS_AS,
	  past_options, run_past },
	{ "survey", "report", "STUDY", "Every figure, with its base", 1, 1, NEED_STORE | ACTS_AS, report_options,
	  run_report },
	{ "survey", "publish", "STUDY", "Makes the report public; its digest goes into the journal", 1, 1,
	  NEED_STORE | ACTS_AS, as_options, run_publish },
	{ 0 },
};
