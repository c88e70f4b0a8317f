/* Every page in both languages, with hostile values everywhere; what comes out must hold no markup of theirs.
 * PREVIEW_DIR=folder writes the pages with friendly values instead, to look at them in a browser. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>
#include "base/clock.h"
#include "base/text.h"
#include "front/web/assets.h"
#include "front/web/page.h"
#include "front/web/pages.h"

#define HOSTILE "\"'><script>alert(1)</script><img src=x onerror=alert(2)>&amp;\r\nSet-Cookie: a=b"

static bool friendly;
static struct arena *mem;
static struct config cfg = {
	.public_url = "https://nicert.example", .site_zone = 480, .site_contact = "report@nicert.example", .dir = "/x"
};
static int64_t now;

static char *pick(const char *nice)
{
	return (char *)(friendly ? nice : HOSTILE);
}

static struct case_obs *some_obs(int *n)
{
	static struct case_obs o[2];
	memset(o, 0, sizeof o);
	o[0] = (struct case_obs){ .id = 1,
				  .value = pick("https://parcel-fee.example/tw"),
				  .kind = pick("url"),
				  .shown = pick("https://parcel-fee.example/tw"),
				  .attributed = true,
				  .responsible = true,
				  .matched = pick("parcel-fee.example"),
				  .country = pick("TW"),
				  .links = 4,
				  .now = 0 };
	o[0].chain[0] = (struct chain_link){ .role = LINK_HOLDER,
					     .name = pick("Maple Trading Ltd."),
					     .handle = pick("parcel-fee.example") };
	o[0].chain[1] =
		(struct chain_link){ .role = LINK_SPONSOR, .name = pick("Cedar Names"), .handle = pick("cedar") };
	o[0].chain[2] = (struct chain_link){ .role = LINK_UPSTREAM,
					     .name = pick("Kestrel Hosting"),
					     .handle = pick("AS64496") };
	o[0].chain[3] = (struct chain_link){ .role = LINK_AUTHORITY, .name = pick("nicert"), .handle = pick("TW") };
	o[1] = (struct case_obs){ .id = 2,
				  .value = pick("203.0.113.9"),
				  .kind = pick("ipv4"),
				  .shown = pick("203.0.113.9"),
				  .no_contact = true,
				  .now = -1,
				  .elsewhere = pick("The address is held in JP; ask JPNIC.") };
	*n = 2;
	return o;
}

static struct report_file screenshot[1];

static struct case_view *some_case(enum lang l, enum case_state state)
{
	struct case_view *v = arena_new_of(mem, struct case_view);
	struct case_step *step = arena_array(mem, struct case_step, 4);
	struct case_notice *notice = arena_array(mem, struct case_notice, 3);
	struct case_reporter *rep = arena_array(mem, struct case_reporter, 2);
	struct task *task = arena_array(mem, struct task, 1);
	bool zh = l == LANG_ZH_TW;
	int64_t h = 3600 * USEC;
	step[0] = (struct case_step){
		now + 2 * h, "next",
		pick(zh ? "持有人回覆，或改由註冊商處理" : "The holder answers, or we tell the registrar"), NULL, NULL
	};
	step[1] = (struct case_step){ now - 20 * h, "now",
				      pick(zh ? "已通知網域持有人" : "We sent a notice to the holder of the name"),
				      NULL, pick("staff:1") };
	step[2] = (struct case_step){ now - 22 * h, "done", pick(zh ? "已查證通報內容" : "We checked the report"), NULL,
				      pick("staff:1") };
	step[3] = (struct case_step){ now - 23 * h, "done", pick(zh ? "您送出通報" : "You sent the report"),
				      pick(zh ? "1 個網址、1 個檔案" : "1 address, 1 file"), pick("reporter:1") };
	notice[0] = (struct case_notice){ .id = 1,
					  .role = LINK_HOLDER,
					  .party = pick("Maple Trading Ltd."),
					  .email = pick("abuse@maple.example"),
					  .state = NOTICE_SENT,
					  .sent_at = now - 20 * h,
					  .due_at = now + 2 * h,
					  .nobs = 1,
					  .first_obs = pick("parcel-fee.example") };
	notice[1] = (struct case_notice){ .id = 2,
					  .role = LINK_SPONSOR,
					  .party = pick("Cedar Names"),
					  .email = pick("abuse@cedar.example"),
					  .state = NOTICE_WAITING,
					  .why_waiting = pick("The first notice of this kind is read by a person."),
					  .nobs = 1,
					  .first_obs = pick("parcel-fee.example") };
	notice[2] = (struct case_notice){ .id = 3,
					  .role = LINK_UPSTREAM,
					  .party = pick("Kestrel Hosting"),
					  .state = NOTICE_ANSWERED,
					  .answer = ANSWER_NEED_UNTIL,
					  .sent_at = now - 20 * h,
					  .until = now + 30 * h,
					  .answer_text = pick("We wait for the customer."),
					  .nobs = 2 };
	rep[0] = (struct case_reporter){ .report = 1,
					 .email = pick("mei@example.tw"),
					 .confirmed = true,
					 .share_words = true,
					 .has_words = true,
					 .source = pick("web"),
					 .lang = pick("zh-TW"),
					 .words = pick(
						 "您的包裹已扣留，請於今日補繳 58 元。\nhttps://parcel-fee.example/tw"),
					 .at = now - 23 * h,
					 .nfiles = 1 };
	screenshot[0] = (struct report_file){ pick("screenshot.png"), pick("image/png"), pick("ab12"), 412345 };
	rep[0].file = screenshot;
	rep[1] = (struct case_reporter){ .report = 2, .source = pick("api"), .at = now - 3 * h };
	task[0] = (struct task){ .id = 4,
				 .kind = "contact",
				 .subject = pick("NC-2026-004817"),
				 .text = pick("Find a contact for 203.0.113.9"),
				 .created_at = now - h };
	*v = (struct case_view){ .severity = pick("2"),
				 .severity_title = pick("Level 2"),
				 .lane = pick("coordination"),
				 .lane_title = pick("Coordination"),
				 .tags = pick("bank"),
				 .id = 1,
				 .number = pick("NC-2026-004817"),
				 .state = state,
				 .class_id = pick("phishing"),
				 .class_title = pick("False site (phishing)"),
				 .rsit = pick("fraud:phishing"),
				 .title = pick(zh ? "假網站（釣魚）" : "False site (phishing)"),
				 .opened_at = now - 23 * h,
				 .changed_at = now - 2 * h,
				 .due_at = now + 2 * h,
				 .next = pick(zh ? "下一步：持有人須在今天 16:40 前回覆"
						 : "Next: the holder must answer by today, 16:40"),
				 .next_more = pick(
					 zh ? "若未回覆，我們會通知註冊商。您不需要做任何事。"
					    : "If they do not, we tell the registrar. You do not need to do anything."),
				 .notice = notice,
				 .nnotices = 3,
				 .reporter = rep,
				 .nreporters = 2,
				 .step = step,
				 .nsteps = 4,
				 .task = task,
				 .ntasks = 1,
				 .mine = rep[0],
				 .digest = pick("9f2c41aa07e3b8d19f2c41aa07e3b8d19f2c41aa07e3b8d19f2c41aa07e3b8d1"),
				 .others = 2 };
	v->obs = some_obs(&v->nobs);
	if (state == CASE_CLOSED)
		v->close_reason = pick("fixed"), v->closed_at = now;
	return v;
}

/* ── one function a page ── */

