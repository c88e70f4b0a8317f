/* rde_int.h — what the files of the deposits share. */
#ifndef NAMES_RDE_INT_H
#define NAMES_RDE_INT_H
#include "names/contact_int.h"
#include "names/rde.h"

struct rde_name {
	struct dom d;
	int64_t id;
};

/* One element each, from structs; rde_xml.c. */
void rde_xml_domain(struct buf *b, struct arena *mem, const struct dom *d, int64_t at);
void rde_xml_contact(struct buf *b, struct arena *mem, const struct contact_object *c);
void rde_xml_host(struct buf *b, struct arena *mem, const struct host_object *h);
void rde_xml_registrar(struct buf *b, struct arena *mem, const struct registrar *r, int64_t added_at,
		       int64_t changed_at);
void rde_xml_idn(struct buf *b, const char *id, const char *url);
void rde_xml_nndn(struct buf *b, struct arena *mem, const char *name, const char *table, const struct dom *of,
		  bool active);
void rde_xml_epp(struct buf *b);
void rde_xml_policy(struct buf *b);
void rde_text(struct buf *b, const char *s); /* escaped */

/* What each kind's element is, and its children in order. */
struct rde_child {
	const char *name;
	int min, max;
};
struct rde_spec {
	const char *name, *uri, *prefix, *element, *key; /* key: the child whose text is the object's key */
	const struct rde_child *child;
	bool needed; /* is a count asked for in the header */
};
extern const struct rde_spec rde_specs[RDE_KINDS];
#endif
