/* desk_move.h — rows that go from one case to another: what merging, splitting and their undoing share.
 *
 * Reports, observables, notices, mail, shares and proposals are of the case that their column case_id names, so a reporter's link, a
 * receipt, a confirmation and an answer follow them by themselves. What went where is kept (desk_move, desk_moved): for
 * undoing, and because the facts of a row from before stand in the journal under the other case's number. */
#ifndef DESK_DESK_MOVE_H
#define DESK_DESK_MOVE_H
#include "desk/desk_int.h"

enum move_kind { MOVE_MERGE, MOVE_SPLIT, MOVE_UNMERGE };
enum moved_kind { MOVED_REPORT, MOVED_OBS, MOVED_NOTICE, MOVED_TASK, MOVED_MAIL, MOVED_SHARE, MOVED_PROPOSAL };

struct move {
	int64_t id;
	enum move_kind kind;
	struct case_row from, into;
	int64_t obs, reports, notices, mixed; /* how many went; mixed: notices about things on both sides, which stay */
};
/* All inside a write. First the move is opened and what goes is named, then it is carried. */
enum st desk_move_open(struct req *rq, struct move *m);
enum st desk_move_name(struct req *rq, const struct move *m, enum moved_kind k, int64_t id);
enum st desk_move_name_all(struct req *rq, const struct move *m);
/* What an earlier move brought, as far as it is still there. */
enum st desk_move_name_of(struct req *rq, const struct move *m, int64_t earlier);
/* With the observables that are named go the notices and reports about nothing else; with those their mail. */
enum st desk_move_name_rest(struct req *rq, struct move *m);
enum st desk_move_carry(struct req *rq, struct move *m);
/* After its facts are written: whatever is younger than those came after the move. */
enum st desk_move_date(struct req *rq, const struct move *m);
/* Counts, first observable and holder as lists show them. */
enum st desk_case_recount(struct req *rq, int64_t case_id);
/* The merge that stands from this case into another; its id 0: none. */
enum st desk_merge_of(struct req *rq, int64_t case_id, int64_t *move, int64_t *into, int64_t *before);

/* ── whose facts belong to a timeline ── */
enum { TRAIL_MAX = 32 };
struct trail {
	char *number[TRAIL_MAX]; /* the case itself first */
	bool merged[TRAIL_MAX];	 /* this one is merged into it now */
	int n;
	char *came_from; /* of a reporter whose report came by a merge that stands */
	int64_t since;
};
enum st desk_trail(struct req *rq, int64_t case_id, const char *number, int64_t report, struct trail *out);
/* Is this the number of a case that the report is in or was in? */
enum st desk_report_numbered(struct req *rq, const struct report_row *row, const char *number, bool *yes);
/* The number it was filed under: of the entry that its receipt proves. */
enum st desk_report_filed_number(struct req *rq, const struct report_row *row, char **out);
#endif
