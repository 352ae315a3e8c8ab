#include "author_candidates.h"

#include <string.h>

#include "base/ascii.h"
#include "base/buf.h"
#include "base/domain.h"
#include "base/utf8.h"
#include "encoded_word.h"

#define DECODINGS 3	       /* encoded words in encoded words */
#define TEXT_MAX (1024 * 1024) /* bytes of a field's reading */
#define TOKEN_MAX 512
#define COMMENT_DEPTH 64

struct scan {
	struct author_candidates *out;
	struct arena *mem;
	size_t work;
};

/* Some bytes. */
struct token {
	const char *s;
	size_t n;
};

/* ---- signs ---- */

/* The length of the sign that begins at s, if it is one of those in the list; else 0. */
static size_t
one_of(struct token t, const char *const *signs, size_t nsigns)
{
	size_t i, n;

	for (i = 0; i < nsigns; i++) {
		n = strlen(signs[i]);
		if (n <= t.n && memcmp(t.s, signs[i], n) == 0)
			return n;
	}
	return 0;
}

#define ONE_OF(t, signs) one_of((t), (signs), sizeof(signs) / sizeof((signs)[0]))

static size_t
at_sign(struct token t)
{
	static const char *const signs[] = {"@", "\xef\xbc\xa0", "\xef\xb9\xab"};

	return ONE_OF(t, signs);
}

/* U+3002, U+FF0E, U+FF61 (IDNA's), U+2024, U+FE52 */
static size_t
dot(struct token t)
{
	static const char *const signs[] = {
	    ".", "\xe3\x80\x82", "\xef\xbc\x8e", "\xef\xbd\xa1", "\xe2\x80\xa4", "\xef\xb9\x92"};

	return ONE_OF(t, signs);
}

/* Spaces, soft hyphens, and signs that only direct the text. */
static size_t
invisible(struct token t)
{
	static const char *const signs[] = {
	    "\xc2\xa0", "\xc2\xad", "\xe3\x80\x80", "\xef\xbb\xbf", "\xe1\x9a\x80"};
	const unsigned char *u = (const unsigned char *)t.s;

	if (t.n > 2 && u[0] == 0xe2 && u[1] == 0x80 &&
	    (u[2] <= 0x8f || (u[2] >= 0xa8 && u[2] <= 0xaf)))
		return 3; /* U+2000 to U+200F, U+2028 to U+202F */
	if (t.n > 2 && u[0] == 0xe2 && u[1] == 0x81 && u[2] >= 0x9f && u[2] <= 0xaf)
		return 3; /* U+205F to U+206F */
	return ONE_OF(t, signs);
}

static bool
is_control(char c)
{
	return (unsigned char)c < ' ' || c == 0x7f;
}

static bool
is_host_char(char c)
{
	return ascii_is_alpha(c) || ascii_is_digit(c) || c == '-' || c == '_' || c == '.';
}

/* ---- what stands behind an "@" ---- */

static void
add(struct scan *sc, const char *domain)
{
	struct author_candidates *out = sc->out;
	size_t i;

	for (i = 0; i < out->n; i++)
		if (strcmp(out->v[i], domain) == 0)
			return;
	if (out->n == AUTHOR_CANDIDATES_MAX ||
	    (out->v[out->n] = arena_strdup(sc->mem, domain)) == NULL)
		out->more = true;
	else
		out->n++;
}

/* Bytes that are no UTF-8 are Latin-1 to those who show them. out has room for 2 n. */
static size_t
from_latin1(struct token t, char *out)
{
	size_t i, n = 0;
	unsigned char c;

	for (i = 0; i < t.n; i++) {
		c = (unsigned char)t.s[i];
		if (c >= 0x80) {
			out[n++] = (char)(0xc0 | c >> 6);
			c = 0x80 | (c & 0x3f);
		}
		out[n++] = (char)c;
	}
	return n;
}

/* With one real dot for each run of them, none and no hyphen at the ends. out has room for n. */
static size_t
tidy(struct token t, char *out)
{
	size_t n = 0, len;

	while (t.n > 0) {
		len = dot(t);
		if (len != 0 && n > 0 && out[n - 1] != '.')
			out[n++] = '.';
		else if (len == 0 && (n > 0 || *t.s != '-'))
			out[n++] = *t.s;
		len = len != 0 ? len : 1;
		t = (struct token){t.s + len, t.n - len};
	}
	while (n > 0 && (out[n - 1] == '.' || out[n - 1] == '-'))
		n--;
	return n;
}

