/* console_act.c — what a registrar does to one of its names: one route, one table. Each act has a form (or none), reads
 * it, says what follows, and is a write of names/. */
#include <string.h>
#include "base/hash.h"
#include "base/idn.h"
#include "base/text.h"
#include "front/web/console.h"

struct acting {
	struct deed *d;
	struct portfolio_name *n;
	struct bulk_change change;
	struct bulk_one one;
	struct outcome why;
	enum transfer_op op;
	char *ns[DOMAIN_NS + 1];
	int nns;
	struct ds ds[DOMAIN_DS];
	int nds;
	char *active[DOMAIN_VARIANTS];
	int nactive;
	char code[27];
	struct restore_report report;
	const struct act_row *row;
};
enum { REPORT_TEXT = 2000 };
struct act_row {
	const char *name, *head, *button, *say;
	void (*form)(struct http *h, struct acting *a);
	void (*read)(struct http *h, struct acting *a); /* puts errors into the form */
	write_fn write;
	int side; /* 1: of ours, 2: a transfer that we asked for */
	bool harm;
};

/* What was typed, or on the first visit what is there. */
static const char *typed(struct http *h, const char *id, const char *now)
{
	const char *s = strcmp(http_method(h), "POST") == 0 ? http_form(h, id) : NULL;
	return s ? s : now ? now : "";
}

static void bad(struct acting *a, const char *field, const char *text)
{
	form_bad(&a->d->form.bad, field, text);
}

/* ── renew ── */

static void renew_form(struct http *h, struct acting *a)
{
	static const char *const years[] = { "1", "2", "3", "4", "5", "6", "7", "8", "9", "10" };
	struct page *p = &a->d->p;
	struct choice_of *c = arena_array(p->mem, struct choice_of, 11);
	for (int i = 0; i < 10; i++)
		c[i] = (struct choice_of){ years[i], i ? arena_printf(p->mem, tr(p->lang, N_("%d years")), i + 1)
						       : tr(p->lang, N_("1 year")) };
	struct field *f =
		form_field(&a->d->form, "years", tr(p->lang, N_("For how long")), FIELD_SELECT, typed(h, "years", "1"));
	f->choice = c;
	f->hint = arena_printf(p->mem, tr(p->lang, N_("It expires on %s.")), page_day(p, a->n->d.expires_at));
	form_hide(&a->d->form, "expires", arena_printf(p->mem, "%lld", (long long)a->n->d.expires_at));
}

static void renew_read(struct http *h, struct acting *a)
{
	int64_t years;
	if (!text_int(form_text(h, "years"), 1, 10, &years) ||
	    !text_int(form_text(h, "expires"), 1, INT64_MAX, &a->change.expires_at))
		bad(a, "years", tr(a->d->p.lang, N_("Choose 1 to 10 years.")));
	else
		a->change.years = (int)years;
	a->change.action = BULK_RENEW;
}

static enum st change_write(struct req *rq, void *arg)
{
	struct acting *a = arg;
	enum st st = bulk_do(rq, &a->one);
	a->why = a->one.why;
	return st;
}

/* ── name servers, DS ── */

static char *lines_of(struct acting *a, char *const *s, int n)
{
	BUF_SCOPE b = BUF_INIT;
	for (int i = 0; i < n; i++)
		buf_printf(&b, "%s\n", s[i]);
	return arena_strdup(a->d->p.mem, buf_cstr(&b));
}

static void ns_form(struct http *h, struct acting *a)
{
	struct page *p = &a->d->p;
	struct field *f = form_field(&a->d->form, "ns", tr(p->lang, N_("Name servers")), FIELD_AREA,
				     typed(h, "ns", lines_of(a, a->n->d.ns, a->n->d.nns)));
	f->hint = tr(p->lang, N_("One a line. A server below one of our zones must be made as a host first."));
}

static void ns_read(struct http *h, struct acting *a)
{
	struct page *p = &a->d->p;
	struct err e = { 0 };
	char *left = arena_strdup(p->mem, form_text(h, "ns")), *w;
	while ((w = strsep(&left, " \t\r\n,"))) {
		if (!*w)
			continue;
		if (a->nns == DOMAIN_NS) {
			bad(a, "ns", tr(p->lang, N_("At most 13 name servers.")));
			return;
		}
		if (!(a->ns[a->nns++] = name_ascii(p->mem, w, false, &e))) {
			bad(a, "ns", arena_printf(p->mem, tr(p->lang, N_("%s is no host name.")), w));
			return;
		}
	}
}

