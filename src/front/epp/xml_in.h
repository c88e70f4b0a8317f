/* xml_in.h — a frame's XML as a small tree in the request's arena. Pure; a fuzz target.
 *
 * libxml2 reads it through SAX, so that nothing is built but this tree: no DTD (a document type declaration is an error
 * before anything in it is looked at, hence no entities but XML's own five), no network, no files, UTF-8 only, at most
 * XML_DEPTH_MAX deep and XML_NODES_MAX elements and attributes. One reader belongs to one thread; it keeps libxml2's
 * context between frames, which is a third of the time.
 */
#ifndef EPP_XML_IN_H
#define EPP_XML_IN_H
#include <stdbool.h>
#include <stddef.h>
#include "base/arena.h"
#include "base/err.h"
#include "front/epp/space.h"

enum { XML_DEPTH_MAX = 32, XML_NODES_MAX = 8192 };

struct attr {
	struct attr *next;
	const char *name, *value; /* of no namespace; others are passed over */
};
struct node {
	struct node *up, *next, *child, *last;
	struct attr *attrs;
	const char *name; /* without prefix */
	const char *uri;  /* NULL without a namespace */
	enum space space;
	char *text; /* all character data directly inside, "" if none */
	size_t text_n, text_size;
};

struct xml_reader;
struct xml_reader *xml_reader_new(void);
void xml_reader_free(struct xml_reader *x);
/* The root element, or NULL with one sentence in *e (ST_INVALID). */
struct node *xml_read(struct xml_reader *x, struct arena *mem, const char *p, size_t n, struct err *e);

bool node_is(const struct node *n, enum space s, const char *name); /* n may be NULL */
const char *node_attr(const struct node *n, const char *name);	    /* NULL if absent */

#endif
