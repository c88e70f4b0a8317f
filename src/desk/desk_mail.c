/* Mail that arrived: what it is about, and what is done. */
#include "desk/desk_check.h"
#include "desk/desk_digest.h"
#include "desk/desk_mail.h"
#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "desk/desk_int.h"
#include "desk/desk_proposal.h"
#include "desk/desk_share.h"
#include "names/registry.h"
#include "who/contact_failing.h"
#include "who/person.h"

enum { RECEIPTS_AN_HOUR = 60, ANSWER_TEXT_MAX = 10000, KEPT_MAX = 20000, LEFT_MAX = 3000, LEFT_SAID = 900 };

static const char *const fates[] = { "filed", "added", "answered", "kept", "bounced", "ignored" };
static const char *const kinds[] = { "plain", "arf", "xarf", "bounce", "auto", "loop" };

const char *mail_fate_name(enum mail_fate f)
{
	return (unsigned)f < sizeof fates / sizeof *fates ? fates[f] : "";
}

/* ── whom is it from, and about what ── */

/* A letter "message" goes to a party or to reporters; the entry it followed from says which. */
static enum st message_to(struct req *rq, const struct letter_name *name, bool *party)
{
	struct entry e;
	enum st st = journal_entry(rq, name->seq, &e);
	if (st == ST_NOTFOUND)
		err_clear(&rq->err);
	*party = !st && desk_payload_int(rq->mem, &e, "notice") == name->ref;
	return st == ST_NOTFOUND ? ST_OK : st;
}

/* What a letter's number counts, by its kind. A kind that is not here, such as that of a letter with a link only, is no
 * conversation. */
enum letter_of { OF_REPORT, OF_NOTICE, OF_SHARE, OF_CHECK, OF_MESSAGE, OF_REFERRAL, OF_MEASURE, OF_DIGEST };
static const struct {
	const char *kind;
	enum letter_of of;
} letter_kinds[] = {
	{ "receipt", OF_REPORT },
	{ "progress", OF_REPORT },
	{ "closed", OF_REPORT },
	{ "link", OF_REPORT },
	{ "notice", OF_NOTICE },
	{ "reminder", OF_NOTICE },
	{ "notice-escalated", OF_NOTICE },
	{ "message", OF_MESSAGE },
	{ "share", OF_SHARE },
	{ "share-reminder", OF_SHARE },
	{ "check", OF_CHECK },
	{ "measure", OF_MEASURE },
	{ "referral", OF_REFERRAL },
	{ "digest", OF_DIGEST },
};

/* Of a letter that nobody's answer is waited for: about which case it was. What comes back is for staff to read. */
static enum st about_case(struct req *rq, struct desk_mail_arg *a, const char *sql, int64_t id)
{
	struct rows r;
	if (sql_query(rq, &r, sql, V(id)))
		return rq->err.code;
	if (rows_next(&r))
		a->number = rows_dup(&r, 0);
	return rows_end(&r);
}

static enum st by_letter(struct req *rq, const char *id, struct desk_mail_arg *a)
{
	struct letter_name name;
	bool party = false;
	size_t i = 0;
	if (!desk_letter_name(id, &name))
		return ST_OK;
	while (i < sizeof letter_kinds / sizeof *letter_kinds && strcmp(letter_kinds[i].kind, name.kind) != 0)
		i++;
	if (i == sizeof letter_kinds / sizeof *letter_kinds)
		return ST_OK;
	switch (letter_kinds[i].of) {
	case OF_REFERRAL:
		return about_case(
			rq, a,
			"SELECT c.number FROM desk_notice n JOIN desk_case c ON c.id = n.case_id WHERE n.id = $1",
			name.ref);
	case OF_MEASURE:
		return about_case(
			rq, a,
			"SELECT c.number FROM desk_proposal p JOIN desk_case c ON c.id = p.case_id WHERE p.id = $1",
			desk_measure_of(name.ref));
	case OF_MESSAGE:
		if (message_to(rq, &name, &party))
			return rq->err.code;
		*(party ? &a->notice : &a->report) = name.ref;
		break;
	case OF_SHARE:
		a->share = name.ref;
		break;
	case OF_CHECK:
		a->check = name.ref;
		break;
	case OF_DIGEST:
		a->digest = name.ref;
		break;
	case OF_NOTICE:
		a->notice = name.ref;
		break;
	case OF_REPORT:
		a->report = name.ref;
		break;
	}
	a->proved = true;
	return ST_OK;
}

