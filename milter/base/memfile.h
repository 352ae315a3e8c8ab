/*
 * Sealed memory files: how one process hands another a piece of data that
 * neither can change afterwards (memfd_create(2), F_ADD_SEALS).
 */
#ifndef GATEPOST_BASE_MEMFILE_H
#define GATEPOST_BASE_MEMFILE_H

#include <stddef.h>

/*
 * A sealed memory file with the n bytes at data; name shows in /proc only.
 * Returns a close-on-exec descriptor, which the caller closes, or -1 and errno.
 */
int memfile_make(const char *name, const void *data, size_t n);
/*
 * The same in steps: an empty file, bytes at its end, and the seal, after
 * which nothing can be added. memfile_open() returns a descriptor as above,
 * the others 0, or -1 and errno.
 */
int memfile_open(const char *name);
int memfile_add(int fd, const void *data, size_t n);
int memfile_seal(int fd);

#endif
