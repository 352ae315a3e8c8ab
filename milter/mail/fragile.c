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

static bool
has_eight_bit(const char *p, size_t n)
{
	const uint64_t high = 0x8080808080808080;
	uint64_t w, seen = 0;

	for (; n >= sizeof(w); n -= sizeof(w), p += sizeof(w)) {
		memcpy(&w, p, sizeof(w));
		seen |= w;
	}
	for (; n > 0; n--)
		seen |= (uint64_t)(unsigned char)*p++;
	return (seen & high) != 0;
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
			end_line(f, f->line + (size_t)(lf - p) - (lf > p && lf[-1] == '\r'));
		}
		f->line = 0;
		n -= (size_t)(lf + 1 - p);
		p = lf + 1;
	}
}

static void
scan_cr(struct fragile *f, const char *p, size_t n)
{
	const char *end = p + n, *cr;

	if (f->cr && p[0] != '\n')
		f->bare_cr = true;
	f->cr = p[n - 1] == '\r';
	for (; !f->bare_cr && (cr = memchr(p, '\r', (size_t)(end - p))) != NULL; p = cr + 1)
		if (cr + 1 < end && cr[1] != '\n')
			f->bare_cr = true;
}

void
fragile_body(struct fragile *f, const char *p, size_t n)
{
	if (n == 0)
		return;
	if (!f->eight_bit)
		f->eight_bit = has_eight_bit(p, n);
	if (!f->nul)
		f->nul = memchr(p, '\0', n) != NULL;
	if (!f->bare_cr)
		scan_cr(f, p, n);
	scan_lines(f, p, n);
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
