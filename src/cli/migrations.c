#include "cli/migrations.h"
#include "desk/desk.h"
#include "ledger/ledger.h"
#include "lookup/lookup.h"
#include "names/names.h"
#include "names/registry.h"
#include "numbers/numbers.h"
#include "routes/origin.h"
#include "store/journal.h"
#include "store/versioned.h"
#include "who/account.h"
#include "who/contact.h"
#include "who/person.h"
#include "who/privacy.h"
#include "work/due.h"
#include "work/task.h"

static const struct migration *const rooms[] = {
	journal_migrations, person_migrations, account_migrations,  privacy_migrations,
	due_migrations,	    task_migrations,   ledger_migrations,   versioned_migrations,
	contact_migrations, names_migrations,  registry_migrations, policy_migrations,
	numbers_migrations, origin_migrations, lookup_migrations,   desk_migrations,
};
static struct migration all[64];

const struct migration *migrations_all(void)
{
	int n = 0;
	for (size_t i = 0; i < sizeof rooms / sizeof *rooms; i++)
		for (const struct migration *m = rooms[i]; m->version && n < 63; m++)
			all[n++] = *m;
	return all;
}
