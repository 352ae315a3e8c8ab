#include "sendmail_control.h"

#include <stdlib.h>
#include <string.h>

#define VERSION_MAX 8
#define QUOTE '\377'

/* One line with those that go on with it; p is moved behind it. False at the end. */
struct part {
	const char *s; /* the letter */
	size_t n;      /* without the last line's end */
};

static bool
next_part(const char **p, const char *end, struct part *part)
{
	const char *lf = *p, *next;

	if (*p >= end)
		return false;
	do {
		next = memchr(lf, '\n', (size_t)(end - lf));
		lf = next != NULL ? next + 1 : end;
	} while (lf < end && (*lf == ' ' || *lf == '\t'));
	part->s = *p;
	part->n = (size_t)(lf - *p) - (next != NULL);
	*p = lf;
	return true;
}

static const char *
end_of(const struct buf *text)
{
	return text->data + text->len;
}

static bool
is_end(const struct part *part)
{
	return part->n == 1 && part->s[0] == '.';
}

/* Sendmail keeps some octets over 127 with one in front that says so. */
static void
add_unquoted(struct buf *out, const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		i += s[i] == QUOTE && i + 1 < n;
		buf_addc(out, s[i]);
	}
}

static const char *
copy(struct held_list *l, const char *s, size_t n)
{
	const char *kept;
	struct buf plain;

	buf_init(&plain, 0);
	add_unquoted(&plain, s, n);
	kept = held_copy(l, buf_str(&plain), plain.len);
	buf_free(&plain);
	return kept;
}

/* "<address>" or "address" */
static const char *
address(struct held_list *l, const char *s, size_t n)
{
	if (n >= 2 && s[0] == '<' && s[n - 1] == '>') {
		s++;
		n -= 2;
	}
	return copy(l, s, n);
}

/* Where the address begins in "RPFD:<address>". */
static const char *
recipient(const struct part *part, size_t *n)
{
	const char *colon = memchr(part->s, ':', part->n);
	const char *s = colon != NULL ? colon + 1 : part->s + 1;

	*n = part->n - (size_t)(s - part->s);
	return s;
}

static size_t
count_recipients(const struct buf *text)
{
	const char *p = text->data;
	struct part part;
	size_t n = 0;

	while (next_part(&p, end_of(text), &part) && !is_end(&part))
		n += part.n > 0 && part.s[0] == 'R';
	return n;
}

static void
read_part(const struct part *part, struct held_list *l, struct held *h)
{
	const char *s;
	size_t n;

	switch (part->n > 0 ? part->s[0] : '\0') {
	case 'T':
		h->arrived = strtoll(part->s + 1, NULL, 10);
		break;
	case 'S':
		h->sender = address(l, part->s + 1, part->n - 1);
		break;
	case 'q':
		h->mta_reason = copy(l, part->s + 1, part->n - 1);
		break;
	case 'R':
		s = recipient(part, &n);
		h->recipients[h->nrecipients++] = address(l, s, n);
		break;
	default:
		break;
	}
}

bool
control_read(const struct buf *text, struct held_list *l, struct held *h)
{
	const char *p = text->data;
	struct part part;

	h->nrecipients = 0;
	h->recipients = arena_alloc(&l->mem, (count_recipients(text) + 1) * sizeof(*h->recipients));
	if (h->recipients == NULL) {
		l->failed = true;
		return false;
	}
	while (next_part(&p, end_of(text), &part)) {
		if (is_end(&part))
			return true;
		read_part(&part, l, h);
	}
	return false;
}

/*
 * "H?flags?Name: value": a field with flags is one that Sendmail has added.
 * Return-Path (flag P) is written only at the last delivery.
 */
void
control_header(const struct buf *text, struct buf *out)
{
	const char *p = text->data, *s, *question;
	struct part part;
	size_t n;

	while (next_part(&p, end_of(text), &part) && !is_end(&part)) {
		if (part.n < 2 || part.s[0] != 'H')
			continue;
		s = part.s + 1;
		n = part.n - 1;
		question = s[0] == '?' ? memchr(s + 1, '?', n - 1) : NULL;
		if (question != NULL) {
			if (memchr(s, 'P', (size_t)(question - s)) != NULL)
				continue;
			n -= (size_t)(question + 1 - s);
			s = question + 1;
		}
		add_unquoted(out, s, n);
		buf_addc(out, '\n');
	}
}

void
control_data_folder(const struct buf *text, struct buf *out)
{
	const char *p = text->data;
	struct part part;

	while (next_part(&p, end_of(text), &part) && !is_end(&part))
		if (part.n > 1 && part.s[0] == 'd') {
			buf_clear(out);
			buf_add(out, part.s + 1, part.n - 1);
		}
}

/* ---- splitting ---- */

static bool
version_is_known(const struct buf *text)
{
	const char *p = text->data;
	struct part part;
	long version = 0;

	while (next_part(&p, end_of(text), &part) && !is_end(&part))
		if (part.n > 1 && part.s[0] == 'V')
			version = strtol(part.s + 1, NULL, 10);
	return version > 0 && version <= VERSION_MAX;
}

static void
add_part(struct buf *out, const struct part *part)
{
	buf_add(out, part->s, part->n);
	buf_addc(out, '\n');
}

static void
add_pending(struct buf *out, struct buf *pending, const struct part *part)
{
	buf_add(out, pending->data, pending->len);
	buf_clear(pending);
	add_part(out, part);
}

/*
 * Q (original recipient) and r (final recipient) belong to the R that comes
 * next. C (whose authority) counts until the next C, so both get all of them.
 */
bool
control_split(
    const struct buf *text, const bool *chosen, size_t n, struct buf *kept, struct buf *taken)
{
	const char *p = text->data;
	struct buf pending;
	struct part part;
	size_t i = 0;
	bool ended = false;

	if (!version_is_known(text))
		return false;
	buf_init(&pending, 0);
	while (!ended && next_part(&p, end_of(text), &part)) {
		ended = is_end(&part);
		if (part.n > 0 && (part.s[0] == 'Q' || part.s[0] == 'r')) {
			add_part(&pending, &part);
		} else if (part.n > 0 && part.s[0] == 'R') {
			add_pending(i < n && chosen[i] ? taken : kept, &pending, &part);
			i++;
		} else {
			add_part(kept, &part);
			add_part(taken, &part);
		}
	}
	buf_free(&pending);
	return ended && i == n && !kept->failed && !taken->failed;
}
