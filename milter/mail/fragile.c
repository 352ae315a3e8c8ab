#include "fragile.h"

#include <stdint.h>
#include <string.h>

static void
end_line(struct fragile *f, size_t len)
{
	if (len > FRAGILE_LINE && len > f->longest)
		f->longest = len;
	f->line = 0;
}

void
fragile_header(struct fragile *f, const struct header *h)
{
	const struct header_field *field;
	const char *p, *end, *lf;
	size_t i;

	for (i = 0; i < h->n; i++) {
		field = &h->fields[i];
		if (field->name_len + 1 + field->value_len <= FRAGILE_LINE)
			continue;
		f->line = field->name_len + 1;
		end = field->value + field->value_len;
		for (p = field->value; (lf = memchr(p, '\n', (size_t)(end - p))) != NULL;
		     p = lf + 1)
			end_line(f, f->line + (size_t)(lf - p) - (lf > p && lf[-1] == '\r'));
		end_line(f, f->line + (size_t)(end - p));
	}
}

/* What single bytes and pairs tell; reads one byte beyond n. */
struct marks {
	unsigned char high; /* bits of all bytes together */
	unsigned char nul, bare_cr;
};

static inline void
mark(struct marks *m, const unsigned char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		m->high |= p[i];
		m->nul |= p[i] == '\0';
		m->bare_cr |= (unsigned char)((p[i] == '\r') & (p[i + 1] != '\n'));
	}
}

/* Blocks of a fixed length are what a compiler turns into vector code. */
static struct marks
mark_all(const unsigned char *p, size_t n)
{
	enum { BLOCK = 64 };
	struct marks m = {0, 0, 0};
	size_t i;

	for (i = 0; i + BLOCK < n; i += BLOCK)
		mark(&m, p + i, BLOCK);
	mark(&m, p + i, n - i - 1);
	m.high |= p[n - 1];
	m.nul |= p[n - 1] == '\0';
	return m;
}

/* The CR before a line end is no part of the line; it may have come with the piece before. */
static size_t
line_length(const struct fragile *f, const char *p, const char *lf)
{
	bool cr = lf > p ? lf[-1] == '\r' : f->cr;

	return f->line + (size_t)(lf - p) - cr;
}

/* Only line ends matter: most lines are passed over by looking for the last LF within reach. */
static void
scan_lines(struct fragile *f, const char *p, size_t n)
{
	const char *lf;
	size_t reach;

	while (n > 0) {
		reach = f->line < FRAGILE_LINE ? FRAGILE_LINE - f->line : 0;
		if (reach >= n) {
			lf = memrchr(p, '\n', n);
			f->line = lf != NULL ? (size_t)(p + n - lf - 1) : f->line + n;
			return;
		}
		lf = reach > 0 ? memrchr(p, '\n', reach) : NULL;
		if (lf == NULL) {
			lf = memchr(p, '\n', n);
			if (lf == NULL) {
				f->line += n;
				return;
			}
			end_line(f, line_length(f, p, lf));
		}
		f->line = 0;
		n -= (size_t)(lf + 1 - p);
		p = lf + 1;
	}
}

void
fragile_body(struct fragile *f, const char *p, size_t n)
{
	struct marks m;

	if (n == 0)
		return;
	m = mark_all((const unsigned char *)p, n);
	f->eight_bit |= (m.high & 0x80) != 0;
	f->nul |= m.nul != 0;
	f->bare_cr |= m.bare_cr != 0 || (f->cr && p[0] != '\n');
	scan_lines(f, p, n);
	f->cr = p[n - 1] == '\r';
}

bool
fragile_text(const struct fragile *f, struct buf *out)
{
	size_t longest = f->longest;
	const char *sep = "";

	if (f->line > FRAGILE_LINE && f->line > longest)
		longest = f->line;
	if (longest > 0) {
		buf_addf(out, "line of %zu bytes", longest);
		sep = ", ";
	}
	if (f->eight_bit) {
		buf_addf(out, "%s8-bit body", sep);
		sep = ", ";
	}
	if (f->nul) {
		buf_addf(out, "%sNUL byte", sep);
		sep = ", ";
	}
	if (f->bare_cr) {
		buf_addf(out, "%sbare CR", sep);
		sep = ", ";
	}
	return sep[0] != '\0';
}
