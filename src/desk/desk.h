/* desk.h — the CERT's desk: reports, cases, notices, deadlines, answers, receipts.
 *
 * A REPORT is what somebody filed; it opens a CASE or joins an open one about the same observable. Each OBSERVABLE of a
 * case is attributed through holder/ to a chain of parties. A NOTICE goes to one party about its observables: it waits
 * for a handler's click, is approved at once, or goes in the day's digest (desk_policy row: class × source × confidence;
 * desk_digest.h), is sent by the mail follower, and is answered through a private link. When its deadline (desk_class row) passes in silence the next link
 * of the chain is told.
 *
 * Every function that changes something runs inside a write (store/store.h) and journals one fact whose subject is the
 * case number; the case's timeline is what the journal says of it. No transport here.
 *
 * TOKENS. Reporter's link /case/TOKEN, holder's link /answer/TOKEN, /confirm/TOKEN of an address: HMAC-SHA-256 of the
 * row's random seed under a key that is not in the database; only their SHA-256 is kept. So a letter that is composed
 * again carries the same link, and a copy of the database opens nothing.
 */
#ifndef DESK_DESK_H
#define DESK_DESK_H
#include "base/json.h"
#include "base/lang.h"
#include "holder/holder.h"
#include "intel/observable.h"
#include "intel/tlp.h"
#include "store/journal.h"
#include "base/note.h"
#include "who/person.h"
#include "work/due.h"
#include "work/task.h"

/* Once, before anything else; `token_key` (32 bytes) is copied, the texts must stay. */
struct desk_site {
	const uint8_t *token_key;
	const char *dir;	 /* data folder, for files to be forgotten */
	int zone;		 /* minutes east of UTC for people's times */
	const char *own_host;	 /* of our public address: never an observable to act on; may be NULL */
	const char *name;	 /* of the organisation; NULL: the host stands for it */
	const char *lang;	 /* tag, for parties whose language nobody tells; NULL: English */
	const char *reply;	 /* address that takes replies to letters; NULL or "": none does */
	const char *own_mail[4]; /* addresses of ours: what obs_ours says of them is no observable; unused NULL */
	struct {
		bool on;
		int every_days, wait_days, per_day;
	} check; /* of contacts (desk/desk_check.h) */
	struct {
		int minute;	      /* of the site's day at which digests go out */
		const char *severity; /* from this level on nothing waits for one; NULL: "3" */
	} digest;
};
void desk_setup(const struct desk_site *site);

/* ── states and vocabularies (tables in desk_table.c) ── */
/* Stored by number, so a new one stands at the end: received → triaged → notified → answered → verified → closed. */
enum case_state {
	CASE_RECEIVED,
	CASE_TRIAGED,
	CASE_NOTIFIED,
	CASE_ANSWERED,
	CASE_CLOSED,
	CASE_VERIFIED, /* a person checked that the trouble is gone */
	CASE_STATES
};
enum notice_state {
	NOTICE_WAITING,
	NOTICE_APPROVED,
	NOTICE_SENT,
	NOTICE_ANSWERED,
	NOTICE_SILENT,
	NOTICE_CANCELLED,
	NOTICE_STATES
};
enum notice_way { WAY_CLICK, WAY_AT_ONCE, WAY_DIGEST }; /* stored: desk_policy.at_once */
enum answer_kind { ANSWER_FIXED, ANSWER_FALSE_ALARM, ANSWER_NEED_UNTIL, ANSWER_NOT_OURS, ANSWER_KINDS };
const char *case_state_name(enum case_state s); /* "received", … (API) */
const char *notice_state_name(enum notice_state s);
const char *answer_kind_name(enum answer_kind k); /* "fixed", "false-alarm", "need-until", "not-ours" */
bool answer_kind_parse(const char *s, enum answer_kind *out);

/* What kind of trouble: RSIT 1003 class and type, e.g. "fraud:phishing"; rows of table desk_class, seeded by migration.
 */
