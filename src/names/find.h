/* find.h — which names, hosts and contacts fit: pages in the order of their keys, each answered from an index. The
 * registry's own objects and the names of imported files have finders of their own, with one shape.
 *
 * A finder gives at most f->max hits with low ≤ key < high (bytes; lower case where the thing asked for has no case)
 * that come after f->after, and reads no more rows than that, but for what it says. find_prefix and find_exact make the
 * bounds.
 */
#ifndef NAMES_FIND_H
#define NAMES_FIND_H
#include "names/registry.h"

enum { FIND_PARENTS = 64, FIND_SCAN = 2000 };
enum find_time { FIND_CREATED, FIND_CHANGED, FIND_EXPIRES, FIND_TRANSFERRED, FIND_TIMES };
enum find_text { FIND_FN, FIND_ORG, FIND_EMAIL, FIND_VOICE, FIND_CC, FIND_CITY, FIND_IPV4, FIND_IPV6, FIND_TEXTS };
struct find_hit {
	char *name;		/* of a domain or host; a contact's or registrar's handle */
	char *key;		/* to go on after it */
	int64_t at[FIND_TIMES]; /* 0: not known */
	char *text[FIND_TEXTS]; /* as its finder knows them, else NULL */
};
struct find {
	char *low, *high;
	const char *rest;  /* of imported names: how they end (".com.tw"); NULL any */
	const char *after; /* the last hit's key, NULL the first page */
	char role;	   /* of a contact: 'r'egistrant, 'a', 't', 'b'; 0 any */
	int max;
};
typedef enum st find_fn(struct req *rq, const struct find *f, struct find_hit *out, int *n);

/* All that begin so; the one. */
void find_prefix(struct arena *mem, const char *stem, struct find *f);
void find_exact(struct arena *mem, const char *what, struct find *f);
/* Names below `place` (A-labels) whose label begins with stem, in any of its variants. For find_domains. */
enum st find_place(struct req *rq, const char *stem, const char *place, struct find *f);

/* The registry's own. find_domains goes by the keys of bundles ("place/label", struct placed). ST_LIMIT: more than
 * FIND_PARENTS hosts, or FIND_SCAN contacts, fit: their domains would have to be put in order first. */
find_fn find_domains, find_domains_of_hosts, find_domains_of_addr, find_domains_of_handle, find_domains_of_fn,
	find_domains_of_email, find_domains_of_registrar;
find_fn find_hosts, find_hosts_of_addr, find_hosts_of_registrar;
find_fn find_contacts, find_contacts_by_fn, find_registrars, find_registrars_by_fn;

/* Imported zones. At most FIND_SCAN rows are read (former versions and names that are the registry's own by now among
 * them): ST_LIMIT when that did not fill the page. */
find_fn find_file_domains, find_file_domains_of_hosts, find_file_domains_of_addr, find_file_hosts;

/* Every name in a fixed order, for checks: *after is moved on, "" at first. Of the registry, or of files. */
enum st find_every_domain(struct req *rq, bool own, char after[300], char **out, int max, int *n);
enum st find_every_host(struct req *rq, char after[300], char **out, int max, int *n);
enum st find_every_contact(struct req *rq, char after[300], char **out, int max, int *n);
enum st find_every_registrar(struct req *rq, char after[300], char **out, int max, int *n);

enum find_what { FIND_IMPORTED, FIND_DOMAINS, FIND_HOSTS, FIND_CONTACTS, FIND_REGISTRARS };
enum st find_count(struct req *rq, enum find_what what, int64_t *n); /* of imported ones former versions too */

/* Brings the index from name servers to imported names up to the source's rows. After an import; what it lacks is
 * merely not found. */
enum st names_servers_index(struct store *s, struct req *rq, const char *source,
			    void (*say)(void *ctx, const char *phase, double done), void *ctx);
/* Takes the names of a zone (A-label) that is the registry's own by now out of that index, in short writes: what is left
 * of them would be read, and let go, by every search of their servers. */
enum st names_servers_leave(struct store *s, struct req *rq, const char *zone);

extern const struct migration find_migrations[];
#endif
