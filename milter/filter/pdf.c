#include "pdf.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/ascii.h"
#include "bytes.h"
#include "link.h"
#include "pdf_crypt.h"
#include "pdf_filter.h"
#include "pdf_lex.h"
#include "pdf_script.h"
#include "shown.h"
#include "text.h"

#define HEAD 1024 /* the mark stands within these first bytes */
#define FRAMES 64 /* dictionaries within dictionaries; deeper ones share the last */
#define MAX_OBJECTS 1000000
#define MAX_WANTED 4096
#define MAX_SOURCES 4096 /* streams of objects that are kept unpacked */
#define FILTERS 6
#define NAME 128
#define HIDDEN_RATIO 8 /* times the file that objects which overlap are read */
#define MAX_FILES 5    /* of one attachment, for different systems */

/* Keys of dictionaries that matter. */
enum key {
	KEY_NONE,
	KEY_COLUMNS,
	KEY_EF,
	KEY_ENCRYPT,
	KEY_F,
	KEY_FILTER,
	KEY_FIRST,
	KEY_ID,
	KEY_JS,
	KEY_LENGTH,
	KEY_N,
	KEY_P,
	KEY_PREDICTOR,
	KEY_S,
	KEY_SUBTYPE,
	KEY_TYPE,
	KEY_UF,
	KEY_URI,
	KEY_WIN,
	KEY_XFA
};

static const struct {
	const char *name;
	enum key key;
} keys[] = {{"Columns", KEY_COLUMNS}, {"DOS", KEY_F}, {"Mac", KEY_F}, {"Unix", KEY_F},
    {"EF", KEY_EF}, {"Encrypt", KEY_ENCRYPT}, {"F", KEY_F}, {"Filter", KEY_FILTER},
    {"First", KEY_FIRST}, {"ID", KEY_ID}, {"JS", KEY_JS}, {"Length", KEY_LENGTH}, {"N", KEY_N},
    {"P", KEY_P}, {"Predictor", KEY_PREDICTOR}, {"S", KEY_S}, {"Subtype", KEY_SUBTYPE},
    {"Type", KEY_TYPE}, {"UF", KEY_UF}, {"URI", KEY_URI}, {"Win", KEY_WIN}, {"XFA", KEY_XFA}};

static const char *const filters[] = {"", "FlateDecode", "Fl", "ASCIIHexDecode", "AHx",
    "ASCII85Decode", "A85", "RunLengthDecode", "RL", "LZWDecode", "LZW", "Crypt"};
#define NFILTERS (sizeof(filters) / sizeof(*filters))

/* What a name as a value tells about its dictionary. */
enum {
	IS_SCRIPT = 1,
	IS_LAUNCH = 2,
	IS_FILE = 4,
	IS_OBJECTS = 8,
	HAS_N = 16,
	HAS_FIRST = 32,
	IS_REMOTE = 64,
	UNREADABLE = 128,
	HAS_ID = 256,
	STARTS_OTHER = 512 /* a name of a file that is no PDF, or a command for Windows */
};

static const struct {
	const char *name;
	unsigned flag;
} values[] = {{"JavaScript", IS_SCRIPT}, {"Launch", IS_LAUNCH}, {"EmbeddedFile", IS_FILE},
    {"ObjStm", IS_OBJECTS}, {"GoToR", IS_REMOTE}, {"GoToE", IS_REMOTE}};

/* A dictionary that is open, or the last one closed. */
struct frame {
	enum key key;	/* whose value is awaited */
	enum key owner; /* the key that this dictionary is the value of */
	unsigned arrays;
	unsigned flags;
	long length, n, first, columns, predictor;
	uint8_t filter[FILTERS];
	unsigned nfilters;
	bool unknown_filter;
	char name[NAME];       /* of a file */
	long file;	       /* the object that an action leads to */
	long files[MAX_FILES]; /* objects that are its content */
	unsigned nfiles;
};

struct indirect {
	uint32_t number;
	uint32_t source; /* 0: the file; otherwise an unpacked stream */
	size_t begin;	 /* behind "obj" */
	size_t stream, len;
	uint8_t filter[FILTERS];
	uint16_t flags;
	bool done;
	uint16_t generation;
	int32_t n, first; /* of a stream of objects */
	uint32_t columns;
};

