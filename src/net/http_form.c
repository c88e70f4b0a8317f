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
	bool skip;			 /* the part's rest is left out */
	bool no_files;			 /* nor is one that is still to come taken */
	const char *field, *name, *type; /* in the arena */
	struct http_field fields[HTTP_FIELDS_MAX];
	int fd;
	int64_t size;
	const char *path;
	struct hasher *hasher;
};

static const char *const too_large = N_("The files are too large together. Send fewer of them, or smaller ones.");
static const char *const too_long = N_("The text is too long. Send the most important part.");
static const char *const not_utf8 =
	N_("Some characters could not be read, and are question marks now. Look through the "
	   "text, and send it again.");
static const char *const no_room = N_("We could not store a file. Send the form again without it, or later.");
static const char *const not_ours =
	N_("The form came with something that is not on this page. Open the page anew, and send it from there.");
static const char *const broken = N_("the form is broken");

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

/* Something of the form is left out or changed, and its handler will know; the first counts. */
static void fault(struct http *h, int code, const char *why, bool of_file)
{
	if (h->fault)
		return;
	h->fault = code;
	h->fault_why = why;
	h->fault_of_file = of_file;
}

static void form_fault(struct http *h, int code, const char *why)
{
	fault(h, code, why, false);
}

const char *http_form_fault(struct http *h, bool *of_file)
{
	*of_file = h->fault_of_file;
	return h->fault ? tr(http_lang(h), h->fault_why) : NULL;
}

