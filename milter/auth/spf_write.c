#include "spf_write.h"

struct writer {
	struct spf_walk *walk;
	struct spf_frame *frame;
	struct buf *out;
	unsigned room; /* look-ups that can still be reached */
};

static void
write_sure(struct writer *wr, const struct spf_term *t)
{
	unsigned none = ip_is_v4(&wr->walk->request->ip) ? 96 : 0;

	if (t->mechanism == SPF_ALL || t->net.bits == none)
		spf_engine_add_all(wr->out, t->qualifier);
	else
		spf_engine_add_net(wr->out, t->qualifier, &t->net);
	wr->frame->sure = (int)(t - wr->frame->record->terms);
}

static void
write_lookup(struct writer *wr, const struct spf_term *t)
{
	unsigned frame = (unsigned)(wr->frame - wr->walk->frames);
	struct spf_engine_term at = {frame, (unsigned)(t - wr->frame->record->terms)};
	unsigned bits;

	wr->room--;
	if (t->mechanism == SPF_INCLUDE) {
		spf_engine_add_include(wr->out, t->qualifier, at);
		return;
	}
	bits =
	    t->mechanism == SPF_A || t->mechanism == SPF_MX ? spf_walk_prefix_bits(wr->walk, t) : 0;
	if (bits == 0 || (bits == 96 && ip_is_v4(&wr->walk->request->ip)))
		spf_engine_add_exists(wr->out, t->qualifier, at);
	else
		spf_engine_add_address(wr->out, t->qualifier, at, bits);
}

static void
write_term(struct writer *wr, const struct spf_term *t)
{
	if (spf_walk_is_sure(wr->walk, t))
		write_sure(wr, t);
	else if (spf_term_looks_up(t))
		write_lookup(wr, t);
}

/* The text, in the walk's memory; NULL without memory. */
const char *
spf_write_record(struct spf_walk *w, struct spf_frame *f)
{
	struct writer wr = {w, f, &w->scratch, w->limits.lookups + 1 - w->lookups};
	const struct spf_record *r = f->record;
	size_t i;

	buf_clear(wr.out);
	spf_engine_begin(wr.out);
	for (i = 0; i < r->n && f->sure == -1 && wr.room > 0; i++)
		write_term(&wr, &r->terms[i]);
	if (f->sure == -1 && wr.room > 0 && r->redirect.n > 0)
		spf_engine_add_redirect(wr.out, (unsigned)(f - w->frames));
	if (wr.out->failed)
		return NULL;
	return arena_strndup(w->mem, buf_str(wr.out), wr.out->len);
}
