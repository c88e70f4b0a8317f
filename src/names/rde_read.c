/* Reading a deposit back: streaming (libxml2's reader; no network, no entities, no DTD), each object with a cap, its
 * element's children held against the table. Canonical text: one line an element with text or an attribute. */
#include <libxml/xmlreader.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "names/rde_int.h"

enum { DEPTH_MAX = 12, TEXT_MAX = 16 << 10, ATTRIBUTES_MAX = 16 };
#define RDE_NS "urn:ietf:params:xml:ns:rde-1.0"
#define HEADER_NS "urn:ietf:params:xml:ns:rdeHeader-1.0"

struct reader {
	xmlTextReaderPtr x;
	rde_source read;
	void *source;
	struct err *e;
	struct err source_err, xml_err;
	rde_found found;
	void *ctx;
	struct rde_deposit *out;
	struct arena *mem;  /* emptied after each object */
	struct arena *keep; /* the caller's */
	struct rde_counts seen, told;
	bool has_told[RDE_KINDS], header, watermark, menu, contents, full;
	struct buf text; /* of the object at hand */
	struct rde_object object;
	int child;    /* its place in the table */
	int repeated; /* how often that stood */
};

static enum st bad(struct reader *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static enum st bad(struct reader *r, const char *fmt, ...)
{
	char said[200];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(said, sizeof said, fmt, ap);
	va_end(ap);
	int line = r->x ? xmlTextReaderGetParserLineNumber(r->x) : 0;
	return err_set(r->e, ST_INVALID, "line %d: %s", line, said);
}

static const char *local(struct reader *r)
{
	const xmlChar *s = xmlTextReaderConstLocalName(r->x);
	return s ? (const char *)s : "";
}
static const char *space(struct reader *r)
{
	const xmlChar *s = xmlTextReaderConstNamespaceUri(r->x);
	return s ? (const char *)s : "";
}
static bool is(struct reader *r, const char *ns, const char *name)
{
	return !strcmp(local(r), name) && !strcmp(space(r), ns);
}

/* The next node that counts: 1, 0 at the end, −1 with *e. */
static int step(struct reader *r)
{
	for (;;) {
		int got = xmlTextReaderRead(r->x);
		if (got <= 0) {
			if (r->source_err.code)
				*r->e = r->source_err;
			else if (got < 0)
				err_set(r->e, ST_INVALID, "%s",
					r->xml_err.code ? r->xml_err.msg : "not well-formed XML");
			return got == 0 && !r->source_err.code ? 0 : -1;
		}
		int type = xmlTextReaderNodeType(r->x);
		if (type == XML_READER_TYPE_DOCUMENT_TYPE || type == XML_READER_TYPE_ENTITY_REFERENCE ||
		    type == XML_READER_TYPE_PROCESSING_INSTRUCTION)
			return bad(r, "a deposit has no DTD, entities or processing instructions"), -1;
		if (xmlTextReaderDepth(r->x) > DEPTH_MAX)
			return bad(r, "elements are nested too deeply"), -1;
		if (type == XML_READER_TYPE_ELEMENT || type == XML_READER_TYPE_END_ELEMENT ||
		    type == XML_READER_TYPE_TEXT || type == XML_READER_TYPE_CDATA)
			return 1;
	}
}

static char *attribute(struct reader *r, const char *name)
{
	xmlChar *v = xmlTextReaderGetAttribute(r->x, (const xmlChar *)name);
	char *s = v ? arena_strdup(r->mem, (const char *)v) : NULL;
	xmlFree(v);
	return s;
}

/* The text of the element at hand, which has no children, trimmed; NULL after an error. */
static char *text_of(struct reader *r)
{
	BUF_SCOPE b = { .max = TEXT_MAX };
	int depth = xmlTextReaderDepth(r->x), got;
	if (xmlTextReaderIsEmptyElement(r->x))
		return arena_strdup(r->mem, "");
	while ((got = step(r)) > 0) {
		int type = xmlTextReaderNodeType(r->x);
		if (type == XML_READER_TYPE_END_ELEMENT && xmlTextReaderDepth(r->x) == depth)
			return b.bad ? (bad(r, "a text is too long"), NULL) : text_trim(r->mem, buf_cstr(&b));
		if (type == XML_READER_TYPE_ELEMENT)
			return bad(r, "the element %.60s does not belong here", local(r)), NULL;
		const xmlChar *v = xmlTextReaderConstValue(r->x);
		buf_str(&b, v ? (const char *)v : "");
	}
	if (got == 0)
		bad(r, "the deposit ends early");
	return NULL;
}

/* ── header ── */

static enum st count_of(struct reader *r)
{
	char *uri = attribute(r, "uri"), *text = text_of(r);
	int64_t n;
	if (!text)
		return r->e->code;
	if (!uri || !text_int(text, 0, INT64_MAX, &n))
		return bad(r, "a count needs a uri and a number");
	for (int k = 0; k < RDE_KINDS; k++)
		if (!strcmp(uri, rde_specs[k].uri)) {
			if (r->has_told[k])
				return bad(r, "two counts of %.80s", uri);
			r->has_told[k] = true;
			r->told.n[k] = n;
			return ST_OK;
		}
	return bad(r, "a count of unknown objects: %.80s", uri);
}

static enum st header_of(struct reader *r)
{
	int depth = xmlTextReaderDepth(r->x), got;
	if (r->header)
		return bad(r, "a second header");
	r->header = true;
	if (xmlTextReaderIsEmptyElement(r->x))
		return bad(r, "the header is empty");
	while ((got = step(r)) > 0) {
		if (xmlTextReaderNodeType(r->x) == XML_READER_TYPE_END_ELEMENT && xmlTextReaderDepth(r->x) == depth)
			return r->out->zone ? ST_OK : bad(r, "the header names no tld");
		if (xmlTextReaderNodeType(r->x) != XML_READER_TYPE_ELEMENT)
			continue;
		if (is(r, HEADER_NS, "tld")) {
			char *zone = text_of(r);
			if (!zone || r->out->zone)
				return r->e->code ? r->e->code : bad(r, "a second tld");
			r->out->zone = arena_strdup(r->keep, zone);
		} else if (is(r, HEADER_NS, "count")) {
			if (count_of(r))
				return r->e->code;
		} else {
			return bad(r, "the element %.60s does not belong in the header", local(r));
		}
	}
	return got ? r->e->code : bad(r, "the deposit ends early");
}

/* ── objects ── */

static enum st child_next(struct reader *r, const struct rde_spec *spec)
{
	const char *name = local(r);
	const struct rde_child *c = spec->child;
	if (strcmp(space(r), spec->uri) != 0)
		return bad(r, "%s: the element %.60s is of another namespace", spec->name, name);
	if (r->child >= 0 && !strcmp(c[r->child].name, name)) {
		if (++r->repeated > c[r->child].max)
			return bad(r, "%s: more than %d of %s", spec->name, c[r->child].max, name);
		return ST_OK;
	}
	for (r->child++; c[r->child].name && strcmp(c[r->child].name, name) != 0; r->child++)
		if (c[r->child].min)
			return bad(r, "%s: %s is missing before %.60s", spec->name, c[r->child].name, name);
	if (!c[r->child].name)
		return bad(r, "%s: the element %.60s does not belong there", spec->name, name);
	r->repeated = 1;
	return ST_OK;
}

static enum st children_end(struct reader *r, const struct rde_spec *spec)
{
	for (int i = r->child + 1; spec->child[i].name; i++)
		if (spec->child[i].min)
			return bad(r, "%s: %s is missing", spec->name, spec->child[i].name);
	return ST_OK;
}

static void attributes_put(struct reader *r)
{
	int n = 0;
	if (xmlTextReaderMoveToFirstAttribute(r->x) == 1)
		do {
			if (!xmlTextReaderIsNamespaceDecl(r->x))
				buf_printf(&r->text, " %s=%s", (const char *)xmlTextReaderConstLocalName(r->x),
					   (const char *)xmlTextReaderConstValue(r->x));
		} while (++n < ATTRIBUTES_MAX && xmlTextReaderMoveToNextAttribute(r->x) == 1);
	xmlTextReaderMoveToElement(r->x);
}

static bool ends_linked(const struct buf *b)
{
	static const char linked[] = "status s=linked";
	size_t n = sizeof linked - 1;
	return b->n >= n && !memcmp(b->p + b->n - n, linked, n);
}

/* One element below the object's: a line with its depth, name, attributes and text. */
static void element_put(struct reader *r, int depth)
{
	size_t before = r->text.n;
	buf_printf(&r->text, "\n%d %s", depth, local(r));
	attributes_put(r);
	if (ends_linked(&r->text)) { /* follows from other objects */
		r->text.n = before;
		r->text.p[before] = 0;
	}
}

static enum st key_take(struct reader *r, const struct rde_spec *spec, bool direct)
{
	const xmlChar *v = xmlTextReaderConstValue(r->x);
	if (!direct || !spec->key || r->child < 0 || strcmp(spec->child[r->child].name, spec->key) != 0)
		return ST_OK;
	size_t at = strlen(r->object.key);
	if (strlen((const char *)v) >= sizeof r->object.key - at)
		return bad(r, "%s: %s is too long", spec->name, spec->key);
	snprintf(r->object.key + at, sizeof r->object.key - at, "%s", (const char *)v);
	return ST_OK;
}

static enum st object_node(struct reader *r, const struct rde_spec *spec, int depth)
{
	int at = xmlTextReaderDepth(r->x) - depth, type = xmlTextReaderNodeType(r->x);
	if (type == XML_READER_TYPE_ELEMENT) {
		if (at == 1 && child_next(r, spec))
			return r->e->code;
		element_put(r, at);
	} else if (type == XML_READER_TYPE_TEXT || type == XML_READER_TYPE_CDATA) {
		const char *v = (const char *)xmlTextReaderConstValue(r->x);
		if (v && v[strspn(v, " \t\r\n")]) {
			buf_printf(&r->text, ": %s", v);
			return key_take(r, spec, at == 2);
		}
	}
	return r->text.bad ? bad(r, "%s: the object is larger than %d bytes", spec->name, RDE_OBJECT_BYTES) : ST_OK;
}

static enum st object_of(struct reader *r, enum rde_kind k)
{
	const struct rde_spec *spec = &rde_specs[k];
	int depth = xmlTextReaderDepth(r->x), got = 1;
	buf_reset(&r->text);
	r->object = (struct rde_object){ .kind = k };
	r->child = -1;
	buf_str(&r->text, spec->name);
	attributes_put(r);
	if (k == RDE_IDN) {
		char *id = attribute(r, "id");
		snprintf(r->object.key, sizeof r->object.key, "%.200s", id ? id : "");
	}
	bool empty = xmlTextReaderIsEmptyElement(r->x) == 1;
	while (!empty && (got = step(r)) > 0) {
		if (xmlTextReaderNodeType(r->x) == XML_READER_TYPE_END_ELEMENT && xmlTextReaderDepth(r->x) == depth)
			break;
		if (object_node(r, spec, depth))
			return r->e->code;
	}
	if (got <= 0)
		return got ? r->e->code : bad(r, "the deposit ends early");
	if (children_end(r, spec))
		return r->e->code;
	r->object.text = buf_cstr(&r->text);
	r->object.n = r->text.n;
	if (spec->key && !*r->object.key)
		return bad(r, "%s without %s", spec->name, spec->key);
	r->seen.n[k]++;
	return r->found ? r->found(r->ctx, &r->object, r->e) : ST_OK;
}

static enum st content_of(struct reader *r)
{
	arena_reset(r->mem);
	for (int k = 0; k < RDE_KINDS; k++)
		if (is(r, rde_specs[k].uri, rde_specs[k].element))
			return object_of(r, (enum rde_kind)k);
	return bad(r, "an object of an unknown kind: %.60s", local(r));
}

/* ── the deposit ── */

static enum st deposit_of(struct reader *r)
{
	char *type = attribute(r, "type"), *id = attribute(r, "id"), *resend = attribute(r, "resend");
	int64_t n = 0;
	if (!is(r, RDE_NS, "deposit"))
		return bad(r, "this is no deposit (RFC 8909)");
	if (!type || (strcmp(type, "FULL") != 0))
		return bad(r, "a deposit of type %.10s; only FULL is known", type ? type : "none");
	if (!id || !*id || strlen(id) >= sizeof r->out->id)
		return bad(r, "the deposit needs an id of 1 to 13 characters");
	if (resend && !text_int(resend, 0, 100000, &n))
		return bad(r, "resend is a number");
	snprintf(r->out->id, sizeof r->out->id, "%s", id);
	r->out->resend = (int)n;
	return ST_OK;
}

static enum st watermark_of(struct reader *r)
{
	char *text = text_of(r);
	if (!text)
		return r->e->code;
	r->out->watermark = time_parse(text);
	r->watermark = true;
	return r->out->watermark == TIME_NONE ? bad(r, "the watermark is no time") : ST_OK;
}

static enum st pass_over(struct reader *r)
{
	int depth = xmlTextReaderDepth(r->x), got;
	if (xmlTextReaderIsEmptyElement(r->x))
		return ST_OK;
	while ((got = step(r)) > 0)
		if (xmlTextReaderNodeType(r->x) == XML_READER_TYPE_END_ELEMENT && xmlTextReaderDepth(r->x) == depth)
			return ST_OK;
	return got ? r->e->code : bad(r, "the deposit ends early");
}

static enum st element_of(struct reader *r, int depth)
{
	if (depth == 0)
		return deposit_of(r);
	if (depth == 1 && is(r, RDE_NS, "watermark") && !r->watermark)
		return watermark_of(r);
	if (depth == 1 && is(r, RDE_NS, "rdeMenu") && r->watermark && !r->menu) {
		r->menu = true;
		return pass_over(r);
	}
	if (depth == 1 && is(r, RDE_NS, "contents") && r->menu && !r->contents) {
		r->contents = true;
		return ST_OK;
	}
	if (depth == 2 && r->contents) {
		if (!is(r, HEADER_NS, "header"))
			return r->header ? content_of(r) : bad(r, "the header comes first");
		return header_of(r);
	}
	return bad(r, "the element %.60s does not belong here", local(r));
}

static enum st whole(struct reader *r)
{
	if (!r->watermark || !r->menu || !r->contents || !r->header)
		return bad(r, "watermark, menu, contents or header is missing");
	if (r->out->counts.n[RDE_POLICY] < 0) /* our own, on its way from the tables */
		return ST_OK;
	for (int k = 0; k < RDE_KINDS; k++)
		if (r->has_told[k] && r->told.n[k] != r->seen.n[k])
			return err_set(r->e, ST_INVALID,
				       "the header counts %lld objects of the kind %s, but there are %lld",
				       (long long)r->told.n[k], rde_specs[k].name, (long long)r->seen.n[k]);
		else if (!r->has_told[k] && rde_specs[k].needed && r->seen.n[k])
			return err_set(r->e, ST_INVALID, "the header does not count the kind %s", rde_specs[k].name);
	r->out->counts = r->seen;
	return ST_OK;
}

static int on_read(void *ctx, char *to, int room)
{
	struct reader *r = ctx;
	if (r->source_err.code)
		return -1;
	return (int)r->read(r->source, to, (size_t)room, &r->source_err);
}

static void on_error(void *ctx, const char *msg, xmlParserSeverities severity, xmlTextReaderLocatorPtr at)
{
	struct reader *r = ctx;
	if (r->xml_err.code || severity == XML_PARSER_SEVERITY_WARNING ||
	    severity == XML_PARSER_SEVERITY_VALIDITY_WARNING)
		return;
	err_set(&r->xml_err, ST_INVALID, "line %d: %.*s", xmlTextReaderLocatorLineNumber(at), (int)strcspn(msg, "\n"),
		msg);
}

static enum st run(struct reader *r)
{
	int got = 1;
	while (!r->e->code && (got = step(r)) > 0) {
		int type = xmlTextReaderNodeType(r->x);
		const char *v = (const char *)xmlTextReaderConstValue(r->x);
		if (type == XML_READER_TYPE_ELEMENT)
			element_of(r, xmlTextReaderDepth(r->x));
		else if (type != XML_READER_TYPE_END_ELEMENT && v && v[strspn(v, " \t\r\n")])
			bad(r, "text where elements stand");
	}
	if (r->xml_err.code && !r->e->code)
		*r->e = r->xml_err;
	return r->e->code ? r->e->code : whole(r);
}

enum st rde_read(rde_source read, void *source, rde_found found, void *ctx, struct rde_deposit *out, struct arena *mem,
		 struct err *e)
{
	*out = (struct rde_deposit){ .counts = out->counts };
	struct reader r = { .read = read, .source = source, .e = e, .found = found, .ctx = ctx, .out = out };
	r.text.max = RDE_OBJECT_BYTES;
	r.keep = mem;
	r.mem = arena_new(4 << 20);
	r.x = xmlReaderForIO(on_read, NULL, &r, NULL, "UTF-8", XML_PARSE_NONET);
	if (!r.x)
		abort(); /* out of memory */
	xmlTextReaderSetErrorHandler(r.x, on_error, &r);
	run(&r);
	xmlFreeTextReader(r.x);
	buf_free(&r.text);
	arena_free(r.mem);
	return e->code;
}
