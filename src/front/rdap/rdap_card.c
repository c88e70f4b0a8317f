/* Entities as jCard (RFC 7095), and what was left out of them (RFC 9537). */
#include <string.h>
#include "front/rdap/rdap_int.h"
#include "store/memo.h"

/* ── properties ── */

static void prop_begin(struct jw *w, const char *name)
{
	j_arr(w, NULL);
	j_str(w, NULL, name);
	j_obj(w, NULL);
}

static void prop_text(struct jw *w, const char *type, const char *value)
{
	j_end(w);
	j_str(w, NULL, type);
	j_str(w, NULL, value);
	j_end(w);
}

/* One without parameters, as most are: an answer has dozens. */
#define PROP(name, type) "[\"" name "\",{},\"" type "\","

static void prop(struct jw *w, const char *begin, const char *value)
{
	j_framed(w, begin, value, "]");
}

/* A name in two scripts: the second is an alternative of the first (RFC 6350 §5.4). */
static void prop_alt(struct jw *w, const char *name, const char *value, const char *lang)
{
	prop_begin(w, name);
	j_str(w, "altid", "1");
	if (lang)
		j_str(w, "language", lang);
	prop_text(w, "text", value);
}

static const char *first(const char *a, const char *b)
{
	return a ? a : b;
}

static void names(struct jw *w, const char *name, const char *plain, const char *loc, const char *in, const char *lang)
{
	if (loc && in && strcmp(loc, in) != 0) {
		prop_alt(w, name, loc, lang);
		prop_alt(w, name, in, "en");
	} else if (loc || in) {
		prop(w, plain, first(loc, in));
	}
}

static bool has_address(const struct look_postal *p)
{
	return p->street[0] || p->street[1] || p->street[2] || p->city || p->region || p->code || p->country;
}

static void street(struct jw *w, const struct look_postal *p)
{
	int n = 0;
	for (int i = 0; i < 3; i++)
		n += p->street[i] != NULL;
	if (n < 2) {
		j_str(w, NULL, n ? first(first(p->street[0], p->street[1]), p->street[2]) : "");
		return;
	}
	j_arr(w, NULL);
	for (int i = 0; i < 3; i++)
		if (p->street[i])
			j_str(w, NULL, p->street[i]);
	j_end(w);
}

/* The country as a code (RFC 8605 §3.1). */
static void address(struct jw *w, const struct look_postal *p, const char *altid)
{
	if (!has_address(p))
		return;
	prop_begin(w, "adr");
	if (p->country)
		j_str(w, "cc", p->country);
	if (altid)
		j_str(w, "altid", altid);
	j_end(w);
	j_str(w, NULL, "text");
	j_arr(w, NULL);
	j_str(w, NULL, "");
	j_str(w, NULL, "");
	street(w, p);
	j_str(w, NULL, p->city ? p->city : "");
	j_str(w, NULL, p->region ? p->region : "");
	j_str(w, NULL, p->code ? p->code : "");
	j_str(w, NULL, "");
	j_end(w);
	j_end(w);
}

/* RFC 3966: "+886.212345678;ext=5" without the dots that EPP writes; other text stays text. */
static void phone(struct jw *w, struct arena *mem, const char *type, const char *number)
{
	if (!number)
		return;
	prop_begin(w, "tel");
	j_str(w, "type", type);
	char *uri = arena_join(mem, "tel:", number, NULL);
	const char *ext = strstr(number, ";ext=");
	size_t n = ext ? (size_t)(ext - number) : strlen(number);
	bool plain = *number == '+' && strspn(number + 1, "0123456789.-") + 1 == n;
	prop_text(w, plain ? "uri" : "text", plain ? uri : number);
}

