#include "inspect.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "activemime.h"
#include "base/buf.h"
#include "biff.h"
#include "cipher.h"
#include "encoded.h"
#include "html.h"
#include "macfile.h"
#include "message.h"
#include "name.h"
#include "office_xml.h"
#include "ole_document.h"
#include "onenote.h"
#include "pdf.h"
#include "prefixed.h"
#include "rtf.h"
#include "sheet_text.h"
#include "shortcut.h"
#include "tnef.h"
#include "type.h"
#include "unarchive.h"
#include "xlsb.h"
#include "zip.h"

/* Each inspector: is the object for it, and what is in it. */
static const struct inspector {
	bool (*applies)(const struct object *);
	void (*inspect)(struct scan *, const struct object *);
} inspectors[] = {
    {name_applies, name_inspect},
    {activemime_applies, activemime_inspect},
    {biff_applies, biff_inspect_file},
    {encoded_applies, encoded_inspect},
    {html_applies, html_inspect},
    {macfile_applies, macfile_inspect},
    {message_applies, message_inspect},
    {office_xml_applies, office_xml_inspect},
    {ole_document_applies, ole_document_inspect},
    {onenote_applies, onenote_inspect},
    {pdf_applies, pdf_inspect},
    {prefixed_applies, prefixed_inspect},
    {rtf_applies, rtf_inspect},
    {sheet_text_applies, sheet_text_inspect},
    {shortcut_applies, shortcut_inspect},
    {tnef_applies, tnef_inspect},
    {unarchive_applies, unarchive_inspect},
    {xlsb_applies, xlsb_inspect},
    {zip_applies, zip_inspect},
    /* the last: others know more of what they find */
    {type_applies, type_inspect},
    {NULL, NULL},
};

bool
inspect_prepare(struct buf *err)
{
	cipher_prepare();
	return type_prepare(err) && unarchive_prepare(err);
}

static uint64_t
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

void
scan_init(struct scan *s, const struct scan_limits *limits, struct arena *mem)
{
	*s = (struct scan){.mem = mem, .limits = *limits, .began = now()};
}

void
scan_free(struct scan *s)
{
	free(s->report.parts);
	free(s->report.findings);
	s->report = (struct scan_report){0};
}

/* ---- the report ---- */

/* Room for one more in an array that grows by doubling. */
static bool
grow(void **v, size_t n, size_t size)
{
	void *new;

	if (n != 0 && (n & (n - 1)) != 0)
		return true;
	new = reallocarray(*v, n == 0 ? 1 : 2 * n, size);
	if (new == NULL)
		return false;
	*v = new;
	return true;
}

static const char *
keep(struct scan *s, const char *text)
{
	const char *copy = arena_strdup(s->mem, text);

	if (copy == NULL)
		s->no_memory = true;
	return copy != NULL ? copy : "";
}

/* The object's name with those of its containers; a part without a name is told by its place. */
static void
full_name(const struct object *o, struct buf *out)
{
	if (o->parent != NULL) {
		full_name(o->parent, out);
		buf_addc(out, '/');
	}
	if (o->nnames > 0)
		buf_adds(out, o->names[0]);
	else
		buf_addf(out, "(part %u)", o->part);
}

static bool
is_told(const struct scan *s, const struct object *o, enum scan_rule rule)
{
	size_t i;

	for (i = s->report.nfindings; i-- > 0;)
		if (s->report.findings[i].part == o->part && s->report.findings[i].rule == rule)
			return true;
	return false;
}

static void
add_finding(struct scan *s, const struct object *o, enum scan_rule rule, const char *reason)
{
	struct scan_report *r = &s->report;
	struct buf name;

	if (is_told(s, o, rule))
		return;
	if (r->nfindings >= s->limits.findings) {
		r->more++;
		return;
	}
	if (!grow((void **)&r->findings, r->nfindings, sizeof(*r->findings))) {
		s->no_memory = true;
		return;
	}
	buf_init(&name, 4096);
	full_name(o, &name);
	r->findings[r->nfindings++] = (struct scan_finding){.rule = rule,
	    .part = o->part,
	    .name = keep(s, buf_str(&name)),
	    .reason = keep(s, reason)};
	buf_free(&name);
}

