/* commands: what `gatepost hold` reads from the MTA's programs and files, and what it shows. */
#include "unit.h"

#include <string.h>

#include "commands/held.h"
#include "commands/queue_postfix.h"
#include "commands/sendmail_control.h"
#include "commands/terminal.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

static void
set(struct buf *b, const char *s, size_t n)
{
	buf_init(b, 0);
	buf_add(b, s, n);
}

/* ---- terminal ---- */

#define BYTES(s) s, sizeof(s) - 1

static void
hostile_text_is_cleaned(void **state)
{
	static const struct {
		bool utf8;
		size_t max;
		const char *text;
		size_t n;
		const char *want;
		size_t columns;
	} t[] = {
	    {true, 0, BYTES("plain"), "plain", 5},
	    {true, 0, BYTES(""), "", 0},
	    {true, 0, BYTES("a\x1b[31mb\x07\x7f"), "a?[31mb??", 9},
	    {true, 0, BYTES("a\0b"), "a?b", 3},
	    {true, 0, BYTES("a \t\r\n b"), "a b", 3},
	    {true, 0,
		BYTES("\xc2\x9b"
		      "31m"),
		"?31m", 4},					     /* CSI of C1 */
	    {true, 0, BYTES("\xe2\x80\xae\xef\xbb\xbfx"), "??x", 3}, /* U+202E, U+FEFF */
	    {true, 0, BYTES("\xf3\xa0\x81\xa1x"), "?x", 2},	     /* a tag */
	    {true, 0, BYTES("\xff\xc3(\xed\xa0\x80"),
		"\xef\xbf\xbd\xef\xbf\xbd(\xef\xbf\xbd"
		"\xef\xbf\xbd\xef\xbf\xbd",
		6},
	    {true, 0, BYTES("e\xcc\x81"), "e\xcc\x81", 1},
	    {true, 0, BYTES("\xcc\x81x"), "x", 1}, /* nothing to stand on */
	    {true, 0, BYTES("e\xcc\x81\xcc\x81\xcc\x81\xcc\x81x"), "e\xcc\x81\xcc\x81x", 2},
	    {true, 0, BYTES("\xe6\xbc\xa2"), "\xe6\xbc\xa2", 2},
	    {false, 0, BYTES("caf\xc3\xa9 \xff"), "caf? ?", 6},
	    {true, 5, BYTES("12345"), "12345", 5},
	    {true, 5, BYTES("123456"), "1234\xe2\x80\xa6", 5},
	    {false, 5, BYTES("123456"), "1234~", 5},
	    {true, 4, BYTES("\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2"), "\xe6\xbc\xa2\xe2\x80\xa6", 3},
	    {true, 1, BYTES("\xe6\xbc\xa2"), "\xe2\x80\xa6", 1},
	};
	struct terminal term = {0};
	struct buf out;
	size_t i;

	buf_init(&out, 0);
	for (i = 0; i < LEN(t); i++) {
		term.utf8 = t[i].utf8;
		buf_clear(&out);
		assert_int_equal(
		    terminal_clean(&term, t[i].text, t[i].n, t[i].max, &out), t[i].columns);
		assert_string_equal(buf_str(&out), t[i].want);
	}
	buf_clear(&out);
	terminal_column(&term, "ab", 2, 5, &out);
	assert_string_equal(buf_str(&out), "ab   ");
	buf_free(&out);
}

/* ---- why it is held ---- */

