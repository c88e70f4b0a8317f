/* contact (RFC 5733). */
#include <string.h>
#include "front/epp/commands.h"
#include "front/epp/parts.h"

/* Bits of contact_object.disclose (RFC 5733 §2.9), in the schema's order. */
static const struct disclose_bit {
	const char *name;
	bool typed; /* one bit for int, the next for loc */
	unsigned bit;
} disclose_bits[] = { { "name", true, 0 },   { "org", true, 2 },  { "addr", true, 4 },
		      { "voice", false, 6 }, { "fax", false, 7 }, { "email", false, 8 } };
enum { DISCLOSE_NAMES = sizeof disclose_bits / sizeof *disclose_bits };

static const char *const postal_names[POSTALS] = { [POSTAL_INT] = "int", [POSTAL_LOC] = "loc" };

/* ── check ── */

bool contact_check_read(struct command *c, struct node *body)
{
	struct walk w = walk_in(c, body);
	struct node *n = walk_need(&w, "id");
	c->item = arena_array(c->mem, struct check_item, CHECK_MAX);
	for (; n; n = walk_opt(&w, "id")) {
		if (c->nitems == CHECK_MAX)
			return command_refuse(c, R_POLICY, n, "at most %d contacts in one check", CHECK_MAX);
		struct check_item *it = &c->item[c->nitems++];
		it->said = it->name = value_token(c, n, 3, 16);
	}
	return walk_end(&w);
}

enum st contact_check_act(struct req *rq, struct command *c)
{
	struct contact_object o;
	for (int i = 0; i < c->nitems; i++) {
		if (!contact_handle_ok(c->item[i].name)) {
			static const char why[] = "Not a handle of visible ASCII";
			memcpy(c->item[i].why.reason, why, sizeof why);
			continue;
		}
		enum st st = contact_object_get(rq, c->item[i].name, &o);
		if (st != ST_OK && st != ST_NOTFOUND)
			return st;
		err_clear(&rq->err);
		c->item[i].avail = st == ST_NOTFOUND;
	}
	return ST_OK;
}

/* ── info, and transfer, whose body is the same ── */

bool contact_info_read(struct command *c, struct node *body)
{
	struct walk w = walk_in(c, body);
	struct node *auth;
	c->name = c->said = value_token(c, walk_need(&w, "id"), 3, 16);
	if ((auth = walk_opt(&w, "authInfo")) && !value_authinfo(c, auth, &c->authinfo))
		return false;
	if (c->verb == VERB_TRANSFER && c->op == OP_REQUEST && !c->why.code && !c->authinfo)
		return command_refuse(c, R_PARAM_MISSING,
				      &(struct node){ .space = SPACE_CONTACT, .name = "authInfo", .text = "" },
				      "a transfer is requested with the authorisation information");
	return walk_end(&w);
}

enum st contact_info_act(struct req *rq, struct command *c)
{
	c->contact = arena_new_of(rq->mem, struct contact_object);
	enum st st = contact_object_get(rq, c->name, c->contact);
	if (st == ST_NOTFOUND)
		return act_refuse(rq, c, st, R_NOT_THERE, "id", c->said, "this contact does not exist");
	if (st)
		return st;
	if (c->authinfo && !authinfo_fits(c->contact->authinfo, c->authinfo))
		return act_refuse(rq, c, ST_DENIED, R_BAD_AUTHINFO, "authInfo", "",
				  "the authorisation information does not fit");
	c->full = c->contact->c.sponsor && !strcmp(c->contact->c.sponsor, c->by->handle);
	if (!c->full && !c->authinfo)
		return act_refuse(rq, c, ST_DENIED, R_AUTHORIZATION, "id", c->said,
				  "another registrar sponsors this contact");
	return ST_OK;
}

