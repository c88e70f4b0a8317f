/* Ladders and whom to refer to: rows, their versions, and their text. */
#include "desk/desk_ladder.h"
#include <string.h>
#include "base/clock.h"
#include "desk/desk_int.h"
#include "who/permit.h"

enum { ID_BYTES = 40, TITLE_BYTES = 200 };

/* Hours in which a deadline of days was meant count always; where a week or more was given, a week-end is no delay of
 * the party's: 45 working hours are a week, with a reminder after three fifths of it. */
static const char tables[] =
	"CREATE TABLE desk_ladder(class TEXT NOT NULL, severity TEXT NOT NULL, valid_from BIGINT NOT NULL, step BIGINT "
	"NOT NULL, after_hours BIGINT NOT NULL, clock TEXT NOT NULL, what TEXT NOT NULL, whom TEXT NOT NULL,"
	" actor TEXT NOT NULL, PRIMARY KEY(class, severity, valid_from, step));"
	"CREATE TABLE desk_referral(id TEXT PRIMARY KEY, title TEXT NOT NULL, email TEXT NOT NULL, lang TEXT NOT "
	"NULL);"
	"INSERT INTO desk_referral(id, title, email, lang) VALUES('police', 'Police', '', ''),"
	"('regulator', 'Sector regulator', '', '');"
	"CREATE TABLE desk_climb(notice_id BIGINT PRIMARY KEY, class TEXT NOT NULL, severity TEXT NOT NULL, valid_from "
	"BIGINT NOT NULL, done BIGINT NOT NULL, next BIGINT NOT NULL, at BIGINT NOT NULL, left_usec BIGINT NOT NULL,"
	" paused_until BIGINT NOT NULL, held BIGINT NOT NULL)";

static const char rows[] =
	"INSERT INTO desk_ladder(class, severity, valid_from, step, after_hours, clock, what, whom, actor)"
	" SELECT k.id, '*', 0, s.step, k.deadline / 3600, 'always', s.what, '', 'clock' FROM desk_class k,"
	" (SELECT 1 AS step, 'sponsor' AS what UNION ALL SELECT 2, 'upstream' UNION ALL SELECT 3, 'authority'"
	" UNION ALL SELECT 4, 'task') s WHERE k.deadline < 604800;"
	"INSERT INTO desk_ladder(class, severity, valid_from, step, after_hours, clock, what, whom, actor)"
	" SELECT k.id, '*', 0, s.step, k.deadline / 604800 * s.hours, 'working', s.what, '', 'clock' FROM desk_class k,"
	" (SELECT 1 AS step, 27 AS hours, 'remind' AS what UNION ALL SELECT 2, 18, 'sponsor'"
	" UNION ALL SELECT 3, 27, 'remind' UNION ALL SELECT 4, 18, 'upstream'"
	" UNION ALL SELECT 5, 27, 'remind' UNION ALL SELECT 6, 18, 'authority' UNION ALL SELECT 7, 45, 'task') s"
	" WHERE k.deadline >= 604800;"
	"INSERT INTO desk_ladder(class, severity, valid_from, step, after_hours, clock, what, whom, actor) VALUES"
	"('*', '*', 0, 1, 27, 'working', 'remind', '', 'clock'), ('*', '*', 0, 2, 18, 'working', 'sponsor', '', "
	"'clock'), ('*', '*', 0, 3, 45, 'working', 'upstream', '', 'clock'), ('*', '*', 0, 4, 45, 'working', "
	"'authority', '', 'clock'), ('*', '*', 0, 5, 45, 'working', 'task', '', 'clock')";

const struct migration desk_ladder_migrations[] = { { 269, "desk ladder", tables },
						    { 270, "desk ladders", rows },
						    { 0 } };

/* Titles of the rows above, as they are looked up in po/. */
const char *const desk_referral_titles[] = { N_("Police"), N_("Sector regulator"), NULL };

/* ── text ── */

static const char *const names[RUNG_KINDS] = { "remind", "sponsor", "upstream", "authority", "referral", "task" };

const char *rung_name(enum rung_what w)
{
	return (unsigned)w < RUNG_KINDS ? names[w] : "";
}

static bool what_parse(const char *s, size_t n, enum rung_what *out)
{
	for (int i = 0; i < RUNG_KINDS; i++)
		if (strlen(names[i]) == n && !memcmp(names[i], s, n)) {
			*out = (enum rung_what)i;
			return true;
		}
	return false;
}

