/* web_charter.c — texts about us that are kept, numbered and signed: security.txt (RFC 9116), and who we are (RFC 2350). */
#include <string.h>
#include "base/clock.h"
#include "base/text.h"
#include "front/web/charter.h"
#include "front/web/pages.h"
#include "front/web/web.h"
#include "who/pgp_key.h"

/* ── the texts ── */

/* RFC 9116, in its order of fields. */
static enum st text_security(struct req *rq, const struct config *cfg, const struct published *is, struct buf *out)
{
	struct page p = { .mem = rq->mem, .cfg = cfg };
	if (has(cfg->site_contact))
		buf_printf(out, "Contact: %s\n", contact_url(&p));
	buf_printf(out, "Contact: %s\nExpires: %s\n", link_to(&p, "/report"), time_iso(rq->mem, is->expires_at));
	if (has(cfg->site_key))
		buf_printf(out, "Encryption: %s\n", cfg->site_key);
	else if (*published_key(rq))
		buf_printf(out, "Encryption: %s\n", link_to(&p, "/pgp.asc"));
	buf_printf(out, "Preferred-Languages: en, zh-TW\nCanonical: %s\nPolicy: %s\n",
		   link_to(&p, "/.well-known/security.txt"), link_to(&p, "/how-we-handle-a-report"));
	return rq->err.code;
}

static enum st text_charter(struct req *rq, const struct config *cfg, const struct published *is, enum lang l,
			    struct buf *out)
{
	struct page p = { .mem = rq->mem, .cfg = cfg, .lang = l };
	struct charter *c = arena_new_of(rq->mem, struct charter);
	if (charter_make(rq, &p, is, c))
		return rq->err.code;
	charter_text(&p, c, out);
	return ST_OK;
}

static enum st text_charter_en(struct req *rq, const struct config *cfg, const struct published *is, struct buf *out)
{
	return text_charter(rq, cfg, is, LANG_EN, out);
}

static enum st text_charter_zh(struct req *rq, const struct config *cfg, const struct published *is, struct buf *out)
{
	return text_charter(rq, cfg, is, LANG_ZH_TW, out);
}

enum text { TEXT_SECURITY, TEXT_CHARTER_EN, TEXT_CHARTER_ZH, TEXTS };
const struct published_text web_texts[] = {
	[TEXT_SECURITY] = { "security.txt", true, text_security },
	[TEXT_CHARTER_EN] = { "rfc2350.en", false, text_charter_en },
	[TEXT_CHARTER_ZH] = { "rfc2350.zh-TW", false, text_charter_zh },
	[TEXTS] = { 0 },
};

/* ── serving them ── */

/* One that nobody has signed yet is served unsigned. */
static enum st current(struct http *h, enum text which, struct published *is)
{
	bool fresh;
	return published_now(http_req(h), front_app(h)->cfg, &web_texts[which], 1, is, &fresh);
}

void web_get_security(struct http *h)
{
	struct published is;
	if (current(h, TEXT_SECURITY, &is)) {
		http_fail_err(h, &http_req(h)->err);
		return;
	}
	http_type(h, "text/plain; charset=utf-8");
	buf_str(http_out(h), *is.signed_ ? is.signed_ : is.text);
}

/* The row of the reader's language. */
static bool charter_current(struct http *h, struct published *is)
{
	if (!current(h, http_lang(h) == LANG_ZH_TW ? TEXT_CHARTER_ZH : TEXT_CHARTER_EN, is))
		return true;
	http_fail_err(h, &http_req(h)->err);
	return false;
}

static void charter_head(struct http *h)
{
	http_type(h, "text/plain; charset=utf-8");
	http_set_header(h, "Content-Language", lang_tag(http_lang(h)));
	http_set_header(h, "Vary", "Accept-Language, Cookie");
}

void web_get_charter_txt(struct http *h)
{
	struct published is;
	if (!charter_current(h, &is))
		return;
	charter_head(h);
	buf_str(http_out(h), is.text);
}

void web_get_charter_asc(struct http *h)
{
	struct published is;
	if (!charter_current(h, &is))
		return;
	if (!*is.signed_) {
		http_fail(h, 404,
			  *published_key(http_req(h)) ? "the text is not signed yet: look again in a minute"
						      : "there is no PGP key");
		return;
	}
	charter_head(h);
	buf_str(http_out(h), is.signed_);
}

void web_get_charter(struct http *h)
{
	struct published is;
	if (!charter_current(h, &is))
		return;
	struct page p = page_of(h, N_("Who we are"), NAV_NONE);
	struct charter *c = arena_new_of(p.mem, struct charter);
	if (charter_make(http_req(h), &p, &is, c))
		http_fail_err(h, &http_req(h)->err);
	else
		web_charter(&p, c, *is.signed_ != 0);
}
