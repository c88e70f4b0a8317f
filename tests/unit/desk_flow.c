/* Cases from report to close, replayed on both stores: who is told, when, in which order, and what each side may see.
 * The mail follower is played here: it composes the letters of every new entry and says that notices were sent. */
#include "importhelp.h"
#include "base/idn.h"
#include "desk/desk.h"
#include "store/receipt_check.h"
#include "who/permit.h"
#include "who/person.h"
#include "who/privacy.h"
#include "work/due.h"
#include "work/file.h"

#define URL "https://cert.tw"
#define HOUR (3600 * USEC)
#define DAY (24 * HOUR)
#define MAILS 400

#define HOLDINGS_TEXT                                                                                                  \
	"2|apnic|20210715|2|19830613|20210714|+1000\n"                                                                 \
	"apnic|TW|ipv4|1.34.0.0|131072|20100505|allocated\n"                                                           \
	"apnic|TW|ipv4|1.160.0.0|768|20091204|allocated\n"
#define ORIGINS_TEXT "1.34.0.0/15,3462,Big Telecom\n"
#define NAMES_TEXT                                                                                                     \
	"name,registered,sponsor,holder,holder_kind,country\n"                                                         \
	"maple.com.tw,2015-03-01,reg-1,Maple Trading,org,TW\n"                                                         \
	"birch.com.tw,2015-03-01,reg-1,Birch Ltd,org,TW\n"                                                             \
	"mei.idv.tw,2018-01-01,reg-1,Mei Chen,person,TW\n"                                                             \
	"silent.com.tw,2018-01-01,reg-1,Silent Ltd,org,TW\n"                                                           \
	"nobody.com.tw,2018-01-01,reg-9,Nobody Ltd,org,TW\n"
#define CONTACTS_TEXT                                                                                                  \
	"resource,organisation,role,email,lang,source,verified_at\n"                                                   \
	"1.34.0.0/15,Big Telecom,abuse,abuse@telecom.example,zh-TW,irt,2026-01-01\n"                                   \
	"as3462,Big Telecom,abuse,noc@telecom.example,zh-TW,irt,\n"                                                    \
	"maple.com.tw,Maple Trading,abuse,abuse@maple.example,zh-TW,registry,\n"                                       \
	"birch.com.tw,Birch Ltd,abuse,abuse@birch.example,en,registry,\n"                                              \
	"mei.idv.tw,,admin,mei.private@mail.example,zh-TW,registry,\n"                                                 \
	"sponsor:reg-1,Cedar Names,abuse,abuse@cedar.example,en,registry,\n"

struct mail {
	char to[100], subject[200], message_id[120], kind[20], link[120], confirm[120], lang[8];
	char body[20000]; /* everything in the letter that people could read */
};

struct world {
	struct place *p;
	int64_t next, now;
	struct mail mail[MAILS];
	int mails;
};

static const struct actor handler = { "staff:1", ROLE_HANDLER, 1 }, admin = { "staff:2", ROLE_ADMIN, 2 },
			  nobody = { "anonymous", ROLE_ANYONE, 0 };

static enum st our_zone(struct req *rq, void *arg)
{
	return names_zone_add(rq, arg);
}

static struct world *begin(struct place *p)
{
	static const uint8_t key[32] = { 1, 2, 3 };
	struct world *w = calloc(1, sizeof *w);
	w->p = p;
	w->now = T0;
	arena_free(p->mem);
	p->mem = arena_new((size_t)256 << 20);
	holder_setup(&(struct holder_site){ "TW", "National CERT", "cert@authority.example", "zh-TW" });
	desk_setup(&(struct desk_site){ .token_key = key, .dir = teststore_dir(), .zone = 480, .own_host = "cert.tw" });
	static const struct privacy_part parts[] = { { "reports", desk_person_export, desk_person_erase } };
	privacy_parts(parts, 1);
	import_ok(p, HOLDINGS, HOLDINGS_TEXT);
	import_ok(p, ORIGINS, ORIGINS_TEXT);
	import_ok(p, NAMES, NAMES_TEXT);
	import_ok(p, CONTACTS, CONTACTS_TEXT);
	assert_ok(in_write(p, our_zone, "tw"));
	return w;
}

static void finish(struct world *w)
{
	free(w);
}

/* ── the mail follower ── */

static void copy(char *to, size_t n, const char *from)
{
	snprintf(to, n, "%s", from ? from : "");
}

static void add_body(struct mail *m, const char *s)
{
	size_t n = strlen(m->body);
	snprintf(m->body + n, sizeof m->body - n, "%s\n", s ? s : "");
}

static void keep(struct world *w, const struct letter *l)
{
	for (int i = 0; i < w->mails; i++)
		assert_string_not_equal(w->mail[i].message_id, l->message_id);
	assert_true(w->mails < MAILS);
	struct mail *m = &w->mail[w->mails++];
	copy(m->to, sizeof m->to, l->to);
	copy(m->subject, sizeof m->subject, l->subject);
	copy(m->message_id, sizeof m->message_id, l->message_id);
	copy(m->kind, sizeof m->kind, l->template_);
	copy(m->link, sizeof m->link, l->link);
	copy(m->confirm, sizeof m->confirm, l->confirm_link);
	copy(m->lang, sizeof m->lang, lang_tag(l->lang));
	add_body(m, l->subject);
	add_body(m, l->text);
	add_body(m, l->words);
	add_body(m, l->party);
	if (l->about) {
		BUF_SCOPE b = BUF_INIT;
		desk_case_json(&b, l->about, FOR_REPORTER);
		if (l->kind == MAIL_TO_REPORTER)
			add_body(m, buf_cstr(&b));
	}
	for (int i = 0; i < l->nobs; i++)
		add_body(m, l->obs[i].value);
}

static void follow(struct world *w)
{
	for (bool more = true; more;) {
		struct req rq = on_reader(w->p);
		struct entry e[50];
		int n = 0;
		assert_ok(journal_read(&rq, w->next, 50, e, &n));
		for (int i = 0; i < n; i++) {
			struct letter *l = arena_array(rq.mem, struct letter, 50);
			int letters = 0;
			if (desk_letters(&rq, &e[i], URL, l, 50, &letters))
				fail_msg("%s: %s", e[i].verb, rq.err.msg);
			for (int k = 0; k < letters; k++) {
				keep(w, &l[k]);
				struct sent_arg sent = { l[k].id, l[k].message_id };
				if (l[k].id)
					assert_ok(in_write(w->p, desk_notice_sent, &sent));
			}
		}
		store_reader_done(w->p->s);
		w->next += n;
		more = n > 0;
	}
}

