/* console_names.c — the list of names, and one name with everything that is known of it. */
#include <string.h>
#include "base/clock.h"
#include "base/idn.h"
#include "base/text.h"
#include "front/web/console.h"
#include "front/web/pages.h"

enum { ROWS = 50, HISTORY = 60, ZONES = 32 };
#define DAY (86400 * USEC)

/* ── the list ── */

static const char *const sort_names[PORTFOLIO_SORTS] = { "name", "expires", "latest" };

const char *portfolio_path(const struct page *p, const struct portfolio_page *n, const char *sort, const char *after)
{
	const char *path = path_with(p->mem, "/console", "q", n->q);
	path = path_with(p->mem, path, "state", portfolio_state_name(n->ask.state));
	path = path_with(p->mem, path, "expires", n->expires ? arena_printf(p->mem, "%d", n->expires) : NULL);
	path = path_with(p->mem, path, "zone", n->zone);
	path = path_with(p->mem, path, "sort", sort ? sort : n->sort);
	return path_with(p->mem, path, "after", after);
}

static const char *query_of(struct http *h, const char *name)
{
	const char *s = http_query(h, name);
	return s ? text_trim(http_req(h)->mem, s) : "";
}

static void ask_read(struct http *h, struct portfolio_page *n)
{
	int64_t days = 0;
	const char *state = query_of(h, "state"), *sort = query_of(h, "sort");
	n->q = query_of(h, "q");
	n->zone = query_of(h, "zone");
	n->ask = (struct portfolio_ask){
		.registrar = console_me(h), .part = n->q, .zone = n->zone, .after = query_of(h, "after")
	};
	for (int s = 0; s < PORTFOLIO_STATES; s++)
		if (strcmp(state, portfolio_state_name((enum portfolio_state)s)) == 0)
			n->ask.state = (enum portfolio_state)s;
	for (int s = 0; s < PORTFOLIO_SORTS; s++)
		if (strcmp(sort, sort_names[s]) == 0)
			n->ask.sort = (enum portfolio_sort)s;
	n->sort = sort_names[n->ask.sort];
	if (text_int(query_of(h, "expires"), 0, 3650, &days) && days) {
		n->expires = (int)days;
		n->ask.expires_before = clock_now() + days * DAY;
	}
}

static enum st zones_read(struct req *rq, struct portfolio_page *n)
{
	struct zone_row *z = arena_array(rq->mem, struct zone_row, ZONES);
	int all = 0;
	if (zones_list(rq, z, ZONES, &all))
		return rq->err.code;
	for (int i = 0; i < all; i++)
		if (z[i].authoritative)
			n->zones[n->nzones++] = z[i].name;
	return ST_OK;
}

void console_get_names(struct http *h)
{
	struct req *rq = http_req(h);
	struct portfolio_page *n = arena_new_of(rq->mem, struct portfolio_page);
	char *next;
	if (!console_may(h, MAY_CONSOLE_READ))
		return;
	ask_read(h, n);
	n->row = arena_array(rq->mem, struct portfolio_row, ROWS);
	if (zones_read(rq, n) || portfolio_names(rq, &n->ask, n->row, ROWS, &n->n, &next) ||
	    portfolio_low_balance(rq, n->ask.registrar, &n->below)) {
		http_fail_err(h, &rq->err);
		return;
	}
	n->next = next;
	n->may_write = permit(rq, MAY_CONSOLE_WRITE) == ST_OK;
	err_clear(&rq->err);
	struct page p = console_page(h, N_("Names"), NAV_CON_NAMES);
	p.path = portfolio_path(&p, n, NULL, n->ask.after);
	p.search = n->q;
	web_console_names(&p, n);
}

/* ── one name ── */

static const char *dated(const struct page *p, int64_t t)
{
	return t ? page_full(p, t) : NULL;
}

static void statuses_block(struct http *h, struct page *p, struct view *v, const struct domain *d)
{
	struct block *b = view_block(h, v, BLOCK_FACTS, tr(p->lang, N_("Statuses")));
	b->text = tr(p->lang, N_("ok: nothing special is set."));
	for (int s = 0; s < STATUS_BITS; s++)
		if (d->c.status & BIT(s))
			block_fact(b, status_word(p, (enum status_bit)s),
				   (struct cell){ .text = status_name((enum status_bit)s), .kind = CELL_RES });
}

static const char *joined(const struct page *p, char *const *s, int n)
{
	BUF_SCOPE b = BUF_INIT;
	for (int i = 0; i < n; i++)
		buf_printf(&b, "%s%s", i ? "\n" : "", s[i]);
	return arena_strdup(p->mem, buf_cstr(&b));
}

