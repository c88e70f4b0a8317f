/* desk_queue.h — rows of the staff's lists; a header of desk/. */
#ifndef DESK_DESK_QUEUE_H
#define DESK_DESK_QUEUE_H
#include "desk/desk.h"

/* One case as lists show it. */
enum st desk_queue_row(struct req *rq, int64_t case_id, enum lang l, struct queue_row *out, bool *there);
/* By words (desk_search.c): newest first, of the turns least … most of enum queue_column. */
struct desk_find {
	const char *text;
	int least, most, offset, max;
	enum lang lang;
};
enum st desk_find(struct req *rq, const struct desk_find *f, struct queue_row *out, int *n, int64_t *total);

#endif
