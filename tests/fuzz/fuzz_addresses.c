/* A CSV of addresses: what is taken is within its bounds, and written out line by line it is taken again and the same; what is not
 * says which line, and why. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "voice/address_list.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(bool ok)
{
	if (!ok)
		abort();
}

static bool read_all(struct arena *mem, const char *text, size_t n, struct address_list *k)
{
	struct lines *l = lines_of_text("list", text, n);
	bool ok = address_list_read(mem, l, k);
	must(strlen(k->digest) == 64);
	lines_close(l);
	return ok;
}

static void cell(struct buf *b, const char *s, char end)
{
	buf_char(b, '"');
	for (; *s; s++)
		buf_printf(b, "%s%c", *s == '"' ? "\"" : "", *s);
	buf_printf(b, "\"%c", end);
}

static void check(struct arena *mem, const struct address_list *k)
{
	BUF_SCOPE b = { .max = (size_t)64 << 20 };
	struct address_list again;
	buf_str(&b, "segment,email,lang\n");
	for (int64_t i = 0; i < k->n; i++) {
		const struct voice_frame_row *r = &k->row[i];
		must(text_email_ok(r->email) && !strcmp(r->email, text_lower(mem, r->email)));
		must(strlen(r->lang) <= ADDRESS_LANG_MAX && strlen(r->segment) <= 4 * VOICE_SEGMENT_MAX);
		cell(&b, r->segment, ',');
		cell(&b, r->email, ',');
		cell(&b, r->lang, '\n');
	}
	must(read_all(mem, buf_cstr(&b), b.n, &again) && again.n == k->n);
	for (int64_t i = 0; i < k->n; i++)
		must(!strcmp(again.row[i].email, k->row[i].email) && !strcmp(again.row[i].lang, k->row[i].lang) &&
		     !strcmp(again.row[i].segment, k->row[i].segment));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *mem = arena_new((size_t)256 << 20);
	struct address_list k;
	char *text = arena_dup(mem, data, n);
	if (read_all(mem, text, n, &k))
		check(mem, &k);
	must(k.nfaults <= ADDRESS_FAULTS_MAX);
	for (int i = 0; i < k.nfaults; i++)
		must(k.fault[i].line > 0 && k.fault[i].why.code && k.fault[i].why.msg[0] &&
		     utf8_valid(k.fault[i].why.msg, strlen(k.fault[i].why.msg)));
	arena_free(mem);
	return 0;
}
