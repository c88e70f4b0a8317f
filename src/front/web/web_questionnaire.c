/* web_questionnaire.c — /staff/surveys/questionnaires: questionnaires edited by plain forms, both languages side by side.
 * Each change goes through the parser of files (voice/edit.h) and is kept as the next version; what is wrong with it as a
 * whole is shown at once, and keeps a study from opening. */
#include "base/phrase.h"
#include "front/web/question_form.h"
#include <string.h>
#include "base/text.h"
#include "front/web/pages.h"
#include "who/permit.h"

enum { VERSIONS_MAX = 200, FINDINGS_MAX = 100 };

/* ── words ── */

const char *or_empty(const char *s)
{
	return s ? s : "";
}

const char *q_path(const struct page *p, const struct questionnaire_view *v, const char *rest)
{
	return arena_printf(p->mem, "/staff/surveys/questionnaires/%s%s", v->q.name, rest);
}

const char *field_of(const struct page *p, const char *what, int i, const char *part)
{
	return arena_printf(p->mem, "%s%d-%s", what, i, part);
}

const char *fault_word(const struct page *p, enum q_fault f)
{
	static const char *const words[Q_FAULTS] = {
		[QF_NO_QUESTION] = N_("There is no question yet."),
		[QF_EMPTY_SECTION] = N_("This section has no question."),
		[QF_UNTRANSLATED] = N_("A text is missing in one language."),
		[QF_UNREACHABLE] = N_("Nobody gets to this question: no answer fits."),
		[QF_DEAD_END] = N_("Every way past this question ends: what follows is asked of nobody."),
		[QF_FEW_OPTIONS] = N_("A choice needs at least two options."),
		[QF_NO_ROWS] = N_("This grid has no rows."),
		[QF_EXCLUSIVE] = N_("Here no option can stand alone."),
		[QF_SAME_WORDS] = N_("Two of its texts read the same."),
	};
	return tr(p->lang, words[f]);
}

const char *fault_place(const struct page *p, const struct questionnaire_view *v, int line)
{
	const char *id = "";
	int at = 0;
	(void)p;
	for (int i = 0; i < v->q.nsections; i++)
		if (v->q.section[i].line <= line && v->q.section[i].line > at) {
			at = v->q.section[i].line;
			id = v->q.section[i].id;
		}
	for (int i = 0; i < v->q.nquestions; i++)
		if (v->q.question[i].line <= line && v->q.question[i].line > at) {
			at = v->q.question[i].line;
			id = v->q.question[i].id;
		}
	return id;
}

const char *ask_kind_word(const struct page *p, enum q_kind k)
{
	static const char *const words[Q_KINDS] = {
		[Q_SINGLE] = N_("One answer"),
		[Q_MULTIPLE] = N_("Several answers"),
		[Q_GRID] = N_("Grid of five points"),
		[Q_NUMBER] = N_("Number"),
		[Q_OPEN] = N_("Words"),
	};
	return tr(p->lang, words[k]);
}

const char *condition_text(const struct page *p, const struct questionnaire *q, const struct q_condition *c)
{
	BUF_SCOPE b = BUF_INIT;
	buf_printf(&b, "%s %s", questionnaire_item_id(p->mem, q, c->item), c->negated ? "≠" : "=");
	for (int o = 0; o < q->item[c->item].options; o++)
		if (c->options & 1ULL << o)
			buf_printf(&b, " %s", questionnaire_option_id(q, c->item, o));
	return arena_strdup(p->mem, buf_cstr(&b));
}

const char *item_text(const struct page *p, const struct questionnaire *q, int item)
{
	BUF_SCOPE b = BUF_INIT;
	buf_printf(&b, "%s:", questionnaire_item_id(p->mem, q, item));
	for (int o = 0; o < q->item[item].options && b.n < 80; o++)
		buf_printf(&b, " %s", questionnaire_option_id(q, item, o));
	return arena_strdup(p->mem, buf_cstr(&b));
}

/* ── reading ── */

static bool load(struct http *h, struct questionnaire_view *v)
{
	struct req *rq = http_req(h);
	v->finding = arena_array(rq->mem, struct q_finding, FINDINGS_MAX);
	if (voice_version_get(rq, http_arg(h, 0), 0, &v->v) ||
	    questionnaire_parse(rq->mem, v->v.text, strlen(v->v.text), &v->q, &rq->err)) {
		http_fail_err(h, &rq->err);
		return false;
	}
	int n = questionnaire_check(rq->mem, &v->q, v->finding, FINDINGS_MAX);
	v->nfindings = n < FINDINGS_MAX ? n : FINDINGS_MAX;
	return true;
}

