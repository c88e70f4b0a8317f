/* Where a case belongs: each change is a fact of its own in the timeline; words that left it leave the index. */
#include <string.h>
#include "base/clock.h"
#include "desk/desk_int.h"
#include "desk/desk_search.h"
#include "desk/desk_sort.h"
#include "who/account.h"

/* {"from":…,"to":…}: texts of people are escaped. */
static char *from_to(struct req *rq, const char *from, const char *to)
{
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_obj(&w, NULL);
	j_str(&w, "from", from);
	j_str(&w, "to", to);
	j_end(&w);
	return arena_strdup(rq->mem, buf_cstr(&b));
}

/* Deadlines of notices that are out stay what their parties were told. */
static enum st set_class(struct req *rq, const struct case_row *c, const char *id, bool *changed)
{
	struct desk_class k, was;
	if (desk_class_get(rq, id, &k) || desk_class_get(rq, c->class_id, &was))
		return rq->err.code;
	if (strcmp(c->class_id, k.id) == 0)
		return ST_OK;
	*changed = true;
	if (sql_run(rq, "UPDATE desk_case SET class = $2 WHERE id = $1", V(c->id), V(k.id)) || desk_stale(rq, c->id))
		return rq->err.code;
	return desk_fact(rq, c->number, "case-classified", from_to(rq, c->class_id, k.id), 0)
		       ? rq->err.code
		       : desk_class_moved(rq, c, &was, &k);
}

enum st desk_case_classify(struct req *rq, void *act)
{
	struct desk_act *a = act;
	struct desk_sorting s = { .number = a->number, .class_id = a->reason ? a->reason : (char *)"" };
	return desk_case_sort(rq, &s);
}

enum st desk_level_known(struct req *rq, const char *id)
{
	int64_t n = 0;
	if (sql_number(rq, &n, "SELECT count(*) FROM desk_severity WHERE id = $1", V(id)))
		return rq->err.code;
	return n ? ST_OK
		 : err_set(&rq->err, ST_NOTFOUND, "severity: no level \"%.40s\"; `nicert severity list` shows them",
			   id);
}

static enum st queue_known(struct req *rq, const char *id)
{
	int64_t n = 0;
	if (sql_number(rq, &n, "SELECT count(*) FROM desk_queue_row WHERE id = $1", V(id)))
		return rq->err.code;
	return n ? ST_OK
		 : err_set(&rq->err, ST_NOTFOUND, "queue: no queue \"%.40s\"; `nicert queue list` shows them", id);
}

static enum st set_level(struct req *rq, const struct case_row *c, const char *from, const char *to, bool *changed)
{
	if (strcmp(from, to) == 0)
		return ST_OK;
	*changed = true;
	if (desk_level_known(rq, to) ||
	    sql_run(rq, "UPDATE desk_case SET severity = $2 WHERE id = $1", V(c->id), V(to)))
		return rq->err.code;
	return desk_fact(rq, c->number, "case-severity", from_to(rq, from, to), 0) ? rq->err.code
										   : desk_digest_recheck(rq, c->id);
}

static enum st set_queue(struct req *rq, const struct case_row *c, const char *from, const char *to, bool *changed)
{
	if (strcmp(from, to) == 0)
		return ST_OK;
	*changed = true;
	if (queue_known(rq, to) || sql_run(rq, "UPDATE desk_case SET lane = $2 WHERE id = $1", V(c->id), V(to)))
		return rq->err.code;
	return desk_fact(rq, c->number, "case-queued", from_to(rq, from, to), 0);
}

/* ── whose it is ── */

static enum st own_login(struct req *rq, char **login)
{
	struct rows r;
	*login = NULL;
	if (sql_query(rq, &r, "SELECT login FROM who_account WHERE id = $1", V(rq->who ? rq->who->account : 0)))
		return rq->err.code;
	if (rows_next(&r))
		*login = rows_dup(&r, 0);
	if (rows_end(&r))
		return rq->err.code;
	return *login ? ST_OK : err_set(&rq->err, ST_INVALID, N_("assignee: \"me\" is nobody here; give a login"));
}

