/* permit.h — every permission is a row of one table: what may be done, and by which roles. */
#ifndef WHO_PERMIT_H
#define WHO_PERMIT_H
#include "store/store.h"

enum role {
	ROLE_ANYONE = 0,
	ROLE_HANDLER = 1,
	ROLE_OFFICER = 2, /* registry officer */
	ROLE_ADMIN = 4,
	ROLE_SYSTEM = 8,
	/* A registrar's people, each with those before it: who looks, who works, who keeps the registrar's access. */
	ROLE_REGISTRAR = 16,
	ROLE_REGISTRAR_WRITE = 32,
	ROLE_REGISTRAR_USERS = 64,
	/* Staff again. Numbers are stored: none is ever given another meaning. */
	ROLE_LEAD = 128,
	ROLE_LEGAL = 256,
	ROLE_DPO = 512,
	ROLE_DIRECTOR = 1024,
	ROLE_AUDITOR = 2048,
};

enum permission {
	MAY_SEE_QUEUE,
	MAY_SEE_CASE,
	MAY_SEE_REPORTER,
	MAY_APPROVE_NOTICE,
	MAY_WRITE_PARTY,
	MAY_CLOSE_CASE,
	MAY_ADD_NOTE,
	MAY_SEE_FILE,
	MAY_DO_TASK,
	MAY_IMPORT,
	MAY_ADD_ACCOUNT,
	MAY_ERASE_PERSON,
	MAY_SEE_HEALTH,
	MAY_SEE_HISTORY,
	MAY_LOCK_NAME,
	MAY_GIVE_TOKEN,
	MAY_ANNOUNCE,
	MAY_CONSOLE_READ,
	MAY_CONSOLE_WRITE,
	MAY_CONSOLE_USERS,
	MAY_SEE_REGISTRY,
	MAY_SET_POLICY,
	MAY_REVIEW,
	MAY_LABEL_CASE,
	MAY_SET_LABEL_DEFAULT,
	MAY_SHARE,
	MAY_SEE_PARTNERS,
	MAY_SET_PARTNER,
	MAY_SET_LADDER,
	MAY_PROPOSE,
	MAY_SECOND_PROPOSAL,
	MAY_SECOND_LEGAL,
	MAY_SEE_REVIEW,
	MAY_SEE_FIGURES,
	MAY_GIVE_OPINION,
	MAY_SEE_PERSONAL_CASE,
	MAY_SEE_JOURNAL_OF_VIEWS,
	MAY_END_SESSION,
	MAY_ASSIGN,
	MAY_SORT_CASE,
	MAY_SEE_SURVEY,
	MAY_RUN_SURVEY,
	MAY_SEE_ANSWERS,
	MAY_SEE_LINKS,
	MAY_CHECK_CONTACT,
	MAY_BIND_KEY,
	MAY_MERGE_CASE,
	MAY_SET_QUEUE,
	MAY_SET_SEVERITY,
	MAY_SET_TEMPLATE,
	MAY_RUN_NEWSLETTER,
	MAY_CODE_ANSWERS,
	PERMISSIONS
};
struct permit_row {
	enum permission what;
	unsigned roles;
	const char *name;
	const char *doc;
};
extern const struct permit_row permit_rows[PERMISSIONS];

/* Staff's roles, in the order in which people see them: one row each. */
struct role_row {
	unsigned role;
	const char *name;  /* in commands, the journal and the API */
	const char *title; /* msgid */
	const char *doc;   /* msgid: what it is for */
};
extern const struct role_row role_rows[];
extern const int role_count;
extern const unsigned role_staff; /* all of them together */

/* ST_DENIED with a sentence that names the permission, unless one of the actor's roles has it. */
enum st permit(struct req *rq, enum permission what);
bool role_may(unsigned role, enum permission what);
/* May they be one person's? ST_INVALID with the reason: an auditor who could change something would audit himself. */
enum st role_check(unsigned role, struct err *e);
char *role_name(struct arena *mem, unsigned role); /* "handler", "officer+admin", …; "anyone" for none */
/* One role or several joined by '+' or ','; never "system". "registry-officer" is another word for "officer". */
bool role_parse(const char *s, unsigned *out);
char *role_words(struct arena *mem); /* "handler, lead, …", for sentences */
/* What a registrar's person may: "read", "write", "users", with all that goes with it. */
bool role_registrar_parse(const char *s, unsigned *out);
bool role_registrar_ok(unsigned role); /* is it one of these? */
#endif