static void postal_write(struct buf *b, const struct postal_info *p, enum postal type)
{
	buf_printf(b, "<contact:postalInfo type=\"%s\">", postal_names[type]);
	x_el(b, "contact:name", p->name ? p->name : "");
	x_el_some(b, "contact:org", p->org);
	X(b, "<contact:addr>");
	for (int i = 0; i < 3; i++)
		x_el_some(b, "contact:street", p->street[i]);
	x_el(b, "contact:city", p->city ? p->city : "");
	x_el_some(b, "contact:sp", p->sp);
	x_el_some(b, "contact:pc", p->pc);
	x_el(b, "contact:cc", p->cc ? p->cc : "");
	X(b, "</contact:addr></contact:postalInfo>");
}

static void phone_write(struct buf *b, const char *tag, const char *number, const char *x)
{
	if (!number || !*number)
		return;
	buf_printf(b, "<%s", tag);
	x_attr(b, "x", x && *x ? x : NULL);
	buf_char(b, '>');
	x_text(b, number);
	buf_printf(b, "</%s>", tag);
}

static void disclose_write(struct buf *b, const struct contact_object *k)
{
	if (!k->disclose_set)
		return;
	buf_printf(b, "<contact:disclose flag=\"%d\">", k->disclose_flag);
	for (int i = 0; i < DISCLOSE_NAMES; i++) {
		const struct disclose_bit *d = &disclose_bits[i];
		for (int type = 0; type < (d->typed ? POSTALS : 1); type++) {
			if (!(k->disclose & 1u << (d->bit + (unsigned)type)))
				continue;
			buf_printf(b, "<contact:%s", d->name);
			x_attr(b, "type", d->typed ? postal_names[type] : NULL);
			X(b, "/>");
		}
	}
	X(b, "</contact:disclose>");
}

void contact_info_write(struct out *o, struct command *c)
{
	const struct contact_object *k = c->contact;
	struct buf *b = &o->res;
	X(b, "<contact:infData xmlns:contact=\"urn:ietf:params:xml:ns:contact-1.0\">");
	x_el(b, "contact:id", k->handle ? k->handle : c->said);
	x_el(b, "contact:roid", k->c.roid);
	statuses_write(b, SPACE_CONTACT, k->c.status);
	for (int i = 0; i < POSTALS; i++)
		if (k->postal[i].there)
			postal_write(b, &k->postal[i], (enum postal)i);
	phone_write(b, "contact:voice", k->voice, k->voice_x);
	phone_write(b, "contact:fax", k->fax, k->fax_x);
	x_el(b, "contact:email", k->email && *k->email ? k->email : "unknown");
	client_id(b, "contact:clID", k->c.sponsor);
	client_id(b, "contact:crID", k->c.creator);
	X(b, "<contact:crDate>");
	x_when(b, k->c.created_at);
	X(b, "</contact:crDate>");
	if (k->c.updated_at)
		client_id(b, "contact:upID", k->c.updater);
	x_time(b, "contact:upDate", k->c.updated_at);
	x_time(b, "contact:trDate", k->c.transferred_at);
	if (c->full && k->authinfo)
		X(b, "<contact:authInfo><contact:pw/></contact:authInfo>");
	disclose_write(b, k);
	X(b, "</contact:infData>");
}

/* ── create and update ── */

static bool phone_read(struct command *c, struct node *n, char **number, char **x)
{
	const char *ext = node_attr(n, "x");
	char *s = *number = value_token(c, n, 0, 17);
	if (!s)
		return false;
	size_t cc = *s == '+' ? strspn(s + 1, "0123456789") : 0, rest = cc && s[1 + cc] == '.' ? strlen(s + 2 + cc) : 0;
	if (*s && (cc < 1 || cc > 3 || rest < 1 || rest > 14 || strspn(s + 2 + cc, "0123456789") != rest))
		return command_refuse(c, R_PARAM_SYNTAX, n, "a number is written +CC.NNN (RFC 5733 §2.5)");
	*x = ext ? token_of(c->mem, ext) : NULL;
	return true;
}

