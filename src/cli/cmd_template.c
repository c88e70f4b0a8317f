/* template list|show|vars|set|preview|history|restore: the words of letters about cases (letter/letter.h). */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "base/json.h"
#include "base/text.h"
#include "base/textdiff.h"
#include "cli/commands.h"
#include "letter/letter.h"

enum { VERSIONS = 500, FILE_MAX_BYTES = SUBJECT_BYTES + 2 * TEMPLATE_BYTES + 200 };
static const char html_line[] = "---html---";

/* ── what was asked for ── */

/* The first argument, and --lang. */
static int which(struct cli *c, enum purpose *purpose, enum lang *lang)
{
	const char *l = opt(c, "--lang") ? opt(c, "--lang") : "en";
	BUF_SCOPE b = BUF_INIT;
	for (int i = 0; i < PURPOSES; i++)
		buf_printf(&b, "%s%s", i ? ", " : "", letter_purposes[i].name);
	if (!purpose_parse(c->arg[0], purpose))
		return cli_usage(c, "%s: expected one of %s", c->arg[0], buf_cstr(&b));
	*lang = lang_of(l);
	if (strcmp(lang_tag(*lang), l) != 0)
		return cli_usage(c, "--lang %s: expected en or zh-TW", l);
	return DONE;
}

static int version_asked(struct cli *c, const char *s, int *out)
{
	int64_t v = -1;
	if (s && !text_int(s, 0, INT32_MAX, &v))
		return cli_usage(c, "%s: expected the number of a version; 0 is as delivered", s);
	*out = (int)v;
	return DONE;
}

/* ── reading ── */

static void version_json(struct jw *w, const struct letter_template *t)
{
	j_str(w, "purpose", letter_purposes[t->purpose].name);
	j_str(w, "lang", lang_tag(t->lang));
	j_int(w, "version", t->w.version);
	j_bool(w, "delivered", t->delivered);
	j_str(w, "by", t->actor);
	j_time(w, "at", t->at);
	j_str(w, "note", t->note);
}

static int print_list(struct cli *c, const struct letter_template *t, int n)
{
	static const char *const heads[] = { "PURPOSE", "LANG", "VERSION", "SET", "BY", "NOTE" };
	struct table *table = table_new(c->mem, heads, 6);
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_arr(&w, NULL);
	for (int i = 0; i < n; i++) {
		const char *note = t[i].delivered ? "as delivered" : t[i].note;
		table_row(table, (const char *[]){ letter_purposes[t[i].purpose].name, lang_tag(t[i].lang),
						   arena_printf(c->mem, "%d", t[i].w.version), cli_when(c, t[i].at),
						   *t[i].actor ? t[i].actor : "-", *note ? note : "-" });
		j_obj(&w, NULL);
		version_json(&w, &t[i]);
		j_end(&w);
	}
	j_end(&w);
	return list_end(c, &b, table);
}

static int run_list(struct cli *c)
{
	struct letter_template t[PURPOSES * LANG_COUNT];
	int n = 0;
	return letter_template_list(cli_fresh(c), t, &n) ? cli_fail_rq(c) : print_list(c, t, n);
}

static int run_history(struct cli *c)
{
	struct letter_template *t = arena_array(c->mem, struct letter_template, VERSIONS);
	enum purpose purpose;
	enum lang lang;
	int n = 0, bad = which(c, &purpose, &lang);
	if (bad)
		return bad;
	return letter_template_history(cli_fresh(c), purpose, lang, t, VERSIONS, &n) ? cli_fail_rq(c)
										     : print_list(c, t, n);
}

/* The form that `set` reads. */
static void print_file(const struct wording *w)
{
	size_t n = strlen(w->text);
	printf("%s\n\n%s%s", w->subject, w->text, n && w->text[n - 1] == '\n' ? "" : "\n");
	if (*w->html)
		printf("%s\n%s", html_line, w->html);
}

static void print_diff(struct cli *c, const struct wording *was, const struct wording *is)
{
	static const char form[] = "%s\n\n%s%s%s";
	struct diff_line *d;
	int n = text_diff(
		c->mem,
		arena_printf(c->mem, form, was->subject, was->text, *was->html ? "---html---\n" : "", was->html),
		arena_printf(c->mem, form, is->subject, is->text, *is->html ? "---html---\n" : "", is->html), &d);
	for (int i = 0; i < n; i++)
		printf("%c%s\n", d[i].kind, d[i].text);
}

