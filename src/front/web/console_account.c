/* console_account.c — messages, the ledger, the warning of a low balance, help. */
#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "base/text.h"
#include "front/web/console.h"

enum { MESSAGES = 50, ENTRIES = 50, CSV_PAGE = 1000, CSV_MAX = 100000, VERSIONS = 32 };

/* ── messages ── */

void console_get_poll(struct http *h)
{
	struct req *rq = http_req(h);
	struct poll_message *m = arena_array(rq->mem, struct poll_message, MESSAGES);
	int n;
	if (!console_may(h, MAY_CONSOLE_READ))
		return;
	if (portfolio_messages(rq, console_me(h), m, MESSAGES, &n)) {
		http_fail_err(h, &rq->err);
		return;
	}
	struct page p = console_page(h, N_("Messages"), NAV_CON_POLL);
	struct view *v = view_new(h);
	bool write = permit(rq, MAY_CONSOLE_WRITE) == ST_OK;
	static const char *const heads[] = { N_("What"), N_("About"), N_("When"), N_("Words of the registry") };
	v->head = p.title;
	err_clear(&rq->err);
	if (n && write) {
		struct form_view *f = arena_new_of(p.mem, struct form_view);
		*f = (struct form_view){
			.action = "/console/messages",
			.button = n == 1 ? tr(p.lang, N_("Acknowledge it"))
					 : arena_printf(p.mem, tr(p.lang, N_("Acknowledge these %d")), n),
			.look = "btn--main",
			.intro =
				tr(p.lang,
				   N_("EPP clients read the same queue: what is acknowledged here is gone there too.")),
		};
		form_hide(f, "upto", arena_printf(p.mem, "%lld", (long long)m[n - 1].id));
		view_block(h, v, BLOCK_FORM, NULL)->form = f;
	}
	struct block *b = view_block(h, v, BLOCK_TABLE, tr(p.lang, N_("Oldest first")));
	block_columns(&p, b, 4, heads);
	b->t.empty = tr(p.lang, N_("No message waits"));
	b->t.empty_more = tr(p.lang, N_("Transfers, decisions and warnings of the registry arrive here."));
	for (int i = 0; i < n; i++) {
		bool name = !strncmp(m[i].kind, "domain-", 7);
		struct cell *c = block_row(h, b, MESSAGES);
		c[0] = (struct cell){ .text = poll_word(&p, m[i].kind) };
		c[1] = (struct cell){ .text = m[i].object,
				      .kind = CELL_RES,
				      .href = name ? console_url(p.mem, "/console/name", m[i].object, NULL) : NULL };
		c[2] = (struct cell){ .text = page_full(&p, m[i].at) };
		c[3] = (struct cell){ .text = m[i].text };
	}
	console_show(h, &p, v, 200);
}

struct acking {
	const char *registrar;
	int64_t upto;
};

/* Those that were shown, in order; what came later stays. */
static enum st ack_write(struct req *rq, void *arg)
{
	const struct acking *a = arg;
	struct poll_message m;
	int64_t count, left;
	for (int i = 0; i < MESSAGES; i++) {
		enum st st = poll_first(rq, a->registrar, &m, &count);
		if (st == ST_NOTFOUND || (!st && m.id > a->upto)) {
			err_clear(&rq->err);
			return ST_OK;
		}
		if (st || poll_ack(rq, a->registrar, m.id, &left))
			return rq->err.code;
	}
	return ST_OK;
}

static void acked(struct http *h, void *arg, const struct err *outcome)
{
	(void)arg;
	if (outcome->code)
		http_fail_err(h, outcome);
	else
		http_redirect(h, "/console/messages?done=acknowledged");
}

void console_post_poll(struct http *h)
{
	struct acking *a = arena_new_of(http_req(h)->mem, struct acking);
	if (!console_may(h, MAY_CONSOLE_WRITE))
		return;
	a->registrar = arena_strdup(http_req(h)->mem, console_me(h));
	if (!text_int(form_text(h, "upto"), 1, INT64_MAX, &a->upto))
		http_fail(h, 422, N_("upto: which messages is not said"));
	else
		http_write(h, ack_write, a, acked);
}

/* ── the ledger ── */

static const char *account_of(struct http *h)
{
	return arena_printf(http_req(h)->mem, "registrar:%s", console_me(h));
}

