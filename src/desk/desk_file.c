/* The filing write: idempotency, joining, rows, one fact. The hot path: no look-up here that could have been made
 * before. */
#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "base/idn.h"
#include "desk/desk_int.h"
#include "who/person.h"

struct filing {
	struct req *rq;
	struct report *in;
	struct filed *out;
	enum notice_way way;
	struct route route;
	int64_t at, person;
	int64_t obs_id[OBS_MAX];
	bool old[OBS_MAX];    /* the case has it already */
	char *other[OBS_MAX]; /* number of another open case that deals with it */
	char *shown[OBS_MAX];
	int turn[OBS_MAX]; /* index of the link that is told, -1 */
	int fresh;	   /* new observables */
	char *holder;
	uint8_t seed[SEED_LEN];
	struct hash idem;
	bool pass_on;	/* nobody in our registry answers for something */
	enum tlp label; /* of the case, from now on */
	bool raised;	/* by this report: notices may wait again */
	bool asked;	/* for a stricter label than the case has */
};

/* ── the digest ── */

/* Canonical JSON of what was filed: keys in this order, no white space. */
static char *filing_canonical(struct arena *mem, const struct report *r, int64_t at)
{
	BUF_SCOPE b = BUF_INIT;
	struct jw w = jw_of(&b);
	j_obj(&w, NULL);
	j_str(&w, "description", r->description);
	j_arr(&w, "observables");
	for (int i = 0; i < r->typed; i++)
		j_str(&w, NULL, r->obs[i].given);
	j_end(&w);
	j_arr(&w, "files");
	for (int i = 0; i < r->nfiles; i++)
		j_str(&w, NULL, r->file[i].sha256);
	j_end(&w);
	j_str(&w, "class", r->class_id && *r->class_id ? r->class_id : NULL);
	j_bool(&w, "record_only", r->record_only);
	j_time(&w, "time", at);
	j_end(&w);
	return arena_strdup(mem, buf_cstr(&b));
}

/* ── a retry ── */

/* A key that comes back with another report is a client's mistake: were it answered like a retry, what it sends now
 * would be taken for filed and be lost. */
static enum st same_report(struct filing *f)
{
	char hex[2 * HASH_LEN + 1];
	char *canonical = filing_canonical(f->rq->mem, f->in, f->out->at);
	struct hash digest = hash_of(canonical, strlen(canonical));
	if (strcmp(hash_hex(&digest, hex), f->out->digest) == 0)
		return ST_OK;
	return err_set(&f->rq->err, ST_INVALID,
		       N_("the idempotency key was used for another report: take a new key for each report"));
}

static enum st find_repeat(struct filing *f)
{
	struct rows r;
	const char *key = f->in->idempotency;
	if (!key)
		return ST_OK;
	const char *source = report_source_name(f->in->source);
	f->idem = hash_of2(source, strlen(source) + 1, key, strlen(key));
	if (sql_query(
		    f->rq, &r,
		    "SELECT r.id, r.case_id, r.filed_at, r.joined, r.digest, r.seed, c.number FROM desk_report r"
		    " JOIN desk_case c ON c.id = CASE WHEN r.home = 0 THEN r.case_id ELSE r.home END WHERE r.idem = $1",
		    V_BLOB(f->idem.b, HASH_LEN)))
		return f->rq->err.code;
	if (rows_next(&r)) {
		struct blob seed = rows_blob(&r, 5);
		*f->out = (struct filed){ .report = rows_int(&r, 0),
					  .case_ = rows_int(&r, 1),
					  .at = rows_int(&r, 2),
					  .joined = rows_int(&r, 3) != 0,
					  .repeated = true };
		snprintf(f->out->digest, sizeof f->out->digest, "%s", rows_text(&r, 4));
		snprintf(f->out->number, sizeof f->out->number, "%s", rows_text(&r, 6));
		if (seed.n == SEED_LEN)
			desk_token("reporter", seed.p, f->out->token);
	}
	if (rows_end(&r))
		return f->rq->err.code;
	return f->out->repeated ? same_report(f) : ST_OK;
}

/* ── joining ── */

static bool subject(const struct filing *f, int i)
{
	return !f->in->harmless[i] && (i < f->in->typed || f->in->typed == 0);
}

struct open_obs {
	int64_t id, case_id;
	char *number;
};

