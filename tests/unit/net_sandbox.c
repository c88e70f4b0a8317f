/* What the sandboxes still allow, and what they refuse: each case is a child that enters one and tries. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <linux/sched.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include "net/sandbox.h"

/* In a child: the line that failed is said, and the child ends. */
#define MUST(x)                                                                                                        \
	do {                                                                                                           \
		if (!(x)) {                                                                                            \
			fprintf(stderr, "line %d: %s (errno %d)\n", __LINE__, #x, errno);                              \
			_exit(1);                                                                                      \
		}                                                                                                      \
	} while (0)
#define REFUSED(x, why) MUST((errno = 0, (x) < 0) && errno == (why))

static char dir[64];

static const char *in_dir(const char *name)
{
	static _Thread_local char path[4][128];
	static _Thread_local int i;
	char *p = path[i++ % 4];
	snprintf(p, sizeof path[0], "%s/%s", dir, name);
	return p;
}

static void put(const char *name, const char *text)
{
	int fd = open(in_dir(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

static int build(void **state)
{
	sqlite3 *db;
	snprintf(dir, sizeof dir, "/tmp/sandbox-test-XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	mkdir(in_dir("keys"), 0700);
	mkdir(in_dir("outbox"), 0700);
	put("keys/journal.key", "secret");
	mkdir(in_dir("keys/pgp"), 0700);
	put("keys/pgp/secret", "secret");
	put("nicert.conf", "a = b\n");
	if (symlink("keys", in_dir("other-way")) || symlink("keys/journal.key", in_dir("shortcut.db")) ||
	    symlink("..", in_dir("outbox/up")))
		return -1;
	assert_int_equal(sqlite3_open(in_dir("nicert.db"), &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "PRAGMA journal_mode=wal; CREATE TABLE t(a); INSERT INTO t VALUES(1)", NULL,
				      NULL, NULL),
			 SQLITE_OK);
	sqlite3_close(db); /* takes -wal and -shm away */
	return access(in_dir("nicert.db-wal"), F_OK) ? 0 : -1;
}

static int clear(void **state)
{
	char command[128];
	snprintf(command, sizeof command, "rm -rf %s", dir);
	return system(command);
}

static int child(void (*fn)(void))
{
	int status = -1;
	pid_t pid = fork();
	if (!pid) {
		fn();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void passes(void (*fn)(void))
{
	assert_int_equal(child(fn), 0);
}

static void enter_core(void)
{
	struct err e = { 0 };
	if (sandbox_core(dir, &e))
		fprintf(stderr, "%s\n", e.msg);
	MUST(!e.code);
}

static void enter_signer(void)
{
	struct err e = { 0 };
	MUST(!sandbox_signer(in_dir("keys"), &e));
}

/* ── core ── */

static void core_database(void)
{
	sqlite3 *a, *b;
	enter_core();
	MUST(open(in_dir("nicert.db-lead"), O_RDWR | O_CREAT, 0600) >= 0);
	for (int i = 0; i < 3; i++) { /* opened and closed again, also as the last connection */
		MUST(sqlite3_open_v2(in_dir("nicert.db"), &a, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK);
		MUST(sqlite3_exec(a, "PRAGMA synchronous=full; PRAGMA temp_store=memory; PRAGMA mmap_size=1000000",
				  NULL, NULL, NULL) == SQLITE_OK);
		MUST(sqlite3_exec(a, "BEGIN IMMEDIATE; INSERT INTO t VALUES(2); COMMIT", NULL, NULL, NULL) ==
		     SQLITE_OK);
		MUST(sqlite3_open_v2(in_dir("nicert.db"), &b, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK);
		MUST(sqlite3_exec(b, "SELECT count(*) FROM t ORDER BY 1", NULL, NULL, NULL) == SQLITE_OK);
		MUST(sqlite3_exec(a, "PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL) == SQLITE_OK);
		sqlite3_close(b);
		sqlite3_close(a);
	}
}

static void core_database_is_used(void **state)
{
	sqlite3 *db;
	sqlite3_stmt *st;
	passes(core_database);
	assert_int_equal(sqlite3_open(in_dir("nicert.db"), &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, "SELECT count(*) FROM t", -1, &st, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	assert_int_equal(sqlite3_column_int(st, 0), 4);
	sqlite3_finalize(st);
	sqlite3_close(db);
}

static void core_files(void)
{
	enter_core();
	MUST(open("/etc/passwd", O_RDONLY) >= 0);
	MUST(open("/dev/urandom", O_RDONLY) >= 0);
	MUST(open("/dev/null", O_WRONLY) >= 0);
	MUST(open(in_dir("nicert.conf"), O_RDONLY) >= 0);
	int fd = open(in_dir("outbox/a"), O_WRONLY | O_CREAT | O_TRUNC, 0600);
	MUST(fd >= 0 && write(fd, "x", 1) == 1 && !fsync(fd));
	MUST(!rename(in_dir("outbox/a"), in_dir("outbox/b")));
	MUST(!mkdir(in_dir("outbox/sub"), 0700));
	MUST(!rename(in_dir("outbox/b"), in_dir("outbox/sub/b")) || sandbox_landlock_version() == 1);
	REFUSED(open("/etc/passwd", O_WRONLY), EACCES);
	REFUSED(open("/tmp", O_RDONLY), EACCES);
	REFUSED(open(in_dir("nicert.conf"), O_WRONLY), EACCES);
	REFUSED(open(in_dir("new"), O_WRONLY | O_CREAT, 0600), EACCES);
	REFUSED(open(in_dir("new.db-wal"), O_RDWR | O_CREAT, 0600), EACCES);
	REFUSED(mkdir(in_dir("new"), 0700), EACCES);
	REFUSED(unlink(in_dir("nicert.conf")), EACCES);
	REFUSED(rename(in_dir("outbox"), in_dir("out")), EACCES);
}

static void core_keys(void)
{
	enter_core();
	REFUSED(open(in_dir("keys"), O_RDONLY), EACCES);
	REFUSED(open(in_dir("keys/journal.key"), O_RDONLY), EACCES);
	REFUSED(open(in_dir("keys/pgp/secret"), O_RDONLY), EACCES);
	REFUSED(open(in_dir("keys/pgp"), O_RDONLY), EACCES);
	REFUSED(open(in_dir("keys/journal.key"), O_WRONLY), EACCES);
	REFUSED(open(in_dir("keys/journal.key"), O_WRONLY | O_TRUNC), EACCES);
	REFUSED(open(in_dir("other-way/journal.key"), O_RDONLY), EACCES);
	REFUSED(open(in_dir("shortcut.db"), O_RDONLY), EACCES);
	REFUSED(open(in_dir("outbox/up/keys/journal.key"), O_RDONLY), EACCES);
	REFUSED(open(in_dir("keys/new"), O_WRONLY | O_CREAT, 0600), EACCES);
	REFUSED(unlink(in_dir("keys/journal.key")), EACCES);
	REFUSED(rename(in_dir("keys"), in_dir("outbox/keys")), EACCES);
	MUST(link(in_dir("keys/journal.key"), in_dir("outbox/key")) < 0 && (errno == EXDEV || errno == EACCES));
	MUST(rename(in_dir("keys/journal.key"), in_dir("outbox/key")) < 0 && (errno == EXDEV || errno == EACCES));
	REFUSED(symlink(in_dir("keys/journal.key"), in_dir("outbox/key")), EPERM);
	char path[160];
	snprintf(path, sizeof path, "/proc/self/root%s", in_dir("keys/journal.key"));
	REFUSED(open(path, O_RDONLY), EACCES);
}

static void *one(void *arg)
{
	*(int *)arg = prctl(PR_SET_NAME, "worker") == 0;
	return arg;
}

static void core_life(void)
{
	pthread_t t;
	struct addrinfo *ai = NULL, hint = { .ai_socktype = SOCK_STREAM };
	int done = 0;
	enter_core();
	MUST(!pthread_create(&t, NULL, one, &done) && !pthread_join(t, NULL) && done);
	MUST(!getaddrinfo("localhost", "80", &hint, &ai) && ai);
	freeaddrinfo(ai);
	int l = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), c = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof at;
	MUST(!bind(l, (struct sockaddr *)&at, n) && !listen(l, 5) && !getsockname(l, (struct sockaddr *)&at, &n));
	MUST(!connect(c, (struct sockaddr *)&at, n));
	int ep = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event ev = { .events = EPOLLIN };
	MUST(ep >= 0 && !epoll_ctl(ep, EPOLL_CTL_ADD, l, &ev) && epoll_wait(ep, &ev, 1, 1000) == 1);
	MUST(accept4(l, NULL, NULL, SOCK_CLOEXEC) >= 0);
	MUST(prctl(PR_GET_DUMPABLE) == 0 && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
	MUST(!kill(getpid(), 0));
}

static void core_refused(void)
{
	char *const argv[] = { "/bin/true", NULL };
	enter_core();
	REFUSED(execve("/bin/true", argv, NULL), EPERM);
	REFUSED(syscall(SYS_execveat, AT_FDCWD, "/bin/true", argv, NULL, 0), EPERM);
	REFUSED(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0), EPERM); /* a process */
	REFUSED(syscall(SYS_clone3, NULL, 0), ENOSYS);
	REFUSED(ptrace(PTRACE_TRACEME, 0, NULL, NULL), EPERM);
	REFUSED(unshare(CLONE_NEWUSER), EPERM);
	REFUSED(syscall(SYS_bpf, 0, NULL, 0), EPERM);
	REFUSED(syscall(SYS_keyctl, 0, 0, 0, 0, 0), EPERM);
	REFUSED(syscall(SYS_io_uring_setup, 1, NULL), EPERM);
	REFUSED(syscall(SYS_mount, "a", "b", "c", 0, NULL), EPERM);
	REFUSED(socket(AF_PACKET, SOCK_RAW, 0), EPERM);
	REFUSED(kill(getppid(), 0), EPERM);
	REFUSED(setuid(0), EPERM);
	MUST(mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED);
	MUST(errno == EPERM);
}

static char other[] = "/tmp/sandbox-also-XXXXXX";

static void core_also(void)
{
	struct err e = { 0 };
	char path[128];
	const char *const wrong[] = { other, "/tmp", NULL }, *const good[] = { other, NULL };
	const char *const absent[] = { other, "/tmp/sandbox-not-there", NULL };
	MUST(sandbox_core_also(dir, wrong, &e) == ST_INVALID);
	MUST(sandbox_core_also(dir, absent, &e) == ST_INVALID);
	MUST(!sandbox_core_also(dir, good, &e));
	snprintf(path, sizeof path, "%s/x", other);
	MUST(open(path, O_WRONLY | O_CREAT, 0600) >= 0);
	MUST(!unlink(path) && rmdir(other) < 0); /* not the folder itself */
}

static void *wait_a_while(void *arg)
{
	usleep(200000);
	return arg;
}

static void core_with_threads(void)
{
	struct err e = { 0 };
	pthread_t t;
	MUST(!pthread_create(&t, NULL, wait_a_while, NULL));
	MUST(sandbox_core(dir, &e) == ST_INTERNAL && strstr(e.msg, "before threads"));
}

static void core_lives(void **state)
{
	passes(core_life);
}
static void core_refuses_calls(void **state)
{
	passes(core_refused);
}
static void core_refuses_late_entry(void **state)
{
	passes(core_with_threads);
}

static void needs_landlock(void (*fn)(void))
{
	if (!sandbox_landlock_version()) {
		print_message("skipped: this kernel has no landlock\n");
		skip();
	}
	passes(fn);
}
static void core_sees_its_files(void **state)
{
	needs_landlock(core_files);
}
static void core_never_sees_keys(void **state)
{
	needs_landlock(core_keys);
}
static void core_sees_named_files(void **state)
{
	assert_true(!sandbox_landlock_version() || mkdtemp(other));
	needs_landlock(core_also);
	assert_int_equal(rmdir(other), 0);
}

/* ── signer ── */

static void signer_work(void)
{
	int keys = open(in_dir("keys"), O_RDONLY | O_DIRECTORY), landlock = sandbox_landlock_version();
	enter_signer();
	int fd = openat(keys, "s.tmp", O_WRONLY | O_CREAT | O_TRUNC, 0600);
	MUST(fd >= 0 && write(fd, "x", 1) == 1 && !fsync(fd) && !close(fd));
	MUST(!renameat(keys, "s.tmp", keys, "s") && !fsync(keys));
	free(malloc(1 << 20));
	if (landlock) {
		REFUSED(open(in_dir("nicert.db"), O_RDONLY), EACCES);
		REFUSED(open("/etc/passwd", O_RDONLY), EACCES);
		/* What it needs it has read; the other key in its folder was never its own. */
		REFUSED(openat(keys, "pgp/secret", O_RDONLY), EACCES);
		REFUSED(openat(keys, "journal.key", O_RDONLY), EACCES);
		REFUSED(openat(keys, "pgp", O_RDONLY | O_DIRECTORY), EACCES);
	}
}

static void signer_socket(void)
{
	enter_signer();
	socket(AF_INET, SOCK_STREAM, 0);
}
static void signer_exec(void)
{
	char *const argv[] = { "/bin/true", NULL };
	enter_signer();
	execve("/bin/true", argv, NULL);
}
static void signer_code(void)
{
	enter_signer();
	(void)!mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}
static void signer_kill(void)
{
	enter_signer();
	kill(getppid(), 0);
}

static void signer_does_its_work(void **state)
{
	passes(signer_work);
}

static void signer_is_killed(void **state)
{
	void (*const wrong[])(void) = { signer_socket, signer_exec, signer_code, signer_kill };
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		int status = child(wrong[i]);
		assert_true(WIFSIGNALED(status));
		assert_int_equal(WTERMSIG(status), SIGSYS);
	}
}

/* ── pgp ── */

static void enter_pgp(void)
{
	struct err e = { 0 };
	MUST(!sandbox_pgp(in_dir("keys/pgp"), &e));
}

/* It starts programs and writes in its home, where their sockets are too. */
static void pgp_work(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int status = -1;
	enter_pgp();
	MUST(open(in_dir("keys/pgp/secret"), O_RDWR) >= 0);
	MUST(open(in_dir("keys/pgp/new"), O_WRONLY | O_CREAT, 0600) >= 0 && !unlink(in_dir("keys/pgp/new")));
	snprintf(a.sun_path, sizeof a.sun_path, "%s", in_dir("keys/pgp/S"));
	MUST(!bind(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&a, sizeof a));
	pid_t pid = fork();
	if (!pid)
		execl("/bin/true", "true", (char *)NULL);
	MUST(pid > 0 && waitpid(pid, &status, 0) == pid && !status);
}

static void pgp_calls(void)
{
	enter_pgp();
	REFUSED(socket(AF_INET, SOCK_STREAM, 0), EAFNOSUPPORT);
	REFUSED(socket(AF_INET6, SOCK_DGRAM, 0), EAFNOSUPPORT);
	REFUSED(socket(AF_NETLINK, SOCK_RAW, 0), EAFNOSUPPORT);
	REFUSED(ptrace(PTRACE_TRACEME, 0, NULL, NULL), EPERM);
	REFUSED(syscall(SYS_unshare, 0), EPERM);
	static const unsigned long worlds[] = { CLONE_NEWUSER, CLONE_NEWNS,  CLONE_NEWPID,   CLONE_NEWNET,
						CLONE_NEWIPC,  CLONE_NEWUTS, CLONE_NEWCGROUP };
	for (size_t i = 0; i < sizeof worlds / sizeof *worlds; i++)
		REFUSED(syscall(SYS_clone, worlds[i] | SIGCHLD, NULL, NULL, NULL, NULL), EPERM);
	REFUSED(syscall(SYS_clone, CLONE_NEWUSER | CLONE_NEWNET | SIGCHLD, NULL, NULL, NULL, NULL), EPERM);
	struct clone_args a = { .flags = CLONE_NEWUSER, .exit_signal = SIGCHLD };
	REFUSED(syscall(SYS_clone3, &a, sizeof a), ENOSYS);
	REFUSED(setuid(getuid()), EPERM);
}

static void pgp_files(void)
{
	enter_pgp();
	REFUSED(open(in_dir("keys/journal.key"), O_RDONLY), EACCES);
	REFUSED(open(in_dir("nicert.db"), O_RDONLY), EACCES);
	REFUSED(open(in_dir("nicert.conf"), O_RDONLY), EACCES);
	REFUSED(open(in_dir("outbox/x"), O_WRONLY | O_CREAT, 0600), EACCES);
	REFUSED(open("/usr/bin/x", O_WRONLY | O_CREAT, 0600), EACCES);
}

static void pgp_does_its_work(void **state)
{
	passes(pgp_work);
}
static void pgp_refuses_calls(void **state)
{
	passes(pgp_calls);
}
static void pgp_sees_only_its_home(void **state)
{
	needs_landlock(pgp_files);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, build, clear)
	const struct CMUnitTest tests[] = {
		T(core_database_is_used),   T(core_sees_its_files),
		T(core_never_sees_keys),    T(core_lives),
		T(core_refuses_calls),	    T(core_sees_named_files),
		T(core_refuses_late_entry), T(signer_does_its_work),
		T(signer_is_killed),	    T(pgp_does_its_work),
		T(pgp_refuses_calls),	    T(pgp_sees_only_its_home),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
