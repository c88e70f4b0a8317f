/* nicert.conf as somebody may have written it: it loads, or the error names the file and the line. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static char dir[] = "/tmp/nicert-fuzz-XXXXXX", path[64];

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void clean(void)
{
	unlink(path);
	rmdir(dir);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct config c;
	struct err e = { 0 };
	if (n > 65536)
		return 0;
	if (!path[0]) {
		must(mkdtemp(dir));
		snprintf(path, sizeof path, "%s/nicert.conf", dir);
		atexit(clean);
	}
	FILE *f = fopen(path, "wb");
	must(f && fwrite(data, 1, n, f) == n && fclose(f) == 0);
	if (config_load(&c, dir, NULL, 0, true, &e) == ST_OK) {
		must(c.http_listen && c.store_url && c.public_url && c.site_zone >= -24 * 60 && c.site_zone <= 24 * 60);
		config_free(&c);
	} else {
		must(strstr(e.msg, "nicert.conf") || e.msg[0]);
	}
	return 0;
}
