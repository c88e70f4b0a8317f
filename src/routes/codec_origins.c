/* "prefix,asn,name" and "first,last,asn,name": which form a line has is told by the number of its fields. */
#include <stdio.h>
#include <string.h>
#include "base/csv.h"
#include "base/text.h"
#include "routes/origin.h"

#define NAME_BYTES 500

static enum st range_of_ends(char *first, char *last, struct range *out, struct err *e)
{
	if (!addr_parse(first, &out->first) || !addr_parse(last, &out->last))
		return err_set(e, ST_INVALID, "expected a first and a last address, found \"%.60s\" and \"%.60s\"",
			       first, last);
	if (out->first.family != out->last.family || addr_cmp(&out->first, &out->last) > 0)
		return err_set(e, ST_INVALID,
			       "expected the first address before the last, found \"%.60s\" and \"%.60s\"", first,
			       last);
	return ST_OK;
}

enum st origin_parse(struct arena *mem, char *line, struct origin *out, struct err *e)
{
	char *f[4];
	int n = csv_split(line, ',', f, 4);
	*out = (struct origin){ .asn = 0 };
	if (n < 3)
		return err_set(e, ST_INVALID, "expected prefix,asn,name or first,last,asn,name");
	if (n == 3 && !range_parse(f[0], &out->range))
		return err_set(e, ST_INVALID, "expected a prefix without host bits, found \"%.60s\"", f[0]);
	if (n == 4 && range_of_ends(f[0], f[1], &out->range, e))
		return ST_INVALID;
	if (!asn_parse(f[n - 2], &out->asn))
		return err_set(e, ST_INVALID, "expected an AS number, found \"%.60s\"", f[n - 2]);
	if (strlen(f[n - 1]) > NAME_BYTES || !text_clean(f[n - 1], strlen(f[n - 1])))
		return err_set(e, ST_INVALID, "expected a name of at most %d bytes without control characters",
			       NAME_BYTES);
	out->name = text_trim(mem, f[n - 1]);
	return ST_OK;
}
