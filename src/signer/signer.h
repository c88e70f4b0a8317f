/* signer.h — the role that holds private keys, and how others ask it.
 *
 * One SOCK_SEQPACKET pair, made by whoever starts the role, joins it with its client; both ends outlive a restart of
 * either side. A request is one packet: u32 id, u8 op, body; an answer: u32 id, u8 status (enum st), body. The client
 * waits at most 2 s and passes over answers to older requests.
 *
 * THE JOURNAL KEY. The signer itself builds the checkpoint (origin, size, root) and signs it. It remembers, in
 * DIR/keys/journal.state (written, fsynced and renamed before the signature leaves), the last head of each origin, and
 * refuses a smaller size, or another root at the same size. After a restore that is behind it a new origin begins
 * (`…/2`, `…/3`); its first entry cites the old head.
 */
#ifndef SIGNER_SIGNER_H
#define SIGNER_SIGNER_H
#include <stdbool.h>
#include <stdint.h>
#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"

/* Makes DIR/keys (0700) and the journal key (Ed25519 seed, 0600) with its origin; refuses to overwrite. */
enum st signer_init(const char *dir, const char *origin, struct err *e);

/* The role's main loop on fd; returns when the other side is gone. Drops privileges (seccomp, landlock) after reading
 * keys. */
int signer_main(const char *dir, int fd);

/* Starts the role as a child of this process (`self --role signer`); for commands that run without `serve`. */
struct signer;
struct signer *signer_attach(int fd); /* a client on an existing pair */
/* Does a signer run on this data folder already (that of `serve`)? Then none can be spawned. */
bool signer_running(const char *dir);
struct signer *signer_spawn(const char *self, const char *dir, struct err *e);
void signer_free(struct signer *s); /* a spawned one ends */

/* The verifier key as text (C2SP vkey), of the origin in force. Thread-safe, as all calls here. */
enum st signer_vkey(struct signer *s, struct buf *out, struct err *e);
/* Signs the head; `note` gets the whole checkpoint note. ST_CONFLICT: behind or beside what was signed before. */
enum st signer_sign_head(struct signer *s, uint64_t size, const struct hash *root, struct buf *note, struct err *e);
/* The last signed head (origin, size, root) as a checkpoint text; ST_NOTFOUND before the first. */
enum st signer_last_head(struct signer *s, struct buf *text, struct err *e);
/* Begins the next origin after a restore. */
enum st signer_new_origin(struct signer *s, struct err *e);

#endif