static struct page editor_page(struct http *h, const struct questionnaire_view *v, const char *rest)
{
	struct page p = staff_page(h, N_("Questionnaire"), NAV_SURVEYS);
	p.title = v->q.name;
	p.path = q_path(&p, v, rest);
	p.bad = v->refused != NULL;
	return p;
}

static void show(struct http *h, struct questionnaire_view *v, int status)
{
	struct page p = editor_page(h, v, "");
	http_status(h, status);
	web_questionnaire(&p, v);
}

void web_get_questionnaire(struct http *h)
{
	struct questionnaire_view *v = arena_new_of(http_req(h)->mem, struct questionnaire_view);
	if (staff_may(h, MAY_RUN_SURVEY) && load(h, v))
		show(h, v, 200);
}

static void show_text(struct http *h, struct questionnaire_view *v, int status)
{
	struct page p = editor_page(h, v, "/text");
	http_status(h, status);
	web_questionnaire_text(&p, v);
}

void web_get_questionnaire_text(struct http *h)
{
	struct questionnaire_view *v = arena_new_of(http_req(h)->mem, struct questionnaire_view);
	if (!staff_may(h, MAY_RUN_SURVEY) || !load(h, v))
		return;
	v->text = v->v.text;
	show_text(h, v, 200);
}

/* ── the list, and a new one ── */

static void show_list(struct http *h, struct questionnaire_list *l, int status)
{
	struct req *rq = http_req(h);
	struct voice_version *v = arena_array(rq->mem, struct voice_version, VERSIONS_MAX);
	struct q_finding f;
	if (voice_versions(rq, NULL, v, VERSIONS_MAX, &l->n)) {
		http_fail_err(h, &rq->err);
		return;
	}
	l->line = arena_array(rq->mem, struct questionnaire_line, l->n + 1);
	for (int i = 0; i < l->n; i++) {
		l->line[i].v = v[i];
		if (questionnaire_parse(rq->mem, v[i].text, strlen(v[i].text), &l->line[i].q, &rq->err) == ST_OK)
			l->line[i].faults = questionnaire_check(rq->mem, &l->line[i].q, &f, 1);
	}
	err_clear(&rq->err);
	struct page p = staff_page(h, N_("Questionnaires"), NAV_SURVEYS);
	p.bad = l->refused != NULL;
	http_status(h, status);
	web_questionnaires(&p, l);
}

void web_get_questionnaires(struct http *h)
{
	struct questionnaire_list *l = arena_new_of(http_req(h)->mem, struct questionnaire_list);
	if (staff_may(h, MAY_RUN_SURVEY))
		show_list(h, l, 200);
}

/* ── changes ── */

enum where { ON_LIST, ON_OVERVIEW, ON_TEXT, ON_QUESTION };
struct changing {
	struct voice_edit edit;
	enum where where;
	const char *done, *anchor;
	struct questionnaire_view *view;
	struct questionnaire_list *list;
};

static enum st change_write(struct req *rq, void *arg)
{
	return voice_edit(rq, &((struct changing *)arg)->edit);
}

static void show_question(struct http *h, struct questionnaire_view *v, int status)
{
	struct page p =
		editor_page(h, v, arena_printf(http_req(h)->mem, "/question/%s", v->q.question[v->question].id));
	http_status(h, status);
	web_question(&p, v);
}

/* The page comes again with the reason, and with what was typed. */
static void refuse(struct http *h, struct changing *c, const char *why, int status)
{
	if (c->where == ON_LIST) {
		c->list->refused = why;
		show_list(h, c->list, status);
		return;
	}
	c->view->refused = why;
	if (c->where == ON_TEXT)
		show_text(h, c->view, status);
	else if (c->where == ON_QUESTION)
		show_question(h, c->view, status);
	else
		show(h, c->view, status);
}

