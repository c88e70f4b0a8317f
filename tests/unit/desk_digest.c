/* Digests, replayed on both stores: what joins one, what does not, what its letter says and what becomes of it. */
#include "deskworld.h"
#include "desk/desk_mail.h"
#include "desk/desk_move.h"
#include "desk/desk_open.h"
#include "desk/desk_sort.h"

#define TELECOM "abuse@telecom.example"
#define MAPLE "abuse@maple.example"
#define CEDAR "abuse@cedar.example"

static struct filed bulk_of(struct world *w, const char *class_id, const char *obs)
{
	return file_it(w, (struct what){ .obs = obs, .class_id = class_id, .who = &handler, .source = SOURCE_API });
}

static struct filed bulk(struct world *w, const char *obs)
{
	return bulk_of(w, "scanner", obs);
}

static struct case_notice notice_of(struct world *w, const char *number, int i)
{
	struct case_view v = staff_view(w, number);
	assert_true(i < v.nnotices);
	return v.notice[i];
}

/* To the next eight o'clock of the site, and until what followed is written down. */
static void to_morning(struct world *w)
{
	int64_t zone = 8 * HOUR, local = w->now + zone, morning = local / DAY * DAY + 8 * HOUR;
	advance(w, (morning > local ? morning : morning + DAY) - local);
	for (int i = 0; i < 60; i++)
		advance(w, 1);
}

static int kind_to(const struct world *w, const char *to, const char *kind)
{
	int n = 0;
	for (int i = 0; i < w->mails; i++)
		n += !strcmp(w->mail[i].to, to) && !strcmp(w->mail[i].kind, kind);
	return n;
}

/* ── one letter a day ── */

static void one_letter(struct place *p)
{
	struct world *w = begin(p);
	struct filed a = bulk(w, "1.34.5.6"), b = bulk(w, "1.34.5.7"), c = bulk(w, "1.34.5.8");
	struct case_notice n = notice_of(w, a.number, 0);
	assert_int_equal(n.state, NOTICE_APPROVED);
	assert_int_equal(n.digest_at, T0 / DAY * DAY + DAY); /* 08:00 in UTC+8 */
	assert_int_equal(mails_to(w, TELECOM), 0);
	/* Three notices of two cases. */
	assert_ok(act(w, desk_case_merge,
		      (struct desk_act){ .number = a.number, .reason = b.number, .text = (char *)"" }));
	advance(w, HOUR);
	assert_int_equal(mails_to(w, TELECOM), 0);
	to_morning(w);
	assert_int_equal(mails_to(w, TELECOM), 1);
	const struct mail *m = last_to(w, TELECOM);
	assert_string_equal(m->kind, "digest");
	assert_int_equal(m->rows, 3);
	assert_string_equal(m->subject, "[TLP:AMBER] 2026-09-22 每日彙整通知，共 3 項發現");
	assert_string_equal(m->lang, "zh-TW");
	assert_null(strstr(m->body, a.number));
	assert_non_null(strstr(m->body, b.number));
	assert_non_null(strstr(m->body, ",ipv4,1.34.5.6,"));
	assert_non_null(strstr(m->body, URL "/answer/"));
	assert_non_null(strstr(m->body, "\"source_identifier\":\"1.34.5.8\""));
	for (int i = 0; i < 2; i++) {
		n = notice_of(w, b.number, i);
		assert_int_equal(n.state, NOTICE_SENT);
		assert_true(n.sent_at && n.due_at > w->now + DAY);
		assert_string_equal(n.then, "remind");
		assert_int_equal(n.digest_at, 0);
	}
	struct case_view v = staff_view(w, c.number);
	SEES(&v, "We told");
	bool said = false;
	for (int i = 0; i < v.nsteps; i++)
		said |= v.step[i].more && strstr(v.step[i].more, "They were told in the digest of 22 Sep 2026");
	assert_true(said);
	/* The next day's is another letter, of what came since. */
	bulk(w, "1.34.5.9");
	to_morning(w);
	assert_int_equal(mails_to(w, TELECOM), 2);
	assert_int_equal(last_to(w, TELECOM)->rows, 1);
	to_morning(w); /* nothing new: none */
	assert_int_equal(mails_to(w, TELECOM), 2);
	finish(w);
}
ON_EACH_DRIVER(three_notices_one_letter, one_letter)

