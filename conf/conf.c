#include "conf/conf.h"

#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

#include "conf/loader.h"
#include "conf/option.h"
#include "conf/value.h"

struct conf *
conf_load(const char *path, enum conf_checks checks, struct buf *err)
{
	struct conf_holder *h = loader_path(path, checks, err);

	return h != NULL ? &h->conf : NULL;
}

struct conf *
conf_load_fd(int fd, const char *name, enum conf_checks checks, struct buf *err)
{
	struct conf_holder *h = loader_fd(fd, name, checks, err);

	return h != NULL ? &h->conf : NULL;
}

static void
print_all(const struct conf *c, struct buf *out)
{
	size_t i;

	for (i = 0; i < noptions; i++) {
		if (options[i].group != NULL)
			buf_addf(out, "%s# %s\n", i != 0 ? "\n" : "", options[i].group);
		option_print(&options[i], c, out);
	}
	if (c->nlogins != 0)
		buf_adds(out, "\n# Logins, and the domains they may write as\n");
	for (i = 0; i < c->nlogins; i++)
		value_print_login(&c->logins[i], out);
}

int
conf_print(const struct conf *c, FILE *f)
{
	struct buf out;
	bool good;

	buf_init(&out, 0);
	print_all(c, &out);
	good = !out.failed && fwrite(out.data, 1, out.len, f) == out.len && fflush(f) == 0;
	buf_free(&out);
	return good ? 0 : -1;
}

static struct conf_holder *
holder_of(const struct conf *c)
{
	return (struct conf_holder *)(uintptr_t)c;
}

struct conf *
conf_ref(const struct conf *c)
{
	struct conf_holder *h = holder_of(c);

	atomic_fetch_add(&h->refs, 1);
	return &h->conf;
}

void
conf_unref(const struct conf *c)
{
	struct conf_holder *h = holder_of(c);

	if (c != NULL && atomic_fetch_sub(&h->refs, 1) == 1)
		conf_holder_free(h);
}

size_t
conf_needs_restart(const struct conf *running, const struct conf *wanted, struct buf *out)
{
	struct buf a, b;
	size_t i, n = 0;

	buf_init(&a, 0);
	buf_init(&b, 0);
	for (i = 0; i < noptions; i++) {
		if ((options[i].flags & OPTION_RESTART) == 0)
			continue;
		buf_clear(&a);
		buf_clear(&b);
		options[i].print(&options[i], running, &a);
		options[i].print(&options[i], wanted, &b);
		if (strcmp(buf_str(&a), buf_str(&b)) != 0)
			buf_addf(out, "%s%s", n++ != 0 ? ", " : "", options[i].name);
	}
	buf_free(&a);
	buf_free(&b);
	return n;
}
