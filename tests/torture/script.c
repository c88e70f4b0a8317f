#include "script.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/idn.h"
#include "base/text.h"
#include "cli/migrations.h"
#include "desk/desk.h"
#include "names/names.h"
#include "numbers/numbers.h"
#include "out/mail/mail_int.h"
#include "store/follow.h"
#include "who/contact.h"
#include "who/permit.h"
#include "who/privacy.h"
#include "work/file.h"

#define T0 (1790000000LL * USEC)
#define URL "https://cert.tw"
static const struct actor handler = { "staff:1", ROLE_HANDLER, 1 }, admin = { "staff:2", ROLE_ADMIN, 2 },
			  nobody = { "anonymous", ROLE_ANYONE, 0 };

const char *const stage_names[STAGES] = { "open", "country", "file",  "group",	"send",	  "answer", "escalate",
					  "join", "close",   "erase", "import", "follow", "papers" };

struct run {
	struct shared *x;
	struct store *s;
	struct arena *mem;
};

/* ── writes, as the fronts do them: through the queue ── */

struct waiter {
	pthread_mutex_t m;
	pthread_cond_t c;
	int left;
};

static void wake(struct write *w)
{
	struct waiter *q = w->user;
	pthread_mutex_lock(&q->m);
	q->left--;
	pthread_cond_signal(&q->c);
	pthread_mutex_unlock(&q->m);
}

static void wait_all(struct waiter *q)
{
	pthread_mutex_lock(&q->m);
	while (q->left > 0)
		pthread_cond_wait(&q->c, &q->m);
	pthread_mutex_unlock(&q->m);
}

static void keep(struct shared *x, const struct write *w, const char *verb)
{
	if (w->err.code) {
		x->refused++;
	} else if (!w->journal_count) {
		x->nothing++;
	} else if (x->nacks < ACKS) {
		x->ack[x->nacks].first = w->journal_first;
		x->ack[x->nacks].count = w->journal_count;
		snprintf(x->ack[x->nacks].verb, sizeof x->ack->verb, "%s", verb);
		x->nacks++;
	}
}

static enum st submit(struct run *r, struct waiter *q, struct write *w)
{
	w->mem = r->mem;
	w->done = wake;
	w->user = q;
	pthread_mutex_lock(&q->m);
	q->left++;
	pthread_mutex_unlock(&q->m);
	if (store_submit(r->s, w))
		wake(w);
	return w->err.code;
}

static enum st write_as(struct run *r, const struct actor *who, const char *verb, write_fn fn, void *arg)
{
	struct waiter q = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0 };
	struct write w = { .fn = fn, .arg = arg, .who = *who };
	submit(r, &q, &w);
	wait_all(&q);
	keep(r->x, &w, verb);
	return w.err.code;
}

static bool act(struct run *r, const char *verb, write_fn fn, struct desk_act a)
{
	a.number = r->x->number;
	return write_as(r, &handler, verb, fn, &a) == ST_OK;
}

static struct req on_reader(struct run *r, const struct actor *who)
{
	struct req rq = { .mem = r->mem, .who = who };
	rq.db = store_reader(r->s, &rq.err);
	return rq;
}

/* ── filing ── */

static struct report *report_of(struct run *r, const char *obs, const char *obs2, const char *email)
{
	struct report *p = arena_new_of(r->mem, struct report);
	*p = (struct report){ .description = arena_strdup(r->mem, "I nearly paid."),
			      .email = arena_strdup(r->mem, email),
			      .class_id = arena_strdup(r->mem, "phishing") };
	p->obs[p->nobs++].given = arena_strdup(r->mem, obs);
	if (obs2)
		p->obs[p->nobs++].given = arena_strdup(r->mem, obs2);
	struct req rq = on_reader(r, &nobody);
	bool ok = rq.db && desk_report_prepare(&rq, p) == ST_OK;
	store_reader_done(r->s);
	return ok ? p : NULL;
}