static void by_token(const char *token, struct desk_mail_arg *a)
{
	char kind;
	int64_t id;
	if (!desk_reply_token(token, &kind, &id))
		return;
	*(kind == 's' ? &a->share : kind == 'd' ? &a->digest : kind == 'n' ? &a->notice : &a->report) = id;
	a->proved = true;
}

static enum st by_merge(struct req *rq, struct case_row *c)
{
	return desk_case_of(rq, c->merged_into, c);
}

/* The number stands in the subject: does the sender fit the case? */
static enum st by_number(struct req *rq, struct desk_mail_arg *a)
{
	const struct desk_mail *m = a->in;
	struct case_row c;
	struct person who;
	enum st st = m->number ? desk_case_get(rq, m->number, &c) : ST_NOTFOUND;
	if (st == ST_OK && c.merged_into)
		st = by_merge(rq, &c);
	if (st == ST_OK) {
		a->number = c.number;
		st = m->from ? person_find(rq, m->from, &who) : ST_NOTFOUND;
	}
	if (st == ST_OK && sql_number(rq, &a->report,
				      "SELECT coalesce(max(id), 0) FROM desk_report WHERE (case_id = $1 OR home = $1) "
				      "AND person = $2 AND person <> 0 AND withdrawn_at = 0",
				      V(c.id), V(who.id)))
		return rq->err.code;
	if (a->report) /* where it is now */
		a->number = NULL;
	if (st && st != ST_NOTFOUND)
		return st;
	err_clear(&rq->err);
	if (!a->number || a->report || !m->from)
		return ST_OK;
	return sql_number(
		rq, &a->notice,
		"SELECT coalesce(max(id), 0) FROM desk_notice WHERE case_id = $1 AND email = $2 AND sent_at > 0",
		V(c.id), V(text_lower(rq->mem, m->from)));
}

/* Rows may have gone since; then there is no case to speak of. */
static enum st case_number_of(struct req *rq, struct desk_mail_arg *a)
{
	struct rows r;
	if (a->number || (!a->report && !a->notice && !a->share))
		return ST_OK;
	if (sql_query(rq, &r,
		      "SELECT c.number FROM desk_case c WHERE c.id = (SELECT case_id FROM desk_notice WHERE id = $1)"
		      " OR c.id = (SELECT case_id FROM desk_report WHERE id = $2 AND seed IS NOT NULL)"
		      " OR c.id = (SELECT case_id FROM desk_share WHERE id = $3)",
		      V(a->notice), V(a->report), V(a->share)))
		return rq->err.code;
	if (rows_next(&r))
		a->number = rows_dup(&r, 0);
	if (rows_end(&r))
		return rq->err.code;
	if (!a->number) {
		a->report = a->notice = a->share = 0;
		a->proved = false;
	}
	return ST_OK;
}

/* A digest is about many cases: the words, or the subject, may name the one they mean. */
static enum st by_words(struct req *rq, struct desk_mail_arg *a)
{
	bool clear = false;
	const char *words =
		arena_printf(rq->mem, "%s\n%s", a->in->subject ? a->in->subject : "", a->in->text ? a->in->text : "");
	enum st st = desk_digest_about(rq, a->digest, words, &a->notice, &clear);
	a->unclear = !clear;
	return st;
}

static enum st find_case(struct req *rq, struct desk_mail_arg *a)
{
	const struct desk_mail *m = a->in;
	bool bounce = m->kind == MAIL_BOUNCE;
	by_token(bounce ? m->bounce.token : m->token, a);
	if (bounce && !a->proved && by_letter(rq, m->bounce.original, a))
		return rq->err.code;
	if (bounce && !a->proved)
		by_token(m->token, a);
	for (int i = 0; i < m->nrefs && !a->proved; i++)
		if (by_letter(rq, m->ref[i], a))
			return rq->err.code;
	if (!a->proved && !bounce && by_number(rq, a))
		return rq->err.code;
	return (a->digest && by_words(rq, a)) ? rq->err.code : case_number_of(rq, a);
}

