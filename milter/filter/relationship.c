#include "relationship.h"

#include <string.h>
#include <strings.h>

#include "link.h"
#include "shown.h"
#include "text.h"

#define BIT(kind) (1u << (kind))
#define ELSEWHERE (BIT(LINK_WEB) | BIT(LINK_SHARE) | BIT(LINK_PROGRAM))

/*
 * Types, by the last word of the URI, and which targets of theirs are a
 * finding. Not here: links that a person must click, links between workbooks
 * (nothing is loaded unasked), pictures from the web (ordinary in what was
 * copied from a page).
 */
static const struct {
	const char *type;
	enum scan_rule rule;
	unsigned kinds;
	const char *what;
} types[] = {
    {"attachedTemplate", RULE_REMOTE_TEMPLATE, ELSEWHERE, "the template"},
    {"oleObject", RULE_EXTERNAL_LINK, ELSEWHERE, "a linked object"},
    {"package", RULE_EXTERNAL_LINK, ELSEWHERE, "a linked object"},
    {"frame", RULE_EXTERNAL_LINK, ELSEWHERE, "a frame"},
    {"subDocument", RULE_EXTERNAL_LINK, ELSEWHERE, "a part of the document"},
    {"aFChunk", RULE_EXTERNAL_LINK, ELSEWHERE, "a part of the document"},
    {"control", RULE_EXTERNAL_LINK, ELSEWHERE, "a control"},
    {"image", RULE_EXTERNAL_LINK, BIT(LINK_SHARE) | BIT(LINK_PROGRAM), "a picture"},
    {"vbaProject", RULE_EXTERNAL_LINK, ELSEWHERE, "macros"},
    {"externalLinkPath", RULE_EXTERNAL_LINK, BIT(LINK_PROGRAM), "a linked workbook"},
    {"hyperlink", RULE_EXTERNAL_LINK, BIT(LINK_PROGRAM), "a link"},
};

void
relationship_judge(struct scan *s, const struct object *o, const char *type, const char *target)
{
	const char *word = strrchr(type, '/');
	enum link_kind kind = link_judge(target, strlen(target));
	char text[SHOWN_MAX];
	size_t i;

	word = word != NULL ? word + 1 : type;
	if (text_find(word, strlen(word), "macrosheet") != NULL)
		scan_find(s, o, RULE_MACRO_XLM, "Excel 4 macro sheet %s", shown_str(text, target));
	for (i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (strcasecmp(word, types[i].type) == 0)
			break;
	if (strcasecmp(word, "hyperlink") == 0 && link_is_inert_script(target, strlen(target)))
		return;
	if (i < sizeof(types) / sizeof(*types) && (types[i].kinds & BIT(kind)))
		scan_find(
		    s, o, types[i].rule, "%s is at %s", types[i].what, shown_str(text, target));
	else if (kind == LINK_PROGRAM)
		scan_find(s, o, RULE_EXTERNAL_LINK, "a link to %s", shown_str(text, target));
}
