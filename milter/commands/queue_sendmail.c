/*
 * Sendmail's quarantine: control files whose names begin with hf (Sendmail
 * Installation and Operation Guide, "Quarantined Queue Items"). They are read
 * as the guide describes them, since mailq shows no header. Releasing is
 * Sendmail's own work; it has no command for deleting and splitting, so these
 * are done under its lock, in the order in which it does them.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ascii.h"
#include "program.h"
#include "queue.h"
#include "sendmail_control.h"

#define CONTROL_MAX (16UL * 1024 * 1024)
#define ID_MIN 14 /* 8 letters of time and count, then a process id of 6 digits or more */
#define ID_TIME 8
#define BATCH 200 /* ids on one command line */
#define DEFAULT_CONFIG "/etc/mail/sendmail.cf"

static bool
is_id(const char *s)
{
	size_t i;

	for (i = 0; s[i] != '\0'; i++)
		if (!ascii_is_alpha(s[i]) && !ascii_is_digit(s[i]))
			return false;
	return i >= ID_MIN && i < 24;
}

/* ---- files ---- */

static bool
read_fd(int fd, struct buf *out)
{
	char piece[16384];
	ssize_t n;

	while ((n = read(fd, piece, sizeof(piece))) > 0 && !out->failed)
		buf_add(out, piece, (size_t)n);
	return n == 0 && !out->failed;
}

static bool
read_file(const char *path, struct buf *out)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	bool good = fd != -1 && read_fd(fd, out);

	if (fd != -1)
		close(fd);
	return good;
}

static bool
is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* Where the file of a kind ("df", "qf") lies whose hf file is at path: qf/, df/ and xf/ may be
 * apart. */
static void
sibling(const char *path, const char *kind, const char *id, struct buf *out)
{
	const char *slash = strrchr(path, '/');
	size_t n = (size_t)(slash - path);

	buf_clear(out);
	if (n >= 3 && strncmp(slash - 3, "/qf", 3) == 0) {
		buf_addf(out, "%.*s/%s", (int)(n - 3), path, kind);
		if (!is_folder(buf_str(out)))
			buf_clear(out);
	}
	if (out->len == 0)
		buf_add(out, path, n);
	buf_addf(out, "/%s%s", kind, id);
}

static void
data_path(const struct held *h, const struct buf *control, struct buf *out)
{
	struct buf folder;

	buf_init(&folder, 4096);
	control_data_folder(control, &folder);
	if (folder.len > 0) {
		buf_clear(out);
		buf_addf(out, "%s/df%s", buf_str(&folder), h->id);
	} else
		sibling(h->path, "df", h->id, out);
	buf_free(&folder);
}

/* ---- the queue folders ---- */

/* "O QueueDirectory=/var/spool/mqueue/q*", or "Qname, P=/var/spool/mqueue/q*, F=f" */
static void
folder_of_line(const char *line, struct buf *out)
{
	static const char option[] = "O QueueDirectory=";
	const char *p = NULL;

	buf_clear(out);
	if (strncmp(line, option, strlen(option)) == 0)
		p = line + strlen(option);
	else if (line[0] == 'Q' && (p = strstr(line, "P=")) != NULL)
		p += 2;
	if (p != NULL && *p == '/')
		buf_add(out, p, strcspn(p, ",\r\n \t"));
}

struct scan {
	struct queue *q;
	struct held_list *list;
	struct buf *err;
	size_t folders; /* that could be read */
};

static void
read_one(struct scan *s, const char *folder, const char *name)
{
	struct buf path, text, header;
	struct stat st;
	struct held *h;

	buf_init(&path, 4096);
	buf_init(&text, CONTROL_MAX);
	buf_init(&header, CONTROL_MAX);
	buf_addf(&path, "%s/%s", folder, name);
	h = read_file(buf_str(&path), &text) ? held_list_add(s->list, name + 2, strlen(name + 2))
					     : NULL;
	if (h != NULL) {
		h->path = held_copy(s->list, path.data, path.len);
		if (!control_read(&text, s->list, h))
			buf_addf(s->err, "%s is not complete\n", buf_str(&path));
		control_header(&text, &header);
		held_read_header(s->list, h, &header);
		data_path(h, &text, &path);
		h->size = (int64_t)header.len + 1 +
			  (stat(buf_str(&path), &st) == 0 ? (int64_t)st.st_size : 0);
	}
	buf_free(&path);
	buf_free(&text);
	buf_free(&header);
}

