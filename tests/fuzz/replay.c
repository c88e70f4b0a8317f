/* The main of a fuzz target in the ordinary tests: each file named runs once, the empty input first. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static int replay_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	if (!f || fseek(f, 0, SEEK_END))
		return perror(path), 1;
	long n = ftell(f);
	rewind(f);
	/* Exactly as long as the input, so that ASan sees the first byte read past it. */
	uint8_t *data = malloc(n > 0 ? (size_t)n : 1);
	if (n < 0 || !data || fread(data, 1, (size_t)n, f) != (size_t)n)
		return perror(path), 1;
	fclose(f);
	fprintf(stderr, "%s\n", path);
	LLVMFuzzerTestOneInput(data, (size_t)n);
	free(data);
	return 0;
}

int main(int argc, char **argv)
{
	LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
	for (int i = 1; i < argc; i++)
		if (replay_file(argv[i]))
			return 1;
	return 0;
}
