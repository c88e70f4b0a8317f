/* What the HTTP transport parses itself: targets, percent-encoding, forms, cookies, X-Forwarded-For, listen addresses.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "net/http_int.h"

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void fuzz_target(struct arena *a, const char *text)
{
	char *raw, *query;
	const char *path;
	const struct http_field *f;
	if (target_parse(a, arena_strdup(a, text), &raw, &query, &path))
		return;
	must(*path == '/' && *raw == '/' && utf8_valid(path, strlen(path)));
	must(!strstr(path, "/../") && !strstr(path, "/./"));
	int n = form_parse(a, query, strlen(query), NULL, &f);
	for (int i = 0; i < n; i++)
		must(utf8_valid(f[i].value, f[i].n) && strlen(f[i].value) == f[i].n);
}

static void fuzz_headers(struct arena *a, const char *text)
{
	struct prefix trusted[2];
	struct addr peer, hop;
	char *host, *port;
	must(prefix_parse("10.0.0.0/8", &trusted[0]) && prefix_parse("2001:db8::/32", &trusted[1]));
	must(addr_parse("10.0.0.1", &peer));
	struct addr client = client_find(&peer, text, trusted, 2);
	must(client.family == 4 || client.family == 6);
	forwarded_parse(text, strlen(text), &hop);
	cookie_find(a, text, "session");
	etag_match(text, "\"abc\"");
	media_type_is(text, "application/json");
	accepts_json_first(text);
	media_weight(text, "application/rdap+json");
	listen_parse(a, text, &host, &port);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 8192)
		return 0;
	struct arena *a = arena_new(1 << 20);
	const struct http_field *f;
	char *copy = arena_dup(a, data, size);
	for (int how = 0; how < 4; how++) {
		char *again = arena_dup(a, data, size);
		long n = pct_decode(again, size, how & 1, how & 2);
		must(n <= (long)size && (n < 0 || utf8_valid(again, (size_t)n)));
	}
	bool bad = false;
	int got = form_parse(a, copy, size, &bad, &f);
	for (int i = 0; i < got; i++)
		must(utf8_valid(f[i].name, strlen(f[i].name)) && utf8_valid(f[i].value, f[i].n));
	char *text = arena_dup(a, data, size);
	fuzz_target(a, text);
	fuzz_headers(a, text);
	arena_free(a);
	return 0;
}
