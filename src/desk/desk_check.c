/* Checks of contacts: turns, letters' states, answers. */
#include "desk/desk_check.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "desk/desk_check_int.h"
#include "desk/desk_int.h"
#include "names/names.h"
#include "names/registrant.h"
#include "numbers/numbers.h"
#include "who/contact.h"
#include "who/contact_failing.h"
#include "who/permit.h"

enum { THINGS_MAX = 500, CONTACTS_SEEN = 64, NAMED_MAX = 300, WORDS_OF_WRONG = 500 };

/* asked_at tells one round of letters from another. */
static enum st check_fact(struct req *rq, int64_t id, const char *verb, int64_t asked_at)
{
	char *subject = arena_printf(rq->mem, "contact:%lld", (long long)id);
	char *payload = arena_printf(rq->mem, "{\"check\":%lld,\"asked\":%lld}", (long long)id, (long long)asked_at);
	return journal_append(rq, &(struct fact){ "desk", subject, verb, payload, 0 });
}

/* First of all that a write does here: the scheduler, too, holds the due row before the others. */
static enum st turn_at(struct req *rq, int64_t id, int64_t at)
{
	return due_set(rq, "contact-check", arena_printf(rq->mem, "%012lld", (long long)id), at);
}

int64_t desk_check_every(void)
{
	return (int64_t)desk_the_site()->check.every_days * DAY_USEC;
}

int64_t desk_check_spread(struct arena *mem, const char *email, int64_t range)
{
	char *low = text_lower(mem, email);
	struct hash h = hash_of2("contact-check", 13, low, strlen(low));
	uint64_t n = 0;
	for (int i = 0; i < 8; i++)
		n = n << 8 | h.b[i];
	return range > 0 ? (int64_t)(n % (uint64_t)range) : 0;
}

/* A half-year from now, and a little less for some, so that a wave that was answered in one day does not come back as
 * one. */
static int64_t next_turn(struct req *rq, const char *email)
{
	int64_t every = desk_check_every();
	return clock_now() + every - desk_check_spread(rq->mem, email, every / 26);
}

/* ── what an address stands for ── */

/* A sponsor is answerable as such, whatever names it has today. */
static enum st is_held(struct req *rq, const char *resource, bool *yes)
{
	struct holding h;
	struct name name;
	struct prefix p;
	uint32_t asn;
	enum st st = ST_OK;
	if (!strncmp(resource, "sponsor:", 8))
		st = ST_OK;
	else if (asn_parse(resource, &asn))
		st = holding_of_asn(rq, asn, 0, &h);
	else if (prefix_parse(resource, &p))
		st = holding_of_addr(rq, &p.a, 0, &h);
	else
		st = names_find(rq, resource, 0, &name);
	*yes = st == ST_OK;
	if (st == ST_NOTFOUND)
		err_clear(&rq->err);
	return st == ST_NOTFOUND ? ST_OK : st;
}

enum st desk_check_stands_for(struct req *rq, const char *resource, const char *email, bool *yes)
{
	struct contact *c = arena_array(rq->mem, struct contact, CONTACTS_SEEN);
	int n = 0;
	*yes = false;
	if (contact_of(rq, resource, 0, c, CONTACTS_SEEN, &n))
		return rq->err.code;
	for (int i = 0; i < n; i++)
		if (text_eq_nocase(c[i].email, email))
			return is_held(rq, resource, yes);
	return ST_OK;
}

static void thing_add(struct check_things *t, char *name)
{
	if (t->n < CHECK_THINGS)
		t->name[t->n++] = name;
	t->total++;
}

static enum st stands_in_registry(struct req *rq, const char *email, struct check_things *out)
{
	struct held_name *h = arena_array(rq->mem, struct held_name, CHECK_THINGS);
	int64_t total = 0;
	int n = 0;
	if (registrant_names(rq, email, 0, h, CHECK_THINGS, &n, &total))
		return rq->err.code;
	for (int i = 0; i < n; i++)
		thing_add(out, h[i].uname);
	out->total += total - n;
	return ST_OK;
}

enum st desk_check_stands(struct req *rq, const struct contact_check *c, struct check_things *out)
{
	char **name = arena_array(rq->mem, char *, THINGS_MAX);
	int n = 0;
	*out = (struct check_things){ .n = 0 };
	if (contact_check_things(rq, c->id, name, THINGS_MAX, &n))
		return rq->err.code;
	for (int i = 0; i < n; i++) {
		bool yes = false;
		if (desk_check_stands_for(rq, name[i], c->email, &yes))
			return rq->err.code;
		if (yes)
			thing_add(out, !strncmp(name[i], "sponsor:", 8) ? name[i] + 8
									: desk_shown(rq->mem, "name", name[i]));
	}
	return stands_in_registry(rq, c->email, out);
}