/* An address seen twice before the letter is one line of one notice; a finding after the letter is made is none of
 * it. */
static void joins(struct place *p)
{
	struct world *w = begin(p);
	struct filed a = bulk(w, "1.34.5.6"), again = bulk(w, "1.34.5.6");
	assert_true(again.joined);
	struct filed more = file_it(w, (struct what){ .obs = "1.34.5.6",
						      .obs2 = "1.34.5.20",
						      .class_id = "scanner",
						      .who = &handler,
						      .source = SOURCE_CLI });
	assert_true(more.joined);
	assert_int_equal(staff_view(w, a.number).nnotices, 1);
	assert_int_equal(notice_of(w, a.number, 0).nobs, 2);
	/* Somebody's single report of it on the web goes at once, as a notice of its own. */
	struct filed web = file_it(
		w, (struct what){ .obs = "1.34.5.6", .obs2 = "1.34.5.21", .class_id = "scanner", .who = &handler });
	assert_true(web.joined);
	assert_int_equal(kind_to(w, TELECOM, "notice"), 1);
	assert_int_equal(staff_view(w, a.number).nnotices, 2);
	to_morning(w);
	assert_int_equal(kind_to(w, TELECOM, "digest"), 1);
	assert_int_equal(last_to(w, TELECOM)->rows, 2);
	finish(w);
}
ON_EACH_DRIVER(what_joins_before_the_letter, joins)

/* ── at once ── */

static enum st graver(struct world *w, char *number, const char *level)
{
	struct desk_sorting s = { .number = number, .severity = (char *)(uintptr_t)level };
	struct actor before = w->p->who;
	w->p->who = handler;
	enum st st = in_write(w->p, desk_case_sort, &s);
	w->p->who = before;
	follow(w);
	return st;
}

static void at_once(struct place *p)
{
	struct world *w = begin(p);
	bulk_of(w, "phishing", "1.34.6.1");
	assert_int_equal(kind_to(w, TELECOM, "notice"), 1);
	struct filed a = bulk(w, "1.34.6.2");
	assert_ok(graver(w, a.number, "2"));
	assert_int_equal(kind_to(w, TELECOM, "notice"), 1);
	assert_ok(graver(w, a.number, "3"));
	assert_int_equal(kind_to(w, TELECOM, "notice"), 2);
	assert_int_equal(notice_of(w, a.number, 0).state, NOTICE_SENT);
	/* What joins a grave case does not wait either; another class is looked at again. */
	file_it(w, (struct what){ .obs = "1.34.6.2",
				  .obs2 = "1.34.6.3",
				  .class_id = "scanner",
				  .who = &handler,
				  .source = SOURCE_API });
	assert_int_equal(kind_to(w, TELECOM, "notice"), 3);
	struct filed b = bulk(w, "1.34.6.4");
	assert_ok(act(w, desk_case_classify, (struct desk_act){ .number = b.number, .reason = (char *)"malware" }));
	assert_int_equal(kind_to(w, TELECOM, "notice"), 4);
	to_morning(w);
	assert_int_equal(kind_to(w, TELECOM, "digest"), 0);
	finish(w);
}
ON_EACH_DRIVER(severe_goes_at_once, at_once)

