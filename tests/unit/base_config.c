#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/config.h"

static char dir[64];

static int setup(void **s)
{
	snprintf(dir, sizeof dir, "/tmp/base_config.XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static const char *conf_path(void)
{
	static char path[96];
	snprintf(path, sizeof path, "%s/nicert.conf", dir);
	return path;
}

static int teardown(void **s)
{
	unlink(conf_path());
	return rmdir(dir);
}

static void conf(const char *text)
{
	FILE *f = fopen(conf_path(), "w");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static void refused(const char *text, const char *const *sets, int nsets, const char *want)
{
	struct config c;
	struct err e = { 0 };
	conf(text);
	assert_int_not_equal(config_load(&c, dir, sets, nsets, true, &e), ST_OK);
	assert_string_equal(e.msg, want);
	config_free(&c); /* harmless after a failure */
}

static void defaults(void **s)
{
	struct config c;
	struct err e = { 0 };
	char want[128];
	assert_int_equal(config_load(&c, dir, NULL, 0, false, &e), ST_OK);
	assert_string_equal(c.http_listen, "127.0.0.1:8080");
	assert_string_equal(c.epp_listen, "127.0.0.1:7700");
	assert_string_equal(c.whois_listen, "127.0.0.1:4343");
	assert_string_equal(c.mailin_listen, "");
	assert_string_equal(c.public_url, "");
	assert_string_equal(c.site_lang, "en");
	assert_int_equal(c.http_threads, 2);
	assert_int_equal(c.http_body_max, 52 << 20);
	assert_int_equal(c.http_timeout, 30);
	assert_int_equal(c.report_per_net_hour, 120);
	assert_int_equal(c.store_queue, 4096);
	assert_false(c.test_clock);
	snprintf(want, sizeof want, "sqlite:%s/nicert.db", dir);
	assert_string_equal(c.store_url, want);
	snprintf(want, sizeof want, "file:%s/outbox", dir);
	assert_string_equal(c.mail_url, want);
	config_free(&c);
	assert_int_equal(config_load(&c, dir, NULL, 0, true, &e), ST_NOTFOUND);
	assert_non_null(strstr(e.msg, "nicert.conf: not there"));
}

static void a_file_and_overrides(void **s)
{
	static const char *const sets[] = { "http.threads=8", " site.zone = -210 ",
					    "public.url=https://x.example/?a=b#c" };
	struct config c;
	struct err e = { 0 };
	conf("# a comment\r\n\n  http.threads = 4   # and another\nhttp.listen=[::1]:0\nsite.country = tw\ntest.clock "
	     "= on\n"
	     "http.body_max = 64k\nhttp.timeout = 5m\nform.min_fill=0\nstore.url = postgresql://u:p#w@h/db\nepp.cert = "
	     "DIR/epp.pem\n"
	     "epp.key = ADIR/x\nwhois.listen =\nsite.name_zh = 台灣網路資訊中心\nhttp.trusted_proxies = 10.0.0.0/8, "
	     "::1 192.0.2.1\n"
	     "mail.from = cert@example.tw");
	assert_int_equal(config_load(&c, dir, sets, 3, true, &e), ST_OK);
	assert_int_equal(c.http_threads, 8);
	assert_string_equal(c.http_listen, "[::1]:0");
	assert_string_equal(c.site_country, "TW");
	assert_true(c.test_clock);
	assert_int_equal(c.http_body_max, 65536);
	assert_int_equal(c.http_timeout, 300);
	assert_int_equal(c.form_min_fill, 0);
	assert_string_equal(c.store_url, "postgresql://u:p#w@h/db");
	assert_memory_equal(c.epp_cert, dir, strlen(dir));
	assert_string_equal(c.epp_cert + strlen(dir), "/epp.pem");
	assert_string_equal(c.epp_key, "ADIR/x");
	assert_string_equal(c.whois_listen, "");
	assert_string_equal(c.site_name_zh, "台灣網路資訊中心");
	assert_int_equal(c.site_zone, -210);
	assert_string_equal(c.public_url, "https://x.example/?a=b#c");
	assert_int_equal(config_set(&c, "store.url", "", &e), ST_OK);
	assert_memory_equal(c.store_url, "sqlite:/", 8);
	config_free(&c);
}

static void mistakes_name_line_and_value(void **s)
{
	static const char *const set[] = { "http.threads=x" };
	refused("\n\n\n\n\n\nhttp.threads = 99\n", NULL, 0, "nicert.conf:7: http.threads: 99 is more than 64");
	refused("http.threads = 0", NULL, 0, "nicert.conf:1: http.threads: 0 is less than 1");
	refused("http.body_max = 2g", NULL, 0, "nicert.conf:1: http.body_max: 2g is more than 1g");
	refused("http.body_max = 1k", NULL, 0, "nicert.conf:1: http.body_max: 1k is less than 64k");
	refused("#\nhttp.listne = x", NULL, 0, "nicert.conf:2: http.listne: unknown key; the nearest is http.listen");
	refused("site.country = Taiwan", NULL, 0,
		"nicert.conf:1: site.country: \"Taiwan\" is not two letters, as in ISO 3166");
	refused("test.clock = yes", NULL, 0, "nicert.conf:1: test.clock: \"yes\" is neither on nor off");
	refused("http.threads", NULL, 0, "nicert.conf:1: \"http.threads\" is not key = value");
	refused("", set, 1, "--set http.threads: \"x\" is not a whole number");
}

static void values_out_of_bounds(void **s)
{
	static const char *const bad[][2] = {
		{ "http.listen", "8080" },
		{ "http.listen", ":8080" },
		{ "http.listen", "h:65536" },
		{ "http.listen", "h:-1" },
		{ "http.listen", "h:" },
		{ "http.listen", "[::g]:1" },
		{ "http.listen", "::1:80" },
		{ "http.listen", "a b:1" },
		{ "http.listen", "[127.0.0.1]:1" },
		{ "http.threads", "" },
		{ "http.threads", "2 " },
		{ "http.threads", "99999999999999999999" },
		{ "http.body_max", "k" },
		{ "http.body_max", "-1m" },
		{ "http.body_max", "9223372036854775807g" },
		{ "http.body_max", "1mm" },
		{ "http.timeout", "fast" },
		{ "http.timeout", "2h" },
		{ "http.timeout", "" },
		{ "site.country", "T1" },
		{ "site.country", "T" },
		{ "site.lang", "" },
		{ "site.lang", "zh Hant" },
		{ "site.zone", "841" },
		{ "store.url", "mysql://x" },
		{ "mail.url", "" },
		{ "mail.url", "outbox" },
		{ "mail.from", "nobody" },
		{ "public.url", "example.tw" },
		{ "log.level", "loud" },
		{ "journal.origin", "a b" },
		{ "test.clock", "" },
		{ "http.trusted_proxies", "10.0.0.0/33" },
		{ "http.trusted_proxies", "any" },
		{ "site.name", "a\x1b[1m" },
		{ "site.name", "\xff" },
		{ "site.name", "two\nlines" },
		{ "", "x" },
		{ "http.listen ", "h:1" },
	};
	struct config c;
	struct err e = { 0 };
	assert_int_equal(config_load(&c, dir, NULL, 0, false, &e), ST_OK);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		err_clear(&e);
		if (config_set(&c, bad[i][0], bad[i][1], &e) != ST_INVALID)
			fail_msg("%s = %s was taken", bad[i][0], bad[i][1]);
		assert_non_null(strstr(e.msg, bad[i][0]));
		assert_int_equal(config_set(&c, bad[i][0], bad[i][1], NULL), ST_INVALID);
	}
	assert_string_equal(c.http_listen, "127.0.0.1:8080");
	config_free(&c);
}

static void long_lines_and_keys(void **s)
{
	static char text[9000];
	struct config c;
	struct err e = { 0 };
	memset(text, 'x', sizeof text - 1);
	refused(text, NULL, 0, "nicert.conf:1: longer than 4094 bytes");
	const char *set = text;
	assert_int_equal(config_load(&c, dir, &set, 1, false, &e), ST_INVALID); /* the file is still bad */
	conf("");
	assert_int_equal(config_load(&c, dir, &set, 1, false, &e), ST_LIMIT);
	memcpy(text + 3000, "=1", 3);
	assert_int_equal(config_load(&c, dir, &set, 1, false, &e), ST_INVALID);
	assert_non_null(strstr(e.msg, "unknown key"));
	text[600] = 0;
	assert_int_equal(config_load(&c, text, NULL, 0, false, &e), ST_LIMIT);
}

static void the_table_is_whole(void **s)
{
	BUF_SCOPE help = BUF_INIT;
	BUF_SCOPE page = BUF_INIT;
	config_help(&help);
	config_reference(&page);
	for (int i = 0; i < config_count; i++) {
		const struct cfg_row *row = &config_rows[i];
		char cell[64];
		snprintf(cell, sizeof cell, "| `%s` |", row->key);
		assert_non_null(strstr(help.p, row->key));
		assert_non_null(strstr(page.p, cell));
		assert_true(strlen(row->key) <= 22 && strlen(row->def) <= 22 && *row->doc && strlen(row->key) < 64);
		for (int k = 0; k < i; k++) {
			assert_string_not_equal(row->key, config_rows[k].key);
			assert_true(row->offset != config_rows[k].offset);
		}
	}
	for (char *line = page.p; *line; line = strchr(line, '\n') + 1) {
		int bars = 0;
		for (char *p = line; *p != '\n'; p++)
			bars += *p == '|';
		assert_int_equal(bars, 6);
	}
	assert_non_null(strstr(page.p, "| `http.body_max` | bytes | `52m` | 64k to 1g |"));
}

int main(void)
{
#define IN_DIR(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		IN_DIR(defaults),
		IN_DIR(a_file_and_overrides),
		IN_DIR(mistakes_name_line_and_value),
		IN_DIR(values_out_of_bounds),
		IN_DIR(long_lines_and_keys),
		cmocka_unit_test(the_table_is_whole),
	};
	return cmocka_run_group_tests_name("base_config", tests, NULL, NULL);
}
