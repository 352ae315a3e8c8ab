#include "office_xml.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "field.h"
#include "formula.h"
#include "link.h"
#include "macro.h"
#include "relationship.h"
#include "shown.h"
#include "text.h"
#include "xml.h"

/* What the text of the element that is open is for. */
enum text_of { TEXT_NONE, TEXT_FIELD, TEXT_BINARY, TEXT_BASIC, TEXT_TARGET };

struct part {
	struct scan *scan;
	const struct object *object;
	struct field_reader *fields;
	enum text_of text_of;
	struct buf text;      /* of TEXT_BINARY, TEXT_BASIC and TEXT_TARGET */
	struct buf name;      /* of the part that is in binary */
	bool refreshes;	      /* a connection that is loaded when the file is opened */
	const char *shortcut; /* the kind of file that acts upon TEXT_TARGET; NULL for none */
};

static const char *
get(const char *const *attributes, const char *name)
{
	return markup_attribute(attributes, name);
}

static bool
leads_elsewhere(const char *target)
{
	enum link_kind kind = link_judge(target, strlen(target));

	return kind == LINK_WEB || kind == LINK_SHARE || kind == LINK_PROGRAM;
}

static void
expect_text(struct part *p, enum text_of what)
{
	p->text_of = what;
	buf_clear(&p->text);
}

/* ---- Office Open XML ---- */

static void
on_relationship(struct part *p, const char *const *a)
{
	relationship_judge(p->scan, p->object, get(a, "Type"), get(a, "Target"));
}

static void
on_content_type(struct part *p, const char *const *a)
{
	const char *type = get(a, "ContentType");
	char text[SHOWN_MAX];

	if (text_find(type, strlen(type), "macrosheet") != NULL)
		scan_find(p->scan, p->object, RULE_MACRO_XLM, "Excel 4 macro sheet %s",
		    shown_str(text, get(a, "PartName")));
}

static void
on_macrosheet(struct part *p, const char *const *a)
{
	(void)a;
	scan_find(p->scan, p->object, RULE_MACRO_XLM, "an Excel 4 macro sheet");
}

static void
on_defined_name(struct part *p, const char *const *a)
{
	const char *name = get(a, "name");
	char text[SHOWN_MAX];

	if (strncasecmp(name, "_xlnm.Auto_", 11) == 0 || strncasecmp(name, "Auto_Open", 9) == 0)
		scan_find(
		    p->scan, p->object, RULE_MACRO_AUTORUN, "the name %s", shown_str(text, name));
}

static void
on_dde_link(struct part *p, const char *const *a)
{
	char service[SHOWN_MAX], topic[SHOWN_MAX];

	scan_find(p->scan, p->object, RULE_DDE, "a link to the program %s, %s",
	    shown_str(service, get(a, "ddeService")), shown_str(topic, get(a, "ddeTopic")));
}

static void
on_field_char(struct part *p, const char *const *a)
{
	const char *type = get(a, "fldCharType");

	if (strcmp(type, "begin") == 0)
		field_begin(p->fields);
	else if (strcmp(type, "separate") == 0)
		field_separate(p->fields);
	else if (strcmp(type, "end") == 0)
		field_end(p->fields);
}

static void
on_instruction(struct part *p, const char *const *a)
{
	(void)a;
	expect_text(p, TEXT_FIELD);
}

static void
on_simple_field(struct part *p, const char *const *a)
{
	const char *instruction = get(a, "instr");

	field_judge(p->scan, p->object, instruction, strlen(instruction));
}

static void
on_control(struct part *p, const char *const *a)
{
	char text[SHOWN_MAX];

	if (*get(a, "classid") != '\0')
		scan_find(p->scan, p->object, RULE_ACTIVEX, "a control of class %s",
		    shown_str(text, get(a, "classid")));
}

