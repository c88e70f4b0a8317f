#include "who/permit.h"
#include <string.h>

/* Handlers work on cases. Officers do too, and answer for personal data. Administrators keep the machine and the
 * accounts, and see no case: whoever runs the computer is not thereby told who reported what. A person may have several
 * roles. ROLE_SYSTEM is the shell of the machine and the clock. */
enum {
	CERT = ROLE_HANDLER | ROLE_OFFICER | ROLE_SYSTEM,
	OFFICER = ROLE_OFFICER | ROLE_SYSTEM,
	MACHINE = ROLE_ADMIN | ROLE_SYSTEM,
};

const struct permit_row permit_rows[PERMISSIONS] = {
	{ MAY_SEE_QUEUE, CERT, "see-queue", "see the list of cases" },
	{ MAY_SEE_CASE, CERT, "see-case", "see a case" },
	{ MAY_SEE_REPORTER, CERT, "see-reporter", "see who reported and in which words" },
	{ MAY_APPROVE_NOTICE, CERT, "approve-notice", "send or cancel a notice that waits" },
	{ MAY_WRITE_PARTY, CERT, "write-party", "write to a party or a reporter of a case" },
	{ MAY_CLOSE_CASE, CERT, "close-case", "close or reopen a case" },
	{ MAY_ADD_NOTE, CERT, "add-note", "add an internal note to a case" },
	{ MAY_SEE_FILE, CERT, "see-file", "fetch a file that a reporter sent" },
	{ MAY_DO_TASK, CERT, "do-task", "mark a task as done" },
	{ MAY_IMPORT, ROLE_OFFICER | MACHINE, "import", "import registry files" },
	{ MAY_ADD_ACCOUNT, MACHINE, "add-account", "add, invite and disable staff accounts" },
	{ MAY_ERASE_PERSON, OFFICER, "erase-person", "export or erase what is kept of a person" },
	{ MAY_SEE_HEALTH, OFFICER | MACHINE, "see-health", "see followers, parked entries and figures of the machine" },
	{ MAY_SEE_HISTORY, CERT, "see-history", "see who held a name or an address in the past" },
	{ MAY_LOCK_NAME, OFFICER, "lock-name", "lock and unlock a name" },
	{ MAY_GIVE_TOKEN, OFFICER, "give-token", "give out and take back allocation tokens" },
	{ MAY_ANNOUNCE, OFFICER | MACHINE, "announce", "announce maintenance to registrars" },
	{ MAY_CONSOLE_READ, ROLE_REGISTRAR | ROLE_SYSTEM, "console-read", "see what your registrar sponsors" },
	{ MAY_CONSOLE_WRITE, ROLE_REGISTRAR_WRITE | ROLE_SYSTEM, "console-write",
	  "change what your registrar sponsors" },
	{ MAY_CONSOLE_USERS, ROLE_REGISTRAR_USERS | ROLE_SYSTEM, "console-users",
	  "change your registrar's people, certificates and password" },
	{ MAY_SEE_REGISTRY, OFFICER, "see-registry", "see zones, rules, registrars and what time will do to names" },
	{ MAY_SET_POLICY, OFFICER, "set-policy", "give a zone new rules, or take back those not in force yet" },
	{ MAY_REVIEW, OFFICER, "review-registrant", "decide who may register where not everybody may" },
	{ MAY_SORT_CASE, CERT, "sort-case", "change the class, level, queue and tags of a case" },
	{ MAY_ASSIGN, CERT, "assign", "give a case to somebody" },
	{ MAY_SET_QUEUE, OFFICER, "set-queue", "add and rename queues" },
};

enum st permit(struct req *rq, enum permission what)
{
	if ((unsigned)what >= PERMISSIONS)
		return err_set(&rq->err, ST_INTERNAL, "permission %d is not in the table", (int)what);
	const struct permit_row *row = &permit_rows[what];
	if (rq->who && rq->who->role & row->roles)
		return ST_OK;
	return err_set(&rq->err, ST_DENIED, "%s: your role does not allow you to %s", row->name, row->doc);
}

static const struct {
	const char *name, *long_name;
	unsigned roles;
} levels[] = {
	{ "read", "registrar-read", ROLE_REGISTRAR },
	{ "write", "registrar-write", ROLE_REGISTRAR | ROLE_REGISTRAR_WRITE },
	{ "users", "registrar-users", ROLE_REGISTRAR | ROLE_REGISTRAR_WRITE | ROLE_REGISTRAR_USERS },
};

bool role_registrar_parse(const char *s, unsigned *out)
{
	for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
		if (strcmp(levels[i].name, s) == 0) {
			*out = levels[i].roles;
			return true;
		}
	return false;
}

/* Indexed by the bits of enum role. */
static const char *const names[] = {
	"anyone", "handler",	   "officer",	    "handler+officer",
	"admin",  "handler+admin", "officer+admin", "handler+officer+admin",
};

const char *role_name(unsigned role)
{
	if (role & ROLE_SYSTEM)
		return "system";
	for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
		if (role == levels[i].roles)
			return levels[i].long_name;
	return role < sizeof names / sizeof *names ? names[role] : "unknown";
}

static unsigned role_one(const char *s, size_t n)
{
	for (unsigned role = ROLE_HANDLER; role <= ROLE_ADMIN; role <<= 1)
		if (strlen(names[role]) == n && !memcmp(names[role], s, n))
			return role;
	return 0;
}

bool role_parse(const char *s, unsigned *out)
{
	unsigned roles = 0;
	for (;;) {
		size_t n = strcspn(s, "+,");
		unsigned one = role_one(s, n);
		if (!one)
			return false;
		roles |= one;
		if (!s[n])
			break;
		s += n + 1;
	}
	*out = roles;
	return true;
}
