/* The text of a zone's policy: one table of keys, each with its parser. Pure. */
#include <stdlib.h>
#include <string.h>
#include "base/idn.h"
#include "base/text.h"
#include "names/registry_int.h"

enum { SECOND_MAX = 64, LISTED_MAX = 20000, HOLIDAYS_MAX = 64, WORDS_MAX = 8, LINES_MAX = 40000, TEXT_BYTES = 4 << 20 };
#define AMOUNT_MAX 1000000000000LL /* times ten years is still far from the end of 64 bits */

struct parse {
	struct arena *mem;
	struct policy *p;
	struct err *e;
	int line;
	int arg; /* of the key's row: which of several fields */
	char *word[WORDS_MAX];
	int n;
	char *rest; /* what follows the words a key takes */
	unsigned graces, ttls;
};

static enum st bad(struct parse *x, const char *what, const char *found)
{
	return err_set(x->e, ST_INVALID, N_("line %d: expected %s, found \"%.60s\""), x->line, what,
		       found ? found : "");
}

static enum st contradiction(struct parse *x, int line, const char *what)
{
	return err_set(x->e, ST_INVALID, N_("line %d: %s"), line, what);
}

/* ── values ── */

static bool take_word(struct parse *x)
{
	char *s = x->rest + strspn(x->rest, " \t");
	size_t n = strcspn(s, " \t");
	if (!n || x->n == WORDS_MAX)
		return false;
	x->word[x->n++] = arena_dup(x->mem, s, n);
	x->rest = s + n + strspn(s + n, " \t");
	return true;
}

static bool range_of(const char *s, int max, int *lo, int *hi)
{
	int64_t a, b;
	char first[12];
	size_t n = strcspn(s, "-");
	if (!s[n] || n >= sizeof first)
		return false;
	memcpy(first, s, n);
	first[n] = 0;
	if (!text_int(first, 0, max, &a) || !text_int(s + n + 1, a, max, &b))
		return false;
	*lo = (int)a;
	*hi = (int)b;
	return true;
}

static bool span_of(const char *s, int64_t *out)
{
	return time_span_parse(s, out) && *out >= 0 && *out <= 3660LL * 86400 * USEC;
}

static const char *const eligibilities[] = { "open", "email-check", "review", "licence", "restricted", "closed" };
static const char *const graces[] = { "add", "renew", "auto-renew", "transfer", "redemption", "pending-delete" };
static const char *const expiries[] = { "suspend", "auto-renew", "delete" };

static int one_of(const char *const *list, int n, const char *s)
{
	for (int i = 0; i < n; i++)
		if (!strcmp(list[i], s))
			return i;
	return -1;
}
#define ONE_OF(list, s) one_of((list), (int)(sizeof(list) / sizeof *(list)), (s))

const char *eligibility_name(enum eligibility e)
{
	return eligibilities[e];
}

/* ── keys ── */

static enum st key_terms(struct parse *x)
{
	if (!range_of(x->word[0], 10, &x->p->term_min, &x->p->term_max) || x->p->term_min < 1)
		return bad(x, N_("years such as 1-10"), x->word[0]);
	return ST_OK;
}

static enum st key_grace(struct parse *x)
{
	int g = ONE_OF(graces, x->word[0]);
	if (g < 0)
		return bad(x, N_("add, renew, auto-renew, transfer, redemption or pending-delete"), x->word[0]);
	if (x->graces & 1u << g)
		return contradiction(x, x->line, N_("this grace period stands twice"));
	x->graces |= 1u << g;
	return span_of(x->word[1], &x->p->grace[g]) ? ST_OK : bad(x, N_("a time such as 5d"), x->word[1]);
}

static enum st key_expiry(struct parse *x)
{
	int i = ONE_OF(expiries, x->word[0]);
	if (i < 0)
		return bad(x, N_("suspend, auto-renew or delete"), x->word[0]);
	x->p->expiry = (enum at_expiry)i;
	return ST_OK;
}