/* ── a new report ── */

/* The class, and whether this sender has had answers enough for now. */
static enum st judge_report(struct req *rq, struct desk_mail_arg *a)
{
	struct desk_mail *m = a->in;
	struct person who;
	char *class_id = NULL;
	bool record_only = false;
	int64_t lately = 0;
	const char *words = arena_printf(rq->mem, "%s\n%s", m->subject ? m->subject : "", m->text ? m->text : "");
	if (desk_mail_class(rq, m->scheme, m->category, words, &class_id, &record_only))
		return rq->err.code;
	if (!m->report.class_id)
		m->report.class_id = class_id;
	m->report.record_only |= record_only;
	enum st st = m->from ? person_find(rq, m->from, &who) : ST_NOTFOUND;
	if (st == ST_OK &&
	    sql_number(rq, &lately,
		       "SELECT count(*) FROM desk_report WHERE person = $1 AND person <> 0 AND filed_at > $2",
		       V(who.id), V(clock_now() - 3600 * USEC)))
		return rq->err.code;
	if (st && st != ST_NOTFOUND)
		return st;
	err_clear(&rq->err);
	a->quiet = !m->answerable || lately >= RECEIPTS_AN_HOUR;
	return ST_OK;
}

enum st desk_mail_prepare(struct req *rq, struct desk_mail_arg *a)
{
	struct desk_mail *m = a->in;
	err_clear(&rq->err);
	m->report.source = SOURCE_MAIL;
	bool complaint = m->kind == MAIL_ARF || m->kind == MAIL_XARF;
	if (!complaint && m->kind != MAIL_LOOP && find_case(rq, a))
		return rq->err.code;
	if (a->number || a->check || (m->kind != MAIL_PLAIN && !complaint))
		return ST_OK;
	return judge_report(rq, a) ? rq->err.code : desk_report_prepare(rq, &m->report);
}

/* ── what is done ── */

/* One arrival being written. */
struct arrival {
	struct req *rq;
	struct desk_mail_arg *a;
	int64_t id; /* its row */
	int64_t case_id;
	struct case_row c;
	bool keep;    /* its text, in the row */
	char *unread; /* instead of it: names of what was not read */
	bool again;   /* its Message-ID came before, from the same author, with another body */
};

static enum st fact(struct arrival *x, const char *verb, int64_t notice)
{
	char *payload = arena_printf(x->rq->mem, "{\"mail\":%lld,\"notice\":%lld,\"share\":%lld}", (long long)x->id,
				     (long long)notice, (long long)x->a->share);
	const char *subject = x->c.number ? x->c.number : arena_printf(x->rq->mem, "mail:%lld", (long long)x->id);
	return desk_fact(x->rq, subject, verb, payload, 0);
}

/* Its findings are in no case: people look at it. Which it is stands in the row, too, for the timeline. */
static enum st tell_unread(struct arrival *x, const char *number)
{
	struct req *rq = x->rq;
	const char *names = x->a->in->unread;
	char *payload = arena_printf(rq->mem, "{\"mail\":%lld}", (long long)x->id);
	if (!names)
		return ST_OK;
	x->unread = arena_dup(rq->mem, names, utf8_cut(names, strlen(names), LEFT_SAID));
	return desk_task(rq, number, "form-unread", x->unread) ? rq->err.code
							       : desk_fact(rq, number, "form-unread", payload, 0);
}