struct desk_class {
	char *id;	       /* "phishing" as forms and API say it */
	char *rsit;	       /* "fraud:phishing" */
	char *title;	       /* English msgid for people: "False site (phishing)" */
	enum link_role first;  /* whom to tell first: LINK_HOLDER for a compromised thing, LINK_SPONSOR for one
				 registered for abuse */
	int64_t deadline;      /* seconds to answer */
	bool personal;	       /* of personal data: seen by few, joined with nothing, with clocks of its own */
	char *group;	       /* msgid of its RSIT class: "Fraud" */
	char *severity, *lane; /* with which level and in which queue its cases begin (desk_sort.h) */
};
/* What somebody of ours must do about a case of a class, and how soon after it was opened (table desk_clock). */
struct desk_clock {
	char *class_id, *kind, *role, *text; /* text: English msgid of a task */
	int64_t seconds;
};
enum st desk_clocks(struct req *rq, const char *class_id, struct desk_clock *out, int max, int *n); /* NULL: of all */
/* A file of a report, by its SHA-256: may the actor have it? ST_DENIED when only cases closed to them hold it. */
enum st desk_file_people(struct req *rq, const char *sha256, int64_t *person, int max, int *n); /* who sent it */
enum st desk_file_open(struct req *rq, const char *sha256);
enum st desk_class_known(struct req *rq, const char *id, bool *known);
enum { CLASSES_MAX = 128 };
enum st desk_classes(struct req *rq, struct desk_class *out, int max, int *n);	   /* those offered to citizens */
enum st desk_classes_all(struct req *rq, struct desk_class *out, int max, int *n); /* group by group */

/* ── filing ── */
enum report_source { SOURCE_WEB, SOURCE_API, SOURCE_CLI, SOURCE_MAIL, SOURCE_PARTNER, REPORT_SOURCES };
const char *report_source_name(enum report_source s);
bool report_source_known(const char *name);
struct report_file {
	char *name, *type, *sha256;
	int64_t size;
};
struct report {
	/* what arrived */
	char *description; /* ≤ 20,000 bytes, valid text; may be empty when there are observables */
	struct observable obs[OBS_MAX];
	int nobs;
	char *email; /* NULL: anonymous */
	enum lang lang;
	char *class_id; /* of desk_class; NULL: not said */
	char *tlp;	/* label as its sender wrote it; NULL: none */
	bool record_only, share_words;
	bool more;	/* it names more than OBS_MAX: staff are told */
	bool as_listed; /* obs[] is all that is meant: the words are not searched */
	enum report_source source;
	int64_t partner;   /* whose token it came with (desk_peer.h); 0: nobody's */
	char *idempotency; /* NULL or ≤ 128 bytes; scoped to the source and token/client hash by the front */
	struct report_file file[5];
	int nfiles;
	/* made by desk_report_prepare, on a reader before the write */
	int typed;		   /* the first obs[] were given as such; the others stood in the text only */
	struct answer *attributed; /* nobs of them, made by desk_report_prepare */
	bool harmless[OBS_MAX];
	struct desk_class kind;
	enum tlp label;		/* what it came with, or the default of its class and source */
	bool labelled;		/* it came with one */
	const char *confidence; /* "anonymous", "unconfirmed", "confirmed", "staff" */
	enum notice_way way;	/* the policy row: whether notices need a click */
	char *why_waiting;	/* its sentence */
	int64_t person;		/* 0 when the address is new */
};
struct filed {
	char number[24]; /* NC-2026-000001 */
	char token[27];	 /* reporter's link */
	int64_t report, case_, at;
	bool joined;   /* an open case about the same observable took it in */
	bool repeated; /* the idempotency key was known: the first answer */
	char digest[65];
};
/* Checks, normalises (obs[i].given is read), finds observables in the text too, looks each up. On a reader, with
 * rq->who the filer; ST_INVALID names the field: "observables[2]: …". */
enum st desk_report_prepare(struct req *rq, struct report *r);
/* Inside a write. Makes case, notices, tasks, due rows; one journal entry "report-filed" (and one a notice). arg of
 * desk_report_write. */
struct desk_file_arg {
	struct report *report;
	struct filed out;
};
enum st desk_report_write(struct req *rq, void *desk_file_arg);
/* SHA-256 over the canonical JSON of what was filed (description, observables, files by digest, class, time): the
 * receipt's digest. */

