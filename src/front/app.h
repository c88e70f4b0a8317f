/* app.h — what the program hands to every front (http_start's `app`): the services that a handler may use. Made by
 * main, lives as long as the server; nothing in it changes but what is said to be atomic.
 *
 * main gives http_start the tables web_routes, api_routes and tlog_routes, `web_guard` as guard, and an error function
 * that calls api_error for paths under /api/ and web_error for the rest.
 */
#ifndef FRONT_APP_H
#define FRONT_APP_H
#include <stdatomic.h>
#include <string.h>
#include "base/config.h"
#include "net/http.h"
#include "net/limit.h"
#include "store/store.h"

struct front_app {
	struct store *store;
	const struct config *cfg;
	struct limit *report_limit; /* filing, adding, answering: report.per_net_hour */
	struct limit *login_limit;  /* guesses of passwords, codes, case numbers and tokens */
	struct limit *token_limit;  /* requests of a program by its token: api.per_token_hour */
	uint8_t form_key[32];	    /* random, of this installation: forms survive a restart */
	/* The journal's verifier key (C2SP vkey) as text. */
	enum st (*vkey)(const struct front_app *app, struct buf *out, struct err *e);
	/* Adds the program's own measurements in Prometheus' text format; may be NULL. */
	void (*metrics)(const struct front_app *app, struct req *rq, struct buf *out);
	void *owner;		     /* main's, for the two above */
	_Atomic int64_t touched[64]; /* private to front/web: when a session's last use was last written down */
};

/* How people reach us, without a closing slash: public.url, else the address that http.listen names. */
static inline const char *front_base(const struct config *cfg, struct arena *mem)
{
	const char *url = cfg->public_url;
	if (!url || !*url)
		return arena_printf(mem, "http://%s", cfg->http_listen ? cfg->http_listen : "localhost");
	size_t n = strlen(url);
	return arena_dup(mem, url, url[n - 1] == '/' ? n - 1 : n);
}

static inline struct front_app *front_app(const struct http *h)
{
	return http_app(h);
}

#endif
