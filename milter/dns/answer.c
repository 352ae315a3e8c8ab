#include "answer.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "dns/question.h"

/* Charged for what users may yet parse from an answer: a decoded RSA key takes some 2 KB. */
#define PARSED_COST 2048

struct parsed {
	struct parsed *next;
	const struct dns_parser *parser;
	void *object; /* owned */
};

struct whole {
	struct dns_answer answer; /* first: what users see */
	atomic_uint refs;
	_Atomic(struct parsed *) parsed; /* grows at its head only */
	size_t size;
	struct dns_record records[];
};

static struct whole *
whole(const struct dns_answer *a)
{
	return (struct whole *)(uintptr_t)a;
}

static struct whole *
new_answer(enum dns_status status, size_t records, size_t bytes)
{
	size_t size = sizeof(struct whole) + records * sizeof(struct dns_record) + bytes;
	struct whole *w = malloc(size);

	if (w == NULL)
		return NULL;
	w->answer = (struct dns_answer){.status = status, .reason = "", .records = w->records};
	atomic_init(&w->refs, 1);
	atomic_init(&w->parsed, NULL);
	w->size = size;
	return w;
}

const struct dns_answer *
dns_answer_empty(enum dns_status status, uint32_t ttl, const char *reason)
{
	size_t n = strlen(reason) + 1;
	struct whole *w = new_answer(status, 0, n);

	if (w == NULL)
		return NULL;
	w->answer.ttl = ttl;
	w->answer.reason = memcpy(w->records, reason, n);
	return &w->answer;
}

const struct dns_answer *
dns_answer_nxdomain(uint32_t ttl, bool secure)
{
	const struct dns_answer *a = dns_answer_empty(DNS_NXDOMAIN, ttl, "no such name");

	if (a != NULL)
		whole(a)->answer.secure = secure;
	return a;
}

/* ---- drafts ---- */

void
dns_draft_init(struct dns_draft *d, enum dns_type type)
{
	d->secure = false;
	d->ttl = 0;
	d->n = 0;
	d->type = type;
	buf_init(&d->bytes, DNS_BYTES_MAX);
}

static void
add_txt(struct buf *b, const uint8_t *rdata, size_t len)
{
	size_t i, n;

	for (i = 0; i < len; i += n) {
		n = rdata[i++];
		if (n > len - i)
			n = len - i;
		buf_add(b, rdata + i, n);
	}
}

/*
 * A byte of a name as text. What could be taken for something else is
 * escaped (RFC 1035 §5.1), so that a dot always separates labels.
 */
static void
add_name_byte(struct buf *b, uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		buf_addc(b, (char)(c | 0x20));
	else if (c <= ' ' || c >= 0x7f || c == '.' || c == '\\')
		buf_addf(b, "\\%03u", c);
	else
		buf_addc(b, (char)c);
}

static bool
add_name(struct buf *b, const uint8_t *wire, size_t len)
{
	size_t i = 0, end, start = b->len;

	while (i < len && wire[i] != 0) {
		end = i + 1 + wire[i];
		if (wire[i] > DNS_LABEL_MAX || end >= len || end > DNS_NAME_MAX + 1)
			return false;
		if (b->len != start)
			buf_addc(b, '.');
		for (i++; i < end; i++)
			add_name_byte(b, wire[i]);
	}
	buf_addc(b, '\0');
	return i + 1 == len;
}

static bool
add_rdata(struct dns_draft *d, const uint8_t *rdata, size_t len)
{
	switch (d->type) {
	case DNS_A:
	case DNS_AAAA:
		buf_add(&d->bytes, rdata, len);
		return len == (d->type == DNS_A ? 4 : 16);
	case DNS_TXT:
		add_txt(&d->bytes, rdata, len);
		return true;
	case DNS_MX:
		d->records[d->n].preference = len < 2 ? 0 : (unsigned)(rdata[0] << 8 | rdata[1]);
		return len > 2 && add_name(&d->bytes, rdata + 2, len - 2);
	case DNS_PTR:
	case DNS_CNAME:
		return add_name(&d->bytes, rdata, len);
	}
	return false;
}

