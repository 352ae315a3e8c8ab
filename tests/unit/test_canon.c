/* auth/canon: the canonical forms of RFC 6376 §3.4, however the input is cut. */
#include "unit.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "auth/canon.h"
#include "auth/digest.h"
#include "base/buf.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

static void
collect(void *ctx, const void *bytes, size_t n)
{
	buf_add(ctx, bytes, n);
}

/* ---- header fields ---- */

static void
header_fields(void **state)
{
	static const struct {
		const char *name, *value, *relaxed;
	} t[] = {
	    /* §3.4.5 */
	    {"A", " X", "a:X\r\n"},
	    {"B ", " Y\t\r\n\tZ  ", "b:Y Z\r\n"},
	    /* B01: folded straight after the colon */
	    {"List-Unsubscribe", "\r\n   <https://example.com/u>",
		"list-unsubscribe:<https://example.com/u>\r\n"},
	    {"Message-ID", "\r\n\t\r\n <a@b>", "message-id:<a@b>\r\n"},
	    {"Subject", "hi", "subject:hi\r\n"},
	    {"Subject\t ", "  hi \t\r\n \r\n\t", "subject:hi\r\n"},
	    {"X", "", "x:\r\n"},
	    {"X", " ", "x:\r\n"},
	    {"X", "\r\n ", "x:\r\n"},
	    {"X", "a\r\n b", "x:a b\r\n"},
	    {"X", "a \r\n \r\n\tb", "x:a b\r\n"},
	    {"X", "a\t\tb  c", "x:a b c\r\n"},
	    {"X", " a : b ", "x:a : b\r\n"},
	    {"X", "a\rb\nc\r", "x:a\rb\nc\r\r\n"},		       /* no line ends */
	    {"X", "a\r\nb", "x:a\r\nb\r\n"},			       /* no fold */
	    {"X", "a\x0b\x0c\xc2\xa0 b", "x:a\x0b\x0c\xc2\xa0 b\r\n"}, /* no WSP */
	    {"Subject",
		" Gr\xc3\xbc\xc3\x9f"
		"e",
		"subject:Gr\xc3\xbc\xc3\x9f"
		"e\r\n"}, /* B11 */
	    {"\xc3\x9c", "A", "\xc3\x9c:A\r\n"},
	};
	struct header_field f;
	struct buf out, simple;
	size_t i;

	buf_init(&out, 0);
	buf_init(&simple, 0);
	for (i = 0; i < LEN(t); i++) {
		f = (struct header_field){
		    t[i].name, strlen(t[i].name), t[i].value, strlen(t[i].value)};
		buf_clear(&out);
		canon_header(CANON_RELAXED, &f, collect, &out);
		assert_string_equal(buf_str(&out), t[i].relaxed);
		buf_clear(&out);
		canon_header_no_crlf(CANON_RELAXED, &f, collect, &out);
		assert_int_equal(out.len, strlen(t[i].relaxed) - 2);
		assert_memory_equal(out.data, t[i].relaxed, out.len);
		buf_clear(&out);
		buf_clear(&simple);
		canon_header(CANON_SIMPLE, &f, collect, &out);
		buf_addf(&simple, "%s:%s\r\n", t[i].name, t[i].value);
		assert_string_equal(buf_str(&out), buf_str(&simple));
		buf_clear(&out);
		canon_header_no_crlf(CANON_SIMPLE, &f, collect, &out);
		assert_int_equal(out.len, simple.len - 2);
		assert_memory_equal(out.data, simple.data, out.len);
	}
	buf_free(&out);
	buf_free(&simple);
}

static void
header_field_of_a_megabyte(void **state)
{
	struct header_field f = {.name = "X", .name_len = 1};
	struct buf value, out;
	size_t i;

	buf_init(&value, 0);
	buf_init(&out, 0);
	for (i = 0; i < 100000; i++)
		buf_adds(&value, " \r\n\t ab");
	f.value = value.data;
	f.value_len = value.len;
	canon_header(CANON_RELAXED, &f, collect, &out);
	assert_int_equal(out.len, 2 + 100000 * 3 - 1 + 2);
	assert_memory_equal(out.data, "x:ab ab ab", 10);
	buf_free(&value);
	buf_free(&out);
}

/* ---- bodies ---- */

struct body_case {
	const char *in, *relaxed, *simple;
};