/* Objects that are to be looked at once all are known. */
struct wanted {
	uint32_t number;
	enum key what; /* KEY_JS, KEY_EF, KEY_XFA */
	char name[NAME];
};

struct pdf {
	struct scan *scan;
	const struct object *object;
	struct frame *frames;
	struct indirect *objects;
	size_t nobjects;
	struct wanted *wanted;
	size_t nwanted;
	struct buf *sources;
	size_t nsources;
	bool looking;	/* only for how the file is encrypted, which stands at its end, as a rule */
	bool encrypted; /* and not opened */
	long encryption; /* the object that tells how; 0 where the dictionary stands in the trailer
			  */
	size_t encryption_at;
	struct pdf_crypt crypt;
	uint8_t id[64];
	size_t nid;
};

/* The tokens of the file or of one stream of objects. */
struct reading {
	struct pdf *pdf;
	struct pdf_lex lex;
	const uint8_t *begin;
	uint32_t source;
	size_t depth;	 /* open dictionaries */
	long numbers[2]; /* the last ones, of which a reference is made */
	unsigned nnumbers;
	struct frame closed; /* the last dictionary that was closed at the top */
	bool in_object;	     /* objects[nobjects - 1] is the one that is read */
	bool single;	     /* nothing else is to be read */
};

bool
pdf_applies(const struct object *o)
{
	return bytes_find(o->bytes, o->bytes + (o->len < HEAD ? o->len : HEAD), "%PDF-", 5) != NULL;
}

/* ---- what is wanted later ---- */

static void
want(struct pdf *p, long number, enum key what, const char *name)
{
	struct wanted *w;

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
	strlcpy(w->name, name, NAME);
}

static struct indirect *
add_object(struct pdf *p, long number, uint32_t source, size_t begin)
{
	struct indirect *o;

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
	*o = (struct indirect){.number = (uint32_t)number, .source = source, .begin = begin};
	return o;
}

/* ---- findings ---- */

static void
judge_script(struct pdf *p, const char *s, size_t len)
{
	char text[SHOWN_MAX];
	struct text t;

	if (p->encrypted) {
		scan_find(p->scan, p->object, RULE_PDF_JAVASCRIPT, "a script, which is encrypted");
		return;
	}
	if (pdf_script_is_ordinary(s, len))
		return;
	text_open(&t, (const uint8_t *)s, len);
	scan_find(p->scan, p->object, RULE_PDF_JAVASCRIPT, "the script %s",
	    shown(text, t.s, t.len < 1000 ? t.len : 1000));
	text_close(&t);
}

static void
judge_uri(struct pdf *p, const char *s, size_t len)
{
	char text[SHOWN_MAX];

	if (link_judge(s, len) == LINK_PROGRAM)
		scan_find(p->scan, p->object,
		    text_find(s, len, "script:") != NULL ? RULE_PDF_JAVASCRIPT : RULE_PDF_LAUNCH,
		    "a link to %s", shown(text, s, len));
}

/* Another PDF beside this one, which actions open too. */
static bool
is_pdf_beside(const char *name)
{
	size_t n = strlen(name);

	return n > 4 && strcasecmp(name + n - 4, ".pdf") == 0 && link_judge(name, n) == LINK_LOCAL;
}

static void
judge_launch(struct pdf *p, const char *name)
{
	char text[SHOWN_MAX];

	if (!is_pdf_beside(name))
		scan_find(p->scan, p->object, RULE_PDF_LAUNCH, "an action starts %s",
		    shown_str(text, name));
}

/* Every name that it tells must be harmless: programs choose among them. */
static void
judge_launch_dict(struct pdf *p, const struct frame *f)
{
	char text[SHOWN_MAX];

	if (f->flags & STARTS_OTHER)
		scan_find(p->scan, p->object, RULE_PDF_LAUNCH, "an action starts %s",
		    shown_str(text, f->name));
	if (f->file > 0)
		want(p, f->file, KEY_F, "");
	else
		judge_launch(p, f->name);
}

