/* origin.h — which AS announces an address: prefix → AS number → name, from files (`prefix-or-first[,last],asn,name`).
 */
#ifndef ROUTES_ORIGIN_H
#define ROUTES_ORIGIN_H
#include "base/addr.h"
#include "store/versioned.h"

struct origin {
	struct range range;
	uint32_t asn;
	char *name;
};
enum st origin_parse(struct arena *mem, char *line, struct origin *out, struct err *e); /* pure */
/* Source "origins:NAME" after the file's name unless o says another; with o->closes the file is the whole of it. */
enum st origin_import(struct store *s, struct req *rq, const char *path, const struct import_opts *o,
		      struct import_result *out, struct import **log);
enum st origin_of_addr(struct req *rq, const struct addr *a, int64_t at, struct origin *out); /* the most specific */
enum st origin_name(struct req *rq, uint32_t asn, char **name); /* as any origin row names it */
extern const struct migration origin_migrations[];
#endif
