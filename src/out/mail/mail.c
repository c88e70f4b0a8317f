/* mail.c — the follower: entry → letters → transport → written down.
 *
 * The follower's position moves once a batch, so a process that is killed sees entries again. Which letters of the
 * entry in hand are done with stands in the setting "mail.done", written in the same write as desk_notice_sent: SEQ, or
 * SEQ+AFTER where the page of its letters that is in hand begins, and a short hash a letter of that page. Between a
 * relay's answer and that commit the letter stands in a file (sent_log.c), so what is left as "at least once" is an answer
 * that never arrived, and a machine that goes down in between; for letters to many (surveys) up to three times
 * UNWRITTEN_MAX of them.
 *
 * A letter that was put off becomes a due row "mail-letter" SEQ/HASH/TRY; when it falls due it becomes a fact of room
 * "mail", and this follower, handling that entry, composes the letter of entry SEQ again, in the words that were set at
 * that entry's time. One that waits for a key, or
 * can't be made by a fault of ours, is such a row of kind "mail-held": it is looked at again after an hour, then after as
 * long as it has waited already, at most a day, and once more whenever a key is bound.
 */
#include "out/mail/mail_int.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/text.h"
#include "store/follow.h"
#include "work/task.h"

enum { PAGE = LETTERS_PAGE, UNSURE_MAX = 5, WOKEN_MAX = 1000, TAG = LETTER_TAG, DONE_MAX = 48 + PAGE * (TAG + 1) };
#define MINUTE (60 * USEC)
#define HELD_LEAST (60 * MINUTE)
#define HELD_MOST (24 * HELD_LEAST)
static const int64_t pauses[] = { 5 * MINUTE,	15 * MINUTE,  30 * MINUTE,  60 * MINUTE,  120 * MINUTE,
				  240 * MINUTE, 480 * MINUTE, 720 * MINUTE, 1440 * MINUTE };
enum { TRIES = sizeof pauses / sizeof *pauses };
static const char done_key[] = "mail.done", due_later[] = "mail-letter", due_held[] = "mail-held", room[] = "mail",
		  due_verb[] = "letter-due";

struct delivery;
struct mail {
	struct store *store;
	struct face face;
	struct pgp *pgp;
	const char *dir;   /* mail.url=file: */
	struct smtp *smtp; /* else these three */
	struct sent_log *sent;
	struct crew *crew; /* for letters to many */
	struct follower *follower;
	char done[DONE_MAX];
	size_t done_before; /* how much of it was there when the page began: none of its letters is asked for twice */
	bool done_read;
	struct delivery *unwritten; /* of the entry in hand, the last first; they live in its request */
	int nunwritten;
	bool wrote;	      /* something of the entry in hand */
	char unsure[TAG + 1]; /* the letter whose fate was left open */
	int unsure_times;     /* in a row */
	pthread_mutex_t lock; /* of stats */
	struct mail_stats stats;
	int64_t swept_at;		/* the folder; 0: not in this life */
	struct letter letter[PAGE + 1]; /* of the entry in hand; else all zero */
};

/* ── what is counted ── */

static void note_error(struct mail *m, const char *what)
{
	m->stats.error_at = clock_now();
	snprintf(m->stats.last_error, sizeof m->stats.last_error, "%s", what);
}

static void count(struct mail *m, enum fate fate, bool again, const struct err *e)
{
	pthread_mutex_lock(&m->lock);
	m->stats.sent += fate == FATE_SENT;
	m->stats.repeated += fate == FATE_SENT && again;
	m->stats.retries += fate == FATE_LATER || fate == FATE_AWAY || fate == FATE_HELD || fate == FATE_FAULT;
	m->stats.bounced += fate == FATE_REFUSED || fate == FATE_REJECTED;
	if (fate != FATE_SENT)
		note_error(m, e->msg);
	pthread_mutex_unlock(&m->lock);
}

void mail_stats(struct mail *m, struct mail_stats *out)
{
	struct follower_state at = { 0 };
	if (m->follower)
		follower_state(m->follower, &at);
	pthread_mutex_lock(&m->lock);
	*out = m->stats;
	pthread_mutex_unlock(&m->lock);
	out->next = at.next;
}

/* ── which letters are done with ── */

