#include "authres_read.h"

#include <string.h>
#include <strings.h>

#include "authres_words.h"
#include "base/ascii.h"
#include "base/utf8.h"

struct parsing {
	struct words r;
	struct arena *mem;
	struct authres_result results[AUTHRES_MAX_RESULTS];
	struct authres_property properties[AUTHRES_MAX_PROPERTIES]; /* of the present result */
	size_t n;
	bool loose; /* a liberty was taken */
	enum authres_status status;
};

static bool
stop(struct parsing *p, enum authres_status status)
{
	if (p->status == AUTHRES_OK)
		p->status = status;
	return false;
}

static char *
keep(struct parsing *p, const char *s, size_t n)
{
	char *copy = arena_strndup(p->mem, s, n);

	if (copy == NULL)
		stop(p, AUTHRES_NO_MEMORY);
	return copy;
}

/* A name: Keyword, or one with underscores. NULL where there is none. */
static const char *
read_name(struct parsing *p)
{
	const char *s = p->r.p;
	size_t n;

	while (p->r.p < p->r.end && words_is_domain_char(*p->r.p))
		p->r.p++;
	n = (size_t)(p->r.p - s);
	p->loose |= !words_is_keyword(s, n);
	if (n > 0)
		return keep(p, s, n);
	stop(p, AUTHRES_SYNTAX);
	return NULL;
}

/* What stands for a value outside quotes: is it a value or an address by the grammar? */
static bool
is_pvalue(const char *s, size_t n)
{
	const char *at = words_find_at(s, n);
	size_t local = at != NULL ? (size_t)(at - s) : 0;

	if (at == NULL)
		return words_is_token(s, n);
	return (local == 0 || words_is_dotted(s, local, words_is_atext)) &&
	       words_is_dotted(at + 1, n - local - 1, words_is_domain_char);
}

/* A word, a quoted-string, or a quoted local part and its domain. */
static bool
read_pvalue(struct parsing *p, struct buf *text)
{
	bool quoted = words_peek(&p->r) == '"';
	size_t n;

	if (quoted && !words_read_quoted(&p->r, text))
		return false;
	n = words_span(&p->r);
	if (!utf8_valid(p->r.p, n) || (!quoted && n == 0) || (quoted && n > 0 && *p->r.p != '@'))
		return false;
	if (n > 0 && !is_pvalue(p->r.p, n))
		p->loose = true;
	buf_add(text, p->r.p, n);
	p->r.p += n;
	return words_skip_cfws(&p->r);
}

/* Reads a value into the arena; NULL, and the status, where that fails. */
static const char *
keep_value(struct parsing *p, bool (*read)(struct parsing *, struct buf *), size_t *len)
{
	struct buf text;
	const char *copy = NULL;

	buf_init(&text, 0);
	if (!read(p, &text))
		stop(p, AUTHRES_SYNTAX);
	else if (text.failed)
		stop(p, AUTHRES_NO_MEMORY);
	else
		copy = keep(p, buf_str(&text), text.len);
	*len = text.len;
	buf_free(&text);
	return copy;
}

static bool
read_property(struct parsing *p, const char *word, struct authres_result *r)
{
	struct authres_property *to = &p->properties[r->n];

	if (r->n == AUTHRES_MAX_PROPERTIES)
		return stop(p, AUTHRES_TOO_MANY);
	*to = (struct authres_property){.ptype = "", .name = word};
	if (words_take(&p->r, '.')) {
		to->ptype = word;
		if ((to->name = read_name(p)) == NULL)
			return false;
	} else {
		p->loose = true;
	}
	if (!words_take(&p->r, '='))
		return stop(p, AUTHRES_SYNTAX);
	to->value = keep_value(p, read_pvalue, &to->len);
	r->n++;
	return to->value != NULL;
}

static bool
read_reason_or_property(struct parsing *p, struct authres_result *r)
{
	const char *word = read_name(p);
	struct words equals = p->r;
	size_t len;

	if (word == NULL)
		return false;
	if (strcasecmp(word, "reason") != 0 || r->reason != NULL || !words_take(&equals, '='))
		return read_property(p, word, r);
	p->loose |= r->n > 0;
	p->r = equals;
	r->reason = keep_value(p, read_pvalue, &len);
	return r->reason != NULL;
}

/* method [ "/" version ] "=" result */
static bool
read_method(struct parsing *p, struct authres_result *r)
{
	if ((r->method = read_name(p)) == NULL)
		return false;
	if (!words_skip_cfws(&p->r))
		return stop(p, AUTHRES_SYNTAX);
	if (words_peek(&p->r) == '/') {
		if (!words_take(&p->r, '/') || !ascii_is_digit(words_peek(&p->r)))
			return stop(p, AUTHRES_SYNTAX);
		words_skip_digits(&p->r);
	}
	if (!words_take(&p->r, '='))
		return stop(p, AUTHRES_SYNTAX);
	return (r->result = read_name(p)) != NULL;
}

