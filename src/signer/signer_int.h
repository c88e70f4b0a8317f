/* signer_int.h — what the signer's files share: the packets, and the keys folder with its state.
 *
 * DIR/keys/journal.key   one line, PRIVATE+KEY+<origin>+<id>+<base64(type ‖ seed)>: the form of Go's note package, so
 * that the key can be used by other tools. 0600; a key that others may read is refused. DIR/keys/journal.state one line
 * an origin, oldest first: `<generation> <size> <root in base64>`, or `<generation> - -` before its first head. The
 * last line is the origin in force. Missing or damaged: the role does not start, because it can't know what it signed
 * (fails closed).
 */
#ifndef SIGNER_INT_H
#define SIGNER_INT_H
#include <stdbool.h>
#include "signer/signer.h"
#include "base/note.h"

/* ── packets ── */
enum signer_op { SIGNER_VKEY = 1, SIGNER_SIGN, SIGNER_LAST, SIGNER_NEW_ORIGIN };
enum {
	SIGNER_HEAD = 5, /* bytes before a body: u32 id, u8 op or status */
	SIGNER_REQUEST_MAX = 64,
	SIGNER_ANSWER_MAX = 4096,
	SIGN_BODY = 8 + HASH_LEN, /* u64 size, root */
};

/* ── keys and state ── */
enum { ORIGIN_BASE_MAX = 240, GENERATION_MAX = 999 };

struct signed_head {
	bool any;
	uint64_t size;
	struct hash root;
};

struct signer_keys {
	int dir;	/* DIR/keys, locked: one role at a time */
	char base[256]; /* the first origin */
	uint8_t seed[32], pub[32];
	struct vkey key;			  /* of the origin in force */
	int generation;				  /* 1 – GENERATION_MAX */
	struct signed_head heads[GENERATION_MAX]; /* [generation - 1] */
	bool dirty; /* the last writing of the state failed: what is on the disk is not known */
};

/* Opens, locks (waits up to 2 s for the one before to end) and reads. */
enum st signer_keys_open(struct signer_keys *k, const char *keys_dir, struct err *e);
void signer_keys_close(struct signer_keys *k);
/* Records a head of the origin in force, durable when ST_OK. ST_CONFLICT: it goes back, or is another at the same size.
 */
enum st signer_keys_advance(struct signer_keys *k, uint64_t size, const struct hash *root, struct err *e);
enum st signer_keys_new_origin(struct signer_keys *k, struct err *e);
/* The newest head that was signed, of whichever origin. */
enum st signer_keys_last(const struct signer_keys *k, struct checkpoint_text *out, struct err *e);

#endif
