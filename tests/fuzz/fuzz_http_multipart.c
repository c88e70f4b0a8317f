/* Bodies of forms as they come in: the pieces are cut where the input says. What is taken is valid text, under its
 * caps, and leaves no file behind. MHD's parser wants a connection: one is opened once and held. */
#include <microhttpd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/text.h"
#include "net/http_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define TYPE "multipart/form-data; boundary=AaB03x"
static struct MHD_Connection *held;
static char tmp_dir[] = "/tmp/nicert-fuzz-XXXXXX";

static void must(bool ok)
{
	if (!ok)
		abort();
}

static enum MHD_Result hold(void *cls, struct MHD_Connection *c, const char *url, const char *method,
			    const char *version, const char *data, size_t *n, void **mine)
{
	held = c;
	return MHD_YES;
}

static void forget_folder(void)
{
	must(rmdir(tmp_dir) == 0); /* fails when an upload is still there */
}

static void set_up(void)
{
	static const char head[] = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Type: " TYPE "\r\n\r\n";
	static const struct sockaddr nowhere = { .sa_family = AF_UNIX };
	int pair[2];
	struct MHD_Daemon *d = MHD_start_daemon(MHD_USE_NO_LISTEN_SOCKET, 0, NULL, NULL, hold, NULL, MHD_OPTION_END);
	must(d && socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) == 0);
	must(MHD_add_connection(d, pair[0], &nowhere, sizeof nowhere) == MHD_YES);
	must(write(pair[1], head, sizeof head - 1) == sizeof head - 1);
	for (int i = 0; i < 10 && !held; i++)
		MHD_run(d);
	must(held && mkdtemp(tmp_dir));
	atexit(forget_folder);
}

static void look(const struct http *h)
{
	must(h->nform >= 0 && h->nform <= HTTP_FIELDS_MAX && h->nfiles <= HTTP_FILES_MAX);
	for (int i = 0; !h->failed && i < h->nform; i++)
		must(utf8_valid(h->form[i].value, h->form[i].n) && strlen(h->form[i].value) == h->form[i].n);
	for (int i = 0; i < h->nfiles; i++) {
		must(h->file[i].size <= HTTP_FILE_MAX && access(h->file[i].path, R_OK) == 0);
		must(text_clean(h->file[i].name, strlen(h->file[i].name)));
	}
}

/* The first byte says how the body is cut and read. */
static void one_form(struct http_server *srv, const char *type, int step, const uint8_t *p, size_t n)
{
	static const struct route route = { .method = "POST", .pattern = "/", .flags = HTTP_FORM | HTTP_FILES };
	struct http_mem m = { .a = arena_new(HTTP_ARENA_MAX), .out = { .max = 4096 } };
	struct http_conn c = { .srv = srv };
	struct http h = { .srv = srv, .c = &c, .mc = held, .m = &m, .mem = m.a, .body_cap = 65536, .file_fd = -1 };
	h.match.route = &route;
	body_begin(&h, type);
	for (size_t at = 0; at < n && !h.failed; at += (size_t)step) {
		size_t here = n - at < (size_t)step ? n - at : (size_t)step;
		atomic_fetch_add(&c.bytes, (int64_t)here);
		must(body_add(&h, (const char *)p + at, here) || n > 65536);
	}
	body_end(&h);
	look(&h);
	body_free(&h);
	buf_free(&m.out);
	buf_free(&m.body);
	arena_free(m.a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct http_server srv;
	if (n < 1 || n > 20000)
		return 0;
	if (!held)
		set_up();
	srv.tmp_dir = tmp_dir;
	int step = 1 + data[0] % 97;
	one_form(&srv, TYPE, step, data + 1, n - 1);
	if (data[0] & 0x80)
		one_form(&srv, "application/x-www-form-urlencoded", step, data + 1, n - 1);
	return 0;
}
