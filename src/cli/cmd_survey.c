/* survey figures: the table of a report from its counts, and whether figures that were printed can be right. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/csv.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/commands.h"
#include "voice/count.h"

struct item {
	const char *label, *claimed; /* claimed NULL: nothing was */
	struct share share;
	struct claim claim;
	enum base_mark mark;
	bool impossible;
};

struct survey {
	const char *path;
	struct item *item;
	int n, bad;
};

/* ── reading ── */

enum { LABEL, SATISFIED, BASE, CLAIMED, COLUMNS };
static const char *const columns[] = { "label", "satisfied", "base", "claimed" };

static void bad_line(struct cli *c, struct survey *s, const struct lines *l, const char *what)
{
	cli_fail(c, "%s:%lld: %s", s->path, (long long)lines_number(l), what);
	s->bad++;
}

/* "72.8", "72.8%" or "72.8 %": 0 to 100 with up to three decimals. */
static bool claim_parse(struct arena *mem, const char *text, struct claim *out)
{
	char *s = arena_strdup(mem, text), *end = strchr(s, '%');
	int64_t whole, part = 0, unit = 1;
	if (end && end[1])
		return false;
	if (end)
		*end = 0;
	s = text_trim(mem, s);
	char *dot = strchr(s, '.');
	*out = (struct claim){ 0 };
	if (dot) {
		*dot++ = 0;
		out->digits = (int)strnlen(dot, 4);
		if (out->digits > 3 || strspn(dot, "0123456789") != (size_t)out->digits ||
		    !text_int(dot, 0, 999, &part))
			return false;
	}
	for (int i = 0; i < out->digits; i++)
		unit *= 10;
	if (*s == '-' || !text_int(s, 0, 100, &whole) || whole * unit + part > 100 * unit)
		return false;
	out->value = (int)(whole * unit + part);
	return true;
}

static void read_item(struct cli *c, struct survey *s, const struct lines *l, char **field, const int *at)
{
	struct item *i = &s->item[s->n];
	int bad = s->bad;
	*i = (struct item){ .label = arena_strdup(c->mem, field[at[LABEL]]) };
	if (!*i->label)
		bad_line(c, s, l, "label: expected what the item is called");
	if (!text_int(field[at[SATISFIED]], 0, COUNT_MAX, &i->share.n))
		bad_line(c, s, l,
			 arena_printf(c->mem, "satisfied \"%.40s\": expected a count, 0 to %lld", field[at[SATISFIED]],
				      COUNT_MAX));
	if (!text_int(field[at[BASE]], 0, COUNT_MAX, &i->share.base))
		bad_line(c, s, l,
			 arena_printf(c->mem, "base \"%.40s\": expected a count, 0 to %lld", field[at[BASE]],
				      COUNT_MAX));
	else if (bad == s->bad && i->share.n > i->share.base)
		bad_line(c, s, l,
			 arena_printf(c->mem, "satisfied %lld: expected no more than the base, %lld",
				      (long long)i->share.n, (long long)i->share.base));
	const char *claimed = at[CLAIMED] >= 0 ? text_trim(c->mem, field[at[CLAIMED]]) : "";
	if (*claimed) {
		int64_t from, to;
		i->claimed = claimed;
		if (!claim_parse(c->mem, claimed, &i->claim))
			bad_line(c, s, l,
				 arena_printf(
					 c->mem,
					 "claimed \"%.40s\": expected a percentage such as 72.8, up to three decimals",
					 claimed));
		i->impossible = !count_possible(i->claim, i->share.base, &from, &to);
	}
	i->mark = count_mark(i->share.base);
	s->n++;
}