/* "2026-11" to the transactions of that month, in the site's time; false: no month was asked for. */
static bool month_read(struct http *h, const char **month, int64_t *from, int64_t *to)
{
	const char *s = http_query(h, "month");
	int64_t y, m;
	struct req *rq = http_req(h);
	int64_t zone = front_app(h)->cfg->site_zone * 60 * USEC;
	*month = "";
	*from = 0;
	*to = INT64_MAX;
	if (!s || strlen(s) != 7 || s[4] != '-' || !text_int(arena_dup(rq->mem, s, 4), 1970, 9998, &y) ||
	    !text_int(s + 5, 1, 12, &m))
		return false;
	*month = s;
	int year = (int)y, next = m == 12 ? 1 : (int)m + 1;
	return !ledger_first_at(rq, time_from_civil(year, (int)m, 1, 0, 0, 0) - zone, from) &&
	       !ledger_first_at(rq, time_from_civil(next == 1 ? year + 1 : year, next, 1, 0, 0, 0) - zone, to);
}

static void months_field(struct page *p, struct form_view *f, const char *month)
{
	enum { MONTHS = 24 };
	struct choice_of *c = arena_array(p->mem, struct choice_of, MONTHS + 2);
	const char *day = iso_day(p, p->now);
	int64_t y = 1970, m = 1;
	text_int(arena_dup(p->mem, day, 4), 1970, 9999, &y);
	text_int(arena_dup(p->mem, day + 5, 2), 1, 12, &m);
	c[0] = (struct choice_of){ "", tr(p->lang, N_("Any time")) };
	for (int i = 1; i <= MONTHS; i++, m = m == 1 ? y--, 12 : m - 1) {
		const char *v = arena_printf(p->mem, "%04d-%02d", (int)y, (int)m);
		c[i] = (struct choice_of){ v, v };
	}
	form_field(f, "month", tr(p->lang, N_("Month")), FIELD_SELECT, month)->choice = c;
}

static const char *subject_name(const char *subject)
{
	return subject && !strncmp(subject, "domain:", 7) ? subject + 7 : NULL;
}

void console_get_ledger(struct http *h)
{
	static const char *const heads[] = { N_("When"), N_("What"), N_("About"), N_("+Amount"), N_("+Balance") };
	struct req *rq = http_req(h);
	struct ledger_row *e = arena_array(rq->mem, struct ledger_row, ENTRIES);
	int64_t from, to, before = 0, below = 0;
	const char *month;
	int n = 0;
	if (!console_may(h, MAY_CONSOLE_READ))
		return;
	month_read(h, &month, &from, &to);
	if (http_query(h, "before"))
		text_int(http_query(h, "before"), 1, INT64_MAX, &before);
	if (before && before < to)
		to = before;
	if (ledger_statement(rq, account_of(h), to, e, ENTRIES, &n) ||
	    portfolio_low_balance(rq, console_me(h), &below)) {
		http_fail_err(h, &rq->err);
		return;
	}
	struct page p = console_page(h, N_("Ledger"), NAV_CON_LEDGER);
	struct view *v = view_new(h);
	struct form_view *f = arena_new_of(p.mem, struct form_view);
	v->head = p.title;
	p.path = path_with(p.mem, "/console/ledger", "month", month);
	struct block *b = view_block(h, v, BLOCK_FACTS, tr(p.lang, N_("Balance")));
	block_fact(b, tr(p.lang, N_("Balance")),
		   (struct cell){ .text = console_money(&p, p.console->balance), .kind = CELL_NUM });
	block_fact(
		b, tr(p.lang, N_("Warned below")),
		(struct cell){ .text = below ? console_money(&p, below) : tr(p.lang, N_("never")), .kind = CELL_NUM });
	if (permit(rq, MAY_CONSOLE_WRITE) == ST_OK)
		block_link(b, "/console/ledger/warning", tr(p.lang, N_("Change the warning")), "");
	err_clear(&rq->err);
	*f = (struct form_view){ .action = "/console/ledger", .get = true };
	months_field(&p, f, month);
	view_block(h, v, BLOCK_FILTER, NULL)->form = f;
	b = view_block(h, v, BLOCK_TABLE, tr(p.lang, N_("Entries, newest first")));
	block_columns(&p, b, 5, heads);
	b->t.empty = tr(p.lang, N_("No entry here"));
	b->t.empty_more = tr(p.lang, N_("Deposits and what was paid for names stand here."));
	for (int i = 0; i < n && e[i].tx >= from; i++) {
		struct cell *c = block_row(h, b, ENTRIES);
		const char *name = subject_name(e[i].subject);
		c[0] = (struct cell){ .text = page_full(&p, e[i].at) };
		c[1] = (struct cell){ .text = entry_word(&p, e[i].kind), .sub = e[i].note };
		c[2] = (struct cell){ .text = name ? name : e[i].subject,
				      .href = name ? console_url(p.mem, "/console/name", name, NULL) : NULL,
				      .kind = name ? CELL_RES : CELL_TEXT };
		c[3] = (struct cell){ .text = console_money(&p, e[i].amount), .kind = CELL_NUM };
		c[4] = (struct cell){ .text = console_money(&p, e[i].balance), .kind = CELL_NUM };
	}
	if (b->t.n == ENTRIES)
		block_link(b, path_with(p.mem, p.path, "before", arena_printf(p.mem, "%lld", (long long)e[n - 1].tx)),
			   tr(p.lang, N_("Older entries")), "");
	view_link(v, path_with(p.mem, "/console/ledger.csv", "month", month), tr(p.lang, N_("Download as CSV")), "");
	console_show(h, &p, v, 200);
}

