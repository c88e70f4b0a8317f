/* `nicert report`: files a report as the web form does. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/text.h"
#include "cli/commands.h"
#include "desk/desk.h"
#include "work/file.h"

enum { WORDS_MAX = 20000, FILE_BYTES_MAX = 10 << 20 };

static int read_words(struct cli *c, struct report *r)
{
	const char *t = opt(c, "--text");
	if (!t || strcmp(t, "-") != 0) {
		r->description = arena_strdup(c->mem, t ? t : "");
		return DONE;
	}
	r->description = arena_alloc(c->mem, WORDS_MAX + 2);
	size_t n = fread(r->description, 1, WORDS_MAX + 1, stdin);
	if (n > WORDS_MAX)
		return cli_fail(c, "the text on standard input is longer than %d bytes", WORDS_MAX);
	return memchr(r->description, 0, n) ? cli_fail(c, "the text on standard input holds a 0 byte") : DONE;
}

static int read_observables(struct cli *c, struct report *r)
{
	const char *given[OBS_MAX];
	int n = opt_all(c, "--observable", given, OBS_MAX);
	for (int i = 0; i < n; i++)
		if (obs_parse(c->mem, given[i], &r->obs[r->nobs++], &c->err))
			return cli_fail(c, "--observable %s: %s", given[i], c->err.msg);
	return DONE;
}

static int read_files(struct cli *c, struct report *r)
{
	const char *path[5];
	int n = opt_all(c, "--file", path, 5);
	for (int i = 0; i < n; i++) {
		struct hash h;
		char hex[65];
		const char *slash = strrchr(path[i], '/');
		struct report_file *f = &r->file[r->nfiles++];
		if (file_from_path(c->cfg.dir, path[i], FILE_BYTES_MAX, &h, &f->size, &c->err))
			return cli_fail(c, "--file %s: %s", path[i], c->err.msg);
		f->name = arena_strdup(c->mem, slash ? slash + 1 : path[i]);
		f->type = arena_strdup(c->mem, "application/octet-stream");
		f->sha256 = arena_strdup(c->mem, hash_hex(&h, hex));
	}
	return DONE;
}

static void print_filed(struct cli *c, const struct report *r, const struct filed *f)
{
	char *url = public_url(c->mem, &c->cfg);
	if (!c->json) {
		printf("%s%s\n  private link  %s/case/%s\n  receipt       %s/api/v1/cases/%s/receipt?token=%s\n",
		       f->number,
		       f->repeated ? " (filed before)"
		       : f->joined ? " (joined an open case)"
				   : "",
		       url, f->token, url, f->number, f->token);
		return;
	}
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_obj(&w, NULL);
	j_str(&w, "case", f->number);
	j_str(&w, "url", arena_printf(c->mem, "%s/case/%s", url, f->token));
	j_str(&w, "token", f->token);
	j_str(&w, "receipt_url", arena_printf(c->mem, "%s/api/v1/cases/%s/receipt?token=%s", url, f->number, f->token));
	j_arr(&w, "observables");
	for (int i = 0; i < r->nobs; i++) {
		j_obj(&w, NULL);
		j_str(&w, "value", r->obs[i].value);
		j_str(&w, "kind", obs_kind_name(r->obs[i].kind));
		j_bool(&w, "attributed", r->attributed[i].responsible);
		j_end(&w);
	}
	j_end(&w);
	j_end(&w);
	puts(buf_cstr(&b));
}

static int run_report(struct cli *c)
{
	struct report *r = arena_new_of(c->mem, struct report);
	struct desk_file_arg arg = { .report = r };
	r->source = SOURCE_CLI;
	const char *lang = opt(c, "--lang") ? opt(c, "--lang") : c->cfg.site_lang;
	if (!lang_tag_ok(lang))
		return cli_usage(c, "--lang %.40s: expected a language tag, for example en or zh-TW", lang);
	r->lang = lang_of(lang);
	r->email = opt(c, "--email") ? arena_strdup(c->mem, opt(c, "--email")) : NULL;
	r->class_id = opt(c, "--class") ? arena_strdup(c->mem, opt(c, "--class")) : NULL;
	r->idempotency = opt(c, "--idempotency-key") ? arena_strdup(c->mem, opt(c, "--idempotency-key")) : NULL;
	r->tlp = opt(c, "--tlp") ? arena_strdup(c->mem, opt(c, "--tlp")) : NULL;
	r->record_only = opt_on(c, "--record-only");
	r->share_words = opt_on(c, "--share-words");
	int st = read_words(c, r);
	if (!st)
		st = read_observables(c, r);
	if (!st)
		st = read_files(c, r);
	if (st)
		return st;
	if (desk_report_prepare(&c->rq, r) || store_write(c->store, &c->rq, desk_report_write, &arg))
		return cli_fail_rq(c);
	print_filed(c, r, &arg.out);
	return DONE;
}

static const struct option_row options[] = {
	{ "--observable", "X", "a URL, name, address, hash …, also defanged; may be repeated" },
	{ "--text", "T", "what happened; - reads standard input" },
	{ "--email", "E", "where to tell about progress" },
	{ "--lang", "L", "language of the messages: en, zh-TW" },
	{ "--class", "C", "kind of trouble, such as phishing" },
	{ "--tlp", "L", "how far it may be shared: clear, green, amber, amber+strict, red" },
	{ "--file", "F", "evidence, kept by SHA-256; up to 5 of 10 MB" },
	{ "--record-only", NULL, "only for the record: nobody is told" },
	{ "--share-words", NULL, "others may read the words and files" },
	{ "--idempotency-key", "K", "the same key files once" },
	{ 0 },
};

const struct command report_commands[] = {
	{ "report", NULL, NULL, "Files a report and prints case number, private link and receipt address", 0, 0,
	  NEED_STORE, options, run_report },
	{ 0 },
};