static void taken_out(struct place *p)
{
	static const struct actor auditor = { "staff:9", ROLE_AUDITOR, 9 };
	struct world *w = begin(p);
	struct filed a = bulk(w, "1.34.7.1"), b = bulk(w, "1.34.7.2");
	int64_t id = notice_of(w, a.number, 0).id;
	assert_st(act_as(w, &auditor, desk_digest_take_out, (struct desk_act){ .number = a.number, .id = id }),
		  ST_DENIED);
	assert_st(act(w, desk_digest_take_out, (struct desk_act){ .number = b.number, .id = id }), ST_NOTFOUND);
	assert_ok(act(w, desk_digest_take_out, (struct desk_act){ .number = a.number, .id = id }));
	assert_int_equal(kind_to(w, TELECOM, "notice"), 1);
	assert_st(act(w, desk_digest_take_out, (struct desk_act){ .number = a.number, .id = id }), ST_CONFLICT);
	struct case_view v = staff_view(w, a.number);
	SEES(&v, "goes out now, in no digest");
	/* Cancelled: in none. And one that waited for a click joins when it is approved. */
	assert_ok(act(w, desk_notice_cancel,
		      (struct desk_act){ .number = b.number, .id = notice_of(w, b.number, 0).id }));
	struct filed c = file_it(w, (struct what){ .obs = "1.34.7.3",
						   .class_id = "scanner",
						   .email = "ann@mail.example",
						   .source = SOURCE_MAIL });
	assert_int_equal(notice_of(w, c.number, 0).state, NOTICE_WAITING);
	assert_ok(act(w, desk_notice_approve, (struct desk_act){ .number = c.number }));
	assert_true(notice_of(w, c.number, 0).digest_at > w->now);
	to_morning(w);
	assert_int_equal(kind_to(w, TELECOM, "digest"), 1);
	assert_int_equal(last_to(w, TELECOM)->rows, 1);
	assert_non_null(strstr(last_to(w, TELECOM)->body, c.number));
	finish(w);
}
ON_EACH_DRIVER(taken_out_by_hand, taken_out)

static void sent_by_hand(struct place *p)
{
	struct world *w = begin(p);
	char address[] = "Abuse@Telecom.example", other[] = "x@y.example";
	bulk(w, "1.34.7.1");
	w->p->who = nobody;
	assert_st(in_write(p, desk_digest_send, address), ST_DENIED);
	w->p->who = handler;
	assert_st(in_write(p, desk_digest_send, other), ST_NOTFOUND);
	struct req rq = on_reader(p);
	struct desk_digest d, all[5];
	struct digest_row *row;
	int n, count;
	assert_ok(desk_digest_show(&rq, address, &d, &row, &n));
	assert_int_equal(n, 1);
	assert_string_equal(row[0].obs.value, "1.34.7.1");
	assert_true(row[0].answer_by > d.due_at);
	assert_ok(desk_digest_list(&rq, all, 5, &count));
	assert_int_equal(count, 1);
	store_reader_done(p->s);
	assert_ok(in_write(p, desk_digest_send, address));
	follow(w);
	assert_int_equal(kind_to(w, TELECOM, "digest"), 1);
	to_morning(w);
	assert_int_equal(kind_to(w, TELECOM, "digest"), 1);
	finish(w);
}
ON_EACH_DRIVER(sent_before_its_time, sent_by_hand)

/* ── labels ── */

static void labels(struct place *p)
{
	struct world *w = begin(p);
	struct filed a = bulk(w, "1.34.8.1"), b = bulk(w, "1.34.8.2");
	file_it(w, (struct what){ .obs = "1.34.8.3",
				  .class_id = "scanner",
				  .who = &handler,
				  .source = SOURCE_API,
				  .tlp = "TLP:GREEN" });
	assert_ok(act(w, desk_case_label, (struct desk_act){ .number = a.number, .reason = (char *)"amber+strict" }));
	to_morning(w);
	const struct mail *m = last_to(w, TELECOM);
	assert_int_equal(m->rows, 2);
	assert_non_null(strstr(m->subject, "[TLP:AMBER]"));
	assert_null(strstr(m->body, a.number));
	assert_null(strstr(m->body, "1.34.8.1,"));
	assert_int_equal(notice_of(w, a.number, 0).state, NOTICE_WAITING);
	assert_int_equal(notice_of(w, b.number, 0).state, NOTICE_SENT);
	finish(w);
}
ON_EACH_DRIVER(a_label_leaves_it_out, labels)

