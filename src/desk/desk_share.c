/* Shares: made, read, counted. */
#include "desk/desk_share.h"
#include <stddef.h>
#include <string.h>
#include "base/clock.h"
#include "desk/desk_share_int.h"
#include "who/permit.h"

static const char *const states[SHARE_STATES] = { "queued",  "delivered", "received", "handled",
						  "refused", "silent",	  "failed",   "cancelled" };

const char *share_state_name(enum share_state s)
{
	return (unsigned)s < SHARE_STATES ? states[s] : "";
}

bool share_answer_parse(const char *s, enum share_state *out)
{
	for (int i = SHARE_RECEIVED; s && i <= SHARE_REFUSED; i++)
		if (strcmp(s, states[i]) == 0) {
			*out = (enum share_state)i;
			return true;
		}
	return false;
}

/* ── rows ── */

#define COLUMNS                                                                                                        \
	"s.id, s.case_id, s.partner, c.number, c.class, p.handle, p.name, s.mail, s.person, s.named_by, s.langs, "     \
	"s.form, "                                                                                                     \
	"s.text, s.answer_text, s.actor, s.tlp, s.state, s.nobs, s.created_at, s.sent_at, s.reminded_at, "             \
	"s.received_at, "                                                                                              \
	"s.answered_at, s.due_at, s.seed, c.opened_at"
#define FROM " FROM desk_share s JOIN desk_case c ON c.id = s.case_id JOIN desk_partner p ON p.id = s.partner"

static void share_of(struct rows *r, struct desk_share *s)
{
	struct blob seed = rows_blob(r, 24);
	*s = (struct desk_share){ .id = rows_int(r, 0),
				  .case_id = rows_int(r, 1),
				  .partner = rows_int(r, 2),
				  .number = rows_dup(r, 3),
				  .class_id = rows_dup(r, 4),
				  .handle = rows_dup(r, 5),
				  .name = rows_dup(r, 6),
				  .mail = rows_dup(r, 7),
				  .person = rows_dup(r, 8),
				  .named_by = rows_dup(r, 9),
				  .langs = rows_dup(r, 10),
				  .form = rows_dup(r, 11),
				  .text = rows_dup(r, 12),
				  .answer_text = rows_dup(r, 13),
				  .actor = rows_dup(r, 14),
				  .tlp = (enum tlp)rows_int(r, 15),
				  .state = (enum share_state)rows_int(r, 16),
				  .nobs = (int)rows_int(r, 17),
				  .created_at = rows_int(r, 18),
				  .sent_at = rows_int(r, 19),
				  .reminded_at = rows_int(r, 20),
				  .received_at = rows_int(r, 21),
				  .answered_at = rows_int(r, 22),
				  .due_at = rows_int(r, 23),
				  .opened_at = rows_int(r, 25) };
	if (seed.n == LINK_SEED)
		memcpy(s->seed, seed.p, LINK_SEED);
}

static enum st one(struct req *rq, struct rows *r, struct desk_share *out)
{
	bool found = rows_next(r);
	if (found)
		share_of(r, out);
	if (rows_end(r))
		return rq->err.code;
	return found ? ST_OK : err_set(&rq->err, ST_NOTFOUND, N_("nothing was shared under this link"));
}

enum st share_get(struct req *rq, int64_t id, struct desk_share *out)
{
	struct rows r;
	if (sql_query(rq, &r, "SELECT " COLUMNS FROM " WHERE s.id = $1", V(id)))
		return rq->err.code;
	return one(rq, &r, out);
}

enum st share_by_token(struct req *rq, const char *token, struct desk_share *out)
{
	struct rows r;
	struct hash h = desk_token_hash(token);
	if (sql_query(rq, &r, "SELECT " COLUMNS FROM " WHERE s.token_hash = $1", V_BLOB(h.b, HASH_LEN)))
		return rq->err.code;
	return one(rq, &r, out);
}

