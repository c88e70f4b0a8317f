#include "voice/edit.h"
#include <string.h>
#include "who/permit.h"

enum { PARTS_MAX = 1 + Q_SECTIONS_MAX + Q_QUESTIONS_MAX + 1 };
struct part {
	bool section;
	const char *id, *text; /* id NULL: what stands first */
};
struct parts {
	struct part part[PARTS_MAX];
	int n;
};

/* ── apart ── */

static void part_add(struct arena *mem, struct parts *p, bool section, const char *id, struct buf *text)
{
	p->part[p->n++] = (struct part){ section, id, arena_strdup(mem, buf_cstr(text)) };
	text->n = 0;
}

static void take_apart(struct arena *mem, const struct questionnaire *q, struct parts *p)
{
	BUF_SCOPE b = BUF_INIT;
	questionnaire_print_head(q, &b);
	part_add(mem, p, false, NULL, &b);
	for (int s = 0, k = 0; s < q->nsections; s++) {
		questionnaire_print_section(&q->section[s], &b);
		part_add(mem, p, true, q->section[s].id, &b);
		for (; k < q->nquestions && q->question[k].section == s; k++) {
			questionnaire_print_question(q, &q->question[k], &b);
			part_add(mem, p, false, q->question[k].id, &b);
		}
	}
}

static int find(const struct parts *p, const char *id, bool section)
{
	for (int i = 1; i < p->n; i++)
		if (p->part[i].section == section && !strcmp(p->part[i].id, id))
			return i;
	return -1;
}

/* The part after a section and its questions. */
static int section_end(const struct parts *p, int at)
{
	for (at++; at < p->n && !p->part[at].section;)
		at++;
	return at;
}

/* ── changes ── */

static void insert(struct parts *p, int at, const struct part *k)
{
	memmove(&p->part[at + 1], &p->part[at], sizeof *p->part * (size_t)(p->n - at));
	p->part[at] = *k;
	p->n++;
}

/* [from, middle) and [middle, to) change places. */
static void swap(struct parts *p, int from, int middle, int to)
{
	struct part moved[PARTS_MAX];
	size_t head = (size_t)(middle - from), tail = (size_t)(to - middle);
	memcpy(moved, &p->part[middle], sizeof *moved * tail);
	memcpy(moved + tail, &p->part[from], sizeof *moved * head);
	memcpy(&p->part[from], moved, sizeof *moved * (head + tail));
}

static enum st at_the_end(const struct parts *p, int at, bool up, enum lang l, struct err *err)
{
	return err_set(err, ST_CONFLICT, tr(l, up ? N_("%s stands first already") : N_("%s stands last already")),
		       p->part[at].id);
}

static enum st move_question(struct parts *p, int at, bool up, enum lang l, struct err *err)
{
	if (up ? at <= 2 : at == p->n - 1)
		return at_the_end(p, at, up, l, err);
	swap(p, up ? at - 1 : at, up ? at : at + 1, up ? at + 1 : at + 2);
	return ST_OK;
}

static enum st move_section(struct parts *p, int at, bool up, enum lang l, struct err *err)
{
	int end = section_end(p, at), before = at - 1;
	while (before > 0 && !p->part[before].section)
		before--;
	if (up ? before <= 0 : end == p->n)
		return at_the_end(p, at, up, l, err);
	swap(p, up ? before : at, up ? at : end, up ? end : section_end(p, end));
	return ST_OK;
}

static enum st remove_part(struct parts *p, int at, enum lang l, struct err *err)
{
	if (p->part[at].section && section_end(p, at) != at + 1)
		return err_set(err, ST_CONFLICT, tr(l, N_("section %s has questions: move or remove them first")),
			       p->part[at].id);
	memmove(&p->part[at], &p->part[at + 1], sizeof *p->part * (size_t)(p->n - at - 1));
	p->n--;
	return ST_OK;
}

