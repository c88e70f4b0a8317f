/* idn.h — domain names: checked, lower case, A-label form (IDNA2008 through libidn2, RFC 5890–5893), and the cut
 * between registry and registrant by the Public Suffix List (libpsl, Debian's data). */
#ifndef BASE_IDN_H
#define BASE_IDN_H
#include <stdbool.h>
#include "base/arena.h"
#include "base/err.h"

/* Any form (U-label, A-label, mixed case, full-width dots, one final dot) to lower-case A-labels without a final dot;
 * NULL with the reason in *e for what is no domain name. At least two labels unless `single` is true. Underscores in a
 * label are allowed (they occur in the wild) but not at A-labels. ≤ 253 octets, labels ≤ 63. */
char *name_ascii(struct arena *a, const char *s, bool single, struct err *e);
char *name_unicode(struct arena *a, const char *ascii); /* for people; the A-label form where a label does not decode */
const char *name_parent(const char *ascii);		/* after the first dot, NULL at the top */
const char *name_tld(const char *ascii);
int name_labels(const char *ascii);
/* Is there such a top level, as far as the list knows? */
bool name_tld_known(const char *ascii_tld);
/* Is it a public suffix of the ICANN section (a place where a registry delegates)? */
bool name_is_suffix(const char *ascii);
/* The registrable name under the ICANN cut (example.com.tw of www.shop.example.com.tw); NULL for a suffix itself. */
const char *name_registrable(const char *ascii);
void idn_setup(void); /* loads the list once, before threads start */

#endif
