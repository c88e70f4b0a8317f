/* charter.h — the description of the team after RFC 2350, in the order of its appendix, from settings and rows. Pages and
 * the signed text are written from the same list. */
#ifndef WEB_CHARTER_H
#define WEB_CHARTER_H
#include "front/web/page.h"
#include "work/published.h"

enum { CHARTER_ITEMS = 64 };
struct charter_item {
	const char *number, *title; /* "2.7"; title translated */
	char *text;		    /* paragraphs and lines; NULL: a heading with parts below it */
};
struct charter {
	const struct published *is; /* version and date */
	struct charter_item item[CHARTER_ITEMS];
	int n;
};
/* A line of an item, for a page: words, and the address that it ends with (NULL: none). Moves *at behind it. */
struct charter_line {
	const char *words, *url;
};
struct charter_line charter_next(const struct page *p, const char **at);
/* `p` gives language, memory and settings. */
enum st charter_make(struct req *rq, const struct page *p, const struct published *is, struct charter *out);
/* Lines of at most 72 columns, of which a Chinese character takes two. */
void charter_text(const struct page *p, const struct charter *c, struct buf *out);
#endif
