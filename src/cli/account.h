/* account.h — what the commands about accounts share (cmd_user.c, cmd_account.c). */
#ifndef CLI_ACCOUNT_H
#define CLI_ACCOUNT_H
#include "cli/commands.h"
#include "who/account.h"
int roles_of(struct cli *c, const char *const *word, int n, unsigned *out); /* DONE, or USAGE and told */
char *roles_text(struct arena *mem, unsigned roles);			    /* "officer admin" */
const char *account_state(const struct account *a);			    /* disabled, active, invited */
#endif