static void do_home(struct page *p)
{
	web_home(p);
}
static void do_privacy(struct page *p)
{
	web_privacy(p);
}
static void do_accessibility(struct page *p)
{
	web_accessibility(p);
}
static void do_confirm(struct page *p)
{
	p->task = true;
	web_confirm(p, pick("abcdefghijklmnopqrstuvwxyz"));
}
static void do_message(struct page *p)
{
	web_message(
		p, &(struct message_view){ .head = pick("There is no such page"),
					   .text = pick("The address may be mistyped, or the link is no longer valid."),
					   .more = pick("more"),
					   .link = "/",
					   .link_text = "To the first page",
					   .code = pick("404") });
}

static struct report_form *some_form(struct page *p)
{
	static const struct desk_class classes[] = { { "phishing", "fraud:phishing", "False site (phishing)" },
						     { "malware", "malicious-code:malware", "Harmful program" } };
	struct report_form *f = arena_new_of(mem, struct report_form);
	*f = (struct report_form){ .class_id = "phishing",
				   .observables = pick("https://parcel-fee.example/tw"),
				   .description = pick("Your parcel is held."),
				   .email = pick("mei@example.tw"),
				   .share_words = true,
				   .token = pick("token"),
				   .classes = classes,
				   .nclasses = 2,
				   .nfiles = 1 };
	f->file[0] = (struct report_file){ pick("screenshot.png"), pick("image/png"), pick("ab12"), 412345 };
	f->kept[0] = pick("ref");
	return f;
}
static void do_report(struct page *p)
{
	struct report_form f = { .observables = "",
				 .description = "",
				 .email = "",
				 .classes = some_form(p)->classes,
				 .nclasses = 2,
				 .token = "t" };
	p->nav = NAV_REPORT;
	web_report(p, &f);
}
static void do_report_bad(struct page *p)
{
	struct report_form *f = some_form(p);
	p->nav = NAV_REPORT;
	p->bad = true;
	form_bad(&f->bad, "observables", tr(p->lang, "Tell us where it is, or what happened."));
	form_bad(&f->bad, "email",
		 friendly ? tr(p->lang, "Enter an e-mail address like name@example.tw, or leave it empty.") : HOSTILE);
	web_report(p, f);
}
static void show_case(struct page *p, enum case_state s, bool fresh)
{
	struct case_form f = { .token = pick("abcdefghijklmnopqrstuvwxyz"),
			       .text = friendly ? "" : HOSTILE,
			       .fresh = fresh,
			       .v = some_case(p->lang, s) };
	p->nav = NAV_CASE;
	web_case(p, &f);
}
static void do_case(struct page *p)
{
	show_case(p, CASE_NOTIFIED, false);
}
static void do_case_new(struct page *p)
{
	show_case(p, CASE_RECEIVED, true);
}
static void do_case_closed(struct page *p)
{
	show_case(p, CASE_CLOSED, false);
}
static void do_receipt(struct page *p)
{
	static const struct receipt_words held = { "2026-11-24T14:05:00Z",
						   "{}",
						   "AAAA",
						   "c2sp.org/tlog-proof@v1",
						   "key",
						   { { "witness.example", "2026-11-24T14:05:01Z" } },
						   1 };
	web_receipt(p, some_case(p->lang, CASE_NOTIFIED), &held, pick("abcdefghijklmnopqrstuvwxyz"));
}
static void do_withdraw(struct page *p)
{
	web_withdraw(p, some_case(p->lang, CASE_NOTIFIED), pick("abcdefghijklmnopqrstuvwxyz"));
}
static void do_find(struct page *p)
{
	struct find_form f = { .number = pick("NC-2026-004817"), .email = pick("mei@example.tw"), .asked = true };
	p->nav = NAV_CASE;
	web_find(p, &f);
}

