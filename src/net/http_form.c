#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/text.h"
#include "net/http_int.h"

/* A multipart body goes through MHD's post processor, which names the part with every piece. A piece at offset 0 begins
 * a part; an empty one may come twice for the same part, so a second beginning with the same names goes on with it. */
enum { PART_HEAD_MAX = 4096, BOUNDARY_MAX = 70 /* RFC 2046 5.1.1 */, TAIL = BOUNDARY_MAX + 16 };

struct multipart {
	struct MHD_PostProcessor *pp;
	const char *boundary;
	char tail[TAIL]; /* the body's last bytes: MHD does not tell whether the closing boundary came */
	size_t ntail;
	bool in_part, is_file;
	const char *field, *name, *type; /* in the arena */
	struct http_field fields[HTTP_FIELDS_MAX];
	int fd;
	int64_t size;
	const char *path;
	struct hasher *hasher;
};

static void spool_drop(struct multipart *mp)
{
	if (mp->fd < 0)
		return;
	close(mp->fd);
	unlink(mp->path);
	hasher_end(mp->hasher);
	mp->fd = -1;
}

static void files_drop(struct http *h)
{
	for (int i = 0; i < h->nfiles; i++)
		if (!h->file_taken[i])
			unlink(h->file[i].path);
	h->nfiles = 0;
}

/* The rest of the body is read and forgotten, so that the answer finds a client that listens; what came of it is gone
 * before that answer. */
static enum MHD_Result part_fail(struct http *h, int code, const char *why)
{
	if (!h->failed)
		http_fail(h, code, "%s", why);
	h->kind = BODY_DROP;
	spool_drop(h->mp);
	files_drop(h);
	return MHD_NO;
}

static bool same(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}
static bool text_ok(const char *s)
{
	return !s || text_clean(s, strlen(s));
}

static bool spool_open(struct http *h, struct multipart *mp)
{
	if (h->nfiles == HTTP_FILES_MAX)
		return part_fail(h, 413, "no more than 5 files"), false;
	char *path = arena_printf(h->mem, "%s/upload-XXXXXX", h->srv->tmp_dir);
	mp->fd = mkostemp(path, O_CLOEXEC); /* 0600 */
	if (mp->fd < 0)
		return part_fail(h, 503, "the file cannot be kept right now"), false;
	mp->path = path;
	mp->hasher = hasher_new();
	return true;
}

static bool spool_write(struct http *h, struct multipart *mp, const char *p, size_t n)
{
	if (mp->fd < 0 && !spool_open(h, mp))
		return false;
	if (mp->size + (int64_t)n > HTTP_FILE_MAX)
		return part_fail(h, 413, "a file is larger than 10 MB"), false;
	hasher_add(mp->hasher, p, n);
	mp->size += (int64_t)n;
	while (n) {
		ssize_t done = write(mp->fd, p, n);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return part_fail(h, 503, "the file cannot be kept right now"), false;
		p += done;
		n -= (size_t)done;
	}
	return true;
}

static bool file_end(struct http *h, struct multipart *mp)
{
	if (mp->fd < 0 && !*mp->name)
		return true; /* an input where nobody chose a file */
	if (mp->fd < 0 && !spool_open(h, mp))
		return false;
	bool ok = close(mp->fd) == 0;
	mp->fd = -1;
	h->file[h->nfiles++] = (struct http_file){
		.field = mp->field,
		.name = mp->name,
		.type = mp->type ? mp->type : "",
		.path = mp->path,
		.sha256 = hasher_end(mp->hasher),
		.size = mp->size,
	};
	if (!ok)
		part_fail(h, 503, "the file cannot be kept right now");
	return ok;
}

static bool value_end(struct http *h, struct multipart *mp)
{
	struct buf *b = &h->m->body;
	if (h->nform == HTTP_FIELDS_MAX)
		return part_fail(h, 400, "the form has too many fields"), false;
	if (b->bad)
		return part_fail(h, 413, "the form is too large"), false;
	if (!utf8_valid(buf_cstr(b), b->n))
		return part_fail(h, 400, "a value of the form is not valid UTF-8"), false;
	mp->fields[h->nform++] = (struct http_field){ mp->field, arena_dup(h->mem, buf_cstr(b), b->n), b->n };
	return true;
}

static bool part_end(struct http *h, struct multipart *mp)
{
	if (!mp->in_part)
		return true;
	mp->in_part = false;
	return mp->is_file ? file_end(h, mp) : value_end(h, mp);
}

static bool part_start(struct http *h, const char *field, const char *name, const char *type)
{
	struct multipart *mp = h->mp;
	if (!field || !text_ok(field) || !text_ok(name) || !text_ok(type))
		return part_fail(h, 400, "a part of the form has no proper name"), false;
	if (name && *name && !(h->match.route->flags & HTTP_FILES))
		return part_fail(h, 400, "this form takes no files"), false;
	if (arena_used(h->mem) > HTTP_ARENA_MAX / 2)
		return part_fail(h, 413, "the form is too large"), false;
	mp->in_part = true;
	mp->is_file = name;
	mp->field = arena_strdup(h->mem, field);
	mp->name = arena_strdup(h->mem, name);
	mp->type = arena_strdup(h->mem, type);
	mp->size = 0;
	buf_reset(&h->m->body);
	return true;
}

