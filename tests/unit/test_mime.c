/* mail/mime: the parts of a message in every plausible reading, and what is doubtful. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "mail/base64_regular.h"
#include "mail/mime.h"
#include "mail/transfer.h"

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

static void
doubled_fields(void **state)
{
	static const struct row t[] = {
	    {"type: text first, multipart last",
		"Content-Type: text/plain\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" TEXT
		    EXE END,
		0, "run.exe=run me", "doubled_field", NULL},
	    {"type: multipart first, text last",
		"Content-Type: multipart/mixed; boundary=b\r\nContent-Type: text/plain\r\n\r\n" TEXT
		    EXE END,
		0, "run.exe=run me", "doubled_field", NULL},
	    {"types of a file",
		MIXED
		"--b\r\nContent-Type: text/plain\r\nContent-Type: application/zip\r\n\r\nx\r\n" END,
		0, "=x", "doubled_field", NULL},
	    {"two boundaries in two fields",
		"Content-Type: multipart/mixed; boundary=a\r\n"
		"Content-Type: multipart/mixed; boundary=b\r\n\r\n--a\r\n\r\nHi\r\n--a--\r\n" TEXT
		    EXE END,
		0, "=Hi|run.exe=run me", "doubled_field outside base64", NULL},
	    {"encodings",
		MIXED
		"--b\r\nContent-Disposition: attachment; filename=a.bin\r\n"
		"Content-Transfer-Encoding: 7bit\r\nContent-Transfer-Encoding: base64\r\n\r\n" RUN
		    END,
		0, "a.bin=run me|a.bin=cnVuIG1lCg==", "doubled_field", NULL},
	    {"dispositions with names",
		MIXED "--b\r\nContent-Disposition: attachment; filename=a.txt\r\n"
		      "Content-Disposition: attachment; filename=a.exe\r\n\r\nx\r\n" END,
		0, "a.txt=x|a.exe=x", "parameter", "doubled_field"},
	    {"names of type and disposition",
		MIXED "--b\r\nContent-Type: text/plain; name=a.txt\r\n"
		      "Content-Disposition: attachment; filename=a.exe\r\n\r\nx\r\n" END,
		0, "a.txt=x|a.exe=x", "parameter", NULL},
	    {"a name twice",
		MIXED
		"--b\r\nContent-Disposition: attachment; filename=a.zip; filename=b.zip\r\n\r\n"
		"x\r\n" END,
		0, "a.zip=x|b.zip=x", "parameter", NULL},
	    {"a boundary twice",
		TOP "Content-Type: multipart/mixed; boundary=a; boundary=b\r\n\r\n" TEXT EXE END, 0,
		"run.exe=run me", "boundary", NULL},
	    /* without harm */
	    {"the same type twice",
		"Content-Type: multipart/mixed; boundary=b\r\n"
		"Content-Type: multipart/mixed; boundary=b\r\n\r\n" TEXT EXE END,
		0, "run.exe=run me", NULL, "doubled_field"},
	    {"two text types", "Content-Type: text/plain\r\nContent-Type: text/html\r\n\r\nx\r\n",
		0, "=x", NULL, "doubled_field"},
	    {"MIME-Version twice", TOP MIXED TEXT EXE END, 0, "run.exe=run me", NULL, NULL},
	};

	RUN_ALL(t);
}

static void
field_names(void **state)
{
	static const struct row t[] = {
	    {"white space before the colon",
		MIXED TEXT "--b\r\nContent-Type : application/zip\r\n"
			   "Content-Transfer-Encoding : base64\r\n\r\n" RUN END,
		0, "=run me", "field_name", NULL},
	    {"white space within", "Content Type: multipart/mixed; boundary=b\r\n\r\n" TEXT EXE END,
		0, "run.exe=run me", "field_name", NULL},
	    {"white space before the first name",
		" Content-Type: multipart/mixed; boundary=b\r\n\r\n" TEXT EXE END, 0,
		"run.exe=run me", "field_name", NULL},
	    {"an underscore", "Content_Type: multipart/mixed; boundary=b\r\n\r\n" TEXT EXE END, 0,
		"run.exe=run me", "field_name", NULL},
	    {"a NUL byte", "Content-Type\0: multipart/mixed; boundary=b\r\n\r\n" TEXT EXE END,
		sizeof("Content-Type\0: multipart/mixed; boundary=b\r\n\r\n" TEXT EXE END) - 1,
		"run.exe=run me", "field_name", "nul"},
	    {"8 bits", "Content-Type\xa0: multipart/mixed; boundary=b\r\n\r\n" TEXT EXE END, 0,
		"run.exe=run me", "field_name", NULL},
	    {"case does not matter",
		"CONTENT-TYPE: MULTIPART/MIXED; BOUNDARY=b\r\n\r\n" TEXT EXE END, 0,
		"run.exe=run me", NULL, NULL},
	};

	RUN_ALL(t);
}

static void
nul_bytes(void **state)
{
	static const struct row t[] = {
	    {"in a type", "Content-Type: multipart/mixed\0x; boundary=b\r\n\r\n" TEXT EXE END,
		sizeof("Content-Type: multipart/mixed\0x; boundary=b\r\n\r\n" TEXT EXE END) - 1,
		"run.exe=run me", "nul", NULL},
	    {"in a boundary", "Content-Type: multipart/mixed; boundary=b\0x\r\n\r\n" TEXT EXE END,
		sizeof("Content-Type: multipart/mixed; boundary=b\0x\r\n\r\n" TEXT EXE END) - 1,
		"run.exe=run me", "nul", NULL},
	    {"in a name",
		MIXED
		"--b\r\nContent-Disposition: attachment; filename=\"a.exe\0.txt\"\r\n\r\nx\r\n" END,
		sizeof(
		    MIXED "--b\r\nContent-Disposition: attachment; filename=\"a.exe\0.txt\"\r\n\r\n"
			  "x\r\n" END) -
		    1,
		"a.exe=x|a.exe.txt=x", "nul parameter", NULL},
	    {"in an encoding",
		MIXED "--b\r\nContent-Type: application/zip\r\n"
		      "Content-Transfer-Encoding: base64\0\r\n\r\n" RUN END,
		sizeof(MIXED "--b\r\nContent-Type: application/zip\r\n"
			     "Content-Transfer-Encoding: base64\0\r\n\r\n" RUN END) -
		    1,
		"=run me", "nul", NULL},
	    {"in another field",
		"X-Y: a\0b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" TEXT EXE END,
		sizeof(
		    "X-Y: a\0b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" TEXT EXE END) -
		    1,
		"run.exe=run me", NULL, "nul"},
	};

	RUN_ALL(t);
}

