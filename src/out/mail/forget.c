/* forget.c — erasure and retention reach the outbox: letters that still lie in the folder are removed. */
#include <dirent.h>
#include <fcntl.h>
#include <gmime/gmime.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "out/mail/mail_int.h"
#include "who/privacy.h"

static bool is_for(GMimeMessage *m, const char *email)
{
	InternetAddressList *to = g_mime_message_get_to(m);
	for (int i = 0; to && i < internet_address_list_length(to); i++) {
		InternetAddress *a = internet_address_list_get_address(to, i);
		const char *addr = INTERNET_ADDRESS_IS_MAILBOX(a)
					   ? internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(a))
					   : NULL;
		if (addr && !strcasecmp(addr, email))
			return true;
	}
	return false;
}

static bool file_is_for(int folder, const char *name, const void *email)
{
	int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return false;
	GMimeStream *s = g_mime_stream_fs_new(fd);
	GMimeParser *p = g_mime_parser_new_with_stream(s);
	GMimeMessage *m = g_mime_parser_construct_message(p, NULL);
	bool found = m && is_for(m, email);
	if (m)
		g_object_unref(m);
	g_object_unref(p);
	g_object_unref(s);
	return found;
}

static bool is_older(int folder, const char *name, const void *than)
{
	struct stat st;
	return !fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) && st.st_mtime < *(const int64_t *)than / USEC;
}

/* Removes the letters that `which` picks. */
static enum st letters_remove(const char *dir, bool (*which)(int folder, const char *name, const void *arg),
			      const void *arg, int64_t *n, struct err *e)
{
	*n = 0;
	DIR *d = opendir(dir);
	if (!d)
		return err_set(e, ST_INTERNAL, "%s can't be read", dir);
	for (struct dirent *x; (x = readdir(d));) {
		size_t len = strlen(x->d_name);
		bool letter = len > 4 && !strcmp(x->d_name + len - 4, ".eml");
		if (letter && which(dirfd(d), x->d_name, arg) && unlinkat(dirfd(d), x->d_name, 0) == 0)
			++*n;
	}
	bool ok = *n == 0 || fsync(dirfd(d)) == 0;
	closedir(d);
	return ok ? ST_OK : err_set(e, ST_INTERNAL, "%s can't be synced", dir);
}

enum st mail_forget(const struct config *cfg, const char *email, int64_t *n, struct err *e)
{
	*n = 0;
	if (strncmp(cfg->mail_url, "file:", 5) != 0)
		return ST_OK; /* a relay has what it has */
	g_mime_init();
	return letters_remove(cfg->mail_url + 5, file_is_for, email, n, e);
}

/* Letters are of about the time of a case's closing, some a little later: hence the day. The folder is read once a day at
 * most. */
void letters_sweep(const char *dir, int64_t *swept_at)
{
	int64_t now = clock_now(), day = 86400 * USEC, before = now - privacy_keep("who_person") + day, n;
	struct err e = { 0 };
	if (!dir || (*swept_at && now - *swept_at < day))
		return;
	*swept_at = now;
	if (letters_remove(dir, is_older, &before, &n, &e))
		log_error("old letters could not be removed", LOG_T("why", e.msg));
	else if (n)
		log_info("old letters removed", LOG_N("letters", n));
}
