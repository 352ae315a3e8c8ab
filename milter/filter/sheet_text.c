#include "sheet_text.h"

#include <string.h>
#include <strings.h>

#include "formula.h"
#include "shown.h"
#include "text.h"

#define CELL_MAX 8192

static bool
ends_with_any(const char *name, const char *const *endings)
{
	size_t n = strlen(name), k;

	for (; *endings != NULL; endings++) {
		k = strlen(*endings);
		if (n >= k && strcasecmp(name + n - k, *endings) == 0)
			return true;
	}
	return false;
}

static bool
is_csv(const struct object *o)
{
	static const char *const endings[] = {".csv", ".tsv", ".tab", NULL};
	size_t i;

	for (i = 0; i < o->nnames; i++)
		if (ends_with_any(o->names[i], endings))
			return true;
	for (i = 0; i < o->ntypes; i++)
		if (strcmp(o->types[i], "text/csv") == 0 ||
		    strcmp(o->types[i], "text/tab-separated-values") == 0)
			return true;
	return false;
}

static bool
is_sylk(const struct text *t)
{
	return text_begins(t, "ID;");
}

/* "WEB", a version, and the address, a line each. */
static bool
is_query(const struct text *t)
{
	return text_begins(t, "WEB\r\n1\r\n") || text_begins(t, "WEB\n1\n") ||
	       text_begins(t, "WEB\r\nhttp") || text_begins(t, "WEB\nhttp");
}

bool
sheet_text_applies(const struct object *o)
{
	struct text t;
	bool applies;

	if (o->plain_text || o->len < 4)
		return false;
	text_open(&t, o->bytes, o->len < 64 ? o->len : 64);
	applies = is_sylk(&t) || is_query(&t) || is_csv(o);
	text_close(&t);
	return applies;
}

/* The end of a cell without quotes. */
static const char *
find_separator(const char *p, const char *end)
{
	static const bool separators[256] = {
	    [','] = true, [';'] = true, ['\t'] = true, ['\r'] = true, ['\n'] = true};

	while (p < end && !separators[(unsigned char)*p])
		p++;
	return p;
}

/* Behind the quote that ends a quoted string, two of them being one; NULL without an end. */
static const char *
skip_quoted(const char *p, const char *end)
{
	while ((p = memchr(p, '"', (size_t)(end - p))) != NULL) {
		p++;
		if (p == end || *p != '"')
			return p;
		p++;
	}
	return NULL;
}

/* A cell that Excel takes for a formula: behind quotes and spaces, a sign that begins one. */
static void
judge_cell(struct scan *s, const struct object *o, const char *cell, size_t n)
{
	char text[SHOWN_MAX];

	while (n > 0 && (*cell == '"' || *cell == ' '))
		cell++, n--;
	if (n < 4 || strchr("=+-@", *cell) == NULL)
		return;
	if (formula_starts_program(cell + 1, n < CELL_MAX ? n - 1 : CELL_MAX))
		scan_find(s, o, RULE_FORMULA, "the formula %s", shown(text, cell, n));
}

/* A cell ends with a separator outside quotes. Any separator is taken: readers guess as well. */
static void
judge_cells(struct scan *s, const struct object *o, const struct text *t)
{
	const char *p = t->s, *end = t->s + t->len, *begin, *behind;
	unsigned unclosed = 0; /* after many, quotes are taken as other signs */

	while (p < end) {
		begin = p;
		behind = begin;
		if (*begin == '"' && unclosed < 100)
			behind = skip_quoted(begin + 1, end);
		/* a quote that does not end: all the rest is one cell, or each line is some */
		if (behind == NULL && ++unclosed > 0)
			judge_cell(s, o, begin, (size_t)(end - begin));
		p = find_separator(behind != NULL ? behind : begin + 1, end);
		judge_cell(s, o, begin, (size_t)(p - begin));
		if (p < end)
			p++;
	}
}

/* Records are lines, fields begin with a semicolon and a letter: "C;X1;Y1;E EXEC(...)". */
static void
judge_record(struct scan *s, const struct object *o, const char *line, size_t n)
{
	const char *field = memmem(line, n, ";E", 2);
	char text[SHOWN_MAX];

	if (n > 2 && line[0] == 'C' && field != NULL &&
	    formula_starts_program(field + 2, n - (size_t)(field - line) - 2))
		scan_find(s, o, RULE_FORMULA, "the formula %s",
		    shown(text, field + 2, n - (size_t)(field - line) - 2));
	if (n > 4 && strncmp(line, "NN;N", 4) == 0 && text_find(line, n, "auto_open") != NULL)
		scan_find(s, o, RULE_MACRO_AUTORUN, "the name Auto_Open");
	if (n > 2 && strncmp(line, "O;", 2) == 0 && memmem(line, n, ";E", 2) != NULL)
		scan_find(s, o, RULE_MACRO_XLM, "an Excel 4 macro sheet in SYLK");
}

static void
judge_records(struct scan *s, const struct object *o, const struct text *t)
{
	const char *p = t->s, *end = t->s + t->len, *begin;

	while (p < end) {
		for (begin = p; p < end && *p != '\r' && *p != '\n';)
			p++;
		judge_record(s, o, begin, (size_t)(p - begin));
		p++;
	}
}

static void
judge_query(struct scan *s, const struct object *o, const struct text *t)
{
	const char *url = text_find(t->s, t->len, "http");
	char text[SHOWN_MAX];
	size_t n = 0;

	while (url != NULL && url + n < t->s + t->len && (unsigned char)url[n] > 0x20)
		n++;
	scan_find(
	    s, o, RULE_EXTERNAL_LINK, "a web query of %s", shown(text, url != NULL ? url : "", n));
}

void
sheet_text_inspect(struct scan *s, const struct object *o)
{
	struct text t;

	text_open(&t, o->bytes, o->len);
	if (is_sylk(&t))
		judge_records(s, o, &t);
	else if (is_query(&t))
		judge_query(s, o, &t);
	else
		judge_cells(s, o, &t);
	text_close(&t);
}
