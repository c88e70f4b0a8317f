/* eppload.c — keeps N EPP sessions over TLS 1.3 busy with one kind of command and prints what came back.
 *
 *	eppload [-r RATE] [-n NAMES] PORT CERT KEY ID PASSWORD SESSIONS SECONDS hello|check|info|create [PREFIX]
 *
 * hello asks for the greeting, the least a server can be asked; check and info ask for names of the file NAMES (the
 * first column of a CSV, or one a line) in random order; create registers PREFIX, a counter and the zone of NAMES' first
 * name, with the contact eppload makes first. Without -r each session sends its next command as soon as it is answered;
 * with -r commands are due at RATE a second whether or not answers come, and an answer's time is counted from when its
 * command was due. One thread. Logging in is not timed. Prints one line: `done N/s ok K other K p50 US p99 US max US`.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "clockwork.h"

enum { SESSIONS_MAX = 1024, FRAME_MAX = 16384, SAMPLES_MAX = 4000000, NAMES_MAX = 5000000, HEAD = 4 };

#define EPP "<?xml version=\"1.0\" encoding=\"UTF-8\"?><epp xmlns=\"urn:ietf:params:xml:ns:epp-1.0\"><command>"
#define END "<clTRID>LOAD-1</clTRID></command></epp>"
#define DOMAIN "xmlns:d=\"urn:ietf:params:xml:ns:domain-1.0\""

struct session {
	int fd;
	SSL *ssl;
	bool busy;
	char in[FRAME_MAX];
	int in_n;
	int64_t due;
};

static struct session session[SESSIONS_MAX];
static int nsessions, nnames;
static uint32_t *sample;
static int64_t ok, other, counter, nsamples, began;
static uint64_t dice = 88172645463325252u;
static const char *id, *password, *verb, *prefix = "load", *zone = "tw";
static char **name;
static double rate;

static void die(const char *what)
{
	fprintf(stderr, "eppload: %s: %s\n", what, errno ? strerror(errno) : "no reason given");
	ERR_print_errors_fp(stderr);
	exit(1);
}

static void names_read(const char *file)
{
	char line[4096];
	FILE *f = fopen(file, "r");
	if (!f || !(name = calloc(NAMES_MAX, sizeof *name)))
		die(file);
	while (nnames < NAMES_MAX && fgets(line, sizeof line, f)) {
		line[strcspn(line, ",\r\n")] = 0;
		if (*line && strcmp(line, "name") != 0 && !(name[nnames++] = strdup(line)))
			die("no memory");
	}
	fclose(f);
	if (nnames && strrchr(name[0], '.'))
		zone = strrchr(name[0], '.') + 1;
}

static const char *any_name(void)
{
	dice ^= dice << 13;
	dice ^= dice >> 7;
	dice ^= dice << 17;
	return nnames ? name[dice % (uint64_t)nnames] : "example.tw";
}

/* ── frames ── */

static void say(struct session *s, const char *xml, int n)
{
	char out[FRAME_MAX];
	uint32_t len = htonl((uint32_t)n + HEAD);
	memcpy(out, &len, HEAD);
	memcpy(out + HEAD, xml, (size_t)n);
	if (SSL_write(s->ssl, out, n + HEAD) != n + HEAD)
		die("write");
}

/* Bytes of the whole frame once it is there, else 0. */
static int frame(const struct session *s)
{
	uint32_t len;
	if (s->in_n < HEAD)
		return 0;
	memcpy(&len, s->in, HEAD);
	len = ntohl(len);
	if (len >= FRAME_MAX)
		die("a frame that long");
	return s->in_n >= (int)len ? (int)len : 0;
}

static bool take(struct session *s)
{
	for (int n; !(n = frame(s)); s->in_n += n) {
		n = SSL_read(s->ssl, s->in + s->in_n, FRAME_MAX - s->in_n);
		if (n <= 0 && SSL_get_error(s->ssl, n) == SSL_ERROR_WANT_READ)
			return false;
		if (n <= 0)
			die("the server closed a session");
	}
	s->in[frame(s)] = 0;
	return true;
}

/* ── commands ── */

