/* What is wrong with scripts, links and actions of a PDF. For the inspector of PDF alone. */
#ifndef GATEPOST_FILTER_PDF_JUDGE_H
#define GATEPOST_FILTER_PDF_JUDGE_H

#include "pdf_state.h"

void pdf_judge_script(struct pdf *, const char *, size_t len);
void pdf_judge_uri(struct pdf *, const char *, size_t len);
void pdf_judge_launch(struct pdf *, const char *name);
/* A dictionary is complete; outer is the one around it, or NULL. */
void pdf_judge_dict(struct pdf *, const struct pdf_frame *, struct pdf_frame *outer);
/* Whether the name is that of another PDF beside this one, which actions open too. */
bool pdf_is_beside(const char *name);

#endif
