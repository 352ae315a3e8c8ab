#include "keyfile.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct keyfile_scratch *
keyfile_scratch_new(void)
{
	return calloc(1, sizeof(struct keyfile_scratch));
}

void
keyfile_scratch_free(struct keyfile_scratch *s)
{
	if (s == NULL)
		return;
	OPENSSL_cleanse(s, sizeof(*s));
	free(s);
}

void
keyfile_stamp(const struct stat *st, struct keyfile_stamp *stamp)
{
	stamp->dev = st->st_dev;
	stamp->ino = st->st_ino;
	stamp->size = st->st_size;
	stamp->mtime = st->st_mtim;
	stamp->ctime = st->st_ctim;
}

static bool
same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

bool
keyfile_same(const struct keyfile_stamp *a, const struct keyfile_stamp *b)
{
	return a->ino != 0 && a->ino == b->ino && a->dev == b->dev && a->size == b->size &&
	       same_time(&a->mtime, &b->mtime) && same_time(&a->ctime, &b->ctime);
}

static bool
complain(const char *path, const char *why, struct buf *err)
{
	secrecy_path(path, err);
	buf_addf(err, ": %s\n", why);
	return false;
}

static void
complain_open(
    int dirfd, const char *name, const char *path, const struct secrecy *s, struct buf *err)
{
	struct stat st;
	int saved = errno;

	if (saved == EACCES && fstatat(dirfd, name, &st, 0) == 0)
		secrecy_unreadable(s, &st, path, err);
	else if (saved == ENOENT && fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		complain(path, "a symbolic link to nothing", err);
	else
		complain(path, strerror(saved), err);
}

/*
 * Reads the file. What is as long as fstat() said needs no second read to see
 * its end; one byte more than allowed tells that it is too long.
 */
static ssize_t
read_all(int fd, char *to, size_t expected)
{
	size_t n = 0;
	ssize_t r;

	do {
		r = read(fd, to + n, PEM_MAX + 1 - n);
		if (r == -1 && errno == EINTR)
			continue;
		if (r == -1)
			return -1;
		n += (size_t)r;
	} while (r != 0 && n != expected && n <= PEM_MAX);
	return (ssize_t)n;
}

static bool
read_content(int fd, const struct stat *st, const char *path, struct keyfile_scratch *room,
    struct pem_key *key, struct buf *err)
{
	enum pem_result r;
	ssize_t n;

	n = read_all(fd, room->text, (size_t)st->st_size);
	if (n == -1)
		return complain(path, strerror(errno), err);
	if (n == 0)
		return complain(path, "is empty", err);
	if (n > PEM_MAX)
		return complain(path, "is longer than 64 KiB", err);
	r = pem_parse(room->text, (size_t)n, room->der, key);
	return r == PEM_OK || complain(path, pem_explain(r), err);
}

static bool
is_settled(const struct stat *st)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return st->st_ctim.tv_sec + 1 < now.tv_sec;
}

bool
keyfile_read(int dirfd, const char *name, const char *path, const struct secrecy *s,
    struct keyfile_scratch *room, struct pem_key *key, struct keyfile_stamp *stamp, struct buf *err)
{
	struct stat st;
	bool ok;
	int fd;

	/* Not to wait for a writer, should it be a FIFO. */
	fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd == -1) {
		complain_open(dirfd, name, path, s, err);
		return false;
	}
	if (fstat(fd, &st) == -1)
		ok = complain(path, strerror(errno), err);
	else if (!S_ISREG(st.st_mode))
		ok = complain(path, "is not a regular file", err);
	else
		ok = secrecy_file(s, &st, path, err) && read_content(fd, &st, path, room, key, err);
	close(fd);
	if (!ok)
		return false;
	keyfile_stamp(&st, stamp);
	if (!is_settled(&st))
		stamp->ino = 0;
	return true;
}
