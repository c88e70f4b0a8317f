/* web_assets.c — style sheet, mark and script; and the small files that machines ask for. */
#include "front/web/assets.h"
#include <string.h>
#include "base/clock.h"
#include "base/text.h"
#include "front/web/web.h"
#include "who/pgp_key.h"

void web_get_asset(struct http *h)
{
	for (int i = 0; i < web_assets_count; i++) {
		const struct asset *a = &web_assets[i];
		if (strcmp(a->url, http_path(h)) != 0)
			continue;
		http_set_header(h, "Cache-Control", "public, max-age=31536000, immutable");
		http_set_header(h, "X-Content-Type-Options", "nosniff");
		http_static(h, a->type, a->p, a->n, a->etag);
		return;
	}
	http_fail(h, 404, "no such file");
}

void web_get_favicon(struct http *h)
{
	http_redirect(h, asset_url("mark.svg"));
}

void web_get_robots(struct http *h)
{
	http_type(h, "text/plain; charset=utf-8");
	buf_str(http_out(h), "User-agent: *\nDisallow: /case/\nDisallow: /answer/\nDisallow: /confirm/\nDisallow: "
			     "/share/\nDisallow: /survey/\nDisallow: /interview/\nDisallow: /notices/\n"
			     "Disallow: /mynames/\nDisallow: /newsletter/\nDisallow: /contact/\nDisallow: /staff\n");
}

/* The CERT's own public key; without one there is no such page. */
void web_get_pgp(struct http *h)
{
	const char *key = setting_get(http_req(h), PGP_PUBLIC_SETTING);
	if (!key) {
		http_fail(h, 404, "there is no PGP key");
		return;
	}
	http_type(h, "application/pgp-keys");
	buf_str(http_out(h), key);
}
