/* The statuses of objects as one table: who may carry which, who sets it, and what it forbids.
 *
 * RFC 5731 §2.3 (domain), RFC 5732 §2.3 (host), RFC 5733 §2.2 (contact), RFC 3915 §3.1 (rgp). `ok` is no bit: it is the
 * absence of all others. `linked` is never stored: it says that a row somewhere refers to the object. */
#include <string.h>
#include "names/registry_int.h"

enum setter { BY_CLIENT, BY_SERVER, BY_ITSELF }; /* BY_ITSELF: comes and goes with a state; no command names it */

enum { D = OBJECT_DOMAIN, C = OBJECT_CONTACT, H = OBJECT_HOST };
enum { UPD = DOING_UPDATE, DEL = DOING_DELETE, REN = DOING_RENEW, TRF = DOING_TRANSFER };

#define PENDING_STOPS (UPD | DEL | REN | TRF)

static const struct status_row {
	const char *name;
	unsigned objects;
	enum setter by;
	unsigned stops;
	const char *rfc;
} table[STATUS_BITS] = {
	[STATUS_CLIENT_DELETE] = { "clientDeleteProhibited", D | C | H, BY_CLIENT, DEL, "5731-2.3" },
	[STATUS_CLIENT_HOLD] = { "clientHold", D, BY_CLIENT, 0, "5731-2.3" },
	[STATUS_CLIENT_RENEW] = { "clientRenewProhibited", D, BY_CLIENT, REN, "5731-2.3" },
	[STATUS_CLIENT_TRANSFER] = { "clientTransferProhibited", D | C, BY_CLIENT, TRF, "5731-2.3" },
	[STATUS_CLIENT_UPDATE] = { "clientUpdateProhibited", D | C | H, BY_CLIENT, UPD, "5731-2.3" },
	[STATUS_SERVER_DELETE] = { "serverDeleteProhibited", D | C | H, BY_SERVER, DEL, "5731-2.3" },
	[STATUS_SERVER_HOLD] = { "serverHold", D, BY_SERVER, 0, "5731-2.3" },
	[STATUS_SERVER_RENEW] = { "serverRenewProhibited", D, BY_SERVER, REN, "5731-2.3" },
	[STATUS_SERVER_TRANSFER] = { "serverTransferProhibited", D | C, BY_SERVER, TRF, "5731-2.3" },
	[STATUS_SERVER_UPDATE] = { "serverUpdateProhibited", D | C | H, BY_SERVER, UPD, "5731-2.3" },
	[STATUS_INACTIVE] = { "inactive", D, BY_ITSELF, 0, "5731-2.3" },
	[STATUS_LINKED] = { "linked", C | H, BY_ITSELF, DEL, "5732-3.2.2" },
	[STATUS_PENDING_CREATE] = { "pendingCreate", D | C | H, BY_ITSELF, PENDING_STOPS, "5731-2.3" },
	[STATUS_PENDING_DELETE] = { "pendingDelete", D | C | H, BY_ITSELF, PENDING_STOPS, "5731-2.3" },
	[STATUS_PENDING_RENEW] = { "pendingRenew", D, BY_ITSELF, PENDING_STOPS, "5731-2.3" },
	[STATUS_PENDING_TRANSFER] = { "pendingTransfer", D | C | H, BY_ITSELF, PENDING_STOPS, "5731-2.3" },
	[STATUS_PENDING_UPDATE] = { "pendingUpdate", D | C | H, BY_ITSELF, PENDING_STOPS, "5731-2.3" },
	[STATUS_ADD_PERIOD] = { "addPeriod", D, BY_ITSELF, 0, "3915-3.1" },
	[STATUS_RENEW_PERIOD] = { "renewPeriod", D, BY_ITSELF, 0, "3915-3.1" },
	[STATUS_AUTORENEW_PERIOD] = { "autoRenewPeriod", D, BY_ITSELF, 0, "3915-3.1" },
	[STATUS_TRANSFER_PERIOD] = { "transferPeriod", D, BY_ITSELF, 0, "3915-3.1" },
	[STATUS_REDEMPTION] = { "redemptionPeriod", D, BY_ITSELF, 0, "3915-3.1" },
	[STATUS_PENDING_RESTORE] = { "pendingRestore", D, BY_ITSELF, 0, "3915-3.1" },
};

