#include "who/privacy.h"
#include "base/clock.h"
#include "base/csv.h"
#include "base/lang.h"
#include "base/text.h"
#include "store/journal.h"
#include "who/permit.h"
#include "who/person.h"
#include <stdlib.h>
#include <string.h>

#define CERT_STAFF N_("CERT staff who work on cases")
#define MACHINE_STAFF N_("administrators of the machine")

const struct privacy_row privacy_rows[] = {
	{ N_("Reporter's e-mail address"),
	  N_("To send the receipt, each step and the outcome of your report, in your language. Kept after the case is "
	     "closed so "
	     "that you can still ask about it."),
	  CERT_STAFF, 365, "who_person" },
	{ N_("Reporter's words and files"),
	  N_("To understand and prove what happened. Shown to the responsible party only if you ticked so. Kept after "
	     "the case "
	     "is closed, because the same attack often comes back."),
	  CERT_STAFF, 730, "desk_report" },
	{ N_("Reporter's network address"),
	  N_("To limit how many reports one network can send in an hour. It stays in memory and is not stored."),
	  N_("nobody"), 0, NULL },
	{ N_("Answer of the responsible party"),
	  N_("To know what was done about a report and until when. The reporter sees the outcome, not the words."),
	  CERT_STAFF, 730, "desk_notice" },
	{ N_("Holders and contacts in registry files"),
	  N_("To find who is responsible for a name, an address or a network, now or at an earlier time, and to write "
	     "to them."),
	  N_("CERT staff who work on cases; names of organisations also appear on a reporter's page"),
	  KEEP_WITH_HISTORY, "who_contact" },
	{ N_("Contact persons of partner organisations"),
	  N_("To share cases with their organisation and to know whom to ask there. Kept while we share with it."),
	  CERT_STAFF, KEEP_WHILE_USED, "desk_partner" },
	{ N_("Whether a contact's address answers"),
	  N_("To ask twice a year whether somebody reads the mail there, and to know when somebody last said so. "
	     "Forgotten when the address stands for nothing any more."),
	  CERT_STAFF, KEEP_WHILE_USED, "who_contact_check" },
	{ N_("PGP key of somebody we write to"),
	  N_("To encrypt our letters to its owner, and to know whether a signature is theirs. Kept until another key "
	     "takes its place, or staff take it away."),
	  CERT_STAFF, KEEP_WHILE_USED, "who_pgp_key" },
	{ N_("What PGP says of a message"),
	  N_("To know whether a message was signed by who is said to have written it. The key's fingerprint and the "
	     "address it is bound to are emptied with the message's words."),
	  CERT_STAFF, 730, "desk_mail_pgp" },
	{ N_("Address of somebody who asked for the page of their notices"),
	  N_("To send the private link, if it is an address that we write to. Forgotten after a day."), N_("nobody"), 1,
	  "desk_open_link" },
	{ N_("Address of a contact whose programs ask us"),
	  N_("To know whose notices a program may read and answer. The address's reader makes its tokens and takes "
	     "them "
	     "back; we see when they were last used."),
	  CERT_STAFF, KEEP_WHILE_USED, "who_api_token" },
	{ N_("Address and case number of somebody who asked for the link to their case"),
	  N_("To send the private link, if the two belong together. Forgotten after a day."), N_("nobody"), 1,
	  "desk_find" },
	{ N_("Address that digests go to"),
	  N_("To write once a day, not once a finding, to whoever is responsible, and to know that it was sent."),
	  CERT_STAFF, 730, "desk_digest" },
	{ N_("Address of somebody who asked for the page of their names"),
	  N_("To send the private link, to check an address where a name waits for it, and to know that a notice of "
	     "new rules "
	     "was read."),
	  N_("nobody; whether notices were read is seen by registry officers"), 90, "registrant_link" },
	{ N_("Address of somebody who is invited to a survey"),
	  N_("To send the invitation, and to ask each person once. It is kept apart from the answers."),
	  N_("staff who run the survey"), 365, "voice_invite" },
	{ N_("Answers to a survey"),
	  N_("To count them. Until the survey closes your link leads to them, so that you can change or delete them; "
	     "after "
	     "that nobody can tell whose they are. Figures of fewer than five people are not shown. Words that you "
	     "wrote "
	     "may be quoted once two of our staff agreed on it, without what tells who wrote them; what a published "
	     "report quotes stays in it."),
	  N_("what you wrote: staff who run or code the survey, who can't tell whose it is; figures are public"), 3650,
	  "voice_response" },
	{ N_("Somebody we talk to: name, address, organisation, what they agreed to, when and where we meet"),
	  N_("To ask for the conversation, to keep the appointment, and to keep to what was agreed. It is kept apart "
	     "from our notes. Your link "
	     "shows what you agreed to, and takes it back at any time, which deletes it."),
	  N_("staff who run the survey; each look is written down"), 730, "voice_interviewee" },
	{ N_("Our notes of a conversation"),
	  N_("To understand how we serve people. Lists call it by a number. A sentence is quoted only if you agreed "
	     "and "
	     "two of our staff did, and with your name only if you agreed to that too; what a published report quotes "
	     "stays in it, without the name, unless you take it back."),
	  N_("staff who run or code the survey; what may be quoted is public"), 3650, "voice_note" },
	{ N_("Address of a reader of the newsletter"),
	  N_("To send the newsletter, and to ask its readers once a year how we serve them. Only after you confirmed "
	     "it; "
	     "an address that nobody confirmed is deleted after a week. The link in each letter ends it at once, and "
	     "deletes the address."),
	  N_("staff who send the newsletter"), 3650, "voice_reader" },
	{ N_("Staff account"),
	  N_("To let staff sign in, and to know who did what. The login and the name stay while the journal names "
	     "them."),
	  MACHINE_STAFF, KEEP_WHILE_USED, "who_account" },
	{ N_("Session"),
	  N_("To keep staff signed in, at most 12 hours, or 2 hours without use; with address and browser, so that a "
	     "stranger's is noticed."),
	  N_("its owner and administrators of the machine"), 1, "who_session" },
	{ N_("Who of our staff looked at personal data"),
	  N_("To find out whether somebody looked without a reason, and to answer those who ask. It holds numbers of "
	     "cases and people, no addresses."),
	  N_("the data-protection officer and auditors"), 730, "who_view" },
	{ N_("Log lines"),
	  N_("To find faults and attacks. They hold numbers of cases and people, no addresses and no words."),
	  MACHINE_STAFF, KEEP_BY_MACHINE, NULL },
};
const int privacy_count = sizeof privacy_rows / sizeof *privacy_rows;