/* Somebody who may see the case, with an account that is in use. */
static enum st worker(struct req *rq, const char *who, char **login)
{
	struct account a;
	if (strcmp(who, "-") == 0 || !*who)
		return *login = arena_strdup(rq->mem, ""), ST_OK;
	if (strcmp(who, "me") == 0) {
		if (own_login(rq, login))
			return rq->err.code;
		who = *login;
	}
	enum st st = account_by_login(rq, who, &a);
	if (st && st != ST_NOTFOUND)
		return st;
	bool works = !st && !a.disabled_at && !*a.registrar && a.role & permit_rows[MAY_SEE_CASE].roles;
	if (!works)
		return err_set(&rq->err, ST_INVALID, N_("assignee: %.64s has no account that works on cases"), who);
	*login = a.login;
	err_clear(&rq->err);
	return ST_OK;
}

static enum st set_assignee(struct req *rq, const struct case_row *c, const char *from, const char *who, bool *changed)
{
	char *to = NULL;
	if (worker(rq, who, &to))
		return rq->err.code;
	if (strcmp(from, to) == 0)
		return ST_OK;
	*changed = true;
	if (sql_run(rq, "UPDATE desk_case SET assignee = $2 WHERE id = $1", V(c->id), V(to)))
		return rq->err.code;
	return desk_fact(rq, c->number, "case-assigned", from_to(rq, from, to), 0);
}

/* ── tags: kept as " one two ", lower case, in order ── */

struct tags {
	char *tag[CASE_TAGS + 1];
	int n;
};

static enum st tag_ok(struct req *rq, const char *t)
{
	if (strlen(t) > TAG_LEN || !text_clean(t, strlen(t)))
		return err_set(&rq->err, ST_INVALID, N_("tags: a tag has at most %d bytes of plain text"), TAG_LEN);
	if (strpbrk(t, "%_\\\"'<>&;"))
		return err_set(&rq->err, ST_INVALID, N_("tags: \"%.40s\" has a character that tags don't have"), t);
	return ST_OK;
}

static int tag_at(const struct tags *l, const char *t)
{
	for (int i = 0; i < l->n; i++)
		if (strcmp(l->tag[i], t) == 0)
			return i;
	return -1;
}

static enum st tag_put(struct req *rq, struct tags *l, char *t)
{
	int i = 0;
	if (tag_at(l, t) >= 0)
		return ST_OK;
	if (l->n == CASE_TAGS)
		return err_set(&rq->err, ST_LIMIT, N_("tags: at most %d of a case"), CASE_TAGS);
	for (i = l->n++; i > 0 && strcmp(l->tag[i - 1], t) > 0; i--)
		l->tag[i] = l->tag[i - 1];
	l->tag[i] = t;
	return ST_OK;
}

/* Adds what `text` names, or takes it away. */
static enum st tags_read(struct req *rq, struct tags *l, const char *text, bool away)
{
	static const char gaps[] = " \t\r\n,";
	char *s = text_lower(rq->mem, text);
	for (s += strspn(s, gaps); *s; s += strspn(s, gaps)) {
		size_t n = strcspn(s, gaps);
		char *t = arena_dup(rq->mem, s, n);
		s += n;
		if (tag_ok(rq, t))
			return rq->err.code;
		int at = tag_at(l, t);
		if (!away && tag_put(rq, l, t))
			return rq->err.code;
		if (away && at >= 0)
			memmove(&l->tag[at], &l->tag[at + 1], sizeof *l->tag * (size_t)(--l->n - at));
	}
	return ST_OK;
}

static char *tags_text(struct req *rq, const struct tags *l)
{
	BUF_SCOPE b = BUF_INIT;
	for (int i = 0; i < l->n; i++)
		buf_printf(&b, "%s%s", i ? " " : "", l->tag[i]);
	return arena_strdup(rq->mem, buf_cstr(&b));
}

static enum st tags_known(struct req *rq, const struct tags *l)
{
	for (int i = 0; i < l->n; i++)
		if (sql_run(rq, "INSERT INTO desk_tag(tag, added_at) VALUES($1, $2) ON CONFLICT(tag) DO NOTHING",
			    V(l->tag[i]), V(clock_now())))
			return rq->err.code;
	return ST_OK;
}

