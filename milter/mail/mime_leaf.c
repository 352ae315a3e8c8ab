#include "mime_leaf.h"

#include <string.h>

#include "base64_regular.h"
#include "mime_judge.h"
#include "mime_text.h"
#include "uu.h"

static bool
is_text_type(const struct mime_part *m)
{
	return m->ntypes == 0 || strncmp(m->types[0], "text", 4) == 0 ||
	       content_is_shown(m->types[0]) || content_kind(m->types[0]) != MIME_LEAF;
}

/* A message that is sent as a file is opened by mail programs all the same. */
static bool
is_message_file(const struct mime_part *m)
{
	static const char *const extensions[] = {"eml", "mht", "mhtml", "nws"};
	char ext[9];
	size_t i, k;

	for (i = 0; i < m->nnames; i++)
		for (k = 0; k < sizeof(extensions) / sizeof(extensions[0]); k++)
			if (mime_name_extension(m->names[i], ext) &&
			    strcmp(ext, extensions[k]) == 0)
				return true;
	return m->ntypes > 0 && strncmp(m->types[0], "message/", 8) == 0 &&
	       !content_is_shown(m->types[0]);
}

/* What is within the decoded bytes of a leaf. */
static void
finish_leaf(struct mime_walk *w, unsigned index)
{
	struct mime_part *m = &w->t.out->parts[index];
	const unsigned char *bytes = m->bytes;
	size_t len = m->len;
	struct mime_entity e = {.s = bytes,
	    .n = len,
	    .at = {.parent = (int)index,
		.owner = (int)index,
		.in = MIME_IN_BYTES,
		.depth = m->depth + 1},
	    .default_type = PLAIN_TYPE};
	bool message = is_message_file(m);

	m->plain_text = judge_is_plain(m, w->t.nodes[index].attachment);
	if (message && len > 0)
		walk_push(w, &e);
	if (!message && walk_may(w, len))
		text_find_files(&w->t, index, is_text_type(m));
}

/* The bytes of one reading of the leaf: those of an earlier one, or a part of its own. */
static void
add_leaf_reading(struct mime_piece *p, const unsigned char *bytes, size_t len, bool block, int why)
{
	struct mime_tree *t = &p->w->t;
	struct mime_node *node = &t->nodes[p->index];
	struct mime_place at = p->e->at;
	uint32_t bit = part_reading(p, why);
	struct mime_part copy;
	unsigned i;
	int index;

	if (len == 0)
		bytes = (const unsigned char *)"";
	for (i = p->index; i < t->out->nparts; i++) {
		const struct mime_part *m = &t->out->parts[i];

		if (i == p->index ? node->own == 0 : t->nodes[i].owner != (int)p->index)
			continue;
		if (m->kind != MIME_LEAF || m->len != len || memcmp(m->bytes, bytes, len) != 0)
			continue;
		*(i == p->index ? &node->own : &t->nodes[i].in) |= bit;
		if (block)
			tree_trim_block(t, 0);
		return;
	}
	copy = *part_in_tree(p);
	if (node->own == 0 && copy.kind == MIME_LEAF) {
		index = (int)p->index;
		node->own = bit;
	} else {
		at.parent = at.parent < 0 ? (int)p->index : at.parent;
		at.owner = (int)p->index;
		at.in = bit;
		if ((index = tree_add(t, &at)) < 0)
			return;
		copy.parent = at.parent;
		copy.kind = MIME_LEAF;
		t->out->parts[index] = copy;
		t->nodes[index].attachment = t->nodes[p->index].attachment;
	}
	t->out->parts[index].bytes = bytes;
	t->out->parts[index].len = len;
	finish_leaf(p->w, (unsigned)index);
}

/* What GMime need not decode again: this body is the same for all who find it. */
static void
mark_regular(struct mime_piece *p, enum transfer transfer)
{
	struct mime_node *n = &p->w->t.nodes[p->index];

	n->sent = p->body;
	n->sent_len = p->len;
	n->transfer = transfer;
}

/* Base64 that can be read in one way alone; false where it could be read otherwise. */
static bool
add_regular_base64(struct mime_piece *p, int why)
{
	unsigned char *out;
	size_t len;

	if (!walk_may(p->w, p->len) || (out = tree_block(&p->w->t, TRANSFER_ROOM(p->len))) == NULL)
		return true;
	if (!base64_read_regular(p->body, p->len, out, &len)) {
		tree_trim_block(&p->w->t, 0);
		return false;
	}
	tree_trim_block(&p->w->t, len);
	mark_regular(p, TRANSFER_BASE64);
	add_leaf_reading(p, out, len, len > 0, why);
	return true;
}

/* The length without the last line where that is an OpenPGP checksum (RFC 4880 §6.1): "=", four
 * letters. */