/* Long enough that the fast path sees every kind of change at several offsets. */
#define WORDS "The quick brown fox jumps over the lazy dog, and over it again and again."

static const struct body_case bodies[] = {
    /* §3.4.5 */
    {" C \r\nD \t E\r\n\r\n\r\n", " C\r\nD E\r\n", " C \r\nD \t E\r\n"},
    /* B04 */
    {"Hi\r\n \t\r\n\r\n", "Hi\r\n", "Hi\r\n \t\r\n"},
    {" \r\n", "", " \r\n"},
    {"", "", "\r\n"},
    {"\r\n", "", "\r\n"},
    {"\r\n\r\n\r\n", "", "\r\n"},
    {" \r\n\t\r\n \t \r\n", "", " \r\n\t\r\n \t \r\n"},
    {" ", "", " \r\n"},
    {" \t", "", " \t\r\n"},
    {"Hi", "Hi\r\n", "Hi\r\n"},
    {"Hi ", "Hi\r\n", "Hi \r\n"},
    {"Hi\r\n", "Hi\r\n", "Hi\r\n"},
    {"Hi\r\n \t", "Hi\r\n", "Hi\r\n \t\r\n"},
    {"\r\n\r\nHi\r\n", "\r\n\r\nHi\r\n", "\r\n\r\nHi\r\n"},
    {" \r\n \r\n Hi\r\n", "\r\n\r\n Hi\r\n", " \r\n \r\n Hi\r\n"},
    {"a\r\n\r\n\r\nb\r\n\r\n", "a\r\n\r\n\r\nb\r\n", "a\r\n\r\n\r\nb\r\n"},
    {"a \t b\t\r\n\tc\r\n", "a b\r\n c\r\n", "a \t b\t\r\n\tc\r\n"},
    /* CR and LF alone end no line */
    {"a\rb\r\n", "a\rb\r\n", "a\rb\r\n"},
    {"a\nb\n", "a\nb\n\r\n", "a\nb\n\r\n"},
    {"a\n\n\n", "a\n\n\n\r\n", "a\n\n\n\r\n"},
    {"\n", "\n\r\n", "\n\r\n"},
    {"\r", "\r\r\n", "\r\r\n"},
    {"a\r\r\n", "a\r\r\n", "a\r\r\n"},
    {"a \r", "a \r\r\n", "a \r\r\n"},
    {"a \r \r\n", "a \r\r\n", "a \r \r\n"},
    {"a \n \r\n", "a \n\r\n", "a \n \r\n"},
    {"a\r\n\r", "a\r\n\r\r\n", "a\r\n\r\r\n"},
    {"a\r\n\n\r\n", "a\r\n\n\r\n", "a\r\n\n\r\n"},
    {"a\r\n\r\r\n\n", "a\r\n\r\r\n\n\r\n", "a\r\n\r\r\n\n\r\n"},
    {"\n\r\n\r", "\n\r\n\r\r\n", "\n\r\n\r\r\n"},
    {" \r\n \r", "\r\n \r\r\n", " \r\n \r\r\n"},
    /* only SP and HTAB are white space */
    {"a\x0b\x0c\xa0 \r\n", "a\x0b\x0c\xa0\r\n", "a\x0b\x0c\xa0 \r\n"},
    {".\r\n..\r\n", ".\r\n..\r\n", ".\r\n..\r\n"},
    {WORDS " \r\n" WORDS "\t\r\n\r\n" WORDS "  " WORDS " \t" WORDS "\t" WORDS "\r\n \r\n",
	WORDS "\r\n" WORDS "\r\n\r\n" WORDS " " WORDS " " WORDS " " WORDS "\r\n",
	WORDS " \r\n" WORDS "\t\r\n\r\n" WORDS "  " WORDS " \t" WORDS "\t" WORDS "\r\n \r\n"},
    {WORDS " \r" WORDS " \n" WORDS "  \r\r\n" WORDS "   \r\n\r\n   " WORDS,
	WORDS " \r" WORDS " \n" WORDS " \r\r\n" WORDS "\r\n\r\n " WORDS "\r\n",
	WORDS " \r" WORDS " \n" WORDS "  \r\r\n" WORDS "   \r\n\r\n   " WORDS "\r\n"},
};

