#include "load.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/domain.h"
#include "selector.h"

#define SUFFIX ".pem"
#define MAX_THREADS 64
#define MAX_COMPLAINTS 20
#define AT_ONCE 64 /* folders that a thread takes at a time */

/* One domain's folder. */
struct job {
	char *folder; /* its name */
	char *domain; /* canonical; NULL before the folder is read, or where it is none */
	ino_t ino;
	struct entry *entries; /* at most CATALOG_MAX_KEYS */
	size_t n;
	struct buf err; /* a line for each complaint */
};

struct loading {
	const struct load *what;
	int dirfd;
	struct job *jobs;
	size_t njobs, cap;
	atomic_size_t next; /* the first job that nobody has taken */
	struct buf err;	    /* complaints about the folder of all */
};

/* What one thread works with; big, so not on its stack. */
struct worker {
	struct loading *l;
	struct keyfile_scratch *room;
	struct buf path; /* of the file in hand */
	_Alignas(struct dirent64) char names[32768];
};

/* ---- lists of entries ---- */

void
entries_free(struct strongroom *room, struct entries *e)
{
	size_t i;

	for (i = 0; i < e->n; i++)
		key_unref(room, e->v[i].key);
	free(e->v);
	e->v = NULL;
	e->n = 0;
}

const struct entry *
entries_find(const struct entries *e, const char *domain, size_t *n)
{
	size_t low = 0, high = e->n, middle, end;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (strcmp(e->v[middle].key->domain, domain) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (end = low; end < e->n && strcmp(e->v[end].key->domain, domain) == 0; end++)
		;
	*n = end - low;
	return *n > 0 ? &e->v[low] : NULL;
}

static int
compare_entries(const void *a, const void *b)
{
	return key_compare(((const struct entry *)a)->key, ((const struct entry *)b)->key);
}

/* ---- one file ---- */

static const struct entry *
find_previous(const struct load *what, const char *domain, const char *selector)
{
	const struct entry *e;
	size_t i, n;

	e = entries_find(what->prev, domain, &n);
	for (i = 0; i < n; i++)
		if (strcmp(e[i].key->selector, selector) == 0)
			return &e[i];
	return NULL;
}

/* Whether the file is the one that the earlier load has read. */
static bool
is_unchanged(struct worker *w, int fd, const char *name, const struct entry *prev)
{
	struct keyfile_stamp stamp;
	struct stat st;
	struct buf ignored;
	bool safe;

	if (fstatat(fd, name, &st, 0) == -1)
		return false;
	keyfile_stamp(&st, &stamp);
	if (!keyfile_same(&prev->stamp, &stamp))
		return false;
	buf_init(&ignored, 0);
	safe = secrecy_file(&w->l->what->secrecy, &st, name, &ignored);
	buf_free(&ignored);
	return safe;
}

static bool
read_key(struct worker *w, struct job *j, int fd, const char *name, const char *selector,
    struct entry *e)
{
	const struct load *what = w->l->what;
	const struct entry *prev;
	struct pem_key found;

	prev = find_previous(what, j->domain, selector);
	if (prev != NULL && is_unchanged(w, fd, name, prev)) {
		e->key = key_ref(prev->key);
		e->stamp = prev->stamp;
		return true;
	}
	if (!keyfile_read(
		fd, name, buf_str(&w->path), &what->secrecy, w->room, &found, &e->stamp, &j->err))
		return false;
	e->key = key_new(what->room, j->domain, selector, &found);
	if (e->key == NULL) {
		buf_adds(&j->err, "out of memory\n");
		return false;
	}
	/* Touched, but the same key: share it with what is decoded of it. */
	if (prev != NULL && prev->key->id == e->key->id) {
		key_unref(what->room, e->key);
		e->key = key_ref(prev->key);
	}
	return true;
}

static void
complain(struct worker *w, struct job *j, const char *why)
{
	secrecy_path(buf_str(&w->path), &j->err);
	buf_addf(&j->err, ": %s\n", why);
}

static bool
has_selector(const struct job *j, const char *selector)
{
	size_t i;

	for (i = 0; i < j->n; i++)
		if (strcmp(j->entries[i].key->selector, selector) == 0)
			return true;
	return false;
}

static bool
add_entry(struct job *j, const struct entry *e)
{
	struct entry *grown;

	grown = reallocarray(j->entries, j->n + 1, sizeof(*grown));
	if (grown == NULL)
		return false;
	j->entries = grown;
	j->entries[j->n++] = *e;
	return true;
}

static void
load_file(struct worker *w, struct job *j, int fd, const char *name)
{
	char selector[SELECTOR_BUF];
	struct entry e;

	if (!selector_canonical(name, strlen(name) - strlen(SUFFIX), selector)) {
		complain(w, j, "its name is no selector (letters, digits, hyphens, dots) and .pem");
	} else if (!selector_fits(selector, j->domain)) {
		complain(w, j, "selector and domain together are too long for the DNS");
	} else if (has_selector(j, selector)) {
		complain(w, j, "another file here names the same selector in other letters");
	} else if (j->n == CATALOG_MAX_KEYS) {
		complain(w, j, "more than 16 keys for one domain");
	} else if (read_key(w, j, fd, name, selector, &e) && !add_entry(j, &e)) {
		key_unref(w->l->what->room, e.key);
		complain(w, j, "out of memory");
	}
}

/* ---- one domain ---- */

static bool
is_key_name(const char *name)
{
	size_t n = strlen(name);

	return name[0] != '.' && n > strlen(SUFFIX) &&
	       strcmp(name + n - strlen(SUFFIX), SUFFIX) == 0;
}

/* getdents64() itself: opendir() costs two more system calls for each folder. */
static void
load_files(struct worker *w, struct job *j, int fd)
{
	size_t len = w->path.len;
	const struct dirent64 *e;
	ssize_t n, at;

	while ((n = getdents64(fd, w->names, sizeof(w->names))) > 0) {
		for (at = 0; at < n; at += e->d_reclen) {
			e = (const struct dirent64 *)(const void *)(w->names + at);
			if (!is_key_name(e->d_name))
				continue;
			buf_addf(&w->path, "/%s", e->d_name);
			load_file(w, j, fd, e->d_name);
			w->path.len = len;
		}
	}
	if (n == -1)
		complain(w, j, strerror(errno));
}

/* Opens the folder; -1 with a complaint, or without for what is no folder. */
static int
open_folder(struct worker *w, struct job *j)
{
	struct stat st;
	int fd, saved;

	fd = openat(w->l->dirfd, j->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1) {
		saved = errno;
		if (saved == ENOTDIR) {
			if (is_key_name(j->folder))
				complain(w, j, "a key outside of any domain's folder");
		} else if (saved == EACCES && fstatat(w->l->dirfd, j->folder, &st, 0) == 0) {
			secrecy_unreadable(&w->l->what->secrecy, &st, buf_str(&w->path), &j->err);
		} else {
			complain(w, j, strerror(saved));
		}
		return -1;
	}
	if (fstat(fd, &st) == -1 ||
	    !secrecy_folder(&w->l->what->secrecy, &st, buf_str(&w->path), &j->err)) {
		close(fd);
		return -1;
	}
	return fd;
}

static void
load_folder(struct worker *w, struct job *j)
{
	char domain[DOMAIN_BUF];
	int fd;

	buf_clear(&w->path);
	buf_addf(&w->path, "%s/%s", w->l->what->dir, j->folder);
	fd = open_folder(w, j);
	if (fd == -1)
		return;
	if (!domain_canonical(j->folder, strlen(j->folder), domain))
		complain(w, j, "a folder whose name is no domain");
	else if ((j->domain = strdup(domain)) == NULL)
		complain(w, j, "out of memory");
	else
		load_files(w, j, fd);
	close(fd);
}

/* ---- all of them ---- */

static void *
work(void *arg)
{
	struct loading *l = arg;
	struct worker *w;
	size_t i, end;

	w = calloc(1, sizeof(*w));
	if (w == NULL || (w->room = keyfile_scratch_new()) == NULL) {
		free(w);
		return NULL;
	}
	w->l = l;
	buf_init(&w->path, 0);
	while ((i = atomic_fetch_add(&l->next, AT_ONCE)) < l->njobs) {
		end = i + AT_ONCE < l->njobs ? i + AT_ONCE : l->njobs;
		for (; i < end; i++)
			load_folder(w, &l->jobs[i]);
	}
	buf_free(&w->path);
	keyfile_scratch_free(w->room);
	free(w);
	return NULL;
}

/* Runs the workers; this thread is one. False where none could work. */
static bool
run_workers(struct loading *l)
{
	pthread_t threads[MAX_THREADS];
	unsigned i, n = l->what->threads - 1;

	if (n > MAX_THREADS)
		n = MAX_THREADS;
	if (n > l->njobs / AT_ONCE)
		n = (unsigned)(l->njobs / AT_ONCE);
	for (i = 0; i < n; i++)
		if (pthread_create(&threads[i], NULL, work, l) != 0)
			break;
	n = i;
	work(l);
	for (i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	return atomic_load(&l->next) >= l->njobs;
}

static bool
add_job(struct loading *l, const struct dirent *e)
{
	struct job *grown, *j;

	if (l->njobs == l->cap) {
		grown = reallocarray(l->jobs, l->cap * 2 + 64, sizeof(*grown));
		if (grown == NULL)
			return false;
		l->jobs = grown;
		l->cap = l->cap * 2 + 64;
	}
	j = &l->jobs[l->njobs];
	memset(j, 0, sizeof(*j));
	buf_init(&j->err, 0);
	j->ino = e->d_ino;
	j->folder = strdup(e->d_name);
	if (j->folder == NULL)
		return false;
	l->njobs++;
	return true;
}

static bool
list_folders(struct loading *l, DIR *d)
{
	struct dirent *e;

	errno = 0;
	while ((e = readdir(d)) != NULL) {
		if (e->d_name[0] != '.' && !add_job(l, e))
			return false;
		errno = 0;
	}
	return errno == 0;
}

/* In the order of inodes a cold disk is read fastest. */
static int
compare_inodes(const void *a, const void *b)
{
	ino_t x = ((const struct job *)a)->ino, y = ((const struct job *)b)->ino;

	return (x > y) - (x < y);
}

/* By domain, then by folder; folders without a domain first. */
static int
compare_jobs(const void *a, const void *b)
{
	const struct job *x = a, *y = b;
	int c;

	c = strcmp(x->domain != NULL ? x->domain : "", y->domain != NULL ? y->domain : "");
	return c != 0 ? c : strcmp(x->folder, y->folder);
}

static void
complain_twins(struct loading *l)
{
	struct job *a, *b;
	size_t i;

	for (i = 1; i < l->njobs; i++) {
		a = &l->jobs[i - 1];
		b = &l->jobs[i];
		if (b->domain == NULL || a->domain == NULL || strcmp(a->domain, b->domain) != 0)
			continue;
		secrecy_path(l->what->dir, &b->err);
		buf_adds(&b->err, ": the folders ");
		secrecy_path(a->folder, &b->err);
		buf_adds(&b->err, " and ");
		secrecy_path(b->folder, &b->err);
		buf_addf(&b->err, " are the same domain (%s)\n", b->domain);
	}
}

/* Adds the first lines of all complaints to out; returns how many there are. */
static size_t
report(const struct buf *from, size_t before, struct buf *out)
{
	const char *at = from->data, *end = from->data + from->len, *stop;
	size_t n = before;

	while (from->len > 0 && at < end) {
		stop = memchr(at, '\n', (size_t)(end - at));
		stop = stop != NULL ? stop + 1 : end;
		if (n++ < MAX_COMPLAINTS)
			buf_add(out, at, (size_t)(stop - at));
		at = stop;
	}
	return n;
}

static bool
report_all(const struct loading *l, struct buf *out)
{
	size_t i, n;

	n = report(&l->err, 0, out);
	for (i = 0; i < l->njobs; i++)
		n = report(&l->jobs[i].err, n, out);
	if (n > MAX_COMPLAINTS)
		buf_addf(out, "... and %zu more\n", n - MAX_COMPLAINTS);
	return n == 0;
}

/* Moves the entries of all jobs, which are sorted by domain, into one list. */
static bool
gather(struct loading *l, struct entries *out)
{
	size_t i, total = 0;
	struct job *j;

	for (i = 0; i < l->njobs; i++)
		total += l->jobs[i].n;
	out->v = calloc(total > 0 ? total : 1, sizeof(out->v[0]));
	if (out->v == NULL)
		return false;
	for (i = 0; i < l->njobs; i++) {
		j = &l->jobs[i];
		if (j->n == 0)
			continue;
		qsort(j->entries, j->n, sizeof(j->entries[0]), compare_entries);
		memcpy(out->v + out->n, j->entries, j->n * sizeof(j->entries[0]));
		out->n += j->n;
		j->n = 0;
	}
	return true;
}

static void
complain_dir(struct loading *l, int error)
{
	struct stat st;

	if (error == EACCES && stat(l->what->dir, &st) == 0) {
		secrecy_unreadable(&l->what->secrecy, &st, l->what->dir, &l->err);
		return;
	}
	secrecy_path(l->what->dir, &l->err);
	buf_addf(&l->err, ": %s\n", strerror(error));
}

static void
load_open_dir(struct loading *l, DIR *d)
{
	struct stat st;

	l->dirfd = dirfd(d);
	if (fstat(l->dirfd, &st) == -1) {
		complain_dir(l, errno);
		return;
	}
	if (!secrecy_folder(&l->what->secrecy, &st, l->what->dir, &l->err))
		return;
	if (!list_folders(l, d)) {
		complain_dir(l, errno);
		return;
	}
	if (l->njobs == 0)
		return;
	qsort(l->jobs, l->njobs, sizeof(l->jobs[0]), compare_inodes);
	if (!run_workers(l)) {
		complain_dir(l, ENOMEM);
		return;
	}
	qsort(l->jobs, l->njobs, sizeof(l->jobs[0]), compare_jobs);
	complain_twins(l);
}

static void
free_jobs(struct loading *l)
{
	struct entries e;
	size_t i;

	for (i = 0; i < l->njobs; i++) {
		e.v = l->jobs[i].entries;
		e.n = l->jobs[i].n;
		entries_free(l->what->room, &e);
		free(l->jobs[i].folder);
		free(l->jobs[i].domain);
		buf_free(&l->jobs[i].err);
	}
	free(l->jobs);
	buf_free(&l->err);
}

bool
load_keys(const struct load *what, struct entries *out, struct buf *err)
{
	struct loading l = {.what = what};
	bool ok;
	DIR *d;

	out->v = NULL;
	out->n = 0;
	buf_init(&l.err, 0);
	d = opendir(what->dir);
	if (d == NULL) {
		complain_dir(&l, errno);
	} else {
		load_open_dir(&l, d);
		closedir(d);
	}
	ok = report_all(&l, err);
	if (ok && !gather(&l, out)) {
		buf_adds(err, "out of memory\n");
		ok = false;
	}
	free_jobs(&l);
	return ok;
}