static int mails_to(const struct world *w, const char *to)
{
	int n = 0;
	for (int i = 0; i < w->mails; i++)
		n += strcmp(w->mail[i].to, to) == 0;
	return n;
}

static const struct mail *last_to(const struct world *w, const char *to)
{
	for (int i = w->mails - 1; i >= 0; i--)
		if (strcmp(w->mail[i].to, to) == 0)
			return &w->mail[i];
	fail_msg("no letter to %s", to);
	return NULL;
}

static char *token_of(const char *link)
{
	return strrchr(link, '/') + 1;
}

/* ── time ── */

static void advance(struct world *w, int64_t by)
{
	int ran = 0;
	w->now += by;
	clock_set_for_test(w->now);
	struct req rq = place_req(w->p);
	rq.db = store_reader(w->p->s, &rq.err);
	store_reader_done(w->p->s);
	rq = on_reader(w->p);
	assert_ok(due_run(w->p->s, &rq, desk_due_kinds, desk_due_count, &ran));
	store_reader_done(w->p->s);
	follow(w);
}

/* ── filing ── */

struct what {
	const char *obs, *obs2, *text, *email, *class_id, *idem;
	bool record_only, share;
	const struct actor *who; /* NULL: a stranger */
	struct report_file file;
};

static enum st try_file(struct world *w, const struct what *x, struct filed *out, char why[256])
{
	struct report *r = arena_new_of(w->p->mem, struct report);
	struct actor before = w->p->who;
	*r = (struct report){ .description = arena_strdup(w->p->mem, x->text),
			      .email = arena_strdup(w->p->mem, x->email),
			      .class_id = arena_strdup(w->p->mem, x->class_id),
			      .record_only = x->record_only,
			      .share_words = x->share,
			      .idempotency = arena_strdup(w->p->mem, x->idem) };
	if (x->obs)
		r->obs[r->nobs++].given = arena_strdup(w->p->mem, x->obs);
	if (x->obs2)
		r->obs[r->nobs++].given = arena_strdup(w->p->mem, x->obs2);
	if (x->file.sha256)
		r->file[r->nfiles++] = x->file;
	w->p->who = x->who ? *x->who : nobody;
	struct req rq = on_reader(w->p);
	struct desk_file_arg arg = { .report = r };
	enum st st = desk_report_prepare(&rq, r);
	store_reader_done(w->p->s);
	if (!st) {
		rq = place_req(w->p);
		st = store_write(w->p->s, &rq, desk_report_write, &arg);
	}
	w->p->who = before;
	snprintf(why, 256, "%s", rq.err.msg);
	*out = arg.out;
	return st;
}

static struct filed file_it(struct world *w, struct what x)
{
	struct filed out;
	char why[256];
	if (try_file(w, &x, &out, why))
		fail_msg("%s", why);
	follow(w);
	return out;
}

/* ── looking ── */

static struct case_view staff_view(struct world *w, const char *number)
{
	struct case_view v;
	struct req rq = on_reader(w->p);
	rq.who = &handler;
	if (desk_case_staff(&rq, number, LANG_EN, &v))
		fail_msg("%s", rq.err.msg);
	store_reader_done(w->p->s);
	return v;
}

static struct case_view reporter_view(struct world *w, const char *token)
{
	struct case_view v;
	struct req rq = on_reader(w->p);
	rq.who = &nobody;
	if (desk_case_reporter(&rq, token, NULL, LANG_EN, &v))
		fail_msg("%s", rq.err.msg);
	store_reader_done(w->p->s);
	return v;
}

static bool has_step(const struct case_view *v, const char *text)
{
	for (int i = 0; i < v->nsteps; i++)
		if (strstr(v->step[i].text, text))
			return true;
	return false;
}

#define SEES(v, words)                                                                                                 \
	do {                                                                                                           \
		if (!has_step(v, words)) {                                                                             \
			for (int i_ = 0; i_ < (v)->nsteps; i_++)                                                       \
				print_message("  %s\n", (v)->step[i_].text);                                           \
			fail_msg("no step: %s", words);                                                                \
		}                                                                                                      \
	} while (0)

static bool has_task(const struct case_view *v, const char *kind)
{
	for (int i = 0; i < v->ntasks; i++)
		if (strcmp(v->task[i].kind, kind) == 0 && !v->task[i].done_at)
			return true;
	return false;
}

/* ── acting ── */

static enum st act_as(struct world *w, const struct actor *who, write_fn fn, struct desk_act a)
{
	struct actor before = w->p->who;
	w->p->who = *who;
	enum st st = in_write(w->p, fn, &a);
	w->p->who = before;
	return st;
}
static enum st act(struct world *w, write_fn fn, struct desk_act a)
{
	enum st st = act_as(w, &handler, fn, a);
	follow(w);
	return st;
}

static enum st answer(struct world *w, const char *to, enum answer_kind kind, const char *text, int64_t until)
{
	struct answer_arg a = {
		.token = token_of(last_to(w, to)->link), .kind = kind, .text = (char *)text, .until = until
	};
	struct actor before = w->p->who;
	w->p->who = nobody;
	enum st st = in_write(w->p, desk_answer_write, &a);
	w->p->who = before;
	follow(w);
	return st;
}

static enum st confirm_write(struct req *rq, void *arg)
{
	int64_t person;
	return person_confirm(rq, arg, &person);
}

static void confirm(struct world *w, const char *email)
{
	assert_ok(in_write(w->p, confirm_write, token_of(last_to(w, email)->confirm)));
}

/* ── the main road ── */

