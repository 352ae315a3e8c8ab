#include "secrecy.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>

#define GROUP_READ 0040
#define GROUP_WRITE 0020
#define OTHERS_READ 0004
#define OTHERS_WRITE 0002

/*
 * /etc/passwd itself and not getpwuid(): name services may open sockets,
 * which the signer may not.
 */
void
secrecy_account(uid_t uid, struct buf *out)
{
	struct passwd pw, *found = NULL;
	char line[1024];
	FILE *f;

	f = fopen("/etc/passwd", "re");
	if (f != NULL) {
		while (fgetpwent_r(f, &pw, line, sizeof(line), &found) == 0)
			if (found->pw_uid == uid)
				break;
			else
				found = NULL;
		fclose(f);
	}
	if (found != NULL)
		buf_adds(out, found->pw_name);
	else
		buf_addf(out, "%u", (unsigned)uid);
}

void
secrecy_path(const char *path, struct buf *out)
{
	for (; *path != '\0'; path++)
		buf_addc(out, (unsigned char)*path < ' ' || *path == 0x7f ? '?' : *path);
}

void
secrecy_quote(const char *path, struct buf *out)
{
	static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				   "/._-+:@,";

	if (path[strspn(path, safe)] == '\0') {
		buf_adds(out, path);
		return;
	}
	buf_addc(out, '\'');
	for (; *path != '\0'; path++)
		if (*path == '\'')
			buf_adds(out, "'\\''");
		else
			buf_addc(out, (unsigned char)*path < ' ' || *path == 0x7f ? '?' : *path);
	buf_addc(out, '\'');
}

static bool
owner_is_trusted(const struct secrecy *s, const struct stat *st)
{
	return st->st_uid == 0 || st->st_uid == s->reader || st->st_uid == s->self;
}

/* Whether the reader has these rights (of rwx) by the permission bits. */
static bool
reader_has(const struct secrecy *s, const struct stat *st, mode_t rights)
{
	if (s->reader == 0)
		return true;
	if (st->st_uid == s->reader)
		return (st->st_mode >> 6 & rights) == rights;
	if (st->st_gid == s->group)
		return (st->st_mode >> 3 & rights) == rights;
	return (st->st_mode & rights) == rights;
}

static void
add_what(const struct stat *st, const char *path, const char *why, struct buf *err)
{
	secrecy_path(path, err);
	buf_adds(err, ": owner ");
	secrecy_account(st->st_uid, err);
	buf_addf(err, ", mode %04o: %s; mend it with: ", (unsigned)(st->st_mode & 07777), why);
}

static void
add_chown(const struct secrecy *s, const char *path, struct buf *err)
{
	buf_adds(err, "chown ");
	secrecy_account(s->reader, err);
	buf_adds(err, ": ");
	secrecy_quote(path, err);
	buf_adds(err, " && ");
}

static void
complain_file(const struct secrecy *s, const struct stat *st, const char *path, const char *why,
    struct buf *err)
{
	bool by_group = s->reader != 0 && st->st_uid != s->reader && st->st_gid == s->group;

	add_what(st, path, why, err);
	if (!owner_is_trusted(s, st) || (s->reader != 0 && st->st_uid != s->reader && !by_group))
		add_chown(s, path, err);
	else if (by_group) {
		buf_adds(err, "chmod 640 ");
		secrecy_quote(path, err);
		buf_addc(err, '\n');
		return;
	}
	buf_adds(err, "chmod 600 ");
	secrecy_quote(path, err);
	buf_addc(err, '\n');
}

bool
secrecy_file(const struct secrecy *s, const struct stat *st, const char *path, struct buf *err)
{
	const char *why = NULL;

	if (st->st_mode & OTHERS_WRITE)
		why = "a key that others can write";
	else if (st->st_mode & OTHERS_READ)
		why = "a key that others can read";
	else if (st->st_mode & GROUP_WRITE)
		why = "a key that a group can write";
	else if (st->st_mode & GROUP_READ && st->st_gid != s->group)
		why = "a key that a group other than the signer's can read";
	else if (!owner_is_trusted(s, st))
		why = "a key that belongs to another account";
	else if (s->reader != s->self && !reader_has(s, st, 04))
		why = "a key that the signer cannot read";
	if (why == NULL)
		return true;
	complain_file(s, st, path, why, err);
	return false;
}

void
secrecy_unreadable(
    const struct secrecy *s, const struct stat *st, const char *path, struct buf *err)
{
	add_what(st, path,
	    S_ISDIR(st->st_mode) ? "a folder that the signer cannot read"
				 : "a key that the signer cannot read",
	    err);
	if (st->st_uid != s->reader)
		add_chown(s, path, err);
	buf_adds(err, S_ISDIR(st->st_mode) ? "chmod 700 " : "chmod 600 ");
	secrecy_quote(path, err);
	buf_addc(err, '\n');
}

bool
secrecy_folder(const struct secrecy *s, const struct stat *st, const char *path, struct buf *err)
{
	const char *why = NULL;

	if (!owner_is_trusted(s, st))
		why = "a folder of keys that belongs to another account";
	else if (s->reader != s->self && !reader_has(s, st, 05))
		why = "a folder that the signer cannot read";
	if (why != NULL) {
		add_what(st, path, why, err);
		add_chown(s, path, err);
		buf_adds(err, "chmod 700 ");
		secrecy_quote(path, err);
		buf_addc(err, '\n');
		return false;
	}
	if (st->st_mode & OTHERS_WRITE)
		why = "a folder of keys that others can write";
	else if (st->st_mode & GROUP_WRITE && st->st_gid != s->group && st->st_gid != 0)
		why = "a folder of keys that a group can write";
	if (why == NULL)
		return true;
	add_what(st, path, why, err);
	buf_adds(err, "chmod go-w ");
	secrecy_quote(path, err);
	buf_addc(err, '\n');
	return false;
}
