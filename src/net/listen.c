#include "net/listen.h"
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { BACKLOG = 1024 };

void listen_peer(const struct sockaddr_storage *sa, struct addr *out)
{
	*out = (struct addr){ .family = 4 };
	if (sa->ss_family == AF_INET) {
		memcpy(out->b, &((const struct sockaddr_in *)sa)->sin_addr, 4);
		return;
	}
	const struct in6_addr *a = &((const struct sockaddr_in6 *)sa)->sin6_addr;
	if (IN6_IS_ADDR_V4MAPPED(a)) {
		memcpy(out->b, a->s6_addr + 12, 4);
		return;
	}
	out->family = 6;
	memcpy(out->b, a->s6_addr, 16);
}

int listen_open(const struct addrinfo *ai, int port)
{
	int on = 1, fd = socket(ai->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct sockaddr_storage sa = { 0 };
	if (fd < 0)
		return -1;
	memcpy(&sa, ai->ai_addr, ai->ai_addrlen);
	if (port && sa.ss_family == AF_INET)
		((struct sockaddr_in *)&sa)->sin_port = htons((uint16_t)port);
	if (port && sa.ss_family == AF_INET6)
		((struct sockaddr_in6 *)&sa)->sin6_port = htons((uint16_t)port);
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) ||
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) ||
	    bind(fd, (struct sockaddr *)&sa, ai->ai_addrlen) || listen(fd, BACKLOG)) {
		close(fd);
		return -1;
	}
	return fd;
}

int listen_port(int fd)
{
	struct sockaddr_storage sa;
	socklen_t n = sizeof sa;
	if (getsockname(fd, (struct sockaddr *)&sa, &n))
		return 0;
	return ntohs(sa.ss_family == AF_INET ? ((struct sockaddr_in *)&sa)->sin_port
					     : ((struct sockaddr_in6 *)&sa)->sin6_port);
}

struct addrinfo *listen_resolve(const char *where)
{
	char host[256];
	const char *colon = strrchr(where, ':');
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV }, *ai = NULL;
	size_t n = colon ? (size_t)(colon - where) : 0;
	if (!colon || n >= sizeof host)
		return NULL;
	bool bracket = n > 1 && where[0] == '[' && where[n - 1] == ']';
	snprintf(host, sizeof host, "%.*s", (int)(bracket ? n - 2 : n), where + bracket);
	bool any = !*host || !strcmp(host, "*");
	return getaddrinfo(any ? NULL : host, colon + 1, &hints, &ai) ? NULL : ai;
}
