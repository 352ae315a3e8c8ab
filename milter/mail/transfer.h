/*
 * Content transfer encodings (RFC 2045 §6) as programs decode them, in each
 * of the ways in which they differ about data outside the grammar.
 */
#ifndef GATEPOST_MAIL_TRANSFER_H
#define GATEPOST_MAIL_TRANSFER_H

#include <stddef.h>

enum transfer {
	TRANSFER_IDENTITY, /* 7bit, 8bit, binary */
	TRANSFER_BASE64,
	TRANSFER_QP,
	TRANSFER_UU, /* x-uuencode */
	TRANSFER_YENC,
	TRANSFER_UNKNOWN
};

/* Reads the name of an encoding, without case; the n bytes have no white space around them. */
enum transfer transfer_find(const char *s, size_t n);

/* What is outside the grammar of base64 (RFC 2045 §6.8), as bits. */
enum base64_oddity {
	BASE64_JUNK = 1 << 0,		/* bytes that are neither letters nor white space */
	BASE64_BEHIND_PADDING = 1 << 1, /* letters behind the padding */
	BASE64_URL_LETTERS = 1 << 2,	/* "-" or "_" as RFC 4648 §5 has them */
	BASE64_BAD_PADDING = 1 << 3,	/* too little, too much, in the wrong place */
	BASE64_UNEVEN_LINE = 1 << 4,	/* a line, not the last, that is no multiple of 4 letters */
	BASE64_LONG_LINE = 1 << 5	/* over 76 letters */
};

/* How a program decodes what is odd. */
enum base64_way {
	BASE64_TO_PADDING,   /* leave out junk, stop at the padding */
	BASE64_PAST_PADDING, /* leave out junk, begin anew behind padding */
	BASE64_NO_PADDING,   /* leave out junk and padding: the bits go on */
	BASE64_TO_JUNK,	     /* stop at the first junk or padding */
	BASE64_URL,	     /* as the first, with the letters of URLs */
	BASE64_BY_LINE,	     /* begin anew with each line */
	BASE64_WAYS
};

/* Room for what n bytes can decode to. */
#define TRANSFER_ROOM(n) ((n) / 4 * 3 + 3)

unsigned base64_oddities(const unsigned char *s, size_t n);
/* Which ways may come to different results for these oddities: bit 1 << way. */
unsigned base64_ways(unsigned oddities);
/* Decodes into out, which has TRANSFER_ROOM(n). Returns the bytes written. */
size_t base64_read(enum base64_way, const unsigned char *s, size_t n, unsigned char *out);

/* What is outside the grammar of quoted-printable (§6.7). */
enum qp_oddity {
	QP_BAD_ESCAPE = 1 << 0,	  /* "=" and something else than two hex digits or a line end */
	QP_SPACED_BREAK = 1 << 1, /* white space between "=" and the line end */
	QP_LONG_LINE = 1 << 2	  /* over 76 */
};

enum qp_way {
	QP_KEEP,   /* a bad escape stays as it is, a spaced break is a break */
	QP_DROP,   /* the "=" of a bad escape is left out */
	QP_STRICT, /* a spaced break is a bad escape, which stays */
	QP_WAYS,
	QP_LINES =
	    QP_WAYS /* no break is one: for looking for lines in what should not be encoded */
};

unsigned qp_oddities(const unsigned char *s, size_t n);
unsigned qp_ways(unsigned oddities);
/* Decodes into out, which has room for n. Returns the bytes written. */
size_t qp_read(enum qp_way, const unsigned char *s, size_t n, unsigned char *out);

#endif
