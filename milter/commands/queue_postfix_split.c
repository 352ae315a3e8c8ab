/*
 * One held message becomes two, each for some of the recipients.
 *
 * Postfix notes that a recipient is done by one byte in the queue file: the
 * record's type changes from R to D (qmgr(8) and the delivery agents do so for
 * each delivery). So a copy of the file in which all others are done is the
 * same message for the chosen recipients, byte for byte, with its envelope,
 * its DSN wishes and its time of arrival; and the file in which the chosen are
 * done is the rest. Nothing is sent in again, and no milter sees it.
 *
 * The order of the steps: the copy is complete before it has a name; only then
 * the chosen are marked as done in the old file. A crash in between leaves them
 * in two held messages, never in none.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ascii.h"
#include "queue_postfix.h"

#define RECIPIENT 'R'
#define DONE 'D'
#define LINE_MAX_BYTES 65536
#define ADDRESS_MAX 4096

/* A recipient record: where its type byte is. */
struct record {
	uint64_t offset;
	const char *address;
	bool chosen;
};

struct split {
	struct queue *q;
	const struct held *held;
	const bool *chosen;
	struct buf *err;
	struct arena mem;
	struct record *records;
	size_t n, cap;
	bool failed;
	struct buf path;  /* within the queue directory */
	struct buf spool; /* the queue directory */
	int folder;	  /* that of the queue file */
	int file;	  /* the queue file, locked */
	struct stat st;
};

/* ---- what is in the file, by postcat -eo ---- */

static bool
is_chosen(const struct split *s, const char *address)
{
	size_t i;

	for (i = 0; i < s->held->nrecipients; i++)
		if (s->chosen[i] && strcmp(s->held->recipients[i], address) == 0)
			return true;
	return false;
}

static void
add_record(struct split *s, uint64_t offset, const char *address)
{
	size_t cap = s->cap > 0 ? 2 * s->cap : 16;
	struct record *v = s->records;

	if (s->n == s->cap) {
		v = reallocarray(v, cap, sizeof(*v));
		if (v == NULL) {
			s->failed = true;
			return;
		}
		s->records = v;
		s->cap = cap;
	}
	address = arena_strdup(&s->mem, address);
	s->failed = s->failed || address == NULL;
	v[s->n++] = (struct record){offset, address, address != NULL && is_chosen(s, address)};
}

/* "     646 recipient: a@x.example" */
static void
take_record(void *arg, struct buf *line)
{
	static const char type[] = "recipient: ";
	struct split *s = arg;
	const char *text = buf_str(line);
	char *rest;
	uint64_t offset;

	if (s->path.len == 0 && postfix_read_marker(text, "ENVELOPE RECORDS", &s->path))
		return;
	text += strspn(text, " ");
	if (!ascii_is_digit(text[0]))
		return;
	offset = strtoull(text, &rest, 10);
	if (*rest++ != ' ')
		return;
	if (strncmp(rest, type, strlen(type)) == 0)
		add_record(s, offset, rest + strlen(type));
}

static void
take_spool(void *arg, struct buf *line)
{
	struct split *s = arg;

	if (s->spool.len == 0)
		buf_add(&s->spool, line->data, line->len);
}

static bool
ask(struct split *s, const char *program, const char *const *arguments, bool with_id,
    void (*take)(void *, struct buf *))
{
	struct lines lines;
	int status;

	lines_init(&lines, LINE_MAX_BYTES, take, s);
	status = postfix_run(s->q,
	    &(struct postfix_call){.program = program,
		.arguments = arguments,
		.ids = &s->held,
		.nids = with_id,
		.take = lines_take,
		.arg = &lines},
	    s->err);
	lines_end(&lines);
	return status == 0;
}

