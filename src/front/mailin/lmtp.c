/* LMTP (RFC 2033): a mail server hands messages over, and is answered for each recipient once the message is durable.
 *
 * Parsing and looking up happen on the connection's loop, but on a thread of its own (opener.c) where gpg must open the
 * message first; the write is handed to the store and the connection held, so that messages of many connections share a
 * commit. A message ends at CR LF . CR LF and at nothing else.
 */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "front/mailin/mailin_int.h"
#include "net/talk.h"

enum {
	LINE = 2048, /* of a command, RFC 5321 §4.5.3.1 and room for its parameters */
	RCPTS = 100,
	PATH_BYTES = 300,
	INPUT = 64 << 10,
	CONNS = 500,
	LOOPS = 2,
	ERRORS_MAX = 20,
};
#define HELD_MAX ((int64_t)256 << 20) /* bytes of all messages that are coming in */
#define TIMEOUT (300 * USEC)

struct lmtp {
	struct talk_server *talk;
	struct store *store;
	struct mailin_site site;
	struct opener *opener; /* NULL: there is no gpg to wait for */
	struct arena *mem;
	char host[256];
	_Atomic int64_t messages, refused, later, bytes;
};

enum state { HELLO, IDLE, MAIL, DATA };
struct session {
	struct lmtp *l;
	struct talk_conn *conn;
	enum state state;
	char *sender, *rcpt[RCPTS + 1];
	int nrcpt, errors;
	struct arena *mem; /* of a transaction */
	struct buf message;
	int64_t counted; /* of l->bytes */
	bool line_begins, last_cr, too_large;
	struct desk_mail_arg arg;
	struct write write;
	struct opener_job job;
};

static void transaction_end(struct session *s)
{
	atomic_fetch_sub(&s->l->bytes, s->counted);
	s->counted = 0;
	s->nrcpt = 0;
	s->sender = NULL;
	buf_free(&s->message);
	s->message = (struct buf){ .max = MAIL_MAX };
	arena_free(s->mem);
	s->mem = NULL;
	if (s->state != HELLO)
		s->state = IDLE;
}

/* ── commands ── */

/* The address in "FROM:<…>" or "TO:<…>"; what follows in *rest. NULL: it is none. "" is the null sender. */
static char *path_of(struct session *s, const char *arg, const char *word, const char **rest)
{
	static char null_path[1];
	char path[PATH_BYTES + 1];
	size_t n = strlen(word);
	if (strncasecmp(arg, word, n) != 0)
		return NULL;
	arg += n;
	arg += strspn(arg, " ");
	const char *end = *arg == '<' ? strchr(arg, '>') : NULL;
	if (!end || end - arg > PATH_BYTES)
		return NULL;
	*rest = end + 1;
	snprintf(path, sizeof path, "%.*s", (int)(end - arg - 1), arg + 1);
	if (!*path)
		return null_path;
	bool local = text_clean(path, strlen(path)) && !strpbrk(path, "@\t\r");
	/* Kept only now: what is refused may come a million times. */
	return local || text_email_ok(path) ? arena_strdup(s->mem, path) : NULL;
}

static void cmd_lhlo(struct talk_conn *c, struct session *s, const char *arg)
{
	if (!*arg) {
		talk_say(c, "501 5.5.4 LHLO wants a name");
		return;
	}
	s->state = IDLE;
	transaction_end(s);
	talk_say(c, "250-%s", s->l->host);
	talk_say(c, "250-PIPELINING");
	talk_say(c, "250-ENHANCEDSTATUSCODES");
	talk_say(c, "250-8BITMIME");
	talk_say(c, "250-SMTPUTF8");
	talk_say(c, "250 SIZE %d", MAIL_MAX);
}

static void cmd_mail(struct talk_conn *c, struct session *s, const char *arg)
{
	const char *rest = "";
	if (s->state != IDLE) {
		talk_say(c, "503 5.5.1 %s", s->state == HELLO ? "LHLO first" : "one message at a time");
		return;
	}
	s->mem = arena_new((size_t)64 << 20);
	char *from = path_of(s, arg, "FROM:", &rest);
	const char *size = from ? strcasestr(rest, "SIZE=") : NULL;
	if (!from) {
		talk_say(c, "501 5.1.7 MAIL FROM:<address>");
		transaction_end(s);
	} else if (size && strtoll(size + 5, NULL, 10) > MAIL_MAX) {
		atomic_fetch_add(&s->l->refused, 1);
		talk_say(c, "552 5.3.4 at most %d bytes", MAIL_MAX);
		transaction_end(s);
	} else {
		s->sender = from;
		s->state = MAIL;
		talk_say(c, "250 2.1.0 ok");
	}
}

static void cmd_rcpt(struct talk_conn *c, struct session *s, const char *arg)
{
	const char *rest;
	if (s->state != MAIL) {
		talk_say(c, "503 5.5.1 MAIL first");
		return;
	}
	if (s->nrcpt == RCPTS) {
		talk_say(c, "452 4.5.3 at most %d recipients", RCPTS);
		return;
	}
	char *to = path_of(s, arg, "TO:", &rest);
	if (!to || !*to) {
		talk_say(c, "501 5.1.3 RCPT TO:<address>");
	} else {
		s->rcpt[s->nrcpt++] = to;
		s->rcpt[s->nrcpt] = NULL;
		talk_say(c, "250 2.1.5 ok");
	}
}