/* Minor units as a plain number: a spreadsheet adds them up. */
static const char *plain_amount(struct arena *mem, int64_t v)
{
	uint64_t a = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
	return arena_printf(mem, "%s%llu.%02llu", v < 0 ? "-" : "", (unsigned long long)(a / 100),
			    (unsigned long long)(a % 100));
}

void console_get_ledger_csv(struct http *h)
{
	struct req *rq = http_req(h);
	struct arena *keep = rq->mem, *mem = arena_new((size_t)2 << 20);
	struct buf *out = http_out(h);
	const char *month, *account = account_of(h);
	int64_t from, to;
	int n = CSV_PAGE, all = 0;
	bool ok = console_may(h, MAY_CONSOLE_READ);
	if (!ok) {
		arena_free(mem);
		return;
	}
	month_read(h, &month, &from, &to);
	buf_str(out, "time,kind,about,amount,balance,currency,note\r\n");
	char currency[4] = "";
	int64_t balance;
	ok = ledger_balance(rq, account, &balance, currency) == ST_OK;
	for (rq->mem = mem; ok && n == CSV_PAGE && all < CSV_MAX; arena_reset(mem)) {
		struct ledger_row *e = arena_array(mem, struct ledger_row, CSV_PAGE);
		ok = ledger_statement(rq, account, to, e, CSV_PAGE, &n) == ST_OK;
		for (int i = 0; ok && i < n; i++) {
			if (e[i].tx < from) {
				n = 0;
				break;
			}
			csv_cell(out, time_iso(mem, e[i].at), false);
			csv_cell(out, e[i].kind, false);
			csv_cell(out, subject_name(e[i].subject) ? subject_name(e[i].subject) : e[i].subject, false);
			csv_cell(out, plain_amount(mem, e[i].amount), false);
			csv_cell(out, plain_amount(mem, e[i].balance), false);
			csv_cell(out, currency, false);
			csv_cell(out, e[i].note, true);
			to = e[i].tx;
			all++;
		}
	}
	rq->mem = keep;
	arena_free(mem);
	if (!ok) {
		http_fail_err(h, &rq->err);
	} else if (all >= CSV_MAX) {
		http_fail(h, 422, N_("more than %d entries: choose a month"), CSV_MAX);
	} else {
		http_type(h, "text/csv; charset=utf-8");
		http_set_header(
			h, "Content-Disposition",
			arena_printf(keep, "attachment; filename=\"ledger%s%s.csv\"", *month ? "-" : "", month));
		http_set_header(h, "X-Content-Type-Options", "nosniff");
		http_set_header(h, "Cache-Control", "no-store");
	}
}

/* ── the warning ── */

struct warning {
	const char *registrar;
	int64_t below;
};

static enum st low_write(struct req *rq, void *arg)
{
	const struct warning *w = arg;
	return registrar_low_balance_set(rq, w->registrar, w->below);
}

static struct deed *low_deed(struct http *h, int64_t below)
{
	struct deed *d = deed_new(h, N_("Warn of a low balance"), NAV_CON_LEDGER);
	const char *now = plain_amount(d->p.mem, below), *typed = http_form(h, "below");
	d->crumb = tr(d->p.lang, N_("Ledger"));
	d->crumb_href = d->form.cancel = "/console/ledger";
	form_field(&d->form, "below", tr(d->p.lang, N_("Below this balance")), FIELD_ID, typed ? typed : now)->hint =
		tr(d->p.lang, N_("A message is sent once the balance falls below it; 0: never."));
	form_hide(&d->form, "sure", "1");
	d->form.button = tr(d->p.lang, N_("Save"));
	d->done = "/console/ledger?done=saved";
	return d;
}