enum st share_list(struct req *rq, const struct share_find *f, struct desk_share *out, int max, int *n)
{
	static const char of_case[] =
		"SELECT " COLUMNS FROM " WHERE s.case_id = $1 AND (s.partner = $2 OR $2 = 0) ORDER BY "
		"s.id DESC LIMIT $3",
			  of_partner[] = "SELECT " COLUMNS FROM " WHERE s.partner = $1 ORDER BY s.id DESC LIMIT $2",
			  of_all[] = "SELECT " COLUMNS FROM " ORDER BY s.id DESC LIMIT $1";
	struct rows r;
	struct case_row c;
	*n = 0;
	if (permit(rq, MAY_SEE_PARTNERS))
		return rq->err.code;
	if (f->number && (desk_case_get(rq, f->number, &c) || desk_case_open_to(rq, c.id)))
		return rq->err.code;
	enum st st = f->number	  ? sql_query(rq, &r, of_case, V(c.id), V(f->partner), V(max))
		     : f->partner ? sql_query(rq, &r, of_partner, V(f->partner), V(max))
				  : sql_query(rq, &r, of_all, V(max));
	if (st)
		return st;
	while (*n < max && rows_next(&r))
		share_of(&r, &out[(*n)++]);
	return rows_end(&r) || f->number
		       ? rq->err.code
		       : desk_drop_closed(rq, out, sizeof *out, offsetof(struct desk_share, case_id), n);
}

enum st share_list_of(struct req *rq, int64_t partner, int64_t after, struct desk_share *out, int max, int *n)
{
	struct rows r;
	*n = 0;
	if (sql_query(rq, &r,
		      "SELECT " COLUMNS FROM
		      " WHERE s.partner = $1 AND s.id > $2 AND s.state <> $3 ORDER BY s.id LIMIT $4",
		      V(partner), V(after), V(SHARE_CANCELLED), V(max)))
		return rq->err.code;
	while (*n < max && rows_next(&r))
		share_of(&r, &out[(*n)++]);
	return rows_end(&r);
}

void share_json(struct jw *w, const struct desk_share *s)
{
	j_obj(w, NULL);
	j_int(w, "id", s->id);
	j_str(w, "case", s->number);
	j_str(w, "partner", s->handle);
	j_str(w, "name", s->name);
	j_str(w, "person", *s->person ? s->person : NULL);
	j_str(w, "tlp", tlp_name(s->tlp));
	j_str(w, "state", share_state_name(s->state));
	j_int(w, "observables", s->nobs);
	j_str(w, "by", s->actor);
	j_time(w, "created_at", s->created_at);
	j_time(w, "sent_at", s->sent_at);
	j_time(w, "reminded_at", s->reminded_at);
	j_time(w, "received_at", s->received_at);
	j_time(w, "answered_at", s->answered_at);
	j_time(w, "due", s->due_at);
	j_str(w, "answer", *s->answer_text ? s->answer_text : NULL);
	j_end(w);
}

enum st share_fact(struct req *rq, const struct desk_share *s, const char *verb)
{
	char *payload = arena_printf(rq->mem, "{\"share\":%lld,\"partner\":%lld,\"tlp\":\"%s\"}", (long long)s->id,
				     (long long)s->partner, tlp_name(s->tlp));
	return desk_fact(rq, s->number, verb, payload, 0);
}

enum st share_obs(struct req *rq, int64_t case_id, int64_t share, struct case_obs **out, int *n)
{
	struct rows r;
	struct case_obs *all;
	int count = 0;
	*n = 0;
	bool *keep = arena_array(rq->mem, bool, SHARE_OBS_MAX + 1);
	if (desk_obs_of(rq, case_id, 0, 0, &all, &count))
		return rq->err.code;
	for (int i = 0; i < count; i++)
		keep[i] = !share && !all[i].harmless && !all[i].mention && *all[i].value;
	if (share) {
		if (sql_query(rq, &r, "SELECT obs_id FROM desk_share_obs WHERE share_id = $1", V(share)))
			return rq->err.code;
		while (rows_next(&r))
			for (int i = 0; i < count; i++)
				keep[i] |= all[i].id == rows_int(&r, 0) && *all[i].value;
		if (rows_end(&r))
			return rq->err.code;
	}
	for (int i = 0; i < count; i++)
		if (keep[i])
			all[(*n)++] = all[i];
	*out = all;
	return ST_OK;
}

