#include "cli/gpg.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/text.h"

enum st gpg_home(const struct gpg *g, struct err *e)
{
	if (mkdir(g->home, 0700) && errno != EEXIST)
		return err_set(e, ST_INVALID, "%s: %s", g->home, strerror(errno));
	return ST_OK;
}

static const char *program(void)
{
	static const char *const known[] = { "/usr/bin/gpg", "/usr/local/bin/gpg", "/bin/gpg" };
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (!access(known[i], X_OK))
			return known[i];
	return NULL;
}

static void child(const struct gpg *g, const char *const *words, const int fd[4])
{
	/* Status lines come on descriptor 3. */
	static const char *const fixed[] = { "gpg",	    "--batch", "--no-tty",	"--quiet", "--no-options",
					     "--status-fd", "3",       "--trust-model", "always",  "--homedir" };
	char *argv[GPG_WORDS + 12];
	int n = 0;
	for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
		argv[n++] = (char *)fixed[i];
	argv[n++] = (char *)g->home;
	for (int i = 0; words[i] && n < GPG_WORDS + 11; i++)
		argv[n++] = (char *)words[i];
	argv[n] = NULL;
	int null = open("/dev/null", O_RDWR);
	/* Out of the way of 0 to 3 first. */
	int at[4];
	for (int i = 0; i < 4; i++)
		at[i] = fcntl(fd[i] >= 0 ? fd[i] : null, F_DUPFD, 10);
	for (int i = 0; i < 4; i++)
		dup2(at[i], i);
	for (int i = 4; i < 256; i++)
		close(i);
	signal(SIGPIPE, SIG_DFL);
	execv(program(), argv);
	_exit(127);
}

static void close_one(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

enum st gpg_start(const struct gpg *g, const char *const *words, bool in, bool out, struct gpg_run *run, struct err *e)
{
	/* ours and theirs of: in, out, words, status */
	int p[4][2] = { { -1, -1 }, { -1, -1 }, { -1, -1 }, { -1, -1 } };
	bool want[4] = { in, out, true, true };
	*run = (struct gpg_run){ .in = -1, .out = -1, .status = -1, .log = -1 };
	if (!program())
		return err_set(e, ST_NOTFOUND, "gpg is not installed (Debian package gnupg)");
	for (int i = 0; i < 4; i++)
		if (want[i] && pipe2(p[i], O_CLOEXEC))
			return err_set(e, ST_INTERNAL, "a pipe can't be made: %s", strerror(errno));
	signal(SIGPIPE, SIG_IGN);
	run->pid = fork();
	if (run->pid == 0)
		child(g, words, (int[4]){ p[0][0], p[1][1], p[2][1], p[3][1] });
	close_one(&p[0][0]);
	close_one(&p[1][1]);
	close_one(&p[2][1]);
	close_one(&p[3][1]);
	run->in = p[0][1];
	run->out = p[1][0];
	run->log = p[2][0];
	run->status = p[3][0];
	/* Its words are read at the end; what fills a pipe before that is passed over, never waited for. */
	fcntl(run->log, F_SETPIPE_SZ, 1 << 20);
	fcntl(run->status, F_SETPIPE_SZ, 1 << 20);
	return run->pid > 0 ? ST_OK : err_set(e, ST_INTERNAL, "gpg could not be started: %s", strerror(errno));
}

static void read_all(int fd, char *to, size_t room)
{
	size_t n = 0;
	char rest[4096];
	ssize_t got;
	while ((got = read(fd, n < room - 1 ? to + n : rest, n < room - 1 ? room - 1 - n : sizeof rest)) > 0 ||
	       (got < 0 && errno == EINTR))
		if (got > 0 && n < room - 1)
			n += (size_t)got;
	to[n] = 0;
}

/* Its lines as one, without the program's name. */
static void one_line(char *text, char *out, size_t room)
{
	size_t n = 0;
	out[0] = 0;
	for (char *line; (line = strsep(&text, "\n")) && n < room - 1;) {
		line += strncmp(line, "gpg: ", 5) ? 0 : 5;
		if (*line)
			n += (size_t)snprintf(out + n, room - n, "%s%s", n ? "; " : "", line);
	}
	out[utf8_cut(out, strlen(out), room - 1)] = 0;
}

enum st gpg_end(struct gpg_run *run, char *status, size_t room, struct err *e)
{
	char words[16384], lines[16384];
	int code = 0;
	close_one(&run->in);
	close_one(&run->out);
	read_all(run->status, status ? status : lines, status ? room : sizeof lines);
	read_all(run->log, words, sizeof words);
	close_one(&run->status);
	close_one(&run->log);
	while (waitpid(run->pid, &code, 0) < 0 && errno == EINTR)
		;
	one_line(words, run->said, sizeof run->said);
	if (WIFEXITED(code) && WEXITSTATUS(code) == 0)
		return ST_OK;
	return err_set(e, ST_INVALID, "%s", *run->said ? run->said : "gpg failed");
}