/* The input in pieces that end at the given offsets. */
static void
canon_pieces(enum canon mode, const char *in, const size_t *cuts, size_t ncuts, struct buf *out)
{
	struct canon_body b;
	size_t i, at = 0;
	char *piece;

	buf_clear(out);
	canon_body_init(&b, mode, UINT64_MAX, collect, out);
	for (i = 0; i < ncuts; i++) {
		/* each in memory of its own size, so that reading past it shows */
		piece = malloc(cuts[i] - at + (cuts[i] == at));
		memcpy(piece, in + at, cuts[i] - at);
		canon_body_update(&b, piece, cuts[i] - at);
		free(piece);
		at = cuts[i];
	}
	canon_body_final(&b);
	assert_int_equal(b.out, out->len);
}

static void
expect_body(enum canon mode, const struct body_case *t, const size_t *cuts, size_t ncuts)
{
	const char *want = mode == CANON_SIMPLE ? t->simple : t->relaxed;
	struct buf out;

	buf_init(&out, 0);
	canon_pieces(mode, t->in, cuts, ncuts, &out);
	if (strcmp(buf_str(&out), want) != 0)
		fail_msg("%s of \"%s\" in %zu pieces, the first %zu bytes: \"%s\"",
		    mode == CANON_SIMPLE ? "simple" : "relaxed", t->in, ncuts, cuts[0],
		    buf_str(&out));
	buf_free(&out);
}

static void
every_split(enum canon mode, const struct body_case *t)
{
	size_t n = strlen(t->in), i, k, cuts[1024];

	assert_true(n < LEN(cuts));
	expect_body(mode, t, &n, 1);
	for (i = 0; i <= n; i++)
		expect_body(mode, t, (size_t[]){i, n}, 2);
	for (i = 0; i < n; i++)
		cuts[i] = i + 1;
	expect_body(mode, t, cuts, n);
	for (i = 0; i < 200; i++) {
		for (k = 0, cuts[0] = 0; cuts[k] < n; k++)
			cuts[k + 1] = cuts[k] + 1 + (size_t)random() % (i + 1);
		cuts[k] = n;
		expect_body(mode, t, cuts, k + 1);
	}
}

static void
b04_bodies_relaxed_cut_anywhere(void **state)
{
	size_t i;

	srandom(1);
	for (i = 0; i < LEN(bodies); i++)
		every_split(CANON_RELAXED, &bodies[i]);
}

static void
b04_bodies_simple_cut_anywhere(void **state)
{
	size_t i;

	srandom(2);
	for (i = 0; i < LEN(bodies); i++)
		every_split(CANON_SIMPLE, &bodies[i]);
}

/* What §3.4.4 says, word for word and slowly. */
static void
relaxed_by_the_book(const char *s, size_t n, struct buf *out)
{
	size_t i, end;

	for (i = 0; i < n; i++) {
		if (s[i] != ' ' && s[i] != '\t') {
			buf_addc(out, s[i]);
			continue;
		}
		for (end = i; end < n && (s[end] == ' ' || s[end] == '\t');)
			end++;
		if (end < n && !(end + 1 < n && s[end] == '\r' && s[end + 1] == '\n'))
			buf_addc(out, ' ');
		i = end - 1;
	}
	while (out->len >= 2 && memcmp(out->data + out->len - 2, "\r\n", 2) == 0)
		out->len -= 2;
	if (out->len > 0)
		buf_adds(out, "\r\n");
}

static void
random_bodies_are_as_by_the_book(void **state)
{
	static const char letters[] = "abcdefghij \t\r\n\r\n  ";
	char in[400];
	struct buf want, got;
	size_t round, n, i;

	srandom(3);
	buf_init(&want, 0);
	buf_init(&got, 0);
	for (round = 0; round < 20000; round++) {
		n = (size_t)random() % sizeof(in);
		for (i = 0; i < n; i++)
			in[i] = letters[(size_t)random() % (sizeof(letters) - 1 - round % 8)];
		buf_clear(&want);
		relaxed_by_the_book(in, n, &want);
		i = n > 0 ? (size_t)random() % n : 0;
		canon_pieces(CANON_RELAXED, in, (size_t[]){i, n}, 2, &got);
		assert_int_equal(want.len, got.len);
		assert_string_equal(buf_str(&want), buf_str(&got));
	}
	buf_free(&want);
	buf_free(&got);
}

