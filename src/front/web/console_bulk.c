/* console_bulk.c — many changes at once: the file, the dry run, the job's page, its result. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/phrase.h"
#include "base/text.h"
#include "front/web/console.h"

enum { JOBS = 50, BAD_ROWS = 100, CSV_PAGE = 500, REFRESH_SECONDS = 3 };

static const char *number(const struct page *p, int64_t n)
{
	return console_count(p, n);
}

static struct form_view *file_form(struct page *p)
{
	struct form_view *f = arena_new_of(p->mem, struct form_view);
	*f = (struct form_view){
		.action = "/console/bulk",
		.button = tr(p->lang, N_("Read it")),
		.look = "btn--main",
		.files = true,
		.intro = tr(p->lang,
			    N_("Choose a CSV file or paste its lines. It is read and tried out; nothing is done before "
			       "you start it.")),
	};
	form_field(f, "file", tr(p->lang, N_("CSV file")), FIELD_FILE, NULL)->hint =
		tr(p->lang, N_("At most 10,000 lines and 2 MB, UTF-8. The help page has the columns."));
	struct field *x = form_field(f, "text", tr(p->lang, N_("Or its lines")), FIELD_AREA, NULL);
	x->max = 60000;
	return f;
}

static const char *job_path(const struct page *p, int64_t id, const char *act)
{
	return console_url(p->mem, "/console/bulk", arena_printf(p->mem, "%lld", (long long)id), act);
}

static void bulk_page(struct http *h, struct page *p, struct form_view *f, const struct bulk_file *wrong, int status)
{
	static const char *const heads[] = {
		N_("File"), N_("When"), N_("By"), N_("State"), N_("+Lines"), N_("+Refused")
	};
	static const char *const wrong_heads[] = { N_("Line number"), N_("What is wrong") };
	struct req *rq = http_req(h);
	struct bulk_job *j = arena_array(rq->mem, struct bulk_job, JOBS);
	struct view *v = view_new(h);
	int n = 0;
	v->head = p->title;
	p->path = "/console/bulk";
	if (f)
		view_block(h, v, BLOCK_FORM, NULL)->form = f;
	if (wrong) {
		struct block *b = view_block(h, v, BLOCK_TABLE, tr(p->lang, N_("Lines that are wrong")));
		block_columns(p, b, 2, wrong_heads);
		for (int i = 0; i < wrong->nerrors; i++) {
			struct cell *c = block_row(h, b, wrong->nerrors);
			c[0] = (struct cell){ .text = number(p, wrong->error[i].line), .kind = CELL_NUM };
			c[1] = (struct cell){ .text = err_say(rq->mem, p->lang, &wrong->error[i].why) };
		}
	}
	if (bulk_job_list(rq, console_me(h), j, JOBS, &n))
		err_clear(&rq->err);
	struct block *b = view_block(h, v, BLOCK_TABLE, tr(p->lang, N_("Jobs, newest first")));
	block_columns(p, b, 6, heads);
	b->t.empty = tr(p->lang, N_("No job yet"));
	b->t.empty_more = tr(p->lang, N_("A file of changes becomes a job that you can watch."));
	for (int i = 0; i < n; i++) {
		struct cell *c = block_row(h, b, JOBS);
		c[0] = (struct cell){ .text = j[i].title, .href = job_path(p, j[i].id, NULL) };
		c[1] = (struct cell){ .text = page_full(p, j[i].made_at) };
		c[2] = (struct cell){ .text = j[i].made_by };
		c[3] = (struct cell){ .text = job_word(p, &j[i]),
				      .kind = CELL_LIFE,
				      .tone = j[i].state == JOB_DONE	? "ok"
					      : j[i].state == JOB_READY ? "warn"
									: "info" };
		c[4] = (struct cell){ .text = number(p, j[i].rows), .kind = CELL_NUM };
		c[5] = (struct cell){ .text = number(p, j[i].bad), .kind = CELL_NUM };
	}
	console_show(h, p, v, status);
}

void console_get_bulk(struct http *h)
{
	if (!console_may(h, MAY_CONSOLE_READ))
		return;
	struct page p = console_page(h, N_("Bulk jobs"), NAV_CON_BULK);
	bool write = permit(http_req(h), MAY_CONSOLE_WRITE) == ST_OK;
	err_clear(&http_req(h)->err);
	bulk_page(h, &p, write ? file_form(&p) : NULL, NULL, 200);
}

/* ── a file comes in ── */

struct adding {
	struct bulk_file file;
	const char *title, *by;
	int64_t id;
};

static enum st add_write(struct req *rq, void *arg)
{
	struct adding *a = arg;
	if (permit(rq, MAY_CONSOLE_WRITE))
		return rq->err.code;
	return bulk_job_add(rq, a->title, a->by, &a->file, &a->id);
}

