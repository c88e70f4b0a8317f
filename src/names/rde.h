/* rde.h — deposits of a registry's data with an escrow agent (RFC 8909) in the objects of RFC 9022, XML model: written
 * from one snapshot, read back, compared.
 *
 * A deposit of a zone holds its domains, and the registrars, contacts, hosts and IDN tables of the registry; variants
 * of a domain are NNDN objects of theirs (mirrored when active, else blocked). Authorisation information is not
 * deposited: only a hash of it is known. Packing, signing and encrypting is the command's (cli/cmd_escrow.c). */
#ifndef NAMES_RDE_H
#define NAMES_RDE_H
#include "base/buf.h"
#include "names/registry.h"

/* In the order in which they stand in a deposit. */
enum rde_kind { RDE_POLICY, RDE_EPP, RDE_REGISTRAR, RDE_IDN, RDE_CONTACT, RDE_HOST, RDE_DOMAIN, RDE_NNDN, RDE_KINDS };
const char *rde_kind_name(enum rde_kind k); /* "domain" */
const char *rde_kind_uri(enum rde_kind k);
enum { RDE_OBJECT_BYTES = 256 << 10 };

struct rde_counts {
	int64_t n[RDE_KINDS];
};

/* ── writing ── */

/* Every object of the zone as of `at`, which is what rq->db sees: its key in the kind, when it was changed last (0
 * unknown), and its element as XML. What `fn` returns but ST_OK ends it. */
typedef enum st (*rde_each)(void *ctx, enum rde_kind k, const char *key, int64_t changed_at, const char *xml, size_t n,
			    struct err *e);
enum st rde_objects(struct req *rq, const char *zone, int64_t at, rde_each fn, void *ctx);

struct rde_deposit {
	const char *zone;
	char id[14];
	int resend;
	int64_t watermark;
	struct rde_counts counts;
};
/* What stands before the first object (with the header, which tells the counts) and after the last. */
void rde_begin(const struct rde_deposit *d, struct buf *out);
void rde_end(struct buf *out);

/* ── reading: pure, streaming, bounded ── */

struct rde_object {
	enum rde_kind kind;
	char key[512];
	const char *text; /* canonical: one line an element or attribute; equal for equal objects. Without `linked` */
	size_t n;
};
typedef enum st (*rde_found)(void *ctx, const struct rde_object *o, struct err *e);
/* Returns bytes read, 0 at the end, −1 with *e. */
typedef long (*rde_source)(void *ctx, char *to, size_t room, struct err *e);
/* Checks the structure: elements, their order and number, values' forms, the counts of the header. ST_INVALID with the
 * line. */
enum st rde_read(rde_source read, void *source, rde_found found, void *ctx, struct rde_deposit *out, struct arena *mem,
		 struct err *e); /* *out is zeroed before; counts.n[RDE_POLICY] = RDE_UNCOUNTED asks for no counts */
#define RDE_UNCOUNTED (-1)

/* ── comparing with the registry (rde_compare.c) ── */

enum { RDE_DIFFERENCES = 100 };
struct rde_difference {
	enum rde_kind kind;
	char *key, *text; /* what differs, a line each: "- " in the deposit, "+ " in the registry */
};
struct rde_compared {
	int64_t same, differ, missing, extra;	      /* missing: not in the registry; extra: not in the deposit */
	int64_t changed_since, new_since, gone_since; /* after the watermark: no fault */
	struct rde_difference difference[RDE_DIFFERENCES];
	int n;
};
/* Runs rde_read over the deposit from its start; may be called twice. */
typedef enum st (*rde_again)(void *ctx, rde_found found, void *found_ctx, struct rde_deposit *out, struct arena *mem,
			     struct err *e);
enum st rde_compare(struct store *s, struct req *rq, rde_again again, void *ctx, struct rde_deposit *deposit,
		    struct rde_compared *out);

/* ── what was deposited when (rde_store.c) ── */

struct rde_row {
	int64_t id, made_at, watermark, bytes;
	char *zone, *type, *deposit, *file, *sha256, *signer, *recipients;
	int resend;
	struct rde_counts counts;
};
/* The next deposit of the zone of the day of `watermark`: its id and how often it was sent before. */
enum st rde_next(struct req *rq, struct rde_deposit *d);
enum st rde_keep(struct req *rq, const struct rde_deposit *d,
		 const struct rde_row *row); /* inside a write; journalled */
enum st rde_list(struct req *rq, const char *zone, struct rde_row *out, int max,
		 int *n); /* newest first; zone NULL: all */
extern const struct migration rde_migrations[];
#endif
