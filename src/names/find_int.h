/* find_int.h — what the files of the finders share. */
#ifndef NAMES_FIND_INT_H
#define NAMES_FIND_INT_H
#include "base/text.h"
#include "names/find.h"
#include "names/names_int.h"

/* t is a row of names_domain whose zone is not the registry's own. */
#define IMPORTED_ZONE " NOT EXISTS (SELECT 1 FROM names_zone z WHERE z.tld = t.zone AND z.kind = 'authoritative') "

void find_pair(const char *after, int64_t *a, int64_t *b);
/* Ids of hosts or contacts that fit, ascending; ST_LIMIT: more than max. */
enum st find_host_ids(struct req *rq, const struct find *f, bool by_addr, int64_t *id, int max, int *n);
enum st find_contact_ids(struct req *rq, const char *sql, const struct find *f, int64_t *id, int max, int *n);
extern const char find_sql_handle[], find_sql_fn[], find_sql_email[]; /* for the latter */
#endif