static int command(char *out, size_t size)
{
	long long k = (long long)counter++;
	if (!strcmp(verb, "hello"))
		return snprintf(out, size,
				"<?xml version=\"1.0\" encoding=\"UTF-8\"?><epp "
				"xmlns=\"urn:ietf:params:xml:ns:epp-1.0\"><hello/></epp>");
	if (!strcmp(verb, "check"))
		return snprintf(out, size, EPP "<check><d:check " DOMAIN "><d:name>%s</d:name></d:check></check>" END,
				any_name());
	if (!strcmp(verb, "info"))
		return snprintf(out, size, EPP "<info><d:info " DOMAIN "><d:name>%s</d:name></d:info></info>" END,
				any_name());
	return snprintf(out, size,
			EPP "<create><d:create " DOMAIN "><d:name>%s%lld.%s</d:name><d:period unit=\"y\">1</d:period>"
			    "<d:registrant>%s-LOAD</d:registrant><d:contact type=\"admin\">%s-LOAD</d:contact>"
			    "<d:contact type=\"tech\">%s-LOAD</d:contact>"
			    "<d:authInfo><d:pw>2fooBAR-and-more-of-it</d:pw></d:authInfo></d:create></create>" END,
			prefix, k, zone, id, id, id);
}

static void ask(struct session *s, int64_t due)
{
	char xml[2048];
	int n = command(xml, sizeof xml);
	s->in_n = 0;
	s->due = due;
	s->busy = true;
	say(s, xml, n);
}

static bool code_is(const struct session *s, const char *code)
{
	const char *at = strstr(s->in + HEAD, "<result code=\"");
	return at && !strncmp(at + 14, code, 4);
}

static void heard(struct session *s)
{
	if (!s->busy || !take(s))
		return;
	if (code_is(s, "1000") || (!strcmp(verb, "hello") && strstr(s->in + HEAD, "<greeting>")))
		ok++;
	else if (other++ == 0)
		fprintf(stderr, "eppload: first other answer: %s\n", s->in + HEAD);
	if (nsamples < SAMPLES_MAX)
		sample[nsamples++] = (uint32_t)(now() - s->due);
	s->busy = false;
	if (rate == 0)
		ask(s, now());
}

/* ── sessions ── */

static void expect(struct session *s, const char *code, const char *also, const char *what)
{
	if (!take(s))
		die(what);
	if (code && !code_is(s, code) && !(also && code_is(s, also))) {
		fprintf(stderr, "eppload: %s: %s\n", what, s->in + HEAD);
		exit(1);
	}
	s->in_n = 0;
}

static void session_open(struct session *s, SSL_CTX *tls, int port)
{
	char xml[2048];
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = htons((uint16_t)port),
				 .sin_addr = { htonl(INADDR_LOOPBACK) } };
	s->fd = socket(AF_INET, SOCK_STREAM, 0);
	if (s->fd < 0 || connect(s->fd, (struct sockaddr *)&a, sizeof a))
		die("connect");
	setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
	s->ssl = SSL_new(tls);
	SSL_set_fd(s->ssl, s->fd);
	if (SSL_connect(s->ssl) != 1)
		die("TLS");
	expect(s, NULL, NULL, "greeting");
	int n = snprintf(xml, sizeof xml,
			 EPP "<login><clID>%s</clID><pw>%s</pw><options><version>1.0</version><lang>en</lang></options>"
			     "<svcs><objURI>urn:ietf:params:xml:ns:domain-1.0</objURI>"
			     "<objURI>urn:ietf:params:xml:ns:contact-1.0</objURI></svcs></login>" END,
			 id, password);
	say(s, xml, n);
	expect(s, "1000", NULL, "login");
}

static void contact_make(struct session *s)
{
	char xml[2048];
	int n = snprintf(xml, sizeof xml,
			 EPP
			 "<create><c:create xmlns:c=\"urn:ietf:params:xml:ns:contact-1.0\"><c:id>%s-LOAD</c:id>"
			 "<c:postalInfo type=\"int\"><c:name>Load</c:name><c:org>Load Ltd</c:org><c:addr><c:street>1 "
			 "Road</c:street><c:city>Taipei</c:city><c:cc>TW</c:cc></c:addr></c:postalInfo>"
			 "<c:email>load@registrar.example</c:email><c:authInfo><c:pw>2fooBAR-and-more-of-it</c:pw>"
			 "</c:authInfo></c:create></create>" END,
			 id);
	say(s, xml, n);
	expect(s, "1000", "2302", "contact");
}

