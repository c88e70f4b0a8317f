/* web_zone_more.c — why a name may or may not be registered, what time will do, IDN tables, registrars. */
#include "front/web/web.h"
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/csv.h"
#include "base/idn.h"
#include "base/phrase.h"
#include "base/text.h"
#include "front/web/pages.h"
#include "ledger/ledger.h"

enum {
	STEPS_A_PAGE = 50,
	PAGES_MAX = 40,
	STEPS_OF_CSV = 20000,
	REGISTRARS_MAX = 2000,
	AHEAD_DAYS = 400,
	FIRST_DAYS = 30
};

/* ── why ── */

void web_get_why(struct http *h)
{
	struct req *rq = http_req(h);
	const char *name = http_query(h, "name"), *registrar = http_query(h, "registrar");
	struct why_view v = { 0 };
	if (!staff_may(h, MAY_SEE_REGISTRY))
		return;
	v.name = name ? text_trim(rq->mem, name) : "";
	v.registrar = registrar ? text_trim(rq->mem, registrar) : "";
	if (*v.name) {
		v.y = arena_new_of(rq->mem, struct why);
		if (policy_why(rq, v.name, *v.registrar ? v.registrar : NULL, v.y)) {
			http_fail_err(h, &rq->err);
			return;
		}
	}
	struct page p = staff_page(h, N_("May it be registered?"), NAV_WHY);
	p.path = path_with(p.mem, path_with(p.mem, "/staff/why", "name", v.name), "registrar", v.registrar);
	web_why(&p, &v);
}

/* ── what time will do ── */

static bool life_read(struct http *h, struct life_view *v)
{
	struct req *rq = http_req(h);
	const char *zone = http_query(h, "zone"), *until = http_query(h, "until");
	int64_t now = clock_now(), day = 86400 * USEC;
	v->until = until && *until ? until : arena_printf(rq->mem, "%.10s", time_iso(rq->mem, now + FIRST_DAYS * day));
	v->until_at = time_parse(v->until);
	if (zone && *zone && !(v->zone = name_ascii(rq->mem, zone, true, &rq->err)))
		form_bad(&v->bad, "zone", tr(http_lang(h), N_("Write a zone like tw, or leave it empty.")));
	if (v->until_at == TIME_NONE || v->until_at > now + AHEAD_DAYS * day)
		form_bad(&v->bad, "until", tr(http_lang(h), N_("Choose a day within the next 400 days.")));
	err_clear(&rq->err);
	return v->bad.n == 0;
}

void web_get_lifecycle(struct http *h)
{
	struct req *rq = http_req(h);
	struct life_view v = { 0 };
	const char *page = http_query(h, "page");
	int64_t number = 1;
	if (!staff_may(h, MAY_SEE_REGISTRY))
		return;
	if (page && !text_int(page, 1, PAGES_MAX, &number))
		number = 1;
	v.page = (int)number;
	v.from = (number - 1) * STEPS_A_PAGE;
	if (life_read(h, &v)) {
		int max = v.page * STEPS_A_PAGE, n = 0;
		struct life_step *s = arena_array(rq->mem, struct life_step, max);
		if (lifecycle_preview(rq, v.zone, v.until_at, s, max, &n, &v.total)) {
			http_fail_err(h, &rq->err);
			return;
		}
		v.n = n > v.from ? n - (int)v.from : 0;
		v.step = s + v.from;
		int64_t pages = (v.total + STEPS_A_PAGE - 1) / STEPS_A_PAGE;
		v.pages = (int)(pages > PAGES_MAX ? PAGES_MAX : pages);
	}
	struct page p = staff_page(h, N_("What time will do"), NAV_LIFE);
	p.bad = v.bad.n > 0;
	p.path = life_path(&p, &v, "", v.page);
	http_status(h, v.bad.n ? 422 : 200);
	web_lifecycle(&p, &v);
}

void web_get_lifecycle_csv(struct http *h)
{
	struct req *rq = http_req(h);
	struct life_view v = { 0 };
	struct arena *keep = rq->mem;
	int n = 0;
	if (!staff_may(h, MAY_SEE_REGISTRY))
		return;
	if (!life_read(h, &v)) {
		http_fail(h, 422, "%s", v.bad.e[0].text);
		return;
	}
	rq->mem = arena_new((size_t)64 << 20); /* more than a request has */
	struct life_step *s = arena_array(rq->mem, struct life_step, STEPS_OF_CSV);
	enum st st = lifecycle_preview(rq, v.zone, v.until_at, s, STEPS_OF_CSV, &n, &v.total);
	if (!st)
		buf_str(http_out(h), "time,name,event,from,to\r\n");
	for (int i = 0; !st && i < n; i++)
		buf_printf(http_out(h), "%s,%s,%s,%s,%s\r\n", time_iso(rq->mem, s[i].at), s[i].name, s[i].event,
			   s[i].from, s[i].to);
	arena_free(rq->mem);
	rq->mem = keep;
	if (st) {
		http_fail_err(h, &rq->err);
		return;
	}
	http_type(h, "text/csv; charset=utf-8");
	http_set_header(h, "Cache-Control", "no-store");
	http_set_header(h, "X-Content-Type-Options", "nosniff");
	http_set_header(h, "Content-Disposition", "attachment; filename=\"lifecycle.csv\"");
}

