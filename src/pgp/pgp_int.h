/* pgp_int.h — what the role's files share: packets, bodies, and what gpg does.
 *
 * PACKET: u32 id, u8 op (a question) or status (an answer), u8 flags, u32 length of the whole, then 1 – PGP_PIECE bytes
 * of it (none when the whole is empty). PGP_FIRST begins a message and drops what was begun before, so that a side that
 * was killed in the middle leaves nothing behind; a piece that does not fit drops the message.
 *
 * BODIES. Open: u32 length and key, u32 length and signature, the rest is the message. Seal: 40 bytes fingerprint or
 * none, likewise: u32 length and fingerprint, u32 length and key, the rest. Sign: the text. A verdict: u8 opened, u8 is, u8 encrypted,
 * u8 length and fingerprint, the rest is the text.
 */
#ifndef PGP_PGP_INT_H
#define PGP_PGP_INT_H
#include "base/bytes.h"
#include "pgp/pgp.h"

enum pgp_op { PGP_OPEN = 1, PGP_SEAL, PGP_SIGN };
enum { PGP_FIRST = 1 };
enum {
	PGP_HEAD = 10,
	PGP_PIECE = 32 << 10,
	PGP_PACKET = PGP_HEAD + PGP_PIECE,
	PGP_WHOLE_MAX = PGP_TEXT_MAX + 2 * PGP_KEY_MAX + (1 << 20),
};

/* A message being put together. */
struct pgp_join {
	struct buf whole;
	uint32_t id, total;
	uint8_t op;
	bool open;
};
/* Takes one packet; true when the message is whole. What does not fit is dropped. */
bool pgp_join_add(struct pgp_join *j, const uint8_t *packet, size_t n);
void pgp_join_free(struct pgp_join *j);
/* The packet of the message that begins at `at`; returns its length and moves *at. */
size_t pgp_cut(uint8_t packet[PGP_PACKET], uint32_t id, uint8_t op, const void *whole, size_t n, size_t *at);

struct view {
	const char *p;
	size_t n;
};
/* u32 length and bytes; r->bad when they are not there. */
struct view pgp_take(struct rd *r);
struct view pgp_rest(struct rd *r);
void pgp_give(struct buf *b, const void *p, size_t n);
void pgp_verdict_write(struct buf *b, const struct pgp_verdict *v);
bool pgp_verdict_read(struct rd *r, struct pgp_verdict *v);
/* Does a signature that is so say less than one that is `than`? Any says less than none, which is where one begins. */
bool pgp_worse(enum pgp_signed is, enum pgp_signed than);

/* ── gpg (pgp_engine.c), in the process that may run it ── */
struct engine;
struct engine *engine_new(const char *home, struct err *e);
void engine_free(struct engine *g);
/* The secret key to use: `fingerprint`, or the first there is. */
enum st engine_own(struct engine *g, const char *fingerprint, struct err *e);
enum st engine_import(struct engine *g, struct view key, struct pgp_key_info *out, struct err *e);
/* Takes every key away of which there is no secret one here: what was handed over with a question does not stay. */
void engine_sweep(struct engine *g);
enum st engine_export(struct engine *g, const char *fingerprint, bool least, struct buf *out, struct err *e);
enum st engine_make(struct engine *g, const char *user, int days, struct pgp_key_info *out, struct err *e);
void engine_open(struct engine *g, struct view sig, struct view message, struct pgp_verdict *v, struct buf *plain);
/* ST_CONFLICT: the recipient's key can't be used; ST_NOTFOUND: ours can't; ST_BUSY: it may pass. */
enum st engine_seal(struct engine *g, const char *fingerprint, struct view message, struct buf *out, struct err *e);
/* The text with a signature around it (RFC 4880 §7); statuses as of engine_seal. */
enum st engine_sign(struct engine *g, struct view text, struct buf *out, struct err *e);
/* The agent that gpg leaves running in `home` ends. */
void engine_end_agent(const char *home);

/* ── the home (pgp_home.c) ── */
void pgp_home_path(const char *dir, char out[1024]);
enum st pgp_home_settings(const char *home, struct err *e); /* writes gpg.conf and its like */
#endif