static void changed(struct http *h, void *arg, const struct err *outcome)
{
	struct changing *c = arg;
	struct arena *mem = http_req(h)->mem;
	if (outcome->code == ST_OK)
		http_redirect(h, arena_printf(mem, "/staff/surveys/questionnaires/%s?done=%s%s%s", c->edit.name,
					      c->done, c->anchor ? "#" : "", c->anchor ? c->anchor : ""));
	else if (outcome->code == ST_INVALID || outcome->code == ST_CONFLICT || outcome->code == ST_NOTFOUND ||
		 outcome->code == ST_LIMIT)
		refuse(h, c, err_say(mem, http_lang(h), outcome), outcome->code == ST_CONFLICT ? 409 : 422);
	else
		http_fail_err(h, outcome);
}

/* Of this questionnaire; NULL: answered. */
static struct changing *changing_of(struct http *h, enum where where)
{
	struct req *rq = http_req(h);
	struct changing *c = arena_new_of(rq->mem, struct changing);
	int64_t base = 0;
	c->where = where;
	c->view = arena_new_of(rq->mem, struct questionnaire_view);
	if (!staff_may(h, MAY_RUN_SURVEY) || !load(h, c->view))
		return NULL;
	text_int(form_text(h, "base"), 1, 1000000, &base);
	c->edit.name = c->view->q.name;
	c->edit.edit.lang = http_lang(h);
	c->edit.base = (int)base ? (int)base : -1;
	c->done = "questionnaire";
	return c;
}

void web_post_questionnaires(struct http *h)
{
	struct req *rq = http_req(h);
	struct changing *c = arena_new_of(rq->mem, struct changing);
	BUF_SCOPE b = { .max = Q_FILE_MAX };
	if (!staff_may(h, MAY_RUN_SURVEY))
		return;
	c->list = arena_new_of(rq->mem, struct questionnaire_list);
	c->list->name = form_text(h, "name");
	words_read(h, "title", c->list->in);
	if (!q_name_ok(c->list->name)) {
		refuse(h, c,
		       tr(http_lang(h),
			  N_("A short name has a-z, 0-9, hyphen and underscore, and begins with a letter or digit.")),
		       422);
		return;
	}
	questionnaire_print_head(
		&(struct questionnaire){ .name = (char *)(uintptr_t)c->list->name, .title = words_typed(c->list->in) },
		&b);
	c->edit = (struct voice_edit){ .name = c->list->name, .edit = { .change = QC_TEXT, .lang = http_lang(h) } };
	c->edit.edit.text = arena_strdup(rq->mem, buf_cstr(&b));
	c->done = "questionnaire";
	http_write(h, change_write, c, changed);
}

/* ── of the whole: texts, sections, and what stands where ── */

static struct q_words part_read(struct http *h, const char *name)
{
	const char *in[LANG_COUNT];
	words_read(h, name, in);
	return words_typed(in);
}

static const char *head_text(struct http *h, struct changing *c, struct buf *b)
{
	struct questionnaire q = { .name = c->view->q.name,
				   .title = part_read(h, "title"),
				   .intro = part_read(h, "intro"),
				   .consent = part_read(h, "consent"),
				   .thanks = part_read(h, "thanks") };
	questionnaire_print_head(&q, b);
	return NULL;
}

static const char *section_text(struct http *h, struct changing *c, struct buf *b)
{
	const char *id = form_text(h, "new-id");
	(void)c;
	if (!q_name_ok(id))
		return N_("A short name has a-z, 0-9, hyphen and underscore, and begins with a letter or digit.");
	struct q_section s = { .id = (char *)(uintptr_t)id, .words = part_read(h, "section") };
	questionnaire_print_section(&s, b);
	return NULL;
}

/* An option that says nothing yet would be refused by nobody but the check: it is shown there. */
static const char *question_text(struct http *h, struct changing *c, struct buf *b)
{
	struct question_form *f = &c->view->form;
	question_form_read(h, f);
	c->anchor = f->id;
	return question_form_text(f, b);
}

static const struct change_row {
	const char *name;
	enum q_change change;
	bool section;
	const char *(*text)(struct http *h, struct changing *c, struct buf *b);
} changes[] = {
	{ "head", QC_HEAD, false, head_text },
	{ "section-add", QC_ADD, true, section_text },
	{ "section", QC_PUT, true, section_text },
	{ "section-up", QC_UP, true, NULL },
	{ "section-down", QC_DOWN, true, NULL },
	{ "section-remove", QC_REMOVE, true, NULL },
	{ "question-add", QC_ADD, false, question_text },
	{ "question-up", QC_UP, false, NULL },
	{ "question-down", QC_DOWN, false, NULL },
	{ "question-remove", QC_REMOVE, false, NULL },
};

