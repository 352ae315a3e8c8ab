#include "scan_channel.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/utf8.h"
#include "fd_message.h"
#include "process.h"

const char *
scan_fate_text(enum scan_fate f)
{
	static const char *const texts[] = {[SCAN_DONE] = "done",
	    [SCAN_DONE_LAST] = "done",
	    [SCAN_LATE] = "the scanner took too long",
	    [SCAN_UNSENT] = "the scanner was gone",
	    [SCAN_GONE] = "the scanner died",
	    [SCAN_NONSENSE] = "the scanner talked nonsense",
	    [SCAN_NO_MEMORY] = "out of memory"};

	return texts[f];
}

/* One question, while it is waited for. */
struct asking {
	int channel;
	const struct scan_request *q;
	int64_t deadline;
	struct arena *mem;
	struct scan_answer *answer;
	uint64_t handed;      /* bytes of parts so far */
	unsigned char *bytes; /* of the message that came last */
	size_t len;
	int fd; /* that came with it */
};

static bool
is_sealed(int fd, uint64_t size)
{
	const int all = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
	int seals = fcntl(fd, F_GET_SEALS);
	struct stat st;

	return seals != -1 && (seals & all) == all && fstat(fd, &st) == 0 && st.st_size >= 0 &&
	       (uint64_t)st.st_size == size;
}

static enum scan_fate
take_part(struct asking *a, const struct scan_head *h)
{
	struct scan_answer *out = a->answer;
	const char *name = (const char *)a->bytes + sizeof(*h);
	size_t n = a->len - sizeof(*h);

	if (a->fd == -1 || out->nparts >= a->q->hand_parts || n >= SCAN_HANDED_NAME ||
	    memchr(name, '\0', n) != NULL || !utf8_valid(name, n) ||
	    h->size > a->q->hand_bytes - a->handed || !is_sealed(a->fd, h->size))
		return SCAN_NONSENSE;
	name = arena_strndup(a->mem, name, n);
	if (name == NULL)
		return SCAN_NO_MEMORY;
	a->handed += h->size;
	out->parts[out->nparts++] =
	    (struct scan_handed){.fd = a->fd, .size = h->size, .name = name, .part = h->part};
	a->fd = -1;
	return SCAN_DONE;
}

static enum scan_fate
take_result(struct asking *a, const struct scan_head *h)
{
	struct scan_result *r = &a->answer->result;

	if (a->fd != -1 || h->size != 0 ||
	    !result_parse(a->bytes + sizeof(*h), a->len - sizeof(*h), a->mem, r) ||
	    (a->q->hashes != 0) != (r->hashes != NULL))
		return SCAN_NONSENSE;
	return h->type == SCAN_LAST_RESULT ? SCAN_DONE_LAST : SCAN_DONE;
}

/* Sets *more where the answer goes on. */
static enum scan_fate
take_message(struct asking *a, bool *more)
{
	struct scan_head h;

	*more = false;
	if (a->len < sizeof(h))
		return SCAN_NONSENSE;
	memcpy(&h, a->bytes, sizeof(h));
	if (h.seq != a->q->seq)
		return SCAN_NONSENSE;
	if (h.type == SCAN_RESULT || h.type == SCAN_LAST_RESULT)
		return take_result(a, &h);
	if (h.type != SCAN_PART)
		return SCAN_NONSENSE;
	*more = true;
	return take_part(a, &h);
}

static enum scan_fate
receive(struct asking *a)
{
	struct pollfd p = {.fd = a->channel, .events = POLLIN};
	int64_t left;
	ssize_t n;
	int r;

	for (;;) {
		left = a->deadline - process_now();
		r = left > 0 ? poll(&p, 1, (int)(left < 60000 ? left : 60000)) : 0;
		if (r == 0 && a->deadline <= process_now())
			return SCAN_LATE;
		if (r <= 0)
			continue;
		n = fd_message_recv(a->channel, a->bytes, SCAN_ANSWER_MAX, &a->fd, MSG_DONTWAIT);
		if (n == -1 && errno == EAGAIN)
			continue;
		if (n <= 0)
			return n == 0 ? SCAN_GONE : SCAN_NONSENSE;
		a->len = (size_t)n;
		return SCAN_DONE;
	}
}

static enum scan_fate
wait_for_answer(struct asking *a)
{
	enum scan_fate f;
	bool more = true;

	while (more) {
		f = receive(a);
		if (f != SCAN_DONE)
			return f;
		f = take_message(a, &more);
		if (a->fd != -1) {
			close(a->fd);
			a->fd = -1;
		}
		if (f != SCAN_DONE)
			return f;
	}
	return SCAN_DONE;
}

enum scan_fate
scan_channel_ask(int channel, const struct scan_request *q, int message, int64_t deadline,
    struct arena *mem, struct scan_answer *out)
{
	struct asking a = {
	    .channel = channel, .q = q, .deadline = deadline, .mem = mem, .answer = out, .fd = -1};
	enum scan_fate f;

	*out = (struct scan_answer){0};
	out->parts = arena_alloc(mem, (q->hand_parts + 1) * sizeof(*out->parts));
	a.bytes = malloc(SCAN_ANSWER_MAX);
	if (out->parts == NULL || a.bytes == NULL)
		f = SCAN_NO_MEMORY;
	else if (fd_message_send(channel, q, sizeof(*q), NULL, 0, message) == -1)
		f = SCAN_UNSENT;
	else
		f = wait_for_answer(&a);
	free(a.bytes);
	return f;
}

void
scan_answer_close(struct scan_answer *a)
{
	while (a->nparts > 0)
		close(a->parts[--a->nparts].fd);
}
