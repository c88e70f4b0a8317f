/* survey codebook|code|agreement|search: open answers in numbers, by two who code apart. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/csv.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/commands.h"
#include "voice/coding.h"
#include "who/view.h"

static char *number(struct cli *c, int64_t n)
{
	return arena_printf(c->mem, "%lld", (long long)n);
}

static struct voice_book *book_of(struct cli *c)
{
	struct voice_book *b = arena_new_of(c->mem, struct voice_book);
	return voice_book(cli_fresh(c), c->arg[0], c->arg[1], b) ? NULL : b;
}

/* ── the codebook ── */

static int codebook_show(struct cli *c)
{
	static const char *const heads[] = { "CODE", "ENGLISH", "CHINESE", "STATE", "ABOUT" };
	struct voice_book *b = book_of(c);
	if (!b)
		return cli_fail_rq(c);
	struct table *t = table_new(c->mem, heads, 5);
	BUF_SCOPE out = BUF_INIT;
	struct jw w = jw_of(&out);
	j_arr(&w, NULL);
	for (int i = 0; i < b->ncodes; i++) {
		const struct voice_code *k = &b->code[i];
		table_row(t, (const char *[]){ k->id, k->title[LANG_EN], k->title[LANG_ZH_TW],
					       k->retired ? "retired" : "", k->about });
		j_obj(&w, NULL);
		j_str(&w, "code", k->id);
		j_str(&w, "en", k->title[LANG_EN]);
		j_str(&w, "zh", k->title[LANG_ZH_TW]);
		j_str(&w, "about", k->about);
		j_bool(&w, "retired", k->retired);
		j_end(&w);
	}
	j_end(&w);
	return list_end(c, &out, t);
}

static int run_codebook(struct cli *c)
{
	static const char *const deeds[] = { "--add", "--delete", "--retire" };
	struct voice_code_set a = { .study = c->arg[0], .item = c->arg[1] };
	int n = 0;
	for (int i = 0; i < 3; i++)
		if (opt(c, deeds[i])) {
			a.deed = (enum code_deed)i;
			a.code.id = opt(c, deeds[i]);
			n++;
		}
	if (n > 1)
		return cli_usage(c, "expected one of --add, --retire and --delete");
	a.code.title[LANG_EN] = opt(c, "--en");
	a.code.title[LANG_ZH_TW] = opt(c, "--zh");
	a.code.about = opt(c, "--about");
	if (n && store_write(c->store, &c->rq, voice_code_set, &a))
		return cli_fail_rq(c);
	return codebook_show(c);
}

/* ── coding ── */

static void coder_json(struct jw *w, const struct voice_coder *k)
{
	j_obj(w, NULL);
	j_str(w, "coder", k->who);
	j_int(w, "coded", k->coded);
	j_bool(w, "done", k->done);
	j_end(w);
}

static void bits_json(struct cli *c, struct jw *w, const char *key, const struct voice_book *b, int64_t bits)
{
	if (bits == CODES_NONE)
		j_null(w, key);
	else
		j_str(w, key, bits ? voice_codes_text(c->mem, b, bits) : "");
}

static void answer_json(struct cli *c, struct jw *w, const struct voice_book *b, const struct voice_coded *k)
{
	j_obj(w, NULL);
	j_int(w, "answer", k->no);
	j_str(w, "text", k->text);
	bits_json(c, w, "mine", b, k->mine);
	bits_json(c, w, "first", b, k->by[0]);
	bits_json(c, w, "second", b, k->by[1]);
	bits_json(c, w, "agreed", b, k->agreed);
	j_end(w);
}

static void book_json(struct jw *w, const struct voice_book *b)
{
	j_str(w, "study", b->study.name);
	j_str(w, "item", b->item_id);
	j_int(w, "answers", b->answers);
	j_arr(w, "coders");
	for (int i = 0; i < CODERS && b->coder[i].who; i++)
		coder_json(w, &b->coder[i]);
	j_end(w);
	j_bool(w, "both_done", b->both);
	if (b->both) {
		j_int(w, "differ", b->differ);
		j_int(w, "undecided", b->undecided);
	}
}

