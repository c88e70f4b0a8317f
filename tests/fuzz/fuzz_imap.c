/* Answers of an IMAP server, in pieces of two sizes: however they are cut, the same messages are found and the same
 * bytes are taken for a message. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "front/mailin/imap_wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
	if (!ok)
		abort();
}

enum { FETCHED = 3, MESSAGE_MAX = 4096 };

struct server {
	const uint8_t *p;
	size_t n, bite;
	int asked;
};

static enum st answers(void *ctx, char *to, size_t room, size_t *n, struct err *e)
{
	struct server *s = ctx;
	size_t k = s->n < s->bite ? s->n : s->bite;
	k = k < room ? k : room;
	if (!k)
		return err_set(e, ST_BUSY, "the mail server closed the connection");
	memcpy(to, s->p, k);
	s->p += k;
	s->n -= k;
	*n = k;
	return ST_OK;
}

static enum st hears(void *ctx, const char *text, struct err *e)
{
	struct server *s = ctx;
	size_t n = strlen(text);
	(void)e;
	s->asked++;
	must(n > 2 && !strcmp(text + n - 2, "\r\n") && strcspn(text, "\r\n") == n - 2);
	return ST_OK;
}

static enum st conversation(struct server *s, struct imap_uids *u, struct buf *body, struct err *e)
{
	static struct imap_wire w;
	w = (struct imap_wire){ .fill = answers, .say = hears, .ctx = s };
	enum st st = imap_command(&w, "select \"INBOX\"", NULL, NULL, NULL, e);
	if (!st)
		st = imap_command(&w, "UID SEARCH UNSEEN UNDELETED", imap_take_search, u, NULL, e);
	for (int i = 0; !st && i < FETCHED && i < u->n; i++)
		st = imap_command(&w, "UID FETCH 1 (BODY.PEEK[])", NULL, NULL, body, e);
	must(w.at <= w.n && w.n <= sizeof w.in && s->asked == w.tag);
	return st;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct imap_uids found[2];
	struct buf body[2];
	struct err e[2] = { 0 };
	enum st st[2];
	for (int i = 0; i < 2; i++) {
		struct server s = { .p = data, .n = size, .bite = i ? 3 : SIZE_MAX };
		found[i].n = 0;
		body[i] = (struct buf){ .max = MESSAGE_MAX };
		st[i] = conversation(&s, &found[i], &body[i], &e[i]);
		must(found[i].n >= 0 && found[i].n <= IMAP_ROUND && body[i].n <= MESSAGE_MAX);
		for (int k = 0; k < found[i].n; k++)
			must(found[i].uid[k] != 0);
		must(!st[i] || (st[i] == ST_BUSY && e[i].msg[0] && text_clean(e[i].msg, strlen(e[i].msg))));
	}
	must(st[0] == st[1] && !strcmp(e[0].msg, e[1].msg) && found[0].n == found[1].n);
	must(!memcmp(found[0].uid, found[1].uid, (size_t)found[0].n * sizeof *found[0].uid));
	must(body[0].bad == body[1].bad);
	must(body[0].bad || (body[0].n == body[1].n && (!body[0].n || !memcmp(body[0].p, body[1].p, body[0].n))));
	buf_free(&body[0]);
	buf_free(&body[1]);
	return 0;
}
