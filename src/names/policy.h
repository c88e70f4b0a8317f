/* policy.h — the rules of a zone as data: a text of `key value` lines, versioned, each version with the instant it
 * takes effect. `nicert zone show NAME` prints it, `nicert policy set NAME FILE --from TIME` adds a version. The parser
 * is pure (a fuzz target); an unknown or contradictory line is an error with its number.
 *
 *	terms 1-10
 *	expiry suspend
 *	grace redemption 30d
 *	second-level com.tw review companies registered anywhere
 *	idn-table zh rfc3743 zh-tw.txt
 *	price create 800 TWD per-year
 *
 * Every key with its values and its default stands in docs/policy.md, which is generated from the table of keys.
 */
#ifndef NAMES_POLICY_H
#define NAMES_POLICY_H
#include "ledger/ledger.h"
#include "names/idntable.h"
#include "store/store.h"

enum eligibility {
	ELIGIBLE_OPEN,
	ELIGIBLE_EMAIL,
	ELIGIBLE_REVIEW,
	ELIGIBLE_LICENCE,
	ELIGIBLE_RESTRICTED,
	ELIGIBLE_CLOSED
};
enum at_expiry { EXPIRY_SUSPEND, EXPIRY_AUTORENEW, EXPIRY_DELETE };
enum grace { GRACE_ADD, GRACE_RENEW, GRACE_AUTORENEW, GRACE_TRANSFER, GRACE_REDEMPTION, GRACE_PENDING_DELETE, GRACES };
enum { POLICY_TABLES = 8 };
enum policy_key {
	KEY_TERMS,
	KEY_GRACE,
	KEY_EXPIRY,
	KEY_EXPIRY_GRACE,
	KEY_RELEASE_FROM,
	KEY_RELEASE_SPREAD,
	KEY_HOLIDAY,
	KEY_TRANSFER_WAIT,
	KEY_RESTORE_REPORT,
	KEY_TTL,
	KEY_SECOND_LEVEL,
	KEY_GENERAL,
	KEY_LABEL_MIN,
	KEY_RESERVED,
	KEY_BLOCKED,
	KEY_RELEASED,
	KEY_IDN_TABLE,
	KEY_VARIANT_ZONE,
	KEY_NAME_SERVERS,
	KEY_REGISTRY_LOCK,
	KEY_PRICE,
	KEY_EMAIL_CHECK_WAIT,
	KEY_AUTHINFO_LIFE,
	POLICY_KEYS
};

/* RFC 9803: seconds. */
enum ttl_type { TTL_NS, TTL_DS, TTL_A, TTL_AAAA, TTLS };
const char *ttl_name(enum ttl_type t);
struct ttl_rule {
	int64_t min, def, max;
};

struct second_level {
	char *name;
	enum eligibility who;
	char *doc;
	int line;
};
struct listed_label {
	char *label; /* A-label */
	char *key;   /* of its bundle, sorted by it once the tables are there */
	char kind;   /* 'r'eserved 'b'locked 'l' released */
	char *reason;
	int64_t from, to; /* holds from the one to before the other; 0: since ever, for ever */
	int line;
};
struct holiday {
	int64_t from, to;
	char *name;
};
struct policy_price {
	const char *item;
	struct price price;
};
struct policy {
	char *zone;
	int version;
	int64_t effective_at;
	int term_min, term_max;
	int64_t grace[GRACES];
	enum at_expiry expiry;
	int64_t expiry_grace, release_from, release_spread, transfer_wait, restore_report;
	int64_t email_check_wait, authinfo_life; /* authinfo_life 0: for ever */
	struct ttl_rule ttl[TTLS];
	enum eligibility general;
	struct second_level *second;
	int nsecond;
	struct listed_label *listed;
	int nlisted;
	struct holiday *holiday;
	int nholidays;
	struct policy_price price[8];
	int nprices;
	int label_min, ns_min, ns_max;
	char *variant_zone;
	bool registry_lock;
	uint8_t spread_key[32]; /* of the hash that spreads drops: the site's secret */
	int line[POLICY_KEYS];	/* where a key stands, 0: its default */
	struct {
		char *lang, *format, *file;
	} table_spec[POLICY_TABLES];
	int ntables;
	const struct idntable *table[POLICY_TABLES]; /* shared, from the cache */
};
enum st policy_parse(struct arena *mem, const char *text, size_t n, struct policy *out, struct err *e);
void policy_reference(struct buf *out);		  /* the table of keys as Markdown */
const char *eligibility_name(enum eligibility e); /* "open", "email-check", … */

