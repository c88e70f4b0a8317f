/* sent_log.c — letters that a relay has taken and that no row says yet: a line each in a file that outlives the process.
 *
 * A line is there from the moment the relay said 250 until the store has it, so a process that is killed between the two
 * sends nothing again. It is not synced: when the machine itself goes down, what went out last may go out twice. */
#include "out/mail/mail_int.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINE = LETTER_TAG + 1, LINES_MAX = 256 };

struct sent_log {
	int fd;
	bool any;
	char before[LINES_MAX * LINE + 1]; /* what an earlier process left */
};

/* Its last lines, should there be more than any process leaves. */
static void read_left(struct sent_log *log)
{
	off_t size = lseek(log->fd, 0, SEEK_END), room = sizeof log->before - 1;
	off_t from = size > room ? (size - room + LINE - 1) / LINE * LINE : 0;
	ssize_t n = size > 0 ? pread(log->fd, log->before, (size_t)(size - from), from) : 0;
	log->before[n > 0 ? n : 0] = 0;
	log->any = size > 0;
}

struct sent_log *sent_log_open(const char *dir, struct err *e)
{
	char path[600];
	struct sent_log *log = calloc(1, sizeof *log);
	if (!log) {
		err_set(e, ST_BUSY, "out of memory");
		return NULL;
	}
	snprintf(path, sizeof path, "%s/sent.log", dir);
	log->fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (log->fd < 0) {
		err_set(e, ST_INVALID, "%s: %s", path, strerror(errno));
		free(log);
		return NULL;
	}
	read_left(log);
	return log;
}

void sent_log_close(struct sent_log *log)
{
	if (!log)
		return;
	close(log->fd);
	free(log);
}

bool sent_log_has(const struct sent_log *log, const char *tag)
{
	for (const char *at = log ? log->before : ""; strlen(at) >= LINE; at += LINE)
		if (!memcmp(at, tag, LETTER_TAG))
			return true;
	return false;
}

bool sent_log_add(struct sent_log *log, const char *tag)
{
	char line[LINE + 1];
	snprintf(line, sizeof line, "%.*s\n", LETTER_TAG, tag);
	log->any = true;
	return write(log->fd, line, LINE) == LINE;
}

void sent_log_clear(struct sent_log *log)
{
	if (!log || !log->any)
		return;
	/* What stays names letters that are written down, which nobody asks for again. */
	if (ftruncate(log->fd, 0) == 0)
		log->any = false;
	log->before[0] = 0;
}
