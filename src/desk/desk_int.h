/* desk_int.h — what the files of desk/ share among themselves. */
#ifndef DESK_DESK_INT_H
#define DESK_DESK_INT_H
#include "base/hash.h"
#include "base/text.h"
#include "desk/desk.h"
#include "who/permit.h"

enum {
	NUMBER_SIZE = 24,
	TOKEN_SIZE = LINK_TOKEN,
	SEED_LEN = LINK_SEED,
	FILES_MAX = 5,
	WORDS_MAX = 20000,
	IDEM_MAX = 128,
	NOTICES_MAX = 400,    /* of a case that are shown, and of two that are merged */
	TASKS_MAX = 50,	      /* shown of a case */
	NEED_UNTIL_DAYS = 14, /* the longest "need until" from now, */
	NEED_TOTAL_DAYS = 28, /* and since the notice was sent */
	LETTERS_A_DAY = 5,    /* receipts to an address that nobody confirmed */
};
#define DAY_USEC (86400 * USEC)

/* Column desk_case.queue: whose turn it is. And the order of lists, column sort_at: due first, then old before new;
 * closed cases behind all others, newest first. */
enum queue_column { TURN_US, TURN_PARTY, TURN_CLOSED };
#define SORT_CLOSED 4000000000000000000LL
#define SORT_OPEN_MAX 3000000000000000000LL

/* ── the site and its tokens (desk_site.c) ── */
const struct desk_site *desk_the_site(void); /* token_key is NULL before desk_setup */
enum lang desk_site_lang(void);
void desk_token(const char *kind, const uint8_t seed[LINK_SEED], char out[LINK_TOKEN]);
struct hash desk_token_hash(const char *token);
/* Covers or uncovers a token of 26 characters with a pad that only our key makes. */
void desk_token_cover(const char *kind, const uint8_t seed[LINK_SEED], const char in[26], char out[26]);
char *desk_when(struct arena *mem, int64_t t, enum lang l); /* for people, in the site's zone */

/* ── vocabularies (desk_table.c) ── */
extern const char *const desk_link_nouns[]; /* msgids by enum link_role: "the holder" … */
extern const char *const desk_state_titles[];
const char *desk_reason_title(const char *reason);					 /* msgid of a close reason */
char *desk_party(struct arena *mem, enum lang l, enum link_role role, const char *name); /* "the holder (X)" */
char *desk_shown(struct arena *mem, const char *kind, const char *value);		 /* IDN in Unicode */
enum st desk_level_known(struct req *rq, const char *id);				 /* of severity; ST_NOTFOUND */
enum st desk_class_get(struct req *rq, const char *id, struct desk_class *out);		 /* ST_NOTFOUND */
/* The first policy row that fits. */
enum st desk_policy(struct req *rq, const char *class_id, const char *source, const char *confidence,
		    enum notice_way *way, char **sentence);
extern const char desk_mention_sentence[], desk_next_sentence[];

/* ── shares (desk_share.h) as others need them ── */
enum st desk_share_letter(struct req *rq, const struct entry *e, const char *url, const char *host, struct letter *out,
			  int *n);
enum st desk_share_replied(struct req *rq, int64_t share);		   /* mail of theirs came: they have it */
enum st desk_shares_hold(struct req *rq, int64_t case_id, enum tlp label); /* cancels what may not go out any more */

/* ── labels (desk_tlp.c) ── */
extern const char desk_held_sentence[];
const char *desk_consent_title(const char *how); /* msgid */
enum st desk_tlp_default(struct req *rq, const char *class_id, const char *source, enum tlp *out);
/* ST_CONFLICT with the reason when the case may not go there. Every output asks. */
enum st desk_tlp_check(struct req *rq, int64_t case_id, enum tlp_to to);
/* Raises where `to` is stricter; what was approved and has not gone out waits again. Inside a write. */
/* What came into a case from another is held as the label says. */
enum st desk_tlp_keep(struct req *rq, int64_t case_id, enum tlp label);
enum st desk_tlp_raise(struct req *rq, int64_t case_id, const char *number, enum tlp from, enum tlp to);

