/*
 * The header section of a part as different programs find it: where it ends,
 * and which of its lines are Content- fields. header.h reads the section of a
 * message as the MTA cuts it; here is what the programs behind it may make of
 * the same bytes.
 */
#ifndef GATEPOST_MAIL_MIME_HEADER_H
#define GATEPOST_MAIL_MIME_HEADER_H

#include <stdbool.h>
#include <stddef.h>

#define CONTENT_FIELDS_MAX 16

/* How a program reads lines that are no fields. */
enum header_way {
	HEADER_STOPS,	  /* a line that is neither field nor continuation begins the body */
	HEADER_GOES_ON,	  /* such a line is left out, the body comes behind the empty line */
	HEADER_BLANK,	  /* a line of white space is empty */
	HEADER_CR_LINES,  /* a bare CR ends a line */
	HEADER_CRLF_ONLY, /* a bare LF does not */
	HEADER_HARD,	  /* a parameter on a line of its own begins the body, too */
	HEADER_WAYS
};

enum content_which { CONTENT_TYPE, CONTENT_ENCODING, CONTENT_DISPOSITION, CONTENT_WHICH };

struct content_field {
	enum content_which which;
	const unsigned char *value; /* all behind the colon, folds as they are */
	size_t len;
	bool odd_name;	  /* white space, NUL or other signs in or around the name */
	bool loose_lines; /* lines without white space before them were added */
};

struct mime_header {
	struct content_field fields[CONTENT_FIELDS_MAX];
	size_t n;
	bool more;	     /* fields beyond that */
	size_t body;	     /* offset behind the section and its empty line */
	bool ended;	     /* there is such a line */
	size_t bytes;	     /* of the section */
	bool nul, bare_cr;   /* in it */
	unsigned other_ways; /* 1 << way: which may come to something else */
};

/* Takes time in proportion to the section. Nothing is copied. */
void mime_header_read(const unsigned char *s, size_t n, enum header_way, struct mime_header *);
/* Whether the two come to different fields, or to different bodies while there is such a field. */
bool mime_header_differ(const struct mime_header *, const struct mime_header *);

#endif