static void
tokens(void **state)
{
	static const struct row t[] = {
	    {"a comment before a type",
		"Content-Type: (x) multipart/mixed; boundary=b\r\n\r\n" TEXT EXE END, 0,
		"run.exe=run me", "encoded_token", NULL},
	    {"a comment in an encoding",
		MIXED "--b\r\nContent-Type: application/zip\r\n"
		      "Content-Transfer-Encoding: base64 (x)\r\n\r\n" RUN END,
		0, "=run me|=cnVuIG1lCg==", "encoded_token", NULL},
	    {"an encoded word for a type",
		"Content-Type: =?utf-8?q?multipart/mixed?=; boundary=b\r\n\r\n" TEXT EXE END, 0,
		"run.exe=run me", "encoded_token", NULL},
	    {"an encoded word for an encoding",
		MIXED "--b\r\nContent-Type: application/zip\r\n"
		      "Content-Transfer-Encoding: =?utf-8?b?YmFzZTY0?=\r\n\r\n" RUN END,
		0, "=run me|=cnVuIG1lCg==", "encoded_token", NULL},
	    {"a comment behind a type", "Content-Type: text/plain (x)\r\n\r\nx\r\n", 0, "=x", NULL,
		"encoded_token"},
	    {"a type without subtype", "Content-Type: text\r\n\r\nx\r\n", 0, "=x", NULL,
		"field_syntax"},
	    {"multipart without subtype",
		"Content-Type: multipart; boundary=b\r\n\r\n" TEXT EXE END, 0, "run.exe=run me",
		NULL, "field_syntax"},
	    {"no semicolon before the boundary",
		"Content-Type: multipart/mixed boundary=b\r\n\r\n" TEXT EXE END, 0,
		"run.exe=run me", "parameter", "field_syntax"},
	    {"a boundary in a comment, too",
		"Content-Type: multipart/mixed; (boundary=a) boundary=b\r\n\r\n" TEXT EXE END, 0,
		"run.exe=run me", "parameter", NULL},
	};

	RUN_ALL(t);
}

static void
line_ends(void **state)
{
	static const struct row t[] = {
	    {"a fold with a bare CR",
		"Content-Type: multipart/mixed;\r boundary=b\r\n\r\n" TEXT EXE END, 0,
		"run.exe=run me", "line_end", NULL},
	    {"a field behind a bare CR",
		MIXED
		"--b\r\nX-Y: a\rContent-Disposition: attachment; filename=a.exe\r\n\r\nx\r\n" END,
		0, "a.exe=x", "line_end", NULL},
	    {"a boundary behind a bare CR",
		MIXED
		"--b\r\n\r\nHello\r--b\r\nContent-Type: application/zip; name=a.zip\r\n\r\nx\r\n"
		"--b--\r\n",
		0, "a.zip=x", "line_end", NULL},
	    {"an empty line of bare LF",
		"Content-Type: text/plain\r\n\nContent-Type: multipart/mixed; "
		"boundary=b\r\n\r\n" TEXT EXE END,
		0, "run.exe=run me", "line_end field_name", NULL},
	    {"LF throughout",
		"Content-Type: multipart/mixed; boundary=b\n\n--b\n"
		"Content-Type: application/zip; name=a.zip\n\nx\n--b--\n",
		0, "a.zip=x", NULL, NULL},
	};

	RUN_ALL(t);
}

static void
separators(void **state)
{
	static const struct row t[] = {
	    {"a line of white space",
		MIXED "--b\r\nContent-Type: application/zip\r\n \r\nTVo=\r\n\r\nx\r\n" END, 0, NULL,
		"separator", NULL},
	    {"a line that is no field",
		MIXED "--b\r\nX-Y: a\r\nno field\r\nContent-Disposition: attachment; "
		      "filename=a.exe\r\n\r\nx\r\n" END,
		0, "a.exe=x", "separator", NULL},
	    {"fields behind the white space",
		MIXED "--b\r\nX-Y: a\r\n\t\r\nContent-Disposition: attachment; "
		      "filename=a.exe\r\n\r\nx\r\n" END,
		0, "a.exe=x", "separator", NULL},
	    {"a header without end",
		MIXED "--b\r\nContent-Type: application/zip; name=a.zip\r\n" END, 0, NULL, NULL,
		NULL},
	    {"a text without header", MIXED "--b\r\nHello\r\n\r\nBye\r\n" END, 0,
		"=Hello\r\n\r\nBye", NULL, NULL},
	    {"a mailbox line",
		"From x@example.com Thu Nov 26\nContent-Type: multipart/mixed; "
		"boundary=b\n\n--b\n\nHello\n--b--\n",
		0, "=Hello", NULL, NULL},
	};

	RUN_ALL(t);
}

