/* The structure of a message: header fields and parts, as views of its bytes. Every count is bounded before anything is
 * allocated for it. */
#include <gmime/gmime.h>
#include <pthread.h>
#include "base/text.h"
#include "front/mailin/mailin_int.h"

enum { BOUNDARY_MAX = 200, FIELDS_ALL = 4 * MAIL_HEADERS, DECODED_MAX = 1 << 20 };

/* ── fields ── */

static bool name_char(char c)
{
	return c > 32 && c < 127 && c != ':';
}

/* Where the line at p ends (behind its LF). */
static const char *line_end(const char *p, const char *end)
{
	const char *nl = memchr(p, '\n', (size_t)(end - p));
	return nl ? nl + 1 : end;
}

static bool blank_line(const char *p, const char *next)
{
	return p < next && (*p == '\n' || (*p == '\r' && (p + 1 == next || p[1] == '\n')));
}

static void field_add(struct mime *m, struct entity *to, const char *p, const char *end)
{
	const char *colon = p;
	while (colon < end && name_char(*colon))
		colon++;
	const char *after = colon;
	while (after < end && (*after == ' ' || *after == '\t'))
		after++;
	if (colon == p || after == end || *after != ':')
		return;
	if (to->nfields >= MAIL_HEADERS || m->fields >= FIELDS_ALL) {
		m->cut = true;
		return;
	}
	if (!(to->nfields & (to->nfields - 1)) && (to->nfields >= 16 || !to->nfields)) {
		struct field *bigger = arena_array(m->mem, struct field, to->nfields ? 2 * to->nfields : 16);
		if (to->nfields)
			memcpy(bigger, to->field, sizeof *bigger * (size_t)to->nfields);
		to->field = bigger;
	}
	m->fields++;
	to->field[to->nfields++] = (struct field){ p, after + 1, (size_t)(colon - p), (size_t)(end - after - 1) };
}

size_t mime_fields(struct mime *m, const char *p, size_t n, struct entity *to)
{
	const char *begin = p, *end = p + n, *start = NULL, *stop = NULL;
	while (p < end) {
		const char *next = line_end(p, end);
		if (blank_line(p, next)) {
			p = next;
			break;
		}
		bool more = *p == ' ' || *p == '\t';
		if (!more && start)
			field_add(m, to, start, stop);
		if (!more)
			start = p;
		stop = next;
		p = next;
	}
	if (start)
		field_add(m, to, start, stop);
	return (size_t)(p - begin);
}

const struct field *field_find(const struct entity *e, const char *name)
{
	size_t n = strlen(name);
	for (int i = 0; i < e->nfields; i++)
		if (e->field[i].nn == n && strncasecmp(e->field[i].name, name, n) == 0)
			return &e->field[i];
	return NULL;
}

/* Unfolded: line ends go, blanks at both ends too. */
static char *unfolded(struct arena *mem, const char *p, size_t n)
{
	if (n > MAIL_FIELD)
		n = MAIL_FIELD;
	char *out = arena_alloc(mem, n + 1);
	size_t o = 0;
	for (size_t i = 0; i < n; i++)
		if (p[i] != '\r' && p[i] != '\n' && p[i])
			out[o++] = p[i] == '\t' ? ' ' : p[i];
	while (o && out[o - 1] == ' ')
		o--;
	out[o] = 0;
	while (*out == ' ')
		out++;
	return out;
}

static void start_gmime(void)
{
	g_mime_init();
}

static void gmime_ready(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, start_gmime);
}

char *field_decode(struct arena *mem, const char *value, size_t n)
{
	char *plain = unfolded(mem, value, n);
	bool ascii = true;
	for (const char *c = plain; *c; c++)
		ascii &= (unsigned char)*c < 0x80;
	if (!ascii)
		plain = text_of_bytes(mem, plain, strlen(plain), NULL);
	if (!strstr(plain, "=?"))
		return text_cleaned(mem, plain, strlen(plain));
	gmime_ready();
	char *decoded = g_mime_utils_header_decode_text(NULL, plain);
	char *out = text_of_bytes(mem, decoded ? decoded : plain, strlen(decoded ? decoded : plain), "utf-8");
	g_free(decoded);
	for (char *c = out; *c; c++)
		if (*c == '\n' || *c == '\r' || *c == '\t')
			*c = ' ';
	return out;
}

char *field_text(struct arena *mem, const struct entity *e, const char *name, bool decoded)
{
	const struct field *f = field_find(e, name);
	if (!f)
		return NULL;
	return decoded ? field_decode(mem, f->value, f->vn) : unfolded(mem, f->value, f->vn);
}

/* ── addresses ── */

