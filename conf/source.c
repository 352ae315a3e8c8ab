#include "conf/source.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#define READ_SIZE 65536

/* How far we are in "(value)": libconfuse loses memory where one does not close. */
enum paren { PAREN_NONE, PAREN_OPEN, PAREN_VALUE };

struct lexer {
	const char *p, *end;
	unsigned line;
	unsigned depth;	     /* open braces */
	unsigned brace_line; /* where the outermost one was opened */
	const char *word;    /* the bare word just read, or NULL */
	size_t word_len;
	unsigned word_line;
	bool after_string; /* a string was just read */
	enum paren paren;
	unsigned paren_line;
	bool broken;
	const struct source_listener *listener;
	struct buf *out;
};

int
source_read(int fd, struct buf *text)
{
	ssize_t n;

	for (;;) {
		if (!buf_reserve(text, READ_SIZE)) {
			errno = ENOMEM;
			return -1;
		}
		n = read(fd, text->data + text->len, READ_SIZE);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return (int)n;
		text->len += (size_t)n;
		if (text->len > SOURCE_MAX) {
			errno = EFBIG;
			return -1;
		}
	}
}

static void
complain(struct lexer *l, unsigned line, const char *what)
{
	l->listener->error(l->listener->arg, line, what);
}

static void
forget(struct lexer *l)
{
	l->word = NULL;
	l->after_string = false;
}

static void
bad_paren(struct lexer *l)
{
	if (!l->broken)
		complain(l, l->paren_line, "expected include(\"file\")");
	l->broken = true;
	l->paren = PAREN_NONE;
}

/* A value, read within parentheses or not. */
static void
value_in_paren(struct lexer *l)
{
	if (l->paren == PAREN_VALUE)
		bad_paren(l);
	else if (l->paren == PAREN_OPEN)
		l->paren = PAREN_VALUE;
}

/* A sign, within parentheses or not. */
static void
sign_in_paren(struct lexer *l, char c)
{
	if (l->paren == PAREN_VALUE && c == ')')
		l->paren = PAREN_NONE;
	else if (l->paren != PAREN_NONE)
		bad_paren(l);
	else if (c == '(') {
		l->paren = PAREN_OPEN;
		l->paren_line = l->line;
	}
}

static bool
starts(const struct lexer *l, const char *s)
{
	size_t n = strlen(s);

	return (size_t)(l->end - l->p) >= n && memcmp(l->p, s, n) == 0;
}

static bool
is_word(unsigned char c)
{
	return isalnum(c) || c >= 0x80 || (c != '\0' && strchr("_-./:@[]", c) != NULL);
}

static void
line_comment(struct lexer *l)
{
	while (l->p < l->end && *l->p != '\n')
		l->p++;
}

static void
block_comment(struct lexer *l)
{
	unsigned begin = l->line;

	buf_addc(l->out, ' ');
	for (l->p += 2; l->p < l->end; l->p++) {
		if (starts(l, "*/")) {
			l->p += 2;
			return;
		}
		if (*l->p == '\n') {
			buf_addc(l->out, '\n');
			l->line++;
		}
	}
	complain(l, begin, "expected */ after the comment that begins here");
	l->broken = true;
}

static bool
may_escape(unsigned char c, char quote)
{
	return quote == '"' ? ispunct(c) : c == '\'' || c == '\\';
}

/* At a backslash in a string. No letter may follow: "\n" in a name is more likely a mistake. */
static void
escape(struct lexer *l, char quote)
{
	if (l->p + 1 < l->end && may_escape((unsigned char)l->p[1], quote)) {
		buf_add(l->out, l->p, 2);
		l->p += 2;
		return;
	}
	complain(l, l->line, "expected \\\\ in a string where a backslash is meant");
	buf_adds(l->out, quote == '"' ? "\\\\" : "\\");
	l->p++;
}

