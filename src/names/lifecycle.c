/* The life of a name as one table of states and events, and when the next event comes. Pure: the scheduler and the
 * preview both walk it, so that the dry run is what runs. */
#include <string.h>
#include "base/hash.h"
#include "base/text.h"
#include "names/registry_int.h"

#define REDEEM LIFE_HAS_REDEMPTION
#define PENDING LIFE_HAS_PENDING_DELETE
#define REPORT LIFE_HAS_REPORT

const struct life_row life_rows[] = {
	{ LIFE_PENDING_CREATE, EV_APPROVE, LIFE_ACTIVE, 0 }, /* RFC 5731 §3.3 */
	{ LIFE_PENDING_CREATE, EV_REFUSE, LIFE_GONE, 0 },
	{ LIFE_ACTIVE, EV_SUSPEND, LIFE_SUSPENDED, 0 }, /* .tw: out of the DNS at expiry */
	{ LIFE_ACTIVE, EV_AUTORENEW, LIFE_ACTIVE, 0 },	/* RFC 3915 §3.1 autoRenewPeriod */
	{ LIFE_ACTIVE, EV_RENEW, LIFE_ACTIVE, 0 },	/* RFC 5731 §3.2.3 */
	{ LIFE_SUSPENDED, EV_RENEW, LIFE_ACTIVE, 0 },	/* within expiry-grace */
	{ LIFE_ACTIVE, EV_TRANSFER, LIFE_ACTIVE, 0 },	/* RFC 5731 §3.2.4 */
	{ LIFE_SUSPENDED, EV_TRANSFER, LIFE_SUSPENDED, 0 },
	{ LIFE_ACTIVE, EV_CANCEL, LIFE_GONE, 0 },		  /* RFC 3915 §3.1: deleted in its addPeriod */
	{ LIFE_ACTIVE, EV_DELETE, LIFE_REDEMPTION, REDEEM },	  /* RFC 3915 §2 */
	{ LIFE_ACTIVE, EV_DELETE, LIFE_PENDING_DELETE, PENDING }, /* RFC 5731 §3.2.2 */
	{ LIFE_ACTIVE, EV_DELETE, LIFE_GONE, 0 },
	{ LIFE_SUSPENDED, EV_DELETE, LIFE_REDEMPTION, REDEEM },
	{ LIFE_SUSPENDED, EV_DELETE, LIFE_PENDING_DELETE, PENDING },
	{ LIFE_SUSPENDED, EV_DELETE, LIFE_GONE, 0 },
	{ LIFE_ACTIVE, EV_RELEASE, LIFE_REDEMPTION, REDEEM }, /* expiry delete */
	{ LIFE_ACTIVE, EV_RELEASE, LIFE_PENDING_DELETE, PENDING },
	{ LIFE_ACTIVE, EV_RELEASE, LIFE_GONE, 0 },
	{ LIFE_SUSPENDED, EV_RELEASE, LIFE_REDEMPTION, REDEEM },
	{ LIFE_SUSPENDED, EV_RELEASE, LIFE_PENDING_DELETE, PENDING },
	{ LIFE_SUSPENDED, EV_RELEASE, LIFE_GONE, 0 },		       /* .tw: no redemption, spread from day 33 */
	{ LIFE_REDEMPTION, EV_RESTORE, LIFE_PENDING_RESTORE, REPORT }, /* RFC 3915 §4.2.5 */
	{ LIFE_REDEMPTION, EV_RESTORE, LIFE_ACTIVE, 0 },
	{ LIFE_PENDING_RESTORE, EV_REPORT, LIFE_ACTIVE, 0 },
	{ LIFE_PENDING_RESTORE, EV_OVERDUE, LIFE_REDEMPTION, 0 },    /* RFC 3915 §2: no report came */
	{ LIFE_REDEMPTION, EV_LAPSE, LIFE_PENDING_DELETE, PENDING }, /* RFC 3915 §2 */
	{ LIFE_REDEMPTION, EV_LAPSE, LIFE_GONE, 0 },
	{ LIFE_PENDING_DELETE, EV_DROP, LIFE_GONE, 0 },
	{ 0 },
};

static const char *const lives[LIVES] = { "none",	"pending-create", "active", "suspended",
					  "redemption", "pending-delete", "gone",   "pending-restore" };
static const char *const events[EVENTS] = { "none",  "approve", "refuse",   "suspend", "auto-renew",
					    "renew", "release", "cancel",   "delete",  "restore",
					    "lapse", "drop",	"transfer", "report",  "report overdue" };

const char *life_name(enum life l)
{
	return lives[l];
}

const char *event_name(enum event e)
{
	return events[e];
}

enum life life_to(const struct policy *p, enum life from, enum event e)
{
	unsigned has = (p->grace[GRACE_REDEMPTION] ? REDEEM : 0u) | (p->grace[GRACE_PENDING_DELETE] ? PENDING : 0u) |
		       (p->restore_report ? REPORT : 0u);
	for (const struct life_row *r = life_rows; r->event; r++)
		if (r->from == from && r->event == e && (r->needs & ~has) == 0)
			return r->to;
	return LIFE_NONE;
}

/* ── time ── */

int64_t life_after(const struct policy *p, int64_t from, int64_t span)
{
	for (int i = 0; i < p->nholidays; i++) {
		const struct holiday *h = &p->holiday[i];
		if (h->to <= from)
			continue;
		if (from + span < h->from)
			break;
		if (h->from > from)
			span -= h->from - from;
		from = h->to;
	}
	return from + span;
}

