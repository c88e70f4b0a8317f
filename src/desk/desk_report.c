/* A report before it is filed: checked, normalised, attributed, and the policy row that fits it. All on a reader, so
 * that the write stays short. */
#include <string.h>
#include "desk/desk_int.h"
#include "desk/desk_peer.h"
#include "intel/warnlist.h"
#include "who/contact_failing.h"
#include "who/permit.h"
#include "who/person.h"

static bool blank(const char *s)
{
	return !s || !s[strspn(s, " \t\r\n")];
}

static enum st file_ok(struct req *rq, const struct report_file *f, int i)
{
	const char *sha = f->sha256 ? f->sha256 : "";
	if (strlen(sha) != 64 || strspn(sha, "0123456789abcdef") != 64)
		return err_set(&rq->err, ST_INVALID, N_("files[%d]: a SHA-256 in lower-case hex is needed"), i);
	if (f->size < 0 || (f->name && !text_clean(f->name, strlen(f->name))) ||
	    (f->type && !text_clean(f->type, strlen(f->type))))
		return err_set(&rq->err, ST_INVALID, N_("files[%d]: name, type or size is not usable"), i);
	return ST_OK;
}

bool desk_files_ok(struct req *rq, const struct report_file *f, int n)
{
	if (n < 0 || n > FILES_MAX) {
		err_set(&rq->err, ST_INVALID, N_("files: at most %d"), FILES_MAX);
		return false;
	}
	for (int i = 0; i < n; i++)
		if (file_ok(rq, &f[i], i))
			return false;
	return true;
}

static enum st check_texts(struct req *rq, struct report *r)
{
	size_t n = r->description ? strlen(r->description) : 0;
	if (n > WORDS_MAX)
		return err_set(&rq->err, ST_INVALID, N_("description: longer than %d bytes"), WORDS_MAX);
	if (n && !text_clean(r->description, n))
		return err_set(&rq->err, ST_INVALID, N_("description: not plain UTF-8 text"));
	if (blank(r->description))
		r->description = arena_strdup(rq->mem, "");
	if (!*r->description && r->nobs == 0)
		return err_set(&rq->err, ST_INVALID, N_("observables: say what you saw, or where"));
	if (r->nobs < 0 || r->nobs > OBS_MAX)
		return err_set(&rq->err, ST_INVALID, N_("observables: at most %d"), OBS_MAX);
	if (r->email && blank(r->email))
		r->email = NULL;
	if (r->email)
		r->email = text_trim(rq->mem, r->email);
	if (r->email && !text_email_ok(r->email))
		return err_set(&rq->err, ST_INVALID, N_("email: this is not an e-mail address"));
	if (r->idempotency && (strlen(r->idempotency) > IDEM_MAX || !*r->idempotency))
		return err_set(&rq->err, ST_INVALID, N_("idempotency key: 1 to %d bytes"), IDEM_MAX);
	return desk_files_ok(rq, r->file, r->nfiles) ? ST_OK : rq->err.code;
}

static bool known(const struct report *r, int n, const struct observable *o)
{
	for (int i = 0; i < n; i++)
		if (r->obs[i].kind == o->kind && strcmp(r->obs[i].value, o->value) == 0)
			return true;
	return false;
}

static enum st take_typed(struct req *rq, struct report *r)
{
	int n = 0;
	for (int i = 0; i < r->nobs; i++) {
		struct observable o;
		struct err e = { 0 };
		const char *given = r->obs[i].given ? r->obs[i].given : r->obs[i].value;
		if (!given || obs_parse(rq->mem, given, &o, &e)) {
			rq->err = e; /* the reason stands inside: err_say finds it there */
			return err_set(&rq->err, ST_INVALID, N_("observables[%d]: %s"), i, given ? e.msg : N_("empty"));
		}
		if (!known(r, n, &o))
			r->obs[n++] = o;
	}
	r->nobs = r->typed = n;
	return ST_OK;
}

static bool is_own(const struct report *r, const struct observable *o)
{
	const struct desk_site *site = desk_the_site();
	return (o->kind == OBS_EMAIL && r->email && text_eq_nocase(o->value, r->email)) ||
	       obs_ours(o, site->own_host, site->own_mail, 4);
}

/* The reporter's own address under their words is not what they report. */
static enum st take_mentioned(struct req *rq, struct report *r)
{
	if (!*r->description || r->as_listed)
		return ST_OK;
	struct observable *found = arena_array(rq->mem, struct observable, OBS_MAX + 1);
	int n = obs_scan(rq->mem, r->description, found, OBS_MAX + 1);
	for (int i = 0; i < n && !r->more; i++) {
		bool warned = false;
		if (is_own(r, &found[i]) || known(r, r->nobs, &found[i]))
			continue;
		if (warned_of(rq, &found[i], &warned))
			return rq->err.code;
		if (!warned && r->nobs < OBS_MAX)
			r->obs[r->nobs++] = found[i];
		else if (!warned)
			r->more = true;
	}
	return ST_OK;
}

