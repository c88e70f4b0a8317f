/* web_home.c — the first page, the look-up, and the pages in the footer. */
#include "front/web/web.h"
#include <string.h>
#include "base/text.h"
#include "front/web/pages.h"

void web_get_home(struct http *h)
{
	struct page p = page_of(h, N_("Report, look up, check"), NAV_NONE);
	web_home(&p);
}

void web_get_privacy(struct http *h)
{
	struct page p = page_of(h, N_("Privacy"), NAV_NONE);
	web_privacy(&p);
}

void web_get_accessibility(struct http *h)
{
	struct page p = page_of(h, N_("Accessibility"), NAV_NONE);
	web_accessibility(&p);
}

void web_get_lookup(struct http *h)
{
	struct req *rq = http_req(h);
	struct page p = page_of(h, N_("Who is responsible?"), NAV_LOOKUP);
	const char *q = http_query(h, "q");
	struct answer *a = arena_new_of(rq->mem, struct answer);
	struct lookup_view v = { .q = q ? text_trim(rq->mem, q) : "" };
	p.path = path_with(rq->mem, "/lookup", "q", v.q);
	if (*v.q) {
		enum st s = holder_find(rq, v.q, 0, a);
		if (s == ST_OK) {
			v.a = a;
			p.title = arena_printf(rq->mem, tr(p.lang, N_("Who is responsible for %s")), v.q);
		} else if (s == ST_INVALID) {
			v.why = tr(p.lang, N_("Enter a domain name, an address, a route or an AS number."));
			p.bad = true;
			http_status(h, 422);
		} else {
			http_fail_err(h, &rq->err);
			return;
		}
	}
	web_lookup(&p, &v);
}
