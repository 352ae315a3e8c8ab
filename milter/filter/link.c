#include "link.h"

#include <string.h>

#include "base/ascii.h"

#define HEAD 300 /* what is enough of a target to judge it */

/* Schemes that are more than a place to read from. */
static const char *const programs[] = {"javascript:", "vbscript:", "jscript:", "livescript:",
    "mhtml:", "mk:", "ms-its:", "its:", "ms-msdt:", "search-ms:", "search:", "ms-officecmd:",
    "ms-appinstaller:", "ms-cxh:", "ms-cxh-full:", "ms-search:", "script:", "soap:", "shell:",
    "ms-settings:", "hcp:", "res:", "local:", "macro:", "vnd.sun.star.script:",
    "vnd.sun.star.expand:", "ms-photos:", "ms-gamingoverlay:", "windowsdefender:", "wsh:"};
static const char *const web[] = {"http:", "https:", "ftp:", "ftps:", "//", "ms-word:ofe|u|",
    "ms-excel:ofe|u|", "ms-powerpoint:ofe|u|", "ms-word:ofv|u|", "ms-excel:ofv|u|",
    "ms-powerpoint:ofv|u|"};

static bool
begins_with_any(const char *s, const char *const *list, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strncmp(s, list[i], strlen(list[i])) == 0)
			return true;
	return false;
}

/* A name with a dot, or an address: not one of the own network's short names. */
static bool
is_full_host(const char *s)
{
	size_t n = strcspn(s, "/@");

	return n > 0 && (memchr(s, '.', n) != NULL || s[0] == '[' || s[n] == '@') &&
	       !(n > 1 && s[1] == ':');
}

/* A URL or path of a file: is the server, if it names one, a foreign one? */
static enum link_kind
judge_file(const char *s)
{
	size_t slashes = strspn(s, "/");

	if (slashes == 2 || slashes >= 4)
		return is_full_host(s + slashes) ? LINK_SHARE : LINK_LOCAL;
	return LINK_LOCAL;
}

/* Lower case, slashes for backslashes, without what browsers leave out. */
static void
tidy(const char *s, size_t len, char out[HEAD])
{
	size_t n = 0;

	for (; len > 0 && n + 1 < HEAD; s++, len--)
		if ((unsigned char)*s > 0x20)
			out[n++] = *s == '\\' ? '/' : ascii_lower(*s);
	out[n] = '\0';
}

enum link_kind
link_judge(const char *target, size_t len)
{
	char s[HEAD] = "";
	const char *t = s;

	tidy(target, len, s);
	while (strncmp(t, "url:", 4) == 0)
		t += 4;
	if (strncmp(t, "file:", 5) == 0)
		return judge_file(t + 5);
	if (len > 0 && (target[0] == '\\' || strncmp(t, "//?/unc/", 8) == 0)) {
		if (strncmp(t, "//?/unc/", 8) == 0)
			t += 6;
		return judge_file(t);
	}
	if (begins_with_any(t, programs, sizeof(programs) / sizeof(*programs)))
		return LINK_PROGRAM;
	if (begins_with_any(t, web, sizeof(web) / sizeof(*web)))
		return LINK_WEB;
	t += strcspn(t, ":/");
	return *t == ':' && t - s > 1 ? LINK_OTHER : LINK_LOCAL;
}

/* One name, called without anything: "toggleToc();", "void(0)"; or not even that: "//". */
bool
link_is_inert_script(const char *target, size_t len)
{
	char s[HEAD] = "";
	const char *t = s + 11;
	size_t n;

	tidy(target, len, s);
	if (len >= HEAD || strncmp(s, "javascript:", 11) != 0)
		return false;
	if (strncmp(t, "void(0)", 7) == 0)
		t += 7;
	n = strspn(t, "abcdefghijklmnopqrstuvwxyz0123456789_.");
	t += n;
	if (n > 0 && strncmp(t, "()", 2) != 0)
		return false;
	t += n > 0 ? 2 : 0;
	t += strspn(t, ";/");
	return *t == '\0';
}
