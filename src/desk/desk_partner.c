#include "desk/desk_partner.h"
#include <ctype.h>
#include <string.h>
#include "base/clock.h"
#include "desk/desk_int.h"
#include "who/permit.h"

enum { NAME_LEN = 200, HANDLE_LEN = 40, LANGS_LEN = 60 };

const struct desk_partner_kind desk_partner_kinds[] = {
	{ "national-cert", N_("National CERT"), TLP_TO_CERT },
	{ "sector-cert", N_("CERT of a sector"), TLP_TO_CERT },
	{ "police", N_("Police"), TLP_TO_OFFICIAL },
	{ "regulator", N_("Regulator"), TLP_TO_OFFICIAL },
	{ "alliance", N_("Member of an alliance"), TLP_TO_MEMBER },
	{ NULL, NULL, TLP_TO_PUBLIC },
};
const char *const desk_partner_channels[] = { "mail", "none", NULL };
const char *const desk_partner_forms[] = { "xarf", "csv", "both", "none", NULL };

const struct desk_partner_kind *desk_partner_kind(const char *id)
{
	for (const struct desk_partner_kind *k = desk_partner_kinds; k->id; k++)
		if (id && strcmp(k->id, id) == 0)
			return k;
	return NULL;
}

/* ── what is a partner ── */

static bool in_list(const char *s, const char *const *list)
{
	for (; s && *list; list++)
		if (strcmp(s, *list) == 0)
			return true;
	return false;
}

static bool plain_line(const char *s, size_t max)
{
	size_t n = s ? strlen(s) : 0;
	return n <= max && (!n || (text_clean(s, n) && !strpbrk(s, "\r\n\t")));
}

static bool handle_ok(const char *s)
{
	size_t n = s ? strlen(s) : 0;
	return n > 0 && n <= HANDLE_LEN && strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == n &&
	       isalpha((unsigned char)*s);
}

static bool country_ok(const char *s)
{
	return !*s || (strlen(s) == 2 && isupper((unsigned char)s[0]) && isupper((unsigned char)s[1]));
}

/* Blanks may stand between groups, as gpg prints them. */
static bool fingerprint_take(struct req *rq, struct desk_partner *p)
{
	char *out = arena_strdup(rq->mem, p->fingerprint), *o = out;
	for (const char *s = p->fingerprint; *s; s++)
		if (*s != ' ')
			*o++ = (char)toupper((unsigned char)*s);
	*o = 0;
	p->fingerprint = out;
	return !*out || (strlen(out) == 40 && strspn(out, "0123456789ABCDEF") == 40);
}

static enum st check_mails(struct req *rq, struct desk_partner *p)
{
	for (int i = 0; i < p->nmails; i++) {
		int64_t other = 0;
		p->mail[i] = text_lower(rq->mem, p->mail[i]);
		if (!text_email_ok(p->mail[i]))
			return err_set(&rq->err, ST_INVALID, N_("mail: %.80s is not an e-mail address"), p->mail[i]);
		enum st st =
			sql_number(rq, &other, "SELECT partner FROM desk_partner_mail WHERE email = $1", V(p->mail[i]));
		if (st && st != ST_NOTFOUND)
			return st;
		err_clear(&rq->err);
		if (!st && other != p->id)
			return err_set(&rq->err, ST_CONFLICT, N_("mail: %.80s belongs to partner %lld"), p->mail[i],
				       (long long)other);
	}
	return p->nmails || strcmp(p->channel, "none") == 0
		       ? ST_OK
		       : err_set(&rq->err, ST_INVALID, N_("mail: an address is needed, or the channel none"));
}

static const char *or_empty(const char *s)
{
	return s ? s : "";
}

static void fill_gaps(struct req *rq, struct desk_partner *p)
{
	char **texts[] = { &p->country, &p->langs, &p->person, &p->fingerprint, &p->name };
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		*texts[i] = text_trim(rq->mem, or_empty(*texts[i]));
	if (!p->channel)
		p->channel = arena_strdup(rq->mem, "mail");
	if (!p->form)
		p->form = arena_strdup(rq->mem, "both");
}

