/* Whom a measure touches is told: what was done, on which basis, until when, how to object; and when it is over. */
#include <string.h>
#include "desk/desk_int.h"
#include "desk/desk_mail.h"
#include "desk/desk_proposal.h"

/* A letter's number has the proposal and which of the four links it goes to. */
static int64_t measure_ref(int64_t proposal, enum link_role role)
{
	return proposal * 4 + role;
}

int64_t desk_measure_of(int64_t ref)
{
	return ref / 4;
}

static bool is_told(enum proposal_kind k, enum link_role role)
{
	return role == LINK_HOLDER || role == (k == PROPOSAL_SUSPEND ? LINK_SPONSOR : LINK_UPSTREAM);
}

static const struct holder_contact *usable(const struct chain_link *l)
{
	for (int i = 0; i < l->contacts && i < 4; i++)
		if (l->contact[i].email && text_email_ok(l->contact[i].email))
			return &l->contact[i];
	return NULL;
}

static char *what_happened(struct req *rq, const struct proposal *p, bool over, enum lang l)
{
	static const char *const rows[PROPOSAL_KINDS][2] = {
		{ N_("The name %s no longer resolves, until %s at the latest."),
		  N_("The measure against the name %s is over. It ended on %s.") },
		{ N_("The address %s is to be nulled in your network, until %s at the latest."),
		  N_("The measure against the address %s is over. It ended on %s.") },
	};
	char *shown = desk_shown(rq->mem, p->kind == PROPOSAL_SUSPEND ? "name" : "ip", p->target);
	return arena_printf(rq->mem, tr(l, rows[p->kind][over]), shown,
			    desk_when(rq->mem, over ? p->ended_at : p->expires_at, l));
}

static void fill(struct req *rq, const struct proposal *p, bool over, enum tlp label, struct letter *x)
{
	enum lang l = x->lang;
	x->template_ = arena_strdup(rq->mem, "measure");
	x->kind = MAIL_TO_HOLDER;
	x->text = what_happened(rq, p, over, l);
	x->words = over ? NULL
			: arena_printf(rq->mem, tr(l, N_("Legal basis: %s, %s. Reason: %s")), tr(l, p->basis_title),
				       p->basis_ref, p->reason);
	x->tlp = tlp_name(label);
	x->tlp_note = tr(l, tlp_sentence(label));
	x->subject = arena_printf(rq->mem, tr(l, over ? N_("[%s] A measure is over: %s") : N_("[%s] A measure: %s")),
				  arena_printf(rq->mem, "%s] [%s", p->number, x->tlp),
				  desk_shown(rq->mem, "name", p->target));
}

static bool had(const struct letter *out, int n, const char *to)
{
	for (int i = 0; i < n; i++)
		if (strcmp(out[i].to, to) == 0)
			return true;
	return false;
}

enum st desk_proposal_letters(struct req *rq, const struct entry *e, const char *host, struct letter *out, int max,
			      int *n)
{
	struct proposal p;
	struct answer a;
	struct case_row c;
	struct desk_class k;
	bool over = strcmp(e->verb, "proposal-undone") == 0;
	int64_t others = 0;
	if (desk_proposal_get(rq, desk_payload_int(rq->mem, e, "proposal"), &p) || holder_find(rq, p.target, 0, &a) ||
	    desk_case_get(rq, p.number, &c) || desk_class_get(rq, c.class_id, &k))
		return rq->err.code;
	if (over &&
	    sql_number(rq, &others, "SELECT count(*) FROM desk_proposal WHERE target = $1 AND kind = $2 AND state = $3",
		       V(p.target), V(p.kind), V(PROPOSAL_DONE)))
		return rq->err.code;
	/* It was extended: nothing is over for them; or the label has become stricter. */
	if (others || !tlp_allows(c.tlp, TLP_TO_HOLDER))
		return ST_OK;
	for (int i = 0; i < a.links && *n < max; i++) {
		const struct chain_link *link = &a.chain[i];
		const struct holder_contact *to = is_told(p.kind, link->role) ? usable(link) : NULL;
		char *email = to ? text_lower(rq->mem, to->email) : NULL;
		if (!email || had(out, *n, email))
			continue;
		struct letter *x = &out[(*n)++];
		*x = (struct letter){ .to = email,
				      .lang = to->lang && *to->lang ? lang_of(to->lang) : desk_site_lang(),
				      .message_id = desk_letter_id(rq->mem, e->seq, "measure",
								   measure_ref(p.id, link->role), host) };
		fill(rq, &p, over, c.tlp, x);
		x->about = arena_new_of(rq->mem, struct case_view);
		x->about->id = c.id;
		x->about->number = c.number;
		x->about->rsit = k.rsit;
		x->about->title = x->about->class_title = arena_strdup(rq->mem, tr(x->lang, k.title));
		x->about->opened_at = c.opened_at;
	}
	return ST_OK;
}
