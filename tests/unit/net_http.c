/* HTTP transport: requests, their framing, forms and bodies, answers, who asks. */
#include "httpworld.h"

static void plain(void **state)
{
	assert_int_equal(get("/hello"), 200);
	assert_string_equal(r.body, "hello");
	assert_non_null(strstr(head_of(&r, "Content-Security-Policy"), "default-src 'none'"));
	assert_string_equal(head_of(&r, "Referrer-Policy"), "no-referrer");
	assert_string_equal(head_of(&r, "X-Content-Type-Options"), "nosniff");
	assert_string_equal(head_of(&r, "Cross-Origin-Opener-Policy"), "same-origin");
	assert_string_equal(head_of(&r, "Cache-Control"), "no-store");
	assert_int_equal(get("http://example.tw/hello"), 200);
	assert_int_equal(get("/staff"), 303);
	assert_string_equal(head_of(&r, "Location"), "/sign-in");
}

static void routes_match(void **state)
{
	assert_int_equal(get("/case/new"), 200);
	assert_string_equal(r.body, "new");
	assert_int_equal(get("/case/NC-1"), 200);
	assert_string_equal(r.body, "/case/NC-1|NC-1|");
	assert_int_equal(get("/case/a/file/192.0.2.0%2F24"), 200);
	assert_string_equal(r.body, "/case/a/file/192.0.2.0/24|a|192.0.2.0/24");
	assert_int_equal(get("/tile/0/x001/067.p/3?x"), 200);
	assert_string_equal(r.body, "/tile/0/x001/067.p/3|0/x001/067.p/3|");
	assert_int_equal(get("/case/%E7%AB%B9"), 200);
	assert_string_equal(r.body, "/case/竹|竹|");
	assert_int_equal(get("/case/"), 404);
	assert_int_equal(get("/case"), 404);
	assert_int_equal(get("/hello/"), 404);
	assert_non_null(strstr(r.body, "<h1>404</h1>"));
	assert_string_equal(head_of(&r, "Content-Type"), "text/html; charset=utf-8");
	assert_non_null(head_of(&r, "Content-Security-Policy"));
	assert_int_equal(posts("/hello", NULL, ""), 405);
	assert_string_equal(head_of(&r, "Allow"), "GET, HEAD");
	assert_int_equal(ask("DELETE /case/new HTTP/1.1\r\n" H "\r\n"), 405);
	assert_string_equal(head_of(&r, "Allow"), "GET, HEAD, POST");
	assert_int_equal(ask("BREW /nothing HTTP/1.1\r\n" H "\r\n"), 404);
}

static void bad_paths(void **state)
{
	static const char *const bad[] = {
		"/../etc/passwd",   "/case/..",	     "/case/.",		"/case/%2e%2E",
		"/case/a%2F..%2Fb", "/tile/a/../b",  "/case/%00",	"/case/%zz",
		"/case/%4",	    "/case/%ff",     "/case/%ed%a0%80", "/case/\xff",
		"/case/%0d%0aX",    "/case/\\..\\",  "hello",		"*",
		"ftp://a/hello",    "http:///hello", "/query?q=%ff",	"/query?q=%00",
		"/query?%ff=1",	    "/case/%c0%ae",
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		int code = get(bad[i]);
		if (code != 400)
			fail_msg("%s gave %d", bad[i], code);
		assert_non_null(strstr(r.body, "<h1>400"));
	}
	static const char zero[] = "GET /hello\0/more HTTP/1.1\r\n" H "\r\n";
	assert_int_equal(ask_n(zero, sizeof zero - 1), 400);
	static const char zero2[] = "GET /hello\0 HTTP/1.1\r\n" H "\r\n";
	assert_int_equal(ask_n(zero2, sizeof zero2 - 1), 400);
}

