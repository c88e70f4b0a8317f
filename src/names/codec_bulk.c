/* The CSV of bulk changes: text to changes. Pure. */
#include <stdio.h>
#include <string.h>
#include "base/csv.h"
#include "base/idn.h"
#include "base/text.h"
#include "names/bulk.h"

enum column {
	COL_ACTION,
	COL_NAME,
	COL_YEARS,
	COL_REGISTRANT,
	COL_ADMIN,
	COL_TECH,
	COL_BILLING,
	COL_NS,
	COL_STATUS,
	COLS
};
static const char *const columns[COLS] = { "action", "name",	"years", "registrant", "admin",
					   "tech",   "billing", "ns",	 "status" };
enum { LINE_BYTES = 8192, LIST_MAX = 13 };

#define TAKES(c) (1u << COL_##c)
#define PEOPLE (TAKES(REGISTRANT) | TAKES(ADMIN) | TAKES(TECH) | TAKES(BILLING))
/* What a line of this action may say beside action and name, and what it must. */
static const struct {
	const char *name;
	unsigned may, must;
} actions[BULK_ACTIONS] = {
	[BULK_CREATE] = { "create", TAKES(YEARS) | PEOPLE | TAKES(NS), TAKES(REGISTRANT) },
	[BULK_RENEW] = { "renew", TAKES(YEARS), 0 },
	[BULK_DELETE] = { "delete", 0, 0 },
	[BULK_RESTORE] = { "restore", 0, 0 },
	[BULK_NS] = { "ns", TAKES(NS), TAKES(NS) },
	[BULK_CONTACTS] = { "contacts", PEOPLE, 0 },
	[BULK_STATUS] = { "status", TAKES(STATUS), TAKES(STATUS) },
};

const char *bulk_action_name(enum bulk_action a)
{
	return (unsigned)a < BULK_ACTIONS ? actions[a].name : "";
}

enum st bulk_header(char *line, struct bulk_columns *cols, struct err *e)
{
	if (csv_header(line, columns, COLS, cols->at, e))
		return e->code;
	if (cols->at[COL_ACTION] < 0 || cols->at[COL_NAME] < 0)
		return err_set(e, ST_INVALID, N_("the header needs the columns action and name"));
	return ST_OK;
}

static bool action_of(const char *s, enum bulk_action *out)
{
	for (int a = 0; a < BULK_ACTIONS; a++)
		if (text_eq_nocase(s, actions[a].name)) {
			*out = (enum bulk_action)a;
			return true;
		}
	return false;
}

static enum st fields_fit(char *const *f, enum bulk_action a, struct err *e)
{
	unsigned given = 0;
	for (int c = COL_YEARS; c < COLS; c++)
		given |= f[c] ? 1u << c : 0;
	for (int c = COL_YEARS; c < COLS; c++) {
		if (given & ~actions[a].may & 1u << c)
			return err_set(e, ST_INVALID, N_("%s: a line with %s leaves it empty"), columns[c],
				       actions[a].name);
		if (actions[a].must & ~given & 1u << c)
			return err_set(e, ST_INVALID, N_("%s: %s needs it"), columns[c], actions[a].name);
	}
	if (a == BULK_CONTACTS && !given)
		return err_set(e, ST_INVALID, N_("contacts: registrant, admin, tech or billing is needed"));
	return ST_OK;
}

/* Handles by single spaces; at most as many as a domain takes. */
static enum st handles_read(struct arena *mem, const char *what, const char *s, int max, char **out, struct err *e)
{
	int n = 0;
	char *left = arena_strdup(mem, s), *h;
	BUF_SCOPE b = BUF_INIT;
	while ((h = strsep(&left, " "))) {
		if (!*h)
			continue;
		size_t len = strlen(h);
		if (len < 3 || len > 16 || ++n > max)
			return err_set(e, ST_INVALID, N_("%s: %d handles of 3 to 16 characters at most"), what, max);
		buf_printf(&b, "%s%s", b.n ? " " : "", h);
	}
	*out = arena_strdup(mem, buf_cstr(&b));
	return ST_OK;
}

static enum st servers_read(struct arena *mem, const char *s, char **out, struct err *e)
{
	int n = 0;
	char *left = arena_strdup(mem, s), *h, *ascii;
	BUF_SCOPE b = BUF_INIT;
	*out = arena_strdup(mem, "");
	if (strcmp(s, "-") == 0)
		return ST_OK;
	while ((h = strsep(&left, " "))) {
		if (!*h)
			continue;
		if (++n > LIST_MAX)
			return err_set(e, ST_INVALID, N_("ns: at most %d name servers"), LIST_MAX);
		if (!(ascii = name_ascii(mem, h, false, e)))
			return err_set(e, ST_INVALID, N_("ns: %.100s: %.100s"), h, e->msg);
		buf_printf(&b, "%s%s", b.n ? " " : "", ascii);
	}
	*out = arena_strdup(mem, buf_cstr(&b));
	return ST_OK;
}

static enum st statuses_read(struct arena *mem, const char *s, struct bulk_change *out, struct err *e)
{
	char *left = arena_strdup(mem, s), *h;
	while ((h = strsep(&left, " "))) {
		enum status_bit bit;
		if (!*h)
			continue;
		bool ours = (*h == '+' || *h == '-') && !strncmp(h + 1, "client", 6) && status_parse(h + 1, &bit);
		if (!ours)
			return err_set(e, ST_INVALID, N_("status: %.60s: +clientHold or -clientHold, and the like"), h);
		if ((out->add | out->rem) & BIT(bit))
			return err_set(e, ST_INVALID, N_("status: %.60s stands twice"), h + 1);
		*(*h == '+' ? &out->add : &out->rem) |= BIT(bit);
	}
	return out->add | out->rem ? ST_OK : err_set(e, ST_INVALID, N_("status: none is named"));
}