/* A dictionary is complete. */
static void
judge_dict(struct pdf *p, const struct frame *f, struct frame *outer)
{
	char text[SHOWN_MAX];
	unsigned i;

	if (p->looking)
		return;
	if (f->owner == KEY_WIN && outer != NULL) {
		outer->flags |= STARTS_OTHER;
		if (*f->name != '\0')
			memcpy(outer->name, f->name, NAME);
	}
	if (f->owner == KEY_EF && outer != NULL) {
		memcpy(outer->files, f->files, sizeof(f->files));
		outer->nfiles = f->nfiles;
	}
	if (f->flags & IS_LAUNCH)
		judge_launch_dict(p, f);
	if ((f->flags & IS_REMOTE) && link_judge(f->name, strlen(f->name)) == LINK_SHARE)
		scan_find(p->scan, p->object, RULE_EXTERNAL_LINK, "an action opens %s",
		    shown_str(text, f->name));
	for (i = 0; i < f->nfiles && f->owner != KEY_EF; i++)
		want(p, f->files[i], KEY_EF, f->name);
}

/* ---- values ---- */

static void
take_name(struct frame *f, const char *name)
{
	size_t i;

	if (f->key == KEY_FILTER) {
		for (i = 1; i < NFILTERS && strcmp(filters[i], name) != 0; i++)
			;
		if (i == NFILTERS || f->nfilters == FILTERS)
			f->unknown_filter = true;
		else
			f->filter[f->nfilters++] = (uint8_t)i;
	}
	for (i = 0; i < sizeof(values) / sizeof(*values); i++)
		if ((f->key == KEY_S || f->key == KEY_TYPE || f->key == KEY_SUBTYPE) &&
		    strcmp(values[i].name, name) == 0)
			f->flags |= values[i].flag;
}

static void
take_file_name(struct frame *f, const struct buf *s)
{
	struct buf name;
	struct text t;
	size_t n;

	text_open(&t, (const uint8_t *)s->data, s->len);
	buf_init(&name, 4096);
	utf8_from_bytes(&name, t.s, t.len < 1000 ? t.len : 1000);
	n = name.len < NAME - 1 ? name.len : NAME - 1;
	/* of a long name the end matters */
	memcpy(f->name, buf_str(&name) + name.len - n, n);
	f->name[n] = '\0';
	if (!is_pdf_beside(f->name))
		f->flags |= STARTS_OTHER;
	buf_free(&name);
	text_close(&t);
}

/* Strings of objects in the file; those in streams of objects are encrypted with the stream. */
static void
decrypt_string(const struct pdf *p, const struct indirect *o, struct buf *s)
{
	if (p->crypt.nkey > 0 && p->crypt.strings && o->source == 0 && s->len > 0)
		pdf_crypt_decrypt(&p->crypt, o->number, o->generation, s);
}

static void
take_string(struct pdf *p, struct frame *f, struct buf *s)
{
	buf_str(s);
	if (s->data == NULL || (p->looking && f->key != KEY_ID))
		return;
	if (f->key == KEY_JS)
		judge_script(p, s->data, s->len);
	else if (f->key == KEY_URI)
		judge_uri(p, s->data, s->len);
	else if (f->key == KEY_F || f->key == KEY_UF)
		take_file_name(f, s);
	else if (f->key == KEY_ID && f->arrays == 1 && !(f->flags & HAS_ID)) {
		f->flags |= HAS_ID;
		p->nid = s->len < sizeof(p->id) ? s->len : sizeof(p->id);
		memcpy(p->id, s->data, p->nid);
	}
}

static void
take_number(struct frame *f, long n)
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
take_reference(struct pdf *p, struct frame *f, long number)
{
	if (f->key == KEY_JS || f->key == KEY_XFA)
		want(p, number, f->key, "");
	else if (f->key == KEY_EF)
		want(p, number, KEY_EF, f->name);
	else if ((f->key == KEY_F || f->key == KEY_UF) && f->owner == KEY_EF &&
		 f->nfiles < MAX_FILES)
		f->files[f->nfiles++] = number;
	else if (f->key == KEY_F)
		f->file = number;
	else if (f->key == KEY_WIN || f->key == KEY_UF)
		f->flags |= STARTS_OTHER;
}

/* ---- dictionaries ---- */

static struct frame *
frame(struct reading *r)
{
	if (r->depth == 0)
		return NULL;
	return &r->pdf->frames[r->depth < FRAMES ? r->depth : FRAMES - 1];
}

