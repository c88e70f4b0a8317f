/* The second step of a load: what the registry has of it, what refers to nothing, and the ids. */
#include <string.h>
#include "base/text.h"
#include "names/load_int.h"

enum { PAGE = 5000, PASS_ARENA = 8 << 20 };

/* ── what is there already ── */

static const struct look {
	const char *sql, *what;
} looks[LOAD_KINDS] = {
	[LOAD_CONTACTS] = { "SELECT id, handle, sponsor FROM registry_contact WHERE id > $1 ORDER BY id LIMIT $2",
			    "the contact" },
	[LOAD_HOSTS] = { "SELECT id, name, sponsor FROM registry_host WHERE id > $1 ORDER BY id LIMIT $2", "the host" },
	[LOAD_NAMES] = { "SELECT id, key, sponsor FROM registry_domain WHERE id > $1 ORDER BY id LIMIT $2",
			 "the name" },
};

static void seen(struct load *l, enum load_kind k, int64_t id, const char *key, const char *sponsor)
{
	struct load_slot *s = load_map_get(l->map[k], key);
	if (!s)
		return;
	if ((s->flags & LOAD_IN_FILE) && !(s->flags & LOAD_AUTO)) {
		const char *shown = k == LOAD_NAMES && strchr(key, '/') ? strchr(key, '/') + 1 : key;
		load_bad(l, s->file, s->id, "%s %.120s%s is in the registry already", looks[k].what, shown,
			 k == LOAD_NAMES ? " or a variant of it" : "");
		l->dropped++;
	}
	s->flags = LOAD_LIVE;
	s->id = id;
	s->who = load_registrar(l, sponsor);
}

/* What the run before has written is no stranger's. */
static bool own(const struct load *l, enum load_kind k, int64_t id)
{
	return l->id && id >= l->first[k] && id < l->first[k] + l->count[k];
}

static enum st look_page(struct load *l, enum load_kind k, struct arena *mem, int64_t *after, int *n)
{
	struct rows r;
	struct req rq = load_reader(l, mem);
	*n = 0;
	if (!rq.db || sql_query(&rq, &r, looks[k].sql, V(*after), V(PAGE)))
		return load_stop(l, &rq.err);
	while (rows_next(&r)) {
		++*n;
		*after = rows_int(&r, 0);
		char *key = rows_dup(&r, 1);
		if (!own(l, k, *after))
			seen(l, k, *after, key, rows_text(&r, 2));
	}
	enum st st = rows_end(&r);
	store_reader_done(l->store);
	arena_reset(mem);
	return st ? load_stop(l, &rq.err) : ST_OK;
}

enum st load_look_round(struct load *l)
{
	struct arena *mem = arena_new(PASS_ARENA);
	for (int k = 0; k < LOAD_KINDS && !l->err.code; k++) {
		int64_t after = 0;
		int n = PAGE;
		load_say(l, "comparing with the registry", (double)k / LOAD_KINDS);
		while (n == PAGE && !look_page(l, (enum load_kind)k, mem, &after, &n))
			;
	}
	arena_free(mem);
	return l->err.code;
}

/* ── what refers to nothing ── */

static bool resolved(struct load *l, enum load_kind k, const char *key)
{
	const struct load_slot *s = load_map_get(l->map[k], key);
	return s && s->flags & (LOAD_IN_FILE | LOAD_LIVE);
}

static bool host_links_ok(struct load *l, struct req *rq, const struct load_item *it, char **why)
{
	struct load_above above;
	struct load_slot *s;
	if (load_host_above(l, rq, it->host.name, &above)) {
		*why = arena_strdup(rq->mem, rq->err.msg);
		err_clear(&rq->err);
		return false;
	}
	if (!*above.key)
		return true;
	if (!resolved(l, LOAD_NAMES, above.key)) {
		*why = arena_printf(rq->mem,
				    "host: the domain above %.120s is neither in the files nor in the registry",
				    it->host.name);
		return false;
	}
	s = load_map_get(l->map[LOAD_NAMES], above.key);
	int who = it->host.registrar ? load_registrar(l, it->host.registrar) : -1;
	if (who < 0 || who == s->who || s->who < 0)
		return true;
	*why = arena_printf(rq->mem, "registrar: %s, but the domain above the host is sponsored by %s",
			    it->host.registrar, l->registrar[s->who]);
	return false;
}

