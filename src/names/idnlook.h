/* idnlook.h — the IDN tables of a zone, and what they say of one label: which take it, its variants, where two of them
 * disagree about it. */
#ifndef NAMES_IDNLOOK_H
#define NAMES_IDNLOOK_H
#include "names/registry.h"

enum { LOOK_VARIANTS = DOMAIN_VARIANTS, LOOK_DIFFERENCES = 100 };
struct idn_one { /* a table of the zone */
	char *lang, *format, *file, *language;
	int64_t size;
	bool takes; /* the label; else `why` says why not */
	char *why;
	char *variant[LOOK_VARIANTS]; /* that may be activated, U-labels */
	int nvariants;
	bool more;    /* others may be by the table, and are by nobody: a name has so many */
	double total; /* variant labels in all, activated or blocked */
	char key[256];
};
struct idn_look {
	char *label; /* U-label, NFC; NULL: none was given */
	struct idn_one table[POLICY_TABLES];
	int ntables;
	char *difference[LOOK_DIFFERENCES]; /* where two tables disagree about the label, or, without one, at all */
	int ndifferences;
	int64_t differences; /* how many there are */
};
/* ST_INVALID: this is no label. */
enum st idn_look(struct req *rq, const char *zone, const char *label, struct idn_look *out);
#endif