static bool read_header(struct cli *c, struct survey *s, struct lines *l, int *at, int *nfields)
{
	char *line;
	size_t n;
	int got = lines_next(l, &line, &n, &c->err);
	if (got < 0)
		return s->bad++, cli_fail(c, "%s", c->err.msg), false;
	*nfields = 1;
	for (const char *p = got ? line : ""; *p; p++)
		*nfields += *p == ',';
	if (got == 0)
		cli_fail(c, "%s:1: expected a header, label,satisfied,base[,claimed]", s->path);
	else if (csv_header(line, columns, COLUMNS, at, &c->err))
		cli_fail(c, "%s:1: %s", s->path, c->err.msg);
	else if (at[LABEL] < 0 || at[SATISFIED] < 0 || at[BASE] < 0)
		cli_fail(c, "%s:1: expected the columns label, satisfied and base, and claimed if you have it",
			 s->path);
	else
		return true;
	s->bad++;
	return false;
}

static void read_lines(struct cli *c, struct survey *s, struct lines *l)
{
	int at[COLUMNS], wanted, got;
	char *line, *field[COLUMNS];
	size_t n;
	if (!read_header(c, s, l, at, &wanted))
		return;
	while ((got = lines_next(l, &line, &n, &c->err))) {
		if (got < 0) {
			cli_fail(c, "%s", c->err.msg);
			s->bad++;
		} else if (n > 0 && s->n == COUNT_ITEMS_MAX) {
			bad_line(c, s, l, arena_printf(c->mem, "expected no more than %d items", COUNT_ITEMS_MAX));
			return;
		} else if (n > 0 && csv_split(line, ',', field, COLUMNS) != wanted) {
			bad_line(c, s, l, arena_printf(c->mem, "expected %d fields, as in the header", wanted));
		} else if (n > 0) {
			read_item(c, s, l, field, at);
		}
	}
	if (s->n == 0 && s->bad == 0)
		bad_line(c, s, l, "expected at least one item after the header");
}

/* ── showing ── */

struct means {
	int n; /* items whose share is shown: a mean over the others too would give them away */
	bool known;
	struct share all;
	int unweighted, weighted;
};

static enum st means_of(struct cli *c, const struct survey *s, struct means *m)
{
	struct share *share = arena_array(c->mem, struct share, s->n);
	*m = (struct means){ 0 };
	for (int i = 0; i < s->n; i++)
		if (s->item[i].mark != BASE_HIDDEN) {
			share[m->n++] = s->item[i].share;
			m->all.n += s->item[i].share.n;
			m->all.base += s->item[i].share.base;
		}
	if (m->n == 0)
		return ST_OK;
	if (count_mean_unweighted(c->mem, share, m->n, &m->unweighted, &c->err) ||
	    count_mean_weighted(share, m->n, &m->weighted, &c->err))
		return c->err.code;
	m->known = true;
	return ST_OK;
}

struct shown {
	char share[COUNT_TEXT], lo[COUNT_TEXT], hi[COUNT_TEXT];
};

/* Of an item that is not hidden: its base is not 0, and its counts were checked. */
static struct shown shown_of(const struct item *i)
{
	struct shown t = { 0 };
	struct interval w = { 0 };
	int tenths = 0;
	count_share(i->share, &tenths, NULL);
	count_wilson(i->share, &w, NULL);
	count_tenths_text(tenths, false, t.share);
	count_tenths_text(count_interval_tenths(w.lo), false, t.lo);
	count_tenths_text(count_interval_tenths(w.hi), false, t.hi);
	return t;
}

static const char *note_of(struct cli *c, const struct item *i)
{
	static const char *const notes[] = {
		[BASE_ENOUGH] = "", [BASE_SMALL] = "small base", [BASE_HIDDEN] = "hidden"
	};
	if (!i->impossible)
		return notes[i->mark];
	return arena_printf(c->mem, "%s%simpossible for this base", notes[i->mark], *notes[i->mark] ? ", " : "");
}

static const char *mean_text(struct cli *c, const struct means *m, int tenths)
{
	char text[COUNT_TEXT];
	count_tenths_text(tenths, false, text);
	return m->known ? arena_printf(c->mem, "%s %%", text) : "none";
}

