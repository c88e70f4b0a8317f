/* The letters that follow from a fact. Composed from rows alone, so that a repeat composes the same letter under the
 * same message id, and a letter that has become pointless (cancelled, sent, erased) is no letter. */
#include <string.h>
#include "desk/desk_ladder.h"
#include "desk/desk_mail.h"
#include "desk/desk_move.h"
#include "desk/desk_question.h"
#include "who/person.h"

struct post {
	struct req *rq;
	const struct entry *e;
	const char *url;
	struct letters *out;
	struct case_view *base[LANG_COUNT]; /* of the case that `of` is, as it stands for this entry */
	int64_t of;
};

static struct letter *letter_new(struct post *p, const char *kind, int64_t ref)
{
	if (p->out->n >= p->out->max)
		return NULL;
	struct letter *l = &p->out->letter[p->out->n++];
	*l = (struct letter){ .message_id =
				      desk_letter_id(p->rq->mem, p->e->seq, kind, ref, url_host(p->rq->mem, p->url)) };
	return l;
}

/* The label stands beside the number in every subject; the formats' brackets are around both. */
static void put_label(struct post *p, struct letter *x, enum lang l, const char *number, enum tlp label,
		      const char *format, const char *title)
{
	x->tlp = tlp_name(label);
	x->tlp_note = tr(l, tlp_sentence(label));
	x->subject =
		arena_printf(p->rq->mem, tr(l, format), arena_printf(p->rq->mem, "%s] [%s", number, x->tlp), title);
}

/* ── to a party ── */

/* What the letter to a party may show of the case: its number and kind, never who reported. */
static struct case_view *about_for_party(struct post *p, const struct case_row *c, enum lang l)
{
	struct desk_class k;
	struct case_view *v = arena_new_of(p->rq->mem, struct case_view);
	if (desk_class_get(p->rq, c->class_id, &k))
		return NULL;
	v->id = c->id;
	v->number = c->number;
	v->state = c->state;
	v->class_id = k.id;
	v->rsit = k.rsit;
	v->title = v->class_title = arena_strdup(p->rq->mem, tr(l, k.title));
	v->opened_at = c->opened_at;
	return v;
}

/* Each party on the way up is written to in words of its own. `kind` is the Message-ID's: a letter that was composed
 * before each had its own words stays the same letter. */
static const struct {
	const char *template, *subject;
} notice_letters[] = {
	[LINK_HOLDER] = { "notice", N_("[%s] %s: your answer is needed") },
	[LINK_SPONSOR] = { "sponsor", N_("[%s] %s: your help as the sponsor (registrar) is needed") },
	[LINK_UPSTREAM] = { "upstream", N_("[%s] %s: your help as the upstream network is needed") },
	[LINK_AUTHORITY] = { "authority", N_("[%s] %s: your help as the national authority is needed") },
};

static enum st nearer(struct post *p, const struct notice_row *n, int roles, struct letter *x)
{
	struct desk_class k;
	if (!roles)
		return ST_OK;
	return desk_class_get(p->rq, x->about->class_id, &k) ? p->rq->err.code : desk_told(p->rq, n, k.first, roles, x);
}