static void
boundaries(void **state)
{
	static const struct row t[] = {
	    {"none declared",
		"Content-Type: multipart/mixed\r\n\r\n--b\r\nContent-Type: text/plain\r\n"
		"\r\nHello\r\n" EXE END,
		0, "=Hello|run.exe=run me", "boundary", NULL},
	    {"an empty one",
		"Content-Type: multipart/mixed; boundary=\"\"\r\n\r\n--\r\n"
		"Content-Type: application/zip; name=a.zip\r\n\r\nx\r\n----\r\n",
		0, "a.zip=x", NULL, "boundary"},
	    {"another one than declared",
		"Content-Type: multipart/mixed; boundary=a\r\n\r\n" EXE END, 0, "run.exe=run me",
		"boundary", NULL},
	    {"upper case", "Content-Type: multipart/mixed; boundary=B\r\n\r\n" TEXT EXE END, 0,
		"run.exe=run me", "boundary", NULL},
	    {"white space before the line", MIXED TEXT " " EXE END, 0, "run.exe=run me", "boundary",
		NULL},
	    {"white space at its end",
		MIXED "--b \r\n\r\nHello\r\n--b\t\r\n"
		      "Content-Type: application/zip; name=a.zip\r\n\r\nx\r\n"
		      "--b-- \r\n",
		0, "=Hello|a.zip=x", NULL, NULL},
	    {"more behind it",
		MIXED TEXT "--bx\r\nContent-Type: application/zip; name=a.zip\r\n\r\n"
			   "x\r\n" END,
		0, "a.zip=x", "boundary", NULL},
	    {"the outer one begins the inner one",
		"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
		"Content-Type: multipart/alternative; boundary=bb\r\n\r\n--bb\r\n\r\nHello\r\n"
		"--bb--\r\n" EXE END,
		0, "=Hello|run.exe=run me", NULL, "boundary"},
	    {"inner and outer are the same",
		MIXED "--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" TEXT END EXE END,
		0, "=Hello|run.exe=run me", "outside", NULL},
	    {"a closing one too early", MIXED TEXT END EXE END, 0, "=Hello|run.exe=run me",
		"outside", NULL},
	    {"over 70 characters, cut by some",
		"Content-Type: multipart/mixed; boundary="
		"0123456789012345678901234567890123456789012345678901234567890123456789xyz\r\n\r\n"
		"--0123456789012345678901234567890123456789012345678901234567890123456789\r\n"
		"Content-Type: application/zip; name=a.zip\r\n\r\nx\r\n",
		0, "a.zip=x", "boundary", NULL},
	    {"over 70 characters, ordinary",
		"Content-Type: multipart/mixed; boundary="
		"0123456789012345678901234567890123456789012345678901234567890123456789xyz\r\n\r\n"
		"--0123456789012345678901234567890123456789012345678901234567890123456789xyz\r\n"
		"Content-Type: application/zip; name=a.zip\r\n\r\nx\r\n",
		0, "a.zip=x", NULL, "boundary"},
	    {"unquoted with white space",
		"Content-Type: multipart/mixed; boundary=b c\r\n\r\n" TEXT
		"--b c\r\nContent-Type: application/zip; name=a.zip\r\n\r\nx\r\n--b c--\r\n",
		0, "a.zip=x", "boundary", NULL},
	    {"a quoted pair in it",
		"Content-Type: multipart/mixed; boundary=\"a\\b\"\r\n\r\n--ab\r\n"
		"Content-Type: application/zip; name=a.zip\r\n\r\nx\r\n--ab--\r\n",
		0, "a.zip=x", "boundary", NULL},
	    {"in RFC 2231 sections and plain",
		"Content-Type: multipart/mixed; boundary=a; boundary*0=b; "
		"boundary*1=c\r\n\r\n--bc\r\n"
		"Content-Type: application/zip; name=a.zip\r\n\r\nx\r\n--bc--\r\n",
		0, "a.zip=x", "boundary", NULL},
	    {"of a text", "Content-Type: text/plain; boundary=b\r\n\r\n" TEXT END, 0, NULL, NULL,
		NULL},
	};

	RUN_ALL(t);
}

static void
outside(void **state)
{
	static const struct row t[] = {
	    {"a part in the preamble",
		MIXED "Content-Type: application/zip; name=a.zip\r\n\r\nx\r\n" TEXT END, 0,
		"a.zip=x", "outside", NULL},
	    {"a part in the epilogue",
		MIXED TEXT END "Content-Disposition: attachment; filename=a.exe\r\n\r\nx\r\n", 0,
		"a.exe=x", "outside", NULL},
	    {"a file in the epilogue", MIXED TEXT END "begin 644 a.exe\r\n#0V%T\r\n`\r\nend\r\n", 0,
		"a.exe=Cat", "outside", "in_text"},
	    {"words in both", MIXED "This is MIME.\r\n" TEXT END "\r\n____\r\nthe list\r\n", 0,
		"=Hello", NULL, NULL},
	};

	RUN_ALL(t);
}

#define FILE_IN(encoding)                                                                          \
	MIXED "--b\r\nContent-Type: application/zip; name=a.zip\r\n"                               \
	      "Content-Transfer-Encoding: " encoding "\r\n\r\n"

static void
regular_base64(void **state)
{
	static const struct {
		const char *text;
		const char *holds; /* NULL where another way must look at it */
	} cases[] = {
	    {"", ""},
	    {"\r\n\r\n", ""},
	    {"cnVuIG1lCg==", "run me\n"},
	    {"cnVuIG1lCg==\r\n\r\n", "run me\n"},
	    {"cnVu\nIG1lCg==\n", "run me\n"},
	    {"cnVuIG1l", "run me"},
	    {"cnVuIG0=\r\n", "run m"},
	    {"cnVuIG1lCg=", NULL},
	    {"cnVuIG1lCg", NULL},
	    {"cnVuIG1lCg===", NULL},
	    {"cnVuIG1lCg==cnVu", NULL},
	    {"cnVu=IG1l", NULL},
	    {"cnVuIG1=Cg==", NULL},
	    {"cnV\r\nuIG1lCg==\r\n", NULL},
	    {"cnVu IG1lCg==", NULL},
	    {"cnVu\rIG1lCg==", NULL},
	    {"cnVu-G1lCg==", NULL},
	    {"cn\xffuIG1lCg==", NULL},
	    /* 76 letters, and 80 */
	    {"cnVucnVucnVucnVucnVucnVucnVucnVucnVucnVucnVucnVucnVucnVucnVucnVucnVucnVucnVu\r\n",
		"runrunrunrunrunrunrunrunrunrunrunrunrunrunrunrunrunrunrun"},
	    {"cnVucnVucnVucnVucnVucnVucnVucnVucnVucnVucnVucnVucnVucnVucnVucnVucnVucnVucnVucnVu",
		NULL},
	};
	unsigned char out[TRANSFER_ROOM(100)];
	size_t i, len;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const unsigned char *text = (const unsigned char *)cases[i].text;
		const size_t n = strlen(cases[i].text);
		const bool regular = base64_read_regular(text, n, out, &len);

		if (regular != (cases[i].holds != NULL))
			fail_msg("case %zu: %d", i, regular);
		if (!regular)
			continue;
		assert_int_equal(len, strlen(cases[i].holds));
		assert_memory_equal(out, cases[i].holds, len);
		assert_int_equal(base64_oddities(text, n), 0);
	}
}

