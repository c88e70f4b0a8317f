/* HTTP transport: writes, slow clients, and how the server stops. */
#include "httpworld.h"

static void writes(void **state)
{
	for (int delay = 0; delay <= 20000; delay += 10000) {
		store_set(false, false, false, delay);
		assert_int_equal(get("/write"), 200);
		assert_string_equal(r.body, "written 1");
		assert_int_equal(posts("/write?twice=1", NULL, "x"), 200);
		assert_string_equal(r.body, "written 2");
		assert_int_equal(posts("/write?conflict", NULL, "x"), 409);
		assert_non_null(strstr(r.body, "too many"));
	}
	store_set(false, true, false, 0);
	assert_int_equal(posts("/write", NULL, "x"), 503);
	assert_string_equal(head_of(&r, "Retry-After"), "5");
	store_set(false, false, true, 0);
	assert_int_equal(get("/hello"), 503);
	store_set(false, false, false, 0);
}

/* Many at once, some hanging up while they wait. */
static void *write_often(void *arg)
{
	int *ok = arg, fd = dial();
	static const char q[] = "POST /write HTTP/1.1\r\n" H "Content-Length: 1\r\n\r\nx";
	char answer[2048];
	for (int i = 0; i < 300; i++) {
		tell(fd, q, sizeof q - 1);
		if (i % 50 == 49) {
			close(fd);
			fd = dial();
			continue;
		}
		size_t n = 0;
		while (!memmem(answer, n, "written 1", 9)) {
			ssize_t k = recv(fd, answer + n, sizeof answer - n, 0);
			if (k <= 0)
				return NULL;
			n += (size_t)k;
		}
		++*ok;
	}
	close(fd);
	return NULL;
}

static void many_writes(void **state)
{
	pthread_t t[8];
	int ok[8] = { 0 };
	for (int i = 0; i < 8; i++)
		pthread_create(&t[i], NULL, write_often, &ok[i]);
	for (int i = 0; i < 8; i++) {
		pthread_join(t[i], NULL);
		assert_int_equal(ok[i], 294);
	}
	struct http_stats s;
	http_stats(server, &s);
	assert_true(s.requests > 2000 && s.by_class[2] > 2000);
	assert_true(s.usec_total > 0);
}

static void slow_clients(void **state)
{
	/* headers, a byte at a time: never silent, never done */
	int fd = dial();
	int64_t begun = clock_mono();
	static const char head[] =
		"GET /hello HTTP/1.1\r\nHost: t\r\nX-Slow: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
	tell(fd, head, 30);
	for (size_t i = 30; i < sizeof head - 1 && clock_mono() - begun < 10 * 1000000; i++) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		tell(fd, head + i, 1);
		if (poll(&p, 1, 100) == 1)
			break;
	}
	assert_int_equal(hear(fd), 408);
	assert_string_equal(r.body, "The request came in too slowly.\n");
	assert_true(clock_mono() - begun < 4 * 1000000);
	close(fd);
	/* a body that drips */
	fd = dial();
	begun = clock_mono();
	tell(fd, "POST /raw HTTP/1.1\r\n" H "Content-Length: 1000\r\n\r\n", 53);
	for (int i = 0; i < 100; i++) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		tell(fd, "x", 1);
		if (poll(&p, 1, 100) == 1)
			break;
	}
	assert_int_equal(hear(fd), 408);
	assert_true(clock_mono() - begun < 4 * 1000000);
	close(fd);
	/* a body that stops */
	fd = dial();
	tell(fd, "POST /raw HTTP/1.1\r\n" H "Content-Length: 1000\r\n\r\nabc", 56);
	assert_int_equal(hear(fd), 408);
	assert_true(closed(fd));
	close(fd);
	/* nothing at all */
	fd = dial();
	begun = clock_mono();
	assert_true(closed(fd));
	assert_true(clock_mono() - begun < 4 * 1000000);
	close(fd);
	/* A steady sender may take longer than two time-outs. */
	fd = dial();
	tell(fd, "POST /raw HTTP/1.1\r\n" H "Content-Length: 60000\r\n\r\n", 54);
	static const char piece[2000];
	for (int i = 0; i < 30; i++) {
		tell(fd, piece, sizeof piece);
		usleep(100000);
	}
	assert_int_equal(hear(fd), 200);
	close(fd);
	/* The database's time is not the client's fault. */
	store_set(false, false, false, 2500000);
	assert_int_equal(get("/write"), 200);
	store_set(false, false, false, 0);
}

static void *stop_server(void *arg)
{
	http_stop(server);
	return NULL;
}

static void begin_write(int *fd)
{
	*fd = dial();
	tell(*fd, "GET /write HTTP/1.1\r\n" H "\r\n", 32);
}

/* Requests whose writes finish during the stop get their answer. */
static void stop_drains(void **state)
{
	store_set(true, false, false, 0);
	int fd[20], idle = dial();
	for (int i = 0; i < 20; i++)
		begin_write(&fd[i]);
	usleep(200000);
	pthread_t t;
	pthread_create(&t, NULL, stop_server, NULL);
	usleep(300000);
	store_set(false, false, false, 1000);
	for (int i = 0; i < 20; i++) {
		assert_int_equal(hear(fd[i]), 200);
		assert_string_equal(head_of(&r, "Connection"), "close");
		close(fd[i]);
	}
	pthread_join(t, NULL);
	assert_true(closed(idle));
	close(idle);
	store_end();
}

/* Writes that do not finish: the clients are told, nothing aborts, the writer may still come late. */
static void stop_gives_up(void **state)
{
	store_set(true, false, false, 0);
	int fd[20];
	for (int i = 0; i < 20; i++)
		begin_write(&fd[i]);
	usleep(200000);
	pthread_t t;
	int64_t begun = clock_mono();
	pthread_create(&t, NULL, stop_server, NULL);
	for (int i = 0; i < 20; i++) {
		assert_int_equal(hear(fd[i]), 503);
		close(fd[i]);
	}
	pthread_join(t, NULL);
	assert_true(clock_mono() - begun < 8 * 1000000);
	store_end(); /* all twenty are done now, without a server */
	assert_int_equal(store.done, 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes),
		cmocka_unit_test(many_writes),
		cmocka_unit_test(slow_clients),
	};
	const struct CMUnitTest stops[] = {
		cmocka_unit_test_setup(stop_drains, start),
		cmocka_unit_test_setup(stop_gives_up, start),
	};
	if (!mkdtemp(temp_dir))
		return 1;
	int bad = cmocka_run_group_tests_name("net_http", tests, start, stop);
	bad += cmocka_run_group_tests_name("net_http stop", stops, NULL, NULL);
	folder_end();
	return bad;
}
