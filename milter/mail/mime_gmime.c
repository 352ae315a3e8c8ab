#include "mime_gmime.h"

#include <gmime/gmime.h>
#include <stdlib.h>
#include <string.h>

#include "mime_content.h"
#include "mime_judge.h"

static bool prepared;

bool
gmime_prepare(struct buf *err)
{
	if (!prepared)
		g_mime_init();
	prepared = true;
	return true;
}

static bool
is_simple(const struct mime_reading *r)
{
	return r->nparts == 1 && r->ndoubts == 0 && r->parts[0].plain_text;
}

/* ---- what the tree has ---- */

struct contents {
	uint64_t *v;
	size_t n;
	struct sent {
		size_t at, len; /* in the message */
		enum transfer transfer;
	} * sent;
	size_t nsent;
	const unsigned char *message;
};

static int
compare(const void *pa, const void *pb)
{
	const uint64_t *a = pa, *b = pb;

	return *a < *b ? -1 : *a > *b;
}

static int
compare_sent(const void *pa, const void *pb)
{
	const struct sent *a = pa, *b = pb;

	return a->at < b->at ? -1 : a->at > b->at;
}

/* The bodies that stand in the message and leave no choice how to read them. */
static void
collect_sent(
    const struct mime_tree *t, const unsigned char *message, size_t len, struct contents *c)
{
	uintptr_t at;
	size_t i;

	for (i = 0; i < t->out->nparts; i++) {
		const struct mime_node *n = &t->nodes[i];

		at = (uintptr_t)n->sent - (uintptr_t)message;
		if (n->sent != NULL && at < len)
			c->sent[c->nsent++] = (struct sent){at, n->sent_len, n->transfer};
	}
	qsort(c->sent, c->nsent, sizeof(*c->sent), compare_sent);
}

static bool
collect(struct mime_tree *t, struct contents *c)
{
	size_t i, cut;

	c->v = calloc(3 * t->out->nparts, sizeof(*c->v));
	c->sent = calloc(t->out->nparts, sizeof(*c->sent));
	if (c->v == NULL || c->sent == NULL) {
		free(c->v);
		free(c->sent);
		t->out->no_memory = true;
		return false;
	}
	for (i = 0; i < t->out->nparts; i++) {
		const struct mime_part *m = &t->out->parts[i];

		for (cut = 0; cut <= (t->nodes[i].loose_end ? 2 : 0) && cut <= m->len; cut++)
			c->v[c->n++] = judge_content(m->bytes, m->len - cut);
	}
	qsort(c->v, c->n, sizeof(*c->v), compare);
	return true;
}

static bool
has(const struct contents *c, const unsigned char *s, size_t n)
{
	uint64_t what = judge_content(s, n);

	return bsearch(&what, c->v, c->n, sizeof(*c->v), compare) != NULL;
}

/* ---- what GMime has ---- */

/* Its header fields, as they were sent, for our own reading of names and types. */
static void
write_header(GMimeObject *o, struct buf *out)
{
	GMimeHeaderList *list = g_mime_object_get_header_list(o);
	int i, n = g_mime_header_list_get_count(list);

	for (i = 0; i < n; i++) {
		GMimeHeader *h = g_mime_header_list_get_header_at(list, i);
		const char *raw = g_mime_header_get_raw_value(h);

		buf_adds(out, g_mime_header_get_name(h));
		buf_addc(out, ':');
		buf_adds(out, raw != NULL ? raw : "\n");
		if (out->len > 0 && out->data[out->len - 1] != '\n')
			buf_addc(out, '\n');
	}
}

static void
describe(struct mime_tree *t, unsigned index, GMimeObject *o)
{
	struct mime_part *m = &t->out->parts[index];
	struct mime_header h;
	struct content c;
	const char **list;
	struct buf text;
	size_t i;

	buf_init(&text, t->limits->header_bytes);
	write_header(o, &text);
	mime_header_read((const unsigned char *)buf_str(&text), text.len, HEADER_STOPS, &h);
	list = arena_alloc(t->mem, sizeof(c.names.v) + sizeof(c.types));
	if (list == NULL || !content_read(&h, "text/plain", t->mem, &c)) {
		t->out->no_memory = true;
	} else {
		memcpy(list, c.names.v, c.names.n * sizeof(*list));
		m->names = list;
		m->nnames = c.names.n;
		for (i = 0; i < c.ntypes; i++)
			list[c.names.n + i] = c.types[i].name;
		m->types = list + c.names.n;
		m->ntypes = c.ntypes;
		t->nodes[index].attachment = c.attachment;
	}
	buf_free(&text);
}

