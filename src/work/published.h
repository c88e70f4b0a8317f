/* published.h — texts of ours that are served as they stand: security.txt, the description of the team. A row holds the
 * text, its version, and the same text signed, where the CERT has a key. Whoever serves them makes the text again and
 * compares: what is no longer what it should say is not served signed (out/publish makes and signs it anew).
 */
#ifndef WORK_PUBLISHED_H
#define WORK_PUBLISHED_H
#include "store/store.h"

struct published {
	char *name;	      /* "security.txt", "rfc2350.en" */
	char *text, *signed_; /* signed_ "": not signed */
	char *key;	      /* by which public key, as published_key says; "" */
	int64_t version;      /* 1, 2 … of the text */
	int64_t changed_at;   /* when this version began */
	int64_t expires_at;   /* as the text says it; 0: never */
};
/* ST_NOTFOUND without an error left behind. */
enum st published_get(struct req *rq, const char *name, struct published *out);
/* Inside a write; a new text or a new signature is one fact. */
enum st published_put(struct req *rq, void *published);
/* Names the CERT's own public key; "": there is none. */
char *published_key(struct req *rq);
extern const struct migration published_migrations[];
#endif
