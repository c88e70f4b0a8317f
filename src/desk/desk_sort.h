/* desk_sort.h — where a case belongs: its class, its severity, which queue of the house works on it, whose it is, and
 * tags; and the lists that filter by these.
 *
 * Levels, queues and tags are rows. A class says with which level and in which queue its cases begin; from then on only
 * people change them. All five are kept in desk_case itself and in one index beside the order of the list, so that any
 * filter is one walk along that index (desk_filter.c).
 */
#ifndef DESK_DESK_SORT_H
#define DESK_DESK_SORT_H
#include "desk/desk.h"

enum {
	LEVELS_MAX = 20,
	QUEUES_MAX = 50,
	TAGS_LISTED = 200,
	CASE_TAGS = 10, /* of a case */
	TAG_LEN = 40,	/* bytes */
	VIEWS_MAX = 20, /* saved, of a person */
	SORT_MANY = 200,
	FILTER_LOOKS = 100000, /* cases that a filter passes over */
};

/* A level of the scale, a queue, or a tag (title NULL). */
struct desk_choice {
	char *id, *title; /* title: msgid where it is of ours */
};
enum st desk_levels(struct req *rq, struct desk_choice *out, int max, int *n);
enum st desk_queues(struct req *rq, struct desk_choice *out, int max, int *n);
enum st desk_tags(struct req *rq, struct desk_choice *out, int max, int *n);
/* Inside a write; arg is a desk_choice: a new queue, or another title of an old one. */
enum st desk_queue_add(struct req *rq, void *choice);

/* A level of the severity scale: new where `before` is given ("": the gravest of all, else just less grave than that one),
 * another title of an old one where it is NULL. Grave is what stands later; cases keep their level. */
struct desk_level {
	char *id, *title, *before;
};
enum st desk_level_put(struct req *rq, void *desk_level); /* inside a write */

/* What is to change; NULL: stays as it is. */
struct desk_sorting {
	char *number;
	char *class_id, *severity, *lane;
	char *assignee; /* login, "me", or "-": nobody */
	char *tags;	/* all of them, by blanks or commas; */
	char *tag_more; /* or these too, */
	char *tag_less; /* or these no more */
	bool changed;	/* out */
};
enum st desk_case_sort(struct req *rq, void *desk_sorting); /* inside a write; a fact for each thing that changed */
struct desk_sorting_many {
	char **number;
	int n, changed;
	struct desk_sorting what;
};
/* All or none: the first that can't be changed says so by its number. */
enum st desk_case_sort_many(struct req *rq, void *desk_sorting_many);

/* What can be done with one case, done with many, each for itself: closed for a reason (desk_case_close), or NULL: their
 * waiting notices approved (desk_notice_approve). What can't be done of one says why and holds no other up. */
struct desk_many {
	char **number;
	int n;
	char *reason;
	int done, nrefused; /* out */
	struct desk_refused {
		char *number;
		struct err why;
	} * refused;
};
enum st desk_case_act_many(struct req *rq, void *desk_many); /* inside a write */

/* ── lists ── */
enum queue_due { DUE_ANY, DUE_TODAY };
struct queue_filter {
	const char *lane, *severity, *class_id, *tag; /* NULL or "": any */
	const char *assignee;			      /* login, "me", "-": nobody's */
	enum queue_due due;			      /* today: until midnight of the site, and what is overdue */
	int64_t below;				      /* of a search: cases with ids below it; 0: all */
};
bool queue_filter_any(const struct queue_filter *f);
/* Due first. Of open cases those overdue and due today stand before all others, *today says how many there are in all
 * and how many of `out` they are is told by their due_at. `max` ≤ 200. Counts stop after FILTER_LOOKS cases, those of searches
 * after SEARCH_EXACT or the end of the page: then `total` is what is known to be there, and `more` that it goes on. */
struct queue_list {
	struct queue_row *row;
	int n;
	int64_t total, today, until; /* until: the moment "today" ends; 0: not told apart */
	bool more;		     /* than `total` */
	bool unread;		     /* of a search: older cases may have it as well and were not looked at */
	int64_t below;		     /* these are below it (queue_filter.below goes on); 0: it can't be said */
};
enum st desk_queue_list(struct req *rq, enum queue_view view, const struct queue_filter *f, const char *search,
			int offset, int max, enum lang l, struct queue_list *out);

/* ── saved views: a name for the query of a list, of one account ── */
struct saved_view {
	char *name, *query;
};
enum st desk_views(struct req *rq, struct saved_view *out, int max, int *n); /* of rq->who */
enum st desk_view_save(struct req *rq, void *saved_view);		     /* inside a write */
enum st desk_view_drop(struct req *rq, void *saved_view);

extern const struct migration desk_sort_migrations[];
#endif
