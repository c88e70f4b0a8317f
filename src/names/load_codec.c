/* Files of a registry that is taken over: headers and lines. Pure; what a line refers to is looked at elsewhere. */
#include <string.h>
#include "base/csv.h"
#include "base/idn.h"
#include "base/text.h"
#include "names/load_int.h"

enum { FIELD_BYTES = 2000 };

static const char *const contact_columns[] = {
	"handle",   "registrar", "int_name", "int_org",	 "int_street1", "int_street2", "int_street3", "int_city",
	"int_sp",   "int_pc",	 "int_cc",   "loc_name", "loc_org",	"loc_street1", "loc_street2", "loc_street3",
	"loc_city", "loc_sp",	 "loc_pc",   "loc_cc",	 "voice",	"voice_x",     "fax",	      "fax_x",
	"email",    "person",	 "lang",     "verified", "created",	"updated",     "status",      "authinfo",
};
enum {
	C_HANDLE,
	C_REGISTRAR,
	C_INT,
	C_LOC = C_INT + 9,
	C_VOICE = C_LOC + 9,
	C_VOICE_X,
	C_FAX,
	C_FAX_X,
	C_EMAIL,
	C_PERSON,
	C_LANG,
	C_VERIFIED,
	C_CREATED,
	C_UPDATED,
	C_STATUS,
	C_AUTHINFO,
	CONTACT_COLUMNS
};

static const char *const host_columns[] = { "host", "registrar", "addresses", "created", "updated", "status" };
enum { H_HOST, H_REGISTRAR, H_ADDRESSES, H_CREATED, H_UPDATED, H_STATUS, HOST_COLUMNS };

static const char *const name_columns[] = { "name",	   "registrar", "registrant", "admin",	 "tech",    "billing",
					    "nameservers", "ds",	"lang",	      "active",	 "created", "updated",
					    "transferred", "expires",	"status",     "authinfo" };
enum {
	N_NAME,
	N_REGISTRAR,
	N_REGISTRANT,
	N_ADMIN,
	N_TECH,
	N_BILLING,
	N_NAMESERVERS,
	N_DS,
	N_LANG,
	N_ACTIVE,
	N_CREATED,
	N_UPDATED,
	N_TRANSFERRED,
	N_EXPIRES,
	N_STATUS,
	N_AUTHINFO,
	NAME_COLUMNS
};

/* A file's kind is told by its first column of these; `needed` must be there. */
static const struct kind {
	const char *name, *const *columns;
	int ncolumns;
	uint64_t needed;
} kinds[LOAD_KINDS] = {
	[LOAD_CONTACTS] = { "contacts", contact_columns, CONTACT_COLUMNS,
			    1u << C_HANDLE | 1u << C_REGISTRAR | 1u << C_EMAIL },
	[LOAD_HOSTS] = { "hosts", host_columns, HOST_COLUMNS, 1u << H_HOST },
	[LOAD_NAMES] = { "names", name_columns, NAME_COLUMNS,
			 1u << N_NAME | 1u << N_REGISTRAR | 1u << N_REGISTRANT | 1u << N_EXPIRES },
};

const char *load_kind_name(enum load_kind k)
{
	return kinds[k].name;
}

/* ── headers ── */

static bool has_cell(const char *line, const char *cell)
{
	size_t n = strlen(cell);
	for (const char *p = line; p; p = strchr(p, ',') ? strchr(p, ',') + 1 : NULL)
		if (!strncmp(p, cell, n) && (!p[n] || p[n] == ','))
			return true;
	return false;
}

enum st load_header(char *line, struct load_columns *out, struct err *e)
{
	int k = 0;
	while (k < LOAD_KINDS && !has_cell(line, kinds[k].columns[0]))
		k++;
	if (k == LOAD_KINDS)
		return err_set(e, ST_INVALID,
			       "expected a CSV header with the column handle (contacts), host (hosts) or name (names)");
	*out = (struct load_columns){ .kind = (enum load_kind)k };
	if (csv_header(line, kinds[k].columns, kinds[k].ncolumns, out->at, e))
		return e->code;
	for (int i = 0; i < kinds[k].ncolumns; i++) {
		if (out->at[i] < 0 && kinds[k].needed & (uint64_t)1 << i)
			return err_set(e, ST_INVALID, "%s: the column %s is missing", kinds[k].name,
				       kinds[k].columns[i]);
		out->n = out->at[i] >= out->n ? out->at[i] + 1 : out->n;
	}
	return ST_OK;
}

