/* deliver_smtp.c — to a relay through libcurl, one connection kept over letters.
 *
 * curl says too little about which command was refused, so its trace is followed: the verb of the last command, the
 * relay's last answer, whether the whole message was handed over. From these three the letter's fate is decided.
 */
#include "out/mail/mail_int.h"
#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/text.h"

enum { CONNECT_SECONDS = 20, LETTER_SECONDS = 300, STOP_SECONDS = 3, URL_MAX = 2048 };

enum stage { STAGE_HELLO, STAGE_MAIL, STAGE_RCPT, STAGE_DATA, STAGE_HANDED };

struct smtp {
	CURL *curl;
	char *url, *ca; /* the URL without our options */
	long tls;
	bool verify;
	atomic_bool giving_up;
	bool unsure;
	/* the letter in hand */
	bool leaving; /* QUIT was sent: what comes now is no answer to the letter */
	const struct buf *message;
	size_t at;
	enum stage stage;
	int code;	  /* of the last answer */
	char answer[200]; /* its last line */
	int64_t stop_by;  /* on the monotonic clock, once giving up */
	char why[CURL_ERROR_SIZE];
};

/* ── the URL's options ── */

static bool option(struct smtp *s, const char *key, const char *value)
{
	if (strcmp(key, "ca") == 0 && *value) {
		free(s->ca);
		s->ca = strdup(value);
		return true;
	}
	if (strcmp(key, "tls") != 0)
		return false;
	s->verify = strcmp(value, "require") == 0;
	s->tls = s->verify ? CURLUSESSL_ALL : strcmp(value, "off") == 0 ? CURLUSESSL_NONE : CURLUSESSL_TRY;
	return s->verify || s->tls == CURLUSESSL_NONE || strcmp(value, "try") == 0;
}

/* Opportunistic TLS takes any certificate: better than none (RFC 7435). A password asks for more. */
static enum st read_url(struct smtp *s, const char *url, const char *helo, struct err *e)
{
	char text[URL_MAX], *save = NULL;
	if (strlen(url) >= sizeof text)
		return err_set(e, ST_INVALID, "mail.url is longer than %d bytes", URL_MAX - 1);
	snprintf(text, sizeof text, "%s", url);
	char *query = strchr(text, '?');
	if (query)
		*query++ = 0;
	char *host = strstr(text, "://"), *path = host ? strchr(host + 3, '/') : NULL;
	bool smtps = strncmp(text, "smtps:", 6) == 0, secret = strchr(text, '@') != NULL;
	s->verify = smtps || secret;
	s->tls = s->verify ? CURLUSESSL_ALL : CURLUSESSL_TRY;
	for (char *pair = query ? strtok_r(query, "&", &save) : NULL; pair; pair = strtok_r(NULL, "&", &save)) {
		char *value = strchr(pair, '=');
		if (value)
			*value++ = 0;
		if (!option(s, pair, value ? value : ""))
			return err_set(e, ST_INVALID,
				       "mail.url: %.40s=%.40s is none of tls=require, tls=try, tls=off, ca=FILE", pair,
				       value ? value : "");
	}
	s->verify |= smtps;
	if (asprintf(&s->url, "%s%s%s", text, path ? "" : "/", path ? "" : helo) < 0)
		s->url = NULL;
	return s->url ? ST_OK : err_set(e, ST_BUSY, "out of memory");
}

/* ── what curl calls ── */

static size_t give(char *to, size_t size, size_t count, void *arg)
{
	struct smtp *s = arg;
	size_t n = s->message->n - s->at, max = size * count;
	if (n > max)
		n = max;
	memcpy(to, s->message->p + s->at, n);
	s->at += n;
	if (s->at == s->message->n)
		s->stage = STAGE_HANDED;
	return n;
}

static bool verb(const char *p, size_t n, const char *word)
{
	return n >= strlen(word) && strncmp(p, word, strlen(word)) == 0;
}

/* Only verbs of commands are looked at; nothing of them is kept (a password goes by here). */
static void command(struct smtp *s, const char *p, size_t n)
{
	if (verb(p, n, "MAIL"))
		s->stage = STAGE_MAIL;
	else if (verb(p, n, "RCPT"))
		s->stage = STAGE_RCPT;
	else if (verb(p, n, "DATA"))
		s->stage = STAGE_DATA;
	else
		s->leaving = verb(p, n, "QUIT");
}

static void answered(struct smtp *s, const char *p, size_t n)
{
	while (n && (p[n - 1] == '\r' || p[n - 1] == '\n'))
		n--;
	snprintf(s->answer, sizeof s->answer, "%.*s", (int)(n < sizeof s->answer ? n : sizeof s->answer - 1), p);
	for (char *c = s->answer; *c; c++)
		if ((unsigned char)*c < 0x20 || (unsigned char)*c >= 0x7f)
			*c = '?';
	s->code = 0;
	for (int i = 0; i < 3 && s->answer[i] >= '0' && s->answer[i] <= '9'; i++)
		s->code = s->code * 10 + (s->answer[i] - '0');
}

