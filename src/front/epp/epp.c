/* Start, stop, figures. */
#include "front/epp/epp.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "front/epp/epp_int.h"

static int64_t or_default(int64_t v, int64_t otherwise)
{
	return v > 0 ? v : otherwise;
}

static void fill_in(struct epp *p, const struct epp_opts *o)
{
	p->o = *o;
	p->o.loops = (int)or_default(o->loops, 1);
	p->o.connections = (int)or_default(o->connections, 10000);
	p->o.fresh = (int)or_default(o->fresh, 512);
	p->o.fresh_net = (int)or_default(o->fresh_net, 64);
	p->o.accepts = (int)or_default(o->accepts, 300);
	p->o.frame_max = o->frame_max ? o->frame_max : 65536;
	p->o.idle = or_default(o->idle, 600);
	p->o.absolute = or_default(o->absolute, 86400);
	p->o.login_time = or_default(o->login_time, 60);
	const struct config *cfg = o->cfg;
	snprintf(p->cert, sizeof p->cert, *cfg->epp_cert ? "%s" : "%s/epp.crt",
		 *cfg->epp_cert ? cfg->epp_cert : cfg->dir);
	snprintf(p->key, sizeof p->key, *cfg->epp_key ? "%s" : "%s/epp.key", *cfg->epp_key ? cfg->epp_key : cfg->dir);
}

/* RFC 5730 §2.4 svID: 3 to 64 characters. */
static void name_server(struct epp *p, const char *site)
{
	uint32_t r;
	size_t n = utf8_cut(site, strlen(site), sizeof p->server - 1);
	snprintf(p->server, sizeof p->server, "%.*s%s%s", (int)n, site, n && n < 12 ? " " : "",
		 n < 12 ? "EPP server" : "");
	random_bytes(&r, sizeof r);
	snprintf(p->node, sizeof p->node, "%08x", r);
}

static void epp_free(struct epp *p)
{
	for (int i = 0; p->kit && i < p->o.loops; i++) {
		xml_reader_free(p->kit[i].xml);
		out_free(&p->kit[i].out);
		buf_free(&p->kit[i].answer);
		jobs_free(&p->kit[i]);
	}
	free(p->kit);
	guard_free(p->guard);
	pthread_mutex_destroy(&p->lock);
	pthread_cond_destroy(&p->cond);
	free(p);
}

static void kits_make(struct epp *p)
{
	p->kit = calloc((size_t)p->o.loops, sizeof *p->kit);
	if (!p->kit)
		abort();
	for (int i = 0; i < p->o.loops; i++) {
		p->kit[i].xml = xml_reader_new();
		p->kit[i].answer.max = ANSWER_MAX;
		out_init(&p->kit[i].out);
	}
}

struct epp *epp_start(const struct epp_opts *o, struct err *e)
{
	struct epp *p = calloc(1, sizeof *p);
	if (!p)
		abort();
	fill_in(p, o);
	name_server(p, o->cfg->site_name ? o->cfg->site_name : "");
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->cond, NULL);
	p->guard = guard_new();
	kits_make(p);
	struct frame_opts f = { .listen = o->cfg->epp_listen,
				.cert = p->cert,
				.key = p->key,
				.loops = p->o.loops,
				.frame_max = p->o.frame_max,
				.max = p->o.connections,
				.fresh_max = p->o.fresh,
				.fresh_net = p->o.fresh_net,
				.accepts = p->o.accepts,
				.handshake = 10 * USEC,
				.frame_time = 30 * USEC,
				.answer_time = 30 * USEC,
				.ops = &session_ops,
				.app = p };
	if (!login_worker_start(p))
		err_set(e, ST_INTERNAL, "a thread could not be started");
	else
		p->frames = frame_start(&f, e);
	if (p->frames)
		return p;
	login_worker_stop(p);
	epp_free(p);
	return NULL;
}

int epp_port(const struct epp *p)
{
	return frame_port(p->frames);
}

void epp_stop(struct epp *p)
{
	bool all = frame_stop(p->frames);
	login_worker_stop(p);
	if (all)
		epp_free(p);
}

void epp_stats(const struct epp *cp, struct epp_stats *out)
{
	struct epp *p = (struct epp *)(uintptr_t)cp;
	struct frame_stats f;
	frame_stats(p->frames, &f);
	*out = (struct epp_stats){ .open = f.open,
				   .fresh = f.fresh,
				   .sessions = atomic_load(&p->sessions),
				   .commands = atomic_load(&p->commands),
				   .succeeded = atomic_load(&p->succeeded),
				   .failed = atomic_load(&p->failed),
				   .logins = atomic_load(&p->logins),
				   .login_failures = atomic_load(&p->login_failures),
				   .logins_locked = atomic_load(&p->locked),
				   .refused = f.refused,
				   .evicted = f.evicted,
				   .bad_frames = f.bad_frames,
				   .timeouts = f.timeouts };
}
