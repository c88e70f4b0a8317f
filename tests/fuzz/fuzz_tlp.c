/* TLP labels in what others write: one that is read has a name that is read as the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/arena.h"
#include "intel/tlp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *mem = arena_new((size_t)1 << 20);
	const char *text = n < 4096 ? arena_dup(mem, data, n) : "";
	enum tlp label, again;
	if (tlp_parse(text, &label) && (!tlp_parse(tlp_name(label), &again) || again != label))
		abort();
	if (tlp_find(text, &label) && (!tlp_parse(tlp_id(label), &again) || again != label))
		abort();
	arena_free(mem);
	return 0;
}
