/* Former versions, from the snapshots of the registry's history: contacts, hosts and registrars as they were then. */
#include <string.h>
#include "base/json.h"
#include "base/text.h"
#include "lookup/lookup_int.h"

char *former_text(struct arena *mem, const struct json *o, const char *key)
{
	return arena_strdup(mem, json_str(json_get(o, key)));
}

int64_t former_time(const struct json *o, const char *key)
{
	const char *s = json_str(json_get(o, key));
	int64_t t = s ? time_parse(s) : 0;
	return t == TIME_NONE ? 0 : t;
}

void former_common(struct arena *mem, const struct json *o, struct common *c)
{
	const struct json *s = json_get(o, "status");
	c->roid = former_text(mem, o, "roid");
	c->sponsor = former_text(mem, o, "sponsor");
	c->created_at = former_time(o, "created_at");
	c->updated_at = former_time(o, "updated_at");
	c->transferred_at = former_time(o, "transferred_at");
	for (int i = 0; i < json_count(s); i++) {
		enum status_bit bit;
		const char *word = json_str(json_at(s, i));
		if (word && status_parse(word, &bit))
			c->status |= BIT(bit);
	}
}

/* The object in force then. ST_NOTFOUND: there was none. */
enum st former_object(struct req *rq, const char *kind, const char *handle, int64_t at, struct json **out,
		      int64_t *since)
{
	struct former was;
	int n = 0;
	enum st st = registry_history(rq, kind, handle, at, &was, 1, &n);
	if (st)
		return st;
	if (!n || !was.object)
		return err_set(&rq->err, ST_NOTFOUND, N_("%.20s %.200s: it was not there then"), kind, handle);
	if (since)
		*since = was.at;
	*out = json_parse(rq->mem, was.object, strlen(was.object), &rq->err);
	return *out ? ST_OK : err_set(&rq->err, ST_INTERNAL, "the history of %.20s %.200s can't be read", kind, handle);
}

static void postal_then(struct arena *mem, const struct json *o, struct postal_info *p)
{
	const struct json *street = json_get(o, "street");
	*p = (struct postal_info){ .there = o != NULL,
				   .name = former_text(mem, o, "name"),
				   .org = former_text(mem, o, "org"),
				   .city = former_text(mem, o, "city"),
				   .sp = former_text(mem, o, "sp"),
				   .pc = former_text(mem, o, "pc"),
				   .cc = former_text(mem, o, "cc") };
	for (int i = 0; i < json_count(street) && i < 3; i++)
		p->street[i] = arena_strdup(mem, json_str(json_at(street, i)));
}

static void wish_then(const struct json *o, struct contact_object *c)
{
	static const char *const bit[] = { "name int", "name loc", "org int", "org loc", "addr int",
					   "addr loc", "voice",	   "fax",     "email" };
	const struct json *list = json_get(o, "elements");
	c->disclose_set = o != NULL;
	c->disclose_flag = json_true(json_get(o, "flag"));
	for (int i = 0; i < json_count(list); i++)
		for (unsigned k = 0; k < sizeof bit / sizeof *bit; k++) {
			const char *word = json_str(json_at(list, i));
			if (word && !strcmp(word, bit[k]))
				c->disclose |= 1u << k;
		}
}

enum st former_contact(struct req *rq, const char *handle, int64_t at, struct contact_object *c)
{
	struct json *o;
	if (former_object(rq, "contact", handle, at, &o, NULL))
		return rq->err.code;
	*c = (struct contact_object){ .handle = former_text(rq->mem, o, "id"),
				      .voice = former_text(rq->mem, o, "voice"),
				      .voice_x = former_text(rq->mem, o, "voice_x"),
				      .fax = former_text(rq->mem, o, "fax"),
				      .fax_x = former_text(rq->mem, o, "fax_x"),
				      .email = former_text(rq->mem, o, "email"),
				      .lang = former_text(rq->mem, o, "lang"),
				      .verified_at = former_time(o, "verified_at") };
	/* A natural person, unless it says that it was none. */
	c->person = json_true(json_get(o, "person")) || !json_is_bool(json_get(o, "person"));
	former_common(rq->mem, o, &c->c);
	postal_then(rq->mem, json_get(o, "int"), &c->postal[POSTAL_INT]);
	postal_then(rq->mem, json_get(o, "loc"), &c->postal[POSTAL_LOC]);
	wish_then(json_get(o, "disclose"), c);
	if (!c->handle)
		c->handle = arena_strdup(rq->mem, handle);
	return ST_OK;
}

enum st former_host(struct req *rq, const char *name, int64_t at, struct host_object *h)
{
	struct json *o;
	if (former_object(rq, "host", name, at, &o, NULL))
		return rq->err.code;
	const struct json *list = json_get(o, "addresses");
	*h = (struct host_object){ .name = former_text(rq->mem, o, "name"),
				   .domain = former_text(rq->mem, o, "domain") };
	former_common(rq->mem, o, &h->c);
	for (int i = 0; i < json_count(list) && h->naddrs < HOST_ADDRS; i++) {
		const char *s = json_str(json_at(list, i));
		if (s && addr_parse(s, &h->addr[h->naddrs]))
			h->naddrs++;
	}
	return ST_OK;
}

enum st former_registrar(struct req *rq, const char *handle, int64_t at, struct registrar *r)
{
	struct json *o;
	if (former_object(rq, "registrar", handle, at, &o, NULL))
		return rq->err.code;
	*r = (struct registrar){ .handle = arena_strdup(rq->mem, handle),
				 .name = former_text(rq->mem, o, "name"),
				 .email = former_text(rq->mem, o, "email"),
				 .lang = former_text(rq->mem, o, "lang") };
	return ST_OK;
}
