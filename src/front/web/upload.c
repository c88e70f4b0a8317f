/* upload.c — files that come with a form. A file is kept by its SHA-256 before anything refers to it; when the form
 * comes back for a correction, the page carries a sealed reference instead of asking for the file again. */
#include <stdlib.h>
#include <string.h>
#include "base/log.h"
#include "base/text.h"
#include "front/web/web.h"
#include "work/file.h"

enum { NAME_MAX_BYTES = 120 };

/* The last part of a path, without control characters; never used as a path by us. */
static char *clean_name(struct arena *mem, const char *name)
{
	for (const char *s = name; s && *s; s++)
		if (*s == '/' || *s == '\\')
			name = s + 1;
	size_t n = name ? strlen(name) : 0;
	if (n == 0 || !text_clean(name, n))
		return arena_strdup(mem, "file");
	char *out = arena_dup(mem, name, utf8_cut(name, n, NAME_MAX_BYTES));
	for (char *c = out; *c; c++)
		if (*c == '\n' || *c == '\r' || *c == '\t')
			*c = ' ';
	return out;
}

static char *clean_type(struct arena *mem, const char *type)
{
	size_t n = type ? strspn(type, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.+-/") : 0;
	return n > 2 && n < 100 ? arena_dup(mem, type, n) : arena_strdup(mem, "application/octet-stream");
}

/* "SHA256/SIZE/TYPE/NAME", the type's own slash as a blank. */
static const char *reference(struct http *h, const struct report_file *f)
{
	char *type = arena_strdup(http_req(h)->mem, f->type);
	for (char *c = type; *c; c++)
		if (*c == '/')
			*c = ' ';
	return form_sign(h,
			 arena_printf(http_req(h)->mem, "%s/%lld/%s/%s", f->sha256, (long long)f->size, type, f->name));
}

static bool from_reference(struct http *h, const char *sealed, struct report_file *out)
{
	const char *text = form_unseal(h, sealed);
	char *part[4] = { text ? arena_strdup(http_req(h)->mem, text) : NULL };
	for (int i = 1; i < 4; i++) {
		char *slash = part[i - 1] ? strchr(part[i - 1], '/') : NULL;
		if (!slash)
			return false;
		*slash = 0;
		part[i] = slash + 1;
	}
	for (char *c = part[2]; *c; c++)
		if (*c == ' ')
			*c = '/';
	*out = (struct report_file){
		.sha256 = part[0], .size = strtoll(part[1], NULL, 10), .type = part[2], .name = part[3]
	};
	return strlen(part[0]) == 64;
}

static bool have(const struct report_file *list, int n, const char *sha256)
{
	for (int i = 0; i < n; i++)
		if (strcmp(list[i].sha256, sha256) == 0)
			return true;
	return false;
}

static void too_many(struct http *h, struct form_errors *bad)
{
	form_bad(bad, "files", tr(http_lang(h), N_("Choose at most 5 files. The others were left out.")));
}

static int from_earlier(struct http *h, struct report_file *out, struct form_errors *bad)
{
	const struct http_field *field;
	int n = 0, nfields = http_form_all(h, &field);
	for (int i = 0; i < nfields; i++) {
		struct report_file f;
		if (strcmp(field[i].name, "kept") != 0 || !from_reference(h, field[i].value, &f) ||
		    have(out, n, f.sha256))
			continue;
		if (n == FILES_MAX) {
			too_many(h, bad);
			return n;
		}
		out[n++] = f;
	}
	return n;
}

/* Moves one upload to its place. */
static bool keep(struct http *h, int i, const struct http_file *f, struct report_file *out, struct form_errors *bad)
{
	struct req *rq = http_req(h);
	struct err e = { 0 };
	char hex[65];
	hash_hex(&f->sha256, hex);
	if (file_keep(front_app(h)->cfg->dir, f->path, &f->sha256, &e)) {
		log_error("an uploaded file could not be kept", LOG_T("why", e.msg));
		form_bad(bad, "files",
			 tr(http_lang(h), N_("We could not store a file. Send the form again without it, or later.")));
		return false;
	}
	http_file_take(h, i);
	*out = (struct report_file){ .name = clean_name(rq->mem, f->name),
				     .type = clean_type(rq->mem, f->type),
				     .sha256 = arena_strdup(rq->mem, hex),
				     .size = f->size };
	return true;
}

int upload_keep(struct http *h, struct report_file *out, const char **kept, struct form_errors *bad)
{
	const struct http_file *list;
	int n = from_earlier(h, out, bad), nlist = http_files(h, &list);
	for (int i = 0; i < nlist; i++) {
		char hex[65];
		if (strcmp(list[i].field, "files") != 0 || list[i].size == 0 ||
		    have(out, n, hash_hex(&list[i].sha256, hex)))
			continue;
		if (list[i].size > FILE_BYTES_MAX) {
			form_bad(bad, "files",
				 arena_printf(http_req(h)->mem,
					      tr(http_lang(h), N_("%s is larger than 10 MB. Send a smaller one.")),
					      clean_name(http_req(h)->mem, list[i].name)));
		} else if (n == FILES_MAX) {
			too_many(h, bad);
			break;
		} else if (keep(h, i, &list[i], &out[n], bad)) {
			n++;
		}
	}
	for (int i = 0; kept && i < n; i++)
		kept[i] = reference(h, &out[i]);
	return n;
}
