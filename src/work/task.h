/* task.h — what somebody of the staff has to do about a subject ("find a contact" for a case). */
#ifndef WORK_TASK_H
#define WORK_TASK_H
#include "store/store.h"

struct task {
	int64_t id;
	char *kind, *subject, *text;
	int64_t created_at, done_at;
	char *done_by;
	int64_t due_at; /* 0: none */
	char *role;	/* whose it is, as who/permit.h names roles; "": anybody's */
};
enum st task_add(struct req *rq, const char *kind, const char *subject, const char *text,
		 int64_t *id); /* once per open (kind, subject, text) */
/* The same for a role and by a time; when it comes and the task is open, work/due's kind "task-due" has its number. */
enum st task_add_due(struct req *rq, const char *kind, const char *subject, const char *text, const char *role,
		     int64_t due_at, int64_t *id);
enum st task_get(struct req *rq, int64_t id, struct task *out);
enum st task_done(struct req *rq, int64_t id);
/* An open one goes to another subject; it is done when the same is open there. One that is done stays. */
enum st task_move(struct req *rq, int64_t id, const char *subject);
enum st task_list(struct req *rq, const char *subject, bool open_only, struct task *out, int max,
		  int *n); /* subject NULL: all */
extern const struct migration task_migrations[];
#endif
