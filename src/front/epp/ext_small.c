/* Extensions of an element or two: allocation tokens (RFC 8495), TTL values (RFC 9803), bundles (RFC 9095), login
 * security (RFC 8807). */
#include <string.h>
#include "base/idn.h"
#include "front/epp/commands.h"
#include "front/epp/render.h"

static bool expect(struct command *c, struct node *ext, const char *name)
{
	return !strcmp(ext->name, name) || command_refuse(c, E_SYNTAX, ext, "%.60s is not expected here", ext->name);
}

/* ── allocation token ── */

bool ext_token_read(struct command *c, struct node *ext)
{
	if (c->verb == VERB_INFO) {
		c->token_info = true;
		return expect(c, ext, "info");
	}
	return expect(c, ext, "allocationToken") && (c->token = value_token(c, ext, 1, 255));
}

/* ── TTL: what a domain is published with. Host addresses have the zone's ── */

static bool ttl_one(struct command *c, struct node *n, int64_t *ns, int64_t *ds)
{
	const char *type = node_attr(n, "for");
	int64_t v = 0;
	if (!type)
		return command_refuse(c, R_PARAM_MISSING, n, "ttl does not say for which records");
	bool is_ns = !strcmp(type, "NS"), is_ds = !strcmp(type, "DS");
	if (c->object != SPACE_DOMAIN || (!is_ns && !is_ds))
		return command_refuse(c, R_POLICY_VALUE, n, "a TTL can be set for the NS and DS records of a domain");
	int64_t *to = is_ns ? ns : ds;
	if (*to >= 0)
		return command_refuse(c, E_SYNTAX, n, "two values for %s", type);
	if (*token_of(c->mem, n->text) && !value_int(c, n, 0, INT32_MAX, &v))
		return false;
	*to = v; /* empty: the zone's own, kept as 0 */
	return true;
}

bool ext_ttl_read(struct command *c, struct node *ext)
{
	struct walk w = walk_in(c, ext);
	int64_t ns = -1, ds = -1;
	if (!expect(c, ext, verb_names[c->verb]))
		return false;
	if (c->verb == VERB_INFO) {
		const char *policy = node_attr(ext, "policy");
		c->ttl_info = true;
		return (!policy || value_bool(c, ext, policy, &c->ttl_policy)) && walk_end(&w);
	}
	for (struct node *n = walk_need(&w, "ttl"); n; n = walk_opt(&w, "ttl"))
		if (!ttl_one(c, n, &ns, &ds))
			return false;
	if (c->create) {
		c->create->d.ttl_ns = ns > 0 ? ns : 0;
		c->create->d.ttl_ds = ds > 0 ? ds : 0;
	} else if (c->change) {
		c->change->ttl_set = true;
		c->change->ttl_ns = ns;
		c->change->ttl_ds = ds;
	}
	return walk_end(&w);
}

static void ttl_put(struct buf *b, const char *type, int64_t v)
{
	buf_printf(b, "<ttl:ttl for=\"%s\">", type);
	if (v > 0)
		buf_int(b, v);
	X(b, "</ttl:ttl>");
}

/* Only when asked for (RFC 9803 §3.1); without `policy` only what is not the zone's own. */
void ext_ttl_write(struct out *o, struct command *c)
{
	if (!c->ttl_info || c->object != SPACE_DOMAIN)
		return;
	bool ns = c->ttl_policy || c->domain->ttl_ns > 0, ds = c->ttl_policy || c->domain->ttl_ds > 0;
	struct buf *b = ns || ds ? out_begin(o, SPACE_TTL) : NULL;
	if (!b)
		return;
	X(b, "<ttl:infData xmlns:ttl=\"urn:ietf:params:xml:ns:epp:ttl-1.0\">");
	if (ns)
		ttl_put(b, "NS", c->domain->ttl_ns);
	if (ds)
		ttl_put(b, "DS", c->domain->ttl_ds);
	X(b, "</ttl:infData>");
	out_end(o, SPACE_TTL);
}

/* ── bundles ── */

/* The registered name again, with its U-label for people: both must be the name of the command. */
bool ext_bundle_read(struct command *c, struct node *ext)
{
	struct walk w = walk_in(c, ext);
	if (!expect(c, ext, "create"))
		return false;
	struct node *rdn = walk_opt(&w, "rdn");
	if (rdn) {
		const char *u = node_attr(rdn, "uLabel"), *plain = u ? name_plain(c->mem, token_of(c->mem, u)) : NULL;
		char *name = value_name(c, rdn, NULL);
		if (!name)
			return false;
		if (strcmp(name, c->name) != 0 || (u && (!plain || strcmp(plain, c->name) != 0)))
			return command_refuse(c, R_POLICY_VALUE, rdn, "rdn is another name than the one to be created");
	}
	return walk_end(&w);
}

