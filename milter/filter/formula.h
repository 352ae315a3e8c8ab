/* Formulas of a sheet that start a program. */
#ifndef GATEPOST_FILTER_FORMULA_H
#define GATEPOST_FILTER_FORMULA_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Whether a formula, without the sign before it, starts a program or loads a
 * library: "cmd|'/C calc'!A0", "EXEC(...)". Anywhere in it.
 */
bool formula_starts_program(const char *, size_t len);

#endif