static bool
read_records(struct split *s)
{
	static const char *const records[] = {"-qeo", NULL};
	static const char *const spool[] = {"-h", "queue_directory", NULL};
	size_t i, chosen = 0;

	if (!ask(s, "postconf", spool, false, take_spool) ||
	    !ask(s, "postcat", records, true, take_record) || s->failed)
		return false;
	for (i = 0; i < s->n; i++)
		chosen += s->records[i].chosen;
	if (chosen > 0 && chosen < s->n)
		return true;
	buf_addf(s->err, "%s: the recipients in the queue file are not those of the list\n",
	    s->held->id);
	return false;
}

/* ---- the file itself ---- */

/* The record at that offset is what postcat says: type, length in sevens of bits, address. */
static bool
is_record(int fd, const struct record *r)
{
	unsigned char raw[ADDRESS_MAX + 16];
	ssize_t n = pread(fd, raw, sizeof(raw), (off_t)r->offset);
	size_t len = 0, at = 1, shift;

	if (n < 2 || raw[0] != RECIPIENT)
		return false;
	for (shift = 0; at < (size_t)n && shift < 28; shift += 7) {
		len |= (size_t)(raw[at] & 0x7f) << shift;
		if ((raw[at++] & 0x80) == 0)
			return len == strlen(r->address) && at + len <= (size_t)n &&
			       memcmp(raw + at, r->address, len) == 0;
	}
	return false;
}

static bool
say(struct split *s, const char *what)
{
	buf_addf(s->err, "%s: %s: %s\n", s->held->id, what, strerror(errno));
	return false;
}

