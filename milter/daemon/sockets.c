#include "sockets.h"

#include <errno.h>
#include <grp.h>
#include <netdb.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static bool
failed(struct buf *err, const struct conf_listen *l, const char *what)
{
	buf_addf(err, "listen: %s: %s: %s\n", l->text, what, strerror(errno));
	return false;
}

static gid_t
socket_group(const struct conf *c)
{
	const struct passwd *pw;
	const struct group *gr;

	if (c->socket_group[0] != '\0' && (gr = getgrnam(c->socket_group)) != NULL)
		return gr->gr_gid;
	pw = geteuid() == 0 ? getpwnam(c->user) : NULL;
	return pw != NULL ? pw->pw_gid : getegid();
}

/* True where a program answers on that socket. */
static bool
somebody_listens(const struct sockaddr_un *sun)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool yes;

	if (fd == -1)
		return true;
	yes = connect(fd, (const struct sockaddr *)sun, sizeof(*sun)) == 0 ||
	      (errno != ECONNREFUSED && errno != ENOENT);
	close(fd);
	return yes;
}

static bool
clear_path(const struct conf_listen *l, const struct sockaddr_un *sun, struct buf *err)
{
	struct stat st;

	if (lstat(l->path, &st) == -1)
		return errno == ENOENT || failed(err, l, "cannot look at it");
	if (!S_ISSOCK(st.st_mode)) {
		errno = EEXIST;
		return failed(err, l, "there is a file of that name that is no socket");
	}
	if (somebody_listens(sun)) {
		errno = EADDRINUSE;
		return failed(err, l, "another program listens there");
	}
	return unlink(l->path) == 0 || failed(err, l, "cannot remove the stale socket");
}

/* The folder of the default socket is ours to make; any other is the admin's. */
static void
make_default_folder(const struct conf *c, const struct conf_listen *l)
{
	static const char *const ours[] = {"/var/spool/postfix/gatepost", "/run/gatepost"};
	const char *slash = strrchr(l->path, '/');
	size_t i, n = (size_t)(slash - l->path);

	for (i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
		if (strlen(ours[i]) != n || strncmp(ours[i], l->path, n) != 0)
			continue;
		if (mkdir(ours[i], 0750) == 0 && chown(ours[i], (uid_t)-1, socket_group(c)) == -1)
			rmdir(ours[i]);
	}
}

static bool
open_unix(const struct conf *c, const struct conf_listen *l, struct sockets *s, struct buf *err)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	mode_t mask;
	int fd, r;

	make_default_folder(c, l);
	strlcpy(sun.sun_path, l->path, sizeof(sun.sun_path));
	if (!clear_path(l, &sun, err))
		return false;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return failed(err, l, "cannot open a socket");
	mask = umask(0177); /* nobody gets in before mode and group are right */
	r = bind(fd, (struct sockaddr *)&sun, sizeof(sun));
	umask(mask);
	if (r == -1) {
		failed(err, l, "cannot bind");
		close(fd);
		return false;
	}
	s->fd[s->n] = fd;
	s->unlink_path[s->n++] = strdup(l->path);
	if (chown(l->path, (uid_t)-1, socket_group(c)) == -1 && geteuid() == 0)
		return failed(err, l, "cannot give it to socket_group");
	if (chmod(l->path, c->socket_mode) == -1)
		return failed(err, l, "cannot set socket_mode");
	return listen(fd, SOMAXCONN) == 0 || failed(err, l, "cannot listen");
}

static int
open_address(const struct addrinfo *ai)
{
	const int on = 1;
	int fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), err;

	if (fd == -1)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (ai->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(fd, ai->ai_addr, ai->ai_addrlen) == 0 && listen(fd, SOMAXCONN) == 0)
		return fd;
	err = errno;
	close(fd);
	errno = err;
	return -1;
}

static bool
open_inet(const struct conf_listen *l, struct sockets *s, struct buf *err)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE}, *list, *ai;
	bool any = strcmp(l->host, "*") == 0, good = true;
	char port[8];
	int r;

	hints.ai_family = l->family == LISTEN_INET ? AF_INET : AF_INET6;
	snprintf(port, sizeof(port), "%u", l->port);
	r = getaddrinfo(any ? NULL : l->host, port, &hints, &list);
	if (r != 0) {
		buf_addf(err, "listen: %s: %s\n", l->text, gai_strerror(r));
		return false;
	}
	for (ai = list; good && ai != NULL && s->n < SOCKETS_MAX; ai = ai->ai_next) {
		s->fd[s->n] = open_address(ai);
		if (s->fd[s->n] == -1)
			good = failed(err, l, "cannot listen");
		else
			s->unlink_path[s->n++] = NULL;
	}
	freeaddrinfo(list);
	return good;
}

bool
sockets_open(const struct conf *c, struct sockets *s, struct buf *err)
{
	const struct conf_listen *l;
	bool good = true;
	size_t i;

	*s = (struct sockets){0};
	for (i = 0; good && i < c->nlisten && s->n < SOCKETS_MAX; i++) {
		l = &c->listen[i];
		good = l->family == LISTEN_UNIX ? open_unix(c, l, s, err) : open_inet(l, s, err);
	}
	if (!good)
		sockets_close(s);
	return good;
}

void
sockets_close(struct sockets *s)
{
	size_t i;

	for (i = 0; i < s->n; i++) {
		close(s->fd[i]);
		if (s->unlink_path[i] != NULL)
			unlink(s->unlink_path[i]);
		free(s->unlink_path[i]);
	}
	s->n = 0;
}
