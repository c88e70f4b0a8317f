/* note.h — C2SP texts: signed notes, log checkpoints, transparency log proofs. Pure codecs, each a fuzz target.
 * Sources: c2sp.org/signed-note, c2sp.org/tlog-checkpoint, c2sp.org/tlog-cosignature, c2sp.org/tlog-proof. */
#ifndef BASE_NOTE_H
#define BASE_NOTE_H
#include <stdbool.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"

enum { NOTE_ED25519 = 0x01, NOTE_COSIGNATURE_V1 = 0x04 };

/* A verifier key: `<name>+<hash hex>+<base64(type ‖ public key)>`. */
struct vkey {
	char name[256];
	uint32_t id;
	uint8_t type;
	uint8_t pub[32];
};
bool vkey_parse(const char *s, struct vkey *out, struct err *e);
char *vkey_text(struct arena *a, const struct vkey *k);
void vkey_make(struct vkey *out, const char *name, uint8_t type, const uint8_t pub[32]); /* computes the key id */
bool note_name_ok(const char *name); /* non-empty, no blanks, no '+' */

/* One signature line "— name base64(id ‖ sig)\n" for Ed25519 over `text`, which ends with a newline. */
bool note_sign_line(struct buf *out, const struct vkey *k, const uint8_t seed[32], const char *text, size_t n);
/* ST_OK when `note` (text, blank line, signatures) carries a good signature by k; *text_n is the length of its text
 * part. For a cosignature key *when is the witness's time in seconds. Unknown signatures are passed over. */
enum st note_verify(const char *note, size_t n, const struct vkey *k, size_t *text_n, uint64_t *when, struct err *e);

struct checkpoint_text {
	char origin[256];
	uint64_t size;
	struct hash root;
};
void checkpoint_write(struct buf *out, const struct checkpoint_text *c); /* three lines */
enum st checkpoint_parse(const char *s, size_t n, struct checkpoint_text *out, struct err *e);

struct tlog_proof {
	uint64_t index;
	struct hash path[64];
	int n;
	const char *note;
	size_t note_n;
};
void tlog_proof_write(struct buf *out, const struct tlog_proof *p);
enum st tlog_proof_parse(const char *s, size_t n, struct tlog_proof *out, struct err *e);

#endif
