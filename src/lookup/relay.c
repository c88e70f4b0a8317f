#include "lookup/relay.h"
#include <string.h>
#include "base/clock.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/text.h"
#include "lookup/lookup_int.h"
#include "who/person.h"

#define DAY (86400 * USEC)
static const char due_name[] = "relay-forget", confirms[] = "relay-confirm", stops[] = "relay-stop";

static struct {
	uint8_t key[HASH_LEN];
	const char *lang;
} site; /* immutable once set */

void relay_setup(const uint8_t *token_key, const char *lang)
{
	memcpy(site.key, token_key, sizeof site.key);
	site.lang = lang;
}

/* ── who it is for ── */

struct addressee {
	char *name, *shown, *email;
	enum lang lang;
};

static const struct look_entity *withheld(const struct look *seen, const struct look *all, int i)
{
	const struct look_entity *e = seen->kind == LOOK_ENTITY ? &seen->who.e : seen->h.entity[i];
	const struct look_entity *open = all->kind == LOOK_ENTITY ? &all->who.e : all->h.entity[i];
	return e->hidden & 1u << PART_EMAIL && open->email ? open : NULL;
}

/* The registrant before others; the public's view says whose address is withheld, the staff's what it is. */
static const struct look_entity *addressee_of(const struct look *seen, const struct look *all)
{
	const struct look_entity *best = NULL;
	int n = seen->kind == LOOK_ENTITY ? 1 : seen->h.nentities;
	if (seen->kind != LOOK_ENTITY && seen->h.nentities != all->h.nentities)
		return NULL;
	for (int i = 0; i < n; i++) {
		const struct look_entity *e = withheld(seen, all, i);
		if (e && (!best || (e->roles & ROLE_OF_REGISTRANT && !(best->roles & ROLE_OF_REGISTRANT))))
			best = e;
	}
	return best;
}

static enum st addressee_find(struct req *rq, const char *about, struct addressee *out)
{
	struct look_ask q = { .kind = look_guess(about), .what = about };
	struct look *seen = arena_new_of(rq->mem, struct look), *all = arena_new_of(rq->mem, struct look);
	if (q.kind != LOOK_DOMAIN && q.kind != LOOK_ENTITY)
		return err_set(&rq->err, ST_NOTFOUND, N_("%.80s has open contacts"), about);
	if (look_find(rq, &q, seen))
		return rq->err.code;
	q.level = LEVEL_STAFF;
	if (look_find(rq, &q, all))
		return rq->err.code;
	const struct look_entity *e = addressee_of(seen, all);
	if (!e)
		return err_set(&rq->err, ST_NOTFOUND, N_("nobody's address is withheld at %.80s"), about);
	bool domain = q.kind == LOOK_DOMAIN;
	*out = (struct addressee){ .name = domain ? seen->domain.name : seen->who.e.handle,
				   .shown = domain ? seen->domain.uname : seen->who.e.handle,
				   .email = e->email,
				   .lang = lang_of(e->lang ? e->lang : site.lang) };
	return ST_OK;
}

enum st relay_about(struct req *rq, const char *about, char **name, char **shown)
{
	struct addressee to;
	if (addressee_find(rq, about, &to))
		return rq->err.code;
	*name = to.name;
	*shown = to.shown;
	return ST_OK;
}

static struct hash address_hash(struct arena *mem, const char *email)
{
	char *low = text_lower(mem, email);
	return hash_of2("relay", 5, low, strlen(low));
}

/* ── asking ── */

static enum st asking_check(struct req *rq, const struct relay_asking *a)
{
	size_t n = strlen(a->text);
	if (!n || n > RELAY_TEXT_MAX || !text_clean(a->text, n))
		return err_set(&rq->err, ST_INVALID, N_("text: say what it is about, in at most %d bytes"),
			       RELAY_TEXT_MAX);
	if (!text_email_ok(a->sender))
		return err_set(&rq->err, ST_INVALID, N_("email: expected an address like name@example.tw"));
	return ST_OK;
}