static enum st look_open(struct filing *f, const char *value, struct open_obs *o)
{
	struct rows r;
	*o = (struct open_obs){ 0 };
	if (sql_query(f->rq, &r,
		      "SELECT o.id, o.case_id, c.number FROM desk_observable o JOIN desk_case c ON c.id = o.case_id"
		      " WHERE o.vkey = $1 AND o.open = 1 AND o.value = $2 ORDER BY o.id LIMIT 1",
		      V(desk_value_key(value)), V(value)))
		return f->rq->err.code;
	if (rows_next(&r))
		*o = (struct open_obs){ rows_int(&r, 0), rows_int(&r, 1), rows_dup(&r, 2) };
	return rows_end(&r);
}

/* Of several writers one at a time files a report about this value, and the case that it would join is held: it may have
 * been closed while it was waited for. */
static enum st hold_open(struct filing *f, const char *value, struct open_obs *o)
{
	int64_t held = 0;
	if (!store_must_hold(f->rq))
		return look_open(f, value, o);
	if (store_hold_key(f->rq, desk_value_key(value)))
		return f->rq->err.code;
	while (!look_open(f, value, o) && o->id && o->case_id != held && !f->out->case_) {
		held = o->case_id;
		if (desk_case_hold(f->rq, held))
			break;
	}
	return f->rq->err.code;
}

/* An open case about the same observable takes the report in: the first that is found. What other open cases deal with
 * stays theirs. */
static enum st find_case(struct filing *f)
{
	struct open_obs o;
	if (f->in->record_only || f->in->kind.personal)
		return ST_OK;
	for (int i = 0; i < f->in->nobs; i++) {
		if (!subject(f, i))
			continue;
		if (hold_open(f, f->in->obs[i].value, &o))
			return f->rq->err.code;
		if (!o.id)
			continue;
		if (!f->out->case_) {
			f->out->case_ = o.case_id;
			f->out->joined = true;
			snprintf(f->out->number, sizeof f->out->number, "%s", o.number);
		}
		f->old[i] = o.case_id == f->out->case_;
		f->obs_id[i] = f->old[i] ? o.id : 0;
		f->other[i] = f->old[i] ? NULL : o.number;
	}
	return ST_OK;
}

/* What the case holds beyond its open subjects (mentions, harmless things) is not written twice either. */
static enum st find_old(struct filing *f)
{
	struct rows r;
	if (sql_query(f->rq, &r, "SELECT id, value FROM desk_observable WHERE case_id = $1 ORDER BY id LIMIT 2000",
		      V(f->out->case_)))
		return f->rq->err.code;
	while (rows_next(&r))
		for (int i = 0; i < f->in->nobs; i++)
			if (!f->old[i] && strcmp(rows_text(&r, 1), f->in->obs[i].value) == 0) {
				f->old[i] = true;
				f->obs_id[i] = rows_int(&r, 0);
				f->other[i] = NULL;
			}
	return rows_end(&r);
}

static enum st join_case(struct filing *f)
{
	bool all = true;
	for (int i = 0; i < f->in->nobs; i++)
		all &= f->old[i];
	if (!all && find_old(f))
		return f->rq->err.code;
	/* The class and deadline of the case stay those of its first report. Of the labels the stricter counts; but
	 * whoever only typed an address must not be able to stop a case that others reported: staff decide, and what
	 * that report itself says is kept back all the same (desk_answer.c). */
	int64_t label = TLP_RED;
	if (sql_number(f->rq, &label, "SELECT tlp FROM desk_case WHERE id = $1", V(f->out->case_)))
		return f->rq->err.code;
	bool stricter = f->in->labelled && f->in->label > label;
	f->raised = stricter && !strcmp(f->in->confidence, "staff");
	f->asked = stricter && !f->raised;
	f->label = f->raised ? f->in->label : (enum tlp)label;
	return desk_tlp_raise(f->rq, f->out->case_, f->out->number, (enum tlp)label, f->label);
}

/* ── whom to tell ── */

static void route_one(struct filing *f, int i)
{
	const struct report *in = f->in;
	const struct answer *a = &in->attributed[i];
	f->turn[i] = -1;
	if (f->old[i])
		return;
	f->fresh++;
	f->shown[i] = desk_shown(f->rq->mem, obs_kind_name(in->obs[i].kind), in->obs[i].value);
	if (in->record_only || in->harmless[i] || f->other[i] || in->obs[i].kind > OBS_EMAIL)
		return;
	if (!a->responsible) {
		f->pass_on |= subject(f, i);
		return;
	}
	int from = desk_route_first(a->chain, a->links, in->kind.first);
	f->turn[i] = desk_route_add(&f->route, i, a->chain, a->links, from, f->way, in->why_waiting, !subject(f, i));
	if (!f->holder && a->links > 0)
		f->holder = a->chain[0].name ? a->chain[0].name : a->chain[0].handle;
}

