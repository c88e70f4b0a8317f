/* main.c — the only place that knows everything: the list of commands, each from the file that owns it. */
#include "cli/commands.h"

const struct command *const command_tables[] = {
	init_commands,		serve_commands,
	import_commands,	warninglist_commands,
	holder_commands,	report_commands,
	case_commands,		case_index_commands,
	mailin_commands,	journal_commands,
	user_commands,		account_commands,
	privacy_commands,	views_commands,
	figures_commands,	backup_commands,
	check_commands,		lookup_commands,
	clock_commands,		demo_commands,
	registry_commands,	registrar_commands,
	ledger_commands,	idn_commands,
	review_commands,	contact_commands,
	lock_commands,		token_commands,
	maintenance_commands,	policy_commands,
	load_commands,		escrow_commands,
	survey_commands,	tlp_commands,
	pgp_commands,		peer_commands,
	share_commands,		calendar_commands,
	ladder_commands,	proposal_commands,
	survey_form_commands,	survey_study_commands,
	survey_report_commands, survey_cross_commands,
	survey_open_commands,	survey_advice_commands,
	digest_commands,	api_token_commands,

	survey_code_commands,	survey_quote_commands,
	survey_guide_commands,	survey_interview_commands,
	survey_theme_commands,

	case_merge_commands,	sort_commands,
	template_commands,	survey_remind_commands,
	newsletter_commands,	NULL,
};

int main(int argc, char **argv)
{
	return cli_main(argc, argv);
}