static enum st values_read(struct arena *mem, char *const *f, struct bulk_change *out, struct err *e)
{
	int64_t years = out->action == BULK_CREATE || out->action == BULK_RENEW;
	struct {
		enum column col;
		int max;
		char **to;
	} people[] = { { COL_REGISTRANT, 1, &out->registrant },
		       { COL_ADMIN, 3, &out->admin },
		       { COL_TECH, 3, &out->tech },
		       { COL_BILLING, 3, &out->billing } };
	if (f[COL_YEARS] && !text_int(f[COL_YEARS], 1, 10, &years))
		return err_set(e, ST_INVALID, N_("years: %.20s: 1 to 10"), f[COL_YEARS]);
	out->years = (int)years;
	for (size_t i = 0; i < sizeof people / sizeof *people; i++)
		if (f[people[i].col] &&
		    handles_read(mem, columns[people[i].col], f[people[i].col], people[i].max, people[i].to, e))
			return e->code;
	if (f[COL_NS] && servers_read(mem, f[COL_NS], &out->ns, e))
		return e->code;
	return f[COL_STATUS] ? statuses_read(mem, f[COL_STATUS], out, e) : ST_OK;
}

enum st bulk_parse(struct arena *mem, char *line, const struct bulk_columns *cols, struct bulk_change *out,
		   struct err *e)
{
	char *field[COLS + 8], *f[COLS];
	*out = (struct bulk_change){ 0 };
	int n = csv_split(line, ',', field, COLS + 8);
	if (n < 0)
		return err_set(e, ST_INVALID, N_("a quote is not closed, or there are too many fields"));
	for (int c = 0; c < COLS; c++) {
		f[c] = cols->at[c] >= 0 && cols->at[c] < n ? text_trim(mem, field[cols->at[c]]) : NULL;
		f[c] = f[c] && *f[c] ? f[c] : NULL;
	}
	for (int i = 0; i < n; i++)
		if (!text_clean(field[i], strlen(field[i])))
			return err_set(e, ST_INVALID, N_("a field holds control characters"));
	if (!f[COL_ACTION] || !action_of(f[COL_ACTION], &out->action))
		return err_set(e, ST_INVALID,
			       N_("action: %.40s: create, renew, delete, restore, ns, contacts or status expected"),
			       f[COL_ACTION] ? f[COL_ACTION] : "");
	if (!f[COL_NAME])
		return err_set(e, ST_INVALID, N_("name: it is empty"));
	if (!(out->name = name_ascii(mem, f[COL_NAME], false, e)))
		return err_set(e, ST_INVALID, N_("name: %.100s: %.120s"), f[COL_NAME], e->msg);
	if (fields_fit(f, out->action, e))
		return e->code;
	return values_read(mem, f, out, e);
}

/* ── a whole file ── */

static void error_add(struct bulk_file *out, int line, const struct err *why)
{
	out->bad++;
	if (out->nerrors < BULK_ERRORS_SHOWN)
		out->error[out->nerrors++] = (struct bulk_error){ line, *why };
}

/* The next line without its end; NULL at the end of the text. */
static char *line_next(struct arena *mem, const char **at, const char *end)
{
	if (*at >= end)
		return NULL;
	const char *nl = memchr(*at, '\n', (size_t)(end - *at)), *stop = nl ? nl : end;
	size_t n = (size_t)(stop - *at);
	char *line = arena_dup(mem, *at, n && stop[-1] == '\r' ? n - 1 : n);
	*at = stop + 1;
	return line;
}

enum st bulk_read(struct arena *mem, const char *text, size_t n, struct bulk_file *out, struct err *e)
{
	const char *at = text, *end = text + n;
	struct bulk_columns cols;
	char *line;
	*out = (struct bulk_file){ 0 };
	if (n > BULK_BYTES_MAX)
		return err_set(e, ST_INVALID, N_("the file is larger than %d MB"), BULK_BYTES_MAX >> 20);
	if (!utf8_valid(text, n))
		return err_set(e, ST_INVALID, N_("the file is not UTF-8 text"));
	if (n >= 3 && !memcmp(at, "\xef\xbb\xbf", 3)) /* spreadsheets begin so */
		at += 3;
	if (!(line = line_next(mem, &at, end)))
		return err_set(e, ST_INVALID, N_("the file is empty"));
	out->header = arena_strdup(mem, line);
	if (bulk_header(line, &cols, e))
		return e->code;
	out->row = arena_array(mem, struct bulk_line, BULK_ROWS_MAX);
	struct arena *work = arena_new((size_t)1 << 20);
	for (int number = 2; (line = line_next(mem, &at, end)); number++) {
		struct bulk_change c;
		struct err why = { 0 };
		if (!line[strspn(line, " \t,")])
			continue;
		if (out->rows == BULK_ROWS_MAX) {
			arena_free(work);
			return err_set(e, ST_INVALID, N_("more than %d lines: split the file"), BULK_ROWS_MAX);
		}
		if (strlen(line) > LINE_BYTES)
			err_set(&why, ST_INVALID, N_("the line is too long"));
		else
			bulk_parse(work, arena_strdup(work, line), &cols, &c, &why);
		if (why.code)
			error_add(out, number, &why);
		out->row[out->rows++] = (struct bulk_line){ number, line };
		arena_reset(work);
	}
	arena_free(work);
	return out->rows ? ST_OK : err_set(e, ST_INVALID, N_("there is no line after the header"));
}
