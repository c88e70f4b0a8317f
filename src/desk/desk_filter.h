/* desk_filter.h — cases that a filter lets through, for searches; a header of desk/. */
#ifndef DESK_DESK_FILTER_H
#define DESK_DESK_FILTER_H
#include "desk/desk_sort.h"

enum { PAGE_MOST = 200 };
/* Of the turns least … most, in no order; at most FILTER_LOOKS. */
enum st desk_filter_each(struct req *rq, const struct queue_filter *f, int least, int most,
			 void (*fn)(void *ctx, int64_t case_id), void *ctx);

#endif