static void rdn_write(struct buf *b, const char *tag, const char *name, struct arena *mem)
{
	buf_printf(b, "<b-dn:%s", tag);
	x_attr(b, "uLabel", name_unicode(mem, name));
	buf_char(b, '>');
	x_text(b, name);
	buf_printf(b, "</b-dn:%s>", tag);
}

void ext_bundle_write(struct out *o, struct command *c)
{
	static const char *const names[VERBS] = {
		[VERB_INFO] = "infData",     [VERB_CREATE] = "creData", [VERB_RENEW] = "renData",
		[VERB_TRANSFER] = "trnData", [VERB_UPDATE] = "upData",	[VERB_DELETE] = "delData"
	};
	const struct domain *d = c->domain;
	if (c->object != SPACE_DOMAIN || !d || !names[c->verb] || d->nmembers < 2)
		return;
	struct buf *b = out_begin(o, SPACE_BUNDLE);
	if (!b)
		return;
	const char *rdn = d->name ? d->name : c->name;
	buf_printf(b, "<b-dn:%s xmlns:b-dn=\"urn:ietf:params:xml:ns:epp:b-dn\"><b-dn:bundle>", names[c->verb]);
	rdn_write(b, "rdn", rdn, c->mem);
	for (int i = 0; i < d->nmembers; i++)
		if (strcmp(d->member[i], rdn) != 0)
			rdn_write(b, "bdn", d->member[i], c->mem);
	buf_printf(b, "</b-dn:bundle></b-dn:%s>", names[c->verb]);
	out_end(o, SPACE_BUNDLE);
}

/* ── login security ── */

static bool agent_read(struct command *c, struct node *n)
{
	struct walk w = walk_in(c, n);
	if (!w.at)
		return command_refuse(c, R_PARAM_MISSING, n, "userAgent is empty");
	walk_opt(&w, "app");
	walk_opt(&w, "tech");
	walk_opt(&w, "os");
	return walk_end(&w);
}

bool ext_loginsec_read(struct command *c, struct node *ext)
{
	struct walk w = walk_in(c, ext);
	struct login *l = c->login;
	struct node *n;
	static const char stand_in[] = "[LOGIN-SECURITY]";
	if (!expect(c, ext, "loginSec"))
		return false;
	l->sec = true;
	if ((n = walk_opt(&w, "userAgent")) && !agent_read(c, n))
		return false;
	if ((n = walk_opt(&w, "pw"))) {
		char *pw = value_token(c, n, 6, PASSWORD_MAX);
		l->sec_pw = pw && l->pw && !strcmp(l->pw, stand_in);
		if (l->sec_pw)
			l->pw = pw;
	}
	if ((n = walk_opt(&w, "newPW"))) {
		char *pw = value_token(c, n, 6, PASSWORD_MAX);
		l->sec_new_pw = pw && l->new_pw && !strcmp(l->new_pw, stand_in);
		if (l->sec_new_pw)
			l->new_pw = pw;
	}
	return walk_end(&w);
}

void ext_loginsec_write(struct out *o, struct command *c)
{
	if (c->verb != VERB_LOGIN || !c->nevents)
		return;
	struct buf *b = out_begin(o, SPACE_LOGINSEC);
	if (!b)
		return;
	X(b, "<loginSec:loginSecData xmlns:loginSec=\"urn:ietf:params:xml:ns:epp:loginSec-1.0\">");
	for (int i = 0; i < c->nevents; i++) {
		const struct loginsec_event *v = &c->event[i];
		X(b, "<loginSec:event");
		x_attr(b, "type", v->type);
		x_attr(b, "name", v->name);
		x_attr(b, "level", v->level);
		if (v->until) {
			X(b, " exDate=\"");
			x_when(b, v->until);
			buf_char(b, '"');
		}
		x_attr(b, "value", v->value);
		x_attr(b, "duration", v->duration);
		buf_char(b, '>');
		x_text(b, v->text);
		X(b, "</loginSec:event>");
	}
	X(b, "</loginSec:loginSecData>");
	out_end(o, SPACE_LOGINSEC);
}
