/* web_page.c — a page's beginning, sessions of staff, errors. */
#include "front/web/web.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/text.h"
#include "front/web/console.h"
#include "front/web/pages.h"
#include "front/web/sort_page.h"
#include "work/task.h"

void page_policy(struct http *h, const char *styles)
{
	http_set_header(h, "Content-Security-Policy",
			arena_printf(http_req(h)->mem,
				     "default-src 'none'; style-src 'self'%s; script-src 'self'; img-src 'self'; "
				     "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
				     styles));
}

static void security_headers(struct http *h)
{
	page_policy(h, "");
	http_set_header(h, "X-Content-Type-Options", "nosniff");
	http_set_header(h, "Referrer-Policy", "no-referrer"); /* private links must not leave in a header */
	http_set_header(h, "Cache-Control", "no-store");
	http_set_header(h, "Vary", "Accept-Language, Cookie");
}

struct page page_of(struct http *h, const char *title, enum nav nav)
{
	enum lang l = http_lang(h);
	security_headers(h);
	http_type(h, "text/html; charset=utf-8");
	http_set_header(h, "Content-Language", lang_tag(l));
	return (struct page){ .out = http_out(h),
			      .lang = l,
			      .mem = http_req(h)->mem,
			      .cfg = front_app(h)->cfg,
			      .now = clock_now(),
			      .title = tr(l, title),
			      .nav = nav,
			      .path = http_path(h) };
}

const char *form_text(struct http *h, const char *name)
{
	const char *s = http_form(h, name);
	return s ? text_trim(http_req(h)->mem, s) : "";
}

const char *form_words(struct http *h, const char *name)
{
	char *text = arena_strdup(http_req(h)->mem, form_text(h, name)), *out = text;
	for (const unsigned char *s = (unsigned char *)text; *s; s++) {
		bool page = *s == '\v' || *s == '\f', kept = *s == '\n' || *s == '\r' || *s == '\t';
		if (*s == 0xc2 && s[1] < 0xa0) /* C1 */
			s++;
		else if (page || kept || (*s >= 0x20 && *s != 0x7f))
			*out++ = page ? '\n' : (char)*s;
	}
	*out = 0;
	return text_trim(http_req(h)->mem, text); /* of a page break nothing is left */
}

void web_say(struct http *h, int status, const char *head, const char *text)
{
	struct page p = page_of(h, head, NAV_NONE);
	struct message_view v = {
		.head = p.title, .text = tr(p.lang, text), .link = "/", .link_text = tr(p.lang, N_("To the first page"))
	};
	http_status(h, status);
	web_message(&p, &v);
}

/* ── errors ── */

struct error_row {
	int code;
	const char *head, *text;
};
static const struct error_row errors[] = {
	{ 400, N_("We did not understand the request"), N_("Something in it was malformed. Go back and try again.") },
	{ 403, N_("Not allowed"), N_("Your account may not do this. Ask an administrator if it should.") },
	{ 404, N_("There is no such page"),
	  N_("The address may be mistyped, or the link is no longer valid. Check that it is complete.") },
	{ 405, N_("This page works differently"), N_("Open it from a link or a button.") },
	{ 408, N_("That took too long"), N_("The connection was too slow. Try again.") },
	{ 409, N_("This has changed in the meantime"),
	  N_("Go back, load the page again and look at its present state.") },
	{ 413, N_("Too large"), N_("Send at most 5 files of 10 MB each.") },
	{ 415, N_("We cannot read this kind of content"), N_("Use the form on the page.") },
	{ 422, N_("Something needs a change"), N_("Go back and check what you entered.") },
	{ 429, N_("Too many requests"),
	  N_("Your network has sent many requests in a short time. Wait a little and try again.") },
	{ 431, N_("The request is too large"), N_("Clear the cookies of this site and try again.") },
	{ 500, N_("Something went wrong on our side"),
	  N_("It is not your fault, and we have noted it. Try again in a few minutes.") },
	{ 503, N_("We are busy"), N_("Nothing was lost on our side. Try again in a minute.") },
};

static const struct error_row *error_row(int code)
{
	const int n = (int)(sizeof errors / sizeof *errors);
	for (int i = 0; i < n; i++)
		if (errors[i].code == code)
			return &errors[i];
	return error_row(code >= 500 ? 500 : 400);
}

void web_error(struct http *h, int code, const char *why)
{
	const struct error_row *row = error_row(code);
	struct page p = page_of(h, row->head, NAV_NONE);
	struct message_view v = { .head = p.title,
				  .text = tr(p.lang, row->text),
				  .link = "/",
				  .link_text = tr(p.lang, N_("To the first page")) };
	/* The sentence of the room that refused, where it helps and is known in the reader's language. */
	if (why && *why && (code == 403 || code == 409 || code == 422))
		v.more = http_why(h);
	v.code = arena_printf(p.mem, "%d", code);
	p.path = "/";
	http_status(h, code);
	web_message(&p, &v);
}

/* ── staff ── */

/* ST_NOTFOUND: nobody is signed in. Anything else: it can't be known now. */
static enum st session_of(struct http *h, struct session *out)
{
	const char *token = http_cookie(h, "staff");
	return token && *token ? session_get(http_req(h), token, out) : ST_NOTFOUND;
}

bool staff_session(struct http *h, struct session *out)
{
	return session_of(h, out) == ST_OK;
}

/* Of all who work here, by id; read when a page first names somebody. */
struct staff_names {
	struct req *rq;
	struct account *all;
	int n;
};

