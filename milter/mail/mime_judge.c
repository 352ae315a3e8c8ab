#include "mime_judge.h"

#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "mime_content.h"
#include "mime_names.h"

/* ---- files ---- */

bool
judge_begins_like_file(const unsigned char *s, size_t n)
{
	static const struct {
		const char *bytes;
		size_t len;
		bool binary; /* letters that begin words, too: there must be a NUL byte */
	} magic[] = {
	    {"MZ", 2, true},
	    {"BZh", 3, true},
	    {"PK\3\4", 4, false},
	    {"\x7f\x45LF", 4, false},
	    {"%PDF-", 5, false},
	    {"Rar!", 4, false},
	    {"7z\xbc\xaf", 4, false},
	    {"\xd0\xcf\x11\xe0", 4, false},
	    {"\xca\xfe\xba\xbe", 4, false},
	    {"MSCF", 4, false},
	    {"\x1f\x8b\x08", 3, false},
	    {"\xfd\x37zXZ", 5, false},
	    {"{\\rtf", 5, false},
	    {"ITSF", 4, false},
	    {"L\0\0\0\1\x14\2\0", 8, false},
	    {"\x89PNG", 4, false},
	    {"GIF8", 4, false},
	    {"\xff\xd8\xff", 3, false},
	    {"\xe4\x52\x5c\x7b", 4, false},
	    {"#!", 2, false},
	};
	size_t i;

	for (i = 0; i < sizeof(magic) / sizeof(magic[0]); i++)
		if (n > magic[i].len && memcmp(s, magic[i].bytes, magic[i].len) == 0)
			return !magic[i].binary || memchr(s, '\0', n < 64 ? n : 64) != NULL;
	return false;
}

bool
judge_looks_like_base64(const unsigned char *s, size_t n)
{
	return n >= 40 && memchr(s, ' ', n) == NULL &&
	       (base64_oddities(s, n) & (BASE64_JUNK | BASE64_BAD_PADDING)) == 0;
}

/* Letters of base64 in lines, with no more in between than damage or malice puts there. */
static bool
is_nearly_base64(const unsigned char *s, size_t n)
{
	size_t i, others = 0;

	for (i = 0; i < n && others < 5; i++)
		others += strchr("+/=\r\n", s[i]) == NULL && !ascii_is_alpha((char)s[i]) &&
			  !ascii_is_digit((char)s[i]);
	return i == n;
}

enum transfer
judge_coding(const unsigned char *s, size_t n)
{
	unsigned char head[256];
	size_t len = n < sizeof(head) ? n : sizeof(head);

	if (judge_begins_like_file(s, n))
		return TRANSFER_IDENTITY;
	if (is_nearly_base64(s, len) &&
	    judge_begins_like_file(head, base64_read(BASE64_NO_PADDING, s, len, head)))
		return TRANSFER_BASE64;
	if (judge_begins_like_file(head, qp_read(QP_KEEP, s, len, head)))
		return TRANSFER_QP;
	return TRANSFER_UNKNOWN;
}

static bool
all_shown(const struct mime_part *p)
{
	size_t i;

	for (i = 0; i < p->ntypes; i++)
		if (!content_is_shown(p->types[i]) && content_kind(p->types[i]) == MIME_LEAF)
			return false;
	return true;
}

static bool
is_empty(const unsigned char *s, size_t n)
{
	while (n > 0 && (s[n - 1] == ' ' || s[n - 1] == '\r' || s[n - 1] == '\n'))
		n--;
	return n == 0;
}

bool
judge_is_plain(const struct mime_part *p, bool attachment)
{
	return p->nnames == 0 && !attachment && all_shown(p) &&
	       !judge_begins_like_file(p->bytes, p->len);
}

/* Whether it could be a file: a leaf with content that is not plain. */
static bool
is_file(const struct mime_part *p, bool attachment)
{
	return p->kind == MIME_LEAF && !is_empty(p->bytes, p->len) &&
	       !judge_is_plain(p, attachment);
}

static bool
begins_like_picture(const unsigned char *s, size_t n)
{
	return n > 4 && (memcmp(s, "\x89PNG", 4) == 0 || memcmp(s, "GIF8", 4) == 0 ||
			    memcmp(s, "\xff\xd8\xff", 3) == 0);
}

