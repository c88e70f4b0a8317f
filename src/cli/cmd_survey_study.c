/* survey new|studies|rules|group|exclude|draw|open|close|funnel|links: whom a study asks, and its field. */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "base/clock.h"
#include "base/csv.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/commands.h"
#include "voice/address_list.h"
#include "who/view.h"

enum { STUDIES = 500, STEP_REST = 50000000 /* ns */ };
#define DAY (86400 * USEC)

static int said(struct cli *c, const char *key, const char *value, const char *sentence)
{
	if (!c->json)
		return printf("%s\n", sentence), DONE;
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_obj(&w, NULL);
	j_str(&w, "study", c->arg[0]);
	j_str(&w, key, value);
	j_end(&w);
	return puts(buf_cstr(&b)), DONE;
}

/* ── studies ── */

static int run_new(struct cli *c)
{
	struct voice_new a = { c->arg[0], c->arg[1], 0 };
	int64_t v = 0;
	if (opt(c, "--version") && !text_int(opt(c, "--version"), 1, 1000000, &v))
		return cli_usage(c, "--version: a number from 1");
	a.version = (int)v;
	if (opt(c, "--quiet") && !text_int(opt(c, "--quiet"), 0, 365, &a.quiet_days))
		return cli_usage(c, "--quiet: days, 0 to 365");
	if (store_write(c->store, &c->rq, voice_study_new, &a))
		return cli_fail_rq(c);
	return said(c, "state", "draft", arena_printf(c->mem, "study %s asks %s", a.name, a.questionnaire));
}

static int run_studies(struct cli *c)
{
	static const char *const heads[] = { "STUDY", "QUESTIONNAIRE", "VERSION", "STATE", "CLOSES" };
	struct voice_study *s = arena_array(c->mem, struct voice_study, STUDIES);
	int n;
	if (voice_studies(&c->rq, s, STUDIES, &n))
		return cli_fail_rq(c);
	struct table *t = table_new(c->mem, heads, 5);
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_arr(&w, NULL);
	for (int i = 0; i < n; i++) {
		table_row(t, (const char *[]){ s[i].name, s[i].questionnaire, arena_printf(c->mem, "%d", s[i].version),
					       voice_state_name(s[i].state),
					       s[i].closes_at ? time_iso(c->mem, s[i].closes_at) : "" });
		j_obj(&w, NULL);
		j_str(&w, "study", s[i].name);
		j_str(&w, "questionnaire", s[i].questionnaire);
		j_int(&w, "version", s[i].version);
		j_str(&w, "state", voice_state_name(s[i].state));
		j_int(&w, "seed", s[i].seed);
		j_time(&w, "opened_at", s[i].opened_at);
		j_time(&w, "closes_at", s[i].closes_at);
		j_str(&w, "digest", s[i].digest);
		j_end(&w);
	}
	j_end(&w);
	return list_end(c, &b, t);
}

static int run_rules(struct cli *c)
{
	static const char *const heads[] = { "RULE", "AND", "WHOM IT FINDS" };
	struct table *t = table_new(c->mem, heads, 3);
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_arr(&w, NULL);
	for (const struct voice_rule *k = voice_rules; k->name; k++) {
		table_row(t, (const char *[]){ k->name, k->arg ? k->arg : "", k->doc });
		j_obj(&w, NULL);
		j_str(&w, "rule", k->name);
		j_str(&w, "argument", k->arg);
		j_arr(&w, "choices");
		for (int i = 0; k->choice && k->choice[i]; i++)
			j_str(&w, NULL, k->choice[i]);
		j_end(&w);
		j_str(&w, "doc", k->doc);
		j_end(&w);
	}
	j_end(&w);
	return list_end(c, &b, t);
}

/* ── groups and lists ── */

