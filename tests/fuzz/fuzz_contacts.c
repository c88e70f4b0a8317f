/* Contacts as CSV: a header, then lines. A resource that was taken is taken again as it is. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "who/contact.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void check(struct arena *mem, const struct contact *c)
{
	static const char *const columns = "resource,role";
	struct contact_columns cols;
	struct contact again;
	struct err e = { 0 };
	must(*c->email == 0 || text_email_ok(c->email));
	must(text_clean(c->organisation, strlen(c->organisation)));
	if (strpbrk(c->resource, ",\""))
		return; /* a sponsor's id would need quotes */
	must(contact_header(arena_strdup(mem, columns), &cols, &e) == ST_OK);
	must(contact_parse(mem, arena_printf(mem, "%s,abuse", c->resource), &cols, &again, &e) == ST_OK);
	must(strcmp(again.resource, c->resource) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *mem = arena_new(1 << 20);
	char *text = arena_dup(mem, data, n), *line;
	struct contact_columns cols;
	struct err e;
	line = strsep(&text, "\n");
	if (contact_header(line, &cols, &e) == ST_OK)
		while ((line = strsep(&text, "\n"))) {
			struct contact c;
			if (contact_parse(mem, line, &cols, &c, &e) == ST_OK)
				check(mem, &c);
			else
				must(e.code == ST_INVALID && e.msg[0]);
		}
	arena_free(mem);
	return 0;
}