static enum st ns_write(struct req *rq, void *arg)
{
	struct acting *a = arg;
	return domain_servers_set(rq, a->n->d.name, a->ns, a->nns, &a->why);
}

static void ds_form(struct http *h, struct acting *a)
{
	struct page *p = &a->d->p;
	BUF_SCOPE b = BUF_INIT;
	for (int i = 0; i < a->n->d.nds; i++) {
		const struct ds *d = &a->n->d.ds[i];
		buf_printf(&b, "%u %u %u %s\n", d->tag, d->alg, d->digest_type,
			   hex_encode(p->mem, d->digest, (size_t)d->digest_n));
	}
	struct field *f = form_field(&a->d->form, "ds", tr(p->lang, N_("DS records")), FIELD_AREA,
				     typed(h, "ds", arena_strdup(p->mem, buf_cstr(&b))));
	f->hint = tr(p->lang, N_("One a line: key tag, algorithm, digest type, digest. Empty: not signed."));
}

static bool ds_line(char *line, struct ds *out)
{
	char *w[4], *hex;
	int n = 0;
	int64_t v[3];
	size_t len = 0;
	char digits[129];
	while (n < 3 && (w[n] = strsep(&line, " \t")))
		n += *w[n] != 0;
	if (n < 3 || !line)
		return false;
	for (hex = line; *hex; hex++)
		if (*hex != ' ' && *hex != '\t') {
			if (len == 128)
				return false;
			digits[len++] = *hex;
		}
	digits[len] = 0;
	if (!text_int(w[0], 0, 65535, &v[0]) || !text_int(w[1], 0, 255, &v[1]) || !text_int(w[2], 0, 255, &v[2]))
		return false;
	long got = hex_decode(digits, len, out->digest);
	out->tag = (uint16_t)v[0];
	out->alg = (uint8_t)v[1];
	out->digest_type = (uint8_t)v[2];
	out->digest_n = (int)got;
	return got > 0;
}

static void ds_read(struct http *h, struct acting *a)
{
	struct page *p = &a->d->p;
	char *left = arena_strdup(p->mem, form_text(h, "ds")), *line;
	while ((line = strsep(&left, "\r\n"))) {
		line = text_trim(p->mem, line);
		if (!*line)
			continue;
		if (a->nds == DOMAIN_DS || !ds_line(arena_strdup(p->mem, line), &a->ds[a->nds++])) {
			bad(a, "ds", arena_printf(p->mem, tr(p->lang, N_("This line is no DS record: %.60s")), line));
			return;
		}
	}
}

static enum st ds_write(struct req *rq, void *arg)
{
	struct acting *a = arg;
	return domain_ds_set(rq, a->n->d.name, a->ds, a->nds, &a->why);
}

/* ── contacts ── */

static char *handles_of(struct acting *a, char type)
{
	BUF_SCOPE b = BUF_INIT;
	const struct domain *d = &a->n->d;
	for (int i = 0; i < d->ncontacts; i++)
		if (d->contact[i].type == type)
			buf_printf(&b, "%s%s", b.n ? " " : "", d->contact[i].handle);
	return arena_strdup(a->d->p.mem, buf_cstr(&b));
}

static void contacts_form(struct http *h, struct acting *a)
{
	struct page *p = &a->d->p;
	struct form_view *f = &a->d->form;
	form_field(f, "registrant", tr(p->lang, N_("Holder")), FIELD_ID, typed(h, "registrant", a->n->d.registrant))
		->hint = tr(p->lang, N_("The handle of a contact."));
	form_field(f, "admin", tr(p->lang, N_("Administrative contact")), FIELD_ID,
		   typed(h, "admin", handles_of(a, 'a')))
		->hint = tr(p->lang, N_("Several handles are separated by spaces."));
	form_field(f, "tech", tr(p->lang, N_("Technical contact")), FIELD_ID, typed(h, "tech", handles_of(a, 't')));
	form_field(f, "billing", tr(p->lang, N_("Billing contact")), FIELD_ID, typed(h, "billing", handles_of(a, 'b')));
}

static void contacts_read(struct http *h, struct acting *a)
{
	struct arena *mem = a->d->p.mem;
	a->change.action = BULK_CONTACTS;
	a->change.registrant = arena_strdup(mem, form_text(h, "registrant"));
	a->change.admin = arena_strdup(mem, form_text(h, "admin"));
	a->change.tech = arena_strdup(mem, form_text(h, "tech"));
	a->change.billing = arena_strdup(mem, form_text(h, "billing"));
	if (!*a->change.registrant)
		bad(a, "registrant", tr(a->d->p.lang, N_("A name needs a holder.")));
}

