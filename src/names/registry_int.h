/* registry_int.h — what the files of the authoritative registry share. The tables are in registry_schema.c. */
#ifndef NAMES_REGISTRY_INT_H
#define NAMES_REGISTRY_INT_H
#include "base/json.h"
#include "names/names_int.h"
#include "names/registry.h"
#include "store/journal.h"

/* ── who acts, what is refused (registry_common.c) ── */

/* The handle of the registrar that acts ("acme" of "registrar:acme"); NULL: the registry itself (staff, command,
 * clock). */
const char *registry_actor(const struct req *rq);
/* Fills the outcome and sets rq->err; returns the status that goes with the code. `why` may be NULL. */
enum st refuse(struct req *rq, struct outcome *why, enum result code, const char *element, const char *value,
	       const char *fmt, ...) __attribute__((format(printf, 6, 7)));
/* Repository object id, RFC 5730 §2.8: "D17-NIC". kind: D domain, C contact, H host. */
char *registry_roid(struct arena *mem, char kind, int64_t id);
/* The row's OBJECT columns in the order id, sponsor, creator, updater, created_at, updated_at, transferred_at, status,
 * from column `at` of the row on. */
#define COMMON_COLUMNS "id, sponsor, creator, updater, created_at, updated_at, transferred_at, status"
void common_take(struct req *rq, struct rows *r, int at, char kind, struct common *out);
/* Does who acts sponsor it (the registry may always)? Else R_AUTHORIZATION. */
enum st registry_may(struct req *rq, const struct common *c, struct outcome *why);
/* What is kept of an authorisation information (RFC 9154 §4.3): a salted hash as text; NULL and "" give NULL. */
char *authinfo_keep(struct arena *mem, const char *given);

/* ── history.c ── */

/* The object as it is from now on, and one journal entry: room "names", subject `handle`, verb as given
 * ("domain-created"). snapshot NULL: it is gone (its handle goes to registry_gone). The frame is rq->who->frame. */
enum st history_add(struct req *rq, const char *kind, int64_t object, const char *handle, const char *verb,
		    const char *snapshot);

/* The same. `also`: handles of other objects whose answers this changed (linked now, or no longer; the name a host had
 * before): they stand in the entry's payload as "with". */
struct also {
	const char *handle[2 * (1 + DOMAIN_CONTACTS + DOMAIN_NS)];
	int n;
};
enum st history_add_with(struct req *rq, const char *kind, int64_t object, const char *handle, const char *verb,
			 const char *snapshot, const struct also *also);

/* The object lives on under another handle (a renamed host): what it was under this one stays findable. */
enum st history_handle_gone(struct req *rq, const char *kind, int64_t object, const char *handle);

/* ── statuses (status.c) ── */

enum object { OBJECT_DOMAIN = 1, OBJECT_CONTACT = 2, OBJECT_HOST = 4 };
enum doing { DOING_UPDATE = 1, DOING_DELETE = 2, DOING_RENEW = 4, DOING_TRANSFER = 8 };
/* Does a status forbid it? Refused with that status's result (R_STATUS, R_ASSOCIATION for linked, R_PENDING_TRANSFER
 * for a second transfer request). What the client set binds registrars only; the rest binds the registry too. For an
 * update give now without the statuses it removes: whoever may remove a status may do so in spite of it. */
enum st status_forbids(struct req *rq, statuses now, unsigned doing, struct outcome *why);
/* *out = now − rem + add, when the object may carry them, who acts may set and remove them, and no two of them exclude
 * each other. */
enum st status_change(struct req *rq, enum object kind, statuses now, statuses add, statuses rem, statuses *out,
		      struct outcome *why);
void statuses_json(struct jw *w, const char *key, statuses s); /* an array of names */

/* ── snapshots for the history ── */

char *contact_json(struct arena *mem, const struct contact_object *c); /* the authinfo as a bool: is there one */
char *host_json(struct arena *mem, const struct host_object *h);
void common_json(struct jw *w, const struct common *c); /* members of the open object: roid, sponsor, dates, statuses */

/* A message to the sponsor about "contact" or "host" `handle` (operation: update, delete), unless it is they who act.
 * poll.c */
enum st poll_changed(struct req *rq, const struct common *c, const char *object, const char *handle,
		     const char *operation);

/* ── transfers of contacts (contact_transfer.c) ── */

