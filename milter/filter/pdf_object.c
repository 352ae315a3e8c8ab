#include "pdf_object.h"

#include <stdlib.h>
#include <string.h>

#include "pdf_filter.h"

#define MAX_OBJECTS 1000000
#define MAX_WANTED 65536

void
pdf_too_many(struct pdf *p, const char *what)
{
	if (!p->looking)
		scan_find(p->scan, p->object, RULE_CANNOT_INSPECT, "too many %s in it", what);
}

void
pdf_want(struct pdf *p, long number, enum pdf_key what, const char *name)
{
	struct pdf_wanted *w;

	if (number <= 0 || number > UINT32_MAX)
		return;
	if (p->nwanted == MAX_WANTED) {
		pdf_too_many(p, "scripts and files");
		return;
	}
	if ((p->nwanted & (p->nwanted + 1)) == 0) {
		w = reallocarray(p->wanted, 2 * (p->nwanted + 1), sizeof(*w));
		if (w == NULL) {
			p->scan->no_memory = true;
			return;
		}
		p->wanted = w;
	}
	w = &p->wanted[p->nwanted++];
	w->number = (uint32_t)number;
	w->what = what;
	strlcpy(w->name, name, PDF_NAME_ROOM);
}

struct pdf_indirect *
pdf_add_object(struct pdf *p, long number, uint32_t source, size_t begin)
{
	struct pdf_indirect *o;

	if (number < 0 || number > UINT32_MAX)
		return NULL;
	if (p->nobjects == MAX_OBJECTS) {
		pdf_too_many(p, "objects");
		return NULL;
	}
	if ((p->nobjects & (p->nobjects + 1)) == 0) {
		o = reallocarray(p->objects, 2 * (p->nobjects + 1), sizeof(*o));
		if (o == NULL) {
			p->scan->no_memory = true;
			return NULL;
		}
		p->objects = o;
	}
	o = &p->objects[p->nobjects++];
	*o = (struct pdf_indirect){.number = (uint32_t)number, .source = source, .begin = begin};
	return o;
}

/* The tokens of the object, which does not end where they end. */
void
pdf_open_object(struct pdf *p, const struct pdf_indirect *o, struct pdf_lex *lex)
{
	const struct buf *source = o->source > 0 ? &p->sources[o->source - 1] : NULL;

	if (source != NULL)
		pdf_lex_open(lex, (const uint8_t *)source->data + o->begin, source->len - o->begin);
	else
		pdf_lex_open(lex, p->object->bytes + o->begin, p->object->len - o->begin);
}

/* ---- streams ---- */

static const char *const filters[] = {"", "FlateDecode", "Fl", "ASCIIHexDecode", "AHx",
    "ASCII85Decode", "A85", "RunLengthDecode", "RL", "LZWDecode", "LZW", "Crypt"};
#define NFILTERS (sizeof(filters) / sizeof(*filters))

unsigned
pdf_filter_number(const char *name)
{
	unsigned i;

	for (i = 1; i < NFILTERS && strcmp(filters[i], name) != 0; i++)
		;
	return i < NFILTERS ? i : 0;
}

/* "Crypt", which comes first, has the stream left as it is unless it names something else. */
static bool
is_plain(const struct pdf *p, const struct pdf_indirect *o)
{
	return p->crypt.nkey == 0 || p->crypt.plain_streams ||
	       strcmp(filters[o->filter[0]], "Crypt") == 0;
}

static bool
decode(struct pdf *p, const struct pdf_indirect *o, bool plain, struct buf *out)
{
	const uint8_t *bytes = p->object->bytes + o->stream;
	size_t i;

	buf_clear(out);
	if (o->flags & UNREADABLE)
		return false;
	buf_add(out, bytes, o->len);
	if (!plain && !pdf_crypt_decrypt(&p->crypt, o->number, o->generation, out))
		return false;
	for (i = 0; i < PDF_FILTERS && o->filter[i] != 0; i++)
		if (!pdf_filter(p->scan, p->object, filters[o->filter[i]], out))
			return false;
	if (o->columns > 0)
		pdf_unpredict(out, o->columns);
	return out->len > 0 && !out->failed;
}

/* Where the file says wrongly how it is encrypted, that is seen by what comes out. */
bool
pdf_decode(struct pdf *p, const struct pdf_indirect *o, struct buf *out)
{
	bool plain = is_plain(p, o);

	return decode(p, o, plain, out) ||
	       (p->crypt.nkey > 0 && !p->scan->exhausted && decode(p, o, !plain, out));
}

void
pdf_decrypt_string(const struct pdf *p, const struct pdf_indirect *o, struct buf *s)
{
	if (p->crypt.nkey > 0 && p->crypt.strings && o->source == 0 && s->len > 0)
		pdf_crypt_decrypt_string(&p->crypt, o->number, o->generation, s);
}