static void print_table(struct cli *c, const struct survey *s, const struct means *m)
{
	static const char *const heads[] = {
		"LABEL", "SATISFIED", "BASE", "SHARE %", "95 % INTERVAL", "CLAIMED", "NOTE"
	};
	struct table *t = table_new(c->mem, heads, 7);
	for (int k = 0; k < s->n; k++) {
		const struct item *i = &s->item[k];
		const char *claimed = i->claimed ? i->claimed : "";
		if (i->mark == BASE_HIDDEN) {
			table_row(t, (const char *[]){ i->label, "-", arena_printf(c->mem, "<%d", COUNT_BASE_SHOWN),
						       "-", "-", claimed, note_of(c, i) });
			continue;
		}
		struct shown x = shown_of(i);
		table_row(t, (const char *[]){ i->label, arena_printf(c->mem, "%lld", (long long)i->share.n),
					       arena_printf(c->mem, "%lld", (long long)i->share.base), x.share,
					       arena_printf(c->mem, "%s-%s", x.lo, x.hi), claimed, note_of(c, i) });
	}
	table_print(t);
	printf("unweighted mean of %d items: %s\n", m->n, mean_text(c, m, m->unweighted));
	printf("weighted mean, %lld of %lld: %s\n", (long long)m->all.n, (long long)m->all.base,
	       mean_text(c, m, m->weighted));
}

static void json_item(struct jw *w, const struct item *i)
{
	bool hidden = i->mark == BASE_HIDDEN;
	struct shown x = hidden ? (struct shown){ "null", "null", "null" } : shown_of(i);
	j_obj(w, NULL);
	j_str(w, "label", i->label);
	if (hidden) {
		j_null(w, "satisfied");
		j_null(w, "base");
	} else {
		j_int(w, "satisfied", i->share.n);
		j_int(w, "base", i->share.base);
	}
	j_raw(w, "share", x.share);
	j_raw(w, "low", x.lo);
	j_raw(w, "high", x.hi);
	j_str(w, "mark", count_mark_name(i->mark));
	j_str(w, "claimed", i->claimed);
	if (i->claimed)
		j_bool(w, "possible", !i->impossible);
	else
		j_null(w, "possible");
	j_end(w);
}

static void json_mean(struct jw *w, const char *key, const struct means *m, int tenths)
{
	char text[COUNT_TEXT];
	count_tenths_text(tenths, false, text);
	j_raw(w, key, m->known ? text : "null");
}

static void print_json(const struct survey *s, const struct means *m)
{
	BUF_SCOPE b = { .max = (size_t)512 << 20 }; /* 4096 labels of a line each, escaped */
	struct jw w = jw_of(&b);
	j_obj(&w, NULL);
	j_arr(&w, "items");
	for (int i = 0; i < s->n; i++)
		json_item(&w, &s->item[i]);
	j_end(&w);
	j_int(&w, "mean_items", m->n);
	json_mean(&w, "unweighted_mean", m, m->unweighted);
	json_mean(&w, "weighted_mean", m, m->weighted);
	j_end(&w);
	puts(buf_cstr(&b));
}

static int run_figures(struct cli *c)
{
	struct survey s = { .path = c->arg[0], .item = arena_array(c->mem, struct item, COUNT_ITEMS_MAX) };
	struct means m;
	struct lines *l = lines_open(s.path, &c->err);
	if (!l)
		return cli_fail(c, "%s", c->err.msg);
	read_lines(c, &s, l);
	lines_close(l);
	if (s.bad)
		return FAILED;
	if (means_of(c, &s, &m))
		return cli_fail(c, "%s: %s", s.path, c->err.msg);
	if (c->json)
		print_json(&s, &m);
	else
		print_table(c, &s, &m);
	return DONE;
}

const struct command survey_commands[] = {
	{ "survey", "figures", "FILE",
	  "Shares, 95 % intervals and means of a CSV label,satisfied,base[,claimed], and claims that can't be", 1, 1, 0,
	  NULL, run_figures },
	{ 0 },
};
