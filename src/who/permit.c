#include "who/permit.h"
#include "base/lang.h"
#include <string.h>

/* Who works on cases, who only reads them, who keeps the registry, who keeps the machine. A person may have several
 * roles. Administrators see no case: whoever runs the computer is not thereby told who reported what. Directors see
 * sums, and rules before they are in force. ROLE_SYSTEM is the shell of the machine and the clock. */
enum {
	WORK = ROLE_HANDLER | ROLE_LEAD | ROLE_OFFICER | ROLE_DPO | ROLE_SYSTEM,
	READ = WORK | ROLE_LEGAL | ROLE_AUDITOR,
	PRIVATE = WORK | ROLE_AUDITOR,
	OFFICER = ROLE_OFFICER | ROLE_SYSTEM,
	REGISTRY = OFFICER | ROLE_AUDITOR,
	PERSONAL = ROLE_DPO | ROLE_SYSTEM,
	WATCH = ROLE_DPO | ROLE_AUDITOR | ROLE_SYSTEM,
	MACHINE = ROLE_ADMIN | ROLE_SYSTEM,
};

const struct permit_row permit_rows[PERMISSIONS] = {
	{ MAY_SEE_QUEUE, READ, "see-queue", N_("see the list of cases") },
	{ MAY_SEE_CASE, READ, "see-case", N_("see a case") },
	{ MAY_SEE_REPORTER, PRIVATE, "see-reporter", N_("see who reported and in which words") },
	{ MAY_APPROVE_NOTICE, WORK, "approve-notice", N_("send or cancel a notice that waits") },
	{ MAY_WRITE_PARTY, WORK, "write-party", N_("write to a party or a reporter of a case") },
	{ MAY_CLOSE_CASE, WORK, "close-case", N_("close or reopen a case") },
	{ MAY_ADD_NOTE, WORK | ROLE_LEGAL, "add-note", N_("add an internal note to a case") },
	{ MAY_SEE_FILE, PRIVATE, "see-file", N_("fetch a file that a reporter sent") },
	{ MAY_DO_TASK, WORK | ROLE_LEGAL, "do-task", N_("mark a task as done") },
	{ MAY_IMPORT, ROLE_OFFICER | MACHINE, "import", N_("import registry files") },
	{ MAY_ADD_ACCOUNT, MACHINE, "add-account", N_("add, invite and disable staff accounts") },
	{ MAY_ERASE_PERSON, PERSONAL, "erase-person", N_("export or erase what is kept of a person") },
	{ MAY_SEE_HEALTH, REGISTRY | MACHINE | ROLE_LEAD, "see-health",
	  N_("see followers, parked entries and figures of the machine") },
	{ MAY_SEE_HISTORY, READ, "see-history", N_("see who held a name or an address in the past") },
	{ MAY_LOCK_NAME, OFFICER, "lock-name", N_("lock and unlock a name") },
	{ MAY_GIVE_TOKEN, OFFICER, "give-token", N_("give out and take back allocation tokens") },
	{ MAY_ANNOUNCE, OFFICER | MACHINE, "announce", N_("announce maintenance to registrars") },
	{ MAY_CONSOLE_READ, ROLE_REGISTRAR | ROLE_SYSTEM, "console-read", N_("see what your registrar sponsors") },
	{ MAY_CONSOLE_WRITE, ROLE_REGISTRAR_WRITE | ROLE_SYSTEM, "console-write",
	  N_("change what your registrar sponsors") },
	{ MAY_CONSOLE_USERS, ROLE_REGISTRAR_USERS | ROLE_SYSTEM, "console-users",
	  N_("change your registrar's people, certificates and password") },
	{ MAY_SEE_REGISTRY, REGISTRY | ROLE_DIRECTOR | ROLE_LEGAL, "see-registry",
	  N_("see zones, rules, registrars and what time will do to names") },
	{ MAY_SET_POLICY, OFFICER | ROLE_DIRECTOR, "set-policy",
	  N_("give a zone new rules, or take back those not in force yet") },
	{ MAY_REVIEW, OFFICER, "review-registrant", N_("decide who may register where not everybody may") },
	{ MAY_LABEL_CASE, WORK, "label-case", N_("change how far a case may be shared (TLP)") },
	{ MAY_SET_LABEL_DEFAULT, OFFICER, "set-label-default", N_("change with which TLP label cases begin") },
	{ MAY_SHARE, WORK, "share", N_("share a case with a partner") },
	{ MAY_SEE_PARTNERS, READ, "see-partners", N_("see partners and what was shared with them") },
	{ MAY_SET_PARTNER, OFFICER, "set-partner", N_("add, change and disable partners") },
	{ MAY_SET_LADDER, OFFICER, "set-ladder",
	  N_("set working hours, holidays, what follows silence, and legal bases") },
	{ MAY_PROPOSE, WORK, "propose", N_("propose what needs two people") },
	{ MAY_SECOND_PROPOSAL, OFFICER | ROLE_LEAD | ROLE_LEGAL, "second-proposal",
	  N_("be the second person of what needs two") },
	{ MAY_SECOND_LEGAL, ROLE_LEGAL | ROLE_SYSTEM, "second-legal",
	  N_("be the second person where the law is to be looked at") },
	{ MAY_SEE_REVIEW, REGISTRY, "see-review", N_("see who waits to be let in, with their papers") },
	{ MAY_SEE_FIGURES, READ | ROLE_DIRECTOR, "see-figures", N_("see the desk's figures") },
	{ MAY_GIVE_OPINION, ROLE_LEGAL | ROLE_SYSTEM, "give-opinion", N_("give a legal opinion on a case") },
	{ MAY_SEE_PERSONAL_CASE, WATCH, "see-personal-case", N_("see cases of personal data without being assigned") },
	{ MAY_SEE_JOURNAL_OF_VIEWS, WATCH, "see-views", N_("see who looked at whose personal data") },
	{ MAY_END_SESSION, MACHINE, "end-session", N_("see and end other people's sessions") },
	{ MAY_ASSIGN, WORK, "assign", N_("give a case to somebody") },
	{ MAY_SORT_CASE, WORK, "sort-case", N_("change the class, level, queue and tags of a case") },
	{ MAY_SEE_SURVEY, WORK | ROLE_DIRECTOR | ROLE_AUDITOR, "see-survey",
	  N_("see the figures of a survey before they are published") },
	{ MAY_RUN_SURVEY, OFFICER, "run-survey", N_("ask people, clean answers and publish reports") },
	{ MAY_SEE_ANSWERS, OFFICER, "see-answers", N_("read what people wrote in a survey") },
	{ MAY_SEE_LINKS, OFFICER, "see-links",
	  N_("have everybody's link to a survey, which shows what they answered until it closes") },
	{ MAY_CHECK_CONTACT, OFFICER, "check-contact",
	  N_("see which contacts are asked whether their mail is read, and ask one now") },
	{ MAY_BIND_KEY, ROLE_HANDLER | ROLE_LEAD | OFFICER, "bind-key",
	  N_("say whose PGP key is whose, and take a party's key away") },
	{ MAY_MERGE_CASE, WORK, "merge-case", N_("merge, split and relate cases") },
	{ MAY_SET_QUEUE, OFFICER, "set-queue", N_("add and rename queues") },
	{ MAY_SET_SEVERITY, OFFICER, "set-severity", N_("add and rename levels of severity") },
	{ MAY_SET_TEMPLATE, OFFICER | ROLE_LEAD, "set-template", N_("word the letters about cases") },
	{ MAY_RUN_NEWSLETTER, OFFICER, "run-newsletter", N_("see, add and remove readers of the newsletter") },
	/* Coding takes two people, and few registries have two officers to spare: those who work on cases may too. They see
	 * texts of a closed study, without groups. */
	{ MAY_CODE_ANSWERS, ROLE_HANDLER | ROLE_LEAD | OFFICER, "code-answers",
	  N_("code what people wrote in a survey, and propose and approve quotes of it") },
};

