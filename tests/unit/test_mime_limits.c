/* mail/mime: hostile sizes take bounded time and memory, and are told (CASES B95). */
#include "unit.h"

#include <pthread.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "base/buf.h"
#include "mail/mime.h"

#define SECONDS 60     /* far more than it takes; with sanitizers, on a busy machine */
#define MEGABYTES 4096 /* as well: a sanitizer keeps what is freed for a while */

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

struct result {
	size_t parts, doubts;
	bool limit;
	double seconds;
};

/* The most memory that the process has had so far, the messages themselves included. */
static long
peak_megabytes(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return u.ru_maxrss / 1024;
}

static void
read_with(struct buf *m, const struct mime_limits *limits, struct result *result)
{
	struct mime_reading r;
	struct arena mem;
	double began = now();

	assert_false(m->failed);
	arena_init(&mem, 0);
	mime_read(m->data, m->len, limits, &mem, &r);
	assert_false(r.no_memory);
	*result = (struct result){r.nparts, r.ndoubts, r.limit != NULL, now() - began};
	mime_reading_free(&r);
	arena_free(&mem);
	if (result->seconds > SECONDS)
		fail_msg("%.1f seconds", result->seconds);
	if (peak_megabytes() > MEGABYTES)
		fail_msg("%ld MB", peak_megabytes());
	print_message("# %zu bytes, %zu parts: %.3f s, at most %ld MB so far\n", m->len,
	    result->parts, result->seconds, peak_megabytes());
}

static void
read_it(struct buf *m, struct result *result)
{
	static const struct mime_limits limits = MIME_LIMITS_DEFAULT;

	read_with(m, &limits, result);
}

static void
nest(struct buf *m, unsigned levels, const char *boundary)
{
	unsigned i;

	for (i = 0; i < levels; i++) {
		buf_addf(m, "Content-Type: multipart/mixed; boundary=");
		buf_addf(m, boundary, i);
		buf_adds(m, "\r\n\r\n--");
		buf_addf(m, boundary, i);
		buf_adds(m, "\r\n");
	}
	buf_adds(m, "\r\nHello\r\n");
}

/* Where threads have the small stacks that libmilter's can have. */
static void *
nest_deeply(void *arg)
{
	static const char *const boundaries[] = {"b%u", "b%05u", "b"};
	struct mime_limits deep = MIME_LIMITS_DEFAULT;
	struct result r;
	struct buf m;
	size_t i;

	deep.depth = 20000;
	for (i = 0; i < 3; i++) {
		buf_init(&m, 0);
		nest(&m, 10000, boundaries[i]);
		read_it(&m, &r);
		assert_true(r.limit || i == 2);
		assert_true(r.parts <= 2000);
		read_with(&m, &deep, &r);
		assert_true(r.limit || i == 2);
		buf_free(&m);
	}
	buf_init(&m, 0);
	for (i = 0; i < 10000; i++)
		buf_adds(&m, "Content-Type: message/rfc822\r\n\r\n");
	read_it(&m, &r);
	assert_true(r.limit);
	buf_free(&m);
	return arg;
}

static void
b95_nesting(void **state)
{
	pthread_attr_t attr;
	pthread_t thread;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 256 * 1024);
	assert_int_equal(pthread_create(&thread, &attr, nest_deeply, NULL), 0);
	pthread_join(thread, NULL);
	pthread_attr_destroy(&attr);
}

static void
many_parts(void **state)
{
	struct mime_limits large = MIME_LIMITS_DEFAULT;
	struct result r;
	struct buf m;
	size_t i;

	buf_init(&m, 0);
	buf_adds(&m, "Content-Type: multipart/mixed; boundary=b\r\n\r\n");
	for (i = 0; i < 100000; i++)
		buf_adds(&m, "--b\r\nContent-Type: application/zip; name=a.zip\r\n\r\nx\r\n");
	buf_adds(&m, "--b--\r\n");
	read_it(&m, &r);
	assert_true(r.limit);
	assert_true(r.parts <= 2000);
	large.parts = 200000;
	read_with(&m, &large, &r);
	assert_false(r.limit);
	assert_int_equal(r.parts, 100001);
	buf_free(&m);
}

