/* A client of the LMTP door, with a transport and a desk of the target's own. Whatever it says and however its bytes
 * are cut, answers are lines with a code, the same; a message is what stands between DATA and the first line with a
 * dot alone, and each recipient is answered for. */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/log.h"
#include "base/text.h"
#include "front/mailin/mailin_int.h"
#include "net/talk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
	if (!ok)
		abort();
}

/* ── the transport: one connection, no sockets ── */

enum { INPUT_MAX = 16384, RECIPIENTS = 100, ANSWERS_MAX = 16 << 20 };

struct talk_conn {
	void *user;
	bool held, closing, woken;
	struct buf said, kept; /* answers; messages */
	size_t at;	       /* of the input: what was taken before the call that runs */
	int waiting;	       /* answers that the last message still has to get */
};
static struct talk_opts talk;
static struct talk_conn *now;
static const uint8_t *input;
static size_t input_n, data_at;

struct talk_server *talk_start(const struct talk_opts *o, struct err *e)
{
	(void)e;
	talk = *o;
	return (struct talk_server *)&talk;
}
bool talk_stop(struct talk_server *s)
{
	return s != NULL;
}
int talk_port(const struct talk_server *s)
{
	return s ? 1 : 0;
}
void talk_stats(const struct talk_server *s, struct talk_stats *out)
{
	(void)s;
	*out = (struct talk_stats){ .accepted = 1 };
}
void *talk_app(const struct talk_conn *c)
{
	return c ? talk.app : NULL;
}
void *talk_user(const struct talk_conn *c)
{
	return c->user;
}
void talk_set_user(struct talk_conn *c, void *user)
{
	c->user = user;
}
void talk_close(struct talk_conn *c)
{
	c->closing = true;
}
void talk_hold(struct talk_conn *c)
{
	must(!c->held);
	c->held = true;
}
void talk_wake(struct talk_conn *c)
{
	must(c->held && !c->woken);
	c->woken = true;
}

void talk_say(struct talk_conn *c, const char *fmt, ...)
{
	char line[1200];
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	must(n >= 4 && n < 510); /* RFC 5321 §4.5.3.1.5 */
	must(line[0] >= '2' && line[0] <= '5' && strspn(line, "0123456789") == 3 && strchr(" -", line[3]));
	for (const char *p = line; *p; p++)
		must((unsigned char)*p >= 0x20 && *p != 0x7f);
	buf_printf(&c->said, "%s\n", line);
	if (c->waiting)
		c->waiting--;
	else if (!strncmp(line, "354", 3))
		data_at = SIZE_MAX; /* the message begins behind this command */
}

/* ── the desk: what becomes of a message follows from its length ── */

static struct buf expected;

/* The message as RFC 5321 §4.5.2 has it, from the bytes alone. */
static void expect(const uint8_t *p, size_t n)
{
	buf_reset(&expected);
	for (size_t i = 0; i < n; i++) {
		bool begins = i == 0 || (i >= 2 && p[i - 2] == '\r' && p[i - 1] == '\n');
		if (begins && p[i] == '.') {
			if (n - i >= 3 && p[i + 1] == '\r' && p[i + 2] == '\n')
				return;
			continue;
		}
		buf_add(&expected, p + i, 1);
	}
	abort(); /* it has not ended */
}

void mailin_site_of(struct arena *mem, const struct config *cfg, struct mailin_site *out)
{
	(void)mem;
	*out = (struct mailin_site){ .cfg = cfg, .own = { .host = "mail.example" } };
}