static bool id_ok(const char *s)
{
	size_t n = strlen(s);
	return n && n <= ID_BYTES && strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == n;
}

bool rung_parse(struct arena *mem, const char *s, struct rung *out)
{
	size_t head = strcspn(s, "="), what = strcspn(s, ":=");
	if (!s[head] || !what_parse(s, what, &out->what))
		return false;
	out->whom = what < head ? arena_dup(mem, s + what + 1, head - what - 1) : arena_strdup(mem, "");
	if ((out->what == RUNG_REFERRAL) != (*out->whom != 0) || (*out->whom && !id_ok(out->whom)))
		return false;
	const char *hours = s + head + 1;
	size_t n = strlen(hours);
	if (n < 2 || (hours[n - 1] != 'w' && hours[n - 1] != 'h'))
		return false;
	out->working = hours[n - 1] == 'w';
	return text_int(arena_dup(mem, hours, n - 1), 0, RUNG_HOURS_MAX, &out->hours);
}

char *rung_text(struct arena *mem, const struct rung *r)
{
	return arena_printf(mem, "%s%s%s=%lld%c", rung_name(r->what), *r->whom ? ":" : "", r->whom, (long long)r->hours,
			    r->working ? 'w' : 'h');
}

/* ── reading ── */

#define LADDER_COLUMNS "class, severity, valid_from, after_hours, clock, what, whom, actor"

static void add_rung(struct rows *r, struct ladder *l)
{
	struct rung *x = &l->rung[l->n];
	const char *what = rows_text(r, 5);
	if (l->n == RUNGS_MAX || !what_parse(what, strlen(what), &x->what))
		return;
	x->hours = rows_int(r, 3);
	x->working = strcmp(rows_text(r, 4), "working") == 0;
	x->whom = rows_dup(r, 6);
	l->n++;
}

static struct ladder head_of(struct rows *r)
{
	return (struct ladder){ .class_id = rows_dup(r, 0),
				.severity = rows_dup(r, 1),
				.valid_from = rows_int(r, 2),
				.actor = rows_dup(r, 7) };
}

static bool same_ladder(struct rows *r, const struct ladder *l)
{
	return !strcmp(rows_text(r, 0), l->class_id) && !strcmp(rows_text(r, 1), l->severity) &&
	       rows_int(r, 2) == l->valid_from;
}

static enum st read_ladders(struct rows *r, struct ladder *out, int max, int *n)
{
	while (rows_next(r)) {
		if (!*n || !same_ladder(r, &out[*n - 1])) {
			if (*n == max)
				break;
			out[(*n)++] = head_of(r);
		}
		add_rung(r, &out[*n - 1]);
	}
	return rows_end(r);
}

enum st desk_ladder_version(struct req *rq, const char *class_id, const char *severity, int64_t from,
			    struct ladder *out)
{
	struct rows r;
	int n = 0;
	if (sql_query(rq, &r,
		      "SELECT " LADDER_COLUMNS
		      " FROM desk_ladder WHERE class = $1 AND severity = $2 AND valid_from = $3"
		      " ORDER BY step",
		      V(class_id), V(severity), V(from)) ||
	    read_ladders(&r, out, 1, &n))
		return rq->err.code;
	return n ? ST_OK : err_set(&rq->err, ST_INTERNAL, "a version of the ladder of %.40s is missing", class_id);
}

/* The row that says more wins: class before severity. */
enum st desk_ladder_of(struct req *rq, const char *class_id, const char *severity, int64_t at, struct ladder *out)
{
	struct rows r;
	int n = 0;
	if (sql_query(rq, &r,
		      "SELECT " LADDER_COLUMNS " FROM desk_ladder l WHERE class IN ($1, '*') AND severity IN ($2, '*')"
		      " AND valid_from = (SELECT max(valid_from) FROM desk_ladder v WHERE v.class = l.class AND"
		      " v.severity = l.severity AND v.valid_from <= $3)"
		      " ORDER BY CASE class WHEN '*' THEN 1 ELSE 0 END, CASE severity WHEN '*' THEN 1 ELSE 0 END, step"
		      " LIMIT 64",
		      V(class_id), V(severity), V(at)) ||
	    read_ladders(&r, out, 1, &n))
		return rq->err.code;
	return n ? ST_OK : err_set(&rq->err, ST_NOTFOUND, "class %.40s has no ladder", class_id);
}

