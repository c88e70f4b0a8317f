/* What a person wrote, what they quoted, what they passed on; and who sent the message that was passed on. */
#include "base/addr.h"
#include "front/mailin/mailin_int.h"

/* Lines that a mail program puts before a message it passes on. */
static const char *const forwards[] = {
	"---------- forwarded message",
	"----- forwarded message",
	"-----original message",
	"----- original message",
	"begin forwarded message",
	"-------- forwarded message",
	"-------- original message",
	"--- forwarded message",
	"---------- 轉寄郵件",
	"---------- 已轉寄的郵件",
	"-----原始郵件",
	"----- 原始郵件",
	"------------------ 原始郵件",
	"------------------ 原始邮件",
	"-----原始邮件",
	"---------- 转发的邮件",
	"---------- 轉寄的郵件",
	"開始轉寄郵件",
	"以下是轉寄的郵件",
	"以下為轉寄郵件",
	"-------- 轉寄郵件",
	"-------- 原始郵件",
	"---------- 轉寄訊息",
	NULL,
};

/* Before what they answer. */
static const char *const quotes_end[] = { " wrote:", "寫道：", "寫道:", "写道：", "写道:", " 寫道", NULL };

enum label { LABEL_NONE, LABEL_FROM, LABEL_SUBJECT, LABEL_OTHER };
static const struct {
	const char *word;
	enum label is;
} labels[] = {
	{ "From", LABEL_FROM },	     { "寄件者", LABEL_FROM },	  { "寄件人", LABEL_FROM },
	{ "發件人", LABEL_FROM },    { "发件人", LABEL_FROM },	  { "Subject", LABEL_SUBJECT },
	{ "主旨", LABEL_SUBJECT },   { "主題", LABEL_SUBJECT },	  { "主题", LABEL_SUBJECT },
	{ "標題", LABEL_SUBJECT },   { "Date", LABEL_OTHER },	  { "Sent", LABEL_OTHER },
	{ "To", LABEL_OTHER },	     { "Cc", LABEL_OTHER },	  { "Reply-To", LABEL_OTHER },
	{ "日期", LABEL_OTHER },     { "寄件日期", LABEL_OTHER }, { "傳送時間", LABEL_OTHER },
	{ "收件者", LABEL_OTHER },   { "收件人", LABEL_OTHER },	  { "副本", LABEL_OTHER },
	{ "发送时间", LABEL_OTHER }, { "發送時間", LABEL_OTHER }, { "抄送", LABEL_OTHER },
	{ "時間", LABEL_OTHER },     { "時間", LABEL_OTHER },
};

static const char *skip_marks(const char *s)
{
	while (*s == '*' || *s == ' ' || *s == '>' || *s == '\t')
		s++;
	return s;
}

/* "From:", "寄件者：", "*From:*"; what follows in *value. */
static enum label label_of(const char *line, const char **value)
{
	line = skip_marks(line);
	size_t colon = strcspn(line, ":\xef"); /* 0xef begins the wide colon */
	if (!line[colon] || colon > 40)
		return LABEL_NONE;
	for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) {
		size_t n = strlen(labels[i].word);
		if (strncasecmp(line, labels[i].word, n) != 0)
			continue;
		const char *p = line + n + strspn(line + n, " *");
		bool wide = !strncmp(p, "：", 3);
		if (*p != ':' && !wide)
			continue;
		*value = skip_marks(p + (wide ? 3 : 1));
		return labels[i].is;
	}
	return LABEL_NONE;
}

static bool begins_any(const char *line, const char *const *list)
{
	for (; *list; list++)
		if (text_begins(line, *list))
			return true;
	return false;
}

/* ── lines ── */

enum { LINES_MAX = 8000 };
struct lines {
	char **at;
	int n;
};

static struct lines lines_of(struct arena *mem, const char *text)
{
	struct lines l = { 0 };
	int count = 1;
	for (const char *c = text; *c; c++)
		count += *c == '\n';
	if (count > LINES_MAX)
		count = LINES_MAX;
	l.at = arena_array(mem, char *, count);
	for (char *p = arena_strdup(mem, text); p && l.n < count;) {
		char *nl = l.n + 1 < count ? strchr(p, '\n') : NULL;
		if (nl)
			*nl = 0;
		l.at[l.n++] = p;
		p = nl ? nl + 1 : NULL;
	}
	return l;
}

static char *join(struct arena *mem, const struct lines *l, int from, int to)
{
	size_t n = 0;
	for (int i = from; i < to; i++)
		n += strlen(l->at[i]) + 1;
	char *out = arena_alloc(mem, n + 1), *o = out;
	for (int i = from; i < to; i++) {
		size_t k = strlen(l->at[i]);
		memcpy(o, l->at[i], k);
		o += k;
		*o++ = '\n';
	}
	*o = 0;
	return text_trim(mem, out);
}

/* Outlook says no word before the fields: a sender, and a subject within the next lines. */
static bool bare_header(const struct lines *l, int i)
{
	const char *v;
	if (label_of(l->at[i], &v) != LABEL_FROM)
		return false;
	for (int k = i + 1; k < l->n && k < i + 6; k++)
		if (label_of(l->at[k], &v) == LABEL_SUBJECT)
			return true;
	return false;
}

static bool starts_forward(const struct lines *l, int i)
{
	const char *line = skip_marks(l->at[i]);
	bool may = *line == '-' || (*line | 0x20) == 'b' || (*line & 0x80); /* most lines are told apart so */
	return (may && begins_any(line, forwards)) || bare_header(l, i);
}

