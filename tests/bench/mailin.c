/* Messages a second that one core parses, from the files named; each is read into memory before. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/text.h"
#include "front/mailin/mailin.h"

enum { FILES_MAX = 200 };

static size_t slurp(const char *path, char **out)
{
	FILE *f = fopen(path, "rb");
	if (!f || fseek(f, 0, SEEK_END))
		exit(1);
	long n = ftell(f);
	rewind(f);
	*out = malloc((size_t)n + 1);
	if (!*out || fread(*out, 1, (size_t)n, f) != (size_t)n)
		exit(1);
	fclose(f);
	return (size_t)n;
}

int main(int argc, char **argv)
{
	static const struct mailin_own own = { "cert.example", { "case@cert.example" } };
	char *text[FILES_MAX];
	size_t size[FILES_MAX];
	int n = 0;
	for (int i = 1; i < argc && n < FILES_MAX; i++, n++)
		size[n] = slurp(argv[i], &text[n]);
	if (!n)
		return 2;
	struct mailin *m = malloc(sizeof *m);
	int64_t done = 0, began = clock_mono();
	for (; clock_mono() - began < 3 * USEC; done += n)
		for (int i = 0; i < n; i++) {
			struct err e = { 0 };
			struct arena *mem = arena_new(MAIL_ARENA);
			if (mailin_parse(mem, text[i], size[i], &own, NULL, NULL, m, &e))
				return 1;
			arena_free(mem);
		}
	printf("parsed %.0f\n", (double)done * USEC / (double)(clock_mono() - began));
	return 0;
}
