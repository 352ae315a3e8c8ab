/*
 * Formulas of the old equation editor (MTEF 3). The program that draws them
 * can be made to run code by a few of their records; an ordinary formula, of
 * which old documents are full, has none of these.
 */
#ifndef GATEPOST_FILTER_EQUATION_H
#define GATEPOST_FILTER_EQUATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The stream "Equation Native": can it be read to its end, without a record that is too long? */
bool equation_is_ordinary(const uint8_t *, size_t len);
/* The same stream as MathType writes it today, which the old editor does not read. */
bool equation_is_mathtype(const uint8_t *, size_t len);

#endif
