/* names_int.h — what the files of names/ share. */
#ifndef NAMES_INT_H
#define NAMES_INT_H
#include "names/names.h"

#define NAMES_COLUMNS                                                                                                  \
	"zone, zone_country, registered, expires, sponsor, holder, holder_kind, country, status, nameservers"

/* The zone whose names `tld` shares (.台湾 has those of .台灣); NULL for a zone of its own. */
const char *zone_main(const char *tld);
/* The registered name at or above `ascii` in an authoritative zone, now (at 0) or then; ST_NOTFOUND also when the zone
 * is not ours. names_registry.c */
enum st registry_name_find(struct req *rq, const char *ascii, int64_t at, struct name *out);
enum st zone_is_authoritative(struct req *rq, const char *tld, bool *yes);
enum st zones_authoritative(struct req *rq, char **out, int max, int *n); /* zone.c */
#endif