static enum st within_budget(struct req *rq, const struct hash *to, const struct hash *from)
{
	int64_t n = 0, m = 0, since = clock_now() - DAY;
	if (sql_number(rq, &n, "SELECT count(*) FROM lookup_relay WHERE address = $1 AND asked_at > $2",
		       V_BLOB(to->b, HASH_LEN), V(since)) ||
	    sql_number(rq, &m, "SELECT count(*) FROM lookup_relay WHERE writer = $1 AND asked_at > $2",
		       V_BLOB(from->b, HASH_LEN), V(since)))
		return rq->err.code;
	return n >= RELAY_A_DAY || m >= RELAY_A_DAY
		       ? err_set(&rq->err, ST_LIMIT, N_("%d messages a day are enough"), RELAY_A_DAY)
		       : ST_OK;
}

static enum st relay_fact(struct req *rq, int64_t id, const char *about, const char *verb)
{
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_obj(&w, NULL);
	j_int(&w, "relay", id);
	j_end(&w);
	return journal_append(rq, &(struct fact){ "lookup", about, verb, buf_cstr(&b), 0 });
}

static struct hash link_hash(const char *kind, const uint8_t seed[LINK_SEED])
{
	char token[LINK_TOKEN];
	link_token(site.key, kind, seed, token);
	return hash_of(token, LINK_TOKEN - 1);
}

enum st relay_ask(struct req *rq, void *asking)
{
	const struct relay_asking *a = asking;
	struct addressee to;
	uint8_t seed[LINK_SEED];
	int64_t id = 0, there = 0;
	if (asking_check(rq, a) || addressee_find(rq, a->about, &to))
		return rq->err.code;
	if (sql_number(rq, &there, "SELECT count(*) FROM lookup_relay WHERE once = $1", V(a->once)))
		return rq->err.code;
	if (there)
		return ST_OK;
	struct hash address = address_hash(rq->mem, to.email), writer = address_hash(rq->mem, a->sender);
	if (within_budget(rq, &address, &writer))
		return rq->err.code;
	random_bytes(seed, sizeof seed);
	struct hash token = link_hash(confirms, seed), stop = link_hash(stops, seed);
	if (sql_number(rq, &id,
		       "INSERT INTO lookup_relay(about, address, writer, sender, lang, body, seed, token, stop, once,"
		       " asked_at, confirmed_at, sent_at) VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, 0)"
		       " RETURNING id",
		       V(to.name), V_BLOB(address.b, HASH_LEN), V_BLOB(writer.b, HASH_LEN), V(a->sender),
		       V(lang_tag(a->lang)), V(a->text), V_BLOB(seed, LINK_SEED), V_BLOB(token.b, HASH_LEN),
		       V_BLOB(stop.b, HASH_LEN), V(a->once), V(clock_now())) ||
	    due_set(rq, due_name, arena_printf(rq->mem, "%lld", (long long)id), clock_now() + 2 * DAY))
		return rq->err.code;
	return relay_fact(rq, id, to.name, "relay-asked");
}

/* ── by a link ── */

#define COLUMNS "r.id, r.about, r.sender, r.body, r.lang, r.asked_at, r.confirmed_at, r.sent_at, r.address, r.seed"

static void relay_take(struct rows *r, struct relay *out)
{
	*out = (struct relay){ .id = rows_int(r, 0),
			       .about = rows_dup(r, 1),
			       .sender = rows_dup(r, 2),
			       .text = rows_dup(r, 3),
			       .lang = lang_of(rows_text(r, 4)),
			       .asked_at = rows_int(r, 5),
			       .confirmed_at = rows_int(r, 6),
			       .sent_at = rows_int(r, 7) };
}

static enum st stopped(struct req *rq, const uint8_t *address, bool *yes)
{
	int64_t n = 0;
	enum st st = sql_number(rq, &n, "SELECT count(*) FROM lookup_relay_stop WHERE address = $1",
				V_BLOB(address, HASH_LEN));
	*yes = n > 0;
	return st;
}

