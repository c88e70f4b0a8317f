/* names.h — the domain registry: registered names of the zones we answer for. Here: imported zones (rows come from
 * files). */
#ifndef NAMES_NAMES_H
#define NAMES_NAMES_H
#include "store/versioned.h"

struct name {
	char *name; /* A-labels, lower case: the registered name */
	char *zone; /* its top level */
	int64_t registered, expires;
	char *sponsor, *holder, *holder_kind /* person, org */, *country, *status, *nameservers;
	int64_t valid_from, valid_to, first_seen, last_seen; /* seen: 0 in a zone kept here */
	bool from_record;
	bool authoritative; /* ours, not from a file */
	char *source;
};

/* Pure: header and lines of the CSV (DESIGN:
 * name,registered,expires,sponsor,holder,holder_kind,country,status,nameservers). */
struct name_columns {
	int at[9];
};
enum st names_header(char *line, struct name_columns *cols, struct err *e);
enum st names_parse(struct arena *mem, char *line, const struct name_columns *cols, struct name *out, struct err *e);
/* Source "names" unless o says another. With o->closes the file is the whole of the zones of the country in
 * o->closes_val (of the source when that is not text). */
enum st names_import(struct store *s, struct req *rq, const char *path, const struct import_opts *o,
		     struct import_result *out, struct import **log);

/* The registered name that governs `ascii`: the longest ancestor-or-self below the registry's cut that was registered
 * at `at` (0: now). */
enum st names_find(struct req *rq, const char *ascii, int64_t at, struct name *out);
enum st names_zone_ours(struct req *rq, const char *tld, bool *ours);
/* How many names are imported under it, which nobody answers for any more once the zone is the registry's own. */
enum st names_imported(struct req *rq, const char *tld, int64_t *n);
enum st names_zone_add(struct req *rq, const char *tld); /* inside a write; journalled */
/* Top levels of a country: its ccTLD and IDN ccTLDs in A-label form; n entries. */
int names_zones_of(const char *country, const char **out, int max);
const char *names_country_of(const char *tld); /* "TW" of "tw", "xn--kpry57d"; NULL when it is no country's */
extern const struct migration names_migrations[];
#endif
