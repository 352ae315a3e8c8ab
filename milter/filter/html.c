#include "html.h"

#include <string.h>
#include <strings.h>

#include "base/ascii.h"
#include "link.h"
#include "script_text.h"
#include "shown.h"
#include "text.h"
#include "utf16.h"
#include "xml.h"

#define HEAD 2048
#define SCRIPT_MAX (32u << 20)

struct page {
	struct scan *scan;
	const struct object *object;
	enum scan_rule script_rule; /* of a script in a page, or in an image */
	bool in_script;
	struct buf script;
	struct buf plain;
};

/* ---- is it one ---- */

static bool
has_ending(const struct object *o, const char *const *endings)
{
	size_t i, n, k;

	for (i = 0; i < o->nnames; i++)
		for (k = 0; endings[k] != NULL; k++) {
			n = strlen(o->names[i]);
			if (n >= strlen(endings[k]) &&
			    strcasecmp(o->names[i] + n - strlen(endings[k]), endings[k]) == 0)
				return true;
		}
	return false;
}

static bool
has_type(const struct object *o)
{
	size_t i;

	for (i = 0; i < o->ntypes; i++)
		if (strstr(o->types[i], "html") != NULL || strstr(o->types[i], "svg") != NULL ||
		    strcmp(o->types[i], "application/hta") == 0)
			return true;
	return false;
}

/* Whether the first element is an image, whatever prefix its name has. */
static bool
has_svg_root(const struct text *t)
{
	const char *s = t->s, *end = t->s + t->len, *name;

	for (; s < end; s++) {
		if (*s != '<' || end - s < 2 || !ascii_is_alpha(s[1]))
			continue;
		for (name = ++s; s < end && (unsigned char)*s > 0x20 && *s != '>' && *s != '/'; s++)
			if (*s == ':')
				name = s + 1;
		return s - name == 3 && strncasecmp(name, "svg", 3) == 0;
	}
	return false;
}

/* XML in which an element named script is none of a page or image, and is not made one. */
static bool
is_data(const struct text *t)
{
	static const char *const pages[] = {
	    "/xhtml", "/svg", "xml-stylesheet", "<!entity", "&#", NULL};
	bool is = text_begins(t, "<?xml");
	size_t i;

	for (i = 0; pages[i] != NULL && is; i++)
		is = text_find(t->s, t->len, pages[i]) == NULL;
	return is;
}

static bool
looks_like_page(const struct object *o)
{
	static const char *const begins[] = {"<!doctype html", "<html", "<script", "<head", "<body",
	    "<svg", "<iframe", "<a ", "<div", "<img", "<meta", "<hta:", NULL};
	static const char *const within[] = {"<html", "<svg", NULL};
	struct text t, all;
	bool is = false;
	size_t i;

	text_open(&t, o->bytes, o->len < HEAD ? o->len : HEAD);
	for (i = 0; begins[i] != NULL && !is; i++)
		is = text_begins(&t, begins[i]);
	for (i = 0; within[i] != NULL && !is && text_begins(&t, "<"); i++)
		is = text_find(t.s, t.len, within[i]) != NULL;
	if (!is && text_begins(&t, "<") &&
	    (text_find(t.s, t.len, "<script>") != NULL ||
		text_find(t.s, t.len, "<script ") != NULL)) {
		text_open(&all, o->bytes, o->len);
		is = !is_data(&all);
		text_close(&all);
	}
	is = is || (text_begins(&t, "<") && has_svg_root(&t));
	text_close(&t);
	return is;
}

bool
html_applies(const struct object *o)
{
	static const char *const endings[] = {
	    ".htm", ".html", ".xhtml", ".xht", ".shtml", ".shtm", ".hta", ".svg", ".htc", NULL};

	if (o->plain_text || o->len == 0)
		return false;
	return has_ending(o, endings) || has_type(o) || looks_like_page(o);
}

/* ---- scripts ---- */

static void
judge_script(struct page *p)
{
	const char *how;
	char text[SHOWN_MAX];

	buf_clear(&p->plain);
	script_plain(p->script.data, p->script.len, &p->plain);
	how = script_smuggles(buf_str(&p->plain), p->plain.len);
	if (how != NULL)
		scan_find(p->scan, p->object, RULE_HTML_SMUGGLING,
		    "a script that builds a file or a page: %s", shown_str(text, how));
	script_inspect_payloads(p->scan, p->object, p->script.data, p->script.len);
	scan_find(p->scan, p->object, p->script_rule, "the script %s",
	    shown(text, p->script.data, p->script.len < 1000 ? p->script.len : 1000));
}

