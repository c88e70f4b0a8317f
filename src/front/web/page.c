/* page.c — times, parts and links that templates call. */
#include "front/web/page.h"
#include <ctype.h>
#include <qrencode.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "base/hash.h"
#include "base/text.h"

enum { MINUTE = 60, HOUR = 3600, DAY = 86400 };

/* ── times ── */

static struct tm local_time(const struct page *p, int64_t t)
{
	time_t s = (time_t)(t / USEC + p->cfg->site_zone * MINUTE);
	struct tm tm = { 0 };
	gmtime_r(&s, &tm);
	return tm;
}

static const char *month_of(const struct tm *tm)
{
	static const char names[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
					   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	return names[tm->tm_mon];
}

const char *page_day(const struct page *p, int64_t t)
{
	struct tm tm = local_time(p, t);
	int year = tm.tm_year + 1900;
	if (p->lang == LANG_ZH_TW)
		return arena_printf(p->mem, "%d 年 %d 月 %d 日", year, tm.tm_mon + 1, tm.tm_mday);
	return arena_printf(p->mem, "%d %s %d", tm.tm_mday, month_of(&tm), year);
}

const char *page_full(const struct page *p, int64_t t)
{
	return time_people(p->mem, t, lang_tag(p->lang), (int)p->cfg->site_zone);
}

const char *page_when(const struct page *p, int64_t t)
{
	struct tm tm = local_time(p, t), today = local_time(p, p->now);
	bool zh = p->lang == LANG_ZH_TW;
	if (tm.tm_year != today.tm_year)
		return page_full(p, t);
	if (tm.tm_yday == today.tm_yday)
		return arena_printf(p->mem, zh ? "今天 %02d:%02d" : "today, %02d:%02d", tm.tm_hour, tm.tm_min);
	if (zh)
		return arena_printf(p->mem, "%d 月 %d 日 %02d:%02d", tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min);
	return arena_printf(p->mem, "%d %s, %02d:%02d", tm.tm_mday, month_of(&tm), tm.tm_hour, tm.tm_min);
}

static const char *span_text(const struct page *p, int64_t s)
{
	if (s >= 2 * DAY)
		return arena_printf(p->mem, tr(p->lang, N_("%lld days")), (long long)(s / DAY));
	if (s >= 10 * HOUR)
		return arena_printf(p->mem, tr(p->lang, N_("%lld h")), (long long)(s / HOUR));
	if (s >= HOUR)
		return arena_printf(p->mem, tr(p->lang, N_("%lld h %lld min")), (long long)(s / HOUR),
				    (long long)(s % HOUR / MINUTE));
	return arena_printf(p->mem, tr(p->lang, N_("%lld min")), (long long)(s / MINUTE));
}

const char *page_left(const struct page *p, int64_t due)
{
	int64_t s = (due - p->now) / USEC;
	if (s < 0)
		return arena_printf(p->mem, tr(p->lang, N_("%s overdue")), span_text(p, -s));
	return arena_printf(p->mem, tr(p->lang, N_("%s left")), span_text(p, s));
}

const char *due_tone(const struct page *p, int64_t due)
{
	if (due < p->now)
		return "bad";
	return due - p->now < DAY * USEC ? "warn" : "";
}

void page_time(const struct page *p, int64_t t)
{
	buf_printf(p->out, "<time datetime=\"%s\">%s</time>", time_iso(p->mem, t), page_when(p, t));
}

/* ── parts ── */

void icon(const struct page *p, enum icon i)
{
	static const char *const path[] = {
		[ICON_CLOCK] = "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18M12 7v5l3 2",
		[ICON_INFO] = "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18M12 11v5M12 8v.1",
		[ICON_OK] = "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18M8 12l3 3 5-6",
		[ICON_BAD] = "M12 4l9 16H3zM12 10v4M12 17v.1",
		[ICON_FLAG] = "M5 21V4M5 4h11l-2 4 2 4H5",
		[ICON_SEARCH] = "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14M20 20l-4-4",
		[ICON_MAIL] = "M3 6h18v12H3zM3 7l9 6 9-6",
		[ICON_PRINT] = "M7 9V3h10v6M7 17H4v-7h16v7h-3M7 14h10v7H7z",
		[ICON_CLIP] = "M8 12l6-6a3 3 0 0 1 4 4l-8 8a5 5 0 0 1-7-7l8-8",
		[ICON_SEND] = "M4 12l16-8-6 16-3-6z",
		[ICON_INBOX] = "M4 13l3-8h10l3 8v6H4zM4 13h5l1 3h4l1-3h5",
		[ICON_EYE] = "M2 12s4-6 10-6 10 6 10 6-4 6-10 6-10-6-10-6M12 14a2 2 0 1 0 0-4 2 2 0 0 0 0 4",
		[ICON_TASK] = "M5 4h14v16H5zM8 9l1.5 1.5L12 8M8 15l1.5 1.5L12 14M14 10h2M14 16h2",
		[ICON_HEALTH] = "M3 12h4l3-7 4 14 3-7h4",
		[ICON_SHIELD] = "M12 3l7 3v5c0 5-3 8-7 10-4-2-7-5-7-10V6zM9 12l2 2 4-4",
		[ICON_CASE] = "M6 3h9l4 4v14H6zM14 3v5h5M9 13h6M9 17h6",
		[ICON_OUT] = "M14 4h5v16h-5M4 12h10M10 8l4 4-4 4",
		[ICON_EDIT] = "M4 20l1-4L16 5l3 3L8 19zM14 7l3 3",
		[ICON_GLOBE] = "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18M3 12h18M12 3c3 3 3 15 0 18M12 3c-3 3-3 15 0 18",
		[ICON_PERSON] = "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8M4 21c1-5 4-6 8-6s7 1 8 6",
		[ICON_KEY] = "M8 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8M12 12h9v3M17 12v3",
		[ICON_MONEY] = "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18M9 9h6M12 9v8M9 13h6",
	};
	buf_printf(p->out, "<svg class=\"i\" viewBox=\"0 0 24 24\" aria-hidden=\"true\"><path d=\"%s\"/></svg>",
		   path[i]);
}

/* Runs of dark modules become one rectangle each; two modules of quiet zone, and as much again by the style sheet
 * (ISO/IEC 18004 wants four). */
void qr_code(const struct page *p, const char *text)
{
	QRcode *qr = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
	if (!qr)
		return;
	buf_printf(p->out,
		   "<svg viewBox=\"-2 -2 %d %d\" shape-rendering=\"crispEdges\" aria-hidden=\"true\"><path d=\"",
		   qr->width + 4, qr->width + 4);
	for (int y = 0; y < qr->width; y++) {
		const unsigned char *row = qr->data + y * qr->width;
		for (int x = 0, n; x < qr->width; x += n) {
			for (n = 1; x + n < qr->width && (row[x + n] & 1) == (row[x] & 1); n++)
				;
			if (row[x] & 1)
				buf_printf(p->out, "M%d %dh%dv1h-%dz", x, y, n, n);
		}
	}
	buf_str(p->out, "\"/></svg>");
	QRcode_free(qr);
}

/* ── names and links ── */

const char *site_name(const struct page *p)
{
	const char *zh = p->cfg->site_name_zh, *en = p->cfg->site_name;
	if (p->lang == LANG_ZH_TW && zh && *zh)
		return zh;
	return en && *en ? en : tr(p->lang, N_("National Internet Centre"));
}

const char *link_to(const struct page *p, const char *path)
{
	return arena_printf(p->mem, "%s%s", front_base(p->cfg, p->mem), path);
}

static char *percent(struct arena *mem, const char *s)
{
	char *out = arena_alloc(mem, strlen(s) * 3 + 1), *o = out;
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;
		if ((c < 0x80 && isalnum(c)) || strchr("-._~", c))
			*o++ = (char)c;
		else
			o += snprintf(o, 4, "%%%02X", c);
	}
	return out;
}

