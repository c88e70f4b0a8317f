/* bulk.h — many changes from one CSV: read and judged line by line, tried without effect, then done row by row.
 *
 * A job is a registrar's. Its rows are kept; what is still to do is what their states say, so a job goes on after a
 * restart where it was. Each row is a write of its own that also says what became of it: it happens once or not at all.
 * A row that is refused stays refused and holds up nobody.
 *
 *	reading (pure) → checking: each row is run and taken back → ready → running → done
 *
 * FORMAT. Header `action,name,years,registrant,admin,tech,billing,ns,status` in any order, action and name needed;
 * several values in one field are separated by spaces.
 *
 *	create      years (1 when empty), registrant; admin, tech, billing, ns
 *	renew       years (1 when empty)
 *	delete      nothing else
 *	restore     nothing else
 *	ns          ns: all name servers from then on; "-" none
 *	contacts    registrant, admin, tech, billing: those that are given replace the ones of their kind
 *	status      status: "+clientHold -clientTransferProhibited"
 */
#ifndef NAMES_BULK_H
#define NAMES_BULK_H
#include "names/registry.h"

enum { BULK_ROWS_MAX = 10000, BULK_BYTES_MAX = 2 << 20, BULK_ERRORS_SHOWN = 100 };
enum bulk_action {
	BULK_CREATE,
	BULK_RENEW,
	BULK_DELETE,
	BULK_RESTORE,
	BULK_NS,
	BULK_CONTACTS,
	BULK_STATUS,
	BULK_ACTIONS
};
const char *bulk_action_name(enum bulk_action a);

struct bulk_change {
	enum bulk_action action;
	char *name; /* A-labels */
	int years;
	char *registrant, *admin, *tech, *billing, *ns; /* NULL: not given; several by spaces */
	statuses add, rem;
	int64_t expires_at; /* renew: what it is thought to be, 0 whatever it is */
};
struct bulk_columns {
	int at[9];
};
/* Pure. The header's line, and one line after it; both are changed in place. */
enum st bulk_header(char *line, struct bulk_columns *cols, struct err *e);
enum st bulk_parse(struct arena *mem, char *line, const struct bulk_columns *cols, struct bulk_change *out,
		   struct err *e);

struct bulk_error {
	int line;
	struct err why;
};
struct bulk_file {
	struct bulk_line {
		int line;
		char *text; /* as it came, without its end */
	} * row;
	int rows, bad; /* bad: lines with an error, all of them counted, BULK_ERRORS_SHOWN kept */
	struct bulk_error error[BULK_ERRORS_SHOWN];
	int nerrors;
	char *header;
};
/* Reads the whole text: every line is judged. ST_INVALID for what is no such file at all; a file with wrong lines is
 * ST_OK and has errors. */
enum st bulk_read(struct arena *mem, const char *text, size_t n, struct bulk_file *out, struct err *e);

/* ── jobs ── */
enum bulk_state { JOB_CHECKING, JOB_READY, JOB_RUNNING, JOB_DONE, JOB_STOPPED };
enum bulk_row_state {
	ROW_NEW,
	ROW_FITS,
	ROW_WOULD_FAIL,
	ROW_WAITS /* for an earlier row of the file */,
	ROW_DONE,
	ROW_REFUSED
};
struct bulk_job {
	int64_t id, made_at, ended_at, rows, seen, bad,
		cost; /* of this phase: seen, and of these bad; cost: of all that fit */
	enum bulk_state state;
	char *made_by, *title;
};
struct bulk_row {
	int64_t row; /* from 1 */
	int line;
	enum bulk_row_state state;
	char *text, *said; /* why, or what came of it */
	int64_t cost;	   /* minor units; negative: comes back */
};
/* Inside a write, as the registrar. The file must have no errors. */
enum st bulk_job_add(struct req *rq, const char *title, const char *made_by, const struct bulk_file *f, int64_t *id);
/* Inside a write. start: of a job that is ready; stop: what is not done yet stays so. */
enum st bulk_job_start(struct req *rq, int64_t id);
enum st bulk_job_stop(struct req *rq, int64_t id);
/* Of this registrar alone; ST_NOTFOUND. */
enum st bulk_job_get(struct req *rq, const char *registrar, int64_t id, struct bulk_job *out);
enum st bulk_job_list(struct req *rq, const char *registrar, struct bulk_job *out, int max, int *n);
/* Rows in order from the one after `after`; bad_only: those that (would) fail. */
enum st bulk_rows(struct req *rq, int64_t job, bool bad_only, int64_t after, struct bulk_row *out, int max, int *n);

/* ── one change, as the registrar that acts; why.reason says what was refused ── */
struct bulk_one {
	const struct bulk_change *change;
	struct domain d; /* of a name that is there afterwards */
	bool there;
	struct outcome why;
};
enum st bulk_do(struct req *rq, void *bulk_one);
/* All name servers of a domain from now on, or its DS records; hosts outside of our zones are made as needed. */
enum st domain_servers_set(struct req *rq, const char *name, char *const *ns, int n, struct outcome *why);
enum st domain_ds_set(struct req *rq, const char *name, const struct ds *ds, int n, struct outcome *why);

/* A write that is tried: `fn` runs, what it moved on the registrar's account is measured, and all of it is taken back.
 * The dry run is what runs. passed: it would have worked; the write itself then ends with ST_CONFLICT. Without
 * `rehearse` it is done. */
struct rehearsal {
	write_fn fn;
	void *arg;
	bool rehearse, passed;
	int64_t cost, balance; /* taken from the account (negative: given back); what is left after it */
	char currency[4];
};
enum st rehearsal_run(struct req *rq, void *rehearsal);

/* ── who does it: a thread of the process that leads "bulk" ── */
struct bulk_runner;
struct bulk_runner *bulk_start(struct store *s);
void bulk_stop(struct bulk_runner *r); /* after the row at hand */
/* One pass over all that is to do now, for commands and tests; *rows counts what was done. */
enum st bulk_pass(struct store *s, struct req *rq, int *rows);
extern const struct migration bulk_migrations[];
#endif
