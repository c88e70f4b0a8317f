#include "front/epp/xml_in.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <libxml/SAX2.h>
#include <libxml/dict.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <pthread.h>
#include "base/text.h"

enum { NAMES_KEPT_MAX = 4000 }; /* of libxml2's dictionary: hostile names must not gather in it */

struct xml_reader {
	xmlParserCtxt *ctxt;
	struct arena *mem;
	struct node *root, *at;
	int depth, nodes;
	struct err *e;
	const xmlChar *uri; /* the last one looked up; libxml2 gives the same pointer for the same text */
	enum space space;
};

static void fail(struct xml_reader *x, const char *why)
{
	if (!x->e->code)
		err_set(x->e, ST_INVALID, "%s", why);
	xmlStopParser(x->ctxt);
}

static enum space space_cached(struct xml_reader *x, const xmlChar *uri)
{
	if (uri != x->uri || !uri) {
		x->uri = uri;
		x->space = space_of_uri((const char *)uri);
	}
	return x->space;
}

static void add_attrs(struct xml_reader *x, struct node *n, int count, const xmlChar **a)
{
	for (; count > 0; count--, a += 5) {
		if (a[1])
			continue; /* xsi:schemaLocation and its like */
		struct attr *attr = arena_new_of(x->mem, struct attr);
		attr->name = arena_strdup(x->mem, (const char *)a[0]);
		attr->value = arena_dup(x->mem, a[3], (size_t)(a[4] - a[3]));
		attr->next = n->attrs;
		n->attrs = attr;
		x->nodes++;
	}
}

static void on_start(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int nns,
		     const xmlChar **ns, int nattrs, int ndefaulted, const xmlChar **attrs)
{
	struct xml_reader *x = ctx;
	if (x->e->code)
		return;
	if (++x->depth > XML_DEPTH_MAX) {
		fail(x, "elements are nested too deep");
		return;
	}
	if (++x->nodes + nattrs > XML_NODES_MAX) {
		fail(x, "too many elements");
		return;
	}
	struct node *n = arena_new_of(x->mem, struct node);
	n->name = arena_strdup(x->mem, (const char *)name);
	n->space = space_cached(x, uri);
	n->uri = n->space ? spaces[n->space].uri : arena_strdup(x->mem, (const char *)uri);
	n->text = "";
	n->up = x->at;
	add_attrs(x, n, nattrs, attrs);
	if (!x->at)
		x->root = n;
	else if (x->at->last)
		x->at->last->next = n;
	else
		x->at->child = n;
	if (x->at)
		x->at->last = n;
	x->at = n;
}

static void on_end(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
	struct xml_reader *x = ctx;
	if (x->e->code)
		return;
	x->depth--;
	x->at = x->at->up;
}

static void on_text(void *ctx, const xmlChar *p, int len)
{
	struct xml_reader *x = ctx;
	struct node *n = x->at;
	size_t more = (size_t)len;
	if (x->e->code || !n)
		return;
	if (n->text_n + more + 1 > n->text_size) {
		size_t size = n->text_size ? 2 * (n->text_n + more + 1) : more + 1;
		char *text = arena_alloc(x->mem, size);
		memcpy(text, n->text, n->text_n);
		n->text = text;
		n->text_size = size;
	}
	memcpy(n->text + n->text_n, p, more);
	n->text_n += more;
	n->text[n->text_n] = 0;
}

static void on_doctype(void *ctx, const xmlChar *name, const xmlChar *public_id, const xmlChar *system_id)
{
	fail(ctx, "a document type declaration is not allowed");
}

/* Only XML's own; anything else was never declared. */
static xmlEntity *on_entity(void *ctx, const xmlChar *name)
{
	xmlEntity *own = xmlGetPredefinedEntity(name);
	if (!own)
		fail(ctx, "an entity that is not XML's own is not allowed");
	return own;
}

static void on_error(void *ctx, const xmlError *error)
{
	struct xml_reader *x = ctx;
	if (x->e->code || !error || error->level < XML_ERR_ERROR)
		return;
	err_set(x->e, ST_INVALID, "line %d: %s", error->line, error->message ? error->message : "not XML");
	x->e->msg[strcspn(x->e->msg, "\r\n")] = 0;
}

