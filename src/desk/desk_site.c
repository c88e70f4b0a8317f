/* The site's settings, and tokens: derived from a random seed and a key that only this process holds. */
#include <string.h>
#include "desk/desk_int.h"

static struct desk_site site;
static uint8_t site_key[HASH_LEN];

void desk_setup(const struct desk_site *s)
{
	site = *s;
	memcpy(site_key, s->token_key, sizeof site_key);
	site.token_key = site_key;
}

const struct desk_site *desk_the_site(void)
{
	return &site;
}

enum lang desk_site_lang(void)
{
	return site.lang ? lang_of(site.lang) : LANG_EN;
}

static struct hash derived(const char *kind, const void *seed)
{
	uint8_t text[64] = { 0 };
	size_t n = strnlen(kind, sizeof text - SEED_LEN);
	memcpy(text, kind, n);
	memcpy(text + n, seed, SEED_LEN);
	return hash_mac(site_key, sizeof site_key, text, n + SEED_LEN);
}

/* 130 bits as 26 characters a–z2–7. */
void desk_token(const char *kind, const void *seed, char out[TOKEN_SIZE])
{
	static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";
	struct hash h = derived(kind, seed);
	for (int i = 0; i < TOKEN_SIZE - 1; i++) {
		unsigned bit = (unsigned)i * 5, two = (unsigned)h.b[bit / 8] << 8 | h.b[bit / 8 + 1];
		out[i] = digits[two >> (11 - bit % 8) & 31];
	}
	out[TOKEN_SIZE - 1] = 0;
}

struct hash desk_token_hash(const char *token)
{
	return hash_of(token, strnlen(token, 64));
}

void desk_token_cover(const char *kind, const void *seed, const char in[26], char out[26])
{
	struct hash pad = derived(kind, seed);
	for (int i = 0; i < 26; i++)
		out[i] = (char)(in[i] ^ (char)pad.b[i]);
}

char *desk_when(struct arena *mem, int64_t t, enum lang l)
{
	return time_people(mem, t, lang_tag(l), site.zone);
}