static void
add_part(struct mime_tree *t, GMimeObject *o, const unsigned char *s, size_t n)
{
	struct mime_place at = {.parent = 0, .owner = 0, .in = 1, .depth = 1};
	unsigned char *copy = tree_block(t, n);
	int index;

	if (copy == NULL || (index = tree_add(t, &at)) < 0)
		return;
	memcpy(copy, s, n);
	describe(t, (unsigned)index, o);
	t->out->parts[index].bytes = copy;
	t->out->parts[index].len = n;
	t->out->parts[index].plain_text =
	    judge_is_plain(&t->out->parts[index], t->nodes[index].attachment);
	tree_doubt(t, DOUBT_DISAGREEMENT, (unsigned)index, true, "another parser sees this part");
}

static enum transfer
transfer_of(GMimeDataWrapper *content)
{
	switch (g_mime_data_wrapper_get_encoding(content)) {
	case GMIME_CONTENT_ENCODING_DEFAULT:
	case GMIME_CONTENT_ENCODING_7BIT:
	case GMIME_CONTENT_ENCODING_8BIT:
	case GMIME_CONTENT_ENCODING_BINARY:
		return TRANSFER_IDENTITY;
	case GMIME_CONTENT_ENCODING_BASE64:
		return TRANSFER_BASE64;
	default:
		return TRANSFER_UNKNOWN;
	}
}

/* The same bytes of the message, line ends behind them aside, in the same encoding. */
static bool
is_known(const struct contents *c, GMimeDataWrapper *content)
{
	const GMimeStream *s = g_mime_data_wrapper_get_stream(content);
	const enum transfer transfer = transfer_of(content);
	const struct sent *known;
	struct sent key = {.at = 0};
	size_t len, i;

	if (s == NULL || s->bound_end < s->bound_start || transfer == TRANSFER_UNKNOWN)
		return false;
	key.at = (size_t)s->bound_start;
	len = (size_t)(s->bound_end - s->bound_start);
	known = bsearch(&key, c->sent, c->nsent, sizeof(*c->sent), compare_sent);
	if (known == NULL || known->transfer != transfer)
		return false;
	for (i = len < known->len ? len : known->len; i < len || i < known->len; i++)
		if (c->message[known->at + i] != '\r' && c->message[known->at + i] != '\n')
			return false;
	return true;
}

/* GMime loses its way in uuencoded data; ours is sure, or says that it is not. */
static bool
is_comparable(GMimeObject *o)
{
	return GMIME_IS_PART(o) &&
	       g_mime_part_get_content_encoding(GMIME_PART(o)) != GMIME_CONTENT_ENCODING_UUENCODE;
}

static void
compare_part(struct mime_tree *t, const struct contents *c, GMimeObject *o)
{
	GMimeDataWrapper *content;
	GMimeStream *out;
	GByteArray *bytes;

	if (!is_comparable(o) || (content = g_mime_part_get_content(GMIME_PART(o))) == NULL ||
	    is_known(c, content))
		return;
	out = g_mime_stream_mem_new();
	g_mime_data_wrapper_write_to_stream(content, out);
	bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(out));
	if (bytes->len > 0 && !has(c, bytes->data, bytes->len))
		add_part(t, o, bytes->data, bytes->len);
	g_object_unref(out);
}

static void
compare_all(struct mime_tree *t, const struct contents *c, GMimeMessage *m)
{
	GMimePartIter *i = g_mime_part_iter_new(GMIME_OBJECT(m));

	if (g_mime_part_iter_is_valid(i))
		do {
			compare_part(t, c, g_mime_part_iter_get_current(i));
		} while (t->out->limit == NULL && g_mime_part_iter_next(i));
	g_mime_part_iter_free(i);
}

/* The message is lent to GMime, not copied. */
static GMimeStream *
lend(const unsigned char *message, size_t len, GByteArray **bytes)
{
	GMimeStream *s;

	*bytes = g_byte_array_new_take((guint8 *)(uintptr_t)message, len);
	s = g_mime_stream_mem_new();
	g_mime_stream_mem_set_byte_array(GMIME_STREAM_MEM(s), *bytes);
	return s;
}

void
gmime_compare(struct mime_tree *t, const unsigned char *message, size_t len)
{
	struct contents c = {0};
	GMimeMessage *m;
	GMimeParser *parser;
	GMimeStream *s;
	GByteArray *bytes;

	if (!prepared || t->out->limit != NULL || t->out->no_memory || len == 0 ||
	    len > G_MAXUINT / 2 || is_simple(t->out) || !collect(t, &c))
		return;
	c.message = message;
	collect_sent(t, message, len, &c);
	s = lend(message, len, &bytes);
	parser = g_mime_parser_new_with_stream(s);
	if ((m = g_mime_parser_construct_message(parser, NULL)) != NULL) {
		compare_all(t, &c, m);
		g_object_unref(m);
	}
	g_object_unref(parser);
	g_object_unref(s);
	g_byte_array_free(bytes, FALSE);
	free(c.v);
	free(c.sent);
}
