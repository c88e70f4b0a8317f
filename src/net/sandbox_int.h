/* sandbox_int.h — the two halves of the sandbox: files (landlock) and system calls (seccomp). */
#ifndef NET_SANDBOX_INT_H
#define NET_SANDBOX_INT_H
#include <stdbool.h>
#include <stdint.h>
#include "base/err.h"

/* Rights on files, as the kernel's ABI numbers them; the headers of older systems lack the newer ones. */
#define FS_EXECUTE (1ULL << 0)
#define FS_WRITE_FILE (1ULL << 1)
#define FS_READ_FILE (1ULL << 2)
#define FS_READ_DIR (1ULL << 3)
#define FS_REMOVE_DIR (1ULL << 4)
#define FS_REMOVE_FILE (1ULL << 5)
#define FS_MAKE_DIR (1ULL << 7)
#define FS_MAKE_REG (1ULL << 8)
#define FS_MAKE_SOCK (1ULL << 9)
#define FS_REFER (1ULL << 13)
#define FS_TRUNCATE (1ULL << 14)
#define FS_IOCTL_DEV (1ULL << 15)

#define FS_OF_FILE                                                                                                     \
	(FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE | FS_IOCTL_DEV) /* what a rule on a file may say */
#define FS_READ (FS_READ_FILE | FS_READ_DIR)
#define FS_PUT (FS_WRITE_FILE | FS_TRUNCATE | FS_REMOVE_FILE | FS_MAKE_REG) /* written aside and renamed */
#define FS_CHANGE (FS_READ | FS_PUT)
#define FS_ALL_BELOW (FS_CHANGE | FS_REMOVE_DIR | FS_MAKE_DIR | FS_REFER)

#define SCOPE_ABSTRACT_UNIX (1ULL << 0)
#define SCOPE_SIGNAL (1ULL << 1)

struct landlock {
	int version; /* 0: the kernel has none, and all calls do nothing */
	int fd;
	uint64_t rights; /* handled: what no rule allows is refused */
};
/* `tcp`: refuse TCP too. `scopes`: what may not reach processes outside (both as far as this kernel can). */
enum st landlock_begin(struct landlock *l, bool tcp, uint64_t scopes, struct err *e);
enum st landlock_allow(struct landlock *l, const char *path, uint64_t rights, struct err *e); /* no such path: ST_OK */
enum st landlock_enter(struct landlock *l, struct err *e);
void landlock_drop(struct landlock *l); /* after a failure */

enum st seccomp_signer(struct err *e);
enum st seccomp_core(struct err *e);
enum st seccomp_pgp(struct err *e);

#endif
