#include "mime_content.h"

#include <string.h>
#include <strings.h>

#include "base/ascii.h"
#include "base/buf.h"
#include "encoded_word.h"
#include "mime_value.h"

struct reader {
	struct arena *mem;
	struct content *c;
	const struct content_field *field;
	int why; /* the doubt that makes all readings of this field doubtful, or NO_DOUBT */
	bool no_memory;
};

static int
doubt(struct reader *r, enum mime_doubt_kind kind, bool matters, const char *detail)
{
	struct content *c = r->c;
	size_t i;

	for (i = 0; i < c->ndoubts; i++)
		if (c->doubts[i].kind == kind && c->doubts[i].matters == matters &&
		    strcmp(c->doubts[i].detail, detail) == 0)
			return (int)i;
	if (c->ndoubts == CONTENT_DOUBTS_MAX)
		return CONTENT_DOUBTS_MAX - 1;
	c->doubts[c->ndoubts] =
	    (struct content_doubt){.kind = kind, .detail = detail, .matters = matters};
	return (int)c->ndoubts++;
}

static bool
starts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

enum mime_kind
content_kind(const char *type)
{
	static const char *const messages[] = {
	    "message/rfc822", "message/global", "message/news", "message/rfc2822"};
	size_t i;

	if (starts(type, "multipart/") || strcmp(type, "multipart") == 0)
		return MIME_MULTIPART;
	for (i = 0; i < sizeof(messages) / sizeof(messages[0]); i++)
		if (strcmp(type, messages[i]) == 0)
			return MIME_MESSAGE;
	return MIME_LEAF;
}