static bool file_one(struct run *r, const char *obs, const char *obs2, const char *email)
{
	struct desk_file_arg arg = { .report = report_of(r, obs, obs2, email) };
	if (!arg.report || write_as(r, &nobody, "report-filed", desk_report_write, &arg))
		return false;
	snprintf(r->x->number, sizeof r->x->number, "%s", arg.out.number);
	return true;
}

static void stage_file(struct run *r)
{
	file_one(r, "https://pay.maple.com.tw/login", "1.34.9.9", "ann@mail.example");
}

/* A fact and then a change of mind: nothing of it may stay. */
static enum st note_then_fail(struct req *rq, void *act)
{
	return desk_note_add(rq, act) ? rq->err.code : err_set(&rq->err, ST_CONFLICT, "changed its mind");
}

static enum st gate(struct req *rq, void *arg)
{
	struct waiter *q = arg;
	wait_all(q);
	return ST_OK;
}

/* Several writes in one transaction: the writer is held by a first one until all stand in the queue. */
static void stage_group(struct run *r)
{
	enum { GROUP = 6 };
	static const char *const verbs[] = { "report-filed", "note-added", "", "report-filed", "note-added", "" };
	struct waiter q = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0 };
	struct waiter held = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 1 };
	struct desk_file_arg file[2] = { { .report = report_of(r, "birch.com.tw", NULL, "bob@mail.example") },
					 { .report = report_of(r, "http://birch.com.tw/x", "1.34.9.10", NULL) } };
	struct desk_act note = { .number = r->x->number, .text = (char *)"seen" };
	struct write first = { .fn = gate, .arg = &held, .who = handler };
	struct write w[GROUP] = {
		{ .fn = desk_report_write, .arg = &file[0] }, { .fn = desk_note_add, .arg = &note },
		{ .fn = note_then_fail, .arg = &note },	      { .fn = desk_report_write, .arg = &file[1] },
		{ .fn = desk_note_add, .arg = &note },	      { .fn = note_then_fail, .arg = &note }
	};
	if (!file[0].report || !file[1].report)
		return;
	submit(r, &q, &first);
	for (int i = 0; i < GROUP; i++) {
		w[i].who = i % 3 ? handler : nobody;
		submit(r, &q, &w[i]);
	}
	pthread_mutex_lock(&held.m);
	held.left = 0;
	pthread_cond_signal(&held.c);
	pthread_mutex_unlock(&held.m);
	wait_all(&q);
	for (int i = 0; i < GROUP; i++)
		keep(r->x, &w[i], verbs[i]);
}

/* ── a case's way ── */

static int64_t number_of(struct run *r, const char *sql)
{
	int64_t n = 0;
	struct req rq = on_reader(r, &handler);
	if (rq.db)
		sql_number0(&rq, &n, sql);
	store_reader_done(r->s);
	return n;
}

static void find_case(struct run *r)
{
	struct req rq = on_reader(r, &handler);
	struct rows rows;
	if (rq.db && !sql_query0(&rq, &rows, "SELECT number FROM desk_case ORDER BY id LIMIT 1")) {
		if (rows_next(&rows))
			snprintf(r->x->number, sizeof r->x->number, "%s", rows_text(&rows, 0));
		rows_end(&rows);
	}
	store_reader_done(r->s);
}

/* Approves all, then says of each that it went out, as the mail follower does; keeps the link of the first. */
static void stage_send(struct run *r)
{
	if (!act(r, "notice-approved", desk_notice_approve, (struct desk_act){ .id = 0 }))
		return;
	struct letter *l = arena_array(r->mem, struct letter, 50);
	struct entry e[64];
	int n = 0;
	struct req rq = on_reader(r, &actor_clock);
	if (!rq.db || journal_about(&rq, r->x->number, 64, e, &n))
		return;
	for (int i = 0; i < n; i++) {
		struct letters page = { .letter = l, .max = 50 };
		rq = on_reader(r, &actor_clock);
		if (!rq.db || desk_letters(&rq, &e[i], URL, &page))
			return;
		for (int k = 0; k < page.n; k++) {
			if (!l[k].id)
				continue;
			struct sent_arg sent = { l[k].id, l[k].message_id };
			write_as(r, &actor_clock, "notice-sent", desk_notice_sent, &sent);
			if (!r->x->notice || l[k].id < r->x->notice) {
				r->x->notice = l[k].id;
				snprintf(r->x->answer_token, sizeof r->x->answer_token, "%s",
					 strrchr(l[k].link, '/') + 1);
			}
		}
	}
	store_reader_done(r->s);
}

