/* `nicert serve`: a small supervisor that starts the roles (core, signer, and pgp where there is a key) as processes of their own, restarts one that
 * dies with growing pauses, and takes them down in order. One socket pair joins core and signer, another
 * core and pgp; they outlive all. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "cli/commands.h"
#include "pgp/pgp.h"

enum { CORE, SIGNER, PGP, ROLES };
static const char *const role_names[ROLES] = { "core", "signer", "pgp" };

struct role {
	pid_t pid;
	int64_t started, retry_at, pause;
};
struct supervisor {
	struct cli *c;
	struct role role[ROLES];
	int pair[2], pgp[2]; /* [0] is core's end */
	bool has_pgp;
	bool stopping, ran, hopeless;
};

#define PAUSE_FIRST (USEC / 10)
#define PAUSE_MOST (30 * USEC)
#define STOP_USEC (8 * USEC)

static void exec_role(struct supervisor *s, int r)
{
	char fd[12], pgp[12], *argv[150];
	int n = 0;
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	snprintf(fd, sizeof fd, "%d", dup(r == PGP ? s->pgp[1] : s->pair[r]));
	const char *const first[] = { "nicert", "--role", role_names[r], "--fd", fd, "-d", s->c->dir };
	for (size_t i = 0; i < sizeof first / sizeof *first; i++)
		argv[n++] = (char *)first[i];
	if (r == CORE && s->has_pgp) {
		snprintf(pgp, sizeof pgp, "%d", dup(s->pgp[0]));
		argv[n++] = (char *)"--pgp-fd";
		argv[n++] = pgp;
	}
	for (int i = 0; i < s->c->nsets; i++) {
		argv[n++] = (char *)"--set";
		argv[n++] = (char *)s->c->sets[i];
	}
	argv[n] = NULL;
	execv("/proc/self/exe", argv);
	_exit(127);
}

static void role_start(struct supervisor *s, int r)
{
	struct role *x = &s->role[r];
	x->started = clock_mono();
	x->pid = fork();
	if (x->pid == 0)
		exec_role(s, r);
	if (x->pid < 0) {
		log_error("a role could not be started", LOG_T("of", role_names[r]), LOG_T("why", strerror(errno)));
		x->pid = 0;
		x->retry_at = clock_mono() + USEC;
	}
}

/* A role that ran for a minute starts again at once; one that keeps dying waits longer each time. */
static void role_ended(struct supervisor *s, int r, int status)
{
	struct role *x = &s->role[r];
	x->pid = 0;
	if (s->stopping)
		return;
	int64_t now = clock_mono();
	/* A core that can't start at all is for whoever typed the command; one that ran before may find its store
	 * again. */
	s->hopeless = r == CORE && !s->ran && WIFEXITED(status) && WEXITSTATUS(status) == CAN_T_START;
	s->ran |= r == CORE && now - x->started > 5 * USEC;
	x->pause = now - x->started > 60 * USEC ? 0 : x->pause ? x->pause * 2 : PAUSE_FIRST;
	x->pause = x->pause > PAUSE_MOST ? PAUSE_MOST : x->pause;
	x->retry_at = now + x->pause;
	log_error("a role ended", LOG_T("of", role_names[r]),
		  LOG_N("signal", WIFSIGNALED(status) ? WTERMSIG(status) : 0),
		  LOG_N("status", WIFEXITED(status) ? WEXITSTATUS(status) : 0), LOG_N("again_ms", x->pause / 1000));
}

static void reap(struct supervisor *s)
{
	int status;
	for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;)
		for (int r = 0; r < ROLES; r++)
			if (s->role[r].pid == pid)
				role_ended(s, r, status);
}

static void start_due(struct supervisor *s)
{
	for (int r = 0; r < ROLES; r++)
		if (!s->role[r].pid && (r != PGP || s->has_pgp) && clock_mono() >= s->role[r].retry_at)
			role_start(s, r);
}

