/* web_merge.c — what the forms of merging, splitting and relating cases say. */
#include "front/web/web.h"
#include <string.h>

enum { PICKS_MAX = 200 };

/* The boxes that were ticked, as desk_case_split reads them. One more than it takes is its to refuse. */
char *web_picks(struct http *h)
{
	struct arena *mem = http_req(h)->mem;
	const struct http_field *f;
	int n = http_form_all(h, &f), kept = 0;
	BUF_SCOPE b = BUF_INIT;
	for (int i = 0; i < n && kept <= PICKS_MAX; i++)
		if (strcmp(f[i].name, "pick") == 0 && f[i].n < 24) {
			buf_printf(&b, "%s ", f[i].value);
			kept++;
		}
	return arena_strdup(mem, buf_cstr(&b));
}
