/* Accept-Language and language tags as browsers and others send them. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/lang.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char *s = malloc(n + 1);
	memcpy(s, data, n);
	s[n] = 0;
	enum lang tag = lang_of(s), one = lang_accept(s, LANG_EN), other = lang_accept(s, LANG_ZH_TW);
	if ((int)tag < 0 || tag >= LANG_COUNT || (int)one < 0 || one >= LANG_COUNT || (int)other < 0 ||
	    other >= LANG_COUNT)
		abort();
	/* What it says decides; where it says nothing, and only there, the fallback does. */
	if (one != other && (one != LANG_EN || other != LANG_ZH_TW))
		abort();
	free(s);
	return 0;
}