static enum st check(struct req *rq, struct desk_partner *p)
{
	fill_gaps(rq, p);
	if (!handle_ok(p->handle))
		return err_set(&rq->err, ST_INVALID, N_("handle: 1 to %d of a-z, 0-9 and -, a letter first"),
			       HANDLE_LEN);
	if (!*p->name || !plain_line(p->name, NAME_LEN))
		return err_set(&rq->err, ST_INVALID, N_("name: the organisation's name, at most %d bytes"), NAME_LEN);
	if (!country_ok(p->country))
		return err_set(&rq->err, ST_INVALID, N_("country: two capital letters as in ISO 3166, such as JP"));
	if (!desk_partner_kind(p->kind))
		return err_set(&rq->err, ST_INVALID,
			       N_("kind: national-cert, sector-cert, police, regulator or alliance"));
	if (!plain_line(p->langs, LANGS_LEN) || !plain_line(p->person, NAME_LEN))
		return err_set(&rq->err, ST_INVALID, N_("languages, person: one line of text each"));
	if (!fingerprint_take(rq, p))
		return err_set(&rq->err, ST_INVALID, N_("fingerprint: 40 hexadecimal digits"));
	if ((unsigned)p->ceiling >= TLP_LABELS)
		return err_set(&rq->err, ST_INVALID, N_("ceiling: clear, green, amber, amber+strict or red"));
	if (!in_list(p->channel, desk_partner_channels))
		return err_set(&rq->err, ST_INVALID, N_("channel: mail or none"));
	if (!in_list(p->form, desk_partner_forms))
		return err_set(&rq->err, ST_INVALID, N_("form: xarf, csv, both or none"));
	return check_mails(rq, p);
}

/* ── changes ── */

static enum st fact(struct req *rq, const struct desk_partner *p, const char *verb)
{
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_obj(&w, NULL);
	j_int(&w, "partner", p->id);
	j_str(&w, "handle", p->handle);
	j_str(&w, "ceiling", tlp_name(p->ceiling));
	j_end(&w);
	return desk_fact(rq, arena_printf(rq->mem, "partner:%s", p->handle), verb, arena_strdup(rq->mem, buf_cstr(&b)),
			 0);
}

static enum st write_mails(struct req *rq, const struct desk_partner *p)
{
	if (sql_run(rq, "DELETE FROM desk_partner_mail WHERE partner = $1", V(p->id)))
		return rq->err.code;
	for (int i = 0; i < p->nmails; i++)
		if (sql_run(rq,
			    "INSERT INTO desk_partner_mail(email, partner, position) VALUES($1, $2, $3) ON "
			    "CONFLICT(email) DO "
			    "NOTHING",
			    V(p->mail[i]), V(p->id), V(i)))
			return rq->err.code;
	return ST_OK;
}

enum st desk_partner_add(struct req *rq, void *partner)
{
	struct desk_partner *p = partner;
	int64_t now = clock_now(), taken = 0;
	p->id = 0;
	if (permit(rq, MAY_SET_PARTNER) || check(rq, p) ||
	    sql_number(rq, &taken, "SELECT count(*) FROM desk_partner WHERE handle = $1", V(p->handle)))
		return rq->err.code;
	if (taken)
		return err_set(&rq->err, ST_CONFLICT, N_("handle: there is a partner %s already"), p->handle);
	if (sql_number(rq, &p->id,
		       "INSERT INTO desk_partner(handle, name, country, kind, langs, person, fingerprint, ceiling, "
		       "channel, form,"
		       " created_at, changed_at, disabled_at) VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, "
		       "$11, 0) "
		       "RETURNING id",
		       V(p->handle), V(p->name), V(p->country), V(p->kind), V(p->langs), V(p->person),
		       V(p->fingerprint), V(p->ceiling), V(p->channel), V(p->form), V(now)) ||
	    write_mails(rq, p))
		return rq->err.code;
	return fact(rq, p, "partner-added");
}

