/* web_sign.c — staff: signing in and out, and the first-time set-up behind an invitation. */
#include "front/web/web.h"
#include <string.h>
#include "base/text.h"
#include "front/web/pages.h"

enum { PASSWORD_MAX = 256 };

struct signing {
	struct sign_form form;
	int64_t account;
	const char *password, *code, *address, *agent;
	char token[27], csrf[27];
	bool registrar; /* the account is of a registrar's person */
};

static const char *const home[] = { "/staff", "/console" };

static bool is_below(const char *next, const char *top)
{
	size_t n = strlen(top);
	return next && !strncmp(next, top, n) && next[n] == '/' && !strstr(next, "//") && !strchr(next, '\\');
}

/* Only back to a page of ours, and of that person's side. */
static const char *safe_next(const char *next, bool registrar)
{
	return is_below(next, home[registrar]) ? next : home[registrar];
}

/* Before it is known whose side that is. */
static const char *kept_next(const char *next)
{
	return is_below(next, home[true]) ? next : safe_next(next, false);
}

static void show(struct http *h, struct sign_form *f, int status)
{
	struct page p = page_of(h, N_("Sign in"), NAV_NONE);
	p.bad = f->bad.n > 0;
	p.path = "/staff/sign-in";
	http_status(h, status);
	web_sign_in(&p, f);
}

void web_get_sign_in(struct http *h)
{
	struct sign_form f = { .login = "",
			       .next = kept_next(http_query(h, "next")),
			       .welcome = http_query(h, "welcome") != NULL };
	struct session s;
	if (staff_session(h, &s))
		http_redirect(h, safe_next(f.next, *s.registrar));
	else
		show(h, &f, 200);
}

/* The same sentence whatever was wrong: it tells no guesser which part was right. */
static void refuse(struct http *h, struct sign_form *f, int status, const char *why)
{
	form_bad(&f->bad, "login", tr(http_lang(h), why));
	show(h, f, status);
}

/* Signing in takes three steps: the attempt is counted in a write of its own, the password is compared here, and the
 * second write uses the code up and opens the session. */
static void refused(struct http *h, struct signing *s, const struct err *e)
{
	if (e->code == ST_LIMIT)
		refuse(h, &s->form, 429, N_("Too many tries. Wait some minutes, then try again."));
	else if (e->code == ST_BUSY || e->code == ST_INTERNAL)
		http_fail_err(h, e);
	else
		refuse(h, &s->form, 403,
		       N_("The login, the password or the code is wrong. Each code works once; wait for the next "
			  "one."));
}

static enum st session_write(struct req *rq, void *arg)
{
	struct signing *s = arg;
	struct session opened;
	if (session_open(rq, s->account, s->code, s->token, s->csrf) ||
	    session_from(rq, s->token, s->address, s->agent) || session_get(rq, s->token, &opened))
		return rq->err.code;
	s->registrar = *opened.registrar != 0;
	return ST_OK;
}

static void signed_in(struct http *h, void *arg, const struct err *outcome)
{
	struct signing *s = arg;
	if (outcome->code) {
		refused(h, s, outcome);
		return;
	}
	http_set_cookie(h, "staff", s->token, SESSION_SECONDS);
	http_redirect(h, safe_next(s->form.next, s->registrar));
}

static enum st attempt_write(struct req *rq, void *arg)
{
	return account_attempt(rq, ((struct signing *)arg)->form.login);
}

static void attempted(struct http *h, void *arg, const struct err *outcome)
{
	struct signing *s = arg;
	if (outcome->code)
		refused(h, s, outcome);
	else if (account_check(http_req(h), s->form.login, s->password, &s->account))
		refused(h, s, &http_req(h)->err);
	else
		http_write(h, session_write, s, signed_in);
}

void web_post_sign_in(struct http *h)
{
	struct signing *s = arena_new_of(http_req(h)->mem, struct signing);
	int64_t retry;
	char client[ADDR_TEXT];
	s->form = (struct sign_form){ .login = form_text(h, "login"), .next = kept_next(form_text(h, "next")) };
	s->code = form_text(h, "code");
	s->agent = arena_strdup(http_req(h)->mem, http_header(h, "User-Agent"));
	s->address = arena_strdup(http_req(h)->mem, addr_text(http_client(h), client));
	s->password = http_form(h, "password");
	if (!budget_take(h, front_app(h)->login_limit, &retry))
		refuse(h, &s->form, 429, N_("Too many tries. Wait some minutes, then try again."));
	else if (!s->password || strlen(s->password) > PASSWORD_MAX || !*s->form.login)
		refused(h, s, &(struct err){ .code = ST_DENIED });
	else
		http_write(h, attempt_write, s, attempted);
}