static bool addr_read(struct command *c, struct node *n, struct postal_info *p)
{
	struct walk w = walk_in(c, n);
	struct node *k;
	for (int i = 0; (k = walk_opt(&w, "street")); i++) {
		if (i == 3)
			return command_refuse(c, E_SYNTAX, k, "at most three lines of street");
		p->street[i] = value_line(c, k, 0, 255);
	}
	p->city = value_line(c, walk_need(&w, "city"), 1, 255);
	if ((k = walk_opt(&w, "sp")))
		p->sp = value_line(c, k, 0, 255);
	if ((k = walk_opt(&w, "pc")))
		p->pc = value_token(c, k, 0, 16);
	p->cc = value_token(c, walk_need(&w, "cc"), 2, 2);
	return walk_end(&w);
}

/* In an update every part may be left out (chgPostalInfoType). */
static bool postal_read(struct command *c, struct node *n, struct contact_object *k, bool *set, bool change)
{
	const char *type = node_attr(n, "type");
	struct walk w = walk_in(c, n);
	struct node *x;
	int i = type && !strcmp(type, "int") ? POSTAL_INT : POSTAL_LOC;
	if (!type)
		return command_refuse(c, R_PARAM_MISSING, n, "postalInfo has no type");
	if (strcmp(type, postal_names[i]) != 0)
		return command_refuse(c, R_PARAM_SYNTAX, n, "postalInfo is of type int or loc");
	struct postal_info *p = &k->postal[i];
	if (p->there)
		return command_refuse(c, R_PARAM_SYNTAX, n, "postalInfo of type %s is there twice", type);
	p->there = true;
	if (set)
		set[i] = true;
	if ((x = change ? walk_opt(&w, "name") : walk_need(&w, "name")))
		p->name = value_line(c, x, 1, 255);
	if ((x = walk_opt(&w, "org")))
		p->org = value_line(c, x, 0, 255);
	if ((x = change ? walk_opt(&w, "addr") : walk_need(&w, "addr")) && !addr_read(c, x, p))
		return false;
	return walk_end(&w);
}

static bool disclose_read(struct command *c, struct node *n, struct contact_object *k)
{
	const char *flag = node_attr(n, "flag");
	if (!flag)
		return command_refuse(c, R_PARAM_MISSING, n, "disclose has no flag");
	if (!value_bool(c, n, flag, &k->disclose_flag))
		return false;
	k->disclose_set = true;
	struct walk w = walk_in(c, n);
	for (int i = 0; i < DISCLOSE_NAMES; i++) {
		const struct disclose_bit *d = &disclose_bits[i];
		struct node *x;
		while ((x = walk_opt(&w, d->name))) {
			const char *type = node_attr(x, "type");
			bool loc = type && !strcmp(type, "loc");
			if (d->typed && !loc && (!type || strcmp(type, "int") != 0))
				return command_refuse(c, R_PARAM_SYNTAX, x, "%s is of type int or loc", d->name);
			k->disclose |= 1u << (d->bit + (d->typed && loc));
		}
	}
	return walk_end(&w);
}

bool contact_create_read(struct command *c, struct node *body)
{
	struct walk w = walk_in(c, body);
	struct contact_object *k = c->contact = arena_new_of(c->mem, struct contact_object);
	struct node *n;
	k->handle = c->name = c->said = value_token(c, walk_need(&w, "id"), 3, 16);
	for (n = walk_need(&w, "postalInfo"); n; n = walk_opt(&w, "postalInfo"))
		if (!postal_read(c, n, k, NULL, false))
			return false;
	if ((n = walk_opt(&w, "voice")) && !phone_read(c, n, &k->voice, &k->voice_x))
		return false;
	if ((n = walk_opt(&w, "fax")) && !phone_read(c, n, &k->fax, &k->fax_x))
		return false;
	k->email = value_token(c, walk_need(&w, "email"), 1, 254);
	if (!(n = walk_need(&w, "authInfo")) || !value_authinfo(c, n, &k->authinfo))
		return false;
	if ((n = walk_opt(&w, "disclose")) && !disclose_read(c, n, k))
		return false;
	/* EPP does not say which it is; whoever names no organisation is taken for a person, and protected as one. */
	k->person = true;
	for (int i = 0; i < POSTALS; i++)
		if (k->postal[i].org && *k->postal[i].org)
			k->person = false;
	if (k->voice && !*k->voice)
		k->voice = NULL;
	if (k->fax && !*k->fax)
		k->fax = NULL;
	return walk_end(&w);
}