static void tag_of(const struct letter *l, char out[TAG + 1])
{
	char hex[65];
	const char *id = l->message_id ? l->message_id : "";
	struct hash h = hash_of(id, strlen(id));
	snprintf(out, TAG + 1, "%.*s", TAG, hash_hex(&h, hex));
}

/* Of the page behind `after`, with nothing done yet. */
static void done_begin(struct mail *m, int64_t seq, int64_t after)
{
	if (after)
		snprintf(m->done, sizeof m->done, "%lld+%lld ", (long long)seq, (long long)after);
	else
		snprintf(m->done, sizeof m->done, "%lld ", (long long)seq);
	m->done_before = strlen(m->done);
}

/* Reads the setting once, and starts a new list where it is of an earlier entry. false: it is of a later one, so this
 * entry's letters are all done with (the follower's position moves more rarely). */
static bool done_open(struct mail *m, struct req *rq, int64_t seq, int64_t *after)
{
	char *end;
	if (!m->done_read) {
		const char *kept = setting_get(rq, done_key);
		snprintf(m->done, sizeof m->done, "%s", kept ? kept : "");
		m->done_read = !rq->err.code;
	}
	int64_t of = strtoll(m->done, &end, 10);
	*after = of == seq && *end == '+' ? strtoll(end + 1, NULL, 10) : 0;
	if (end == m->done || of < seq)
		done_begin(m, seq, 0);
	m->done_before = strlen(m->done);
	return of <= seq;
}

static bool done_has(const struct mail *m, const char *tag)
{
	return memmem(m->done, m->done_before, tag, TAG) != NULL;
}

/* What one delivery leaves behind, in one write. */
struct delivery {
	const char *done; /* the new list */
	const char *tag;  /* of letters to many; and the one before it, not written down either */
	struct delivery *before;
	const struct letter *l;
	bool sent;
	const char *refused;	 /* the relay's words */
	const char *kind, *task; /* for staff; NULL */
	const char *about;	 /* the task's subject where there is no case */
	const char *due, *later; /* kind and subject of the due row; NULL: not put off */
	int64_t later_at;
};

/* Of all that it held; the address is a task once, about the newest case. */
static enum st digest_refused(struct req *rq, const struct delivery *o)
{
	const struct digest_letter *d = o->l->digest;
	struct sent_arg failed = { d->id, o->l->message_id, 0 };
	int64_t id;
	char *text = arena_printf(rq->mem, "%s: %s", o->l->to, o->refused);
	text[utf8_cut(text, strlen(text), 900)] = 0;
	return desk_digest_failed(rq, &failed) ? rq->err.code
					       : task_add(rq, "address-failing", d->row[d->n - 1].number, text, &id);
}

/* A notice's next party is told; staff see the address beside the case. A reporter's address that fails is nobody's
 * task. */
static enum st refused_write(struct req *rq, const struct delivery *o)
{
	const char *number = letter_number(o->l);
	if (o->l->check)
		return desk_address_sent(rq, o->l->check, o->refused);
	if (o->l->relay)
		return o->l->relay->confirm ? ST_OK : relay_sent(rq, o->l->relay->id);
	if (o->l->survey)
		return voice_letter_refused(rq, o->l->survey, o->refused);
	if (o->l->interview)
		return interview_letter_refused(rq, o->l->interview, o->refused);
	if (o->l->holder)
		return o->l->holder->id ? registrant_letter_sent(rq, o->l->holder->id, true) : ST_OK;
	struct sent_arg failed = { o->l->share ? o->l->share : o->l->id, o->l->message_id, 0 };
	if (o->l->digest)
		return digest_refused(rq, o);
	if (o->l->share)
		return share_failed(rq, &failed);
	if (o->l->kind != MAIL_TO_HOLDER || !*number)
		return ST_OK;
	int64_t id;
	if (o->l->id && desk_notice_failed(rq, &failed))
		return rq->err.code;
	char *text = arena_printf(rq->mem, "%s: %s", o->l->to ? o->l->to : "no address", o->refused);
	text[utf8_cut(text, strlen(text), 900)] = 0;
	return task_add(rq, "address-failing", number, text, &id);
}

