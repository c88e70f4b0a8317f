/* survey interview add|list|show|note|consent|withdraw|appoint|search|kinds: whom a study talks to, what was agreed and what was said. */
#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/commands.h"
#include "voice/interview.h"
#include "who/view.h"

static char *number_text(struct cli *c, int64_t no)
{
	return arena_printf(c->mem, "I-%lld", (long long)no);
}

static bool number_of(struct cli *c, int64_t *no)
{
	return c->nargs == 3 && interview_number(c->arg[2], no);
}

static int needs_number(struct cli *c)
{
	return cli_usage(c,
			 "expected the number of an interview, such as I-3; `nicert survey interview list` shows them");
}

/* ── planning ── */

static int interview_kinds_show(struct cli *c)
{
	static const char *const heads[] = { "KIND", "IN A REPORT" };
	struct table *t = table_new(c->mem, heads, 2);
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_arr(&w, NULL);
	for (const struct interview_kind *k = interview_kinds; k->id; k++) {
		table_row(t, (const char *[]){ k->id, k->title });
		j_obj(&w, NULL);
		j_str(&w, "kind", k->id);
		j_str(&w, "title", k->title);
		j_end(&w);
	}
	j_end(&w);
	return list_end(c, &b, t);
}

static int interview_add(struct cli *c)
{
	struct interview_new a = { .study = c->arg[1],
				   .name = opt(c, "--name"),
				   .email = opt(c, "--email"),
				   .organisation = opt(c, "--organisation"),
				   .kind = opt(c, "--kind"),
				   .lang = lang_of(opt(c, "--lang") ? opt(c, "--lang") : "en"),
				   .letter = !opt_on(c, "--no-letter") };
	if (!a.name || !a.email || !a.kind)
		return cli_usage(c, "an interview takes --name NAME, --email ADDRESS and --kind KIND");
	if (store_write(c->store, &c->rq, voice_interview_add, &a))
		return cli_fail_rq(c);
	if (c->json)
		return printf("{\"interview\":%lld,\"state\":\"planned\",\"letter\":%s}\n", (long long)a.no,
			      a.letter ? "true" : "false"),
		       DONE;
	return printf(a.letter ? "I-%lld is planned; a letter with the personal link goes out\n"
			       : "I-%lld is planned; `survey interview show --who` has the personal link\n",
		      (long long)a.no),
	       DONE;
}

/* ── reading ── */

static void consent_json(struct jw *w, unsigned bits)
{
	for (int k = 0; k < CONSENTS; k++)
		j_bool(w, consent_name((enum consent)k), consents(bits, (enum consent)k));
}

static const char *consent_text(struct cli *c, unsigned bits)
{
	const char *s = "";
	for (int k = 0; k < CONSENTS; k++)
		if (consents(bits, (enum consent)k))
			s = arena_printf(c->mem, "%s%s%s", s, *s ? " " : "", consent_name((enum consent)k));
	return *s ? s : "-";
}

static void row_json(struct jw *w, const struct interview *i)
{
	j_int(w, "interview", i->no);
	j_str(w, "state", interview_state_name(i->state));
	consent_json(w, i->consent);
	j_str(w, "how", *i->how ? i->how : NULL);
	j_str(w, "said_by", *i->said_by ? i->said_by : NULL);
	j_time(w, "said_at", i->said_at);
	j_str(w, "kind", i->kind);
	j_str(w, "language", lang_tag(i->lang));
	j_int(w, "guide", i->guide);
	j_int(w, "notes", i->notes);
	j_time(w, "appointment", i->meets_at);
	j_int(w, "minutes", i->meets_at ? i->meets_minutes : 0);
	j_bool(w, "letter_refused", i->failed != 0);
}

