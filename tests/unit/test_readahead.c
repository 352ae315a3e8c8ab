/* daemon/readahead: what libmilter's poll(2), read(2) and close(2) see of a connection. */
#undef _FORTIFY_SOURCE /* read() itself is what this is about, not its checked form */
#include "unit.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/readahead.h"

struct pair {
	int mta, milter;
};

static struct pair
pair_new(void)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	readahead_begin(fds[1], READAHEAD_LOCAL);
	return (struct pair){fds[0], fds[1]};
}

static void
pair_close(struct pair p)
{
	close(p.mta);
	close(p.milter);
}

static void
mta_says(struct pair p, const void *bytes, size_t n)
{
	assert_int_equal(send(p.mta, bytes, n, 0), n);
}

static void
expect_read(struct pair p, size_t ask, const char *want)
{
	char got[64];

	assert_true(ask <= sizeof(got));
	assert_int_equal(read(p.milter, got, ask), strlen(want));
	assert_memory_equal(got, want, strlen(want));
}

/* What poll(2) says at once; libmilter asks for POLLPRI too. */
static int
ready(int fd, short events)
{
	struct pollfd p = {.fd = fd, .events = events};
	int n = poll(&p, 1, 0);

	assert_in_range(n, 0, 1);
	return n == 0 ? 0 : p.revents;
}

static int
in_kernel(int fd)
{
	int n = -1;

	assert_int_equal(ioctl(fd, FIONREAD, &n), 0);
	return n;
}

static void
reads_in_small_pieces(void **state)
{
	struct pair p = pair_new();

	assert_int_equal(ready(p.milter, POLLIN | POLLPRI), 0);
	mta_says(p, "abcdefgh", 8);
	assert_int_equal(ready(p.milter, POLLIN | POLLPRI), POLLIN);
	expect_read(p, 3, "abc");
	assert_int_equal(in_kernel(p.milter), 0);
	assert_int_equal(ready(p.milter, POLLIN | POLLPRI), POLLIN);
	mta_says(p, "ij", 2);
	expect_read(p, 10, "defgh");
	assert_int_equal(ready(p.milter, POLLIN), POLLIN);
	expect_read(p, 10, "ij");
	assert_int_equal(ready(p.milter, POLLIN), 0);
	assert_int_equal(ready(p.milter, POLLIN), 0);
	pair_close(p);
}

static void
reads_large_pieces(void **state)
{
	static char sent[100000], got[100000];
	struct pair p = pair_new();
	size_t at = 0, i;
	ssize_t n;

	for (i = 0; i < sizeof(sent); i++)
		sent[i] = (char)(i * 31 % 251);
	mta_says(p, sent, sizeof(sent));
	assert_int_equal(read(p.milter, got, 5), 5);
	for (at = 5; at < sizeof(got); at += (size_t)n) {
		assert_int_equal(ready(p.milter, POLLIN) & POLLIN, POLLIN);
		n = read(p.milter, got + at, sizeof(got) - at);
		assert_true(n > 0);
	}
	assert_memory_equal(got, sent, sizeof(sent));
	assert_int_equal(ready(p.milter, POLLIN), 0);
	pair_close(p);
}

static void
sees_the_end(void **state)
{
	struct pair p = pair_new();
	char c[4];

	mta_says(p, "xyz", 3);
	close(p.mta);
	expect_read(p, 2, "xy");
	assert_int_equal(ready(p.milter, POLLIN), POLLIN);
	expect_read(p, 4, "z");
	assert_true((ready(p.milter, POLLIN) & POLLIN) != 0);
	assert_int_equal(read(p.milter, c, sizeof(c)), 0);
	assert_int_equal(read(p.milter, c, sizeof(c)), 0);
	assert_int_equal(close(p.milter), 0);
	assert_int_equal(close(p.milter), -1);
	assert_int_equal(errno, EBADF);
}

/* Whether it can be written to is not for memory to say. */
static void
asks_the_kernel_about_writing(void **state)
{
	struct pair p = pair_new();

	assert_int_equal(ready(p.milter, POLLOUT), POLLOUT);
	mta_says(p, "abc", 3);
	expect_read(p, 1, "a");
	assert_int_equal(ready(p.milter, POLLOUT), POLLOUT);
	expect_read(p, 2, "bc");
	pair_close(p);
}

/* What was left of a connection must not be read from the next one of that number. */
static void
forgets_with_close(void **state)
{
	struct pair p = pair_new();
	int fds[2];

	mta_says(p, "stale", 5);
	expect_read(p, 1, "s");
	assert_int_equal(close(p.milter), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	assert_true(fds[0] == p.milter || fds[1] == p.milter);
	assert_int_equal(ready(p.milter, POLLIN), 0);
	assert_int_equal(send(fds[fds[0] == p.milter], "new", 3, 0), 3);
	expect_read(p, 5, "new");
	close(p.mta);
	close(fds[0]);
	close(fds[1]);
}

/* A connection is never its predecessor, even where that one was not closed by close(2). */
static void
begins_empty(void **state)
{
	struct pair p = pair_new();

	mta_says(p, "stale", 5);
	expect_read(p, 1, "s");
	readahead_begin(p.milter, READAHEAD_LOCAL);
	assert_int_equal(ready(p.milter, POLLIN), 0);
	pair_close(p);
}

static void
leaves_others_alone(void **state)
{
	struct pollfd none = {.fd = -1, .events = POLLIN};
	int fds[2];
	char c[2];

	assert_int_equal(pipe(fds), 0);
	assert_int_equal(ready(fds[0], POLLIN), 0);
	assert_int_equal(write(fds[1], "ab", 2), 2);
	assert_int_equal(read(fds[0], c, 1), 1);
	assert_int_equal(in_kernel(fds[0]), 1);
	assert_int_equal(ready(fds[0], POLLIN), POLLIN);
	close(fds[0]);
	close(fds[1]);
	assert_int_equal(read(-1, c, 1), -1);
	assert_int_equal(errno, EBADF);
	assert_int_equal(poll(&none, 1, 0), 0);
	readahead_begin(-1, READAHEAD_LOCAL);
	assert_int_equal(close(-1), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_in_small_pieces),
	    cmocka_unit_test(reads_large_pieces),
	    cmocka_unit_test(sees_the_end),
	    cmocka_unit_test(asks_the_kernel_about_writing),
	    cmocka_unit_test(forgets_with_close),
	    cmocka_unit_test(begins_empty),
	    cmocka_unit_test(leaves_others_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
