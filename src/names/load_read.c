/* The first step of a load: every line is parsed and held against the rules, staged under its key, and what it refers
 * to is noted. */
#include <stdlib.h>
#include <string.h>
#include "base/csv.h"
#include "base/idn.h"
#include "base/text.h"
#include "names/load_int.h"

enum { LINE_ARENA = 4 << 20, SAY_LINES = 4096 };

/* ── statuses ── */

/* What follows from the object's state is left out: it will follow here too. */
static statuses const derived = BIT(STATUS_INACTIVE) | BIT(STATUS_LINKED) | BIT(STATUS_ADD_PERIOD) |
				BIT(STATUS_RENEW_PERIOD) | BIT(STATUS_AUTORENEW_PERIOD) | BIT(STATUS_TRANSFER_PERIOD);

static enum st statuses_of(struct req *rq, char *text, enum object kind, struct load_item *out)
{
	struct outcome why;
	statuses add = 0;
	for (char *one; (one = strsep(&text, " \t"));) {
		enum status_bit b;
		if (!*one || !strcmp(one, "ok"))
			continue;
		if (!status_parse(one, &b))
			return err_set(&rq->err, ST_INVALID, "status: \"%.40s\" is no status of RFC 5731 to 5733", one);
		if (kind == OBJECT_DOMAIN && b == STATUS_REDEMPTION)
			out->redemption = true;
		else if (kind == OBJECT_DOMAIN && b == STATUS_PENDING_DELETE)
			out->pending_delete = true;
		else if (!(BIT(b) & derived))
			add |= BIT(b);
	}
	return status_change(rq, kind, 0, add, 0, &out->kept, &why);
}

/* ── one line ── */

static enum st contact_item(struct req *rq, const struct load_columns *cols, char *line, struct load_item *out)
{
	struct outcome why;
	struct load_contact *c = &out->contact;
	if (load_contact_parse(rq->mem, line, cols, c, &rq->err) || contact_ok(rq, &c->c, &why) ||
	    authinfo_ok(rq, c->c.authinfo, &why) || statuses_of(rq, c->status, OBJECT_CONTACT, out))
		return rq->err.code;
	c->c.c.status = out->kept;
	return ST_OK;
}

static enum st host_item(struct req *rq, const struct load_columns *cols, char *line, struct load_item *out)
{
	return load_host_parse(rq->mem, line, cols, &out->host, &rq->err) ||
			       statuses_of(rq, out->host.status, OBJECT_HOST, out)
		       ? rq->err.code
		       : ST_OK;
}

static enum st place_ok(struct load *l, struct req *rq, struct load_item *out)
{
	const struct policy *p = l->policy;
	struct load_name *n = &out->name;
	struct err why = { 0 };
	const char *tld = name_tld(n->name);
	if (strcmp(tld, p->zone) != 0)
		return err_set(&rq->err, ST_INVALID, "name: expected a name under %s, found %.100s", p->zone, n->name);
	if (policy_place_in(rq, p, n->name, &out->at))
		return rq->err.code;
	if (label_good(&out->at, &why))
		return err_set(&rq->err, ST_INVALID, "name: %.60s: %.170s", out->at.ulabel, why.msg);
	for (int i = 0; i < l->nlater; i++)
		if (!place_stays(rq, l->later[i], out->at.name, out->at.key))
			return err_set(&rq->err, ST_INVALID,
				       "name: %.100s would lose its place under the policy from %.10s on (version %d)",
				       n->name, time_iso(rq->mem, l->later[i]->effective_at), l->later[i]->version);
	if (n->lang && strcmp(n->lang, out->at.lang) != 0)
		return err_set(&rq->err, ST_INVALID, "lang: \"%.20s\", but the table %s takes %.60s", n->lang,
			       *out->at.lang ? out->at.lang : "of ASCII", out->at.ulabel);
	return ST_OK;
}

/* What the old registry had activated and the table doesn't let would be gone without a word. */
static enum st active_ok(struct req *rq, const struct load_item *it)
{
	struct dom d = { .d.name = (char *)it->at.name };
	if (it->name.nactive && bundle_make(rq, &it->at, &d, NULL))
		return rq->err.code;
	for (int i = 0, k; i < it->name.nactive; i++) {
		for (k = 1; k < d.d.nmembers && strcmp(d.d.member[k], it->name.active[i]) != 0;)
			k++;
		if (k >= d.d.nmembers)
			return err_set(&rq->err, ST_INVALID,
				       "active: %.80s is no variant of %.80s that can be activated", it->name.active[i],
				       it->at.name);
	}
	return ST_OK;
}