static enum st write_report(struct arrival *x)
{
	struct desk_file_arg file = { .report = &x->a->in->report };
	if (desk_report_write(x->rq, &file))
		return x->rq->err.code;
	x->a->out.fate = MAILED_FILED;
	x->a->report = file.out.report;
	const char *doubt = desk_pgp_sentence(x->a->in->pgp.doubt);
	if (doubt && desk_task(x->rq, file.out.number, "read", doubt))
		return x->rq->err.code;
	if (x->a->in->mixed &&
	    desk_task(x->rq, file.out.number, "read",
		      N_("A report holds findings of several kinds, and is filed as the first: split the case")))
		return x->rq->err.code;
	if (tell_unread(x, file.out.number))
		return x->rq->err.code;
	if ((doubt || x->a->in->mixed || x->unread) && desk_case_settle(x->rq, file.out.case_))
		return x->rq->err.code;
	x->case_id = file.out.case_;
	snprintf(x->a->out.number, sizeof x->a->out.number, "%s", file.out.number);
	return ST_OK;
}

static enum st keep_for_staff(struct arrival *x, const char *verb, const char *task)
{
	x->a->out.fate = MAILED_KEPT;
	x->keep = true;
	if (fact(x, verb, x->a->notice) || desk_task(x->rq, x->c.number, "read", task))
		return x->rq->err.code;
	return desk_case_settle(x->rq, x->c.id);
}

static enum st write_unknown(struct arrival *x)
{
	return keep_for_staff(x, "mail-kept", N_("Somebody wrote about this case by mail: read it"));
}

/* The reporter's words and files join the report; what the report can't take any more is for staff. */
static enum st write_addition(struct arrival *x)
{
	struct desk_mail *m = x->a->in;
	struct report_row row;
	char token[TOKEN_SIZE];
	if (desk_report_get(x->rq, x->a->report, &row))
		return x->rq->err.code;
	desk_token("reporter", row.seed, token);
	struct reporter_arg add = { .token = token, .text = m->text };
	memcpy(add.file, m->report.file, sizeof add.file);
	add.nfiles = m->report.nfiles;
	if (!row.has_seed || row.withdrawn_at || ((!m->text || !*m->text) && !add.nfiles))
		return write_unknown(x);
	enum st st = desk_reporter_add(x->rq, &add);
	if (st == ST_LIMIT || st == ST_CONFLICT || st == ST_INVALID) {
		err_clear(&x->rq->err);
		return write_unknown(x);
	}
	x->a->out.fate = MAILED_ADDED;
	return st;
}

/* A party's mail; without a proof that it is theirs, or clear words, people read it. */
static enum st write_answer(struct arrival *x)
{
	struct desk_mail *m = x->a->in;
	struct notice_row n;
	char token[TOKEN_SIZE];
	struct answer_arg answer = { .token = token };
	if (desk_notice_get(x->rq, x->a->notice, &n))
		return x->rq->err.code;
	bool open = (n.state == NOTICE_SENT || n.state == NOTICE_SILENT) && x->c.state != CASE_CLOSED;
	if (x->a->proved && contact_failing_clear(x->rq, n.email))
		return x->rq->err.code;
	if (x->a->unclear)
		return keep_for_staff(x, "party-wrote",
				      N_("A party answered a digest by mail: read which case it means"));
	if (!open || !x->a->proved || !m->text || !desk_mail_says(m->text, &answer.kind))
		return keep_for_staff(x, "party-wrote", N_("A party answered by mail: read it"));
	desk_token("answer", n.seed, token);
	answer.text = arena_dup(x->rq->mem, m->text, utf8_cut(m->text, strlen(m->text), ANSWER_TEXT_MAX));
	x->a->out.fate = MAILED_ANSWERED;
	return desk_answer_write(x->rq, &answer);
}

/* A partner's mail is read by people; that it came shows that they have what we shared. */
static enum st write_partner(struct arrival *x)
{
	if (desk_share_replied(x->rq, x->a->share))
		return x->rq->err.code;
	return keep_for_staff(x, "partner-wrote", N_("A partner answered what we shared: read it"));
}

static enum st write_share_bounce(struct arrival *x)
{
	struct sent_arg failed = { .notice = x->a->share };
	x->a->out.fate = MAILED_BOUNCED;
	return fact(x, "mail-bounced", 0) ? x->rq->err.code : share_failed(x->rq, &failed);
}