/* The policy in force at `at`; cached per (zone, version) for the life of the process; immutable. ST_NOTFOUND: no
 * authoritative zone. */
enum st policy_of(struct req *rq, const char *zone, int64_t at, const struct policy **out);
/* A new version: checked, prices and tables stored with it. Inside a write; journalled. `dir` is where idn-table files
 * are read from; NULL: they are those of the newest version. What changes for names that are registered is announced to
 * their holders (registrant.h). */
enum st policy_set(struct req *rq, const char *zone, const char *text, int64_t effective_at, const char *dir,
		   int *version);
/* The text of the version in force at `at`, as it was given. */
enum st policy_text(struct req *rq, const char *zone, int64_t at, int *version, char **text);
/* The text of one version, in force or not (zone_list.c). */
enum st policy_version_text(struct req *rq, const char *zone, int version, char **text);
/* What policy_set would say of a text that names only tables the newest version has: parsed, nothing is written. */
enum st policy_plan(struct req *rq, const char *zone, const char *text, struct policy *out);
/* A version that has not taken effect yet never will; its number is not given again. Inside a write; journalled
 * (zone_list.c). */
enum st policy_withdraw(struct req *rq, const char *zone, int version);
/* Inside a write: the zone is ours from now on, with version 1 of its policy: `text`, NULL the built-in one (tw,
 * xn--kpry57d; any other zone the default). dir NULL: a built-in policy's tables are left out. ST_CONFLICT: it is
 * authoritative already. */
enum st zone_authoritative_add(struct req *rq, const char *tld, const char *text, const char *dir);
const char *policy_builtin(const char *tld);

/* Splits a name under an authoritative zone: second level that governs it (or the zone itself) and the label to be
 * registered. ST_INVALID with the reason when it is not exactly one label below a place where names are registered,
 * ST_NOTFOUND when the zone is not ours. Whether the label is a good one is a rule (why), not asked here: what is
 * registered must be found after the tables change. table NULL: ASCII, or no table takes it. */
struct placed {
	const struct policy *policy;
	char name[256]; /* A-labels, under the main zone */
	const char *zone, *under, *label;
	char ulabel[256];
	enum eligibility who;
	const struct idntable *table;
	const char *lang;
	bool variant_zone; /* asked for under the zone's other spelling */
	char key[400];	   /* bundle key with its place */
	int64_t next_at;   /* when the zone's next rules that wait take effect, 0: none do */
};
enum st policy_place(struct req *rq, const char *ascii, int64_t at, struct placed *out);

/* A registered name that its rules don't find: another writer set rules in the same instant, or the rows were changed
 * by hand. place_check.c */
struct misplaced {
	char *name, *key;
	char *made;   /* the key its rules make; NULL: they have no place for it */
	int64_t from; /* of rules that wait: when they take its place away; 0: it has none now */
};
/* Looks at the next `max` names after row *after, which moves on; *seen of them, so 0 is the end, *n ≤ *seen not in
 * their places. */
enum st names_misplaced(struct req *rq, int64_t *after, struct misplaced *out, int max, int *n, int *seen);

/* `nicert why NAME`: every rule that was asked, in order, with its answer. */
struct why_row {
	bool ok;
	char *rule, *text;
	int line; /* of the policy */
};
enum why_by { BY_NOBODY, BY_ANYBODY, BY_EMAIL, BY_REVIEW, BY_LICENCE, BY_REGISTRY, WHY_BYS };
struct why {
	char *name, *uname;
	bool may;
	enum why_by by; /* who may have it; BY_NOBODY when !may */
	struct why_row row[24];
	int n;
	struct price create, renew, transfer, restore;
	char **members;
	int nmembers;
};
const char *why_by_name(enum why_by b); /* for programs: "anybody", "registry", … */
const char *why_by_text(enum why_by b); /* a msgid: "by …"; NULL: nobody */
enum st policy_why(struct req *rq, const char *name, const char *registrar, struct why *out);
/* For lists: every zone, and every version of a zone's policy, oldest first (zone_list.c). */
struct zone_row {
	char *name;
	bool authoritative;
	int64_t added_at;
	int versions;
};
struct policy_version {
	int version;
	int64_t effective_at, set_at, withdrawn_at;
	char *set_by, *digest;
};
enum st zones_list(struct req *rq, struct zone_row *out, int max, int *n);
enum st policy_versions(struct req *rq, const char *zone, struct policy_version *out, int max, int *n);
extern const struct migration policy_migrations[];
#endif
