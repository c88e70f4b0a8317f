/* load.c — keeps N connections busy with reports for some seconds and prints what came back.
 *
 *	load [-r RATE] [-n NAMES] PORT CONNECTIONS SECONDS PATH [PREFIX]
 *
 * Each request is a report about a URL of its own (PREFIX and a counter) under the next name of the file NAMES (one a
 * line, or the first column of a CSV with a header), sent over keep-alive on one thread. Without -r each connection
 * sends its next as soon as it is answered; with -r reports are due at RATE a second whether or not answers come, and an
 * answer's time is counted from when its report was due. Ends after SECONDS or at SIGTERM and prints one line: `done N/s
 * ok K other K p50 US p99 US max US`.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
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

enum { CONNS_MAX = 1024, REPLY_MAX = 16384, SAMPLES_MAX = 4000000, NAMES_MAX = 100000 };
struct conn {
	int fd;
	bool busy;
	char out[2048];
	int out_n, out_at;
	char in[REPLY_MAX];
	int in_n;
	int64_t due;
};

static struct conn conn[CONNS_MAX];
static int nconns;
static uint32_t *sample;
static int64_t ok, other, counter, nsamples, began;
static const char *path, *prefix = "a";
static char **name;
static int nnames, port;
static double rate;
static volatile sig_atomic_t stop;

static void die(const char *what)
{
	fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void on_term(int sig)
{
	(void)sig;
	stop = 1;
}

/* ── requests ── */

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
}

static void conn_send(struct conn *c)
{
	while (c->out_at < c->out_n) {
		ssize_t n = send(c->fd, c->out + c->out_at, (size_t)(c->out_n - c->out_at), MSG_NOSIGNAL);
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0)
			die("send");
		c->out_at += (int)n;
	}
}

static void conn_ask(struct conn *c, int64_t due)
{
	char body[1024];
	int64_t k = counter++;
	int n = snprintf(body, sizeof body,
			 "{\"description\":\"false page number "
			 "%lld\",\"observables\":[\"https://%s%lld.%s/login\"],\"class\":\"phishing\"}",
			 (long long)k, prefix, (long long)k, nnames ? name[k % nnames] : "example-load.com.tw");
	c->out_n = snprintf(
		c->out, sizeof c->out,
		"POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		path, n, body);
	c->out_at = c->in_n = 0;
	c->due = due;
	c->busy = true;
	conn_send(c);
}

static void conn_open(struct conn *c, int ep)
{
	struct epoll_event ev = { .events = EPOLLIN, .data = { .u32 = (uint32_t)(c - conn) } };
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = htons((uint16_t)port),
				 .sin_addr = { htonl(INADDR_LOOPBACK) } };
	c->fd = socket(AF_INET, SOCK_STREAM, 0);
	if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&a, sizeof a))
		die("connect");
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
	fcntl(c->fd, F_SETFL, O_NONBLOCK);
	epoll_ctl(ep, EPOLL_CTL_ADD, c->fd, &ev);
}

/* ── answers ── */

/* A whole answer: head, and as many bytes as Content-Length says. */
static bool whole(struct conn *c)
{
	char *end = memmem(c->in, (size_t)c->in_n, "\r\n\r\n", 4), *len;
	if (!end)
		return false;
	*end = 0;
	len = strcasestr(c->in, "content-length:");
	*end = '\r';
	return len && c->in_n >= (int)(end - c->in) + 4 + atoi(len + 15);
}

/* A connection that had nothing to ask for a while is closed by the server, and opened again. */
static void conn_closed(struct conn *c, int ep)
{
	if (c->busy)
		die("the server closed a connection that waits for an answer");
	close(c->fd);
	conn_open(c, ep);
}

static void conn_read(struct conn *c, int ep)
{
	for (;;) {
		ssize_t n = recv(c->fd, c->in + c->in_n, (size_t)(REPLY_MAX - 1 - c->in_n), 0);
		if (n < 0 && errno == EAGAIN)
			break;
		if (n <= 0) {
			conn_closed(c, ep);
			return;
		}
		c->in_n += (int)n;
		c->in[c->in_n] = 0;
	}
	if (!c->busy || !whole(c))
		return;
	if (!strncmp(c->in, "HTTP/1.1 201", 12))
		ok++;
	else if (other++ == 0)
		fprintf(stderr, "load: first other answer: %.12s %.300s\n", c->in, strstr(c->in, "\r\n\r\n") + 4);
	if (nsamples < SAMPLES_MAX)
		sample[nsamples++] = (uint32_t)(now() - c->due);
	c->busy = false;
	if (rate == 0)
		conn_ask(c, now());
}

/* ── the clock ── */

/* Sends what is due on connections that are free; returns the microseconds until the next is due. */
static int64_t ask_due(void)
{
	static int64_t asked;
	for (int i = 0; i < nconns; i++) {
		int64_t due = began + (int64_t)((double)asked * 1e6 / rate), wait = due - now();
		if (wait > 0)
			return wait;
		if (!conn[i].busy) {
			conn_ask(&conn[i], due);
			asked++;
		}
	}
	return 1000;
}

static void run(int ep, int64_t end)
{
	while (!stop && now() < end) {
		struct epoll_event ev[256];
		int64_t wait = rate > 0 ? ask_due() : 100000;
		int n = epoll_wait(ep, ev, 256, (int)((wait < 100000 ? wait : 100000) + 999) / 1000);
		for (int i = 0; i < n; i++)
			conn_read(&conn[ev[i].data.u32], ep);
	}
}

static void report(double took)
{
	/* Who still waits has waited at least so long. */
	for (int i = 0; i < nconns && rate > 0; i++)
		if (conn[i].busy && nsamples < SAMPLES_MAX)
			sample[nsamples++] = (uint32_t)(now() - conn[i].due);
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
	if (argc < 4)
		return fputs("usage: load [-r RATE] [-n NAMES] PORT CONNECTIONS SECONDS PATH [PREFIX]\n", stderr), 2;
	port = atoi(argv[0]);
	nconns = atoi(argv[1]) < CONNS_MAX ? atoi(argv[1]) : CONNS_MAX;
	path = argv[3];
	prefix = argc > 4 ? argv[4] : prefix;
	if (!(sample = malloc(sizeof *sample * SAMPLES_MAX)))
		die("no memory");
	sigaction(SIGTERM, &(struct sigaction){ .sa_handler = on_term }, NULL);
	int ep = epoll_create1(0);
	began = now();
	for (int i = 0; i < nconns; i++) {
		conn_open(&conn[i], ep);
		if (rate == 0)
			conn_ask(&conn[i], now());
	}
	run(ep, began + (int64_t)(atof(argv[2]) * 1e6));
	report((double)(now() - began) / 1e6);
	return other > 0;
}
