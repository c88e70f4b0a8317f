/* web_words.c — /staff/surveys/…/words: open answers, coded by two people apart; the search; quotes that a second person
 * lets out. Behind web_guard. */
#include "front/web/web.h"
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "front/web/pages.h"
#include "who/view.h"

enum { FORM_ROWS = 200 };
#define WORDS_ARENA ((size_t)64 << 20)

/* ── words ── */

const char *words_path(const struct page *p, const struct voice_study *s, const char *rest)
{
	return arena_printf(p->mem, "/staff/surveys/%s/words%s", s->name, rest);
}

const char *word_path(const struct page *p, const struct word_view *v, const char *act)
{
	return words_path(p, &v->book.study, arena_printf(p->mem, "/%s%s", v->book.item_id, act));
}

const char *words_question(const struct page *p, const struct voice_book *b, int item)
{
	return survey_words(p, &b->q.question[b->q.item[item].question].words);
}

const char *words_item(const struct page *p, const struct words_view *v, const char *id)
{
	for (int i = 0; i < v->nlines; i++)
		if (!strcmp(v->line[i].book.item_id, id))
			return words_question(p, &v->line[i].book, v->line[i].book.item);
	return id;
}

struct label words_state(const struct page *p, const struct voice_book *b)
{
	static const struct label rows[] = {
		{ N_("no codes yet"), "", "wait" },
		{ N_("nobody codes yet"), "", "wait" },
		{ N_("being coded"), "info", "now" },
		{ N_("to be decided"), "warn", "now" },
		{ N_("agreed, in the report"), "ok", "done" },
	};
	int at = !b->ncodes ? 0 : !b->coder[0].who && !b->coder[1].who ? 1 : !b->both ? 2 : b->undecided ? 3 : 4;
	struct label l = rows[at];
	l.word = tr(p->lang, l.word);
	return l;
}

const char *kappa_word(const struct page *p, const struct voice_kappa *k)
{
	return voice_kappa_text(p->mem, k, "−", "–");
}

const char *coder_word(const struct page *p, const struct voice_book *b, int coder)
{
	const struct voice_coder *k = &b->coder[coder];
	if (!k->who)
		return tr(p->lang, N_("nobody yet"));
	const char *who = coder == b->me ? tr(p->lang, N_("you")) : who_word(p, k->who);
	return arena_printf(p->mem, tr(p->lang, k->done ? N_("%s: done, %d of %d") : N_("%s: %d of %d")), who,
			    (int)k->coded, (int)b->answers);
}

const char *code_title(const struct page *p, const struct voice_code *k)
{
	return has(k->title[p->lang]) ? k->title[p->lang] : k->id;
}

const char *code_words(const struct page *p, const struct voice_book *b, int64_t bits)
{
	const char *s = "", *comma = p->lang == LANG_ZH_TW ? "、" : ", ";
	for (int i = 0; i < b->ncodes; i++)
		if (bits > 0 && bits >> b->code[i].bit & 1)
			s = arena_printf(p->mem, "%s%s%s", s, *s ? comma : "", code_title(p, &b->code[i]));
	return *s ? s : tr(p->lang, N_("none of these"));
}

struct label quote_label(const struct page *p, enum quote_state s)
{
	static const struct label rows[] = {
		[QUOTE_PROPOSED] = { N_("proposed"), "warn", "now" },
		[QUOTE_APPROVED] = { N_("approved"), "ok", "done" },
		[QUOTE_REFUSED] = { N_("refused"), "bad", "stop" },
	};
	struct label l = rows[s];
	l.word = tr(p->lang, l.word);
	return l;
}

bool quote_mine(const struct page *p, const struct voice_quote *q)
{
	return p->staff && !strcmp(q->by, arena_printf(p->mem, "staff:%lld", (long long)p->staff->account));
}

/* ── all questions of a study ── */

static int64_t from_asked(struct http *h)
{
	int64_t from = 0;
	return has(http_query(h, "from")) && text_int(http_query(h, "from"), 0, INT64_MAX, &from) ? from : 0;
}