static void
the_reason_comes_from_the_topmost_field(void **state)
{
	static const struct {
		const char *header, *rule, *reason, *subject;
	} t[] = {
	    {"X-Gatepost-Policy: hold; rule=a_b; some words\nSubject: s\n", "a_b", "some words",
		"s"},
	    {"X-Gatepost-Policy: hold;\n\trule=a; some\r\n\twords; more\n", "a", "some words; more",
		NULL},
	    {"X-Gatepost-Policy: hold; rule=a; would=reject; would_rule=b (dry run); words\n", "a",
		"words", NULL},
	    {"X-Gatepost-Policy: hold; rule=a; would you believe it\n", "a", "would you believe it",
		NULL},
	    {"X-Gatepost-Policy: hold; rule=a\n", "a", "", NULL},
	    {"X-Gatepost-Policy: hold\n", "", "", NULL},
	    {"X-Gatepost-Policy: mark; rule=a; words\n", "a", "", NULL}, /* held by somebody else */
	    {"X-Gatepost-Policy: hold; rule=a; true\nX-Gatepost-Policy: hold; rule=b; forged\n",
		"a", "true", NULL},
	    {"x-gatepost-policy: hold; rule=a; why\nSubject:\n", "a", "why", ""},
	    {"X-Gatepost-Filter: hold; rule=b; why\n", "b", "why", NULL},
	    {"X-Gatepost-Filter: hold; rule=b; b.exe\nX-Gatepost-Policy: hold; rule=a; why\n",
		"a,b", "why; b.exe", NULL},
	    {"X-Gatepost-Filter: hold; rule=b; b.exe\nX-Gatepost-Policy: mark; rule=a; why\n", "b",
		"b.exe", NULL},
	    {"X-Gatepost-Filter: mark; rule=b; b.exe\nX-Gatepost-Policy: hold; rule=a; why\n", "a",
		"why", NULL},
	    {"X-Gatepost-Filter: hold\nX-Gatepost-Policy: hold; rule=a; why\n", "a", "why", NULL},
	    {"Subject: one\n two\n\n X-Gatepost-Policy: hold; rule=body; body\n", "", "",
		"one two"},
	    {"", "", "", NULL},
	};
	struct held_list l;
	struct held *h;
	struct buf text;
	size_t i;

	held_list_init(&l);
	for (i = 0; i < LEN(t); i++) {
		h = held_list_add(&l, "A1", 2);
		set(&text, t[i].header, strlen(t[i].header));
		held_read_header(&l, h, &text);
		assert_string_equal(h->rule, t[i].rule);
		assert_string_equal(held_reason(h), t[i].reason);
		if (t[i].subject == NULL)
			assert_null(h->subject);
		else
			assert_string_equal(h->subject, t[i].subject);
		buf_free(&text);
	}
	assert_int_equal(l.n, LEN(t));
	held_list_free(&l);
}

static void
lists_are_sorted_and_searched(void **state)
{
	static const struct {
		const char *id;
		int64_t arrived;
	} t[] = {{"C", 30}, {"B", 10}, {"A", 10}, {"D", 5}};
	struct held_list l;
	struct held *h;
	size_t i;

	held_list_init(&l);
	for (i = 0; i < LEN(t); i++) {
		h = held_list_add(&l, t[i].id, 1);
		h->arrived = t[i].arrived;
	}
	held_list_sort(&l);
	assert_string_equal(l.v[0].id, "D");
	assert_string_equal(l.v[1].id, "A");
	assert_string_equal(l.v[2].id, "B");
	assert_string_equal(l.v[3].id, "C");
	assert_ptr_equal(held_find(&l, "B"), &l.v[2]);
	assert_null(held_find(&l, "b"));
	held_list_free(&l);
}

/* ---- Postfix ---- */

#define MESSAGE(queue, id, rest)                                                                   \
	"{\"queue_name\": \"" queue "\", \"queue_id\": \"" id "\", " rest "}"
#define REST                                                                                       \
	"\"arrival_time\": 1795593798, \"message_size\": 306, \"sender\": \"MAILER-DAEMON\", "     \
	"\"recipients\": [{\"address\": \"a@x\"}, {\"address\": \"b\\\"\\u001b@x\", "              \
	"\"delay_reason\": \"x\"}]"

