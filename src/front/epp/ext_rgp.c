/* Grace periods, restore and its report (RFC 3915). */
#include <string.h>
#include "base/text.h"
#include "front/epp/commands.h"
#include "front/epp/render.h"

enum { REPORT_BYTES = 16384 }; /* a field; a history keeps it for ever */

/* Of mixedType: text as it stands, elements as "name: text", one after another. */
static void mixed_put(struct command *c, struct buf *b, const struct node *n)
{
	const char *text = token_of(c->mem, n->text);
	if (*text)
		buf_printf(b, "%s%s", b->n ? " " : "", text);
	for (const struct node *k = n->child; k; k = k->next) {
		buf_printf(b, "%s%s:", b->n ? "; " : "", k->name);
		mixed_put(c, b, k);
	}
}

static char *mixed(struct command *c, struct node *n, bool empty_too)
{
	BUF_SCOPE b = { .max = REPORT_BYTES };
	if (!n || c->why.code)
		return NULL;
	mixed_put(c, &b, n);
	if (b.bad)
		return command_refuse(c, R_PARAM_SYNTAX, n, "%s has at most %d bytes", n->name, REPORT_BYTES), NULL;
	if (!b.n && !empty_too)
		return command_refuse(c, R_PARAM_MISSING, n, "%s is empty", n->name), NULL;
	return arena_strdup(c->mem, buf_cstr(&b));
}

static int64_t instant(struct command *c, struct node *n)
{
	char *s = value_token(c, n, 10, 40);
	int64_t t = s ? time_parse(s) : TIME_NONE;
	if (s && t == TIME_NONE)
		command_refuse(c, R_PARAM_SYNTAX, n, "not a time");
	return t;
}

static bool report_read(struct command *c, struct node *report)
{
	struct walk w = walk_in(c, report);
	struct restore_report *r = c->change->report = arena_new_of(c->mem, struct restore_report);
	struct node *n;
	r->before = mixed(c, walk_need(&w, "preData"), false);
	r->after = mixed(c, walk_need(&w, "postData"), false);
	r->deleted_at = instant(c, walk_need(&w, "delTime"));
	r->restored_at = instant(c, walk_need(&w, "resTime"));
	r->reason = mixed(c, walk_need(&w, "resReason"), false);
	r->statement[0] = mixed(c, walk_need(&w, "statement"), false);
	if ((n = walk_opt(&w, "statement")))
		r->statement[1] = mixed(c, n, false);
	if ((n = walk_opt(&w, "other")))
		r->other = mixed(c, n, true);
	return walk_end(&w);
}

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
	bool report = !strcmp(op, "report");
	if (!report && strcmp(op, "request") != 0)
		return command_refuse(c, R_PARAM_SYNTAX, r, "op is request or report");
	if (!report && r->child)
		return command_refuse(c, E_SYNTAX, r->child, "a request has no report");
	struct walk in = walk_in(c, r);
	struct node *body = report ? walk_need(&in, "report") : NULL;
	if (report && (!body || !report_read(c, body) || !walk_end(&in)))
		return false;
	c->change->restore = report ? RESTORE_REPORT : RESTORE_REQUEST;
	c->restore = true;
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
