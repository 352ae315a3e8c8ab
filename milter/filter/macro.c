#include "macro.h"

#include <string.h>
#include <strings.h>

#include "base/ascii.h"

static const char *const whole[] = {"AutoExec", "AutoOpen", "AutoClose", "AutoExit", "AutoNew",
    "Auto_Open", "Auto_Ope", "Auto_Close", "Auto_Exec", "Auto_Exit", "Auto_New", "Auto_Activate",
    "Auto_Deactivate", "Document_Open", "Document_Close", "Document_New", "DocumentOpen",
    "DocumentBeforeClose", "DocumentChange", "Document_BeforeClose",
    "Document_ContentControlOnEnter", "Document_ContentControlOnExit", "NewDocument",
    "Workbook_Open", "WorkbookOpen", "Workbook_Activate", "Workbook_Close", "Workbook_BeforeClose",
    "Workbook_Deactivate", "Workbook_WindowActivate", "Worksheet_Activate", "Worksheet_Calculate",
    "Worksheet_SelectionChange", "Workbook_SheetCalculate", "Workbook_SheetActivate",
    "Presentation_Open", "PresentationOpen", "SlideShowBegin", "OnSlideShowPageChange",
    "OnSlideShowTerminate", "Application_Startup", "Application_NewMail", "Document_Activate"};
/* Events of controls that come when the control is only shown. */
static const char *const endings[] = {"_Layout", "_Painted", "_Painting", "_GotFocus", "_LostFocus",
    "_MouseHover", "_MouseMove", "_MouseEnter", "_MouseLeave", "_Resize", "_BeforeNavigate2",
    "_BeforeScriptExecute", "_DocumentComplete", "_DownloadBegin", "_DownloadComplete",
    "_FileDownload", "_NavigateComplete2", "_NavigateError", "_ProgressChange", "_PropertyChange",
    "_SetSecureLockIcon", "_StatusTextChange", "_TitleChange", "_OnConnecting", "_Connecting",
    "_DocumentOpen", "_WorkbookOpen", "_PresentationOpen", "_WindowActivate", "_DocumentChange"};

bool
macro_runs_by_itself(const char *name, size_t len)
{
	size_t i, n;

	for (i = 0; i < sizeof(whole) / sizeof(*whole); i++)
		if (len == strlen(whole[i]) && strncasecmp(name, whole[i], len) == 0)
			return true;
	for (i = 0; i < sizeof(endings) / sizeof(*endings); i++) {
		n = strlen(endings[i]);
		if (len > n && strncasecmp(name + len - n, endings[i], n) == 0)
			return true;
	}
	return false;
}

static bool
is_identifier(char c)
{
	return ascii_is_alpha(c) || ascii_is_digit(c) || c == '_';
}

void
macro_find_autorun(const char *s, size_t len, struct macro *m)
{
	size_t i, n;

	for (i = 0; i < len && *m->autorun == '\0'; i += n + 1) {
		for (n = 0; i + n < len && is_identifier(s[i + n]); n++)
			;
		/* the byte before a name can look like a letter of it */
		if (n < sizeof(m->autorun) && macro_runs_by_itself(s + i, n))
			strlcpy(m->autorun, s + i, n + 1);
		else if (n > 1 && n < sizeof(m->autorun) && macro_runs_by_itself(s + i + 1, n - 1))
			strlcpy(m->autorun, s + i + 1, n);
	}
}

struct text {
	const char *s, *begin, *end;
};

static bool
is_word(char c)
{
	return ascii_is_alpha(c) || ascii_is_digit(c) || c == '_' || (unsigned char)c >= 0x80;
}

/* White space, also where a line is continued (" _" at its end). */
static void
skip_space(struct text *t)
{
	for (; t->s < t->end; t->s++) {
		if (*t->s == '_' && t->s + 1 < t->end && (t->s[1] == '\r' || t->s[1] == '\n'))
			t->s += t->s + 2 < t->end && t->s[1] == '\r' && t->s[2] == '\n' ? 2 : 1;
		else if (*t->s != ' ' && *t->s != '\t' && *t->s != '\0')
			return;
	}
}

static size_t
word(struct text *t, const char **w)
{
	skip_space(t);
	for (*w = t->s; t->s < t->end && is_word(*t->s); t->s++)
		;
	return (size_t)(t->s - *w);
}

static bool
is_one_of(const char *w, size_t n, const char *const *list)
{
	for (; *list != NULL; list++)
		if (n == strlen(*list) && strncasecmp(w, *list, n) == 0)
			return true;
	return false;
}

/* To the end of the statement: of the line, but for continued ones, or a colon. */
static void
skip_statement(struct text *t, bool to_line_end)
{
	for (; t->s < t->end; t->s++) {
		if ((*t->s == ':' && !to_line_end))
			break;
		if (*t->s != '\n' && *t->s != '\r')
			continue;
		if (t->s == t->begin || t->s[-1] != '_')
			break;
		if (*t->s == '\r' && t->s + 1 < t->end && t->s[1] == '\n')
			t->s++;
	}
	if (t->s < t->end)
		t->s++;
}

static void
note_procedure(const char *name, size_t n, struct macro *m)
{
	char *kept = macro_runs_by_itself(name, n) ? m->autorun : m->procedure;

	if (n == 4 && strncasecmp(name, "Main", 4) == 0)
		m->main = true;
	if (*kept == '\0' && n > 0 && n < sizeof(m->autorun)) {
		memcpy(kept, name, n);
		kept[n] = '\0';
	}
}

static void
read_statement(struct text *t, struct macro *m)
{
	static const char *const nothing[] = {"Attribute", "Option", NULL};
	static const char *const before[] = {
	    "Public", "Private", "Friend", "Static", "Global", NULL};
	static const char *const procedure[] = {"Sub", "Function", "Property", NULL};
	const char *w;
	size_t n = word(t, &w);

	if (n == 0 && t->s < t->end && *t->s == '\'') {
		m->comment = true;
		skip_statement(t, true);
		return;
	}
	if (is_one_of(w, n, nothing)) {
		skip_statement(t, true);
		return;
	}
	if (n == 3 && strncasecmp(w, "Rem", 3) == 0) {
		m->comment = true;
		skip_statement(t, true);
		return;
	}
	if (n > 0)
		m->code = true;
	while (is_one_of(w, n, before))
		n = word(t, &w);
	if (is_one_of(w, n, procedure)) {
		n = word(t, &w);
		note_procedure(w, n, m);
	}
	skip_statement(t, false);
}

void
macro_read(const char *text, size_t len, struct macro *m)
{
	struct text t = {text, text, text};

	if (len == 0)
		return;
	t.end += len;
	while (t.s < t.end)
		read_statement(&t, m);
}
