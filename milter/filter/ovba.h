/* The storage of VBA projects (MS-OVBA): compressed text, and the list of modules. */
#ifndef GATEPOST_FILTER_OVBA_H
#define GATEPOST_FILTER_OVBA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * Adds what the compressed container holds (2.4.1), as far as it can be read.
 * False where it is none, or nothing of it could be read.
 */
bool ovba_decompress(const uint8_t *, size_t len, struct buf *out);

/*
 * Where the compressed source of a module begins in its stream, found without
 * the list of modules: by the first letters of "Attribute". len if it is not there.
 */
size_t ovba_find_source(const uint8_t *, size_t len);

struct ovba_module {
	char stream[128]; /* UTF-8 */
	uint32_t offset;  /* of the source in the stream */
};

/* Reads the modules out of the decompressed dir stream (2.3.4.2); at most max. Returns how many. */
size_t ovba_modules(const uint8_t *dir, size_t len, struct ovba_module *, size_t max);

/* Bytes of compiled code in a module's stream, before its source; 0 if there is none. */
size_t ovba_pcode(const uint8_t *, size_t len);

#endif
