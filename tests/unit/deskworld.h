/* deskworld.h — a small country for replays of cases: names, addresses and contacts, a mail follower that is played (it
 * composes the letters of every new entry and says that notices were sent), people who file, staff who act, time that
 * moves. */
#ifndef TESTS_DESKWORLD_H
#define TESTS_DESKWORLD_H
#include "importhelp.h"
#include "base/idn.h"
#include "desk/desk_find.h"
#include "desk/desk_digest.h"
#include "desk/desk_share.h"
#include "desk/desk_search.h"
#include "letter/letter.h"
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
#define PAGE 8 /* letters of an entry at a time */

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

/* A network whose traffic another one carries: the origin of its route has contacts of its own. */
#define CARRIED_ORIGINS "1.160.0.0/24,9924,Rail Backbone\n"
#define CARRIED_CONTACTS                                                                                               \
	"resource,organisation,role,email,lang,source,verified_at\n"                                                   \
	"1.160.0.0/24,Grove Hosting,abuse,abuse@grove.example,en,irt,2026-01-01\n"                                     \
	"as9924,Rail Backbone,abuse,noc@rail.example,zh-TW,irt,\n"

struct mail {
	char to[100], subject[200], message_id[120], kind[20], link[120], confirm[120], lang[8];
	char body[20000]; /* everything in the letter that people could read */
	char text[8000];  /* to a party: as its template has it, as delivered */
	int rows;	  /* of a digest; its CSV is in the body */
};

struct world {
	struct place *p;
	int64_t next, now;
	bool refuse; /* digests come back */
	struct mail mail[MAILS];
	int mails;
};

static const struct actor handler = { "staff:1", ROLE_HANDLER, 1 }, admin = { "staff:2", ROLE_ADMIN, 2 },
			  nobody = { "anonymous", ROLE_ANYONE, 0 };

static inline enum st our_zone(struct req *rq, void *arg)
{
	return names_zone_add(rq, arg);
}

static inline struct world *begin(struct place *p)
{
	static const uint8_t key[32] = { 1, 2, 3 };
	struct world *w = calloc(1, sizeof *w);
	w->p = p;
	w->now = T0;
	arena_free(p->mem);
	p->mem = arena_new((size_t)256 << 20);
	holder_setup(&(struct holder_site){ "TW", "National CERT", "cert@authority.example", "zh-TW" });
	desk_setup(&(struct desk_site){
		.token_key = key, .dir = teststore_dir(), .zone = 480, .own_host = "cert.tw", .digest = { 480, "3" } });
	static const struct privacy_part parts[] = { { "reports", desk_person_export, desk_person_erase } };
	privacy_parts(parts, 1);
	import_ok(p, HOLDINGS, HOLDINGS_TEXT);
	import_ok(p, ORIGINS, ORIGINS_TEXT);
	import_ok(p, NAMES, NAMES_TEXT);
	import_ok(p, CONTACTS, CONTACTS_TEXT);
	assert_ok(in_write(p, our_zone, "tw"));
	return w;
}

static inline void carried_network(struct world *w)
{
	import_ok(w->p, ORIGINS, CARRIED_ORIGINS);
	import_ok(w->p, CONTACTS, CARRIED_CONTACTS);
}

static inline void finish(struct world *w)
{
	free(w);
}

/* ── the mail follower ── */

static inline void copy(char *to, size_t n, const char *from)
{
	snprintf(to, n, "%s", from ? from : "");
}

static inline void add_body(struct mail *m, const char *s)
{
	size_t n = strlen(m->body);
	snprintf(m->body + n, sizeof m->body - n, "%s\n", s ? s : "");
}

/* Its template, set by staff as it was delivered, has the subject that the letter came with. */
static inline void put_text(struct world *w, const struct letter *l, struct mail *m)
{
	static const struct config cfg = { .site_name = (char *)"Our CERT", .site_zone = 480 };
	static const struct face face = { &cfg, URL };
	struct sheet p = { .lang = l->lang, .mem = w->p->mem, .face = &face, .date = w->now };
	BUF_SCOPE text = BUF_INIT;
	BUF_SCOPE html = BUF_INIT;
	struct err e = { 0 };
	struct wording words;
	const char *subject;
	enum purpose purpose;
	if (l->kind != MAIL_TO_HOLDER || !letter_purpose(l, &purpose))
		return;
	letter_delivered(w->p->mem, purpose, l->lang, &words);
	words.version = 1;
	if (letter_write(&p, l, &words, &subject, &text, &html, &e))
		fail_msg("%s", e.msg);
	assert_string_equal(subject, l->subject);
	copy(m->text, sizeof m->text, buf_cstr(&text));
}

static inline void keep(struct world *w, const struct letter *l)
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
	put_text(w, l, m);
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
	m->rows = l->digest ? l->digest->n : 0;
	for (int i = 0; l->digest && i < l->nfiles; i++)
		add_body(m, arena_dup(w->p->mem, l->file[i].data, l->file[i].n));
}

/* And said to be sent. */
static inline void send(struct world *w, const struct letter *l)
{
	struct sent_arg sent = { l->id, l->message_id, 0 }, shared = { l->share, l->message_id, 0 };
	struct sent_arg digest = { l->digest ? l->digest->id : 0, l->message_id, 0 };
	keep(w, l);
	if (l->id)
		assert_ok(in_write(w->p, desk_notice_sent, &sent));
	if (l->digest)
		assert_ok(in_write(w->p, w->refuse ? desk_digest_failed : desk_digest_sent, &digest));
	if (l->share)
		assert_ok(in_write(w->p, share_sent, &shared));
}