/* ── may it? ── */

enum lang share_lang(const struct desk_partner *p)
{
	return *p->langs ? lang_of(p->langs) : LANG_EN;
}

const char *share_why_not(const struct desk_partner *p, enum tlp label, bool named)
{
	const struct desk_partner_kind *k = desk_partner_kind(p->kind);
	if (p->disabled_at)
		return N_("This partner is disabled.");
	if (strcmp(p->channel, "mail") != 0 || !p->nmails)
		return N_("No channel is agreed with this partner.");
	if (label > p->ceiling)
		return N_("The case's TLP label is stricter than this partner may have.");
	if (!k || !tlp_allows(label, named ? TLP_TO_NAMED : k->to))
		return N_("The case's TLP label does not let it go to partners of this kind. Ask the source, then "
			  "lower the "
			  "label.");
	return NULL;
}

static enum st has_it_already(struct req *rq, int64_t case_id, int64_t partner, int nobs, bool *yes)
{
	int64_t n = 0;
	enum st st = sql_number(
		rq, &n,
		"SELECT count(*) FROM desk_share WHERE case_id = $1 AND partner = $2 AND nobs >= $3 AND state <> $4 "
		"AND state <> $5",
		V(case_id), V(partner), V(nobs), V(SHARE_FAILED), V(SHARE_CANCELLED));
	*yes = n > 0;
	return st;
}

struct plan {
	struct case_row c;
	struct desk_class k;
	struct case_obs *obs;
	int nobs;
	bool named;
};

static enum st check_texts(struct req *rq, const struct share_arg *a)
{
	const char *texts[] = { a->text, a->person, a->named_by };
	size_t max[] = { SHARE_TEXT_MAX, 200, 500 };
	for (int i = 0; i < 3; i++) {
		size_t n = texts[i] ? strlen(texts[i]) : 0;
		if (n > max[i])
			return err_set(&rq->err, ST_INVALID, N_("text: longer than %zu bytes"), max[i]);
		if (n && !text_clean(texts[i], n))
			return err_set(&rq->err, ST_INVALID, N_("text: not plain UTF-8 text"));
	}
	bool person = a->person && *a->person, by = a->named_by && *a->named_by;
	if (person != by)
		return err_set(&rq->err, ST_INVALID,
			       N_("person: say whom the source named, and who of the source says so"));
	if (person && a->nto != 1)
		return err_set(&rq->err, ST_INVALID, N_("person: belongs to one partner; share with it alone"));
	return ST_OK;
}

static enum st begin(struct req *rq, const struct share_arg *a, struct plan *p)
{
	*p = (struct plan){ .named = a->person && *a->person };
	if (permit(rq, MAY_SHARE) || desk_case_get(rq, a->number, &p->c) || desk_case_open_to(rq, p->c.id) ||
	    desk_class_get(rq, p->c.class_id, &p->k) || check_texts(rq, a))
		return rq->err.code;
	if (a->nto < 1 || a->nto > SHARE_TO_MAX)
		return err_set(&rq->err, ST_INVALID, N_("partner: choose 1 to %d"), SHARE_TO_MAX);
	if (p->c.record_only)
		return err_set(&rq->err, ST_CONFLICT, N_("case %s is kept for the record only: nobody is told"),
			       p->c.number);
	if (share_obs(rq, p->c.id, 0, &p->obs, &p->nobs))
		return rq->err.code;
	return p->nobs ? ST_OK
		       : err_set(&rq->err, ST_CONFLICT, N_("case %s holds nothing that could be shared"), p->c.number);
}