bool
content_is_shown(const char *type)
{
	static const char *const shown[] = {"text/plain", "text/html", "text/enriched",
	    "text/richtext", "text/x-amp-html", "text/rfc822-headers", "text/x-markdown",
	    "text/markdown", "text/watch-html", "message/delivery-status",
	    "message/disposition-notification", "message/feedback-report",
	    "message/global-delivery-status", "text"};
	size_t i;

	for (i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
		if (strcmp(type, shown[i]) == 0)
			return true;
	return false;
}

/* ---- Content-Type ---- */

static void
add_type(struct reader *r, const char *name, int why)
{
	struct content *c = r->c;
	size_t i;

	for (i = 0; i < c->ntypes; i++)
		if (strcmp(c->types[i].name, name) == 0)
			return;
	if (*name != '\0' && c->ntypes < CONTENT_TYPES_MAX)
		c->types[c->ntypes++] = (struct content_type){name, why};
}

static void
add_boundary(struct reader *r, const char *s, size_t len, int why, bool optional)
{
	struct content *c = r->c;
	size_t i;

	for (i = 0; i < c->nboundaries; i++)
		if (c->boundaries[i].len == len && memcmp(c->boundaries[i].s, s, len) == 0)
			return;
	if (c->nboundaries == BOUNDARIES_MAX)
		return;
	c->boundaries[c->nboundaries] = (struct boundary){s, len};
	c->boundary_optional[c->nboundaries] = optional;
	c->boundary_doubts[c->nboundaries++] = why;
}

#define BOUNDARY_LEN_MAX 70 /* RFC 2046 §5.1.1 */

/* One reading of the parameter, and what programs make of white space and over-length in it. */
static void
add_boundary_reading(struct reader *r, const struct param_reading *p, int why)
{
	size_t len = p->len;

	while (len > 0 && ascii_is_wsp(p->s[len - 1]))
		len--;
	if (len == 0)
		why = doubt(r, DOUBT_BOUNDARY, false, "an empty boundary");
	add_boundary(r, p->s, len, why, false);
	if (len != p->len)
		add_boundary(r, p->s, p->len,
		    doubt(r, DOUBT_BOUNDARY, false, "white space ends a boundary"), true);
	if (len > BOUNDARY_LEN_MAX)
		add_boundary(r, p->s, BOUNDARY_LEN_MAX,
		    doubt(r, DOUBT_BOUNDARY, false, "a boundary of more than 70 characters"), true);
}

static void
read_boundaries(struct reader *r, const struct mime_value *v)
{
	struct param_reading p[PARAM_READINGS_MAX];
	bool doubled = false;
	size_t i, n = param_readings(v, "boundary", r->mem, p, &doubled);
	int why = r->why;

	if (n > 0 && p[0].hidden) {
		why = doubt(r, DOUBT_PARAMETER, false, "a boundary hidden in another text");
		add_type(r, "text/plain", why);
	}
	for (i = 0; i < n; i++) {
		if (i == 1)
			why = doubled ? doubt(r, DOUBT_BOUNDARY, false, "two boundaries")
				      : doubt(r, DOUBT_BOUNDARY, false,
					    "a boundary that can be read in two ways");
		if (i > 0 && p[i].hidden)
			why = doubt(r, DOUBT_PARAMETER, false, "a boundary hidden in another text");
		add_boundary_reading(r, &p[i], why);
	}
}

static void
read_charset(struct reader *r, const struct mime_value *v)
{
	struct param_reading p[PARAM_READINGS_MAX];
	bool doubled = false;
	char *s;

	if (r->c->charset != NULL || param_readings(v, "charset", r->mem, p, &doubled) == 0 ||
	    p[0].len == 0)
		return;
	if ((s = arena_strndup(r->mem, p[0].s, p[0].len)) == NULL)
		return;
	r->c->charset = s;
	for (; *s != '\0'; s++)
		*s = ascii_lower(*s);
}

/* A type in the words of an encoded word (RFC 2047 §5 forbids it there). */
static const char *
decoded_token(struct reader *r, const struct mime_value *v)
{
	struct buf text;
	char *out = NULL, *p;

	buf_init(&text, 0);
	if (encoded_words_decode(v->sent, v->as_is_len, &text))
		out = arena_strdup(r->mem, buf_str(&text));
	buf_free(&text);
	for (p = out; p != NULL && *p != '\0'; p++)
		*p = *p == ';' ? '\0' : ascii_lower(*p);
	return out;
}

static void
read_odd_type(struct reader *r, const struct mime_value *v)
{
	const char *decoded;

	if ((v->odd & VALUE_ENCODED) != 0 && (decoded = decoded_token(r, v)) != NULL)
		add_type(r, decoded,
		    doubt(r, DOUBT_ENCODED_TOKEN, false, "an encoded word for a media type"));
	if ((v->odd & VALUE_COMMENT) != 0)
		add_type(
		    r, v->as_is, doubt(r, DOUBT_ENCODED_TOKEN, false, "a comment in a media type"));
	if ((v->odd & VALUE_TOKEN) != 0 && v->as_is_len < 128)
		add_type(r, v->as_is,
		    doubt(r, DOUBT_FIELD_SYNTAX, false, "more than a media type before \";\""));
}

/* The name of a file that is to be fetched (RFC 2017): what is behind the host, without a query. */
static void
read_url(struct reader *r, const struct mime_value *v)
{
	struct param_reading p[PARAM_READINGS_MAX];
	bool doubled = false;
	size_t i, n = param_readings(v, "url", r->mem, p, &doubled);

	for (i = 0; i < n; i++) {
		const char *s = p[i].s, *end = s + p[i].len, *host = memmem(s, p[i].len, "://", 3);
		const char *path =
		    host != NULL ? memchr(host + 3, '/', (size_t)(end - host) - 3) : s;
		const char *query = path != NULL ? memchr(path, '?', (size_t)(end - path)) : NULL;

		if (path != NULL)
			names_add_raw(
			    &r->c->names, path, (size_t)((query != NULL ? query : end) - path));
	}
}

static void
read_type(struct reader *r, const struct mime_value *v)
{
	const char *slash = strchr(v->token, '/');
	bool whole = slash != NULL && slash != v->token && slash[1] != '\0';

	r->c->typed = true;
	if (!whole && v->token_len > 0)
		doubt(r, DOUBT_FIELD_SYNTAX, false, "no \"type/subtype\"");
	add_type(r, v->token, r->why);
	read_odd_type(r, v);
	read_boundaries(r, v);
	read_charset(r, v);
	names_add(&r->c->names, v, "name");
	names_add(&r->c->names, v, "filename");
	if (strcmp(v->token, "message/external-body") == 0)
		read_url(r, v);
}

/* ---- Content-Transfer-Encoding ---- */

static void
add_encoding(struct reader *r, enum transfer t, int why, bool if_fits)
{
	struct content *c = r->c;
	size_t i;

	for (i = 0; i < c->nencodings; i++)
		if (c->encodings[i].transfer == t)
			return;
	if (c->nencodings < CONTENT_ENCODINGS_MAX)
		c->encodings[c->nencodings++] = (struct content_encoding){t, why, if_fits};
}

/* Letters and digits alone: "base 64", "quoted_printable". */
static enum transfer
guess_encoding(const char *s, size_t n)
{
	char plain[64];
	size_t i, len = 0;

	for (i = 0; i < n && len < sizeof(plain) - 1; i++)
		if (ascii_is_alpha(s[i]) || ascii_is_digit(s[i]))
			plain[len++] = ascii_lower(s[i]);
	plain[len] = '\0';
	if (strstr(plain, "base64") != NULL)
		return TRANSFER_BASE64;
	if (strstr(plain, "quotedprintable") != NULL)
		return TRANSFER_QP;
	if (strstr(plain, "uue") != NULL)
		return TRANSFER_UU;
	if (strstr(plain, "7bit") != NULL || strstr(plain, "8bit") != NULL ||
	    strstr(plain, "binary") != NULL)
		return TRANSFER_IDENTITY;
	return TRANSFER_UNKNOWN;
}

static void
read_unknown_encoding(struct reader *r, const struct mime_value *v)
{
	enum transfer guess = guess_encoding(v->as_is, v->as_is_len);
	const char *decoded;
	int why;

	if ((v->odd & VALUE_ENCODED) != 0 && (decoded = decoded_token(r, v)) != NULL) {
		guess = guess_encoding(decoded, strlen(decoded));
		why =
		    doubt(r, DOUBT_ENCODED_TOKEN, false, "an encoded word for a transfer encoding");
	} else {
		why = doubt(r, DOUBT_ENCODING, false, "an unknown transfer encoding");
	}
	if (guess != TRANSFER_UNKNOWN)
		add_encoding(r, guess, why, false);
	add_encoding(r, TRANSFER_IDENTITY, why, false);
	if (guess == TRANSFER_UNKNOWN)
		add_encoding(r, TRANSFER_BASE64, why, true);
}

static void
read_encoding(struct reader *r, const struct mime_value *v)
{
	enum transfer t = transfer_find(v->token, v->token_len);
	int why;

	if (t == TRANSFER_UNKNOWN) {
		if (v->as_is_len > 0)
			read_unknown_encoding(r, v);
		return;
	}
	add_encoding(r, t, r->why, false);
	if (t == TRANSFER_UU || t == TRANSFER_YENC)
		add_encoding(r, TRANSFER_IDENTITY,
		    doubt(r, DOUBT_ENCODING, false, "a transfer encoding that not all know"),
		    false);
	if ((v->odd & (VALUE_COMMENT | VALUE_TOKEN)) != 0 ||
	    memchr(r->field->value, ';', r->field->len) != NULL) {
		why = (v->odd & VALUE_COMMENT) != 0
			  ? doubt(r, DOUBT_ENCODED_TOKEN, false, "a comment in a transfer encoding")
			  : doubt(r, DOUBT_ENCODING, false, "more than a transfer encoding");
		add_encoding(r, TRANSFER_IDENTITY, why, false);
	}
}

/* ---- Content-Disposition ---- */

static void
read_disposition(struct reader *r, const struct mime_value *v)
{
	if (v->token_len > 0 && strcmp(v->token, "inline") != 0)
		r->c->attachment = true;
	names_add(&r->c->names, v, "filename");
	names_add(&r->c->names, v, "name");
}

/* ---- all fields ---- */

/* Doubts that do not depend on which field it is. */
static void
doubt_syntax(struct reader *r, const struct mime_value *v)
{
	if ((v->odd & VALUE_UNTERMINATED) != 0)
		doubt(r, DOUBT_FIELD_SYNTAX, false, "a quoted string without end");
	if ((v->odd & VALUE_BEHIND_QUOTE) != 0)
		doubt(r, DOUBT_FIELD_SYNTAX, false, "text behind a quoted string");
	if ((v->odd & VALUE_HIDDEN) != 0)
		doubt(r, DOUBT_PARAMETER, false, "a parameter hidden in another text");
	if ((v->odd & VALUE_LINE) != 0)
		doubt(r, DOUBT_FIELD_SYNTAX, false, "a parameter on a line of its own");
	if ((v->odd & VALUE_TOO_MUCH) != 0)
		r->c->too_much = true;
}

static void
read_value(struct reader *r, const unsigned char *s, size_t n, unsigned *odd)
{
	struct mime_value v;

	if (!mime_value_read(s, n, r->mem, &v)) {
		r->no_memory = true;
		return;
	}
	*odd = v.odd;
	doubt_syntax(r, &v);
	if (r->field->which == CONTENT_TYPE)
		read_type(r, &v);
	else if (r->field->which == CONTENT_ENCODING)
		read_encoding(r, &v);
	else
		read_disposition(r, &v);
}

/* For who stops reading at a NUL or a bare CR: the value up to there. */
static void
read_cut(struct reader *r, unsigned odd)
{
	const struct content_field *f = r->field;
	size_t n = 0;
	unsigned ignored;
	int why = r->why;

	while (n < f->len && f->value[n] != '\0' &&
	       (f->value[n] != '\r' || (n + 1 < f->len && f->value[n + 1] == '\n')))
		n++;
	r->why = (odd & VALUE_NUL) != 0
		     ? doubt(r, DOUBT_NUL, true, "a NUL byte in a Content- field")
		     : doubt(r, DOUBT_LINE_END, true, "a bare CR in a Content- field");
	if (n < f->len)
		read_value(r, f->value, n, &ignored);
	r->why = why;
}

static bool
same_value(const struct content_field *a, const struct content_field *b)
{
	return a->len == b->len && memcmp(a->value, b->value, a->len) == 0;
}

/* The first field of the same name before this one, or NULL. */
static const struct content_field *
earlier(const struct mime_header *h, size_t at)
{
	size_t i;

	for (i = 0; i < at; i++)
		if (h->fields[i].which == h->fields[at].which)
			return &h->fields[i];
	return NULL;
}

static void
read_field(struct reader *r, const struct mime_header *h, size_t at)
{
	const struct content_field *f = &h->fields[at], *first = earlier(h, at);
	unsigned odd = 0;

	r->field = f;
	r->why = NO_DOUBT;
	if (first != NULL)
		r->why = doubt(r, DOUBT_DOUBLED_FIELD, false,
		    same_value(f, first) ? "a Content- field twice"
					 : "contradicting Content- fields");
	if (f->odd_name)
		r->why = doubt(r, DOUBT_FIELD_NAME, false, "a Content- field with an odd name");
	read_value(r, f->value, f->len, &odd);
	if ((odd & (VALUE_NUL | VALUE_CR)) != 0)
		read_cut(r, odd);
}

/* Types that lead to different treatment, where none of them leads to parts. */
static bool
types_contradict(const struct content *c)
{
	size_t i;

	for (i = 1; i < c->ntypes; i++)
		if (c->types[i].doubt != NO_DOUBT &&
		    c->doubts[c->types[i].doubt].kind == DOUBT_DOUBLED_FIELD &&
		    (!content_is_shown(c->types[i].name) || !content_is_shown(c->types[0].name)))
			return true;
	return false;
}

/* What only all fields together tell. */
static void
doubt_together(struct reader *r)
{
	struct content *c = r->c;

	if (types_contradict(c))
		doubt(r, DOUBT_DOUBLED_FIELD, true, "Content-Type fields with different types");
	if (c->names.doubled)
		doubt(r, DOUBT_PARAMETER, true, "a file name parameter twice");
	if (names_contradict(c->names.v, c->names.n))
		doubt(r, DOUBT_PARAMETER, true, "file names with different extensions");
	if (c->names.misfit)
		doubt(r, DOUBT_NAME_CHARSET, true, "a file name that is not in its charset");
}

static bool
has_odd_name(const struct mime_header *h, enum content_which which)
{
	size_t i;

	for (i = 0; i < h->n; i++)
		if (h->fields[i].which == which && h->fields[i].odd_name)
			return true;
	return false;
}

/* What stands where no field tells, also for who does not see one with an odd name. */
static void
add_defaults(struct reader *r, const struct mime_header *h, const char *default_type)
{
	struct content *c = r->c;
	int why;

	if (c->ntypes == 0)
		add_type(r, default_type, NO_DOUBT);
	if (c->nencodings == 0)
		add_encoding(r, TRANSFER_IDENTITY, NO_DOUBT, false);
	c->stray_boundary = c->nboundaries > 0 && content_kind(c->types[0].name) == MIME_LEAF;
	if (c->stray_boundary)
		add_type(r, "multipart/mixed",
		    doubt(r, DOUBT_BOUNDARY, false, "a boundary for what is no multipart"));
	if (has_odd_name(h, CONTENT_TYPE)) {
		why = doubt(r, DOUBT_FIELD_NAME, false, "a Content- field with an odd name");
		add_type(r, default_type, why);
	}
	if (has_odd_name(h, CONTENT_ENCODING)) {
		why = doubt(r, DOUBT_FIELD_NAME, false, "a Content- field with an odd name");
		add_encoding(r, TRANSFER_IDENTITY, why, false);
	}
}

bool
content_read(
    const struct mime_header *h, const char *default_type, struct arena *mem, struct content *c)
{
	struct reader r = {.mem = mem, .c = c};
	size_t i;

	*c = (struct content){.names = {.mem = mem}};
	for (i = 0; i < h->n; i++)
		read_field(&r, h, i);
	if (h->nul)
		doubt(&r, DOUBT_NUL, false, "a NUL byte in a header");
	if (h->more)
		c->too_much = true;
	r.field = NULL;
	add_defaults(&r, h, default_type);
	doubt_together(&r);
	return !r.no_memory;
}
