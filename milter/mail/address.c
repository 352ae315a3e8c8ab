#include "address.h"

#include <stdint.h>
#include <string.h>

#include "base/ascii.h"
#include "base/utf8.h"

/* A place in the value, and where words are put together. */
struct parser {
	const char *p, *end;
	struct arena *mem;
	struct address_list *out;
	size_t cap;    /* mailboxes that out->v has room for */
	char *display; /* a phrase so far; as long as the value can make it */
	size_t ndisplay;
	char *local; /* the same words as a local part */
	size_t nlocal;
	char *domain;
	size_t ndomain;
};

/* What the words before an "@", "<" or ":" amount to. */
struct words {
	bool phrase; /* begins with a word (RFC 5322 §4.1 obs-phrase) */
	bool local;  /* words with single dots between (§4.4 obs-local-part) */
	bool dot;    /* the last one was a dot */
	bool any;
};

static enum address_error
fail(struct parser *ps, enum address_error error, const char *reason)
{
	ps->out->reason = reason;
	return error;
}

/* RFC 5322 §3.2.3, RFC 6532 §3.2. */
static bool
is_atext(char c)
{
	static const char specials[] = "()<>[]:;@\\,.\"";

	return (unsigned char)c > ' ' && c != 0x7f && strchr(specials, c) == NULL;
}

static bool
at(const struct parser *ps, char c)
{
	return ps->p < ps->end && *ps->p == c;
}

static size_t
count(const char *s, size_t n, char c)
{
	size_t i, found = 0;

	for (i = 0; i < n; i++)
		found += s[i] == c;
	return found;
}

/*
 * Old programs write a display name in their own charset, raw. That is let
 * pass where no charset could make another address of it: one "<", one "@"
 * behind that, nothing raw from there on, and no backslash, which is the
 * second half of a letter in some charsets and an escape in others.
 */
static bool
is_raw_only_in_name(const char *s, size_t n)
{
	const char *angle = memchr(s, '<', n), *p;

	if (angle == NULL || count(s, n, '<') != 1 || count(s, n, '>') != 1 ||
	    count(s, n, '\\') != 0 || count(s, n, '@') != 1 ||
	    count(angle, (size_t)(s + n - angle), '@') != 1)
		return false;
	for (p = angle; p < s + n; p++)
		if ((unsigned char)*p >= 0x80)
			return false;
	return true;
}

/*
 * Control characters are refused before anything else, so that nothing below
 * meets one: C0 but HTAB and folds, DEL, and C1.
 */
static enum address_error
check_bytes(struct parser *ps)
{
	const char *s = ps->p;
	size_t n = (size_t)(ps->end - s), i;
	unsigned char c;

	for (i = 0; i < n; i++) {
		c = (unsigned char)s[i];
		if (c == '\r' && n - i > 2 && s[i + 1] == '\n' && ascii_is_wsp(s[i + 2]))
			i += 2;
		else if ((c < ' ' && c != '\t') || c == 0x7f ||
			 (c == 0xc2 && n - i > 1 && (unsigned char)s[i + 1] < 0xa0))
			return fail(ps, ADDRESS_SYNTAX, "control character");
	}
	if (!utf8_valid(s, n) && !is_raw_only_in_name(s, n))
		return fail(ps, ADDRESS_SYNTAX, "invalid UTF-8");
	return ADDRESS_OK;
}

/* Past the comment that begins here. */
static enum address_error
skip_comment(struct parser *ps)
{
	size_t depth = 0;

	for (; ps->p < ps->end; ps->p++) {
		switch (*ps->p) {
		case '(':
			if (++depth > ADDRESS_MAX_DEPTH)
				return fail(ps, ADDRESS_TOO_MANY, "comments nested too deep");
			break;
		case '\\':
			if (ps->end - ps->p > 1)
				ps->p++;
			break;
		case ')':
			if (--depth == 0) {
				ps->p++;
				return ADDRESS_OK;
			}
			break;
		}
	}
	return fail(ps, ADDRESS_SYNTAX, "comment without end");
}

