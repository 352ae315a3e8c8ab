#include "conf/listen.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>
#include <sys/un.h>

#include "base/cidr.h"
#include "base/domain.h"

#define FORMS "unix:/path, inet:port@host or inet6:port@host"
#define NO_MEMORY "more memory than there is"

/* Pieces of the text. */
struct piece {
	const char *s;
	size_t n;
};

static const char *
parse_path(const char *path, struct arena *a, struct conf_listen *l)
{
	size_t n = strlen(path);

	if (path[0] != '/' || n < 2 || path[n - 1] == '/')
		return "an absolute path after unix:";
	if (n >= sizeof(((struct sockaddr_un *)NULL)->sun_path))
		return "a path of at most 107 octets";
	l->path = arena_strdup(a, path);
	return l->path != NULL ? NULL : NO_MEMORY;
}

static bool
parse_port(struct piece p, unsigned *port)
{
	size_t i;

	if (p.n == 0 || p.n > 5)
		return false;
	*port = 0;
	for (i = 0; i < p.n; i++) {
		if (!isdigit((unsigned char)p.s[i]))
			return false;
		*port = *port * 10 + (unsigned)(p.s[i] - '0');
	}
	return *port >= 1 && *port <= 65535;
}

/* Cuts "port@host", "host:port" or "port". False where an address has no brackets. */
static bool
cut(const char *s, struct piece *host, struct piece *port)
{
	const char *at = strchr(s, '@');
	const char *colon = strrchr(s, ':');

	*host = (struct piece){s, 0};
	*port = (struct piece){s, strlen(s)};
	if (at != NULL) {
		*host = (struct piece){at + 1, strlen(at + 1)};
		port->n = (size_t)(at - s);
		return true;
	}
	if (colon == NULL)
		return true;
	*host = (struct piece){s, (size_t)(colon - s)};
	*port = (struct piece){colon + 1, strlen(colon + 1)};
	return memchr(s, ':', host->n) == NULL || (s[0] == '[' && colon[-1] == ']');
}

/* The host without brackets; "*" where there is none. */
static const char *
parse_host(struct piece p, struct arena *a, struct conf_listen *l)
{
	char name[DOMAIN_BUF];
	bool brackets = p.n >= 2 && p.s[0] == '[' && p.s[p.n - 1] == ']';
	struct ip ip;

	if (brackets)
		p = (struct piece){p.s + 1, p.n - 2};
	else if (p.n == 0)
		p = (struct piece){"*", 1};
	l->host = arena_strndup(a, p.s, p.n);
	if (l->host == NULL)
		return NO_MEMORY;
	if (strcmp(l->host, "*") == 0 && !brackets)
		return NULL;
	if (ip_parse(l->host, &ip) && p.s[0] != '[') {
		if ((strchr(l->host, ':') != NULL) != (l->family == LISTEN_INET6))
			return "inet: with an IPv4 address, or inet6: with an IPv6 address";
		return brackets && l->family == LISTEN_INET ? "an IPv4 address without brackets"
							    : NULL;
	}
	if (brackets || !domain_canonical(p.s, p.n, name))
		return "an address, a host's name or * as host";
	return NULL;
}

static const char *
parse_inet(const char *s, struct arena *a, struct conf_listen *l)
{
	struct piece host, port;

	if (!cut(s, &host, &port))
		return "brackets round an IPv6 address before a port";
	if (!parse_port(port, &l->port))
		return "a port from 1 to 65535, as in inet:8891@127.0.0.1";
	return parse_host(host, a, l);
}

const char *
listen_parse(const char *s, struct arena *a, struct conf_listen *l)
{
	static const struct {
		const char *prefix;
		enum listen_family family;
	} t[] = {{"unix:", LISTEN_UNIX}, {"local:", LISTEN_UNIX}, {"inet:", LISTEN_INET},
	    {"inet6:", LISTEN_INET6}};
	size_t i, n;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		n = strlen(t[i].prefix);
		if (strncmp(s, t[i].prefix, n) != 0)
			continue;
		*l = (struct conf_listen){.family = t[i].family, .text = arena_strdup(a, s)};
		if (l->text == NULL)
			return NO_MEMORY;
		return l->family == LISTEN_UNIX ? parse_path(s + n, a, l) : parse_inet(s + n, a, l);
	}
	return FORMS;
}

static bool
same_host(const char *a, const char *b)
{
	struct ip x, y;

	if (ip_parse(a, &x) && ip_parse(b, &y))
		return ip_equal(&x, &y);
	return strcasecmp(a, b) == 0;
}

bool
listen_same(const struct conf_listen *a, const struct conf_listen *b)
{
	if (a->family != b->family)
		return false;
	if (a->family == LISTEN_UNIX)
		return strcmp(a->path, b->path) == 0;
	return a->port == b->port && same_host(a->host, b->host);
}
