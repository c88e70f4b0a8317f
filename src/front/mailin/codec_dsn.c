/* Delivery reports: message/delivery-status (RFC 3464), and what servers wrote before and beside it. */
#include "front/mailin/mailin_int.h"

/* "rfc822; <ann@example.org>" */
static char *typed_address(struct arena *mem, const char *value)
{
	const char *semi = value ? strchr(value, ';') : NULL;
	const char *p = semi ? semi + 1 : value;
	if (!p)
		return NULL;
	while (*p == ' ')
		p++;
	const char *open = strchr(p, '<');
	size_t n = open ? strcspn(open + 1, ">") : strcspn(p, " ,;");
	char *address = arena_dup(mem, open ? open + 1 : p, n);
	return text_email_ok(address) ? address : NULL;
}

/* One group of fields about one recipient; the first that failed for good is what counts. */
static bool group_read(struct arena *mem, const struct entity *g, struct mail_bounce *b)
{
	char *final = field_text(mem, g, "Final-Recipient", false);
	char *original = field_text(mem, g, "Original-Recipient", false);
	char *action = field_text(mem, g, "Action", false);
	char *to = typed_address(mem, original);
	if (!to)
		to = typed_address(mem, final);
	if ((!final && !original) || !action)
		return false;
	bool failed = text_begins(action, "failed") || text_begins(action, "undeliverable");
	if (b->action && (b->final || !failed))
		return true;
	char *status = field_text(mem, g, "Status", false);
	b->recipient = to;
	b->action = text_lower(mem, action);
	b->status = status ? arena_dup(mem, status, strspn(status, "0123456789.")) : NULL;
	b->diagnostic = field_text(mem, g, "Diagnostic-Code", true);
	b->final = failed;
	return true;
}

bool dsn_read(struct arena *mem, const char *text, struct mail_bounce *b)
{
	const char *p = text, *end = text + strlen(text);
	bool any = false;
	for (int groups = 0; p < end && groups < 50; groups++) {
		struct mime one = { .mem = mem };
		struct entity fields = { 0 };
		size_t used = mime_fields(&one, p, (size_t)(end - p), &fields);
		any |= group_read(mem, &fields, b);
		p += used ? used : 1;
	}
	return any;
}

/* ── without the format ── */

static const char *const subjects[] = { "returned mail",
					"undeliverable",
					"undelivered mail",
					"mail failed",
					"delivery status notif",
					"failure notice",
					"mail delivery failed",
					"delivery failure",
					"mail delivery failure",
					"delayed mail",
					"delivery notification",
					"mail system error",
					"message status - undeliverable",
					"無法傳遞",
					"郵件傳送失敗",
					"退信",
					"傳遞狀態通知",
					"未傳遞的主旨",
					"系统退信",
					NULL };
static const char *const senders[] = { "mailer-daemon@", "postmaster@", "mdaemon@", "mail-daemon@", NULL };
static const char *const delays[] = {
	"delayed", "warning only", "still being retried", "will be retried", "延遲", NULL
};

static bool any_in(const char *s, const char *const *list)
{
	for (; s && *list; list++)
		if (text_find(s, *list))
			return true;
	return false;
}

/* The first address in the words of the report that is not the reporting server's own. */
static char *failed_address(struct arena *mem, const char *text, const char *from)
{
	struct observable found[10];
	int n = obs_scan(mem, text, found, 10);
	for (int i = 0; i < n; i++)
		if (found[i].kind == OBS_EMAIL && (!from || !text_eq_nocase(found[i].value, from)) &&
		    !any_in(found[i].value, senders))
			return found[i].value;
	return NULL;
}

/* The Message-ID and List-Unsubscribe of the message whose head stands in the text. */
static void returned_read(struct arena *mem, const char *text, struct mail_bounce *b)
{
	const char *p = text;
	for (int i = 0; i < 4 && (p = text_find(p, "Message-ID:")); i++) {
		p += 11;
		p += strspn(p, " \n\t");
		if (*p == '<' && !b->original)
			b->original = arena_dup(mem, p + 1, strcspn(p + 1, "> \n"));
	}
	if ((p = text_find(text, "List-Unsubscribe:"))) {
		p += 17;
		p += strspn(p, " \n\t");
		b->stop = arena_dup(mem, p, strcspn(p, " \n"));
	}
}

bool dsn_old(struct arena *mem, struct mime *all, const char *text, struct mailin *m)
{
	struct mail_bounce *b = &m->bounce;
	bool by_sender = any_in(m->from, senders) || (!m->from && !m->answerable);
	if (!by_sender || !any_in(m->subject, subjects))
		return false;
	char *failed = field_text(mem, &all->part[0], "X-Failed-Recipients", false);
	if (!b->action) {
		/* RFC 3464's fields stand there as plain text. */
		const char *fields = text_find(text, "Final-Recipient:");
		if (fields)
			dsn_read(mem, fields, b);
	}
	if (!b->action) {
		bool later = any_in(m->subject, delays) || any_in(text, delays);
		b->recipient = failed && text_email_ok(failed) ? failed : failed_address(mem, text, m->from);
		b->action = later ? (char *)"delayed" : (char *)"failed";
		b->final = !later && b->recipient;
		const char *line = b->recipient ? text_find(text, b->recipient) : NULL;
		if (line)
			b->diagnostic = text_trim(mem, arena_dup(mem, line, strcspn(line, "\n")));
	}
	returned_read(mem, text, b);
	return true;
}
