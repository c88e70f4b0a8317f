/* Registered names as CSV. The header decides the order of the columns; all but `name` may be missing. */
#include <string.h>
#include "base/csv.h"
#include "base/idn.h"
#include "base/text.h"
#include "names/names_int.h"

enum { NAME, REGISTERED, EXPIRES, SPONSOR, HOLDER, HOLDER_KIND, COUNTRY, STATUS, NAMESERVERS, COLUMNS };
static const char *const columns[COLUMNS] = { "name",	     "registered", "expires", "sponsor",    "holder",
					      "holder_kind", "country",	   "status",  "nameservers" };
#define FIELD_BYTES 500
#define NAMESERVERS_MAX 32

enum st names_header(char *line, struct name_columns *cols, struct err *e)
{
	if (csv_header(line, columns, COLUMNS, cols->at, e))
		return e->code;
	return cols->at[NAME] < 0 ? err_set(e, ST_INVALID, "the column name is missing") : ST_OK;
}

static enum st wrong(struct err *e, int column, const char *want, const char *found)
{
	return err_set(e, ST_INVALID, "%s: expected %s, found \"%.60s\"", columns[column], want, found);
}

static enum st time_field(const char *s, int column, int64_t *out, struct err *e)
{
	*out = *s ? time_parse(s) : TIME_NONE;
	return *s && *out == TIME_NONE ? wrong(e, column, "a time such as 2026-11-24 or 2026-11-24T14:05:00Z", s)
				       : ST_OK;
}

static enum st text_field(struct arena *mem, const char *s, int column, char **out, struct err *e)
{
	size_t n = strlen(s);
	if (n > FIELD_BYTES || !text_clean(s, n))
		return wrong(e, column, "at most 500 bytes of text without control characters", s);
	*out = text_trim(mem, s);
	return ST_OK;
}

static enum st country_field(struct arena *mem, const char *s, char **out, struct err *e)
{
	char cc[3] = { 0 };
	for (size_t i = 0; i < 2 && s[i]; i++)
		cc[i] = (char)(s[i] >= 'a' && s[i] <= 'z' ? s[i] - 32 : s[i]);
	*out = arena_strdup(mem, cc);
	bool ok = *s == 0 || (strspn(cc, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 2 && s[2] == 0);
	return ok ? ST_OK : wrong(e, COUNTRY, "a country of two letters", s);
}

/* Separated by blanks; in A-label form, in the order given. */
static enum st nameservers_field(struct arena *mem, char *s, char **out, struct err *e)
{
	struct err why = { 0 };
	size_t at = 0, room = strlen(s) * 4 + 256;
	char *list = arena_alloc(mem, room);
	int n = 0;
	*out = list;
	for (char *one; (one = strsep(&s, " \t"));) {
		if (!*one)
			continue;
		char *ascii = name_ascii(mem, one, false, &why);
		size_t len = ascii ? strlen(ascii) : 0;
		if (!ascii)
			return err_set(e, ST_INVALID, "nameservers: \"%.60s\": %.120s", one, why.msg);
		if (++n > NAMESERVERS_MAX || at + len + 2 > room)
			return err_set(e, ST_INVALID, "nameservers: expected at most %d", NAMESERVERS_MAX);
		if (at)
			list[at++] = ' ';
		memcpy(list + at, ascii, len + 1);
		at += len;
	}
	return ST_OK;
}

static enum st kind_field(struct arena *mem, const char *s, char **out, struct err *e)
{
	*out = arena_strdup(mem, s);
	return *s == 0 || strcmp(s, "person") == 0 || strcmp(s, "org") == 0 ? ST_OK
									    : wrong(e, HOLDER_KIND, "person or org", s);
}

static enum st name_field(struct arena *mem, const char *s, struct name *out, struct err *e)
{
	struct err why = { 0 };
	out->name = name_ascii(mem, s, false, &why);
	if (!out->name)
		return err_set(e, ST_INVALID, "name: \"%.60s\": %.150s", s, why.msg);
	out->zone = arena_strdup(mem, name_tld(out->name));
	return ST_OK;
}

static enum st fields_parse(struct arena *mem, char *f[COLUMNS], struct name *out, struct err *e)
{
	if (name_field(mem, f[NAME], out, e) || time_field(f[REGISTERED], REGISTERED, &out->registered, e) ||
	    time_field(f[EXPIRES], EXPIRES, &out->expires, e) ||
	    text_field(mem, f[SPONSOR], SPONSOR, &out->sponsor, e) ||
	    text_field(mem, f[HOLDER], HOLDER, &out->holder, e) ||
	    kind_field(mem, f[HOLDER_KIND], &out->holder_kind, e) || country_field(mem, f[COUNTRY], &out->country, e) ||
	    text_field(mem, f[STATUS], STATUS, &out->status, e) ||
	    nameservers_field(mem, f[NAMESERVERS], &out->nameservers, e))
		return ST_INVALID;
	if (out->registered != TIME_NONE && out->expires != TIME_NONE && out->expires < out->registered)
		return err_set(e, ST_INVALID, "expires: expected a time after registered");
	out->valid_from = out->registered;
	out->from_record = out->registered != TIME_NONE;
	return ST_OK;
}

enum st names_parse(struct arena *mem, char *line, const struct name_columns *cols, struct name *out, struct err *e)
{
	static char none[1];
	char *f[COLUMNS + 1], *by_column[COLUMNS];
	int want = 0, n = csv_split(line, ',', f, COLUMNS + 1);
	for (int i = 0; i < COLUMNS; i++)
		want = cols->at[i] >= want ? cols->at[i] + 1 : want;
	*out = (struct name){ .registered = TIME_NONE, .expires = TIME_NONE, .valid_from = TIME_NONE };
	if (n < 0)
		return err_set(e, ST_INVALID,
			       "expected %d fields separated by commas; quotes stand around a whole field", want);
	if (n != want)
		return err_set(e, ST_INVALID, "expected %d fields as in the header, found %d", want, n);
	for (int i = 0; i < COLUMNS; i++)
		by_column[i] = cols->at[i] >= 0 ? f[cols->at[i]] : none;
	return fields_parse(mem, by_column, out, e);
}
