#include "mime_text.h"

#include <string.h>
#include <strings.h>

#include "binhex.h"
#include "mime_content.h"
#include "mime_header.h"
#include "mime_judge.h"
#include "search.h"
#include "transfer.h"
#include "uu.h"
#include "yenc.h"

#define HEAD 512 /* bytes that tell whether it is a text */
#define HEADER                                                                                     \
	65536 /* bytes of a header in a text that are read in other ways than the likeliest */

struct finder {
	struct mime_tree *t;
	unsigned part; /* that the text is of */
	bool shown;    /* mail programs show it; else they save it as it is, whatever is in it */
	const unsigned char *s;
	size_t n;
	unsigned tried;	   /* parts that no boundary makes, in any way of reading */
	size_t other_work; /* bytes gone through for other ways of reading headers */
};

/* ---- adding ---- */

/*
 * A file that was found in the text of the part. What encoders wrote as they
 * should is read alike by all who read it at all, and the others see a text.
 */
static void
add_file(struct finder *f, const struct names *names, const unsigned char *bytes, size_t len,
    bool matters)
{
	struct mime_tree *t = f->t;
	struct mime_place at = {.parent = (int)f->part,
	    .owner = (int)f->part,
	    .in = t->nodes[f->part].nreadings > 1 ? t->nodes[f->part].own : 1,
	    .depth = t->out->parts[f->part].depth + 1};
	int index = tree_add(t, &at);
	struct mime_part *m;
	const char **list;

	if (index < 0)
		return;
	m = &t->out->parts[index];
	m->bytes = bytes;
	m->len = len;
	t->nodes[index].attachment = true;
	if ((list = arena_alloc(t->mem, sizeof(names->v))) == NULL) {
		t->out->no_memory = true;
		return;
	}
	memcpy(list, names->v, names->n * sizeof(*list));
	m->names = list;
	m->nnames = names->n;
	tree_doubt(t, DOUBT_IN_TEXT, (unsigned)index, matters && f->shown, "a file within a text");
}

static void
add_named(struct finder *f, const unsigned char *name, size_t name_len, const unsigned char *bytes,
    size_t len, bool sound)
{
	struct names names = {.mem = f->t->mem};

	if (len == 0)
		return;
	if (name_len > 0)
		names_add_raw(&names, (const char *)name, name_len);
	add_file(f, &names, bytes, len, !sound || !judge_is_harmless(bytes, len));
}

/* ---- uuencode, yEnc, BinHex ---- */

static void
find_uu(struct finder *f)
{
	struct uu_file uu = {.next = 0};
	unsigned char *out;
	size_t len;

	while (uu_find(f->s, f->n, uu.next, &uu)) {
		if ((out = tree_block(f->t, UU_ROOM(uu.data_len))) == NULL)
			return;
		len = uu_read(&uu, out);
		tree_trim_block(f->t, len);
		add_named(f, uu.name, uu.name_len, out, len, uu.sound);
	}
}

static void
find_yenc(struct finder *f)
{
	struct yenc_file yenc = {.next = 0};
	unsigned char *out;
	size_t len;

	while (yenc_find(f->s, f->n, yenc.next, &yenc)) {
		if ((out = tree_block(f->t, yenc.data_len)) == NULL)
			return;
		len = yenc_read(&yenc, out);
		tree_trim_block(f->t, len);
		add_named(f, yenc.name, yenc.name_len, out, len, false);
	}
}

/* The name is that of the data; the other fork is what the Macintosh needs beside it. */
static void
find_binhex(struct finder *f, bool announced)
{
	struct binhex b = {.next = 0};
	struct binhex_file file;
	unsigned char *out;
	size_t size;

	while (binhex_find(f->s, f->n, b.next, announced, &b)) {
		if ((size = binhex_size(&b)) == 0)
			continue;
		if ((out = tree_block(f->t, size)) == NULL)
			return;
		binhex_read(&b, out);
		if (!binhex_open(out, size, &file)) {
			tree_trim_block(f->t, 0);
			continue;
		}
		add_named(f, file.name, file.name_len, file.data, file.data_len, file.whole);
		add_named(f, NULL, 0, file.resource, file.resource_len, true);
	}
}

/* ---- parts that no boundary makes ---- */

size_t
text_content_line(const unsigned char *s, size_t n)
{
	static const char *const names[] = {
	    "content-type", "content-disposition", "content-transfer-encoding"};
	const unsigned char *p = s, *end = s + n;
	size_t i;

	while (p < end) {
		for (i = 0; (*p == 'C' || *p == 'c') && i < sizeof(names) / sizeof(names[0]); i++)
			if ((size_t)(end - p) > strlen(names[i]) &&
			    strncasecmp((const char *)p, names[i], strlen(names[i])) == 0)
				return (size_t)(p - s);
		p = search_next_line(p, end);
	}
	return n;
}

/* Where the body of such a part ends: before what could be a delimiter, or the next part. */
static size_t
body_length(const unsigned char *s, size_t n)
{
	size_t len = text_content_line(s, n);
	const unsigned char *delimiter = memmem(s, len, "\n--", 3);

	return delimiter != NULL ? (size_t)(delimiter - s) : len;
}

