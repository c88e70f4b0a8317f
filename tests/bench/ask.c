/* ask.c — many clients that look names up over HTTP or WHOIS, and prints what came back.
 *
 *	ask [-c CONNECTIONS] [-s SECONDS] [-r RATE] [-u] [-w FOLDER] PORT NAMES PREFIX     GET PREFIX/NAME, kept alive
 *	ask -W [-c …] [-s …] [-r …] [-u] PORT NAMES                                    one connection a query
 *	ask -S BYTES PORT                                      a server that answers so many bytes, whatever is asked
 *
 * NAMES is a file with a name a line, or the first column of a CSV with a header. They are asked for in turn, or with
 * -u in random order, another one each time; -w asks for each once and keeps the bodies as FOLDER/NAME. Without -r each
 * client asks as soon as it is answered; with -r questions are due at RATE a second whether or not answers come, and an
 * answer's time is counted from when its question was due. While the machine keeps this program itself from running, for more than
 * STOPPED_USEC at a time, nothing falls due: that would be said of the server. It never sleeps, since the server would pay
 * for waking it: an interrupt to another core for each answer, as soon as it is the slower of the two. Prints `done N/s ok K other K p50 US p99 US
 * max US stopped US`.
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

enum { CONNS_MAX = 1024, REPLY_MAX = 65536, SAMPLES_MAX = 4000000, NAMES_MAX = 6000000, STOPPED_USEC = 2000 };
struct conn {
	int fd, in_n;
	bool busy;
	int64_t due, which;
	char in[REPLY_MAX];
};

static struct conn *conn;
static uint32_t *sample;
static char **name;
static const char *prefix, *folder;
static int64_t nnames, ok, other, nsamples, counter, began, asked, stopped;
static int nconns = 64, port, ep;
static double rate, seconds_max = 2;
static bool whois, uniform;
static uint64_t seed = 88172645463325252ULL;

static void die(const char *what)
{
	fprintf(stderr, "ask: %s: %s\n", what, strerror(errno));
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
	if (!nnames)
		die("no names");
}

static int64_t next_name(void)
{
	if (!uniform)
		return counter++ % nnames;
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (int64_t)(seed % (uint64_t)nnames);
}

/* ── one question ── */

static void conn_open(struct conn *c)
{
	struct epoll_event ev = { .events = EPOLLIN, .data = { .u32 = (uint32_t)(c - conn) } };
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = htons((uint16_t)port),
				 .sin_addr = { htonl(INADDR_LOOPBACK) } };
	c->fd = socket(AF_INET, SOCK_STREAM, 0);
	if (c->fd < 0 || connect(c->fd, (struct sockaddr *)&a, sizeof a))
		die("connect");
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
	if (whois) /* so that ports don't run out */
		setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &(struct linger){ 1, 0 }, sizeof(struct linger));
	fcntl(c->fd, F_SETFL, O_NONBLOCK);
	epoll_ctl(ep, EPOLL_CTL_ADD, c->fd, &ev);
}

static void conn_ask(struct conn *c, int64_t due)
{
	char out[1024];
	c->which = next_name();
	int n = whois ? snprintf(out, sizeof out, "%s\r\n", name[c->which])
		      : snprintf(out, sizeof out, "GET %s/%s HTTP/1.1\r\nHost: localhost\r\n\r\n", prefix,
				 name[c->which]);
	if (whois)
		conn_open(c);
	c->due = due;
	c->busy = true;
	c->in_n = 0;
	asked++;
	if (send(c->fd, out, (size_t)n, MSG_NOSIGNAL) != n)
		die("send");
}

/* Where the body begins when all of it is there; −1: not yet. */
static int whole(struct conn *c)
{
	char *end = memmem(c->in, (size_t)c->in_n, "\r\n\r\n", 4);
	if (!end)
		return -1;
	*end = 0;
	char *len = strcasestr(c->in, "content-length:");
	*end = '\r';
	int body = (int)(end - c->in) + 4;
	return len && c->in_n >= body + atoi(len + 15) ? body : -1;
}

static void body_keep(const struct conn *c, int body)
{
	char path[1024];
	snprintf(path, sizeof path, "%s/%s", folder, name[c->which]);
	FILE *f = fopen(path, "w");
	if (!f || fwrite(c->in + body, 1, (size_t)(c->in_n - body), f) != (size_t)(c->in_n - body))
		die(path);
	fclose(f);
}

static void answered(struct conn *c, bool good)
{
	if (good)
		ok++;
	else if (!other++)
		fprintf(stderr, "ask: first other answer: %.200s\n", c->in);
	if (nsamples < SAMPLES_MAX)
		sample[nsamples++] = (uint32_t)(now() - c->due);
	c->busy = false;
	if (whois)
		close(c->fd);
	if (rate == 0 && (!folder || counter < nnames))
		conn_ask(c, now());
}