static void card(struct jw *w, const struct rdap_view *v, const struct look_entity *e)
{
	const char *lang = e->lang && *e->lang ? e->lang : "zh-TW";
	const char *loc = first(e->loc.name, e->loc.org), *in = first(e->in.name, e->in.org);
	j_arr(w, "vcardArray");
	j_str(w, NULL, "vcard");
	j_arr(w, NULL);
	prop(w, PROP("version", "text"), "4.0");
	if (loc || in)
		names(w, "fn", PROP("fn", "text"), loc, in, lang);
	else
		prop(w, PROP("fn", "text"), "");
	prop(w, PROP("kind", "text"),
	     e->subject == SUBJECT_PERSON ? "individual"
	     : e->subject == SUBJECT_ORG  ? "org"
					  : "group");
	names(w, "org", PROP("org", "text"), e->loc.org, e->in.org, lang);
	bool both = has_address(&e->loc) && has_address(&e->in);
	address(w, &e->loc, both ? "1" : NULL);
	address(w, &e->in, both ? "1" : NULL);
	phone(w, v->mem, "voice", e->voice);
	phone(w, v->mem, "fax", e->fax);
	if (e->email)
		prop(w, PROP("email", "text"), e->email);
	if (e->relay)
		prop(w, PROP("contact-uri", "uri"), e->relay);
	if (e->lang && *e->lang)
		prop(w, PROP("lang", "language-tag"), e->lang);
	j_end(w);
	j_end(w);
}

/* ── entities ── */

static void events(struct jw *w, const struct look_entity *e)
{
	static const char *const names_of[] = { "registration", "last changed", "reinstantiation" };
	const int64_t at[] = { e->created, e->changed };
	bool any = e->created > 0 || e->changed > 0;
	if (!any)
		return;
	j_arr(w, "events");
	for (int i = 0; i < 2; i++) {
		if (at[i] <= 0)
			continue;
		j_obj(w, NULL);
		j_str(w, "eventAction", names_of[i]);
		j_time(w, "eventDate", at[i]);
		j_end(w);
	}
	j_end(w);
}

void rdap_entity_body(struct jw *w, const struct rdap_view *v, const struct look_entity *e)
{
	j_str(w, "objectClassName", "entity");
	if (e->handle)
		j_str(w, "handle", e->handle);
	if (v->set == SET_ID)
		return;
	card(w, v, e);
	if (e->roles) {
		j_arr(w, "roles");
		for (int i = 0; i < LOOK_ROLES; i++)
			if (e->roles & 1u << i)
				j_str(w, NULL, look_role_name(1u << i));
		j_end(w);
	}
	events(w, e);
	if (e->nmore && v->set == SET_FULL) {
		j_arr(w, "entities");
		for (int i = 0; i < e->nmore; i++)
			rdap_entity(w, v, &e->more[i], NULL);
		j_end(w);
	}
}

static void entity_write(struct jw *w, const struct rdap_view *v, const struct look_entity *e, const char *key)
{
	j_obj(w, key);
	rdap_entity_body(w, v, e);
	if (e->verified > 0 && v->set != SET_ID) {
		j_arr(w, "status");
		j_str(w, NULL, look_status_rdap("validated"));
		j_end(w);
	}
	j_end(w);
}

/* A registrar with its contacts, all of it for everybody: the same text in thousands of answers. */
static bool in_common(const struct rdap_view *v, const struct look_entity *e)
{
	unsigned held = e->hidden | e->disclosed;
	for (int i = 0; i < e->nmore; i++)
		held |= e->more[i].hidden | e->more[i].disclosed;
	return v->rq && v->set == SET_FULL && e->handle && e->roles == ROLE_OF_REGISTRAR && !held;
}

void rdap_entity(struct jw *w, const struct rdap_view *v, const struct look_entity *e, const char *key)
{
	static const char room[] = "rdap registrar";
	if (!in_common(v, e)) {
		entity_write(w, v, e, key);
		return;
	}
	struct blob kept = memo_blob(v->rq, room, e->handle);
	if (!kept.p) {
		BUF_SCOPE b = BUF_INIT;
		struct jw one = jw_of(&b);
		entity_write(&one, v, e, NULL);
		memo_put(v->rq, room, e->handle, buf_cstr(&b), b.n);
		kept = (struct blob){ arena_dup(v->mem, buf_cstr(&b), b.n), b.n };
	}
	j_raw(w, key, kept.p);
}

/* ── what was left out (RFC 9537) ── */

static const char *const left_out[PARTS] = {
	/* within a vcardArray */
	[PART_NAME] = "[?(@[0]=='fn')][3]",	   [PART_ORG] = "[?(@[0]=='org')]",
	[PART_STREET] = "[?(@[0]=='adr')][3][2]",  [PART_CITY] = "[?(@[0]=='adr')][3][3]",
	[PART_REGION] = "[?(@[0]=='adr')][3][4]",  [PART_CODE] = "[?(@[0]=='adr')][3][5]",
	[PART_COUNTRY] = "[?(@[0]=='adr')][1].cc", [PART_VOICE] = "[?(@[1].type=='voice')]",
	[PART_FAX] = "[?(@[1].type=='fax')]",	   [PART_EMAIL] = "[?(@[0]=='email')]",
};