const char *life_path(const struct page *p, const struct life_view *v, const char *rest, int number)
{
	const char *path = arena_printf(p->mem, "/staff/lifecycle%s", rest);
	path = path_with(p->mem, path, "until", v->until);
	path = path_with(p->mem, path, "zone", v->zone);
	return number > 1 ? path_with(p->mem, path, "page", arena_printf(p->mem, "%d", number)) : path;
}

/* ── IDN tables ── */

void web_get_zone_idn(struct http *h)
{
	struct req *rq = http_req(h);
	const char *label = http_query(h, "label");
	struct idn_view v = { .look = arena_new_of(rq->mem, struct idn_look) };
	if (!staff_may(h, MAY_SEE_REGISTRY) || !(v.zone = staff_zone(h)))
		return;
	v.uname = name_unicode(rq->mem, v.zone);
	v.label = label ? text_trim(rq->mem, label) : "";
	enum st st = idn_look(rq, v.zone, v.label, v.look);
	if (st == ST_INVALID) {
		v.why = err_say(rq->mem, http_lang(h), &rq->err);
		err_clear(&rq->err);
		st = idn_look(rq, v.zone, NULL, v.look);
	}
	if (st) {
		http_fail_err(h, &rq->err);
		return;
	}
	struct page p = staff_page(h, N_("Letters and variants"), NAV_ZONES);
	p.bad = v.why != NULL;
	p.path = path_with(p.mem, zone_path(&p, v.zone, "/idn"), "label", v.label);
	http_status(h, v.why ? 422 : 200);
	web_zone_idn(&p, &v);
}

/* ── registrars ── */

void web_get_registrars(struct http *h)
{
	struct req *rq = http_req(h);
	struct registrar *r = arena_array(rq->mem, struct registrar, REGISTRARS_MAX);
	int n = 0;
	if (!staff_may(h, MAY_SEE_REGISTRY))
		return;
	if (registrar_list(rq, r, REGISTRARS_MAX, &n)) {
		http_fail_err(h, &rq->err);
		return;
	}
	struct registrar_line *line = arena_array(rq->mem, struct registrar_line, n + 1);
	for (int i = 0; i < n; i++) {
		int64_t balance = 0;
		char currency[4] = "";
		line[i].r = r[i];
		if (ledger_balance(rq, arena_printf(rq->mem, "registrar:%s", r[i].handle), &balance, currency) == ST_OK)
			line[i].balance = money_text(rq->mem, balance, currency);
		err_clear(&rq->err);
	}
	struct page p = staff_page(h, N_("Registrars"), NAV_REGISTRARS);
	web_registrars(&p, line, n);
}

/* ── words ── */

struct word {
	const char *id, *text;
};

static const char *word_of(const struct page *p, const struct word *rows, const char *id)
{
	for (; rows->id; rows++)
		if (!strcmp(rows->id, id))
			return tr(p->lang, rows->text);
	return id;
}

const char *event_word(const struct page *p, const char *event)
{
	static const struct word rows[] = {
		{ "suspend", N_("expires, out of the net") },
		{ "auto-renew", N_("is renewed by itself") },
		{ "release", N_("is released") },
		{ "lapse", N_("can't be restored any more") },
		{ "drop", N_("is free again") },
		{ "transfer", N_("moves to the other registrar") },
		{ "restore-overdue", N_("is deleted again: no report came") },
		{ 0 },
	};
	return word_of(p, rows, event);
}

struct label version_label(const struct page *p, const struct zone_view *z, const struct policy_version *v)
{
	if (v->withdrawn_at)
		return (struct label){ tr(p->lang, N_("Withdrawn")), "", "stop" };
	if (v->version == z->version)
		return (struct label){ tr(p->lang, N_("In force")), "ok", "done" };
	if (v->effective_at > p->now)
		return (struct label){ tr(p->lang, N_("Comes")), "info", "wait" };
	return (struct label){ tr(p->lang, N_("Over")), "", "done" };
}

const char *price_word(const struct page *p, const struct price *pr)
{
	const char *money = money_text(p->mem, pr->amount, pr->currency);
	return pr->per_year ? arena_printf(p->mem, tr(p->lang, N_("%s a year")), money) : money;
}

const char *name_shown(const struct page *p, const char *ascii)
{
	return name_unicode(p->mem, ascii);
}
