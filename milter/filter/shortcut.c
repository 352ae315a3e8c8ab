#include "shortcut.h"

#include <string.h>

#include "base/bytes.h"
#include "shown.h"
#include "text.h"
#include "utf16.h"

#define LNK_HEADER 76
#define LNK_MAGIC "\x4c\0\0\0\1\x14\2\0\0\0\0\0\xc0\0\0\0\0\0\0\x46"

enum {
	HAS_ID_LIST = 1,
	HAS_INFO = 2,
	HAS_NAME = 4,
	HAS_PATH = 8,
	HAS_FOLDER = 16,
	HAS_ARGUMENTS = 32,
	IS_UNICODE = 128
};

static bool
is_lnk(const struct object *o)
{
	return o->len >= LNK_HEADER && memcmp(o->bytes, LNK_MAGIC, 20) == 0;
}

static bool
is_help(const struct object *o)
{
	return o->len >= 32 && bytes_begin(o->bytes, o->len, "ITSF\3\0\0\0");
}

/* The section may stand behind others. */
static bool
is_url(const struct object *o)
{
	struct text t;
	bool is;

	text_open(&t, o->bytes, o->len < 4096 ? o->len : 4096);
	is = !o->plain_text &&
	     (text_begins(&t, "[InternetShortcut") ||
		 (text_begins(&t, "[") && text_find(t.s, t.len, "\n[internetshortcut]") != NULL));
	text_close(&t);
	return is;
}

bool
shortcut_applies(const struct object *o)
{
	return is_lnk(o) || is_help(o) || is_url(o);
}

struct reader {
	const uint8_t *p, *end;
	unsigned flags;
};

static void
skip(struct reader *r, size_t n)
{
	r->p += n < (size_t)(r->end - r->p) ? n : (size_t)(r->end - r->p);
}

/* One of the strings behind the structures (2.4), if the flags say that it is there. */
static void
take_string(struct reader *r, unsigned flag, struct buf *out)
{
	size_t n;

	if (!(r->flags & flag) || r->end - r->p < 2)
		return;
	n = le16(r->p);
	skip(r, 2);
	if (r->flags & IS_UNICODE)
		n *= 2;
	if (n > (size_t)(r->end - r->p))
		n = (size_t)(r->end - r->p);
	if (out != NULL && (r->flags & IS_UNICODE))
		utf16le_add(out, r->p, n);
	else if (out != NULL)
		utf8_from_bytes(out, (const char *)r->p, n);
	skip(r, n);
}

/* The path in the link's own structure (2.3): the part on this machine. */
static void
take_info(struct reader *r, struct buf *path)
{
	size_t n, at;

	if (!(r->flags & HAS_INFO) || r->end - r->p < 28)
		return;
	n = le32(r->p);
	at = le32(r->p + 16);
	if (n > (size_t)(r->end - r->p))
		n = (size_t)(r->end - r->p);
	if (at > 0 && at < n)
		utf8_from_bytes(
		    path, (const char *)r->p + at, strnlen((const char *)r->p + at, n - at));
	skip(r, n);
}

static void
inspect_lnk(struct scan *s, const struct object *o)
{
	struct reader r = {o->bytes + LNK_HEADER, o->bytes + o->len, le32(o->bytes + 20)};
	struct buf info, path, arguments;
	char target[SHOWN_MAX], text[SHOWN_MAX];

	buf_init(&info, 65536);
	buf_init(&path, 1 << 18);
	buf_init(&arguments, 1 << 18);
	if ((r.flags & HAS_ID_LIST) && r.end - r.p >= 2)
		skip(&r, 2 + (size_t)le16(r.p));
	take_info(&r, &info);
	take_string(&r, HAS_NAME, NULL);
	take_string(&r, HAS_PATH, &path);
	take_string(&r, HAS_FOLDER, NULL);
	take_string(&r, HAS_ARGUMENTS, &arguments);
	shown_str(target, info.len > 0 ? buf_str(&info) : buf_str(&path));
	scan_say_type(s, o, "application/x-ms-shortcut");
	if (arguments.len > 0)
		scan_find(s, o, RULE_SHORTCUT, "a shortcut to %s with %s", target,
		    shown_str(text, buf_str(&arguments)));
	else
		scan_find(s, o, RULE_SHORTCUT, "a shortcut to %s", target);
	buf_free(&info);
	buf_free(&path);
	buf_free(&arguments);
}

static void
inspect_url(struct scan *s, const struct object *o)
{
	const char *url;
	char text[SHOWN_MAX];
	struct text t;
	size_t n;

	text_open(&t, o->bytes, o->len < 65536 ? o->len : 65536);
	url = text_find(t.s, t.len, "\nurl=");
	url = url != NULL ? url + 5 : t.s + t.len;
	for (n = 0; url + n < t.s + t.len && url[n] != '\r' && url[n] != '\n';)
		n++;
	scan_say_type(s, o, "application/x-mswinurl");
	scan_find(s, o, RULE_SHORTCUT, "a shortcut to %s", shown(text, url, n));
	text_close(&t);
}

void
shortcut_inspect(struct scan *s, const struct object *o)
{
	if (is_lnk(o))
		inspect_lnk(s, o);
	else if (is_url(o))
		inspect_url(s, o);
	else {
		scan_say_type(s, o, "application/vnd.ms-htmlhelp");
		scan_find(
		    s, o, RULE_HTML_APPLICATION, "a compiled help file, which can run programs");
	}
}
