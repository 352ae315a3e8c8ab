#include "result.h"

#include <stdint.h>
#include <string.h>

#include "base/utf8.h"

/* Both sides are one program on one host: numbers are as the machine has them. */
#define MAGIC UINT32_C(0x47505253)
#define MAX_FINDINGS 200
#define MAX_PARTS 2000
#define FINDINGS_ROOM (96u * 1024)

enum { FLAG_INCOMPLETE = 1, FLAG_HASHES = 2, FLAG_EXHAUSTED = 4, ALL_FLAGS = 7 };

struct head {
	uint32_t magic, flags;
	uint32_t nparts, nfindings;
	uint64_t more_parts, more_findings;
};

struct part_head {
	int32_t parent;
	uint32_t reserved;
	uint64_t size;
};

struct finding_head {
	uint32_t rule, part;
};

/* ---- writing ---- */

void
result_text(struct buf *out, const char *s)
{
	size_t n = strlen(s), i, len, end = out->len + RESULT_TEXT;

	for (i = 0; i < n; i += len != 0 ? len : 1) {
		len = utf8_length(s + i, n - i);
		if (out->len + (len != 0 ? len : 3) > end)
			return;
		if (len == 0)
			buf_adds(out, "\xef\xbf\xbd");
		else
			buf_add(out, s + i, len);
	}
}

static void
add_text(struct buf *out, const char *s)
{
	struct buf clean;
	uint16_t size;

	buf_init(&clean, RESULT_TEXT);
	result_text(&clean, s);
	size = (uint16_t)clean.len;
	buf_add(out, &size, sizeof(size));
	buf_add(out, buf_str(&clean), clean.len);
	buf_free(&clean);
}

static void
add_part(struct buf *out, const struct scan_part *p, const unsigned char *hash)
{
	const struct part_head h = {.parent = p->parent, .size = p->size};

	buf_add(out, &h, sizeof(h));
	if (hash != NULL)
		buf_add(out, hash, RESULT_HASH);
	add_text(out, p->name);
	add_text(out, p->declared);
	add_text(out, p->found);
}

static uint32_t
add_parts(struct buf *out, const struct scan_report *r, const unsigned char (*hashes)[RESULT_HASH],
    size_t room)
{
	size_t i, before = 0;

	for (i = 0; i < r->nparts && i < MAX_PARTS; i++) {
		before = out->len;
		add_part(out, &r->parts[i], hashes != NULL ? hashes[i] : NULL);
		if (out->failed || out->len > room) {
			out->len = before;
			break;
		}
	}
	return (uint32_t)i;
}

/* The part, or the nearest one around it that is told. */
static uint32_t
told_part(const struct scan_report *r, unsigned part, uint32_t told)
{
	int p = (int)part;

	while (p >= 0 && (uint32_t)p >= told)
		p = r->parts[p].parent;
	return p >= 0 ? (uint32_t)p : 0;
}

static void
add_finding(struct buf *out, const struct scan_finding *f, uint32_t part)
{
	const struct finding_head h = {.rule = f->rule, .part = part};

	buf_add(out, &h, sizeof(h));
	add_text(out, f->name);
	add_text(out, f->reason);
}

static uint32_t
add_findings(struct buf *out, const struct scan_report *r, uint32_t told)
{
	size_t i, before;

	for (i = 0; i < r->nfindings && i < MAX_FINDINGS && told > 0; i++) {
		before = out->len;
		add_finding(out, &r->findings[i], told_part(r, r->findings[i].part, told));
		if (out->failed || out->len > FINDINGS_ROOM) {
			out->len = before;
			break;
		}
	}
	return (uint32_t)i;
}

void
result_write(const struct scan *s, const unsigned char (*hashes)[RESULT_HASH], struct buf *out)
{
	const struct scan_report *r = &s->report;
	struct head h = {.magic = MAGIC};
	struct buf parts, findings;

	buf_init(&parts, RESULT_MAX);
	buf_init(&findings, RESULT_MAX);
	/* the first parts, so that findings have something to be about; then the findings */
	h.nparts = add_parts(&parts, r, hashes, RESULT_MAX - FINDINGS_ROOM - sizeof(h));
	h.nfindings = add_findings(&findings, r, h.nparts);
	h.more_parts = r->nparts - h.nparts;
	h.more_findings = r->more + (r->nfindings - h.nfindings);
	if (s->no_memory || parts.failed || findings.failed)
		h.flags |= FLAG_INCOMPLETE;
	if (s->exhausted)
		h.flags |= FLAG_EXHAUSTED;
	if (hashes != NULL)
		h.flags |= FLAG_HASHES;
	buf_add(out, &h, sizeof(h));
	buf_add(out, buf_str(&parts), parts.len);
	buf_add(out, buf_str(&findings), findings.len);
	buf_free(&parts);
	buf_free(&findings);
}