static int run_group(struct cli *c)
{
	const char *list = opt(c, "--list"), *rule = opt(c, "--rule");
	struct address_list k = { 0 };
	struct voice_group_add a = { .study = c->arg[0],
				     .name = c->arg[1],
				     .en = opt(c, "--en") ? opt(c, "--en") : c->arg[1],
				     .zh = opt(c, "--zh") ? opt(c, "--zh") : c->arg[1],
				     .rule = rule };
	if (!list == !rule)
		return cli_usage(c, "expected --rule RULE or --list FILE; `nicert survey rules` lists rules");
	if (opt(c, "--sample") && !text_int(opt(c, "--sample"), 1, VOICE_CANDIDATES_MAX, &a.sample))
		return cli_usage(c, "--sample: a number of people");
	if (list) {
		if (!cli_addresses(c, list, &k))
			return FAILED;
		a.row = k.row ? k.row : arena_new_of(c->mem, struct voice_frame_row);
		a.n = k.n;
		a.rule = arena_printf(c->mem, "list %s", k.digest);
	}
	if (store_write(c->store, &c->rq, voice_group_add, &a))
		return cli_fail_rq(c);
	return said(c, "group", a.name, arena_printf(c->mem, "group %s: %s", a.name, a.rule));
}

static int run_exclude(struct cli *c)
{
	struct address_list k = { 0 };
	if (!cli_addresses(c, c->arg[1], &k))
		return FAILED;
	struct voice_exclude x = { c->arg[0], arena_array(c->mem, const char *, k.n + 1), k.n };
	for (int64_t i = 0; i < k.n; i++)
		x.email[i] = k.row[i].email;
	if (store_write(c->store, &c->rq, voice_exclude, &x))
		return cli_fail_rq(c);
	return said(c, "state", "excluded", arena_printf(c->mem, "%lld addresses are not asked", (long long)k.n));
}

/* ── drawing and the field ── */

static int groups_show(struct cli *c, const struct voice_study *s)
{
	static const char *const heads[] = { "GROUP", "RULE", "FOUND", "IN A GROUP BEFORE", "EXCLUDED", "ASKED" };
	struct voice_group g[VOICE_GROUPS_MAX];
	int n;
	if (voice_groups(&c->rq, s, g, &n))
		return cli_fail_rq(c);
	struct table *t = table_new(c->mem, heads, 6);
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_obj(&w, NULL);
	j_str(&w, "study", s->name);
	j_int(&w, "seed", s->seed);
	j_arr(&w, "groups");
	for (int i = 0; i < n; i++) {
		const int64_t v[] = { g[i].found, g[i].earlier, g[i].excluded, g[i].drawn };
		char *cell[4];
		for (int k = 0; k < 4; k++)
			cell[k] = arena_printf(c->mem, "%lld", (long long)v[k]);
		table_row(t, (const char *[]){ g[i].name, g[i].rule, cell[0], cell[1], cell[2], cell[3] });
		j_obj(&w, NULL);
		j_str(&w, "group", g[i].name);
		j_str(&w, "rule", g[i].rule);
		j_int(&w, "found", v[0]);
		j_int(&w, "earlier", v[1]);
		j_int(&w, "excluded", v[2]);
		j_int(&w, "drawn", v[3]);
		j_end(&w);
	}
	j_end(&w);
	j_end(&w);
	if (c->json)
		return puts(buf_cstr(&b)), DONE;
	table_print(t);
	return printf("seed %lld draws the same people again\n", (long long)s->seed), DONE;
}

static int run_draw(struct cli *c)
{
	struct voice_draw d = { .study = c->arg[0] };
	struct voice_study s;
	if (opt(c, "--seed") && !text_int(opt(c, "--seed"), 1, INT64_MAX, &d.seed))
		return cli_usage(c, "--seed: a number from 1");
	if (store_write(c->store, &c->rq, voice_draw, &d) || voice_study_get(cli_fresh(c), c->arg[0], &s))
		return cli_fail_rq(c);
	return groups_show(c, &s);
}

static int run_open(struct cli *c)
{
	struct voice_open o = { .study = c->arg[0] };
	int64_t span;
	const char *until = opt(c, "--until");
	if (!until || (o.until = time_parse(until)) == TIME_NONE) {
		if (!until || !time_span_parse(until, &span))
			return cli_usage(c, "--until: a time such as 2026-12-31, or a span such as 30d");
		if (__builtin_add_overflow(clock_now(), span, &o.until))
			o.until = INT64_MAX;
	}
	if (store_write(c->store, &c->rq, voice_open, &o))
		return cli_fail_rq(c);
	return said(c, "state", "open",
		    arena_printf(c->mem, "study %s is open until %s", o.study, time_iso(c->mem, o.until)));
}