static void queries(void **state)
{
	assert_int_equal(get("/query?q=a+b%20%E7%AB%B9&q=2"), 200);
	assert_string_equal(r.body, "q=a b 竹");
	assert_int_equal(get("/query?q"), 200);
	assert_string_equal(r.body, "q=");
	assert_int_equal(get("/query?q=100%"), 200);
	assert_string_equal(r.body, "q=100%");
	assert_int_equal(get("/query"), 200);
	assert_string_equal(r.body, "q=(none)");
	BUF_SCOPE many = BUF_INIT; /* a query's fields take room in MHD's pool, an answer must find some left */
	buf_str(&many, "/query?q=x");
	for (int i = 0; i < 300; i++) {
		buf_str(&many, "&a=1");
		int code = i % 10 == 9 ? get(many.p) : 200;
		if (code != 200 && (i < 40 || code == 500))
			fail_msg("a query of %d fields gave %d", i, code);
	}
}

static void bad_framing(void **state)
{
	static const char *const bad[] = {
		"POST /raw HTTP/1.1\r\n" H "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
		"POST /raw HTTP/1.1\r\n" H "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
		"POST /raw HTTP/1.1\r\n" H "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"POST /raw HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
		"POST /raw HTTP/1.1\r\n" H "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
		"POST /raw HTTP/1.1\r\n" H "Transfer-Encoding: identity\r\n\r\nabc",
		"POST /raw HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"POST /raw HTTP/1.0\r\n" H "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"POST /raw HTTP/1.1\r\n" H "Content-Length: -1\r\n\r\n",
		"POST /raw HTTP/1.1\r\n" H "Content-Length: 3, 3\r\n\r\nabc",
		"POST /raw HTTP/1.1\r\n" H "Content-Length: 0x3\r\n\r\nabc",
		"POST /raw HTTP/1.1\r\n" H "Content-Length: +3\r\n\r\nabc",
		"GET /hello HTTP/1.1\r\n" H "Host: other\r\n\r\n",
		"GET /hello HTTP/1.1\r\n\r\n",
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		int fd = dial();
		tell(fd, bad[i], strlen(bad[i]));
		int code = hear(fd);
		if (code != 400 || !closed(fd))
			fail_msg("%s gave %d", bad[i], code);
		close(fd);
	}
}

static void fill(struct buf *b, int n)
{
	while (n--)
		buf_char(b, 'a');
}

static void header_limits(void **state)
{
	BUF_SCOPE q = BUF_INIT;
	for (int n = 62; n <= 64; n++) {
		buf_reset(&q);
		buf_str(&q, "GET /hello HTTP/1.1\r\n" H);
		for (int i = 0; i < n; i++)
			buf_printf(&q, "x%d: y\r\n", i);
		buf_str(&q, "\r\n");
		assert_int_equal(ask(q.p), n < 64 ? 200 : 400);
	}
	for (int size = 1000; size < 16000; size += 250) {
		buf_reset(&q);
		buf_str(&q, "GET /hello HTTP/1.1\r\n" H "x: ");
		fill(&q, size);
		buf_str(&q, "\r\n\r\n");
		int code = ask(q.p);
		if (code != (size <= 5750 ? 200 : 431))
			fail_msg("a header of %d bytes gave %d", size, code);
	}
	for (int size = 1000; size < 16000; size += 500) {
		buf_reset(&q);
		buf_str(&q, "GET /hello?");
		fill(&q, size);
		buf_str(&q, " HTTP/1.1\r\n" H "\r\n");
		int code = ask(q.p);
		if (code != (size < 5900 ? 200 : size > 8200 ? 414 : code) || code / 100 == 5)
			fail_msg("a request line of %d bytes gave %d", size, code);
	}
}

