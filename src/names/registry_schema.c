/* The registry's tables. What is bulky is written in key order (ids ascend); the only indexes with random keys are
 * those a command can't do without: a domain's bundle key, a contact's handle, a host's name. */
#include "names/registry_int.h"

/* Bits of `status` are enum status_bit; `sponsor`, `creator`, `updater` are registrars' handles, "" the registry. Times
 * are never NULL: 0 is none. `authinfo` is a hash (RFC 9154), NULL none. tr_ columns: RFC 5730 §2.9.3.4, tr_state is
 * enum transfer_state. */
#define OBJECT                                                                                                         \
	" sponsor TEXT NOT NULL, creator TEXT NOT NULL, updater TEXT NOT NULL, created_at BIGINT NOT NULL,"            \
	" updated_at BIGINT NOT NULL, transferred_at BIGINT NOT NULL, status BIGINT NOT NULL"
#define TRANSFER                                                                                                       \
	" tr_state BIGINT NOT NULL DEFAULT 0, tr_requester TEXT, tr_actor TEXT, tr_requested_at BIGINT NOT NULL "      \
	"DEFAULT 0,"                                                                                                   \
	" tr_acted_at BIGINT NOT NULL DEFAULT 0, tr_expiry BIGINT NOT NULL DEFAULT 0, tr_years BIGINT NOT NULL "       \
	"DEFAULT 0"
#define POSTAL(p)                                                                                                      \
	" " p "_name TEXT, " p "_org TEXT, " p "_street1 TEXT, " p "_street2 TEXT, " p "_street3 TEXT, " p "_city "    \
	"TEXT, " p "_sp TEXT, " p "_pc TEXT, " p "_cc TEXT"

