#include "launcher.h"

#include <string.h>
#include <strings.h>

#include "base/ascii.h"
#include "text.h"

#define SEEN 65536 /* bytes from the begin */

static bool
has(const struct text *t, const char *what)
{
	return text_find(t->s, t->len, what) != NULL;
}

/* ---- XML, by its root ---- */

static const struct root {
	const char *name;
	const char *with; /* somewhere in it; NULL for nothing */
	struct content_kind kind;
} roots[] = {
    {"job", "<script", {CONTENT_RUNS, RULE_SCRIPT, "text/x-wsf", "a script file of Windows"}},
    {"package", "<script", {CONTENT_RUNS, RULE_SCRIPT, "text/x-wsf", "a script file of Windows"}},
    {"component", "<script",
	{CONTENT_RUNS, RULE_SCRIPT, "text/scriptlet", "a script component of Windows"}},
    {"scriptlet", NULL,
	{CONTENT_RUNS, RULE_SCRIPT, "text/scriptlet", "a script component of Windows"}},
    {"configuration", "<logoncommand",
	{CONTENT_RUNS, RULE_SCRIPT, "application/x-wsb", "a sandbox of Windows with commands"}},
    {"plist", "<key>commandstring</key>",
	{CONTENT_RUNS, RULE_SCRIPT, "application/x-terminal", "a command for the Terminal"}},
    {"pcsettings", "deeplink",
	{CONTENT_RUNS, RULE_SHORTCUT, "application/windows-settingcontent",
	    "a shortcut to settings, which can start programs"}},
    {"librarydescription", NULL,
	{CONTENT_RUNS, RULE_SHORTCUT, "application/windows-library+xml",
	    "a library of Windows, which can show files from elsewhere"}},
    {"persistedquery", NULL,
	{CONTENT_RUNS, RULE_SHORTCUT, "application/windows-search", "a saved search of Windows"}},
    {"searchconnectordescription", NULL,
	{CONTENT_RUNS, RULE_SHORTCUT, "application/windows-searchconnector+xml",
	    "a search connector of Windows, which can show files from elsewhere"}},
    {"assembly", "<deployment",
	{CONTENT_RUNS, RULE_INSTALLER, "application/x-ms-application", "a ClickOnce installer"}},
    {"appinstaller", NULL,
	{CONTENT_RUNS, RULE_INSTALLER, "application/appinstaller",
	    "an installer of Windows programs"}},
    {"jnlp", NULL,
	{CONTENT_RUNS, RULE_EXECUTABLE, "application/x-java-jnlp-file",
	    "a Java program from elsewhere"}},
    {"mmc_consolefile", NULL,
	{CONTENT_RUNS, RULE_BLOCKED_NAME, "application/x-msc", "a console of Windows"}},
};

static const struct content_kind location = {
    CONTENT_RUNS, RULE_SHORTCUT, "application/x-webloc", "a shortcut of macOS"};
static const struct content_kind hta = {
    CONTENT_RUNS, RULE_HTML_APPLICATION, "application/hta", "an HTML application"};

/* The name of the first element, without its prefix; its length in n. */
static const char *
root_name(const struct text *t, size_t *n)
{
	const char *s = t->s, *end = t->s + t->len, *name;

	while ((s = memchr(s, '<', (size_t)(end - s))) != NULL && end - s > 1) {
		if (s[1] != '?' && s[1] != '!')
			break;
		s = text_find(
		    s, (size_t)(end - s), end - s >= 4 && memcmp(s, "<!--", 4) == 0 ? "-->" : ">");
		if (s == NULL)
			return NULL;
	}
	if (s == NULL || end - s < 2)
		return NULL;
	for (name = ++s; s < end && strchr(" \t\r\n/>", *s) == NULL; s++)
		if (*s == ':')
			name = s + 1;
	*n = (size_t)(s - name);
	return name;
}

/* A property list that has nothing but an address. */
static bool
is_location(const struct text *t)
{
	const char *key = text_find(t->s, t->len, "<key>");

	return key != NULL && key == text_find(t->s, t->len, "<key>url</key>");
}

static const struct content_kind *
xml_kind(const struct text *t)
{
	const struct root *r;
	const char *name;
	size_t n;

	if (!text_begins(t, "<"))
		return NULL;
	if (has(t, "<hta:application"))
		return &hta;
	name = root_name(t, &n);
	if (name == NULL)
		return NULL;
	for (r = roots; r < roots + sizeof(roots) / sizeof(*roots); r++)
		if (strlen(r->name) == n && strncasecmp(r->name, name, n) == 0 &&
		    (r->with == NULL || has(t, r->with)))
			return &r->kind;
	return n == 5 && strncasecmp(name, "plist", 5) == 0 && is_location(t) ? &location : NULL;
}

