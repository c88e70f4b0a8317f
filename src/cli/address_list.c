/* A CSV of addresses, as studies and the newsletter take them. */
#include "cli/address_list.h"
#include <string.h>
#include "base/csv.h"
#include "base/text.h"

enum { EMAIL, LANG, SEGMENT, COLUMNS };
static const char *const columns[] = { "email", "lang", "segment" };

static void list_line(struct cli *c, struct address_list *k, const struct lines *l, const char *path, char **field,
		      const int *at)
{
	const char *email = text_lower(c->mem, text_trim(c->mem, field[at[EMAIL]]));
	const char *segment = at[SEGMENT] < 0 ? "" : text_trim(c->mem, field[at[SEGMENT]]);
	if (!text_email_ok(email)) {
		cli_fail(c, "%s:%lld: \"%.80s\": expected an e-mail address", path, (long long)lines_number(l), email);
		k->bad++;
	} else if (strlen(segment) > 40) {
		cli_fail(c, "%s:%lld: a segment has at most 40 bytes", path, (long long)lines_number(l));
		k->bad++;
	} else {
		if (k->n == k->room) {
			struct voice_frame_row *more = arena_array(c->mem, struct voice_frame_row, 2 * k->room + 1024);
			if (k->n)
				memcpy(more, k->row, sizeof *more * (size_t)k->n);
			k->row = more;
			k->room = 2 * k->room + 1024;
		}
		k->row[k->n++] =
			(struct voice_frame_row){ email, at[LANG] < 0 ? "" : arena_strdup(c->mem, field[at[LANG]]),
						  segment };
	}
}

bool address_list_read(struct cli *c, const char *path, struct address_list *k)
{
	char *line, *field[COLUMNS];
	size_t n;
	int at[COLUMNS], got, wanted = 0;
	struct lines *l = lines_open(path, &c->err);
	if (!l)
		return cli_fail(c, "%s", c->err.msg), false;
	if (lines_next(l, &line, &n, &c->err) != 1 || csv_header(line, columns, COLUMNS, at, &c->err) ||
	    at[EMAIL] < 0) {
		cli_fail(c,
			 "%s:1: expected the columns email, lang and segment, of which lang and segment may be missing",
			 path);
		k->bad++;
	}
	for (int i = 0; i < COLUMNS && !k->bad; i++)
		wanted += at[i] >= 0;
	while (k->bad < 100 && wanted && (got = lines_next(l, &line, &n, &c->err))) {
		if (got < 0 || (n && csv_split(line, ',', field, COLUMNS) != wanted)) {
			cli_fail(c, "%s:%lld: %s", path, (long long)lines_number(l),
				 got < 0 ? c->err.msg : "expected as many fields as in the header");
			k->bad++;
		} else if (k->n == VOICE_CANDIDATES_MAX) {
			cli_fail(c, "%s: more than %d addresses", path, VOICE_CANDIDATES_MAX);
			k->bad++;
			break;
		} else if (n) {
			list_line(c, k, l, path, field, at);
		}
	}
	struct hash h = lines_digest(l);
	hash_hex(&h, k->digest);
	lines_close(l);
	return !k->bad;
}