static void conn_read(struct conn *c)
{
	ssize_t n;
	while ((n = recv(c->fd, c->in + c->in_n, (size_t)(REPLY_MAX - 1 - c->in_n), 0)) > 0)
		c->in_n += (int)n;
	c->in[c->in_n] = 0;
	if (whois) {
		if (n == 0)
			answered(c, c->in_n > 0 && strncmp(c->in, "% ", 2) != 0);
		else if (errno != EAGAIN)
			die("recv");
		return;
	}
	if (n == 0 || errno != EAGAIN)
		die("the server closed a connection");
	int body = c->busy ? whole(c) : -1;
	if (body < 0)
		return;
	if (folder)
		body_keep(c, body);
	answered(c, !strncmp(c->in, "HTTP/1.1 200", 12));
}

/* ── the clock ── */

/* Asks what is due of free clients. */
static void ask_due(void)
{
	static int turn;
	int64_t t = now();
	for (int i = 0; i < nconns; i++) {
		int64_t due = began + (int64_t)((double)asked * 1e6 / rate);
		if (due > t)
			return;
		if (!conn[turn].busy)
			conn_ask(&conn[turn], due);
		turn = (turn + 1) % nconns;
	}
}

/* Between two rounds of a loop that never waits. */
static void skip_stop(void)
{
	static int64_t last;
	int64_t t = now(), gap = last ? t - last : 0;
	if (gap > STOPPED_USEC) {
		began += gap;
		stopped += gap;
	}
	last = t;
}

static void run(int64_t end)
{
	while (now() < end && (!folder || ok + other < nnames)) {
		struct epoll_event ev[256];
		if (rate > 0) {
			skip_stop();
			ask_due();
		}
		int n = epoll_wait(ep, ev, 256, 0);
		for (int i = 0; i < n; i++)
			conn_read(&conn[ev[i].data.u32]);
	}
}

/* ── the reference of WHOIS ── */

static _Noreturn void serve(int bytes)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = htons((uint16_t)port),
				 .sin_addr = { htonl(INADDR_LOOPBACK) } };
	char line[512], *text = malloc((size_t)bytes);
	int s = socket(AF_INET, SOCK_STREAM, 0);
	if (!text || setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int)) ||
	    bind(s, (struct sockaddr *)&a, sizeof a) || listen(s, SOMAXCONN))
		die("listen");
	memset(text, 'x', (size_t)bytes);
	for (;;) {
		int c = accept(s, NULL, NULL);
		if (c >= 0 && recv(c, line, sizeof line, 0) > 0)
			(void)!send(c, text, (size_t)bytes, MSG_NOSIGNAL);
		close(c);
	}
}

int main(int argc, char **argv)
{
	int c, bytes = 0;
	while ((c = getopt(argc, argv, "c:s:r:uw:WS:")) > 0)
		switch (c) {
		case 'c':
			nconns = atoi(optarg);
			break;
		case 's':
			seconds_max = atof(optarg);
			break;
		case 'r':
			rate = atof(optarg);
			break;
		case 'u':
			uniform = true;
			break;
		case 'w':
			folder = optarg;
			break;
		case 'W':
			whois = true;
			break;
		case 'S':
			bytes = atoi(optarg);
			break;
		default:
			return 2;
		}
	argv += optind;
	if (argc - optind < (bytes ? 1 : whois ? 2 : 3) || nconns < 1 || nconns > CONNS_MAX)
		return fputs("usage: ask [-W] [-c N] [-s N] [-r N] [-u] [-w FOLDER] PORT NAMES [PREFIX]\n", stderr), 2;
	port = atoi(argv[0]);
	if (bytes)
		serve(bytes);
	prefix = whois ? "" : argv[2];
	names_read(argv[1]);
	/* Else a second run would ask for what the first left in memory. */
	seed ^= (uint64_t)now() * 0x9e3779b97f4a7c15ULL;
	if (!(sample = malloc(sizeof *sample * SAMPLES_MAX)) || !(conn = calloc((size_t)nconns, sizeof *conn)))
		die("no memory");
	signal(SIGPIPE, SIG_IGN);
	ep = epoll_create1(0);
	began = now();
	for (int i = 0; i < nconns; i++) {
		if (!whois)
			conn_open(&conn[i]);
		if (rate == 0)
			conn_ask(&conn[i], now());
	}
	run(began + (int64_t)(seconds_max * 1e6));
	double took = (double)(now() - began + stopped) / 1e6;
	for (int i = 0; i < nconns && rate > 0; i++) /* who still waits has waited at least so long */
		if (conn[i].busy && nsamples < SAMPLES_MAX)
			sample[nsamples++] = (uint32_t)(now() - conn[i].due);
	qsort(sample, (size_t)nsamples, sizeof *sample, sample_cmp);
	printf("done %.0f/s ok %lld other %lld p50 %u us p99 %u us max %u us stopped %lld us\n", (double)ok / took,
	       (long long)ok, (long long)other, nsamples ? sample[nsamples / 2] : 0,
	       nsamples ? sample[nsamples * 99 / 100] : 0, nsamples ? sample[nsamples - 1] : 0, (long long)stopped);
	return other > 0;
}
