/* Bodies and answers that objects share. */
#include "front/epp/commands.h"
#include "front/epp/parts.h"
#include <stdio.h>
#include <string.h>

bool name_read(struct command *c, struct node *body)
{
	struct walk w = walk_in(c, body);
	c->name = value_name(c, walk_need(&w, "name"), &c->said);
	return walk_end(&w);
}

bool contact_id_read(struct command *c, struct node *body)
{
	struct walk w = walk_in(c, body);
	c->name = c->said = value_token(c, walk_need(&w, "id"), 3, 16);
	return walk_end(&w);
}

/* RFC 9154 §4.1: 128 bits of randomness, which is 20 characters of printable ASCII. Asked of those who said at login
 * that they speak it; older clients set what they always set. */
enum st act_authinfo(struct req *rq, struct command *c, const char *given)
{
	enum { CHARACTERS = 20 };
	bool speaks_it = c->by->services & SPACE(AUTHINFO);
	if (!speaks_it || !given || !*given || strlen(given) >= CHARACTERS)
		return ST_OK;
	return act_refuse(rq, c, ST_INVALID, R_POLICY_VALUE, "authInfo", "",
			  "authorisation information has %d characters at least, or none", CHARACTERS);
}

static size_t utf8_chars(const char *s)
{
	size_t n = 0;
	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

/* <chkData> of all three objects (RFC 5731 §3.1.1, 5732 §3.1.1, 5733 §3.1.1). */
void check_write(struct out *o, struct command *c)
{
	const struct space_row *s = &spaces[c->object];
	const char *tag = c->object == SPACE_CONTACT ? "id" : "name", *p = s->prefix;
	enum { REASON_MAX = 32 };
	char reason[32];
	struct buf *b = &o->res;
	snprintf(reason, sizeof reason, "%s:reason", p);
	buf_printf(b, "<%s:chkData xmlns:%s=\"%s\">", p, p, s->uri);
	for (int i = 0; i < c->nitems; i++) {
		const struct check_item *it = &c->item[i];
		buf_printf(b, "<%s:cd><%s:%s avail=\"%d\">", p, p, tag, it->avail);
		x_text(b, it->said);
		buf_printf(b, "</%s:%s>", p, tag);
		if (!it->avail) {
			bool fits = !it->why.brief[0] || utf8_chars(it->why.reason) <= REASON_MAX;
			const char *why = fits ? it->why.reason : it->why.brief;
			x_short(b, reason, *why ? why : "In use", REASON_MAX);
		}
		buf_printf(b, "</%s:cd>", p);
	}
	buf_printf(b, "</%s:chkData>", p);
}

static const char *const transfer_states[] = { [TRANSFER_NONE] = "serverCancelled",
					       [TRANSFER_PENDING] = "pending",
					       [TRANSFER_CLIENT_APPROVED] = "clientApproved",
					       [TRANSFER_CLIENT_REJECTED] = "clientRejected",
					       [TRANSFER_CLIENT_CANCELLED] = "clientCancelled",
					       [TRANSFER_SERVER_APPROVED] = "serverApproved",
					       [TRANSFER_SERVER_CANCELLED] = "serverCancelled" };

/* RFC 5731 §3.2.4, 5733 §3.2.4. */
void transfer_data(struct buf *b, enum space s, const char *said, const char *state, const struct transfer *t,
		   int64_t expiry)
{
	const char *p = spaces[s].prefix;
	buf_printf(b, "<%s:trnData xmlns:%s=\"%s\"><%s:%s>", p, p, spaces[s].uri, p,
		   s == SPACE_CONTACT ? "id" : "name");
	x_text(b, said);
	buf_printf(b, "</%s:%s><%s:trStatus>%s</%s:trStatus><%s:reID>", p, s == SPACE_CONTACT ? "id" : "name", p, state,
		   p, p);
	x_text(b, t->requester ? t->requester : "");
	buf_printf(b, "</%s:reID><%s:reDate>", p, p);
	x_when(b, t->requested_at);
	buf_printf(b, "</%s:reDate><%s:acID>", p, p);
	x_text(b, t->actor ? t->actor : "");
	buf_printf(b, "</%s:acID><%s:acDate>", p, p);
	x_when(b, t->acted_at);
	buf_printf(b, "</%s:acDate>", p);
	if (s == SPACE_DOMAIN)
		x_time(b, "domain:exDate", expiry);
	buf_printf(b, "</%s:trnData>", p);
}

void transfer_write(struct out *o, struct command *c)
{
	transfer_data(&o->res, c->object, c->said, transfer_states[c->transfer.state], &c->transfer,
		      c->transfer.new_expiry);
}

static bool is_grace(enum status_bit bit)
{
	return bit >= STATUS_ADD_PERIOD;
}

/* Those of the object's own schema; the grace periods are RFC 3915's. "ok" where nothing is pending or prohibited. */
void statuses_write(struct buf *b, enum space s, statuses set)
{
	const char *p = spaces[s].prefix;
	bool linked_only = true;
	for (int i = 0; i < STATUS_BITS; i++) {
		enum status_bit bit = (enum status_bit)i;
		if (!(set & BIT(bit)) || is_grace(bit))
			continue;
		linked_only = linked_only && bit == STATUS_LINKED;
		buf_printf(b, "<%s:status s=\"%s\"/>", p, status_name(bit));
	}
	if (linked_only)
		buf_printf(b, "<%s:status s=\"ok\"/>", p);
}

/* clIDType is 3 to 16 characters; what the registry did itself has no registrar. */
void client_id(struct buf *b, const char *tag, const char *handle)
{
	x_el(b, tag, handle && *handle ? handle : "registry");
}