static enum st judge(struct req *rq, const struct plan *p, const struct desk_partner *to, const char **why)
{
	bool has = false;
	*why = share_why_not(to, p->c.tlp, p->named);
	if (*why)
		return ST_OK;
	if (has_it_already(rq, p->c.id, to->id, p->nobs, &has))
		return rq->err.code;
	*why = has ? N_("This partner has it already.") : NULL;
	return ST_OK;
}

static char *text_kept(struct req *rq, const char *s)
{
	return text_trim(rq->mem, s ? s : "");
}

char *share_subject(struct arena *mem, enum lang l, const char *number, enum tlp label, const char *title)
{
	char *mark = arena_printf(mem, "%s] [%s", number, tlp_name(label));
	return arena_printf(mem, tr(l, N_("[%s] Shared with you: %s")), mark, title);
}

enum st share_preview(struct req *rq, const struct share_arg *a, enum lang l, struct share_preview *out)
{
	struct plan p;
	memset(out, 0, sizeof *out);
	if (begin(rq, a, &p))
		return rq->err.code;
	out->number = p.c.number;
	out->title = arena_strdup(rq->mem, tr(l, p.k.title));
	out->tlp = p.c.tlp;
	out->obs = p.obs;
	out->nobs = p.nobs;
	out->text = text_kept(rq, a->text);
	for (int i = 0; i < a->nto; i++) {
		struct desk_partner *to = &out->to[out->nto].partner;
		if (desk_partner_get(rq, a->to[i], to) || judge(rq, &p, to, &out->to[out->nto].why))
			return rq->err.code;
		enum lang tl = share_lang(to);
		out->to[out->nto].letter_lang = arena_strdup(rq->mem, lang_tag(tl));
		out->to[out->nto++].subject = share_subject(rq->mem, tl, p.c.number, p.c.tlp, tr(tl, p.k.title));
	}
	BUF_SCOPE csv = BUF_INIT;
	BUF_SCOPE xarf = BUF_INIT;
	struct share_matter m = { p.c.number, p.k.id, p.k.rsit, p.c.tlp, p.c.opened_at, 0, out->text };
	share_csv(rq->mem, &m, p.obs, p.nobs, &csv);
	share_xarf_all(rq->mem, &m, p.obs, p.nobs, &xarf);
	out->csv = arena_strdup(rq->mem, buf_cstr(&csv));
	out->xarf = arena_strdup(rq->mem, buf_cstr(&xarf));
	return ST_OK;
}

/* ── making one ── */

static enum st insert(struct req *rq, const struct share_arg *a, const struct plan *p, const struct desk_partner *to,
		      struct desk_share *s)
{
	uint8_t seed[LINK_SEED];
	char token[LINK_TOKEN];
	random_bytes(seed, sizeof seed);
	desk_token("share", seed, token);
	struct hash h = desk_token_hash(token);
	*s = (struct desk_share){ .case_id = p->c.id, .partner = to->id, .number = p->c.number, .tlp = p->c.tlp };
	if (sql_number(rq, &s->id,
		       "INSERT INTO desk_share(case_id, partner, mail, person, named_by, langs, form, text, "
		       "answer_text, actor, tlp,"
		       " state, nobs, created_at, sent_at, reminded_at, received_at, answered_at, due_at, token_hash, "
		       "seed)"
		       " VALUES($1, $2, $3, $4, $5, $6, $7, $8, '', $9, $10, $11, $12, $13, 0, 0, 0, 0, 0, $14, $15) "
		       "RETURNING id",
		       V(s->case_id), V(s->partner), V(to->mail[0]), V(text_kept(rq, a->person)),
		       V(text_kept(rq, a->named_by)), V(to->langs), V(to->form), V(text_kept(rq, a->text)),
		       V(rq->who ? rq->who->id : ""), V(s->tlp), V(SHARE_QUEUED), V(p->nobs), V(clock_now()),
		       V_BLOB(h.b, HASH_LEN), V_BLOB(seed, sizeof seed)))
		return rq->err.code;
	for (int i = 0; i < p->nobs; i++)
		if (sql_run(rq, "INSERT INTO desk_share_obs(share_id, obs_id) VALUES($1, $2)", V(s->id),
			    V(p->obs[i].id)))
			return rq->err.code;
	return share_fact(rq, s, "share-made");
}