static enum st name_item(struct load *l, struct req *rq, const struct load_columns *cols, char *line,
			 struct load_item *out)
{
	struct outcome why;
	struct load_name *n = &out->name;
	const struct policy *p = l->policy;
	if (load_name_parse(rq->mem, line, cols, n, &rq->err) || place_ok(l, rq, out) || active_ok(rq, out) ||
	    authinfo_ok(rq, n->authinfo, &why) || statuses_of(rq, n->status, OBJECT_DOMAIN, out))
		return rq->err.code;
	if (n->nns > p->ns_max)
		return err_set(&rq->err, ST_INVALID, "nameservers: %d, but the policy takes %d at most", n->nns,
			       p->ns_max);
	return ST_OK;
}

enum st load_item_parse(struct load *l, struct req *rq, const struct load_columns *cols, char *line,
			struct load_item *out)
{
	*out = (struct load_item){ .kind = cols->kind };
	switch (cols->kind) {
	case LOAD_CONTACTS:
		return contact_item(rq, cols, line, out);
	case LOAD_HOSTS:
		return host_item(rq, cols, line, out);
	default:
		return name_item(l, rq, cols, line, out);
	}
}

/* The line of a host that a file's name server field alone names. */
static const struct load_columns auto_columns = { .kind = LOAD_HOSTS, .at = { 0, 1, -1, -1, -1, -1 }, .n = 2 };

enum st load_item_of(struct load *l, struct req *rq, const struct staged *s, struct load_item *out)
{
	int file = (int)s->v[1].i;
	char *line = arena_dup(rq->mem, s->v[0].p, s->v[0].n);
	enum st st = load_item_parse(l, rq, file < 0 ? &auto_columns : &l->source[file].cols, line, out);
	out->line = s->line;
	out->file = file;
	return st;
}

/* ── what it refers to ── */

int load_registrar(const struct load *l, const char *handle)
{
	int lo = 0, hi = l->nregistrars - 1;
	while (lo <= hi) {
		int mid = (lo + hi) / 2, d = strcmp(handle, l->registrar[mid]);
		if (d == 0)
			return mid;
		if (d < 0)
			hi = mid - 1;
		else
			lo = mid + 1;
	}
	return -1;
}

static enum st registrar_ok(struct load *l, const char *handle, int32_t *who, struct err *e)
{
	*who = load_registrar(l, handle);
	return *who >= 0 ? ST_OK
			 : err_set(e, ST_INVALID,
				   "registrar: there is no registrar \"%.40s\"; `nicert registrar add` makes one",
				   handle);
}

static enum st no_room(struct err *e)
{
	return err_set(e, ST_BUSY, "load: the temporary file can't grow (is TMPDIR full?)");
}

static bool zone_ours(const struct load *l, const char *tld)
{
	for (int i = 0; i < l->nours; i++)
		if (!strcmp(tld, l->ours[i]))
			return true;
	return false;
}

enum st load_host_above(struct load *l, struct req *rq, const char *host, struct load_above *out)
{
	struct placed at;
	const char *tld = name_tld(host), *variant = l->policy->variant_zone;
	*out = (struct load_above){ .ours = zone_ours(l, tld) };
	if (!out->ours)
		return ST_OK;
	if (strcmp(tld, l->policy->zone) != 0 && (!variant || strcmp(tld, variant) != 0))
		return domain_above(rq, host, &out->other, &out->ours);
	for (const char *n = name_parent(host); n && strchr(n, '.'); n = name_parent(n)) {
		if (policy_place_in(rq, l->policy, n, &at) == ST_OK) {
			memcpy(out->key, at.key, sizeof out->key);
			memcpy(out->name, at.name, sizeof out->name);
			return ST_OK;
		}
		err_clear(&rq->err);
	}
	return err_set(&rq->err, ST_INVALID, "no name can be registered above the host %.100s", host);
}

/* ── taking lines in ── */

struct reading {
	struct load *l;
	int file;
	int64_t line;
	struct req *rq;
	char *raw;
};

static enum st stage(struct reading *rd, enum load_kind k, const char *key, const char *raw, int file)
{
	return stage_add(rd->l->stage[k], rd->line,
			 &(struct record){ .key = key, .valid_from = TIME_NONE, .v = { V(raw), V(file) } },
			 &rd->rq->err);
}