static void stage_answer(struct run *r)
{
	struct answer_arg a = { .token = r->x->answer_token, .kind = ANSWER_NEED_UNTIL, .text = (char *)"soon" };
	a.until = clock_now() + 5 * 86400 * USEC;
	write_as(r, &nobody, "notice-answered", desk_answer_write, &a);
	a.kind = ANSWER_FIXED;
	write_as(r, &nobody, "notice-answered", desk_answer_write, &a);
}

static void stage_escalate(struct run *r)
{
	act(r, "notice-escalated", desk_escalate, (struct desk_act){ .id = r->x->notice });
}

static void stage_join(struct run *r)
{
	char number[sizeof r->x->number];
	snprintf(number, sizeof number, "%s", r->x->number);
	file_one(r, "https://pay.maple.com.tw/login", "mei.idv.tw", "carol@mail.example");
	snprintf(r->x->number, sizeof r->x->number, "%s", number);
}

static void stage_close(struct run *r)
{
	act(r, "case-closed", desk_case_close, (struct desk_act){ .reason = (char *)"fixed", .text = (char *)"gone" });
}

static enum st erase_ann(struct req *rq, void *arg)
{
	struct privacy_erased out;
	return privacy_erase(rq, "ann@mail.example", &out);
}

static void stage_erase(struct run *r)
{
	write_as(r, &admin, "person-erased", erase_ann, NULL);
}

/* ── imports ── */

static bool put_file(struct run *r, const char *name, const char *text)
{
	char path[100];
	snprintf(path, sizeof path, "%s/%s", r->x->dir, name);
	FILE *f = fopen(path, "w");
	bool ok = f && fputs(text, f) >= 0;
	return f && fclose(f) == 0 && ok;
}

typedef enum st (*import_fn)(struct store *, struct req *, const char *, const struct import_opts *,
			     struct import_result *, struct import **);

static bool import_file(struct run *r, import_fn fn, const char *source, const char *name)
{
	struct import_result res;
	struct import *log = NULL;
	struct req rq = { .mem = r->mem, .who = &actor_cli };
	struct import_opts o = { .as_of = TIME_NONE, .source = source };
	char path[100];
	snprintf(path, sizeof path, "%s/%s", r->x->dir, name);
	enum st st = fn(r->s, &rq, path, &o, &res, &log);
	import_free(log);
	return st == ST_OK;
}

static enum st import_holdings(struct store *s, struct req *rq, const char *path, const struct import_opts *o,
			       struct import_result *out, struct import **log)
{
	return holding_import(s, rq, path, NULL, o, out, log);
}

static enum st our_zone(struct req *rq, void *zone)
{
	return names_zone_add(rq, zone);
}

static void stage_country(struct run *r)
{
	bool ok = put_file(r, "holdings",
			   "2|apnic|20210715|1|19830613|20210714|+1000\n"
			   "apnic|TW|ipv4|1.34.0.0|131072|20100505|allocated\n") &&
		  put_file(r, "names",
			   "name,registered,sponsor,holder,holder_kind,country\n"
			   "maple.com.tw,2015-03-01,reg-1,Maple Trading,org,TW\n"
			   "birch.com.tw,2015-03-01,reg-1,Birch Ltd,org,TW\n"
			   "mei.idv.tw,2018-01-01,reg-1,Mei Chen,person,TW\n") &&
		  put_file(r, "contacts",
			   "resource,organisation,role,email,lang,source,verified_at\n"
			   "1.34.0.0/15,Big Telecom,abuse,abuse@telecom.example,zh-TW,irt,2026-01-01\n"
			   "maple.com.tw,Maple Trading,abuse,abuse@maple.example,zh-TW,registry,\n"
			   "birch.com.tw,Birch Ltd,abuse,abuse@birch.example,en,registry,\n"
			   "sponsor:reg-1,Cedar Names,abuse,abuse@cedar.example,en,registry,\n");
	if (ok && import_file(r, import_holdings, NULL, "holdings") && import_file(r, names_import, NULL, "names") &&
	    import_file(r, contact_import, NULL, "contacts"))
		write_as(r, &admin, "zone-added", our_zone, (char *)"tw");
}

