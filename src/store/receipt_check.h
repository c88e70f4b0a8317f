/* receipt_check.h — the receipt of a report: one JSON document that proves, offline and to a stranger, that the journal
 * held the report's digest. Written here and checked here, so that the two can't drift apart.
 *
 * CANONICAL FORM. {"version":1,"case","filed_at","digest","entry","salt","proof","witnessed"} in this order, no white
 * space, escapes as base/json.h writes them, one newline at the end. Whatever is not byte for byte what receipt_write
 * makes of the parsed values is refused, and so is every unknown or missing key.
 *
 * WHAT A CHECK PROVES. `entry` is the journal entry's canonical text; case, filed_at and digest repeat its subject, at
 * and payload.digest; SHA-256(salt ‖ entry) is the leaf; `proof` (c2sp.org/tlog-proof, without extra data, itself in
 * canonical form) leads from the leaf to a checkpoint whose origin is the key's name, signed by the key.
 *
 * A CHANGED BYTE FAILS. The checkpoint's first signature line must be the key's, and alone unless there are witnesses.
 * Each further line must be a cosignature/v1 and must be told by the `c2sp` member of `witnessed` in the same place:
 * same name, same time. An RFC 3161 token must be a stamp over the checkpoint note, of the time told, signed with the
 * certificate it carries; that this is the authority's certificate is for `roots` to say. What is left to be checked
 * with somebody else's key is the 68 bytes (key id, signature) of a C2SP witness's line: receipt_cosigned.
 */
#ifndef STORE_RECEIPT_CHECK_H
#define STORE_RECEIPT_CHECK_H
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/note.h"

#define RECEIPT_MAX ((size_t)256 << 10) /* bytes of a file */
#define RECEIPT_SALT_MIN 16
#define RECEIPT_SALT_MAX 64
#define RECEIPT_WITNESSES 16

/* Who else saw the head. kind "c2sp": name and time of a cosignature in the proof's note. kind "rfc3161": time, and the
 * token in base64. What the kind does not have is NULL. Times are RFC 3339 UTC, whole seconds. */
struct witness_mark {
	const char *kind, *name, *time, *token;
};

struct receipt {
	const char *case_number, *filed_at; /* subject and at of the entry */
	const char *digest;		    /* SHA-256 of the report, lower-case hex */
	const char *entry;		    /* the entry's canonical text */
	const void *salt;
	size_t salt_n;
	const char *proof; /* tlog_proof_write's text */
	struct witness_mark witnessed[RECEIPT_WITNESSES];
	int n;
};
/* The one writer. Sets out->bad when the salt or the number of witnesses is out of bounds. */
void receipt_write(struct buf *out, const struct receipt *r);

/* A `witnessed` array as text (a journal checkpoint keeps it so) into r->witnessed and r->n; the texts live in `a`. */
enum st receipt_witnessed(struct receipt *r, struct arena *a, const char *json, struct err *e);

struct receipt_facts {
	char case_number[64], filed_at[40], digest[65];
	char room[64], verb[64]; /* of the entry */
	char origin[256];	 /* of the journal */
	uint64_t index, size;	 /* the entry's position, the tree that holds it */
	struct hash root;
	int cosigned;	   /* witness lines carried, not checked */
	int stamped;	   /* time stamps checked */
	int64_t seen_at;   /* the earliest of them */
	char seen_by[256]; /* its signer, as its certificate says */
};
/* ST_OK when every claim holds under the journal's key; else ST_INVALID (ST_LIMIT: too long) and the first reason.
 * `roots`: a PEM file of who may vouch for time stamps' certificates; NULL: that is not asked. */
enum st receipt_check(const char *json, size_t n, const struct vkey *key, const char *roots, struct receipt_facts *out,
		      struct err *e);

/* Checks the cosignature of one witness on the note of a receipt that passed receipt_check; *when is its time in
 * seconds. */
enum st receipt_cosigned(const char *json, size_t n, const struct vkey *witness, uint64_t *when, struct err *e);

#endif