const char *path_with(struct arena *mem, const char *path, const char *name, const char *value)
{
	if (!value || !*value)
		return path;
	return arena_printf(mem, "%s%c%s=%s", path, strchr(path, '?') ? '&' : '?', name, percent(mem, value));
}

enum lang other_lang(enum lang l)
{
	return l == LANG_EN ? LANG_ZH_TW : LANG_EN;
}

const char *other_lang_path(const struct page *p)
{
	return path_with(p->mem, p->path ? p->path : "/", "lang", lang_tag(other_lang(p->lang)));
}

const char *size_text(const struct page *p, int64_t bytes)
{
	if (bytes < 1000)
		return arena_printf(p->mem, tr(p->lang, N_("%lld bytes")), (long long)bytes);
	if (bytes < 1000000)
		return arena_printf(p->mem, "%lld kB", (long long)((bytes + 500) / 1000));
	return arena_printf(p->mem, "%.1f MB", (double)bytes / 1e6);
}

const char *digest_short(const struct page *p, const char *hex)
{
	if (!hex || strlen(hex) < 16)
		return "";
	return arena_printf(p->mem, "%.4s %.4s %.4s %.4s", hex, hex + 4, hex + 8, hex + 12);
}

/* ── errors of a form ── */

void form_bad(struct form_errors *f, const char *field, const char *text)
{
	if (f->n < (int)(sizeof f->e / sizeof *f->e))
		f->e[f->n++] = (struct form_error){ field, text };
}

const char *form_why(const struct form_errors *f, const char *field)
{
	for (int i = 0; i < f->n; i++)
		if (strcmp(f->e[i].field, field) == 0)
			return f->e[i].text;
	return NULL;
}