bool role_may(unsigned role, enum permission what)
{
	return (unsigned)what < PERMISSIONS && role & permit_rows[what].roles;
}

enum st permit(struct req *rq, enum permission what)
{
	if ((unsigned)what >= PERMISSIONS)
		return err_set(&rq->err, ST_INTERNAL, "permission %d is not in the table", (int)what);
	const struct permit_row *row = &permit_rows[what];
	if (rq->who && rq->who->role & row->roles)
		return ST_OK;
	return err_set(&rq->err, ST_DENIED, N_("%s: your role does not allow you to %s"), row->name, row->doc);
}

/* ── roles of staff ── */

const struct role_row role_rows[] = {
	{ ROLE_HANDLER, "handler", N_("CERT handler"), N_("works on cases") },
	{ ROLE_LEAD, "lead", N_("Desk lead"), N_("works on cases, signs second, watches the desk") },
	{ ROLE_OFFICER, "officer", N_("Registry officer"), N_("keeps zones, names and registrars; works on cases") },
	{ ROLE_LEGAL, "legal", N_("Legal adviser"), N_("reads cases, gives opinions, signs second") },
	{ ROLE_DPO, "dpo", N_("Data-protection officer"),
	  N_("works on cases of personal data, answers and erases for people, sees who looked") },
	{ ROLE_DIRECTOR, "director", N_("Director"), N_("reads figures, decides on rules") },
	{ ROLE_AUDITOR, "auditor", N_("Auditor"), N_("reads everything, changes nothing") },
	{ ROLE_ADMIN, "admin", N_("Administrator"), N_("keeps the machine and the accounts") },
};
const int role_count = sizeof role_rows / sizeof *role_rows;
const unsigned role_staff =
	ROLE_HANDLER | ROLE_LEAD | ROLE_OFFICER | ROLE_LEGAL | ROLE_DPO | ROLE_DIRECTOR | ROLE_AUDITOR | ROLE_ADMIN;