static enum st key_span(struct parse *x)
{
	int64_t *const to[] = { &x->p->expiry_grace,  &x->p->release_from,   &x->p->release_spread,
				&x->p->transfer_wait, &x->p->restore_report, &x->p->email_check_wait,
				&x->p->authinfo_life };
	return span_of(x->word[0], to[x->arg]) ? ST_OK : bad(x, N_("a time such as 30d"), x->word[0]);
}

static const char *const ttl_names[TTLS] = { "NS", "DS", "A", "AAAA" };

const char *ttl_name(enum ttl_type t)
{
	return ttl_names[t];
}

static enum st key_ttl(struct parse *x)
{
	int t = ONE_OF(ttl_names, x->word[0]);
	int64_t v[3];
	if (t < 0)
		return bad(x, N_("NS, DS, A or AAAA"), x->word[0]);
	if (x->ttls & 1u << t)
		return contradiction(x, x->line, N_("this TTL stands twice"));
	x->ttls |= 1u << t;
	for (int i = 0; i < 3; i++)
		if (!span_of(x->word[1 + i], &v[i]) || v[i] < USEC || v[i] > INT32_MAX * USEC)
			return bad(x, N_("a time such as 60s or 1h"), x->word[1 + i]);
	if (v[0] > v[1] || v[1] > v[2])
		return contradiction(x, x->line, N_("a TTL's least, own and most are in ascending order"));
	x->p->ttl[t] = (struct ttl_rule){ v[0] / USEC, v[1] / USEC, v[2] / USEC };
	return ST_OK;
}

/* FIRST..LAST, with both days; true: they are days, in order. */
static bool days_of(char *first, char *last, int64_t *from, int64_t *to)
{
	*from = time_parse(first);
	*to = time_parse(last);
	if (*from == TIME_NONE || *to == TIME_NONE || *to < *from)
		return false;
	*to += 86400 * USEC;
	return true;
}

static enum st key_holiday(struct parse *x)
{
	struct holiday h = { .name = arena_strdup(x->mem, x->rest) };
	char *dots = strstr(x->word[0], ".."), *last = dots ? dots + 2 : x->word[0];
	if (dots)
		*dots = 0;
	if (!days_of(x->word[0], last, &h.from, &h.to))
		return bad(x, N_("days such as 2027-02-05..2027-02-11"), x->word[0]);
	if (x->p->nholidays == HOLIDAYS_MAX)
		return err_set(x->e, ST_LIMIT, N_("line %d: no more than %d holidays"), x->line, HOLIDAYS_MAX);
	int i = x->p->nholidays++;
	for (; i > 0 && x->p->holiday[i - 1].from > h.from; i--)
		x->p->holiday[i] = x->p->holiday[i - 1];
	x->p->holiday[i] = h;
	return ST_OK;
}

static enum st key_second(struct parse *x)
{
	struct policy *p = x->p;
	char *name = name_ascii(x->mem, x->word[0], false, x->e);
	int who = ONE_OF(eligibilities, x->word[1]);
	if (!name || name_labels(name) != 2)
		return bad(x, N_("a name of two labels such as com.tw"), x->word[0]);
	if (who < 0)
		return bad(x, N_("open, email-check, review, licence, restricted or closed"), x->word[1]);
	for (int i = 0; i < p->nsecond; i++)
		if (!strcmp(p->second[i].name, name))
			return contradiction(x, x->line, N_("this second level stands twice"));
	if (p->nsecond == SECOND_MAX)
		return err_set(x->e, ST_LIMIT, N_("line %d: no more than %d second levels"), x->line, SECOND_MAX);
	p->second[p->nsecond++] =
		(struct second_level){ name, (enum eligibility)who, arena_strdup(x->mem, x->rest), x->line };
	return ST_OK;
}