/* ── refused, erased, silent ── */

static void refused(struct place *p)
{
	struct world *w = begin(p);
	struct filed f[12];
	for (int i = 0; i < 12; i++)
		f[i] = bulk_of(w, "vulnerable", arena_printf(p->mem, "https://h%d.maple.com.tw/", i));
	w->refuse = true;
	to_morning(w);
	w->refuse = false;
	assert_int_equal(kind_to(w, MAPLE, "digest"), 1);
	for (int i = 0; i < 12; i++) {
		struct case_view v = staff_view(w, f[i].number);
		assert_int_equal(v.notice[0].state, NOTICE_CANCELLED);
		assert_true(has_task(&v, "find-contact"));
		assert_string_equal(v.notice[1].email, CEDAR);
		assert_true(v.notice[1].digest_at > w->now);
	}
	assert_int_equal(mails_to(w, CEDAR), 0);
	to_morning(w);
	assert_int_equal(kind_to(w, CEDAR, "digest"), 1);
	assert_int_equal(last_to(w, CEDAR)->rows, 12);
	finish(w);
}
ON_EACH_DRIVER(a_refused_letter_fails_all, refused)

static enum st erase(struct req *rq, void *arg)
{
	struct privacy_erased out;
	return privacy_erase(rq, arg, &out);
}

static void erased(struct place *p)
{
	static const struct privacy_part parts[] = { { "reports", desk_person_export, desk_person_erase, NULL },
						     { "digests", desk_digest_export, desk_digest_erase,
						       desk_digest_knows } };
	static const struct actor dpo = { "staff:7", ROLE_DPO, 7 };
	struct world *w = begin(p);
	privacy_parts(parts, 2);
	struct filed f = bulk_of(w, "vulnerable", "https://shop.maple.com.tw/");
	w->p->who = dpo;
	assert_ok(in_write(p, erase, (char *)(uintptr_t)MAPLE));
	to_morning(w);
	assert_int_equal(mails_to(w, MAPLE), 0);
	assert_int_equal(notice_of(w, f.number, 0).state, NOTICE_CANCELLED);
	assert_string_equal(notice_of(w, f.number, 1).email, CEDAR);
	to_morning(w);
	assert_int_equal(kind_to(w, CEDAR, "digest"), 1);
	assert_int_equal(mails_to(w, MAPLE), 0);
	finish(w);
}
ON_EACH_DRIVER(nothing_to_an_erased_address, erased)

/* Who keeps silent is reminded in a digest, and whoever is next is told in theirs. */
static void silent(struct place *p)
{
	struct world *w = begin(p);
	struct filed a = bulk_of(w, "vulnerable", "https://a.maple.com.tw/"),
		     b = bulk_of(w, "vulnerable", "https://b.maple.com.tw/");
	to_morning(w);
	struct mail first = *last_to(w, MAPLE);
	int64_t before = notice_of(w, a.number, 0).due_at;
	assert_true(before > w->now);
	for (int i = 0; i < 30 && kind_to(w, MAPLE, "digest") < 2; i++)
		to_morning(w);
	assert_int_equal(last_to(w, MAPLE)->rows, 2);
	assert_non_null(strstr(last_to(w, MAPLE)->body, ",yes,"));
	assert_null(strstr(first.body, ",yes,"));
	assert_int_equal(kind_to(w, MAPLE, "reminder"), 0);
	assert_int_equal(notice_of(w, a.number, 0).due_at, before); /* its deadline is its own */
	for (int i = 0; i < 30 && !kind_to(w, CEDAR, "digest"); i++)
		to_morning(w);
	assert_int_equal(mails_to(w, CEDAR), 1);
	assert_int_equal(last_to(w, CEDAR)->rows, 2);
	assert_int_equal(notice_of(w, b.number, 0).state, NOTICE_SILENT);
	finish(w);
}
ON_EACH_DRIVER(silence_is_followed_in_digests, silent)

/* ── the holder's side ── */

