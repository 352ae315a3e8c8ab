#include "key_names.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/domain.h"

struct names {
	struct arena mem;
	struct catalog_key *v; /* owned */
	size_t n, cap;
};

static int
is_key(const struct dirent *e)
{
	const char *end = strrchr(e->d_name, '.');

	return e->d_name[0] != '.' && end != NULL && strcmp(end, ".pem") == 0;
}

static bool
has_key(const char *keys_dir, const char *folder)
{
	struct dirent **found;
	struct buf path;
	int n, i;

	buf_init(&path, 0);
	buf_addf(&path, "%s/%s", keys_dir, folder);
	n = scandir(buf_str(&path), &found, is_key, NULL);
	buf_free(&path);
	for (i = 0; i < n; i++)
		free(found[i]);
	if (n >= 0)
		free(found);
	return n > 0;
}

static bool
add(struct names *names, const char *domain)
{
	struct catalog_key *v = names->v;

	if (names->n == names->cap) {
		names->cap = names->cap == 0 ? 64 : names->cap * 2;
		v = reallocarray(names->v, names->cap, sizeof(*v));
		if (v == NULL)
			return false;
		names->v = v;
	}
	v[names->n] = (struct catalog_key){.alg = KEY_RSA,
	    .bits = 2048,
	    .domain = arena_strdup(&names->mem, domain),
	    .selector = "-"};
	return v[names->n++].domain != NULL;
}

static bool
read_folder(const char *keys_dir, struct names *names)
{
	char domain[DOMAIN_BUF];
	bool good = true;
	struct dirent *e;
	DIR *d = opendir(keys_dir);

	if (d == NULL)
		return errno == ENOENT;
	while (good && (e = readdir(d)) != NULL)
		if (e->d_name[0] != '.' && domain_canonical(e->d_name, strlen(e->d_name), domain) &&
		    has_key(keys_dir, e->d_name))
			good = add(names, domain);
	closedir(d);
	return good;
}

static int
by_domain(const void *a, const void *b)
{
	return strcmp(
	    ((const struct catalog_key *)a)->domain, ((const struct catalog_key *)b)->domain);
}

/* A domain whose folder is there under two spellings counts once. */
static void
sort(struct names *names)
{
	size_t i, n = 0;

	if (names->n == 0)
		return;
	qsort(names->v, names->n, sizeof(*names->v), by_domain);
	for (i = 0; i < names->n; i++)
		if (n == 0 || strcmp(names->v[n - 1].domain, names->v[i].domain) != 0)
			names->v[n++] = names->v[i];
	names->n = n;
}

struct catalog *
key_names(const char *keys_dir, struct buf *err)
{
	struct names names = {0};
	struct catalog *c = NULL;
	int fd = -1;

	arena_init(&names.mem, 0);
	errno = 0;
	if (read_folder(keys_dir, &names)) {
		sort(&names);
		fd = catalog_create(names.v, names.n);
	}
	if (fd == -1)
		buf_addf(err, "%s: %s", keys_dir, strerror(errno));
	else {
		c = catalog_open(fd, err);
		close(fd);
	}
	free(names.v);
	arena_free(&names.mem);
	return c;
}
