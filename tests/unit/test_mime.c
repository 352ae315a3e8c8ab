/* mail/mime: the parts of a message in every plausible reading, and what is doubtful. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "mail/mime.h"

/* A message, and what must come of it. */
struct row {
	const char *what;
	const char *message;
	size_t len; /* 0: its strlen */
	/* "name=content" of files, each found in the reading, parted by "|"; a file without a
	 * name is "=content" */
	const char *files;
	const char *doubts; /* those that involve an attachment: exactly these, in a word each */
	const char *other;  /* of the others at least these */
};

#define TOP "MIME-Version: 1.0\r\n"
#define MIXED TOP "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
#define TEXT "--b\r\n\r\nHello\r\n"
/* "run me\n" in base64 */
#define RUN "cnVuIG1lCg==\r\n"
#define EXE                                                                                        \
	"--b\r\nContent-Type: application/octet-stream; name=run.exe\r\n"                          \
	"Content-Transfer-Encoding: base64\r\n\r\n" RUN
#define END "--b--\r\n"

static void
read_row(const struct row *r, struct arena *mem, struct mime_reading *out)
{
	static const struct mime_limits limits = MIME_LIMITS_DEFAULT;

	arena_init(mem, 0);
	mime_read(r->message, r->len != 0 ? r->len : strlen(r->message), &limits, mem, out);
	assert_false(out->no_memory);
}

/* ---- what was found ---- */

static bool
has_name(const struct mime_part *p, const char *name, size_t n)
{
	size_t i;

	if (n == 0)
		return p->nnames == 0;
	for (i = 0; i < p->nnames; i++)
		if (strlen(p->names[i]) == n && memcmp(p->names[i], name, n) == 0)
			return true;
	return false;
}

/* White space at the end of the content does not count. */
static bool
has_content(const struct mime_part *p, const char *s, size_t n)
{
	size_t len = p->len;

	while (len > 0 && strchr(" \r\n", p->bytes[len - 1]) != NULL)
		len--;
	return len == n && memcmp(p->bytes, s, n) == 0;
}

static bool
has_file(const struct mime_reading *r, const char *file, size_t n)
{
	const char *eq = memchr(file, '=', n);
	size_t i, name = (size_t)(eq - file);

	for (i = 0; i < r->nparts; i++)
		if (has_name(&r->parts[i], file, name) &&
		    has_content(&r->parts[i], eq + 1, n - name - 1))
			return true;
	return false;
}

static bool
has_doubt(const struct mime_reading *r, const char *kind, bool attachment)
{
	size_t i;

	for (i = 0; i < r->ndoubts; i++)
		if (strcmp(mime_doubt_name(r->doubts[i].kind), kind) == 0 &&
		    (!attachment || r->doubts[i].attachment))
			return true;
	return false;
}

/* For people, when a row fails. */
static void
show(const struct mime_reading *r)
{
	size_t i, k;

	for (i = 0; i < r->nparts; i++) {
		const struct mime_part *p = &r->parts[i];

		print_message("  part %zu in %d: %s, %zu bytes:%.*s\n", i, p->parent,
		    p->ntypes > 0 ? p->types[0] : "-", p->len, (int)(p->len < 40 ? p->len : 40),
		    (const char *)p->bytes);
		for (k = 0; k < p->nnames; k++)
			print_message("    name %s\n", p->names[k]);
	}
	for (i = 0; i < r->ndoubts; i++)
		print_message("  doubt about part %u: %s, %s%s\n", r->doubts[i].part,
		    mime_doubt_name(r->doubts[i].kind), r->doubts[i].detail,
		    r->doubts[i].attachment ? " (attachment)" : "");
}

/* Calls f for each word of the list; false where one is false. */
static bool
each_file(const struct mime_reading *r, const char *files)
{
	while (files != NULL && *files != '\0') {
		size_t n = strcspn(files, "|");

		if (!has_file(r, files, n)) {
			print_message("not found: %.*s\n", (int)n, files);
			return false;
		}
		files += n + (files[n] == '|');
	}
	return true;
}