/* For registry_due_kinds: { CONTACT_TRANSFER_DUE, contact_transfer_due }; subject is the handle. */
#define CONTACT_TRANSFER_DUE "contact-transfer"
enum st contact_transfer_due(struct req *rq, const char *handle);

/* ── links ── */

struct linked {
	int64_t id;
	char *handle, *sponsor;
	statuses status;
};
enum st contact_find(struct req *rq, const char *handle, struct linked *out); /* ST_NOTFOUND; contact_object.c */
enum st host_find(struct req *rq, const char *name, struct linked *out);      /* ST_NOTFOUND; host.c */
/* The authoritative domain above a name ("example.tw" of "ns1.example.tw"): id 0 when there is none or the zone isn't
 * ours. *ours: the name is under a zone of ours. domain_find.c */
enum st domain_above(struct req *rq, const char *name, struct linked *out, bool *ours);

/* ── a domain's row (domain_row.c) ── */

enum life {
	LIFE_NONE,
	LIFE_PENDING_CREATE,
	LIFE_ACTIVE,
	LIFE_SUSPENDED,
	LIFE_REDEMPTION,
	LIFE_PENDING_DELETE,
	LIFE_GONE,
	LIFE_PENDING_RESTORE, /* the numbers stand in rows: new ones go last */
	LIVES
};
const char *life_name(enum life l);

/* `kept` are the statuses that somebody set; d.c.status adds those that follow from life, links and periods. */
struct dom {
	struct domain d;
	enum life life;
	char *place, *lang; /* second level or zone; of the table that took the label, "" ASCII */
	statuses kept;
	int64_t ds_rows, variant_rows;
	/* Of the change at hand; both are kept in the version that it makes. */
	const char *reason;
	const struct restore_report *report;
};
/* Reads the row alone; ST_NOTFOUND. */
enum st dom_by_key(struct req *rq, const char *key, struct dom *out);
enum st dom_by_id(struct req *rq, int64_t id, struct dom *out);
/* The same inside a write, and holds the row against other writers until the commit. */
enum st dom_lock_key(struct req *rq, const char *key, struct dom *out);
enum st dom_lock_id(struct req *rq, int64_t id, struct dom *out);
/* Contacts, name servers, DS, subordinate hosts, members; then the derived statuses. */
enum st dom_links(struct req *rq, struct dom *d);
enum st dom_insert(struct req *rq, struct dom *d); /* ST_CONFLICT: the key is taken; sets d.c.id */
enum st dom_save(struct req *rq, struct dom *d);
enum st dom_remove(struct req *rq, struct dom *d); /* the row and everything that hangs on it */
statuses dom_statuses(const struct dom *d, int64_t now);
/* By any spelling and any member of the bundle; ST_NOTFOUND too for what can't be registered here at all. domain_find.c
 */
enum st dom_place(struct req *rq, const char *name, struct placed *out);
/* By any spelling and any member of the bundle, for a change: held, with links. R_NOT_THERE. Whose it is, is not asked.
 */
enum st dom_for_change(struct req *rq, const char *name, struct dom *out, const struct policy **policy,
		       struct outcome *why);
/* Writes the row, the due row, the history entry and, when it was not its sponsor who did it, the poll message with the
 * object before and after (RFC 8590). before NULL: it is new; after->life LIFE_GONE: it goes. */
enum st dom_changed(struct req *rq, const struct dom *before, struct dom *after, const struct policy *p,
		    const char *verb);
char *dom_json(struct arena *mem, const struct dom *d); /* the snapshot */
const char *transfer_name(enum transfer_state s);	/* RFC 5730 §2.9.3.4: "pending", "clientApproved", … */
void transfer_json(struct jw *w, const char *key, const struct transfer *t);
/* Remembers what was read, so that a change can be compared with it. */
struct dom *dom_copy(struct arena *mem, const struct dom *d);

/* ── links of a domain (domain_links.c) ── */

/* A digest that a resolver can use, of the right length. */
bool ds_good(const struct ds *ds);
/* Not of a block that nobody on the Internet can reach; host.c. */
bool host_addr_reachable(const struct addr *a);
/* policy_place under a policy in hand, for many names: asks the store nothing. The name is under the policy's zone or
 * its variant zone. place.c */
enum st policy_place_in(struct req *rq, const struct policy *p, const char *ascii, struct placed *out);
/* policy_of, and when the next version of those that wait after `at` takes effect; 0: none waits. policy_store.c */
enum st policy_and_next(struct req *rq, const char *zone, int64_t at, const struct policy **out, int64_t *next_at);
/* Would a name that is registered here have the same place under these rules? Else it would be found no more, and
 * somebody else could register it. Asks the store nothing. place.c */