static enum st key_general(struct parse *x)
{
	int who = ONE_OF(eligibilities, x->word[0]);
	if (who < 0)
		return bad(x, N_("open, email-check, review, licence, restricted or closed"), x->word[0]);
	x->p->general = (enum eligibility)who;
	return ST_OK;
}

static enum st key_label_min(struct parse *x)
{
	int64_t n;
	if (!text_int(x->word[0], 1, 63, &n))
		return bad(x, N_("a number from 1 to 63"), x->word[0]);
	x->p->label_min = (int)n;
	return ST_OK;
}

/* [FIRST]..[LAST] before the reason: its first word has digits, two dots and nothing that days don't have. */
static enum st listed_days(struct parse *x, int64_t *from, int64_t *to)
{
	size_t n = strcspn(x->rest, " \t");
	char *days = arena_dup(x->mem, x->rest, n), *dots = strstr(days, "..");
	static char ever[] = "0001-01-01", never[] = "9999-12-30";
	if (!dots || strspn(days, "0123456789-.") != n || !strpbrk(days, "0123456789"))
		return ST_OK;
	x->rest += n + strspn(x->rest + n, " \t");
	*dots = 0;
	if ((!*days && !dots[2]) || !days_of(*days ? days : ever, dots[2] ? dots + 2 : never, from, to))
		return bad(x, N_("days such as 2027-02-05..2027-02-11, 2027-02-05.. or ..2027-02-11"), x->word[0]);
	*from = *days ? *from : 0;
	*to = dots[2] ? *to : 0;
	return ST_OK;
}

static enum st key_listed(struct parse *x)
{
	struct policy *p = x->p;
	struct err why = { 0 };
	int64_t from = 0, to = 0;
	char *label = name_ascii(x->mem, x->word[0], true, &why);
	if (!label || name_labels(label) != 1)
		return bad(x, N_("one label"), x->word[0]);
	if (listed_days(x, &from, &to))
		return x->e->code;
	if (p->nlisted == LISTED_MAX)
		return err_set(x->e, ST_LIMIT, N_("line %d: no more than %d listed labels"), x->line, LISTED_MAX);
	if (p->nlisted % 256 == 0) {
		struct listed_label *more = arena_array(x->mem, struct listed_label, p->nlisted + 256);
		if (p->nlisted)
			memcpy(more, p->listed, sizeof *more * (size_t)p->nlisted);
		p->listed = more;
	}
	p->listed[p->nlisted++] = (struct listed_label){ .label = label,
							 .key = label,
							 .kind = "rbl"[x->arg],
							 .reason = arena_strdup(x->mem, x->rest),
							 .from = from,
							 .to = to,
							 .line = x->line };
	return ST_OK;
}

static enum st key_table(struct parse *x)
{
	struct policy *p = x->p;
	if (strcmp(x->word[1], "rfc3743") && strcmp(x->word[1], "lgr"))
		return bad(x, N_("rfc3743 or lgr"), x->word[1]);
	if (strchr(x->word[2], '/') || x->word[2][0] == '.')
		return bad(x, N_("a file's name without folders"), x->word[2]);
	for (int i = 0; i < p->ntables; i++)
		if (!strcmp(p->table_spec[i].lang, x->word[0]))
			return contradiction(x, x->line, N_("this language has two tables"));
	if (p->ntables == POLICY_TABLES)
		return err_set(x->e, ST_LIMIT, N_("line %d: no more than %d tables"), x->line, POLICY_TABLES);
	int i = p->ntables++;
	p->table_spec[i].lang = x->word[0];
	p->table_spec[i].format = x->word[1];
	p->table_spec[i].file = x->word[2];
	return ST_OK;
}

static enum st key_variant_zone(struct parse *x)
{
	struct err why = { 0 };
	x->p->variant_zone = name_ascii(x->mem, x->word[0], true, &why);
	return x->p->variant_zone && name_labels(x->p->variant_zone) == 1 ? ST_OK
									  : bad(x, N_("a top-level label"), x->word[0]);
}

