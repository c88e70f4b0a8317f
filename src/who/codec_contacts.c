/* Contacts as CSV. The header decides the order of the columns; `resource` and `role` must be there. */
#include <string.h>
#include "base/addr.h"
#include "base/csv.h"
#include "base/idn.h"
#include "base/text.h"
#include "who/contact.h"

enum { RESOURCE, ORGANISATION, ROLE, EMAIL, PHONE, LANG, SOURCE, VERIFIED_AT, COLUMNS };
static const char *const columns[COLUMNS] = { "resource", "organisation", "role",   "email",
					      "phone",	  "lang",	  "source", "verified_at" };
#define FIELD_BYTES 500
#define SPONSOR_BYTES 120

enum st contact_header(char *line, struct contact_columns *cols, struct err *e)
{
	if (csv_header(line, columns, COLUMNS, cols->at, e))
		return e->code;
	if (cols->at[RESOURCE] < 0 || cols->at[ROLE] < 0)
		return err_set(e, ST_INVALID, "the column %s is missing", cols->at[RESOURCE] < 0 ? "resource" : "role");
	return ST_OK;
}

static enum st wrong(struct err *e, int column, const char *want, const char *found)
{
	return err_set(e, ST_INVALID, "%s: expected %s, found \"%.60s\"", columns[column], want, found);
}

static bool looks_like_asn(const char *s)
{
	return (s[0] == 'A' || s[0] == 'a') && (s[1] == 'S' || s[1] == 's') && s[2] >= '0' && s[2] <= '9' &&
	       !s[2 + strspn(s + 2, "0123456789.")];
}

/* A resource has one spelling: it is compared as text. */
static enum st resource_field(struct arena *mem, const char *s, char **out, struct err *e)
{
	struct prefix p;
	uint32_t asn;
	char text[PREFIX_TEXT];
	struct err why = { 0 };
	if (strncmp(s, "sponsor:", 8) == 0) {
		*out = arena_strdup(mem, s);
		return s[8] && strlen(s) < SPONSOR_BYTES ? ST_OK : wrong(e, RESOURCE, "sponsor:ID", s);
	}
	if (looks_like_asn(s) && asn_parse(s, &asn)) {
		*out = arena_printf(mem, "AS%u", asn);
		return ST_OK;
	}
	if (prefix_parse(s, &p)) {
		*out = arena_strdup(mem, prefix_text(&p, text));
		return ST_OK;
	}
	if (strpbrk(s, "/:"))
		return wrong(e, RESOURCE, "a prefix without host bits, AS number, name or sponsor:ID", s);
	*out = name_ascii(mem, s, false, &why);
	return *out ? ST_OK
		    : err_set(e, ST_INVALID,
			      "resource: \"%.60s\": expected a prefix, AS number, name or sponsor:ID (%.80s)", s,
			      why.msg);
}

static enum st text_field(struct arena *mem, const char *s, int column, char **out, struct err *e)
{
	size_t n = strlen(s);
	if (n > FIELD_BYTES || !text_clean(s, n))
		return wrong(e, column, "at most 500 bytes of text without control characters", s);
	*out = text_trim(mem, s);
	return ST_OK;
}

static enum st role_field(struct arena *mem, const char *s, char **out, struct err *e)
{
	static const char *const roles[] = { "abuse", "tech", "admin", "billing" };
	for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
		if (strcmp(s, roles[i]) == 0) {
			*out = arena_strdup(mem, s);
			return ST_OK;
		}
	return wrong(e, ROLE, "abuse, tech, admin or billing", s);
}

static enum st email_field(struct arena *mem, const char *s, char **out, struct err *e)
{
	*out = text_trim(mem, s);
	return **out == 0 || text_email_ok(*out) ? ST_OK : wrong(e, EMAIL, "an e-mail address", s);
}

static enum st phone_field(struct arena *mem, const char *s, char **out, struct err *e)
{
	*out = text_trim(mem, s);
	bool ok = strlen(s) <= 40 && s[strspn(s, "0123456789+-.()/ #extEXT*")] == 0;
	return ok ? ST_OK : wrong(e, PHONE, "a telephone number", s);
}

/* A language tag (RFC 5646) by its shape alone. */
static enum st lang_field(struct arena *mem, const char *s, char **out, struct err *e)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-");
	*out = arena_strdup(mem, s);
	bool ok = n == 0 || (n >= 2 && n <= 35 && s[0] != '-' && s[n - 1] != '-');
	return ok && s[n] == 0 ? ST_OK : wrong(e, LANG, "a language tag such as zh-TW", s);
}

static enum st fields_parse(struct arena *mem, char *f[COLUMNS], struct contact *out, struct err *e)
{
	if (resource_field(mem, f[RESOURCE], &out->resource, e) ||
	    text_field(mem, f[ORGANISATION], ORGANISATION, &out->organisation, e) ||
	    role_field(mem, f[ROLE], &out->role, e) || email_field(mem, f[EMAIL], &out->email, e) ||
	    phone_field(mem, f[PHONE], &out->phone, e) || lang_field(mem, f[LANG], &out->lang, e) ||
	    text_field(mem, f[SOURCE], SOURCE, &out->source, e))
		return ST_INVALID;
	out->verified_at = f[VERIFIED_AT][0] ? time_parse(f[VERIFIED_AT]) : TIME_NONE;
	if (f[VERIFIED_AT][0] && out->verified_at == TIME_NONE)
		return wrong(e, VERIFIED_AT, "a time such as 2026-11-24 or 2026-11-24T14:05:00Z", f[VERIFIED_AT]);
	return ST_OK;
}

enum st contact_parse(struct arena *mem, char *line, const struct contact_columns *cols, struct contact *out,
		      struct err *e)
{
	static char none[1];
	char *f[COLUMNS + 1], *by_column[COLUMNS];
	int want = 0, n = csv_split(line, ',', f, COLUMNS + 1);
	for (int i = 0; i < COLUMNS; i++)
		want = cols->at[i] >= want ? cols->at[i] + 1 : want;
	*out = (struct contact){ .verified_at = TIME_NONE };
	if (n < 0)
		return err_set(e, ST_INVALID,
			       "expected %d fields separated by commas; quotes stand around a whole field", want);
	if (n != want)
		return err_set(e, ST_INVALID, "expected %d fields as in the header, found %d", want, n);
	for (int i = 0; i < COLUMNS; i++)
		by_column[i] = cols->at[i] >= 0 ? f[cols->at[i]] : none;
	return fields_parse(mem, by_column, out, e);
}
