/* What was met in a PDF as a reference. For the inspector of PDF alone. */
#ifndef GATEPOST_FILTER_PDF_WANTED_H
#define GATEPOST_FILTER_PDF_WANTED_H

#include "pdf_state.h"

/* All that was wanted, once all objects are known. */
void pdf_read_wanted(struct pdf *);

#endif