static int interview_list(struct cli *c)
{
	static const char *const heads[] = {
		"INTERVIEW", "STATE", "APPOINTMENT", "AGREED TO", "KIND", "GUIDE", "NOTES"
	};
	struct interview *k = arena_array(c->mem, struct interview, INTERVIEWS_MAX);
	struct voice_study s;
	int n;
	if (voice_study_get(&c->rq, c->arg[1], &s) || voice_interviews(&c->rq, &s, 0, k, INTERVIEWS_MAX, &n))
		return cli_fail_rq(c);
	struct table *t = table_new(c->mem, heads, 7);
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_arr(&w, NULL);
	for (int i = 0; i < n; i++) {
		table_row(t, (const char *[]){ number_text(c, k[i].no), interview_state_name(k[i].state),
					       k[i].meets_at ? time_iso(c->mem, k[i].meets_at) : "-",
					       consent_text(c, k[i].consent), *k[i].kind ? k[i].kind : "-",
					       arena_printf(c->mem, "%d", k[i].guide),
					       arena_printf(c->mem, "%lld", (long long)k[i].notes) });
		j_obj(&w, NULL);
		row_json(&w, &k[i]);
		j_end(&w);
	}
	j_end(&w);
	return list_end(c, &b, t);
}

static enum st note_json(struct cli *c, struct jw *w, const struct voice_study *s, const struct interview_note *k)
{
	struct note_was *was = arena_array(c->mem, struct note_was, WAS_MAX);
	int n = 0;
	if (k->was && voice_note_was(&c->rq, s, k->id, was, WAS_MAX, &n))
		return c->rq.err.code;
	j_obj(w, NULL);
	j_int(w, "note", k->id);
	j_int(w, "question", k->question);
	j_str(w, "text", k->text);
	j_str(w, "themes", k->themes);
	j_str(w, "by", k->by);
	j_time(w, "at", k->at);
	j_time(w, "changed_at", k->changed_at);
	j_arr(w, "was");
	for (int i = 0; i < n; i++) {
		j_obj(w, NULL);
		j_str(w, "text", was[i].text);
		j_time(w, "until", was[i].at);
		j_end(w);
	}
	j_end(w);
	j_end(w);
	return ST_OK;
}

static enum st who_json(struct cli *c, struct jw *w, const struct interviewee *e)
{
	j_obj(w, "who");
	j_str(w, "name", e->name);
	j_str(w, "email", e->email);
	j_str(w, "organisation", e->organisation);
	j_str(w, "place", e->place);
	j_str(w, "link",
	      e->token ? arena_printf(c->mem, "%s/interview/%s", public_url(c->mem, &c->cfg), e->token) : NULL);
	j_end(w);
	return ST_OK;
}

static int show_json(struct cli *c, const struct voice_study *s, const struct interview *i, const struct interviewee *e,
		     const struct interview_note *note, int n)
{
	BUF_SCOPE b = { .max = (size_t)64 << 20 };
	struct jw w = jw_of(&b);
	j_obj(&w, NULL);
	row_json(&w, i);
	if (e->name)
		who_json(c, &w, e);
	j_arr(&w, "noted");
	for (int k = 0; k < n; k++)
		if (note_json(c, &w, s, &note[k]))
			return cli_fail_rq(c);
	j_end(&w);
	j_end(&w);
	return puts(buf_cstr(&b)), DONE;
}

static int show_text(struct cli *c, const struct interview *i, const struct interviewee *e, const struct guide *g,
		     const struct interview_note *note, int n)
{
	printf("I-%lld  %s  agreed to: %s  kind: %s  guide: version %d\n", (long long)i->no,
	       interview_state_name(i->state), consent_text(c, i->consent), *i->kind ? i->kind : "-", i->guide);
	if (i->meets_at)
		printf("appointment: %s, %d minutes%s%s\n", time_iso(c->mem, i->meets_at), i->meets_minutes,
		       e->place && *e->place ? ", " : "", e->place ? e->place : "");
	if (*i->how)
		printf("consent written down by %s: %s\n", i->said_by, i->how);
	if (e->name)
		printf("%s <%s> %s\n%s/interview/%s\n", e->name, e->email, e->organisation, public_url(c->mem, &c->cfg),
		       e->token ? e->token : "-");
	for (int k = 0; k < n; k++) {
		const char *q = guide_question(g, note[k].question, LANG_EN);
		if (!k || note[k].question != note[k - 1].question)
			printf("\n%d  %s\n", note[k].question, q ? q : "(under no question)");
		printf("   note %lld by %s%s%s\n   %s\n", (long long)note[k].id, note[k].by,
		       *note[k].themes ? ", themes: " : "", note[k].themes, note[k].text);
	}
	return DONE;
}

