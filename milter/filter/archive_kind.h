/* Formats of archives and compressed files, told by their first bytes. */
#ifndef GATEPOST_FILTER_ARCHIVE_KIND_H
#define GATEPOST_FILTER_ARCHIVE_KIND_H

#include <archive.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum archive_sort {
	ARCHIVE_OF_FILES,
	ARCHIVE_COMPRESSED, /* one file */
	ARCHIVE_FOREIGN	    /* that nothing here can list */
};

struct archive_kind {
	enum archive_sort sort;
	const char *type;			 /* media type */
	const char *what;			 /* for people: "a RAR archive" */
	bool (*is)(const uint8_t *, size_t len); /* NULL where the sign tells */
	const char *sign;
	size_t sign_len, at;
	int (*enable)(struct archive *); /* NULL for a foreign one */
};

/* Zip files aside. NULL for none. */
const struct archive_kind *archive_kind_of(const uint8_t *, size_t len);
/* Bytes at the begin that programs skip when they unpack it. */
size_t archive_kind_skipped(const uint8_t *, size_t len);

#endif