int64_t privacy_keep(const char *table)
{
	int64_t days = 0;
	for (int i = 0; i < privacy_count; i++)
		if (privacy_rows[i].table && strcmp(privacy_rows[i].table, table) == 0)
			days = privacy_rows[i].retention_days;
	if (days < 0)
		abort(); /* no period: nothing may be timed by it */
	return days * 86400 * USEC;
}

const struct migration privacy_migrations[] = {
	{ 40, "privacy", "CREATE TABLE who_erased (person BIGINT PRIMARY KEY, at BIGINT NOT NULL)" },
	{ 0 },
};

/* Wired by main before anything runs; immutable since. */
static const struct privacy_part *parts;
static int nparts;

void privacy_parts(const struct privacy_part *list, int n)
{
	parts = list;
	nparts = n;
}

/* Somebody who is no person of ours yet, but whose address a room keeps. */
static enum st known_elsewhere(struct req *rq, const char *email, struct person *out)
{
	struct err unknown = rq->err;
	bool yes = false;
	err_clear(&rq->err);
	for (int i = 0; i < nparts && !yes; i++)
		if (parts[i].knows && parts[i].knows(rq, email, &yes))
			return rq->err.code;
	if (!yes) {
		rq->err = unknown;
		return ST_NOTFOUND;
	}
	*out = (struct person){ .email = arena_strdup(rq->mem, email) };
	return ST_OK;
}

