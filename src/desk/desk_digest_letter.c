/* The letter of a digest, and what it would say before it goes. */
#include <string.h>
#include "desk/desk_digest_int.h"
#include "desk/desk_mail.h"
#include "desk/desk_open.h"
#include "desk/desk_share_int.h"

/* ── lines ── */

/* A deadline is reckoned on the calendar; one serves all notices of the same ladder. */
enum { LADDERS = 32 };
struct deadlines {
	struct {
		char *class_id, *severity;
		enum link_role role;
		int64_t at;
	} known[LADDERS];
	int n;
};

static enum st answer_by(struct req *rq, struct deadlines *d, const char *class_id, const char *severity,
			 enum link_role role, int64_t from, int64_t *at)
{
	struct notice_row n = { .role = role };
	struct case_row c = { .class_id = arena_strdup(rq->mem, class_id),
			      .severity = arena_strdup(rq->mem, severity) };
	for (int i = 0; i < d->n; i++)
		if (d->known[i].role == role && !strcmp(d->known[i].class_id, class_id) &&
		    !strcmp(d->known[i].severity, severity)) {
			*at = d->known[i].at;
			return ST_OK;
		}
	if (desk_climb_deadline(rq, &n, &c, from, at))
		return rq->err.code;
	if (d->n < LADDERS) {
		d->known[d->n].class_id = c.class_id;
		d->known[d->n].severity = c.severity;
		d->known[d->n].role = role;
		d->known[d->n++].at = *at;
	}
	return ST_OK;
}

/* What is reckoned when the query is over. */
struct line {
	char *severity;
	enum link_role role;
};

static void take(struct req *rq, struct rows *r, enum lang l, struct digest_row *d, struct line *x)
{
	struct blob seed = rows_blob(r, 13);
	*d = (struct digest_row){ .notice = rows_int(r, 0),
				  .again = rows_int(r, 1) != 0,
				  .number = rows_dup(r, 2),
				  .class_id = rows_dup(r, 3),
				  .tlp = (enum tlp)rows_int(r, 4),
				  .opened_at = rows_int(r, 5),
				  .rsit = rows_dup(r, 6),
				  .class_title = arena_strdup(rq->mem, tr(l, rows_text(r, 7))),
				  .answer_by = rows_int(r, 14),
				  .seen_at = rows_int(r, 15) };
	d->obs = (struct case_obs){ .id = rows_int(r, 8),
				    .kind = rows_dup(r, 9),
				    .value = rows_dup(r, 10),
				    .matched = rows_dup(r, 11),
				    .country = rows_dup(r, 12),
				    .shown = desk_shown(rq->mem, rows_text(r, 9), rows_text(r, 10)) };
	if (seed.n == LINK_SEED)
		memcpy(d->seed, seed.p, LINK_SEED);
	*x = (struct line){ rows_dup(r, 16), (enum link_role)(rows_int(r, 17) & 3) };
}

enum st digest_rows(struct req *rq, const struct desk_digest *d, int64_t from, struct digest_row **out, int *n)
{
	struct rows r;
	struct deadlines known = { .n = 0 };
	struct digest_row *row = arena_array(rq->mem, struct digest_row, DIGEST_ROWS);
	struct line *line = arena_array(rq->mem, struct line, DIGEST_ROWS);
	*out = row;
	*n = 0;
	if (sql_query(rq, &r,
		      "SELECT n.id, m.again, c.number, c.class, c.tlp, c.opened_at, k.rsit, k.title, o.id, o.kind, "
		      "o.value, "
		      "o.matched, o.country, n.seed, n.due_at, coalesce((SELECT p.filed_at FROM desk_report p WHERE "
		      "p.id = "
		      "o.report_id), c.opened_at), c.severity, n.role FROM desk_digest_notice m JOIN desk_notice n ON "
		      "n.id "
		      "= m.notice JOIN desk_case c ON c.id = n.case_id JOIN desk_class k ON k.id = c.class JOIN "
		      "desk_notice_obs x ON x.notice_id = n.id JOIN desk_observable o ON o.id = x.obs_id WHERE "
		      "m.digest = "
		      "$1 AND m.told = 0 AND ((m.again = 0 AND n.state = $2) OR (m.again = 1 AND n.state = $3)) AND "
		      "c.state <> $4 ORDER BY n.id, o.id LIMIT $5",
		      V(d->id), V(NOTICE_APPROVED), V(NOTICE_SENT), V(CASE_CLOSED), V(DIGEST_ROWS)))
		return rq->err.code;
	for (; *n < DIGEST_ROWS && rows_next(&r);) {
		take(rq, &r, lang_of(d->lang), &row[*n], &line[*n]);
		if (tlp_allows(row[*n].tlp, TLP_TO_HOLDER))
			++*n;
	}
	if (rows_end(&r))
		return rq->err.code;
	for (int i = 0; i < *n; i++)
		if (!row[i].again &&
		    answer_by(rq, &known, row[i].class_id, line[i].severity, line[i].role, from, &row[i].answer_by))
			return rq->err.code;
	return ST_OK;
}

