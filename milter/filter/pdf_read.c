#include "pdf_read.h"

#include <string.h>

#include "base/bytes.h"
#include "pdf_judge.h"
#include "pdf_object.h"
#include "shown.h"
#include "text.h"

static const struct {
	const char *name;
	enum pdf_key key;
} keys[] = {{"Columns", KEY_COLUMNS}, {"DOS", KEY_F}, {"Mac", KEY_F}, {"Unix", KEY_F},
    {"EF", KEY_EF}, {"Encrypt", KEY_ENCRYPT}, {"F", KEY_F}, {"Filter", KEY_FILTER},
    {"First", KEY_FIRST}, {"ID", KEY_ID}, {"JS", KEY_JS}, {"Length", KEY_LENGTH}, {"N", KEY_N},
    {"P", KEY_P}, {"Predictor", KEY_PREDICTOR}, {"S", KEY_S}, {"Subtype", KEY_SUBTYPE},
    {"Type", KEY_TYPE}, {"UF", KEY_UF}, {"URI", KEY_URI}, {"Win", KEY_WIN}, {"XFA", KEY_XFA}};

static const struct {
	const char *name;
	unsigned flag;
} values[] = {{"JavaScript", IS_SCRIPT}, {"Launch", IS_LAUNCH}, {"EmbeddedFile", IS_FILE},
    {"ObjStm", IS_OBJECTS}, {"GoToR", IS_REMOTE}, {"GoToE", IS_REMOTE}};

/* ---- values ---- */

static void
take_name(struct pdf_frame *f, const char *name)
{
	unsigned n;
	size_t i;

	if (f->key == KEY_FILTER) {
		n = pdf_filter_number(name);
		if (f->nfilters == PDF_FILTERS)
			f->flags |= IS_PUZZLE;
		if (n == 0 || f->nfilters == PDF_FILTERS)
			f->unknown_filter = true;
		else
			f->filter[f->nfilters++] = (uint8_t)n;
	}
	for (i = 0; i < sizeof(values) / sizeof(*values); i++)
		if ((f->key == KEY_S || f->key == KEY_TYPE || f->key == KEY_SUBTYPE) &&
		    strcmp(values[i].name, name) == 0)
			f->flags |= values[i].flag;
}

static void
take_file_name(struct pdf_frame *f, const struct buf *s)
{
	struct buf name;
	struct text t;
	size_t n;

	text_open(&t, (const uint8_t *)s->data, s->len);
	buf_init(&name, 4096);
	utf8_from_bytes(&name, t.s, t.len < 1000 ? t.len : 1000);
	n = name.len < PDF_NAME_ROOM - 1 ? name.len : PDF_NAME_ROOM - 1;
	/* of a long name the end matters */
	memcpy(f->name, buf_str(&name) + name.len - n, n);
	f->name[n] = '\0';
	if (!pdf_is_beside(f->name))
		f->flags |= STARTS_OTHER;
	buf_free(&name);
	text_close(&t);
}

static void
take_string(struct pdf *p, struct pdf_frame *f, struct buf *s)
{
	buf_str(s);
	if (s->data == NULL || (p->looking && f->key != KEY_ID))
		return;
	if (f->key == KEY_JS)
		pdf_judge_script(p, s->data, s->len);
	else if (f->key == KEY_URI)
		pdf_judge_uri(p, s->data, s->len);
	else if (f->key == KEY_F || f->key == KEY_UF)
		take_file_name(f, s);
	else if (f->key == KEY_ID && f->arrays == 1 && !(f->flags & HAS_ID)) {
		f->flags |= HAS_ID;
		p->nid = s->len < sizeof(p->id) ? s->len : sizeof(p->id);
		memcpy(p->id, s->data, p->nid);
	}
}

static void
take_number(struct pdf_frame *f, long n)
{
	switch (f->key) {
	case KEY_LENGTH:
		f->length = n;
		break;
	case KEY_N:
		f->n = n;
		f->flags |= HAS_N;
		break;
	case KEY_FIRST:
		f->first = n;
		f->flags |= HAS_FIRST;
		break;
	case KEY_COLUMNS:
		f->columns = n;
		break;
	case KEY_PREDICTOR:
		f->predictor = n;
		break;
	default:
		break;
	}
}

static void
take_reference(struct pdf *p, struct pdf_frame *f, long number)
{
	if (f->key == KEY_JS || f->key == KEY_XFA)
		pdf_want(p, number, f->key, "");
	else if (f->key == KEY_EF)
		pdf_want(p, number, KEY_EF, f->name);
	else if ((f->key == KEY_F || f->key == KEY_UF) && f->owner == KEY_EF &&
		 f->nfiles < PDF_MAX_FILES)
		f->files[f->nfiles++] = number;
	else if (f->key == KEY_F)
		f->file = number;
	else if (f->key == KEY_WIN || f->key == KEY_UF)
		f->flags |= STARTS_OTHER;
}

/* ---- dictionaries ---- */