/* ── a case as people see it ── */
struct case_obs {
	int64_t id;
	char *value, *kind, *shown; /* shown: IDN in Unicode for people */
	bool attributed, responsible, no_contact;
	bool harmless, mention; /* mention: stood in the reporter's words only */
	char *other_case;	/* an open case of its own deals with it */
	char *matched, *country, *elsewhere;
	struct chain_link chain[4];
	int links;
	int now; /* index of the link whose turn it is, -1 none */
};
struct case_notice {
	int64_t id;
	enum link_role role;
	char *party; /* name or handle; NULL for the reporter when it is a natural person */
	bool person;
	char *email, *lang; /* email: staff only */
	enum notice_state state;
	int64_t created_at, approved_at, sent_at, due_at, answered_at;
	enum answer_kind answer; /* when NOTICE_ANSWERED */
	char *answer_text;	 /* staff only */
	int64_t until;
	char *why_waiting; /* policy row's sentence, NULL when it does not wait */
	int64_t digest_at; /* it waits for the digest of then; 0 */
	int nobs;
	char *first_obs;
	char *then; /* the next step while nobody answers (a rung of desk_ladder.h, "remind" …); NULL: none */
	int64_t then_at;
	bool held; /* a handler holds that step */
};
struct case_reporter {
	int64_t report, person;
	char *email;
	bool confirmed, share_words, has_words, withdrawn;
	char *source, *lang, *words;
	char *partner; /* whose program filed it; NULL: nobody's */
	int64_t at;
	int nfiles;
	struct report_file *file; /* what came with the report, and with what was added later */
};
/* One step of the timeline; `text` is already translated; future ones have at in the future and state "next". */
struct case_step {
	int64_t at;
	const char *state; /* done now next alert */
	char *text, *more;
	char *actor;
};
struct case_mail;
struct case_question;
enum tie_kind { TIE_RELATED, TIE_MERGED_FROM, TIE_MERGED_INTO, TIE_SPLIT_FROM, TIE_SPLIT_INTO };
enum { TIES_MAX = 200 };
/* Another case that this one has to do with. */
struct case_tie {
	enum tie_kind kind;
	char *number, *title, *note;
	enum case_state state;
	int64_t at;
};
const char *tie_kind_name(enum tie_kind k); /* "related", "merged-from", … */
struct case_view {
	int64_t id;
	char *number;
	enum case_state state;
	char *class_id, *class_title, *rsit, *title; /* title: class title, translated */
	enum tlp tlp;
	bool record_only;
	int64_t opened_at, changed_at, closed_at, due_at;
	char *close_reason, *assignee;
	char *severity, *severity_title, *lane, *lane_title, *tags; /* desk_sort.h; titles are translated */
	char *next, *next_more; /* whose turn, until when: one translated sentence each */
	struct case_obs *obs;
	int nobs;
	struct case_notice *notice;
	int nnotices;
	struct case_reporter *reporter;
	int nreporters; /* staff view only */
	struct case_step *step;
	int nsteps; /* newest first */
	struct task *task;
	int ntasks;		/* staff view only */
	struct case_mail *mail; /* desk_pgp.h; staff view only */
	int nmail;
	struct case_question *question; /* desk_question.h; the reporter's own, or all for staff */
	int nquestions;
	struct case_tie *tie;
	int nties; /* staff view only */
	/* reporter's view only */
	struct case_reporter mine;
	char *digest;
	int others; /* other people who reported the same */
};
enum audience { FOR_STAFF, FOR_REPORTER };
enum st desk_case_staff(struct req *rq, const char *number, enum lang l, struct case_view *out);
/* By the reporter's token: only what a reporter may see. No other party's personal data: parties appear by role and,
 * for organisations, name. `number` (may be NULL) must fit. ST_NOTFOUND otherwise. */
enum st desk_case_reporter(struct req *rq, const char *token, const char *number, enum lang l, struct case_view *out);
void desk_case_json(struct buf *out, const struct case_view *v, enum audience who);

struct queue_row {
	char *number, *title, *class_id;
	enum case_state state;
	int64_t opened_at, due_at;
	char *first_obs, *holder;
	int nobs, nreports, waiting, tasks;
	char *assignee, *severity, *lane, *tags;
	const char *badge, *tone;   /* whose turn, translated */
	char *before, *hit, *after; /* of a search: the text around what was found; NULL when the row shows it */
};
enum queue_view { QUEUE_OPEN, QUEUE_WAITING_US, QUEUE_WAITING_PARTY, QUEUE_CLOSED, QUEUE_ALL };
struct queue_counts {
	int64_t open, waiting_us, waiting_party, closed, notices, tasks;
};
/* `search` (may be NULL): a number or its beginning, or words (desk_search.h), newest first. Without it pages of `max`
 * (≤ 200) from `offset`, due first. */