static void answers_table(struct cli *c, const struct voice_book *b, const struct voice_coded *k, int n)
{
	static const char *const heads[] = { "ANSWER", "MINE", "FIRST", "SECOND", "AGREED", "TEXT" };
	struct table *t = table_new(c->mem, heads, 6);
	for (int i = 0; i < n; i++)
		table_row(t, (const char *[]){ number(c, k[i].no), voice_codes_text(c->mem, b, k[i].mine),
					       voice_codes_text(c->mem, b, k[i].by[0]),
					       voice_codes_text(c->mem, b, k[i].by[1]),
					       voice_codes_text(c->mem, b, k[i].agreed), k[i].text });
	table_print(t);
	for (int i = 0; i < CODERS; i++)
		if (b->coder[i].who)
			printf("%s: %lld of %lld%s\n", b->coder[i].who, (long long)b->coder[i].coded,
			       (long long)b->answers, b->coder[i].done ? ", done" : "");
	if (b->both)
		printf("%lld differ, %lld of them not decided yet\n", (long long)b->differ, (long long)b->undecided);
}

static int answers_show(struct cli *c, enum coded_list which)
{
	struct voice_book *b = book_of(c);
	struct voice_coded *k = arena_array(c->mem, struct voice_coded, CODED_MAX);
	int n;
	const struct viewed view = { "survey-coding", arena_printf(c->mem, "survey:%s/%s", c->arg[0], c->arg[1]), NULL,
				     0 };
	if (!b || voice_coded(&c->rq, b, which, 0, k, CODED_MAX, &n) || (n && viewed(c, &view)))
		return cli_fail_rq(c);
	if (!c->json)
		return answers_table(c, b, k, n), DONE;
	BUF_SCOPE out = { .max = (size_t)128 << 20 };
	struct jw w = jw_of(&out);
	j_obj(&w, NULL);
	book_json(&w, b);
	j_arr(&w, "list");
	for (int i = 0; i < n; i++)
		answer_json(c, &w, b, &k[i]);
	j_end(&w);
	j_end(&w);
	puts(buf_cstr(&out));
	return DONE;
}

/* A CSV answer,codes: "17,slow price". False: said why. */
static bool file_read(struct cli *c, const struct voice_book *b, const char *path, struct voice_chosen *row, int64_t *n)
{
	static const char *const columns[] = { "answer", "codes" };
	struct lines *l = lines_open(path, &c->err);
	int at[2], got = l ? 1 : -1, bad = 0;
	char *line, *field[8];
	size_t size;
	if (l && (got = lines_next(l, &line, &size, &c->err)) > 0 &&
	    (csv_header(line, columns, 2, at, &c->err) || at[0] < 0 || at[1] < 0))
		bad = cli_fail(c, "%s:1: expected a header, answer,codes", path);
	else if (got <= 0)
		bad = cli_fail(c, "%s", got < 0 ? c->err.msg : "nothing in it");
	while (!bad && (got = lines_next(l, &line, &size, &c->err))) {
		long long where = (long long)lines_number(l);
		if (got > 0 && !size)
			continue;
		if (got < 0)
			bad = cli_fail(c, "%s", c->err.msg);
		else if (*n == CODED_MAX || csv_split(line, ',', field, 8) != 2)
			bad = cli_fail(c, "%s:%lld: expected two fields, and at most %d lines", path, where, CODED_MAX);
		else if (!text_int(field[at[0]], 1, INT64_MAX, &row[*n].no))
			bad = cli_fail(c, "%s:%lld: %.40s is no number of an answer", path, where, field[at[0]]);
		else if (voice_codes_parse(b, field[at[1]], &row[*n].codes, &c->err))
			bad = cli_fail(c, "%s:%lld: %s", path, where, c->err.msg);
		else
			++*n;
	}
	if (l)
		lines_close(l);
	return !bad;
}