static void main_road(struct place *p)
{
	struct world *w = begin(p);
	struct filed f = file_it(w, (struct what){ .obs = "hxxps://pay.maple[.]com[.]tw/login",
						   .text = "I nearly paid.",
						   .email = "ann@mail.example",
						   .class_id = "phishing",
						   .share = true });
	assert_string_equal(f.number, "NC-2026-000001");
	assert_int_equal(strlen(f.token), 26);
	assert_int_equal(strlen(f.digest), 64);
	/* An unconfirmed report waits; its reporter gets the one letter with both links. */
	assert_int_equal(mails_to(w, "abuse@maple.example"), 0);
	assert_int_equal(mails_to(w, "ann@mail.example"), 1);
	assert_string_equal(last_to(w, "ann@mail.example")->kind, "receipt");
	assert_string_equal(token_of(last_to(w, "ann@mail.example")->link), f.token);
	struct case_view s = staff_view(w, f.number), r = reporter_view(w, f.token);
	assert_int_equal(s.state, CASE_RECEIVED);
	assert_int_equal(s.nnotices, 1);
	assert_int_equal(s.notice[0].state, NOTICE_WAITING);
	assert_string_equal(s.notice[0].why_waiting,
			    "The reporter's address is not confirmed: check the report before the notice goes out.");
	assert_string_equal(s.obs[0].value, "https://pay.maple.com.tw/login");
	SEES(&r, "We found who is responsible: the holder (Maple Trading)");
	assert_string_equal(r.next, "Next: a person checks the report");
	confirm(w, "ann@mail.example");
	follow(w);
	assert_int_equal(mails_to(w, "abuse@maple.example"), 0); /* waiting stays waiting */

	assert_ok(act(w, desk_notice_approve, (struct desk_act){ .number = f.number }));
	const struct mail *m = last_to(w, "abuse@maple.example");
	assert_string_equal(m->kind, "notice");
	assert_string_equal(m->lang, "zh-TW");
	assert_non_null(strstr(m->body, "I nearly paid."));
	assert_null(strstr(m->body, "ann@mail.example"));
	r = reporter_view(w, f.token);
	SEES(&r, "We told the holder (Maple Trading)");
	assert_int_equal(r.state, CASE_NOTIFIED);
	assert_int_equal(r.due_at, w->now + DAY);
	assert_int_equal(mails_to(w, "ann@mail.example"), 2);
	assert_string_equal(last_to(w, "ann@mail.example")->kind, "progress");

	assert_ok(answer(w, "abuse@maple.example", ANSWER_FIXED, "An old plug-in, said Bob.", 0));
	assert_ok(answer(w, "abuse@maple.example", ANSWER_FIXED, "An old plug-in, said Bob.", 0));
	s = staff_view(w, f.number);
	assert_int_equal(s.state, CASE_ANSWERED);
	assert_true(has_task(&s, "verify"));
	SEES(&s, "Answer from the holder (Maple Trading): it is fixed");
	assert_int_equal(mails_to(w, "ann@mail.example"), 3);
	assert_null(strstr(last_to(w, "ann@mail.example")->body, "Bob"));

	assert_st(act(w, desk_case_close, (struct desk_act){ .number = f.number, .reason = "because" }), ST_INVALID);
	assert_ok(act(w, desk_case_close, (struct desk_act){ .number = f.number, .reason = "fixed" }));
	r = reporter_view(w, f.token);
	assert_int_equal(r.state, CASE_CLOSED);
	SEES(&r, "Case closed: the trouble is gone");
	assert_string_equal(last_to(w, "ann@mail.example")->kind, "closed");
	assert_st(answer(w, "abuse@maple.example", ANSWER_NOT_OURS, "", 0), ST_CONFLICT);
	/* A closed case takes nobody in: the next report opens a new one. */
	struct filed g = file_it(w, (struct what){ .obs = "https://pay.maple.com.tw/login", .class_id = "phishing" });
	assert_false(g.joined);
	assert_string_equal(g.number, "NC-2026-000002");
	assert_int_equal(number_of(p, "SELECT count(*) FROM work_due WHERE kind = 'notice-due'"), 0);
	finish(w);
}
ON_EACH_DRIVER(report_to_close, main_road)

static void at_once(struct place *p)
{
	struct world *w = begin(p);
	file_it(w, (struct what){ .obs = "birch.com.tw", .email = "ann@mail.example", .class_id = "spam" });
	confirm(w, "ann@mail.example");
	/* A confirmed reporter and a class in which hours count; another class waits still. */
	file_it(w, (struct what){ .obs = "maple.com.tw", .email = "ann@mail.example", .class_id = "phishing" });
	assert_int_equal(mails_to(w, "abuse@maple.example"), 1);
	assert_string_equal(last_to(w, "ann@mail.example")->kind, "progress");
	file_it(w, (struct what){ .obs = "http://birch.com.tw/x", .email = "ann@mail.example", .class_id = "other" });
	assert_int_equal(mails_to(w, "abuse@birch.example"), 0);
	/* Staff are trusted; what stands in the words only rides along or waits. */
	struct filed f = file_it(w, (struct what){ .obs = "1.34.9.9",
						   .text = "mail from 1.34.9.9 and 1.34.9.10 by mei.idv.tw",
						   .who = &handler });
	assert_int_equal(mails_to(w, "abuse@telecom.example"), 1);
	assert_int_equal(mails_to(w, "mei.private@mail.example"), 0);
	struct case_view s = staff_view(w, f.number);
	assert_int_equal(s.nobs, 3);
	assert_int_equal(s.nnotices, 2);
	assert_int_equal(s.notice[0].nobs, 2);
	assert_int_equal(s.notice[1].state, NOTICE_WAITING);
	assert_true(s.obs[1].mention);
	finish(w);
}
ON_EACH_DRIVER(confidence_decides, at_once)

/* ── silence ── */

static void silence(struct place *p)
{
	struct world *w = begin(p);
	struct filed f = file_it(
		w, (struct what){
			   .obs = "1.34.1.1", .email = "ann@mail.example", .class_id = "scanner", .who = &handler });
	confirm(w, "ann@mail.example");
	assert_int_equal(mails_to(w, "abuse@telecom.example"), 1);
	advance(w, 7 * DAY - HOUR);
	assert_int_equal(mails_to(w, "noc@telecom.example"), 0);
	advance(w, 2 * HOUR);
	assert_int_equal(mails_to(w, "noc@telecom.example"), 1);
	assert_non_null(strstr(last_to(w, "noc@telecom.example")->subject, f.number));
	struct case_view r = reporter_view(w, f.token);
	SEES(&r, "No answer from the holder");
	SEES(&r, "for 7 days");
	SEES(&r, "Next in line: the upstream network");
	SEES(&r, "We told the upstream network");
	/* The first party may still answer: the case says so. */
	advance(w, 8 * DAY);
	assert_int_equal(mails_to(w, "cert@authority.example"), 1);
	advance(w, 8 * DAY);
	struct case_view s = staff_view(w, f.number);
	assert_true(has_task(&s, "nobody-answered"));
	assert_int_equal(s.nnotices, 3);
	for (int i = 0; i < 3; i++)
		assert_int_equal(s.notice[i].state, NOTICE_SILENT);
	assert_ok(answer(w, "abuse@telecom.example", ANSWER_FIXED, "", 0));
	s = staff_view(w, f.number);
	assert_int_equal(s.state, CASE_ANSWERED);
	advance(w, 90 * DAY);
	assert_int_equal(mails_to(w, "abuse@telecom.example"), 1);
	finish(w);
}
ON_EACH_DRIVER(silence_is_noticed, silence)

