/* poll (RFC 5730 §2.9.2.3). What a message is about is rendered from its kind and payload; a kind that is not known
 * here is its text alone. Each element goes to clients whose login named its namespace (RFC 9038 says what the others
 * get). */
#include <string.h>
#include "base/json.h"
#include "base/text.h"
#include "front/epp/commands.h"
#include "front/epp/parts.h"

bool poll_read(struct command *c, struct node *n)
{
	const char *op = node_attr(n, "op"), *id = node_attr(n, "msgID");
	if (n->child)
		return command_refuse(c, E_SYNTAX, n->child, "poll must be empty");
	if (!op)
		return command_refuse(c, R_PARAM_MISSING, n, "poll has no op");
	c->ack = !strcmp(op, "ack");
	if (!c->ack)
		return !strcmp(op, "req") || command_refuse(c, R_PARAM_SYNTAX, n, "op is req or ack");
	if (!id)
		return command_refuse(c, R_PARAM_MISSING, n, "an ack has a msgID");
	return text_int(token_of(c->mem, id), 1, INT64_MAX, &c->message) ||
	       command_refuse(c, R_NOT_THERE, n, "there is no message of this msgID");
}

/* {"maintenance":id,"step"}: the row as it stands when the message is read. */
static enum st maintenance_of(struct req *rq, struct command *c)
{
	struct err e;
	int64_t id;
	const struct json *p = json_parse(rq->mem, c->poll.payload, strlen(c->poll.payload), &e);
	if (strcmp(c->poll.kind, "maintenance") != 0 || !p || !json_int(json_get(p, "maintenance"), &id))
		return ST_OK;
	c->maintenance = arena_new_of(rq->mem, struct maintenance);
	return maintenance_get(rq, id, c->maintenance);
}

enum st poll_act(struct req *rq, struct command *c)
{
	enum st st = c->ack ? poll_ack(rq, c->by->handle, c->message, &c->count)
			    : poll_first(rq, c->by->handle, &c->poll, &c->count);
	if (st == ST_NOTFOUND && c->ack)
		return act_refuse(rq, c, st, R_NOT_THERE, "epp:poll", "", "there is no message of this msgID");
	c->why = (struct outcome){ .code = st == ST_NOTFOUND ? R_NO_MESSAGES : c->ack ? R_DONE : R_MESSAGE };
	if (!st && !c->ack && c->poll.kind && c->poll.payload)
		return maintenance_of(rq, c);
	if (st != ST_NOTFOUND)
		return st;
	err_clear(&rq->err);
	return ST_OK;
}

static const char *text_of(const struct json *o, const char *key, const char *otherwise)
{
	const char *s = json_str(json_get(o, key));
	return s && *s ? s : otherwise;
}

static int64_t time_of(const struct json *o, const char *key, int64_t otherwise)
{
	const char *s = json_str(json_get(o, key));
	int64_t t = s ? time_parse(s) : TIME_NONE;
	return t == TIME_NONE ? otherwise : t;
}

/* {"state","requester","requested_at","actor","acted_at","expires_at"} */
static void write_transfer(struct out *o, const struct poll_message *m, const struct json *p, enum space s)
{
	struct transfer t = { .requester = (char *)(uintptr_t)text_of(p, "requester", "registry"),
			      .actor = (char *)(uintptr_t)text_of(p, "actor", "registry"),
			      .requested_at = time_of(p, "requested_at", m->at),
			      .acted_at = time_of(p, "acted_at", m->at) };
	struct buf *b = out_begin(o, s);
	if (!b)
		return;
	transfer_data(b, s, m->object, text_of(p, "state", "pending"), &t, time_of(p, "expires_at", 0));
	out_end(o, s);
}

