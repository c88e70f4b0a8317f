/* web_zone.c — zones and their rules, for registry officers: what is in force, what comes, what changed, new rules. */
#include "front/web/web.h"
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/hash.h"
#include "base/idn.h"
#include "base/phrase.h"
#include "base/text.h"
#include "front/web/pages.h"

enum { ZONES_MAX = 500, VERSIONS_MAX = 500, LINES_SHOWN = 3000, CONTEXT = 3, PLAN_ARENA = 64 << 20 };

bool staff_may(struct http *h, enum permission what)
{
	if (permit(http_req(h), what) == ST_OK)
		return true;
	http_fail_err(h, &http_req(h)->err);
	return false;
}

const char *staff_zone(struct http *h)
{
	struct req *rq = http_req(h);
	const struct policy *p;
	char *zone = name_ascii(rq->mem, http_arg(h, 0), true, &rq->err);
	if (zone && policy_of(rq, zone, 0, &p) == ST_OK)
		return p->zone;
	if (zone && rq->err.code != ST_NOTFOUND)
		http_fail_err(h, &rq->err);
	else
		http_fail(h, 404, "no such zone");
	return NULL;
}

const char *zone_path(const struct page *p, const char *zone, const char *rest)
{
	return arena_printf(p->mem, "/staff/zones/%s%s", zone, rest);
}

void web_get_zones(struct http *h)
{
	struct req *rq = http_req(h);
	struct zone_row *z = arena_array(rq->mem, struct zone_row, ZONES_MAX);
	int n = 0;
	if (!staff_may(h, MAY_SEE_REGISTRY))
		return;
	if (zones_list(rq, z, ZONES_MAX, &n)) {
		http_fail_err(h, &rq->err);
		return;
	}
	struct page p = staff_page(h, N_("Zones"), NAV_ZONES);
	web_zones(&p, z, n);
}

/* ── one zone ── */

static enum st versions_read(struct req *rq, const char *zone, struct policy_version **out, int *n)
{
	struct policy_version *v = arena_array(rq->mem, struct policy_version, VERSIONS_MAX);
	if (policy_versions(rq, zone, v, VERSIONS_MAX, n))
		return rq->err.code;
	for (int i = 0; i < *n / 2; i++) {
		struct policy_version x = v[i];
		v[i] = v[*n - 1 - i];
		v[*n - 1 - i] = x;
	}
	*out = v;
	return ST_OK;
}

/* The first lines, as far as a page goes. */
static void lines_of(struct arena *mem, const char *text, struct zone_view *v)
{
	size_t n = utf8_cut(text, strlen(text), POLICY_SHOWN);
	char *copy = arena_dup(mem, text, n);
	v->cut = text[n] != 0;
	v->line = arena_array(mem, char *, LINES_SHOWN);
	for (char *line; (line = strsep(&copy, "\n")) && v->nlines < LINES_SHOWN;)
		if (copy || *line)
			v->line[v->nlines++] = line;
	v->cut = v->cut || copy;
}

void web_get_zone(struct http *h)
{
	struct req *rq = http_req(h);
	struct zone_view v = { .notice = arena_array(rq->mem, struct policy_notices, VERSIONS_MAX) };
	const struct policy *pol;
	char *text;
	if (!staff_may(h, MAY_SEE_REGISTRY) || !(v.zone = staff_zone(h)))
		return;
	if (policy_of(rq, v.zone, 0, &pol) || policy_text(rq, v.zone, 0, &v.version, &text) ||
	    versions_read(rq, v.zone, &v.v, &v.nv) ||
	    registrant_policy_notices(rq, v.zone, v.notice, VERSIONS_MAX, &v.nnotices)) {
		http_fail_err(h, &rq->err);
		return;
	}
	v.since = pol->effective_at;
	v.uname = name_unicode(rq->mem, v.zone);
	lines_of(rq->mem, text, &v);
	v.may_set = permit(rq, MAY_SET_POLICY) == ST_OK;
	err_clear(&rq->err);
	struct page p = staff_page(h, N_("Zone"), NAV_ZONES);
	p.title = arena_printf(p.mem, ".%s", v.uname);
	web_zone(&p, &v);
}

/* ── two versions side by side ── */

/* Gone and new lines stand beside each other in the order they come; unchanged ones only near a change. */
int diff_rows(struct arena *mem, const struct diff_line *d, int n, struct diff_row **out)
{
	struct diff_row *row = arena_array(mem, struct diff_row, n + 1);
	int k = 0, gap = 0;
	for (int i = 0; i < n;) {
		int gone = i, come;
		if (d[i].kind == ' ') {
			bool near = false;
			for (int j = i - CONTEXT; j <= i + CONTEXT && !near; j++)
				near = j >= 0 && j < n && d[j].kind != ' ';
			if (near) {
				row[k++] = (struct diff_row){ gap, &d[i], &d[i] };
				gap = 0;
			} else {
				gap++;
			}
			i++;
			continue;
		}
		while (i < n && d[i].kind == '-')
			i++;
		come = i;
		while (i < n && d[i].kind == '+')
			i++;
		for (int a = gone, b = come; a < come || b < i; a += a < come, b += b < i, gap = 0)
			row[k++] = (struct diff_row){ gap, a < come ? &d[a] : NULL, b < i ? &d[b] : NULL };
	}
	if (gap)
		row[k++] = (struct diff_row){ gap, NULL, NULL };
	*out = row;
	return k;
}