static void
on_custom_ui(struct part *p, const char *const *a)
{
	char text[SHOWN_MAX];

	if (leads_elsewhere(get(a, "onLoad")))
		scan_find(p->scan, p->object, RULE_EXTERNAL_LINK, "the ribbon loads %s",
		    shown_str(text, get(a, "onLoad")));
}

static void
on_click(struct part *p, const char *const *a)
{
	const char *action = get(a, "action");

	if (strncasecmp(action, "ppaction://program", 18) == 0)
		scan_find(p->scan, p->object, RULE_DDE, "a button that starts a program");
}

static void
on_connection(struct part *p, const char *const *a)
{
	const char *refresh = get(a, "refreshOnLoad");

	p->refreshes = strcmp(refresh, "1") == 0 || strcmp(refresh, "true") == 0;
}

static void
on_web_query(struct part *p, const char *const *a)
{
	char text[SHOWN_MAX];

	if (p->refreshes && leads_elsewhere(get(a, "url")))
		scan_find(p->scan, p->object, RULE_EXTERNAL_LINK, "a web query of %s",
		    shown_str(text, get(a, "url")));
}

/* ---- Office in one flat file ---- */

/* The template of a Word 2003 document; in other formats the relationship tells it. */
static void
on_template(struct part *p, const char *const *a)
{
	char text[SHOWN_MAX];

	if (leads_elsewhere(get(a, "val")))
		scan_find(p->scan, p->object, RULE_REMOTE_TEMPLATE, "the template is at %s",
		    shown_str(text, get(a, "val")));
}

static void
on_part(struct part *p, const char *const *a)
{
	buf_clear(&p->name);
	buf_adds(&p->name, get(a, "name"));
}

static void
on_binary(struct part *p, const char *const *a)
{
	if (*get(a, "name") != '\0')
		on_part(p, a);
	expect_text(p, TEXT_BINARY);
}

static void
on_cell(struct part *p, const char *const *a)
{
	const char *formula = get(a, "Formula");
	char text[SHOWN_MAX];

	if (*formula == '\0')
		formula = get(a, "formula");
	if (*formula != '\0' && formula_starts_program(formula, strlen(formula)))
		scan_find(
		    p->scan, p->object, RULE_FORMULA, "the formula %s", shown_str(text, formula));
}

/* ---- OpenDocument ---- */

static void
on_module(struct part *p, const char *const *a)
{
	if (strcasecmp(get(a, "language"), "StarBasic") == 0)
		expect_text(p, TEXT_BASIC);
}

/* Not an event that waits for a person: pressed buttons, changed fields. */
static bool
comes_by_itself(const char *event)
{
	static const char *const words[] = {"load", "open", "new", "focus", "view", "create",
	    "mouse", "close", "start", "print", "save"};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (text_find(event, strlen(event), words[i]) != NULL)
			return true;
	return false;
}

/* Macros that come with the office program, and not with the document. */
static bool
is_of_program(const char *script)
{
	return strstr(script, "..") == NULL && (strncmp(script, "application:", 12) == 0 ||
						   strstr(script, "location=application") != NULL);
}

static void
on_listener(struct part *p, const char *const *a)
{
	const char *script = get(a, "href"), *event = get(a, "event-name");
	char text[SHOWN_MAX], name[SHOWN_MAX];

	if (*script == '\0')
		script = get(a, "macro-name");
	if (*script == '\0' || is_of_program(script))
		return;
	shown_str(text, script);
	scan_find(p->scan, p->object, RULE_MACRO, "the script %s", text);
	if (comes_by_itself(event))
		scan_find(p->scan, p->object, RULE_MACRO_AUTORUN, "the event %s runs %s",
		    shown_str(name, event), text);
}

static void
on_file_entry(struct part *p, const char *const *a)
{
	const char *path = get(a, "full-path");
	size_t n = strlen(path);
	char text[SHOWN_MAX];

	if (strncasecmp(path, "Scripts/", 8) == 0 && n > 8 && path[n - 1] != '/')
		scan_find(p->scan, p->object, RULE_MACRO, "the script %s", shown_str(text, path));
}