#if LIBXML_VERSION >= 21200
static void on_structured_error(void *ctx, const xmlError *error)
{
	on_error(ctx, error);
}
#else
static void on_structured_error(void *ctx, xmlError *error)
{
	on_error(ctx, error);
}
#endif

static const xmlSAXHandler handler = {
	.internalSubset = on_doctype,
	.externalSubset = on_doctype,
	.getEntity = on_entity,
	.startElementNs = on_start,
	.endElementNs = on_end,
	.characters = on_text,
	.ignorableWhitespace = on_text,
	.cdataBlock = on_text,
	.serror = on_structured_error,
	.initialized = XML_SAX2_MAGIC,
};

static pthread_once_t once = PTHREAD_ONCE_INIT;

struct xml_reader *xml_reader_new(void)
{
	struct xml_reader *x = calloc(1, sizeof *x);
	if (!x)
		abort();
	pthread_once(&once, xmlInitParser);
	return x;
}

static void ctxt_drop(struct xml_reader *x)
{
	if (x->ctxt)
		xmlFreeParserCtxt(x->ctxt);
	x->ctxt = NULL;
}

void xml_reader_free(struct xml_reader *x)
{
	if (!x)
		return;
	ctxt_drop(x);
	free(x);
}

static bool ctxt_ready(struct xml_reader *x)
{
	if (x->ctxt && (!x->ctxt->dict || xmlDictSize(x->ctxt->dict) > NAMES_KEPT_MAX))
		ctxt_drop(x);
	if (!x->ctxt && (x->ctxt = xmlNewParserCtxt())) {
		*x->ctxt->sax = handler;
		x->ctxt->userData = x;
	}
	return x->ctxt;
}

/* What the XML declaration says of the encoding, if there is one. The bytes were found to be UTF-8 before. */
static bool encoding_ok(const char *p, size_t n)
{
	static const char *const good[] = { "UTF-8", "US-ASCII" };
	if (n > 3 && !memcmp(p, "\xef\xbb\xbf", 3)) {
		p += 3;
		n -= 3;
	}
	const char *end = n > 5 && !memcmp(p, "<?xml", 5) ? memmem(p, n, "?>", 2) : NULL;
	const char *at = end ? memmem(p, (size_t)(end - p), "encoding", 8) : NULL;
	if (!at)
		return true;
	for (at += 8; at < end && strchr(" \t\r\n=\"'", *at); at++)
		;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		size_t len = strlen(good[i]);
		if ((size_t)(end - at) > len && !strncasecmp(at, good[i], len) && strchr("\"'", at[len]))
			return true;
	}
	return false;
}

struct node *xml_read(struct xml_reader *x, struct arena *mem, const char *p, size_t n, struct err *e)
{
	err_clear(e);
	if (n > INT32_MAX || !utf8_valid(p, n))
		return err_set(e, ST_INVALID, "the frame is not valid UTF-8"), NULL;
	if (!encoding_ok(p, n))
		return err_set(e, ST_INVALID, "the encoding must be UTF-8"), NULL;
	if (!ctxt_ready(x))
		return err_set(e, ST_BUSY, "no memory for an XML reader"), NULL;
	x->mem = mem;
	x->root = x->at = NULL;
	x->depth = x->nodes = 0;
	x->e = e;
	x->uri = NULL;
	xmlDoc *doc = xmlCtxtReadMemory(x->ctxt, p, (int)n, NULL, NULL, XML_PARSE_NONET);
	if (doc)
		xmlFreeDoc(doc);
	if (!e->code && (!x->ctxt->wellFormed || !x->ctxt->nsWellFormed || !x->root))
		err_set(e, ST_INVALID, "not well-formed XML");
	return e->code ? NULL : x->root;
}

bool node_is(const struct node *n, enum space s, const char *name)
{
	return n && n->space == s && !strcmp(n->name, name);
}

const char *node_attr(const struct node *n, const char *name)
{
	for (const struct attr *a = n->attrs; a; a = a->next)
		if (!strcmp(a->name, name))
			return a->value;
	return NULL;
}
