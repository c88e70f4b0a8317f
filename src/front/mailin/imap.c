/* A mailbox asked over IMAP (RFC 9051, 3501): connection, TLS and login are libcurl's, the few commands ours, since a
 * message must be fetched without being marked as read (BODY.PEEK) and marked once it is durable.
 *
 *	imaps://HOST[:PORT]/MAILBOX      TLS from the start
 *	imap://HOST[:PORT]/MAILBOX       STARTTLS, which has to be there
 *	  ?tls=off   without, for a server on this machine    &ca=FILE   PEM file of the authority of its certificate
 *
 * Messages are named by UID. What can't be taken as mail is marked as read and flagged, so that people see it. After a
 * failure the next try waits twice as long as the last, ten minutes at most.
 */
#include <curl/curl.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "front/mailin/imap_wire.h"
#include "front/mailin/mailin.h"

enum { URL_MAX = 2048, SECONDS = 60, PAUSE_MAX = 600 };

struct imap {
	struct store *store;
	struct mailin_site site;
	struct arena *mem;
	char url[URL_MAX], mailbox[256], ca[512], password[512];
	const char *user;
	bool tls;
	pthread_t thread;
	atomic_bool stopping;
	pthread_mutex_t lock; /* of stats */
	struct imap_stats stats;
	/* the connection */
	CURL *curl;
	curl_socket_t socket;
	struct imap_wire wire;
};

/* ── bytes ── */

static bool wait_for(struct imap *i, short events, int64_t until)
{
	while (!atomic_load(&i->stopping) && clock_mono() < until) {
		struct pollfd p = { .fd = i->socket, .events = events };
		if (poll(&p, 1, 200) > 0)
			return true;
	}
	return false;
}

static enum st fill(void *ctx, char *to, size_t room, size_t *n, struct err *e)
{
	struct imap *i = ctx;
	int64_t until = clock_mono() + SECONDS * USEC;
	for (;;) {
		CURLcode rc = curl_easy_recv(i->curl, to, room, n);
		if (rc == CURLE_OK && *n)
			return ST_OK;
		if (rc != CURLE_AGAIN)
			return err_set(e, ST_BUSY, "the mail server closed the connection");
		if (!wait_for(i, POLLIN, until))
			return err_set(e, ST_BUSY, "the mail server does not answer");
	}
}

static enum st say(void *ctx, const char *text, struct err *e)
{
	struct imap *i = ctx;
	int64_t until = clock_mono() + SECONDS * USEC;
	for (size_t left = strlen(text); left;) {
		size_t n = 0;
		CURLcode rc = curl_easy_send(i->curl, text, left, &n);
		if (rc != CURLE_OK && rc != CURLE_AGAIN)
			return err_set(e, ST_BUSY, "the mail server closed the connection");
		text += n;
		left -= n;
		if (rc == CURLE_AGAIN && !wait_for(i, POLLOUT, until))
			return err_set(e, ST_BUSY, "the mail server takes nothing");
	}
	return ST_OK;
}

static enum st command(struct imap *i, const char *text, imap_take take, void *to, struct buf *body, struct err *e)
{
	return imap_command(&i->wire, text, take, to, body, e);
}

/* ── one message ── */

static enum st take(struct imap *i, struct arena *mem, const struct buf *message, struct err *e)
{
	static const struct actor mail = { "mail", 0, 0 };
	struct req rq = { .mem = mem, .who = &mail };
	struct desk_mail_arg arg;
	if (message->bad)
		return err_set(e, ST_LIMIT, "larger than %d MB", MAIL_MAX >> 20);
	enum st st = mailin_open(&rq, &i->site, buf_cstr(message), message->n, NULL, NULL, &arg);
	if (!st)
		st = store_write(i->store, &rq, desk_mail_write, &arg);
	*e = rq.err;
	return st;
}