static void stage_import(struct run *r)
{
	BUF_SCOPE b = BUF_INIT;
	buf_str(&b, "name,registered,sponsor,holder,holder_kind,country\n");
	for (int i = 0; i < IMPORTED_NAMES; i++)
		buf_printf(&b, "n%03d.org.tw,2015-03-01,reg-2,Holder %d,org,TW\n", i, i);
	if (!b.bad && put_file(r, "more", buf_cstr(&b)))
		r->x->import_ok = import_file(r, names_import, "names:more", "more");
}

/* ── a follower ── */

static enum st handle(void *self, struct req *rq, const struct entry *e, bool *more)
{
	struct shared *x = self;
	if (e->seq < HANDLED)
		atomic_store(&x->handled[e->seq], true);
	return ST_OK;
}

static bool follow(struct run *r, int msec)
{
	struct follower_state st = { 0 };
	struct timespec tick = { .tv_nsec = 1000000 };
	struct follower *f = follower_start(r->s, "torture", handle, r->x);
	for (int i = 0; f && i < msec && (st.head == 0 || st.next < st.head); i++) {
		nanosleep(&tick, NULL);
		follower_state(f, &st);
	}
	follower_stop(f);
	return st.head > 0 && st.next == st.head;
}

static void stage_follow(struct run *r)
{
	follow(r, 40);
}

/* ── files beside the database ── */

static void stage_papers(struct run *r)
{
	struct err e = { 0 };
	struct hash h;
	int64_t size;
	char path[100], text[5001];
	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = 0;
	snprintf(path, sizeof path, "%s/mail", r->x->dir);
	mkdir(path, 0700);
	struct parcel p = { .id = "n1@cert.tw", .from = "a@cert.tw", .to = "b@c.example" };
	p.message = (struct buf){ .p = text, .n = sizeof text - 1 };
	r->x->letter_ok = file_deliver(path, &p, &e) == FATE_SENT;
	if (!put_file(r, "evidence", text))
		return;
	snprintf(path, sizeof path, "%s/evidence", r->x->dir);
	r->x->file_ok = file_from_path(r->x->dir, path, 1 << 20, &h, &size, &e) == ST_OK;
}

/* ── the run ── */

static void stage_open(struct run *r) {}

static void (*const stages[STAGES])(struct run *) = { stage_open,  stage_country, stage_file,	  stage_group,
						      stage_send,  stage_answer,  stage_escalate, stage_join,
						      stage_close, stage_erase,	  stage_import,	  stage_follow,
						      stage_papers };

static void set_up(struct shared *x)
{
	static const uint8_t key[32] = { 1, 2, 3 };
	static const struct privacy_part parts[] = { { "reports", desk_person_export, desk_person_erase } };
	static struct desk_site site;
	clock_set_for_test(T0);
	idn_setup();
	holder_setup(&(struct holder_site){ "TW", "National CERT", "cert@authority.example", "zh-TW" });
	site = (struct desk_site){ .token_key = key, .dir = x->dir, .zone = 480, .own_host = "cert.tw" };
	desk_setup(&site);
	privacy_parts(parts, 1);
	store_migrations(migrations_all());
}

static struct store *open_store(struct shared *x, struct err *e)
{
	char url[100];
	snprintf(url, sizeof url, "sqlite:%s/nicert.db", x->dir);
	return store_open(&(struct store_opts){ .url = url, .writers = 1, .create = true }, e);
}

/* Once nothing fails any more, the store takes the next fact at the first try. */
static bool still_serves(struct run *r, int stage)
{
	struct desk_act note = { .number = r->x->number, .text = (char *)"after" };
	if (stage == STAGE_FOLLOW && !follow(r, 5000))
		return false;
	if (stage < STAGE_FILE + 1)
		return write_as(r, &admin, "zone-added", our_zone, (char *)"example") == ST_OK;
	return write_as(r, &handler, "note-added", desk_note_add, &note) == ST_OK;
}