void
dns_draft_add(struct dns_draft *d, const uint8_t *rdata, size_t len)
{
	size_t at = d->bytes.len;

	if (d->n == DNS_RECORDS_MAX)
		return;
	d->records[d->n].preference = 0;
	if (!add_rdata(d, rdata, len)) {
		d->bytes.len = at;
		return;
	}
	d->records[d->n].at = at;
	d->records[d->n].len = d->bytes.len - at;
	d->n++;
}

static void
place_records(struct whole *w, const struct dns_draft *d)
{
	uint8_t *bytes = (uint8_t *)(w->records + d->n);
	bool named = d->type == DNS_MX || d->type == DNS_PTR || d->type == DNS_CNAME;
	struct dns_record *r;
	size_t i;

	if (d->bytes.len != 0)
		memcpy(bytes, d->bytes.data, d->bytes.len);
	for (i = 0; i < d->n; i++) {
		r = &w->records[i];
		*r = (struct dns_record){.preference = d->records[i].preference};
		if (named)
			r->name = (const char *)bytes + d->records[i].at;
		else {
			r->data = bytes + d->records[i].at;
			r->len = d->records[i].len;
		}
	}
	w->answer.n = d->n;
}

const struct dns_answer *
dns_draft_finish(struct dns_draft *d)
{
	struct whole *w = NULL;

	if (!d->bytes.failed)
		w = new_answer(d->n > 0 ? DNS_OK : DNS_NODATA, d->n, d->bytes.len);
	if (w != NULL) {
		place_records(w, d);
		w->answer.ttl = d->ttl;
		w->answer.secure = d->secure;
		if (d->n == 0)
			w->answer.reason = "no such record";
	}
	buf_free(&d->bytes);
	return w != NULL ? &w->answer : dns_answer_empty(DNS_TEMPFAIL, 0, "answer too large");
}

/* ---- references ---- */

const struct dns_answer *
dns_answer_ref(const struct dns_answer *a)
{
	atomic_fetch_add_explicit(&whole(a)->refs, 1, memory_order_relaxed);
	return a;
}

void
dns_answer_unref(const struct dns_answer *a)
{
	struct whole *w = whole(a);
	struct parsed *p, *next;

	if (a == NULL || atomic_fetch_sub_explicit(&w->refs, 1, memory_order_acq_rel) != 1)
		return;
	for (p = atomic_load(&w->parsed); p != NULL; p = next) {
		next = p->next;
		p->parser->free(p->object);
		free(p);
	}
	free(w);
}

size_t
dns_answer_cost(const struct dns_answer *a)
{
	const struct whole *w = whole(a);

	return w->size + (a->status == DNS_OK ? w->size + PARSED_COST : 0);
}

/* ---- what was parsed from an answer ---- */

static void *
find_parsed(const struct parsed *p, const struct dns_parser *parser)
{
	for (; p != NULL; p = p->next)
		if (p->parser == parser)
			return p->object;
	return NULL;
}

const void *
dns_answer_parsed(const struct dns_answer *a, const struct dns_parser *parser)
{
	struct whole *w = whole(a);
	struct parsed *head = atomic_load_explicit(&w->parsed, memory_order_acquire);
	void *object = find_parsed(head, parser);
	struct parsed *mine;

	if (object != NULL || (object = parser->parse(a)) == NULL)
		return object;
	if ((mine = malloc(sizeof(*mine))) == NULL) {
		parser->free(object);
		return NULL;
	}
	*mine = (struct parsed){.next = head, .parser = parser, .object = object};
	while (!atomic_compare_exchange_strong(&w->parsed, &mine->next, mine)) {
		if ((object = find_parsed(mine->next, parser)) == NULL)
			continue;
		parser->free(mine->object);
		free(mine);
		return object;
	}
	return mine->object;
}
