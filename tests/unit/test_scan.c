/* filter/result, filter/outcome, filter/clamd_reply, base/clean; names of rules and of their
 * options. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/clean.h"
#include "conf/option.h"
#include "filter/clamd_reply.h"
#include "filter/outcome.h"
#include "filter/result.h"

/* ---- result ---- */

static struct arena mem;

static int
setup(void **state)
{
	arena_init(&mem, 0);
	return 0;
}

static int
teardown(void **state)
{
	arena_free(&mem);
	return 0;
}

static struct scan
sample(void)
{
	static struct scan_part parts[] = {
	    {-1, "", "multipart/mixed", "", 0, 0},
	    {0, "a.zip", "application/zip", "application/zip", 1000, 0},
	    {1, "run.exe", "", "application/x-dosexec", 5000, 0},
	};
	static struct scan_finding findings[] = {
	    {RULE_EXECUTABLE, 2, "a.zip/run.exe", "a Windows program"},
	    {RULE_MIME_AMBIGUITY, 0, "the message", "doubled_field"},
	};
	struct scan s = {.report = {parts, 3, findings, 2, 7}};

	return s;
}

static void
write_and_parse(const struct scan *s, const unsigned char (*hashes)[RESULT_HASH], struct buf *bytes,
    struct scan_result *r)
{
	buf_init(bytes, RESULT_MAX);
	result_write(s, hashes, bytes);
	assert_false(bytes->failed);
	assert_true(result_parse(bytes->data, bytes->len, &mem, r));
}

static void
comes_back_as_it_was(void **state)
{
	static const unsigned char hashes[3][RESULT_HASH] = {{1}, {2}, {3}};
	struct scan s = sample();
	struct scan_result r;
	struct buf b;
	size_t i;

	write_and_parse(&s, hashes, &b, &r);
	assert_int_equal(r.report.nparts, 3);
	for (i = 0; i < 3; i++) {
		assert_int_equal(r.report.parts[i].parent, s.report.parts[i].parent);
		assert_int_equal(r.report.parts[i].size, s.report.parts[i].size);
		assert_string_equal(r.report.parts[i].name, s.report.parts[i].name);
		assert_string_equal(r.report.parts[i].declared, s.report.parts[i].declared);
		assert_string_equal(r.report.parts[i].found, s.report.parts[i].found);
		assert_memory_equal(r.hashes[i], hashes[i], RESULT_HASH);
	}
	assert_int_equal(r.report.nfindings, 2);
	assert_int_equal(r.report.findings[0].rule, RULE_EXECUTABLE);
	assert_int_equal(r.report.findings[0].part, 2);
	assert_string_equal(r.report.findings[0].name, "a.zip/run.exe");
	assert_string_equal(r.report.findings[1].reason, "doubled_field");
	assert_int_equal(r.report.more, 7);
	assert_int_equal(r.more_parts, 0);
	assert_false(r.incomplete);
	buf_free(&b);
}

static void
no_memory_is_told(void **state)
{
	struct scan s = sample();
	struct scan_result r;
	struct buf b;

	s.no_memory = true;
	write_and_parse(&s, NULL, &b, &r);
	assert_true(r.incomplete);
	assert_null(r.hashes);
	buf_free(&b);
}

static void
large_reports_are_cut(void **state)
{
	static struct scan_part parts[5000];
	static struct scan_finding findings[400];
	struct scan s = {.report = {parts, 5000, findings, 400, 0}};
	struct scan_result r;
	char text[2000];
	struct buf b;
	size_t i;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	for (i = 0; i < 5000; i++)
		parts[i] = (struct scan_part){(int)i - 1, text, text, "", i, 0};
	for (i = 0; i < 400; i++)
		findings[i] =
		    (struct scan_finding){RULE_SCRIPT, 4600 + (unsigned)i, text, "why \xff\xfe"};
	write_and_parse(&s, NULL, &b, &r);
	assert_true(b.len <= RESULT_MAX);
	assert_true(r.report.nparts > 20);
	assert_int_equal(r.report.nparts + r.more_parts, 5000);
	assert_true(r.report.nfindings > 100);
	assert_int_equal(r.report.nfindings + r.report.more, 400);
	assert_int_equal(strlen(r.report.parts[0].name), RESULT_TEXT);
	/* about the nearest part that is told */
	assert_int_equal(r.report.findings[0].part, r.report.nparts - 1);
	assert_string_equal(r.report.findings[0].reason, "why \xef\xbf\xbd\xef\xbf\xbd");
	buf_free(&b);
}

