#include "pdf_lex.h"

#include <stdbool.h>
#include <string.h>

#include "base/ascii.h"

#define TEXT_MAX (4u << 20)
#define NAME_MAX_BYTES 256

static const uint8_t kinds[256] = {['\0'] = 1,
    ['\t'] = 1,
    ['\n'] = 1,
    ['\f'] = 1,
    ['\r'] = 1,
    [' '] = 1,
    ['('] = 2,
    [')'] = 2,
    ['<'] = 2,
    ['>'] = 2,
    ['['] = 2,
    [']'] = 2,
    ['{'] = 2,
    ['}'] = 2,
    ['/'] = 2,
    ['%'] = 2};

static bool
is_regular(uint8_t c)
{
	return kinds[c] == 0;
}

static int
hex_value(uint8_t c)
{
	if (ascii_is_digit((char)c))
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

void
pdf_lex_open(struct pdf_lex *l, const uint8_t *s, size_t len)
{
	*l = (struct pdf_lex){.p = s, .end = s + len};
	buf_init(&l->text, TEXT_MAX);
}

void
pdf_lex_close(struct pdf_lex *l)
{
	buf_free(&l->text);
}

static void
skip_space(struct pdf_lex *l)
{
	while (l->p < l->end) {
		if (*l->p == '%')
			while (l->p < l->end && *l->p != '\r' && *l->p != '\n')
				l->p++;
		else if (kinds[*l->p] == 1)
			l->p++;
		else
			return;
	}
}

static void
read_name(struct pdf_lex *l)
{
	int high, low;

	for (l->p++; l->p < l->end && is_regular(*l->p); l->p++) {
		char c = (char)*l->p;

		if (c == '#' && l->end - l->p > 2) {
			high = hex_value(l->p[1]);
			low = hex_value(l->p[2]);
			if (high >= 0 && low >= 0) {
				c = (char)(high * 16 + low);
				l->p += 2;
			}
		}
		if (l->text.len < NAME_MAX_BYTES)
			buf_addc(&l->text, c);
	}
}

/* After a backslash (7.3.4.2). */
static void
read_escape(struct pdf_lex *l)
{
	static const char from[] = "nrtbf", to[] = "\n\r\t\b\f";
	const char *known;
	unsigned v, n;

	if (l->p >= l->end)
		return;
	if (*l->p >= '0' && *l->p <= '7') {
		for (v = n = 0; n < 3 && l->p < l->end && *l->p >= '0' && *l->p <= '7'; n++)
			v = v * 8 + (unsigned)(*l->p++ - '0');
		buf_addc(&l->text, (char)v);
		return;
	}
	known = *l->p != '\0' ? strchr(from, *l->p) : NULL;
	if (known != NULL)
		buf_addc(&l->text, to[known - from]);
	else if (*l->p == '\r' && l->end - l->p > 1 && l->p[1] == '\n')
		l->p++;
	else if (*l->p != '\n' && *l->p != '\r')
		buf_addc(&l->text, (char)*l->p);
	l->p++;
}

static void
read_string(struct pdf_lex *l)
{
	unsigned depth = 1;
	uint8_t c;

	for (l->p++; l->p < l->end;) {
		c = *l->p++;
		if (c == '\\') {
			read_escape(l);
			continue;
		}
		depth += c == '(';
		if (c == ')' && --depth == 0)
			return;
		buf_addc(&l->text, (char)c);
	}
}

static void
read_hex(struct pdf_lex *l)
{
	int v, high = -1;

	for (l->p++; l->p < l->end && *l->p != '>'; l->p++) {
		v = hex_value(*l->p);
		if (v < 0)
			continue;
		if (high < 0) {
			high = v;
			continue;
		}
		buf_addc(&l->text, (char)(high * 16 + v));
		high = -1;
	}
	if (high >= 0)
		buf_addc(&l->text, (char)(high * 16));
	if (l->p < l->end)
		l->p++;
}

static enum pdf_token
read_number(struct pdf_lex *l)
{
	bool minus = *l->p == '-';

	l->number = 0;
	if (*l->p == '-' || *l->p == '+')
		l->p++;
	for (; l->p < l->end && ascii_is_digit((char)*l->p); l->p++)
		if (l->number < 10000000000)
			l->number = l->number * 10 + (*l->p - '0');
	if (l->p < l->end && *l->p == '.')
		for (l->p++; l->p < l->end && ascii_is_digit((char)*l->p);)
			l->p++;
	if (minus)
		l->number = -l->number;
	return PDF_NUMBER;
}

static enum pdf_token
read_word(struct pdf_lex *l)
{
	const uint8_t *begin = l->p;

	while (l->p < l->end && is_regular(*l->p))
		l->p++;
	if (l->p == begin) /* a stray bracket */
		l->p++;
	buf_add(&l->text, begin,
	    l->p - begin < NAME_MAX_BYTES ? (size_t)(l->p - begin) : NAME_MAX_BYTES);
	return PDF_WORD;
}

static enum pdf_token
read_bracket(struct pdf_lex *l, enum pdf_token once, enum pdf_token twice)
{
	if (l->end - l->p > 1 && l->p[1] == *l->p) {
		l->p += 2;
		return twice;
	}
	if (once == PDF_STRING)
		read_hex(l);
	else
		l->p++;
	return once;
}

enum pdf_token
pdf_lex_next(struct pdf_lex *l)
{
	buf_clear(&l->text);
	skip_space(l);
	if (l->p >= l->end)
		return PDF_END;
	switch (*l->p) {
	case '/':
		read_name(l);
		return PDF_NAME;
	case '(':
		read_string(l);
		return PDF_STRING;
	case '<':
		return read_bracket(l, PDF_STRING, PDF_DICT);
	case '>':
		return read_bracket(l, PDF_WORD, PDF_DICT_END);
	case '[':
		l->p++;
		return PDF_ARRAY;
	case ']':
		l->p++;
		return PDF_ARRAY_END;
	default:
		if (ascii_is_digit((char)*l->p) || *l->p == '-' || *l->p == '+' || *l->p == '.')
			return read_number(l);
		return read_word(l);
	}
}