static enum st line_read(struct req *rq, const struct voice_study *s, const char *item, struct words_line *l)
{
	struct voice_agreement *a = arena_new_of(rq->mem, struct voice_agreement);
	if (voice_book(rq, s->name, item, &l->book) || (l->book.both && voice_agreement(rq, &l->book, a)))
		return rq->err.code;
	l->all = a->all;
	return ST_OK;
}

static enum st lines_read(struct req *rq, struct words_view *v)
{
	struct questionnaire q;
	if (voice_questionnaire(rq, v->study.questionnaire, v->study.version, &q))
		return rq->err.code;
	v->line = arena_array(rq->mem, struct words_line, q.nitems + 1);
	for (int i = 0; i < q.nitems; i++)
		if (voice_takes_words(&q, i) &&
		    line_read(rq, &v->study, questionnaire_item_id(rq->mem, &q, i), &v->line[v->nlines++]))
			return rq->err.code;
	return ST_OK;
}

static enum st search_read(struct http *h, struct req *rq, struct words_view *v)
{
	v->search = http_query(h, "q") ? http_query(h, "q") : "";
	v->found = arena_array(rq->mem, struct voice_found, FOUND_MAX);
	v->from = from_asked(h);
	v->asked = has(v->search);
	if (!v->asked || permit(rq, MAY_SEE_ANSWERS)) {
		v->asked = false;
		err_clear(&rq->err);
		return ST_OK;
	}
	if (strlen(v->search) > SEARCH_WORD_MAX) {
		form_bad(&v->bad, "q", tr(http_lang(h), N_("Search for fewer words.")));
		v->asked = false;
		return ST_OK;
	}
	return voice_search(rq, v->study.name, v->search, v->from, v->found, FOUND_MAX, &v->nfound, &v->next);
}

static enum st words_read(struct http *h, struct req *rq, struct words_view *v)
{
	v->quote = arena_array(rq->mem, struct voice_quote, QUOTES_MAX);
	if (voice_study_get(rq, http_arg(h, 0), &v->study) || lines_read(rq, v) || search_read(h, rq, v))
		return rq->err.code;
	return voice_quotes(rq, &v->study, v->quote, QUOTES_MAX, &v->nquotes);
}

/* Many answers take more than a request's memory: a region of its own. */
static void words_show(struct http *h, void *arg)
{
	struct req *rq = http_req(h);
	struct arena *keep = rq->mem;
	struct words_view *v = arena_new_of(keep, struct words_view);
	(void)arg;
	rq->mem = arena_new(WORDS_ARENA);
	if (words_read(h, rq, v)) {
		http_fail_err(h, &rq->err);
	} else {
		struct page p = staff_page(h, N_("Open answers"), NAV_SURVEYS);
		p.path = words_path(&p, &v->study, "");
		p.bad = v->bad.n > 0;
		http_status(h, p.bad ? 422 : 200);
		web_words(&p, v);
	}
	arena_free(rq->mem);
	rq->mem = keep;
}

/* Quotes stand there with the answers they were taken from. */
static enum st quotes_there(struct http *h, struct req *rq, bool *yes)
{
	struct voice_study s;
	struct voice_quote q;
	int n;
	if (voice_study_get(rq, http_arg(h, 0), &s) || voice_quotes(rq, &s, &q, 1, &n))
		return rq->err.code;
	*yes = n > 0;
	return ST_OK;
}

void web_get_words(struct http *h)
{
	struct req *rq = http_req(h);
	bool quotes = false;
	if (!staff_may(h, MAY_CODE_ANSWERS))
		return;
	bool search = has(http_query(h, "q")) && role_may(rq->who->role, MAY_SEE_ANSWERS);
	struct viewed view = { search ? "survey-answers" : "survey-quotes",
			       arena_printf(rq->mem, "survey:%s", http_arg(h, 0)), NULL, 0 };
	if (quotes_there(h, rq, &quotes))
		http_fail_err(h, &rq->err);
	else if (search || quotes)
		view_first(h, &view, words_show, NULL);
	else
		words_show(h, NULL);
}

/* ── one question ── */

