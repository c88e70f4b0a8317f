/* Replies of a time stamping authority (RFC 3161): taken only when granted for our bytes and our nonce; and tokens by
 * themselves. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "base/stamp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const char note[] = "a note\n";
	struct err e = { 0 };
	BUF_SCOPE token = BUF_INIT;
	int64_t when = TIME_NONE;
	if (n > 65536)
		return 0;
	enum st st = stamp_reply(data, n, note, sizeof note - 1, 42, &token, &when, &e);
	if (st ? !e.msg[0] : when == TIME_NONE || !token.n)
		abort();
	char signer[256];
	err_clear(&e);
	if (stamp_check(data, n, note, sizeof note - 1, NULL, &when, signer, &e) && !e.msg[0])
		abort();
	return 0;
}
