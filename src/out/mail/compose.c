/* compose.c — a letter as an RFC 5322 message, through GMime. Nothing random and no clock: a repeat is the same bytes.
 */
#include "out/mail/mail_int.h"
#include <gmime/gmime.h>
#include <pthread.h>
#include <string.h>
#include "base/addr.h"
#include "base/hash.h"
#include "base/idn.h"
#include "base/text.h"
#include "letters.h"

enum { SUBJECT_MAX = 300, NAME_MAX_BYTES = 120, ID_MAX = 200, PART_MAX = 1 << 20 };

typedef void (*write_letter)(struct sheet *p, const struct letter *l);
static const struct {
	const char *name;
	write_letter text, html;
} letters[] = {
	{ "link", letter_link_text, letter_link_html },
	{ "digest", letter_digest_text, letter_digest_html },
	{ "holder-link", letter_holder_link_text, letter_holder_link_html },
	{ "holder-check", letter_holder_check_text, letter_holder_check_html },
	{ "holder-code", letter_holder_code_text, letter_holder_code_html },
	{ "holder-policy", letter_holder_policy_text, letter_holder_policy_html },
	{ "contact-check", letter_contact_check_text, letter_contact_check_html },
	{ "contact-notices", letter_contact_notices_text, letter_contact_notices_html },
	{ "relay-confirm", letter_relay_confirm_text, letter_relay_confirm_html },
	{ "survey", letter_survey_text, letter_survey_html },
	{ "interview", letter_interview_text, letter_interview_html },
	{ "appointment", letter_appointment_text, letter_appointment_html },
	{ "newsletter", letter_newsletter_text, letter_newsletter_html },
	{ "newsletter-yes", letter_newsletter_yes_text, letter_newsletter_yes_html },
	{ "relay", letter_relay_text, letter_relay_html },
};

/* ── fields ── */

/* U+2028–202E and U+2066–2069: line separators and overrides of the writing direction, which could make a name read as
 * another. */
static bool misleading(const unsigned char *c)
{
	return c[0] == 0xe2 &&
	       ((c[1] == 0x80 && c[2] >= 0xa8 && c[2] <= 0xae) || (c[1] == 0x81 && c[2] >= 0xa6 && c[2] <= 0xa9));
}

/* One line of at most `max` bytes: control characters are blanks, what is not UTF-8 is "?", and nothing reads as an
 * encoded word (RFC 2047) that is none of ours. */
static char *one_line(struct arena *mem, const char *s, size_t max)
{
	size_t n = strlen(s), o = 0;
	bool valid = utf8_valid(s, n);
	char *out = arena_alloc(mem, 2 * n + 1);
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];
		if (valid && misleading((const unsigned char *)s + i)) {
			i += 2;
			continue;
		}
		if (c < 0x20 || c == 0x7f || (c == 0xc2 && (unsigned char)s[i + 1] < 0xa0))
			c = ' ';
		else if (c >= 0x80 && !valid)
			c = '?';
		if (c == ' ' && s[i] != ' ' && (unsigned char)s[i] == 0xc2)
			i++; /* a C1 control of two bytes */
		if (c == '?' && o && out[o - 1] == '=')
			out[o++] = ' ';
		out[o++] = (char)c;
	}
	out[utf8_cut(out, o, max)] = 0;
	return text_trim(mem, out);
}

/* A Message-ID without its brackets: dot-atoms around one @, or NULL. In one of our own a foreign character becomes "-"
 * (the host may be an address literal). */