/* Until it is closed, with room for other writers between the steps. */
static int run_close(struct cli *c)
{
	struct voice_study s = { .state = STUDY_CLOSING };
	if (store_write(c->store, &c->rq, voice_close, c->arg[0]) || voice_study_get(cli_fresh(c), c->arg[0], &s))
		return cli_fail_rq(c);
	while (s.state == STUDY_CLOSING) {
		nanosleep(&(struct timespec){ .tv_nsec = STEP_REST }, NULL);
		enum st st = store_write(c->store, &c->rq, voice_close, c->arg[0]);
		if (st == ST_CONFLICT) /* the last step was made elsewhere */
			err_clear(&c->rq.err);
		else if (st)
			return cli_fail_rq(c);
		if (voice_study_get(cli_fresh(c), c->arg[0], &s))
			return cli_fail_rq(c);
	}
	return said(c, "state", "closed", "closed; the answers can't be put together with people any more");
}

/* ── the funnel ── */

static void funnel_row(struct cli *c, struct table *t, struct jw *w, const char *group, const struct voice_funnel *f)
{
	const int64_t v[] = { f->invited, f->sent, f->failed, f->reminded, f->opened, f->started, f->filled, f->kept };
	static const char *const keys[] = { "invited", "sent",	  "failed", "reminded",
					    "opened",  "started", "filled", "cleaned" };
	const char *cell[11] = { group };
	char opened[COUNT_TEXT] = "", completion[COUNT_TEXT] = "";
	int a = 0, b = 0;
	bool known = count_funnel(&(struct funnel){ f->invited, f->opened, f->kept }, &a, &b, NULL) == ST_OK;
	if (known) {
		count_tenths_text(a, false, opened);
		count_tenths_text(b, false, completion);
	}
	j_obj(w, NULL);
	j_str(w, "group", group);
	for (int i = 0; i < 8; i++) {
		cell[i + 1] = arena_printf(c->mem, "%lld", (long long)v[i]);
		j_int(w, keys[i], v[i]);
	}
	cell[9] = arena_strdup(c->mem, opened);
	cell[10] = arena_strdup(c->mem, completion);
	j_raw(w, "opened_share", known ? opened : "null");
	j_raw(w, "completion", known ? completion : "null");
	j_end(w);
	table_row(t, cell);
}

static int run_funnel(struct cli *c)
{
	static const char *const heads[] = { "GROUP",	"INVITED", "SENT",    "FAILED",	  "REMINDED",	 "OPENED",
					     "STARTED", "FILLED",  "CLEANED", "OPENED %", "COMPLETION %" };
	struct voice_study s;
	struct voice_group g[VOICE_GROUPS_MAX];
	struct voice_funnel f;
	int n;
	if (voice_study_get(&c->rq, c->arg[0], &s) || voice_groups(&c->rq, &s, g, &n))
		return cli_fail_rq(c);
	struct table *t = table_new(c->mem, heads, 11);
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_arr(&w, NULL);
	for (int i = 0; i <= n; i++) {
		if (voice_funnel(&c->rq, &s, i < n ? g[i].position : -1, &f))
			return cli_fail_rq(c);
		funnel_row(c, t, &w, i < n ? g[i].name : "all", &f);
	}
	j_end(&w);
	if (c->json)
		return puts(buf_cstr(&b)), DONE;
	table_print(t);
	return puts("\"opened\" is only indicative: the page of a link was fetched, by its person or by a program that "
		    "looks at links"),
	       DONE;
}

/* ── links ── */

struct links {
	struct cli *c;
	struct buf *out;
	struct jw *w; /* NULL: CSV */
	char *base;
};