static enum st fetch(struct imap *i, uint32_t uid, struct err *e)
{
	struct buf message = { .max = MAIL_MAX };
	struct arena *mem = arena_new((size_t)64 << 20);
	char text[100];
	snprintf(text, sizeof text, "UID FETCH %u (BODY.PEEK[])", uid);
	enum st st = command(i, text, NULL, NULL, &message, e);
	bool gone = !st && !message.n && !message.bad; /* somebody else has moved it */
	struct err why = { 0 };
	enum st taken = st || gone ? ST_OK : take(i, mem, &message, &why);
	bool never = taken == ST_INVALID || taken == ST_LIMIT;
	if (!st && taken && !never)
		st = err_set(e, taken, "%s", why.msg);
	if (!st && !gone) {
		snprintf(text, sizeof text, "UID STORE %u +FLAGS.SILENT (\\Seen%s)", uid, never ? " \\Flagged" : "");
		st = command(i, text, NULL, NULL, NULL, e);
	}
	if (never)
		log_warn("a message in the mailbox is no mail", LOG_N("uid", (int64_t)uid), LOG_T("why", why.msg));
	pthread_mutex_lock(&i->lock);
	i->stats.messages += !st && !gone && !never;
	pthread_mutex_unlock(&i->lock);
	arena_free(mem);
	buf_free(&message);
	return st;
}

/* ── a round ── */