/* The key is this line's from now on. */
static enum st claim(struct reading *rd, enum load_kind k, const char *key, int32_t who, uint32_t flags,
		     const char *column, const char *shown)
{
	bool fresh;
	struct load_slot *s = load_map_add(rd->l->map[k], key, &fresh);
	if (!s)
		return no_room(&rd->rq->err);
	if (s->flags & LOAD_IN_FILE)
		return err_set(&rd->rq->err, ST_INVALID, "%s: %.120s stands on line %lld%s%.60s too%s", column, shown,
			       (long long)s->id, s->file == rd->file ? "" : " of ",
			       s->file == rd->file ? "" : rd->l->source[s->file].path,
			       k == LOAD_NAMES ? " (itself or a variant)" : "");
	s->flags = LOAD_IN_FILE | flags;
	s->id = rd->line;
	s->file = (int8_t)rd->file;
	s->who = who;
	return stage(rd, k, key, rd->raw, rd->file);
}

static enum st ask(struct reading *rd, enum load_kind k, const char *key, struct load_slot **out)
{
	bool fresh;
	*out = load_map_add(rd->l->map[k], key, &fresh);
	if (!*out)
		return no_room(&rd->rq->err);
	if (fresh) {
		(*out)->id = rd->line;
		(*out)->file = (int8_t)rd->file;
	}
	return ST_OK;
}

static enum st take_contact(struct reading *rd, struct load_item *it)
{
	int32_t who;
	const struct contact_object *c = &it->contact.c;
	if (registrar_ok(rd->l, c->c.sponsor, &who, &rd->rq->err))
		return rd->rq->err.code;
	return claim(rd, LOAD_CONTACTS, c->handle, who, 0, "handle", c->handle);
}

static enum st take_host(struct reading *rd, struct load_item *it)
{
	int32_t who = -1;
	struct load_slot *s;
	struct load_above above;
	const struct load_host *h = &it->host;
	if (load_host_above(rd->l, rd->rq, h->name, &above))
		return rd->rq->err.code;
	if (!above.ours && h->naddrs)
		return err_set(&rd->rq->err, ST_INVALID, "addresses: a host outside of our zones has none here");
	if (above.ours && !*above.key && !above.other.id)
		return err_set(&rd->rq->err, ST_INVALID, "host: the domain above %.120s is not registered", h->name);
	if (!above.ours && !h->registrar)
		return err_set(&rd->rq->err, ST_INVALID, "registrar: a host outside of our zones needs one");
	if (h->registrar && registrar_ok(rd->l, h->registrar, &who, &rd->rq->err))
		return rd->rq->err.code;
	if (*above.key && ask(rd, LOAD_NAMES, above.key, &s))
		return rd->rq->err.code;
	return claim(rd, LOAD_HOSTS, h->name, who, h->naddrs ? LOAD_HAS_ADDR : 0, "host", h->name);
}

static bool below(const char *host, const char *name)
{
	size_t n = strlen(host), k = strlen(name);
	return n > k && host[n - k - 1] == '.' && !strcmp(host + n - k, name);
}

/* A name server that no file lists and that isn't ours to have been registered becomes a host of the name's registrar.
 */
static enum st ask_host(struct reading *rd, const struct load_item *it, const char *host, int32_t who)
{
	struct load_slot *s;
	if (ask(rd, LOAD_HOSTS, host, &s))
		return rd->rq->err.code;
	if (s->flags & LOAD_IN_FILE) {
		if (below(host, it->at.name) && !(s->flags & LOAD_HAS_ADDR))
			return err_set(&rd->rq->err, ST_INVALID,
				       "nameservers: %.120s lies below the name itself and needs an address", host);
		return ST_OK;
	}
	if (s->flags || s->who != -1 || zone_ours(rd->l, name_tld(host)))
		return ST_OK;
	s->flags = LOAD_IN_FILE | LOAD_AUTO;
	s->who = who;
	s->file = -1;
	return stage(rd, LOAD_HOSTS, host, arena_printf(rd->rq->mem, "%s,%s", host, rd->l->registrar[who]), -1);
}

static enum st take_name(struct reading *rd, struct load_item *it)
{
	int32_t who;
	struct load_slot *s;
	const struct load_name *n = &it->name;
	if (registrar_ok(rd->l, n->registrar, &who, &rd->rq->err) || ask(rd, LOAD_CONTACTS, n->registrant, &s))
		return rd->rq->err.code;
	for (int i = 0; i < n->ncontacts; i++)
		if (ask(rd, LOAD_CONTACTS, n->contact[i].handle, &s))
			return rd->rq->err.code;
	if (claim(rd, LOAD_NAMES, it->at.key, who, 0, "name", n->name))
		return rd->rq->err.code;
	for (int i = 0; i < n->nns; i++)
		if (ask_host(rd, it, n->ns[i], who)) {
			load_map_get(rd->l->map[LOAD_NAMES], it->at.key)->flags = LOAD_DROPPED;
			rd->l->dropped++;
			return rd->rq->err.code;
		}
	return ST_OK;
}

