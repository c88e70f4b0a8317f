/* role.h — starting a role: our own program again, with one end of a pair to talk over and nothing else but the standard
 * three. */
#ifndef NET_ROLE_H
#define NET_ROLE_H
#include <sys/types.h>
#include "base/err.h"

enum { ROLE_FD = 3 }; /* where the role finds its end */

/* `self --role NAME --fd 3 -d DIR`. Returns our end (close-on-exec, SOCK_SEQPACKET), −1 with `e` set. */
int role_spawn(const char *name, const char *self, const char *dir, pid_t *child, struct err *e);

#endif