static bool name_links_ok(struct load *l, struct req *rq, const struct load_item *it, char **why)
{
	const struct load_name *n = &it->name;
	const char *missing = resolved(l, LOAD_CONTACTS, n->registrant) ? NULL : n->registrant, *column = "registrant";
	for (int i = 0; i < n->ncontacts && !missing; i++)
		if (!resolved(l, LOAD_CONTACTS, n->contact[i].handle)) {
			missing = n->contact[i].handle;
			column = n->contact[i].type == 'a' ? "admin" : n->contact[i].type == 't' ? "tech" : "billing";
		}
	if (missing) {
		*why = arena_printf(rq->mem, "%s: the contact %.60s is neither in the files nor in the registry",
				    column, missing);
		return false;
	}
	for (int i = 0; i < n->nns; i++)
		if (!resolved(l, LOAD_HOSTS, n->ns[i])) {
			*why = arena_printf(rq->mem,
					    "nameservers: the host %.120s is neither in the files nor in the registry",
					    n->ns[i]);
			return false;
		}
	return true;
}

static enum st links_pass(struct load *l, enum load_kind k, bool *changed)
{
	struct staged s;
	struct err e = { 0 };
	struct arena *mem = arena_new(PASS_ARENA);
	struct req rq = load_reader(l, mem);
	int64_t n = 0, all = stage_count(l->stage[k]);
	if (!rq.db || stage_rewind(l->stage[k], true, &e))
		load_stop(l, rq.db ? &e : &rq.err);
	while (!l->err.code && stage_next(l->stage[k], &s, &e)) {
		struct load_item it;
		char *why = NULL;
		struct load_slot *slot = load_map_get(l->map[k], s.key);
		if (++n % 4096 == 0)
			load_say(l, "checking", (double)n / (double)all);
		if (!slot || !(slot->flags & LOAD_IN_FILE) || slot->flags & LOAD_AUTO)
			continue;
		if (load_item_of(l, &rq, &s, &it))
			load_stop(l, &rq.err);
		else if (k == LOAD_HOSTS ? !host_links_ok(l, &rq, &it, &why) : !name_links_ok(l, &rq, &it, &why)) {
			load_bad(l, it.file, it.line, "%s", why);
			slot = load_map_get(l->map[k], s.key);
			slot->flags = LOAD_DROPPED;
			l->dropped++;
			*changed = true;
		}
		arena_reset(mem);
	}
	if (e.code)
		load_stop(l, &e);
	store_reader_done(l->store);
	arena_free(mem);
	return l->err.code;
}

/* A line that goes may take with it what refers to it. Where everything that is asked for is there, names need not be
 * looked at again. */
enum st load_check_links(struct load *l)
{
	bool changed = true;
	while (changed && !l->err.code) {
		changed = false;
		if (links_pass(l, LOAD_HOSTS, &changed))
			break;
		bool missing =
			l->dropped || load_map_asked(l->map[LOAD_CONTACTS]) || load_map_asked(l->map[LOAD_HOSTS]);
		if (missing)
			links_pass(l, LOAD_NAMES, &changed);
	}
	return l->err.code;
}

/* ── ids, in order of the keys ── */

enum st load_number(struct load *l)
{
	for (int k = 0; k < LOAD_KINDS && !l->err.code; k++) {
		struct staged s;
		struct err e = { 0 };
		int64_t next = l->first[k];
		load_say(l, "numbering", (double)k / LOAD_KINDS);
		if (stage_rewind(l->stage[k], false, &e))
			return load_stop(l, &e);
		while (stage_next(l->stage[k], &s, &e)) {
			struct load_slot *slot = load_map_get(l->map[k], s.key);
			if (slot && slot->flags & LOAD_IN_FILE)
				slot->id = next++;
		}
		if (e.code)
			return load_stop(l, &e);
	}
	return l->err.code;
}