/* A letter about no case is found in the list of tasks. */
static enum st task_write(struct req *rq, const struct delivery *o)
{
	int64_t id;
	const char *number = letter_number(o->l);
	return task_add(rq, o->kind, *number ? number : arena_printf(rq->mem, "mail:%s", o->about), o->task, &id);
}

static enum st outcome_write(struct req *rq, void *arg)
{
	const struct delivery *o = arg;
	struct sent_arg sent = { o->l->digest ? o->l->digest->id : o->l->id, o->l->message_id, 0 };
	if (setting_put(rq, done_key, o->done))
		return rq->err.code;
	if (o->sent && o->l->id && desk_notice_sent(rq, &sent))
		return rq->err.code;
	if (o->sent && o->l->digest && desk_digest_sent(rq, &sent))
		return rq->err.code;
	struct sent_arg shared = { o->l->share, o->l->message_id, 0 };
	if (o->sent && o->l->share && share_sent(rq, &shared))
		return rq->err.code;
	if (o->sent && o->l->check && desk_address_sent(rq, o->l->check, NULL))
		return rq->err.code;
	if (o->sent && o->l->holder && o->l->holder->id && registrant_letter_sent(rq, o->l->holder->id, false))
		return rq->err.code;
	if (o->sent && o->l->relay && !o->l->relay->confirm && relay_sent(rq, o->l->relay->id))
		return rq->err.code;
	const struct voice_letter *survey = o->l->survey;
	if (o->sent && survey && voice_letters_sent(rq, &survey, 1))
		return rq->err.code;
	if (o->later && due_set(rq, o->due, o->later, o->later_at))
		return rq->err.code;
	if (o->task && task_write(rq, o))
		return rq->err.code;
	return o->refused ? refused_write(rq, o) : ST_OK;
}

/* The letter counts as done only when that is durable. */
static enum st write_down(struct mail *m, struct req *rq, write_fn fn, struct delivery *o)
{
	if (strlen(o->done) >= sizeof m->done)
		return err_set(&rq->err, ST_LIMIT, "more than %d letters on one page of an entry's", PAGE);
	if (store_write(m->store, rq, fn, o)) {
		log_error("a letter's fate can't be written down yet", LOG_T("why", rq->err.msg));
		return err_set(&rq->err, ST_BUSY, "%s", rq->err.code ? rq->err.msg : "the store refused");
	}
	snprintf(m->done, sizeof m->done, "%s", o->done);
	m->wrote = true;
	return ST_OK;
}

static enum st settle(struct mail *m, struct req *rq, struct delivery *o, const char *tag)
{
	BUF_SCOPE list = BUF_INIT;
	buf_str(&list, m->done);
	buf_printf(&list, "%s ", tag);
	o->done = buf_cstr(&list);
	return write_down(m, rq, outcome_write, o);
}

/* ── one letter ── */

/* For a letter of entry `seq` at its try-th delivery. */
struct turn {
	int64_t seq, at;
	int attempt;
};

/* A letter at whose end the connection breaks again and again is put off, so that others get by. */
static enum fate sure(struct mail *m, const char *tag, bool unsure, enum fate fate)
{
	m->unsure_times = !unsure ? 0 : strcmp(m->unsure, tag) == 0 ? m->unsure_times + 1 : 1;
	snprintf(m->unsure, sizeof m->unsure, "%s", unsure ? tag : "");
	return unsure && m->unsure_times >= UNSURE_MAX ? FATE_LATER : fate;
}

static enum fate hand_over(struct mail *m, const struct parcel *p, const char *tag, struct err *e)
{
	if (!m->smtp)
		return file_deliver(m->dir, p, e);
	enum fate fate = smtp_deliver(m->smtp, p, e);
	return sure(m, tag, smtp_unsure(m->smtp), fate);
}

/* Composed and sealed; FATE_SENT: to be handed over. What could not be sealed in two days is no passing matter. */
static enum fate make_letter(struct mail *m, struct req *rq, struct arena *mem, const struct letter *l,
			     const struct turn *t, struct parcel *p, struct err *e)
{
	enum purpose purpose;
	struct wording w = { 0 };
	if (letter_purpose(l, &purpose) && letter_wording(rq, purpose, l->lang, t->at, &w))
		return *e = rq->err, FATE_AWAY;
	enum st st = compose_letter(mem, &m->face, l, &w, t->at, p, e);
	if (st)
		return st == ST_INVALID ? FATE_REFUSED : FATE_FAULT;
	enum fate fate = parcel_seal(rq, m->pgp, m->face.cfg, letter_number(l), p, e);
	return fate == FATE_LATER && t->attempt >= TRIES ? FATE_FAULT : fate;
}