static enum st looked(struct cli *c, const char *page, const struct voice_study *s, const struct interview *i)
{
	const struct viewed v = { page, arena_printf(c->mem, "interview:%s/I-%lld", s->name, (long long)i->no), NULL,
				  0 };
	return viewed(c, &v);
}

/* Whose it is, is shown once it is written down that somebody looks; what was said, too. */
static enum st who_read(struct cli *c, const struct voice_study *s, const struct interview *i, struct interviewee *e)
{
	return voice_interviewee(&c->rq, i, e) || looked(c, "interview", s, i) ? c->rq.err.code : ST_OK;
}

static int interview_show(struct cli *c)
{
	struct interview_note *note = arena_array(c->mem, struct interview_note, NOTES_MAX);
	struct interviewee e = { 0 };
	struct voice_study s;
	struct interview i;
	struct guide g;
	int64_t no;
	int n;
	if (!number_of(c, &no))
		return needs_number(c);
	if (voice_study_get(&c->rq, c->arg[1], &s) || voice_interview(&c->rq, &s, no, &i) ||
	    voice_guide(&c->rq, &s, i.guide, &g) || voice_notes(&c->rq, &s, &i, NULL, note, NOTES_MAX, &n) ||
	    (opt_on(c, "--who") && who_read(c, &s, &i, &e)) || (n && looked(c, "interview-notes", &s, &i)))
		return cli_fail_rq(c);
	return c->json ? show_json(c, &s, &i, &e, note, n) : show_text(c, &i, &e, &g, note, n);
}

/* ── consent ── */

static bool yes_or_no(const char *s, enum consent k, unsigned *bits)
{
	if (s && !strcmp(s, "yes"))
		*bits |= 1u << k;
	return !s || !strcmp(s, "yes") || !strcmp(s, "no");
}

static int decided(struct cli *c, struct interview_consent *a)
{
	if (store_write(c->store, &c->rq, voice_interview_consent, a))
		return cli_fail_rq(c);
	if (c->json)
		return printf("{\"interview\":%lld,\"state\":\"%s\"}\n", (long long)a->no,
			      interview_state_name(a->state)),
		       DONE;
	return printf("I-%lld is %s\n", (long long)a->no, interview_state_name(a->state)), DONE;
}

static int interview_consented(struct cli *c)
{
	struct interview_consent a = { .study = c->arg[1], .how = opt(c, "--how") };
	if (!number_of(c, &a.no))
		return needs_number(c);
	if (!opt(c, "--talk") || !a.how || !yes_or_no(opt(c, "--talk"), CONSENT_TALK, &a.consent) ||
	    !yes_or_no(opt(c, "--quote"), CONSENT_QUOTE, &a.consent) ||
	    !yes_or_no(opt(c, "--named"), CONSENT_NAME, &a.consent))
		return cli_usage(c, "expected --talk yes|no, maybe --quote and --named, and --how the person said so");
	return decided(c, &a);
}

static int interview_withdraw(struct cli *c)
{
	struct interview_consent a = { .study = c->arg[1], .how = opt(c, "--how") };
	if (!number_of(c, &a.no))
		return needs_number(c);
	if (!a.how)
		return cli_usage(c, "expected --how the person took it back");
	return decided(c, &a);
}

/* ── appointments ── */

static int met(struct cli *c, const struct interview_meet *a)
{
	if (c->json) {
		BUF_SCOPE b = BUF_INIT;
		struct jw w = jw_of(&b);
		j_obj(&w, NULL);
		j_int(&w, "interview", a->no);
		j_time(&w, "appointment", a->at);
		j_bool(&w, "same", a->same);
		j_end(&w);
		return puts(buf_cstr(&b)), DONE;
	}
	if (!a->at)
		return printf("I-%lld has no appointment any more\n", (long long)a->no), DONE;
	return printf("I-%lld: %s%s\n", (long long)a->no, time_iso(c->mem, a->at), a->same ? ", as it was" : ""), DONE;
}

