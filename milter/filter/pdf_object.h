/* The objects of a PDF: the list of them, and what is in one. For the inspector of PDF alone. */
#ifndef GATEPOST_FILTER_PDF_OBJECT_H
#define GATEPOST_FILTER_PDF_OBJECT_H

#include "pdf_state.h"

/* Says that there are more of these than are looked at. */
void pdf_too_many(struct pdf *, const char *what);
/* The object of that number is to be looked at for what the key stands for. */
void pdf_want(struct pdf *, long number, enum pdf_key, const char *name);
/* A new object, whose content begins there in the source; NULL over the limit. */
struct pdf_indirect *pdf_add_object(struct pdf *, long number, uint32_t source, size_t begin);
/* The tokens of the object, which do not end where it ends; to be closed by pdf_lex_close(). */
void pdf_open_object(struct pdf *, const struct pdf_indirect *, struct pdf_lex *);
/* The bytes of its stream, decrypted and unpacked, in place of what is in the buffer. */
bool pdf_decode(struct pdf *, const struct pdf_indirect *, struct buf *);
/* Strings of objects in the file; those in streams of objects are encrypted with the stream. */
void pdf_decrypt_string(const struct pdf *, const struct pdf_indirect *, struct buf *);
/* The name of a filter to its number; 0 where it is not known. */
unsigned pdf_filter_number(const char *name);

#endif