static enum st changes_of(struct http *h, const char *zone, const char *a, const char *b, struct policy_change **out,
			  int *n)
{
	struct req *rq = http_req(h);
	struct arena *keep = rq->mem, *mem = arena_new(PLAN_ARENA);
	struct policy *was = arena_new_of(mem, struct policy), *is = arena_new_of(mem, struct policy);
	*out = arena_array(keep, struct policy_change, POLICY_CHANGES);
	enum st st = policy_parse(mem, a, strlen(a), was, &rq->err);
	st = st ? st : policy_parse(mem, b, strlen(b), is, &rq->err);
	was->zone = is->zone = (char *)zone;
	if (!st)
		*n = policy_changes(keep, http_lang(h), was, is, *out, POLICY_CHANGES);
	arena_free(mem);
	return st;
}

void web_get_diff(struct http *h)
{
	struct req *rq = http_req(h);
	struct diff_view v = { 0 };
	struct diff_line *d;
	const char *from = http_query(h, "a"), *to = http_query(h, "b");
	int64_t a = 0, b = 0;
	char *was, *is;
	if (!staff_may(h, MAY_SEE_REGISTRY) || !(v.zone = staff_zone(h)))
		return;
	if (!from || !to || !text_int(from, 1, 1000000, &a) || !text_int(to, 1, 1000000, &b)) {
		http_fail(h, 404, "no such version");
		return;
	}
	v.a = (int)a;
	v.b = (int)b;
	v.uname = name_unicode(rq->mem, v.zone);
	if (versions_read(rq, v.zone, &v.v, &v.nv) || policy_version_text(rq, v.zone, v.a, &was) ||
	    policy_version_text(rq, v.zone, v.b, &is)) {
		http_fail_err(h, &rq->err);
		return;
	}
	v.cut = strlen(was) > POLICY_SHOWN || strlen(is) > POLICY_SHOWN;
	if (!v.cut) {
		int n = text_diff(rq->mem, was, is, &d);
		v.n = diff_rows(rq->mem, d, n, &v.row);
	}
	if (changes_of(h, v.zone, was, is, &v.change, &v.nchanges)) {
		http_fail_err(h, &rq->err);
		return;
	}
	struct page p = staff_page(h, N_("What changed"), NAV_ZONES);
	p.path = arena_printf(p.mem, "/staff/zones/%s/diff?a=%d&b=%d", v.zone, v.a, v.b);
	web_zone_diff(&p, &v);
}

/* ── new rules: first checked, then set ── */

static void show_plan(struct http *h, struct plan_form *f, int status)
{
	struct page p = staff_page(h, N_("New rules"), NAV_ZONES);
	p.bad = f->bad.n > 0;
	p.path = arena_printf(p.mem, "/staff/zones/%s/plan", f->zone);
	http_status(h, status);
	web_zone_plan(&p, f);
}

void web_get_plan(struct http *h)
{
	struct req *rq = http_req(h);
	struct plan_form f = { .from = "" };
	char *text;
	int version;
	if (!staff_may(h, MAY_SET_POLICY) || !(f.zone = staff_zone(h)))
		return;
	if (policy_text(rq, f.zone, 0, &version, &text)) {
		http_fail_err(h, &rq->err);
		return;
	}
	if (strlen(text) > POLICY_SHOWN / 2) {
		http_fail(h, 422, N_("this policy is too long for a form: use `nicert policy set`"));
		return;
	}
	f.text = text;
	f.uname = name_unicode(rq->mem, f.zone);
	show_plan(h, &f, 200);
}

/* "2027-01-31T09:00" as a clock on the wall here shows it. */
static int64_t wall_time(struct http *h, const char *s)
{
	struct arena *mem = http_req(h)->mem;
	int64_t t = strlen(s) == 16 ? time_parse(arena_printf(mem, "%s:00Z", s)) : TIME_NONE;
	return t == TIME_NONE ? t : t - front_app(h)->cfg->site_zone * 60 * USEC;
}

static const char *plan_seal(struct http *h, const struct plan_form *f)
{
	char hex[65];
	struct hash x = hash_of2(f->zone, strlen(f->zone) + 1, f->text, strlen(f->text));
	return form_sign(h, arena_printf(http_req(h)->mem, "%s@%s", hash_hex(&x, hex), f->from));
}

/* "line 7: …": the line itself goes with the sentence. */
static void bad_line(struct http *h, struct plan_form *f, const struct err *e)
{
	const char *text = f->text, *why = e->msg;
	f->nline = !strncmp(why, "line ", 5) ? (int)strtol(why + 5, NULL, 10) : 0;
	for (int i = 1; i < f->nline && text; i++)
		text = strchr(text, '\n') ? strchr(text, '\n') + 1 : NULL;
	if (f->nline && text)
		f->line = arena_dup(http_req(h)->mem, text, utf8_cut(text, strcspn(text, "\n"), 200));
	form_bad(&f->bad, "text", err_say(http_req(h)->mem, http_lang(h), e));
}

