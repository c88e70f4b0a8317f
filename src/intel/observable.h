/* observable.h — recognising and normalising what people report: URLs (also defanged hxxp, [.], (dot), [:]//), names,
 * addresses, prefixes, AS numbers, e-mail addresses, hashes. Pure. */
#ifndef INTEL_OBSERVABLE_H
#define INTEL_OBSERVABLE_H
#include <stdbool.h>
#include "base/arena.h"
#include "base/err.h"

enum obs_kind {
	OBS_URL,
	OBS_NAME,
	OBS_IPV4,
	OBS_IPV6,
	OBS_PREFIX,
	OBS_ASN,
	OBS_EMAIL,
	OBS_MD5,
	OBS_SHA1,
	OBS_SHA256,
	OBS_KINDS
};
struct observable {
	enum obs_kind kind;
	char *given; /* as it was typed, cut at 2048 */
	char *value; /* normal form: refanged, host in A-labels lower case, default port dropped, fragment kept out; RFC
			5952; hashes lower case */
	char *host;  /* of URL and e-mail: its name or address, normal form; else NULL */
};
enum { OBS_MAX = 200, OBS_LEN = 2048 };

const char *
obs_kind_name(enum obs_kind k); /* "url", "name", "ipv4", "ipv6", "prefix", "asn", "email", "md5", "sha1", "sha256" */
/* One string that should be an observable; ST_INVALID with what was expected. */
enum st obs_parse(struct arena *mem, const char *s, struct observable *out, struct err *e);
/* Every observable in free text, in order, each once, at most max. Bare words that merely look like names (file.txt,
 * e.g.) are only taken when the top level is a real one and not a common file ending; IPv4 with a port loses the port.
 */
int obs_scan(struct arena *mem, const char *text, struct observable *out, int max);
/* Ours: an address of ours; our host; the domain of one of our addresses, "www." before it, and whatever address is at it,
 * unless it is the domain of many (a mail provider, a public suffix). What lies below such a domain may be anybody's in a
 * large house and is not ours. Addresses in any case, NULL where there is none; `host` NULL: none. */
bool obs_ours(const struct observable *o, const char *host, const char *const *address, int n);
/* Things never to be acted on: private and documentation ranges (RFC 1918, 5737, 3849, 6598, 4193 …), localhost, our
 * own names. */
bool obs_harmless(const struct observable *o, const char *own_host);
#endif