static void
base64_families(void **state)
{
	static const struct row t[] = {
	    {"a letter that is none", FILE_IN("base64") "cnV*uIG1lCg==\r\n" END, 0,
		"a.zip=run me|a.zip=ru", "base64", NULL},
	    {"data behind padding", FILE_IN("base64") "cnU=biBtZQo=\r\n" END, 0,
		"a.zip=ru|a.zip=run me", "base64", NULL},
	    {"padding in the middle of a quartet", FILE_IN("base64") "cnVu=IG1lCg==\r\n" END, 0,
		"a.zip=run|a.zip=run me", "base64", NULL},
	    {"the letters of URLs", FILE_IN("base64") "cn_1-IG1lCg==\r\n" END, 0, NULL, "base64",
		NULL},
	    {"a NUL byte", FILE_IN("base64") "cnVu\0IG1lCg==\r\n" END,
		sizeof(FILE_IN("base64") "cnVu\0IG1lCg==\r\n" END) - 1, "a.zip=run me|a.zip=run",
		"base64", NULL},
	    {"no padding", FILE_IN("base64") "cnVuIG1lCg\r\n" END, 0, "a.zip=run me", NULL,
		"base64"},
	    {"one long line",
		FILE_IN("base64") "cnVuIG1lIHJ1biBtZSBydW4gbWUgcnVuIG1lIHJ1biBtZSBydW4gbWUgcnVuIG1l"
				  "IHJ1biBtZSBydW4gbWUg"
				  "cnVuIG1lCg==\r\n" END,
		0, NULL, NULL, NULL},
	    {"uneven lines", FILE_IN("base64") "cnV\r\nuIG1lCg==\r\n" END, 0, "a.zip=run me", NULL,
		"base64"},
	    {"a footer behind a text",
		MIXED "--b\r\nContent-Transfer-Encoding: base64\r\n\r\n" RUN
		      "_______\r\nthe list of us\r\n" END,
		0, "=run me", NULL, "base64"},
	};

	RUN_ALL(t);
}

static void
qp_families(void **state)
{
	static const struct row t[] = {
	    {"a bad escape", FILE_IN("quoted-printable") "a=ZZb\r\n" END, 0,
		"a.zip=a=ZZb|a.zip=aZZb", "quoted_printable", NULL},
	    {"white space in a soft break", FILE_IN("quoted-printable") "a= \r\nb\r\n" END, 0,
		"a.zip=ab|a.zip=a= \r\nb", "quoted_printable", NULL},
	    {"two signs, which GMime decodes in a way of its own",
		FILE_IN("quoted-printable") "a==3Db\r\n" END, 0, "a.zip=a==b|a.zip=a=b",
		"quoted_printable disagreement", NULL},
	    {"lower case", FILE_IN("quoted-printable") "a=3db\r\n" END, 0, "a.zip=a=b", NULL, NULL},
	    {"a sloppy text",
		TOP "Content-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
		    "<a href=\"x\">\r\n",
		0, NULL, NULL, "quoted_printable"},
	};

	RUN_ALL(t);
}

static void
encodings(void **state)
{
	static const struct row t[] = {
	    {"an unknown one with base64 in it",
		FILE_IN("foo") "cnVuIG1lIHJ1biBtZSBydW4gbWUgcnVuIG1lIHJ1biBt\r\n" END, 0,
		"a.zip=run me run me run me run me run m", "encoding", NULL},
	    {"base 64", FILE_IN("base 64") RUN END, 0,
		"a.zip=run me|a.zip=cnVuIG1lCg==", "encoding", NULL},
	    {"base64;", FILE_IN("base64;") RUN END, 0,
		"a.zip=run me|a.zip=cnVuIG1lCg==", "encoding", NULL},
	    {"\"base64\"", FILE_IN("\"base64\"") RUN END, 0,
		"a.zip=run me|a.zip=cnVuIG1lCg==", "encoding", NULL},
	    {"base64 with white space behind", FILE_IN("base64 ") RUN END, 0, "a.zip=run me", NULL,
		NULL},
	    {"x-uuencode", FILE_IN("x-uuencode") "begin 644 b.exe\r\n#0V%T\r\n`\r\nend\r\n" END, 0,
		"a.zip=Cat", NULL, "encoding"},
	    {"x-uuencode, and no text",
		FILE_IN("x-uuencode") "begin 644 b.exe\r\n#0P%T\r\n`\r\nend\r\n" END, 0,
		"a.zip=C\1t", "encoding", NULL},
	    {"x-uuencode without an end", FILE_IN("x-uuencode") "begin 644 b.exe\r\n#0V%T\r\n" END,
		0, "a.zip=Cat", "encoding", NULL},
	    {"8-bit", FILE_IN("8-bit") "x\r\n" END, 0, "a.zip=x", NULL, "encoding"},
	    {"an encoded multipart",
		"Content-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: "
		"base64\r\n\r\n"
		"LS1iDQpDb250ZW50LVR5cGU6IGFwcGxpY2F0aW9uL3ppcDsgbmFtZT1hLnppcA0KDQp4DQotLWIt\r\n"
		"LQ0K\r\n",
		0, "a.zip=x", "multipart_encoded", NULL},
	    {"a multipart that only says so",
		"Content-Type: multipart/mixed; boundary=b\r\n"
		"Content-Transfer-Encoding: quoted-printable\r\n\r\n" TEXT EXE END,
		0, "run.exe=run me", NULL, "multipart_encoded"},
	    {"a message in base64",
		FILE_IN("base64") "x\r\n--b\r\nContent-Type: message/rfc822\r\n"
				  "Content-Transfer-Encoding: base64\r\n\r\n"
				  "Q29udGVudC1UeXBlOiBhcHBsaWNhdGlvbi96aXA7IG5hbWU9Yi56aXANCg0KeA0K"
				  "\r\n" END,
		0, "b.zip=x", NULL, "multipart_encoded"},
	};

	RUN_ALL(t);
}

#define FILE_WITH(disposition)                                                                     \
	MIXED "--b\r\nContent-Disposition: attachment; " disposition "\r\n\r\nx\r\n" END