static enum st read_one(struct req *rq, const char *sql, struct val key, struct relay *out, uint8_t address[HASH_LEN],
			uint8_t seed[LINK_SEED])
{
	struct rows r;
	bool found;
	if (sql_query_vals(rq, &r, sql, &key, 1))
		return rq->err.code;
	if ((found = rows_next(&r))) {
		struct blob b = rows_blob(&r, 8), s = rows_blob(&r, 9);
		relay_take(&r, out);
		memcpy(address, b.p, b.n < HASH_LEN ? b.n : HASH_LEN);
		memcpy(seed, s.p, s.n < LINK_SEED ? s.n : LINK_SEED);
	}
	if (rows_end(&r))
		return rq->err.code;
	return found ? stopped(rq, address, &out->stopped)
		     : err_set(&rq->err, ST_NOTFOUND, N_("the link is no longer valid"));
}

static enum st by_token(struct req *rq, char which, const char *token, struct relay *out, uint8_t address[HASH_LEN])
{
	uint8_t seed[LINK_SEED];
	struct hash h = hash_of(token, strnlen(token, 64));
	if (strlen(token) < 20 || strlen(token) > 64)
		return err_set(&rq->err, ST_NOTFOUND, N_("the link is no longer valid"));
	return read_one(rq,
			which == 'c' ? "SELECT " COLUMNS " FROM lookup_relay r WHERE r.token = $1"
				     : "SELECT " COLUMNS " FROM lookup_relay r WHERE r.stop = $1",
			V_BLOB(h.b, HASH_LEN), out, address, seed);
}

enum st relay_get(struct req *rq, char which, const char *token, struct relay *out)
{
	uint8_t address[HASH_LEN];
	return by_token(rq, which, token, out, address);
}

enum st relay_confirm(struct req *rq, void *token)
{
	struct relay r;
	int64_t n = 0;
	if (relay_get(rq, 'c', token, &r) ||
	    sql_run_count(rq, &n, "UPDATE lookup_relay SET confirmed_at = $2 WHERE id = $1 AND confirmed_at = 0",
			  V(r.id), V(clock_now())))
		return rq->err.code;
	if (!n)
		return ST_OK;
	if (due_set(rq, due_name, arena_printf(rq->mem, "%lld", (long long)r.id), clock_now() + RELAY_DAYS * DAY))
		return rq->err.code;
	return relay_fact(rq, r.id, r.about, "relay-confirmed");
}

enum st relay_stop(struct req *rq, void *token)
{
	struct relay r;
	uint8_t address[HASH_LEN];
	int64_t n = 0;
	if (by_token(rq, 's', token, &r, address) ||
	    sql_run_count(rq, &n,
			  "INSERT INTO lookup_relay_stop(address, at) VALUES($1, $2) ON CONFLICT(address) DO NOTHING",
			  V_BLOB(address, HASH_LEN), V(clock_now())))
		return rq->err.code;
	return n ? relay_fact(rq, r.id, r.about, "relay-stopped") : ST_OK;
}

/* ── letters ── */

bool relay_posts(const struct entry *e)
{
	return !strcmp(e->room, "lookup") && (!strcmp(e->verb, "relay-asked") || !strcmp(e->verb, "relay-confirmed"));
}

static char *id_of(struct arena *mem, const char *public_url, const struct relay *r, char which)
{
	return arena_printf(mem, "relay-%lld-%c@%s", (long long)r->id, which, url_host(mem, public_url));
}