/* A body, decoded in one way, is kept only where it begins like a file. */
static void
try_file(
    struct finder *f, const struct content *c, const unsigned char *bytes, size_t len, bool block)
{
	if (block)
		tree_trim_block(f->t, len);
	if (judge_begins_like_file(bytes, len))
		add_file(f, &c->names, bytes, len, false);
	else if (block && len > 0)
		tree_trim_block(f->t, 0);
}

static void
try_base64(struct finder *f, const struct content *c, const unsigned char *s, size_t n)
{
	unsigned ways = base64_ways(base64_oddities(s, n)), way;
	unsigned char *out;

	for (way = 0; way < BASE64_WAYS; way++)
		if ((ways & 1U << way) != 0 && (out = tree_block(f->t, TRANSFER_ROOM(n))) != NULL)
			try_file(f, c, out, base64_read((enum base64_way)way, s, n, out), true);
}

static void
try_qp(struct finder *f, const struct content *c, const unsigned char *s, size_t n)
{
	unsigned ways = qp_ways(qp_oddities(s, n)), way;
	unsigned char *out;

	for (way = 0; way < QP_WAYS; way++)
		if ((ways & 1U << way) != 0 && (out = tree_block(f->t, n)) != NULL)
			try_file(f, c, out, qp_read((enum qp_way)way, s, n, out), true);
}

static void
try_encodings(struct finder *f, const struct content *c, const unsigned char *s, size_t n)
{
	size_t i;

	for (i = 0; i < c->nencodings; i++) {
		enum transfer how = c->encodings[i].transfer;

		if (how == TRANSFER_BASE64)
			try_base64(f, c, s, n);
		else if (how == TRANSFER_QP)
			try_qp(f, c, s, n);
		else
			try_file(f, c, s, n, false);
	}
}

static bool
has_encoding(const struct mime_header *h)
{
	size_t i;

	for (i = 0; i < h->n && h->fields[i].which != CONTENT_ENCODING; i++)
		;
	return i < h->n;
}

/* What the header at this offset makes of what is behind it; the length of that. */
static size_t
try_part(struct finder *f, size_t at, const struct mime_header *h)
{
	const unsigned char *s = f->s + at + h->body;
	size_t len = body_length(s, f->n - at - h->body);
	enum transfer coding = judge_coding(s, len);
	struct content c;

	if (!has_encoding(h) && coding == TRANSFER_UNKNOWN)
		return len;
	if (++f->tried > f->t->limits->parts) {
		tree_limit(f->t, "too many parts in a text");
		return len;
	}
	if (!content_read(h, "text/plain", f->t->mem, &c))
		f->t->out->no_memory = true;
	try_encodings(f, &c, s, len);
	if (coding == TRANSFER_BASE64 && c.encodings[0].transfer != coding)
		try_base64(f, &c, s, len);
	else if (coding == TRANSFER_QP && c.encodings[0].transfer != coding)
		try_qp(f, &c, s, len);
	return len;
}

/* No more bytes altogether than twice those of the text: a puzzle may have each line matter to all.
 */
static void
try_other_headers(struct finder *f, size_t at, unsigned ways)
{
	size_t n = f->n - at < HEADER ? f->n - at : HEADER;
	struct mime_header h;
	unsigned way;

	for (way = HEADER_STOPS + 1; way < HEADER_WAYS; way++) {
		if ((ways & 1U << way) == 0 || f->other_work > 2 * f->n + HEADER)
			continue;
		mime_header_read(f->s + at, n, (enum header_way)way, &h);
		f->other_work += h.body + try_part(f, at, &h);
	}
}

/*
 * Programs that look for Content- fields in every text take what follows them
 * for a part. Bounces and discussions have such texts, too: hence only what
 * begins like a file counts, for what it is.
 */
static void
find_parts(struct finder *f)
{
	struct mime_header h;
	size_t at;

	at = text_content_line(f->s, f->n);
	for (; at < f->n; at += text_content_line(f->s + at, f->n - at)) {
		mime_header_read(f->s + at, f->n - at, HEADER_STOPS, &h);
		try_part(f, at, &h);
		try_other_headers(f, at, h.other_ways);
		at += h.body > 0 ? h.body : 1;
	}
}

/* ---- all of them ---- */

bool
text_has_file(const unsigned char *s, size_t n)
{
	struct uu_file uu;
	struct yenc_file yenc;
	struct binhex binhex;

	return uu_find(s, n, 0, &uu) || yenc_find(s, n, 0, &yenc) ||
	       binhex_find(s, n, 0, true, &binhex);
}

static bool
is_binhex(const struct mime_part *m)
{
	size_t i;

	for (i = 0; i < m->ntypes; i++)
		if (strstr(m->types[i], "binhex") != NULL)
			return true;
	return false;
}

/* Whatever its type says: no bytes that texts do not have, nothing that begins like a file. */
static bool
looks_like_text(const unsigned char *s, size_t n)
{
	return memchr(s, '\0', n < HEAD ? n : HEAD) == NULL && !judge_begins_like_file(s, n);
}

void
text_find_files(struct mime_tree *t, unsigned part, bool shown)
{
	struct finder f = {.t = t,
	    .part = part,
	    .shown = shown,
	    .s = t->out->parts[part].bytes,
	    .n = t->out->parts[part].len};

	if (!shown && !looks_like_text(f.s, f.n))
		return;
	find_binhex(&f, !is_binhex(&t->out->parts[part]));
	find_uu(&f);
	find_yenc(&f);
	find_parts(&f);
}