static enum st add_one(struct req *rq, struct share_arg *a, const struct plan *p, int i)
{
	struct desk_partner to;
	struct desk_share s;
	const char *why;
	for (int k = 0; k < i; k++)
		if (strcmp(a->to[k], a->to[i]) == 0)
			return err_set(&rq->err, ST_INVALID, N_("partner: %.60s is named twice"), a->to[i]);
	if (desk_partner_get(rq, a->to[i], &to) || judge(rq, p, &to, &why))
		return rq->err.code;
	if (why)
		return err_set(&rq->err, ST_CONFLICT, N_("%s (%s, ceiling %s): %s"), to.handle, tlp_name(p->c.tlp),
			       tlp_name(to.ceiling), why);
	if (insert(rq, a, p, &to, &s))
		return rq->err.code;
	a->id[i] = s.id;
	return ST_OK;
}

enum st share_add(struct req *rq, void *share_arg)
{
	struct share_arg *a = share_arg;
	struct plan p;
	if (begin(rq, a, &p) || desk_first_act(rq, p.c.id))
		return rq->err.code;
	for (int i = 0; i < a->nto; i++)
		if (add_one(rq, a, &p, i))
			return rq->err.code;
	return ST_OK;
}

/* ── both ways ── */

/* Reports that its programs filed, and those from its addresses. People are found by the hash of their address, so it is
 * one look-up an address. */
static enum st count_received(struct req *rq, const struct desk_partner *p, int64_t *out)
{
	if (sql_number(rq, out, "SELECT count(*) FROM desk_report WHERE partner = $1 AND partner <> 0", V(p->id)))
		return rq->err.code;
	for (int i = 0; i < p->nmails; i++) {
		struct person who;
		int64_t n = 0;
		enum st st = person_find(rq, p->mail[i], &who);
		if (st == ST_NOTFOUND) {
			err_clear(&rq->err);
			continue;
		}
		if (st ||
		    sql_number(rq, &n,
			       "SELECT count(*) FROM desk_report WHERE person = $1 AND person <> 0 AND partner = 0",
			       V(who.id)))
			return rq->err.code;
		*out += n;
	}
	return ST_OK;
}

static enum st count_sent(struct req *rq, struct share_total *out, int n)
{
	struct rows r;
	if (sql_query0(rq, &r, "SELECT partner, state, count(*) FROM desk_share GROUP BY partner, state"))
		return rq->err.code;
	while (rows_next(&r))
		for (int i = 0; i < n; i++) {
			int64_t state = rows_int(&r, 1);
			if (out[i].partner != rows_int(&r, 0) || state < 0 || state >= SHARE_STATES)
				continue;
			out[i].sent[state] += rows_int(&r, 2);
			out[i].all += rows_int(&r, 2);
		}
	return rows_end(&r);
}

enum st share_totals(struct req *rq, struct share_total *out, int max, int *n)
{
	struct desk_partner *p = arena_array(rq->mem, struct desk_partner, max);
	if (desk_partner_list(rq, true, p, max, n))
		return rq->err.code;
	for (int i = 0; i < *n; i++) {
		out[i] = (struct share_total){ .partner = p[i].id, .handle = p[i].handle, .name = p[i].name };
		if (count_received(rq, &p[i], &out[i].received))
			return rq->err.code;
	}
	return count_sent(rq, out, *n);
}

void share_total_json(struct jw *w, const struct share_total *t)
{
	j_obj(w, NULL);
	j_str(w, "partner", t->handle);
	j_str(w, "name", t->name);
	j_int(w, "sent", t->all);
	j_obj(w, "by_state");
	for (int s = 0; s < SHARE_STATES; s++)
		j_int(w, share_state_name(s), t->sent[s]);
	j_end(w);
	j_int(w, "reports_from_them", t->received);
	j_end(w);
}