static struct open_page page_of(struct world *w)
{
	struct open_page page;
	struct req rq = on_reader(w->p);
	assert_ok(desk_open_page(&rq, token_of(last_to(w, TELECOM)->link), LANG_EN, &page));
	store_reader_done(w->p->s);
	return page;
}

static enum mail_fate arrive(struct world *w, struct desk_mail *m, char number[24])
{
	struct desk_mail_arg a = { .in = m };
	struct req rq = on_reader(w->p);
	assert_ok(desk_mail_prepare(&rq, &a));
	store_reader_done(w->p->s);
	assert_ok(in_write(w->p, desk_mail_write, &a));
	follow(w);
	snprintf(number, 24, "%s", a.out.number);
	return a.out.fate;
}

static enum mail_fate write_back(struct world *w, const char *text, char *number)
{
	static int count;
	char ref[120];
	const char *id = last_to(w, TELECOM)->message_id;
	snprintf(ref, sizeof ref, "%.*s", (int)strlen(id) - 2, id + 1);
	struct desk_mail m = {
		.kind = MAIL_PLAIN, .from = (char *)TELECOM, .subject = (char *)"Re:", .text = (char *)(uintptr_t)text
	};
	m.ref[m.nrefs++] = ref;
	m.digest = hash_of(&count, sizeof count);
	count++;
	return arrive(w, &m, number);
}

static void answered(struct place *p)
{
	struct world *w = begin(p);
	char number[24];
	struct filed a = bulk(w, "1.34.9.1"), b = bulk(w, "1.34.9.2"), c = bulk(w, "1.34.9.3");
	to_morning(w);
	struct open_page page = page_of(w);
	assert_int_equal(page.total, 3);
	struct open_answer one = { .token = token_of(last_to(w, TELECOM)->link),
				   .text = (char *)"",
				   .kind = ANSWER_FIXED,
				   .id = &page.notice[0].id,
				   .n = 1 };
	w->p->who = nobody;
	assert_ok(in_write(p, desk_open_answer, &one));
	assert_int_equal(notice_of(w, a.number, 0).state, NOTICE_ANSWERED);
	assert_int_equal(notice_of(w, b.number, 0).state, NOTICE_SENT);
	assert_int_equal(page_of(w).total, 2);
	/* By mail: of one case, of none, of two. */
	assert_int_equal(write_back(w, arena_printf(p->mem, "fixed (%s)", b.number), number), MAILED_ANSWERED);
	assert_string_equal(number, b.number);
	assert_int_equal(notice_of(w, b.number, 0).state, NOTICE_ANSWERED);
	assert_int_equal(write_back(w, "fixed", number), MAILED_KEPT);
	assert_string_equal(number, c.number);
	assert_int_equal(write_back(w, arena_printf(p->mem, "fixed: %s and %s", b.number, c.number), number),
			 MAILED_KEPT);
	assert_string_equal(number, c.number);
	struct case_view v = staff_view(w, c.number);
	assert_int_equal(v.notice[0].state, NOTICE_SENT);
	assert_true(has_task(&v, "read"));
	finish(w);
}
ON_EACH_DRIVER(answered_one_by_one, answered)

/* A report of its delivery counts for all that it held. */
static void bounced(struct place *p)
{
	struct world *w = begin(p);
	struct filed f[7];
	char number[24];
	for (int i = 0; i < 7; i++)
		f[i] = bulk_of(w, "vulnerable", arena_printf(p->mem, "https://h%d.maple.com.tw/", i));
	to_morning(w);
	struct mail *m = &w->mail[w->mails - 1];
	assert_string_equal(m->to, MAPLE);
	char *id = arena_dup(p->mem, m->message_id + 1, strlen(m->message_id) - 2);
	struct desk_mail in = { .kind = MAIL_BOUNCE, .subject = (char *)"Undelivered", .text = (char *)"" };
	in.bounce.original = arena_printf(p->mem, "x%s", id);
	in.bounce.final = true;
	in.bounce.status = (char *)"5.1.1";
	in.digest = hash_of("bad", 3);
	assert_int_equal(arrive(w, &in, number), MAILED_IGNORED); /* anybody can say so */
	in.bounce.original = id;
	in.digest = hash_of("good", 4);
	assert_int_equal(arrive(w, &in, number), MAILED_BOUNCED);
	for (int i = 0; i < 7; i++)
		advance(w, 1);
	for (int i = 0; i < 7; i++) {
		assert_int_equal(notice_of(w, f[i].number, 0).state, NOTICE_CANCELLED);
		assert_string_equal(notice_of(w, f[i].number, 1).email, CEDAR);
	}
	struct case_view v = staff_view(w, f[6].number);
	assert_true(has_task(&v, "address-failing"));
	finish(w);
}
ON_EACH_DRIVER(a_bounce_fails_all, bounced)

