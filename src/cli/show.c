/* What commands show: a progress bar, a table. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/text.h"
#include "cli/cli.h"

static int64_t bar_started, bar_drawn;
static char bar_phase[64];

void cli_progress(void *c, const char *phase, double done)
{
	int64_t now = clock_mono();
	if (!isatty(STDERR_FILENO))
		return;
	if (strcmp(bar_phase, phase) != 0 || !bar_started) {
		snprintf(bar_phase, sizeof bar_phase, "%s", phase);
		if (!bar_started)
			bar_started = now;
	}
	if (now - bar_started < USEC || now - bar_drawn < USEC / 10)
		return;
	bar_drawn = now;
	int full = (int)(done * 40);
	full = full < 0 ? 0 : full > 40 ? 40 : full;
	fprintf(stderr, "\r%-10s [", bar_phase);
	for (int i = 0; i < 40; i++)
		fputc(i < full ? '#' : '.', stderr);
	fprintf(stderr, "] %3d %%  %lld s", (int)(done * 100), (long long)((now - bar_started) / USEC));
	fflush(stderr);
}

void cli_progress_end(void)
{
	if (bar_drawn)
		fputs("\r\033[K", stderr);
	bar_drawn = bar_started = 0;
	bar_phase[0] = 0;
}

struct table {
	struct arena *mem;
	int ncols, nrows, size;
	const char **cell;
};

/* Columns on a terminal: Han and full-width signs take two. */
static int width_of(const char *s)
{
	int w = 0;
	for (const unsigned char *p = (const unsigned char *)s; *p; p++)
		if ((*p & 0xc0) != 0x80)
			w += *p >= 0xe2 && *p <= 0xef && !(*p == 0xe2 && p[1] < 0xba) ? 2 : 1;
	return w;
}

struct table *table_new(struct arena *mem, const char *const *heads, int n)
{
	struct table *t = arena_new_of(mem, struct table);
	*t = (struct table){ .mem = mem, .ncols = n };
	table_row(t, heads);
	return t;
}

void table_row(struct table *t, const char *const *cells)
{
	if (t->nrows == t->size) {
		int size = t->size ? t->size * 2 : 32;
		const char **more = arena_array(t->mem, const char *, size * t->ncols);
		if (t->cell)
			memcpy(more, t->cell, sizeof *more * (size_t)(t->nrows * t->ncols));
		t->cell = more;
		t->size = size;
	}
	for (int i = 0; i < t->ncols; i++)
		t->cell[t->nrows * t->ncols + i] = arena_strdup(t->mem, cells[i] ? cells[i] : "");
	t->nrows++;
}

void table_print(struct table *t)
{
	for (int r = 0; r < t->nrows; r++) {
		for (int i = 0; i < t->ncols; i++) {
			const char *s = t->cell[r * t->ncols + i];
			int most = 0;
			for (int k = 0; k < t->nrows; k++) {
				int w = width_of(t->cell[k * t->ncols + i]);
				most = w > most ? w : most;
			}
			fputs(s, stdout);
			for (int pad = most - width_of(s) + 2; i < t->ncols - 1 && pad > 0; pad--)
				putchar(' ');
		}
		putchar('\n');
	}
}

int list_end(const struct cli *c, const struct buf *json, struct table *t)
{
	if (c->json)
		puts(buf_cstr(json));
	else
		table_print(t);
	return DONE;
}

int list_end_part(const struct cli *c, struct jw *w, struct table *t, int64_t next)
{
	if (next)
		j_int(w, "next", next);
	else
		j_null(w, "next");
	j_end(w);
	list_end(c, w->b, t);
	if (next && !c->json)
		printf("more: --from %lld\n", (long long)next);
	return DONE;
}

bool cli_country(const char *s)
{
	return strlen(s) == 2 && strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") == 2;
}