static enum st subject_person(struct req *rq, const char *subject, struct person *out)
{
	int64_t id = 0;
	if (strncmp(subject, "person:", 7)) {
		enum st st = person_find(rq, subject, out);
		return st == ST_NOTFOUND ? known_elsewhere(rq, subject, out) : st;
	}
	if (!text_int(subject + 7, 1, INT64_MAX, &id))
		return err_set(&rq->err, ST_INVALID, "%.40s: expected an e-mail address or person:NUMBER", subject);
	return person_get(rq, id, out);
}

/* ── export ── */

static enum st export_journal(struct req *rq, int64_t person, struct jw *w)
{
	struct rows r;
	if (sql_query(
		    rq, &r,
		    "SELECT seq, at, room, subject, verb, payload FROM journal_entry WHERE person = $1 AND person <> 0"
		    " ORDER BY seq",
		    V(person)))
		return rq->err.code;
	j_arr(w, "journal");
	while (!w->b->bad && rows_next(&r)) {
		const char *payload = rows_text(&r, 5);
		j_obj(w, NULL);
		j_int(w, "entry", rows_int(&r, 0));
		j_time(w, "at", rows_int(&r, 1));
		j_str(w, "room", rows_text(&r, 2));
		j_str(w, "subject", rows_text(&r, 3));
		j_str(w, "verb", rows_text(&r, 4));
		j_raw(w, "payload", *payload ? payload : "{}");
		j_end(w);
	}
	j_end(w);
	return rows_end(&r);
}

/* That somebody looked, when and at what; not who of our staff it was. */
static enum st export_views(struct req *rq, int64_t person, struct jw *w)
{
	struct rows r;
	if (sql_query(rq, &r,
		      "SELECT v.at, v.page, v.subject FROM who_view_of o JOIN who_view v ON v.id = o.view"
		      " WHERE o.person = $1 ORDER BY v.id LIMIT 10000",
		      V(person)))
		return rq->err.code;
	j_arr(w, "viewed");
	while (!w->b->bad && rows_next(&r)) {
		j_obj(w, NULL);
		j_time(w, "at", rows_int(&r, 0));
		j_str(w, "page", rows_text(&r, 1));
		j_str(w, "about", rows_text(&r, 2));
		j_end(w);
	}
	j_end(w);
	return rows_end(&r);
}

static enum st export_parts(struct req *rq, const struct person *p, struct jw *w)
{
	j_obj(w, "parts");
	for (int i = 0; i < nparts; i++) {
		if (!parts[i].export_)
			continue;
		j_obj(w, parts[i].name);
		if (parts[i].export_(rq, p, w))
			return rq->err.code;
		j_end(w);
	}
	j_end(w);
	return ST_OK;
}

enum st privacy_export(struct req *rq, const char *subject, struct buf *out)
{
	struct person p;
	if (permit(rq, MAY_ERASE_PERSON) || subject_person(rq, subject, &p))
		return rq->err.code;
	struct jw w = jw_of(out);
	j_obj(&w, NULL);
	j_int(&w, "person", p.id);
	j_str(&w, "email", p.email);
	j_str(&w, "language", lang_tag(p.lang));
	j_time(&w, "confirmed_at", p.confirmed_at);
	j_time(&w, "erased_at", p.erased_at);
	if (export_journal(rq, p.id, &w) || export_views(rq, p.id, &w) || export_parts(rq, &p, &w))
		return rq->err.code;
	j_end(&w);
	return out->bad ? err_set(&rq->err, ST_LIMIT, N_("this export would be larger than %zu bytes"), out->max)
			: ST_OK;
}

/* ── erasure ── */

static enum st remember(struct req *rq, int64_t person, int64_t at)
{
	return sql_run(rq, "INSERT INTO who_erased (person, at) VALUES ($1, $2) ON CONFLICT (person) DO NOTHING",
		       V(person), V(at));
}

/* The journal last: a part may still need what its entries say. Run again for someone erased before, it finds what has
 * come since (a part that is new, an older backup) and tells a fact only if there was something. */