/* Core first: it drains and signs its last head; then the signer. */
static void stop_all(struct supervisor *s)
{
	s->stopping = true;
	for (int r = 0; r < ROLES; r++) {
		struct role *x = &s->role[r];
		int64_t until = clock_mono() + STOP_USEC;
		if (x->pid)
			kill(x->pid, SIGTERM);
		while (x->pid && clock_mono() < until) {
			nanosleep(&(struct timespec){ 0, 10000000 }, NULL);
			reap(s);
		}
		if (x->pid) {
			log_warn("a role did not stop in time", LOG_T("of", role_names[r]));
			kill(x->pid, SIGKILL);
			waitpid(x->pid, NULL, 0);
		}
	}
}

static int supervise(struct cli *c)
{
	struct supervisor s = { .c = c };
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, s.pair) ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, s.pgp))
		return cli_fail(c, "socketpair: %s", strerror(errno));
	s.has_pgp = pgp_made(c->cfg.dir);
	role_start(&s, SIGNER);
	if (s.has_pgp)
		role_start(&s, PGP);
	role_start(&s, CORE);
	for (;;) {
		int sig = sigtimedwait(&set, NULL, &(struct timespec){ 0, 100000000 });
		reap(&s);
		if (sig == SIGTERM || sig == SIGINT || s.hopeless)
			break;
		start_due(&s);
	}
	if (!s.hopeless)
		log_info("stopping");
	stop_all(&s);
	return s.hopeless ? cli_fail(c, "core could not start, see above") : DONE;
}

static enum log_level level_of(const char *name)
{
	return !strcmp(name, "debug")	? LOG_DEBUG
	       : !strcmp(name, "warn")	? LOG_WARN
	       : !strcmp(name, "error") ? LOG_ERROR
					: LOG_INFO;
}

static int run_serve(struct cli *c)
{
	log_setup(level_of(c->cfg.log_level), "supervisor");
	if (c->cfg.test_clock)
		log_warn("TEST CLOCK IS ON: time can be moved by `nicert clock advance`; never do this in service");
	/* The store is opened once here, so that migrations and mistakes show before anything starts. */
	if (cli_store(c))
		return cli_fail(c, "%s", c->err.msg);
	store_close(c->store);
	c->store = NULL;
	if (isatty(STDOUT_FILENO))
		printf("Portal  %s/\nStaff   %s/staff   (a link to sign in for the first time: nicert user invite "
		       "admin -d %s)\nCtrl-C stops.\n\n",
		       public_url(c->mem, &c->cfg), public_url(c->mem, &c->cfg), c->dir);
	fflush(stdout);
	return supervise(c);
}

static int run_role(struct cli *c)
{
	const char *role = c->arg[0], *fd = opt(c, "--fd");
	int64_t number = -1;
	if (!fd || !text_int(fd, 0, 1 << 20, &number))
		return cli_usage(c, "a role is started by `nicert serve`");
	int n = (int)number;
	if (!strcmp(role, "signer")) {
		log_setup(LOG_INFO, "signer");
		return signer_main(c->dir, n);
	}
	if (strcmp(role, "core") != 0 && strcmp(role, "pgp") != 0)
		return cli_usage(c, "there is no role %s", role);
	if (cli_load(c))
		return cli_fail(c, "%s", c->err.msg);
	log_setup(level_of(c->cfg.log_level), strcmp(role, "pgp") ? "core" : "pgp");
	if (!strcmp(role, "pgp"))
		return pgp_main(c->dir, c->cfg.pgp_key, n);
	if (opt(c, "--pgp-fd") && text_int(opt(c, "--pgp-fd"), 0, 1 << 20, &number))
		return serve_core(c, n, (int)number);
	return serve_core(c, n, -1);
}

static const struct option_row role_options[] = { { "--fd", "N", "" }, { "--pgp-fd", "N", "" }, { 0 } };

const struct command serve_commands[] = {
	{ "serve", NULL, NULL, "Runs everything: portal, API, followers, scheduler, signer", 0, 0, NEED_DIR, NULL,
	  run_serve },
	{ "--role", NULL, "NAME", "", 1, 1, HIDDEN, role_options, run_role },
	{ 0 },
};
