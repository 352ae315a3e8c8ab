/*
 * The text of a Basic module (VBA, LibreOffice Basic): is there any code in
 * it, and does any of it run by itself?
 */
#ifndef GATEPOST_FILTER_MACRO_H
#define GATEPOST_FILTER_MACRO_H

#include <stdbool.h>
#include <stddef.h>

struct macro {
	bool code;	    /* more than attributes, options and comments */
	bool comment;	    /* there are comments */
	bool main;	    /* a procedure named Main */
	char autorun[64];   /* the first name that runs by itself; "" for none */
	char procedure[64]; /* the first procedure's name; "" for none */
};

/* Reads the text, in whatever 8-bit charset; adds to what *m has. */
void macro_read(const char *text, size_t len, struct macro *m);
/* Whether a procedure of that name runs when a document is opened, shown, or closed. */
bool macro_runs_by_itself(const char *name, size_t len);
/* Notes the first name that runs by itself among the identifiers in something compiled. */
void macro_find_autorun(const char *, size_t len, struct macro *);

#endif
