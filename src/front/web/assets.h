/* assets.h — the files that pages need, inside the binary. */
#ifndef WEB_ASSETS_H
#define WEB_ASSETS_H
#include <stddef.h>

struct asset {
	const char *name; /* "nicert.css" */
	const char *url;  /* "/assets/nicert-HASH.css": a new content has a new address, so it may be kept for a year */
	const char *type, *etag;
	const unsigned char *p;
	size_t n;
};
extern const struct asset web_assets[];
extern const int web_assets_count;
const char *asset_url(const char *name);

#endif