static void
string(struct lexer *l)
{
	char quote = *l->p++;

	value_in_paren(l);
	buf_addc(l->out, quote);
	while (l->p < l->end && *l->p != quote && *l->p != '\n') {
		if (*l->p == '\\') {
			escape(l, quote);
			continue;
		}
		if (iscntrl((unsigned char)*l->p))
			complain(l, l->line, "expected no control character in a string");
		if (quote == '"' && starts(l, "${"))
			buf_addc(l->out, '\\');
		buf_addc(l->out, *l->p++);
	}
	buf_addc(l->out, quote);
	forget(l);
	l->after_string = true;
	if (l->p < l->end && *l->p == quote) {
		l->p++;
		return;
	}
	complain(l, l->line, "expected a closing quote in the same line");
	l->broken = true;
}

static void
word(struct lexer *l)
{
	forget(l);
	value_in_paren(l);
	l->word = l->p;
	l->word_line = l->line;
	while (l->p < l->end && is_word((unsigned char)*l->p))
		l->p++;
	l->word_len = (size_t)(l->p - l->word);
	buf_add(l->out, l->word, l->word_len);
}

/* The text stands at "=" or "+=". */
static void
assignment(struct lexer *l)
{
	char op = *l->p;

	sign_in_paren(l, op);
	if (l->after_string)
		complain(l, l->line, "expected an option's name, without quotes, before the =");
	if (l->word != NULL && l->depth == 0)
		l->listener->assigned(l->listener->arg, l->word_line, l->word, l->word_len, op);
	buf_adds(l->out, op == '+' ? "+=" : "=");
	l->p += op == '+' ? 2 : 1;
	forget(l);
}

static void
sign(struct lexer *l)
{
	sign_in_paren(l, *l->p);
	if (*l->p == '{' && l->depth++ == 0)
		l->brace_line = l->line;
	if (*l->p == '}' && l->depth > 0)
		l->depth--;
	buf_addc(l->out, *l->p++);
	forget(l);
}

static void
stray(struct lexer *l)
{
	unsigned char c = (unsigned char)*l->p++;
	char what[] = "expected no ? outside quotes";

	if (c == '\0') {
		complain(l, l->line, "expected text, not a NUL byte");
		return;
	}
	if (iscntrl(c)) {
		complain(l, l->line, "expected text, not a control character");
		return;
	}
	*strchr(what, '?') = (char)c;
	complain(l, l->line, what);
	buf_addc(l->out, '_'); /* as part of a word, so that the rest still reads well */
}

static void
white(struct lexer *l)
{
	if (*l->p == '\n')
		l->line++;
	buf_addc(l->out, *l->p == '\n' ? '\n' : ' ');
	l->p++;
}

static void
token(struct lexer *l)
{
	if (strchr(" \t\r\n", *l->p) != NULL && *l->p != '\0')
		white(l);
	else if (*l->p == '#' || starts(l, "//"))
		line_comment(l);
	else if (starts(l, "/*"))
		block_comment(l);
	else if (*l->p == '"' || *l->p == '\'')
		string(l);
	else if (*l->p == '=' || starts(l, "+="))
		assignment(l);
	else if (strchr("{}(),", *l->p) != NULL && *l->p != '\0')
		sign(l);
	else if (is_word((unsigned char)*l->p))
		word(l);
	else
		stray(l);
}

bool
source_plain(const struct buf *text, const struct source_listener *listener, struct buf *plain)
{
	struct lexer l = {.p = text->data, .line = 1, .listener = listener, .out = plain};

	if (text->len == 0)
		return true;
	l.end = text->data + text->len;
	if (starts(&l, "\xef\xbb\xbf"))
		l.p += 3; /* a byte order mark */
	while (l.p < l.end)
		token(&l);
	if (l.paren != PAREN_NONE)
		bad_paren(&l);
	if (l.depth > 0 && !l.broken) {
		complain(&l, l.brace_line, "expected a closing brace for the one that opens here");
		l.broken = true;
	}
	return !l.broken;
}