void stage_run(struct shared *x, int stage, enum fault f, long n)
{
	struct err e = { 0 };
	struct run r = { .x = x, .mem = arena_new((size_t)64 << 20) };
	set_up(x);
	if (stage == STAGE_OPEN && n)
		fault_arm(f, n);
	r.s = open_store(x, &e);
	if (stage == STAGE_OPEN && !r.s) {
		fault_disarm();
		r.s = open_store(x, &e);
	}
	if (!r.s) {
		snprintf(x->why, sizeof x->why, "the store can't be opened: %s", e.msg);
		return;
	}
	if (stage > STAGE_FILE)
		find_case(&r);
	x->entries = number_of(&r, "SELECT size FROM journal_head");
	if (stage != STAGE_OPEN && n)
		fault_arm(f, n);
	stages[stage](&r);
	fault_disarm();
	x->finished = true;
	x->served = still_serves(&r, stage);
	store_close(r.s);
	arena_free(r.mem);
}

/* ── what must hold ── */

/* Each gives 0. */
static const struct {
	const char *what, *sql;
} laws[] = {
	{ "a case without a report",
	  "SELECT count(*) FROM desk_case c WHERE NOT EXISTS (SELECT 1 FROM desk_report r WHERE r.case_id = c.id)" },
	{ "a report without its case",
	  "SELECT count(*) FROM desk_report r WHERE NOT EXISTS (SELECT 1 FROM desk_case c WHERE c.id = r.case_id)" },
	{ "an observable without case or report", "SELECT count(*) FROM desk_observable o WHERE NOT EXISTS (SELECT 1 "
						  "FROM desk_case c WHERE c.id = o.case_id) OR "
						  "NOT EXISTS (SELECT 1 FROM desk_report r WHERE r.id = o.report_id)" },
	{ "a case whose numbers are wrong", "SELECT count(*) FROM desk_case c WHERE nreports <> (SELECT count(*) FROM "
					    "desk_report r WHERE r.case_id = c.id) "
					    "OR nobs <> (SELECT count(*) FROM desk_observable o WHERE o.case_id = "
					    "c.id) OR waiting <> (SELECT count(*) FROM "
					    "desk_notice n WHERE n.case_id = c.id AND n.state = 0) OR (state <> 4 AND "
					    "tasks <> (SELECT count(*) FROM work_task "
					    "t WHERE t.subject = c.number AND t.done_at = 0))" },
	{ "a notice without its case",
	  "SELECT count(*) FROM desk_notice n WHERE NOT EXISTS (SELECT 1 FROM desk_case c WHERE c.id = n.case_id)" },
	{ "a notice without its observables", "SELECT count(*) FROM desk_notice n WHERE nobs <> (SELECT count(*) FROM "
					      "desk_notice_obs x JOIN desk_observable o "
					      "ON o.id = x.obs_id WHERE x.notice_id = n.id) OR nobs = 0" },
	{ "a deadline that nobody watches", "SELECT count(*) FROM desk_notice n JOIN desk_case c ON c.id = n.case_id "
					    "WHERE c.state <> 4 AND n.state = 2 AND "
					    "n.due_at > 0 AND NOT EXISTS (SELECT 1 FROM work_due d WHERE d.kind = "
					    "'notice-due' AND d.subject = CAST(n.id AS "
					    "TEXT) AND d.at = n.due_at)" },
	{ "a deadline of nothing", "SELECT count(*) FROM work_due d WHERE d.kind = 'notice-due' AND NOT EXISTS (SELECT "
				   "1 FROM desk_notice n WHERE "
				   "n.state = 2 AND CAST(n.id AS TEXT) = d.subject)" },
	{ "reports and their entries",
	  "SELECT abs((SELECT count(*) FROM desk_report) - (SELECT count(*) FROM journal_entry WHERE verb = "
	  "'report-filed'))" },
	{ "notices and their entries",
	  "SELECT abs((SELECT count(*) FROM desk_notice) - (SELECT count(*) FROM journal_entry WHERE verb = "
	  "'notice-made'))" },
	{ "notices sent and their entries", "SELECT abs((SELECT count(*) FROM desk_notice WHERE message_id <> '') - "
					    "(SELECT count(*) FROM journal_entry WHERE "
					    "verb = 'notice-sent'))" },
	{ "answers and their entries",
	  "SELECT abs((SELECT count(*) FROM desk_answer) - (SELECT count(*) FROM journal_entry WHERE verb = "
	  "'notice-answered'))" },
	{ "closed cases and their entries", "SELECT abs((SELECT count(*) FROM desk_case WHERE state = 4) - (SELECT "
					    "count(*) FROM journal_entry WHERE verb = "
					    "'case-closed'))" },
	{ "notes and their entries", "SELECT abs((SELECT count(*) FROM desk_note) - (SELECT count(*) FROM "
				     "journal_entry WHERE verb IN ('note-added', "
				     "'case-closed')))" },
	{ "tasks and their entries", "SELECT abs((SELECT count(*) FROM work_task) - (SELECT count(*) FROM "
				     "journal_entry WHERE verb = 'task-added'))" },
	{ "a person erased by half",
	  "SELECT (SELECT count(*) FROM desk_report WHERE erased_at > 0 AND (words <> '' OR person <> 0)) + (SELECT "
	  "count(*) FROM desk_report r JOIN who_person p ON p.id = r.person WHERE p.erased_at > 0) + (SELECT count(*) "
	  "FROM "
	  "journal_entry e JOIN who_person p ON p.id = e.person WHERE p.erased_at > 0)" },
	{ "imports and their entries", "SELECT abs((SELECT coalesce(sum(current), 0) FROM import_source) - (SELECT "
				       "count(*) FROM journal_entry WHERE "
				       "verb = 'imported'))" },
	{ "the journal's head", "SELECT abs((SELECT size FROM journal_head) - (SELECT count(*) FROM journal_entry))" },
	{ "the lists' counts",
	  "SELECT abs(sum(us) - (SELECT count(*) FROM desk_case WHERE queue = 0)) + abs(sum(party) - (SELECT count(*) "
	  "FROM "
	  "desk_case WHERE queue = 1)) + abs(sum(closed) - (SELECT count(*) FROM desk_case WHERE queue = 2)) + "
	  "abs(sum(notices) - (SELECT sum(waiting) FROM desk_case)) + abs(sum(tasks) - (SELECT sum(tasks) FROM "
	  "desk_case)) "
	  "FROM desk_tally" },
	{ "numbers given twice",
	  "SELECT count(*) FROM desk_case c, store_series s WHERE s.name LIKE 'case-%' AND CAST(substr(c.number, 9) AS "
	  "BIGINT) > s.value" },
};

