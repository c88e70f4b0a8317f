/* console_words.c — the console's words for states, statuses, messages and entries. */
#include <stdio.h>
#include <string.h>
#include "base/text.h"
#include "front/web/console.h"

struct label portfolio_label(const struct page *p, enum portfolio_state s)
{
	static const struct label rows[PORTFOLIO_STATES] = {
		[PORTFOLIO_ALL] = { N_("All states"), "", "" },
		[PORTFOLIO_ACTIVE] = { N_("Active"), "ok", "" },
		[PORTFOLIO_PENDING] = { N_("Being decided"), "info", "" },
		[PORTFOLIO_SUSPENDED] = { N_("Suspended"), "warn", "" },
		[PORTFOLIO_REDEMPTION] = { N_("Redemption"), "bad", "" },
		[PORTFOLIO_DELETING] = { N_("Pending delete"), "", "" },
		[PORTFOLIO_HOLD] = { N_("On hold"), "hold", "" },
		[PORTFOLIO_TRANSFER] = { N_("Transfer"), "info", "" },
	};
	return (struct label){ tr(p->lang, rows[s].word), rows[s].tone, rows[s].shape };
}

const char *portfolio_state_name(enum portfolio_state s)
{
	static const char *const names[PORTFOLIO_STATES] = {
		[PORTFOLIO_ALL] = "",
		[PORTFOLIO_ACTIVE] = "active",
		[PORTFOLIO_PENDING] = "pending",
		[PORTFOLIO_SUSPENDED] = "suspended",
		[PORTFOLIO_REDEMPTION] = "redemption",
		[PORTFOLIO_DELETING] = "deleting",
		[PORTFOLIO_HOLD] = "hold",
		[PORTFOLIO_TRANSFER] = "transfer",
	};
	return names[s];
}

struct word {
	const char *id, *text;
};

static const char *word_of(const struct page *p, const struct word *rows, const char *id)
{
	for (; rows->id; rows++)
		if (id && strcmp(rows->id, id) == 0)
			return tr(p->lang, rows->text);
	return id ? id : "";
}

const char *status_word(const struct page *p, enum status_bit s)
{
	static const struct word rows[] = {
		{ "clientDeleteProhibited", N_("not to be deleted (by you)") },
		{ "clientHold", N_("kept out of the DNS (by you)") },
		{ "clientRenewProhibited", N_("not to be renewed (by you)") },
		{ "clientTransferProhibited", N_("not to be transferred (by you)") },
		{ "clientUpdateProhibited", N_("not to be changed (by you)") },
		{ "serverDeleteProhibited", N_("not to be deleted (by the registry)") },
		{ "serverHold", N_("kept out of the DNS (by the registry)") },
		{ "serverRenewProhibited", N_("not to be renewed (by the registry)") },
		{ "serverTransferProhibited", N_("not to be transferred (by the registry)") },
		{ "serverUpdateProhibited", N_("not to be changed (by the registry)") },
		{ "inactive", N_("no name server, so not in the DNS") },
		{ "linked", N_("in use by a name") },
		{ "pendingCreate", N_("its registration is being decided") },
		{ "pendingDelete", N_("about to be deleted") },
		{ "pendingTransfer", N_("a transfer was asked for") },
		{ "addPeriod", N_("newly registered: deleting it gives the money back") },
		{ "renewPeriod", N_("newly renewed: deleting it gives that money back") },
		{ "autoRenewPeriod", N_("renewed by itself: deleting it gives that money back") },
		{ "transferPeriod", N_("newly transferred: deleting it gives that money back") },
		{ "redemptionPeriod", N_("deleted, can be restored") },
		{ "pendingRestore", N_("restored, the report is due") },
		{ 0 },
	};
	return word_of(p, rows, status_name(s));
}

const char *verb_word(const struct page *p, const char *verb)
{
	static const struct word rows[] = {
		{ "domain-created", N_("Name registered") },
		{ "domain-updated", N_("Changed") },
		{ "domain-renewed", N_("Renewed") },
		{ "domain-auto-renewed", N_("Renewed by itself") },
		{ "domain-deleted", N_("Deleted") },
		{ "domain-restored", N_("Restored") },
		{ "domain-suspended", N_("Suspended at expiry") },
		{ "domain-released", N_("Released") },
		{ "domain-approved", N_("Let through") },
		{ "domain-refused", N_("Refused") },
		{ "domain-transfer-requested", N_("Transfer asked for") },
		{ "domain-transfer-approved", N_("Transferred") },
		{ "domain-transfer-rejected", N_("Transfer refused") },
		{ "domain-transfer-cancelled", N_("Transfer cancelled") },
		{ "contact-created", N_("Made") },
		{ "contact-updated", N_("Changed") },
		{ "contact-verified", N_("Address confirmed") },
		{ "contact-unreachable", N_("Mail came back: address not confirmed") },
		{ 0 },
	};
	return word_of(p, rows, verb);
}