static void added(struct http *h, void *arg, const struct err *outcome)
{
	struct adding *a = arg;
	if (outcome->code)
		http_fail_err(h, outcome);
	else
		http_redirect(h, arena_printf(http_req(h)->mem, "/console/bulk/%lld", (long long)a->id));
}

/* The whole file, malloc'd; NULL when it can't be read or is too large. */
static char *slurp(const char *path, size_t *n)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *buf = fd < 0 ? NULL : malloc(BULK_BYTES_MAX + 1);
	ssize_t got = 0;
	for (*n = 0; buf && *n <= BULK_BYTES_MAX; *n += (size_t)got)
		if ((got = read(fd, buf + *n, BULK_BYTES_MAX + 1 - *n)) <= 0)
			break;
	if (fd >= 0)
		close(fd);
	if (buf && (got < 0 || *n > BULK_BYTES_MAX)) {
		free(buf);
		return NULL;
	}
	return buf;
}

static const char *file_title(struct http *h, const char *name)
{
	const char *base = name ? strrchr(name, '/') : NULL;
	base = base ? base + 1 : name;
	if (!base || !*base || !text_clean(base, strlen(base)))
		return "CSV";
	return arena_dup(http_req(h)->mem, base, utf8_cut(base, strlen(base), 80));
}

static const char *login_of(struct http *h)
{
	struct session s;
	return staff_session(h, &s) ? s.login : "";
}

static void refused(struct http *h, const char *why, const struct bulk_file *wrong)
{
	struct page p = console_page(h, N_("Bulk jobs"), NAV_CON_BULK);
	struct form_view *f = file_form(&p);
	f->field[1].value = form_text(h, "text");
	form_whole(h, &f->bad, "text", "file");
	if (!f->bad.n)
		form_bad(&f->bad, "file", why);
	bulk_page(h, &p, f, wrong, 422);
}

void console_post_bulk(struct http *h)
{
	struct arena *mem = http_req(h)->mem;
	struct adding *a = arena_new_of(mem, struct adding);
	const struct http_file *list;
	struct err e = { 0 };
	size_t n;
	if (!console_may(h, MAY_CONSOLE_WRITE))
		return;
	bool file = http_files(h, &list) > 0;
	char *text = file ? slurp(list[0].path, &n) : NULL;
	const char *typed = form_text(h, "text");
	a->title = file ? file_title(h, list[0].name) : "CSV";
	a->by = arena_strdup(mem, login_of(h));
	enum st st = file && !text ? err_set(&e, ST_INVALID, N_("the file is larger than 2 MB"))
		     : file	   ? bulk_read(mem, text, n, &a->file, &e)
				   : bulk_read(mem, typed, strlen(typed), &a->file, &e);
	free(text);
	if (st)
		refused(h,
			arena_printf(mem, tr(http_lang(h), N_("This can't be used: %s")),
				     err_say(mem, http_lang(h), &e)),
			NULL);
	else if (a->file.bad)
		refused(h,
			arena_printf(
				mem,
				tr(http_lang(h), N_("%d lines are wrong. Nothing was done; correct them and send the "
						    "file again.")),
				a->file.bad),
			&a->file);
	else
		http_write(h, add_write, a, added);
}

/* ── names chosen in the list ── */

static const struct {
	const char *act, *header, *action, *value, *title;
} choices[] = {
	{ "renew", "action,name,years", "renew", "1", N_("Renew for one year") },
	{ "lock", "action,name,status", "status", "+clientTransferProhibited", N_("Lock against transfer") },
	{ "unlock", "action,name,status", "status", "-clientTransferProhibited", N_("Unlock") },
};
enum { CHOICES = sizeof choices / sizeof *choices };

void console_post_selected(struct http *h)
{
	struct arena *mem = http_req(h)->mem;
	struct adding *a = arena_new_of(mem, struct adding);
	const struct http_field *list;
	struct err e = { 0 };
	int n = http_form_all(h, &list), c = 0;
	if (!console_may(h, MAY_CONSOLE_WRITE))
		return;
	while (c < CHOICES && strcmp(choices[c].act, form_text(h, "do")) != 0)
		c++;
	if (c == CHOICES) {
		http_fail(h, 422, N_("do: what to do with them is not said"));
		return;
	}
	BUF_SCOPE b = BUF_INIT;
	buf_printf(&b, "%s\n", choices[c].header);
	for (int i = 0; i < n; i++)
		if (!strcmp(list[i].name, "name") && !strpbrk(list[i].value, ",\"\r\n"))
			buf_printf(&b, "%s,%.255s,%s\n", choices[c].action, list[i].value, choices[c].value);
	a->title = tr(http_lang(h), choices[c].title);
	a->by = arena_strdup(mem, login_of(h));
	if (bulk_read(mem, buf_cstr(&b), b.n, &a->file, &e))
		http_redirect(h, "/console"); /* none was chosen */
	else if (a->file.bad)
		http_fail_err(h, &a->file.error[0].why);
	else
		http_write(h, add_write, a, added);
}