static void keep_alive_and_head(void **state)
{
	int fd = dial();
	for (int i = 0; i < 5; i++) {
		tell(fd, "GET /hello HTTP/1.1\r\n" H "\r\n", 32);
		assert_int_equal(hear(fd), 200);
		tell(fd, "HEAD /hello HTTP/1.1\r\n" H "\r\n", 33);
		assert_int_equal(hear_as(fd, true), 200);
		assert_string_equal(head_of(&r, "Content-Length"), "5");
		assert_int_equal(r.text + r.n - r.body, 0);
		const char *q = "POST /form HTTP/1.1\r\n" H "Content-Type: " URLENC "\r\nContent-Length: 3\r\n\r\na=b";
		tell(fd, q, strlen(q));
		assert_int_equal(hear(fd), 200);
		assert_string_equal(r.body, "a=b;");
		tell(fd, "GET /nothing HTTP/1.1\r\n" H "\r\n", 34);
		assert_int_equal(hear(fd), 404);
		const char *w = "POST /write HTTP/1.1\r\n" H "Content-Length: 1\r\n\r\nx";
		tell(fd, w, strlen(w));
		assert_int_equal(hear(fd), 200);
		const char *c =
			"POST /raw HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
		tell(fd, c, strlen(c));
		assert_int_equal(hear(fd), 200);
		assert_string_equal(r.body, "5 bytes");
	}
	close(fd);
	fd = dial(); /* pipelined */
	tell(fd, "GET /hello HTTP/1.1\r\n" H "\r\nGET /case/2 HTTP/1.1\r\n" H "Connection: close\r\n\r\n", 84);
	hear(fd);
	while (more(fd, &r))
		;
	assert_non_null(strstr(r.body, "hello"));
	assert_non_null(strstr(r.body, "/case/2|2|"));
	close(fd);
}

static void forms(void **state)
{
	assert_int_equal(posts("/form", URLENC, "a=1&b=%E7%AB%B9+x&c=&d&&e=a%3Db"), 200);
	assert_string_equal(r.body, "a=1;b=竹 x;c=;d=;e=a=b;");
	assert_int_equal(posts("/form", URLENC "; charset=UTF-8", ""), 200);
	BUF_SCOPE many = BUF_INIT;
	for (int i = 0; i < 300; i++)
		buf_str(&many, "&a=1");
	assert_int_equal(posts("/form", URLENC, many.p), 400);
	assert_int_equal(posts("/form", URLENC, "a=%ff"), 400);
	assert_int_equal(posts("/form", URLENC, "a=%00"), 400);
	assert_int_equal(posts("/form", URLENC, "a=\xc3"), 400);
	assert_int_equal(posts("/form", "text/plain", "a=1"), 415);
	assert_int_equal(posts("/form", NULL, "a=1"), 415);
	assert_int_equal(posts("/form", NULL, ""), 415);
	assert_int_equal(posts("/form", "application/json", "{}"), 415);
	assert_int_equal(posts("/form", URLENC "x", "a=1"), 415);
	assert_int_equal(posts("/json", "application/json", "{}"), 200);
	assert_string_equal(r.body, "2 bytes");
	assert_int_equal(posts("/json", "application/json; charset=utf-8", "{}"), 200);
	assert_int_equal(posts("/json", "application/json", "\"\xff\""), 400);
	assert_int_equal(posts("/json", "text/plain", "{}"), 415);
	assert_int_equal(posts("/json", URLENC, "{}"), 415);
	assert_int_equal(posts("/raw", NULL, "xyz"), 200);
}

#define MULTI "multipart/form-data; boundary=XX"
#define PART(name) "--XX\r\nContent-Disposition: form-data; name=\"" name "\"\r\n\r\n"
#define FILE_PART(name, file)                                                                                          \
	"--XX\r\nContent-Disposition: form-data; name=\"" name "\"; filename=\"" file                                  \
	"\"\r\nContent-Type: text/plain\r\n\r\n"

/* The same bytes, however they are cut. */
static int post_slowly(const char *path, const char *body, size_t piece)
{
	char head[300];
	size_t n = strlen(body);
	int fd = dial(), on = 1;
	setsockopt(fd, IPPROTO_TCP, 1 /* TCP_NODELAY */, &on, sizeof on);
	int k = snprintf(head, sizeof head,
			 "POST %s HTTP/1.1\r\n" H "Content-Type: " MULTI "\r\nContent-Length: %zu\r\n\r\n", path, n);
	tell(fd, head, (size_t)k);
	for (size_t i = 0; i < n; i += piece) {
		tell(fd, body + i, n - i < piece ? n - i : piece);
		usleep(1000);
	}
	int code = hear(fd);
	close(fd);
	return code;
}