static void other_answers(struct place *p)
{
	struct world *w = begin(p);
	struct filed f =
		file_it(w, (struct what){ .obs = "birch.com.tw", .email = "ann@mail.example", .who = &handler });
	assert_st(answer(w, "abuse@birch.example", ANSWER_NEED_UNTIL, "", w->now - 1), ST_INVALID);
	assert_st(answer(w, "abuse@birch.example", ANSWER_NEED_UNTIL, "", w->now + 15 * DAY), ST_INVALID);
	advance(w, 6 * DAY);
	assert_ok(answer(w, "abuse@birch.example", ANSWER_NEED_UNTIL, "", w->now + 10 * DAY));
	advance(w, 9 * DAY);
	assert_int_equal(mails_to(w, "abuse@cedar.example"), 0);
	struct case_view r = reporter_view(w, f.token);
	SEES(&r, "more time is needed, until");
	advance(w, 2 * DAY);
	assert_int_equal(mails_to(w, "abuse@cedar.example"), 1);
	/* "Not ours": the next is told at once, and somebody checks. */
	assert_ok(answer(w, "abuse@cedar.example", ANSWER_NOT_OURS, "not our customer", 0));
	assert_int_equal(mails_to(w, "cert@authority.example"), 1);
	struct case_view s = staff_view(w, f.number);
	assert_true(has_task(&s, "contact"));
	assert_ok(answer(w, "cert@authority.example", ANSWER_FALSE_ALARM, "", 0));
	s = staff_view(w, f.number);
	assert_true(has_task(&s, "verify"));
	struct answer_arg bad = { .token = (char *)"aaaaaaaaaaaaaaaaaaaaaaaaaa", .kind = ANSWER_FIXED };
	assert_st(in_write(p, desk_answer_write, &bad), ST_NOTFOUND);
	finish(w);
}
ON_EACH_DRIVER(need_until_and_not_ours, other_answers)

static void bounce(struct place *p)
{
	struct world *w = begin(p);
	struct filed f = file_it(w, (struct what){ .obs = "birch.com.tw", .who = &handler });
	struct case_view s = staff_view(w, f.number);
	struct sent_arg a = { s.notice[0].id, (char *)"<x@y>" };
	assert_ok(in_write(p, desk_notice_failed, &a));
	assert_ok(in_write(p, desk_notice_failed, &a));
	follow(w);
	assert_int_equal(mails_to(w, "abuse@cedar.example"), 1);
	s = staff_view(w, f.number);
	assert_true(has_task(&s, "find-contact"));
	finish(w);
}
ON_EACH_DRIVER(a_bounce_is_no_contact, bounce)

/* ── joining ── */

static void joining(struct place *p)
{
	struct world *w = begin(p);
	struct filed a = file_it(w, (struct what){ .obs = "http://maple.com.tw/x",
						   .email = "ann@mail.example",
						   .text = "ANN-WORDS",
						   .class_id = "phishing" });
	struct filed b = file_it(
		w, (struct what){ .obs = "hxxp://maple[.]com.tw/x", .email = "bob@mail.example", .text = "BOB-WORDS" });
	struct filed c = file_it(w, (struct what){ .obs = "http://maple.com.tw/x", .obs2 = "birch.com.tw" });
	assert_true(b.joined && c.joined);
	assert_string_equal(a.number, b.number);
	assert_string_not_equal(a.token, b.token);
	confirm(w, "ann@mail.example");
	confirm(w, "bob@mail.example");
	struct case_view s = staff_view(w, a.number);
	assert_int_equal(s.nreporters, 3);
	assert_int_equal(s.nobs, 2);
	assert_int_equal(s.nnotices, 2); /* one a party */
	assert_ok(act(w, desk_notice_approve, (struct desk_act){ .number = a.number, .id = s.notice[0].id }));
	assert_int_equal(mails_to(w, "abuse@maple.example"), 1);
	assert_int_equal(mails_to(w, "ann@mail.example"), 2);
	assert_int_equal(mails_to(w, "bob@mail.example"), 2);
	/* Each sees their own report, and that there are others; not what the others said or added. */
	struct case_view r = reporter_view(w, a.token);
	assert_int_equal(r.others, 2);
	assert_int_equal(r.nobs, 1);
	assert_int_equal(r.nnotices, 1);
	r = reporter_view(w, c.token);
	assert_int_equal(r.nobs, 2);
	/* Neither ticked that the words may go on. */
	assert_null(strstr(last_to(w, "abuse@maple.example")->body, "WORDS"));
	/* Its own case is open: another that mentions it too leaves it there. */
	struct filed d = file_it(w, (struct what){ .obs = "mei.idv.tw", .who = &handler });
	struct filed e = file_it(w, (struct what){ .obs = "birch.com.tw", .obs2 = "mei.idv.tw", .who = &handler });
	assert_string_equal(e.number, a.number);
	s = staff_view(w, a.number);
	assert_int_equal(s.nobs, 3);
	assert_string_equal(s.obs[2].other_case, d.number);
	assert_int_equal(mails_to(w, "mei.private@mail.example"), 1);
	finish(w);
}
ON_EACH_DRIVER(reports_join, joining)

/* ── nobody to write to ── */

static void no_contact(struct place *p)
{
	struct world *w = begin(p);
	struct filed f = file_it(w, (struct what){ .obs = "silent.com.tw", .class_id = "malware", .who = &handler });
	struct case_view s = staff_view(w, f.number), r = reporter_view(w, f.token);
	assert_true(has_task(&s, "find-contact"));
	assert_int_equal(mails_to(w, "abuse@cedar.example"), 1);
	SEES(&r, "No usable contact of the holder was found");
	SEES(&r, "We told the sponsor (Cedar Names)");
	assert_true(r.obs[0].no_contact);
	/* Neither holder nor sponsor: the last of the chain. */
	f = file_it(w, (struct what){ .obs = "nobody.com.tw", .class_id = "malware", .who = &handler });
	r = reporter_view(w, f.token);
	SEES(&r, "No usable contact of the sponsor was found");
	assert_int_equal(mails_to(w, "cert@authority.example"), 1);
	/* Nobody here answers for it: nobody is told, somebody decides. */
	f = file_it(w, (struct what){ .obs = "http://elsewhere.de/", .who = &handler });
	s = staff_view(w, f.number);
	assert_int_equal(s.nnotices, 0);
	assert_true(has_task(&s, "pass-on"));
	assert_non_null(s.obs[0].elsewhere);
	finish(w);
}
ON_EACH_DRIVER(no_usable_contact, no_contact)

