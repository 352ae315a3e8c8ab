#include "rtf_compressed.h"

#include <string.h>

#include "base/bytes.h"

#define HEADER 16
#define WINDOW 4096

/* What the window holds at first (MS-OXRTFCP 2.1.2.1). */
static const char first[] =
    "{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern "
    "\\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0"
    "\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";

struct window {
	char text[WINDOW];
	size_t write;
	struct buf *out;
};

static void
put(struct window *w, char c)
{
	w->text[w->write] = c;
	w->write = (w->write + 1) % WINDOW;
	buf_addc(w->out, c);
}

/* False at the mark of the end: a reference to the place that is written next. */
static bool
copy(struct window *w, unsigned reference)
{
	size_t from = reference >> 4, n = (reference & 15) + 2;

	if (from == w->write)
		return false;
	for (; n > 0; n--, from = (from + 1) % WINDOW)
		put(w, w->text[from]);
	return true;
}

static void
run(struct window *w, const uint8_t *at, const uint8_t *end)
{
	unsigned control, bit;

	while (at < end) {
		control = *at++;
		for (bit = 0; bit < 8 && at < end; bit++) {
			if ((control >> bit & 1) == 0) {
				put(w, (char)*at++);
				continue;
			}
			if (end - at < 2 || !copy(w, (unsigned)at[0] << 8 | at[1]))
				return;
			at += 2;
		}
	}
}

bool
rtf_decompress(const uint8_t *bytes, size_t len, struct buf *out)
{
	struct window w = {.write = sizeof(first) - 1, .out = out};

	if (len < HEADER)
		return false;
	if (memcmp(bytes + 8, "MELA", 4) == 0) {
		buf_add(out, bytes + HEADER, len - HEADER);
		return true;
	}
	if (memcmp(bytes + 8, "LZFu", 4) != 0)
		return false;
	memcpy(w.text, first, sizeof(first) - 1);
	run(&w, bytes + HEADER, bytes + len);
	return true;
}