static bool
is_fws(char c)
{
	return ascii_is_wsp(c) || c == '\r' || c == '\n';
}

static enum address_error
skip_cfws(struct parser *ps)
{
	enum address_error e;

	while (ps->p < ps->end) {
		if (is_fws(*ps->p))
			ps->p++;
		else if (*ps->p != '(')
			break;
		else if ((e = skip_comment(ps)) != ADDRESS_OK)
			return e;
	}
	return ADDRESS_OK;
}

/* ---- words ---- */

static void
add_word_byte(struct parser *ps, char c)
{
	ps->display[ps->ndisplay++] = c;
	ps->local[ps->nlocal++] = c;
}

/* RFC 5322 §3.2.4; folds are taken out, escapes resolved. */
static enum address_error
read_quoted(struct parser *ps)
{
	for (ps->p++; ps->p < ps->end; ps->p++) {
		if (*ps->p == '"') {
			ps->p++;
			return ADDRESS_OK;
		}
		if (*ps->p == '\r' || *ps->p == '\n')
			continue;
		if (*ps->p == '\\' && (++ps->p == ps->end || *ps->p == '\r'))
			break;
		add_word_byte(ps, *ps->p);
	}
	return fail(ps, ADDRESS_SYNTAX, "quoted string without end");
}

static void
read_atom(struct parser *ps)
{
	while (ps->p < ps->end && is_atext(*ps->p))
		add_word_byte(ps, *ps->p++);
}

static enum address_error
read_word_or_dot(struct parser *ps, struct words *w)
{
	bool dot = at(ps, '.');

	if (!w->any)
		w->phrase = !dot;
	if (dot != (w->any && !w->dot))
		w->local = false;
	w->any = true;
	w->dot = dot;
	if (dot) {
		add_word_byte(ps, *ps->p++);
		return ADDRESS_OK;
	}
	if (at(ps, '"'))
		return read_quoted(ps);
	read_atom(ps);
	return ADDRESS_OK;
}

/* Words and dots, as a phrase and as a local part at once: what they are shows behind them. */
static enum address_error
read_words(struct parser *ps, struct words *w)
{
	enum address_error e;
	const char *before;

	*w = (struct words){.local = true};
	ps->ndisplay = ps->nlocal = 0;
	for (;;) {
		before = ps->p;
		if ((e = skip_cfws(ps)) != ADDRESS_OK)
			return e;
		if (!at(ps, '"') && !at(ps, '.') && (ps->p == ps->end || !is_atext(*ps->p)))
			break;
		if (w->any && ps->p > before)
			ps->display[ps->ndisplay++] = ' ';
		if ((e = read_word_or_dot(ps, w)) != ADDRESS_OK)
			return e;
	}
	w->local = w->local && w->any && !w->dot;
	return ADDRESS_OK;
}

/* ---- domains ---- */

/* RFC 5322 §3.4.1 domain-literal, without its white space. */
static enum address_error
read_literal(struct parser *ps)
{
	for (; ps->p < ps->end; ps->p++) {
		if (is_fws(*ps->p))
			continue;
		if (*ps->p == '\\' || (*ps->p == '[' && ps->ndomain > 0))
			break;
		ps->domain[ps->ndomain++] = *ps->p;
		if (*ps->p == ']') {
			ps->p++;
			return skip_cfws(ps);
		}
	}
	return fail(ps, ADDRESS_SYNTAX, "address literal without end");
}

/* Atoms with dots between, CFWS around each (§4.4 obs-domain). */
static enum address_error
read_name(struct parser *ps)
{
	enum address_error e = ADDRESS_OK;
	bool atom = false;

	while (e == ADDRESS_OK && ps->p < ps->end) {
		if (*ps->p == '.') {
			ps->domain[ps->ndomain++] = *ps->p++;
			atom = false;
		} else if (is_atext(*ps->p) && !atom) {
			while (ps->p < ps->end && is_atext(*ps->p))
				ps->domain[ps->ndomain++] = *ps->p++;
			atom = true;
		} else {
			return ADDRESS_OK;
		}
		e = skip_cfws(ps);
	}
	return e;
}

