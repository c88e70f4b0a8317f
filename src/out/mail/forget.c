/* forget.c — erasure reaches the outbox: letters to a person that still lie in the folder are removed. */
#include <dirent.h>
#include <fcntl.h>
#include <gmime/gmime.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include "out/mail/mail_int.h"

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

static bool file_is_for(int folder, const char *name, const char *email)
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

enum st mail_forget(const struct config *cfg, const char *email, int64_t *n, struct err *e)
{
	*n = 0;
	if (strncmp(cfg->mail_url, "file:", 5) != 0)
		return ST_OK; /* a relay has what it has */
	g_mime_init();
	DIR *d = opendir(cfg->mail_url + 5);
	if (!d)
		return err_set(e, ST_INTERNAL, "%s can't be read", cfg->mail_url + 5);
	for (struct dirent *x; (x = readdir(d));) {
		size_t len = strlen(x->d_name);
		bool letter = len > 4 && !strcmp(x->d_name + len - 4, ".eml");
		if (letter && file_is_for(dirfd(d), x->d_name, email) && unlinkat(dirfd(d), x->d_name, 0) == 0)
			++*n;
	}
	bool ok = *n == 0 || fsync(dirfd(d)) == 0;
	closedir(d);
	return ok ? ST_OK : err_set(e, ST_INTERNAL, "%s can't be synced", cfg->mail_url + 5);
}