static void record(struct place *p)
{
	struct world *w = begin(p);
	struct filed f = file_it(
		w, (struct what){
			   .obs = "maple.com.tw", .email = "ann@mail.example", .record_only = true, .who = &handler });
	struct case_view r = reporter_view(w, f.token);
	assert_int_equal(r.state, CASE_CLOSED);
	assert_int_equal(r.nnotices, 0);
	assert_string_equal(r.close_reason, "record-only");
	assert_string_equal(r.next, "Kept for the record only");
	assert_int_equal(w->mails, 1);
	struct filed g = file_it(w, (struct what){ .obs = "maple.com.tw" });
	assert_false(g.joined);
	finish(w);
}
ON_EACH_DRIVER(for_the_record_only, record)

static void registered(struct place *p)
{
	struct world *w = begin(p);
	struct filed f =
		file_it(w, (struct what){ .obs = "maple.com.tw", .class_id = "registered-abuse", .who = &handler });
	assert_int_equal(mails_to(w, "abuse@cedar.example"), 1);
	file_it(w, (struct what){ .obs = "http://mei.idv.tw/", .class_id = "phishing-domain", .who = &handler });
	file_it(w, (struct what){ .obs = "1.34.7.7", .class_id = "registered-abuse", .who = &handler });
	file_it(w, (struct what){ .obs = "nobody.com.tw", .class_id = "registered-abuse", .who = &handler });
	advance(w, 30 * DAY);
	advance(w, 30 * DAY);
	assert_ok(answer(w, "abuse@cedar.example", ANSWER_NOT_OURS, "", 0));
	struct case_view s = staff_view(w, f.number);
	for (int i = 0; i < s.nnotices; i++)
		assert_int_not_equal(s.notice[i].role, LINK_HOLDER);
	assert_int_equal(mails_to(w, "abuse@maple.example"), 0);
	assert_int_equal(mails_to(w, "mei.private@mail.example"), 0);
	assert_int_equal(mails_to(w, "abuse@telecom.example"), 0);
	finish(w);
}
ON_EACH_DRIVER(registered_for_abuse_never_the_holder, registered)

static void harmless_things(struct place *p)
{
	struct world *w = begin(p);
	struct filed f =
		file_it(w, (struct what){ .obs = "192.168.1.7", .obs2 = "https://cert.tw/report", .who = &handler });
	struct case_view s = staff_view(w, f.number);
	assert_int_equal(s.nobs, 2);
	assert_true(s.obs[0].harmless && s.obs[1].harmless && !s.obs[0].attributed);
	assert_int_equal(s.nnotices, 0);
	struct filed g = file_it(w, (struct what){ .obs = "192.168.1.7" });
	assert_false(g.joined);
	f = file_it(w, (struct what){ .text = "Somebody phoned me and wanted my password." });
	s = staff_view(w, f.number);
	assert_int_equal(s.nobs, 0);
	assert_string_equal(s.next, "Next: we look at the report");
	finish(w);
}
ON_EACH_DRIVER(harmless_is_kept_not_told, harmless_things)

/* ── filing again, filing badly ── */

static void again(struct place *p)
{
	struct world *w = begin(p);
	struct what x = { .obs = "maple.com.tw", .email = "ann@mail.example", .idem = "key-1" };
	struct filed a = file_it(w, x), b = file_it(w, x);
	assert_true(b.repeated && !a.repeated);
	assert_string_equal(a.number, b.number);
	assert_string_equal(a.token, b.token);
	assert_string_equal(a.digest, b.digest);
	assert_int_equal(number_of(p, "SELECT count(*) FROM desk_report"), 1);
	assert_int_equal(mails_to(w, "ann@mail.example"), 1);
	x.idem = "key-2";
	assert_false(file_it(w, x).repeated);
	/* An address that nobody confirmed is not buried in letters. */
	x.idem = NULL;
	for (int i = 0; i < 10; i++)
		file_it(w, x);
	assert_int_equal(mails_to(w, "ann@mail.example"), 5);
	/* Tokens are not in the database. */
	assert_int_equal(number_of(p, "SELECT count(*) FROM desk_report WHERE length(token_hash) = 32"), 12);
	finish(w);
}
ON_EACH_DRIVER(a_retry_is_harmless, again)

static void refused(struct place *p)
{
	struct world *w = begin(p);
	struct filed out;
	char why[256];
	const struct {
		struct what x;
		enum st st;
		const char *says;
	} bad[] = {
		{ { .text = "  " }, ST_INVALID, "observables" },
		{ { .obs = "maple.com.tw", .obs2 = "hello" }, ST_INVALID, "observables[1]: " },
		{ { .obs = "maple.com.tw", .email = "not an address" }, ST_INVALID, "email" },
		{ { .obs = "maple.com.tw", .class_id = "nonsense" }, ST_INVALID, "class" },
		{ { .text = "a\x01"
			    "b" },
		  ST_INVALID,
		  "description" },
		{ { .text = "x", .file = { (char *)"a", NULL, (char *)"../../etc/passwd", 1 } },
		  ST_INVALID,
		  "files[0]" },
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_st(try_file(w, &bad[i].x, &out, why), bad[i].st);
		if (strncmp(why, bad[i].says, strlen(bad[i].says)) != 0)
			fail_msg("%s", why);
	}
	assert_int_equal(number_of(p, "SELECT count(*) FROM desk_case"), 0);
	finish(w);
}
ON_EACH_DRIVER(bad_reports_are_refused, refused)

/* ── permissions, from the side of who must not ── */