const char *poll_word(const struct page *p, const char *kind)
{
	static const struct word rows[] = {
		{ "domain-transfer", N_("Transfer of a name") },
		{ "contact-transfer", N_("Transfer of a contact") },
		{ "domain-pending", N_("A registration was decided") },
		{ "domain-changed", N_("The registry changed a name") },
		{ "contact-changed", N_("The registry changed a contact") },
		{ "host-changed", N_("The registry changed a host") },
		{ "low-balance", N_("The balance is low") },
		{ "maintenance", N_("Maintenance") },
		{ 0 },
	};
	return word_of(p, rows, kind);
}

const char *entry_word(const struct page *p, const char *kind)
{
	static const struct word rows[] = {
		{ "domain-create", N_("Registration") },
		{ "domain-renew", N_("Renewal") },
		{ "domain-restore", N_("Restore") },
		{ "domain-transfer", N_("Transfer") },
		{ "deposit", N_("Deposit") },
		{ "reversal", N_("Given back") },
		{ "refund", N_("Given back") },
		{ 0 },
	};
	return word_of(p, rows, kind);
}

const char *grace_word(const struct page *p, int grace)
{
	static const char *const words[GRACES] = {
		[GRACE_ADD] = N_("Deleting gives the registration's price back until"),
		[GRACE_RENEW] = N_("Deleting gives the renewal's price back until"),
		[GRACE_AUTORENEW] = N_("Deleting gives the automatic renewal's price back until"),
		[GRACE_TRANSFER] = N_("Deleting gives the transfer's price back until"),
		[GRACE_REDEMPTION] = N_("Can be restored until"),
		[GRACE_PENDING_DELETE] = N_("Is released on"),
	};
	return tr(p->lang, words[grace]);
}

const char *job_word(const struct page *p, const struct bulk_job *j)
{
	static const char *const words[] = {
		[JOB_CHECKING] = N_("Being tried out"), [JOB_READY] = N_("Ready to start"),
		[JOB_RUNNING] = N_("Running"),		[JOB_DONE] = N_("Done"),
		[JOB_STOPPED] = N_("Stopped"),
	};
	return tr(p->lang, words[j->state]);
}

const char *console_done_word(const struct page *p, const char *done)
{
	static const struct word rows[] = {
		{ "renew", N_("Renewed.") },
		{ "ns", N_("The name servers are changed.") },
		{ "ds", N_("The DS records are changed.") },
		{ "contacts", N_("The contacts are changed.") },
		{ "status", N_("The statuses are changed.") },
		{ "variants", N_("The spellings are changed.") },
		{ "delete", N_("Deleted.") },
		{ "restore", N_("Restored.") },
		{ "restore-asked", N_("The restore is asked for. Send its report in time.") },
		{ "report", N_("Restored: the report is sent.") },
		{ "approve", N_("The transfer is approved.") },
		{ "reject", N_("The transfer is refused.") },
		{ "cancel", N_("The transfer is cancelled.") },
		{ "register", N_("Registered.") },
		{ "pending", N_("Asked for: the registry decides, and a message tells you.") },
		{ "transfer", N_("The transfer is asked for. A message tells you how it ends.") },
		{ "saved", N_("Saved.") },
		{ "acknowledged", N_("Acknowledged.") },
		{ "removed", N_("Removed.") },
		{ "stopped", N_("Stopped.") },
		{ 0 },
	};
	const char *word = word_of(p, rows, done);
	return word == done ? NULL : word; /* only what we say ourselves */
}

const char *days_text(const struct page *p, int64_t until)
{
	int64_t day = 86400 * USEC, s = until - p->now;
	return s < 0 ? arena_printf(p->mem, "−%lld", (long long)((-s + day - 1) / day))
		     : arena_printf(p->mem, "%lld", (long long)(s / day));
}

const char *console_count(const struct page *p, int64_t n)
{
	const char *digits = money_text(p->mem, n * 100, "");
	size_t len = strlen(digits);
	const char *bare = digits + strspn(digits, " ");
	char *out = arena_strdup(p->mem, bare);
	if (len > 3 && !strcmp(digits + len - 3, ".00"))
		out[strlen(out) - 3] = 0;
	return n >= PORTFOLIO_COUNT_MAX ? arena_printf(p->mem, "%s+", out) : out;
}
