/* The envelope: which command, which object, which extensions, clTRID. */
#include "front/epp/command.h"
#include <stdio.h>
#include <string.h>
#include "front/epp/commands.h"

const char *const verb_names[VERBS] = { "hello",  "login", "logout",   "check",	 "info", "create",
					"update", "renew", "transfer", "delete", "poll" };

#define INFO_EXTS (SPACE(TOKEN) | SPACE(TTL))
#define CREATE_EXTS (SPACE(SECDNS) | SPACE(FEE) | SPACE(TOKEN) | SPACE(TTL) | SPACE(BUNDLE))
#define UPDATE_EXTS (SPACE(SECDNS) | SPACE(RGP) | SPACE(FEE) | SPACE(TOKEN) | SPACE(TTL))

const struct command_row command_rows[] = {
	{ SPACE_EPP, VERB_LOGIN, OF_SESSION, SPACE(LOGINSEC), login_read, NULL, login_write },
	{ SPACE_EPP, VERB_LOGOUT, NEED_LOGIN | OF_SESSION, 0, logout_read, NULL, NULL },
	{ SPACE_EPP, VERB_POLL, NEED_LOGIN | WRITES_UNLESS_QUERY, 0, poll_read, poll_act, poll_write },
	{ SPACE_DOMAIN, VERB_CHECK, NEED_LOGIN, SPACE(FEE) | SPACE(TOKEN), domain_check_read, domain_check_act,
	  check_write },
	{ SPACE_DOMAIN, VERB_INFO, NEED_LOGIN, INFO_EXTS, domain_info_read, domain_info_act, domain_info_write },
	{ SPACE_DOMAIN, VERB_CREATE, NEED_LOGIN | WRITES, CREATE_EXTS, domain_create_read, domain_create_act,
	  domain_create_write },
	{ SPACE_DOMAIN, VERB_UPDATE, NEED_LOGIN | WRITES, UPDATE_EXTS, domain_update_read, domain_update_act, NULL },
	{ SPACE_DOMAIN, VERB_RENEW, NEED_LOGIN | WRITES, SPACE(FEE), domain_renew_read, domain_renew_act,
	  domain_renew_write },
	{ SPACE_DOMAIN, VERB_TRANSFER, NEED_LOGIN | WRITES_UNLESS_QUERY, SPACE(FEE) | SPACE(TOKEN),
	  domain_transfer_read, domain_transfer_act, transfer_write },
	{ SPACE_DOMAIN, VERB_DELETE, NEED_LOGIN | WRITES, 0, name_read, domain_delete_act, NULL },
	{ SPACE_HOST, VERB_CHECK, NEED_LOGIN, 0, host_check_read, host_check_act, check_write },
	{ SPACE_HOST, VERB_INFO, NEED_LOGIN, SPACE(TTL), name_read, host_info_act, host_info_write },
	{ SPACE_HOST, VERB_CREATE, NEED_LOGIN | WRITES, SPACE(TTL), host_create_read, host_create_act,
	  host_create_write },
	{ SPACE_HOST, VERB_UPDATE, NEED_LOGIN | WRITES, SPACE(TTL), host_update_read, host_update_act, NULL },
	{ SPACE_HOST, VERB_DELETE, NEED_LOGIN | WRITES, 0, name_read, host_delete_act, NULL },
	{ SPACE_CONTACT, VERB_CHECK, NEED_LOGIN, 0, contact_check_read, contact_check_act, check_write },
	{ SPACE_CONTACT, VERB_INFO, NEED_LOGIN, 0, contact_info_read, contact_info_act, contact_info_write },
	{ SPACE_CONTACT, VERB_CREATE, NEED_LOGIN | WRITES, 0, contact_create_read, contact_create_act,
	  contact_create_write },
	{ SPACE_CONTACT, VERB_UPDATE, NEED_LOGIN | WRITES, 0, contact_update_read, contact_update_act, NULL },
	{ SPACE_CONTACT, VERB_TRANSFER, NEED_LOGIN | WRITES_UNLESS_QUERY, 0, contact_info_read, contact_transfer_act,
	  transfer_write },
	{ SPACE_CONTACT, VERB_DELETE, NEED_LOGIN | WRITES, 0, contact_id_read, contact_delete_act, NULL },
	{ SPACE_MAINT, VERB_INFO, NEED_LOGIN, 0, maint_read, maint_act, maint_write },
};
const int command_row_count = (int)(sizeof command_rows / sizeof *command_rows);

bool command_writes(const struct command *c)
{
	if (c->row->flags & WRITES)
		return true;
	return c->row->flags & WRITES_UNLESS_QUERY && (c->verb == VERB_POLL ? c->ack : c->op != OP_QUERY);
}

static const struct command_row *row_of(enum space object, enum verb verb)
{
	for (int i = 0; i < command_row_count; i++)
		if (command_rows[i].object == object && command_rows[i].verb == verb)
			return &command_rows[i];
	return NULL;
}

/* Taken first and from wherever it stands, so that a refusal carries it too. What the schema forbids is not repeated.
 */
static void take_cltrid(struct command *c, struct node *command)
{
	for (struct node *n = command->child; n; n = n->next) {
		if (!node_is(n, SPACE_EPP, "clTRID") || n->child)
			continue;
		struct outcome before = c->why;
		c->cltrid = value_token(c, n, 3, 64);
		if (!c->cltrid && !before.code)
			continue; /* the refusal is the answer */
		c->why = before;
	}
}