/* Pairs that exclude each other (RFC 5731 §2.3 and its twins): what is pending can't also be prohibited. */
static const struct {
	enum status_bit pending;
	statuses not ;
} exclusive[] = {
	{ STATUS_PENDING_DELETE, BIT(STATUS_CLIENT_DELETE) | BIT(STATUS_SERVER_DELETE) },
	{ STATUS_PENDING_RENEW, BIT(STATUS_CLIENT_RENEW) | BIT(STATUS_SERVER_RENEW) },
	{ STATUS_PENDING_TRANSFER, BIT(STATUS_CLIENT_TRANSFER) | BIT(STATUS_SERVER_TRANSFER) },
	{ STATUS_PENDING_UPDATE, BIT(STATUS_CLIENT_UPDATE) | BIT(STATUS_SERVER_UPDATE) },
};

const char *status_name(enum status_bit s)
{
	return (unsigned)s < STATUS_BITS ? table[s].name : "ok";
}

bool status_parse(const char *s, enum status_bit *out)
{
	for (int i = 0; i < STATUS_BITS; i++)
		if (!strcmp(table[i].name, s)) {
			*out = (enum status_bit)i;
			return true;
		}
	return false;
}

void statuses_json(struct jw *w, const char *key, statuses s)
{
	j_arr(w, key);
	for (int i = 0; i < STATUS_BITS; i++)
		if (s & BIT(i))
			j_str(w, NULL, table[i].name);
	j_end(w);
}

/* ── what a status forbids ── */

static enum result result_of(enum status_bit s, unsigned doing)
{
	if (s == STATUS_LINKED)
		return R_ASSOCIATION;
	return s == STATUS_PENDING_TRANSFER && doing == DOING_TRANSFER ? R_PENDING_TRANSFER : R_STATUS;
}

enum st status_forbids(struct req *rq, statuses now, unsigned doing, struct outcome *why)
{
	bool client = registry_actor(rq) != NULL;
	for (int i = 0; i < STATUS_BITS; i++)
		if ((now & BIT(i)) && (table[i].stops & doing) && (client || table[i].by != BY_CLIENT))
			return refuse(rq, why, result_of((enum status_bit)i, doing), "status", table[i].name,
				      N_("the object's status %s forbids this"), table[i].name);
	return ST_OK;
}

/* ── changing them ── */

/* "status" with its attribute s, as the front's value element shows it. */
static enum st one_ok(struct req *rq, enum object kind, enum status_bit s, struct outcome *why)
{
	const struct status_row *row = &table[s];
	bool client = registry_actor(rq) != NULL;
	if (!(row->objects & kind))
		return refuse(rq, why, R_PARAM_RANGE, "status", row->name, N_("this kind of object has no status %s"),
			      row->name);
	if (row->by == BY_ITSELF)
		return refuse(rq, why, R_POLICY_VALUE, "status", row->name,
			      N_("%s follows the object's state and can't be set"), row->name);
	/* RFC 5731 §2.3: a client must not alter what the server set, nor the other way round. The registry may take a
	 * client's status away for good reason, so only the first half is a refusal. */
	if (client && row->by == BY_SERVER)
		return refuse(rq, why, R_POLICY_VALUE, "status", row->name, N_("only the registry sets or removes %s"),
			      row->name);
	return ST_OK;
}

static enum st exclusive_ok(struct req *rq, statuses s, struct outcome *why)
{
	for (size_t i = 0; i < sizeof exclusive / sizeof *exclusive; i++)
		if ((s & BIT(exclusive[i].pending)) && (s & exclusive[i].not ))
			return refuse(rq, why, R_STATUS, "status", status_name(exclusive[i].pending),
				      "%s excludes the prohibition of the same", status_name(exclusive[i].pending));
	return ST_OK;
}

enum st status_change(struct req *rq, enum object kind, statuses now, statuses add, statuses rem, statuses *out,
		      struct outcome *why)
{
	for (int i = 0; i < STATUS_BITS; i++) {
		statuses b = BIT(i);
		if (!((add | rem) & b))
			continue;
		if (one_ok(rq, kind, (enum status_bit)i, why))
			return rq->err.code;
		if (add & rem & b)
			return refuse(rq, why, R_POLICY_VALUE, "status", table[i].name, N_("%s both added and removed"),
				      table[i].name);
		if ((add & now & b) || (rem & ~now & b))
			return refuse(rq, why, R_POLICY_VALUE, "status", table[i].name,
				      add & b ? N_("%s is set already") : N_("%s is not set"), table[i].name);
	}
	*out = (now & ~rem) | add;
	return exclusive_ok(rq, *out, why);
}