static void
long_headers(void **state)
{
	static const char *const lines[] = {"X-Field: some text that means nothing\r\n",
	    "Content-Type: text/plain; name=a.txt\r\n",
	    "\tfold; name*0=a; name*1=b; boundary=c\r\n"};
	struct result r;
	struct buf m;
	size_t i, k;

	for (i = 0; i < 3; i++) {
		buf_init(&m, 0);
		buf_adds(&m, "Content-Type: multipart/mixed; boundary=b\r\n");
		for (k = 0; m.len < (size_t)100 << 20; k++)
			buf_adds(&m, lines[i]);
		buf_adds(&m, "\r\n--b\r\n\r\nHello\r\n--b--\r\n");
		read_it(&m, &r);
		assert_true(r.limit);
		buf_free(&m);
	}
}

static void
large_attachments(void **state)
{
	static const char *const lines[] = {
	    "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB\r\n",
	    "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB*-=x\r\n",
	    "--\r--\r--\r--\r--\r--\r--\r--\r--\r--\r--\r--\r--\r--\r--\r--\r--\r--\r--\r"};
	struct result r;
	struct buf m;
	size_t i;

	for (i = 0; i < 3; i++) {
		buf_init(&m, 0);
		buf_adds(&m, "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
			     "Content-Type: application/zip; name=a.zip\r\n"
			     "Content-Transfer-Encoding: base64\r\n\r\n");
		while (m.len < (size_t)50 << 20)
			buf_adds(&m, lines[i]);
		buf_adds(&m, "\r\n--b--\r\n");
		read_it(&m, &r);
		assert_true(i > 0 || !r.limit);
		buf_free(&m);
	}
}

/* What looks like the beginning of a file or a part, on each line of a text and before much of it.
 */
static void
beginnings_in_text(void **state)
{
	static const struct {
		const char *line;
		unsigned lines;
	} t[] = {
	    {"Content-Transfer-Encoding: base64\r\nno field\r\n", 1000},
	    {"Content-Transfer-Encoding: base64\r\nno field\r\n", 400000},
	    {"Content-Type: text/plain\r\n \r\nno field\r\n", 400000},
	    {"Content-Type: text/plain\r \rContent-Disposition: x\r", 400000},
	    {"Content-Type: text/plain\r\n\r\n", 400000},
	    {"begin 644 a\r\nno data\r\n", 400000},
	    {"begin 644 a\r\n#0V%T\r\nno data\r\n", 1500},
	    {"(This file must be converted\r\n", 400000},
	    {"(This file must be converted\r\n:\r\n", 400000},
	    {"=ybegin\r\n", 1500},
	};
	struct result r;
	struct buf m;
	size_t i, k;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		buf_init(&m, 0);
		buf_adds(&m, "Subject: x\r\n\r\n");
		for (k = 0; k < t[i].lines; k++)
			buf_adds(&m, t[i].line);
		buf_adds(&m, "\r\n");
		while (m.len < (size_t)40 << 20)
			buf_adds(&m, "a line of a text that goes on and on\r\n");
		read_it(&m, &r);
		buf_free(&m);
	}
}

/* Each level can be read in several ways, and each way again: an end is made of it. */
static void
puzzles(void **state)
{
	struct result r;
	struct buf m;
	size_t i;

	buf_init(&m, 0);
	for (i = 0; i < 40; i++)
		buf_addf(&m,
		    "X: y\r\n \r\nContent-Type: multipart/mixed; boundary=b%zu; boundary=c%zu\r\n"
		    "Content-Type: multipart/mixed; boundary=d%zu\r\nno field\r\n\r\n"
		    "--b%zu\r\n\r\nx\r\n--c%zu\r\n\r\ny\r\n--d%zu\r\n\r\nz\r\n--B%zu\r\n",
		    i, i, i, i, i, i, i);
	for (i = 0; i < 1000000; i++)
		buf_adds(&m, "begin 644\r\n");
	read_it(&m, &r);
	assert_true(r.limit);
	buf_free(&m);
}

static int
prepare(void **state)
{
	struct buf err;
	bool ok;

	buf_init(&err, 0);
	ok = mime_prepare(&err);
	buf_free(&err);
	return ok ? 0 : -1;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(b95_nesting),
	    cmocka_unit_test(many_parts),
	    cmocka_unit_test(long_headers),
	    cmocka_unit_test(large_attachments),
	    cmocka_unit_test(beginnings_in_text),
	    cmocka_unit_test(puzzles),
	};

	return cmocka_run_group_tests(tests, prepare, NULL);
}
