/* api_notice.c — a party's notices, for its programs: the list, one of them, the answer to it. */
#include <string.h>
#include "base/text.h"
#include "desk/desk_party.h"
#include "front/api/api.h"

enum { TEXT_MAX = 10000, WORD_MAX = 40 };

/* ── who asks ── */

/* A program by its token, or the holder of a link: of the page of all notices, or of one. */
struct asking {
	struct party party;
	const char *own; /* the token of that one notice; NULL: all of the party's */
	struct answer_view *view;
};

static bool failed(struct http *h, bool by_token)
{
	struct req *rq = http_req(h);
	if (rq->err.code == ST_NOTFOUND && by_token)
		api_unknown(h);
	else
		http_fail_err(h, &rq->err);
	return false;
}

static bool come_in(struct http *h, const struct party *p)
{
	const char *name = arena_printf(http_req(h)->mem, "contact-token:%lld", (long long)p->token);
	return !p->token || api_come_in(h, &(struct api_program){ p->token, p->used_at, name });
}

/* Links stand in letters, so ?token= takes them; a program's token comes in the header alone. */
static bool ask(struct http *h, struct asking *a)
{
	struct req *rq = http_req(h);
	const char *bearer = api_bearer(h), *token = bearer ? bearer : http_query(h, "token");
	if (!token || !*token)
		return api_unknown(h), false;
	enum st st = bearer ? desk_party_open(rq, token, &a->party) : desk_party_by_link(rq, token, &a->party);
	if (st == ST_OK)
		return come_in(h, &a->party);
	if (st != ST_NOTFOUND)
		return failed(h, false);
	err_clear(&rq->err);
	a->own = token;
	a->view = arena_new_of(rq->mem, struct answer_view);
	return desk_answer_view(rq, token, http_lang(h), a->view) == ST_OK || failed(h, bearer != NULL);
}

/* The token of the notice that a path names: itself, or the number of one of the asker's; whether a program asks. */
static bool notice_named(struct http *h, const char **token, bool *program)
{
	struct req *rq = http_req(h);
	struct asking a = { .own = NULL };
	int64_t id = 0;
	*token = http_arg(h, 0);
	*program = false;
	if (!text_int(*token, 1, INT64_MAX, &id))
		return true;
	if (!ask(h, &a))
		return false;
	char *out = arena_alloc(rq->mem, LINK_TOKEN);
	*token = out;
	*program = a.party.token != 0;
	if (a.own) {
		*token = a.own;
		return a.view->id == id || (http_fail(h, 404, N_("no such notice")), false);
	}
	return desk_party_notice(rq, &a.party, id, out) == ST_OK || failed(h, false);
}

/* ── the list ── */

static void put_links(struct http *h, struct jw *w, const char *token)
{
	struct arena *mem = http_req(h)->mem;
	j_str(w, "token", token);
	j_str(w, "url", arena_printf(mem, "%s/answer/%s", front_base(front_app(h)->cfg, mem), token));
}

static void put_open(struct http *h, struct jw *w, const struct open_notice *n)
{
	j_obj(w, NULL);
	j_int(w, "notice", n->id);
	j_str(w, "case", n->number);
	j_str(w, "problem", n->class_title);
	j_str(w, "first_observable", n->first_obs);
	j_int(w, "observables", n->nobs);
	j_str(w, "state", notice_state_name(n->state));
	j_time(w, "sent_at", n->sent_at);
	j_time(w, "due", n->due_at);
	j_bool(w, "extended", n->extended);
	put_links(h, w, n->token);
	j_end(w);
}

static bool is_open(const struct answer_view *v)
{
	return (v->state == NOTICE_SENT || v->state == NOTICE_SILENT) && !v->closed;
}

/* The link of one notice shows it as the page of all would. */
static struct open_notice as_open(struct http *h, const struct asking *a)
{
	const struct answer_view *v = a->view;
	struct open_notice n = { .id = v->id,
				 .number = v->number,
				 .class_title = v->class_title,
				 .first_obs = v->nobs ? v->obs[0].shown : arena_strdup(http_req(h)->mem, ""),
				 .nobs = v->nobs,
				 .state = v->state,
				 .sent_at = v->sent_at,
				 .due_at = v->due_at,
				 .extended = v->until != 0 };
	memcpy(n.token, a->own, strlen(a->own) < LINK_TOKEN ? strlen(a->own) + 1 : 0);
	return n;
}

static bool load(struct http *h, const struct asking *a, int64_t after, struct open_page *page)
{
	struct req *rq = http_req(h);
	if (!a->own)
		return desk_open_after(rq, a->party.email, after, http_lang(h), page) == ST_OK || failed(h, false);
	*page = (struct open_page){ .notice = arena_new_of(rq->mem, struct open_notice) };
	page->notice[0] = as_open(h, a);
	page->total = is_open(a->view);
	page->n = page->total && after < a->view->id;
	return true;
}