void console_get_low(struct http *h)
{
	int64_t below = 0;
	if (!console_may(h, MAY_CONSOLE_WRITE))
		return;
	if (portfolio_low_balance(http_req(h), console_me(h), &below))
		http_fail_err(h, &http_req(h)->err);
	else
		deed_form(h, low_deed(h, below), 200);
}

void console_post_low(struct http *h)
{
	if (!console_may(h, MAY_CONSOLE_WRITE))
		return;
	struct deed *d = low_deed(h, 0);
	struct warning *w = arena_new_of(d->p.mem, struct warning);
	w->registrar = arena_strdup(d->p.mem, console_me(h));
	if (!money_parse(form_text(h, "below"), &w->below) || w->below < 0)
		form_bad(&d->form.bad, "below", tr(d->p.lang, N_("An amount such as 5000 or 99.50.")));
	d->fn = low_write;
	d->arg = w;
	deed_run(h, d);
}

/* ── help ── */

void console_get_help(struct http *h)
{
	static const struct {
		const char *title, *text;
	} parts[] = {
		{ N_("How changes work"),
		  N_("Every change is tried out first and taken back: the second page says what it costs and what it "
		     "does. "
		     "Only the button there does it. What you do here is the same as over EPP, with the same rules.") },
		{ N_("Undoing"),
		  N_("A name that was registered by mistake can be deleted within the zone's add grace: it is gone at "
		     "once, "
		     "and the price comes back. A renewal comes back when the name is deleted within the renewal "
		     "grace. "
		     "A deleted name can be restored as long as its zone has a redemption period. A transfer that you "
		     "approved can't be undone.") },
		{ N_("Lists (CSV)"),
		  N_("A bulk file begins with the line action,name,years,registrant,admin,tech,billing,ns,status "
		     "(columns in "
		     "any order; action and name are needed). Actions: create, renew, delete, restore, ns, contacts, "
		     "status. "
		     "Several handles or name servers in one field are separated by spaces; ns with - takes all name "
		     "servers away; status takes +clientHold or -clientTransferProhibited. At most 10,000 lines. All "
		     "mistakes are shown by line before anything runs, then every line is tried out, then you start "
		     "it.") },
		{ N_("Trying things out"),
		  N_("The registry can run a second, separate installation for tests, with its own data folder and a "
		     "clock that "
		     "can be moved (test.clock = on). Ask the registry for its address and an account there; nothing "
		     "done there touches real names or money.") },
	};
	if (!console_may(h, MAY_CONSOLE_READ))
		return;
	struct page p = console_page(h, N_("Help"), NAV_CON_HELP);
	struct view *v = view_new(h);
	v->head = p.title;
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		view_block(h, v, BLOCK_TEXT, tr(p.lang, parts[i].title))->text = tr(p.lang, parts[i].text);
	/* What the zones say, as they say it today. */
	struct zone_row *z = arena_array(p.mem, struct zone_row, VERSIONS);
	static const char *const heads[] = {
		N_("Zone"),	  N_("Years"), N_("+Add grace"), N_("+Renewal grace"), N_("+Grace after expiry"),
		N_("+Redemption")
	};
	int n = 0;
	struct block *b = view_block(h, v, BLOCK_TABLE, tr(p.lang, N_("Zones and their periods, in days")));
	block_columns(&p, b, 6, heads);
	b->t.empty = tr(p.lang, N_("No zone yet"));
	if (zones_list(http_req(h), z, VERSIONS, &n))
		err_clear(&http_req(h)->err);
	for (int i = 0; i < n; i++) {
		const struct policy *q;
		if (!z[i].authoritative || policy_of(http_req(h), z[i].name, 0, &q))
			continue;
		struct cell *c = block_row(h, b, VERSIONS);
		const int64_t days[] = { q->grace[GRACE_ADD], q->grace[GRACE_RENEW], q->expiry_grace,
					 q->grace[GRACE_REDEMPTION] };
		c[0] = (struct cell){ .text = z[i].name, .kind = CELL_RES };
		c[1] = (struct cell){ .text = arena_printf(p.mem, "%d–%d", q->term_min, q->term_max),
				      .kind = CELL_NUM };
		for (int k = 0; k < 4; k++)
			c[2 + k] = (struct cell){ .text = arena_printf(p.mem, "%lld",
								       (long long)(days[k] / (86400 * USEC))),
						  .kind = CELL_NUM };
	}
	console_show(h, &p, v, 200);
}
