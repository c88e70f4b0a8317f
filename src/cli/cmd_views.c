/* privacy views: who looked at whose personal data. */
#include <stdio.h>
#include <string.h>
#include "base/json.h"
#include "base/text.h"
#include "cli/account.h"
#include "who/person.h"
#include "who/view.h"

enum { ROWS_MAX = 1000, ROWS_SHOWN = 50 };

enum st viewed(struct cli *c, const struct viewed *v)
{
	struct viewed copy = *v;
	return store_write(c->store, &c->rq, view_write, &copy);
}

static int whose(struct cli *c, struct view_query *q)
{
	struct person p;
	struct account a;
	const char *of = opt(c, "--of"), *by = opt(c, "--by"), *id = of && !strncmp(of, "person:", 7) ? of + 7 : of;
	if (of && !text_int(id, 1, INT64_MAX, &q->person)) {
		if (person_find(&c->rq, of, &p))
			return cli_fail_rq(c);
		q->person = p.id;
	}
	if (by && account_by_login(&c->rq, by, &a))
		return cli_fail_rq(c);
	q->account = by ? a.id : 0;
	return DONE;
}

static int run_views(struct cli *c)
{
	static const char *const heads[] = { "WHEN", "WHO", "PAGE", "ABOUT", "PEOPLE" };
	struct view_query q = { 0 };
	int64_t max = ROWS_SHOWN;
	int n = 0, bad = whose(c, &q);
	if (bad)
		return bad;
	if (opt(c, "--max") && !text_int(opt(c, "--max"), 1, ROWS_MAX, &max))
		return cli_usage(c, "--max %s: expected 1 to %d", opt(c, "--max"), ROWS_MAX);
	struct view_row *row = arena_array(c->mem, struct view_row, ROWS_MAX);
	if (view_list(&c->rq, &q, row, (int)max, &n))
		return cli_fail_rq(c);
	struct table *t = table_new(c->mem, heads, 5);
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_arr(&w, NULL);
	for (int i = 0; i < n; i++) {
		const struct view_row *v = &row[i];
		const char *who = *v->login ? v->login : v->actor;
		table_row(t, (const char *[]){ time_iso(c->mem, v->at), who, v->page, v->subject,
					       arena_printf(c->mem, "%lld", (long long)v->people) });
		j_obj(&w, NULL);
		j_time(&w, "at", v->at);
		j_str(&w, "who", who);
		j_str(&w, "page", v->page);
		j_str(&w, "about", v->subject);
		j_int(&w, "people", v->people);
		j_end(&w);
	}
	j_end(&w);
	if (c->json)
		puts(buf_cstr(&b));
	else if (n)
		table_print(t);
	else
		puts("Nobody looked.");
	return DONE;
}

static const struct option_row options[] = {
	{ "--of", "SUBJECT", "whose data: an e-mail address or person:N" },
	{ "--by", "LOGIN", "who looked" },
	{ "--max", "N", "at most so many, newest first (50)" },
	{ 0 },
};

const struct command views_commands[] = {
	{ "privacy", "views", NULL, "Lists who looked at personal data, newest first", 0, 0, NEED_STORE, options,
	  run_views },
	{ 0 },
};
