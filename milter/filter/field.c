#include "field.h"

#include <string.h>
#include <strings.h>

#include "link.h"
#include "shown.h"

void
field_init(struct field_reader *r, struct scan *s, const struct object *o)
{
	size_t i;

	*r = (struct field_reader){.scan = s, .object = o};
	for (i = 0; i < FIELD_DEPTH; i++)
		buf_init(&r->text[i], FIELD_TEXT);
}

/* The instruction that text goes into: of the innermost open field, or loose text. */
static struct buf *
current(struct field_reader *r)
{
	unsigned d = r->depth;

	return &r->text[d >= FIELD_DEPTH ? FIELD_DEPTH - 1 : d];
}

static void
judge_current(struct field_reader *r)
{
	struct buf *b = current(r);

	if (b->len > 0)
		field_judge(r->scan, r->object, b->data, b->len);
	buf_clear(b);
}

void
field_end_all(struct field_reader *r)
{
	size_t i;

	for (i = 0; i < FIELD_DEPTH; i++) {
		if (r->text[i].len > 0)
			field_judge(r->scan, r->object, r->text[i].data, r->text[i].len);
		buf_free(&r->text[i]);
	}
}

void
field_begin(struct field_reader *r)
{
	r->depth++;
	if (r->depth < FIELD_DEPTH)
		buf_clear(current(r));
}

void
field_text(struct field_reader *r, const char *s, size_t n)
{
	struct buf *b = current(r);

	buf_add(b, s, n < FIELD_TEXT - b->len ? n : FIELD_TEXT - b->len);
}

void
field_separate(struct field_reader *r)
{
	judge_current(r);
}

void
field_end(struct field_reader *r)
{
	judge_current(r);
	if (r->depth > 0)
		r->depth--;
}

/* ---- one instruction ---- */

struct words {
	const char *s;
	size_t len;
};

static bool
is_space(char c)
{
	return (unsigned char)c <= 0x20;
}

/* The next word; a quoted one without its quotes. False at the end. */
static bool
next_word(struct words *w, const char **word, size_t *n)
{
	const char *end;

	while (w->len > 0 && is_space(*w->s))
		w->s++, w->len--;
	if (w->len == 0)
		return false;
	if (*w->s == '"') {
		*word = w->s + 1;
		end = memchr(w->s + 1, '"', w->len - 1);
		*n = end != NULL ? (size_t)(end - *word) : w->len - 1;
		end = end != NULL ? end + 1 : w->s + w->len;
	} else {
		*word = w->s;
		for (*n = 0; *n < w->len && !is_space(w->s[*n]) && w->s[*n] != '"';)
			++*n;
		end = w->s + *n;
	}
	w->len -= (size_t)(end - w->s);
	w->s = end;
	return true;
}

static bool
word_is(const char *word, size_t n, const char *what)
{
	return n == strlen(what) && strncasecmp(word, what, n) == 0;
}

/* What of the targets in the rest of the instruction is worst. */
static enum link_kind
worst_target(struct words w, const char **target, size_t *len)
{
	enum link_kind kind, worst = LINK_LOCAL;
	const char *word;
	size_t n;

	while (next_word(&w, &word, &n)) {
		kind = link_judge(word, n);
		if (kind == LINK_OTHER || kind <= worst)
			continue;
		worst = kind;
		*target = word;
		*len = n;
	}
	return worst;
}

/* Pictures and texts from elsewhere, and links. A picture from the web is ordinary. */
static void
judge_target(
    struct scan *s, const struct object *o, const char *field, size_t nfield, struct words w)
{
	bool loads = word_is(field, nfield, "INCLUDETEXT") || word_is(field, nfield, "INCLUDE") ||
		     word_is(field, nfield, "LINK") || word_is(field, nfield, "RD");
	bool shows = word_is(field, nfield, "INCLUDEPICTURE") || word_is(field, nfield, "IMPORT");
	bool leads = word_is(field, nfield, "HYPERLINK");
	const char *target = "";
	enum link_kind kind;
	char text[SHOWN_MAX];
	size_t n = 0;

	if (!loads && !shows && !leads)
		return;
	kind = worst_target(w, &target, &n);
	if (leads && link_is_inert_script(target, n))
		return;
	if (kind == LINK_PROGRAM || (kind == LINK_SHARE && !leads) || (kind == LINK_WEB && loads))
		scan_find(s, o, RULE_EXTERNAL_LINK, "the field %.*s leads to %s", (int)nfield,
		    field, shown(text, target, n));
}

void
field_judge(struct scan *s, const struct object *o, const char *instruction, size_t len)
{
	struct words w = {instruction, len};
	char text[SHOWN_MAX];
	const char *word;
	size_t n;

	if (!next_word(&w, &word, &n))
		return;
	if (word_is(word, n, "DDE") || word_is(word, n, "DDEAUTO"))
		scan_find(s, o, RULE_DDE, "the field %s", shown(text, instruction, len));
	else
		judge_target(s, o, word, n, w);
}