char *role_words(struct arena *mem)
{
	char *s = arena_strdup(mem, "");
	for (int i = 0; i < role_count; i++)
		s = arena_printf(mem, "%s%s%s", s, i ? ", " : "", role_rows[i].name);
	return s;
}

enum st role_check(unsigned role, struct err *e)
{
	if (!role || role & ~role_staff)
		return err_set(e, ST_INVALID, N_("role: one of staff's roles, or several joined by '+'"));
	if (role & ROLE_AUDITOR && role != ROLE_AUDITOR)
		return err_set(e, ST_INVALID, N_("role: an auditor has no other role, or would audit himself"));
	return ST_OK;
}

static unsigned role_one(const char *s, size_t n)
{
	static const char other[] = "registry-officer";
	if (n == sizeof other - 1 && !memcmp(other, s, n))
		return ROLE_OFFICER;
	for (int i = 0; i < role_count; i++)
		if (strlen(role_rows[i].name) == n && !memcmp(role_rows[i].name, s, n))
			return role_rows[i].role;
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

/* ── roles of registrars' people ── */

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

static const char *level_name(unsigned role)
{
	for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
		if (role == levels[i].roles)
			return levels[i].long_name;
	return NULL;
}

bool role_registrar_ok(unsigned role)
{
	return level_name(role) != NULL;
}

char *role_name(struct arena *mem, unsigned role)
{
	char *s = NULL;
	const char *level = level_name(role);
	if (role & ROLE_SYSTEM || level)
		return arena_strdup(mem, level ? level : "system");
	if (role & ~role_staff)
		return arena_strdup(mem, "unknown");
	for (int i = 0; i < role_count; i++)
		if (role & role_rows[i].role)
			s = arena_printf(mem, "%s%s%s", s ? s : "", s ? "+" : "", role_rows[i].name);
	return s ? s : arena_strdup(mem, "anyone");
}