/* The letter is composed of rows: twice the same, and none once it has gone. */
static void replayed(struct place *p)
{
	struct world *w = begin(p);
	bulk(w, "1.34.9.1");
	bulk(w, "1.34.9.2");
	w->p->who = handler;
	assert_ok(in_write(p, desk_digest_send, (char *)(uintptr_t)TELECOM));
	struct req rq = on_reader(p);
	struct entry e = { 0 }, list[50];
	struct letter one[5], two[5];
	struct letters first = { .letter = one, .max = 5 }, second = { .letter = two, .max = 5 };
	int n = 0;
	for (int64_t at = 0; !e.seq && !journal_read(&rq, at, 50, list, &n) && n; at += n)
		for (int i = 0; i < n; i++)
			if (!strcmp(list[i].verb, "digest-made"))
				e = list[i];
	assert_true(desk_posts(&e));
	assert_ok(desk_letters(&rq, &e, URL, &first));
	assert_ok(desk_letters(&rq, &e, URL, &second));
	assert_true(first.n == 1 && second.n == 1);
	assert_string_equal(one[0].message_id, two[0].message_id);
	assert_int_equal(one[0].file[0].n, two[0].file[0].n);
	assert_memory_equal(one[0].file[1].data, two[0].file[1].data, one[0].file[1].n);
	store_reader_done(p->s);
	follow(w);
	rq = on_reader(p);
	assert_ok(desk_letters(&rq, &e, URL, &second));
	assert_int_equal(second.n, 0);
	store_reader_done(p->s);
	assert_int_equal(mails_to(w, TELECOM), 1);
	finish(w);
}
ON_EACH_DRIVER(composed_again_the_same, replayed)

/* Between making it and composing its letter. */
static void make_now(struct world *w)
{
	int64_t zone = 8 * HOUR, local = w->now + zone, morning = local / DAY * DAY + 8 * HOUR;
	tick(w, (morning > local ? morning : morning + DAY) - local);
	assert_int_equal(number_of(w->p, "SELECT count(*) FROM desk_digest WHERE made_at > 0 AND sent_at = 0"), 1);
}

static void cancel(struct world *w, const char *number)
{
	struct desk_act a = { .number = (char *)(uintptr_t)number, .id = notice_of(w, number, 0).id };
	assert_ok(act_as(w, &handler, desk_notice_cancel, a));
}

/* Without a letter, too, the address stays no longer than it may. */
static void emptied(struct place *p)
{
	struct world *w = begin(p);
	struct filed f = bulk(w, "1.34.9.1");
	make_now(w);
	cancel(w, f.number);
	follow(w);
	assert_int_equal(kind_to(w, TELECOM, "digest"), 0);
	advance(w, privacy_keep("desk_digest") - HOUR);
	assert_int_equal(number_of(p, "SELECT count(*) FROM desk_digest"), 1);
	advance(w, HOUR);
	assert_int_equal(number_of(p, "SELECT count(*) FROM desk_digest"), 0);
	assert_int_equal(number_of(p, "SELECT count(*) FROM desk_digest_notice"), 0);
	finish(w);
}
ON_EACH_DRIVER(nothing_left_to_say, emptied)