/* ── one job ── */

static bool job_of(struct http *h, struct bulk_job *j)
{
	int64_t id;
	struct req *rq = http_req(h);
	if (!text_int(http_arg(h, 0), 1, INT64_MAX, &id)) {
		http_fail(h, 404, "no such job");
		return false;
	}
	if (bulk_job_get(rq, console_me(h), id, j) == ST_OK)
		return true;
	http_fail_err(h, &rq->err);
	return false;
}

static const char *phase_text(const struct page *p, const struct bulk_job *j)
{
	int64_t fit = j->rows - j->bad;
	switch (j->state) {
	case JOB_CHECKING:
		return tr(p->lang, N_("Every line is being tried out and taken back. This page loads itself again."));
	case JOB_READY:
		return arena_printf(p->mem, tr(p->lang, N_("Would work: %s. Would be refused: %s.")), number(p, fit),
				    number(p, j->bad));
	case JOB_RUNNING:
		return tr(p->lang, N_("It goes on when you leave, and after a restart. This page loads itself again."));
	case JOB_DONE:
	case JOB_STOPPED:
		return arena_printf(p->mem, tr(p->lang, N_("Done: %s. Refused: %s.")), number(p, j->seen - j->bad),
				    number(p, j->bad));
	}
	return "";
}

static struct form_view *act_form(struct page *p, const struct bulk_job *j, const char *act, const char *button,
				  const char *look)
{
	struct form_view *f = arena_new_of(p->mem, struct form_view);
	*f = (struct form_view){ .action = job_path(p, j->id, act), .button = button, .look = look };
	return f;
}

static const char *start_text(const struct page *p, const struct bulk_job *j)
{
	return j->cost > 0 ? arena_printf(p->mem, tr(p->lang, N_("Start for %s")), console_money(p, j->cost))
			   : tr(p->lang, N_("Start"));
}

static void job_forms(struct http *h, struct page *p, struct view *v, const struct bulk_job *j)
{
	if (permit(http_req(h), MAY_CONSOLE_WRITE)) {
		err_clear(&http_req(h)->err);
		return;
	}
	if (j->state == JOB_READY && j->rows > j->bad) {
		struct form_view *f = act_form(p, j, "start", start_text(p, j), "btn--main");
		f->intro = j->cost > p->console->balance
				   ? tr(p->lang,
					N_("The balance does not last for all of it: the last lines would be refused."))
				   : arena_printf(p->mem, tr(p->lang, N_("Balance afterwards: %s.")),
						  console_money(p, p->console->balance - j->cost));
		view_block(h, v, BLOCK_FORM, NULL)->form = f;
	}
	if (j->state == JOB_RUNNING || j->state == JOB_READY || j->state == JOB_CHECKING)
		view_block(h, v, BLOCK_FORM, NULL)->form = act_form(
			p, j, "stop",
			tr(p->lang, j->state == JOB_RUNNING ? N_("Stop after the present line") : N_("Throw it away")),
			"");
}

static void bad_rows(struct http *h, struct page *p, struct view *v, const struct bulk_job *j)
{
	static const char *const heads[] = { N_("Line number"), N_("Its text"), N_("Why not") };
	struct bulk_row *r = arena_array(p->mem, struct bulk_row, BAD_ROWS);
	int n = 0;
	if (!j->bad || bulk_rows(http_req(h), j->id, true, 0, r, BAD_ROWS, &n)) {
		err_clear(&http_req(h)->err);
		return;
	}
	struct block *b = view_block(h, v, BLOCK_TABLE,
				     tr(p->lang, j->state < JOB_RUNNING ? N_("Lines that would be refused")
									: N_("Lines that were refused")));
	block_columns(p, b, 3, heads);
	for (int i = 0; i < n; i++) {
		struct cell *c = block_row(h, b, BAD_ROWS);
		c[0] = (struct cell){ .text = number(p, r[i].line), .kind = CELL_NUM };
		c[1] = (struct cell){ .text = r[i].text, .kind = CELL_RES };
		c[2] = (struct cell){ .text = r[i].said };
	}
}

