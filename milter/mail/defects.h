/*
 * What is wrong with a header section (RFC 5322 §2.2, §3.6; RFC 6532; RFC
 * 7103): leftovers of smuggling, and what two parsers may read differently.
 */
#ifndef GATEPOST_MAIL_DEFECTS_H
#define GATEPOST_MAIL_DEFECTS_H

#include "header.h"

enum defect {
	DEFECT_NUL = 1 << 0,	 /* in any field */
	DEFECT_BARE_CR = 1 << 1, /* in any field */
	DEFECT_BARE_LF = 1 << 2, /* a line end within a value with no white space behind it */
	DEFECT_CONTROL =
	    1 << 3, /* other control characters, in a field that policy or people read */
	DEFECT_RAW_8BIT = 1 << 4, /* bytes that are no UTF-8, in such a field */
	DEFECT_NAMELESS = 1 << 5, /* no name, or one with white space or other signs in it */
	DEFECT_NO_DATE = 1 << 6,
	DEFECT_DOUBLED =
	    1 << 7, /* a field twice that may be there once; From is not counted here */
};

/* The defects of the header, as a set of bits. Time grows with its length only. */
unsigned defects_of(const struct header *);

#endif