static bool wrong(struct shared *x, const char *what, int64_t n)
{
	if (!x->why[0])
		snprintf(x->why, sizeof x->why, "%s (%lld)", what, (long long)n);
	return false;
}

static bool check_laws(struct shared *x, struct run *r)
{
	for (size_t i = 0; i < sizeof laws / sizeof *laws; i++) {
		struct req rq = on_reader(r, &actor_cli);
		int64_t n = 0;
		if (!rq.db || sql_number0(&rq, &n, laws[i].sql))
			return wrong(x, rq.err.msg, (int64_t)i);
		if (n)
			return wrong(x, laws[i].what, n);
	}
	return true;
}

static bool check_journal(struct shared *x, struct run *r, int stage, enum fault f)
{
	struct journal_report rep;
	struct req rq = on_reader(r, &actor_cli);
	int64_t told = x->entries + x->import_ok;
	if (journal_verify(&rq, &rep, NULL, NULL))
		return wrong(x, rq.err.msg, 0);
	for (int i = 0; i < x->nacks; i++) {
		struct entry e[32];
		int n = 0;
		bool there = false;
		if (journal_read(&rq, x->ack[i].first, (int)x->ack[i].count, e, &n) || n != x->ack[i].count)
			return wrong(x, "an acknowledged fact is not there", x->ack[i].first);
		for (int k = 0; k < n; k++)
			there |= !strcmp(e[k].verb, x->ack[i].verb);
		if (!there)
			return wrong(x, "an acknowledged fact is another", x->ack[i].first);
		told += n;
	}
	/* A process that ended, or a commit whose end is not known, may have left more than it said. */
	bool open_end = !x->finished || stage == STAGE_COUNTRY || stage == STAGE_IMPORT || f == FAULT_SYNC;
	if (rep.entries < told || (!open_end && rep.entries > told))
		return wrong(x, "entries more than were acknowledged", rep.entries - told);
	return true;
}