static enum st quoted_read(struct req *rq, struct word_view *v, int64_t no)
{
	int n = 0;
	if (no > 0 && voice_coded(rq, &v->book, CODED_ALL, no, &v->quoted, 1, &n))
		return rq->err.code;
	if (!n || v->quoted.no != no)
		v->quoted = (struct voice_coded){ 0 };
	else if (!v->text)
		v->text = v->quoted.text;
	return ST_OK;
}

static enum st word_read(struct http *h, struct req *rq, struct word_view *v, int64_t quoted)
{
	static const enum coded_list lists[] = { CODED_TODO, CODED_MINE, CODED_DIFFER };
	const char *list = http_query(h, "list") ? http_query(h, "list") : "";
	struct voice_coded *row = arena_array(rq->mem, struct voice_coded, CODED_PAGE + 1);
	int n = 0;
	if (voice_book(rq, http_arg(h, 0), http_arg(h, 1), &v->book))
		return rq->err.code;
	v->list = !strcmp(list, "mine") ? WORDS_MINE : !strcmp(list, "differ") ? WORDS_DIFFER : WORDS_TODO;
	if (voice_coded(rq, &v->book, lists[v->list], from_asked(h), row, CODED_PAGE + 1, &n) ||
	    (v->book.both && voice_agreement(rq, &v->book, &v->agreement)) || quoted_read(rq, v, quoted))
		return rq->err.code;
	v->n = n > CODED_PAGE ? CODED_PAGE : n;
	memcpy(v->row, row, sizeof *row * (size_t)v->n);
	v->next = n > CODED_PAGE ? row[CODED_PAGE].no : 0;
	return ST_OK;
}

static void word_page(struct http *h, void *arg)
{
	struct word_view *v = arg;
	struct page p = staff_page(h, N_("Open answers"), NAV_SURVEYS);
	p.title = words_question(&p, &v->book, v->book.item);
	p.path = word_path(&p, v, "");
	p.bad = v->bad.n > 0;
	http_status(h, p.bad ? 422 : 200);
	web_word(&p, v);
}

/* Answers have nobody's name: the fact names the question. */
static void word_show(struct http *h, struct word_view *v, int64_t quoted)
{
	struct req *rq = http_req(h);
	if (word_read(h, rq, v, quoted)) {
		http_fail_err(h, &rq->err);
		return;
	}
	struct viewed view = { "survey-coding",
			       arena_printf(rq->mem, "survey:%s/%s", v->book.study.name, v->book.item_id), NULL, 0 };
	if (v->n || v->quoted.no)
		view_first(h, &view, word_page, v);
	else
		word_page(h, v);
}

void web_get_word(struct http *h)
{
	struct word_view *v = arena_new_of(http_req(h)->mem, struct word_view);
	int64_t quoted = 0;
	if (!staff_may(h, MAY_CODE_ANSWERS))
		return;
	if (has(http_query(h, "quote")))
		text_int(http_query(h, "quote"), 1, INT64_MAX, &quoted);
	word_show(h, v, quoted);
}

/* ── acts ── */

struct word_act {
	const struct word_row *row;
	struct word_view view;
	const char *study, *item;
	struct voice_code_set code;
	struct voice_coding coding;
	struct voice_leave leave;
	struct voice_quote_new quote;
	struct voice_chosen chosen[FORM_ROWS];
};
struct word_row {
	const char *name, *back;
	/* Reads the form; false: it was answered. */
	bool (*take)(struct http *h, struct word_act *a);
	enum st (*run)(struct req *rq, struct word_act *a);
};

static void code_faults(struct http *h, const struct voice_code *k, struct form_errors *bad)
{
	static const struct {
		unsigned fault;
		const char *field;
		int max;
	} rows[] = {
		{ CODE_BAD_EN, "en", CODE_TEXT_MAX },
		{ CODE_BAD_ZH, "zh", CODE_TEXT_MAX },
		{ CODE_BAD_ABOUT, "about", CODE_ABOUT_MAX },
	};
	unsigned faults = voice_code_bad(k);
	const char *long_ = tr(http_lang(h), N_("On one line, with at most %d letters or %d Chinese characters."));
	if (faults & CODE_BAD_ID)
		form_bad(bad, "id", tr(http_lang(h), N_("Use a to z, digits and hyphen.")));
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (faults & rows[i].fault)
			form_bad(bad, rows[i].field,
				 *form_text(h, rows[i].field)
					 ? arena_printf(http_req(h)->mem, long_, rows[i].max, rows[i].max / 3)
					 : tr(http_lang(h), N_("This needs an answer.")));
}

