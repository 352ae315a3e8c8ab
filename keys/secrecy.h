/*
 * Who may read or change a key, judged by permission bits and owners (not by
 * how many members a group has), for the account that will sign with it.
 */
#ifndef GATEPOST_KEYS_SECRECY_H
#define GATEPOST_KEYS_SECRECY_H

#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/buf.h"

struct secrecy {
	uid_t reader; /* account that signs */
	gid_t group;  /* its group */
	uid_t self;   /* account that we run as */
};

/*
 * True where the file of a key is safe and the reader can read it: owned by
 * root, the reader or ourselves, closed to others, at most readable by the
 * reader's group. Else a line with path, owner, mode and the command that
 * mends it is added to err.
 */
bool secrecy_file(const struct secrecy *, const struct stat *, const char *path, struct buf *err);
/* The same for a folder of keys: nobody else may write there; others may look. */
bool secrecy_folder(const struct secrecy *, const struct stat *, const char *path, struct buf *err);
/* The line alone, for a file that we could not open. */
void secrecy_unreadable(
    const struct secrecy *, const struct stat *, const char *path, struct buf *err);

/* The name of an account in /etc/passwd, else its number. */
void secrecy_account(uid_t, struct buf *out);
/* A path for people: control characters become "?". */
void secrecy_path(const char *, struct buf *out);
/* A path for a shell, quoted where it needs to be. */
void secrecy_quote(const char *, struct buf *out);

#endif