static void cmd_data(struct talk_conn *c, struct session *s, const char *arg)
{
	(void)arg;
	if (s->state != MAIL || !s->nrcpt) {
		talk_say(c, "503 5.5.1 RCPT first");
		return;
	}
	if (atomic_load(&s->l->bytes) > HELD_MAX) {
		talk_say(c, "452 4.3.1 too much mail at once; try again later");
		atomic_fetch_add(&s->l->later, 1);
		return;
	}
	s->state = DATA;
	s->line_begins = s->last_cr = false;
	s->too_large = false;
	s->line_begins = true;
	talk_say(c, "354 end with <CRLF>.<CRLF>");
}

static void cmd_rset(struct talk_conn *c, struct session *s, const char *arg)
{
	(void)arg;
	transaction_end(s);
	talk_say(c, "250 2.0.0 ok");
}
static void cmd_noop(struct talk_conn *c, struct session *s, const char *arg)
{
	(void)s;
	(void)arg;
	talk_say(c, "250 2.0.0 ok");
}
static void cmd_vrfy(struct talk_conn *c, struct session *s, const char *arg)
{
	(void)s;
	(void)arg;
	talk_say(c, "252 2.1.5 send it and see");
}
static void cmd_quit(struct talk_conn *c, struct session *s, const char *arg)
{
	(void)arg;
	talk_say(c, "221 2.0.0 %s", s->l->host);
	talk_close(c);
}
static void cmd_smtp(struct talk_conn *c, struct session *s, const char *arg)
{
	(void)s;
	(void)arg;
	talk_say(c, "500 5.5.1 this is LMTP: LHLO");
}

static const struct {
	const char *word;
	void (*run)(struct talk_conn *c, struct session *s, const char *arg);
} commands[] = {
	{ "LHLO", cmd_lhlo }, { "MAIL", cmd_mail }, { "RCPT", cmd_rcpt }, { "DATA", cmd_data }, { "RSET", cmd_rset },
	{ "NOOP", cmd_noop }, { "VRFY", cmd_vrfy }, { "QUIT", cmd_quit }, { "HELO", cmd_smtp }, { "EHLO", cmd_smtp },
};

static void command(struct talk_conn *c, struct session *s, const char *line)
{
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		if (!strncasecmp(line, commands[i].word, 4) && (!line[4] || line[4] == ' ')) {
			commands[i].run(c, s, line + 4 + strspn(line + 4, " "));
			return;
		}
	talk_say(c, "500 5.5.2 what?");
	if (++s->errors >= ERRORS_MAX)
		talk_close(c);
}

static size_t read_command(struct talk_conn *c, struct session *s, const char *p, size_t n)
{
	char line[LINE];
	const char *nl = memchr(p, '\n', n);
	if (!nl && n < LINE)
		return 0;
	if (!nl || nl - p >= LINE || memchr(p, 0, (size_t)(nl - p))) {
		talk_say(c, "500 5.5.2 the line is too long or holds a 0 byte");
		talk_close(c);
		return n;
	}
	size_t len = (size_t)(nl - p);
	memcpy(line, p, len);
	while (len && (line[len - 1] == '\r' || line[len - 1] == ' '))
		len--;
	line[len] = 0;
	command(c, s, line);
	return (size_t)(nl - p) + 1;
}

/* ── the message ── */

static void answer_all(struct talk_conn *c, struct session *s, const struct err *e)
{
	enum st st = e->code;
	for (int i = 0; i < s->nrcpt; i++) {
		if (!st)
			talk_say(c, "250 2.0.0 %s%s%s", mail_fate_name(s->arg.out.fate), *s->arg.out.number ? " " : "",
				 s->arg.out.number);
		else if (st == ST_LIMIT)
			talk_say(c, "552 5.3.4 %s", e->msg);
		else if (st == ST_INVALID)
			talk_say(c, "554 5.6.0 %s", e->msg);
		else
			talk_say(c, "451 4.3.0 it can't be kept now; try again later");
	}
	bool ours = st && st != ST_LIMIT && st != ST_INVALID;
	atomic_fetch_add(st ? ours ? &s->l->later : &s->l->refused : &s->l->messages, 1);
	if (ours)
		log_warn("a mail could not be taken", LOG_T("why", e->msg));
	transaction_end(s);
}

static void written(struct write *w)
{
	talk_wake(w->user);
}

static void woken(struct talk_conn *c)
{
	struct session *s = talk_user(c);
	answer_all(c, s, &s->write.err);
}

