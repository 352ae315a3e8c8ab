#include "pdf_wanted.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "pdf_judge.h"
#include "pdf_object.h"
#include "shown.h"
#include "text.h"

#define LOOKED_RATIO 8		 /* times the bytes that there are */
#define LOOKED_FLOOR (16u << 20) /* bytes */

/* Each object once: objects of which each goes on in the next one are seen as often as they are. */
static bool
may_look(struct pdf *p, size_t n)
{
	size_t all = p->object->len + p->scan->report.parts[p->object->part].unpacked;

	p->looked_at += n;
	if (p->looked_at < LOOKED_FLOOR || p->looked_at / LOOKED_RATIO <= all)
		return scan_has_time(p->scan, p->object);
	scan_find(p->scan, p->object, RULE_CANNOT_INSPECT, "objects lie in one another in it");
	return false;
}

static int
by_number(const void *a, const void *b)
{
	uint32_t x = ((const struct pdf_indirect *)a)->number,
		 y = ((const struct pdf_indirect *)b)->number;

	return x < y ? -1 : x > y;
}

static struct pdf_indirect *
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

/* A script that is an object of its own: a stream, or a string. */
static void
read_script(struct pdf *p, const struct pdf_indirect *o)
{
	const uint8_t *begin;
	struct pdf_lex lex;
	struct buf out;

	if (o->len > 0) {
		buf_init(&out, 0);
		if (pdf_decode(p, o, &out))
			pdf_judge_script(p, out.data, out.len);
		else if (p->encrypted)
			pdf_judge_script(p, "", 0);
		else if (!p->scan->exhausted)
			scan_find(p->scan, p->object, RULE_PDF_JAVASCRIPT,
			    "a script that cannot be read");
		buf_free(&out);
		return;
	}
	pdf_open_object(p, o, &lex);
	begin = lex.p;
	if (pdf_lex_next(&lex) == PDF_STRING) {
		pdf_decrypt_string(p, o, &lex.text);
		pdf_judge_script(p, buf_str(&lex.text), lex.text.len);
	}
	may_look(p, (size_t)(lex.p - begin));
	pdf_lex_close(&lex);
}

/* By the attributes of the element; no program writes a type with entities. */
static bool
is_javascript(const char *s, const char *end)
{
	return text_find(s, (size_t)(end - s), "javascript") != NULL ||
	       memchr(s, '&', (size_t)(end - s)) != NULL;
}

static void
read_form(struct pdf *p, const struct pdf_indirect *o)
{
	bool begins;
	const char *at, *end, *stop;
	struct text t;
	struct buf out;

	buf_init(&out, 0);
	if (pdf_decode(p, o, &out)) {
		text_open(&t, (const uint8_t *)out.data, out.len);
		end = t.s + t.len;
		for (at = t.s; (at = text_find(at, (size_t)(end - at), "script")) != NULL;) {
			begins = at > t.s && (at[-1] == '<' || at[-1] == ':');
			at += strlen("script");
			stop = begins ? memchr(at, '>', (size_t)(end - at)) : NULL;
			if (begins && is_javascript(at, stop != NULL ? stop : end))
				scan_find(p->scan, p->object, RULE_PDF_JAVASCRIPT,
				    "a script in an XFA form");
			if (begins)
				at = stop != NULL ? stop : end;
		}
		text_close(&t);
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
inspect_file(struct pdf *p, struct pdf_indirect *o, const char *name)
{
	struct buf out;

	if (o->done)
		return;
	o->done = true;
	buf_init(&out, 0);
	if (!p->encrypted && pdf_decode(p, o, &out))
		inspect_within(p->scan, p->object, *name != '\0' ? name : NULL,
		    (const uint8_t *)out.data, out.len);
	buf_free(&out);
}

static void
read_file(struct pdf *p, struct pdf_indirect *o, const char *name)
{
	char text[SHOWN_MAX];

	if (!is_ordinary_file(name))
		scan_find(p->scan, p->object, RULE_PDF_EMBEDDED_FILE, "the file %s",
		    shown_str(text, *name != '\0' ? name : "without a name"));
	inspect_file(p, o, name);
}

/* What a launch leads to: a dictionary that tells a file's names, or a string. */
static void
read_launched(struct pdf *p, const struct pdf_indirect *o)
{
	bool name_next = true, any = false;
	const uint8_t *begin;
	struct pdf_lex lex;
	enum pdf_token t;

	pdf_open_object(p, o, &lex);
	begin = lex.p;
	while ((t = pdf_lex_next(&lex)) != PDF_END && t != PDF_DICT_END) {
		if (t == PDF_STRING && name_next) {
			any = true;
			pdf_decrypt_string(p, o, &lex.text);
			pdf_judge_launch(p, p->encrypted ? "" : buf_str(&lex.text));
		}
		if (t == PDF_WORD && (strcmp(buf_str(&lex.text), "endobj") == 0 ||
					 strcmp(buf_str(&lex.text), "obj") == 0))
			break;
		name_next = t == PDF_NAME && (strcmp(buf_str(&lex.text), "F") == 0 ||
						 strcmp(buf_str(&lex.text), "UF") == 0 ||
						 strcmp(buf_str(&lex.text), "DOS") == 0 ||
						 strcmp(buf_str(&lex.text), "Unix") == 0);
	}
	may_look(p, (size_t)(lex.p - begin));
	pdf_lex_close(&lex);
	if (!any)
		pdf_judge_launch(p, "");
}

static void
read_wanted(struct pdf *p, const struct pdf_wanted *w)
{
	struct pdf_indirect *o = first_of(p, w->number), *end = p->objects + p->nobjects;

	if (o == end || o->number != w->number) {
		if (w->what == KEY_F)
			pdf_judge_launch(p, "");
		return;
	}
	/* a file can have several names, of which each counts */
	if ((o->looked & 1U << w->what) != 0) {
		if (w->what == KEY_EF && o->len > 0)
			read_file(p, o, w->name);
		return;
	}
	o->looked |= 1U << w->what;
	for (; o < end && o->number == w->number && may_look(p, o->len); o++) {
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

void
pdf_read_wanted(struct pdf *p)
{
	size_t i;

	if (p->nobjects == 0)
		return;
	qsort(p->objects, p->nobjects, sizeof(*p->objects), by_number);
	for (i = 0; i < p->nwanted && !p->scan->exhausted && scan_has_time(p->scan, p->object); i++)
		read_wanted(p, &p->wanted[i]);
	/* what nothing refers to cannot be opened, if all is read well: parts of forms, mostly */
	for (i = 0; i < p->nobjects; i++)
		if ((p->objects[i].flags & IS_FILE) && p->objects[i].len > 0)
			inspect_file(p, &p->objects[i], "");
}