/* A domain with its "@" before it. What it is worth, set_domain() tells. */
static enum address_error
read_domain(struct parser *ps)
{
	enum address_error e;

	ps->p++;
	ps->ndomain = 0;
	if ((e = skip_cfws(ps)) != ADDRESS_OK)
		return e;
	return at(ps, '[') ? read_literal(ps) : read_name(ps);
}

/* RFC 5322 has no final dot, though DNS has. */
static enum address_error
set_domain(struct parser *ps, struct mailbox *m)
{
	m->domain_raw = arena_strndup(ps->mem, ps->domain, ps->ndomain);
	m->domain[0] = '\0';
	if (m->domain_raw == NULL)
		return fail(ps, ADDRESS_NO_MEMORY, "out of memory");
	if (ps->ndomain == 0)
		return fail(ps, ADDRESS_DOMAIN, "address without domain");
	if (ps->domain[0] == '[')
		return ADDRESS_OK;
	if (ps->domain[ps->ndomain - 1] == '.' ||
	    !domain_canonical(ps->domain, ps->ndomain, m->domain))
		return fail(ps, ADDRESS_DOMAIN, "not a domain name");
	return ADDRESS_OK;
}

/* ---- mailboxes ---- */

static enum address_error
add_mailbox(struct parser *ps, const struct mailbox *m)
{
	struct address_list *l = ps->out;
	struct mailbox *v;
	size_t cap;

	if (l->n == ADDRESS_MAX)
		return fail(ps, ADDRESS_TOO_MANY, "too many addresses");
	if (l->n == ps->cap) {
		cap = ps->cap != 0 ? ps->cap * 2 : 4;
		if ((v = arena_alloc(ps->mem, cap * sizeof(*v))) == NULL)
			return fail(ps, ADDRESS_NO_MEMORY, "out of memory");
		if (l->n > 0)
			memcpy(v, l->v, l->n * sizeof(*v));
		l->v = v;
		ps->cap = cap;
	}
	l->v[l->n++] = *m;
	return ADDRESS_OK;
}

/* The "@" and the domain of an addr-spec whose words have just been read. */
static enum address_error
finish_addr_spec(struct parser *ps, const struct words *w, struct mailbox *m)
{
	enum address_error e;

	if (!w->local)
		return fail(ps, ADDRESS_SYNTAX, "not a local part");
	if (!at(ps, '@'))
		return fail(ps, ADDRESS_SYNTAX, "address without @");
	m->local = arena_strndup(ps->mem, ps->local, ps->nlocal);
	if (m->local == NULL)
		return fail(ps, ADDRESS_NO_MEMORY, "out of memory");
	if ((e = read_domain(ps)) != ADDRESS_OK)
		return e;
	return set_domain(ps, m);
}

/* §4.4 obs-route: read over, up to and with its colon. */
static enum address_error
skip_route(struct parser *ps)
{
	enum address_error e = ADDRESS_OK;
	bool any = false;

	while (e == ADDRESS_OK && !at(ps, ':')) {
		if (at(ps, ',')) {
			ps->p++;
			e = skip_cfws(ps);
			continue;
		}
		if (!at(ps, '@'))
			return fail(ps, ADDRESS_SYNTAX, "not a source route");
		any = true;
		if ((e = read_domain(ps)) == ADDRESS_OK && ps->ndomain == 0)
			return fail(ps, ADDRESS_DOMAIN, "source route without domain");
		if (e == ADDRESS_OK && !at(ps, ',') && !at(ps, ':'))
			return fail(ps, ADDRESS_SYNTAX, "not a source route");
	}
	if (e == ADDRESS_OK && !any)
		return fail(ps, ADDRESS_SYNTAX, "not a source route");
	ps->p += e == ADDRESS_OK;
	return e;
}