/*
 * Of a name with a bad label, or one that is too long, what is right of it:
 * a stranger's nonsense below a domain still shows that domain.
 */
static void
add_good_end(struct scan *sc, struct token t)
{
	const char *begin = t.s + t.n, *p = begin;
	char out[DOMAIN_BUF];
	size_t len = 0;

	while (p > t.s) {
		while (p > t.s && p[-1] != '.')
			p--;
		if (!domain_canonical(p, (size_t)(begin - p) - (begin[-1] == '.'), out))
			break;
		len += strlen(out) + (len > 0);
		if (len > DOMAIN_MAX)
			break;
		begin = p;
		if (p > t.s)
			p--;
	}
	if (begin < t.s + t.n && domain_canonical(begin, (size_t)(t.s + t.n - begin), out))
		add(sc, out);
}

static void
add_name(struct scan *sc, struct token t)
{
	char tidied[TOKEN_MAX * 2], out[DOMAIN_BUF];
	size_t n = tidy(t, tidied);

	if (n == 0)
		return;
	if (domain_canonical(tidied, n, out))
		add(sc, out);
	else
		add_good_end(sc, (struct token){tidied, n});
}

/* The first run of what host names are made of. */
static struct token
host_part(struct token t)
{
	size_t n = 0;

	while (t.n > 0 && !is_host_char(*t.s))
		t = (struct token){t.s + 1, t.n - 1};
	while (n < t.n && is_host_char(t.s[n]))
		n++;
	return (struct token){t.s, n};
}

static void
add_token(struct scan *sc, struct token t)
{
	struct token host = host_part(t);
	char utf8[TOKEN_MAX * 2];

	add_name(sc, t);
	if (!utf8_valid(t.s, t.n))
		add_name(sc, (struct token){utf8, from_latin1(t, utf8)});
	/* where there are signs that are no host name's, a reader may see less */
	if (host.n < t.n)
		add_name(sc, host);
}

static bool
ends_token(char c)
{
	return c == ' ' || is_control(c) || strchr("()<>[],;:\"\\@", c) != NULL;
}

/* The token at the beginning of t, behind what may open it; of one that is too long, its end. */
static struct token
first_token(struct token t)
{
	size_t n = 0;

	while (t.n > 0 && *t.s != '\0' && strchr(" <[\"\\", *t.s) != NULL)
		t = (struct token){t.s + 1, t.n - 1};
	while (n < t.n && !ends_token(t.s[n]) && at_sign((struct token){t.s + n, t.n - n}) == 0)
		n++;
	if (n > TOKEN_MAX)
		return (struct token){t.s + n - TOKEN_MAX, TOKEN_MAX};
	return (struct token){t.s, n};
}

static void
scan_text(struct scan *sc, struct token t)
{
	struct token token;
	size_t len;

	while (t.n > 0 && !sc->out->more) {
		len = at_sign(t);
		if (len == 0) {
			t = (struct token){t.s + 1, t.n - 1};
			continue;
		}
		t = (struct token){t.s + len, t.n - len};
		token = first_token(t);
		sc->work += token.n + 16;
		if (sc->work > AUTHOR_CANDIDATES_WORK)
			sc->out->more = true;
		else if (token.n > 0)
			add_token(sc, token);
	}
}

/* ---- readings of a field ---- */

enum quotes { QUOTES_HIDE_COMMENTS, QUOTES_MEAN_NOTHING };

/* Which white space, and which comments as such, do not part two words. */
enum spaces {
	SPACES_AROUND_DOTS, /* as in RFC 5322 §4.4 obs-domain */
	SPACES_ANYWHERE,
};

/* A reading that is being written. */
struct reading {
	struct buf *out;
	enum quotes quotes;
	enum spaces spaces;
	bool quoted;
	size_t comment[COMMENT_DEPTH]; /* where those that are open began in out */
	size_t ncomments, deeper;
};

static void
add_space(struct reading *r)
{
	struct buf *out = r->out;

	if (r->spaces == SPACES_AROUND_DOTS && out->len > 0 &&
	    strchr(" .@", out->data[out->len - 1]) == NULL)
		buf_addc(out, ' ');
}