static enum st take_line(struct reading *rd, char *text)
{
	struct load_item it;
	const struct load_columns *cols = &rd->l->source[rd->file].cols;
	rd->raw = arena_strdup(rd->rq->mem, text);
	if (load_item_parse(rd->l, rd->rq, cols, text, &it))
		return rd->rq->err.code;
	switch (cols->kind) {
	case LOAD_CONTACTS:
		return take_contact(rd, &it);
	case LOAD_HOSTS:
		return take_host(rd, &it);
	default:
		return take_name(rd, &it);
	}
}

/* ── files ── */

static const char *without_place(const char *msg)
{
	const char *p = strstr(msg, ": ");
	return p ? p + 2 : msg;
}

/* ST_INVALID, and the reasons of a refusal, are the line's; everything else ends the load. */
static bool of_line(enum st st)
{
	return st == ST_INVALID || st == ST_CONFLICT || st == ST_NOTFOUND || st == ST_DENIED || st == ST_LIMIT;
}

static enum st read_lines(struct load *l, int file, struct lines *in)
{
	char *text;
	size_t n;
	int got;
	struct arena *mem = arena_new(LINE_ARENA);
	struct req rq = load_reader(l, mem);
	struct reading rd = { .l = l, .file = file, .rq = &rq };
	int64_t *count = &l->res->lines[l->source[file].cols.kind];
	if (!rq.db)
		load_stop(l, &rq.err);
	while (!l->err.code && (got = lines_next(in, &text, &n, &rq.err)) != 0) {
		rd.line = lines_number(in);
		if (++*count % SAY_LINES == 0)
			load_say(l, "reading", lines_progress(in));
		if (got < 0 && rq.err.code == ST_INTERNAL)
			load_stop(l, &rq.err);
		else if (got < 0)
			load_bad(l, file, rd.line, "%s", without_place(rq.err.msg));
		else if (text[strspn(text, " \t")] && take_line(&rd, text)) {
			if (of_line(rq.err.code))
				load_bad(l, file, rd.line, "%s", rq.err.msg);
			else
				load_stop(l, &rq.err);
		}
		err_clear(&rq.err);
		arena_reset(mem);
	}
	l->source[file].digest = lines_digest(in);
	store_reader_done(l->store);
	arena_free(mem);
	return l->err.code;
}

/* Opens it and reads its header. */
static struct lines *begin(struct load *l, struct load_source *src)
{
	char *text;
	size_t n;
	struct err e = { 0 };
	struct lines *in = lines_open(src->path, &e);
	if (!in) {
		load_stop(l, &e);
		return NULL;
	}
	int got;
	while ((got = lines_next(in, &text, &n, &e)) > 0 && !text[strspn(text, " \t")])
		;
	if (got == 0)
		err_set(&e, ST_INVALID, "a file without a header");
	if (got > 0 && load_header(text, &src->cols, &e) == ST_OK)
		return in;
	load_bad(l, (int)(src - l->source), lines_number(in) ? lines_number(in) : 1, "%s",
		 got < 0 ? without_place(e.msg) : e.msg);
	load_stop(l, &(struct err){ ST_INVALID, "a header can't be read; nothing was loaded" });
	lines_close(in);
	return NULL;
}

static enum st headers(struct load *l)
{
	for (int i = 0; i < l->nsources; i++) {
		struct lines *in = begin(l, &l->source[i]);
		lines_close(in);
		if (!in)
			return l->err.code;
	}
	return ST_OK;
}

/* What refers to others is read after them. */
enum st load_read_files(struct load *l)
{
	if (headers(l))
		return l->err.code;
	for (int k = 0; k < LOAD_KINDS; k++)
		for (int i = 0; i < l->nsources; i++) {
			if (l->source[i].cols.kind != (enum load_kind)k)
				continue;
			struct lines *in = begin(l, &l->source[i]);
			if (!in)
				return l->err.code;
			enum st st = read_lines(l, i, in);
			lines_close(in);
			if (st)
				return st;
		}
	return ST_OK;
}
