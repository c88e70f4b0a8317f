/* Contacts and registrars by handle and by what their card says. Names and e-mail addresses have no case here; A–Z
 * only, like the two databases. */
#include <string.h>
#include "names/find_int.h"

/* Each column from its own index; `most` bounds what is read of it. */
#define COLUMN(column, most)                                                                                           \
	"SELECT id FROM (SELECT id FROM registry_contact WHERE " column " IS NOT NULL AND lower(" column               \
	") >= $1 AND lower(" column ") < $2 ORDER BY lower(" column ") LIMIT " most ") AS by_" column
#define NAMED(most)                                                                                                    \
	COLUMN("int_name", most)                                                                                       \
	" UNION " COLUMN("int_org", most) " UNION " COLUMN("loc_name", most) " UNION " COLUMN("loc_org", most)

const char find_sql_handle[] =
	"SELECT id FROM registry_contact WHERE handle >= $1 AND handle < $2 ORDER BY handle LIMIT $3";
const char find_sql_fn[] = "SELECT id FROM (" NAMED("$3") ") AS named ORDER BY id LIMIT $3";
const char find_sql_email[] = "SELECT id FROM (" COLUMN("email", "$3") ") AS mailed ORDER BY id LIMIT $3";

#define CONTACT_COLUMNS                                                                                                \
	"c.handle, c.created_at, c.updated_at, c.transferred_at, COALESCE(c.loc_name, c.int_name),"                    \
	" COALESCE(c.loc_org, c.int_org), c.email, c.voice, COALESCE(c.loc_cc, c.int_cc),"                             \
	" COALESCE(c.loc_city, c.int_city)"

static enum st contacts(struct req *rq, const char *sql, const struct find *f, struct find_hit *out, int *n)
{
	struct rows r;
	*n = 0;
	if (sql_query(rq, &r, sql, V(f->low), V(f->high), V(f->after ? f->after : ""), V(f->max)))
		return rq->err.code;
	for (; *n < f->max && rows_next(&r); (*n)++) {
		struct find_hit *h = &out[*n];
		*h = (struct find_hit){ .name = rows_dup(&r, 0),
					.at = { [FIND_CREATED] = rows_int(&r, 1),
						[FIND_CHANGED] = rows_int(&r, 2),
						[FIND_TRANSFERRED] = rows_int(&r, 3) } };
		for (int i = FIND_FN; i <= FIND_CITY; i++)
			h->text[i] = rows_dup(&r, 4 + i);
		h->key = h->name;
	}
	return rows_end(&r);
}

enum st find_contacts(struct req *rq, const struct find *f, struct find_hit *out, int *n)
{
	struct find from = *f;
	from.low = (char *)(uintptr_t)sql_from(rq->mem, f->low, f->after);
	return contacts(rq,
			"SELECT " CONTACT_COLUMNS " FROM registry_contact c WHERE c.handle >= $1 AND c.handle < $2"
			" AND c.handle > $3 ORDER BY c.handle LIMIT $4",
			&from, out, n);
}

/* In the order of handles all have to be known first. */
enum st find_contacts_by_fn(struct req *rq, const struct find *f, struct find_hit *out, int *n)
{
	struct find all = *f;
	int64_t *id = arena_array(rq->mem, int64_t, FIND_SCAN + 1);
	if (find_contact_ids(rq, find_sql_fn, &all, id, FIND_SCAN, n))
		return rq->err.code;
	return contacts(rq,
			"SELECT " CONTACT_COLUMNS " FROM registry_contact c WHERE c.id IN (" NAMED(
				"2001") ")"
					" AND c.handle > $3 ORDER BY c.handle LIMIT $4",
			f, out, n);
}

/* Registrars are few: all are read. */
static enum st registrars(struct req *rq, const char *sql, const struct find *f, struct find_hit *out, int *n)
{
	struct rows r;
	*n = 0;
	if (sql_query(rq, &r, sql, V(f->low), V(f->high), V(f->after ? f->after : ""), V(f->max)))
		return rq->err.code;
	for (; *n < f->max && rows_next(&r); (*n)++) {
		struct find_hit *h = &out[*n];
		*h = (struct find_hit){ .name = rows_dup(&r, 0) };
		h->text[FIND_FN] = h->text[FIND_ORG] = rows_dup(&r, 1);
		h->text[FIND_EMAIL] = rows_dup(&r, 2);
		h->key = h->name;
	}
	return rows_end(&r);
}

enum st find_registrars(struct req *rq, const struct find *f, struct find_hit *out, int *n)
{
	return registrars(rq,
			  "SELECT handle, name, email FROM registry_registrar WHERE handle >= $1 AND handle < $2"
			  " AND handle > $3 ORDER BY handle LIMIT $4",
			  f, out, n);
}

enum st find_registrars_by_fn(struct req *rq, const struct find *f, struct find_hit *out, int *n)
{
	return registrars(rq,
			  "SELECT handle, name, email FROM registry_registrar WHERE lower(name) >= $1 AND lower(name) <"
			  " $2 AND handle > $3 ORDER BY handle LIMIT $4",
			  f, out, n);
}
