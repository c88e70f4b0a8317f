/* commands.h — the tables of commands, one a file. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H
#include "cli/cli.h"
extern const struct command init_commands[], serve_commands[], import_commands[], holder_commands[], report_commands[],
	case_commands[], mailin_commands[], warninglist_commands[], journal_commands[], clock_commands[],
	backup_commands[], user_commands[], privacy_commands[], check_commands[], lookup_commands[], demo_commands[],
	registry_commands[], registrar_commands[], ledger_commands[], idn_commands[], review_commands[],
	lock_commands[], token_commands[], maintenance_commands[], policy_commands[], load_commands[],
	escrow_commands[], survey_commands[], tlp_commands[], peer_commands[], share_commands[], calendar_commands[],
	ladder_commands[], proposal_commands[], account_commands[], views_commands[], figures_commands[],
	case_index_commands[], survey_form_commands[], survey_study_commands[], survey_report_commands[],
	pgp_commands[], survey_open_commands[], survey_remind_commands[], newsletter_commands[],
	survey_advice_commands[], contact_commands[], case_merge_commands[], sort_commands[], template_commands[],
	digest_commands[];
extern const struct command survey_code_commands[], survey_quote_commands[], api_token_commands[];
extern const struct command survey_cross_commands[], survey_guide_commands[], survey_interview_commands[],
	survey_theme_commands[];

/* Shared between commands. */
struct viewed;
enum st viewed(struct cli *c, const struct viewed *v); /* c->rq's actor looked at personal data: before it is shown */
#define AS_USER                                                                                                        \
	{                                                                                                              \
		"--as", "USER", "act as this account, with its permissions"                                            \
	} /* an option_row; see ACTS_AS */
int case_show(struct cli *c, const char *number);
int act_as(struct cli *c); /* --as USER: c->rq acts as that account; DONE or FAILED */
struct address_list;
/* A CSV of addresses (voice/address_list.h); false: it has said which lines are wrong. */
bool cli_addresses(struct cli *c, const char *path, struct address_list *k);
struct desk_act;
/* Acts, then shows the case. */
int case_act(struct cli *c, write_fn fn, struct desk_act *a);
enum { CAN_T_START = 3 };		   /* how core ends when its port is taken or its store away */
int registrar_user_command(struct cli *c); /* registrar user … (cmd_registrar_user.c) */
/* The role; returns an exit status. pgp_fd −1: there is no key. */
int serve_core(struct cli *c, int signer_fd, int pgp_fd);
int import_file(struct cli *c, const char *kind, const char *path, const char *complete, bool keep_going, bool quiet);
enum st init_make(struct cli *c, const char *dir, const char *country, const char *const *lines, int n, char **invite);
enum st erased_list_keep(struct req *rq, const char *dir,
			 struct err *e); /* writes DIR/erased.list, for a restore of an older backup */
#endif
