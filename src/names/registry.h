/* registry.h — the authoritative registry: registrars, contacts, hosts, domains, their lifecycle, transfers, poll
 * messages, history. Protocol-free, with RFC 5730–5733's words. front/epp calls these; so do pages, commands and jobs.
 *
 * Every function that changes something runs inside a write as one registrar (rq->who: "registrar:ID") or the registry,
 * bills through ledger/ in the same transaction, keeps the former version in registry_history, and journals one fact
 * about the object. A refusal leaves an `outcome` that says which of RFC 5730's results it is and which element and
 * value were wrong.
 */
#ifndef NAMES_REGISTRY_H
#define NAMES_REGISTRY_H
#include "base/addr.h"
#include "names/certificate.h"
#include "names/policy.h"
#include "work/due.h"

/* (R_OK would be unistd.h's.) RFC 5730 §3. Only those the registry itself decides; syntax (2000–2005) is also the
 * front's. */
enum result {
	R_DONE = 1000,
	R_PENDING = 1001,
	R_NO_MESSAGES = 1300,
	R_MESSAGE = 1301,
	R_PARAM_MISSING = 2003,
	R_PARAM_RANGE = 2004,
	R_PARAM_SYNTAX = 2005,
	R_BILLING = 2104,
	R_NOT_RENEWABLE = 2105,
	R_NOT_TRANSFERABLE = 2106,
	R_AUTHORIZATION = 2201,
	R_BAD_AUTHINFO = 2202,
	R_PENDING_TRANSFER = 2300,
	R_NOT_PENDING_TRANSFER = 2301,
	R_EXISTS = 2302,
	R_NOT_THERE = 2303,
	R_STATUS = 2304,
	R_ASSOCIATION = 2305,
	R_POLICY_VALUE = 2306,
	R_UNIMPLEMENTED = 2307,
	R_POLICY = 2308,
	R_FAILED = 2400,
};
struct outcome {
	enum result code;
	char element[48];
	char value[256];
	char reason[200];
	char brief[33]; /* for where a check has 32 characters (RFC 5731 §4, eppcom:reasonType); "" none */
};

/* Statuses as bits; names and which object may carry which, who may set which: one table (status.c). RFC 5731 §2.3,
 * 5732 §2.3, 5733 §2.2, 3915 §3.1. */
enum status_bit {
	STATUS_CLIENT_DELETE,
	STATUS_CLIENT_HOLD,
	STATUS_CLIENT_RENEW,
	STATUS_CLIENT_TRANSFER,
	STATUS_CLIENT_UPDATE,
	STATUS_SERVER_DELETE,
	STATUS_SERVER_HOLD,
	STATUS_SERVER_RENEW,
	STATUS_SERVER_TRANSFER,
	STATUS_SERVER_UPDATE,
	STATUS_INACTIVE,
	STATUS_LINKED,
	STATUS_PENDING_CREATE,
	STATUS_PENDING_DELETE,
	STATUS_PENDING_RENEW,
	STATUS_PENDING_TRANSFER,
	STATUS_PENDING_UPDATE,
	STATUS_ADD_PERIOD,
	STATUS_RENEW_PERIOD,
	STATUS_AUTORENEW_PERIOD,
	STATUS_TRANSFER_PERIOD,
	STATUS_REDEMPTION,
	STATUS_PENDING_RESTORE,
	STATUS_BITS
};
typedef uint32_t statuses;
#define BIT(s) ((statuses)1 << (s))
const char *status_name(enum status_bit s);
bool status_parse(const char *s, enum status_bit *out);

/* Which of an object's common facts: roid, sponsor, creator, dates. Times 0: none. */
struct common {
	int64_t id;
	char *roid, *sponsor, *creator, *updater;
	int64_t created_at, updated_at, transferred_at;
	statuses status;
};

/* ── registrars ── */
struct registrar {
	int64_t id;
	char *handle, *name, *email, *lang;
	char *password; /* argon2id */
	int64_t password_set_at;
	int64_t session_max, rate;
	int64_t disabled_at;
};
struct registrar_cert {
	char fingerprint[65]; /* SHA-256 of the DER, hex */
	int64_t added_at;
};
enum st registrar_add(struct req *rq, const struct registrar *r, int64_t credit, const char *currency);
enum st registrar_get(struct req *rq, const char *handle, struct registrar *out);
enum st registrar_list(struct req *rq, struct registrar *out, int max, int *n);
/* NULL and REGISTRAR_KEEP leave what is there; an e-mail address of "" takes it away; a limit of 0 is none. */
enum { REGISTRAR_KEEP = -1 };
struct registrar_change {
	const char *name, *email, *lang;
	int64_t session_max, rate, low_balance;
};
/* By the registry, inside a write: one version, "registrar-changed"; ST_INVALID as for registrar_add, and all of it or
 * none. Open sessions follow a new rate; those above a lower number of sessions stay open. */
