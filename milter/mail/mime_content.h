/*
 * What the Content- fields of a part say, with every plausible reading: types,
 * boundaries, transfer encodings and names; and what is doubtful about them.
 */
#ifndef GATEPOST_MAIL_MIME_CONTENT_H
#define GATEPOST_MAIL_MIME_CONTENT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "boundary.h"
#include "mime.h"
#include "mime_header.h"
#include "mime_names.h"
#include "transfer.h"

#define CONTENT_TYPES_MAX 8
#define CONTENT_ENCODINGS_MAX 6
#define CONTENT_DOUBTS_MAX 24
#define NO_DOUBT (-1)

struct content_doubt {
	enum mime_doubt_kind kind;
	const char *detail;
	bool matters; /* readers differ in what matters if the part is a file; else it depends on
			 what the readings come to */
};

/* Each reading points to the doubt that is the reason for it, or has NO_DOUBT. */
struct content {
	struct content_type {
		const char *name; /* lower case; "" is never there */
		int doubt;
	} types[CONTENT_TYPES_MAX];
	size_t ntypes; /* at least 1 */
	bool typed;    /* there is a Content-Type at all */
	struct boundary boundaries[BOUNDARIES_MAX];
	int boundary_doubts[BOUNDARIES_MAX];
	bool boundary_optional[BOUNDARIES_MAX]; /* nothing, unless it is found in the body */
	size_t nboundaries;
	bool
	    stray_boundary; /* the type is none that has one: there are parts only if it is found */
	struct content_encoding {
		enum transfer transfer;
		int doubt;
		bool if_fits; /* only where the body looks like it */
	} encodings[CONTENT_ENCODINGS_MAX];
	size_t nencodings; /* at least 1 */
	struct names names;
	const char *charset; /* lower case, or NULL */
	bool attachment;     /* its disposition is other than "inline" */
	struct content_doubt doubts[CONTENT_DOUBTS_MAX];
	size_t ndoubts;
	bool too_much; /* a field is longer than what was read of it */
};

/* default_type stands where no field gives one. False without memory. */
bool content_read(
    const struct mime_header *, const char *default_type, struct arena *mem, struct content *);

enum mime_kind content_kind(const char *type);
/* Text that mail programs show in place: text/plain, text/html and their kin, delivery reports. */
bool content_is_shown(const char *type);

#endif