enum st desk_partner_change(struct req *rq, void *partner)
{
	struct desk_partner *p = partner;
	if (permit(rq, MAY_SET_PARTNER) || check(rq, p) ||
	    sql_run(rq,
		    "UPDATE desk_partner SET name = $2, country = $3, kind = $4, langs = $5, person = $6, fingerprint "
		    "= $7,"
		    " ceiling = $8, channel = $9, form = $10, changed_at = $11, disabled_at = $12 WHERE id = $1",
		    V(p->id), V(p->name), V(p->country), V(p->kind), V(p->langs), V(p->person), V(p->fingerprint),
		    V(p->ceiling), V(p->channel), V(p->form), V(clock_now()), V(p->disabled_at)) ||
	    write_mails(rq, p))
		return rq->err.code;
	return fact(rq, p, "partner-changed");
}

enum st desk_partner_disable(struct req *rq, void *partner)
{
	struct desk_partner *p = partner;
	int64_t changed = 0;
	if (permit(rq, MAY_SET_PARTNER) ||
	    sql_run_count(rq, &changed, "UPDATE desk_partner SET disabled_at = $2 WHERE id = $1 AND disabled_at = 0",
			  V(p->id), V(clock_now())))
		return rq->err.code;
	return changed ? fact(rq, p, "partner-disabled") : ST_OK;
}

/* ── reading ── */

#define COLUMNS                                                                                                        \
	"id, handle, name, country, kind, langs, person, fingerprint, ceiling, channel, form, created_at, "            \
	"changed_at, "                                                                                                 \
	"disabled_at"

static void partner_of(struct rows *r, struct desk_partner *p)
{
	*p = (struct desk_partner){ .id = rows_int(r, 0),
				    .handle = rows_dup(r, 1),
				    .name = rows_dup(r, 2),
				    .country = rows_dup(r, 3),
				    .kind = rows_dup(r, 4),
				    .langs = rows_dup(r, 5),
				    .person = rows_dup(r, 6),
				    .fingerprint = rows_dup(r, 7),
				    .ceiling = (enum tlp)rows_int(r, 8),
				    .channel = rows_dup(r, 9),
				    .form = rows_dup(r, 10),
				    .created_at = rows_int(r, 11),
				    .changed_at = rows_int(r, 12),
				    .disabled_at = rows_int(r, 13) };
}

static enum st read_mails(struct req *rq, struct desk_partner *p)
{
	struct rows r;
	if (sql_query(rq, &r, "SELECT email FROM desk_partner_mail WHERE partner = $1 ORDER BY position LIMIT $2",
		      V(p->id), V(PARTNER_MAILS)))
		return rq->err.code;
	while (p->nmails < PARTNER_MAILS && rows_next(&r))
		p->mail[p->nmails++] = rows_dup(&r, 0);
	return rows_end(&r);
}

enum st desk_partner_get(struct req *rq, const char *handle, struct desk_partner *out)
{
	struct rows r;
	int64_t id = 0;
	const char *s = handle ? handle : "";
	text_int(s, 1, INT64_MAX, &id);
	if (sql_query(rq, &r, "SELECT " COLUMNS " FROM desk_partner WHERE handle = $1 OR id = $2", V(s), V(id)))
		return rq->err.code;
	bool found = rows_next(&r);
	if (found)
		partner_of(&r, out);
	if (rows_end(&r))
		return rq->err.code;
	return found ? read_mails(rq, out)
		     : err_set(&rq->err, ST_NOTFOUND, "there is no partner %.60s; `nicert peer list` shows them", s);
}

enum st desk_partner_list(struct req *rq, bool all, struct desk_partner *out, int max, int *n)
{
	struct rows r;
	*n = 0;
	if (permit(rq, MAY_SEE_PARTNERS) ||
	    sql_query(rq, &r,
		      "SELECT " COLUMNS " FROM desk_partner WHERE disabled_at = 0 OR $1 = 1 ORDER BY name, id LIMIT $2",
		      V(all), V(max)))
		return rq->err.code;
	while (*n < max && rows_next(&r))
		partner_of(&r, &out[(*n)++]);
	if (rows_end(&r))
		return rq->err.code;
	for (int i = 0; i < *n; i++)
		if (read_mails(rq, &out[i]))
			return rq->err.code;
	return ST_OK;
}

