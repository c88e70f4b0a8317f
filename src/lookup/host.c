/* Name servers: the registry's host objects; of imported zones those that a domain names below itself. */
#include <string.h>
#include "base/idn.h"
#include "lookup/lookup_int.h"

static enum st imported_host(struct filling *f, struct look_host *out, const char *ascii)
{
	struct name *n = arena_new_of(f->rq->mem, struct name);
	enum st st = names_find(f->rq, ascii, f->q->at, n);
	if (st)
		return st;
	size_t len = strlen(ascii);
	for (const char *s = n->nameservers; *s;) {
		s += strspn(s, " ");
		size_t k = strcspn(s, " ");
		if (k == len && !strncmp(s, ascii, k)) {
			out->h.handle = out->ns.name;
			out->h.source = n->source;
			out->h.valid_from = n->valid_from;
			status_add(&out->h, "linked");
			return entity_registrar(f, n->sponsor);
		}
		s += k;
	}
	return err_set(&f->rq->err, ST_NOTFOUND, N_("no name server %.200s is known here"), ascii);
}

enum st host_fill(struct filling *f, struct look_host *out)
{
	struct req *rq = f->rq;
	struct host_object *h = arena_new_of(rq->mem, struct host_object);
	char *ascii = name_ascii(rq->mem, f->q->what, false, &rq->err);
	if (!ascii)
		return rq->err.code;
	out->ns.name = ascii;
	out->ns.uname = name_unicode(rq->mem, ascii);
	f->about = ascii;
	enum st st = f->q->at ? former_host(rq, ascii, f->q->at, h) : host_get(rq, ascii, h);
	if (st != ST_OK && st != ST_NOTFOUND)
		return st;
	if (st == ST_NOTFOUND) {
		err_clear(&rq->err);
		return imported_host(f, out, ascii);
	}
	out->ns.addr = h->addr;
	out->ns.naddrs = h->naddrs;
	out->domain = h->domain;
	out->h.handle = h->c.roid;
	out->h.source = "registry";
	out->h.created = h->c.created_at;
	out->h.changed = h->c.updated_at;
	out->h.transferred = h->c.transferred_at;
	statuses_add(&out->h, h->c.status);
	return entity_registrar(f, h->c.sponsor);
}