static bool find_verb(struct command *c, struct node *command, struct node **out)
{
	struct node *n = *out = command->child;
	if (!n)
		return command_refuse(c, E_SYNTAX, command, "the command is empty");
	for (int v = VERB_LOGIN; v < VERBS; v++)
		if (node_is(n, SPACE_EPP, verb_names[v])) {
			c->verb = (enum verb)v;
			return true;
		}
	return command_refuse(c, E_UNKNOWN_COMMAND, n, "%.60s is not a command", n->name);
}

static bool transfer_op(struct command *c, struct node *n)
{
	static const char *const names[] = { [OP_REQUEST] = "request",
					     [OP_QUERY] = "query",
					     [OP_APPROVE] = "approve",
					     [OP_REJECT] = "reject",
					     [OP_CANCEL] = "cancel" };
	const char *op = node_attr(n, "op");
	if (!op)
		return command_refuse(c, R_PARAM_MISSING, n, "transfer has no op");
	for (int i = 0; i < (int)(sizeof names / sizeof *names); i++)
		if (!strcmp(op, names[i])) {
			c->op = (enum transfer_op)i;
			return true;
		}
	return command_refuse(c, R_PARAM_SYNTAX, n, "op is request, query, approve, reject or cancel");
}

/* The element of an object's namespace inside check, info, … (RFC 5730 §2.9.2): same name as the command. */
static bool find_object(struct command *c, struct node *verb, struct node **body)
{
	struct node *n = verb->child;
	*body = verb;
	c->object = SPACE_EPP;
	if (c->verb == VERB_LOGIN || c->verb == VERB_LOGOUT || c->verb == VERB_POLL)
		return true;
	if (c->verb == VERB_TRANSFER && !transfer_op(c, verb))
		return false;
	if (!n || n->next)
		return command_refuse(c, E_SYNTAX, n ? n->next : verb, "one object is needed in %s", verb->name);
	if (spaces[n->space].kind != KIND_OBJECT)
		return command_refuse(c, R_UNIMPLEMENTED, n, "no object service of this namespace: %.120s",
				      n->uri ? n->uri : "none");
	if (strcmp(n->name, verb->name) != 0)
		return command_refuse(c, E_SYNTAX, n, "%.60s is not expected in %s", n->name, verb->name);
	*body = n;
	c->object = n->space;
	return true;
}

static bool allowed(struct command *c, struct node *body)
{
	if (c->row->flags & NEED_LOGIN && !c->by->in)
		return command_refuse(c, E_USE, NULL, "log in first");
	if (c->object != SPACE_EPP && !(c->by->services & (uint32_t)1 << c->object))
		return command_refuse(c, R_UNIMPLEMENTED, body, "%s is not among the services of the login",
				      spaces[c->object].uri);
	return true;
}

static bool read_extension(struct command *c, struct node *ext)
{
	uint32_t bit = (uint32_t)1 << ext->space;
	bool login = c->verb == VERB_LOGIN; /* which announces them itself */
	if (spaces[ext->space].kind != KIND_EXTENSION)
		return command_refuse(c, E_EXTENSION, ext, "no extension of this namespace: %.120s",
				      ext->uri ? ext->uri : "none");
	if (!((login ? c->login->services : c->by->services) & bit))
		return command_refuse(c, E_EXTENSION, ext, "%s is not among the services of the login",
				      spaces[ext->space].uri);
	if (!(c->row->exts & bit))
		return command_refuse(c, E_EXTENSION, ext, "%s has nothing to say to this command",
				      spaces[ext->space].uri);
	if (c->exts & bit)
		return command_refuse(c, E_SYNTAX, ext, "%.60s is there twice", ext->name);
	c->exts |= bit;
	return extension_read(c, ext);
}

static bool read_command(struct command *c, struct node *command)
{
	struct node *verb, *body, *n;
	take_cltrid(c, command);
	if (c->why.code || !find_verb(c, command, &verb) || !find_object(c, verb, &body))
		return false;
	c->row = row_of(c->object, c->verb);
	if (!c->row)
		return command_refuse(c, E_COMMAND, body, "%s is not defined for this object", verb->name);
	if (!allowed(c, body) || !c->row->read(c, body))
		return false;
	struct walk w = { c, command, verb->next };
	struct node *ext = walk_opt(&w, "extension");
	if (ext && !ext->child)
		return command_refuse(c, E_SYNTAX, ext, "the extension is empty");
	for (n = ext ? ext->child : NULL; n; n = n->next)
		if (!read_extension(c, n))
			return false;
	walk_opt(&w, "clTRID");
	return walk_end(&w) && extension_settle(c);
}

bool command_read(struct command *c, struct xml_reader *x, const char *p, size_t n)
{
	struct err e = { 0 };
	struct node *root = xml_read(x, c->mem, p, n, &e), *first = root ? root->child : NULL;
	c->fee.said = -1;
	if (!root)
		return command_refuse(c, E_SYNTAX, NULL, "%s", e.msg);
	if (!node_is(root, SPACE_EPP, "epp"))
		return command_refuse(c, E_SYNTAX, root, "the root must be epp of %s", spaces[SPACE_EPP].uri);
	if (!first)
		return command_refuse(c, E_SYNTAX, root, "epp is empty");
	if (first->next)
		return command_refuse(c, E_SYNTAX, first->next, "one element is expected in epp");
	if (node_is(first, SPACE_EPP, "command"))
		return read_command(c, first);
	if (node_is(first, SPACE_EPP, "hello"))
		return !first->child || command_refuse(c, E_SYNTAX, first->child, "hello must be empty");
	if (node_is(first, SPACE_EPP, "extension"))
		return command_refuse(c, E_COMMAND, first->child, "no protocol extension is known");
	return command_refuse(c, E_UNKNOWN_COMMAND, first, "%.60s is not expected of a client", first->name);
}
