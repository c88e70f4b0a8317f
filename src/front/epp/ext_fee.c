/* Fees (RFC 8748): asked for in a check, said and confirmed in a transform command. Amounts have two decimals. */
#include <string.h>
#include "front/epp/commands.h"
#include "front/epp/render.h"
#include "ledger/ledger.h"

static bool currency_read(struct walk *w, struct fee *f)
{
	struct node *n = walk_opt(w, "currency");
	char *s = n ? value_token(w->c, n, 3, 3) : NULL;
	if (!n)
		return true;
	if (!s)
		return false;
	if (strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 3)
		return command_refuse(w->c, R_PARAM_SYNTAX, n, "a currency is three capital letters (ISO 4217)");
	memcpy(f->currency, s, 4);
	return true;
}

static bool is_command(const char *s)
{
	static const char *const known[] = { "create", "delete", "renew", "update", "transfer", "restore", "custom" };
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (!strcmp(s, known[i]))
			return true;
	return false;
}

static bool check_read(struct walk *w, struct fee *f)
{
	struct command *c = w->c;
	struct node *n = walk_need(w, "command");
	for (; n; n = walk_opt(w, "command")) {
		const char *name = node_attr(n, "name");
		struct walk in = walk_in(c, n);
		struct node *period = walk_opt(&in, "period");
		if (!name)
			return command_refuse(c, R_PARAM_MISSING, n, "the command has no name");
		if (!is_command(name))
			return command_refuse(c, R_PARAM_SYNTAX, n, "not a command that has a fee");
		if (f->ncommands == FEE_COMMANDS)
			return command_refuse(c, R_POLICY, n, "at most %d commands", FEE_COMMANDS);
		struct fee_command *fc = &f->command[f->ncommands++];
		*fc = (struct fee_command){ .name = arena_strdup(c->mem, name), .years = 1, .period = period };
		if ((period && !value_period(c, period, &fc->years)) || !walk_end(&in))
			return false;
	}
	return walk_end(w);
}

/* xs:decimal to minor units; a third decimal that is not 0 can't be met. */
static bool amount_read(struct command *c, struct node *n, bool credit, int64_t *sum)
{
	char *s = value_token(c, n, 1, 20);
	int64_t v = 0;
	if (!s)
		return false;
	bool minus = *s == '-';
	if (*s == '-' || *s == '+')
		s++;
	size_t whole = strspn(s, "0123456789"), part = s[whole] == '.' ? strspn(s + whole + 1, "0123456789") : 0;
	bool point = s[whole] == '.';
	if ((!whole && !part) || s[whole + point + part] || whole > 12)
		return command_refuse(c, R_PARAM_SYNTAX, n, "not an amount");
	for (size_t i = 0; i < whole; i++)
		v = v * 10 + (s[i] - '0');
	for (size_t i = 0; i < 2; i++)
		v = v * 10 + (i < part ? s[whole + 1 + i] - '0' : 0);
	for (size_t i = 2; i < part; i++)
		if (s[whole + 1 + i] != '0')
			return command_refuse(c, R_PARAM_RANGE, n, "amounts have two decimals");
	if (v && minus != credit)
		return command_refuse(c, R_PARAM_RANGE, n,
				      credit ? "a credit is not positive" : "a fee is not negative");
	*sum += minus ? -v : v;
	return true;
}

static bool transform_read(struct walk *w, struct fee *f)
{
	struct node *n = walk_need(w, "fee");
	f->said = 0;
	for (; n; n = walk_opt(w, "fee"))
		if (!amount_read(w->c, n, false, &f->said))
			return false;
	while ((n = walk_opt(w, "credit")))
		if (!amount_read(w->c, n, true, &f->said))
			return false;
	return walk_end(w);
}

bool ext_fee_read(struct command *c, struct node *ext)
{
	struct walk w = walk_in(c, ext);
	c->fee.there = true;
	if (strcmp(ext->name, verb_names[c->verb]) != 0)
		return command_refuse(c, E_SYNTAX, ext, "%.60s is not expected here", ext->name);
	if (!currency_read(&w, &c->fee))
		return false;
	return c->verb == VERB_CHECK ? check_read(&w, &c->fee) : transform_read(&w, &c->fee);
}

/* ── agreeing ── */

static const struct price *price_of(const struct domain_check *d, const char *item)
{
	if (!strcmp(item, "create"))
		return &d->create;
	if (!strcmp(item, "renew"))
		return &d->renew;
	if (!strcmp(item, "restore"))
		return &d->restore;
	return !strcmp(item, "transfer") ? &d->transfer : NULL;
}

static int64_t amount_of(const struct price *p, int years)
{
	return p->per_year ? p->amount * years : p->amount;
}

enum st fee_price(struct req *rq, struct command *c, const char *item, int years)
{
	struct domain_check d = { .name = c->name };
	if (!c->fee.there)
		return ST_OK;
	if (domain_check(rq, &d, 1))
		return rq->err.code;
	const struct price *p = price_of(&d, item);
	c->fee.amount = amount_of(p, years);
	memcpy(c->fee.charged, p->currency, sizeof c->fee.charged);
	return ST_OK;
}

