/* Indexes that only searches need, and the collation that lets a range of an index be a prefix on every database. */
#include <string.h>
#include "names/find_int.h"

/* names_server: which imported names say which server; rows may be stale, so whoever reads asks the name's row too.
 * Links are found by host or contact in the order of domains, so that a page of a host with half the registry on it reads
 * no more than its rows. */
const struct migration find_migrations[] = {
	{ 235, "names_find_order",
	  "BYTE_ORDER(registry_domain.key); BYTE_ORDER(registry_domain.name); BYTE_ORDER(registry_host.name);"
	  "BYTE_ORDER(registry_host_addr.addr); BYTE_ORDER(registry_contact.handle);"
	  "BYTE_ORDER(registry_contact.int_name); BYTE_ORDER(registry_contact.int_org);"
	  "BYTE_ORDER(registry_contact.loc_name); BYTE_ORDER(registry_contact.loc_org);"
	  "BYTE_ORDER(registry_contact.email); BYTE_ORDER(registry_registrar.handle);"
	  "BYTE_ORDER(registry_registrar.name)" },
	{ 236, "names_find",
	  "CREATE TABLE names_server(host BYTEA NOT NULL, key BYTEA NOT NULL);"
	  "CREATE INDEX names_server_host ON names_server(host, key);"
	  "CREATE INDEX registry_domain_ns_pair ON registry_domain_ns(host, domain);"
	  "DROP INDEX registry_domain_ns_host;"
	  "CREATE INDEX registry_domain_contact_pair ON registry_domain_contact(contact, domain);"
	  "DROP INDEX registry_domain_contact_contact;"
	  "CREATE INDEX registry_domain_sponsor ON registry_domain(sponsor, id);"
	  "CREATE INDEX registry_host_sponsor ON registry_host(sponsor, name);"
	  "CREATE INDEX registry_contact_int_name ON registry_contact(lower(int_name)) WHERE int_name IS NOT NULL;"
	  "CREATE INDEX registry_contact_int_org ON registry_contact(lower(int_org)) WHERE int_org IS NOT NULL;"
	  "CREATE INDEX registry_contact_loc_name ON registry_contact(lower(loc_name)) WHERE loc_name IS NOT NULL;"
	  "CREATE INDEX registry_contact_loc_org ON registry_contact(lower(loc_org)) WHERE loc_org IS NOT NULL;"
	  "CREATE INDEX registry_contact_email ON registry_contact(lower(email)) WHERE email IS NOT NULL" },
	/* By role too: a contact of many names is a technical one of few of them. */
	{ 343, "names_find_role",
	  "CREATE INDEX registry_domain_contact_role ON registry_domain_contact(contact, type, domain);"
	  "DROP INDEX registry_domain_contact_pair" },
	/* A pair once, in the table itself: half the room on SQLite, of whose file 2 GB are mapped. */
	{ 344, "names_server_once",
	  "CREATE TABLE names_server_once(host BYTEA NOT NULL, key BYTEA NOT NULL, PRIMARY KEY(host, key)) KEY_ORDERED;"
	  "INSERT INTO names_server_once(host, key) SELECT DISTINCT host, key FROM names_server ORDER BY host, key;"
	  "DROP TABLE names_server;"
	  "ALTER TABLE names_server_once RENAME TO names_server" },
	{ 0 },
};

/* ── bounds ── */

/* The least text that is above all that begin with stem: no byte of UTF-8 is 0xff. */
void find_prefix(struct arena *mem, const char *stem, struct find *f)
{
	size_t n = strlen(stem);
	f->low = arena_strdup(mem, stem);
	f->high = arena_dup(mem, stem, n);
	while (n && (unsigned char)f->high[n - 1] == 0x7f)
		f->high[--n] = 0;
	if (n)
		f->high[n - 1]++;
}

void find_exact(struct arena *mem, const char *what, struct find *f)
{
	f->low = arena_strdup(mem, what);
	f->high = arena_printf(mem, "%s\001", what);
}

/* "17.4": two ids, or zeros. */
void find_pair(const char *after, int64_t *a, int64_t *b)
{
	const char *dot = after ? strchr(after, '.') : NULL;
	char first[24] = "";
	*a = *b = 0;
	if (!dot || (size_t)(dot - after) >= sizeof first)
		return;
	memcpy(first, after, (size_t)(dot - after));
	if (!text_int(first, 0, INT64_MAX, a) || !text_int(dot + 1, 0, INT64_MAX, b))
		*a = *b = 0;
}