/* The address is one, whatever the letter held. */
static enum st bounced_digest(struct arrival *x, const struct notice_row *n, const char *why)
{
	struct sent_arg failed = { .notice = x->a->digest };
	int64_t task = 0;
	if (contact_failing_mark(x->rq, n->email, why) || contact_unreachable(x->rq, n->email) ||
	    fact(x, "mail-bounced", 0) || task_add(x->rq, "address-failing", x->c.number, why, &task))
		return x->rq->err.code;
	return desk_digest_failed(x->rq, &failed) ? x->rq->err.code : desk_case_settle(x->rq, x->c.id);
}

/* Status and the server's words, "" where it said nothing. */
static char *bounce_words(struct arrival *x, const char *before, size_t max)
{
	const struct desk_mail *m = x->a->in;
	char *why = arena_printf(x->rq->mem, "%s%s %s", before, m->bounce.status ? m->bounce.status : "",
				 m->bounce.diagnostic ? m->bounce.diagnostic : "");
	why[utf8_cut(why, strlen(why), max)] = 0;
	return text_trim(x->rq->mem, why);
}

static enum st bounced_elsewhere(struct arrival *x, bool *known)
{
	const struct desk_mail *m = x->a->in;
	*known = false;
	if (!m->bounce.returned || !m->bounce.final || x->a->proved)
		return ST_OK;
	if (m->bounce.returned(x->rq, m, bounce_words(x, "", 400), known) || !*known)
		return x->rq->err.code;
	x->a->out.fate = MAILED_BOUNCED;
	return fact(x, "mail-bounced", 0);
}

static enum st write_bounce(struct arrival *x)
{
	const struct desk_mail *m = x->a->in;
	struct notice_row n;
	int64_t task = 0;
	bool elsewhere;
	x->a->out.fate = MAILED_IGNORED;
	if (bounced_elsewhere(x, &elsewhere) || elsewhere)
		return x->rq->err.code;
	if (x->a->proved && x->a->share && m->bounce.final)
		return write_share_bounce(x);
	if (!x->a->proved || !x->a->notice || !m->bounce.final)
		return fact(x, "mail-ignored", x->a->notice);
	if (desk_notice_get(x->rq, x->a->notice, &n))
		return x->rq->err.code;
	char *why = bounce_words(x, arena_printf(x->rq->mem, "%s: ", n.email), 900);
	struct sent_arg failed = { .notice = n.id };
	x->a->out.fate = MAILED_BOUNCED;
	if (x->a->digest)
		return bounced_digest(x, &n, why);
	if (contact_failing_mark(x->rq, n.email, why) || contact_unreachable(x->rq, n.email) ||
	    fact(x, "mail-bounced", n.id) || task_add(x->rq, "address-failing", x->c.number, why, &task) ||
	    desk_notice_failed(x->rq, &failed))
		return x->rq->err.code;
	return desk_case_settle(x->rq, x->c.id);
}

/* About a letter that asked whether a contact's mail is read: what comes back by mail is no report. */
static enum st write_check(struct arrival *x)
{
	const struct desk_mail *m = x->a->in;
	bool bounce = m->kind == MAIL_BOUNCE, counts = bounce && m->bounce.final;
	char *why = arena_printf(x->rq->mem, "%s %s", m->bounce.status ? m->bounce.status : "refused",
				 m->bounce.diagnostic ? m->bounce.diagnostic : "");
	why[utf8_cut(why, strlen(why), 400)] = 0;
	x->a->out.fate = counts ? MAILED_BOUNCED : MAILED_IGNORED;
	if (counts)
		return desk_check_bounced(x->rq, x->a->check, text_trim(x->rq->mem, why)) ? x->rq->err.code
											  : fact(x, "mail-bounced", 0);
	if (bounce || m->kind == MAIL_AUTO || m->kind == MAIL_LOOP)
		return fact(x, "mail-ignored", 0);
	x->a->out.fate = MAILED_KEPT;
	return desk_check_wrote(x->rq, x->a->check, m->text ? m->text : "") ? x->rq->err.code : fact(x, "mail-kept", 0);
}

