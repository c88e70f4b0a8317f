/* web_account.c — one's own account: roles, sessions; and for administrators, everybody's sessions. */
#include "front/web/web.h"
#include <string.h>
#include "base/text.h"
#include "front/web/pages.h"

void web_get_account(struct http *h)
{
	struct req *rq = http_req(h);
	const char *token = http_cookie(h, "staff");
	struct account_view v = { .mine = arena_array(rq->mem, struct session_row, SESSIONS_MAX),
				  .others = arena_array(rq->mem, struct session_row, SESSIONS_MAX),
				  .token = token ? token : "" };
	int all = 0;
	v.see_others = role_may(rq->who->role, MAY_END_SESSION);
	if (session_list(rq, rq->who->account, v.mine, SESSIONS_MAX, &v.nmine) ||
	    (v.see_others && session_list(rq, 0, v.others, SESSIONS_MAX, &all))) {
		http_fail_err(h, &rq->err);
		return;
	}
	for (int i = 0; i < all; i++)
		if (v.others[i].account != rq->who->account)
			v.others[v.nothers++] = v.others[i];
	struct page p = staff_page(h, N_("Your account"), NAV_ACCOUNT);
	web_account(&p, &v);
}

struct ending {
	int64_t account, n;
	const char *id; /* NULL: all of them */
};

static enum st end_write(struct req *rq, void *arg)
{
	struct ending *e = arg;
	return session_end(rq, e->account, e->id, &e->n);
}

/* Whoever ended the session of this very request is a stranger now, and is led to the sign-in by the guard. */
static void ended(struct http *h, void *arg, const struct err *outcome)
{
	(void)arg;
	if (outcome->code)
		http_fail_err(h, outcome);
	else
		http_redirect(h, "/staff/account?done=signed-out");
}

/* `account`: whose; nothing: one's own. `session`: which; nothing: all. */
void web_post_account_end(struct http *h)
{
	struct req *rq = http_req(h);
	struct ending *e = arena_new_of(rq->mem, struct ending);
	const char *id = form_text(h, "session"), *whose = form_text(h, "account");
	e->account = rq->who->account;
	e->id = *id ? arena_strdup(rq->mem, id) : NULL;
	if (*whose && !text_int(whose, 1, INT64_MAX, &e->account))
		http_fail(h, 422, N_("account: expected its number"));
	else
		http_write(h, end_write, e, ended);
}