/* ── fields ── */

struct fields {
	struct arena *mem;
	const struct load_columns *cols;
	char *f[LOAD_COLUMNS + 1];
	struct err *e;
};

static enum st wrong(const struct fields *f, int column, const char *want, const char *found)
{
	return err_set(f->e, ST_INVALID, "%s: expected %s, found \"%.60s\"", kinds[f->cols->kind].columns[column], want,
		       found);
}

static enum st fields_of(struct fields *f, struct arena *mem, char *line, const struct load_columns *cols,
			 struct err *e)
{
	static char none[1];
	char *cell[LOAD_COLUMNS + 1];
	const struct kind *k = &kinds[cols->kind];
	*f = (struct fields){ .mem = mem, .cols = cols, .e = e };
	int n = csv_split(line, ',', cell, LOAD_COLUMNS + 1);
	if (n < 0)
		return err_set(e, ST_INVALID,
			       "expected %d fields separated by commas; quotes stand around a whole field", cols->n);
	if (n != cols->n)
		return err_set(e, ST_INVALID, "expected %d fields as in the header, found %d", cols->n, n);
	for (int i = 0; i < k->ncolumns; i++) {
		f->f[i] = cols->at[i] >= 0 ? text_trim(mem, cell[cols->at[i]]) : none;
		size_t len = strlen(f->f[i]);
		if (len > FIELD_BYTES || !text_clean(f->f[i], len))
			return wrong(f, i, "at most 2000 bytes of text without control characters", f->f[i]);
		if (!len && k->needed & (uint64_t)1 << i)
			return err_set(e, ST_INVALID, "%s: a value is needed", k->columns[i]);
	}
	return ST_OK;
}

/* Missing: 0. */
static enum st time_field(const struct fields *f, int column, int64_t *out)
{
	const char *s = f->f[column];
	*out = *s ? time_parse(s) : 0;
	return *out == TIME_NONE ? wrong(f, column, "a time such as 2026-11-24 or 2026-11-24T14:05:00Z", s) : ST_OK;
}

static char *filled(const struct fields *f, int column)
{
	return *f->f[column] ? f->f[column] : NULL;
}

/* The next of several values separated by blanks; NULL at the end. */
static char *next_of(char **s)
{
	char *one;
	while ((one = strsep(s, " \t")) && !*one)
		;
	return one;
}

static enum st ascii_name(const struct fields *f, int column, const char *s, char **out)
{
	struct err why = { 0 };
	*out = name_ascii(f->mem, s, false, &why);
	return *out ? ST_OK
		    : err_set(f->e, ST_INVALID, "%s: \"%.60s\": %.130s", kinds[f->cols->kind].columns[column], s,
			      why.msg);
}

/* ── contacts ── */

static void postal_fields(const struct fields *f, int from, struct postal_info *p)
{
	for (int i = 0; i < 9; i++)
		p->there = p->there || *f->f[from + i];
	*p = (struct postal_info){ .there = p->there,
				   .name = filled(f, from),
				   .org = filled(f, from + 1),
				   .street = { filled(f, from + 2), filled(f, from + 3), filled(f, from + 4) },
				   .city = filled(f, from + 5),
				   .sp = filled(f, from + 6),
				   .pc = filled(f, from + 7),
				   .cc = filled(f, from + 8) };
}

static enum st person_field(const struct fields *f, bool *out)
{
	const char *s = f->f[C_PERSON];
	*out = !strcmp(s, "yes");
	return *out || !*s || !strcmp(s, "no") ? ST_OK : wrong(f, C_PERSON, "yes (a natural person), no or nothing", s);
}