/* From "<" to the CFWS behind ">". */
static enum address_error
read_angle(struct parser *ps, struct mailbox *m)
{
	enum address_error e;
	struct words w;

	ps->p++;
	if ((e = skip_cfws(ps)) != ADDRESS_OK)
		return e;
	if ((at(ps, '@') || at(ps, ',')) && (e = skip_route(ps)) != ADDRESS_OK)
		return e;
	if ((e = read_words(ps, &w)) != ADDRESS_OK)
		return e;
	if ((e = finish_addr_spec(ps, &w, m)) != ADDRESS_OK)
		return e;
	if (!at(ps, '>'))
		return fail(ps, ADDRESS_SYNTAX, "address without >");
	ps->p++;
	return skip_cfws(ps);
}

static enum address_error
read_mailbox(struct parser *ps, const struct words *w)
{
	struct mailbox m = {.display = ""};
	enum address_error e;

	if (!at(ps, '<')) {
		e = finish_addr_spec(ps, w, &m);
	} else {
		if (w->any && !w->phrase)
			return fail(ps, ADDRESS_SYNTAX, "display name begins with a dot");
		if ((m.display = arena_strndup(ps->mem, ps->display, ps->ndisplay)) == NULL)
			return fail(ps, ADDRESS_NO_MEMORY, "out of memory");
		e = read_angle(ps, &m);
	}
	return e == ADDRESS_OK ? add_mailbox(ps, &m) : e;
}

/* ---- lists ---- */

/* A mailbox, or a group's name and colon. */
static enum address_error
read_member(struct parser *ps, bool *in_group)
{
	enum address_error e;
	struct words w;

	if ((e = read_words(ps, &w)) != ADDRESS_OK)
		return e;
	if (!at(ps, ':'))
		return read_mailbox(ps, &w);
	if (*in_group)
		return fail(ps, ADDRESS_SYNTAX, "group in a group");
	if (!w.any || !w.phrase)
		return fail(ps, ADDRESS_SYNTAX, "group without name");
	*in_group = ps->out->group = true;
	ps->p++;
	return ADDRESS_OK;
}

/* After a member or a group's end there is a comma, or the end. */
static bool
at_separator(const struct parser *ps, bool in_group)
{
	return ps->p == ps->end || *ps->p == ',' || (in_group && *ps->p == ';');
}

static enum address_error
read_list(struct parser *ps)
{
	enum address_error e;
	bool in_group = false, opened, commas = false;

	for (;;) {
		if ((e = skip_cfws(ps)) != ADDRESS_OK)
			return e;
		if (ps->p == ps->end)
			break;
		opened = in_group;
		if (at(ps, ',')) {
			commas = true;
			ps->p++;
			continue;
		}
		if (in_group && at(ps, ';')) {
			in_group = opened = false;
			ps->p++;
			e = skip_cfws(ps);
		} else {
			e = read_member(ps, &in_group);
		}
		if (e != ADDRESS_OK)
			return e;
		if (in_group == opened && !at_separator(ps, in_group))
			return fail(ps, ADDRESS_SYNTAX, "text after an address");
	}
	if (in_group)
		return fail(ps, ADDRESS_SYNTAX, "group without end");
	if (ps->out->n > 0 || ps->out->group)
		return ADDRESS_OK;
	return commas ? fail(ps, ADDRESS_SYNTAX, "commas only")
		      : fail(ps, ADDRESS_EMPTY, "no address");
}

static bool
init_parser(struct parser *ps, const char *value, size_t len, struct arena *mem)
{
	*ps = (struct parser){.p = value, .end = value + len, .mem = mem};
	if (len > SIZE_MAX / 8 || (ps->display = arena_alloc(mem, 3 * (len + 1))) == NULL)
		return false;
	ps->local = ps->display + len + 1;
	ps->domain = ps->local + len + 1;
	return true;
}