void api_get_notices(struct http *h)
{
	struct asking a = { .own = NULL };
	struct open_page page;
	const char *from = http_query(h, "after");
	int64_t after = 0;
	if (from && !text_int(from, 0, INT64_MAX, &after)) {
		struct api_faults f = { 0 };
		api_fault(&f, "after", N_("must be the number of a notice"));
		api_problem(h, 422, N_("the query has mistakes"), &f);
		return;
	}
	if (!ask(h, &a) || !load(h, &a, after, &page))
		return;
	struct jw w = jw_of(http_out(h));
	j_obj(&w, NULL);
	j_int(&w, "total", page.total);
	j_arr(&w, "notices");
	for (int i = 0; i < page.n; i++)
		put_open(h, &w, &page.notice[i]);
	j_end(&w);
	if (page.n == OPEN_NOTICES)
		j_int(&w, "next_after", page.notice[page.n - 1].id);
	else
		j_null(&w, "next_after");
	j_end(&w);
	api_json(h);
}

/* ── one of them ── */

static void put_answer(struct jw *w, const struct answer_view *v)
{
	if (!v->answered_at) {
		j_null(w, "answer");
		return;
	}
	j_obj(w, "answer");
	j_str(w, "answer", answer_kind_name(v->answer));
	j_str(w, "text", v->answer_text);
	j_time(w, "until", v->until);
	j_time(w, "at", v->answered_at);
	j_end(w);
}

static void put_notice(struct http *h, const struct answer_view *v, const char *token)
{
	struct jw w = jw_of(http_out(h));
	j_obj(&w, NULL);
	j_int(&w, "notice", v->id);
	j_str(&w, "case", v->number);
	j_str(&w, "problem", v->class_title);
	j_str(&w, "rsit", v->rsit);
	j_str(&w, "tlp", tlp_name(v->tlp));
	j_str(&w, "state", notice_state_name(v->state));
	j_str(&w, "party", v->party);
	j_str(&w, "role", link_role_name(v->role));
	j_str(&w, "lead", v->lead);
	j_time(&w, "sent_at", v->sent_at);
	j_time(&w, "due", v->due_at);
	j_time(&w, "latest_until", v->max_until);
	j_bool(&w, "closed", v->closed);
	j_arr(&w, "observables");
	for (int i = 0; i < v->nobs; i++) {
		j_obj(&w, NULL);
		j_str(&w, "value", v->obs[i].value);
		j_str(&w, "kind", v->obs[i].kind);
		j_end(&w);
	}
	j_end(&w);
	j_str(&w, "words", v->words);
	put_answer(&w, v);
	put_links(h, &w, token);
	j_end(&w);
	api_json(h);
}

void api_get_notice(struct http *h)
{
	struct req *rq = http_req(h);
	struct answer_view *v = arena_new_of(rq->mem, struct answer_view);
	const char *token;
	bool program;
	if (!notice_named(h, &token, &program))
		return;
	if (desk_answer_view(rq, token, http_lang(h), v))
		http_fail_err(h, &rq->err);
	else
		put_notice(h, v, token);
}

/* ── the answer ── */

static void answered(struct http *h, void *arg, const struct err *outcome)
{
	const struct answer_arg *a = arg;
	if (outcome->code) {
		api_answer_refused(h, outcome);
		return;
	}
	struct jw w = jw_of(http_out(h));
	j_obj(&w, NULL);
	j_str(&w, "case", a->number);
	j_str(&w, "answer", answer_kind_name(a->kind));
	j_str(&w, "text", a->text);
	j_time(&w, "until", a->kind == ANSWER_NEED_UNTIL ? a->until : 0);
	j_end(&w);
	api_json(h);
}

static bool read_answer(struct http *h, struct answer_arg *a)
{
	char *kind = NULL, *until = NULL;
	struct api_faults f = { 0 };
	const struct api_member members[] = { { "answer", &kind, WORD_MAX },
					      { "text", &a->text, TEXT_MAX },
					      { "until", &until, WORD_MAX } };
	if (!api_key(h, &a->key) || !api_strings(h, members, 3))
		return false;
	if (!answer_kind_parse(kind, &a->kind))
		api_fault(&f, "/answer", N_("must be fixed, false-alarm, need-until or not-ours"));
	else if (a->kind == ANSWER_NEED_UNTIL)
		a->until = until && strlen(until) > 10 ? time_parse(until) : TIME_NONE;
	if (a->until == TIME_NONE)
		api_fault(&f, "/until", N_("must be a time like 2026-11-24T14:05:00Z"));
	if (f.n > 0)
		api_problem(h, 422, N_("the answer has mistakes"), &f);
	return f.n == 0;
}

/* A program's token has a budget of its own; whoever holds a link shares that of their network. */
void api_post_notice_answer(struct http *h)
{
	struct answer_arg *a = arena_new_of(http_req(h)->mem, struct answer_arg);
	const char *token;
	bool program;
	if (!notice_named(h, &token, &program) || (!program && !api_may_send(h)))
		return;
	a->token = arena_strdup(http_req(h)->mem, token);
	if (read_answer(h, a))
		http_write(h, desk_answer_write, a, answered);
}
