/* The extensions: one row each. `read` takes its element of a command, `write` its element of an answer. */
#include <string.h>
#include "front/epp/commands.h"
#include "front/epp/render.h"

const struct extension extensions[] = {
	{ SPACE_SECDNS, ext_secdns_read, ext_secdns_write },
	{ SPACE_RGP, ext_rgp_read, ext_rgp_write },
	{ SPACE_FEE, ext_fee_read, ext_fee_write },
	{ SPACE_TOKEN, ext_token_read, NULL },
	{ SPACE_LOGINSEC, ext_loginsec_read, ext_loginsec_write },
	{ SPACE_TTL, ext_ttl_read, ext_ttl_write },
	{ SPACE_BUNDLE, ext_bundle_read, ext_bundle_write },
};
enum { EXTENSIONS = sizeof extensions / sizeof *extensions };

bool extension_read(struct command *c, struct node *ext)
{
	for (int i = 0; i < EXTENSIONS; i++)
		if (extensions[i].space == ext->space)
			return extensions[i].read(c, ext);
	return command_refuse(c, E_EXTENSION, ext, "this extension has nothing to say to a command");
}

void extension_write(struct out *o, struct command *c)
{
	for (int i = 0; i < EXTENSIONS; i++)
		if (extensions[i].write)
			extensions[i].write(o, c);
}

static bool domain_changes(const struct domain_change *ch)
{
	return ch->nns_add || ch->nns_rem || ch->ncon_add || ch->ncon_rem || ch->add || ch->rem || ch->registrant ||
	       ch->authinfo_set;
}

static bool host_changes(const struct host_change *ch)
{
	return ch->nadd || ch->nrem || ch->add_status || ch->rem_status || ch->new_name;
}

static bool contact_changes(const struct contact_change *ch)
{
	return ch->add || ch->rem || ch->postal_set[0] || ch->postal_set[1] || ch->voice_set || ch->fax_set ||
	       ch->email_set || ch->authinfo_set || ch->disclose_changed;
}

/* RFC 8807 §3.1: the longer words stand in the extension, and the frame says so by this one. */
static bool loginsec_settle(struct command *c)
{
	static const char stand_in[] = "[LOGIN-SECURITY]";
	struct login *l = c->login;
	if (!strcmp(l->pw, stand_in) && !l->sec_pw)
		return command_refuse(c, R_PARAM_MISSING,
				      &(struct node){ .space = SPACE_LOGINSEC, .name = "pw", .text = "" },
				      "the password is said to be in loginSec, and is not");
	if (l->new_pw && !strcmp(l->new_pw, stand_in) && !l->sec_new_pw)
		return command_refuse(c, R_PARAM_MISSING,
				      &(struct node){ .space = SPACE_LOGINSEC, .name = "newPW", .text = "" },
				      "the new password is said to be in loginSec, and is not");
	return true;
}

bool extension_settle(struct command *c)
{
	struct node none = { .space = c->object, .name = "chg", .text = "" };
	if (c->verb == VERB_LOGIN)
		return loginsec_settle(c);
	if (c->verb != VERB_UPDATE || c->exts)
		return true;
	bool says = c->object == SPACE_DOMAIN ? domain_changes(c->change)
		    : c->object == SPACE_HOST ? host_changes(c->host_change)
					      : contact_changes(c->contact_change);
	return says || command_refuse(c, R_PARAM_MISSING, &none, "the update changes nothing");
}
