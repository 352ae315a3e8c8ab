/* What a content is, told by its bytes. */
#ifndef GATEPOST_FILTER_CONTENT_H
#define GATEPOST_FILTER_CONTENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rule.h"

enum content_family {
	CONTENT_OTHER,
	CONTENT_RUNS,	/* programs and what starts them */
	CONTENT_PACKED, /* archives, compressed files, images of disks */
	CONTENT_HTML,
	CONTENT_XML, /* what it is of, its words tell */
	CONTENT_OLE,
	CONTENT_ORDINARY /* known, and of no danger by its kind */
};

struct content_kind {
	enum content_family family;
	enum scan_rule rule; /* RULE_COUNT where it breaks none */
	const char *type;    /* media type */
	const char *what;    /* for people; NULL where no rule is broken */
};

/* NULL where the bytes are not known. */
const struct content_kind *content_kind_of(const uint8_t *, size_t len);
/* The kind that goes with a media type as libmagic gives it; NULL where it breaks no rule. */
const struct content_kind *content_kind_of_type(const char *type);

#endif
