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

/* ── TTL: of a domain's delegation, of a host's glue ── */

/* Which records an object has. */
static bool ttl_of_object(const struct command *c, enum ttl_type t)
{
	return (c->object == SPACE_HOST) == (t == TTL_A || t == TTL_AAAA);
}

static bool ttl_one(struct command *c, struct node *n, int64_t to[TTLS])
{
	const char *type = node_attr(n, "for");
	int64_t v = 0;
	int t = 0;
	if (!type)
		return command_refuse(c, R_PARAM_MISSING, n, "ttl does not say for which records");
	while (t < TTLS && strcmp(type, ttl_name((enum ttl_type)t)) != 0)
		t++;
	if (t == TTLS || !ttl_of_object(c, (enum ttl_type)t))
		return command_refuse(c, R_POLICY_VALUE, n,
				      "a TTL is for the NS and DS of a domain, the A and AAAA of a host");
	if (to[t] >= 0)
		return command_refuse(c, E_SYNTAX, n, "two values for %s", type);
	if (*token_of(c->mem, n->text) && !value_int(c, n, 0, INT32_MAX, &v))
		return false;
	if (*token_of(c->mem, n->text) && !v)
		return command_refuse(c, R_PARAM_RANGE, n, "a TTL of 0 is not offered");
	to[t] = v; /* empty: the zone's own, kept as 0 */
	return true;
}

static int64_t ttl_new(int64_t v)
{
	return v > 0 ? v : 0;
}

bool ext_ttl_read(struct command *c, struct node *ext)
{
	struct walk w = walk_in(c, ext);
	int64_t v[TTLS] = { -1, -1, -1, -1 };
	if (!expect(c, ext, verb_names[c->verb]))
		return false;
	if (c->verb == VERB_INFO) {
		const char *policy = node_attr(ext, "policy");
		c->ttl_info = true;
		return (!policy || value_bool(c, ext, policy, &c->ttl_policy)) && walk_end(&w);
	}
	for (struct node *n = walk_need(&w, "ttl"); n; n = walk_opt(&w, "ttl"))
		if (!ttl_one(c, n, v))
			return false;
	if (c->create) {
		c->create->d.ttl_ns = ttl_new(v[TTL_NS]);
		c->create->d.ttl_ds = ttl_new(v[TTL_DS]);
	} else if (c->change) {
		c->change->ttl_set = true;
		c->change->ttl_ns = v[TTL_NS];
		c->change->ttl_ds = v[TTL_DS];
	} else if (c->host) {
		c->host->ttl_a = ttl_new(v[TTL_A]);
		c->host->ttl_aaaa = ttl_new(v[TTL_AAAA]);
	} else if (c->host_change) {
		c->host_change->ttl_set = true;
		c->host_change->ttl_a = v[TTL_A];
		c->host_change->ttl_aaaa = v[TTL_AAAA];
	}
	return walk_end(&w);
}

static void ttl_put(struct buf *b, const struct command *c, enum ttl_type t, int64_t v)
{
	const struct ttl_rule *r = &c->ttl[t];
	buf_printf(b, "<ttl:ttl for=\"%s\"", ttl_name(t));
	if (c->ttl_policy)
		buf_printf(b, " min=\"%lld\" default=\"%lld\" max=\"%lld\"", (long long)r->min, (long long)r->def,
			   (long long)r->max);
	buf_char(b, '>');
	if (v > 0)
		buf_int(b, v);
	X(b, "</ttl:ttl>");
}

/* Only when asked for (RFC 9803 §3.1); without `policy` only what is not the zone's own. */
void ext_ttl_write(struct out *o, struct command *c)
{
	int64_t v[TTLS] = { 0 };
	bool any = false, domain = c->object == SPACE_DOMAIN;
	if (!c->ttl_info || (domain ? !c->domain : !c->host) || (!domain && !c->host->domain))
		return;
	if (domain) {
		v[TTL_NS] = c->domain->ttl_ns;
		v[TTL_DS] = c->domain->ttl_ds;
	} else {
		v[TTL_A] = c->host->ttl_a;
		v[TTL_AAAA] = c->host->ttl_aaaa;
	}
	for (int t = 0; t < TTLS; t++)
		any = any || v[t] > 0;
	struct buf *b = any || c->ttl_policy ? out_begin(o, SPACE_TTL) : NULL;
	if (!b)
		return;
	X(b, "<ttl:infData xmlns:ttl=\"urn:ietf:params:xml:ns:epp:ttl-1.0\">");
	for (int t = 0; t < TTLS; t++)
		if (v[t] > 0 || (c->ttl_policy && ttl_of_object(c, (enum ttl_type)t)))
			ttl_put(b, c, (enum ttl_type)t, v[t]);
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