static void do_answer(struct page *p)
{
	struct answer_view v = {
		.number = pick("NC-2026-004817"),
		.class_title = pick(p->lang ? "假網站（釣魚）" : "False site (phishing)"),
		.rsit = "fraud:phishing",
		.lead = pick(p->lang ? "可能有人在您不知情的情況下入侵。這很常見，我們不會因此責怪您。請告訴我們您的處"
				       "理情形。"
				     : "Somebody may have broken in without your knowledge. That happens often, and it "
				       "is not held against you. Please tell us what you did."),
		.state = NOTICE_SENT,
		.role = LINK_HOLDER,
		.party = pick("Maple Trading Ltd."),
		.email = pick("abuse@maple.example"),
		.sent_at = now - 3600 * USEC,
		.due_at = now + 9300 * USEC,
		.words = pick("Your parcel is held."),
		.max_until = now + 3 * 86400 * USEC
	};
	struct answer_form f = { .token = pick("abcdefghijklmnopqrstuvwxyz"),
				 .kind = "fixed",
				 .until = friendly ? "" : HOSTILE,
				 .text = friendly ? "" : HOSTILE,
				 .v = &v };
	v.obs = some_obs(&v.nobs);
	p->task = true;
	web_answer(p, &f);
}
static void do_answered(struct page *p)
{
	struct answer_view v = { .number = pick("NC-2026-004817"),
				 .class_title = pick("False site (phishing)"),
				 .lead = pick("Lead."),
				 .state = NOTICE_ANSWERED,
				 .party = pick("Maple Trading Ltd."),
				 .answered_at = now,
				 .answer = ANSWER_NEED_UNTIL,
				 .until = now + 86400 * USEC,
				 .answer_text = pick("We wait for the customer."),
				 .max_until = now + 3 * 86400 * USEC };
	struct answer_form f = { .token = pick("abc"), .sent = true, .v = &v };
	v.obs = some_obs(&v.nobs);
	p->task = true;
	web_answer(p, &f);
}

