#include "front/epp/space.h"
#include <string.h>

#define NS "urn:ietf:params:xml:ns:"

const struct space_row spaces[SPACES] = {
	[SPACE_OTHER] = { "", "", KIND_NONE },
	[SPACE_EPP] = { NS "epp-1.0", "epp", KIND_NONE },
	[SPACE_DOMAIN] = { NS "domain-1.0", "domain", KIND_OBJECT },
	[SPACE_HOST] = { NS "host-1.0", "host", KIND_OBJECT },
	[SPACE_CONTACT] = { NS "contact-1.0", "contact", KIND_OBJECT },
	[SPACE_MAINT] = { NS "epp:maintenance-1.0", "maint", KIND_OBJECT },
	[SPACE_SECDNS] = { NS "secDNS-1.1", "secDNS", KIND_EXTENSION },
	[SPACE_RGP] = { NS "rgp-1.0", "rgp", KIND_EXTENSION },
	[SPACE_FEE] = { NS "epp:fee-1.0", "fee", KIND_EXTENSION },
	[SPACE_TOKEN] = { NS "allocationToken-1.0", "allocationToken", KIND_EXTENSION },
	[SPACE_CHANGE] = { NS "changePoll-1.0", "changePoll", KIND_EXTENSION },
	[SPACE_LOGINSEC] = { NS "epp:loginSec-1.0", "loginSec", KIND_EXTENSION },
	[SPACE_UNHANDLED] = { NS "epp:unhandled-namespaces-1.0", "unhandled", KIND_EXTENSION },
	[SPACE_AUTHINFO] = { NS "epp:secure-authinfo-transfer-1.0", "authinfo", KIND_EXTENSION },
	[SPACE_TTL] = { NS "epp:ttl-1.0", "ttl", KIND_EXTENSION },
	[SPACE_BUNDLE] = { NS "epp:b-dn", "b-dn", KIND_EXTENSION },
};

enum space space_of_uri(const char *uri)
{
	for (int i = SPACE_EPP; uri && i < SPACES; i++)
		if (!strcmp(spaces[i].uri, uri))
			return (enum space)i;
	return SPACE_OTHER;
}

enum space space_of_prefix(const char *prefix, int n)
{
	for (int i = SPACE_EPP; i < SPACES; i++)
		if (!strncmp(spaces[i].prefix, prefix, (size_t)n) && !spaces[i].prefix[n])
			return (enum space)i;
	return SPACE_OTHER;
}
