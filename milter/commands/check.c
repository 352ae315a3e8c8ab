#include "commands/check.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "conf/conf.h"
#include "daemon/privileges.h"
#include "daemon/sealing.h"
#include "keys/keystore.h"

static struct conf *
load_or_complain(const char *path, enum conf_checks checks)
{
	struct buf err;
	struct conf *c;

	buf_init(&err, 0);
	c = conf_load(path, checks, &err);
	if (c == NULL)
		fputs(buf_str(&err), stderr);
	buf_free(&err);
	return c;
}

static int
complain_about_stdout(void)
{
	fprintf(stderr, "gatepost: standard output: %s\n", strerror(errno));
	return 1;
}

static struct catalog *
catalog_of(const struct keystore *keys, struct buf *err)
{
	int fd = keystore_catalog(keys);
	struct catalog *c;

	if (fd == -1) {
		buf_addf(err, "gatepost: cannot list the keys: %s\n", strerror(errno));
		return NULL;
	}
	c = catalog_open(fd, err);
	close(fd);
	return c;
}

/* As the signer will do it, and the supervisor then. */
static bool
can_seal(const struct conf *c, struct buf *err)
{
	struct keystore_options o = {0};
	struct accounts accounts;
	struct keystore *keys;
	struct catalog *catalog;
	bool good;

	if (!accounts_find(c, &accounts, err))
		return false;
	o.reader = accounts.signer.uid;
	o.reader_group = accounts.signer.gid;
	keys = keystore_load(c->keys_dir, NULL, &o, err);
	if (keys == NULL)
		return false;
	catalog = catalog_of(keys, err);
	good = catalog != NULL && sealing_check(c, catalog, err);
	catalog_unref(catalog);
	keystore_free(keys);
	return good;
}

static bool
check_sealing(const struct conf *c)
{
	struct buf err;
	bool good;

	if (c->arc_seal_domain[0] == '\0')
		return true;
	buf_init(&err, 0);
	good = can_seal(c, &err);
	if (!good)
		fputs(buf_str(&err), stderr);
	buf_free(&err);
	return good;
}

int
command_check(const char *path)
{
	struct conf *c = load_or_complain(path, CONF_CHECK_FILES);

	bool good;

	if (c == NULL)
		return 1;
	good = check_sealing(c);
	conf_unref(c);
	if (!good)
		return 1;
	if (printf("%s: configuration is good\n", path) < 0 || fflush(stdout) != 0)
		return complain_about_stdout();
	return 0;
}

int
command_print_config(const char *path)
{
	struct conf *c = load_or_complain(path, CONF_SYNTAX);
	int failed;

	if (c == NULL)
		return 1;
	failed = conf_print(c, stdout);
	conf_unref(c);
	return failed == 0 ? 0 : complain_about_stdout();
}