enum st desk_queue(struct req *rq, enum queue_view view, const char *search, int offset, int max, enum lang l,
		   struct queue_row *out, int *n, int64_t *total);
enum st desk_queue_counts(struct req *rq, struct queue_counts *out);

/* ── staff acts (inside a write; each asks permit()) ── */
struct desk_act {
	char *number;
	int64_t id;
	char *text;
	char *reason;
	int64_t at;
	char *how;
	char *other; /* out: the new case of a split */
};
enum st desk_notice_approve(struct req *rq, void *act);	 /* id: one notice, 0: all that wait */
enum st desk_notice_cancel(struct req *rq, void *act);	 /* id */
enum st desk_escalate(struct req *rq, void *act);	 /* id: the notice whose next link is told now */
enum st desk_party_write(struct req *rq, void *act);	 /* id: notice whose party gets `text` */
enum st desk_reporters_write(struct req *rq, void *act); /* text to every confirmed reporter */
enum st desk_note_add(struct req *rq, void *act);	 /* internal */
enum st desk_opinion_add(struct req *rq, void *act);	 /* internal: what the legal adviser says */
enum st desk_case_classify(struct req *rq, void *act);	 /* reason: id of the class */
/* Each has reason: the number of the other case, and a note in text that may be empty. Merging closes `number` as a
 * duplicate; all that its reporters and parties hold goes on working and leads to the other. Neither may be closed,
 * merged or have others merged into it (`number`). */
enum st desk_case_merge(struct req *rq, void *act);
enum st desk_case_unmerge(struct req *rq, void *act); /* number: the one that was closed; no reason */
enum st desk_case_link(struct req *rq, void *act);
enum st desk_case_unlink(struct req *rq, void *act);
/* reason: "o12 r4", ids of observables and reports that go to a new case, whose number comes back in `other`. */
enum st desk_case_split(struct req *rq, void *act);
enum st desk_case_verify(struct req *rq, void *act); /* text: a note, may be empty */
enum st desk_case_close(struct req *rq,
			void *act); /* reason: fixed false-alarm not-reproducible referred record-only duplicate */
enum st desk_case_reopen(struct req *rq, void *act);
enum st desk_task_done(struct req *rq, void *act); /* id */
/* Open ones that the actor may see: those of a case that is closed to them are left out. Asks for see-queue. */
enum st desk_tasks(struct req *rq, struct task *out, int max, int *n);
/* reason: the new label. Raising is free; lowering needs text: who of the source consented, how: one of consent_ways, at:
 * when. ST_INVALID names what is missing. */
enum st desk_case_label(struct req *rq, void *act);
extern const struct consent_way {
	const char *id, *title; /* msgid */
} consent_ways[];		/* ended by id NULL */
/* What label a case begins with when its report has none; "*" fits all. */
struct tlp_default {
	char *class_id, *source;
	enum tlp label;
};
enum st desk_tlp_defaults(struct req *rq, struct tlp_default *out, int max, int *n);
enum st desk_tlp_default_set(struct req *rq, void *tlp_default);
extern const struct migration desk_tlp_migrations[];
extern const char *const close_reasons[]; /* NULL-terminated */

/* ── the parties (inside a write) ── */
struct answer_view {
	int64_t id; /* of the notice */
	char *number, *class_title, *rsit, *lead;
	enum tlp tlp;
	enum lang lang;
	enum notice_state state;
	enum link_role role;
	char *party, *email;
	int64_t sent_at, due_at, until;
	struct case_obs *obs;
	int nobs;
	char *words; /* only when the reporter ticked so */
	enum answer_kind answer;
	char *answer_text;
	int64_t answered_at;
	bool closed;
	int64_t max_until;
};
enum st desk_answer_view(struct req *rq, const char *token, enum lang l, struct answer_view *out);
struct answer_arg {
	char *token;
	enum answer_kind kind;
	char *text;
	int64_t until;
	const char *key; /* NULL, or ≤ 128 bytes: what comes again with it is the same answer, whatever came since */
	char number[24];
};
enum st desk_answer_write(struct req *rq, void *answer_arg);
/* Uses the link of a receipt letter (arg: the token): confirms the address and that report, and lets go the notices
 * that waited for it where policy says so. */
