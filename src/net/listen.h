/* listen.h — listening sockets for the servers of this room: one a loop, on the same port (SO_REUSEPORT). */
#ifndef NET_LISTEN_H
#define NET_LISTEN_H
#include <netdb.h>
#include <sys/socket.h>
#include "base/addr.h"

/* host:port, [v6]:port, *:port; NULL when it can't be read or resolved. freeaddrinfo it. */
struct addrinfo *listen_resolve(const char *where);
/* Bound and listening, not blocking; `port` overrides what ai says where it is not 0. −1 with errno. */
int listen_open(const struct addrinfo *ai, int port);
int listen_port(int fd);					       /* 0 when it can't be told */
void listen_peer(const struct sockaddr_storage *sa, struct addr *out); /* a mapped IPv4 address as IPv4 */
#endif
