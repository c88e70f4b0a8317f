/* commands.h — the tables of commands, one a file. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H
#include "cli/cli.h"
extern const struct command init_commands[], serve_commands[], import_commands[], holder_commands[], report_commands[],
	case_commands[], mailin_commands[], warninglist_commands[], journal_commands[], clock_commands[],
	backup_commands[], user_commands[], privacy_commands[], check_commands[], lookup_commands[], demo_commands[],
	registry_commands[], registrar_commands[], ledger_commands[], idn_commands[], review_commands[],
	lock_commands[], token_commands[], maintenance_commands[], policy_commands[], load_commands[],
	escrow_commands[], survey_commands[], case_index_commands[], sort_commands[];

/* Shared between commands. */
int case_show(struct cli *c, const char *number);
int act_as(struct cli *c);		      /* --as USER: c->rq acts as that account; DONE or FAILED */
enum { CAN_T_START = 3 };		      /* how core ends when its port is taken or its store away */
int registrar_user_command(struct cli *c);    /* registrar user … (cmd_registrar_user.c) */
int serve_core(struct cli *c, int signer_fd); /* the role; returns an exit status */
int import_file(struct cli *c, const char *kind, const char *path, const char *complete, bool keep_going, bool quiet);
enum st init_make(struct cli *c, const char *dir, const char *country, const char *const *lines, int n, char **invite);
enum st erased_list_keep(struct req *rq, const char *dir,
			 struct err *e); /* writes DIR/erased.list, for a restore of an older backup */
#endif