/* The case of the message that came before with other words. Where it was about none, this one goes its own way. */
static enum st case_of_origin(struct arrival *x)
{
	struct rows r;
	if (sql_query(x->rq, &r,
		      "SELECT c.number FROM desk_mail m JOIN desk_case c ON c.id = m.case_id WHERE m.origin = $1",
		      V_BLOB(x->a->in->origin.b, HASH_LEN)))
		return x->rq->err.code;
	x->again = rows_next(&r);
	if (x->again)
		x->a->number = rows_dup(&r, 0);
	return rows_end(&r);
}

static enum st write_it(struct arrival *x)
{
	struct desk_mail_arg *a = x->a;
	enum mail_kind kind = a->in->kind;
	if (x->again && case_of_origin(x))
		return x->rq->err.code;
	if (a->number && desk_case_get(x->rq, a->number, &x->c))
		return x->rq->err.code;
	x->case_id = x->c.id;
	if (a->number)
		snprintf(a->out.number, sizeof a->out.number, "%s", a->number);
	if (x->again)
		return keep_for_staff(x, "mail-kept",
				      N_("A message came again with other words: read it, and file what is new in it"));
	if (a->check)
		return write_check(x);
	if (kind == MAIL_BOUNCE)
		return write_bounce(x);
	if (kind == MAIL_AUTO || kind == MAIL_LOOP) {
		a->out.fate = MAILED_IGNORED;
		return fact(x, "mail-ignored", a->notice);
	}
	if (!a->number)
		return write_report(x);
	if (a->in->pgp.doubt)
		return keep_for_staff(x, a->notice ? "party-wrote" : "mail-kept", desk_pgp_sentence(a->in->pgp.doubt));
	if (a->share)
		return write_partner(x);
	return a->notice ? write_answer(x) : a->report ? write_addition(x) : write_unknown(x);
}

/* What was sent with a letter and is nowhere to be found: a report's, or its reporter's, beyond what the front takes, and
 * all of a letter of which only the words were kept. */
static enum st tell_left(struct arrival *x)
{
	const struct desk_mail *m = x->a->in;
	const struct report *r = &m->report;
	enum mail_fate fate = x->a->out.fate;
	BUF_SCOPE names = { .max = LEFT_MAX };
	struct case_row c;
	bool words_only = fate == MAILED_KEPT || fate == MAILED_ANSWERED;
	for (int i = 0; words_only && i < r->nfiles; i++)
		buf_printf(&names, "%s%s", names.n ? ", " : "", r->file[i].name);
	if (m->left && (words_only || fate == MAILED_FILED || fate == MAILED_ADDED))
		buf_printf(&names, "%s%s", names.n ? ", " : "", m->left);
	if (!names.n || !*x->a->out.number)
		return ST_OK;
	char *text = arena_dup(x->rq->mem, names.p, utf8_cut(names.p, names.n, LEFT_SAID));
	if (desk_task(x->rq, x->a->out.number, "files-left", text) || desk_case_get(x->rq, x->a->out.number, &c))
		return x->rq->err.code;
	return desk_case_settle(x->rq, c.id);
}

/* ── once ── */

/* ST_NOTFOUND: it has a row, or (with its origin) another message of this origin has. */
static enum st insert_row(struct req *rq, const struct desk_mail_arg *a, bool with_origin, int64_t *id)
{
	const struct desk_mail *m = a->in;
	enum st st = sql_number(rq, id,
				"INSERT INTO desk_mail(digest, message_id, kind, fate, case_id, report_id, notice_id, "
				"answer, text, at, origin)"
				" VALUES($1, $2, $3, '', 0, 0, 0, $4, '', $5, $6) ON CONFLICT DO NOTHING RETURNING id",
				V_BLOB(m->digest.b, HASH_LEN), V(m->message_id ? m->message_id : ""), V(kinds[m->kind]),
				V(!a->quiet), V(clock_now()), with_origin ? V_BLOB(m->origin.b, HASH_LEN) : V_NULL);
	if (st == ST_NOTFOUND)
		err_clear(&rq->err);
	return st;
}