static void multipart(void **state)
{
	static const char whole[] =
		PART("a") "1\r\n" PART("b") "竹\r\nx\r\n" PART("c") "\r\n" PART("d") "--X\r\n" FILE_PART(
			"f", "x.txt") "hello\r\n" FILE_PART("f", "") "\r\n" FILE_PART("g",
										      "empty.txt") "\r\n--XX--\r\n";
	static const char want[] = "a=1;b=竹\r\nx;c=;d=--X;[f x.txt text/plain 5 2cf24dba]"
				   "[g empty.txt text/plain 0 e3b0c442]";
	assert_int_equal(posts("/files", MULTI, whole), 200);
	assert_string_equal(r.body, want);
	for (size_t piece = 1; piece < 80; piece += 13) {
		assert_int_equal(post_slowly("/files", whole, piece), 200);
		assert_string_equal(r.body, want);
	}
	assert_files_left(0);
	assert_int_equal(posts("/form", MULTI, PART("a") "1\r\n" FILE_PART("f", "") "\r\n--XX--\r\n"), 200);
	assert_string_equal(r.body, "a=1;");
	assert_int_equal(posts("/form", MULTI, FILE_PART("f", "x") "y\r\n--XX--\r\n"), 400);
	assert_int_equal(posts("/files", MULTI, PART("a") "\xff\r\n--XX--\r\n"), 400);
	assert_int_equal(posts("/files", MULTI, FILE_PART("f", "\xff") "y\r\n--XX--\r\n"), 400);
	assert_int_equal(posts("/files", MULTI, FILE_PART("f", "x") "cut short"), 400);
	assert_int_equal(posts("/files", MULTI, "no boundary at all"), 400);
	assert_int_equal(posts("/files", "multipart/form-data", PART("a") "1\r\n--XX--\r\n"), 400);
	assert_int_equal(posts("/files", MULTI, "--XX\r\nContent-Disposition: form-data\r\n\r\nx\r\n--XX--\r\n"), 400);
	assert_int_equal(
		posts("/files", MULTI,
		      FILE_PART("f", "1") "1\r\n" FILE_PART("f", "2") "2\r\n" FILE_PART("f", "3") "3\r\n" FILE_PART(
			      "f", "4") "4\r\n" FILE_PART("f", "5") "5\r\n" FILE_PART("f", "6") "6\r\n--XX--\r\n"),
		413);
	assert_files_left(0);
	assert_int_equal(posts("/files", MULTI, PART("take") "1\r\n" FILE_PART("f", "1") "1\r\n--XX--\r\n"), 200);
	assert_files_left(1);
}

static void large_files(void **state)
{
	static const char end[] = "\r\n--XX--\r\n", head[] = FILE_PART("f", "big");
	for (int over = 0; over < 2; over++) {
		size_t size = (10 << 20) + (size_t)over, n = sizeof head - 1 + size + sizeof end - 1;
		char *body = calloc(1, n);
		memcpy(body, head, sizeof head - 1);
		memcpy(body + n - sizeof end + 1, end, sizeof end - 1);
		assert_int_equal(post("/files", MULTI, body, n), over ? 413 : 200);
		free(body);
	}
	assert_files_left(1); /* the one that was taken above */
}

/* Where files of many megabytes may come, a text may not be as large: a request has copies of it in its own memory. */
static void large_texts(void **state)
{
	static const char end[] = "\r\n--XX--\r\n", head[] = PART("a");
	static const size_t sizes[] = { 1 << 20, (2 << 20) + 1, 20 << 20 };
	for (int i = 0; i < 3; i++) {
		size_t n = sizeof head - 1 + sizes[i] + sizeof end - 1;
		char *body = malloc(n);
		memset(body, 'x', n);
		memcpy(body, "a=", 2);
		assert_int_equal(post("/files", URLENC, body, sizes[i]), i ? 413 : 200);
		memcpy(body, head, sizeof head - 1);
		memcpy(body + n - sizeof end + 1, end, sizeof end - 1);
		assert_int_equal(post("/files", MULTI, body, n), i ? 413 : 200);
		free(body);
	}
	assert_int_equal(posts("/files", MULTI, PART("a") "1\r\n--XX--\r\n"), 200);
}