static enum fate send_letter(struct mail *m, struct req *rq, const struct letter *l, const struct turn *t,
			     const char *tag, struct delivery *o, struct err *e)
{
	struct arena *mem = arena_new(1 << 20);
	struct parcel p = { .message = { .max = MESSAGE_MAX } };
	bool again = strcmp(m->unsure, tag) == 0;
	enum fate fate = make_letter(m, rq, mem, l, t, &p, e);
	if (p.task) {
		o->kind = "pgp-key";
		o->task = p.task;
		o->about = arena_strdup(rq->mem, p.key);
	}
	if (fate == FATE_SENT)
		fate = hand_over(m, &p, tag, e);
	count(m, fate, again, e);
	buf_free(&p.message);
	arena_free(mem);
	return fate;
}

/* Already sent in an earlier life, or no longer wanted. */
static bool needless(const struct letter *l)
{
	if (l->holder || l->check)
		return (l->holder ? l->holder->sent_at : l->check->sent_at) != 0;
	if (l->share)
		return l->share_sent != 0;
	if (l->digest)
		return l->digest->sent_at != 0;
	return l->id && l->notice && (l->notice->sent_at || l->notice->state == NOTICE_CANCELLED);
}

static void put_off(struct req *rq, struct delivery *o, const struct turn *t, const char *tag)
{
	o->due = due_later;
	o->later = arena_printf(rq->mem, "%lld/%s/%d", (long long)t->seq, tag, t->attempt + 1);
	o->later_at = clock_now() + pauses[t->attempt];
}

/* As often as it takes; the relay's tries are not used up by it. */
static void hold(struct req *rq, struct delivery *o, const struct turn *t, const char *tag)
{
	int64_t now = clock_now(), waited = now - t->at;
	int attempt = t->attempt > 0 && t->attempt < TRIES ? t->attempt : 1;
	o->due = due_held;
	o->later = arena_printf(rq->mem, "%lld/%s/%d", (long long)t->seq, tag, attempt);
	o->later_at = now + (waited < HELD_LEAST ? HELD_LEAST : waited > HELD_MOST ? HELD_MOST : waited);
}

/* Not said of the address, so nobody's contact is doubted for it. A reporter's address is nobody's task. */
static void tell_staff(struct req *rq, struct delivery *o, const char *tag, const char *why)
{
	const struct letter *l = o->l;
	const char *whose = l->kind == MAIL_TO_HOLDER && l->to ? l->to : l->template_ ? l->template_ : "letter";
	char *text = arena_printf(rq->mem, "%s: %s", whose, why);
	text[utf8_cut(text, strlen(text), 900)] = 0;
	o->kind = "letter-failing";
	o->task = text;
	o->about = arena_strdup(rq->mem, tag);
}

/* What follows from a fate. A rejected notice or share is told to the next; of letters that try out an address only
 * their own refusal counts. */
static void outcome_of(struct req *rq, enum fate fate, const struct turn *t, const char *tag, const struct err *e,
		       struct delivery *o)
{
	bool tries_address = o->l->holder || o->l->check || o->l->survey || o->l->interview;
	if (fate == FATE_SENT)
		o->sent = true;
	else if (fate == FATE_LATER && t->attempt < TRIES)
		put_off(rq, o, t, tag);
	else if (fate == FATE_HELD || fate == FATE_FAULT)
		hold(rq, o, t, tag);
	else if (fate != FATE_REJECTED || !tries_address)
		o->refused = arena_strdup(rq->mem, e->msg);
	if (fate == FATE_FAULT || (fate == FATE_REJECTED && tries_address))
		tell_staff(rq, o, tag, e->msg);
}