/* {"result":bool,"cltrid","svtrid","at"}: the outcome of what was answered with 1001 (RFC 5731 §3.3). */
static void write_pending(struct out *o, const struct poll_message *m, const struct json *p, enum space s)
{
	const char *prefix = spaces[s].prefix, *tag = s == SPACE_CONTACT ? "id" : "name";
	struct buf *b = out_begin(o, s);
	if (!b)
		return;
	buf_printf(b, "<%s:panData xmlns:%s=\"%s\"><%s:%s paResult=\"%d\">", prefix, prefix, spaces[s].uri, prefix, tag,
		   json_true(json_get(p, "result")));
	x_text(b, m->object);
	buf_printf(b, "</%s:%s><%s:paTRID>", prefix, tag, prefix);
	x_el(b, "clTRID", text_of(p, "cltrid", NULL));
	x_el(b, "svTRID", text_of(p, "svtrid", "unknown"));
	buf_printf(b, "</%s:paTRID><%s:paDate>", prefix, prefix);
	x_when(b, time_of(p, "at", m->at));
	buf_printf(b, "</%s:paDate></%s:panData>", prefix, prefix);
	out_end(o, s);
}

static bool is_operation(const char *s)
{
	static const char *const known[] = { "create",	"delete",    "renew",	   "transfer", "update",
					     "restore", "autoRenew", "autoDelete", "autoPurge" };
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (!strcmp(s, known[i]))
			return true;
	return false;
}

/* {"operation","at","svtrid","who","reason","state"} (RFC 8590 §2), with the object's name as <infData>. */
static void write_change(struct out *o, const struct poll_message *m, const struct json *p)
{
	const char *op = text_of(p, "operation", "update");
	struct domain d = { .c.roid = (char *)(uintptr_t)text_of(p, "roid", NULL),
			    .c.sponsor = (char *)(uintptr_t)o->c->by->handle };
	struct buf *b =
		d.c.roid && !strcmp(text_of(p, "object", "domain"), "domain") ? out_begin(o, SPACE_DOMAIN) : NULL;
	if (b) {
		domain_inf(b, &d, m->object, false, 'n');
		out_end(o, SPACE_DOMAIN);
	}
	if (!(b = out_begin(o, SPACE_CHANGE)))
		return;
	X(b, "<changePoll:changeData xmlns:changePoll=\"urn:ietf:params:xml:ns:changePoll-1.0\"");
	x_attr(b, "state", !strcmp(text_of(p, "state", "after"), "before") ? "before" : "after");
	X(b, "><changePoll:operation");
	x_attr(b, "op", is_operation(op) ? NULL : op);
	buf_printf(b, ">%s</changePoll:operation><changePoll:date>", is_operation(op) ? op : "custom");
	x_when(b, time_of(p, "at", m->at));
	X(b, "</changePoll:date>");
	x_el(b, "changePoll:svTRID", text_of(p, "svtrid", "registry"));
	x_short(b, "changePoll:who", text_of(p, "who", "registry"), 255);
	x_short(b, "changePoll:reason", text_of(p, "reason", ""), 32);
	X(b, "</changePoll:changeData>");
	out_end(o, SPACE_CHANGE);
}

static const struct {
	const char *kind;
	enum space space;
	void (*write)(struct out *o, const struct poll_message *m, const struct json *p, enum space s);
} kinds[] = {
	{ "domain-transfer", SPACE_DOMAIN, write_transfer }, { "contact-transfer", SPACE_CONTACT, write_transfer },
	{ "domain-pending", SPACE_DOMAIN, write_pending },   { "contact-pending", SPACE_CONTACT, write_pending },
	{ "host-pending", SPACE_HOST, write_pending },
};

void poll_write(struct out *o, struct command *c)
{
	struct err e;
	const struct poll_message *m = &c->poll;
	if (c->ack || !m->kind)
		return;
	const struct json *p = m->payload ? json_parse(c->mem, m->payload, strlen(m->payload), &e) : NULL;
	if (!p)
		return;
	if (c->maintenance)
		maint_poll_write(o, c->maintenance, text_of(p, "step", "update"));
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (!strcmp(kinds[i].kind, m->kind)) {
			kinds[i].write(o, m, p, kinds[i].space);
			return;
		}
	if (json_get(p, "operation"))
		write_change(o, m, p);
}
