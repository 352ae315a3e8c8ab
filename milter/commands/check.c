#include "commands/check.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "conf/conf.h"

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

int
command_check(const char *path)
{
	struct conf *c = load_or_complain(path, CONF_CHECK_FILES);

	if (c == NULL)
		return 1;
	conf_unref(c);
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