/* A letter that is held (for a key, say) until its address may be kept no longer: the next in the chain is told. */
static void held(struct place *p)
{
	struct world *w = begin(p);
	struct filed f = bulk_of(w, "vulnerable", "https://shop.maple.com.tw/");
	make_now(w);
	tick(w, privacy_keep("desk_digest"));
	for (int i = 0; i < 3; i++)
		tick(w, 1);
	assert_int_equal(notice_of(w, f.number, 0).state, NOTICE_CANCELLED);
	assert_string_equal(notice_of(w, f.number, 1).email, CEDAR);
	assert_int_equal(number_of(p, "SELECT count(*) FROM desk_digest WHERE email = '" MAPLE "'"), 0);
	finish(w);
}
ON_EACH_DRIVER(held_too_long, held)

/* A notice cancelled while the digest waits is none of what it holds, and its letter's fate is not that notice's. */
static void cancelled(struct place *p)
{
	struct world *w = begin(p);
	struct filed a = bulk_of(w, "vulnerable", "https://a.maple.com.tw/"),
		     b = bulk_of(w, "vulnerable", "https://b.maple.com.tw/");
	cancel(w, a.number);
	make_now(w);
	assert_int_equal(number_of(p, "SELECT count(*) FROM desk_digest_notice"), 1);
	w->refuse = true;
	follow(w);
	advance(w, 1);
	w->refuse = false;
	assert_int_equal(last_to(w, MAPLE)->rows, 1);
	struct case_view v = staff_view(w, a.number);
	assert_int_equal(v.nnotices, 1);
	assert_false(has_task(&v, "find-contact"));
	v = staff_view(w, b.number);
	assert_string_equal(v.notice[1].email, CEDAR);
	finish(w);
}
ON_EACH_DRIVER(cancelled_while_it_waits, cancelled)

/* ── policy ── */

static void policy(struct place *p)
{
	static const struct actor officer = { "staff:8", ROLE_OFFICER, 8 };
	struct world *w = begin(p);
	struct req rq = on_reader(p);
	struct desk_policy_row *row = arena_array(p->mem, struct desk_policy_row, POLICIES_MAX), set = { 0 };
	int n = 0;
	assert_ok(desk_policies(&rq, row, POLICIES_MAX, &n));
	store_reader_done(p->s);
	for (int i = 0; i < n; i++)
		if (!strcmp(row[i].class_id, "scanner") && !strcmp(row[i].source, "api"))
			set = row[i];
	assert_int_equal(set.way, WAY_DIGEST);
	set.way = WAY_CLICK;
	w->p->who = nobody;
	assert_st(in_write(p, desk_policy_set, &set), ST_DENIED);
	w->p->who = officer;
	assert_ok(in_write(p, desk_policy_set, &set));
	struct filed f = bulk(w, "1.34.9.1");
	assert_int_equal(notice_of(w, f.number, 0).state, NOTICE_WAITING);
	set.confidence = (char *)"hearsay";
	assert_st(in_write(p, desk_policy_set, &set), ST_NOTFOUND);
	finish(w);
}
ON_EACH_DRIVER(policy_is_data, policy)

int main(void)
{
	idn_setup();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(three_notices_one_letter),
		cmocka_unit_test(what_joins_before_the_letter),
		cmocka_unit_test(severe_goes_at_once),
		cmocka_unit_test(taken_out_by_hand),
		cmocka_unit_test(sent_before_its_time),
		cmocka_unit_test(a_label_leaves_it_out),
		cmocka_unit_test(a_refused_letter_fails_all),
		cmocka_unit_test(nothing_to_an_erased_address),
		cmocka_unit_test(silence_is_followed_in_digests),
		cmocka_unit_test(answered_one_by_one),
		cmocka_unit_test(a_bounce_fails_all),
		cmocka_unit_test(composed_again_the_same),
		cmocka_unit_test(nothing_left_to_say),
		cmocka_unit_test(held_too_long),
		cmocka_unit_test(cancelled_while_it_waits),
		cmocka_unit_test(policy_is_data),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