static enum st to_party(struct post *p, const struct notice_row *n, const char *kind, const char *text)
{
	struct req *rq = p->rq;
	struct case_row c;
	struct answer_view a;
	char token[TOKEN_SIZE];
	enum lang l = lang_of(n->lang);
	desk_token("answer", n->seed, token);
	if (desk_case_of(rq, n->case_id, &c) || c.state == CASE_CLOSED || desk_answer_view(rq, token, l, &a))
		return rq->err.code;
	if (!tlp_allows(c.tlp, TLP_TO_HOLDER))
		return ST_OK; /* it became stricter since: the notice waits again */
	bool reminder = strcmp(kind, "reminder") == 0;
	struct letter *x = letter_new(p, kind, n->id);
	if (!x)
		return ST_OK;
	x->to = n->email;
	x->lang = l;
	x->template_ = arena_strdup(rq->mem, text || reminder ? kind : notice_letters[n->role].template);
	x->kind = MAIL_TO_HOLDER;
	x->reply_to = desk_reply_address(rq->mem, 'n', n->id);
	x->link = arena_printf(rq->mem, "%s/answer/%s", p->url, token);
	x->party = n->party;
	x->words = a.words;
	x->text = text ? arena_strdup(rq->mem, text) : a.lead;
	x->obs = a.obs;
	x->nobs = a.nobs;
	if (!(x->about = about_for_party(p, &c, l)) || (!text && !reminder && nearer(p, n, n->role, x)))
		return rq->err.code;
	x->notice = arena_new_of(rq->mem, struct case_notice);
	*x->notice = (struct case_notice){ .id = n->id,
					   .role = n->role,
					   .party = n->party,
					   .person = n->person,
					   .email = n->email,
					   .lang = n->lang,
					   .state = n->state,
					   .created_at = n->created_at,
					   .sent_at = n->sent_at,
					   .due_at = n->due_at,
					   .nobs = n->nobs,
					   .first_obs = n->first_obs };
	/* The deadline will count from the sending; this is what the letter can say. */
	if (!n->sent_at && desk_climb_deadline(rq, n, &c, n->approved_at, &x->notice->due_at))
		return rq->err.code;
	put_label(p, x, l, c.number, c.tlp,
		  text	     ? N_("[%s] A message about: %s")
		  : reminder ? N_("[%s] %s: we still need your answer")
			     : notice_letters[n->role].subject,
		  a.class_title);
	if (text || reminder)
		x->in_reply_to = n->message_id && *n->message_id ? n->message_id : NULL;
	else
		x->id = n->id;
	return ST_OK;
}

static enum st post_notice(struct post *p)
{
	struct notice_row n;
	enum st st = desk_notice_get(p->rq, desk_payload_int(p->rq->mem, p->e, "notice"), &n);
	if (st || n.state != NOTICE_APPROVED)
		return st;
	if (desk_payload_int(p->rq->mem, p->e, "digest"))
		return ST_OK; /* it is told by the digest's letter */
	bool after_silence = n.reason && !strcmp(n.reason, "silent");
	return to_party(p, &n, after_silence ? "notice-escalated" : "notice", NULL);
}

/* Pointless once they have answered, or are no longer waited for. */
static enum st post_reminder(struct post *p)
{
	struct notice_row n;
	enum st st = desk_notice_get(p->rq, desk_payload_int(p->rq->mem, p->e, "notice"), &n);
	if (desk_payload_int(p->rq->mem, p->e, "digest"))
		return ST_OK;
	return st || n.state != NOTICE_SENT ? st : to_party(p, &n, "reminder", NULL);
}

/* To whom the law puts in charge: what was seen, and that those nearer to it did not act; not who reported it. */
static enum st post_referral(struct post *p)
{
	struct req *rq = p->rq;
	struct case_row c;
	struct notice_row n;
	struct referral f;
	const struct json *o = json_parse(rq->mem, p->e->payload, strlen(p->e->payload), NULL);
	const char *id = json_str(json_get(o, "referral"));
	if (desk_referral_get(rq, id ? id : "", &f) ||
	    desk_notice_get(rq, desk_payload_int(rq->mem, p->e, "notice"), &n) || desk_case_get(rq, p->e->subject, &c))
		return rq->err.code;
	bool goes = *f.email && c.state != CASE_CLOSED && tlp_allows(c.tlp, TLP_TO_OFFICIAL);
	struct letter *x = goes ? letter_new(p, "referral", n.id) : NULL;
	if (!x)
		return ST_OK;
	x->to = f.email;
	x->lang = *f.lang ? lang_of(f.lang) : desk_site_lang();
	x->template_ = arena_strdup(rq->mem, "referral");
	x->kind = MAIL_TO_HOLDER;
	x->party = f.title;
	if (!(x->about = about_for_party(p, &c, x->lang)) || desk_obs_of(rq, 0, 0, n.id, &x->obs, &x->nobs) ||
	    nearer(p, &n, LINK_AUTHORITY + 1, x))
		return rq->err.code;
	put_label(p, x, x->lang, c.number, c.tlp, N_("[%s] Referred to you: %s"), x->about->class_title);
	return ST_OK;
}

