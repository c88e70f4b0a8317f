/* desk_digest.h — findings of little weight reach a party in one letter a day.
 *
 * Where the row of desk_policy says so (WAY_DIGEST), and the case is less grave than `digest.severity`, a notice is
 * approved but does not go by itself: it joins the open digest of its address, which has one due row at the next
 * `digest.at` of the site. Reminders of such notices join it too. When it falls due it is closed: what may not go any more
 * (label, answer, case closed) stays behind, the rest is one letter with a table, a CSV, XARF and a link to the page of
 * open notices. A digest that would be too long for a letter is cut; the rest is a second one at once.
 *
 * The letter's fate is the fate of all its notices. They are written down some at a time, each as if its own letter had
 * been sent or refused, by the same due row.
 */
#ifndef DESK_DESK_DIGEST_H
#define DESK_DESK_DIGEST_H
#include "desk/desk.h"

enum {
	DIGEST_NOTICES = 1000,	/* of a letter, */
	DIGEST_ROWS = 2200,	/* and their observables; */
	DIGEST_BYTES = 3500000, /* about as long as a letter may become */
	DIGEST_SHOWN = 50,	/* rows of its table; the files hold all */
	DIGEST_LINK_DAYS = 30,	/* how long its page stays open */
};
enum digest_fate { DIGEST_OPEN, DIGEST_SENT, DIGEST_REFUSED };
struct desk_digest {
	int64_t id, due_at, made_at, sent_at, link;
	char *email, *lang;
	enum digest_fate fate;
	int64_t notices; /* that it holds */
	char *message_id;
};
/* Open ones first by their time, then those that went out, newest first. MAY_SEE_QUEUE. */
enum st desk_digest_list(struct req *rq, struct desk_digest *out, int max, int *n);

/* One line of it: an observable of a notice. */
struct digest_row {
	int64_t notice;
	char *number, *class_id, *rsit, *class_title; /* class_title: in the digest's language */
	enum tlp tlp;
	struct case_obs obs;
	int64_t opened_at, seen_at, answer_by; /* answer_by 0: nothing follows silence */
	bool again;			       /* they were told before and have not answered */
	uint8_t seed[LINK_SEED];
};
/* What the open digest of an address would say now, without cases that are closed to the actor. ST_NOTFOUND: it has none.
 * MAY_SEE_QUEUE. */
enum st desk_digest_show(struct req *rq, const char *email, struct desk_digest *d, struct digest_row **row, int *n);

/* Inside a write. */
enum st desk_digest_send(struct req *rq, void *email);	      /* now; MAY_APPROVE_NOTICE */
enum st desk_digest_take_out(struct req *rq, void *desk_act); /* id: its letter goes now, alone; MAY_APPROVE_NOTICE */

/* ── the letter ── */
struct digest_letter {
	int64_t id, made_at, sent_at;
	struct digest_row *row;
	int n, notices;
};
enum st desk_digest_sent(struct req *rq, void *sent_arg);   /* notice: the digest's number; inside a write */
enum st desk_digest_failed(struct req *rq, void *sent_arg); /* the same */

extern const struct due_kind desk_digest_due_kinds[];
extern const int desk_digest_due_count;
extern const struct migration desk_digest_migrations[];
enum st desk_digest_export(struct req *rq, const struct person *p, struct jw *w);
enum st desk_digest_erase(struct req *rq, const struct person *p);
enum st desk_digest_knows(struct req *rq, const char *email, bool *yes);

/* Policy, as people change it. */
struct desk_policy_row {
	char *class_id, *source, *confidence, *sentence;
	enum notice_way way;
};
enum { POLICIES_MAX = 500 };
const char *notice_way_name(enum notice_way w); /* "click", "at-once", "digest" */
bool notice_way_parse(const char *s, enum notice_way *out);
enum st desk_policies(struct req *rq, struct desk_policy_row *out, int max, int *n);
enum st desk_policy_set(struct req *rq,
			void *desk_policy_row); /* the way of the row of this class, source and confidence */
#endif