static bool take_code(struct http *h, struct word_act *a)
{
	struct form_errors *bad = &a->view.bad;
	a->code = (struct voice_code_set){ a->study, a->item, CODE_SET, { .id = form_text(h, "id") } };
	a->view.id = a->code.code.id;
	a->view.en = a->code.code.title[LANG_EN] = form_text(h, "en");
	a->view.zh = a->code.code.title[LANG_ZH_TW] = form_text(h, "zh");
	a->view.about = a->code.code.about = form_text(h, "about");
	code_faults(h, &a->code.code, bad);
	if (bad->n)
		word_show(h, &a->view, 0);
	return !bad->n;
}

static bool take_end(struct http *h, struct word_act *a)
{
	a->code = (struct voice_code_set){ a->study, a->item, CODE_DROP, { .id = form_text(h, "id") } };
	if (!strcmp(a->row->name, "retire"))
		a->code.deed = CODE_RETIRE;
	return true;
}

static struct voice_chosen *chosen_of(struct word_act *a, int64_t no)
{
	for (int64_t i = 0; i < a->coding.n; i++)
		if (a->chosen[i].no == no)
			return &a->chosen[i];
	if (a->coding.n == FORM_ROWS)
		return NULL;
	a->chosen[a->coding.n] = (struct voice_chosen){ no, 0 };
	return &a->chosen[a->coding.n++];
}

/* Fields "a17": a code of answer 17, or "-" for none of them. */
static bool take_chosen(struct http *h, struct word_act *a)
{
	struct req *rq = http_req(h);
	struct voice_book b;
	const struct http_field *f;
	int n = http_form_all(h, &f);
	a->coding = (struct voice_coding){ a->study, a->item, a->chosen, 0 };
	if (voice_book(rq, a->study, a->item, &b))
		return http_fail_err(h, &rq->err), false;
	for (int i = 0; i < n; i++) {
		int64_t no, bits;
		struct voice_chosen *c;
		if (f[i].name[0] != 'a' || !text_int(f[i].name + 1, 1, INT64_MAX, &no))
			continue;
		if (!(c = chosen_of(a, no)) || voice_codes_parse(&b, f[i].value, &bits, &rq->err)) {
			http_fail(h, 422, N_("no such code, or too many answers at a time"));
			return false;
		}
		c->codes |= bits;
	}
	if (!a->coding.n)
		http_redirect(h,
			      arena_printf(rq->mem, "/staff/surveys/%s/words/%s?done=words-none", a->study, a->item));
	return a->coding.n > 0;
}

static bool take_nothing(struct http *h, struct word_act *a)
{
	(void)h;
	a->coding = (struct voice_coding){ .study = a->study, .item = a->item };
	a->leave = (struct voice_leave){ a->study, a->item, NULL };
	return true;
}

static bool take_quote(struct http *h, struct word_act *a)
{
	struct req *rq = http_req(h);
	char *out;
	int64_t no = 0;
	a->view.text = form_text(h, "text");
	if (!text_int(form_text(h, "no"), 1, INT64_MAX, &no) || voice_book(rq, a->study, a->item, &a->view.book) ||
	    quoted_read(rq, &a->view, no))
		return rq->err.code ? http_fail_err(h, &rq->err) : http_fail(h, 404, "no such answer"), false;
	if (!a->view.quoted.no)
		return http_fail(h, 404, "no such answer"), false;
	if (voice_redacted(rq->mem, a->view.quoted.text, a->view.text, &out, NULL)) {
		form_bad(&a->view.bad, "text",
			 tr(http_lang(h),
			    N_("Only leave things out, and mark where, as said above. Something must remain.")));
		word_show(h, &a->view, no);
		return false;
	}
	a->quote = (struct voice_quote_new){ a->study, a->item, a->view.text, no, 0 };
	return true;
}