static enum st sign_out_write(struct req *rq, void *arg)
{
	return session_close(rq, arg);
}

static void signed_out(struct http *h, void *arg, const struct err *outcome)
{
	(void)arg;
	if (outcome->code && outcome->code != ST_NOTFOUND) {
		http_fail_err(h, outcome);
		return;
	}
	http_set_cookie(h, "staff", "", -1);
	http_redirect(h, "/staff/sign-in");
}

void web_post_sign_out(struct http *h)
{
	http_write(h, sign_out_write, arena_strdup(http_req(h)->mem, http_cookie(h, "staff")), signed_out);
}

/* ── invitation ── */

struct inviting {
	struct invite_form form;
	char *secret, *uri, *hash;
	const char *code;
	int64_t account;
};

static void show_invite(struct http *h, struct inviting *v, int status)
{
	struct page p = page_of(h, N_("Set up your account"), NAV_NONE);
	p.task = true;
	p.bad = v->form.bad.n > 0;
	v->form.secret = v->secret;
	v->form.uri = v->uri;
	http_status(h, status);
	web_invite(&p, &v->form);
}

/* The secret was made with the invitation; to look at it changes nothing. */
static void offer(struct http *h, struct inviting *v)
{
	struct req *rq = http_req(h);
	if (account_totp_offer(rq, v->form.token, "nicert", &v->secret, &v->uri))
		http_fail_err(h, &rq->err);
	else
		show_invite(h, v, v->form.bad.n > 0 ? 422 : 200);
}

static struct inviting *load_invite(struct http *h)
{
	struct req *rq = http_req(h);
	struct inviting *v = arena_new_of(rq->mem, struct inviting);
	struct account *a = arena_new_of(rq->mem, struct account);
	int64_t retry;
	v->form.token = arena_strdup(rq->mem, http_arg(h, 0));
	if (!budget_take(h, front_app(h)->login_limit, &retry)) {
		http_fail(h, 429, "too many tries");
		return NULL;
	}
	if (account_by_invite(rq, v->form.token, a)) {
		web_say(h, 404, N_("This invitation is no longer valid"),
			N_("It was used before or is older than 72 hours. Ask an administrator for a new one."));
		return NULL;
	}
	v->form.login = a->login;
	v->form.name = a->name;
	return v;
}

void web_get_invite(struct http *h)
{
	struct inviting *v = load_invite(h);
	if (v)
		offer(h, v);
}

static enum st accept_write(struct req *rq, void *arg)
{
	struct inviting *v = arg;
	return account_accept(rq, v->form.token, v->hash, v->code, &v->account);
}

static void accepted(struct http *h, void *arg, const struct err *outcome)
{
	struct inviting *v = arg;
	if (outcome->code == ST_OK) {
		http_redirect(h, "/staff/sign-in?welcome=1");
	} else if (outcome->code == ST_BUSY || outcome->code == ST_INTERNAL || outcome->code == ST_NOTFOUND) {
		http_fail_err(h, outcome);
	} else {
		form_bad(&v->form.bad, "code",
			 tr(http_lang(h),
			    outcome->code == ST_LIMIT
				    ? N_("Too many tries. Wait some minutes, then try again.")
				    : N_("The code is wrong or too old. Type the one that your device shows now.")));
		offer(h, v);
	}
}

static enum st invite_attempt_write(struct req *rq, void *arg)
{
	return account_attempt(rq, ((struct inviting *)arg)->form.login);
}

static void invite_attempted(struct http *h, void *arg, const struct err *outcome)
{
	if (outcome->code)
		accepted(h, arg, outcome);
	else
		http_write(h, accept_write, arg, accepted);
}

static void check_password(struct http *h, struct inviting *v)
{
	const char *password = http_form(h, "password"), *again = http_form(h, "again");
	enum lang l = http_lang(h);
	struct err e = { 0 };
	if (!password || password_check(password, v->form.login, &e))
		form_bad(&v->form.bad, "password",
			 tr(l, N_("Choose a password of at least 12 characters, other than the login.")));
	else if (!again || strcmp(password, again) != 0)
		form_bad(&v->form.bad, "again", tr(l, N_("The two passwords differ. Type the same one twice.")));
	else if (!(v->hash = password_hash(http_req(h)->mem, password, &e)))
		form_bad(&v->form.bad, "password", tr(l, N_("Choose another password.")));
}

void web_post_invite(struct http *h)
{
	struct inviting *v = load_invite(h);
	if (!v)
		return;
	v->code = form_text(h, "code");
	check_password(h, v);
	if (v->form.bad.n > 0)
		offer(h, v);
	else
		http_write(h, invite_attempt_write, v, invite_attempted);
}
