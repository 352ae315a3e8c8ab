#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool
explain(const char *folder, const char *name, struct buf *err)
{
	buf_addf(err, "%s%s%s: %s", folder, name[0] != '\0' ? "/" : "", name, strerror(errno));
	return false;
}

bool
files_folder(const char *path, const struct files_owner *owner, bool *made, struct buf *err)
{
	*made = mkdir(path, 0700) == 0;
	if (!*made)
		return errno == EEXIST || explain(path, "", err);
	if (geteuid() == 0 && chown(path, owner->uid, owner->gid) == -1)
		return explain(path, "", err);
	return true;
}

static int
open_folder(const char *folder, struct buf *err)
{
	int fd;

	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		explain(folder, "", err);
	return fd;
}

bool
files_exists(const char *folder, const char *name)
{
	struct stat st;
	bool exists;
	int dir;

	dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir == -1)
		return false;
	exists = fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
	close(dir);
	return exists;
}

static bool
write_all(int fd, const char *data, size_t n)
{
	ssize_t r;

	while (n > 0) {
		r = write(fd, data, n);
		if (r == -1 && errno == EINTR)
			continue;
		if (r <= 0)
			return false;
		data += r;
		n -= (size_t)r;
	}
	return true;
}

/* The owner comes before the secret does. */
static bool
fill(int fd, const struct buf *content, const struct files_owner *owner)
{
	if (fchmod(fd, 0600) == -1)
		return false;
	if (geteuid() == 0 && fchown(fd, owner->uid, owner->gid) == -1)
		return false;
	return write_all(fd, content->data, content->len) && fsync(fd) == 0;
}

static bool
create_in(int dir, const char *name, const struct buf *content, const struct files_owner *owner)
{
	char temporary[64];
	bool ok;
	int fd;

	snprintf(
	    temporary, sizeof(temporary), ".gatepost-keys.%08x%08x", arc4random(), arc4random());
	fd = openat(dir, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd == -1)
		return false;
	/* link() and not rename(): it never replaces what is there. */
	ok = fill(fd, content, owner) && linkat(dir, temporary, dir, name, 0) == 0;
	close(fd);
	if (!ok) {
		int saved = errno;

		unlinkat(dir, temporary, 0);
		errno = saved;
		return false;
	}
	return unlinkat(dir, temporary, 0) == 0 && fsync(dir) == 0;
}

bool
files_create(const char *folder, const char *name, const struct buf *content,
    const struct files_owner *owner, struct buf *err)
{
	bool ok;
	int dir;

	dir = open_folder(folder, err);
	if (dir == -1)
		return false;
	ok = create_in(dir, name, content, owner) || explain(folder, name, err);
	close(dir);
	return ok;
}

static bool
rename_in(int dir, const char *from, const char *to)
{
	return linkat(dir, from, dir, to, 0) == 0 && unlinkat(dir, from, 0) == 0 && fsync(dir) == 0;
}

bool
files_rename(const char *folder, const char *from, const char *to, struct buf *err)
{
	bool ok;
	int dir;

	dir = open_folder(folder, err);
	if (dir == -1)
		return false;
	ok = rename_in(dir, from, to) || explain(folder, errno == EEXIST ? to : from, err);
	close(dir);
	return ok;
}

void
files_remove(const char *folder, const char *name)
{
	int dir;

	dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir == -1)
		return;
	unlinkat(dir, name, 0);
	close(dir);
}