static void sessions_open(const char *cert, const char *key, int port, int ep)
{
	SSL_CTX *tls = SSL_CTX_new(TLS_client_method());
	SSL_CTX_set_min_proto_version(tls, TLS1_3_VERSION);
	if (SSL_CTX_use_certificate_file(tls, cert, SSL_FILETYPE_PEM) != 1 ||
	    SSL_CTX_use_PrivateKey_file(tls, key, SSL_FILETYPE_PEM) != 1)
		die(cert);
	for (int i = 0; i < nsessions; i++) {
		struct epoll_event ev = { .events = EPOLLIN, .data = { .u32 = (uint32_t)i } };
		session_open(&session[i], tls, port);
		if (i == 0 && !strcmp(verb, "create"))
			contact_make(&session[0]);
		fcntl(session[i].fd, F_SETFL, O_NONBLOCK);
		epoll_ctl(ep, EPOLL_CTL_ADD, session[i].fd, &ev);
	}
}

/* ── the clock ── */

/* Sends what is due on sessions that are free; returns the microseconds until the next is due. */
static int64_t ask_due(void)
{
	static int64_t asked;
	static int next;
	for (int i = 0; i < nsessions; i++) {
		struct session *s = &session[(next + i) % nsessions];
		int64_t due = began + (int64_t)((double)asked * 1e6 / rate), wait = due - now();
		if (wait > 0)
			return next = (next + i) % nsessions, wait;
		if (!s->busy) {
			ask(s, due);
			asked++;
		}
	}
	return 1000;
}

static void run(int ep, int64_t end)
{
	while (now() < end) {
		struct epoll_event ev[256];
		int64_t wait = rate > 0 ? ask_due() : 100000;
		int n = epoll_wait(ep, ev, 256, (int)((wait < 100000 ? wait : 100000) + 999) / 1000);
		for (int i = 0; i < n; i++)
			heard(&session[ev[i].data.u32]);
	}
}

static void report(double took)
{
	/* Who still waits has waited at least so long. */
	for (int i = 0; i < nsessions && rate > 0; i++)
		if (session[i].busy && nsamples < SAMPLES_MAX)
			sample[nsamples++] = (uint32_t)(now() - session[i].due);
	qsort(sample, (size_t)nsamples, sizeof *sample, sample_cmp);
	printf("done %.0f/s ok %lld other %lld p50 %u us p99 %u us max %u us\n", (double)ok / took, (long long)ok,
	       (long long)other, nsamples ? sample[nsamples / 2] : 0, nsamples ? sample[nsamples * 99 / 100] : 0,
	       nsamples ? sample[nsamples - 1] : 0);
}

int main(int argc, char **argv)
{
	int c;
	while ((c = getopt(argc, argv, "r:n:")) > 0) {
		if (c == 'r')
			rate = atof(optarg);
		else if (c == 'n')
			names_read(optarg);
		else
			return 2;
	}
	argv += optind;
	argc -= optind;
	if (argc < 8)
		return fputs("usage: eppload [-r RATE] [-n NAMES] PORT CERT KEY ID PASSWORD SESSIONS SECONDS "
			     "hello|check|info|create [PREFIX]\n",
			     stderr),
		       2;
	id = argv[3];
	password = argv[4];
	nsessions = atoi(argv[5]) < SESSIONS_MAX ? atoi(argv[5]) : SESSIONS_MAX;
	verb = argv[7];
	prefix = argc > 8 ? argv[8] : prefix;
	if (!(sample = malloc(sizeof *sample * SAMPLES_MAX)))
		die("no memory");
	int ep = epoll_create1(0);
	sessions_open(argv[1], argv[2], atoi(argv[0]), ep);
	began = now();
	for (int i = 0; i < nsessions && rate == 0; i++)
		ask(&session[i], now());
	run(ep, began + (int64_t)(atof(argv[6]) * 1e6));
	report((double)(now() - began) / 1e6);
	return other > 0;
}
