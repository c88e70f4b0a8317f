/* What a message was understood as, for `nicert mailin --dry-run` and for tests. */
#include "base/json.h"
#include "front/mailin/mailin_int.h"

static void reported_json(struct jw *w, const char *key, const struct mail_reported *r)
{
	j_obj(w, key);
	j_str(w, "from", r->from);
	j_str(w, "source", r->source);
	j_str(w, "subject", r->subject);
	j_str(w, "text", r->text);
	j_end(w);
}

static void bounce_json(struct jw *w, const struct mailin *m)
{
	if (m->kind != MAIL_BOUNCE) {
		j_null(w, "bounce");
		return;
	}
	j_obj(w, "bounce");
	j_str(w, "recipient", m->bounce.recipient);
	j_str(w, "action", m->bounce.action);
	j_str(w, "status", m->bounce.status);
	j_str(w, "diagnostic", m->bounce.diagnostic);
	j_str(w, "original", m->bounce.original);
	j_bool(w, "final", m->bounce.final);
	j_end(w);
}

void mailin_json(struct buf *out, const struct mailin *m)
{
	struct jw w = jw_of(out);
	j_obj(&w, NULL);
	j_str(&w, "kind", mail_kind_name(m->kind));
	j_str(&w, "from", m->from);
	j_str(&w, "subject", m->subject);
	j_str(&w, "message_id", m->message_id);
	j_str(&w, "language", lang_tag(m->lang));
	j_bool(&w, "answerable", m->answerable);
	j_str(&w, "scheme", m->scheme);
	j_str(&w, "category", m->category);
	j_str(&w, "details", m->details);
	j_str(&w, "text", m->text);
	j_str(&w, "case", m->number);
	j_bool(&w, "cut", m->cut);
	j_bool(&w, "more", m->more);
	j_str(&w, "unread", m->unread);
	if (m->reported.there)
		reported_json(&w, "reported", &m->reported);
	else
		j_null(&w, "reported");
	j_arr(&w, "reported_beside");
	for (const struct mail_reported *r = m->reported.next; r; r = r->next)
		reported_json(&w, NULL, r);
	j_end(&w);
	bounce_json(&w, m);
	j_arr(&w, "observables");
	for (int i = 0; i < m->nobs; i++) {
		j_obj(&w, NULL);
		j_str(&w, "value", m->obs[i].value);
		j_str(&w, "kind", obs_kind_name(m->obs[i].kind));
		j_end(&w);
	}
	j_end(&w);
	j_arr(&w, "links");
	for (int i = 0; i < m->nlinks; i++) {
		j_obj(&w, NULL);
		j_str(&w, "shown", m->link[i].shown);
		j_str(&w, "target", m->link[i].target);
		j_bool(&w, "differs", m->link[i].differs);
		j_end(&w);
	}
	j_end(&w);
	j_arr(&w, "files");
	for (int i = 0; i < m->nfiles; i++) {
		j_obj(&w, NULL);
		j_str(&w, "name", m->file[i].name);
		j_str(&w, "type", m->file[i].type);
		j_end(&w);
	}
	j_end(&w);
	j_end(&w);
}