static enum st change(struct parts *p, const struct q_edit *e, struct err *err)
{
	struct part new = { e->section, e->id, e->text };
	int at = e->id && e->change != QC_HEAD ? find(p, e->id, e->section || e->change == QC_ADD) : 0;
	if (at < 0)
		return err_set(err, ST_NOTFOUND, tr(e->lang, N_("there is no %.40s any more")), e->id);
	switch (e->change) {
	case QC_ADD:
		insert(p, e->id ? section_end(p, at) : p->n, &new);
		return ST_OK;
	case QC_HEAD:
	case QC_PUT:
		p->part[at].text = e->text;
		return ST_OK;
	case QC_REMOVE:
		return remove_part(p, at, e->lang, err);
	case QC_UP:
	case QC_DOWN:
		return e->section ? move_section(p, at, e->change == QC_UP, e->lang, err)
				  : move_question(p, at, e->change == QC_UP, e->lang, err);
	case QC_TEXT:
		break;
	}
	return ST_OK;
}

enum st questionnaire_edit(struct arena *mem, const struct questionnaire *q, const struct q_edit *e, struct buf *out,
			   struct err *err)
{
	struct questionnaire made;
	struct parts *p = arena_new_of(mem, struct parts);
	out->max = Q_FILE_MAX;
	if (e->change == QC_TEXT) {
		buf_str(out, e->text);
	} else {
		take_apart(mem, q, p);
		if (change(p, e, err))
			return err->code;
		for (int i = 0; i < p->n; i++)
			buf_str(out, p->part[i].text);
	}
	if (out->bad)
		return err_set(err, ST_LIMIT, tr(e->lang, N_("a questionnaire has at most %d bytes")), Q_FILE_MAX);
	if (questionnaire_parse_in(mem, e->lang, e->change != QC_TEXT, buf_cstr(out), out->n, &made, err))
		return err->code;
	if (strcmp(made.name, q->name) != 0)
		return err_set(err, ST_INVALID, tr(e->lang, N_("the questionnaire is named %s: its name stays")),
			       q->name);
	return ST_OK;
}

/* The last version of it, which is `base`; none yet when that is 0. */
static enum st base_read(struct req *rq, const struct voice_edit *a, struct questionnaire *q)
{
	struct voice_version last = { 0 };
	enum st st = voice_version_get(rq, a->name, 0, &last);
	if (st == ST_NOTFOUND && a->base)
		return err_set(&rq->err, st, tr(a->edit.lang, N_("there is no %.40s any more")), a->name);
	if (st && st != ST_NOTFOUND)
		return st;
	err_clear(&rq->err);
	*q = (struct questionnaire){ .name = (char *)(uintptr_t)a->name };
	if (last.version != a->base)
		return a->base ? err_set(&rq->err, ST_CONFLICT,
					 tr(a->edit.lang, N_("%s was changed meanwhile: version %d is there, and yours "
							     "began with %d")),
					 a->name, last.version, a->base)
			       : err_set(&rq->err, ST_CONFLICT,
					 tr(a->edit.lang, N_("there is a questionnaire %s already")), a->name);
	return last.version
		       ? questionnaire_parse_in(rq->mem, a->edit.lang, false, last.text, strlen(last.text), q, &rq->err)
		       : ST_OK;
}

enum st voice_edit(struct req *rq, void *edit)
{
	struct voice_edit *a = edit;
	struct questionnaire q;
	BUF_SCOPE b = BUF_INIT;
	if (permit(rq, MAY_RUN_SURVEY) || base_read(rq, a, &q) ||
	    questionnaire_edit(rq->mem, &q, &a->edit, &b, &rq->err))
		return rq->err.code;
	struct voice_import in = { .text = buf_cstr(&b), .n = b.n, .new_version = true, .lang = a->edit.lang };
	if (voice_import(rq, &in))
		return rq->err.code;
	a->version = in.version;
	return ST_OK;
}
