/* desk_share.h — a case given to a partner (desk_partner.h): what may leave, what became of it. */
#ifndef DESK_DESK_SHARE_H
#define DESK_DESK_SHARE_H
#include "desk/desk_partner.h"

enum share_state {
	SHARE_QUEUED,	 /* its letter is on its way */
	SHARE_DELIVERED, /* the transport took it */
	SHARE_RECEIVED,	 /* they say that they have it */
	SHARE_HANDLED,	 /* they say that they have dealt with it */
	SHARE_REFUSED,	 /* they say that it is not for them */
	SHARE_SILENT,	 /* nothing came in time */
	SHARE_FAILED,	 /* the letter came back */
	SHARE_CANCELLED, /* the label became too strict before it went out */
	SHARE_STATES
};
const char *share_state_name(enum share_state s);
bool share_answer_parse(const char *s, enum share_state *out); /* "received", "handled", "refused" */

struct desk_share {
	int64_t id, case_id, partner;
	char *number, *class_id, *handle, *name, *mail;
	char *person, *named_by; /* RED: whom the source named, and who says so; "" */
	char *langs, *form, *text, *answer_text, *actor;
	enum tlp tlp; /* when it was shared */
	enum share_state state;
	int nobs;
	int64_t opened_at; /* of the case */
	int64_t created_at, sent_at, reminded_at, received_at, answered_at, due_at;
	uint8_t seed[LINK_SEED];
};

/* ── from a case ── */
enum { SHARE_TO_MAX = 20 };
struct share_arg {
	char *number;
	char *to[SHARE_TO_MAX]; /* handles or numbers of partners */
	int nto;
	char *text;		 /* our words to them, ≤ 10,000 bytes; may be empty */
	char *person, *named_by; /* share with this person alone, whom the source named; named_by: who says so */
	int64_t id[SHARE_TO_MAX];
};
/* What would leave and to whom; `why` NULL: it may. On a reader; asks permit(). */
struct share_preview {
	char *number, *title;
	enum tlp tlp;
	struct {
		struct desk_partner partner;
		const char *why; /* msgid: why not */
		char *subject, *letter_lang;
	} to[SHARE_TO_MAX];
	int nto;
	struct case_obs *obs;
	int nobs;
	char *text, *csv, *xarf; /* as files carry them */
};
enum st share_preview(struct req *rq, const struct share_arg *a, enum lang l, struct share_preview *out);
/* Inside a write: one share a partner, or none at all; ST_CONFLICT says which partner and why. */
enum st share_add(struct req *rq, void *share_arg);

/* ── looking ── */
struct share_find {
	const char *number; /* of a case; NULL: all */
	int64_t partner;    /* 0: all */
};
enum st share_list(struct req *rq, const struct share_find *f, struct desk_share *out, int max,
		   int *n); /* newest first */
void share_json(struct jw *w, const struct desk_share *s);
/* Both ways: what we gave them, by state, and the reports that came from their addresses. */
struct share_total {
	int64_t partner;
	char *handle, *name;
	int64_t sent[SHARE_STATES], all, received;
};
void share_total_json(struct jw *w, const struct share_total *t);
enum st share_totals(struct req *rq, struct share_total *out, int max, int *n);

/* ── the partner's page ── */
struct share_view {
	struct desk_share s;
	char *title;
	enum tlp label; /* of the case, now */
	bool withheld;	/* it became too strict for them since: nothing of the matter is shown */
	struct case_obs *obs;
	int nobs;
};
enum st share_view(struct req *rq, const char *token, enum lang l, struct share_view *out);
enum share_file { SHARE_CSV, SHARE_XARF };
/* The machine form of what a token opens: CSV with a row an observable, or a JSON array of XARF 4 reports. */
enum st share_file(struct req *rq, const char *token, enum share_file which, struct buf *out);
struct share_answer {
	char *token, *text;
	enum share_state state; /* received, handled, refused */
	char number[24];
};
enum st share_answer(struct req *rq, void *share_answer); /* inside a write */

/* ── mail ── */
enum st share_sent(struct req *rq, void *sent_arg);   /* notice: the share's number; inside a write */
enum st share_failed(struct req *rq, void *sent_arg); /* it will never be taken */

extern const struct due_kind share_due_kinds[];
extern const int share_due_count;
extern const struct migration share_migrations[];
#endif
