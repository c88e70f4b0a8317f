/* calendar.c — an appointment as a file for calendars: iCalendar (RFC 5545) in the way of scheduling by mail (RFC 5546, RFC 6047).
 * A newer one takes the place of the one before it: the same UID, a higher SEQUENCE. */
#include <string.h>
#include "base/text.h"
#include "out/mail/mail_int.h"

enum { LINE = 75 }; /* octets, RFC 5545 §3.1 */

/* Folded, never inside a character. */
static void line(struct buf *b, const char *s)
{
	size_t n = strlen(s), most = LINE;
	while (n > most) {
		size_t k = utf8_cut(s, n, most);
		buf_add(b, s, k);
		buf_str(b, "\r\n ");
		s += k;
		n -= k;
		most = LINE - 1; /* the blank counts */
	}
	buf_printf(b, "%s\r\n", s);
}

/* A TEXT value, §3.3.11. */
static const char *text(struct arena *mem, const char *s)
{
	BUF_SCOPE b = BUF_INIT;
	for (; *s; s++) {
		if (strchr("\\;,", *s))
			buf_char(&b, '\\');
		buf_char(&b, (unsigned char)*s < 0x20 ? ' ' : *s);
	}
	return arena_strdup(mem, buf_cstr(&b));
}

/* Inside quotes a parameter can hold anything but a quote or a control, §3.2. */
static const char *param(struct arena *mem, const char *s)
{
	char *out = arena_strdup(mem, s);
	for (char *c = out; *c; c++)
		if (*c == '"' || (unsigned char)*c < 0x20 || *c == 0x7f)
			*c = *c == '"' ? '\'' : ' ';
	return out;
}

/* 20261124T140500Z */
static const char *moment(struct arena *mem, int64_t t)
{
	char *out = time_iso(mem, t), *to = out;
	for (const char *c = out; *c; c++)
		if (*c != '-' && *c != ':')
			*to++ = *c;
	*to = 0;
	return out;
}

static void event(struct buf *b, const struct sheet *p, const struct interview_letter *v, const char *from,
		  const char *to)
{
	struct arena *mem = p->mem;
	bool off = v->what == POST_OFF;
	line(b, "BEGIN:VEVENT");
	line(b, arena_printf(mem, "UID:%s", v->uid));
	line(b, arena_printf(mem, "SEQUENCE:%lld", (long long)v->no - 1));
	line(b, arena_printf(mem, "DTSTAMP:%s", moment(mem, p->date)));
	line(b, arena_printf(mem, "DTSTART:%s", moment(mem, v->at)));
	line(b, arena_printf(mem, "DTEND:%s", moment(mem, v->at + v->minutes * 60 * USEC)));
	line(b, arena_printf(mem, "SUMMARY:%s",
			     text(mem, arena_printf(mem, tr(v->lang, N_("Conversation: %s")), v->title))));
	if (*v->place)
		line(b, arena_printf(mem, "LOCATION:%s", text(mem, v->place)));
	line(b, arena_printf(mem, "ORGANIZER;CN=\"%s\":mailto:%s", param(mem, letter_site(p)), from));
	line(b, arena_printf(mem, "ATTENDEE;CN=\"%s\";ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=FALSE:mailto:%s",
			     param(mem, v->name), to));
	line(b, "CLASS:PRIVATE");
	line(b, off ? "STATUS:CANCELLED" : "STATUS:CONFIRMED");
	line(b, "END:VEVENT");
}

bool calendar_file(const struct sheet *p, const struct letter *l, const char *from, const char *to,
		   struct letter_file *out)
{
	const struct interview_letter *v = l->interview;
	if (!v || (v->what != POST_APPOINTED && v->what != POST_OFF))
		return false;
	const char *method = v->what == POST_OFF ? "CANCEL" : "REQUEST";
	BUF_SCOPE b = BUF_INIT;
	line(&b, "BEGIN:VCALENDAR");
	line(&b, "VERSION:2.0");
	line(&b,
	     arena_printf(p->mem, "PRODID:-//%s//interviews//%s", letter_host(p), v->lang == LANG_EN ? "EN" : "ZH"));
	line(&b, arena_printf(p->mem, "METHOD:%s", method));
	event(&b, p, v, from, to);
	line(&b, "END:VCALENDAR");
	*out = (struct letter_file){ .name = (char *)(uintptr_t) "appointment.ics",
				     .type = arena_printf(p->mem, "text/calendar; method=%s; component=VEVENT", method),
				     .data = arena_dup(p->mem, b.p, b.n),
				     .n = b.n };
	return true;
}