struct page staff_page(struct http *h, const char *title, enum nav nav)
{
	struct page p = page_of(h, title, nav);
	struct session *s = arena_new_of(p.mem, struct session);
	struct queue_counts *counts = arena_new_of(p.mem, struct queue_counts);
	if (!staff_session(h, s))
		*s = (struct session){ .login = "", .name = "", .csrf = "" };
	p.staff = s;
	desk_queue_counts(http_req(h), counts);
	p.counts = counts;
	p.done = http_query(h, "done");
	p.names = arena_new_of(p.mem, struct staff_names);
	p.names->rq = http_req(h);
	return p;
}

/* ── who did it ── */

static const char *staff_name(const struct page *p, const char *actor)
{
	struct staff_names *s = p->names;
	int64_t id;
	if (!s || strncmp(actor, "staff:", 6) != 0 || !text_int(actor + 6, 1, INT64_MAX, &id))
		return NULL;
	if (!s->all) {
		s->all = arena_array(p->mem, struct account, STAFF_LISTED);
		if (account_list(s->rq, s->all, STAFF_LISTED, &s->n))
			err_clear(&s->rq->err);
	}
	for (int i = 0; i < s->n; i++)
		if (s->all[i].id == id)
			return s->all[i].name;
	return NULL;
}

const char *who_word(const struct page *p, const char *actor)
{
	if (!has(actor))
		return "–";
	if (strcmp(actor, "cli") == 0)
		return tr(p->lang, N_("by command"));
	if (strcmp(actor, "clock") == 0)
		return tr(p->lang, N_("by time"));
	const char *name = staff_name(p, actor);
	return name ? name : actor;
}

/* A session's last use is written at most once a minute, beside the request: nobody waits for it. */
struct touch {
	struct write w;
	char token[64];
};

static enum st touch_write(struct req *rq, void *arg)
{
	return session_touch(rq, arg);
}

static void touch_done(struct write *w)
{
	struct touch *t = w->user;
	arena_free(t->w.mem);
	free(t);
}

static void touch(struct http *h, const struct session *s, const char *token)
{
	struct front_app *app = front_app(h);
	_Atomic int64_t *last = &app->touched[s->account & 63];
	int64_t now = clock_now(), seen = *last;
	if ((now - seen < 60 * USEC && now >= seen) || !atomic_compare_exchange_strong(last, &seen, now))
		return;
	struct touch *t = calloc(1, sizeof *t);
	if (!t)
		return;
	snprintf(t->token, sizeof t->token, "%s", token);
	t->w = (struct write){ .fn = touch_write,
			       .arg = t->token,
			       .who = *http_req(h)->who,
			       .mem = arena_new(64 << 10),
			       .done = touch_done,
			       .user = t };
	if (store_submit(app->store, &t->w))
		touch_done(&t->w);
}

/* Which side a person is on; the other's pages are not theirs, whatever their role. */
static bool right_side(struct http *h, const struct session *s, bool console)
{
	const char *path = http_path(h);
	if (console == (*s->registrar != 0))
		return true;
	if (!strcmp(http_method(h), "GET") && (!strcmp(path, "/staff") || !strcmp(path, "/console")))
		http_redirect(h, console ? "/staff" : "/console");
	else
		http_fail(h, 403,
			  console ? N_("the console is for registrars") : N_("these pages are the registry's own"));
	return false;
}

/* A registrar that was switched off has no console either. */
static bool registrar_on(struct http *h, const struct session *s)
{
	struct registrar r;
	if (registrar_get(http_req(h), s->registrar, &r) == ST_OK && !r.disabled_at)
		return true;
	http_fail(h, 403, N_("this registrar's access is switched off"));
	return false;
}

static struct actor actor_of(struct http *h, const struct session *s)
{
	struct actor who = { .role = s->role, .account = s->account };
	char serial[27];
	if (!*s->registrar) {
		snprintf(who.id, sizeof who.id, "staff:%lld", (long long)s->account);
		return who;
	}
	random_token(serial);
	snprintf(who.id, sizeof who.id, "registrar:%s", s->registrar);
	who.frame = arena_printf(http_req(h)->mem, "%.40s/WEB-%.12s", s->login, serial);
	return who;
}

bool web_guard(struct http *h, const struct route *r)
{
	struct session s;
	bool console = console_route(r);
	if (!(r->flags & HTTP_STAFF) && !console)
		return true;
	enum st st = session_of(h, &s);
	if (st && st != ST_NOTFOUND) { /* a database that is away signs nobody out */
		http_fail_err(h, &http_req(h)->err);
		return false;
	}
	if (st) {
		bool get = strcmp(r->method, "GET") == 0;
		http_redirect(h, path_with(http_req(h)->mem, "/staff/sign-in", "next", get ? http_path(h) : NULL));
		return false;
	}
	if (!right_side(h, &s, console) || (console && !registrar_on(h, &s)))
		return false;
	struct actor who = actor_of(h, &s);
	http_act_as(h, &who);
	if (strcmp(r->method, "POST") == 0) {
		const char *csrf = http_form(h, "csrf");
		if (!csrf || strlen(csrf) != strlen(s.csrf) || !bytes_equal_ct(csrf, s.csrf, strlen(s.csrf))) {
			http_fail(h, 403, N_("the form is not from your session: load the page again"));
			return false;
		}
	}
	touch(h, &s, http_cookie(h, "staff"));
	return true;
}