/* A case that is grave already does not wait for a digest, whatever joins it. */
static enum st find_way(struct filing *f)
{
	struct case_row c = { .severity = f->in->kind.severity };
	f->way = f->in->way;
	/* What it brought waits, as its words do, until staff have decided on the label that it asks for. */
	if (f->asked && !tlp_allows(f->in->label, TLP_TO_HOLDER))
		return f->way = WAY_CLICK, ST_OK;
	if (f->way == WAY_DIGEST && f->out->joined && desk_case_of(f->rq, f->out->case_, &c))
		return f->rq->err.code;
	return desk_digest_way(f->rq, c.severity, &f->way);
}

static enum st route_all(struct filing *f)
{
	if (find_way(f))
		return f->rq->err.code;
	desk_route_begin(&f->route, f->rq, f->out->case_, f->out->number, f->in->kind.deadline, "first");
	f->route.at = f->at;
	f->route.tlp = f->label;
	if (f->out->joined && desk_route_load(&f->route))
		return f->rq->err.code;
	for (int i = 0; i < f->in->nobs; i++)
		route_one(f, i);
	return ST_OK;
}

/* ── rows ── */

static enum st open_case(struct filing *f)
{
	const struct report *in = f->in;
	if (desk_number_next(f->rq, f->at, f->out->number))
		return f->rq->err.code;
	int waiting = desk_route_waiting(&f->route);
	bool closed = in->record_only, told = f->route.n > waiting;
	bool ours = waiting || !f->route.n || f->route.missing || f->route.nobody || f->pass_on;
	int tasks = __builtin_popcount(f->route.missing) + (f->route.nobody > 0) + f->pass_on;
	struct standing at = { closed ? TURN_CLOSED : ours ? TURN_US : TURN_PARTY, waiting, tasks };
	if (desk_tally_move(f->rq, NULL, &at))
		return f->rq->err.code;
	return sql_number(
		f->rq, &f->out->case_,
		"INSERT INTO desk_case(number, class, state, queue, sort_at, record_only, opened_at, "
		"changed_at, closed_at, due_at,"
		" close_reason, assignee, nobs, nreports, first_obs, holder, waiting, tasks, told, tlp, source, "
		"severity, lane) "
		"VALUES($1, $2, $3, $4, $5, $6,"
		" $7, $7, $8, 0, $9, '', $10, 1, $11, $12, $13, $14, $15, $16, $17, $18, $19) RETURNING id",
		V(f->out->number), V(in->kind.id),
		V(closed ? CASE_CLOSED
		  : told ? CASE_TRIAGED
			 : CASE_RECEIVED),
		V(at.queue), V(closed ? SORT_CLOSED - f->at : f->at), V(in->record_only), V(f->at),
		V(closed ? f->at : 0), V(closed ? "record-only" : ""), V(in->nobs), V(in->nobs ? f->shown[0] : ""),
		V(f->holder ? f->holder : ""), V(waiting), V(tasks),
		V(f->route.n ? (int)f->route.to[0].link->role : -1), V(f->label), V(report_source_name(in->source)),
		V(in->kind.severity), V(in->kind.lane));
}

/* The token for confirming the address is kept under a pad: the letter that carries it is composed later, by somebody
 * else. */
static enum st cover_confirm(struct filing *f, char covered[26], bool *has)
{
	char token[TOKEN_SIZE];
	*has = f->person && (f->in->partner || strcmp(f->in->confidence, "confirmed") != 0);
	if (!*has)
		return ST_OK;
	if (person_confirm_token(f->rq, f->person, token))
		return f->rq->err.code;
	desk_token_cover("confirm", f->seed, token, covered);
	return ST_OK;
}