/* CASES B71 */
static void
b71_names(void **state)
{
	static const struct row t[] = {
	    {"RFC 2231 sections", FILE_WITH("filename*0*=utf-8''run%2E; filename*1=exe"), 0,
		"run.exe=x", NULL, NULL},
	    {"sections in another order", FILE_WITH("filename*1=exe; filename*0*=utf-8''run%2E"), 0,
		"run.exe=x", NULL, NULL},
	    {"a gap in the sections", FILE_WITH("filename*0=run.; filename*2=exe"), 0, "run.exe=x",
		NULL, NULL},
	    {"an encoded word", FILE_WITH("filename=\"=?utf-8?B?cnVuLmV4ZQ==?=\""), 0, "run.exe=x",
		NULL, NULL},
	    {"two encoded words in ISO-2022-JP",
		FILE_WITH("filename=\"=?iso-2022-jp?B?GyRCRnxLXBsoQi4=?= =?iso-2022-jp?Q?exe?=\""),
		0, "\xe6\x97\xa5\xe6\x9c\xac.exe=x", NULL, NULL},
	    {"plain and extended contradict",
		FILE_WITH("filename=ok.txt; filename*=utf-8''run.exe"), 0, "ok.txt=x|run.exe=x",
		"parameter", NULL},
	    {"plain and extended agree",
		FILE_WITH("filename=\"=?utf-8?Q?=C3=BC.pdf?=\"; filename*=utf-8''%C3%BC.pdf"), 0,
		"\xc3\xbc.pdf=x", NULL, NULL},
	    {"percent signs in a plain one", FILE_WITH("filename=run%2Eexe"), 0, "run.exe=x", NULL,
		NULL},
	    {"a percent sign for NUL", FILE_WITH("filename*=utf-8''run.exe%00.txt"), 0,
		"run.exe=x|run.exe.txt=x", "parameter", NULL},
	    {"a quoted pair", FILE_WITH("filename=\"run.e\\xe\""), 0, "run.exe=x|run.e\\xe=x", NULL,
		NULL},
	    {"a path", FILE_WITH("filename=\"C:\\temp\\a.doc\""), 0, "C:\\temp\\a.doc=x", NULL,
		NULL},
	    {"text behind the quotes", FILE_WITH("filename=\"a.txt\".exe"), 0,
		"a.txt=x|a.txt\".exe=x", "parameter", "field_syntax"},
	    {"white space without quotes", FILE_WITH("filename=my run.exe"), 0, "my=x|my run.exe=x",
		NULL, NULL},
	    {"no end of the quotes", FILE_WITH("filename=\"run.exe"), 0, "run.exe=x", NULL,
		"field_syntax"},
	    {"in the type only",
		MIXED "--b\r\nContent-Type: text/plain; name=run.exe\r\n\r\nx\r\n" END, 0,
		"run.exe=x", NULL, NULL},
	    {"on a line of its own, without white space",
		MIXED
		"--b\r\nContent-Disposition: attachment;\r\nfilename=\"run.exe\"\r\n\r\nx\r\n" END,
		0, "run.exe=x", "field_syntax", NULL},
	    {"8 bits as they are", FILE_WITH("filename=\"gr\xfc\xdf.pdf\""), 0,
		"gr\xc3\xbc\xc3\x9f.pdf=x", NULL, NULL},
	    {"UTF-8 as it is", FILE_WITH("filename=\"gr\xc3\xbc.pdf\""), 0, "gr\xc3\xbc.pdf=x",
		NULL, NULL},
	    {"a cut character between two words",
		FILE_WITH("filename=\"=?utf-8?Q?=C3?= =?utf-8?Q?=BC.pdf?=\""), 0, "\xc3\xbc.pdf=x",
		NULL, NULL},
	    {"UTF-7", FILE_WITH("filename*=utf-7''+AHIAdQBu-.exe"), 0, "run.exe=x", NULL, NULL},
	    {"UTF-16", FILE_WITH("filename*=utf-16''%FE%FF%00r%00.%00e%00x%00e"), 0, NULL, NULL,
		NULL},
	    {"EBCDIC", FILE_WITH("filename*=ibm037''%99%A4%95%4B%85%A7%85"), 0, "run.exe=x", NULL,
		NULL},
	    {"an unknown charset", FILE_WITH("filename*=x-nothing''run.exe"), 0, "run.exe=x",
		"name_charset", NULL},
	    {"bytes that do not fit", FILE_WITH("filename*=utf-8''%FFrun.exe"), 0,
		"\xc3\xbfrun.exe=x", "name_charset", NULL},
	    {"an unknown charset in an encoded word", FILE_WITH("filename=\"=?nope?Q?run.exe?=\""),
		0, "run.exe=x", "name_charset", NULL},
	};

	RUN_ALL(t);
}

/* CASES B75 */
static void
b75_messages(void **state)
{
	static const struct row t[] = {
	    {"three deep",
		"Content-Type: message/rfc822\r\n\r\nContent-Type: message/rfc822\r\n\r\n"
		"Content-Type: message/rfc822\r\n\r\n" MIXED EXE END,
		0, "run.exe=run me", NULL, NULL},
	    {"a file of octets, by its name",
		MIXED "--b\r\nContent-Type: application/octet-stream; name=a.eml\r\n"
		      "Content-Transfer-Encoding: base64\r\n\r\n"
		      "Q29udGVudC1UeXBlOiBhcHBsaWNhdGlvbi96aXA7IG5hbWU9Yi56aXANCg0KeA0K\r\n" END,
		0, "b.zip=x", NULL, NULL},
	    {"in a digest",
		"Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\n"
		"Content-Type: application/zip; name=b.zip\r\n\r\nx\r\n" END,
		0, "b.zip=x", NULL, NULL},
	    {"message/partial",
		"Content-Type: message/partial; id=a; number=1; total=2\r\n\r\n"
		"Content-Type: application/zip; name=b.zip\r\n\r\nx\r\n",
		0, "b.zip=x", NULL, NULL},
	    {"message/external-body",
		"Content-Type: message/external-body; access-type=URL; "
		"URL=\"http://x/a.exe\"\r\n\r\n"
		"Content-Type: application/zip; name=b.zip\r\n\r\nx\r\n",
		0, "b.zip=x", NULL, NULL},
	    {"message/global", "Content-Type: message/global\r\n\r\n" MIXED EXE END, 0,
		"run.exe=run me", NULL, NULL},
	};

	RUN_ALL(t);
}

