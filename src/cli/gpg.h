/* gpg.h — GnuPG as a child process, for commands (the core executes nothing). Its keys are in a folder of the data
 * folder; what it is to read or write goes through pipes, so nothing lies on the disk unencrypted. */
#ifndef CLI_GPG_H
#define CLI_GPG_H
#include <stdbool.h>
#include <sys/types.h>
#include "base/arena.h"
#include "base/err.h"

struct gpg {
	const char *home; /* folder with the keys; made when it is not there */
};
enum { GPG_WORDS = 40 };

enum st gpg_home(const struct gpg *g, struct err *e);
struct gpg_run {
	pid_t pid;
	int in, out, status, log; /* −1: not asked for */
	char said[240];		  /* its own words */
};
/* Starts gpg with the words (ended by NULL); in/out say which pipes are wanted. */
enum st gpg_start(const struct gpg *g, const char *const *words, bool in, bool out, struct gpg_run *run, struct err *e);
/* Closes what is open and waits. `status`, when not NULL, gets its status lines (≤ room). Not 0: ST_INVALID with its
 * words. */
enum st gpg_end(struct gpg_run *run, char *status, size_t room, struct err *e);
#endif
