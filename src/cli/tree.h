/* tree.h — folders as wholes, for backup and restore: copied file by file, each synced. */
#ifndef CLI_TREE_H
#define CLI_TREE_H
#include "base/err.h"
/* Copies `from/name` (a file or a folder with all in it) to `to/name`; a missing one is no error. */
enum st tree_copy(const char *from, const char *to, const char *name, struct err *e);
#endif
