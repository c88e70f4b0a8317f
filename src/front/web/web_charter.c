/* web_charter.c — texts about us that are kept, numbered and signed: security.txt (RFC 9116), and who we are (RFC 2350). */
#include <string.h>
#include "base/clock.h"
#include "base/text.h"
#include "front/web/charter.h"
#include "front/web/pages.h"
#include "front/web/web.h"
#include "who/pgp_key.h"

#define DAY (86400 * USEC)
enum { TEXT_MAX = 256 << 10, LIFE_DAYS = 180 };

/* ── the texts ── */

/* RFC 9116, in its order of fields. */
enum st text_security(struct req *rq, const struct config *cfg, const struct published *is, struct buf *out)
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

enum st text_charter_en(struct req *rq, const struct config *cfg, const struct published *is, struct buf *out)
{
	return text_charter(rq, cfg, is, LANG_EN, out);
}

enum st text_charter_zh(struct req *rq, const struct config *cfg, const struct published *is, struct buf *out)
{
	return text_charter(rq, cfg, is, LANG_ZH_TW, out);
}

/* ── serving them ── */

typedef enum st (*text_fn)(struct req *rq, const struct config *cfg, const struct published *is, struct buf *out);

/* What stands in the row when it still says what it should; else the text as it should be, which nobody has signed yet. */
static enum st current(struct http *h, const char *name, text_fn make, struct published *is)
{
	struct req *rq = http_req(h);
	BUF_SCOPE b = { .max = TEXT_MAX };
	int64_t now = clock_now();
	enum st st = published_get(rq, name, is);
	if (st && st != ST_NOTFOUND)
		return st;
	if (!st && make(rq, front_app(h)->cfg, is, &b))
		return rq->err.code;
	bool over = is->expires_at && is->expires_at <= now;
	if (!st && !over && !strcmp(buf_cstr(&b), is->text))
		return ST_OK;
	*is = (struct published){ .name = is->name,
				  .signed_ = arena_strdup(rq->mem, ""),
				  .version = is->version + 1,
				  .changed_at = now,
				  .expires_at = (now / DAY + LIFE_DAYS) * DAY };
	buf_reset(&b);
	if (make(rq, front_app(h)->cfg, is, &b))
		return rq->err.code;
	is->text = arena_strdup(rq->mem, buf_cstr(&b));
	return ST_OK;
}

void web_get_security(struct http *h)
{
	struct published is;
	if (current(h, "security.txt", text_security, &is)) {
		http_fail_err(h, &http_req(h)->err);
		return;
	}
	http_type(h, "text/plain; charset=utf-8");
	buf_str(http_out(h), *is.signed_ ? is.signed_ : is.text);
}

/* The row of the reader's language. */
static bool charter_current(struct http *h, struct published *is)
{
	bool zh = http_lang(h) == LANG_ZH_TW;
	if (!current(h, zh ? "rfc2350.zh-TW" : "rfc2350.en", zh ? text_charter_zh : text_charter_en, is))
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