enum st registrar_set(struct req *rq, const char *handle, const struct registrar_change *to);
/* Below this balance (minor units; 0: never) the registrar gets one "low-balance" message, and the next after it
 * recovered. Inside a write. */
enum st registrar_low_balance_set(struct req *rq, const char *handle, int64_t below);
enum { REGISTRAR_CERTS = 64 }; /* of one registrar */
/* Nothing new where it is known; ST_INVALID when certificate_fits refuses it, ST_CONFLICT when it is another
 * registrar's, ST_LIMIT above REGISTRAR_CERTS. */
enum st registrar_cert_add(struct req *rq, const char *handle, const struct certificate *c);
enum st registrar_cert_ok(struct req *rq, const char *handle,
			  const char *fingerprint); /* ST_DENIED when it is not one of theirs */
enum st registrar_cert_remove(struct req *rq, const char *handle, const char *fingerprint);
enum st registrar_certs(struct req *rq, const char *handle, struct registrar_cert *out, int max, int *n);
enum st registrar_disable(struct req *rq, const char *handle, bool disabled);
enum st registrar_deposit(struct req *rq, const char *handle, int64_t amount,
			  const char *note); /* cash → registrar:ID */
enum st registrar_password_set(struct req *rq, const char *handle, const char *argon2);
void registrar_password_make(char out[17]); /* 16 characters, RFC 5730 pwType */

/* ── contacts (RFC 5733) ── */
enum postal { POSTAL_INT, POSTAL_LOC, POSTALS };
struct postal_info {
	bool there;
	char *name, *org, *street[3], *city, *sp, *pc, *cc;
};
struct contact_object {
	struct common c;
	char *handle;
	struct postal_info postal[POSTALS];
	char *voice, *voice_x, *fax, *fax_x, *email, *authinfo;
	bool person;
	char *lang;
	int64_t verified_at;
	unsigned disclose;
	bool disclose_set,
		disclose_flag; /* RFC 5733 §2.9: bits of name int/loc, org int/loc, addr int/loc, voice, fax, email */
};
struct contact_change {
	char *handle;
	statuses add, rem;
	char *status_text;
	struct contact_object to;
	bool postal_set[POSTALS], voice_set, fax_set, email_set, authinfo_set, disclose_changed;
	struct outcome why;
};
/* May a contact be made under this handle, as far as its form goes? */
bool contact_handle_ok(const char *handle);
enum st contact_object_get(struct req *rq, const char *handle, struct contact_object *out);
enum st contact_create(struct req *rq, struct contact_object *c, struct outcome *why);
enum st contact_update(struct req *rq, struct contact_change *c);
/* The registry says that the contact's address answered (verified_at); a changed e-mail address is unverified again. */
enum st contact_verified(struct req *rq, const char *handle, struct outcome *why);
/* A letter to this address came back for good, or its reader says that it is the wrong one: its contacts are unverified
 * again, and their sponsors are told. Inside a write, by the registry. */
enum st contact_unreachable(struct req *rq, const char *email);
enum st contact_delete(struct req *rq, const char *handle, struct outcome *why);

/* ── hosts (RFC 5732): subordinate ones need glue and belong to the sponsor of their domain ── */
enum { HOST_ADDRS = 26 };
struct host_object {
	struct common c;
	char *name;
	struct addr addr[HOST_ADDRS];
	int naddrs;
	char *domain; /* superordinate, NULL external */
	int64_t links;
	int64_t ttl_a, ttl_aaaa; /* RFC 9803; 0: the zone's own */
};
struct host_change {
	char *name, *new_name;
	struct addr add[HOST_ADDRS], rem[HOST_ADDRS];
	int nadd, nrem;
	statuses add_status, rem_status;
	bool ttl_set;
	int64_t ttl_a, ttl_aaaa; /* -1: as it is */
	struct outcome why;
};
enum st host_get(struct req *rq, const char *name, struct host_object *out);
enum st host_create(struct req *rq, struct host_object *h, struct outcome *why);
enum st
host_update(struct req *rq,
	    struct host_change *c); /* a rename that would hand others' delegations away is refused (RFC 9874) */
