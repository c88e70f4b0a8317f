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

void desk_token(const char *kind, const uint8_t seed[LINK_SEED], char out[LINK_TOKEN])
{
	link_token(site_key, kind, seed, out);
}

struct hash desk_token_hash(const char *token)
{
	return hash_of(token, strnlen(token, 64));
}

void desk_token_cover(const char *kind, const uint8_t seed[LINK_SEED], const char in[26], char out[26])
{
	struct hash pad = link_mac(site_key, kind, seed);
	for (int i = 0; i < 26; i++)
		out[i] = (char)(in[i] ^ (char)pad.b[i]);
}

char *desk_when(struct arena *mem, int64_t t, enum lang l)
{
	return time_people(mem, t, lang_tag(l), site.zone);
}