/* ── turns ── */

static enum st ask(struct req *rq, const struct contact_check *c)
{
	uint8_t seed[LINK_SEED];
	char token[LINK_TOKEN];
	int64_t now = clock_now();
	random_bytes(seed, sizeof seed);
	desk_token("check", seed, token);
	struct hash h = desk_token_hash(token);
	if (turn_at(rq, c->id, now + (int64_t)desk_the_site()->check.wait_days * DAY_USEC) ||
	    contact_check_ask(rq, c->id, seed, &h, now))
		return rq->err.code;
	return check_fact(rq, c->id, "contact-asked", now);
}

static enum st remind(struct req *rq, const struct contact_check *c)
{
	int64_t next = clock_now() + (int64_t)desk_the_site()->check.wait_days * DAY_USEC;
	if (turn_at(rq, c->id, next) || contact_check_move(rq, c->id, CHECK_REMINDED, next))
		return rq->err.code;
	return check_fact(rq, c->id, "contact-reminded", c->asked_at);
}

/* The task names the address and the first things it stands for; people find out the rest. */
static enum st task_for(struct req *rq, const struct contact_check *c, const char *kind, const char *more)
{
	struct check_things t;
	int64_t id;
	if (desk_check_stands(rq, c, &t))
		return rq->err.code;
	BUF_SCOPE b = { .max = 800 };
	buf_printf(&b, "%s", c->email);
	for (int i = 0; i < t.n && b.n < NAMED_MAX; i++)
		buf_printf(&b, "%s%s", i ? ", " : " (", t.name[i]);
	buf_printf(&b, "%s%s%s", t.n ? ")" : "", *more ? ": " : "", more);
	char *text = arena_strdup(rq->mem, buf_cstr(&b));
	text[utf8_cut(text, strlen(text), 900)] = 0;
	return task_add(rq, kind, arena_printf(rq->mem, "contact:%lld", (long long)c->id), text, &id);
}

static enum st ends_badly(struct req *rq, const struct contact_check *c, enum check_state how, const char *task,
			  const char *why)
{
	int64_t next = next_turn(rq, c->email);
	if (turn_at(rq, c->id, next) || contact_check_move(rq, c->id, how, next) ||
	    contact_failing_mark(rq, c->email, why) || (how == CHECK_REFUSED && contact_unreachable(rq, c->email)) ||
	    task_for(rq, c, task, how == CHECK_REFUSED ? why : ""))
		return rq->err.code;
	return check_fact(rq, c->id, how == CHECK_SILENT ? "contact-silent" : "contact-refused", c->asked_at);
}

static enum st put_off(struct req *rq, const struct contact_check *c)
{
	int64_t at = clock_now() + DAY_USEC + desk_check_spread(rq->mem, c->email, DAY_USEC / 24);
	return turn_at(rq, c->id, at);
}

/* Paused, or enough letters for one day. */
static enum st must_rest(struct req *rq, bool *yes)
{
	int64_t today = 0;
	*yes = !desk_the_site()->check.on;
	if (*yes)
		return ST_OK;
	if (contact_check_asked_since(rq, clock_now() - DAY_USEC, &today))
		return rq->err.code;
	*yes = today >= desk_the_site()->check.per_day;
	return ST_OK;
}

static enum st first_letter(struct req *rq, const struct contact_check *c)
{
	struct check_things t;
	bool rest = false;
	if (must_rest(rq, &rest))
		return rq->err.code;
	if (rest)
		return put_off(rq, c);
	if (desk_check_stands(rq, c, &t))
		return rq->err.code;
	if (t.total)
		return ask(rq, c);
	return contact_check_drop(rq, c->id) ? rq->err.code : check_fact(rq, c->id, "contact-forgotten", c->asked_at);
}

static enum st turn_due(struct req *rq, const char *subject)
{
	struct contact_check c;
	enum st st = contact_check_get(rq, strtoll(subject, NULL, 10), &c);
	if (st == ST_NOTFOUND)
		return err_clear(&rq->err), ST_OK;
	if (st)
		return st;
	bool out = c.state == CHECK_ASKED || c.state == CHECK_REMINDED;
	if (!out)
		return first_letter(rq, &c);
	if (!desk_the_site()->check.on || !c.sent_at)
		return put_off(rq, &c);
	return c.state == CHECK_ASKED ? remind(rq, &c)
				      : ends_badly(rq, &c, CHECK_SILENT, "contact-silent", "two letters and no answer");
}