/* When something first happened in a case, for the figures: each once. Inside a write. */
enum st desk_first_act(struct req *rq, int64_t case_id);
enum st desk_first_told(struct req *rq, int64_t case_id);
enum st desk_first_answer(struct req *rq, int64_t case_id);
/* ── cases of personal data (desk_personal.c) ── */
/* ST_DENIED unless the actor may see what is in the case: anybody's who may see cases, or few people's. */
enum st desk_case_open_to(struct req *rq, int64_t case_id);
/* All that the actor may not look into, for lists that would tell of them: in order of their ids. */
struct case_row;
struct closed_cases {
	int64_t *id;
	int n, room;
};
enum st desk_closed_cases(struct req *rq, struct closed_cases *out);
bool desk_is_closed(const struct closed_cases *all, int64_t case_id);
/* Takes those rows out of a list, of `size` bytes each, whose case (an int64_t at offset `case_id`) is one of these. */
enum st desk_drop_closed(struct req *rq, void *list, size_t size, size_t case_id, int *n);
/* Blanks what a list would tell of cases that are closed to the actor. Lists that found a case by what is in it leave it
 * out altogether, and their counts too. */
enum st desk_personal_hide(struct req *rq, struct queue_row *row, int n);
bool desk_sees_personal(const struct req *rq);
/* Case c is given to the actor, of this id and account: by login, or as the journal names people. */
#define DESK_MINE(id, account)                                                                                         \
	"(c.assignee <> '' AND (c.assignee = " id                                                                      \
	" OR c.assignee = coalesce((SELECT a.login FROM who_account a WHERE "                                          \
	"a.id = " account "), '')))"
/* The tasks that a new case of this class brings, with their times. Inside a write; the case is settled after it. */
enum st desk_clocks_begin(struct req *rq, const char *number, const char *class_id, int64_t from);
/* Inside a write, once the case has another class: the times of the old one end and those of the new one begin; where few
 * people see it from now on, nothing joins it and what was approved waits for them. */
enum st desk_class_moved(struct req *rq, const struct case_row *c, const struct desk_class *from,
			 const struct desk_class *to);
enum st desk_obs_open(struct req *rq, int64_t case_id); /* whether new reports on its observables join it */
enum st desk_task_due(struct req *rq, const char *id);	/* of work/due: a task whose time has come */
/* ── chains (desk_chain.c) ── */
char *desk_chain_write(struct arena *mem, const struct chain_link *chain, int n);
int desk_chain_read(struct arena *mem, const char *text, struct chain_link *out, int max);
/* A key of a value for indexes that can't hold 2 kB. */
int64_t desk_value_key(const char *value);

/* ── cases ── */
/* What lists count of a case, in desk_tally: in the same write as the row. */
enum { TALLIES = 5 }; /* by enum queue_column, then notices that wait, open tasks */
struct standing {
	int queue, waiting, tasks;
};
struct case_row {
	int64_t id, opened_at, closed_at, merged_into; /* merged_into: 0, or the case that took it in */
	char *number, *class_id, *severity;
	enum case_state state;
	bool record_only;
	enum tlp tlp;
	struct standing at; /* as lists have it */
};
/* What happens to a case (desk_state.c): the table says from which states, and what comes of it. */
enum case_event {
	CASE_EV_JOIN,
	CASE_EV_APPROVE,
	CASE_EV_CANCEL,
	CASE_EV_ESCALATE,
	CASE_EV_WRITE_PARTY,
	CASE_EV_ANSWER,
	CASE_EV_CHANGE, /* of class, queue, tags … */
	CASE_EV_SPEAK,	/* notes, words to reporters, tasks */
	CASE_EV_VERIFY,
	CASE_EV_CLOSE,
	CASE_EV_REOPEN,
	CASE_EVENTS
};
enum { CASE_KEPT = -1, CASE_COUNTED = -2 };
/* ST_CONFLICT with a sentence where it is not allowed. `next`: a state, or one of these two. */
enum st desk_case_may(struct req *rq, const struct case_row *c, enum case_event e, int *next);
/* The same, and the state is written; desk_case_settle follows. Inside a write. */
enum st desk_case_move(struct req *rq, const struct case_row *c, enum case_event e);
/* `from` NULL: the case is new. */
enum st desk_tally_move(struct req *rq, const struct standing *from, const struct standing *to);
enum st desk_tally_read(struct req *rq, struct queue_counts *out);
/* Both hold the row inside a write, as desk_case_hold does: until its end nobody else changes the case, its notices or
 * its observables. Whoever comes from one of those holds the case first and reads it then. */
