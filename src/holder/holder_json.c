#include "base/json.h"
#include "base/phrase.h"
#include "base/text.h"
#include "holder/holder.h"

const char *link_role_name(enum link_role r)
{
	static const char *const names[] = { [LINK_HOLDER] = "holder",
					     [LINK_SPONSOR] = "sponsor",
					     [LINK_UPSTREAM] = "upstream",
					     [LINK_AUTHORITY] = "authority" };
	return names[r];
}

const char *thing_kind_name(enum thing_kind k)
{
	static const char *const names[] = { [THING_NAME] = "name", [THING_ADDR] = "address", [THING_PREFIX] = "prefix",
					     [THING_ASN] = "asn",   [THING_URL] = "url",      [THING_OTHER] = "other" };
	return names[k];
}

static void put_contact(struct jw *w, const struct holder_contact *c)
{
	j_obj(w, NULL);
	j_str(w, "role", c->role);
	j_str(w, "email", c->email);
	j_str(w, "lang", c->lang && *c->lang ? c->lang : NULL);
	j_bool(w, "verified", c->verified);
	j_end(w);
}

static void put_link(struct jw *w, const struct chain_link *l)
{
	j_obj(w, NULL);
	j_str(w, "role", link_role_name(l->role));
	j_str(w, "name", l->name);
	j_str(w, "handle", l->handle);
	j_arr(w, "contacts");
	for (int i = 0; i < l->contacts; i++)
		put_contact(w, &l->contact[i]);
	j_end(w);
	j_end(w);
}

void holder_json(struct arena *mem, struct buf *out, const struct answer *a)
{
	struct jw w = jw_of(out);
	j_obj(&w, NULL);
	j_str(&w, "query", a->query);
	j_str(&w, "kind", thing_kind_name(a->kind));
	j_str(&w, "matched", a->matched);
	j_str(&w, "country", a->country);
	j_bool(&w, "responsible", a->responsible);
	j_arr(&w, "chain");
	for (int i = 0; i < a->links; i++)
		put_link(&w, &a->chain[i]);
	j_end(&w);
	j_time(&w, "valid_from", a->valid_from);
	j_str(&w, "source", a->source);
	if (a->valid_from && a->valid_from != TIME_NONE)
		j_str(&w, "valid_from_is", a->from_record ? "recorded" : "first-seen");
	if (a->first_seen) {
		j_time(&w, "first_seen", a->first_seen);
		j_time(&w, "last_seen", a->last_seen);
	}
	if (a->elsewhere)
		j_str(&w, "elsewhere", phrase_say(mem, LANG_EN, a->elsewhere));
	j_end(&w);
}
