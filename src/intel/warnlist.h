/* warnlist.h — lists of what must not be taken for an indicator only because it is mentioned: public resolvers, popular
 * sites, private ranges, sinkholes. In the format of MISP's warning lists (JSON: name, type, list).
 *
 * Types: `cidr`, `hostname` (the name and all below it), `string` (just this). Lists of regular expressions and parts
 * of words are refused: they would match more than anybody sees.
 *
 * An address of a page is warned of only where it names no more than the host: a false page on a popular site is
 * exactly what is reported. Whoever names such a thing as what they report is believed; mail, where nobody can name
 * things apart, is not (front/mailin).
 */
#ifndef INTEL_WARNLIST_H
#define INTEL_WARNLIST_H
#include "base/hash.h"
#include "intel/observable.h"
#include "store/store.h"

enum { WARN_ITEMS = 1000000, WARN_BYTES = 32 << 20 };
struct warnlist {
	char *name, *type;
	char **item;	    /* as looked up: kind letter and normal form, each once, in order */
	int n, passed_over; /* not of the list's type */
	struct hash digest;
};
/* Pure. */
enum st warnlist_parse(struct arena *mem, const char *json, size_t n, struct warnlist *out, struct err *e);
/* Inside a write: takes the place of the list of that name; one journal entry. */
enum st warnlist_write(struct req *rq, void *warnlist);
/* Looked up in memory, which follows the database within a second. */
enum st warned_of(struct req *rq, const struct observable *o, bool *yes);
extern const struct migration warnlist_migrations[];
#endif