static bool leave_out(struct http *h, int code, const char *why)
{
	fault(h, code, why, h->mp->is_file);
	spool_drop(h->mp);
	h->mp->skip = true;
	return false;
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

/* False: this one is left out. */
static bool spool_open(struct http *h, struct multipart *mp)
{
	if (h->nfiles == HTTP_FILES_MAX)
		return leave_out(h, 413, N_("Choose at most 5 files. The others were left out."));
	char *path = arena_printf(h->mem, "%s/upload-XXXXXX", h->srv->tmp_dir);
	mp->fd = mkostemp(path, O_CLOEXEC); /* 0600 */
	if (mp->fd < 0)
		return leave_out(h, 503, no_room);
	mp->path = path;
	mp->hasher = hasher_new();
	return true;
}

static bool spool_write(struct http *h, struct multipart *mp, const char *p, size_t n)
{
	if (mp->fd < 0 && !spool_open(h, mp))
		return false;
	if (mp->size + (int64_t)n > HTTP_FILE_MAX)
		return leave_out(h, 413, N_("A file is larger than 10 MB. Send a smaller one."));
	hasher_add(mp->hasher, p, n);
	mp->size += (int64_t)n;
	while (n) {
		ssize_t done = write(mp->fd, p, n);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return leave_out(h, 503, no_room);
		p += done;
		n -= (size_t)done;
	}
	return true;
}

static void file_end(struct http *h, struct multipart *mp)
{
	if (mp->fd < 0 && !*mp->name)
		return; /* an input where nobody chose a file */
	if (mp->fd < 0 && !spool_open(h, mp))
		return;
	if (close(mp->fd))
		fault(h, 503, no_room, true);
	mp->fd = -1;
	h->file[h->nfiles++] = (struct http_file){
		.field = mp->field,
		.name = mp->name,
		.type = mp->type ? mp->type : "",
		.path = mp->path,
		.sha256 = hasher_end(mp->hasher),
		.size = mp->size,
	};
}

static void value_end(struct http *h, struct multipart *mp)
{
	struct buf *b = &h->m->body;
	if (h->nform == HTTP_FIELDS_MAX) {
		form_fault(h, 400, not_ours);
		return;
	}
	size_t n = b->n;
	if (b->bad) {
		form_fault(h, 413, too_long);
		n = utf8_cut(buf_cstr(b), n, HTTP_TEXT_BACK);
	}
	char *text = arena_dup(h->mem, buf_cstr(b), n);
	if (utf8_mend(text, n))
		form_fault(h, 400, not_utf8);
	mp->fields[h->nform++] = (struct http_field){ mp->field, text, n };
}

static void part_end(struct http *h, struct multipart *mp)
{
	if (mp->in_part && !mp->skip && mp->is_file)
		file_end(h, mp);
	else if (mp->in_part && !mp->skip)
		value_end(h, mp);
	mp->in_part = false;
}

static bool part_start(struct http *h, const char *field, const char *name, const char *type)
{
	struct multipart *mp = h->mp;
	if (!field || !text_ok(field) || !text_ok(name) || !text_ok(type))
		return part_fail(h, 400, N_("a part of the form has no proper name")), false;
	if (name && *name && !(h->match.route->flags & HTTP_FILES))
		return part_fail(h, 400, N_("this form takes no files")), false;
	mp->in_part = true;
	mp->is_file = name;
	mp->skip = name && mp->no_files;
	mp->size = 0;
	buf_reset(&h->m->body);
	if (arena_used(h->mem) > HTTP_ARENA_MAX / 2) /* not even the names of millions of parts */
		return leave_out(h, 413, too_long), true;
	mp->field = arena_strdup(h->mem, field);
	mp->name = arena_strdup(h->mem, name);
	mp->type = arena_strdup(h->mem, type);
	return true;
}

static enum MHD_Result part_piece(void *cls, enum MHD_ValueKind kind, const char *field, const char *name,
				  const char *type, const char *coding, const char *p, uint64_t off, size_t n)
{
	struct http *h = cls;
	struct multipart *mp = h->mp;
	if (coding && !text_eq_nocase(coding, "binary") && !text_eq_nocase(coding, "8bit") &&
	    !text_eq_nocase(coding, "7bit"))
		return part_fail(h, 400, N_("a part of the form has a Content-Transfer-Encoding (RFC 7578 4.7)"));
	bool goes_on = mp->in_part && (mp->is_file ? mp->size : (int64_t)h->m->body.n) == 0 && mp->fd < 0 &&
		       same(mp->field, field) && same(mp->name, name) && same(mp->type, type);
	if (!off && !goes_on) {
		part_end(h, mp);
		if (!part_start(h, field, name, type))
			return MHD_NO;
	}
	if (!mp->in_part)
		return part_fail(h, 400, broken);
	if (!mp->skip && !mp->is_file)
		buf_add(&h->m->body, p, n);
	else if (!mp->skip && n)
		spool_write(h, mp, p, n);
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
	part_end(h, mp);
	h->form = mp->fields;
	if (!whole)
		part_fail(h, 400, N_("the form ends before its last boundary"));
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

bool body_fits(struct http *h, int64_t size)
{
	int64_t cap = (int64_t)h->body_cap;
	if (size <= cap)
		return true;
	if (h->kind == BODY_RAW || size > cap * HTTP_READ_ON)
		return false;
	bool files = h->match.route->flags & HTTP_FILES;
	fault(h, 413, files ? too_large : too_long, files);
	if (h->mp)
		h->mp->no_files = true;
	return true;
}

bool body_add(struct http *h, const char *p, size_t n)
{
	if (!body_fits(h, atomic_load(&h->c->bytes)))
		return false;
	if (h->kind == BODY_MULTIPART)
		tail_keep(h->mp, p, n);
	if (h->kind == BODY_MULTIPART && MHD_post_process(h->mp->pp, p, n) != MHD_YES)
		part_fail(h, 400, broken);
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
	if (b->bad && h->kind == BODY_URLENCODED)
		form_fault(h, 413, too_long);
	if (h->kind == BODY_URLENCODED) {
		bool bad = false;
		h->nform = b->n ? form_parse(h->mem, b->p, b->n, &bad, &h->form) : 0;
		if (bad)
			form_fault(h, 400, h->nform == HTTP_FIELDS_MAX ? not_ours : not_utf8);
	} else if (b->bad && h->kind == BODY_RAW) {
		http_fail(h, 413, N_("the body is too large"));
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