/* Reads the text with its tables and says what would become another. In memory of its own: it may be long. */
static enum st plan_check(struct http *h, struct plan_form *f)
{
	struct req *rq = http_req(h);
	struct arena *keep = rq->mem, *mem = arena_new(PLAN_ARENA);
	struct policy *is = arena_new_of(mem, struct policy);
	const struct policy *was;
	rq->mem = mem;
	enum st st = policy_plan(rq, f->zone, f->text, is);
	rq->mem = keep;
	f->change = arena_array(keep, struct policy_change, POLICY_CHANGES);
	if (!st && !(st = policy_of(rq, f->zone, f->from_at - 1, &was))) {
		f->nchanges = policy_changes(keep, http_lang(h), was, is, f->change, POLICY_CHANGES);
		st = policy_touched(rq, f->zone, f->change, f->nchanges, &f->names);
	}
	arena_free(mem);
	return st;
}

static void plan_read(struct http *h, struct plan_form *f)
{
	struct arena *mem = http_req(h)->mem;
	const char *text = http_form(h, "text");
	BUF_SCOPE b = { .max = 1 << 20 };
	for (const char *c = text ? text : ""; *c; c++) /* a form's lines end in CRLF */
		if (*c != '\r')
			buf_char(&b, *c);
	f->text = arena_strdup(mem, buf_cstr(&b));
	f->from = arena_strdup(mem, form_text(h, "from"));
	f->from_at = wall_time(h, f->from);
	f->uname = name_unicode(mem, f->zone);
	if (f->from_at == TIME_NONE)
		form_bad(&f->bad, "from", tr(http_lang(h), N_("Say from when the rules are in force.")));
	else if (f->from_at <= clock_now())
		form_bad(&f->bad, "from", tr(http_lang(h), N_("This time is over: choose a later one.")));
	if (!*f->text)
		form_bad(&f->bad, "text", tr(http_lang(h), N_("Write the rules.")));
}

struct setting {
	struct plan_form *form;
	int version;
};

static enum st plan_write(struct req *rq, void *arg)
{
	struct setting *s = arg;
	return policy_set(rq, s->form->zone, s->form->text, s->form->from_at, NULL, &s->version);
}

static void plan_set(struct http *h, void *arg, const struct err *outcome)
{
	struct setting *s = arg;
	if (outcome->code == ST_OK) {
		http_redirect(h, arena_printf(http_req(h)->mem, "/staff/zones/%s?done=policy", s->form->zone));
	} else if (outcome->code == ST_INVALID) {
		bad_line(h, s->form, outcome);
		show_plan(h, s->form, 422);
	} else {
		http_fail_err(h, outcome);
	}
}

void web_post_plan(struct http *h)
{
	struct plan_form *f = arena_new_of(http_req(h)->mem, struct plan_form);
	if (!staff_may(h, MAY_SET_POLICY) || !(f->zone = staff_zone(h)))
		return;
	plan_read(h, f);
	if (!f->bad.n && plan_check(h, f)) {
		if (http_req(h)->err.code != ST_INVALID && http_req(h)->err.code != ST_LIMIT) {
			http_fail_err(h, &http_req(h)->err);
			return;
		}
		bad_line(h, f, &http_req(h)->err);
	}
	if (f->bad.n) {
		show_plan(h, f, 422);
		return;
	}
	f->seal = plan_seal(h, f);
	if (strcmp(form_text(h, "seal"), f->seal) != 0) { /* what is set is what was shown */
		show_plan(h, f, 200);
		return;
	}
	struct setting *s = arena_new_of(http_req(h)->mem, struct setting);
	s->form = f;
	http_write(h, plan_write, s, plan_set);
}

/* ── taking back ── */

struct taking_back {
	const char *zone;
	int version;
};

static enum st withdraw_write(struct req *rq, void *arg)
{
	const struct taking_back *t = arg;
	return policy_withdraw(rq, t->zone, t->version);
}

static void withdrawn(struct http *h, void *arg, const struct err *outcome)
{
	const struct taking_back *t = arg;
	if (outcome->code)
		http_fail_err(h, outcome);
	else
		http_redirect(h, arena_printf(http_req(h)->mem, "/staff/zones/%s?done=withdraw", t->zone));
}

void web_post_withdraw_policy(struct http *h)
{
	struct taking_back *t = arena_new_of(http_req(h)->mem, struct taking_back);
	int64_t version;
	if (!staff_may(h, MAY_SET_POLICY) || !(t->zone = staff_zone(h)))
		return;
	if (!text_int(form_text(h, "version"), 1, 1000000, &version)) {
		http_fail(h, 422, N_("version: which one is not said"));
		return;
	}
	t->version = (int)version;
	t->zone = arena_strdup(http_req(h)->mem, t->zone);
	http_write(h, withdraw_write, t, withdrawn);
}