enum address_error
address_parse(const char *value, size_t len, struct arena *mem, struct address_list *out)
{
	struct parser ps;

	*out = (struct address_list){0};
	if (!init_parser(&ps, value, len, mem)) {
		out->reason = "out of memory";
		return out->error = ADDRESS_NO_MEMORY;
	}
	ps.out = out;
	out->error = check_bytes(&ps);
	if (out->error == ADDRESS_OK)
		out->error = read_list(&ps);
	return out->error;
}

const char *
address_error_text(enum address_error e)
{
	static const char *const text[] = {
	    [ADDRESS_OK] = "valid",
	    [ADDRESS_EMPTY] = "no address",
	    [ADDRESS_SYNTAX] = "syntax error",
	    [ADDRESS_DOMAIN] = "no valid domain",
	    [ADDRESS_TOO_MANY] = "too many addresses or levels",
	    [ADDRESS_NO_MEMORY] = "out of memory",
	};

	return text[e];
}

/* ---- envelope paths ---- */

/* The n bytes of a path without its brackets; false where there is but one of them. */
static bool
strip_brackets(const char **s, size_t *n)
{
	bool open = *n > 0 && (*s)[0] == '<', close = *n > (size_t)open && (*s)[*n - 1] == '>';

	if (open != close)
		return false;
	*s += open;
	*n -= (size_t)open * 2;
	return true;
}

/* RFC 5321 §4.1.2 A-d-l: a source route is ignored. */
static bool
strip_route(const char **s, size_t *n)
{
	const char *colon;

	if (*n == 0 || (*s)[0] != '@')
		return true;
	if ((colon = memchr(*s, ':', *n)) == NULL)
		return false;
	*n -= (size_t)(colon - *s) + 1;
	*s = colon + 1;
	return true;
}

/*
 * A Dot-string, with dots anywhere: such mailboxes exist, and are asked for
 * by that name in SMTP.
 */
static enum address_error
read_dot_string(struct parser *ps)
{
	while (ps->p < ps->end && (is_atext(*ps->p) || *ps->p == '.'))
		add_word_byte(ps, *ps->p++);
	return ps->nlocal > 0 ? ADDRESS_OK : ADDRESS_SYNTAX;
}

static enum address_error
read_path(struct parser *ps, struct mailbox *m)
{
	enum address_error e = at(ps, '"') ? read_quoted(ps) : read_dot_string(ps);

	if (e != ADDRESS_OK)
		return e;
	if (ps->p < ps->end && *ps->p != '@')
		return ADDRESS_SYNTAX;
	if ((m->local = arena_strndup(ps->mem, ps->local, ps->nlocal)) == NULL)
		return ADDRESS_NO_MEMORY;
	if (ps->p++ == ps->end)
		return ADDRESS_DOMAIN;
	m->domain_raw = arena_strndup(ps->mem, ps->p, (size_t)(ps->end - ps->p));
	if (m->domain_raw == NULL)
		return ADDRESS_NO_MEMORY;
	if (at(ps, '[') && ps->end[-1] == ']')
		return ADDRESS_OK;
	if (!domain_canonical(ps->p, (size_t)(ps->end - ps->p), m->domain))
		return ADDRESS_DOMAIN;
	return ADDRESS_OK;
}

enum address_error
address_parse_path(const char *path, struct arena *mem, struct mailbox *out)
{
	struct address_list list;
	struct parser ps;
	size_t n = strlen(path);

	*out = (struct mailbox){.display = "", .local = "", .domain_raw = ""};
	if (!strip_brackets(&path, &n))
		return ADDRESS_SYNTAX;
	if (n == 0)
		return ADDRESS_OK;
	if (!strip_route(&path, &n))
		return ADDRESS_SYNTAX;
	if (!init_parser(&ps, path, n, mem))
		return ADDRESS_NO_MEMORY;
	ps.out = &list;
	if (memchr(path, '\r', n) != NULL || check_bytes(&ps) != ADDRESS_OK)
		return ADDRESS_SYNTAX;
	return read_path(&ps, out);
}
