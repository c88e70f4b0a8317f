/* web_survey_list.c — /staff/surveys/STUDY/list and /exclude: a group from a list of addresses, and who is not asked. A list is
 * read twice: here, for what is wrong with it to come back with the form, and again inside the write, so that nothing of it
 * is kept in between. Behind web_guard. */
#include "front/web/web.h"
#include <stdio.h>
#include <string.h>
#include "base/phrase.h"
#include "base/text.h"
#include "front/web/pages.h"

enum { TITLE_MAX = 200, PASTE_MAX = 256 << 10, CARRY_MAX = 64 << 10 };
#define LIST_ARENA ((size_t)256 << 20) /* of VOICE_CANDIDATES_MAX short lines, which a file of 10 MB can hold */

struct list_act {
	struct addresses_view view;
	struct voice_group_add group;
	const char *study, *path, *text; /* path: of the file that came; NULL: it is the text */
};

static const char *title_read(struct http *h, const char *id, const char *typed, struct form_errors *bad,
			      const char *name)
{
	if (!text_one_line(typed, TITLE_MAX))
		form_bad(bad, id, tr(http_lang(h), N_("A title is one short line.")));
	return *typed ? typed : name;
}

void room_bad(struct http *h, struct form_errors *bad, const char *id, const struct err *why)
{
	struct arena *mem = http_req(h)->mem;
	form_bad(bad, id,
		 arena_printf(mem, tr(http_lang(h), N_("This can't be used: %s")), err_say(mem, http_lang(h), why)));
}

/* Without a sample it is everybody. */
void group_read(struct http *h, struct group_typed *t, struct form_errors *bad, struct voice_group_add *out)
{
	enum lang l = http_lang(h);
	t->name = form_text(h, "name");
	t->en = form_text(h, "en");
	t->zh = form_text(h, "zh");
	t->sample = form_text(h, "sample");
	out->name = t->name;
	if (!q_name_ok(t->name))
		form_bad(
			bad, "g-name",
			tr(l,
			   N_("A short name has a-z, 0-9, hyphen and underscore, and begins with a letter or digit.")));
	out->en = title_read(h, "g-en", t->en, bad, t->name);
	out->zh = title_read(h, "g-zh", t->zh, bad, t->name);
	if (*t->sample && !text_int(t->sample, 1, VOICE_CANDIDATES_MAX, &out->sample))
		form_bad(bad, "g-sample", tr(l, N_("Say how many people are drawn, or nothing for everybody.")));
}

/* ── the list ── */

static struct lines *source_open(const struct list_act *a, struct err *e)
{
	return a->path ? lines_open(a->path, e) : lines_of_text("the list", a->text, strlen(a->text));
}

static enum st list_run(struct req *rq, struct list_act *a, const struct address_list *k, struct arena *mem)
{
	struct voice_exclude x = { a->study, NULL, k->n };
	a->group.study = a->study;
	a->group.rule = arena_printf(rq->mem, "list %s", k->digest);
	a->group.row = k->row;
	a->group.n = k->n;
	if (!a->view.exclude)
		return voice_group_add(rq, &a->group);
	x.email = arena_array(mem, const char *, k->n);
	for (int64_t i = 0; i < k->n; i++)
		x.email[i] = k->row[i].email;
	return voice_exclude(rq, &x);
}

/* The file is there no longer when nobody waits for the answer. */
static enum st list_write(struct req *rq, void *arg)
{
	struct list_act *a = arg;
	struct address_list k;
	struct arena *mem = arena_new(LIST_ARENA);
	struct lines *l = source_open(a, NULL);
	bool ok = l && address_list_read(mem, l, &k) && k.n;
	lines_close(l);
	enum st st = ok ? list_run(rq, a, &k, mem) : err_set(&rq->err, ST_BUSY, "the list can't be read any more");
	arena_free(mem);
	return st;
}

static void fault_say(struct http *h, struct addresses_view *v, const char *field)
{
	struct arena *mem = http_req(h)->mem;
	enum lang l = http_lang(h);
	form_bad(&v->bad, field,
		 v->nfaults == 1
			 ? arena_printf(mem, tr(l, N_("Line %lld: %s.")), (long long)v->fault->line,
					err_say(mem, l, &v->fault->why))
			 : arena_printf(
				   mem,
				   tr(l, N_("%d lines are wrong. Nothing was kept; correct them and send them again.")),
				   v->nfaults));
}

static void list_check(struct http *h, struct list_act *a)
{
	struct addresses_view *v = &a->view;
	struct req *rq = http_req(h);
	struct address_list k;
	const char *field = a->path ? "file" : "text";
	struct arena *mem = arena_new(LIST_ARENA);
	struct lines *l = source_open(a, &rq->err);
	if (l && !address_list_read(mem, l, &k)) {
		v->nfaults = k.nfaults;
		v->fault = arena_dup(rq->mem, k.fault, sizeof *k.fault * (size_t)k.nfaults);
		fault_say(h, v, field);
	} else if (!l || !k.n) {
		form_bad(&v->bad, field,
			 tr(http_lang(h), N_("There is no address in it: they follow the first line, one a line.")));
	}
	lines_close(l);
	arena_free(mem);
}

static bool gzipped(const char *path)
{
	unsigned char b[2] = { 0 };
	FILE *f = fopen(path, "rbe");
	size_t n = f ? fread(b, 1, 2, f) : 0;
	if (f)
		fclose(f);
	return n == 2 && b[0] == 0x1f && b[1] == 0x8b;
}

