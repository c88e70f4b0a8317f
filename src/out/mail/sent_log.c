/* sent_log.c — letters that a relay has taken and that no row may say yet: a line each in a file that outlives the process.
 *
 * A line is there from the moment the relay said 250 until all that follows from the entry is done with, so a process that
 * is killed in between sends nothing again. It is not synced: when the machine itself goes down, what went out last may go
 * out twice. Lines of an entry that was done with stay until the next one is, and name letters nobody asks for again. */
#include "out/mail/mail_int.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINE = LETTER_TAG + 1, LINES_MAX = LETTERS_PAGE + LETTERS_PAGE / 10 };

struct sent_log {
	int fd;
	pthread_mutex_t m; /* of what follows */
	off_t size;	   /* of the file: whole lines */
	size_t n;
	char line[LINES_MAX * LINE];
};

/* What a full disk left of a line goes, so that those behind it are lines. */
static bool cut(struct sent_log *log, off_t size)
{
	if (ftruncate(log->fd, size))
		return false;
	log->size = size;
	return true;
}

/* Its last lines, should there be more than any process leaves. */
static void read_left(struct sent_log *log)
{
	off_t size = lseek(log->fd, 0, SEEK_END), room = sizeof log->line, whole = size > 0 ? size / LINE * LINE : 0;
	off_t from = whole > room ? whole - room : 0;
	ssize_t n = whole > 0 ? pread(log->fd, log->line, (size_t)(whole - from), from) : 0;
	log->n = n > 0 ? (size_t)n / LINE * LINE : 0;
	log->size = whole;
	if (whole < size)
		cut(log, whole);
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
	pthread_mutex_init(&log->m, NULL);
	read_left(log);
	return log;
}

void sent_log_close(struct sent_log *log)
{
	if (!log)
		return;
	close(log->fd);
	pthread_mutex_destroy(&log->m);
	free(log);
}

bool sent_log_has(struct sent_log *log, const char *tag)
{
	bool found = false;
	if (!log)
		return false;
	pthread_mutex_lock(&log->m);
	for (size_t at = 0; at < log->n && !found; at += LINE)
		found = !memcmp(log->line + at, tag, LETTER_TAG);
	pthread_mutex_unlock(&log->m);
	return found;
}

bool sent_log_add(struct sent_log *log, const char *tag)
{
	char line[LINE + 1];
	snprintf(line, sizeof line, "%.*s\n", LETTER_TAG, tag);
	pthread_mutex_lock(&log->m);
	if (log->n < sizeof log->line) {
		memcpy(log->line + log->n, line, LINE);
		log->n += LINE;
	}
	ssize_t written = write(log->fd, line, LINE);
	bool kept = written == LINE;
	log->size += kept ? LINE : 0;
	if (written > 0 && !kept)
		cut(log, log->size);
	pthread_mutex_unlock(&log->m);
	return kept;
}

void sent_log_clear(struct sent_log *log)
{
	if (!log)
		return;
	pthread_mutex_lock(&log->m);
	if (log->n && cut(log, 0))
		log->n = 0;
	pthread_mutex_unlock(&log->m);
}
