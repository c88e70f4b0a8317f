/* space.h — the XML namespaces this server speaks: objects and extensions, all of them in IANA's EPP extension
 * registry. */
#ifndef EPP_SPACE_H
#define EPP_SPACE_H
#include <stdint.h>

enum space {
	SPACE_OTHER, /* whatever is not below */
	SPACE_EPP,
	SPACE_DOMAIN,
	SPACE_HOST,
	SPACE_CONTACT,
	SPACE_MAINT,	 /* RFC 9167 */
	SPACE_SECDNS,	 /* RFC 5910 */
	SPACE_RGP,	 /* RFC 3915 */
	SPACE_FEE,	 /* RFC 8748 */
	SPACE_TOKEN,	 /* RFC 8495 */
	SPACE_CHANGE,	 /* RFC 8590 */
	SPACE_LOGINSEC,	 /* RFC 8807 */
	SPACE_UNHANDLED, /* RFC 9038 */
	SPACE_AUTHINFO,	 /* RFC 9154 */
	SPACE_TTL,	 /* RFC 9803 */
	SPACE_BUNDLE,	 /* RFC 9095 */
	SPACES
};
#define SPACE(s) ((uint32_t)1 << SPACE_##s)

enum space_kind { KIND_NONE, KIND_OBJECT, KIND_EXTENSION };
struct space_row {
	const char *uri, *prefix;
	enum space_kind kind;
};
extern const struct space_row spaces[SPACES];

enum space space_of_uri(const char *uri);	       /* SPACE_OTHER; NULL too */
enum space space_of_prefix(const char *prefix, int n); /* ours, as in "domain:name"; SPACE_OTHER */

#endif