static enum st letter_make(struct req *rq, const struct relay *r, bool confirm, const uint8_t seed[LINK_SEED],
			   const char *public_url, struct relay_letter *out, int *n)
{
	struct addressee to;
	char token[LINK_TOKEN];
	enum st st = addressee_find(rq, r->about, &to);
	if (st == ST_NOTFOUND) { /* gone since */
		err_clear(&rq->err);
		return ST_OK;
	}
	if (st)
		return st;
	*out = (struct relay_letter){ .id = r->id,
				      .confirm = confirm,
				      .lang = confirm ? r->lang : to.lang,
				      .to = confirm ? r->sender : to.email,
				      .reply_to = confirm ? NULL : r->sender,
				      .shown = to.shown,
				      .text = r->text,
				      .message_id = id_of(rq->mem, public_url, r, confirm ? 'c' : 's') };
	link_token(site.key, confirm ? confirms : stops, seed, token);
	out->link = arena_printf(rq->mem, "%s/contact/%s/%s", public_url, confirm ? "confirm" : "stop", token);
	*n = 1;
	return ST_OK;
}

enum st relay_letters(struct req *rq, const struct entry *e, const char *public_url, struct relay_letter *out, int max,
		      int *n)
{
	struct relay r;
	uint8_t address[HASH_LEN];
	uint8_t seed[LINK_SEED];
	int64_t id = 0;
	bool confirm = !strcmp(e->verb, "relay-asked");
	struct json *o = json_parse(rq->mem, e->payload, strlen(e->payload), &rq->err);
	*n = 0;
	if (!o || !json_int(json_get(o, "relay"), &id))
		return err_set(&rq->err, ST_INVALID, "an entry of a message names none");
	enum st st = read_one(rq, "SELECT " COLUMNS " FROM lookup_relay r WHERE r.id = $1", V(id), &r, address, seed);
	if (st == ST_NOTFOUND)
		err_clear(&rq->err);
	if (st || max < 1 || r.sent_at || (confirm ? r.confirmed_at != 0 : r.stopped))
		return st == ST_NOTFOUND ? ST_OK : st;
	return letter_make(rq, &r, confirm, seed, public_url, out, n);
}

enum st relay_sent(struct req *rq, int64_t id)
{
	return sql_run(
		rq, "UPDATE lookup_relay SET sent_at = $2, sender = '', body = '' WHERE id = $1 AND confirmed_at > 0",
		V(id), V(clock_now()));
}

static enum st relay_forget(struct req *rq, const char *subject)
{
	int64_t id = 0;
	text_int(subject, 0, INT64_MAX, &id);
	return sql_run(rq, "DELETE FROM lookup_relay WHERE id = $1", V(id));
}

/* ── personal data ── */

enum st relay_person_export(struct req *rq, const struct person *p, struct jw *w)
{
	struct rows r;
	struct hash writer = address_hash(rq->mem, p->email ? p->email : "");
	if (sql_query(rq, &r,
		      "SELECT about, body, asked_at, confirmed_at, sent_at FROM lookup_relay WHERE writer = $1 ORDER "
		      "BY id",
		      V_BLOB(writer.b, HASH_LEN)))
		return rq->err.code;
	j_arr(w, "messages");
	while (!w->b->bad && rows_next(&r)) {
		j_obj(w, NULL);
		j_str(w, "about", rows_text(&r, 0));
		j_str(w, "text", rows_text(&r, 1));
		j_time(w, "asked_at", rows_int(&r, 2));
		j_time(w, "confirmed_at", rows_int(&r, 3));
		j_time(w, "sent_at", rows_int(&r, 4));
		j_end(w);
	}
	j_end(w);
	return rows_end(&r);
}

enum st relay_person_erase(struct req *rq, const struct person *p)
{
	struct hash writer = address_hash(rq->mem, p->email ? p->email : "");
	return sql_run(rq, "DELETE FROM lookup_relay WHERE writer = $1", V_BLOB(writer.b, HASH_LEN));
}

enum st relay_person_knows(struct req *rq, const char *email, bool *yes)
{
	int64_t n = 0;
	struct hash writer = address_hash(rq->mem, email);
	enum st st =
		sql_number(rq, &n, "SELECT count(*) FROM lookup_relay WHERE writer = $1", V_BLOB(writer.b, HASH_LEN));
	*yes = n > 0;
	return st;
}

const struct due_kind relay_due_kinds[] = { { due_name, relay_forget } };
const int relay_due_count = sizeof relay_due_kinds / sizeof *relay_due_kinds;
