/* desk_ladder.h — what follows when nobody answers: the ladder, as data.
 *
 * A LADDER belongs to a class of cases and a severity ('*' fits all; the row that says more wins). Its RUNGS are gone
 * through in order: remind the party, tell the sponsor, the upstream network, the national authority, refer the case to
 * whom the law puts in charge, give a handler a task. Each comes so many hours after the one before it, or after the
 * letter went out; hours count on the clock or in the desk's working hours (work/calendar.h).
 *
 * Each notice CLIMBS by itself. Rungs that tell a party which is not behind the notice's own are passed over. When
 * nobody is left to tell, the first rung that tells no party comes at once. While "need until" runs the climb pauses;
 * what was left of its time goes on afterwards. A handler can hold it, skip a rung, or bring one forward.
 *
 * Ladders have versions: a new one is in force from its date on, and old rows are kept. A notice stays with the version
 * it began with.
 */
#ifndef DESK_DESK_LADDER_H
#define DESK_DESK_LADDER_H
#include "desk/desk.h"

enum rung_what { RUNG_REMIND, RUNG_SPONSOR, RUNG_UPSTREAM, RUNG_AUTHORITY, RUNG_REFERRAL, RUNG_TASK, RUNG_KINDS };
const char *rung_name(enum rung_what w); /* "remind", "sponsor", … */
enum { RUNGS_MAX = 16, RUNG_HOURS_MAX = 8760 };
struct rung {
	enum rung_what what;
	int64_t hours; /* after the rung before */
	bool working;  /* working hours; else all hours */
	char *whom;    /* RUNG_REFERRAL: a row of desk_referral; else "" */
};
struct ladder {
	char *class_id, *severity, *actor;
	int64_t valid_from;
	struct rung rung[RUNGS_MAX];
	int n;
};
/* "remind=8w", "sponsor=24h", "referral:police=8w": w working hours, h all hours. */
bool rung_parse(struct arena *mem, const char *s, struct rung *out);
char *rung_text(struct arena *mem, const struct rung *r);

/* The version in force at a time; ST_NOTFOUND when none is. */
enum st desk_ladder_of(struct req *rq, const char *class_id, const char *severity, int64_t at, struct ladder *out);
/* How long the first party has before another is told: so many hours, of work or all. */
struct answer_time {
	int64_t hours;
	bool working;
};
/* Of n classes; where no ladder is in force, the class's own deadline. */
enum st desk_answer_times(struct req *rq, const struct desk_class *k, int n, struct answer_time *out);
/* Every ladder's versions, by class, severity and time; `at`: only those in force then, 0: all. */
enum st desk_ladders(struct req *rq, int64_t at, struct ladder *out, int max, int *n);
/* Those in force then and those to come, in the same order. */
enum st desk_ladders_ahead(struct req *rq, int64_t at, struct ladder *out, int max, int *n);
/* Of this class and severity alone, newest first. */
enum st desk_ladder_versions(struct req *rq, const char *class_id, const char *severity, struct ladder *out, int max,
			     int *n);
/* Inside a write, MAY_SET_LADDER. valid_from 0: now; never in the past. */
enum st desk_ladder_set(struct req *rq, void *ladder);

struct referral {
	char *id, *title, *email, *lang; /* email "": a task for a handler instead of a letter */
};
enum st desk_referrals(struct req *rq, struct referral *out, int max, int *n);
enum st desk_referral_set(struct req *rq, void *referral); /* inside a write, MAY_SET_LADDER */

/* ── one notice on its ladder ── */
struct climb {
	int64_t notice;
	struct ladder ladder;
	int done;	      /* rungs behind it */
	int next;	      /* index of the next one, -1: none */
	int64_t at;	      /* when it comes; 0: held, or none */
	int64_t left;	      /* held: what is left of its hours, microseconds */
	int64_t paused_until; /* "need until" */
	bool held;
};
/* ST_NOTFOUND: the notice has none (not sent, or sent before there were ladders). */
enum st desk_climb_get(struct req *rq, int64_t notice, struct climb *out);
/* The times at which the rungs from the next one on come if nothing happens: at[i] for ladder.rung[next + i] that
 * applies, -1 for passed over. Returns how many. */
int desk_climb_plan(struct req *rq, const struct climb *c, enum link_role role, int64_t at[RUNGS_MAX]);

/* Staff acts (inside a write, MAY_APPROVE_NOTICE; struct desk_act): id a notice; text why, needed for hold and skip. */
enum st desk_step_hold(struct req *rq, void *act);
enum st desk_step_resume(struct req *rq, void *act);
enum st desk_step_skip(struct req *rq, void *act);
enum st desk_step_now(struct req *rq, void *act);
extern const struct migration desk_ladder_migrations[];
#endif