static void
end_script(struct page *p)
{
	size_t i;

	p->in_script = false;
	for (i = 0; i < p->script.len && (unsigned char)p->script.data[i] <= 0x20;)
		i++;
	if (i < p->script.len && !p->script.failed)
		judge_script(p);
	buf_clear(&p->script);
}

/* Not data that scripts read, or templates: only what a browser runs. */
static bool
runs(const char *const *attributes)
{
	const char *type = "", *const * a;

	for (a = attributes; a[0] != NULL; a += 2)
		if (strcasecmp(a[0], "type") == 0)
			type = a[1];
	return *type == '\0' || strcasecmp(type, "module") == 0 ||
	       text_find(type, strlen(type), "script") != NULL;
}

static void
begin_script(struct page *p, const char *const *attributes)
{
	const char *const *a;
	char text[SHOWN_MAX];

	if (!runs(attributes))
		return;
	p->in_script = true;
	buf_clear(&p->script);
	for (a = attributes; a[0] != NULL; a += 2)
		if ((strcasecmp(a[0], "src") == 0 || strcasecmp(a[0], "href") == 0) &&
		    *a[1] != '\0')
			scan_find(p->scan, p->object, p->script_rule, "a script from %s",
			    shown_str(text, a[1]));
}

/* ---- attributes ---- */

/* Files in the address itself: "data:application/zip;base64,UEsD...". */
static void
judge_data(struct page *p, const char *element, const char *url, const char *download)
{
	static const char *const harmless[] = {"data:image/", "data:font/", "data:audio/",
	    "data:video/", "data:text/css", "data:application/font", "data:application/x-font",
	    "data:,", NULL};
	bool frame = strcasecmp(element, "iframe") == 0 || strcasecmp(element, "embed") == 0 ||
		     strcasecmp(element, "object") == 0 || strcasecmp(element, "frame") == 0;
	const char *comma = strchr(url, ',');
	char text[SHOWN_MAX];
	struct buf file;
	size_t i;

	for (i = 0; harmless[i] != NULL; i++)
		if (strncasecmp(url, harmless[i], strlen(harmless[i])) == 0 &&
		    !(frame && strncasecmp(url, "data:image/svg", 14) == 0) && download == NULL)
			return;
	if (comma == NULL)
		return;
	scan_find(p->scan, p->object, RULE_HTML_SMUGGLING, "a file within the address of %s%s",
	    shown_str(text, element), download != NULL ? ", a download" : "");
	buf_init(&file, p->scan->limits.object_max);
	if (text_find(url, (size_t)(comma - url), ";base64") != NULL)
		base64_add(&file, comma + 1, strlen(comma + 1));
	else
		script_plain(comma + 1, strlen(comma + 1), &file);
	if (file.len > 0 && scan_may_unpack(p->scan, p->object, file.len))
		inspect_within(p->scan, p->object,
		    download != NULL && *download != '\0' ? download : NULL,
		    (const uint8_t *)file.data, file.len);
	buf_free(&file);
}

static void
judge_address(struct page *p, const char *element, const char *url, const char *download)
{
	char text[SHOWN_MAX];

	while (*url != '\0' && (unsigned char)*url <= 0x20)
		url++;
	if (strncasecmp(url, "data:", 5) == 0) {
		judge_data(p, element, url, download);
	} else if (link_judge(url, strlen(url)) == LINK_PROGRAM) {
		if (text_find(url, strlen(url) < 40 ? strlen(url) : 40, "script") == NULL) {
			scan_find(p->scan, p->object, RULE_EXTERNAL_LINK, "a link to %s",
			    shown_str(text, url));
			return;
		}
		/* a link that does nothing */
		url = strchr(url, ':');
		if (url == NULL || strlen(url) < 4 || strcasecmp(url, ":void(0)") == 0 ||
		    strcasecmp(url, ":void(0);") == 0)
			return;
		buf_clear(&p->script);
		buf_adds(&p->script, url + 1);
		judge_script(p);
		buf_clear(&p->script);
	}
}

static bool
is_address(const char *name)
{
	static const char *const names[] = {"href", "src", "action", "formaction", "data", "to",
	    "from", "values", "background", "poster", "longdesc", "codebase", "archive", NULL};
	size_t i;

	for (i = 0; names[i] != NULL; i++)
		if (strcasecmp(name, names[i]) == 0)
			return true;
	return false;
}

/* "0; url=..." (HTML 4.2.5.3) */
static void
judge_refresh(struct page *p, const char *content)
{
	const char *url = text_find(content, strlen(content), "url");
	size_t n;

	url = url != NULL ? url + 3 : strpbrk(content, ";,");
	if (url == NULL)
		return;
	url += strspn(url, " \t\r\n=;,'\"");
	n = strlen(url);
	if (strncasecmp(url, "data:", 5) == 0)
		judge_data(p, "meta", url, NULL);
	else if (n > 0)
		judge_address(p, "meta", url, NULL);
}