static void do_lookup(struct page *p)
{
	struct answer a = { .query = pick("www.shop-maple.example"),
			    .kind = THING_NAME,
			    .host = pick("www.shop-maple.example"),
			    .matched = pick("shop-maple.example"),
			    .country = pick("TW"),
			    .responsible = true,
			    .links = 4,
			    .valid_from = now - 900 * 86400 * USEC,
			    .source = pick("names:tw") };
	struct lookup_view v = { .q = pick("www.shop-maple.example"), .a = &a };
	struct case_obs *o = some_obs(&(int){ 0 });
	memcpy(a.chain, o->chain, sizeof a.chain);
	for (int i = 0; i < 4; i++) {
		a.chain[i].contacts = 1;
		a.chain[i].contact[0].email = pick("abuse@maple.example");
	}
	p->nav = NAV_LOOKUP;
	web_lookup(p, &v);
}
static void do_lookup_elsewhere(struct page *p)
{
	struct answer a = { .query = pick("8.8.8.8"),
			    .kind = THING_ADDR,
			    .country = pick("US"),
			    .elsewhere = pick("It is held in the United States; ask ARIN.") };
	struct lookup_view v = { .q = pick("8.8.8.8"), .a = &a, .why = friendly ? NULL : HOSTILE };
	p->nav = NAV_LOOKUP;
	web_lookup(p, &v);
}
static void do_sign_in(struct page *p)
{
	struct sign_form f = { .login = pick("lin"), .next = pick("/staff") };
	form_bad(&f.bad, "login", pick("The login, the password or the code is wrong."));
	web_sign_in(p, &f);
}
static void do_invite(struct page *p)
{
	struct invite_form f = {
		.token = pick("abc"),
		.login = pick("lin"),
		.name = pick("Lin Wei"),
		.secret = pick("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"),
		.uri = pick("otpauth://totp/nicert:lin?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=nicert")
	};
	p->task = true;
	web_invite(p, &f);
}

static void as_staff(struct page *p)
{
	static struct session s;
	static struct queue_counts c = { 214, 15, 96, 1021, 7, 3 };
	s = (struct session){
		.account = 1, .login = pick("lin"), .name = pick("Lin Wei"), .csrf = pick("csrf"), .role = ROLE_HANDLER
	};
	p->staff = &s;
	p->counts = &c;
	p->search = pick("");
}
static const struct choices *some_choices(void)
{
	static struct desk_choice level[1], queue[1], tag[1];
	static struct desk_class kind[1];
	static struct account worker[1];
	static struct choices c = { level, queue, tag, kind, worker, 1, 1, 1, 1, 1 };
	level[0] = (struct desk_choice){ pick("2"), pick("Level 2") };
	queue[0] = (struct desk_choice){ pick("coordination"), pick("Coordination") };
	tag[0] = (struct desk_choice){ pick("bank"), NULL };
	kind[0] = (struct desk_class){ .id = pick("phishing"),
				       .title = pick("False site (phishing)"),
				       .rsit = pick("x:y") };
	worker[0] = (struct account){ .login = pick("lin"), .name = pick("Lin Wei") };
	return &c;
}
static struct queue_filter some_filter(void)
{
	return (struct queue_filter){
		.lane = pick("coordination"), .severity = "", .class_id = "", .assignee = "me", .tag = ""
	};
}
static void do_queue_bulk(struct page *p)
{
	static char *number[2];
	number[0] = number[1] = pick("NC-2026-004790");
	struct bulk_page b = {
		.many = { number,
			  2,
			  0,
			  { .assignee = pick("me"), .lane = pick("coordination"), .tag_more = pick("bank") } },
		.choices = *some_choices(),
		.back = pick("/staff?view=open")
	};
	as_staff(p);
	web_queue_bulk(p, &b);
}
static void do_queue(struct page *p)
{
	struct queue_row row[4];
	struct saved_view saved = { pick("Mine"), pick("/staff?view=open") };
	struct queue_page q = { .view = QUEUE_OPEN,
				.row = row,
				.n = 4,
				.page = 2,
				.pages = 9,
				.total = 214,
				.from = 25,
				.search = friendly ? "" : HOSTILE,
				.filter = some_filter(),
				.choices = some_choices(),
				.today = 2,
				.until = now + 9 * 3600 * USEC,
				.saved = &saved,
				.nviews = 1,
				.here = pick("/staff?view=open") };
	for (int i = 0; i < 4; i++)
		row[i] = (struct queue_row){ .number = pick("NC-2026-004790"),
					     .title = pick(p->lang ? "假網站（釣魚）" : "False site (phishing)"),
					     .state = CASE_NOTIFIED,
					     .due_at = now + (i - 1) * 20 * 3600 * USEC,
					     .first_obs = pick("https://login-harbour.example/a/very/long/path"),
					     .holder = pick("Kestrel Hosting"),
					     .nobs = 1 + i,
					     .nreports = 3,
					     .badge = i ? NULL : pick("Our turn: approve"),
					     .tone = pick("warn"),
					     .assignee = i % 2 ? NULL : pick("lin") };
	as_staff(p);
	p->nav = NAV_QUEUE;
	web_queue(p, &q);
}
static void do_queue_empty(struct page *p)
{
	struct queue_page q = { .view = QUEUE_WAITING_US,
				.page = 1,
				.search = friendly ? "" : HOSTILE,
				.filter = some_filter(),
				.choices = some_choices(),
				.here = pick("/staff?view=us") };
	as_staff(p);
	web_queue(p, &q);
}
static void do_staff_case(struct page *p)
{
	as_staff(p);
	p->done = "note";
	web_staff_case(p, some_case(p->lang, CASE_NOTIFIED), some_choices());
}
static void do_tasks(struct page *p)
{
	as_staff(p);
	web_tasks(p, some_case(p->lang, CASE_NOTIFIED)->task, 1);
}
static void do_health(struct page *p)
{
	struct parked parked = { 12, now, pick("mail"), pick("550 no such user") };
	struct health_view v = { .parked = &parked, .nparked = 1, .entries = 1234 };
	as_staff(p);
	web_health(p, &v);
}

