/* web_partner.c — staff: the form by which a partner is added or changed. Behind web_guard. */
#include "front/web/web.h"
#include <string.h>
#include "base/clock.h"
#include "base/text.h"
#include "front/web/pages.h"

struct partnering {
	struct partner_form form;
	bool was_active;
};

static void show(struct http *h, struct partner_form *f, int status)
{
	struct page p = staff_page(h, f->there ? N_("Change the partner") : N_("Add a partner"), NAV_PARTNERS);
	p.bad = f->bad.n > 0;
	p.path = path_with(p.mem, "/staff/partner", "handle", f->there ? f->p.handle : NULL);
	http_status(h, status);
	web_partner_form(&p, f);
}

static char *lines_of(struct arena *mem, const struct desk_partner *p)
{
	char *s = arena_strdup(mem, "");
	for (int i = 0; i < p->nmails; i++)
		s = arena_printf(mem, "%s%s%s", s, i ? "\n" : "", p->mail[i]);
	return s;
}

void web_get_partner_form(struct http *h)
{
	struct req *rq = http_req(h);
	struct partner_form *f = arena_new_of(rq->mem, struct partner_form);
	const char *handle = http_query(h, "handle");
	char *none = arena_strdup(rq->mem, "");
	if (!staff_may(h, MAY_SET_PARTNER))
		return;
	f->there = has(handle);
	f->p = (struct desk_partner){ .handle = none,
				      .name = none,
				      .country = none,
				      .kind = none,
				      .langs = none,
				      .person = none,
				      .fingerprint = none,
				      .channel = arena_strdup(rq->mem, "mail"),
				      .form = arena_strdup(rq->mem, "both"),
				      .ceiling = TLP_GREEN };
	if (f->there && desk_partner_get(rq, handle, &f->p)) {
		http_fail_err(h, &rq->err);
		return;
	}
	f->active = !f->p.disabled_at;
	f->mails = lines_of(rq->mem, &f->p);
	show(h, f, 200);
}

static enum st partner_write(struct req *rq, void *arg)
{
	struct partnering *a = arg;
	struct desk_partner *p = &a->form.p;
	if (!a->form.there)
		return desk_partner_add(rq, p);
	p->disabled_at = a->form.active ? 0 : p->disabled_at;
	if (desk_partner_change(rq, p))
		return rq->err.code;
	return a->form.active || !a->was_active ? ST_OK : desk_partner_disable(rq, p);
}

/* What the desk says of a field begins with its name; here it is said in the reader's language. */
static const struct {
	const char *says, *field, *text;
} rows[] = {
	{ "handle: there", "handle", N_("There is a partner of this name already.") },
	{ "handle:", "handle", N_("A short name: letters a-z, digits and hyphens, a letter first.") },
	{ "name:", "name", N_("Enter the name, on one line.") },
	{ "country:", "country", N_("Two capital letters, such as JP; empty for an international one.") },
	{ "kind:", "kind", N_("Choose one from the list.") },
	{ "languages", "langs", N_("One line of text each.") },
	{ "fingerprint:", "fingerprint", N_("40 hexadecimal digits.") },
	{ "ceiling:", "ceiling", N_("Choose one from the list.") },
	{ "channel:", "channel", N_("Choose one from the list.") },
	{ "form:", "form", N_("Choose one from the list.") },
	{ "mail:", "mail", N_("At least one e-mail address, one a line; none that another partner has.") },
};

static void written(struct http *h, void *arg, const struct err *outcome)
{
	struct partnering *a = arg;
	if (outcome->code == ST_OK) {
		http_redirect(h, arena_printf(http_req(h)->mem, "/staff/partners/%s", a->form.p.handle));
		return;
	}
	for (size_t i = 0; i < sizeof rows / sizeof *rows && !a->form.bad.n; i++)
		if ((outcome->code == ST_INVALID || outcome->code == ST_CONFLICT) &&
		    !strncmp(outcome->msg, rows[i].says, strlen(rows[i].says)))
			form_bad(&a->form.bad, rows[i].field, tr(http_lang(h), rows[i].text));
	if (a->form.bad.n)
		show(h, &a->form, 422);
	else
		http_fail_err(h, outcome);
}

static void take_mails(struct http *h, struct partner_form *f)
{
	struct arena *mem = http_req(h)->mem;
	const char *s = f->mails;
	f->p.nmails = 0;
	while (*(s += strspn(s, " \t\r\n,;"))) {
		size_t n = strcspn(s, " \t\r\n,;");
		if (f->p.nmails == PARTNER_MAILS) {
			form_bad(&f->bad, "mail", tr(http_lang(h), N_("At most five addresses.")));
			return;
		}
		f->p.mail[f->p.nmails++] = arena_dup(mem, s, n);
		s += n;
	}
}

void web_post_partner_form(struct http *h)
{
	struct req *rq = http_req(h);
	struct partnering *a = arena_new_of(rq->mem, struct partnering);
	struct partner_form *f = &a->form;
	if (!staff_may(h, MAY_SET_PARTNER))
		return;
	f->there = *form_text(h, "there") != 0;
	f->p.handle = arena_strdup(rq->mem, form_text(h, "handle"));
	if (f->there && desk_partner_get(rq, f->p.handle, &f->p)) {
		http_fail_err(h, &rq->err);
		return;
	}
	a->was_active = !f->p.disabled_at;
	const struct {
		const char *name;
		char **to;
	} texts[] = {
		{ "name", &f->p.name },	      { "country", &f->p.country }, { "kind", &f->p.kind },
		{ "langs", &f->p.langs },     { "person", &f->p.person },   { "fingerprint", &f->p.fingerprint },
		{ "channel", &f->p.channel }, { "form", &f->p.form },
	};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		*texts[i].to = arena_strdup(rq->mem, form_text(h, texts[i].name));
	f->mails = form_text(h, "mail");
	f->active = !f->there || *form_text(h, "active");
	if (!tlp_parse(form_text(h, "ceiling"), &f->p.ceiling))
		form_bad(&f->bad, "ceiling", tr(http_lang(h), N_("Choose one from the list.")));
	take_mails(h, f);
	if (f->bad.n)
		show(h, f, 422);
	else
		http_write(h, partner_write, a, written);
}