/* ── to reporters ── */

static enum st text_of_message(struct req *rq, int64_t id, char **out)
{
	struct rows r;
	if (sql_query(rq, &r, "SELECT text FROM desk_message WHERE id = $1", V(id)))
		return rq->err.code;
	*out = rows_next(&r) ? rows_dup(&r, 0) : NULL;
	return rows_end(&r);
}

/* Known without a look at the journal: each later letter to the reporter names it, so that a mail program shows one
 * thread. A report has one receipt. */
static char *receipt_id(struct post *p, const struct report_row *row)
{
	return desk_letter_id(p->rq->mem, 0, "receipt", row->id, url_host(p->rq->mem, p->url));
}

static const char *subject_format(const char *template)
{
	if (strcmp(template, "receipt") == 0)
		return N_("[%s] We have your report: %s");
	if (strcmp(template, "closed") == 0)
		return N_("[%s] Closed: %s");
	if (strcmp(template, "message") == 0)
		return N_("[%s] A message about: %s");
	if (strcmp(template, "link") == 0)
		return N_("[%s] The link to your case: %s");
	return N_("[%s] News about your report: %s");
}

/* RED is for the eyes of one person, and mail goes through many hands: it says that there is something to read. */
static void hide_content(struct req *rq, struct letter *x, struct case_view *v)
{
	v->class_title = v->title = arena_strdup(rq->mem, tr(x->lang, N_("see your page")));
	v->next = v->next_more = NULL;
	v->rsit = v->class_id = NULL;
	v->nobs = v->nnotices = v->nsteps = 0;
	v->mine = (struct case_reporter){ .report = v->mine.report };
	x->obs = NULL;
	x->nobs = 0;
	if (x->template_ && strcmp(x->template_, "message") != 0)
		x->text = NULL;
	else
		x->text = arena_strdup(rq->mem, tr(x->lang, N_("Our message stands on your page.")));
}

/* `v`: the case as this reporter sees it, without steps. */
static enum st to_reporter(struct post *p, const struct report_row *row, const struct person *who, struct case_view *v,
			   const char *template, char *text)
{
	struct req *rq = p->rq;
	char token[TOKEN_SIZE], confirm[TOKEN_SIZE] = "";
	struct letter *x = row->has_seed ? letter_new(p, template, row->id) : NULL;
	if (!x)
		return ST_OK;
	desk_token("reporter", row->seed, token);
	x->to = who->email;
	x->lang = who->lang;
	x->template_ = arena_strdup(rq->mem, template);
	x->kind = MAIL_TO_REPORTER;
	x->reply_to = desk_reply_address(rq->mem, 'r', row->id);
	x->link = arena_printf(rq->mem, "%s/case/%s", p->url, token);
	x->about = v;
	x->obs = v->obs;
	x->nobs = v->nobs;
	x->text = text;
	if (v->tlp == TLP_RED)
		hide_content(rq, x, v);
	put_label(p, x, who->lang, v->number, v->tlp, subject_format(template), v->class_title);
	if (strcmp(template, "receipt") != 0) {
		x->in_reply_to = receipt_id(p, row);
		return ST_OK;
	}
	x->message_id = receipt_id(p, row);
	if (row->has_confirm) {
		desk_token_cover("confirm", row->seed, row->covered, confirm);
		x->confirm_link = arena_printf(rq->mem, "%s/confirm/%s", p->url, confirm);
	}
	return ST_OK;
}

/* Many may have reported one thing: what is the same for all of them is looked at once a language. */
static enum st seen_by(struct post *p, const struct report_row *row, enum lang l, struct case_view **out)
{
	struct req *rq = p->rq;
	if (p->of != row->case_id)
		memset(p->base, 0, sizeof p->base);
	p->of = row->case_id;
	if (!p->base[l]) {
		struct case_view *base = arena_new_of(rq->mem, struct case_view);
		if (desk_case_view_base(rq, row->case_id, l, base))
			return rq->err.code;
		p->base[l] = base;
	}
	*out = arena_new_of(rq->mem, struct case_view);
	return desk_case_for_report(rq, p->base[l], row, l, *out);
}

