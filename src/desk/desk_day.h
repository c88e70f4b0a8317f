/* desk_day.h — what figures are made of, day by day; inside the room.
 *
 * A DAY is one of the site's zone. What is counted of it (reports filed, cases opened, how long these took, names in
 * them) is one row of desk_day, put there by the follower "figures" of the journal, outside every request. An entry
 * about a case makes the day on which it was opened stale, and the day of the entry too: that is when a report was
 * filed. Stale days are counted again a little later. Who reads counts those directly, and the days of entries that the
 * follower has not seen, so figures are those of this moment however far behind the rows are.
 */
#ifndef DESK_DESK_DAY_H
#define DESK_DESK_DAY_H
#include "desk/desk_figures.h"

enum day_top { DAY_NAME, DAY_NETWORK, DAY_REGISTRAR, DAY_TOPS };
/* Who takes what is counted; texts live until the call returns. */
struct day_sink {
	void *to;
	void (*reports)(void *to, int64_t day, const char *class_id, const char *source, int64_t n);
	void (*cases)(void *to, int64_t day, const char *class_id, int64_t n, int64_t closed);
	void (*span)(void *to, enum figure_span s, int64_t minute, int64_t n);
	void (*top)(void *to, enum day_top what, const char *label, int64_t n);
};
/* From the tables; `from` and `to` begin days, what is handed over as `day` too. */
enum st day_count(struct req *rq, int64_t from, int64_t to, const struct day_sink *k);
/* From the bytes that day_pack made; false: they are none. */
bool day_unpack(struct blob b, int64_t day, const struct day_sink *k);
/* One day as bytes: records of a letter, texts behind their length, numbers of seven bits a byte. */
enum st day_pack(struct req *rq, int64_t day, struct buf *out);

int64_t day_begin(int64_t t); /* of the day of the site's zone that t is in */
/* All of a period from what there is: rows where they are good, the tables where they are not. */
enum st days_read(struct req *rq, int64_t from, int64_t to, const struct day_sink *k);
/* Adds them up; what is met most only with `tops`. */
enum st figures_sum(struct req *rq, struct figures *f, bool tops);
#endif
