#include "onenote.h"

#include "bytes.h"

#define FILE_HEADER 36 /* GUID, length, unused, reserved (2.6.13) */
#define MAX_FILES 1000

static const char file_id[] = "\xe7\x16\xe3\xbd\x65\x26\x11\x45\xa4\xc4\x8d\x4d\x0b\x7a\x9e\xac";

/* A section, or a table of contents, by the file's type (2.3.1). */
bool
onenote_applies(const struct object *o)
{
	return o->len >= 16 &&
	       (memcmp(o->bytes, "\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96\xd3",
		    16) == 0 ||
		   memcmp(o->bytes,
		       "\xa1\x2f\xff\x43\xd9\xef\x76\x4c\x9e\xe2\x10\xea\x57\x22\x76\x5f",
		       16) == 0);
}

void
onenote_inspect(struct scan *s, const struct object *o)
{
	const uint8_t *at = o->bytes, *end = o->bytes + o->len;
	unsigned files;
	uint64_t n;

	scan_say_type(s, o, "application/onenote");
	for (files = 0; files < MAX_FILES; files++) {
		at = bytes_find(at, end, file_id, 16);
		if (at == NULL || end - at < FILE_HEADER)
			break;
		n = le64(at + 16);
		at += FILE_HEADER;
		if (n > (uint64_t)(end - at))
			n = (uint64_t)(end - at);
		inspect_within(s, o, NULL, at, (size_t)n);
	}
	if (files == 0)
		scan_find(s, o, RULE_ONENOTE, "a notebook");
	else
		scan_find(s, o, RULE_ONENOTE, "a notebook with %u embedded file%s", files,
		    files == 1 ? "" : "s");
}