static inline void index_words(struct world *w)
{
	struct arena *mem = arena_new((size_t)256 << 20);
	for (bool left = true; left;)
		assert_ok(desk_index_step(w->p->s, mem, &left));
	arena_free(mem);
}

static inline void follow(struct world *w)
{
	for (bool more = true; more;) {
		struct req rq = on_reader(w->p);
		struct entry e[50];
		int n = 0;
		assert_ok(journal_read(&rq, w->next, 50, e, &n));
		for (int i = 0; i < n; i++) {
			struct letters page = { .letter = arena_array(rq.mem, struct letter, PAGE), .max = PAGE };
			do {
				page.after = page.next;
				if (desk_letters(&rq, &e[i], URL, &page))
					fail_msg("%s: %s", e[i].verb, rq.err.msg);
				for (int k = 0; k < page.n; k++)
					send(w, &page.letter[k]);
			} while (page.next);
		}
		store_reader_done(w->p->s);
		w->next += n;
		more = n > 0;
	}
	index_words(w);
}

static inline int mails_to(const struct world *w, const char *to)
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

static inline char *token_of(const char *link)
{
	return strrchr(link, '/') + 1;
}

/* ── time ── */

/* Time alone: what follows from it is not followed yet. */
static inline void tick(struct world *w, int64_t by)
{
	int ran = 0;
	w->now += by;
	clock_set_for_test(w->now);
	struct req rq = place_req(w->p);
	rq.db = store_reader(w->p->s, &rq.err);
	store_reader_done(w->p->s);
	rq = on_reader(w->p);
	struct due_kind kinds[64];
	int n = 0;
	for (int i = 0; i < desk_due_count; i++)
		kinds[n++] = desk_due_kinds[i];
	for (int i = 0; i < share_due_count; i++)
		kinds[n++] = share_due_kinds[i];
	for (int i = 0; i < desk_find_due_count; i++)
		kinds[n++] = desk_find_due_kinds[i];
	for (int i = 0; i < desk_digest_due_count; i++)
		kinds[n++] = desk_digest_due_kinds[i];
	assert_ok(due_run(w->p->s, &rq, kinds, n, &ran));
	store_reader_done(w->p->s);
}

static inline void advance(struct world *w, int64_t by)
{
	tick(w, by);
	follow(w);
}

/* ── filing ── */

struct what {
	const char *obs, *obs2, *text, *email, *class_id, *idem, *tlp;
	bool record_only, share;
	const struct actor *who; /* NULL: a stranger */
	enum report_source source;
	struct report_file file;
};

static inline enum st try_file(struct world *w, const struct what *x, struct filed *out, char why[256])
{
	struct report *r = arena_new_of(w->p->mem, struct report);
	struct actor before = w->p->who;
	*r = (struct report){ .description = arena_strdup(w->p->mem, x->text),
			      .email = arena_strdup(w->p->mem, x->email),
			      .class_id = arena_strdup(w->p->mem, x->class_id),
			      .tlp = arena_strdup(w->p->mem, x->tlp),
			      .record_only = x->record_only,
			      .source = x->source,
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

static inline struct filed file_it(struct world *w, struct what x)
{
	struct filed out;
	char why[256];
	if (try_file(w, &x, &out, why))
		fail_msg("%s", why);
	follow(w);
	return out;
}

/* ── looking ── */

static inline struct case_view staff_view(struct world *w, const char *number)
{
	struct case_view v;
	struct req rq = on_reader(w->p);
	rq.who = &handler;
	if (desk_case_staff(&rq, number, LANG_EN, &v))
		fail_msg("%s", rq.err.msg);
	store_reader_done(w->p->s);
	return v;
}

static inline struct case_view reporter_view(struct world *w, const char *token)
{
	struct case_view v;
	struct req rq = on_reader(w->p);
	rq.who = &nobody;
	if (desk_case_reporter(&rq, token, NULL, LANG_EN, &v))
		fail_msg("%s", rq.err.msg);
	store_reader_done(w->p->s);
	return v;
}

static inline bool has_step(const struct case_view *v, const char *text)
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

static inline bool has_task(const struct case_view *v, const char *kind)
{
	for (int i = 0; i < v->ntasks; i++)
		if (strcmp(v->task[i].kind, kind) == 0 && !v->task[i].done_at)
			return true;
	return false;
}

/* ── acting ── */

static inline enum st act_as(struct world *w, const struct actor *who, write_fn fn, struct desk_act a)
{
	struct actor before = w->p->who;
	w->p->who = *who;
	enum st st = in_write(w->p, fn, &a);
	w->p->who = before;
	return st;
}
static inline enum st act(struct world *w, write_fn fn, struct desk_act a)
{
	enum st st = act_as(w, &handler, fn, a);
	follow(w);
	return st;
}

static inline enum st answer(struct world *w, const char *to, enum answer_kind kind, const char *text, int64_t until)
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

static inline void confirm(struct world *w, const char *email)
{
	assert_ok(in_write(w->p, desk_report_confirm, token_of(last_to(w, email)->confirm)));
}
#endif
