/* A CSV of bulk changes: what is taken names a domain in its one form, with values that its action may have; every line
 * is counted once. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "names/bulk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void check(const struct bulk_change *c)
{
	must(c->action < BULK_ACTIONS && *bulk_action_name(c->action));
	must(*c->name && strlen(c->name) <= 253 && strchr(c->name, '.'));
	for (const char *p = c->name; *p; p++)
		must((unsigned char)*p < 0x80 && !(*p >= 'A' && *p <= 'Z'));
	must((c->years >= 1 && c->years <= 10) == (c->action == BULK_CREATE || c->action == BULK_RENEW));
	must(c->action != BULK_CREATE || (c->registrant && strlen(c->registrant) <= 16));
	must((c->action == BULK_STATUS) == ((c->add | c->rem) != 0) && !(c->add & c->rem));
	must(c->action != BULK_NS || c->ns);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *mem = arena_new(8 << 20);
	struct bulk_file *f = arena_new_of(mem, struct bulk_file);
	struct bulk_columns cols;
	struct err e = { 0 };
	if (n < 1 << 16 && bulk_read(mem, (const char *)data, n, f, &e) == ST_OK) {
		int bad = 0;
		must(f->rows > 0 && f->nerrors <= f->bad && f->bad <= f->rows);
		must(bulk_header(arena_strdup(mem, f->header + (strncmp(f->header, "\xef\xbb\xbf", 3) ? 0 : 3)), &cols,
				 &e) == ST_OK);
		for (int i = 0; i < f->rows; i++) {
			struct bulk_change c;
			must(f->row[i].line > 1);
			if (strlen(f->row[i].text) <= 8192 &&
			    bulk_parse(mem, arena_strdup(mem, f->row[i].text), &cols, &c, &e) == ST_OK)
				check(&c);
			else
				bad++;
		}
		must(bad == f->bad);
	} else if (n < 1 << 16) {
		must(e.code == ST_INVALID && *e.msg);
	}
	arena_free(mem);
	return 0;
}
