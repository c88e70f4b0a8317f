/* desk_queue.h — rows of the staff's lists; a header of desk/. */
#ifndef DESK_DESK_QUEUE_H
#define DESK_DESK_QUEUE_H
#include "desk/desk_sort.h"

/* One case as lists show it. */
enum st desk_queue_row(struct req *rq, int64_t case_id, enum lang l, struct queue_row *out, bool *there);
/* By words (desk_search.c): newest first, of the turns least … most of enum queue_column. */
struct desk_find {
	const char *text;
	int least, most, offset, max;
	enum lang lang;
	const struct queue_filter *filter; /* NULL: none */
	int64_t below;			   /* as in queue_filter */
};
/* Bounds of column queue for a view; how many it shows. */
void desk_view_turns(enum queue_view v, int *least, int *most);
int64_t desk_queue_total(enum queue_view view, const struct queue_counts *c);
/* Both add to an empty list. */
enum st desk_find(struct req *rq, const struct desk_find *f, struct queue_list *out);
enum st desk_search(struct req *rq, enum queue_view view, struct desk_find *f,
		    struct queue_list *out); /* or a number */

#endif
