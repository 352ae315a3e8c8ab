#include "message_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "base/ascii.h"

static const char too_large[] = "larger than 512M";
_Static_assert(MESSAGE_FILE_MAX == 512u << 20, "another number stands in the text");

#define NAME_MAX_FIELD 78 /* letters of a field's name */
#define HEAD 1024	  /* bytes that are searched for fields */
#define LINE_BYTES 57	  /* that make a line of base64 */

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
			return too_large;
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
	return out.failed ? too_large : NULL;
}

/* ---- files that are no messages ---- */

static bool
is_name_char(char c)
{
	return ascii_is_alpha(c) || ascii_is_digit(c) || c == '-' || c == '_';
}

/* A damaged first line, as an attacker may send it, and a header behind it all the same. */
static bool
has_field_of_mail(const struct buf *b)
{
	static const char *const names[] = {"received:", "mime-version:"};
	const char *p = b->data, *end = p + (b->len < HEAD ? b->len : HEAD);
	size_t i;

	while ((p = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		p++;
		for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			if ((size_t)(end - p) > strlen(names[i]) &&
			    strncasecmp(p, names[i], strlen(names[i])) == 0)
				return true;
	}
	return false;
}

/* Begins with a header field, with no header at all, or as a mailbox does. */
static bool
looks_like_message(const struct buf *b)
{
	size_t n = 0, end;

	while (n < b->len && n < NAME_MAX_FIELD && is_name_char(b->data[n]))
		n++;
	for (end = n; end < b->len && ascii_is_wsp(b->data[end]); end++)
		;
	if (b->len == 0 || b->data[0] == '\r' || b->data[0] == '\n' ||
	    (b->len > 5 && memcmp(b->data, "From ", 5) == 0))
		return true;
	return (n > 0 && end < b->len && b->data[end] == ':') || has_field_of_mail(b);
}

/* As a parameter of its field says it in whatever letters (RFC 2231 §4). */
static void
add_name(const char *path, struct buf *out)
{
	const char *name = strrchr(path, '/');

	buf_adds(out, "Content-Disposition: attachment; filename*=utf-8''");
	for (name = name != NULL ? name + 1 : path; *name != '\0'; name++)
		if (is_name_char(*name) || *name == '.')
			buf_addc(out, *name);
		else
			buf_addf(out, "%%%02X", (unsigned char)*name);
	buf_adds(out, "\r\n");
}

static const char *
as_attachment(const char *path, struct buf *b)
{
	unsigned char line[LINE_BYTES / 3 * 4 + 1];
	struct buf out;
	size_t at, n;

	buf_init(&out, 2 * b->max);
	buf_adds(&out, "MIME-Version: 1.0\r\nContent-Type: application/octet-stream\r\n"
		       "Content-Transfer-Encoding: base64\r\n");
	if (strcmp(path, "-") != 0)
		add_name(path, &out);
	buf_adds(&out, "\r\n");
	for (at = 0; at < b->len; at += n) {
		n = b->len - at < LINE_BYTES ? b->len - at : LINE_BYTES;
		EVP_EncodeBlock(line, (const unsigned char *)b->data + at, (int)n);
		buf_addf(&out, "%s\r\n", (const char *)line);
	}
	buf_free(b);
	*b = out;
	return out.failed ? too_large : NULL;
}

/* ---- reading ---- */

static const char *
as_message(const char *path, struct buf *b)
{
	if (!looks_like_message(b))
		return as_attachment(path, b);
	return has_unix_line_ends(b) ? to_crlf(b) : NULL;
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
	return error != NULL ? error : as_message(path, out);
}