static void forbidden(struct place *p)
{
	struct world *w = begin(p);
	struct filed f = file_it(w, (struct what){ .obs = "maple.com.tw", .email = "ann@mail.example" });
	struct filed g = file_it(w, (struct what){ .obs = "birch.com.tw" });
	struct case_view s = staff_view(w, g.number), v;
	static const write_fn acts[] = { desk_notice_approve, desk_notice_cancel,   desk_escalate,
					 desk_party_write,    desk_reporters_write, desk_note_add,
					 desk_case_close,     desk_case_reopen,	    desk_task_done };
	for (size_t i = 0; i < sizeof acts / sizeof *acts; i++) {
		struct desk_act a = { .number = f.number, .id = 1, .text = (char *)"x", .reason = (char *)"fixed" };
		assert_st(act_as(w, &nobody, acts[i], a), ST_DENIED);
		assert_st(act_as(w, &admin, acts[i], a), ST_DENIED);
		a.number = (char *)"NC-1999-000001";
		assert_st(act_as(w, &handler, acts[i], a), ST_NOTFOUND);
	}
	/* A notice of another case, whatever the number says. */
	static const write_fn on_notice[] = { desk_notice_approve, desk_notice_cancel, desk_escalate,
					      desk_party_write };
	for (size_t i = 0; i < sizeof on_notice / sizeof *on_notice; i++)
		assert_st(act_as(w, &handler, on_notice[i],
				 (struct desk_act){ .number = f.number, .id = s.notice[0].id, .text = (char *)"x" }),
			  ST_NOTFOUND);
	struct req rq = on_reader(p);
	struct queue_row rows[5];
	struct queue_counts counts;
	int n;
	int64_t total;
	BUF_SCOPE b = BUF_INIT;
	rq.who = &nobody;
	assert_st(desk_case_staff(&rq, f.number, LANG_EN, &v), ST_DENIED);
	assert_st(desk_queue(&rq, QUEUE_ALL, NULL, 0, 5, LANG_EN, rows, &n, &total), ST_DENIED);
	assert_st(desk_queue_counts(&rq, &counts), ST_DENIED);
	assert_st(desk_receipt(&rq, NULL, f.number, &b), ST_DENIED);
	assert_st(desk_case_reporter(&rq, "wrong", f.number, LANG_EN, &v), ST_NOTFOUND);
	assert_st(desk_case_reporter(&rq, f.token, g.number, LANG_EN, &v), ST_NOTFOUND);
	rq.who = &admin;
	assert_st(desk_case_staff(&rq, f.number, LANG_EN, &v), ST_DENIED);
	/* A notice that waits has no page, even for whoever guessed its link. */
	struct answer_view av;
	assert_st(desk_answer_view(&rq, f.token, LANG_EN, &av), ST_NOTFOUND);
	store_reader_done(p->s);
	finish(w);
}
ON_EACH_DRIVER(who_must_not_may_not, forbidden)

/* ── what a reporter can never see ── */

static const char *const private_[] = { "bob@mail.example",
					"BOB-WORDS",
					"mei.private@mail.example",
					"Mei Chen",
					"abuse@maple.example",
					"abuse@cedar.example",
					"ANSWER-WORDS",
					"STAFF-NOTE",
					"PARTY-MESSAGE",
					"staff:1",
					"bob.png", "BOB-TOKEN" };

static void sees_nothing(const char *where, const char *text)
{
	for (size_t i = 0; i < sizeof private_ / sizeof *private_; i++)
		if (strstr(text, private_[i]))
			fail_msg("%s shows %s: %s", where, private_[i], text);
}

static void privacy(struct place *p)
{
	struct world *w = begin(p);
	char sha[65];
	memset(sha, 'a', 64);
	sha[64] = 0;
	struct filed a =
		file_it(w, (struct what){ .obs = "mei.idv.tw", .obs2 = "maple.com.tw", .email = "ann@mail.example" });
	file_it(w, (struct what){ .obs = "mei.idv.tw",
				  .text = "BOB-WORDS http://birch.com.tw/?u=BOB-TOKEN",
				  .email = "bob@mail.example",
				  .file = { (char *)"bob.png", NULL, sha, 10 } });
	confirm(w, "ann@mail.example");
	assert_ok(act(w, desk_notice_approve, (struct desk_act){ .number = a.number }));
	struct case_view s = staff_view(w, a.number);
	assert_ok(answer(w, "mei.private@mail.example", ANSWER_FIXED, "ANSWER-WORDS", 0));
	assert_ok(act(w, desk_note_add, (struct desk_act){ .number = a.number, .text = (char *)"STAFF-NOTE" }));
	assert_ok(act(w, desk_party_write,
		      (struct desk_act){ .number = a.number, .id = s.notice[0].id, .text = (char *)"PARTY-MESSAGE" }));
	assert_ok(act(w, desk_reporters_write,
		      (struct desk_act){ .number = a.number, .text = (char *)"HELLO-REPORTERS" }));
	advance(w, 8 * DAY);
	assert_ok(
		act(w, desk_case_close,
		    (struct desk_act){ .number = a.number, .reason = (char *)"fixed", .text = (char *)"STAFF-NOTE" }));
	struct case_view r = reporter_view(w, a.token);
	BUF_SCOPE b = BUF_INIT;
	desk_case_json(&b, &r, FOR_REPORTER);
	sees_nothing("the reporter's page", buf_cstr(&b));
	assert_non_null(strstr(buf_cstr(&b), "Maple Trading"));
	assert_non_null(strstr(buf_cstr(&b), "HELLO-REPORTERS"));
	assert_int_equal(r.nreporters, 0);
	assert_int_equal(r.ntasks, 0);
	for (int i = 0; i < w->mails; i++)
		if (strcmp(w->mail[i].to, "ann@mail.example") == 0)
			sees_nothing("a letter", w->mail[i].body);
	/* And the parties never see who reported. */
	for (int i = 0; i < w->mails; i++)
		if (strncmp(w->mail[i].to, "a", 1) == 0 && strstr(w->mail[i].to, "abuse@")) {
			assert_null(strstr(w->mail[i].body, "@mail.example"));
			assert_null(strstr(w->mail[i].body, "WORDS"));
		}
	assert_int_equal(mails_to(w, "bob@mail.example"), 1); /* not confirmed: the receipt only */
	/* The journal holds no address and no words. */
	struct req rq = on_reader(p);
	struct entry e[100];
	int n;
	assert_ok(journal_read(&rq, 0, 100, e, &n));
	for (int i = 0; i < n; i++)
		if (strcmp(e[i].room, "desk") == 0) {
			assert_null(strchr(e[i].payload, '@'));
			assert_null(strstr(e[i].payload, "WORDS"));
		}
	store_reader_done(p->s);
	finish(w);
}
ON_EACH_DRIVER(reporters_see_no_other_party, privacy)

/* ── erasing ── */

static enum st erase_write(struct req *rq, void *arg)
{
	struct privacy_erased out;
	return privacy_erase(rq, arg, &out);
}

static int64_t add_file(struct world *w, char sha[65])
{
	struct err e = { 0 };
	struct hash h;
	int64_t size = 0;
	assert_ok(file_from_path(teststore_dir(), file_of("a picture"), 1000, &h, &size, &e));
	hash_hex(&h, sha);
	return size;
}

