/*
 * Where a multipart body falls into parts (RFC 2046 §5.1.1): by the letter,
 * and as generously as any program may take it. All boundaries that a
 * multipart could have are looked for in one pass.
 */
#ifndef GATEPOST_MAIL_BOUNDARY_H
#define GATEPOST_MAIL_BOUNDARY_H

#include <stdbool.h>
#include <stddef.h>

#define BOUNDARIES_MAX 8

struct boundary {
	const char *s;
	size_t len;
};

/* What is not by the letter about a delimiter line, as bits. */
enum delimiter_oddity {
	DELIMITER_LONGER = 1 << 0,  /* more text behind the boundary */
	DELIMITER_CASE = 1 << 1,    /* upper for lower case */
	DELIMITER_INDENT = 1 << 2,  /* white space before it */
	DELIMITER_BARE_CR = 1 << 3, /* the line begins behind a bare CR */
	DELIMITER_SPACE = 1 << 4    /* white space behind it, as the grammar allows */
};

struct delimiter {
	size_t before;	     /* offset where the part before it ends, without its line end */
	size_t behind;	     /* where the part behind it begins */
	unsigned char which; /* the boundary */
	unsigned char odd;
	bool close; /* "--" behind the boundary */
};

struct delimiters {
	struct delimiter *v; /* owned */
	size_t n, cap, max;
	bool overflow; /* there are more than max, or no memory was left */
};

/* How much is taken for a delimiter. */
enum split {
	SPLIT_STRICT,  /* the letter; what is behind the closing one is no part */
	SPLIT_LONGER,  /* also a line that begins with the boundary (§5.1.1) */
	SPLIT_GENEROUS /* whatever looks like it, also behind the closing one */
};

struct span {
	size_t start, end;
};

/* Looks for all delimiters of the boundaries in the body. The result is to be freed. */
void delimiters_find(const unsigned char *body, size_t n, const struct boundary *, size_t count,
    size_t max, struct delimiters *);
void delimiters_free(struct delimiters *);
/* Whether the delimiter counts for this boundary in this way of splitting. */
bool delimiter_counts(const struct delimiter *, unsigned which, enum split);

/* The part that begins behind a delimiter, and whether there is one. For going through a split: */
struct splitting {
	const struct delimiters *d;
	size_t len; /* of the body */
	unsigned which;
	enum split split;
	size_t at;	    /* delimiter that is next */
	bool over;	    /* a closing delimiter was met */
	bool any, closed;   /* there was a delimiter; a closing one */
	size_t first, last; /* where the preamble ends, where the epilogue begins */
};

void splitting_begin(
    struct splitting *, const struct delimiters *, size_t len, unsigned which, enum split);
/* The next part; false for no more. */
bool splitting_next(struct splitting *, struct span *part);

/*
 * A boundary that the body itself suggests where none is declared: a line
 * "--x" with a Content- field behind it. False for none.
 */
bool boundary_guess(const unsigned char *body, size_t n, struct boundary *);

#endif