static char *message_id(struct arena *mem, const char *s, bool own)
{
	static const char atext[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-/=?^_`{|}~.";
	size_t n = s ? strlen(s) : 0;
	if (n > 2 && s[0] == '<' && s[n - 1] == '>') {
		s++;
		n -= 2;
	}
	const char *at = n ? memchr(s, '@', n) : NULL;
	if (!at || at == s || at == s + n - 1 || n > ID_MAX)
		return NULL;
	char *id = arena_dup(mem, s, n);
	for (size_t i = 0; i < n; i++) {
		if (strchr(atext, s[i]) || s + i == at)
			continue;
		if (!own)
			return NULL;
		id[i] = '-';
	}
	return id;
}

char *letter_id(struct arena *mem, const struct letter *l)
{
	return message_id(mem, l->message_id, true);
}

/* An address as the envelope and the header carry it: ASCII, the domain in A-labels. */
static char *mailbox(struct arena *mem, const char *s, struct err *e)
{
	if (!s || !text_email_ok(s)) {
		err_set(e, ST_INVALID, "%.80s is not an e-mail address", s ? s : "(none)");
		return NULL;
	}
	const char *at = strchr(s, '@');
	for (const char *c = s; c < at; c++)
		if ((unsigned char)*c >= 0x80) {
			err_set(e, ST_INVALID, "%.80s: only ASCII before the @ can be written to", s);
			return NULL;
		}
	char *domain = name_ascii(mem, at + 1, true, e);
	return domain ? arena_printf(mem, "%.*s@%s", (int)(at - s), s, domain) : NULL;
}

/* mail.from, or cert@ the host of public.url (an address literal when that is a number, RFC 5321 §4.1.3). */
static char *sender(const struct sheet *p)
{
	struct err quiet = { 0 };
	const char *from = p->face->cfg->mail_from;
	char *own = from && *from ? mailbox(p->mem, from, &quiet) : NULL;
	if (own)
		return own;
	const char *host = letter_host(p);
	size_t n = strlen(host);
	struct addr a;
	if (addr_parse(host, &a))
		return arena_printf(p->mem, "cert@[%s]", host);
	if (*host == '[' && n > 2)
		return arena_printf(p->mem, "cert@[IPv6:%.*s]", (int)(n - 2), host + 1);
	char *ascii = name_ascii(p->mem, host, true, &quiet);
	return arena_printf(p->mem, "cert@%s", ascii ? ascii : "localhost");
}

/* ── parts ── */

/* base64 where more than a sixth is not ASCII, as in Chinese; else quoted-printable, which stays readable. */
static GMimeContentEncoding encoding_for(const struct buf *b)
{
	size_t high = 0;
	for (size_t i = 0; i < b->n; i++)
		high += (unsigned char)b->p[i] >= 0x80;
	return high > b->n / 6 ? GMIME_CONTENT_ENCODING_BASE64 : GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE;
}

/* Inside base64 a line ends in CRLF (RFC 2045 §6.8); quoted-printable gets its ends from the message's. */
static GMimeStream *content_stream(const struct buf *b, GMimeContentEncoding encoding)
{
	GMimeStream *s = g_mime_stream_mem_new();
	const char *from = buf_cstr(b), *end = from + b->n;
	while (from < end) {
		const char *nl = memchr(from, '\n', (size_t)(end - from));
		size_t n = (size_t)((nl ? nl : end) - from);
		g_mime_stream_write(s, from, n);
		if (nl)
			g_mime_stream_write_string(s, encoding == GMIME_CONTENT_ENCODING_BASE64 ? "\r\n" : "\n");
		from += n + (nl != NULL);
	}
	g_mime_stream_reset(s);
	return s;
}

static void add_part(GMimeMultipart *to, const char *subtype, const struct buf *b)
{
	GMimeContentEncoding encoding = encoding_for(b);
	GMimePart *part = g_mime_part_new_with_type("text", subtype);
	g_mime_object_set_content_type_parameter((GMimeObject *)part, "charset", "utf-8");
	GMimeStream *s = content_stream(b, encoding);
	GMimeDataWrapper *content = g_mime_data_wrapper_new_with_stream(s, GMIME_CONTENT_ENCODING_DEFAULT);
	g_mime_part_set_content(part, content);
	g_mime_part_set_content_encoding(part, encoding);
	g_mime_multipart_add(to, (GMimeObject *)part);
	g_object_unref(content);
	g_object_unref(s);
	g_object_unref(part);
}

void letter_boundary(const char *what, const char *id, char out[BOUNDARY])
{
	char hex[65];
	struct hash h = hash_of2(what, strlen(what), id, strlen(id));
	snprintf(out, BOUNDARY, "=_%.24s", hash_hex(&h, hex));
}

static void set_boundary(GMimeMultipart *body, const char *what, const char *id)
{
	char boundary[BOUNDARY];
	letter_boundary(what, id, boundary);
	g_mime_multipart_set_boundary(body, boundary);
}

/* Machine forms: text as it is, in base64, so that no relay changes a byte. */
static void add_file(GMimeMultipart *to, const struct letter_file *f)
{
	char *slash = strchr(f->type, '/');
	GMimePart *part = g_mime_part_new();
	GMimeContentType *type = g_mime_content_type_parse(NULL, f->type);
	g_mime_object_set_content_type((GMimeObject *)part, type);
	if (slash && strncmp(f->type, "text/", 5) == 0)
		g_mime_object_set_content_type_parameter((GMimeObject *)part, "charset", "utf-8");
	g_mime_object_set_disposition((GMimeObject *)part, "attachment");
	g_mime_part_set_filename(part, f->name);
	GMimeStream *s = g_mime_stream_mem_new_with_buffer(f->data, f->n);
	GMimeDataWrapper *content = g_mime_data_wrapper_new_with_stream(s, GMIME_CONTENT_ENCODING_DEFAULT);
	g_mime_part_set_content(part, content);
	g_mime_part_set_content_encoding(part, GMIME_CONTENT_ENCODING_BASE64);
	g_mime_multipart_add(to, (GMimeObject *)part);
	g_object_unref(content);
	g_object_unref(s);
	g_object_unref(type);
	g_object_unref(part);
}

/* Takes the body over; what is returned holds it and the files. */
static GMimeMultipart *with_files(GMimeMultipart *body, const struct letter *l, const struct letter_file *calendar,
				  const char *id)
{
	if (!l->nfiles && !calendar)
		return body;
	GMimeMultipart *mixed = g_mime_multipart_new_with_subtype("mixed");
	set_boundary(mixed, "files", id);
	g_mime_multipart_add(mixed, (GMimeObject *)body);
	g_object_unref(body);
	for (int i = 0; i < l->nfiles; i++)
		add_file(mixed, &l->file[i]);
	if (calendar)
		add_file(mixed, calendar);
	return mixed;
}

/* Letters whose words are fixed. */
static enum st write_fixed(struct sheet *p, const struct letter *l, struct buf *text, struct buf *html, struct err *e)
{
	size_t i = 0, n = sizeof letters / sizeof *letters;
	while (i < n && (!l->template_ || strcmp(letters[i].name, l->template_) != 0))
		i++;
	if (i == n)
		return err_set(e, ST_INTERNAL, "there is no letter \"%.40s\"", l->template_ ? l->template_ : "(none)");
	p->tlp = l->tlp;
	p->tlp_note = l->tlp_note;
	p->out = text;
	if (l->tlp)
		buf_printf(text, "%s  %s\n\n", l->tlp, l->tlp_note ? l->tlp_note : "");
	letters[i].text(p, l);
	p->out = html;
	letters[i].html(p, l);
	return ST_OK;
}

static enum st write_parts(GMimeMultipart *body, struct sheet *p, const struct letter *l, const struct wording *w,
			   const char **subject, struct err *e)
{
	enum purpose purpose;
	BUF_SCOPE text = { .max = PART_MAX };
	BUF_SCOPE html = { .max = PART_MAX };
	*subject = l->subject ? l->subject : "";
	enum st st = letter_purpose(l, &purpose) ? letter_write(p, l, w, subject, &text, &html, e)
						 : write_fixed(p, l, &text, &html, e);
	if (st)
		return st;
	if (text.bad || html.bad)
		return err_set(e, ST_LIMIT, "the letter is longer than %d bytes", PART_MAX);
	add_part(body, "plain", &text);
	add_part(body, "html", &html);
	return ST_OK;
}

/* ── the message ── */

static void set_headers(GMimeMessage *m, const struct sheet *p, const struct letter *l, const char *subject,
			const struct parcel *parcel)
{
	GMimeObject *o = (GMimeObject *)m;
	GDateTime *date = g_date_time_new_from_unix_utc(p->date / USEC);
	g_mime_message_set_date(m, date);
	g_date_time_unref(date);
	g_mime_message_add_mailbox(m, GMIME_ADDRESS_TYPE_FROM, one_line(p->mem, letter_site(p), NAME_MAX_BYTES),
				   parcel->from);
	g_mime_message_add_mailbox(m, GMIME_ADDRESS_TYPE_TO, NULL, parcel->to);
	struct err quiet = { 0 };
	char *reply = l->reply_to ? mailbox(p->mem, l->reply_to, &quiet) : NULL;
	if (reply)
		g_mime_message_add_mailbox(m, GMIME_ADDRESS_TYPE_REPLY_TO, NULL, reply);
	g_mime_message_set_subject(m, one_line(p->mem, subject, SUBJECT_MAX), "utf-8");
	g_mime_message_set_message_id(m, parcel->id);
	char *before = message_id(p->mem, l->in_reply_to, false);
	if (before) {
		char *ref = arena_printf(p->mem, "<%s>", before);
		g_mime_object_set_header(o, "In-Reply-To", ref, NULL);
		g_mime_object_set_header(o, "References", ref, NULL);
	}
	if (l->unsubscribe) { /* RFC 2369, RFC 8058: one click, without a page between */
		g_mime_object_set_header(o, "List-Unsubscribe", arena_printf(p->mem, "<%s>", l->unsubscribe), NULL);
		g_mime_object_set_header(o, "List-Unsubscribe-Post", "List-Unsubscribe=One-Click", NULL);
	}
	/* RFC 3834; X-Loop: known by ourselves when it comes back under another Message-ID. */
	g_mime_object_set_header(o, "Auto-Submitted", l->answers ? "auto-replied" : "auto-generated", NULL);
	g_mime_object_set_header(o, "X-Loop", letter_host(p), NULL);
}

static void serialise(GMimeMessage *m, struct buf *out)
{
	GMimeFormatOptions *options = g_mime_format_options_new();
	g_mime_format_options_set_newline_format(options, GMIME_NEWLINE_FORMAT_DOS);
	GMimeStream *s = g_mime_stream_mem_new();
	g_mime_object_write_to_stream((GMimeObject *)m, options, s);
	GByteArray *bytes = g_mime_stream_mem_get_byte_array((GMimeStreamMem *)s);
	buf_add(out, bytes->data, bytes->len);
	if (bytes->len < 2 || memcmp(bytes->data + bytes->len - 2, "\r\n", 2) != 0)
		buf_str(out, "\r\n");
	g_object_unref(s);
	g_mime_format_options_free(options);
}

static void start_gmime(void)
{
	g_mime_init();
}

enum st compose_letter(struct arena *mem, const struct face *face, const struct letter *l, const struct wording *w,
		       int64_t date, struct parcel *out, struct err *e)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, start_gmime);
	struct sheet p = { .lang = l->lang, .mem = mem, .face = face, .date = date };
	out->id = letter_id(mem, l);
	if (!out->id)
		return err_set(e, ST_INTERNAL, "a letter of case %s has no usable Message-ID", letter_number(l));
	out->from = sender(&p);
	out->to = mailbox(mem, l->to, e);
	if (!out->to)
		return ST_INVALID;
	GMimeMultipart *body = g_mime_multipart_new_with_subtype("alternative");
	set_boundary(body, "boundary", out->id);
	g_mime_object_set_header((GMimeObject *)body, "Content-Language", lang_tag(p.lang), NULL);
	const char *subject;
	enum st st = write_parts(body, &p, l, w, &subject, e);
	if (!st) {
		GMimeMessage *m = g_mime_message_new(FALSE);
		set_headers(m, &p, l, subject, out);
		struct letter_file calendar;
		bool dated = calendar_file(&p, l, out->from, out->to, &calendar);
		body = with_files(body, l, dated ? &calendar : NULL, out->id);
		g_mime_message_set_mime_part(m, (GMimeObject *)body);
		serialise(m, &out->message);
		g_object_unref(m);
	}
	g_object_unref(body);
	if (!st && out->message.bad)
		return err_set(e, ST_LIMIT, "the letter is longer than its cap");
	return st;
}
