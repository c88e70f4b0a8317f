/* Stands in until the tables are written: no table loads. */
#include "names/idntable.h"
#define WEAK __attribute__((weak))
WEAK enum st idntable_load_lgr(const char *xml, size_t n, struct idntable **out, struct err *e)
{
	*out = NULL;
	return err_set(e, ST_INVALID, "IDN tables can't be read yet");
}
WEAK enum st idntable_load_rfc3743(const char *text, size_t n, struct idntable **out, struct err *e)
{
	*out = NULL;
	return err_set(e, ST_INVALID, "IDN tables can't be read yet");
}
WEAK void idntable_free(struct idntable *t) {}
WEAK int idntable_variants(const struct idntable *t, uint32_t cp, const struct idn_variant **out)
{
	*out = NULL;
	return 0;
}
WEAK enum st idntable_label(const struct idntable *t, const uint32_t *cp, int n, struct err *e)
{
	return err_set(e, ST_INVALID, "no table");
}
WEAK int idntable_allocatable(const struct idntable *t, struct arena *mem, const uint32_t *cp, int n, char **out,
			      int max, double *total)
{
	*total = 0;
	return 0;
}
