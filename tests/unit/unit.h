/* What every unit test includes: cmocka, which wants these headers before its own. */
#ifndef GATEPOST_TESTS_UNIT_H
#define GATEPOST_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