static enum st set_tags(struct req *rq, const struct case_row *c, const char *from, const struct desk_sorting *s,
			bool *changed)
{
	struct tags l = { 0 };
	if (tags_read(rq, &l, s->tags ? s->tags : from, false) ||
	    (s->tag_more && tags_read(rq, &l, s->tag_more, false)) ||
	    (s->tag_less && tags_read(rq, &l, s->tag_less, true)))
		return rq->err.code;
	char *to = tags_text(rq, &l), *before = text_trim(rq->mem, from);
	if (strcmp(before, to) == 0)
		return ST_OK;
	*changed = true;
	if (tags_known(rq, &l) ||
	    sql_run(rq, "UPDATE desk_case SET tags = $2 WHERE id = $1", V(c->id),
		    V(*to ? arena_printf(rq->mem, " %s ", to) : to)) ||
	    desk_stale(rq, c->id))
		return rq->err.code;
	return desk_fact(rq, c->number, "case-tagged", from_to(rq, before, to), 0);
}

/* ── all of it ── */

struct place {
	char *severity, *lane, *assignee, *tags;
};

static enum st read_place(struct req *rq, int64_t id, struct place *p)
{
	struct rows r;
	if (sql_query(rq, &r, "SELECT severity, lane, assignee, tags FROM desk_case WHERE id = $1", V(id)))
		return rq->err.code;
	if (rows_next(&r))
		*p = (struct place){ rows_dup(&r, 0), rows_dup(&r, 1), rows_dup(&r, 2), rows_dup(&r, 3) };
	return rows_end(&r);
}

static enum st may_sort(struct req *rq, const struct desk_sorting *s)
{
	bool other = s->class_id || s->severity || s->lane || s->tags || s->tag_more || s->tag_less;
	if (s->assignee && permit(rq, MAY_ASSIGN))
		return rq->err.code;
	return other || !s->assignee ? permit(rq, MAY_SORT_CASE) : ST_OK;
}

enum st desk_case_sort(struct req *rq, void *desk_sorting)
{
	struct desk_sorting *s = desk_sorting;
	struct case_row c;
	struct place p = { 0 };
	bool *changed = &s->changed;
	*changed = false;
	if (may_sort(rq, s) || desk_case_take(rq, MAY_SEE_CASE, s->number, &c) ||
	    desk_case_move(rq, &c, CASE_EV_CHANGE) || read_place(rq, c.id, &p))
		return rq->err.code;
	if ((s->class_id && set_class(rq, &c, s->class_id, changed)) ||
	    (s->severity && set_level(rq, &c, p.severity, s->severity, changed)) ||
	    (s->lane && set_queue(rq, &c, p.lane, s->lane, changed)) ||
	    (s->assignee && set_assignee(rq, &c, p.assignee, s->assignee, changed)) ||
	    ((s->tags || s->tag_more || s->tag_less) && set_tags(rq, &c, p.tags, s, changed)))
		return rq->err.code;
	return *changed ? desk_case_settle(rq, c.id) : ST_OK;
}

enum st desk_case_sort_many(struct req *rq, void *desk_sorting_many)
{
	struct desk_sorting_many *m = desk_sorting_many;
	m->changed = 0;
	if (m->n > SORT_MANY)
		return err_set(&rq->err, ST_LIMIT, N_("cases: at most %d at once"), SORT_MANY);
	for (int i = 0; i < m->n; i++) {
		struct desk_sorting one = m->what;
		one.number = m->number[i];
		struct case_row c;
		if (desk_case_get(rq, m->number[i], &c) == ST_NOTFOUND)
			return err_set(&rq->err, ST_NOTFOUND, N_("no case %.23s"), m->number[i]);
		if (rq->err.code || desk_case_sort(rq, &one))
			return rq->err.code;
		m->changed += one.changed;
	}
	return ST_OK;
}

/* ── the rows ── */

static enum st read_choices(struct req *rq, const char *sql, struct desk_choice *out, int max, int *n)
{
	struct rows r;
	*n = 0;
	if (permit(rq, MAY_SEE_QUEUE) || sql_query(rq, &r, sql, V(max)))
		return rq->err.code;
	while (*n < max && rows_next(&r))
		out[(*n)++] = (struct desk_choice){ rows_dup(&r, 0), rows_dup(&r, 1) };
	return rows_end(&r);
}

enum st desk_levels(struct req *rq, struct desk_choice *out, int max, int *n)
{
	return read_choices(rq, "SELECT id, title FROM desk_severity ORDER BY position LIMIT $1", out, max, n);
}

enum st desk_queues(struct req *rq, struct desk_choice *out, int max, int *n)
{
	return read_choices(rq, "SELECT id, title FROM desk_queue_row ORDER BY position, id LIMIT $1", out, max, n);
}

