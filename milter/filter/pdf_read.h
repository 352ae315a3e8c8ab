/* Reading the tokens of a PDF: dictionaries, streams, objects. For the inspector of PDF alone. */
#ifndef GATEPOST_FILTER_PDF_READ_H
#define GATEPOST_FILTER_PDF_READ_H

#include "pdf_state.h"

/* Up to the end of what is open, or of the object where it is a single one. */
void pdf_read_tokens(struct pdf_reading *);
/* Whether the stream holds objects: its type says so, or it has what only such a stream has. */
bool pdf_holds_objects(const struct pdf_indirect *);
void pdf_read_objects(struct pdf *, const struct pdf_indirect *stream);

#endif