static void
add_joint(struct reading *r, char c)
{
	struct buf *out = r->out;

	if (out->len > 0 && out->data[out->len - 1] == ' ')
		out->len--;
	buf_addc(out, c);
}

/* The "(" is written so that nothing before it is taken back. */
static void
open_comment(struct reading *r)
{
	if (r->ncomments == COMMENT_DEPTH) {
		r->deeper++;
		return;
	}
	r->comment[r->ncomments++] = r->out->len;
	if (r->spaces == SPACES_AROUND_DOTS)
		buf_addc(r->out, '(');
}

/* Takes the comment out; one that is never closed so stays. */
static void
close_comment(struct reading *r)
{
	if (r->deeper > 0) {
		r->deeper--;
	} else if (r->ncomments > 0) {
		r->out->len = r->comment[--r->ncomments];
		add_space(r);
	}
}

static void
read_char(struct reading *r, char c)
{
	if (c == '"' && r->ncomments == 0)
		r->quoted = r->quotes == QUOTES_HIDE_COMMENTS && !r->quoted;
	else if (c == '(' && !r->quoted)
		open_comment(r);
	else if (c == ')' && !r->quoted)
		close_comment(r);
	else if (c == ' ' || c == '\t')
		add_space(r);
	else if (!is_control(c) && strchr("\\[]", c) == NULL)
		buf_addc(r->out, c);
}

/* Without comments, white space, quotes, escapes, brackets, and what nobody sees. */
static void
strip(struct reading *r, struct token t)
{
	size_t len;

	for (; t.n > 0; t = (struct token){t.s + len, t.n - len}) {
		if ((len = invisible(t)) != 0)
			continue;
		if ((len = dot(t)) != 0) {
			add_joint(r, '.');
		} else if ((len = at_sign(t)) != 0) {
			add_joint(r, '@');
		} else if (*t.s == '\\' && t.n > 1 && strchr("()\"\\", t.s[1]) != NULL) {
			len = 2;
		} else {
			len = 1;
			read_char(r, *t.s);
		}
	}
}

static void
scan_stripped(struct scan *sc, struct token t, enum quotes quotes, enum spaces spaces)
{
	struct buf text;
	struct reading r = {.out = &text, .quotes = quotes, .spaces = spaces};

	buf_init(&text, TEXT_MAX);
	strip(&r, t);
	scan_text(sc, (struct token){buf_str(&text), text.len});
	sc->out->more = sc->out->more || text.failed;
	buf_free(&text);
}

static void
scan_readings(struct scan *sc, struct token t)
{
	scan_text(sc, t);
	scan_stripped(sc, t, QUOTES_HIDE_COMMENTS, SPACES_AROUND_DOTS);
	scan_stripped(sc, t, QUOTES_HIDE_COMMENTS, SPACES_ANYWHERE);
	scan_stripped(sc, t, QUOTES_MEAN_NOTHING, SPACES_AROUND_DOTS);
	scan_stripped(sc, t, QUOTES_MEAN_NOTHING, SPACES_ANYWHERE);
}

/* As it stands, and with its encoded words decoded, and what that makes encoded words. */
static void
scan_field(struct scan *sc, const struct header_field *f)
{
	struct token text = {f->value, f->value_len};
	struct buf decoded[2];
	bool again = true;
	size_t i;

	buf_init(&decoded[0], TEXT_MAX);
	buf_init(&decoded[1], TEXT_MAX);
	for (i = 0; again && i <= DECODINGS && !sc->out->more; i++) {
		struct buf *next = &decoded[i % 2];

		scan_readings(sc, text);
		buf_clear(next);
		again = encoded_words_decode(text.s, text.n, next);
		sc->out->more = sc->out->more || next->failed;
		text = (struct token){buf_str(next), next->len};
	}
	sc->out->more = sc->out->more || again;
	buf_free(&decoded[0]);
	buf_free(&decoded[1]);
}

void
author_candidates(const struct header *h, struct arena *mem, struct author_candidates *out)
{
	struct scan sc = {.out = out, .mem = mem};
	size_t i;

	*out = (struct author_candidates){.n = 0};
	for (i = 0; i < h->n && !out->more; i++)
		if (header_is(&h->fields[i], "From"))
			scan_field(&sc, &h->fields[i]);
}
