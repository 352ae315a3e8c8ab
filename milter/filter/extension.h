/*
 * File types by the extension of a name: what Windows and macOS do with a
 * double click, and what Gmail, Outlook, rspamd and Amavis refuse.
 */
#ifndef GATEPOST_FILTER_EXTENSION_H
#define GATEPOST_FILTER_EXTENSION_H

#include <stdbool.h>

#include "rule.h"

/* What somebody expects who sees the extension. */
enum extension_family {
	FAMILY_NONE,	 /* unknown, or of no consequence */
	FAMILY_DOCUMENT, /* texts, sheets, slides, web pages */
	FAMILY_PDF,
	FAMILY_IMAGE,
	FAMILY_MEDIA, /* sound and film */
	FAMILY_ARCHIVE,
	FAMILY_COMPRESSED, /* one file, whose name remains when the extension is cut off */
	FAMILY_DANGEROUS
};

/* The extension without its dot, lower case. RULE_COUNT where it breaks no rule. */
enum scan_rule extension_rule(const char *);
enum extension_family extension_family(const char *);
/* Whether it is that of a volume of an archive in several: "r00", "z01", "001". */
bool extension_is_volume(const char *);

#endif