void console_get_job(struct http *h)
{
	struct bulk_job *j = arena_new_of(http_req(h)->mem, struct bulk_job);
	if (!console_may(h, MAY_CONSOLE_READ) || !job_of(h, j))
		return;
	struct page p = console_page(h, N_("Bulk job"), NAV_CON_BULK);
	struct view *v = view_new(h);
	bool moving = j->state == JOB_CHECKING || j->state == JOB_RUNNING;
	v->head = j->title;
	v->crumb = tr(p.lang, N_("Bulk jobs"));
	v->crumb_href = "/console/bulk";
	struct block *b = view_block(h, v, BLOCK_PROGRESS, job_word(&p, j));
	b->done = j->state == JOB_READY ? j->rows : j->seen;
	b->all = j->rows;
	b->text = phase_text(&p, j);
	if (moving) {
		http_set_header(h, "Refresh", arena_printf(p.mem, "%d", REFRESH_SECONDS));
		block_link(b, job_path(&p, j->id, NULL), tr(p.lang, N_("Show the present state")), "");
	} else {
		block_link(b, job_path(&p, j->id, "result.csv"), tr(p.lang, N_("Download the result")), "");
	}
	job_forms(h, &p, v, j);
	bad_rows(h, &p, v, j);
	if (j->state == JOB_DONE || j->state == JOB_STOPPED) {
		b = view_block(h, v, BLOCK_NOTE, tr(p.lang, N_("Was it a mistake?")));
		b->tone = "info";
		b->text = tr(p.lang, N_("Names that were registered can be deleted within their zone's add grace, and "
					"renewals within the "
					"renewal grace: the money comes back. Send a file with delete for them."));
		block_link(b, "/console/help", tr(p.lang, N_("Help")), "");
	}
	console_show(h, &p, v, 200);
}

struct job_act {
	int64_t id;
	bool start;
};

static enum st job_write(struct req *rq, void *arg)
{
	const struct job_act *a = arg;
	if (permit(rq, MAY_CONSOLE_WRITE))
		return rq->err.code;
	return a->start ? bulk_job_start(rq, a->id) : bulk_job_stop(rq, a->id);
}

static void job_moved(struct http *h, void *arg, const struct err *outcome)
{
	const struct job_act *a = arg;
	if (outcome->code)
		http_fail_err(h, outcome);
	else
		http_redirect(h, arena_printf(http_req(h)->mem, "/console/bulk/%lld%s", (long long)a->id,
					      a->start ? "" : "?done=stopped"));
}

void console_post_job(struct http *h)
{
	struct bulk_job j;
	struct job_act *a = arena_new_of(http_req(h)->mem, struct job_act);
	const char *act = http_arg(h, 1);
	if (!console_may(h, MAY_CONSOLE_WRITE) || !job_of(h, &j))
		return;
	*a = (struct job_act){ j.id, !strcmp(act, "start") };
	if (!a->start && strcmp(act, "stop") != 0)
		http_fail(h, 404, "no such act");
	else
		http_write(h, job_write, a, job_moved);
}

void console_get_job_csv(struct http *h)
{
	static const char *const states[] = { "waiting", "fits",   "would be refused", "waits for an earlier line",
					      "done",	 "refused" };
	struct req *rq = http_req(h);
	struct bulk_job j;
	struct buf *out = http_out(h);
	int n = CSV_PAGE;
	if (!console_may(h, MAY_CONSOLE_READ) || !job_of(h, &j))
		return;
	struct arena *keep = rq->mem, *mem = arena_new((size_t)8 << 20);
	bool ok = true;
	buf_str(out, "line,state,said,cost,text\r\n");
	rq->mem = mem;
	for (int64_t after = 0; ok && n == CSV_PAGE; arena_reset(mem)) {
		struct bulk_row *r = arena_array(mem, struct bulk_row, CSV_PAGE);
		ok = bulk_rows(rq, j.id, false, after, r, CSV_PAGE, &n) == ST_OK;
		for (int i = 0; ok && i < n; i++) {
			csv_cell(out, arena_printf(mem, "%d", r[i].line), false);
			csv_cell(out, states[r[i].state], false);
			csv_cell(out, r[i].said, false);
			csv_cell(out, arena_printf(mem, "%.2f", (double)r[i].cost / 100), false);
			csv_cell(out, r[i].text, true);
			after = r[i].row;
		}
	}
	rq->mem = keep;
	arena_free(mem);
	if (!ok) {
		http_fail_err(h, &rq->err);
		return;
	}
	http_type(h, "text/csv; charset=utf-8");
	http_set_header(h, "Content-Disposition",
			arena_printf(keep, "attachment; filename=\"job-%lld.csv\"", (long long)j.id));
	http_set_header(h, "X-Content-Type-Options", "nosniff");
	http_set_header(h, "Cache-Control", "no-store");
}
