#include "endpoint.h"

#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

static bool
parse_unix(const char *path, struct endpoint *e)
{
	struct sockaddr_un *un = (struct sockaddr_un *)&e->addr;

	if (*path == '\0' ||
	    strlcpy(un->sun_path, path, sizeof(un->sun_path)) >= sizeof(un->sun_path)) {
		fprintf(stderr, "milter-load: %s: no such path for a socket\n", path);
		return false;
	}
	un->sun_family = AF_UNIX;
	e->len = sizeof(*un);
	return true;
}

static bool
resolve(const char *host, const char *port, int family, struct endpoint *e)
{
	struct addrinfo hints = {.ai_family = family, .ai_socktype = SOCK_STREAM}, *found;
	int rc = getaddrinfo(host, port, &hints, &found);

	if (rc != 0) {
		fprintf(stderr, "milter-load: %s port %s: %s\n", host, port, gai_strerror(rc));
		return false;
	}
	memcpy(&e->addr, found->ai_addr, found->ai_addrlen);
	e->len = found->ai_addrlen;
	freeaddrinfo(found);
	return true;
}

/* Splits "port@host" or "host:port" in place. */
static bool
split(char *text, const char **host, const char **port)
{
	char *at = strchr(text, '@'), *colon = strrchr(text, ':');
	size_t len;

	if (at != NULL) {
		*at = '\0';
		*port = text;
		text = at + 1;
	} else if (colon != NULL) {
		*colon = '\0';
		*port = colon + 1;
	} else {
		return false;
	}
	len = strlen(text);
	if (len > 2 && text[0] == '[' && text[len - 1] == ']') {
		text[len - 1] = '\0';
		text++;
	}
	*host = text;
	return **host != '\0' && **port != '\0';
}

bool
endpoint_parse(const char *spec, struct endpoint *e)
{
	char text[512];
	const char *host, *port, *rest = strchr(spec, ':');
	size_t kind = rest == NULL ? 0 : (size_t)(rest - spec);

	memset(e, 0, sizeof(*e));
	if (kind == 0 && spec[0] == '/')
		return parse_unix(spec, e);
	if ((kind == 4 && memcmp(spec, "unix", 4) == 0) ||
	    (kind == 5 && memcmp(spec, "local", 5) == 0))
		return parse_unix(rest + 1, e);
	if (rest != NULL && strlcpy(text, rest + 1, sizeof(text)) < sizeof(text) &&
	    split(text, &host, &port)) {
		if (kind == 4 && memcmp(spec, "inet", 4) == 0)
			return resolve(host, port, AF_INET, e);
		if (kind == 5 && memcmp(spec, "inet6", 5) == 0)
			return resolve(host, port, AF_INET6, e);
	}
	fprintf(stderr, "milter-load: %s: expected unix:/path, inet:port@host or inet:host:port\n",
	    spec);
	return false;
}