static bool
keep_properties(struct parsing *p, struct authres_result *r)
{
	size_t size = r->n * sizeof(*p->properties);
	struct authres_property *copy = arena_alloc(p->mem, size);

	if (copy == NULL)
		return stop(p, AUTHRES_NO_MEMORY);
	memcpy(copy, p->properties, size);
	r->properties = copy;
	return true;
}

/* True at the end of a result; CFWS must have stood before what follows otherwise. */
static bool
at_end(const struct parsing *p)
{
	return p->r.p == p->r.end || *p->r.p == ';';
}

static bool
read_result(struct parsing *p)
{
	struct authres_result *r = &p->results[p->n];
	const char *before;

	if (p->n == AUTHRES_MAX_RESULTS)
		return stop(p, AUTHRES_TOO_MANY);
	*r = (struct authres_result){0};
	if (!read_method(p, r))
		return false;
	p->n++;
	for (;;) {
		before = p->r.p;
		if (!words_skip_cfws(&p->r))
			return stop(p, AUTHRES_SYNTAX);
		if (at_end(p))
			return keep_properties(p, r);
		if (p->r.p == before && !ascii_is_wsp(before[-1]) && before[-1] != ')')
			return stop(p, AUTHRES_SYNTAX);
		if (!read_reason_or_property(p, r))
			return false;
	}
}

/* "none" alone says that there are no results. */
static bool
read_none(struct words *r)
{
	struct words at = *r;

	if (at.end - at.p < 4 || strncasecmp(at.p, "none", 4) != 0)
		return false;
	at.p += 4;
	if (!words_skip_cfws(&at) || at.p != at.end)
		return false;
	*r = at;
	return true;
}

static void
read_results(struct parsing *p)
{
	if (p->r.p == p->r.end)
		p->loose = true; /* neither results nor "none" */
	while (p->r.p < p->r.end) {
		if (!words_take(&p->r, ';')) {
			stop(p, AUTHRES_SYNTAX);
			return;
		}
		if (p->r.p == p->r.end)
			p->loose = true;
		else if ((p->n != 0 || !read_none(&p->r)) && !read_result(p))
			return;
	}
}

static bool
read_id(struct parsing *p, struct authres *a)
{
	struct words r = p->r;
	struct buf id;
	enum words_head head;

	buf_init(&id, 0);
	head = words_read_head(&p->r, &id);
	if (id.failed)
		stop(p, AUTHRES_NO_MEMORY);
	else if (head != HEAD_ID)
		stop(p, head == HEAD_METHOD ? AUTHRES_NO_ID : AUTHRES_SYNTAX);
	else
		a->authserv_id = keep(p, buf_str(&id), id.len);
	buf_clear(&id);
	/* Once more, for the version after it. */
	if (p->status == AUTHRES_OK && words_skip_cfws(&r) && words_read_value(&r, &id) &&
	    words_skip_cfws(&r)) {
		p->r = r;
		words_skip_digits(&p->r);
		a->version = keep(p, r.p, (size_t)(p->r.p - r.p));
		words_skip_cfws(&p->r);
	}
	buf_free(&id);
	return p->status == AUTHRES_OK;
}

static bool
keep_results(struct parsing *p, struct authres *a)
{
	size_t size = p->n * sizeof(*p->results);
	struct authres_result *copy = arena_alloc(p->mem, size);

	if (copy == NULL)
		return stop(p, AUTHRES_NO_MEMORY);
	memcpy(copy, p->results, size);
	a->results = copy;
	a->n = p->n;
	a->strict = !p->loose;
	return true;
}

enum authres_status
authres_parse(const char *value, size_t len, struct arena *mem, struct authres *a)
{
	struct parsing *p = arena_alloc(mem, sizeof(*p));

	*a = (struct authres){.authserv_id = "", .version = ""};
	if (p == NULL)
		return AUTHRES_NO_MEMORY;
	p->r = (struct words){.p = value, .end = value + len};
	p->mem = mem;
	p->n = 0;
	p->loose = false;
	p->status = AUTHRES_OK;
	if (read_id(p, a))
		read_results(p);
	if (p->status == AUTHRES_OK)
		keep_results(p, a);
	return p->status;
}

const struct authres_result *
authres_find(const struct authres *a, const char *method, size_t at)
{
	size_t i;

	for (i = 0; i < a->n; i++)
		if (strcasecmp(a->results[i].method, method) == 0 && at-- == 0)
			return &a->results[i];
	return NULL;
}

const char *
authres_property(const struct authres_result *r, const char *ptype, const char *name)
{
	size_t i;

	for (i = 0; i < r->n; i++)
		if (strcasecmp(r->properties[i].ptype, ptype) == 0 &&
		    strcasecmp(r->properties[i].name, name) == 0)
			return r->properties[i].value;
	return NULL;
}
