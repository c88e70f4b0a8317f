/* login and logout as frames (RFC 5730 §2.9.1); what they do is session.c's and login.c's. */
#include <string.h>
#include "front/epp/commands.h"
#include "front/epp/parts.h"

/* RFC 5730 pwType is 6 to 16 characters; a longer one comes with RFC 8807. */
enum { PW_MIN = 6, PW_MAX = 16 };

static bool options_read(struct command *c, struct node *options)
{
	struct walk w = walk_in(c, options);
	struct node *v = walk_need(&w, "version"), *l = walk_need(&w, "lang");
	char *version = value_token(c, v, 1, 16), *lang = value_token(c, l, 2, 35);
	if (!version || !lang)
		return false;
	if (strcmp(version, "1.0") != 0)
		return command_refuse(c, E_VERSION, v, "the version is 1.0");
	c->login->lang = lang_of(lang);
	if (c->login->lang == LANG_EN && strncmp(lang, "en", 2) != 0)
		return command_refuse(c, E_OPTION, l, "not a language of the greeting");
	return walk_end(&w);
}

static bool service(struct command *c, struct node *n, int code)
{
	char *uri = value_token(c, n, 1, 255);
	if (!uri)
		return false;
	enum space s = space_of_uri(uri);
	if (spaces[s].kind == KIND_NONE)
		return command_refuse(c, code, n, "not a service of the greeting");
	c->login->services |= (uint32_t)1 << s;
	return true;
}

static bool services_read(struct command *c, struct node *svcs)
{
	struct walk w = walk_in(c, svcs);
	struct node *n = walk_need(&w, "objURI");
	for (; n; n = walk_opt(&w, "objURI"))
		if (!service(c, n, R_UNIMPLEMENTED))
			return false;
	if ((n = walk_opt(&w, "svcExtension"))) {
		struct walk in = walk_in(c, n);
		struct node *ext = walk_need(&in, "extURI");
		for (; ext; ext = walk_opt(&in, "extURI"))
			if (!service(c, ext, E_EXTENSION))
				return false;
		if (!walk_end(&in))
			return false;
	}
	return walk_end(&w);
}

bool login_read(struct command *c, struct node *body)
{
	struct walk w = walk_in(c, body);
	struct login *l = c->login = arena_new_of(c->mem, struct login);
	struct node *n;
	if (c->by->in)
		return command_refuse(c, E_USE, NULL, "this session is logged in already");
	l->id = value_token(c, walk_need(&w, "clID"), 3, 16);
	l->pw = value_token(c, walk_need(&w, "pw"), PW_MIN, PW_MAX);
	if ((n = walk_opt(&w, "newPW")))
		l->new_pw = value_token(c, n, PW_MIN, PW_MAX);
	if (!(n = walk_need(&w, "options")) || !options_read(c, n))
		return false;
	if (!(n = walk_need(&w, "svcs")) || !services_read(c, n))
		return false;
	return walk_end(&w);
}

bool logout_read(struct command *c, struct node *body)
{
	if (body->child)
		return command_refuse(c, E_SYNTAX, body->child, "logout must be empty");

	return true;
}

void login_write(struct out *o, struct command *c) {}