static void
files_in_text(void **state)
{
	static const struct row t[] = {
	    {"uuencoded",
		"Subject: x\r\n\r\nHi\r\nbegin 644 run me.exe\r\n#0V%T\r\n`\r\nend\r\nBye\r\n", 0,
		"run me.exe=Cat", NULL, "in_text"},
	    {"uuencoded, and no text",
		"Subject: x\r\n\r\nHi\r\nbegin 644 a.txt\r\n#0P%T\r\n`\r\nend\r\n", 0, "a.txt=C\1t",
		"in_text", NULL},
	    {"uuencoded with a line too short",
		"Subject: x\r\n\r\nbegin 644 a.txt\r\n&0V%T\r\n`\r\nend\r\n", 0, NULL, "in_text",
		NULL},
	    {"uuencoded without a mode", "Subject: x\r\n\r\nbegin a.exe\r\n#0V%T\r\n`\r\nend\r\n",
		0, "a.exe=Cat", "in_text", NULL},
	    {"uuencoded without end", "Subject: x\r\n\r\nbegin 644 a.exe\r\n#0V%T\r\n", 0,
		"a.exe=Cat", "in_text", NULL},
	    {"uuencoded in base64", "\r\nbegin-base64 644 a.exe\r\nQ2F0\r\n====\r\n", 0,
		"a.exe=Cat", NULL, "in_text"},
	    {"two of them",
		"\r\nbegin 644 a.exe\r\n#0V%T\r\n`\r\nend\r\nbegin 644 "
		"b.exe\r\n#0V%T\r\n`\r\nend\r\n",
		0, "a.exe=Cat|b.exe=Cat", NULL, "in_text"},
	    {"in quoted-printable",
		"Content-Transfer-Encoding: quoted-printable\r\n\r\nbeg=69n 644 "
		"a.exe\r\n#0V%T\r\n`\r\n"
		"end\r\n",
		0, "a.exe=Cat", NULL, "in_text"},
	    {"yEnc", "\r\n=ybegin line=128 size=3 name=a.exe\r\nm\x8b\x9e\r\n=yend size=3\r\n", 0,
		"a.exe=Cat", "in_text", NULL},
	    {"yEnc in parts",
		"\r\n=ybegin part=1 line=128 size=3 name=a.exe\r\n=ypart begin=1 "
		"end=3\r\nm\x8b\x9e\r\n"
		"=yend size=3\r\n",
		0, "a.exe=Cat", "in_text", NULL},
	    {"words that only begin", "\r\nbegin with this\r\nAnd then that, lower case.\r\n", 0,
		NULL, NULL, NULL},
	};

	RUN_ALL(t);
}

/* Programs that look everywhere for parts find a document here; what it is tells whether it is
 * held. */
static void
parts_in_text(void **state)
{
	static const struct row t[] = {
	    {"behind Content- fields in a text",
		"\r\nHello\r\n--x\r\nContent-Type: application/pdf; name=a.pdf\r\n"
		"Content-Transfer-Encoding: base64\r\n\r\nJVBERi0xLjQ=\r\n--x--\r\n",
		0, "a.pdf=%PDF-1.4", NULL, "in_text"},
	    {"in quoted-printable",
		"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=25PDF-1.4\r\n", 0,
		"=%PDF-1.4", NULL, "in_text"},
	    {"as it is", "\r\nContent-Type: application/pdf\r\n\r\n%PDF-1.4\r\n", 0, "=%PDF-1.4",
		NULL, "in_text"},
	    {"past a line that is no field",
		"\r\nContent-Transfer-Encoding: base64\r\nnothing\r\n\r\nJVBERi0xLjQ=\r\n", 0,
		"=%PDF-1.4", NULL, "in_text"},
	    {"behind a bare CR",
		"\r\nHello\rContent-Transfer-Encoding: base64\r\n\r\nJVBERi0xLjQ=\r\n", 0,
		"=%PDF-1.4", NULL, "in_text"},
	    {"two of them",
		"\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERi0xLjQ=\r\n"
		"Content-Transfer-Encoding: base64\r\n\r\nJVBERi0xLjU=\r\n",
		0, "=%PDF-1.4|=%PDF-1.5", NULL, "in_text"},
	    {"without an encoding",
		"\r\nContent-Type: "
		"application/"
		"pdf\r\n\r\nJVBERi0xLjQKJeLjz9MKMSAwIG9iago8PC9UeXBlL0NhdGFsb2c+PgplbmRvYmoK\r\n",
		0, NULL, NULL, "in_text"},
	    {"no document, no part",
		"\r\nContent-Type: text/plain; name=a.exe\r\n"
		"Content-Transfer-Encoding: base64\r\n\r\n" RUN,
		0, NULL, NULL, NULL},
	    {"in a file that is a text",
		MIXED "--b\r\nContent-Type: application/octet-stream; name=a.log\r\n\r\n"
		      "begin 644 a.exe\r\n#0V%T\r\n" END,
		0, "a.exe=Cat", NULL, "in_text"},
	    {"base64 that no field speaks of",
		MIXED "--b\r\nContent-Type: application/pdf\r\n\r\n"
		      "JVBERi0xLjQ=\r\n" END,
		0, "=%PDF-1.4", NULL, NULL},
	    {"quoted-printable that no field speaks of",
		MIXED "--b\r\nContent-Type: application/pdf\r\n\r\n=25PDF-1=2E4\r\n" END, 0,
		"=%PDF-1.4", NULL, NULL},
	    {"a boundary for what is no multipart",
		TOP "Content-Type: text/plain; boundary=b\r\n\r\n" TEXT EXE END, 0,
		"run.exe=run me", "boundary", NULL},
	    {"a boundary that is not found",
		TOP "Content-Type: application/pdf; boundary=b; name=a.pdf\r\n\r\nx\r\n", 0,
		"a.pdf=x", NULL, NULL},
	    {"a comment in the name of a field",
		MIXED "--b\r\nContent-Disposition: attachment; filename=a.txt\r\n"
		      "Content-Transfer-Encoding(c): base64\r\n\r\n" RUN END,
		0, "a.txt=run me", "field_name", NULL},
	    {"a uuencoded file in capitals", "\r\nBEGIN 644 a.exe\r\n#0P%T\r\n`\r\nend\r\n", 0,
		"a.exe=C\1t", "in_text", NULL},
	    {"lines before its data", "\r\nbegin 644 a.exe\r\nx\r\n\r\n#0P%T\r\n`\r\nend\r\n", 0,
		"a.exe=C\1t", "in_text", NULL},
	};

	RUN_ALL(t);
}

#define PDF "JVBERi0xLjQKJeLjz9MKMSAwIG9iago8PC9UeXBlL0NhdGFsb2c+PgplbmRvYmoK"
#define PART(fields) "--b\r\n" fields "\r\n\r\n"

