/* message/feedback-report (RFC 5965, 6591, 6692). */
#include "front/mailin/mailin_int.h"

/* What is said of the complaint; never who complained (Original-Rcpt-To, Removal-Recipient). */
static const char *const shown[] = {
	"Feedback-Type",	  "Source-IP",	     "Source-Port",   "Reported-Domain", "Reported-URI",
	"Original-Mail-From",	  "Arrival-Date",    "Received-Date", "Incidents",	 "Auth-Failure",
	"Authentication-Results", "Delivery-Result", "Reporting-MTA", "User-Agent",	 NULL
};

/* Those that name the thing itself; senders' addresses are forged too often. */
static const char *const things[] = { "Source-IP", "Reported-URI", "Reported-Domain", NULL };

static bool in_list(const struct field *f, const char *const *list)
{
	for (; *list; list++)
		if (strlen(*list) == f->nn && !strncasecmp(*list, f->name, f->nn))
			return true;
	return false;
}

bool arf_read(struct arena *mem, const char *text, struct mailin *m)
{
	struct mime one = { .mem = mem };
	struct entity fields = { 0 };
	BUF_SCOPE out = { .max = 4000 };
	text += strspn(text, "\n ");
	mime_fields(&one, text, strlen(text), &fields);
	char *kind = field_text(mem, &fields, "Feedback-Type", false);
	if (!kind && !field_find(&fields, "User-Agent") && !field_find(&fields, "Abuse-Type"))
		return false;
	m->kind = MAIL_ARF;
	m->scheme = "arf";
	m->category = kind && *kind ? text_lower(mem, kind) : "abuse";
	for (const char *const *want = things; *want; want++)
		for (int i = 0; i < fields.nfields; i++) {
			const char *const one_name[] = { *want, NULL };
			if (!in_list(&fields.field[i], one_name))
				continue;
			char *value = field_decode(mem, fields.field[i].value, fields.field[i].vn);
			obs_take(mem, m, NULL, value);
		}
	for (int i = 0; i < fields.nfields; i++)
		if (in_list(&fields.field[i], shown))
			buf_printf(&out, "%.*s: %s\n", (int)fields.field[i].nn, fields.field[i].name,
				   field_decode(mem, fields.field[i].value, fields.field[i].vn));
	m->details = text_cleaned(mem, buf_cstr(&out), out.n);
	return true;
}