enum st desk_report_confirm(struct req *rq, void *token);
struct reporter_arg {
	char *token, *text;
	struct report_file file[5];
	int nfiles;
};
enum st desk_reporter_add(struct req *rq, void *reporter_arg); /* more evidence */
enum st desk_reporter_withdraw(struct req *rq,
			       void *reporter_arg); /* their report; the case goes on if others reported */

/* ── due kinds for work/due: "notice-due", "proposal-end", "case-retention", "address-retention", "file-forget" ── */
extern const struct due_kind desk_due_kinds[];
extern const int desk_due_count;

/* ── what the mail follower sends for an entry ── */
struct registrant_letter; /* names/registrant.h */
struct letter_file {
	char *name, *type, *data;
	size_t n;
};
struct address_letter;
struct letter {
	char *to, *subject, *message_id; /* message_id: stable for (entry, recipient): a repeat has the same */
	enum lang lang;
	const char *tlp, *tlp_note; /* label and its sentence: they stand first; NULL: no case's letter */
	char *template_;	    /* notice, sponsor, upstream, authority, receipt, progress, closed, message */
	char *reply_to, *in_reply_to;
	bool answers; /* a message of theirs: auto-replied (RFC 3834) */
	char *link, *confirm_link, *party, *words, *text;
	char *unsubscribe; /* RFC 8058: where one POST ends such letters; NULL: it is no bulk mail */
	struct case_view *about;
	struct case_obs *obs;
	int nobs;
	struct case_notice *notice;
	/* Who is nearer to what it is about, and what came of writing to them: role, state, answer, sent_at, until; first_obs
	 * and nobs where that was about a part of it. Without sent_at: there is no address that takes letters. */
	struct case_notice *told;
	int ntold;
	int64_t id; /* notice it carries, 0 none */
	enum { MAIL_TO_HOLDER, MAIL_TO_REPORTER, MAIL_TO_PARTNER } kind;
	int64_t share, share_sent; /* share it carries, when it went out; 0 none */
	struct letter_file *file;  /* attached */
	int nfiles;
	const struct address_letter *check;	  /* to an address, about no case (desk/desk_check.h) */
	const struct relay_letter *relay;	  /* of a message that is passed on; not the desk's */
	const struct registrant_letter *holder;	  /* of a letter about names, no case; not the desk's */
	const struct voice_letter *survey;	  /* of an invitation; not the desk's */
	const struct interview_letter *interview; /* the same */
	const struct digest_letter *digest;	  /* of many notices (desk/desk_digest.h) */
};
/* Letters of one journal entry, a page at a time. */
struct letters {
	struct letter *letter; /* room for max; n of them are filled */
	int max, n;
	int64_t after; /* where the page begins: 0, the first; else what `next` said */
	int64_t next;  /* where the one behind it begins; 0: it is the last */
};
/* The letters that follow from one journal entry; composed from rows, so a repeat composes the same. */
bool desk_posts(const struct entry *e); /* can letters follow from an entry like this? Cheap */
enum st desk_letters(struct req *rq, const struct entry *e, const char *public_url, struct letters *out);
struct sent_arg {
	int64_t notice;
	char *message_id;
	int64_t digest; /* it went in this one; 0: alone */
};
enum st desk_notice_sent(struct req *rq,
			 void *sent_arg); /* inside a write: the transport accepted it; the deadline begins */
enum st
desk_notice_failed(struct req *rq,
		   void *sent_arg); /* inside a write: it bounced for good; no usable contact, the next is told */

/* ── receipts ── */
/* The receipt JSON of a report, by its token or case number (staff, CLI: the case's first report). ST_BUSY while no
 * signed head covers it. */
enum st desk_receipt(struct req *rq, const char *token, const char *number, struct buf *out);

/* ── personal data ── */
enum st desk_person_export(struct req *rq, const struct person *p, struct jw *w);
enum st desk_person_erase(struct req *rq, const struct person *p);

extern const struct migration desk_migrations[], desk_taxonomy_migrations[], desk_move_migrations[];
#endif
