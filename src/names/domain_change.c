/* How every change of a domain begins and ends. */
#include <string.h>
#include "base/clock.h"
#include "base/text.h"
#include "names/registry_int.h"

enum st dom_for_change(struct req *rq, const char *name, struct dom *out, const struct policy **policy,
		       struct outcome *why)
{
	struct placed at;
	*why = (struct outcome){ .code = R_DONE };
	enum st st = dom_place(rq, name, &at);
	if (!st)
		st = dom_lock_key(rq, at.key, out);
	if (st == ST_NOTFOUND)
		return refuse(rq, why, R_NOT_THERE, "name", name, N_("%.150s is not registered here"), name);
	if (st || dom_links(rq, out))
		return rq->err.code;
	*policy = at.policy;
	return ST_OK;
}

/* ── telling the sponsor what somebody else did ── */

/* What the fact is called in RFC 8590 §2.1. NULL: told in a message of its own (panData, trnData). */
static const char *operation_of(const char *verb)
{
	static const char *const known[][2] = {
		{ "domain-updated", "update" },
		{ "domain-renewed", "renew" },
		{ "domain-deleted", "delete" },
		{ "domain-restored", "restore" },
		{ "domain-auto-renewed", "autoRenew" },
		{ "domain-released", "autoDelete" },
		{ "domain-redemption-ended", "autoDelete" },
		{ "domain-dropped", "autoPurge" },
		{ "domain-approved", NULL },
		{ "domain-refused", NULL },
	};
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (!strcmp(verb, known[i][0]))
			return known[i][1];
	return strncmp(verb, "domain-transfer", 15) ? verb + strlen("domain-") : NULL;
}

/* The object before and after, unless the registrar at work is the sponsor itself. */
static enum st tell_sponsor(struct req *rq, const struct dom *before, const char *verb, const char *after,
			    const char *reason)
{
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	const char *operation = operation_of(verb), *frame = rq->who ? rq->who->frame : NULL;
	if (registry_actor(rq) || !before || !operation)
		return ST_OK;
	j_obj(&w, NULL);
	j_str(&w, "object", "domain");
	j_str(&w, "roid", before->d.c.roid);
	j_str(&w, "operation", operation);
	j_str(&w, "state", after ? "after" : "before");
	j_time(&w, "at", clock_now());
	j_str(&w, "who", rq->who ? rq->who->id : "registry");
	if (reason)
		j_str(&w, "reason", reason);
	if (frame && strchr(frame, '/'))
		j_str(&w, "svtrid", strrchr(frame, '/') + 1);
	j_raw(&w, "before", dom_json(rq->mem, before));
	if (after)
		j_raw(&w, "after", after);
	j_end(&w);
	char *text = arena_printf(rq->mem, "The registry changed domain %s (%s).", before->d.name, operation);
	return poll_add(rq, before->d.c.sponsor, "domain-changed", before->d.name, text, buf_cstr(&b));
}

/* ── the end ── */

static bool refers(const struct domain *d, const char *handle)
{
	bool yes = d->registrant && !strcmp(d->registrant, handle);
	for (int i = 0; i < d->ncontacts && !yes; i++)
		yes = !strcmp(d->contact[i].handle, handle);
	for (int i = 0; i < d->nns && !yes; i++)
		yes = !strcmp(d->ns[i], handle);
	return yes;
}

/* What `a` refers to and `b` doesn't. */
static void refers_alone(const struct domain *a, const struct domain *b, struct also *out)
{
	if (a->registrant && !refers(b, a->registrant))
		out->handle[out->n++] = a->registrant;
	for (int i = 0; i < a->ncontacts; i++)
		if (!refers(b, a->contact[i].handle))
			out->handle[out->n++] = a->contact[i].handle;
	for (int i = 0; i < a->nns; i++)
		if (!refers(b, a->ns[i]))
			out->handle[out->n++] = a->ns[i];
}

/* Contacts and hosts that are linked by this, or no longer: their answers say so. */
static struct also relinked(struct arena *mem, const struct dom *before, const struct dom *after)
{
	const struct domain *none = arena_new_of(mem, struct domain);
	const struct domain *was = before ? &before->d : none, *is = after ? &after->d : none;
	struct also out = { .n = 0 };
	refers_alone(was, is, &out);
	refers_alone(is, was, &out);
	return out;
}

static enum st gone(struct req *rq, const struct dom *before, struct dom *d, const struct policy *p, const char *verb)
{
	const struct also also = relinked(rq->mem, before ? before : d, NULL);
	if (hosts_below_drop(rq, d) || dom_remove(rq, d) || life_due(rq, p, d) ||
	    history_add_with(rq, "domain", d->d.c.id, d->d.name, verb, NULL, &also))
		return rq->err.code;
	return tell_sponsor(rq, before, verb, NULL, d->reason);
}

enum st dom_changed(struct req *rq, const struct dom *before, struct dom *after, const struct policy *p,
		    const char *verb)
{
	const char *me = registry_actor(rq);
	if (after->life == LIFE_GONE)
		return gone(rq, before, after, p, verb);
	if (before) {
		after->d.c.updated_at = clock_now();
		after->d.c.updater = arena_strdup(rq->mem, me ? me : "");
		if (dom_save(rq, after))
			return rq->err.code;
	}
	after->d.c.status = dom_statuses(after, clock_now());
	char *snapshot = dom_json(rq->mem, after);
	const struct also also = relinked(rq->mem, before, after);
	if (life_due(rq, p, after) ||
	    history_add_with(rq, "domain", after->d.c.id, after->d.name, verb, snapshot, &also))
		return rq->err.code;
	return tell_sponsor(rq, before, verb, snapshot, after->reason);
}