static int trace(CURL *curl, curl_infotype kind, char *p, size_t n, void *arg)
{
	struct smtp *s = arg;
	if (kind == CURLINFO_HEADER_OUT && !s->leaving)
		command(s, p, n);
	else if (kind == CURLINFO_HEADER_IN && n >= 3 && !s->leaving)
		answered(s, p, n);
	return 0;
}

/* Stopping: at once while nothing is given away, else after the relay had some seconds to answer. */
static int watch(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	struct smtp *s = arg;
	if (!atomic_load(&s->giving_up))
		return 0;
	if (!s->stop_by)
		s->stop_by = clock_mono() + STOP_SECONDS * USEC;
	return s->stage != STAGE_HANDED || clock_mono() > s->stop_by;
}

/* ── making and sending ── */

static void start_curl(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
}

static void set_up(struct smtp *s)
{
	CURL *c = s->curl;
	curl_easy_setopt(c, CURLOPT_URL, s->url);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(c, CURLOPT_PROXY, "");
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
	curl_easy_setopt(c, CURLOPT_TIMEOUT, (long)LETTER_SECONDS);
	curl_easy_setopt(c, CURLOPT_USE_SSL, s->tls);
	curl_easy_setopt(c, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, s->verify ? 1L : 0L);
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, s->verify ? 2L : 0L);
	if (s->ca)
		curl_easy_setopt(c, CURLOPT_CAINFO, s->ca);
	curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(c, CURLOPT_READFUNCTION, give);
	curl_easy_setopt(c, CURLOPT_READDATA, s);
	curl_easy_setopt(c, CURLOPT_DEBUGFUNCTION, trace);
	curl_easy_setopt(c, CURLOPT_DEBUGDATA, s);
	curl_easy_setopt(c, CURLOPT_VERBOSE, 1L); /* to the trace above, nowhere else */
	curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, watch);
	curl_easy_setopt(c, CURLOPT_XFERINFODATA, s);
	curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, s->why);
}

struct smtp *smtp_new(const char *url, const char *helo, struct err *e)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, start_curl);
	struct smtp *s = calloc(1, sizeof *s);
	if (!s || !(s->curl = curl_easy_init())) {
		err_set(e, ST_BUSY, "out of memory");
		smtp_free(s);
		return NULL;
	}
	if (read_url(s, url, helo, e)) {
		smtp_free(s);
		return NULL;
	}
	set_up(s);
	return s;
}

void smtp_free(struct smtp *s)
{
	if (!s)
		return;
	if (s->curl)
		curl_easy_cleanup(s->curl);
	free(s->url);
	free(s->ca);
	free(s);
}

void smtp_give_up(struct smtp *s)
{
	atomic_store(&s->giving_up, true);
}

bool smtp_unsure(const struct smtp *s)
{
	return s->unsure;
}

/* A refusal of the greeting, of our name or of the sender is about us, and 421 is about the connection (RFC 5321 §3.8):
 * all letters wait. One of the recipient or of the message is about the letter; only the former about the address. */
static enum fate judge(struct smtp *s, CURLcode rc)
{
	if (rc == CURLE_OK)
		return FATE_SENT;
	s->unsure = s->stage == STAGE_HANDED && s->code < 400;
	bool too_large = s->stage == STAGE_MAIL && s->code == 552; /* RFC 1870 §6.3 */
	if (s->code < 400 || s->code == 421 || (s->stage < STAGE_RCPT && !too_large))
		return FATE_AWAY;
	return s->code < 500 ? FATE_LATER : s->stage == STAGE_RCPT ? FATE_REFUSED : FATE_REJECTED;
}

enum fate smtp_deliver(struct smtp *s, const struct parcel *p, struct err *e)
{
	char from[300], to[300];
	snprintf(from, sizeof from, "<%s>", p->from);
	snprintf(to, sizeof to, "<%s>", p->to);
	struct curl_slist *rcpt = curl_slist_append(NULL, to);
	s->message = &p->message;
	s->at = 0;
	s->stage = STAGE_HELLO;
	s->code = 0;
	s->unsure = s->leaving = false;
	s->answer[0] = s->why[0] = 0;
	curl_easy_setopt(s->curl, CURLOPT_MAIL_FROM, from);
	curl_easy_setopt(s->curl, CURLOPT_MAIL_RCPT, rcpt);
	curl_easy_setopt(s->curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)p->message.n); /* SIZE (RFC 1870) */
	CURLcode rc = curl_easy_perform(s->curl);
	enum fate fate = judge(s, rc);
	if (fate == FATE_AWAY)
		err_set(e, ST_BUSY, "mail relay: %s%s%s", *s->why ? s->why : curl_easy_strerror(rc),
			s->code >= 400 ? ": " : "", s->code >= 400 ? s->answer : "");
	else if (fate != FATE_SENT)
		err_set(e, fate == FATE_LATER ? ST_BUSY : ST_DENIED, "mail relay answered: %s", s->answer);
	curl_easy_setopt(s->curl, CURLOPT_MAIL_RCPT, NULL);
	curl_slist_free_all(rcpt);
	s->message = NULL;
	return fate;
}