static void
postqueue_is_read(void **state)
{
	static const struct {
		const char *line;
		bool good;
		size_t n;
	} t[] = {
	    {MESSAGE("hold", "4jZBxy3zw3z1bgqp", REST), true, 1},
	    {MESSAGE("hold", "F3D79A8E420", REST), true, 1},
	    {MESSAGE("deferred", "F3D79A8E420", REST), true, 0},
	    {MESSAGE("hold", "ALL", REST), false, 0},
	    {MESSAGE("hold", "../../x", REST), false, 0},
	    {MESSAGE("hold", "A1B2C3 D4", REST), false, 0},
	    {MESSAGE("hold", "A1B2C3\\n", REST), false, 0},
	    {MESSAGE("hold", "A1B2C3\\u0000", REST), true, 1}, /* is A1B2C3 */
	    {MESSAGE("hold", "", REST), false, 0},
	    {"{\"queue_name\": \"hold\"}", false, 0},
	    {"{\"queue_name\": 3, \"queue_id\": \"A1B2C3\"}", false, 0},
	    {"{\"queue_name\": \"hold\", \"queue_id\": \"A1B2C3\", \"recipients\": 1}", true, 1},
	    {"[]", false, 0},
	    {"nonsense", false, 0},
	    {"{\"queue_name\": \"hold\", ", false, 0},
	};
	struct held_list l;
	struct buf line;
	size_t i;

	for (i = 0; i < LEN(t); i++) {
		held_list_init(&l);
		set(&line, t[i].line, strlen(t[i].line));
		assert_int_equal(postfix_read_listing(&l, &line), t[i].good);
		assert_int_equal(l.n, t[i].n);
		held_list_free(&l);
		buf_free(&line);
	}
}

static void
an_envelope_of_postqueue(void **state)
{
	static const char text[] = MESSAGE("hold", "F3D79A8E420", REST);
	static const char raw[] = "{\"queue_name\": \"hold\", \"queue_id\": \"F3D79A8E420\", "
				  "\"sender\": \"caf\xe9@x\", \"recipients\": []}";
	struct held_list l;
	struct buf line;

	held_list_init(&l);
	set(&line, text, strlen(text));
	assert_true(postfix_read_listing(&l, &line));
	assert_string_equal(l.v[0].id, "F3D79A8E420");
	assert_int_equal(l.v[0].arrived, 1795593798);
	assert_int_equal(l.v[0].size, 306);
	assert_string_equal(l.v[0].sender, "");
	assert_int_equal(l.v[0].nrecipients, 2);
	assert_string_equal(l.v[0].recipients[0], "a@x");
	assert_string_equal(l.v[0].recipients[1], "b\"\x1b@x");
	buf_free(&line);
	set(&line, raw, strlen(raw)); /* no UTF-8, and so no JSON */
	assert_true(postfix_read_listing(&l, &line));
	assert_string_equal(l.v[1].sender, "caf\xef\xbf\xbd@x");
	buf_free(&line);
	held_list_free(&l);
}

static void
markers_of_postcat(void **state)
{
	static const struct {
		const char *line, *path; /* NULL: none */
	} t[] = {
	    {"*** MESSAGE CONTENTS hold/4/j/4jZ ***", "hold/4/j/4jZ"},
	    {"*** MESSAGE CONTENTS hold/4jZ ***", "hold/4jZ"},
	    {"*** MESSAGE CONTENTS hold/4jZ *** ", NULL},
	    {"*** MESSAGE CONTENTS hold/4jZ", NULL},
	    {"*** MESSAGE CONTENTS hold/4jZ x ***", NULL},
	    {"*** MESSAGE CONTENTS", NULL},
	    {" *** MESSAGE CONTENTS hold/4jZ ***", NULL},
	    {"*** HEADER EXTRACTED hold/4jZ ***", NULL},
	    {"", NULL},
	    {"***", NULL},
	};
	struct buf path;
	size_t i;

	buf_init(&path, 0);
	for (i = 0; i < LEN(t); i++) {
		assert_int_equal(
		    postfix_read_marker(t[i].line, "MESSAGE CONTENTS", &path), t[i].path != NULL);
		if (t[i].path != NULL)
			assert_string_equal(buf_str(&path), t[i].path);
	}
	buf_free(&path);
}