static void
on_encrypted(struct part *p, const char *const *a)
{
	(void)a;
	scan_find(p->scan, p->object, RULE_ENCRYPTED_DOCUMENT, "an encrypted OpenDocument file");
}

static void
on_dde_source(struct part *p, const char *const *a)
{
	char service[SHOWN_MAX], topic[SHOWN_MAX];

	scan_find(p->scan, p->object, RULE_DDE, "a link to the program %s, %s",
	    shown_str(service, get(a, "dde-application")), shown_str(topic, get(a, "dde-topic")));
}

/* Frames and sections that are loaded from elsewhere. */
static void
on_source(struct part *p, const char *const *a)
{
	char text[SHOWN_MAX];

	if (leads_elsewhere(get(a, "href")))
		scan_find(p->scan, p->object, RULE_EXTERNAL_LINK, "a part of the document is at %s",
		    shown_str(text, get(a, "href")));
}

/* Sounds and films are plug-ins by their element only, and other XML has elements of that name. */
static void
on_plugin(struct part *p, const char *const *a)
{
	const char *type = get(a, "mime-type");

	if (strcmp(type, "application/vnd.sun.star.media") == 0 ||
	    strncmp(type, "audio/", 6) == 0 || strncmp(type, "video/", 6) == 0)
		return;
	if (*type != '\0' || *get(a, "href") != '\0' || *get(a, "code") != '\0' ||
	    *get(a, "object") != '\0')
		scan_find(p->scan, p->object, RULE_EMBEDDED_OBJECT, "a plug-in or applet");
}

/* ---- what Windows acts upon ---- */

static void
on_setting(struct part *p, const char *const *a)
{
	(void)a;
	p->shortcut = "a shortcut to a setting";
	scan_say_type(p->scan, p->object, "application/windows-settingcontent+xml");
}

static void
on_library(struct part *p, const char *const *a)
{
	(void)a;
	p->shortcut = "a shortcut to a folder or a search";
	scan_say_type(p->scan, p->object, "application/windows-library+xml");
}

static void
on_target(struct part *p, const char *const *a)
{
	(void)a;
	if (p->shortcut != NULL)
		expect_text(p, TEXT_TARGET);
}

static void
on_scriptlet(struct part *p, const char *const *a)
{
	(void)a;
	scan_find(p->scan, p->object, RULE_SCRIPT, "a scriptlet");
}

/* A script in a style sheet. */
static void
on_script(struct part *p, const char *const *a)
{
	if (*get(a, "implements-prefix") != '\0')
		scan_find(p->scan, p->object, RULE_SCRIPT, "a style sheet with a script");
}

/* In the order of their names. */
static const struct element {
	const char *name;
	void (*start)(struct part *, const char *const *attributes);
} elements[] = {
    {"Cell", on_cell},
    {"DeepLink", on_target},
    {"Default", on_content_type},
    {"Override", on_content_type},
    {"PCSettings", on_setting},
    {"Relationship", on_relationship},
    {"applet", on_plugin},
    {"attachedTemplate", on_template},
    {"binData", on_binary},
    {"binary-data", on_binary},
    {"binaryData", on_binary},
    {"cell-range-source", on_source},
    {"connection", on_connection},
    {"customUI", on_custom_ui},
    {"dde-connection-decl", on_dde_source},
    {"dde-source", on_dde_source},
    {"ddeLink", on_dde_link},
    {"definedName", on_defined_name},
    {"delInstrText", on_instruction},
    {"encrypted-key", on_encrypted},
    {"encryption-data", on_encrypted},
    {"event-listener", on_listener},
    {"file-entry", on_file_entry},
    {"fldChar", on_field_char},
    {"fldSimple", on_simple_field},
    {"floating-frame", on_source},
    {"hlinkClick", on_click},
    {"hlinkHover", on_click},
    {"instrText", on_instruction},
    {"libraryDescription", on_library},
    {"macrosheet", on_macrosheet},
    {"module", on_module},
    {"ocx", on_control},
    {"part", on_part},
    {"plugin", on_plugin},
    {"script", on_script},
    {"scriptlet", on_scriptlet},
    {"searchConnectorDescription", on_library},
    {"section-source", on_source},
    {"table-cell", on_cell},
    {"url", on_target},
    {"webPr", on_web_query},
};

