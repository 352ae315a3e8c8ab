/*
 * Compound files (MS-CFB): the container of the old Office formats, of
 * Outlook messages, installers and encrypted Office documents.
 *
 * Read with lenience, since the programs that open them do: a chain that is
 * cut short gives what there is, and an entry that no storage leads to is an
 * entry all the same. Nothing is read twice without end: all reading together
 * is bounded by a small multiple of the file.
 */
#ifndef GATEPOST_FILTER_OLE_H
#define GATEPOST_FILTER_OLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define OLE_NONE UINT32_MAX /* no entry, no sector */

enum ole_kind { OLE_UNUSED = 0, OLE_STORAGE = 1, OLE_STREAM = 2, OLE_ROOT = 5 };

struct ole_entry {
	char name[128];	 /* UTF-8; \1 to \5 may stand at its begin */
	uint8_t kind;	 /* enum ole_kind */
	uint8_t id[16];	 /* class, as stored */
	uint32_t parent; /* index of the storage; OLE_NONE for the root and for lost entries */
	uint32_t left, right, child;
	uint32_t start;
	uint64_t size;
};

struct ole {
	const uint8_t *bytes; /* borrowed */
	size_t len;
	unsigned shift;	     /* sectors are 1 << shift bytes */
	unsigned mini_shift; /* the same for the mini stream */
	uint32_t mini_cutoff;
	uint32_t *fat; /* owned */
	size_t nfat;
	uint32_t *minifat; /* owned */
	size_t nminifat;
	struct buf mini;	   /* the mini stream */
	struct ole_entry *entries; /* owned */
	size_t nentries;
	uint64_t left; /* bytes that may still be read */
};

/* Whether the bytes begin as a compound file. */
bool ole_is(const uint8_t *bytes, size_t len);
/* Reads the tables and the directory. False where there is no directory; ole_close() either way. */
bool ole_open(struct ole *, const uint8_t *bytes, size_t len);
void ole_close(struct ole *);
/* Replaces out by the stream's content, as much as there is. False if nothing could be read. */
bool ole_read(struct ole *, uint32_t entry, struct buf *out);
/* The entry of that name (letter case aside) in a storage; OLE_NONE if there is none. */
uint32_t ole_find(const struct ole *, uint32_t storage, const char *name);
/* Adds the path from the root: "Macros/VBA/ThisDocument", control characters written as "\1". */
void ole_path(const struct ole *, uint32_t entry, struct buf *out);

#endif