static bool has_holder(enum obs_kind k)
{
	return k <= OBS_EMAIL;
}

static bool is_number(const struct observable *o)
{
	struct addr a;
	return o->kind == OBS_IPV4 || o->kind == OBS_IPV6 || o->kind == OBS_PREFIX || o->kind == OBS_ASN ||
	       (o->kind == OBS_URL && o->host && addr_parse(o->host, &a));
}

/* Of several contacts those that mail came back from go last. */
static enum st failing_last(struct req *rq, struct chain_link *l)
{
	struct holder_contact good[4], bad[4];
	int ngood = 0, nbad = 0;
	if (l->contacts < 2)
		return ST_OK;
	for (int i = 0; i < l->contacts; i++) {
		struct failing f;
		enum st st = l->contact[i].email ? contact_failing_get(rq, l->contact[i].email, &f) : ST_NOTFOUND;
		if (st && st != ST_NOTFOUND)
			return st;
		err_clear(&rq->err);
		if (st)
			good[ngood++] = l->contact[i];
		else
			bad[nbad++] = l->contact[i];
	}
	memcpy(l->contact, good, sizeof *good * (size_t)ngood);
	memcpy(l->contact + ngood, bad, sizeof *bad * (size_t)nbad);
	return ST_OK;
}

/* A number of a special-purpose registry is nobody's unless our own registry has delegated it. */
static enum st attribute(struct req *rq, struct report *r)
{
	r->attributed = arena_array(rq->mem, struct answer, r->nobs + 1);
	for (int i = 0; i < r->nobs; i++) {
		const struct observable *o = &r->obs[i];
		r->attributed[i] = (struct answer){ .query = o->value };
		r->harmless[i] = obs_harmless(o, desk_the_site()->own_host);
		if ((r->harmless[i] && !is_number(o)) || !has_holder(o->kind))
			continue;
		enum st st = holder_find(rq, o->host ? o->host : o->value, 0, &r->attributed[i]);
		if (st == ST_INVALID || st == ST_NOTFOUND)
			err_clear(&rq->err); /* nobody can be asked about it: kept as it is */
		else if (st)
			return st;
		for (int k = 0; k < r->attributed[i].links; k++)
			if (failing_last(rq, &r->attributed[i].chain[k]))
				return rq->err.code;
		if (r->attributed[i].responsible)
			r->harmless[i] = false;
		else if (r->harmless[i])
			r->attributed[i] = (struct answer){ .query = o->value };
	}
	return ST_OK;
}

static enum st confidence(struct req *rq, struct report *r)
{
	/* An address is only typed so far: whoever reads its mail stands by the report through the link there. */
	struct person p;
	r->person = 0;
	if (r->email) {
		enum st st = person_find(rq, r->email, &p);
		if (st && st != ST_NOTFOUND)
			return st;
		err_clear(&rq->err);
		r->person = st ? 0 : p.id;
	}
	bool staff = rq->who && role_may(rq->who->role, MAY_APPROVE_NOTICE);
	r->confidence = staff ? "staff" : r->email ? "unconfirmed" : "anonymous";
	return ST_OK;
}

static enum st take_label(struct req *rq, struct report *r)
{
	r->labelled = r->tlp && !blank(r->tlp);
	if (!r->labelled)
		return desk_tlp_default(rq, r->kind.id, report_source_name(r->source), &r->label);
	return tlp_parse(r->tlp, &r->label)
		       ? ST_OK
		       : err_set(&rq->err, ST_INVALID, N_("tlp: one of clear, green, amber, amber+strict, red"));
}

enum st desk_report_prepare(struct req *rq, struct report *r)
{
	err_clear(&rq->err);
	if (check_texts(rq, r) || take_typed(rq, r))
		return rq->err.code;
	if (take_mentioned(rq, r))
		return rq->err.code;
	const char *class_id = r->class_id && *r->class_id ? r->class_id : "other";
	enum st st = desk_class_get(rq, class_id, &r->kind);
	if (st)
		return st == ST_NOTFOUND
			       ? err_set(&rq->err, ST_INVALID, N_("class: \"%.40s\" is not one of ours"), class_id)
			       : st;
	if (take_label(rq, r) || confidence(rq, r) || (r->partner && desk_peer_report(rq, r)) ||
	    desk_policy(rq, r->kind.id, report_source_name(r->source), r->confidence, &r->way, &r->why_waiting))
		return rq->err.code;
	return attribute(rq, r);
}
