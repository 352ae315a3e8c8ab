#include "pdf.h"

#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/bytes.h"
#include "pdf_object.h"
#include "pdf_read.h"
#include "pdf_wanted.h"

#define HEAD 1024      /* the mark stands within these first bytes */
#define HIDDEN_RATIO 8 /* times the file that objects which overlap are read */

bool
pdf_applies(const struct object *o)
{
	return bytes_find(o->bytes, o->bytes + (o->len < HEAD ? o->len : HEAD), "%PDF-", 5) != NULL;
}

/* ---- encryption ---- */

/* Where the dictionary that tells of it begins; the file's length if it is not found. */
static size_t
find_encryption(const struct pdf *p)
{
	size_t i;

	if (p->encryption == 0)
		return p->encryption_at;
	for (i = p->nobjects; i-- > 0;)
		if (p->objects[i].number == p->encryption && p->objects[i].source == 0)
			return p->objects[i].begin;
	return p->object->len;
}

/* Tries the empty password. */
static bool
open_encryption(struct pdf *p)
{
	size_t at = find_encryption(p);

	pdf_crypt_read(&p->crypt, p->object->bytes + at, p->object->len - at);
	return pdf_crypt_open(&p->crypt, p->id, p->nid);
}

/* Where it was known too late: reads the streams of objects that were closed. */
static void
open_encrypted(struct pdf *p)
{
	size_t n = p->nobjects, i;
	struct pdf_indirect stream;

	if (!open_encryption(p)) {
		scan_find(
		    p->scan, p->object, RULE_ENCRYPTED_DOCUMENT, "a PDF that needs a password");
		return;
	}
	p->encrypted = false;
	for (i = 0; i < n && !p->scan->exhausted; i++) {
		stream = p->objects[i];
		if (stream.source == 0 && stream.len > 0 && pdf_holds_objects(&stream))
			pdf_read_objects(p, &stream);
	}
}

/* The number before `at`, and what is before it; false where there is none. */
static bool
number_before(const uint8_t *begin, const uint8_t **at, long *number)
{
	const uint8_t *end = *at, *s;

	while (end > begin && strchr(" \t\r\n\f", end[-1]) != NULL)
		end--;
	for (s = end; s > begin && end - s < 10 && ascii_is_digit((char)s[-1]);)
		s--;
	*number = 0;
	for (*at = s; s < end; s++)
		*number = *number * 10 + (*s - '0');
	return *at < end;
}

/* One object that the reading from begin to end passed over. */
static size_t
read_hidden(struct pdf *p, size_t at)
{
	const uint8_t *begin = p->object->bytes, *word = begin + at - 3;
	struct pdf_reading r = {
	    .pdf = p, .begin = begin, .closed = {.length = -1}, .single = true, .in_object = true};
	long number, generation;
	size_t n;

	if (!number_before(begin, &word, &generation) || !number_before(begin, &word, &number) ||
	    pdf_add_object(p, number, 0, at) == NULL)
		return 0;
	p->objects[p->nobjects - 1].generation = (uint16_t)generation;
	pdf_lex_open(&r.lex, begin + at, p->object->len - at);
	pdf_read_tokens(&r);
	n = (size_t)(r.lex.p - (begin + at));
	pdf_lex_close(&r.lex);
	return n;
}

/*
 * Readers go by a table of places, so that an object may lie in a string that
 * does not end, or in the data of a stream.
 */
static void
read_all_hidden(struct pdf *p)
{
	const uint8_t *begin = p->object->bytes, *end = begin + p->object->len, *at = begin;
	size_t n = p->nobjects, next = 0, read = 0, place;

	while ((at = bytes_find(at, end, "obj", 3)) != NULL) {
		at += 3;
		place = (size_t)(at - begin);
		while (next < n && (p->objects[next].source != 0 || p->objects[next].begin < place))
			next++;
		if (next < n && p->objects[next].begin == place)
			continue;
		read += read_hidden(p, place);
		if (read / HIDDEN_RATIO > p->object->len) {
			scan_find(p->scan, p->object, RULE_CANNOT_INSPECT,
			    "objects lie in one another in it");
			break;
		}
	}
}

static void
read_whole(struct pdf *p)
{
	struct pdf_reading r = {.pdf = p, .begin = p->object->bytes, .closed = {.length = -1}};

	pdf_lex_open(&r.lex, p->object->bytes, p->object->len);
	pdf_read_tokens(&r);
	pdf_lex_close(&r.lex);
	read_all_hidden(p);
}

/* Reads the file once only for how it is encrypted. */
static void
look_for_encryption(struct pdf *p)
{
	p->looking = true;
	read_whole(p);
	p->looking = false;
	if (p->encrypted)
		open_encryption(p);
	p->encrypted = false;
	p->encryption = 0;
	p->nobjects = 0;
}

static void
free_all(struct pdf *p)
{
	size_t i;

	for (i = 0; i < p->nsources; i++)
		buf_free(&p->sources[i]);
	free(p->sources);
	free(p->frames);
	free(p->objects);
	free(p->wanted);
}

void
pdf_inspect(struct scan *s, const struct object *o)
{
	struct pdf p = {.scan = s, .object = o};

	scan_say_type(s, o, "application/pdf");
	p.frames = calloc(PDF_FRAMES, sizeof(*p.frames));
	p.sources = calloc(PDF_SOURCES, sizeof(*p.sources));
	if (p.frames == NULL || p.sources == NULL) {
		s->no_memory = true;
	} else {
		if (bytes_find(o->bytes, o->bytes + o->len, "/Encrypt", 8) != NULL)
			look_for_encryption(&p);
		read_whole(&p);
		if (p.encrypted)
			open_encrypted(&p);
		pdf_read_wanted(&p);
	}
	free_all(&p);
}
