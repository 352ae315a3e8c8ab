#include "table.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const tones[] = {"", "\033[32m", "\033[33m", "\033[31m"};

void
table_init(struct table *t, const char *const *titles, size_t columns)
{
	size_t i;

	memset(t, 0, sizeof(*t));
	buf_init(&t->cells, 0);
	t->columns = columns;
	for (i = 0; i < columns; i++)
		table_add(t, TONE_PLAIN, titles[i]);
}

void
table_add(struct table *t, enum tone tone, const char *text)
{
	size_t *width = &t->width[t->n++ % t->columns], n = 0;

	buf_addc(&t->cells, (char)tone);
	for (; *text != '\0'; text++, n++)
		buf_addc(&t->cells, (unsigned char)*text < ' ' || *text == 0x7f ? '?' : *text);
	buf_addc(&t->cells, '\0');
	if (n > *width)
		*width = n;
}

static void
print_cell(const struct table *t, size_t i, const char *cell, FILE *f)
{
	bool last = (i + 1) % t->columns == 0;
	bool colour = cell[0] != TONE_PLAIN && isatty(fileno(f)) && getenv("NO_COLOR") == NULL;
	const char *text = cell + 1;
	int fill = last ? 0 : (int)(t->width[i % t->columns] - strlen(text)) + 2;

	fprintf(f, "%s%s%s%*s%s", colour ? tones[(int)cell[0]] : "", text, colour ? "\033[0m" : "",
	    fill, "", last ? "\n" : "");
}

void
table_print(struct table *t, FILE *f)
{
	const char *at = t->cells.data;
	size_t i;

	for (i = 0; i < t->n && !t->cells.failed; i++) {
		print_cell(t, i, at, f);
		at += strlen(at + 1) + 2;
	}
	buf_free(&t->cells);
}