static int coded(struct cli *c, write_fn fn)
{
	struct voice_book *b = book_of(c);
	struct voice_chosen *row = arena_array(c->mem, struct voice_chosen, CODED_MAX + 1);
	struct voice_coding a = { c->arg[0], c->arg[1], row, 0 };
	const char *file = opt(c, "--file"), *no = opt(c, "--answer"), *codes = opt(c, "--codes");
	if (!b)
		return cli_fail_rq(c);
	if (file && !file_read(c, b, file, row, &a.n))
		return FAILED;
	if (no) {
		if (!codes || !text_int(no, 1, INT64_MAX, &row[a.n].no))
			return cli_usage(c, "--answer takes the number of an answer, and goes with --codes");
		if (voice_codes_parse(b, codes, &row[a.n++].codes, &c->rq.err))
			return cli_fail_rq(c);
	}
	if (store_write(c->store, &c->rq, fn, &a))
		return cli_fail_rq(c);
	if (c->json)
		return printf("{\"coded\":%lld}\n", (long long)a.n), DONE;
	return printf("%lld kept\n", (long long)a.n), DONE;
}

static int done_or_leave(struct cli *c)
{
	struct voice_coding a = { .study = c->arg[0], .item = c->arg[1] };
	struct voice_leave l = { c->arg[0], c->arg[1], opt(c, "--remove") };
	bool done = opt_on(c, "--done");
	if (done ? store_write(c->store, &c->rq, voice_coding_done, &a)
		 : store_write(c->store, &c->rq, voice_coding_leave, &l))
		return cli_fail_rq(c);
	return c->json ? printf("{\"done\":%s}\n", done ? "true" : "false") : puts(done ? "done" : "left"), DONE;
}

static int run_code(struct cli *c)
{
	bool rows = opt(c, "--answer") || opt(c, "--file");
	if (opt_on(c, "--done") || opt_on(c, "--leave") || opt(c, "--remove"))
		return done_or_leave(c);
	if (rows)
		return coded(c, opt_on(c, "--decide") ? voice_code_decide : voice_code_answers);
	return answers_show(c, opt_on(c, "--all") ? CODED_ALL : opt_on(c, "--differ") ? CODED_DIFFER : CODED_TODO);
}

/* ── agreement ── */

static const char *kappa_text(struct cli *c, const struct voice_kappa *k)
{
	return voice_kappa_text(c->mem, k, "-", "-");
}

static void kappa_json(struct cli *c, struct jw *w, const struct voice_kappa *k)
{
	j_raw(w, "kappa", voice_kappa_text(c->mem, k, "-", "null"));
}

static int agreement_json(struct cli *c, const struct voice_book *b, const struct voice_agreement *a)
{
	static const char *const cells[] = { "both", "first_only", "second_only", "neither" };
	BUF_SCOPE out = BUF_INIT;
	struct jw w = jw_of(&out);
	j_obj(&w, NULL);
	book_json(&w, b);
	j_int(&w, "same", a->same);
	kappa_json(c, &w, &a->all);
	j_arr(&w, "codes");
	for (int i = 0; i < b->ncodes; i++) {
		j_obj(&w, NULL);
		j_str(&w, "code", b->code[i].id);
		for (int k = 0; k < 4; k++)
			j_int(&w, cells[k], a->code[i].cell[k]);
		kappa_json(c, &w, &a->code[i]);
		j_end(&w);
	}
	j_end(&w);
	j_end(&w);
	puts(buf_cstr(&out));
	return DONE;
}

static int run_agreement(struct cli *c)
{
	static const char *const heads[] = { "CODE", "BOTH", "FIRST ONLY", "SECOND ONLY", "NEITHER", "KAPPA" };
	struct voice_agreement *a = arena_new_of(c->mem, struct voice_agreement);
	struct voice_book *b = book_of(c);
	if (!b || voice_agreement(&c->rq, b, a))
		return cli_fail_rq(c);
	if (c->json)
		return agreement_json(c, b, a);
	struct table *t = table_new(c->mem, heads, 6);
	for (int i = 0; i < b->ncodes; i++) {
		const int64_t *k = a->code[i].cell;
		table_row(t, (const char *[]){ b->code[i].id, number(c, k[0]), number(c, k[1]), number(c, k[2]),
					       number(c, k[3]), kappa_text(c, &a->code[i]) });
	}
	table_print(t);
	printf("pooled kappa of all codes, each there or not there: %s\n%lld of %lld answers have the same codes; of "
	       "those that differ %lld are not decided\n",
	       kappa_text(c, &a->all), (long long)a->same, (long long)a->answers, (long long)b->undecided);
	return DONE;
}

