#include "progress.h"

#include <stdbool.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define EVERY 200 /* milliseconds */

static bool shown;
static long long next;

static long long
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void
progress_show(const char *what, size_t done, size_t of)
{
	if (next == 0)
		next = now() + EVERY;
	if (now() < next || !isatty(STDERR_FILENO))
		return;
	next = now() + EVERY;
	shown = true;
	if (of > 0)
		fprintf(stderr, "\r\033[K%s: %zu of %zu", what, done, of);
	else
		fprintf(stderr, "\r\033[K%s: %zu", what, done);
}

void
progress_end(void)
{
	if (shown)
		fputs("\r\033[K", stderr);
	shown = false;
	next = 0;
}