enum st desk_tags(struct req *rq, struct desk_choice *out, int max, int *n)
{
	return read_choices(rq, "SELECT tag, NULL FROM desk_tag ORDER BY tag LIMIT $1", out, max, n);
}

static enum st title_ok(struct req *rq, const char *title, size_t n)
{
	if (n < 1 || n > 100 || !text_clean(title, n) || strpbrk(title, "\r\n\t"))
		return err_set(&rq->err, ST_INVALID, "title: 1 to 100 bytes of plain text");
	return ST_OK;
}

static enum st queue_ok(struct req *rq, const struct desk_choice *q)
{
	size_t n = strlen(q->id), t = strlen(q->title);
	if (n < 2 || n > 40 || strspn(q->id, "abcdefghijklmnopqrstuvwxyz0123456789-") != n)
		return err_set(&rq->err, ST_INVALID, "queue: 2 to 40 of a-z, 0-9 and '-'");
	return title_ok(rq, q->title, t);
}

static enum st level_ok(struct req *rq, const struct desk_level *l)
{
	size_t n = strlen(l->id), t = strlen(l->title);
	if (n < 1 || n > 20 || strspn(l->id, "abcdefghijklmnopqrstuvwxyz0123456789-") != n || *l->id == '-')
		return err_set(&rq->err, ST_INVALID, "severity: 1 to 20 of a-z, 0-9 and '-'");
	return title_ok(rq, l->title, t);
}

/* Levels from `position` on become graver by one, so that there is room for one. */
static enum st level_add(struct req *rq, const struct desk_level *l)
{
	int64_t n = 0, position = 0;
	if (sql_number0(rq, &n, "SELECT count(*) FROM desk_severity"))
		return rq->err.code;
	if (n >= LEVELS_MAX)
		return err_set(&rq->err, ST_LIMIT, "severity: at most %d levels", LEVELS_MAX);
	if (*l->before && desk_level_known(rq, l->before))
		return rq->err.code;
	if (sql_number(rq, &position,
		       "SELECT coalesce((SELECT position FROM desk_severity WHERE id = $1), max(position) + 1, 1) FROM "
		       "desk_severity",
		       V(l->before)) ||
	    sql_run(rq, "UPDATE desk_severity SET position = position + 1 WHERE position >= $1", V(position)))
		return rq->err.code;
	return sql_run(rq, "INSERT INTO desk_severity(id, title, position) VALUES($1, $2, $3)", V(l->id), V(l->title),
		       V(position));
}

enum st desk_level_put(struct req *rq, void *desk_level)
{
	const struct desk_level *l = desk_level;
	int64_t there = 0;
	if (permit(rq, MAY_SET_SEVERITY) || level_ok(rq, l) ||
	    sql_number(rq, &there, "SELECT count(*) FROM desk_severity WHERE id = $1", V(l->id)))
		return rq->err.code;
	if (l->before && there)
		return err_set(&rq->err, ST_CONFLICT,
			       "severity: there is a level \"%.20s\"; `nicert severity set` renames it", l->id);
	if (l->before ? level_add(rq, l) : desk_level_known(rq, l->id))
		return rq->err.code;
	if (!l->before && sql_run(rq, "UPDATE desk_severity SET title = $2 WHERE id = $1", V(l->id), V(l->title)))
		return rq->err.code;
	return desk_fact(rq, l->id, "severity-set", from_to(rq, l->before ? l->before : l->id, l->title), 0);
}

enum st desk_queue_add(struct req *rq, void *choice)
{
	struct desk_choice *q = choice;
	int64_t n = 0;
	if (permit(rq, MAY_SET_QUEUE) || queue_ok(rq, q) || sql_number0(rq, &n, "SELECT count(*) FROM desk_queue_row"))
		return rq->err.code;
	if (n >= QUEUES_MAX)
		return err_set(&rq->err, ST_LIMIT, "queue: at most %d", QUEUES_MAX);
	if (sql_run(rq,
		    "INSERT INTO desk_queue_row(id, title, position) VALUES($1, $2, $3)"
		    " ON CONFLICT(id) DO UPDATE SET title = excluded.title",
		    V(q->id), V(q->title), V(n + 1)))
		return rq->err.code;
	return desk_fact(rq, q->id, "queue-set", from_to(rq, q->id, q->title), 0);
}
