#include "inventory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/domain.h"
#include "keyfile.h"
#include "selector.h"

/* A visit to one folder. */
struct visit {
	const struct inventory *inv;
	struct keyfile_scratch *room;
	const char *domain;
	int fd;
	struct buf problem; /* of the folder, or of the folder of all */
};

static bool
ends_with(const char *s, const char *suffix)
{
	size_t n = strlen(s), m = strlen(suffix);

	return n > m && strcmp(s + n - m, suffix) == 0;
}

static int
is_key(const struct dirent *e)
{
	return e->d_name[0] != '.' &&
	       (ends_with(e->d_name, KEY_SUFFIX) || ends_with(e->d_name, PENDING_SUFFIX));
}

static int
is_visible(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

static int
by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* The first line of a complaint, as a line without its end. */
static const char *
first_line(struct buf *b)
{
	char *end = b->len > 0 ? memchr(b->data, '\n', b->len) : NULL;

	if (end != NULL)
		b->len = (size_t)(end - b->data);
	return buf_str(b);
}

static void
judge_folder(struct visit *v, const char *path)
{
	struct stat st;

	if (v->problem.len == 0 && stat(path, &st) == 0)
		secrecy_folder(&v->inv->secrecy, &st, path, &v->problem);
}

static void
visit_file(struct visit *v, const char *name, const char *path)
{
	const char *suffix = ends_with(name, PENDING_SUFFIX) ? PENDING_SUFFIX : KEY_SUFFIX;
	char selector[SELECTOR_BUF];
	struct inventory_key k = {.domain = v->domain, .path = path};
	struct keyfile_stamp stamp;
	struct pem_key key;
	struct buf err;

	buf_init(&err, 0);
	k.status = strcmp(suffix, PENDING_SUFFIX) == 0 ? STATUS_PENDING : STATUS_ACTIVE;
	k.selector = selector;
	if (!selector_canonical(name, strlen(name) - strlen(suffix), selector)) {
		k.selector = name;
		buf_addf(&err, "%s: its name is no selector and .pem\n", path);
	} else if (keyfile_read(v->fd, name, path, &v->inv->secrecy, v->room, &key, &stamp, &err)) {
		k.key = &key;
	}
	k.problem = err.len > 0 ? first_line(&err) : first_line(&v->problem);
	v->inv->each(&k, v->inv->arg);
	buf_free(&err);
}

static bool
visit_folder(struct visit *v, const char *folder, struct buf *err)
{
	struct dirent **names;
	struct buf path;
	int i, n;

	n = scandir(folder, &names, is_key, by_name);
	if (n == -1 && errno == ENOTDIR)
		return true;
	v->fd = n == -1 ? -1 : open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (v->fd == -1)
		buf_addf(err, "%s: %s", folder, strerror(errno));
	judge_folder(v, v->inv->keys_dir);
	judge_folder(v, folder);
	buf_init(&path, 0);
	for (i = 0; i < n; i++) {
		buf_clear(&path);
		buf_addf(&path, "%s/%s", folder, names[i]->d_name);
		if (v->fd != -1)
			visit_file(v, names[i]->d_name, buf_str(&path));
		free(names[i]);
	}
	buf_free(&path);
	if (n != -1)
		free(names);
	if (v->fd == -1)
		return false;
	close(v->fd);
	return true;
}

static bool
visit_domain(const struct inventory *inv, const char *folder, const char *domain, struct buf *err)
{
	struct visit v = {.inv = inv, .domain = domain};
	bool ok;

	v.room = keyfile_scratch_new();
	if (v.room == NULL) {
		buf_adds(err, "out of memory");
		return false;
	}
	buf_init(&v.problem, 0);
	ok = visit_folder(&v, folder, err);
	buf_free(&v.problem);
	keyfile_scratch_free(v.room);
	return ok;
}

bool
inventory_all(const struct inventory *inv, struct buf *err)
{
	char domain[DOMAIN_BUF];
	struct dirent **names;
	struct buf path;
	bool ok = true;
	int i, n;

	n = scandir(inv->keys_dir, &names, is_visible, by_name);
	if (n == -1) {
		buf_addf(err, "%s: %s", inv->keys_dir, strerror(errno));
		return false;
	}
	buf_init(&path, 0);
	for (i = 0; i < n; i++) {
		buf_clear(&path);
		buf_addf(&path, "%s/%s", inv->keys_dir, names[i]->d_name);
		if (!domain_canonical(names[i]->d_name, strlen(names[i]->d_name), domain))
			strlcpy(domain, names[i]->d_name, sizeof(domain));
		ok = ok && visit_domain(inv, buf_str(&path), domain, err);
		free(names[i]);
	}
	free(names);
	buf_free(&path);
	return ok;
}

bool
inventory_folder(const char *keys_dir, const char *domain, struct buf *path)
{
	char other[DOMAIN_BUF];
	const struct dirent *e;
	bool found = false;
	DIR *d;

	buf_addf(path, "%s/%s", keys_dir, domain);
	if (access(buf_str(path), F_OK) == 0)
		return true;
	d = opendir(keys_dir);
	while (d != NULL && !found && (e = readdir(d)) != NULL) {
		found = e->d_name[0] != '.' &&
			domain_canonical(e->d_name, strlen(e->d_name), other) &&
			strcmp(domain, other) == 0;
		if (found) {
			buf_clear(path);
			buf_addf(path, "%s/%s", keys_dir, e->d_name);
		}
	}
	if (d != NULL)
		closedir(d);
	return found;
}

bool
inventory_domain(const struct inventory *inv, const char *domain, struct buf *err)
{
	struct buf path;
	bool ok = true;

	buf_init(&path, 0);
	if (inventory_folder(inv->keys_dir, domain, &path))
		ok = visit_domain(inv, buf_str(&path), domain, err);
	buf_free(&path);
	return ok;
}