static int run_show(struct cli *c)
{
	struct letter_template t, other;
	enum purpose purpose;
	enum lang lang;
	int version = -1, against = -1, bad = which(c, &purpose, &lang);
	bad = bad ? bad : version_asked(c, opt(c, "--version"), &version);
	bad = bad ? bad : version_asked(c, opt(c, "--diff"), &against);
	if (bad)
		return bad;
	if (letter_template_get(cli_fresh(c), purpose, lang, version, &t) ||
	    (opt(c, "--diff") && letter_template_get(&c->rq, purpose, lang, against, &other)))
		return cli_fail_rq(c);
	if (c->json) {
		BUF_SCOPE b = BUF_INIT;
		struct jw w = jw_of(&b);
		j_obj(&w, NULL);
		version_json(&w, &t);
		j_str(&w, "subject", t.w.subject);
		j_str(&w, "text", t.w.text);
		j_str(&w, "html", t.w.html);
		j_end(&w);
		return puts(buf_cstr(&b)), DONE;
	}
	if (opt(c, "--diff"))
		print_diff(c, &other.w, &t.w);
	else
		print_file(&t.w);
	return DONE;
}

static const char *form_of(struct cli *c, const struct letter_var *v)
{
	if (v->kind == VAR_LIST)
		return arena_printf(c->mem, "{#%s}…{/%s}", v->name, v->name);
	return arena_printf(c->mem, "{%s}", v->name);
}

static int run_vars(struct cli *c)
{
	static const char *const heads[] = { "VARIABLE", "NEEDED", "INSIDE", "WHAT IT IS" };
	enum purpose purpose;
	enum lang lang;
	int bad = which(c, &purpose, &lang);
	if (bad)
		return bad;
	struct table *t = table_new(c->mem, heads, 4);
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_arr(&w, NULL);
	for (int i = 0; i < letter_nvars; i++) {
		const struct letter_var *v = &letter_vars[i];
		bool must = v->must & (1u << purpose);
		if (!(v->in & (1u << purpose)))
			continue;
		table_row(t, (const char *[]){ form_of(c, v), must ? "yes" : "-", v->list ? v->list : "-", v->doc });
		j_obj(&w, NULL);
		j_str(&w, "name", v->name);
		j_bool(&w, "list", v->kind == VAR_LIST);
		j_bool(&w, "needed", must);
		j_str(&w, "inside", v->list);
		j_str(&w, "what", v->doc);
		j_end(&w);
	}
	j_end(&w);
	return list_end(c, &b, t);
}

/* ── a file: the subject, a blank line, the text, and after a line ---html--- the HTML ── */

static char *read_all(struct cli *c, const char *path)
{
	BUF_SCOPE b = { .max = FILE_MAX_BYTES };
	if (!cli_file(c, path, &b))
		return NULL;
	if (memchr(buf_cstr(&b), 0, b.n))
		return cli_fail(c, "%s: not a text", path), NULL;
	return text_lf(c->mem, buf_cstr(&b));
}

static void split_file(struct arena *mem, char *s, struct wording *out)
{
	size_t subject = strcspn(s, "\n");
	out->subject = arena_dup(mem, s, subject);
	s += subject;
	s += strspn(s, "\n");
	char *html = strncmp(s, html_line, sizeof html_line - 1) == 0 ? s : strstr(s, "\n---html---\n");
	out->html = "";
	if (html) {
		html += *html == '\n';
		*html = 0;
		html += sizeof html_line - 1;
		out->html = html + (*html == '\n');
	}
	out->text = s;
}

static int read_file(struct cli *c, const char *path, struct wording *out)
{
	char *s = read_all(c, path);
	if (!s)
		return FAILED;
	split_file(c->mem, s, out);
	return DONE;
}

/* ── setting ── */

static int print_set(struct cli *c, const struct template_arg *a)
{
	const char *name = letter_purposes[a->purpose].name;
	if (c->json)
		printf("{\"purpose\":\"%s\",\"lang\":\"%s\",\"version\":%d}\n", name, lang_tag(a->lang), a->version);
	else
		printf("Version %d of %s (%s) counts from now on.\n", a->version, name, lang_tag(a->lang));
	return DONE;
}