/* A day alone is no time to meet at. */
static bool when_of(struct cli *c, int64_t *at)
{
	const char *s = opt(c, "--at");
	int64_t span;
	if (strchr(s, 'T') && (*at = time_parse(s)) != TIME_NONE)
		return true;
	if (!time_span_parse(s, &span) || span <= 0)
		return false;
	*at = (clock_now() + span) / (60 * USEC) * (60 * USEC);
	return true;
}

static int interview_appoint(struct cli *c)
{
	struct interview_meet a = { .study = c->arg[1],
				    .place = opt(c, "--place"),
				    .letter = !opt_on(c, "--no-letter") };
	int64_t minutes = 60;
	if (!number_of(c, &a.no))
		return needs_number(c);
	if ((opt(c, "--at") != NULL) == opt_on(c, "--cancel"))
		return cli_usage(c, "expected --at TIME, or --cancel");
	if (opt(c, "--at") && !when_of(c, &a.at))
		return cli_usage(c, "--at: a time such as 2026-12-01T14:00+08:00, or from now on, such as 3d");
	if (opt(c, "--minutes") && !text_int(opt(c, "--minutes"), MEETING_LEAST, MEETING_MOST, &minutes))
		return cli_usage(c, "--minutes: %d to %d", MEETING_LEAST, MEETING_MOST);
	a.minutes = (int)minutes;
	if (store_write(c->store, &c->rq, voice_interview_meet, &a))
		return cli_fail_rq(c);
	return met(c, &a);
}

/* ── search ── */

static int interview_search(struct cli *c)
{
	static const char *const heads[] = { "INTERVIEW", "NOTE", "QUOTE", "QUESTION", "TEXT" };
	struct interview_found *f = arena_array(c->mem, struct interview_found, INTERVIEW_FOUND);
	struct voice_study s;
	int64_t from = 0, next = 0;
	int n;
	if (opt(c, "--from") && !text_int(opt(c, "--from"), 0, INT64_MAX, &from))
		return cli_usage(c, "--from: where the last page said to go on");
	const struct viewed view = { "interview-notes", arena_printf(c->mem, "survey:%s", c->arg[1]), NULL, 0 };
	if (voice_study_get(&c->rq, c->arg[1], &s) ||
	    voice_interview_search(&c->rq, &s, c->arg[2], from, f, INTERVIEW_FOUND, &n, &next) ||
	    (n && viewed(c, &view)))
		return cli_fail_rq(c);
	struct table *t = table_new(c->mem, heads, 5);
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_obj(&w, NULL);
	j_arr(&w, "found");
	for (int i = 0; i < n; i++) {
		char *text = arena_printf(c->mem, "%s%s%s", f[i].before, f[i].hit, f[i].after);
		char *quote = f[i].quote ? arena_printf(c->mem, "%lld", (long long)f[i].quote) : "-";
		table_row(t,
			  (const char *[]){ number_text(c, f[i].no), arena_printf(c->mem, "%lld", (long long)f[i].note),
					    quote, arena_printf(c->mem, "%d", f[i].question), text });
		j_obj(&w, NULL);
		j_int(&w, "interview", f[i].no);
		j_int(&w, "note", f[i].note);
		if (f[i].quote)
			j_int(&w, "quote", f[i].quote);
		else
			j_null(&w, "quote");
		j_int(&w, "question", f[i].question);
		j_str(&w, "text", text);
		j_end(&w);
	}
	j_end(&w);
	return list_end_part(c, &w, t, next);
}

/* ── notes ── */

static int noted(struct cli *c, int64_t id, const char *what)
{
	if (c->json)
		return printf("{\"note\":%lld,\"%s\":true}\n", (long long)id, what), DONE;
	return printf("note %lld is %s\n", (long long)id, what), DONE;
}

static int note_old(struct cli *c, const char *number)
{
	struct note_change a = { .study = c->arg[1], .text = opt(c, "--text"), .themes = opt(c, "--themes") };
	bool drop = opt_on(c, "--drop");
	if (!text_int(number, 1, INT64_MAX, &a.id) || (a.text != NULL) + (a.themes != NULL) + drop != 1)
		return cli_usage(c, "--note NO takes one of --text, --themes and --drop");
	if (store_write(c->store, &c->rq,
			a.text	   ? voice_note_change
			: a.themes ? voice_note_themes
				   : voice_note_drop,
			&a))
		return cli_fail_rq(c);
	return noted(c, a.id, drop ? "dropped" : "kept");
}