static enum st erase(struct req *rq, const struct person *p, struct privacy_erased *out)
{
	*out = (struct privacy_erased){ .person = p->id };
	for (int i = 0; i < nparts; i++)
		if (parts[i].erase && parts[i].erase(rq, p))
			return rq->err.code;
	if (person_erase(rq, p->id) || journal_erase_person(rq, p->id, &out->entries) ||
	    remember(rq, p->id, clock_now()))
		return rq->err.code;
	if (p->erased_at && !out->entries)
		return ST_OK;
	char *subject = arena_printf(rq->mem, "person:%lld", (long long)p->id);
	char *payload = arena_printf(rq->mem, "{\"entries\":%lld}", (long long)out->entries);
	return journal_append(rq, &(struct fact){ "who", subject, "person-erased", payload, 0 });
}

enum st privacy_erase(struct req *rq, const char *subject, struct privacy_erased *out)
{
	struct person p;
	if (permit(rq, MAY_ERASE_PERSON) || subject_person(rq, subject, &p) ||
	    (!p.id && person_by_email(rq, p.email, LANG_EN, &p.id))) /* so that the erasure is remembered */
		return rq->err.code;
	return erase(rq, &p, out);
}

enum st privacy_erased_list(struct req *rq, struct buf *out)
{
	struct rows r;
	if (sql_query0(rq, &r, "SELECT person, at FROM who_erased ORDER BY at, person"))
		return rq->err.code;
	while (rows_next(&r))
		buf_printf(out, "%lld %lld\n", (long long)rows_int(&r, 0), (long long)rows_int(&r, 1));
	return rows_end(&r);
}

/* ── replay after a restore ── */

static enum st created_after(struct req *rq, int64_t person, int64_t at, bool *yes)
{
	int64_t n = 0;
	if (sql_number(rq, &n, "SELECT count(*) FROM who_person WHERE id = $1 AND created_at > $2", V(person), V(at)))
		return rq->err.code;
	*yes = n > 0;
	return ST_OK;
}

/* A number may have been given again in the restored database: whoever came after the erasure is somebody else. */
static enum st replay_one(struct req *rq, int64_t person, int64_t at, int64_t *n)
{
	struct person p;
	struct privacy_erased done;
	bool other = false;
	enum st st = person_get(rq, person, &p);
	if (st == ST_NOTFOUND) {
		err_clear(&rq->err);
		return remember(rq, person, at);
	}
	if (st || created_after(rq, person, at, &other) || other)
		return rq->err.code;
	if (remember(rq, person, at) || erase(rq, &p, &done))
		return rq->err.code;
	*n += !p.erased_at;
	return ST_OK;
}

static bool replay_line(char *line, int64_t *person, int64_t *at)
{
	char *blank = strchr(line, ' ');
	*at = INT64_MAX;
	if (blank)
		*blank = 0;
	return text_int(line, 1, INT64_MAX, person) && (!blank || text_int(blank + 1, 0, INT64_MAX, at));
}

static enum st replay_lines(struct req *rq, struct lines *l, const char *path, int64_t *n)
{
	char *line;
	size_t len;
	int more;
	while ((more = lines_next(l, &line, &len, &rq->err)) > 0) {
		int64_t person, at;
		if (!len)
			continue;
		if (!replay_line(line, &person, &at))
			return err_set(&rq->err, ST_INVALID, "%s:%lld: expected the number of a person", path,
				       (long long)lines_number(l));
		if (replay_one(rq, person, at == INT64_MAX ? clock_now() : at, n))
			return rq->err.code;
	}
	return more < 0 ? rq->err.code : ST_OK;
}

enum st privacy_replay(struct req *rq, const char *list_path, int64_t *n)
{
	*n = 0;
	if (permit(rq, MAY_ERASE_PERSON))
		return rq->err.code;
	struct lines *l = lines_open(list_path, &rq->err);
	if (!l)
		return rq->err.code;
	enum st st = replay_lines(rq, l, list_path, n);
	lines_close(l);
	return st;
}