enum st desk_case_get(struct req *rq, const char *number, struct case_row *out);
/* Inside a write, the beginning of every act on a case: may the actor, is it open to them, is it the first? */
enum st desk_case_take(struct req *rq, enum permission what, const char *number, struct case_row *c);
enum st desk_note_write(struct req *rq, int64_t case_id, const char *text, int64_t *id); /* id 0: there is no text */
enum st desk_tasks_finish(struct req *rq, const char *number, const char *kind);	 /* kind NULL: all */
enum st desk_case_of(struct req *rq, int64_t id, struct case_row *out);
enum st desk_case_hold(struct req *rq, int64_t id);
/* The case whose id a statement says, of a row that is read next. */
enum st desk_case_hold_of(struct req *rq, const char *sql, struct val by);
/* Recounts what lists and filters read: state, turn, deadline, notices waiting, tasks. Inside a write, after any
 * change. */
enum st desk_case_settle(struct req *rq, int64_t id);
/* Cancels what is still to go out and waits for nobody. */
enum st desk_case_still(struct req *rq, const struct case_row *c);
/* The same, and closes; journalled. */
enum st desk_case_shut(struct req *rq, const struct case_row *c, const char *reason, const char *text);
/* The next free number of the year of `at`. */
enum st desk_number_next(struct req *rq, int64_t at, char out[NUMBER_SIZE]);
enum st desk_fact(struct req *rq, const char *number, const char *verb, const char *payload, int64_t person);
enum st desk_task(struct req *rq, const char *number, const char *kind, const char *text);

/* ── notices (desk_route.c, desk_notice.c) ── */
struct notice_row {
	int64_t id, case_id, created_at, approved_at, sent_at, due_at, answered_at, until, deadline;
	enum link_role role;
	enum notice_state state;
	enum answer_kind answer;
	bool person;
	char *party, *email, *lang, *why, *reason, *answer_text, *first_obs, *message_id;
	uint8_t seed[SEED_LEN];
	int nobs;
};
enum st desk_own_notice(struct req *rq, const struct case_row *c, int64_t id, struct notice_row *n);
enum st desk_notice_get(struct req *rq, int64_t id, struct notice_row *out);
enum st desk_notice_by_token(struct req *rq, const char *token, struct notice_row *out);
/* The first of a case, to be shown. */
enum st desk_notices_of(struct req *rq, int64_t case_id, struct notice_row *out, int max, int *n);
/* Each of a case, however many, that is in one of `states` (bits of enum notice_state) when its turn comes. */
typedef enum st (*notice_fn)(struct req *rq, const struct notice_row *n, void *ctx);
enum st desk_notices_each(struct req *rq, int64_t case_id, unsigned states, notice_fn fn, void *ctx);
enum st desk_notice_approve_row(struct req *rq, const struct notice_row *n, const char *number, enum notice_way way);
enum st desk_notice_cancel_row(struct req *rq, const struct notice_row *n, const char *number);
/* What the report names and what waited in the case only because nobody stood by it goes out, as the policy says for such
 * a report. `*gone`: so many; the case is then to be settled. Inside a write. */
enum st desk_stand_by(struct req *rq, const struct case_row *c, int64_t report, const char *source,
		      const char *confidence, int *gone);