/* ---- lines ---- */

static const struct {
	const char *begin; /* of the text */
	const char *with[2];
	struct content_kind kind;
} lines[] = {
    {"windows registry editor version", {NULL},
	{CONTENT_RUNS, RULE_BLOCKED_NAME, "text/x-ms-regedit", "settings for the registry"}},
    {"regedit4", {NULL},
	{CONTENT_RUNS, RULE_BLOCKED_NAME, "text/x-ms-regedit", "settings for the registry"}},
    {"[autorun]", {NULL},
	{CONTENT_RUNS, RULE_BLOCKED_NAME, "application/x-setupscript", "what a disk starts"}},
    {"[version]", {"signature", "install"},
	{CONTENT_RUNS, RULE_BLOCKED_NAME, "application/x-setupscript", "a setup script"}},
    {"[theme]", {"[control panel\\", NULL},
	{CONTENT_RUNS, RULE_BLOCKED_NAME, "application/x-windows-theme", "a theme of Windows"}},
    {"http", {".application#", "publickeytoken="},
	{CONTENT_RUNS, RULE_SHORTCUT, "application/x-ms-appref",
	    "a shortcut to a ClickOnce installer"}},
    {"file:", {".application#", "publickeytoken="},
	{CONTENT_RUNS, RULE_SHORTCUT, "application/x-ms-appref",
	    "a shortcut to a ClickOnce installer"}},
};

static const struct content_kind desktop = {CONTENT_RUNS, RULE_SHORTCUT, "application/x-desktop",
    "a shortcut of Linux that starts a shell or opens an address"};
static const struct content_kind remote = {CONTENT_RUNS, RULE_BLOCKED_NAME, "application/x-rdp",
    "a connection to the screen of another machine"};

/* What no program's own menu entry needs. */
static bool
starts_shell(const struct text *t)
{
	static const char *const words[] = {"sh -c", "bash -", "curl ", "wget ", "base64", "python",
	    "perl -e", "/dev/tcp/", "powershell", "\nurl=", "\ntype=link"};
	const char *exec = text_find(t->s, t->len, "\nexec");
	size_t i, n;

	for (i = 0; i < sizeof(words) / sizeof(*words); i++) {
		n = exec != NULL ? t->len - (size_t)(exec - t->s) : 0;
		if (*words[i] == '\n' ? has(t, words[i])
				      : exec != NULL && text_find(exec, n, words[i]) != NULL)
			return true;
	}
	return false;
}

/* The first line of a .rdp file: "screen mode id:i:2". */
static bool
is_setting(const struct text *t)
{
	size_t i;

	for (i = 0; i < t->len && (ascii_is_alpha(t->s[i]) || t->s[i] == ' '); i++)
		;
	return i > 0 && t->len - i > 3 && t->s[i] == ':' && strchr("isb", t->s[i + 1]) != NULL &&
	       t->s[i + 2] == ':';
}

static const struct content_kind *
line_kind(const struct text *t)
{
	size_t i;

	for (i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		if (text_begins(t, lines[i].begin) &&
		    (lines[i].with[0] == NULL || has(t, lines[i].with[0])) &&
		    (lines[i].with[1] == NULL || has(t, lines[i].with[1])))
			return &lines[i].kind;
	if (text_begins(t, "[desktop entry]") && starts_shell(t))
		return &desktop;
	return is_setting(t) && has(t, "full address:s:") ? &remote : NULL;
}

const struct content_kind *
launcher_kind_of(const uint8_t *bytes, size_t len)
{
	const struct content_kind *k;
	struct text t;

	text_open(&t, bytes, len < SEEN ? len : SEEN);
	k = xml_kind(&t);
	if (k == NULL)
		k = line_kind(&t);
	text_close(&t);
	return k;
}

/* ---- scripts ---- */

const struct content_kind *
launcher_script_kind_of(const uint8_t *bytes, size_t len)
{
	static const char *const words[] = {"@echo off", "wscript.shell", "wscript.createobject",
	    "activexobject(", "createobject(", "scripting.filesystemobject", "invoke-expression",
	    "iex(", "iex (", "new-object net.webclient", "new-object system.net", "downloadstring(",
	    "invoke-webrequest", "start-process", "powershell -", "powershell.exe"};
	static const struct content_kind script = {
	    CONTENT_RUNS, RULE_SCRIPT, "text/x-script", "a script for Windows"};
	struct text t;
	bool is = false;
	size_t i;

	text_open(&t, bytes, len < SEEN ? len : SEEN);
	for (i = 0; i < sizeof(words) / sizeof(*words) && !is; i++)
		is = memchr(t.s, '\0', t.len) == NULL && has(&t, words[i]);
	text_close(&t);
	return is ? &script : NULL;
}
