/* api_body.c — bodies in and what was wrong with them, for every operation that takes one. */
#include <ctype.h>
#include <string.h>
#include "base/phrase.h"
#include "base/text.h"
#include "front/api/api.h"

enum { KEY_MAX = 128, INDEX_MAX = 1000 };

void api_json(struct http *h)
{
	http_type(h, "application/json");
	http_set_header(h, "Cache-Control", "no-store");
	http_set_header(h, "X-Content-Type-Options", "nosniff");
}

/* ~ and / in a member's name. */
const char *api_pointer(struct arena *mem, const char *name)
{
	BUF_SCOPE b = BUF_INIT;
	buf_char(&b, '/');
	for (const char *s = name; *s; s++) {
		if (*s == '~' || *s == '/')
			buf_str(&b, *s == '~' ? "~0" : "~1");
		else
			buf_char(&b, *s);
	}
	return arena_strdup(mem, buf_cstr(&b));
}

static void take(struct arena *mem, enum lang l, const struct json *v, const struct api_member *m, int n,
		 struct api_faults *f)
{
	const char *name = json_key(v), *s = json_str(v);
	int i = 0;
	while (i < n && strcmp(m[i].name, name) != 0)
		i++;
	if (i == n)
		api_fault(f, api_pointer(mem, name), N_("is not a member of this"));
	else if (s && strlen(s) > m[i].max)
		api_fault(f, api_pointer(mem, name),
			  arena_printf(mem, tr(l, N_("must have at most %zu bytes")), m[i].max));
	else if (s)
		*m[i].to = arena_strdup(mem, s);
	else if (!json_is_null(v))
		api_fault(f, api_pointer(mem, name), N_("must be a string"));
}

bool api_strings(struct http *h, const struct api_member *m, int n)
{
	struct arena *mem = http_req(h)->mem;
	struct blob raw = http_body(h);
	struct err e = { 0 };
	struct api_faults f = { 0 };
	const struct json *body = json_parse(mem, raw.p ? raw.p : "", raw.n, &e);
	if (!body || !json_is_object(body)) {
		api_problem(h, 400, body ? N_("the body must be a JSON object") : err_say(mem, http_lang(h), &e), NULL);
		return false;
	}
	for (int i = 0; i < json_count(body); i++)
		take(mem, http_lang(h), json_at(body, i), m, n, &f);
	if (f.n > 0)
		api_problem(h, 422, N_("the body has mistakes"), &f);
	return f.n == 0;
}

bool api_key(struct http *h, const char **key)
{
	*key = http_header(h, "Idempotency-Key");
	if (!*key || (**key && strlen(*key) <= KEY_MAX))
		return true;
	api_problem(h, 400, N_("Idempotency-Key must have 1 to 128 bytes"), NULL);
	return false;
}

void api_explain(struct http *h, const struct err *e, bool (*known)(const char *name), const char *detail)
{
	struct arena *mem = http_req(h)->mem;
	struct api_faults f = { 0 };
	size_t n = strspn(e->msg, "abcdefghijklmnopqrstuvwxyz_");
	const char *name = arena_dup(mem, e->msg, n);
	int index = -1;
	if (!known(name) || !strstr(e->msg, ": ")) {
		api_problem(h, 422, err_say(mem, http_lang(h), e), NULL);
		return;
	}
	if (e->msg[n] == '[' && isdigit((unsigned char)e->msg[n + 1]))
		for (const char *s = e->msg + n + 1 + (index = 0); isdigit((unsigned char)*s) && index < INDEX_MAX; s++)
			index = index * 10 + (*s - '0');
	api_fault(&f, index < 0 ? arena_printf(mem, "/%s", name) : arena_printf(mem, "/%s/%d", name, index),
		  err_say_field(mem, http_lang(h), e));
	api_problem(h, 422, detail, &f);
}

/* Of a party or a partner. */
static bool is_of_answer(const char *name)
{
	return strcmp(name, "answer") == 0 || strcmp(name, "text") == 0 || strcmp(name, "until") == 0;
}

void api_answer_refused(struct http *h, const struct err *why)
{
	if (why->code == ST_INVALID)
		api_explain(h, why, is_of_answer, N_("the answer has a mistake"));
	else
		http_fail_err(h, why);
}
