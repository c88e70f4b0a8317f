/* How many cases stand where: sums over desk_tally, kept in the same write as the cases themselves.
 *
 * Each change appends a row with its differences, because one row a counter would be a lock that all writers of
 * PostgreSQL wait for. Now and then a write sums up what is there: it takes rows away and puts their sum, so readers
 * see the same numbers before and after, and rows of writes that are not committed yet are left to the next. */
#include "desk/desk_int.h"

enum { SUM_UP_EVERY = 256 };

static enum st insert(struct req *rq, const int64_t by[TALLIES], int64_t *id)
{
	return sql_number(
		rq, id,
		"INSERT INTO desk_tally(us, party, closed, notices, tasks) VALUES($1, $2, $3, $4, $5) RETURNING id",
		V(by[0]), V(by[1]), V(by[2]), V(by[3]), V(by[4]));
}

static enum st sum_up(struct req *rq, int64_t until)
{
	int64_t sum[TALLIES] = { 0 }, id;
	struct rows r;
	if (sql_query(rq, &r, "DELETE FROM desk_tally WHERE id <= $1 RETURNING us, party, closed, notices, tasks",
		      V(until)))
		return rq->err.code;
	while (rows_next(&r))
		for (int i = 0; i < TALLIES; i++)
			sum[i] += rows_int(&r, i);
	return rows_end(&r) ? rq->err.code : insert(rq, sum, &id);
}

enum st desk_tally_move(struct req *rq, const struct standing *from, const struct standing *to)
{
	int64_t by[TALLIES] = { 0 }, id = 0;
	bool moved = false;
	if (from) {
		by[from->queue]--;
		by[3] -= from->waiting;
		by[4] -= from->tasks;
	}
	by[to->queue]++;
	by[3] += to->waiting;
	by[4] += to->tasks;
	for (int i = 0; i < TALLIES; i++)
		moved |= by[i] != 0;
	if (!moved)
		return ST_OK;
	if (insert(rq, by, &id))
		return rq->err.code;
	return id % SUM_UP_EVERY == 0 ? sum_up(rq, id) : ST_OK;
}

enum st desk_tally_read(struct req *rq, struct queue_counts *out)
{
	struct rows r;
	if (sql_query0(rq, &r, "SELECT sum(us), sum(party), sum(closed), sum(notices), sum(tasks) FROM desk_tally"))
		return rq->err.code;
	if (rows_next(&r))
		*out = (struct queue_counts){ .waiting_us = rows_int(&r, 0),
					      .waiting_party = rows_int(&r, 1),
					      .closed = rows_int(&r, 2),
					      .notices = rows_int(&r, 3),
					      .tasks = rows_int(&r, 4) };
	out->open = out->waiting_us + out->waiting_party;
	return rows_end(&r);
}
