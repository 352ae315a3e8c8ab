#include "tag_writer.h"

#include <openssl/evp.h>
#include <string.h>

#define COLUMNS 78
#define HASH_LEN 32
#define SIGNATURE_MAX 2048 /* octets: RSA of 16384 bits */
#define SIGNATURE_LINE 51  /* octets: 68 letters; with a HTAB and "b=" they fill a line */

void
tag_writer_begin(struct tag_writer *w, struct buf *out, const char *field_name)
{
	buf_clear(out);
	*w = (struct tag_writer){.out = out, .column = strlen(field_name) + 1};
}

static void
fold(struct tag_writer *w)
{
	buf_adds(w->out, "\r\n\t");
	w->column = 8;
}

/* n bytes and the sign that ends them, on a new line if they do not fit here. */
void
tag_write_item(struct tag_writer *w, const char *text, size_t n, char end)
{
	if (w->column + n + 1 > COLUMNS && w->column > 8)
		fold(w);
	buf_add(w->out, text, n);
	buf_addc(w->out, end);
	w->column += n + 1;
}

void
tag_write(struct tag_writer *w, const char *tag, size_t n)
{
	if (w->column + 1 + n + 1 > COLUMNS) {
		fold(w);
	} else {
		buf_addc(w->out, ' ');
		w->column++;
	}
	tag_write_item(w, tag, n, ';');
}

void
tag_writef(struct tag_writer *w, const char *fmt, ...)
{
	struct buf tag;
	va_list ap;

	buf_init(&tag, 0);
	va_start(ap, fmt);
	buf_vaddf(&tag, fmt, ap);
	va_end(ap);
	tag_write(w, tag.data, tag.len);
	w->out->failed |= tag.failed;
	buf_free(&tag);
}

void
tag_write_list(struct tag_writer *w, const char *tag)
{
	fold(w);
	buf_adds(w->out, tag);
	w->column += strlen(tag);
}

void
tag_write_hash(struct tag_writer *w, const uint8_t hash[32])
{
	unsigned char text[HASH_LEN / 3 * 4 + 5];

	EVP_EncodeBlock(text, hash, HASH_LEN);
	tag_writef(w, "bh=%s", (const char *)text);
}

void
tag_write_b(struct tag_writer *w)
{
	fold(w);
	buf_adds(w->out, "b=");
	w->column += 2;
}

int
tag_write_signature(struct buf *value, const uint8_t *sig, size_t len)
{
	unsigned char text[SIGNATURE_LINE / 3 * 4 + 1];
	size_t at, n;

	if (len == 0 || len > SIGNATURE_MAX)
		return -1;
	for (at = 0; at < len; at += n) {
		n = len - at < SIGNATURE_LINE ? len - at : SIGNATURE_LINE;
		if (at > 0)
			buf_adds(value, "\r\n\t");
		buf_add(value, text, (size_t)EVP_EncodeBlock(text, sig + at, (int)n));
	}
	return value->failed ? -1 : 0;
}
