#include "pdf_judge.h"

#include <string.h>
#include <strings.h>

#include "link.h"
#include "pdf_object.h"
#include "pdf_script.h"
#include "shown.h"
#include "text.h"

void
pdf_judge_script(struct pdf *p, const char *s, size_t len)
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

void
pdf_judge_uri(struct pdf *p, const char *s, size_t len)
{
	char text[SHOWN_MAX];

	if (link_judge(s, len) == LINK_PROGRAM)
		scan_find(p->scan, p->object,
		    text_find(s, len, "script:") != NULL ? RULE_PDF_JAVASCRIPT : RULE_PDF_LAUNCH,
		    "a link to %s", shown(text, s, len));
}

/* Another PDF beside this one, which actions open too. */
bool
pdf_is_beside(const char *name)
{
	size_t n = strlen(name);

	return n > 4 && strcasecmp(name + n - 4, ".pdf") == 0 && link_judge(name, n) == LINK_LOCAL;
}

void
pdf_judge_launch(struct pdf *p, const char *name)
{
	char text[SHOWN_MAX];

	if (!pdf_is_beside(name))
		scan_find(p->scan, p->object, RULE_PDF_LAUNCH, "an action starts %s",
		    shown_str(text, name));
}

/* Every name that it tells must be harmless: programs choose among them. */
static void
judge_launch_dict(struct pdf *p, const struct pdf_frame *f)
{
	char text[SHOWN_MAX];

	if (f->flags & STARTS_OTHER)
		scan_find(p->scan, p->object, RULE_PDF_LAUNCH, "an action starts %s",
		    shown_str(text, f->name));
	if (f->file > 0)
		pdf_want(p, f->file, KEY_F, "");
	else
		pdf_judge_launch(p, f->name);
}

/* A dictionary is complete. */
void
pdf_judge_dict(struct pdf *p, const struct pdf_frame *f, struct pdf_frame *outer)
{
	char text[SHOWN_MAX];
	unsigned i;

	if (p->looking)
		return;
	if (f->owner == KEY_WIN && outer != NULL) {
		outer->flags |= STARTS_OTHER;
		if (*f->name != '\0')
			memcpy(outer->name, f->name, PDF_NAME_ROOM);
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
		pdf_want(p, f->files[i], KEY_EF, f->name);
}