void desk_partner_json(struct jw *w, const struct desk_partner *p)
{
	j_obj(w, NULL);
	j_int(w, "id", p->id);
	j_str(w, "handle", p->handle);
	j_str(w, "name", p->name);
	j_str(w, "country", *p->country ? p->country : NULL);
	j_str(w, "kind", p->kind);
	j_str(w, "languages", p->langs);
	j_arr(w, "mail");
	for (int i = 0; i < p->nmails; i++)
		j_str(w, NULL, p->mail[i]);
	j_end(w);
	j_str(w, "person", *p->person ? p->person : NULL);
	j_str(w, "fingerprint", *p->fingerprint ? p->fingerprint : NULL);
	j_str(w, "ceiling", tlp_name(p->ceiling));
	j_str(w, "channel", p->channel);
	j_str(w, "form", p->form);
	j_time(w, "created_at", p->created_at);
	j_time(w, "changed_at", p->changed_at);
	j_time(w, "disabled_at", p->disabled_at);
	j_end(w);
}

/* ── a contact's right ── */

enum st desk_partner_person_knows(struct req *rq, const char *email, bool *yes)
{
	int64_t n = 0;
	enum st st = sql_number(rq, &n, "SELECT count(*) FROM desk_partner_mail WHERE email = $1",
				V(text_lower(rq->mem, email)));
	*yes = n > 0;
	return st;
}

enum st desk_partner_person_export(struct req *rq, const struct person *p, struct jw *w)
{
	struct rows r;
	if (!p->email)
		return ST_OK;
	if (sql_query(
		    rq, &r,
		    "SELECT q.name, q.person, m.email FROM desk_partner_mail m JOIN desk_partner q ON q.id = m.partner"
		    " WHERE m.email = $1",
		    V(text_lower(rq->mem, p->email))))
		return rq->err.code;
	j_arr(w, "contact_of");
	while (rows_next(&r)) {
		j_obj(w, NULL);
		j_str(w, "organisation", rows_text(&r, 0));
		j_str(w, "person", rows_text(&r, 1));
		j_str(w, "email", rows_text(&r, 2));
		j_end(w);
	}
	j_end(w);
	return rows_end(&r);
}

/* The organisation stays; the address goes, and the name beside it. */
enum st desk_partner_person_erase(struct req *rq, const struct person *p)
{
	const char *mail = p->email ? text_lower(rq->mem, p->email) : "";
	if (!*mail)
		return ST_OK;
	if (sql_run(rq,
		    "UPDATE desk_partner SET person = '' WHERE id IN (SELECT partner FROM desk_partner_mail WHERE "
		    "email = $1)",
		    V(mail)) ||
	    sql_run(rq, "UPDATE desk_share SET mail = '', person = '' WHERE mail = $1", V(mail)))
		return rq->err.code;
	return sql_run(rq, "DELETE FROM desk_partner_mail WHERE email = $1", V(mail));
}

const struct migration desk_partner_migrations[] = {
	{ 261, "partners",
	  "CREATE TABLE desk_partner(id SERIAL_ID, handle TEXT NOT NULL UNIQUE, name TEXT NOT NULL, country TEXT NOT "
	  "NULL,"
	  " kind TEXT NOT NULL, langs TEXT NOT NULL, person TEXT NOT NULL, fingerprint TEXT NOT NULL, ceiling BIGINT "
	  "NOT "
	  "NULL,"
	  " channel TEXT NOT NULL, form TEXT NOT NULL, created_at BIGINT NOT NULL, changed_at BIGINT NOT NULL,"
	  " disabled_at BIGINT NOT NULL);"
	  "CREATE TABLE desk_partner_mail(email TEXT PRIMARY KEY, partner BIGINT NOT NULL, position BIGINT NOT NULL);"
	  "CREATE INDEX desk_partner_mail_of ON desk_partner_mail(partner, position)" },
	{ 0 },
};
