#include "cli/migrations.h"
#include <stdlib.h>
#include "desk/desk.h"
#include "desk/desk_check.h"
#include "desk/desk_digest.h"
#include "desk/desk_ladder.h"
#include "desk/desk_figures.h"
#include "desk/desk_mail.h"
#include "desk/desk_share.h"
#include "desk/desk_proposal.h"
#include "desk/desk_search.h"
#include "desk/desk_pgp.h"
#include "desk/desk_find.h"
#include "desk/desk_question.h"
#include "desk/desk_open.h"
#include "desk/desk_peer.h"
#include "desk/desk_sort.h"
#include "intel/warnlist.h"
#include "ledger/ledger.h"
#include "letter/letter.h"
#include "lookup/lookup.h"
#include "names/bulk.h"
#include "names/find.h"
#include "names/load.h"
#include "names/names.h"
#include "names/rde.h"
#include "names/portfolio.h"
#include "names/registrant.h"
#include "names/registry.h"
#include "numbers/numbers.h"
#include "routes/origin.h"
#include "store/journal.h"
#include "store/versioned.h"
#include "voice/interview.h"
#include "voice/voice.h"
#include "who/account.h"
#include "who/api_token.h"
#include "who/contact.h"
#include "who/contact_check.h"
#include "who/contact_failing.h"
#include "who/person.h"
#include "who/pgp_key.h"
#include "who/privacy.h"
#include "work/calendar.h"
#include "who/view.h"
#include "work/due.h"
#include "work/published.h"
#include "work/task.h"

static const struct migration *const rooms[] = {
	journal_migrations,	  person_migrations,
	account_migrations,	  privacy_migrations,
	due_migrations,		  task_migrations,
	ledger_migrations,	  versioned_migrations,
	contact_migrations,	  names_migrations,
	registry_migrations,	  policy_migrations,
	load_migrations,	  rde_migrations,
	numbers_migrations,	  origin_migrations,
	lookup_migrations,	  find_migrations,
	opaque_migrations,	  desk_migrations,
	desk_mail_migrations,	  contact_failing_migrations,
	warnlist_migrations,	  portfolio_migrations,
	bulk_migrations,	  registrant_migrations,
	desk_tlp_migrations,	  desk_partner_migrations,
	share_migrations,	  hold_migrations,
	calendar_migrations,	  desk_ladder_migrations,
	desk_proposal_migrations, view_migrations,
	figures_migrations,	  desk_search_migrations,
	desk_taxonomy_migrations, voice_migrations,
	pgp_key_migrations,	  desk_pgp_migrations,
	contact_check_migrations, desk_open_migrations,
	desk_check_migrations,	  desk_move_migrations,
	desk_sort_migrations,	  letter_migrations,
	figures_day_migrations,	  desk_find_migrations,
	desk_question_migrations, published_migrations,
	desk_digest_migrations,	  api_token_migrations,
	interview_migrations,	  desk_peer_migrations,
};
static struct migration all[256];

const struct migration *migrations_all(void)
{
	int n = 0;
	for (size_t i = 0; i < sizeof rooms / sizeof *rooms; i++)
		for (const struct migration *m = rooms[i]; m->version; m++) {
			if (n == (int)(sizeof all / sizeof *all) - 1)
				abort(); /* one that is left out would be missed much later */
			all[n++] = *m;
		}
	return all;
}
