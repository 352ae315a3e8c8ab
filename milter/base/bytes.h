/* Numbers and byte strings in foreign memory. The caller has checked that the bytes are there. */
#ifndef GATEPOST_BASE_BYTES_H
#define GATEPOST_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint16_t
le16(const void *at)
{
	const uint8_t *p = at;

	return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint16_t
be16(const void *at)
{
	const uint8_t *p = at;

	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t
be32(const void *at)
{
	return (uint32_t)be16(at) << 16 | be16((const uint8_t *)at + 2);
}

static inline uint32_t
le32(const void *at)
{
	const uint8_t *p = at;

	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t
le64(const void *at)
{
	return le32(at) | (uint64_t)le32((const uint8_t *)at + 4) << 32;
}

/* Whether the bytes begin with the string. */
static inline bool
bytes_begin(const void *bytes, size_t len, const char *with)
{
	size_t n = strlen(with);

	return len >= n && memcmp(bytes, with, n) == 0;
}

/* Where the string is, at or after `from`; NULL if it is not. */
static inline const uint8_t *
bytes_find(const uint8_t *from, const uint8_t *end, const void *what, size_t n)
{
	return from < end ? memmem(from, (size_t)(end - from), what, n) : NULL;
}

#endif
