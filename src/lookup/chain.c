/* What of the chain of a name the public sees: what RDAP and WHOIS tell it, and nothing else. */
#include <string.h>
#include "base/text.h"
#include "holder/holder.h"
#include "lookup/lookup_int.h"

static bool same(const char *a, const char *b)
{
	return a && b && !strcmp(a, b);
}

static bool mail_shown(const struct look *l, const char *email)
{
	for (int i = 0; i < l->h.nentities; i++)
		if (l->h.entity[i]->email && text_eq_nocase(l->h.entity[i]->email, email))
			return true;
	return false;
}

static bool name_shown(const struct look *l, const char *name)
{
	for (int i = 0; i < l->h.nentities; i++) {
		const struct look_entity *e = l->h.entity[i];
		if (e->roles & ROLE_OF_REGISTRANT && (same(e->loc.org, name) || same(e->in.org, name) ||
						      same(e->loc.name, name) || same(e->in.name, name)))
			return true;
	}
	return false;
}

/* What is not there shows nobody. */
static enum st public_look(struct req *rq, const char *name, int64_t at, struct look **out)
{
	struct look_ask q = { .kind = LOOK_DOMAIN, .what = name, .level = LEVEL_PUBLIC, .at = at };
	*out = arena_new_of(rq->mem, struct look);
	enum st st = look_find(rq, &q, *out);
	if (st != ST_NOTFOUND && st != ST_INVALID)
		return st;
	err_clear(&rq->err);
	(*out)->h.nentities = 0;
	return ST_OK;
}

/* Of our own names it is today's contacts that are written to, whatever instant was asked for. */
enum st look_chain_public(struct req *rq, struct answer *a, int64_t at)
{
	struct chain_link *l = a->chain;
	struct look *then, *now;
	int n = 0;
	if (!a->links || l->role != LINK_HOLDER || !a->matched || look_guess(a->matched) != LOOK_DOMAIN)
		return ST_OK;
	bool own = same(a->source, "registry");
	if (public_look(rq, a->matched, at, &then) || public_look(rq, a->matched, own ? 0 : at, &now))
		return rq->err.code;
	if (l->name && name_shown(then, l->name))
		l->person = false;
	else
		l->name = NULL;
	for (int i = 0; i < l->contacts; i++)
		if (mail_shown(now, l->contact[i].email))
			l->contact[n++] = l->contact[i];
	l->contacts = n;
	return ST_OK;
}