enum st host_delete(struct req *rq, const char *name, struct outcome *why);

/* ── domains (RFC 5731, 5910, 3915, 9803, 9095) ── */
enum { DOMAIN_NS = 13, DOMAIN_CONTACTS = 12, DOMAIN_DS = 16, DOMAIN_VARIANTS = 64 };
struct ds {
	uint16_t tag;
	uint8_t alg, digest_type;
	uint8_t digest[64];
	int digest_n;
};
struct domain_contact {
	char type; /* 'a'dmin 't'ech 'b'illing */
	char *handle;
};
enum transfer_state {
	TRANSFER_NONE,
	TRANSFER_PENDING,
	TRANSFER_CLIENT_APPROVED,
	TRANSFER_CLIENT_REJECTED,
	TRANSFER_CLIENT_CANCELLED,
	TRANSFER_SERVER_APPROVED,
	TRANSFER_SERVER_CANCELLED
};
struct transfer {
	enum transfer_state state;
	char *requester, *actor;
	int64_t requested_at, acted_at, new_expiry;
	int years;
};
/* The registry's lock (policy: registry-lock): while it is on only DS records change, and authInfo may be taken away.
 */
enum lock { LOCK_NONE, LOCK_ON, LOCK_OPEN /* for a while */ };
struct domain {
	struct common c;
	char *name, *uname, *zone, *registrant;
	struct domain_contact contact[DOMAIN_CONTACTS];
	int ncontacts;
	char *ns[DOMAIN_NS];
	int nns;
	char *subordinate[32];
	int nsubordinate;
	struct ds ds[DOMAIN_DS];
	int nds;
	int64_t max_sig_life;
	int64_t expires_at;
	char *authinfo; /* hash or NULL; RFC 9154 */
	char *key;
	char **member;
	int nmembers;
	bool *active; /* the bundle: the name, and up to DOMAIN_VARIANTS others that may be activated */
	int64_t ttl_ns, ttl_ds;
	struct transfer transfer;
	int64_t grace_until[GRACES];
	int64_t restore_at, restore_until; /* pendingRestore: asked for, the report is due; else 0 */
	enum lock lock;
	int64_t relock_at; /* of LOCK_OPEN */
};
struct domain_create {
	struct domain d;
	int years;
	char *token;
	int64_t fee_said; /* −1: none */
	char *password;
	struct outcome why;
	int64_t fee;
};
/* RFC 3915 §4.2.5: what the registrar says about a restore; texts are kept as they came. */
struct restore_report {
	char *before, *after; /* registration data when it was deleted, and now */
	int64_t deleted_at, restored_at;
	char *reason, *statement[2], *other; /* statement[1], other: NULL none */
};
enum restore_op { RESTORE_NONE, RESTORE_REQUEST, RESTORE_REPORT };
struct domain_change {
	char *name;
	char *ns_add[DOMAIN_NS], *ns_rem[DOMAIN_NS];
	int nns_add, nns_rem;
	struct domain_contact con_add[DOMAIN_CONTACTS], con_rem[DOMAIN_CONTACTS];
	int ncon_add, ncon_rem;
	statuses add, rem;
	char *registrant;
	bool authinfo_set;
	char *authinfo; /* NULL with set: removed */
	struct ds ds_add[DOMAIN_DS], ds_rem[DOMAIN_DS];
	int nds_add, nds_rem;
	bool ds_rem_all;
	int64_t max_sig_life;
	bool msl_set;
	int64_t ttl_ns, ttl_ds;
	bool ttl_set;
	enum restore_op restore;
	struct restore_report *report; /* of RESTORE_REPORT */
	int64_t fee;		       /* of a restore, for the answer */
	char *activate[DOMAIN_VARIANTS], *release[DOMAIN_VARIANTS];
	int nactivate, nrelease;
	struct outcome why;
};
/* check: may it be created now, by this registrar? why.reason in one short sentence (≤ 60 characters where RFC 5731
 * clients show it). */
struct domain_check {
	const char *name;
	const char *token; /* NULL none: available to who has this one? (RFC 8495) */
	bool avail;
	struct outcome why;
	struct price create, renew, restore, transfer;
	int term_min, term_max; /* years; 0: no zone of ours */
};
enum st domain_check(struct req *rq, struct domain_check *c, int n);
enum st domain_get(struct req *rq, const char *name, struct domain *out); /* by any member of the bundle */
/* The same of a name that name_ascii made. ST_INVALID: of no zone here. */
enum st domain_get_ascii(struct req *rq, const char *ascii, struct domain *out);
enum st domain_create(struct req *rq, struct domain_create *c);
enum st domain_update(struct req *rq, struct domain_change *c);
/* Those variants of the name that the list holds are active from now on, no others (one update; nothing when it is so
 * already). */
