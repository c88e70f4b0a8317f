/* Mail from anywhere: read without harm and within bounds, the texts are clean, and what is understood of it can be
 * filed. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "front/mailin/mailin.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define must(what)                                                                                                     \
	do {                                                                                                           \
		if (!(what)) {                                                                                         \
			fprintf(stderr, "not so: %s\n", #what);                                                        \
			abort();                                                                                       \
		}                                                                                                      \
	} while (0)

static void clean(const char *s)
{
	must(!s || text_clean(s, strlen(s)));
}

static void count(void *to, const char *p, size_t n)
{
	(void)p;
	*(size_t *)to += n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const struct mailin_own own = { "cert.example.tw", { "case@cert.example.tw" } };
	static const char *const to[] = { "case+r1-aaaaaaaaaaaaaaaa@cert.example.tw", NULL };
	struct arena *mem = arena_new(MAIL_ARENA);
	struct mailin *m = arena_new_of(mem, struct mailin);
	struct err e = { 0 };
	BUF_SCOPE out = BUF_INIT;
	char *copy = malloc(n + 1); /* its end is where the sanitizer looks */
	memcpy(copy, data, n);
	if (mailin_parse(mem, copy, n, &own, n % 2 ? "" : NULL, n % 3 ? to : NULL, m, &e) == ST_OK) {
		clean(m->from);
		clean(m->subject);
		clean(m->text);
		clean(m->whole);
		clean(m->details);
		clean(m->unread);
		clean(m->reported.text);
		clean(m->reported.subject);
		clean(m->bounce.diagnostic);
		must(!m->from || text_email_ok(m->from));
		must(m->nobs >= 0 && m->nobs <= OBS_MAX && m->nmeant <= m->nobs && m->nlinks <= MAIL_LINKS &&
		     m->nfiles <= MAIL_FILES && m->nrefs <= MAIL_REFS);
		must(!m->answerable || m->kind <= MAIL_XARF);
		for (int i = 0; i < m->nfiles; i++) {
			size_t size = 0;
			clean(m->file[i].name);
			mailin_decode(&m->file[i], count, &size);
			must(size <= n + 8);
		}
		for (int i = 0; i < m->nlinks; i++)
			clean(m->link[i].shown);
		for (int i = 0; i < m->nobs; i++) {
			struct observable again;
			must(!obs_parse(mem, m->obs[i].given ? m->obs[i].given : m->obs[i].value, &again, &e));
		}
		mailin_json(&out, m);
		must(!out.bad);
	} else {
		must(*e.msg != 0);
	}
	must(!arena_over(mem));
	free(copy);
	arena_free(mem);
	return 0;
}
