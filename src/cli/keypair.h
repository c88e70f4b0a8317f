/* keypair.h — a registrar's key and certificate for TLS to the EPP port. The registry knows a client by the SHA-256 of
 * its certificate (DER), so who signed it is of no concern: what we make is self-signed. */
#ifndef CLI_KEYPAIR_H
#define CLI_KEYPAIR_H
#include "names/certificate.h"

/* Writes DIR/NAME.key (0600) and DIR/NAME.crt: P-256, for client authentication, two years. DIR is made when missing.
 * ST_CONFLICT when one of them is there already: nothing is overwritten. */
enum st keypair_make(const char *dir, const char *name, char fingerprint[65], struct err *e);
void keypair_remove(const char *dir, const char *name); /* what keypair_make made, when nothing came of it */
/* The first certificate in a file, PEM or DER, or its fingerprint as text. ST_NOTFOUND: no such file. */
enum st keypair_read(const char *path, struct certificate *out, struct err *e);
#endif