/* A survey's are looked at afresh just before they leave: a batch takes a while, and a person may have answered. */
static enum st still_wanted(struct mail *m, struct req *rq, const struct letter *l, int n, bool *wanted)
{
	for (int i = 0; i < n; i++)
		wanted[i] = true;
	if (!n || !l->survey)
		return ST_OK;
	if (!(rq->db = store_reader(m->store, &rq->err)))
		return err_set(&rq->err, ST_BUSY, "the store can't be read");
	return voice_letters_wanted(rq, l->survey, n, wanted);
}

/* ── letters to many: what became of several is written down at once ── */

/* They wait for no commit each, so that they go out as fast as the relay takes them. */
static enum st batch_write(struct req *rq, void *arg)
{
	const struct delivery *o = arg;
	const struct voice_letter *sent[UNWRITTEN_MAX];
	int n = 0;
	if (setting_put(rq, done_key, o->done))
		return rq->err.code;
	for (; o && n < UNWRITTEN_MAX; o = o->before)
		sent[n++] = o->l->survey;
	return voice_letters_sent(rq, sent, n);
}

static enum st flush(struct mail *m, struct req *rq)
{
	struct delivery *last = m->unwritten;
	m->unwritten = NULL;
	m->nunwritten = 0;
	if (!last)
		return ST_OK;
	BUF_SCOPE list = BUF_INIT;
	buf_str(&list, m->done);
	for (const struct delivery *o = last; o; o = o->before)
		buf_printf(&list, "%s ", o->tag);
	last->done = buf_cstr(&list);
	return write_down(m, rq, batch_write, last);
}

/* It went out. */
static enum st settle_later(struct mail *m, struct req *rq, const struct delivery *o, const char *tag)
{
	struct delivery *kept = arena_new_of(rq->mem, struct delivery);
	*kept = *o;
	kept->tag = arena_strdup(rq->mem, tag);
	kept->before = m->unwritten;
	m->unwritten = kept;
	return ++m->nunwritten < UNWRITTEN_MAX ? ST_OK : flush(m, rq);
}

/* It went out, now or in an earlier life. A letter to many waits for others, unless a kill would forget it. */
static enum st settle_sent(struct mail *m, struct req *rq, struct delivery *o, const char *tag, bool kept)
{
	enum st st = o->l->survey ? settle_later(m, rq, o, tag) : ST_OK;
	if (!st && (!o->l->survey || !kept))
		st = flush(m, rq);
	return st || o->l->survey ? st : settle(m, rq, o, tag);
}

/* Nobody wants it any more. Lies it in the folder all the same, then it went out before a kill, and that is written down now. */
static enum st settle_unwanted(struct mail *m, struct req *rq, const struct letter *l, const char *tag)
{
	struct delivery o = { .l = l, .sent = true };
	return m->dir && !l->survey->reminder && file_delivered(m->dir, letter_id(rq->mem, l))
		       ? settle_later(m, rq, &o, tag)
		       : ST_OK;
}

/* Done with already, now or in an earlier life, which is written down. */
static enum st look_back(struct mail *m, struct req *rq, const struct letter *l, const char *tag, bool *done)
{
	struct delivery o = { .l = l, .sent = true };
	*done = done_has(m, tag) || needless(l);
	if (*done || !sent_log_has(m->sent, tag))
		return ST_OK;
	*done = true;
	return settle_sent(m, rq, &o, tag, true);
}

/* What follows from it. `kept`: a kill would not forget that it was sent. */
static enum st after(struct mail *m, struct req *rq, enum fate fate, const struct turn *t, const char *tag,
		     const struct err *e, struct delivery *o, bool kept)
{
	if (fate == FATE_AWAY)
		return err_set(&rq->err, ST_BUSY, "%s", e->msg);
	outcome_of(rq, fate, t, tag, e, o);
	if (fate == FATE_SENT && !o->task)
		return settle_sent(m, rq, o, tag, kept);
	if (flush(m, rq))
		return rq->err.code;
	if (fate == FATE_LATER && o->refused)
		count(m, FATE_REFUSED, false, e);
	if (o->refused || (o->task && fate != FATE_SENT))
		log_warn("a letter can't be delivered", LOG_N("seq", t->seq), LOG_T("letter", tag),
			 LOG_T("template", o->l->template_));
	return settle(m, rq, o, tag);
}