static bool
each_doubt(const struct mime_reading *r, const char *doubts, bool attachment)
{
	char copy[200], *rest = copy, *word;

	strlcpy(copy, doubts != NULL ? doubts : "", sizeof(copy));
	while ((word = strsep(&rest, " ")) != NULL)
		if (*word != '\0' && !has_doubt(r, word, attachment)) {
			print_message("no doubt: %s\n", word);
			return false;
		}
	return true;
}

/* Doubts that involve an attachment and are not in the list. */
static bool
only_doubts(const struct mime_reading *r, const char *doubts)
{
	size_t i;

	for (i = 0; i < r->ndoubts; i++)
		if (r->doubts[i].attachment &&
		    (doubts == NULL ||
			strstr(doubts, mime_doubt_name(r->doubts[i].kind)) == NULL)) {
			print_message("unwanted: %s\n", mime_doubt_name(r->doubts[i].kind));
			return false;
		}
	return true;
}

static unsigned
run(const struct row *r)
{
	struct mime_reading out;
	struct arena mem;
	bool good;

	read_row(r, &mem, &out);
	good = each_file(&out, r->files) && each_doubt(&out, r->doubts, true) &&
	       each_doubt(&out, r->other, false) && only_doubts(&out, r->doubts);
	if (!good) {
		print_message("%s:\n", r->what);
		show(&out);
	}
	mime_reading_free(&out);
	arena_free(&mem);
	return good ? 0 : 1;
}

static void
run_all(const struct row *t, size_t n)
{
	unsigned bad = 0;
	size_t i;

	for (i = 0; i < n; i++)
		bad += run(&t[i]);
	if (bad != 0)
		fail_msg("%u of %zu rows", bad, n);
}

#define RUN_ALL(t) run_all(t, sizeof(t) / sizeof((t)[0]))

/* ---- tables ---- */

static void
plain_trees(void **state)
{
	static const struct row t[] = {
	    {"no header at all", "Hello\r\n", 0, "=Hello", NULL, NULL},
	    {"a text", "Subject: x\r\n\r\nHello\r\n", 0, "=Hello", NULL, NULL},
	    {"a text in base64", TOP "Content-Transfer-Encoding: base64\r\n\r\n" RUN, 0, "=run me",
		NULL, NULL},
	    {"a text in quoted-printable",
		TOP "Content-Transfer-Encoding: quoted-printable\r\n\r\na=3Db=\r\nc\r\n", 0,
		"=a=bc", NULL, NULL},
	    {"text and file", MIXED TEXT EXE END, 0, "=Hello|run.exe=run me", NULL, NULL},
	    {"without MIME-Version",
		"Content-Type: multipart/mixed; boundary=b\r\n\r\n" TEXT EXE END, 0,
		"=Hello|run.exe=run me", NULL, NULL},
	    {"with LF",
		"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nHello\n--b\n"
		"Content-Disposition: attachment; filename=a.txt\n\nx\n--b--\n",
		0, "=Hello|a.txt=x", NULL, NULL},
	    {"cut short", MIXED TEXT EXE, 0, "=Hello|run.exe=run me", NULL, "boundary"},
	    {"nested",
		TOP "Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n"
		    "Content-Type: multipart/mixed; boundary=b\r\n\r\n" TEXT EXE END
		    "--a\r\n\r\nBye\r\n--a--\r\n",
		0, "=Hello|run.exe=run me|=Bye", NULL, NULL},
	};

	RUN_ALL(t);
}

static int
prepare(void **state)
{
	struct buf err;
	bool ok;

	buf_init(&err, 0);
	ok = mime_prepare(&err);
	if (!ok)
		print_message("%s\n", buf_str(&err));
	buf_free(&err);
	return ok ? 0 : -1;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(plain_trees),
	};

	return cmocka_run_group_tests(tests, prepare, NULL);
}
