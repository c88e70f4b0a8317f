/* Grace periods and restore (RFC 3915). A restore is complete with its request: no report is asked for. */
#include <string.h>
#include "front/epp/commands.h"
#include "front/epp/render.h"

bool ext_rgp_read(struct command *c, struct node *ext)
{
	struct walk w = walk_in(c, ext);
	struct node *r;
	const char *op;
	if (strcmp(ext->name, "update") != 0)
		return command_refuse(c, E_SYNTAX, ext, "%.60s is not expected here", ext->name);
	if (!(r = walk_need(&w, "restore")))
		return false;
	if (!(op = node_attr(r, "op")))
		return command_refuse(c, R_PARAM_MISSING, r, "restore has no op");
	if (!strcmp(op, "report"))
		return command_refuse(c, R_STATUS, r, "no report is awaited: a restore is complete with its request");
	if (strcmp(op, "request") != 0)
		return command_refuse(c, R_PARAM_SYNTAX, r, "op is request or report");
	if (r->child)
		return command_refuse(c, E_SYNTAX, r->child, "a request has no report");
	c->change->restore = c->restore = true;
	return walk_end(&w);
}

static int statuses_of(statuses s, const char *out[8])
{
	static const struct {
		enum status_bit bit;
		const char *name;
	} names[] = { { STATUS_ADD_PERIOD, "addPeriod" },	    { STATUS_AUTORENEW_PERIOD, "autoRenewPeriod" },
		      { STATUS_RENEW_PERIOD, "renewPeriod" },	    { STATUS_TRANSFER_PERIOD, "transferPeriod" },
		      { STATUS_PENDING_RESTORE, "pendingRestore" }, { STATUS_REDEMPTION, "redemptionPeriod" } };
	int n = 0;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (s & BIT(names[i].bit))
			out[n++] = names[i].name;
	if (s & BIT(STATUS_PENDING_DELETE) && !(s & (BIT(STATUS_REDEMPTION) | BIT(STATUS_PENDING_RESTORE))))
		out[n++] = "pendingDelete";
	return n;
}

void ext_rgp_write(struct out *o, struct command *c)
{
	const char *names[8];
	bool info = c->verb == VERB_INFO;
	if (c->object != SPACE_DOMAIN || !c->domain || (!info && !c->restore))
		return;
	int n = statuses_of(c->domain->c.status, names);
	struct buf *b = n ? out_begin(o, SPACE_RGP) : NULL;
	if (!b)
		return;
	buf_printf(b, "<rgp:%s xmlns:rgp=\"urn:ietf:params:xml:ns:rgp-1.0\">", info ? "infData" : "upData");
	for (int i = 0; i < n; i++)
		buf_printf(b, "<rgp:rgpStatus s=\"%s\"/>", names[i]);
	buf_printf(b, "</rgp:%s>", info ? "infData" : "upData");
	out_end(o, SPACE_RGP);
}