static void
scan_folder(struct scan *s, const char *folder)
{
	DIR *d = opendir(folder);
	struct dirent *e;

	if (d == NULL) {
		buf_addf(s->err, "%s: %s\n", folder, strerror(errno));
		return;
	}
	s->folders++;
	while ((e = readdir(d)) != NULL)
		if (strncmp(e->d_name, "hf", 2) == 0 && is_id(e->d_name + 2))
			read_one(s, folder, e->d_name);
	closedir(d);
}

static void
scan_pattern(struct scan *s, const char *pattern)
{
	struct buf control;
	glob_t found;
	size_t i;

	if (glob(pattern, GLOB_NOSORT, NULL, &found) != 0) {
		buf_addf(s->err, "%s: there is no such folder\n", pattern);
		return;
	}
	buf_init(&control, 4096);
	for (i = 0; i < found.gl_pathc; i++) {
		buf_clear(&control);
		buf_addf(&control, "%s/qf", found.gl_pathv[i]);
		scan_folder(
		    s, is_folder(buf_str(&control)) ? buf_str(&control) : found.gl_pathv[i]);
	}
	buf_free(&control);
	globfree(&found);
}

static bool
list(struct queue *q, struct held_list *l, struct buf *err)
{
	const char *config = q->config[0] != '\0' ? q->config : DEFAULT_CONFIG;
	struct scan s = {.q = q, .list = l, .err = err};
	struct buf text, folder;
	char *rest, *line;

	buf_init(&text, CONTROL_MAX);
	buf_init(&folder, 4096);
	if (!read_file(config, &text))
		buf_addf(err, "%s: %s\n", config, strerror(errno));
	(void)buf_str(&text);
	rest = text.data;
	while (rest != NULL && (line = strsep(&rest, "\n")) != NULL) {
		folder_of_line(line, &folder);
		if (folder.len > 0)
			scan_pattern(&s, buf_str(&folder));
	}
	if (s.folders == 0)
		buf_addf(err, "%s names no queue folder that can be read\n", config);
	buf_free(&text);
	buf_free(&folder);
	return s.folders > 0 && !l->failed;
}

/* ---- one message ---- */

static bool
header(struct queue *q, const struct held *h, struct buf *out, struct buf *err)
{
	struct buf text;
	bool good;

	buf_init(&text, CONTROL_MAX);
	good = read_file(h->path, &text);
	if (good)
		control_header(&text, out);
	else
		buf_addf(err, "%s: %s\n", h->path, strerror(errno));
	buf_free(&text);
	return good;
}

static bool
write_all(int fd, const char *p, size_t n)
{
	ssize_t w;

	for (; n > 0; p += w, n -= (size_t)w) {
		w = write(fd, p, n);
		if (w == -1 && errno == EINTR)
			w = 0;
		else if (w == -1)
			return false;
	}
	return true;
}