/* ---- reading ---- */

struct reader {
	const unsigned char *p, *end;
	struct arena *mem;
};

static bool
take(struct reader *r, void *to, size_t n)
{
	if ((size_t)(r->end - r->p) < n)
		return false;
	memcpy(to, r->p, n);
	r->p += n;
	return true;
}

static bool
take_text(struct reader *r, const char **out)
{
	uint16_t n;
	const char *s;

	if (!take(r, &n, sizeof(n)) || n > RESULT_TEXT || (size_t)(r->end - r->p) < n)
		return false;
	s = (const char *)r->p;
	r->p += n;
	if (memchr(s, '\0', n) != NULL || !utf8_valid(s, n))
		return false;
	*out = arena_strndup(r->mem, s, n);
	return *out != NULL;
}

static bool
take_part(struct reader *r, struct scan_part *p, size_t index, unsigned char *hash)
{
	struct part_head h;

	if (!take(r, &h, sizeof(h)) || h.reserved != 0 || h.parent < -1 ||
	    (h.parent >= 0 && (size_t)h.parent >= index))
		return false;
	if (hash != NULL && !take(r, hash, RESULT_HASH))
		return false;
	p->parent = h.parent;
	p->size = h.size;
	return take_text(r, &p->name) && take_text(r, &p->declared) && take_text(r, &p->found);
}

static bool
take_parts(struct reader *r, const struct head *h, struct scan_result *out)
{
	unsigned char(*hashes)[RESULT_HASH] = NULL;
	size_t i;

	out->report.parts = arena_alloc(r->mem, (h->nparts + 1) * sizeof(*out->report.parts));
	if ((h->flags & FLAG_HASHES) != 0)
		hashes = arena_alloc(r->mem, (h->nparts + 1) * sizeof(*hashes));
	if (out->report.parts == NULL || ((h->flags & FLAG_HASHES) != 0 && hashes == NULL))
		return false;
	for (i = 0; i < h->nparts; i++)
		if (!take_part(r, &out->report.parts[i], i, hashes != NULL ? hashes[i] : NULL))
			return false;
	out->report.nparts = h->nparts;
	out->hashes = (const unsigned char(*)[RESULT_HASH])hashes;
	return true;
}

static bool
take_finding(struct reader *r, struct scan_finding *f, size_t nparts)
{
	struct finding_head h;

	if (!take(r, &h, sizeof(h)) || h.rule >= RULE_COUNT || h.part >= nparts)
		return false;
	f->rule = (enum scan_rule)h.rule;
	f->part = h.part;
	return take_text(r, &f->name) && take_text(r, &f->reason);
}

static bool
take_findings(struct reader *r, const struct head *h, struct scan_report *out)
{
	size_t i;

	out->findings = arena_alloc(r->mem, (h->nfindings + 1) * sizeof(*out->findings));
	if (out->findings == NULL)
		return false;
	for (i = 0; i < h->nfindings; i++)
		if (!take_finding(r, &out->findings[i], out->nparts))
			return false;
	out->nfindings = h->nfindings;
	return true;
}

bool
result_parse(const void *bytes, size_t n, struct arena *mem, struct scan_result *out)
{
	struct reader r = {.p = bytes, .end = (const unsigned char *)bytes + n, .mem = mem};
	struct head h;

	*out = (struct scan_result){0};
	if (n > RESULT_MAX || !take(&r, &h, sizeof(h)) || h.magic != MAGIC ||
	    (h.flags & ~(uint32_t)ALL_FLAGS) != 0 || h.nparts > MAX_PARTS ||
	    h.nfindings > MAX_FINDINGS || h.more_parts > UINT32_MAX || h.more_findings > UINT32_MAX)
		return false;
	if (!take_parts(&r, &h, out) || !take_findings(&r, &h, &out->report) || r.p != r.end)
		return false;
	out->report.more = h.more_findings;
	out->more_parts = h.more_parts;
	out->incomplete = (h.flags & FLAG_INCOMPLETE) != 0;
	return true;
}