static bool ends_with(const char *s, const char *what)
{
	size_t n = strlen(s), k = strlen(what);
	while (n && (s[n - 1] == ' ' || s[n - 1] == '\t'))
		n--;
	return n >= k && !strncmp(s + n - k, what, k);
}

/* "On Mon, … Ann wrote:", also broken over two lines. */
static bool starts_quote(const struct lines *l, int i)
{
	for (const char *const *q = quotes_end; *q; q++) {
		if (ends_with(l->at[i], *q) && (strpbrk(l->at[i], "0123456789<@")))
			return true;
		if (i + 1 < l->n && text_begins(l->at[i], "On ") && ends_with(l->at[i + 1], *q))
			return true;
	}
	return false;
}

static void read_forward(struct arena *mem, const struct lines *l, int at, struct mailin *m)
{
	const char *v;
	int i = at, body = at + 1;
	bool in = false;
	for (; i < l->n && i < at + 16; i++) {
		enum label is = label_of(l->at[i], &v);
		if (is == LABEL_FROM && !m->reported.from)
			m->reported.from = mail_address(mem, v, NULL);
		if (is == LABEL_SUBJECT && !m->reported.subject)
			m->reported.subject = arena_strdup(mem, v);
		if (is) {
			in = true;
			body = i + 1;
		} else if (in && !*skip_marks(l->at[i])) {
			break;
		}
	}
	m->reported.there = true;
	if (!m->reported.text)
		m->reported.text = join(mem, l, body, l->n);
}

void words_split(struct arena *mem, const char *text, struct mailin *m)
{
	struct lines l = lines_of(mem, text);
	struct lines own = { arena_array(mem, char *, l.n + 1), 0 }, whole = { arena_array(mem, char *, l.n + 1), 0 };
	bool quoted = false, signed_ = false;
	for (int i = 0; i < l.n; i++) {
		char *line = l.at[i];
		if (starts_forward(&l, i)) {
			read_forward(mem, &l, i, m);
			break;
		}
		signed_ |= !strcmp(line, "-- ") || !strcmp(line, "--");
		quoted |= starts_quote(&l, i);
		if (signed_)
			continue;
		whole.at[whole.n++] = line;
		if (!quoted && *line != '>')
			own.at[own.n++] = line;
	}
	m->text = join(mem, &own, 0, own.n);
	m->whole = join(mem, &whole, 0, whole.n);
}

/* ── the reported message's own fields ── */

/* Addresses inside a network: whoever handed the message on there is not who sent it. */
static bool inner(const struct addr *a)
{
	static const struct {
		uint8_t b[2], len;
	} v4[] = { { { 10 }, 8 }, { { 127 }, 8 }, { { 192, 168 }, 16 }, { { 169, 254 }, 16 }, { { 0 }, 8 } };
	if (a->family == 6)
		return (a->b[0] & 0xfe) == 0xfc || (a->b[0] == 0xfe && (a->b[1] & 0xc0) == 0x80) ||
		       (!a->b[0] && !a->b[1] && !a->b[2] && !a->b[3]);
	if (a->b[0] == 172 && (a->b[1] & 0xf0) == 16)
		return true;
	for (size_t i = 0; i < sizeof v4 / sizeof *v4; i++)
		if (a->b[0] == v4[i].b[0] && (v4[i].len == 8 || a->b[1] == v4[i].b[1]))
			return true;
	return false;
}

/* "from NAME (NAME [ADDRESS])": what the receiving server saw, in brackets or parentheses, up to "by". */
static char *hop_source(struct arena *mem, const char *value)
{
	if (!text_begins(value, "from "))
		return NULL;
	const char *by = text_find(value, " by ");
	size_t n = by ? (size_t)(by - value) : strlen(value);
	char *found = NULL;
	for (size_t i = 0; i < n; i++) {
		char text[64];
		struct addr a;
		if (value[i] != '[' && value[i] != '(')
			continue;
		const char *p = value + i + 1;
		p += text_begins(p, "IPv6:") ? 5 : 0;
		size_t k = strspn(p, "0123456789abcdefABCDEF.:");
		if (!k || k >= sizeof text)
			continue;
		memcpy(text, p, k);
		text[k] = 0;
		if (!addr_parse(text, &a)) {
			char *colon = strrchr(text, ':'); /* Exim adds the port */
			if (!colon || strchr(text, ':') != colon)
				continue;
			*colon = 0;
			if (!addr_parse(text, &a))
				continue;
		}
		if (!inner(&a))
			found = arena_strdup(mem, text);
	}
	return found;
}

/* The topmost hop is of the reporter's own server, so it is true; hops inside a network are passed over. */
char *received_source(struct arena *mem, const struct entity *message)
{
	int seen = 0;
	for (int i = 0; i < message->nfields && seen < 50; i++) {
		const struct field *f = &message->field[i];
		if (f->nn != 8 || strncasecmp(f->name, "Received", 8) != 0)
			continue;
		seen++;
		char *source = hop_source(mem, field_decode(mem, f->value, f->vn));
		if (source)
			return source;
	}
	return NULL;
}

void reported_read(struct arena *mem, const struct entity *message, const char *text, struct mail_reported *out)
{
	char *from = field_text(mem, message, "From", true);
	char *id = field_text(mem, message, "Message-ID", false);
	out->there = true;
	out->from = mail_address(mem, from, NULL);
	out->reply_to = field_text(mem, message, "Reply-To", false);
	out->subject = field_text(mem, message, "Subject", true);
	out->message_id = id;
	out->unsubscribe = field_text(mem, message, "List-Unsubscribe", false);
	out->source = received_source(mem, message);
	out->text = arena_strdup(mem, text);
}
