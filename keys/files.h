/*
 * Making and renaming key files so that nothing is ever overwritten, and a
 * file that has its name is whole and on the disk.
 */
#ifndef GATEPOST_KEYS_FILES_H
#define GATEPOST_KEYS_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/buf.h"

struct files_owner {
	uid_t uid;
	gid_t gid;
};

/*
 * Makes a folder of mode 0700 with this owner, which only root can give.
 * *made says whether it was not there before. False with the reason in err.
 */
bool files_folder(const char *path, const struct files_owner *, bool *made, struct buf *err);
/* Writes a new file folder/name of mode 0600. False with the reason in err. */
bool files_create(const char *folder, const char *name, const struct buf *content,
    const struct files_owner *, struct buf *err);
/* Gives folder/from the name folder/to, unless that exists. */
bool files_rename(const char *folder, const char *from, const char *to, struct buf *err);
bool files_exists(const char *folder, const char *name);
/* Takes back what files_create() made. */
void files_remove(const char *folder, const char *name);

#endif