/* Where notices go: observables are routed one by one, parties gathered, then all is written. */
struct routed {
	int64_t id; /* of a notice that is there already, 0: new */
	const struct chain_link *link;
	char *email; /* lower case: one party */
	enum notice_state state;
	enum notice_way way;
	bool fresh; /* changed in this write */
	const char *why;
	int *obs, nobs; /* indexes of the caller's observables, room for OBS_MAX */
};
struct route {
	struct req *rq;
	int64_t case_id, deadline, at;
	const char *number, *reason; /* "first", "silent", "not-ours", "no-contact", "staff" */
	struct routed *to;
	int n;
	unsigned missing; /* bits 1 << role: no usable contact */
	int nobody;	  /* observables with nobody left to tell */
	enum tlp tlp;	  /* of the case: may hold everything back */
};
void desk_route_begin(struct route *r, struct req *rq, int64_t case_id, const char *number, int64_t deadline,
		      const char *reason);
/* The parties already told in a case join the plan, so that nobody is told twice. */
enum st desk_route_load(struct route *r);
/* The first link from `from` on that can be written to; returns its index or -1. `mention`: may ride on a notice, never
 * starts one at once. */
int desk_route_add(struct route *r, int obs, const struct chain_link *chain, int links, int from, enum notice_way way,
		   const char *why, bool mention);
int desk_route_first(const struct chain_link *chain, int links,
		     enum link_role role); /* index of the first link ≥ role */
/* Writes new notices and journals them. obs_id[i] and shown[i] are of the caller's observable i. */
enum st desk_route_write(struct route *r, const int64_t *obs_id, char *const *shown);
int desk_route_waiting(const struct route *r);	     /* new notices that wait for a click */
bool desk_route_reaches(const struct chain_link *l); /* has it a contact that can be written to? */
/* Tells whoever stands behind `after`; *nobody counts observables with nobody left to tell. */
enum st desk_notice_behind(struct req *rq, const struct notice_row *n, enum link_role after, const char *reason,
			   int *nobody);
/* Tells whoever stands behind the party of this notice; a task where nobody does. */
enum st desk_notice_next(struct req *rq, const struct notice_row *n, const char *reason);
extern const char desk_nobody_sentence[];

/* ── digests (desk_digest.c); public part: desk_digest.h ── */
/* A way that says digest is at once where the case is too grave for one. */
enum st desk_digest_way(struct req *rq, const char *severity, enum notice_way *way);
/* How a notice of this case goes once somebody stands by it: at once, or by digest. */
enum st desk_digest_way_of(struct req *rq, const struct case_row *c, enum notice_way *way);
/* An approved notice, or one to be reminded of (`again`), joins the open digest of its address. */
enum st desk_digest_join(struct req *rq, const char *email, const char *lang, int64_t notice, bool again,
			 int64_t *digest);
/* A person of ours does what the ladder would do: whoever is to be told is told at once. */
bool desk_digest_by_hand(const struct req *rq);
enum st desk_digest_leave(struct req *rq, int64_t notice);
enum st desk_digest_remind(struct req *rq, const struct notice_row *n, const struct case_row *c,
			   int64_t *digest);		      /* 0: its reminder goes alone */
enum st desk_digest_recheck(struct req *rq, int64_t case_id); /* it has another class or level */
enum st desk_digest_of(struct req *rq, struct case_view *v);  /* when its notices go out */
enum st desk_digest_letter(struct req *rq, const struct entry *e, const char *url, const char *host, struct letter *out,
			   int *n);
/* Which of its notices somebody's words mean. `clear`: they name one case; else the newest notice. */
enum st desk_digest_about(struct req *rq, int64_t digest, const char *words, int64_t *notice, bool *clear);

/* ── what follows silence (desk_ladder.c, desk_climb.c); public part: desk_ladder.h ── */
struct climb;
struct ladder;
struct referral;
enum st desk_ladder_version(struct req *rq, const char *class_id, const char *severity, int64_t from,
			    struct ladder *out);
