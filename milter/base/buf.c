#include "buf.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){.max = max != 0 ? max : SIZE_MAX / 4};
}

void
buf_free(struct buf *b)
{
	free(b->data);
	*b = (struct buf){.max = b->max};
}

void
buf_clear(struct buf *b)
{
	b->len = 0;
	b->failed = false;
}

bool
buf_reserve(struct buf *b, size_t n)
{
	size_t cap;
	char *data;

	if (b->failed || n > b->max - b->len) {
		b->failed = true;
		return false;
	}
	if (b->len + n < b->cap)
		return true;
	cap = b->cap != 0 ? b->cap : 64;
	while (cap <= b->len + n)
		cap *= 2;
	data = realloc(b->data, cap);
	if (data == NULL) {
		b->failed = true;
		return false;
	}
	b->data = data;
	b->cap = cap;
	return true;
}

void
buf_add(struct buf *b, const void *p, size_t n)
{
	if (n == 0 || !buf_reserve(b, n))
		return;
	memcpy(b->data + b->len, p, n);
	b->len += n;
}

void
buf_addc(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void
buf_adds(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

/* Mostly there is room already, and formatting twice costs more than it. */
void
buf_vaddf(struct buf *b, const char *fmt, va_list ap)
{
	size_t room = b->data != NULL ? b->cap - b->len : 0;
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(room > 0 ? b->data + b->len : NULL, room, fmt, again);
	va_end(again);
	if (n < 0) {
		b->failed = true;
		return;
	}
	if (!buf_reserve(b, (size_t)n))
		return;
	if ((size_t)n >= room)
		vsnprintf(b->data + b->len, (size_t)n + 1, fmt, ap);
	b->len += (size_t)n;
}

void
buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_vaddf(b, fmt, ap);
	va_end(ap);
}

const char *
buf_str(struct buf *b)
{
	if (b->data == NULL)
		return "";
	b->data[b->len] = '\0';
	return b->data;
}