enum st domain_variants_set(struct req *rq, const char *name, char *const *active, int n, struct outcome *why);
enum st domain_renew(struct req *rq, const char *name, int64_t current_expiry, int years, int64_t *new_expiry,
		     int64_t *fee, struct outcome *why);
/* Does the zone's policy want a report after a restore? */
enum st domain_restore_reported(struct req *rq, const char *name, bool *yes);
/* What the registry itself knows for the report of a name that waits for one: its data before the deletion and now, and
 * both times. */
enum st domain_restore_data(struct req *rq, const char *name, struct restore_report *r);
/* Add grace: gone and refunded; else redemption or pending delete by policy. *credit: what its sponsor got back, minor
 * units. */
enum st domain_delete(struct req *rq, const char *name, int64_t *credit, struct outcome *why);
enum transfer_op { OP_REQUEST, OP_QUERY, OP_APPROVE, OP_REJECT, OP_CANCEL };
enum st domain_transfer(struct req *rq, enum transfer_op op, const char *name, const char *authinfo, int years,
			struct domain *out, struct outcome *why);
enum st contact_transfer(struct req *rq, enum transfer_op op, const char *handle, const char *authinfo,
			 struct transfer *out, struct outcome *why);
bool authinfo_fits(const char *stored, const char *given);
/* By the registry, with permission lock-name; `reason` is kept in the history and told to the sponsor. R_UNIMPLEMENTED
 * where the zone's policy offers no lock. Unlocked until then (0: for good) it locks itself again. Locks what is open
 * for a while at once. */
enum st domain_lock(struct req *rq, const char *name, const char *reason, struct outcome *why);
enum st domain_unlock(struct req *rq, const char *name, int64_t until, const char *reason, struct outcome *why);
/* Keeps a name out of the DNS (serverHold) for who asks ("proposal:7"), until domain_hold_end; the reason goes to the
 * history and the sponsor. By the registry, with permission second-proposal. A hold that somebody else set is left
 * alone, then and later; of several who ask the last one to end it lifts it. R_NOT_THERE: not in a zone of ours.
 * domain_hold_end asks nobody: its caller has made sure that whoever ends the hold has the same permission, or is the
 * clock whose time has come. */
struct hold {
	int64_t domain;
	bool ours; /* false: it was held already, by another */
};
enum st domain_hold(struct req *rq, const char *name, const char *by, const char *reason, struct hold *out,
		    struct outcome *why);
enum st domain_hold_end(struct req *rq, int64_t domain, const char *by, const char *reason, bool *lifted);
extern const struct migration hold_migrations[];
/* RFC 9803: what may be set in the zone this name is in. */
enum st domain_ttl_rules(struct req *rq, const char *name, struct ttl_rule out[TTLS]);

/* ── allocation tokens (RFC 8495): each opens a reserved label once. Only a digest is kept ── */
enum { TOKEN_TEXT = 27 };
struct token_new {
	const char *under;		   /* one name, or a zone: any name in it */
	const char *registrar, *note;	   /* NULL: any; none */
	int64_t until;			   /* 0: for ever */
	int64_t id;			   /* for the answer */
	char token[TOKEN_TEXT], zone[256]; /* shown this once */
};
struct token {
	int64_t id, added_at, until, revoked_at, used_at;
	char *zone, *name, *registrar, *note, *added_by, *used_by, *used_for; /* "": any, none */
};
enum st token_add(struct req *rq, struct token_new *t); /* inside a write, with permission give-token */
enum st token_revoke(struct req *rq, int64_t id);	/* the same; ST_CONFLICT: it was used */
enum st token_list(struct req *rq, bool usable_only, struct token *out, int max, int *n);
/* Would it open this name for who acts? R_AUTHORIZATION when not. */
enum st token_fits(struct req *rq, const char *token, const char *name, struct outcome *why);

