#include "milter_field.h"

const char *
milter_field(struct arena *mem, const struct buf *value)
{
	char *s = arena_alloc(mem, value->len + 1);
	size_t i, n = 0;

	if (s == NULL)
		return NULL;
	for (i = 0; i < value->len; i++)
		if (value->data[i] != '\r')
			s[n++] = value->data[i];
	s[n] = '\0';
	return s;
}
