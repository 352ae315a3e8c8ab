#include "pdf_object.h"

#include <stdlib.h>
#include <string.h>

#include "pdf_filter.h"

#define MAX_OBJECTS 1000000
#define MAX_WANTED 4096

void
pdf_want(struct pdf *p, long number, enum pdf_key what, const char *name)
{
	struct pdf_wanted *w;

	if (number <= 0 || number > UINT32_MAX || p->nwanted == MAX_WANTED)
		return;
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

	if (number < 0 || number > UINT32_MAX || p->nobjects == MAX_OBJECTS)
		return NULL;
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

bool
pdf_decode(struct pdf *p, const struct pdf_indirect *o, struct buf *out)
{
	const uint8_t *bytes = p->object->bytes + o->stream;
	size_t i;

	buf_clear(out);
	if (o->flags & UNREADABLE)
		return false;
	buf_add(out, bytes, o->len);
	if (p->crypt.nkey > 0 && !pdf_crypt_decrypt(&p->crypt, o->number, o->generation, out))
		return false;
	for (i = 0; i < PDF_FILTERS && o->filter[i] != 0; i++)
		if (!pdf_filter(p->scan, p->object, filters[o->filter[i]], out))
			return false;
	if (o->columns > 0)
		pdf_unpredict(out, o->columns);
	return out->len > 0 && !out->failed;
}

void
pdf_decrypt_string(const struct pdf *p, const struct pdf_indirect *o, struct buf *s)
{
	if (p->crypt.nkey > 0 && p->crypt.strings && o->source == 0 && s->len > 0)
		pdf_crypt_decrypt(&p->crypt, o->number, o->generation, s);
}