/* Any byte cut off, added or turned: refused, or another valid result; never anything else. */
static void
damage_is_refused(void **state)
{
	struct scan s = sample();
	struct scan_result r;
	struct buf b;
	size_t i, refused = 0;
	int bit;

	write_and_parse(&s, NULL, &b, &r);
	for (i = 0; i < b.len; i++)
		assert_false(result_parse(b.data, i, &mem, &r));
	for (i = 0; i < b.len; i++)
		for (bit = 0; bit < 8; bit++) {
			b.data[i] ^= (char)(1 << bit);
			if (!result_parse(b.data, b.len, &mem, &r))
				refused++;
			b.data[i] ^= (char)(1 << bit);
		}
	assert_true(refused > 400);
	buf_addc(&b, '\0');
	assert_false(result_parse(b.data, b.len, &mem, &r));
	buf_free(&b);
}

/* Offsets as result.c has them: head of 32 bytes, parts of 16 and three texts. */
static void
lies_are_refused(void **state)
{
	static const struct {
		size_t at;
		uint32_t value;
	} lies[] = {
	    {0, 0},	      /* magic */
	    {4, 8},	      /* unknown flag */
	    {8, 4},	      /* more parts than there are */
	    {8, 0xffffffff},  /* far more */
	    {12, 3},	      /* more findings */
	    {12, 0x7fffffff}, /* far more */
	    {20, 1},	      /* more_parts over 32 bits */
	    {32, 0},	      /* the first part within itself */
	    {32, 1},	      /* within a later one */
	    {32, 0xfffffffe}, /* within none that can be */
	    {36, 1},	      /* reserved */
	};
	struct scan s = sample();
	struct scan_result r;
	struct buf b;
	uint32_t was;
	size_t i;

	write_and_parse(&s, NULL, &b, &r);
	for (i = 0; i < sizeof(lies) / sizeof(*lies); i++) {
		memcpy(&was, b.data + lies[i].at, sizeof(was));
		memcpy(b.data + lies[i].at, &lies[i].value, sizeof(was));
		if (result_parse(b.data, b.len, &mem, &r))
			fail_msg("lie %zu was believed", i);
		memcpy(b.data + lies[i].at, &was, sizeof(was));
	}
	assert_true(result_parse(b.data, b.len, &mem, &r));
	buf_free(&b);
}

/* ---- outcome ---- */

static void
strongest_wins(void **state)
{
	struct scan s = sample();
	struct outcome_rules rules;
	struct outcome o;
	const struct scan_result r = {.report = {s.report.parts, 3, s.report.findings, 2, 0}};

	outcome_rules_default(&rules);
	rules.action[RULE_EXECUTABLE] = SCAN_MARK;
	rules.action[RULE_MIME_AMBIGUITY] = SCAN_REJECT;
	outcome_begin(&o);
	assert_int_equal(o.action, SCAN_OFF);
	assert_int_equal(o.finding.rule, RULE_COUNT);
	outcome_add_result(&o, &rules, &r);
	assert_int_equal(o.action, SCAN_REJECT);
	assert_int_equal(o.finding.rule, RULE_MIME_AMBIGUITY);
	rules.action[RULE_MIME_AMBIGUITY] = SCAN_OFF;
	outcome_begin(&o);
	outcome_add_result(&o, &rules, &r);
	assert_int_equal(o.action, SCAN_MARK);
	assert_string_equal(o.finding.name, "a.zip/run.exe");
}