static enum st handle_letter(struct mail *m, struct req *rq, const struct letter *l, const struct turn *t)
{
	char tag[TAG + 1];
	struct err e = { 0 };
	struct delivery o = { .l = l };
	bool done, wanted;
	tag_of(l, tag);
	if (look_back(m, rq, l, tag, &done) || done || still_wanted(m, rq, l, 1, &wanted))
		return rq->err.code;
	if (!wanted)
		return settle_unwanted(m, rq, l, tag);
	enum fate fate = send_letter(m, rq, l, t, tag, &o, &e);
	bool kept = fate == FATE_SENT && (!m->sent || sent_log_add(m->sent, tag));
	return after(m, rq, fate, t, tag, &e, &o, kept);
}

/* All, or the one with the tag. */
static enum st one_by_one(struct mail *m, struct req *rq, const struct letter *l, int n, const char *only,
			  const struct turn *t)
{
	for (int i = 0; i < n; i++) {
		char tag[TAG + 1];
		tag_of(&l[i], tag);
		if ((!only || strcmp(only, tag) == 0) && handle_letter(m, rq, &l[i], t))
			return rq->err.code;
	}
	return ST_OK;
}

/* ── over several connections ── */

/* Of those whose fate was left open one is remembered; the others will be sent again, too. */
static void note_open(struct mail *m, const struct crew_job *job, int n)
{
	const struct crew_job *first = NULL;
	for (int i = n - 1; i >= 0; i--) {
		bool open = job[i].fate == FATE_AWAY && job[i].unsure;
		pthread_mutex_lock(&m->lock);
		m->stats.repeated += open && first;
		pthread_mutex_unlock(&m->lock);
		first = open ? &job[i] : first;
	}
	sure(m, first ? first->tag : "", first != NULL, FATE_AWAY);
}

/* All that went out is settled before a relay that went away stops the rest. */
static enum st settle_jobs(struct mail *m, struct req *rq, const struct crew_job *job, int n, const struct turn *t)
{
	const struct err *away = NULL;
	if (n)
		note_open(m, job, n);
	for (int i = 0; i < n; i++) {
		const struct crew_job *j = &job[i];
		struct delivery o = { .l = j->l };
		count(m, j->fate, false, &j->err);
		if (j->fate == FATE_AWAY)
			away = &j->err;
		else if (after(m, rq, j->fate, t, j->tag, &j->err, &o, j->kept))
			return rq->err.code;
	}
	return away ? err_set(&rq->err, ST_BUSY, "%s", away->msg) : ST_OK;
}

/* What of these is to go over the connections. Where somebody has a key, or a fate was left open, each goes alone. */
static enum st gather(struct mail *m, struct req *rq, const struct letter *l, int n, const struct turn *t,
		      struct crew_batch *out)
{
	bool wanted[UNWRITTEN_MAX], done;
	*out = (struct crew_batch){ .job = arena_array(rq->mem, struct crew_job, n) };
	if (*m->unsure || !parcels_in_clear(rq, m->pgp, m->face.cfg))
		return one_by_one(m, rq, l, n, NULL, t);
	if (still_wanted(m, rq, l, n, wanted))
		return rq->err.code;
	for (int i = 0; i < n; i++) {
		char *tag = arena_alloc(rq->mem, TAG + 1);
		tag_of(&l[i], tag);
		if (look_back(m, rq, &l[i], tag, &done))
			return rq->err.code;
		if (!done && wanted[i])
			out->job[out->n++] = (struct crew_job){ .l = &l[i], .tag = tag, .date = t->at };
	}
	return ST_OK;
}

/* Waits for their fates, and writes down what follows. `*why`: what went wrong first. */
static void conclude(struct mail *m, struct req *rq, struct crew_batch *b, const struct turn *t, struct err *why)
{
	crew_wait(m->crew, b);
	if (settle_jobs(m, rq, b->job, b->n, t) && !why->code)
		*why = rq->err;
	err_clear(&rq->err);
	b->n = 0;
}

/* Of a relay that is fast two batches are out at a time, so that no connection waits for what is looked up and written
 * down in between. */