enum st desk_digest_show(struct req *rq, const char *email, struct desk_digest *d, struct digest_row **row, int *n)
{
	struct closed_cases closed;
	struct case_row c;
	int kept = 0;
	if (permit(rq, MAY_SEE_QUEUE) || digest_open_of(rq, text_lower(rq->mem, email), d) ||
	    digest_rows(rq, d, d->due_at, row, n) || desk_closed_cases(rq, &closed))
		return rq->err.code;
	for (int i = 0; i < *n; i++) {
		if (closed.n && desk_case_get(rq, (*row)[i].number, &c))
			return rq->err.code;
		if (!closed.n || !desk_is_closed(&closed, c.id))
			(*row)[kept++] = (*row)[i];
	}
	*n = kept;
	return ST_OK;
}

/* ── files ── */

static struct share_matter matter_of(const struct digest_row *d)
{
	/* Below zero: no share's. The same finding has the same report id in each digest. */
	return (struct share_matter){ d->number, d->class_id, d->rsit, d->tlp, d->opened_at, -d->notice, NULL };
}

static void put_csv(struct req *rq, const struct digest_letter *x, const char *url, struct buf *out)
{
	static const char *const more[] = { "first_seen", "answer_by", "reminder", "answer" };
	share_csv_head(more, 4, out);
	for (int i = 0; i < x->n; i++) {
		const struct digest_row *d = &x->row[i];
		struct share_matter m = matter_of(d);
		char token[LINK_TOKEN];
		desk_token("answer", d->seed, token);
		const char *cell[] = { time_iso(rq->mem, d->seen_at),
				       d->answer_by ? time_iso(rq->mem, d->answer_by) : "", d->again ? "yes" : "no",
				       arena_printf(rq->mem, "%s/answer/%s", url, token) };
		share_csv_line(rq->mem, &m, &d->obs, cell, 4, out);
	}
}

static void put_xarf(struct req *rq, const struct digest_letter *x, struct buf *out)
{
	struct jw w = jw_of(out);
	j_arr(&w, NULL);
	for (int i = 0; i < x->n; i++) {
		struct share_matter m = matter_of(&x->row[i]);
		share_xarf_put(rq->mem, &w, &m, &x->row[i].obs);
	}
	j_end(&w);
}

static void attach(struct req *rq, struct letter *l, const char *url)
{
	BUF_SCOPE csv = BUF_INIT;
	BUF_SCOPE xarf = BUF_INIT;
	put_csv(rq, l->digest, url, &csv);
	put_xarf(rq, l->digest, &xarf);
	l->file = arena_array(rq->mem, struct letter_file, 2);
	l->file[l->nfiles++] = share_letter_file(rq, "findings.csv", "text/csv", &csv);
	l->file[l->nfiles++] = share_letter_file(rq, "findings.xarf.json", "application/json", &xarf);
}

/* ── the letter ── */

static enum tlp strictest(const struct digest_letter *x)
{
	enum tlp label = TLP_CLEAR;
	for (int i = 0; i < x->n; i++)
		label = x->row[i].tlp > label ? x->row[i].tlp : label;
	return label;
}

static int notices_in(const struct digest_letter *x)
{
	int n = 0;
	for (int i = 0; i < x->n; i++)
		n += !i || x->row[i].notice != x->row[i - 1].notice;
	return n;
}

/* The day in the site's zone, as in a file's name: it reads the same in any language. */
static char *day_of(struct arena *mem, int64_t at)
{
	char *iso = time_iso(mem, at + (int64_t)desk_the_site()->zone * 60 * USEC);
	iso[10] = 0;
	return iso;
}

