/* console_page.c — the frame of the console's pages, and the blocks they are made of. */
#include <stdio.h>
#include <string.h>
#include "base/text.h"
#include "front/web/console.h"
#include "front/web/pages.h"

bool console_route(const struct route *r)
{
	return !strncmp(r->pattern, "/console", 8) && (!r->pattern[8] || strchr("/.", r->pattern[8]));
}

bool console_may(struct http *h, enum permission what)
{
	if (permit(http_req(h), what) == ST_OK)
		return true;
	http_fail_err(h, &http_req(h)->err);
	return false;
}

const char *console_me(struct http *h)
{
	const struct req *rq = http_req(h);
	return rq->who && !strncmp(rq->who->id, "registrar:", 10) ? rq->who->id + 10 : "";
}

const char *console_money(const struct page *p, int64_t amount)
{
	return money_text(p->mem, amount, p->console->currency);
}

struct page console_page(struct http *h, const char *title, enum nav nav)
{
	struct page p = page_of(h, title, nav);
	struct req *rq = http_req(h);
	struct session *s = arena_new_of(p.mem, struct session);
	struct console *k = arena_new_of(p.mem, struct console);
	struct registrar r;
	if (!staff_session(h, s))
		*s = (struct session){ .login = "", .name = "", .csrf = "", .registrar = "" };
	*k = (struct console){ .registrar = console_me(h), .role = s->role };
	k->name = registrar_get(rq, k->registrar, &r) ? k->registrar : r.name;
	if (ledger_balance(rq, arena_printf(p.mem, "registrar:%s", k->registrar), &k->balance, k->currency) ||
	    portfolio_counts(rq, k->registrar, &k->counts))
		err_clear(&rq->err);
	p.staff = s;
	p.console = k;
	p.done = http_query(h, "done");
	p.search = "";
	return p;
}

const char *console_url(struct arena *mem, const char *base, const char *part, const char *act)
{
	/* A part is a name, a handle or a number; a handle may hold what an address may not. */
	BUF_SCOPE b = BUF_INIT;
	buf_printf(&b, "%s/", base);
	for (const unsigned char *s = (const unsigned char *)part; *s; s++)
		if (*s > 0x20 && *s < 0x7f && !strchr("/?#%\\\"<>", *s))
			buf_char(&b, (char)*s);
		else
			buf_printf(&b, "%%%02X", *s);
	return arena_printf(mem, "%s%s%s", buf_cstr(&b), act ? "/" : "", act ? act : "");
}

/* ── blocks ── */

struct view *view_new(struct http *h)
{
	return arena_new_of(http_req(h)->mem, struct view);
}

struct block *view_block(struct http *h, struct view *v, enum block_kind k, const char *title)
{
	struct block *b = arena_new_of(http_req(h)->mem, struct block);
	b->kind = k;
	b->title = title;
	if (v->nblocks < BLOCKS_MAX)
		v->block[v->nblocks++] = b;
	return b;
}

void view_link(struct view *v, const char *href, const char *text, const char *look)
{
	if (v->nlinks < LINKS_MAX)
		v->link[v->nlinks++] = (struct link_to){ href, text, look };
}

void block_link(struct block *b, const char *href, const char *text, const char *look)
{
	if (b->nlinks < LINKS_MAX)
		b->link[b->nlinks++] = (struct link_to){ href, text, look };
}

void block_columns(struct page *p, struct block *b, int n, const char *const *heads)
{
	b->t.ncols = n < COLUMNS_MAX ? n : COLUMNS_MAX;
	for (int i = 0; i < b->t.ncols; i++) {
		const char *head = tr(p->lang, heads[i]);
		b->t.end[i] = *head == '+';
		b->t.head[i] = head + b->t.end[i];
	}
}

struct cell *block_row(struct http *h, struct block *b, int max)
{
	struct arena *mem = http_req(h)->mem;
	if (!b->t.cell)
		b->t.cell = arena_array(mem, struct cell, max * b->t.ncols);
	return b->t.n < max ? &b->t.cell[b->t.n++ * b->t.ncols] : arena_array(mem, struct cell, b->t.ncols);
}

void block_fact(struct block *b, const char *name, struct cell c)
{
	if (b->nfacts < FACTS_MAX) {
		b->fact[b->nfacts].name = name;
		b->fact[b->nfacts++].cell = c;
	}
}

struct field *form_field(struct form_view *f, const char *id, const char *label, enum field_kind k, const char *value)
{
	if (f->n == FIELDS_MAX)
		f->n--; /* no form of ours is that long */
	struct field *x = &f->field[f->n++];
	*x = (struct field){
		.id = id, .label = label, .kind = k, .value = value, .max = k == FIELD_AREA ? 16384 : 255
	};
	return x;
}

void form_hide(struct form_view *f, const char *name, const char *value)
{
	if (f->nhidden < HIDDEN_MAX)
		f->hidden[f->nhidden++] = (struct choice_of){ name, value };
}

bool has_choice(const struct field *f, const struct choice_of *c)
{
	return f->value && strcmp(f->value, c->value) == 0;
}

bool view_has_aside(const struct view *v)
{
	for (int i = 0; i < v->nblocks; i++)
		if (v->block[i]->aside)
			return true;
	return false;
}

void console_show(struct http *h, struct page *p, struct view *v, int status)
{
	for (int i = 0; i < v->nblocks; i++)
		if (v->block[i]->form) {
			v->block[i]->form->csrf = p->staff->csrf;
			p->bad |= v->block[i]->form->bad.n > 0;
		}
	if (!v->done && p->done)
		v->done = console_done_word(p, p->done);
	http_status(h, status);
	web_console_view(p, v);
}

/* ── CSV: a cell that a spreadsheet would take for a formula gets an apostrophe; numbers of ours stay numbers ── */
