/* desk_question.h — a reporter asks, staff answer that one reporter.
 *
 * A question hangs on a report, so it follows the report through merges and splits. Asking makes a task of the case; the
 * answer stands on the reporter's page and, where the address is confirmed, goes out by mail. Other reporters and the
 * parties see neither. Words are forgotten with the report's (see desk_due.c, desk_privacy.c).
 */
#ifndef DESK_DESK_QUESTION_H
#define DESK_DESK_QUESTION_H
#include "desk/desk.h"

enum { QUESTIONS_MAX = 50, QUESTIONS_WAIT = 5, QUESTIONS_SHOWN = 100 }; /* of a report; unanswered; of a case */
struct case_question {
	int64_t id, report;
	char *text;
	int64_t asked_at;
	char *answer;
	int64_t answered_at; /* 0: it waits */
	char *actor;
};
/* Inside a write; of the argument token and text count. */
enum st desk_question_ask(struct req *rq, void *reporter_arg);
enum st desk_question_answer(struct req *rq, void *act); /* desk_act: id is the question, text the answer */
enum st desk_question_get(struct req *rq, int64_t id, struct case_question *out);
/* Of a case, or of one report in it (0: all): what waits first, then newest first. */
enum st desk_questions(struct req *rq, int64_t case_id, int64_t report, struct case_question *out, int max, int *n);
/* Inside a write: of a case, or of a person (case 0). */
enum st desk_questions_forget(struct req *rq, int64_t case_id, int64_t person);
enum st desk_questions_export(struct req *rq, int64_t report, struct jw *w);
extern const struct migration desk_question_migrations[];
#endif
