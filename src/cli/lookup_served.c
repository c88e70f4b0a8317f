/* What the running server says of an object, out of its cache or not: over HTTP, and over WHOIS as curl's gopher speaks
 * it (a line, then everything until the end: RFC 1436 and RFC 3912 have that in common). */
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include "cli/lookup_check.h"

enum { ANSWER_SECONDS = 20 };

/* One that listens everywhere is asked here. */
static const char *reached(struct arena *mem, const char *listen)
{
	static const char *const everywhere[] = { "", "*", "0.0.0.0", "[::]" };
	const char *port = strrchr(listen, ':');
	for (size_t i = 0; port && i < sizeof everywhere / sizeof *everywhere; i++)
		if (strlen(everywhere[i]) == (size_t)(port - listen) &&
		    !strncmp(listen, everywhere[i], strlen(everywhere[i])))
			return arena_printf(mem, "%s%s", i == 3 ? "[::1]" : "127.0.0.1", port);
	return listen;
}

static size_t on_bytes(char *p, size_t size, size_t n, void *out)
{
	buf_add(out, p, size * n);
	return ((struct buf *)out)->bad ? 0 : size * n;
}

static enum st fetch(struct req *rq, CURL *h, const char *url, long *code, struct buf *out)
{
	curl_easy_reset(h);
	curl_easy_setopt(h, CURLOPT_URL, url);
	curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http,gopher");
	curl_easy_setopt(h, CURLOPT_PROXY, "");
	curl_easy_setopt(h, CURLOPT_TIMEOUT, (long)ANSWER_SECONDS);
	curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, on_bytes);
	curl_easy_setopt(h, CURLOPT_WRITEDATA, out);
	CURLcode rc = curl_easy_perform(h);
	curl_easy_getinfo(h, CURLINFO_RESPONSE_CODE, code);
	if (rc != CURLE_OK)
		return err_set(&rq->err, ST_BUSY, "the server does not answer at %.120s: %s", url,
			       curl_easy_strerror(rc));
	if (*code == 429 || !strncmp(buf_cstr(out), "% Too many queries", 18))
		return err_set(&rq->err, ST_LIMIT,
			       "the server answers no more of this address's queries in this hour: take --sample");
	return ST_OK;
}

enum st lookup_served(struct req *rq, const struct config *cfg, enum look_kind kind, const char *what, struct buf *rdap,
		      struct buf *whois)
{
	long code = 0;
	CURL *h = curl_easy_init();
	char *safe = h ? curl_easy_escape(h, what, 0) : NULL;
	if (!safe)
		abort();
	const char *one = look_kind_name(kind), *http = reached(rq->mem, cfg->http_listen),
		   *line = reached(rq->mem, cfg->whois_listen);
	if (fetch(rq, h, arena_printf(rq->mem, "http://%s/rdap/%s/%s", http, one, safe), &code, rdap) == ST_OK &&
	    code != 200)
		err_set(&rq->err, ST_CONFLICT, "the server's RDAP says %ld", code);
	if (!rq->err.code)
		fetch(rq, h, arena_printf(rq->mem, "gopher://%s/0%s%%20%s", line, one, safe), &code, whois);
	curl_free(safe);
	curl_easy_cleanup(h);
	return rq->err.code;
}