static void body_caps(void **state)
{
	char *big = calloc(1, 2 << 20);
	assert_int_equal(post("/raw", NULL, big, 300000), 200);
	assert_string_equal(r.body, "300000 bytes");
	for (int i = 0; i < 5; i++) {
		assert_int_equal(post("/raw", NULL, big, 300001), 413);
		assert_non_null(strstr(r.body, "<h1>413"));
		assert_string_equal(head_of(&r, "Connection"), "close");
		assert_int_equal(post("/raw", NULL, big, 2 << 20), 413);
		assert_int_equal(post("/nothing", NULL, big, 2 << 20), 404);
		assert_int_equal(post("/form", "text/plain", big, 60000), 415);
	}
	/* Told before the body is there. */
	assert_int_equal(ask("POST /raw HTTP/1.1\r\n" H "Content-Length: 99999999999\r\nExpect: 100-continue\r\n\r\n"),
			 413);
	assert_int_equal(ask("GET /hello HTTP/1.1\r\n" H "Content-Length: 5\r\n\r\nabcde"), 413);
	/* Chunks do not say how many will come. */
	int fd = dial();
	const char *head = "POST /raw HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n186A0\r\n";
	tell(fd, head, strlen(head));
	for (int i = 0; i < 10; i++) {
		tell(fd, big, 100000);
		tell(fd, "\r\n186A0\r\n", 9);
	}
	assert_int_equal(hear(fd), 413);
	assert_non_null(strstr(r.body, "<h1>413"));
	assert_true(closed(fd));
	close(fd);
	free(big);
	/* A body that ends early reaches no handler. */
	fd = dial();
	head = "POST /raw HTTP/1.1\r\n" H "Content-Length: 10\r\n\r\nabc";
	tell(fd, head, strlen(head));
	shutdown(fd, SHUT_WR);
	assert_int_not_equal(hear(fd), 200);
	close(fd);
	/* One that goes on longer than it said is not taken for more of it. */
	fd = dial();
	head = "POST /raw HTTP/1.1\r\n" H "Content-Length: 3\r\n\r\nabcdef\r\n\r\n";
	tell(fd, head, strlen(head));
	assert_int_equal(hear(fd), 200);
	assert_string_equal(r.body, "3 bytes");
	close(fd);
}

static void answers(void **state)
{
	assert_int_equal(get("/style.css"), 200);
	assert_string_equal(head_of(&r, "ETag"), "\"abc\"");
	assert_string_equal(head_of(&r, "Content-Type"), "text/css");
	assert_string_not_equal(head_of(&r, "Cache-Control"), "no-store");
	assert_int_equal(ask("GET /style.css HTTP/1.1\r\n" H "If-None-Match: \"x\", W/\"abc\"\r\n\r\n"), 304);
	assert_int_equal(ask("GET /style.css HTTP/1.1\r\n" H "If-None-Match: \"ab\"\r\n\r\n"), 200);
	assert_int_equal(get("/redirect"), 303);
	assert_string_equal(head_of(&r, "Location"), "/next?x=%0D%0AX-Evil:%201");
	assert_null(head_of(&r, "X-Evil"));
	assert_null(head_of(&r, "X-Bad"));
	assert_non_null(strstr(r.text, "Set-Cookie: a=1; Path=/; HttpOnly; SameSite=Lax; Secure\r\n"));
	assert_non_null(strstr(r.text, "Set-Cookie: b=2; Path=/; HttpOnly; SameSite=Lax; Max-Age=0; Secure\r\n"));
	assert_null(strstr(r.text, "bad="));
	assert_int_equal(get("/fail"), 409);
	assert_string_equal(r.body, "<h1>409</h1><p>someone was faster lang=en");
	assert_int_equal(get("/huge"), 500);
	assert_int_equal(get("/hungry"), 429);
	char path[64];
	snprintf(path, sizeof path, "%s/x", temp_dir);
	FILE *f = fopen(path, "w");
	fputs("a,b\n", f);
	fclose(f);
	assert_int_equal(get("/file/x"), 200);
	assert_string_equal(r.body, "a,b\n");
	assert_string_equal(head_of(&r, "Content-Disposition"), "attachment; filename=\"______ _1_.csv\"; "
								"filename*=UTF-8''%E5%A0%B1%E5%91%8A%20%221%22.csv");
	assert_int_equal(get("/file/none"), 404);
	unlink(path);
	assert_int_equal(http_code(ST_INVALID), 422);
	assert_int_equal(http_code(ST_BUSY), 503);
}