/* While the connection is held; on its loop or on the opener's thread. */
static void take(struct session *s)
{
	static const struct actor mail = { "mail", 0, 0 };
	struct req rq = { .mem = s->mem, .who = &mail };
	s->write = (struct write){
		.fn = desk_mail_write, .arg = &s->arg, .who = mail, .mem = s->mem, .done = written, .user = s->conn
	};
	if (mailin_open(&rq, &s->l->site, buf_cstr(&s->message), s->message.n, s->sender, (const char *const *)s->rcpt,
			&s->arg)) {
		s->write.err = rq.err;
		talk_wake(s->conn);
	} else if (store_submit(s->l->store, &s->write)) {
		err_set(&s->write.err, ST_BUSY, "the queue of changes is full");
		talk_wake(s->conn);
	}
}

static void open_job(struct opener_job *job, bool late)
{
	struct session *s = job->user;
	if (!late) {
		take(s);
		return;
	}
	err_set(&s->write.err, ST_BUSY, "too many messages wait for gpg");
	talk_wake(s->conn);
}

static void message_done(struct talk_conn *c, struct session *s)
{
	if (s->too_large || s->message.bad) {
		struct err e = { 0 };
		err_set(&e, ST_LIMIT, "at most %d bytes", MAIL_MAX);
		answer_all(c, s, &e);
		return;
	}
	talk_hold(c);
	if (s->l->opener && pgp_is_in(buf_cstr(&s->message), s->message.n))
		opener_give(s->l->opener, &s->job);
	else
		take(s);
}

static void keep_bytes(struct session *s, const char *p, size_t n)
{
	s->too_large |= s->message.n + n > MAIL_MAX;
	if (s->too_large)
		return;
	buf_add(&s->message, p, n);
	atomic_fetch_add(&s->l->bytes, (int64_t)n);
	s->counted += (int64_t)n;
}

/* A line, or as much of a long one as there is; a dot in front of it goes (RFC 5321 §4.5.2). */
static size_t read_data(struct talk_conn *c, struct session *s, const char *p, size_t n)
{
	const char *nl = memchr(p, '\n', n);
	size_t len = nl ? (size_t)(nl - p) + 1 : n;
	bool dot = s->line_begins && *p == '.';
	if (dot && n < 3 && !nl)
		return 0;
	if (dot && len == 3 && p[1] == '\r' && nl) {
		message_done(c, s);
		return len;
	}
	keep_bytes(s, p + dot, len - dot);
	bool cr = len > 1 ? p[len - 2] == '\r' : s->last_cr;
	s->line_begins = nl && cr;
	s->last_cr = p[len - 1] == '\r';
	return len;
}

static size_t input(struct talk_conn *c, const char *p, size_t n)
{
	struct session *s = talk_user(c);
	return s->state == DATA ? read_data(c, s, p, n) : read_command(c, s, p, n);
}

/* ── connections ── */

static void opened(struct talk_conn *c)
{
	struct lmtp *l = talk_app(c);
	struct session *s = calloc(1, sizeof *s);
	if (!s)
		abort();
	s->l = l;
	s->conn = c;
	s->job.user = s;
	s->message.max = MAIL_MAX;
	talk_set_user(c, s);
	talk_say(c, "220 %s LMTP", l->host);
}

static void closed(struct talk_conn *c)
{
	struct session *s = talk_user(c);
	transaction_end(s);
	free(s);
}

static const struct talk_ops ops = { opened, input, woken, closed };

struct lmtp *lmtp_start(const struct mailin_opts *o, struct err *e)
{
	struct lmtp *l = calloc(1, sizeof *l);
	if (!l)
		abort();
	l->store = o->store;
	l->mem = arena_new(65536);
	mailin_site_of(l->mem, o->cfg, &l->site);
	l->site.pgp = o->pgp;
	l->site.store = o->store;
	snprintf(l->host, sizeof l->host, "%s", l->site.own.host);
	if (o->pgp && !(l->opener = opener_start(open_job, e))) {
		arena_free(l->mem);
		free(l);
		return NULL;
	}
	l->talk = talk_start(&(struct talk_opts){ .listen = o->cfg->mailin_listen,
						  .loops = LOOPS,
						  .max = CONNS,
						  .per_net = CONNS,
						  .input = INPUT,
						  .answer_max = 64 << 10,
						  .timeout = TIMEOUT,
						  .ops = &ops,
						  .app = l },
			     e);
	if (l->talk)
		return l;
	opener_stop(l->opener);
	arena_free(l->mem);
	free(l);
	return NULL;
}

int lmtp_port(const struct lmtp *l)
{
	return talk_port(l->talk);
}

void lmtp_stop(struct lmtp *l)
{
	if (!l)
		return;
	bool all = talk_stop(l->talk);
	opener_stop(l->opener); /* its job may still be with gpg: what it uses must not go before it */
	if (!all)
		return;
	arena_free(l->mem);
	free(l);
}

void lmtp_stats(const struct lmtp *l, struct lmtp_stats *out)
{
	struct talk_stats t;
	*out = (struct lmtp_stats){ 0 };
	if (!l)
		return;
	talk_stats(l->talk, &t);
	*out = (struct lmtp_stats){ t.accepted, atomic_load(&l->messages), atomic_load(&l->refused),
				    atomic_load(&l->later), t.open };
}