/* A rule in dry run does nothing, but says what it would have done beyond what is done. */
static void
dry_run_says_and_does_not(void **state)
{
	static const struct {
		bool dry[2]; /* executable (reject), ambiguity (hold) */
		enum scan_action action, would;
		enum scan_rule rule, would_rule;
	} cases[] = {
	    {{false, false}, SCAN_REJECT, SCAN_OFF, RULE_EXECUTABLE, RULE_COUNT},
	    {{true, false}, SCAN_HOLD, SCAN_REJECT, RULE_MIME_AMBIGUITY, RULE_EXECUTABLE},
	    {{false, true}, SCAN_REJECT, SCAN_OFF, RULE_EXECUTABLE, RULE_COUNT},
	    {{true, true}, SCAN_OFF, SCAN_REJECT, RULE_COUNT, RULE_EXECUTABLE},
	};
	struct scan s = sample();
	const struct scan_result r = {.report = {s.report.parts, 3, s.report.findings, 2, 0}};
	struct outcome_rules rules;
	struct outcome o;
	size_t i;

	outcome_rules_default(&rules);
	rules.action[RULE_EXECUTABLE] = SCAN_REJECT;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		rules.dry_run[RULE_EXECUTABLE] = cases[i].dry[0];
		rules.dry_run[RULE_MIME_AMBIGUITY] = cases[i].dry[1];
		outcome_begin(&o);
		outcome_add_result(&o, &rules, &r);
		assert_int_equal(o.action, cases[i].action);
		assert_int_equal(o.would, cases[i].would);
		assert_int_equal(o.finding.rule, cases[i].rule);
		if (o.would != SCAN_OFF)
			assert_int_equal(o.would_finding.rule, cases[i].would_rule);
	}
}

static void
untold_findings_count(void **state)
{
	struct outcome_rules rules;
	struct outcome o;
	const struct scan_result more = {.report = {.more = 1}}, cut = {.incomplete = true};

	outcome_rules_default(&rules);
	outcome_begin(&o);
	outcome_add_result(&o, &rules, &more);
	assert_int_equal(o.action, SCAN_HOLD);
	assert_int_equal(o.finding.rule, RULE_LIMIT);
	outcome_begin(&o);
	outcome_add_result(&o, &rules, &cut);
	assert_int_equal(o.finding.rule, RULE_SCAN_FAILURE);
}

/* The archive's hash covers what lies within it, not what lies around it. */
static void
hashes_exempt(void **state)
{
	static const unsigned char hashes[3][RESULT_HASH] = {{1}, {2}, {3}};
	struct scan s = sample();
	const struct scan_result r = {
	    .report = {s.report.parts, 3, s.report.findings, 1, 0}, .hashes = hashes};
	struct outcome_rules rules;
	struct outcome o;
	size_t i;

	for (i = 0; i < 4; i++) {
		outcome_rules_default(&rules);
		rules.exempt = i < 3 ? &hashes[i] : NULL;
		rules.nexempt = i < 3;
		outcome_begin(&o);
		outcome_add_result(&o, &rules, &r);
		assert_int_equal(o.action, i < 3 ? SCAN_OFF : SCAN_HOLD);
	}
	rules.exempt = &hashes[2];
	rules.nexempt = 1;
	s.report.findings[0].part = 1;
	outcome_begin(&o);
	outcome_add_result(&o, &rules, &r);
	s.report.findings[0].part = 2;
	assert_int_equal(o.action, SCAN_HOLD);
}

/* ---- rules and options ---- */

static void
every_rule_has_its_option(void **state)
{
	char name[80];
	const struct option *o;
	unsigned i;

	assert_int_equal(CONF_RULES, RULE_COUNT);
	for (i = 0; i < RULE_COUNT; i++) {
		snprintf(name, sizeof(name), "on_%s", scan_rule_name((enum scan_rule)i));
		o = option_find(name, strlen(name));
		assert_non_null(o);
		assert_int_equal(o->field, offsetof(struct conf, on_rule[i]));
		assert_string_equal(
		    o->defaults[0], scan_action_name(scan_rule_default((enum scan_rule)i)));
		assert_string_equal(o->words[SCAN_DISCARD], scan_action_name(SCAN_DISCARD));
		assert_int_equal(scan_rule_find(scan_rule_name((enum scan_rule)i)), i);
	}
}

/* ---- clamd ---- */