static enum st handle_many(struct mail *m, struct req *rq, const struct letter *l, int n, const struct turn *t)
{
	struct crew_batch batch[2] = { { 0 } }, *now = batch, *before = batch + 1;
	struct err why = { 0 };
	int share = crew_share(m->crew);
	for (int i = 0, k; i < n && !why.code; i += k) {
		int64_t began = clock_mono();
		k = n - i < share ? n - i : share;
		if (gather(m, rq, l + i, k, t, now))
			now->n = 0;
		why = rq->err;
		err_clear(&rq->err);
		crew_add(m->crew, now);
		conclude(m, rq, before, t, &why);
		if (share == (int)m->face.cfg->mail_connections)
			conclude(m, rq, now, t, &why);
		struct crew_batch *concluded = before;
		before = now;
		now = concluded;
		share = crew_share_after(m->crew, clock_mono() - began);
	}
	conclude(m, rq, before, t, &why);
	rq->err = why;
	return why.code;
}

/* Who makes letters of an entry like this; NULL: none follows. */
typedef enum st (*letters_fn)(struct req *rq, const struct entry *e, const char *public_url, struct letters *out);
static const struct {
	bool (*posts)(const struct entry *e);
	letters_fn make;
} makers[] = {
	{ desk_posts, desk_letters },	      { registrant_posts, holder_letters },
	{ relay_posts, relay_mails },	      { desk_address_posts, contact_letters },
	{ voice_posts, survey_mails },	      { newsletter_posts, newsletter_mails },
	{ interview_posts, interview_mails },
};

static letters_fn maker_of(const struct entry *e)
{
	for (size_t i = 0; i < sizeof makers / sizeof *makers; i++)
		if (makers[i].posts(e))
			return makers[i].make;
	return NULL;
}

/* A page of the letters of one entry; all, or the one with the tag `only`. `*next`: where the one behind it begins. */
static enum st handle_letters(struct mail *m, struct req *rq, const struct entry *e, const char *only, int attempt,
			      int64_t after, int64_t *next)
{
	struct letters page = { .letter = m->letter, .max = PAGE, .after = after };
	struct turn t = { e->seq, e->at, attempt };
	struct letter *l = m->letter;
	letters_fn make = maker_of(e);
	*next = 0;
	if (!make)
		return ST_OK;
	m->wrote = false;
	enum st st = make(rq, e, m->face.public_url, &page);
	if (!st)
		st = !only && m->crew && page.n && l->survey ? handle_many(m, rq, l, page.n, &t)
							     : one_by_one(m, rq, l, page.n, only, &t);
	*next = page.next;
	/* What went out did, whatever stopped the others. */
	struct err why = rq->err;
	err_clear(&rq->err);
	enum st unkept = flush(m, rq);
	if (!unkept)
		rq->err = why;
	if (!unkept && !st && m->wrote)
		sent_log_clear(m->sent);
	/* All of them for each entry would cost more than the letters do. */
	memset(l, 0, sizeof *l * (size_t)(page.n + 1));
	return unkept ? unkept : st;
}

/* ── letters that were put off ── */

static enum st letter_due(struct req *rq, const char *subject)
{
	return journal_append(rq, &(struct fact){ room, subject, due_verb, NULL, 0 });
}

const struct due_kind mail_due_kinds[] = { { due_later, letter_due }, { due_held, letter_due } };
const int mail_due_count = sizeof mail_due_kinds / sizeof *mail_due_kinds;

/* "SEQ/HASH/TRY", as handle_letter wrote it. */
static bool read_subject(const char *s, int64_t *seq, char tag[TAG + 1], int64_t *attempt)
{
	char first[24];
	const char *a = strchr(s, '/'), *b = a ? strchr(a + 1, '/') : NULL;
	if (!b || b - a != TAG + 1 || a - s >= (ptrdiff_t)sizeof first)
		return false;
	snprintf(first, sizeof first, "%.*s", (int)(a - s), s);
	snprintf(tag, TAG + 1, "%.*s", TAG, a + 1);
	return text_int(first, 0, INT64_MAX, seq) && text_int(b + 1, 1, TRIES, attempt);
}

static enum st handle_due(struct mail *m, struct req *rq, const struct entry *e, int64_t after, int64_t *next)
{
	struct entry first;
	int64_t seq, attempt;
	char tag[TAG + 1];
	if (!read_subject(e->subject, &seq, tag, &attempt) || seq >= e->seq)
		return err_set(&rq->err, ST_INVALID, "mail: %.80s names no letter", e->subject);
	enum st st = journal_entry(rq, seq, &first);
	if (st || first.erased_at)
		return st;
	return handle_letters(m, rq, &first, tag, (int)attempt, after, next);
}

