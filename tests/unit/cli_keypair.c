#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cli/keypair.h"

static void made_once(void **state)
{
	char dir[] = "/tmp/nicert-test-XXXXXX", sub[64], key[80], crt[80], one[65], two[65];
	struct certificate c;
	struct err e = { 0 };
	struct stat st;
	assert_non_null(mkdtemp(dir));
	snprintf(sub, sizeof sub, "%s/registrars", dir);
	snprintf(key, sizeof key, "%s/acme.key", sub);
	snprintf(crt, sizeof crt, "%s/acme.crt", sub);
	assert_int_equal(keypair_make(sub, "acme", one, &e), ST_OK);
	assert_int_equal(stat(key, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(keypair_read(crt, &c, &e), ST_OK);
	assert_string_equal(one, c.fingerprint);
	assert_int_equal(strlen(one), 64);
	/* Nothing is overwritten, and what is refused leaves the old pair as it was. */
	assert_int_equal(keypair_make(sub, "acme", two, &e), ST_CONFLICT);
	assert_int_equal(keypair_read(crt, &c, &e), ST_OK);
	assert_string_equal(one, c.fingerprint);
	assert_int_equal(unlink(key), 0);
	assert_int_equal(keypair_make(sub, "acme", two, &e), ST_CONFLICT);
	assert_int_not_equal(access(key, F_OK), 0);
	assert_int_equal(keypair_read(crt, &c, &e), ST_OK);
	assert_string_equal(one, c.fingerprint);
	keypair_remove(sub, "acme");
	assert_int_not_equal(access(crt, F_OK), 0);
	rmdir(sub);
	rmdir(dir);
}

static void no_certificate(void **state)
{
	char path[] = "/tmp/nicert-test-XXXXXX";
	struct certificate out;
	struct err e = { 0 };
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "no certificate\n", 15), 15);
	close(fd);
	assert_int_equal(keypair_read(path, &out, &e), ST_INVALID);
	unlink(path);
	assert_int_equal(keypair_read(path, &out, &e), ST_NOTFOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(made_once), cmocka_unit_test(no_certificate) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
