#include "member.h"

#include <string.h>

#include "shown.h"

#define NAMES_MAX (1u << 18)

void
member_init(struct member *m, struct scan *s, const struct object *archive)
{
	*m = (struct member){.scan = s, .archive = archive};
	buf_init(&m->content, 0);
	buf_init(&m->names, NAMES_MAX);
}

void
member_clear(struct member *m)
{
	buf_clear(&m->content);
	buf_clear(&m->names);
	m->nnames = 0;
	m->type = NULL;
}

void
member_free(struct member *m)
{
	buf_free(&m->content);
	buf_free(&m->names);
}

static void
add_name(struct member *m, const char *s, size_t n)
{
	size_t before = m->names.len, i;

	if (n == 0 || m->nnames == MEMBER_NAMES)
		return;
	utf8_from_bytes(&m->names, s, n);
	buf_addc(&m->names, '\0');
	if (m->names.failed)
		return;
	for (i = 0; i < m->nnames; i++)
		if (strcmp(m->names.data + m->at[i], m->names.data + before) == 0) {
			m->names.len = before;
			return;
		}
	m->at[m->nnames++] = before;
}

void
member_add_name(struct member *m, const char *s, size_t n)
{
	const char *nul = memchr(s, '\0', n);
	struct buf whole;
	size_t i;

	if (nul == NULL) {
		add_name(m, s, n);
		return;
	}
	buf_init(&whole, NAMES_MAX);
	for (i = 0; i < n; i++)
		if (s[i] != '\0')
			buf_addc(&whole, s[i]);
	add_name(m, s, (size_t)(nul - s));
	add_name(m, buf_str(&whole), whole.len);
	buf_free(&whole);
}

const char *
member_name(struct member *m)
{
	return m->nnames > 0 ? m->names.data + m->at[0] : "";
}

bool
member_add(struct member *m, const void *bytes, size_t n)
{
	if (n > m->scan->limits.object_max - m->content.len) {
		scan_find(m->scan, m->archive, RULE_ARCHIVE_BOMB,
		    "one file in it is too large when unpacked");
		return false;
	}
	if (!scan_may_unpack(m->scan, m->archive, n))
		return false;
	buf_add(&m->content, bytes, n);
	if (m->content.failed)
		m->scan->no_memory = true;
	return !m->content.failed;
}

void
member_inspect_bytes(struct member *m, const unsigned char *bytes, size_t len)
{
	const char *names[MEMBER_NAMES];
	struct object o = {.parent = m->archive,
	    .bytes = bytes,
	    .len = len,
	    .names = names,
	    .nnames = m->nnames,
	    .types = &m->type,
	    .ntypes = m->type != NULL,
	    .in_archive = true};
	size_t i;

	for (i = 0; i < m->nnames; i++)
		names[i] = m->names.data + m->at[i];
	inspect(m->scan, &o);
}

void
member_inspect(struct member *m)
{
	member_inspect_bytes(m, (const unsigned char *)buf_str(&m->content), m->content.len);
}
