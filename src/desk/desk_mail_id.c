/* Names of our letters that others can repeat but not invent: a MAC under the key that is not in the database. */
#include <stdio.h>
#include <string.h>
#include "desk/desk_int.h"
#include "desk/desk_mail.h"

enum { MAC = 16 };

/* 80 bits as a–z2–7. */
static void mac_of(const char *text, char out[MAC + 1])
{
	static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";
	struct hash h = hash_mac(desk_the_site()->token_key, HASH_LEN, text, strlen(text));
	for (int i = 0; i < MAC; i++) {
		unsigned bit = (unsigned)i * 5, two = (unsigned)h.b[bit / 8] << 8 | h.b[bit / 8 + 1];
		out[i] = digits[two >> (11 - bit % 8) & 31];
	}
	out[MAC] = 0;
}

static bool mac_fits(const char *text, const char *mac)
{
	char own[MAC + 1];
	mac_of(text, own);
	return strlen(mac) == MAC && bytes_equal_ct(own, mac, MAC);
}

static char *letter_text(struct arena *mem, int64_t seq, const char *kind, int64_t ref)
{
	return arena_printf(mem, "%lld-%s-%lld", (long long)seq, kind, (long long)ref);
}

char *desk_letter_id(struct arena *mem, int64_t seq, const char *kind, int64_t ref, const char *host)
{
	char mac[MAC + 1], *text = letter_text(mem, seq, kind, ref);
	mac_of(arena_printf(mem, "letter %s", text), mac);
	return arena_printf(mem, "<nc-%s-%s@%s>", text, mac, host);
}

/* "nc-12-notice-escalated-3-MAC@host": the kind may hold hyphens, the numbers can't. */
bool desk_letter_name(const char *id, struct letter_name *out)
{
	char text[120], whole[140], first[24];
	size_t n = id ? strcspn(id, "@") : 0;
	if (!desk_the_site()->token_key || n < 3 || n >= sizeof text || strncmp(id, "nc-", 3) != 0)
		return false;
	snprintf(text, sizeof text, "%.*s", (int)(n - 3), id + 3);
	char *mac = strrchr(text, '-');
	if (!mac)
		return false;
	*mac++ = 0;
	snprintf(whole, sizeof whole, "letter %s", text);
	if (!mac_fits(whole, mac))
		return false;
	char *ref = strrchr(text, '-'), *kind = strchr(text, '-');
	if (!ref || kind == ref || (size_t)(kind - text) >= sizeof first)
		return false;
	*ref++ = 0;
	*kind++ = 0;
	return snprintf(out->kind, sizeof out->kind, "%s", kind) < (int)sizeof out->kind &&
	       text_int(text, 0, INT64_MAX, &out->seq) && text_int(ref, 0, INT64_MAX, &out->ref);
}

char *desk_reply_address(struct arena *mem, char kind, int64_t id)
{
	char mac[MAC + 1];
	const char *own = desk_the_site()->reply, *at = own ? strchr(own, '@') : NULL;
	if (!at)
		return NULL;
	char *text = arena_printf(mem, "%c%lld", kind, (long long)id);
	mac_of(arena_printf(mem, "reply %s", text), mac);
	char *out = arena_printf(mem, "%.*s+%s-%s%s", (int)(at - own), own, text, mac, at);
	return text_email_ok(out) ? out : NULL;
}

bool desk_reply_token(const char *token, char *kind, int64_t *id)
{
	char text[24], whole[32];
	const char *dash = token ? strchr(token, '-') : NULL;
	if (!desk_the_site()->token_key || !dash || (size_t)(dash - token) >= sizeof text || dash - token < 2)
		return false;
	snprintf(text, sizeof text, "%.*s", (int)(dash - token), token);
	snprintf(whole, sizeof whole, "reply %s", text);
	*kind = text[0];
	return (*kind == 'r' || *kind == 'n' || *kind == 's' || *kind == 'd') && mac_fits(whole, dash + 1) &&
	       text_int(text + 1, 1, INT64_MAX, id);
}
