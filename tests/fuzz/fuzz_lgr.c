/* RFC 7940 tables. */
#include "tablecheck.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	return table_check(idntable_load_lgr, data, n);
}