/* ── statuses ── */

static const enum status_bit client_bits[] = { STATUS_CLIENT_TRANSFER, STATUS_CLIENT_UPDATE, STATUS_CLIENT_DELETE,
					       STATUS_CLIENT_RENEW, STATUS_CLIENT_HOLD };

static void status_form(struct http *h, struct acting *a)
{
	struct page *p = &a->d->p;
	bool post = strcmp(http_method(h), "POST") == 0;
	for (size_t i = 0; i < sizeof client_bits / sizeof *client_bits; i++) {
		const char *id = status_name(client_bits[i]);
		struct field *f = form_field(&a->d->form, id, id, FIELD_CHECK, "1");
		f->hint = status_word(p, client_bits[i]);
		f->on = post ? http_form(h, id) != NULL : a->n->d.c.status & BIT(client_bits[i]);
	}
}

static void status_read(struct http *h, struct acting *a)
{
	a->change.action = BULK_STATUS;
	for (size_t i = 0; i < sizeof client_bits / sizeof *client_bits; i++) {
		statuses b = BIT(client_bits[i]);
		bool on = http_form(h, status_name(client_bits[i])) != NULL, was = (a->n->d.c.status & b) != 0;
		if (on && !was)
			a->change.add |= b;
		if (!on && was)
			a->change.rem |= b;
	}
	if (!(a->change.add | a->change.rem))
		bad(a, status_name(client_bits[0]), tr(a->d->p.lang, N_("Nothing is changed by this.")));
}

/* ── the other spellings of a name that is a bundle ── */

static void variants_form(struct http *h, struct acting *a)
{
	struct page *p = &a->d->p;
	bool post = strcmp(http_method(h), "POST") == 0;
	const struct domain *d = &a->n->d;
	for (int i = 1; i < d->nmembers; i++) {
		struct field *f =
			form_field(&a->d->form, d->member[i], name_unicode(p->mem, d->member[i]), FIELD_CHECK, "1");
		f->hint = d->member[i];
		f->on = post ? http_form(h, d->member[i]) != NULL : d->active[i];
	}
}

static void variants_read(struct http *h, struct acting *a)
{
	const struct domain *d = &a->n->d;
	bool other = false;
	for (int i = 1; i < d->nmembers; i++) {
		bool on = http_form(h, d->member[i]) != NULL;
		other = other || on != d->active[i];
		if (on)
			a->active[a->nactive++] = d->member[i];
	}
	if (!other && d->nmembers > 1)
		bad(a, d->member[1], tr(a->d->p.lang, N_("Nothing is changed by this.")));
}

static enum st variants_write(struct req *rq, void *arg)
{
	struct acting *a = arg;
	return domain_variants_set(rq, a->n->d.name, a->active, a->nactive, &a->why);
}

/* ── without a form ── */

static void delete_read(struct http *h, struct acting *a)
{
	(void)h;
	a->change.action = BULK_DELETE;
}

static void restore_read(struct http *h, struct acting *a)
{
	(void)h;
	a->change.action = BULK_RESTORE;
}

/* ── the report that completes a restore (RFC 3915 §4.2.5): what the registry knows of it stands there already ── */

static void report_form(struct http *h, struct acting *a)
{
	struct page *p = &a->d->p;
	struct field *f = form_field(&a->d->form, "reason", tr(p->lang, N_("Why it is restored")), FIELD_AREA,
				     typed(h, "reason", ""));
	f->needed = true;
	f->max = REPORT_TEXT;
	f->hint =
		arena_printf(p->mem, tr(p->lang, N_("The report is due on %s.")), page_full(p, a->n->d.restore_until));
	form_field(&a->d->form, "for-holder",
		   tr(p->lang, N_("It was deleted by mistake, or is restored because its holder asked for it; not for "
				  "us to use or sell.")),
		   FIELD_CHECK, NULL)
		->on = *typed(h, "for-holder", "") != 0;
	form_field(&a->d->form, "true", tr(p->lang, N_("What this report says is true to the best of our knowledge.")),
		   FIELD_CHECK, NULL)
		->on = *typed(h, "true", "") != 0;
	form_field(&a->d->form, "other", tr(p->lang, N_("Anything else (may be left empty)")), FIELD_AREA,
		   typed(h, "other", ""))
		->max = REPORT_TEXT;
}