static void run(struct http *h, struct changing *c, const struct change_row *row)
{
	BUF_SCOPE b = { .max = Q_FILE_MAX };
	const char *why = row->text ? row->text(h, c, &b) : NULL;
	if (why || b.bad) {
		refuse(h, c, tr(http_lang(h), why ? why : N_("The text is too long. Send the most important part.")),
		       422);
		return;
	}
	c->edit.edit.change = row->change;
	c->edit.edit.section = row->section;
	c->edit.edit.text = arena_strdup(http_req(h)->mem, buf_cstr(&b));
	http_write(h, change_write, c, changed);
}

void web_post_questionnaire(struct http *h)
{
	struct changing *c = changing_of(h, ON_OVERVIEW);
	const char *act = form_text(h, "act");
	if (!c)
		return;
	c->edit.edit.id = *form_text(h, "id-of") ? form_text(h, "id-of") : NULL;
	c->anchor = c->edit.edit.id;
	for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
		if (!strcmp(changes[i].name, act) &&
		    (c->edit.edit.id || changes[i].change == QC_HEAD || !strcmp(act, "section-add"))) {
			run(h, c, &changes[i]);
			return;
		}
	http_fail(h, 404, "no such change");
}

void web_post_questionnaire_text(struct http *h)
{
	struct changing *c = changing_of(h, ON_TEXT);
	if (!c)
		return;
	c->view->text = c->edit.edit.text = text_lf(http_req(h)->mem, form_text(h, "text"));
	c->edit.edit.change = QC_TEXT;
	http_write(h, change_write, c, changed);
}

/* ── a study of it ── */

static enum st study_write(struct req *rq, void *arg)
{
	return voice_study_new(rq, arg);
}

static void study_made(struct http *h, void *arg, const struct err *outcome)
{
	const struct voice_new *a = arg;
	if (outcome->code)
		http_fail_err(h, outcome);
	else
		http_redirect(h, arena_printf(http_req(h)->mem, "/staff/surveys/%s?done=survey-new", a->name));
}

/* Of its last version, which it goes on asking. */
void web_post_questionnaire_study(struct http *h)
{
	struct arena *mem = http_req(h)->mem;
	struct voice_new *a = arena_new_of(mem, struct voice_new);
	const char *quiet = form_text(h, "quiet");
	if (!staff_may(h, MAY_RUN_SURVEY))
		return;
	a->questionnaire = arena_strdup(mem, http_arg(h, 0));
	a->name = form_text(h, "name");
	if (*quiet && !text_int(quiet, 0, 365, &a->quiet_days))
		http_fail(h, 422, N_("Say who is left in peace: invited in the last 0 to 365 days."));
	else
		http_write(h, study_write, a, study_made);
}

/* ── one question ── */

static bool question_arg(struct http *h, struct questionnaire_view *v)
{
	for (v->question = 0; v->question < v->q.nquestions; v->question++)
		if (!strcmp(v->q.question[v->question].id, http_arg(h, 1)))
			return true;
	http_fail(h, 404, "no such question");
	return false;
}

/* More options than a form has room for: the text takes them. */
static bool fits(struct http *h, struct questionnaire_view *v, struct question_form *f)
{
	struct arena *mem = http_req(h)->mem;
	if (question_form_of(mem, &v->q, &v->q.question[v->question], f))
		return true;
	http_redirect(h, arena_printf(mem, "/staff/surveys/questionnaires/%s/text", v->q.name));
	return false;
}

void web_get_question(struct http *h)
{
	struct questionnaire_view *v = arena_new_of(http_req(h)->mem, struct questionnaire_view);
	if (staff_may(h, MAY_RUN_SURVEY) && load(h, v) && question_arg(h, v) && fits(h, v, &v->form))
		show_question(h, v, 200);
}

void web_post_question(struct http *h)
{
	struct changing *c = changing_of(h, ON_QUESTION);
	struct question_form was;
	if (!c || !question_arg(h, c->view) || !fits(h, c->view, &was))
		return;
	c->edit.edit.id = c->view->q.question[c->view->question].id;
	run(h, c, &(struct change_row){ "question", QC_PUT, false, question_text });
}
