#include "deflate64.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

#define WINDOW 65536
#define LITERALS 288
#define DISTANCES 32
#define CODE_MAX 15 /* bits of a code */
#define END_OF_BLOCK 256

/* A canonical Huffman code: symbols in the order of their codes, and how many of each length. */
struct code {
	uint16_t count[CODE_MAX + 1];
	uint16_t symbol[LITERALS];
};

struct unpacker {
	struct member *member;
	const uint8_t *at, *end;
	uint64_t bits; /* read, and not yet taken; the next is the lowest */
	unsigned nbits;
	bool ended;   /* bits were wanted behind the end */
	bool limited; /* a limit of the scan was reached */
	uint8_t window[WINDOW];
	size_t n;     /* bytes in the window that are not yet given away */
	bool rounded; /* the window was full once */
	struct code literals, distances;
	bool fixed; /* they are those that need not be packed */
};

/* ---- input ---- */

static void
fill(struct unpacker *u)
{
	while (u->nbits <= 56 && u->at < u->end) {
		u->bits |= (uint64_t)*u->at++ << u->nbits;
		u->nbits += 8;
	}
}

/* n of 0 to 16 bits. */
static unsigned
take(struct unpacker *u, unsigned n)
{
	unsigned v;

	fill(u);
	if (u->nbits < n) {
		u->ended = true;
		u->nbits = 0;
		return 0;
	}
	v = (unsigned)(u->bits & ((1u << n) - 1));
	u->bits >>= n;
	u->nbits -= n;
	return v;
}

/* The next symbol; -1 for bits that are no code. */
static int
take_symbol(struct unpacker *u, const struct code *c)
{
	int code = 0, first = 0, index = 0;
	unsigned n;

	fill(u);
	for (n = 1; n <= CODE_MAX && n <= u->nbits; n++) {
		code |= (int)(u->bits >> (n - 1) & 1);
		if (code - first < c->count[n]) {
			u->bits >>= n;
			u->nbits -= n;
			return c->symbol[index + code - first];
		}
		index += c->count[n];
		first = (first + c->count[n]) << 1;
		code <<= 1;
	}
	u->ended = n > u->nbits;
	return -1;
}

/* ---- output ---- */

static bool
give(struct unpacker *u)
{
	if (!member_add(u->member, u->window, u->n)) {
		u->limited = true;
		return false;
	}
	if (u->n == WINDOW) {
		u->n = 0;
		u->rounded = true;
	}
	return true;
}

static bool
put(struct unpacker *u, uint8_t byte)
{
	u->window[u->n++] = byte;
	return u->n < WINDOW || give(u);
}

static bool
copy(struct unpacker *u, size_t distance, size_t length)
{
	if (distance > u->n && !u->rounded)
		return false;
	for (; length > 0; length--)
		if (!put(u, u->window[(u->n - distance) & (WINDOW - 1)]))
			return false;
	return true;
}

/* ---- codes ---- */

/* False where there are more codes of a length than there can be. */
static bool
make_code(struct code *c, const uint8_t *lengths, size_t n)
{
	uint16_t at[CODE_MAX + 1] = {0};
	int left = 1;
	size_t i;

	memset(c->count, 0, sizeof(c->count));
	for (i = 0; i < n; i++)
		c->count[lengths[i]]++;
	c->count[0] = 0;
	for (i = 1; i <= CODE_MAX; i++) {
		left = 2 * left - c->count[i];
		if (left < 0)
			return false;
		at[i] = (uint16_t)(at[i - 1] + c->count[i - 1]);
	}
	for (i = 0; i < n; i++)
		if (lengths[i] != 0)
			c->symbol[at[lengths[i]]++] = (uint16_t)i;
	return true;
}

