/* Letters about hostile things: whatever stands in the fields of a letter, the message keeps its form: ASCII, lines
 * within 998 bytes that end in CRLF, only our headers, each once, and the same bytes a second time. */
#include <gmime/gmime.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "out/mail/mail_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define AT 1795701900000000LL /* 2026-11-26T14:05:00Z */
enum { FIELDS = 16 };

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void check_headers(const char *p)
{
	static const char *const ours[] = { "Date",	      "From",	      "To",	      "Reply-To",
					    "Subject",	      "Message-Id",   "In-Reply-To",  "References",
					    "Auto-Submitted", "MIME-Version", "Content-Type", "Content-Language",
					    "X-Loop" };
	enum { OURS = sizeof ours / sizeof *ours };
	bool seen[OURS] = { false };
	for (const char *end; strncmp(p, "\r\n", 2) != 0; p = end + 2) {
		end = strstr(p, "\r\n");
		must(end);
		if (*p == ' ' || *p == '\t')
			continue;
		int i = 0;
		while (i < OURS && (strncasecmp(p, ours[i], strlen(ours[i])) != 0 || p[strlen(ours[i])] != ':'))
			i++;
		must(i < OURS && !seen[i]);
		seen[i] = true;
	}
	for (int i = 0; i < OURS; i++)
		must(seen[i] || i == 3 || i == 6 || i == 7);
}

static void check_message(const struct buf *b)
{
	size_t line = 0;
	for (size_t i = 0; i < b->n; i++, line++) {
		must((unsigned char)b->p[i] < 0x80 && b->p[i]);
		must((b->p[i] == '\n') == (i > 0 && b->p[i - 1] == '\r'));
		if (b->p[i] == '\n')
			line = (size_t)-1;
		must(line + 1 <= 999);
	}
	must(b->n > 2 && memcmp(b->p + b->n - 2, "\r\n", 2) == 0);
	check_headers(b->p);
}

/* Fields end at a 0 byte. */
static void cut(struct arena *mem, const uint8_t *data, size_t n, char *field[FIELDS])
{
	for (int i = 0; i < FIELDS; i++) {
		const uint8_t *end = n ? memchr(data, 0, n) : NULL;
		size_t len = end ? (size_t)(end - data) : n;
		field[i] = arena_dup(mem, data, len);
		data += len + (end != NULL);
		n -= len + (end != NULL);
	}
}

static enum st compose(struct arena *mem, const struct letter *l, const char *from, struct buf *out)
{
	struct config cfg = { .mail_from = (char *)from,
			      .site_name = (char *)"Network Information Centre",
			      .site_name_zh = (char *)"網路資訊中心",
			      .site_contact = (char *)"cert@nic.example",
			      .site_zone = 480 };
	struct face face = { &cfg, "https://nic.example:8443/" };
	struct parcel p = { .message = { .max = (size_t)4 << 20 } };
	struct err e = { 0 };
	enum st st = compose_letter(mem, &face, l, NULL, AT, &p, &e);
	must(st ? e.msg[0] != 0 : !strpbrk(p.to, " \r\n<>") && !strpbrk(p.from, " \r\n<>"));
	*out = p.message;
	return st;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const char *const kinds[] = { "notice", "sponsor", "receipt",  "progress",
					     "closed", "message", "upstream", "authority" };
	if (n < 3 || n > 20000)
		return 0;
	struct arena *mem = arena_new((size_t)32 << 20);
	char *f[FIELDS];
	cut(mem, data + 3, n - 3, f);
	struct case_obs obs[2] = { { .value = f[5], .kind = (char *)"url", .shown = f[5], .matched = f[6] },
				   { .value = f[7], .kind = (char *)"name", .shown = f[7], .matched = f[6] } };
	obs[0].chain[0] = (struct chain_link){ .role = LINK_HOLDER, .name = f[8] };
	obs[0].links = 1;
	struct case_notice notice = {
		.id = 7, .role = (enum link_role)(data[1] % 4), .state = NOTICE_APPROVED, .due_at = AT + 86400 * USEC
	};
	struct case_notice told = { .role = LINK_HOLDER,
				    .state = (enum notice_state)(data[1] % NOTICE_STATES),
				    .sent_at = data[2] & 64 ? AT : 0,
				    .until = data[1] & 32 ? AT : 0,
				    .nobs = 2,
				    .first_obs = f[5] };
	struct case_view view = { .number = f[9],
				  .class_id = (char *)(data[2] & 1 ? "phishing" : "other"),
				  .class_title = f[10],
				  .opened_at = AT,
				  .state = (enum case_state)(data[2] % CASE_STATES),
				  .obs = obs,
				  .nobs = 2,
				  .notice = &notice,
				  .nnotices = 1,
				  .close_reason = f[11] };
	struct letter l = { .to = data[1] & 128 ? f[0] : (char *)"abuse@shop.example",
			    .subject = f[1],
			    .message_id = data[1] & 64 ? f[2] : (char *)"<n8.3f2a@nic.example>",
			    .lang = data[0] & 64 ? LANG_ZH_TW : LANG_EN,
			    .template_ = (char *)kinds[data[0] % 8],
			    .reply_to = f[3],
			    .in_reply_to = f[4],
			    .link = f[12],
			    .confirm_link = data[2] & 2 ? f[12] : NULL,
			    .party = f[13],
			    .words = f[14],
			    .text = f[15],
			    .about = data[2] & 4 ? NULL : &view,
			    .obs = obs,
			    .nobs = data[2] & 8 ? 0 : 2,
			    .notice = data[2] & 4 ? NULL : &notice,
			    .told = &told,
			    .ntold = data[2] & 32 ? 1 : 0,
			    .id = 7 };
	struct buf first = BUF_INIT, second = BUF_INIT;
	const char *from = data[2] & 16 ? f[0] : "";
	if (compose(mem, &l, from, &first) == ST_OK) {
		check_message(&first);
		must(compose(mem, &l, from, &second) == ST_OK && first.n == second.n &&
		     memcmp(first.p, second.p, first.n) == 0);
	}
	buf_free(&first);
	buf_free(&second);
	arena_free(mem);
	return 0;
}