int64_t time_add_years(int64_t t, int years)
{
	int y = time_year(t), m = 1;
	while (m < 12 && time_from_civil(y, m + 1, 1, 0, 0, 0) <= t)
		m++;
	int64_t start = time_from_civil(y, m, 1, 0, 0, 0);
	int64_t in_month = t - start, to = time_from_civil(y + years, m, 1, 0, 0, 0);
	int64_t next =
		m == 12 ? time_from_civil(y + years + 1, 1, 1, 0, 0, 0) : time_from_civil(y + years, m + 1, 1, 0, 0, 0);
	const int64_t day = 86400 * USEC;
	/* The 29th of February becomes the 28th. */
	return to + in_month >= next ? to + in_month - day : to + in_month;
}

static int64_t spread_of(const struct policy *p, const char *name)
{
	if (!p->release_spread)
		return 0;
	uint64_t x = 0;
	struct hash h = hash_mac(p->spread_key, sizeof p->spread_key, name, strlen(name));
	for (int i = 0; i < 8; i++)
		x = x << 8 | h.b[i];
	return (int64_t)(x % (uint64_t)p->release_spread);
}

/* ── what comes next ── */

static struct life_event by_state(const struct policy *p, const struct dom *d)
{
	int64_t expiry = d->d.expires_at;
	switch (d->life) {
	case LIFE_ACTIVE:
		if (p->expiry == EXPIRY_AUTORENEW)
			return (struct life_event){ EV_AUTORENEW, expiry };
		return (struct life_event){ p->expiry == EXPIRY_SUSPEND ? EV_SUSPEND : EV_RELEASE,
					    life_after(p, expiry, 0) };
	case LIFE_SUSPENDED:
		return (struct life_event){ EV_RELEASE,
					    life_after(p, expiry, p->release_from + spread_of(p, d->d.name)) };
	case LIFE_REDEMPTION:
		return (struct life_event){ EV_LAPSE, life_after(p, d->d.grace_until[GRACE_REDEMPTION], 0) };
	case LIFE_PENDING_RESTORE:
		return (struct life_event){ EV_OVERDUE, life_after(p, d->d.restore_until, 0) };
	case LIFE_PENDING_DELETE:
		return (struct life_event){ EV_DROP, life_after(p, d->d.grace_until[GRACE_PENDING_DELETE], 0) };
	case LIFE_NONE:
	case LIFE_PENDING_CREATE: /* until staff have decided */
	case LIFE_GONE:
	case LIVES:
		break;
	}
	return (struct life_event){ EV_NONE, 0 };
}

struct life_event life_next(const struct policy *p, const struct dom *d)
{
	struct life_event e = by_state(p, d);
	bool open = d->d.transfer.state == TRANSFER_PENDING && life_to(p, d->life, EV_TRANSFER) != LIFE_NONE;
	if (open && (!e.event || d->d.transfer.acted_at <= e.at))
		return (struct life_event){ EV_TRANSFER, d->d.transfer.acted_at };
	return e;
}

static void periods_end(struct dom *d)
{
	for (int g = 0; g < GRACES; g++)
		d->d.grace_until[g] = 0;
}

/* While a restore waits for its report the redemption period stands still; without one it goes on where it stopped. */
static void restore_apply(const struct policy *p, struct dom *d, enum life to, int64_t redemption, int64_t at)
{
	if (to == LIFE_PENDING_RESTORE) {
		d->d.grace_until[GRACE_REDEMPTION] = redemption;
		d->d.restore_at = at;
		d->d.restore_until = at + p->restore_report;
		return;
	}
	if (d->life == LIFE_PENDING_RESTORE && to == LIFE_REDEMPTION)
		d->d.grace_until[GRACE_REDEMPTION] = redemption + at - d->d.restore_at;
	d->d.restore_at = d->d.restore_until = 0;
}

bool life_apply(const struct policy *p, struct dom *d, enum event e, int64_t at)
{
	enum life to = life_to(p, d->life, e);
	if (to == LIFE_NONE)
		return false;
	if (e == EV_AUTORENEW) {
		d->d.expires_at = time_add_years(d->d.expires_at, 1);
		d->d.grace_until[GRACE_AUTORENEW] = at + p->grace[GRACE_AUTORENEW];
	}
	int64_t redemption = d->d.grace_until[GRACE_REDEMPTION];
	if (to != LIFE_ACTIVE && to != LIFE_SUSPENDED)
		periods_end(d);
	if (e == EV_RESTORE || e == EV_REPORT)
		d->d.grace_until[GRACE_REDEMPTION] = 0;
	if (to == LIFE_REDEMPTION)
		d->d.grace_until[GRACE_REDEMPTION] = at + p->grace[GRACE_REDEMPTION];
	restore_apply(p, d, to, redemption, at);
	if (to == LIFE_PENDING_DELETE)
		d->d.grace_until[GRACE_PENDING_DELETE] = at + p->grace[GRACE_PENDING_DELETE];
	d->life = to;
	return true;
}

/* ── its due row ── */

enum st life_due(struct req *rq, const struct policy *p, const struct dom *d)
{
	/* Of one width, so that the rows are written in key order. */
	char *subject = arena_printf(rq->mem, "%012lld", (long long)d->d.c.id);
	struct life_event e = d->life == LIFE_GONE ? (struct life_event){ EV_NONE, 0 } : life_next(p, d);
	return e.event ? due_set(rq, "domain", subject, e.at) : due_cancel(rq, "domain", subject);
}
