/*
 * SipHash-1-3: a keyed hash, so that nobody who chooses the names we look up
 * can make them meet in one bucket (Aumasson and Bernstein, 2012).
 */
#ifndef GATEPOST_DNS_SIPHASH_H
#define GATEPOST_DNS_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

uint64_t siphash(const uint64_t key[2], const void *, size_t);

#endif