enum st load_contact_parse(struct arena *mem, char *line, const struct load_columns *cols, struct load_contact *out,
			   struct err *e)
{
	struct fields f;
	struct contact_object *c = &out->c;
	*out = (struct load_contact){ 0 };
	if (fields_of(&f, mem, line, cols, e) || person_field(&f, &c->person) ||
	    time_field(&f, C_VERIFIED, &c->verified_at) || time_field(&f, C_CREATED, &c->c.created_at) ||
	    time_field(&f, C_UPDATED, &c->c.updated_at))
		return e->code;
	c->handle = f.f[C_HANDLE];
	c->c.sponsor = f.f[C_REGISTRAR];
	postal_fields(&f, C_INT, &c->postal[POSTAL_INT]);
	postal_fields(&f, C_LOC, &c->postal[POSTAL_LOC]);
	c->voice = filled(&f, C_VOICE);
	c->voice_x = filled(&f, C_VOICE_X);
	c->fax = filled(&f, C_FAX);
	c->fax_x = filled(&f, C_FAX_X);
	c->email = filled(&f, C_EMAIL);
	c->lang = filled(&f, C_LANG);
	c->authinfo = filled(&f, C_AUTHINFO);
	out->status = f.f[C_STATUS];
	return ST_OK;
}

/* ── hosts ── */

static enum st addr_field(const struct fields *f, struct load_host *out)
{
	char *list = f->f[H_ADDRESSES], *one;
	while ((one = next_of(&list))) {
		struct addr a;
		if (!addr_parse(one, &a))
			return wrong(f, H_ADDRESSES, "IP addresses separated by blanks", one);
		if (!host_addr_reachable(&a))
			return wrong(f, H_ADDRESSES, "addresses that can be reached from the Internet", one);
		for (int i = 0; i < out->naddrs; i++)
			if (!addr_cmp(&out->addr[i], &a))
				return wrong(f, H_ADDRESSES, "each address once", one);
		if (out->naddrs == HOST_ADDRS)
			return wrong(f, H_ADDRESSES, "at most 26 addresses", one);
		out->addr[out->naddrs++] = a;
	}
	return ST_OK;
}

enum st load_host_parse(struct arena *mem, char *line, const struct load_columns *cols, struct load_host *out,
			struct err *e)
{
	struct fields f;
	*out = (struct load_host){ 0 };
	if (fields_of(&f, mem, line, cols, e) || ascii_name(&f, H_HOST, f.f[H_HOST], &out->name) ||
	    time_field(&f, H_CREATED, &out->created) || time_field(&f, H_UPDATED, &out->updated) || addr_field(&f, out))
		return e->code;
	if (strchr(out->name, '_'))
		return wrong(&f, H_HOST, "a host's name, which has no underscore", out->name);
	out->registrar = filled(&f, H_REGISTRAR);
	out->status = f.f[H_STATUS];
	return ST_OK;
}

/* ── names ── */

static enum st contacts_field(const struct fields *f, int column, char type, struct load_name *out)
{
	char *list = f->f[column], *one;
	while ((one = next_of(&list))) {
		if (out->ncontacts == DOMAIN_CONTACTS)
			return wrong(f, column, "at most 12 contacts in all", one);
		for (int i = 0; i < out->ncontacts; i++)
			if (out->contact[i].type == type && !strcmp(out->contact[i].handle, one))
				return wrong(f, column, "each contact once", one);
		out->contact[out->ncontacts++] = (struct domain_contact){ type, one };
	}
	return ST_OK;
}

static enum st ns_field(const struct fields *f, struct load_name *out)
{
	char *list = f->f[N_NAMESERVERS], *one, *name;
	while ((one = next_of(&list))) {
		if (ascii_name(f, N_NAMESERVERS, one, &name))
			return f->e->code;
		for (int i = 0; i < out->nns; i++)
			if (!strcmp(out->ns[i], name))
				return wrong(f, N_NAMESERVERS, "each name server once", one);
		if (strchr(name, '_'))
			return wrong(f, N_NAMESERVERS, "a host's name, which has no underscore", one);
		if (out->nns == DOMAIN_NS)
			return wrong(f, N_NAMESERVERS, "at most 13 name servers", one);
		out->ns[out->nns++] = name;
	}
	return ST_OK;
}

