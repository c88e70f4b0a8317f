#include "base/textdiff.h"
#include <stdint.h>
#include <string.h>

struct lines {
	char **line;
	int n;
};

static struct lines split(struct arena *mem, const char *text)
{
	struct lines l = { 0 };
	int max = 1;
	for (const char *c = text; *c; c++)
		max += *c == '\n';
	l.line = arena_array(mem, char *, max);
	char *copy = arena_strdup(mem, text);
	for (char *one; (one = strsep(&copy, "\n"));)
		if (copy || *one) /* the end of the last line is no line */
			l.line[l.n++] = one;
	return l;
}

struct diff {
	struct diff_line *out;
	int n;
};

static void put(struct diff *d, char kind, int was, int is, const char *text)
{
	d->out[d->n++] = (struct diff_line){ kind, was, is, text };
}

/* The stretch a[i0,i1) × b[j0,j1), whose table of longest common subsequences fits into memory. */
static void middle(struct diff *d, const struct lines *a, int i0, int i1, const struct lines *b, int j0, int j1)
{
	int n = i1 - i0, m = j1 - j0, i = 0, j = 0;
	bool fits = n <= TEXTDIFF_MAX && m <= TEXTDIFF_MAX && n && m;
	size_t w = (size_t)m + 1;
	struct arena *mem = arena_new(((size_t)n + 1) * w * sizeof(uint16_t) + 4096);
	uint16_t *t = fits ? arena_array(mem, uint16_t, ((size_t)n + 1) * w) : NULL;
	for (int x = n - 1; fits && x >= 0; x--)
		for (int y = m - 1; y >= 0; y--) {
			size_t at = (size_t)x * w + (size_t)y;
			uint16_t down = t[at + w], right = t[at + 1];
			t[at] = !strcmp(a->line[i0 + x], b->line[j0 + y]) ? (uint16_t)(t[at + w + 1] + 1)
									  : (down >= right ? down : right);
		}
	while (i < n || j < m) {
		size_t at = (size_t)i * w + (size_t)j;
		if (fits && i < n && j < m && !strcmp(a->line[i0 + i], b->line[j0 + j])) {
			put(d, ' ', i0 + i + 1, j0 + j + 1, a->line[i0 + i]);
			i++, j++;
		} else if (i < n && (j == m || !fits || t[at + w] >= t[at + 1])) {
			put(d, '-', i0 + i + 1, 0, a->line[i0 + i]);
			i++;
		} else {
			put(d, '+', 0, j0 + j + 1, b->line[j0 + j]);
			j++;
		}
	}
	arena_free(mem);
}

int text_diff(struct arena *mem, const char *was, const char *is, struct diff_line **out)
{
	struct lines a = split(mem, was), b = split(mem, is);
	struct diff d = { .out = arena_array(mem, struct diff_line, a.n + b.n + 1) };
	int head = 0, tail = 0;
	while (head < a.n && head < b.n && !strcmp(a.line[head], b.line[head]))
		head++;
	while (tail < a.n - head && tail < b.n - head && !strcmp(a.line[a.n - 1 - tail], b.line[b.n - 1 - tail]))
		tail++;
	for (int i = 0; i < head; i++)
		put(&d, ' ', i + 1, i + 1, a.line[i]);
	middle(&d, &a, head, a.n - tail, &b, head, b.n - tail);
	for (int i = tail; i > 0; i--)
		put(&d, ' ', a.n - i + 1, b.n - i + 1, a.line[a.n - i]);
	*out = d.out;
	return d.n;
}
