/* command.h — one EPP command from its frame to its answer: a struct, the table of commands, and the helpers that read
 * elements in a schema's order. Pure but for `act`; parsing is a fuzz target.
 *
 * What a frame says is checked against the RFCs' schemas by hand, in one walk: 2001 for an element out of place, 2003
 * for one that is missing, 2004 and 2005 for a value, each with the element in <extValue>. A refusal stays: the first
 * one is the answer.
 */
#ifndef EPP_COMMAND_H
#define EPP_COMMAND_H
#include "base/buf.h"
#include "base/lang.h"
#include "front/epp/xml_in.h"
#include "names/registry.h"

enum verb {
	VERB_HELLO,
	VERB_LOGIN,
	VERB_LOGOUT,
	VERB_CHECK,
	VERB_INFO,
	VERB_CREATE,
	VERB_UPDATE,
	VERB_RENEW,
	VERB_TRANSFER,
	VERB_DELETE,
	VERB_POLL,
	VERBS
};
extern const char *const verb_names[VERBS];

/* Results of the protocol that the registry knows nothing of (RFC 5730 §3). */
enum {
	E_LOGOUT = 1500,
	E_UNKNOWN_COMMAND = 2000,
	E_SYNTAX = 2001,
	E_USE = 2002,
	E_VERSION = 2100,
	E_COMMAND = 2101,
	E_OPTION = 2102,
	E_EXTENSION = 2103,
	E_AUTHENTICATION = 2200,
	E_FAILED_CLOSING = 2500,
	E_AUTHENTICATION_CLOSING = 2501,
	E_SESSIONS_CLOSING = 2502
};

/* Who asks, as far as reading and rendering care. */
struct identity {
	bool in;
	char handle[17];   /* of the registrar */
	uint32_t services; /* SPACE bits of the login's objURI and extURI */
	enum lang lang;
};

/* ── bodies that registry.h has no struct for ── */
enum { CHECK_MAX = 200, FEE_COMMANDS = 8, PASSWORD_MAX = 256 };

struct login {
	char *id, *pw, *new_pw;
	uint32_t services;
	enum lang lang;
	bool sec, sec_pw, sec_new_pw; /* RFC 8807: the extension was there; the words stand in it */
};
struct check_item {
	char *said, *name; /* NULL: not a name */
	bool avail;
	struct outcome why;
	struct domain_check *domain;
};
struct fee_command {
	char *name;
	int years;
	bool period;
};
struct fee {
	bool there;
	char currency[4];
	struct fee_command command[FEE_COMMANDS];
	int ncommands;
	int64_t said; /* −1: none */
	/* for the answer */
	int64_t amount;	 /* negative: what comes back */
	int64_t balance; /* of a delete: what the account holds afterwards */
	char charged[4];
};
struct loginsec_event {
	const char *type, *name, *level, *text, *value, *duration;
	int64_t until;
};

struct command;
struct out;

struct command_row {
	enum space object;
	enum verb verb;
	unsigned flags;
	uint32_t exts; /* SPACE bits of the extensions it may carry */
	bool (*read)(struct command *c, struct node *body);
	enum st (*act)(struct req *rq, struct command *c);
	void (*write)(struct out *o, struct command *c);
};
enum { NEED_LOGIN = 1, WRITES = 2, WRITES_UNLESS_QUERY = 4, OF_SESSION = 8 /* the session does it, not a row's act */ };
extern const struct command_row command_rows[];
extern const int command_row_count;

struct command {
	struct arena *mem;
	const struct identity *by;
	const struct command_row *row; /* NULL: hello, or refused before it was known */
	enum verb verb;
	enum space object;
	char *cltrid; /* NULL: none, or none that may be repeated */
	struct outcome why;
	enum space why_space; /* of why.element when it says none itself */

	/* what it is about */
	char *said, *name; /* as the client wrote it; name: lower case, A-labels. A contact's handle is in both */
	char *authinfo;	   /* NULL: none */
	char hosts;	   /* domain info: 'a'll 'd'el 's'ub 'n'one */
	enum transfer_op op;
	int years;
	int64_t current_expiry, message;
	bool list, ack;
	struct login *login;
	struct check_item *item;
	int nitems;
	struct domain_create *create;
	struct domain_change *change;
	struct host_object *host;
	struct host_change *host_change;
	struct contact_object *contact;
	struct contact_change *contact_change;

	/* extensions */
	uint32_t exts; /* SPACE bits of those it carries */
	struct fee fee;
	char *token;
	bool token_info, ttl_info, ttl_policy, restore;
	struct ttl_rule ttl[TTLS]; /* for the answer, with ttl_policy */

	/* for the answer */
	struct domain *domain;
	struct transfer transfer;
	int64_t expiry, at, count;
	bool full; /* info: who asks may see it all */
	struct poll_message poll;
	struct maintenance *maintenance;
	int nmaintenances;
	struct loginsec_event event[6];
	int nevents;
};

/* Reads a whole frame. False when it is refused: c->why says why. c->mem and c->by are set before. */
bool command_read(struct command *c, struct xml_reader *x, const char *p, size_t n);
/* Runs the row's act; on a reader for those that change nothing. */
bool command_writes(const struct command *c);

/* ── refusing ── */
/* The first refusal of a command stays. `n` names the element (NULL: none) and its text is the value. Always false. */
bool command_refuse(struct command *c, int code, const struct node *n, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* A refusal by `act`: an element of the command's object. Returns `st`, with which the write is rolled back. */
enum st act_refuse(struct req *rq, struct command *c, enum st st, int code, const char *element, const char *value,
		   const char *fmt, ...) __attribute__((format(printf, 7, 8)));
/* Of authorisation information that is to be kept (NULL or empty: none): refused when it is a weak one. */
enum st act_authinfo(struct req *rq, struct command *c, const char *given);

/* ── walking through children in a schema's order (read.c) ── */
struct walk {
	struct command *c;
	struct node *of, *at;
};
struct walk walk_in(struct command *c, struct node *of);
struct node *walk_opt(struct walk *w, const char *name);  /* the next child if it is this one, else NULL */
struct node *walk_need(struct walk *w, const char *name); /* else a refusal and NULL */
bool walk_end(struct walk *w);				  /* nothing may be left */

/* ── values; NULL or false after a refusal ── */
char *value_token(struct command *c, struct node *n, size_t min,
		  size_t max); /* blanks collapsed; lengths in characters */
char *value_line(struct command *c, struct node *n, size_t min, size_t max); /* normalizedString: blanks kept */
char *value_name(struct command *c, struct node *n, char **said);	     /* a host or domain name */
bool value_int(struct command *c, struct node *n, int64_t min, int64_t max, int64_t *out);
bool value_bool(struct command *c, struct node *n, const char *text, bool *out);
bool value_period(struct command *c, struct node *n, int *years);
bool value_status(struct command *c, struct node *n, statuses *out);
bool value_addr(struct command *c, struct node *n, struct addr *out);
bool value_authinfo(struct command *c, struct node *n, char **out);
char *name_plain(struct arena *mem, const char *s); /* an ASCII or IDN name to what the registry keeps; NULL: none */
char *token_of(struct arena *mem, const char *s);   /* blanks collapsed */

#endif