static struct pdf_frame *
frame(struct pdf_reading *r)
{
	if (r->depth == 0)
		return NULL;
	return &r->pdf->frames[r->depth < PDF_FRAMES ? r->depth : PDF_FRAMES - 1];
}

static enum pdf_key
find_key(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (keys[i].name[0] == name[0] && strcmp(keys[i].name, name) == 0)
			return keys[i].key;
	return KEY_NONE;
}

/* A value is over; numbers that are no reference were one. */
static void
end_value(struct pdf_reading *r, struct pdf_frame *f)
{
	if (f->arrays > 0)
		return;
	if (r->nnumbers > 0 && f->key != KEY_NONE)
		take_number(f, r->numbers[1]);
	f->key = KEY_NONE;
}

/* Names of keys that do not matter are kept apart from no key at all. */
#define KEY_OTHER ((enum pdf_key)1000)

static void
on_name(struct pdf_reading *r)
{
	struct pdf_frame *f = frame(r);
	enum pdf_key key;

	if (f == NULL)
		return;
	if (r->nnumbers > 0)
		end_value(r, f);
	if (f->arrays > 0 || f->key != KEY_NONE) {
		take_name(f, buf_str(&r->lex.text));
		end_value(r, f);
		return;
	}
	key = find_key(buf_str(&r->lex.text));
	f->key = key != KEY_NONE ? key : KEY_OTHER;
	if (key == KEY_FILTER) {
		f->flags |= f->flags & HAS_FILTER ? IS_PUZZLE : 0;
		f->flags |= HAS_FILTER;
	}
}

static void
open_dict(struct pdf_reading *r)
{
	struct pdf_frame *f = frame(r);
	enum pdf_key owner = f != NULL ? f->key : KEY_NONE;

	r->depth++;
	if (r->depth == PDF_FRAMES)
		pdf_too_many(r->pdf, "dictionaries within one another");
	if (r->depth < PDF_FRAMES || f == NULL)
		*frame(r) = (struct pdf_frame){.owner = owner, .length = -1, .columns = 1};
}

static void
close_dict(struct pdf_reading *r)
{
	struct pdf_frame *f = frame(r), *outer;

	if (f == NULL)
		return;
	end_value(r, f);
	r->depth--;
	outer = frame(r);
	if (r->depth + 1 < PDF_FRAMES)
		pdf_judge_dict(r->pdf, f, outer);
	if (outer == NULL) {
		r->closed = *f;
		return;
	}
	/* parameters of a filter */
	if (f->predictor > 1) {
		outer->predictor = f->predictor;
		outer->columns = f->columns;
	}
	end_value(r, outer);
}

static void
on_array(struct pdf_reading *r, bool begin)
{
	struct pdf_frame *f = frame(r);

	if (f == NULL)
		return;
	if (begin) {
		f->arrays++;
	} else if (f->arrays > 0) {
		f->arrays--;
		r->nnumbers = 0;
		end_value(r, f);
	}
}

/* ---- streams ---- */

/* Where the stream's data end: where it says, if "endstream" follows there, or at the first one. */
static const uint8_t *
end_of_stream(const struct pdf_reading *r, const uint8_t *begin, const uint8_t **next)
{
	const uint8_t *mark = bytes_find(begin, r->lex.end, "endstream", 9), *end;

	*next = mark != NULL ? mark : r->lex.end;
	if (r->closed.length < 0 || r->closed.length > r->lex.end - begin)
		return *next;
	end = begin + r->closed.length;
	mark = bytes_find(end, r->lex.end - end > 32 ? end + 32 : r->lex.end, "endstream", 9);
	return mark != NULL ? end : *next;
}

/* Its type says so, or it has what only such a stream has. */
bool
pdf_holds_objects(const struct pdf_indirect *o)
{
	return (o->flags & IS_OBJECTS) || (o->flags & (HAS_N | HAS_FIRST)) == (HAS_N | HAS_FIRST);
}

/* A stream of objects: a table of numbers and places, then the objects (7.5.7). */
void
pdf_read_objects(struct pdf *p, const struct pdf_indirect *stream)
{
	long n = stream->n, first = stream->first;
	struct pdf_reading r = {.pdf = p};
	struct buf out;
	long number, i;

	if (p->nsources == PDF_SOURCES) {
		pdf_too_many(p, "streams of objects");
		return;
	}
	buf_init(&out, 0);
	if (!pdf_decode(p, stream, &out) || first < 0 || (size_t)first > out.len) {
		buf_free(&out);
		return;
	}
	p->sources[p->nsources++] = out;
	r.source = (uint32_t)p->nsources;
	r.begin = (const uint8_t *)out.data;
	pdf_lex_open(&r.lex, r.begin, (size_t)first);
	for (i = 0; i < n && pdf_lex_next(&r.lex) == PDF_NUMBER; i++) {
		number = r.lex.number;
		if (pdf_lex_next(&r.lex) != PDF_NUMBER || r.lex.number < 0 ||
		    r.lex.number > (long)out.len - first)
			break;
		pdf_add_object(p, number, r.source, (size_t)(first + r.lex.number));
	}
	pdf_lex_close(&r.lex);
	pdf_lex_open(&r.lex, r.begin + first, out.len - (size_t)first);
	pdf_read_tokens(&r);
	pdf_lex_close(&r.lex);
}