#define IN_FORCE                                                                                                       \
	"(SELECT max(valid_from) FROM desk_ladder v WHERE v.class = l.class AND v.severity = l.severity AND "          \
	"v.valid_from <= $1)"
#define LADDERS_WHERE(where)                                                                                           \
	"SELECT " LADDER_COLUMNS " FROM desk_ladder l WHERE " where                                                    \
	" ORDER BY class, severity, valid_from, step LIMIT 100000"

enum st desk_ladders(struct req *rq, int64_t at, struct ladder *out, int max, int *n)
{
	struct rows r;
	*n = 0;
	if (sql_query(rq, &r, LADDERS_WHERE("$2 = 1 OR valid_from = " IN_FORCE), V(at), V(at == 0)))
		return rq->err.code;
	return read_ladders(&r, out, max, n);
}

enum st desk_ladders_ahead(struct req *rq, int64_t at, struct ladder *out, int max, int *n)
{
	struct rows r;
	*n = 0;
	if (sql_query(rq, &r, LADDERS_WHERE("valid_from >= coalesce(" IN_FORCE ", 0)"), V(at)))
		return rq->err.code;
	return read_ladders(&r, out, max, n);
}

enum st desk_ladder_versions(struct req *rq, const char *class_id, const char *severity, struct ladder *out, int max,
			     int *n)
{
	struct rows r;
	*n = 0;
	if (sql_query(rq, &r,
		      "SELECT " LADDER_COLUMNS " FROM desk_ladder WHERE class = $1 AND severity = $2 ORDER BY "
		      "valid_from DESC, step LIMIT 100000",
		      V(class_id), V(severity)))
		return rq->err.code;
	return read_ladders(&r, out, max, n);
}

/* ── how long the first party has ── */

static struct answer_time time_on(const struct ladder *l)
{
	struct answer_time t = { 0 };
	for (int i = 0; i < l->n; i++) {
		t.hours += l->rung[i].hours;
		t.working |= l->rung[i].working;
		if (l->rung[i].what != RUNG_REMIND)
			break;
	}
	return t;
}

enum st desk_answer_times(struct req *rq, const struct desk_class *k, int n, struct answer_time *out)
{
	enum { MOST = CLASSES_MAX + 1 };
	struct ladder *l = arena_array(rq->mem, struct ladder, MOST);
	struct rows r;
	int ladders = 0;
	if (sql_query(rq, &r, LADDERS_WHERE("severity = '*' AND valid_from = " IN_FORCE), V(clock_now())) ||
	    read_ladders(&r, l, MOST, &ladders))
		return rq->err.code;
	for (int i = 0; i < n; i++) {
		const struct ladder *own = NULL, *any = NULL;
		for (int j = 0; j < ladders; j++) {
			own = strcmp(l[j].class_id, k[i].id) ? own : &l[j];
			any = strcmp(l[j].class_id, "*") ? any : &l[j];
		}
		own = own ? own : any;
		out[i] = own ? time_on(own) : (struct answer_time){ .hours = (k[i].deadline + 3599) / 3600 };
	}
	return ST_OK;
}

/* ── setting ── */

static enum st whom_known(struct req *rq, const char *whom)
{
	int64_t n = 0;
	if (sql_number(rq, &n, "SELECT count(*) FROM desk_referral WHERE id = $1", V(whom)))
		return rq->err.code;
	return n ? ST_OK
		 : err_set(&rq->err, ST_INVALID,
			   "referral:%s: nobody is known by this name; `nicert ladder referral %s`"
			   " makes one",
			   whom, whom);
}

static enum st check_ladder(struct req *rq, const struct ladder *l)
{
	bool known = false;
	if (strcmp(l->class_id, "*") != 0 && desk_class_known(rq, l->class_id, &known))
		return rq->err.code;
	if (strcmp(l->class_id, "*") != 0 && !known)
		return err_set(&rq->err, ST_NOTFOUND, "no class of cases is called \"%.40s\"", l->class_id);
	if (strcmp(l->severity, "*") != 0 && desk_level_known(rq, l->severity))
		return rq->err.code;
	if (l->n < 1 || l->n > RUNGS_MAX)
		return err_set(&rq->err, ST_INVALID, N_("a ladder has 1 to %d rungs"), RUNGS_MAX);
	if (l->valid_from && l->valid_from < clock_now())
		return err_set(&rq->err, ST_INVALID, N_("from: what was in force in the past is kept as it was"));
	for (int i = 0; i < l->n; i++)
		if (l->rung[i].what == RUNG_REFERRAL && whom_known(rq, l->rung[i].whom))
			return rq->err.code;
	return ST_OK;
}