static void erasing(struct place *p)
{
	struct world *w = begin(p);
	char sha[65];
	int64_t size = add_file(w, sha);
	struct filed a = file_it(w, (struct what){ .obs = "maple.com.tw",
						   .obs2 = "ann@mail.example",
						   .text = "ANN-WORDS",
						   .email = "ann@mail.example",
						   .share = true,
						   .file = { (char *)"p.png", (char *)"image/png", sha, size } });
	struct filed b = file_it(w, (struct what){ .obs = "maple.com.tw", .email = "bob@mail.example" });
	struct reporter_arg more = { .token = a.token, .text = (char *)"MORE-ANN-WORDS" };
	assert_ok(in_write(p, desk_reporter_add, &more));
	struct req rq = on_reader(p);
	BUF_SCOPE x = BUF_INIT;
	assert_ok(privacy_export(&rq, "ann@mail.example", &x));
	assert_non_null(strstr(buf_cstr(&x), "MORE-ANN-WORDS"));
	assert_non_null(strstr(buf_cstr(&x), sha));
	store_reader_done(p->s);
	assert_int_equal(access(file_path(p->mem, teststore_dir(), sha), F_OK), 0);

	assert_ok(in_write(p, erase_write, "ann@mail.example"));
	advance(w, HOUR);
	assert_int_not_equal(access(file_path(p->mem, teststore_dir(), sha), F_OK), 0);
	struct case_view s = staff_view(w, b.number), v;
	BUF_SCOPE j = BUF_INIT;
	desk_case_json(&j, &s, FOR_STAFF);
	assert_null(strstr(buf_cstr(&j), "ann@mail"));
	assert_null(strstr(buf_cstr(&j), "ANN-WORDS"));
	assert_int_equal(number_of(p, "SELECT count(*) FROM desk_observable WHERE value LIKE '%ann@%'"), 0);
	assert_int_equal(number_of(p, "SELECT count(*) FROM desk_report WHERE words <> ''"), 0);
	rq = on_reader(p);
	assert_st(desk_case_reporter(&rq, a.token, NULL, LANG_EN, &v), ST_NOTFOUND);
	assert_ok(desk_case_reporter(&rq, b.token, NULL, LANG_EN, &v));
	struct journal_report report;
	assert_ok(journal_verify(&rq, &report, NULL, NULL));
	assert_true(report.erased >= 2);
	store_reader_done(p->s);
	int before = w->mails;
	w->next = 0; /* what followers read again composes nothing for who is gone */
	w->mails = 0;
	follow(w);
	assert_true(before > 0);
	assert_int_equal(mails_to(w, "ann@mail.example"), 0);
	finish(w);
}
ON_EACH_DRIVER(erasing_a_reporter, erasing)

/* ── withdrawing, reopening, staff's writing ── */

static void withdrawing(struct place *p)
{
	struct world *w = begin(p);
	struct filed a = file_it(w, (struct what){ .obs = "maple.com.tw", .email = "ann@mail.example" });
	struct filed b = file_it(w, (struct what){ .obs = "maple.com.tw" });
	struct reporter_arg ra = { .token = a.token }, rb = { .token = b.token };
	assert_ok(in_write(p, desk_reporter_withdraw, &ra));
	assert_int_equal(staff_view(w, a.number).state, CASE_RECEIVED);
	assert_ok(in_write(p, desk_reporter_withdraw, &rb));
	struct case_view s = staff_view(w, a.number);
	assert_int_equal(s.state, CASE_CLOSED);
	assert_string_equal(s.close_reason, "withdrawn");
	assert_int_equal(s.notice[0].state, NOTICE_CANCELLED);
	struct reporter_arg add = { .token = a.token, .text = (char *)"more" };
	assert_st(in_write(p, desk_reporter_add, &add), ST_CONFLICT);
	assert_ok(act(w, desk_case_reopen, (struct desk_act){ .number = a.number }));
	s = staff_view(w, a.number);
	assert_int_equal(s.state, CASE_RECEIVED);
	assert_true(file_it(w, (struct what){ .obs = "maple.com.tw" }).joined);
	/* After a party was told, a withdrawal is for staff to weigh. */
	struct filed c = file_it(w, (struct what){ .obs = "birch.com.tw", .who = &handler });
	struct reporter_arg rc = { .token = c.token };
	assert_ok(in_write(p, desk_reporter_withdraw, &rc));
	s = staff_view(w, c.number);
	assert_int_equal(s.state, CASE_NOTIFIED);
	assert_true(has_task(&s, "withdrawn"));
	finish(w);
}
ON_EACH_DRIVER(withdrawing_and_reopening, withdrawing)

static void staff_acts(struct place *p)
{
	struct world *w = begin(p);
	struct filed f =
		file_it(w, (struct what){ .obs = "maple.com.tw", .obs2 = "birch.com.tw", .email = "ann@mail.example" });
	struct case_view s = staff_view(w, f.number);
	assert_ok(act(w, desk_notice_cancel, (struct desk_act){ .number = f.number, .id = s.notice[1].id }));
	assert_st(act(w, desk_notice_approve, (struct desk_act){ .number = f.number, .id = s.notice[1].id }),
		  ST_CONFLICT);
	assert_st(act(w, desk_escalate, (struct desk_act){ .number = f.number, .id = s.notice[0].id }), ST_CONFLICT);
	assert_st(act(w, desk_party_write,
		      (struct desk_act){ .number = f.number, .id = s.notice[0].id, .text = (char *)"hi" }),
		  ST_CONFLICT);
	assert_ok(act(w, desk_notice_approve, (struct desk_act){ .number = f.number, .id = s.notice[0].id }));
	assert_ok(act(w, desk_notice_approve, (struct desk_act){ .number = f.number, .id = s.notice[0].id }));
	assert_int_equal(mails_to(w, "abuse@maple.example"), 1);
	assert_ok(act(w, desk_party_write,
		      (struct desk_act){ .number = f.number, .id = s.notice[0].id, .text = (char *)"Any news?" }));
	assert_string_equal(last_to(w, "abuse@maple.example")->kind, "message");
	assert_ok(act(w, desk_escalate, (struct desk_act){ .number = f.number, .id = s.notice[0].id }));
	assert_int_equal(mails_to(w, "abuse@cedar.example"), 1);
	assert_st(act(w, desk_note_add, (struct desk_act){ .number = f.number, .text = (char *)" " }), ST_INVALID);
	assert_ok(act(w, desk_case_close, (struct desk_act){ .number = f.number, .reason = (char *)"duplicate" }));
	assert_st(act(w, desk_case_close, (struct desk_act){ .number = f.number, .reason = (char *)"duplicate" }),
		  ST_CONFLICT);
	assert_st(act(w, desk_notice_approve, (struct desk_act){ .number = f.number }), ST_CONFLICT);
	finish(w);
}
ON_EACH_DRIVER(staff_act, staff_acts)

/* ── lists ── */