static enum st write_to(struct post *p, const struct report_row *row, const struct person *who, const char *template,
			char *text)
{
	struct case_view *v;
	return seen_by(p, row, who->lang, &v) ? p->rq->err.code : to_reporter(p, row, who, v, template, text);
}

static char *unread_text(struct post *p, enum lang l)
{
	return arena_printf(
		p->rq->mem,
		tr(l, N_("We could not read your message, because it was not encrypted with our key. Our key: "
			 "%s/pgp.asc. Please encrypt it again with that one, and answer this letter.")),
		p->url);
}

/* The one letter that an unconfirmed address gets; a few a day at most, so that nobody is buried in them. */
static enum st post_receipt(struct post *p)
{
	struct report_row row;
	struct person who;
	int64_t earlier = 0;
	bool answer = true;
	char *theirs = NULL;
	enum st st = desk_report_get(p->rq, desk_payload_int(p->rq->mem, p->e, "report"), &row);
	if (st || !row.person || desk_mail_of_report(p->rq, row.id, &answer, &theirs) || !answer)
		return p->rq->err.code;
	st = person_get(p->rq, row.person, &who);
	if (st || !who.email)
		return st;
	bool unread = false;
	if (desk_pgp_unread_report(p->rq, row.id, &unread))
		return p->rq->err.code;
	if (!who.confirmed_at &&
	    sql_number(
		    p->rq, &earlier,
		    "SELECT count(*) FROM desk_report WHERE person = $1 AND person <> 0 AND id < $2 AND filed_at > $3",
		    V(row.person), V(row.id), V(row.filed_at - DAY_USEC)))
		return p->rq->err.code;
	int before = p->out->n;
	if (earlier >= LETTERS_A_DAY || write_to(p, &row, &who, "receipt", unread ? unread_text(p, who.lang) : NULL))
		return p->rq->err.code;
	if (p->out->n > before && theirs) {
		struct letter *receipt = &p->out->letter[before];
		receipt->answers = true;
		receipt->in_reply_to = *theirs ? theirs : NULL;
	}
	return ST_OK;
}

/* What happened, in the reporter's words: the step their page shows. NULL when they do not see it. */
static enum st news_in(struct post *p, struct case_view *v, int64_t report, enum lang l, char **text)
{
	struct case_step s;
	struct trail trail;
	struct step_args a = { p->rq, v, FOR_REPORTER, report, l, &trail };
	*text = NULL;
	if (desk_trail(p->rq, v->id, v->number, report, &trail))
		return p->rq->err.code;
	if (desk_step_of(&a, p->e, &s))
		*text = s.more ? arena_printf(p->rq->mem, "%s\n\n%s", s.text, s.more) : s.text;
	return p->rq->err.code;
}

static enum st news_to(struct post *p, int64_t report, const char *template, char *text)
{
	struct req *rq = p->rq;
	struct report_row row;
	struct person who;
	struct case_view *v;
	if (desk_report_get(rq, report, &row) || person_get(rq, row.person, &who))
		return rq->err.code;
	if (!who.email || !row.has_seed)
		return ST_OK;
	if (seen_by(p, &row, who.lang, &v) || (!text && news_in(p, v, row.id, who.lang, &text)))
		return rq->err.code;
	return text ? to_reporter(p, &row, &who, v, template, text) : ST_OK;
}

/* ── news: to everybody who reported and confirmed an address ── */

struct listener {
	int64_t person, report; /* their newest in the case */
};

