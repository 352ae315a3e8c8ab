/*
 * The parts of a message as mail programs could see them (RFC 2045, 2046,
 * 2183, 2231), read from the raw bytes.
 *
 * Where two programs could see different things (a repeated or contradictory
 * field, a boundary that only some find, base64 that some stop decoding),
 * every plausible reading becomes a part of its own, and a doubt says what
 * the matter is. What is looked into is thus the union of all readings.
 */
#ifndef GATEPOST_MAIL_MIME_H
#define GATEPOST_MAIL_MIME_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"

/* What two programs could read differently; names by mime_doubt_name(). */
enum mime_doubt_kind {
	DOUBT_DOUBLED_FIELD,	/* Content-* field twice, or contradicting ones */
	DOUBT_FIELD_SYNTAX,	/* a Content-* field or parameter outside the grammar */
	DOUBT_FIELD_NAME,	/* white space, NUL or other signs in or around a field name */
	DOUBT_PARAMETER,	/* a parameter twice, or name, name* and filename that contradict */
	DOUBT_ENCODED_TOKEN,	/* an encoded word or comment where a token belongs */
	DOUBT_LINE_END,		/* bare CR or LF where it matters */
	DOUBT_BOUNDARY,		/* missing, empty, doubled, nested, overlapping, over-long */
	DOUBT_OUTSIDE,		/* a part-like thing in preamble or epilogue */
	DOUBT_SEPARATOR,	/* header and body parted by other than CRLFCRLF */
	DOUBT_ENCODING,		/* an unknown or contradictory transfer encoding */
	DOUBT_BASE64,		/* letters, padding or line lengths outside the grammar */
	DOUBT_QUOTED_PRINTABLE, /* the same */
	DOUBT_NUL,		/* a NUL byte in a header */
	DOUBT_IN_TEXT,		/* uuencoded or yEnc data in a text */
	DOUBT_NAME_CHARSET,	/* a name in a charset that is unknown or does not fit */
	DOUBT_MULTIPART_ENCODED, /* a transfer encoding on a multipart or a message */
	DOUBT_DISAGREEMENT,	 /* GMime sees parts that we do not */
	DOUBT_COUNT
};

/* In configuration, log and JSON: "doubled_field". */
const char *mime_doubt_name(enum mime_doubt_kind);

struct mime_doubt {
	enum mime_doubt_kind kind;
	unsigned part;	    /* index of the part that it is about */
	const char *detail; /* for people, printable UTF-8 */
	bool attachment;    /* something that could be an attachment is involved */
};

enum mime_kind { MIME_LEAF, MIME_MULTIPART, MIME_MESSAGE };

struct mime_part {
	int parent; /* index of the part around it, -1 for the message itself */
	unsigned depth;
	enum mime_kind kind;
	/* Every name that some program could show, UTF-8, decoded; the likeliest first. */
	const char *const *names;
	size_t nnames;
	/* Declared media types, lower case ("application/zip"); several where readers differ. */
	const char *const *types;
	size_t ntypes;
	const char *charset; /* declared, lower case; NULL for none */
	/* The body, decoded in one of the plausible ways; lives as long as the reading and the
	 * message. */
	const unsigned char *bytes;
	size_t len;
	bool plain_text; /* text of an ordinary message: shown in place, no name, cannot be saved as
			    a file */
};

struct mime_limits {
	unsigned depth; /* parts within parts */
	unsigned parts;
	size_t decoded;	     /* bytes of all decoded bodies together */
	size_t header_bytes; /* of one part */
	unsigned doubts;     /* told; more are counted */
};

#define MIME_LIMITS_DEFAULT                                                                        \
	{                                                                                          \
		.depth = 50, .parts = 2000, .decoded = 256u << 20, .header_bytes = 1u << 20,       \
		.doubts = 100                                                                      \
	}

struct mime_reading {
	struct mime_part *parts; /* in the order of the message; 0 is the message itself */
	size_t nparts;
	struct mime_doubt *doubts;
	size_t ndoubts;
	size_t more_doubts; /* over the limit; those that involve an attachment come first */
	const char *limit; /* the limit that was reached, for people; NULL for none: all was read */
	bool no_memory;	   /* the reading is not whole */
	void *blocks;	   /* decoded bodies; owned */
};

/*
 * To be called once, before the process closes its sandbox: opens converters
 * of charsets, and what GMime would load late. False with the reason in err.
 * Without it names in most charsets are doubtful, and GMime is not asked.
 */
bool mime_prepare(struct buf *err);

/*
 * Reads the whole message (line ends CRLF, or what a hostile client sent).
 * The message is borrowed for the life of the reading. Strings live in mem.
 * Time grows with the length of the message and the number of parts only.
 */
void mime_read(const void *message, size_t len, const struct mime_limits *, struct arena *mem,
    struct mime_reading *);
void mime_reading_free(struct mime_reading *);

#endif