static void
on_stream(struct pdf_reading *r)
{
	const struct pdf_frame *f = &r->closed;
	struct pdf_indirect *o;
	struct pdf_indirect stream;
	const uint8_t *begin = r->lex.p, *end, *next;

	if (begin < r->lex.end && *begin == '\r')
		begin++;
	if (begin < r->lex.end && *begin == '\n')
		begin++;
	end = end_of_stream(r, begin, &next);
	r->lex.p = next;
	if (r->source != 0 || !r->in_object)
		return;
	o = &r->pdf->objects[r->pdf->nobjects - 1];
	o->stream = (size_t)(begin - r->begin);
	o->len = (size_t)(end - begin);
	memcpy(o->filter, f->filter, sizeof(o->filter));
	o->flags = (uint16_t)f->flags;
	o->columns = f->predictor >= 10 && f->columns > 0 ? (uint32_t)f->columns : 0;
	if (f->unknown_filter)
		o->flags |= UNREADABLE;
	if ((f->flags & IS_PUZZLE) && !r->pdf->looking)
		scan_find(r->pdf->scan, r->pdf->object, RULE_CANNOT_INSPECT,
		    "a stream in it is packed in ways that readers do not agree about");
	o->n = f->n < INT32_MAX ? (int32_t)f->n : 0;
	o->first = f->first < INT32_MAX ? (int32_t)f->first : -1;
	stream = *o;
	if (pdf_holds_objects(&stream) && !r->pdf->looking)
		pdf_read_objects(r->pdf, &stream);
}

/* ---- tokens ---- */

static void
on_word(struct pdf_reading *r)
{
	const char *word = buf_str(&r->lex.text);
	struct pdf_frame *f = frame(r);

	if (strcmp(word, "R") == 0 && r->nnumbers == 2 && f != NULL) {
		if (f->key == KEY_ENCRYPT) {
			r->pdf->encrypted = r->pdf->crypt.nkey == 0;
			r->pdf->encryption = r->numbers[0];
		}
		take_reference(r->pdf, f, r->numbers[0]);
		r->nnumbers = 0;
		end_value(r, f);
	} else if (strcmp(word, "obj") == 0 && r->nnumbers == 2) {
		/* an object begins; what was open before was not closed */
		r->depth = 0;
		r->closed = (struct pdf_frame){.length = -1};
		r->in_object = pdf_add_object(r->pdf, r->numbers[0], r->source,
				   (size_t)(r->lex.p - r->begin)) != NULL;
		if (r->in_object)
			r->pdf->objects[r->pdf->nobjects - 1].generation = (uint16_t)r->numbers[1];
	} else if (strcmp(word, "stream") == 0 && f == NULL) {
		on_stream(r);
	} else if (strcmp(word, "endobj") == 0 || strcmp(word, "trailer") == 0) {
		r->depth = 0;
		r->in_object = false;
	} else if (f != NULL)
		end_value(r, f);
}

static void
on_number(struct pdf_reading *r)
{
	r->numbers[0] = r->numbers[1];
	r->numbers[1] = r->lex.number;
	if (r->nnumbers < 2)
		r->nnumbers++;
}

static bool
ends_object(struct pdf_reading *r, enum pdf_token t)
{
	return t == PDF_WORD && (strcmp(buf_str(&r->lex.text), "endobj") == 0 ||
				    strcmp(buf_str(&r->lex.text), "obj") == 0);
}

void
pdf_read_tokens(struct pdf_reading *r)
{
	struct pdf_frame *f;
	enum pdf_token t;

	while ((t = pdf_lex_next(&r->lex)) != PDF_END && !(r->single && ends_object(r, t))) {
		f = frame(r);
		switch (t) {
		case PDF_NUMBER:
			on_number(r);
			continue;
		case PDF_NAME:
			on_name(r);
			break;
		case PDF_STRING:
			if (f != NULL) {
				/* a link as it stands counts too: readers may not believe it */
				if (f->key == KEY_URI)
					take_string(r->pdf, f, &r->lex.text);
				if (r->in_object && f->key != KEY_ID)
					pdf_decrypt_string(r->pdf,
					    &r->pdf->objects[r->pdf->nobjects - 1], &r->lex.text);
				take_string(r->pdf, f, &r->lex.text);
				r->nnumbers = 0;
				end_value(r, f);
			}
			break;
		case PDF_DICT:
			if (f != NULL && f->key == KEY_ENCRYPT && r->source == 0) {
				r->pdf->encrypted = r->pdf->crypt.nkey == 0;
				r->pdf->encryption_at = (size_t)(r->lex.p - r->begin) - 2;
			}
			open_dict(r);
			break;
		case PDF_DICT_END:
			close_dict(r);
			break;
		case PDF_ARRAY:
		case PDF_ARRAY_END:
			on_array(r, t == PDF_ARRAY);
			break;
		default:
			on_word(r);
		}
		r->nnumbers = 0;
	}
}