enum st contact_create_act(struct req *rq, struct command *c)
{
	struct contact_object k = *c->contact;
	struct outcome why = { 0 };
	enum st st = act_authinfo(rq, c, k.authinfo);
	if (st)
		return st;
	st = contact_create(rq, &k, &why);
	c->why = why;
	if (k.c.created_at)
		c->at = k.c.created_at;
	return st;
}

void contact_create_write(struct out *o, struct command *c)
{
	struct buf *b = &o->res;
	X(b, "<contact:creData xmlns:contact=\"urn:ietf:params:xml:ns:contact-1.0\">");
	x_el(b, "contact:id", c->said);
	x_time(b, "contact:crDate", c->at);
	X(b, "</contact:creData>");
}

/* The schema wants one status at least; Net::EPP writes an empty <rem/> beside each <add>, which says nothing and is
 * taken so. */
static bool status_read(struct command *c, struct node *n, statuses *set)
{
	struct walk w = walk_in(c, n);
	struct node *s;
	while ((s = walk_opt(&w, "status"))) {
		if (!value_status(c, s, set))
			return false;
		if (*s->text)
			c->contact_change->status_text = value_line(c, s, 0, 255);
	}
	return walk_end(&w);
}

static bool chg_read(struct command *c, struct node *chg)
{
	struct contact_change *ch = c->contact_change;
	struct contact_object *k = &ch->to;
	struct walk w = walk_in(c, chg);
	struct node *n;
	while ((n = walk_opt(&w, "postalInfo")))
		if (!postal_read(c, n, k, ch->postal_set, true))
			return false;
	if ((n = walk_opt(&w, "voice"))) {
		ch->voice_set = true;
		if (!phone_read(c, n, &k->voice, &k->voice_x))
			return false;
	}
	if ((n = walk_opt(&w, "fax"))) {
		ch->fax_set = true;
		if (!phone_read(c, n, &k->fax, &k->fax_x))
			return false;
	}
	if ((n = walk_opt(&w, "email"))) {
		ch->email_set = true;
		k->email = value_token(c, n, 1, 254);
	}
	if ((n = walk_opt(&w, "authInfo"))) {
		ch->authinfo_set = true;
		if (!value_authinfo(c, n, &k->authinfo))
			return false;
	}
	if ((n = walk_opt(&w, "disclose"))) {
		ch->disclose_changed = true;
		if (!disclose_read(c, n, k))
			return false;
	}
	return walk_end(&w);
}

bool contact_update_read(struct command *c, struct node *body)
{
	struct walk w = walk_in(c, body);
	struct contact_change *ch = c->contact_change = arena_new_of(c->mem, struct contact_change);
	struct node *n;
	ch->handle = c->name = c->said = value_token(c, walk_need(&w, "id"), 3, 16);
	if ((n = walk_opt(&w, "add")) && !status_read(c, n, &ch->add))
		return false;
	if ((n = walk_opt(&w, "rem")) && !status_read(c, n, &ch->rem))
		return false;
	if ((n = walk_opt(&w, "chg")) && !chg_read(c, n))
		return false;
	return walk_end(&w);
}

enum st contact_update_act(struct req *rq, struct command *c)
{
	struct contact_change *ch = arena_dup(rq->mem, c->contact_change, sizeof *ch);
	enum st st = act_authinfo(rq, c, ch->to.authinfo);
	if (st)
		return st;
	st = contact_update(rq, ch);
	c->why = ch->why;
	return st;
}

enum st contact_transfer_act(struct req *rq, struct command *c)
{
	struct outcome why = { 0 };
	enum st st = contact_transfer(rq, c->op, c->name, c->authinfo, &c->transfer, &why);
	c->why = why;
	if (!st && c->op == OP_REQUEST && c->transfer.state == TRANSFER_PENDING)
		c->why.code = R_PENDING;
	return st;
}

enum st contact_delete_act(struct req *rq, struct command *c)
{
	struct outcome why = { 0 };
	enum st st = contact_delete(rq, c->name, &why);
	c->why = why;
	return st;
}
