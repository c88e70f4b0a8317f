/* load.c — keeps N connections busy with POSTs for some seconds and prints what came back.
 *
 *	load PORT CONNECTIONS SECONDS PATH [PREFIX]
 *
 * Each request is a report with observables of its own (PREFIX and a counter), sent over keep-alive on one thread. Prints one line:
 * `done N/s ok K other K p50 US p99 US`.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

enum { CONNS_MAX = 1024, REPLY_MAX = 16384, SAMPLES_MAX = 4000000 };
struct conn { int fd; char out[2048]; int out_n, out_at; char in[REPLY_MAX]; int in_n; int64_t sent_at; };

static struct conn conn[CONNS_MAX];
static uint32_t *sample;
static int64_t ok, other, counter, nsamples;
static const char *path, *prefix;
static int port;

static int64_t now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void next_request(struct conn *c)
{
	char body[512];
	int64_t k = counter++;
	int n = snprintf(body, sizeof body,
			 "{\"description\":\"false page number %lld\",\"observables\":[\"https://%s%lld.example-load.com.tw/login\"],"
			 "\"class\":\"phishing\"}", (long long)k, prefix, (long long)k);
	c->out_n = snprintf(c->out, sizeof c->out,
			    "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", path, n, body);
	c->out_at = c->in_n = 0;
	c->sent_at = now();
}

static void die(const char *what)
{
	fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void conn_open(struct conn *c)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr = { htonl(INADDR_LOOPBACK) } };
	c->fd = socket(AF_INET, SOCK_STREAM, 0);
	if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&a, sizeof a))
		die("connect");
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
	fcntl(c->fd, F_SETFL, O_NONBLOCK);
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

/* A whole answer: head, and as many bytes as Content-Length says. */
static int whole(struct conn *c)
{
	char *end = memmem(c->in, (size_t)c->in_n, "\r\n\r\n", 4), *len;
	if (!end)
		return 0;
	*end = 0;
	len = strcasestr(c->in, "content-length:");
	*end = '\r';
	return len && c->in_n >= (int)(end - c->in) + 4 + atoi(len + 15);
}

static void conn_read(struct conn *c)
{
	for (;;) {
		ssize_t n = recv(c->fd, c->in + c->in_n, (size_t)(REPLY_MAX - 1 - c->in_n), 0);
		if (n < 0 && errno == EAGAIN)
			break;
		if (n <= 0)
			die("the server closed a connection");
		c->in_n += (int)n;
		c->in[c->in_n] = 0;
	}
	if (!whole(c))
		return;
	if (!strncmp(c->in, "HTTP/1.1 201", 12))
		ok++;
	else if (other++ == 0)
		fprintf(stderr, "load: first other answer: %.300s\n", c->in);
	if (nsamples < SAMPLES_MAX)
		sample[nsamples++] = (uint32_t)(now() - c->sent_at);
	next_request(c);
	conn_send(c);
}

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return x < y ? -1 : x > y;
}

int main(int argc, char **argv)
{
	if (argc < 5) {
		fputs("usage: load PORT CONNECTIONS SECONDS PATH [PREFIX]\n", stderr);
		return 2;
	}
	port = atoi(argv[1]);
	int n = atoi(argv[2]);
	double seconds = atof(argv[3]);
	path = argv[4];
	prefix = argc > 5 ? argv[5] : "a";
	sample = malloc(sizeof *sample * SAMPLES_MAX);
	int ep = epoll_create1(0);
	for (int i = 0; i < n && i < CONNS_MAX; i++) {
		conn_open(&conn[i]);
		epoll_ctl(ep, EPOLL_CTL_ADD, conn[i].fd, &(struct epoll_event){ .events = EPOLLIN, .data = { .u32 = (uint32_t)i } });
		next_request(&conn[i]);
		conn_send(&conn[i]);
	}
	int64_t t0 = now(), end = t0 + (int64_t)(seconds * 1e6);
	while (now() < end) {
		struct epoll_event ev[256];
		int k = epoll_wait(ep, ev, 256, 100);
		for (int i = 0; i < k; i++)
			conn_read(&conn[ev[i].data.u32]);
	}
	double took = (double)(now() - t0) / 1e6;
	qsort(sample, (size_t)nsamples, sizeof *sample, compare);
	printf("done %.0f/s ok %lld other %lld p50 %u us p99 %u us\n", (double)ok / took, (long long)ok, (long long)other,
	       nsamples ? sample[nsamples / 2] : 0, nsamples ? sample[nsamples * 99 / 100] : 0);
	return other > 0;
}
