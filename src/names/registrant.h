/* registrant.h — the holder's own door. A registrant has no account here: who reads the mail of a contact's address is
 * that contact. A private link is mailed to the address; behind it stand the names whose registrant or admin contact
 * has it, and what a holder may do: confirm the address, fetch the authorisation information of a name (RFC 9154), read
 * what will change in a zone's policy.
 *
 * LINKS. A link's token is an HMAC of its row's random seed under a key that is not in the database; only its SHA-256
 * is kept, so a letter composed again carries the same link and a copy of the database opens nothing. Whoever asks for
 * a link causes the same work whether or not the address is known: one row and one entry; whether there is somebody to
 * write to is found out when the letter would be written. Looking at a link changes nothing.
 *
 * POLICY NOTICES. A version of a policy that takes effect later and changes something for names that are registered is
 * announced to their registrants, one letter a holder and version: due rows walk the zone in batches, each a write of
 * its own, and the mail follower sends what a batch made.
 */
#ifndef NAMES_REGISTRANT_H
#define NAMES_REGISTRANT_H
#include "base/json.h"
#include "base/lang.h"
#include "names/registry.h"
#include "store/journal.h"
#include "who/person.h"

/* Once, before anything else. `token_key` (32 bytes) is copied; lang: of holders who named none. */
void registrant_setup(const uint8_t *token_key, const char *lang);

enum door { DOOR_ASKED, DOOR_CHECK, DOOR_POLICY }; /* why the link was mailed */
struct registrant_link {
	int64_t id;
	enum door kind;
	char *email, *name, *zone; /* name: asked about this one, ""; zone, version: of DOOR_POLICY */
	enum lang lang;
	int version;
	int64_t made_at, expires_at, sent_at, read_at, failed_at;
};
/* ST_NOTFOUND for what is no link of ours or is over. */
enum st registrant_link_open(struct req *rq, const char *token, struct registrant_link *out);

/* Somebody wants the link of an address; `name` "" or the one name that is asked about. Inside a write. */
struct registrant_ask {
	const char *email, *name;
	enum lang lang;
};
enum st registrant_ask(struct req *rq, void *registrant_ask);

/* ── what stands behind a link ── */
struct held_name {
	int64_t id;
	char *name, *uname, *contact;	    /* contact: the one with this address */
	bool registrant, confirmed, locked; /* registrant false: admin only; locked: at the registry */
	char *sponsor, *sponsor_name, *sponsor_email;
	const char *life; /* "active", "suspended", "redemption", "pending-delete", "pending-create" */
	int64_t created_at, expires_at;
	statuses status;
	char **member; /* of its bundle, the name itself first */
	bool *active;
	int nmembers;
};
enum st registrant_names(struct req *rq, const char *email, int offset, struct held_name *out, int max, int *n,
			 int64_t *total);
/* One of them by any spelling; ST_NOTFOUND when it is not theirs. */
enum st registrant_name(struct req *rq, const char *email, const char *name, struct held_name *out);

/* ── what its reader may do; each inside a write ── */
struct registrant_act {
	const char *token, *name, *code; /* code: made by the caller, at least 128 bits */
	int64_t until;			 /* out: the code is forgotten then, 0 never */
	int done;			 /* out: contacts that were confirmed */
	char *active[DOMAIN_VARIANTS];	 /* of registrant_variants */
	int nactive;
	struct outcome why;
};
enum st registrant_confirm(struct req *rq, void *act); /* the address answers: its contacts are verified */
/* The name's authorisation information is `code` from now on. Registrants only, at a confirmed address. */
enum st registrant_code(struct req *rq, void *act);
enum st registrant_read(struct req *rq, void *act); /* a policy notice */
/* Those of `active` and no other variants of the name lead to it from now on. Registrants only, at a confirmed address,
 * within what statuses and the registry's lock let; the sponsor is told. */
enum st registrant_variants(struct req *rq, void *act);

/* ── an address that is checked by the desk (desk/desk_check.h) ── */
struct held_address {
	char *email, *lang; /* lang may be NULL */
	int64_t verified_at;
};
/* Of contacts that a name has as registrant or admin: a page of them, after the row *last, which is moved on. */
enum st registrant_addresses(struct req *rq, int64_t *last, struct held_address *out, int max, int *n);
/* Inside a write: the address answered; its contacts are verified from now, 1000 at once: those first whose turn is
 * longest ago. */
enum st registrant_address_answers(struct req *rq, const char *email);

/* ── what is asked of an address because a name waits for it (review.c) ── */
enum st registrant_check(struct req *rq, const struct policy *p, int64_t domain, const char *contact);

/* ── policies ── */
struct policy_change {
	const char *what; /* in the reader's language, as the others */
	char *place;	  /* second level it is about, "" all */
	char *was, *is;
	bool holders; /* it matters to names that are registered */
};
enum { POLICY_CHANGES = 160 };
/* What becomes another, in the words of `l`. Pure. */
int policy_changes(struct arena *mem, enum lang l, const struct policy *was, const struct policy *is,
		   struct policy_change *out, int max);
/* How many names that are registered lie where one of the changes is. */
enum st policy_touched(struct req *rq, const char *zone, const struct policy_change *c, int n, int64_t *names);
/* Inside a write, when a version was set: are holders to be told? For policy_set. */
enum st registrant_policy_set(struct req *rq, const struct policy *is);
struct policy_notices {
	int version;
	int64_t effective_at, withdrawn_at, made, sent, read, failed;
	bool under_way; /* holders are still being looked up */
};
enum st registrant_policy_notices(struct req *rq, const char *zone, struct policy_notices *out, int max, int *n);
struct policy_notice {
	char *email;
	int64_t sent_at, read_at, failed_at;
};
/* One by one, in order of their making, from the one after `after`. */
enum st registrant_policy_each(struct req *rq, const char *zone, int version, int64_t after, struct policy_notice *out,
			       int max, int *n, int64_t *last);
/* What a notice says, in the reader's language: the changes that matter to holders. */
struct policy_news {
	int64_t effective_at;
	bool withdrawn;
	struct policy_change *change;
	int n;
};
enum st registrant_policy_news(struct req *rq, const struct registrant_link *l, enum lang lang,
			       struct policy_news *out);

/* ── due kinds ── */
extern const struct due_kind registrant_due_kinds[];
extern const int registrant_due_count;

/* ── what the mail follower sends for an entry ── */
struct registrant_letter {
	int64_t id; /* of the link it carries, 0 none */
	enum { HOLDER_LINK, HOLDER_CHECK, HOLDER_CODE, HOLDER_POLICY } kind;
	enum lang lang;
	char *to, *link, *message_id;
	char *name, *uname; /* the first name it is about */
	int64_t names;	    /* how many */
	char *sponsor_name, *sponsor_email;
	int64_t until, effective_at; /* until: the link, or the wait, is over then */
	char *zone;
	struct policy_change *change;
	int nchanges;
	int64_t sent_at;
};
bool registrant_posts(const struct entry *e);
/* public_url without a closing slash. */
enum st registrant_letters(struct req *rq, const struct entry *e, const char *public_url, struct registrant_letter *out,
			   int max, int *n);
/* Inside a write: the transport took it, or it bounced for good. */
enum st registrant_letter_sent(struct req *rq, int64_t id, bool failed);

/* ── personal data (who/privacy.h) ── */
enum st registrant_person_export(struct req *rq, const struct person *p, struct jw *w);
enum st registrant_person_erase(struct req *rq, const struct person *p);
enum st registrant_person_knows(struct req *rq, const char *email, bool *yes);

extern const struct migration registrant_migrations[];
#endif
