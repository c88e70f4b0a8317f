/* cert.h — a self-signed certificate (P-256, ten years) for a first start; DIR/NAME.crt and DIR/NAME.key. */
#ifndef CLI_CERT_H
#define CLI_CERT_H
#include "base/err.h"
enum st cert_make(const char *dir, const char *name, struct err *e);
#endif