bool place_stays(struct req *rq, const struct policy *then, const char *ascii, const char *key);
/* *from: when the first of the zone's rules that wait takes this place away; 0: none does. Asks the store nothing while
 * none wait. place.c */
enum st place_lost(struct req *rq, const struct placed *at, int64_t *from);

enum st links_contact_add(struct req *rq, struct dom *d, char type, const char *handle, struct outcome *why);
enum st links_contact_rem(struct req *rq, struct dom *d, char type, const char *handle, struct outcome *why);
enum st links_registrant_set(struct req *rq, struct dom *d, const char *handle, struct outcome *why);
enum st links_ns_add(struct req *rq, struct dom *d, const char *host, struct outcome *why);
enum st links_ns_rem(struct req *rq, struct dom *d, const char *host, struct outcome *why);
enum st links_ds_add(struct req *rq, struct dom *d, const struct ds *ds, struct outcome *why);
enum st links_ds_rem(struct req *rq, struct dom *d, const struct ds *ds, struct outcome *why);

/* Sorts the listed labels by key; ST_INVALID when two lines are about one bundle. policy.c */
enum st policy_listed_sort(struct policy *p, struct err *e);
/* The label's bundle key over all tables of the policy: equal for two labels exactly when one is a variant of the
 * other. place.c */
int label_codepoints(const char *s, uint32_t *out, int max); /* of valid UTF-8; -1: more than max */
void label_key(const struct policy *p, const char *ulabel, char out[256]);
/* ST_INVALID with the reason when the label may not be registered: IDNA2008, and within one of the tables. place.c */
enum st label_good(const struct placed *at, struct err *e);

/* ── bundle.c ── */

/* Fills d.member/active of a new domain from its label's table and keeps the rows once it has an id. *more, unless NULL:
 * the table would let others be activated too, beyond DOMAIN_VARIANTS; they stay reserved with the rest. */
enum st bundle_make(struct req *rq, const struct placed *at, struct dom *d, bool *more);
enum st bundle_read(struct req *rq, struct dom *d);
enum st bundle_keep(struct req *rq, struct dom *d, struct outcome *why);
enum st bundle_set(struct req *rq, struct dom *d, const char *member, bool active, struct outcome *why);

/* ── rules (rules.c): asked by check, create and why, in this order ── */

struct rule_ask {
	const struct placed *at;
	const char *registrar; /* NULL: the registry */
	bool token;	       /* it has a token for this name */
	int64_t now;
	bool taken_too; /* look whether the name is there */
};
struct rule_answer {
	bool ok;
	enum result code;
	const char *text;
	int line; /* of the policy, 0 none */
};
/* Runs all rules; `say` is called with each answer and may stop with false. */
typedef bool (*rule_say)(void *ctx, const char *rule, const struct rule_answer *a);
enum st rules_ask(struct req *rq, const struct rule_ask *q, rule_say say, void *ctx);
/* Does only the registry give it out, or who has a token for it? */
bool label_reserved(const struct placed *at);
/* The first refusal as an outcome; why->code R_DONE when there is none. */
enum st rules_first(struct req *rq, const struct rule_ask *q, struct outcome *why);

/* ── money (domain_bill.c) ── */

/* NULL when the policy has no such price: free. */
const struct price *policy_price(const struct policy *p, const char *item);
int64_t fee_of(const struct policy *p, const char *item, int years);
/* Takes the fee from the domain's `account` holder and remembers it for refunds until `until` (grace kind); R_BILLING.
 */
enum st bill(struct req *rq, const struct dom *d, const struct policy *p, const char *registrar, const char *item,
	     int years, enum grace kind, int64_t until, struct outcome *why);
/* Gives back what lies in a grace period of the kinds in `kinds` (bits 1 << enum grace) at `now`; forgets those rows
 * and the ones of `forget`. Adds to *out; NULL: the caller knows. */
struct refunded {
	int years; /* that went back with the money */
	int64_t amount;
};
enum st refund(struct req *rq, const struct dom *d, unsigned kinds, unsigned forget, int64_t now, const char *note,
	       struct refunded *out);
#define GRACE_ALL (~0u)
enum st bill_accounts(struct req *rq, const struct policy *p); /* the income account of its currency */

