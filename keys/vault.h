/*
 * Memory for secrets: left out of core dumps, kept out of swap where the
 * system lets us, and wiped when a piece is given back. Pieces given back are
 * used again for others of the same size, so that reloads do not make it grow.
 */
#ifndef GATEPOST_KEYS_VAULT_H
#define GATEPOST_KEYS_VAULT_H

#include <stddef.h>

#define VAULT_MAX 65536 /* bytes of one piece */

struct vault;

/* NULL without memory. */
struct vault *vault_new(void);
/* Gives all memory back; nothing in it may be used any more. */
void vault_free(struct vault *);
/* n bytes, 1 to VAULT_MAX; NULL without memory. Safe from many threads at once. */
void *vault_alloc(struct vault *, size_t n);
/* Wipes and gives back what vault_alloc(n) returned; NULL is allowed. */
void vault_release(struct vault *, void *, size_t n);

#endif