static const struct {
	const char *name, *title;
	void (*render)(struct page *p);
} pages[] = {
	{ "home", "Report, look up, check", do_home },
	{ "report", "Report a problem", do_report },
	{ "report-bad", "Report a problem", do_report_bad },
	{ "case", "Your report", do_case },
	{ "case-new", "Your report", do_case_new },
	{ "case-closed", "Your report", do_case_closed },
	{ "receipt", "Receipt", do_receipt },
	{ "withdraw", "Withdraw your report", do_withdraw },
	{ "find", "My case", do_find },
	{ "confirm", "Confirm your e-mail address", do_confirm },
	{ "answer", "Answer our notice", do_answer },
	{ "answered", "Answer our notice", do_answered },
	{ "lookup", "Who is responsible?", do_lookup },
	{ "lookup-elsewhere", "Who is responsible?", do_lookup_elsewhere },
	{ "privacy", "Privacy", do_privacy },
	{ "accessibility", "Accessibility", do_accessibility },
	{ "message", "There is no such page", do_message },
	{ "sign-in", "Staff sign-in", do_sign_in },
	{ "invite", "Set up your account", do_invite },
	{ "queue", "Queue", do_queue },
	{ "queue-empty", "Queue", do_queue_empty },
	{ "queue-bulk", "Change several cases", do_queue_bulk },
	{ "staff-case", "Case", do_staff_case },
	{ "tasks", "Tasks", do_tasks },
	{ "health", "Health", do_health },
};
enum { PAGES = sizeof pages / sizeof *pages };

static void render(int i, enum lang l, struct buf *out)
{
	struct page p = { .out = out,
			  .lang = l,
			  .mem = mem,
			  .cfg = &cfg,
			  .now = now,
			  .title = friendly ? tr(l, pages[i].title) : HOSTILE,
			  .path = friendly ? "/" : HOSTILE };
	pages[i].render(&p);
	assert_false(out->bad);
}

/* ── a reader of what came out: as strict as a template is meant to be ── */

