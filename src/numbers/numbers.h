/* numbers.h — holdings of IPv4, IPv6 and AS numbers, as the registries' statistics files say (NRO delegated and
 * delegated-extended format), with history. */
#ifndef NUMBERS_NUMBERS_H
#define NUMBERS_NUMBERS_H
#include "base/addr.h"
#include "base/rangeindex.h"
#include "store/versioned.h"

enum holding_kind { HOLDING_ASN, HOLDING_IPV4, HOLDING_IPV6 };
struct holding {
	int64_t id;
	char *registry, *country, *status, *opaque; /* country "" for available/reserved space */
	enum holding_kind kind;
	struct range range; /* addresses */
	uint32_t asn_first, asn_count;
	int64_t valid_from, valid_to, first_seen, last_seen;
	bool from_record;
	char *handle; /* "apnic|ipv4|1.34.0.0|131072" */
};

/* Pure: one line of a statistics file. LINE_SKIP for comments and summaries; the version line fills `file`. */
enum line_kind { LINE_RECORD, LINE_VERSION, LINE_SKIP, LINE_BAD };
struct stats_file {
	char registry[16];
	int64_t as_of;
	int64_t records;
	bool versioned;
};
enum line_kind holding_parse(struct arena *mem, char *line, struct holding *out, struct stats_file *file,
			     struct err *e);

/* `complete_country`: NULL, or the country the file is the whole of. */
enum st holding_import(struct store *s, struct req *rq, const char *path, const char *complete_country,
		       const struct import_opts *o, struct import_result *out, struct import **log);

enum st holding_of_addr(struct req *rq, const struct addr *a, int64_t at, struct holding *out);
enum st holding_of_asn(struct req *rq, uint32_t asn, int64_t at, struct holding *out);
/* What the holder of a delegated-extended opaque id has, at most max records; ST_NOTFOUND: nobody has that id. */
enum st holding_of_opaque(struct req *rq, const char *opaque, int64_t at, struct holding *out, int max, int *n);
/* Ids with low ≤ id < high after `after`, in the order of their bytes. */
enum st holding_opaques(struct req *rq, const char *low, const char *high, const char *after, char **out, int max,
			int *n);
enum st holding_count(struct req *rq, int64_t *n); /* former versions too */
/* Live holdings of a country (NULL or "": any), addresses or AS numbers, in a fixed order; *id is moved on, 0 at first.
 */
enum st holding_every(struct req *rq, bool asn, const char *country, int64_t *id, struct holding *out, int max, int *n);
extern const struct migration numbers_migrations[], opaque_migrations[];
#endif
