/* Asking: one door for all kinds, the site, statuses, and what an answer depends on. */
#include "lookup/lookup.h"
#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "base/idn.h"
#include "base/json.h"
#include "base/text.h"
#include "lookup/lookup_int.h"
#include "store/journal.h"

static struct look_site site;

void look_setup(const struct look_site *s)
{
	site = *s;
}

const struct look_site *look_site(void)
{
	return &site;
}

const char *look_kind_name(enum look_kind k)
{
	static const char *const names[] = { "domain", "nameserver", "entity", "ip", "autnum" };
	return names[k];
}

/* ── statuses ── */

/* RFC 8056 §2; what is not here is EPP's word split at its capitals. */
static const struct {
	const char *epp, *rdap;
} status_rows[] = {
	{ "ok", "active" },
	{ "active", "active" },
	{ "validated", "validated" }, /* RFC 9083 §10.2.2: of a contact whose address has answered */
	{ "inactive", "inactive" },
	{ "linked", "associated" },
	{ "addPeriod", "add period" },
	{ "autoRenewPeriod", "auto renew period" },
	{ "clientDeleteProhibited", "client delete prohibited" },
	{ "clientHold", "client hold" },
	{ "clientRenewProhibited", "client renew prohibited" },
	{ "clientTransferProhibited", "client transfer prohibited" },
	{ "clientUpdateProhibited", "client update prohibited" },
	{ "pendingCreate", "pending create" },
	{ "pendingDelete", "pending delete" },
	{ "pendingRenew", "pending renew" },
	{ "pendingRestore", "pending restore" },
	{ "pendingTransfer", "pending transfer" },
	{ "pendingUpdate", "pending update" },
	{ "redemptionPeriod", "redemption period" },
	{ "renewPeriod", "renew period" },
	{ "serverDeleteProhibited", "server delete prohibited" },
	{ "serverHold", "server hold" },
	{ "serverRenewProhibited", "server renew prohibited" },
	{ "serverTransferProhibited", "server transfer prohibited" },
	{ "serverUpdateProhibited", "server update prohibited" },
	{ "transferPeriod", "transfer period" },
};

const char *look_status_rdap(const char *epp)
{
	for (size_t i = 0; i < sizeof status_rows / sizeof *status_rows; i++)
		if (!strcmp(status_rows[i].epp, epp))
			return status_rows[i].rdap;
	return NULL;
}

/* In EPP's spelling, each once; words that are none are left out of both protocols alike. */
void status_add(struct look_head *h, const char *epp)
{
	const char *known = NULL;
	for (size_t i = 0; i < sizeof status_rows / sizeof *status_rows && !known; i++)
		if (text_eq_nocase(status_rows[i].epp, epp))
			known = status_rows[i].epp;
	if (known && !strcmp(known, "active") && h->kind != LOOK_IP && h->kind != LOOK_AUTNUM)
		known = "ok";
	for (int i = 0; known && i < h->nstatus; i++)
		if (!strcmp(h->status[i], known))
			return;
	if (known && h->nstatus < LOOK_STATUSES)
		h->status[h->nstatus++] = known;
}

void statuses_add(struct look_head *h, statuses s)
{
	for (int i = 0; i < STATUS_BITS; i++)
		if (s & BIT(i))
			status_add(h, status_name(i));
	if (!h->nstatus || (h->nstatus == 1 && !strcmp(h->status[0], "linked")))
		status_add(h, "ok");
}

void fresh_until(struct look_head *h, int64_t t)
{
	if (t > clock_now() && t < h->fresh_until)
		h->fresh_until = t;
}

/* ── asking ── */

enum st look_find(struct req *rq, const struct look_ask *q, struct look *out)
{
	memset(out, 0, sizeof *out);
	out->kind = q->kind;
	out->h = (struct look_head){ .kind = q->kind, .level = q->level, .at = q->at, .fresh_until = INT64_MAX };
	struct filling f = { .rq = rq, .q = q, .h = &out->h };
	if (!q->what || !*q->what || !utf8_valid(q->what, strlen(q->what)))
		return err_set(&rq->err, ST_INVALID, N_("say which %s"), look_kind_name(q->kind));
	switch (q->kind) {
	case LOOK_DOMAIN:
		return domain_fill(&f, &out->domain);
	case LOOK_NAMESERVER:
		return host_fill(&f, &out->host);
	case LOOK_ENTITY:
		return who_fill(&f, &out->who);
	case LOOK_IP:
		return ip_fill(&f, &out->ip);
	case LOOK_AUTNUM:
		return autnum_fill(&f, &out->autnum);
	case LOOK_KINDS:
		break;
	}
	return err_set(&rq->err, ST_INTERNAL, "no such kind of object");
}

