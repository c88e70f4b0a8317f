/* Files of a registry that is taken over: a header says the kind, then lines. What is taken is within the bounds of the
 * rows it becomes. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "names/load.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void name_ok(const char *s)
{
	must(s && *s && strlen(s) <= 253 && strchr(s, '.'));
	for (const char *p = s; *p; p++)
		must((unsigned char)*p < 0x80 && !(*p >= 'A' && *p <= 'Z'));
}

static void name_check(const struct load_name *x)
{
	name_ok(x->name);
	must(x->nns >= 0 && x->nns <= DOMAIN_NS && x->nds >= 0 && x->nds <= DOMAIN_DS &&
	     x->ncontacts <= DOMAIN_CONTACTS && x->nactive <= LOAD_ACTIVE);
	for (int i = 0; i < x->nns; i++)
		name_ok(x->ns[i]);
	for (int i = 0; i < x->nds; i++)
		must(x->ds[i].digest_n == 32 || x->ds[i].digest_n == 48);
	for (int i = 0; i < x->ncontacts; i++)
		must(x->contact[i].handle[0] && strchr("atb", x->contact[i].type));
	must(x->registrar[0] && x->registrant[0] && text_clean(x->status, strlen(x->status)));
}

static enum st one(struct arena *mem, char *line, const struct load_columns *cols, struct err *e)
{
	struct load_contact c;
	struct load_host h;
	struct load_name x;
	enum st st;
	switch (cols->kind) {
	case LOAD_CONTACTS:
		if (!(st = load_contact_parse(mem, line, cols, &c, e)))
			must(c.c.handle[0] && c.c.c.sponsor[0] && c.c.email &&
			     text_clean(c.c.email, strlen(c.c.email)));
		return st;
	case LOAD_HOSTS:
		if (!(st = load_host_parse(mem, line, cols, &h, e))) {
			name_ok(h.name);
			must(h.naddrs >= 0 && h.naddrs <= HOST_ADDRS);
		}
		return st;
	default:
		if (!(st = load_name_parse(mem, line, cols, &x, e)))
			name_check(&x);
		return st;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *mem = arena_new(4 << 20);
	char *text = arena_dup(mem, data, n), *line;
	struct load_columns cols;
	struct err e = { 0 };
	line = strsep(&text, "\n");
	if (load_header(line, &cols, &e) == ST_OK)
		while ((line = strsep(&text, "\n"))) {
			err_clear(&e);
			if (one(mem, line, &cols, &e))
				must(e.code == ST_INVALID && e.msg[0]);
		}
	else
		must(e.code == ST_INVALID && e.msg[0]);
	arena_free(mem);
	return 0;
}
