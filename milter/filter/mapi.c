#include "mapi.h"

#include "base/bytes.h"

#define MULTIPLE 0x1000	   /* in the type: several values */
#define NAMED 0x8000	   /* ids from here on have a name */
#define KIND_STRING 1	   /* of a name */
#define MAX_VALUES 100000u /* of all in a list */

void
mapi_begin(struct mapi_reader *r, const uint8_t *bytes, size_t len)
{
	*r = (struct mapi_reader){.at = bytes, .end = bytes + len, .damaged = len < 4};
	if (r->damaged)
		return;
	r->properties = le32(bytes);
	r->at += 4;
}

static size_t
left(const struct mapi_reader *r)
{
	return (size_t)(r->end - r->at);
}

static bool
damaged(struct mapi_reader *r)
{
	r->damaged = true;
	r->properties = r->values = 0;
	return false;
}

/* n bytes and what fills them up to a multiple of four, which may lack at the end. */
static bool
skip(struct mapi_reader *r, size_t n)
{
	size_t padded = (n + 3) & ~(size_t)3;

	if (n > left(r))
		return damaged(r);
	r->at += padded < left(r) ? padded : left(r);
	return true;
}

static bool
take_number(struct mapi_reader *r, uint32_t *v)
{
	if (left(r) < 4)
		return damaged(r);
	*v = le32(r->at);
	r->at += 4;
	return true;
}

/* A set, a kind, and a number or a string. */
static bool
skip_name(struct mapi_reader *r)
{
	uint32_t kind, n;

	if (!skip(r, 16) || !take_number(r, &kind) || !take_number(r, &n))
		return false;
	return kind != KIND_STRING || skip(r, n);
}

/* The bytes of a value of fixed size; 0 for others. */
static size_t
fixed_size(unsigned type)
{
	switch (type) {
	case 0x0001: /* null */
	case 0x0002: /* 16 bits */
	case 0x0003: /* 32 bits */
	case 0x0004: /* float */
	case 0x000a: /* error */
	case 0x000b: /* boolean */
		return 4;
	case 0x0005: /* double */
	case 0x0006: /* currency */
	case 0x0007: /* time */
	case 0x0014: /* 64 bits */
	case 0x0040: /* time */
		return 8;
	case 0x0048: /* class */
		return 16;
	default:
		return 0;
	}
}

static bool
is_counted(unsigned type)
{
	return type == MAPI_STRING8 || type == MAPI_UNICODE || type == MAPI_OBJECT ||
	       type == MAPI_BINARY;
}

/* The head of the next property. */
static bool
next_property(struct mapi_reader *r)
{
	uint32_t tag;

	if (r->properties == 0)
		return false;
	r->properties--;
	if (!take_number(r, &tag))
		return false;
	r->id = (uint16_t)(tag >> 16);
	r->type = tag & 0xffff & ~MULTIPLE;
	if (r->id >= NAMED && !skip_name(r))
		return false;
	r->values = 1;
	if ((is_counted(r->type) || (tag & MULTIPLE) != 0) && !take_number(r, &r->values))
		return false;
	return r->values <= MAX_VALUES || damaged(r);
}

bool
mapi_next(struct mapi_reader *r, struct mapi_value *v)
{
	uint32_t n;

	while (r->values == 0)
		if (!next_property(r))
			return false;
	r->values--;
	n = (uint32_t)fixed_size(r->type);
	if (n == 0 && (!is_counted(r->type) || !take_number(r, &n)))
		return damaged(r);
	*v = (struct mapi_value){r->id, r->type, r->at, n < left(r) ? n : left(r)};
	return skip(r, n) || v->len > 0;
}
