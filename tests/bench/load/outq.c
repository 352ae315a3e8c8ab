#include "outq.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#define SMALL_ENOUGH 65536
#define SMALL_MAX (8u << 20)

void
outq_init(struct outq *q)
{
	memset(q, 0, sizeof(*q));
	buf_init(&q->small, SMALL_MAX);
}

void
outq_clear(struct outq *q)
{
	buf_clear(&q->small);
	q->nseg = q->sent = 0;
}

void
outq_free(struct outq *q)
{
	buf_free(&q->small);
}

size_t
outq_begin(struct outq *q, char cmd)
{
	size_t mark = q->small.len;

	buf_add(&q->small, "\0\0\0", 4);
	buf_addc(&q->small, cmd);
	return mark;
}

void
outq_end(struct outq *q, size_t mark)
{
	struct segment *last = q->nseg > q->sent ? &q->seg[q->nseg - 1] : NULL;
	size_t len = q->small.len - mark, n = len - 4;
	unsigned char head[4] = {(unsigned char)(n >> 24), (unsigned char)(n >> 16),
	    (unsigned char)(n >> 8), (unsigned char)n};

	if (q->small.failed)
		return;
	memcpy(q->small.data + mark, head, sizeof(head));
	if (last != NULL && last->shared == NULL)
		last->len += len;
	else
		q->seg[q->nseg++] = (struct segment){.from = mark, .len = len};
}

void
outq_share(struct outq *q, const char *data, size_t len)
{
	q->seg[q->nseg++] = (struct segment){.shared = data, .len = len};
}

/* One command may add three segments: macros, a shared packet, and what follows. */
bool
outq_full(const struct outq *q)
{
	return q->nseg + 3 > MAX_SEGMENTS || q->small.len > SMALL_ENOUGH;
}

static int
fill_iov(struct outq *q, struct iovec *iov)
{
	int n = 0;
	unsigned i;
	struct segment *s;
	const char *base;

	for (i = q->sent; i < q->nseg; i++) {
		s = &q->seg[i];
		base = s->shared != NULL ? s->shared : q->small.data;
		/* sendmsg() only reads what the vector points at. */
		iov[n].iov_base = (void *)(uintptr_t)(base + s->from);
		iov[n++].iov_len = s->len;
	}
	return n;
}

static void
consume(struct outq *q, size_t n)
{
	struct segment *s;

	while (q->sent < q->nseg) {
		s = &q->seg[q->sent];
		if (n < s->len) {
			s->from += n;
			s->len -= n;
			return;
		}
		n -= s->len;
		q->sent++;
	}
	outq_clear(q);
}

enum outq_result
outq_send(struct outq *q, int fd)
{
	struct iovec iov[MAX_SEGMENTS];
	struct msghdr msg = {.msg_iov = iov};
	ssize_t n;

	if (q->small.failed) {
		errno = EMSGSIZE;
		return OUTQ_FAILED;
	}
	while (q->sent < q->nseg) {
		msg.msg_iovlen = (size_t)fill_iov(q, iov);
		n = sendmsg(fd, &msg, MSG_NOSIGNAL);
		if (n < 0)
			return errno == EAGAIN ? OUTQ_BLOCKED : OUTQ_FAILED;
		consume(q, (size_t)n);
	}
	return OUTQ_EMPTY;
}
