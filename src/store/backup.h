/* backup.h — a consistent copy of the database while it is in use, and putting one back. SQLite's is a database file
 * (online backup); PostgreSQL's is what Debian's pg_dump writes (custom format), for which its client programs must be
 * installed. */
#ifndef STORE_BACKUP_H
#define STORE_BACKUP_H
#include "store/store.h"

enum st store_backup(struct store *s, const char *to, void (*say)(void *, const char *, double), void *ctx,
		     struct err *e);
/* Into an empty database (SQLite: a path with no file); with `replace` what PostgreSQL holds of the same names goes
 * first. */
enum st store_restore(const char *url, const char *from, bool replace, struct err *e);
#endif