static enum key
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
end_value(struct reading *r, struct frame *f)
{
	if (f->arrays > 0)
		return;
	if (r->nnumbers > 0 && f->key != KEY_NONE)
		take_number(f, r->numbers[1]);
	f->key = KEY_NONE;
}

/* Names of keys that do not matter are kept apart from no key at all. */
#define KEY_OTHER ((enum key)1000)

static void
on_name(struct reading *r)
{
	struct frame *f = frame(r);
	enum key key;

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
}

static void
open_dict(struct reading *r)
{
	struct frame *f = frame(r);
	enum key owner = f != NULL ? f->key : KEY_NONE;

	r->depth++;
	if (r->depth < FRAMES || f == NULL)
		*frame(r) = (struct frame){.owner = owner, .length = -1, .columns = 1};
}

static void
close_dict(struct reading *r)
{
	struct frame *f = frame(r), *outer;

	if (f == NULL)
		return;
	end_value(r, f);
	r->depth--;
	outer = frame(r);
	if (r->depth + 1 < FRAMES)
		judge_dict(r->pdf, f, outer);
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
on_array(struct reading *r, bool begin)
{
	struct frame *f = frame(r);

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
end_of_stream(const struct reading *r, const uint8_t *begin, const uint8_t **next)
{
	const uint8_t *mark = bytes_find(begin, r->lex.end, "endstream", 9), *end;

	*next = mark != NULL ? mark : r->lex.end;
	if (r->closed.length < 0 || r->closed.length > r->lex.end - begin)
		return *next;
	end = begin + r->closed.length;
	mark = bytes_find(end, r->lex.end - end > 32 ? end + 32 : r->lex.end, "endstream", 9);
	return mark != NULL ? end : *next;
}

static bool
decode(struct pdf *p, const struct indirect *o, struct buf *out)
{
	const uint8_t *bytes = p->object->bytes + o->stream;
	size_t i;

	buf_clear(out);
	if (o->flags & UNREADABLE)
		return false;
	buf_add(out, bytes, o->len);
	if (p->crypt.nkey > 0 && !pdf_crypt_decrypt(&p->crypt, o->number, o->generation, out))
		return false;
	for (i = 0; i < FILTERS && o->filter[i] != 0; i++)
		if (!pdf_filter(p->scan, p->object, filters[o->filter[i]], out))
			return false;
	if (o->columns > 0)
		pdf_unpredict(out, o->columns);
	return out->len > 0 && !out->failed;
}

static void read_tokens(struct reading *);

/* Its type says so, or it has what only such a stream has. */
static bool
holds_objects(const struct indirect *o)
{
	return (o->flags & IS_OBJECTS) || (o->flags & (HAS_N | HAS_FIRST)) == (HAS_N | HAS_FIRST);
}

/* A stream of objects: a table of numbers and places, then the objects (7.5.7). */
static void
read_objects(struct pdf *p, const struct indirect *stream)
{
	long n = stream->n, first = stream->first;
	struct reading r = {.pdf = p};
	struct buf out;
	long number, i;

	if (p->nsources == MAX_SOURCES)
		return;
	buf_init(&out, 0);
	if (!decode(p, stream, &out) || first < 0 || (size_t)first > out.len) {
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
		add_object(p, number, r.source, (size_t)(first + r.lex.number));
	}
	pdf_lex_close(&r.lex);
	pdf_lex_open(&r.lex, r.begin + first, out.len - (size_t)first);
	read_tokens(&r);
	pdf_lex_close(&r.lex);
}

static void
on_stream(struct reading *r)
{
	const struct frame *f = &r->closed;
	struct indirect *o;
	struct indirect stream;
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
	o->n = f->n < INT32_MAX ? (int32_t)f->n : 0;
	o->first = f->first < INT32_MAX ? (int32_t)f->first : -1;
	stream = *o;
	if (holds_objects(&stream) && !r->pdf->looking)
		read_objects(r->pdf, &stream);
}

/* ---- tokens ---- */

static void
on_word(struct reading *r)
{
	const char *word = buf_str(&r->lex.text);
	struct frame *f = frame(r);

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
		r->closed = (struct frame){.length = -1};
		r->in_object = add_object(r->pdf, r->numbers[0], r->source,
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
on_number(struct reading *r)
{
	r->numbers[0] = r->numbers[1];
	r->numbers[1] = r->lex.number;
	if (r->nnumbers < 2)
		r->nnumbers++;
}

static bool
ends_object(struct reading *r, enum pdf_token t)
{
	return t == PDF_WORD && (strcmp(buf_str(&r->lex.text), "endobj") == 0 ||
				    strcmp(buf_str(&r->lex.text), "obj") == 0);
}

static void
read_tokens(struct reading *r)
{
	struct frame *f;
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
					decrypt_string(r->pdf,
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

/* ---- what was wanted ---- */

static int
by_number(const void *a, const void *b)
{
	uint32_t x = ((const struct indirect *)a)->number, y = ((const struct indirect *)b)->number;

	return x < y ? -1 : x > y;
}

static struct indirect *
first_of(struct pdf *p, uint32_t number)
{
	size_t low = 0, high = p->nobjects, middle;

	while (low < high) {
		middle = (low + high) / 2;
		if (p->objects[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return &p->objects[low];
}

/* The tokens of the object, which does not end where they end. */
static void
open_object(struct pdf *p, const struct indirect *o, struct pdf_lex *lex)
{
	const struct buf *source = o->source > 0 ? &p->sources[o->source - 1] : NULL;

	if (source != NULL)
		pdf_lex_open(lex, (const uint8_t *)source->data + o->begin, source->len - o->begin);
	else
		pdf_lex_open(lex, p->object->bytes + o->begin, p->object->len - o->begin);
}

/* A script that is an object of its own: a stream, or a string. */
static void
read_script(struct pdf *p, const struct indirect *o)
{
	struct pdf_lex lex;
	struct buf out;

	if (o->len > 0) {
		buf_init(&out, 0);
		if (decode(p, o, &out))
			judge_script(p, out.data, out.len);
		else if (p->encrypted)
			judge_script(p, "", 0);
		else if (!p->scan->exhausted)
			scan_find(p->scan, p->object, RULE_PDF_JAVASCRIPT,
			    "a script that cannot be read");
		buf_free(&out);
		return;
	}
	open_object(p, o, &lex);
	if (pdf_lex_next(&lex) == PDF_STRING) {
		decrypt_string(p, o, &lex.text);
		judge_script(p, buf_str(&lex.text), lex.text.len);
	}
	pdf_lex_close(&lex);
}

static void
read_form(struct pdf *p, const struct indirect *o)
{
	const char *at, *end;
	struct buf out;

	buf_init(&out, 0);
	if (decode(p, o, &out)) {
		end = out.data + out.len;
		for (at = out.data; (at = text_find(at, (size_t)(end - at), "<script")) != NULL;
		     at++)
			if (text_find(at, end - at < 200 ? (size_t)(end - at) : 200,
				"javascript") != NULL)
				scan_find(p->scan, p->object, RULE_PDF_JAVASCRIPT,
				    "a script in an XFA form");
	}
	buf_free(&out);
}

/* Data and images, which every reader may have beside the pages: invoices carry XML so. */
static bool
is_ordinary_file(const char *name)
{
	static const char *const ends[] = {".xml", ".txt", ".csv", ".json", ".pdf", ".png", ".jpg",
	    ".jpeg", ".tif", ".tiff", ".gif", ".xsd", ".joboptions", ".md", ".wav", ".mp3", ".mp4",
	    ".m4v", ".mov", ".avi", ".mpg"};
	size_t i, n = strlen(name), k;

	for (i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		k = strlen(ends[i]);
		if (n > k && strcasecmp(name + n - k, ends[i]) == 0)
			return true;
	}
	return false;
}

static void
inspect_file(struct pdf *p, struct indirect *o, const char *name)
{
	struct buf out;

	if (o->done)
		return;
	o->done = true;
	buf_init(&out, 0);
	if (!p->encrypted && decode(p, o, &out))
		inspect_within(p->scan, p->object, *name != '\0' ? name : NULL,
		    (const uint8_t *)out.data, out.len);
	buf_free(&out);
}

static void
read_file(struct pdf *p, struct indirect *o, const char *name)
{
	char text[SHOWN_MAX];

	if (!o->done && !is_ordinary_file(name))
		scan_find(p->scan, p->object, RULE_PDF_EMBEDDED_FILE, "the file %s",
		    shown_str(text, *name != '\0' ? name : "without a name"));
	inspect_file(p, o, name);
}

/* What a launch leads to: a dictionary that tells a file's names, or a string. */
static void
read_launched(struct pdf *p, const struct indirect *o)
{
	bool name_next = true, any = false;
	struct pdf_lex lex;
	enum pdf_token t;

	open_object(p, o, &lex);
	while ((t = pdf_lex_next(&lex)) != PDF_END && t != PDF_DICT_END) {
		if (t == PDF_STRING && name_next) {
			any = true;
			decrypt_string(p, o, &lex.text);
			judge_launch(p, p->encrypted ? "" : buf_str(&lex.text));
		}
		if (t == PDF_WORD && strcmp(buf_str(&lex.text), "endobj") == 0)
			break;
		name_next = t == PDF_NAME && (strcmp(buf_str(&lex.text), "F") == 0 ||
						 strcmp(buf_str(&lex.text), "UF") == 0 ||
						 strcmp(buf_str(&lex.text), "DOS") == 0 ||
						 strcmp(buf_str(&lex.text), "Unix") == 0);
	}
	pdf_lex_close(&lex);
	if (!any)
		judge_launch(p, "");
}

static void
read_wanted(struct pdf *p, const struct wanted *w)
{
	struct indirect *o = first_of(p, w->number), *end = p->objects + p->nobjects;

	if (w->what == KEY_F && (o == end || o->number != w->number))
		judge_launch(p, "");
	for (; o < end && o->number == w->number; o++) {
		if (w->what == KEY_JS)
			read_script(p, o);
		else if (w->what == KEY_F)
			read_launched(p, o);
		else if (w->what == KEY_XFA && o->len > 0)
			read_form(p, o);
		else if (w->what == KEY_EF && o->len > 0)
			read_file(p, o, w->name);
	}
}

static void
read_all_wanted(struct pdf *p)
{
	size_t i;

	if (p->nobjects == 0)
		return;
	qsort(p->objects, p->nobjects, sizeof(*p->objects), by_number);
	for (i = 0; i < p->nwanted && !p->scan->exhausted; i++)
		read_wanted(p, &p->wanted[i]);
	/* what nothing refers to cannot be opened, if all is read well: parts of forms, mostly */
	for (i = 0; i < p->nobjects; i++)
		if ((p->objects[i].flags & IS_FILE) && p->objects[i].len > 0)
			inspect_file(p, &p->objects[i], "");
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
	struct indirect stream;

	if (!open_encryption(p)) {
		scan_find(
		    p->scan, p->object, RULE_ENCRYPTED_DOCUMENT, "a PDF that needs a password");
		return;
	}
	p->encrypted = false;
	for (i = 0; i < n && !p->scan->exhausted; i++) {
		stream = p->objects[i];
		if (stream.source == 0 && stream.len > 0 && holds_objects(&stream))
			read_objects(p, &stream);
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
	struct reading r = {
	    .pdf = p, .begin = begin, .closed = {.length = -1}, .single = true, .in_object = true};
	long number, generation;
	size_t n;

	if (!number_before(begin, &word, &generation) || !number_before(begin, &word, &number) ||
	    add_object(p, number, 0, at) == NULL)
		return 0;
	p->objects[p->nobjects - 1].generation = (uint16_t)generation;
	pdf_lex_open(&r.lex, begin + at, p->object->len - at);
	read_tokens(&r);
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
	struct reading r = {.pdf = p, .begin = p->object->bytes, .closed = {.length = -1}};

	pdf_lex_open(&r.lex, p->object->bytes, p->object->len);
	read_tokens(&r);
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
	p.frames = calloc(FRAMES, sizeof(*p.frames));
	p.sources = calloc(MAX_SOURCES, sizeof(*p.sources));
	if (p.frames == NULL || p.sources == NULL) {
		s->no_memory = true;
	} else {
		if (bytes_find(o->bytes, o->bytes + o->len, "/Encrypt", 8) != NULL)
			look_for_encryption(&p);
		read_whole(&p);
		if (p.encrypted)
			open_encrypted(&p);
		read_all_wanted(&p);
	}
	free_all(&p);
}