/* ── lifecycle.c: pure ── */

enum event {
	EV_NONE,
	EV_APPROVE,
	EV_REFUSE,
	EV_SUSPEND,
	EV_AUTORENEW,
	EV_RENEW,
	EV_RELEASE,
	EV_CANCEL,
	EV_DELETE,
	EV_RESTORE,
	EV_LAPSE,
	EV_DROP,
	EV_TRANSFER,
	EV_REPORT,
	EV_OVERDUE,
	EVENTS
};
const char *event_name(enum event e);
/* needs: the row holds only in a zone that has this (LIFE_HAS_…); of several rows the first counts. */
enum { LIFE_HAS_REDEMPTION = 1, LIFE_HAS_PENDING_DELETE = 2, LIFE_HAS_REPORT = 4 };
struct life_row {
	enum life from;
	enum event event;
	enum life to;
	unsigned needs;
};
extern const struct life_row life_rows[];
/* LIFE_NONE: not allowed. Which row holds may hang on the policy (redemption or not). */
enum life life_to(const struct policy *p, enum life from, enum event e);
struct life_event {
	enum event event;
	int64_t at;
};
struct life_event life_next(const struct policy *p, const struct dom *d);
/* Changes state and periods of the domain as of `at`; false when the table has no such row. */
bool life_apply(const struct policy *p, struct dom *d, enum event e, int64_t at);
/* When `span` of time outside of holidays has passed since `from`. */
int64_t life_after(const struct policy *p, int64_t from, int64_t span);
int64_t time_add_years(int64_t t, int years);
enum st life_due(struct req *rq, const struct policy *p, const struct dom *d); /* sets, moves or cancels its due row */

/* ── restore.c ── */
/* RFC 3915 §4.2.5: money, state. */
enum st restore_request(struct req *rq, struct domain_change *c, const struct policy *p, struct dom *d);
enum st restore_report(struct req *rq, struct domain_change *c, const struct policy *p, struct dom *d);

/* ── lock.c ── */
/* Refuses what a locked name does not take from its sponsor. */
enum st lock_allows(struct req *rq, const struct domain_change *c, const struct dom *d, struct outcome *why);
#define RELOCK_DUE "domain-relock"
enum st relock_due(struct req *rq, const char *id); /* for registry_due_kinds */

/* ── hold.c ── */
enum st hold_forget(struct req *rq, int64_t domain); /* it was lifted by hand, or the name is gone */

/* ── token.c ── */
/* The token's id, for this place and who acts; 0 when it does not fit (*why says R_AUTHORIZATION; rq->err is clear). */
enum st token_for(struct req *rq, const char *token, const struct placed *at, int64_t *id, struct outcome *why);
enum st token_use(struct req *rq, int64_t id, const char *name, struct outcome *why);

/* ── ttl.c ── */
/* Is this value within the policy's bounds? 0, the zone's own, always is. */
enum st ttl_ok(struct req *rq, const struct policy *p, enum ttl_type t, int64_t value, struct outcome *why);

/* ── life_act.c ── */
/* An event of time, or of staff, made a fact: state, money, transfer, history, poll message. */
enum st life_do(struct req *rq, const struct policy *p, struct dom *d, enum event e, int64_t at);

/* ── domain_delete.c ── */
/* Hosts below a domain that goes are taken out of every delegation and removed, and their sponsors told: the name can
 * be registered by a stranger afterwards, and must not bring others' traffic with it (RFC 9874). */
enum st hosts_below_drop(struct req *rq, struct dom *d);

/* ── transfer.c ── */
/* Ends a pending transfer: the new sponsor has it (…_APPROVED), or the fee is given back. Tells whom RFC 5731 says; the
 * caller writes the domain. */
enum st transfer_end(struct req *rq, const struct policy *p, struct dom *d, enum transfer_state as);

/* ── review.c ── */
/* Must the registrant be looked at before the name is theirs? *pending; a refusal known before is R_POLICY. */
enum st review_need(struct req *rq, const struct placed *at, const char *registrant, bool *pending,
		    struct outcome *why);
enum st review_ask(struct req *rq, const struct placed *at, const struct dom *d);
/* What is paid for a thing that is pending stays refundable until it is decided. */
#define UNTIL_DECIDED INT64_MAX
enum st paid_until(struct req *rq, const struct dom *d, enum grace kind,
		   int64_t until); /* decided: refundable until then; domain_bill.c */

#endif
