/* Fails, in turn, each allocation, statement, write and fsync of a short script, each time in a process of its own on a
 * fresh copy of the store, and looks for a lost or half-done fact.
 *
 * torture_desk [--every K] [--seconds N] [FAULT…]: every K-th place only; at most N seconds, beyond which places are
 * thinned out evenly; faults by name (fault.c), all without. Prints TAP, and a line "figure: …" a fault.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/log.h"
#include "script.h"

enum { CHILD_SECONDS = 30, SHOWN = 5 };

struct tally {
	long places, runs, unharmed, refused, ended, crashed, wrong, thinned;
};

static struct shared *x;
static struct shared handed[STAGES]; /* as each stage begins */
static char top[40];
static long every = 1;
static int64_t until;

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *at)
{
	return remove(path);
}

static void empty(const char *dir)
{
	nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void copy_base(int stage, const char *to)
{
	char from[80], path[80];
	struct stat st;
	empty(to);
	mkdir(to, 0700);
	snprintf(from, sizeof from, "%s/base%d/nicert.db", top, stage);
	snprintf(path, sizeof path, "%s/nicert.db", to);
	int in = open(from, O_RDONLY | O_CLOEXEC);
	if (in < 0)
		return; /* before the first stage */
	int out = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	off_t at = 0;
	if (fstat(in, &st))
		abort();
	while (at < st.st_size && sendfile(out, in, &at, (size_t)(st.st_size - at)) > 0)
		;
	close(in);
	close(out);
	if (at != st.st_size) {
		perror(path);
		exit(1);
	}
}

/* ── one process ── */

static int in_child(void (*fn)(int stage, enum fault f, long n), int stage, enum fault f, long n)
{
	int status = 0;
	fflush(stdout);
	pid_t child = fork();
	if (child == 0) {
		struct rlimit none = { 0, 0 };
		setrlimit(RLIMIT_CORE, &none);
		if (!getenv("TORTURE_LOUD"))
			dup2(open("/dev/null", O_WRONLY), 2);
		alarm(CHILD_SECONDS);
		fn(stage, f, n);
		_exit(0);
	}
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

static void run_it(int stage, enum fault f, long n)
{
	fault_setup(&x->seen);
	stage_run(x, stage, f, n);
}

static void check_it(int stage, enum fault f, long n)
{
	stage_check(x, stage, f);
}

static void fresh(int stage)
{
	*x = handed[stage];
	snprintf(x->dir, sizeof x->dir, "%s/work", top);
	copy_base(stage, x->dir);
}

/* The script once without any fault: each stage leaves the next one's beginning. */
static bool lay_bases(void)
{
	for (int stage = 0; stage < STAGES; stage++) {
		char base[80];
		fresh(stage);
		if (in_child(run_it, stage, FAULT_NONE, 0) || !x->served || x->refused > 2 || x->why[0]) {
			printf("stage %s fails by itself: refused %d, %s\n", stage_names[stage], x->refused, x->why);
			return false;
		}
		struct shared after = *x;
		x->why[0] = 0;
		if (in_child(check_it, stage, FAULT_NONE, 0) || x->why[0]) {
			printf("stage %s, without any fault: %s\n", stage_names[stage], x->why);
			return false;
		}
		if (stage + 1 == STAGES)
			break;
		snprintf(base, sizeof base, "%s/base%d", top, stage + 1);
		if (rename(after.dir, base))
			return false;
		struct shared *next = &handed[stage + 1];
		*next = (struct shared){ .notice = after.notice };
		memcpy(next->answer_token, after.answer_token, sizeof next->answer_token);
		memcpy(next->number, after.number, sizeof next->number);
		memcpy((void *)next->handled, (void *)after.handled, sizeof next->handled);
	}
	return true;
}

/* ── a fault in a stage ── */

static void judge(struct tally *t, enum fault f, int stage, long n, int status)
{
	bool fired = atomic_load(&x->seen.fired), over = WIFEXITED(status) && WEXITSTATUS(status) == 0;
	bool killed = WIFEXITED(status) && WEXITSTATUS(status) == FAULT_KILLED;
	bool memory = f == FAULT_ALLOC || f == FAULT_LITE_ALLOC;
	if (!fired)
		return;
	t->runs++;
	if (!over && !killed && !(memory && WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT)) {
		if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
			snprintf(x->why, sizeof x->why, "still running after %d s", CHILD_SECONDS);
		else
			snprintf(x->why, sizeof x->why, "status %x", (unsigned)status);
		t->crashed++;
	}
	int end = x->why[0] ? 0 : in_child(check_it, stage, f, n);
	if (end)
		snprintf(x->why, sizeof x->why, "the check ended with status %x", (unsigned)end);
	if (x->why[0]) {
		if (t->wrong++ < SHOWN)
			printf("%s %ld in %s: %s\n", fault_names[f], n, stage_names[stage], x->why);
	} else if (!over) {
		t->ended++;
	} else if (x->refused > handed[stage].refused || x->nacks == 0) {
		t->refused++;
	} else {
		t->unharmed++;
	}
}

static void stage_faults(struct tally *t, enum fault f, int stage, int64_t end)
{
	long step = every, places = 0;
	int64_t began = clock_mono();
	/* How many places there are: one run in which none is reached. */
	fresh(stage);
	in_child(run_it, stage, f, 1000000000);
	places = atomic_load(&x->seen.events);
	t->places += places;
	/* `every` begins somewhere else in each stage. */
	for (long n = 1 + stage % step, i = 0; n <= places + 1; n += step, i++) {
		fresh(stage);
		judge(t, f, stage, n, in_child(run_it, stage, f, n));
		if (!atomic_load(&x->seen.fired) && n > places)
			break;
		if (i % 4 == 3) {
			int64_t each = (clock_mono() - began) / (i + 2), left = end - clock_mono();
			long most = left > 0 ? (long)(left / (each ? each : 1)) + 1 : 1, need = (places - n) / every;
			step = need > most ? every * ((need + most - 1) / most) : every;
			t->thinned |= step > every;
		}
	}
}

static bool one_fault(enum fault f, int64_t end)
{
	struct tally t = { 0 };
	for (int stage = 0; stage < STAGES; stage++) {
		int64_t now = clock_mono();
		stage_faults(&t, f, stage, now + (end - now) / (STAGES - stage));
	}
	printf("figure: %s: %ld of %ld places%s; not noticed %ld, refused %ld, process ended %ld, wrong %ld\n",
	       fault_names[f], t.runs, t.places, t.thinned ? " (thinned out: time)" : "", t.unharmed, t.refused,
	       t.ended, t.wrong);
	return t.wrong == 0 && t.runs > 0;
}

/* ── the program ── */

static int arguments(int argc, char **argv, bool chosen[FAULTS])
{
	int seconds = 540, n = 0;
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--every") && i + 1 < argc) {
			every = atol(argv[++i]);
		} else if (!strcmp(argv[i], "--seconds") && i + 1 < argc) {
			seconds = atoi(argv[++i]);
		} else {
			int f = FAULTS - 1;
			while (f > 0 && strcmp(fault_names[f], argv[i]) != 0)
				f--;
			chosen[f] = true;
			n += f > 0;
		}
	}
	for (int f = 1; f < FAULTS; f++)
		chosen[f] |= n == 0;
	until = clock_mono() + (int64_t)seconds * 1000000;
	if (every < 1 || chosen[0])
		fprintf(stderr, "usage: torture_desk [--every K] [--seconds N] [FAULT…]\n");
	return every < 1 || chosen[0] ? 0 : n ? n : FAULTS - 1;
}

int main(int argc, char **argv)
{
	bool chosen[FAULTS] = { false };
	int n = arguments(argc, argv, chosen), failed = 0, done = 0;
	if (!n)
		return 2;
	snprintf(top, sizeof top, "%s/nicert-torture-XXXXXX", access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm");
	x = mmap(NULL, sizeof *x, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (x == MAP_FAILED || !mkdtemp(top))
		return perror(top), 1;
	printf("1..%d\n", n);
	bool laid = lay_bases();
	for (int f = 1; f < FAULTS; f++) {
		if (!chosen[f])
			continue;
		int64_t now = clock_mono();
		bool ok = laid && one_fault((enum fault)f, now + (until - now) / (n - done));
		printf("%sok %d - each %s\n", ok ? "" : "not ", ++done, fault_names[f]);
		failed += !ok;
	}
	empty(top);
	return failed ? 1 : 0;
}
