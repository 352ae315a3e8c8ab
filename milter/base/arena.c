#include "arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK 8192

struct arena_chunk {
	struct arena_chunk *next;
	size_t size;
	_Alignas(max_align_t) char data[];
};

void
arena_init(struct arena *a, size_t max)
{
	*a = (struct arena){.max = max != 0 ? max : SIZE_MAX / 4};
}

static int
add_chunk(struct arena *a, size_t n)
{
	size_t size = n > CHUNK ? n : CHUNK;
	struct arena_chunk *c = malloc(sizeof(*c) + size);

	if (c == NULL)
		return -1;
	c->size = size;
	c->next = a->chunks;
	a->chunks = c;
	a->used = 0;
	return 0;
}

void *
arena_alloc(struct arena *a, size_t n)
{
	const size_t align = _Alignof(max_align_t);
	void *p;

	if (n > a->max - a->total)
		return NULL;
	n = n != 0 ? (n + align - 1) / align * align : align;
	if ((a->chunks == NULL || a->chunks->size - a->used < n) && add_chunk(a, n) == -1)
		return NULL;
	p = a->chunks->data + a->used;
	a->used += n;
	a->total = n > a->max - a->total ? a->max : a->total + n;
	return p;
}

char *
arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *p = arena_alloc(a, n + 1);

	if (p == NULL)
		return NULL;
	memcpy(p, s, n);
	p[n] = '\0';
	return p;
}

char *
arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

void
arena_reset(struct arena *a)
{
	struct arena_chunk *c, *next;

	if (a->chunks == NULL)
		return;
	for (c = a->chunks->next; c != NULL; c = next) {
		next = c->next;
		free(c);
	}
	a->chunks->next = NULL;
	if (a->chunks->size > CHUNK) {
		free(a->chunks);
		a->chunks = NULL;
	}
	a->used = a->total = 0;
}

void
arena_free(struct arena *a)
{
	arena_reset(a);
	free(a->chunks);
	a->chunks = NULL;
	a->used = a->total = 0;
}
