/* address_list.c — the lines of a CSV of addresses. */
#include "voice/address_list.h"
#include <string.h>
#include "base/text.h"
#include "voice/voice_int.h"

enum { EMAIL, LANG, SEGMENT, COLUMNS };
static const char *const columns[] = { "email", "lang", "segment" };

struct reading {
	struct arena *mem;
	struct lines *l;
	struct address_list *k;
	int at[COLUMNS], wanted;
};

static struct err *fault(struct reading *r)
{
	struct address_fault *f = &r->k->fault[r->k->nfaults++];
	int64_t line = lines_number(r->l);
	f->line = line ? line : 1;
	return &f->why;
}

/* What the reader of lines says names the file, which its giver may not know by that name. */
static void unreadable(struct reading *r, enum st code)
{
	struct err *e = fault(r);
	if (code == ST_LIMIT)
		err_set(e, code, N_("the line is longer than %d bytes"), LINE_MAX_BYTES);
	else if (code == ST_INVALID)
		err_set(e, code, N_("the line is not UTF-8: save the file as “CSV UTF-8”"));
	else
		err_set(e, code, N_("from here on the file is damaged, or it ends too early"));
}

static void add(struct reading *r, struct voice_frame_row row)
{
	struct address_list *k = r->k;
	if (k->n == k->room) {
		struct voice_frame_row *more = arena_array(r->mem, struct voice_frame_row, 2 * k->room + 1024);
		if (k->n)
			memcpy(more, k->row, sizeof *more * (size_t)k->n);
		k->row = more;
		k->room = 2 * k->room + 1024;
	}
	k->row[k->n++] = row;
}

static const char *cell(const struct reading *r, char **field, int column)
{
	return r->at[column] < 0 ? "" : text_trim(r->mem, field[r->at[column]]);
}

static const char *shown(const struct reading *r, const char *text)
{
	return arena_dup(r->mem, text, utf8_cut(text, strlen(text), 80));
}

static void line_read(struct reading *r, char **field)
{
	const char *email = text_trim(r->mem, field[r->at[EMAIL]]);
	struct voice_frame_row row = { text_lower(r->mem, email), cell(r, field, LANG), cell(r, field, SEGMENT) };
	if (!text_email_ok(row.email))
		err_set(fault(r), ST_INVALID, N_("\"%s\": expected an e-mail address"), shown(r, email));
	else if (strlen(row.lang) > ADDRESS_LANG_MAX || !text_clean(row.lang, strlen(row.lang)))
		err_set(fault(r), ST_INVALID, N_("\"%s\": expected a language, such as en or zh-TW"),
			shown(r, row.lang));
	else if (!voice_is_segment(row.segment))
		err_set(fault(r), ST_INVALID, N_("a segment has at most %d characters, and no tabs"),
			VOICE_SEGMENT_MAX);
	else
		add(r, row);
}

static bool header_read(struct reading *r, char *line)
{
	if (csv_header(line, columns, COLUMNS, r->at, NULL) || r->at[EMAIL] < 0)
		return err_set(fault(r), ST_INVALID,
			       N_("expected the columns email, lang and segment, of which lang and segment may be "
				  "missing")),
		       false;
	for (int i = 0; i < COLUMNS; i++)
		r->wanted += r->at[i] >= 0;
	return true;
}

static void lines_read(struct reading *r)
{
	char *line, *field[COLUMNS];
	size_t n;
	int got;
	struct err e = { 0 };
	while (r->k->nfaults < ADDRESS_FAULTS_MAX && (got = lines_next(r->l, &line, &n, &e))) {
		if (got < 0)
			unreadable(r, e.code);
		else if (n && csv_split(line, ',', field, COLUMNS) != r->wanted)
			err_set(fault(r), ST_INVALID, N_("expected as many fields as in the header"));
		else if (n && r->k->n == VOICE_CANDIDATES_MAX) {
			err_set(fault(r), ST_LIMIT, N_("more than %d addresses"), VOICE_CANDIDATES_MAX);
			return;
		} else if (n)
			line_read(r, field);
	}
}

bool address_list_read(struct arena *mem, struct lines *l, struct address_list *k)
{
	struct reading r = { .mem = mem, .l = l, .k = k };
	struct err e = { 0 };
	char *line, nothing[1] = "";
	size_t n;
	*k = (struct address_list){ .fault = arena_array(mem, struct address_fault, ADDRESS_FAULTS_MAX) };
	int got = lines_next(l, &line, &n, &e);
	if (got < 0)
		unreadable(&r, e.code);
	else if (header_read(&r, got ? line : nothing))
		lines_read(&r);
	struct hash h = lines_digest(l);
	hash_hex(&h, k->digest);
	return !k->nfaults;
}
