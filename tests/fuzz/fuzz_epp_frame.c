/* The four bytes before a frame (RFC 5734 §4): a frame is never longer than what is there or may be, and cutting the
 * bytes anywhere finds the same frames. */
#include <stdint.h>
#include <stdlib.h>
#include "net/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { MAX = 512 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const char *p = (const char *)data;
	for (size_t at = 0; at < n;) {
		long len = frame_length(p + at, n - at, MAX);
		if (len < -1 || (len > 0 && (len < 5 || len > MAX + 4 || (size_t)len > n - at)))
			abort();
		for (size_t part = 0; part < n - at && part < 600; part++) {
			long seen = frame_length(p + at, part, MAX);
			if (seen != (len < 0 && part >= 4 ? -1 : len > 0 && part >= (size_t)len ? len : 0))
				abort();
		}
		if (len <= 0)
			break;
		at += (size_t)len;
	}
	return 0;
}
