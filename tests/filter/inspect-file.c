/*
 * Looks into files as the attachment filter does, and writes what it found as
 * one line of JSON for each.
 *
 * usage: inspect-file [-b] [-n name] [-t type] [-w name] file...
 *   -b  text of an ordinary message, shown in place
 *   -n  the name that the attachment has; may be given several times
 *   -t  a media type that is declared
 *   -w  the file is a member of that name within an archive
 *
 * usage: inspect-file -s
 *   takes such command lines on standard input, and writes an empty line behind
 *   each one's output: the libraries take a tenth of a second to start
 */
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/json.h"
#include "filter/inspect.h"

#define MAX_NAMES 8
#define MAX_WORDS 1000

struct options {
	bool in_place;
	const char *names[MAX_NAMES];
	size_t nnames;
	const char *type;
	const char *within;
};

static bool
read_file(const char *path, struct buf *out)
{
	FILE *f = fopen(path, "rb");
	char piece[65536];
	size_t n;

	if (f == NULL)
		return false;
	while ((n = fread(piece, 1, sizeof(piece), f)) > 0)
		buf_add(out, piece, n);
	fclose(f);
	return true;
}

static void
write_parts(struct json *j, const struct scan_report *r)
{
	size_t i;

	json_open_array(j, "parts");
	for (i = 0; i < r->nparts; i++) {
		json_open_object(j, NULL);
		json_int(j, "parent", r->parts[i].parent);
		json_str(j, "name", r->parts[i].name);
		json_str(j, "found", r->parts[i].found);
		json_int(j, "size", (int64_t)r->parts[i].size);
		json_close_object(j);
	}
	json_close_array(j);
}

static void
write_findings(struct json *j, const struct scan_report *r)
{
	size_t i;

	json_open_array(j, "findings");
	for (i = 0; i < r->nfindings; i++) {
		json_open_object(j, NULL);
		json_str(j, "rule", scan_rule_name(r->findings[i].rule));
		json_str(j, "name", r->findings[i].name);
		json_str(j, "reason", r->findings[i].reason);
		json_close_object(j);
	}
	json_close_array(j);
}

static void
write_report(const char *path, const struct scan *s, double seconds)
{
	struct rusage u;
	struct buf out;
	struct json j;

	buf_init(&out, 0);
	json_init(&j, &out);
	json_open_object(&j, NULL);
	json_str(&j, "file", path);
	json_int(&j, "microseconds", (int64_t)(seconds * 1e6));
	getrusage(RUSAGE_SELF, &u);
	json_int(&j, "peak_kilobytes", u.ru_maxrss);
	write_findings(&j, &s->report);
	write_parts(&j, &s->report);
	json_close_object(&j);
	puts(buf_str(&out));
	buf_free(&out);
}

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static bool
look_into(const char *path, struct options *o)
{
	struct scan_limits limits = SCAN_LIMITS_DEFAULT;
	struct object part = {.names = o->names,
	    .nnames = o->nnames,
	    .types = &o->type,
	    .ntypes = o->type != NULL,
	    .plain_text = o->in_place};
	struct arena mem;
	struct scan s;
	struct buf content;
	double began;

	buf_init(&content, 0);
	if (!read_file(path, &content)) {
		perror(path);
		return false;
	}
	arena_init(&mem, 0);
	scan_init(&s, &limits, &mem);
	part.bytes = (const unsigned char *)buf_str(&content);
	part.len = content.len;
	began = now();
	if (o->within != NULL)
		inspect_within(&s, &(struct object){0}, o->within, part.bytes, part.len);
	else
		inspect(&s, &part);
	write_report(path, &s, now() - began);
	scan_free(&s);
	arena_free(&mem);
	buf_free(&content);
	return true;
}

static int
run(int argc, char **argv)
{
	struct options o = {0};
	bool all = true;
	int c;

	optind = 0;
	while ((c = getopt(argc, argv, "bn:t:w:")) != -1) {
		if (c == 'b')
			o.in_place = true;
		else if (c == 'n' && o.nnames < MAX_NAMES)
			o.names[o.nnames++] = optarg;
		else if (c == 't')
			o.type = optarg;
		else if (c == 'w')
			o.within = optarg;
		else
			return 2;
	}
	for (; optind < argc; optind++)
		all = look_into(argv[optind], &o) && all;
	return all ? 0 : 1;
}

/* One command line after the other: how many words, then each of them, all with a NUL behind. */
static int
serve(void)
{
	char *words[MAX_WORDS + 1] = {[0] = (char[]){"inspect-file"}}, *count = NULL;
	size_t room = 0;
	int n, i, status = 0;

	while (status == 0 && getdelim(&count, &room, '\0', stdin) > 0) {
		n = atoi(count);
		for (i = 1; i <= n && i < MAX_WORDS; i++) {
			size_t size = 0;

			words[i] = NULL;
			if (getdelim(&words[i], &size, '\0', stdin) <= 0)
				return 2;
		}
		words[i] = NULL;
		status = run(i, words);
		while (--i > 0)
			free(words[i]);
#ifdef __SANITIZE_ADDRESS__
		if (__lsan_do_recoverable_leak_check() != 0)
			return 1;
#endif
		puts("");
		fflush(stdout);
	}
	free(count);
	return status;
}

int
main(int argc, char **argv)
{
	struct buf err;

	buf_init(&err, 0);
	if (!inspect_prepare(&err)) {
		fprintf(stderr, "%s\n", buf_str(&err));
		return 1;
	}
	return argc == 2 && strcmp(argv[1], "-s") == 0 ? serve() : run(argc, argv);
}