/* ── maintenance (RFC 9167): announced to every registrar by a poll message ── */
enum { MAINTENANCE_SYSTEMS = 8 };
enum impact { IMPACT_NONE, IMPACT_PARTIAL, IMPACT_FULL };
const char *impact_name(enum impact i);
struct maintenance {
	int64_t id, start_at, end_at, added_at, changed_at, cancelled_at; /* 0: not */
	struct {
		char *name;
		enum impact impact;
	} system[MAINTENANCE_SYSTEMS];
	int nsystems;
	bool emergency, connection, implementation; /* what registrars have to do: connect anew, change something */
	char *reason, *reason_zh, *link;	    /* "": none */
};
/* "EPP full, RDAP partial"; false: not such a list. */
bool maintenance_systems(struct arena *mem, const char *text, struct maintenance *m);
enum st maintenance_add(struct req *rq, struct maintenance *m); /* inside a write, with permission announce */
enum st maintenance_change(struct req *rq, const struct maintenance *m);
enum st maintenance_cancel(struct req *rq, int64_t id);
enum st maintenance_get(struct req *rq, int64_t id, struct maintenance *out);
/* What is not over, in order of its start; with `all` what was, too. */
enum st maintenance_list(struct req *rq, bool all, struct maintenance *out, int max, int *n);

/* ── who may register: the papers and the decision about one holder at one place, used again for the holder's next name
 * there ── */
/* A paper that lies in work/ (file.h), by its SHA-256 in hex. Inside a write. */
enum st review_paper(struct req *rq, const char *contact, const char *place, const char *sha256, const char *title);
struct paper {
	char *sha256, *title, *added_by;
	int64_t added_at;
};
/* Is this file one of them? Then it must not be forgotten. */
enum st review_paper_kept(struct req *rq, const char *sha256, bool *yes);
enum st review_papers(struct req *rq, const char *contact, const char *place, struct paper *out, int max, int *n);
/* The names that wait for it. */
enum st review_names(struct req *rq, const char *contact, const char *place, char **out, int max, int *n);
/* By staff, inside a write: lets every pending name of this holder at this place through, or refuses them (refunded).
 */
enum st review_decide(struct req *rq, const char *contact, const char *place, bool approve, const char *reason);
struct review {
	char *contact, *place, *decided_by, *reason;
	int state; /* 0 asked, 1 approved, 2 refused */
	int64_t task, asked_at, decided_at;
};
enum st review_get(struct req *rq, const char *contact, const char *place, struct review *out);
enum st review_list(struct req *rq, bool open_only, struct review *out, int max, int *n);
/* The contact's e-mail answered: verified from now on, and its names that waited for that are let through. Inside a
 * write. */
enum st review_email_ok(struct req *rq, const char *contact);

/* Who can be written to about a registered name, for the holder question: abuse first (the technical contact), then
 * admin, then the registrant. */
struct contact;
enum st registry_contacts_of(struct req *rq, const char *name, int64_t at, struct contact *out, int max, int *n);

/* ── lifecycle: one table of states and events (lifecycle.c); due kinds for work/due; the preview is the same code on a
 * read transaction ── */

extern const struct due_kind registry_due_kinds[];
extern const int registry_due_count;
struct life_step {
	char *name;
	const char *event;
	int64_t at;
	const char *from, *to;
};
enum st lifecycle_preview(struct req *rq, const char *zone, int64_t until, struct life_step *out, int max, int *n,
			  int64_t *total);

/* ── poll (RFC 5730 §2.9.2.3): messages to a registrar; `kind` and `payload` (JSON) are rendered by the front ── */
struct poll_message {
	int64_t id, at;
	char *kind, *object, *payload;
	char *text;
};
enum st poll_add(struct req *rq, const char *registrar, const char *kind, const char *object, const char *text,
		 const char *payload);
enum st poll_first(struct req *rq, const char *registrar, struct poll_message *out,
		   int64_t *count); /* ST_NOTFOUND: none */
enum st poll_ack(struct req *rq, const char *registrar, int64_t id, int64_t *left);

/* ── history ── */
struct former {
	int64_t seq, at;
	char *actor, *verb, *frame; /* clTRID/svTRID */
	char *object;		    /* JSON snapshot */
};
enum st registry_history(struct req *rq, const char *kind, const char *handle, int64_t at, struct former *out, int max,
			 int *n); /* at 0: all; else the version in force then */
/* Versions name hosts as they were called when they were made: what the host `name` of a version of made_at was called
 * at a later instant. */
enum st registry_host_later(struct req *rq, const char *name, int64_t made_at, int64_t at, char **out);
/* A domain's version, its hosts called as they were at `at`: the text is then no longer the one whose digest stands in the
 * journal. */
enum st registry_hosts_then(struct req *rq, struct former *f, int64_t at);
extern const struct migration registry_migrations[];
#endif