static int interview_note(struct cli *c)
{
	struct note_new a = { .study = c->arg[1], .text = opt(c, "--text") };
	int64_t question = 0;
	if (!number_of(c, &a.no))
		return needs_number(c);
	if (opt(c, "--note"))
		return note_old(c, opt(c, "--note"));
	if (!a.text || (opt(c, "--question") && !text_int(opt(c, "--question"), 0, GUIDE_QUESTIONS, &question)))
		return cli_usage(c, "a note takes --text TEXT, and --question N of the guide");
	a.question = (int)question;
	if (store_write(c->store, &c->rq, voice_note_add, &a))
		return cli_fail_rq(c);
	return noted(c, a.id, "kept");
}

static int run_interview(struct cli *c)
{
	static const struct {
		const char *name;
		int args;
		int (*run)(struct cli *c);
	} acts[] = { { "kinds", 1, interview_kinds_show },  { "add", 2, interview_add },
		     { "list", 2, interview_list },	    { "show", 3, interview_show },
		     { "note", 3, interview_note },	    { "consent", 3, interview_consented },
		     { "withdraw", 3, interview_withdraw }, { "appoint", 3, interview_appoint },
		     { "search", 3, interview_search } };
	for (size_t i = 0; i < sizeof acts / sizeof *acts; i++)
		if (!strcmp(acts[i].name, c->arg[0]))
			return c->nargs == acts[i].args		 ? acts[i].run(c)
			       : acts[i].run == interview_search ? cli_usage(c, "expected the STUDY and WORDS")
			       : acts[i].args == 3		 ? needs_number(c)
			       : acts[i].args > c->nargs	 ? cli_usage(c, "expected the STUDY")
								 : cli_usage(c, "%s: too many words", c->arg[0]);
	return cli_usage(c, "%s: expected add, list, show, note, consent, withdraw, appoint, search or kinds",
			 c->arg[0]);
}

static const struct option_row interview_options[] = {
	AS_USER,
	{ "--name", "NAME", "add: whom we talk to" },
	{ "--email", "ADDRESS", "add: where the invitation goes" },
	{ "--organisation", "NAME", "add: of the person" },
	{ "--kind", "KIND", "add: of the organisation; `survey interview kinds` lists them" },
	{ "--lang", "LANG", "add: of the invitation: en (default) or zh-TW" },
	{ "--no-letter", NULL, "add, appoint: the person is told another way" },
	{ "--who", NULL, "show: the person and the link; the journal keeps that you looked" },
	{ "--question", "N", "note: of the guide; 0: under none" },
	{ "--text", "TEXT", "note: its words" },
	{ "--note", "NO", "note: changes this one, with --text, --themes or --drop" },
	{ "--themes", "THEMES", "note: the themes it has, with blanks between" },
	{ "--drop", NULL, "note: deletes it, with its quotes" },
	{ "--talk", "YES", "consent: yes or no to the conversation" },
	{ "--quote", "YES", "consent: may sentences be quoted?" },
	{ "--named", "YES", "consent: with name and organisation?" },
	{ "--how", "WORDS", "consent, withdraw: how the person said so" },
	{ "--at", "TIME", "appoint: 2026-12-01T14:00+08:00 (without a zone UTC), or 3d from now" },
	{ "--minutes", "N", "appoint: how long it takes (60)" },
	{ "--place", "WORDS", "appoint: a room, a number to call, a link; kept with the name" },
	{ "--cancel", NULL, "appoint: it does not take place" },
	{ "--from", "N", "search: goes on there" },
	{ 0 },
};

const struct command survey_interview_commands[] = {
	{ "survey", "interview", "add|list|show|note|consent|withdraw|appoint|search|kinds [STUDY] [I-N]",
	  "Whom a study talks to, what they agreed to and said", 1, 3, NEED_STORE | ACTS_AS, interview_options,
	  run_interview },
	{ 0 },
};
