#include "xml.h"

#include <expat.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>

#include "base/utf8.h"

#define MAX_ATTRIBUTES 256
#define MAX_ENTITIES 100 /* declared ones; a long chain of them would take much stack */
#define PIECE (16 << 20)

struct reader {
	XML_Parser parser;
	const struct markup_events *events;
	void *ctx;
	unsigned entities;
	const char *list[2 * MAX_ATTRIBUTES + 1];
};

static const char *
local(const char *name)
{
	const char *colon = strrchr(name, ':');

	return colon != NULL && colon[1] != '\0' ? colon + 1 : name;
}

static void XMLCALL
on_start(void *data, const XML_Char *name, const XML_Char **attributes)
{
	struct reader *r = data;
	size_t n;

	for (n = 0; attributes[n] != NULL && n < MAX_ATTRIBUTES * 2; n += 2) {
		r->list[n] = local(attributes[n]);
		r->list[n + 1] = attributes[n + 1];
	}
	r->list[n] = NULL;
	r->events->start(r->ctx, local(name), r->list);
}

static void XMLCALL
on_end(void *data, const XML_Char *name)
{
	struct reader *r = data;

	if (r->events->end != NULL)
		r->events->end(r->ctx, local(name));
}

static void XMLCALL
on_text(void *data, const XML_Char *s, int n)
{
	struct reader *r = data;

	r->events->text(r->ctx, s, (size_t)n);
}

static void XMLCALL
on_entity(void *data, const XML_Char *name, int parameter, const XML_Char *value, int len,
    const XML_Char *base, const XML_Char *system, const XML_Char *public, const XML_Char *notation)
{
	struct reader *r = data;

	if (++r->entities > MAX_ENTITIES)
		XML_StopParser(r->parser, XML_FALSE);
}

/* How far it could be read; len if all of it. */
static size_t
parse(struct reader *r, const char *s, size_t len)
{
	size_t at, n;
	XML_Index stopped;

	for (at = 0; at < len || len == 0; at += n) {
		n = len - at < PIECE ? len - at : PIECE;
		if (XML_Parse(r->parser, s + at, (int)n, at + n == len) == XML_STATUS_OK) {
			if (at + n == len)
				return len;
			continue;
		}
		stopped = XML_GetCurrentByteIndex(r->parser);
		return stopped < 0 || (uint64_t)stopped > len ? 0 : (size_t)stopped;
	}
	return len;
}

void
xml_read(const char *s, size_t len, const struct markup_events *events, void *ctx)
{
	struct reader r = {.events = events, .ctx = ctx};
	size_t at = 0;

	while (len > 0 && (unsigned char)*s <= 0x20)
		s++, len--;
	r.parser = XML_ParserCreate(utf8_valid(s, len) ? "UTF-8" : "ISO-8859-1");
	if (r.parser != NULL) {
		XML_SetUserData(r.parser, &r);
		XML_SetElementHandler(r.parser, on_start, on_end);
		XML_SetCharacterDataHandler(r.parser, on_text);
		XML_SetEntityDeclHandler(r.parser, on_entity);
		at = parse(&r, s, len);
		XML_ParserFree(r.parser);
	}
	if (at < len)
		markup_read(s + at, len - at, MARKUP_XML, events, ctx);
}