static void
judge_attributes(struct page *p, const char *element, const char *const *attributes)
{
	const char *download = NULL, *const * a;
	bool meta = strcasecmp(element, "meta") == 0;

	for (a = attributes; a[0] != NULL; a += 2)
		if (strcasecmp(a[0], "download") == 0)
			download = a[1];
	for (a = attributes; a[0] != NULL; a += 2) {
		if (is_address(a[0]))
			judge_address(p, element, a[1], download);
		else if (meta && strcasecmp(a[0], "content") == 0)
			judge_refresh(p, a[1]);
		else if ((strncasecmp(a[0], "on", 2) == 0 && strlen(a[0]) > 4 && *a[1] != '\0') ||
			 (strcasecmp(a[0], "srcdoc") == 0 &&
			     text_find(a[1], strlen(a[1]), "<script") != NULL)) {
			buf_clear(&p->script);
			buf_adds(&p->script, a[1]);
			judge_script(p);
			buf_clear(&p->script);
		} else if (strcasecmp(a[0], "classid") == 0 && *a[1] != '\0')
			scan_find(p->scan, p->object, RULE_ACTIVEX, "a control in the page");
	}
}

/* ---- events ---- */

static void
on_start(void *ctx, const char *name, const char *const *attributes)
{
	struct page *p = ctx;

	if (p->in_script)
		end_script(p);
	if (strcasecmp(name, "application") == 0)
		scan_find(
		    p->scan, p->object, RULE_HTML_APPLICATION, "a page that runs as a program");
	if (strcasecmp(name, "script") == 0 || strcasecmp(name, "handler") == 0)
		begin_script(p, attributes);
	judge_attributes(p, name, attributes);
}

static void
on_end(void *ctx, const char *name)
{
	struct page *p = ctx;

	(void)name;
	if (p->in_script)
		end_script(p);
}

static void
on_text(void *ctx, const char *s, size_t n)
{
	struct page *p = ctx;

	if (p->in_script)
		buf_add(&p->script, s, n);
}

/* ---- UTF-7 (RFC 2152), which old browsers read ---- */

static void
from_utf7(const char *s, size_t len, struct buf *out)
{
	const char *end = s + len, *begin;
	struct buf units;

	buf_init(&units, 0);
	while (s < end) {
		if (*s != '+') {
			buf_addc(out, *s++);
			continue;
		}
		for (begin = ++s; s < end && (ascii_is_alpha(*s) || ascii_is_digit(*s) ||
						 *s == '+' || *s == '/');)
			s++;
		buf_clear(&units);
		base64_add(&units, begin, (size_t)(s - begin));
		if (s == begin)
			buf_addc(out, '+');
		utf16be_add(out, (const uint8_t *)buf_str(&units), units.len);
		if (s < end && *s == '-')
			s++;
	}
	buf_free(&units);
}

static void
read_page(struct page *p, const char *s, size_t len)
{
	static const struct markup_events events = {on_start, on_end, on_text};
	struct text head = {s, len < HEAD ? len : HEAD, {0}};
	bool html = text_find(head.s, head.len, "<html") != NULL ||
		    (text_find(head.s, head.len, "<svg") == NULL && !has_svg_root(&head));

	p->script_rule = html ? RULE_HTML_SCRIPT : RULE_SVG_SCRIPT;
	scan_say_type(p->scan, p->object, html ? "text/html" : "image/svg+xml");
	if (html)
		markup_read(s, len, MARKUP_HTML, &events, p);
	else
		xml_read(s, len, &events, p);
	if (p->in_script)
		end_script(p);
}

void
html_inspect(struct scan *s, const struct object *o)
{
	static const char *const hta[] = {".hta", NULL};
	struct page p = {.scan = s, .object = o};
	struct buf decoded;
	struct text t;

	buf_init(&p.script, SCRIPT_MAX);
	buf_init(&p.plain, 0);
	buf_init(&decoded, 0);
	text_open(&t, o->bytes, o->len);
	if (has_ending(o, hta))
		scan_find(s, o, RULE_HTML_APPLICATION, "a page that runs as a program");
	read_page(&p, t.s, t.len);
	if (text_find(t.s, t.len, "+adw") != NULL || text_find(t.s, t.len, "utf-7") != NULL) {
		from_utf7(t.s, t.len, &decoded);
		read_page(&p, buf_str(&decoded), decoded.len);
	}
	text_close(&t);
	buf_free(&decoded);
	buf_free(&p.script);
	buf_free(&p.plain);
}