static int
compare(const void *name, const void *element)
{
	return strcmp(name, ((const struct element *)element)->name);
}

/* ---- events ---- */

static void
on_start(void *ctx, const char *name, const char *const *attributes)
{
	struct part *p = ctx;
	const struct element *e = bsearch(
	    name, elements, sizeof(elements) / sizeof(*elements), sizeof(*elements), compare);

	if (e != NULL)
		e->start(p, attributes);
}

static void
on_text(void *ctx, const char *s, size_t n)
{
	struct part *p = ctx;

	if (p->text_of == TEXT_FIELD)
		field_text(p->fields, s, n);
	else if (p->text_of == TEXT_BINARY)
		base64_add(&p->text, s, n);
	else if (p->text_of != TEXT_NONE)
		buf_add(&p->text, s, n);
}

static void
end_basic(struct part *p)
{
	struct macro m = {0};
	char text[SHOWN_MAX];

	macro_read(p->text.data, p->text.len, &m);
	if (m.code)
		scan_find(p->scan, p->object, RULE_MACRO, "macro %s",
		    shown_str(text, *m.autorun != '\0' ? m.autorun : m.procedure));
}

static void
end_target(struct part *p)
{
	char text[SHOWN_MAX];

	scan_find(p->scan, p->object, RULE_SHORTCUT, "%s: %s", p->shortcut,
	    shown(text, buf_str(&p->text), p->text.len));
}

static void
on_end(void *ctx, const char *name)
{
	struct part *p = ctx;
	enum text_of what = p->text_of;

	(void)name;
	p->text_of = TEXT_NONE;
	if (what == TEXT_BINARY && p->text.len > 0)
		inspect_within(p->scan, p->object, p->name.len > 0 ? buf_str(&p->name) : NULL,
		    (const uint8_t *)p->text.data, p->text.len);
	else if (what == TEXT_BASIC)
		end_basic(p);
	else if (what == TEXT_TARGET)
		end_target(p);
}

/* A message in place, a web page, an image: others look into those. */
bool
office_xml_applies(const struct object *o)
{
	static const char *const others[] = {"<!doctype html", "<html", "<svg", "<!doctype svg"};
	struct text t;
	bool applies;
	size_t i;

	if (o->plain_text || o->len < 8)
		return false;
	text_open(&t, o->bytes, o->len < 1024 ? o->len : 1024);
	applies = text_begins(&t, "<");
	for (i = 0; i < sizeof(others) / sizeof(*others); i++)
		applies = applies && !text_begins(&t, others[i]);
	text_close(&t);
	return applies;
}

void
office_xml_inspect(struct scan *s, const struct object *o)
{
	static const struct markup_events events = {on_start, on_end, on_text};
	struct field_reader fields;
	struct part p = {.scan = s, .object = o, .fields = &fields};
	struct text t;

	text_open(&t, o->bytes, o->len);
	field_init(&fields, s, o);
	buf_init(&p.text, s->limits.object_max);
	buf_init(&p.name, 1024);
	xml_read(t.s, t.len, &events, &p);
	field_end_all(&fields);
	if (p.shortcut != NULL && p.text.len == 0)
		scan_find(s, o, RULE_SHORTCUT, "%s", p.shortcut);
	buf_free(&p.text);
	buf_free(&p.name);
	text_close(&t);
}