/* A file that comes back with its form would have to be chosen again: a small one comes back as lines. */
static void carry(struct http *h, struct list_act *a, int64_t size)
{
	struct arena *mem = http_req(h)->mem;
	char *text = size <= CARRY_MAX ? arena_alloc(mem, CARRY_MAX + 1) : NULL;
	FILE *f = text ? fopen(a->path, "rbe") : NULL;
	size_t n = f ? fread(text, 1, CARRY_MAX, f) : 0;
	if (f)
		fclose(f);
	if (n && text_clean(text, n))
		a->view.text = text_lf(mem, text);
	else if (!form_why(&a->view.bad, "file"))
		form_bad(&a->view.bad, "file", tr(http_lang(h), N_("Choose the file again.")));
}

static const struct http_file *file_of(struct http *h)
{
	const struct http_file *list;
	int n = http_files(h, &list);
	for (int i = 0; i < n; i++)
		if (!strcmp(list[i].field, "file") && list[i].size)
			return &list[i];
	return NULL;
}

/* One of the two, within its bounds: else it is said. */
static void source_read(struct http *h, struct list_act *a, const struct http_file *file)
{
	struct form_errors *bad = &a->view.bad;
	enum lang l = http_lang(h);
	const char *text = http_form(h, "text");
	bool typed = text && text[strspn(text, " \t\r\n")];
	if (typed && strlen(text) > PASTE_MAX) {
		a->view.text = text;
		form_bad(bad, "text", tr(l, N_("That is too much for this field: choose a file.")));
		return;
	}
	a->view.text = typed ? text_lf(http_req(h)->mem, text) : "";
	a->text = a->view.text;
	a->path = file ? file->path : NULL;
	if (!form_whole(h, bad, "text", "file"))
		return;
	if (file && typed)
		form_bad(bad, "file",
			 tr(l, N_("Choose a file or paste lines, not both: empty the one that you don't mean.")));
	else if (!file && !typed)
		form_bad(bad, "file", tr(l, N_("Choose a file, or paste its lines below.")));
	else if (file && gzipped(file->path))
		form_bad(bad, "file", tr(l, N_("This file is compressed: unpack it first.")));
	else
		list_check(h, a);
}

/* ── pages ── */

static bool study_of(struct http *h, struct addresses_view *v)
{
	struct req *rq = http_req(h);
	int64_t drawn;
	if (!staff_may(h, MAY_RUN_SURVEY))
		return false;
	if (voice_study_get(rq, http_arg(h, 0), &v->study) || voice_excluded(rq, &v->study, &v->excluded, &drawn))
		http_fail_err(h, &rq->err);
	else if (v->exclude && v->study.state > STUDY_DRAWN)
		http_fail(h, 409, N_("Addresses are excluded before the field opens."));
	else if (!v->exclude && v->study.state > STUDY_DRAFT)
		http_fail(h, 409, N_("Groups are added before people are drawn."));
	else
		return true;
	return false;
}

static void list_show(struct http *h, struct addresses_view *v, int status)
{
	struct page p =
		staff_page(h, v->exclude ? N_("Addresses that are not asked") : N_("A group from a list"), NAV_SURVEYS);
	p.path = arena_printf(p.mem, "/staff/surveys/%s/%s", v->study.name, v->exclude ? "exclude" : "list");
	p.bad = v->bad.n > 0;
	http_status(h, status);
	web_survey_addresses(&p, v);
}

static void list_get(struct http *h, bool exclude)
{
	struct addresses_view *v = arena_new_of(http_req(h)->mem, struct addresses_view);
	v->exclude = exclude;
	if (study_of(h, v))
		list_show(h, v, 200);
}

void web_get_survey_list(struct http *h)
{
	list_get(h, false);
}

void web_get_survey_exclude(struct http *h)
{
	list_get(h, true);
}

/* What the room refuses of a list is its group. */
static void listed(struct http *h, void *arg, const struct err *outcome)
{
	struct list_act *a = arg;
	struct addresses_view *v = &a->view;
	const struct http_file *file = file_of(h);
	if (!outcome->code) {
		http_redirect(h, arena_printf(http_req(h)->mem, "/staff/surveys/%s?done=survey-%s", a->study,
					      v->exclude ? "exclude" : "group"));
	} else if (v->exclude || (outcome->code != ST_CONFLICT && outcome->code != ST_LIMIT)) {
		http_fail_err(h, outcome);
	} else {
		room_bad(h, &v->bad, "g-name", outcome);
		if (file)
			carry(h, a, file->size);
		list_show(h, v, http_code(outcome->code));
	}
}

static void list_post(struct http *h, bool exclude)
{
	struct list_act *a = arena_new_of(http_req(h)->mem, struct list_act);
	const struct http_file *file = file_of(h);
	a->view.exclude = exclude;
	if (!study_of(h, &a->view))
		return;
	a->study = a->view.study.name;
	if (!exclude)
		group_read(h, &a->view.typed, &a->view.bad, &a->group);
	source_read(h, a, file);
	if (!a->view.bad.n) {
		http_write(h, list_write, a, listed);
		return;
	}
	if (file && !has(a->view.text))
		carry(h, a, file->size);
	list_show(h, &a->view, 422);
}

void web_post_survey_list(struct http *h)
{
	list_post(h, false);
}

void web_post_survey_exclude(struct http *h)
{
	list_post(h, true);
}