static size_t
without_checksum(const unsigned char *s, size_t n)
{
	size_t end = n;

	while (end > 0 && (s[end - 1] == '\r' || s[end - 1] == '\n'))
		end--;
	if (end < 6 || s[end - 5] != '=' || s[end - 6] != '\n' ||
	    (base64_oddities(s + end - 4, 4) & ~(unsigned)BASE64_BAD_PADDING) != 0)
		return n;
	return end - 5;
}

static void
add_odd_base64(struct mime_piece *p, int why)
{
	unsigned odd = base64_oddities(p->body, p->len), ways = base64_ways(odd), way;
	bool first = true;
	unsigned char *out;
	size_t len;
	int more = why;

	p->w->t.nodes[p->index].loose_end |= (odd & BASE64_BAD_PADDING) != 0;
	odd = base64_oddities(p->body, without_checksum(p->body, p->len));
	if ((odd & ~(unsigned)BASE64_LONG_LINE) != 0)
		more = part_doubt(p, DOUBT_BASE64, false, "base64 outside its grammar");
	for (way = 0; way < BASE64_WAYS; way++) {
		if ((ways & 1U << way) == 0 || !walk_may(p->w, p->len))
			continue;
		if ((out = tree_block(&p->w->t, TRANSFER_ROOM(p->len))) == NULL)
			return;
		len = base64_read((enum base64_way)way, p->body, p->len, out);
		tree_trim_block(&p->w->t, len);
		/* damaged mail has uneven lines: that alone is no reason to suspect a file */
		add_leaf_reading(p, out, len, len > 0,
		    first		    ? why
		    : way == BASE64_BY_LINE ? -1
					    : more);
		first = false;
	}
}

static void
add_base64(struct mime_piece *p, int why)
{
	if (!add_regular_base64(p, why))
		add_odd_base64(p, why);
}

static void
add_qp(struct mime_piece *p, int why)
{
	unsigned odd = qp_oddities(p->body, p->len), ways = qp_ways(odd), way;
	unsigned char *out;
	size_t len;
	int more = why;

	if ((odd & (QP_BAD_ESCAPE | QP_SPACED_BREAK)) != 0)
		more = part_doubt(
		    p, DOUBT_QUOTED_PRINTABLE, false, "quoted-printable outside its grammar");
	for (way = 0; way < QP_WAYS; way++) {
		if ((ways & 1U << way) == 0 || !walk_may(p->w, p->len))
			continue;
		if ((out = tree_block(&p->w->t, p->len)) == NULL)
			return;
		len = qp_read((enum qp_way)way, p->body, p->len, out);
		tree_trim_block(&p->w->t, len);
		add_leaf_reading(p, out, len, len > 0, way == QP_KEEP ? why : more);
	}
}

/* The body is one uuencoded file, or text with files in it. */
static void
add_uu(struct mime_piece *p, int why)
{
	struct uu_file f;
	unsigned char *out;
	size_t len;

	if (!uu_find_encoded(p->body, p->len, &f) ||
	    (out = tree_block(&p->w->t, UU_ROOM(f.data_len))) == NULL)
		return;
	len = uu_read(&f, out);
	tree_trim_block(&p->w->t, len);
	p->harmless_uu = f.sound && judge_is_harmless(out, len);
	add_leaf_reading(p, out, len, len > 0, why);
}

/* A message that is but a text, without any doubt: nobody looks for another encoding in it. */
static bool
is_bare_text(const struct mime_piece *p)
{
	return p->e->at.parent < 0 && p->c->ndoubts == 0 && p->c->names.n == 0 &&
	       !p->c->attachment && content_is_shown(p->c->types[0].name);
}

void
leaf_read(struct mime_piece *p, int type_reason)
{
	bool said[TRANSFER_UNKNOWN + 1] = {false};
	enum transfer coding;
	size_t i;

	for (i = 0; i < p->c->nencodings; i++) {
		const struct content_encoding *enc = &p->c->encodings[i];
		int why = enc->doubt != NO_DOUBT ? part_reason(p, enc->doubt) : type_reason;

		if (enc->if_fits && !judge_looks_like_base64(p->body, p->len))
			continue;
		said[enc->transfer] = true;
		if (enc->transfer == TRANSFER_BASE64)
			add_base64(p, why);
		else if (enc->transfer == TRANSFER_QP)
			add_qp(p, why);
		else if (enc->transfer == TRANSFER_UU)
			add_uu(p, why);
		else {
			mark_regular(p, TRANSFER_IDENTITY);
			add_leaf_reading(
			    p, p->body, p->len, false, p->harmless_uu ? type_reason : why);
		}
	}
	coding = is_bare_text(p) ? TRANSFER_UNKNOWN : judge_coding(p->body, p->len);
	if (coding == TRANSFER_BASE64 && !said[coding])
		add_base64(p, type_reason);
	else if (coding == TRANSFER_QP && !said[coding])
		add_qp(p, type_reason);
}