enum st desk_referral_get(struct req *rq, const char *id, struct referral *out);
enum st desk_climb_begin(struct req *rq, struct notice_row *n, const struct case_row *k, int64_t now); /* it was sent */
/* When an answer is needed if the letter goes out at `from`; 0: nothing follows silence. */
enum st desk_climb_deadline(struct req *rq, const struct notice_row *n, const struct case_row *k, int64_t from,
			    int64_t *deadline);
enum st desk_climb_pause(struct req *rq, const struct notice_row *n, const struct case_row *k, int64_t until);
enum st desk_climb_wake(struct req *rq, const struct notice_row *n, int64_t soonest); /* its case is open again */
enum st desk_climb_end(struct req *rq, int64_t notice);
enum st desk_climb_view(struct req *rq, struct case_view *v); /* the next step of each notice */
enum st desk_climb_due(struct req *rq, struct notice_row *n, const struct case_row *k);
enum st desk_climb_run(struct req *rq, struct climb *c, struct notice_row *n, const struct case_row *k);
enum st desk_climb_hold(struct req *rq, struct climb *c, const struct notice_row *n);
enum st desk_climb_resume(struct req *rq, struct climb *c, const struct notice_row *n);
enum st desk_climb_skip(struct req *rq, struct climb *c, const struct notice_row *n);

/* ── proposals (desk_proposal.c, desk_proposal_letter.c); public part: desk_proposal.h ── */
enum st desk_proposal_due(struct req *rq, const char *id);
enum st desk_proposal_letters(struct req *rq, const struct entry *e, const char *host, struct letter *out, int max,
			      int *n);

/* ── views ── */
enum st desk_obs_of(struct req *rq, int64_t case_id, int64_t report, int64_t notice, struct case_obs **out, int *n);
/* What a letter about this notice's observables (x->obs) may say of those in the first so many roles. first: whom its class
 * is told to. */
enum st desk_told(struct req *rq, const struct notice_row *n, enum link_role first, int roles, struct letter *x);
enum st desk_case_view_base(struct req *rq, int64_t case_id, enum lang l, struct case_view *out);
enum st desk_case_ties(struct req *rq, struct case_view *v, enum lang l);
void desk_case_next(struct req *rq, struct case_view *v, enum audience who, enum lang l);
enum st desk_case_steps(struct req *rq, struct case_view *v, enum audience who, int64_t report, enum lang l);
/* The sentence of one entry; NULL when the audience does not see it. */
struct trail; /* desk_move.h */
struct step_args {
	struct req *rq;
	const struct case_view *view;
	enum audience who;
	int64_t report; /* the reader's own, 0 for staff */
	enum lang l;
	const struct trail *trail;
};
bool desk_step_of(const struct step_args *a, const struct entry *e, struct case_step *out);

struct report_row {
	int64_t id, case_id, person, filed_at, withdrawn_at, erased_at;
	char *digest, *class_id;
	uint8_t seed[SEED_LEN];
	char covered[26]; /* confirmation token under the pad */
	bool has_confirm, has_seed;
};
/* As this reporter sees it, made of the case's own view (which stays as it is); the page has the steps, too. */
enum st desk_case_for_report(struct req *rq, const struct case_view *base, const struct report_row *row, enum lang l,
			     struct case_view *out);
enum st desk_report_get(struct req *rq, int64_t id, struct report_row *out);
enum st desk_report_by_token(struct req *rq, const char *token, struct report_row *out);
enum st desk_files_write(struct req *rq, int64_t report, const struct report_file *f, int n, int64_t at);
bool desk_files_ok(struct req *rq, const struct report_file *f, int n);
/* ── mail (desk_mail.c) ── */
/* Did the report come by mail? Whether it may be answered, and its Message-ID (NULL: it came another way). */
enum st desk_mail_of_report(struct req *rq, int64_t report, bool *answer, char **message_id);
enum st desk_mail_forget(struct req *rq, int64_t case_id, int64_t person); /* of a case, or of a person; 0: none */
/* Number at `key` of an entry's payload; 0 if absent. */
int64_t desk_payload_int(struct arena *mem, const struct entry *e, const char *key);

#endif