static enum st read_listeners(struct post *p, const char *sql, int64_t case_id, struct listener *out, int *n)
{
	struct rows r;
	*n = 0;
	if (sql_query(p->rq, &r, sql, V(case_id), V(p->out->after), V(p->e->at), V(p->out->max)))
		return p->rq->err.code;
	while (*n < p->out->max && rows_next(&r))
		out[(*n)++] = (struct listener){ rows_int(&r, 0), rows_int(&r, 1) };
	return rows_end(&r);
}

/* The next page of them, by person: of reports that are in the case, and of those that have left it since the entry, so
 * that a merge swallows no news. */
static enum st listeners(struct post *p, int64_t case_id, struct listener *out, int *n)
{
	static const char here[] =
		"SELECT r.person, max(r.id) FROM desk_report r JOIN who_person p ON p.id = r.person WHERE"
		" r.case_id = $1 AND r.person > $2 AND r.person <> 0 AND r.withdrawn_at = 0 AND r.filed_at <= $3"
		" AND p.confirmed_at > 0 AND p.erased_at = 0 GROUP BY r.person ORDER BY r.person LIMIT $4";
	static const char left[] =
		"SELECT r.person, max(r.id) FROM desk_move v JOIN desk_moved d ON d.move = v.id AND d.kind = 0"
		" JOIN desk_report r ON r.id = d.row_id JOIN who_person p ON p.id = r.person WHERE v.from_case = $1"
		" AND v.at >= $3 AND r.person > $2 AND r.withdrawn_at = 0 AND r.filed_at <= $3"
		" AND p.confirmed_at > 0 AND p.erased_at = 0 GROUP BY r.person ORDER BY r.person LIMIT $4";
	int max = p->out->max, nhere, nleft, i = 0, k = 0;
	struct listener *a = arena_array(p->rq->mem, struct listener, max);
	struct listener *b = arena_array(p->rq->mem, struct listener, max);
	if (read_listeners(p, here, case_id, a, &nhere) || read_listeners(p, left, case_id, b, &nleft))
		return p->rq->err.code;
	for (*n = 0; *n < max && (i < nhere || k < nleft); (*n)++) {
		bool from_a = i < nhere && (k == nleft || a[i].person <= b[k].person);
		out[*n] = from_a ? a[i++] : b[k++];
		if (from_a && k < nleft && b[k].person == out[*n].person && b[k++].report > out[*n].report)
			out[*n].report = b[k - 1].report;
	}
	return ST_OK;
}

static enum st post_news(struct post *p, const char *template, char *text)
{
	struct case_row c;
	struct listener *to = arena_array(p->rq->mem, struct listener, p->out->max);
	int n = 0;
	if (desk_case_get(p->rq, p->e->subject, &c) || listeners(p, c.id, to, &n))
		return p->rq->err.code;
	if (n == p->out->max)
		p->out->next = to[n - 1].person;
	for (int i = 0; i < n; i++)
		if (news_to(p, to[i].report, template, text))
			return p->rq->err.code;
	return ST_OK;
}

/* To the one report whose link was asked for, confirmed or not: its address had the link before. */
static enum st post_link(struct post *p)
{
	struct report_row row;
	struct person who;
	enum st st = desk_report_get(p->rq, desk_payload_int(p->rq->mem, p->e, "report"), &row);
	if (st || !row.person || row.withdrawn_at || (st = person_get(p->rq, row.person, &who)))
		return st;
	return who.email ? write_to(p, &row, &who, "link", NULL) : ST_OK;
}

/* To whoever asked, and nobody else in the case; an address that nobody confirmed finds the answer on its page. */
static enum st post_question(struct post *p)
{
	struct req *rq = p->rq;
	struct case_question q = { 0 };
	struct report_row row;
	struct person who;
	if (desk_question_get(rq, desk_payload_int(rq->mem, p->e, "question"), &q) ||
	    desk_report_get(rq, q.report, &row) || !row.person || row.withdrawn_at || person_get(rq, row.person, &who))
		return rq->err.code;
	if (!who.email || !who.confirmed_at || !q.answered_at)
		return ST_OK;
	char *text = arena_printf(rq->mem, "%s\n\n%s\n%s", q.answer, tr(who.lang, N_("You had asked:")), q.text);
	return write_to(p, &row, &who, "message", text);
}

