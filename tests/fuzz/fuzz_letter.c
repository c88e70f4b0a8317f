/* Templates of letters: what is refused names its field; what may be kept makes a letter about hostile things without an
 * element or a link that the template did not have. The first byte chooses the letter, a 0 byte ends the text, what is
 * behind it is the HTML. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "letter/letter_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define HOSTILE                                                                                                        \
	(char *)"\n# x\n- <script>{case}{{\001"                                                                        \
		"0\002\" onload=\"</p>\n1. javascript:x"

static void must(bool ok)
{
	if (!ok)
		abort();
}

/* The template may say such things in its own words, also once for each thing; what is filled in adds none. */
static void check_output(struct arena *mem, const struct wording *w, const struct buf *text, const struct buf *html)
{
	const char *own = arena_printf(mem, "%s\n", w->html);
	static const char *const bad[] = { "<script", "\" onload", "href=\"j", "href=\"\n" };
	const char *body = strstr(buf_cstr(html), "</style>");
	must(body && !strpbrk(body, "\001\002"));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		must(!strstr(body, bad[i]) || strstr(own, bad[i]));
	must(strstr(body, "TLP:RED") && !strpbrk(buf_cstr(text), "\001\002"));
}

static void write_it(struct arena *mem, enum purpose purpose, const struct wording *w)
{
	const struct config cfg = { .site_name = (char *)"Centre" };
	const struct face face = { &cfg, "https://nic.example/" };
	struct case_obs o[2] = { { .value = HOSTILE, .matched = HOSTILE }, { .value = HOSTILE } };
	struct case_view v = { .number = HOSTILE, .class_title = HOSTILE, .next = HOSTILE, .close_reason = HOSTILE };
	struct case_notice told = { .due_at = 1 };
	struct letter l = { .template_ = (char *)letter_purposes[purpose].name,
			    .tlp = "TLP:RED",
			    .link = HOSTILE,
			    .confirm_link = HOSTILE,
			    .party = HOSTILE,
			    .words = HOSTILE,
			    .text = HOSTILE,
			    .subject = HOSTILE,
			    .about = &v,
			    .obs = o,
			    .nobs = 2,
			    .notice = &told };
	struct sheet p = { .mem = mem, .face = &face, .date = 1 };
	struct buf text = { .max = 1 << 20 }, html = { .max = 1 << 20 };
	const char *subject;
	struct err e = { 0 };
	enum st st = letter_write(&p, &l, w, &subject, &text, &html, &e);
	must(st == ST_OK || st == ST_LIMIT);
	if (st == ST_OK) {
		must(!strpbrk(subject, "\n\001\002"));
		check_output(mem, w, &text, &html);
	}
	buf_free(&text);
	buf_free(&html);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	if (!n || n > (size_t)64 << 10)
		return 0;
	struct arena *mem = arena_new((size_t)16 << 20);
	enum purpose purpose = (enum purpose)(data[0] % PURPOSES);
	char *text = arena_dup(mem, data + 1, n - 1), *html = text + strlen(text);
	if (html < text + n - 1)
		html++;
	struct wording w = { 1, "{class} {?case}{case}{/case}", text, html };
	struct err e = { 0 };
	if (letter_check(purpose, &w, &e) == ST_OK)
		write_it(mem, purpose, &w);
	else
		must(strncmp(e.msg, "text: ", 6) == 0 || strncmp(e.msg, "html: ", 6) == 0);
	arena_free(mem);
	return 0;
}