static void report_read(struct http *h, struct acting *a)
{
	struct page *p = &a->d->p;
	a->report.reason = arena_strdup(p->mem, form_text(h, "reason"));
	a->report.other = arena_strdup(p->mem, form_text(h, "other"));
	if (!*a->report.reason || strlen(a->report.reason) > REPORT_TEXT)
		bad(a, "reason", tr(p->lang, N_("Say why, in at most 2,000 characters.")));
	if (strlen(a->report.other) > REPORT_TEXT)
		bad(a, "other", tr(p->lang, N_("At most 2,000 characters.")));
	if (!http_form(h, "for-holder"))
		bad(a, "for-holder", tr(p->lang, N_("Without this the registry can't accept the report.")));
	if (!http_form(h, "true"))
		bad(a, "true", tr(p->lang, N_("Without this the registry can't accept the report.")));
	a->report.statement[0] = (char *)"Deleted by mistake or restored on the holder's request, not for the "
					 "registrar's own use or sale.";
	a->report.statement[1] = (char *)"True to the best of the registrar's knowledge.";
}

static enum st report_write(struct req *rq, void *arg)
{
	struct acting *a = arg;
	struct domain_change *c = arena_new_of(rq->mem, struct domain_change);
	if (domain_restore_data(rq, a->n->d.name, &a->report))
		return rq->err.code;
	c->name = a->n->d.name;
	c->restore = RESTORE_REPORT;
	c->report = &a->report;
	enum st st = domain_update(rq, c);
	a->why = c->why;
	return st;
}

static enum st transfer_write(struct req *rq, void *arg)
{
	struct acting *a = arg;
	struct domain d;
	return domain_transfer(rq, a->op, a->n->d.name, NULL, 0, &d, &a->why);
}

static void approve_read(struct http *h, struct acting *a)
{
	(void)h;
	a->op = OP_APPROVE;
}

static void reject_read(struct http *h, struct acting *a)
{
	(void)h;
	a->op = OP_REJECT;
}

static void cancel_read(struct http *h, struct acting *a)
{
	(void)h;
	a->op = OP_CANCEL;
}

/* RFC 9154 §4.1: 128 random bits, made here, shown once, kept as a hash. */
static void authinfo_read(struct http *h, struct acting *a)
{
	(void)h;
	random_token(a->code);
}

static enum st authinfo_write(struct req *rq, void *arg)
{
	struct acting *a = arg;
	struct domain_change *c = arena_new_of(rq->mem, struct domain_change);
	c->name = a->n->d.name;
	c->authinfo_set = true;
	c->authinfo = a->code;
	enum st st = domain_update(rq, c);
	a->why = c->why;
	return st;
}

static void authinfo_after(struct http *h, struct deed *d)
{
	struct acting *a = d->arg;
	struct view *v = view_new(h);
	v->head = d->head;
	v->res = d->res;
	v->crumb = d->crumb;
	v->crumb_href = d->crumb_href;
	view_block(h, v, BLOCK_SECRET, tr(d->p.lang, N_("The new transfer code")))->text = a->code;
	view_link(v, d->crumb_href, tr(d->p.lang, N_("Back to the name")), "");
	console_show(h, &d->p, v, 200);
}

