/* A domain as JSON: its version in the history, and what a poll message shows before and after. */
#include "base/clock.h"
#include "base/text.h"
#include "names/registry_int.h"

static const char *const grace_names[GRACES] = { "add",	     "renew",	   "auto_renew",
						 "transfer", "redemption", "pending_delete" };
static const char *const transfer_names[] = { "none",		"pending",	   "clientApproved",
					      "clientRejected", "clientCancelled", "serverApproved",
					      "serverCancelled" };

const char *transfer_name(enum transfer_state s)
{
	return transfer_names[s];
}

static void strings(struct jw *w, const char *key, char *const *s, int n)
{
	j_arr(w, key);
	for (int i = 0; i < n; i++)
		j_str(w, NULL, s[i]);
	j_end(w);
}

static void links_json(struct arena *mem, struct jw *w, const struct domain *d)
{
	j_str(w, "registrant", d->registrant);
	j_arr(w, "contacts");
	for (int i = 0; i < d->ncontacts; i++) {
		j_obj(w, NULL);
		j_strn(w, "type", &d->contact[i].type, 1);
		j_str(w, "handle", d->contact[i].handle);
		j_end(w);
	}
	j_end(w);
	strings(w, "ns", d->ns, d->nns);
	j_arr(w, "ds");
	for (int i = 0; i < d->nds; i++) {
		j_obj(w, NULL);
		j_int(w, "tag", d->ds[i].tag);
		j_int(w, "alg", d->ds[i].alg);
		j_int(w, "digest_type", d->ds[i].digest_type);
		j_str(w, "digest", hex_encode(mem, d->ds[i].digest, (size_t)d->ds[i].digest_n));
		j_end(w);
	}
	j_end(w);
}

static void bundle_json(struct jw *w, const struct domain *d)
{
	j_arr(w, "variants");
	for (int i = 0; i < d->nmembers; i++) {
		j_obj(w, NULL);
		j_str(w, "name", d->member[i]);
		j_bool(w, "active", d->active[i]);
		j_end(w);
	}
	j_end(w);
}

void transfer_json(struct jw *w, const char *key, const struct transfer *t)
{
	j_obj(w, key);
	j_str(w, "state", transfer_name(t->state));
	j_str(w, "requester", t->requester);
	j_time(w, "requested_at", t->requested_at);
	j_str(w, "actor", t->actor);
	j_time(w, "acted_at", t->acted_at);
	j_time(w, "expires_at", t->new_expiry);
	j_end(w);
}

static void periods_json(struct jw *w, const struct domain *d)
{
	j_obj(w, "periods");
	for (int g = 0; g < GRACES; g++)
		if (d->grace_until[g])
			j_time(w, grace_names[g], d->grace_until[g]);
	j_end(w);
}

static void restore_json(struct jw *w, const struct dom *d)
{
	const struct restore_report *r = d->report;
	if (d->d.restore_at) {
		j_obj(w, "restore");
		j_time(w, "requested_at", d->d.restore_at);
		j_time(w, "report_due", d->d.restore_until);
		j_end(w);
	}
	if (!r)
		return;
	j_obj(w, "restore_report");
	j_str(w, "before", r->before);
	j_str(w, "after", r->after);
	j_time(w, "deleted_at", r->deleted_at);
	j_time(w, "restored_at", r->restored_at);
	j_str(w, "reason", r->reason);
	strings(w, "statements", r->statement, r->statement[1] ? 2 : 1);
	if (r->other)
		j_str(w, "other", r->other);
	j_end(w);
}

static void lock_json(struct jw *w, const struct domain *d)
{
	j_obj(w, "lock");
	j_str(w, "state", d->lock == LOCK_ON ? "locked" : "open");
	if (d->relock_at)
		j_time(w, "relock_at", d->relock_at);
	j_end(w);
}

char *dom_json(struct arena *mem, const struct dom *d)
{
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_obj(&w, NULL);
	j_str(&w, "name", d->d.name);
	j_str(&w, "uname", d->d.uname);
	j_str(&w, "zone", d->d.zone);
	j_str(&w, "place", d->place);
	j_str(&w, "lang", d->lang);
	j_str(&w, "life", life_name(d->life));
	common_json(&w, &d->d.c);
	j_time(&w, "expires_at", d->d.expires_at);
	links_json(mem, &w, &d->d);
	j_bool(&w, "authinfo", d->d.authinfo != NULL);
	if (d->d.max_sig_life)
		j_int(&w, "max_sig_life", d->d.max_sig_life);
	if (d->d.ttl_ns)
		j_int(&w, "ttl_ns", d->d.ttl_ns);
	if (d->d.ttl_ds)
		j_int(&w, "ttl_ds", d->d.ttl_ds);
	if (d->d.nmembers > 1)
		bundle_json(&w, &d->d);
	if (d->d.transfer.state)
		transfer_json(&w, "transfer", &d->d.transfer);
	periods_json(&w, &d->d);
	if (d->d.lock)
		lock_json(&w, &d->d);
	restore_json(&w, d);
	if (d->reason)
		j_str(&w, "reason", d->reason);
	j_end(&w);
	return arena_strdup(mem, buf_cstr(&b));
}
