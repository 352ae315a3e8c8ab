#include "vba.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/bytes.h"
#include "macro.h"
#include "ovba.h"
#include "shown.h"

#define MAX_MODULES 512
#define DIR_MAX (4u << 20)
#define SOURCE_MAX (16u << 20)
#define PCODE_OF_NOTHING 16 /* bytes: "Option Explicit" and the like */

struct project {
	struct scan *scan;
	const struct object *object;
	struct ole *ole;
	uint32_t storage;
	struct ovba_module *modules;
	size_t nmodules;
	struct buf raw, text;
};

bool
vba_is_sign(const struct ole_entry *e)
{
	return strcasecmp(e->name, "dir") == 0 || strcasecmp(e->name, "_VBA_PROJECT") == 0;
}

static void
read_modules(struct project *p)
{
	buf_clear(&p->text);
	p->text.max = DIR_MAX;
	if (ole_read(p->ole, ole_find(p->ole, p->storage, "dir"), &p->raw) &&
	    ovba_decompress((const uint8_t *)p->raw.data, p->raw.len, &p->text))
		p->nmodules = ovba_modules(
		    (const uint8_t *)p->text.data, p->text.len, p->modules, MAX_MODULES);
}

/* The source's offset as the list of modules tells it; SIZE_MAX if it does not. */
static size_t
listed_offset(const struct project *p, const char *stream)
{
	size_t i;

	for (i = 0; i < p->nmodules; i++)
		if (strcasecmp(p->modules[i].stream, stream) == 0)
			return p->modules[i].offset;
	return SIZE_MAX;
}

static bool
decompress_at(struct project *p, size_t offset)
{
	buf_clear(&p->text);
	return offset < p->raw.len && scan_may_unpack(p->scan, p->object, p->raw.len - offset) &&
	       ovba_decompress(
		   (const uint8_t *)p->raw.data + offset, p->raw.len - offset, &p->text);
}

/* A module of the name AutoExec whose Main runs is as good as a macro of that name. */
static void
report(struct project *p, uint32_t entry, const struct macro *m)
{
	const char *name = p->ole->entries[entry].name, *autorun = m->autorun;
	struct buf path;
	char text[SHOWN_MAX];

	if (m->main && *autorun == '\0' && macro_runs_by_itself(name, strlen(name)))
		autorun = name;
	buf_init(&path, 512);
	ole_path(p->ole, entry, &path);
	if (*autorun != '\0')
		scan_find(p->scan, p->object, RULE_MACRO_AUTORUN, "macro %s in %s",
		    shown_str(text, autorun), buf_str(&path));
	if (*m->procedure != '\0' || *autorun != '\0')
		scan_find(p->scan, p->object, RULE_MACRO, "macro %s in %s",
		    shown_str(text, *autorun != '\0' ? autorun : m->procedure), buf_str(&path));
	else
		scan_find(p->scan, p->object, RULE_MACRO, "macro code in %s", buf_str(&path));
	buf_free(&path);
}

/* Looks for names that run by themselves among the identifiers of the compiled project. */
static void
read_identifiers(struct project *p, struct macro *m)
{
	struct buf raw;

	buf_init(&raw, 0);
	ole_read(p->ole, ole_find(p->ole, p->storage, "_VBA_PROJECT"), &raw);
	macro_find_autorun(raw.data, raw.len, m);
	buf_free(&raw);
}

/* Compiled code without the source that it was made from: the source was taken out to hide it. */
static void
report_stomped(struct project *p, uint32_t entry)
{
	struct macro m = {0};
	struct buf path;
	char text[SHOWN_MAX];

	buf_init(&path, 512);
	ole_path(p->ole, entry, &path);
	scan_find(p->scan, p->object, RULE_MACRO, "compiled macro code without source in %s",
	    buf_str(&path));
	read_identifiers(p, &m);
	if (*m.autorun != '\0')
		scan_find(p->scan, p->object, RULE_MACRO_AUTORUN,
		    "macro %s, compiled without source, in %s", shown_str(text, m.autorun),
		    buf_str(&path));
	buf_free(&path);
}

static void
inspect_module(struct project *p, uint32_t entry)
{
	struct macro m = {0};
	size_t offset = listed_offset(p, p->ole->entries[entry].name), before;
	bool read;

	if (!ole_read(p->ole, entry, &p->raw))
		return;
	p->text.max = SOURCE_MAX;
	read = decompress_at(p, offset);
	if (!read) {
		offset = ovba_find_source((const uint8_t *)p->raw.data, p->raw.len);
		read = decompress_at(p, offset);
	}
	if (read)
		macro_read(p->text.data, p->text.len, &m);
	before = offset < p->raw.len ? offset : p->raw.len;
	if (m.code)
		report(p, entry, &m);
	else if (!m.comment && ovba_pcode((const uint8_t *)p->raw.data, before) > PCODE_OF_NOTHING)
		report_stomped(p, entry);
}

static bool
is_module(const struct ole *o, uint32_t i, uint32_t storage)
{
	const struct ole_entry *e = &o->entries[i];

	return e->parent == storage && e->kind == OLE_STREAM && strcasecmp(e->name, "dir") != 0 &&
	       strcasecmp(e->name, "_VBA_PROJECT") != 0 && strncasecmp(e->name, "__SRP_", 6) != 0;
}

void
vba_inspect(struct scan *s, const struct object *object, struct ole *o, uint32_t storage)
{
	struct project p = {.scan = s, .object = object, .ole = o, .storage = storage};
	uint32_t i;

	p.modules = calloc(MAX_MODULES, sizeof(*p.modules));
	if (p.modules == NULL) {
		s->no_memory = true;
		return;
	}
	buf_init(&p.raw, 0);
	buf_init(&p.text, SOURCE_MAX);
	read_modules(&p);
	for (i = 1; i < o->nentries; i++)
		if (is_module(o, i, storage))
			inspect_module(&p, i);
	buf_free(&p.raw);
	buf_free(&p.text);
	free(p.modules);
}