bool
judge_is_harmless(const unsigned char *s, size_t n)
{
	size_t i;

	if (begins_like_picture(s, n))
		return true;
	for (i = 0; i < n && (s[i] >= ' ' || (s[i] != 0 && strchr("\t\n\f\r\33", s[i]) != NULL));
	     i++)
		;
	return i == n && !judge_begins_like_file(s, n);
}

/* ---- what a leaf is, in a number ---- */

static uint64_t
mix(uint64_t a, uint64_t b)
{
	__extension__ typedef unsigned __int128 wide;
	wide m = (wide)(a ^ 0x9e3779b97f4a7c15U) * (b ^ 0xd6e8feb86659fd93U);

	return (uint64_t)m ^ (uint64_t)(m >> 64);
}

/* Not to be foreseen, so that no sender can make two contents look like one. */
static uint64_t
seed(void)
{
	static uint64_t s;

	if (s == 0)
		arc4random_buf(&s, sizeof(s));
	return s;
}

uint64_t
judge_content(const unsigned char *s, size_t n)
{
	uint64_t h = seed(), word[2];

	while (n > 0 && (s[n - 1] == ' ' || s[n - 1] == '\r' || s[n - 1] == '\n'))
		n--;
	h = mix(h, n);
	for (; n >= sizeof(word); s += sizeof(word), n -= sizeof(word)) {
		memcpy(word, s, sizeof(word));
		h = mix(h ^ word[0], word[1] ^ seed());
	}
	memset(word, 0, sizeof(word));
	memcpy(word, s, n);
	return mix(h ^ word[0], word[1] ^ seed());
}

/* The extensions of its names. */
static uint64_t
extensions_of(const struct mime_part *p)
{
	uint64_t extensions = 0;
	char ext[9];
	size_t i, k;

	for (i = 0; i < p->nnames; i++) {
		uint64_t e;

		if (!mime_name_extension(p->names[i], ext))
			continue;
		e = judge_content((const unsigned char *)ext, strlen(ext));
		/* each extension once, in whatever order: few names, so that looking back is cheap
		 */
		for (k = 0; k < i; k++) {
			char other[9];

			if (mime_name_extension(p->names[k], other) && strcmp(ext, other) == 0)
				break;
		}
		extensions += k == i ? e : 0;
	}
	return extensions;
}

/* ---- comparing readings ---- */

/* A file that one reading of a part comes to. */
struct found {
	unsigned part;
	unsigned reading;
	uint64_t what;	/* content and extensions */
	uint64_t shape; /* type and extensions */
};

struct finds {
	struct found *v;
	size_t n, cap;
	bool no_memory;
};

static void
add_find(struct finds *f, struct found one)
{
	if (f->n == f->cap) {
		size_t cap = f->cap != 0 ? 2 * f->cap : 64;
		struct found *v = reallocarray(f->v, cap, sizeof(*v));

		f->no_memory |= v == NULL;
		if (v == NULL)
			return;
		f->v = v;
		f->cap = cap;
	}
	f->v[f->n++] = one;
}

static void
add_finds(struct finds *f, unsigned part, uint32_t readings, const struct found *file)
{
	for (; readings != 0; readings &= readings - 1)
		add_find(f, (struct found){
				part, (unsigned)__builtin_ctz(readings), file->what, file->shape});
}

/* Whether anything around the part can be read in several ways. */
static bool
has_choice(const struct mime_tree *t, unsigned part)
{
	int i;

	for (i = (int)part; i >= 0; i = t->nodes[i].owner)
		if (t->nodes[i].nreadings > 1)
			return true;
	return false;
}

