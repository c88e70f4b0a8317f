/* newsletter list|import|export|resume|remove: its readers. Lists of them are written down as looked at. */
#include <stdio.h>
#include "base/clock.h"
#include "base/csv.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/commands.h"
#include "voice/address_list.h"
#include "voice/newsletter.h"
#include "who/view.h"

enum { READERS = 10000 };

static enum st looked(struct cli *c)
{
	return viewed(c, &(struct viewed){ "newsletter", "newsletter", NULL, 0 });
}

static int run_list(struct cli *c)
{
	static const char *const heads[] = { "ADDRESS",	  "LANGUAGE",  "CAME BY",      "ASKED",
					     "CONFIRMED", "CAME BACK", "FAILING SINCE" };
	struct newsletter_reader *k = arena_array(c->mem, struct newsletter_reader, READERS + 1);
	int n;
	if (newsletter_readers(&c->rq, opt_on(c, "--failing"), opt(c, "--after") ? opt(c, "--after") : "", k, READERS,
			       &n) ||
	    looked(c))
		return cli_fail_rq(c);
	struct table *t = table_new(c->mem, heads, 7);
	BUF_SCOPE b = { .max = (size_t)16 << 20 };
	struct jw w = jw_of(&b);
	j_arr(&w, NULL);
	for (int i = 0; i < n; i++) {
		table_row(t, (const char *[]){ k[i].email, lang_tag(k[i].lang), k[i].source,
					       time_iso(c->mem, k[i].asked_at),
					       k[i].confirmed_at ? time_iso(c->mem, k[i].confirmed_at) : "",
					       arena_printf(c->mem, "%lld", (long long)k[i].returns),
					       k[i].failing ? time_iso(c->mem, k[i].failing) : "" });
		j_obj(&w, NULL);
		j_str(&w, "email", k[i].email);
		j_str(&w, "language", lang_tag(k[i].lang));
		j_str(&w, "source", k[i].source);
		j_time(&w, "asked_at", k[i].asked_at);
		j_time(&w, "confirmed_at", k[i].confirmed_at);
		j_int(&w, "returns", k[i].returns);
		j_time(&w, "returned_at", k[i].returned_at);
		j_time(&w, "failing_since", k[i].failing);
		j_end(&w);
	}
	j_end(&w);
	list_end(c, &b, t);
	if (n == READERS && !c->json)
		printf("more follow: --after %s\n", k[n - 1].email);
	return DONE;
}

static int run_import(struct cli *c)
{
	struct address_list k = { 0 };
	if (!cli_addresses(c, c->arg[0], &k))
		return FAILED;
	struct newsletter_import a = { .row = k.row, .n = k.n, .digest = k.digest };
	if (store_write(c->store, &c->rq, newsletter_import, &a))
		return cli_fail_rq(c);
	if (c->json)
		return printf("{\"lines\":%lld,\"added\":%lld}\n", (long long)a.n, (long long)a.added), DONE;
	return printf("%lld of %lld are new readers\n", (long long)a.added, (long long)a.n), DONE;
}

struct export
{
	struct cli *c;
	struct buf *out;
	struct jw *w; /* NULL: CSV */
	char *base;
};

static void export_say(void *arg, const struct newsletter_reader *r, const char *token)
{
	struct export *x = arg;
	char *stop = arena_printf(x->c->mem, "%s/newsletter/%s/stop", x->base, token);
	if (!x->w) {
		csv_cell(x->out, r->email, false);
		csv_cell(x->out, lang_tag(r->lang), false);
		csv_cell(x->out, stop, true);
		return;
	}
	j_obj(x->w, NULL);
	j_str(x->w, "email", r->email);
	j_str(x->w, "language", lang_tag(r->lang));
	j_str(x->w, "unsubscribe", stop);
	j_end(x->w);
}

static int run_export(struct cli *c)
{
	BUF_SCOPE b = { .max = (size_t)512 << 20 };
	struct jw w = jw_of(&b);
	struct export x = { c, &b, c->json ? &w : NULL, public_url(c->mem, &c->cfg) };
	if (c->json)
		j_arr(&w, NULL);
	else
		buf_str(&b, "email,lang,unsubscribe\r\n");
	if (newsletter_export(&c->rq, export_say, &x) || looked(c))
		return cli_fail_rq(c);
	if (c->json)
		j_end(&w);
	fwrite(buf_cstr(&b), 1, b.n, stdout);
	if (c->json)
		puts("");
	return DONE;
}

static int run_resume(struct cli *c)
{
	if (store_write(c->store, &c->rq, newsletter_resume, c->arg[0]))
		return cli_fail_rq(c);
	if (c->json)
		return puts("{\"resumed\":true}"), DONE;
	return puts("the next newsletter goes there again"), DONE;
}

static int run_remove(struct cli *c)
{
	if (store_write(c->store, &c->rq, newsletter_remove, c->arg[0]))
		return cli_fail_rq(c);
	if (c->json)
		return puts("{\"removed\":true}"), DONE;
	return puts("the address is deleted"), DONE;
}

static const struct option_row as_options[] = { AS_USER, { 0 } };
static const struct option_row list_options[] = { AS_USER,
						  { "--after", "ADDRESS", "from the one after this address" },
						  { "--failing", NULL, "only those whose mail comes back for good" },
						  { 0 } };

const struct command newsletter_commands[] = {
	{ "newsletter", "list", NULL, "Who reads the newsletter, and who has not confirmed yet", 0, 0,
	  NEED_STORE | ACTS_AS, list_options, run_list },
	{ "newsletter", "import", "FILE", "Adds readers who consented elsewhere, a CSV email[,lang]", 1, 1,
	  NEED_STORE | ACTS_AS, as_options, run_import },
	{ "newsletter", "export", NULL, "Readers whom mail reaches as CSV, each with the link that ends it", 0, 0,
	  NEED_STORE | ACTS_AS, as_options, run_export },
	{ "newsletter", "resume", "ADDRESS", "Sends again to a reader whose mail came back", 1, 1, NEED_STORE | ACTS_AS,
	  as_options, run_resume },
	{ "newsletter", "remove", "ADDRESS", "Deletes a reader", 1, 1, NEED_STORE | ACTS_AS, as_options, run_remove },
	{ 0 },
};
