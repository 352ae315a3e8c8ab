#include "equation.h"

#include "base/bytes.h"

#define HEADER 28     /* EQNOLEFILEHDR */
#define MTEF_HEADER 5 /* version, platform, product and its version */
#define FACE_MAX 31   /* of a font's name, as Windows has it */
#define SIDE_MAX 30   /* rows and columns of a matrix; their lines have eight bytes of room */
#define PADDING 3     /* bytes behind the formula that mean nothing */

enum tag {
	TAG_END,
	TAG_LINE,
	TAG_CHAR,
	TAG_TEMPLATE,
	TAG_PILE,
	TAG_MATRIX,
	TAG_EMBELLISHMENT,
	TAG_RULER,
	TAG_FONT,
	TAG_SIZE,
	TAG_LAST = 14 /* 10 to 14 are sizes without more */
};

enum { MOVED = 8, SPACED = 4 }; /* options, in the tag's upper half */

struct formula {
	const uint8_t *p, *end;
};

static bool
skip(struct formula *f, size_t n)
{
	if ((size_t)(f->end - f->p) < n)
		return false;
	f->p += n;
	return true;
}

/* How far it was moved: two bytes, or these and two words. */
static bool
skip_move(struct formula *f)
{
	bool far = f->end - f->p >= 2 && f->p[0] == 128 && f->p[1] == 128;

	return skip(f, far ? 6 : 2);
}

static bool
skip_matrix(struct formula *f)
{
	unsigned rows, columns;

	if (f->end - f->p < 5)
		return false;
	rows = f->p[3];
	columns = f->p[4];
	return rows <= SIDE_MAX && columns <= SIDE_MAX &&
	       skip(f, 5 + (2 * (rows + 1) + 7) / 8 + (2 * (columns + 1) + 7) / 8);
}

static bool
skip_font(struct formula *f)
{
	const uint8_t *name = f->p + 2, *nul;

	if (!skip(f, 2))
		return false;
	nul = bytes_find(f->p, f->end, "", 1);
	return nul != NULL && nul - name <= FACE_MAX && skip(f, (size_t)(nul - name) + 1);
}

/* 101: a size in points; 100: one of the sizes and a large difference; else a small one. */
static bool
skip_size(struct formula *f)
{
	if (f->p >= f->end)
		return false;
	return skip(f, *f->p == 101 ? 3 : *f->p == 100 ? 4 : 2);
}

static bool
skip_record(struct formula *f)
{
	/* what follows the tag and the move, where that is a number of bytes */
	static const uint8_t sizes[] = {
	    [TAG_CHAR] = 3, [TAG_TEMPLATE] = 3, [TAG_PILE] = 2, [TAG_EMBELLISHMENT] = 1};
	unsigned tag = *f->p & 15, options = *f->p >> 4;

	f->p++;
	if (tag >= TAG_LINE && tag <= TAG_EMBELLISHMENT && (options & MOVED) && !skip_move(f))
		return false;
	switch (tag) {
	case TAG_LINE:
		return !(options & SPACED) || skip(f, 2);
	case TAG_MATRIX:
		return skip_matrix(f);
	case TAG_RULER:
		return f->p < f->end && skip(f, 1 + 3 * (size_t)*f->p);
	case TAG_FONT:
		return skip_font(f);
	case TAG_SIZE:
		return skip_size(f);
	default:
		return tag <= TAG_LAST && (tag > TAG_EMBELLISHMENT || skip(f, sizes[tag]));
	}
}

static bool
has_header(const uint8_t *s, size_t len)
{
	return len >= HEADER + MTEF_HEADER && le16(s) == HEADER && le32(s + 2) == 0x20000;
}

bool
equation_is_ordinary(const uint8_t *s, size_t len)
{
	struct formula f = {s + HEADER + MTEF_HEADER, s + len};
	const uint8_t *record;

	if (!has_header(s, len) || s[HEADER] != 3)
		return false;
	while (f.p < f.end) {
		record = f.p;
		if (!skip_record(&f))
			return f.end - record <= PADDING;
	}
	return true;
}

bool
equation_is_mathtype(const uint8_t *s, size_t len)
{
	return has_header(s, len) && s[HEADER] >= 4;
}