/* What stands in <…>, else the word with an @. Enough for what is only compared and answered. */
char *mail_address(struct arena *mem, const char *text, char **name)
{
	char *out = NULL;
	gmime_ready();
	InternetAddressList *list = text ? internet_address_list_parse(NULL, text) : NULL;
	int n = list ? internet_address_list_length(list) : 0;
	for (int i = 0; i < n && i < 20 && !out; i++) {
		InternetAddress *a = internet_address_list_get_address(list, i);
		const char *addr = INTERNET_ADDRESS_IS_MAILBOX(a)
					   ? internet_address_mailbox_get_addr((InternetAddressMailbox *)a)
					   : NULL;
		if (!addr || !text_email_ok(addr))
			continue;
		out = arena_strdup(mem, addr);
		const char *display = internet_address_get_name(a);
		if (name && display)
			*name = text_of_bytes(mem, display, strlen(display), "utf-8");
	}
	if (list)
		g_object_unref(list);
	return out;
}

/* ── Content-Type and its like ── */

/* The value of a parameter; quoted or not; RFC 2231 is left to GMime, for file names. */
static char *parameter(struct arena *mem, const char *text, const char *name)
{
	size_t n = strlen(name);
	for (const char *p = strchr(text, ';'); p; p = strchr(p, ';')) {
		p++;
		p += strspn(p, " ");
		if (strncasecmp(p, name, n) != 0)
			continue;
		p += n;
		p += strspn(p, " ");
		if (*p != '=')
			continue;
		p++;
		p += strspn(p, " ");
		if (*p != '"')
			return arena_dup(mem, p, strcspn(p, "; "));
		char *out = arena_alloc(mem, strlen(p) + 1), *o = out;
		for (p++; *p && *p != '"'; p++) {
			if (*p == '\\' && p[1])
				p++;
			*o++ = *p;
		}
		return out;
	}
	return NULL;
}

static void read_type(struct mime *m, struct entity *e)
{
	char *type = field_text(m->mem, e, "Content-Type", false);
	char *encoding = field_text(m->mem, e, "Content-Transfer-Encoding", false);
	char *disposition = field_text(m->mem, e, "Content-Disposition", false);
	e->type = (char *)"text/plain";
	if (type && strchr(type, '/')) {
		e->type = text_lower(m->mem, arena_dup(m->mem, type, strcspn(type, "; (")));
		e->charset = parameter(m->mem, type, "charset");
		e->boundary = parameter(m->mem, type, "boundary");
	} else if (e->parent >= 0 && !strcmp(m->part[e->parent].type, "multipart/digest")) {
		e->type = (char *)"message/rfc822";
	}
	if (encoding)
		e->encoding = text_begins(encoding, "base64")		  ? MAIL_BASE64
			      : text_begins(encoding, "quoted-printable") ? MAIL_QP
									  : MAIL_IDENTITY;
	e->attached = disposition && text_begins(disposition, "attachment");
}

char *entity_filename(struct arena *mem, const struct entity *e)
{
	char *disposition = field_text(mem, e, "Content-Disposition", false), *out = NULL;
	char *type = field_text(mem, e, "Content-Type", false);
	gmime_ready();
	if (disposition && text_find(disposition, "filename")) {
		GMimeContentDisposition *d = g_mime_content_disposition_parse(NULL, disposition);
		const char *name = d ? g_mime_content_disposition_get_parameter(d, "filename") : NULL;
		if (name)
			out = text_of_bytes(mem, name, strlen(name), "utf-8");
		if (d)
			g_object_unref(d);
	}
	if (!out && type && text_find(type, "name")) {
		GMimeContentType *t = g_mime_content_type_parse(NULL, type);
		const char *name = t ? g_mime_content_type_get_parameter(t, "name") : NULL;
		if (name)
			out = text_of_bytes(mem, name, strlen(name), "utf-8");
		if (t)
			g_object_unref(t);
	}
	if (!out)
		return NULL;
	char *slash = strrchr(out, '/'), *back = strrchr(slash ? slash : out, '\\');
	out = back ? back + 1 : slash ? slash + 1 : out;
	out[utf8_cut(out, strlen(out), 200)] = 0;
	for (char *c = out; *c; c++)
		if ((unsigned char)*c < 0x20)
			*c = ' ';
	return *out ? out : NULL;
}

bool is_file(const char *name, const char *ending)
{
	size_t n = name ? strlen(name) : 0, k = strlen(ending);
	return n > k && text_eq_nocase(name + n - k, ending);
}

/* ── parts ── */

static int entity_new(struct mime *m, const char *p, size_t n, int parent)
{
	if (m->n >= MAIL_PARTS) {
		m->cut = true;
		return -1;
	}
	if (m->n == m->room) {
		struct entity *more = arena_array(m->mem, struct entity, m->room ? 4 * m->room : 16);
		if (m->n)
			memcpy(more, m->part, sizeof *more * (size_t)m->n);
		m->room = m->room ? 4 * m->room : 16;
		m->part = more;
	}
	int at = m->n++;
	struct entity *e = &m->part[at];
	*e = (struct entity){ .head = p, .parent = parent, .depth = parent < 0 ? 0 : m->part[parent].depth + 1 };
	e->headn = mime_fields(m, p, n, e);
	e->body = p + e->headn;
	e->bodyn = n - e->headn;
	read_type(m, e);
	return at;
}