static void
assert_body_hash(enum canon mode, const char *body, const char *base64)
{
	EVP_MD_CTX *digest = digest_new();
	unsigned char hash[EVP_MAX_MD_SIZE], text[64];
	struct canon_body b;

	assert_non_null(digest);
	canon_body_init(&b, mode, UINT64_MAX, digest_sink, digest);
	canon_body_update(&b, body, strlen(body));
	canon_body_final(&b);
	assert_int_equal(EVP_DigestFinal_ex(digest, hash, NULL), 1);
	EVP_EncodeBlock(text, hash, 32);
	assert_string_equal((char *)text, base64);
	EVP_MD_CTX_free(digest);
}

static void
body_hashes(void **state)
{
	static const char dinner[] =
	    "Hi.\r\n\r\nWe lost the game. Are you hungry yet?\r\n\r\nJoe.\r\n";

	/* B04, and §3.4.3 and §3.4.4 where they tell the hashes of nothing */
	assert_body_hash(CANON_RELAXED, "", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
	assert_body_hash(CANON_RELAXED, " \r\n", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
	assert_body_hash(CANON_SIMPLE, "", "frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=");
	/* RFC 6376 appendix A, RFC 8463 appendix A */
	assert_body_hash(CANON_SIMPLE, dinner, "2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=");
	assert_body_hash(CANON_RELAXED, dinner, "2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=");
}

static void
limits_count_canonical_bytes(void **state)
{
	static const char in[] = "a  b \r\n\r\nc\r\n\r\n";
	static const char relaxed[] = "a b\r\n\r\nc\r\n";
	struct canon_body b;
	struct buf out;
	size_t limit, i;

	buf_init(&out, 0);
	for (limit = 0; limit < 20; limit++) {
		buf_clear(&out);
		canon_body_init(&b, CANON_RELAXED, limit, collect, &out);
		for (i = 0; i < sizeof(in) - 1; i++)
			canon_body_update(&b, in + i, 1);
		canon_body_final(&b);
		assert_int_equal(b.out, sizeof(relaxed) - 1);
		assert_int_equal(out.len, limit < b.out ? limit : b.out);
		assert_memory_equal(buf_str(&out), relaxed, out.len);
	}
	buf_free(&out);
}

struct tally {
	uint64_t bytes, calls;
};

static void
count(void *ctx, const void *bytes, size_t n)
{
	struct tally *t = ctx;

	t->bytes += n;
	t->calls++;
}

/* Six megabytes that may be the end; nothing but counters may keep them. */
static void
long_ends_take_no_memory(void **state)
{
	static char spaces[65536], lines[65536];
	struct tally t = {0};
	struct canon_body b;
	size_t i;

	memset(spaces, ' ', sizeof(spaces));
	for (i = 0; i < sizeof(lines); i += 2)
		memcpy(lines + i, "\r\n", 2);
	canon_body_init(&b, CANON_RELAXED, UINT64_MAX, count, &t);
	for (i = 0; i < 100; i++)
		canon_body_update(&b, spaces, sizeof(spaces));
	for (i = 0; i < 100; i++)
		canon_body_update(&b, lines, sizeof(lines));
	assert_int_equal(t.calls, 0);
	canon_body_update(&b, "a", 1);
	assert_int_equal(t.bytes, 100 * sizeof(lines) + 1);
	canon_body_final(&b);
	assert_int_equal(b.out, 100 * sizeof(lines) + 3);
}

static void
text_goes_through_in_long_runs(void **state)
{
	struct tally t = {0};
	struct canon_body b;
	struct buf text;
	int i;

	buf_init(&text, 0);
	for (i = 0; i < 800; i++)
		buf_adds(&text, WORDS "\r\n");
	canon_body_init(&b, CANON_RELAXED, UINT64_MAX, count, &t);
	canon_body_update(&b, text.data, text.len);
	canon_body_final(&b);
	assert_int_equal(t.bytes, text.len);
	assert_true(t.calls <= 2);
	buf_free(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(header_fields),
	    cmocka_unit_test(header_field_of_a_megabyte),
	    cmocka_unit_test(b04_bodies_relaxed_cut_anywhere),
	    cmocka_unit_test(b04_bodies_simple_cut_anywhere),
	    cmocka_unit_test(random_bodies_are_as_by_the_book),
	    cmocka_unit_test(body_hashes),
	    cmocka_unit_test(limits_count_canonical_bytes),
	    cmocka_unit_test(long_ends_take_no_memory),
	    cmocka_unit_test(text_goes_through_in_long_runs),
	};

	return cmocka_run_group_tests_name("canon", tests, NULL, NULL);
}
