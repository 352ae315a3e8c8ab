/*
 * The tokens of PDF (ISO 32000-2, 7.2 and 7.3), read one after the other from
 * any place: names with their escapes resolved, strings decoded.
 */
#ifndef GATEPOST_FILTER_PDF_LEX_H
#define GATEPOST_FILTER_PDF_LEX_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum pdf_token {
	PDF_END,
	PDF_NUMBER,
	PDF_NAME,   /* text: without its slash */
	PDF_STRING, /* text: decoded, a NUL behind it not counted */
	PDF_DICT,   /* << */
	PDF_DICT_END,
	PDF_ARRAY,
	PDF_ARRAY_END,
	PDF_WORD /* text: obj, R, stream, true ... */
};

struct pdf_lex {
	const uint8_t *p, *end; /* what is left */
	struct buf text;	/* of the token */
	long number;		/* whole part of the number */
};

void pdf_lex_open(struct pdf_lex *, const uint8_t *, size_t len);
void pdf_lex_close(struct pdf_lex *);
enum pdf_token pdf_lex_next(struct pdf_lex *);

#endif