static void
find_leaf(const struct mime_tree *t, unsigned part, struct finds *f)
{
	const struct mime_part *m = &t->out->parts[part];
	const char *type = m->ntypes > 0 ? m->types[0] : "";
	struct found file = {.shape = extensions_of(m)};
	int i;

	if (!has_choice(t, part))
		return;
	file.what = mix(judge_content(m->bytes, m->len), file.shape);
	file.shape = mix(judge_content((const unsigned char *)type, strlen(type)), file.shape);
	if (t->nodes[part].nreadings > 1)
		add_finds(f, part, t->nodes[part].own, &file);
	for (i = (int)part; t->nodes[i].owner >= 0; i = t->nodes[i].owner) {
		const struct mime_node *n = &t->nodes[i], *owner = &t->nodes[n->owner];

		if (owner->nreadings > 1)
			add_finds(f, (unsigned)n->owner,
			    n->in != MIME_IN_BYTES ? n->in : owner->own, &file);
	}
}

static int
compare(const void *pa, const void *pb)
{
	const struct found *a = pa, *b = pb;

	if (a->part != b->part)
		return a->part < b->part ? -1 : 1;
	if (a->reading != b->reading)
		return a->reading < b->reading ? -1 : 1;
	return a->what < b->what ? -1 : a->what > b->what;
}

/* What the files of one reading come to. */
struct sum {
	uint64_t what, shape;
};

/*
 * Marks the doubts of the readings of one part that come to other files than
 * its first one. Where a whole multipart is decoded, its files are damaged
 * ones: that is no other file while names and types are the same.
 */
static void
judge_part(struct mime_tree *t, unsigned part, const struct sum sums[READINGS_MAX])
{
	const struct mime_node *n = &t->nodes[part];
	unsigned i;

	for (i = 1; i < n->nreadings; i++) {
		int reason = t->reasons[n->readings + i];

		if (reason < 0)
			continue;
		if (t->out->doubts[reason].kind == DOUBT_MULTIPART_ENCODED
			? sums[i].shape != sums[0].shape
			: sums[i].what != sums[0].what)
			t->out->doubts[reason].attachment = true;
	}
}

static void
judge_readings(struct mime_tree *t, struct finds *f)
{
	struct sum sums[READINGS_MAX];
	size_t i, k;

	if (f->n > 0)
		qsort(f->v, f->n, sizeof(*f->v), compare);
	for (i = 0; i < f->n; i = k) {
		memset(sums, 0, sizeof(sums));
		for (k = i; k < f->n && f->v[k].part == f->v[i].part; k++)
			if (k == i || compare(&f->v[k], &f->v[k - 1]) != 0) {
				sums[f->v[k].reading].what += f->v[k].what;
				sums[f->v[k].reading].shape += f->v[k].shape;
			}
		judge_part(t, f->v[i].part, sums);
	}
}

/* Those that involve an attachment first, each kind in its order; no more than the limit. */
static void
shorten(struct mime_tree *t)
{
	struct mime_reading *out = t->out;
	size_t max = t->limits->doubts, i, kept = 0;
	struct mime_doubt *d;

	if (out->ndoubts <= max)
		return;
	if ((d = reallocarray(NULL, max + 1, sizeof(*d))) == NULL) {
		out->no_memory = true;
		return;
	}
	for (i = 0; i < out->ndoubts && kept < max; i++)
		if (out->doubts[i].attachment)
			d[kept++] = out->doubts[i];
	for (i = 0; i < out->ndoubts && kept < max; i++)
		if (!out->doubts[i].attachment)
			d[kept++] = out->doubts[i];
	out->more_doubts = out->ndoubts - kept;
	free(out->doubts);
	out->doubts = d;
	out->ndoubts = kept;
}

void
judge(struct mime_tree *t)
{
	struct mime_reading *out = t->out;
	struct finds f = {0};
	size_t i;

	if (out->ndoubts == 0)
		return;
	for (i = out->nparts; i-- > 0;) {
		struct mime_node *n = &t->nodes[i];

		if (is_file(&out->parts[i], n->attachment)) {
			n->file = true;
			find_leaf(t, (unsigned)i, &f);
		}
		if (n->owner >= 0)
			t->nodes[n->owner].file |= n->file;
	}
	judge_readings(t, &f);
	for (i = 0; i < out->ndoubts; i++)
		out->doubts[i].attachment |= t->matters[i] && t->nodes[out->doubts[i].part].file;
	out->no_memory |= f.no_memory;
	free(f.v);
	shorten(t);
}
