/* permit.h — every permission is a row of one table: what may be done, and by which roles. */
#ifndef WHO_PERMIT_H
#define WHO_PERMIT_H
#include "store/store.h"

enum role {
	ROLE_ANYONE = 0,
	ROLE_HANDLER = 1,
	ROLE_OFFICER = 2,
	ROLE_ADMIN = 4,
	ROLE_SYSTEM = 8,
	/* A registrar's people, each with those before it: who looks, who works, who keeps the registrar's access. */
	ROLE_REGISTRAR = 16,
	ROLE_REGISTRAR_WRITE = 32,
	ROLE_REGISTRAR_USERS = 64,
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
	MAY_SORT_CASE,
	MAY_ASSIGN,
	MAY_SET_QUEUE,
	PERMISSIONS
};
struct permit_row {
	enum permission what;
	unsigned roles;
	const char *name;
	const char *doc;
};
extern const struct permit_row permit_rows[PERMISSIONS];

/* ST_DENIED with a sentence that names the permission, unless one of the actor's roles has it. */
enum st permit(struct req *rq, enum permission what);
const char *role_name(unsigned role);	       /* "handler", "officer+admin", …; "anyone" for none */
bool role_parse(const char *s, unsigned *out); /* one role or several joined by '+' or ','; never "system" */
/* What a registrar's person may: "read", "write", "users", with all that goes with it. */
bool role_registrar_parse(const char *s, unsigned *out);
#endif