static enum st key_name_servers(struct parse *x)
{
	return range_of(x->word[0], DOMAIN_NS, &x->p->ns_min, &x->p->ns_max)
		       ? ST_OK
		       : bad(x, N_("two numbers up to 13 such as 0-13"), x->word[0]);
}

static enum st key_lock(struct parse *x)
{
	if (strcmp(x->word[0], "on") && strcmp(x->word[0], "off"))
		return bad(x, N_("on or off"), x->word[0]);
	x->p->registry_lock = !strcmp(x->word[0], "on");
	return ST_OK;
}

static enum st key_price(struct parse *x)
{
	static const char *const items[] = { "create", "renew", "transfer", "restore" };
	struct policy *p = x->p;
	int item = ONE_OF(items, x->word[0]);
	struct price pr = { .per_year = !strcmp(x->rest, "per-year") };
	if (item < 0)
		return bad(x, N_("create, renew, transfer or restore"), x->word[0]);
	if (!money_parse(x->word[1], &pr.amount) || pr.amount < 0 || pr.amount > AMOUNT_MAX)
		return bad(x, N_("an amount such as 800 or 12.50"), x->word[1]);
	if (strlen(x->word[2]) != 3 || strspn(x->word[2], "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 3)
		return bad(x, N_("a currency such as TWD"), x->word[2]);
	if (*x->rest && !pr.per_year)
		return bad(x, N_("per-year or nothing"), x->rest);
	memcpy(pr.currency, x->word[2], 4);
	for (int i = 0; i < p->nprices; i++) {
		if (!strcmp(p->price[i].item, items[item]))
			return contradiction(x, x->line, N_("this price stands twice"));
		if (strcmp(p->price[i].price.currency, pr.currency))
			return contradiction(x, x->line, N_("all prices of a zone are in one currency"));
	}
	p->price[p->nprices++] = (struct policy_price){ items[item], pr };
	return ST_OK;
}

/* words: how many a key needs; `rest`: whether more may follow; once: it may stand once only. */
static const struct key_row {
	const char *key, *value, *def, *doc;
	int words;
	bool rest, once;
	int arg;
	enum st (*parse)(struct parse *x);
} keys[POLICY_KEYS] = {
	[KEY_TERMS] = { "terms", "MIN-MAX", "1-10", "Years a name can be registered for.", 1, false, true, 0,
			key_terms },
	[KEY_GRACE] = { "grace", "PERIOD TIME",
			"add 5d, renew 5d, auto-renew 45d, transfer 5d, redemption 30d, pending-delete 5d",
			"How long a fee can be had back after add, renew, auto-renew and transfer; how long redemption "
			"and "
			"pending-delete last (0d: there is none).",
			2, false, false, 0, key_grace },
	[KEY_EXPIRY] = { "expiry", "suspend|auto-renew|delete", "auto-renew", "What happens on the day of expiry.", 1,
			 false, true, 0, key_expiry },
	[KEY_EXPIRY_GRACE] = { "expiry-grace", "TIME", "30d",
			       "After expiry: so long a suspended name can still be renewed.", 1, false, true, 0,
			       key_span },
	[KEY_RELEASE_FROM] = { "release-from", "TIME", "33d", "After expiry: from here on suspended names are dropped.",
			       1, false, true, 1, key_span },
	[KEY_RELEASE_SPREAD] = { "release-spread", "TIME", "0d", "Drops are spread over this long.", 1, false, true, 2,
				 key_span },
	[KEY_HOLIDAY] = { "holiday", "FIRST..LAST NAME", "", "Days on which suspension and deletion pause.", 1, true,
			  false, 0, key_holiday },
	[KEY_TRANSFER_WAIT] = { "transfer-wait", "TIME", "5d",
				"A transfer that nobody answers is approved after this long; 0d: at once.", 1, false,
				true, 3, key_span },
	[KEY_RESTORE_REPORT] = { "restore-report", "TIME", "0d",
				 "A restore is complete with its report, for which it waits so long; 0d: it needs "
				 "none.",
				 1, false, true, 4, key_span },
	[KEY_TTL] = { "ttl", "NS|DS|A|AAAA LEAST OWN MOST", "60s 1h 2d for each",
		      "The TTL that registrars may set for delegations and glue, and the zone's own.", 4, false, false,
		      0, key_ttl },
	[KEY_SECOND_LEVEL] = { "second-level", "NAME WHO WORDS…", "",
			       "A place where names are registered, and for whom: open, email-check, review, licence, "
			       "restricted (the registry alone), closed.",
			       2, true, false, 0, key_second },
	[KEY_GENERAL] = { "general", "WHO", "open", "Who may register directly under the zone.", 1, false, true, 0,
			  key_general },
	[KEY_LABEL_MIN] = { "label-min", "N", "1", "Shorter ASCII labels are closed unless released.", 1, false, true,
			    0, key_label_min },
	[KEY_RESERVED] = { "reserved", "LABEL [FIRST]..[LAST] REASON…", "",
			   "A label that only the registry gives out, always or on these days.", 1, true, false, 0,
			   key_listed },
	[KEY_BLOCKED] = { "blocked", "LABEL [FIRST]..[LAST] REASON…", "",
			  "A label that nobody gets, always or on these days.", 1, true, false, 1, key_listed },
	[KEY_RELEASED] = { "released", "LABEL [FIRST]..[LAST] REASON…", "",
			   "A short label that can be registered, always or on these days.", 1, true, false, 2,
			   key_listed },
	[KEY_IDN_TABLE] = { "idn-table", "LANGUAGE rfc3743|lgr FILE", "",
			    "The code points and variants of a language; the first table that takes a label counts.", 3,
			    false, false, 0, key_table },
	[KEY_VARIANT_ZONE] = { "variant-zone", "LABEL", "", "The same names are in the DNS under this top level too.",
			       1, false, true, 0, key_variant_zone },
	[KEY_NAME_SERVERS] = { "name-servers", "MIN-MAX", "0-13", "How many name servers a name may have.", 1, false,
			       true, 0, key_name_servers },
	[KEY_REGISTRY_LOCK] = { "registry-lock", "on|off", "off", "Does the registry offer its lock?", 1, false, true,
				0, key_lock },
	[KEY_PRICE] = { "price", "ITEM AMOUNT CURRENCY [per-year]", "",
			"What create, renew, transfer and restore cost; without a line it is free.", 3, true, false, 0,
			key_price },
	[KEY_EMAIL_CHECK_WAIT] = { "email-check-wait", "TIME", "14d",
				   "Where the address is checked: a name whose registrant does not answer for this "
				   "long "
				   "is refused and refunded.",
				   1, false, true, 5, key_span },
	[KEY_AUTHINFO_LIFE] = { "authinfo-life", "TIME", "14d",
				"A code for a transfer that the holder fetched is forgotten after this long; 0d: "
				"never.",
				1, false, true, 6, key_span },
};

/* ── the text ── */

static void defaults(struct arena *mem, struct policy *p)
{
	const int64_t day = 86400 * USEC;
	*p = (struct policy){ .term_min = 1,
			      .term_max = 10,
			      .expiry = EXPIRY_AUTORENEW,
			      .expiry_grace = 30 * day,
			      .release_from = 33 * day,
			      .transfer_wait = 5 * day,
			      .email_check_wait = 14 * day,
			      .authinfo_life = 14 * day,
			      .label_min = 1,
			      .ns_max = DOMAIN_NS };
	static const int days[GRACES] = { 5, 5, 45, 5, 30, 5 };
	for (int g = 0; g < GRACES; g++)
		p->grace[g] = days[g] * day;
	for (int t = 0; t < TTLS; t++)
		p->ttl[t] = (struct ttl_rule){ 60, 3600, 2 * 86400 };
	p->second = arena_array(mem, struct second_level, SECOND_MAX);
	p->holiday = arena_array(mem, struct holiday, HOLIDAYS_MAX);
}

static enum st line_parse(struct parse *x, char *line)
{
	x->rest = line + strspn(line, " \t");
	x->n = 0;
	if (!*x->rest || *x->rest == '#' || !take_word(x))
		return ST_OK;
	for (int k = 0; k < POLICY_KEYS; k++) {
		const struct key_row *row = &keys[k];
		if (strcmp(row->key, x->word[0]))
			continue;
		for (x->n = 0; x->n < row->words;)
			if (!take_word(x))
				return err_set(x->e, ST_INVALID, N_("line %d: %s needs %s"), x->line, row->key,
					       row->value);
		if (!row->rest && *x->rest)
			return bad(x, N_("the end of the line"), x->rest);
		if (row->once && x->p->line[k])
			return contradiction(x, x->line, N_("this key stands twice"));
		x->p->line[k] = x->line;
		x->arg = row->arg;
		return row->parse(x);
	}
	return bad(x, N_("a key such as terms, grace or price"), x->word[0]);
}

static int listed_by_key(const void *a, const void *b)
{
	const struct listed_label *x = a, *y = b;
	int d = strcmp(x->key, y->key);
	return d ? d : x->line - y->line;
}

enum st policy_listed_sort(struct policy *p, struct err *e)
{
	if (p->nlisted)
		qsort(p->listed, (size_t)p->nlisted, sizeof *p->listed, listed_by_key);
	for (int i = 1; i < p->nlisted; i++)
		if (!strcmp(p->listed[i - 1].key, p->listed[i].key))
			return err_set(e, ST_INVALID,
				       N_("line %d: the label %.70s (or a variant) stands in line %d too"),
				       p->listed[i].line, p->listed[i].label, p->listed[i - 1].line);
	return ST_OK;
}

static enum st whole_ok(struct parse *x)
{
	const struct policy *p = x->p;
	if (p->expiry == EXPIRY_SUSPEND && p->release_from < p->expiry_grace)
		return contradiction(x, p->line[KEY_RELEASE_FROM] ? p->line[KEY_RELEASE_FROM] : x->line,
				     N_("names are released before their expiry-grace is over"));
	for (int i = 1; i < p->nholidays; i++)
		if (p->holiday[i].from < p->holiday[i - 1].to)
			return contradiction(x, p->line[KEY_HOLIDAY], N_("two holidays overlap"));
	return policy_listed_sort(x->p, x->e);
}

enum st policy_parse(struct arena *mem, const char *text, size_t n, struct policy *out, struct err *e)
{
	struct parse x = { .mem = mem, .p = out, .e = e };
	defaults(mem, out);
	if (n > TEXT_BYTES || !text_clean(text, n))
		return err_set(e, ST_INVALID, N_("a policy is at most 4 MB of UTF-8 text without control characters"));
	char *copy = arena_dup(mem, text, n);
	for (char *line; (line = strsep(&copy, "\n"));) {
		if (++x.line > LINES_MAX)
			return err_set(e, ST_LIMIT, N_("line %d: a policy has no more than %d lines"), x.line,
				       LINES_MAX);
		size_t len = strlen(line);
		while (len && strchr(" \t\r", line[len - 1]))
			line[--len] = 0;
		if (line_parse(&x, line))
			return e->code;
	}
	return whole_ok(&x);
}

void policy_reference(struct buf *out)
{
	buf_str(out, "| key | value | default | meaning |\n|---|---|---|---|\n");
	for (int k = 0; k < POLICY_KEYS; k++) {
		buf_printf(out, "| `%s` | `", keys[k].key);
		for (const char *s = keys[k].value; *s; s++)
			buf_str(out, *s == '|' ? "\\|" : (char[]){ *s, 0 });
		buf_printf(out, "` | %s | %s |\n", keys[k].def, keys[k].doc);
	}
}