static void who_asks(void **state)
{
	assert_int_equal(get("/who"), 200);
	assert_string_equal(r.body, "127.0.0.1 en json=0 cookie=- who=anonymous");
	assert_int_equal(ask("GET /who HTTP/1.1\r\n" H "X-Forwarded-For: 1.2.3.4, 203.0.113.7, 10.1.2.3\r\n"
			     "Accept: application/json, text/html\r\nCookie: x=1; session=\"ab\"; y\r\n"
			     "Accept-Language: zh-TW, en;q=0.5\r\n\r\n"),
			 200);
	assert_string_equal(r.body, "203.0.113.7 zh-TW json=1 cookie=ab who=anonymous");
	assert_int_equal(
		ask("GET /who HTTP/1.1\r\n" H "X-Forwarded-For: 2001:db8::1\r\nX-Forwarded-For: 10.9.9.9\r\n\r\n"),
		200);
	assert_memory_equal(r.body, "2001:db8::1 ", 12);
	assert_int_equal(get("/who?lang=zh-TW"), 200);
	assert_non_null(strstr(r.body, "zh-TW"));
	assert_non_null(strstr(head_of(&r, "Set-Cookie"), "lang=zh-TW; "));
	assert_int_equal(ask("GET /who HTTP/1.1\r\n" H "Cookie: lang=zh-TW\r\nAccept-Language: en\r\n\r\n"), 200);
	assert_non_null(strstr(r.body, "zh-TW"));
	assert_int_equal(get("/who?lang=xx"), 200);
	assert_null(head_of(&r, "Set-Cookie"));
}

static void forwarded(void **state)
{
	struct prefix t[2];
	struct addr peer, far;
	char text[ADDR_TEXT];
	assert_true(prefix_parse("10.0.0.0/8", &t[0]));
	assert_true(prefix_parse("2001:db8::/32", &t[1]));
	static const struct {
		const char *peer, *list, *want;
	} c[] = {
		{ "10.0.0.1", NULL, "10.0.0.1" },
		{ "10.0.0.1", "", "10.0.0.1" },
		{ "10.0.0.1", "192.0.2.1", "192.0.2.1" },
		{ "192.0.2.9", "192.0.2.1", "192.0.2.9" }, /* not a proxy of ours: what it says counts for nothing */
		{ "10.0.0.1", "198.51.100.1, 192.0.2.1,10.0.0.2", "192.0.2.1" },
		{ "10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3" },
		{ "10.0.0.1", "192.0.2.1, unknown", "10.0.0.1" },
		{ "10.0.0.1", "192.0.2.1, ,10.0.0.2", "10.0.0.2" },
		{ "10.0.0.1", "192.0.2.1:8080", "192.0.2.1" },
		{ "10.0.0.1", "[2001:db9::1]:8080", "2001:db9::1" },
		{ "10.0.0.1", "::ffff:192.0.2.1", "192.0.2.1" },
		{ "::ffff:10.0.0.1", "192.0.2.1", "192.0.2.1" },
		{ "2001:db8::1", "192.0.2.1", "192.0.2.1" },
		{ "10.0.0.1", ",,,", "10.0.0.1" },
	};
	for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
		assert_true(addr_parse(c[i].peer, &peer));
		far = client_find(&peer, c[i].list, t, 2);
		assert_string_equal(addr_text(&far, text), c[i].want);
	}
}