/* As ICANN's registry of redacted names calls the roles; it knows of registrant and tech. */
static const char *role_title(unsigned roles, bool *listed)
{
	*listed = roles & (ROLE_OF_REGISTRANT | ROLE_OF_TECH);
	return roles & ROLE_OF_REGISTRANT ? "Registrant"
	       : roles & ROLE_OF_TECH	  ? "Tech"
	       : roles & ROLE_OF_ADMIN	  ? "Administrative Contact"
	       : roles & ROLE_OF_BILLING  ? "Billing Contact"
	       : roles & ROLE_OF_ABUSE	  ? "Abuse Contact"
					  : "Entity";
}

static unsigned first_role(unsigned roles)
{
	return roles & (0 - roles);
}

/* What the answer has in its place decides (RFC 9537 §3): a card keeps its fn, an address that is shown in part keeps the
 * places of its parts, and a form stands in for the address of a mailbox. Where the path is still there it is the
 * postPath. */
static const char *method_of(const struct look_entity *e, int part, bool *still)
{
	bool named = e->loc.name || e->loc.org || e->in.name || e->in.org;
	bool placed = part == PART_STREET || part == PART_CITY || part == PART_REGION || part == PART_CODE;
	*still = part == PART_NAME || (placed && (has_address(&e->loc) || has_address(&e->in)));
	return (part == PART_NAME && named) || (part == PART_EMAIL && e->relay) ? "replacementValue"
	       : *still								? "emptyValue"
										: "removal";
}

static void one_left_out(struct jw *w, const struct rdap_view *v, const struct look_entity *e, int part,
			 const char *where)
{
	bool listed, still;
	const char *title = role_title(e->roles, &listed), *method = method_of(e, part, &still);
	j_obj(w, NULL);
	j_obj(w, "name");
	j_str(w, listed ? "type" : "description", arena_join(v->mem, title, " ", disclosure_rows[part].name, NULL));
	j_end(w);
	j_str(w, still ? "postPath" : "prePath", arena_join(v->mem, where, ".vcardArray[1]", left_out[part], NULL));
	j_str(w, "pathLang", "jsonpath");
	if (part == PART_EMAIL && e->relay)
		j_str(w, "replacementPath", arena_join(v->mem, where, ".vcardArray[1][?(@[0]=='contact-uri')]", NULL));
	j_str(w, "method", method);
	j_obj(w, "reason");
	j_str(w, "description", "Server policy");
	j_end(w);
	j_end(w);
}

static void left_out_of(struct jw *w, const struct rdap_view *v, const struct look_entity *e, const char *where)
{
	for (int p = 0; p < PARTS; p++)
		if (e->hidden & 1u << p)
			one_left_out(w, v, e, p, where);
}

static void left_out_all(struct jw *w, const struct rdap_view *v, const struct look_head *h, const char *path)
{
	for (int i = 0; i < h->nentities; i++) {
		const struct look_entity *e = h->entity[i];
		const char *role = look_role_name(first_role(e->roles));
		char *where = arena_join(v->mem, path, ".entities[?(@.roles[0]=='", role, "')]", NULL);
		left_out_of(w, v, e, where);
		for (int k = 0; k < e->nmore; k++)
			left_out_of(w, v, &e->more[k],
				    arena_join(v->mem, where, ".entities[?(@.roles[0]=='",
					       look_role_name(first_role(e->more[k].roles)), "')]", NULL));
	}
}

void rdap_redacted(struct jw *w, const struct rdap_view *v, const struct look *l, const char *path)
{
	if (!look_hidden(l) || v->set == SET_ID)
		return;
	j_arr(w, "redacted");
	if (l->kind == LOOK_ENTITY)
		left_out_of(w, v, &l->who.e, path);
	left_out_all(w, v, &l->h, path);
	if (l->kind == LOOK_DOMAIN && l->domain.network)
		left_out_all(w, v, &l->domain.network->h, arena_printf(v->mem, "%s.network", path));
	j_end(w);
}
