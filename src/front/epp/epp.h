/* epp.h — the registry's door for registrars: EPP over TLS (RFC 5730–5734), with secDNS 1.1, rgp, fee 1.0, allocation
 * token, change poll, login security, unhandled namespaces, secure authInfo transfer, maintenance, TTL and strict
 * bundling.
 *
 * A SESSION is a TLS connection. A registrar logs in with a client certificate that is pinned for it
 * (registrar_cert_ok) and its password; argon2 runs on a thread of its own, and only for who has such a certificate.
 * Failures are counted per client network and certificate, never per registrar's name, so that nobody can lock another
 * out. Sessions and commands are limited per registrar: too many sessions get 2502; too many commands are not refused
 * but read more slowly.
 *
 * Commands that change nothing run on the loop with its reader; the others go through store_submit, and while one is
 * under way its connection is not read. An answer that says 1000 is durable.
 */
#ifndef FRONT_EPP_H
#define FRONT_EPP_H
#include <stddef.h>
#include <stdint.h>
#include "base/config.h"
#include "base/err.h"
#include "store/store.h"

struct epp;
struct epp_opts {
	const struct config *cfg; /* epp.listen, epp.cert (else DIR/epp.crt), epp.key (else DIR/epp.key), site.name */
	struct store *store;
	/* 0: the default after the colon */
	int loops;			    /* 1 */
	int connections, fresh, fresh_net;  /* 10000; not logged in: 512, of one network: 64 */
	int accepts;			    /* 300 a second */
	size_t frame_max;		    /* bytes: 65536 */
	int64_t idle, absolute, login_time; /* seconds: 600, 86400, 60 */
};
struct epp *epp_start(const struct epp_opts *o, struct err *e);
int epp_port(const struct epp *p);
void epp_stop(struct epp *p); /* before store_close */

struct epp_stats {
	int64_t open, fresh, sessions;			/* connections; not logged in; logged in */
	int64_t commands, succeeded, failed;		/* answers of 1xxx and 2xxx */
	int64_t logins, login_failures, logins_locked;	/* locked: not even tried */
	int64_t refused, evicted, bad_frames, timeouts; /* of connections */
};
void epp_stats(const struct epp *p, struct epp_stats *out);

#endif