enum look_kind look_guess(const char *what)
{
	struct addr a;
	size_t n = strcspn(what, "/");
	char text[ADDR_TEXT];
	uint32_t asn;
	if (n < sizeof text) {
		snprintf(text, sizeof text, "%.*s", (int)n, what);
		if (addr_parse(text, &a))
			return LOOK_IP;
	}
	bool as = (what[0] == 'A' || what[0] == 'a') && (what[1] == 'S' || what[1] == 's');
	if ((as || !what[strspn(what, "0123456789")]) && asn_parse(what, &asn))
		return LOOK_AUTNUM;
	return strpbrk(what, ".") || strstr(what, "\xe3\x80\x82") ? LOOK_DOMAIN : LOOK_ENTITY;
}

/* ── disclosure ── */

enum st look_disclosed_write(struct req *rq, void *disclosure)
{
	const struct look_disclosure *d = disclosure;
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_obj(&w, NULL);
	j_str(&w, "level", look_level_name(d->level));
	if (d->partner)
		j_str(&w, "partner", d->partner);
	j_str(&w, "purpose", d->purpose);
	j_arr(&w, "parts");
	for (int p = 0; p < PARTS; p++)
		if (d->parts & 1u << p)
			j_str(&w, NULL, disclosure_rows[p].name);
	j_end(&w);
	if (d->history)
		j_bool(&w, "history", true);
	if (d->at)
		j_time(&w, "at", d->at);
	if (d->found) {
		j_arr(&w, "found");
		for (int i = 0; i < d->nfound; i++)
			j_str(&w, NULL, d->found[i]);
		j_end(&w);
	}
	j_end(&w);
	return journal_append(rq, &(struct fact){ "lookup", d->subject, "disclosed", buf_cstr(&b), 0 });
}

/* ── dependencies ── */

uint64_t look_dep(const char *room, const char *subject)
{
	uint64_t h = 14695981039346656037u;
	for (; *room; room++)
		h = (h ^ (unsigned char)*room) * 1099511628211u;
	h = (h ^ '/') * 1099511628211u;
	for (; *subject; subject++)
		h = (h ^ (unsigned char)*subject) * 1099511628211u;
	return h;
}

uint64_t look_dep_mail(struct arena *mem, const char *address)
{
	return address && *address ? look_dep("mail", text_lower(mem, address)) : 0;
}

static void dep_put(struct look_deps *d, uint64_t dep)
{
	for (int i = 0; i < d->n; i++)
		if (d->dep[i] == dep)
			return;
	if (d->n == LOOK_DEPS)
		d->over = true;
	else
		d->dep[d->n++] = dep;
}

static void dep_add(struct look_deps *d, const char *room, const char *subject)
{
	if (subject && *subject)
		dep_put(d, look_dep(room, subject));
}

/* Whether an address was confirmed stands in the answer. */
static void mails_add(struct look_deps *d, const struct look_entity *e)
{
	if (e->mail)
		dep_put(d, e->mail);
	for (int i = 0; i < e->nmore; i++)
		mails_add(d, &e->more[i]);
}

static void head_deps(const struct look_head *h, struct look_deps *out)
{
	for (int i = 0; i < h->nentities; i++) {
		dep_add(out, "names", h->entity[i]->handle);
		mails_add(out, h->entity[i]);
	}
}

/* Files are imported as a whole: an answer with anything from a room's files hangs on its imports. Every answer may
 * show role contacts from files. */
void look_deps_of(const struct look *l, struct look_deps *out)
{
	*out = (struct look_deps){ 0 };
	dep_add(out, "import", "who");
	head_deps(&l->h, out);
	bool files = l->h.source && strcmp(l->h.source, "registry") != 0;
	if (l->kind == LOOK_DOMAIN) {
		dep_add(out, "names", l->domain.name);
		for (int i = 0; i < l->domain.nns; i++)
			dep_add(out, "names", l->domain.ns[i].name);
		if (l->domain.network)
			head_deps(&l->domain.network->h, out);
	}
	if (l->kind == LOOK_NAMESERVER) {
		dep_add(out, "names", l->host.ns.name);
		dep_add(out, "names", l->host.domain);
		dep_add(out, "linked", l->host.ns.name);
	}
	if (l->kind == LOOK_ENTITY) {
		dep_add(out, "names", l->who.e.handle);
		dep_add(out, "linked", l->who.e.handle);
		mails_add(out, &l->who.e);
	}
	bool number = l->kind == LOOK_IP || l->kind == LOOK_AUTNUM || (l->kind == LOOK_DOMAIN && l->domain.network);
	if (number || (l->kind == LOOK_ENTITY && l->who.nholdings)) {
		dep_add(out, "import", "numbers");
		dep_add(out, "import", "routes");
	} else if (files) {
		dep_add(out, "import", "names");
		dep_add(out, "zone", "added"); /* an imported zone becomes the registry's own */
	}
}
