/* Where a milter listens, in the spellings that milters and MTAs use. */
#ifndef LOAD_ENDPOINT_H
#define LOAD_ENDPOINT_H

#include <stdbool.h>
#include <sys/socket.h>

struct endpoint {
	struct sockaddr_storage addr;
	socklen_t len;
};

/*
 * unix:/path, local:/path, inet:port@host, inet:host:port, inet6:port@host, inet6:[address]:port.
 * Names are looked up. False, with a message on stderr, where that is malformed or unknown.
 */
bool endpoint_parse(const char *, struct endpoint *);

#endif