static void link_say(void *arg, int64_t invite, const char *email, const char *lang, const char *token)
{
	struct links *k = arg;
	char no[24], url[600];
	snprintf(no, sizeof no, "%lld", (long long)invite);
	snprintf(url, sizeof url, "%s/survey/%s", k->base, token);
	if (!k->w) {
		csv_cell(k->out, email, false);
		csv_cell(k->out, lang, false);
		csv_cell(k->out, url, false);
		csv_cell(k->out, no, true);
		return;
	}
	j_obj(k->w, NULL);
	j_str(k->w, "email", email);
	j_str(k->w, "lang", lang);
	j_str(k->w, "token", token);
	j_int(k->w, "invitation", invite);
	j_end(k->w);
}

static int run_links(struct cli *c)
{
	struct voice_study s;
	BUF_SCOPE b = { .max = (size_t)512 << 20 };
	struct jw w = jw_of(&b);
	struct links k = { c, &b, c->json ? &w : NULL, public_url(c->mem, &c->cfg) };
	if (voice_study_get(&c->rq, c->arg[0], &s))
		return cli_fail_rq(c);
	if (c->json)
		j_arr(&w, NULL);
	else
		buf_str(&b, "email,lang,link,invitation\r\n");
	const struct viewed v = { "survey-links", arena_printf(c->mem, "survey:%s", s.name), NULL, 0 };
	if (voice_links(&c->rq, s.id, link_say, &k) || viewed(c, &v))
		return cli_fail_rq(c);
	if (c->json)
		j_end(&w);
	if (b.bad)
		return cli_fail(c, "too many links for one answer");
	fwrite(buf_cstr(&b), 1, b.n, stdout);
	if (c->json)
		puts("");
	return DONE;
}

static const struct option_row as_options[] = { AS_USER, { 0 } };
static const struct option_row new_options[] = { AS_USER,
						 { "--quiet", "DAYS",
						   "leaves out who was invited to any study in so many days" },
						 { "--version", "N", "of the questionnaire, not the last" },
						 { 0 } };
static const struct option_row group_options[] = {
	AS_USER,
	{ "--rule", "RULE", "whom the registry finds: \"names-registered 365\"" },
	{ "--list", "FILE", "or a CSV email[,lang,segment]" },
	{ "--sample", "N", "so many of them, drawn by chance (all)" },
	{ "--en", "TITLE", "what the report calls it" },
	{ "--zh", "TITLE", "in Chinese" },
	{ 0 },
};
static const struct option_row draw_options[] = { AS_USER, { "--seed", "N", "draws the same people again" }, { 0 } };
static const struct option_row open_options[] = { AS_USER,
						  { "--until", "TIME", "when it closes: 2026-12-31, or 30d" },
						  { 0 } };

const struct command survey_study_commands[] = {
	{ "survey", "new", "STUDY QUESTIONNAIRE", "Begins a study", 2, 2, NEED_STORE | ACTS_AS, new_options, run_new },
	{ "survey", "studies", NULL, "Lists studies", 0, 0, NEED_STORE | ACTS_AS, as_options, run_studies },
	{ "survey", "rules", NULL, "Whom a group can be found by", 0, 0, 0, NULL, run_rules },
	{ "survey", "group", "STUDY NAME", "Adds a group; the first that finds somebody has them", 2, 2,
	  NEED_STORE | ACTS_AS, group_options, run_group },
	{ "survey", "exclude", "STUDY FILE", "Addresses that are not asked, a CSV email", 2, 2, NEED_STORE | ACTS_AS,
	  as_options, run_exclude },
	{ "survey", "draw", "STUDY", "Freezes groups into invitations", 1, 1, NEED_STORE | ACTS_AS, draw_options,
	  run_draw },
	{ "survey", "open", "STUDY", "Begins the field", 1, 1, NEED_STORE | ACTS_AS, open_options, run_open },
	{ "survey", "close", "STUDY", "Ends the field, and cuts answers from people", 1, 1, NEED_STORE | ACTS_AS,
	  as_options, run_close },
	{ "survey", "funnel", "STUDY", "Invited, opened, filled, cleaned, by group", 1, 1, NEED_STORE | ACTS_AS,
	  as_options, run_funnel },
	{ "survey", "links", "STUDY", "Everybody's personal link, as CSV", 1, 1, NEED_STORE | ACTS_AS, as_options,
	  run_links },
	{ 0 },
};