/* More than this wait for their own time. */
static enum st wake_write(struct req *rq, void *arg)
{
	char **subject = arena_array(rq->mem, char *, WOKEN_MAX);
	int n = 0;
	enum st st = due_page(rq, due_held, "", INT64_MAX, subject, WOKEN_MAX, &n);
	for (int i = 0; !st && i < n; i++)
		st = due_set(rq, due_held, subject[i], clock_now());
	return st;
}

static enum st wake_held(struct mail *m, struct req *rq)
{
	if (store_write(m->store, rq, wake_write, NULL))
		return err_set(&rq->err, ST_BUSY, "%s", rq->err.code ? rq->err.msg : "the store refused");
	return ST_OK;
}

static bool is_new_key(const struct entry *e)
{
	return strcmp(e->room, "who") == 0 && strcmp(e->verb, "pgp-key-bound") == 0;
}

static bool forgets_addresses(const struct entry *e)
{
	return strcmp(e->room, "desk") == 0 && strcmp(e->verb, "addresses-forgotten") == 0;
}

static enum st follow(void *self, struct req *rq, const struct entry *e, bool *more)
{
	struct mail *m = self;
	int64_t after, next = 0;
	enum st st;
	if (is_new_key(e))
		return wake_held(m, rq);
	if (forgets_addresses(e)) {
		letters_sweep(m->dir, &m->swept_at);
		return ST_OK;
	}
	if (!done_open(m, rq, e->seq, &after) || rq->err.code)
		return rq->err.code;
	if (strcmp(e->room, room) != 0)
		st = handle_letters(m, rq, e, NULL, 0, after, &next);
	else
		st = strcmp(e->verb, due_verb) == 0 ? handle_due(m, rq, e, after, &next) : ST_NOTFOUND;
	*more = !st && next;
	if (*more)
		done_begin(m, e->seq, next);
	return st;
}

/* ── starting and stopping ── */

static enum st open_transport(struct mail *m, struct err *e)
{
	const char *url = m->face.cfg->mail_url;
	if (strncmp(url, "file:", 5) == 0) {
		m->dir = url + 5;
		return file_prepare(m->dir, e);
	}
	struct arena *mem = arena_new(4096);
	struct sheet p = { .mem = mem, .face = &m->face };
	char folder[sizeof m->face.cfg->dir + 8];
	snprintf(folder, sizeof folder, "%s/outbox", m->face.cfg->dir);
	m->smtp = smtp_new(url, letter_host(&p), e);
	if (m->smtp && !file_prepare(folder, e) && (m->sent = sent_log_open(folder, e)))
		m->crew = crew_new(url, letter_host(&p), (int)m->face.cfg->mail_connections, &m->face, m->sent, e);
	arena_free(mem);
	return m->crew ? ST_OK : e->code;
}

struct mail *mail_start(const struct mail_opts *o, struct err *e)
{
	struct mail *m = calloc(1, sizeof *m);
	if (!m) {
		err_set(e, ST_BUSY, "out of memory");
		return NULL;
	}
	m->store = o->store;
	m->pgp = o->pgp;
	m->face = (struct face){ o->cfg, o->public_url };
	pthread_mutex_init(&m->lock, NULL);
	if (open_transport(m, e) == ST_OK) {
		m->follower = follower_start(o->store, "mail", follow, m);
		if (!m->follower)
			err_set(e, ST_BUSY, "the mail follower's thread can't be started");
	}
	if (m->follower)
		return m;
	mail_stop(m);
	return NULL;
}

void mail_wake(struct mail *m)
{
	follower_wake(m->follower);
}

void mail_stop(struct mail *m)
{
	if (!m)
		return;
	if (m->smtp)
		smtp_give_up(m->smtp);
	if (m->crew)
		crew_give_up(m->crew);
	follower_stop(m->follower);
	crew_free(m->crew);
	smtp_free(m->smtp);
	sent_log_close(m->sent);
	pthread_mutex_destroy(&m->lock);
	free(m);
}
