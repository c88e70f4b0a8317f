/* survey import|export|check|list|show: questionnaires as files. */
#include <stdio.h>
#include <string.h>
#include "base/json.h"
#include "base/text.h"
#include "cli/commands.h"
#include "voice/voice.h"

enum { VERSIONS = 500, FINDINGS = 200 };

/* ── files ── */

static bool parse_file(struct cli *c, const char *path, struct buf *text, struct questionnaire *q)
{
	text->max = Q_FILE_MAX;
	if (!cli_file(c, path, text))
		return false;
	const char *line;
	if (questionnaire_parse(c->mem, buf_cstr(text), text->n, q, &c->err) == ST_OK)
		return true;
	line = strncmp(c->err.msg, "line ", 5) ? c->err.msg : c->err.msg + 5;
	return cli_fail(c, "%s:%s", path, line), false;
}

static enum st do_import(struct req *rq, void *arg)
{
	return voice_import(rq, arg);
}

static int run_import(struct cli *c)
{
	BUF_SCOPE text = BUF_INIT;
	struct questionnaire q;
	if (!parse_file(c, c->arg[0], &text, &q))
		return FAILED;
	struct voice_import i = { .text = buf_cstr(&text), .n = text.n, .new_version = opt_on(c, "--new-version") };
	if (store_write(c->store, &c->rq, do_import, &i))
		return cli_fail_rq(c);
	if (!c->json)
		return printf("%s version %d%s\n", i.name, i.version, i.same ? " was there already" : ""), DONE;
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_obj(&w, NULL);
	j_str(&w, "questionnaire", i.name);
	j_int(&w, "version", i.version);
	j_bool(&w, "same", i.same);
	j_end(&w);
	return puts(buf_cstr(&b)), DONE;
}

static bool version_of(struct cli *c, int *out)
{
	int64_t v = 0;
	if (opt(c, "--version") && !text_int(opt(c, "--version"), 1, 1000000, &v))
		return cli_usage(c, "--version: a number from 1"), false;
	*out = (int)v;
	return true;
}

static int run_export(struct cli *c)
{
	struct voice_version v;
	int version;
	if (!version_of(c, &version))
		return USAGE;
	if (voice_version_get(&c->rq, c->arg[0], version, &v))
		return cli_fail_rq(c);
	return fputs(v.text, stdout), DONE;
}

/* ── checking ── */

static void findings_json(const struct questionnaire *q, const struct q_finding *f, int n)
{
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_obj(&w, NULL);
	j_str(&w, "questionnaire", q->name);
	j_int(&w, "questions", q->nquestions);
	j_int(&w, "items", q->nitems);
	j_arr(&w, "findings");
	for (int i = 0; i < n; i++) {
		j_obj(&w, NULL);
		j_int(&w, "line", f[i].line);
		j_str(&w, "fault", q_fault_name(f[i].fault));
		j_str(&w, "text", f[i].text);
		j_end(&w);
	}
	j_end(&w);
	j_end(&w);
	puts(buf_cstr(&b));
}

static int run_check(struct cli *c)
{
	static const char *const heads[] = { "LINE", "FAULT", "WHAT IT IS" };
	BUF_SCOPE text = BUF_INIT;
	struct questionnaire q;
	struct q_finding *f = arena_array(c->mem, struct q_finding, FINDINGS);
	if (!parse_file(c, c->arg[0], &text, &q))
		return FAILED;
	int all = questionnaire_check(c->mem, &q, f, FINDINGS), n = all < FINDINGS ? all : FINDINGS;
	if (c->json)
		return findings_json(&q, f, n), all ? FAILED : DONE;
	if (!all)
		return printf("%s: %d questions, %d items, both languages: nothing is wrong\n", q.name, q.nquestions,
			      q.nitems),
		       DONE;
	struct table *t = table_new(c->mem, heads, 3);
	for (int i = 0; i < n; i++)
		table_row(t, (const char *[]){ arena_printf(c->mem, "%d", f[i].line), q_fault_name(f[i].fault),
					       f[i].text });
	table_print(t);
	return cli_fail(c,
			all == 1 ? "%s: %d fault; mend it, then it can be asked"
				 : "%s: %d faults; mend them, then it can be asked",
			c->arg[0], all);
}

/* ── what is there ── */

static void versions_json(const struct voice_version *v, int n)
{
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_arr(&w, NULL);
	for (int i = 0; i < n; i++) {
		j_obj(&w, NULL);
		j_str(&w, "questionnaire", v[i].name);
		j_int(&w, "version", v[i].version);
		j_str(&w, "digest", v[i].digest);
		j_time(&w, "made_at", v[i].made_at);
		j_str(&w, "made_by", v[i].made_by);
		j_str(&w, "field", v[i].field);
		j_end(&w);
	}
	j_end(&w);
	puts(buf_cstr(&b));
}

static int versions_show(struct cli *c, const char *name)
{
	static const char *const heads[] = { "QUESTIONNAIRE", "VERSION", "MADE", "BY", "IN THE FIELD" };
	struct voice_version *v = arena_array(c->mem, struct voice_version, VERSIONS);
	int n;
	if (voice_versions(&c->rq, name, v, VERSIONS, &n))
		return cli_fail_rq(c);
	if (name && !n)
		return cli_fail(c, "there is no questionnaire %s; `nicert survey list` shows those there are", name);
	if (c->json)
		return versions_json(v, n), DONE;
	struct table *t = table_new(c->mem, heads, 5);
	for (int i = 0; i < n; i++)
		table_row(t, (const char *[]){ v[i].name, arena_printf(c->mem, "%d", v[i].version),
					       time_iso(c->mem, v[i].made_at), v[i].made_by,
					       v[i].field ? v[i].field : "" });
	table_print(t);
	return DONE;
}

static int run_list(struct cli *c)
{
	return versions_show(c, NULL);
}

static int run_show(struct cli *c)
{
	return versions_show(c, c->arg[0]);
}

static const struct option_row as_options[] = { AS_USER, { 0 } };
static const struct option_row import_options[] = {
	AS_USER,
	{ "--new-version", NULL, "also while the last version is in the field, which goes on asking that" },
	{ 0 },
};
static const struct option_row export_options[] = { AS_USER, { "--version", "N", "not the last one" }, { 0 } };

const struct command survey_form_commands[] = {
	{ "survey", "import", "FILE", "Keeps a questionnaire as its next version", 1, 1, NEED_STORE | ACTS_AS,
	  import_options, run_import },
	{ "survey", "export", "NAME", "Prints a questionnaire as it was imported", 1, 1, NEED_STORE | ACTS_AS,
	  export_options, run_export },
	{ "survey", "check", "FILE", "Questions nobody reaches, dead ends, missing translations", 1, 1, 0, NULL,
	  run_check },
	{ "survey", "list", NULL, "Lists questionnaires", 0, 0, NEED_STORE | ACTS_AS, as_options, run_list },
	{ "survey", "show", "NAME", "The versions of a questionnaire", 1, 1, NEED_STORE | ACTS_AS, as_options,
	  run_show },
	{ 0 },
};