static const char *ds_text(const struct page *p, const struct domain *d)
{
	BUF_SCOPE b = BUF_INIT;
	for (int i = 0; i < d->nds; i++)
		buf_printf(&b, "%s%u %u %u %s", i ? "\n" : "", d->ds[i].tag, d->ds[i].alg, d->ds[i].digest_type,
			   hex_encode(p->mem, d->ds[i].digest, (size_t)d->ds[i].digest_n));
	return arena_strdup(p->mem, buf_cstr(&b));
}

static const char *members_text(const struct page *p, const struct domain *d)
{
	BUF_SCOPE b = BUF_INIT;
	for (int i = 0; i < d->nmembers; i++)
		buf_printf(&b, "%s%s %s (%s)", i ? "\n" : "", name_unicode(p->mem, d->member[i]), d->member[i],
			   tr(p->lang, d->active[i] ? N_("active") : N_("kept for you")));
	return arena_strdup(p->mem, buf_cstr(&b));
}

static void technical_block(struct http *h, struct page *p, struct view *v, const struct domain *d)
{
	struct block *b = view_block(h, v, BLOCK_FACTS, tr(p->lang, N_("In the DNS")));
	block_fact(b, tr(p->lang, N_("Name servers")),
		   (struct cell){ .text = joined(p, d->ns, d->nns), .kind = CELL_LINES });
	block_fact(b, tr(p->lang, N_("DS records")), (struct cell){ .text = ds_text(p, d), .kind = CELL_LINES });
	block_fact(b, tr(p->lang, N_("Hosts below it")),
		   (struct cell){ .text = joined(p, d->subordinate, d->nsubordinate), .kind = CELL_LINES });
	if (d->nmembers > 1)
		block_fact(b, tr(p->lang, N_("Spellings")),
			   (struct cell){ .text = members_text(p, d), .kind = CELL_LINES });
}

static const char *contact_role(const struct page *p, char type)
{
	return tr(p->lang, type == 'a'	 ? N_("Administrative contact")
			   : type == 't' ? N_("Technical contact")
					 : N_("Billing contact"));
}

static void people_block(struct http *h, struct page *p, struct view *v, const struct portfolio_name *n)
{
	struct block *b = view_block(h, v, BLOCK_FACTS, tr(p->lang, N_("People")));
	const struct domain *d = &n->d;
	b->aside = true;
	block_fact(b, tr(p->lang, N_("Holder")),
		   (struct cell){ .text = d->registrant,
				  .sub = n->holder,
				  .href = d->registrant && n->own
						  ? console_url(p->mem, "/console/contact", d->registrant, NULL)
						  : NULL,
				  .kind = CELL_RES });
	for (int i = 0; n->own && i < d->ncontacts; i++)
		block_fact(b, contact_role(p, d->contact[i].type),
			   (struct cell){ .text = d->contact[i].handle,
					  .href = console_url(p->mem, "/console/contact", d->contact[i].handle, NULL),
					  .kind = CELL_RES });
}

static void dates_block(struct http *h, struct page *p, struct view *v, const struct domain *d)
{
	struct block *b = view_block(h, v, BLOCK_FACTS, tr(p->lang, N_("Dates")));
	b->aside = true;
	block_fact(b, tr(p->lang, N_("Expires")), (struct cell){ .text = dated(p, d->expires_at) });
	block_fact(b, tr(p->lang, N_("Registered")),
		   (struct cell){ .text = dated(p, d->c.created_at), .sub = d->c.creator });
	if (d->c.updated_at)
		block_fact(b, tr(p->lang, N_("Changed")),
			   (struct cell){ .text = dated(p, d->c.updated_at), .sub = d->c.updater });
	if (d->c.transferred_at)
		block_fact(b, tr(p->lang, N_("Transferred")), (struct cell){ .text = dated(p, d->c.transferred_at) });
	for (int g = 0; g < GRACES; g++)
		if (d->grace_until[g] > p->now)
			block_fact(b, grace_word(p, g), (struct cell){ .text = dated(p, d->grace_until[g]) });
	block_fact(b, tr(p->lang, N_("Object number")), (struct cell){ .text = d->c.roid, .kind = CELL_RES });
	block_fact(b, tr(p->lang, N_("Transfer code")),
		   (struct cell){ .text = tr(p->lang, d->authinfo ? N_("set") : N_("not set")) });
}

static void history_block(struct http *h, struct page *p, struct view *v, const char *kind, const char *handle)
{
	struct req *rq = http_req(h);
	struct former *f = arena_array(p->mem, struct former, HISTORY);
	int n = 0;
	static const char *const heads[] = { N_("When"), N_("What"), N_("By whom"), N_("Frame") };
	struct block *b = view_block(h, v, BLOCK_TABLE, tr(p->lang, N_("History")));
	block_columns(p, b, 4, heads);
	if (registry_history(rq, kind, handle, 0, f, HISTORY, &n))
		err_clear(&rq->err);
	b->t.empty = tr(p->lang, N_("Nothing yet"));
	for (int i = n - 1; i >= 0; i--) {
		/* What was before it came to this registrar is another's business: the fact is shown, not the frame. */
		bool ours = !strncmp(f[i].actor, "registrar:", 10) && !strcmp(f[i].actor + 10, console_me(h));
		struct cell *c = block_row(h, b, HISTORY);
		c[0] = (struct cell){ .text = page_full(p, f[i].at) };
		c[1] = (struct cell){ .text = verb_word(p, f[i].verb) };
		c[2] = (struct cell){ .text = !strncmp(f[i].actor, "registrar:", 10)
						      ? f[i].actor + 10
						      : tr(p->lang, N_("the registry")) };
		c[3] = (struct cell){ .text = ours ? f[i].frame : NULL, .kind = CELL_RES };
	}
}

