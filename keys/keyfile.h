/* One key file: opened, judged, read, and what tells whether it has changed since. */
#ifndef GATEPOST_KEYS_KEYFILE_H
#define GATEPOST_KEYS_KEYFILE_H

#include <stdbool.h>
#include <sys/stat.h>
#include <time.h>

#include "base/buf.h"
#include "pem.h"
#include "secrecy.h"

/* A file of the same stamp has the same content. */
struct keyfile_stamp {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec mtime, ctime;
};

/* Room to read one file; big, and wiped when freed. */
struct keyfile_scratch {
	char text[PEM_MAX + 1];
	uint8_t der[PEM_MAX_DER];
};

struct keyfile_scratch *keyfile_scratch_new(void);
void keyfile_scratch_free(struct keyfile_scratch *);

void keyfile_stamp(const struct stat *, struct keyfile_stamp *);
bool keyfile_same(const struct keyfile_stamp *, const struct keyfile_stamp *);
/*
 * Reads the file name within the folder dirfd; path is for errors. The key's
 * secret lies in the scratch room. False: one line is added to err. The stamp
 * of a file that changed within the last second equals no other: it could
 * change once more without a trace in its times.
 */
bool keyfile_read(int dirfd, const char *name, const char *path, const struct secrecy *,
    struct keyfile_scratch *, struct pem_key *, struct keyfile_stamp *, struct buf *err);

#endif