/* Every tag's attributes are quoted, none begins with "on", no script but ours, no javascript: address. */
static void check_markup(const char *name, const char *s)
{
	assert_null(strstr(s, "<script>"));
	assert_null(strstr(s, "<img"));
	assert_null(strstr(s, "alert(1)</"));
	assert_null(strcasestr(s, "=\"javascript:"));
	for (const char *tag = s; (tag = strchr(tag, '<'));) {
		bool quoted = false;
		const char *c = tag + 1;
		for (; *c && (quoted || *c != '>'); c++) {
			if (*c == '"')
				quoted = !quoted;
			else if (!quoted && (*c == '<' || *c == '\''))
				fail_msg("%s: markup is broken near %.60s", name, tag);
			else if (!quoted && c[-1] == ' ' && strncasecmp(c, "on", 2) == 0)
				fail_msg("%s: an event attribute near %.60s", name, tag);
		}
		assert_int_equal(*c, '>');
		tag = c;
	}
}

static void hostile_values(void **state)
{
	(void)state;
	for (int i = 0; i < PAGES; i++)
		for (int l = 0; l < LANG_COUNT; l++) {
			BUF_SCOPE out = BUF_INIT;
			render(i, (enum lang)l, &out);
			check_markup(pages[i].name, buf_cstr(&out));
		}
}

/* ids are used once a page; every label, aria-describedby, and local link leads to one. */
static void check_ids(const char *name, const char *s)
{
	static const char *const refs[] = { " for=\"", " aria-labelledby=\"", " aria-describedby=\"", " href=\"#" };
	for (const char *at = s; (at = strstr(at, " id=\"")); at++) {
		char id[80];
		snprintf(id, sizeof id, "%.*s", (int)strcspn(at + 5, "\"") + 6, at);
		if (strstr(at + 5, id))
			fail_msg("%s: %s is there twice", name, id);
	}
	for (size_t r = 0; r < sizeof refs / sizeof *refs; r++)
		for (const char *at = s; (at = strstr(at, refs[r])); at++) {
			const char *v = at + strlen(refs[r]);
			for (size_t n; *v && *v != '"'; v += n + (v[n] == ' ')) {
				char id[80];
				n = strcspn(v, "\" ");
				snprintf(id, sizeof id, " id=\"%.*s\"", (int)n, v);
				if (!strstr(s, id))
					fail_msg("%s: nothing has%s", name, id);
			}
		}
}

static void write_page(const char *dir, const char *name, enum lang l, const struct buf *out)
{
	char path[512];
	snprintf(path, sizeof path, "%s/%s.%s.html", dir, name, lang_tag(l));
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fwrite(out->p, 1, out->n, f);
	fclose(f);
}

static void write_assets(const char *dir)
{
	char path[512];
	snprintf(path, sizeof path, "%s/assets", dir);
	mkdir(path, 0700);
	for (int i = 0; i < web_assets_count; i++) {
		snprintf(path, sizeof path, "%s%s", dir, web_assets[i].url);
		FILE *f = fopen(path, "w");
		assert_non_null(f);
		fwrite(web_assets[i].p, 1, web_assets[i].n, f);
		fclose(f);
	}
}

static void friendly_values(void **state)
{
	const char *dir = getenv("PREVIEW_DIR");
	(void)state;
	friendly = true;
	for (int i = 0; i < PAGES; i++)
		for (int l = 0; l < LANG_COUNT; l++) {
			BUF_SCOPE out = BUF_INIT;
			render(i, (enum lang)l, &out);
			check_markup(pages[i].name, buf_cstr(&out));
			check_ids(pages[i].name, buf_cstr(&out));
			if (dir)
				write_page(dir, pages[i].name, (enum lang)l, &out);
		}
	if (dir)
		write_assets(dir);
	friendly = false;
}

/* What stands at a line is the number that the line is drawn for. */
static void lines_of_a_chart(void **state)
{
	(void)state;
	for (int64_t max = 0; max < 5000; max++) {
		int64_t top = chart_top(max);
		assert_true(top >= max && top % 4 == 0);
		assert_true(max <= 4 || top <= max * 5 / 2 + 4); /* and the bars are not lost below it */
	}
	assert_int_equal(chart_top(0), 4);
	assert_int_equal(chart_top(5), 8);
	assert_int_equal(chart_top(81), 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(hostile_values), cmocka_unit_test(friendly_values),
					    cmocka_unit_test(lines_of_a_chart) };
	mem = arena_new(64 << 20);
	now = time_parse("2026-11-24T06:05:00Z");
	clock_set_for_test(now);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_free(mem);
	return failed;
}