static enum st connect_to(struct imap *i, struct err *e)
{
	char why[CURL_ERROR_SIZE] = "";
	i->curl = curl_easy_init();
	i->wire = (struct imap_wire){ .fill = fill, .say = say, .ctx = i, .tag = i->wire.tag };
	if (!i->curl)
		return err_set(e, ST_BUSY, "out of memory");
	curl_easy_setopt(i->curl, CURLOPT_URL, i->url);
	curl_easy_setopt(i->curl, CURLOPT_PROTOCOLS_STR, "imap,imaps");
	curl_easy_setopt(i->curl, CURLOPT_PROXY, "");
	curl_easy_setopt(i->curl, CURLOPT_USERNAME, i->user);
	curl_easy_setopt(i->curl, CURLOPT_PASSWORD, i->password);
	curl_easy_setopt(i->curl, CURLOPT_USE_SSL, (long)(i->tls ? CURLUSESSL_ALL : CURLUSESSL_NONE));
	curl_easy_setopt(i->curl, CURLOPT_CONNECT_ONLY, 1L);
	curl_easy_setopt(i->curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(i->curl, CURLOPT_CONNECTTIMEOUT, 20L);
	curl_easy_setopt(i->curl, CURLOPT_TIMEOUT, 60L);
	curl_easy_setopt(i->curl, CURLOPT_ERRORBUFFER, why);
	if (*i->ca)
		curl_easy_setopt(i->curl, CURLOPT_CAINFO, i->ca);
	CURLcode rc = curl_easy_perform(i->curl);
	if (rc == CURLE_OK)
		rc = curl_easy_getinfo(i->curl, CURLINFO_ACTIVESOCKET, &i->socket);
	enum st st = rc == CURLE_OK && i->socket != CURL_SOCKET_BAD
			     ? ST_OK
			     : err_set(e, ST_BUSY, "%.200s", *why ? why : curl_easy_strerror(rc));
	curl_easy_setopt(i->curl, CURLOPT_ERRORBUFFER, NULL);
	return st;
}

static enum st round_of(struct imap *i, struct imap_uids *u, struct err *e)
{
	char text[400];
	snprintf(text, sizeof text, "select \"%s\"", i->mailbox);
	enum st st = connect_to(i, e);
	if (!st)
		st = command(i, text, NULL, NULL, NULL, e);
	if (!st)
		st = command(i, "UID SEARCH UNSEEN UNDELETED", imap_take_search, u, NULL, e);
	for (int k = 0; !st && k < u->n && !atomic_load(&i->stopping); k++)
		st = fetch(i, u->uid[k], e);
	if (!st)
		command(i, "LOGOUT", NULL, NULL, NULL, &(struct err){ 0 });
	curl_easy_cleanup(i->curl);
	i->curl = NULL;
	return st;
}

static void note(struct imap *i, const struct err *e)
{
	pthread_mutex_lock(&i->lock);
	i->stats.polls++;
	if (e->code) {
		i->stats.failures++;
		i->stats.error_at = clock_now();
		snprintf(i->stats.last_error, sizeof i->stats.last_error, "%s", e->msg);
	}
	pthread_mutex_unlock(&i->lock);
	if (e->code && !atomic_load(&i->stopping))
		log_warn("the mailbox could not be read", LOG_T("why", e->msg));
}

static void *run(void *arg)
{
	struct imap *i = arg;
	int64_t pause = i->site.cfg->imap_poll;
	pthread_setname_np(pthread_self(), "imap");
	while (!atomic_load(&i->stopping)) {
		struct imap_uids u = { .n = 0 };
		struct err e = { 0 };
		if (!store_lead(i->store, "imap")) {
			/* another process of this database asks the mailbox */
		} else {
			round_of(i, &u, &e);
			note(i, &e);
		}
		pause = !e.code ? i->site.cfg->imap_poll : 2 * pause < PAUSE_MAX ? 2 * pause : PAUSE_MAX;
		if (u.n == IMAP_ROUND && !e.code)
			continue;
		for (int64_t until = clock_mono() + pause * USEC; clock_mono() < until && !atomic_load(&i->stopping);)
			nanosleep(&(struct timespec){ 0, 100000000 }, NULL);
	}
	return NULL;
}

/* ── starting ── */

static enum st read_password(struct imap *i, const char *path, struct err *e)
{
	int fd = *path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	ssize_t n = fd < 0 ? -1 : read(fd, i->password, sizeof i->password - 1);
	if (fd >= 0)
		close(fd);
	if (n <= 0)
		return err_set(e, ST_INVALID, "imap.password_file: \"%.100s\" can't be read or is empty", path);
	i->password[n] = 0;
	i->password[strcspn(i->password, "\r\n")] = 0;
	return ST_OK;
}

static enum st read_url(struct imap *i, const char *url, struct err *e)
{
	char text[URL_MAX], *save = NULL;
	if (strlen(url) >= sizeof text)
		return err_set(e, ST_INVALID, "imap.url is longer than %d bytes", URL_MAX - 1);
	snprintf(text, sizeof text, "%s", url);
	char *query = strchr(text, '?'), *host = strstr(text, "://") + 3;
	if (query)
		*query++ = 0;
	char *path = strchr(host, '/');
	if (path)
		*path++ = 0;
	i->tls = true;
	for (char *p = query ? strtok_r(query, "&", &save) : NULL; p; p = strtok_r(NULL, "&", &save)) {
		if (!strcmp(p, "tls=off") && !strncmp(text, "imap:", 5))
			i->tls = false;
		else if (!strncmp(p, "ca=", 3) && strlen(p + 3) < sizeof i->ca)
			snprintf(i->ca, sizeof i->ca, "%s", p + 3);
		else if (strcmp(p, "tls=require") != 0)
			return err_set(e, ST_INVALID, "imap.url: %.40s is none of tls=require, tls=off, ca=FILE", p);
	}
	snprintf(i->mailbox, sizeof i->mailbox, "%.200s", path && *path ? path : "INBOX");
	snprintf(i->url, sizeof i->url, "%.*s/", URL_MAX - 2, text);
	if (strpbrk(i->mailbox, "\"\\") || strchr(host, '@'))
		return err_set(e, ST_INVALID, "imap.url: the user is imap.user, and a mailbox has no quotation marks");
	return ST_OK;
}

struct imap *imap_start(const struct mailin_opts *o, struct err *e)
{
	if (!*o->cfg->imap_url)
		return NULL;
	struct imap *i = calloc(1, sizeof *i);
	if (!i)
		abort();
	i->store = o->store;
	i->mem = arena_new(65536);
	i->user = o->cfg->imap_user;
	pthread_mutex_init(&i->lock, NULL);
	mailin_site_of(i->mem, o->cfg, &i->site);
	i->site.pgp = o->pgp;
	i->site.store = o->store;
	if (!read_url(i, o->cfg->imap_url, e) && !read_password(i, o->cfg->imap_password_file, e)) {
		if (!pthread_create(&i->thread, NULL, run, i))
			return i;
		err_set(e, ST_BUSY, "the mailbox's thread can't be started");
	}
	pthread_mutex_destroy(&i->lock);
	arena_free(i->mem);
	free(i);
	return NULL;
}

void imap_stop(struct imap *i)
{
	if (!i)
		return;
	atomic_store(&i->stopping, true);
	pthread_join(i->thread, NULL);
	pthread_mutex_destroy(&i->lock);
	arena_free(i->mem);
	free(i);
}

void imap_stats(struct imap *i, struct imap_stats *out)
{
	*out = (struct imap_stats){ 0 };
	if (!i)
		return;
	pthread_mutex_lock(&i->lock);
	*out = i->stats;
	pthread_mutex_unlock(&i->lock);
}
