/* The frame of an answer, and the greeting. */
#include <string.h>
#include "front/epp/render.h"

enum { PART_MAX = 256 << 10 };

void out_init(struct out *o)
{
	*o = (struct out){ .res.max = PART_MAX, .ext.max = PART_MAX, .unhandled.max = PART_MAX };
}

void out_free(struct out *o)
{
	buf_free(&o->res);
	buf_free(&o->ext);
	buf_free(&o->unhandled);
}

void out_reset(struct out *o, struct command *c)
{
	o->c = c;
	buf_reset(&o->res);
	buf_reset(&o->ext);
	buf_reset(&o->unhandled);
}

struct buf *out_begin(struct out *o, enum space s)
{
	uint32_t services = o->c->by->services;
	if (services & (uint32_t)1 << s)
		return spaces[s].kind == KIND_OBJECT ? &o->res : &o->ext;
	if (!(services & SPACE(UNHANDLED)) || (o->c->verb != VERB_INFO && o->c->verb != VERB_POLL))
		return NULL;
	X(&o->unhandled, "<extValue><value>");
	return &o->unhandled;
}

/* RFC 9038 §3: the reason names the namespace. */
void out_end(struct out *o, enum space s)
{
	if (o->c->by->services & (uint32_t)1 << s)
		return;
	X(&o->unhandled, "</value><reason>");
	x_text(&o->unhandled, spaces[s].uri);
	X(&o->unhandled, " not in login services</reason></extValue>");
}

/* ── results ── */

static bool is_name(const char *s)
{
	if (!*s || (*s >= '0' && *s <= '9') || *s == '-' || *s == '.')
		return false;
	return s[strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")] == 0;
}

/* The element that was wrong, as the client would write it. The registry names it with or without a prefix. */
static void write_element(struct buf *b, const struct command *c)
{
	bool whole = !c->why.element[0] && c->object && c->said; /* nothing in particular, so the object */
	const char *name = whole ? c->object == SPACE_CONTACT ? "id" : "name" : c->why.element,
		   *colon = strchr(name, ':');
	const char *value = whole ? c->said : c->why.value;
	enum space s = colon ? space_of_prefix(name, (int)(colon - name)) : c->object;
	if (colon)
		name = colon + 1;
	if (!s || !is_name(name)) {
		s = SPACE_EPP;
		name = "undef";
		value = whole ? "" : value;
	}
	buf_printf(b, "<%s:%s xmlns:%s=\"%s\"", spaces[s].prefix, name, spaces[s].prefix, spaces[s].uri);
	if (!*value) {
		X(b, "/>");
		return;
	}
	buf_char(b, '>');
	x_text(b, value);
	buf_printf(b, "</%s:%s>", spaces[s].prefix, name);
}

static void write_msg(struct buf *b, const char *tag, enum lang lang, const char *text)
{
	const char *said = tr(lang, text);
	buf_printf(b, "<%s", tag);
	if (said != text)
		x_attr(b, "lang", lang_tag(lang));
	buf_char(b, '>');
	x_text(b, said);
	buf_printf(b, "</%s>", tag);
}

/* Passwords come back to nobody, not even to who sent them. */
static bool is_secret(const char *element)
{
	const char *colon = strchr(element, ':');
	const char *name = colon ? colon + 1 : element;
	return !strcmp(name, "pw") || !strcmp(name, "newPW") || !strcmp(name, "authInfo") ||
	       !strcmp(name, "allocationToken");
}

static void write_result(struct buf *b, struct out *o, struct command *c, int code, enum st st, const struct err *e)
{
	const char *reason = c->why.reason[0] && c->why.code >= 2000 ? c->why.reason : st && e ? e->msg : "";
	buf_printf(b, "<result code=\"%d\">", code);
	write_msg(b, "msg", c->by->lang, result_text(code));
	if (code >= 2000 && (*reason || c->why.element[0])) {
		if (is_secret(c->why.element))
			c->why.value[0] = 0;
		X(b, "<extValue><value>");
		write_element(b, c);
		X(b, "</value>");
		write_msg(b, "reason", c->by->lang, *reason ? reason : result_text(code));
		X(b, "</extValue>");
	}
	if (code < 2000)
		buf_add(b, buf_cstr(&o->unhandled), o->unhandled.n);
	X(b, "</result>");
}

static void write_queue(struct buf *b, const struct command *c, int code)
{
	if (c->verb != VERB_POLL || code >= 2000 || code == R_NO_MESSAGES)
		return;
	buf_printf(b, "<msgQ count=\"%lld\" id=\"%lld\"", (long long)c->count,
		   (long long)(c->ack ? c->message : c->poll.id));
	if (c->ack) {
		X(b, "/>");
		return;
	}
	buf_char(b, '>');
	x_time(b, "qDate", c->poll.at);
	if (c->poll.text && *c->poll.text)
		write_msg(b, "msg", c->by->lang, c->poll.text);
	X(b, "</msgQ>");
}

void answer_write(struct buf *b, struct out *o, struct command *c, enum st st, const struct err *e, const char *svtrid)
{
	int code = result_code(c, st);
	bool good = code < 2000;
	X(b, "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>\n"
	     "<epp xmlns=\"urn:ietf:params:xml:ns:epp-1.0\"><response>");
	write_result(b, o, c, code, st, e);
	write_queue(b, c, code);
	if (good && o->res.n) {
		X(b, "<resData>");
		buf_add(b, o->res.p, o->res.n);
		X(b, "</resData>");
	}
	if ((good || c->verb == VERB_LOGIN) && o->ext.n) {
		X(b, "<extension>");
		buf_add(b, o->ext.p, o->ext.n);
		X(b, "</extension>");
	}
	X(b, "<trID>");
	x_el(b, "clTRID", c->cltrid);
	x_el(b, "svTRID", svtrid);
	X(b, "</trID></response></epp>");
	b->bad = b->bad || o->res.bad || o->ext.bad || o->unhandled.bad;
}

/* ── the greeting (RFC 5730 §2.4) ── */

static void write_services(struct buf *b, enum space_kind kind, const char *tag)
{
	for (int i = 0; i < SPACES; i++)
		if (spaces[i].kind == kind)
			x_el(b, tag, spaces[i].uri);
}

void greeting_write(struct buf *b, const char *server, int64_t now)
{
	X(b, "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>\n"
	     "<epp xmlns=\"urn:ietf:params:xml:ns:epp-1.0\"><greeting>");
	x_el(b, "svID", server);
	x_time(b, "svDate", now);
	X(b, "<svcMenu><version>1.0</version>");
	for (int i = 0; i < LANG_COUNT; i++)
		x_el(b, "lang", lang_tag((enum lang)i));
	write_services(b, KIND_OBJECT, "objURI");
	X(b, "<svcExtension>");
	write_services(b, KIND_EXTENSION, "extURI");
	X(b,
	  "</svcExtension></svcMenu><dcp><access><all/></access><statement><purpose><admin/><prov/></purpose>"
	  "<recipient><ours/><public/></recipient><retention><stated/></retention></statement></dcp></greeting></epp>");
}