static enum st repeated(struct req *rq, struct desk_mail_arg *a)
{
	struct rows r;
	if (sql_query(rq, &r,
		      "SELECT m.fate, coalesce(c.number, '') FROM desk_mail m LEFT JOIN desk_case c ON c.id = m.case_id"
		      " WHERE m.digest = $1",
		      V_BLOB(a->in->digest.b, HASH_LEN)))
		return rq->err.code;
	if (rows_next(&r)) {
		a->out.repeated = true;
		for (size_t i = 0; i < sizeof fates / sizeof *fates; i++)
			if (!strcmp(fates[i], rows_text(&r, 0)))
				a->out.fate = (enum mail_fate)i;
		snprintf(a->out.number, sizeof a->out.number, "%s", rows_text(&r, 1));
	}
	return rows_end(&r);
}

enum st desk_mail_write(struct req *rq, void *desk_mail_arg)
{
	struct desk_mail_arg *a = desk_mail_arg;
	const struct desk_mail *m = a->in;
	struct arrival x = { .rq = rq, .a = a };
	a->out = (struct desk_mailed){ 0 };
	enum st st = insert_row(rq, a, m->has_origin, &x.id);
	if (st == ST_NOTFOUND) {
		if (repeated(rq, a) || a->out.repeated)
			return rq->err.code;
		x.again = true;
		st = insert_row(rq, a, false, &x.id);
	}
	if (st || write_it(&x) || tell_left(&x) || desk_pgp_write(rq, x.id, &m->pgp))
		return rq->err.code;
	const char *text = !x.keep ? x.unread ? x.unread : ""
				   : arena_printf(rq->mem, "%s\n%s\n\n%s", m->from ? m->from : "", m->subject,
						  m->text ? m->text : "");
	return sql_run(rq,
		       "UPDATE desk_mail SET fate = $2, case_id = $3, report_id = $4, notice_id = $5, text = $6 WHERE "
		       "id = $1",
		       V(x.id), V(mail_fate_name(a->out.fate)), V(x.case_id), V(a->report), V(a->notice),
		       V((char *)arena_dup(rq->mem, text, utf8_cut(text, strlen(text), KEPT_MAX))));
}

/* ── for the letters ── */

enum st desk_mail_of_report(struct req *rq, int64_t report, bool *answer, char **message_id)
{
	struct rows r;
	*answer = true;
	*message_id = NULL;
	if (sql_query(rq, &r,
		      "SELECT answer, message_id FROM desk_mail WHERE report_id = $1 AND report_id <> 0 AND fate = "
		      "'filed' LIMIT 1",
		      V(report)))
		return rq->err.code;
	if (rows_next(&r)) {
		*answer = rows_int(&r, 0) != 0;
		*message_id = rows_dup(&r, 1);
	}
	return rows_end(&r);
}

/* Apart, so that each finds its rows by its index. */
#define MAIL_OF_CASE "case_id = $1 AND case_id <> 0"
#define MAIL_OF_PERSON "report_id IN (SELECT id FROM desk_report WHERE person = $1 AND person <> 0) AND report_id <> 0"
#define FORGET_SEAL(which)                                                                                             \
	"UPDATE desk_mail_pgp SET bound = '', fingerprint = '' WHERE mail IN (SELECT id FROM desk_mail WHERE " which ")"
#define FORGET_TEXT(which) "UPDATE desk_mail SET text = '', message_id = '', origin = NULL WHERE " which

enum st desk_mail_forget(struct req *rq, int64_t case_id, int64_t person)
{
	if (case_id &&
	    (sql_run(rq, FORGET_SEAL(MAIL_OF_CASE), V(case_id)) || sql_run(rq, FORGET_TEXT(MAIL_OF_CASE), V(case_id))))
		return rq->err.code;
	if (person && (sql_run(rq, FORGET_SEAL(MAIL_OF_PERSON), V(person)) ||
		       sql_run(rq, FORGET_TEXT(MAIL_OF_PERSON), V(person))))
		return rq->err.code;
	return ST_OK;
}