/* What ordinary programs send, sloppy as they are: nobody's attachment is held for it. */
static void
ordinary_mail(void **state)
{
	static const struct row t[] = {
	    {"Outlook: a name in both fields",
		MIXED TEXT PART(
		    "Content-Type: application/pdf;\r\n\tname=\"Bericht 1.pdf\"\r\n"
		    "Content-Description: Bericht 1.pdf\r\n"
		    "Content-Disposition: attachment;\r\n\tfilename=\"Bericht 1.pdf\"; size=48;\r\n"
		    "\tcreation-date=\"Wed, 25 Nov 2026 00:00:00 GMT\"\r\n"
		    "Content-Transfer-Encoding: base64") PDF "\r\n\r\n" END,
		0, NULL, NULL, NULL},
	    {"encoded words in one field, RFC 2231 in the other",
		MIXED TEXT PART(
		    "Content-Type: application/pdf;\r\n"
		    " name=\"=?UTF-8?B?w5xiZXJzaWNodA==?=\r\n =?UTF-8?Q?_2026=2Epdf?=\"\r\n"
		    "Content-Disposition: attachment;\r\n"
		    " filename*0*=UTF-8''%C3%9Cbersicht;\r\n filename*1*=%202026.pdf\r\n"
		    "Content-Transfer-Encoding: base64") PDF "\r\n" END,
		0, NULL, NULL, NULL},
	    {"a name without quotes, with white space and brackets",
		MIXED PART(
		    "Content-Disposition: attachment; filename=Bericht v1.2 (Entwurf).pdf") "x\r"
											    "\n" END,
		0, "Bericht v1.2 (Entwurf).pdf=x", NULL, NULL},
	    {"OpenPGP data with a checksum, without its armour",
		MIXED PART("Content-Disposition: attachment; filename=a.txt.pgp\r\n"
			   "Content-Transfer-Encoding: base64") RUN "=zH6Q\r\n" END,
		0, "a.txt.pgp=run me", NULL, NULL},
	    {"raw Shift_JIS in a name",
		MIXED PART(
		    "Content-Type: application/msword; name=\"\x8e\x91\x97\xbf.doc\"") "x\r\n" END,
		0, NULL, NULL, NULL},
	    {"raw ISO-2022-JP in a name",
		MIXED PART(
		    "Content-Type: application/msword; name=\"\x1b$B;qNA\x1b(B.doc\"") "x\r\n" END,
		0, NULL, NULL, NULL},
	    {"a name that the other field cuts",
		MIXED PART("Content-Type: image/jpeg; name=image001\r\n"
			   "Content-Disposition: inline; filename=image001.jpg") "x\r\n" END,
		0, NULL, NULL, NULL},
	    {"percent signs in a name",
		MIXED PART("Content-Disposition: attachment; "
			   "filename=\"100%25%20sure.pdf\"") "x\r\n" END,
		0, NULL, NULL, NULL},
	    {"a text type with charset and format",
		"Content-Type: text/plain; charset=ISO-8859-1; format=flowed; "
		"delsp=yes\r\n\r\nx\r\n",
		0, NULL, NULL, NULL},
	    {"an 8-bit text in LF, quoted-printable with bare signs",
		"Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: "
		"quoted-printable\n\n"
		"<a href=\"http://example.com/?a=b&c=\">\xc3\xbc</a>\n",
		0, NULL, NULL, NULL},
	    {"a semicolon behind everything",
		"Content-Type: multipart/mixed; boundary=\"b\";\r\nContent-Transfer-Encoding: "
		"7bit;\r\n"
		"\r\n" TEXT PART("Content-Type: application/pdf; name=\"a.pdf\";") "x\r\n" END,
		0, "a.pdf=x", NULL, NULL},
	    {"a type in capitals with a comment behind",
		"Content-Type: TEXT/PLAIN (a text)\r\nContent-Transfer-Encoding: 8BIT\r\n\r\nx\r\n",
		0, NULL, NULL, NULL},
	    {"a list's footer behind the parts",
		MIXED TEXT PART("Content-Type: application/pdf; name=a.pdf\r\n"
				"Content-Transfer-Encoding: base64") PDF
		"\r\n" END "_______________________________________________\r\n"
		"list mailing list\r\nlist@example.com\r\n",
		0, NULL, NULL, NULL},
	    {"a list's footer as a part",
		MIXED PART(
		    "Content-Type: multipart/alternative; boundary=\"b-1\"") "--b-1\r\nContent-"
									     "Type: "
									     "text/"
									     "plain\r\n\r\nx\r\n--"
									     "b-1\r\nContent-Type: "
									     "text/html\r\n\r\n<p>x"
									     "\r\n--b-1--\r\n" PART(
										 "Content-Type: "
										 "text/plain; "
										 "charset=\"us-"
										 "ascii\"\r\n"
										 "MIME-Version: "
										 "1.0\r\nContent-"
										 "Disposition: "
										 "inline") "____"
											   "\r\nlis"
											   "t\r"
											   "\n" END,
		0, NULL, NULL, NULL},
	    {"Apple: boundaries that begin alike",
		"Content-Type: "
		"multipart/alternative;\r\n\tboundary=Apple-Mail-1\r\n\r\n--Apple-Mail-1\r\n"
		"Content-Type: text/plain\r\n\r\nx\r\n--Apple-Mail-1\r\n"
		"Content-Type: "
		"multipart/mixed;\r\n\tboundary=Apple-Mail-12\r\n\r\n--Apple-Mail-12\r\n"
		"Content-Type: text/html\r\n\r\n<p>x\r\n--Apple-Mail-12\r\n"
		"Content-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: "
		"base64\r\n\r\n" PDF "\r\n--Apple-Mail-12--\r\n\r\n--Apple-Mail-1--\r\n",
		0, NULL, NULL, NULL},
	    {"signed",
		"Content-Type: multipart/signed; protocol=\"application/pgp-signature\";\r\n"
		" micalg=pgp-sha256; boundary=\"b\"\r\n\r\n" TEXT PART(
		    "Content-Type: application/pgp-signature; name=\"signature.asc\"\r\n"
		    "Content-Description: OpenPGP digital signature\r\n"
		    "Content-Disposition: attachment; filename=\"signature.asc\"") "-----BEGIN PGP "
										   "SIGNATURE-----"
										   "\r\n\r\niQ=="
										   "\r\n-----END "
										   "PGP "
										   "SIGNATURE-----"
										   "\r\n\r\n" END,
		0, NULL, NULL, NULL},
	    {"a bounce with the message",
		"Content-Type: multipart/report; report-type=delivery-status; "
		"boundary=\"b\"\r\n\r\n" TEXT PART(
		    "Content-Type: message/delivery-status") "Reporting-MTA: dns; "
							     "a.example\r\n\r\n"
							     "Final-Recipient: rfc822; "
							     "x@example.com\r\nAction: "
							     "failed\r\nStatus: "
							     "5.1.1\r\n\r\n" PART(
								 "Content-Type: "
								 "message/rfc822") "Subject: "
										   "x\r\n"
										   "Content-"
										   "Type: "
										   "multipart/"
										   "mixed; "
										   "boundary="
										   "c\r\n\r\n-"
										   "-c\r\n\r\n"
										   "Hi\r\n--"
										   "c\r\n"
										   "Content-"
										   "Type: "
										   "applicatio"
										   "n/zip; "
										   "name=a."
										   "zip\r\n\r"
										   "\nx\r\n--"
										   "c--"
										   "\r\n\r"
										   "\n" END,
		0, "a.zip=x", NULL, NULL},
	    {"a bounce with the header alone",
		"Content-Type: multipart/report; boundary=\"b\"\r\n\r\n" TEXT PART(
		    "Content-Type: message/rfc822") "Subject: x\r\n"
						    "Content-Type: multipart/mixed; "
						    "boundary=c\r\nMIME-Version: 1.0\r\n\r\n" END,
		0, NULL, NULL, NULL},
	    {"a bounce of a message cut short",
		"Content-Type: multipart/report; boundary=\"b\"\r\n\r\n" TEXT PART(
		    "Content-Type: message/rfc822") "Subject: x\r\n"
						    "Content-Type: multipart/mixed; "
						    "boundary=c\r\n\r\n--c\r\n"
						    "Content-Type: application/pdf; "
						    "name=a.pdf\r\nContent-Transfer-Encoding: "
						    "base64\r\n\r\n" PDF "\r\nJVBE\r\n" END,
		0, NULL, NULL, NULL},
	    {"a picture in the text",
		"Content-Type: multipart/related; type=\"text/html\"; boundary=\"b\"\r\n\r\n" PART(
		    "Content-Type: text/html") "<img src=cid:1>\r\n" PART("Content-Type: "
									  "image/png; "
									  "name=\"image001."
									  "png\"\r\nContent-ID: "
									  "<1>\r\n"
									  "Content-Transfer-"
									  "Encoding: base64") "iVBO"
											      "Rw0K"
											      "GgoA"
											      "AAAN"
											      "SUhE"
											      "UgAA"
											      "AAEA"
											      "AAAB"
											      "CAYA"
											      "AAAf"
											      "FcSJ"
											      "\r"
											      "\n" END,
		0, NULL, NULL, NULL},
	    {"an invitation",
		"Content-Type: multipart/alternative; boundary=\"b\"\r\n\r\n" TEXT PART(
		    "Content-Type: text/calendar; charset=\"UTF-8\"; method=REQUEST") "BEGIN:"
										      "VCALENDAR\r"
										      "\n"
										      "END:"
										      "VCALENDAR\r"
										      "\n" END,
		0, NULL, NULL, NULL},
	    {"lines of 1000 letters of base64",
		MIXED PART(
		    "Content-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: "
		    "base64") PDF PDF PDF PDF PDF PDF PDF PDF PDF PDF PDF PDF PDF PDF PDF PDF
		"\r\n" END,
		0, NULL, NULL, NULL},
	    {"words before the first boundary",
		MIXED "This is a multi-part message in MIME format.\r\n\r\n" TEXT END, 0, NULL,
		NULL, NULL},
	    {"an empty multipart", MIXED END, 0, NULL, NULL, NULL},
	    {"a diff in a text", "Subject: x\r\n\r\n--- a/x\r\n+++ b/x\r\n@@ -1 +1 @@\r\n--b\r\n",
		0, NULL, NULL, NULL},
	    {"a quoted message in a text",
		"Subject: x\r\n\r\n--- Original Message ---\r\nContent-Type: "
		"text/plain\r\n\r\nx\r\n",
		0, NULL, NULL, NULL},
	    {"\"base64\" in capitals, with a text's footer",
		MIXED PART(
		    "Content-Transfer-Encoding: BASE64") "cnVuIG1lCg==\r\n-- "
							 "\r\nfooter\r\n" PART(
							     "Content-Type: application/pdf; "
							     "name=a.pdf\r\nContent-Transfer-"
							     "Encoding: "
							     "BASE64") PDF "\r\n\r\n\r\n" END,
		0, NULL, NULL, NULL},
	    {"a program's mail that says quoted-printable of the whole",
		"Content-Type: multipart/mixed; boundary=b\r\n"
		"Content-Transfer-Encoding: quoted-printable\r\n\r\n" PART(
		    "Content-Transfer-Encoding: quoted-printable") "a=3Db=\r\nc\r\n" PART("Content-"
											  "Type: "
											  "applicat"
											  "ion/"
											  "pdf; "
											  "name=a."
											  "pdf\r\nC"
											  "ontent-"
											  "Transfer"
											  "-Encodin"
											  "g: "
											  "base64")
		    PDF "eA==\r\n" TEXT END,
		0, NULL, NULL, NULL},
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
	    cmocka_unit_test(doubled_fields),
	    cmocka_unit_test(field_names),
	    cmocka_unit_test(nul_bytes),
	    cmocka_unit_test(tokens),
	    cmocka_unit_test(line_ends),
	    cmocka_unit_test(separators),
	    cmocka_unit_test(boundaries),
	    cmocka_unit_test(outside),
	    cmocka_unit_test(regular_base64),
	    cmocka_unit_test(base64_families),
	    cmocka_unit_test(qp_families),
	    cmocka_unit_test(encodings),
	    cmocka_unit_test(b71_names),
	    cmocka_unit_test(b75_messages),
	    cmocka_unit_test(files_in_text),
	    cmocka_unit_test(parts_in_text),
	    cmocka_unit_test(ordinary_mail),
	};

	return cmocka_run_group_tests(tests, prepare, NULL);
}
