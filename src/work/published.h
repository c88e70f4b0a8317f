/* published.h — texts of ours that are served as they stand: security.txt, the description of the team. A row holds the
 * text, its version, and the same text signed, where the CERT has a key. Whoever serves them makes the text again and
 * compares: what is no longer what it should say is not served signed (out/publish makes and signs it anew).
 */
#ifndef WORK_PUBLISHED_H
#define WORK_PUBLISHED_H
#include "base/buf.h"
#include "base/config.h"
#include "store/store.h"

#define PUBLISHED_LIFE_DAYS 180 /* RFC 9116 §2.5.5: less than a year */

struct published {
	char *name;	      /* "security.txt", "rfc2350.en" */
	char *text, *signed_; /* signed_ "": not signed */
	char *key;	      /* by which public key, as published_key says; "" */
	int64_t version;      /* 1, 2 … of the text */
	int64_t changed_at;   /* when this version began */
	int64_t expires_at;   /* as the text says it; 0: never */
};
struct published_text {
	const char *name;
	bool expires;
	/* Writes the text; `is` says its version and dates. */
	enum st (*make)(struct req *rq, const struct config *cfg, const struct published *is, struct buf *out);
};
/* The text as it should stand: its row, while that says the same and is good for at least `spare` microseconds more;
 * otherwise the next version, which nobody has signed or written down (*fresh). ST_LIMIT: it is too long. */
enum st published_now(struct req *rq, const struct config *cfg, const struct published_text *t, int64_t spare,
		      struct published *out, bool *fresh);
/* ST_NOTFOUND without an error left behind. */
enum st published_get(struct req *rq, const char *name, struct published *out);
/* Inside a write; a new text or a new signature is one fact. */
enum st published_put(struct req *rq, void *published);
/* Names the CERT's own public key; "": there is none. */
char *published_key(struct req *rq);
extern const struct migration published_migrations[];
#endif
