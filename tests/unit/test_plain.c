/* mail/plain: which messages need no look into their parts. */
#include "unit.h"

#include <string.h>

#include "mail/plain.h"

struct row {
	const char *message;
	bool cannot_carry;
	size_t len; /* 0: its strlen */
};

static bool
cannot_carry(const struct row *r, size_t piece)
{
	size_t len = r->len != 0 ? r->len : strlen(r->message), body, i;
	struct arena mem;
	struct header h;
	struct plain p;
	bool answer;

	arena_init(&mem, 0);
	header_init(&h, &mem, 0, 0);
	header_parse(&h, r->message, len, &body);
	plain_begin(&p, &h);
	for (i = body; i < len; i += piece)
		plain_body(&p, r->message + i, len - i < piece ? len - i : piece);
	answer = plain_cannot_carry(&p);
	header_free(&h);
	arena_free(&mem);
	return answer;
}

static void
run_all(const struct row *t, size_t n)
{
	size_t i, piece;

	for (i = 0; i < n; i++)
		for (piece = 1; piece < 200; piece += 50)
			if (cannot_carry(&t[i], piece) != t[i].cannot_carry)
				fail_msg("row %zu in pieces of %zu: %s", i, piece, t[i].message);
}

#define RUN_ALL(t) run_all(t, sizeof(t) / sizeof((t)[0]))
#define QP "Content-Transfer-Encoding: quoted-printable\r\n\r\n"

static void
headers(void **state)
{
	static const struct row t[] = {
	    {"", true, 0},
	    {"Subject: x\r\n\r\nHello\r\n", true, 0},
	    {"Content-Type: text/plain\r\n\r\nHello\r\n", true, 0},
	    {"Content-Type: TEXT/plain; charset=\"utf-8\";\r\n\tformat=flowed; delsp=yes\r\n"
	     "Content-Transfer-Encoding: 8bit\r\nContent-Disposition: inline\r\n\r\nHello\r\n",
		true, 0},
	    {QP "a=3Db=\r\nc\r\n", true, 0},
	    {"Content-Type: text/html\r\n\r\nHello\r\n", false, 0},
	    {"Content-Type: text/plain; name=a.exe\r\n\r\nHello\r\n", false, 0},
	    {"Content-Type: text/plain; charset*0=a\r\n\r\nHello\r\n", false, 0},
	    {"Content-Type: text/plain; charset=a; charset=b\r\n\r\nHello\r\n", false, 0},
	    {"Content-Type: text/plain; charset=\"a\\b\"\r\n\r\nHello\r\n", false, 0},
	    {"Content-Type: text/plain (x)\r\n\r\nHello\r\n", false, 0},
	    {"Content-Type: text/plain; boundary=b\r\n\r\nHello\r\n", false, 0},
	    {"Content-Type: text/plain\r\nContent-Type: text/plain\r\n\r\nHello\r\n", false, 0},
	    {"Content-Type : text/plain\r\n\r\nHello\r\n", false, 0},
	    {"Content_Type: text/plain\r\n\r\nHello\r\n", false, 0},
	    {"Content-Transfer-Encoding: base64\r\n\r\nSGVsbG8=\r\n", false, 0},
	    {"Content-Transfer-Encoding: 8bit (x)\r\n\r\nHello\r\n", false, 0},
	    {"Content-Disposition: attachment\r\n\r\nHello\r\n", false, 0},
	    {"Content-Disposition: inline; filename=a.exe\r\n\r\nHello\r\n", false, 0},
	    {"Subject: x\r\n \r\nHello\r\n", false, 0},
	    {"Subject: a\rb\r\n\r\nHello\r\n", false, 0},
	    {"Subject: a\0b\r\n\r\nHello\r\n", false, 23},
	    {"Subject :x\r\n\r\nHello\r\n", false, 0},
	};

	RUN_ALL(t);
}

static void
bodies(void **state)
{
	static const struct row t[] = {
	    {"\r\nbegin 644 a.exe\r\n#0V%T\r\n`\r\nend\r\n", false, 0},
	    {"\r\n  begin 644 a.exe\r\n", false, 0},
	    {"\r\nHello\rbegin 644 a.exe\r\n", false, 0},
	    {"\r\nbegin-base64 644 a.exe\r\n", false, 0},
	    {"\r\n=ybegin line=128 size=3 name=a.exe\r\n", false, 0},
	    {"\r\n(This file must be converted with BinHex 4.0)\r\n", false, 0},
	    {"\r\nHere: (This file must be converted with BinHex 4.0)\r\n\r\n:\r\n", false, 0},
	    {"\r\n:$f*TEQKPH!\r\n", false, 0},
	    {"\r\nHere: this\r\n", true, 0},
	    {"\r\nbeginning and end\r\n", true, 0},
	    {"\r\nit must begin 644 times\r\n", true, 0},
	    {"\r\n--b\r\nContent-Type: application/zip\r\n", false, 0},
	    {"\r\n>  content-disposition: attachment\r\n", false, 0},
	    {"\r\nThe Content-Type is wrong\r\n", true, 0},
	    {"\r\na\0b\r\n", false, 7},
	    {QP "beg=69n 644 a.exe\r\n", false, 0},
	    {QP "be=\r\ngin 644 a.exe\r\n", false, 0},
	    {QP "x=0D=0Abegin 644 a.exe\r\n", false, 0},
	    {QP "a long line of more than thirty-two bytes, and then=0Abegin 644 a.exe\r\n", false,
		0},
	    {QP "a=ZZ\r\n", false, 0},
	    {QP "a= \r\n", false, 0},
	    {QP "a=00\r\n", false, 0},
	    {"\r\nbeg=69n 644 a.exe\r\n", true, 0},
	};

	RUN_ALL(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(headers),
	    cmocka_unit_test(bodies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