static bool
make_fixed_codes(struct unpacker *u)
{
	uint8_t lengths[LITERALS];
	size_t i;

	if (u->fixed)
		return true;
	u->fixed = true;
	for (i = 0; i < LITERALS; i++)
		lengths[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
	make_code(&u->literals, lengths, LITERALS);
	memset(lengths, 5, DISTANCES);
	return make_code(&u->distances, lengths, DISTANCES);
}

/* The lengths of both codes, packed by a third one. */
static bool
read_lengths(struct unpacker *u, const struct code *c, uint8_t *lengths, size_t n)
{
	uint8_t repeated;
	unsigned times;
	size_t i = 0;
	int symbol;

	while (i < n) {
		symbol = take_symbol(u, c);
		if (symbol < 0 || (symbol == 16 && i == 0))
			return false;
		if (symbol < 16) {
			lengths[i++] = (uint8_t)symbol;
			continue;
		}
		repeated = symbol == 16 ? lengths[i - 1] : 0;
		times = symbol == 16   ? 3 + take(u, 2)
			: symbol == 17 ? 3 + take(u, 3)
				       : 11 + take(u, 7);
		if (times > n - i)
			return false;
		memset(lengths + i, repeated, times);
		i += times;
	}
	return !u->ended;
}

static bool
read_codes(struct unpacker *u)
{
	static const uint8_t order[19] = {
	    16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
	uint8_t lengths[LITERALS + DISTANCES] = {0};
	unsigned nliterals = take(u, 5) + 257, ndistances = take(u, 5) + 1, n = take(u, 4) + 4, i;

	u->fixed = false;
	if (nliterals > LITERALS)
		return false;
	for (i = 0; i < n; i++)
		lengths[order[i]] = (uint8_t)take(u, 3);
	if (u->ended || !make_code(&u->literals, lengths, 19))
		return false;
	memset(lengths, 0, sizeof(lengths));
	return read_lengths(u, &u->literals, lengths, nliterals + ndistances) &&
	       make_code(&u->literals, lengths, nliterals) &&
	       make_code(&u->distances, lengths + nliterals, ndistances);
}

/* ---- blocks ---- */

static bool
unpack_stored(struct unpacker *u)
{
	unsigned n, check, byte;

	take(u, u->nbits % 8);
	n = take(u, 16);
	check = take(u, 16);
	if (u->ended || n != (check ^ 0xffff))
		return false;
	for (; n > 0; n--) {
		byte = take(u, 8);
		if (u->ended || !put(u, (uint8_t)byte))
			return false;
	}
	return true;
}

/* The match that the symbol begins. */
static bool
unpack_match(struct unpacker *u, unsigned symbol)
{
	size_t length, distance;
	unsigned more;
	int d;

	symbol -= END_OF_BLOCK + 1;
	if (symbol > 28)
		return false;
	more = symbol < 8 ? 0 : symbol / 4 - 1;
	if (symbol == 28)
		length = 3 + (size_t)take(u, 16);
	else if (symbol < 8)
		length = 3 + symbol;
	else
		length = 3 + ((4 + symbol % 4) << more) + take(u, more);
	d = take_symbol(u, &u->distances);
	if (d < 0)
		return false;
	more = d < 4 ? 0 : (unsigned)d / 2 - 1;
	distance = d < 4 ? 1 + (size_t)d : 1 + ((2 + (size_t)d % 2) << more) + take(u, more);
	return !u->ended && copy(u, distance, length);
}

static bool
unpack_coded(struct unpacker *u)
{
	int symbol;

	while ((symbol = take_symbol(u, &u->literals)) != END_OF_BLOCK) {
		if (symbol < 0)
			return false;
		if (symbol < END_OF_BLOCK ? !put(u, (uint8_t)symbol)
					  : !unpack_match(u, (unsigned)symbol))
			return false;
	}
	return true;
}

/* Blocks follow each other until one says that it is the last. */
static bool
unpack_blocks(struct unpacker *u)
{
	bool last, good;
	unsigned kind;

	do {
		last = take(u, 1) != 0;
		kind = take(u, 2);
		if (u->ended || kind == 3)
			return false;
		good = kind == 0   ? unpack_stored(u)
		       : kind == 1 ? make_fixed_codes(u) && unpack_coded(u)
				   : read_codes(u) && unpack_coded(u);
	} while (good && !last && scan_has_time(u->member->scan, u->member->archive));
	return good && last;
}

enum deflated_result
deflate64_unpack(struct member *m, const unsigned char *bytes, size_t len)
{
	struct unpacker *u = calloc(1, sizeof(*u));
	enum deflated_result result;
	bool whole;

	if (u == NULL) {
		m->scan->no_memory = true;
		return DEFLATED_DAMAGED;
	}
	u->member = m;
	u->at = bytes;
	u->end = bytes + len;
	whole = unpack_blocks(u);
	if (!u->limited && u->n > 0)
		give(u);
	result = u->limited || m->scan->exhausted ? DEFLATED_LIMIT
		 : whole			  ? DEFLATED_WHOLE
						  : DEFLATED_DAMAGED;
	free(u);
	return result;
}