static int64_t listed(struct world *w, enum queue_view view, const char *search, struct queue_row *rows, int *n)
{
	int64_t total = 0;
	struct req rq = on_reader(w->p);
	rq.who = &handler;
	if (desk_queue(&rq, view, search, 0, 20, LANG_EN, rows, n, &total))
		fail_msg("%s", rq.err.msg);
	store_reader_done(w->p->s);
	return total;
}

static void lists(struct place *p)
{
	struct world *w = begin(p);
	struct queue_row q[20];
	struct queue_counts c;
	int n;
	struct filed a = file_it(w, (struct what){ .obs = "http://maple.com.tw/one_two", .class_id = "phishing" });
	struct filed b = file_it(w, (struct what){ .obs = "birch.com.tw", .class_id = "malware", .who = &handler });
	struct filed d = file_it(w, (struct what){ .obs = "silent.com.tw", .record_only = true });
	assert_int_equal(listed(w, QUEUE_OPEN, NULL, q, &n), 2);
	assert_int_equal(listed(w, QUEUE_WAITING_US, NULL, q, &n), 1);
	assert_string_equal(q[0].number, a.number);
	assert_string_equal(q[0].badge, "A notice waits for approval");
	assert_string_equal(q[0].holder, "Maple Trading");
	assert_string_equal(q[0].first_obs, "http://maple.com.tw/one_two");
	assert_int_equal(listed(w, QUEUE_WAITING_PARTY, NULL, q, &n), 1);
	assert_string_equal(q[0].number, b.number);
	assert_string_equal(q[0].badge, "Waiting for the holder");
	assert_int_equal(q[0].due_at, w->now + DAY);
	assert_int_equal(listed(w, QUEUE_CLOSED, NULL, q, &n), 1);
	assert_string_equal(q[0].number, d.number);
	assert_int_equal(listed(w, QUEUE_ALL, NULL, q, &n), 3);
	assert_int_equal(listed(w, QUEUE_ALL, "nc-2026-", q, &n), 3);
	assert_int_equal(listed(w, QUEUE_ALL, b.number, q, &n), 1);
	assert_int_equal(listed(w, QUEUE_OPEN, "hxxp://maple[.]com.tw/one_two", q, &n), 1);
	assert_int_equal(listed(w, QUEUE_OPEN, "one_t", q, &n), 1);
	assert_int_equal(listed(w, QUEUE_OPEN, "oneXt", q, &n), 0);
	assert_int_equal(listed(w, QUEUE_OPEN, "%", q, &n), 0);
	assert_int_equal(listed(w, QUEUE_CLOSED, "silent.com.tw", q, &n), 1);
	struct req rq = on_reader(p);
	rq.who = &handler;
	assert_ok(desk_queue_counts(&rq, &c));
	store_reader_done(p->s);
	assert_int_equal(c.open, 2);
	assert_int_equal(c.waiting_us, 1);
	assert_int_equal(c.closed, 1);
	assert_int_equal(c.notices, 1);
	assert_int_equal(c.tasks, 0);
	finish(w);
}
ON_EACH_DRIVER(the_queue, lists)

/* ── receipts ── */

static enum st put_head(struct req *rq, void *arg)
{
	return journal_checkpoint_put(rq, arg);
}

static void sign_head(struct world *w, struct vkey *key)
{
	uint8_t seed[32] = { 7 }, pub[32];
	struct checkpoint_text text = { .origin = "cert.tw/journal" };
	struct req rq = on_reader(w->p);
	int64_t size = 0;
	assert_ok(journal_head(&rq, &size));
	assert_ok(journal_root(&rq, size, &text.root));
	text.size = (uint64_t)size;
	assert_true(ed25519_public(seed, pub));
	vkey_make(key, text.origin, NOTE_ED25519, pub);
	BUF_SCOPE b = BUF_INIT;
	checkpoint_write(&b, &text);
	size_t n = b.n;
	buf_str(&b, "\n");
	assert_true(note_sign_line(&b, key, seed, b.p, n));
	struct checkpoint c = { size, w->now, arena_strdup(w->p->mem, buf_cstr(&b)), (char *)"[]" };
	store_reader_done(w->p->s);
	assert_ok(in_write(w->p, put_head, &c));
}

static void receipts(struct place *p)
{
	struct world *w = begin(p);
	struct vkey key;
	struct receipt_facts facts;
	struct filed f = file_it(w, (struct what){ .obs = "maple.com.tw" });
	struct filed g = file_it(w, (struct what){ .obs = "maple.com.tw" });
	struct req rq = on_reader(p);
	BUF_SCOPE none = BUF_INIT;
	assert_st(desk_receipt(&rq, f.token, NULL, &none), ST_BUSY);
	store_reader_done(p->s);
	sign_head(w, &key);
	const char *tokens[] = { f.token, g.token, NULL };
	for (int i = 0; i < 3; i++) {
		BUF_SCOPE b = BUF_INIT;
		rq = on_reader(p);
		rq.who = tokens[i] ? &nobody : &handler;
		if (desk_receipt(&rq, tokens[i], tokens[i] ? NULL : f.number, &b))
			fail_msg("%s", rq.err.msg);
		if (receipt_check(b.p, b.n, &key, &facts, &rq.err))
			fail_msg("%s", rq.err.msg);
		assert_string_equal(facts.case_number, f.number);
		assert_string_equal(facts.digest, i == 1 ? g.digest : f.digest);
		assert_string_equal(facts.verb, "report-filed");
		store_reader_done(p->s);
	}
	finish(w);
}
ON_EACH_DRIVER(receipts_check, receipts)

int main(void)
{
	idn_setup();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(report_to_close),
		cmocka_unit_test(confidence_decides),
		cmocka_unit_test(silence_is_noticed),
		cmocka_unit_test(need_until_and_not_ours),
		cmocka_unit_test(a_bounce_is_no_contact),
		cmocka_unit_test(reports_join),
		cmocka_unit_test(no_usable_contact),
		cmocka_unit_test(for_the_record_only),
		cmocka_unit_test(registered_for_abuse_never_the_holder),
		cmocka_unit_test(harmless_is_kept_not_told),
		cmocka_unit_test(a_retry_is_harmless),
		cmocka_unit_test(bad_reports_are_refused),
		cmocka_unit_test(who_must_not_may_not),
		cmocka_unit_test(reporters_see_no_other_party),
		cmocka_unit_test(erasing_a_reporter),
		cmocka_unit_test(withdrawing_and_reopening),
		cmocka_unit_test(staff_act),
		cmocka_unit_test(the_queue),
		cmocka_unit_test(receipts_check),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