static enum st post_progress(struct post *p)
{
	return post_news(p, "progress", NULL);
}

static enum st post_made(struct post *p)
{
	const struct json *o = json_parse(p->rq->mem, p->e->payload, strlen(p->e->payload), NULL);
	return json_true(json_get(o, "waits")) ? ST_OK : post_notice(p);
}

/* A case kept for the record is closed as it is filed: its receipt says so. */
static enum st post_closed(struct post *p)
{
	const struct json *o = json_parse(p->rq->mem, p->e->payload, strlen(p->e->payload), NULL);
	const char *reason = json_str(json_get(o, "reason"));
	bool filed = reason && strcmp(reason, "record-only") == 0 && !json_get(o, "note");
	return filed ? ST_OK : post_news(p, "closed", NULL);
}

static enum st post_message(struct post *p)
{
	struct notice_row n;
	char *text = NULL;
	int64_t notice = desk_payload_int(p->rq->mem, p->e, "notice");
	if (text_of_message(p->rq, desk_payload_int(p->rq->mem, p->e, "message"), &text) || !text)
		return p->rq->err.code;
	if (!notice)
		return post_news(p, "message", text);
	return desk_notice_get(p->rq, notice, &n) ? p->rq->err.code : to_party(p, &n, "message", text);
}

static enum st post_share(struct post *p)
{
	return desk_share_letter(p->rq, p->e, p->url, url_host(p->rq->mem, p->url), p->out->letter, &p->out->n);
}

static enum st post_digest(struct post *p)
{
	return desk_digest_letter(p->rq, p->e, p->url, url_host(p->rq->mem, p->url), p->out->letter, &p->out->n);
}

static enum st post_measure(struct post *p)
{
	return desk_proposal_letters(p->rq, p->e, url_host(p->rq->mem, p->url), p->out->letter, p->out->max,
				     &p->out->n);
}

static const struct {
	const char *verb;
	enum st (*post)(struct post *p);
} posts[] = {
	{ "report-filed", post_receipt },
	{ "notice-made", post_made },
	{ "notice-approved", post_notice },
	{ "notice-hastened", post_notice },
	{ "digest-made", post_digest },
	{ "notice-sent", post_progress },
	{ "notice-silent", post_progress },
	{ "notice-answered", post_progress },
	{ "notice-failed", post_progress },
	{ "case-closed", post_closed },
	{ "case-reopened", post_progress },
	{ "message-written", post_message },
	{ "case-link-made", post_link },
	{ "question-answered", post_question },
	{ "case-merged", post_progress },
	{ "merge-undone", post_progress },
	{ "share-made", post_share },
	{ "share-reminded", post_share },
	{ "notice-reminded", post_reminder },
	{ "case-referred", post_referral },
	{ "proposal-carried-out", post_measure },
	{ "proposal-undone", post_measure },
	{ "case-split-off", post_progress },
};

bool desk_posts(const struct entry *e)
{
	if (e->erased_at || strcmp(e->room, "desk") != 0)
		return false;
	for (size_t i = 0; i < sizeof posts / sizeof *posts; i++)
		if (strcmp(posts[i].verb, e->verb) == 0)
			return true;
	return false;
}

enum st desk_letters(struct req *rq, const struct entry *e, const char *public_url, struct letters *out)
{
	struct post p = { .rq = rq, .e = e, .url = public_url, .out = out };
	out->n = 0;
	out->next = 0;
	err_clear(&rq->err);
	if (e->erased_at || strcmp(e->room, "desk") != 0)
		return ST_OK;
	for (size_t i = 0; i < sizeof posts / sizeof *posts; i++) {
		if (strcmp(posts[i].verb, e->verb) != 0)
			continue;
		enum st st = posts[i].post(&p);
		if (st == ST_NOTFOUND) { /* the row has gone: nothing to say any more */
			err_clear(&rq->err);
			st = ST_OK;
		}
		if (st)
			out->n = 0;
		return st;
	}
	return ST_OK;
}
