/* Reverse names, and rendering: whatever text an object holds, RDAP is one JSON value and WHOIS keeps its lines. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "front/rdap/rdap.h"
#include "front/whois/whois.h"
#include "lookup/lookup_int.h"

static void must(bool ok)
{
	if (!ok)
		abort();
}

/* The next piece of the input, up to a line's end, as a field. */
static char *piece(struct arena *a, const char **p)
{
	size_t n = strcspn(*p, "\x01");
	char *s = n ? arena_dup(a, *p, n) : NULL;
	*p += n + (*(*p + n) != 0);
	return s;
}

static void entity(struct arena *a, const char **p, struct look_entity *e, enum look_subject subject)
{
	*e = (struct look_entity){ .roles = ROLE_OF_REGISTRANT, .subject = subject, .handle = piece(a, p) };
	e->loc = (struct look_postal){ .name = piece(a, p), .org = piece(a, p), .city = piece(a, p) };
	e->in = (struct look_postal){ .name = piece(a, p), .street = { piece(a, p), piece(a, p) } };
	e->email = piece(a, p);
	e->voice = piece(a, p);
	e->lang = piece(a, p);
	e->relay = piece(a, p);
	entity_disclose(e, LEVEL_PUBLIC, NULL);
}

static void lines_keep(const char *s)
{
	for (; *s; s++)
		must(((unsigned char)*s >= 0x20 && *s != 0x7f) || *s == '\n' || *s == '\r');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 4096)
		return 0;
	struct arena *a = arena_new(1 << 20);
	struct err e = { 0 };
	struct prefix pre;
	char *text = arena_dup(a, data, size);
	const char *p = text;
	if (reverse_parse(text, &pre))
		must(pre.len <= addr_bits(&pre.a));
	struct look *l = arena_new_of(a, struct look);
	l->kind = l->h.kind = LOOK_DOMAIN;
	l->domain.name = piece(a, &p);
	l->domain.name = l->domain.name ? l->domain.name : "x";
	l->domain.uname = piece(a, &p);
	l->h.handle = piece(a, &p);
	l->h.source = piece(a, &p);
	for (int i = 0; i < SUBJECTS; i++) {
		l->h.entity[i] = arena_new_of(a, struct look_entity);
		entity(a, &p, l->h.entity[i], i);
		l->h.nentities++;
	}
	BUF_SCOPE rdap = BUF_INIT;
	BUF_SCOPE whois = BUF_INIT;
	struct rdap_view v = { .mem = a, .base = "https://x.example" };
	rdap_render(&rdap, &v, l);
	must(json_parse(a, rdap.p, rdap.n, &e) != NULL);
	whois_render(&whois, a, l, v.base);
	lines_keep(buf_cstr(&whois));
	arena_free(a);
	return 0;
}
