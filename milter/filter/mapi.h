/* Lists of MAPI properties as they stand in TNEF (MS-OXTNEF 2.1.3.4, 2.1.3.5). */
#ifndef GATEPOST_FILTER_MAPI_H
#define GATEPOST_FILTER_MAPI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum mapi_type {
	MAPI_STRING8 = 0x001e,
	MAPI_UNICODE = 0x001f, /* UTF-16, least significant byte first */
	MAPI_OBJECT = 0x000d,
	MAPI_BINARY = 0x0102
};

enum mapi_id {
	MAPI_BODY = 0x1000,
	MAPI_RTF_COMPRESSED = 0x1009,
	MAPI_BODY_HTML = 0x1013,
	MAPI_DISPLAY_NAME = 0x3001,
	MAPI_ATTACH_DATA = 0x3701,
	MAPI_ATTACH_EXTENSION = 0x3703,
	MAPI_ATTACH_FILENAME = 0x3704,
	MAPI_ATTACH_LONG_FILENAME = 0x3707,
	MAPI_ATTACH_PATHNAME = 0x3708,
	MAPI_ATTACH_LONG_PATHNAME = 0x370d,
	MAPI_ATTACH_MIME_TAG = 0x370e
};

struct mapi_value {
	uint16_t id, type;
	const uint8_t *bytes; /* borrowed */
	size_t len;
};

struct mapi_reader {
	const uint8_t *at, *end;
	uint32_t properties; /* left */
	uint32_t values;     /* left of the running property */
	uint16_t id, type;
	bool damaged; /* the list ends before it should */
};

void mapi_begin(struct mapi_reader *, const uint8_t *, size_t len);
/* The next value; false at the end. Of a property with several values, each comes by itself. */
bool mapi_next(struct mapi_reader *, struct mapi_value *);

#endif