void
scan_find(struct scan *s, const struct object *o, enum scan_rule rule, const char *fmt, ...)
{
	struct buf reason;
	va_list ap;

	buf_init(&reason, 1024);
	va_start(ap, fmt);
	buf_vaddf(&reason, fmt, ap);
	va_end(ap);
	add_finding(s, o, rule, buf_str(&reason));
	buf_free(&reason);
}

void
scan_say_type(struct scan *s, const struct object *o, const char *type)
{
	s->report.parts[o->part].found = keep(s, type);
}

/* ---- limits ---- */

static bool
out_of(struct scan *s, const struct object *o, const char *what)
{
	s->exhausted = true;
	scan_find(s, o, RULE_ARCHIVE_BOMB, "%s", what);
	return false;
}

static bool
is_too_late(struct scan *s, const struct object *o)
{
	return now() - s->began > s->limits.milliseconds &&
	       !out_of(s, o, "it takes too long to look into it");
}

bool
scan_has_time(struct scan *s, const struct object *o)
{
	return !s->exhausted && !is_too_late(s, o);
}

/* Counted for each container by itself: what a large file holds is nothing against a small one. */
static bool
grows_too_much(const struct scan *s, const struct object *o, size_t n)
{
	size_t unpacked = s->report.parts[o->part].unpacked + n;

	return o->len > 0 && unpacked > s->limits.ratio_floor &&
	       unpacked / s->limits.ratio > o->len;
}

bool
scan_may_unpack(struct scan *s, const struct object *o, size_t n)
{
	const struct object *a;

	if (!scan_has_time(s, o))
		return false;
	if (n > s->limits.object_max)
		return out_of(s, o, "one file in it is too large when unpacked");
	if (n > s->limits.unpacked - s->unpacked)
		return out_of(s, o, "too much when unpacked");
	for (a = o; a != NULL; a = a->parent)
		if (grows_too_much(s, a, n))
			return out_of(s, a, "grows too much when unpacked");
	for (a = o; a != NULL; a = a->parent)
		s->report.parts[a->part].unpacked += n;
	s->unpacked += n;
	return true;
}

void
scan_unpacked_less(struct scan *s, const struct object *o, size_t n)
{
	for (; o != NULL; o = o->parent)
		s->report.parts[o->part].unpacked -= n;
	s->unpacked -= n;
}

/* ---- inspecting ---- */

static bool
enter(struct scan *s, struct object *o)
{
	struct scan_report *r = &s->report;

	if (r->nparts >= s->limits.objects) {
		s->exhausted = true;
		return false;
	}
	if (!grow((void **)&r->parts, r->nparts, sizeof(*r->parts))) {
		s->no_memory = true;
		return false;
	}
	o->part = (unsigned)r->nparts;
	r->parts[r->nparts++] =
	    (struct scan_part){.parent = o->parent != NULL ? (int)o->parent->part : -1,
		.name = o->nnames > 0 ? keep(s, o->names[0]) : "",
		.declared = o->ntypes > 0 ? keep(s, o->types[0]) : "",
		.found = "",
		.size = o->len};
	return true;
}

void
inspect(struct scan *s, struct object *o)
{
	const struct inspector *i;

	if (o->bytes == NULL) /* inspectors look between bytes and bytes + len */
		o->bytes = (const unsigned char *)"";
	o->depth = o->parent != NULL ? o->parent->depth + 1 : 0;
	if (o->depth > s->limits.depth) {
		scan_find(s, o->parent, RULE_CANNOT_INSPECT, "nested too deeply");
		return;
	}
	if (!enter(s, o)) {
		if (o->parent != NULL)
			scan_find(s, o->parent, RULE_ARCHIVE_BOMB, "too many files in it");
		return;
	}
	if (s->each != NULL && o->len > 0)
		s->each(s->ctx, o);
	for (i = inspectors; i < inspectors + sizeof(inspectors) / sizeof(*inspectors); i++)
		if (i->applies != NULL && i->applies(o)) {
			i->inspect(s, o);
			/* what is within another object is told by its name when it is too late */
			if (o->parent != NULL && is_too_late(s, o->parent))
				return;
		}
}

void
inspect_within(struct scan *s, const struct object *parent, const char *name,
    const unsigned char *bytes, size_t len)
{
	struct object o = {.parent = parent,
	    .bytes = bytes,
	    .len = len,
	    .names = &name,
	    .nnames = name != NULL,
	    .in_archive = true};

	inspect(s, &o);
}
