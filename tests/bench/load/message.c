#include "message.h"

#include <libmilter/mfdef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_MESSAGE_SIZE (256u << 20)
#define TEXT_PART 4096

static bool
add_field(struct message *m, const char *name, size_t name_len, const char *value, size_t value_len)
{
	struct field *f;

	if (m->nfields == MAX_FIELDS)
		return false;
	f = &m->fields[m->nfields++];
	f->name = strndup(name, name_len);
	f->value = strndup(value, value_len);
	return f->name != NULL && f->value != NULL;
}

static bool
generate_fields(struct message *m, const struct options *o)
{
	static const char *const fields[][2] = {
	    {"Received", " from client.example.com (client.example.com [192.0.2.10])\n"
			 "\tby relay.example.com (Postfix) with ESMTPSA id 4BENCH%n\n"
			 "\tfor <colleague@example.net>; Mon, 24 Nov 2025 10:15:30 +0100 (CET)"},
	    {"Date", " Mon, 24 Nov 2025 10:15:30 +0100"},
	    {"From", NULL},
	    {"To", " A. Colleague <colleague@example.net>"},
	    {"Cc", " team@example.net,\n\tanother.reader@example.org"},
	    {"Subject", " Re: minutes of the meeting on Monday, number %n"},
	    {"Message-ID", " <20251124101530.%n@client.example.com>"},
	    {"In-Reply-To", " <cd3c2e04-7f8e-4a4e-8c7b-0d3f6f0b1a55@example.net>"},
	    {"References", " <8a1d2b6c-31d4-4c6b-9a53-6f6f4a2f3b11@example.net>\n"
			   " <cd3c2e04-7f8e-4a4e-8c7b-0d3f6f0b1a55@example.net>"},
	    {"MIME-Version", " 1.0"},
	    {"Content-Type", " text/plain; charset=UTF-8; format=flowed"},
	    {"User-Agent", " Mozilla Thunderbird"},
	};
	char from[1024];
	size_t i;
	const char *value;

	snprintf(from, sizeof(from), " An Author <%s>", o->header_from);
	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		value = fields[i][1] != NULL ? fields[i][1] : from;
		if (!add_field(m, fields[i][0], strlen(fields[i][0]), value, strlen(value)))
			return false;
	}
	return true;
}