/* ── search ── */

static int run_search(struct cli *c)
{
	static const char *const heads[] = { "ITEM", "ANSWER", "TEXT" };
	struct voice_found *f = arena_array(c->mem, struct voice_found, FOUND_MAX);
	int64_t from = 0, next = 0;
	int n;
	if (opt(c, "--from") && !text_int(opt(c, "--from"), 0, INT64_MAX, &from))
		return cli_usage(c, "--from: where the last page said to go on");
	const struct viewed view = { "survey-answers", arena_printf(c->mem, "survey:%s", c->arg[0]), NULL, 0 };
	if (voice_search(&c->rq, c->arg[0], c->arg[1], from, f, FOUND_MAX, &n, &next) || viewed(c, &view))
		return cli_fail_rq(c);
	struct table *t = table_new(c->mem, heads, 3);
	BUF_SCOPE out = BUF_INIT;
	struct jw w = jw_of(&out);
	j_obj(&w, NULL);
	j_arr(&w, "found");
	for (int i = 0; i < n; i++) {
		table_row(t, (const char *[]){ f[i].item, f[i].no ? number(c, f[i].no) : "", f[i].text });
		j_obj(&w, NULL);
		j_str(&w, "item", f[i].item);
		if (f[i].no)
			j_int(&w, "answer", f[i].no);
		else
			j_null(&w, "answer");
		j_str(&w, "text", f[i].text);
		j_end(&w);
	}
	j_end(&w);
	return list_end_part(c, &w, t, next);
}

static const struct option_row as_options[] = { AS_USER, { 0 } };
static const struct option_row codebook_options[] = {
	AS_USER,
	{ "--add", "CODE", "adds a code, or rewords it before coding begins" },
	{ "--en", "TITLE", "what the report calls it" },
	{ "--zh", "TITLE", "in Chinese" },
	{ "--about", "TEXT", "when it fits" },
	{ "--retire", "CODE", "is not chosen any more" },
	{ "--delete", "CODE", "before coding begins" },
	{ 0 },
};
static const struct option_row code_options[] = {
	AS_USER,
	{ "--answer", "NO", "this answer gets" },
	{ "--codes", "CODES", "these codes: \"slow price\", \"\" none" },
	{ "--file", "FILE", "or many, a CSV answer,codes" },
	{ "--done", NULL, "you coded all of them, and see what the other chose once both are done" },
	{ "--decide", NULL, "a third person says which codes stand where the two differ" },
	{ "--differ", NULL, "lists what the two differ in" },
	{ "--all", NULL, "lists all answers, not only those you have to code" },
	{ "--leave", NULL, "you don't code this, what you chose is forgotten" },
	{ "--remove", "ACTOR", "the same for another coder" },
	{ 0 },
};
static const struct option_row search_options[] = { AS_USER, { "--from", "N", "goes on there" }, { 0 } };

const struct command survey_code_commands[] = {
	{ "survey", "codebook", "STUDY ITEM", "The codes of an open question", 2, 2, NEED_STORE | ACTS_AS,
	  codebook_options, run_codebook },
	{ "survey", "code", "STUDY ITEM", "Codes what people wrote; two do it apart", 2, 2, NEED_STORE | ACTS_AS,
	  code_options, run_code },
	{ "survey", "agreement", "STUDY ITEM", "Cohen's kappa of the two coders", 2, 2, NEED_STORE | ACTS_AS,
	  as_options, run_agreement },
	{ "survey", "search", "STUDY WORDS", "Finds words in what people wrote, in every question", 2, 2,
	  NEED_STORE | ACTS_AS, search_options, run_search },
	{ 0 },
};
