/* policy.h — the rules of a zone as data: a text of `key value` lines, versioned, each version with the instant it takes effect.
 * `nicert zone show NAME` prints it, `nicert policy set NAME FILE --from TIME` adds a version. The parser is pure (a fuzz target); an unknown or
 * contradictory line is an error with its number. docs/policy.md is generated from the table of keys.
 *
 *	terms 1-10                          years
 *	grace add 5d | renew 5d | auto-renew 45d | transfer 5d | redemption 0d | pending-delete 0d   (one line each)
 *	expiry suspend | auto-renew | delete
 *	expiry-grace 30d                    after expiry a suspended name can still be renewed
 *	release-from 33d                    after expiry: from here on suspended names are dropped …
 *	release-spread 3d                   … spread over this long, by a keyed hash of the name
 *	holiday 2027-02-05..2027-02-11 Lunar New Year      suspension and deletion pause
 *	transfer-wait 5d                    then the losing registrar has agreed
 *	second-level com.tw review companies registered anywhere      kinds: open email-check review licence restricted closed
 *	general open                        names directly under the zone
 *	label-min 3                         ASCII labels shorter than this are closed unless released
 *	reserved LABEL REASON… | blocked LABEL REASON… | released LABEL REASON…
 *	idn-table zh rfc3743 FILE           loaded by `nicert policy set`, kept in the store by its digest
 *	variant-zone xn--kprw13d            the same names under this top level too
 *	name-servers 0-13
 *	registry-lock on
 *	price create 800 TWD per-year | renew 800 TWD per-year | restore 2000 TWD | transfer 0 TWD
 */
#ifndef NAMES_POLICY_H
#define NAMES_POLICY_H
#include "ledger/ledger.h"
#include "names/idntable.h"
#include "store/store.h"

enum eligibility { ELIGIBLE_OPEN, ELIGIBLE_EMAIL, ELIGIBLE_REVIEW, ELIGIBLE_LICENCE, ELIGIBLE_RESTRICTED, ELIGIBLE_CLOSED };
enum at_expiry { EXPIRY_SUSPEND, EXPIRY_AUTORENEW, EXPIRY_DELETE };
enum grace { GRACE_ADD, GRACE_RENEW, GRACE_AUTORENEW, GRACE_TRANSFER, GRACE_REDEMPTION, GRACE_PENDING_DELETE, GRACES };
enum { POLICY_TABLES = 8 };

struct second_level { char *name; enum eligibility who; char *doc; int line; };
struct listed_label { char *label; char kind; /* 'r'eserved 'b'locked 'l' released */ char *reason; int line; };
struct holiday { int64_t from, to; char *name; };
struct policy_price { const char *item; struct price price; };
struct policy {
	char *zone;
	int version; int64_t effective_at;
	int term_min, term_max;
	int64_t grace[GRACES];
	enum at_expiry expiry;
	int64_t expiry_grace, release_from, release_spread, transfer_wait;
	enum eligibility general;
	struct second_level *second; int nsecond;
	struct listed_label *listed; int nlisted;
	struct holiday *holiday; int nholidays;
	struct policy_price price[8]; int nprices;
	int label_min, ns_min, ns_max;
	char *variant_zone;
	bool registry_lock;
	struct { char *lang, *format, *file; } table_spec[POLICY_TABLES]; int ntables;
	const struct idntable *table[POLICY_TABLES]; /* shared, from the cache */
};
enum st policy_parse(struct arena *mem, const char *text, size_t n, struct policy *out, struct err *e);

/* The policy in force at `at`; cached per (zone, version) for the life of the process; immutable. ST_NOTFOUND: no authoritative zone. */
enum st policy_of(struct req *rq, const char *zone, int64_t at, const struct policy **out);
/* A new version: checked, prices and tables stored with it. Inside a write; journalled. `dir` is where idn-table files are read from. */
enum st policy_set(struct req *rq, const char *zone, const char *text, int64_t effective_at, int *version);

/* Splits a name under an authoritative zone: second level that governs it (or the zone itself) and the label to be registered. ST_INVALID with the
 * reason when it is not exactly one label below a place where names are registered. */
struct placed { const struct policy *policy; const char *zone, *under, *label; char ulabel[256]; enum eligibility who; const struct idntable *table; char key[320]; /* bundle key with its place */ };
enum st policy_place(struct req *rq, const char *ascii, int64_t at, struct placed *out);

/* `nicert why NAME`: every rule that was asked, in order, with its answer. */
struct why_row { bool ok; char *rule, *text; int line; /* of the policy */ };
struct why { char *name, *uname; bool may; struct why_row row[24]; int n; struct price create, renew; char **members; int nmembers; };
enum st policy_why(struct req *rq, const char *name, const char *registrar, struct why *out);
extern const struct migration policy_migrations[];
#endif