enum st desk_check_now(struct req *rq, void *email)
{
	struct contact_check c;
	if (permit(rq, MAY_CHECK_CONTACT) || contact_check_find(rq, email, &c))
		return rq->err.code;
	return ask(rq, &c);
}

enum st desk_check_asked_for(struct req *rq, const struct contact_check *c)
{
	struct check_things t;
	if (c->asked_at > clock_now() - DAY_USEC || desk_check_stands(rq, c, &t))
		return rq->err.code;
	return t.total ? ask(rq, c) : ST_OK;
}

enum st desk_check_bounced(struct req *rq, int64_t id, const char *why)
{
	struct contact_check c;
	enum st st = contact_check_get(rq, id, &c);
	if (st == ST_NOTFOUND)
		return err_clear(&rq->err), ST_OK;
	if (st || (c.state != CHECK_ASKED && c.state != CHECK_REMINDED))
		return st;
	return ends_badly(rq, &c, CHECK_REFUSED, "contact-refused", why);
}

enum st desk_check_wrote(struct req *rq, int64_t id, const char *text)
{
	struct contact_check c;
	char *words = arena_dup(rq->mem, text, utf8_cut(text, strlen(text), WORDS_OF_WRONG));
	enum st st = contact_check_get(rq, id, &c);
	if (st == ST_NOTFOUND)
		return err_clear(&rq->err), ST_OK;
	return st ? st : task_for(rq, &c, "contact-wrote", text_clean(words, strlen(words)) ? words : "");
}

/* ── the answer ── */

enum st desk_check_open(struct req *rq, const char *token, struct check_page *out)
{
	struct hash h = desk_token_hash(token);
	if (contact_check_open(rq, &h, &out->c))
		return rq->err.code;
	return desk_check_stands(rq, &out->c, &out->things);
}

static enum st say_right(struct req *rq, const struct contact_check *c)
{
	int64_t next = next_turn(rq, c->email);
	if (turn_at(rq, c->id, next) || contact_check_verified(rq, c->id, clock_now(), next) ||
	    contact_failing_clear(rq, c->email) || registrant_address_answers(rq, c->email))
		return rq->err.code;
	return check_fact(rq, c->id, "contact-confirmed", c->asked_at);
}

static enum st say_wrong(struct req *rq, const struct contact_check *c, const struct check_answer *a)
{
	int64_t next = next_turn(rq, c->email);
	char *more = arena_printf(rq->mem, "%s%s%s", a->better, *a->better && *a->text ? ": " : "", a->text);
	if (turn_at(rq, c->id, next) || contact_check_verified(rq, c->id, 0, next) ||
	    contact_failing_mark(rq, c->email, "who reads it says that it is the wrong address") ||
	    contact_unreachable(rq, c->email) || task_for(rq, c, "contact-wrong", more))
		return rq->err.code;
	return check_fact(rq, c->id, "contact-wrong", c->asked_at);
}

static enum st check_words(struct req *rq, const struct check_answer *a)
{
	size_t n = strlen(a->text);
	if (*a->better && !text_email_ok(a->better))
		return err_set(&rq->err, ST_INVALID, N_("email: expected an address like name@example.tw"));
	if (n > WORDS_OF_WRONG || (n && !text_clean(a->text, n)))
		return err_set(&rq->err, ST_INVALID, N_("text: at most %d bytes of plain text"), WORDS_OF_WRONG);
	return ST_OK;
}

enum st desk_check_answer(struct req *rq, void *check_answer)
{
	const struct check_answer *a = check_answer;
	struct contact_check c;
	struct hash h = desk_token_hash(a->token);
	if ((!a->right && check_words(rq, a)) || contact_check_open(rq, &h, &c))
		return rq->err.code;
	const struct actor *was = rq->who;
	struct actor who = { .role = 0 };
	snprintf(who.id, sizeof who.id, "contact:%lld", (long long)c.id);
	rq->who = &who;
	enum st st = a->right ? say_right(rq, &c) : say_wrong(rq, &c, a);
	rq->who = was;
	return st;
}

const struct due_kind desk_check_due_kinds[] = { { "contact-check", turn_due }, { "contact-enrol", desk_check_enrol } };
const int desk_check_due_count = sizeof desk_check_due_kinds / sizeof *desk_check_due_kinds;