static void listens(void **state)
{
	struct arena *a = arena_new(4096);
	char *host, *port;
	assert_true(listen_parse(a, "[::1]:80", &host, &port));
	assert_string_equal(host, "::1");
	assert_true(listen_parse(a, "localhost:8080", &host, &port));
	assert_string_equal(host, "localhost");
	assert_string_equal(port, "8080");
	assert_true(listen_parse(a, "*:0", &host, &port));
	assert_string_equal(host, "");
	assert_true(listen_parse(a, ":80", &host, &port));
	static const char *const bad[] = { "", "80", "::1:80", "[::1", "[]:1", "a:", "a:x", "a:65536", "a:-1" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(listen_parse(a, bad[i], &host, &port));
	arena_free(a);
	static const struct {
		const char *listen, *trusted;
		bool ok;
	} c[] = {
		{ "localhost:0", "", true },
		{ "127.0.0.1:0", "10.0.0.0/8,::1", true },
		{ "127.0.0.1:0", "10.0.0.1/8", false },
		{ "127.0.0.1:0", "x", false },
		{ "nowhere", "", false },
		{ "192.0.2.1:1", "", false },
	};
	for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
		struct err e = { 0 };
		struct config mine = { .http_listen = (char *)c[i].listen,
				       .http_trusted_proxies = (char *)c[i].trusted,
				       .http_threads = 1,
				       .http_timeout = 30 };
		struct http_server *s = http_start(&(struct http_opts){ .cfg = &mine, .tables = tables }, &e);
		assert_true((s != NULL) == c[i].ok);
		assert_true(s || e.code == ST_INVALID);
		http_stop(s);
	}
}

/* RFC 9110 §12.5.1: the closest range counts, wherever it stands. */
static void accepts(void **state)
{
	static const struct {
		const char *accept;
		int want;
	} c[] = {
		{ "application/rdap+json", 1000 },
		{ "Application/RDAP+JSON;Q=0.25", 250 },
		{ "text/plain", -1 },
		{ "", -1 },
		{ "application/json", -1 },
		{ "application/rdap", -1 },
		{ "*/*", 1000 },
		{ "*", -1 },
		{ "application/*;q=0.5, */*", 500 },
		{ "*/*, application/*;q=0", 0 },
		{ "*/*;q=0, application/rdap+json", 1000 },
		{ "application/rdap+json;q=0, */*", 0 },
		{ "application/rdap+json ; level=1 ; q=0.125;ext=q", 125 },
		{ "application/rdap+json;q=2", -1 },
		{ "application/rdap+json;q=0.1234, */*;q=0.1", 100 },
		{ "application/rdap+json;q=", -1 },
		{ ",, ;q=0,application/rdap+json", 1000 },
	};
	for (size_t i = 0; i < sizeof c / sizeof *c; i++)
		assert_int_equal(media_weight(c[i].accept, "application/rdap+json"), c[i].want);
}

/* What the tests before it were refused. */
static void counted(void **state)
{
	struct http_stats s;
	http_stats(server, &s);
	assert_true(s.by_class[2] > 10 && s.by_class[4] > 10 && s.refused > 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain),
		cmocka_unit_test(routes_match),
		cmocka_unit_test(bad_paths),
		cmocka_unit_test(queries),
		cmocka_unit_test(bad_framing),
		cmocka_unit_test(header_limits),
		cmocka_unit_test(keep_alive_and_head),
		cmocka_unit_test(forms),
		cmocka_unit_test(multipart),
		cmocka_unit_test(large_files),
		cmocka_unit_test(large_texts),
		cmocka_unit_test(body_caps),
		cmocka_unit_test(answers),
		cmocka_unit_test(who_asks),
		cmocka_unit_test(forwarded),
		cmocka_unit_test(listens),
		cmocka_unit_test(accepts),
		cmocka_unit_test(counted),
	};
	if (!mkdtemp(temp_dir))
		return 1;
	int bad = cmocka_run_group_tests_name("net_http", tests, start, stop);
	folder_end();
	return bad;
}
