/* What a registrar pastes as its certificate: a fingerprint comes out as 64 lower-case hex digits, or a reason; a
 * private key never passes. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "names/certificate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(bool ok)
{
	if (!ok)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct certificate c;
	struct err e = { 0 };
	enum st st = certificate_read((const char *)data, n, &c, &e);
	must(st == ST_OK || (st == ST_INVALID && *e.msg));
	if (st)
		return 0;
	must(strlen(c.fingerprint) == 64 && strspn(c.fingerprint, "0123456789abcdef") == 64);
	must(!memmem(data, n, "PRIVATE KEY", 11));
	must(text_clean(c.subject, strlen(c.subject)));
	return 0;
}