/* The next delimiter line at or behind p: its start in *at, what follows it in *after; the kind: 0 none, 1, 2 closing.
 */
static int delimiter(const char *mark, size_t mn, const char *begin, const char *p, const char *end, const char **at,
		     const char **after)
{
	while (p < end) {
		const char *hit = memmem(p, (size_t)(end - p), mark, mn);
		if (!hit)
			return 0;
		const char *q = hit + mn;
		bool starts = hit == begin || hit[-1] == '\n';
		bool closing = starts && end - q >= 2 && q[0] == '-' && q[1] == '-';
		if (closing)
			q += 2;
		while (q < end && (*q == ' ' || *q == '\t' || *q == '\r'))
			q++;
		if (starts && (q == end || *q == '\n')) {
			*at = hit;
			*after = q < end ? q + 1 : q;
			return closing ? 2 : 1;
		}
		p = hit + mn;
	}
	return 0;
}

/* The line end before a delimiter belongs to it (RFC 2046 §5.1.1). */
static const char *before(const char *from, const char *at)
{
	if (at > from && at[-1] == '\n')
		at--;
	if (at > from && at[-1] == '\r')
		at--;
	return at;
}

static void read_entity(struct mime *m, int at);

static void read_multipart(struct mime *m, int at)
{
	char mark[BOUNDARY_MAX + 3];
	const char *body = m->part[at].body, *end = body + m->part[at].bodyn, *here, *next;
	size_t n = strlen(m->part[at].boundary);
	while (n && m->part[at].boundary[n - 1] == ' ')
		n--;
	if (!n || n > BOUNDARY_MAX)
		return;
	snprintf(mark, sizeof mark, "--%.*s", (int)n, m->part[at].boundary);
	n += 2;
	int kind = delimiter(mark, n, body, body, end, &here, &next);
	while (kind == 1 && m->n < MAIL_PARTS) {
		const char *from = next, *stop = end;
		kind = delimiter(mark, n, body, from, end, &here, &next);
		if (kind)
			stop = before(from, here);
		int child = entity_new(m, from, (size_t)(stop - from), at);
		if (child >= 0)
			read_entity(m, child);
	}
	m->cut |= kind == 1;
}

/* Not allowed (RFC 2046 §5.2.1), and done all the same. */
static char *message_decoded(struct mime *m, const struct entity *e, size_t *n)
{
	size_t max = e->bodyn < DECODED_MAX ? e->bodyn : DECODED_MAX;
	if (arena_used(m->mem) > MAIL_ARENA / 4) {
		m->cut = true;
		return NULL;
	}
	char *plain = arena_alloc(m->mem, max + 1);
	*n = decode_bytes(e->encoding, e->body, e->bodyn, plain, max);
	return plain;
}

static void read_message(struct mime *m, int at, bool sure)
{
	const struct entity *e = &m->part[at];
	const char *p = e->body;
	size_t n = e->bodyn;
	if (e->encoding != MAIL_IDENTITY)
		p = message_decoded(m, e, &n);
	int child = p ? entity_new(m, p, n, at) : -1;
	if (child >= 0 && !sure && !m->part[child].nfields) {
		m->n = child;
		return;
	}
	m->part[at].message = child >= 0;
	if (child >= 0)
		read_entity(m, child);
}

static void read_entity(struct mime *m, int at)
{
	struct entity *e = &m->part[at];
	bool multi = !strncmp(e->type, "multipart/", 10) && e->boundary;
	bool message = !strcmp(e->type, "message/rfc822") || !strcmp(e->type, "message/global");
	/* What programs attach that don't know that it is a message. */
	bool saved = !strcmp(e->type, "application/octet-stream") && is_file(entity_filename(m->mem, e), ".eml");
	if (!multi && !message && !saved)
		return;
	if (e->depth + 1 >= MAIL_DEPTH) {
		m->cut = true;
		return;
	}
	if (multi)
		read_multipart(m, at);
	else
		read_message(m, at, message);
}

void mime_read(struct arena *mem, const char *p, size_t n, struct mime *out)
{
	*out = (struct mime){ .mem = mem };
	/* A mailbox's "From " line, which pipes leave in front. */
	if (n > 5 && !memcmp(p, "From ", 5)) {
		const char *next = line_end(p, p + n);
		n -= (size_t)(next - p);
		p = next;
	}
	while (n && (*p == '\n' || *p == '\r')) {
		p++;
		n--;
	}
	read_entity(out, entity_new(out, p, n, -1));
}