static bool
open_folder(struct split *s)
{
	const char *slash = strrchr(buf_str(&s->path), '/');
	struct buf folder;

	if (slash == NULL || strcmp(slash + 1, s->held->id) != 0 ||
	    strncmp(buf_str(&s->path), "hold/", 5) != 0) {
		buf_addf(s->err, "%s: is not held any more\n", s->held->id);
		return false;
	}
	buf_init(&folder, 0);
	buf_addf(&folder, "%s/%.*s", buf_str(&s->spool), (int)(slash - s->path.data), s->path.data);
	s->folder = open(buf_str(&folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	buf_free(&folder);
	return s->folder != -1 || say(s, "the hold queue cannot be opened");
}

/* Opened, locked, and after that still the file of that name. */
static bool
open_file(struct split *s)
{
	struct stat named;
	size_t i;

	s->file = openat(s->folder, s->held->id, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (s->file == -1 || flock(s->file, LOCK_EX | LOCK_NB) == -1 ||
	    fstat(s->file, &s->st) == -1 ||
	    fstatat(s->folder, s->held->id, &named, AT_SYMLINK_NOFOLLOW) == -1)
		return say(s, "the queue file cannot be opened and locked");
	if (!S_ISREG(s->st.st_mode) || s->st.st_ino != named.st_ino || s->st.st_nlink != 1) {
		buf_addf(s->err, "%s: somebody else is changing the queue file\n", s->held->id);
		return false;
	}
	for (i = 0; i < s->n; i++)
		if (!is_record(s->file, &s->records[i])) {
			buf_addf(s->err, "%s: the queue file has another form than is known\n",
			    s->held->id);
			return false;
		}
	return true;
}

static bool
mark_done(struct split *s, int fd, bool chosen)
{
	const char done = DONE;
	size_t i;

	for (i = 0; i < s->n; i++)
		if (s->records[i].chosen == chosen &&
		    pwrite(fd, &done, 1, (off_t)s->records[i].offset) != 1)
			return say(s, "the queue file cannot be written");
	return fsync(fd) == 0 || say(s, "the queue file cannot be written");
}

/* ---- names ---- */

/* The digits of Postfix's queue ids (ENABLE_LONG_QUEUE_IDS_README); the last is the separator. */
static const char digits[] = "0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz";

#define LONG_TIME 10 /* digits of time in a long id, then 'z' and the inode in base 51 */
#define SHORT_TIME 5 /* hexadecimal digits of a short one, then the inode in base 16 */

static void
add_number(struct buf *out, uint64_t n, unsigned base, const char *of)
{
	char text[65];
	size_t at = sizeof(text) - 1;

	text[at] = '\0';
	do
		text[--at] = of[n % base];
	while ((n /= base) > 0);
	buf_adds(out, text + at);
}

static void
id_of(const char *id, uint64_t inode, struct buf *out)
{
	bool is_long = strlen(id) > LONG_TIME && id[LONG_TIME] == 'z';

	buf_clear(out);
	if (is_long) {
		buf_add(out, id, LONG_TIME + 1);
		add_number(out, inode, 51, digits);
	} else {
		buf_add(out, id, strnlen(id, SHORT_TIME));
		add_number(out, inode, 16, "0123456789ABCDEF");
	}
}

bool
postfix_new_id(const char *id, uint64_t old_inode, uint64_t new_inode, struct buf *out)
{
	id_of(id, old_inode, out);
	if (strcmp(buf_str(out), id) != 0)
		return false;
	id_of(id, new_inode, out);
	return !out->failed;
}

/* ---- the copy ---- */

static bool
give_name(struct split *s, int fd, struct buf *id)
{
	char proc[64];
	struct stat st;

	if (fstat(fd, &st) == -1)
		return say(s, "the copy cannot be read");
	if (!postfix_new_id(s->held->id, s->st.st_ino, st.st_ino, id)) {
		buf_addf(s->err,
		    "%s: this id does not belong to its file; \"postsuper -s\" mends "
		    "that\n",
		    s->held->id);
		return false;
	}
	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", fd);
	if (linkat(AT_FDCWD, proc, s->folder, buf_str(id), AT_SYMLINK_FOLLOW) == -1 ||
	    fsync(s->folder) == -1)
		return say(s, "the copy cannot be named");
	return true;
}

static bool
fill_copy(struct split *s, int fd)
{
	const struct timespec times[] = {s->st.st_atim, s->st.st_mtim};

	if (lseek(s->file, 0, SEEK_SET) == -1 || !queue_copy(s->file, fd) ||
	    fchown(fd, s->st.st_uid, s->st.st_gid) == -1 ||
	    fchmod(fd, s->st.st_mode & 07777) == -1 || futimens(fd, times) == -1)
		return say(s, "the copy cannot be written");
	return mark_done(s, fd, false);
}

/* A file without a name: nobody sees it before it is complete. */
static bool
make_copy(struct split *s, struct buf *id)
{
	int fd = openat(s->folder, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	bool good;

	if (fd == -1)
		return say(s, "no copy can be made here");
	good = fill_copy(s, fd) && give_name(s, fd, id);
	close(fd);
	return good;
}

/* ---- the whole ---- */

static void
describe(const struct split *s, struct buf *id, struct held *out)
{
	char *copy = arena_strdup(&s->q->mem, buf_str(id));
	size_t i;

	*out = *s->held;
	out->id = copy != NULL ? copy : "";
	out->nrecipients = 0;
	out->recipients = arena_alloc(&s->q->mem, s->held->nrecipients * sizeof(*out->recipients));
	for (i = 0; out->recipients != NULL && i < s->held->nrecipients; i++)
		if (s->chosen[i])
			out->recipients[out->nrecipients++] = s->held->recipients[i];
}

static void
close_if_open(int fd)
{
	if (fd != -1)
		close(fd);
}

bool
postfix_split(
    struct queue *q, const struct held *h, const bool *chosen, struct held *out, struct buf *err)
{
	struct split s = {
	    .q = q, .held = h, .chosen = chosen, .err = err, .folder = -1, .file = -1};
	struct buf id;
	bool good;

	arena_init(&s.mem, 0);
	buf_init(&s.path, 0);
	buf_init(&s.spool, 0);
	buf_init(&id, QUEUE_ID_MAX - 1);
	good = read_records(&s) && open_folder(&s) && open_file(&s) && make_copy(&s, &id) &&
	       mark_done(&s, s.file, true);
	if (good)
		describe(&s, &id, out);
	close_if_open(s.file);
	close_if_open(s.folder);
	free(s.records);
	buf_free(&id);
	buf_free(&s.path);
	buf_free(&s.spool);
	arena_free(&s.mem);
	return good;
}