const struct migration registry_migrations[] = {
	/* low_balance: below it a poll message is due; low_told: one is out and the balance has not recovered since. */
	{ 121, "registry_registrar",
	  "CREATE TABLE registry_registrar(id SERIAL_ID, handle TEXT NOT NULL UNIQUE, name TEXT NOT NULL, email TEXT "
	  "NOT NULL,"
	  " lang TEXT NOT NULL, password TEXT, password_set_at BIGINT NOT NULL, session_max BIGINT NOT NULL,"
	  " rate BIGINT NOT NULL, disabled_at BIGINT NOT NULL, added_at BIGINT NOT NULL,"
	  " low_balance BIGINT NOT NULL DEFAULT 0, low_told BIGINT NOT NULL DEFAULT 0);"
	  "CREATE TABLE registry_cert(registrar TEXT NOT NULL, fingerprint TEXT NOT NULL, added_at BIGINT NOT NULL,"
	  " PRIMARY KEY(registrar, fingerprint))" },
	/* A postal form is there when its _name is not NULL. Linked is not stored: a row in registry_domain_contact is
	 * it. */
	{ 122, "registry_contact",
	  "CREATE TABLE registry_contact(id SERIAL_ID, handle TEXT NOT NULL UNIQUE," OBJECT
	  "," POSTAL("int") "," POSTAL(
		  "loc") ","
			 " voice TEXT, voice_x TEXT, fax TEXT, fax_x TEXT, email TEXT, authinfo TEXT, person BIGINT "
			 "NOT NULL,"
			 " lang TEXT, verified_at BIGINT NOT NULL, disclose BIGINT NOT NULL, disclose_set BIGINT NOT "
			 "NULL,"
			 " disclose_flag BIGINT NOT NULL," TRANSFER ")" },
	/* domain: the superordinate one, NULL external. addr: RFC 5952 text. */
	{ 123, "registry_host",
	  "CREATE TABLE registry_host(id SERIAL_ID, name TEXT NOT NULL UNIQUE, domain BIGINT," OBJECT ");"
	  "CREATE INDEX registry_host_domain ON registry_host(domain) WHERE domain IS NOT NULL;"
	  "CREATE TABLE registry_host_addr(host BIGINT NOT NULL, addr TEXT NOT NULL, PRIMARY KEY(host, addr))" },
	/* key: place and bundle key (struct placed), so that no two bundles meet. type 'r' of domain_contact is the
	 * registrant; life: enum life. ds and variants: how many rows there are, so that none are looked for in vain.
	 */
	{ 124, "registry_domain",
	  "CREATE TABLE registry_domain(id SERIAL_ID, key TEXT NOT NULL, name TEXT NOT NULL, zone TEXT NOT NULL,"
	  " place TEXT NOT NULL, lang TEXT NOT NULL, life BIGINT NOT NULL," OBJECT ", expires_at BIGINT NOT NULL,"
	  " authinfo TEXT, max_sig_life BIGINT NOT NULL, ttl_ns BIGINT NOT NULL, ttl_ds BIGINT NOT NULL,"
	  " ds BIGINT NOT NULL, variants BIGINT NOT NULL, add_until BIGINT NOT NULL, renew_until BIGINT NOT NULL,"
	  " autorenew_until BIGINT NOT NULL, transfer_until BIGINT NOT NULL, redemption_until BIGINT NOT NULL,"
	  " pending_until BIGINT NOT NULL," TRANSFER ");"
	  "CREATE UNIQUE INDEX registry_domain_key ON registry_domain(key);"
	  "CREATE TABLE registry_domain_contact(domain BIGINT NOT NULL, type TEXT NOT NULL, contact BIGINT NOT NULL "
	  "REFERENCES registry_contact(id),"
	  " PRIMARY KEY(domain, type, contact));"
	  "CREATE INDEX registry_domain_contact_contact ON registry_domain_contact(contact);"
	  "CREATE TABLE registry_domain_ns(domain BIGINT NOT NULL, host BIGINT NOT NULL REFERENCES registry_host(id), "
	  "PRIMARY KEY(domain, host));"
	  "CREATE INDEX registry_domain_ns_host ON registry_domain_ns(host);"
	  "CREATE TABLE registry_domain_ds(domain BIGINT NOT NULL, tag BIGINT NOT NULL, alg BIGINT NOT NULL,"
	  " digest_type BIGINT NOT NULL, digest BYTEA NOT NULL, PRIMARY KEY(domain, tag, alg, digest_type, digest));"
	  /* Only the members beside the name itself that may be activated. */
	  "CREATE TABLE registry_bundle(member TEXT PRIMARY KEY, domain BIGINT NOT NULL, active BIGINT NOT NULL);"
	  "CREATE INDEX registry_bundle_domain ON registry_bundle(domain)" },
	/* kind: domain, contact, host, registrar. snapshot: the object from then on (JSON), NULL when it went; so the
	 * version in force at T is the last row with at <= T. A handle finds its object's id in the object's table, and
	 * those that are gone in registry_gone: creating pays for no text index. */
	{ 125, "registry_history",
	  "CREATE TABLE registry_history(id SERIAL_ID, kind TEXT NOT NULL, object BIGINT NOT NULL, at BIGINT NOT NULL,"
	  " actor TEXT NOT NULL, verb TEXT NOT NULL, frame TEXT, snapshot TEXT);"
	  "CREATE INDEX registry_history_object ON registry_history(kind, object, id);"
	  "CREATE TABLE registry_gone(kind TEXT NOT NULL, handle TEXT NOT NULL, object BIGINT NOT NULL,"
	  " gone_at BIGINT NOT NULL, PRIMARY KEY(kind, handle, object))" },
	{ 126, "registry_poll",
	  "CREATE TABLE registry_poll(id SERIAL_ID, registrar TEXT NOT NULL, at BIGINT NOT NULL, kind TEXT NOT NULL,"
	  " object TEXT NOT NULL, text TEXT NOT NULL, payload TEXT NOT NULL);"
	  "CREATE INDEX registry_poll_registrar ON registry_poll(registrar, id)" },
	/* What was paid and can still be had back: kind is enum grace; account paid it in transaction tx. */
	{ 127, "registry_grace",
	  "CREATE TABLE registry_grace(id SERIAL_ID, domain BIGINT NOT NULL, kind BIGINT NOT NULL, until BIGINT NOT "
	  "NULL,"
	  " tx BIGINT NOT NULL, years BIGINT NOT NULL, amount BIGINT NOT NULL, account TEXT NOT NULL);"
	  "CREATE INDEX registry_grace_domain ON registry_grace(domain);"
	  /* Who may register at a place: one decision a holder and place, asked for the next name again until it ends.
	   * state: 0 asked, 1 approved, 2 refused. */
	  "CREATE TABLE registry_review(id SERIAL_ID, contact BIGINT NOT NULL, place TEXT NOT NULL, state BIGINT NOT "
	  "NULL,"
	  " task BIGINT NOT NULL, asked_at BIGINT NOT NULL, decided_at BIGINT NOT NULL, decided_by TEXT, reason TEXT,"
	  " UNIQUE(contact, place));"
	  "CREATE TABLE registry_paper(id SERIAL_ID, contact BIGINT NOT NULL, place TEXT NOT NULL, sha256 TEXT NOT "
	  "NULL,"
	  " title TEXT NOT NULL, added_at BIGINT NOT NULL, added_by TEXT NOT NULL, UNIQUE(contact, place, sha256))" },
	/* A restore that waits for its report (RFC 3915 §4.2.5). locked: enum lock. */
	{ 210, "registry_restore_lock",
	  "ALTER TABLE registry_domain ADD COLUMN restore_at BIGINT NOT NULL DEFAULT 0;"
	  "ALTER TABLE registry_domain ADD COLUMN restore_until BIGINT NOT NULL DEFAULT 0;"
	  "ALTER TABLE registry_domain ADD COLUMN locked BIGINT NOT NULL DEFAULT 0;"
	  "ALTER TABLE registry_domain ADD COLUMN relock_at BIGINT NOT NULL DEFAULT 0" },
	/* RFC 8495. hash: SHA-256 of the token, which is random and long. key: of the one bundle it opens, "" any name
	 * of the zone. registrar "": any. Times 0: none. */
	{ 211, "registry_token",
	  "CREATE TABLE registry_token(id SERIAL_ID, hash TEXT NOT NULL UNIQUE, zone TEXT NOT NULL, key TEXT NOT NULL,"
	  " name TEXT NOT NULL, registrar TEXT NOT NULL, note TEXT NOT NULL, added_at BIGINT NOT NULL,"
	  " added_by TEXT NOT NULL, until BIGINT NOT NULL, revoked_at BIGINT NOT NULL, used_at BIGINT NOT NULL,"
	  " used_by TEXT NOT NULL, used_for TEXT NOT NULL)" },
	{ 212, "registry_host_ttl",
	  "ALTER TABLE registry_host ADD COLUMN ttl_a BIGINT NOT NULL DEFAULT 0;"
	  "ALTER TABLE registry_host ADD COLUMN ttl_aaaa BIGINT NOT NULL DEFAULT 0" },
	/* RFC 9167. systems: "EPP full, RDAP partial". */
	{ 213, "registry_maintenance",
	  "CREATE TABLE registry_maintenance(id SERIAL_ID, start_at BIGINT NOT NULL, end_at BIGINT NOT NULL,"
	  " systems TEXT NOT NULL, emergency BIGINT NOT NULL, reason TEXT NOT NULL, reason_zh TEXT NOT NULL,"
	  " link TEXT NOT NULL, intervention BIGINT NOT NULL, added_at BIGINT NOT NULL, added_by TEXT NOT NULL,"
	  " changed_at BIGINT NOT NULL, cancelled_at BIGINT NOT NULL);"
	  "CREATE INDEX registry_maintenance_end ON registry_maintenance(end_at)" },
	{ 334, "registry_review_open", "CREATE INDEX registry_review_open ON registry_review(id) WHERE state = 0" },
	{ 335, "registry_cert_fingerprint", "CREATE INDEX registry_cert_fingerprint ON registry_cert(fingerprint)" },
	{ 0 },
};