enum st desk_ladder_set(struct req *rq, void *ladder)
{
	struct ladder *l = ladder, keep = *l;
	char *all = arena_strdup(rq->mem, "");
	if (permit(rq, MAY_SET_LADDER))
		return rq->err.code;
	keep.valid_from = l->valid_from ? l->valid_from : clock_now();
	if (check_ladder(rq, l) ||
	    sql_run(rq, "DELETE FROM desk_ladder WHERE class = $1 AND severity = $2 AND valid_from = $3",
		    V(keep.class_id), V(keep.severity), V(keep.valid_from)))
		return rq->err.code;
	for (int i = 0; i < keep.n; i++) {
		const struct rung *x = &keep.rung[i];
		if (sql_run(rq,
			    "INSERT INTO desk_ladder(class, severity, valid_from, step, after_hours, clock, what, whom,"
			    " actor) VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9)",
			    V(keep.class_id), V(keep.severity), V(keep.valid_from), V(i + 1), V(x->hours),
			    V(x->working ? "working" : "always"), V(rung_name(x->what)), V(x->whom),
			    V(rq->who ? rq->who->id : "")))
			return rq->err.code;
		all = arena_printf(rq->mem, "%s%s%s", all, i ? " " : "", rung_text(rq->mem, x));
	}
	char *payload = arena_printf(rq->mem, "{\"severity\":\"%s\",\"from\":%lld,\"rungs\":\"%s\"}", keep.severity,
				     (long long)keep.valid_from, all);
	return desk_fact(rq, arena_printf(rq->mem, "ladder:%s", keep.class_id), "ladder-set", payload, 0);
}

/* ── whom to refer to ── */

enum st desk_referrals(struct req *rq, struct referral *out, int max, int *n)
{
	struct rows r;
	*n = 0;
	if (sql_query0(rq, &r, "SELECT id, title, email, lang FROM desk_referral ORDER BY id"))
		return rq->err.code;
	while (*n < max && rows_next(&r))
		out[(*n)++] = (struct referral){ rows_dup(&r, 0), rows_dup(&r, 1), rows_dup(&r, 2), rows_dup(&r, 3) };
	return rows_end(&r);
}

enum st desk_referral_get(struct req *rq, const char *id, struct referral *out)
{
	struct rows r;
	if (sql_query(rq, &r, "SELECT id, title, email, lang FROM desk_referral WHERE id = $1", V(id)))
		return rq->err.code;
	bool found = rows_next(&r);
	if (found)
		*out = (struct referral){ rows_dup(&r, 0), rows_dup(&r, 1), rows_dup(&r, 2), rows_dup(&r, 3) };
	if (rows_end(&r))
		return rq->err.code;
	return found ? ST_OK : err_set(&rq->err, ST_NOTFOUND, "no referral is called \"%.40s\"", id);
}

enum st desk_referral_set(struct req *rq, void *referral)
{
	struct referral *f = referral;
	size_t n = f->title ? strlen(f->title) : 0;
	if (permit(rq, MAY_SET_LADDER))
		return rq->err.code;
	if (!id_ok(f->id))
		return err_set(&rq->err, ST_INVALID, N_("id: 1 to %d letters a-z, digits and hyphens"), ID_BYTES);
	if (!n || n > TITLE_BYTES || !text_clean(f->title, n) || strpbrk(f->title, "\r\n\t"))
		return err_set(&rq->err, ST_INVALID, N_("title: 1 to %d bytes on one line are needed"), TITLE_BYTES);
	if (*f->email && !text_email_ok(f->email))
		return err_set(&rq->err, ST_INVALID, N_("email: %.80s is not an e-mail address"), f->email);
	if (sql_run(rq,
		    "INSERT INTO desk_referral(id, title, email, lang) VALUES($1, $2, $3, $4) ON CONFLICT (id) DO "
		    "UPDATE"
		    " SET title = excluded.title, email = excluded.email, lang = excluded.lang",
		    V(f->id), V(f->title), V(f->email), V(f->lang)))
		return rq->err.code;
	return desk_fact(rq, arena_printf(rq->mem, "referral:%s", f->id), "referral-set",
			 *f->email ? "{\"email\":true}" : "{\"email\":false}", 0);
}
