#include "message_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static const char *
read_all(int fd, struct buf *out)
{
	char chunk[65536];
	ssize_t n;

	while ((n = read(fd, chunk, sizeof(chunk))) != 0) {
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return strerror(errno);
		buf_add(out, chunk, (size_t)n);
		if (out->failed)
			return "too large";
	}
	return NULL;
}

/* Judged by the first line, as mail programs that save messages are of one mind about all. */
static bool
has_unix_line_ends(const struct buf *b)
{
	const char *lf = b->len > 0 ? memchr(b->data, '\n', b->len) : NULL;

	return lf != NULL && (lf == b->data || lf[-1] != '\r');
}

static const char *
to_crlf(struct buf *b)
{
	const char *p = b->data, *end = b->data + b->len, *lf;
	struct buf out;

	buf_init(&out, b->max);
	for (; (lf = memchr(p, '\n', (size_t)(end - p))) != NULL; p = lf + 1) {
		buf_add(&out, p, (size_t)(lf - p));
		buf_add(&out, "\r\n", 2);
	}
	buf_add(&out, p, (size_t)(end - p));
	buf_free(b);
	*b = out;
	return out.failed ? "too large" : NULL;
}

const char *
message_file_read(const char *path, struct buf *out)
{
	int fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	const char *error;

	if (fd == -1)
		return strerror(errno);
	error = read_all(fd, out);
	if (fd != STDIN_FILENO)
		close(fd);
	if (error == NULL && has_unix_line_ends(out))
		error = to_crlf(out);
	return error;
}