static enum st insert_report(struct filing *f)
{
	const struct report *in = f->in;
	char covered[26];
	bool has = false;
	random_bytes(f->seed, sizeof f->seed);
	desk_token("reporter", f->seed, f->out->token);
	struct hash h = desk_token_hash(f->out->token);
	if (cover_confirm(f, covered, &has))
		return f->rq->err.code;
	enum st st = sql_number(
		f->rq, &f->out->report,
		"INSERT INTO desk_report(case_id, person, source, lang, class, confidence, words, "
		"share_words, token_hash, seed,"
		" confirm, digest, idem, filed_at, joined, withdrawn_at, erased_at, tlp, partner) VALUES($1, $2, $3, "
		"$4, $5, $6, $7, $8, $9,"
		" $10, $11, $12, $13, $14, $15, 0, 0, $16, $17) ON CONFLICT(idem) DO NOTHING RETURNING id",
		V(f->out->case_), V(f->person), V(report_source_name(in->source)), V(lang_tag(in->lang)),
		V(in->kind.id), V(in->confidence), V(in->description), V(in->share_words), V_BLOB(h.b, HASH_LEN),
		V_BLOB(f->seed, SEED_LEN), has ? V_BLOB(covered, sizeof covered) : V_NULL, V(f->out->digest),
		in->idempotency ? V_BLOB(f->idem.b, HASH_LEN) : V_NULL, V(f->at), V(f->out->joined),
		V(in->labelled ? (int)in->label : -1), V(in->partner));
	return st == ST_NOTFOUND ? err_set(&f->rq->err, ST_BUSY, N_("the same report is just being filed; try again"))
				 : st;
}

static const char *sponsor_of(const struct answer *a)
{
	for (int i = 0; i < a->links; i++)
		if (a->chain[i].role == LINK_SPONSOR && !a->chain[i].person)
			return a->chain[i].name ? a->chain[i].name : a->chain[i].handle ? a->chain[i].handle : "";
	return "";
}

static enum st insert_obs(struct filing *f, int i)
{
	const struct report *in = f->in;
	const struct answer *a = &in->attributed[i];
	bool open = subject(f, i) && !in->record_only && !f->other[i] && !in->kind.personal;
	return sql_number(
		f->rq, &f->obs_id[i],
		"INSERT INTO desk_observable(case_id, report_id, kind, value, vkey, open, mention, harmless, "
		"attributed, responsible,"
		" no_contact, turn, matched, country, elsewhere, source, valid_from, chain, other_case, sponsor) "
		"VALUES($1, $2, $3, $4, $5,"
		" $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20) RETURNING id",
		V(f->out->case_), V(f->out->report), V(obs_kind_name(in->obs[i].kind)), V(in->obs[i].value),
		V(desk_value_key(in->obs[i].value)), V(open), V(i >= in->typed), V(in->harmless[i]),
		V(a->matched != NULL), V(a->responsible),
		V(a->responsible &&
		  (f->turn[i] < 0 || f->turn[i] > desk_route_first(a->chain, a->links, in->kind.first))),
		V(f->turn[i]), V(a->matched), V(a->country), V(a->elsewhere), V(a->source), V(a->valid_from),
		V(desk_chain_write(f->rq->mem, a->chain, a->links)), V(f->other[i]), V(sponsor_of(a)));
}

static enum st insert_all_obs(struct filing *f)
{
	for (int i = 0; i < f->in->nobs; i++) {
		if (!f->old[i]) {
			if (insert_obs(f, i))
				return f->rq->err.code;
		} else if (sql_run(f->rq,
				   "INSERT INTO desk_report_obs(report_id, obs_id, mention) VALUES($1, $2, $3) ON "
				   "CONFLICT DO NOTHING",
				   V(f->out->report), V(f->obs_id[i]), V(!subject(f, i)))) {
			return f->rq->err.code;
		}
	}
	return ST_OK;
}

enum st desk_files_write(struct req *rq, int64_t report, const struct report_file *file, int n, int64_t at)
{
	for (int i = 0; i < n; i++)
		if (sql_run(rq,
			    "INSERT INTO desk_file(report_id, name, type, sha256, size, at) VALUES($1, $2, $3, $4, $5, "
			    "$6)",
			    V(report), V(file[i].name ? file[i].name : ""),
			    V(file[i].type ? file[i].type : "application/octet-stream"), V(file[i].sha256),
			    V(file[i].size), V(at)))
			return rq->err.code;
	return ST_OK;
}