static void
clamd_replies(void **state)
{
	static const struct {
		const char *reply;
		enum clamd_said said;
		const char *text;
	} t[] = {
	    {"stream: OK", CLAMD_CLEAN, ""},
	    {"fd[7]: OK", CLAMD_CLEAN, ""},
	    {"stream: Eicar-Signature FOUND", CLAMD_INFECTED, "Eicar-Signature"},
	    {"fd[12]: Win.Test.EICAR_HDB-1 FOUND", CLAMD_INFECTED, "Win.Test.EICAR_HDB-1"},
	    {"stream: A(0123:4) FOUND", CLAMD_INFECTED, "A(0123:4)"},
	    {"INSTREAM size limit exceeded. ERROR", CLAMD_TOO_LARGE,
		"INSTREAM size limit exceeded."},
	    {"stream: Can't allocate memory ERROR", CLAMD_ERROR, "Can't allocate memory"},
	    {"No file descriptor received. ERROR", CLAMD_ERROR, "No file descriptor received."},
	    {"", CLAMD_NONSENSE, ""},
	    {"OK", CLAMD_NONSENSE, ""},
	    {"stream: ", CLAMD_NONSENSE, ""},
	    {"stream: ok", CLAMD_NONSENSE, ""},
	    {"stream: OK ", CLAMD_NONSENSE, ""},
	    {" stream: OK", CLAMD_NONSENSE, ""},
	    {"stream: FOUND", CLAMD_NONSENSE, ""},
	    {"stream:  FOUND", CLAMD_NONSENSE, ""},
	    {"fd[]: OK", CLAMD_NONSENSE, ""},
	    {"fd[1x]: OK", CLAMD_NONSENSE, ""},
	    {"fd[123456789012]: OK", CLAMD_NONSENSE, ""},
	    {"stream: OK\n", CLAMD_NONSENSE, ""},
	    {"stream: X\x1b[2J FOUND", CLAMD_NONSENSE, ""},
	    {"UNKNOWN COMMAND", CLAMD_NONSENSE, ""},
	};
	struct clamd_reply r;
	char text[2000];
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(*t); i++) {
		clamd_reply_parse(t[i].reply, strlen(t[i].reply), &r);
		if (r.said != t[i].said || strcmp(r.text, t[i].text) != 0)
			fail_msg("\"%s\": %d \"%s\"", t[i].reply, r.said, r.text);
	}
	memset(text, 'x', sizeof(text));
	memcpy(text, "stream: ", 8);
	memcpy(text + 1000, " FOUND", 6);
	clamd_reply_parse(text, 1006, &r);
	assert_int_equal(r.said, CLAMD_INFECTED);
	assert_int_equal(strlen(r.text), CLAMD_NAME_MAX - 1);
	clamd_reply_parse(text, sizeof(text), &r);
	assert_int_equal(r.said, CLAMD_NONSENSE);
}

/* ---- clean ---- */

static void
clean_texts(void **state)
{
	static const struct {
		const char *text, *terminal, *reply;
	} t[] = {
	    {"plain 100%", "plain 100%", "plain 100?"},
	    {"a\nb\x1b[2J", "a\\u{000a}b\\u{001b}[2J", "a?b?[2J"},
	    {"gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f", "gr??"},
	    {"\xe2\x80\xaegpj.exe", "\\u{202e}gpj.exe", "?gpj.exe"},
	    {"\xff\xc3", "\\x{ff}\\x{c3}", "??"},
	    {"\xc2\x9b"
	     "31m",
		"\\u{009b}31m", "?31m"},
	    {"\xf3\xa0\x81\x81", "\\u{e0041}", "?"},
	    {"\xef\xbb\xbf\xe2\x81\xa6", "\\u{feff}\\u{2066}", "??"},
	};
	struct buf b;
	size_t i;

	buf_init(&b, 0);
	for (i = 0; i < sizeof(t) / sizeof(*t); i++) {
		buf_clear(&b);
		clean_for_terminal(&b, t[i].text);
		assert_string_equal(buf_str(&b), t[i].terminal);
		buf_clear(&b);
		clean_for_reply(&b, t[i].text);
		assert_string_equal(buf_str(&b), t[i].reply);
	}
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(comes_back_as_it_was),
	    cmocka_unit_test(no_memory_is_told),
	    cmocka_unit_test(large_reports_are_cut),
	    cmocka_unit_test(damage_is_refused),
	    cmocka_unit_test(lies_are_refused),
	    cmocka_unit_test(strongest_wins),
	    cmocka_unit_test(dry_run_says_and_does_not),
	    cmocka_unit_test(untold_findings_count),
	    cmocka_unit_test(hashes_exempt),
	    cmocka_unit_test(every_rule_has_its_option),
	    cmocka_unit_test(clamd_replies),
	    cmocka_unit_test(clean_texts),
	};

	return cmocka_run_group_tests_name("scan", tests, setup, teardown);
}
