#include "package.h"

#include <string.h>

#include "base/bytes.h"
#include "shown.h"

struct reader {
	const uint8_t *p, *end;
};

static bool
skip(struct reader *r, size_t n)
{
	if ((size_t)(r->end - r->p) < n)
		return false;
	r->p += n;
	return true;
}

/* A string that ends with NUL, made UTF-8. */
static bool
take_string(struct reader *r, struct buf *out)
{
	const uint8_t *nul = bytes_find(r->p, r->end, "", 1);

	if (nul == NULL || nul - r->p > 1024)
		return false;
	utf8_from_bytes(out, (const char *)r->p, (size_t)(nul - r->p));
	r->p = nul + 1;
	return true;
}

/* What follows the last slash. */
static const char *
base_name(const char *path)
{
	const char *s, *base = path;

	for (s = path; *s != '\0'; s++)
		if (*s == '/' || *s == '\\' || *s == ':')
			base = s + 1;
	return base;
}

struct package {
	struct buf label, file, temporary;
	const uint8_t *bytes;
	size_t len;
};

/* After the label and the file's path: 3 for a file that is within (1 for one that is linked). */
static bool
parse(struct reader *r, struct package *p)
{
	size_t n;

	if (!skip(r, 2) || !take_string(r, &p->label) || !take_string(r, &p->file) || !skip(r, 8))
		return false;
	if (le16(r->p - 6) != 3)
		return le16(r->p - 6) == 1;
	n = le32(r->p - 4);
	if (n > 1024 || (size_t)(r->end - r->p) < n)
		return false;
	utf8_from_bytes(&p->temporary, (const char *)r->p, strnlen((const char *)r->p, n));
	if (!skip(r, n + 4))
		return false;
	n = le32(r->p - 4);
	p->bytes = r->p;
	p->len = n < (size_t)(r->end - r->p) ? n : (size_t)(r->end - r->p);
	return true;
}

static void
report(struct scan *s, const struct object *o, struct package *p, enum scan_rule rule,
    const char *where)
{
	const char *names[3];
	struct object within = {
	    .parent = o, .bytes = p->bytes, .len = p->len, .names = names, .in_archive = true};
	char text[SHOWN_MAX];

	names[0] = base_name(buf_str(&p->file));
	names[1] = base_name(buf_str(&p->label));
	names[2] = base_name(buf_str(&p->temporary));
	if (*names[0] == '\0')
		names[0] = *names[1] != '\0' ? names[1] : names[2];
	for (within.nnames = 1; within.nnames < 3 && *names[within.nnames] != '\0';)
		within.nnames++;
	scan_find(s, o, rule, "the file %s in %s", shown_str(text, names[0]), where);
	if (p->bytes != NULL)
		inspect(s, &within);
}

bool
package_inspect(struct scan *s, const struct object *o, const uint8_t *bytes, size_t len,
    enum scan_rule rule, const char *where)
{
	struct reader r = {bytes, bytes + len};
	struct package p = {.bytes = NULL};
	bool is;

	buf_init(&p.label, 4096);
	buf_init(&p.file, 4096);
	buf_init(&p.temporary, 4096);
	is = len > 2 && le16(bytes) == 2 && parse(&r, &p);
	if (is)
		report(s, o, &p, rule, where);
	buf_free(&p.label);
	buf_free(&p.file);
	buf_free(&p.temporary);
	return is;
}

bool
package_inspect_stream(struct scan *s, const struct object *o, const uint8_t *bytes, size_t len,
    enum scan_rule rule, const char *where)
{
	return len > 4 && package_inspect(s, o, bytes + 4, len - 4, rule, where);
}