static enum st tell(struct filing *f)
{
	const struct report *in = f->in;
	char *payload = arena_printf(
		f->rq->mem,
		"{\"report\":%lld,\"digest\":\"%s\",\"class\":\"%s\",\"source\":\"%s\",\"nobs\":%d,\"nfiles\":%d,"
		"\"joined\":%s,\"record_only\":%s}",
		(long long)f->out->report, f->out->digest, in->kind.id, report_source_name(in->source), in->nobs,
		in->nfiles, f->out->joined ? "true" : "false", in->record_only ? "true" : "false");
	if (desk_fact(f->rq, f->out->number, "report-filed", payload, f->person))
		return f->rq->err.code;
	return in->record_only ? desk_fact(f->rq, f->out->number, "case-closed", "{\"reason\":\"record-only\"}", 0)
			       : ST_OK;
}

static enum st write_tasks(struct filing *f)
{
	if (f->route.nobody &&
	    desk_task(f->rq, f->out->number, "find-contact", N_("Nobody in the chain can be written to")))
		return f->rq->err.code;
	if (f->in->more &&
	    desk_task(f->rq, f->out->number, "read",
		      N_("A report names more than 200 things, and the first 200 were taken: read it, and "
			 "file the rest")))
		return f->rq->err.code;
	if (f->pass_on &&
	    desk_task(f->rq, f->out->number, "pass-on", N_("Nobody here answers for it: decide whom to tell")))
		return f->rq->err.code;
	return ST_OK;
}

static enum st stand_by(struct filing *f, int *gone)
{
	struct case_row c;
	if (f->asked || f->in->way == WAY_CLICK)
		return ST_OK;
	if (desk_case_of(f->rq, f->out->case_, &c))
		return f->rq->err.code;
	return desk_stand_by(f->rq, &c, f->out->report, report_source_name(f->in->source), f->in->confidence, gone);
}

static enum st after_join(struct filing *f)
{
	struct case_row c = { .id = f->out->case_, .number = f->out->number };
	int64_t state = 0;
	int gone = 0;
	if (sql_number(f->rq, &state,
		       "UPDATE desk_case SET nreports = nreports + 1, nobs = nobs + $2, changed_at = $3 WHERE id = $1"
		       " RETURNING state",
		       V(f->out->case_), V(f->fresh), V(f->at)))
		return f->rq->err.code;
	c.state = (enum case_state)state;
	if (desk_case_move(f->rq, &c, CASE_EV_JOIN) || stand_by(f, &gone))
		return f->rq->err.code;
	if (f->asked && desk_task(f->rq, c.number, "label-asked",
				  N_("A report that joined asks for a stricter label: raise the case's, or leave it")))
		return f->rq->err.code;
	return gone || f->fresh || f->raised || f->asked || f->in->more || c.state == CASE_VERIFIED
		       ? desk_case_settle(f->rq, f->out->case_)
		       : ST_OK;
}

static enum st file_report(struct filing *f)
{
	struct req *rq = f->rq;
	f->at = f->out->at = clock_now();
	f->label = f->in->label;
	char *canonical = filing_canonical(rq->mem, f->in, f->at);
	struct hash digest = hash_of(canonical, strlen(canonical));
	hash_hex(&digest, f->out->digest);
	if (find_case(f) || (f->out->joined && join_case(f)) || route_all(f))
		return rq->err.code;
	if (f->in->email && person_by_email(rq, f->in->email, f->in->lang, &f->person))
		return rq->err.code;
	if (!f->out->joined && open_case(f))
		return rq->err.code;
	f->route.case_id = f->out->case_;
	if (insert_report(f) || insert_all_obs(f) ||
	    desk_files_write(rq, f->out->report, f->in->file, f->in->nfiles, f->at) || tell(f) ||
	    desk_route_write(&f->route, f->obs_id, f->shown) || write_tasks(f))
		return rq->err.code;
	if (f->in->kind.personal && !f->in->record_only &&
	    (desk_clocks_begin(rq, f->out->number, f->in->kind.id, f->at) || desk_case_settle(rq, f->out->case_)))
		return rq->err.code;
	return f->out->joined ? after_join(f) : ST_OK;
}

enum st desk_report_write(struct req *rq, void *desk_file_arg)
{
	struct desk_file_arg *arg = desk_file_arg;
	arg->out = (struct filed){ 0 };
	if (!desk_the_site()->token_key)
		return err_set(&rq->err, ST_INTERNAL, "the desk has no key for its links");
	struct filing *f = arena_new_of(rq->mem, struct filing);
	f->rq = rq;
	f->in = arg->report;
	f->out = &arg->out;
	if (!f->in->kind.id)
		return err_set(&rq->err, ST_INTERNAL, "the report was not prepared");
	if (find_repeat(f) || arg->out.repeated)
		return rq->err.code;
	return file_report(f);
}