enum st fee_agree(struct req *rq, struct command *c, int64_t amount, const char *currency)
{
	if (!c->fee.there)
		return ST_OK;
	c->fee.amount = amount;
	if (c->fee.currency[0] && currency[0] && strcmp(c->fee.currency, currency) != 0)
		return act_refuse(rq, c, ST_INVALID, R_PARAM_RANGE, "fee:currency", c->fee.currency, "the fee is in %s",
				  currency);
	if (c->fee.said >= 0 && c->fee.said < amount)
		return act_refuse(rq, c, ST_INVALID, R_PARAM_RANGE, "fee:fee", "", "the fee is %s",
				  money_text(rq->mem, amount, currency[0] ? currency : "XXX"));
	return ST_OK;
}

/* ── answers ── */

static void command_write(struct buf *b, const struct fee_command *f, const struct domain_check *d)
{
	static const struct price nothing = { 0 };
	bool free_of_charge = !strcmp(f->name, "delete") || !strcmp(f->name, "update");
	const struct price *p = free_of_charge ? &nothing : price_of(d, f->name);
	bool term = !strcmp(f->name, "create") || !strcmp(f->name, "renew");
	bool possible = !term || !f->period || !d->term_max || (f->years >= d->term_min && f->years <= d->term_max);
	buf_printf(b, "<fee:command name=\"%s\" standard=\"1\">", f->name);
	if (f->period)
		buf_printf(b, "<fee:period unit=\"y\">%d</fee:period>", f->years);
	if (!possible) {
		buf_printf(b, "<fee:reason>The term is %d to %d years</fee:reason>", d->term_min, d->term_max);
	} else if (p && (free_of_charge || p->currency[0])) {
		X(b, "<fee:fee>");
		x_money(b, amount_of(p, f->years));
		X(b, "</fee:fee>");
	} else {
		X(b, "<fee:reason>No fee is known for this command</fee:reason>");
	}
	X(b, "</fee:command>");
}

static const char *currency_of(const struct command *c)
{
	for (int i = 0; i < c->nitems; i++)
		if (c->item[i].domain && c->item[i].domain->create.currency[0])
			return c->item[i].domain->create.currency;
	return c->fee.currency[0] ? c->fee.currency : "XXX";
}

static void check_write_fees(struct buf *b, const struct command *c)
{
	const char *currency = currency_of(c);
	bool other = c->fee.currency[0] && strcmp(c->fee.currency, currency) != 0;
	X(b, "<fee:chkData xmlns:fee=\"urn:ietf:params:xml:ns:epp:fee-1.0\">");
	x_el(b, "fee:currency", currency);
	for (int i = 0; i < c->nitems; i++) {
		const struct domain_check *d = c->item[i].domain;
		bool known = d && d->create.currency[0] && !other;
		buf_printf(b, "<fee:cd avail=\"%d\">", known);
		x_el(b, "fee:objID", c->item[i].said);
		for (int k = 0; known && k < c->fee.ncommands; k++)
			command_write(b, &c->fee.command[k], d);
		if (!known)
			x_el(b, "fee:reason", other ? "Not charged in this currency" : "No fees for this name");
		X(b, "</fee:cd>");
	}
	X(b, "</fee:chkData>");
}

static const char *data_name(enum verb v)
{
	switch (v) {
	case VERB_CREATE:
		return "creData";
	case VERB_RENEW:
		return "renData";
	case VERB_TRANSFER:
		return "trnData";
	default:
		return "updData";
	}
}

/* RFC 8748 §5.2.3: a delete carries no fee; its answer says what it gave back. */
static void delete_write(struct out *o, const struct command *c)
{
	struct buf *b =
		c->object == SPACE_DOMAIN && c->fee.charged[0] && c->fee.amount < 0 ? out_begin(o, SPACE_FEE) : NULL;
	if (!b)
		return;
	X(b, "<fee:delData xmlns:fee=\"urn:ietf:params:xml:ns:epp:fee-1.0\">");
	x_el(b, "fee:currency", c->fee.charged);
	X(b, "<fee:credit>");
	x_money(b, c->fee.amount);
	X(b, "</fee:credit><fee:balance>");
	x_money(b, c->fee.balance);
	X(b, "</fee:balance></fee:delData>");
	out_end(o, SPACE_FEE);
}

void ext_fee_write(struct out *o, struct command *c)
{
	if (c->verb == VERB_DELETE) {
		delete_write(o, c);
		return;
	}
	if (!c->fee.there || (c->verb == VERB_TRANSFER && c->op != OP_REQUEST))
		return;
	struct buf *b = out_begin(o, SPACE_FEE);
	if (!b)
		return;
	if (c->verb == VERB_CHECK) {
		check_write_fees(b, c);
	} else if (c->fee.charged[0]) {
		buf_printf(b, "<fee:%s xmlns:fee=\"urn:ietf:params:xml:ns:epp:fee-1.0\">", data_name(c->verb));
		x_el(b, "fee:currency", c->fee.charged);
		X(b, "<fee:fee>");
		x_money(b, c->fee.amount);
		buf_printf(b, "</fee:fee></fee:%s>", data_name(c->verb));
	}
	out_end(o, SPACE_FEE);
}