static int run_set(struct cli *c)
{
	struct template_arg a = { .note = opt(c, "--note"), .back = -1 };
	int bad = which(c, &a.purpose, &a.lang);
	bad = bad ? bad : read_file(c, c->arg[1], &a.w);
	if (bad)
		return bad;
	a.w.version = -1;
	return store_write(c->store, &c->rq, letter_template_set, &a) ? cli_fail_rq(c) : print_set(c, &a);
}

static int run_restore(struct cli *c)
{
	struct template_arg a = { .w = { -1, "", "", "" }, .note = opt(c, "--note") };
	int bad = which(c, &a.purpose, &a.lang);
	bad = bad ? bad : version_asked(c, c->arg[1], &a.back);
	if (bad)
		return bad;
	return store_write(c->store, &c->rq, letter_template_restore, &a) ? cli_fail_rq(c) : print_set(c, &a);
}

static int run_preview(struct cli *c)
{
	struct wording w;
	struct letter_template t;
	struct template_sample s;
	enum purpose purpose;
	enum lang lang;
	struct face face = { &c->cfg, public_url(c->mem, &c->cfg) };
	int bad = which(c, &purpose, &lang);
	bad = bad || !opt(c, "--file") ? bad : read_file(c, opt(c, "--file"), &w);
	if (bad)
		return bad;
	if (!opt(c, "--file")) {
		if (letter_template_get(cli_fresh(c), purpose, lang, -1, &t))
			return cli_fail_rq(c);
		w = t.w;
		w.version = t.delivered ? 0 : w.version;
	} else {
		w.version = 1;
	}
	if (letter_template_sample(cli_fresh(c), &face, purpose, lang, &w, c->arg[1], &s) || viewed(c, &s.viewed))
		return cli_fail_rq(c);
	if (!c->json) {
		printf("Subject: %s\n\n%s", s.subject, opt_on(c, "--html") ? s.html : s.text);
		return DONE;
	}
	BUF_SCOPE b = BUF_INIT;
	struct jw j = jw_of(&b);
	j_obj(&j, NULL);
	j_str(&j, "subject", s.subject);
	j_str(&j, "text", s.text);
	j_str(&j, "html", s.html);
	j_end(&j);
	return puts(buf_cstr(&b)), DONE;
}

#define LANG_ROW                                                                                                       \
	{                                                                                                              \
		"--lang", "TAG", "en (the default) or zh-TW"                                                           \
	}
#define NOTE_ROW                                                                                                       \
	{                                                                                                              \
		"--note", "TEXT", "why, for the history"                                                               \
	}
static const struct option_row list_options[] = { AS_USER, { 0 } };
static const struct option_row lang_options[] = { AS_USER, LANG_ROW, { 0 } };
static const struct option_row vars_options[] = { { 0 } };
static const struct option_row show_options[] = {
	AS_USER,
	LANG_ROW,
	{ "--version", "N", "this version; 0 is as delivered" },
	{ "--diff", "N", "what became another since version N" },
	{ 0 },
};
static const struct option_row set_options[] = { AS_USER, LANG_ROW, NOTE_ROW, { 0 } };
static const struct option_row preview_options[] = {
	AS_USER,
	LANG_ROW,
	{ "--file", "FILE", "words of a file, as set takes it, instead of those that count" },
	{ "--html", NULL, "the HTML part instead of the text" },
	{ 0 },
};

const struct command template_commands[] = {
	{ "template", "list", NULL, "Which letters have words of our own", 0, 0, NEED_STORE | ACTS_AS, list_options,
	  run_list },
	{ "template", "show", "PURPOSE", "The words of a letter, as set takes them", 1, 1, NEED_STORE | ACTS_AS,
	  show_options, run_show },
	{ "template", "vars", "PURPOSE", "What a letter can say, in variables", 1, 1, 0, vars_options, run_vars },
	{ "template", "set", "PURPOSE FILE", "Sets the words of a letter: subject, blank line, text, ---html---, HTML",
	  2, 2, NEED_STORE | ACTS_AS, set_options, run_set },
	{ "template", "preview", "PURPOSE CASE", "The letter as it would be about this case; nothing is kept", 2, 2,
	  NEED_STORE | ACTS_AS, preview_options, run_preview },
	{ "template", "history", "PURPOSE", "Its versions, newest first", 1, 1, NEED_STORE | ACTS_AS, lang_options,
	  run_history },
	{ "template", "restore", "PURPOSE VERSION", "Makes the words of an earlier version count; 0: as delivered", 2,
	  2, NEED_STORE | ACTS_AS, set_options, run_restore },
	{ 0 },
};