static const struct act_row rows[] = {
	{ "renew", N_("Renew"), N_("Renew"),
	  N_("Renewing can be undone by deleting the name within the renewal grace."), renew_form, renew_read,
	  change_write, 1, false },
	{ "ns", N_("Name servers"), N_("Change the name servers"),
	  N_("The name is found through these servers within minutes; a wrong one makes it unreachable."), ns_form,
	  ns_read, ns_write, 1, false },
	{ "ds", N_("DNSSEC"), N_("Change the DS records"),
	  N_("A DS record that does not fit the zone's keys makes the name unreachable for most people."), ds_form,
	  ds_read, ds_write, 1, false },
	{ "contacts", N_("Contacts"), N_("Change the contacts"), N_("The holder is who the name belongs to."),
	  contacts_form, contacts_read, change_write, 1, false },
	{ "status", N_("Statuses"), N_("Change the statuses"),
	  N_("clientHold takes the name out of the DNS; the others only guard it."), status_form, status_read,
	  change_write, 1, false },
	{ "variants", N_("Spellings"), N_("Change the spellings"),
	  N_("Those that are chosen lead to the same name in the DNS; the others stay kept for this holder, and nobody "
	     "else can have them."),
	  variants_form, variants_read, variants_write, 1, false },
	{ "authinfo", N_("Transfer code"), N_("Make a new transfer code"),
	  N_("A code that was given out before stops working. Give the new one to the holder alone."), NULL,
	  authinfo_read, authinfo_write, 1, false },
	{ "delete", N_("Delete"), N_("Delete the name"),
	  N_("The name leaves the DNS. In its add grace it is gone at once and paid back; later it can be restored "
	     "only as "
	     "long as its zone says."),
	  NULL, delete_read, change_write, 1, true },
	{ "restore", N_("Restore"), N_("Restore the name"), N_("The name returns to the DNS as it was."), NULL,
	  restore_read, change_write, 1, false },
	{ "report", N_("Restore report"), N_("Send the report"),
	  N_("The report completes the restore. The name's data before the deletion and now go with it."), report_form,
	  report_read, report_write, 1, false },
	{ "approve", N_("Approve the transfer"), N_("Approve the transfer"),
	  N_("The name is the other registrar's at once. This can't be undone here."), NULL, approve_read,
	  transfer_write, 1, true },
	{ "reject", N_("Refuse the transfer"), N_("Refuse the transfer"), N_("The name stays with you."), NULL,
	  reject_read, transfer_write, 1, false },
	{ "cancel", N_("Cancel the transfer"), N_("Cancel the transfer"), N_("What you paid for it comes back."), NULL,
	  cancel_read, transfer_write, 2, false },
};

static bool wants_report(struct req *rq, const char *name)
{
	bool yes = false;
	if (domain_restore_reported(rq, name, &yes))
		err_clear(&rq->err);
	return yes;
}

static const struct act_row *row_of(const char *name)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (strcmp(rows[i].name, name) == 0)
			return &rows[i];
	return NULL;
}

/* The act with its name, allowed and ours; NULL: answered. */
static struct acting *acting(struct http *h)
{
	struct req *rq = http_req(h);
	struct acting *a = arena_new_of(rq->mem, struct acting);
	a->row = row_of(http_arg(h, 1));
	a->n = arena_new_of(rq->mem, struct portfolio_name);
	if (!console_may(h, MAY_CONSOLE_WRITE))
		return NULL;
	if (!a->row) {
		http_fail(h, 404, "no such act");
		return NULL;
	}
	if (portfolio_name(rq, console_me(h), http_arg(h, 0), a->n)) {
		http_fail_err(h, &rq->err);
		return NULL;
	}
	if (a->n->own != (a->row->side == 1) || (a->row->read == variants_read && a->n->d.nmembers < 2)) {
		http_fail(h, 404, "this is not yours to do");
		return NULL;
	}
	struct deed *d = a->d = deed_new(h, a->row->head, NAV_CON_NAMES);
	d->res = a->n->d.name;
	d->crumb = a->n->d.uname;
	d->crumb_href = d->form.cancel = console_url(d->p.mem, "/console/name", a->n->d.name, NULL);
	d->button = tr(d->p.lang, a->row->button);
	d->harm = a->row->harm;
	d->fn = a->row->write;
	d->arg = a;
	d->why = &a->why;
	d->done = path_with(d->p.mem, d->crumb_href, "done", a->row->name);
	if (!strcmp(a->row->name, "restore") && wants_report(rq, a->n->d.name))
		d->done = path_with(d->p.mem, d->crumb_href, "done", "restore-asked");
	deed_say(d, tr(d->p.lang, a->row->say));
	a->change.name = a->n->d.name;
	a->one.change = &a->change;
	if (a->row->form)
		a->row->form(h, a);
	return a;
}

void console_get_act(struct http *h)
{
	struct acting *a = acting(h);
	if (a)
		deed_form(h, a->d, 200);
}

void console_post_act(struct http *h)
{
	struct acting *a = acting(h);
	if (!a)
		return;
	a->row->read(h, a);
	if (a->row->read == authinfo_read)
		a->d->after = authinfo_after;
	/* A name that is gone has no page to go back to. */
	if (a->change.action == BULK_DELETE && a->row->read == delete_read &&
	    a->n->d.grace_until[GRACE_ADD] > a->d->p.now)
		a->d->done = "/console?done=delete";
	if (a->row->read == approve_read)
		a->d->done = "/console/transfers?done=approve";
	if (a->row->read == cancel_read)
		a->d->done = "/console/transfers?done=cancel";
	deed_run(h, a->d);
}
