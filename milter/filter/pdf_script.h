/* JavaScript in a PDF: is it what every form has, or more? */
#ifndef GATEPOST_FILTER_PDF_SCRIPT_H
#define GATEPOST_FILTER_PDF_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Whether all of the script is ordinary: the ready-made functions of form
 * fields (AFNumber_Format() and the like), printing, going to a page. The text
 * is a PDF text string: UTF-16 with a mark, UTF-8, or PDFDocEncoding.
 */
bool pdf_script_is_ordinary(const char *, size_t len);

#endif