/* A letter may wait for its key until the link is over: then the page is where one asks for another. */
static enum st page_of(struct req *rq, const struct desk_digest *d, const char *url, char **out)
{
	struct open_link link;
	char token[LINK_TOKEN];
	enum st st = desk_open_link_get(rq, d->link, &link);
	if (st && st != ST_NOTFOUND)
		return st;
	err_clear(&rq->err);
	if (!st)
		desk_token("notices", link.seed, token);
	*out = arena_printf(rq->mem, "%s/notices%s%s", url, st ? "" : "/", st ? "" : token);
	return ST_OK;
}

static void address(struct req *rq, struct letter *l, const struct desk_digest *d)
{
	enum tlp label = strictest(l->digest);
	l->to = d->email;
	l->lang = lang_of(d->lang);
	l->template_ = arena_strdup(rq->mem, "digest");
	l->kind = MAIL_TO_HOLDER;
	l->reply_to = desk_reply_address(rq->mem, 'd', d->id);
	l->tlp = tlp_name(label);
	l->tlp_note = tr(l->lang, tlp_sentence(label));
	l->subject = arena_printf(rq->mem, tr(l->lang, N_("[%s] Digest of %s, findings: %d")), l->tlp,
				  day_of(rq->mem, d->made_at), l->digest->n);
}

enum st desk_digest_letter(struct req *rq, const struct entry *e, const char *url, const char *host, struct letter *out,
			   int *n)
{
	struct desk_digest d;
	struct digest_letter *x = arena_new_of(rq->mem, struct digest_letter);
	*n = 0;
	if (digest_get(rq, desk_payload_int(rq->mem, e, "digest"), &d) || !*d.email)
		return rq->err.code;
	*x = (struct digest_letter){ .id = d.id, .made_at = d.made_at, .sent_at = d.sent_at };
	if (d.sent_at || digest_rows(rq, &d, d.made_at, &x->row, &x->n) || !x->n)
		return rq->err.code;
	x->notices = notices_in(x);
	*out = (struct letter){ .message_id = desk_letter_id(rq->mem, e->seq, "digest", d.id, host), .digest = x };
	if (page_of(rq, &d, url, &out->link))
		return rq->err.code;
	address(rq, out, &d);
	attach(rq, out, url);
	*n = 1;
	return ST_OK;
}

/* ── which case an answer means ── */

enum { QUOTED_MAX = 3 };

/* The next case number in a text, or NULL. */
static const char *number_in(const char *s, char out[NUMBER_SIZE], const char **rest)
{
	while ((s = strstr(s, "NC-"))) {
		size_t year = strspn(s + 3, "0123456789"), n = 0;
		if (year == 4 && s[7] == '-')
			n = strspn(s + 8, "0123456789");
		if (n >= 6 && n <= 12) {
			*rest = s + 8 + n;
			memcpy(out, s, 8 + n);
			out[8 + n] = 0;
			return s;
		}
		s += 3;
	}
	return NULL;
}

/* The one number that the words name; "" when they name none, or several. */
static void only_number(const char *words, char out[NUMBER_SIZE])
{
	char one[NUMBER_SIZE];
	*out = 0;
	for (const char *s = words; s && number_in(s, one, &s);) {
		if (*out && strcmp(out, one) != 0) {
			*out = 0;
			return;
		}
		memcpy(out, one, NUMBER_SIZE);
	}
}

static enum st notice_about(struct req *rq, int64_t digest, int64_t case_id, int64_t *notice)
{
	return sql_number(
		rq, notice,
		"SELECT coalesce(max(n.id), 0) FROM desk_digest_notice m JOIN desk_notice n ON n.id = m.notice "
		"WHERE m.digest = $1 AND (n.case_id = $2 OR $2 = 0)",
		V(digest), V(case_id));
}

enum st desk_digest_about(struct req *rq, int64_t digest, const char *words, int64_t *notice, bool *clear)
{
	char number[NUMBER_SIZE];
	struct case_row c;
	*notice = 0;
	*clear = false;
	only_number(words, number);
	enum st st = *number ? desk_case_get(rq, number, &c) : ST_NOTFOUND;
	if (st == ST_OK && c.merged_into)
		st = desk_case_of(rq, c.merged_into, &c);
	if (st && st != ST_NOTFOUND)
		return st;
	err_clear(&rq->err);
	if (!st && notice_about(rq, digest, c.id, notice))
		return rq->err.code;
	*clear = *notice != 0;
	return *notice ? ST_OK : notice_about(rq, digest, 0, notice);
}
