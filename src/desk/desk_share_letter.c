/* The letters of a share: the matter with its machine forms, and the reminder, which repeats nothing of the matter. */
#include <string.h>
#include "desk/desk_mail.h"
#include "desk/desk_share_int.h"

struct letter_file share_letter_file(struct req *rq, const char *name, const char *type, const struct buf *b)
{
	return (struct letter_file){ arena_strdup(rq->mem, name), arena_strdup(rq->mem, type),
				     arena_dup(rq->mem, b->n ? b->p : "", b->n), b->n };
}

static bool wants(const char *form, const char *what)
{
	return strcmp(form, what) == 0 || strcmp(form, "both") == 0;
}

static void attach(struct req *rq, struct letter *x, const struct share_matter *m, const struct desk_share *s,
		   const struct case_obs *obs, int n)
{
	x->file = arena_array(rq->mem, struct letter_file, SHARE_XARF_FILES + 1);
	if (wants(s->form, "csv")) {
		BUF_SCOPE b = BUF_INIT;
		share_csv(rq->mem, m, obs, n, &b);
		x->file[x->nfiles++] =
			share_letter_file(rq, arena_printf(rq->mem, "%s.csv", m->number), "text/csv", &b);
	}
	for (int i = 0; wants(s->form, "xarf") && i < n && i < SHARE_XARF_FILES; i++) {
		BUF_SCOPE b = BUF_INIT;
		share_xarf(rq->mem, m, &obs[i], &b);
		char *name = arena_printf(rq->mem, "%s-%d.xarf.json", m->number, i + 1);
		x->file[x->nfiles++] = share_letter_file(rq, name, "application/json", &b);
	}
}

enum st desk_share_letter(struct req *rq, const struct entry *e, const char *url, const char *host, struct letter *x,
			  int *n)
{
	struct share_view v;
	struct desk_class k;
	char token[TOKEN_SIZE];
	bool reminder = strcmp(e->verb, "share-reminded") == 0;
	int64_t id = desk_payload_int(rq->mem, e, "share");
	*n = 0;
	if (share_get(rq, id, &v.s))
		return rq->err.code;
	desk_token("share", v.s.seed, token);
	struct desk_partner p;
	if (v.s.state == SHARE_CANCELLED || (reminder && v.s.state != SHARE_DELIVERED))
		return ST_OK;
	if (share_view(rq, token, LANG_EN, &v) || v.withheld || desk_class_get(rq, v.s.class_id, &k) ||
	    desk_partner_get(rq, v.s.handle, &p))
		return rq->err.code;
	enum lang l = share_lang(&p);
	const char *kind = reminder ? "share-reminder" : "share";
	struct share_matter m = { v.s.number, k.id, k.rsit, v.label, v.s.opened_at, v.s.id, v.s.text };
	*x = (struct letter){ .to = v.s.mail,
			      .lang = l,
			      .template_ = arena_strdup(rq->mem, kind),
			      .kind = MAIL_TO_PARTNER,
			      .message_id = desk_letter_id(rq->mem, e->seq, kind, id, host),
			      .reply_to = desk_reply_address(rq->mem, 's', id),
			      .link = arena_printf(rq->mem, "%s/share/%s", url, token),
			      .party = *v.s.person ? v.s.person : NULL,
			      .text = v.s.text,
			      .share = id,
			      .share_sent = reminder ? 0 : v.s.sent_at,
			      .tlp = tlp_name(v.label),
			      .tlp_note = tr(l, tlp_sentence(v.label)) };
	x->subject = share_subject(rq->mem, l, v.s.number, v.label, tr(l, k.title));
	x->about = arena_new_of(rq->mem, struct case_view);
	*x->about = (struct case_view){
		.number = v.s.number, .opened_at = v.s.created_at, .class_id = k.id, .rsit = k.rsit
	};
	x->about->title = x->about->class_title = arena_strdup(rq->mem, tr(l, k.title));
	*n = 1;
	if (v.label == TLP_RED) { /* as for reporters: mail goes through many hands, the page does not */
		x->about->title = x->about->class_title = arena_strdup(rq->mem, tr(l, N_("see your page")));
		x->subject = share_subject(rq->mem, l, v.s.number, v.label, x->about->title);
		x->text = NULL;
	}
	if (reminder || v.label == TLP_RED)
		return ST_OK;
	x->obs = v.obs;
	x->nobs = v.nobs;
	attach(rq, x, &m, &v.s, v.obs, v.nobs);
	return ST_OK;
}