static bool check_import(struct shared *x, struct run *r, int stage)
{
	int64_t n =
		number_of(r, "SELECT count(*) FROM names_domain t JOIN import_source s ON s.id = t.source WHERE s.name "
			     "= 'names:more' AND" VERSIONED_LIVE(t, s));
	if ((n != 0 && n != IMPORTED_NAMES) || (x->import_ok && n == 0))
		return wrong(x, "names of an import", n);
	/* What was broken off is swept by the next. */
	if (stage != STAGE_IMPORT)
		return true;
	stage_import(r);
	n = number_of(r, "SELECT count(*) FROM names_domain t JOIN import_source s ON s.id = t.source WHERE s.name = "
			 "'names:more' AND" VERSIONED_LIVE(t, s));
	int64_t all = number_of(r, "SELECT count(*) FROM names_domain t JOIN import_source s ON s.id = t.source WHERE "
				   "s.name = 'names:more'");
	return (n == IMPORTED_NAMES && all == n) || wrong(x, "names after another import", all);
}

static bool check_follower(struct shared *x, struct run *r)
{
	struct req rq = on_reader(r, &actor_cli);
	int64_t next = 0;
	if (follower_position(&rq, "torture", &next))
		return wrong(x, rq.err.msg, 0);
	for (int64_t i = 0; i < next && i < HANDLED; i++)
		if (!atomic_load(&x->handled[i]))
			return wrong(x, "the follower passed over an entry", i);
	return true;
}

/* Whole or not there. */
static bool check_file(struct shared *x, const char *path, bool told)
{
	struct stat st;
	bool there = stat(path, &st) == 0;
	if (there ? st.st_size != 5000 : told)
		return wrong(x, path, there ? st.st_size : -1);
	return true;
}

static bool check_papers(struct shared *x)
{
	char path[200], body[5000];
	struct hash h;
	memset(body, 'x', sizeof body);
	h = hash_of(body, sizeof body);
	char hex[65];
	struct arena *mem = arena_new(1 << 16);
	bool ok = check_file(x, file_path(mem, x->dir, hash_hex(&h, hex)), x->file_ok);
	snprintf(path, sizeof path, "%s/mail/%s", x->dir, file_name(mem, "n1@cert.tw"));
	arena_free(mem);
	return check_file(x, path, x->letter_ok) && ok;
}

void stage_check(struct shared *x, int stage, enum fault f)
{
	struct err e = { 0 };
	struct run r = { .x = x, .mem = arena_new((size_t)64 << 20) };
	set_up(x);
	r.s = open_store(x, &e);
	if (!r.s) {
		wrong(x, e.msg, 0);
		return;
	}
	if (x->finished && !x->served)
		wrong(x, "the store takes nothing although nothing fails any more", 0);
	bool ok = check_laws(x, &r) && check_journal(x, &r, stage, f) && check_import(x, &r, stage) &&
		  check_follower(x, &r) && (stage != STAGE_PAPERS || check_papers(x));
	struct req rq = on_reader(&r, &actor_cli);
	struct rows rows;
	if (ok && !sql_query0(&rq, &rows, "PRAGMA integrity_check")) {
		if (rows_next(&rows) && strcmp(rows_text(&rows, 0), "ok") != 0)
			wrong(x, rows_text(&rows, 0), 0);
		rows_end(&rows);
	}
	store_close(r.s);
	arena_free(r.mem);
}