static enum MHD_Result part_piece(void *cls, enum MHD_ValueKind kind, const char *field, const char *name,
				  const char *type, const char *coding, const char *p, uint64_t off, size_t n)
{
	struct http *h = cls;
	struct multipart *mp = h->mp;
	if (coding && !text_eq_nocase(coding, "binary") && !text_eq_nocase(coding, "8bit") &&
	    !text_eq_nocase(coding, "7bit"))
		return part_fail(h, 400, "a part of the form has a Content-Transfer-Encoding (RFC 7578 4.7)");
	bool goes_on = mp->in_part && (mp->is_file ? mp->size : (int64_t)h->m->body.n) == 0 && mp->fd < 0 &&
		       same(mp->field, field) && same(mp->name, name) && same(mp->type, type);
	if (!off && !goes_on && (!part_end(h, mp) || !part_start(h, field, name, type)))
		return MHD_NO;
	if (!mp->in_part)
		return part_fail(h, 400, "the form is broken");
	if (!mp->is_file)
		buf_add(&h->m->body, p, n);
	else if (n && !spool_write(h, mp, p, n))
		return MHD_NO;
	return MHD_YES;
}

static const char *boundary_of(struct arena *a, const char *content_type)
{
	const char *p = strcasestr(content_type, "boundary=");
	if (!p)
		return NULL;
	p += strlen("boundary=");
	bool quoted = *p == '"';
	p += quoted;
	size_t n = strcspn(p, quoted ? "\"" : "; \t");
	return n && n <= BOUNDARY_MAX ? arena_dup(a, p, n) : NULL;
}

static void multipart_begin(struct http *h, const char *content_type)
{
	h->mp = arena_new_of(h->mem, struct multipart);
	h->mp->fd = -1;
	h->mp->boundary = boundary_of(h->mem, content_type);
	if (h->mp->boundary)
		h->mp->pp = MHD_create_post_processor(h->mc, PART_HEAD_MAX, part_piece, h);
	if (!h->mp->pp)
		http_fail(h, 400, N_("a multipart form without a proper boundary"));
}

static void tail_keep(struct multipart *mp, const char *p, size_t n)
{
	if (n > TAIL) {
		p += n - TAIL;
		n = TAIL;
	}
	size_t keep = mp->ntail < TAIL - n ? mp->ntail : TAIL - n;
	memmove(mp->tail, mp->tail + mp->ntail - keep, keep);
	memcpy(mp->tail + keep, p, n);
	mp->ntail = keep + n;
}

/* "--boundary--" at the end, with or without a line end. */
static bool tail_closes(const struct multipart *mp)
{
	size_t n = mp->ntail, want = strlen(mp->boundary);
	while (n && (mp->tail[n - 1] == '\r' || mp->tail[n - 1] == '\n'))
		n--;
	const char *p = mp->tail + n - want - 4;
	return n >= want + 4 && !memcmp(p, "--", 2) && !memcmp(p + 2, mp->boundary, want) &&
	       !memcmp(p + 2 + want, "--", 2);
}

static void multipart_end(struct http *h)
{
	struct multipart *mp = h->mp;
	bool whole = MHD_destroy_post_processor(mp->pp) == MHD_YES && tail_closes(mp);
	mp->pp = NULL;
	if (h->failed)
		return;
	if (!part_end(h, mp))
		return;
	h->form = mp->fields;
	if (!whole)
		part_fail(h, 400, "the form ends before its last boundary");
}

void body_begin(struct http *h, const char *content_type)
{
	unsigned flags = h->match.route->flags;
	if (!(flags & (HTTP_FORM | HTTP_JSON)))
		h->kind = BODY_RAW;
	else if (flags & HTTP_JSON && media_type_is(content_type, "application/json"))
		h->kind = BODY_RAW;
	else if (flags & HTTP_FORM && media_type_is(content_type, "application/x-www-form-urlencoded"))
		h->kind = BODY_URLENCODED;
	else if (flags & HTTP_FORM && media_type_is(content_type, "multipart/form-data"))
		h->kind = BODY_MULTIPART;
	else
		http_fail(h, 415, N_("this address takes %s"),
			  !(flags & HTTP_FORM) ? "application/json"
			  : flags & HTTP_JSON  ? "application/json or a form"
					       : "application/x-www-form-urlencoded or multipart/form-data");
	h->m->body.max = h->kind != BODY_RAW && h->body_cap > HTTP_TEXT_MAX ? HTTP_TEXT_MAX : h->body_cap;
	if (h->kind == BODY_MULTIPART)
		multipart_begin(h, content_type);
}

bool body_add(struct http *h, const char *p, size_t n)
{
	if (atomic_load(&h->c->bytes) > (int64_t)h->body_cap)
		return false;
	if (h->kind == BODY_MULTIPART)
		tail_keep(h->mp, p, n);
	if (h->kind == BODY_MULTIPART && MHD_post_process(h->mp->pp, p, n) != MHD_YES)
		part_fail(h, 400, "the form is broken");
	else if (h->kind == BODY_RAW || h->kind == BODY_URLENCODED)
		buf_add(&h->m->body, p, n);
	return true;
}

void body_end(struct http *h)
{
	struct buf *b = &h->m->body;
	if (h->mp && h->mp->pp)
		multipart_end(h);
	if (h->failed)
		return;
	if (b->bad) {
		http_fail(h, 413, N_("the body is too large"));
	} else if (h->kind == BODY_URLENCODED) {
		h->nform = b->n ? form_parse(h->mem, b->p, b->n, &h->form) : 0;
		if (h->nform < 0) {
			h->nform = 0;
			http_fail(h, 400, N_("the form is not valid UTF-8, or has too many fields"));
		}
	} else if (h->kind == BODY_RAW && h->match.route->flags & HTTP_JSON && !utf8_valid(buf_cstr(b), b->n)) {
		http_fail(h, 400, N_("the body is not valid UTF-8"));
	}
}

void body_free(struct http *h)
{
	if (h->mp) {
		if (h->mp->pp)
			MHD_destroy_post_processor(h->mp->pp);
		spool_drop(h->mp);
	}
	files_drop(h);
}
