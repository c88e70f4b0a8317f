/* What each side of a case may see and do, above all what it may not: strangers, reporters, parties, administrators,
 * the erased. And what the desk hands out: the queue, receipts. */
#include "deskworld.h"
#include "desk/desk_int.h"

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
					"bob.png",
					"BOB-TOKEN" };

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
		if (receipt_check(b.p, b.n, &key, NULL, &facts, &rq.err))
			fail_msg("%s", rq.err.msg);
		assert_string_equal(facts.case_number, f.number);
		assert_string_equal(facts.digest, i == 1 ? g.digest : f.digest);
		assert_string_equal(facts.verb, "report-filed");
		store_reader_done(p->s);
	}
	finish(w);
}
ON_EACH_DRIVER(receipts_check, receipts)

/* What the table of personal data promises: addresses a year after the close of a person's last case, words two. */
static void kept_no_longer(struct place *p)
{
	struct world *w = begin(p);
	struct filed old =
		file_it(w, (struct what){ .obs = "maple.com.tw", .text = "my words", .email = "ann@mail.example" });
	struct filed two = file_it(w, (struct what){ .obs = "maple.com.tw", .email = "bob@mail.example" });
	assert_string_equal(old.number, two.number);
	assert_ok(act(w, desk_case_close, (struct desk_act){ .number = old.number, .reason = "fixed" }));
	advance(w, 100 * DAY);
	struct filed young = file_it(w, (struct what){ .obs = "birch.com.tw", .email = "bob@mail.example" });
	advance(w, 264 * DAY);
	assert_int_equal(number_of(p, "SELECT count(*) FROM who_person WHERE email IS NOT NULL"), 2);
	advance(w, 2 * DAY);
	struct case_view v = staff_view(w, old.number);
	SEES(&v, "Reporters' addresses were deleted, as announced");
	assert_int_equal(number_of(p, "SELECT count(*) FROM who_person WHERE email IS NOT NULL"), 1);
	assert_int_equal(number_of(p, "SELECT count(*) FROM who_person WHERE email = 'bob@mail.example'"), 1);
	assert_int_equal(number_of(p, "SELECT count(*) FROM desk_report WHERE words = 'my words'"), 1);
	v = reporter_view(w, old.token); /* the link is theirs for good */
	assert_string_equal(v.number, old.number);
	advance(w, 365 * DAY);
	assert_int_equal(number_of(p, "SELECT count(*) FROM desk_report WHERE words <> ''"), 0);
	/* Closed, opened again and closed: the year begins anew. */
	assert_ok(act(w, desk_case_close, (struct desk_act){ .number = young.number, .reason = "fixed" }));
	advance(w, 300 * DAY);
	assert_ok(act(w, desk_case_reopen, (struct desk_act){ .number = young.number }));
	advance(w, 100 * DAY);
	assert_ok(act(w, desk_case_close, (struct desk_act){ .number = young.number, .reason = "fixed" }));
	advance(w, 364 * DAY);
	assert_int_equal(number_of(p, "SELECT count(*) FROM who_person WHERE email IS NOT NULL"), 1);
	advance(w, 2 * DAY);
	assert_int_equal(number_of(p, "SELECT count(*) FROM who_person WHERE email IS NOT NULL"), 0);
	finish(w);
}
ON_EACH_DRIVER(kept_no_longer_than_said, kept_no_longer)

/* Cancelled while its letter was on its way: the link in it must not lead nowhere. */
static void on_its_way(struct place *p)
{
	struct world *w = begin(p);
	struct notice_row n;
	char token[LINK_TOKEN];
	struct filed f = file_it(w, (struct what){ .obs = "https://pay.maple.com.tw/a", .class_id = "phishing" });
	assert_ok(act_as(w, &handler, desk_notice_approve, (struct desk_act){ .number = f.number }));
	int64_t id = number_of(p, "SELECT max(id) FROM desk_notice");
	assert_ok(
		act_as(w, &handler, desk_case_close, (struct desk_act){ .number = f.number, .reason = "false-alarm" }));
	struct req rq = on_reader(p);
	assert_ok(desk_notice_get(&rq, id, &n));
	assert_int_equal(n.state, NOTICE_CANCELLED);
	store_reader_done(p->s);
	desk_token("answer", n.seed, token);
	struct answer_arg a = { .token = token, .kind = ANSWER_FIXED, .text = (char *)"" };
	assert_st(in_write(p, desk_answer_write, &a), ST_NOTFOUND); /* it never left */
	struct sent_arg sent = { .notice = id, .message_id = "x@cert.tw" };
	assert_ok(in_write(p, desk_notice_sent, &sent));
	assert_st(in_write(p, desk_answer_write, &a), ST_CONFLICT);
	struct answer_view v;
	rq = on_reader(p);
	assert_ok(desk_answer_view(&rq, token, LANG_EN, &v));
	store_reader_done(p->s);
	assert_true(v.closed);
	finish(w);
}
ON_EACH_DRIVER(a_letter_on_its_way, on_its_way)

int main(void)
{
	idn_setup();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_must_not_may_not),	    cmocka_unit_test(reporters_see_no_other_party),
		cmocka_unit_test(erasing_a_reporter),	    cmocka_unit_test(the_queue),
		cmocka_unit_test(receipts_check),	    cmocka_unit_test(a_letter_on_its_way),
		cmocka_unit_test(kept_no_longer_than_said),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
