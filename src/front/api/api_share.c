/* api_share.c — what was shared with a partner, for its programs: the list, one of them with its machine forms, the answer
 * to it. */
#include <string.h>
#include "base/text.h"
#include "desk/desk_peer.h"
#include "front/api/api.h"

enum { TEXT_MAX = 10000, WORD_MAX = 40 };

/* ── who asks ── */

static bool ask(struct http *h, struct peer *p)
{
	struct req *rq = http_req(h);
	const char *token = api_bearer(h);
	enum st st = token ? desk_peer_open(rq, token, p) : ST_NOTFOUND;
	if (st == ST_NOTFOUND)
		api_unknown(h);
	else if (st)
		http_fail_err(h, &rq->err);
	else
		return api_come_in(h, &(struct api_program){ p->token, p->used_at,
							     arena_printf(rq->mem, "peer:%s", p->p.handle) });
	return false;
}

/* The token of the share that the path names, which must be the asker's. */
static bool share_named(struct http *h, char token[LINK_TOKEN])
{
	struct req *rq = http_req(h);
	struct peer p;
	int64_t id = 0;
	if (!ask(h, &p))
		return false;
	if (!text_int(http_arg(h, 0), 1, INT64_MAX, &id))
		http_fail(h, 404, N_("nothing was shared under this number"));
	else if (desk_peer_share(rq, &p, id, token))
		http_fail_err(h, &rq->err);
	else
		return true;
	return false;
}

/* ── the list ── */

static void put_head(struct jw *w, const struct desk_share *s)
{
	j_int(w, "share", s->id);
	j_str(w, "case", s->number);
	j_str(w, "state", share_state_name(s->state));
	j_bool(w, "for_one_person", *s->person != 0);
	j_time(w, "shared_at", s->created_at);
	j_time(w, "due", s->due_at);
	j_time(w, "received_at", s->received_at);
	j_time(w, "answered_at", s->answered_at);
	j_str(w, "answer", *s->answer_text ? s->answer_text : NULL);
}

static bool read_after(struct http *h, int64_t *after)
{
	const char *from = http_query(h, "after");
	struct api_faults f = { 0 };
	*after = 0;
	if (!from || text_int(from, 0, INT64_MAX, after))
		return true;
	api_fault(&f, "after", N_("must be the number of a share"));
	api_problem(h, 422, N_("the query has mistakes"), &f);
	return false;
}

void api_get_shares(struct http *h)
{
	struct req *rq = http_req(h);
	struct desk_share *s = arena_array(rq->mem, struct desk_share, PEER_SHARES);
	struct peer p;
	int64_t after;
	int n = 0;
	if (!ask(h, &p) || !read_after(h, &after))
		return;
	if (desk_peer_shares(rq, &p, after, s, PEER_SHARES, &n)) {
		http_fail_err(h, &rq->err);
		return;
	}
	struct jw w = jw_of(http_out(h));
	j_obj(&w, NULL);
	j_arr(&w, "shares");
	for (int i = 0; i < n; i++) {
		j_obj(&w, NULL);
		put_head(&w, &s[i]);
		j_str(&w, "tlp", tlp_name(s[i].tlp));
		j_end(&w);
	}
	j_end(&w);
	if (n == PEER_SHARES)
		j_int(&w, "next_after", s[n - 1].id);
	else
		j_null(&w, "next_after");
	j_end(&w);
	api_json(h);
}

/* ── one of them ── */

static void put_matter(struct jw *w, const struct share_view *v)
{
	j_str(w, "tlp", tlp_name(v->label));
	j_bool(w, "withheld", v->withheld);
	j_str(w, "problem", v->title);
	j_str(w, "class", v->withheld ? NULL : v->s.class_id);
	j_str(w, "text", v->withheld ? NULL : v->s.text);
	j_arr(w, "observables");
	for (int i = 0; i < v->nobs; i++) {
		j_obj(w, NULL);
		j_str(w, "value", v->obs[i].value);
		j_str(w, "kind", v->obs[i].kind);
		j_str(w, "country", v->obs[i].country);
		j_end(w);
	}
	j_end(w);
}

void api_get_share(struct http *h)
{
	struct req *rq = http_req(h);
	struct share_view *v = arena_new_of(rq->mem, struct share_view);
	char token[LINK_TOKEN];
	if (!share_named(h, token))
		return;
	if (share_view(rq, token, http_lang(h), v)) {
		http_fail_err(h, &rq->err);
		return;
	}
	struct jw w = jw_of(http_out(h));
	j_obj(&w, NULL);
	put_head(&w, &v->s);
	put_matter(&w, v);
	j_end(&w);
	api_json(h);
}

static void file_out(struct http *h, enum share_file which, const char *type)
{
	struct req *rq = http_req(h);
	char token[LINK_TOKEN];
	if (!share_named(h, token))
		return;
	if (share_file(rq, token, which, http_out(h))) {
		buf_reset(http_out(h));
		http_fail_err(h, &rq->err);
		return;
	}
	api_json(h);
	http_type(h, type);
}

void api_get_share_csv(struct http *h)
{
	file_out(h, SHARE_CSV, "text/csv; charset=utf-8");
}

void api_get_share_xarf(struct http *h)
{
	file_out(h, SHARE_XARF, "application/json");
}

/* ── the answer ── */

static void answered(struct http *h, void *arg, const struct err *outcome)
{
	const struct share_answer *a = arg;
	if (outcome->code) {
		api_answer_refused(h, outcome);
		return;
	}
	struct jw w = jw_of(http_out(h));
	j_obj(&w, NULL);
	j_str(&w, "case", a->number);
	j_str(&w, "answer", share_state_name(a->state));
	j_str(&w, "text", a->text);
	j_end(&w);
	api_json(h);
}

void api_post_share_answer(struct http *h)
{
	struct share_answer *a = arena_new_of(http_req(h)->mem, struct share_answer);
	char *kind = NULL;
	const struct api_member members[] = { { "answer", &kind, WORD_MAX }, { "text", &a->text, TEXT_MAX } };
	a->token = arena_alloc(http_req(h)->mem, LINK_TOKEN);
	if (!share_named(h, a->token) || !api_strings(h, members, 2))
		return;
	if (!share_answer_parse(kind, &a->state)) {
		struct api_faults f = { 0 };
		api_fault(&f, "/answer", N_("must be received, handled or refused"));
		api_problem(h, 422, N_("the answer has mistakes"), &f);
		return;
	}
	http_write(h, share_answer, a, answered);
}
