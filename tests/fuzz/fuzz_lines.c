/* A file to be imported, plain or gzipped: every line once, each within its cap and valid text; a damaged file ends. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "base/csv.h"
#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(bool ok)
{
	if (!ok)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char path[40], *line, *field[16];
	struct err e = { 0 };
	int fd = memfd_create("lines", MFD_CLOEXEC), got;
	size_t len;
	must(fd >= 0 && write(fd, data, n) == (ssize_t)n);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	struct lines *l = lines_open(path, &e);
	must(l);
	int64_t last = 0, faults = 0;
	while ((got = lines_next(l, &line, &len, &e)) != 0 && lines_number(l) < 100000) {
		must(lines_number(l) >= last);
		last = lines_number(l);
		if (got < 0) {
			must(e.msg[0] && ++faults <= 200000);
			continue;
		}
		must(len <= LINE_MAX_BYTES && strlen(line) == len && utf8_valid(line, len) && !strchr(line, '\n'));
		csv_split(line, ',', field, 16);
	}
	must(lines_progress(l) >= 0);
	lines_digest(l);
	lines_close(l);
	close(fd);
	return 0;
}
