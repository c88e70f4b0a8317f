/* whois.h — WHOIS (RFC 3912) over lookup/: UTF-8, one layout per object, the same structs as RDAP.
 *
 * A query is a name, address, prefix, AS number or handle; a word before it says which kind is meant (`domain`,
 * `nameserver`, `entity`, `ip`, `as`); `help` or `?` explains. Flags of other servers ("-T dn,ace ") are skipped.
 */
#ifndef FRONT_WHOIS_WHOIS_H
#define FRONT_WHOIS_WHOIS_H
#include "lookup/lookup.h"
#include "net/lines.h"
#include "store/store.h"

struct whois_opts {
	const char *listen; /* empty: off */
	struct store *store;
	const char *base; /* the portal's URL */
	int loops;
};
enum st whois_start(const struct whois_opts *o, struct err *e); /* one a process */
void whois_stop(void);
int whois_port(void); /* 0: off */
void whois_stats(struct lines_stats *out);
void whois_metrics(struct buf *out); /* the same in Prometheus' text format */

/* ── pure ── */

/* Into kind and what (in mem); ST_INVALID when there is no sense in it. *help: an explanation was asked for. */
enum st whois_parse(struct arena *mem, const char *line, enum look_kind *kind, char **what, bool *help, struct err *e);
void whois_render(struct buf *out, struct arena *mem, const struct look *l, const char *base);
void whois_help(struct buf *out, const char *base);
#endif