/* A generator of its own, so that every run sends the same bytes. */
static uint32_t
next_random(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

static void
add_text_line(struct buf *b, uint32_t *state)
{
	static const char *const words[] = {"the", "minutes", "of", "our", "meeting", "on",
	    "Monday", "are", "attached", "and", "we", "ask", "everybody", "to", "send",
	    "corrections", "before", "Friday", "noon", "thank", "you", "signature", "message", "a",
	    "server"};
	size_t start = b->len;
	uint32_t r = next_random(state);

	if (r % 12 != 0)
		while (b->len - start < 60 + r % 10) {
			buf_adds(b, words[next_random(state) % (sizeof(words) / sizeof(words[0]))]);
			buf_addc(b, ' ');
		}
	buf_adds(b, "\r\n");
}

static void
add_base64_line(struct buf *b, uint32_t *state)
{
	static const char alphabet[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char line[78];
	int i;

	for (i = 0; i < 76; i++)
		line[i] = alphabet[next_random(state) % 64];
	line[76] = '\r';
	line[77] = '\n';
	buf_add(b, line, sizeof(line));
}

static void
generate_body(struct buf *b, const struct options *o)
{
	uint32_t state = 1;
	size_t text = o->body_kind == BODY_BASE64 ? 0 : TEXT_PART;

	if (o->body_kind == BODY_TEXT)
		text = o->body_size;
	while (b->len < o->body_size && !b->failed)
		if (b->len < text)
			add_text_line(b, &state);
		else
			add_base64_line(b, &state);
	if (b->len > o->body_size && o->body_size >= 2) {
		b->len = o->body_size;
		memcpy(b->data + b->len - 2, "\r\n", 2);
	}
}

static bool
read_file(const char *path, struct buf *b)
{
	char chunk[8192];
	size_t n;
	FILE *f = fopen(path, "rb");
	bool ok;

	if (f == NULL) {
		perror(path);
		return false;
	}
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		buf_add(b, chunk, n);
	ok = !ferror(f) && !b->failed;
	fclose(f);
	if (!ok)
		fprintf(stderr, "milter-load: %s: cannot read it, or too large\n", path);
	return ok;
}

/* Line ends as the queue of an MTA has them: LF, whatever the file had. */
static void
drop_cr(struct buf *b)
{
	size_t from, to = 0;

	for (from = 0; from < b->len; from++)
		if (b->data[from] != '\r' || from + 1 == b->len || b->data[from + 1] != '\n')
			b->data[to++] = b->data[from];
	b->len = to;
}

/* The end of the field that starts at p: its LF, or the end of the text. */
static const char *
field_end(const char *p, const char *end)
{
	const char *lf;

	while ((lf = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		p = lf + 1;
		if (p == end || (*p != ' ' && *p != '\t'))
			return lf;
	}
	return end;
}

/* Takes the header fields off the front. Returns where the body starts, NULL for too many fields.
 */
static const char *
parse_fields(struct message *m, const char *p, const char *end)
{
	const char *stop, *colon, *name_end;

	while (p < end && *p != '\n') {
		stop = field_end(p, end);
		colon = memchr(p, ':', (size_t)(stop - p));
		if (colon == NULL)
			return p;
		name_end = colon;
		while (name_end > p && (name_end[-1] == ' ' || name_end[-1] == '\t'))
			name_end--;
		if (!add_field(m, p, (size_t)(name_end - p), colon + 1, (size_t)(stop - colon - 1)))
			return NULL;
		p = stop < end ? stop + 1 : end;
	}
	return p < end ? p + 1 : end;
}

static bool
load_file(struct message *m, const char *path, struct buf *body)
{
	struct buf text;
	const char *p, *end;

	buf_init(&text, MAX_MESSAGE_SIZE);
	if (!read_file(path, &text)) {
		buf_free(&text);
		return false;
	}
	drop_cr(&text);
	m->literal = true;
	end = buf_str(&text) + text.len;
	p = parse_fields(m, text.data == NULL ? end : text.data, end);
	if (p == NULL)
		fprintf(stderr, "milter-load: %s: too many header fields\n", path);
	for (; p != NULL && p < end; p++) {
		if (*p == '\n')
			buf_addc(body, '\r');
		buf_addc(body, *p);
	}
	buf_free(&text);
	return p != NULL;
}

static void
add_packet(struct message *m, const char *data, size_t len)
{
	uint32_t n = (uint32_t)len + 1;
	unsigned char head[5] = {(unsigned char)(n >> 24), (unsigned char)(n >> 16),
	    (unsigned char)(n >> 8), (unsigned char)n, SMFIC_BODY};

	buf_add(&m->packets, head, sizeof(head));
	buf_add(&m->packets, data, len);
}

static bool
cut_body(struct message *m, const struct buf *body)
{
	size_t at, len;

	m->body_size = body->len;
	m->start = calloc(body->len / MILTER_CHUNK_SIZE + 2, sizeof(*m->start));
	if (m->start == NULL)
		return false;
	for (at = 0; at < body->len; at += len) {
		len = body->len - at < MILTER_CHUNK_SIZE ? body->len - at : MILTER_CHUNK_SIZE;
		add_packet(m, body->data + at, len);
		m->start[++m->nchunks] = m->packets.len;
	}
	return !m->packets.failed;
}

uint64_t
message_count(const struct options *o)
{
	return o->message_file != NULL && strstr(o->message_file, "%d") != NULL ? o->domains : 1;
}

static bool
load_numbered(struct message *m, const struct options *o, uint64_t n, struct buf *body)
{
	const struct facts facts = {.domain = n + 1, .number = n + 1, .sender = "", .rcpt = ""};
	struct buf path;
	bool ok;

	buf_init(&path, 4096);
	template_render(&path, o->message_file, &facts);
	ok = load_file(m, buf_str(&path), body);
	buf_free(&path);
	return ok;
}

bool
message_init(struct message *m, const struct options *o, uint64_t n)
{
	struct buf body;
	bool ok;

	memset(m, 0, sizeof(*m));
	buf_init(&m->packets, 0);
	buf_init(&body, MAX_MESSAGE_SIZE);
	m->fields = calloc(MAX_FIELDS, sizeof(*m->fields));
	ok = m->fields != NULL;
	if (ok && o->message_file != NULL) {
		ok = load_numbered(m, o, n, &body);
	} else if (ok) {
		ok = generate_fields(m, o);
		generate_body(&body, o);
	}
	ok = ok && !body.failed && cut_body(m, &body);
	buf_free(&body);
	return ok;
}

void
message_free(struct message *m)
{
	unsigned i;

	for (i = 0; i < m->nfields; i++) {
		free(m->fields[i].name);
		free(m->fields[i].value);
	}
	free(m->fields);
	free(m->start);
	buf_free(&m->packets);
}
