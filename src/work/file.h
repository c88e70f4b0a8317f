/* file.h — files by SHA-256, in DIR/files/ab/cdef…; written once (fsync, rename), never executed, never served inline.
 */
#ifndef WORK_FILE_H
#define WORK_FILE_H
#include "base/hash.h"
#include "store/store.h"

/* Moves a finished temporary file to its place (same file system); durable when it returns. Called before the write
 * that refers to it. */
enum st file_keep(const char *dir, const char *tmp_path, const struct hash *sha256, struct err *e);
char *file_path(struct arena *mem, const char *dir,
		const char *sha256_hex); /* NULL for what is no SHA-256 in lower-case hex */
/* Durable when it returns; ST_OK when it was not there. The caller has made sure, in a committed write, that no row
 * refers to it. */
enum st file_forget(const char *dir, const char *sha256_hex, struct err *e);
enum st file_from_path(const char *dir, const char *path, int64_t max, struct hash *sha256, int64_t *size,
		       struct err *e); /* copies it in */
#endif
