/* web_home.c — the first page and the pages in the footer. */
#include "front/web/web.h"
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