/* "2371/13/2/1F98…" */
static bool ds_of(const char *s, struct ds *out)
{
	int64_t number[3];
	static const int64_t most[3] = { 65535, 255, 255 };
	char digits[8];
	for (int i = 0; i < 3; i++) {
		size_t n = strcspn(s, "/");
		if (s[n] != '/' || n >= sizeof digits)
			return false;
		memcpy(digits, s, n);
		digits[n] = 0;
		if (!text_int(digits, 0, most[i], &number[i]))
			return false;
		s += n + 1;
	}
	size_t n = strlen(s);
	*out = (struct ds){ .tag = (uint16_t)number[0], .alg = (uint8_t)number[1], .digest_type = (uint8_t)number[2] };
	if (n > 2 * sizeof out->digest)
		return false;
	out->digest_n = (int)hex_decode(s, n, out->digest);
	return out->digest_n > 0 && ds_good(out);
}

static bool ds_twice(const struct load_name *n, const struct ds *ds)
{
	for (int i = 0; i < n->nds; i++)
		if (!memcmp(&n->ds[i], ds, sizeof *ds))
			return true;
	return false;
}

static enum st ds_field(const struct fields *f, struct load_name *out)
{
	char *list = f->f[N_DS], *one;
	while ((one = next_of(&list))) {
		struct ds ds;
		memset(&ds, 0, sizeof ds);
		if (!ds_of(one, &ds))
			return wrong(f, N_DS, "TAG/ALGORITHM/TYPE/HEX with a SHA-256 or SHA-384 digest (type 2 or 4)",
				     one);
		if (ds_twice(out, &ds))
			return wrong(f, N_DS, "each DS record once", one);
		if (out->nds == DOMAIN_DS)
			return wrong(f, N_DS, "at most 16 DS records", one);
		out->ds[out->nds++] = ds;
	}
	return ST_OK;
}

static enum st active_field(const struct fields *f, struct load_name *out)
{
	char *list = f->f[N_ACTIVE], *one;
	_Static_assert(LOAD_ACTIVE == 64, "the sentence below says so");
	while ((one = next_of(&list))) {
		if (out->nactive == LOAD_ACTIVE)
			return wrong(f, N_ACTIVE, "at most 64 variants", one);
		if (ascii_name(f, N_ACTIVE, one, &out->active[out->nactive++]))
			return f->e->code;
	}
	return ST_OK;
}

enum st load_name_parse(struct arena *mem, char *line, const struct load_columns *cols, struct load_name *out,
			struct err *e)
{
	struct fields f;
	*out = (struct load_name){ 0 };
	if (fields_of(&f, mem, line, cols, e) || ascii_name(&f, N_NAME, f.f[N_NAME], &out->name) ||
	    contacts_field(&f, N_ADMIN, 'a', out) || contacts_field(&f, N_TECH, 't', out) ||
	    contacts_field(&f, N_BILLING, 'b', out) || ns_field(&f, out) || ds_field(&f, out) ||
	    active_field(&f, out) || time_field(&f, N_CREATED, &out->created) ||
	    time_field(&f, N_UPDATED, &out->updated) || time_field(&f, N_TRANSFERRED, &out->transferred) ||
	    time_field(&f, N_EXPIRES, &out->expires))
		return e->code;
	if (out->created && out->expires < out->created)
		return wrong(&f, N_EXPIRES, "a time after `created`", f.f[N_EXPIRES]);
	out->registrar = f.f[N_REGISTRAR];
	out->registrant = f.f[N_REGISTRANT];
	out->lang = filled(&f, N_LANG);
	out->authinfo = filled(&f, N_AUTHINFO);
	out->status = f.f[N_STATUS];
	return ST_OK;
}
