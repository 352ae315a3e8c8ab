/*
 * The structure of a zip file (APPNOTE 6.3), read from its directory and from
 * its local headers: programs go by the one or the other, and where the two
 * differ they unpack different files. Every entry that some program could see
 * is listed.
 */
#ifndef GATEPOST_FILTER_ZIP_DIRECTORY_H
#define GATEPOST_FILTER_ZIP_DIRECTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct zip_entry {
	size_t header; /* offset of the local header */
	size_t data;   /* offset of the content; 0 if there is no local header */
	size_t packed; /* bytes of the content, within the file */
	uint64_t size; /* unpacked, as it says */
	uint16_t method;
	bool encrypted;
	bool cut; /* the content reaches beyond the file */
	/* as stored, not terminated; NULL where there is none */
	const char *name, *local_name, *unicode_name;
	uint16_t name_len, local_name_len, unicode_name_len;
};

struct zip_directory {
	const uint8_t *bytes; /* borrowed */
	size_t len;
	struct zip_entry *entries; /* owned; by offset */
	size_t nentries;
	size_t max;   /* entries that are listed */
	bool more;    /* there are more */
	bool overlap; /* the contents of entries overlap */
	bool missing; /* there is no directory, or not all of it */
	bool volumes; /* this is one of several */
	bool no_memory;
	const char *doubt; /* what programs read differently, for people; NULL for nothing */
};

/* Whether the bytes are a zip file, or end in one. */
bool zip_is(const uint8_t *, size_t len);
/* Whether there is one with something before and behind it, as some programs find it. */
bool zip_is_amid(const uint8_t *, size_t len);
/* Lists at most max entries. zip_directory_free() in any case. */
void zip_directory_read(struct zip_directory *, const uint8_t *, size_t len, size_t max);
void zip_directory_free(struct zip_directory *);

#endif
