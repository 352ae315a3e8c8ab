#include "line_ends.h"

#include <string.h>

/* From one CR or LF to the next; what lies between is skipped by memchr(3), many bytes at a time.
 */
void
line_ends_add(struct line_ends *l, const char *p, size_t n)
{
	const char *end = p + n, *lf, *cr;

	while (p < end) {
		lf = memchr(p, '\n', (size_t)(end - p));
		if (lf == NULL)
			lf = end;
		cr = lf > p ? memchr(p, '\r', (size_t)(lf - p)) : NULL;
		if (l->after_cr && lf > p)
			l->bare_cr = true;
		if (cr != NULL && cr + 1 < lf)
			l->bare_cr = true;
		l->after_cr = lf > p ? lf[-1] == '\r' : l->after_cr;
		if (lf == end)
			return;
		if (!l->after_cr)
			l->bare_lf = true;
		l->after_cr = false;
		p = lf + 1;
	}
}

void
line_ends_finish(struct line_ends *l)
{
	if (l->after_cr)
		l->bare_cr = true;
	l->after_cr = false;
}