/* Ids of a real Postfix, and the inodes of their files. */
static void
new_ids_of_postfix(void **state)
{
	static const struct {
		const char *id;
		uint64_t old, new;
		const char *want; /* NULL: the id is not that of the old file */
	} t[] = {
	    {"560BFA88356", 0xA88356, 0xA88358, "560BFA88358"},
	    {"560BFA88356", 0xA88356, 0x1, "560BF1"},
	    {"560BFA88356", 0xA88357, 0xA88358, NULL},
	    {"560BF1", 1, 0xA88358, "560BFA88358"},
	    {"4jZCH829z6z1", 1, 50, "4jZCH829z6zy"},
	    {"4jZCH829z6z1", 1, 51, "4jZCH829z6z10"},
	    {"4jZCH829z6z10", 51, 0, "4jZCH829z6z0"},
	    {"4jZCH829z6z1", 2, 51, NULL},
	    {"", 1, 2, NULL},
	};
	struct buf out;
	size_t i;

	buf_init(&out, QUEUE_ID_MAX - 1);
	for (i = 0; i < LEN(t); i++) {
		assert_int_equal(
		    postfix_new_id(t[i].id, t[i].old, t[i].new, &out), t[i].want != NULL);
		if (t[i].want != NULL)
			assert_string_equal(buf_str(&out), t[i].want);
	}
	buf_free(&out);
}

static void
ids_of_the_mtas(void **state)
{
	static const struct {
		const char *id;
		bool postfix, sendmail;
	} t[] = {
	    {"560BFA88356", true, false},
	    {"4jZCH829z6z1cDtK", true, true},
	    {"6AP84iQb025629", true, true},
	    {"ALL", false, false},
	    {"A1B2", false, false},
	    {"", false, false},
	    {"-H", false, false},
	    {"6AP84iQb02562/", false, false},
	    {"6AP84iQb025629\n", false, false},
	    {"6AP84iQb02562*", false, false},
	    {"6AP84iQb0256296AP84iQb025629", true, false},
	};
	size_t i;

	for (i = 0; i < LEN(t); i++) {
		assert_int_equal(queue_postfix.is_id(t[i].id), t[i].postfix);
		assert_int_equal(queue_sendmail.is_id(t[i].id), t[i].sendmail);
	}
}

/* ---- Sendmail ---- */

#define CONTROL_HEAD "V8\nT1795593884\nK1795593884\nN0\nP60108\nqbad,\n\tvery bad\nF8s\nS<>\n"
#define CONTROL_TAIL                                                                               \
	"H?P?Return-Path: <g>\nH??X-One: 1\nH?D?Date: now\nH??Subject: a\n b\nHOld: style\n"       \
	"H??Quoted: \xff\x81\xff\xff\n.\n"
#define RCPT_A "rRFC822; a@x\nRPFD:<a@x>\n"
#define RCPT_B "Qrfc822;orig\nrRFC822; b@x\nRPFD:<b@x>\n"
#define RCPT_C "Cjoe:1:2:c\nRPFD:c:d@x\n"

static void
a_control_file_is_read(void **state)
{
	static const char text[] = CONTROL_HEAD RCPT_A RCPT_B RCPT_C CONTROL_TAIL;
	struct buf b, out;
	struct held_list l;
	struct held *h;

	set(&b, text, strlen(text));
	buf_init(&out, 0);
	held_list_init(&l);
	h = held_list_add(&l, "6AP84iQb025629", 14);
	assert_true(control_read(&b, &l, h));
	assert_int_equal(h->arrived, 1795593884);
	assert_string_equal(h->sender, "");
	assert_string_equal(h->mta_reason, "bad,\n\tvery bad");
	assert_int_equal(h->nrecipients, 3);
	assert_string_equal(h->recipients[0], "a@x");
	assert_string_equal(h->recipients[1], "b@x");
	assert_string_equal(h->recipients[2], "c:d@x");
	control_header(&b, &out);
	assert_string_equal(buf_str(&out), "X-One: 1\nDate: now\nSubject: a\n b\nOld: style\n"
					   "Quoted: \x81\xff\n");
	held_list_free(&l);
	buf_free(&out);
	buf_free(&b);
}

