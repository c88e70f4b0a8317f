/* form.c — tokens of public forms. A token says when the form was made and names it, sealed with the installation's
 * key: "SECONDS-NONCE-SEAL". Nothing is kept on our side. */
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/text.h"
#include "front/web/web.h"

enum { TOKEN_LIFE = 24 * 3600, SEAL_HEX = 32 };

/* The first 128 bits of HMAC-SHA-256 as hex. */
static const char *seal(struct http *h, const char *purpose, const char *text)
{
	struct arena *mem = http_req(h)->mem;
	char *what = arena_printf(mem, "%s\n%s", purpose, text), hex[65];
	struct hash mac = hash_mac(front_app(h)->form_key, sizeof front_app(h)->form_key, what, strlen(what));
	hash_hex(&mac, hex);
	return arena_dup(mem, hex, SEAL_HEX);
}

/* The part before the last '-' when the seal behind it is ours. */
static const char *unseal(struct http *h, const char *purpose, const char *sealed)
{
	const char *dash = sealed ? strrchr(sealed, '-') : NULL;
	if (!dash || strlen(dash + 1) != SEAL_HEX || strlen(sealed) > 2048)
		return NULL;
	const char *text = arena_dup(http_req(h)->mem, sealed, (size_t)(dash - sealed));
	return bytes_equal_ct(seal(h, purpose, text), dash + 1, SEAL_HEX) ? text : NULL;
}

const char *form_sign(struct http *h, const char *text)
{
	return arena_printf(http_req(h)->mem, "%s-%s", text, seal(h, "text", text));
}

const char *form_unseal(struct http *h, const char *sealed)
{
	return unseal(h, "text", sealed);
}

const char *form_token(struct http *h, const char *purpose)
{
	struct arena *mem = http_req(h)->mem;
	char nonce[27];
	random_token(nonce);
	const char *text = arena_printf(mem, "%lld-%s", (long long)(clock_now() / USEC), nonce);
	return arena_printf(mem, "%s-%s", text, seal(h, purpose, text));
}

enum form_state form_check(struct http *h, const char *purpose, const char *token, const char **nonce)
{
	const char *text = unseal(h, purpose, token);
	int64_t age = text ? clock_now() / USEC - strtoll(text, NULL, 10) : TOKEN_LIFE + 1;
	*nonce = text ? strchr(text, '-') + 1 : NULL;
	if (age < 0 || age > TOKEN_LIFE)
		return FORM_STALE;
	return age < front_app(h)->cfg->form_min_fill ? FORM_FRESH : FORM_OK;
}

char *form_key(struct http *h, const char *nonce, const char *typed)
{
	char hex[2 * HASH_LEN + 1];
	struct hash digest = hash_of(typed, strlen(typed));
	return arena_printf(http_req(h)->mem, "form:%s:%s", nonce, hash_hex(&digest, hex));
}

/* Is it one of these, with blanks between? */
static bool named(const char *names, const char *name)
{
	size_t n = strlen(name);
	for (const char *s = names; *s; s += strspn(s, " ")) {
		size_t word = strcspn(s, " ");
		if (word == n && !memcmp(s, name, n))
			return true;
		s += word;
	}
	return false;
}

bool form_whole(struct http *h, struct form_errors *bad, const char *field, const char *files)
{
	bool of_file;
	const char *why = http_form_fault(h, &of_file);
	if (why)
		form_bad(bad, of_file ? files : field, why);
	return !why;
}

void form_only(struct http *h, struct form_errors *bad, const char *field, const char *once, const char *many)
{
	const struct http_field *list;
	int n = http_form_all(h, &list);
	form_whole(h, bad, field, "files");
	for (int i = 0; i < n; i++) {
		bool again = false;
		for (int j = 0; j < i && !again; j++)
			again = !strcmp(list[j].name, list[i].name);
		if (named(many, list[i].name) || (named(once, list[i].name) && !again))
			continue;
		form_bad(bad, field,
			 tr(http_lang(h), N_("The form came with something that is not on this page. Open the page "
					     "anew, and send it from there.")));
		return;
	}
}

bool budget_take(struct http *h, struct limit *l, int64_t *retry)
{
	*retry = 0;
	if (!l || limit_take(l, http_client(h), clock_now(), retry))
		return true;
	if (*retry < 1)
		*retry = 1;
	http_set_header(h, "Retry-After", arena_printf(http_req(h)->mem, "%lld", (long long)*retry));
	return false;
}

static bool within(struct http *h, struct limit *l, struct form_errors *bad, const char *field, const char *sentence)
{
	int64_t retry;
	if (budget_take(h, l, &retry))
		return true;
	form_bad(bad, field, tr(http_lang(h), sentence));
	return false;
}

bool may_send(struct http *h, struct form_errors *bad, const char *field)
{
	return within(h, front_app(h)->report_limit, bad, field,
		      N_("Your network has sent a lot. Send it again in some minutes."));
}

bool may_ask(struct http *h, struct form_errors *bad, const char *field)
{
	return within(h, front_app(h)->login_limit, bad, field,
		      N_("Your network has asked often. Try again in some minutes."));
}

int form_stored(struct http *h, struct form_errors *bad, const char *field, const struct err *outcome)
{
	if (!outcome->code)
		return 200;
	form_bad(bad, field, tr(http_lang(h), N_("We could not store this just now. Send it again in a minute.")));
	return http_code(outcome->code);
}

void form_email(struct http *h, struct form_errors *bad, const char *email)
{
	if (!text_email_ok(email))
		form_bad(bad, "email", tr(http_lang(h), N_("Enter your e-mail address, like name@example.tw.")));
}
