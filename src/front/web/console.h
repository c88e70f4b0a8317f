/* console.h — the registrar's console: pages at /console, for people whose account belongs to a registrar.
 *
 * WHO. Every route whose pattern begins with /console is guarded (web_guard): a session of a registrar's person, never
 * of staff; the actor is then "registrar:ID" with that person's roles, and the frame says who it was. Each handler asks
 * for its permission first. What is shown is what the registrar sponsors (names/portfolio.h); what is done goes through
 * the functions that EPP uses (names/registry.h), which judge again.
 *
 * HOW A PAGE IS MADE. A handler fills a struct view with blocks (tables, facts, forms, notes) and calls console_show. A
 * change is a struct deed: its form is read, the write is rehearsed (names/bulk.h) and taken back, a second page says
 * what it will cost and do, and only that page's button does it.
 */
#ifndef WEB_CONSOLE_H
#define WEB_CONSOLE_H
#include "base/csv.h"
#include "front/web/web.h"
#include "names/bulk.h"
#include "names/portfolio.h"

/* ── who is there (console_page.c) ── */
struct console {
	const char *registrar, *name;
	unsigned role;
	int64_t balance;
	char currency[4];
	struct portfolio_counts counts;
};
bool console_route(const struct route *r);
/* After the guard; false: answered with a refusal. */
bool console_may(struct http *h, enum permission what);
struct page console_page(struct http *h, const char *title, enum nav nav); /* title: a msgid */
const char *console_me(struct http *h);					   /* the registrar's handle */
const char *console_money(const struct page *p, int64_t amount);

/* ── what stands on a page ── */
enum cell_kind { CELL_TEXT, CELL_RES, CELL_NUM, CELL_LIFE, CELL_LINES };
struct cell {
	const char *text, *href, *sub, *tone;
	enum cell_kind kind;
};
struct link_to {
	const char *href, *text, *look; /* look: "btn--main", "btn--bad", "" */
};
enum field_kind { FIELD_TEXT, FIELD_ID, FIELD_AREA, FIELD_SELECT, FIELD_CHECK, FIELD_FILE };
struct choice_of {
	const char *value, *text;
};
struct field {
	const char *id, *label, *hint, *value;
	enum field_kind kind;
	int max;
	bool needed, on;		/* on: of a check */
	const struct choice_of *choice; /* of a select, ended by value NULL */
	const char *group;		/* a heading above it; NULL: none */
};
enum {
	FIELDS_MAX = DOMAIN_VARIANTS + 16,
	HIDDEN_MAX = 64,
	SAYS_MAX = 8,
	BLOCKS_MAX = 12,
	LINKS_MAX = 12,
	FACTS_MAX = 32,
	COLUMNS_MAX = 10
};
struct form_view {
	const char *action, *button, *look, *intro, *cancel, *csrf;
	struct field field[FIELDS_MAX];
	int n;
	struct choice_of hidden[HIDDEN_MAX];
	int nhidden;
	bool files, get; /* get: a search, without token */
	struct form_errors bad;
};
enum block_kind {
	BLOCK_TABLE,
	BLOCK_FACTS,
	BLOCK_NOTE,
	BLOCK_FORM,
	BLOCK_FILTER,
	BLOCK_SECRET,
	BLOCK_PROGRESS,
	BLOCK_TEXT
};
struct block {
	enum block_kind kind;
	const char *title, *text, *tone;
	bool aside;
	struct link_to link[LINKS_MAX];
	int nlinks;
	struct { /* table */
		const char *head[COLUMNS_MAX];
		bool end[COLUMNS_MAX];
		int ncols, n;
		struct cell *cell; /* n × ncols */
		const char *empty, *empty_more;
	} t;
	struct { /* facts */
		const char *name;
		struct cell cell;
	} fact[FACTS_MAX];
	int nfacts;
	struct form_view *form;
	int64_t done, all;
};
struct view {
	const char *head, *res, *crumb, *crumb_href, *done;
	struct label life;
	struct link_to link[LINKS_MAX];
	int nlinks;
	struct block *block[BLOCKS_MAX];
	int nblocks;
};
struct view *view_new(struct http *h);
struct block *view_block(struct http *h, struct view *v, enum block_kind k, const char *title); /* title: translated */
void view_link(struct view *v, const char *href, const char *text, const char *look);
void block_link(struct block *b, const char *href, const char *text, const char *look);
void block_columns(struct page *p, struct block *b, int n, const char *const *heads); /* msgids; "+…" right-aligned */
struct cell *block_row(struct http *h, struct block *b, int max);		      /* the next row's first cell */
void block_fact(struct block *b, const char *name, struct cell c);
struct field *form_field(struct form_view *f, const char *id, const char *label, enum field_kind k, const char *value);
void form_hide(struct form_view *f, const char *name, const char *value);
void console_show(struct http *h, struct page *p, struct view *v, int status);
const char *console_url(struct arena *mem, const char *base, const char *part, const char *act); /* base/PART[/act] */
bool view_has_aside(const struct view *v);
bool has_choice(const struct field *f, const struct choice_of *c); /* is it the chosen one? */

