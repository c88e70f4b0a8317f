/* sort_page.h — what the pages about where cases belong are given; included by page.h. */
#ifndef WEB_SORT_PAGE_H
#define WEB_SORT_PAGE_H
#include "desk/desk_sort.h"

enum { STAFF_LISTED = 500 };
struct choices {
	struct desk_choice *level, *queue, *tag;
	struct desk_class *classes;
	struct account *worker;
	int nlevels, nqueues, ntags, nclasses, nworkers;
};
struct staff_case {
	struct case_view view;
	struct choices choices;
};
struct bulk_page {
	struct desk_sorting_many many;
	struct choices choices;
	const char *back;
};
struct many_page {
	struct desk_many many;
	const char *back;
	bool over; /* it is done */
};
const char *filter_path(const struct page *p, const char *path, const struct queue_filter *f);
const char *choice_title(const struct page *p, const struct desk_choice *list, int n, const char *id); /* translated */

#endif