/* Which buttons stand there hangs on the state alone; the registry judges again. */
static void actions(struct http *h, struct page *p, struct view *v, const struct portfolio_name *n)
{
	static const struct {
		const char *act, *text, *look;
		unsigned states; /* bits of portfolio_state */
		int side;	 /* 1: ours, 2: asked for by us */
	} rows[] = {
#define S(x) (1u << PORTFOLIO_##x)
#define LIVING (S(ACTIVE) | S(HOLD) | S(TRANSFER))
		{ "approve", N_("Approve the transfer"), "btn--main", S(TRANSFER), 1 },
		{ "reject", N_("Refuse the transfer"), "", S(TRANSFER), 1 },
		{ "cancel", N_("Cancel the transfer"), "", S(TRANSFER), 2 },
		{ "renew", N_("Renew"), "btn--main", S(ACTIVE) | S(HOLD) | S(SUSPENDED), 1 },
		{ "restore", N_("Restore"), "btn--main", S(REDEMPTION), 1 },
		{ "report", N_("Restore report"), "btn--main", S(REDEMPTION), 1 },
		{ "ns", N_("Name servers"), "", S(ACTIVE) | S(HOLD), 1 },
		{ "ds", N_("DNSSEC"), "", S(ACTIVE) | S(HOLD), 1 },
		{ "contacts", N_("Contacts"), "", LIVING, 1 },
		{ "status", N_("Statuses"), "", LIVING, 1 },
		{ "variants", N_("Spellings"), "", S(ACTIVE) | S(HOLD), 1 },
		{ "authinfo", N_("Transfer code"), "", LIVING, 1 },
		{ "delete", N_("Delete"), "btn--bad", S(ACTIVE) | S(HOLD) | S(SUSPENDED), 1 },
	};
	int side = n->own ? 1 : 2;
	if (permit(http_req(h), MAY_CONSOLE_WRITE)) {
		err_clear(&http_req(h)->err);
		return;
	}
	const char *done = n->d.restore_until ? "restore" : "report"; /* asked for already, or not yet */
	const char *none = n->d.nmembers < 2 ? "variants" : "";
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if ((rows[i].states & 1u << n->state) && rows[i].side == side && strcmp(rows[i].act, done) != 0 &&
		    strcmp(rows[i].act, none) != 0)
			view_link(v, console_url(p->mem, "/console/name", n->d.name, rows[i].act),
				  tr(p->lang, rows[i].text), rows[i].look);
}

static void transfer_note(struct http *h, struct page *p, struct view *v, const struct portfolio_name *n)
{
	const struct transfer *t = &n->d.transfer;
	if (t->state != TRANSFER_PENDING)
		return;
	struct block *b = view_block(h, v, BLOCK_NOTE,
				     arena_printf(p->mem,
						  tr(p->lang, n->own ? N_("%s has asked for this name.")
								     : N_("You have asked %s for this name.")),
						  n->own ? t->requester : n->d.c.sponsor));
	b->tone = "warn";
	b->text = arena_printf(p->mem, tr(p->lang, N_("Without an answer it is transferred on %s.")),
			       page_full(p, t->acted_at));
}

void console_get_name(struct http *h)
{
	struct req *rq = http_req(h);
	struct portfolio_name *n = arena_new_of(rq->mem, struct portfolio_name);
	if (!console_may(h, MAY_CONSOLE_READ))
		return;
	if (portfolio_name(rq, console_me(h), http_arg(h, 0), n)) {
		http_fail_err(h, &rq->err);
		return;
	}
	struct page p = console_page(h, N_("Name"), NAV_CON_NAMES);
	struct view *v = view_new(h);
	p.title = v->head = n->d.uname;
	v->res = n->d.name;
	v->life = portfolio_label(&p, n->state);
	v->crumb = tr(p.lang, N_("Names"));
	v->crumb_href = "/console";
	actions(h, &p, v, n);
	transfer_note(h, &p, v, n);
	if (n->own) {
		technical_block(h, &p, v, &n->d);
		statuses_block(h, &p, v, &n->d);
		history_block(h, &p, v, "domain", n->d.name);
		people_block(h, &p, v, n);
		dates_block(h, &p, v, &n->d);
	}
	console_show(h, &p, v, 200);
}