enum st mailin_open(struct req *rq, const struct mailin_site *site, const char *p, size_t n, const char *sender,
		    const char *const *envelope, struct desk_mail_arg *arg)
{
	static const enum st outcome[] = { ST_OK, ST_INVALID, ST_BUSY, ST_INTERNAL, ST_LIMIT, ST_OK, ST_OK };
	must(site->own.host && sender && text_clean(sender, strlen(sender)) && strlen(sender) <= 300);
	expect(input + data_at, input_n - data_at);
	must(n == expected.n && (!n || !memcmp(p, expected.p, n)));
	buf_printf(&now->kept, "%zu from %s", n, sender);
	for (int i = 0; envelope[i]; i++) {
		must(i < RECIPIENTS && *envelope[i] && text_clean(envelope[i], strlen(envelope[i])));
		buf_printf(&now->kept, " to %s", envelope[i]);
		now->waiting++;
	}
	must(now->waiting);
	*arg = (struct desk_mail_arg){ .out = { .fate = MAILED_FILED, .number = "NC-1" } };
	enum st st = outcome[n % 7];
	return st ? err_set(&rq->err, st, "no") : ST_OK;
}

bool pgp_is_in(const char *p, size_t n)
{
	(void)p;
	(void)n;
	return false; /* there is no opener */
}

const char *mail_fate_name(enum mail_fate f)
{
	return f == MAILED_FILED ? "filed" : "kept";
}
enum st desk_mail_write(struct req *rq, void *arg)
{
	(void)rq;
	(void)arg;
	abort();
}
struct db *store_reader(struct store *s, struct err *e)
{
	(void)e;
	return (struct db *)s;
}
void store_reader_done(struct store *s)
{
	must(s != NULL);
}
enum st store_submit(struct store *s, struct write *w)
{
	(void)s;
	if (now->kept.n % 3 == 0)
		return ST_BUSY;
	err_clear(&w->err);
	if (now->kept.n % 3 == 1)
		err_set(&w->err, ST_INTERNAL, "the disk is full");
	w->done(w);
	return ST_OK;
}

/* ── one conversation, in pieces of `bite` bytes ── */

static void feed(struct talk_conn *c, size_t upto)
{
	while (c->at < upto && !c->closing) {
		data_at = data_at == SIZE_MAX ? c->at : data_at;
		size_t n = talk.ops->input(c, (const char *)input + c->at, upto - c->at);
		must(n <= upto - c->at);
		if (!n)
			break;
		c->at += n;
		if (c->held) {
			must(c->woken);
			c->held = c->woken = false;
			talk.ops->woken(c);
		}
		must(!c->waiting);
	}
	must(c->closing || upto - c->at < talk.input);
}

static void conversation(struct talk_conn *c, size_t bite)
{
	*c = (struct talk_conn){ .said = { .max = ANSWERS_MAX }, .kept = { .max = ANSWERS_MAX } };
	now = c;
	data_at = 0;
	talk.ops->open(c);
	for (size_t upto = 0; upto < input_n && !c->closing;) {
		upto = input_n - upto < bite ? input_n : upto + bite;
		feed(c, upto);
	}
	talk.ops->closed(c);
	must(!c->said.bad && !c->kept.bad);
}

static void conn_free(struct talk_conn *c)
{
	buf_free(&c->said);
	buf_free(&c->kept);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const size_t bites[] = { 1, 2, 7 };
	static const struct config cfg;
	struct err e = { 0 };
	struct talk_conn whole, bitten;
	if (size > INPUT_MAX)
		return 0;
	log_setup(LOG_ERROR, "fuzz");
	input = data;
	input_n = size;
	expected.max = INPUT_MAX;
	struct mailin_opts o = { .cfg = &cfg, .store = (struct store *)&talk };
	struct lmtp *l = lmtp_start(&o, &e);
	must(l != NULL);
	conversation(&whole, INPUT_MAX);
	for (size_t i = 0; i < sizeof bites / sizeof *bites; i++) {
		conversation(&bitten, bites[i]);
		must(!strcmp(buf_cstr(&whole.said), buf_cstr(&bitten.said)));
		must(!strcmp(buf_cstr(&whole.kept), buf_cstr(&bitten.kept)));
		conn_free(&bitten);
	}
	conn_free(&whole);
	buf_free(&expected);
	lmtp_stop(l);
	return 0;
}