static bool
content(struct queue *q, const struct held *h, int fd, struct buf *err)
{
	struct buf text, head, path;
	bool good = false;
	int data = -1;

	buf_init(&text, CONTROL_MAX);
	buf_init(&head, CONTROL_MAX);
	buf_init(&path, 4096);
	if (read_file(h->path, &text)) {
		control_header(&text, &head);
		buf_addc(&head, '\n');
		data_path(h, &text, &path);
		data = open(buf_str(&path), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	}
	if (data != -1) {
		good = write_all(fd, head.data, head.len) && queue_copy(data, fd);
		close(data);
	}
	if (!good)
		buf_addf(err, "%s: %s\n", h->id, strerror(errno));
	buf_free(&text);
	buf_free(&head);
	buf_free(&path);
	return good;
}

/* ---- release ---- */

/* sendmail [-C FILE] ARGUMENTS -qIid... */
static int
run_sendmail(struct queue *q, const char *const *arguments, const struct held *const *v, size_t n,
    struct buf *err)
{
	const char *argv[BATCH + 8];
	struct buf option;
	struct arena mem;
	size_t at = 0, i;

	arena_init(&mem, 0);
	buf_init(&option, 0);
	argv[at++] = queue_program(q, "sendmail");
	if (q->config[0] != '\0') {
		argv[at++] = "-C";
		argv[at++] = q->config;
	}
	for (; *arguments != NULL; arguments++)
		argv[at++] = *arguments;
	for (i = 0; i < n && i < BATCH; i++) {
		buf_clear(&option);
		buf_addf(&option, "-qI%s", v[i]->id);
		argv[at++] = arena_strdup(&mem, buf_str(&option));
	}
	argv[at] = NULL;
	i = argv[0] == NULL ? (size_t)-1
			    : (size_t)program_run(&(struct program){.argv = argv, .errors = err});
	buf_free(&option);
	arena_free(&mem);
	return (int)i;
}

static bool
is_held(const struct held *h)
{
	return access(h->path, F_OK) == 0;
}

static void
release_batch(struct queue *q, const struct held *const *v, size_t n, enum queue_result *results,
    struct buf *err)
{
	/* no reason behind -Q: not quarantined any more */
	static const char *const unhold[] = {"-Q", "-qQ", NULL};
	static const char *const deliver[] = {NULL};
	size_t i;

	for (i = 0; i < n; i++)
		results[i] = is_held(v[i]) ? QUEUE_DONE : QUEUE_LEFT;
	run_sendmail(q, unhold, v, n, err);
	for (i = 0; i < n; i++)
		if (is_held(v[i]))
			results[i] = QUEUE_LEFT;
	run_sendmail(q, deliver, v, n, err); /* in the background */
}

static void
release(struct queue *q, const struct held *const *v, size_t n, enum queue_result *results,
    struct buf *err)
{
	size_t i, part;

	for (i = 0; i < n; i += part) {
		part = n - i < BATCH ? n - i : BATCH;
		release_batch(q, v + i, part, results + i, err);
	}
}

/* ---- Sendmail's lock ---- */

/*
 * The control file opened and locked, as Sendmail locks it: flock(2) where it
 * is built with HASFLOCK, else fcntl(2); so both. -1 and err where it is gone
 * or Sendmail is at work on it.
 */
static int
open_locked(const struct held *h, struct stat *st, struct buf *err)
{
	const struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int fd = open(h->path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat named;

	if (fd != -1 && flock(fd, LOCK_EX | LOCK_NB) == 0 && fcntl(fd, F_SETLK, &whole) == 0 &&
	    fstat(fd, st) == 0 && lstat(h->path, &named) == 0 && S_ISREG(st->st_mode) &&
	    st->st_ino == named.st_ino && st->st_dev == named.st_dev)
		return fd;
	buf_addf(
	    err, "%s: Sendmail is at work on it, or it is gone (%s)\n", h->id, strerror(errno));
	if (fd != -1)
		close(fd);
	return -1;
}

/* ---- delete ---- */

static bool
delete_one(const struct held *h, struct buf *err)
{
	struct buf text, data, transcript;
	struct stat st;
	int fd = open_locked(h, &st, err);
	bool good = false;

	if (fd == -1)
		return false;
	buf_init(&text, CONTROL_MAX);
	buf_init(&data, 4096);
	buf_init(&transcript, 4096);
	if (read_fd(fd, &text)) {
		data_path(h, &text, &data);
		sibling(h->path, "xf", h->id, &transcript);
		good = unlink(h->path) == 0;
	}
	if (good) {
		unlink(buf_str(&data));
		unlink(buf_str(&transcript));
	} else
		buf_addf(err, "%s: %s\n", h->path, strerror(errno));
	close(fd);
	buf_free(&text);
	buf_free(&data);
	buf_free(&transcript);
	return good;
}

static void delete (struct queue *q, const struct held *const *v, size_t n,
    enum queue_result *results, struct buf *err)
{
	size_t i;

	for (i = 0; i < n; i++)
		results[i] = delete_one(v[i], err) ? QUEUE_DONE : QUEUE_LEFT;
}

/* ---- one held message becomes two ---- */

struct split {
	struct queue *q;
	const struct held *held;
	struct buf *err;
	struct stat st;
	struct buf kept, taken; /* control files */
	struct buf old_data, new_data, new_control, id;
};

static bool
say(struct split *s, struct buf *path)
{
	buf_addf(s->err, "%s: %s\n", buf_str(path), strerror(errno));
	return false;
}

/*
 * A new id in the form of the old one, taken by giving the data file a second
 * name: Sendmail does the same when it splits a message, and never changes it.
 */
static bool
take_id(struct split *s)
{
	unsigned tries = 0;
	const char *slash;

	do {
		buf_clear(&s->id);
		buf_addf(&s->id, "%.*s%06u", ID_TIME, s->held->id, arc4random_uniform(1000000));
		slash = strrchr(buf_str(&s->old_data), '/');
		buf_clear(&s->new_data);
		buf_addf(&s->new_data, "%.*s/df%s", (int)(slash - s->old_data.data),
		    s->old_data.data, buf_str(&s->id));
		if (link(buf_str(&s->old_data), buf_str(&s->new_data)) == 0)
			return true;
	} while (errno == EEXIST && ++tries < 20);
	return say(s, &s->new_data);
}

/* A whole file with the owner and mode of the old one, on the disk when we return. */
static bool
write_new(struct split *s, struct buf *path, const struct buf *text)
{
	int fd = open(buf_str(path), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	bool good = fd != -1 && write_all(fd, text->data, text->len) &&
		    fchown(fd, s->st.st_uid, s->st.st_gid) == 0 &&
		    fchmod(fd, s->st.st_mode & 07777) == 0 && fsync(fd) == 0;

	if (!good)
		say(s, path);
	if (fd != -1) {
		close(fd);
		if (!good)
			unlink(buf_str(path));
	}
	return good;
}

/* First the new message, then the old one without those recipients: nobody is ever in none. */
static bool
write_both(struct split *s)
{
	struct buf temporary;
	bool good;

	sibling(s->held->path, "hf", buf_str(&s->id), &s->new_control);
	if (!write_new(s, &s->new_control, &s->taken)) {
		unlink(buf_str(&s->new_data));
		return false;
	}
	buf_init(&temporary, 4096);
	sibling(s->held->path, "tf", s->held->id, &temporary);
	good = write_new(s, &temporary, &s->kept);
	if (good && rename(buf_str(&temporary), s->held->path) == -1)
		good = say(s, &temporary);
	buf_free(&temporary);
	return good;
}

static void
describe(const struct split *s, const bool *chosen, struct held *out)
{
	struct arena *mem = &s->q->mem;
	size_t i;

	*out = *s->held;
	out->id = arena_strndup(mem, s->id.data, s->id.len);
	out->path = arena_strndup(mem, s->new_control.data, s->new_control.len);
	out->nrecipients = 0;
	out->recipients = arena_alloc(mem, s->held->nrecipients * sizeof(*out->recipients));
	for (i = 0; out->recipients != NULL && i < s->held->nrecipients; i++)
		if (chosen[i])
			out->recipients[out->nrecipients++] = s->held->recipients[i];
}

static bool
split_locked(struct split *s, int fd, const bool *chosen)
{
	struct buf text;
	bool good;

	buf_init(&text, CONTROL_MAX);
	good = read_fd(fd, &text) &&
	       control_split(&text, chosen, s->held->nrecipients, &s->kept, &s->taken);
	if (good)
		data_path(s->held, &text, &s->old_data);
	else
		buf_addf(s->err, "%s has another form than is known\n", s->held->path);
	buf_free(&text);
	return good && take_id(s) && write_both(s);
}

static bool
split(struct queue *q, const struct held *h, const bool *chosen, struct held *out, struct buf *err)
{
	struct split s = {.q = q, .held = h, .err = err};
	struct buf *const bufs[] = {
	    &s.kept, &s.taken, &s.old_data, &s.new_data, &s.new_control, &s.id};
	int fd = open_locked(h, &s.st, err);
	bool good;
	size_t i;

	if (fd == -1)
		return false;
	for (i = 0; i < sizeof(bufs) / sizeof(bufs[0]); i++)
		buf_init(bufs[i], 0);
	good = split_locked(&s, fd, chosen);
	if (good)
		describe(&s, chosen, out);
	close(fd);
	for (i = 0; i < sizeof(bufs) / sizeof(bufs[0]); i++)
		buf_free(bufs[i]);
	return good && out->id != NULL && out->path != NULL;
}

const struct queue_methods queue_sendmail = {.name = "sendmail",
    .is_id = is_id,
    .list = list,
    .header = header,
    .content = content,
    .release = release,
    .remove = delete,
    .split = split};
