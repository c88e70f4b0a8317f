/* names_int.h — what the files of names/ share. */
#ifndef NAMES_INT_H
#define NAMES_INT_H
#include "names/names.h"

#define NAMES_COLUMNS                                                                                                  \
	"zone, zone_country, registered, expires, sponsor, holder, holder_kind, country, status, nameservers"

/* The zone whose names `tld` shares (.台湾 has those of .台灣); NULL for a zone of its own. */
const char *zone_main(const char *tld);
#endif