/* ── a change ── */
struct deed {
	struct page p;
	const char *head, *res, *crumb, *crumb_href;
	struct form_view form;
	const char *say[SAYS_MAX]; /* what follows from it, translated */
	int nsay;
	const char *button; /* of the second page: a word; the price is put behind it */
	const char *done;   /* where the page goes on afterwards */
	write_fn fn;
	void *arg;
	const struct outcome *why; /* where fn leaves the reason; NULL: the write's error alone */
	bool harm;
	void (*after)(struct http *h, struct deed *d); /* instead of going to `done` */
	struct rehearsal trial;
};
struct deed *deed_new(struct http *h, const char *title, enum nav nav);
void deed_say(struct deed *d, const char *text);
void deed_form(struct http *h, struct deed *d, int status); /* the first page */
/* The form is read and has no errors: rehearses, or does it. */
void deed_run(struct http *h, struct deed *d);
const char *outcome_word(const struct page *p, const struct outcome *why, const struct err *e);

/* ── words (console_words.c) ── */
struct label portfolio_label(const struct page *p, enum portfolio_state s);
const char *portfolio_state_name(enum portfolio_state s); /* in addresses */
const char *status_word(const struct page *p, enum status_bit s);
const char *verb_word(const struct page *p, const char *verb);
const char *poll_word(const struct page *p, const char *kind);
const char *entry_word(const struct page *p, const char *kind);
const char *grace_word(const struct page *p, int grace);
const char *job_word(const struct page *p, const struct bulk_job *j);
const char *console_done_word(const struct page *p, const char *done);
const char *days_text(const struct page *p, int64_t until);
const char *console_count(const struct page *p, int64_t n); /* "4,218"; "100,000+" */

/* ── the list of names has a template of its own ── */
struct portfolio_page {
	struct portfolio_ask ask;
	struct portfolio_row *row;
	int n, expires; /* expires: days, 0 any */
	const char *q, *next, *zone, *sort, *zones[32];
	int nzones;
	int64_t below;
	bool may_write;
};
const char *portfolio_path(const struct page *p, const struct portfolio_page *n, const char *sort, const char *after);

/* ── handlers ── */
void console_get_names(struct http *h), console_get_name(struct http *h), console_get_act(struct http *h),
	console_post_act(struct http *h), console_get_register(struct http *h), console_post_register(struct http *h),
	console_get_transfers(struct http *h), console_get_transfer_new(struct http *h),
	console_post_transfer_new(struct http *h), console_get_contacts(struct http *h),
	console_get_contact(struct http *h), console_get_contact_new(struct http *h),
	console_post_contact_new(struct http *h), console_get_contact_act(struct http *h),
	console_post_contact_act(struct http *h), console_get_hosts(struct http *h), console_get_host(struct http *h),
	console_get_host_new(struct http *h), console_post_host_new(struct http *h),
	console_get_host_act(struct http *h), console_post_host_act(struct http *h), console_get_poll(struct http *h),
	console_post_poll(struct http *h), console_get_ledger(struct http *h), console_get_ledger_csv(struct http *h),
	console_get_low(struct http *h), console_post_low(struct http *h), console_get_access(struct http *h),
	console_get_access_act(struct http *h), console_post_access_act(struct http *h),
	console_get_bulk(struct http *h), console_post_bulk(struct http *h), console_post_selected(struct http *h),
	console_get_job(struct http *h), console_post_job(struct http *h), console_get_job_csv(struct http *h),
	console_get_help(struct http *h);

#endif
