/* An SMTP server that takes everything and keeps nothing, and a bare client to show how fast it is.
 *
 *	sink PORT               serves; on SIGTERM it prints `taken N`, `first_s` and `last_s` (monotonic) and ends
 *	sink PORT N SIZE CONNS  hands it N messages of SIZE bytes on so many connections at once, a process each, as a mail
 *	                        program does: MAIL, RCPT and DATA each wait for their answer; prints `rate` a second
 */
#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "clockwork.h"

enum { PEERS = 64, ROOM = 1 << 16 };
struct peer {
	int fd;
	size_t n;
	bool data; /* a message is coming */
	char buf[ROOM];
};
static volatile sig_atomic_t over;
static struct peer *peers[PEERS];
static int npeers;
static long taken;
static double first, last;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void stop(int sig)
{
	(void)sig;
	over = 1;
}

static struct sockaddr_in address(const char *port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_port = htons((uint16_t)atoi(port)),
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

static void say(int fd, const char *text)
{
	for (size_t n = strlen(text), at = 0; at < n;) {
		ssize_t w = write(fd, text + at, n - at);
		if (w <= 0)
			return;
		at += (size_t)w;
	}
}

/* ── serving ── */

static void line(struct peer *p, const char *s, size_t n)
{
	if (p->data) {
		if (n != 1 || *s != '.')
			return;
		p->data = false;
		taken++;
		last = seconds();
		first = first > 0 ? first : last;
		say(p->fd, "250 2.0.0 taken\r\n");
	} else if (n >= 4 && !strncasecmp(s, "EHLO", 4)) {
		say(p->fd, "250-sink\r\n250-8BITMIME\r\n250 SIZE 10000000\r\n");
	} else if (n >= 4 && !strncasecmp(s, "DATA", 4)) {
		p->data = true;
		say(p->fd, "354 go on\r\n");
	} else if (n >= 4 && !strncasecmp(s, "QUIT", 4)) {
		say(p->fd, "221 bye\r\n");
	} else {
		say(p->fd, "250 2.0.0 good\r\n");
	}
}

static void lines(struct peer *p)
{
	char *from = p->buf, *end = p->buf + p->n, *nl;
	while ((nl = memchr(from, '\n', (size_t)(end - from)))) {
		size_t n = (size_t)(nl - from);
		line(p, from, n && from[n - 1] == '\r' ? n - 1 : n);
		from = nl + 1;
	}
	p->n = (size_t)(end - from);
	memmove(p->buf, from, p->n);
	if (p->n == ROOM) /* no line of a letter is so long */
		p->n = 0;
}

static bool hear(struct peer *p)
{
	ssize_t n = read(p->fd, p->buf + p->n, ROOM - p->n);
	if (n <= 0)
		return false;
	p->n += (size_t)n;
	lines(p);
	return true;
}

static void come(int listening)
{
	int fd = accept(listening, NULL, NULL);
	struct peer *p = fd < 0 || npeers == PEERS ? NULL : calloc(1, sizeof *p);
	if (!p) {
		if (fd >= 0)
			close(fd);
		return;
	}
	p->fd = fd;
	peers[npeers++] = p;
	say(fd, "220 sink\r\n");
}

static void leave(int i)
{
	close(peers[i]->fd);
	free(peers[i]);
	peers[i] = peers[--npeers];
}

static int serve(const char *port)
{
	struct sockaddr_in a = address(port);
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(fd, (struct sockaddr *)&a, sizeof a) || listen(fd, PEERS))
		die("bind");
	while (!over) {
		struct pollfd p[PEERS + 1] = { { .fd = fd, .events = POLLIN } };
		int n = npeers;
		for (int i = 0; i < n; i++)
			p[i + 1] = (struct pollfd){ .fd = peers[i]->fd, .events = POLLIN };
		if (poll(p, (nfds_t)n + 1, 100) <= 0)
			continue;
		for (int i = n - 1; i >= 0; i--)
			if (p[i + 1].revents && !hear(peers[i]))
				leave(i);
		if (p[0].revents)
			come(fd);
	}
	printf("taken %ld\nfirst_s %.6f\nlast_s %.6f\n", taken, first, last);
	return 0;
}

/* ── the bare client ── */

static void answer(FILE *in)
{
	char buf[1000];
	do
		if (!fgets(buf, sizeof buf, in))
			die("the sink");
	while (buf[3] == '-');
	if (*buf != '2' && *buf != '3')
		die(buf);
}

static void feed(const char *port, long n, size_t size)
{
	struct sockaddr_in a = address(port);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	FILE *in = connect(fd, (struct sockaddr *)&a, sizeof a) ? NULL : fdopen(fd, "r");
	char *body = malloc(size + 8);
	if (!in || !body)
		die("connect");
	for (size_t i = 0; i < size; i++)
		body[i] = i % 72 == 70 ? '\r' : i % 72 == 71 ? '\n' : 'x';
	snprintf(body + size - size % 72, 8, "\r\n.\r\n");
	answer(in);
	say(fd, "EHLO bench\r\n");
	answer(in);
	for (long i = 0; i < n; i++) {
		static const char *const words[] = { "MAIL FROM:<survey@cert.example>\r\n",
						     "RCPT TO:<somebody@example.tw>\r\n", "DATA\r\n" };
		for (int k = 0; k < 3; k++) {
			say(fd, words[k]);
			answer(in);
		}
		say(fd, body);
		answer(in);
	}
	free(body);
	fclose(in);
}

static int feed_all(const char *port, long n, size_t size, long connections)
{
	bool well = true;
	double began = seconds();
	for (long i = 0; i < connections; i++) {
		pid_t child = fork();
		if (child < 0)
			die("fork");
		if (child)
			continue;
		feed(port, n / connections + (i < n % connections), size);
		exit(0);
	}
	for (int status; wait(&status) > 0;)
		well = well && status == 0;
	printf("rate %.0f\n", (double)n / (seconds() - began));
	return !well;
}

int main(int argc, char **argv)
{
	signal(SIGTERM, stop);
	signal(SIGPIPE, SIG_IGN);
	if (argc == 5 && atol(argv[2]) > 0 && atol(argv[3]) >= 72 && atol(argv[4]) > 0 && atol(argv[4]) <= PEERS)
		return feed_all(argv[1], atol(argv[2]), (size_t)atol(argv[3]), atol(argv[4]));
	if (argc == 2)
		return serve(argv[1]);
	fprintf(stderr, "usage: sink PORT [N SIZE CONNECTIONS]\n");
	return 2;
}