static void
control_files_that_are_not_whole(void **state)
{
	static const char *const t[] = {"", "\n", "V8\n", "V8\nS<a@x>\nRPFD:<b@x>\n",
	    "R\nR:\nH\nH?\nH??\nS\nq\nT\n", "\n\n \n\t", "H?x", "RPFD:<b@x>"};
	struct held_list l;
	struct buf b, out;
	size_t i;

	held_list_init(&l);
	buf_init(&out, 0);
	for (i = 0; i < LEN(t); i++) {
		set(&b, t[i], strlen(t[i]));
		assert_false(control_read(&b, &l, held_list_add(&l, "x", 1)));
		control_header(&b, &out);
		buf_free(&b);
	}
	buf_free(&out);
	held_list_free(&l);
}

static void
a_control_file_is_split(void **state)
{
	static const struct {
		bool chosen[3];
		const char *kept, *taken;
	} t[] = {
	    {{true, false, false}, CONTROL_HEAD RCPT_B RCPT_C CONTROL_TAIL,
		CONTROL_HEAD RCPT_A "Cjoe:1:2:c\n" CONTROL_TAIL},
	    {{false, true, false}, CONTROL_HEAD RCPT_A RCPT_C CONTROL_TAIL,
		CONTROL_HEAD RCPT_B "Cjoe:1:2:c\n" CONTROL_TAIL},
	    {{true, false, true}, CONTROL_HEAD RCPT_B "Cjoe:1:2:c\n" CONTROL_TAIL,
		CONTROL_HEAD RCPT_A RCPT_C CONTROL_TAIL},
	};
	static const char text[] = CONTROL_HEAD RCPT_A RCPT_B RCPT_C CONTROL_TAIL;
	struct buf b, kept, taken;
	size_t i;

	set(&b, text, strlen(text));
	buf_init(&kept, 0);
	buf_init(&taken, 0);
	for (i = 0; i < LEN(t); i++) {
		buf_clear(&kept);
		buf_clear(&taken);
		assert_true(control_split(&b, t[i].chosen, 3, &kept, &taken));
		assert_string_equal(buf_str(&kept), t[i].kept);
		assert_string_equal(buf_str(&taken), t[i].taken);
	}
	assert_false(control_split(&b, t[0].chosen, 2, &kept, &taken)); /* others than were read */
	b.len -= 2;
	assert_false(control_split(&b, t[0].chosen, 3, &kept, &taken)); /* its end is missing */
	b.len += 2;
	b.data[1] = '9';
	assert_false(control_split(&b, t[0].chosen, 3, &kept, &taken)); /* of another version */
	buf_free(&b);
	buf_free(&kept);
	buf_free(&taken);
}

static void
where_the_data_file_is(void **state)
{
	static const char text[] = "V8\nd/var/spool/mqueue/q2/df\nS<>\n.\n",
			  none[] = "V8\nS<>\n.\nd/x\n";
	struct buf b, out;

	buf_init(&out, 0);
	set(&b, text, strlen(text));
	control_data_folder(&b, &out);
	assert_string_equal(buf_str(&out), "/var/spool/mqueue/q2/df");
	buf_free(&b);
	buf_clear(&out);
	set(&b, none, strlen(none));
	control_data_folder(&b, &out);
	assert_string_equal(buf_str(&out), "");
	buf_free(&b);
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(hostile_text_is_cleaned),
	    cmocka_unit_test(the_reason_comes_from_the_topmost_field),
	    cmocka_unit_test(lists_are_sorted_and_searched),
	    cmocka_unit_test(postqueue_is_read),
	    cmocka_unit_test(an_envelope_of_postqueue),
	    cmocka_unit_test(markers_of_postcat),
	    cmocka_unit_test(new_ids_of_postfix),
	    cmocka_unit_test(ids_of_the_mtas),
	    cmocka_unit_test(a_control_file_is_read),
	    cmocka_unit_test(control_files_that_are_not_whole),
	    cmocka_unit_test(a_control_file_is_split),
	    cmocka_unit_test(where_the_data_file_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