static enum st run_code(struct req *rq, struct word_act *a)
{
	return voice_code_set(rq, &a->code);
}

static enum st run_chosen(struct req *rq, struct word_act *a)
{
	return voice_code_answers(rq, &a->coding);
}

static enum st run_decide(struct req *rq, struct word_act *a)
{
	return voice_code_decide(rq, &a->coding);
}

static enum st run_done(struct req *rq, struct word_act *a)
{
	return voice_coding_done(rq, &a->coding);
}

static enum st run_leave(struct req *rq, struct word_act *a)
{
	return voice_coding_leave(rq, &a->leave);
}

static enum st run_quote(struct req *rq, struct word_act *a)
{
	return voice_quote_propose(rq, &a->quote);
}

static const struct word_row word_rows[] = {
	{ "add", "?done=words-add", take_code, run_code },
	{ "retire", "?done=words-retire", take_end, run_code },
	{ "delete", "?done=words-delete", take_end, run_code },
	{ "code", "?done=words-code", take_chosen, run_chosen },
	{ "decide", "?list=differ&done=words-decide", take_chosen, run_decide },
	{ "done", "?done=words-done", take_nothing, run_done },
	{ "leave", "?done=words-leave", take_nothing, run_leave },
	{ "quote", "?done=words-quote", take_quote, run_quote },
};

static enum st word_write(struct req *rq, void *arg)
{
	struct word_act *a = arg;
	return a->row->run(rq, a);
}

static void word_acted(struct http *h, void *arg, const struct err *outcome)
{
	struct word_act *a = arg;
	if (outcome->code)
		http_fail_err(h, outcome);
	else
		http_redirect(h, arena_printf(http_req(h)->mem, "/staff/surveys/%s/words/%s%s", a->study, a->item,
					      a->row->back));
}

void web_post_word(struct http *h)
{
	struct arena *mem = http_req(h)->mem;
	struct word_act *a = arena_new_of(mem, struct word_act);
	if (!staff_may(h, MAY_CODE_ANSWERS))
		return;
	a->study = arena_strdup(mem, http_arg(h, 0));
	a->item = arena_strdup(mem, http_arg(h, 1));
	for (size_t i = 0; i < sizeof word_rows / sizeof *word_rows; i++)
		if (!strcmp(word_rows[i].name, http_arg(h, 2)))
			a->row = &word_rows[i];
	if (!a->row)
		http_fail(h, 404, "no such act");
	else if (a->row->take(h, a))
		http_write(h, word_write, a, word_acted);
}

/* ── quotes ── */

static enum st quote_write(struct req *rq, void *arg)
{
	return voice_quote_decide(rq, arg);
}

static enum st quote_drop(struct req *rq, void *arg)
{
	return voice_quote_drop(rq, arg);
}

/* Back to the list it was decided on: of answers, or of interviews. */
static void quote_acted(struct http *h, void *arg, const struct err *outcome)
{
	const struct voice_quote_decide *d = arg;
	const char *list = strcmp(form_text(h, "of"), "interviews") ? "words" : "interviews";
	if (outcome->code)
		http_fail_err(h, outcome);
	else
		http_redirect(h,
			      arena_printf(http_req(h)->mem, "/staff/surveys/%s/%s?done=words-quoted", d->study, list));
}

void web_post_quote(struct http *h)
{
	struct arena *mem = http_req(h)->mem;
	struct voice_quote_decide *d = arena_new_of(mem, struct voice_quote_decide);
	const char *act = form_text(h, "act");
	if (!staff_may(h, MAY_CODE_ANSWERS))
		return;
	d->study = arena_strdup(mem, http_arg(h, 0));
	d->approve = !strcmp(act, "approve");
	if (!text_int(http_arg(h, 1), 1, INT64_MAX, &d->id))
		http_fail(h, 404, "no such quote");
	else if (!strcmp(act, "drop"))
		http_write(h, quote_drop, d, quote_acted);
	else if (d->approve || !strcmp(act, "refuse"))
		http_write(h, quote_write, d, quote_acted);
	else
		http_fail(h, 422, N_("approve, refuse or drop"));
}
